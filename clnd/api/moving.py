"""Functions that repeat, move and pad: index arithmetic, which fuses into the kernels that use the result, and views."""

from __future__ import annotations

import operator
from typing import Any, TypeVar

import numpy as np

from clnd.arrays import Array
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import as_operand
from clnd.ops.moves import repeated, resize_node, roll_node, tile_node
from clnd.padding import padded
from clnd.shapes import as_shape, axes_in_order

__all__ = ["fliplr", "flipud", "pad", "repeat", "resize", "roll", "rot90", "tile", "trim_zeros"]

A = TypeVar("A", bound=Array)

_ONE = slice(None)


def repeat(x: A, /, repeats: Any, axis: int | None = None) -> A:
    """Each element of ``x`` several times in a row.

    Parameters
    ----------
    repeats : int or array of int
        How often; one number for all, or one for each along the axis. An array on a device is read by the host, for the length of the result.
    axis : int or None
        None flattens the array first.

    Raises
    ------
    ArgumentError
        For a negative number, and numbers that are not integers.
    ShapeError
        If there are neither one nor as many numbers as the axis has elements.

    Examples
    --------
    >>> import clnd
    >>> clnd.repeat(clnd.asarray([1, 2]), 3).tolist()
    [1, 1, 1, 2, 2, 2]
    """
    result: A = repeated(as_operand("repeat", x), repeats, axis)
    return result


def tile(x: A, /, reps: Any) -> A:
    """``x`` as a whole several times along each axis; missing axes, of either, are in front.

    Raises
    ------
    ArgumentError
        For a negative number.

    Examples
    --------
    >>> import clnd
    >>> clnd.tile(clnd.asarray([1, 2]), (2, 2)).tolist()
    [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
    x = as_operand("tile", x)
    return x._like(tile_node(x._node, as_shape("tile", reps)))


def roll(x: A, /, shift: Any, axis: Any = None) -> A:
    """The elements of ``x`` moved on along an axis; those that leave at its end come in at its beginning.

    A sum of rolled arrays is one kernel.

    Parameters
    ----------
    shift : int or tuple of int
        How far; negative numbers move back. One number serves several axes.
    axis : int, tuple of int or None
        None rolls the array as if it were flat.

    Raises
    ------
    ArgumentError
        If there are more shifts than axes, or an axis is not there.

    Examples
    --------
    >>> import clnd
    >>> clnd.roll(clnd.arange(5), 2).tolist()
    [3, 4, 0, 1, 2]
    """
    x = as_operand("roll", x)
    return x._like(roll_node(x._node, shift, axis))


def resize(a: A, new_shape: Any) -> A:
    """The elements of ``a`` in another shape, again from the beginning where it needs more; a copy."""
    a = as_operand("resize", a)
    return a._like(resize_node(a._node, as_shape("resize", new_shape)))


def flipud(m: A) -> A:
    """A view with the rows in reverse order."""
    m = as_operand("flipud", m)
    if m.ndim < 1:
        raise ShapeError(f"[flipud] got shape {m.shape}; expected at least one dimension")
    return m[::-1]


def fliplr(m: A) -> A:
    """A view with the columns in reverse order."""
    m = as_operand("fliplr", m)
    if m.ndim < 2:
        raise ShapeError(f"[fliplr] got shape {m.shape}; expected at least two dimensions")
    return m[:, ::-1]


def rot90(m: A, k: int = 1, axes: Any = (0, 1)) -> A:
    """A view turned by ``k`` quarters in the plane of two axes, from the first towards the second.

    Raises
    ------
    ArgumentError
        If there are not two different axes.
    """
    m = as_operand("rot90", m)
    plane = axes_in_order("rot90", axes, m.ndim)
    if len(plane) != 2:
        raise ArgumentError(f"[rot90] got axes {axes}; expected two")
    (a, b), k = plane, operator.index(k)
    turned = m.swapaxes(a, b) if k % 2 else m
    flipped = {0: (), 1: (a,), 2: (a, b), 3: (b,)}[k % 4]
    return turned[tuple(slice(None, None, -1) if n in flipped else _ONE for n in range(m.ndim))]


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """``filt`` without the zeros at the ends of its axes; a view. The host reads where they end.

    Parameters
    ----------
    trim : str
        "f" trims the front, "b" the back, "fb" both.
    axis : int, several or None
        None trims every axis.
    """
    if any(c not in "fb" for c in trim.lower()) or not trim:
        raise ArgumentError(f"[trim_zeros] got trim {trim!r}; expected 'f', 'b' or 'fb'")
    x = as_operand("trim_zeros", filt)
    key = [_ONE] * x.ndim
    for a in range(x.ndim) if axis is None else axes_in_order("trim_zeros", axis, x.ndim):
        found = (x != 0).any(axis=tuple(k for k in range(x.ndim) if k != a)).asnumpy()
        filled = np.flatnonzero(found)
        first, last = (int(filled[0]), int(filled[-1]) + 1) if filled.size else (x.shape[a], x.shape[a])
        if filled.size == 0 and "f" not in trim.lower():
            first = last = 0
        key[a] = slice(first if "f" in trim.lower() else 0, last if "b" in trim.lower() else None)
    return x[tuple(key)]


def pad(array: A, pad_width: Any, mode: str = "constant", **kwargs: Any) -> A:
    """``array`` with elements around it.

    Constants and elements that repeat are read where the result is used: they fuse. Other modes join pieces, an axis at a time.

    Parameters
    ----------
    pad_width : int, pair, sequence of pairs, or dict of them by axis
        How many elements before and after each axis; one number or pair serves all axes.
    mode : str
        "constant" (``constant_values``, 0 by default), "edge", "reflect", "symmetric", "wrap", "empty" (zeros), "linear_ramp" (to
        ``end_values``), "maximum", "mean" or "minimum" (of ``stat_length`` elements at the end, of all by default), as in NumPy.
    constant_values, end_values, stat_length
        A number, a pair, or a pair for each axis.
    reflect_type : "even"
        NumPy's "odd" is refused.

    Raises
    ------
    ArgumentError
        For another mode, an argument that the mode does not have, negative widths, and an axis without elements to repeat.

    Examples
    --------
    >>> import clnd
    >>> clnd.pad(clnd.asarray([1, 2, 3]), (2, 1), mode="reflect").tolist()
    [3, 2, 1, 2, 3, 2]
    """
    result: A = padded(as_operand("pad", array), pad_width, mode, kwargs)
    return result
