"""Threads on arrays of their own, on shared ones and on shared pending work: the results of one thread.

Rounds run in a child process: one that hangs or ends names its round.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from tests.fuzz import programs
from tests.fuzz.values import digest
from tests.made_up import MadeUpDevice, info, played

__all__ = ["fuzz", "rounds"]

THREADS = 4
PATIENCE = 120.0
"""Seconds without a finished round: compilers take their time."""


def _in_threads(work: Callable[[int], None]) -> list[str]:
    """What went wrong in ``work(k)``, run by all threads at once."""
    wrong: list[str] = []
    start = threading.Barrier(THREADS)

    def run(k: int) -> None:
        try:
            start.wait()
            work(k)
        except Exception as error:
            wrong.append(f"thread {k}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def own(rng: random.Random) -> list[str]:
    """A program for each thread: the digests that it has alone."""
    fp64 = clnd.current_context().info.fp64
    with played(MadeUpDevice(info())):
        lines = [[s.code for s in programs.written(random.Random(rng.random()), rng.choice((5, 10, 20)), fp64, judged=False)] for _ in range(THREADS)]
    alone = [programs.run_lines(some) for some in lines]
    seeds = [rng.random() for _ in lines]

    def work(k: int) -> None:
        for turn in range(3):
            dice = random.Random(seeds[k] + turn)

            def reading(place: int, env: Any) -> None:
                for x in list(env.values()):
                    if isinstance(x, clnd.Array) and dice.random() < 0.1:  # noqa: B023
                        programs.content(x)

            got = programs.run_lines(lines[k], reading)
            if got != alone[k]:
                name = next(n for n in got if got[n] != alone[k][n])
                raise AssertionError(f"{name} has other bits than alone:\n" + programs.HEAD + "\n".join(lines[k]))

    return _in_threads(work)


def shared_writes(rng: random.Random) -> list[str]:
    """Threads write to parts of one array that belong to them alone, in every way there is, and read them back."""
    dtype, each = rng.choice(("int64", "float32", "uint8", "int16")), rng.choice((3, 10, 40))
    apart = rng.random() < 0.5
    x = clnd.zeros((THREADS * each,), dtype=dtype)
    if rng.random() < 0.5:
        x.wait_to_read()
    want = np.zeros(THREADS * each, dtype)
    seeds = [rng.random() for _ in range(THREADS)]

    def work(k: int) -> None:
        dice = random.Random(seeds[k])
        mine = slice(k, None, THREADS) if apart else slice(k * each, (k + 1) * each)
        part, model = x[mine], want[mine]
        for _ in range(30):
            a = dice.randrange(each)
            b = dice.randrange(a, each) + 1
            value = dice.randrange(20)
            way = dice.randrange(6)
            if way == 0:
                part[a] = value
                model[a] = value
            elif way == 1:
                part[a:b] = clnd.full((b - a,), value, dtype=dtype)
                model[a:b] = value
            elif way == 2:
                part[a:b] += value
                model[a:b] += np.array(value).astype(dtype)
            elif way == 3:
                view = part[a:b]
                view *= 2
                model[a:b] *= np.array(2).astype(dtype)
            elif way == 4:
                clnd.add(part[a:b], value, out=part[a:b])
                model[a:b] += np.array(value).astype(dtype)
            else:
                got = (part[a:b] + 1).asnumpy()
                expected = model[a:b] + np.array(1).astype(dtype)
                if (got != expected).any():
                    raise AssertionError(f"reads {got.tolist()} of {a}:{b} of {mine}, wrote {expected.tolist()}")

    wrong = _in_threads(work)
    got = x.asnumpy()
    if not wrong and (got != want).any():
        wrong = [f"{int((got != want).sum())} of {len(want)} elements of {dtype} lost their write, apart={apart}"]
    return wrong


def shared_pending(rng: random.Random) -> list[str]:
    """All threads read, and go on from, work that nobody has run."""
    n = rng.choice((1, 7, 100, 5000))
    host = np.random.default_rng(rng.randrange(1000)).uniform(-2, 2, n).astype(np.float32)

    def made() -> list[Any]:
        x = clnd.asarray(host)
        y = clnd.exp(x) * 0.5 + x
        z = y.sum()
        return [y, z, (y - z)[::2], y > z]

    want = [digest(np.asarray(a.asnumpy())) for a in made()]
    more = digest((made()[0] * 3).asnumpy())
    together = made()
    orders = [rng.sample(range(4), 4) for _ in range(THREADS)]

    def work(k: int) -> None:
        for j in orders[k]:
            if digest(np.asarray(together[j].asnumpy())) != want[j]:
                raise AssertionError(f"result {j} of {n} elements has other bits than alone")
        if digest((together[0] * 3).asnumpy()) != more:
            raise AssertionError(f"what goes on from {n} elements has other bits than alone")

    return _in_threads(work)


def rounds(seconds: float, seed: int) -> int:
    """In the child: rounds for so long, each named before it runs. The number of faults."""
    sys.setswitchinterval(1e-5)
    end = time.monotonic() + seconds
    number = faults = 0
    while time.monotonic() < end or number == 0:
        rng = random.Random(seed + number)
        kind = rng.choice((own, shared_writes, shared_writes, shared_pending))
        print(f"round {seed + number} {kind.__name__}", flush=True)
        wrong = kind(rng)
        if wrong:
            faults += 1
            print(f"FAULT seed {seed + number} ({kind.__name__}): " + "\n".join(wrong), flush=True)
        number += 1
    print(f"threads: {number} rounds from seed {seed}, {faults} faults", flush=True)
    return faults


def fuzz(seconds: float, seed: int) -> list[str]:
    """Rounds for so long; the failures. A round of its own: `--seed S --seconds 0`."""
    code = f"from tests.fuzz.threads import rounds; rounds({seconds!r}, {seed!r})"
    faults: list[str] = []
    try:
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", code], stdout=subprocess.PIPE, text=True, timeout=seconds + PATIENCE, check=False)
        output, status = done.stdout, str(done.returncode)
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(), "none: it hangs"
    lines = output.splitlines()
    if status != "0":
        last = [line for line in lines if line.startswith("round ")][-1:] or ["the start"]
        faults.append(f"FAULT the process ended with status {status} in {last[0]}")
    faults += ["FAULT" + text for text in output.split("FAULT")[1:]]
    print("\n".join([*faults, *lines[-1:]]), flush=True)
    return faults
