"""Views: nodes that read another node's memory in another order. They launch nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clnd.dtypes import DType
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.ops.sources import COPY
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, contiguous_strides, is_contiguous, reshaped_strides, size_of

__all__ = [
    "VIEW", "flat_node", "flat_where_none", "layout_of", "part_node", "reshaped_node", "row_major", "settled", "sliced_node", "strided_node", "transposed_node", "view_node", "window_node",
]  # fmt: skip


class _View(Primitive):
    """The op of a view: ``params`` are its offset and strides in the base's row-major order."""

    name = "view"
    is_view = True

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Point at the base's memory, which is computed by now."""
        offset, strides = node.params
        return (_value(node.inputs[0], offset, node.shape, strides),)


class _Part(Primitive):
    """The op of one value of a node that has several: ``params`` is its number."""

    name = "part"
    is_view = True

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
    base, offset, strides = layout_of(node)
    return view_node(base, offset, tuple([node.shape[k] for k in order]), tuple([strides[k] for k in order]))


def reshaped_node(node: Node, shape: Shape) -> Node:
    """The elements of ``node`` in ``shape``, of as many: a view, or a view of a copy where memory does not allow it."""
    if node.shape == shape:
        return node
    base, offset, strides = layout_of(node)
    steps = reshaped_strides(node.shape, strides, shape)
    if steps is None:
        return view_node(COPY.node([node]), 0, shape, contiguous_strides(shape))
    return view_node(base, offset, shape, steps)


def flat_node(node: Node) -> Node:
    """The elements of ``node`` in one dimension."""
    return reshaped_node(node, (size_of(node.shape),))


def flat_where_none(node: Node, axis: Any) -> tuple[Node, Any]:
    """``node`` and an axis of it; where that is None, its elements in one dimension and the axis they have."""
    return (node, axis) if axis is not None else (flat_node(node), 0)


def strided_node(node: Node, shape: Shape, of: Callable[[Shape], tuple[int, Shape]]) -> Node:
    """A view of ``node``: from its strides ``of`` makes the offset of the first element, and the strides of ``shape``."""
    base, offset, strides = layout_of(node)
    first, steps = of(strides)
    return view_node(base, offset + first, shape, steps)


def sliced_node(node: Node, axis: int, start: int, length: int) -> Node:
    """A view of ``length`` places of ``axis`` from ``start`` on."""
    base, offset, strides = layout_of(node)
    shape = tuple([length if k == axis else n for k, n in enumerate(node.shape)])
    return view_node(base, offset + start * strides[axis], shape, strides)


def layout_of(node: Node) -> tuple[Node, int, Shape]:
    """What ``node`` lies in, and its offset and strides there: what a view of it counts by."""
    inputs = node.inputs
    if node.value is None and node.op is VIEW and inputs:
        offset, strides = node.params
        return inputs[0], offset, strides
    return node, 0, node.strides if node.value is not None else contiguous_strides(node.shape)


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


def row_major(node: Node) -> Node:
    """``node``, or a copy where its elements do not lie row-major and without gaps."""
    return node if settled(node) else COPY.node([node])


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


