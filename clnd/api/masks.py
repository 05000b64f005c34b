"""Masks and scattered writes: `nonzero`, `put` and their kin."""

from __future__ import annotations

from typing import Any, TypeVar

from clnd import placing
from clnd.arrays import Array

__all__ = [
    "argwhere", "compress", "copyto", "extract", "fill_diagonal", "flatnonzero", "nonzero", "place", "put", "put_along_axis", "putmask",
]  # fmt: skip

A = TypeVar("A", bound=Array)


def nonzero(x: A, /) -> tuple[A, ...]:
    """Where elements are not 0, as an int64 index array for each axis, in row-major order: ``x[nonzero(x)]`` are those elements.

    NaN is not 0. The host waits for their count, as no array has an unknown shape.

    Raises
    ------
    NoAxisError
        For an array without dimensions.

    Examples
    --------
    >>> import clnd
    >>> rows, columns = clnd.nonzero(clnd.asarray([[3, 0], [0, 4]]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1], [0, 1])
    """
    return placing.nonzero(x)


def flatnonzero(x: A, /) -> A:
    """The places in row-major order where elements are not 0, int64 in one dimension.

    Examples
    --------
    >>> import clnd
    >>> clnd.flatnonzero(clnd.asarray([[3, 0], [0, 4]])).tolist()
    [0, 3]
    """
    result: A = placing.flat_nonzero(x)
    return result


def argwhere(x: A, /) -> A:
    """The index of each element that is not 0, one a row, as int64: shape (count, x.ndim).

    Examples
    --------
    >>> import clnd
    >>> clnd.argwhere(clnd.asarray([[3, 0], [0, 4]])).tolist()
    [[0, 0], [1, 1]]
    """
    result: A = placing.argwhere(x)
    return result


def extract(condition: Any, x: A, /) -> A:
    """The elements of ``x``, row-major in one dimension, where ``condition`` is not 0; both are taken in one dimension.

    Raises
    ------
    IndexingError
        Where ``condition`` is true beyond the elements of ``x``.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([1, 2, 3, 4])
    >>> clnd.extract(x % 2 == 0, x).tolist()
    [2, 4]
    """
    result: A = placing.extracted(condition, x)
    return result


def compress(condition: Any, x: A, /, axis: Any = None, out: Any = None) -> A:
    """The slices of ``x`` along ``axis`` where ``condition`` is not 0; of the flattened array where ``axis`` is None.

    Parameters
    ----------
    condition : array or sequence
        One dimension. What it is shorter than the axis is left out.
    x : array
    axis : int, optional
    out : array, optional
        The array that gets the result.

    Raises
    ------
    ShapeError
        For a condition of more dimensions or none.
    IndexingError
        Where it is true beyond the axis.

    Examples
    --------
    >>> import clnd
    >>> clnd.compress([0, 1], clnd.asarray([[1, 2], [3, 4]]), axis=0).tolist()
    [[3, 4]]
    """
    result: A = placing.compressed(condition, x, axis, out)
    return result


def put(x: Array, /, ind: Any, v: Any, mode: Any = "raise") -> None:
    """Set elements of ``x``, numbered in row-major order, in place: ``x.flat[ind] = v``.

    Parameters
    ----------
    x : array
    ind : array of integers, nested lists, or an integer
        Taken in one dimension. Of several values for one element the last one stays.
    v : array, nested lists or a number
        Cast to the dtype of ``x``. Where they are fewer than the indices they are used again from the first on.
    mode : str
        What an index out of range means: "raise" an error, negative ones counting from the end; "wrap" modulo the size; "clip" the
        nearest in range, the first for negative ones.

    Raises
    ------
    IndexingError
        For an index out of range: at the call where the host knows the indices. Where only the device does, such an element is passed over, and
        the next read of ``x`` raises, once.
    DTypeError
        For indices that are no integers.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.zeros(4)
    >>> clnd.put(x, [0, -1], [7, 8])
    >>> x.tolist()
    [7.0, 0.0, 0.0, 8.0]
    """
    placing.put(x, ind, v, mode)


def put_along_axis(x: Array, /, indices: Any, values: Any, axis: Any) -> None:
    """Set, for each place of ``indices``, the element of ``x`` that it names along ``axis``, in place.

    Parameters
    ----------
    x : array
    indices : array of integers
        As many dimensions as ``x``; lengths are equal, or 1, but along ``axis``.
    values : array or a number
        Broadcast to the places, and cast to the dtype of ``x``.
    axis : int, optional
        None for the array in one dimension.

    Raises
    ------
    ShapeError
        For shapes that do not fit.
    IndexingError, DTypeError
        As `put`.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([[10, 30, 20], [60, 40, 50]])
    >>> clnd.put_along_axis(x, clnd.argmax(x, axis=1, keepdims=True), 99, axis=1)
    >>> x.tolist()
    [[10, 99, 20], [99, 40, 50]]
    """
    placing.put_along(x, indices, values, axis)


def place(x: Array, /, mask: Any, vals: Any) -> None:
    """Set the elements of ``x`` where ``mask`` is not 0, in place: the first one to the first of ``vals``, and so on, which are used again from the first on.

    Raises
    ------
    ShapeError
        For a mask of another size.
    ArgumentError
        Where there are no values, and the mask is true somewhere.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([1, 2, 3, 4, 5])
    >>> clnd.place(x, x > 2, [44, 55])
    >>> x.tolist()
    [1, 2, 44, 55, 44]
    """
    placing.placed(x, mask, vals)


def putmask(x: Array, /, mask: Any, values: Any) -> None:
    """Set the elements of ``x`` where ``mask`` is not 0, in place: element i to value i modulo their number. The host does not wait.

    Raises
    ------
    ShapeError
        For a mask of another size.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.arange(5)
    >>> clnd.putmask(x, x > 1, [-33, -44])
    >>> x.tolist()
    [0, 1, -33, -44, -33]
    """
    placing.masked_put(x, mask, values)


def copyto(dst: Any, src: Any, /, casting: str = "same_kind", where: Any = True) -> None:
    """Copy ``src``, which broadcasts to ``dst``, into it where ``where`` is true. Each may be of NumPy too.

    Raises
    ------
    DTypeError
        Where ``casting`` forbids the cast, and for a ``where`` that is not of bools.
    ShapeError
        For shapes that do not broadcast to that of ``dst``.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.zeros(3)
    >>> clnd.copyto(x, [1.0, 2.0, 3.0], where=[True, False, True])
    >>> x.tolist()
    [1.0, 0.0, 3.0]
    """
    placing.copied_to(dst, src, casting, where)


def fill_diagonal(x: Array, /, val: Any, wrap: bool = False) -> None:
    """Set the main diagonal of ``x``, of two dimensions or of more of one length, in place.

    Parameters
    ----------
    x : array
    val : number or array
        Taken in one dimension, and used again from the first on.
    wrap : bool
        In a matrix of more rows than columns, begin anew after a row that is left out.

    Raises
    ------
    ShapeError
        For fewer than two dimensions, and for more of several lengths.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.zeros((2, 2))
    >>> clnd.fill_diagonal(x, 5)
    >>> x.tolist()
    [[5.0, 0.0], [0.0, 5.0]]
    """
    placing.filled_diagonal(x, val, wrap)
