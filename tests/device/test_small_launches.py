"""Small launches on PoCL run in the thread that calls: with the same bits, in order with all others, and on no device that anybody sees."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.profiler import counters
from clnd.runtime import caller, launch
from clnd.runtime.opened import OpenDevice

OFTEN = caller._LOADED_AFTER + 1


class Went:
    """How many launches ran in the thread that called, and how many on the driver's threads."""

    here = threads = 0


@pytest.fixture
def went(device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> Went:
    """Counts launches from here on; on a device without a caller the test is skipped."""
    if device.caller is None:
        pytest.skip("this device runs small launches as it runs large ones")
    # Whether a launch took long depends on who else uses the machine.
    monkeypatch.setattr(caller, "_LIMIT", 10.0)
    counts, plain, queue = Went(), launch._enqueue, device.caller.queue

    def counting(used: Any, *args: Any) -> Any:
        if used is queue:
            counts.here += 1
        else:
            counts.threads += 1
        return plain(used, *args)

    monkeypatch.setattr(launch, "_enqueue", counting)
    return counts


def numbers(*shape: int) -> Any:
    return clnd.asarray(np.random.default_rng(7).normal(size=shape).astype(np.float32))


WORK: dict[str, Callable[[Any], Any]] = {
    "elementwise": lambda x: clnd.exp(x) * x,
    "reduction": lambda x: (x * x).sum(axis=0),
    "product": lambda x: x @ x,
    "scan": lambda x: clnd.cumulative_sum(x, axis=1),
    "draw": lambda x: x + clnd.random.Generator(3).normal(size=x.shape),
}


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_the_same_bits_without_a_build(work: Callable[[Any], Any], device: OpenDevice, went: Went) -> None:
    x = numbers(32, 32)
    want = work(x).asnumpy()
    assert went.threads  # what is not built, or rarely used, is none of the caller's
    builds = counters.builds
    for _ in range(OFTEN):
        got = work(x).asnumpy()
        assert got.tobytes() == want.tobytes()
    assert went.here
    assert counters.builds == builds
    assert device.is_idle()


def _warm(x: Any) -> None:
    for _ in range(OFTEN):
        (x + x).wait_to_read()
        x += 1
        x.wait_to_read()


def test_small_and_large_launches_run_in_order(went: Went) -> None:
    """A small launch reads what a large one is still writing, writes what it is still reading, and is given its memory."""
    large, small = clnd.zeros((1 << 21,)), clnd.zeros((1000,))
    _warm(small)
    small[:] = 0
    for k in range(1, 40):
        large += 1  # some milliseconds on the driver's threads
        clnd.evaluate(large)
        head = large[:1000] + small  # small, and needs the large one
        small += 1
        clnd.evaluate(large * 2)  # its memory is free again at once
        assert (head.asnumpy() == 2 * k - 1).all()
        assert (small.asnumpy() == k).all()
    assert float(large.sum()) == 39 * (1 << 21)
    assert went.here
    assert went.threads


def test_the_host_reads_and_writes_what_small_launches_use(went: Went) -> None:
    x = clnd.zeros((1000,))
    _warm(x)
    before = went.here
    for k in range(20):
        x[:] = np.full(1000, k, np.float32)
        assert (np.asarray(x + x) == 2 * k).all()
        assert float((x + x)[3]) == 2 * k
    assert went.here > before


def test_sums_in_both_families(family: str, went: Went) -> None:
    """Work-groups of many items with barriers, too."""
    x = numbers(1000)
    want = (x * x).sum().asnumpy()
    for _ in range(OFTEN):
        assert (x * x).sum().asnumpy() == want
    assert went.here


@pytest.mark.parametrize(("kib", "runs_here"), [(64, False), (8192, True)])
def test_threads_with_a_small_stack_run_nothing(kib: int, runs_here: bool, went: Went) -> None:
    """A kernel may need more than Python gives a thread at least, and the process would end."""
    x = numbers(96, 96)
    (x.T @ x.T).wait_to_read()  # compilers need even more
    went.here = 0
    before = threading.stack_size(kib << 10)

    def work() -> None:
        for _ in range(OFTEN):
            (x.T @ x.T).wait_to_read()

    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert (went.here > 0) is runs_here


def test_nobody_sees_the_second_device(device: OpenDevice, went: Went) -> None:
    for context in clnd.contexts():
        assert not context.info.name.startswith("basic")
    assert os.environ.get("POCL_DEVICES") is None
    assert device.queue.device.name.strip() == device.info.name


@pytest.mark.parametrize(("name", "value"), [("CLND_POCL_BASIC", "0"), ("POCL_DEVICES", "pthread")])
def test_it_can_be_left_out(name: str, value: str, went: Went) -> None:
    code = "import clnd\nx = clnd.ones((1000,))\nfor _ in range(40): (x + x).wait_to_read()\nprint(x.ctx.device.caller)\n"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {name: value}, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "None\n"
