"""Functions made of several rows of the table."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError, KindError
from clnd.graph.node import Operand, as_operand, operand
from clnd.ops import elementwise
from clnd.ops.op import cast_node

__all__ = ["bitwise_count", "clip", "deg2rad", "divmod", "fabs", "frexp", "ldexp", "modf", "rad2deg", "rounded"]

# NumPy's other names.
deg2rad, rad2deg = elementwise.radians, elementwise.degrees


def fabs(x: Any) -> Any:
    """The absolute value as a float: of integers the default float."""
    x = as_operand("fabs", x)
    node = x._node
    if facts(node.dtype).kind == COMPLEX:
        raise DTypeError(f"[fabs] got {node.dtype.name}; it takes bool, integers and floats; use abs() for the modulus")
    return elementwise.abs.apply(x._like(cast_node(node, dtypes.to_float(node.dtype))))


def clip(x: Any, /, min: Any = None, max: Any = None, out: Any = None, *, a_min: Any = None, a_max: Any = None) -> Any:
    """``x`` kept between ``min`` and ``max``, of which either may be None; NaN stays. They are NumPy's ``a_min`` and ``a_max``, too.

    A result keeps the dtype of ``x``: bounds are cast to it. It is kept in the array ``out``, if one is given.
    """
    if (min is not None and a_min is not None) or (max is not None and a_max is not None):
        raise ArgumentError("[clip] got a bound by both of its names; expected min or a_min, and max or a_max")
    result = _clipped(x, a_min if min is None else min, a_max if max is None else max)
    if out is None:
        return result
    return operand("clip", out)._take("clip", result._node)


def _clipped(x: Any, min: Any, max: Any) -> Any:
    x = as_operand("clip", x)
    dtype = x._node.dtype
    result = x
    for bound, op in ((min, elementwise.maximum), (max, elementwise.minimum)):
        if bound is not None:
            result = op.apply(result, _bound(bound, dtype))
    if result is x:
        return x.copy()
    if result._node.dtype != dtype:
        raise ArgumentError(
            f"[clip] got bounds {min!r} and {max!r} that {dtype.name} does not hold; expected numbers of that dtype; cast the array first"
        )
    return result


def _bound(bound: Any, dtype: DType) -> Any:
    """A bound of `clip` as ``dtype``, where that is of its kind: of integers that ``dtype`` does not hold the nearest that it does."""
    if isinstance(bound, np.generic):
        return bound.item()
    if not isinstance(bound, (Operand, np.ndarray)):
        return bound
    given = bound._node.dtype if isinstance(bound, Operand) else bound.dtype
    kinds = facts(dtype).kind, facts(dtypes.as_dtype(given)).kind
    if kinds[0] in (BOOL, INT, UINT) and kinds[1] in (FLOAT, COMPLEX):
        raise ArgumentError(f"[clip] got bounds of {given.name} for {dtype.name}, which does not hold them; cast the array or the bounds with astype()")
    if set(kinds) <= {INT, UINT} and not np.can_cast(given, dtype):
        to, of = np.iinfo(dtype), np.iinfo(given)
        least, most = sorted((to.min, of.min))[1], sorted((to.max, of.max))[0]
        bound = elementwise.minimum.apply(elementwise.maximum.apply(bound, least), most) if isinstance(bound, Operand) else bound.clip(least, most)
    return bound.astype(dtype, copy=False)


def rounded(x: Any, decimals: Any = 0) -> Any:
    """``x`` rounded to ``decimals`` digits after the point, halves to even; to tens, hundreds, ... where it is negative.

    Floats as in NumPy, by a product, a rounding and a quotient, each of which rounds; integers exactly.
    """
    try:
        digits = operator.index(decimals)
    except TypeError:
        raise KindError(f"[round] got decimals={decimals!r}; expected an integer") from None
    x = as_operand("round", x)
    dtype = x._node.dtype
    kind = facts(dtype).kind
    if digits == 0 or kind == BOOL or (digits > 0 and kind in (INT, UINT)):  # bools are refused there
        return elementwise.round.apply(x)
    if kind in (INT, UINT):
        return _to_multiple(x, -digits)
    # A half has too short a range for the product.
    wide = dtypes.float32 if facts(dtype).is_half else dtype
    if abs(digits) > np.finfo(wide).maxexp * 0.3010:
        # To digits that no number of the dtype has, or to a multiple that is larger than all of them.
        return elementwise.positive.apply(x) if digits > 0 else elementwise.multiply.apply(x, 0)
    value = x._like(cast_node(x._node, wide))
    power = 10.0 ** abs(digits)
    first, last = (elementwise.multiply, elementwise.divide) if digits > 0 else (elementwise.divide, elementwise.multiply)
    scaled = first.apply(value, power)
    result = last.apply(elementwise.round.apply(scaled), power)
    if digits > 0:
        # Where the product overflows the number has no digits after the point.
        result = elementwise.where.apply(elementwise.isfinite.apply(scaled), result, value)
    return x._like(cast_node(result._node, dtype))


elementwise.round.to_decimals = rounded  # type: ignore[method-assign]


def _to_multiple(x: Any, digits: int) -> Any:
    """Integers to the nearest multiple of 10**digits, halves to even ones."""
    dtype = x._node.dtype
    wide = dtypes.uint64 if facts(dtype).kind == UINT else dtypes.int64
    if digits > (19 if wide is dtypes.uint64 else 18):
        return elementwise.multiply.apply(x, 0)
    value, unit = x._like(cast_node(x._node, wide)), 10**digits
    below = elementwise.floor_divide.apply(value, unit)
    rest = elementwise.remainder.apply(value, unit)
    odd = elementwise.bitwise_and.apply(below, 1)
    up = elementwise.greater.apply(elementwise.add.apply(rest, odd), unit // 2)
    nearest = elementwise.multiply.apply(elementwise.add.apply(below, up), unit)
    return x._like(cast_node(nearest._node, dtype))


def divmod(x1: Any, x2: Any, /) -> tuple[Any, Any]:
    """The quotient rounded down, and the remainder of the sign of ``x2``: ``(x1 // x2, x1 % x2)``."""
    return elementwise.floor_divide.apply(x1, x2), elementwise.remainder.apply(x1, x2)


def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction and the whole part of ``x``, both with its sign; the default float for integers."""
    value = _floats("modf", x)
    return elementwise.modf_fraction.apply(value), elementwise.trunc.apply(value)


def bitwise_count(x: Any, /) -> Any:
    """How many bits of abs(``x``) are set, as uint8.

    Raises
    ------
    DTypeError
        If ``x`` is not of integers.
    """
    counted = elementwise.set_bits.apply(as_operand("bitwise_count", x))
    return counted._like(cast_node(counted._node, dtypes.uint8))


def frexp(x: Any, /) -> tuple[Any, Any]:
    """m and e of ``x`` = m * 2**e with abs(m) from 0.5 to below 1, the latter as int32; e is 0 for zeros, infinities and NaN."""
    value = _floats("frexp", x)
    return elementwise.frexp_mantissa.apply(value), value._like(cast_node(elementwise.frexp_exponent.apply(value)._node, dtypes.int32))


def ldexp(x1: Any, x2: Any, /) -> Any:
    """``x1`` * 2**``x2``, rounded once.

    Raises
    ------
    DTypeError
        If ``x2`` is not of integers.
    """
    if not isinstance(x2, Operand):
        x1 = as_operand("ldexp", x1)
    dtype = x2._node.dtype if isinstance(x2, Operand) else np.asarray(x2).dtype
    if dtype.kind not in "biu":
        raise DTypeError(f"[ldexp] got {dtype.name} as the exponent; expected integers; cast with astype()")
    return elementwise.scale_by_power.apply(x1, x2)


def _floats(name: str, x: Any) -> Any:
    """``x`` as floats: the default float for integers.

    Raises
    ------
    DTypeError
        For complex numbers.
    """
    x = as_operand(name, x)
    node = x._node
    if facts(node.dtype).kind == COMPLEX:
        raise DTypeError(f"[{name}] got {node.dtype.name}; it takes bool, integers and floats; take real() or imag() first")
    return x._like(cast_node(node, dtypes.to_float(node.dtype)))
