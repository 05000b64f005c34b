"""Searching in sorted arrays, and counting by slots, as nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import COMPLEX, DType, facts
from clnd.errors import DTypeError, ShapeError
from clnd.graph.node import Node
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, common_context, record, scalar_node
from clnd.kernels import histogram, search
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.histogram import Slots
from clnd.kernels.launch import Plan
from clnd.ops import sources
from clnd.ops.op import cast_node
from clnd.ops.views import flat_node, reshaped_node, row_major
from clnd.runtime.opened import OpenDevice
from clnd.shapes import size_of

__all__ = ["EDGES_TYPES", "counted_node", "counts_by_edges_node", "edges_for", "searched_node"]


class _Search(Primitive):
    """The op of a search: inputs are the table and what is sought; ``params`` whether behind equal elements."""

    name = "searchsorted"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """One launch."""
        table, sought = node.inputs
        n, m = table.shape[0], size_of(sought.shape)
        key = ("search", table.dtype, n, m, node.params)
        return device.planned(key, lambda: search.plan(device, table.dtype, n, m, node.params))


class _Count(Primitive):
    """The op of counts by slots: inputs are the elements, and edges with how they are guessed; ``params`` the slots."""

    name = "histogram"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The launches."""
        x, slots = node.inputs[0], node.params
        n = size_of(x.shape)
        key = ("histogram", x.dtype, n, slots)
        return device.planned(key, lambda: histogram.plan(device, x.dtype, n, slots))


_SEARCH = _Search()
_COUNT = _Count()


def searched_node(name: str, table: Node, sought: Node, right: bool) -> Node:
    """Where elements of ``sought`` would go in ``table``, which is sorted, as int64: before elements that are equal, or behind them.

    Raises
    ------
    ShapeError
        If the table is no vector.
    DTypeError
        For complex numbers.
    ContextError
        If the two are on two devices.
    """
    if len(table.shape) != 1:
        raise ShapeError(f"[{name}] got a sorted array of shape {table.shape}; expected one dimension")
    ctx = common_context(name, [table, sought])
    dtype = dtypes.promote(name, table.dtype, sought.dtype)
    if facts(dtype).kind == COMPLEX:
        raise DTypeError(f"[{name}] got {dtype.name}; it takes bool, integers and floats")
    check_fp64(name, dtype, ctx)
    n, m = table.shape[0], size_of(sought.shape)
    if n == 0 or m == 0:
        return sources.full_node(sought.shape, 0, dtypes.int64, ctx)
    ctx.device.pool.check(8 * m)
    node = record(_SEARCH, (row_major(flat_node(cast_node(table, dtype))), row_major(flat_node(cast_node(sought, dtype)))), (m,), dtypes.int64, ctx, bool(right))
    node.limits = (0, n)
    return reshaped_node(node, sought.shape)


def counted_node(x: Node, count: int) -> Node:
    """How often each of 0 .. ``count`` - 1 is among the integers of ``x``, and how many of them are something else, as int64."""
    slots = Slots("places", count + 1, 0, count + 1)
    return _counted((row_major(flat_node(x)),), slots)


def _counted(inputs: tuple[Node, ...], slots: Slots) -> Node:
    x = inputs[0]
    assert x.ctx is not None
    if not size_of(x.shape):
        return sources.full_node((slots.kept,), 0, dtypes.int64, x.ctx)
    x.ctx.device.pool.check(8 * slots.kept)
    node = record(_COUNT, inputs, (slots.kept,), dtypes.int64, x.ctx, slots)
    node.limits = (0, size_of(x.shape))
    return node


# --- edges -------------------------------------------------------------------------------------

EDGES_TYPES = {dtypes.float16: dtypes.float32, dtypes.float32: dtypes.float32, dtypes.float64: dtypes.float64}
"""The dtype of edges for floats; those of integers are compared as integers."""


def edges_for(edges: np.ndarray[Any, Any], dtype: DType) -> np.ndarray[Any, Any]:
    """Edges as elements of ``dtype`` are compared with: bin b is from edge b on and below edge b + 1, the last bin too.

    The last edge, which belongs to the last bin, is stepped up. Integers are compared as such, exactly, and where no
    integer is above the last edge it is left out.
    """
    to = histogram.compared(dtype)
    if facts(to).kind == dtypes.FLOAT:
        cut = edges.astype(to)
        # NaN stands above infinity, which belongs to a last bin without end.
        cut[-1] = np.nextafter(cut[-1], to.type(np.inf)) if cut[-1] != np.inf else np.nan
        return cut
    limits = np.iinfo(to)
    least, most = int(limits.min), int(limits.max)
    bounded = np.clip(edges.astype(np.float64), -(2.0**65), 2.0**65)
    whole = [min(max(int(e), least), most) for e in np.ceil(bounded)]
    last = int(np.floor(bounded[-1])) + 1
    if last > most:
        return np.array(whole[:-1], to)
    whole[-1] = max(last, least)
    return np.array(whole, to)


def counts_by_edges_node(x: Node, edges: np.ndarray[Any, Any], even: bool) -> Node:
    """How many elements of ``x`` are in each bin that ``edges``, ascending, say; ``even``: at nearly equal distances."""
    assert x.ctx is not None
    cut = edges_for(edges, x.dtype)
    bins = len(edges) - 1
    flat, edge = row_major(flat_node(x)), sources.from_host(cut, x.ctx)
    if not even:
        return _counted((flat, edge), Slots("edges", len(cut) + 1, 1, bins))
    is_float = facts(x.dtype).kind == dtypes.FLOAT
    with np.errstate(all="ignore"):
        scale = np.float64(bins) / (np.float64(edges[-1]) - np.float64(edges[0]))
        scale = np.clip(scale, 0, 1e30)
        offset = 0.0 if is_float else float(cut[0]) - float(edges[0])
    guessed = dtypes.float64 if cut.dtype == np.float64 else dtypes.float32
    # Roundings of the guess, and of edges, in units of slots.
    farthest = np.abs(cut[np.isfinite(cut)].astype(np.float64)).max() if is_float else 1.0
    doubt = float(8 * (bins + farthest * scale) * np.finfo(guessed).eps)
    numbers = tuple(scalar_node(float(guessed.type(v)), guessed) for v in (scale, offset, min(doubt, 1.0)))
    return _counted((flat, edge, *numbers), Slots("even", len(cut) + 1, 1, bins))
