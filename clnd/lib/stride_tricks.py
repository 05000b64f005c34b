"""Views by strides: sliding windows, and any other that stays within an array's memory."""

from __future__ import annotations

import operator
from typing import Any, TypeVar

from clnd.api.manipulation import broadcast_arrays, broadcast_shapes, broadcast_to
from clnd.arrays import Array
from clnd.errors import ArgumentError, IndexingError, ShapeError
from clnd.graph.node import as_operand
from clnd.shapes import as_shape, may_overlap, normalize_axis, several, size_of

__all__ = ["as_strided", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "sliding_window_view"]

V = TypeVar("V", bound=Array)


def sliding_window_view(x: V, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False) -> V:
    """A read-only view of every window of ``window_shape``, whose axes come last. It takes no memory.

    Parameters
    ----------
    x : array
    window_shape : int or tuple of int
        The length along each of ``axis``.
    axis : int or tuple of int, optional
        All axes where None. One may be named twice.
    subok : bool
        Accepted.
    writeable : bool
        False: windows share memory.

    Raises
    ------
    ShapeError
        Where a window is longer than the array, or there are not as many lengths as axes.
    ArgumentError
        For ``writeable=True``.

    Examples
    --------
    >>> import clnd
    >>> clnd.lib.stride_tricks.sliding_window_view(clnd.arange(4), 3).tolist()
    [[0, 1, 2], [1, 2, 3]]
    """
    x = as_operand("sliding_window_view", x)
    if writeable:
        raise ArgumentError("[sliding_window_view] got writeable=True; expected False, as windows share memory; assign to a .copy()")
    lengths = as_shape("sliding_window_view", window_shape)
    axes = tuple(range(x.ndim)) if axis is None else tuple(normalize_axis("sliding_window_view", a, x.ndim) for a in several(axis) or (axis,))
    if len(lengths) != len(axes):
        raise ShapeError(f"[sliding_window_view] got window shape {lengths} for axes {axes}; expected one length for each")
    offset, shape, strides = x._layout()
    left = list(shape)
    for a, n in zip(axes, lengths, strict=True):
        left[a] -= n - 1
        if n and left[a] <= 0:
            raise ShapeError(f"[sliding_window_view] got window shape {lengths} along axes {axes} of shape {shape}; expected windows no longer than the array")
    return x._read_only_view(offset, (*left, *lengths), (*strides, *(strides[a] for a in axes)))


def as_strided(x: V, shape: Any = None, strides: Any = None, subok: bool = False, writeable: bool = True) -> V:
    """A view of the memory of ``x`` by any shape and strides that stay within it.

    It is read-only where elements of it share memory, or could: where a stride is shorter than what the smaller strides span.

    Parameters
    ----------
    x : array
    shape : tuple of int, optional
        That of ``x`` where None.
    strides : tuple of int, optional
        In bytes, from the first element of ``x`` on; those of ``x`` where None.
    subok : bool
        Accepted.
    writeable : bool
        False for a read-only view.

    Raises
    ------
    ArgumentError
        For strides that are not whole elements.
    ShapeError
        Where there are not as many strides as lengths.
    IndexingError
        Where the view would leave the memory of the array that ``x`` is, or is a view of. NumPy does not look.
    """
    x = as_operand("as_strided", x)
    offset, old, steps = x._layout()
    lengths = old if shape is None else as_shape("as_strided", shape)
    if strides is not None:
        given = tuple(map(operator.index, strides))
        if any(s % x.itemsize for s in given):
            raise ArgumentError(f"[as_strided] got strides {given} for elements of {x.itemsize} bytes; expected multiples of that")
        steps = tuple(s // x.itemsize for s in given)
    if len(lengths) != len(steps):
        raise ShapeError(f"[as_strided] got shape {lengths} and {len(steps)} strides; expected one for each axis")
    if size_of(lengths):
        spans = [(n - 1) * s for n, s in zip(lengths, steps, strict=True)]
        first, last = offset + sum(min(s, 0) for s in spans), offset + sum(max(s, 0) for s in spans)
        memory = size_of(x._store.node.shape)
        if first < 0 or last >= memory:
            raise IndexingError(f"[as_strided] got shape {lengths} and strides {steps} in elements, which reach from element {first} to {last} of {memory}; expected them within")
    view = x._view if writeable and not may_overlap(lengths, steps) else x._read_only_view
    return view(offset, lengths, steps)
