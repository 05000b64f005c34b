"""Assignment: the store that arrays and their views share, and the node that sets a region of it.

A store holds one node, its content now, and a generation that counts its replacements. A write reads
both, prepares a new node, and replaces the old one only if the generation is unchanged; otherwise it
begins again. So threads that write disjoint parts lose nothing, and a write of a signal handler is
kept by the write that it interrupted.

A box that is most of the content is set by one kernel that makes the whole anew: `inset_node`. Any other
region is written into the old memory if nobody else holds that. Otherwise the memory is copied
first, so that pending work and NumPy arrays that share it keep what they saw.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from sys import getrefcount, implementation
from typing import Any

import numpy as np

from clnd.dtypes import facts, uint16
from clnd.errors import ClndError
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import record
from clnd.graph.run import DEPTH_LIMIT, held_before, run, strided, waiting_for
from clnd.kernels import copy, inset
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.inset import Box
from clnd.kernels.kernel import Strided
from clnd.kernels.launch import Plan
from clnd.kernels.recipe import Input, Recipe
from clnd.ops.sources import COPY
from clnd.ops.views import reshaped_node, transposed_node
from clnd.runtime import drivers
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, contiguous_strides, size_of

__all__ = ["Change", "Store", "box_of", "covers", "memory_of"]

_exchange = threading.RLock()
"""Held while a store's node is compared and exchanged, and for nothing else. Re-entrant for signal handlers."""

_FEW = 256
"""A number is written by the host to at most so many elements, if the memory is the host's too and the device is idle."""

_FEW_ELEMENTS = 16

_WORTH_KEEPING = 1 << 16
"""Bytes of content that is not copied on account of pending work, if that is less than half of it."""

_LAZY = 1 << 18
"""Bytes of the largest content that is made anew when it is read: of a larger one each step of a loop would wait in memory of its own."""


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
        return self.change(lambda base: _update_node(base, _Region(offset, shape, strides), source), generation)

    def change(self, changed: Callable[[Node], Node], generation: int | None = None) -> bool:
        """Make what ``changed`` makes of the content the content, in the old memory where nobody else holds that.

        The node that it makes has the content as its first input, and a `Change` as ``params``; its other inputs are computed. Else as `write`.
        """
        ctx = self.node.ctx
        assert ctx is not None
        drivers.check_process()  # before the lock, which a thread that was not forked along may hold
        with ctx.device.lock:
            while True:
                before = self.generation
                if generation is not None and before != generation:
                    return False
                self._compute_elements()
                run((self.node,))
                new = changed(self.node)
                if self.generation != before:
                    continue
                if not _is_alone(new, 2, _shares(new)):  # held by the store and by `new`
                    run((new,))  # in new memory; nobody sees it yet
                    if self.replace(before, new):
                        return True
                elif self.replace(before, new):
                    # The old node was handed over: who reads from here on gets the new one, and who got the old one is counted now.
                    new.params.in_place = _is_alone(new, 1, _shares(new))
                    self._run_published(new, before + 1)
                    return True

    def holders(self, source: Node) -> tuple[Node, ...]:
        """Small pending work besides ``source`` that holds the memory of large content: computed together, it spares a copy of that."""
        node = self.node
        size = size_of(node.shape) * node.dtype.itemsize
        if size <= _WORTH_KEEPING or node.value is None:
            return ()
        for among in (waiting_for, held_before):
            found = among(node.value.block, source)
            if sum(size_of(n.shape) * n.dtype.itemsize for n in found) <= size // 2:
                return tuple(found)
        return ()

    def set_box(self, box: Box, order: Shape, source: Node, generation: int | None = None) -> bool:
        """Set a box of the content to ``source``, whose axes are those of ``order`` of the content, by making the whole anew.

        With a ``generation`` only if the content is still of that one; says whether it was.
        """
        while True:
            before = self.generation
            if generation is not None and before != generation:
                return False
            new = inset_node(self.node, box, order, source)
            # Not in the middle of what comes next, where the limit of depth would cut it.
            if new.depth > DEPTH_LIMIT // 2 or size_of(new.shape) * new.dtype.itemsize > _LAZY:
                run((new,))  # before anyone sees it: where it fails the old content stands
            if self.replace(before, new):
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


class Change:
    """What an operation that changes its first input is told. ``in_place``: in that one's memory, which nobody else holds."""

    __slots__ = ("in_place",)

    def __init__(self) -> None:
        self.in_place = False


class _Region(Change):
    """What an update sets: a region in row-major order of the base."""

    __slots__ = ("offset", "shape", "strides")

    def __init__(self, offset: int, shape: Shape, strides: Shape) -> None:
        super().__init__()
        self.offset, self.shape, self.strides = offset, shape, strides


