"""The results of a run, on disk as they come: an interrupted run goes on where it was.

A file of JSON lines for each kernel, dtype and device in ``tuning/`` of the cache directory. It is
removed when the run that it belongs to is complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from clnd.errors import ArgumentError
from clnd.files import read_bytes
from clnd.kernels.kernel import Parameters
from clnd.settings import settings

__all__ = ["Trial", "Trials"]


@dataclass(frozen=True)
class Trial:
    """A candidate's result: the seconds of each call of each problem, or why it failed. ``took``: to find out."""

    parameters: dict[str, int]
    seconds: list[list[float]]
    failed: str
    took: float


class Trials:
    """The trials of one subject, read when it is made.

    ``subject`` is all that the results depend on: kernel, dtype, device, driver, version of clnd.
    """

    def __init__(self, *subject: str) -> None:
        digest = hashlib.sha256("\0".join(subject).encode()).hexdigest()[:16]
        self._path = settings.cache_dir() / "tuning" / f"{digest}.jsonl"
        self._known: dict[tuple[tuple[str, int], ...], Trial] = {}
        self.outcome: dict[str, Any] | None = None
        """What `conclude` was given, where this subject is done."""
        for line in self._lines():
            if "outcome" in line:
                self.outcome = line["outcome"]
            else:
                trial = Trial(**line)
                self._known[_key(trial.parameters)] = trial

    def __len__(self) -> int:
        return len(self._known)

    def all(self) -> list[Trial]:
        """Every trial, oldest first."""
        return list(self._known.values())

    def get(self, parameters: Parameters) -> Trial | None:
        """The trial of these parameters, if there was one."""
        return self._known.get(_key(parameters))

    def add(self, trial: Trial) -> None:
        """Keep a trial; it is on disk when this returns."""
        self._known[_key(trial.parameters)] = trial
        self._append(asdict(trial))

    def conclude(self, outcome: Mapping[str, Any]) -> None:
        """Keep what came of it all: a run that goes on does not do this subject again."""
        self.outcome = dict(outcome)
        self._append({"outcome": self.outcome})

    def remove(self) -> None:
        """The run is complete, and the next one measures anew."""
        self._path.unlink(missing_ok=True)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _lines(self) -> list[dict[str, Any]]:
        """The lines that are whole: a run that was killed may have left half a line."""
        try:
            text = read_bytes(self._path).decode(errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ArgumentError(f"[tune] cannot read {self._path}, which keeps an interrupted run: {error.strerror}; remove it") from None
        found = []
        for line in text.split("\n"):
            try:
                values = json.loads(line)
            except ValueError:
                continue
            if isinstance(values, dict) and (values.keys() == {"outcome"} or values.keys() == set(Trial.__annotations__)):
                found.append(values)
        if text and not text.endswith("\n"):
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n")
        return found


def _key(parameters: Parameters) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(parameters.items()))
