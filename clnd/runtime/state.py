"""What the runtime keeps for the whole process, in one object."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loading it would start the drivers
    import pyopencl as cl

    from clnd.runtime.opened import OpenDevice

__all__ = ["Process", "process"]


@dataclass(eq=False)
class Process:
    """The state of this process.

    Attributes
    ----------
    query_lock
        Held while drivers are asked for what there is, and while a device is opened.
    plan, staged
        Which drivers are shown to the loader, and the files that show them.
    platforms
        What the loader reported: kept alive, as some drivers need.
    forked
        Whether it was forked after OpenCL had started. Threads of drivers were not copied.
    opened
        The devices in use.
    waiting
        The threads that wait for a device to finish.
    ending_thread
        The thread that ends the process, 0 before that.
    names_for_pocl
        The names of CPUs that were given to PoCL's devices: the driver keeps pointers to them.
    basic
        The devices of PoCL that run small launches in the thread that calls.
    dumped, dumped_bytes, dump_lock
        The numbers of dumped launches, and the bytes of contents kept so far.
    """

    query_lock: threading.RLock = field(default_factory=threading.RLock)
    plan: Any = None
    staged: Any = None
    platforms: tuple[cl.Platform, ...] | None = None
    forked: bool = False
    opened: weakref.WeakSet[OpenDevice] = field(default_factory=weakref.WeakSet)
    waiting: set[int] = field(default_factory=set)
    ending_thread: int = 0
    names_for_pocl: dict[str, Any] = field(default_factory=dict)
    basic: list[cl.Device] = field(default_factory=list)
    dumped: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    dumped_bytes: int = 0
    dump_lock: threading.Lock = field(default_factory=threading.Lock)


process = Process()
