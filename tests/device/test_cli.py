"""`clnd info`, `doctor` and `selftest` on the devices that are here."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

import clnd
from clnd import cli, golden, selftest
from clnd.context import Context
from clnd.golden.case import CASES
from clnd.selftest import against, moves, speed, worker
from tests.child import run_child

ROOT = Path(__file__).parents[2]


def test_info_as_json(ctx: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    named = {device["context"]: device for device in found["devices"]}
    info = ctx.info
    facts = named[found["default"]]
    assert (facts["name"], facts["driver"], facts["version"]) == (info.name, info.driver, info.version)
    assert ("float64" in facts["dtypes"]) == info.fp64
    assert facts["same_bits"] == info.same_bits_answer
    again = json.loads(json.dumps(clnd.show_config("dicts")))
    for counted in ("entries", "bytes"):  # other tests write into the same folder
        assert isinstance(found["cache"].pop(counted), int)
        assert isinstance(again["cache"].pop(counted), int)
    assert found == again


def test_show_config_prints(ctx: Context, capsys: pytest.CaptureFixture[str]) -> None:
    assert clnd.show_config() is None
    said = capsys.readouterr().out
    assert said.startswith(f"clnd {clnd.__version__} (python ")
    assert ctx.info.name in said
    assert "cache     " in said


def test_the_doctor_comes_to_an_end() -> None:
    """On whatever machine: the status says whether cpu(0) is there, and each finding has its command."""
    done = run_child("from clnd import cli; sys.exit(cli.main(['doctor']))", timeout=250)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.startswith("clnd doctor: cpu(0) ")
    commands = [line for line in done.stdout.splitlines() if line.startswith("   $ ")]
    assert done.stdout.rstrip().endswith(f"{len(commands)} to mend" if commands else "nothing is missing")


def test_the_selftest_compares(ctx: Context, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    status = selftest.main(str(ctx), str(file), seconds=2)
    said = capsys.readouterr().out
    assert status == 0, said
    [result] = json.loads(file.read_text())["devices"]
    assert result["version"] == golden.version()
    assert len(result["equal"]) >= 5
    assert not result["differs"]
    assert set(result["equal"]) | set(result["lacking"]) | set(result["left_out"]) == set(CASES)
    assert [row["name"] for row in result["speed"]][:3] == ["copy", "chain of 6", "exp"]
    assert said.rstrip().endswith(f"same bits: {len(result['equal'])} of {len(result['equal'])} digests of version {golden.version()} on {ctx}")


def test_against_numpy_no_bit_of_clnd_moves(ctx: Context) -> None:
    """Two processes: this device as it is, and with the kernels for GPUs."""
    jobs = against.by_clnd([{"context": str(ctx), "kernels": ctx.info.family}])
    done = [against.run(dataclasses.replace(job, arguments=(*job.arguments, "reductions"))) for job in jobs]
    runs = moves.usable([run for run, _ in done], {run.letter: operands for run, operands in done})
    assert [run.error for run in runs] == [""] * len(jobs)
    names = [name for name in runs[0].digests if "float64" not in name]
    assert "sum of columns, float32" in names
    rows = moves.table([("reductions", name, "float32", name) for name in names], runs)
    assert [row.clnd for row in rows] == [("AB"[: len(jobs)],)] * len(names)


def test_a_context_that_is_not_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["selftest", "--ctx", "gpu(77)"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("clnd: [selftest] got the context gpu(77); there are: cpu(0)")
    assert said.count("\n") == 1


def test_a_reader_that_has_read_enough() -> None:
    command = [sys.executable, "-m", "clnd", "info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == ""
        assert child.wait(60) == 1


def test_a_digest_that_differs_is_told(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "arithmetic-float32"
    row = {**golden.read()[name], "sha256": "0" * 64}
    monkeypatch.setattr(golden, "read", lambda: {name: row})
    monkeypatch.setattr(golden, "CASES", {name: CASES[name]})
    said: list[tuple[str, dict[str, object]]] = []
    worker.compare(ctx, lambda what, **facts: said.append((what, facts)), None)
    assert [what for what, _ in said] == ["begin", "differs"]
    assert said[1][1]["names"] == [name]


def test_speeds_are_of_something(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_BUDGET", 0.0)
    rows = list(speed.measured(ctx))
    assert {row["dtype"] for row in rows} == ({"float32", "float64"} if ctx.info.fp64 else {"float32"})
    assert all(row["rate"] > 0 for row in rows)
