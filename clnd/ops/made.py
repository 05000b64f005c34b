"""Functions made of several rows of the table."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Operand, operand
from clnd.ops import elementwise
from clnd.ops.op import cast_node

__all__ = ["bitwise_count", "clip", "deg2rad", "divmod", "frexp", "ldexp", "modf", "rad2deg", "rounded"]

# NumPy's other names.
deg2rad, rad2deg = elementwise.radians, elementwise.degrees


def clip(x: Any, /, min: Any = None, max: Any = None, out: Any = None) -> Any:
    """``x`` kept between ``min`` and ``max``, of which either may be None; NaN stays.

    A result keeps the dtype of ``x``: bounds are cast to it. It is kept in the array ``out``, if one is given.
    """
    result = _clipped(x, min, max)
    if out is None:
        return result
    return operand("clip", out)._take("clip", result._node)


def _clipped(x: Any, min: Any, max: Any) -> Any:
    dtype = operand("clip", x)._node.dtype
    result = x
    for bound, op in ((min, elementwise.maximum), (max, elementwise.minimum)):
        if bound is not None:
            result = op.apply(result, bound.astype(dtype, copy=False) if hasattr(bound, "astype") else bound)
    if result is x:
        return x.copy()
    if result._node.dtype != dtype:
        raise ArgumentError(
            f"[clip] got bounds {min!r} and {max!r} that {dtype.name} does not hold; expected numbers of that dtype; cast the array first"
        )
    return result


def rounded(x: Any, decimals: Any = 0) -> Any:
    """``x`` rounded to ``decimals`` digits after the point, halves to even; to tens, hundreds, ... where it is negative.

    Floats as in NumPy, by a product, a rounding and a quotient, each of which rounds; integers exactly.
    """
    try:
        digits = operator.index(decimals)
    except TypeError:
        raise ArgumentError(f"[round] got decimals={decimals!r}; expected an integer") from None
    dtype = operand("round", x)._node.dtype
    kind = facts(dtype).kind
    if digits == 0 or (digits > 0 and kind in (BOOL, INT, UINT)):
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
    result = last.apply(elementwise.round.apply(first.apply(value, power)), power)
    if kind in (FLOAT, COMPLEX) and digits > 0:
        # Where the product overflows the number has no digits after the point.
        result = elementwise.where.apply(elementwise.isfinite.apply(first.apply(value, power)), result, value)
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
    counted = elementwise.set_bits.apply(operand("bitwise_count", x))
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
        operand("ldexp", x1)
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
    node = operand(name, x)._node
    if facts(node.dtype).kind == COMPLEX:
        raise DTypeError(f"[{name}] got {node.dtype.name}; it takes bool, integers and floats; take real() or imag() first")
    return x._like(cast_node(node, dtypes.to_float(node.dtype)))
