"""Cumulative sums, products, minima and maxima, and differences."""

from __future__ import annotations

import operator
from typing import Any, TypeVar

import numpy as np

from clnd.arrays import array_of
from clnd.dtypes import BOOL, facts
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node, Operand, as_operand
from clnd.ops import elementwise, reductions
from clnd.ops.joining import concat_node
from clnd.ops.op import cast_node
from clnd.ops.scans import accumulated_node, cumulative_node, diff_node, without_nan_node
from clnd.ops.views import reshaped_node, sliced_node
from clnd.reducing import deliver
from clnd.shapes import normalize_axis, size_of

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "diff", "ediff1d", "nancumprod", "nancumsum", "trapezoid"]

A = TypeVar("A", bound=Operand)


def cumulative_sum(x: A, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> A:
    """The sum of all elements up to each, along an axis.

    Floats and complex numbers are added in a tree of groups of 16, the same on every device; so the last result and
    `sum` differ in the last bits. float16 is carried in float32.

    Parameters
    ----------
    x : array
        Of any dtype, with at least one axis.
    axis : int, optional
        Needed for an array of several axes.
    dtype : dtype, optional
        The result's, and what elements are cast to first. By default that of ``x``; int64 for bools and signed
        integers, uint64 for unsigned ones.
    include_initial : bool
        Whether a 0 stands in front, which makes the axis one longer.

    Returns
    -------
    array
        In the shape of ``x``.

    Raises
    ------
    ArgumentError
        For an array without axes, without ``axis`` where there are several, and for an axis that there is not.

    Examples
    --------
    >>> import clnd
    >>> clnd.cumulative_sum(clnd.asarray([1, 2, 3]), include_initial=True).tolist()
    [0, 1, 3, 6]
    """
    x = as_operand("cumulative_sum", x)
    result: A = x._like(cumulative_node("cumulative_sum", x._node, axis, dtype, bool(include_initial)))
    return result


def cumulative_prod(x: A, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> A:
    """The product of all elements up to each, along an axis; floats one after the other, as NumPy has them. Else as `cumulative_sum`.

    Examples
    --------
    >>> import clnd
    >>> clnd.cumulative_prod(clnd.asarray([1.0, 2.0, 3.0]), include_initial=True).tolist()
    [1.0, 1.0, 2.0, 6.0]
    """
    x = as_operand("cumulative_prod", x)
    result: A = x._like(cumulative_node("cumulative_prod", x._node, axis, dtype, bool(include_initial)))
    return result


def cumsum(a: A, axis: int | None = None, dtype: Any = None, out: Any = None) -> A:
    """NumPy's `cumulative_sum`: without ``axis`` of the flattened array, and of an array without axes one element.

    Parameters
    ----------
    a : array
    axis : int, optional
    dtype : dtype, optional
        As of `cumulative_sum`.
    out : array, optional
        A clnd array or a NumPy array that gets the result.

    Raises
    ------
    ArgumentError
        For an axis that the array has not.
    ShapeError
        If ``out`` has another shape than the result.

    Examples
    --------
    >>> import clnd
    >>> clnd.cumsum(clnd.asarray([[1, 2], [3, 4]])).tolist()
    [1, 3, 6, 10]
    """
    return _accumulated("cumsum", "cumulative_sum", a, axis, dtype, out)


def cumprod(a: A, axis: int | None = None, dtype: Any = None, out: Any = None) -> A:
    """NumPy's `cumulative_prod`; arguments as of `cumsum`."""
    return _accumulated("cumprod", "cumulative_prod", a, axis, dtype, out)


def nancumsum(a: A, axis: int | None = None, dtype: Any = None, out: Any = None) -> A:
    """`cumsum` with 0 in place of each NaN.

    Examples
    --------
    >>> import clnd
    >>> clnd.nancumsum(clnd.asarray([1.0, float("nan"), 2.0])).tolist()
    [1.0, 1.0, 3.0]
    """
    x = as_operand("nancumsum", a)
    return _accumulated("nancumsum", "cumulative_sum", x._like(without_nan_node(x._node, 0)), axis, dtype, out)


def nancumprod(a: A, axis: int | None = None, dtype: Any = None, out: Any = None) -> A:
    """`cumprod` with 1 in place of each NaN."""
    x = as_operand("nancumprod", a)
    return _accumulated("nancumprod", "cumulative_prod", x._like(without_nan_node(x._node, 1)), axis, dtype, out)


def _accumulated(name: str, row: str, a: Any, axis: Any, dtype: Any, out: Any) -> Any:
    x = as_operand(name, a)
    return deliver(name, out, x._like(accumulated_node(name, row, x._node, axis, dtype)))


# --- differences -------------------------------------------------------------------------------


def diff(x: A, /, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> A:
    """Differences of neighbours along an axis, ``n`` times: each element less the one before it. Of bools, whether they differ.

    Parameters
    ----------
    x : array
        With at least one axis.
    n : int
        How many times; 0 gives ``x``. The standard gives it, as all that follows, by its name.
    axis : int
    prepend, append : array or number, optional
        What stands before and behind ``x`` along the axis first. A number, or an array without axes, is one element.

    Returns
    -------
    array
        ``n`` shorter along the axis.

    Raises
    ------
    ArgumentError
        For an ``n`` below 0 and an array without axes.
    ShapeError
        If ``prepend`` or ``append`` differ from ``x`` in another axis.

    Examples
    --------
    >>> import clnd
    >>> clnd.diff(clnd.asarray([1, 4, 9, 16])).tolist()
    [3, 5, 7]
    """
    a = as_operand("diff", x)
    try:
        n = operator.index(n)
    except TypeError:
        raise ArgumentError(f"[diff] got n={n!r}; expected a number of times from 0 on") from None
    if n < 0:
        raise ArgumentError(f"[diff] got n={n}; expected a number of times from 0 on")
    if not a.shape:
        raise ArgumentError("[diff] got an array without dimensions; expected at least one")
    along = normalize_axis("diff", axis, len(a.shape))
    if n == 0:
        return a
    parts = [_beside("diff", a, value, along) for value in (prepend, append)]
    nodes = [node for node in (parts[0], a._node, parts[1]) if node is not None]
    whole = nodes[0] if len(nodes) == 1 else concat_node("diff", nodes, along)
    result: A = a._like(diff_node(whole, along, int(n)))
    return result


def _beside(name: str, x: Any, value: Any, axis: int) -> Node | None:
    """What stands beside ``x`` along ``axis``: a value without axes is one place."""
    if value is None:
        return None
    node: Node = value._node if isinstance(value, Operand) else x._constant(value)
    if node.shape:
        return node
    shape = tuple(1 if k == axis else d for k, d in enumerate(x.shape))
    return array_of(node).broadcast_to(shape)._node


def ediff1d(ary: A, to_end: Any = None, to_begin: Any = None) -> A:
    """Differences of neighbours of the flattened array, with ``to_begin`` before and ``to_end`` behind them.

    Parameters
    ----------
    ary : array
    to_end, to_begin : array or number, optional
        Of a dtype that casts to that of ``ary`` within its kind.

    Examples
    --------
    >>> import clnd
    >>> clnd.ediff1d(clnd.asarray([1, 2, 4]), to_end=9).tolist()
    [1, 2, 9]
    """
    a = as_operand("ediff1d", ary)
    flat = reshaped_node(a._node, (size_of(a.shape),))
    if facts(flat.dtype).kind == BOOL:
        raise ArgumentError("[ediff1d] got bools, which have no differences; cast with astype(), or use diff")
    middle = diff_node(flat, 0, 1)
    nodes = [_end("ediff1d", a, to_begin), middle, _end("ediff1d", a, to_end)]
    some = [node for node in nodes if node is not None]
    result: A = a._like(some[0] if len(some) == 1 else concat_node("ediff1d", some, 0))
    return result


def _end(name: str, x: Any, value: Any) -> Node | None:
    if value is None:
        return None
    node: Node = value._node if isinstance(value, Operand) else x._constant(value)
    if not np.can_cast(node.dtype, x.dtype, "same_kind"):
        raise ArgumentError(f"[{name}] got {node.dtype.name} beside {x.dtype.name}; expected one that casts to it within its kind; use astype()")
    return cast_node(reshaped_node(node, (size_of(node.shape),)), x.dtype)


def trapezoid(y: A, x: Any = None, dx: Any = 1.0, axis: int = -1) -> A:
    """The integral of ``y`` along an axis by trapezoids.

    Parameters
    ----------
    y : array
    x : array, optional
        Where the values of ``y`` stand: as many along the axis, or a vector of as many.
    dx : number or array
        The distance of neighbours, without ``x``.
    axis : int

    Returns
    -------
    array
        Without that axis; a canonical sum.

    Raises
    ------
    ShapeError
        If ``x`` does not fit ``y``.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.trapezoid(clnd.asarray([1.0, 2.0, 3.0])))
    4.0
    """
    a = as_operand("trapezoid", y)
    along = normalize_axis("trapezoid", axis, len(a.shape))
    steps: Any = dx
    if x is not None:
        places = x._node if isinstance(x, Operand) else a._constant(x)
        if places.shape and places.shape[-1 if len(places.shape) == 1 else along] != a.shape[along]:
            raise ShapeError(f"[trapezoid] got x of shape {places.shape} for y of shape {a.shape}; expected {a.shape[along]} places along axis {along}")
        one = len(places.shape) == 1
        steps = diff_node(places, 0 if one else along, 1)
        if one:
            steps = reshaped_node(steps, tuple(steps.shape[0] if k == along else 1 for k in range(len(a.shape))))
        steps = a._like(steps)
    count = max(0, a.shape[along] - 1)
    later, earlier = (a._like(sliced_node(a._node, along, k if count else 0, count)) for k in (1, 0))
    areas = elementwise.divide.apply(elementwise.multiply.apply(steps, elementwise.add.apply(later, earlier)), 2.0)
    result: A = a._like(reductions.sum.node(areas._node, along, False))
    return result
