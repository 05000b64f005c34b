"""What functions of searching and counting share: NumPy's arguments of them, and what must be read on the host."""

from __future__ import annotations

import functools
import math
import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from clnd import dtypes, picking
from clnd.dtypes import COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import ArgumentError, ClndWarning, DTypeError, ShapeError
from clnd.graph.node import Node, Operand, as_operand
from clnd.graph.record import common_context, scalar_node
from clnd.graph.run import run
from clnd.incoming import compared
from clnd.ops import elementwise, reductions
from clnd.ops.additions import summed_by_place_node
from clnd.ops.joining import concat_node
from clnd.ops.op import cast_node
from clnd.ops.searching import EDGES_TYPES, counted_node, counts_by_edges_node, edges_for, searched_node
from clnd.ops.sources import full_node
from clnd.ops.views import reshaped_node, sliced_node
from clnd.shapes import size_of

__all__ = ["counts", "edges_of", "histogram_counts", "length", "of_coordinates", "on_host", "searched", "shown_edges", "weights_of"]

Host = np.ndarray[Any, Any]

# With fewer bins than this, elements are counted before the largest one is known.
_GUESSED_BINS = 4096


def on_host(name: str, values: Any) -> Host:
    """``values``, an array or a list, in the host's memory.

    Raises
    ------
    DTypeError
        For what is not of numbers.
    """
    host: Host = values.asnumpy() if isinstance(values, Operand) else np.asarray(values)  # type: ignore[attr-defined]
    if host.dtype.kind not in "biuf":
        raise DTypeError(f"[{name}] got {host.dtype}; it takes bool, integers and floats")
    return host


def searched(name: str, a: Any, v: Any, side: Any, sorter: Any) -> Any:
    """The array of where ``v`` goes in ``a``; arguments as of `searchsorted`."""
    table = as_operand(name, a)
    if side not in ("left", "right"):
        raise ArgumentError(f"[{name}] got side={side!r}; expected 'left' or 'right'")
    if isinstance(v, Operand):
        sought = v._node
    elif isinstance(v, (bool, int, float)):
        dtype = dtypes.scalar_dtype(name, v, table.dtype)
        sought = table._constant(np.asarray(_beside(v, dtype)))
    else:
        sought = table._constant(compared(v, table.dtype))
    if len(table.shape) != 1:
        raise ShapeError(f"[{name}] got a sorted array of shape {table.shape}; expected one dimension")
    if sorter is not None:
        order: Any = sorter if isinstance(sorter, Operand) else np.asarray(sorter)
        if order.shape != table.shape:
            raise ShapeError(f"[{name}] got a sorter of shape {order.shape} for an array of shape {table.shape}; expected equal shapes")
        table = picking.taken(table, order, 0, None, "raise")
    return table._like(searched_node(name, table._node, sought, side == "right"))


def _beside(v: Any, dtype: dtypes.DType) -> Any:
    """A Python number as ``dtype``, or as int64 if that does not hold it: it is compared, so it need not fit."""
    if facts(dtype).kind in (INT, UINT) and not np.iinfo(dtype).min <= v <= np.iinfo(dtype).max:
        return np.int64(v) if facts(dtype).kind == INT or v < 0 else np.uint64(v)
    return dtype.type(v)


# --- counting integers -------------------------------------------------------------------------


def counts(name: str, x: Any, minlength: int) -> Any:
    """How often each number is among the integers of ``x``, as far as the largest one."""
    n = size_of(x.shape)
    if n > 1 << 16:
        # Numbers are mostly small: counted at once, and counted again if they are not.
        node = counted_node(x._node, _GUESSED_BINS)
        host = x._like(node).asnumpy()
        if not host[-1]:
            last = int(np.flatnonzero(host)[-1]) + 1
            return x._like(_lengthened(node, last, minlength))
    last = length(name, x)
    return x._like(sliced_node(counted_node(x._node, max(last, minlength)), 0, 0, max(last, minlength)))


def _lengthened(node: Node, last: int, minlength: int) -> Node:
    """Counts up to ``last``, or as many as are asked for: more are 0."""
    count = max(last, minlength)
    if count <= node.shape[0]:
        return sliced_node(node, 0, 0, count)
    assert node.ctx is not None
    return concat_node("bincount", [node, full_node((count - node.shape[0],), 0, dtypes.int64, node.ctx)], 0)


