"""Programs that are wanted together are compiled on several cores.

The compilers of PoCL and of Intel's runtime take a lock: two threads of a process compile no faster than one. So processes do it
(`clnd.runtime.compiler`), which put what they make into the disk cache, and this process takes it from there. It compiles as well, and all that
another process failed at, so that nothing depends on them.

Starting one takes as long as compiling a few kernels, so they are started when the first ones show that the rest takes longer. They
end after a few idle seconds.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import logging
import os
import select
import sys
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from clnd.records import light_dataclass
from clnd.runtime import cache
from clnd.settings import settings

if TYPE_CHECKING:  # most processes start no others
    import subprocess

__all__ = ["Job", "compile_together", "end_all", "may_start"]

MODULE = "clnd.runtime.compiler"
"""What the processes run."""
START = 0.8
"""Seconds of compiling that must be left before processes are started for it."""
MOST = 8
"""So many processes compile at most: a graph has a few dozen kernels, and a compiler takes 100 MB."""
PATIENCE = 60.0
"""Seconds without an answer after which a process is taken to hang. This process has nothing else to do meanwhile."""
_AHEAD = 2
# What fits into a pipe that nobody reads yet, for each program that is sent ahead: writing must not wait.
_LONGEST = 30_000

_log = logging.getLogger("clnd.compilers")


@light_dataclass(frozen=True)
class Job:
    """A program to compile: its key in the disk cache, the digest of its OpenCL C, the name of its kernel, the C and the compiler's options."""

    key: str
    digest: str
    name: str
    text: str
    options: tuple[str, ...]


class _Compiler:
    """One process, and the jobs that it was sent and has not answered."""

    def __init__(self, device: str) -> None:
        import subprocess

        path = os.pathsep.join(p or os.getcwd() for p in sys.path)
        environ = {**os.environ, "PYTHONPATH": path, "CLND_CACHE_DIR": str(cache.folder()), "CLND_COMPILE_PROCESSES": "1"}
        self.device = device
        self.ready = False
        self.jobs: list[Job] = []
        self._said = b""
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", MODULE, device], env=environ, bufsize=0,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for this process, which ends them
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests, self.answers = self.process.stdin, self.process.stdout

    def send(self, job: Job, request: bytes) -> bool:
        """Have the process compile ``job``; False if it has ended."""
        try:
            self.requests.write(request)
        except OSError:
            return False
        self.jobs.append(job)
        return True

    def heard(self) -> list[Any] | None:
        """Its answers since the last time, without waiting; None if it has ended."""
        while select.select([self.answers], [], [], 0)[0]:
            said = self.answers.read(65536)
            if not said:
                return None
            self._said += said
        *lines, self._said = self._said.split(b"\n")
        try:
            return [json.loads(line) for line in lines]
        except ValueError:
            return None

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait()
        self.requests.close()
        self.answers.close()


class _State:
    """The processes that run, and who has them. ``owner``: what was forked has none."""

    compilers: list[_Compiler] = []  # noqa: RUF012
    owner: int = 0
    # Not re-entrant: a signal handler, or another device's thread, compiles alone meanwhile.
    lock = threading.Lock()
    failed: bool = False


def may_start() -> bool:
    """Whether other processes may compile: there is a cache to hand programs over in, more than one core, and a Python to start."""
    return _most() > 1 and not _State.failed and cache.folder() is not None


def _most() -> int:
    """The most processes that compile at a time, this one included."""
    # A program that is frozen into one file would start itself again, and so would one that another program embeds.
    if os.name != "posix" or getattr(sys, "frozen", False) or not os.path.basename(sys.executable or "").startswith(("python", "pypy")):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(settings.compile_processes or cores, MOST)


def compile_together(device: str, jobs: Sequence[Job], here: Callable[[Job], None]) -> set[str]:
    """Compile ``jobs`` for the device that calls itself ``device``, on several cores if that is worth it.

    ``here`` compiles one in this process, and puts it into the cache. Returns the keys of the jobs that other processes have done; ``here`` had the others.
    An error of ``here`` ends it; then, or after Ctrl-C, the other processes are ended.
    """
    if not _State.lock.acquire(blocking=False):
        for job in jobs:
            here(job)
        return set()
    try:
        return _Work(device, jobs, here).done()
    except BaseException:
        end_all()
        raise
    finally:
        _State.lock.release()


