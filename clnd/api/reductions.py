"""Reductions that are made of others. The rows of `clnd.ops.reductions` are functions themselves."""

from __future__ import annotations

from typing import Any, TypeVar

from clnd.graph.node import Operand, as_operand
from clnd.ops.reductions import arg_node, count_node
from clnd.reducing import deliver, reduced

__all__ = ["argmax", "argmin", "count_nonzero", "mean", "std", "var"]

A = TypeVar("A", bound=Operand)


def count_nonzero(x: A, /, axis: Any = None, *, keepdims: bool = False) -> A:
    """How many elements over ``axis`` are not 0, as int64; arguments as of `sum`.

    Examples
    --------
    >>> import clnd
    >>> int(clnd.count_nonzero(clnd.asarray([0, 3, -1])))
    2
    """
    x = as_operand("count_nonzero", x)
    result: A = x._like(count_node(x._node, axis, keepdims))
    return result


def mean(x: A, /, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> A:
    """The canonical sum over ``axis`` divided by the count; NaN for none. Arguments as of `sum`.

    Of integers it is the default float: their exact sum, divided with one rounding (of less than 2**31 elements; of more the sum is
    rounded too, and so are sums of more than 53 bits in float64).

    Examples
    --------
    >>> import clnd
    >>> float(clnd.mean(clnd.asarray([1, 2, 4, 5])))
    3.0
    """
    result: A = deliver("mean", out, reduced("mean", as_operand("mean", x), axis, keepdims, dtype=dtype, where=where))
    return result


def var(
    x: A, /, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *,
    correction: float | None = None, where: Any = None,
) -> A:  # fmt: skip
    """The canonical sum of squared distances from the mean, divided by the count less ``correction``; other arguments as of `sum`.

    ``ddof`` is NumPy's older name of ``correction``, which is 0 where neither is given.

    Examples
    --------
    >>> import clnd
    >>> float(clnd.var(clnd.asarray([1.0, 3.0]), correction=1))
    2.0
    """
    less = ddof if correction is None else correction
    result: A = deliver("var", out, reduced("var", as_operand("var", x), axis, keepdims, dtype=dtype, where=where, correction=less))
    return result


def std(
    x: A, /, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *,
    correction: float | None = None, where: Any = None,
) -> A:  # fmt: skip
    """The square root of `var`."""
    less = ddof if correction is None else correction
    result: A = deliver("std", out, reduced("std", as_operand("std", x), axis, keepdims, dtype=dtype, where=where, correction=less))
    return result


def argmin(x: A, /, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> A:
    """The index of the smallest element over ``axis`` (of the flattened array where None), as int64.

    The first NaN wins. Of equal elements the first one wins; -0 equals +0.

    Examples
    --------
    >>> import clnd
    >>> int(clnd.argmin(clnd.asarray([3.0, 1.0, 2.0])))
    1
    """
    x = as_operand("argmin", x)
    result: A = deliver("argmin", out, x._like(arg_node("argmin", x._node, axis, keepdims)))
    return result


def argmax(x: A, /, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> A:
    """The index of the largest element over ``axis`` (of the flattened array where None), as int64; else as `argmin`."""
    x = as_operand("argmax", x)
    result: A = deliver("argmax", out, x._like(arg_node("argmax", x._node, axis, keepdims)))
    return result
