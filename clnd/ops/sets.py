"""Sets as nodes: what occurs in an array, by sorting it and looking where neighbours differ.

How many values there are only the device knows: it counts, the host reads the count, and what is recorded then has a shape that is known.
"""

from __future__ import annotations

from clnd import dtypes
from clnd.dtypes import COMPLEX, FLOAT, facts
from clnd.graph.node import Node
from clnd.graph.record import common_context, scalar_node
from clnd.ops import elementwise
from clnd.ops.compaction import compressed_node, flat_nonzero_node
from clnd.ops.gather import taken_node
from clnd.ops.joining import concat_node
from clnd.ops.op import cast_node
from clnd.ops.reductions import any as any_of
from clnd.ops.scans import cumulative_node
from clnd.ops.scatter import scatter_node
from clnd.ops.searching import searched_node
from clnd.ops.sorting import argsort_node, lexsort_node, sort_node
from clnd.ops.sources import full_node
from clnd.ops.views import flat_node, reshaped_node, sliced_node, transposed_node
from clnd.records import light_dataclass
from clnd.shapes import size_of

__all__ = ["Unique", "isin_node", "unique_nodes", "unique_rows", "unique_values_node"]


@light_dataclass(frozen=True)
class Unique:
    """The values of an array, each once: ascending, where each occurs first, how often; and for each element the place of its value."""

    values: Node
    indices: Node
    inverse: Node
    counts: Node


def unique_values_node(x: Node, equal_nan: bool) -> Node:
    """The values that occur in ``x``, ascending; all NaN are one where ``equal_nan``, else each one by itself."""
    x = flat_node(x)
    if x.shape == (0,):
        return x
    ordered = sort_node(x, 0, False)
    return compressed_node(ordered, _begins(ordered, equal_nan))


def unique_nodes(x: Node, equal_nan: bool) -> Unique:
    """All that there is to know of the values in ``x``; the inverse has its shape."""
    shape, x = x.shape, flat_node(x)
    if x.shape == (0,):
        none = _zeros(x)
        return Unique(x, none, reshaped_node(none, shape), none)
    order = argsort_node(x, 0, False)
    ordered = taken_node(x, order, 0, "raise")
    begins = _begins(ordered, equal_nan)
    indices, inverse, counts = _found(order, begins)
    return Unique(compressed_node(ordered, begins), indices, reshaped_node(inverse, shape), counts)


def unique_rows(x: Node, axis: int) -> Unique:
    """The same of the subarrays along ``axis``, which are compared element by element; the inverse has one dimension."""
    order_of_axes = (axis, *(k for k in range(len(x.shape)) if k != axis))
    rows = transposed_node(x, order_of_axes)
    n, width = rows.shape[0], size_of(rows.shape[1:])
    flat = reshaped_node(rows, (n, width))
    if n == 0 or width == 0:
        # Rows of no elements are equal.
        first = sliced_node(x, axis, 0, min(n, 1))
        assert x.ctx is not None
        counts = full_node((min(n, 1),), n, dtypes.int64, x.ctx)
        return Unique(first, full_node((min(n, 1),), 0, dtypes.int64, x.ctx), full_node((n,), 0, dtypes.int64, x.ctx), counts)
    columns = [reshaped_node(sliced_node(flat, 1, k, 1), (n,)) for k in range(width)]
    order = lexsort_node(columns[::-1], 0)
    begins = _begins(taken_node(flat, order, 0, "raise"), False)
    indices, inverse, counts = _found(order, begins)
    return Unique(taken_node(x, indices, axis, "raise"), indices, inverse, counts)


def isin_node(x: Node, among: Node, invert: bool) -> Node:
    """Whether each element of ``x`` equals one of ``among`` (``invert``: none); NaN equals nothing."""
    dtype = dtypes.promote("isin", x.dtype, among.dtype)
    ctx = common_context("isin", [x, among])
    x, among = cast_node(x, dtype), flat_node(cast_node(among, dtype))
    if not size_of(x.shape) or among.shape == (0,):
        return full_node(x.shape, invert, dtypes.bool_, ctx)
    if facts(dtype).kind == COMPLEX:
        mask = _occurs(x, among)
    else:
        table = sort_node(among, 0, False)
        place = searched_node("isin", table, x, False)
        last = scalar_node(among.shape[0] - 1, dtypes.int64)
        mask = elementwise.equal.node([taken_node(table, elementwise.minimum.node([place, last]), 0, "raise"), x])
    return elementwise.logical_not.node([mask]) if invert else mask


def _occurs(x: Node, among: Node) -> Node:
    """`isin_node` of what can be sorted and not searched: by the places of the values of both together."""
    n = size_of(x.shape)
    found = unique_nodes(concat_node("isin", [flat_node(x), among], 0), False)
    ours, theirs = sliced_node(found.inverse, 0, 0, n), sliced_node(found.inverse, 0, n, among.shape[0])
    assert x.ctx is not None
    none = full_node(found.values.shape, False, dtypes.bool_, x.ctx)
    there = scatter_node(none, theirs, full_node((), True, dtypes.bool_, x.ctx))
    return reshaped_node(taken_node(there, ours, 0, "raise"), x.shape)


def _begins(x: Node, equal_nan: bool) -> Node:
    """Where elements in order, or rows of them, differ from those before; the first one does."""
    n = x.shape[0]
    later, earlier = sliced_node(x, 0, 1, n - 1), sliced_node(x, 0, 0, n - 1)
    assert x.ctx is not None
    first = full_node((1,), True, dtypes.bool_, x.ctx)
    if n == 1:
        return first
    differ = elementwise.not_equal.node([later, earlier])
    if equal_nan and facts(x.dtype).kind in (FLOAT, COMPLEX):
        both = elementwise.logical_and.node([elementwise.isnan.node([later]), elementwise.isnan.node([earlier])])
        differ = elementwise.logical_and.node([differ, elementwise.logical_not.node([both])])
    if len(x.shape) > 1:
        differ = any_of.node(differ, 1, False)
    return concat_node("unique", [first, differ], 0)


def _found(order: Node, begins: Node) -> tuple[Node, Node, Node]:
    """What follows from the places in order and where values begin: the indices, inverse and counts of `Unique`."""
    n = order.shape[0]
    starts = flat_nonzero_node(begins)
    assert order.ctx is not None
    ends = concat_node("unique", [sliced_node(starts, 0, 1, starts.shape[0] - 1), full_node((1,), n, dtypes.int64, order.ctx)], 0)
    counts = elementwise.subtract.node([ends, starts])
    indices = taken_node(order, starts, 0, "raise")
    rank = elementwise.subtract.node([cumulative_node("cumulative_sum", begins, 0, dtypes.int64, False), scalar_node(1, dtypes.int64)])
    inverse = scatter_node(_zeros(order), order, rank, distinct=True)
    inverse.limits = (0, starts.shape[0] - 1)
    indices.limits = (0, n - 1)
    return indices, inverse, counts


def _zeros(x: Node) -> Node:
    assert x.ctx is not None
    return full_node(x.shape, 0, dtypes.int64, x.ctx)
