"""Index arrays, the reading side: elements are looked up in a table, within the kernels that compute the indices and use the results.

A table is a view of an array's memory. It advances along the axes of the result that slices leave, and stands still along those
of the index arrays; what these add to each element's place is its displacement, an int64 that the kernel computes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence

from clnd import dtypes
from clnd.dtypes import DType
from clnd.errors import ClndError, IndexingError
from clnd.graph.faults import Fault, joined
from clnd.graph.node import Node
from clnd.graph.primitive import Elementwise
from clnd.graph.record import record, scalar_node
from clnd.kernels.recipe import LOOK_UP
from clnd.ops import sources
from clnd.ops.checks import faulty_where
from clnd.ops.limits import limits_of
from clnd.ops.op import cast_node
from clnd.ops.views import layout_of, reshaped_node, window_node
from clnd.records import light_dataclass
from clnd.shapes import Shape, broadcast, broadcast_strides, collapse, size_of

__all__ = ["MODES", "Along", "bounds_fault", "chosen_node", "displacement_node", "looked_up_node", "places_node", "range_fault", "taken_along_node", "taken_node", "tell", "wrong_as_places"]


class _LookUp(Elementwise):
    """An element of the first operand, so many elements from its own place as the second says."""

    name = "getitem"
    names = ("x1", "x2")
    has_table = True

    def code_for(self, dtype: DType) -> str:
        """What recipes know it by."""
        return LOOK_UP


class _Integers(Elementwise):
    """A step of the arithmetic of places, of int64."""

    def __init__(self, name: str, code: str, count: int, is_mask: bool = False) -> None:
        self.name, self._code, self.is_mask = name, code, is_mask
        self.names = tuple(f"x{k + 1}" for k in range(count))

    def code_for(self, dtype: DType) -> str:
        """The C expression."""
        return self._code


_LOOK_UP = _LookUp()
_SUM = _Integers("getitem", "x1 + x2", 2)
_OUTSIDE = _Integers("getitem", "(x1 < x2) | (x1 > x3)", 3, is_mask=True)
MODES = {
    "raise": _Integers("getitem", "place_or_clamped(x1, x2, x3)", 3),
    "clip": _Integers("getitem", "place_clipped(x1, x2, x3)", 3),
    "wrap": _Integers("getitem", "place_wrapped(x1, x2, x3)", 3),
    "pass over": _Integers("setitem", "place_or_none(x1, x2, x3)", 3),
}
"""What an index becomes by NumPy's modes: the index, how many elements the axis has, their stride. Out of range "raise" clamps, and
"pass over", which is for writing, gives no place: a check tells."""
_ALONG = _Integers("setitem", "x1 / x2 % x3 * x4", 4)


class _Named(int):
    """A number that is an argument of its own in every kernel, not one with other numbers that happen to be equal.

    Else shapes of equal lengths would have kernels of their own.
    """

    role: str

    def __repr__(self) -> str:
        return f"{self.role}={int(self)}"


def _named(role: str, number: int) -> Node:
    value = _Named(number)
    value.role = role
    return scalar_node(value, dtypes.int64)


@light_dataclass(frozen=True)
class Along:
    """Indices along an axis of ``length`` elements, which lie ``stride`` apart."""

    indices: Node
    length: int
    stride: int


def displacement_node(indices: Sequence[Along], shape: Shape, mode: str = "raise") -> Node:
    """What index arrays that broadcast to ``shape`` add to each element's place. All indices of an axis without elements are of size 0."""
    total: Node | None = None
    for k, x in enumerate(indices):
        node = cast_node(x.indices, dtypes.int64)
        arguments = (node, _named(f"length{k}", max(x.length, 1)), _named(f"stride{k}", x.stride))
        step = record(MODES[mode], arguments, shape, dtypes.int64, node.ctx)
        total = step if total is None else record(_SUM, (total, step), shape, dtypes.int64, node.ctx)
    assert total is not None
    return total


def looked_up_node(base: Node, offset: int, strides: Shape, displacement: Node) -> Node:
    """The elements of ``base`` at ``offset`` + what ``strides`` advance along the axes of the result + ``displacement``, row-major in it.

    The displacement leads to an element of ``base`` wherever the shape does: that is the caller's promise.
    """
    table = window_node(base, offset, displacement.shape, strides)
    return record(_LOOK_UP, (table, displacement), displacement.shape, base.dtype, base.ctx)


def places_node(indices: Sequence[Along], shape: Shape, offset: int, strides: Shape) -> Node:
    """The places that `looked_up_node` would read, for writing: those out of range are negative."""
    total = displacement_node(indices, shape, "pass over")
    ctx = total.ctx
    assert ctx is not None
    total = record(_SUM, (total, _named("offset", offset)), shape, dtypes.int64, ctx)
    lengths, (steps,) = collapse(shape, [strides])
    inner = 1
    for k, (n, step) in enumerate(zip(lengths[::-1], steps[::-1], strict=True)):
        if step:
            numbers = (_named(f"inner{k}", inner), _named(f"count{k}", n), _named(f"step{k}", step))
            along = record(_ALONG, (sources.index_node(shape, ctx), *numbers), shape, dtypes.int64, ctx)
            total = record(_SUM, (total, along), shape, dtypes.int64, ctx)
        inner *= n
    return total


