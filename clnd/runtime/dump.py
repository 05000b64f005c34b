"""CLND_DUMP_SOURCE: each launch with its arguments in a file beside the kernel's source, and launching it again from there.

A file holds the numbers, the sizes of the buffers, and their contents before and after the launch: of buffers that are not too
large, while not too much was written. To find out what a driver compiled wrongly; see "When a driver compiles wrongly" in CONTRIBUTING.md.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pyopencl as cl

from clnd.errors import ArgumentError, BuildError
from clnd.records import light_dataclass
from clnd.runtime import remarks
from clnd.runtime.state import process
from clnd.settings import settings

__all__ = ["LARGEST", "MOST", "Launch", "load", "recorded", "replay"]

LARGEST = 4 << 20
"""Bytes of a buffer whose contents are kept; of a larger one only the size is."""
MOST = 1 << 30
"""Bytes of contents that a process keeps; later launches are kept without contents."""

F = TypeVar("F", bound=Callable[..., None])
Contents = dict[int, "np.ndarray[Any, Any]"]



@light_dataclass(frozen=True)
class Launch:
    """One launch. ``source`` names the file beside.

    ``arguments`` has (type, value) for a number, ("buffer", bytes) for a buffer, and ("same", place) for one that stands at an
    earlier place already.
    """

    kernel: str
    source: str
    groups: tuple[int, ...]
    local: tuple[int, ...]
    arguments: tuple[tuple[str, Any], ...]
    device: str
    options: tuple[str, ...]


def recorded(enqueue: F) -> F:
    """``enqueue``, which writes each launch to a file where CLND_DUMP_SOURCE is set; itself where it is not."""
    if settings.dump_source is None:
        return enqueue
    folder = settings.dump_source

    @functools.wraps(enqueue)
    def recording(device: Any, kernel: Any, groups: Any, local: Any, args: Any, nbytes: int = 0, timing: Any = None) -> None:
        with device.lock:
            before = _contents(device.queue, args)
            enqueue(device, kernel, groups, local, args, nbytes, timing)
            after = _contents(device.queue, args)
        described = tuple(_described(args, place, t) for place, t in enumerate(kernel.scalar_types))
        found = Launch(kernel.name, f"{kernel.dumped}.cl", tuple(groups), tuple(local), described, device.info.name, device.info.build_options)
        changed = {k: x for k, x in after.items() if not np.array_equal(x, before[k])}
        arrays = {f"before{k}": x for k, x in before.items()} | {f"after{k}": x for k, x in changed.items()}
        with process.dump_lock:
            number = next(process.dumped)
            process.dumped_bytes += sum(x.nbytes for x in arrays.values())
        np.savez(folder / f"{kernel.dumped}-{number:06}.npz", launch=np.array(json.dumps(asdict(found))), **arrays)  # type: ignore[arg-type]

    return cast(F, recording)


def _described(args: Any, place: int, scalar: Any) -> tuple[str, Any]:
    a = args[place]
    if isinstance(a, cl.Buffer):
        first = next(k for k, other in enumerate(args) if isinstance(other, cl.Buffer) and other.int_ptr == a.int_ptr)
        return ("buffer", int(a.size)) if first == place else ("same", first)
    return np.dtype(scalar).name, np.dtype(scalar).type(a).item()


def _contents(queue: Any, args: Any) -> Contents:
    """The bytes of each buffer among ``args`` that is not too large, by its place."""
    found: Contents = {}
    if process.dumped_bytes < MOST:
        for place, a in enumerate(args):
            if isinstance(a, cl.Buffer) and a.size <= LARGEST:
                found[place] = np.empty(a.size, np.uint8)
                cl.enqueue_copy(queue, found[place], a, is_blocking=True)
    return found


def load(file: Path) -> tuple[Launch, Contents, Contents]:
    """A launch from its file, and the contents of its buffers before it and of those that it changed after it.

    Raises
    ------
    ArgumentError
        Where it is no such file.
    """
    try:
        with np.load(file, allow_pickle=False) as content:
            values = json.loads(str(content["launch"]))
            arrays = {name: content[name] for name in content.files}
        values["groups"], values["local"], values["options"] = (tuple(values[name]) for name in ("groups", "local", "options"))
        values["arguments"] = tuple((kind, value) for kind, value in values["arguments"])
        launch = Launch(**values)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise ArgumentError(f"[replay] got {file}: {error}; expected a file of a launch that CLND_DUMP_SOURCE wrote") from None
    before, after = ({int(name.removeprefix(when)): x for name, x in arrays.items() if name.startswith(when)} for when in ("before", "after"))
    return launch, before, after


def replay(device: Any, source: str, launch: Launch, before: Contents, options: tuple[str, ...]) -> Contents:
    """Compile ``source`` with ``options``, launch it on ``device`` with buffers as they were; the contents of all buffers afterwards.

    Buffers whose contents were not kept begin with zeros. clnd's cache of programs is not used.
    """
    with device.lock:
        context, queue = device.queue.context, device.queue
        try:
            with remarks.unheard():
                program = cl.Program(context, source).build(options=["-w", *options], devices=[queue.device])
        except cl.RuntimeError as error:
            raise BuildError(f"[replay] {device.info.name} did not compile {launch.source}:\n{error}") from None
        kernel = cl.Kernel(program, launch.kernel)
        args: list[Any] = []
        for place, (kind, value) in enumerate(launch.arguments):
            if kind == "buffer":
                host = before.get(place, np.zeros(value, np.uint8))
                args.append(cl.Buffer(context, cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR, hostbuf=host))
            elif kind == "same":
                args.append(args[value])
            else:
                args.append(np.dtype(kind).type(value))
        kernel.set_args(*args)
        cl.enqueue_nd_range_kernel(queue, kernel, tuple(g * n for g, n in zip(launch.groups, launch.local, strict=True)), launch.local)
        queue.finish()
        found: Contents = {}
        for place, (kind, value) in enumerate(launch.arguments):
            if kind == "buffer":
                found[place] = np.empty(value, np.uint8)
                cl.enqueue_copy(queue, found[place], args[place], is_blocking=True)
        return found
