"""Medians and quantiles as nodes: elements of the order, and what lies between two of them.

Which elements is found on the host, in Python's floats: it depends on how many there are alone. Where NaN are left out, their
count is run and read first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.graph.run import run_to_read
from clnd.ops import elementwise
from clnd.ops.gather import taken_along_node, taken_node
from clnd.ops.op import cast_node
from clnd.ops.reductions import count_node, mean_node
from clnd.ops.sorting import sort_node
from clnd.ops.sources import from_host, full_node
from clnd.ops.views import reshaped_node, row_major, sliced_node, transposed_node
from clnd.shapes import Shape, normalize_axes, size_of

__all__ = ["METHODS", "median_node", "quantile_node"]

Host = np.ndarray[Any, Any]


class _Rows(NamedTuple):
    """What is reduced, as the last axis of ``node`` in order; the other axes, and the shape of one result."""

    node: Node
    kept: Shape
    result: Shape


def _rows(name: str, x: Node, axis: Any, keepdims: bool) -> _Rows:
    axes = normalize_axes(name, axis, len(x.shape))
    others = [k for k in range(len(x.shape)) if k not in axes]
    kept = tuple(x.shape[k] for k in others)
    n = size_of(tuple(x.shape[k] for k in axes))
    result = tuple(1 if k in axes else m for k, m in enumerate(x.shape)) if keepdims else kept
    node = reshaped_node(transposed_node(x, (*others, *axes)), (*kept, n))
    return _Rows(sort_node(node, -1, False), kept, result)


def median_node(name: str, x: Node, axis: Any, keepdims: bool, skips_nan: bool) -> Node:
    """The mean of the two elements in the middle over ``axis``, or the one; NaN where there is one, or where there is nothing. ``skips_nan``: NaN are left out."""
    rows = _rows(name, x, axis, keepdims)
    n = rows.node.shape[-1]
    gives = dtypes.to_float(x.dtype)
    if n == 0 or size_of(rows.kept) == 0:
        assert x.ctx is not None
        return full_node(rows.result, float("nan"), gives, x.ctx)
    if skips_nan and facts(x.dtype).kind in (FLOAT, COMPLEX):
        middle = _middle_of_numbers(rows.node)
    else:
        first, count = (n - 1) // 2, 2 - n % 2
        middle = _or_nan(mean_node(sliced_node(rows.node, len(rows.kept), first, count), -1, False), rows)
    return reshaped_node(middle, rows.result)


def _middle_of_numbers(node: Node) -> Node:
    """The median of each row, whose NaN come last."""
    one, last = scalar_node(1, dtypes.int64), len(node.shape) - 1
    count = count_node(elementwise.logical_not.node([elementwise.isnan.node([node])]), -1, True)
    before = elementwise.maximum.node([elementwise.subtract.node([count, one]), scalar_node(0, dtypes.int64)])
    low, high = elementwise.bitwise_right_shift.node([before, one]), elementwise.minimum.node([elementwise.bitwise_right_shift.node([count, one]), before])
    a, b = taken_along_node(node, low, last), taken_along_node(node, high, last)
    pair = elementwise.divide.node([elementwise.add.node([a, b]), scalar_node(2.0, a.dtype)])
    return elementwise.where.node([elementwise.equal.node([low, high]), a, pair])


def _or_nan(result: Node, rows: _Rows) -> Node:
    """``result``, of the shape kept, or NaN where the row has one: it is its last element then."""
    if facts(rows.node.dtype).kind not in (FLOAT, COMPLEX):
        return result
    last = reshaped_node(sliced_node(rows.node, len(rows.kept), rows.node.shape[-1] - 1, 1), rows.kept)
    return elementwise.where.node([elementwise.isnan.node([last]), cast_node(last, result.dtype), result])


# --- quantiles -----------------------------------------------------------------------------------


class _Between(NamedTuple):
    """Which elements of the order a quantile lies between, and how far it is from the first to the second."""

    first: Host
    second: Host
    part: Host


def _between(place: Host, n: Host, part: Callable[[Host, Host], Host]) -> _Between:
    """Of a ``place`` that is no whole number, kept within the order."""
    first = np.floor(place)
    share = part(place - first, place)
    last = np.maximum(n - 1, 0) + 0 * first
    second = first + 1
    outside = place >= n - 1
    first, second = np.where(outside, last, first), np.where(outside, last, second)
    below = place < 0
    first, second = (np.where(below, 0, k).astype(np.int64) for k in (first, second))
    return _Between(first, second, np.where(outside | below, 0.0, share))


def _whole(place: Host) -> _Between:
    found = np.maximum(place, 0).astype(np.int64)
    return _Between(found, found, np.zeros(found.shape))


def _weighted(alpha: float, beta: float) -> Callable[[Host, Host], _Between]:
    return lambda n, q: _between(n * q + (alpha + q * (1 - alpha - beta)) - 1, n, lambda part, place: part)


def _by_steps(place: Host, stays: Callable[[Host, Host], Any]) -> _Between:
    """The element behind ``place``, or the one at it where it ``stays``."""
    first = np.floor(place)
    return _whole(np.where(stays(place - first, first), first, first + 1))


METHODS: dict[str, Callable[[Host, Host], _Between]] = {
    "inverted_cdf": lambda n, q: _by_steps(n * q - 1, lambda part, first: part == 0),
    "averaged_inverted_cdf": lambda n, q: _between(n * q - 1, n, lambda part, place: np.where(part == 0, 0.5, 1.0)),
    "closest_observation": lambda n, q: _by_steps(n * q - 1.5, lambda part, first: (part == 0) & (first % 2 == 1)),
    "interpolated_inverted_cdf": _weighted(0, 1),
    "hazen": _weighted(0.5, 0.5),
    "weibull": _weighted(0, 0),
    "linear": lambda n, q: _between((n - 1) * q, n, lambda part, place: part),
    "median_unbiased": _weighted(1 / 3.0, 1 / 3.0),
    "normal_unbiased": _weighted(3 / 8.0, 3 / 8.0),
    "lower": lambda n, q: _whole(np.floor((n - 1) * q)),
    "higher": lambda n, q: _whole(np.ceil((n - 1) * q)),
    "midpoint": lambda n, q: _between(0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)), n, lambda part, place: np.where(part == 0, 0.0, 0.5)),
    "nearest": lambda n, q: _whole(np.around((n - 1) * q)),
}
"""NumPy's methods: of counts and quantiles, which broadcast."""
_DISCRETE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")


