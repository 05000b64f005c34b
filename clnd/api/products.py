"""Products: of matrices, over axes, of vectors."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from clnd.graph.node import Operand, of_both
from clnd.ops.products import dot_node, matmul_node, outer_node, tensordot_node, vecdot_node

__all__ = ["dot", "matmul", "outer", "tensordot", "vecdot"]

A = TypeVar("A", bound=Operand)


@overload
def matmul(x1: A, x2: Any, /) -> A: ...
@overload
def matmul(x1: Any, x2: A, /) -> A: ...
def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product, over leading axes as batches that broadcast.

    Parameters
    ----------
    x1 : array of shape (..., M, K) or (K,)
    x2 : array of shape (..., K, N) or (K,)

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
    return of_both("matmul", matmul_node, x1, x2)


@overload
def dot(x1: A, x2: Any, /) -> A: ...
@overload
def dot(x1: Any, x2: A, /) -> A: ...
def dot(x1: Any, x2: Any, /) -> Any:
    """The sum of products over the last axis of ``x1`` and the second to last of ``x2``, as NumPy's dot."""
    return of_both("dot", dot_node, x1, x2)


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
def outer(x1: A, x2: Any, /) -> A: ...
@overload
def outer(x1: Any, x2: A, /) -> A: ...
def outer(x1: Any, x2: Any, /) -> Any:
    """Every element of one vector times every element of another.

    Parameters
    ----------
    x1 : array of shape (M,)
    x2 : array of shape (N,)

    Returns
    -------
    array
        Of shape (M, N), element (i, j) is ``x1[i] * x2[j]``; an elementwise operation, which fuses as others do.

    Raises
    ------
    ShapeError
        Where one of them is not a vector; the message shows both shapes.

    Examples
    --------
    >>> import clnd
    >>> clnd.outer(clnd.asarray([1, 2]), clnd.asarray([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    return of_both("outer", outer_node, x1, x2)
