"""The reductions, one row each: what is mapped, how values combine, what an empty one gives.

Sums and products of floats and complex numbers follow the canonical order; integers, bools, min
and max are exact in any order.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Node
from clnd.graph.node import operand as _asked
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record, scalar_node
from clnd.kernels import reduce
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.kernels.recipe import Input, Recipe
from clnd.kernels.reduce import Accumulation
from clnd.ops import elementwise, sources
from clnd.ops.op import Op, Unary, cast_node
from clnd.ops.views import part_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import normalize_axes, normalize_axis, size_of

__all__ = [
    "TABLE", "Reduction", "all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip

_NUMERIC = frozenset({BOOL, UINT, INT, FLOAT, COMPLEX})
_REAL = frozenset({BOOL, UINT, INT, FLOAT})


class Reduction(Primitive):
    """One reduction: how values of each kind combine (C over a and b), and the result of none.

    ``gives`` maps the operand's dtype to the result's; operands are cast to it first. ``empty`` is
    the value of an empty reduction, None where there is none.
    """

    takes_prologue = True
    is_planned = True
    has_fast = True

    def __init__(
        self,
        name: str,
        combine: dict[str, str],
        takes: frozenset[str],
        gives: Callable[[DType], DType],
        empty: Any,
        oracle: Callable[..., Any],
    ) -> None:
        self.name = name
        self._combine = combine
        self.takes = takes
        self.gives = gives
        self.empty = empty
        self.oracle = oracle

    def node(self, x: Node, axis: Any, keepdims: bool, gives: DType | None = None) -> Node:
        """The node of this reduction of ``x``."""
        if facts(x.dtype).kind not in self.takes:
            raise DTypeError(
                f"[{self.name}] got {x.dtype.name}; it takes {dtypes.kind_names(self.takes)}; cast with astype()"
            )
        axes = normalize_axes(self.name, axis, len(x.shape))
        to = gives or self.gives(x.dtype)
        kept = tuple(1 if k in axes else n for k, n in enumerate(x.shape))
        shape = kept if keepdims else tuple(n for k, n in enumerate(x.shape) if k not in axes)
        n = size_of(tuple(x.shape[k] for k in axes))
        if n == 0 and self.empty is None and size_of(shape):
            raise ArgumentError(f"[{self.name}] got shape {x.shape} to reduce over axis {axis}; there are no elements, and {self.name} of none is undefined")
        if n == 0 or size_of(shape) == 0:
            assert x.ctx is not None
            return sources.full_node(shape, 0 if self.empty is None else self.empty, to, x.ctx)
        if not axes:
            return cast_node(x, to)
        # float16 is summed as it is stored, in float32 (a cast would round); others are cast first.
        operand = x if x.dtype is to or facts(to).is_half else cast_node(x, to)
        if facts(x.dtype).is_half and to is dtypes.float32:
            operand = x
        return record(self, (operand,), shape, to, x.ctx, axes)

    @functools.cache  # noqa: B019 - a few rows, which live as long as the process
    def accumulation(self, operand: DType, gives: DType) -> Accumulation:
        """How values of ``operand`` are accumulated into ``gives``."""
        combine = self._combine[facts(gives).kind]
        step = _substituted(combine, a="acc", b="x1")
        acc = dtypes.float32 if facts(gives).is_half else gives
        return Accumulation("x1", step, combine, acc, gives)

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The reduction with the elementwise nodes that it swallowed."""
        source, axes = node.inputs[0], node.params
        recipe, inputs = (_bare(source.dtype, node.fast), [source]) if prologue is None else (prologue.recipe, prologue.inputs)
        strides = tuple([None if x.value is None else x.strides for x in inputs])
        shapes = tuple([x.shape for x in inputs])
        accumulation = self.accumulation(source.dtype, node.dtype)
        key = ("reduce", accumulation, recipe, source.shape, axes, strides, shapes)
        return device.planned(key, lambda: reduce.plan(device, accumulation, recipe, source.shape, axes, strides, shapes))

    def __repr__(self) -> str:
        return f"<reduction {self.name}>"


@functools.cache
def _bare(dtype: DType, fast: bool) -> Recipe:
    """The recipe of a reduction of what lies in memory."""
    return Recipe((Input(dtype),), (), (0,), fast)


