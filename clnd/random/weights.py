"""Samples with weights: places drawn with given probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.context import Device
from clnd.dtypes import DType, facts
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.faults import joined
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.ops import elementwise as e
from clnd.ops import reductions
from clnd.ops.distributions import Range
from clnd.ops.draws import draw_node
from clnd.ops.op import cast_node
from clnd.ops.scans import accumulated_node
from clnd.ops.searching import searched_node
from clnd.ops.sorting import top_k_nodes
from clnd.ops.views import reshaped_node, sliced_node
from clnd.random.drawing import Given, computed_in, fault_of, place_of, range_faults
from clnd.random.stream import Stream
from clnd.shapes import Shape, size_of

__all__ = ["weighted_node"]

_CHANCE = Range(0, 1)


def weighted_node(stream: Stream, n: int, p: Any, shape: Shape, replace: bool, ctx: Device) -> Node:
    """Drawn places of ``n``, of ``shape``; place i has the probability ``p[i]``.

    With replacement a uniform number is looked up among the running sums of ``p``. Without, the places of the smallest
    quotients of exponential numbers by ``p`` are taken, in their order (Efraimidis and Spirakis, "Weighted random sampling
    with a reservoir", 2006): this has the distribution of draws one after the other.

    Raises
    ------
    ShapeError
        Where ``p`` has not ``n`` elements.
    ArgumentError
        Where an element is not from 0 to 1, their sum is not 1, or fewer than wanted are above 0 without replacement.
    """
    given = Given("choice", "p", p, _CHANCE)
    if given.shape != (n,):
        raise ShapeError(f"[random.choice] got p of shape {given.shape} for {n} to choose from; expected ({n},)")
    real = computed_in([given], None, counts=False)
    given.check("choice", real)
    where = place_of("choice", [given], ctx)
    least = 0 if replace else size_of(shape)
    if given.host is not None:
        _check(given.host, least, real)
    chances = given.as_node("choice", real, where)
    faults = range_faults("choice", [given], [chances])
    if given.node is not None:
        faults += _faults(chances, least)
    if replace:
        ends = _ends(chances)
        drawn = draw_node("uniform", shape, real, where, stream._next_draw, (0.0, 1.0))
        node = searched_node("random.choice", ends, drawn, right=True)
    else:
        keys = e.divide.node([draw_node("exponential", (n,), real, where, stream._next_draw, (1.0,)), chances])
        node = reshaped_node(top_k_nodes(keys, least, 0, largest=False)[1], shape)
    node.faults = joined(node.faults, tuple(f for f in faults if f is not None))
    return node


def _ends(chances: Node) -> Node:
    """The running sums of ``chances``, which do not fall by rounding, do not rise where a chance is 0, and end at 1."""
    sums = accumulated_node("random.choice", "cumulative_sum", chances, 0, None)
    none = scalar_node(0, chances.dtype)
    risen = e.where.node([e.greater.node([chances, none]), sums, none])
    ends = accumulated_node("random.choice", "maximum.accumulate", risen, 0, None)
    return e.divide.node([ends, sliced_node(ends, 0, ends.shape[0] - 1, 1)])


def _room(dtype: DType) -> float:
    """How far the sum may be from 1, as in NumPy."""
    return math.sqrt(float(np.finfo(dtype).eps))


def _check(p: np.ndarray[Any, Any], least: int, real: DType) -> None:
    total = float(p.astype(np.float64).sum())
    if abs(total - 1) > _room(p.dtype if p.dtype.kind == "f" and facts(real).name != "float32" else real):
        raise ArgumentError(f"[random.choice] got p with a sum of {total:.7g}; expected 1")
    if np.count_nonzero(p) < least:
        raise ArgumentError(f"[random.choice] got p with {np.count_nonzero(p)} elements above 0 for a sample of {least} without replacement; expected at least {least}")


def _faults(chances: Node, least: int) -> list[Any]:
    total = reductions.sum.node(chances, None, False)
    away = e.abs.node([e.subtract.node([total, scalar_node(1, total.dtype)])])
    bad = e.greater.node([away, scalar_node(_room(chances.dtype), total.dtype)])
    found = [fault_of("choice", bad, "p whose sum is not 1; expected probabilities{at}")]
    if least:
        above = e.greater.node([chances, scalar_node(0, chances.dtype)])
        some = reductions.sum.node(cast_node(above, dtypes.int64), None, False)
        few = e.less.node([some, scalar_node(least, some.dtype)])
        found.append(fault_of("choice", few, f"p with fewer elements above 0 than the sample of {least} without replacement{{at}}"))
    return found
