"""Views: nodes that read another node's memory in another order. They launch nothing."""

from __future__ import annotations

from collections.abc import Callable

from clnd.dtypes import DType
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.ops.sources import COPY
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, contiguous_strides, is_contiguous, reshaped_strides

__all__ = [
    "VIEW", "layout_of", "part_node", "reshaped_node", "settled", "sliced_node", "strided_node", "transposed_node", "view_node", "window_node",
]  # fmt: skip


class _View(Primitive):
    """The op of a view: ``params`` are its offset and strides in the base's row-major order."""

    name = "view"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Point at the base's memory, which is computed by now."""
        offset, strides = node.params
        return (_value(node.inputs[0], offset, node.shape, strides),)


class _Part(Primitive):
    """The op of one value of a node that has several: ``params`` is its number."""

    name = "part"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Point at the value, which is computed by now."""
        return (_part(node.inputs[0], node.params),)


VIEW = _View()
_PART = _Part()


def _value(base: Node, offset: int, shape: Shape, strides: Shape) -> Value:
    assert base.value is not None
    return Value(base.value.block, base.value.offset + offset, None if is_contiguous(shape, strides) else strides)


def transposed_node(node: Node, order: Shape) -> Node:
    """A view of ``node`` with its axes in another order."""
    offset, strides = _place(node)
    return _reordered(node, offset, tuple([node.shape[k] for k in order]), tuple([strides[k] for k in order]))


def reshaped_node(node: Node, shape: Shape) -> Node:
    """The elements of ``node`` in ``shape``, of as many: a view, or a view of a copy where memory does not allow it."""
    if node.shape == shape:
        return node
    offset, strides = _place(node)
    steps = reshaped_strides(node.shape, strides, shape)
    if steps is None:
        return view_node(COPY.node([node]), 0, shape, contiguous_strides(shape))
    return _reordered(node, offset, shape, steps)


def strided_node(node: Node, shape: Shape, of: Callable[[Shape], tuple[int, Shape]]) -> Node:
    """A view of ``node``: from its strides ``of`` makes the offset of the first element, and the strides of ``shape``."""
    offset, strides = _place(node)
    first, steps = of(strides)
    return _reordered(node, offset + first, shape, steps)


def sliced_node(node: Node, axis: int, start: int, length: int) -> Node:
    """A view of ``length`` places of ``axis`` from ``start`` on."""
    offset, strides = _place(node)
    shape = tuple([length if k == axis else n for k, n in enumerate(node.shape)])
    return _reordered(node, offset + start * strides[axis], shape, strides)


def layout_of(node: Node) -> tuple[Node, int, Shape]:
    """What ``node`` lies in, and its offset and strides there: what a view of it counts by."""
    inputs = node.inputs
    if node.value is None and node.op is VIEW and inputs:
        offset, strides = node.params
        return inputs[0], offset, strides
    return node, 0, node.strides if node.value is not None else contiguous_strides(node.shape)


def _place(node: Node) -> tuple[int, Shape]:
    """Offset and strides of ``node`` in the memory of what it is a view of."""
    if node.value is None and node.op is VIEW:
        offset, strides = node.params
        return offset, strides
    return 0, node.strides if node.value is not None else contiguous_strides(node.shape)


def _reordered(node: Node, offset: int, shape: Shape, strides: Shape) -> Node:
    """A view of what ``node`` lies in, by strides in that."""
    inputs = node.inputs
    if node.value is None and node.op is VIEW and inputs:
        return view_node(inputs[0], offset, shape, strides)
    return view_node(node, offset, shape, strides)


def part_node(base: Node, k: int, dtype: DType) -> Node:
    """Value ``k`` of ``base``, whose operation has several results of one shape. It launches nothing."""
    node = Node(_PART, (base,), base.shape, dtype, base.ctx, k)
    node.faults = base.faults
    if base.value is not None:
        node.value = _part(base, k)
        node.inputs = ()
    else:
        node.depth = base.depth
    return node


def _part(base: Node, k: int) -> Value:
    assert base.value is not None
    return base.more[k - 1] if k else base.value


def settled(node: Node) -> bool:
    """True where the node's elements lie, or will lie, row-major and without gaps: it can be an array of its own."""
    if node.op is not VIEW:
        return True
    if node.value is not None:
        return node.value.strides is None
    return is_contiguous(node.shape, node.params[1])


def view_node(base: Node, offset: int, shape: Shape, strides: Shape) -> Node:
    """A view of ``base``: places count in its memory if it is computed, else in its row-major order."""
    lie = contiguous_strides(shape) if base.value is None or base.value.strides is None else base.value.strides
    if shape == base.shape and offset == 0 and strides == lie:
        return base
    return window_node(base, offset, shape, strides)


def window_node(base: Node, offset: int, shape: Shape, strides: Shape) -> Node:
    """`view_node`, and always a node of its own: what is computed from it does not fuse with ``base``."""
    node = Node(VIEW, (base,), shape, base.dtype, base.ctx, (offset, strides))
    node.faults = base.faults
    node.limits = base.limits
    if base.value is not None:
        node.value = _value(base, offset, node.shape, strides)
        node.inputs = ()
    else:
        node.depth = base.depth
    return node


