"""Programs that are wanted together: each is compiled once, whatever becomes of the processes that help. No OpenCL is needed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clnd.runtime import cache, compilers
from clnd.runtime.compilers import Job, compile_together, may_start

JOBS = [Job(f"program-{k}", f"digest-{k}", f"kernel_{k}", "x" * 100 * (k + 1), ("-w",)) for k in range(8)]
KEYS = {job.key for job in JOBS}


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Two processes at once, a cache of its own, and none that was started before."""
    monkeypatch.setattr(compilers, "MODULE", "tests.faulty_compiler")
    monkeypatch.setattr(compilers, "START", 0.0)
    monkeypatch.setattr(compilers, "PATIENCE", 0.5)
    monkeypatch.setattr(compilers, "settings", replace(compilers.settings, compile_processes=2))
    monkeypatch.setattr(cache._State, "folder", tmp_path)
    monkeypatch.setattr(cache._State, "looked", True)
    monkeypatch.setattr(compilers._State, "failed", False)
    compilers.end_all()
    yield
    compilers.end_all()


def compiled(how: str, jobs: list[Job] = JOBS, seconds: float = 0.1) -> tuple[list[str], set[str]]:
    """The keys that this process compiled, in order, and those that others did."""
    here: list[str] = []

    def compile_here(job: Job) -> None:
        time.sleep(seconds)
        here.append(job.key)

    others = compile_together(how, jobs, compile_here)
    return here, others


def test_another_process_takes_a_part(tmp_path: Path) -> None:
    here, others = compiled("good")
    assert {*here} | others == KEYS
    assert len(here) + len(others) == len(JOBS)
    assert len(others) >= 2
    assert {path.name for path in tmp_path.iterdir()} == others


def test_processes_are_used_again() -> None:
    compiled("good")
    (first,) = compilers._State.compilers
    assert compiled("good")[1]
    assert compilers._State.compilers == [first]
    assert first.process.poll() is None


def test_those_of_another_device_end() -> None:
    compiled("good")
    (first,) = compilers._State.compilers
    compiled("failing")
    assert first.process.poll() is not None
    assert [c.device for c in compilers._State.compilers] == ["failing"]


@pytest.mark.parametrize("how", ["failing", "dying", "hanging", "absent", "babbling"])
def test_what_others_do_not_do_is_done_here(how: str) -> None:
    here, others = compiled(how)
    assert sorted(here) == sorted(KEYS)
    assert not others
    # One that refuses a program may do the next; the others are not started again.
    assert may_start() == (how == "failing")


def test_a_short_rest_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "START", 10.0)
    here, others = compiled("good", seconds=0.01)
    assert (sorted(here), others) == (sorted(KEYS), set())
    assert not compilers._State.compilers


def test_one_that_still_starts_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here everything is done before it says anything."""
    monkeypatch.setattr(compilers, "MODULE", "tests.no_such_module")
    here, others = compiled("good", seconds=0.001)
    assert (sorted(here), others) == (sorted(KEYS), set())


def test_a_python_that_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    here, others = compiled("good", seconds=0.001)
    assert (sorted(here), others) == (sorted(KEYS), set())
    assert not may_start()


def test_ctrl_c_ends_the_others() -> None:
    def interrupted(job: Job) -> None:
        if len(compilers._State.compilers) == 1:
            started.append(compilers._State.compilers[0].process)
            raise KeyboardInterrupt

    started: list[subprocess.Popen[bytes]] = []
    with pytest.raises(KeyboardInterrupt):
        compile_together("hanging", JOBS, interrupted)
    assert not compilers._State.compilers
    assert started[0].returncode == -signal.SIGKILL
    # The next time everything is as before.
    here, others = compiled("good")
    assert {*here} | others == KEYS


def test_in_the_middle_of_another_one_it_compiles_alone() -> None:
    """A signal handler may want kernels, and so may the thread of another device."""
    inner: list[tuple[list[str], set[str]]] = []

    def compile_here(job: Job) -> None:
        if not inner:
            inner.append(compiled("good", JOBS[:3], 0.0))

    compile_together("good", JOBS[3:], compile_here)
    assert inner == [([job.key for job in JOBS[:3]], set())]


def test_long_programs_stay_here() -> None:
    """They would not fit into the pipe of a process that still starts."""
    draws = random.Random(5)
    jobs = [Job(f"program-{k}", "", "kernel", draws.randbytes(40_000).hex(), ()) for k in range(3)]
    assert all(len(compilers._request(job)) > compilers._LONGEST for job in jobs)
    here, others = compiled("good", jobs)
    assert (len(here), others) == (3, set())


def test_when_others_may_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert may_start()
    with monkeypatch.context() as change:
        change.setattr(cache._State, "folder", None)  # off, or not writable
        assert not may_start()
    with monkeypatch.context() as change:
        change.setattr(compilers, "settings", replace(compilers.settings, compile_processes=1))
        assert not may_start()
    with monkeypatch.context() as change:
        change.setattr(sys, "frozen", True, raising=False)
        assert not may_start()
    with monkeypatch.context() as change:
        change.setattr(sys, "executable", "/opt/service/bin/embeds")
        assert not may_start()
