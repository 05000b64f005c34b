"""Index arrays of an array: what a key names, as nodes. `take` and its kin, which functions and methods share."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, INT, UINT, facts
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from clnd.graph.node import Node, Operand, as_operand, leading
from clnd.graph.record import common_context
from clnd.indexing import Place, Selection, check_mask, check_range, lone_mask, selected
from clnd.ops import elementwise, made, sources
from clnd.ops.compaction import compressed_node, nonzero_nodes
from clnd.ops.gather import (
    Along,
    bounds_fault,
    chosen_node,
    displacement_node,
    looked_up_node,
    places_node,
    range_fault,
    taken_along_node,
    taken_node,
    tell,
)
from clnd.ops.op import cast_node
from clnd.ops.views import flat_where_none, reshaped_node, view_node
from clnd.reducing import deliver
from clnd.shapes import normalize_axis, size_of

__all__ = ["MODES_OF_NUMPY", "among", "beside", "check_indices", "chosen", "mask_node", "picked_node", "taken", "taken_along", "whole_numbers", "written"]

MODES_OF_NUMPY = ("raise", "wrap", "clip")


def picked_node(base: Node, place: Place, key: Any) -> Node:
    """What an advanced index of a window at ``place`` of ``base`` names, in memory of its own.

    Raises
    ------
    IndexingError
        Where the host sees that an index is wrong; what only a device sees is told at reads.
    """
    mask = mask_node(base, place, key)
    if mask is not None:
        return compressed_node(view_node(base, *place), mask)
    chosen = selected(place, key, _nonzero)
    if not chosen.arrays:  # bools without axes: all or nothing
        return sources.COPY.node([view_node(base, chosen.offset, chosen.result, chosen.walk)])
    alongs = _alongs(chosen, base)
    node = looked_up_node(base, chosen.offset, chosen.walk, displacement_node(alongs, chosen.result))
    _tell_of(chosen, node)
    return node


def mask_node(base: Node, place: Place, key: Any) -> Node | None:
    """The mask that chooses among all elements of a window at ``place`` of ``base``; None where ``key`` is something else.

    Raises
    ------
    IndexingError
        For a mask of another shape.
    """
    shape = place[1]
    mask = lone_mask(key, len(shape))
    if mask is None:
        return None
    check_mask(tuple(mask.shape), shape, 0)
    return beside("getitem", mask, base) if tuple(mask.shape) == shape else None


def written(base: Node, place: Place, key: Any) -> tuple[Selection, Node | None]:
    """What an advanced index names, and its places in the row-major order of ``base``, along one axis; None where these are a region."""
    chosen = selected(place, key, _nonzero)
    if not chosen.arrays:
        return chosen, None
    places = places_node(_alongs(chosen, base), chosen.result, chosen.offset, chosen.walk)
    _tell_of(chosen, places)
    return chosen, reshaped_node(places, (size_of(chosen.result),))


def _alongs(chosen: Selection, base: Node) -> list[Along]:
    """Index arrays as nodes that broadcast to the result."""
    found = []
    for p in chosen.arrays:
        node = beside("getitem", p.array, base)
        found.append(Along(reshaped_node(node, (*node.shape, *(1,) * chosen.trailing)), p.length, p.stride))
    return found


def _tell_of(chosen: Selection, node: Node) -> None:
    """Let ``node`` know what could be wrong with the index arrays."""
    for p in chosen.arrays:
        if isinstance(p.array, Operand) and size_of(chosen.shape):
            tell(node, range_fault("getitem", p.array._node, p.axis, p.length))


def beside(name: str, array: Any, base: Node) -> Node:
    """An array of NumPy's or an operand as a node on the context of ``base``."""
    if isinstance(array, Operand):
        common_context(name, [base, array._node])
        return array._node
    assert base.ctx is not None
    return sources.from_host(array, base.ctx)


def among(name: str, x: Any, *others: Any) -> Any:
    """``x`` as an array, beside that of ``others`` that is one; on the current context where none is.

    Raises
    ------
    DTypeError
        Where ``x`` is no data that makes an array.
    """
    lead = leading((x, *others))
    return as_operand(name, x) if lead is None or isinstance(x, Operand) else lead._like(lead._constant(x))


def _nonzero(mask: Any) -> tuple[Any, ...]:
    """Where a mask is true, as index arrays of its class, which are in range."""
    return tuple(map(mask._like, nonzero_nodes(mask._node)))


# --- functions ---------------------------------------------------------------------------------


