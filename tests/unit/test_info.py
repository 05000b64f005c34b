"""What `clnd info` says, from made-up facts, and where there is no device at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

import clnd
from clnd import cli, info
from clnd.errors import ArgumentError, DriverError
from clnd.settings import set_variables

DEVICE: dict[str, Any] = {
    "context": "gpu(0)", "error": "", "name": "Arc", "vendor": "Intel", "platform": "Intel Graphics", "driver": "intel", "version": "24.1", "why": "Intel Graphics is the only driver of GPUs",
    "kind": "gpu", "kernels": "gpu", "vector_bytes": 32, "target": "", "compute_units": 32, "work_group": 1024, "local_memory": 65536, "memory": 8 << 30,
    "largest_allocation": 4 << 30, "dtypes": ["float32"], "missing_dtypes": ["float64", "complex128"], "same_bits": "no: it rounds",
    "same_bits_reasons": ["it rounds"], "subnormals": False, "fma": "software", "divide": "corrected", "sqrt": "exact", "build_options": ["-cl-opt-disable"], "in_caller": True,
    "guarded_products": True,
}  # fmt: skip
FOUND: dict[str, Any] = {
    "clnd": "1.0", "python": "3.12", "numpy": "2.0", "pyopencl": "2026.1", "system": "Linux", "default": "gpu(0)", "devices": [DEVICE],
    "left_out": ["Intel's driver was left out: libimf.so is not beside it"], "settings": {"CLND_DEBUG": "1"}, "error": "",
    "cache": {"folder": "/c", "on": True, "usable": True, "entries": 3, "bytes": 1536},
}  # fmt: skip


def test_a_device_in_words() -> None:
    text = info.as_text(FOUND)
    for said in (
        "clnd 1.0 (python 3.12, numpy 2.0, pyopencl 2026.1; Linux)",
        "gpu(0) (the default)",
        "Arc, 32 compute units",
        "intel: Intel Graphics, 24.1",
        "chosen      Intel Graphics is the only driver of GPUs",
        "8.0 GiB, at most 4.0 GiB an array",
        "for GPUs, work-groups up to 1024, 64.0 KiB of local memory",
        "small work  runs in the thread that calls",
        "all but float64, complex128, because the device lacks fp64",
        "same bits   no: it rounds",
        "flushed to zero",
        "fma: software, division: corrected, square root: exact, products guarded against contraction",
        "Intel's driver was left out",
        "/c, 3 files, 1.5 KiB",
        "CLND_DEBUG=1",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"on": False}, "turned off by CLND_CACHE=0"),
        ({"usable": False}, "/c cannot be used: every process compiles its kernels again"),
    ],
)
def test_a_cache_in_words(changes: dict[str, Any], said: str) -> None:
    assert said in info.as_text({**FOUND, "cache": {**FOUND["cache"], **changes}})


def test_a_cpu_says_what_its_kernels_are_made_for() -> None:
    cpu = {**FOUND["devices"][0], "kernels": "cpu", "vector_bytes": 64, "target": "skylake-avx512"}
    text = info.as_text({**FOUND, "devices": [cpu]})
    assert "for CPUs, vectors of 64 bytes, compiled for skylake-avx512, work-groups up to 1024" in text


def test_a_device_that_failed_in_words() -> None:
    text = info.as_text({**FOUND, "devices": [{"context": "cpu(0)", "error": "[open] no"}], "settings": {}})
    assert "this device could not be opened: [open] no" in text
    assert "no CLND_* variable is set" in text


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 29, "1.5 GiB"), (200 << 30, "200 GiB"), (5 << 50, "5120 TiB")]
)
def test_sizes(count: int, said: str) -> None:
    assert info.in_units(count) == said


def test_without_any_device(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def none(**_: Any) -> Any:
        raise DriverError("[drivers] no OpenCL driver was found; install one")

    monkeypatch.setattr(info, "contexts", none)
    assert cli.main(["info"]) == 1
    said = capsys.readouterr().out
    assert "no OpenCL driver was found; install one" in said
    assert "cache     " in said
    assert cli.main(["info", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["devices"] == []
    assert found["error"].startswith("[drivers]")


def test_a_mode_that_is_none() -> None:
    with pytest.raises(ArgumentError, match=r'\[show_config\] got mode \'table\'; expected "stdout" or "dicts"'):
        clnd.show_config("table")


def test_variables_that_are_set() -> None:
    environ = {"CLND_DEBUG": "1", "CLND_CACHE_DIR": " ", "HOME": "/", "CLND_DEVICE": "cpu(0)"}
    assert set_variables(environ) == {"CLND_DEBUG": "1", "CLND_DEVICE": "cpu(0)"}


def test_a_context_that_is_none_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["selftest", "--ctx", "npu(0)"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("clnd: [Context] got 'npu(0)'; expected a name such as")
    assert said.count("\n") == 1