def memory_of(device: OpenDevice, node: Node) -> tuple[Block, int]:
    """Block and offset in which ``node``, a change of its first input, is to be made: that one's memory, or a copy of its content."""
    base = node.inputs[0].value
    assert base is not None
    if node.params.in_place:
        return base.block, base.offset
    n, itemsize = size_of(node.shape), node.dtype.itemsize
    block = device.pool.allocate(n * itemsize)
    copy.launch(device, itemsize, (n,), Strided(base.block, base.offset, (1,)), Strided(block, 0, (1,)))
    return block, 0


class _Update(Primitive):
    name = "setitem"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Write the region, in the old memory if only this node holds it."""
        region: _Region = node.params
        offset, shape, strides = region.offset, region.shape, region.strides
        source = node.inputs[1]
        itemsize = node.dtype.itemsize
        block, start = memory_of(device, node)
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


class _Inset(Primitive):
    """The content made anew: ``params`` is the box that the first input fills, around it is the second's content."""

    name = "setitem"
    takes_prologue = True
    is_planned = True
    has_fast = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan:
        """The kernel that computes what goes into the box and copies the rest."""
        source, base = node.inputs
        box: Box = node.params
        held = uint16 if facts(node.dtype).is_half and source.ctx is not None else node.dtype
        recipe = Recipe((Input(held, source.ctx is None),), (), (0,), node.fast) if prologue is None else prologue.recipe
        inputs = [source] if prologue is None else prologue.inputs
        strides = tuple([None if x.value is None else x.strides for x in inputs])
        shapes = tuple([x.shape for x in inputs])
        key = ("inset", recipe, base.shape, box, strides, shapes)
        return device.planned(key, lambda: inset.plan(device, recipe, base.shape, box, strides, shapes))


_INSET = _Inset()


def inset_node(base: Node, box: Box, order: Shape, source: Node) -> Node:
    """``base`` with a box set to ``source``, which broadcasts to the axes of ``order`` of it."""
    if source.ctx is not None:
        to = tuple([box.counts[k] for k in order])
        if source.shape != to:
            source = record(COPY, (source,), to, source.dtype, source.ctx)
        if order != tuple(sorted(order)):
            source = transposed_node(source, tuple(sorted(range(len(order)), key=order.__getitem__)))
        if len(order) < len(box.counts):
            source = reshaped_node(source, box.counts)
    return record(_INSET, (source, base), base.shape, base.dtype, base.ctx, box)


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


def _is_alone(update: Node, most: int, shared: bool = False) -> bool:
    """True if at most ``most`` references hold the old node, and only its value, and the source's where it is ``shared``, holds the memory, which is the pool's.

    Other implementations of Python do not count references: they always copy.
    """
    if implementation.name != "cpython":
        return False
    inputs = update.inputs
    return inputs != () and not inputs[0].value.block.is_foreign and (  # type: ignore[union-attr]  # none: it is computed already
        _references_to_first(inputs) - _OF_CALL[0] <= most and _references_to_block(inputs[0].value) - _OF_CALL[1] <= 1 + shared
    )


def _shares(update: Node) -> bool:
    """Whether a region is set to what lies in the same memory, but apart from it along some axis."""
    region, inputs = update.params, update.inputs
    if not isinstance(region, _Region) or not inputs:  # none: it is computed already
        return False
    base, source = inputs
    if source.value is None or base.value is None or source.value.block is not base.value.block:
        return False
    if source.value is base.value:
        return False
    here = box_of(base.shape, region.offset, region.shape, region.strides)
    there = box_of(base.shape, source.value.offset - base.value.offset, source.shape, source.strides)
    return here is not None and there is not None and here[0].is_apart(there[0])


def covers(base_shape: Shape, offset: int, shape: Shape, strides: Shape) -> bool:
    """True where the region is the whole array in order."""
    return offset == 0 and shape == base_shape and strides == contiguous_strides(shape)


def box_of(base_shape: Shape, offset: int, shape: Shape, strides: Shape) -> tuple[Box, Shape] | None:
    """The box of a row-major array that a region is, and which axis of the array each of its own is; None where it is no box."""
    starts = []
    rest = offset
    steps = contiguous_strides(base_shape)
    for step in steps:
        starts.append(rest // step if step else 0)
        rest -= starts[-1] * step
    counts = [1] * len(base_shape)
    order = []
    for n, s in zip(shape, strides, strict=True):
        fits = [k for k, step in enumerate(steps) if step == s and k not in order and starts[k] + n <= base_shape[k]]
        if not fits:
            return None
        order.append(fits[-1])
        counts[fits[-1]] = n
    return Box(tuple(starts), tuple(counts)), tuple(order)
