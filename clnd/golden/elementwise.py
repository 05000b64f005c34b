"""Golden cases of every elementwise row: one digest for each row and dtype.

Rows are computed a dozen to a program from the same two operands, so that they fuse into few
kernels. The first 64 elements are all pairs of eight special values; the others are drawn from a
range that is written here, and not taken from the table, where it may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import clnd
from clnd.dtypes import COMPLEX, FLOAT, INT, UINT
from clnd.golden.case import NONE, SUBNORMALS, enter_together, needs_of
from clnd.ops.elementwise import TABLE
from clnd.random import Generator

__all__ = ["ROWS"]

N = 259
_SPECIALS = (0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan"), 2.5)


@dataclass(frozen=True)
class Rows:
    """Rows that share a program: their operands lie in [low, high), or in the whole range of integers where there is no ``range``."""

    title: str
    dtypes: tuple[str, ...]
    names: tuple[str, ...]
    range: tuple[float, float] | None
    needs: frozenset[str] = NONE


_FLOATS = ("float32", "float64", "float16")
_COMPLEX = ("complex64", "complex128")
_INTEGERS = ("int32", "uint8", "int64")
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
_LOGIC = ("logical_and", "logical_or", "logical_xor", "logical_not")
_BITS = ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_invert")
_SIGNS = ("negative", "positive", "abs", "square")
_KINDS = ("isfinite", "isinf", "isnan")

ROWS: tuple[Rows, ...] = (
    Rows("arithmetic", _FLOATS, (
        "add", "subtract", "multiply", "divide", "floor_divide", "remainder", *_SIGNS, "sign", "reciprocal", "maximum", "minimum",
        "copysign", "conj", "real", "imag",
    ), (-8, 8)),
    Rows("rounding", _FLOATS, (
        "ceil", "floor", "trunc", "round", "round_half_away", "round_half_down", "relu", "softsign", "degrees", "radians",
    ), (-8, 8)),
    Rows("numpy", _FLOATS, (
        "rint", "fmod", "fmax", "fmin", "heaviside", "float_power", "modf_fraction", "frexp_mantissa", "frexp_exponent",
    ), (-8, 8)),
    # Down to subnormal numbers, and past both ends of the range of float32 and float16.
    Rows("powers of two", _FLOATS, ("scale_by_power",), (-200, 200), SUBNORMALS),
    Rows("truth", _FLOATS, (*_COMPARISONS, *_LOGIC, *_KINDS, "signbit"), (-2, 2)),
    Rows("exponentials", _FLOATS, ("exp", "exp2", "expm1", "logaddexp", "logaddexp2", "sigmoid", "softplus", "sinh", "cosh", "tanh"), (-8, 8)),
    Rows("angles", _FLOATS, ("sin", "cos", "tan", "sinpi", "cospi", "atan", "atan2"), (-8, 8)),
    Rows("lengths", _FLOATS, ("asinh", "hypot", "cbrt", "erf", "erfc"), (-8, 8)),
    Rows("inverses", _FLOATS, ("asin", "acos", "atanh", "erfinv"), (-1, 1)),
    Rows("logarithms", _FLOATS, ("sqrt", "rsqrt", "log", "log1p", "log2", "log10", "acosh", "rcbrt"), (0.01, 100)),
    Rows("gamma", _FLOATS, ("gamma", "gammaln", "digamma", "pow"), (0.01, 12)),
    # The neighbour of zero is subnormal.
    Rows("neighbours", _FLOATS, ("nextafter", "spacing"), (-8, 8), SUBNORMALS),
    Rows("bessel", _FLOATS, ("i0",), (-80, 80)),
    Rows("arithmetic", _COMPLEX, (
        "add", "subtract", "multiply", "divide", *_SIGNS, "sign", "reciprocal", "sqrt", "round", "conj", "real", "imag",
    ), (-3, 3)),
    Rows("truth", _COMPLEX, ("equal", "not_equal", *_LOGIC, *_KINDS), (-3, 3)),
    Rows("order", _COMPLEX, ("less", "less_equal", "greater", "greater_equal"), (-3, 3)),
    Rows("functions", _COMPLEX, ("exp", "expm1", "log", "log1p", "log2", "log10", "pow"), (-3, 3)),
    Rows("angles", _COMPLEX, ("sin", "cos", "tan", "sinh", "cosh", "tanh"), (-3, 3)),
    Rows("inverses", _COMPLEX, ("asin", "acos", "atan", "asinh", "acosh", "atanh"), (-3, 3)),
    Rows("arithmetic", _INTEGERS, (
        "add", "subtract", "multiply", "floor_divide", "remainder", *_SIGNS, "sign", "maximum", "minimum", "relu",
    ), None),
    Rows("bits", _INTEGERS, (*_BITS, "bitwise_left_shift", "bitwise_right_shift", "pow"), (0, 70)),
    Rows("numpy", _INTEGERS, ("fmod", "fmax", "fmin", "gcd", "lcm", "set_bits"), None),
    Rows("truth", _INTEGERS, (*_COMPARISONS, *_LOGIC), (-5, 6)),
    Rows("numpy", _COMPLEX, ("rint", "float_power"), (-3, 3)),
    Rows("truth", ("bool",), ("add", "multiply", "maximum", "minimum", *_COMPARISONS, *_LOGIC, *_BITS), (0, 2)),
)  # fmt: skip


def _pairs(values: Sequence[Any], dtype: str) -> tuple[Any, Any]:
    """Every pair of ``values`` as two arrays."""
    x = [a for a in values for _ in values]
    y = [b for _ in values for b in values]
    return clnd.asarray(x, dtype=dtype), clnd.asarray(y, dtype=dtype)


def _integers(g: Generator, rows: Rows, dtype: str) -> tuple[Any, Any]:
    """Integers of the whole range; where there is a range, the second is from that, and no less than 0 for a power."""
    limits = clnd.iinfo(dtype)
    whole = (int(limits.min), int(limits.max))
    second = whole if rows.range is None else (max(int(rows.range[0]), whole[0]), int(rows.range[1]))
    first = second if rows.title == "truth" else whole  # of truth so that equal ones are met
    x, y = g.randint(*first, N, dtype), g.randint(*second, N, dtype)
    ends = [0, 1, whole[0], whole[1]]
    pairs = _pairs(ends, dtype)
    x[:16] = pairs[0]
    if rows.range is None:
        y[:16] = pairs[1]
    return x, y


def _operands(g: Generator, rows: Rows, dtype: str) -> tuple[Any, Any]:
    if dtype == "bool":
        return g.randint(0, 2, N, "uint8").astype("bool"), g.randint(0, 2, N, "uint8").astype("bool")
    if dtype in _INTEGERS:
        return _integers(g, rows, dtype)
    assert rows.range is not None
    low, high = rows.range
    if dtype in _COMPLEX:
        part = "float32" if dtype == "complex64" else "float64"
        a, b, c, d = (g.uniform(low, high, N, part) for _ in range(4))
        return a + b * 1j, c + d * 1j
    x, y = (g.uniform(low, high, N, dtype) for _ in range(2))
    pairs = _pairs(_SPECIALS, dtype)
    x[:64], y[:64] = pairs
    return x, y


def _enter(rows: Rows, dtype: str) -> None:
    def operands(g: Generator) -> tuple[Any, ...]:
        return _operands(g, rows, dtype)

    def result(name: str) -> tuple[str, str, Any]:
        row = TABLE[name]
        if len(row.names) == 1:
            return f"row-{name}-{dtype}", f"{name}(x), {rows.title}", lambda x, _: row.apply(x)
        return f"row-{name}-{dtype}", f"{name}(x, y), {rows.title}", lambda x, y: row.apply(x, y)

    enter_together(f"rows-of-{rows.title}-{dtype}", operands, map(result, rows.names), rows.needs | needs_of(dtype))


def _new() -> Iterator[Rows]:
    """A program for each row that none above names: what is added to the table needs no case of its own."""
    named = {name for rows in ROWS for name in rows.names}
    for name, row in TABLE.items():
        if name in named or len(row.names) > 2:
            continue
        for kinds, dtypes in (({FLOAT}, _FLOATS), ({COMPLEX}, _COMPLEX)):
            if kinds <= row.takes:
                yield Rows(name, dtypes, (name,), row.domain)
        if not row.floats and {INT, UINT} <= row.takes:
            yield Rows(name, _INTEGERS, (name,), None)


for _rows in (*ROWS, *_new()):
    for _dtype in _rows.dtypes:
        _enter(_rows, _dtype)


def _choose(dtype: str) -> None:
    def operands(g: Generator) -> tuple[Any, ...]:
        return g.randint(0, 2, N, "uint8").astype("bool"), g.randint(0, 100, N, dtype), g.randint(0, 100, N, dtype)

    enter_together(
        f"choice-{dtype}", operands, [(f"row-where-{dtype}", "where(c, x, y)", lambda c, x, y: clnd.where(c, x, y))]
    )


for _dtype in _INTEGERS:
    _choose(_dtype)


def _huge(dtype: str) -> None:
    """Products of which both parts of a sum overflow, for which plain C gives NaN."""
    most = 3e38 if dtype == "complex64" else 1.7e308
    parts = [most, -most, most / 2, most**0.5, -(most**0.5) * 1.5, 1.0, 0.0, float("inf"), float("nan")]

    def operands(g: Generator) -> tuple[Any, ...]:
        return _pairs([complex(a, b) for a in parts for b in parts], dtype)

    enter_together(
        f"huge-{dtype}", operands,
        [(f"huge-multiply-{dtype}", "x * y, products that overflow", lambda x, y: x * y),
         (f"huge-square-{dtype}", "square(x), squares that overflow", lambda x, _: clnd.square(x))],
        needs_of(dtype),
    )  # fmt: skip


for _dtype in _COMPLEX:
    _huge(_dtype)
