"""Where MXNet's rules differ from the standard's: pure functions on shapes, axes and nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import INT, UINT, DType, facts
from clnd.errors import ShapeError
from clnd.graph.node import Node, Operand
from clnd.ops import elementwise
from clnd.ops.op import cast_node
from clnd.ops.views import view_node
from clnd.reducing import deliver, reduced
from clnd.shapes import Shape, normalize_axes, size_of

__all__ = ["DIVIDE", "at_least_1d", "coded_shape", "compare", "mx_reduced", "reduced_axes"]


# --- the codes of reshape ----------------------------------------------------------------------


def coded_shape(shape: Shape, codes: tuple[int, ...], reverse: bool = False) -> Shape:
    """The shape that MXNet's codes mean for an array of ``shape``.

    ``0`` keeps a length, ``-1`` is found from the rest (once), ``-2`` keeps all that remain, ``-3``
    is the product of the next two, ``-4, a, b`` splits one into a and b (one of which may be -1).
    With ``reverse`` codes and lengths are matched from the right.

    Raises
    ------
    ShapeError
        Where the codes do not fit the shape.

    Examples
    --------
    >>> coded_shape((2, 3, 4), (-3, 0))
    (6, 4)
    >>> coded_shape((10, 5, 4), (-1, 0), reverse=True)
    (50, 4)
    """
    groups = _groups(shape, codes)
    lengths = list(shape)
    if reverse:
        groups = [(code, parts[::-1]) for code, parts in reversed(groups)]
        lengths.reverse()
    result: list[int] = []
    unknown: int | None = None
    at = 0
    for code, parts in groups:
        if code == -2:
            result += lengths[at:]
            at = len(lengths)
            continue
        if code == -1:
            if unknown is not None:
                raise _misfit(shape, codes, "at most one -1")
            unknown = len(result)
        used = {-3: 2, -4: 1, 0: 1}.get(code, 0)
        if used and at + used > len(lengths):
            raise _misfit(shape, codes, "no more codes than there are axes to match")
        if code == -4:
            result += _split(shape, codes, lengths[at], parts)
        elif code == -3:
            result.append(lengths[at] * lengths[at + 1])
        else:
            result.append(lengths[at] if code == 0 else 1 if code == -1 else code)
        at += used or 1
    if unknown is not None:
        rest = size_of(tuple(result))
        if rest == 0 or size_of(shape) % rest:
            raise _misfit(shape, codes, f"lengths that divide {size_of(shape)} elements evenly")
        result[unknown] = size_of(shape) // rest
    if size_of(tuple(result)) != size_of(shape):
        raise _misfit(shape, codes, f"{size_of(shape)} elements, not {size_of(tuple(result))}")
    return tuple(reversed(result)) if reverse else tuple(result)


def _groups(shape: Shape, codes: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """Each code with the two lengths that belong to a -4."""
    groups: list[tuple[int, tuple[int, ...]]] = []
    rest = iter(codes)
    for code in rest:
        if code < -4:
            raise _misfit(shape, codes, "lengths, or the codes 0, -1, -2, -3 and -4")
        parts = (next(rest, None), next(rest, None)) if code == -4 else ()
        if None in parts:
            raise _misfit(shape, codes, "two lengths after a -4")
        groups.append((code, tuple(p for p in parts if p is not None)))
    return groups


def _split(shape: Shape, codes: tuple[int, ...], length: int, parts: tuple[int, ...]) -> list[int]:
    first, second = parts
    if first == -1 and second > 0 and length % second == 0:
        return [length // second, second]
    if second == -1 and first > 0 and length % first == 0:
        return [first, length // first]
    if first * second != length or first < 0:
        raise _misfit(shape, codes, f"two lengths after the -4 whose product is {length}, one of which may be -1")
    return [first, second]


def _misfit(shape: Shape, codes: tuple[int, ...], expected: str) -> ShapeError:
    return ShapeError(f"[reshape] got {codes} for shape {shape}; expected {expected}")


# --- results -----------------------------------------------------------------------------------


def at_least_1d(node: Node) -> Node:
    """``node``; where it has no axis, as one of shape (1,)."""
    return node if node.shape else view_node(node, 0, (1,), (1,))


def reduced_axes(name: str, axis: Any, ndim: int, exclude: bool) -> tuple[int, ...] | None:
    """The axes a reduction is over: all for None and (), the others with ``exclude``."""
    if axis is None or (isinstance(axis, (tuple, list)) and not axis):
        return None
    axes = normalize_axes(name, axis, ndim)
    return tuple(k for k in range(ndim) if k not in axes) if exclude else axes


def mx_reduced(name: str, x: Any, axis: Any, keepdims: bool, exclude: bool, out: Any, **more: Any) -> Any:
    """The reduction ``name`` by MXNet's rules for axes and shapes, with NumPy's arguments in ``more``."""
    axes = reduced_axes(name, axis, x.ndim, exclude)
    if axes == ():
        x = x.copy()
    with dtypes.float32_default():
        return deliver(name, out, x._like(at_least_1d(reduced(name, x, axes, bool(keepdims), **more)._node)))


# --- operations --------------------------------------------------------------------------------


def compare(op: Any, lead: Operand, *operands: Any) -> Any:
    """The truth values of ``op`` as 0 and 1 in the operands' dtype."""
    operands = tuple(lead._like(lead._constant(x)) if isinstance(x, (np.ndarray, list, tuple)) else x for x in operands)
    given = [x._node.dtype for x in operands if isinstance(x, Operand)]
    dtype: DType = dtypes.result_dtype(op.name, *given)
    return lead._like(cast_node(op.apply(*operands)._node, dtype))


class _Divide:
    """Division that keeps integers: two of them give an integer, cut toward 0; x / 0 is 0."""

    name = "divide"
    says = "The quotient of `lhs` and `rhs`; of two integers an integer, cut toward 0, and 0 for a division by 0."
    oracle = np.divide

    @staticmethod
    def apply(x1: Any, x2: Any) -> Any:
        """The quotient."""
        kinds = {_kind(x1), _kind(x2)}
        if not kinds <= {INT, UINT}:
            return elementwise.divide.apply(x1, x2)
        down = elementwise.floor_divide.apply(x1, x2)
        if facts(down._node.dtype).kind == UINT:
            return down
        inexact = elementwise.not_equal.apply(elementwise.remainder.apply(x1, x2), 0)
        return elementwise.add.apply(down, elementwise.logical_and.apply(inexact, elementwise.less.apply(down, 0)))


def _kind(x: Any) -> str:
    if isinstance(x, Operand):
        return facts(x._node.dtype).kind
    if isinstance(x, (bool, np.bool_)):
        return dtypes.BOOL
    if isinstance(x, (int, np.integer)):
        return INT
    letter = np.asarray(x).dtype.kind
    return {"i": INT, "u": UINT}.get(letter, dtypes.FLOAT)


DIVIDE = _Divide()
