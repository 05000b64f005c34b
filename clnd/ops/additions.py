"""Additions with duplicates as nodes: any number of values joined with each of some elements, as ``ufunc.at`` does.

The rule: element = initial joined with the canonical combination of the values for it, numbered in the order of their indices. For a sum that is
its initial value + the canonical sum of these. Values of one place are brought together by a stable sort of the places.
"""

from __future__ import annotations

import functools

from clnd import dtypes
from clnd.dtypes import BOOL, DType, facts
from clnd.errors import DTypeError
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record, scalar_node
from clnd.graph.run import run, strided
from clnd.kernels import group, launch
from clnd.kernels.group import Joining
from clnd.kernels.reduce import Accumulation
from clnd.ops import elementwise, reductions
from clnd.ops.op import Binary, cast_node
from clnd.ops.scatter import as_values, passes_over
from clnd.ops.sorting import argsort_node
from clnd.ops.sources import COPY, full_node
from clnd.ops.update import Change, Store, memory_of
from clnd.ops.views import row_major
from clnd.runtime.opened import OpenDevice
from clnd.shapes import size_of

__all__ = ["ROWS", "added_into", "added_node", "check_kind", "joining_of", "summed_by_place_node"]

ROWS: dict[str, str] = {
    "add": "sum", "subtract": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_or": "any", "logical_and": "all",
    "bitwise_or": "|", "bitwise_and": "&", "bitwise_xor": "^", "logical_xor": "^",
}  # fmt: skip
"""How values for one place combine, for each row of the table that has ``at``: a reduction, or an operator of C."""
_LOGICAL = ("logical_or", "logical_and", "logical_xor")


@functools.cache
def joining_of(name: str, dtype: DType) -> Joining:
    """What row ``name`` does to elements of ``dtype``.

    Raises
    ------
    DTypeError
        Where it does not take the dtype, or would not leave it as it is.
    """
    kind = facts(dtype).kind
    row, how = elementwise.TABLE[name], ROWS[name]
    if kind not in row.takes or (name in _LOGICAL and kind != BOOL):
        taken = frozenset({BOOL}) if name in _LOGICAL else frozenset(row.takes)
        raise DTypeError(f"[{name}.at] got an array of {dtype.name}; it takes {dtypes.kind_names(taken)}; cast with astype()")
    if how in reductions.TABLE:
        accumulation = reductions.TABLE[how].accumulation(dtype, dtype)
    else:
        accumulation = Accumulation("x1", f"(T)(acc {how} x1)", f"(T)(a {how} b)", dtype, dtype)
    join = f"(T)(x1 {how} x2)" if name in _LOGICAL and how == "^" else row.code_for(dtype)
    if name in ("logical_or", "logical_and"):
        join = f"(T)(x1 {'|' if name == 'logical_or' else '&'} x2)"
    return Joining(accumulation, join)


class _Joined(Change):
    """``joining``: what becomes of the values."""

    __slots__ = ("joining",)

    def __init__(self, joining: Joining) -> None:
        super().__init__()
        self.joining = joining


class _Join(Primitive):
    """The op of additions with duplicates: inputs are the content, the keys of the values, an order of these, and the values."""

    name = "at"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Join the values, in the old memory if only this node holds it."""
        base, keys, order, values = node.inputs
        joining = node.params.joining
        block, start = memory_of(device, node)
        (count,), n, dtype, key = keys.shape, size_of(base.shape), node.dtype, keys.dtype
        operands = [strided(x) for x in (keys, order, values)]
        step = operands[2].strides[0] if values.shape == (count,) else 0
        plan = device.planned(("group", joining, dtype, key, n, count, step), lambda: group.plan(device, joining, dtype, key, n, count, step))
        launch.run(device, plan, [x for o in operands for x in (o.block.buffer, o.offset)] + [block.buffer, start])
        return (Value(block, start),)


_JOIN = _Join()


def added_node(base: Node, places: Node, values: Node, name: str = "add") -> Node:
    """``base`` with ``values[i]`` added, or joined by row ``name``, to element ``places[i]`` of its row-major order, for all i.

    ``places`` are int64 along one axis. ``values`` are as many, or one for all, and are cast to the dtype of ``base``. A place outside of ``base`` is
    passed over: who cannot rule it out adds a fault.
    """
    joining = joining_of(name, base.dtype)
    if not size_of(places.shape) or not size_of(base.shape):
        return COPY.node([base])
    return _joined(row_major(base), *_operands(base, places, values), joining)


def added_into(store: Store, places: Node, values: Node, name: str = "add") -> None:
    """Make `added_node` of a store's content its content, in the old memory where nobody else holds that."""
    joining = joining_of(name, store.node.dtype)
    if not size_of(places.shape):
        return
    keys, order, values = _operands(store.node, places, values)
    run((keys, order, values))
    store.change(lambda base: _joined(base, keys, order, values, joining))


def summed_by_place_node(places: Node, values: Node, count: int) -> Node:
    """The sums of the values for each of ``count`` places, by the rule above; 0 where there are none."""
    assert places.ctx is not None
    return added_node(full_node((count,), 0, values.dtype, places.ctx), places, values)


def _joined(base: Node, keys: Node, order: Node, values: Node, joining: Joining) -> Node:
    node = record(_JOIN, (base, keys, order, values), base.shape, base.dtype, base.ctx, _Joined(joining))
    return passes_over(node, base, keys, values)


def _operands(base: Node, places: Node, values: Node) -> tuple[Node, Node, Node]:
    """The keys by which values are sorted, the order, and the values in the dtype of ``base``."""
    n = size_of(base.shape)
    # Negative numbers are large ones here. What is no place is n: few bits are sorted in less time.
    narrow = next((dtype for dtype in (dtypes.uint8, dtypes.uint16, dtypes.uint32) if n < 1 << 8 * dtype.itemsize), dtypes.uint64)
    keys = elementwise.minimum.node([cast_node(places, dtypes.uint64), scalar_node(n, dtypes.uint64)])
    keys = row_major(cast_node(keys, narrow))
    return keys, argsort_node(keys, 0, False), as_values(base, values)


def check_kind(name: str, held: DType, given: DType) -> None:
    """Refuse values whose kind an array of ``held`` does not hold.

    Raises
    ------
    DTypeError
        For floats into integers and the like.
    """
    if not dtypes.holds_kind(held, given):
        raise DTypeError(f"[{name}.at] got values of {given.name} for an array of {held.name}; expected the same kind; cast with astype()")


assert all(isinstance(elementwise.TABLE[name], Binary) for name in ROWS)
