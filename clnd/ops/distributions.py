"""Distributions as nodes: what each draws, and the elementwise chain from there, which fuses with the draw or with what follows.

A row of `TABLE` says what the parameters are, where they may lie, and how an array of numbers is made of them. The chains are
frozen like the draws: each operation is rounded by itself, in the order written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clnd.context import Context
from clnd.dtypes import DType
from clnd.graph.node import Node
from clnd.graph.record import SCALAR, scalar_node
from clnd.ops import elementwise as e
from clnd.ops.draws import draw_node
from clnd.ops.op import Op, cast_node
from clnd.ops.rejection import rejection_node
from clnd.ops.sources import full_node
from clnd.shapes import Shape

__all__ = ["TABLE", "Distribution", "Range", "Source"]


@dataclass(frozen=True)
class Range:
    """Where a parameter may lie: from ``least`` to ``most``, which are finite; ``above``: not at ``least`` itself."""

    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    whole: bool = False

    def holds(self, x: Any) -> Any:
        """Whether ``x``, a number or a NumPy array, lies there."""
        return (x > self.least if self.above else x >= self.least) & (x <= self.most) & (abs(x) < math.inf)

    def __str__(self) -> str:
        of = "whole numbers" if self.whole else "finite numbers"
        low = "" if self.least == -math.inf else f"{' above' if self.above else ' from'} {self.least:g}"
        high = "" if self.most == math.inf else f" up to {self.most:g}"
        return of + low + high + (" on" if low and not high and not self.above else "")


_ANY, _POSITIVE, _NOT_NEGATIVE = Range(), Range(0, above=True), Range(0)
_CHANCE, _SOME_CHANCE = Range(0, 1), Range(0, 1, above=True)


@dataclass(frozen=True)
class Source:
    """What a distribution draws from: the stream, and the shape, dtype and context of the result.

    ``next_draw`` takes the next draw of the stream: its seed and number.
    """

    shape: Shape
    dtype: DType
    ctx: Context
    next_draw: Callable[[], tuple[int, int]]

    def draw(self, kind: str, *parameters: Any) -> Node:
        """A draw of a kind of `ops.parameters.checked`."""
        return draw_node(kind, self.shape, self.dtype, self.ctx, self.next_draw, parameters)

    def centred(self) -> Node:
        """Numbers of [-1/2, 1/2] without 0."""
        return self.draw("centred")

    def exponential(self) -> Node:
        """Exponential numbers of mean 1."""
        return self.draw("exponential", 1.0)

    def normal(self) -> Node:
        """Normal numbers of mean 0 and deviation 1."""
        return self.draw("normal", 0.0, 1.0)

    def rejected(self, kind: str, *parameters: Node) -> Node:
        """A draw by rejection."""
        given: tuple[Any, ...] = parameters
        if all(p.op is SCALAR for p in parameters):
            given = tuple(p.params for p in parameters)
        elif any(p.op is SCALAR for p in parameters):
            given = tuple(self.spread(p) for p in parameters)
        return rejection_node(kind, self.shape, self.dtype, self.ctx, *self.next_draw(), given)

    def spread(self, x: Node) -> Node:
        """``x``, or an array without axes of that number."""
        return full_node((), x.params, x.dtype, self.ctx) if x.op is SCALAR else x

    def __call__(self, row: Op, *operands: Any) -> Node:
        """``row`` of nodes and Python's numbers, each rounded to the dtype: where none is an array, one is made."""
        nodes = [x if isinstance(x, Node) else scalar_node(float(self.dtype.type(x)), self.dtype) for x in operands]
        if all(x.op is SCALAR for x in nodes):
            nodes[0] = self.spread(nodes[0])
        return row.node(nodes)


Make = Callable[..., Node]


@dataclass(frozen=True)
class Distribution:
    """One distribution.

    Attributes
    ----------
    parameters
        Name -> range, in the order in which ``make`` takes them after a `Source`.
    make
        The node of the result, of nodes of the source's dtype.
    counts
        The result is of integers.
    ordered
        Pairs of parameters of which the first is at most the second; "<" where it is below.
    """

    parameters: Mapping[str, Range]
    make: Make
    counts: bool = False
    ordered: tuple[tuple[str, str, str], ...] = ()


TABLE: dict[str, Distribution] = {}
"""Name -> distribution."""


def _enter(name: str, counts: bool = False, ordered: tuple[tuple[str, str, str], ...] = (), **parameters: Range) -> Callable[[Make], Make]:
    def entered(make: Make) -> Make:
        TABLE[name] = Distribution(parameters, make, counts, ordered)
        return make

    return entered


def _scaled(of: Source, loc: Node, scale: Node, y: Node) -> Node:
    return of(e.add, loc, of(e.multiply, scale, y))


