"""Launches that CLND_DUMP_SOURCE wrote, launched again by tools/replay.py; options for the compiler from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import clnd
from clnd.runtime import dump, launch
from clnd.settings import settings
from tests.child import run_child, succeeds
from tools.replay import main

PROGRAM = """
x = clnd.asarray(np.arange(200, dtype=np.float32).reshape(10, 20))
y = (x * 2 + 1).sum(axis=0)
y.wait_to_read()
(x[:, 0] + 5).wait_to_read()
(y * y * 3).wait_to_read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    succeeds(PROGRAM, env={"CLND_DUMP_SOURCE": str(tmp_path)})
    return tmp_path


@pytest.mark.skipif(settings.dump_source is not None, reason="launches are written here")
def test_launching_costs_nothing_where_nothing_is_written() -> None:
    assert not hasattr(launch.enqueue, "__wrapped__")


def test_a_launch_is_kept_with_its_arguments(folder: Path) -> None:
    file = next(iter(sorted(folder.glob("reduce-*.npz"))))
    kept, before, changed = dump.load(file)
    assert kept.kernel == "reduce"
    assert (folder / kept.source).read_text().count("__kernel")
    assert ("float32", 2.0) in kept.arguments
    assert [kind for kind, _ in kept.arguments].count("buffer") == 2
    np.testing.assert_array_equal(before[0].view(np.float32)[:200], np.arange(200))
    (result,) = changed.values()
    np.testing.assert_array_equal(result.view(np.float32)[:20], (np.arange(200).reshape(10, 20) * 2 + 1).sum(axis=0))


def test_replayed_launches_make_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--ctx", str(clnd.current_context()), "--as", "float32"]) == 0
    said = capsys.readouterr().out
    assert "3 launches, 0 buffers differ" in said
    assert "2.0 (float32)" in said


def test_a_source_that_was_changed_makes_another_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = next(iter(sorted(folder.glob("elementwise-*.npz"))))
    source = folder / dump.load(file)[0].source
    text = source.read_text()
    source.write_text(re.sub(r"(__kernel[^{]*\{)", r"\1 return;", text, count=1))
    assert main([str(file), "--options="]) == 1
    assert "DIFFERS: buffer" in capsys.readouterr().out
    source.write_text("no C")
    assert main([str(file)]) == 2
    assert "[replay]" in capsys.readouterr().err


def test_large_buffers_are_not_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    succeeds(f"(clnd.zeros({dump.LARGEST // 4 + 1}) + 1).wait_to_read()", env={"CLND_DUMP_SOURCE": str(tmp_path)})
    (file,) = tmp_path.glob("*.npz")
    assert file.stat().st_size < 10_000
    assert main([str(tmp_path), "--as", "float32"]) == 0
    assert "not compared" in capsys.readouterr().out


def test_what_is_no_launch_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.npz"
    for content in (b"", b"nonsense"):
        file.write_bytes(content)
        assert main([str(file)]) == 2
    np.savez(file, launch=np.array(json.dumps({"kernel": "x"})))
    assert main([str(file)]) == 2
    assert main([str(tmp_path / "absent.npz")]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4
    assert all("expected a file of a launch that CLND_DUMP_SOURCE wrote" in line for line in said)


def test_build_options_from_outside_are_part_of_what_programs_depend_on() -> None:
    code = "info = clnd.current_context().info; print(info.identity); assert float((clnd.arange(5) + 1).sum()) == 15"
    plain, more = succeeds(code), succeeds(code, env={"CLND_BUILD_OPTIONS": "-DUNUSED=1 -cl-opt-disable"})
    assert "-DUNUSED=1" in more
    assert plain != more
    done = run_child(code, env={"CLND_BUILD_OPTIONS": "-no-such-option"})
    assert done.returncode