class _Work:
    """What `compile_together` has to do."""

    def __init__(self, device: str, jobs: Sequence[Job], here: Callable[[Job], None]) -> None:
        # Long ones last, which are taken first. The first of all is a short one, which shows how long compiling takes.
        self.left = sorted(jobs, key=lambda job: len(job.text))
        self.device = device
        self.here = here
        self.by_others: set[str] = set()
        self.seconds, self.compiled = 0.0, 0

    def done(self) -> set[str]:
        """Do it."""
        if self.left:
            self._compile(self.left.pop(0))
        while self.left:
            self._hand_out()
            if self.left:
                self._compile(self.left.pop())
            self._listen()
        self._wait()
        return self.by_others

    def _compile(self, job: Job) -> None:
        begin = time.perf_counter()
        self.here(job)
        self.seconds += time.perf_counter() - begin
        self.compiled += len(job.text)

    def _hand_out(self) -> None:
        """Give every other process something to do, and start them if there is much."""
        expected = self.seconds / self.compiled * sum(len(job.text) for job in self.left)
        if expected > START and not _State.failed:
            _start(self.device, min(_most(), len(self.left)) - 1)
        for compiler in _State.compilers:
            # Two at first, so that it need not wait for this process, which looks at it between two of its own. At the end each takes one.
            ahead = _AHEAD if len(self.left) > _AHEAD * len(_State.compilers) else 1
            while len(compiler.jobs) < ahead and len(self.left) > 1 and compiler.device == self.device:
                request = _request(self.left[-1])
                if len(request) > _LONGEST or not compiler.send(self.left[-1], request):
                    break
                self.left.pop()

    def _listen(self) -> None:
        """Note what the others have done. What one that has ended was sent is compiled here: it may be what ended it."""
        for compiler in [*_State.compilers]:
            answers = compiler.heard()
            if answers is None:
                self._lost(compiler, "ended")
                continue
            for answer in answers:
                self._note(compiler, answer)

    def _note(self, compiler: _Compiler, answer: Any) -> None:
        if "device" in answer:
            compiler.ready = True
            if not answer["device"]:  # it sees other drivers than this process
                self._lost(compiler, "does not find the device")
            return
        job = next((job for job in compiler.jobs if job.key == answer["key"]), None)
        if job is not None:
            compiler.jobs.remove(job)
            if answer["done"]:
                self.by_others.add(job.key)
            else:
                self._compile(job)

    def _lost(self, compiler: _Compiler, how: str) -> None:
        # One that was idle has ended because it had nothing to do.
        if compiler.jobs:
            _State.failed = True
            _log.info("a process that compiles %s; this one compiles alone", how)
        if compiler in _State.compilers:
            _State.compilers.remove(compiler)
        compiler.end()
        jobs, compiler.jobs = compiler.jobs, []
        for job in jobs:
            self._compile(job)

    def _wait(self) -> None:
        """Wait for what the others are at, and take from them what they have not begun."""
        heard = time.perf_counter()
        while busy := [compiler for compiler in _State.compilers if compiler.jobs]:
            waiting = sum(len(compiler.jobs) for compiler in busy)
            for compiler in busy:
                if not compiler.ready:
                    # It still starts: what it was sent is done by then.
                    self._compile(compiler.jobs.pop())
                    break
            else:
                select.select([compiler.answers for compiler in busy], [], [], 1.0)
            self._listen()
            if waiting != sum(len(compiler.jobs) for compiler in busy):
                heard = time.perf_counter()
            elif time.perf_counter() - heard > PATIENCE:
                for compiler in busy:
                    self._lost(compiler, "hangs")


def _request(job: Job) -> bytes:
    packed = base64.b64encode(zlib.compress(job.text.encode(), 3)).decode()
    return json.dumps({"key": job.key, "text": packed, "options": job.options}).encode() + b"\n"


def _start(device: str, count: int) -> None:
    """Have ``count`` processes for ``device``; those of another device end."""
    if _State.owner != os.getpid():
        _State.owner = os.getpid()
        _State.compilers = []
        atexit.register(end_all)
    for compiler in [*_State.compilers]:
        if compiler.device != device or compiler.process.poll() is not None:
            _State.compilers.remove(compiler)
            compiler.end()
    try:
        while len(_State.compilers) < count:
            _State.compilers.append(_Compiler(device))
    except OSError as error:
        _State.failed = True
        _log.info("no process that compiles can be started: %s", error)


def end_all() -> None:
    """End the processes that compile, those that are busy too."""
    if _State.owner == os.getpid():
        while _State.compilers:
            with contextlib.suppress(OSError):
                _State.compilers.pop().end()
