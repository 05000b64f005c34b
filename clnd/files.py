"""Files that another hand may have put there: a pipe or a folder of the expected name is an error, and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from clnd.errors import ArgumentError

__all__ = ["check_target", "read_bytes", "read_text"]

# Where the system has it: to open a pipe that nobody writes to returns at once.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_bytes(path: Path, *, owned: bool = False) -> bytes:
    """The content of a plain file; with ``owned`` of one that belongs to this user.

    Raises
    ------
    FileNotFoundError
        If there is none.
    OSError
        If it is a pipe, a folder or a device, or cannot be read, or belongs to another user.
    """
    if path.is_dir():  # Python opens none
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _AT_ONCE)) as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        if owned and hasattr(os, "getuid") and facts.st_uid != os.getuid():
            raise PermissionError(errno.EPERM, "belongs to another user", str(path))
        return file.read()


def read_text(path: Path) -> str:
    """`read_bytes`, as UTF-8."""
    return read_bytes(path).decode("utf-8")


def check_target(name: str, option: str, path: str) -> Path:
    """``path`` for a result of the command ``name``: said before the work if it cannot be written.

    Raises
    ------
    ArgumentError
        If it is a pipe or a folder, or its folder does not exist or cannot be written.
    """
    target = Path(path)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not (target.parent.is_dir() and os.access(target.parent, os.W_OK)):
            raise ArgumentError(f"[{name}] got {option} {path!r}; expected a file in a folder that exists and can be written") from None
        return target
    except OSError as error:
        raise ArgumentError(f"[{name}] got {option} {path!r}: {error.strerror}; choose another file") from None
    if stat.S_ISDIR(mode) or stat.S_ISFIFO(mode) or not os.access(target, os.W_OK):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a file that cannot be written"
        raise ArgumentError(f"[{name}] got {option} {path!r}, which is {kind}; expected a file; choose another one")
    return target
