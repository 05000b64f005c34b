"""Searching in sorted arrays, counting and histograms."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from clnd import binning, picking
from clnd.arrays import Array
from clnd.dtypes import INT, UINT, facts, promote, to_float
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Operand, as_operand, led
from clnd.incoming import compared
from clnd.ops import elementwise
from clnd.ops.additions import summed_by_place_node
from clnd.ops.joining import concat_node
from clnd.ops.op import cast_node
from clnd.ops.sorting import argsort_node
from clnd.ops.views import reshaped_node
from clnd.shapes import size_of

__all__ = ["bincount", "digitize", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd", "interp", "searchsorted"]

A = TypeVar("A", bound=Array)


def searchsorted(a: A, v: Any, side: str = "left", sorter: Any = None) -> A:
    """The places where elements would go in a sorted array, by the order of keys: -0 equals +0, NaN is above all numbers.

    Parameters
    ----------
    a : array of shape (n,)
        In ascending order, of a real dtype. What is not in order gives some place.
    v : array or number
        What is sought. The two promote to one dtype, in which they are compared.
    side : str
        "left": in front of the elements that are equal; "right": behind them.
    sorter : array of integers, optional
        The order that sorts ``a``, as of `argsort`.

    Returns
    -------
    array
        int64 from 0 to n, in the shape of ``v``.

    Raises
    ------
    ArgumentError
        For another side.
    ShapeError
        If ``a`` is no vector, and for a ``sorter`` of another length.
    DTypeError
        For complex numbers, and a ``sorter`` of anything but integers.

    Examples
    --------
    >>> import clnd
    >>> clnd.searchsorted(clnd.asarray([1, 3, 3, 5]), clnd.asarray([3, 4]), side="right").tolist()
    [3, 3]
    """
    result: A = binning.searched("searchsorted", a, v, side, sorter)
    return result


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin that each element is in, as int64: bin b is ``bins[b - 1] <= x < bins[b]``.

    Parameters
    ----------
    x : array or number
    bins : array of shape (n,)
        Ascending or descending; in descending ones bin b is ``bins[b - 1] > x >= bins[b]``. It is read on the host, once.
    right : bool
        The bins' upper edges belong to them instead of the lower ones.

    Returns
    -------
    array
        0 for what is before the first edge, n for what is behind the last one and for NaN.

    Raises
    ------
    ArgumentError
        For bins that neither ascend nor descend.

    Examples
    --------
    >>> import clnd
    >>> clnd.digitize(clnd.asarray([0.2, 6.4, 3.0]), [0.0, 1.0, 2.5, 4.0]).tolist()
    [1, 4, 3]
    """
    lead, (x, bins) = led("digitize", (x, bins))
    host = binning.on_host("digitize", bins)
    if host.ndim != 1:
        raise ShapeError(f"[digitize] got bins of shape {host.shape}; expected one dimension")
    up, down = (host[:-1] <= host[1:]).all(), (host[:-1] >= host[1:]).all()
    if not (up or down):
        raise ArgumentError("[digitize] got bins that neither ascend nor descend; expected edges in order")
    table: Any = bins if isinstance(bins, Operand) else lead._like(lead._constant(compared(bins, lead._node.dtype)))
    side = "left" if right else "right"
    if up:
        return binning.searched("digitize", table, x, side, None)
    places = binning.searched("digitize", table[::-1], x, side, None)
    return len(host) - places


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Values between points, on straight lines from each point to the next.

    Parameters
    ----------
    x : array or number
        Where values are asked for.
    xp : array of shape (n,)
        Where the points are, ascending; with ``period`` in any order.
    fp : array of shape (n,)
        The values there, real or complex.
    left, right : number, optional
        The values before the first and behind the last point; by default those of these points.
    period : number, optional
        ``x`` and ``xp`` are taken modulo it; left and right are not used.

    Returns
    -------
    array
        In the shape of ``x``, in the floating dtype that the three promote to.

    Raises
    ------
    ShapeError
        If ``xp`` and ``fp`` are no vectors of one length.
    ArgumentError
        For no points, and a period of 0.

    Examples
    --------
    >>> import clnd
    >>> clnd.interp(clnd.asarray([0.5, 2.5, 9.0]), [1, 2, 3], [10, 20, 0]).tolist()
    [10.0, 10.0, 0.0]
    """
    lead, (x, xp, fp) = led("interp", (x, xp, fp))
    x, xp, fp = (v if isinstance(v, Operand) else lead._like(lead._constant(v)) for v in (x, xp, fp))
    if len(xp.shape) != 1 or xp.shape != fp.shape:
        raise ShapeError(f"[interp] got points of shape {xp.shape} and values of shape {fp.shape}; expected vectors of one length")
    if not xp.shape[0]:
        raise ArgumentError("[interp] got no points; expected one at least")
    real, values = to_float(promote("interp", x.dtype, xp.dtype)), to_float(fp.dtype)
    x, xp, fp = x.astype(real, copy=False), xp.astype(real, copy=False), fp.astype(values, copy=False)
    if period is not None:
        if period == 0:
            raise ArgumentError("[interp] got period=0; expected another number")
        x, xp, fp = _in_period(x, xp, fp, abs(period))
        left = right = None
    return _on_lines(x, xp, fp, fp[0] if left is None else left, fp[-1] if right is None else right)


def _in_period(x: Any, xp: Any, fp: Any, period: float) -> tuple[Any, Any, Any]:
    """Places modulo ``period``, points in order, with the last one before and the first one behind them."""
    x, xp = x % period, xp % period
    order = xp._like(argsort_node(xp._node, 0, False))
    xp, fp = picking.taken(xp, order, 0, None, "clip"), picking.taken(fp, order, 0, None, "clip")
    xp = xp._like(concat_node("interp", [(xp[-1:] - period)._node, xp._node, (xp[:1] + period)._node], 0))
    fp = fp._like(concat_node("interp", [fp[-1:]._node, fp._node, fp[:1]._node], 0))
    return x, xp, fp


def _on_lines(x: Any, xp: Any, fp: Any, left: Any, right: Any) -> Any:
    """NumPy's formula: from the point before, or from the one behind where that is no number."""
    n = xp.shape[0]
    where, isnan = elementwise.where.apply, elementwise.isnan.apply
    place = binning.searched("interp", xp, x, "right", None) - 1
    if n == 1:
        inside: Any = fp[0]
    else:
        before = elementwise.minimum.apply(elementwise.maximum.apply(place, 0), n - 2)
        x0, x1, f0, f1 = (picking.taken(of, before + k, 0, None, "clip") for of in (xp, fp) for k in (0, 1))
        slope = (f1 - f0) / (x1 - x0)
        inside = slope * (x - x0) + f0
        inside = where(isnan(inside), slope * (x - x1) + f1, inside)
        inside = where(elementwise.logical_and.apply(isnan(inside), f0 == f1), f0, inside)
        inside = where(x == x0, f0, inside)
        inside = where(x == xp[-1], fp[-1], inside)
        inside = where(isnan(x), x.astype(inside.dtype), inside)
    return where(x < xp[0], left, where(x > xp[-1], right, inside))


