"""Cumulative operations, one row each: how two values join, and what changes none.

Sums of floats and complex numbers have the order at the top of ``templates/scan.cl.mako``, products of them the plain chain; all
else is exact in any order.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, EVERY_KIND, FLOAT, INT, REAL, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Node
from clnd.graph.planning import aligned_of
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record, scalar_node
from clnd.kernels import scan
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.kernels.scan import Accumulation
from clnd.ops import elementwise, reductions, sources
from clnd.ops.op import CASTS, cast_node
from clnd.ops.views import flat_node, reshaped_node, sliced_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import normalize_axis, size_of

__all__ = ["TABLE", "Scan", "accumulated_node", "cumulative_node", "diff_node", "without_nan_node"]


class Scan(Primitive):
    """One cumulative operation. A node's ``params`` are the axis, and whether the initial value stands in front.

    Parameters
    ----------
    name
        What messages call it.
    joins
        How two values of each kind join: C over a and b.
    takes
        The kinds of dtypes that it takes.
    gives
        From the operand's dtype to the result's. Operands are cast to it first.
    neutral
        From a dtype to the C of what changes no value of it.
    initial
        The first result where it is asked for.
    oracle
        The NumPy ufunc that accumulates so.
    chains
        The kinds whose values are joined one after the other, and in no other order.
    """

    is_planned = True

    def __init__(
        self, name: str, joins: Mapping[str, str], takes: frozenset[str], gives: Callable[[DType], DType], neutral: Callable[[DType], str],
        initial: int, oracle: np.ufunc, chains: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.name = name
        self._joins = joins
        self.takes = takes
        self.gives = gives
        self._neutral = neutral
        self.initial = initial
        self.oracle = oracle
        self._chains = chains

    def node(self, x: Node, axis: int, to: DType | None = None, lead: bool = False) -> Node:
        """The node of ``x`` accumulated along ``axis`` in ``to``; ``lead``: with the initial value in front.

        Raises
        ------
        DTypeError
            Where it does not take the dtype.
        """
        if facts(x.dtype).kind not in self.takes or (to is not None and facts(to).kind not in self.takes):
            wrong = x.dtype if facts(x.dtype).kind not in self.takes else to
            assert wrong is not None
            raise DTypeError(f"[{self.name}] got {wrong.name}; it takes {dtypes.kind_names(self.takes)}; cast with astype()")
        to = self.gives(x.dtype) if to is None else to
        shape = tuple(n + (k == axis and lead) for k, n in enumerate(x.shape))
        if not size_of(x.shape):
            assert x.ctx is not None
            return sources.full_node(shape, self.initial, to, x.ctx)
        if not _read_as(x.dtype, to):
            x = cast_node(x, to)
        assert x.ctx is not None
        x.ctx.device.pool.check(size_of(shape) * to.itemsize)
        return record(self, (x,), shape, to, x.ctx, (axis, lead))

    @functools.cache  # noqa: B019 - a few rows, which live as long as the process
    def accumulation(self, source: DType, gives: DType) -> Accumulation:
        """How values of ``source`` are accumulated into ``gives``."""
        row = facts(gives)
        acc = dtypes.float32 if row.is_half else gives
        parts = 2 if row.kind == COMPLEX else 1
        initial = (str(self.initial), "0")[:parts]
        return Accumulation(
            self._joins[row.kind], (self._neutral(dtypes.to_real(acc)),) * parts, initial, source,
            CASTS[acc].code_for(source), acc, gives, row.kind not in self._chains,
        )  # fmt: skip

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The launches of the scan."""
        (source,), (axis, lead) = node.inputs, node.params
        strides = source.strides
        assert source.value is not None
        start = aligned_of(device, node.inputs)
        key = ("scan", self.name, source.dtype, node.dtype, source.shape, strides, axis, lead, start)
        accumulation = self.accumulation(source.dtype, node.dtype)
        return device.planned(key, lambda: scan.plan(device, accumulation, source.shape, axis, strides, lead, start))

    def __repr__(self) -> str:
        return f"<scan {self.name}>"


def _read_as(source: DType, to: DType) -> bool:
    """Whether the kernel itself reads ``source`` as ``to``: what sums of small integers and of bools do."""
    return source is to or (facts(source).kind in (BOOL, INT, UINT) and to in (dtypes.int64, dtypes.uint64))


def _least(dtype: DType) -> str:
    kind, bits = facts(dtype).kind, 8 * dtype.itemsize
    if kind == INT:
        return f"-{(1 << (bits - 1)) - 1}{'L' if bits == 64 else ''} - 1"
    return "-INFINITY" if kind == FLOAT else "0"


