"""NumPy's arguments of `pad`, by clnd's own operations."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.incoming import whole_number
from clnd.ops import elementwise, reductions, sources
from clnd.ops.joining import concat_node
from clnd.ops.moves import pad_node
from clnd.ops.op import cast_node
from clnd.shapes import normalize_axis

__all__ = ["padded"]

_OWN = {
    "constant": {"constant_values"}, "edge": set(), "empty": set(), "linear_ramp": {"end_values"}, "maximum": {"stat_length"}, "mean": {"stat_length"},
    "minimum": {"stat_length"}, "reflect": {"reflect_type"}, "symmetric": {"reflect_type"}, "wrap": set(),
}  # fmt: skip
"""The arguments of each mode."""

Pairs = list[tuple[Any, Any]]
"""What there is before and after each axis."""


def padded(x: Any, pad_width: Any, mode: Any, given: Mapping[str, Any]) -> Any:
    """The array ``x`` padded, as `clnd.pad` tells; ``given`` are the arguments of the mode.

    Raises
    ------
    ArgumentError
        As told there.
    """
    if not isinstance(mode, str) or mode not in _OWN:
        raise ArgumentError(f"[pad] got mode {mode!r}; expected {', '.join(map(repr, _OWN))}")
    foreign = sorted({*given} - _OWN[mode])
    if foreign:
        raise ArgumentError(f"[pad] got {', '.join(foreign)} for mode {mode!r}; expected {' or '.join(sorted(_OWN[mode])) or 'no such argument'}")
    if given.get("reflect_type", "even") != "even":
        raise ArgumentError(f"[pad] got reflect_type {given['reflect_type']!r}; expected 'even'")
    widths = _widths(x, pad_width)
    around = {axis: pair for axis, pair in enumerate(widths) if pair != (0, 0)}
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return x._like(pad_node(x._node, around, mode))
    if mode in ("constant", "empty"):
        return _with_constants(x, around, _pairs("constant_values", given.get("constant_values", 0), x.ndim))
    if mode == "linear_ramp":
        ends = _pairs("end_values", given.get("end_values", 0), x.ndim)
        return _by_axis(x, around, lambda x, axis, side, count: _ramp(x, axis, side, count, ends[axis][side]))
    lengths = _pairs("stat_length", given.get("stat_length"), x.ndim)
    return _by_axis(x, around, lambda x, axis, side, count: _statistic(x, axis, side, count, mode, lengths[axis][side]))


def _pairs(name: str, given: Any, ndim: int) -> Pairs:
    """``given``, a value, a pair of them or a pair for each axis, as the last of these."""
    if given is None:
        return [(None, None)] * ndim
    host = np.asarray(given)
    if host.size == 2 and host.shape != (2, 1):
        host = host.reshape(2)
    try:
        wide = np.broadcast_to(host, (ndim, 2))
    except ValueError:
        raise ArgumentError(f"[pad] got {name} of shape {host.shape} for {ndim} axes; expected a value, a pair, or a pair for each axis") from None
    return [(a, b) for a, b in wide.tolist()]


def _widths(x: Any, given: Any) -> list[tuple[int, int]]:
    if isinstance(given, Mapping):
        pairs: Pairs = [(0, 0)] * x.ndim
        for axis, width in given.items():
            pairs[normalize_axis("pad", axis, x.ndim)] = _pairs("pad_width", width, 1)[0]
    else:
        pairs = _pairs("pad_width", given, x.ndim)
    try:
        widths = [(operator.index(a), operator.index(b)) for a, b in pairs]
    except TypeError:
        raise ArgumentError(f"[pad] got pad_width {given!r}; expected integers") from None
    if any(n < 0 for pair in widths for n in pair):
        raise ArgumentError(f"[pad] got pad_width {given!r}; expected numbers from 0 on")
    return widths


def _number(x: Any, value: Any) -> Any:
    """``value`` as the dtype of ``x`` holds it."""
    dtype = x._node.dtype
    kind = facts(dtype).kind
    if isinstance(value, complex) and kind != COMPLEX:
        raise DTypeError(f"[pad] got {value!r}, which {dtype.name} does not hold; expected a real number")
    if kind in (INT, UINT):
        return whole_number(value, dtype) if isinstance(value, float) else int(np.asarray(value).astype(dtype))
    return bool(value) if kind == BOOL else dtype.type(value).item()


def _with_constants(x: Any, around: Mapping[int, tuple[int, int]], values: Pairs) -> Any:
    chosen = {(side, axis): _number(x, values[axis][side]) for axis, pair in around.items() for side in (0, 1) if pair[side]}
    if len({repr(v) for v in chosen.values()}) <= 1:
        return x._like(pad_node(x._node, around, "constant", next(iter(chosen.values()), 0)))
    # A later axis also has the corners, so each side of each axis comes by itself.
    for (side, axis), value in sorted(chosen.items(), key=lambda item: item[0][1]):
        count = around[axis][side]
        x = x._like(pad_node(x._node, {axis: (0, count) if side else (count, 0)}, "constant", value))
    return x


def _by_axis(x: Any, around: Mapping[int, tuple[int, int]], make: Callable[[Any, int, int, int], Any]) -> Any:
    """``x`` with what ``make`` gives of (x, axis, side, count) before and after it along each axis in turn."""
    for axis, (before, after) in around.items():
        if x.shape[axis] == 0:
            raise ArgumentError(f"[pad] got axis {axis} without elements; expected mode='constant' or 'empty'")
        parts = [make(x, axis, 0, before)._node] if before else []
        parts.append(x._node)
        parts += [make(x, axis, 1, after)._node] if after else []
        x = x._like(concat_node("pad", parts, axis))
    return x


def _part(x: Any, axis: int, side: int, count: int) -> Any:
    """``count`` elements at an end of an axis."""
    n = x.shape[axis]
    return x[(slice(None),) * axis + (slice(n - count, n) if side else slice(0, count),)]


def _ramp(x: Any, axis: int, side: int, count: int, end: Any) -> Any:
    """From ``end`` to the element at the edge, which is not part of it: `numpy.linspace` for each row."""
    dtype = x._node.dtype
    edge = _part(x, axis, side, 1)
    shape = tuple(count if k == axis else 1 for k in range(x.ndim))
    steps = x._like(sources.index_node(shape, x.ctx))
    if side:
        steps = elementwise.subtract.apply(count - 1, steps)
    number = _number(x, end)
    if facts(dtype).kind in (FLOAT, COMPLEX):
        wide = dtypes.float32 if facts(dtype).is_half else dtype
        steps, edge = x._like(cast_node(steps._node, wide)), x._like(cast_node(edge._node, wide))
        way = elementwise.divide.apply(elementwise.subtract.apply(edge, number), count)
        return x._like(cast_node(elementwise.add.apply(elementwise.multiply.apply(way, steps), number)._node, dtype))
    way = elementwise.subtract.apply(x._like(cast_node(edge._node, dtypes.int64)), int(number))
    ramp = elementwise.floor_divide.apply(elementwise.multiply.apply(way, steps), count)
    return x._like(cast_node(elementwise.add.apply(ramp, int(number))._node, dtype))


def _statistic(x: Any, axis: int, side: int, count: int, mode: str, length: Any) -> Any:
    n = x.shape[axis]
    if length is not None and length < 1:
        raise ArgumentError(f"[pad] got stat_length {length}; expected a number from 1 on")
    part = _part(x, axis, side, n if length is None else min(n, int(length)))
    name = {"maximum": "max", "minimum": "min", "mean": "mean"}[mode]
    found = x._like(reductions.NODES[name](part._node, (axis,), True))
    dtype = x._node.dtype
    if facts(dtype).kind in (INT, UINT):
        found = elementwise.round.apply(found)
    found = x._like(cast_node(found._node, dtype))
    return found.broadcast_to(tuple(count if k == axis else m for k, m in enumerate(x.shape)))
