"""Compilers' remarks on correct source, which pyopencl makes warnings of: kept from the user, whose own warnings stay.

`warnings.catch_warnings` belongs to one thread: two that build for two devices would give each other's filters back. Here the first that
builds changes the filters, and the last one gives them back.
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

import pyopencl as cl

__all__ = ["unheard"]


class _Builders:
    """Who builds now. The lock is re-entrant for signal handlers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.count = 0
        self.caught = contextlib.ExitStack()


_builders = _Builders()


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Within the block no warning is made of a compiler's remarks, in any thread."""
    with _builders.lock:
        _builders.count += 1
        if _builders.count == 1:
            _builders.caught.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", cl.CompilerWarning)
    try:
        yield
    finally:
        with _builders.lock:
            _builders.count -= 1
            if not _builders.count:
                _builders.caught.close()
