"""From source to a kernel that can be launched: memory cache, disk cache, compiler.

A program is kept by the digest of its source. The digest is kept, too, under the source's key, which is known before the source is
rendered: a process that finds both renders nothing.

Binaries are taken from the driver after the first launch, because some drivers (PoCL) generate
the work-group code only then; loading one takes about a millisecond where compiling takes 100 to
200.
"""

from __future__ import annotations

import hashlib
import logging
import pathlib
import re
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyopencl as cl

from clnd.errors import BuildError
from clnd.runtime import cache, compilers, notice, recorded, remarks
from clnd.runtime.compilers import Job
from clnd.runtime.counters import counters
from clnd.runtime.device import DeviceInfo
from clnd.settings import settings
from clnd.templates import Source, fingerprint
from clnd.version import __version__

__all__ = ["Kernel", "Programs"]

_log = logging.getLogger("clnd.program")
# No remarks on correct source: some drivers print them to the terminal.
_OPTIONS = ["-w"]


class Kernel:
    """A kernel of a built program. Launched under its device's lock only.

    ``busy`` while arguments are set and it is put on the queue: a launch of a signal handler in between takes a `twin`.
    """

    __slots__ = ("__weakref__", "_key", "_saved", "busy", "cl", "dumped", "here", "name", "program", "scalar_types", "small_launches")

    def __init__(self, program: cl.Program, name: str, key: str | None) -> None:
        self.program = program
        self.name = name
        self.cl = cl.Kernel(program, name)
        self.busy = False
        self._key = key
        self._saved = key is None
        self.scalar_types: list[type | None] = []
        # For `caller`: the kernel for the thread that calls, if it is loaded, and how many launches could have used it.
        self.here: cl.Kernel | None = None
        self.small_launches = 0
        # For `dump`: the name of the file that has the source.
        self.dumped = ""

    def set_scalar_types(self, types: list[type | None]) -> None:
        """Say which arguments are scalars of which NumPy type (None: buffers): once, then launching is fast."""
        self.scalar_types = types
        self.cl.set_scalar_arg_dtypes(types)

    def twin(self) -> cl.Kernel:
        """Another kernel object of the same function, with arguments of its own."""
        kernel = cl.Kernel(self.program, self.name)
        kernel.set_scalar_arg_dtypes(self.scalar_types)
        return kernel

    def save_binary(self) -> None:
        """After a launch: keep the device's binary in the disk cache, once."""
        if self._saved:
            return
        self._saved = True
        begin = time.perf_counter()  # PoCL generates the machine code here
        try:
            binaries: Any = self.program.get_info(cl.program_info.BINARIES)
            binary = binaries[0]
        except cl.Error as error:
            _log.info("driver gave no binary of %s: %s", self.name, error)
            return
        finally:
            notice.compiled(time.perf_counter() - begin, 0)
        if binary and self._key is not None:
            cache.store(self._key, binary)


