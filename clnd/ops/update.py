"""Assignment: the store that arrays and their views share, and the node that sets a region of it.

A store holds one node, its content now, and a generation that counts its replacements. A write reads
both, prepares a new node, and replaces the old one only if the generation is unchanged; otherwise it
begins again. So threads that write disjoint parts lose nothing, and a write of a signal handler is
kept by the write that it interrupted.

A region is written into the old memory if nobody else holds that. Otherwise the memory is copied
first, so that pending work and NumPy arrays that share it keep what they saw.
"""

from __future__ import annotations

import threading
import weakref
from sys import getrefcount, implementation
from typing import Any

import numpy as np

from clnd.errors import ClndError
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record
from clnd.graph.run import run, strided
from clnd.kernels import copy
from clnd.kernels.kernel import Strided
from clnd.ops.sources import COPY
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, contiguous_strides, size_of

__all__ = ["Store", "covers"]

_exchange = threading.RLock()
"""Held while a store's node is compared and exchanged, and for nothing else. Re-entrant for signal handlers."""

_FEW = 256
"""A number is written by the host to at most so many elements, if the memory is the host's too and the device is idle."""


_FEW_ELEMENTS = 16


class Store:
    """What an array and its views share: the node that is the content now."""

    __slots__ = ("_looked_at", "elements", "generation", "node")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.generation = 0
        # Elements that were taken before the content was computed. A write computes them first.
        self.elements: list[weakref.ref[Node]] = []
        self._looked_at = _FEW_ELEMENTS

    def replace(self, generation: int, node: Node) -> bool:
        """Make ``node`` the content if no other replaced it since ``generation``; says whether it did.

        Read the generation before the node: a node that is newer than its generation is refused here.
        """
        following, old = generation + 1, None
        with _exchange:
            # CPython runs signal handlers at calls and at jumps, Python 3.10 also at those ahead: nothing is called
            # here, and what jumps is the way out, so that none comes between the comparison and the exchange.
            # tests/unit/test_update.py holds every version of it to that.
            if self.generation == generation:
                old = self.node
                self.node = node
                self.generation = following
        # The old node goes at the return, after the lock: to free it may run other code.
        return old is not None

    def put(self, node: Node) -> None:
        """Make ``node`` the content, whatever it was."""
        while not self.replace(self.generation, node):
            pass

    def write(self, offset: int, shape: Shape, strides: Shape, source: Node, generation: int | None = None) -> bool:
        """Set a region (offset, shape, strides in row-major order) to ``source``: a computed node, or a number's.

        With a ``generation`` it is written only if the content is still of that one; says whether it
        was. After an exception the old content stands.
        """
        ctx = self.node.ctx
        assert ctx is not None
        with ctx.device.lock:
            while True:
                before = self.generation
                if generation is not None and before != generation:
                    return False
                self._compute_elements()
                run((self.node,))
                region = _Region(offset, shape, strides)
                new = _update_node(self.node, region, source)
                if self.generation != before:
                    continue
                if not _is_alone(new, 2):  # held by the store and by `new`
                    run((new,))  # in new memory; nobody sees it yet
                    if self.replace(before, new):
                        return True
                elif self.replace(before, new):
                    # The old node was handed over: who reads from here on gets the new one, and who got the old one is counted now.
                    region.in_place = _is_alone(new, 1)
                    self._run_published(new, before + 1)
                    return True

    def _run_published(self, new: Node, generation: int) -> None:
        base = new.inputs[:1]
        # A node of its own with the old value: no reader of `new` takes it for the content of that generation.
        kept = [Node(b.op, (), b.shape, b.dtype, b.ctx, b.params, b.value) for b in base]
        for node in kept:
            node.faults = base[0].faults
        del base
        try:
            run((new,))
        except ClndError:
            if kept and new.value is None:
                self.replace(generation, kept[0])
            raise

    def note_element(self, node: Node) -> None:
        """Remember an element that was taken of pending content, until it is computed or gone."""
        if len(self.elements) >= self._looked_at:
            self.elements = [ref for ref in self.elements if (n := ref()) is not None and n.value is None]
            self._looked_at = 2 * len(self.elements) + _FEW_ELEMENTS
        self.elements.append(weakref.ref(node))

    def _compute_elements(self) -> None:
        """Compute what was taken of the content and not read yet: else it would hold the old memory."""
        while self.elements:
            try:
                node = self.elements.pop()()
            except IndexError:  # another thread took the last one
                return
            if node is not None:
                run((node,))


class _Region:
    """What an update sets: a region in row-major order of the base; ``in_place``: in the base's memory, which nobody else holds."""

    __slots__ = ("in_place", "offset", "shape", "strides")

    def __init__(self, offset: int, shape: Shape, strides: Shape) -> None:
        self.offset, self.shape, self.strides = offset, shape, strides
        self.in_place = False


class _Update(Primitive):
    name = "setitem"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Write the region, in the old memory if only this node holds it."""
        region: _Region = node.params
        offset, shape, strides = region.offset, region.shape, region.strides
        base, source = node.inputs
        value = base.value
        assert value is not None
        itemsize = node.dtype.itemsize
        block, start = value.block, value.offset
        if not region.in_place:
            n = size_of(base.shape)
            block, start = device.pool.allocate(n * itemsize), 0
            copy.launch(device, itemsize, (n,), Strided(value.block, value.offset, (1,)), Strided(block, 0, (1,)))
        if source.ctx is None:
            if block.host is not None and size_of(shape) <= _FEW and device.is_idle():
                seen: np.ndarray[Any, Any] = np.ndarray(
                    shape, node.dtype, block.host, (offset + start) * itemsize, tuple(s * itemsize for s in strides)
                )
                seen[...] = source.params
                return (Value(block, start),)
            source = Node(COPY, (source,), (), node.dtype, node.ctx)
            run((source,))
        operand = strided(source)
        steps = broadcast_strides(source.shape, operand.strides, shape)
        copy.launch(device, itemsize, shape, Strided(operand.block, operand.offset, steps), Strided(block, offset + start, strides))
        return (Value(block, start),)


_UPDATE = _Update()


def _update_node(base: Node, region: _Region, source: Node) -> Node:
    """``base`` with the region set to ``source``."""
    return record(_UPDATE, (base, source), base.shape, base.dtype, base.ctx, region)


# --- who holds the old memory ------------------------------------------------------------------
#
# References are counted where they are taken from a tuple or an attribute: no local variable holds the
# object, so a version of Python that counts those otherwise makes no difference. What the call itself adds
# is measured by the same functions.


def _references_to_first(inputs: tuple[Any, ...]) -> int:
    return getrefcount(inputs[0])


def _references_to_block(value: Any) -> int:
    return getrefcount(value.block)


_OF_CALL = (
    _references_to_first((object(),)) - 1,
    _references_to_block(Value(object())) - 1,  # type: ignore[arg-type]
)


def _is_alone(update: Node, most: int) -> bool:
    """True if at most ``most`` references hold the old node, and only its value holds the memory, which is the pool's.

    Other implementations of Python do not count references: they always copy.
    """
    if implementation.name != "cpython":
        return False
    inputs = update.inputs
    return inputs != () and not inputs[0].value.block.is_foreign and (  # type: ignore[union-attr]  # none: it is computed already
        _references_to_first(inputs) - _OF_CALL[0] <= most and _references_to_block(inputs[0].value) - _OF_CALL[1] <= 1
    )


def covers(base_shape: Shape, offset: int, shape: Shape, strides: Shape) -> bool:
    """True where the region is the whole array in order."""
    return offset == 0 and shape == base_shape and strides == contiguous_strides(shape)
