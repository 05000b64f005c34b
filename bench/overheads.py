"""What an operation costs beside its arithmetic: recording, launching, reading, starting."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Measured, Target, Work, count
from bench.place import Place, wait
from clnd.demo import Network
from clnd.runtime.launch import enqueue

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

# What no program on pyopencl does without: its import, the drivers, a context and a queue.
FLOOR = """
import numpy, sys, time
start = time.perf_counter()
import pyopencl as cl
device = next(d for p in cl.get_platforms() if p.name == sys.argv[1] for d in p.get_devices())
queue = cl.CommandQueue(cl.Context([device]), device)
print(time.perf_counter() - start)
"""

FIRST_SUM = """
import numpy, time
start = time.perf_counter()
import clnd
float(clnd.ones(3).sum())
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


# --- small work, beside what the driver takes -----------------------------------------------------


def _empty(place: Place) -> Callable[[], Any]:
    """A kernel that does nothing, enqueued for the driver's threads and waited for."""
    device = place.ctx.device
    kernel = device.programs.kernel("__kernel void nothing(const uint n) {}", "nothing")
    kernel.set_scalar_types([np.uint32])

    def call() -> None:
        enqueue(device, kernel, (1,), (1,), (1,))
        device.finish()

    return call


def _on_threads(place: Place, call: Callable[[], Any]) -> Callable[[], Any]:
    """``call`` with every launch on the driver's threads."""
    device = place.ctx.device

    def on_threads() -> None:
        caller, device.caller = device.caller, None
        try:
            call()
        finally:
            device.caller = caller

    return on_threads


def _beside_an_empty_kernel(what: str, make: Callable[[Place], Callable[[], Any]]) -> Callable[[Place], Work]:
    """Small work. Its note has the times of an empty kernel, and of itself on the driver's threads where it runs in the calling one, in the same run."""

    def work(place: Place) -> Work:
        sides = {"clnd": make(place), "an empty kernel": _empty(place)}
        if place.ctx.device.caller is not None:
            sides["on the driver's threads"] = _on_threads(place, sides["clnd"])

        def measure(rounds: int) -> Measured:
            samples: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(BATCHES):
                for name, call in sides.items():
                    start = time.perf_counter()
                    for _ in range(BATCH):
                        call()
                    samples[name].append((time.perf_counter() - start) / BATCH)
            beside = [f"{name}: {statistics.median(times) * 1e6:.1f} us" for name, times in samples.items() if name != "clnd"]
            return Measured({"clnd": samples["clnd"]}, ", ".join(beside))

        return Work(what, measure=measure)

    return work


def _thousand(place: Place) -> Any:
    return place.array(place.numbers(1000))


def lone(place: Place) -> Callable[[], Any]:
    """One operation."""
    x = _thousand(place)
    return lambda: wait(x + x)


def lone_sum(place: Place) -> Callable[[], Any]:
    """A sum that is read."""
    x = _thousand(place)
    return lambda: float(x.sum())


def lone_chain(place: Place) -> Callable[[], Any]:
    """Four operations that fuse."""
    x = _thousand(place)
    return lambda: wait(clnd.sqrt(x * x + x) * x)


def element(place: Place) -> Callable[[], Any]:
    """An element of an array, read."""
    x = _thousand(place)
    return lambda: float(x[3])


def training_step(place: Place) -> Work:
    """A step of the demo's network, recorded and enqueued: seconds of this thread, which computes nothing."""
    network = Network(64, 128, 10, place.ctx)
    x, y = clnd.nd.array(place.numbers(32, 64), ctx=place.ctx), clnd.nd.array(np.arange(32) % 10, ctx=place.ctx)

    def measure(rounds: int) -> Measured:
        samples = []
        for _ in range(BATCHES):
            place.ctx.device.finish()
            start = time.thread_time()
            for _ in range(20):
                network.learn(x, y, 0.01)
            samples.append((time.thread_time() - start) / 20)
        return Measured({"clnd": samples[2:]})

    return Work("a training step of the demo, batch of 32: this thread's time", measure=measure)


SUMS = """
import random, time
import numpy as np
import clnd
from clnd.profiler import counters
rng = random.Random(3)
start = time.perf_counter()
for _ in range(60):
    shape = tuple(rng.randint(1, 9) if rng.random() < 0.7 else rng.randint(10, 20) for _ in range(rng.randint(1, 4)))
    axes = tuple(sorted(rng.sample(range(len(shape)), rng.randint(1, len(shape)))))
    clnd.asarray(np.ones(shape, np.float32)).sum(axis=axes).wait_to_read()
print(time.perf_counter() - start, counters.builds)
"""


def cold_sums(place: Place) -> Work:
    """Sixty sums of random shapes over random axes, with caches empty."""

    def measure(rounds: int) -> Measured:
        samples, builds = [], ""
        for _ in range(min(rounds, 3)):
            with tempfile.TemporaryDirectory() as folder:
                seconds, builds = _child(place, SUMS, Path(folder)).split()
            samples.append(float(seconds))
        return Measured({"clnd": samples}, f"{builds} programs built")

    return Work("sixty sums of random shapes, caches empty", measure=measure)


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
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as those of an installed package are
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.split("\n")
    if done.returncode:
        raise RuntimeError(f"a child process ended with {done.returncode}: {(done.stderr.strip() or 'in silence').splitlines()[-1]}")
    return lines[-2]


def first_result(place: Place, filled: bool, program: str = FIRST_RESULT, what: str = "first result of a process", floor: bool = False) -> Work:
    """``import clnd``, a product and its values in a new process; or another ``program``. ``floor``: beside what pyopencl alone takes to be ready."""

    def measure(rounds: int) -> Measured:
        samples, least = [], []
        with tempfile.TemporaryDirectory() as folder:
            _child(place, program, Path(folder, "filled"))
            for k in range(min(rounds, 5)):
                samples.append(float(_child(place, program, Path(folder, "filled" if filled else str(k)))))
                if floor:
                    least.append(float(_child(place, FLOOR, Path(folder, "filled"), place.ctx.info.platform)))
        return Measured({"clnd": samples}, f"pyopencl alone {min(least) * 1e3:.0f} ms" if floor else "")

    return Work(f"{what}, caches {'filled' if filled else 'empty'}", measure=measure)


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
    Case("small-operation", _beside_an_empty_kernel("a + a, 1000 float32: enqueued and waited for", lone)),
    Case("small-sum", _beside_an_empty_kernel("float(a.sum()), 1000 float32", lone_sum)),
    Case("small-chain", _beside_an_empty_kernel("sqrt(a * a + a) * a, 1000 float32: enqueued and waited for", lone_chain)),
    Case("element", _beside_an_empty_kernel("float(a[3]) of a computed array", element)),
    Case("training-step", training_step),
    Case("cold-sums", cold_sums, (Target(seconds=0.8),)),
    Case("asnumpy", to_numpy),
    Case("first-result-empty", lambda place: first_result(place, filled=False), (Target(seconds=1.5),)),
    Case("first-result-filled", lambda place: first_result(place, filled=True), (Target(seconds=0.4),)),
    Case("first-result-numpy", lambda place: first_result(place, True, FIRST_SUM, "first result after NumPy's import", floor=True), (Target(seconds=0.13),)),
    Case("demo", demo),
)
