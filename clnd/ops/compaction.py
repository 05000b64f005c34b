"""Compaction as nodes: the elements where a mask is true, and where they lie.

No node has an unknown shape. The functions here run a count, the host reads it, and what they record then has a shape that is known:
masks are the one place where a program waits for the device in the middle.
"""

from __future__ import annotations

import functools
import weakref

from clnd.dtypes import bool_, int64, uint64
from clnd.graph.node import Node
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record
from clnd.graph.run import run_to_read
from clnd.kernels import compact
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.ops.limits import places_below
from clnd.ops.op import cast_node
from clnd.ops.sources import COPY, full_node
from clnd.ops.views import flat_node, part_node, reshaped_node, row_major
from clnd.runtime.opened import OpenDevice
from clnd.shapes import size_of

__all__ = ["compressed_node", "flat_nonzero_node", "nonzero_nodes"]


class _Counts(Primitive):
    """How many are true before each part of a mask, and in all: ``params`` is how it is cut."""

    name = "nonzero"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """Count the parts, then sum up."""
        n, cut = size_of(node.inputs[0].shape), node.params
        return device.planned(("compact_count", n, cut), lambda: compact.count_plan(device, n, cut))


class _Elements(Primitive):
    """The elements where a mask is true: inputs are the elements, the mask and its counts."""

    name = "compress"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """Write them."""
        n, itemsize, (total,), cut = size_of(node.inputs[0].shape), node.dtype.itemsize, node.shape, node.params
        return device.planned(("compact_elements", n, itemsize, total, cut), lambda: compact.elements_plan(device, n, cut, itemsize, total))


class _Places(Primitive):
    """Where a mask is true, a value for each axis: inputs are the mask and its counts."""

    name = "nonzero"
    is_planned = True

    def __init__(self, rank: int) -> None:
        self.results = rank

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """Write them."""
        shape, (total,), cut = node.inputs[0].shape, node.shape, node.params
        return device.planned(("compact_places", shape, total, cut), lambda: compact.places_plan(device, shape, cut, total))


_COUNTS = _Counts()
_counts_of: weakref.WeakKeyDictionary[Node, tuple[Node, int]] = weakref.WeakKeyDictionary()
"""What `_counted` found, as long as the mask lives."""
_ELEMENTS = _Elements()
_places = functools.cache(_Places)
"""One operation for each number of results: tasks are remembered by it."""


def nonzero_nodes(node: Node) -> tuple[Node, ...]:
    """Where ``node``, which has an axis at least, is not 0: int64 places along each axis, in row-major order. NaN is not 0.

    Runs what ``node`` needs, and reads how many there are.
    """
    mask = _mask(node)
    counts, total = _counted(mask)
    assert node.ctx is not None
    if total == 0:
        return tuple(full_node((0,), 0, int64, node.ctx) for _ in node.shape)
    rank = len(mask.shape)
    base = record(_places(rank), (mask, counts), (total,), int64, node.ctx, counts.params)
    return tuple(places_below(part_node(base, k, int64), n) for k, n in enumerate(mask.shape))


def flat_nonzero_node(node: Node) -> Node:
    """The places where ``node`` is not 0, int64 numbers in row-major order."""
    return nonzero_nodes(flat_node(node))[0]


def compressed_node(x: Node, mask: Node) -> Node:
    """The elements of ``x`` where ``mask``, a bool array of its shape, is true: one axis, in row-major order."""
    assert x.shape == mask.shape
    assert x.ctx is not None
    mask = _mask(mask)
    counts, total = _counted(mask)
    if total == 0:
        return full_node((0,), 0, x.dtype, x.ctx)
    if total == size_of(x.shape):
        return reshaped_node(COPY.node([x]), (total,))
    return record(_ELEMENTS, (row_major(x), mask, counts), (total,), x.dtype, x.ctx, counts.params)


def _mask(node: Node) -> Node:
    """Where ``node`` is not 0, in memory row by row."""
    return row_major(cast_node(node, bool_))


def _counted(mask: Node) -> tuple[Node, int]:
    """The counts of a mask's parts, and how many are true in all: counted once for a mask that is used again."""
    n = size_of(mask.shape)
    if n == 0:
        return mask, 0
    known = _counts_of.get(mask)
    if known is not None:
        return known
    ctx = mask.ctx
    assert ctx is not None
    device = ctx.device
    cut = compact.parts(device, n)
    counts = record(_COUNTS, (mask,), (cut[0] + 1,), uint64, ctx, cut)
    run_to_read(counts)
    assert counts.value is not None
    total = int(counts.value.read(device, uint64, start=cut[0])[0])
    return _counts_of.setdefault(mask, (counts, total))
