"""Index arrays of an array: from what a key names to the node that reads it."""

from __future__ import annotations

from typing import Any

from clnd.graph.node import Node, Operand
from clnd.graph.record import common_context
from clnd.indexing import Picked, Place, selected
from clnd.ops import sources
from clnd.ops.gather import Along, displacement_node, looked_up_node, range_fault, tell
from clnd.ops.views import reshaped_node, view_node

__all__ = ["picked_node"]


def picked_node(base: Node, place: Place, key: Any) -> Node:
    """What an advanced index of a window at ``place`` of ``base`` names, in memory of its own.

    Raises
    ------
    IndexingError
        Where the host sees that an index is wrong; what only a device sees is told at reads.
    """
    chosen = selected(place, key, _nonzero)
    if not chosen.arrays:  # bools without axes: all or nothing
        return sources.COPY.node([view_node(base, chosen.offset, chosen.result, chosen.walk)])
    alongs = [_along(p, chosen.trailing, base) for p in chosen.arrays]
    node = looked_up_node(base, chosen.offset, chosen.walk, displacement_node(alongs, chosen.result))
    for p in chosen.arrays:
        if isinstance(p.array, Operand):
            tell(node, range_fault("getitem", p.array._node, p.axis, p.length))
    return node


def _along(picked: Picked, trailing: int, base: Node) -> Along:
    """An index array as a node, which broadcasts to a result that has ``trailing`` axes after its own."""
    if isinstance(picked.array, Operand):
        node = picked.array._node
        common_context("getitem", [base, node])
    else:
        assert base.ctx is not None
        node = sources.from_host(picked.array, base.ctx)
    node = reshaped_node(node, (*node.shape, *(1,) * trailing))
    return Along(node, picked.length, picked.stride)


def _nonzero(mask: Any) -> tuple[Any, ...]:
    raise NotImplementedError
