"""Settings read from made-up environments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import clnd.settings
from clnd.errors import ArgumentError
from clnd.settings import PretendedGpu, Settings

read = Settings.from_environ


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read({}) == Settings()


def test_empty_values_count_as_unset() -> None:
    names = ("DEVICE", "CACHE", "MEMORY_LIMIT", "KERNEL_FAMILY", "VECTOR_BYTES", "PRETEND_GPU", "DEBUG", "FUSION")
    assert read({f"CLND_{name}": "" for name in names}) == Settings()


def test_every_variable_is_read() -> None:
    found = read(
        {
            "CLND_DEVICE": "cpu(0)@intel",
            "CLND_CACHE_DIR": "/fast/cache",
            "CLND_CACHE": "0",
            "CLND_COMPILE_PROCESSES": "3",
            "CLND_MEMORY_LIMIT": "2G",
            "CLND_KERNEL_FAMILY": "gpu",
            "CLND_VECTOR_BYTES": "32",
            "CLND_MEND_POCL": "0",
            "CLND_POCL_BASIC": "0",
            "CLND_PRETEND_GPU": "pocl:nofp64,pocl,intel",
            "CLND_DEBUG": "3",
            "CLND_NOTICES": "0",
            "CLND_DUMP_SOURCE": "/tmp/source",
            "CLND_BUILD_OPTIONS": " -cl-opt-disable  -DX=1 ",
            "CLND_INDEX64": "1",
            "CLND_FUSION": "0",
        }
    )
    assert found == Settings(
        device="cpu(0)@intel",
        cache_folder=Path("/fast/cache"),
        cache=False,
        compile_processes=3,
        memory_limit=2 << 30,
        kernel_family="gpu",
        vector_bytes=32,
        mend_pocl=False,
        pocl_basic=False,
        pretend_gpus=(PretendedGpu("pocl", fp64=False), PretendedGpu("pocl"), PretendedGpu("intel")),
        debug=3,
        notices=False,
        dump_source=Path("/tmp/source"),
        build_options=("-cl-opt-disable", "-DX=1"),
        index64=True,
        fusion=False,
    )


def test_the_docstring_names_every_variable() -> None:
    read_names = re.findall(r'"(CLND_\w+)"', Path(clnd.settings.__file__).read_text("utf-8"))
    told_names = re.findall(r"^(CLND_\w+)", clnd.settings.__doc__ or "", re.MULTILINE)
    assert sorted(read_names) == sorted(told_names)


def test_pretend_gpu_without_a_suffix_keeps_float64() -> None:
    found = read({"CLND_PRETEND_GPU": "pocl"})
    assert found.pretend_gpus == (PretendedGpu("pocl", fp64=True),)


@pytest.mark.parametrize(
    ("text", "count"),
    [("1000", 1000), ("64K", 64 << 10), ("512m", 512 << 20), ("1G", 1 << 30), (" 8G ", 8 << 30)],
)
def test_memory_limit(text: str, count: int) -> None:
    assert read({"CLND_MEMORY_LIMIT": text}).memory_limit == count


@pytest.mark.parametrize("device", ["cpu", "gpu", "gpu(1)", "cpu(0)@oclgrind", "gpu@nvidia"])
def test_devices(device: str) -> None:
    assert read({"CLND_DEVICE": device}).device == device


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CLND_DEVICE", "tpu(0)", r"something like gpu\(0\) or cpu\(0\)@intel"),
        ("CLND_DEVICE", "gpu(-1)", "something like"),
        ("CLND_CACHE", "no", "one of 0, 1"),
        ("CLND_CACHE_DIR", "cache", "an absolute path"),
        ("CLND_DUMP_SOURCE", "./source", "an absolute path"),
        ("CLND_MEMORY_LIMIT", "lots", "a positive number of bytes such as 512M or 2G"),
        ("CLND_MEMORY_LIMIT", "0", "a positive number"),
        ("CLND_MEMORY_LIMIT", "-1G", "a positive number"),
        ("CLND_KERNEL_FAMILY", "CPU", "one of cpu, gpu"),
        ("CLND_VECTOR_BYTES", "16", "one of 32, 64"),
        ("CLND_PRETEND_GPU", "pocl:fp64", "something like pocl or pocl:nofp64"),
        ("CLND_DEBUG", "5", "one of 0, 1, 2, 3, 4"),
        ("CLND_INDEX64", "yes", "one of 0, 1"),
        ("CLND_FUSION", "off", "one of 0, 1"),
        ("CLND_COMPILE_PROCESSES", "0", "a whole number from 1 on"),
        ("CLND_COMPILE_PROCESSES", "all", "a whole number from 1 on"),
    ],
)
def test_bad_values(name: str, value: str, expected: str) -> None:
    with pytest.raises(ArgumentError, match=rf"\[settings\] got {name}=.*; expected {expected}"):
        read({name: value})


def test_cache_dir_follows_xdg(tmp_path: Path) -> None:
    assert read({"XDG_CACHE_HOME": str(tmp_path)}).cache_dir() == tmp_path / "clnd"


def test_cache_dir_ignores_a_relative_xdg_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert read({"XDG_CACHE_HOME": "cache"}).cache_dir() == Path("/home/ada/.cache/clnd")


def test_cache_dir_of_the_user_wins(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": "/xdg", "CLND_CACHE_DIR": str(tmp_path)}
    assert read(environ).cache_dir() == tmp_path


def test_cache_dir_without_any_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert read({}).cache_dir().name.startswith("clnd-")
