"""tools/gpu_check with made-up files and steps. No OpenCL."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench import large
from bench.results import Results, Row
from clnd import golden
from tools.gpu_check import __main__ as command
from tools.gpu_check import steps
from tools.gpu_check.digests import cheapest_first
from tools.gpu_check.steps import STEPS, Ended, Job, Step, carry_out
from tools.gpu_check.summary import bits_are_right, device_of, summary

DEVICE = {
    "context": "gpu(0)", "error": "", "kind": "gpu", "driver": "nvidia", "name": "A card", "version": "OpenCL 3.0 / 580", "compute_units": 132,
    "memory": 150 << 30, "same_bits": "yes", "fma": "builtin", "divide": "exact", "sqrt": "exact", "subnormals": True, "build_options": ["-x"],
}  # fmt: skip
INFO = {"clnd": "0.1", "python": "3.12", "numpy": "2.5", "pyopencl": "2026.1", "devices": [DEVICE], "error": ""}


def job(tmp_path: Path, info: object = INFO) -> Job:
    # Drivers print before the JSON.
    (tmp_path / "info.txt").write_text("a driver's remark\n" + json.dumps(info))
    return Job("gpu(0)", tmp_path)


def lines(file: Path, *events: dict[str, object]) -> None:
    file.write_text("".join(json.dumps(event) + "\n" for event in events) + '{"what": "equ')


def everything(tmp_path: Path) -> Job:
    a, b, c, d, e, *_ = golden.CASES
    lines(
        tmp_path / "digests.jsonl",
        {"what": "begin", "names": [a, b, c, d, e]}, {"what": "equal", "names": [a]}, {"what": "differs", "names": [b], "got": "", "first": ["1.0", "nan"]},
        {"what": "failed", "names": [c, d], "error": "[x] did not compile\nk.cl:1:2: error: no | such thing"},
    )  # fmt: skip
    rows = [
        Row("add", "a + b, 128M float32", {"clnd": 4.5e-4, "torch": 4.5e-4, "cupy": 9e-4}, floor=3.6e-4, moved=12 << 27),
        Row("product", "1024x1024 @ 1024x1024 float32", {"clnd": 1e-4}, floor=5e-5, flops=2 << 30),
        Row("sum", "sum", error="BuildError: no"),
    ]
    peaks = {"copy": 4.3e12, "flops": {"float32": 6.7e13}}
    Results("2026", {"clnd": "0.1", "torch": "2.9"}, {}, peaks, rows).save(tmp_path / "speed.json")
    events = [["begun", "t1"], ["passed", "t1"], ["passed", "t2"], ["failed", "t2"], ["skipped", "t3"]]
    (tmp_path / "tests.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "tune.txt").write_text("gained\n")
    (tmp_path / "doctor.txt").write_text("nothing is missing\n")
    return job(tmp_path)


def test_the_page_says_what_came(tmp_path: Path) -> None:
    it = everything(tmp_path)
    _, b, c, d, e, *_ = golden.CASES
    page = summary(it, [Ended("info", "", 1.2, 19), Ended("tune", "", 0, 62, "not installed: rich")], "2026-11-27")
    for said in (
        "# A card\n\n2026-11-27: gpu(0), driver nvidia, OpenCL 3.0 / 580. clnd 0.1, python 3.12, numpy 2.5, pyopencl 2026.1.",
        "132 compute units, 150 GiB. By the probe: same bits yes; fma builtin, division exact, square root exact, subnormal numbers kept. Built with -x.",
        f"**1 of {len(golden.CASES)} digests of version {golden.version()} are equal**, 1 differ, 2 failed, 1 crashed or ran out of time, 0 need what the device has not, {len(golden.CASES) - 5} were left out",
        f"- differs: `{b}`, first values 1.0, nan", f"- failed: `{c}`, `{d}`: k.cl:1:2: error: no | such thing", f"- the process ended in `{e}`",
        "A copy moves 4.30 TB/s", "float32 67.0 TFLOPS", "torch 2.9.",
        "| a + b, 128M float32 | 450 us | 3.58 TB/s | 80 % | 450 us, 1.00x | 900 us, 2.00x |",
        "| 1024x1024 @ 1024x1024 float32 | 100 us | 21.5 TFLOPS | 50 % | - | - |", "| sum | BuildError: no | - | - | - | - |",
        f"Left out for time: {', '.join(case.name for case in large.CASES if case.name not in ('add', 'product', 'sum'))}.",
        "1 passed, 1 failed, 1 skipped. Failed: `t2`.", "## Tuning\n\n```\ngained\n```", "## Doctor\n\n```\nnothing is missing\n```",
        "| info | devices, versions, settings | done | 1 of 19 |", "| digests | golden digests, cheapest first | not begun | - |",
        "| tune | clnd tune --quick | left out: not installed: rich | - |",
    ):  # fmt: skip
        assert said in page, said
    assert not bits_are_right(it)


def test_the_page_of_nothing(tmp_path: Path) -> None:
    it = job(tmp_path, INFO | {"devices": [DEVICE | {"context": "cpu(0)"}, DEVICE | {"error": "it is lost"}], "error": "no GPU"})
    assert device_of(it) is None
    assert summary(it, [], "today").startswith("# gpu(0): not found\n\ntoday. The devices that are there: cpu(0), gpu(0). no GPU\n")
    (tmp_path / "info.txt").write_text("Segmentation fault")
    assert device_of(it) is None
    assert "The devices that are there: none." in summary(it, [], "today")
    assert not bits_are_right(it)


def test_a_context_of_a_driver(tmp_path: Path) -> None:
    it = job(tmp_path, INFO | {"devices": [DEVICE | {"context": "gpu(1)"}]})
    assert device_of(it) is None
    assert device_of(replace(it, ctx="gpu(0)@nvidia")) is not None
    assert device_of(replace(it, ctx="gpu(0)@amd")) is None


def test_equal_digests_are_right(tmp_path: Path) -> None:
    lines(tmp_path / "digests.jsonl", {"what": "equal", "names": ["a"]}, {"what": "left out", "names": ["b"]})
    assert bits_are_right(job(tmp_path))


def test_cheap_programs_come_first() -> None:
    programs = cheapest_first()
    assert sorted(case.name for cases in programs for case in cases) == sorted(golden.CASES)
    slow = [cases[0].slow for cases in programs]
    assert slow == sorted(slow)
    names = [cases[0].program for cases in programs]
    assert names.index("subnormals-float32") < names.index("rows-of-arithmetic-complex64") < names.index("trajectory-float32")


# --- steps ----------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a module that a step runs."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path / "made_up_step.py"


def step(**changes: object) -> Step:
    return replace(STEPS[2], name="digests", command=lambda job, seconds: ["made_up_step", str(job.out / "digests.jsonl"), str(seconds)], **changes)


def test_a_step_that_crashes_goes_on_behind_its_crash(tmp_path: Path, module: Path) -> None:
    module.write_text(
        "import os, sys\nn = len(open(sys.argv[1]).readlines()) if os.path.exists(sys.argv[1]) else 0\n"
        "print('run', n)\nsys.stdout.flush()\n"
        'if n < 2:\n    open(sys.argv[1], "a").write(\'{"what": "begin", "names": ["x"]}\\n\')\n    os.kill(os.getpid(), 11)\n'
    )
    ended = carry_out(step(), Job("gpu(0)", tmp_path), 60)
    assert ended.trouble.count("was ended by SIGSEGV") == 2
    # Python's own report of the crash stands between, where it was asked for.
    said = (tmp_path / "digests.txt").read_text().split("\n")
    assert [line for line in said if line.startswith("run ")] == ["run 0", "run 1", "run 2"]


def test_a_step_that_crashes_at_once_is_given_up(tmp_path: Path, module: Path) -> None:
    module.write_text("import os\nos.kill(os.getpid(), 11)\n")
    assert carry_out(step(), Job("gpu(0)", tmp_path), 60).trouble == "the process was ended by SIGSEGV"


def test_a_step_that_fails_says_why(tmp_path: Path, module: Path) -> None:
    module.write_text("import sys\nsys.exit('it is out of paper')\n")
    assert carry_out(step(), Job("gpu(0)", tmp_path), 60).trouble == "the process ended with status 1; its last words: it is out of paper"


def test_a_step_that_hangs_is_ended(tmp_path: Path, module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "_GRACE", 0.5)
    module.write_text("import time\ntime.sleep(100)\n")
    ended = carry_out(step(), Job("gpu(0)", tmp_path), 0.5)
    assert ended.trouble == "the process did not return and was ended"
    assert ended.seconds < 20
    ended = carry_out(step(stopped=True), Job("gpu(0)", tmp_path), 0.5)
    assert (ended.trouble, ended.left_out) == ("", "the rest, at the end of its time")


def test_a_step_whose_packages_are_missing_is_left_out(tmp_path: Path) -> None:
    ended = carry_out(step(needs=("json", "no_such_package")), Job("gpu(0)", tmp_path), 60)
    assert (ended.trouble, ended.left_out) == ("", "not installed: no_such_package")


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--minutes", "0"], "got --minutes 0.0; expected a number above zero"),
        (["--minutes", "nan"], "got --minutes nan; expected a number above zero"),
        (["--ctx", "tpu(0)"], "tpu"),
        (["--steps", "info,dance"], "got --steps dance; expected some of info, doctor, digests, speed, tests, tune"),
    ],
)
def test_bad_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert command.main(["--out", str(tmp_path / "out"), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("gpu_check: ")
    assert said in error
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert command.main(["--out", str(tmp_path / "file")]) == 2
    assert "expected a folder that can be written" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_time_that_is_left_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps without trouble give 0, and each gets its part of what is left; results of an earlier run are gone."""
    (tmp_path / "speed.json").write_text("of an earlier run")
    given: dict[str, float] = {}

    def carried_out(step: Step, job: Job, seconds: float) -> Ended:
        given[step.name] = seconds
        if step.name == "info":
            (job.out / "info.txt").write_text(json.dumps(INFO))
        if step.name == "digests":
            lines(job.out / "digests.jsonl", {"what": "equal", "names": ["a"]})
        return Ended(step.name, "", 0.0, seconds)

    monkeypatch.setattr(command, "carry_out", carried_out)
    monkeypatch.setattr(command, "missing_for", lambda step: ["it"] if step.name == "tune" and lacking else [])
    lacking = True
    assert command.main(["--out", str(tmp_path), "--minutes", "10"]) == 0
    assert given["digests"] == pytest.approx(600 * 0.44 / 0.79, rel=0.01)
    (tmp_path / "speed.json").write_text("of an earlier run")
    given.clear()
    lacking = False
    assert command.main(["--out", str(tmp_path), "--minutes", "10"]) == 0
    assert list(given) == [s.name for s in STEPS]
    assert given["digests"] == pytest.approx(600 * 0.44 / 0.92, rel=0.01)
    assert given["tune"] == pytest.approx(600, rel=0.01)
    assert not (tmp_path / "speed.json").exists()
    assert sum(s.share for s in STEPS) == pytest.approx(1)


