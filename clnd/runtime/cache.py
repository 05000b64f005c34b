"""Small files kept between processes: compiled programs and probe results.

A cached program is native code on CPU drivers, so the directory must belong to the user alone
(0700, own uid; otherwise it is not used), a file carries the SHA-256 of its content, is written
beside and renamed into place, and is never unpickled. A damaged file is removed and made anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pathlib
import stat
import tempfile

from clnd.settings import settings

__all__ = ["load", "remove", "store"]

_MAGIC = b"clnd-cache-1\n"
_log = logging.getLogger("clnd.cache")


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


def load(key: str) -> bytes | None:
    """What was stored under ``key``; None where there is nothing, or it was damaged."""
    folder = _folder()
    if folder is None:
        return None
    path = folder / key
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, payload = content[len(_MAGIC) : len(_MAGIC) + 32], content[len(_MAGIC) + 32 :]
    if not content.startswith(_MAGIC) or hashlib.sha256(payload).digest() != digest:
        _log.warning("damaged cache file %s removed", path)
        remove(key)
        return None
    return payload


def store(key: str, payload: bytes) -> None:
    """Keep ``payload`` under ``key``. A cache that cannot be written is no error."""
    folder = _folder()
    if folder is None:
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + hashlib.sha256(payload).digest() + payload)
        pathlib.Path(temporary).replace(folder / key)
    except OSError as error:
        _log.info("not cached: %s", error)


def remove(key: str) -> None:
    """Forget ``key``."""
    folder = _folder()
    if folder is not None:
        (folder / key).unlink(missing_ok=True)
