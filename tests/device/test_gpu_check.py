"""tools/gpu_check on this driver, which pretends to be a GPU, and its rows beside libraries that pretend to be PyTorch and CuPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import elementwise, large, place, products, reductions
from bench.case import Case
from bench.place import Place
from bench.results import Results
from bench.run import run
from clnd import golden
from clnd.context import Context
from tools.gpu_check.digests import lines_of

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.thorough
def test_the_whole_of_it_on_a_pretended_gpu(ctx: Context, tmp_path: Path) -> None:
    """From another folder and by PYTHONPATH alone; in very little time each step writes something or says that it was left out."""
    environment = {**os.environ, "CLND_PRETEND_GPU": ctx.info.driver, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tools.gpu_check", "--ctx", "gpu(0)", "--out", "results", "--minutes", "0.4", "--quick"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    out = tmp_path / "results"
    page = (out / "summary.md").read_text()
    said = f"{done.stdout}{done.stderr}\n{page}"
    assert done.returncode == 0, said
    assert done.stdout.strip() == f"summary: {out / 'summary.md'}"
    found = lines_of(out / "digests.jsonl")
    equal = [name for line in found if line["what"] == "equal" for name in line["names"]]
    assert len(equal) >= 5, said
    assert f"**{len(equal)} of {len(golden.CASES)} digests of version {golden.version()} are equal**, 0 differ, 0 failed, 0 crashed" in page
    results = Results.load(out / "speed.json")
    assert results.peaks["copy"] > 0
    assert results.device["context"] == "gpu(0)"
    for row in results.rows:
        assert not row.error, said
    assert "| tests | " in page
    assert page.startswith(f"# {ctx.info.name}\n")
    # Whatever time there was, no step had trouble.
    for line in page.partition("## Steps")[2].splitlines():
        assert "the process" not in line, said


def test_without_a_gpu_it_says_so(ctx: Context, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CLND_PRETEND_GPU"}
    done = subprocess.run(
        [sys.executable, "-m", "tools.gpu_check", "--ctx", "gpu(7)", "--out", str(tmp_path), "--minutes", "1"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "there is no gpu(7)" in done.stderr
    assert (tmp_path / "summary.md").read_text().startswith("# gpu(7): not found\n")
    assert (tmp_path / "doctor.txt").read_text().startswith("clnd doctor: ")
    assert json.loads((tmp_path / "info.txt").read_text())["clnd"]


# --- rows beside PyTorch and CuPy -----------------------------------------------------------------


class _Tensor(np.ndarray[Any, Any]):
    """NumPy's array with what these rows call of PyTorch's."""

    def contiguous(self) -> Any:
        return self.copy()


class _Library(types.ModuleType):
    """NumPy's functions under another name, which counts how often its device was waited for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.waits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _waited(library: _Library) -> Any:
    def synchronize() -> None:
        library.waits += 1

    return synchronize


def _cupy(devices: int = 1) -> _Library:
    cupy, generator = _Library("cupy"), np.random.default_rng(1)
    synchronize = _waited(cupy)
    cupy.cuda = types.SimpleNamespace(  # type: ignore[attr-defined]
        runtime=types.SimpleNamespace(getDeviceCount=lambda: devices), Device=lambda: types.SimpleNamespace(synchronize=synchronize)
    )
    cupy.random = types.SimpleNamespace(  # type: ignore[attr-defined]
        random=lambda shape, dtype=np.float64: generator.random(shape, dtype), standard_normal=lambda n, dtype: generator.standard_normal(n, dtype)
    )
    return cupy


def _torch() -> _Library:
    torch, generator = _Library("torch"), np.random.default_rng(2)
    torch.cuda = types.SimpleNamespace(is_available=lambda: True, synchronize=_waited(torch))  # type: ignore[attr-defined]
    torch.rand = lambda shape, dtype=np.float32, device="": generator.random(shape, dtype).view(_Tensor)  # type: ignore[attr-defined]
    torch.randn = lambda n, device: generator.standard_normal(n, np.float32).view(_Tensor)  # type: ignore[attr-defined]
    return torch


def _place(monkeypatch: pytest.MonkeyPatch, ctx: Context, cupy: Any, torch: Any) -> Place:
    """A place on this device, which is called a GPU there."""
    here = {"cupy": cupy, "torch": torch}
    monkeypatch.setattr(place, "_optional", lambda name: here.get(name))
    monkeypatch.setattr(Context, "device_type", property(lambda self: "gpu"))
    return Place(ctx, quick=True)


@pytest.mark.slow
@pytest.mark.parametrize("case", large.CASES, ids=lambda case: case.name)
def test_rows_take_their_turns_with_the_peers(ctx: Context, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    cupy, torch = _cupy(), _torch()
    at = _place(monkeypatch, ctx, cupy, torch)
    monkeypatch.setattr(large, "_elements", lambda place: 1 << 14)
    monkeypatch.setattr(large, "_edge", lambda place, n: 64)
    work = case.work(at)
    assert set(work.sides) == {"clnd", "torch", "cupy"}
    shapes = {name: tuple(side().shape) for name, side in work.sides.items()}
    assert len(set(shapes.values())) == 1, shapes
    assert (cupy.waits, torch.waits) == (1, 1)
    assert work.moved or work.flops or case.name == "small"


def test_rows_of_the_benchmark_have_cupy(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    at = _place(monkeypatch, ctx, _cupy(), None)
    monkeypatch.setattr(at, "size", lambda n: 1000)
    monkeypatch.setattr(at, "edge", lambda n: 8)
    assert "cupy" not in at.missing()
    works = [
        elementwise.chain(at, 1000), elementwise.function(at, "exp"), elementwise.broadcast(at), products.matrices(at, 4, 5, 6, "float32"),
        elementwise.permuted(at, "", "float32", (4, 5), (1, 0)), reductions.axis_sum(at, 0),
    ]  # fmt: skip
    for work in works:
        assert np.allclose(work.sides["cupy"](), work.sides["clnd"]().asnumpy(), 1e-4), work.what


def test_cupy_without_a_gpu_takes_no_part(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    at = _place(monkeypatch, ctx, _cupy(0), None)
    assert at.cupy is None
    assert "cupy" in at.missing()

    def lost() -> int:
        raise RuntimeError("CUDA driver version is insufficient for CUDA runtime version")

    broken = _cupy()
    broken.cuda.runtime.getDeviceCount = lost
    assert _place(monkeypatch, ctx, broken, None).cupy is None


@pytest.mark.slow
def test_a_wrong_result_has_no_speed(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    at = _place(monkeypatch, ctx, None, None)
    monkeypatch.setattr(large, "_elements", lambda place: 1000)
    wrong = Case("wrong", lambda place: large.elementwise(place, "wrong", lambda library, a: a + (library is np), 1))
    saved: list[int] = []
    results = run(at, [wrong, *large.CASES[:3]], 3, lambda results: bool(saved.append(len(results.rows))) or len(saved) < 3)
    assert saved == [0, 1, 2]
    assert [row.name for row in results.rows] == ["wrong", "small"]
    assert results.rows[0].error == "ValueError: got a result that differs from NumPy's by more than 1e-05"
    assert results.rows[1].seconds["clnd"] > 0
