"""What an operation costs beside its arithmetic: recording, launching, reading, starting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clnd
from bench.case import Case, Measured, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]

BATCH, BATCHES = 200, 50

FIRST_RESULT = """
import time
start = time.perf_counter()
import clnd
a = clnd.asarray([[1.0, 2.0], [3.0, 4.0]])
(a * a).asnumpy()
print(time.perf_counter() - start)
"""

DEMO = """
import json, sys, time
start = time.perf_counter()
from clnd import demo
from clnd.profiler import counters
status = demo.main(out=sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps([status, seconds, counters.builds, counters.loads, counters.launches]))
"""


def _batch(call: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(BATCH):
            call()

    return run


def recording(place: Place) -> Work:
    """``a + b`` noted, not run."""
    x, y = place.array(place.numbers(1000)), place.array(place.numbers(1000))
    return Work("a + b, 1000 float32: recorded only", {"clnd": _batch(lambda: x + y)}, calls=BATCH, tolerance=None)


def forced(place: Place) -> Work:
    """``a + b`` handed to the driver, not waited for."""
    a, b = place.numbers(1000), place.numbers(1000)
    x, y = place.array(a), place.array(b)
    sides: dict[str, Any] = {"clnd": _batch(lambda: clnd.evaluate(x + y)), "numpy": _batch(lambda: a + b)}
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(b)
        sides["torch"] = _batch(lambda: u + v)
    return Work(
        f"a + b, 1000 float32: enqueued, mean of {BATCH * BATCHES}",
        sides, calls=BATCH, after=place.ctx.device.finish, rounds=BATCHES, mean=True, tolerance=None,
    )  # fmt: skip


def waited(place: Place) -> Work:
    """``a + b`` enqueued and waited for."""
    a, b = place.numbers(1000), place.numbers(1000)
    x, y = place.array(a), place.array(b)
    sides: dict[str, Any] = {"clnd": lambda: wait(x + y), "numpy": lambda: a + b}
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(b)
        sides["torch"] = place.torch_call(lambda: u + v)
    return Work("a + b, 1000 float32: enqueued and waited for", sides)


def to_numpy(place: Place) -> Work:
    """A copy of an array on the host."""
    n = place.size(16_000_000)
    a = place.numbers(n)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": x.asnumpy, "numpy": a.copy}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = lambda: u.cpu().clone() if place.torch_device == "cpu" else u.cpu()
    return Work(f"asnumpy: a copy, {count(n)} float32", sides, moved=8 * n)


# --- new processes -----------------------------------------------------------------------------


def _child(place: Place, code: str, caches: Path, *arguments: str) -> str:
    """The last line that a new process prints; its caches, clnd's and the driver's, lie in ``caches``."""
    root = Path(clnd.__file__).parents[1]
    folders = {"CLND_CACHE_DIR": "clnd", "POCL_CACHE_DIR": "pocl", "XDG_CACHE_HOME": "other", "CUDA_CACHE_PATH": "cuda"}
    environment = os.environ | {name: str(caches / folder) for name, folder in folders.items()}
    environment["CLND_DEVICE"] = str(place.ctx)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.split("\n")
    if done.returncode:
        raise RuntimeError(f"a child process ended with {done.returncode}: {(done.stderr.strip() or 'in silence').splitlines()[-1]}")
    return lines[-2]


def first_result(place: Place, filled: bool) -> Work:
    """``import clnd``, a product and its values in a new process."""

    def measure(rounds: int) -> Measured:
        samples = []
        with tempfile.TemporaryDirectory() as folder:
            if filled:
                _child(place, FIRST_RESULT, Path(folder))
            for k in range(min(rounds, 5)):
                caches = Path(folder) if filled else Path(folder, str(k))
                samples.append(float(_child(place, FIRST_RESULT, caches)))
        return Measured({"clnd": samples})

    return Work(f"first result of a process, caches {'filled' if filled else 'empty'}", measure=measure)


def demo(place: Place) -> Work:
    """The demonstration with empty caches, once: its time and the programs it needs."""

    def measure(rounds: int) -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            line = _child(place, DEMO, Path(folder, "caches"), folder)
        status, seconds, builds, loads, launches = json.loads(line)
        if status:
            raise RuntimeError("the demo did not run; its extras are installed with: pip install clnd[demo]")
        return Measured({"clnd": [seconds]}, f"{builds} built, {loads} loaded, {launches} launches")

    return Work("clnd demo, caches empty", measure=measure)


CASES = (
    Case("record", recording, (Target(seconds=3e-6),)),
    Case("enqueue", forced, (Target(seconds=15e-6),)),
    Case("enqueue-wait", waited),
    Case("asnumpy", to_numpy),
    Case("first-result-empty", lambda place: first_result(place, filled=False), (Target(seconds=1.5),)),
    Case("first-result-filled", lambda place: first_result(place, filled=True), (Target(seconds=0.4),)),
    Case("demo", demo),
)
