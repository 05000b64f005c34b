"""The demonstration and the command line, in processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import clnd
from clnd import demo, nd, requirements

ROOT = Path(__file__).parents[2]

for _extra in ("sklearn", "matplotlib"):
    pytest.importorskip(_extra)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python with ``arguments``, in a new process."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def small(folder: Path, context: str, **environment: str) -> list[str]:
    """The lines that a short demonstration prints."""
    code = f"from clnd import demo; demo.main({context!r}, {str(folder)!r}, epochs=2, size=50)"
    done = run("-c", code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def is_picture(file: Path) -> bool:
    return file.read_bytes().startswith(b"\x89PNG") and file.stat().st_size > 20_000


def test_a_short_demonstration(tmp_path: Path) -> None:
    lines = small(tmp_path / "new" / "folder", str(clnd.current_context()))
    assert re.fullmatch(r"accuracy \d\d\.\d %", lines[-1])
    assert is_picture(tmp_path / "new" / "folder" / "clnd-demo.png")


@pytest.mark.slow
def test_two_kinds_of_device_reach_the_same_accuracy(tmp_path: Path) -> None:
    pretended = clnd.current_context().info.driver
    on_cpu = small(tmp_path, str(clnd.current_context()))
    on_gpu = small(tmp_path, "gpu(0)", CLND_PRETEND_GPU=pretended)
    assert on_cpu[-1] == on_gpu[-1]


@pytest.mark.slow
def test_the_demonstration(tmp_path: Path) -> None:
    """As a user runs it, with kernels compiled anew."""
    done = run("-m", "clnd", "demo", "--ctx", str(clnd.current_context()), "--out", str(tmp_path), CLND_CACHE="0")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    last = re.fullmatch(r"accuracy (\d+\.\d) %", lines[-1])
    assert last is not None
    assert float(last[1]) >= 96
    assert is_picture(tmp_path / "clnd-demo.png")
    count = re.search(r"(\d+) kernel programs", done.stdout)
    assert count is not None
    assert int(count[1]) <= 60
    assert re.search(r"8 RGB images of 1000x1000 normalised: clnd on .* \d+ ms, NumPy \d+ ms", done.stdout)


def test_normalise() -> None:
    images = nd.uniform(0, 255, shape=(2, 3, 9, 7))
    result = demo.normalise(images).asnumpy()
    np.testing.assert_allclose(result, demo.normalise(images.asnumpy()), atol=1e-5)
    np.testing.assert_allclose(result.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(result.std(axis=(0, 2, 3)), 1, atol=1e-5)


def test_missing_packages_are_named_in_one_line() -> None:
    code = (
        "import sys; sys.modules.update(sklearn=None, matplotlib=None); from clnd.cli import main; sys.exit(main(['demo']))"
    )
    done = run("-c", code)
    assert done.returncode == 1
    assert done.stdout == f"the demo needs scikit-learn and matplotlib; run: {requirements.pip()} install '.[demo]'\n"


def test_info() -> None:
    done = run("-m", "clnd", "info", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert clnd.__version__ in done.stdout
    for context in clnd.contexts():
        assert str(context) in done.stdout
        assert context.info.name in done.stdout


def test_errors_are_one_line(tmp_path: Path) -> None:
    done = run("-m", "clnd", "demo", "--ctx", "gpu(77)", "--out", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("clnd: [Context] there is no gpu(77)")
    assert "Traceback" not in done.stderr
