"""Correctly rounded float32 arithmetic, by exact fractions: what the probe holds a device to."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["INFINITY", "fma32", "product32", "quotient32", "round32", "sqrt32"]


def round32(x: Fraction) -> int:
    """The float32 nearest to ``x``, ties to even, as bits."""
    # Correct rounding through float64 is not enough in general (double rounding), so by integers.
    if x == 0:
        return 0
    sign, x = (1, -x) if x < 0 else (0, x)
    e = max(x.numerator.bit_length() - x.denominator.bit_length() - 24, -149)
    while x / Fraction(2) ** e >= 1 << 24:
        e += 1
    while e > -149 and x / Fraction(2) ** e < 1 << 23:
        e -= 1
    m = round(x / Fraction(2) ** e)  # Fraction rounds ties to even
    value = math.ldexp(m, e)
    if value >= math.ldexp(1, 128):
        return INFINITY | sign << 31
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits | sign << 31


INFINITY = 0x7F800000
"""The bits of infinity."""
_NAN = 0x7FC00000


def quotient32(a: float, b: float) -> int:
    """The correctly rounded a / b of two float32, as bits."""
    negative = math.copysign(1, a) * math.copysign(1, b) < 0
    if math.isnan(a) or math.isnan(b) or (a == 0 and b == 0) or (math.isinf(a) and math.isinf(b)):
        return _NAN
    if a == 0 or math.isinf(b) or b == 0 or math.isinf(a):
        return (0 if a == 0 or math.isinf(b) else INFINITY) | negative << 31
    # Bits, not a comparison with a zero of either sign: a quotient may be too small for any number but zero.
    return round32(Fraction(abs(a)) / Fraction(abs(b))) | negative << 31


def _bits(x: Any) -> int:
    return int(np.float32(x).view(np.uint32))


def fma32(a: float, b: float, c: float) -> int:
    """The correctly rounded a * b + c of three float32, as bits."""
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    # The product of two float32 is exact in float64, and so is a sum that is zero, sign and all.
    return round32(exact) if exact else _bits(a * b + c)


def sqrt32(x: float) -> int:
    """The correctly rounded square root of a float32, as bits."""
    if math.isnan(x) or math.isinf(x) or x == 0:
        return _bits(x)
    f = Fraction(x)
    # The root to 60 bits is enough to round to 24: a float32 root is never that close to a tie.
    scaled = f.numerator * f.denominator << 200
    return round32(Fraction(math.isqrt(scaled), f.denominator << 100))


def product32(a: float, b: float) -> int:
    """The correctly rounded a * b of two float32 whose product is not zero, as bits."""
    return round32(Fraction(a) * Fraction(b))
