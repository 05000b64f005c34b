"""Compiling many sources at a time. Results are kept, by a hash of all that they depend on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from clnd.settings import settings
from tools.offline_compile.compilers import Compilers, Figures, RefusedError
from tools.offline_compile.sources import Source

__all__ = ["compile_all", "key_of"]


def key_of(source: Source, compilers: Compilers) -> str:
    """A hash of all that the figures of ``source`` depend on."""
    commands = compilers.commands(Path("source"), source.target)
    facts = (dict(compilers.versions), commands, repr(source.target), source.kernel, source.items, source.text)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _one(source: Source, compilers: Compilers, folder: Path) -> Figures | str:
    file = folder / key_of(source, compilers)
    try:
        return Figures(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        pass  # not there, or not whole
    try:
        figures = compilers.compiled(source.text, source.kernel, source.target, source.items)
    except (RefusedError, ValueError) as error:
        return str(error)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(asdict(figures)))
    part.replace(file)
    return figures


def compile_all(sources: Iterable[Source], compilers: Compilers) -> tuple[dict[str, Figures], dict[str, str]]:
    """What each source takes, and what compilers say of those that they refuse; by "name @ chip"."""
    folder = settings.cache_dir() / "offline"
    folder.mkdir(parents=True, exist_ok=True)
    done: dict[str, Figures] = {}
    refused: dict[str, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, result in pool.map(lambda source: (source, _one(source, compilers, folder)), sources):
            key = f"{source.name} @ {source.target.chip}"
            if isinstance(result, Figures):
                done[key] = result
            else:
                refused[key] = result
    return done, refused
