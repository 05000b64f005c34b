"""Functions of numerical analysis made of others: differences, polynomials, convolutions, windows, angles."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.api.creation import arange, ones, zeros
from clnd.api.operands import taken
from clnd.api.scans import cumulative_sum
from clnd.arrays import Array
from clnd.context import Device
from clnd.dtypes import BOOL, COMPLEX, FLOAT, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Operand, as_operand, leading, operand
from clnd.ops import elementwise
from clnd.ops.convolution import correlated_node
from clnd.ops.joining import concat_node
from clnd.reducing import deliver
from clnd.shapes import axes_in_order, normalize_axis

__all__ = [
    "angle", "bartlett", "blackman", "convolve", "correlate", "fix", "gradient", "hamming", "hanning", "kaiser", "nan_to_num", "polyadd", "polyder",
    "polyint", "polymul", "polysub", "polyval", "sinc", "unwrap",
]  # fmt: skip

A = TypeVar("A", bound=Operand)


# --- differences -------------------------------------------------------------------------------


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The derivative along each axis: central differences within, one-sided ones at both ends.

    Parameters
    ----------
    f : array
        Integers count as floats.
    varargs : number or array
        The distance of neighbours: one for all axes, or one for each; or the places of the elements along an axis.
    axis : int or tuple of int, optional
        All axes where None.
    edge_order : 1 or 2
        The order of the differences at the ends.

    Returns
    -------
    array, or tuple of arrays
        One for each axis, if there are several.

    Raises
    ------
    ArgumentError
        Where there are not as many distances as axes, for an ``edge_order`` that is neither, and axes too short for it.
    ShapeError
        Where places are not as many as elements.

    Examples
    --------
    >>> import clnd
    >>> clnd.gradient(clnd.asarray([1.0, 2.0, 4.0, 7.0])).tolist()
    [1.0, 1.5, 2.5, 3.0]
    """
    give, (x, *spacing) = taken("gradient", as_operand("gradient", f), *varargs)
    axes = tuple(range(x.ndim)) if axis is None else axes_in_order("gradient", axis, x.ndim)
    if edge_order not in (1, 2):
        raise ArgumentError(f"[gradient] got edge_order={edge_order!r}; expected 1 or 2")
    if len(varargs) not in (0, 1, len(axes)) or (len(varargs) == 1 and spacing[0].ndim and len(axes) > 1):
        raise ArgumentError(f"[gradient] got {len(varargs)} distances for {len(axes)} axes; expected one number, or one for each axis")
    values = x.astype(dtypes.to_float(x.dtype), copy=False)
    results = []
    for k, a in enumerate(axes):
        n = x.shape[a]
        if n < edge_order + 1:
            raise ArgumentError(f"[gradient] got length {n} along axis {a}; expected at least {edge_order + 1} for edge_order={edge_order}")
        step: Any = _step(varargs[k % len(varargs)], spacing[k % len(spacing)], n) if varargs else 1.0
        results.append(give(_derivative(values, a, step, edge_order)))
    return results[0] if len(results) == 1 else tuple(results)


def _step(given: Any, places: Array, n: int) -> Any:
    """The one distance that places of the host have, as a number, which widens no array, or the places.

    NumPy's formula of equal distances leaves the element between out, be it NaN.
    """
    if isinstance(given, (int, float)):
        return given
    if isinstance(given, Operand) or places.shape != (n,):
        return places
    gaps = np.diff(np.asarray(given))
    return float(gaps[0]) if gaps.size and (gaps == gaps[0]).all() else places


