"""Small files kept between processes: compiled programs and probe results.

A cached program is native code on CPU drivers, so the directory must belong to the user alone
(0700, own uid; otherwise it is not used), and so must each file. A file carries the SHA-256 of its
key and content, is written beside and renamed into place, and is never unpickled. A damaged file,
or another's under this name, is removed and made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import pathlib
import stat

from clnd.files import read_bytes
from clnd.records import light_dataclass
from clnd.settings import settings

__all__ = ["Contents", "contents", "folder", "has", "load", "remove", "store"]

_MAGIC = b"clnd-cache-2\n"
_log = logging.getLogger("clnd.cache")
_numbers = itertools.count()


@light_dataclass(frozen=True)
class Contents:
    """The cache as it is: its folder, whether that can be used, how many files of how many bytes it holds."""

    folder: pathlib.Path
    usable: bool
    entries: int
    size: int


class _State:
    """Where the cache is, looked at once; None when there is none."""

    folder: pathlib.Path | None = None
    looked: bool = False


def _folder() -> pathlib.Path | None:
    if not _State.looked:
        _State.looked = True
        _State.folder = _open_folder() if settings.cache else None
    return _State.folder


def _open_folder() -> pathlib.Path | None:
    folder = settings.cache_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
        if hasattr(os, "getuid"):
            if facts.st_uid != os.getuid():
                _log.warning("cache directory %s belongs to another user; not used", folder)
                return None
            if stat.S_IMODE(facts.st_mode) & 0o077:
                folder.chmod(0o700)
        if not os.access(folder, os.W_OK):
            raise PermissionError("not writable")
    except OSError as error:
        _log.info("no cache: %s: %s", folder, error)
        return None
    return folder


def folder() -> pathlib.Path | None:
    """The folder that the cache is kept in; None if the cache is turned off or cannot be used."""
    return _folder()


def contents() -> Contents:
    """What the cache holds. Looking makes the folder where it may be made."""
    folder = _folder()
    if folder is None:
        return Contents(settings.cache_dir(), False, 0, 0)
    sizes = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may have removed it
            sizes.append(path.stat().st_size)
    return Contents(folder, True, len(sizes), sum(sizes))


def has(key: str) -> bool:
    """Whether something is stored under ``key``, damaged or not."""
    folder = _folder()
    return folder is not None and (folder / key).is_file()


def load(key: str) -> bytes | None:
    """What was stored under ``key``; None where there is nothing, or it was damaged."""
    folder = _folder()
    if folder is None:
        return None
    path = folder / key
    try:
        content = read_bytes(path, owned=True)
    except FileNotFoundError:
        return None
    except PermissionError:
        content = b""
    except OSError as error:
        _log.warning("cache file %s: %s", path, error)
        return None
    digest, payload = content[len(_MAGIC) : len(_MAGIC) + 32], content[len(_MAGIC) + 32 :]
    if not content.startswith(_MAGIC) or _digest(key, payload) != digest:
        _log.warning("damaged cache file %s removed", path)
        remove(key)
        return None
    return payload


def _digest(key: str, payload: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + payload).digest()


def store(key: str, payload: bytes) -> None:
    """Keep ``payload`` under ``key``. A cache that cannot be written is no error."""
    folder = _folder()
    if folder is None:
        return
    try:
        # Not tempfile's: it takes a lock that is not re-entrant, and a signal handler may store as well.
        temporary = folder / f"tmp-{os.getpid()}-{next(_numbers)}-{os.urandom(4).hex()}"
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + _digest(key, payload) + payload)
            temporary.replace(folder / key)
        except BaseException:  # a full disk, Ctrl-C: leave nothing behind
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        _log.info("not cached: %s", error)


def remove(key: str) -> None:
    """Forget ``key``."""
    folder = _folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / key).unlink(missing_ok=True)
