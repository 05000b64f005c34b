"""How far a long command is, on stderr: a bar with rich on a terminal, else a plain line now and then."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from clnd.profiler import Counters

__all__ = ["Progress", "progress", "with_compiling"]

_TICK = 0.1
"""Seconds between two looks at a bar."""
_PLAIN = 5.0
"""Seconds between two plain lines."""


@dataclass
class Progress:
    """What the display reads; the command sets ``done``, from 0 to 1, and ``remark``."""

    what: str
    done: float = 0.0
    remark: str | Callable[[], str] = ""
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    def line(self) -> str:
        """The state in one line."""
        remark = self.remark if isinstance(self.remark, str) else self.remark()
        return f"{self.what}: {self.done:.0%}" + (f", {remark}" if remark else "")


@contextmanager
def progress(what: str, *, every: float = _PLAIN) -> Iterator[Progress]:
    """Show how far the block is. A thread draws, because the block may compile one kernel for seconds.

    Without a terminal, or without rich, a plain line is written every ``every`` seconds, and nothing for a short block.
    """
    state = Progress(what)
    show = _bar if _has_bar() else _lines
    thread = threading.Thread(target=show, args=(state, every), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state._over.set()
        thread.join()


def _has_bar() -> bool:
    try:
        import rich  # noqa: F401
    except ImportError:
        return False
    return sys.stderr is not None and sys.stderr.isatty()


def _bar(state: Progress, every: float) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"), BarColumn(bar_width=30), TaskProgressColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[remark]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task(state.what, total=1.0, remark="")
        while not state._over.wait(_TICK):
            remark = state.remark if isinstance(state.remark, str) else state.remark()
            bar.update(task, completed=state.done, remark=remark, refresh=True)


def _lines(state: Progress, every: float) -> None:
    while not state._over.wait(every):
        if sys.stderr is not None:
            print(state.line(), file=sys.stderr, flush=True)


def with_compiling(seconds: float, used: Counters, *, kept: bool) -> str:
    """A time and the part of it that compiled: "13.0 s, of which 11.7 s compiled 28 kernels, kept for next time"."""
    text = f"{seconds:.1f} s"
    if used.builds:
        kernels = f"{used.builds} kernel{'s' if used.builds > 1 else ''}"
        text += f", of which {used.compile_seconds:.1f} s compiled {kernels}" + (", kept for next time" if kept else "")
    return text