def _most(dtype: DType) -> str:
    kind, bits = facts(dtype).kind, 8 * dtype.itemsize
    if kind == FLOAT:
        return "INFINITY"
    if kind == BOOL:
        return "1"
    largest = (1 << (bits - (kind == INT))) - 1
    return f"{largest}{ {64: 'L', 32: ''}.get(bits, '') if kind == INT else {64: 'ul', 32: 'u'}.get(bits, '')}"


TABLE: dict[str, Scan] = {
    row.name: row
    for row in (
        Scan(
            "cumulative_sum", reductions.sum._combine, EVERY_KIND, reductions.sum.gives,
            lambda dtype: "-0.0f" if facts(dtype).kind == FLOAT else "0", 0, np.add,
        ),
        Scan(
            "cumulative_prod", reductions.prod._combine, EVERY_KIND, reductions.prod.gives,
            lambda dtype: "1", 1, np.multiply, frozenset({FLOAT, COMPLEX}),
        ),
        Scan("minimum.accumulate", reductions.min._combine, REAL, lambda dtype: dtype, _most, 0, np.minimum),
        Scan("maximum.accumulate", reductions.max._combine, REAL, lambda dtype: dtype, _least, 0, np.maximum),
        Scan("logical_or.accumulate", {BOOL: "a | b"}, EVERY_KIND, lambda dtype: dtypes.bool_, lambda dtype: "0", 0, np.logical_or),
        Scan("logical_and.accumulate", {BOOL: "a & b"}, EVERY_KIND, lambda dtype: dtypes.bool_, lambda dtype: "1", 0, np.logical_and),
    )
}  # fmt: skip
"""Each cumulative operation by its name."""


def cumulative_node(name: str, x: Node, axis: Any, dtype: Any, lead: bool) -> Node:
    """``cumulative_sum`` or ``cumulative_prod`` of ``x``, as the standard has them.

    Raises
    ------
    ArgumentError
        For an array without axes, and without ``axis`` where there are several.
    """
    if not x.shape:
        raise ArgumentError(f"[{name}] got an array without dimensions; expected at least one; use cum{name[11:]}, which takes it as one element")
    if axis is None:
        if len(x.shape) > 1:
            raise ArgumentError(f"[{name}] got axis=None for shape {x.shape}; expected an axis; or use cum{name[11:]}, which flattens the array")
        axis = 0
    to = None if dtype is None else dtypes.as_dtype(dtype)
    return TABLE[name].node(x, normalize_axis(name, axis, len(x.shape)), to, lead)


def accumulated_node(name: str, row: str, x: Node, axis: Any, dtype: Any) -> Node:
    """``row`` of `TABLE` on ``x`` along ``axis``, as NumPy has it: None flattens, and an array without axes has one element. ``name`` asks."""
    if axis is None:
        x = flat_node(x)
        axis = 0
    elif not x.shape:
        x = reshaped_node(x, (1,))
    to = None if dtype is None else dtypes.as_dtype(dtype)
    return TABLE[row].node(x, normalize_axis(name, axis, len(x.shape)), to)


def _by_ufunc(row: str, x: Node, axis: Any, dtype: Any) -> Node:
    """`accumulated_node` as NumPy's ufuncs have it."""
    name = f"{TABLE[row].oracle.__name__}.accumulate"
    if not x.shape:
        raise ArgumentError(f"[{name}] got an array without dimensions; expected at least one")
    if axis is None and len(x.shape) > 1:
        raise ArgumentError(f"[{name}] got axis=None for shape {x.shape}; expected one axis")
    return accumulated_node(name, row, x, 0 if axis is None else axis, dtype)


for _row in TABLE.values():
    elementwise.TABLE[_row.oracle.__name__].accumulated = functools.partial(_by_ufunc, _row.name)  # type: ignore[attr-defined]


def without_nan_node(x: Node, value: int) -> Node:
    """``x`` with ``value`` in place of each NaN."""
    if facts(x.dtype).kind not in (FLOAT, COMPLEX):
        return x
    return elementwise.where.node([elementwise.isnan.node([x]), scalar_node(value, x.dtype), x])


def diff_node(x: Node, axis: int, n: int) -> Node:
    """Differences of neighbours along ``axis``, ``n`` times; of bools whether they differ."""
    for _ in range(n):
        length = x.shape[axis]
        shape = tuple(max(0, d - (k == axis)) for k, d in enumerate(x.shape))
        if not size_of(shape):
            assert x.ctx is not None
            x = sources.full_node(shape, 0, x.dtype, x.ctx)
            continue
        later, earlier = (sliced_node(x, axis, start, length - 1) for start in (1, 0))
        op = elementwise.not_equal if facts(x.dtype).kind == BOOL else elementwise.subtract
        x = op.node([later, earlier])
    return x
