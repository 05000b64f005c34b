"""The self-test's report, from lines that a worker could have written; and children that crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clnd import golden
from clnd.golden.case import enter_together
from clnd.process import Outcome, run_module
from clnd.selftest import report, worker

FACTS = {
    "name": "M1", "driver": "apple", "version": "1.2", "same_bits": "yes except subnormals", "fma": "builtin", "divide": "exact",
    "sqrt": "corrected", "subnormals": False,
}  # fmt: skip
WELL = Outcome(0, "", "")
LINES: tuple[dict[str, Any], ...] = (
    {"what": "device", "facts": FACTS},
    {"what": "digests", "version": 3},
    {"what": "lacking", "names": ["a-float64"]},
    {"what": "begin", "names": ["a", "b"]},
    {"what": "equal", "names": ["a"]},
    {"what": "equal", "names": ["b"]},
    {"what": "left out", "names": ["c", "d"]},
)
SPEED = {"what": "speed", "name": "matmul", "dtype": "float32", "unit": "GFLOP/s", "size": 512, "rate": 41.5}
END = {"what": "end", "seconds": 3.5, "compile_seconds": 2.0, "builds": 7, "kept": True}


def test_all_is_well() -> None:
    result = report.collected("gpu(0)", [*LINES, SPEED, END], WELL)
    assert result["good"]
    text = report.as_text(result)
    assert "M1, apple: 1.2" in text
    assert "same bits: yes except subnormals" in text
    assert "subnormals flushed to zero" in text
    assert "digests  version 3: 2 of 2 equal; 1 need a dtype or memory that the device lacks; 2 skipped for time (--all compares them)" in text
    assert "41.50 GFLOP/s" in text
    assert "512 x 512" in text
    assert report.verdict(result, None) == "same bits: 2 of 2 digests of version 3 on gpu(0)"


def test_a_digest_differs() -> None:
    differs = {"what": "differs", "names": ["e"], "got": "0123456789abcdef0", "first": ["1.0", "2.0"]}
    result = report.collected("gpu(0)", [*LINES, differs, END], WELL)
    assert not result["good"]
    assert "e differs: 0123456789abcdef…, 1.0, 2.0" in report.as_text(result)
    said = report.verdict(result, None)
    assert said.startswith("same bits: 2 of 3 digests of version 3 on gpu(0)\n")
    assert "open an issue" in said
    assert "python -m clnd selftest --ctx 'gpu(0)' --json selftest.json" in said
    assert said.endswith(".json")
    assert report.verdict(result, "mine.json").endswith("attach mine.json")


def test_a_case_failed() -> None:
    result = report.collected("gpu(0)", [*LINES, {"what": "failed", "names": ["e"], "error": "[exp] no\nlog"}, END], WELL)
    assert not result["good"]
    assert "e failed: [exp] no\n" in report.as_text(result) + "\n"


def test_a_crash_keeps_what_was_done() -> None:
    begun = {"what": "begin", "names": ["e", "f"]}
    result = report.collected("cpu(1)", [*LINES, begun, {"what": "equal", "names": ["e"]}], Outcome(-11, "", "Segmentation fault"))
    assert not result["good"]
    assert result["equal"] == ["a", "b", "e"]
    assert result["error"] == "the process of this device was ended by SIGSEGV; its last words: Segmentation fault; it was at f"
    assert "same bits: 3 of 3 digests of version 3 on cpu(1), then the test stopped" in report.verdict(result, None)


def test_nothing_compared_is_not_good() -> None:
    assert not report.collected("cpu(0)", [LINES[0], END], WELL)["good"]


def test_an_error_is_told() -> None:
    result = report.collected("cpu(0)", [{"what": "error", "error": "[open] no context"}], Outcome(1, "", ""))
    assert "error    [open] no context" in report.as_text(result)
    assert not result["good"]


# --- children ----------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a module of a text, that a child can run."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(text: str) -> str:
        (tmp_path / "a_child_of_the_test.py").write_text(text)
        return "a_child_of_the_test"

    return made


def test_a_child_is_heard(module: Any) -> None:
    outcome = run_module(module("import sys; print(sys.argv[1:]); sys.exit(3)"), ["x", "y"], seconds=60)
    assert (outcome.status, outcome.output) == (3, "['x', 'y']\n")
    assert outcome.how == "ended with status 3"


def test_a_child_may_abort(module: Any) -> None:
    outcome = run_module(module("import os, sys; print('ld is missing', file=sys.stderr, flush=True); os.abort()"), [], seconds=60)
    assert outcome.status != 0
    assert "ld is missing" in outcome.how


def test_a_child_that_hangs_is_ended(module: Any) -> None:
    outcome = run_module(module("import time; time.sleep(600)"), [], seconds=1)
    assert outcome.status is None
    assert outcome.how == "did not return and was ended"


# --- cases -------------------------------------------------------------------------------------


def test_turns_lose_no_program() -> None:
    everything = golden.programs(golden.CASES.values())
    assert worker._in_turn(True) == everything
    assert sorted(p[0].name for p in worker._in_turn(False)) == sorted(p[0].name for p in everything)


def test_a_name_is_entered_once() -> None:
    name = next(iter(golden.CASES))
    with pytest.raises(AssertionError):
        enter_together("again", lambda g: (g,), [(name, "", lambda g: g)])
    with pytest.raises(AssertionError):  # two with other operands would run together
        enter_together(name, lambda g: (g,), [])
