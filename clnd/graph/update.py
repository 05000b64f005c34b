"""Assignment to a part of an array: a node with the old content but for one region.

Where nobody else holds the old memory it is written in place; otherwise it is copied first, so
that views taken earlier by pending work, and NumPy arrays that share it, keep what they saw.
"""

from __future__ import annotations

import sys
from typing import Any

from clnd.graph.fuse import Task
from clnd.graph.node import Node, Value
from clnd.graph.op import record
from clnd.graph.run import strided
from clnd.kernels import copy
from clnd.kernels.kernel import Strided
from clnd.shapes import Shape, broadcast_strides, contiguous_strides, size_of

__all__ = ["update_node"]


class _Update:
    name = "setitem"
    is_elementwise = False

    def launch(self, device: Any, node: Node, task: Task) -> None:
        """Write the region, in the old memory where it is this node's alone."""
        offset, shape, strides = node.params
        base, source = node.inputs
        value = base.value
        assert value is not None
        itemsize = node.dtype.itemsize
        n = size_of(base.shape)
        block = value.block
        if not _is_ours(base):
            block = device.pool.allocate(n * itemsize)
            flat = Strided(value.block, value.offset, (1,))
            copy.launch(device, itemsize, (n,), flat, Strided(block, 0, (1,)))
        operand = strided(source)
        steps = broadcast_strides(source.shape, operand.strides, shape)
        target = Strided(block, offset + (value.offset if block is value.block else 0), strides)
        copy.launch(device, itemsize, shape, Strided(operand.block, operand.offset, steps), target)
        node.value = Value(block, value.offset if block is value.block else 0)


# The references that exist when nobody else holds a node or its block. Of the node: the update's
# inputs, the two local variables named base, and getrefcount's argument. Of the block: its Value,
# the local variable, and the argument. Other implementations of Python always copy.
_NODE_REFERENCES = 4
_BLOCK_REFERENCES = 3


def _is_ours(base: Node) -> bool:
    if sys.implementation.name != "cpython":
        return False
    assert base.value is not None
    block = base.value.block
    return sys.getrefcount(base) <= _NODE_REFERENCES and sys.getrefcount(block) <= _BLOCK_REFERENCES + 1


UPDATE = _Update()


def update_node(base: Node, offset: int, shape: Shape, strides: Shape, source: Node) -> Node:
    """``base`` with the region (offset, shape, strides in its row-major order) set to ``source``."""
    return record(UPDATE, (base, source), base.shape, base.dtype, base.ctx, (offset, shape, strides))


def covers(base_shape: Shape, offset: int, shape: Shape, strides: Shape) -> bool:
    """True where the region is the whole array in order."""
    return offset == 0 and shape == base_shape and strides == contiguous_strides(shape)
