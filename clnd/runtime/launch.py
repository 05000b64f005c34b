"""Enqueueing: the one place where a kernel's arguments are set and it is put on the queue."""

from __future__ import annotations

import logging
import time
from typing import Any

import pyopencl as cl

from clnd.errors import DriverError
from clnd.runtime import drivers, dump
from clnd.runtime.caller import Caller, Timing
from clnd.runtime.counters import counters
from clnd.runtime.opened import OpenDevice
from clnd.runtime.program import Kernel
from clnd.settings import settings

__all__ = ["enqueue"]

_log = logging.getLogger("clnd.launch")
_enqueue = cl.enqueue_nd_range_kernel
_DEBUG = settings.debug >= 2
_LONE_ITEM = (1, 1, 1)


@dump.recorded
def enqueue(
    device: OpenDevice,
    kernel: Kernel,
    groups: tuple[int, ...],
    local: tuple[int, ...],
    args: tuple[Any, ...],
    nbytes: int = 0,
    timing: Timing | None = None,
) -> None:
    """Put ``kernel`` on the device's queue: ``groups`` work-groups of ``local`` items a dimension.

    ``args`` are buffers and Python numbers in the kernel's order; ``nbytes`` (what the kernel must
    move) is used by the debug output and to tell small launches: those with a ``timing``, which is kept of each launch, may run in
    this thread (`caller`). The device's lock is taken here, once more where the caller holds it.

    Raises
    ------
    DriverError
        Where the driver refuses the launch; the message names the kernel.
    """
    drivers.check_process()
    if len(groups) == 1:
        shape: tuple[int, ...] = (groups[0] * local[0],)
    else:
        shape = groups if local == _LONE_ITEM else tuple(g * n for g, n in zip(groups, local, strict=True))
    with device.lock:
        caller = device.caller
        if caller is not None and timing is not None and timing.is_short(nbytes) and _run_here(device, caller, kernel, shape, local, args, timing):
            return
        outer = kernel.busy
        function = kernel.twin() if outer else kernel.cl
        kernel.busy = True
        try:
            function.set_args(*args)
            start = time.perf_counter() if _DEBUG else 0.0
            device.noted(_enqueue, device.queue, function, shape, local)
        except cl.Error as error:
            raise DriverError(
                f"[{kernel.name}] the driver of {device.info.name} refused the launch of {shape} items in groups of {local}: {error}"
            ) from error
        finally:
            kernel.busy = outer
        counters.launches += 1
        if _DEBUG:
            device.queue.finish()
            ms = (time.perf_counter() - start) * 1e3
            _log.warning("%s %s: %.3f ms, %.1f GB/s", kernel.name, shape, ms, nbytes / ms / 1e6)
        if not kernel._saved:
            kernel.save_binary()


def _run_here(
    device: OpenDevice, caller: Caller, kernel: Kernel, shape: tuple[int, ...], local: tuple[int, ...], args: tuple[Any, ...], timing: Timing
) -> bool:
    """Run a small launch in this thread; False, and nothing done, where it has to wait for what is enqueued."""
    if kernel.busy or not kernel._saved or not device.is_idle():
        return False
    function = caller.kernel(kernel)
    if function is None:
        return False
    kernel.busy = True
    try:
        function.set_args(*args)
        start = time.perf_counter()
        # A signal handler may have launched since the device was seen idle. None comes between this look and the launch: no
        # call of Python's lies between them.
        if device.last:
            return False
        _enqueue(caller.queue, function, shape, local)
        caller.queue.finish()  # it is finished already, unless a later driver is made otherwise
        if not timing.is_tried:
            timing.note(time.perf_counter() - start)
    except cl.Error as error:
        raise DriverError(
            f"[{kernel.name}] the driver of {device.info.name} refused the launch of {shape} items in groups of {local}: {error}"
        ) from error
    finally:
        kernel.busy = False
    counters.launches += 1
    if _DEBUG:
        _log.warning("%s %s: in the calling thread, %.3f ms", kernel.name, shape, (time.perf_counter() - start) * 1e3)
    return True
