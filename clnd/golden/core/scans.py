"""Cumulative operations over sizes around groups of 16 and tiles, the constants of their order."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter, needs_of
from clnd.golden.core.parts import FLOATS, complex_numbers
from clnd.random import Generator

__all__: list[str] = []


def _sums(dtype: str) -> None:
    @enter(f"cumulative-sum-{dtype}", "sums of all elements up to each of 4099", needs_of(dtype))
    def along(g: Generator) -> Any:
        x = complex_numbers(g, 4099) if dtype == "complex64" else g.normal(0, 1, 4099, dtype)
        return clnd.cumulative_sum(x)


for _dtype in (*FLOATS, "complex64"):
    _sums(_dtype)


@enter("cumulative-sum-columns", "sums down the columns of 300 x 37, a 0 in front")
def _(g: Generator) -> Any:
    return clnd.cumulative_sum(g.normal(0, 1, (300, 37)), axis=0, include_initial=True)


@enter("cumulative-sum-rows", "sums along the rows of 9 x 700, of a reversed view")
def _(g: Generator) -> Any:
    return clnd.cumulative_sum(g.normal(0, 1, (9, 700))[:, ::-1], axis=1)


@enter("cumulative-sum-long", "sums of 100003 elements, of several tiles", slow=True)
def _(g: Generator) -> Any:
    return clnd.cumulative_sum(g.normal(0, 1, 100_003))


@enter("cumulative-sum-int32", "sums of int32 along rows, as int64")
def _(g: Generator) -> Any:
    return clnd.cumulative_sum(g.randint(-(2**31), 2**31, (13, 600), "int32"), axis=1)


@enter("cumulative-prod-float32", "products along the rows of 5 x 1003")
def _(g: Generator) -> Any:
    return clnd.cumulative_prod(g.uniform(0.5, 1.7, (5, 1003)), axis=1)


@enter("running-maximum-float32", "the largest elements so far of 4099, down and along")
def _(g: Generator) -> Any:
    return clnd.maximum.accumulate(g.normal(0, 1, 4099)) - clnd.minimum.accumulate(g.normal(0, 1, 4099))