class _Extreme(Reduction):
    """min and max: of floats by keys that are integers, where NaN and the zeros need no care at each step."""

    @functools.cache  # noqa: B019
    def accumulation(self, operand: DType, gives: DType) -> Accumulation:
        if facts(gives).kind != FLOAT:
            return super().accumulation(operand, gives)
        least = self.name == "min"
        function, key = ("min", "order_key_low(x1)") if least else ("max", "order_key(x1)")
        acc = dtypes.int64 if facts(gives).needs_fp64 else dtypes.int32
        return Accumulation(key, f"{function}(acc, {key})", f"{function}(a, b)", acc, gives, "key_value(total)")


def _substituted(code: str, **names: str) -> str:
    return re.sub(r"\b(" + "|".join(names) + r")\b", lambda m: names[m[1]], code)


def _same(dtype: DType) -> DType:
    return dtype


def _sum_dtype(dtype: DType) -> DType:
    """Sums and products of small integers are of the default integers of their sign."""
    kind = facts(dtype).kind
    if kind in (BOOL, INT):
        return dtypes.int64
    return dtypes.uint64 if kind == UINT else dtype


_INTEGER_SUM = "as_T((U)(as_U(a) + as_U(b)))"
_INTEGER_PRODUCT = "int_multiply(a, b)"

SUM = Reduction(
    "sum", {UINT: _INTEGER_SUM, INT: _INTEGER_SUM, FLOAT: "a + b", COMPLEX: "cadd(a, b)"}, _NUMERIC, _sum_dtype, 0, np.sum
)
PROD = Reduction(
    "prod", {UINT: _INTEGER_PRODUCT, INT: _INTEGER_PRODUCT, FLOAT: "a * b", COMPLEX: "cmul(a, b)"}, _NUMERIC, _sum_dtype, 1, np.prod
)
MIN = _Extreme("min", dict.fromkeys(_REAL, "minimum_of(a, b)"), _REAL, _same, None, np.min)
MAX = _Extreme("max", dict.fromkeys(_REAL, "maximum_of(a, b)"), _REAL, _same, None, np.max)
ANY = Reduction("any", {BOOL: "a | b"}, _NUMERIC, lambda dtype: dtypes.bool_, False, np.any)
ALL = Reduction("all", {BOOL: "a & b"}, _NUMERIC, lambda dtype: dtypes.bool_, True, np.all)

TABLE: dict[str, Reduction] = {r.name: r for r in (SUM, PROD, MIN, MAX, ANY, ALL)}


