"""A plugin of pytest that notes what becomes of each test at once, so that it is known even where a driver ends the process.

    TESTS_JOURNAL=FILE python -m pytest -p tests.journal tests/device/test_gemm.py

The same command with the same file goes on: tests whose outcome the journal has are left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Journal", "note"]

BEGUN, ENDED = "begun", "ended"


@dataclass(frozen=True)
class Journal:
    """What became of tests."""

    outcomes: dict[str, str]
    """passed, failed or skipped, by the test's name."""
    running: str
    """The test that had begun and not ended; empty where there is none."""

    @classmethod
    def read(cls, file: Path) -> Journal:
        """The journal in ``file``; an empty one where there is no file."""
        outcomes: dict[str, str] = {}
        running = ""
        lines = file.read_text().splitlines() if file.exists() else []
        for event, test in map(json.loads, lines):
            if event in (BEGUN, ENDED):
                running = test if event == BEGUN else ""
            elif outcomes.get(test) != "failed":  # a test that passed has failed where its fixtures did afterwards
                outcomes[test] = event
        return cls(outcomes, running)

    def tests(self, outcome: str) -> list[str]:
        """The tests with an outcome."""
        return [test for test, became in self.outcomes.items() if became == outcome]


def note(file: Path, event: str, test: str) -> None:
    """Add a line, which is in the file when this returns."""
    with file.open("a") as lines:
        lines.write(json.dumps([event, test]) + "\n")


def _file() -> Path:
    return Path(os.environ["TESTS_JOURNAL"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what an earlier process has done."""
    outcomes = Journal.read(_file()).outcomes
    done = [item for item in items if item.nodeid in outcomes]
    if done:
        config.hook.pytest_deselected(items=done)
        items[:] = [item for item in items if item.nodeid not in outcomes]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported fails."""
    if report.failed:
        note(_file(), "failed", report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note the beginning and the end of a test, fixtures included."""
    note(_file(), BEGUN, item.nodeid)
    result = yield
    note(_file(), ENDED, item.nodeid)
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note an outcome: the call's, and that of fixtures where they did not pass."""
    if report.when == "call" or not report.passed:
        note(_file(), report.outcome, report.nodeid)
