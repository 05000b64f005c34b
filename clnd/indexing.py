"""Places within memory: what an index, a reshape or a view makes of offset, shape and strides. Pure functions."""

from __future__ import annotations

import operator
from types import EllipsisType
from typing import Any, SupportsIndex

import numpy as np

from clnd.errors import IndexingError, ShapeError
from clnd.shapes import Shape, size_of

__all__ = ["Place", "indexed", "known_shape"]

Place = tuple[int, Shape, Shape]
"""Offset in elements, shape, and strides in elements."""


def indexed(place: Place, key: Any) -> Place:
    """The part of ``place`` that a basic index names: integers, slices, None and an ellipsis.

    Raises
    ------
    IndexingError
        For other keys, too many of them, and integers out of bounds.
    """
    offset, shape, strides = place
    keys = key if isinstance(key, tuple) else (key,)
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > len(shape):
        raise IndexingError(f"[getitem] got {used} indices for shape {shape}; expected at most {len(shape)}")
    if sum(k is Ellipsis for k in keys) > 1:
        raise IndexingError("[getitem] got more than one ellipsis; expected one at most")
    if Ellipsis not in [k for k in keys if isinstance(k, EllipsisType)]:
        keys = (*keys, Ellipsis)
    lengths: list[int] = []
    steps: list[int] = []
    axis = 0
    for k in keys:
        if k is None:
            lengths.append(1)
            steps.append(0)
        elif k is Ellipsis:
            count = len(shape) - used
            lengths += shape[axis : axis + count]
            steps += strides[axis : axis + count]
            axis += count
        elif isinstance(k, slice):
            start, stop, step = _slice_indices(k, shape[axis])
            n = len(range(start, stop, step))
            if n:
                offset += start * strides[axis]
            lengths.append(n)
            steps.append(step * strides[axis])
            axis += 1
        else:
            offset += _whole_index(k, shape[axis], axis) * strides[axis]
            axis += 1
    return offset, tuple(lengths), tuple(steps)


def _slice_indices(key: slice, n: int) -> tuple[int, int, int]:
    try:
        return key.indices(n)
    except TypeError:
        raise IndexingError(f"[getitem] got {key}; expected integers or None in a slice") from None
    except ValueError:
        raise IndexingError(f"[getitem] got {key}; expected a step other than 0") from None


def _whole_index(key: Any, n: int, axis: int) -> int:
    # Asking whether something is a SupportsIndex takes Python 3.11 longer than all the rest of an index.
    index: int = key if type(key) is int else _as_index(key)
    if not -n <= index < n:
        raise IndexingError(f"[getitem] index {index} is out of bounds for axis {axis} with size {n}")
    return index % n


def _as_index(key: Any) -> int:
    is_array = bool(getattr(key, "ndim", 0))
    if is_array or isinstance(key, (bool, np.bool_)) or not isinstance(key, SupportsIndex):
        is_mask = isinstance(key, bool) or getattr(key, "dtype", None) == np.bool_
        what = "a boolean mask" if is_mask else "an array" if is_array else f"a {type(key).__name__}"
        raise IndexingError(
            f"[getitem] got {what} as an index; expected integers, slices, None or an ellipsis; "
            "for masks use where(), for index arrays index the NumPy array"
        )
    return operator.index(key)


def known_shape(old: Shape, new: Shape) -> Shape:
    """``new`` with its -1 replaced, checked against the number of elements."""
    size = size_of(old)
    if new.count(-1) > 1 or any(n < -1 for n in new):
        raise ShapeError(f"[reshape] got {new}; expected lengths from 0 on and at most one -1")
    if -1 in new:
        rest = size_of(tuple(n for n in new if n != -1))
        if rest == 0 or size % rest:
            raise ShapeError(f"[reshape] got {new} for shape {old} of {size} elements; they do not divide evenly")
        new = tuple(size // rest if n == -1 else n for n in new)
    if size_of(new) != size:
        raise ShapeError(f"[reshape] got {new} for shape {old}; expected {size} elements, not {size_of(new)}")
    return new
