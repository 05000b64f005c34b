"""Operands that lie otherwise."""

from __future__ import annotations

from typing import Any

from clnd.golden.case import enter
from clnd.golden.core.parts import together
from clnd.random import Generator

__all__: list[str] = []


@enter("transposed-float32", "a.T + b")
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, (33, 65)).T + g.uniform(-1, 1, (65, 33))


@enter("strided-float32", "a[::-1, ::3] * b[1:, 5:27]")
def _(g: Generator) -> Any:
    return g.uniform(-1, 1, (32, 66))[::-1, ::3] * g.uniform(-1, 1, (33, 66))[1:, 5:27]


@enter("broadcast-float32", "a column plus a row, times an array")
def _(g: Generator) -> Any:
    return (g.uniform(-1, 1, (37, 1)) + g.uniform(-1, 1, (1, 29))) * g.uniform(-1, 1, (37, 29))


@enter("sum-transposed-float32", "the sum of a.T, of its every second column, and of its rows")
def _(g: Generator) -> Any:
    x = g.normal(0, 1, (70, 45))
    return together([x.T.sum(), x.T[:, ::2].sum(), x.T.sum(axis=0).sum()])
