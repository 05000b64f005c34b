"""The same programs on every CPU driver and with both families of kernels, each in a process of its own: equal digests.

The processes exchange lines of JSON: a list of lines of Python goes in, the digests of the arrays at the end come out.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import subprocess
import sys
import time
from typing import Any

import clnd
from tests.fuzz import programs
from tests.fuzz.steps import Step
from tests.made_up import MadeUpDevice, info, played

__all__ = ["fuzz", "serve"]

PATIENCE = 300.0
"""Seconds for one program: compilers of kernels for GPUs take seconds each."""


def serve() -> None:
    """Answer programs until the input ends."""
    for line in sys.stdin:
        try:
            answer: dict[str, str] = programs.run_lines(json.loads(line))
        except (clnd.ClndError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


class Worker:
    """A process on one driver with one family of kernels."""

    def __init__(self, device: str, family: str) -> None:
        self.name = f"CLND_DEVICE='{device}' CLND_KERNEL_FAMILY={family}"
        self.environment = {**os.environ, "CLND_DEVICE": device, "CLND_KERNEL_FAMILY": family}
        self.process: subprocess.Popen[str] | None = None
        self.status: int | None = None

    def send(self, lines: list[str]) -> None:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from tests.fuzz.drivers import serve; serve()"],
                env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            )  # fmt: skip
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # told by `answer`
            self.process.stdin.write(json.dumps(lines) + "\n")

    def answer(self) -> dict[str, str]:
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        if line:
            return dict(json.loads(line))
        self.end()
        return {"error": f"the process ended with status {self.status}" if ready else f"no answer within {PATIENCE:.0f} s"}

    def end(self) -> None:
        if self.process is not None:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.status, self.process = self.process.returncode, None


def answers(workers: list[Worker], steps: list[Step]) -> list[dict[str, str]]:
    """What each worker says of a program."""
    for worker in workers:
        worker.send([s.code for s in steps])
    return [worker.answer() for worker in workers]


def differing(found: list[dict[str, str]]) -> str:
    """The first array of which two digests differ, "error" where a worker failed; empty where all agree."""
    if any("error" in one for one in found):
        return "error"
    for name in sorted({name for one in found for name in one}, key=lambda n: (len(n), n)):
        if len({one.get(name) for one in found}) > 1:
            return name
    return ""


def _facts() -> dict[str, Any]:
    """The drivers of CPUs (none of the checkers), and whether all have fp64. Asked of a child: this process opens no device."""
    code = "import clnd, json; c = [c for c in clnd.contexts() if c.device_type == 'cpu'] or [clnd.current_context()]; print(json.dumps({'drivers': sorted({x.info.driver for x in c}), 'fp64': all(x.info.fp64 for x in c)}))"
    lines = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    return dict(json.loads(lines[-1]))


def fuzz(seconds: float, seed: int, most: int = 5) -> list[str]:
    """Compare programs for so long; the failures."""
    there = _facts()
    workers = [Worker(f"cpu(0)@{driver}", family) for driver in there["drivers"] for family in ("cpu", "gpu")]
    end = time.monotonic() + seconds
    faults: list[str] = []
    number = compared = 0
    try:
        with played(MadeUpDevice(info())):
            while (time.monotonic() < end or number == 0) and len(faults) < most:
                rng = random.Random(seed + number)
                steps = programs.written(rng, rng.choice((3, 5, 8, 12)), there["fp64"], judged=False)
                found = answers(workers, steps)
                compared += len(found[0])
                name = differing(found)
                if name:
                    faults.append(_told(workers, seed + number, steps, name == "error"))
                    print(faults[-1], flush=True)
                number += 1
    finally:
        for worker in workers:
            worker.end()
    print(f"drivers: {number} programs from seed {seed} on {len(workers)} workers ({', '.join(there['drivers'])}), {compared} arrays, {len(faults)} faults")
    return faults


def _told(workers: list[Worker], seed: int, steps: list[Step], is_error: bool) -> str:
    def fails(some: list[Step]) -> bool:
        name = differing(answers(workers, some))
        return bool(name) and (name == "error") == is_error

    if fails(steps):
        steps = programs.shortened(steps, fails)
    found = answers(workers, steps)
    name = differing(found)
    said = "\n".join(f"#   {worker.name}: {one.get('error') or one.get(name)}" for worker, one in zip(workers, found, strict=True))
    show = "" if name in ("", "error") else f"\nprint({name})"
    return f"FAULT seed {seed} (drivers differ in {name or 'nothing any more'})\n{said}\n{programs.HEAD}" + "\n".join(s.code for s in steps) + show + "\n"


