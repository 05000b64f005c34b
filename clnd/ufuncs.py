"""NumPy's ufuncs on clnd arrays: which operation each is, and their arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Operand, as_operand, leading, led, operand
from clnd.ops import elementwise, made, products
from clnd.ops.op import TRUTH, Binary, Op, Ternary, cast_node
from clnd.ops.special import OF_SCIPY
from clnd.placing import add_at, nonzero
from clnd.reducing import deliver, reduced

__all__ = ["answer"]

# What NumPy passes on for an argument that was not given; its stubs do not know it everywhere.
_NO_VALUE: Any = getattr(np, "_NoValue", object())

_HANDLED = (Operand, np.generic, bool, int, float, complex, list, tuple, type(None))


class _Function:
    """A function in the place of an operation."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.apply = function


_BY_UFUNC: dict[Any, Any] = {op.oracle: op for op in elementwise.TABLE.values() if isinstance(op.oracle, np.ufunc)}
_BY_UFUNC |= {np.matmul: products.MATMUL_UFUNC, np.deg2rad: elementwise.radians, np.rad2deg: elementwise.degrees, np.float_power: elementwise.float_power}
_BY_UFUNC |= {f: _Function(g) for f, g in ((np.divmod, made.divmod), (np.fabs, made.fabs), (np.modf, made.modf), (np.frexp, made.frexp), (np.ldexp, made.ldexp))}
# Ufuncs of NumPy 2 and later.
_BY_UFUNC |= {getattr(np, name): _Function(g) for name, g in (("bitwise_count", made.bitwise_count), ("matvec", products.matvec), ("vecdot", products.vecdot), ("vecmat", products.vecmat)) if hasattr(np, name)}
_REDUCTIONS: dict[Any, str] = {
    np.add: "sum", np.multiply: "prod", np.minimum: "min", np.maximum: "max", np.logical_and: "all", np.logical_or: "any",
}  # fmt: skip
_OF_BOOLS: dict[Any, str] = {np.bitwise_and: "all", np.bitwise_or: "any"}


def answer(rules: Any, ufunc: np.ufunc, method: str, inputs: Sequence[Any], given: dict[str, Any]) -> Any:
    """What ``ufunc`` gives: the protocol's ``__array_ufunc__``.

    Parameters
    ----------
    rules : dict
        Operations of a class of arrays that differ from the table's, by ufunc.
    ufunc, method, inputs, given
        As NumPy hands them over; ``given`` are the keyword arguments.

    Raises
    ------
    DTypeError
        If clnd has no such operation. The message says what to write instead.
    """
    outs = given.pop("out", ())
    operands = inputs if method != "at" else (*inputs[:1], *inputs[2:])  # an index may be anything
    if not all(isinstance(x, _HANDLED) or _is_plain(x) for x in (*operands, *outs)):
        return NotImplemented
    given.pop("order", None), given.pop("subok", None)
    name = _name_of(ufunc) + ("" if method == "__call__" else f".{method}")
    if method == "reduce":
        return _reduce(name, ufunc, inputs[0], outs, given)
    if method == "accumulate":
        return _accumulate(name, ufunc, inputs[0], outs, given)
    if method == "at":
        return _at(name, rules, ufunc, inputs)
    op = rules.get(ufunc) or _BY_UFUNC.get(ufunc) or (OF_SCIPY.get(ufunc.__name__) if _is_of_scipy(ufunc) else None)
    if op is None or method not in ("__call__", "outer"):
        _refuse(name, method)
    operands = _crossed([*inputs]) if method == "outer" else [*inputs]
    casting, where, dtype = given.pop("casting", "same_kind"), given.pop("where", True), given.pop("dtype", None)
    if given:
        raise ArgumentError(f"[{name}] got {', '.join(given)}; expected only out, where, dtype and casting")
    return _applied(name, op, operands, outs, where, casting, dtype)


def _is_of_scipy(ufunc: np.ufunc) -> bool:
    """Whether it is one of `scipy.special`, which somebody has imported then."""
    return getattr(sys.modules.get("scipy.special._ufuncs"), ufunc.__name__, None) is ufunc


def _name_of(ufunc: np.ufunc) -> str:
    """A ufunc's name as its users write it."""
    if getattr(np, ufunc.__name__, None) is ufunc:
        return f"np.{ufunc.__name__}"
    return f"scipy.special.{ufunc.__name__}" if _is_of_scipy(ufunc) else ufunc.__name__


def _applied(name: str, op: Any, operands: list[Any], outs: Sequence[Any], where: Any, casting: str, dtype: Any) -> Any:
    """An operation with NumPy's arguments of ufuncs; ``outs`` are one for each result, or none."""
    lead = next(x for x in (*operands, *outs) if isinstance(x, Operand))
    if not any(isinstance(x, Operand) for x in operands):
        operands[0] = lead._like(lead._constant(np.asarray(operands[0])))
    if dtype is not None:
        operands = _cast(name, op, operands, lead, dtypes.as_dtype(dtype), casting)
    result = op.apply(*operands)
    results = result if isinstance(result, tuple) else (result,)
    outs = outs or (None,) * len(results)
    kept = tuple(_kept(name, r, out, where, casting) for r, out in zip(results, outs, strict=True))
    return kept if isinstance(result, tuple) else kept[0]


def _is_plain(x: Any) -> bool:
    """Whether ``x`` is a NumPy array, and not of a subclass with rules of its own."""
    return isinstance(x, np.ndarray) and type(x).__array_ufunc__ is np.ndarray.__array_ufunc__


