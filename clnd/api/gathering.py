"""Reading by index arrays: `take` and its kin."""

from __future__ import annotations

from typing import Any, TypeVar

from clnd import picking
from clnd.arrays import Array

__all__ = ["choose", "take", "take_along_axis"]

A = TypeVar("A", bound=Array)


def take(x: A, /, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> A:
    """The elements of ``x`` at ``indices`` along ``axis``, as ``x[:, indices]`` has those along axis 1; lazy.

    Parameters
    ----------
    x : array
        Any dtype.
    indices : array of integers, nested lists, or an integer
        Of any shape, which stands in the place of ``axis`` in the result.
    axis : int, optional
        None for the array in one dimension.
    out : array, optional
        The array that gets the result.
    mode : str
        What an index out of range means: "raise" an error, negative ones counting from the end; "wrap" modulo the length; "clip" the
        nearest in range, the first for negative ones.

    Returns
    -------
    array
        Of shape ``x.shape[:axis] + indices.shape + x.shape[axis + 1:]``, of the dtype of ``x``.

    Raises
    ------
    IndexingError
        For an index out of range: at the call where the host knows ``indices``, else where the result is read; and for indices
        along an axis without elements.
    DTypeError
        For indices that are no integers.
    ArgumentError
        For an axis that ``x`` does not have, and another mode.

    Examples
    --------
    >>> import clnd
    >>> clnd.take(clnd.asarray([10, 20, 30]), clnd.asarray([2, 0, 2]), axis=0).asnumpy()
    array([30, 10, 30])
    """
    result: A = picking.taken(x, indices, axis, out, mode)
    return result


def take_along_axis(x: A, /, indices: Any, axis: Any = -1) -> A:
    """For each place of ``indices`` the element of ``x`` that it names along ``axis``; lazy.

    What `argsort` and the like give with ``keepdims`` is such an index.

    Parameters
    ----------
    x : array
        Any dtype.
    indices : array of integers
        Of as many dimensions as ``x``; the axes but ``axis`` broadcast. Negative ones count from the end.
    axis : int, optional
        None for the array in one dimension.

    Returns
    -------
    array
        Of the dtype of ``x`` and the length of ``indices`` along ``axis``.

    Raises
    ------
    IndexingError
        For an index out of range: at the call where the host knows ``indices``, else where the result is read.
    DTypeError
        For indices that are no integers.
    ShapeError
        For another number of dimensions, and axes that do not broadcast.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([[3, 1, 2], [5, 9, 7]])
    >>> clnd.take_along_axis(x, clnd.argmax(x, axis=1, keepdims=True), axis=1).asnumpy()
    array([[3],
           [9]])
    """
    result: A = picking.taken_along(x, indices, axis)
    return result


def choose(a: A, choices: Any, out: Any = None, mode: Any = "raise") -> A:
    """For each place the element there of ``choices[k]``, where k is the element of ``a``; lazy.

    Parameters
    ----------
    a : array of integers
        Numbers of choices.
    choices : sequence of arrays and numbers, or an array
        All broadcast with ``a``; of an array the first axis numbers the choices.
    out : array, optional
        The array that gets the result.
    mode : str
        What a number out of range means: "raise" an error, "wrap" modulo how many choices there are, "clip" the nearest in range.

    Raises
    ------
    ArgumentError
        For a number out of range, where the result is read; for no choices at all, and another mode.
    DTypeError
        For numbers of choices that are no integers.
    ShapeError
        Where the shapes do not broadcast.

    Examples
    --------
    >>> import clnd
    >>> clnd.choose(clnd.asarray([1, 0, 1]), [10, clnd.asarray([1, 2, 3])]).asnumpy()
    array([ 1, 10,  3])
    """
    result: A = picking.chosen(a, choices, out, mode)
    return result
