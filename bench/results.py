"""What was measured, and its file: rows, with the versions, the device and the peaks they belong to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.case import Target

__all__ = ["Results", "Row"]


@dataclass
class Row:
    """One case, measured.

    Attributes
    ----------
    name, what
        The case's name, and what was computed.
    seconds, fastest
        "clnd" and peers -> seconds of a call: the median of the samples (or the mean, see ``what``), and the least.
    floor
        The least seconds that the device's peaks allow; 0 where they say nothing.
    moved, flops
        Bytes and operations of a call.
    note, error
        What else there is to say, and why nothing was measured.
    targets
        Figures to reach.
    """

    name: str
    what: str
    seconds: dict[str, float] = field(default_factory=dict)
    fastest: dict[str, float] = field(default_factory=dict)
    floor: float = 0.0
    moved: int = 0
    flops: int = 0
    note: str = ""
    error: str = ""
    targets: tuple[Target, ...] = ()

    def speed(self, peer: str) -> float | None:
        """How many times as fast as ``peer`` clnd is; None where one of them was not measured."""
        if "clnd" not in self.seconds or peer not in self.seconds:
            return None
        return self.seconds[peer] / self.seconds["clnd"]

    def met(self, target: Target) -> bool | None:
        """Whether a target is reached; None where what it needs was not measured."""
        if target.seconds:
            return self.seconds["clnd"] <= target.seconds if "clnd" in self.seconds else None
        speed = self.speed(target.peer)
        return None if speed is None else speed >= target.speed

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Row:
        """A row from what `json` gives."""
        return cls(**fields | {"targets": tuple(Target(**target) for target in fields["targets"])})


@dataclass
class Results:
    """The rows of a run with what they depend on."""

    date: str
    versions: dict[str, str]
    device: dict[str, Any]
    peaks: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    def save(self, file: Path) -> None:
        """Write the results as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, file: Path) -> Results:
        """The results of a file that `save` wrote."""
        fields = json.loads(file.read_text())
        return cls(**fields | {"rows": [Row.from_json(row) for row in fields["rows"]]})

    def with_rows_of(self, older: Results, order: list[str]) -> Results:
        """These results, and those rows of an earlier run on the same device and versions that are not among them."""
        if (older.versions, older.device) != (self.versions, self.device):
            return self
        rows = {row.name: row for row in (*older.rows, *self.rows)}
        ordered = [rows[name] for name in order if name in rows]
        return Results(self.date, self.versions, self.device, self.peaks, ordered)