def taken_node(x: Node, indices: Node, axis: int, mode: str) -> Node:
    """The elements of ``x`` at ``indices`` along ``axis``; the axes of ``indices`` stand in its place."""
    base, offset, strides = layout_of(x)
    before, after = axis, len(x.shape) - axis - 1
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    walk = (*strides[:before], *(0,) * len(indices.shape), *strides[axis + 1 :])
    along = Along(reshaped_node(indices, (*indices.shape, *(1,) * after)), x.shape[axis], strides[axis])
    return looked_up_node(base, offset, walk, displacement_node([along], shape, mode))


def taken_along_node(x: Node, indices: Node, axis: int) -> Node:
    """For each place of ``indices`` the element of ``x`` that it names along ``axis``; other axes broadcast."""
    base, offset, strides = layout_of(x)
    one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    shape = broadcast("take_along_axis", one, indices.shape)
    walk = broadcast_strides(one, (*strides[:axis], 0, *strides[axis + 1 :]), shape)
    return looked_up_node(base, offset, walk, displacement_node([Along(indices, x.shape[axis], strides[axis])], shape))


def chosen_node(numbers: Node, choices: Node, mode: str) -> Node:
    """For each place the element there of ``choices[k]``, where k is the number there; all broadcast."""
    base, offset, strides = layout_of(choices)
    shape = broadcast("choose", numbers.shape, choices.shape[1:])
    walk = broadcast_strides(choices.shape[1:], strides[1:], shape)
    return looked_up_node(base, offset, walk, displacement_node([Along(numbers, choices.shape[0], strides[0])], shape, mode))


# --- bounds ------------------------------------------------------------------------------------

# Faults of index arrays that something still waits for: index arrays that are used again are checked once.
_known: weakref.WeakKeyDictionary[Node, dict[tuple[str, int, int, str], weakref.ref[Fault]]] = weakref.WeakKeyDictionary()


def range_fault(name: str, indices: Node, axis: int, length: int) -> Fault | None:
    """What could be wrong with indices along an axis; None where they are surely in range. The check runs with the value."""
    what = f"an index out of bounds for axis {axis} with size {length}"
    return bounds_fault(name, indices, -length, length - 1, what, IndexingError)


def bounds_fault(name: str, indices: Node, least: int, most: int, what: str, error: type[ClndError]) -> Fault | None:
    """What could be wrong with integers that are to be from ``least`` to ``most``; ``what`` says what is wrong then."""
    if not size_of(indices.shape):
        return None
    limits = limits_of(indices)
    if limits is not None and least <= limits[0] and limits[1] <= most:
        return None
    known, key = _known.get(indices, {}), (name, least, most, what)
    found = known[key]() if key in known else None
    if found is not None:
        return found
    where = "index {place} of the index array" if indices.shape else "the only index"
    ends = (scalar_node(least, dtypes.int64), scalar_node(most, dtypes.int64))
    outside = record(_OUTSIDE, (cast_node(indices, dtypes.int64), *ends), indices.shape, dtypes.bool_, indices.ctx)
    message = f"[{name}] got {what}, at {where}; expected {least} to {most}"
    fault = faulty_where(outside, message, error, _note(weakref.ref(indices), least, most))
    _known[indices] = {k: ref for k, ref in known.items() if ref() is not None} | {key: weakref.ref(fault)}
    return fault


def wrong_as_places(node: Node, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Of the ``faults`` of places that are written to those that are wrong with the same elements of ``node``, what is written.

    It was looked up by the same index arrays, and changed element by element since: ``x[i] += 1``. A write passes over these elements.
    """
    spread: set[Fault] = set()
    stack, seen = [node], {id(node)}
    while stack:
        x = stack.pop()
        found = [f for f in x.faults if f in faults]
        inputs = [y for y in x.inputs if y.faults]
        if not found:
            continue
        if x.shape != node.shape or x.value is not None or not isinstance(x.op, Elementwise) or x.op.moves:
            spread.update(found)
        elif isinstance(x.op, _LookUp):
            spread.update(f for y in inputs for f in y.faults)
        else:
            stack += [y for y in inputs if id(y) not in seen]
            seen.update(map(id, inputs))
    return tuple([f for f in faults if f in node.faults and f not in spread])


def tell(node: Node, fault: Fault | None) -> None:
    """Let who reads ``node`` know of ``fault``, if there is one."""
    if fault is not None:
        node.faults = joined(node.faults, (fault,))


def _note(indices: weakref.ref[Node], least: int, most: int) -> Callable[[], None]:
    def note() -> None:
        node = indices()
        if node is not None:
            node.limits = (least, most)

    return note
