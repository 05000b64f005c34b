"""The target of PoCL's wheel: which CPU takes the place of a name that its LLVM gives, on made-up records of a device."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from clnd.errors import BuildError, DriverError
from clnd.runtime import pocl, processor
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
    ("log", "advice"), [("error: unknown target CPU 'generic'", r"pip install 'clnd\[intel\]'"), ("error: x", "choose another device with CLND_DEVICE")]
)
def test_what_to_do_where_nothing_compiles(log: str, advice: str) -> None:
    def build(source: str, name: str) -> None:
        raise BuildError(log)

    with pytest.raises(DriverError, match=rf"\[probe\] the driver 'pocl' could not compile .*; .*{advice}"):
        probe(None, None, device(driver="pocl", family="cpu"), build)
