"""The tuner's end of the worker process: starts it, asks it, and starts it again after a candidate that ended it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from clnd.errors import DriverError

__all__ = ["CandidateError", "Worker"]

START = 120.0
"""Seconds that a worker may take to import clnd and open the device: drivers compile the probe."""


class CandidateError(Exception):
    """A candidate that raised, hung or ended the worker; the message says which."""


class Worker:
    """A child process that runs candidates on one context. Used in a ``with``, which ends it.

    ``workloads`` names the module that it takes them from. Its kernels are cached in a folder of its
    own: the candidates that lose would fill the user's.
    """

    def __init__(self, context: str, workloads: str) -> None:
        self._command = [sys.executable, "-m", "clnd.tuner.worker", workloads, context]
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Worker:
        self._folder = tempfile.TemporaryDirectory(prefix="clnd-tune-", ignore_cleanup_errors=True)
        self._log = Path(self._folder.name) / "stderr"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._folder.cleanup()

    def start(self) -> None:
        """Have a worker ready. DriverError where it does not come up."""
        if self._process is not None:
            return
        environment = {
            **os.environ,
            "CLND_CACHE_DIR": str(Path(self._folder.name) / "cache"),
            # What this process finds, the worker finds.
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        }
        self._answers = queue.SimpleQueue()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, encoding="utf-8", start_new_session=True,  # Ctrl-C is for the tuner, which ends it
            )  # fmt: skip
        self._reader = threading.Thread(target=_read, args=(self._process, self._answers), daemon=True)
        self._reader.start()
        try:
            self._answer(START)
        except CandidateError as error:
            raise DriverError(f"[tune] a process that opens the device came to nothing: {error}") from None

    def ask(self, request: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """The answer to a request.

        Raises
        ------
        CandidateError
            Where there is none within ``limit`` seconds, the worker ended, or the candidate raised.
        """
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has just ended, which the missing answer tells as well
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        answer = self._answer(limit)
        if "error" in answer:
            self.end()  # the device may be lost to this process
            raise CandidateError(answer["error"])
        return answer

    def _answer(self, limit: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=limit)
        except queue.Empty:
            self.end()
            raise CandidateError(f"no answer in {limit:.0f} s") from None
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        assert self._process is not None
        status = self._process.wait()
        self.end()
        raise CandidateError(f"the process ended with {_meaning(status)}{self._last_words()}")

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f": {said[-1][:200]}" if said else ""

    def end(self) -> None:
        """End the process, if there is one; the next request starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):  # a request that it never read
                self._process.stdin.close()
            self._process = None


def _read(process: subprocess.Popen[str], answers: queue.SimpleQueue[str]) -> None:
    """Hand on every line; an empty one at the end."""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            answers.put(line)
    answers.put("")


def _meaning(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
