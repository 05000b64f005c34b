"""Writing tuning data: the user's own files, and what is sent in. `clnd.kernels.tuning` reads it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from clnd.errors import ArgumentError
from clnd.files import read_text
from clnd.kernels import tuning
from clnd.kernels.tuning import Entry

__all__ = ["export", "merge"]


def merge(folder: Path, entries: Iterable[Entry]) -> list[Path]:
    """Put entries into the files of ``folder``, one file a kernel, in place of older ones of the same subject.

    A file that is broken is replaced. Returns the files written.
    """
    by_kernel: dict[str, list[Entry]] = {}
    for entry in entries:
        by_kernel.setdefault(entry.kernel, []).append(entry)
    for kernel, fresh in by_kernel.items():
        file = folder / f"{kernel}.json"
        replaced = {_subject(entry) for entry in fresh}
        kept = [entry for entry in _present(file) if _subject(entry) not in replaced]
        _write(file, sorted([*fresh, *kept], key=_subject))
    tuning.forget()
    return [folder / f"{kernel}.json" for kernel in by_kernel]


def export(file: Path, entries: Iterable[Entry]) -> None:
    """Write entries of any kernels into one file. ArgumentError where that is not possible."""
    try:
        _write(file, sorted(entries, key=_subject))
    except OSError as error:
        raise ArgumentError(f"[tune] cannot write {file}: {error.strerror}; choose another --export FILE") from None


def _subject(entry: Entry) -> tuple[str, ...]:
    """What there is one entry of."""
    return entry.kernel, entry.driver, entry.device, entry.architecture, entry.family, entry.dtype


def _present(file: Path) -> tuple[Entry, ...]:
    try:
        return tuning.parsed(read_text(file))
    except (OSError, ValueError, RecursionError):
        return ()


def _write(file: Path, entries: Iterable[Entry]) -> None:
    """Write beside, and rename: who reads meanwhile sees the old file or the new one."""
    text = json.dumps({"entries": [asdict(entry) for entry in entries]}, indent=1) + "\n"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".json.part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
