"""Places within memory: what an index, a reshape or a view makes of offset, shape and strides. Pure functions.

NumPy has two kinds of indices. A basic one is made of integers, slices, None and an ellipsis, and names a part: `indexed`. In an
advanced one are arrays of integers or bools: `selected` says which places it names.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, SupportsIndex

import numpy as np

from clnd.errors import ArgumentError, IndexingError, ShapeError
from clnd.graph.node import Operand
from clnd.ops.sources import number_of
from clnd.records import light_dataclass
from clnd.shapes import Shape, broadcast, size_of

__all__ = ["Picked", "Place", "Selection", "check_mask", "check_range", "indexed", "is_basic", "known_shape", "lone_mask", "selected", "with_numbers"]

Place = tuple[int, Shape, Shape]
"""Offset in elements, shape, and strides in elements."""

# What advances along axes as it is, by its class: the commonest keys.
_BASIC = frozenset({int, slice, type(None), EllipsisType})


def indexed(place: Place, key: Any) -> Place:
    """The part of ``place`` that a basic index names: integers, slices, None and an ellipsis.

    Raises
    ------
    IndexingError
        For other keys, too many of them, and integers out of bounds.
    """
    offset, shape, strides = place
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) > len(shape):
        _check_count(keys, len(shape), shape)
    # One pass, as arrays are indexed more often than anything else is done to them.
    lengths: list[int] = []
    steps: list[int] = []
    axis = 0
    has_ellipsis = False
    for at, k in enumerate(keys):
        if k is None:
            lengths.append(1)
            steps.append(0)
        elif isinstance(k, slice):
            start, stop, step = _slice_indices(k, shape[axis])
            n = len(range(start, stop, step)) if step != 1 else max(stop - start, 0)
            if n:
                offset += start * strides[axis]
            lengths.append(n)
            steps.append(step * strides[axis])
            axis += 1
        elif k is Ellipsis:
            if has_ellipsis:
                raise IndexingError("[getitem] got more than one ellipsis; expected one at most")
            has_ellipsis = True
            last = len(shape) - sum(x is not None and x is not Ellipsis for x in keys[at + 1 :])
            lengths += shape[axis:last]
            steps += strides[axis:last]
            axis = last
        else:
            offset += _whole_index(k, shape[axis], axis) * strides[axis]
            axis += 1
    return offset, (*lengths, *shape[axis:]), (*steps, *strides[axis:])


def _check_count(keys: tuple[Any, ...], most: int, shape: Shape) -> None:
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > most:
        raise IndexingError(f"[getitem] got {used} indices for shape {shape}; expected at most {most}")


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
    if isinstance(key, (bool, np.bool_)) or not isinstance(key, SupportsIndex):
        raise _wrong(type(key).__name__)
    return operator.index(key)


def _wrong(what: str) -> IndexingError:
    return IndexingError(
        f"[getitem] got a {what} as an index; expected integers, slices, None, an ellipsis, or arrays of integers or bools; cast with astype()"
    )


# --- index arrays ------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Picked:
    """An index array: integers of NumPy, all in range, or of an operand. It chooses along ``axis``: of ``length`` elements, ``stride`` apart."""

    array: Any
    axis: int
    length: int
    stride: int


@light_dataclass(frozen=True)
class Selection:
    """The places that an advanced index names.

    ``lengths`` and ``strides`` are of the axes that slices, None and the ellipsis leave. Index arrays broadcast to ``shape``; its
    axes stand before axis ``at`` of those. ``distinct``: it is known that no place comes twice.
    """

    offset: int
    lengths: Shape
    strides: Shape
    arrays: tuple[Picked, ...]
    shape: Shape
    at: int
    distinct: bool

    @property
    def result(self) -> Shape:
        """The shape of the result."""
        return (*self.lengths[: self.at], *self.shape, *self.lengths[self.at :])

    @property
    def walk(self) -> Shape:
        """How the result's axes advance beside the index arrays: not at all along those of the index arrays."""
        return (*self.strides[: self.at], *(0,) * len(self.shape), *self.strides[self.at :])

    @property
    def trailing(self) -> int:
        """How many axes of the result come after those of the index arrays."""
        return len(self.lengths) - self.at


def is_basic(key: Any) -> bool:
    """Whether ``key`` is of integers, slices, None and an ellipsis alone.

    NumPy's arrays are none of these: also of one without axes the result is a copy, as in NumPy.
    """
    entries: tuple[Any, ...] = key if isinstance(key, tuple) else (key,)
    for k in entries:
        if type(k) in _BASIC:
            continue
        if isinstance(k, (bool, np.bool_, np.ndarray, Operand)) or not isinstance(k, SupportsIndex) or getattr(k, "ndim", False) or getattr(k, "dtype", None) == np.bool_:
            return False
    return True


