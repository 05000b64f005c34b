"""Sorting, and what is found by it. The order of keys is that of decision 7: -0 equals +0, NaN comes last, equal elements keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from clnd.errors import ArgumentError
from clnd.graph.node import Operand, as_operand, led, operand
from clnd.ops import sorting
from clnd.ops.op import cast_node
from clnd.ops.views import flat_where_none

__all__ = ["argpartition", "argsort", "lexsort", "partition", "sort", "sort_complex", "top_k", "topk"]

A = TypeVar("A", bound=Operand)


def sort(x: A, /, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> A:
    """The elements of ``x`` in order along ``axis``; of the flattened array where None.

    Equal elements keep their order, whatever ``kind`` and ``stable`` say. -0 equals +0; NaN comes last in either direction. Complex
    numbers are ordered by the real part, then by the imaginary one.

    Parameters
    ----------
    x : array
        Of any dtype.
    axis : int, optional
        The axis sorted along, the last one by default.
    kind : str, optional
        One of NumPy's names of algorithms. All mean the same here.
    order : None
        For fields of NumPy's structured arrays, which clnd does not have.
    descending : bool
        From the largest to the smallest.
    stable : bool, optional
        Accepted for either answer.

    Returns
    -------
    array
        Of the shape and dtype of ``x``; one-dimensional where ``axis`` is None.

    Raises
    ------
    ArgumentError
        For an axis that ``x`` has not, an unknown ``kind``, or an ``order``.

    Examples
    --------
    >>> import clnd
    >>> clnd.sort(clnd.asarray([3.0, float("nan"), 1.0]), descending=True).asnumpy()
    array([ 3.,  1., nan], dtype=float32)
    """
    sorting.check_kind("sort", kind, order)
    x = as_operand("sort", x)
    node, axis = flat_where_none(x._node, axis)
    result: A = x._like(sorting.sort_node(node, axis, bool(descending)))
    return result


def argsort(x: A, /, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> A:
    """The indices that put the elements of ``x`` in order along ``axis``, as int64; arguments as of `sort`.

    Of equal elements the one with the lowest index comes first, in either direction.

    Examples
    --------
    >>> import clnd
    >>> clnd.argsort(clnd.asarray([3, 1, 2, 1])).asnumpy()
    array([1, 3, 2, 0])
    """
    sorting.check_kind("argsort", kind, order)
    x = as_operand("argsort", x)
    node, axis = flat_where_none(x._node, axis)
    result: A = x._like(sorting.argsort_node(node, axis, bool(descending)))
    return result


class TopK(NamedTuple):
    """What `top_k` gives."""

    values: Any
    indices: Any


def top_k(x: A, k: int, /, *, axis: Any = -1, mode: str = "largest", sorted: bool = True) -> TopK:
    """The ``k`` largest or smallest elements along ``axis``, best first, and their indices as int64.

    Of equal elements those with the lowest index are chosen, and come first. NaN is chosen only where fewer than ``k`` numbers are there.

    Parameters
    ----------
    x : array
        Of any dtype.
    k : int
        How many, from 0 to the length of the axis.
    axis : int, optional
        The axis searched; the flattened array where None.
    mode : str
        "largest" or "smallest".
    sorted : bool
        Accepted for either answer: the elements are always in order.

    Returns
    -------
    TopK
        A named tuple of ``values`` and ``indices``.

    Raises
    ------
    ArgumentError
        For an axis that ``x`` has not, a ``k`` out of range, or another ``mode``.

    Examples
    --------
    >>> import clnd
    >>> values, indices = clnd.top_k(clnd.asarray([3, 7, 1, 7]), 3)
    >>> values.asnumpy(), indices.asnumpy()
    (array([7, 7, 3]), array([1, 3, 0]))
    """
    if mode not in ("largest", "smallest"):
        raise ArgumentError(f'[top_k] got mode={mode!r}; expected "largest" or "smallest"')
    x = as_operand("top_k", x)
    node, axis = flat_where_none(x._node, axis)
    values, indices = sorting.top_k_nodes(node, k, axis, mode == "largest")
    return TopK(x._like(values), x._like(indices))


topk = top_k


def partition(a: A, /, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> A:
    """The elements of ``a`` along ``axis`` with each of ``kth`` in its place of the order, smaller or equal ones before it, the others behind.

    They are in order as a whole, which NumPy's are not. ``axis`` None: of the flattened array.

    Raises
    ------
    ArgumentError
        For an axis or a ``kth`` that ``a`` has not, a ``kind`` other than "introselect", or an ``order``.

    Examples
    --------
    >>> import clnd
    >>> int(clnd.partition(clnd.asarray([7, 1, 5, 3]), 1)[1])
    3
    """
    a = as_operand("partition", a)
    node, axis = flat_where_none(a._node, axis)
    sorting.check_partition("partition", node, kth, axis, kind, order)
    result: A = a._like(sorting.sort_node(node, axis, False))
    return result


def argpartition(a: A, /, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> A:
    """The indices of `partition`, as int64; its arguments."""
    a = as_operand("argpartition", a)
    node, axis = flat_where_none(a._node, axis)
    sorting.check_partition("argpartition", node, kth, axis, kind, order)
    result: A = a._like(sorting.argsort_node(node, axis, False))
    return result


def lexsort(keys: Any, axis: Any = -1) -> Any:
    """The indices, as int64, that put elements in order by several keys along ``axis``: by the last one, where it is equal by the one before it, and so on.

    Parameters
    ----------
    keys : sequence of arrays, or array
        Arrays of one shape. Of an array each element of its first axis is a key.
    axis : int
        The axis sorted along.

    Raises
    ------
    ArgumentError
        If there is no key, or no such axis.
    ShapeError
        If the keys have several shapes.

    Examples
    --------
    >>> import clnd
    >>> first, second = clnd.asarray([9, 4, 0, 4]), clnd.asarray([1, 1, 5, 1])
    >>> clnd.lexsort((first, second)).asnumpy()
    array([1, 3, 0, 2])
    """
    if not isinstance(keys, (Operand, Sequence)):
        operand("lexsort", keys)
    several: Sequence[Any] = [keys[k] for k in range(len(keys))] if isinstance(keys, Operand) else list(keys)  # type: ignore[index, arg-type]
    lead, several = led("lexsort", several)
    nodes = [x._node if isinstance(x, Operand) else lead._constant(x) for x in several]
    return lead._like(sorting.lexsort_node(nodes, axis))


def sort_complex(a: A, /) -> A:
    """The elements in order along the last axis, as complex numbers: by the real part, then by the imaginary one.

    Real dtypes become complex64, float64 becomes complex128.

    Examples
    --------
    >>> import clnd
    >>> clnd.sort_complex(clnd.asarray([5, 3])).asnumpy()
    array([3.+0.j, 5.+0.j], dtype=complex64)
    """
    a = as_operand("sort_complex", a)
    node = a._node
    result: A = a._like(sorting.sort_node(cast_node(node, sorting.to_complex(node.dtype)), -1, False))
    return result
