"""Elements at other places: rolled, repeated, padded. Each is a step of a fused kernel that reads its input elsewhere."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node, Operand
from clnd.graph.primitive import Elementwise
from clnd.graph.record import SCALAR, record, scalar_node
from clnd.ops import sources
from clnd.ops.views import reshaped_node
from clnd.shapes import Shape, normalize_axis, several, size_of

__all__ = ["pad_node", "repeated", "resize_node", "roll_node", "tile_node"]


class _Move(Elementwise):
    """The op of a node that reads its first input by ``moves``, the rule of each axis; see `kernels.moves`."""

    needs_place = True

    def __init__(self, name: str, moves: tuple[str, ...], fills: bool) -> None:
        self.name = name
        self.moves = moves
        self.fills = fills
        self.is_move = not fills


_move = functools.cache(_Move)

Along = tuple[str, tuple[int, ...]]
"""The rule of an axis and its numbers."""


def _moved_node(name: str, node: Node, shape: Shape, rules: Mapping[int, Along], fill: Any = None) -> Node:
    """A node of ``shape`` that reads ``node``, with as many axes, by the ``rules`` of some of them."""
    ctx = node.ctx
    assert ctx is not None
    ctx.device.pool.check(size_of(shape) * node.dtype.itemsize)
    known = sources.number_of(node)
    if known.op is SCALAR and fill is None:
        return record(sources.COPY, (known,), shape, node.dtype, ctx)
    if not rules:
        return node  # an array of its own by the rules of assignment: who writes into either copies
    if size_of(shape) == 0:
        return sources.full_node(shape, 0, node.dtype, ctx)
    op = _move(name, tuple([rules[a][0] if a in rules else "" for a in range(len(shape))]), fill is not None)
    numbers = [scalar_node(k, dtypes.int64) for a in sorted(rules) for k in rules[a][1]]
    if fill is not None:
        numbers.append(scalar_node(fill, node.dtype))
    return record(op, (node, *numbers), shape, node.dtype, ctx)


def roll_node(node: Node, shift: Any, axis: Any) -> Node:
    """The elements of ``node`` moved on by ``shift`` along ``axis``, each an integer or several; of the flat array where ``axis`` is None.

    Raises
    ------
    ArgumentError
        If there are not as many shifts as axes, and not one for all; for what is no integer, and axes that are not there.
    """
    shape = node.shape
    if axis is None:
        return reshaped_node(roll_node(reshaped_node(node, (size_of(shape),)), shift, 0), shape)
    shifts, axes = several(shift), several(axis)
    if shifts is None or axes is None or (len(shifts) != len(axes) and 1 not in (len(shifts), len(axes))):
        raise ArgumentError(f"[roll] got shift {shift!r} and axis {axis!r}; expected integers, as many shifts as axes or one for all")
    count = max(len(shifts), len(axes)) if shifts and axes else 0
    total: dict[int, int] = {}
    for s, a in zip(shifts * (count // max(len(shifts), 1)), axes * (count // max(len(axes), 1)), strict=True):
        at = normalize_axis("roll", a, len(shape))
        total[at] = total.get(at, 0) + _integer("roll", "shift", s)
    return _rolled(node, total)


def _integer(name: str, what: str, x: Any) -> int:
    try:
        return operator.index(x)
    except TypeError:
        raise ArgumentError(f"[{name}] got {what} {x!r}; expected an integer") from None


def _rolled(node: Node, shifts: Mapping[int, int]) -> Node:
    inputs = node.inputs
    if node.value is None and isinstance(node.op, _Move) and node.op.name == "roll" and inputs:
        # Of what is rolled already and not computed: one way from its place to the last.
        axes = [a for a, rule in enumerate(node.op.moves) if rule]
        before = {a: -number.params for a, number in zip(axes, inputs[1::2], strict=True)}
        node, shifts = inputs[0], {a: before.get(a, 0) + shifts.get(a, 0) for a in {*before, *shifts}}
    rules: dict[int, Along] = {}
    for axis, shift in shifts.items():
        n = node.shape[axis]
        if n and shift % n:
            rules[axis] = ("roll", (-shift % n, n))
    return _moved_node("roll", node, node.shape, rules)


def repeated(x: Any, repeats: Any, axis: int | None) -> Any:
    """Each element of the array ``x`` ``repeats`` times in a row along ``axis``; flattened first where that is None.

    ``repeats``: an integer, or one for each element of the axis. An array of them is read by the host: it says how long the result is.

    Raises
    ------
    ArgumentError
        For negative numbers, what is no integer, and an axis that is not there.
    ShapeError
        If there are neither one nor as many numbers as elements.
    """
    if axis is None:
        x, axis = x.ravel(), 0
    axis = normalize_axis("repeat", axis, x.ndim)
    n = x.shape[axis]
    counts = np.asarray(repeats.asnumpy() if isinstance(repeats, Operand) else repeats)  # type: ignore[attr-defined]
    if counts.dtype.kind not in "iu" and counts.size:
        raise ArgumentError(f"[repeat] got repeats of {counts.dtype}; expected integers")
    if counts.size and counts.min() < 0:
        raise ArgumentError(f"[repeat] got {counts.min()} repeats; expected numbers from 0 on")
    if counts.size == 1 and counts.ndim < 2:
        return x._like(_repeat_node(x._node, int(counts.reshape(())[()]), axis))
    if counts.shape != (n,):
        raise ShapeError(f"[repeat] got repeats of shape {counts.shape} for axis {axis} of length {n}; expected one number, or one for each")
    places = np.repeat(np.arange(n, dtype=np.int64), counts.astype(np.int64))
    return x[(slice(None),) * axis + (places,)]


def _repeat_node(node: Node, times: int, axis: int) -> Node:
    shape = node.shape
    rules: dict[int, Along] = {} if times == 1 else {axis: ("repeat", (times,))}
    return _moved_node("repeat", node, (*shape[:axis], shape[axis] * times, *shape[axis + 1 :]), rules)


def tile_node(node: Node, times: Sequence[int]) -> Node:
    """``node`` as a whole ``times`` times along each axis; the shorter of its shape and ``times`` has ones in front."""
    ndim = max(len(times), len(node.shape))
    shape, times = (1,) * (ndim - len(node.shape)) + node.shape, (1,) * (ndim - len(times)) + tuple(times)
    rules = {a: ("period", (0, n, n, 0)) for a, (n, t) in enumerate(zip(shape, times, strict=True)) if t != 1 and n}
    return _moved_node("tile", reshaped_node(node, shape), tuple([n * t for n, t in zip(shape, times, strict=True)]), rules)


def resize_node(node: Node, shape: Shape) -> Node:
    """The elements of ``node`` in ``shape``: from the beginning again where it needs more, the first of them where it needs fewer."""
    size, n = size_of(node.shape), size_of(shape)
    if not size or not n:
        assert node.ctx is not None
        return sources.full_node(shape, 0, node.dtype, node.ctx)
    return reshaped_node(_moved_node("resize", reshaped_node(node, (size,)), (n,), {0: ("period", (0, size, size, 0))}), shape)


def pad_node(node: Node, widths: Mapping[int, tuple[int, int]], mode: str, fill: Any = None) -> Node:
    """``node`` with elements before and after it along some axes, as many as ``widths`` says, none of which are (0, 0).

    ``mode``: "constant" (they are ``fill``), "edge", "reflect", "symmetric" or "wrap", as NumPy defines them.

    Raises
    ------
    ArgumentError
        If an axis has no elements to repeat.
    """
    shape = list(node.shape)
    rules: dict[int, Along] = {}
    for axis, (before, after) in widths.items():
        n = shape[axis]
        shape[axis] = before + n + after
        if mode == "constant":
            rules[axis] = ("within", (-before, n))
            continue
        if n == 0:
            raise ArgumentError(f"[pad] got mode {mode!r} for axis {axis} without elements; expected mode='constant' or 'empty'")
        rules[axis] = _repeating(mode, before, n)
    if mode == "constant" and 0 in node.shape:
        assert node.ctx is not None
        return sources.full_node(tuple(shape), fill, node.dtype, node.ctx)
    return _moved_node("pad", node, tuple(shape), rules, fill if rules and mode == "constant" else None)


def _repeating(mode: str, before: int, n: int) -> Along:
    if mode == "edge" or (mode == "reflect" and n == 1):
        return "clamp", (-before, n)
    period = {"reflect": 2 * n - 2, "symmetric": 2 * n, "wrap": n}[mode]
    return "period", (-before % period, period, n, {"reflect": 2 * n - 2, "symmetric": 2 * n - 1, "wrap": 0}[mode])