def length(name: str, x: Any) -> int:
    """One more than the largest integer of ``x``, which is read on the host.

    Raises
    ------
    ArgumentError
        For one below 0.
    """
    node = x._node
    if not size_of(x.shape):
        return 0
    unsigned = np.dtype(f"u{node.dtype.itemsize}")
    # As unsigned integers those below 0 are the largest.
    most = x._like(reductions.max.node(cast_node(node, dtypes.as_dtype(unsigned)), None, False)).item()
    if facts(node.dtype).kind == INT and most > np.iinfo(node.dtype).max:
        least = x._like(reductions.min.node(node, None, False)).item()
        raise ArgumentError(f"[{name}] got {int(least)} among the elements; expected none below 0")
    return int(most) + 1


# --- edges -------------------------------------------------------------------------------------


@functools.cache
def _warn(name: str, rule: str) -> None:
    warnings.warn(
        f"[{name}] the rule {rule!r} is NumPy's, and computed on the host: the elements are read; pass a number of bins to stay on the device",
        ClndWarning, stacklevel=4,
    )  # fmt: skip


def edges_of(name: str, x: Any, bins: Any, given: Any, weights: Any) -> tuple[Host, bool]:
    """The edges of the bins in float64, and whether they are at equal distances; arguments as of `histogram`."""
    if facts(x.dtype).kind == COMPLEX:
        raise DTypeError(f"[{name}] got {x.dtype.name}; it takes bool, integers and floats")
    if isinstance(bins, str):
        if weights is not None:
            raise DTypeError(f"[{name}] got bins={bins!r} with weights, which NumPy's rules do not take; pass a number of bins")
        _warn(name, bins)
        try:
            return np.histogram_bin_edges(x.asnumpy(), bins, given).astype(np.float64), True
        except ValueError as error:
            raise ArgumentError(f"[{name}] got bins={bins!r}: {error}") from None
    if bins._node.shape if isinstance(bins, Operand) else np.ndim(bins):
        edges = on_host(name, bins)
        if edges.ndim != 1 or len(edges) < 2:
            raise ShapeError(f"[{name}] got bins of shape {edges.shape}; expected a number of bins, or two edges or more in one dimension")
        if not (edges[:-1] <= edges[1:]).all():
            raise ArgumentError(f"[{name}] got edges that do not ascend; expected each at or above the one before it")
        return edges.astype(np.float64), False
    try:
        count = operator.index(bins)
    except TypeError:
        raise ArgumentError(f"[{name}] got bins={bins!r}; expected a number of bins, edges, or the name of a rule") from None
    if count < 1:
        raise ArgumentError(f"[{name}] got bins={count}; expected one bin at least")
    first, last = _outer(name, x, given)
    with np.errstate(all="ignore"):
        edges = np.linspace(first, last, count + 1)
        rounded = edges.astype(EDGES_TYPES.get(x.dtype, dtypes.float64))
    if not (rounded[:-1] < rounded[1:]).all():
        raise ArgumentError(f"[{name}] got bins={count} from {first} to {last}, between which {rounded.dtype} has too few numbers; use fewer bins")
    return edges, True


def _outer(name: str, x: Any, given: Any) -> tuple[float, float]:
    """The outer edges: those given, or the least and the largest element."""
    if given is not None:
        try:
            first, last = (float(v) for v in given)
        except (TypeError, ValueError):
            raise ArgumentError(f"[{name}] got range={given!r}; expected two numbers") from None
        if not (math.isfinite(first) and math.isfinite(last)):
            raise ArgumentError(f"[{name}] got range=({first}, {last}); expected finite numbers")
        if first > last:
            raise ArgumentError(f"[{name}] got range=({first}, {last}); expected the lower edge first")
    elif not size_of(x.shape):
        first, last = 0.0, 1.0
    else:
        ends = [reduction.node(x._node, None, False) for reduction in (reductions.min, reductions.max)]
        run(tuple(ends))  # together: what the elements wait for is computed once
        first, last = (float(x._like(end).item()) for end in ends)
        if not (math.isfinite(first) and math.isfinite(last)):
            raise ArgumentError(f"[{name}] got elements from {first} to {last}; expected finite ones, or range=")
    if first == last:
        first, last = first - 0.5, last + 0.5
    return first, last


