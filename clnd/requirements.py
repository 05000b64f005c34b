"""What clnd needs of its Python, checked before anything else is imported.

A fresh clone is often run with the first Python at hand, which may be too old or may lack NumPy. This
module says so and gives the one command that helps. It imports the standard library only, and its
syntax is that of Python 3.8, so that an old Python can read it and print the message.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import sys
from importlib import metadata

__all__ = ["NEEDED", "OLDEST", "check", "install_command", "is_program", "pip", "problem", "target"]

OLDEST = (3, 10)
"""The oldest Python that clnd runs on."""

NEEDED = {"numpy": "1.26", "pyopencl": "2025.1", "mako": "1.3"}
"""The packages that clnd imports and their oldest versions, as in pyproject.toml."""


def check() -> None:
    """Refuse a Python that clnd cannot run on.

    ``import clnd`` raises an ImportError. ``python -m clnd ...`` prints the same and ends with status 1.
    """
    wrong = problem()
    if not wrong:
        return
    command = install_command()
    if not is_program():
        raise ImportError(f"[clnd] got {wrong}; expected {_expected()}; run: {command}")
    if sys.argv[1:2] == ["doctor"]:
        print(f"clnd doctor: clnd does not start\n\n1. this is {wrong}\n   clnd needs {_expected()}.\n   $ {command}\n\n1 to mend")
    else:
        print(f"clnd: this is {wrong}; clnd needs {_expected()}\n  $ {command}", file=sys.stderr)
    sys.exit(1)


def problem() -> str:
    """What is wrong with this Python, as a noun phrase; empty if clnd runs on it."""
    version = ".".join(map(str, sys.version_info[:3]))
    python = f"Python {version} ({sys.executable or 'no path'})"
    if sys.version_info[:2] < OLDEST:
        return python
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    old = [f"{name} {found}" for name, oldest in NEEDED.items() if name not in absent and _older(found := _version(name), oldest)]
    said = [f"without {_listed(absent)}"] if absent else []
    said += [f"with {_listed(old)}"] if old else []
    return f"{python} {' and '.join(said)}" if said else ""


def _version(package: str) -> str:
    """The installed version; empty if it is unknown, as in programs frozen into one file."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _older(version: str, oldest: str) -> bool:
    """Whether a version is known and below the oldest: only the leading numbers are compared."""
    found, needed = ([int(n) for n in re.match(r"[\d.]*", text)[0].split(".") if n] for text in (version, oldest))  # type: ignore[index]
    return bool(found) and found < needed


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _expected() -> str:
    packages = [f"{name} {oldest}" for name, oldest in NEEDED.items()]
    return f"Python {'.'.join(map(str, OLDEST))}, {_listed(packages)}, or later versions"


def is_program() -> bool:
    """Whether ``python -m clnd...`` or the script ``clnd`` was started, rather than a program that imports clnd."""
    if os.path.splitext(os.path.basename(sys.argv[0]))[0] == "clnd":
        return True
    # Python sets argv[0] to "-m" while it imports the packages of the module that it looks for.
    words = getattr(sys, "orig_argv", ["-m", "clnd"])
    return sys.argv[:1] == ["-m"] and any(a == "-m" and b.partition(".")[0] == "clnd" for a, b in zip(words, words[1:]))  # noqa: B905, RUF007 (for old Pythons)


# --- commands ----------------------------------------------------------------------------------


def pip() -> str:
    """The pip of this interpreter: the first pip in PATH may belong to another one."""
    return f"{shlex.quote(sys.executable or 'python3')} -m pip"


def target(extra: str = "") -> str:
    """What pip is told to install for clnd and an extra: the clone that this file lies in, or the name of the package."""
    clone = _clone()
    where = "." if clone == os.getcwd() else clone or "clnd"
    return shlex.quote(f"{where}[{extra}]" if extra else where)


def install_command() -> str:
    """The one command after which clnd runs."""
    wanted = target() if _clone() else " ".join(shlex.quote(f"{name}>={oldest}") for name, oldest in NEEDED.items())
    python = shlex.quote(sys.executable or "python3")
    if sys.version_info[:2] < OLDEST:
        newer = next((name for minor in range(14, OLDEST[1] - 1, -1) if _starts(name := f"python3.{minor}")), "")
        return _new_environment(newer, wanted) if newer else "# install Python 3.12 from https://www.python.org/downloads/"
    if _managed():
        return _new_environment(python, wanted)
    if importlib.util.find_spec("pip") is None:
        if importlib.util.find_spec("ensurepip") is None:
            return _new_environment(python, wanted)
        return f"{python} -m ensurepip && {pip()} install {wanted}"
    return f"{pip()} install {wanted}"


def _new_environment(python: str, wanted: str) -> str:
    programs = r".venv\Scripts" if os.name == "nt" else ".venv/bin"
    inside = os.path.join(programs, "python")
    return f"{python} -m venv .venv && {inside} -m pip install {wanted} && {inside} -m clnd doctor"


def _starts(python: str) -> bool:
    """Whether this interpreter is there and starts; pyenv has a file in PATH for each that it does not start."""
    import subprocess

    try:
        return subprocess.run([python, "-c", ""], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _managed() -> bool:
    """Whether the system's package manager owns this Python, so that pip refuses to install into it."""
    if sys.prefix != sys.base_prefix:
        return False
    return os.path.exists(os.path.join(os.path.dirname(os.__file__), "EXTERNALLY-MANAGED"))


def _clone() -> str:
    """The folder of the repository that this file lies in; empty if it lies elsewhere, as in site-packages."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    there = all(os.path.exists(os.path.join(folder, name)) for name in ("pyproject.toml", os.path.join("clnd", "requirements.py")))
    return folder if there else ""
