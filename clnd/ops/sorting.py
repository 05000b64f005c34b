"""Sorts as nodes, and what is found by them. The order of keys: docs/decisions/0007-order-of-keys.md."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

from clnd import dtypes
from clnd.dtypes import COMPLEX, DType, facts
from clnd.errors import ArgumentError, KindError, ShapeError
from clnd.graph.node import Node
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import common_context, record, scalar_node
from clnd.kernels import sort
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.ops import elementwise
from clnd.ops.gather import taken_along_node
from clnd.ops.limits import places_below
from clnd.ops.op import cast_node
from clnd.ops.sources import COPY, full_node
from clnd.ops.views import row_major, sliced_node, transposed_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, normalize_axis, several, size_of

__all__ = [
    "argsort_node", "check_kind", "check_partition", "lexsort_node", "sort_node", "to_complex", "top_k_nodes",
]  # fmt: skip


class _Sort(Primitive):
    """The op of a sort of each row of the last axis: ``params`` are whether places are the result, and whether it descends."""

    name = "sort"

    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The launches."""
        (base,) = node.inputs
        n = base.shape[-1]
        rows = size_of(base.shape) // n
        return device.planned(("sort", base.dtype, rows, n, *node.params), lambda: sort.plan(device, base.dtype, rows, n, *node.params))


class _Firsts(Primitive):
    """The op of the places that may be among the first k of each row: ``params`` are k, the parts of a row, and whether it descends."""

    name = "firsts"

    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The launches."""
        (base,) = node.inputs
        n = base.shape[-1]
        rows = size_of(base.shape) // n
        return device.planned(("firsts", base.dtype, rows, n, *node.params), lambda: sort.firsts(device, base.dtype, rows, n, *node.params))


SORT, FIRSTS = _Sort(), _Firsts()


def sort_node(x: Node, axis: Any, descending: bool) -> Node:
    """The elements along ``axis`` in order; equal ones stay as they were.

    Raises
    ------
    ArgumentError, ShapeError
        For an axis that ``x`` has not, and for one that is too long.
    """
    axis = _checked_axis("sort", x, axis)
    if size_of(x.shape) == 0 or x.shape[axis] == 1:
        return COPY.node([x])
    rows = _with_last(x, axis)
    if facts(x.dtype).kind == COMPLEX:
        result = _taken(rows, _places(rows, descending))
    else:
        result = record(SORT, (rows,), rows.shape, x.dtype, x.ctx, (False, descending))
    return _turned_back(result, axis)


def argsort_node(x: Node, axis: Any, descending: bool) -> Node:
    """The places along ``axis`` of its elements in order, as int64; of equal ones the first place first. It raises as `sort_node`."""
    assert x.ctx is not None
    axis = _checked_axis("argsort", x, axis)
    if size_of(x.shape) == 0 or x.shape[axis] == 1:
        return full_node(x.shape, 0, dtypes.int64, x.ctx)
    return places_below(_turned_back(_places(_with_last(x, axis), descending), axis), x.shape[axis])


def lexsort_node(keys: Sequence[Node], axis: Any) -> Node:
    """The places along ``axis`` in the order of the last key, of equal ones in that of the key before it, and so on."""
    shapes = {key.shape for key in keys}
    if len(shapes) != 1:
        raise ShapeError(f"[lexsort] got keys of shapes {', '.join(str(key.shape) for key in keys)}; expected one shape")
    x = keys[0]
    ctx = common_context("lexsort", list(keys))
    if not x.shape:
        return full_node((), 0, dtypes.int64, ctx)
    axis = _checked_axis("lexsort", x, axis)
    if size_of(x.shape) == 0 or x.shape[axis] == 1:
        return full_node(x.shape, 0, dtypes.int64, ctx)
    rows = [_with_last(key, axis) for key in keys]
    return places_below(_turned_back(functools.reduce(_by_next, rows[1:], _places(rows[0], False)), axis), x.shape[axis])


def _by_next(order: Node, key: Node, descending: bool = False) -> Node:
    """Places in the order of ``key``, of equal ones in ``order``."""
    return _taken(order, _places(row_major(_taken(key, order)), descending))


def _places(rows: Node, descending: bool) -> Node:
    """`argsort_node` of rows that lie so that they can be sorted."""
    if facts(rows.dtype).kind != COMPLEX:
        return record(SORT, (rows,), rows.shape, dtypes.int64, rows.ctx, (True, descending))
    # By group, then by the real part, or the imaginary one where that has none, then by the imaginary one in the first group.
    re, im = elementwise.real.node([rows]), elementwise.imag.node([rows])
    no_re, no_im = elementwise.isnan.node([re]), elementwise.isnan.node([im])
    two = scalar_node(2, dtypes.uint8)
    group = elementwise.add.node([elementwise.multiply.node([cast_node(no_re, dtypes.uint8), two]), cast_node(no_im, dtypes.uint8)])
    zero = scalar_node(0.0, re.dtype)
    first = elementwise.where.node([no_re, im, re])
    second = elementwise.where.node([elementwise.logical_or.node([no_re, no_im]), zero, im])
    order = _by_next(_places(row_major(second), descending), row_major(first), descending)
    return _by_next(order, row_major(group))


def _taken(rows: Node, order: Node) -> Node:
    return taken_along_node(rows, order, len(rows.shape) - 1)


def top_k_nodes(x: Node, k: Any, axis: Any, largest: bool) -> tuple[Node, Node]:
    """The first ``k`` elements along ``axis`` of the order that descends (``largest``) or ascends, and their places."""
    axis = _checked_axis("top_k", x, axis)
    try:
        count = operator.index(k)
    except TypeError:
        raise KindError(f"[top_k] got k={k!r}; expected an integer") from None
    n = x.shape[axis]
    if not 0 <= count <= n:
        raise ArgumentError(f"[top_k] got k={count} of {n} elements along axis {axis}; expected a number from 0 to {n}")
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    assert x.ctx is not None
    if size_of(shape) == 0:
        return full_node(shape, 0, x.dtype, x.ctx), full_node(shape, 0, dtypes.int64, x.ctx)
    rows = _with_last(x, axis)
    if n == 1:
        return COPY.node([x]), full_node(shape, 0, dtypes.int64, x.ctx)
    first = _first_places(rows, count, largest)
    return _turned_back(_taken(rows, first), axis), places_below(_turned_back(first, axis), n)


def _first_places(rows: Node, k: int, descending: bool) -> Node:
    """The first ``k`` of `_places`: of all elements, or of those that may be among them."""
    axis, n = len(rows.shape) - 1, rows.shape[-1]
    assert rows.ctx is not None
    parts = 0 if facts(rows.dtype).kind == COMPLEX else sort.parts_of(rows.ctx.device, rows.dtype, size_of(rows.shape) // n, n, k)
    if not parts:
        return COPY.node([sliced_node(_places(rows, descending), axis, 0, k)])
    some = record(FIRSTS, (rows,), (*rows.shape[:-1], parts * k), dtypes.int64, rows.ctx, (k, parts, descending))
    return _taken(some, _first_places(row_major(_taken(rows, some)), k, descending))


# --- checks, and how rows lie -------------------------------------------------------------------


def check_kind(name: str, kind: Any, order: Any) -> None:
    """Refuse what is none of NumPy's algorithms, and fields of structured arrays."""
    if order is not None:
        raise ArgumentError(f"[{name}] got order={order!r}; expected None: clnd has no arrays with fields")
    if kind not in (None, "quicksort", "mergesort", "heapsort", "stable"):
        raise ArgumentError(f'[{name}] got kind={kind!r}; expected "quicksort", "mergesort", "heapsort" or "stable", which all mean the same here')


