"""Choices among arrays and functions, and functions along axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.api.operands import taken
from clnd.arrays import Array
from clnd.dtypes import BOOL, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Operand, as_operand
from clnd.ops import elementwise, sources
from clnd.ops.joining import stack_node
from clnd.shapes import normalize_axis, several

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise", "select"]

A = TypeVar("A", bound=Operand)


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """For each element the choice whose condition is the first that is true; ``default`` where none is. One kernel.

    Parameters
    ----------
    condlist : sequence of array of bool
    choicelist : sequence of array or number
        As many; all broadcast. Python numbers do not widen the result.
    default : array or number

    Raises
    ------
    ArgumentError
        Where there are not as many choices as conditions, or none.
    DTypeError
        Where a condition is not of bools.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.arange(5)
    >>> clnd.select([x < 2, x > 3], [x, x * 10], -1).tolist()
    [0, 1, -1, -1, 40]
    """
    if not all(isinstance(given, Iterable) for given in (condlist, choicelist)):
        raise ArgumentError(
            f"[select] got {type(condlist).__name__} and {type(choicelist).__name__} for conditions and choices; expected a sequence of arrays for each"
        )
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ArgumentError(f"[select] got {len(condlist)} conditions and {len(choicelist)} choices; expected as many of each, one at least")
    give, conditions = taken("select", *condlist)
    for k, condition in enumerate(conditions):
        if facts(condition.dtype).kind != BOOL:
            raise DTypeError(f"[select] got {condition.dtype.name} as condition {k}; expected bools, such as x > 0")
    result: Any = _start(conditions[0], [*choicelist, default])
    for condition, choice in zip(conditions[::-1], choicelist[::-1], strict=True):
        result = elementwise.where.apply(condition, _plain(choice), result)
    return give(result)


def _plain(x: Any) -> Any:
    return x._plain() if isinstance(x, Operand) else x  # type: ignore[attr-defined]


def _start(beside: Array, choices: list[Any]) -> Array:
    """The last of ``choices`` in the dtype that all of them promote to, in which Python's numbers are weak."""
    nodes = [x._node if isinstance(x, Operand) else None if isinstance(x, (bool, int, float, complex)) else beside._constant(x) for x in choices]
    strong = [n.dtype for n in nodes if n is not None]
    dtype = dtypes.result_dtype("select", *strong) if strong else dtypes.bool_
    base = dtype
    for x, node in zip(choices, nodes, strict=True):
        if node is None:
            dtype = dtypes.promote("select", dtype, dtypes.scalar_dtype("select", x, base))
    last = choices[-1]
    if nodes[-1] is None:
        return beside._like(sources.full_node((), last, dtype, beside.ctx))
    return beside._like(nodes[-1]).astype(dtype, copy=False)


