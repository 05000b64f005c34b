"""What a rendered source depends on, told without rendering it: the code that renders, and the values it is given.

A process that finds its programs in the disk cache renders nothing: it looks them up by these. So nothing may be left out. The code is
all files that take part, by their contents. A value that cannot be told whole has no fingerprint, and its source is rendered.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from clnd.version import __version__

__all__ = ["code", "is_unchanged", "of_values"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Templates and the Python that is called while they are rendered. Values are of classes that these files define, or are plain.
_FOLDERS = ("templates", "kernels")
_MODULES = ("dtypes.py", "shapes.py", os.path.join("runtime", "device.py"), os.path.join("runtime", "exact.py"))
_OWN = ("clnd.templates", "clnd.kernels", "clnd.dtypes", "clnd.runtime.device")
_PLAIN = (type(None), bool, int, float, complex, str, bytes, range)


def _files() -> list[str]:
    """The files of `code`, sorted."""
    found = [os.path.join(_PACKAGE, name) for name in _MODULES]
    folders = [os.path.join(_PACKAGE, name) for name in _FOLDERS]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".mako")):
                    found.append(entry.path)
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
    return sorted(found)


def _state() -> tuple[Any, ...] | None:
    """What changes when a file of `code` is written, replaced or removed; None where the files cannot be looked at."""
    try:
        facts = [(path, os.stat(path)) for path in _files()]
    except OSError:
        return None
    return tuple((path, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for path, s in facts)


# What this process has loaded, or will, as long as nobody edits a file.
_AT_IMPORT = _state()


def is_unchanged() -> bool:
    """Whether the files of `code` are what they were when this process loaded them: an edited template is not what `code` is of."""
    return _AT_IMPORT is not None and _state() == _AT_IMPORT


@functools.cache
def code() -> str | None:
    """The digest of all that renders, by its contents. None if a file was edited since this process began, or there are no files to read."""
    import mako

    found = hashlib.sha256(repr((__version__, mako.__version__, sys.version_info[:2])).encode())
    try:
        for path in _files():
            with open(path, "rb", buffering=0) as file:
                content = file.read()
            found.update(f"\0{path[len(_PACKAGE) :]}\0{len(content)}\0".encode() + content)
    except OSError:
        return None
    return found.hexdigest() if is_unchanged() else None


def of_values(*values: object) -> str | None:
    """The digest of `code` and ``values``; None where one of these is not known, or cannot be told whole."""
    made_by = code()
    if made_by is None:
        return None
    found = hashlib.sha256(made_by.encode())
    try:
        for piece in _told(values):
            found.update(f"{len(piece)}\0{piece}".encode())
    except _UntoldError:
        return None
    return found.hexdigest()


class _UntoldError(Exception):
    """A value that has no fingerprint."""


def _told(value: Any) -> Iterator[str]:
    """All that distinguishes ``value`` from others, as pieces of text: its type, how much there is in it, and that."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}"
    if kind in _PLAIN:
        yield repr(value)
    elif isinstance(value, np.dtype):
        yield f"{value.name} {value.str}"
    elif kind in (tuple, list):
        yield str(len(value))
        for each in value:
            yield from _told(each)
    elif kind is dict:  # in its order, which a template may walk
        yield str(len(value))
        for item in value.items():
            yield from _told(item)
    elif kind in (set, frozenset):
        yield str(len(value))
        yield from sorted("\0".join(_told(each)) for each in value)
    elif _is_own(kind.__module__):
        held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)} if dataclasses.is_dataclass(value) else vars(value)
        yield from _told(dict(held))
    elif _is_own(getattr(value, "__module__", None)) and callable(value):
        yield from _function(value)
    else:
        raise _UntoldError(kind)


def _function(value: Any) -> Iterator[str]:
    """A method of a value, or a function that its name stands for: what a closure holds is not told."""
    owner = getattr(value, "__self__", None)
    name = value.__qualname__
    if "<" in name:
        raise _UntoldError(name)
    yield f"{value.__module__}.{name}"
    yield from _told(owner)


def _is_own(module: str | None) -> bool:
    """Whether the code of ``module`` is part of `code`."""
    return module is not None and any(module == name or module.startswith(name + ".") for name in _OWN)
