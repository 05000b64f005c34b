"""Pure functions that compare the digests of runs: which programs' bits move, as a table and as counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Row", "Run", "Table", "as_json", "as_text", "counts", "good", "partition", "table", "usable"]


@dataclass(frozen=True)
class Run:
    """All programs, once: by which library, how, and the digests by program; "error" has the reason if there are none."""

    letter: str
    library: str
    what: str
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)
    error: str = ""


@dataclass(frozen=True)
class Row:
    """One program: for each library the letters of its runs, those with the same bits in one string."""

    chapter: str
    name: str
    dtype: str
    numpy: tuple[str, ...]
    clnd: tuple[str, ...]

    def moves(self, library: str) -> bool:
        """Whether two runs of the library differ."""
        return len(self.numpy if library == "numpy" else self.clnd) > 1


Table = Sequence[Row]


def usable(runs: Sequence[Run], inputs: Mapping[str, str]) -> list[Run]:
    """The runs, those without an error whose operands have other bits than the first one's turned into errors.

    ``inputs`` has the digest of the operands by the run's letter.
    """
    first = next((inputs[run.letter] for run in runs if not run.error), "")
    return [
        run if run.error or inputs[run.letter] == first
        else Run(run.letter, run.library, run.what, error="its operands have other bits than those of the first run")
        for run in runs
    ]  # fmt: skip


def partition(runs: Iterable[Run], key: str) -> tuple[str, ...]:
    """The letters of the runs that computed the program ``key``, those with the same digest together."""
    same: dict[str, str] = {}
    for run in runs:
        if key in run.digests:
            same[run.digests[key]] = same.get(run.digests[key], "") + run.letter
    return tuple(same.values())


def table(programs: Iterable[tuple[str, str, str, str]], runs: Sequence[Run]) -> list[Row]:
    """A row for each program; a program is its chapter, name, dtype and key."""
    by = {library: [run for run in runs if run.library == library] for library in ("numpy", "clnd")}
    return [
        Row(chapter, name, dtype, partition(by["numpy"], key), partition(by["clnd"], key)) for chapter, name, dtype, key in programs
    ]


def good(rows: Table, runs: Sequence[Run]) -> bool:
    """Whether clnd computed every program that its devices have the dtype for, and no bit moved."""
    ran = [run for run in runs if run.library == "clnd"]
    return bool(ran) and not any(run.error for run in ran) and not any(row.moves("clnd") for row in rows)


def _cell(same: tuple[str, ...]) -> str:
    if len(same) > 1:
        return f"moves: {' | '.join(same)}"
    if not same:
        return "not run"
    return "equal everywhere" if len(same[0]) > 1 else "run once"


def counts(rows: Table) -> list[tuple[str, int, int, int]]:
    """By chapter: programs, and how many of them move by NumPy and by clnd."""
    chapters: dict[str, list[Row]] = {}
    for row in rows:
        chapters.setdefault(row.chapter, []).append(row)
    return [
        (chapter, len(mine), sum(row.moves("numpy") for row in mine), sum(row.moves("clnd") for row in mine))
        for chapter, mine in chapters.items()
    ]


def as_text(rows: Table, runs: Sequence[Run], versions: Mapping[str, str]) -> str:
    """The runs, the table of all programs, and the counts; the last line counts all."""
    lines: list[str] = []
    for library, title in (("numpy", "NumPy"), ("clnd", "clnd")):
        lines.append(f"{title} {versions[library]}")
        lines += [f"  {run.letter}  {run.what}" + (f": {run.error}" if run.error else "") for run in runs if run.library == library]
    name = max(len(text) for row in rows for text in (row.name, row.chapter))
    numpy = max(len("NumPy moves"), *(len(_cell(row.numpy)) for row in rows))
    lines += ["", f"{'program':<{name}}  {'dtype':<10}  {'NumPy':<{numpy}}  clnd"]
    lines += [f"{row.name:<{name}}  {row.dtype:<10}  {_cell(row.numpy):<{numpy}}  {_cell(row.clnd)}" for row in rows]
    lines += ["", f"{'':<{name}}  {'programs':<10}  {'NumPy moves':<{numpy}}  clnd moves"]
    lines += [f"{chapter:<{name}}  {count:<10}  {by_numpy:<{numpy}}  {by_clnd}" for chapter, count, by_numpy, by_clnd in counts(rows)]
    moved = {library: sum(row.moves(library) for row in rows) for library in ("numpy", "clnd")}
    ran = {library: sum(run.library == library and not run.error for run in runs) for library in ("numpy", "clnd")}
    said = " and ".join(f"{moved[key]} with {title} ({ran[key]} runs)" for title, key in (("NumPy", "numpy"), ("clnd", "clnd")))
    return "\n".join([*lines, "", f"of {len(rows)} programs the bits move of {said}"])


def as_json(rows: Table, runs: Sequence[Run], versions: Mapping[str, str]) -> dict[str, Any]:
    """The same facts as JSON."""
    return {
        **versions, "good": good(rows, runs),
        "runs": [{"run": r.letter, "library": r.library, "what": r.what, "error": r.error} for r in runs],
        "programs": [{"chapter": r.chapter, "name": r.name, "dtype": r.dtype, "numpy": r.numpy, "clnd": r.clnd} for r in rows],
    }  # fmt: skip