def quantile_node(name: str, x: Node, q: Host, axis: Any, method: str, keepdims: bool, skips_nan: bool) -> Node:
    """The quantiles ``q``, from 0 to 1, over ``axis``; their axes stand first. ``skips_nan``: NaN are left out."""
    kind = facts(x.dtype).kind
    if kind in (BOOL, COMPLEX):
        raise DTypeError(f"[{name}] got {x.dtype.name}; it takes integers and floats; cast with astype()")
    if method not in METHODS:
        raise ArgumentError(f"[{name}] got method={method!r}; expected one of {', '.join(METHODS)}")
    rows = _rows(name, x, axis, keepdims)
    n = rows.node.shape[-1]
    assert x.ctx is not None
    gives = x.dtype if method in _DISCRETE else dtypes.to_float(x.dtype)
    shape = (*q.shape, *rows.result)
    if n == 0 and size_of(shape) and not skips_nan:
        raise ArgumentError(f"[{name}] got shape {x.shape} over axis {axis}; there are no elements, and the {name} of none is undefined")
    if n == 0 or size_of(shape) == 0:
        return full_node(shape, float("nan") if facts(gives).kind == FLOAT else 0, gives, x.ctx)
    skips = skips_nan and kind == FLOAT
    counts = _counts_of_numbers(rows) if skips else np.array(n)
    if counts.ndim and (counts == counts.flat[0]).all():
        counts = np.array(counts.flat[0])
    found = METHODS[method](counts[..., None].astype(np.float64), q.reshape(-1))
    a, b = (_elements(rows, places) for places in (found.first, found.second))
    result = a if method in _DISCRETE else _mixed(cast_node(a, gives), cast_node(b, gives), found.part, x.ctx)
    order = (len(rows.kept), *range(len(rows.kept)))
    result = transposed_node(result, order)
    if not skips:
        result = _or_nan(result, rows)
    return reshaped_node(row_major(result), shape)


def _counts_of_numbers(rows: _Rows) -> Host:
    """How many elements of each row are numbers: the host waits for it."""
    counts = count_node(elementwise.logical_not.node([elementwise.isnan.node([rows.node])]), -1, False)
    run_to_read(counts)
    assert counts.ctx is not None
    assert counts.value is not None
    return counts.value.read(counts.ctx.device, dtypes.int64, rows.kept)


def _elements(rows: _Rows, places: Host) -> Node:
    """The elements of each row at ``places``: those of all rows, or of each."""
    last = len(rows.kept)
    assert rows.node.ctx is not None
    indices = from_host(places, rows.node.ctx)
    indices.limits = (0, rows.node.shape[-1] - 1)
    return taken_node(rows.node, indices, last, "raise") if places.ndim == 1 else taken_along_node(rows.node, indices, last)


def _mixed(a: Node, b: Node, part: Host, ctx: Any) -> Node:
    """What lies ``part`` of the way from ``a`` to ``b``, from the nearer one; that one itself at either end, and where both are equal."""
    to = dtypes.float32 if facts(a.dtype).is_half else a.dtype
    t, rest = (cast_node(from_host(np.ascontiguousarray(k.astype(to)), ctx), a.dtype) for k in (part, 1 - part))
    away = elementwise.subtract.node([b, a])
    up = elementwise.add.node([a, elementwise.multiply.node([away, t])])
    down = elementwise.subtract.node([b, elementwise.multiply.node([away, rest])])
    near = elementwise.less.node([t, scalar_node(0.5, t.dtype)])
    mixed = elementwise.where.node([near, up, down])
    same = elementwise.logical_or.node([elementwise.equal.node([a, b]), elementwise.equal.node([t, scalar_node(0.0, t.dtype)])])
    return elementwise.where.node([same, a, mixed])
