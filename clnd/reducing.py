"""NumPy's arguments of reductions, `dtype`, `where`, `initial` and `out`, by clnd's own operations."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import COMPLEX, FLOAT, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Operand
from clnd.ops import elementwise, reductions, sources
from clnd.ops.op import cast_node
from clnd.shapes import broadcast, normalize_axes, size_of

__all__ = ["deliver", "reduced"]


def reduced(
    name: str, x: Any, axis: Any = None, keepdims: bool = False, *,
    dtype: Any = None, initial: Any = None, where: Any = None, correction: float | None = None,
) -> Any:  # fmt: skip
    """The reduction ``name`` of ``x``, over the elements where ``where`` is true, together with ``initial``.

    Elements that are left out become the neutral element of the operation. A float sum takes -0.0, which changes no
    number that it is added to, so the order of the sum stays that of the whole array.

    Raises
    ------
    ArgumentError
        If there is no neutral element: min and max need ``initial``, and complex products have none that is exact.
    """
    more = {} if correction is None else {"correction": correction}
    if dtype is not None:
        x = x._like(cast_node(x._node, _computed(name, dtype)))
    if isinstance(reductions.TABLE.get(name), reductions.Sum):
        more["dtype"] = dtype
    if where is None or where is True:
        if initial is None:
            return _of(name, x, axis, keepdims, **more)
        return _with_initial(name, x, axis, keepdims, initial, more)
    mask = _mask(name, x, where)
    if name in ("mean", "var", "std"):
        return _moment(name, x, mask, axis, keepdims, correction or 0.0)
    kept = elementwise.where.apply(mask, x, _neutral(name, x, initial))
    if initial is not None:
        return _with_initial(name, kept, axis, keepdims, initial, more)
    result = _of(name, kept, axis, keepdims, **more)
    if name == "sum" and facts(result._node.dtype).kind in (FLOAT, COMPLEX):
        # The sum of none is +0.
        return elementwise.where.apply(_of("any", mask, axis, keepdims), result, 0)
    return result


def _computed(name: str, dtype: Any) -> dtypes.DType:
    to = dtypes.as_dtype(dtype)
    if name in ("mean", "var", "std") and facts(to).kind not in (FLOAT, COMPLEX):
        raise DTypeError(f"[{name}] got dtype={to.name}; expected a floating dtype; cast the result with astype()")
    return to


def _mask(name: str, x: Any, where: Any) -> Any:
    """``where`` as a bool array in the shape of ``x``."""
    node = where._node if isinstance(where, Operand) else x._constant(np.asarray(where))
    if node.dtype is not dtypes.bool_:
        raise DTypeError(f"[{name}] got where= of {node.dtype.name}; expected bools, such as x > 0")
    if broadcast(name, node.shape, x.shape) != x.shape:
        raise ShapeError(f"[{name}] got where= of shape {node.shape} for an array of shape {x.shape}; expected a shape that broadcasts to it")
    return x._like(elementwise.logical_and.node([node, sources.full_node(x.shape, True, dtypes.bool_, x.ctx)]))


def _of(name: str, x: Any, axis: Any, keepdims: bool, **more: Any) -> Any:
    return x._like(reductions.NODES[name](x._node, axis, keepdims, **more))


def _neutral(name: str, x: Any, initial: Any) -> Any:
    neutral = reductions.TABLE[name].neutral
    if neutral is not None:
        return neutral(facts(x._node.dtype).kind)
    if initial is None:
        raise ArgumentError(f"[{name}] got where= without initial=; expected a value for where nothing is chosen, such as initial=0")
    return initial


def _with_initial(name: str, x: Any, axis: Any, keepdims: bool, initial: Any, more: dict[str, Any]) -> Any:
    row = reductions.TABLE.get(name)
    if row is None or row.joins is None:
        raise ArgumentError(f"[{name}] got initial=; it has no start value; leave it out")
    if row.empty is None and 0 in [x.shape[a] for a in normalize_axes(name, axis, len(x.shape))]:
        shape = _of("any", x, axis, keepdims).shape
        return x._like(sources.full_node(shape, initial, x._node.dtype, x.ctx))
    result = _of(name, x, axis, keepdims, **more)
    combined = row.joins.apply(result, initial)
    if combined._node.dtype is not result._node.dtype:
        raise DTypeError(
            f"[{name}] got initial={initial!r} for a result of {result._node.dtype.name}, which does not hold it; pass dtype=, or cast the array"
        )
    return combined


def _moment(name: str, x: Any, mask: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    """The mean, variance or standard deviation of the elements where ``mask`` is true."""
    to = dtypes.to_float(x._node.dtype)
    wide = dtypes.float32 if facts(to).is_half else to
    chosen = _of("sum", mask, axis, keepdims, dtype=None)
    count = x._like(cast_node(chosen._node, dtypes.to_real(wide)))
    values = x._like(cast_node(x._node, wide))
    if name == "mean" and facts(x._node.dtype).kind not in (FLOAT, COMPLEX) and size_of(x.shape) <= reductions.MOST_EXACT:
        # As the mean of all: the exact sum, divided with one rounding.
        kept = elementwise.where.apply(mask, x, 0)
        total = reductions.integer_mean_node(kept._node, normalize_axes(name, axis, len(x.shape)), elementwise.maximum.apply(chosen, 1)._node, keepdims)
        result, gives = elementwise.where.apply(elementwise.greater.apply(chosen, 0), x._like(total), float("nan")), to
    elif name == "mean":
        total = reduced("sum", values, axis, keepdims, where=mask)
        result, gives = elementwise.divide.apply(total, count), to
    else:
        away = elementwise.subtract.apply(values, _moment("mean", values, mask, axis, True, 0.0))
        squares = elementwise.square.apply(away)
        if facts(wide).kind == COMPLEX:
            squares = elementwise.add.apply(elementwise.square.apply(elementwise.real.apply(away)), elementwise.square.apply(elementwise.imag.apply(away)))
        freedom = elementwise.maximum.apply(elementwise.subtract.apply(count, float(correction)), 0.0)
        result, gives = elementwise.divide.apply(reduced("sum", squares, axis, keepdims, where=mask), freedom), dtypes.to_real(to)
        if name == "std":
            result = elementwise.sqrt.apply(result)
    return x._like(cast_node(result._node, gives))


def deliver(name: str, out: Any, result: Any, casting: str = "same_kind") -> Any:
    """``result``; if there is an array ``out``, clnd's or NumPy's, that one with the result in it."""
    if out is None:
        return result
    if isinstance(out, Operand):
        node = result._node
        if casting == "unsafe":
            node = cast_node(node, out._node.dtype)
        return out._take(name, node)
    if not isinstance(out, np.ndarray):
        raise DTypeError(f"[{name}] got a {type(out).__name__} as out; expected a clnd array or a NumPy array")
    node = result._node
    if out.shape != node.shape:
        raise ShapeError(f"[{name}] got a result of shape {node.shape} to keep in a NumPy array of shape {out.shape}; expected equal shapes")
    if not np.can_cast(node.dtype, out.dtype, casting):  # type: ignore[arg-type]
        raise DTypeError(
            f"[{name}] got {node.dtype.name} to keep in a NumPy array of {out.dtype}; expected a result of the same kind; cast with astype()"
        )
    np.copyto(out, result.asnumpy(), casting=casting)  # type: ignore[arg-type]
    return out


def _with_arguments(name: str, x: Any, axis: Any, keepdims: bool, out: Any, **more: Any) -> Any:
    return deliver(name, out, reduced(name, x, axis, keepdims, **more))


reductions.Reduction.with_arguments = _with_arguments
