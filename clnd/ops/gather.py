"""Index arrays, the reading side: elements are looked up in a table, within the kernels that compute the indices and use the results.

A table is a view of an array's memory. It advances along the axes of the result that slices leave, and stands still along those
of the index arrays; what these add to each element's place is its displacement, an int64 that the kernel computes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clnd import dtypes
from clnd.dtypes import DType
from clnd.errors import ClndError, IndexingError
from clnd.graph.faults import Fault, joined
from clnd.graph.node import Node
from clnd.graph.primitive import Elementwise
from clnd.graph.record import record, scalar_node
from clnd.kernels.recipe import LOOK_UP
from clnd.ops import reductions
from clnd.ops.limits import limits_of
from clnd.ops.op import cast_node
from clnd.ops.views import reshaped_node, window_node
from clnd.shapes import Shape, size_of

__all__ = ["MODES", "Along", "displacement_node", "looked_up_node", "range_fault", "tell"]


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
}
"""What an index becomes by NumPy's modes: the index, how many elements the axis has, their stride. Out of range "raise" clamps: a check tells."""


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


@dataclass(frozen=True)
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


# --- bounds ------------------------------------------------------------------------------------

# Faults of index arrays that something still waits for: index arrays that are used again are checked once.
_known: weakref.WeakKeyDictionary[Node, tuple[int, weakref.ref[Fault]]] = weakref.WeakKeyDictionary()


def range_fault(name: str, indices: Node, axis: int, length: int, error: type[ClndError] = IndexingError) -> Fault | None:
    """What could be wrong with indices along an axis; None where they are surely in range. The check runs with the value."""
    if not size_of(indices.shape):
        return None
    limits = limits_of(indices)
    if limits is not None and -length <= limits[0] and limits[1] < length:
        return None
    before, ref = _known.get(indices, (-1, None))
    found = ref() if ref is not None else None
    if before == length and found is not None:
        return found
    where = "index {place} of the index array" if indices.shape else "the only index"
    flat = indices if indices.shape else reshaped_node(indices, (1,))
    ends = (scalar_node(-length, dtypes.int64), scalar_node(length - 1, dtypes.int64))
    outside = record(_OUTSIDE, (cast_node(flat, dtypes.int64), *ends), flat.shape, dtypes.bool_, flat.ctx)
    check = reductions.search_node("argmax", outside, tuple(range(len(flat.shape))), False)
    message = f"[{name}] got an index out of bounds for axis {axis} with size {length}, at {where}; expected {-length} to {length - 1}"
    fault = Fault(check, message, flat.shape, error, _note(weakref.ref(indices), length))
    _known[indices] = (length, weakref.ref(fault))
    return fault


def tell(node: Node, fault: Fault | None) -> None:
    """Let who reads ``node`` know of ``fault``, if there is one."""
    if fault is not None:
        node.faults = joined(node.faults, (fault,))


def _note(indices: weakref.ref[Node], length: int) -> Callable[[], None]:
    def note() -> None:
        node = indices()
        if node is not None:
            node.limits = (-length, length - 1)

    return note
