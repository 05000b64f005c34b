"""What the tuner shows: a bar with the best so far while it runs, and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from clnd.tuner.session import Outcome, Progress, Subject

__all__ = ["Bar", "bar", "print_table"]

_MOST_FAILURES = 5


class Bar:
    """Shows how far the run is; ``bar`` is a bar of rich's with one task."""

    def __init__(self, bar: Any, subjects: int) -> None:
        self._bar, self._subjects = bar, subjects
        self._task = bar.add_task("starting", total=subjects, best="")
        self._begun = 0

    def begin(self, subject: Subject) -> None:
        """A subject's turn has come."""
        self._begun += 1
        name = f"{subject.kernel} {subject.dtype.name} ({self._begun} of {self._subjects})"
        self._bar.update(self._task, description=name, completed=self._begun - 1, best="")

    def show(self, progress: Progress) -> None:
        """The subject is so far."""
        best = f"best {_figure(progress.best, progress.unit)} ({_gain(progress.best / progress.default)})"
        tried = f"{progress.tried} of {progress.size} tried, {progress.failed} failed"
        self._bar.update(self._task, completed=self._begun - 1 + progress.spent, best=f"{best}; {tried}")

    def end(self) -> None:
        """All subjects are done."""
        self._bar.update(self._task, description="done", completed=self._subjects, best="")


@contextmanager
def bar(subjects: int) -> Iterator[Bar]:
    """A bar for so many subjects."""
    from rich import progress

    columns = (
        progress.TextColumn("{task.description}"), progress.BarColumn(), progress.TextColumn("{task.fields[best]}"),
        progress.TimeElapsedColumn(),
    )  # fmt: skip
    with progress.Progress(*columns) as shown:
        found = Bar(shown, subjects)
        yield found
        found.end()


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