def _refuse(name: str, method: str) -> NoReturn:
    what = {
        "accumulate": "cumulative operations by add, multiply, minimum, maximum, logical_and and logical_or",
        "at": "unbuffered updates of its own arrays, by operations of two operands", "reduceat": "no reductions of slices",
        "reduce": "reductions by add, multiply, minimum, maximum, logical_and and logical_or",
    }.get(method, "no such ufunc")  # fmt: skip
    raise DTypeError(
        f"[{name}] got a clnd array, and clnd has {what}; use functions of clnd, or compute on the host with {name}(x.asnumpy(), ...)"
    )


def _crossed(operands: list[Any]) -> list[Any]:
    """Two operands, the first with as many axes of length 1 behind its own as the second has axes."""
    first, second = (x if isinstance(x, Operand) else np.asarray(x) for x in operands)
    ndim = len(getattr(second, "shape", ()))
    crossed: Any = first
    return [crossed[(Ellipsis,) + (None,) * ndim] if ndim else crossed, second]


def _cast(name: str, op: Any, operands: list[Any], lead: Any, to: dtypes.DType, casting: str) -> list[Any]:
    """The operands for a result of dtype ``to``."""
    if isinstance(op, Op) and op.gives_rule == TRUTH:
        if facts(to).kind != BOOL:
            raise DTypeError(f"[{name}] got dtype={to.name}; it gives bools; cast the result with astype()")
        return operands
    cast = []
    for x in operands:
        if not isinstance(x, Operand) and isinstance(x, (np.ndarray, list, tuple)):
            x = lead._like(lead._constant(x))
        if isinstance(x, Operand):
            dtypes.check_casting(name, x._node.dtype, to, casting)
            x = x._like(cast_node(x._node, to))
        cast.append(x)
    return cast


def _kept(name: str, result: Any, out: Any, where: Any, casting: str) -> Any:
    """``result`` where ``where`` is true, and elsewhere what ``out`` holds, or zeros if there is none."""
    if where is True:
        return deliver(name, out, result, casting)
    if isinstance(out, Operand):
        result = elementwise.where.apply(where, result, out)
    elif out is None:
        result = elementwise.where.apply(where, result, False if facts(result._node.dtype).kind == BOOL else 0)
    else:
        result = elementwise.where.apply(where, result, result._like(result._constant(out)))
    return deliver(name, out, result, casting)


def _reduce(name: str, ufunc: np.ufunc, x: Any, outs: Sequence[Any], given: dict[str, Any]) -> Any:
    reduction = _REDUCTIONS.get(ufunc)
    x = _beside(x, outs)
    if reduction is None and facts(x._node.dtype).kind == BOOL:
        reduction = _OF_BOOLS.get(ufunc)
    if reduction is None:
        _refuse(name, "reduce")
    axis, keepdims = given.pop("axis", 0), bool(given.pop("keepdims", False))
    arguments = {key: given.pop(key) for key in ("dtype", "initial", "where") if key in given}
    if arguments.get("initial") is _NO_VALUE:
        del arguments["initial"]
    if axis == 0 and not x.shape:
        axis = None
    result = reduced(reduction, x, axis, keepdims, **arguments)
    return deliver(name, outs[0] if outs else None, result)


def _beside(x: Any, outs: Sequence[Any]) -> Any:
    """``x`` as an array: itself, or beside that of ``outs`` that is one."""
    return x if isinstance(x, Operand) else next(out._like(out._constant(np.asarray(x))) for out in outs if isinstance(out, Operand))


def _accumulate(name: str, ufunc: np.ufunc, x: Any, outs: Sequence[Any], given: dict[str, Any]) -> Any:
    accumulated = getattr(_BY_UFUNC.get(ufunc), "accumulated", None)
    x = _beside(x, outs)
    if accumulated is None:
        _refuse(name, "accumulate")
    result = x._like(accumulated(x._node, given.pop("axis", 0), given.pop("dtype", None)))
    return deliver(name, outs[0] if outs else None, result)


def _at(name: str, rules: Any, ufunc: np.ufunc, inputs: Sequence[Any]) -> None:
    op = rules.get(ufunc) or _BY_UFUNC.get(ufunc)
    if not isinstance(op, Binary) or not isinstance(inputs[0], Operand) or len(inputs) != 3:
        _refuse(name, "at")
    add_at(op, *inputs)


# --- the same as methods of the table's rows ---------------------------------------------------------


class _Methods:
    """What operations called with NumPy's arguments do, and `Binary.at`, `Binary.reduce` and `Binary.outer`."""

    @staticmethod
    def call(op: Op, operands: Sequence[Any], out: Any, where: Any, dtype: Any, casting: str) -> Any:
        if out is not None:
            operand(op.name, out)
        _, operands = led(op.name, operands)
        if isinstance(where, (list, np.ndarray)):
            where = leading(operands)._like(leading(operands)._constant(np.asarray(where)))
        return _applied(op.name, op, [*operands], (out,), where, casting, dtype)

    at = staticmethod(add_at)

    @staticmethod
    def reduce(op: Binary, x: Any, axis: Any, dtype: Any, out: Any, keepdims: bool, initial: Any, where: Any) -> Any:
        name = f"{op.name}.reduce"
        if not isinstance(op.oracle, np.ufunc):
            _refuse(name, "reduce")
        given = {"axis": axis, "keepdims": keepdims, "dtype": dtype, "initial": initial, "where": where}
        return _reduce(name, op.oracle, as_operand(name, x), () if out is None else (out,), given)

    @staticmethod
    def outer(op: Binary, x1: Any, x2: Any, out: Any) -> Any:
        return op.apply_into(out, *_crossed([x1, x2]))


Op.methods = _Methods
Ternary.of_condition = staticmethod(nonzero)  # type: ignore[assignment,method-assign]
