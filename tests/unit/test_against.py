"""`selftest --against numpy`: which bits move, by made-up digests; and NumPy itself, run in two ways."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clnd import cli
from clnd.process import Outcome
from clnd.selftest import against, moves
from clnd.selftest.against import Job, by_clnd, by_numpy, widest
from clnd.selftest.digests import features, key
from clnd.selftest.moves import Run
from clnd.selftest.programs import GROUPS, numbers

PROGRAMS = [("functions", "exp", "float32", "exp, float32"), ("functions", "exp", "float64", "exp, float64"), ("sums", "sum", "float32", "sum, float32")]
RUNS = [
    Run("a", "numpy", "with AVX-512", {"exp, float32": "1", "exp, float64": "2", "sum, float32": "3"}),
    Run("b", "numpy", "without AVX-512", {"exp, float32": "9", "exp, float64": "2", "sum, float32": "3"}),
    Run("c", "numpy", "without AVX-512, two threads", {"exp, float32": "1", "exp, float64": "2", "sum, float32": "4"}),
    Run("A", "clnd", "cpu(0)", {"exp, float32": "5", "exp, float64": "6", "sum, float32": "7"}),
    Run("B", "clnd", "gpu(0), which has no float64", {"exp, float32": "5", "sum, float32": "7"}),
]
VERSIONS = {"numpy": "2.4", "clnd": "0.1"}
AMD = ["SSE42", "AVX2", "FMA3", "AVX512F", "AVX512_SKX"]


# --- what moves ----------------------------------------------------------------------------------


def test_runs_with_the_same_bits_stand_together() -> None:
    rows = moves.table(PROGRAMS, RUNS)
    assert [row.numpy for row in rows] == [("ac", "b"), ("abc",), ("ab", "c")]
    assert [row.clnd for row in rows] == [("AB",), ("A",), ("AB",)]
    assert moves.counts(rows) == [("functions", 2, 1, 0), ("sums", 1, 1, 0)]
    assert moves.good(rows, RUNS)


def test_the_table_says_what_moves() -> None:
    said = moves.as_text(moves.table(PROGRAMS, RUNS), RUNS, VERSIONS).splitlines()
    assert said[0] == "NumPy 2.4"
    assert "  b  without AVX-512" in said
    cells = [line.split("  ") for line in said]
    words = [[cell.strip() for cell in line if cell.strip()] for line in cells]
    assert ["exp", "float32", "moves: ac | b", "equal everywhere"] in words
    assert ["exp", "float64", "equal everywhere", "run once"] in words
    assert ["functions", "2", "1", "0"] in words
    assert said[-1] == "of 3 programs the bits move of 2 with NumPy (3 runs) and 0 with clnd (2 runs)"


def test_clnd_that_moves_is_bad() -> None:
    other = replace(RUNS[-1], digests={**RUNS[-1].digests, "sum, float32": "8"})
    rows = moves.table(PROGRAMS, [*RUNS[:-1], other])
    assert rows[-1].clnd == ("A", "B")
    assert not moves.good(rows, [*RUNS[:-1], other])
    assert moves.as_json(rows, RUNS, VERSIONS)["good"] is False


def test_a_run_that_failed_is_told() -> None:
    failed = Run("B", "clnd", "gpu(0)", error="its process was ended by SIGSEGV")
    runs = [*RUNS[:-1], failed]
    rows = moves.table(PROGRAMS, runs)
    assert not moves.good(rows, runs)
    said = moves.as_text(rows, runs, VERSIONS)
    assert "  B  gpu(0): its process was ended by SIGSEGV\n" in said
    assert said.endswith("0 with clnd (1 runs)")
    assert not moves.good(moves.table(PROGRAMS, RUNS[:3]), RUNS[:3])  # clnd did not run


def test_other_operands_are_no_result() -> None:
    runs = moves.usable(RUNS, dict.fromkeys("acAB", "same") | {"b": "other"})
    assert [run.letter for run in runs if run.error] == ["b"]
    assert not runs[1].digests
    assert [runs[0], *runs[2:]] == [RUNS[0], *RUNS[2:]]


# --- the runs ------------------------------------------------------------------------------------


def test_the_widest_vectors_are_turned_off() -> None:
    assert widest(AMD) == ("AVX-512", ("AVX512F", "AVX512_SKX"), "SKYLAKEX", "HASWELL")
    assert widest(["X86_V3", "X86_V4", "AVX512_ICL"])[1] == ("X86_V4", "AVX512_ICL")
    assert widest(["SSE42", "X86_V3"]) == ("AVX2", ("X86_V3",), "HASWELL", "SANDYBRIDGE")
    assert widest(["ASIMDHP"]) == ("", (), "", "")


def test_numpy_runs_in_four_ways() -> None:
    jobs = by_numpy(AMD, {"NPY_DISABLE_CPU_FEATURES": "F16C"})
    assert [job.what for job in jobs] == ["with AVX-512, one thread", "with AVX-512, two threads", "without AVX-512, one thread", "without AVX-512, two threads"]
    assert [job.environ["OPENBLAS_NUM_THREADS"] for job in jobs] == ["1", "2", "1", "2"]
    assert [job.environ.get("NPY_DISABLE_CPU_FEATURES") for job in jobs] == [None, None, *["F16C AVX512F AVX512_SKX"] * 2]
    assert [job.what for job in by_numpy([], {})] == ["as it is, one thread", "as it is, two threads"]


def test_clnd_runs_on_every_device_and_with_both_families() -> None:
    devices = [{"context": "cpu(0)", "kernels": "cpu"}, {"context": "cpu(1)", "kernels": "cpu"}, {"context": "gpu(0)", "kernels": "gpu"}]
    jobs = by_clnd(devices)
    assert [(job.letter, job.what, dict(job.environ)) for job in jobs] == [
        ("A", "cpu(0)", {}), ("B", "cpu(1)", {}), ("C", "gpu(0)", {}), ("D", "cpu(0) with the kernels for GPUs", {"CLND_KERNEL_FAMILY": "gpu"}),
    ]  # fmt: skip
    assert len(by_clnd(devices[2:])) == 1
    assert len(by_clnd([{"context": "cpu(0)", "error": "no"}])) == 1


def test_a_child_is_believed_only_if_it_did_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    job = by_numpy(AMD, {})[2]

    def child(outcome: Outcome) -> Run:
        monkeypatch.setattr(against, "run_module", lambda *_, **__: outcome)
        return against.run(job)[0]

    made = {"features": ["AVX2"], "inputs": "operands", "digests": {"exp, float32": "1"}}
    well = child(Outcome(0, json.dumps(made), "Core: Haswell\n"))
    assert well.digests == made["digests"]
    assert well.what == "without AVX-512, one thread, OpenBLAS for Haswell (NPY_DISABLE_CPU_FEATURES='AVX512F AVX512_SKX')"
    stayed = child(Outcome(0, json.dumps({**made, "features": ["AVX2", "AVX512F"]}), ""))
    assert (stayed.error, stayed.digests) == ("NumPy still uses AVX512F", {})
    assert child(Outcome(-11, "", "")).error == "its process was ended by SIGSEGV"
    assert child(Outcome(0, "", "")).error == "its process ended with status 0"


def test_the_status_says_whether_clnd_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [key(group, name) for group in GROUPS for name in group.programs]

    def made_up(moved: str) -> None:
        def run(job: Job) -> tuple[Run, str]:
            mine = {name: "other" if name == moved and job.letter == "B" else "same" for name in names}
            return Run(job.letter, job.library, job.what, mine), "operands"

        monkeypatch.setattr(against, "run", run)

    monkeypatch.setattr(against, "devices_to_test", lambda ctx: [{"context": name, "kernels": "cpu"} for name in ("cpu(0)", "cpu(1)")])
    made_up("")
    assert cli.main(["selftest", "--against", "numpy"]) == 0
    made_up(names[3])
    file = tmp_path / "moved.json"
    assert cli.main(["selftest", "--against", "numpy", "--json", str(file)]) == 1
    moved = [row["name"] for row in json.loads(file.read_text())["programs"] if len(row["clnd"]) > 1]
    assert moved == [list(GROUPS[0].programs)[3]]
    assert "and 1 with clnd (3 runs)" in capsys.readouterr().out


def test_all_is_for_digests(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["selftest", "--against", "numpy", "--all"]) == 1
    assert capsys.readouterr().err.startswith("clnd: [selftest] got --against and --all; expected one of them")


# --- the programs --------------------------------------------------------------------------------


def test_operands_are_in_range_and_never_change() -> None:
    for dtype in ("float32", "float64"):
        x = numbers("a seed", (40, 25), dtype, -3, 5)
        assert (x.dtype, x.shape) == (np.dtype(dtype), (40, 25))
        assert -3 <= x.min() < -2.9
        assert 4.9 < x.max() <= 5
    # By Python's integers.
    first = int.from_bytes(bytes.fromhex("8f44d509e0492ace"), "little") >> 1  # the SHA-256 of "a seed" begins so
    for k, value in enumerate(numbers("a seed", (5,), "float64", 0, 1).tolist()):
        z = (first + k) * 0x9E3779B97F4A7C15 % 2**64
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        assert value == ((z ^ z >> 31) >> 11) / 2**53
    z = numbers("a seed", (7,), "complex64", -1, 1)
    assert z.real.tolist() == numbers("a seed real", (7,), "float32", -1, 1).tolist()


def test_programs_have_names_of_their_own() -> None:
    names = [key(group, name) for group in GROUPS for name in group.programs]
    assert len(set(names)) == len(names) > 100
    assert sum(group.chapter == "elementary functions" for group in GROUPS for _ in group.programs) == 42


def test_numpy_in_two_ways() -> None:
    """Without the CPU's widest vectors NumPy's kernels are others, and the operands the same. What moves depends on the CPU."""
    wide, narrow = (next((job for job in by_numpy(features(), os.environ) if job.what.startswith(way)), None) for way in ("with ", "without "))
    if wide is None or narrow is None:
        pytest.skip("NumPy chooses no kernels on this CPU")
    (a, a_inputs), (b, b_inputs) = (against.run(replace(job, arguments=(*job.arguments, "elementary functions"))) for job in (wide, narrow))
    assert (a.error, b.error) == ("", "")
    assert a_inputs == b_inputs
    assert set(a.digests) == set(b.digests) == {key(g, name) for g in GROUPS for name in g.programs if g.chapter == "elementary functions"}
