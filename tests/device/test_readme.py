"""README's examples, run in order in one new process: each prints what stands below it."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clnd

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
EXAMPLES = [(code, printed) for (kind, code), (then, printed) in itertools.pairwise(BLOCKS) if (kind, then) == ("python", "text")]

RUN = """
import contextlib, io, json, sys
names, printed = {}, []
for code in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, names)
    printed.append(out.getvalue())
print(json.dumps(printed))
"""


def test_every_example_shows_its_output() -> None:
    assert len(EXAMPLES) >= 5
    assert len(EXAMPLES) == sum(kind == "python" for kind, _ in BLOCKS)


@pytest.mark.slow  # it draws and multiplies millions of numbers
def test_the_examples_print_what_they_show() -> None:
    """A driver of a CPU plays gpu(0) where there is no GPU."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if clnd.num_gpus() == 0:
        environ["CLND_PRETEND_GPU"] = clnd.current_context().info.driver
    codes = json.dumps([code for code, _ in EXAMPLES])
    done = subprocess.run([sys.executable, "-c", RUN], input=codes, env=environ, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [printed for _, printed in EXAMPLES]
