"""A device's queue held by an event of the host's: what returns meanwhile has not waited for the queue."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

import pyopencl as cl

__all__ = ["Gate"]


class Gate:
    """Within the block nothing that is enqueued runs, until `open` is called. The block's end opens it, too.

    A call that waits for the queue inside the block would wait for ever, so after some seconds the gate opens by itself, and the end of the block
    fails. No clock decides that a call did not wait.
    """

    def __init__(self, device: Any, patience: float = 20.0) -> None:
        self._device = device
        self._timer = threading.Timer(patience, self._give_up)
        self._timer.daemon = True
        self._gave_up = False

    def __enter__(self) -> Gate:
        device = self._device
        device.finish()
        with device.lock:
            self._event = cl.UserEvent(device._context)
            device.noted(cl.enqueue_marker, device.queue, wait_for=[self._event])
        self._timer.start()
        return self

    @property
    def is_closed(self) -> bool:
        """Whether the queue still waits."""
        return bool(self._event.command_execution_status != cl.command_execution_status.COMPLETE)

    def open(self) -> None:
        """Let the queue go on."""
        self._timer.cancel()
        if self.is_closed:
            self._event.set_status(cl.command_execution_status.COMPLETE)

    def _give_up(self) -> None:
        self._gave_up = True
        self.open()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.open()
        self._device.finish()
        if error is None and self._gave_up:
            raise AssertionError("a call waited for the queue")