def _derivative(f: Array, axis: int, step: Any, edge_order: int) -> Array:
    def at(start: int | None, stop: int | None) -> Array:
        return f[(slice(None),) * axis + (slice(start, stop),)]

    n = f.shape[axis]
    ends = [at(k, k + 1) for k in (0, 1, 2, n - 3, n - 2, n - 1) if 0 <= k < n] if n >= 3 else [at(0, 1), at(1, 2)] * 3
    if isinstance(step, Array) and step.ndim:
        if step.ndim != 1 or step.size != n:
            raise ShapeError(f"[gradient] got places of shape {step.shape} for length {n} along axis {axis}; expected one for each element")
        places = step.astype(dtypes.to_float(step.dtype), copy=False)
        gaps = (places[1:] - places[:-1]).reshape(tuple(-1 if k == axis else 1 for k in range(f.ndim)))
        first, within, last = _uneven(at, ends, gaps, axis, edge_order)
    else:
        within = (at(2, None) - at(None, -2)) / (step * 2.0)
        if edge_order == 1:
            first, last = (ends[1] - ends[0]) / step, (ends[5] - ends[4]) / step
        else:
            first = (ends[0] * -1.5 + ends[1] * 2.0 + ends[2] * -0.5) / step
            last = (ends[3] * 0.5 + ends[4] * -2.0 + ends[5] * 1.5) / step
    return f._like(concat_node("gradient", [first._node, within._node, last._node], axis))


def _uneven(at: Any, ends: list[Array], gaps: Array, axis: int, edge_order: int) -> tuple[Array, Array, Array]:
    """Differences of elements whose distances are ``gaps``: NumPy's formulas."""

    def gap(start: int | None, stop: int | None) -> Array:
        return gaps[(slice(None),) * axis + (slice(start, stop),)]

    left, right = gap(None, -1), gap(1, None)
    both = left + right
    a, b, c = -right / (left * both), (right - left) / (left * right), left / (right * both)
    within = a * at(None, -2) + b * at(1, -1) + c * at(2, None)
    if edge_order == 1:
        return (ends[1] - ends[0]) / gap(0, 1), within, (ends[5] - ends[4]) / gap(-1, None)
    p, q = gap(0, 1), gap(1, 2)
    first = -(2.0 * p + q) / (p * (p + q)) * ends[0] + (p + q) / (p * q) * ends[1] - p / (q * (p + q)) * ends[2]
    p, q = gap(-2, -1), gap(-1, None)
    last = q / (p * (p + q)) * ends[3] - (q + p) / (p * q) * ends[4] + (2.0 * q + p) / (q * (p + q)) * ends[5]
    return first, within, last


