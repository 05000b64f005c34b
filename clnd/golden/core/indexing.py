"""Index arrays: reading and writing by them. Nothing is computed but places, so every digest is that of a copy."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter
from clnd.golden.core.parts import complex_numbers, together
from clnd.random import Generator

__all__: list[str] = []


@enter("take-float32", "elements at places computed from others, and a formula of them")
def _(g: Generator) -> Any:
    x, i = g.uniform(-1, 1, (3001,)), g.randint(-3001, 3001, (2003,))
    return x[(i * 7 + 11) % 3001] * 2 + x[i]


@enter("take-rows-int16", "rows of a matrix, of its transposed, and of every third column backwards")
def _(g: Generator) -> Any:
    x, i = g.randint(-9, 9, (90, 90), "int16"), g.randint(-90, 90, (70,))
    return together([x[i], x.T[i], x[::-1, ::-1][i], x[i, ::-1]])


@enter("take-many-complex64", "several index arrays that broadcast, apart from each other, among slices and new axes")
def _(g: Generator) -> Any:
    x = complex_numbers(g, (12, 13, 14))
    i, j = g.randint(-12, 12, (5, 1)), g.randint(-13, 13, (1, 14))
    return together([x[i, j, 3], x[i[:, 0], None, 2:3, :][:, 0, 0], x[:5, 3, j[0]][:, :14], x[i, 2, j]])


@enter("take-along-axis-float16", "elements along either axis, at the places of others")
def _(g: Generator) -> Any:
    x, i = g.uniform(-1, 1, (61, 61), "float16"), g.randint(0, 61, (61, 61))
    return together([clnd.take_along_axis(x, i, axis=0), clnd.take_along_axis(x, i, axis=1)])


@enter("set-by-indices-float32", "values set and added where index arrays and a mask choose, the last of several")
def _(g: Generator) -> Any:
    x, i, v = g.uniform(-1, 1, (70, 33)), g.randint(-70, 70, (99,)), g.uniform(-1, 1, (99, 33))
    x[i] = v
    x[i[:50], ::2] += v[:50, ::2]
    x[x < 0, None] = v[:1, :1]
    x[:, clnd.abs(x[0]) > 0.5] *= 3
    return x
