"""The OpenCL drivers of this process: shown to the loader before its first query, and what they offer.

`discovery` decides what must be done for that; here it is done, once a process. A child that was
forked after OpenCL had started is refused.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import os
import re
import shutil
import tempfile
import threading
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clnd.errors import DriverError, ForkError
from clnd.requirements import pip
from clnd.runtime import pocl
from clnd.runtime.discovery import DEFAULTS, Environment, Icd, Plan, nothing_found, plan
from clnd.runtime.state import process

if TYPE_CHECKING:  # at run time only inside `_query`, when the drivers have been prepared
    import pyopencl as cl

__all__ = [
    "BY_NAME_ONLY",
    "apply",
    "check_process",
    "cpu_rank",
    "device_kind",
    "devices",
    "driver_key",
    "forked",
    "platforms",
    "prepare",
    "set_defaults",
    "title",
    "why_cpu",
]

BY_NAME_ONLY = frozenset({"oclgrind"})
"""Drivers that are chosen only when named: Oclgrind checks kernels and is 1000 times slower."""


# --- carrying it out --------------------------------------------------------------------------


def set_defaults() -> None:
    """Set the variables of `DEFAULTS` that the user did not set."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


class _Staged:
    """`.icd` files in a private folder, shown to the loader for the time of its first query.

    They are taken away again afterwards, so that child processes make their own plan and do not
    inherit a folder that is gone.
    """

    def __init__(self, found: Plan, environ: MutableMapping[str, str]) -> None:
        self.environ = environ
        self.before: dict[str, str | None] = {}
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self.home = ""
        if found.vendors is None and found.bundle is None:
            return
        self.folder = tempfile.TemporaryDirectory(prefix="clnd-icd-")  # made with mode 0700
        root = Path(self.folder.name)
        if found.vendors is not None:
            self.set("OCL_ICD_VENDORS", _write_icds(root / "vendors", found.vendors))
        if found.bundle is not None:
            _write_icds(root / ".libs", found.bundle)
            self.home = self.folder.name

    def set(self, name: str, value: str) -> None:
        """Set a variable until `clear`."""
        self.before.setdefault(name, self.environ.get(name))
        self.environ[name] = value

    def clear(self) -> None:
        """Put the environment back and remove the folder."""
        for name, value in self.before.items():
            if value is None:
                self.environ.pop(name, None)
            else:
                self.environ[name] = value
        self.before.clear()
        if self.folder is not None:
            self.folder.cleanup()


def _write_icds(folder: Path, icds: tuple[Icd, ...]) -> str:
    folder.mkdir()
    for number, icd in enumerate(icds):
        (folder / f"{number:02d}-{icd.name}.icd").write_text(icd.library + "\n")
    return str(folder)


def apply(found: Plan, environ: MutableMapping[str, str]) -> _Staged:
    """Carry out a plan: set variables, write `.icd` files, load what a driver needs."""
    environ.update(found.variables)
    if found.pocl_cache:
        environ["POCL_CACHE_DIR"] = _process_folder("clnd-pocl-")
    for library in found.preload:
        try:
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        except OSError:  # the driver may do without it; if not, it reports no platform
            continue
    return _Staged(found, environ)


def _process_folder(prefix: str) -> str:
    """A private folder that lives as long as this process."""
    folder, owner = tempfile.mkdtemp(prefix=prefix), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not at the exit of a forked child
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def prepare() -> Plan:
    """Make the drivers of this machine visible, once a process; `platforms` calls it."""
    with process.query_lock:
        if process.plan is None:
            found = plan(Environment.current())
            if process.plan is None:  # a signal handler may have come meanwhile; here and below
                process.staged = apply(found, os.environ)
                process.plan = found
        made: Plan = process.plan
        return made


def platforms() -> list[cl.Platform]:
    """Every OpenCL platform, in the loader's order, which is not stable: choose by `driver_key`.

    The same objects every time; they are kept alive here, as some drivers need.
    """
    check_process()
    with process.query_lock:
        if process.platforms is None:
            answer = _query(prepare())
            if process.platforms is None:
                process.platforms = answer
        return list(process.platforms)


