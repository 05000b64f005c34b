"""The time that goes into compiling is counted, and said on a terminal only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.child import succeeds

ROOT = Path(__file__).parents[2]
NEW_KERNEL = "x = clnd.arange(5); y = (clnd.exp(x * 3) + x).asnumpy()"


def test_compiling_is_counted_and_loading_is_not(tmp_path: Path) -> None:
    environ = {"CLND_CACHE_DIR": str(tmp_path)}
    code = f"begin = time.perf_counter(); {NEW_KERNEL}; took = time.perf_counter() - begin\n"
    code += "print(counters.builds > 0, 0.0 < counters.compile_seconds <= took)"
    assert succeeds(code, env=environ) == "True True\n"
    assert succeeds(f"{NEW_KERNEL}; print(counters.builds, counters.compile_seconds)", env=environ) == "0 0.0\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("setting", "lines"), [("1", 1), ("0", 0)])
def test_the_notice_on_a_terminal(setting: str, lines: int) -> None:
    import pty

    ours, theirs = pty.openpty()
    code = f"from clnd.runtime import notice; notice.LONG = 0.0\nimport clnd\n{NEW_KERNEL}"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "CLND_CACHE": "0", "CLND_NOTICES": setting}
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run([sys.executable, "-c", code], env=environ, stderr=theirs, timeout=90, check=False)
        os.write(theirs, b"the end\n")
        said = ""
        while "the end" not in said:
            said += terminal.read(10_000).decode()
        os.close(theirs)
    assert done.returncode == 0
    assert said.count("clnd: compiling") == lines
    assert said.splitlines()[lines:] == ["the end"]