def test_without_the_device_only_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ran = []

    def carried_out(step: Step, job: Job, seconds: float) -> Ended:
        ran.append(step.name)
        return Ended(step.name, "", 0.0, seconds)

    monkeypatch.setattr(command, "carry_out", carried_out)
    assert command.main(["--out", str(tmp_path)]) == 2
    assert ran == ["info", "doctor"]
    assert "there is no gpu(0)" in capsys.readouterr().err
    assert "| speed | copy, peak and main rows | left out: there is no gpu(0) | - |" in (tmp_path / "summary.md").read_text()


def test_trouble_is_a_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def carried_out(step: Step, job: Job, seconds: float) -> Ended:
        (job.out / "info.txt").write_text(json.dumps(INFO))
        return Ended(step.name, "it broke" if step.name == "tests" else "", 0.0, seconds)

    monkeypatch.setattr(command, "carry_out", carried_out)
    assert command.main(["--out", str(tmp_path), "--steps", "speed"]) == 0
    assert command.main(["--out", str(tmp_path), "--steps", "tests"]) == 1
    # No digest was compared.
    assert command.main(["--out", str(tmp_path), "--steps", "digests"]) == 1


def test_an_interrupted_run_leaves_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def carried_out(step: Step, job: Job, seconds: float) -> Ended:
        (job.out / "info.txt").write_text(json.dumps(INFO))
        if step.name == "digests":
            raise KeyboardInterrupt
        return Ended(step.name, "", 0.0, seconds)

    monkeypatch.setattr(command, "carry_out", carried_out)
    assert command.main(["--out", str(tmp_path)]) == 130
    assert "| digests | golden digests, cheapest first | not begun | - |" in (tmp_path / "summary.md").read_text()
