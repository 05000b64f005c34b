"""What a graph becomes: the recipe of each kernel, and tasks that are remembered by the graph's structure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from clnd import dtypes
from clnd.dtypes import DType, facts
from clnd.graph.fuse import Task, fuses, split
from clnd.graph.node import Node
from clnd.graph.primitive import Elementwise, Primitive
from clnd.kernels.recipe import Input, Recipe, Step
from clnd.shapes import size_of

__all__ = ["Prepared", "lower", "prepared", "structure"]

_UNSIGNED = {1: dtypes.uint8, 2: dtypes.uint16, 4: dtypes.uint32, 8: dtypes.uint64}
_AS_BITS = {dtype: _UNSIGNED[dtype.itemsize] for dtype in dtypes.ALL if dtype.itemsize in _UNSIGNED}


class Prepared:
    """A `Task` for any nodes of one structure: numbers instead of nodes.

    Number p is the node in place p of the order; -1 - p is leaf p. ``recipe`` and ``inputs`` are what the members lower to, None
    and none where there are none; the first input of an epilogue's recipe is the head. ``known``,
    ``planned`` and ``fitted`` are what was found for operands that lie in one way, the last one: (how they lie, what was found),
    of elementwise work a plan, of an operation its plan, of an epilogue the two.
    """

    __slots__ = ("count", "fitted", "head", "inputs", "known", "members", "moves", "op", "operands", "outputs", "planned", "recipe", "shape", "sizes")

    def __init__(self, task: Task, recipe: Recipe | None, place: Any, inputs: list[Node]) -> None:
        self.outputs: tuple[int, ...] = tuple(map(place, task.outputs))
        self.members: tuple[int, ...] = tuple(map(place, task.members))
        self.op: Primitive | None = task.op
        self.recipe = recipe
        self.inputs: tuple[int, ...] = tuple(map(place, inputs))
        self.head: int | None = None if task.head is None else place(task.head)
        # What the kernel reads before an epilogue: what was swallowed stands for the first input.
        self.operands = self.inputs
        if task.op is not None:
            swallowed = bool(inputs) and task.head is None
            first = task.head or task.outputs[0]
            self.operands = self.inputs * swallowed + tuple(map(place, first.inputs[swallowed:]))
        self.shape = task.outputs[0].shape
        self.count = size_of(self.shape)
        self.sizes = tuple(self.count * n.dtype.itemsize for n in task.outputs)
        self.moves = task.op is None and len(task.members) == 1 and _copies(task.members[0]) and not task.members[0].op.moves
        self.known: tuple[Any, Any] = (None, None)
        self.planned: tuple[Any, Any] = (None, None)
        self.fitted: tuple[Any, Any] = (None, (None, None))


def structure(roots: Sequence[Node]) -> tuple[Any, list[Node], list[Node]]:
    """What the tasks of a graph depend on, hashable; its pending nodes, inputs first; its leaves in the order of first use.

    Leaves are computed nodes and scalars. Equal scalars are one leaf.
    """
    key: list[Any] = [fuses()]
    order: list[Node] = []
    leaves: list[Node] = []
    places: dict[int, int] = {}
    scalars: dict[Any, int] = {}
    stack = [*roots][::-1]
    while stack:
        node = stack[-1]
        # A signal handler may have computed it meanwhile.
        if id(node) in places or node.value is not None:
            stack.pop()
            continue
        inputs = node.inputs
        depth = len(stack)
        for x in inputs[::-1]:
            if x.value is None and x.ctx is not None and id(x) not in places:
                stack.append(x)
        if len(stack) > depth:
            continue
        numbers = []
        for x in inputs:
            number = places.get(id(x))
            if number is None:
                number = -1 - len(leaves)
                if x.ctx is None:
                    # repr tells -0.0 from 0.0, and NaN equals itself.
                    number = scalars.setdefault((x.dtype, repr(x.params)), number)
                if number == -1 - len(leaves):
                    leaves.append(x)
                    key += (x.ctx is None, x.shape, x.dtype)
                places[id(x)] = number
            numbers.append(number)
        key += (node.op, node.shape, node.dtype, node.fast, *numbers)
        places[id(node)] = len(order)
        order.append(stack.pop())
    key.append(tuple([places[id(r)] for r in roots if id(r) in places]))
    return tuple(key), order, leaves


def prepared(roots: Sequence[Node], order: list[Node], leaves: list[Node]) -> tuple[Prepared, ...]:
    """The tasks of a graph, whose ``order`` and ``leaves`` are those of `structure`."""
    places = {id(node): k for k, node in enumerate(order)} | {id(x): -1 - k for k, x in enumerate(leaves)}
    by_scalar = {(x.dtype, repr(x.params)): -1 - k for k, x in enumerate(leaves) if x.ctx is None}

    def place(node: Node) -> int:
        return places[id(node)] if node.ctx is not None else by_scalar[node.dtype, repr(node.params)]

    tasks = []
    for task in split(roots, order):
        recipe: Recipe | None = None
        inputs: list[Node] = []
        if task.members:
            head = () if task.head is None else (task.head,)
            results = task.outputs if task.op is None or head else [task.outputs[0].inputs[0]]
            recipe, inputs = lower(task.members, results, head, alone=task.op is None)
        tasks.append(Prepared(task, recipe, place, inputs))
    return tuple(tasks)


def lower(
    members: Sequence[Node], outputs: Iterable[Node], first: tuple[Node, ...] = (), *, alone: bool = True
) -> tuple[Recipe, list[Node]]:
    """The recipe of ``members`` (inputs first) with ``outputs``, and the nodes that are its inputs.

    Equal subexpressions become one step. Inputs are numbered in the order of first use, after those
    that are ``first``, so that equal graphs give equal recipes. ``alone``: it is all that its
    kernel does; else it goes on with what the kernel made, or the kernel with its outputs.
    """
    inputs: list[Node] = list(first)
    keys: list[Input] = [Input(x.dtype) for x in first]
    place: dict[Any, int] = {id(x): k for k, x in enumerate(first)}  # id(node) -> input number, or -(step number) - 1
    steps: list[tuple[Any, ...]] = []
    known: dict[tuple[Any, ...], int] = {}
    scalars: dict[tuple[Any, ...], int] = {}
    # What only moves takes a half for the 16 bits that it is, and need not widen and round it.
    moves_only = alone and all(map(_copies, members))
    used = {id(x) for node in members for x in node.inputs} if alone else set()

    def held_as(dtype: DType) -> DType:
        return dtypes.uint16 if moves_only and facts(dtype).is_half else dtype

    def number_input(x: Node) -> int:
        """The input for a scalar, the same for equal ones."""
        # repr tells -0.0 from 0.0, and NaN equals itself.
        at = scalars.setdefault((x.dtype, repr(x.params)), len(inputs))
        if at == len(inputs):
            inputs.append(x)
            keys.append(Input(held_as(x.dtype), True))
        return at

    def moved_input(node: Node, op: Elementwise) -> int:
        """The input of what ``node`` reads elsewhere: its value. Its numbers are its own, so that a kernel serves all numbers."""
        source, *numbers = node.inputs
        fill = number_input(numbers.pop()) if op.fills else -1
        at = known.setdefault((id(source), op.moves, *(x.params for x in numbers), fill), len(inputs) + len(numbers))
        if at == len(inputs) + len(numbers):
            inputs.extend((*numbers, source))
            keys.extend(Input(x.dtype, True, is_place=True) for x in numbers)
            places = tuple(range(at - len(numbers), at))
            keys.append(Input(bits_of(node, held_as(source.dtype)), moves=op.moves, places=places, fill=fill))
        return at

    def bits_of(node: Node, dtype: DType) -> DType:
        """What goes into memory as it is may be taken for bits: kernels are fewer."""
        return dtype if not alone or id(node) in used or node.op.fills else _AS_BITS.get(dtype, dtype)  # type: ignore[attr-defined]

    def table(x: Node, as_dtype: DType) -> int:
        """The number of the input that steps look up ``x`` in; it is no input that is read in place."""
        at = place.setdefault((id(x), as_dtype), len(inputs))
        if at == len(inputs):
            inputs.append(x)
            keys.append(Input(as_dtype, is_table=True))
        return at

    for node in members:
        op = node.op
        assert isinstance(op, Elementwise)
        if op.moves:
            place[id(node)] = moved_input(node, op)
            continue
        args = []
        gives = held_as(node.dtype)
        if op.has_table:
            gives = bits_of(node, node.dtype)
            args.append(table(node.inputs[0], gives))
        for x in node.inputs[op.has_table :]:
            at = place.get(id(x))
            if at is None and x.ctx is None:
                at = number_input(x)
            if at is None:
                at = len(inputs)
                inputs.append(x)
                keys.append(Input(held_as(x.dtype)))
            place[id(x)] = at
            args.append(at)
        operand = held_as(node.inputs[-1].dtype if node.inputs else node.dtype)
        key = (op.code_for(operand), op.names, tuple(args), operand, gives, op.is_mask)
        at = known.get(key)
        if at is None:
            at = known[key] = -len(steps) - 1
            steps.append(key)
        place[id(node)] = at

    def number(at: int) -> int:
        return at if at >= 0 else len(inputs) - at - 1

    recipe = Recipe(
        tuple(keys),
        tuple(Step(code, names, tuple(number(a) for a in args), operand, gives, mask) for code, names, args, operand, gives, mask in steps),
        tuple(number(place[id(n)]) for n in outputs),
        members[0].fast,
    )
    return recipe, inputs


def _copies(node: Node) -> bool:
    """Whether ``node`` is a copy of what lies in memory."""
    return isinstance(node.op, Elementwise) and node.op.is_move and node.inputs[0].ctx is not None