# --- sums of products along a line -------------------------------------------------------------


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """The convolution of two vectors: element k is the sum of ``a[i] * v[k - i]``.

    Parameters
    ----------
    a, v : array of one dimension, not empty
    mode : "full", "same" or "valid"
        All places where they overlap, as many as the longer one has, or those where they overlap wholly.

    Returns
    -------
    array
        Beyond their ends vectors are 0: where an infinite element meets such a zero, the result is NaN. Up to 8 elements of the
        shorter vector are added one after the other; of more the sums are in the order of reductions, with fma.

    Raises
    ------
    ShapeError
        For other shapes.
    ArgumentError
        For another mode.

    Examples
    --------
    >>> import clnd
    >>> clnd.convolve(clnd.asarray([1, 2, 3]), [0, 1]).tolist()
    [0, 1, 2, 3]
    """
    give, x, y = _two_lines("convolve", a, v)
    if x.size < y.size:
        x, y = y, x
    return give(x._like(correlated_node("convolve", x._node, y[::-1]._node, mode)))


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The cross-correlation of two vectors: element k is the sum of ``a[i + k] * conj(v[i])``. Other arguments as of `convolve`.

    Examples
    --------
    >>> import clnd
    >>> clnd.correlate(clnd.asarray([1, 2, 3]), [0, 1]).tolist()
    [2, 3]
    """
    give, x, y = _two_lines("correlate", a, v)
    if facts(y.dtype).kind == COMPLEX:
        y = y.conj()
    if x.size < y.size:
        return give(x._like(correlated_node("correlate", y._node, x._node, mode))[::-1])
    return give(x._like(correlated_node("correlate", x._node, y._node, mode)))


def _two_lines(name: str, a: Any, v: Any, expected: str = "two vectors that are not empty", least: int = 1) -> tuple[Any, Array, Array]:
    """Two vectors of ``least`` elements or more; a number is one of one element."""
    give, (x, y) = taken(name, a, v)
    x, y = (z.reshape(1) if z.ndim == 0 else z for z in (x, y))
    if x.ndim != 1 or y.ndim != 1 or min(x.size, y.size) < least:
        raise ShapeError(f"[{name}] got shapes {x.shape} and {y.shape}; expected {expected}")
    return give, x, y


# --- polynomials -------------------------------------------------------------------------------


def polyval(p: Any, x: Any) -> Any:
    """The polynomial with coefficients ``p``, the highest power first, at each element of ``x``, by Horner's rule.

    Each product and each sum is rounded, and all of them are one kernel where ``p`` is short.

    Examples
    --------
    >>> import clnd
    >>> clnd.polyval([3, 0, 1], clnd.asarray([1.0, 2.0])).tolist()
    [4.0, 13.0]
    """
    lead = leading((p, x))
    give, (y,) = taken("polyval", x if isinstance(x, Operand) or lead is None else lead._like(lead._constant(x)))
    if isinstance(p, Operand) or (isinstance(p, np.ndarray) and p.dtype != object):
        _, (c,) = taken("polyval", p if isinstance(p, Operand) else y._like(y._constant(p)))
        if c.ndim != 1:
            raise ShapeError(f"[polyval] got coefficients of shape {c.shape}; expected one dimension")
        coefficients: Sequence[Any] = [c[k] for k in range(c.shape[0])]
    else:
        coefficients = list(p)
    result: Any = elementwise.multiply.apply(y, 0) if facts(y.dtype).kind != BOOL else y.astype("int64") * 0
    for c in coefficients:
        result = elementwise.add.apply(elementwise.multiply.apply(result, y), c)
    return give(result)


def _lined_up(name: str, a1: Any, a2: Any) -> tuple[Any, Array, Array]:
    """Two polynomials as long as the longer one: zeros come first."""
    give, x, y = _two_lines(name, a1, a2, "coefficients of one dimension", 0)
    n = max(x.size, y.size)
    x, y = (
        z if z.size == n else z._like(concat_node(name, [zeros(n - z.size, dtype=z.dtype, device=z.ctx)._node, z._node], 0)) for z in (x, y)
    )
    return give, x, y


def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials, whose coefficients have the highest power first."""
    give, x, y = _lined_up("polyadd", a1, a2)
    return give(x + y)


def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials, whose coefficients have the highest power first."""
    give, x, y = _lined_up("polysub", a1, a2)
    return give(x - y)


def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials: `convolve` of their coefficients. Leading zeros stay, where NumPy drops them."""
    return convolve(a1, a2)


def polyder(p: A, m: int = 1) -> A:
    """The ``m``-th derivative of a polynomial, whose coefficients have the highest power first."""
    give, (x,) = taken("polyder", p)
    for _ in range(_count("polyder", m)):
        powers = arange(x.size - 1, 0, -1, device=x.ctx) if x.size > 1 else arange(0, device=x.ctx)
        x = x[:-1] * powers.astype(x.dtype)
    result: A = give(x)
    return result


def polyint(p: A, m: int = 1, k: Any = None) -> A:
    """The ``m``-th integral of a polynomial, whose coefficients have the highest power first.

    Parameters
    ----------
    k : number or sequence of numbers, optional
        The constant of each integral, the first one first; zeros where None.
    """
    give, (x,) = taken("polyint", p)
    count = _count("polyint", m)
    constants = [0.0] * count if k is None else [k] * count if isinstance(k, (int, float, complex)) else list(k)
    if len(constants) == 1 and count > 1:
        constants *= count
    if len(constants) < count:
        raise ArgumentError(f"[polyint] got {len(constants)} constants for {count} integrals; expected one for each")
    x = x.astype(dtypes.to_float(x.dtype), copy=False)
    for c in constants[:count]:
        powers = arange(x.size, 0, -1, device=x.ctx).astype(x.dtype)
        x = x._like(concat_node("polyint", [(x / powers)._node, x._constant([c])], 0, x.dtype))
    result: A = give(x)
    return result


