"""Products: of matrices, over axes, of vectors."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from clnd.arrays import Array
from clnd.graph.node import Operand, as_operand, of_both
from clnd.ops.linear import cross_node, inner_node, kron_node, trace_node, vdot_node
from clnd.ops.products import dot_node, matmul_node, matvec_node, outer_node, tensordot_node, vecdot_node, vecmat_node
from clnd.ops.views import flat_node
from clnd.reducing import deliver

__all__ = ["cross", "diagonal", "dot", "inner", "kron", "matmul", "matvec", "outer", "tensordot", "trace", "vdot", "vecdot", "vecmat"]

A = TypeVar("A", bound=Operand)
V = TypeVar("V", bound=Array)


@overload
def matmul(x1: A, x2: Any, /, out: Any = ...) -> A: ...
@overload
def matmul(x1: Any, x2: A, /, out: Any = ...) -> A: ...
def matmul(x1: Any, x2: Any, /, out: Any = None) -> Any:
    """The matrix product, over leading axes as batches that broadcast.

    Parameters
    ----------
    x1 : array of shape (..., M, K) or (K,)
    x2 : array of shape (..., K, N) or (K,)
    out : array, optional
        What gets the result.

    Returns
    -------
    array
        Of shape (..., M, N), without the axis that a vector lacks. float16 is accumulated in
        float32; integers wrap.

    Raises
    ------
    ShapeError
        Where K differs or the batches do not broadcast; the message shows both shapes.
    """
    return deliver("matmul", out, of_both("matmul", matmul_node, x1, x2))


@overload
def dot(x1: A, x2: Any, /, out: Any = ...) -> A: ...
@overload
def dot(x1: Any, x2: A, /, out: Any = ...) -> A: ...
def dot(x1: Any, x2: Any, /, out: Any = None) -> Any:
    """The sum of products over the last axis of ``x1`` and the second to last of ``x2``, as NumPy's dot; the product with a number."""
    return deliver("dot", out, of_both("dot", dot_node, x1, x2))


@overload
def tensordot(x1: A, x2: Any, /, axes: Any = ...) -> A: ...
@overload
def tensordot(x1: Any, x2: A, /, axes: Any = ...) -> A: ...
def tensordot(x1: Any, x2: Any, /, axes: Any = 2) -> Any:
    """The sum of products over several axes.

    Parameters
    ----------
    x1, x2 : array
    axes : int or (sequence of int, sequence of int)
        How many of the last axes of ``x1`` and the first of ``x2``, or which axes of each.
    """
    return of_both("tensordot", lambda a, b: tensordot_node(a, b, axes), x1, x2)


