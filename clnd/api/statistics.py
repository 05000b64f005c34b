"""Statistics made of sums and products: averages, covariances, and reductions that leave NaN out."""

from __future__ import annotations

import operator
import warnings
from typing import Any, TypeVar

from clnd import dtypes
from clnd.api.operands import taken
from clnd.arrays import Array
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import ArgumentError, DTypeError, KindError, ShapeError
from clnd.graph.faults import joined
from clnd.graph.node import Operand, as_operand
from clnd.ops import elementwise, sources
from clnd.ops.checks import faulty_where
from clnd.ops.joining import concat_node
from clnd.ops.reductions import arg_node
from clnd.reducing import deliver, reduced
from clnd.shapes import axes_in_order

__all__ = [
    "average", "corrcoef", "cov", "nanargmax", "nanargmin", "nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar",
]  # fmt: skip

A = TypeVar("A", bound=Operand)


def _computed(x: Array) -> Array:
    """``x`` in the dtype that its means are computed in: float32 of halves."""
    to = dtypes.to_float(x.dtype)
    return x.astype(dtypes.float32 if facts(to).is_half else to, copy=False)


def _refused_where(x: Array, bad: Array, message: str) -> Array:
    """``x``, whose reads raise where an element of ``bad`` is true."""
    result = x.copy()  # a node of its own: what x is elsewhere has no fault
    node = result._node
    node.faults = joined(node.faults, (faulty_where(bad._node, message),))
    return result


# --- averages ----------------------------------------------------------------------------------


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The mean over ``axis``, each element counted by its weight.

    Parameters
    ----------
    a : array
    axis : int or tuple of int, optional
        All axes where None.
    weights : array, optional
        In the shape of ``a``, or of its lengths along ``axis``. Integers count as floats.
    returned : bool
        Give the sum of weights too, in the shape of the result.

    Returns
    -------
    array, or (array, array)

    Raises
    ------
    ShapeError
        Where the shape of ``weights`` is neither.
    ArgumentError
        At the call where ``axis`` is missing, and when the result is read where weights add up to 0.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.average(clnd.asarray([1.0, 2.0]), weights=[3, 1]))
    1.25
    """
    give, (x, w) = taken("average", a, weights)
    if w is None:
        mean = x.mean(axis, keepdims=keepdims)
        if not returned:
            return give(mean)
        count = sources.full_node(mean.shape, x.size / max(mean.size, 1), mean.dtype, mean.ctx)
        return give(mean), give(mean._like(count))
    to = dtypes.to_float(dtypes.promote("average", x.dtype, w.dtype))
    values, w = _computed(x), _computed(_spread("average", x, w, axis))
    total = w.sum(axis, keepdims=keepdims)
    mean = (values * w).sum(axis, keepdims=keepdims) / total
    mean = _refused_where(mean, total == 0, "[average] got weights that add up to 0, at index {place} of the result; expected another sum")
    mean = mean.astype(to, copy=False)
    return (give(mean), give(total.broadcast_to(mean.shape).astype(to))) if returned else give(mean)


def _spread(name: str, x: Array, w: Array, axis: Any) -> Array:
    """Weights in a shape that broadcasts to that of ``x``."""
    if w.shape == x.shape:
        return w
    if axis is None:
        raise ArgumentError(f"[{name}] got weights of shape {w.shape} for shape {x.shape} and no axis; expected equal shapes, or axis=")
    axes = axes_in_order(name, axis, x.ndim)
    if w.shape != tuple(x.shape[k] for k in axes):
        raise ShapeError(f"[{name}] got weights of shape {w.shape} for shape {x.shape} along axis {axis}; expected {tuple(x.shape[k] for k in axes)}")
    order = sorted(range(len(axes)), key=lambda k: axes[k])
    return w.transpose(tuple(order)).reshape(tuple(n if k in axes else 1 for k, n in enumerate(x.shape)))


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None, aweights: Any = None, *, dtype: Any = None
) -> Any:
    """The covariance matrix of variables: the product of what is left of them without their means, divided by the count.

    Parameters
    ----------
    m : array of one or two dimensions
        A variable in each row.
    y : array, optional
        More variables.
    rowvar : bool
        False: a variable in each column.
    bias : bool
        Divide by n, not by n - 1; ``ddof`` says another number to take away.
    fweights, aweights : array of one dimension, optional
        How often each observation was made (integers), and how much it counts.
    dtype : dtype, optional
        Of the result. By default the promoted one; that of floats for integers.

    Raises
    ------
    ShapeError
        For more than two dimensions, and weights that are not as many as observations.
    ArgumentError
        When the result is read, where weights are negative.

    Examples
    --------
    >>> import clnd
    >>> clnd.cov(clnd.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    give, (x, z, fw, aw) = taken("cov", m, y, fweights, aweights)
    return give(_cov("cov", x, z, rowvar, bias, ddof, fw, aw, dtype))


def _variables(name: str, x: Array, rowvar: bool, dtype: Any) -> Array:
    """One variable in each row."""
    if x.ndim > 2:
        raise ShapeError(f"[{name}] got shape {x.shape}; expected one dimension or two")
    rows = x.reshape((1, -1)) if x.ndim < 2 else x if rowvar else x.T
    to = dtypes.to_float(x.dtype) if dtype is None else dtypes.as_dtype(dtype)
    return rows.astype(dtypes.float32 if facts(to).is_half else to, copy=False)


def _cov(name: str, m: Array, y: Array | None, rowvar: bool, bias: bool, ddof: Any, fweights: Array | None, aweights: Array | None, dtype: Any) -> Array:
    given = [m] if y is None else [m, y]
    to = dtypes.result_dtype(name, *(dtypes.to_float(x.dtype) for x in given)) if dtype is None else dtypes.as_dtype(dtype)
    if facts(to).kind not in (FLOAT, COMPLEX):
        raise DTypeError(f"[{name}] got dtype={to.name}; expected a floating dtype")
    rows = [_variables(name, x, rowvar, to) for x in given]
    if y is not None and rows[0].shape[1] != rows[1].shape[1]:
        raise ShapeError(f"[{name}] got shapes {m.shape} and {y.shape}; expected as many observations in each")
    x = rows[0] if y is None else m._like(concat_node(name, [r._node for r in rows], 0))
    try:
        less = (0 if bias else 1) if ddof is None else operator.index(ddof)
    except TypeError:
        raise KindError(f"[{name}] got ddof={ddof!r}; expected an integer") from None
    n = x.shape[1]
    w = _weights(name, n, fweights, aweights)
    count: Any
    if w is None:
        if n <= less:
            warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=3)
        left, count = x - x.mean(1, keepdims=True), float(max(n - less, 0))
        scaled = left
    else:
        w = w.astype(dtypes.to_real(x.dtype), copy=False)
        total = w.sum()
        left = x - (x * w).sum(1, keepdims=True) / total
        scaled = left * w
        lost = less if aweights is None else less * (w * aweights.astype(w.dtype, copy=False)).sum() / total
        count = elementwise.maximum(total - lost, 0.0)
    other = scaled.conj() if facts(x.dtype).kind == COMPLEX else scaled
    result: Array = elementwise.divide.apply(left @ other.T, count)
    return result.astype(to, copy=False).squeeze()


