"""Every `CLND_*` environment variable, read once when clnd is imported.

No other module reads one. Tests make their own `Settings` instead of changing the environment.

==================== ======================================================================
CLND_DEVICE          the default context: `gpu(0)`, `cpu(0)@intel`; empty lets clnd choose
CLND_CACHE_DIR       folder of compiled programs and tuning results (an absolute path)
CLND_CACHE           0 turns the cache on disk off
CLND_COMPILE_PROCESSES
                     most processes that compile at a time: 1 is this one alone; empty: one a core
CLND_MEMORY_LIMIT    most bytes of one device, with an optional K, M or G (powers of 1024)
CLND_KERNEL_FAMILY   `cpu` or `gpu` forces that family of kernels on every device
CLND_VECTOR_BYTES    32 keeps kernels for CPUs to vectors of 32 bytes on devices that have 64
CLND_MEND_POCL       0 leaves PoCL's wheel as it is, which then compiles nothing for CPUs newer than its compiler
CLND_POCL_BASIC      0 does without PoCL's device "basic", on which small launches run in the thread that calls
CLND_PRETEND_GPU     a CPU driver that plays gpu(0): `pocl`, or `pocl:nofp64` without float64; `pocl,pocl` and `pocl,intel` play two
CLND_DEBUG           0 silent, 1 device, 2 each launch, 3 fusion, 4 source
CLND_NOTICES         0 hides the line on a terminal that says that compiling took long
CLND_DUMP_SOURCE     folder that receives the source of every program built, and each launch with its arguments
CLND_BUILD_OPTIONS   more options for the OpenCL compiler, such as `-cl-opt-disable`
CLND_INDEX64         1 forces 64-bit indexing
CLND_FUSION          0 runs each operation in its own kernel
CLND_MATH_MODE       `fast` lets operations differ in their last bits; `strict` is the default
==================== ======================================================================

A variable that is set but empty counts as unset.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from clnd import requirements
from clnd.errors import ArgumentError
from clnd.records import light_dataclass

__all__ = ["MATH_MODES", "PretendedGpu", "Settings", "in_force", "set_variables", "settings"]

MATH_MODES = ("strict", "fast")

_DEVICE = r"(cpu|gpu)(\(\d+\))?(@[a-z0-9-]+)?"
_DRIVER = r"[a-z0-9-]+(?::nofp64)?"
_BYTES = r"(\d+)([KMGkmg]?)"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@light_dataclass(frozen=True)
class PretendedGpu:
    """A CPU driver that plays a GPU, with or without float64."""

    driver: str
    fp64: bool = True


@light_dataclass(frozen=True)
class Settings:
    """What the user set from outside; the defaults are those of an empty environment."""

    device: str = ""
    cache_folder: Path | None = None
    cache: bool = True
    compile_processes: int = 0
    memory_limit: int | None = None
    kernel_family: str = ""
    vector_bytes: int = 64
    mend_pocl: bool = True
    pocl_basic: bool = True
    pretend_gpus: tuple[PretendedGpu, ...] = ()
    debug: int = 0
    notices: bool = True
    dump_source: Path | None = None
    build_options: tuple[str, ...] = ()
    index64: bool = False
    fusion: bool = True
    math_mode: str = "strict"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from `environ`; a bad value is an ArgumentError that names it."""
        return cls(
            device=_match(environ, "CLND_DEVICE", _DEVICE, "gpu(0) or cpu(0)@intel")[0],
            cache_folder=_folder(environ, "CLND_CACHE_DIR") or _xdg_folder(environ),
            cache=_flag(environ, "CLND_CACHE", default=True),
            compile_processes=_count(environ, "CLND_COMPILE_PROCESSES"),
            memory_limit=_byte_count(environ, "CLND_MEMORY_LIMIT"),
            kernel_family=_choice(environ, "CLND_KERNEL_FAMILY", ("cpu", "gpu")),
            vector_bytes=int(_choice(environ, "CLND_VECTOR_BYTES", ("32", "64")) or 64),
            mend_pocl=_flag(environ, "CLND_MEND_POCL", default=True),
            pocl_basic=_flag(environ, "CLND_POCL_BASIC", default=True),
            pretend_gpus=_pretended(environ),
            debug=int(_choice(environ, "CLND_DEBUG", ("0", "1", "2", "3", "4")) or 0),
            notices=_flag(environ, "CLND_NOTICES", default=True),
            dump_source=_folder(environ, "CLND_DUMP_SOURCE"),
            build_options=tuple(environ.get("CLND_BUILD_OPTIONS", "").split()),
            index64=_flag(environ, "CLND_INDEX64", default=False),
            fusion=_flag(environ, "CLND_FUSION", default=True),
            math_mode=_choice(environ, "CLND_MATH_MODE", MATH_MODES) or "strict",
        )

    def cache_dir(self) -> Path:
        """The folder for compiled programs and tuning results; it need not exist yet."""
        if self.cache_folder is not None:
            return self.cache_folder
        try:
            return Path.home() / ".cache" / "clnd"
        except RuntimeError:  # no HOME and no entry in the user database, as in bare containers
            return Path(tempfile.gettempdir()) / f"clnd-{os.getuid()}"


