"""Medians, quantiles and percentiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.errors import ArgumentError
from clnd.graph.node import Operand, as_operand
from clnd.ops.quantiles import median_node, quantile_node
from clnd.reducing import deliver

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]


def median(a: Any, /, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The median over ``axis``: the element in the middle of the order, or the mean of the two there.

    NaN where there is a NaN, or nothing.

    Parameters
    ----------
    a : array
        Of any dtype.
    axis : int or tuple of int, optional
        The axes reduced over; all where None.
    out : array, optional
        An array that takes the result.
    overwrite_input : bool
        Accepted for either answer.
    keepdims : bool
        Keep the reduced axes with length 1.

    Returns
    -------
    array
        float32 for integers and bools, else of the dtype of ``a``.

    Raises
    ------
    ArgumentError
        For an axis that ``a`` has not.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.median(clnd.asarray([5, 1, 4, 2])))
    3.0
    """
    x = as_operand("median", a)
    return deliver("median", out, x._like(median_node("median", x._node, axis, bool(keepdims), False)))


def nanmedian(a: Any, /, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """`median` of the elements that are not NaN; NaN where there are none.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.nanmedian(clnd.asarray([5.0, float("nan"), 1.0])))
    3.0
    """
    x = as_operand("nanmedian", a)
    return deliver("nanmedian", out, x._like(median_node("nanmedian", x._node, axis, bool(keepdims), True)))


def quantile(
    a: Any, /, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False, *,
    weights: Any = None,
) -> Any:  # fmt: skip
    """The quantiles ``q`` over ``axis``: 0 is the least element, 1 the greatest, 0.5 the median.

    NaN where there is a NaN. Which elements a quantile lies between is found in Python's floats, whatever the dtype of ``a``.

    Parameters
    ----------
    a : array
        Of integers or floats.
    q : number or array of numbers
        From 0 to 1. A clnd array is read.
    axis : int or tuple of int, optional
        The axes reduced over; all where None.
    out : array, optional
        An array that takes the result.
    overwrite_input : bool
        Accepted for either answer.
    method : str
        One of NumPy's methods: "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "averaged_inverted_cdf",
        "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased".
    keepdims : bool
        Keep the reduced axes with length 1.
    weights : None
        clnd has no weighted quantiles.

    Returns
    -------
    array
        The axes of ``q``, then those of the result. Of integers float32, but where the method chooses an element.

    Raises
    ------
    ArgumentError
        For a ``q`` out of range, an unknown method, weights, an axis that ``a`` has not, and if there are no elements.
    DTypeError
        For bools and complex numbers.

    Examples
    --------
    >>> import clnd
    >>> clnd.quantile(clnd.asarray([1.0, 2.0, 3.0, 4.0, 9.0]), [0.25, 0.9]).asnumpy()
    array([2., 7.], dtype=float32)
    """
    return _quantile("quantile", a, q, 1.0, axis, out, method, keepdims, weights, False)


def percentile(
    a: Any, /, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False, *,
    weights: Any = None,
) -> Any:  # fmt: skip
    """`quantile` with ``q`` from 0 to 100."""
    return _quantile("percentile", a, q, 100.0, axis, out, method, keepdims, weights, False)


def nanquantile(
    a: Any, /, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False, *,
    weights: Any = None,
) -> Any:  # fmt: skip
    """`quantile` of the elements that are not NaN, which are counted first; NaN where there are none."""
    return _quantile("nanquantile", a, q, 1.0, axis, out, method, keepdims, weights, True)


def nanpercentile(
    a: Any, /, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear", keepdims: bool = False, *,
    weights: Any = None,
) -> Any:  # fmt: skip
    """`percentile` of the elements that are not NaN, which are counted first; NaN where there are none."""
    return _quantile("nanpercentile", a, q, 100.0, axis, out, method, keepdims, weights, True)


def _quantile(name: str, a: Any, q: Any, whole: float, axis: Any, out: Any, method: str, keepdims: bool, weights: Any, skips_nan: bool) -> Any:
    x = as_operand(name, a)
    if weights is not None:
        raise ArgumentError(f"[{name}] got weights; expected None: clnd has no weighted quantiles")
    host = np.asarray(q.asnumpy() if isinstance(q, Operand) else q)  # type: ignore[attr-defined]
    if host.dtype.kind not in "iuf":
        raise ArgumentError(f"[{name}] got q={q!r}; expected numbers from 0 to {whole:g}")
    shares = host.astype(np.float64) / whole
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ArgumentError(f"[{name}] got q={q!r}; expected numbers from 0 to {whole:g}")
    return deliver(name, out, x._like(quantile_node(name, x._node, shares, axis, method, bool(keepdims), skips_nan)))