def check_partition(name: str, x: Node, kth: Any, axis: Any, kind: Any, order: Any) -> None:
    """Refuse places that a partition along ``axis`` has not."""
    if order is not None:
        raise ArgumentError(f"[{name}] got order={order!r}; expected None: clnd has no arrays with fields")
    if kind != "introselect":
        raise ArgumentError(f'[{name}] got kind={kind!r}; expected "introselect"')
    n = x.shape[_checked_axis(name, x, axis)]
    for k in several(kth) or ("no integer",):
        try:
            place = operator.index(k)
        except TypeError:
            raise KindError(f"[{name}] got kth={kth!r}; expected an integer or several") from None
        if not -n <= place < n:
            raise ArgumentError(f"[{name}] got kth={place} of {n} elements; expected a place from {-n} to {n - 1}")


def to_complex(dtype: DType) -> DType:
    """The complex dtype that holds ``dtype``: complex64 for all but the longest."""
    return dtypes.promote("sort_complex", dtypes.to_float(dtype), dtypes.complex64)


def _checked_axis(name: str, x: Node, axis: Any) -> int:
    place: int = normalize_axis(name, axis, len(x.shape))
    if x.shape[place] > sort.MOST:
        raise ShapeError(f"[{name}] got {x.shape[place]} elements along axis {place}; expected at most {sort.MOST}; sort parts of it")
    return place


def _with_last(node: Node, axis: int) -> Node:
    """``node`` with ``axis`` in the place of the last one, its elements row-major."""
    if axis != len(node.shape) - 1:
        node = transposed_node(node, _exchanged(len(node.shape), axis))
    return row_major(node)


def _turned_back(node: Node, axis: int) -> Node:
    """The inverse of `_with_last`, in memory of its own."""
    if axis == len(node.shape) - 1:
        return node
    return row_major(transposed_node(node, _exchanged(len(node.shape), axis)))


def _exchanged(ndim: int, axis: int) -> Shape:
    """The axes with ``axis`` and the last one exchanged."""
    order = list(range(ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return tuple(order)
