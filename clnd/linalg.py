"""Linear algebra of the array API standard and NumPy's: what needs no factorisation. Decompositions and solvers are not there yet."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeVar, overload

from clnd.api.manipulation import matrix_transpose
from clnd.api.operands import taken
from clnd.api.products import matmul, tensordot, vecdot
from clnd.arrays import Array
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node, Operand, as_operand, of_both
from clnd.ops.linear import cross_node, matrix_norm_node, matrix_power_node, trace_node, vector_norm_node
from clnd.ops.products import outer_node
from clnd.reducing import deliver
from clnd.shapes import axes_in_order, normalize_axis

__all__ = [
    "cross", "diagonal", "matmul", "matrix_norm", "matrix_power", "matrix_transpose", "multi_dot", "norm", "outer", "tensordot", "trace", "vecdot",
    "vector_norm",
]  # fmt: skip

A = TypeVar("A", bound=Operand)
V = TypeVar("V", bound=Array)


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)


@overload
def cross(x1: A, x2: Any, /, *, axis: int = ...) -> A: ...
@overload
def cross(x1: Any, x2: A, /, *, axis: int = ...) -> A: ...
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product of vectors of length 3 along ``axis``; the other axes broadcast.

    Raises
    ------
    ShapeError
        Where vectors have another length.

    Examples
    --------
    >>> import clnd
    >>> clnd.linalg.cross(clnd.asarray([1, 0, 0]), clnd.asarray([0, 1, 0])).tolist()
    [0, 0, 1]
    """

    def node(a: Node, b: Node) -> Node:
        for x in (a, b):
            if not x.shape or x.shape[normalize_axis("cross", axis, len(x.shape))] != 3:
                raise ShapeError(f"[cross] got shapes {a.shape} and {b.shape} with axis={axis}; expected length 3 along it")
        return cross_node(a, b, axis, axis, axis)

    return of_both("cross", node, x1, x2)


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

    Raises
    ------
    ShapeError
        Where one of them is not a vector; `clnd.outer` takes any shape.
    """
    return of_both("outer", outer_node, x1, x2)


def diagonal(x: V, /, *, offset: int = 0) -> V:
    """A view of diagonal ``offset`` of the last two axes, which becomes the last axis."""
    x = as_operand("diagonal", x)
    return x.diagonal(offset, -2, -1)


def trace(x: A, /, *, offset: int = 0, dtype: Any = None) -> A:
    """The sum along diagonal ``offset`` of the last two axes; small integers are summed as int64, as in `sum`."""
    x = as_operand("trace", x)
    result: A = x._like(trace_node(x._node, offset, -2, -1, dtype))
    return result


def matrix_power(a: A, n: int, /) -> A:
    """The ``n``-th power of square matrices, by products of squares.

    Parameters
    ----------
    a : array of shape (..., M, M)
    n : int
        0 gives the identity.

    Raises
    ------
    ShapeError
        Where the matrices are not square.
    ArgumentError
        Where ``n`` is negative: that needs an inverse, which clnd does not have yet.

    Examples
    --------
    >>> import clnd
    >>> clnd.linalg.matrix_power(clnd.asarray([[1, 1], [0, 1]]), 5).tolist()
    [[1, 5], [0, 1]]
    """
    a = as_operand("matrix_power", a)
    result: A = a._like(matrix_power_node(a._node, n))
    return result


def vector_norm(x: A, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> A:
    """The norm of the elements over ``axis``, one axis or several, taken as one vector each; of all where None.

    Parameters
    ----------
    x : array
        Integers count as floats.
    ord : number, inf or -inf
        2: the square root of the canonical sum of squares, which overflows where a square does, as NumPy's. 1: the sum of
        sizes. inf and -inf: the largest and the smallest size. 0: how many are not 0. Else sum(abs(x) ** ord) ** (1 / ord).

    Raises
    ------
    ArgumentError
        For another ``ord``, and for -inf of no elements.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.linalg.vector_norm(clnd.asarray([3.0, 4.0])))
    5.0
    """
    x = as_operand("vector_norm", x)
    result: A = x._like(vector_norm_node("vector_norm", x._node, axis, keepdims, ord))
    return result


def matrix_norm(x: A, /, *, keepdims: bool = False, ord: Any = "fro") -> A:
    """The norm of matrices, the last two axes.

    Parameters
    ----------
    x : array of shape (..., M, N)
    ord : "fro", 1, -1, inf or -inf
        The square root of the sum of squares; the largest and the smallest sum of sizes of a column, and of a row.

    Raises
    ------
    ArgumentError
        For another ``ord``. "nuc", 2 and -2 need singular values, which clnd does not have yet.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.linalg.matrix_norm(clnd.asarray([[1.0, -2.0], [3.0, 4.0]]), ord=1))
    6.0
    """
    x = as_operand("matrix_norm", x)
    ndim = len(x._node.shape)
    if ndim < 2:
        raise ShapeError(f"[matrix_norm] got shape {x._node.shape}; expected at least two dimensions")
    result: A = x._like(matrix_norm_node("matrix_norm", x._node, (ndim - 2, ndim - 1), keepdims, ord))
    return result


def norm(x: A, ord: Any = None, axis: Any = None, keepdims: bool = False) -> A:
    """NumPy's norm of vectors or matrices.

    Parameters
    ----------
    x : array
        Without ``axis`` of one or two dimensions, unless ``ord`` is None.
    ord : number, inf, -inf or "fro", optional
        None: the square root of the sum of squares. Of one axis as of `vector_norm`, of two as of `matrix_norm`.
    axis : int or (int, int), optional
        The axis of vectors, or those of rows and columns.

    Raises
    ------
    ArgumentError
        For an ``ord`` that vectors, or matrices, do not have.
    ShapeError
        Where there are more than two axes.
    """
    x = as_operand("norm", x)
    node = x._node
    ndim = len(node.shape)
    if axis is None and ord is None:
        return x._like(vector_norm_node("norm", node, None, keepdims, 2))
    axes = tuple(range(ndim)) if axis is None else axes_in_order("norm", axis, ndim)
    if len(axes) == 1:
        return x._like(vector_norm_node("norm", node, axes, keepdims, ord))
    if len(axes) != 2:
        raise ShapeError(f"[norm] got shape {node.shape} and axis={axis}; expected one axis or two; name them with axis=")
    return x._like(matrix_norm_node("norm", node, (axes[0], axes[1]), keepdims, "fro" if ord is None else ord))


def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    """The product of several matrices, in the order that takes the fewest multiplications; of equal ones the split furthest to the left.

    Parameters
    ----------
    arrays : sequence of array
        Two at least. The first and the last may be vectors, the others are matrices.

    Raises
    ------
    ArgumentError
        For fewer than two arrays.
    ShapeError
        Where shapes do not fit.
    """
    if len(arrays) < 2:
        raise ArgumentError(f"[multi_dot] got {len(arrays)} arrays; expected two at least")
    give, given = taken("multi_dot", *arrays)
    told = ", ".join(str(x.shape) for x in given)
    first_is_vector, last_is_vector = given[0].ndim == 1, given[-1].ndim == 1
    if first_is_vector:
        given[0] = given[0].reshape((1, -1))
    if last_is_vector:
        given[-1] = given[-1].reshape((-1, 1))
    shapes = [x.shape for x in given]
    if any(len(s) != 2 for s in shapes) or any(a[1] != b[0] for a, b in itertools.pairwise(shapes)):
        raise ShapeError(f"[multi_dot] got shapes {told}; expected matrices whose inner lengths are equal")
    result = _multiplied(given, _splits([s[0] for s in shapes] + [shapes[-1][1]]), 0, len(given) - 1)
    kept = tuple(n for n, dropped in zip(result.shape, (first_is_vector, last_is_vector), strict=True) if not dropped)
    return deliver("multi_dot", out, give(result.reshape(kept)))


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Where the product of matrices i to j is cut in two, for all i < j; matrix i is of ``lengths[i]`` rows."""
    n = len(lengths) - 1
    cost: dict[tuple[int, int], int] = {(i, i): 0 for i in range(n)}
    cuts: dict[tuple[int, int], int] = {}
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            costs = [cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1] for k in range(i, j)]
            cost[i, j] = min(costs)
            cuts[i, j] = i + costs.index(cost[i, j])
    return cuts


def _multiplied(given: list[Any], cuts: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return given[i]
    return _multiplied(given, cuts, i, cuts[i, j]) @ _multiplied(given, cuts, cuts[i, j] + 1, j)