def shown_edges(x: Any, edges: Host) -> Any:
    """Edges as an array beside ``x``."""
    to = dtypes.float32 if x.dtype == dtypes.float16 else x.dtype if facts(x.dtype).kind == FLOAT else dtypes.default_float()
    with np.errstate(over="ignore"):
        return x._like(x._constant(edges.astype(to)))


# --- histograms --------------------------------------------------------------------------------


def histogram_counts(name: str, x: Any, edges: Host, even: bool, weights: Any) -> Any:
    """The counts of elements, or the sums of their weights, by bins."""
    if weights is None:
        return x._like(counts_by_edges_node(x._node, edges, even))
    w = weights_of(name, x, weights)
    n, bins = size_of(x.shape), len(edges) - 1
    slots = _slots(name, x, edges)
    sums = summed_by_place_node(reshaped_node(slots, (n,)), reshaped_node(w, (n,)), bins + 2)
    return x._like(sliced_node(sums, 0, 1, bins))


def weights_of(name: str, x: Any, weights: Any) -> Node:
    """The weights of the elements of ``x``: an array on its device, or the host's data.

    Raises
    ------
    ShapeError, ContextError
        For another shape, and for an array on another device.
    """
    w: Any = weights if isinstance(weights, Operand) else x._like(x._constant(weights))
    if w.shape != x.shape:
        raise ShapeError(f"[{name}] got weights of shape {w.shape} for elements of shape {x.shape}; expected equal shapes")
    node: Node = w._node
    common_context(name, [x._node, node])
    return node


def _slots(name: str, x: Any, edges: Host) -> Node:
    """The number of each element's bin, counted from 1; 0 below the first edge, one more than the bins above the last, and for NaN."""
    cut = edges_for(edges, x.dtype)
    values = x._node if x.dtype == cut.dtype else cast_node(x._node, dtypes.as_dtype(cut.dtype))
    return searched_node(name, x._constant(cut), values, True)


def of_coordinates(name: str, xs: Sequence[Any], bins: Any, given: Any, density: Any, weights: Any) -> tuple[Any, tuple[Any, ...]]:
    """The histogram of points whose coordinates are ``xs``, and the edges of each."""
    dimensions = len(xs)
    each = list(bins) if isinstance(bins, (list, tuple)) or (isinstance(bins, np.ndarray) and bins.ndim) else [bins] * dimensions
    if len(each) != dimensions:
        raise ArgumentError(f"[{name}] got {len(each)} bins for {dimensions} coordinates; expected one number, or one for each")
    ranges = [None] * dimensions if given is None else list(given)
    if len(ranges) != dimensions:
        raise ArgumentError(f"[{name}] got {len(ranges)} ranges for {dimensions} coordinates; expected one, or None, for each")
    lead = xs[0]
    if any(x.shape != lead.shape for x in xs):
        raise ShapeError(f"[{name}] got coordinates of shapes {', '.join(str(x.shape) for x in xs)}; expected equal shapes")
    edges = [edges_of(name, x, b, r, weights)[0] for x, b, r in zip(xs, each, ranges, strict=True)]
    shape = tuple(len(e) + 1 for e in edges)
    place: Node | None = None
    for x, e, size in zip(xs, edges, shape, strict=True):
        slot = _slots(name, x, e)
        place = slot if place is None else elementwise.add.node([elementwise.multiply.node([place, scalar_node(size, dtypes.int64)]), slot])
    assert place is not None
    if weights is None:
        sums = sliced_node(counted_node(place, size_of(shape)), 0, 0, size_of(shape))
    else:
        sums = summed_by_place_node(place, weights_of(name, lead, weights), size_of(shape))
    inner = reshaped_node(sums, shape)
    for axis, e in enumerate(edges):
        inner = sliced_node(inner, axis, 1, len(e) - 1)
    result = lead._like(inner)
    shown = tuple(shown_edges(x, e) for x, e in zip(xs, edges, strict=True))
    if density:
        to = shown[0].dtype
        total = result.sum()
        result = lead._like(cast_node(inner, to))
        for axis, e in enumerate(edges):
            sizes = np.diff(e).astype(to).reshape(tuple(-1 if k == axis else 1 for k in range(dimensions)))
            result = result / lead._like(lead._constant(sizes))
        result = result / lead._like(cast_node(total._node, to))
    return result, shown
