"""An opened device: its OpenCL context, its one in-order queue, its pool and its programs.

Everything that leads to the context is held here by strong references: some drivers fail when a
parent handle was collected while a child still lives. One re-entrant lock per device is held
around setting arguments and enqueueing, which OpenCL does not make safe between threads.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import mmap
import os
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pyopencl as cl

from clnd.errors import DriverError
from clnd.runtime import drivers, pocl, processor, quirks
from clnd.runtime.caller import Caller
from clnd.runtime.counters import counters
from clnd.runtime.device import ROUNDED, DeviceInfo, Probe, describe, keeps_subnormals, probe, rounds_when_asked
from clnd.runtime.memory import Block, Pool
from clnd.runtime.program import Programs
from clnd.runtime.state import process
from clnd.runtime.transfers import MOST_BYTES, Transfers
from clnd.runtime.variants import Variants
from clnd.settings import settings

__all__ = ["MOST_EVENTS", "OpenDevice", "Starting", "is_complete"]

P = TypeVar("P")
# Plans are small: a few hundred bytes each, for eight nodes of a graph. Kernels are not: some drivers keep megabytes for each.
_MOST_PLANS, _MOST_KERNELS = 4096, 512

# How often the end of the process looks whether another thread still uses a device, every millisecond or
# more. Not a time: a process that was stopped for a while has given its threads none.
_LOOKS = 5000

MOST_EVENTS = 8
"""So many of the last events are kept: the newest is not the last one noted where signal handlers launched in between."""

# For so many seconds a finishing launch is looked at before its waiter sleeps, where waking it takes long.
_LOOKING = 1e-3
_COMPLETE = cl.command_execution_status.COMPLETE


class Starting:
    """Among a device's last events: a launch that may be enqueued, and whose event is not noted yet; or never will be, as Ctrl-C took it."""

    __slots__ = ()
    command_execution_status = cl.command_execution_status.QUEUED


# An upload of more bytes to an idle device is not copied on the host first: it waits for nothing but itself.
_WORTH_WAITING = 1 << 16
# A larger upload to memory that the host shares waits for the device: to copy it twice takes longer than to wait, for the cores are the same.
_WORTH_COPYING = 1 << 18


