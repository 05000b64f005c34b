"""How random the streams are: tests of the distributions, of tails, and of streams against each other.

    python -m tests.quality              the full form: 1e9 normals, about two minutes on two cores
    python -m tests.quality --short      the form that the tests run: seconds
    python -m tests.quality --raw        raw words to standard output without end, for other tests:
    python -m tests.quality --raw | dieharder -g 200 -d 102

Draws and counts run on the current context (CLND_DEVICE chooses another); the statistics are
scipy's. Seeds are fixed, so the bits and with them every p-value are the same on every device but
for the last digits: a form that passed once passes for good. ``docs/random.md`` has the outcome.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

import clnd
from clnd.context import current_context
from clnd.dtypes import uint32
from clnd.graph.run import run
from clnd.ops.draws import draw_node
from clnd.random import Generator

__all__ = ["CHECKS", "FULL", "REFUSED", "SHORT", "Outcome", "Size"]

REFUSED = 1e-5
"""A p-value below it is a failure: among some hundred good ones it comes about once in a thousand forms."""


@dataclass(frozen=True)
class Size:
    """How much is drawn: elements of one draw, draws of a large count, streams that are compared, orders of few elements."""

    batch: int
    batches: int
    streams: int
    orders: int


FULL = Size(batch=1 << 24, batches=60, streams=12, orders=50_000)
SHORT = Size(batch=1 << 18, batches=4, streams=5, orders=1_000)


@dataclass(frozen=True)
class Outcome:
    """The p-value of one test: the probability of a result at least as far off in a perfect stream."""

    name: str
    n: int
    p: float


Check = Callable[[Size], Iterator[Outcome]]


def _two_sided(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


def _poisson(count: int, expected: float) -> float:
    """Two-sided, exact: tails of few elements are no normal numbers."""
    low, high = stats.poisson.cdf(count, expected), stats.poisson.sf(count - 1, expected)
    return float(min(1.0, 2 * min(low, high)))


def _chi_square(counts: Any, probabilities: Any = None) -> float:
    expected = None if probabilities is None else np.asarray(probabilities) * np.sum(counts)
    return float(stats.chisquare(counts, expected).pvalue)


# --- distributions -------------------------------------------------------------------------------


def distributions(size: Size) -> Iterator[Outcome]:
    """Kolmogorov-Smirnov over streams of different seeds and draw numbers, every float dtype that can show it."""
    n = min(size.batch, 1 << 21)
    fp64 = current_context().info.fp64
    for seed in (0, 1, 2**32, 2**64 - 1)[: size.streams]:
        g = Generator(seed)
        for dtype in ("float32", "float64") if fp64 else ("float32",):
            for name, draw, cdf in (
                ("uniform", g.uniform(shape=n, dtype=dtype), stats.uniform.cdf),
                ("normal", g.normal(shape=n, dtype=dtype), stats.norm.cdf),
                ("exponential", g.exponential(shape=n, dtype=dtype), stats.expon.cdf),
            ):
                p = stats.kstest(draw.asnumpy().astype(np.float64), cdf).pvalue
                yield Outcome(f"Kolmogorov-Smirnov, {name} {dtype}, seed {seed}", n, float(p))


def cells(size: Size) -> Iterator[Outcome]:
    """Chi-square of equally probable cells: bits of words from the top and from the bottom, pairs and integers."""
    g, n = Generator(11), size.batch
    words = g.randint(0, 2**32, shape=n, dtype="uint32").asnumpy()
    yield Outcome("chi-square, upper 12 bits", n, _chi_square(np.bincount(words >> 20, minlength=4096)))
    yield Outcome("chi-square, lower 12 bits", n, _chi_square(np.bincount(words & 4095, minlength=4096)))
    u = (g.uniform(shape=n) * 64).astype("int32").asnumpy()
    for gap in (1, 2, 4):
        pairs = u[:-gap] * 64 + u[gap:]
        apart = np.concatenate([pairs[k :: 2 * gap] for k in range(gap)])  # no element in two pairs
        yield Outcome(f"chi-square, uniform pairs {gap} apart", len(apart), _chi_square(np.bincount(apart, minlength=4096)))
    counts = np.bincount(g.randint(0, 1000, shape=n, dtype="int32").asnumpy(), minlength=1000)
    yield Outcome("chi-square, randint(0, 1000)", n, _chi_square(counts))
    edges = stats.norm.ppf(np.arange(1, 256) / 256).astype(np.float32)
    counts = np.bincount(np.searchsorted(edges, g.normal(shape=n).asnumpy()), minlength=256)
    yield Outcome("chi-square, normal in 256 cells", n, _chi_square(counts, np.diff(stats.norm.cdf(edges), prepend=0, append=1)))
    for p in (0.5, 0.01, 2.0**-20):
        count = int(g.bernoulli(p, shape=n).sum())
        yield Outcome(f"count, bernoulli({p:.3g})", n, float(stats.binomtest(count, n, p).pvalue))


# --- many normals --------------------------------------------------------------------------------


def normals(size: Size) -> Iterator[Outcome]:
    """Moments, and how many lie beyond 4, 5 and 6 deviations; each draw is of another seed. Counted on the device."""
    sigmas = (4, 5, 6)
    counts = {s * sign: 0 for s in sigmas for sign in (1, -1)}
    moments = np.zeros(4)
    for seed in range(size.batches):
        x = Generator(1000 + seed).normal(shape=size.batch)
        beyond = [(x > s).sum() if s > 0 else (x < s).sum() for s in counts]
        powers = [x.sum(), (x * x).sum(), (x * x * x).sum(), (x * x * x * x).sum()]
        clnd.evaluate(*beyond, *powers)
        for s, count in zip(counts, beyond, strict=True):
            counts[s] += int(count)
        moments += [float(power) for power in powers]
    n = size.batch * size.batches
    # Means of the powers 1 to 4 of a normal number, and their variances.
    for k, (mean, variance) in enumerate(((0, 1), (1, 2), (0, 15), (3, 96))):
        yield Outcome(f"moment {k + 1} of normals", n, _two_sided((moments[k] - n * mean) / (n * variance) ** 0.5))
    for s, count in counts.items():
        expected = n * float(stats.norm.sf(abs(s)))
        yield Outcome(f"{count} normals beyond {s:+} sigma, expected {expected:.1f}", n, _poisson(count, expected))


def exponentials(size: Size) -> Iterator[Outcome]:
    """Mean and tail of the exponential distribution."""
    n, total, beyond = 0, 0.0, dict.fromkeys((8, 12, 16), 0)
    for seed in range(max(1, size.batches // 6)):
        x = Generator(2000 + seed).exponential(shape=size.batch)
        n, total = n + size.batch, total + float(x.sum())
        for limit in beyond:
            beyond[limit] += int((x > limit).sum())
    yield Outcome("mean of exponentials", n, _two_sided((total - n) / n**0.5))
    for limit, count in beyond.items():
        expected = n * float(stats.expon.sf(limit))
        yield Outcome(f"{count} exponentials beyond {limit}, expected {expected:.1f}", n, _poisson(count, expected))


# --- NumPy's distributions ---------------------------------------------------------------------------

CONTINUOUS: dict[str, tuple[tuple[float, ...], Any]] = {
    "standard_gamma(0.3)": ((0.3,), stats.gamma(0.3)),
    "standard_gamma(1)": ((1.0,), stats.gamma(1)),
    "standard_gamma(2.5)": ((2.5,), stats.gamma(2.5)),
    "standard_gamma(1000)": ((1000.0,), stats.gamma(1000)),
    "beta(0.5, 0.7)": ((0.5, 0.7), stats.beta(0.5, 0.7)),
    "beta(2, 5)": ((2.0, 5.0), stats.beta(2, 5)),
    "chisquare(3)": ((3.0,), stats.chi2(3)),
    "noncentral_chisquare(3, 2)": ((3.0, 2.0), stats.ncx2(3, 2)),
    "f(4, 9)": ((4.0, 9.0), stats.f(4, 9)),
    "standard_t(4)": ((4.0,), stats.t(4)),
    "standard_cauchy()": ((), stats.cauchy()),
    "gumbel(1, 2)": ((1.0, 2.0), stats.gumbel_r(1, 2)),
    "laplace(1, 2)": ((1.0, 2.0), stats.laplace(1, 2)),
    "logistic(1, 2)": ((1.0, 2.0), stats.logistic(1, 2)),
    "lognormal(0, 0.5)": ((0.0, 0.5), stats.lognorm(0.5)),
    "pareto(3)": ((3.0,), stats.lomax(3)),
    "power(3)": ((3.0,), stats.powerlaw(3)),
    "rayleigh(2)": ((2.0,), stats.rayleigh(scale=2)),
    "triangular(-1, 0, 3)": ((-1.0, 0.0, 3.0), stats.triang(0.25, -1, 4)),
    "wald(1, 2)": ((1.0, 2.0), stats.invgauss(0.5, scale=2)),
    "weibull(1.5)": ((1.5,), stats.weibull_min(1.5)),
}
"""A call of a method, its parameters, and scipy's distribution."""

