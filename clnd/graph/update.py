"""Assignment to a part of an array: a node with the old content but for one region.

Where nobody else holds the old memory it is written in place; otherwise it is copied first, so
that views taken earlier by pending work, and NumPy arrays that share it, keep what they saw.
"""

from __future__ import annotations

import sys
from typing import Any

from clnd.dtypes import bool_
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
        if _OURS is None or not _is_alone(_references(base)):
            block = device.pool.allocate(n * itemsize)
            flat = Strided(value.block, value.offset, (1,))
            copy.launch(device, itemsize, (n,), flat, Strided(block, 0, (1,)))
        operand = strided(source)
        steps = broadcast_strides(source.shape, operand.strides, shape)
        target = Strided(block, offset + (value.offset if block is value.block else 0), strides)
        copy.launch(device, itemsize, shape, Strided(operand.block, operand.offset, steps), target)
        node.value = Value(block, value.offset if block is value.block else 0)


def _references(base: Node) -> tuple[int, int]:
    """How many references a node and its block have, as this version of Python counts them."""
    assert base.value is not None
    block = base.value.block
    return sys.getrefcount(base), sys.getrefcount(block)


def _references_of_ours() -> tuple[int, int]:
    """The same where nobody but an update holds them: with the references that `_Update.launch` has."""
    node = Node(None, (Node(None, (), (), bool_, None, None, Value(_NoBlock())), _NO_SOURCE), (), bool_, None)  # type: ignore[arg-type]
    base, source = node.inputs
    value = base.value
    assert value is not None
    block = value.block
    counts = _references(base)
    del source, block
    return counts


class _NoBlock:
    """Stands for a block while references are counted."""


_NO_SOURCE = Node(None, (), (), bool_, None)
# Other implementations of Python do not count references: they always copy.
_OURS = _references_of_ours() if sys.implementation.name == "cpython" else None


def _is_alone(counts: tuple[int, int]) -> bool:
    return _OURS is not None and counts[0] <= _OURS[0] and counts[1] <= _OURS[1]


UPDATE = _Update()


def update_node(base: Node, offset: int, shape: Shape, strides: Shape, source: Node) -> Node:
    """``base`` with the region (offset, shape, strides in its row-major order) set to ``source``."""
    return record(UPDATE, (base, source), base.shape, base.dtype, base.ctx, (offset, shape, strides))


def covers(base_shape: Shape, offset: int, shape: Shape, strides: Shape) -> bool:
    """True where the region is the whole array in order."""
    return offset == 0 and shape == base_shape and strides == contiguous_strides(shape)