def taken(x: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    """The elements of ``x`` at ``indices`` along ``axis``, of the flattened array where that is None: see `clnd.take`."""
    x = as_operand("take", x)
    node = x._node
    if mode not in MODES_OF_NUMPY:
        raise ArgumentError(f"[take] got mode {mode!r}; expected 'raise', 'wrap' or 'clip'")
    node, axis = flat_where_none(node, axis)
    axis = normalize_axis("take", axis, len(node.shape))
    n = node.shape[axis]
    given = whole_numbers("take", indices)
    check_indices("take", given, n, axis, mode)
    index = beside("take", given, node)
    result = taken_node(node, index, axis, mode)
    if mode == "raise" and isinstance(given, Operand):
        tell(result, range_fault("take", index, axis, n))
    return deliver("take", out, x._like(result))


def taken_along(x: Any, indices: Any, axis: Any = -1) -> Any:
    """For each place of ``indices`` the element of ``x`` that it names along ``axis``: see `clnd.take_along_axis`."""
    x = as_operand("take_along_axis", x)
    node = x._node
    given = whole_numbers("take_along_axis", indices)
    node, axis = flat_where_none(node, axis)
    if len(given.shape) != len(node.shape):
        raise ShapeError(f"[take_along_axis] got indices of shape {tuple(given.shape)} for an array of shape {node.shape}; expected as many dimensions")
    axis = normalize_axis("take_along_axis", axis, len(node.shape))
    n = node.shape[axis]
    check_indices("take_along_axis", given, n, axis)
    index = beside("take_along_axis", given, node)
    result = taken_along_node(node, index, axis)
    if isinstance(given, Operand):
        tell(result, range_fault("take_along_axis", index, axis, n))
    return x._like(result)


def chosen(x: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """For each place the element there of the choice that ``x`` numbers: see `clnd.choose`."""
    x = as_operand("choose", x)
    numbers = x._node
    if facts(numbers.dtype).kind not in (BOOL, INT, UINT):
        raise DTypeError(f"[choose] got numbers of choices of {numbers.dtype.name}; expected integers; cast with astype()")
    count = len(choices)
    if mode not in MODES_OF_NUMPY or not count:
        what = "no choices; expected at least one" if not count else f"mode {mode!r}; expected 'raise', 'wrap' or 'clip'"
        raise ArgumentError(f"[choose] got {what}")
    if isinstance(choices, (Operand, np.ndarray)):
        result = x._like(chosen_node(numbers, beside("choose", choices, numbers), mode))
    else:
        result = _one_of(_in_mode(x, count, mode), choices)
    if mode == "raise":
        tell(result._node, bounds_fault("choose", numbers, 0, count - 1, "the number of a choice that is not there", ArgumentError))
    return deliver("choose", out, result)


def _in_mode(x: Any, count: int, mode: str) -> Any:
    """Numbers of choices by NumPy's modes; what is out of range by "raise" may become any."""
    if mode == "wrap":
        return elementwise.remainder.apply(x._like(cast_node(x._node, dtypes.int64)), count)
    return made.clip(x._like(cast_node(x._node, dtypes.int64)), 0, count - 1)


def _one_of(x: Any, choices: Any) -> Any:
    """Choices one after the other, in one kernel."""
    result = choices[-1]
    for k in reversed(range(max(len(choices) - 1, 1))):
        result = elementwise.where.apply(elementwise.equal.apply(x, k), choices[k], result)
    return result


# --- indices -----------------------------------------------------------------------------------


def whole_numbers(name: str, indices: Any) -> Any:
    """Indices as an array of whole numbers: an operand, or int64 of NumPy.

    Raises
    ------
    DTypeError
        For floats and the like.
    IndexingError
        For what NumPy has of more than 63 bits.
    """
    given: Any = indices if isinstance(indices, Operand) else np.asarray(indices)
    dtype = np.dtype(given._node.dtype) if isinstance(given, Operand) else given.dtype
    if isinstance(indices, (list, tuple)) and size_of(given.shape) == 0:
        dtype = np.dtype(np.int64)
    if dtype.kind not in "biu":
        raise DTypeError(f"[{name}] got indices of {dtype}; expected integers; cast with astype()")
    if isinstance(given, Operand):
        return given
    if dtype == np.uint64 and given.size and given.max() > np.iinfo(np.int64).max:
        raise IndexingError(f"[{name}] got the index {given.max()}; expected less than {2**63}")
    return given.astype(np.int64)


def check_indices(name: str, given: Any, n: int, axis: int, mode: str = "raise") -> None:
    """Raise an IndexingError for indices along an axis of ``n`` elements that the host sees to be wrong: any where there are none."""
    if n == 0 and size_of(given.shape):
        raise IndexingError(f"[{name}] got {size_of(given.shape)} indices for axis {axis} with size 0; expected none")
    if mode == "raise" and not isinstance(given, Operand):
        check_range(name, given, n, axis)