def _weights(name: str, n: int, fweights: Array | None, aweights: Array | None) -> Array | None:
    """The product of both weights, checked."""
    found = None
    for what, w in (("fweights", fweights), ("aweights", aweights)):
        if w is None:
            continue
        if w.shape != (n,):
            raise ShapeError(f"[{name}] got {what} of shape {w.shape} for {n} observations; expected one dimension and as many")
        kind = facts(w.dtype).kind
        if kind == COMPLEX or (what == "fweights" and kind not in (BOOL, INT, UINT)):
            raise DTypeError(f"[{name}] got {what} of {w.dtype.name}; expected {'integers' if what == 'fweights' else 'real numbers'}")
        if kind in (INT, FLOAT):
            w = _refused_where(w, w < 0, f"[{name}] got negative {what}, at index {{place}}; expected weights from 0 on")
        found = w if found is None else found * w
    return found


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlation of variables: their covariance, divided by their standard deviations, kept from -1 to 1. Arguments as of `cov`.

    Examples
    --------
    >>> import clnd
    >>> clnd.corrcoef(clnd.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    give, (m, z) = taken("corrcoef", x, y)
    c = _cov("corrcoef", m, z, rowvar, False, None, None, None, dtype)
    if c.ndim == 0:
        return give(c / c)
    spread = elementwise.sqrt(c.diagonal().real)
    c = c / spread[:, None] / spread[None, :]
    if facts(c.dtype).kind == COMPLEX:
        return give(c.real.clip(-1, 1) + c.imag.clip(-1, 1) * 1j)
    return give(c.clip(-1, 1))


# --- without NaN -------------------------------------------------------------------------------


def _has_nan(x: Any) -> bool:
    return facts(x._node.dtype).kind in (FLOAT, COMPLEX)


def _without(x: Any, value: float) -> Any:
    """``x`` with ``value`` in the place of NaN."""
    return elementwise.where.apply(elementwise.isnan.apply(x), value, x) if _has_nan(x) else x


def nansum(a: A, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> A:
    """The sum over ``axis`` with 0 in the place of NaN; other arguments as of the method `sum`."""
    result: A = deliver("nansum", out, reduced("sum", _without(as_operand("nansum", a), 0), axis, keepdims, dtype=dtype, initial=initial, where=where))
    return result


def nanprod(a: A, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> A:
    """The product over ``axis`` with 1 in the place of NaN; other arguments as of the method `prod`."""
    result: A = deliver("nanprod", out, reduced("prod", _without(as_operand("nanprod", a), 1), axis, keepdims, dtype=dtype, initial=initial, where=where))
    return result


def nanmin(a: A, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> A:
    """The smallest element over ``axis`` that is not NaN; NaN where there is none, without NumPy's warning. Other arguments as of `min`.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.nanmin(clnd.asarray([float("nan"), 2.0, 1.0])))
    1.0
    """
    result: A = deliver("nanmin", out, _extreme("min", float("inf"), as_operand("nanmin", a), axis, keepdims, initial, where))
    return result


def nanmax(a: A, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> A:
    """The largest element over ``axis`` that is not NaN; NaN where there is none, without NumPy's warning. Other arguments as of `max`."""
    result: A = deliver("nanmax", out, _extreme("max", float("-inf"), as_operand("nanmax", a), axis, keepdims, initial, where))
    return result


def _extreme(name: str, last: float, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    result = reduced(name, _without(x, last), axis, keepdims, initial=initial, where=where)
    if not _has_nan(x) or initial is not None:
        return result
    none = reduced("all", elementwise.isnan.apply(x), axis, keepdims)
    return elementwise.where.apply(none, float("nan"), result)


def nanmean(a: A, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> A:
    """The mean over ``axis`` of what is not NaN; NaN where there is nothing, without NumPy's warning. Other arguments as of `mean`.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.nanmean(clnd.asarray([float("nan"), 2.0, 1.0])))
    1.5
    """
    return _moment("nanmean", a, axis, dtype, out, keepdims, 0.0, where)


def nanvar(
    a: A, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *, where: Any = None, correction: float | None = None
) -> A:
    """The variance over ``axis`` of what is not NaN; NaN where there are no more than ``ddof`` such. Other arguments as of `var`."""
    return _moment("nanvar", a, axis, dtype, out, keepdims, ddof if correction is None else correction, where)


def nanstd(
    a: A, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *, where: Any = None, correction: float | None = None
) -> A:
    """The square root of `nanvar`."""
    return _moment("nanstd", a, axis, dtype, out, keepdims, ddof if correction is None else correction, where)


def _moment(name: str, a: Any, axis: Any, dtype: Any, out: Any, keepdims: bool, less: float, where: Any) -> Any:
    x = as_operand(name, a)
    plain = name.removeprefix("nan")
    more = {} if plain == "mean" else {"correction": less}
    if not _has_nan(x):
        return deliver(name, out, reduced(plain, x, axis, keepdims, dtype=dtype, where=where, **more))
    there = elementwise.logical_not.apply(elementwise.isnan.apply(x))
    if where is not None and where is not True:
        there = elementwise.logical_and.apply(there, where)
    result = reduced(plain, x, axis, keepdims, dtype=dtype, where=there, **more)
    if plain != "mean":
        enough = elementwise.greater.apply(reduced("sum", there, axis, keepdims), less)
        result = elementwise.where.apply(enough, result, float("nan"))
    return deliver(name, out, result)


def nanargmin(a: A, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> A:
    """The index of the smallest element over ``axis`` that is not NaN, as int64.

    Raises
    ------
    ArgumentError
        When the result is read, where all elements are NaN.
    """
    return _place("argmin", float("inf"), a, axis, out, keepdims)


def nanargmax(a: A, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> A:
    """The index of the largest element over ``axis`` that is not NaN, as int64; raises as `nanargmin` does."""
    return _place("argmax", float("-inf"), a, axis, out, keepdims)


def _place(plain: str, last: float, a: Any, axis: Any, out: Any, keepdims: bool) -> Any:
    name = f"nan{plain}"
    give, (x,) = taken(name, as_operand(name, a))
    result = x._like(arg_node(plain, _without(x, last)._node, axis, keepdims))
    if _has_nan(x) and result.size:
        none = elementwise.isnan(x).all(axis, keepdims=keepdims)
        result = _refused_where(result, none, f"[{name}] got NaN only, at index {{place}} of the result; expected a number in each slice")
    return deliver(name, out, give(result))
