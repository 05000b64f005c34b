"""Set functions: the values of arrays, each once.

-0 and +0 are one value, and the one that occurs first stands for it. How many values there are is found on the device, which the program waits for.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from clnd.dtypes import promote
from clnd.graph.node import Operand, as_operand, leading, led, of_both
from clnd.incoming import compared
from clnd.ops import elementwise, sets
from clnd.ops.compaction import compressed_node
from clnd.ops.joining import concat_node
from clnd.ops.op import cast_node
from clnd.ops.sorting import sort_node
from clnd.ops.views import flat_node
from clnd.shapes import normalize_axis

__all__ = [
    "in1d", "intersect1d", "isin", "setdiff1d", "setxor1d", "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values",
]  # fmt: skip

A = TypeVar("A", bound=Operand)


class UniqueAllResult(NamedTuple):
    """What `unique_all` gives."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` gives."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` gives."""

    values: Any
    inverse_indices: Any


def unique_all(x: Any, /) -> UniqueAllResult:
    """The values that occur in ``x``, ascending, where each occurs first, the value of each element, and how often each occurs.

    Each NaN is a value of its own.

    Parameters
    ----------
    x : array
        Of any dtype and shape.

    Returns
    -------
    UniqueAllResult
        A named tuple: ``values`` in one dimension; ``indices`` into the flattened array, ``inverse_indices`` of the shape of ``x``, and
        ``counts``, all of int64.

    Examples
    --------
    >>> import clnd
    >>> found = clnd.unique_all(clnd.asarray([5, 2, 5]))
    >>> found.values.asnumpy(), found.counts.asnumpy(), found.inverse_indices.asnumpy()
    (array([2, 5]), array([1, 2]), array([1, 0, 1]))
    """
    x = as_operand("unique_all", x)
    found = sets.unique_nodes(x._node, False)
    return UniqueAllResult(*(x._like(node) for node in (found.values, found.indices, found.inverse, found.counts)))


def unique_counts(x: Any, /) -> UniqueCountsResult:
    """The values that occur in ``x`` and how often each does; else as `unique_all`."""
    x = as_operand("unique_counts", x)
    found = sets.unique_nodes(x._node, False)
    return UniqueCountsResult(x._like(found.values), x._like(found.counts))


def unique_inverse(x: Any, /) -> UniqueInverseResult:
    """The values that occur in ``x`` and for each element the place of its value, in the shape of ``x``; else as `unique_all`."""
    x = as_operand("unique_inverse", x)
    found = sets.unique_nodes(x._node, False)
    return UniqueInverseResult(x._like(found.values), x._like(found.inverse))


def unique_values(x: A, /) -> A:
    """The values that occur in ``x``, ascending, in one dimension. Each NaN is a value of its own.

    Examples
    --------
    >>> import clnd
    >>> clnd.unique_values(clnd.asarray([3, 1, 3, 2])).asnumpy()
    array([1, 2, 3])
    """
    x = as_operand("unique_values", x)
    result: A = x._like(sets.unique_values_node(x._node, False))
    return result


def unique(
    ar: Any, /, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Any = None, *,
    equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    """The values that occur in ``ar``, ascending, as NumPy gives them.

    Parameters
    ----------
    ar : array
        Of any dtype and shape.
    return_index, return_inverse, return_counts : bool
        Also where each value occurs first, for each element the place of its value, how often each value occurs; all int64.
    axis : int, optional
        Compare the subarrays along this axis; the elements of the flattened array where None.
    equal_nan : bool
        All NaN are one value; else each one is a value of its own, as it is with an ``axis``.
    sorted : bool
        Accepted for either answer: values always ascend.

    Returns
    -------
    array, or tuple of arrays
        The values, then what else was asked for.

    Raises
    ------
    ArgumentError
        For an axis that ``ar`` has not.

    Examples
    --------
    >>> import clnd
    >>> clnd.unique(clnd.asarray([[1, 0], [2, 3], [1, 0]]), axis=0).asnumpy()
    array([[1, 0],
           [2, 3]])
    """
    ar = as_operand("unique", ar)
    node = ar._node
    wanted = (return_index, return_inverse, return_counts)
    if axis is None and not any(wanted):
        return ar._like(sets.unique_values_node(node, equal_nan))
    found = sets.unique_nodes(node, equal_nan) if axis is None else sets.unique_rows(node, normalize_axis("unique", axis, len(node.shape)))
    more = [ar._like(x) for x, want in zip((found.indices, found.inverse, found.counts), wanted, strict=True) if want]
    values = ar._like(found.values)
    return (values, *more) if more else values


def isin(x1: Any, x2: Any, /, assume_unique: bool = False, invert: bool = False, *, kind: Any = None) -> Any:
    """Whether each element of ``x1`` is among those of ``x2``, as bools in the shape of ``x1``.

    NaN is among nothing. Either may be a number, a list or a NumPy array, if the other is a clnd array.

    Parameters
    ----------
    x1, x2 : array
        Of dtypes that promote.
    assume_unique : bool
        Accepted for either answer.
    invert : bool
        Whether it is not among them.
    kind : str, optional
        Accepted for NumPy's "sort" and "table".

    Examples
    --------
    >>> import clnd
    >>> clnd.isin(clnd.asarray([1, 2, 5]), [2, 5]).asnumpy()
    array([False,  True,  True])
    """
    if isinstance(x2, (bool, int, float, complex)) and isinstance(x1, Operand):
        # By a comparison, which takes numbers that the dtype does not hold.
        return (elementwise.not_equal if invert else elementwise.equal).apply(x1, x2)
    return of_both("isin", lambda a, b: sets.isin_node(a, b, bool(invert)), *_as_compared(x1, x2))


def in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None) -> Any:
    """`isin` of the flattened ``ar1``."""
    return of_both("in1d", lambda a, b: sets.isin_node(flat_node(a), b, bool(invert)), *_as_compared(ar1, ar2))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """The values that occur in both arrays, ascending; with ``return_indices`` also where each occurs first in either flattened array.

    ``assume_unique`` is accepted for either answer.

    Examples
    --------
    >>> import clnd
    >>> clnd.intersect1d(clnd.asarray([3, 1, 2]), clnd.asarray([2, 3, 4])).asnumpy()
    array([2, 3])
    """
    lead, a, b = _two("intersect1d", ar1, ar2)
    dtype = promote("intersect1d", a.dtype, b.dtype)
    if not return_indices:
        values = sets.unique_values_node(a, True)
        return lead._like(cast_node(compressed_node(values, sets.isin_node(values, b, False)), dtype))
    first, second = sets.unique_nodes(a, True), sets.unique_nodes(b, True)
    in_second, in_first = sets.isin_node(first.values, second.values, False), sets.isin_node(second.values, first.values, False)
    chosen = cast_node(compressed_node(first.values, in_second), dtype), compressed_node(first.indices, in_second), compressed_node(second.indices, in_first)
    return tuple(lead._like(node) for node in chosen)


def union1d(ar1: Any, ar2: Any) -> Any:
    """The values that occur in either array, ascending.

    Examples
    --------
    >>> import clnd
    >>> clnd.union1d(clnd.asarray([3, 1]), clnd.asarray([2, 3])).asnumpy()
    array([1, 2, 3])
    """
    lead, a, b = _two("union1d", ar1, ar2)
    return lead._like(sets.unique_values_node(concat_node("union1d", [a, b], None), True))


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values of ``ar1`` that do not occur in ``ar2``, ascending; in the order of ``ar1``, and as often as there, with ``assume_unique``.

    Examples
    --------
    >>> import clnd
    >>> clnd.setdiff1d(clnd.asarray([3, 1, 2]), clnd.asarray([2])).asnumpy()
    array([1, 3])
    """
    lead, a, b = _two("setdiff1d", ar1, ar2)
    values = flat_node(a) if assume_unique else sets.unique_values_node(a, True)
    return lead._like(compressed_node(values, sets.isin_node(values, b, True)))


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values that occur in one of the arrays and not in the other, ascending; ``assume_unique`` is accepted for either answer.

    Examples
    --------
    >>> import clnd
    >>> clnd.setxor1d(clnd.asarray([3, 1, 2]), clnd.asarray([2, 4])).asnumpy()
    array([1, 3, 4])
    """
    lead, a, b = _two("setxor1d", ar1, ar2)
    first, second = sets.unique_values_node(a, True), sets.unique_values_node(b, True)
    rest = [compressed_node(x, sets.isin_node(x, y, True)) for x, y in ((first, second), (second, first))]
    return lead._like(sort_node(concat_node("setxor1d", rest, 0), 0, False))


def _as_compared(*pair: Any) -> list[Any]:
    """Two operands as they are, but for lists beside an array of integers that does not hold what is in them."""
    lead = leading(pair)
    return [x if lead is None or isinstance(x, Operand) else compared(x, lead._node.dtype) for x in pair]


def _two(name: str, ar1: Any, ar2: Any) -> tuple[Any, Any, Any]:
    """The leading operand of two, and the nodes of both."""
    lead, (ar1, ar2) = led(name, (ar1, ar2))
    return lead, *(x._node if isinstance(x, Operand) else lead._constant(x) for x in (ar1, ar2))