def _count(name: str, m: Any) -> int:
    try:
        count = operator.index(m)
    except TypeError:
        count = -1
    if count < 0:
        raise ArgumentError(f"[{name}] got m={m!r}; expected an integer from 0 on")
    return count


# --- windows -----------------------------------------------------------------------------------


def _places(name: str, M: Any, device: Device) -> tuple[int, Array | None]:  # noqa: N803
    """The number of points, and twice the place of each from the middle; None where the window has no more than one point."""
    points = M.item() if isinstance(M, Array) and not M.shape else M
    count = int(points) if isinstance(points, (int, float, np.integer, np.floating)) and float(points).is_integer() else None
    if count is None:
        raise ArgumentError(f"[{name}] got {M!r} points; expected a whole number")
    if count <= 1:
        return max(count, 0), None
    return count, arange(1 - count, count, 2, device=device).astype(dtypes.to_float(dtypes.int64))


def _window(name: str, M: Any, device: Device, shape: Any) -> Array:  # noqa: N803
    count, n = _places(name, M, device)
    if n is None:
        return ones(count, device=device)
    result: Array = shape(elementwise.divide(n, float(count - 1)))
    return result


def bartlett(M: int, *, device: Device = None) -> Array:  # noqa: N803
    """The triangle of ``M`` points that is 0 at both ends, in the default float dtype.

    Examples
    --------
    >>> import clnd
    >>> clnd.bartlett(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window("bartlett", M, device, lambda t: 1 - abs(t))


def hanning(M: int, *, device: Device = None) -> Array:  # noqa: N803
    """The raised cosine of ``M`` points that is 0 at both ends, in the default float dtype.

    Examples
    --------
    >>> import clnd
    >>> clnd.hanning(5).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    return _window("hanning", M, device, lambda t: 0.5 + 0.5 * elementwise.cospi(t))


def hamming(M: int, *, device: Device = None) -> Array:  # noqa: N803
    """The raised cosine of ``M`` points that is 0.08 at both ends, in the default float dtype."""
    return _window("hamming", M, device, lambda t: 0.54 + 0.46 * elementwise.cospi(t))


def blackman(M: int, *, device: Device = None) -> Array:  # noqa: N803
    """Blackman's window of ``M`` points, of two cosines, in the default float dtype."""
    return _window("blackman", M, device, lambda t: 0.42 + 0.5 * elementwise.cospi(t) + 0.08 * elementwise.cospi(t * 2.0))


def kaiser(M: int, beta: float, *, device: Device = None) -> Array:  # noqa: N803
    """Kaiser's window of ``M`` points and shape ``beta``, by `i0`, in the default float dtype."""
    def shape(t: Array) -> Array:
        x = elementwise.sqrt(1 - t * t) * float(beta)
        whole = elementwise.i0(arange(1, device=t.ctx).astype(t.dtype) + float(beta))
        result: Array = elementwise.divide(elementwise.i0(x), whole)
        return result

    return _window("kaiser", M, device, shape)


# --- elementwise -------------------------------------------------------------------------------


def sinc(x: A) -> A:
    """sin(pi ``x``) / (pi ``x``), and 1 at 0; float32 for integers.

    Examples
    --------
    >>> import clnd
    >>> clnd.sinc(clnd.asarray([0.0, 0.5])).tolist()
    [1.0, 0.6366197466850281]
    """
    give, (y,) = taken("sinc", x)
    y = y.astype(dtypes.to_float(y.dtype), copy=False)
    turned = y * math.pi
    wave = elementwise.sin(turned) if facts(y.dtype).kind == COMPLEX else elementwise.sinpi(y)
    result: A = give(elementwise.where(y == 0, 1, wave / turned))
    return result


