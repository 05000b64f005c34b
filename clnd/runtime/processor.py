"""The host's processor and the threads of this process, as Linux describes them."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
import time
from collections.abc import Callable, Set
from pathlib import Path

__all__ = ["first_processor", "flags", "give_way", "spread", "stack_bytes", "threads"]

_CPUINFO = Path("/proc/cpuinfo")
_THREADS = Path("/proc/self/task")


@functools.cache
def first_processor() -> dict[str, str]:
    """What Linux says of the first processor; empty elsewhere."""
    try:
        text = _CPUINFO.read_text(errors="replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def flags() -> frozenset[str]:
    """What an x86 can do, in Linux's words ("avx2"); empty elsewhere."""
    return frozenset(first_processor().get("flags", "").split())


def threads() -> frozenset[int]:
    """The threads of this process by their numbers; empty elsewhere."""
    try:
        return frozenset(int(name) for name in os.listdir(_THREADS))
    except OSError:
        return frozenset()


def spread(workers: Set[int]) -> bool:
    """Tie each of these threads to a CPU of its own, where there is one for each that this process may use, and no more.

    Fewer threads than CPUs are left alone: other processes would tie theirs to the same ones.
    """
    if sys.platform != "linux" or not workers:
        return False
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) != len(workers):
        return False
    try:
        for thread, cpu in zip(sorted(workers), cpus, strict=True):
            os.sched_setaffinity(thread, {cpu})
    except OSError:  # a thread that has ended, or a system that does not let us
        return False
    return True


def _found_yield() -> Callable[[], object]:
    """The C library's: Python's own keeps the interpreter's lock before version 3.12."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        return ctypes.CDLL(None).sched_yield
    return lambda: time.sleep(0)


give_way = _found_yield()
"""Let another thread run on this CPU where one waits for it; returns at once where none does."""


def stack_bytes() -> int:
    """The size of this thread's stack; 0 where the C library does not say. The main thread's is what it may grow to."""
    attributes, size = ctypes.create_string_buffer(256), ctypes.c_size_t()  # more than any pthread_attr_t takes
    try:
        library = ctypes.CDLL(None)
        library.pthread_self.restype = ctypes.c_void_p
        if library.pthread_getattr_np(ctypes.c_void_p(library.pthread_self()), attributes):
            return 0
        library.pthread_attr_getstacksize(attributes, ctypes.byref(size))
        library.pthread_attr_destroy(attributes)
    except (AttributeError, OSError, TypeError):
        return 0
    return size.value
