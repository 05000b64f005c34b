"""The committed table: what each kernel took on each chip when it was last looked at, and why one has spills or scratch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from tools.offline_compile.compilers import Figures

__all__ = ["FILE", "Line", "Table", "compared", "in_need", "read", "renewed", "written"]

FILE = Path(__file__).parent / "table.json"


@dataclass(frozen=True)
class Line:
    """One kernel on one chip. ``reason`` says why it may have spills or scratch; it is written by hand."""

    figures: Figures
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """Lines by kernel and chip, such as "products float32: gemm 1 @ sm_90", and the versions of the compilers that they are of."""

    compilers: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)


def read(text: str) -> Table:
    """The table in a file's text.

    Raises
    ------
    ValueError
        Where it is none.
    """
    content = json.loads(text)
    try:
        names = [one.name for one in fields(Figures)]
        lines = {key: Line(Figures(**{name: int(values[name]) for name in names}), str(values.get("reason", ""))) for key, values in content["lines"].items()}
        return Table(dict(content["compilers"]), lines)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not a table of kernels: {error!r}") from error


def written(table: Table) -> str:
    """The text of the file: each line of the table is one of the text, so that a diff shows what changed."""
    rows = [f"{json.dumps(key)}: {json.dumps(asdict(line.figures) | ({'reason': line.reason} if line.reason else {}))}" for key, line in table.lines.items()]
    return f'{{\n"compilers": {json.dumps(dict(table.compilers))},\n"lines": {{\n' + ",\n".join(rows) + "\n}\n}\n"


def in_need(figures: Figures) -> bool:
    """Whether figures need a reason."""
    return bool(figures.spills or figures.scratch)


def renewed(table: Table, found: Mapping[str, Figures], versions: Mapping[str, str]) -> Table:
    """A table of what was found, with the reasons of ``table`` where they are still needed."""
    reasons = {key: line.reason for key, line in table.lines.items()}
    return Table(versions, {key: Line(figures, reasons.get(key, "") if in_need(figures) else "") for key, figures in found.items()})


def compared(table: Table, found: Mapping[str, Figures], whole: bool) -> list[str]:
    """What is worse than the table, a sentence each; ``whole`` where every kernel of the table was compiled."""
    problems = []
    for key, figures in found.items():
        line = table.lines.get(key)
        if line is None:
            problems.append(f"{key}: not in the table; python -m tools.offline_compile --write")
            continue
        for name in ("spills", "scratch"):
            now, was = getattr(figures, name), getattr(line.figures, name)
            if now > was:
                problems.append(f"{key}: {name} {now}, in the table {was}")
        if in_need(line.figures) and not line.reason:
            problems.append(f"{key}: spills {line.figures.spills} and scratch {line.figures.scratch} without a reason; add one to its line of {FILE.name}")
    if whole:
        problems += [f"{key}: in the table, and no kernel now; python -m tools.offline_compile --write" for key in table.lines if key not in found]
    return problems
