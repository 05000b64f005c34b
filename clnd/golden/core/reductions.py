"""Sums and others over sizes around LANES and BLOCK, the constants of their canonical order."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import FP64, enter, needs_of
from clnd.golden.core.parts import FLOATS, SIZES, complex_numbers, together
from clnd.kernels.reduce import BLOCK
from clnd.random import Generator

__all__: list[str] = []


def _sums(dtype: str) -> None:
    @enter(f"sum-sizes-{dtype}", f"sums of the first {', '.join(map(str, SIZES))} elements", needs_of(dtype))
    def make(g: Generator) -> Any:
        n = SIZES[-1]
        x = complex_numbers(g, n) if dtype == "complex64" else g.normal(0, 1, n, dtype)
        return together([x[:size].sum() for size in SIZES])


for _dtype in (*FLOATS, "complex64"):
    _sums(_dtype)


@enter("sum-rows-float32", "sums along the rows of 5 x (BLOCK + 1)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (5, BLOCK + 1)).sum(axis=1)


@enter("sum-columns-float32", "sums along the columns of (BLOCK + 1) x 5")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (BLOCK + 1, 5)).sum(axis=0)


@enter("sum-axes-float64", "sums over the outer axes of 9 x 70 x 5", FP64)
def _(g: Generator) -> Any:
    return g.normal(0, 1, (9, 70, 5), "float64").sum(axis=(0, 2))


@enter("sum-columns-float16", "sums along the columns of 300 x 17, accumulated in float32")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (300, 17), "float16").sum(axis=0)


@enter("sum-int32", "sums of int32 along rows, as int64")
def _(g: Generator) -> Any:
    return g.randint(-(2**31), 2**31, (33, 70), "int32").sum(axis=1)


@enter("mean-float32", "means along the columns of 300 x 17")
def _(g: Generator) -> Any:
    return g.uniform(0, 1, (300, 17)).mean(axis=0)


@enter("mean-float16", "means along the rows of 17 x 300")
def _(g: Generator) -> Any:
    return g.uniform(0, 1, (17, 300), "float16").mean(axis=1)


@enter("var-float32", "variances along the rows of 17 x 300")
def _(g: Generator) -> Any:
    return g.normal(3, 2, (17, 300)).var(axis=1)


@enter("var-float64", "the variance of BLOCK + 1 elements", FP64)
def _(g: Generator) -> Any:
    return g.normal(3, 2, BLOCK + 1, "float64").var()


@enter("prod-float32", "products along the columns of 300 x 17")
def _(g: Generator) -> Any:
    return g.uniform(0.95, 1.05, (300, 17)).prod(axis=0)


@enter("min-max-float32", "min and max along both axes, with zeros of both signs")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (65, 65))
    x[7], x[9] = 0.0, -0.0
    return together([x.min(axis=0), x.max(axis=0), x[:10].min(axis=0), abs(x).min(axis=1), x.max(axis=1)])


@enter("max-nan-float32", "the maximum along rows, NaN where a row has one")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (9, 100))
    x[3, 50] = float("nan")
    return x.max(axis=1)


@enter("argmax-float32", "argmax and argmin along the rows, with ties and a NaN")
def _(g: Generator) -> Any:
    x = g.randint(0, 20, (33, 100)).astype("float32")
    x[3, 50] = float("nan")
    return together([x.argmax(axis=1), x.argmin(axis=1)])


@enter("mean-integers", "mean of integers of every width along both axes, and their variance")
def _(g: Generator) -> Any:
    base = g.randint(-(2**62), 2**62, (65, 65), "int64")
    given = [base, base.astype("uint64"), *((base >> (63 - bits)).astype(f"int{bits}") for bits in (8, 16, 32)), base > 0]
    return together([x.mean(axis=k) for x in given for k in (0, 1)] + [x.var(axis=k) for x in given[2:] for k in (0, 1)])


@enter("argmax-zeros-float32", "argmax and argmin of zeros of both signs, alone and beside ones, along both axes")
def _(g: Generator) -> Any:
    signs = clnd.where(g.randint(0, 2, (64, 64)) == 0, 0.0, -0.0)
    mixed = clnd.where(g.randint(0, 4, (64, 64)) == 0, 1.0, signs)
    return together([x.argmax(axis=k) for x in (signs, mixed) for k in (0, 1)] + [x.argmin(axis=k) for x in (signs, -mixed) for k in (0, 1)])


@enter("argmax-columns-int32", "argmax along the columns of BLOCK + 1 x 3")
def _(g: Generator) -> Any:
    return g.randint(0, 1000, (BLOCK + 1, 3), "int32").argmax(axis=0)
