"""What users write, and results that are larger."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter
from clnd.golden.core.parts import together
from clnd.kernels.reduce import BLOCK
from clnd.random import Generator

__all__: list[str] = []

# --- programs -----------------------------------------------------------------------------------


@enter("softmax-float32", "softmax along the rows of 37 x 129")
def _(g: Generator) -> Any:
    x = g.normal(0, 3, (37, 129))
    e = clnd.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@enter("normalise-float32", "images 2 x 3 x 20 x 33 with mean 0 and deviation 1 in each colour")
def _(g: Generator) -> Any:
    x = g.uniform(0, 255, (2, 3, 20, 33))
    axes = (0, 2, 3)
    return (x - x.mean(axis=axes, keepdims=True)) / x.std(axis=axes, keepdims=True)


@enter("trajectory-float32", "twenty steps of x + 0.1 * sin(y), y - 0.1 * x, recorded before any runs")
def _(g: Generator) -> Any:
    x, y = clnd.arange(200, dtype="float32") / 100, g.uniform(-1, 1, 200)
    for _ in range(20):
        x, y = x + 0.1 * clnd.sin(y), y - 0.1 * x
    return together([x, y])


# --- larger -------------------------------------------------------------------------------------


@enter("sum-large-float32", "the sum of 100 blocks and a bit: two levels", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 100 * BLOCK + 77).sum()


@enter("sum-three-levels-float32", "the sum of more than BLOCK * BLOCK elements", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, BLOCK * BLOCK + BLOCK + 77).sum()


@enter("var-columns-large-float32", "variances along the columns of 5000 x 70", slow=True)
def _(g: Generator) -> Any:
    return g.normal(3, 2, (5000, 70)).var(axis=0)


@enter("normal-large-float32", "100,003 normal numbers", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 100_003)