def _wrong(name: str, value: str, expected: str) -> ArgumentError:
    return ArgumentError(f"[settings] got {name}={value!r}; expected {expected}")


def _match(
    environ: Mapping[str, str], name: str, pattern: str, example: str
) -> tuple[str, str, str]:
    """The value, and the pattern's first and last group; three empty strings when unset."""
    value = environ.get(name, "").strip()
    if not value:
        return "", "", ""
    found = re.fullmatch(pattern, value)
    if not found:
        raise _wrong(name, value, f"something like {example}")
    return value, found[1], found[found.re.groups] or ""


def _pretended(environ: Mapping[str, str]) -> tuple[PretendedGpu, ...]:
    """The GPUs that CPU drivers play, in the order of their numbers."""
    value, _, _ = _match(environ, "CLND_PRETEND_GPU", rf"({_DRIVER})(?:,{_DRIVER})*", "pocl or pocl:nofp64, or several with commas between them")
    return tuple(PretendedGpu(one.partition(":")[0], ":" not in one) for one in value.split(",") if one)


def _choice(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = environ.get(name, "").strip()
    if value and value not in values:
        raise _wrong(name, value, f"one of {', '.join(values)}")
    return value


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = _choice(environ, name, ("0", "1"))
    return value == "1" if value else default


def _count(environ: Mapping[str, str], name: str) -> int:
    """A number from 1 on; 0 when unset."""
    value = environ.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and int(value)):
        raise _wrong(name, value, "a whole number from 1 on")
    return int(value or 0)


def _byte_count(environ: Mapping[str, str], name: str) -> int | None:
    value = environ.get(name, "").strip()
    if not value:
        return None
    found = re.fullmatch(_BYTES, value)
    count = int(found[1]) * _UNITS[found[2].upper()] if found else 0
    if count <= 0:
        raise _wrong(name, value, "a positive number of bytes such as 512M or 2G")
    return count


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    """An absolute folder: one relative to the current folder would be shared by accident."""
    value = environ.get(name, "").strip()
    if not value:
        return None
    try:
        folder = Path(value).expanduser()
    except RuntimeError as error:
        raise _wrong(name, value, "an absolute path (there is no home folder for `~`)") from error
    if not folder.is_absolute():
        raise _wrong(name, value, "an absolute path")
    return folder


def _xdg_folder(environ: Mapping[str, str]) -> Path | None:
    """clnd's folder below $XDG_CACHE_HOME; its specification says to ignore relative values."""
    home = Path(environ.get("XDG_CACHE_HOME", ""))
    return home / "clnd" if home.is_absolute() else None


def set_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The `CLND_*` variables of `environ` that are set to something, by name."""
    return {name: value for name, value in sorted(environ.items()) if name.startswith("CLND_") and value.strip()}


def _read() -> Settings:
    """The settings of this process. ``python -m clnd ...`` reports a bad value in one line."""
    try:
        return Settings.from_environ(os.environ)
    except ArgumentError as error:
        if requirements.is_program():
            print(f"clnd: {error}", file=sys.stderr)
            sys.exit(2)
        raise


settings = _read()
in_force = set_variables(os.environ)
"""What was set when clnd was imported, as it was written."""
