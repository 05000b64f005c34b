"""The programs that a process uses, kept in a file for the next one: what `clnd.warmup` compiles before they are wanted.

A file is lines of JSON. The first one names the code that rendered the sources; those of other code are worth nothing. Each other line
is a program: what kind of device it is for, the name of its kernel, and its OpenCL C. Lines are appended as programs are met, so that a process
that is killed loses none. A text is compiled and waits in the disk cache under its own digest. It runs only if this process wants
this very text, so a file of another's cannot change what is computed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import logging
import os
import threading
import zlib
from pathlib import Path

from clnd.errors import ArgumentError
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.templates import Source, fingerprint

__all__ = ["Recorded", "kind_of", "note", "read", "record_to"]

_FORMAT = "clnd kernels 1"
_log = logging.getLogger("clnd.recorded")


@light_dataclass(frozen=True)
class Recorded:
    """A program of a file: for which kind of device, the name of its kernel, its OpenCL C."""

    kind: str
    name: str
    text: str


class _State:
    """The file that this process records to, what it holds as (kind, digest), and whether it is to be begun anew."""

    path: Path | None = None
    held: set[tuple[str, str]] = set()  # noqa: RUF012
    begins: bool = False
    # Re-entrant: a signal handler may meet a kernel as well.
    lock = threading.RLock()


def kind_of(info: DeviceInfo) -> str:
    """What devices whose programs may be the same have in common."""
    return " ".join(map(str, (info.driver, info.family, info.vector_bytes, "fp64" if info.fp64 else "no fp64", *info.build_options)))


def read(path: Path) -> list[Recorded]:
    """The programs that a file holds; none if there is no file, or if other code wrote it.

    Raises
    ------
    ArgumentError
        Where the file is something else, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            first, *lines = file.read().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ArgumentError(f"[warmup] {path} cannot be read: {error}; expected a file that warmup may read and write") from error
    header = _parsed(first)
    if header.get("format") != _FORMAT and (first or lines):
        raise ArgumentError(f"[warmup] {path} is no file of kernels; expected one that warmup wrote, or the name of a new one")
    found: dict[tuple[str, str, str], Recorded] = {}
    if header.get("made_by") == fingerprint.code():
        for entry in map(_parsed, lines):  # the last one may be cut off
            with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError, binascii.Error, zlib.error):
                kind, name, text = entry["device"], entry["name"], zlib.decompress(base64.b64decode(entry["text"])).decode()
                if isinstance(name, str):
                    found[kind, name, text] = Recorded(kind, name, text)
    return list(found.values())


def _parsed(line: bytes) -> dict[str, str]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def record_to(path: Path, held: list[Recorded]) -> None:
    """Append to this file what is met from now on and is not among ``held``, what it holds."""
    with _State.lock:
        _State.path = path if fingerprint.code() is not None else None
        _State.held = {(each.kind, hashlib.sha256(each.text.encode()).hexdigest()) for each in held}
        _State.begins = not held


def note(info: DeviceInfo, name: str, source: Source | str, digest: str) -> None:
    """A device uses this program."""
    if _State.path is None:
        return
    key = (kind_of(info), digest)
    with _State.lock:
        if key in _State.held or _State.path is None or not fingerprint.is_unchanged():
            return
        _State.held.add(key)
        text = base64.b64encode(zlib.compress(str(source).encode(), 9)).decode()
        line = json.dumps({"device": key[0], "name": name, "text": text}).encode() + b"\n"
        try:
            if _State.begins:
                _begin(_State.path)
                _State.begins = False
            # One write, at the end wherever that is: other processes may append as well.
            with _State.path.open("ab", buffering=0) as file:
                file.write(line)
        except OSError as error:
            _log.info("kernels are not recorded: %s", error)
            _State.path = None


def _begin(path: Path) -> None:
    """A file with nothing but its first line, unless another process has begun it meanwhile."""
    with contextlib.suppress(ArgumentError):
        if read(path):
            return
    header = json.dumps({"format": _FORMAT, "made_by": fingerprint.code()}).encode() + b"\n"
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(header)
        temporary.replace(path)
    except BaseException:  # a full disk, Ctrl-C: leave nothing behind
        temporary.unlink(missing_ok=True)
        raise
