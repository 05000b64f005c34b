"""Searching, counting and histograms: places and counts, and sums of weights in the canonical order."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter
from clnd.golden.core.parts import N
from clnd.random import Generator

__all__: list[str] = []


@enter("searchsorted-float32", "places of 1003 numbers among 700 that rise")
def _(g: Generator) -> Any:
    return clnd.searchsorted(clnd.cumulative_sum(g.uniform(0, 1, 700)), g.uniform(0, 350, N), side="right")


@enter("interp-float32", "values between 70 points at 1003 places")
def _(g: Generator) -> Any:
    return clnd.interp(g.uniform(-2, 40, N), clnd.cumulative_sum(g.uniform(0.1, 1, 70)), g.normal(0, 1, 70))


@enter("bincount-weights", "sums of 1003 weights by 37 numbers")
def _(g: Generator) -> Any:
    return clnd.bincount(g.randint(0, 37, N, "int32"), g.normal(0, 1, N))


@enter("histogram-float32", "1003 numbers in 50 bins")
def _(g: Generator) -> Any:
    return clnd.histogram(g.normal(0, 1, N), 50)[0]


@enter("histogram-int32", "1003 integers in 7 bins of a range")
def _(g: Generator) -> Any:
    return clnd.histogram(g.randint(-100, 100, N, "int32"), 7, (-50, 60.5))[0]


@enter("histogram-weights", "sums of 1003 weights in 9 bins between edges")
def _(g: Generator) -> Any:
    return clnd.histogram(g.normal(0, 1, N), [-2.0, -1.0, -0.5, 0.0, 0.0, 0.25, 0.5, 1.0, 2.0, 9.0], weights=g.normal(0, 1, N))[0]
