"""The steps: what each runs, its share of the time, and what its files say when it has ended."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clnd.process import Outcome
from tools.gpu_check.digests import lines_of

__all__ = ["STEPS", "Ended", "Job", "Step", "carry_out", "missing_for"]

ROOT = Path(__file__).parents[2]
# A step stops by itself when its time is over; this long after that it is ended.
_GRACE = 10.0
_MOST_CRASHES = 5


@dataclass(frozen=True)
class Job:
    """What is checked: a context, the folder of the results, and whether arrays are small."""

    ctx: str
    out: Path
    quick: bool = False


@dataclass(frozen=True)
class Ended:
    """How a step ended: ``trouble`` is empty where all went well."""

    name: str
    trouble: str
    seconds: float
    share: float
    left_out: str = ""


@dataclass(frozen=True)
class Step:
    """A step: ``command`` gives the modules' command line for (job, seconds). ``share`` is of the whole time.

    ``needs`` are packages without which it is left out, ``good`` the statuses that are no trouble. ``resumes``: after a crash the same
    command goes on. ``stopped``: it does not look at the clock itself, and is ended when its time is over, which is no trouble.
    """

    name: str
    what: str
    share: float
    command: Callable[[Job, float], list[str]]
    needs: tuple[str, ...] = ()
    environment: Callable[[Job], Mapping[str, str]] = lambda job: {}
    good: tuple[int, ...] = (0,)
    resumes: bool = False
    stopped: bool = False


# Few kernels of each kind, of one dtype: whether tests pass, in the time there is. The digests have said more about the bits.
_TESTS = ("reductions", "products", "transpose", "random_kernels", "views")


def _tests(job: Job, seconds: float) -> list[str]:
    files = [str(ROOT / "tests" / "device" / f"test_{name}.py") for name in (_TESTS[:1] if job.quick else _TESTS)]
    choice = "float32 and gpu and not thorough" if not job.quick else "float32 and gpu and test_sum"
    return ["pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.journal", "--rootdir", str(ROOT), "-k", choice, *files]


def _tune(job: Job, seconds: float) -> list[str]:
    kernels = ("reduce",) if job.quick else ("reduce", "random", "gemm", "elementwise")
    budget = max((seconds - 5) / len(kernels), 0.5)
    return ["clnd", "tune", *kernels, "--quick", "--ctx", job.ctx, "--budget", f"{budget:.1f}s", "--export", str(job.out / "tuned.json")]


STEPS = (
    Step("info", "devices, versions, settings", 0.04, lambda job, seconds: ["clnd", "info", "--json"]),
    Step("doctor", "what is missing", 0.04, lambda job, seconds: ["clnd", "doctor"], good=(0, 1)),
    Step(
        "digests", "golden digests, cheapest first", 0.44,
        lambda job, seconds: ["tools.gpu_check.digests", job.ctx, str(job.out / "digests.jsonl"), f"{seconds:.1f}"], resumes=True,
    ),
    Step(
        "speed", "copy, peak and main rows", 0.22,
        lambda job, seconds: ["tools.gpu_check.speed", job.ctx, str(job.out / "speed.json"), f"{seconds:.1f}", *["quick"] * job.quick],
    ),
    Step(
        "tests", "some of the device tests", 0.13, _tests, needs=("pytest", "pytest_timeout", "hypothesis", "scipy"), good=(0, 5), stopped=True,
        environment=lambda job: {"CLND_DEVICE": job.ctx, "TESTS_JOURNAL": str(job.out / "tests.jsonl")},
    ),
    Step("tune", "clnd tune --quick", 0.13, _tune, needs=("kernel_tuner", "rich")),
)  # fmt: skip
"""In their order. What a step leaves of its time goes to those after it."""


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: float, output: Path) -> Outcome:
    """Run ``python -m command`` in a session of its own, its output into a file, and end it all when its time is over."""
    # The tree first: nothing of it need be installed, and nothing installed takes its place.
    path = os.pathsep.join([str(ROOT), *(p for p in sys.path if p)])
    with output.open("ab") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **environment, "PYTHONPATH": path}, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        status: int | None = None
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:  # Ctrl-C as well
            if status is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    return Outcome(status, "", output.read_text(encoding="utf-8", errors="replace"))


def missing_for(step: Step) -> list[str]:
    """The packages that a step needs and that are not installed."""
    return [name for name in step.needs if importlib.util.find_spec(name) is None]


def carry_out(step: Step, job: Job, seconds: float) -> Ended:
    """Do a step in at most about so many seconds."""
    missing = missing_for(step)
    if missing:
        return Ended(step.name, "", 0.0, seconds, f"not installed: {', '.join(missing)}")
    output = job.out / f"{step.name}.txt"
    begin = time.monotonic()
    trouble: list[str] = []
    while True:
        left = seconds - (time.monotonic() - begin)
        before = len(lines_of(job.out / "digests.jsonl")) if step.resumes else 0
        ended = _run(step.command(job, max(left, 1.0)), step.environment(job), max(left, 1.0) + (0 if step.stopped else _GRACE), output)
        if ended.status in step.good:
            break
        if ended.status is None and step.stopped:
            return Ended(step.name, "", time.monotonic() - begin, seconds, "the rest, at the end of its time")
        trouble.append(f"the process {ended.how}")
        progressed = step.resumes and len(lines_of(job.out / "digests.jsonl")) > before
        # A crash of a driver is the fault of one program: the rest goes on behind it.
        if ended.status is None or ended.status > 0 or not progressed or len(trouble) == _MOST_CRASHES or left <= 1:
            break
    return Ended(step.name, "; ".join(trouble), time.monotonic() - begin, seconds)
