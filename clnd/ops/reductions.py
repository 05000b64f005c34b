"""The reductions, one row each: what is mapped, how values combine, what an empty one gives.

Sums and products of floats and complex numbers follow the canonical order; integers, bools, min
and max are exact in any order.
"""

from __future__ import annotations

import functools
import re
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, EVERY_KIND, FLOAT, INT, REAL, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph import mode
from clnd.graph.node import Node, Operand
from clnd.graph.node import as_operand as _asked
from clnd.graph.planning import aligned_of
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record, scalar_node
from clnd.kernels import reduce
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.kernels.recipe import Input, Recipe
from clnd.kernels.reduce import Accumulation
from clnd.ops import elementwise, sources
from clnd.ops.limits import places_below
from clnd.ops.op import Op, Unary, cast_node
from clnd.ops.views import part_node, reshaped_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import normalize_axes, normalize_axis, size_of

__all__ = ["all", "any", "max", "min", "prod", "sum"]
"""The chapter's public names: each is a row."""

A = TypeVar("A", bound=Operand)
R = TypeVar("R", bound="Reduction")


class Reduction(Primitive):
    """One reduction: a row, and the public function of its name.

    Parameters
    ----------
    name
        The public name.
    combine
        How two values of each kind combine: C over a and b.
    takes
        The kinds of dtypes that it takes.
    gives
        From the operand's dtype to the result's. Operands are cast to it first.
    empty
        The value of an empty reduction, None where there is none.
    oracle
        The NumPy function that tests hold it to.
    says
        The first sentence of the docstring.
    joins
        The elementwise row that takes ``initial=`` into the result, None where there is no start value.
    neutral
        From a kind to what elements become that ``where=`` leaves out; None where only ``initial`` can be that.
    """

    takes_prologue = True
    is_planned = True
    has_fast = True
    takes_dtype = False
    """Whether the public function has a ``dtype=``."""

    def __init__(
        self,
        name: str,
        combine: dict[str, str],
        takes: frozenset[str],
        gives: Callable[[DType], DType],
        empty: Any,
        oracle: Callable[..., Any],
        says: str,
        *,
        joins: Op | None = None,
        neutral: Callable[[str], Any] | None = None,
    ) -> None:
        self.name = name
        self._combine = combine
        self.takes = takes
        self.gives = gives
        self.empty = empty
        self.oracle = oracle
        self.says = says
        self.joins = joins
        self.neutral = neutral
        self.__name__ = self.__qualname__ = name
        self.__doc__ = self._docstring()

    with_arguments: ClassVar[Callable[..., Any]]
    """A call with NumPy's further arguments. `clnd.reducing` sets it, which is above this module."""

    def __call__(
        self, x: A, /, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> A:
        operand = _asked(self.name, x)
        if out is initial is where is None:
            result: A = operand._like(self.node(operand._node, axis, keepdims))
        else:
            result = Reduction.with_arguments(self.name, operand, axis, keepdims, out, initial=initial, where=where)
        return result

    def _docstring(self) -> str:
        dtype = (
            "dtype : dtype, optional\n    The result's, and what elements are cast to first. By default that of ``x``; int64 for\n"
            "    bools and signed integers, uint64 for unsigned ones.\n"
        )
        return (
            f"{self.says}\n\nParameters\n----------\nx : array\n    Takes {dtypes.kind_names(self.takes)}.\n"
            "axis : int or tuple of int, optional\n    The axes reduced over; all where None.\n"
            f"{dtype if self.takes_dtype else ''}"
            "out : array, optional\n    The array that gets the result.\n"
            "keepdims : bool\n    Keep the reduced axes with length 1.\n"
            "initial : number, optional\n    A start value, where the function has one.\n"
            "where : array of bool, optional\n    Which elements are taken.\n\n"
            "Raises\n------\nDTypeError\n    Where it does not take the dtype.\nAxisError\n    For an axis that the array has not.\n"
            + ("ArgumentError\n    Where there are no elements to reduce.\n" if self.empty is None else "")
        )

    def node(self, x: Node, axis: Any, keepdims: bool, gives: DType | None = None) -> Node:
        """The node of this reduction of ``x``."""
        if facts(x.dtype).kind not in self.takes:
            raise DTypeError(
                f"[{self.name}] got {x.dtype.name}; it takes {dtypes.kind_names(self.takes)}; cast with astype()"
            )
        axes = _axes(self.name, axis, x)
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
        start = aligned_of(device, inputs)
        key = ("reduce", accumulation, recipe, source.shape, axes, strides, shapes, start)
        return device.planned(key, lambda: reduce.plan(device, accumulation, recipe, source.shape, axes, strides, shapes, start))

    def __repr__(self) -> str:
        return f"<reduction {self.name}>"

    def __reduce__(self) -> str:
        # The name of a row in this module: there is one object of each reduction.
        return self.name


class Sum(Reduction):
    """A reduction whose result may be asked for in another dtype."""

    takes_dtype = True

    def __call__(  # type: ignore[override]
        self, x: A, /, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> A:
        operand = _asked(self.name, x)
        if out is initial is where is None:
            result: A = operand._like(self.node_as(operand._node, axis, keepdims, dtype))
        else:
            result = Reduction.with_arguments(self.name, operand, axis, keepdims, out, dtype=dtype, initial=initial, where=where)
        return result

    def node_as(self, x: Node, axis: Any, keepdims: bool, dtype: Any) -> Node:
        """`node` in ``dtype``, where it is not None."""
        if dtype is None:
            return self.node(x, axis, keepdims)
        to = dtypes.as_dtype(dtype)
        return self.node(cast_node(x, to), axis, keepdims, to)


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

_OVER = "over ``axis``"
TABLE: dict[str, Reduction] = {}


def _row(row: R) -> R:
    TABLE[row.name] = row
    return row


def _zero(kind: str) -> Any:
    """What a sum is not changed by: floats take -0.0."""
    return {BOOL: False, FLOAT: -0.0, COMPLEX: complex(-0.0, -0.0)}.get(kind, 0)


def _one(kind: str) -> Any:
    if kind == COMPLEX:
        raise ArgumentError("[prod] got where= for complex numbers, whose product with 1 is not exact; multiply clnd.where(condition, x, 1) instead")
    return True if kind == BOOL else 1


# Each row is the public function of its name.
sum = _row(Sum(
    "sum", {BOOL: "a | b", UINT: _INTEGER_SUM, INT: _INTEGER_SUM, FLOAT: "a + b", COMPLEX: "cadd(a, b)"}, EVERY_KIND, _sum_dtype, 0, np.sum,
    f"The sum {_OVER}, in the canonical order.", joins=elementwise.add, neutral=_zero,
))  # fmt: skip
prod = _row(Sum(
    "prod", {BOOL: "a & b", UINT: _INTEGER_PRODUCT, INT: _INTEGER_PRODUCT, FLOAT: "a * b", COMPLEX: "cmul(a, b)"}, EVERY_KIND, _sum_dtype, 1, np.prod,
    f"The product {_OVER}, in the canonical order.", joins=elementwise.multiply, neutral=_one,
))  # fmt: skip
min = _row(_Extreme(
    "min", dict.fromkeys(REAL, "minimum_of(a, b)"), REAL, _same, None, np.min,
    f"The smallest element {_OVER}: NaN where there is one, -0 before +0.", joins=elementwise.minimum,
))  # fmt: skip
max = _row(_Extreme(
    "max", dict.fromkeys(REAL, "maximum_of(a, b)"), REAL, _same, None, np.max,
    f"The largest element {_OVER}: NaN where there is one, +0 after -0.", joins=elementwise.maximum,
))  # fmt: skip
any = _row(Reduction(
    "any", {BOOL: "a | b"}, EVERY_KIND, lambda dtype: dtypes.bool_, False, np.any,
    f"True where any element {_OVER} is not 0.", joins=elementwise.logical_or, neutral=lambda kind: False,
))  # fmt: skip
all = _row(Reduction(
    "all", {BOOL: "a & b"}, EVERY_KIND, lambda dtype: dtypes.bool_, True, np.all,
    f"True where every element {_OVER} is not 0.", joins=elementwise.logical_and, neutral=lambda kind: True,
))  # fmt: skip


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
# From so many elements on a mean and a variance share the sum, and so one reading.
_WORTH_SHARING = 1 << 16
# Sums of the lower words of so many integers fit int64.
MOST_EXACT = 2**31 - 1


def integer_mean_node(x: Node, axes: Any, count: Node, keepdims: bool) -> Node:
    """The exact sum of integers, in two words where one could overflow, divided by ``count``, an int64 above 0, with one rounding."""
    wide = x.dtype if x.dtype == dtypes.uint64 else dtypes.int64
    half, mask = scalar_node(32, wide), scalar_node(2**32 - 1, wide)

    def words(value: Node) -> tuple[Node, Node]:
        high, low = elementwise.bitwise_right_shift.node([value, half]), elementwise.bitwise_and.node([value, mask])
        return cast_node(high, dtypes.int64), cast_node(low, dtypes.int64)

    if x.dtype.itemsize == 8:
        high, low = (sum.node(word, axes, keepdims) for word in words(x))
    else:
        high, low = words(sum.node(cast_node(x, wide), axes, keepdims))
    if dtypes.default_float() == dtypes.float64:
        return _wide_quotient(high, low, count)
    return _QUOTIENT.node([high, low, count])


def _wide_quotient(high: Node, low: Node, count: Node) -> Node:
    """(high * 2**32 + low) / count as float64: the sum is rounded, where it has more than 53 bits, and so is the quotient."""
    # The lower word's excess goes up first: the words have different signs, and what is rounded must not cancel.
    excess = elementwise.bitwise_right_shift.node([low, scalar_node(32, dtypes.int64)])
    high, low = elementwise.add.node([high, excess]), elementwise.bitwise_and.node([low, scalar_node(2**32 - 1, dtypes.int64)])
    upper, lower = cast_node(high, dtypes.float64), cast_node(low, dtypes.float64)
    total = elementwise.add.node([elementwise.multiply.node([upper, scalar_node(2.0**32, dtypes.float64)]), lower])
    n = scalar_node(float(count.params), dtypes.float64) if count.ctx is None else cast_node(count, dtypes.float64)
    return elementwise.divide.node([total, n])


def count_node(x: Node, axis: Any, keepdims: bool) -> Node:
    """How many elements are not 0, as int64."""
    return sum.node(cast_node(x, dtypes.bool_), axis, keepdims)


def mean_node(x: Node, axis: Any, keepdims: bool) -> Node:
    """The canonical sum divided by the count, in the dtype of its quotient."""
    return cast_node(_mean(x, axis, keepdims), dtypes.to_float(x.dtype))


def _mean(x: Node, axis: Any, keepdims: bool) -> Node:
    """`mean_node` before it is rounded to float16."""
    wide = _wide(x.dtype)
    axes = normalize_axes("mean", axis, len(x.shape))
    n = size_of(tuple(x.shape[k] for k in axes))
    if facts(x.dtype).kind in (BOOL, INT, UINT) and 0 < n <= MOST_EXACT:
        return integer_mean_node(x, axes, scalar_node(n, dtypes.int64), keepdims)
    operand, count = cast_node(x, wide), scalar_node(float(n), wide)
    if size_of(x.shape) < _WORTH_SHARING:
        return elementwise.divide.node([sum.node(operand, axes, keepdims), count])
    mean = elementwise.divide.node([_shared_sum(operand, axes), count])
    return mean if keepdims else reshaped_node(mean, tuple(length for k, length in enumerate(x.shape) if k not in axes))


def _shared_sum(x: Node, axes: tuple[int, ...]) -> Node:
    """The sum over ``axes``, which stay with length 1; the same node for all means and variances of ``x`` that are recorded before it is computed."""
    key = (axes, mode.state.fast)
    kept = x.sums.get(key) if x.sums is not None else None
    total = kept() if kept is not None else None
    if total is None or total.value is not None:
        total = sum.node(x, axes, True)
        x.sums = {**(x.sums or {}), key: weakref.ref(total)}
    return total


def var_node(x: Node, axis: Any, keepdims: bool, correction: float = 0.0) -> Node:
    """The canonical sum of squared distances from the mean, divided by the count less ``correction``."""
    return cast_node(_var(x, axis, keepdims, correction), dtypes.to_real(dtypes.to_float(x.dtype)))


def std_node(x: Node, axis: Any, keepdims: bool, correction: float = 0.0) -> Node:
    """The square root of `var_node`."""
    return cast_node(elementwise.sqrt.node([_var(x, axis, keepdims, correction)]), dtypes.to_real(dtypes.to_float(x.dtype)))


def squares_node(x: Node) -> Node:
    """The squares of the magnitudes."""
    if facts(x.dtype).kind != COMPLEX:
        return elementwise.square.node([x])
    re, im = elementwise.real.node([x]), elementwise.imag.node([x])
    return elementwise.add.node([elementwise.square.node([re]), elementwise.square.node([im])])


def _var(x: Node, axis: Any, keepdims: bool, correction: float) -> Node:
    """`var_node` before it is rounded to float16."""
    wide = _wide(x.dtype)
    axes = normalize_axes("var", axis, len(x.shape))
    n = size_of(tuple(x.shape[k] for k in axes))
    centred = elementwise.subtract.node([cast_node(x, wide), _mean(x, axes, True)])
    total = sum.node(squares_node(centred), axes, keepdims)
    freedom = n - correction if n - correction > 0 else 0.0
    return elementwise.divide.node([total, scalar_node(float(freedom), total.dtype)])


# --- places ------------------------------------------------------------------------------------


class _Search(Reduction):
    """The largest key and its place, of equal ones the first: two results, the key and an int64."""

    results = 2
    has_fast = False

    @functools.cache  # noqa: B019
    def accumulation(self, operand: DType, gives: DType) -> Accumulation:
        step = "best_step(x1, number, acc)"
        return Accumulation("best_start(x1, number)", step, "best_of(a, b)", dtypes.PAIRS[gives], gives, is_search=True, numbered=True)


SEARCH = _Search("search", {}, frozenset({INT}), _same, None, np.max, "The largest key and its place.")


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


def _axes(name: str, axis: Any, x: Node) -> tuple[int, ...]:
    """The axes reduced over. NumPy takes 0 and -1 where there is none, and so do we."""
    return () if not x.shape and axis in (0, -1) else normalize_axes(name, axis, len(x.shape))


def arg_node(name: str, x: Node, axis: Any, keepdims: bool) -> Node:
    """The place of the least or the largest element, for ``name`` argmin or argmax, as int64."""
    if facts(x.dtype).kind not in REAL:
        raise DTypeError(f"[{name}] got {x.dtype.name}; it takes {dtypes.kind_names(REAL)}; take abs() or real() first")
    assert x.ctx is not None
    axes = _axes(name, axis, x) if axis is None or not x.shape else (normalize_axis(name, axis, len(x.shape)),)
    n = size_of(tuple(x.shape[k] for k in axes))
    if n == 0:
        raise ArgumentError(f"[{name}] got shape {x.shape} to search along axis {axis}; there are no elements, and {name} of none is undefined")
    if not x.shape or size_of(x.shape) == 0:
        shape = tuple(1 if k in axes else m for k, m in enumerate(x.shape)) if keepdims else tuple(m for k, m in enumerate(x.shape) if k not in axes)
        return sources.full_node(shape, 0, dtypes.int64, x.ctx)
    return places_below(part_node(search_node(name, x, axes, keepdims), 1, dtypes.int64), n)


NODES: dict[str, Callable[..., Node]] = {
    **{name: row.node_as if isinstance(row, Sum) else row.node for name, row in TABLE.items()},
    "mean": mean_node, "var": var_node, "std": std_node,
}  # fmt: skip
"""The node of each reduction that takes NumPy's arguments, by its name: a function of node, axis and keepdims; sums take a dtype too."""
