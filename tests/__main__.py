"""All tests: each driver that pip brings in a process of its own, then the types and the style.

    python -m tests

CLND_TEST_DRIVERS   names the drivers to test, such as "pocl intel"; all of them where it is unset.
                    A driver that is not installed is a failure, unless this variable leaves it out.

The last line is "N passed, N failed", and the exit status is 0 only where nothing failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN_ON = ROOT / "ci" / "pocl" / "run-on.sh"
DRIVERS = ("pocl", "oclgrind", "intel")
# Kernels whose tests do not ask for both families themselves.
KERNELS = ("elementwise", "views")
LIMIT = 25 * 60
"""Seconds after which a run is ended."""


@dataclass(frozen=True)
class Run:
    """One process: pytest on one driver (or none), or a check of the code."""

    name: str
    arguments: tuple[str, ...]
    driver: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_pytest: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    run: Run
    passed: int
    failed: int
    skipped: int
    seconds: float
    output: str


def device_tests(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"tests/device/test_{name}.py" for name in names)


# What concerns results; the rest (processes, exits, the demonstration) is the host's and is tested once.
RESULTS = ("elementwise", "fusion", "views", "reductions", "gemm", "transpose", "random_kernels", "permutation", "golden", "nd", "tutorial")
# Some thousands of elements each: a checker takes microseconds for an instruction.
SMALL = ("golden", "views", "random_kernels", "permutation", "transpose")

RUNS = (
    # The longest first: two run at a time.
    Run("pocl", ("tests/device",), "pocl"),
    Run("intel", device_tests(RESULTS), "intel"),
    Run("pocl, kernels for GPUs", device_tests(KERNELS), "pocl", {"CLND_KERNEL_FAMILY": "gpu"}),
    # Each access is checked, and races between work-items are found.
    Run("oclgrind", (*device_tests(SMALL), "-m", "not slow and not big"), "oclgrind", {"CLND_DEVICE": "cpu(0)@oclgrind"}),
    Run("unit", ("tests/unit",)),
    Run("mypy --strict", ("mypy", "--strict"), is_pytest=False),
    Run("ruff", ("ruff", "check", *(f for f in ("clnd", "tests", "bench", "tools") if (ROOT / f).is_dir())), is_pytest=False),
)


def command(run: Run, report: Path) -> list[str]:
    if not run.is_pytest:
        return [sys.executable, "-m", *run.arguments]
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *run.arguments]
    return ["bash", str(RUN_ON), run.driver, *pytest] if run.driver else pytest


def environment(run: Run, scratch: Path) -> dict[str, str]:
    """What a run sees: none of the user's settings of clnd, and caches that are empty."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLND_", "PYTEST_"))}
    return {
        **kept,
        "PYTHON": sys.executable,  # for run-on.sh
        "PYTHONFAULTHANDLER": "1",
        "CI": "1",  # the same random examples in every run
        "CLND_CACHE_DIR": str(scratch / "cache"),
        **run.environment,
    }


def counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a report of pytest's; nothing where it ended before writing one."""
    try:
        suites = list(ElementTree.parse(report).iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return 0, 0, 0
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


started: list[subprocess.Popen[bytes]] = []


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def carry_out(run: Run) -> Outcome:
    """Do one run. One that ends badly without a failed test (a crash, a report of Oclgrind) counts as a failure."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clnd-tests-") as folder:
        report = Path(folder) / "report.xml"
        with (Path(folder) / "output").open("w+", errors="replace") as output:
            try:
                process = subprocess.Popen(
                    command(run, report), cwd=ROOT, env=environment(run, Path(folder)), stdin=subprocess.DEVNULL,
                    stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
                started.append(process)
                status = process.wait(LIMIT)
                remark = f"exit status {status}"
            except subprocess.TimeoutExpired:
                end(process)
                status, remark = 1, f"ended after {LIMIT} seconds"
            output.seek(0)
            text = output.read()
        passed, failed, skipped = counts(report) if run.is_pytest else (int(status == 0), int(status != 0), 0)
    if (status != 0 or passed == 0) and failed == 0:
        failed = 1
        text += f"\n{remark}, {passed} passed\n"
    return Outcome(run, passed, failed, skipped, time.monotonic() - start, text)


def chosen() -> list[Run]:
    wanted = os.environ.get("CLND_TEST_DRIVERS", "").replace(",", " ").split() or list(DRIVERS)
    unknown = sorted(set(wanted) - set(DRIVERS))
    if unknown:
        sys.exit(f"CLND_TEST_DRIVERS names {', '.join(unknown)}; expected some of {', '.join(DRIVERS)}")
    return [run for run in RUNS if not run.driver or run.driver in wanted]


def main() -> int:
    """Do every run and say how it went."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        try:
            for outcome in pool.map(carry_out, chosen()):
                outcomes.append(outcome)
                print(f"===== {outcome.run.name} =====\n{outcome.output}", flush=True)
        except BaseException:  # Ctrl-C, or the SIGTERM of a machine that has waited enough
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                end(process)
            raise
    width = max(len(outcome.run.name) for outcome in outcomes)
    print(f"{'run':{width}}  passed  failed  skipped  seconds")
    for o in outcomes:
        print(f"{o.run.name:{width}}  {o.passed:6}  {o.failed:6}  {o.skipped:7}  {o.seconds:7.0f}")
    print(f"in all {time.monotonic() - start:.0f} seconds")
    failed = sum(o.failed for o in outcomes)
    print(f"{sum(o.passed for o in outcomes)} passed, {failed} failed", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
