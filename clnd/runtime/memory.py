"""The memory of one device: a pool of blocks, a limit, and the retry before a MemoryError.

On CPU devices a block is page-aligned host memory wrapped with USE_HOST_PTR, so reading a result
needs no copy. Freed blocks are kept by size class and used again: a fresh 40 MB output costs more
in page faults than in arithmetic. The queue is in order, so a block may be used again while a
kernel that reads it is still waiting.

Blocks are taken and made under the device's lock, so that threads do not pass the limit together. They
return without it, as an object may be freed anywhere.

Memory of another library can be taken in on devices that share the host's (`Pool.adopt`). It is no block of the pool: it is read only,
never used again, and its owner is let go when the kernels that were enqueued until its end are done.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import mmap
import os
import pathlib
import re
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pyopencl as cl

from clnd.errors import DeviceMemoryError
from clnd.runtime import drivers
from clnd.runtime.counters import counters
from clnd.runtime.device import DeviceInfo
from clnd.settings import settings

__all__ = ["Block", "ForeignBlock", "Pool", "size_class"]

_PAGE = 4096
_READ_WRITE = cl.mem_flags.READ_WRITE
_USE_HOST_PTR = cl.mem_flags.USE_HOST_PTR
# Blocks from this size on look at the free memory first (a look costs about 50 us).
_LARGE = 1 << 20
# A 64th of the limit is kept back.
_RESERVE = 6


def size_class(nbytes: int) -> int:
    """The size of the block that serves ``nbytes``: a power of two in four steps, from one page on."""
    if nbytes <= _PAGE:
        return _PAGE
    step = max(_PAGE, 1 << ((nbytes - 1).bit_length() - 3))
    return -(-nbytes // step) * step


class Block:
    """A piece of device memory. Its memory returns to the pool when the last reference to it goes."""

    __slots__ = ("__weakref__", "buffer", "host", "pool", "size")
    is_foreign: ClassVar[bool] = False

    def __init__(self, pool: Pool, size: int, buffer: cl.Buffer, host: np.ndarray[Any, Any] | None) -> None:
        self.pool = pool
        self.size = size
        self.buffer = buffer
        self.host = host


class ForeignBlock(Block):
    """Memory of another library: nothing is written into it."""

    __slots__ = ()
    is_foreign = True


class _Parting(weakref.ref[Block]):
    """A reference to a block of foreign memory whose callback, a method of C, puts it into the list of what is to be let go."""

    __slots__ = ("owner",)
    owner: Any


class _Memory:
    """Memory of the driver, which the pool holds until it gives it back: no error can free it under a kernel.

    ``lease`` refers to the block that has the memory, or had it last.
    """

    __slots__ = ("buffer", "host", "lease", "size")

    def __init__(self, size: int, buffer: cl.Buffer, host: np.ndarray[Any, Any] | None) -> None:
        self.size = size
        self.buffer = buffer
        self.host = host
        self.lease: _Lease | None = None


class _Lease(weakref.ref[Block]):
    """A reference to a block whose callback, a method of C, puts it into the list of free memory.

    So the end of a block runs no Python code that a signal or the limit of recursion could interrupt. Should even
    the callback fail, `Pool._find_lost` finds the memory.
    """

    __slots__ = ("memory",)
    memory: _Memory


class _FreeLists(dict[int, "deque[_Lease]"]):
    def __missing__(self, size: int) -> deque[_Lease]:
        return self.setdefault(size, deque())


class Pool:
    """The blocks of one device. ``lock`` is the device's."""

    before_giving_up: ClassVar[Callable[[Pool], None]] = lambda pool: None
    """Called when memory runs out. ``graph`` sets it: it runs what is pending on the device, so that
    inputs held only by pending work are freed."""

    def __init__(
        self, context: cl.Context, info: DeviceInfo, finish: Callable[[], None], host_blocks: bool, lock: threading.RLock
    ) -> None:
        self._context = context
        self._info = info
        self._finish = finish
        self._host_blocks = host_blocks
        self._free = _FreeLists()
        self._memories: dict[int, _Memory] = {}
        self._lock = lock
        # Foreign memory that blocks hold, and that whose blocks are gone while kernels may still read it.
        self._adopted: dict[int, _Parting] = {}
        self._parting: deque[_Parting] = deque()
        self._rescuing = False
        # Whether memory is on its way from a list to a block; in a signal handler too, which may come then.
        self._lending = False
        self.reserved = 0

    @property
    def cached(self) -> int:
        """Bytes in blocks that wait to be used again."""
        return sum(size * len(blocks) for size, blocks in list(self._free.items()))

    @property
    def in_use(self) -> int:
        """Bytes in blocks that arrays hold."""
        return self.reserved - self.cached

    def allocate(self, nbytes: int) -> Block:
        """A block of at least ``nbytes`` bytes.

        Raises
        ------
        DeviceMemoryError
            Where the driver's largest allocation or the memory limit does not allow it.
        """
        size = size_class(nbytes)
        free = self._free[size]
        if free:
            drivers.check_process()  # before the lock, which a thread that was not forked along may hold
            with self._lock:
                outer = self._lending
                try:
                    self._lending = True
                    while free:
                        lease = free.pop()
                        memory = getattr(lease, "memory", None)
                        if memory is not None and memory.lease is lease:  # else it came here for a block that never came to be
                            return self._lend(memory)
                except IndexError:
                    pass  # a signal handler took the last one
                finally:
                    self._lending = outer
        return self._allocate_new(nbytes, size)

    @property
    def shares_host_memory(self) -> bool:
        """Whether blocks are memory that the host reads and writes too."""
        return self._host_blocks

    def adopt(self, address: int, nbytes: int, owner: Any) -> tuple[Block, int]:
        """Memory of ``owner`` as a block, and at which byte of it ``address`` is. The pages around it are named, and not touched.

        Raises
        ------
        DeviceMemoryError
            For more than the driver's largest allocation.
        """
        start = address // _PAGE * _PAGE  # drivers share whole pages, and copy what is not aligned
        size = -(-(address + nbytes) // _PAGE) * _PAGE - start
        self.check(size)
        pages: Any = (ctypes.c_uint8 * size).from_address(start)
        host = np.frombuffer(pages, dtype=np.uint8)
        buffer = cl.Buffer(self._context, cl.mem_flags.READ_ONLY | _USE_HOST_PTR, hostbuf=host)
        block = ForeignBlock(self, size, buffer, host)
        parting = _Parting(block, self._parting.append)
        parting.owner = owner
        self._adopted[id(parting)] = parting
        return block, address - start

    @property
    def parting(self) -> int:
        """How many owners of foreign memory wait to be let go."""
        return len(self._parting)

    def let_go(self, count: int) -> None:
        """Let the first ``count`` owners go: every kernel that was enqueued before they came here is done."""
        for _ in range(count):
            try:
                self._adopted.pop(id(self._parting.popleft()), None)
            except IndexError:  # another thread took the last one
                return

    def _lend(self, memory: _Memory) -> Block:
        block = Block(self, memory.size, memory.buffer, memory.host)
        lease = _Lease(block, self._free[memory.size].append)
        lease.memory = memory
        memory.lease = lease  # from here on the block has the memory; before, its end gives nothing back
        return block

    def _find_lost(self) -> None:
        """Put memory whose way to or from a list was interrupted (by Ctrl-C, say) back into its list. The lock is held."""
        if self._lending:
            return
        waiting = {id(lease) for leases in list(self._free.values()) for lease in list(leases)}
        for memory in list(self._memories.values()):
            lease = memory.lease
            if lease is None:
                self._memories.pop(id(memory), None)  # no block had it
            elif lease() is None and id(lease) not in waiting:
                self._free[memory.size].append(lease)
        self.reserved = sum(memory.size for memory in list(self._memories.values()))

    def check(self, nbytes: int) -> None:
        """Raise a DeviceMemoryError where no block of ``nbytes`` can ever exist on this device."""
        if size_class(nbytes) > self._info.max_alloc_size:
            raise DeviceMemoryError(
                f"[allocate] got {nbytes:,} bytes ({_human(nbytes)}) for one array on {self._info.name}; "
                f"the driver {self._info.driver!r} allows at most {self._info.max_alloc_size:,} bytes "
                f"({_human(self._info.max_alloc_size)}) in one allocation; split the array"
            )
        limit = self.capacity()
        if nbytes > limit:
            raise DeviceMemoryError(
                f"[allocate] got {nbytes:,} bytes ({_human(nbytes)}) for one array; {self._info.name} has "
                f"{limit:,} bytes ({_human(limit)}) in all; split the array or raise CLND_MEMORY_LIMIT"
            )

    def _allocate_new(self, nbytes: int, size: int) -> Block:
        drivers.check_process()  # before the lock, which a thread that was not forked along may hold
        self.check(nbytes)
        failure: Exception | None = None
        with self._lock:
            for make_room in (None, self.release_cached, self._rescue):
                if make_room is not None:
                    make_room()
                if not self._fits(size):
                    continue
                try:
                    return self._create(size)
                except (cl.MemoryError, MemoryError, OSError) as error:  # OSError: of mmap
                    failure = error
            raise self._error(nbytes) from failure

    def _rescue(self) -> None:
        """Free what only pending work and cycles of objects hold. Not while doing so already."""
        if self._rescuing:
            return
        self._rescuing = True
        try:
            self.before_giving_up()
            gc.collect()
        finally:
            self._rescuing = False
        self.release_cached()

    def _create(self, size: int) -> Block:
        if self._host_blocks:
            host = _host_block(size)
            buffer = cl.Buffer(self._context, _READ_WRITE | _USE_HOST_PTR, hostbuf=host)
        else:
            host = None
            buffer = cl.Buffer(self._context, _READ_WRITE, size)
        memory = _Memory(size, buffer, host)
        outer = self._lending
        try:
            self._lending = True
            self._memories[id(memory)] = memory
            self.reserved += size
            block = self._lend(memory)
        finally:
            self._lending = outer
        counters.allocations += 1
        return block

    def release_cached(self) -> None:
        """Give blocks that wait to be used again back to the driver."""
        drivers.check_process()  # before the lock, which a thread that was not forked along may hold
        with self._lock:
            self._find_lost()
            if not self.cached:
                return
            self._finish()
            for leases in list(self._free.values()):
                while leases:
                    try:
                        lease = leases.pop()
                    except IndexError:  # a signal handler took the last one
                        break
                    memory = getattr(lease, "memory", None)
                    # The buffer and its host memory go with the last reference to them.
                    if memory is not None and memory.lease is lease and self._memories.pop(id(memory), None) is not None:
                        self.reserved -= memory.size

    def limit(self) -> int:
        """Bytes that blocks may take now: the smallest of the device's, the setting's and what is free."""
        limit = self.capacity()
        if self._info.unified_memory:
            limit = min(limit, self.reserved + _free_memory())
        return limit

    def capacity(self) -> int:
        """Bytes that blocks may ever take: the smaller of the device's and the setting's."""
        limit = self._info.global_mem_size
        if settings.memory_limit:
            limit = min(limit, settings.memory_limit)
        return limit

    def _fits(self, size: int) -> bool:
        limit = self.limit() if size >= _LARGE else self.capacity()
        if not self._rescuing:
            limit -= limit >> _RESERVE  # what pending work needs when it runs because memory ran out
        return self.reserved + size <= limit

    def _error(self, nbytes: int) -> DeviceMemoryError:
        return DeviceMemoryError(
            f"[allocate] got {nbytes:,} bytes ({_human(nbytes)}); {self._info.name} has {_human(self.limit())} to use, "
            f"{_human(self.in_use)} of it in arrays; delete arrays, work in parts, or raise CLND_MEMORY_LIMIT"
        )


def _host_block(size: int) -> np.ndarray[Any, Any]:
    """Page-aligned zero pages of the operating system, in huge pages where it offers them."""
    # Python's default is shared memory, which has no huge pages unless the administrator turned them on for it.
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_ANONYMOUS") else {}
    pages = mmap.mmap(-1, size, **private)
    if size >= 1 << 21 and hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without transparent huge pages: small pages do as well
            pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, dtype=np.uint8)


def _free_memory() -> int:
    """Bytes of host memory that can still be taken: free RAM, or what the control group allows."""
    free = 1 << 62
    try:
        with open("/proc/meminfo", "rb") as file:
            for line in file:
                if line.startswith(b"MemAvailable"):
                    free = int(line.split()[1]) * 1024
                    break
    except OSError:
        if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
            free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for folder, limit_name, used_name in (
        ("/sys/fs/cgroup", "memory.max", "memory.current"),
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            limit = (pathlib.Path(folder) / limit_name).read_text().strip()
            used = int((pathlib.Path(folder) / used_name).read_text())
            # Cached files count as used, and are given up where memory is asked for.
            facts = (pathlib.Path(folder) / "memory.stat").read_text()
        except OSError:
            continue
        found = re.search(r"^(?:total_)?inactive_file (\d+)$", facts, re.MULTILINE)
        if limit != "max":
            free = min(free, max(0, int(limit) - used + (int(found[1]) if found else 0)))
    return free


def _human(nbytes: int) -> str:
    value = float(nbytes)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} PiB"