DISCRETE: dict[str, tuple[tuple[float, ...], Any]] = {
    "poisson(3)": ((3,), stats.poisson(3)),
    "poisson(12)": ((12,), stats.poisson(12)),
    "poisson(400)": ((400,), stats.poisson(400)),
    "binomial(10, 0.3)": ((10, 0.3), stats.binom(10, 0.3)),
    "binomial(1000, 0.3)": ((1000, 0.3), stats.binom(1000, 0.3)),
    "binomial(1000, 0.995)": ((1000, 0.995), stats.binom(1000, 0.995)),
    "geometric(0.2)": ((0.2,), stats.geom(0.2)),
    "negative_binomial(3, 0.3)": ((3, 0.3), stats.nbinom(3, 0.3)),
}


def shapes(size: Size) -> Iterator[Outcome]:
    """NumPy's distributions: Kolmogorov-Smirnov of continuous ones, chi-square of the others, whose rare values share a cell."""
    n = min(size.batch, 1 << 20)
    for name, (given, of) in CONTINUOUS.items():
        x = getattr(Generator(31), name.partition("(")[0])(*given, size=n).asnumpy().astype(np.float64)
        yield Outcome(f"Kolmogorov-Smirnov, {name}", n, float(stats.kstest(x, of.cdf).pvalue))
    for name, (given, of) in DISCRETE.items():
        x = getattr(Generator(32), name.partition("(")[0])(*given, size=n).asnumpy()
        low, high = int(of.ppf(20 / n)), int(of.isf(20 / n))
        counts = np.bincount(np.clip(x, low, high) - low, minlength=high - low + 1)
        chances = of.pmf(np.arange(low, high + 1))
        chances[0], chances[-1] = of.cdf(low), of.sf(high - 1)
        yield Outcome(f"chi-square, {name}", n, _chi_square(counts, chances))
    p = np.array([0.1, 0.0, 0.2, 0.3, 0.4])
    drawn = np.bincount(Generator(33).choice(5, n, p=p).asnumpy(), minlength=5)[p > 0]
    yield Outcome("chi-square, choice with weights", n, _chi_square(drawn, p[p > 0]))
    rows = Generator(34).multinomial(20, p, n // 20).asnumpy()
    for k in (0, 3):
        counts = np.bincount(np.minimum(rows[:, k], 9), minlength=10)
        chances = np.append(stats.binom.pmf(range(9), 20, p[k]), stats.binom.sf(8, 20, p[k]))
        yield Outcome(f"chi-square, multinomial, category {k}", n // 20, _chi_square(counts, chances))


# --- streams against each other ------------------------------------------------------------------


def correlations(size: Size) -> Iterator[Outcome]:
    """Correlation of streams whose seeds differ by one or in one bit, of draws that follow each other, and of lags.

    Each family gives one number: all its coefficients together, as normal deviates.
    """
    n = min(size.batch, 1 << 21)

    def normal(seed: int, draw: int = 0) -> Any:
        g = Generator(seed)
        g._begin(seed, draw, 0)
        return g.normal(shape=n)

    def together(name: str, pairs: list[tuple[Any, Any]]) -> Outcome:
        deviates = [float((a * b).sum()) / len(a) ** 0.5 for a, b in pairs]
        return Outcome(f"correlation, {name}, {len(pairs)} pairs", n, float(stats.chi2.sf(np.sum(np.square(deviates)), len(pairs))))

    many = size.streams
    yield together("seeds k and k + 1", [(normal(k), normal(k + 1)) for k in range(many)])
    yield together("seeds that differ in one bit", [(normal(7), normal(7 ^ 1 << 5 * k)) for k in range(many)])
    yield together("draws k and k + 1", [(normal(5, k), normal(5, k + 1)) for k in range(many)])
    yield together("draws that differ in one bit", [(normal(5, 0), normal(5, 1 << 5 * k)) for k in range(many)])
    yield together("seed and draw exchanged", [(normal(k, k + 1), normal(k + 1, k)) for k in range(many)])
    x = normal(3)
    yield together("lags 1 to 8", [(x[:-lag], x[lag:]) for lag in range(1, 9)])
    square = x * x - 1
    yield together("squares, lags 1 to 8", [(square[:-lag] / 2, square[lag:]) for lag in range(1, 9)])


# --- permutations --------------------------------------------------------------------------------


def permutations(size: Size) -> Iterator[Outcome]:
    """Orders of few elements, and what is known of large ones: fixed points, descents, distances of neighbours."""
    g, few = Generator(21), 4
    powers = few ** np.arange(few)
    codes = np.array([int(g.permutation(few).asnumpy() @ powers) for _ in range(size.orders)])
    counts = np.unique(codes, return_counts=True)[1]
    yield Outcome("the 24 orders of 4 elements", size.orders, _chi_square(np.pad(counts, (0, 24 - len(counts)))))
    tries = size.orders // 10
    fixed = np.array([int((np.arange(1000) == g.permutation(1000).asnumpy()).sum()) for _ in range(tries)])
    chances = np.append(stats.poisson.pmf(range(4), 1), stats.poisson.sf(3, 1))
    yield Outcome("fixed points of 1000 elements", tries, _chi_square(np.bincount(np.minimum(fixed, 4), minlength=5), chances))
    for n in (1000, 4096, 1_000_003):
        rounds = 20
        descents = steps = 0
        cells = np.zeros(128, np.int64)
        for _ in range(rounds):
            x = g.permutation(n).asnumpy()
            descents += int((x[1:] < x[:-1]).sum())
            cells += np.bincount((x[1:] - x[:-1]) % n * 128 // n, minlength=128)
            steps += n - 1
        yield Outcome(f"descents of {n} elements", steps, _two_sided((descents - steps / 2) / (rounds * (n + 1) / 12) ** 0.5))
        # A distance of 0 does not occur: the cells are of these many distances.
        width = np.bincount(np.arange(1, n) * 128 // n, minlength=128) / (n - 1)
        yield Outcome(f"distances of neighbours of {n} elements", steps, _chi_square(cells, width))


CHECKS: dict[str, Check] = {
    check.__name__: check for check in (distributions, cells, normals, exponentials, shapes, correlations, permutations)
}


# --- commands ------------------------------------------------------------------------------------


def write_raw(seed: int) -> None:
    """Words of the draws 0, 1, 2, ... of a stream to standard output, until nobody reads them."""
    device, n = current_context().device, 1 << 22
    host, numbers = np.empty(n, np.uint32), itertools.count()
    try:
        while True:
            words = draw_node("bits", (n,), uint32, current_context(), lambda: (seed, next(numbers)), ())
            run((words,))
            assert words.value is not None
            device.read(words.value.block, host)
            sys.stdout.buffer.write(host.data)
    except BrokenPipeError:
        # The reader has what it needs. Python would complain about the lost output at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> int:
    """Run one form and print its p-values; 1 where one is refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"which to run: {', '.join(CHECKS)}; default: all")
    parser.add_argument("--short", action="store_true", help="the form that the tests run")
    parser.add_argument("--raw", action="store_true", help="write raw words to standard output")
    parser.add_argument("--seed", type=int, default=1, help="the seed of --raw")
    arguments = parser.parse_args()
    if arguments.raw:
        write_raw(arguments.seed)
        return 0
    if unknown := set(arguments.checks) - set(CHECKS):
        parser.error(f"got {', '.join(sorted(unknown))}; expected some of {', '.join(CHECKS)}")
    refused = 0
    for name in arguments.checks or CHECKS:
        for outcome in CHECKS[name](SHORT if arguments.short else FULL):
            bad = not outcome.p >= REFUSED
            refused += bad
            print(f"{outcome.p:9.2g}  n = {outcome.n:<13,} {outcome.name}{'   REFUSED' if bad else ''}", flush=True)
    print(f"{refused} refused (p < {REFUSED:g})")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