class OpenDevice:
    """One device in use. Opening it makes a context and a queue and runs the probe.

    ``kind`` is what the device is called, ``family`` the kernels that it must run; an empty one
    leaves them to the device.
    """

    caller: Caller | None = None
    """What runs small launches in the thread that calls, where the driver has such a device."""

    def __init__(self, platform: cl.Platform, device: cl.Device, kind: str, family: str, fp64: bool = True) -> None:
        drivers.check_process()
        self.lock = threading.RLock()
        process.opened.add(self)
        with self.lock:  # which the end of the process waits for
            self._open(platform, device, kind, family, fp64)

    def _open(self, platform: cl.Platform, device: cl.Device, kind: str, family: str, fp64: bool) -> None:
        self._platform = platform
        self._device = device
        driver = drivers.driver_key(platform)
        try:
            # A pretended GPU has memory of its own, and threads.
            basic = pocl.basic_beside(device) if kind == "cpu" else None
            self._context = cl.Context([device] if basic is None else [device, basic])
            self.queue = cl.CommandQueue(self._context, device)
            if basic is not None:
                self.caller = Caller(self._context, device, basic)
        except cl.Error as error:
            raise DriverError(
                f"[open] the driver {driver!r} gave no context on {device.name.strip()}: {error}; "
                "check that the device is free and the driver works (clinfo), or choose another with CLND_DEVICE"
            ) from error
        info = quirks.applied(describe(driver, device, kind))
        if family:
            info = replace(info, family=family)
        if not fp64:
            info = replace(info, fp64=False)
        info = replace(info, vector_bytes=min(info.vector_bytes, settings.vector_bytes), build_options=(*info.build_options, *settings.build_options))
        info, found = self._measured(device, info)
        info = found.applied(info)
        self.info: DeviceInfo = info
        self._subnormals: bool | None = None  # until somebody asks
        # A pretended GPU has memory of its own, as a real one has, so that moves are really made.
        host_blocks = info.unified_memory and kind == "cpu" and _shares_host_memory(self._context, self.queue)
        self.pool = Pool(self._context, info, self.finish, host_blocks, self.lock)
        # The events of the last launches, which copies of the device share like the queue: `is_idle`.
        self.last: list[Any] = []
        # Copies between the host and the device that are on their way.
        self.transfers = Transfers()
        # Kernels ready to launch, by their `kernels.launch.Variant`.
        self.variants = Variants(_MOST_KERNELS)
        # Prepared launches, which hold no kernel.
        self.plans = Variants(_MOST_PLANS)
        # The parameters that kernel records run with: `kernels.tuning`.
        self.parameters: dict[Any, Any] = {}

    def _measured(self, device: cl.Device, info: DeviceInfo) -> tuple[DeviceInfo, Probe]:
        """What the probe finds, with the build option `ROUNDED` where only that makes division and square root right."""
        self.programs = Programs(self._context, device, info, self.lock)
        found = probe(self._context, self.queue, info, self.programs.kernel)
        if (found.divide and found.sqrt) or not rounds_when_asked(device):
            return info, found
        asked = replace(info, build_options=(*info.build_options, ROUNDED))
        programs = Programs(self._context, device, asked, self.lock)
        try:
            better = probe(self._context, self.queue, asked, programs.kernel)
        except DriverError:  # it does not compile with an option that it says it has
            return info, found
        if not (better.divide and better.sqrt):
            return info, found
        self.programs = programs
        return asked, better

    def described(self) -> DeviceInfo:
        """`info` for who reads it. Kernels do not depend on whether subnormal numbers are kept, so that is looked at here, once a process."""
        if self._subnormals is None:
            drivers.check_process()  # before the lock, which a thread that was not forked along may hold
            with self.lock:
                self._subnormals = keeps_subnormals(self._context, self.queue, self.info, self.programs.kernel)
        return self.info if self.info.subnormals == self._subnormals else replace(self.info, subnormals=self._subnormals)

    def without_kernels(self) -> OpenDevice:
        """The same device, queue and pool with no kernel built: it looks up its kernels' parameters anew."""
        other = copy.copy(self)
        other.variants, other.plans, other.parameters = Variants(_MOST_KERNELS), Variants(_MOST_PLANS), {}
        return other

    def planned(self, key: Hashable, make: Callable[[], P], weight: int = 1) -> P:
        """The plan kept under ``key``, or what ``make`` gives, which is kept then as one that takes the memory of ``weight`` small ones."""
        plan: P | None = self.plans.get(key)
        if plan is None:
            plan = make()
            self.plans.add(key, plan, weight)
        return plan

    def forget(self) -> None:
        """Let go of every kernel and plan."""
        self.variants.clear()
        self.plans.clear()
        self.parameters.clear()

    def finish(self) -> None:
        """Wait for everything enqueued."""
        parting = self.pool.parting
        latest: Any = next((event for event in self.last[::-1] if not isinstance(event, Starting)), None)
        self._wait(latest, self.queue.finish)
        if self.info.finish_forgets and latest is not None:
            self._wait(latest, latest.wait)
        if parting:
            self.pool.let_go(parting)
        self._let_go()

    def _let_go(self) -> None:
        """Let go of the host's memory that copies held, and tell of one that failed; if another thread has the lock, it will."""
        if self.transfers and self.lock.acquire(blocking=False):
            try:
                self.transfers.let_go()
            finally:
                self.lock.release()

    def wait_for(self, event: Any) -> None:
        """Wait for one event of this device, and what was enqueued before it. The lock is not needed.

        Raises
        ------
        DriverError
            Where the device failed meanwhile.
        """
        try:
            self._wait(event, event.wait)
        except cl.Error as error:
            raise DriverError(f"[wait] the driver of {self.info.name} failed while it copied to or from the host: {error}") from error
        self._let_go()

    def _wait(self, event: Any, wait: Callable[[], object]) -> None:
        """Call ``wait``, which returns once ``event`` is complete; None where no event is known."""
        drivers.check_process()
        thread = threading.get_ident()
        process.waiting.add(thread)
        try:
            if process.ending_thread not in (0, thread):
                process.waiting.discard(thread)
                threading.Event().wait()  # for ever: a daemon thread, while another one ends the process
            if self.info.wakes_slowly and event is not None:
                _look_at(event)
            wait()
        finally:
            process.waiting.discard(thread)

    def noted(self, enqueue: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The event of what ``enqueue`` puts on the queue, which is then the last one. The lock is held."""
        last = self.last
        # A signal handler may come before the event is noted: it must not find the device idle, and launches of its own
        # must not be forgotten for this older one.
        starting = Starting()
        try:
            last.append(starting)
            event = enqueue(*args, **kwargs)
            last.append(event)
        except cl.Error:  # refused
            with contextlib.suppress(ValueError):
                last.remove(starting)
            raise
        # Not after Ctrl-C, whose exception may come when the work is on the queue and its event is lost: the device is not known
        # to be idle then, until later events have taken the place of this one.
        with contextlib.suppress(ValueError):
            last.remove(starting)
        if len(last) > MOST_EVENTS:
            del last[:-MOST_EVENTS]
        return event

    def is_idle(self) -> bool:
        """Whether everything enqueued is done. It may say no too often: finished work is looked for at a cost of its own."""
        last = self.last
        while last:
            for event in last[:1]:  # none, if another thread took it meanwhile
                if event.command_execution_status != _COMPLETE:
                    return False
                with contextlib.suppress(ValueError):
                    last.remove(event)
        return True

    def wait_for_host(self) -> None:
        """Wait until the host may read memory that is shared with it: nothing is copied."""
        drivers.check_process()
        counters.host_reads += 1
        parting = self.pool.parting
        if not self.is_idle():
            self.finish()
        elif parting:
            self.pool.let_go(parting)

    def mark(self) -> Any:
        """An event that is complete when all that is enqueued now is done; None where it is."""
        drivers.check_process()
        if self.is_idle():
            return None
        with self.lock:
            return self.noted(cl.enqueue_marker, self.queue)

    def write(self, block: Block, host: np.ndarray[Any, Any], offset: int = 0, *, kept: bool = False) -> None:
        """Copy a contiguous host array into a block at byte ``offset``. What is enqueued before is not waited for, unless the array is large.

        The caller may change ``host`` when this returns, unless it is ``kept``: nobody changes it any more, and it need not be copied.
        """
        drivers.check_process()
        counters.host_writes += 1
        nbytes = host.nbytes
        if not nbytes:
            return
        shared, staged = block.host, kept or nbytes <= MOST_BYTES
        if shared is not None and nbytes > _WORTH_COPYING:
            staged = False
            if not self.is_idle():
                self.finish()
        if staged:
            self._make_room(nbytes)
        with self.lock:
            idle = self.is_idle()
            if idle and shared is not None:  # no kernel uses the memory
                shared[offset : offset + nbytes] = host.reshape(-1).view(np.uint8)
            elif not staged or (idle and not kept and nbytes > _WORTH_WAITING):
                self._copy(block.buffer, host, dst_offset=offset, waits=True)
            else:
                self.transfers.add(self._copy(block.buffer, host if kept else host.copy(), dst_offset=offset), nbytes)

    def _copy(self, to: Any, source: Any, waits: bool = False, **how: Any) -> Any:
        """The event of a copy that is enqueued, or with ``waits`` done. The lock is held."""
        try:
            event = self.noted(cl.enqueue_copy, self.queue, to, source, is_blocking=waits, **how)
            if waits:
                event.wait()  # which lets go of the host's memory, though the event is among the last ones
            return event
        except cl.Error as error:
            raise DriverError(f"[copy] the driver of {self.info.name} refused a copy between the host and the device: {error}") from error

    def _make_room(self, nbytes: int) -> None:
        """Wait until clnd holds so little of the host's memory for this device that ``nbytes`` more are few enough, or none at all."""
        while True:
            with self.lock:
                self.transfers.let_go()
                oldest = self.transfers.oldest if self.transfers.held and self.transfers.held + nbytes > MOST_BYTES else None
            if oldest is None:
                return
            self.wait_for(oldest)

    def read(self, block: Block, host: np.ndarray[Any, Any], offset: int = 0) -> None:
        """Copy from a block at byte ``offset`` into a contiguous host array, and wait for it: without the lock, so that other threads go on."""
        event = self.begin_read(block, host, offset)
        if event is not None:
            self.wait_for(event)

    def begin_read(self, block: Block, host: np.ndarray[Any, Any], offset: int = 0, *, staged: bool = False) -> Any:
        """Enqueue a copy from a block at byte ``offset`` into a contiguous host array, which is held until it is there.

        ``staged``: the array is clnd's own, and waits while too much of the host's memory is. Returns the copy's event; None where there is nothing to copy.
        """
        drivers.check_process()
        counters.host_reads += 1
        if not host.nbytes:
            return None
        if staged:
            self._make_room(host.nbytes)
        with self.lock:
            self.transfers.let_go()
            event = self._copy(host, block.buffer, src_offset=offset)
            self.transfers.add(event, host.nbytes if staged else 0)
        return event


def is_complete(event: Any) -> bool:
    """Whether the work of an event is done; that of None is."""
    return event is None or bool(event.command_execution_status <= _COMPLETE)  # below it: an error, which its waiter is told


def _look_at(event: cl.Event) -> None:
    """Wait until ``event`` is complete, but not long: giving way to other threads on this CPU, and never asleep."""
    end = time.perf_counter() + _LOOKING
    while event.command_execution_status > _COMPLETE and time.perf_counter() < end:
        processor.give_way()


def _shares_host_memory(context: cl.Context, queue: cl.CommandQueue) -> bool:
    """True where a kernel's stores into a USE_HOST_PTR buffer are seen by the host without a map."""
    host = np.frombuffer(mmap.mmap(-1, 4096), dtype=np.uint32)
    flags = cl.mem_flags
    buffer = cl.Buffer(context, flags.READ_WRITE | flags.USE_HOST_PTR, hostbuf=host)
    mark = np.arange(1024, dtype=np.uint32) + np.uint32(0xC1D0)
    other = cl.Buffer(context, flags.READ_WRITE | flags.COPY_HOST_PTR, hostbuf=mark)
    cl.enqueue_copy(queue, buffer, other, byte_count=4096)
    queue.finish()
    return bool((host == mark).all())


def _waits_until(done: Callable[[], bool]) -> None:
    """Give other threads time until ``done``, but not for ever: one may be stuck in its driver."""
    for _ in range(_LOOKS):
        if done():
            return
        time.sleep(0.001)


@atexit.register
def _finish_all() -> None:
    """Drivers crash at exit when a kernel is still running, or a daemon thread is inside of them.

    Python ends a daemon thread when it comes back from C++ after this, and to end one there is an
    abort ("terminate called without an active exception"). So the locks are kept: such threads wait
    at one for the end. A thread that does not give a lock back in time is left alone.
    """
    if drivers.forked():
        return
    me = process.ending_thread = threading.get_ident()
    _waits_until(lambda: process.query_lock.acquire(timeout=0.001))  # then nobody opens another device
    for device in list(process.opened):
        lock = device.lock
        _waits_until(lambda lock=lock: lock.acquire(timeout=0.001))  # type: ignore[misc]
        # A lost device has nothing left to wait for, and one that could not be opened has no queue.
        with contextlib.suppress(cl.Error, AttributeError):
            device.queue.finish()
    # Threads that wait for a device do so without its lock.
    _waits_until(lambda: not process.waiting - {me})


def _after_fork_in_child() -> None:
    for device in list(process.opened):
        with contextlib.suppress(AttributeError):  # of one that could not be opened
            device.transfers.leave()


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork_in_child)
