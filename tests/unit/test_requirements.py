"""A Python that clnd cannot run on is told so, in one command's words and without a traceback."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from clnd import requirements

ROOT = Path(__file__).parents[2]


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """This Python in a new process, with the clone in its path."""
    environ = {**os.environ, "PYTHONPATH": "" if folder == ROOT else str(ROOT)}
    return subprocess.run([sys.executable, *arguments], env=environ, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_doctor_names_what_is_missing() -> None:
    """-S leaves out site-packages, and with it every package that pip has installed."""
    done = run("-S", "-m", "clnd", "doctor")
    assert done.returncode == 1
    assert done.stderr == ""
    assert re.search(r"this is Python 3\.\d+\.\d+ \(.*\) without numpy, pyopencl and mako\n", done.stdout)
    assert done.stdout.startswith("clnd doctor: clnd does not start\n")
    [command] = [line for line in done.stdout.splitlines() if line.startswith("   $ ")]
    assert " install ." in command


@pytest.mark.parametrize("command", ["info", "selftest", "demo", "tune", "--version"])
def test_no_command_ends_in_a_traceback(command: str) -> None:
    done = run("-S", "-m", "clnd", command)
    assert (done.returncode, done.stdout) == (1, "")
    told, how = done.stderr.splitlines()
    assert told.startswith("clnd: this is Python 3.")
    assert " install ." in how


def test_a_bad_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLND_DEVICE", "xpu")
    done = run("-m", "clnd", "info")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "clnd: [settings] got CLND_DEVICE='xpu'; expected something like gpu(0) or cpu(0)@intel\n"


def test_no_command_shows_the_commands() -> None:
    done = run("-m", "clnd")
    assert (done.returncode, done.stderr) == (2, "")
    assert "doctor" in done.stdout


def test_elsewhere_the_command_names_the_clone(tmp_path: Path) -> None:
    done = run("-S", "-m", "clnd", "doctor", folder=tmp_path)
    assert f" install {shlex.quote(str(ROOT))}" in done.stdout


@pytest.mark.parametrize("name", list(requirements.NEEDED))
def test_import_says_what_is_missing(name: str) -> None:
    code = f"""
import sys
sys.modules[{name!r}] = None
try:
    import clnd
except ImportError as error:
    print(error)
"""
    done = run("-c", code)
    assert done.stderr == ""
    assert re.fullmatch(rf"\[clnd\] got Python .* without {name}; expected Python 3\.10, numpy .*; run: .* install \S+.*\n", done.stdout)


def test_a_package_that_imports_clnd_gets_an_error_it_can_catch(tmp_path: Path) -> None:
    """Python gives it the same sys.argv as it gives `python -m clnd`."""
    (tmp_path / "client").mkdir()
    (tmp_path / "client" / "__init__.py").write_text("try:\n    import clnd\nexcept ImportError:\n    print('without clnd')\n")
    (tmp_path / "client" / "__main__.py").write_text("print('runs')\n")
    done = run("-S", "-m", "client", "doctor", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "without clnd\nruns\n"), done.stderr


def test_old_packages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"numpy": "1.24.2", "pyopencl": "2025.1", "mako": "1.10.0"}
    monkeypatch.setattr(requirements.metadata, "version", versions.__getitem__)
    assert requirements.problem().endswith(" with numpy 1.24.2")
    versions["numpy"] = "2.0.0rc1"
    assert requirements.problem() == ""


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements, "OLDEST", (3, 99))
    assert requirements.problem().startswith("Python 3.")
    monkeypatch.setattr(requirements, "_starts", lambda python: python == "python3.12")
    monkeypatch.setattr(requirements, "OLDEST", (4, 10))
    assert requirements.install_command().startswith("python3.12 -m venv .venv && .venv/bin/python -m pip install ")


def test_what_is_needed_stands_in_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    asked = dict(re.findall(r'^    "(\w+)>=([\d.]+)",$', text.partition("dependencies = [")[2].partition("]")[0], re.MULTILINE))
    assert asked == dict(requirements.NEEDED)
    assert f'requires-python = ">={".".join(map(str, requirements.OLDEST))}"' in text