def with_numbers(key: Any, ndim: int, writes: bool = False) -> Any:
    """``key`` with numbers for the integers that are arrays without axes, of an array of ``ndim`` axes.

    The host reads them where the result is a view, as NumPy's scalars make one. It need not where the key names one element of
    a result of its own, or has index arrays besides.
    """
    keys = key if isinstance(key, tuple) else (key,)
    if not any(map(_is_number, keys)):
        return key
    known = [_known_number(k) if _is_number(k) else k for k in keys]
    rest = [k for k in known if not _is_number(k)]
    lone = not writes and len(known) == ndim and all(isinstance(k, SupportsIndex) for k in rest)
    if not lone and is_basic(tuple(rest)):
        known = [operator.index(k) if _is_number(k) else k for k in known]
    return tuple(known) if isinstance(key, tuple) else known[0]


def _is_number(key: Any) -> bool:
    return isinstance(key, Operand) and not key._node.shape and np.dtype(key._node.dtype).kind in "iu"


def _known_number(key: Operand) -> Any:
    """The number in an array without axes, where no kernel need run for it."""
    node = number_of(key._node)
    return key if node is key._node else int(node.params)


def lone_mask(key: Any, ndim: int) -> Any:
    """The array of bools that is all of ``key`` and chooses among the elements of ``ndim`` axes; None where it is something else."""
    while isinstance(key, tuple) and len(key) == 1:
        (key,) = key
    if isinstance(key, list):
        key = _item(key)
    dtype = getattr(key, "dtype", None)
    return key if dtype == np.bool_ and ndim and len(key.shape) == ndim and isinstance(key, (Operand, np.ndarray)) else None


def selected(place: Place, key: Any, nonzero: Callable[[Any], tuple[Any, ...]]) -> Selection:
    """The places of ``place`` that an advanced index names, by NumPy's rules.

    Masks become index arrays: NumPy's here, others by ``nonzero``. Indices of the host are checked, and those of operands where
    the axis has no elements at all.

    Raises
    ------
    IndexingError
        For too many indices, those of a wrong kind, those out of range, masks of other lengths than the axes, and index arrays that
        do not broadcast together.
    """
    offset, shape, strides = place
    items = _filled_up([_item(k) for k in (key if isinstance(key, tuple) else (key,))], shape)
    walk = _Walk(shape, strides, nonzero)
    for k in items:
        if k is None or isinstance(k, (slice, EllipsisType)):
            walk.along(k, len(shape) - _used(items))
        else:
            walk.pick(k)
    shapes = [tuple(p.array.shape) for p in walk.arrays] + walk.truths
    try:
        together = broadcast("getitem", (), *shapes)
    except ShapeError:
        raise IndexingError(
            f"[getitem] got index arrays of shapes {', '.join(map(str, shapes))}; they do not broadcast together; expected equal lengths or 1"
        ) from None
    for p in walk.arrays if size_of(together) else ():  # NumPy looks at no index where nothing is chosen
        if not isinstance(p.array, Operand):
            check_range("getitem", p.array, p.length, p.axis)
        elif p.length == 0:
            raise IndexingError(f"[getitem] got {size_of(p.array._node.shape)} indices for axis {p.axis} with size 0; expected none")
    distinct = walk.masked == len(walk.arrays) and walk.masks == 1
    return Selection(offset + walk.offset, tuple(walk.lengths), tuple(walk.steps), tuple(walk.arrays), together, walk.at, distinct)


def check_range(name: str, indices: np.ndarray[Any, Any], n: int, axis: int) -> None:
    """Raise an IndexingError for the first of ``indices`` that an axis of ``n`` elements does not have."""
    if indices.size and (indices.min() < -n or indices.max() >= n):
        wrong = indices[(indices < -n) | (indices >= n)].flat[0]
        raise IndexingError(f"[{name}] index {wrong} is out of bounds for axis {axis} with size {n}")


def check_mask(mask: Shape, covered: Shape, axis: int) -> None:
    """Raise an IndexingError for a mask whose lengths are not those of the axes ``covered``, of which the first is number ``axis``.

    An axis of a mask may be empty beside any, as NumPy's and the standard's: the mask chooses nothing.
    """
    k = next((k for k, (n, m) in enumerate(zip(covered, mask, strict=True)) if m not in (n, 0)), None)
    if k is not None:
        raise IndexingError(
            f"[getitem] got a mask of shape {mask} for axes of shape {covered}; axis {axis + k} has size {covered[k]}, "
            f"and the mask {mask[k]} there; expected equal sizes"
        )


