"""Which launches a task takes, of operands that lie in one way: asked for before it runs, and perhaps before they are computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clnd.graph.lower import Prepared
from clnd.graph.node import Node
from clnd.graph.primitive import Primitive
from clnd.kernels import elementwise, epilogues, transpose
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.kernel import aligned, far
from clnd.kernels.launch import Plan
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides

__all__ = ["aligned_of", "elementwise_plan", "fitted", "operands"]


def operands(device: OpenDevice, places: tuple[int, ...], nodes: list[Node]) -> tuple[list[Any], list[Any]]:
    """How operands lie, and what a run is given for them: `elementwise.given`. This is most of what a small operation costs."""
    layout: list[Any] = []
    values: list[Any] = []
    scalars: list[Any] = []
    latest = bits = 0
    for p in places:
        x = nodes[p]
        value = x.value
        if value is None:
            scalars += elementwise.scalar_values(x.dtype, x.params)
        else:
            layout.append(value.strides)
            if value.offset:
                bits |= value.offset
                if value.offset > latest:
                    latest = value.offset
            values += (value.block.buffer, value.offset)
    # Whether they begin far into their blocks: then some kernels need 64-bit indexing.
    layout.append(far(latest))
    if device.info.family == "gpu":
        layout.append(aligned(bits))
    values += scalars
    return layout, values


def aligned_of(device: OpenDevice, inputs: Iterable[Node]) -> int:
    """`kernel.aligned` of the operands among ``inputs`` on a GPU; 1 on a CPU, whose kernels do not ask."""
    if device.info.family != "gpu":
        return 1
    bits = 0
    for x in inputs:
        if x.value is not None:
            bits |= x.value.offset
    return aligned(bits)


def _lying(inputs: list[Node]) -> tuple[list[Shape | None], list[Shape]]:
    """The strides (None: a scalar) and shapes of operands."""
    return [None if x.value is None else x.strides for x in inputs], [x.shape for x in inputs]


def elementwise_plan(device: OpenDevice, task: Prepared, inputs: list[Node]) -> Plan:
    strides, shapes = _lying(inputs)
    recipe, shape = task.recipe, task.shape
    assert recipe is not None
    start = aligned_of(device, inputs)
    if task.moves:
        # A copy of an operand that lies in another order of axes: through tiles, where that is faster.
        assert inputs[0].value is not None
        itemsize, walked = recipe.output_dtypes[0].itemsize, broadcast_strides(shapes[0], inputs[0].strides, shape)
        if transpose.suits(shape, walked, itemsize, device.info.family):
            away = far(inputs[0].value.offset)
            return device.planned(("transpose", itemsize, shape, walked, away, start), lambda: transpose.plan(device, itemsize, shape, walked, away, start))
    key = ("elementwise", recipe, shape, tuple(strides), tuple(shapes), start)
    return device.planned(key, lambda: elementwise.plan(device, recipe, shape, strides, shapes, start))


def fitted(device: OpenDevice, task: Prepared, nodes: list[Node], op: Primitive, head: Node) -> tuple[Epilogue | None, Plan | None]:
    """The epilogue of a task, if its operands lie so that it is one, and the plan of an operation that has one."""
    assert task.recipe is not None
    epilogue = epilogues.fitting(task.recipe, task.shape, *_lying([nodes[p] for p in task.inputs[1:]]))
    return epilogue, op.plan(device, head, None, epilogue) if epilogue is not None and op.is_planned else None
