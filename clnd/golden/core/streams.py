"""Random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.golden.case import enter, needs_of
from clnd.golden.core.parts import FLOATS, N, together
from clnd.random import Generator

__all__: list[str] = []


def _stream(dtype: str) -> None:
    @enter(f"uniform-{dtype}", "uniform over [-1, 3)", needs_of(dtype))
    def uniform(g: Generator) -> Any:
        return g.uniform(-1, 3, N, dtype)

    @enter(f"normal-{dtype}", "normal with mean 1 and deviation 2", needs_of(dtype))
    def normal(g: Generator) -> Any:
        return g.normal(1, 2, N, dtype)


def _integers(dtype: str) -> None:
    limits = np.iinfo(dtype)
    low, high = int(limits.min) // 2, int(limits.max) // 3 * 2

    @enter(f"randint-{dtype}", f"integers from {low} to below {high}, twice")
    def make(g: Generator) -> Any:
        return together([g.randint(low, high, N, dtype) for _ in range(2)])


def _later_stream(dtype: str) -> None:
    @enter(f"exponential-{dtype}", "exponential of mean 1.7", needs_of(dtype))
    def exponential(g: Generator) -> Any:
        return g.exponential(1.7, N, dtype)

    @enter(f"bernoulli-{dtype}", "1 with probability 0.3", needs_of(dtype))
    def bernoulli(g: Generator) -> Any:
        return g.bernoulli(0.3, N, dtype)


for _dtype in FLOATS:
    _later_stream(_dtype)


@enter("bernoulli-bool", "true with probability 1/7")
def _bernoulli(g: Generator) -> Any:
    return g.bernoulli(1 / 7, N)


def _permutation(n: int) -> None:
    @enter(f"permutation-{n}", f"0 .. {n - 1} in a random order")
    def make(g: Generator) -> Any:
        return g.permutation(n)


# Around the least edges of the network, a product of edges, and a large one.
for _n in (5, 256, 257, 288, 289, N, 20_011):
    _permutation(_n)


@enter("shuffle", "rows of a matrix in a random order, every second column of it again")
def _shuffle(g: Generator) -> Any:
    x = g.uniform(shape=(N, 7))
    g.shuffle(x)
    g.shuffle(x[:, ::2])
    return x


for _dtype in FLOATS:
    _stream(_dtype)
for _dtype in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"):
    _integers(_dtype)
