"""What the tuner shows: a bar with the best so far while it runs, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from clnd.tuner.session import Outcome, Progress, Subject

__all__ = ["Bar", "bar", "print_table"]

_MOST_FAILURES = 5


class Bar(Protocol):
    """Shows how far the run is."""

    def begin(self, subject: Subject) -> None:
        """A subject's turn has come."""

    def show(self, progress: Progress) -> None:
        """The subject is so far."""


@contextmanager
def bar(subjects: int) -> Iterator[Bar]:
    """A bar for so many subjects, below the lines of those that are done."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Rich

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[best]}"), TimeElapsedColumn())
    with Rich(*columns) as rich:
        task = rich.add_task("starting", total=subjects, best="")

        class Shown:
            done = -1
            name = ""

            def begin(self, subject: Subject) -> None:
                self.done += 1
                self.name = f"{subject.kernel} {subject.dtype.name} ({self.done + 1} of {subjects})"
                rich.update(task, description=self.name, completed=self.done, best="")

            def show(self, progress: Progress) -> None:
                best = f"best {_figure(progress.best, progress.unit)} ({_gain(progress.best / progress.default)})"
                tried = f"{progress.tried} of {progress.size} tried, {progress.failed} failed"
                rich.update(task, completed=self.done + progress.spent, best=f"{best}; {tried}")

        yield Shown()
        rich.update(task, description="done", completed=subjects, best="")


def print_table(title: str, outcomes: Sequence[Outcome]) -> None:
    """What was gained over the default, and which candidates failed."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for head in ("kernel", "dtype", "default", "best", "gain", "tried"):
        table.add_column(head, no_wrap=True)
    table.add_column("changed", overflow="fold", min_width=14)
    for o in outcomes:
        default, best = (_figure(o.default, ""), _figure(o.figure, o.unit)) if o.figure else ("failed", "")
        gain = _gain(o.gain) if o.gain > 1 else "none"
        tried = f"{o.tried}, {len(o.failures)} failed" if o.failures else str(o.tried)
        table.add_row(o.kernel, o.dtype, default, best, gain, tried, _listed(o.changed))
    console = Console()
    console.print(table)
    for o in outcomes:
        for parameters, reason in o.failures[:_MOST_FAILURES]:
            console.print(f"{o.kernel} {o.dtype}: {_listed(parameters)} failed: {escape(reason)}", highlight=False)
        if len(o.failures) > _MOST_FAILURES:
            console.print(f"{o.kernel} {o.dtype}: {len(o.failures) - _MOST_FAILURES} more failed", highlight=False)


def _figure(figure: float, unit: str) -> str:
    digits = f"{figure:.3g}" if figure < 100 else f"{figure:.0f}"
    return f"{digits} {unit}".rstrip()


def _gain(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f} %"


def _listed(parameters: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())