def _query(found: Plan) -> tuple[cl.Platform, ...]:
    try:
        import pyopencl as cl
    except ImportError as error:
        raise DriverError(
            f"[drivers] pyopencl cannot be loaded ({error}); "
            f"install it with: {pip()} install --force-reinstall pyopencl"
        ) from error
    staged = process.staged
    if staged is not None and staged.home:
        staged.set("PYOPENCL_HOME", staged.home)  # pyopencl set its own when it was imported
    wanted = pocl.devices_to_ask_for(icd.library for icd in found.shown if icd.names("libpocl"))
    if wanted:
        staged.set("POCL_DEVICES", wanted)
    try:
        answer = tuple(cl.get_platforms())
        if found.without_pocl:  # still there when a query was made before clnd was imported
            answer = tuple(each for each in answer if driver_key(each) != "pocl")
        for platform in answer:
            if driver_key(platform) == "pocl":
                pocl.start(functools.partial(devices, platform), bool(wanted))
    except cl.Error as error:
        raise DriverError(nothing_found(found, str(error))) from error
    finally:
        if staged is not None:
            staged.clear()
    if not answer:
        raise DriverError(nothing_found(found, "the loader reports no platform"))
    return answer


# --- devices, names and order -----------------------------------------------------------------

# The first row whose pattern is in the platform's name decides.
_KEYS = (
    ("portable computing language", "pocl"),
    ("intel(r) fpga", "intel-fpga"),
    ("intel", "intel"),
    ("rusticl", "rusticl"),
    ("oclgrind", "oclgrind"),
    ("nvidia", "nvidia"),
    ("amd accelerated", "amd"),
    ("apple", "apple"),
)


def devices(platform: cl.Platform) -> list[cl.Device]:
    """The CPUs and GPUs of a platform; other accelerators run no arrays, and PoCL's "basic" device is clnd's own. A driver may have none."""
    import pyopencl as cl

    try:
        found = platform.get_devices()
    except cl.Error:  # how some drivers say that there is no such hardware
        return []
    wanted = cl.device_type.CPU | cl.device_type.GPU
    return [device for device in found if device.type & wanted and device not in process.basic]


def device_kind(device: cl.Device) -> Literal["cpu", "gpu"]:
    """What a device counts as; one that claims to be everything, as Oclgrind's, is a CPU."""
    import pyopencl as cl

    return "cpu" if device.type & cl.device_type.CPU else "gpu"


def driver_key(platform: cl.Platform) -> str:
    """The short and stable name of a driver: `pocl`, `intel`, `nvidia`, …"""
    name = platform.name.strip().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    return next((key for pattern, key in _KEYS if pattern in name), slug)


def cpu_rank(platform: cl.Platform) -> tuple[int, ...]:
    """Sorts platforms for cpu(0), best first: Intel, the newest PoCL, others, Oclgrind."""
    key = driver_key(platform)
    if key == "pocl":
        found = re.search(r"pocl (\d+)\.(\d+)", platform.version.lower())
        return (1, -int(found[1]), -int(found[2])) if found else (1,)
    if key in BY_NAME_ONLY:
        return (3,)
    return (0,) if key == "intel" else (2,)


def title(platform: cl.Platform) -> str:
    """What messages call a driver: such as "PoCL 7.1", or the platform's name."""
    key = driver_key(platform)
    if key == "pocl":
        found = re.search(r"pocl (\d+\.\d+)", platform.version.lower())
        of_wheel = f"PoCL {pocl.VERSION}".lower() in platform.version.lower()
        return f"PoCL {found[1]}{_OF_WHEEL * of_wheel}" if found else "PoCL"
    return "Intel's runtime" if key == "intel" else str(platform.name).strip()


_OF_WHEEL = " (the wheel's)"


def why_cpu(ranked: Sequence[cl.Platform], number: int) -> str:
    """Why the CPU of platform ``number`` of these, which `cpu_rank` has sorted, has this number."""
    titles = [title(platform) for platform in ranked]
    before, after = titles[:number], titles[number + 1 :]
    if not before and not after:
        return f"{titles[number]} is the only driver of CPUs"
    said = [f"{word} {_listed(names)}" for word, names in (("after", before), ("before", after)) if names]
    return f"{', '.join([titles[number], *said])}; Intel's runtime comes first, then the newest PoCL, then others"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


# --- forks ------------------------------------------------------------------------------------


def forked() -> bool:
    """Whether this process was forked after OpenCL had started."""
    return process.forked


def check_process() -> None:
    """Refuse to go on in a child that was forked after OpenCL had started.

    PoCL and rusticl hang there: their threads were not copied. Cheap, for each launch.
    """
    if process.forked:
        raise ForkError(
            "[drivers] this process was forked after OpenCL had started, and drivers hang in such "
            "a child; use multiprocessing start method 'spawn': "
            'multiprocessing.set_start_method("spawn")'
        )


def _after_fork_in_child() -> None:
    process.query_lock = threading.RLock()  # another thread may have held it
    process.forked = process.platforms is not None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork_in_child)
