"""The benchmark's table, results and turns, with made-up timings. No OpenCL."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench import plot, table
from bench.case import PEERS, Target, count
from bench.results import Results, Row
from bench.threads import reckoned
from bench.threads import table as table_of_threads
from bench.timing import alternate

NAMES = ("chain", "gemm", "record", "broken")


def rows() -> list[Row]:
    targets = (Target(speed=4), Target(speed=50, peer="pyopencl.array"))
    chain = {"clnd": 0.01, "numpy": 0.05, "pyopencl.array": 0.4}
    return [
        Row("chain", "chain of 16M", chain, chain, floor=0.008, moved=256_000_000, targets=targets),
        Row("gemm", "1024x1024 @ 1024x1024", {"clnd": 0.02, "numpy": 0.01}, flops=2 * 1024**3, targets=(Target(speed=0.4),)),
        Row("record", "a + b recorded", {"clnd": 4e-6}, targets=(Target(seconds=3e-6),)),
        Row("broken", "broken", error="BuildError: [gemm] no", targets=(Target(speed=2),)),
    ]


def results() -> Results:
    device = {"context": "cpu(0)", "name": "a processor", "driver": "pocl", "version": "3.0"}
    peaks = {"copy": 3.2e10, "flops": {"float32": 2e11}}
    return Results("2026-01-02T03:04:05+00:00", {"clnd": "0.1", "numpy": "2.4"}, device, peaks, rows())


def test_cells_show_times_ratios_the_floor_and_targets() -> None:
    chain = dict(zip(table.HEADS, table.cells(rows()[0]), strict=True))
    assert chain == {
        "what": "chain of 16M", "clnd": "10.0 ms", "rate": "25.6 GB/s", "NumPy": "50.0 ms 5.00x", "numexpr": "-", "scipy": "-",
        "torch": "-", "cupy": "-", "pyopencl.array": "400 ms 40.0x", "clblast": "-", "tinygrad": "-", "clnd fast": "-", "floor": "8.00 ms", "of floor": "80 %",
        "target": "4x NumPy met, 50x pyopencl.array MISSED",
    }  # fmt: skip


def test_products_show_gflops_and_overheads_their_time() -> None:
    _, gemm, record, _ = (dict(zip(table.HEADS, table.cells(row), strict=True)) for row in rows())
    assert (gemm["rate"], gemm["target"]) == ("107 GFLOPS", "0.4x NumPy met")
    assert (record["clnd"], record["target"]) == ("4.00 us", "<= 3.00 us MISSED")


def test_the_plot_has_a_line_for_each_library_that_was_measured(tmp_path: Path) -> None:
    found = results()
    found.rows = [
        Row("gemm-float32-128", "", {"clnd": 2e-5, "numpy": 1e-5}, flops=2 * 128**3),
        Row("gemm-float32-64", "", {"clnd": 2e-5}, flops=2 * 64**3),
    ]
    assert plot.lines(found, "float32") == {
        "clnd": [(64, 2 * 64**3 / 2e-5), (128, 2 * 128**3 / 2e-5)], "numpy": [(128, 2 * 128**3 / 1e-5)],
    }  # fmt: skip
    assert plot.lines(found, "float64") == {}
    pytest.importorskip("matplotlib")
    found.save(tmp_path / "x.json")
    assert plot.main([str(tmp_path / "x.json")]) == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


def test_an_error_is_one_line_of_the_table() -> None:
    cells = table.cells(rows()[3])
    assert cells[0] == "broken: BuildError: [gemm] no"
    assert set(cells[1:-1]) == {"-"}
    assert cells[-1] == "2x NumPy not known"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "2.00 s"), (0.9996, "1.00 s"), (0.1234, "123 ms"), (0.00999, "9.99 ms"), (4.56e-5, "45.6 us"), (1e-8, "10.0 ns")],
)
def test_durations_have_three_digits(seconds: float, text: str) -> None:
    assert table.duration(seconds) == text


@pytest.mark.parametrize(("n", "text"), [(1000, "1000"), (100_000, "100k"), (2_062_500, "2.06M"), (16_000_000, "16M")])
def test_counts_are_short(n: int, text: str) -> None:
    assert count(n) == text


def test_the_table_is_printed_by_rich(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    table.show(results())
    out = capsys.readouterr().out
    assert "1024x1024 @ 1024x1024" in out
    assert "broken: BuildError: [gemm] no" in out


def test_the_table_is_plain_text_without_rich(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("rich", "rich.console", "rich.table"):
        monkeypatch.setitem(sys.modules, name, None)
    table.show(results())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cpu(0): a processor (pocl, 3.0); copy 32.0 GB/s, float32 200 GFLOPS")
    assert lines[2].split()[:2] == ["what", "clnd"]
    # Columns stand below each other.
    assert lines[3].index("10.0 ms") == lines[2].index("clnd")
    assert len(lines) == 3 + len(NAMES)


def test_every_peer_has_a_column() -> None:
    assert len(table.HEADS) == len(table.cells(rows()[0])) == 6 + len(PEERS)


def test_results_come_back_from_json(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "pocl.json"
    results().save(file)
    assert Results.load(file) == results()


def test_rows_that_were_not_measured_again_are_kept() -> None:
    older, newer = results(), results()
    newer.rows = [Row("gemm", "again", {"clnd": 1.0})]
    merged = newer.with_rows_of(older, list(NAMES))
    assert [row.name for row in merged.rows] == list(NAMES)
    assert merged.rows[1].what == "again"
    other = replace(older, versions={"clnd": "0.2"})
    assert newer.with_rows_of(other, list(NAMES)).rows == newer.rows


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert Row("x", "x").met(Target(seconds=1)) is None
    assert Row("x", "x", {"clnd": 1.0}).met(Target(speed=1, peer="torch")) is None


class Sides:
    """Two sides on a clock that only they move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns: list[str] = []

    def clock(self) -> float:
        return self.now

    def side(self, name: str, seconds: float) -> Callable[[], None]:
        def run() -> None:
            self.turns.append(name)
            self.now += seconds

        return run