def piecewise(x: A, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> A:
    """``x`` with the function of each condition applied where that is true; of several conditions the last counts.

    Parameters
    ----------
    x : array
    condlist : sequence of array of bool, or one such
    funclist : sequence of function or number
        One more than conditions: the last is for where none is true, which else gives 0. Each function gets all of ``x``
        (NumPy's get the elements of their condition), so it is to treat each element by itself.
    args, kw
        Passed on to the functions.

    Returns
    -------
    array
        In the dtype of ``x``.

    Raises
    ------
    ArgumentError
        Where there are not as many functions as conditions, or one more.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([-2.0, 0.5, 3.0])
    >>> clnd.piecewise(x, [x < 0, x > 1], [lambda x: -x, 1]).tolist()
    [2.0, 0.0, 1.0]
    """
    give, (y,) = taken("piecewise", as_operand("piecewise", x))
    # One condition may stand without its list.
    alone = isinstance(condlist, (bool, np.bool_)) or (isinstance(condlist, (Array, np.ndarray)) and condlist.ndim <= y.ndim)
    _, (_, *conditions) = taken("piecewise", y, *([condlist] if alone else condlist))
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ArgumentError(f"[piecewise] got {len(conditions)} conditions and {len(funclist)} functions; expected as many, or one function more")
    conditions = [c.astype("bool", copy=False) for c in conditions]
    results = [function(y, *args, **kw) if callable(function) else function for function in funclist]
    result = y._like(sources.full_node(y.shape, 0, y.dtype, y.ctx)) if len(results) == len(conditions) else _in_dtype(y, results[-1])
    for condition, value in zip(conditions, results, strict=False):
        result = elementwise.where.apply(condition, _in_dtype(y, value), result)
    return give(result)


def _in_dtype(y: Array, value: Any) -> Array:
    """``value`` in the dtype and the shape of ``y``."""
    array = _plain(value) if isinstance(value, Operand) else y._like(sources.full_node((), value, y.dtype, y.ctx))
    result: Array = array.astype(y.dtype, copy=False).broadcast_to(y.shape)
    return result


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: A, *args: Any, **kwargs: Any) -> A:
    """What ``func1d`` makes of each vector along ``axis``: a call for each, whose results are joined in one kernel.

    Parameters
    ----------
    func1d : function
        From a vector to an array or a number; of one shape for all.
    axis : int
    arr : array
    args, kwargs
        Passed on to ``func1d``.

    Returns
    -------
    array
        The axes of a result stand in the place of ``axis``.

    Raises
    ------
    ShapeError
        For an array without vectors, and results of several shapes.

    Examples
    --------
    >>> import clnd
    >>> clnd.apply_along_axis(lambda v: v[0] + v[-1], 1, clnd.asarray([[1, 2], [3, 4]])).tolist()
    [3, 7]
    """
    give, (x,) = taken("apply_along_axis", as_operand("apply_along_axis", arr))
    a = normalize_axis("apply_along_axis", axis, x.ndim)
    rest = tuple(k for k in range(x.ndim) if k != a)
    moved = x.transpose((*rest, a))
    outer = moved.shape[:-1]
    if 0 in outer:
        raise ShapeError(f"[apply_along_axis] got shape {x.shape}, which has no vectors along axis {axis}; expected at least one")
    results = [func1d(moved[place], *args, **kwargs) for place in np.ndindex(*outer)]
    nodes = [r._node if isinstance(r, Operand) else x._constant(np.asarray(r) if isinstance(r, (list, tuple)) else r) for r in results]
    inner = nodes[0].shape
    if any(n.shape != inner for n in nodes):
        raise ShapeError(f"[apply_along_axis] got results of shapes {inner} and {next(n.shape for n in nodes if n.shape != inner)}; expected one shape")
    joined = x._like(stack_node("apply_along_axis", nodes, 0)).reshape(outer + inner)
    order = [*range(len(outer))]
    order[a:a] = range(len(outer), len(outer) + len(inner))
    return give(joined.transpose(tuple(order)))


def apply_over_axes(func: Callable[..., Any], a: A, axes: Any) -> A:
    """``func(a, axis)`` for one axis after the other; axes that it drops are kept with length 1.

    Raises
    ------
    ShapeError
        Where a result has neither as many axes as ``a`` nor one fewer.

    Examples
    --------
    >>> import clnd
    >>> clnd.apply_over_axes(lambda x, k: x.sum(k), clnd.ones((2, 3)), (0, 1)).tolist()
    [[6.0]]
    """
    x: Any = as_operand("apply_over_axes", a)
    ndim = len(x._node.shape)
    given = several(axes)
    for axis in (axes,) if given is None else given:
        k = normalize_axis("apply_over_axes", axis, ndim)
        result = func(x, k)
        shape = result._node.shape
        if len(shape) == ndim - 1:
            result = result.expand_dims(k)
        elif len(shape) != ndim:
            raise ShapeError(f"[apply_over_axes] got a result of shape {shape} for {ndim} dimensions; expected as many, or one fewer")
        x = result
    return x
