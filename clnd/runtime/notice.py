"""One line on stderr, once a process, that says why the first results take seconds: kernels are compiled."""

from __future__ import annotations

import contextlib
import sys

from clnd.runtime import cache
from clnd.runtime.counters import counters
from clnd.settings import settings

__all__ = ["compiled", "turn_off"]

LONG = 1.0
"""Seconds of compiling before anything is said."""


class _State:
    """What this process has spent, and whether it still has something to say."""

    seconds: float = 0.0
    kernels: int = 0
    silent: bool = not settings.notices


def turn_off() -> None:
    """Say nothing in this process: a command shows its progress itself."""
    _State.silent = True


def compiled(seconds: float, kernels: int) -> None:
    """Count the time that the driver's compiler took, and say so once if it is long and stderr is a terminal."""
    counters.compile_seconds += seconds
    counters.builds += kernels
    _State.seconds += seconds
    _State.kernels += kernels
    if _State.silent or _State.seconds < LONG:
        return
    _State.silent = True
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no stderr, or a closed one
        if sys.stderr.isatty():
            print(_line(), file=sys.stderr, flush=True)


def _line() -> str:
    count = f"{_State.kernels} kernel{'s' if _State.kernels > 1 else ''}"
    folder = cache.folder()
    kept = f"kept in {folder} for next time" if folder else "not kept, because the cache is off or cannot be used"
    return f"clnd: compiling {count} took {_State.seconds:.1f} s so far; they are {kept} (CLND_NOTICES=0 hides this line)"
