"""Which pending nodes share a kernel, and the recipe of each kernel. Pure functions on nodes.

Every walk is iterative and visits a node once, so that ``x = x + x`` forty times is forty nodes.

A node's *stage* says how many kernels must have run before it can: an elementwise node is of the
stage of its latest input; what comes out of a reduction, a product or a smaller array is one stage
later. Elementwise nodes of one stage and one shape that touch each other form one kernel, with as
many results as are wanted outside it. A reduction swallows the elementwise nodes that only it uses,
its prologue; a product or a draw goes on with those that only its result needs, its epilogue.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clnd import dtypes
from clnd.dtypes import DType, facts
from clnd.graph.node import Node
from clnd.kernels.elementwise import MAX_ARGUMENTS
from clnd.kernels.recipe import Input, Recipe, Step
from clnd.settings import settings

__all__ = ["Task", "lower", "pending_in_order", "plan", "split"]

_MOST_EPILOGUE_STEPS, _MOST_EPILOGUE_BUFFERS = 24, 6
"""Most steps after a product or a draw, and most buffers that they read besides: its kernel has need of registers itself."""
_MOST_INPUTS = MAX_ARGUMENTS // 2
"""Most buffers that an elementwise kernel reads: each may need an offset and a stride for every axis."""


@dataclass
class Task:
    """One kernel to run.

    ``outputs`` are the nodes that get a value. Of an elementwise kernel ``op`` is None and
    ``members`` are its nodes in order; of any other, ``members`` are the elementwise nodes that
    its first input was swallowed from, or, where there is a ``head``, those that go on with its
    result. ``recipe`` and ``inputs`` are what the members lower to, once they are; None and none
    where there are no members. The first input of an epilogue's recipe is the head.
    """

    stage: int
    outputs: list[Node]
    members: list[Node] = field(default_factory=list)
    op: Any = None
    recipe: Recipe | None = None
    inputs: list[Node] = field(default_factory=list)
    head: Node | None = None


# --- plans -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _PlannedTask:
    """A task with places in the order of nodes, or -1 - place among the leaves, instead of nodes."""

    outputs: tuple[int, ...]
    members: tuple[int, ...]
    op: Any
    recipe: Recipe | None
    inputs: tuple[int, ...]
    head: tuple[int, ...]  # one or none


_plans: dict[Any, tuple[_PlannedTask, ...]] = {}
_MOST_PLANS = 2048


def plan(roots: tuple[Node, ...]) -> list[Task]:
    """`split` and `lower`, remembered by the graph's structure: a loop pays for the analysis once."""
    order = pending_in_order(roots)
    key, leaves = _structure(order, roots)
    key = (key, _most_steps(order))
    planned = _plans.get(key)
    if planned is None:
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        planned = _plans[key] = _planned(roots, order, leaves)

    def nodes(places: tuple[int, ...]) -> list[Node]:
        return [order[p] if p >= 0 else leaves[-1 - p] for p in places]

    return [
        Task(0, nodes(t.outputs), nodes(t.members), t.op, t.recipe, nodes(t.inputs), *nodes(t.head)) for t in planned
    ]


def _structure(order: list[Node], roots: tuple[Node, ...]) -> tuple[Any, list[Node]]:
    """What the plan of a graph depends on, hashable, and the graph's leaves in the order of first use."""
    places: dict[int, int] = {id(node): k for k, node in enumerate(order)}
    leaves: list[Node] = []
    scalars: dict[Any, int] = {}
    key: list[Any] = []
    for node in order:
        refs = []
        for x in node.inputs:
            at = places.get(id(x))
            if at is None:
                if x.ctx is None:
                    # Equal scalars are one leaf: repr tells -0.0 from 0.0, and NaN equals itself.
                    name = (x.dtype, repr(x.params))
                    at = scalars.setdefault(name, -1 - len(leaves))
                else:
                    at = -1 - len(leaves)
                if at == -1 - len(leaves):
                    leaves.append(x)
                    key.append((x.ctx is None, x.shape, x.dtype))
                places[id(x)] = at
            refs.append(at)
        key.append((node.op, node.shape, node.dtype, *refs))
    key.append(tuple(places[id(r)] for r in roots if id(r) in places))
    return tuple(key), leaves


