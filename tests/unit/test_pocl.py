"""What PoCL is helped with: its threads, and the target of its wheel, on made-up records of a device."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clnd.errors import BuildError, DriverError
from clnd.runtime import opened, pocl, processor
from clnd.runtime.device import probe
from tests.unit.test_kernels_records import device

AVX2 = {"sse2", "avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe"}
AVX512 = AVX2 | {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}


class Record:
    """A device whose record has a triple and a CPU where the wheel's PoCL keeps them."""

    def __init__(self, cpu: bytes, triple: bytes = b"x86_64-unknown-linux-gnu", version: str = "3.0-rc2") -> None:
        self.driver_version = version
        self.texts = [ctypes.create_string_buffer(text) for text in (triple, cpu)]
        self.memory = (ctypes.c_void_p * 512)()
        for k, text in enumerate(self.texts):
            self.memory[pocl._TRIPLE_AT // 8 + k] = ctypes.addressof(text)

    @property
    def int_ptr(self) -> int:
        return ctypes.addressof(self.memory)


@pytest.fixture
def _the_wheels_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocl, "_is_loaded", lambda: True)


@pytest.mark.parametrize(
    ("name", "flags", "better"),
    [
        ("generic", AVX512, "skylake-avx512"),
        ("generic", AVX2, "haswell"),
        ("generic", AVX512 - {"avx512vl"}, "haswell"),
        ("generic", {"sse2"}, "x86-64"),
        ("generic", set[str](), "generic"),
        ("znver3", AVX512, "skylake-avx512"),
        ("znver3", AVX2, "znver3"),
        ("icelake-server", AVX512, "icelake-server"),
        ("skylake-avx512", AVX512, "skylake-avx512"),
    ],
)
def test_better_target(name: str, flags: set[str], better: str) -> None:
    assert pocl.better_target(name, flags) == better


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the wheel with PoCL is Linux's")


@on_linux
@pytest.mark.usefixtures("_the_wheels_library")
@pytest.mark.parametrize("cpu", [b"generic", b"znver3"])
def test_a_name_is_replaced(cpu: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "flags", lambda: frozenset(AVX512))
    device = Record(cpu)
    assert pocl.target(device) == cpu.decode()  # type: ignore[arg-type]
    for _ in range(2):  # the second time there is nothing left to do
        pocl.mend(device)  # type: ignore[arg-type]
        assert pocl.target(device) == "skylake-avx512"  # type: ignore[arg-type]


@on_linux
@pytest.mark.usefixtures("_the_wheels_library")
def test_a_setting_leaves_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "flags", lambda: frozenset(AVX512))
    monkeypatch.setattr(pocl, "settings", replace(pocl.settings, mend_pocl=False))
    device = Record(b"generic")
    pocl.mend(device)  # type: ignore[arg-type]
    assert pocl.target(device) == "generic"  # type: ignore[arg-type]


@on_linux
@pytest.mark.usefixtures("_the_wheels_library")
@pytest.mark.parametrize(
    "device",
    [Record(b"generic", version="3.1+debian"), Record(b"generic", triple=b"aarch64-linux-gnu"), Record(b"generic", triple=b"")],
    ids=["another version", "another record", "nothing there"],
)
def test_another_record_is_left_alone(device: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "flags", lambda: frozenset(AVX512))
    before = bytes(device.memory)
    pocl.mend(device)  # type: ignore[arg-type]
    assert pocl.target(device) == ""  # type: ignore[arg-type]
    assert bytes(device.memory) == before


@on_linux
@pytest.mark.usefixtures("_the_wheels_library")
def test_an_address_that_is_not_mapped() -> None:
    device = Record(b"generic")
    device.memory[pocl._TRIPLE_AT // 8] = 8
    assert pocl.target(device) == ""  # type: ignore[arg-type]


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocl, "_LIBRARY", "libpocl-of-nobody.so")
    assert pocl.target(Record(b"generic")) == ""  # type: ignore[arg-type]


