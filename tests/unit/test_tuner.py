"""The tuner without a device: a made-up worker answers with the times that a test wants."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import clnd.tuner.trials
from clnd import cli, requirements
from clnd.dtypes import float32
from clnd.kernels.kernel import Kernel
from clnd.settings import Settings
from clnd.tuner import command
from clnd.tuner.child import CandidateError, Worker
from clnd.tuner.search import SMALL, search
from clnd.tuner.session import Outcome, Subject, tune
from clnd.tuner.trials import Trial, Trials
from clnd.tuner.workloads import WORKLOADS, Workload
from tests.unit.test_kernels_records import RECORDS
from tests.unit.test_tuning import INFO

RECORD = Kernel(
    name="made_up",
    family="gpu",
    tunables={"TILE": (8, 16, 32), "PAD": (0, 1)},
    fits=lambda p, dtype, device: True,
    moved=lambda problem, itemsize: problem[0] * itemsize,
    flops=lambda problem: 0,
    problems=((1,),),
)
WORKLOAD = Workload({"gpu": RECORD}, (float32,), ((250_000_000,),), lambda problem, dtype, ctx: [])
SUBJECT = Subject("made_up", WORKLOAD, float32, INFO)


class MadeUpWorker:
    """Answers as a worker does; ``seconds`` tells a candidate's time, or raises."""

    def __init__(self, seconds: Callable[[dict[str, int]], float]) -> None:
        self.seconds = seconds
        self.asked: list[dict[str, int]] = []
        self.processes = 1
        self.digest: Callable[[dict[str, int], str], str] = lambda parameters, do: "same"

    def start(self) -> None:
        """Nothing to start."""

    def end(self) -> None:
        """A new process: whoever was lucky may be so no longer."""
        self.processes += 1

    def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        do = request["do"]
        if do == "compare":
            return {"samples": [[[[self.seconds(side)] * request["rounds"] for side in request["sides"]]]]}
        answer: dict[str, Any] = {"digests": [self.digest(request["parameters"], do)]}
        if do == "measure":
            self.asked.append(request["parameters"])
            answer["seconds"] = [[self.seconds(request["parameters"])]]
        return answer


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clnd.tuner.trials, "settings", Settings(cache_folder=tmp_path))
    return tmp_path


def tuned(worker: MadeUpWorker, **options: Any) -> Outcome:
    return tune(SUBJECT, cast("Worker", worker), Trials("made_up"), 1000.0, **options)


def by_tile(parameters: dict[str, int]) -> float:
    return {8: 1.0, 16: 0.5, 32: 2.0}[parameters["TILE"]]


def test_the_fastest_wins() -> None:
    outcome = tuned(MadeUpWorker(by_tile))
    assert (outcome.parameters["TILE"], outcome.changed["TILE"], outcome.gain, outcome.tried) == (16, 16, 2.0, 6)
    assert (outcome.figure, outcome.default, outcome.unit) == (2.0, 1.0, "GB/s")


def test_a_small_gain_is_none() -> None:
    outcome = tuned(MadeUpWorker(lambda p: 0.98 if p["TILE"] == 16 else 1.0))
    assert (outcome.parameters, outcome.changed, outcome.gain) == ({"TILE": 8, "PAD": 0}, {}, 1.0)


def test_luck_does_not_win_twice() -> None:
    worker = MadeUpWorker(lambda p: 0.5 if p == {"TILE": 16, "PAD": 0} and worker.processes == 1 else by_tile(p) if p["TILE"] != 16 else 0.9)
    outcome = tuned(worker)
    assert worker.processes > 1
    assert outcome.gain == pytest.approx(1 / 0.9)


def test_wrong_results_never_win() -> None:
    worker = MadeUpWorker(by_tile)
    worker.digest = lambda parameters, do: "wrong" if parameters == {"TILE": 16, "PAD": 0} else "same"
    outcome = tuned(worker)
    assert outcome.parameters == {"TILE": 16, "PAD": 1}
    assert outcome.failures == [({"TILE": 16, "PAD": 0}, "results differ from the default's")]


def test_results_that_are_wrong_on_the_records_own_problems_never_win() -> None:
    worker = MadeUpWorker(by_tile)
    worker.digest = lambda parameters, do: "wrong" if do == "check" and parameters["TILE"] == 16 else "same"
    outcome = tuned(worker)
    assert (outcome.gain, [p for p, _ in outcome.failures]) == (1.0, [{"TILE": 16, "PAD": 0}, {"TILE": 16, "PAD": 1}])


def test_where_the_default_fails_nothing_can_win() -> None:
    def seconds(parameters: dict[str, int]) -> float:
        raise CandidateError("no answer in 3 s")

    outcome = tuned(MadeUpWorker(seconds))
    assert (outcome.figure, outcome.failures) == (0.0, [({"TILE": 8, "PAD": 0}, "no answer in 3 s")])