def _planned(roots: tuple[Node, ...], order: list[Node], leaves: list[Node]) -> tuple[_PlannedTask, ...]:
    places = {id(node): k for k, node in enumerate(order)} | {id(x): -1 - k for k, x in enumerate(leaves)}
    by_scalar = {(x.dtype, repr(x.params)): -1 - k for k, x in enumerate(leaves) if x.ctx is None}

    def place(node: Node) -> int:
        return places[id(node)] if node.ctx is not None else by_scalar[node.dtype, repr(node.params)]

    planned = []
    for task in split(roots, order):
        recipe: Recipe | None = None
        inputs: list[Node] = []
        head = () if task.head is None else (task.head,)
        if task.members:
            results = task.outputs if task.op is None or head else [task.outputs[0].inputs[0]]
            recipe, inputs = lower(task.members, results, head, alone=task.op is None)
        planned.append(
            _PlannedTask(
                tuple(map(place, task.outputs)), tuple(map(place, task.members)), task.op, recipe,
                tuple(map(place, inputs)), tuple(map(place, head)),
            )
        )  # fmt: skip
    return tuple(planned)


def pending_in_order(roots: tuple[Node, ...]) -> list[Node]:
    """Every uncomputed node that ``roots`` need, inputs first; scalars left out."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
            continue
        if id(node) in seen or node.value is not None or node.ctx is None:
            continue
        seen.add(id(node))
        stack.append((node, True))
        stack.extend((x, False) for x in reversed(node.inputs))
    return order


def _most_steps(order: list[Node]) -> int:
    """Most steps of one kernel on the device of these nodes."""
    ctx = order[0].ctx if order else None
    return ctx.info.most_steps if ctx is not None else 0


def split(roots: tuple[Node, ...], order: list[Node] | None = None) -> list[Task]:
    """The kernels that compute ``roots``, in an order in which they can run."""
    order = pending_in_order(roots) if order is None else order
    if not order:
        return []
    wanted = {id(r) for r in roots}
    users: dict[int, list[Node]] = {id(n): [] for n in order}
    for node in order:
        for x in node.inputs:
            if id(x) in users:
                users[id(x)].append(node)
    stages = _stages(order, users)
    most = _most_steps(order)
    swallowed = _swallowed(order, users, wanted, most)
    epilogues = _epilogues(order, users, wanted, stages, swallowed)
    in_epilogue = {id(n) for members in epilogues.values() for n in members}
    tasks: list[Task] = []
    elementwise: dict[tuple[Any, ...], list[Node]] = {}
    for node in order:
        if id(node) in swallowed or id(node) in in_epilogue:
            continue
        if id(node) in epilogues:
            members = epilogues[id(node)]
            tasks.append(Task(2 * stages[id(node)] - 1, members[-1:], members, node.op, head=node))
        elif node.op.is_elementwise:
            elementwise.setdefault((stages[id(node)], node.shape, node.op.fast), []).append(node)
        else:
            members = [n for n in order if swallowed.get(id(n)) is node]
            tasks.append(Task(2 * stages[id(node)] - 1, [node], members, node.op))
    for (stage, *_), nodes in elementwise.items():
        for group in _connected(nodes) if settings.fusion else [[n] for n in nodes]:
            for part in _within_limits(group, users, wanted, most):
                inside = {id(n) for n in part}
                outputs = [n for n in part if id(n) in wanted or any(id(u) not in inside for u in users[id(n)])]
                tasks.append(Task(2 * stage, outputs, part))
    # Parts of one group follow each other in order; sort is stable.
    tasks.sort(key=lambda t: t.stage)
    return tasks


def _stages(order: list[Node], users: dict[int, list[Node]]) -> dict[int, int]:
    stages: dict[int, int] = {}
    for node in order:
        stage = 0
        for x in node.inputs:
            if id(x) not in users:
                continue
            s = stages[id(x)]
            # A smaller or viewed operand is a kernel of its own, and one of the other math mode.
            if not node.op.is_elementwise or (x.op.is_elementwise and (x.shape != node.shape or x.op.fast is not node.op.fast)):
                s += 1
            stage = max(stage, s)
        stages[id(node)] = max(stage, 1) if not node.op.is_elementwise else stage
    return stages


def _swallowed(order: list[Node], users: dict[int, list[Node]], wanted: set[int], most_steps: int) -> dict[int, Node]:
    """Elementwise node -> the reduction that computes it on the way, for those that nothing else uses.

    With fusion off only reductions that cannot do without do so.
    """
    owner: dict[int, Node] = {}
    counts: dict[int, int] = {}
    for node in reversed(order):
        if not node.op.is_elementwise or id(node) in wanted or node.op.name == "index":
            continue
        uses = users[id(node)]
        owners = {id(owner[id(u)]) if id(u) in owner else (id(u) if _swallows(u) else 0) for u in uses}
        if len(owners) != 1 or 0 in owners:
            continue
        first = uses[0]
        reduction = owner.get(id(first), first)
        most = most_steps if settings.fusion and not reduction.op.must_swallow else reduction.op.must_swallow
        if node.op.fast is not reduction.op.fast:
            continue
        if node.shape != reduction.inputs[0].shape or counts.get(id(reduction), 0) >= most:
            continue
        counts[id(reduction)] = counts.get(id(reduction), 0) + 1
        owner[id(node)] = reduction
    _respect_arguments(order, owner)
    return owner


def _epilogues(
    order: list[Node], users: dict[int, list[Node]], wanted: set[int], stages: dict[int, int], swallowed: dict[int, Node]
) -> dict[int, list[Node]]:
    """Head -> the elementwise nodes that its kernel goes on with. The last of them is the one result.

    They are of the head's shape, nothing else needs the head or what lies between, and what they
    read besides is there before the head runs.
    """
    heads = [n for n in order if getattr(n.op, "takes_epilogue", False) and id(n) not in wanted]
    if not heads or not settings.fusion:
        return {}
    place = {id(n): k for k, n in enumerate(order)}
    found: dict[int, list[Node]] = {}
    taken: set[int] = set()
    for head in heads:
        stage = stages[id(head)]

        def is_there(x: Node, head: Node = head, stage: int = stage) -> bool:
            if id(x) not in users:
                return True
            at = stages[id(x)]
            return at < stage or (at == stage and not x.op.is_elementwise and place[id(x)] < place[id(head)])

        members = _grown(head, order, place, users, wanted, swallowed, taken, is_there)
        if members:
            found[id(head)] = members
            taken |= {id(n) for n in members}
    return found


def _grown(
    head: Node,
    order: list[Node],
    place: dict[int, int],
    users: dict[int, list[Node]],
    wanted: set[int],
    swallowed: dict[int, Node],
    taken: set[int],
    is_there: Callable[[Node], bool],
) -> list[Node]:
    """The most nodes after ``head`` that leave one result, in order; none where there are none."""

    def suits(node: Node) -> bool:
        return (
            node.op.is_elementwise and node.shape == head.shape and node.op.fast is head.op.fast
            and id(node) not in swallowed and id(node) not in taken and node.op.name != "index"
        )  # fmt: skip

    inside = {id(head)}
    members: list[Node] = []
    best: list[Node] = []
    buffers: set[int] = set()
    waiting = [place[id(u)] for u in users[id(head)]]
    heapq.heapify(waiting)
    while waiting and len(members) < min(_MOST_EPILOGUE_STEPS, _most_steps(order)):
        node = order[heapq.heappop(waiting)]
        if id(node) in inside or not suits(node):
            continue
        # What the node takes besides comes along where nothing else needs it.
        fresh: list[Node] = [node]
        others: list[Node] = []
        for some in fresh:
            for x in some.inputs:
                if id(x) in inside or x in fresh:
                    continue
                alone = id(x) in users and id(x) not in wanted and all(u in fresh for u in users[id(x)])
                (fresh if alone and suits(x) else others).append(x)
        read = buffers | {id(x) for x in others if x.ctx is not None}
        if not all(is_there(x) for x in others) or len(read) > _MOST_EPILOGUE_BUFFERS:
            continue
        inside |= {id(n) for n in fresh}
        members += fresh
        buffers = read
        for u in users[id(node)]:
            heapq.heappush(waiting, place[id(u)])
        results = [n for n in (head, *members) if id(n) in wanted or any(id(u) not in inside for u in users[id(n)])]
        if results == [node]:
            best = sorted(members, key=lambda n: place[id(n)])
    return best


def _swallows(node: Node) -> bool:
    return getattr(node.op, "swallows", False) and (settings.fusion or node.op.must_swallow > 0)


def _respect_arguments(order: list[Node], owner: dict[int, Node]) -> None:
    """Free the nodes of a reduction that would take too many buffers."""
    for reduction in {id(r): r for r in owner.values()}.values():
        members = [n for n in order if owner.get(id(n)) is reduction]
        inside = {id(n) for n in members}
        inputs = {id(x) for n in members for x in n.inputs if x.ctx is not None and id(x) not in inside}
        if len(inputs) > MAX_ARGUMENTS - 4:
            for n in members:
                del owner[id(n)]


def _connected(nodes: list[Node]) -> list[list[Node]]:
    """Nodes that use each other or a common input, in groups; the order is kept."""
    parent = list(range(len(nodes)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    touched: dict[int, int] = {}
    for k, node in enumerate(nodes):
        for x in (node, *node.inputs):
            if x.ctx is None:
                continue
            other = touched.setdefault(id(x), k)
            parent[root(k)] = root(other)
    groups: dict[int, list[Node]] = {}
    for k, node in enumerate(nodes):
        groups.setdefault(root(k), []).append(node)
    return list(groups.values())


def _within_limits(group: list[Node], users: dict[int, list[Node]], wanted: set[int], most_steps: int) -> list[list[Node]]:
    """``group`` cut, in order, where a kernel would have too many buffers, numbers or steps."""
    parts: list[list[Node]] = [[]]
    inputs: set[int] = set()
    scalars: set[Any] = set()
    left: dict[int, int] = {}  # of the part's nodes: uses outside it, for now; one more where it is wanted
    results = 0
    for node in group:
        more = inputs | {id(x) for x in node.inputs if x.ctx is not None and id(x) not in left}
        numbers = scalars | _numbers(node)
        used = [id(x) for x in node.inputs if id(x) in left]
        # Results that only this node still waited for are none any more.
        now = results + 1 - sum(left[x] == used.count(x) for x in set(used))
        full = len(more) > _MOST_INPUTS or len(more) + now > MAX_ARGUMENTS or len(numbers) > MAX_ARGUMENTS
        if left and (full or len(left) >= most_steps):
            parts.append([])
            left, used, now = {}, [], 1
            more = {id(x) for x in node.inputs if x.ctx is not None}
            numbers = _numbers(node)
        inputs, scalars, results = more, numbers, now
        for x in used:
            left[x] -= 1
        left[id(node)] = len(users[id(node)]) + (id(node) in wanted)
        parts[-1].append(node)
    return parts


def _numbers(node: Node) -> set[Any]:
    """The scalars among a node's inputs, equal ones as one: repr tells -0.0 from 0.0, and NaN equals itself."""
    return {(x.dtype, repr(x.params)) for x in node.inputs if x.ctx is None}


