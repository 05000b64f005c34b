"""Whether arrays are equal, or nearly."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.api.operands import taken
from clnd.arrays import Array
from clnd.dtypes import BOOL, COMPLEX, INT, UINT, facts
from clnd.errors import ShapeError
from clnd.graph.node import as_operand
from clnd.ops import elementwise
from clnd.shapes import broadcast

__all__ = ["allclose", "array_equal", "array_equiv", "isclose", "real_if_close"]


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """True where ``a`` is ``b`` within ``atol + rtol * abs(b)``. Infinities are close where they are equal.

    Parameters
    ----------
    a, b : array
        They broadcast. The distance of two integers is exact.
    rtol, atol : float or array
    equal_nan : bool
        Whether NaN is close to NaN.

    Examples
    --------
    >>> import clnd
    >>> clnd.isclose(clnd.asarray([1.0, 2.0]), [1.0 + 1e-7, 2.1]).tolist()
    [True, False]
    """
    give, (x, y) = taken("isclose", a, b)
    return give(_close(x, y, rtol, atol, equal_nan))


def _close(x: Array, y: Array, rtol: Any, atol: Any, equal_nan: bool) -> Array:
    given = {x.dtype, y.dtype}
    # No integer dtype holds both uint64 and a signed one.
    both = None if dtypes.uint64 in given and any(facts(d).kind == INT for d in given) else dtypes.promote("isclose", x.dtype, y.dtype)
    if both is not None and facts(both).kind in (BOOL, INT, UINT):
        x, y = x.astype(both, copy=False), y.astype(both, copy=False)
        away = x != y if facts(both).kind == BOOL else (elementwise.maximum(x, y) - elementwise.minimum(x, y)).astype(f"uint{8 * both.itemsize}")
        real = dtypes.to_float(both)
        return away.astype(real) <= _within(abs(y.astype(real)), rtol, atol)
    real = dtypes.to_float(both or dtypes.int64)
    # A half is too coarse for the limits.
    wide = dtypes.float32 if facts(real).is_half else real
    p, q = x.astype(wide, copy=False), y.astype(wide, copy=False)
    near = (abs(p - q) <= _within(abs(q), rtol, atol)) & elementwise.isfinite(q)
    near = near | (p == q)
    return near | (elementwise.isnan(p) & elementwise.isnan(q)) if equal_nan else near


def _within(size: Array, rtol: Any, atol: Any) -> Array:
    product: Array = elementwise.add(elementwise.multiply(size, rtol), atol)
    return product


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close, as `isclose` says; a Python bool, so it waits for the arrays.

    Examples
    --------
    >>> import clnd
    >>> clnd.allclose(clnd.asarray([1.0, 2.0]), [1.0, 2.0 + 1e-6])
    True
    """
    _, (x, y) = taken("allclose", a, b)
    return bool(_close(x, y, rtol, atol, equal_nan).all())


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether two arrays have the same shape and equal elements; a Python bool, so it waits for the arrays.

    Parameters
    ----------
    equal_nan : bool
        Whether NaN equals NaN.

    Examples
    --------
    >>> import clnd
    >>> clnd.array_equal(clnd.asarray([1, 2]), [1.0, 2.0])
    True
    """
    _, (x, y) = taken("array_equal", a1, a2)
    if x.shape != y.shape:
        return False
    same = x == y
    return bool((same | (elementwise.isnan(x) & elementwise.isnan(y)) if equal_nan else same).all())


def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether two arrays broadcast to one shape, in which their elements are equal; a Python bool, so it waits for the arrays."""
    _, (x, y) = taken("array_equiv", a1, a2)
    try:
        broadcast("array_equiv", x.shape, y.shape)
    except ShapeError:
        return False
    return bool((x == y).all())


def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real parts, where all imaginary parts are below ``tol``; else ``a`` itself. It waits for the array to decide.

    Parameters
    ----------
    tol : float
        Above 1 in units of the spacing of floats at 1, else an absolute limit.
    """
    x = as_operand("real_if_close", a)
    dtype = x._node.dtype
    if facts(dtype).kind != COMPLEX:
        return x
    limit = tol * float(np.finfo(dtype).eps) if tol > 1 else tol
    small = elementwise.less.apply(elementwise.abs.apply(elementwise.imag.apply(x)), limit)
    return elementwise.real.apply(x) if bool(small.all()) else x
