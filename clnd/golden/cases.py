"""The golden cases: small programs whose results have the same bits on every device, for good.

`case` says what a case is, and ``python -m clnd.golden`` compares the digests and adds those of new
cases. Cases are of some thousands of elements, so that a simulator runs them in seconds; ``slow``
ones are larger. Sizes lie around LANES, BLOCK and KC, the constants of the canonical orders, and are
no multiples of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import clnd
from clnd.golden.case import FP64 as _FP64
from clnd.golden.case import SUBNORMALS as _SUBNORMALS
from clnd.golden.case import enter as _case
from clnd.golden.case import needs_of as _needs
from clnd.kernels.gemm import KC
from clnd.kernels.reduce import BLOCK, LANES
from clnd.random import Generator

__all__ = ["N"]

N = 1003


def _together(parts: Sequence[Any]) -> Any:
    """Arrays of one shape and dtype as one array, the parts along a new first axis."""
    out = clnd.zeros((len(parts), *parts[0].shape), dtype=parts[0].dtype)
    for k, part in enumerate(parts):
        out[k] = part
    return out


def _complex(g: Generator, shape: Any, dtype: str = "float32") -> Any:
    """Complex numbers with parts in [-2, 2)."""
    return g.uniform(-2, 2, shape, dtype) + g.uniform(-2, 2, shape, dtype) * 1j


# --- elementwise: arithmetic -------------------------------------------------------------------

_FLOATS = ("float32", "float64", "float16")


def _arithmetic(dtype: str) -> None:
    @_case(f"arithmetic-{dtype}", "((a + b) * c - a * b) / (c * c + 1), fused", _needs(dtype))
    def make(g: Generator) -> Any:
        a, b, c = (g.uniform(-4, 4, N, dtype) for _ in range(3))
        return ((a + b) * c - a * b) / (c * c + 1)

    @_case(f"divide-{dtype}", "a / b", _needs(dtype))
    def quotient(g: Generator) -> Any:
        return g.uniform(-10, 10, N, dtype) / g.uniform(-10, 10, N, dtype)


for _dtype in _FLOATS:
    _arithmetic(_dtype)


@_case("divide-zeros-float32", "a / b over zeros of both signs, infinities and NaN")
def _(g: Generator) -> Any:
    x = clnd.asarray([0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan"), 3.0], dtype="float32")
    return x.reshape(8, 1) / x.reshape(1, 8)


@_case("multiply-complex64", "a * b of complex numbers: four products, none fused")
def _(g: Generator) -> Any:
    return _complex(g, N) * _complex(g, N)


@_case("multiply-complex128", "a * b of complex numbers in double precision", _FP64)
def _(g: Generator) -> Any:
    return _complex(g, N, "float64") * _complex(g, N, "float64")


@_case("divide-complex64", "a / b of complex numbers")
def _(g: Generator) -> Any:
    return _complex(g, N) / _complex(g, N)


@_case("exp-complex64", "exp(a) of complex numbers")
def _(g: Generator) -> Any:
    return clnd.exp(_complex(g, N))


# --- elementwise: functions --------------------------------------------------------------------

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
    @_case(f"{function.__name__}-{dtype}", f"{function.__name__}(a), a in [{low}, {high})", _needs(dtype))
    def make(g: Generator) -> Any:
        return function(g.uniform(low, high, N, dtype))


for _f, _low, _high in _FUNCTIONS:
    for _dtype in _FLOATS:
        _function(_f, _low, _high, _dtype)


def _special(function: Any, low: float, high: float, dtype: str) -> None:
    @_case(f"{function.__name__}-{dtype}", f"{function.__name__}(a), a in [{low}, {high}), and at integers and zeros", _needs(dtype))
    def make(g: Generator) -> Any:
        x = g.uniform(low, high, N, dtype)
        return _together([function(x), function(x * 0.05), function(clnd.round(x))])


for _f, _low, _high in ((clnd.gamma, -45, 40), (clnd.gammaln, -45, 300), (clnd.digamma, -45, 300), (clnd.erfinv, -1, 1)):
    for _dtype in ("float32", "float64"):
        _special(_f, _low, _high, _dtype)


@_case("exp-wide-float32", "exp(a) with a from -80 to 100: overflow included")
def _(g: Generator) -> Any:
    return clnd.exp(g.uniform(-80, 100, N))


@_case("sin-large-float32", "sin(a) with |a| up to 1e30: the long reduction of the argument")
def _(g: Generator) -> Any:
    return clnd.sin(g.uniform(-1e30, 1e30, N))


@_case("pow-float32", "a ** b")
def _(g: Generator) -> Any:
    return g.uniform(0.01, 20, N) ** g.uniform(-8, 8, N)


@_case("atan2-float32", "atan2(a, b)")
def _(g: Generator) -> Any:
    return clnd.atan2(g.uniform(-5, 5, N), g.uniform(-5, 5, N))


@_case("near-zero-float32", "expm1, log1p, cbrt and asinh of small numbers")
def _(g: Generator) -> Any:
    x = g.uniform(-0.001, 0.001, N)
    return _together([f(x) for f in (clnd.expm1, clnd.log1p, clnd.cbrt, clnd.asinh)])


@_case("special-values-float32", "functions of zeros, infinities, NaN and the largest numbers")
def _(g: Generator) -> Any:
    largest = 3.4028234663852886e38
    x = clnd.asarray([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0, -1.0, largest, -largest], dtype="float32")
    return _together([f(x) for f, _, _ in _FUNCTIONS])


@_case("extremes-float32", "maximum, minimum and where over zeros of both signs and NaN")
def _(g: Generator) -> Any:
    x = clnd.asarray([0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan")], dtype="float32")
    a, b = x.reshape(7, 1), x.reshape(1, 7)
    return _together([clnd.maximum(a, b), clnd.minimum(a, b), clnd.where(a < b, a, b)])


@_case("subnormals-float32", "a * b and a / b where results are subnormal", _SUBNORMALS)
def _(g: Generator) -> Any:
    a = g.uniform(1, 2, N)
    return _together([a * 1e-38 * 0.01, a * 1e-30 / (a * a * 1e9)])


@_case("exp-subnormals-float32", "exp(a) with a from -104 to -87", _SUBNORMALS)
def _(g: Generator) -> Any:
    return clnd.exp(g.uniform(-104, -87, N))


# --- elementwise: integers and casts -----------------------------------------------------------


@_case("wrap-int32", "a * b + a - b, which overflow and wrap")
def _(g: Generator) -> Any:
    a, b = (g.randint(-(2**31), 2**31, N, "int32") for _ in range(2))
    return a * b + a - b


@_case("wrap-uint8", "a * b - a, modulo 256")
def _(g: Generator) -> Any:
    a, b = (g.randint(0, 256, N, "uint8") for _ in range(2))
    return a * b - a


@_case("wrap-int64", "a * a * b, which overflow and wrap")
def _(g: Generator) -> Any:
    a, b = (g.randint(-(2**62), 2**62, N, "int64") for _ in range(2))
    return a * a * b


@_case("floor-divide-int16", "a // b, with zeros among b and the least integer over -1")
def _(g: Generator) -> Any:
    a, b = g.randint(-(2**15), 2**15, N, "int16"), g.randint(-3, 4, N, "int16")
    a[0], b[0] = -(2**15), -1
    return _together([a // b, a % b])


@_case("shift-int32", "a << b and a >> b, with b beyond the width")
def _(g: Generator) -> Any:
    a, b = g.randint(-(2**31), 2**31, N, "int32"), g.randint(0, 40, N, "int32")
    return _together([a << b, a >> b])


@_case("cast-float32-int32", "float32 as int32: NaN is 0, what is out of range is clamped")
def _(g: Generator) -> Any:
    x = g.uniform(-4e9, 4e9, N)
    x[:3] = clnd.asarray([float("nan"), float("inf"), float("-inf")], dtype="float32")
    return x.astype("int32")


@_case("cast-float32-float16", "float32 as float16, ties and subnormal halves included")
def _(g: Generator) -> Any:
    return _together([(g.uniform(-1, 1, N) * scale).astype("float16") for scale in (70000.0, 1.0, 1e-4, 1e-7)])


@_case("cast-float64-float32", "float64 as float32", _FP64)
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, N, "float64").astype("float32")


@_case("cast-int64-float32", "int64 as float32")
def _(g: Generator) -> Any:
    return g.randint(-(2**63), 2**63, N, "int64").astype("float32")


# --- reductions --------------------------------------------------------------------------------

_SIZES = (1, 2, LANES - 1, LANES, LANES + 1, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + LANES + 5)


def _sums(dtype: str) -> None:
    @_case(f"sum-sizes-{dtype}", f"sums of the first {', '.join(map(str, _SIZES))} elements", _needs(dtype))
    def make(g: Generator) -> Any:
        n = _SIZES[-1]
        x = _complex(g, n) if dtype == "complex64" else g.normal(0, 1, n, dtype)
        return _together([x[:size].sum() for size in _SIZES])


for _dtype in (*_FLOATS, "complex64"):
    _sums(_dtype)


@_case("sum-rows-float32", "sums along the rows of 5 x (BLOCK + 1)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (5, BLOCK + 1)).sum(axis=1)


@_case("sum-columns-float32", "sums along the columns of (BLOCK + 1) x 5")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (BLOCK + 1, 5)).sum(axis=0)


@_case("sum-axes-float64", "sums over the outer axes of 9 x 70 x 5", _FP64)
def _(g: Generator) -> Any:
    return g.normal(0, 1, (9, 70, 5), "float64").sum(axis=(0, 2))


@_case("sum-columns-float16", "sums along the columns of 300 x 17, accumulated in float32")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (300, 17), "float16").sum(axis=0)


@_case("sum-int32", "sums of int32 along rows, as int64")
def _(g: Generator) -> Any:
    return g.randint(-(2**31), 2**31, (33, 70), "int32").sum(axis=1)


@_case("mean-float32", "means along the columns of 300 x 17")
def _(g: Generator) -> Any:
    return g.uniform(0, 1, (300, 17)).mean(axis=0)


@_case("mean-float16", "means along the rows of 17 x 300")
def _(g: Generator) -> Any:
    return g.uniform(0, 1, (17, 300), "float16").mean(axis=1)


@_case("var-float32", "variances along the rows of 17 x 300")
def _(g: Generator) -> Any:
    return g.normal(3, 2, (17, 300)).var(axis=1)


@_case("var-float64", "the variance of BLOCK + 1 elements", _FP64)
def _(g: Generator) -> Any:
    return g.normal(3, 2, BLOCK + 1, "float64").var()


@_case("prod-float32", "products along the columns of 300 x 17")
def _(g: Generator) -> Any:
    return g.uniform(0.95, 1.05, (300, 17)).prod(axis=0)


@_case("min-max-float32", "min and max along both axes, with zeros of both signs")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (65, 65))
    x[7], x[9] = 0.0, -0.0
    return _together([x.min(axis=0), x.max(axis=0), x[:10].min(axis=0), abs(x).min(axis=1), x.max(axis=1)])


@_case("max-nan-float32", "the maximum along rows, NaN where a row has one")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (9, 100))
    x[3, 50] = float("nan")
    return x.max(axis=1)


@_case("argmax-float32", "argmax and argmin along the rows, with ties and a NaN")
def _(g: Generator) -> Any:
    x = g.randint(0, 20, (33, 100)).astype("float32")
    x[3, 50] = float("nan")
    return _together([x.argmax(axis=1), x.argmin(axis=1)])


@_case("argmax-columns-int32", "argmax along the columns of BLOCK + 1 x 3")
def _(g: Generator) -> Any:
    return g.randint(0, 1000, (BLOCK + 1, 3), "int32").argmax(axis=0)


# --- views -------------------------------------------------------------------------------------


@_case("transposed-float32", "a.T + b")
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, (33, 65)).T + g.uniform(-1, 1, (65, 33))


@_case("strided-float32", "a[::-1, ::3] * b[1:, 5:27]")
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, (32, 66))[::-1, ::3] * g.uniform(-1, 1, (33, 66))[1:, 5:27]


@_case("broadcast-float32", "a column plus a row, times an array")
def _(g: Generator) -> Any:
    return (g.uniform(-1, 1, (37, 1)) + g.uniform(-1, 1, (1, 29))) * g.uniform(-1, 1, (37, 29))


@_case("sum-transposed-float32", "the sum of a.T, of its every second column, and of its rows")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (70, 45))
    return _together([x.T.sum(), x.T[:, ::2].sum(), x.T.sum(axis=0).sum()])


# --- random streams ----------------------------------------------------------------------------


def _stream(dtype: str) -> None:
    @_case(f"uniform-{dtype}", "uniform over [-1, 3)", _needs(dtype))
    def uniform(g: Generator) -> Any:
        return g.uniform(-1, 3, N, dtype)

    @_case(f"normal-{dtype}", "normal with mean 1 and deviation 2", _needs(dtype))
    def normal(g: Generator) -> Any:
        return g.normal(1, 2, N, dtype)


def _integers(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, high = int(limits.min) // 2, int(limits.max) // 3 * 2

    @_case(f"randint-{dtype}", f"integers from {low} to below {high}, twice")
    def make(g: Generator) -> Any:
        return _together([g.randint(low, high, N, dtype) for _ in range(2)])


def _later_stream(dtype: str) -> None:
    @_case(f"exponential-{dtype}", "exponential of mean 1.7", _needs(dtype))
    def exponential(g: Generator) -> Any:
        return g.exponential(1.7, N, dtype)

    @_case(f"bernoulli-{dtype}", "1 with probability 0.3", _needs(dtype))
    def bernoulli(g: Generator) -> Any:
        return g.bernoulli(0.3, N, dtype)


for _dtype in _FLOATS:
    _later_stream(_dtype)


@_case("bernoulli-bool", "true with probability 1/7")
def _bernoulli(g: Generator) -> Any:
    return g.bernoulli(1 / 7, N)


def _permutation(n: int) -> None:
    @_case(f"permutation-{n}", f"0 .. {n - 1} in a random order")
    def make(g: Generator) -> Any:
        return g.permutation(n)


# Around the least edges of the network, a product of edges, and a large one.
for _n in (5, 256, 257, 288, 289, N, 20_011):
    _permutation(_n)


@_case("shuffle", "rows of a matrix in a random order, every second column of it again")
def _shuffle(g: Generator) -> Any:
    x = g.uniform(shape=(N, 7))
    g.shuffle(x)
    g.shuffle(x[:, ::2])
    return x


for _dtype in _FLOATS:
    _stream(_dtype)
for _dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
    _integers(_dtype)


# --- programs ----------------------------------------------------------------------------------


@_case("softmax-float32", "softmax along the rows of 37 x 129")
def _(g: Generator) -> Any:
    x = g.normal(0, 3, (37, 129))
    e = clnd.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@_case("normalise-float32", "images 2 x 3 x 20 x 33 with mean 0 and deviation 1 in each colour")
def _(g: Generator) -> Any:
    x = g.uniform(0, 255, (2, 3, 20, 33))
    axes = (0, 2, 3)
    return (x - x.mean(axis=axes, keepdims=True)) / x.std(axis=axes, keepdims=True)


@_case("trajectory-float32", "twenty steps of x + 0.1 * sin(y), y - 0.1 * x, recorded before any runs")
def _(g: Generator) -> Any:
    x, y = clnd.arange(200, dtype="float32") / 100, g.uniform(-1, 1, 200)
    for _ in range(20):
        x, y = x + 0.1 * clnd.sin(y), y - 0.1 * x
    return _together([x, y])


# --- larger ------------------------------------------------------------------------------------


@_case("sum-large-float32", "the sum of 100 blocks and a bit: two levels", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 100 * BLOCK + 77).sum()


@_case("sum-three-levels-float32", "the sum of more than BLOCK * BLOCK elements", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, BLOCK * BLOCK + BLOCK + 77).sum()


@_case("var-columns-large-float32", "variances along the columns of 5000 x 70", slow=True)
def _(g: Generator) -> Any:
    return g.normal(3, 2, (5000, 70)).var(axis=0)


@_case("normal-large-float32", "100,003 normal numbers", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 100_003)


# --- products ----------------------------------------------------------------------------------


def _products(dtype: str) -> None:
    @_case(f"matmul-{dtype}", f"(5, KC + 3) @ (KC + 3, 9), KC = {KC}", _needs(dtype))
    def make(g: Generator) -> Any:
        k = KC + 3
        if dtype.startswith("complex"):
            part = "float32" if dtype == "complex64" else "float64"
            return _complex(g, (5, k), part) @ _complex(g, (k, 9), part)
        return g.normal(0, 1, (5, k), dtype) @ g.normal(0, 1, (k, 9), dtype)


@_case("dot-float32", f"products of vectors of {', '.join(map(str, _SIZES))} elements")
def _(g: Generator) -> Any:
    a, b = g.normal(0, 1, _SIZES[-1]), g.normal(0, 1, _SIZES[-1])
    return _together([clnd.dot(a[:n], b[:n]) for n in _SIZES])


@_case("matrix-vector-float32", "(33, 300) @ (300,)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (33, 300)) @ g.normal(0, 1, 300)


@_case("vector-matrix-float64", "(300,) @ (300, 33)", _FP64)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 300, "float64") @ g.normal(0, 1, (300, 33), "float64")


for _dtype in (*_FLOATS, "complex64"):
    _products(_dtype)


@_case("matmul-square-float32", "(33, 33) @ (33, 33)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (33, 33)) @ g.normal(0, 1, (33, 33))


@_case("matmul-transposed-float32", "a.T @ b.T")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (40, 17)).T @ g.normal(0, 1, (21, 40)).T


@_case("matmul-batch-float32", "(3, 1, 7, 20) @ (2, 20, 6)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (3, 1, 7, 20)) @ g.normal(0, 1, (2, 20, 6))


@_case("matmul-int32", "(9, 33) @ (33, 9), which overflow and wrap")
def _(g: Generator) -> Any:
    return g.randint(-(2**31), 2**31, (9, 33), "int32") @ g.randint(-(2**31), 2**31, (33, 9), "int32")


@_case("matmul-large-float32", f"(130, 3 KC + 5) @ (3 KC + 5, 97), KC = {KC}", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, (130, 3 * KC + 5)) @ g.normal(0, 1, (3 * KC + 5, 97))
