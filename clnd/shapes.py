"""Shapes, strides and axes: pure functions, no arrays. Strides count elements, not bytes."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

from clnd.errors import ArgumentError, AxisError, KindError, ShapeError

__all__ = [
    "Shape", "as_integer", "as_shape", "axes_in_order", "broadcast", "broadcast_strides", "collapse", "collapse_around", "contiguous_strides", "diagonal_strides",
    "is_contiguous", "may_overlap", "normalize_axes", "normalize_axis", "reshaped_strides", "several", "size_of",
]  # fmt: skip

Shape = tuple[int, ...]


def size_of(shape: Shape) -> int:
    """How many elements an array of ``shape`` has."""
    return math.prod(shape)


def as_integer(name: str, what: str, x: Any) -> int:
    """The argument ``x``, which the refusal calls ``what``, as Python's integer.

    Raises
    ------
    KindError
        For what is no integer.
    """
    try:
        return operator.index(x)
    except TypeError:
        raise KindError(f"[{name}] got {what} {x!r}; expected an integer") from None


def as_shape(name: str, shape: Any, *, unknown: bool = False) -> Shape:
    """``shape`` given as an integer or a sequence of integers, as a tuple; with ``unknown`` negative lengths are let through.

    Raises
    ------
    KindError
        If it is neither.
    ShapeError
        If a length is negative.
    """
    given = several(shape)
    try:
        lengths = tuple(map(operator.index, (None,) if given is None else given))
    except TypeError:
        raise KindError(f"[{name}] got shape {shape!r}; expected an integer or a sequence of integers") from None
    if not unknown and any(n < 0 for n in lengths):
        raise ShapeError(f"[{name}] got shape {lengths}; expected lengths from 0 on")
    return lengths


def contiguous_strides(shape: Shape) -> Shape:
    """The strides of a row-major array of ``shape``."""
    if len(shape) == 2:  # matrices, without the loop
        return (shape[1], 1)
    strides = []
    step = 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """True where ``strides`` walk an array of ``shape`` in row-major order without gaps."""
    step = 1
    for n, s in zip(reversed(shape), reversed(strides), strict=True):
        if n != 1 and s != step:
            return 0 in shape
        step *= n
    return True


@functools.lru_cache(maxsize=4096)
def may_overlap(shape: Shape, strides: Shape) -> bool:
    """Whether two elements could be one: an axis does not step over all that the axes with smaller strides reach."""
    reach = 0
    for step, n in sorted((abs(s), n) for n, s in zip(shape, strides, strict=True) if n > 1):
        if step <= reach:
            return True
        reach += step * (n - 1)
    return False


def broadcast(name: str, *shapes: Shape) -> Shape:
    """The shape that ``shapes`` broadcast to, by NumPy's rules.

    Raises
    ------
    ShapeError
        Where two lengths differ and neither is 1; the message shows all shapes.
    """
    first = shapes[0]
    if all(s == first for s in shapes):
        return first
    ndim = max(len(s) for s in shapes)
    result = [1] * ndim
    for shape in shapes:
        for axis, n in enumerate(shape, start=ndim - len(shape)):
            if n != 1:
                if result[axis] not in (1, n):
                    raise ShapeError(
                        f"[{name}] got shapes {', '.join(map(str, shapes))}; they do not broadcast: axis "
                        f"{axis - ndim} has lengths {result[axis]} and {n}; expected equal lengths or 1; "
                        "use reshape or expand_dims to line the axes up"
                    )
                result[axis] = n
    return tuple(result)


def broadcast_strides(shape: Shape, strides: Shape, to: Shape) -> Shape:
    """The strides that read an array of ``shape`` as one of shape ``to``: 0 along repeated axes."""
    pad = len(to) - len(shape)
    return (0,) * pad + tuple(
        0 if n == 1 and m != 1 else s for n, s, m in zip(shape, strides, to[pad:], strict=True)
    )


def collapse(shape: Shape, strides: Sequence[Shape]) -> tuple[Shape, list[Shape]]:
    """Merge axes that every operand walks as one, and drop axes of length 1.

    ``strides`` has one tuple an operand. The order of elements is kept.
    """
    lengths: list[int] = []
    kept: list[list[int]] = []  # strides of each kept axis, one an operand
    for axis, n in enumerate(shape):
        if n == 1:
            continue
        steps = [s[axis] for s in strides]
        if lengths and all(outer == inner * n for outer, inner in zip(kept[-1], steps, strict=True)):
            lengths[-1] *= n
            kept[-1] = steps
        else:
            lengths.append(n)
            kept.append(steps)
    return tuple(lengths), [tuple(axis[k] for axis in kept) for k in range(len(strides))]


def collapse_around(shape: Shape, strides: Sequence[Shape], apart: Sequence[int]) -> tuple[Shape, list[Shape], list[int | None]]:
    """`collapse`, but for the axes ``apart``, in order, which stay as they are; and which of those each axis is that is left, if any."""
    lengths: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    axes: list[int | None] = []
    start = 0
    for stop in (*apart, len(shape)):
        merged, walks = collapse(shape[start:stop], [s[start:stop] for s in strides])
        axes += [None] * len(merged) + ([stop] if stop < len(shape) else [])
        lengths += (*merged, *shape[stop : stop + 1])
        for kept, walk, s in zip(steps, walks, strides, strict=True):
            kept += (*walk, *s[stop : stop + 1])
        start = stop + 1
    return tuple(lengths), [tuple(s) for s in steps], axes


def normalize_axis(name: str, axis: Any, ndim: int) -> int:
    """``axis`` counted from the front.

    Raises
    ------
    AxisError
        Where there is no such axis.
    KindError
        For what is no integer.
    """
    index = axis if type(axis) is int else as_integer(name, "axis", axis)
    if not -ndim <= index < ndim:
        expected = f"an axis from {-ndim} to {ndim - 1}" if ndim else "no axis, as the array has no dimensions"
        raise AxisError(f"[{name}] got axis {index}; expected {expected}")
    return index % ndim


def diagonal_strides(name: str, shape: Shape, strides: Shape, offset: Any, axis1: Any, axis2: Any) -> tuple[int, Shape, Shape]:
    """Offset, shape and strides of a diagonal of two axes, which becomes the last axis.

    Raises
    ------
    ShapeError
        If there are not two axes.
    ArgumentError
        If the axes are one, or the offset is no integer.
    """
    ndim = len(shape)
    if ndim < 2:
        raise ShapeError(f"[{name}] got shape {shape}; expected at least two dimensions")
    first, second = normalize_axis(name, axis1, ndim), normalize_axis(name, axis2, ndim)
    if first == second:
        raise ArgumentError(f"[{name}] got axis1={axis1} and axis2={axis2}; expected two different axes")
    k = as_integer(name, "offset", offset)
    rows, columns = shape[first], shape[second]
    length = max(0, min(rows + min(k, 0), columns - max(k, 0)))
    start = 0 if length == 0 else k * strides[second] if k >= 0 else -k * strides[first]
    rest = [a for a in range(ndim) if a not in (first, second)]
    return start, (*(shape[a] for a in rest), length), (*(strides[a] for a in rest), strides[first] + strides[second])


def several(axes: Any) -> tuple[Any, ...] | None:
    """An axis, or several, as a tuple of what was given; None if it is neither."""
    try:
        return (operator.index(axes),)
    except TypeError:
        pass
    try:
        return tuple(axes)
    except TypeError:
        return None


def axes_in_order(name: str, axes: Any, ndim: int, expected: str = "an integer or several") -> tuple[int, ...]:
    """``axes``, an integer or several, counted from the front, in the order given.

    Raises
    ------
    KindError
        If it is neither.
    AxisError
        If an axis does not exist.
    ArgumentError
        If one is named twice.
    """
    given = several(axes)
    if given is None:
        raise KindError(f"[{name}] got axis {axes!r}; expected {expected}")
    found = tuple(normalize_axis(name, a, ndim) for a in given)
    if len(set(found)) != len(found):
        raise ArgumentError(f"[{name}] got axis {given}; expected each axis once")
    return found


def normalize_axes(name: str, axes: Any, ndim: int) -> tuple[int, ...]:
    """``axes`` (None for all, an integer or several) as a sorted tuple, counted from the front."""
    return tuple(range(ndim)) if axes is None else tuple(sorted(axes_in_order(name, axes, ndim, "an integer, several or None")))


def reshaped_strides(shape: Shape, strides: Shape, to: Shape) -> Shape | None:
    """The strides that read the same elements as shape ``to``; None where only a copy does."""
    if is_contiguous(shape, strides):
        return contiguous_strides(to)
    kept = [(n, s) for n, s in zip(shape, strides, strict=True) if n != 1]
    result: list[int] = []
    targets = [n for n in to if n != 1]
    a = b = 0
    while a < len(kept) and b < len(targets):
        # Match the fewest old and new axes with equal products, then split the old run.
        old, new = kept[a][0], targets[b]
        a_end, b_end = a + 1, b + 1
        while old != new:
            if old < new:
                if kept[a_end - 1][1] != kept[a_end][1] * kept[a_end][0]:
                    return None
                old *= kept[a_end][0]
                a_end += 1
            else:
                new *= targets[b_end]
                b_end += 1
        step = kept[a_end - 1][1]
        steps = []
        for n in reversed(targets[b:b_end]):
            steps.append(step)
            step *= n
        result += reversed(steps)
        a, b = a_end, b_end
    found = iter(result)
    return tuple(next(found) if n != 1 else 0 for n in to)
