"""Building what a new graph needs before it runs: its missing kernels together, on all cores.

Tasks are planned in their order on copies of the nodes, whose values lie where running would put them and hold nothing. A plan
that was guessed wrongly costs a kernel that nobody needs; running plans what it finds, as ever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from clnd.errors import ClndError
from clnd.graph.lower import Prepared
from clnd.graph.node import Node, Value
from clnd.graph.planning import elementwise_plan, fitted, operands
from clnd.graph.primitive import Fused, Primitive
from clnd.kernels.launch import Plan, Variant
from clnd.runtime.opened import OpenDevice

__all__ = ["build", "copies"]

# What a planned value lies in. Plans ask for the offset and the strides of a value, never for its block.
_NOWHERE: Any = SimpleNamespace(buffer=None)


def build(device: OpenDevice, tasks: Sequence[Prepared], order: Sequence[Node], leaves: Sequence[Node]) -> None:
    """Build the kernels of ``tasks`` that this process does not hold, if several processes may compile. The device's lock is held.

    ``order`` and ``leaves`` are what `structure` gives. An error is left to the task that has it.
    """
    if not device.programs.may_build_together():
        return
    variants: dict[Variant, None] = {}
    with contextlib.suppress(ClndError):
        for plan in _plans(device, tasks, [*copies(order), *leaves[::-1]]):
            variants |= dict.fromkeys(each.variant for each in plan.launches)
    missing = [variant for variant in variants if device.variants.get(variant) is None]
    if len(missing) > 1:
        found = device.programs.together([(variant.source(), variant.name) for variant in missing])
        for variant, kernel in zip(missing, found, strict=True):
            if kernel is not None:
                variant.keep(device, kernel)


def copies(order: Sequence[Node]) -> list[Node]:
    """Nodes like those of ``order``, inputs first, that read each other where these do."""
    made: dict[int, Node] = {}
    for node in order:
        other = made[id(node)] = Node(node.op, tuple([made.get(id(x), x) for x in node.inputs]), node.shape, node.dtype, node.ctx, node.params)
        other.fast, other.limits = node.fast, node.limits
    return list(made.values())


def _plans(device: OpenDevice, tasks: Sequence[Prepared], nodes: list[Node]) -> Iterator[Plan]:
    """The plans of ``tasks``, as far as they are known before anything runs. ``nodes`` get values that lie nowhere."""
    for task in tasks:
        first = nodes[task.outputs[0]]
        if task.op is None:
            yield from _elementwise(device, task, nodes)
        elif task.head is not None:
            yield from _with_epilogue(device, task, nodes, task.op, nodes[task.head])
        else:
            prologue = None if task.recipe is None else Fused(task.recipe, [nodes[p] for p in task.inputs])
            yield from _operation(device, task, nodes, task.op, first, prologue)
        for p in task.outputs:
            if nodes[p].value is None:
                nodes[p].value = Value(_NOWHERE)
        if task.op is not None:
            first.more = tuple(Value(_NOWHERE) for _ in range(task.op.results - 1))


def _elementwise(device: OpenDevice, task: Prepared, nodes: list[Node]) -> Iterator[Plan]:
    if task.count:
        layout, _ = operands(device, task.inputs, nodes)
        plan = elementwise_plan(device, task, [nodes[p] for p in task.inputs])
        task.known = (layout, plan)
        yield plan


def _with_epilogue(device: OpenDevice, task: Prepared, nodes: list[Node], op: Primitive, head: Node) -> Iterator[Plan]:
    layout, _ = operands(device, task.inputs[1:], nodes)
    if op.is_planned:
        layout += (*operands(device, task.operands, nodes)[0], head.params)
    found = fitted(device, task, nodes, op, head)
    task.fitted = (layout, found)
    epilogue, plan = found
    if plan is not None:
        yield plan
        return
    foreseen = op.foreseen(device, head, epilogue) if epilogue is not None and not op.is_planned else ()
    if foreseen:
        yield from foreseen
        return
    yield from _operation(device, task, nodes, op, head, None)
    head.value = Value(_NOWHERE)
    yield from _elementwise(device, task, nodes)


def _operation(device: OpenDevice, task: Prepared, nodes: list[Node], op: Primitive, node: Node, prologue: Fused | None) -> Iterator[Plan]:
    if op.is_planned:
        layout, _ = operands(device, task.operands, nodes)
        plan = op.plan(device, node, prologue, None)
        assert plan is not None
        task.planned = ([*layout, node.params], plan)
        yield plan
    elif op.is_view:
        (node.value,) = op.launch(device, node, None)
    else:
        yield from op.foreseen(device, node, None)
