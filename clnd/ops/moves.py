"""Elements at other places: rolled, repeated, padded. Each is a step of a fused kernel that reads its input elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.errors import ArgumentError, KindError, ShapeError
from clnd.graph.node import Node, Operand
from clnd.graph.primitive import Elementwise
from clnd.graph.record import SCALAR, record, scalar_node
from clnd.kernels.elementwise import GENERAL, RANKS
from clnd.ops import sources
from clnd.ops.views import reshaped_node
from clnd.shapes import Shape, as_integer, normalize_axis, several, size_of

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

Numbers = tuple[int, ...]
"""What a rule takes along an axis: `kernels.moves.RULES`."""


def _moved_node(name: str, node: Node, shape: Shape, rule: str, along: Mapping[int, Numbers], fill: Any = None) -> Node:
    """A node of ``shape`` that reads ``node``, with as many axes, by ``rule`` with the numbers of the axes ``along``."""
    ctx = node.ctx
    assert ctx is not None
    ctx.device.pool.check(size_of(shape) * node.dtype.itemsize)
    known = sources.number_of(node)
    if known.op is SCALAR and fill is None:
        return record(sources.COPY, (known,), shape, node.dtype, ctx)
    if not along:
        return node  # an array of its own by the rules of assignment: who writes into either copies
    if size_of(shape) == 0:
        return sources.full_node(shape, 0, node.dtype, ctx)
    moves, numbers = _by_axis(rule, node.shape, shape, along)
    return record(_move(name, moves, fill is not None), (node, *numbers, *([] if fill is None else [scalar_node(fill, node.dtype)])), shape, node.dtype, ctx)


def _by_axis(rule: str, source: Shape, shape: Shape, along: Mapping[int, Numbers]) -> tuple[tuple[str, ...], list[Node]]:
    """The rule of each axis, and all numbers.

    Small arrays share kernels: all their axes have the rule, of few numbers of axes, in front of which others are put. Where a
    rule moves nothing it costs them little.
    """
    ndim = len(shape)
    if size_of(shape) >= GENERAL or rule == "repeat":
        return tuple([rule if axis in along else "" for axis in range(ndim)]), [_number(k) for axis in sorted(along) for k in along[axis]]
    rank = next((r for r in RANKS if r >= ndim), ndim)
    numbers: list[Node] = []
    for axis in range(ndim - rank, ndim):
        given = along.get(axis)
        if given is None:
            n = source[axis] if axis >= 0 else 1
            given = {"roll": (0,), "period": (0, n, n, 0), "clamp": (0, n), "within": (0, n)}[rule]
        numbers += map(_number, given)
    return (rule,) * rank, numbers


@functools.lru_cache(maxsize=4096)
def _number(k: int) -> Node:
    return scalar_node(k, dtypes.int64)


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
        raise KindError(f"[roll] got shift {shift!r} and axis {axis!r}; expected integers, as many shifts as axes or one for all")
    if len(shifts) != len(axes):
        shifts, axes = (shifts * len(axes), axes) if len(shifts) == 1 else (shifts, axes * len(shifts))
    op, inputs, source = node.op, node.inputs, node
    away = [0] * len(shape)  # of each element to where it is read
    if node.value is None and type(op) is _Move and op.name == "roll" and inputs:
        # Of what is rolled already and not computed: one way from its place to the last.
        source, away = inputs[0], [*node.params]
    for s, a in zip(shifts, axes, strict=True):
        at = normalize_axis("roll", a, len(shape))
        away[at] = (away[at] - as_integer("roll", "shift", s)) % (shape[at] or 1)
    if not any(away) or 0 in shape or sources.number_of(source).op is SCALAR:
        return source  # an array of its own by the rules of assignment: who writes into either copies
    moves, numbers = _by_axis("roll", shape, shape, {at: (k,) for at, k in enumerate(away) if k})
    return record(_move("roll", moves, False), (source, *numbers), shape, node.dtype, node.ctx, tuple(away))


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
        raise KindError(f"[repeat] got repeats of {counts.dtype}; expected integers")
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
    return _moved_node("repeat", node, (*shape[:axis], shape[axis] * times, *shape[axis + 1 :]), "repeat", {} if times == 1 else {axis: (times,)})


def tile_node(node: Node, times: Sequence[int]) -> Node:
    """``node`` as a whole ``times`` times along each axis; the shorter of its shape and ``times`` has ones in front."""
    ndim = max(len(times), len(node.shape))
    shape, times = (1,) * (ndim - len(node.shape)) + node.shape, (1,) * (ndim - len(times)) + tuple(times)
    along = {a: (0, n, n, 0) for a, (n, t) in enumerate(zip(shape, times, strict=True)) if t != 1 and n}
    return _moved_node("tile", reshaped_node(node, shape), tuple([n * t for n, t in zip(shape, times, strict=True)]), "period", along)


def resize_node(node: Node, shape: Shape) -> Node:
    """The elements of ``node`` in ``shape``: from the beginning again where it needs more, the first of them where it needs fewer."""
    size, n = size_of(node.shape), size_of(shape)
    if not size or not n:
        assert node.ctx is not None
        return sources.full_node(shape, 0, node.dtype, node.ctx)
    return reshaped_node(_moved_node("resize", reshaped_node(node, (size,)), (n,), "period", {0: (0, size, size, 0)}), shape)


def pad_node(node: Node, widths: Mapping[int, tuple[int, int]], mode: str, fill: Any = None) -> Node:
    """``node`` with elements before and after it along some axes, as many as ``widths`` says, none of which are (0, 0).

    ``mode``: "constant" (they are ``fill``), "edge", "reflect", "symmetric" or "wrap", as NumPy defines them.

    Raises
    ------
    ArgumentError
        If an axis has no elements to repeat.
    """
    shape = list(node.shape)
    along: dict[int, Numbers] = {}
    for axis, (before, after) in widths.items():
        n = shape[axis]
        shape[axis] = before + n + after
        if mode in ("constant", "edge"):
            along[axis] = (-before, n)
        else:
            period, mirror = {"reflect": (2 * n - 2, 2 * n - 2), "symmetric": (2 * n, 2 * n - 1), "wrap": (n, 0)}[mode]
            period = max(period, 1)
            along[axis] = (-before % period, period, n, mirror)
        if n == 0 and mode != "constant":
            raise ArgumentError(f"[pad] got mode {mode!r} for axis {axis} without elements; expected mode='constant' or 'empty'")
    if mode == "constant" and 0 in node.shape:
        assert node.ctx is not None
        return sources.full_node(tuple(shape), fill, node.dtype, node.ctx)
    rule = {"constant": "within", "edge": "clamp"}.get(mode, "period")
    return _moved_node("pad", node, tuple(shape), rule, along, fill if along and mode == "constant" else None)
