"""From source to a kernel that can be launched: memory cache, disk cache, compiler.

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
import warnings
import weakref
from typing import Any

import pyopencl as cl

from clnd.errors import BuildError
from clnd.runtime import cache, notice
from clnd.runtime.counters import counters
from clnd.runtime.device import DeviceInfo
from clnd.settings import settings
from clnd.version import __version__

__all__ = ["Kernel", "Programs"]

_log = logging.getLogger("clnd.program")
# No remarks on correct source: some drivers print them to the terminal.
_OPTIONS = ["-w"]


class Kernel:
    """A kernel of a built program. Launched under its device's lock only.

    ``busy`` while arguments are set and it is put on the queue: a launch of a signal handler in between takes a `twin`.
    """

    __slots__ = ("__weakref__", "_key", "_saved", "busy", "cl", "dumped", "name", "program", "scalar_types")

    def __init__(self, program: cl.Program, name: str, key: str | None) -> None:
        self.program = program
        self.name = name
        self.cl = cl.Kernel(program, name)
        self.busy = False
        self._key = key
        self._saved = key is None
        self.scalar_types: list[type | None] = []
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
    """The programs of one device, by source.

    They live as long as somebody holds their kernels: `Variants` decides which are kept.
    """

    def __init__(self, context: cl.Context, device: cl.Device, info: DeviceInfo, lock: threading.RLock) -> None:
        self._context = context
        self._device = device
        self._info = info
        self._kernels: weakref.WeakValueDictionary[tuple[str, str], Kernel] = weakref.WeakValueDictionary()
        # The device's: a thread that waits for a kernel holds no second lock, and a signal handler builds its own.
        self._lock = lock

    def kernel(self, source: str, name: str) -> Kernel:
        """The kernel ``name`` of ``source``, built at most once while it is held.

        Raises
        ------
        BuildError
            Where the driver does not compile it; the message shows the log and the lines it names.
        """
        with self._lock:
            kernel = self._kernels.get((source, name))
            if kernel is None:
                built = self._build(source, name)
                built.dumped = self._dumped_as(source, name)
                # A signal handler may have built and launched it meanwhile.
                kernel = self._kernels.setdefault((source, name), built)
            return kernel

    def __len__(self) -> int:
        return len(self._kernels)

    def _digest(self, source: str) -> str:
        return hashlib.sha256("\0".join((source, self._info.identity, __version__)).encode()).hexdigest()

    def _dumped_as(self, source: str, name: str) -> str:
        return f"{name}-{self._digest(source)[:12]}"

    def _build(self, source: str, name: str) -> Kernel:
        key = "program-" + self._digest(source)
        if settings.dump_source:
            folder = pathlib.Path(settings.dump_source)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self._dumped_as(source, name)}.cl").write_text(source)
        if settings.debug >= 4:
            _log.warning("source of %s:\n%s", name, source)
        binary = cache.load(key)
        if binary is not None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", cl.CompilerWarning)
                    program = cl.Program(self._context, [self._device], [binary]).build()
                kernel = Kernel(program, name, None)
            except cl.Error as error:
                _log.info("cached binary of %s refused, compiling: %s", name, error)
                cache.remove(key)
            else:
                counters.loads += 1
                return kernel
        begin = time.perf_counter()
        with warnings.catch_warnings():
            # A driver's remarks on correct source are not for the user; errors carry their log.
            warnings.simplefilter("ignore", cl.CompilerWarning)
            try:
                program = cl.Program(self._context, source).build(options=[*_OPTIONS, *self._info.build_options])
            except cl.RuntimeError as error:
                raise BuildError(_explain(name, self._info, source, str(error))) from None
        kernel = Kernel(program, name, key)
        notice.compiled(time.perf_counter() - begin, 1)
        return kernel


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
