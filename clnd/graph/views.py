"""Views: nodes that read another node's memory in another order. They launch nothing."""

from __future__ import annotations

from typing import Any

from clnd.graph.fuse import Task
from clnd.graph.node import Node, Value
from clnd.shapes import Shape, contiguous_strides

__all__ = ["VIEW", "view_node"]


class _View:
    """The op of a view: ``params`` are its offset and strides in the base's row-major order."""

    name = "view"
    is_elementwise = False

    def launch(self, device: Any, node: Node, task: Task) -> None:
        """Point at the base's memory, which is computed by now."""
        base = node.inputs[0]
        assert base.value is not None
        offset, strides = node.params
        node.value = Value(base.value.block, base.value.offset + offset, strides)


VIEW = _View()


def view_node(base: Node, offset: int, shape: Shape, strides: Shape) -> Node:
    """A view of ``base`` (computed contiguous, or pending): places count in its row-major order."""
    if shape == base.shape and offset == 0 and strides == contiguous_strides(shape):
        return base
    node = Node(VIEW, (base,), shape, base.dtype, base.ctx, (offset, strides))
    if base.value is not None:
        node.value = Value(base.value.block, base.value.offset + offset, strides)
        node.inputs = ()
    else:
        node.depth = base.depth
    return node


