"""What `python -m tests --clients` makes of results, and its page. Nothing of others is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import __main__, clients
from tests.clients import Row, fuzzed, grouped, reasons, sections, step_page, whole_page
from tests.process import Outcome, Run

OUTPUT = """
FAILED test_not_yet.py::test_a - before the summary
=========================== short test summary info ============================
SKIPPED [1] test_a.py:3: so
FAILED array_api_tests/test_special.py::test_unary[f(x is +0) - 1 -> [0, 1]] - AssertionError: out=1.0, but should be [2] - really
FAILED a/test_b.py::TestIsin::test_isin - AssertionError: isin is not defined in clnd
FAILED a/test_b.py::test_bare
ERROR a/test_info.py - AttributeError: module 'clnd' has no attribute 'x'
3 failed, 2 passed, 1 error in 1.00s
"""


def test_reasons_stand_in_the_summary() -> None:
    assert reasons(OUTPUT) == {
        "test_special.py::test_unary[f(x is +0) - 1 -> [0, 1]]": "AssertionError: out=1.0, but should be [2] - really",
        "test_b.py::TestIsin::test_isin": "AssertionError: isin is not defined in clnd",
        "test_b.py::test_bare": "",
        "test_info.py": "AttributeError: module 'clnd' has no attribute 'x'",
    }


def test_failures_have_their_reasons() -> None:
    run = Run("made up", ("test_b.py",))
    names = ("a/test_b.py::test_isin", "a/test_b.py::TestIsin::test_isin", "b/test_c.py::test_x: the process was ended by SIGSEGV", "nothing passed")
    outcome = Outcome(run.parts()[0], 0, 0, names, 1.0, 1.0, OUTPUT)
    assert clients.failed(outcome) == (
        ("test_b.py::test_isin", ""),
        ("test_b.py::TestIsin::test_isin", "AssertionError: isin is not defined in clnd"),
        ("test_c.py::test_x", "the process was ended by SIGSEGV"),
        ("nothing passed", ""),
    )


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("AttributeError: module 'clnd' has no attribute 'fft'", "missing"),
        ("AssertionError: sort not found in array module", "missing"),
        ("AttributeError: clnd doesn't seem to provide the function einsum - see", "missing"),
        ("TypeError: Array is not a supported array type", "missing"),
        ("clnd.errors.IndexingError: [getitem] got an array as an index", "refused"),
        ("TypeError: [asarray] got a set; expected numbers", "refused"),
        ("the process was ended by SIGSEGV", "ended"),
        ("AssertionError: out=-1.0, but should be -0", "other"),
        ("", "other"),
    ],
)
def test_kinds(reason: str, kind: str) -> None:
    assert clients.kind_of(reason) == kind


def test_possible_wrong_values_come_first() -> None:
    failures = [("t.py::a[1]", "x is not defined in clnd"), ("t.py::a[2]", "assert 1 == 2"), ("t.py::a[3]", "assert 1 == 3"), ("t.py::b", "the process was ended by SIGSEGV")]
    assert grouped(failures) == [
        ("t.py::a", "other", 2, "assert 1 == 2"),
        ("t.py::b", "ended", 1, "the process was ended by SIGSEGV"),
        ("t.py::a", "missing", 1, "x is not defined in clnd"),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("programs: 512 from seed 7, 9000 steps, 0 faults", (512, 7, 0)),
        ("drivers: 30 programs from seed 0 on 4 workers (intel, pocl), 90 arrays, 2 faults", (30, 0, 2)),
        ("threads: 9 rounds from seed 1, 0 faults", (9, 1, 0)),
        ("the process was ended", None),
    ],
)
def test_the_last_line_of_a_fuzzer(line: str, found: tuple[int, int, int] | None) -> None:
    assert fuzzed(f"round 3 own\n{line}\n") == found


def test_the_page_keeps_what_other_steps_wrote() -> None:
    one = step_page("today.", [Row("a suite", "1.0", 3, (("t.py::a|b", "assert `x` | y\nmore"),), 1, 2.4), Row("Python 3.14", "", remark="missing on this machine")])
    page = whole_page({"pythons": one})
    assert page.count("Not run.") == 2
    assert "| a suite | 1.0 | 3 | 1 | 1 | 2 |" in page
    assert "| `t.py::a\\|b` | other | 1 | assert `x` \\| y more |" in page
    assert "| Python 3.14 |  | missing on this machine |  |  | 0 |" in page
    assert sections(page)["pythons"] == one
    assert whole_page(sections(page)) == page


def test_no_path_of_this_machine_is_on_the_page() -> None:
    page = step_page("today.", [Row("a", f"{Path.home()}/x", 1, (("t", f"OSError: {clients.ROOT}/tests {sys.prefix}/lib"),))])
    assert not any(str(path) in page for path in (clients.ROOT, sys.prefix, Path.home()) if len(str(path)) > 1)


def test_the_committed_page_is_the_commands_own() -> None:
    page = clients.PAGE.read_text()
    assert whole_page({step: body for step, body in sections(page).items() if body != "Not run."}) == page


def test_a_step_that_raises_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(examples: int) -> list[Row]:
        raise OSError("no disk")

    monkeypatch.setattr(clients, "suites", broken)
    monkeypatch.setattr(clients, "fuzz", lambda minutes: [Row("threads", "from seed 1", 5)])
    assert __main__.main(["--clients", "suites", "fuzz"]) == 1
    told = capsys.readouterr().out
    assert "suites: not done: OSError: no disk" in told
    assert told.endswith("5 passed, 1 failed\n")
    assert __main__.main(["--clients", "fuzz"]) == 0


def test_rows_are_written_as_they_come(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clients, "PAGE", tmp_path / "page.md")
    section = clients.Section("fuzz", "today.", ["row 1", "row 2"])
    for number in (1, 2):
        section.add(Row(f"row {number}", "", number))
        assert f"| row {number} |  | {number} |" in clients.PAGE.read_text()
        assert ("| row 2 |  | not run |" in clients.PAGE.read_text()) == (number == 1)
    clients.Section("suites", "later.", ()).add(Row("a suite", "", 9))
    assert [name in clients.PAGE.read_text() for name in ("row 1", "row 2", "a suite")] == [True] * 3


def test_the_pinned_commit_is_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git = ["git", "-C", str(origin), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "first"], ["commit", "--quiet", "--allow-empty", "-m", "second"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    first = subprocess.run([*git, "rev-parse", "HEAD~"], check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.setattr(clients, "CHECKOUTS", tmp_path / "kept")
    monkeypatch.delenv("CLND_CLIENTS_DIR", raising=False)
    suite = clients.Suite("made-up", (), lambda folder: (), (origin.as_uri(), first))
    folder = clients.checkout(suite)
    assert clients.commit_of(folder) == first[:10]
    (folder / "kept").touch()
    assert (clients.checkout(suite) / "kept").exists()
    monkeypatch.setenv("CLND_CLIENTS_DIR", str(tmp_path))
    with pytest.raises(RuntimeError, match="has no folder made-up"):
        clients.checkout(suite)
    (tmp_path / "made-up").mkdir()
    assert clients.checkout(suite) == tmp_path / "made-up"


def test_a_suite_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLND_CLIENTS_DIR", str(tmp_path))
    row = clients._one_suite(clients.Suite("gone", (), lambda folder: (), ("address", "commit")), "intel")
    assert (row.is_good, row.remark) == (False, "not run: CLND_CLIENTS_DIR has no folder gone")
    row = clients._one_suite(clients.Suite("gone", ("no-such-package",), lambda folder: ()), "intel")
    assert row.remark.startswith("not run: no no-such-package; pip install")


def test_a_python_that_is_missing_fails() -> None:
    assert clients.python_of("3.99") == ""
    assert not clients._one_python("3.99").is_good
