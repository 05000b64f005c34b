"""A process of the test matrix that is ended in the midst of its tests. No OpenCL."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests import process, tiers
from tests.__main__ import show, trim
from tests.process import Outcome, Run, carry_out


def outcome_of(folder: Path, tests: str) -> Outcome:
    file = folder / "test_made_up.py"
    file.write_text(f"import os, signal\nimport pytest\n{tests}")
    (part,) = Run("made up", (str(file),)).parts()
    return carry_out(part, folder)


def names(outcome: Outcome) -> list[str]:
    return [failure.rpartition("::")[2] for failure in outcome.failures]


CRASH = "os.kill(os.getpid(), signal.SIGSEGV)"


def test_a_crash_fails_one_test(tmp_path: Path) -> None:
    done = outcome_of(
        tmp_path,
        f"""
def test_before(): pass
@pytest.mark.parametrize("n", [1, 2, 11])
def test_crash(n):
    if n == 1: {CRASH}
def test_wrong(): assert 0
@pytest.mark.skip(reason="so")
def test_skipped(): pass
def test_last(): {CRASH}
""",
    )
    assert (done.passed, done.skipped) == (3, 1)
    assert names(done) == ["test_crash[1]: the process was ended by SIGSEGV", "test_wrong", "test_last: the process was ended by SIGSEGV"]
    assert done.cpu > 0


def test_a_crash_in_a_fixture_is_its_tests(tmp_path: Path) -> None:
    done = outcome_of(
        tmp_path,
        f"""
@pytest.fixture
def good(): yield; {CRASH}
@pytest.fixture
def bad(): yield; assert 0
def test_a(good): pass
def test_b(bad): pass
def test_c(): pass
""",
    )
    assert names(done) == ["test_a: the process was ended by SIGSEGV", "test_b"]
    assert done.passed == 1


def test_a_crash_at_exit_is_a_failure(tmp_path: Path) -> None:
    done = outcome_of(tmp_path, f"import atexit\natexit.register(lambda: {CRASH})\ndef test_a(): pass")
    assert done.failures == ("the process was ended by SIGSEGV",)
    assert done.passed == 1


def test_many_crashes_end_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_CRASHES", 2)
    done = outcome_of(tmp_path, f"@pytest.mark.parametrize('n', range(9))\ndef test_a(n): {CRASH}")
    assert done.passed == 0
    assert names(done)[:2] == [f"test_a[{n}]: the process was ended by SIGSEGV" for n in (0, 1)]
    assert done.failures[2].startswith("the rest was given up after 2 crashes")


@pytest.mark.parametrize(
    ("tests", "failures"),
    [("def test_a(): pass", ()), ("@pytest.mark.skip(reason='so')\ndef test_a(): pass", ("nothing passed",)), ("", ("the process ended with status 5",))],
)
def test_something_must_pass(tmp_path: Path, tests: str, failures: tuple[str, ...]) -> None:
    assert outcome_of(tmp_path, tests).failures == failures


def test_a_file_that_cannot_be_imported_fails(tmp_path: Path) -> None:
    assert outcome_of(tmp_path, "import nowhere_to_be_found").failures


def test_a_process_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LIMIT", 4)
    done = outcome_of(tmp_path, "import time\ndef test_a(): time.sleep(100)\ndef test_b(): pass")
    assert "the process was ended by SIGKILL" in done.failures[0]
    assert done.passed == 0


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    child = tmp_path / "child"
    done = outcome_of(
        tmp_path,
        f"""
import subprocess, sys
def test_a():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    with open({str(child)!r}, "w") as file: file.write(str(child.pid))
    os._exit(1)
def test_b(): pass
""",
    )
    assert names(done) == ["test_a: the process ended with status 1"]
    assert done.passed == 1
    for _ in range(500):  # an orphan is cleared away by its new parent, in its own time
        state = Path(f"/proc/{child.read_text()}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)
    pytest.fail("the child still runs")


def test_a_driver_that_is_not_installed_fails(tmp_path: Path) -> None:
    (part,) = Run("made up", ("tests/unit/test_shapes.py",), "pocl-of-nobody").parts()
    done = carry_out(part, tmp_path)
    assert done.failures == ("the process ended with status 2",)
    assert "unknown driver 'pocl-of-nobody'" in done.output


def test_a_check_passes_or_fails(tmp_path: Path) -> None:
    for command, passed in (("this", 1), ("nowhere_to_be_found", 0)):
        (part,) = Run("made up", (command,), is_pytest=False).parts()
        done = carry_out(part, tmp_path)
        assert (done.passed, len(done.failures)) == (passed, 1 - passed)
    assert sys.executable in part.command()


def test_short_files_share_a_process_and_long_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LONG", {"long": 0, "longer": 1})
    run = Run("made up", ("a", "long", "b", "longer"), marks="rows and not slow")
    parts = run.parts()
    assert sorted(part.arguments for part in parts) == [("a", "b"), ("long",), ("longer",)]
    assert all(part.command()[-2:] == ["-m", "rows and not slow"] for part in parts)
    assert len({part.name for part in parts}) == 3
    assert Run("made up", ("long",)).parts()[0].arguments == ("long",)


def test_markers_choose_tests(tmp_path: Path) -> None:
    file = tmp_path / "test_made_up.py"
    file.write_text("import pytest\n@pytest.mark.slow\ndef test_a(): assert 0\ndef test_b(): pass\n")
    (part,) = Run("made up", (str(file),), marks="not slow").parts()
    done = carry_out(part, tmp_path)
    assert (done.passed, done.failures) == (1, ())


def test_a_file_may_have_no_test_of_the_markers_but_not_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "test_made_up.py"
    file.write_text("def test_a(): pass\n")
    run = Run("made up", (str(file),), marks="slow")
    done = carry_out(run.parts()[0], tmp_path)
    assert (done.passed, done.failures) == (0, ())
    assert show([run], [done]) == 1
    assert capsys.readouterr().out.endswith("failed on made up: nothing passed\n")


def test_tiers_name_files_that_exist_and_known_drivers() -> None:
    for runs in tiers.TIERS.values():
        for run in runs:
            if run.is_pytest:
                assert all((process.ROOT / file).exists() for file in run.arguments), run.name
    drivers = {run.driver for run in tiers.FULL if run.driver}
    assert set(tiers.FROM_PIP) <= drivers
    assert {run.driver for run in tiers.QUICK if run.driver} <= set(tiers.FROM_PIP)


def test_the_quick_tier_runs_every_file_or_leaves_it_out_by_name() -> None:
    run = {file for run in tiers.QUICK for file in run.arguments}
    assert {f"tests/device/test_{name}.py" for name in tiers.EVERY} - run == set(tiers.device_tests(tiers.LEFT_OUT))


def test_kept_programs_are_trimmed_from_the_oldest(tmp_path: Path) -> None:
    for age in range(4):
        file = tmp_path / "driver" / str(age)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(100))
        os.utime(file, (1000 - age, 1000 - age))
    trim(tmp_path, 250)
    assert sorted(file.name for file in (tmp_path / "driver").iterdir()) == ["0", "1"]