class Programs:
    """The programs of one device, by the digests of their sources.

    They live as long as somebody holds their kernels: `Variants` decides which are kept.
    """

    def __init__(self, context: cl.Context, device: cl.Device, info: DeviceInfo, lock: threading.RLock) -> None:
        self._context = context
        self._device = device
        self.info = info
        self._kernels: weakref.WeakValueDictionary[tuple[str, str], Kernel] = weakref.WeakValueDictionary()
        # The device's: a thread that waits for a kernel holds no second lock, and a signal handler builds its own.
        self._lock = lock
        # What was compiled before it was wanted, where no disk keeps it.
        self._warm: list[Kernel] = []

    def kernel(self, source: Source | str, name: str) -> Kernel:
        """The kernel ``name`` of ``source``, built at most once while it is held.

        Raises
        ------
        BuildError
            Where the driver does not compile it; the message shows the log and the lines it names.
        """
        with self._lock:
            kept = None if settings.dump_source or settings.debug >= 4 else _kept_digest(source)
            kernel = self._found(kept, name) if kept else None
            if kernel is not None and kept is not None:
                recorded.note(self.info, name, source, kept)
                return kernel
            text = str(source)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digest != kept:
                _keep_digest(source, digest)
            kernel = self._found(digest, name, text) or self._keep(self._built(text, digest, name), digest)
            recorded.note(self.info, name, text, digest)
            return kernel

    def may_build_together(self) -> bool:
        """Whether `together` may have other processes compile: for CPUs, whose compilers were measured, and where no text is shown."""
        return compilers.may_start() and bool(self._device.type & cl.device_type.CPU) and not settings.dump_source and settings.debug < 4

    def together(self, wanted: Sequence[tuple[Source, str]]) -> list[Kernel | None]:
        """The kernels of these sources and names, those that no process has built yet compiled on several cores.

        None where a program does not compile, or where only one is missing: `kernel` builds it, or raises the error.
        """
        with self._lock:
            kernels: list[Kernel | None] = []
            jobs: dict[int, Job] = {}
            for number, (source, name) in enumerate(wanted):
                kept = _kept_digest(source)
                kernel = self._found(kept, name) if kept else None
                if kernel is not None and kept is not None:
                    recorded.note(self.info, name, source, kept)
                else:
                    job = self._job(str(source), name)
                    if job.digest != kept:
                        _keep_digest(source, job.digest)
                    kernel = self._found(job.digest, name)
                    if kernel is None:
                        jobs[number] = job
                kernels.append(kernel)
            if len(jobs) > 1:
                made = self._compiled({job.key: job for job in jobs.values()})
                for number, job in jobs.items():
                    kernel = made.get(job.key)
                    # A program that has several kernels is compiled once.
                    kernels[number] = kernel if kernel is not None and kernel.name == job.name else self._found(job.digest, job.name)
                    recorded.note(self.info, job.name, job.text, job.digest)
            return kernels

    def warm(self, programs: Sequence[tuple[str, str]]) -> int:
        """Have the programs of these names and texts in the disk cache, or in memory if there is none. Returns how many were compiled.

        One that does not compile is left out: it may be another device's.
        """
        with self._lock:
            before = counters.builds
            jobs = {job.key: job for job in (self._job(text, name) for name, text in programs)}
            missing = {key: job for key, job in jobs.items() if not cache.has(key) and (job.digest, job.name) not in self._kernels}
            made = self._compiled(missing)
            if cache.folder() is None:
                self._warm += made.values()
            return counters.builds - before

    def _job(self, text: str, name: str) -> Job:
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Job(self._key(digest), digest, name, text, self._options)

    def _compiled(self, jobs: Mapping[str, Job]) -> dict[str, Kernel]:
        """The kernels of ``jobs`` by their keys, without those that do not compile."""
        made: dict[str, Kernel] = {}

        def here(job: Job) -> None:
            try:
                kernel = made[job.key] = self._keep(self._built(job.text, job.digest, job.name), job.digest)
            except BuildError as error:
                _log.info("%s", error)
            else:
                kernel.save_binary()

        if not self.may_build_together():
            for job in jobs.values():
                here(job)
            return made
        begin, before = time.perf_counter(), counters.compile_seconds
        by_others = compilers.compile_together(replace(self.info, build_options=()).identity, list(jobs.values()), here)
        # What was waited for them counts as compiling.
        notice.compiled(max(0.0, time.perf_counter() - begin - (counters.compile_seconds - before)), len(by_others))
        for key in by_others - made.keys():
            kernel = self._loaded(jobs[key].digest, jobs[key].name, counted=False)
            if kernel is not None:
                made[key] = self._keep(kernel, jobs[key].digest)
        return made

    @property
    def _options(self) -> tuple[str, ...]:
        return (*_OPTIONS, *self.info.build_options)

    def __len__(self) -> int:
        return len(self._kernels)

    def _keep(self, kernel: Kernel, digest: str) -> Kernel:
        kernel.dumped = self._dumped_as(digest, kernel.name)
        # A signal handler may have built and launched it meanwhile.
        return self._kernels.setdefault((digest, kernel.name), kernel)

    def _found(self, digest: str, name: str, text: str = "") -> Kernel | None:
        """The kernel of the source with this digest, out of memory or the disk cache. ``text`` is shown and dumped if that is wanted."""
        kernel = self._kernels.get((digest, name))
        if kernel is None:
            if text:
                self._show(text, digest, name)
            kernel = self._loaded(digest, name)
            if kernel is not None:
                kernel = self._keep(kernel, digest)
        return kernel

    def _identity(self, digest: str) -> str:
        """What the binary of the source with this digest depends on, as a digest."""
        return hashlib.sha256("\0".join((digest, self.info.identity, __version__)).encode()).hexdigest()

    def _dumped_as(self, digest: str, name: str) -> str:
        return f"{name}-{self._identity(digest)[:12]}"

    def _show(self, text: str, digest: str, name: str) -> None:
        if settings.dump_source:
            folder = pathlib.Path(settings.dump_source)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self._dumped_as(digest, name)}.cl").write_text(text)
        if settings.debug >= 4:
            _log.warning("source of %s:\n%s", name, text)

    def _key(self, digest: str) -> str:
        return "program-" + self._identity(digest)

    def _loaded(self, digest: str, name: str, counted: bool = True) -> Kernel | None:
        key = self._key(digest)
        binary = cache.load(key)
        if binary is None:
            return None
        try:
            with remarks.unheard():
                program = cl.Program(self._context, [self._device], [binary]).build()
            kernel = Kernel(program, name, None)
        except cl.Error as error:
            _log.info("cached binary of %s refused, compiling: %s", name, error)
            cache.remove(key)
            return None
        counters.loads += counted
        return kernel

    def _built(self, source: str, digest: str, name: str) -> Kernel:
        begin = time.perf_counter()
        with remarks.unheard():  # errors carry their log
            try:
                program = cl.Program(self._context, source).build(options=list(self._options), devices=[self._device])
                kernel = Kernel(program, name, self._key(digest))
            except (cl.RuntimeError, cl.LogicError) as error:  # the second: there is no such kernel in it
                raise BuildError(_explain(name, self.info, source, str(error))) from None
        notice.compiled(time.perf_counter() - begin, 1)
        return kernel


