"""Copies between a device and the host that are on their way, and that nobody need wait for.

The driver reads and writes the host's memory until the copy's event is complete, so that memory is held here until then. pyopencl's
event holds it too, and whoever lets the last reference to such an event go waits for it without giving way to other threads: events
leave this list only when they are complete.
"""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any

import pyopencl as cl

from clnd.errors import DriverError

__all__ = ["MOST_BYTES", "Transfers"]

MOST_BYTES = 1 << 28
"""So many bytes of its own on the host clnd holds for uploads and moves that are on their way; another one waits for the oldest."""

_COMPLETE = cl.command_execution_status.COMPLETE


class Transfers:
    """The copies of one device that may not be there yet, oldest first. What changes it holds the device's lock."""

    __slots__ = ("_pending", "held")

    def __init__(self) -> None:
        self._pending: deque[tuple[Any, int]] = deque()
        self.held = 0
        """Bytes of the host's memory that nobody but clnd holds."""

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def oldest(self) -> Any:
        """The event of the oldest; None where there is none."""
        return self._pending[0][0] if self._pending else None

    def add(self, event: Any, held: int = 0) -> None:
        """Note a copy that was just enqueued, of ``held`` bytes that are clnd's own on the host."""
        self._pending.append((event, held))
        self.held += held

    def leave(self) -> None:
        """In a forked child: keep the events for ever. The driver's threads were not copied, so to let one go, at the latest when the interpreter ends, would wait for ever."""
        keep = getattr(getattr(ctypes, "pythonapi", None), "Py_IncRef", None)  # CPython's; others end without letting go
        for event, _ in self._pending:
            if keep is not None:
                keep(ctypes.py_object(event))

    def let_go(self) -> None:
        """Let go of the memory of those that are there. The queue is in order: so are they.

        Raises
        ------
        DriverError
            Where one failed: whoever uses the device is told, for its array may be one that nobody waits for.
        """
        pending = self._pending
        while pending:
            oldest = event, held = pending[0]
            newest = pending[-1][0]
            status = event.command_execution_status
            # rusticl calls a later one complete first. The queue is in order all the same.
            if status > _COMPLETE and newest.command_execution_status != _COMPLETE:
                return
            try:
                pending.remove(oldest)
            except ValueError:  # a signal handler let it go meanwhile
                continue
            self.held -= held
            if status < _COMPLETE:
                raise DriverError(
                    f"[copy] the driver failed at a copy between the host and the device (status {status}); what was computed since "
                    "may be wrong; free memory, or start again"
                )
            event.wait()  # which lets go of the memory, whoever else holds the event
        self.held = 0  # Ctrl-C may have come between a copy and its bytes