class _Walk:
    """The walk of an advanced index along the axes of an array."""

    def __init__(self, shape: Shape, strides: Shape, nonzero: Callable[[Any], tuple[Any, ...]]) -> None:
        self.shape, self.strides, self.nonzero = shape, strides, nonzero
        self.axis = self.offset = self.at = 0
        self.lengths: list[int] = []
        self.steps: list[int] = []
        self.arrays: list[Picked] = []
        self.truths: list[Shape] = []  # of bools without axes: they choose all or nothing
        # Whether something picked yet, and whether something else came after it: then the axes of index arrays go first.
        self.began = self.parted = False
        # Masks, and the index arrays that they became.
        self.masks = self.masked = 0

    def along(self, key: Any, rest: int) -> None:
        """Axes that stay: a slice, None, or the ellipsis, which stands for ``rest`` axes."""
        self.parted = self.began
        if key is None:
            self.lengths.append(1)
            self.steps.append(0)
        elif key is Ellipsis:
            self.lengths += self.shape[self.axis : self.axis + rest]
            self.steps += self.strides[self.axis : self.axis + rest]
            self.axis += rest
        else:
            n, stride = self.shape[self.axis], self.strides[self.axis]
            start, stop, step = _slice_indices(key, n)
            count = len(range(start, stop, step))
            self.offset += start * stride if count else 0
            self.lengths.append(count)
            self.steps.append(step * stride)
            self.axis += 1

    def pick(self, key: Any) -> None:
        """An integer, an index array or a mask."""
        if not self.began:
            self.began, self.at = True, len(self.lengths)
        elif self.parted:
            self.at = 0
        if isinstance(key, int):
            self.offset += _whole_index(key, self.shape[self.axis], self.axis) * self.strides[self.axis]
            self.axis += 1
        elif key.dtype != np.bool_:
            self._index(key)
        elif not key.shape:
            self.truths.append((int(bool(key)),))
        else:
            self._mask(key)

    def _index(self, array: Any) -> None:
        n = self.shape[self.axis]
        if isinstance(array, np.ndarray):
            array = array.astype(np.int64, copy=False)
        self.arrays.append(Picked(array, self.axis, n, self.strides[self.axis]))
        self.axis += 1

    def _mask(self, mask: Any) -> None:
        covered = self.shape[self.axis : self.axis + len(mask.shape)]
        check_mask(tuple(mask.shape), covered, self.axis)
        self.masks, self.masked = self.masks + 1, self.masked + len(mask.shape)
        for array in np.nonzero(mask) if isinstance(mask, np.ndarray) else self.nonzero(mask):
            self._index(array)


def _item(key: Any) -> Any:
    """An entry of an index: a slice, None, an ellipsis, an integer, or an array of integers or bools, of NumPy or an operand."""
    if type(key) in _BASIC:
        return key
    if isinstance(key, Operand):
        return _of_whole_numbers(key, np.dtype(key._node.dtype))
    if isinstance(key, (bool, np.bool_)):
        return np.asarray(key)
    if not isinstance(key, np.ndarray):
        if isinstance(key, SupportsIndex) and not getattr(key, "ndim", 0):
            return operator.index(key)
        if isinstance(key, (str, bytes)) or not (isinstance(key, Sequence) or hasattr(key, "__array__")):
            raise _wrong(type(key).__name__)
        key = _host_indices(key)
    array = _of_whole_numbers(key, key.dtype)
    return array if array.shape or array.dtype == np.bool_ else int(array)


def _host_indices(data: Any) -> np.ndarray[Any, Any]:
    """A sequence of indices as an array; one without elements has no kind of its own."""
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ArgumentError(f"[getitem] got an index that forms no array: {error}; expected nested sequences of equal lengths") from None
    return array if array.size or not isinstance(data, (list, tuple)) else array.astype(np.int64)


def _of_whole_numbers(array: Any, dtype: np.dtype[Any]) -> Any:
    if dtype.kind not in "biu":
        raise _wrong(f"{dtype} array")
    return array


def _used(items: list[Any]) -> int:
    """How many axes the entries of an index stand for, the ellipsis left out."""
    return sum(len(k.shape) if getattr(k, "dtype", None) == np.bool_ else k is not None and k is not Ellipsis for k in items)


def _filled_up(items: list[Any], shape: Shape) -> list[Any]:
    """The entries of an index with an ellipsis, where none is there."""
    count = sum(isinstance(k, EllipsisType) for k in items)
    if count > 1:
        raise IndexingError("[getitem] got more than one ellipsis; expected one at most")
    if _used(items) > len(shape):
        raise IndexingError(f"[getitem] got {_used(items)} indices for shape {shape}; expected at most {len(shape)}")
    return items if count else [*items, Ellipsis]


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