def lower(
    members: list[Node], outputs: list[Node], first: tuple[Node, ...] = (), *, alone: bool = True
) -> tuple[Recipe, list[Node]]:
    """The recipe of ``members`` (inputs first) with ``outputs``, and the nodes that are its inputs.

    Equal subexpressions become one step. Inputs are numbered in the order of first use, after those
    that are ``first``, so that equal graphs give equal recipes. ``alone``: it is all that its
    kernel does; else it goes on with what the kernel made, or the kernel with its outputs.
    """
    inputs: list[Node] = list(first)
    keys: list[Input] = [Input(x.dtype) for x in first]
    place: dict[int, int] = {id(x): k for k, x in enumerate(first)}  # id(node) -> input number, or -(step number) - 1
    steps: list[tuple[Any, ...]] = []
    known: dict[tuple[Any, ...], int] = {}
    scalars: dict[tuple[Any, ...], int] = {}
    # What only moves takes a half for the 16 bits that it is, and need not widen and round it.
    moves_only = alone and all(node.op.is_move and node.inputs[0].ctx is not None for node in members)

    def held_as(dtype: DType) -> DType:
        return dtypes.uint16 if moves_only and facts(dtype).is_half else dtype

    for node in members:
        args = []
        for x in node.inputs:
            at = place.get(id(x))
            if at is None and x.ctx is None:
                # repr tells -0.0 from 0.0, and NaN equals itself.
                at = scalars.get((x.dtype, repr(x.params)))
            if at is None:
                at = len(inputs)
                inputs.append(x)
                keys.append(Input(held_as(x.dtype), x.ctx is None))
                if x.ctx is None:
                    scalars[x.dtype, repr(x.params)] = at
            place[id(x)] = at
            args.append(at)
        operand = held_as(node.inputs[-1].dtype if node.inputs else node.dtype)
        key = (node.op.code_for(operand), node.op.names, tuple(args), operand, held_as(node.dtype), node.op.is_mask)
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
        members[0].op.fast,
    )
    return recipe, inputs
