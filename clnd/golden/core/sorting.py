"""Sorting, and what is found by it."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter
from clnd.golden.core.parts import N
from clnd.random import Generator

__all__: list[str] = []


@enter("sort-float32", "1003 numbers with zeros of both signs and NaN, descending")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, N)
    return clnd.sort(clnd.where(x > 1, clnd.nan, clnd.where(x > 0.5, -x * 0, x)), descending=True)


@enter("sort-rows-int32", "41 rows of 90 integers")
def _(g: Generator) -> Any:
    return clnd.sort(g.randint(-50, 50, (41, 90), "int32"), axis=1)


@enter("argsort-int8", "places of 1003 integers of 20 values")
def _(g: Generator) -> Any:
    return clnd.argsort(g.randint(-10, 10, N, "int8"))


@enter("top-k-float32", "places of the 7 largest of 3 x 1100 numbers")
def _(g: Generator) -> Any:
    return clnd.top_k(g.normal(0, 1, (3, 1100)), 7).indices


@enter("unique-int32", "the values among 1003 integers")
def _(g: Generator) -> Any:
    return clnd.unique(g.randint(-300, 300, N, "int32"))
