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


# --- distributions -------------------------------------------------------------------------------


def _alone(name: str, *parameters: Any) -> None:
    @enter(f"random-{name}", f"{name}{parameters if parameters else '()'}".replace(",)", ")"))
    def make(g: Generator) -> Any:
        return getattr(g, name)(*parameters, size=N)


# Of numbers: each takes a draw that has a kernel, and a chain of elementwise operations.
for _name, _parameters in (
    ("laplace", (1.0, 2.0)), ("logistic", (1.0, 2.0)), ("gumbel", (1.0, 2.0)), ("rayleigh", (2.0,)), ("weibull", (1.5,)), ("pareto", (3.0,)),
    ("power", (2.5,)), ("lognormal", (0.3, 0.5)), ("triangular", (-1.0, 2.0, 5.0)), ("standard_cauchy", ()), ("wald", (2.0, 3.0)),
    ("beta", (0.5, 2.0)), ("chisquare", (3.0,)), ("f", (3.0, 7.0)), ("standard_t", (4.0,)), ("noncentral_chisquare", (3.0, 2.0)),
    ("noncentral_f", (3.0, 7.0, 2.0)), ("geometric", (0.2,)), ("negative_binomial", (3.5, 0.3)), ("dirichlet", ([0.01, 2.0, 3.0],)),
    ("multinomial", (20, [0.1, 0.2, 0.3, 0.4])),
):  # fmt: skip
    _alone(_name, *_parameters)


def _by_rejection(dtype: str) -> None:
    """Parameters on either side of each branch, as arrays: these are of the dtype that is computed in."""

    def cycled(g: Generator, *values: float) -> Any:
        return together([g.uniform(v, v, N, dtype) for v in values])

    @enter(f"gammas-{dtype}", "gamma numbers of shapes from 0.3 to 1e5", needs_of(dtype))
    def gamma(g: Generator) -> Any:
        return g.gamma(cycled(g, 0.3, 1.0, 2.5, 1e5), 2.0)

    @enter(f"poisson-{dtype}", "Poisson numbers of means from 0 to 1e5", needs_of(dtype))
    def poisson(g: Generator) -> Any:
        return g.poisson(cycled(g, 0.0, 3.0, 9.9, 10.0, 1e5))

    @enter(f"binomial-{dtype}", "binomial numbers of 7 and 1000 trials of probabilities from 0 to 1", needs_of(dtype))
    def binomial(g: Generator) -> Any:
        chances = cycled(g, 0.0, 0.002, 0.3, 0.5, 0.97, 1.0)
        return together([g.binomial(n, chances) for n in (7, 1000)])


for _dtype in ("float32", "float64"):
    _by_rejection(_dtype)


@enter("integers-between-arrays", "integers between bounds of their own")
def _between(g: Generator) -> Any:
    low = g.integers(-1000, 1000, N)
    return g.integers(low, low + g.integers(1, 10**12, N))


@enter("permuted", "each row of a matrix in an order of its own")
def _permuted(g: Generator) -> Any:
    return g.permuted(g.uniform(size=(11, 93)), axis=1)


@enter("choice", "a few of many places, without replacement, and rows of a matrix with it")
def _choice(g: Generator) -> Any:
    x = g.integers(0, 10**6, (50, 3))
    return together([g.choice(10**7, 60, replace=False), g.choice(x, 20).reshape(-1)])


@enter("choice-weights", "places by their probabilities, with replacement and without")
def _weighted(g: Generator) -> Any:
    p = g.uniform(size=(2000,))
    p[::7] = 0
    p = p / p.sum()
    return together([g.choice(2000, 500, p=p), g.choice(2000, 500, replace=False, p=p)])
