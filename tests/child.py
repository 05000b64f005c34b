"""Python programs in processes of their own: for what could hang or end a process, or needs other settings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

__all__ = ["PREAMBLE", "run_child", "succeeds"]

PREAMBLE = "import os, sys, threading, time\nimport numpy as np\nimport clnd\nfrom clnd.profiler import counters\n"
"""What every program begins with."""

# Python 3.12 and later warn of every fork beside threads. clnd raises an error in such a child.
_FORKS_MAY_DEADLOCK = ("-W", "ignore:This process:DeprecationWarning")
_ROOT = Path(__file__).parents[1]


def run_child(
    code: str, *, env: Mapping[str, str | None] | None = None, timeout: float = 90, preamble: str = PREAMBLE
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` with this environment changed by ``env``; None removes a variable.

    A program that is still running after ``timeout`` seconds is killed, and the test fails with
    subprocess.TimeoutExpired.
    """
    environ = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONFAULTHANDLER": "1"}
    for name, value in (env or {}).items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value
    program = preamble + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, *_FORKS_MAY_DEADLOCK, "-c", program], env=environ, timeout=timeout, capture_output=True, text=True, check=False
    )


def succeeds(code: str, *, env: Mapping[str, str | None] | None = None, timeout: float = 90, quiet: bool = True) -> str:
    """What ``code`` printed; it must exit with 0, and with ``quiet`` write nothing to stderr."""
    done = run_child(code, env=env, timeout=timeout)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert not (quiet and done.stderr), done.stderr
    return done.stdout