def angle(z: A, deg: bool = False) -> A:
    """The angle of complex numbers, in radians or in degrees; that of real ones is 0 or pi.

    Examples
    --------
    >>> import clnd
    >>> clnd.angle(clnd.asarray([1j, -1.0]), deg=True).tolist()
    [90.0, 180.0]
    """
    x = as_operand("angle", z)
    parts = elementwise.imag.apply(x), elementwise.real.apply(x)
    result: A = elementwise.atan2.apply(*parts)
    return elementwise.degrees.apply(result) if deg else result


def unwrap(p: A, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> A:
    """``p`` with jumps of more than half a ``period`` along ``axis`` undone by whole periods.

    Parameters
    ----------
    discont : float, optional
        Smaller jumps than this stay; half a period at least.

    Examples
    --------
    >>> import clnd
    >>> clnd.unwrap(clnd.asarray([0, 3, 1, 4]), period=4).tolist()
    [0, -1, 1, 0]
    """
    give, (x,) = taken("unwrap", p)
    a = normalize_axis("unwrap", axis, x.ndim)
    before, after = ((slice(None),) * a + (s,) for s in (slice(None, -1), slice(1, None)))
    whole = facts(x.dtype).kind not in (FLOAT, COMPLEX) and isinstance(period, int)
    if facts(x.dtype).kind == COMPLEX:
        raise DTypeError(f"[unwrap] got {x.dtype.name}; expected real numbers; take angle() first")
    x = x if whole else x.astype(dtypes.to_float(x.dtype), copy=False)
    steps = x[after] - x[before]
    half = period // 2 if whole else period / 2
    turned = elementwise.remainder(steps + half, period) - half
    # A jump of just half a period keeps its direction.
    ends_low = (turned == -half) & (steps > 0) if not whole or period % 2 == 0 else None
    if ends_low is not None:
        turned = elementwise.where(ends_low, half, turned)
    limit = half if discont is None else discont
    fixed = elementwise.where(abs(steps) < limit, 0, turned - steps)
    moved = x[after] + cumulative_sum(fixed, axis=a, dtype=x.dtype)
    first = x[(slice(None),) * a + (slice(0, 1),)]
    result: A = give(x._like(concat_node("unwrap", [first._node, moved._node], a)))
    return result


def fix(x: A, out: Any = None) -> A:
    """``x`` rounded toward 0; integers stay. NumPy's other name of `trunc`."""
    result: A = deliver("fix", out, elementwise.trunc.apply(as_operand("fix", x)))
    return result


def nan_to_num(x: A, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> A:
    """``x`` with numbers in the place of NaN and infinities, in the parts of complex numbers too.

    Parameters
    ----------
    copy : bool
        False: write them into ``x`` itself.
    nan, posinf, neginf : float
        For NaN, and for the infinities: by default the largest and the smallest number of the dtype.

    Examples
    --------
    >>> import clnd
    >>> clnd.nan_to_num(clnd.asarray([float("nan"), 1.0])).tolist()
    [0.0, 1.0]
    """
    give, (y,) = taken("nan_to_num", x)
    kind = facts(y.dtype).kind
    if kind not in (FLOAT, COMPLEX):
        return give(y.copy() if copy else y)
    limits = np.finfo(y.dtype)
    high, low = float(limits.max) if posinf is None else posinf, float(limits.min) if neginf is None else neginf

    def finite(part: Array) -> Array:
        result = elementwise.where(elementwise.isnan(part), nan, part)
        result = elementwise.where(part == math.inf, high, result)
        return elementwise.where(part == -math.inf, low, result)

    result = finite(y) if kind == FLOAT else _complex(finite(y.real), finite(y.imag))
    if not copy:
        operand("nan_to_num", x)[...] = result
        return x
    return give(result)


def _complex(re: Array, im: Array) -> Array:
    """A complex number of two parts that are finite."""
    return re + im * 1j