def sum(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over ``axis``, in the canonical order.

    Parameters
    ----------
    x : array
    axis : int or tuple of int, optional
        The axes summed over; all where None.
    dtype : dtype, optional
        The result's, and what elements are cast to first. By default that of ``x``; int64 for
        bools and signed integers, uint64 for unsigned ones.
    keepdims : bool
        Keep the reduced axes with length 1.
    """
    return _accumulated("sum", SUM, x, axis, dtype, keepdims)


def prod(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over ``axis``, in the canonical order; arguments as of `sum`."""
    return _accumulated("prod", PROD, x, axis, dtype, keepdims)


def _accumulated(name: str, row: Reduction, x: Any, axis: Any, dtype: Any, keepdims: bool) -> Any:
    operand = _asked(name, x)
    node = operand._node
    if dtype is not None:
        to = dtypes.as_dtype(dtype)
        return operand._like(row.node(cast_node(node, to), axis, keepdims, to))
    return operand._like(row.node(node, axis, keepdims))


def min(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element over ``axis``: NaN where there is one, -0 before +0."""
    operand = _asked("min", x)
    return operand._like(MIN.node(operand._node, axis, keepdims))


def max(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element over ``axis``: NaN where there is one, +0 after -0."""
    operand = _asked("max", x)
    return operand._like(MAX.node(operand._node, axis, keepdims))


def any(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """True where any element over ``axis`` is not 0."""
    operand = _asked("any", x)
    return operand._like(ANY.node(operand._node, axis, keepdims))


def all(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """True where every element over ``axis`` is not 0."""
    operand = _asked("all", x)
    return operand._like(ALL.node(operand._node, axis, keepdims))


def count_nonzero(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """How many elements over ``axis`` are not 0, as int64."""
    operand = _asked("count_nonzero", x)
    return operand._like(SUM.node(cast_node(operand._node, dtypes.bool_), axis, keepdims))


# --- made of others ----------------------------------------------------------------------------


def _wide(dtype: DType) -> DType:
    """What means and variances are computed in: float32 for halves, so that sums do not overflow."""
    return dtypes.float32 if facts(dtype).is_half else dtypes.to_float(dtype)


class _Quotient(Op):
    """(x1 * 2**32 + x2) / x3 of int64 as float32, rounded once."""

    names = ("x1", "x2", "x3")
    has_fast = False

    def gives(self, dtype: DType) -> DType:
        return dtypes.float32


_QUOTIENT = _Quotient(
    "exact_quotient", "exact_quotient(x1, x2, x3)", frozenset({INT}), "The quotient of a number in two words.", oracle=lambda high, low, n: (high * 2**32 + low) / n
)
# Sums of the lower words of so many integers fit int64.
_MOST_EXACT = 2**31 - 1


def _integer_mean(x: Node, axes: Any, n: int, keepdims: bool) -> Node:
    """The mean of integers: their exact sum, in two words where one could overflow, divided with one rounding."""
    wide = x.dtype if x.dtype == dtypes.uint64 else dtypes.int64
    half, mask = scalar_node(32, wide), scalar_node(2**32 - 1, wide)

    def words(value: Node) -> tuple[Node, Node]:
        high, low = elementwise.bitwise_right_shift.node([value, half]), elementwise.bitwise_and.node([value, mask])
        return cast_node(high, dtypes.int64), cast_node(low, dtypes.int64)

    if x.dtype.itemsize == 8:
        high, low = (SUM.node(word, axes, keepdims) for word in words(x))
    else:
        high, low = words(SUM.node(cast_node(x, wide), axes, keepdims))
    return _QUOTIENT.node([high, low, scalar_node(n, dtypes.int64)])


def _mean_node(x: Node, axis: Any, keepdims: bool) -> Node:
    wide = _wide(x.dtype)
    axes = normalize_axes("mean", axis, len(x.shape))
    n = size_of(tuple(x.shape[k] for k in axes))
    if facts(x.dtype).kind in (BOOL, INT, UINT) and 0 < n <= _MOST_EXACT:
        return _integer_mean(x, axes, n, keepdims)
    total = SUM.node(cast_node(x, wide), axes, keepdims)
    return elementwise.divide.node([total, scalar_node(float(n), wide)])


def mean(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The canonical sum over ``axis`` divided by the count; NaN for none.

    Of integers it is float32: their exact sum, divided with one rounding (of less than 2**31 elements; of more the sum is
    rounded too).
    """
    operand = _asked("mean", x)
    node = operand._node
    return operand._like(cast_node(_mean_node(node, axis, keepdims), dtypes.to_float(node.dtype)))


def _var_node(x: Node, axis: Any, correction: float, keepdims: bool) -> Node:
    wide = _wide(x.dtype)
    axes = normalize_axes("var", axis, len(x.shape))
    n = size_of(tuple(x.shape[k] for k in axes))
    centred = elementwise.subtract.node([cast_node(x, wide), _mean_node(x, axes, True)])
    if facts(wide).kind == COMPLEX:
        re, im = elementwise.real.node([centred]), elementwise.imag.node([centred])
        squares = elementwise.add.node([elementwise.square.node([re]), elementwise.square.node([im])])
    else:
        squares = elementwise.square.node([centred])
    total = SUM.node(squares, axes, keepdims)
    freedom = n - correction if n - correction > 0 else 0.0
    return elementwise.divide.node([total, scalar_node(float(freedom), total.dtype)])


def var(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The canonical sum of squared distances from the mean, divided by the count less ``correction``."""
    operand = _asked("var", x)
    node = operand._node
    gives = dtypes.to_real(dtypes.to_float(node.dtype))
    return operand._like(cast_node(_var_node(node, axis, correction, keepdims), gives))


def std(x: Any, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The square root of `var`."""
    operand = _asked("std", x)
    node = operand._node
    gives = dtypes.to_real(dtypes.to_float(node.dtype))
    return operand._like(cast_node(elementwise.sqrt.node([_var_node(node, axis, correction, keepdims)]), gives))


# --- places ------------------------------------------------------------------------------------


class _Search(Reduction):
    """The largest key and its place, of equal ones the first: two results, the key and an int64."""

    results = 2
    has_fast = False

    @functools.cache  # noqa: B019
    def accumulation(self, operand: DType, gives: DType) -> Accumulation:
        step = "best_step(x1, number, acc)"
        return Accumulation("best_start(x1, number)", step, "best_of(a, b)", dtypes.PAIRS[gives], gives, is_search=True, numbered=True)


SEARCH = _Search("search", {}, frozenset({INT}), _same, None, np.max)


class _Key(Unary):
    """Integers by which elements are searched for: the larger one is found. NaN is above all numbers; -0 equals +0."""

    has_fast = False

    def __init__(self, name: str, of_float: str, inverted: str) -> None:
        self._of_float, self._inverted = of_float, inverted
        super().__init__(name, "x", frozenset({UINT, INT, FLOAT}), f"The key of `x` for {name}.", oracle=np.positive)

    def gives(self, dtype: DType) -> DType:
        return dtypes.int32 if dtype.itemsize <= 4 else dtypes.int64

    def code_for(self, dtype: DType) -> str:
        kind = facts(dtype).kind
        if kind == FLOAT:
            return f"{self._of_float}(x)"
        # The sign's bit turned, unsigned integers are in the order of signed ones.
        return self._inverted + (f"as_I(x ^ ((U)1 << (U){8 * dtype.itemsize - 1}))" if kind == UINT else "x")


_KEYS = {"argmax": _Key("argmax", "search_key", ""), "argmin": _Key("argmin", "search_key_low", "~")}


def search_node(name: str, x: Node, axes: tuple[int, ...], keepdims: bool) -> Node:
    """The node of a search along ``axes``, which are of at least one element: its values are keys, and places as int64."""
    n = size_of(tuple(x.shape[k] for k in axes))
    if x.dtype.itemsize < 4 and facts(x.dtype).kind != FLOAT:
        x = cast_node(x, dtypes.int32)
    key = _KEYS[name].node([x])
    if n >= 2**31:
        key = cast_node(key, dtypes.int64)
    return SEARCH.node(key, axes, keepdims)


def _arg_node(name: str, x: Node, axis: Any, keepdims: bool) -> Node:
    if facts(x.dtype).kind not in _REAL:
        raise DTypeError(f"[{name}] got {x.dtype.name}; it takes {dtypes.kind_names(_REAL)}; take abs() or real() first")
    assert x.ctx is not None
    axes = tuple(range(len(x.shape))) if axis is None else (normalize_axis(name, axis, len(x.shape)),)
    n = size_of(tuple(x.shape[k] for k in axes))
    if n == 0:
        raise ArgumentError(f"[{name}] got shape {x.shape} to search along axis {axis}; there are no elements, and {name} of none is undefined")
    if not x.shape or size_of(x.shape) == 0:
        shape = tuple(1 if k in axes else m for k, m in enumerate(x.shape)) if keepdims else tuple(m for k, m in enumerate(x.shape) if k not in axes)
        return sources.full_node(shape, 0, dtypes.int64, x.ctx)
    return part_node(search_node(name, x, axes, keepdims), 1, dtypes.int64)


def argmin(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The index of the smallest element over ``axis`` (of the flattened array where None), as int64.

    The first NaN wins. Of equal elements the first one wins; -0 equals +0.
    """
    operand = _asked("argmin", x)
    return operand._like(_arg_node("argmin", operand._node, axis, keepdims))


def argmax(x: Any, /, *, axis: Any = None, keepdims: bool = False) -> Any:
    """The index of the largest element over ``axis`` (of the flattened array where None), as int64.

    The first NaN wins. Of equal elements the first one wins; -0 equals +0.
    """
    operand = _asked("argmax", x)
    return operand._like(_arg_node("argmax", operand._node, axis, keepdims))