# --- digests of sources ------------------------------------------------------------------------


def _kept_digest(source: Source | str) -> str | None:
    """The digest of a source that some process has rendered, by the source's key."""
    if isinstance(source, str) or source.key is None:
        return None
    kept = cache.load("source-" + source.key)
    return None if kept is None else kept.decode("ascii", "replace")


def _keep_digest(source: Source | str, digest: str) -> None:
    """Keep the digest of a rendered source, unless a template was edited since this process loaded it."""
    if not isinstance(source, str) and source.key is not None and fingerprint.is_unchanged():
        cache.store("source-" + source.key, digest.encode())


# --- messages ----------------------------------------------------------------------------------


def _explain(name: str, info: DeviceInfo, source: str, log: str) -> str:
    """Device, log, and the source around each line that the log names."""
    lines = source.splitlines()
    named = sorted({int(n) for n in re.findall(r":(\d+):\d+", log) if int(n) <= len(lines)})[:5]
    shown: list[str] = []
    for number in named:
        for n in range(max(1, number - 2), min(len(lines), number + 2) + 1):
            shown.append(f"{'>' if n == number else ' '}{n:5d} {lines[n - 1]}")
        shown.append("")
    return (
        f"[{name}] {info.name} ({info.driver}, {info.version}) did not compile this kernel; "
        "please report it with this text, and set CLND_DUMP_SOURCE=DIR to keep the source\n"
        + log.strip()[:4000] + "\n" + "\n".join(shown)
    )
