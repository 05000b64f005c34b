"""Moves from one device to another: a node that waits for its elements on their way over the host.

OpenCL's events belong to a context, and each device has a context of its own, so no queue can wait for another device's work. The
first half of a move is enqueued at once on the device that has the elements, behind what makes them. The second half is a pending node of the
other device: it is enqueued when something there needs it, and only then a thread waits for the first half. Neither queue is ever stopped.
"""

from __future__ import annotations

import contextlib
import weakref
from typing import Any

import numpy as np

from clnd.context import Context
from clnd.errors import ClndError
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, record
from clnd.graph.run import arrivals, arriving, run
from clnd.ops import sources
from clnd.runtime.opened import OpenDevice, is_complete
from clnd.shapes import is_contiguous, size_of

__all__ = ["in_one_piece", "moved_node"]


class _Arrival:
    """The elements of an array on the host, once ``event`` of the device ``source`` is complete, and then its value on the other device."""

    __slots__ = ("event", "host", "source", "value")

    def __init__(self, source: OpenDevice, host: np.ndarray[Any, Any], event: Any) -> None:
        self.source = source
        self.host: np.ndarray[Any, Any] | None = host
        self.event = event
        self.value: Value | None = None

    def is_there(self) -> bool:
        """Whether the elements are on the host."""
        return is_complete(self.event)

    def wait(self) -> None:
        """Wait until they are."""
        event = self.event
        if event is not None:
            self.source.wait_for(event)

    def enqueue(self, device: OpenDevice) -> Value:
        """The value on ``device``, where the copy into it is enqueued. Interrupted, it can be called again."""
        self.wait()
        host = self.host
        if self.value is None:
            assert host is not None
            block = device.pool.allocate(host.nbytes)
            device.write(block, host, kept=True)
            self.value = Value(block)
        self.host = self.event = None  # the value is there first
        return self.value


class _Move(Primitive):
    """The op of an array that comes from another device: ``params`` is its `_Arrival`."""

    name = "to_device"
    arrives = True

    def wait(self, node: Node) -> None:
        """Wait until the elements are on the host."""
        arrival: _Arrival = node.params
        arrival.wait()

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Enqueue the copy of the elements, once they are on the host."""
        arrival: _Arrival = node.params
        return (arrival.enqueue(device),)


_MOVE = _Move()


def in_one_piece(node: Node) -> Node:
    """``node`` computed, in row-major order without gaps: a copy, made on its device, where it lies otherwise."""
    run((node,))
    if is_contiguous(node.shape, node.strides):
        return node
    copy = sources.COPY.node([node])
    run((copy,))
    return copy


def moved_node(node: Node, ctx: Context) -> Node:
    """``node`` on the device of ``ctx``, which is another one.

    What could be wrong with it is told by who reads the result.

    Raises
    ------
    DTypeError
        For a dtype that the other device lacks.
    DeviceMemoryError
        For more than it can ever have.
    """
    check_fp64("to_device", node.dtype, ctx)
    _go_on()
    ctx.device.pool.check(size_of(node.shape) * node.dtype.itemsize)
    whole = in_one_piece(node)
    value, source = whole.value, node.ctx.device  # type: ignore[union-attr]
    assert value is not None
    block = value.block
    host: np.ndarray[Any, Any]
    if block.host is None or not size_of(node.shape):
        host = np.empty(node.shape, node.dtype)
        event = source.begin_read(block, host, value.offset * node.dtype.itemsize, staged=True)
    else:
        # The memory is the host's as well, and stays as it is while `host` holds its block.
        host = value.shared(node.shape, whole.strides, node.dtype)
        event = source.mark()
        if block.is_foreign:  # but its owner may write to it
            source.wait_for_host()
            host, event = host.copy(), None
    moved = record(_MOVE, (), node.shape, node.dtype, ctx, _Arrival(source, host, event))
    moved.faults = node.faults
    if is_complete(event):
        run((moved,))
    else:
        arriving.append(weakref.ref(moved))
    return moved


def _go_on() -> None:
    """Enqueue the second half of moves whose elements have come meanwhile: else they would take the host's memory until somebody needs them."""
    for node in arrivals():
        if node.params.is_there():
            with contextlib.suppress(ClndError):  # whoever needs it is told
                run((node,))
