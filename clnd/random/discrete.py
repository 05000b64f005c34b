"""Distributions of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.arrays import Array, array_of
from clnd.context import Context, Device, as_context
from clnd.dtypes import BOOL, INT, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.faults import Fault, joined
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.ops import elementwise as e
from clnd.ops import reductions
from clnd.ops.distributions import TABLE, Distribution, Range
from clnd.ops.draws import draw_node
from clnd.ops.op import cast_node
from clnd.ops.rejection import multinomial_node, rejection_node
from clnd.ops.sources import COPY, from_host, full_node
from clnd.ops.views import settled, view_node
from clnd.random.drawing import (
    Given,
    computed_in,
    draw,
    expected_size,
    fault_of,
    given,
    one_size,
    place_of,
    range_faults,
    whole,
)
from clnd.random.stream import Stream
from clnd.shapes import Shape, contiguous_strides

__all__ = ["Discrete"]

_BOUND = Range(whole=True)
_CHANCES = Distribution({"n": TABLE["binomial"].parameters["n"], "pvals": Range(0, 1)}, lambda of, n, pvals: pvals, counts=True)
_ROOM = 1e-5
"""How far the sum of probabilities may be above 1: they are rounded to float32."""


class Discrete(Stream):
    """Methods that draw integers, int64 where no dtype is named.

    Parameters are numbers or arrays, which broadcast, as those of `Continuous` are. Counts are computed in the dtype of float
    arrays among the parameters, else in the default float; in float64 where a number is above 2**22.
    """

    def integers(
        self, low: Any, high: Any = None, size: Any = None, dtype: Any = None, endpoint: bool = False, *, ctx: Device = None
    ) -> Array:
        """Integers from ``low`` to below ``high``, or up to ``high`` with ``endpoint``; from 0 where ``high`` is None; int64 by default.

        The chance of each differs from the others' by less than 2**-64. Bounds may be arrays.

        Raises
        ------
        ArgumentError
            Where there is no integer between the bounds, or the dtype does not hold one.
        """
        if high is None:
            low, high = 0, low
        return _integers(self, "integers", low, high, size, dtype, bool(endpoint), ctx)

    def randint(self, low: Any, high: Any = None, size: Any = None, dtype: Any = None, ctx: Device = None, *, shape: Any = None) -> Array:
        """Integers from ``low`` to below ``high`` (from 0 to below ``low`` where ``high`` is None); int64 by default.

        The chance of each differs from the others' by less than 2**-64. ``shape`` is another name of ``size``.
        """
        if high is None:
            low, high = 0, low
        return _integers(self, "randint", low, high, one_size("randint", size, shape), dtype, False, ctx)

    def bernoulli(self, p: float = 0.5, size: Any = None, dtype: Any = None, ctx: Device = None, *, shape: Any = None) -> Array:
        """True with probability ``p``, else False; bool by default, 1 and 0 in other real dtypes. ``shape`` is another name of ``size``.

        The probability is ``p`` rounded to a multiple of 2**-32.

        Raises
        ------
        ArgumentError
            Where ``p`` is not from 0 to 1.
        """
        if isinstance(p, Array):
            raise DTypeError("[random.bernoulli] got an array as a parameter; expected a number; compare random() with the array instead")
        to = dtypes.as_dtype(dtypes.bool_ if dtype is None else dtype)
        lengths, where = expected_size("bernoulli", one_size("bernoulli", size, shape), []), as_context(ctx)
        return array_of(draw_node("bernoulli", lengths, to, where, self._next_draw, (p,)))

    def poisson(self, lam: Any = 1.0, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers of the Poisson distribution of mean ``lam``.

        Below 10 by products of uniform numbers, from there on by Hoermann's PTRS.

        Examples
        --------
        >>> import clnd
        >>> x = clnd.random.default_rng(1).poisson([1.0, 100.0], size=(10_000, 2))
        >>> x.mean(axis=0).asnumpy().round().tolist()
        [1.0, 100.0]
        """
        return draw(self, "poisson", (lam,), size, dtype, ctx)

    def binomial(self, n: Any, p: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """How many of ``n`` trials succeed, each with probability ``p``.

        With fewer than 10 successes expected (or failures, if these are rarer) by the gaps between them, else by Hoermann's BTRS.
        """
        return draw(self, "binomial", (n, p), size, dtype, ctx)

    def negative_binomial(self, n: Any, p: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """How many trials of probability ``p`` fail before ``n`` succeed. It takes two draws of the stream."""
        return draw(self, "negative_binomial", (n, p), size, dtype, ctx)

    def geometric(self, p: Any, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """How many trials of probability ``p`` it takes until one succeeds, from 1 on."""
        return draw(self, "geometric", (p,), size, dtype, ctx)

    def multinomial(self, n: Any, pvals: Any, size: Any = None, *, ctx: Device = None) -> Array:
        """How often each of k categories is met in ``n`` trials; of shape (..., k).

        Parameters
        ----------
        n : int or array of integers
        pvals : sequence or array of shape (..., k)
            The probability of each category; the last one's is taken to be what the others leave.
        size : int or tuple of int, optional
            The shape of the result without its last axis.

        Raises
        ------
        ArgumentError
            Where a probability is not from 0 to 1, or the sum of all but the last one is above 1.
        """
        return _multinomial(self, n, pvals, size, ctx)

    def bytes(self, length: int, *, ctx: Device = None) -> bytes:
        """``length`` random bytes, read to the host."""
        count = whole("bytes", "length", length)
        node = draw_node("bits", (-(-max(count, 0) // 4),), dtypes.uint32, as_context(ctx), self._next_draw, ())
        host: np.ndarray[Any, Any] = array_of(node).asnumpy()
        return host.tobytes()[:count]


# --- integers between bounds ---------------------------------------------------------------------------


def _integers(stream: Stream, op: str, low: Any, high: Any, size: Any, dtype: Any, endpoint: bool, ctx: Device) -> Array:
    gives = dtypes.as_dtype(dtypes.int64 if dtype is None else dtype)
    if facts(gives).kind not in (INT, UINT, BOOL):
        raise DTypeError(f"[random.{op}] got {gives.name}; expected an integer dtype")
    to = dtypes.uint8 if gives == dtypes.bool_ else gives
    bounds = [Given(op, name, value, _BOUND) for name, value in (("low", low), ("high", high))]
    if all(p.dtype is None for p in bounds):
        first, end = whole(op, "low", low), whole(op, "high", high) + endpoint
        lengths, where = expected_size(op, size, []), as_context(ctx)
        if gives == dtypes.bool_ and not 0 <= first < end <= 2:
            raise ArgumentError(f"[random.{op}] got low={low!r} and high={high!r} for bool; expected 0 and 1, or less")
        node = draw_node("randint", lengths, to, where, stream._next_draw, (first, end))
    else:
        node = _between(stream, op, bounds, expected_size(op, size, [p.shape for p in bounds]), to, endpoint, place_of(op, bounds, ctx))
    return array_of(cast_node(node, gives))


def _between(stream: Stream, op: str, bounds: list[Given], shape: Shape, to: DType, endpoint: bool, ctx: Context) -> Node:
    """Integers between bounds of which one at least is an array; ``to`` holds them."""
    real = dtypes.uint64 if to == dtypes.uint64 else dtypes.int64
    first = _bound(op, bounds[0], 0, real, to, ctx)
    last = _bound(op, bounds[1], 0 if endpoint else 1, real, to, ctx)
    faults: list[Fault | None] = []
    limits = np.iinfo(to)
    told = f"low and high out of order{{at}}; expected low {'<=' if endpoint else '<'} high"
    if all(p.node is None for p in bounds):
        low, high = (p.value if p.host is None else p.host for p in bounds)
        if not np.all(np.asarray(low <= high if endpoint else low < high)):
            raise ArgumentError(f"[random.{op}] got {told.format(at='')}")
    else:
        faults.append(fault_of(op, e.greater.node([first, last]), told))
    for p, node, limit, row in ((bounds[0], first, limits.min, e.less), (bounds[1], last, limits.max, e.greater)):
        if p.node is not None and to != real:
            faults.append(fault_of(op, row.node([node, scalar_node(int(limit), real)]), f"{p.name} that {to.name} does not hold{{at}}"))
    wide = e.add.node([e.subtract.node([last, first]), scalar_node(1, real)])
    node = rejection_node("integer", shape, real, ctx, *stream._next_draw(), (first, wide))
    result = cast_node(node, to)
    result.faults = joined(result.faults, tuple(f for f in faults if f is not None))
    return result


def _bound(op: str, p: Given, less: int, real: DType, to: DType, ctx: Context) -> Node:
    """A bound less 0 or 1 as an array of ``real``.

    Raises
    ------
    ArgumentError
        Where ``to`` does not hold a number that the host can see.
    """
    if p.node is not None:
        node = cast_node(p.node, real)
        return e.subtract.node([node, scalar_node(less, real)]) if less else node
    host = np.asarray(np.asarray(p.value if p.host is None else p.host.astype(object), dtype=object) - less, dtype=object)
    limits = np.iinfo(to)
    if host.size and not limits.min <= host.min() <= host.max() <= limits.max:
        raise ArgumentError(f"[random.{op}] got {p.name}={p.value!r} for {to.name}; expected numbers from {limits.min} to {limits.max + less}")
    if host.shape == ():
        return full_node((), int(host[()]), real, ctx)
    return from_host(host.astype(real), ctx)


# --- counts of categories ------------------------------------------------------------------------------


def _multinomial(stream: Stream, n: Any, pvals: Any, size: Any, ctx: Device) -> Array:
    parameters = given("multinomial", _CHANCES, (n, pvals))
    trials, chances = parameters
    if not chances.shape:
        raise ShapeError("[random.multinomial] got pvals without dimensions; expected a sequence of probabilities")
    real = computed_in(parameters, None, counts=True)
    for p in parameters:
        p.check("multinomial", real)
    rows = expected_size("multinomial", size, [trials.shape, chances.shape[:-1]])
    where = place_of("multinomial", parameters, ctx)
    count, of_each = (p.as_node("multinomial", real, where) for p in parameters)
    if count.ctx is None:
        count = full_node((), count.params, real, where)
    faults = range_faults("multinomial", parameters, [count, of_each])
    if chances.node is not None:
        faults.append(_sum_above(of_each))
    if chances.host is not None and (chances.host[..., :-1].astype(np.float64).sum(axis=-1) > 1 + _ROOM).any():
        raise ArgumentError("[random.multinomial] got pvals whose sum, but for the last one, is above 1; expected probabilities")
    node = multinomial_node(count, of_each, rows, *stream._next_draw())
    node.faults = joined(node.faults, tuple(f for f in faults if f is not None))
    return array_of(node)


def _sum_above(chances: Node) -> Fault | None:
    """The fault of a row of probabilities whose sum, but for the last one, is above 1."""
    *rows, k = chances.shape
    base = chances if settled(chances) else COPY.node([chances])
    most = view_node(base, 0, (*rows, max(k - 1, 0)), contiguous_strides(chances.shape))
    total = reductions.sum.node(most, -1, False)
    bad = e.greater.node([total, scalar_node(1 + _ROOM, total.dtype)])
    return fault_of("multinomial", bad, "pvals whose sum, but for the last one, is above 1{at}; expected probabilities")