def test_what_a_processor_can_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu sse2 avx2\n\nprocessor\t: 1\nflags\t\t: none\n")
    monkeypatch.setattr(processor, "_CPUINFO", file)
    processor.first_processor.cache_clear()
    try:
        assert processor.flags() == {"fpu", "sse2", "avx2"}
        monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "none")
        processor.first_processor.cache_clear()
        assert processor.flags() == frozenset()
    finally:
        processor.first_processor.cache_clear()


@pytest.mark.parametrize(
    ("log", "advice"), [("error: unknown target CPU 'generic'", r"pip install intel-opencl-rt intel-cmplr-lib-rt"), ("error: x", "choose another device with CLND_DEVICE")]
)
def test_what_to_do_where_nothing_compiles(log: str, advice: str) -> None:
    def build(source: str, name: str) -> None:
        raise BuildError(log)

    with pytest.raises(DriverError, match=rf"\[probe\] the driver 'pocl' could not compile .*; .*{advice}"):
        probe(None, None, device(driver="pocl", family="cpu"), build)


@pytest.fixture
def a_thread() -> Iterator[int]:
    """A thread that waits, by its number."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert thread.native_id is not None
    yield thread.native_id
    done.set()
    thread.join()


@on_linux
def test_threads_of_this_process(a_thread: int) -> None:
    assert {threading.get_native_id(), a_thread} <= processor.threads()


@on_linux
def test_threads_get_a_cpu_each(a_thread: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.sched_getaffinity(0)
    cpu = min(mine)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {cpu})
    assert processor.spread({a_thread})
    monkeypatch.undo()
    assert os.sched_getaffinity(a_thread) == {cpu}
    assert os.sched_getaffinity(0) == mine


@on_linux
@pytest.mark.parametrize("cpus", [{0, 1, 2}, {0}])
def test_more_or_fewer_threads_than_cpus_are_left_alone(cpus: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: cpus)
    monkeypatch.setattr(os, "sched_setaffinity", lambda *arguments: pytest.fail("a thread was tied"))
    assert not processor.spread({11, 12})
    assert not processor.spread(set())


@on_linux
def test_a_thread_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert not processor.spread({2**22 + 1})  # more than Linux gives to any


@pytest.mark.parametrize(("affinity", "tied"), [("", {3, 4}), ("0", None), ("1", None)])
def test_the_threads_that_pocl_starts(affinity: str, tied: set[int] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[int]] = []
    counts = iter([frozenset({1, 2}), frozenset({1, 2, 3, 4})])
    monkeypatch.setattr(processor, "threads", lambda: next(counts))
    monkeypatch.setattr(processor, "spread", seen.append)
    monkeypatch.setenv("POCL_AFFINITY", affinity)
    pocl.start(list)
    assert seen == ([] if tied is None else [tied])


class Event:
    """An event that is complete when it was looked at so often."""

    def __init__(self, looks: int, end: int = 0) -> None:
        self.looks, self.end = looks, end

    @property
    def command_execution_status(self) -> int:
        self.looks -= 1
        return self.end if self.looks < 0 else 1


@pytest.mark.parametrize("end", [0, -5])
def test_a_waiter_looks_until_the_launch_is_complete_or_has_failed(end: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gave_way: list[int] = []
    monkeypatch.setattr(processor, "give_way", lambda: gave_way.append(1))
    opened._look_at(Event(3, end))  # type: ignore[arg-type]
    assert len(gave_way) == 3


def test_a_waiter_looks_for_a_while_only() -> None:
    event = Event(1 << 60)
    opened._look_at(event)  # type: ignore[arg-type]
    assert event.looks > 0


@on_linux
def test_the_stack_of_a_thread() -> None:
    found: list[int] = []
    before = threading.stack_size(256 << 10)
    try:
        thread = threading.Thread(target=lambda: found.append(processor.stack_bytes()))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    [small] = found
    assert 256 << 10 <= small < 1 << 20
    assert processor.stack_bytes() > small


def test_giving_way() -> None:
    processor.give_way()