def test_an_interrupted_run_goes_on() -> None:
    """After Ctrl-C in the third candidate the next run asks for the other ones only, and the default."""

    def interrupted(parameters: dict[str, int]) -> float:
        if len(first.asked) == 3:
            raise KeyboardInterrupt
        return by_tile(parameters)

    first, second, third = MadeUpWorker(interrupted), MadeUpWorker(by_tile), MadeUpWorker(by_tile)
    with pytest.raises(KeyboardInterrupt):
        tuned(first)
    outcome = tuned(second)
    done, default = first.asked[:2], RECORD.default(float32, INFO)
    assert outcome.tried == 6
    assert second.asked[0] == default
    assert [p for p in second.asked[1:] if p in done] == []
    assert len(second.asked) == 1 + 4
    assert tuned(third) == outcome
    assert not third.asked


def test_a_line_that_a_kill_cut_short_is_left_out(cache: Path) -> None:
    trials = Trials("made_up")
    trials.add(Trial({"TILE": 8, "PAD": 0}, [[1.0]], "", 0.5))
    trials.add(Trial({"TILE": 16, "PAD": 0}, [], "no answer in 3 s", 3.0))
    (file,) = (cache / "tuning").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    again = Trials("made_up")
    assert again.all() == trials.all()[:1]
    again.add(trials.all()[1])
    assert Trials("made_up").all() == trials.all()
    assert len(Trials("another")) == 0
    again.remove()
    assert len(Trials("made_up")) == 0


@pytest.mark.parametrize("values", [(3, 2), (7, 6, 5)], ids=["small", "large"])
def test_the_search_finds_the_best_and_asks_the_default_first(values: tuple[int, ...]) -> None:
    names = [f"T{k}" for k in range(len(values))]
    space = [dict(zip(names, p, strict=True)) for p in itertools.product(*(range(n) for n in values)) if sum(p) != 3]
    assert (len(space) <= SMALL) == (len(values) == 2)
    asked: list[dict[str, int]] = []

    def cost(parameters: Any) -> float | None:
        if parameters not in asked:
            asked.append(dict(parameters))
        return None if parameters["T0"] == 2 else 10.0 - sum(parameters.values())

    search(space, space[0], cost, lambda: False)
    assert asked[0] == space[0]
    assert sorted(map(str, asked)) == sorted(map(str, space))


def test_the_search_ends_with_the_budget() -> None:
    space = [{"A": a, "B": b} for a in range(20) for b in range(20)]
    asked = []
    search(space, space[0], lambda p: float(asked.append(p) or 1), lambda: len(asked) >= 7)  # type: ignore[func-returns-value]
    assert len(asked) == 7


def test_every_record_with_tunables_has_a_workload() -> None:
    assert {r.name for r in RECORDS} == set(WORKLOADS)
    assert {id(r) for r in RECORDS} == {id(r) for w in WORKLOADS.values() for r in w.records.values()}


@pytest.mark.parametrize(("text", "wanted"), [("90", 90), ("60s", 60), ("1.5m", 90), ("2h", 7200), (" 5 s ", 5)])
def test_durations(text: str, wanted: float) -> None:
    assert command.seconds(text) == wanted


CANNOT = {
    "zero": (["--budget", "0s"], r"\[tune\] got --budget '0s'; expected a time above zero, such as 30s, 5m or 1h"),
    "zero minutes": (["--budget", "0.0m"], "got --budget '0.0m'"),
    "negative": (["--budget=-5s"], "got --budget '-5s'"),
    "no number": (["--budget", "nan"], "got --budget 'nan'"),
    "unit": (["--budget", "5 fortnights"], "got --budget '5 fortnights'"),
    "empty": (["--budget", ""], "got --budget ''"),
    "kernel": (["fft"], r"\[tune\] got kernel 'fft', which has no record to tune; expected some of .*gemm.*, or all"),
    "export": (["--export", "/no/such/folder/x.json"], "got --export '/no/such/folder/x.json'; expected a file"),
}


@pytest.mark.parametrize(("arguments", "says"), CANNOT.values(), ids=CANNOT)
def test_what_cannot_be_done_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tune", *arguments]) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert re.search(rf"^clnd: .*{says}", error)


@pytest.mark.parametrize("package", ["kernel_tuner", "rich"])
def test_without_the_extra(package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    find = command.importlib.util.find_spec  # type: ignore[attr-defined]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else find(name))
    assert command.main([], None, None, False, None) == 2
    assert capsys.readouterr().err == f"clnd: [tune] {package} is not installed; install it with: {requirements.pip()} install '.[tune]'\n"


def test_without_a_cache(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "settings", replace(Settings(), cache=False))
    assert command.main([], None, None, False, None) == 2
    assert "CLND_CACHE=0" in capsys.readouterr().err


def test_entries_are_json() -> None:
    outcome = tuned(MadeUpWorker(by_tile))
    entry = command._entry(outcome, INFO)
    assert json.loads(json.dumps(entry.parameters)) == outcome.parameters
    assert (entry.figure, entry.default, entry.device, entry.architecture) == (2.0, 1.0, "NVIDIA H100", "sm_90")
