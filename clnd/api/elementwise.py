"""Elementwise functions: the rows of the table under the standard's names, and two made of them."""

from __future__ import annotations

from typing import Any

from clnd.errors import ArgumentError
from clnd.graph.op import Op
from clnd.graph.ops import (
    TABLE, abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_invert, bitwise_left_shift,
    bitwise_or, bitwise_right_shift, bitwise_xor, cbrt, ceil, conj, copysign, cos, cosh, cospi, degrees, divide, equal,
    exp, exp2, expm1, floor, floor_divide, greater, greater_equal, hypot, imag, isfinite, isinf, isnan, less,
    less_equal, log, log1p, log2, log10, logaddexp, logical_and, logical_not, logical_or, logical_xor, maximum,
    minimum, multiply, negative, nextafter, not_equal, outside_the_promise, positive, pow, radians, real, reciprocal,
    relu, remainder, round, rsqrt, sigmoid, sign, signbit, sin, sinh, sinpi, softplus, softsign, sqrt, square,
    subtract, tan, tanh, trunc, where,
)  # fmt: skip

__all__ = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "cbrt", "ceil", "clip", "conj",
    "copysign", "cos", "cosh", "cospi", "degrees", "divide", "equal", "exp", "exp2", "expm1", "floor", "floor_divide",
    "greater", "greater_equal", "hypot", "imag", "isfinite", "isinf", "isnan", "less", "less_equal", "log", "log10",
    "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum",
    "multiply", "negative", "nextafter", "not_equal", "outside_the_promise", "positive", "pow", "radians", "real",
    "reciprocal", "relu", "remainder", "round", "rsqrt", "sigmoid", "sign", "signbit", "sin", "sinh", "sinpi",
    "softplus", "softsign", "sqrt", "square", "subtract", "table", "tan", "tanh", "trunc", "where",
]  # fmt: skip


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """``x`` kept between ``min`` and ``max``, of which either may be None; NaN stays.

    A result keeps the dtype of ``x``: bounds are cast to it.
    """
    result = x
    for bound, op in ((min, maximum), (max, minimum)):
        if bound is not None:
            limit = bound.astype(x.dtype, copy=False) if hasattr(bound, "astype") else bound
            result = op(result, limit)
    if result is x:
        return positive(x) if x.dtype.kind != "b" else x.copy()
    if result.dtype != x.dtype:
        raise ArgumentError(
            f"[clip] got bounds {min!r} and {max!r} that {x.dtype.name} does not hold; expected numbers of that dtype; cast the array first"
        )
    return result


def table() -> dict[str, Op]:
    """Every elementwise operation by name: what tests and documentation walk over."""
    return dict(TABLE)