# --- the three that kernels draw with parameters, if these are numbers ------------------------------


@_enter("uniform", ordered=(("low", "<=", "high"),), low=_ANY, high=_ANY)
def _uniform(of: Source, low: Node, high: Node) -> Node:
    if low.op is SCALAR and high.op is SCALAR:
        return of.draw("uniform", low.params, high.params)
    # What rounds to ``high`` or above it is the number below, as where bounds are numbers.
    last = of(e.nextafter, high, low)
    return of(e.minimum, of(e.add, low, of(e.multiply, of.draw("uniform", 0.0, 1.0), of(e.subtract, high, low))), last)


@_enter("normal", loc=_ANY, scale=_NOT_NEGATIVE)
def _normal(of: Source, loc: Node, scale: Node) -> Node:
    if loc.op is SCALAR and scale.op is SCALAR:
        return of.draw("normal", loc.params, scale.params)
    return _scaled(of, loc, scale, of.normal())


@_enter("exponential", scale=_NOT_NEGATIVE)
def _exponential(of: Source, scale: Node) -> Node:
    if scale.op is SCALAR:
        return of.draw("exponential", scale.params)
    return of(e.multiply, scale, of.exponential())


# --- by inversion ------------------------------------------------------------------------------------


def _log_tails(of: Source, x: Node) -> tuple[Node, Node]:
    """The logarithms of v and 1 - v of a centred number, v being its distance from 0."""
    v = of(e.abs, x)
    return of(e.log, v), of(e.log1p, of(e.negative, v))


@_enter("laplace", loc=_ANY, scale=_NOT_NEGATIVE)
def _laplace(of: Source, loc: Node, scale: Node) -> Node:
    x = of.centred()
    y = of(e.log, of(e.multiply, of(e.abs, x), 2))
    return _scaled(of, loc, scale, of(e.where, of(e.greater, x, 0), y, of(e.negative, y)))


@_enter("logistic", loc=_ANY, scale=_NOT_NEGATIVE)
def _logistic(of: Source, loc: Node, scale: Node) -> Node:
    x = of.centred()
    y = of(e.subtract, *_log_tails(of, x))
    return _scaled(of, loc, scale, of(e.where, of(e.greater, x, 0), y, of(e.negative, y)))


@_enter("gumbel", loc=_ANY, scale=_NOT_NEGATIVE)
def _gumbel(of: Source, loc: Node, scale: Node) -> Node:
    x = of.centred()
    low, high = _log_tails(of, x)
    y = of(e.log, of(e.negative, of(e.where, of(e.greater, x, 0), low, high)))
    return _scaled(of, loc, scale, of(e.negative, y))


@_enter("standard_cauchy")
def _cauchy(of: Source) -> Node:
    x = of.centred()
    return of(e.divide, of(e.cospi, x), of(e.sinpi, x))


@_enter("rayleigh", scale=_NOT_NEGATIVE)
def _rayleigh(of: Source, scale: Node) -> Node:
    return of(e.multiply, scale, of(e.sqrt, of(e.multiply, of.exponential(), 2)))


@_enter("weibull", a=_NOT_NEGATIVE)
def _weibull(of: Source, a: Node) -> Node:
    y = of(e.pow, of.exponential(), of(e.divide, 1, a))
    return of(e.where, of(e.equal, a, 0), 0, y)


@_enter("pareto", a=_POSITIVE)
def _pareto(of: Source, a: Node) -> Node:
    return of(e.expm1, of(e.divide, of.exponential(), a))


@_enter("power", a=_POSITIVE)
def _power(of: Source, a: Node) -> Node:
    return of(e.exp, of(e.negative, of(e.divide, of.exponential(), a)))


@_enter("lognormal", mean=_ANY, sigma=_NOT_NEGATIVE)
def _lognormal(of: Source, mean: Node, sigma: Node) -> Node:
    return of(e.exp, _normal(of, mean, sigma))


@_enter("triangular", ordered=(("left", "<=", "mode"), ("mode", "<=", "right"), ("left", "<", "right")), left=_ANY, mode=_ANY, right=_ANY)
def _triangular(of: Source, left: Node, mode: Node, right: Node) -> Node:
    x = of.centred()
    v = of(e.abs, x)
    rest = of(e.subtract, 1, v)
    is_low = of(e.greater, x, 0)
    u, w = of(e.where, is_low, v, rest), of(e.where, is_low, rest, v)
    base, rise, fall = of(e.subtract, right, left), of(e.subtract, mode, left), of(e.subtract, right, mode)
    low = of(e.add, left, of(e.sqrt, of(e.multiply, u, of(e.multiply, base, rise))))
    high = of(e.subtract, right, of(e.sqrt, of(e.multiply, w, of(e.multiply, base, fall))))
    return of(e.where, of(e.less_equal, of(e.multiply, u, base), rise), low, high)


