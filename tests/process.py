"""One process of the test matrix: what it runs, what it came to, and how it goes on after a crash."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.journal import ENDED, Journal, note

__all__ = ["Outcome", "Part", "Run", "carry_out", "end_all"]

ROOT = Path(__file__).parents[1]
RUN_ON = ROOT / "ci" / "pocl" / "run-on.sh"
LIMIT = 40 * 60
"""Seconds after which a part is ended."""
LONG = {"tests/fuzz": -1} | {
    f"tests/device/test_{name}.py": place
    for place, name in enumerate(("reductions", "fusion", "robustness", "gemm", "golden", "elementwise", "views"))
}
"""The files that get a process of their own, in the order in which they begin; others share one."""
MOST_CRASHES = 5
"""So many tests of a file may end the process before the rest of it is given up."""
# Pytest's exit statuses; nothing is left to run after a crash in the last test of a file, and where a file has no test of the markers.
_TESTS_FAILED, _NO_TESTS = 1, 5


@dataclass(frozen=True)
class Run:
    """One row of the table: pytest on one driver (or none), or a check of the code.

    ``arguments`` are the files of pytest, or the command of a check. The ``driver`` of a check is what it needs: the check looks for it itself. ``marks`` is pytest's expression of
    markers, which chooses tests of the files.
    """

    name: str
    arguments: tuple[str, ...]
    driver: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_pytest: bool = True
    marks: str = ""
    python: str = sys.executable
    limit: float = field(default_factory=lambda: LIMIT)
    """Seconds after which a part of it is ended."""

    def parts(self) -> list[Part]:
        """What each process of this run does: a long file, all short files, or a check."""
        if not self.is_pytest:
            return [Part(self, self.arguments)]
        long = [Part(self, (file,)) for file in self.arguments if file in LONG]
        short = tuple(file for file in self.arguments if file not in LONG)
        return [*long, Part(self, short)] if short else long


@dataclass(frozen=True)
class Part:
    """What one process does: files of tests, or a whole check."""

    run: Run
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        if not self.run.is_pytest:
            return self.run.name
        others = f" and {len(self.arguments) - 1} short ones" if len(self.arguments) > 1 else ""
        return f"{self.run.name}: {self.arguments[0]}{others}"

    @property
    def rank(self) -> int:
        """What begins first: short files of many and fuzzers, then the long files, so that no core is left waiting for the other at the end."""
        return -1 if len(self.arguments) > 1 else LONG.get(self.arguments[0], len(LONG))

    def command(self) -> list[str]:
        """The command line of the process."""
        if not self.run.is_pytest:
            return [self.run.python, "-m", *self.arguments]
        pytest = [self.run.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.journal", *self.arguments]
        if self.run.marks:
            pytest += ["-m", self.run.marks]
        return ["bash", str(RUN_ON), self.run.driver, *pytest] if self.run.driver else pytest

    def environment(self, caches: Path, journal: Path) -> dict[str, str]:
        """What the process sees: none of the user's settings of clnd, and a cache that the driver's other parts and earlier runs fill too."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLND_", "PYTEST_"))}
        return {
            **kept,
            "PYTHON": self.run.python,  # for run-on.sh
            "PYTHONFAULTHANDLER": "1",
            "CI": "1",  # the same random examples in every run
            "CLND_CACHE_DIR": str(caches / (self.run.driver or "none")),
            "CLND_COMPILE_PROCESSES": "1",  # every core has a part of its own to run
            "TESTS_JOURNAL": str(journal),
            **self.run.environment,
        }


@dataclass(frozen=True)
class Outcome:
    """What a part came to; ``failures`` has a line for each failure."""

    part: Part
    passed: int
    skipped: int
    failures: tuple[str, ...]
    wall: float
    cpu: float
    output: str


_started: list[subprocess.Popen[bytes]] = []
_over = threading.Event()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if child.returncode is None:
        os.killpg(child.pid, signal.SIGKILL)


def end_all() -> None:
    """End every process that still runs, and start none any more."""
    _over.set()
    for child in _started:
        _end(child)


def _waited_for(part: Part, environment: Mapping[str, str], output: Path, limit: float) -> tuple[int, float]:
    """The exit status of a part's process, and the processor time of it and all that it waited for."""
    with output.open("ab") as file:
        child = subprocess.Popen(
            part.command(), cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    _started.append(child)
    timer = threading.Timer(limit, _end, [child])
    timer.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    # A test that runs out of time ends its process, which leaves behind what it had started.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.returncode, usage.ru_utime + usage.ru_stime


def _in_words(status: int) -> str:
    """How a process ended; a shell adds 128 to the number of the signal that ended its command."""
    number = -status if status < 0 else status - 128
    try:
        return f"the process was ended by {signal.Signals(number).name}"
    except ValueError:
        return f"the process ended with status {status}"


def carry_out(part: Part, caches: Path) -> Outcome:
    """Do one part. A test that ends the process fails, and a new process does those after it."""
    start, cpu = time.monotonic(), 0.0
    crashes: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="clnd-tests-") as folder:
        file, output = Path(folder) / "journal", Path(folder) / "output"
        while True:
            status, seconds = _waited_for(part, part.environment(caches, file), output, start + part.run.limit - time.monotonic())
            cpu += seconds
            crashed = Journal.read(file).running
            if crashed:
                crashes[crashed] = _in_words(status)
                note(file, "failed", crashed)
                note(file, ENDED, crashed)
            if not crashed or len(crashes) == MOST_CRASHES or time.monotonic() > start + part.run.limit or _over.is_set():
                break
        journal = Journal.read(file)
        text = output.read_text(errors="replace")
    failures = [f"{test}: {crashes[test]}" if test in crashes else test for test in journal.tests("failed")]
    passed = len(journal.tests("passed")) if part.run.is_pytest else int(status == 0)
    if crashed:
        failures.append(f"the rest was given up after {len(crashes)} crashes and {time.monotonic() - start:.0f} seconds")
    elif status not in (0, _TESTS_FAILED if failures else 0, _NO_TESTS if crashes or part.run.marks else 0):
        # Also where Oclgrind reported something outside of the tests, or the driver is missing.
        failures.append(_in_words(status))
    elif passed == 0 and not (status == _NO_TESTS and part.run.marks):
        failures.append("nothing passed")
    return Outcome(part, passed, len(journal.tests("skipped")), tuple(failures), time.monotonic() - start, cpu, text)