# --- counting ----------------------------------------------------------------------------------


def bincount(x: A, weights: Any = None, minlength: int = 0) -> A:
    """How often each number from 0 to the largest is among integers.

    How long the result is follows from the largest element, which is read on the host: the call waits for ``x``.

    Parameters
    ----------
    x : array of shape (n,)
        Integers from 0 on, or bools.
    weights : array of shape (n,), optional
        What each element counts; the sums for a number are canonical, in the order of the elements.
    minlength : int
        The least length of the result.

    Returns
    -------
    array
        int64; with weights their dtype, float32 for integers.

    Raises
    ------
    ArgumentError
        For a number below 0, and a ``minlength`` below 0.
    DTypeError
        For anything but integers and bools.
    ShapeError
        If ``x`` is no vector, and for weights of another shape.

    Examples
    --------
    >>> import clnd
    >>> clnd.bincount(clnd.asarray([1, 3, 1])).tolist()
    [0, 2, 0, 1]
    """
    a = as_operand("bincount", x)
    if len(a.shape) != 1:
        raise ShapeError(f"[bincount] got shape {a.shape}; expected one dimension")
    if facts(a.dtype).kind not in (INT, UINT, "bool"):
        raise DTypeError(f"[bincount] got {a.dtype.name}; it takes bool and integers; cast with astype()")
    try:
        minlength = operator.index(minlength)
    except TypeError:
        raise ArgumentError(f"[bincount] got minlength={minlength!r}; expected a length from 0 on") from None
    if minlength < 0:
        raise ArgumentError(f"[bincount] got minlength={minlength}; expected a length from 0 on")
    if weights is None:
        counts: A = binning.counts("bincount", a, int(minlength))
        return counts
    w = binning.weights_of("bincount", a, weights)
    length = max(binning.length("bincount", a), int(minlength))
    values = cast_node(w, to_float(w.dtype))
    result: A = a._like(summed_by_place_node(cast_node(a._node, np.dtype(np.int64)), values, length))
    return result


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges that `histogram` would have.

    Returns
    -------
    array
        In the dtype of ``a`` if that is float32 or float64, else in float32. Names of rules, such as "auto", are NumPy's, and computed by it on the
        host; a warning says so.

    Examples
    --------
    >>> import clnd
    >>> clnd.histogram_bin_edges(clnd.asarray([0.0, 4.0]), bins=4).tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    x = as_operand("histogram_bin_edges", a)
    return binning.shown_edges(x, binning.edges_of("histogram_bin_edges", x, bins, range, weights)[0])