def test_sides_take_turns_and_each_goes_first() -> None:
    made = Sides()
    taken = alternate({"clnd": made.side("clnd", 0.1), "numpy": made.side("numpy", 0.3)}, 4, clock=made.clock)
    warm_up = 6
    assert made.turns[warm_up:] == ["clnd", "numpy", "numpy", "clnd"] * 2
    assert taken == {"clnd": pytest.approx([0.1] * 4), "numpy": pytest.approx([0.3] * 4)}


def test_short_calls_are_made_several_times_and_batches_are_divided() -> None:
    made = Sides()
    taken = alternate({"clnd": made.side("clnd", 1e-4)}, 1, clock=made.clock)
    assert len(made.turns) == 3 + 1000
    assert taken["clnd"] == pytest.approx([1e-4])
    taken = alternate({"clnd": made.side("clnd", 1.0)}, 1, calls=200, clock=made.clock)
    assert taken["clnd"] == pytest.approx([0.005])


def test_slow_sides_get_three_samples() -> None:
    made = Sides()
    taken = alternate({"clnd": made.side("clnd", 0.1), "slow": made.side("slow", 1.0)}, 9, clock=made.clock)
    assert {name: len(samples) for name, samples in taken.items()} == {"clnd": 9, "slow": 3}


# --- more cores than there are ------------------------------------------------------------------


def test_what_two_threads_do_not_halve_stays() -> None:
    assert reckoned(8.0, 4.0, 64, 0.0) == 8.0 / 64
    assert reckoned(8.0, 5.0, 64, 0.0) == 2.0 + 6.0 / 64
    assert reckoned(8.0, 4.0, 64, 1.0) == 1.0 + 7.0 / 64
    # Memory does not answer faster for more cores.
    assert reckoned(8.0, 7.0, 64, 1.0, least=0.5) == 1.5


def test_the_table_of_threads() -> None:
    found = {count: {"one launch": 1e-5, "chain, 16M": 0.02 / count, "sum, 33M": 0.01 / count, "product, 2048": 0.1 / count, "sort, 10M": 0.2} for count in (1, 2)}
    lines = table_of_threads(found, 64, 300e9)
    assert lines[0] == "| work, float32 | 1 thread | 2 threads | 64 cores, reckoned |"
    assert lines[-2:] == ["| product, 2048 | 100 ms | 50 ms | 1.6 ms |", "| sort, 10M | 200 ms | 200 ms | 2e+02 ms |"]