@_enter("wald", mean=_POSITIVE, scale=_POSITIVE)
def _wald(of: Source, mean: Node, scale: Node) -> Node:
    """Michael, Schucany and Haas (The American Statistician 30, 1976): one of two numbers whose product is the square of the mean."""
    w = of(e.multiply, of(e.square, of.normal()), of(e.divide, mean, of(e.multiply, scale, 2)))
    r = of(e.add, of(e.add, 1, w), of(e.sqrt, of(e.multiply, w, of(e.add, w, 2))))
    is_low = of(e.less_equal, of(e.multiply, of.draw("uniform", 0.0, 1.0), of(e.add, r, 1)), r)
    return of(e.where, is_low, of(e.divide, mean, r), of(e.multiply, mean, r))


@_enter("geometric", counts=True, p=_SOME_CHANCE)
def _geometric(of: Source, p: Node) -> Node:
    k = of(e.ceil, of(e.divide, of.exponential(), of(e.negative, of(e.log1p, of(e.negative, p)))))
    return of(e.maximum, k, 1)


# --- by rejection, and made of such ------------------------------------------------------------------


@_enter("standard_gamma", shape=_NOT_NEGATIVE)
def _standard_gamma(of: Source, shape: Node) -> Node:
    return of.rejected("gamma", shape)


@_enter("gamma", shape=_NOT_NEGATIVE, scale=_NOT_NEGATIVE)
def _gamma(of: Source, shape: Node, scale: Node) -> Node:
    return of(e.multiply, scale, of.rejected("gamma", shape))


@_enter("beta", a=_POSITIVE, b=_POSITIVE)
def _beta(of: Source, a: Node, b: Node) -> Node:
    return of(e.divide, 1, of(e.add, 1, of.rejected("ratio", b, a)))


def _half(of: Source, x: Node) -> Node:
    """x / 2, exactly."""
    return scalar_node(x.params / 2, x.dtype) if x.op is SCALAR else of(e.multiply, x, 0.5)


@_enter("chisquare", df=_POSITIVE)
def _chisquare(of: Source, df: Node) -> Node:
    return of(e.multiply, of.rejected("gamma", _half(of, df)), 2)


@_enter("f", dfnum=_POSITIVE, dfden=_POSITIVE)
def _f(of: Source, dfnum: Node, dfden: Node) -> Node:
    return of(e.multiply, of.rejected("ratio", _half(of, dfnum), _half(of, dfden)), of(e.divide, dfden, dfnum))


@_enter("standard_t", df=_POSITIVE)
def _standard_t(of: Source, df: Node) -> Node:
    half = _half(of, df)
    return of(e.multiply, of.normal(), of(e.sqrt, of(e.divide, half, of.rejected("gamma", half))))


@_enter("noncentral_chisquare", df=_POSITIVE, nonc=_NOT_NEGATIVE)
def _noncentral_chisquare(of: Source, df: Node, nonc: Node) -> Node:
    more = cast_node(of.rejected("poisson", _half(of, nonc)), of.dtype)
    return of(e.multiply, of.rejected("gamma", of(e.add, _half(of, df), more)), 2)


@_enter("noncentral_f", dfnum=_POSITIVE, dfden=_POSITIVE, nonc=_NOT_NEGATIVE)
def _noncentral_f(of: Source, dfnum: Node, dfden: Node, nonc: Node) -> Node:
    more = cast_node(of.rejected("poisson", _half(of, nonc)), of.dtype)
    ratio = of.rejected("ratio", of(e.add, _half(of, dfnum), more), _half(of, dfden))
    return of(e.multiply, ratio, of(e.divide, dfden, dfnum))


@_enter("poisson", counts=True, lam=Range(0, 2.0**62))
def _poisson(of: Source, lam: Node) -> Node:
    return of.rejected("poisson", lam)


@_enter("binomial", counts=True, n=Range(0, 2.0**62, whole=True), p=_CHANCE)
def _binomial(of: Source, n: Node, p: Node) -> Node:
    return of.rejected("binomial", n, p)


@_enter("negative_binomial", counts=True, n=_POSITIVE, p=_SOME_CHANCE)
def _negative_binomial(of: Source, n: Node, p: Node) -> Node:
    mean = of(e.multiply, of.rejected("gamma", n), of(e.divide, of(e.subtract, 1, p), p))
    return of.rejected("poisson", mean)


@_enter("loggamma", alpha=_NOT_NEGATIVE)
def _loggamma(of: Source, alpha: Node) -> Node:
    """Logarithms of gamma numbers: quotients of these are exact where the numbers themselves are too small."""
    return of.rejected("loggamma", alpha)
