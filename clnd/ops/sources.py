"""Nodes without array inputs: host data, one value everywhere, and the index of each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.context import Context
from clnd.dtypes import COMPLEX, EVERY_KIND, INT, UINT, DType, facts
from clnd.errors import DTypeError
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Primitive
from clnd.graph.record import SCALAR, check_fp64, record, scalar_node
from clnd.incoming import whole_number
from clnd.kernels.recipe import INDEX
from clnd.ops.op import Op, _checked
from clnd.shapes import Shape, size_of

__all__ = ["COPY", "ELEMENT", "HOST", "element_node", "from_host", "full_node", "index_node", "number_of"]


class _Copy(Op):
    is_move = True


COPY = _Copy("copy", "x", EVERY_KIND, "`x` in memory of its own, row-major.", oracle=np.copy)
"""Also what fills an array: its operand is then a scalar."""

ELEMENT = _Copy("getitem", "x", EVERY_KIND, "One element of an array, as it was when it was taken.", oracle=np.copy)
"""What an index by integers alone makes: of the number, if the host could read it at once, else of a view of the element."""


class _Index(Op):
    names = ()
    needs_place = True


_INDEX = _Index("index", INDEX, frozenset({INT}), "The place of each element in row-major order.", oracle=np.arange)


class _Host(Primitive):
    """The op of a node whose value came from the host."""

    name = "host"


HOST = _Host()


def from_host(data: np.ndarray[Any, Any], ctx: Context) -> Node:
    """A node with a copy of ``data`` on the device of ``ctx``."""
    dtype = dtypes.as_dtype(data.dtype)
    device = ctx.device
    check_fp64("asarray", dtype, ctx)
    nbytes = data.size * dtype.itemsize
    block = device.pool.allocate(nbytes)
    # No copy of what is native and contiguous already, but perhaps a view.
    host = np.ascontiguousarray(data, dtype=dtype)
    device.write(block, host, kept=host is not data and host.base is None)
    return Node(HOST, (), data.shape, dtype, ctx, None, Value(block))


def full_node(shape: Shape, value: Any, dtype: DType, ctx: Context) -> Node:
    """A pending node of ``shape`` with ``value`` everywhere; it fuses into what uses it."""
    check_fp64("full", dtype, ctx)
    ctx.device.pool.check(size_of(shape) * dtype.itemsize)
    if facts(dtype).kind != COMPLEX and isinstance(value, (complex, np.complexfloating)):
        raise DTypeError(f"[full] got {value!r}, which {dtype.name} does not hold; pass dtype='complex64'")
    if facts(dtype).kind in (INT, UINT) and isinstance(value, (float, np.floating)):
        value = whole_number(float(value), dtype)
    return record(COPY, (scalar_node(_checked("full", value, dtype), dtype),), shape, dtype, ctx)


def element_node(value: np.generic, base: Node) -> Node:
    """A node for an element of ``base`` that was read: its number, which takes no memory until a kernel needs it there."""
    # Not entered among the pending nodes: nobody waits for it.
    node = Node(ELEMENT, (scalar_node(value, base.dtype),), (), base.dtype, base.ctx)
    node.depth = 1
    node.faults = base.faults
    return node


def number_of(node: Node) -> Node:
    """The scalar that ``node`` has everywhere, where it is known and not in memory yet; else ``node``."""
    if node.value is None and not node.faults and isinstance(node.op, _Copy):
        inputs = node.inputs
        if inputs and inputs[0].op is SCALAR and inputs[0].dtype is node.dtype:
            return inputs[0]
    return node


def index_node(shape: Shape, ctx: Context) -> Node:
    """A pending node of int64: 0, 1, 2, ... in row-major order. Whoever keeps it sees to the memory: it mostly fuses into a smaller dtype."""
    node = record(_INDEX, (), shape, dtypes.int64, ctx)
    node.limits = (0, max(size_of(shape) - 1, 0))
    return node
