"""What stands for a source before it is rendered: everything that the text depends on, and nothing that changes between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clnd.dtypes import facts
from clnd.kernels.emit import Emit
from clnd.kernels.recipe import Input, Recipe, Step
from clnd.templates import Arithmetic, CType, Source, fingerprint, render

F32 = np.dtype("float32")
ADD = Recipe((Input(F32), Input(F32)), (Step("x1 + x2", ("x1", "x2"), (0, 1), F32, F32, False),), (2,))


def _emit(e: Emit) -> str | None:
    return fingerprint.of_values(e)


def test_equal_values_have_one_digest() -> None:
    assert _emit(Emit(ADD, 8)) == _emit(Emit(replace(ADD), 8)) is not None
    assert fingerprint.of_values({"a": 1, "b": (F32, None)}) == fingerprint.of_values({"a": 1, "b": (np.dtype("f4"), None)}) is not None


DIFFERENT: list[Any] = [
    0, 0.0, -0.0, False, None, "", "0", b"", b"0", (), [], {}, frozenset(), set(), range(0), (0,), [0], ((),), ((), ()), ("a", "b"), ("ab",), ("a\0b",), ("a", 1), {"a": 1, "b": 2},
    {"b": 2, "a": 1}, {"a": (1, "b"), "c": 2}, {"a": 1}, {1: "a"}, frozenset({"a", "b"}), frozenset({"ab"}), {"a", "b"}, F32, np.dtype("float64"), np.dtype("int32"),
    np.dtype(">f4"), np.dtype("V4"), "float32", CType("float"), CType("float", 4), CType("float", 4, True), facts(F32), facts(np.dtype("float16")), Arithmetic(),
    Arithmetic(fma="software"), Arithmetic(of_driver=frozenset({"exp"})), Arithmetic(of_driver=frozenset({"exp", "log"})), Emit(ADD, 4), Emit(ADD, 8), Emit(replace(ADD, fast=True), 4),
    Emit(replace(ADD, steps=(replace(ADD.steps[0], code="x2 + x1"),)), 4), Emit(ADD, 4).steps, Emit(ADD, 8).steps, Emit(ADD, 4).storage,
]  # fmt: skip


def test_different_values_have_different_digests() -> None:
    digests = [fingerprint.of_values(value) for value in DIFFERENT]
    assert None not in digests
    assert len(set(digests)) == len(DIFFERENT)


class _Stranger:
    """A class whose code is not part of what is hashed."""


@pytest.mark.parametrize("value", [object(), _Stranger(), lambda: 0, len, np.float32(1), np.zeros(2), (1, [_Stranger()]), os.path.join], ids=repr)
def test_what_cannot_be_told_whole_has_none(value: Any) -> None:
    assert fingerprint.of_values(value) is None
    source = render("copy", Arithmetic(), element="uint", rank=1, ordered=False, family="cpu", index="uint", other=value)
    assert source.key is None
    assert "__kernel" in source.text


@pytest.mark.parametrize("change", [{"rank": 2}, {"ordered": True}, {"element": "ulong"}, {"family": "gpu"}])
def test_a_source_has_a_key_of_all_it_is_rendered_with(change: dict[str, Any]) -> None:
    names: dict[str, Any] = {"element": "uint", "rank": 1, "ordered": False, "family": "cpu", "index": "uint"}
    source = Source("copy", Arithmetic(), names)
    keys = {source.key, Source("copy", Arithmetic(), names | change).key, Source("join", Arithmetic(), names).key, Source("copy", Arithmetic(fma="software"), names).key}
    assert len(keys) == 4
    assert Source("copy", Arithmetic(), dict(names)).key == source.key


def test_digests_are_those_of_other_processes() -> None:
    """Sets of strings have another order in each."""
    code = "from clnd.templates import Arithmetic, DRIVER_FUNCTIONS, fingerprint; print(fingerprint.of_values(Arithmetic(of_driver=DRIVER_FUNCTIONS), 1))"
    said = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert len(said.pop().strip()) == 64


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of a few files in place of clnd, as a process finds it that starts now."""
    for name in ("templates/lib/math.cl.mako", "templates/gemm.cl.mako", "templates/loops.py", "kernels/gemm/cpu.py", "kernels/tuned/x.json", "dtypes.py", "shapes.py", "runtime/device.py", "runtime/exact.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(fingerprint, "_PACKAGE", str(tmp_path))
    _starts(monkeypatch)
    yield tmp_path
    fingerprint.code.cache_clear()


def _starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "_AT_IMPORT", fingerprint._state())
    fingerprint.code.cache_clear()


def _edit(path: Path) -> None:
    """Other contents of the same size, with the old time."""
    facts = path.stat()
    path.write_text(path.read_text()[::-1])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


EDITS: dict[str, Callable[[Path], Any]] = {
    "a template": lambda p: _edit(p / "templates/gemm.cl.mako"),
    "the library": lambda p: _edit(p / "templates/lib/math.cl.mako"),
    "Python of the templates": lambda p: _edit(p / "templates/loops.py"),
    "a launcher": lambda p: _edit(p / "kernels/gemm/cpu.py"),
    "dtypes": lambda p: _edit(p / "dtypes.py"),
    "a new file": lambda p: (p / "templates/new.cl.mako").write_text(""),
    "a file less": lambda p: (p / "templates/loops.py").unlink(),
    "another name": lambda p: (p / "templates/loops.py").rename(p / "templates/loop.py"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_changes_the_code(edit: Callable[[Path], Any], package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.code()
    assert before is not None
    assert fingerprint.is_unchanged()
    edit(package)
    assert not fingerprint.is_unchanged()
    fingerprint.code.cache_clear()
    assert fingerprint.code() is None  # this process has loaded the files as they were
    assert fingerprint.of_values(1) is None
    _starts(monkeypatch)
    assert fingerprint.code() not in (None, before)


def test_other_files_and_times_do_not(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.code()
    (package / "kernels/tuned/x.json").write_text("other")
    os.utime(package / "dtypes.py", ns=(1, 1))
    _starts(monkeypatch)
    assert fingerprint.code() == before


def test_without_files_nothing_has_a_digest(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "dtypes.py").unlink()
    _starts(monkeypatch)
    assert fingerprint.code() is None
