"""The tuner with its worker process, on a device: real kernels, and candidates that do harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clnd.context import Context
from clnd.kernels import tuning
from clnd.tuner.workloads import WORKLOADS
from tests.child import run_child
from tests.faulty_workloads import BETTER, CRASHES, EXITS, GOOD, HANGS, RAISES, WRONG, WRONG_IF_ODD

ROOT = Path(__file__).parents[2]
# The limits of a candidate's time are cut short, for the one that hangs.
FAULTY = """
from clnd.tuner import command, session
patience = session.Patience(least=6, times=2)
sys.exit(command.main(["faulty"], None, "60s", False, None, "tests.faulty_workloads", patience))
"""
PREAMBLE = "import sys\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_asks_for_what_is_tuned(name: str, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a launcher did not, the tuner would measure noise."""
    workload = WORKLOADS[name]
    asked, original = [], tuning.parameters
    monkeypatch.setattr(tuning, "parameters", lambda r, d, device: asked.append((r.name, d)) or original(r, d, device))
    problem = workload.problems[0]
    for dtype in workload.dtypes_on(ctx.info):
        for number in range(len(workload.calls(problem, dtype, ctx))):
            with ctx.played_by(ctx.device.without_kernels()):
                call = workload.calls(problem, dtype, ctx)[number]
                asked.clear()
                first = call().asnumpy()
                assert (name, dtype) in asked
                assert first.tobytes() == call().asnumpy().tobytes()


def environment(tmp_path: Path) -> dict[str, str]:
    return {"CLND_CACHE_DIR": str(tmp_path / "cache"), "CLND_TEST_TUNED": str(tmp_path / "tuned"), "COLUMNS": "200"}


@pytest.mark.slow
def test_a_real_kernel(ctx: Context, tmp_path: Path) -> None:
    """A short run keeps what it measured, and the next program runs with it."""
    code = f"""
    from clnd import cli
    sys.exit(cli.main(["tune", "transpose", "--ctx", {str(ctx)!r}, "--quick", "--budget", "3s", "--export", {str(tmp_path / "x.json")!r}]))
    """
    done = run_child(code, env=environment(tmp_path), preamble=PREAMBLE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "transpose" in done.stdout
    assert "gained over the default" in done.stdout
    (entry,) = tuning.parsed((tmp_path / "cache" / "tuned" / "transpose.json").read_text())
    assert (entry.device, entry.driver, entry.unit) == (ctx.info.name, ctx.info.driver, "GB/s")
    assert 0 < entry.default <= entry.figure
    assert len(tuning.parsed((tmp_path / "x.json").read_text())) == (entry.figure > entry.default)
    assert not list((tmp_path / "cache" / "tuning").iterdir())
    asked = f"""
    from clnd.context import Context
    from clnd.kernels import tuning
    from clnd.tuner.workloads import WORKLOADS
    device = Context({str(ctx)!r}).device
    workload = WORKLOADS["transpose"]
    print(tuning.parameters(workload.records[device.info.family], workload.dtypes[0], device))
    """
    done = run_child(asked, env=environment(tmp_path), preamble=PREAMBLE)
    assert (done.stdout.strip(), done.stderr) == (str(dict(entry.parameters)), "")


@pytest.mark.slow
def test_candidates_that_crash_hang_fail_and_err_cost_only_themselves(tmp_path: Path) -> None:
    done = run_child(FAULTY, env=environment(tmp_path), preamble=PREAMBLE)
    assert (done.returncode, done.stderr) == (0, "")
    (entry,) = tuning.parsed((tmp_path / "cache" / "tuned" / "faulty.json").read_text())
    assert entry.parameters == {"DOES": BETTER}
    failures = dict(line.split(" failed: ") for line in done.stdout.splitlines() if " failed: " in line)
    said = {int(key.partition("=")[2]): reason for key, reason in failures.items()}
    wanted = {
        CRASHES: "the process ended with SIGABRT",
        HANGS: "no answer in ",
        RAISES: "MemoryError: made up",
        EXITS: "the process ended with exit status 3: not an answer",
        WRONG: "results differ from the default's",
    }
    assert {key: reason[: len(wanted[key])] for key, reason in said.items() if key in wanted} == {
        key: wanted[key] for key in said if key in wanted
    }
    assert len(said) == 5  # the table's lines stop there; the sixth is the one that errs on odd sizes
    assert "1 more failed" in done.stdout
    assert WRONG_IF_ODD not in said


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_run_that_is_killed_goes_on_and_leaves_no_process(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment(tmp_path)}
    command = [sys.executable, "-c", PREAMBLE + FAULTY]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    measured = tmp_path / "tuned"
    try:
        wait_for(lambda: measured.exists() and str(HANGS) in measured.read_text().split())
        (worker,) = children(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_for(lambda: not alive(worker))  # though its candidate hangs
    before = measured.read_text().split()
    assert before[0] == str(GOOD)
    assert str(CRASHES) in before
    done = run_child(FAULTY, env=environment(tmp_path), preamble=PREAMBLE)
    assert (done.returncode, done.stderr) == (0, "")
    after = measured.read_text().split()[len(before) :]
    assert str(CRASHES) not in after
    assert str(HANGS) in after
    (entry,) = tuning.parsed((tmp_path / "cache" / "tuned" / "faulty.json").read_text())
    assert entry.parameters == {"DOES": BETTER}


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_is_one_line(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment(tmp_path)}
    # A shell's background commands ignore Ctrl-C, and so would their children.
    heeds = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    command = [sys.executable, "-c", heeds + PREAMBLE + FAULTY]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(tmp_path.glob("cache/tuning/*.jsonl")))
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (130, "clnd: [tune] interrupted; the same command goes on where this one was\n")


def test_a_context_that_does_not_exist(tmp_path: Path) -> None:
    code = 'from clnd import cli; sys.exit(cli.main(["tune", "--ctx", "gpu(31)"]))'
    done = run_child(code, env=environment(tmp_path), preamble=PREAMBLE)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("clnd: [Context] there is no gpu(31); there are: ")


def wait_for(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