@overload
def vecdot(x1: A, x2: Any, /, *, axis: int = ...) -> A: ...
@overload
def vecdot(x1: Any, x2: A, /, *, axis: int = ...) -> A: ...
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum of products along one axis; complex ``x1`` is conjugated.

    Parameters
    ----------
    x1, x2 : array
        The other axes broadcast.
    axis : int
        The axis summed over, counted from the end: -1 or below, as the standard has it. A number from 0 on is allowed
        where both have as many axes.

    Returns
    -------
    array
        Without that axis. Sums are in the order of reductions, with fma.

    Raises
    ------
    ShapeError
        Where the lengths along the axis differ or the other axes do not broadcast; the message shows both shapes.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.vecdot(clnd.asarray([1.0, 2.0]), clnd.asarray([3.0, 4.0])))
    11.0
    """
    return of_both("vecdot", lambda a, b: vecdot_node(a, b, axis), x1, x2)


@overload
def matvec(x1: A, x2: Any, /) -> A: ...
@overload
def matvec(x1: Any, x2: A, /) -> A: ...
def matvec(x1: Any, x2: Any, /) -> Any:
    """The product of matrices and vectors, over leading axes that broadcast.

    Parameters
    ----------
    x1 : array of shape (..., M, K)
    x2 : array of shape (..., K)

    Returns
    -------
    array
        Of shape (..., M).

    Raises
    ------
    ShapeError
        Where K differs or the leading axes do not broadcast; the message shows both shapes.
    """
    return of_both("matvec", matvec_node, x1, x2)


@overload
def vecmat(x1: A, x2: Any, /) -> A: ...
@overload
def vecmat(x1: Any, x2: A, /) -> A: ...
def vecmat(x1: Any, x2: Any, /) -> Any:
    """The product of vectors, conjugated where complex, and matrices, over leading axes that broadcast.

    Parameters
    ----------
    x1 : array of shape (..., K)
    x2 : array of shape (..., K, N)

    Returns
    -------
    array
        Of shape (..., N).

    Raises
    ------
    ShapeError
        Where K differs or the leading axes do not broadcast; the message shows both shapes.
    """
    return of_both("vecmat", vecmat_node, x1, x2)


@overload
def outer(x1: A, x2: Any, /, out: Any = ...) -> A: ...
@overload
def outer(x1: Any, x2: A, /, out: Any = ...) -> A: ...
def outer(x1: Any, x2: Any, /, out: Any = None) -> Any:
    """Every element of one array times every element of another, as NumPy's outer: both are taken in one dimension.

    Parameters
    ----------
    x1 : array of M elements
    x2 : array of N elements
    out : array of shape (M, N), optional

    Returns
    -------
    array
        Of shape (M, N), element (i, j) is ``x1[i] * x2[j]``; an elementwise operation, which fuses as others do.

    Examples
    --------
    >>> import clnd
    >>> clnd.outer(clnd.asarray([1, 2]), clnd.asarray([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    return deliver("outer", out, of_both("outer", lambda a, b: outer_node(flat_node(a), flat_node(b)), x1, x2))


@overload
def inner(a: A, b: Any, /) -> A: ...
@overload
def inner(a: Any, b: A, /) -> A: ...
def inner(a: Any, b: Any, /) -> Any:
    """The sum of products over the last axis of both; the product where one has no axis.

    Raises
    ------
    ShapeError
        Where the last axes differ in length.

    Examples
    --------
    >>> import clnd
    >>> clnd.inner(clnd.asarray([[1, 2], [3, 4]]), clnd.asarray([1, 1])).tolist()
    [3, 7]
    """
    return of_both("inner", inner_node, a, b)


@overload
def vdot(a: A, b: Any, /) -> A: ...
@overload
def vdot(a: Any, b: A, /) -> A: ...
def vdot(a: Any, b: Any, /) -> Any:
    """The sum of products of all elements of two arrays, in row-major order; complex ``a`` is conjugated.

    Raises
    ------
    ShapeError
        Where they have not as many elements.
    """
    return of_both("vdot", vdot_node, a, b)


@overload
def kron(a: A, b: Any) -> A: ...
@overload
def kron(a: Any, b: A) -> A: ...
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: each element of ``a`` times all of ``b``, in blocks. Missing axes come first.

    Examples
    --------
    >>> import clnd
    >>> clnd.kron(clnd.asarray([1, 10]), clnd.asarray([1, 2, 3])).tolist()
    [1, 2, 3, 10, 20, 30]
    """
    return of_both("kron", kron_node, a, b)


@overload
def cross(a: A, b: Any, axisa: int = ..., axisb: int = ..., axisc: int = ..., axis: int | None = ...) -> A: ...
@overload
def cross(a: Any, b: A, axisa: int = ..., axisb: int = ..., axisc: int = ..., axis: int | None = ...) -> A: ...
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The cross product of vectors of length 3; one of length 2 has 0 as its third part, of two only the third part is left.

    Parameters
    ----------
    a, b : array
        The other axes broadcast.
    axisa, axisb, axisc : int
        The axis of the vectors in ``a``, in ``b`` and in the result.
    axis : int, optional
        All three of them.

    Raises
    ------
    ShapeError
        Where vectors have another length, or the other axes do not broadcast.

    Examples
    --------
    >>> import clnd
    >>> clnd.cross(clnd.asarray([1, 0, 0]), clnd.asarray([0, 1, 0])).tolist()
    [0, 0, 1]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    return of_both("cross", lambda x, y: cross_node(x, y, axisa, axisb, axisc), a, b)


def diagonal(a: V, offset: int = 0, axis1: int = 0, axis2: int = 1) -> V:
    """A view of a diagonal of two axes, which becomes the last axis. It can be written to, where NumPy's cannot.

    Parameters
    ----------
    a : array of two dimensions or more
    offset : int
        Above the main diagonal, or below it where negative.
    axis1, axis2 : int
        The axes of rows and columns.

    Raises
    ------
    ShapeError
        Where there are fewer than two dimensions.
    ArgumentError
        Where the axes are one, or not there.

    Examples
    --------
    >>> import clnd
    >>> clnd.diagonal(clnd.asarray([[1, 2], [3, 4]])).tolist()
    [1, 4]
    """
    a = as_operand("diagonal", a)
    return a.diagonal(offset, axis1, axis2)


def trace(a: A, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> A:
    """The sum along a diagonal of two axes; other arguments as of `diagonal`.

    Parameters
    ----------
    dtype : dtype, optional
        The result's, as of `sum`: that of ``a``, int64 or uint64 of smaller integers.
    out : array, optional
        Gets the result.

    Examples
    --------
    >>> import clnd
    >>> int(clnd.trace(clnd.asarray([[1, 2], [3, 4]])))
    5
    """
    a = as_operand("trace", a)
    result: A = deliver("trace", out, a._like(trace_node(a._node, offset, axis1, axis2, dtype)))
    return result
