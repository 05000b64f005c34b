"""Arithmetic, functions, integers and casts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import clnd
from clnd.golden.case import FP64, SUBNORMALS, enter, needs_of
from clnd.golden.core.parts import FLOATS, N, complex_numbers, together
from clnd.random import Generator

__all__: list[str] = []

# --- arithmetic ---------------------------------------------------------------------------------


def _arithmetic(dtype: str) -> None:
    @enter(f"arithmetic-{dtype}", "((a + b) * c - a * b) / (c * c + 1), fused", needs_of(dtype))
    def make(g: Generator) -> Any:
        a, b, c = (g.uniform(-4, 4, N, dtype) for _ in range(3))
        return ((a + b) * c - a * b) / (c * c + 1)

    @enter(f"divide-{dtype}", "a / b", needs_of(dtype))
    def quotient(g: Generator) -> Any:
        return g.uniform(-10, 10, N, dtype) / g.uniform(-10, 10, N, dtype)


for _dtype in FLOATS:
    _arithmetic(_dtype)


@enter("divide-zeros-float32", "a / b over zeros of both signs, infinities and NaN")
def _(g: Generator) -> Any:
    x = clnd.asarray([0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan"), 3.0], dtype="float32")
    return x.reshape(8, 1) / x.reshape(1, 8)


@enter("multiply-complex64", "a * b of complex numbers: four products, none fused")
def _(g: Generator) -> Any:
    return complex_numbers(g, N) * complex_numbers(g, N)


@enter("multiply-complex128", "a * b of complex numbers in double precision", FP64)
def _(g: Generator) -> Any:
    return complex_numbers(g, N, "float64") * complex_numbers(g, N, "float64")


@enter("divide-complex64", "a / b of complex numbers")
def _(g: Generator) -> Any:
    return complex_numbers(g, N) / complex_numbers(g, N)


@enter("exp-complex64", "exp(a) of complex numbers")
def _(g: Generator) -> Any:
    return clnd.exp(complex_numbers(g, N))


# --- functions ----------------------------------------------------------------------------------

_FUNCTIONS: tuple[tuple[Callable[[Any], Any], float, float], ...] = (
    (clnd.sqrt, 0, 1000),
    (clnd.exp, -9, 11),
    (clnd.log, 0.01, 1000),
    (clnd.sin, -100, 100),
    (clnd.cos, -100, 100),
    (clnd.tanh, -6, 6),
    (clnd.sinpi, -20, 20),
    (clnd.cospi, -20, 20),
)


def _function(function: Any, low: float, high: float, dtype: str) -> None:
    @enter(f"{function.__name__}-{dtype}", f"{function.__name__}(a), a in [{low}, {high})", needs_of(dtype))
    def make(g: Generator) -> Any:
        return function(g.uniform(low, high, N, dtype))


for _f, _low, _high in _FUNCTIONS:
    for _dtype in FLOATS:
        _function(_f, _low, _high, _dtype)


def _special(function: Any, low: float, high: float, dtype: str) -> None:
    @enter(f"{function.__name__}-{dtype}", f"{function.__name__}(a), a in [{low}, {high}), and at integers and zeros", needs_of(dtype))
    def make(g: Generator) -> Any:
        x = g.uniform(low, high, N, dtype)
        return together([function(x), function(x * 0.05), function(clnd.round(x))])


for _f, _low, _high in ((clnd.gamma, -45, 40), (clnd.gammaln, -45, 300), (clnd.digamma, -45, 300), (clnd.erfinv, -1, 1)):
    for _dtype in ("float32", "float64"):
        _special(_f, _low, _high, _dtype)


@enter("exp-wide-float32", "exp(a) with a from -80 to 100: overflow included")
def _(g: Generator) -> Any:
    return clnd.exp(g.uniform(-80, 100, N))


@enter("sin-large-float32", "sin(a) with |a| up to 1e30: the long reduction of the argument")
def _(g: Generator) -> Any:
    return clnd.sin(g.uniform(-1e30, 1e30, N))


@enter("pow-float32", "a ** b")
def _(g: Generator) -> Any:
    return g.uniform(0.01, 20, N) ** g.uniform(-8, 8, N)


@enter("atan2-float32", "atan2(a, b)")
def _(g: Generator) -> Any:
    return clnd.atan2(g.uniform(-5, 5, N), g.uniform(-5, 5, N))


@enter("near-zero-float32", "expm1, log1p, cbrt and asinh of small numbers")
def _(g: Generator) -> Any:
    x = g.uniform(-0.001, 0.001, N)
    return together([f(x) for f in (clnd.expm1, clnd.log1p, clnd.cbrt, clnd.asinh)])


@enter("special-values-float32", "functions of zeros, infinities, NaN and the largest numbers")
def _(g: Generator) -> Any:
    largest = 3.4028234663852886e38
    x = clnd.asarray([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0, -1.0, largest, -largest], dtype="float32")
    return together([f(x) for f, _, _ in _FUNCTIONS])


@enter("extremes-float32", "maximum, minimum and where over zeros of both signs and NaN")
def _(g: Generator) -> Any:
    x = clnd.asarray([0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan")], dtype="float32")
    a, b = x.reshape(7, 1), x.reshape(1, 7)
    return together([clnd.maximum(a, b), clnd.minimum(a, b), clnd.where(a < b, a, b)])


@enter("subnormals-float32", "a * b and a / b where results are subnormal", SUBNORMALS)
def _(g: Generator) -> Any:
    a = g.uniform(1, 2, N)
    return together([a * 1e-38 * 0.01, a * 1e-30 / (a * a * 1e9)])


@enter("exp-subnormals-float32", "exp(a) with a from -104 to -87", SUBNORMALS)
def _(g: Generator) -> Any:
    return clnd.exp(g.uniform(-104, -87, N))


# --- integers and casts -------------------------------------------------------------------------


@enter("wrap-int32", "a * b + a - b, which overflow and wrap")
def _(g: Generator) -> Any:
    a, b = (g.randint(-(2**31), 2**31, N, "int32") for _ in range(2))
    return a * b + a - b


@enter("wrap-uint8", "a * b - a, modulo 256")
def _(g: Generator) -> Any:
    a, b = (g.randint(0, 256, N, "uint8") for _ in range(2))
    return a * b - a


@enter("wrap-int64", "a * a * b, which overflow and wrap")
def _(g: Generator) -> Any:
    a, b = (g.randint(-(2**62), 2**62, N, "int64") for _ in range(2))
    return a * a * b


@enter("floor-divide-int16", "a // b, with zeros among b and the least integer over -1")
def _(g: Generator) -> Any:
    a, b = g.randint(-(2**15), 2**15, N, "int16"), g.randint(-3, 4, N, "int16")
    a[0], b[0] = -(2**15), -1
    return together([a // b, a % b])


@enter("shift-int32", "a << b and a >> b, with b beyond the width")
def _(g: Generator) -> Any:
    a, b = g.randint(-(2**31), 2**31, N, "int32"), g.randint(0, 40, N, "int32")
    return together([a << b, a >> b])


@enter("cast-float32-int32", "float32 as int32: NaN is 0, what is out of range is clamped")
def _(g: Generator) -> Any:
    x = g.uniform(-4e9, 4e9, N)
    x[:3] = clnd.asarray([float("nan"), float("inf"), float("-inf")], dtype="float32")
    return x.astype("int32")


@enter("cast-float32-float16", "float32 as float16, ties and subnormal halves included")
def _(g: Generator) -> Any:
    return together([(g.uniform(-1, 1, N) * scale).astype("float16") for scale in (70000.0, 1.0, 1e-4, 1e-7)])


@enter("cast-float64-float32", "float64 as float32", FP64)
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, N, "float64").astype("float32")


@enter("cast-int64-float32", "int64 as float32")
def _(g: Generator) -> Any:
    return g.randint(-(2**63), 2**63, N, "int64").astype("float32")