def histogram(a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None) -> tuple[Any, Any]:
    """How many elements are in each bin. Bins are half open, but for the last one, which has its upper edge too.

    An element is compared with edges, and with nothing else: `linspace` of float64, rounded once to the dtype of the elements
    (float32 for float16). Integers are compared exactly.

    Parameters
    ----------
    a : array
        Real, of any shape.
    bins : int, array or str
        How many bins of equal length; or the edges, ascending, which are read on the host; or the name of one of NumPy's rules.
    range : (number, number), optional
        The outer edges for a number of bins; by default the least and the largest element, which are read on the host. What is outside, and
        NaN, is not counted.
    density : bool, optional
        Divided by the length of the bin and by the sum of all, in the dtype of the edges.
    weights : array, optional
        What each element counts; the sums are canonical, in the order of the elements.

    Returns
    -------
    (array, array)
        The counts, int64 or of the dtype of the weights, and the edges.

    Raises
    ------
    ArgumentError
        For fewer than one bin, edges that do not ascend, and a range that is not finite, that of the elements included.
    ShapeError
        For weights of another shape, and edges that are no vector.
    DTypeError
        For complex numbers.

    Examples
    --------
    >>> import clnd
    >>> counts, edges = clnd.histogram(clnd.asarray([1, 2, 1, 4]), bins=3)
    >>> counts.tolist(), edges.tolist()
    ([2, 1, 1], [1.0, 2.0, 3.0, 4.0])
    """
    x = as_operand("histogram", a)
    edges, even = binning.edges_of("histogram", x, bins, range, weights)
    counts = binning.histogram_counts("histogram", x, edges, even, weights)
    shown = binning.shown_edges(x, edges)
    if density:
        lengths = np.diff(edges)
        wide = cast_node(counts._node, shown.dtype)
        counts = x._like(wide) / x._like(x._constant(lengths.astype(shown.dtype))) / x._like(wide).sum()
    return counts, shown


def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None) -> tuple[Any, Any, Any]:
    """`histogramdd` of two coordinates: the counts and the edges of each.

    Parameters
    ----------
    x, y : array of shape (n,)
    bins : int, array, or two of these
        One array is the edges of both.
    range, density, weights
        As of `histogramdd`.

    Examples
    --------
    >>> import clnd
    >>> clnd.histogram2d(clnd.asarray([0.0, 1.0]), clnd.asarray([0.0, 2.0]), bins=2)[0].tolist()
    [[1, 0], [0, 1]]
    """
    a, b = picking.among("histogram2d", x, y), picking.among("histogram2d", y, x)
    if len(a.shape) != 1 or a.shape != b.shape:
        raise ShapeError(f"[histogram2d] got shapes {a.shape} and {b.shape}; expected vectors of one length")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = binning.of_coordinates("histogram2d", [a, b], bins, range, density, weights)
    return counts, edges[0], edges[1]


def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None) -> tuple[Any, tuple[Any, ...]]:
    """How many points of several coordinates are in each box.

    Parameters
    ----------
    sample : array of shape (n, d), or d arrays of shape (n,)
    bins : int, or for each coordinate an int or edges
    range : sequence, optional
        A range, or None, for each coordinate.
    density : bool, optional
        Divided by the size of the box and by the sum of all.
    weights : array of shape (n,), optional

    Returns
    -------
    (array, tuple of arrays)
        The counts, int64 or of the dtype of the weights, and the edges of each coordinate.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError
        As of `histogram`, and for another number of bins or ranges than of coordinates.
    """
    if isinstance(sample, Operand):
        given: Any = sample
        if len(given.shape) == 1:
            given = given._like(reshaped_node(given._node, (size_of(given.shape), 1)))
        if len(given.shape) != 2:
            raise ShapeError(f"[histogramdd] got a sample of shape {given.shape}; expected (points, coordinates)")
        coordinates: Sequence[Any] = [given[:, k] for k in np.arange(given.shape[1]).tolist()]
    elif isinstance(sample, Iterable):
        coordinates = [as_operand("histogramdd", x) for x in sample]
    else:
        raise ArgumentError(f"[histogramdd] got a {type(sample).__name__}; expected an array, or a sequence of arrays, one a coordinate")
    return binning.of_coordinates("histogramdd", coordinates, bins, range, density, weights)
