"""Run commands of clnd in a child process, so that a driver that crashes or hangs ends only that child."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Outcome", "run_module"]

_WATCH = 0.2
"""Seconds between two calls of `watch`."""


@dataclass(frozen=True)
class Outcome:
    """The end of a child process. ``status`` is None if it exceeded the time limit and was killed."""

    status: int | None
    output: str
    errors: str

    @property
    def how(self) -> str:
        """The end in words."""
        # Python's fault handler writes its own report after what the driver said.
        last = self.errors.partition("Fatal Python error:")[0].strip().rpartition("\n")[2]
        said = f"; its last words: {last}" if last else ""
        if self.status is None:
            return f"did not return and was ended{said}"
        if self.status < 0:
            try:
                name = signal.Signals(-self.status).name
            except ValueError:
                name = f"signal {-self.status}"
            return f"was ended by {name}{said}"
        return f"ended with status {self.status}{said}"

    def printed_json(self) -> Any | None:
        """The JSON object that it printed, without the text that drivers print before; None if there is none."""
        begin = self.output.find("{")
        try:
            return json.loads(self.output[begin:]) if begin >= 0 else None
        except ValueError:
            return None


def run_module(
    module: str, arguments: Sequence[str], *, seconds: float, watch: Callable[[], None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Outcome:  # fmt: skip
    """Run ``python -m module arguments...`` with this environment, changed by ``environ``, and this process's search path.

    A child that runs longer than ``seconds`` is killed. ``watch`` is called five times a second meanwhile.
    """
    path = os.pathsep.join(p or os.getcwd() for p in sys.path)
    command = [sys.executable, "-m", module, *arguments]
    end = time.monotonic() + seconds
    with subprocess.Popen(
        command, env={**os.environ, **(environ or {}), "PYTHONPATH": path}, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            while True:
                try:
                    output, errors = child.communicate(timeout=min(_WATCH, max(end - time.monotonic(), 0)))
                    return Outcome(child.returncode, output, errors)
                except subprocess.TimeoutExpired:
                    if time.monotonic() >= end:
                        break
                    if watch is not None:
                        watch()
        except BaseException:  # Ctrl-C, or a watch that failed
            child.kill()
            raise
        child.kill()
        return Outcome(None, "", child.communicate()[1])
