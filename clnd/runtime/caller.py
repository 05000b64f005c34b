"""Small launches on PoCL run in the thread that calls.

PoCL's device "pthread" hands each launch to its threads, which sleep while there is no work: a lone small launch waits 20 to 40 us for
one of them to wake, where its arithmetic takes one. PoCL has a second device, "basic", that runs a launch before the call that enqueues
it returns. It computes on the same memory with the same machine code, so a launch that is short enough may go there, provided
nothing that was enqueued before is still running: the pool hands blocks out, and writes in place are ordered, because one queue is in order.

A program is not compiled again for "basic". Its binary for "pthread" is loaded, with the eight bytes that name the device changed.

`Timing` decides which launches are short, and knows nothing of OpenCL; `Caller` is the device.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pyopencl as cl

from clnd.runtime import processor, remarks
from clnd.runtime.counters import counters

if TYPE_CHECKING:
    from clnd.runtime.program import Kernel

__all__ = ["Caller", "Timing", "renamed", "tag"]

_log = logging.getLogger("clnd.caller")

# A launch that moves more bytes is never tried here: it may take long, and nobody else can use the interpreter meanwhile.
_MOST_BYTES = 1 << 18
# So many runs are timed. The best one counts, because the first loads the code, and others may be held up.
_TRIALS = 4
# A launch that takes longer in one thread, in seconds, goes to the driver's: decision 11 has the measurement.
_LIMIT = 10e-6
# One that takes longer by far is not tried to the end.
_HOPELESS = 10
# A kernel is loaded for this device after so many launches that could have gone there: loading takes as long as 40 of them gain.
_LOADED_AFTER = 32
_REFUSED = -(1 << 62)
# Kernels keep what they need on the stack. PoCL's threads have 8 MiB; a thread that was given less than this runs none.
_STACK = 1 << 20


class _Thread(threading.local):
    """What is asked once a thread."""

    def __init__(self) -> None:
        self.has_stack = processor.stack_bytes() >= _STACK


_thread = _Thread()


class Timing:
    """How long one launch, always of the same size, takes in the thread that calls."""

    __slots__ = ("best", "runs")

    def __init__(self) -> None:
        self.best = float("inf")
        self.runs = 0

    def is_short(self, nbytes: int) -> bool:
        """Whether a launch that moves ``nbytes`` (0: not known) is worth running here, or trying."""
        return 0 < nbytes <= _MOST_BYTES and (not self.is_tried or self.best <= _LIMIT)

    @property
    def is_tried(self) -> bool:
        """Whether its times are known."""
        return self.runs >= _TRIALS or (self.runs > 1 and self.best > _HOPELESS * _LIMIT)

    def note(self, seconds: float) -> None:
        """One run took so long."""
        self.runs += 1
        self.best = min(self.best, seconds)


def tag(version: str) -> bytes:
    """The bytes that name a device in PoCL's binaries, from the device's version, which ends in what they are a hash of (FNV-1)."""
    value = 0xCBF29CE484222325
    for byte in version.partition("HSTR: ")[2].strip().encode():
        value = (value * 0x100000001B3 & (1 << 64) - 1) ^ byte
    return value.to_bytes(8, "little")


def renamed(binary: bytes, old: bytes, new: bytes) -> bytes | None:
    """A binary of the device with the tag ``old`` as one of the device with the tag ``new``; None where it is not what was expected."""
    if not binary.startswith(b"poclbin\0" + old):
        return None
    return binary[:8] + new + binary[16:]


class Caller:
    """The device "basic" of a context that has it beside "pthread". It is used under the lock of the opened device, and idle outside of it."""

    def __init__(self, context: cl.Context, pthread: cl.Device, basic: cl.Device) -> None:
        self._context = context
        self._device = basic
        self._tags = tag(pthread.version), tag(basic.version)
        self.queue = cl.CommandQueue(context, basic)

    def kernel(self, kernel: Kernel) -> cl.Kernel | None:
        """``kernel``, whose binary is there, for this device; None as long as it is launched rarely, where the driver refuses it, and in threads with a small stack."""
        if not _thread.has_stack:
            return None
        if kernel.here is None:
            kernel.small_launches += 1
            if kernel.small_launches > _LOADED_AFTER:
                kernel.here = self._loaded(kernel)
                kernel.small_launches = _REFUSED
        return kernel.here

    def _loaded(self, kernel: Kernel) -> cl.Kernel | None:
        try:
            binaries: Any = kernel.program.get_info(cl.program_info.BINARIES)
            binary = renamed(binaries[0], *self._tags)
            if binary is None:
                return None
            with remarks.unheard():
                program = cl.Program(self._context, [self._device], [binary]).build()
            function = cl.Kernel(program, kernel.name)
        except cl.Error as error:
            _log.info("%s stays with the threads of the driver: %s", kernel.name, error)
            return None
        function.set_scalar_arg_dtypes(kernel.scalar_types)
        counters.loads += 1
        return function
