"""Tuning one kernel for one dtype: the default, the search, and the finalists against the default."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from clnd.dtypes import DType
from clnd.kernels.kernel import Kernel, Parameters
from clnd.runtime.device import DeviceInfo
from clnd.tuner.child import CandidateError, Worker
from clnd.tuner.search import search
from clnd.tuner.trials import Trial, Trials
from clnd.tuner.workloads import Problem, Workload

__all__ = ["GAIN", "PATIENCE", "Outcome", "Patience", "Progress", "Subject", "tune"]

GAIN = 1.03
"""Times the default's speed that a candidate must reach, side by side with it, to win."""

_LOSS = 0.9
"""No call may fall below so many times the default's speed, whatever the others gain."""

_FINALISTS = 3
_ROUNDS = 9
_CONFIRMATIONS = 2
"""So many times more a candidate that won must win. The best of many is partly luck, and where operands happen to
lie in memory is worth some percent: each time is in a new process."""

_SEARCH = 0.75
"""The part of the budget that the search takes; the rest is for the finalists."""


@dataclass(frozen=True)
class Subject:
    """What is tuned: one kernel for one dtype on one device."""

    kernel: str
    workload: Workload
    dtype: DType
    info: DeviceInfo

    @property
    def record(self) -> Kernel:
        return self.workload.records[self.info.family]

    @property
    def unit(self) -> str:
        return "GFLOP/s" if self.record.flops(self.workload.problems[0]) else "GB/s"

    def figure(self, seconds: Iterable[Sequence[float]]) -> float:
        """The geometric mean, over the calls of all problems, of what is done in a second."""
        rates = []
        for problem, calls in zip(self.workload.problems, seconds, strict=True):
            work = self.record.flops(problem) or self.record.moved(problem, self.dtype.itemsize)
            rates += [work / 1e9 / t for t in calls]
        return statistics.geometric_mean(rates)


@dataclass(frozen=True)
class Outcome:
    """What came of a subject. ``parameters`` are the default's where nothing was better; ``gain`` is then 1.

    ``changed`` are those of the parameters that differ from the default's.
    ``failures`` are the candidates that failed, with the reason. Where the default itself failed,
    nothing can be compared with it and ``figure`` is 0.
    """

    kernel: str
    family: str
    dtype: str
    parameters: dict[str, int]
    changed: dict[str, int]
    figure: float
    default: float
    unit: str
    gain: float
    tried: int
    failures: list[tuple[dict[str, int], str]] = field(default_factory=list)


@dataclass(frozen=True)
class Progress:
    """How far a subject is: the part of the budget that is spent, candidates, and the best figure so far."""

    spent: float
    tried: int
    size: int
    failed: int
    best: float
    default: float
    unit: str


@dataclass(frozen=True)
class Patience:
    """Seconds that the default's measurement may take, and a candidate's: ``least`` and ``times`` the default's."""

    default: float = 120.0
    least: float = 5.0
    times: float = 10.0


PATIENCE = Patience()


def tune(
    subject: Subject,
    worker: Worker,
    trials: Trials,
    budget: float,
    watch: Callable[[Progress], None] = lambda progress: None,
    patience: Patience = PATIENCE,
) -> Outcome:
    """Find the fastest parameters within about ``budget`` seconds; the time of earlier trials counts.

    A candidate wins where its results have the bits of the default's, on the measured problems and on
    the record's own, and where it is faster by `GAIN` in alternating rounds, in each of three processes.
    """
    if trials.outcome is None:
        trials.conclude(asdict(_Run(subject, worker, trials, budget, watch, patience).outcome()))
    assert trials.outcome is not None
    return Outcome(**trials.outcome)


class _Run:
    """The state of tuning one subject."""

    def __init__(
        self, subject: Subject, worker: Worker, trials: Trials, budget: float, watch: Callable[[Progress], None],
        patience: Patience,
    ) -> None:  # fmt: skip
        self.subject, self.worker, self.trials, self.budget = subject, worker, trials, budget
        self.watch, self.patience = watch, patience
        self.default = subject.record.default(subject.dtype, subject.info)
        self.space = list(subject.record.space(subject.dtype, subject.info))
        # Digests of the default's results, on the measured problems and on the record's own.
        self.wanted: list[str] = []
        self.checked: list[str] = []
        self.limit = patience.default
        self.start = time.monotonic() - sum(trial.took for trial in trials.all())

    def outcome(self) -> Outcome:
        self.worker.start()
        before = time.monotonic()
        try:
            answer = self._ask("measure", self.default, self.subject.workload.problems)
        except CandidateError as error:
            return self._concluded(self.default, 0.0, 0.0, 1.0, [(self.default, str(error))])
        took = time.monotonic() - before
        self.wanted, self.limit = answer["digests"], self.patience.least + self.patience.times * took
        self.trials.add(Trial(self.default, answer["seconds"], "", took))
        search(self.space, self.default, self._cost, lambda: self._spent() > _SEARCH)
        return self._final()

    # --- the search ----------------------------------------------------------------------------

    def _cost(self, parameters: Parameters) -> float | None:
        trial = self.trials.get(parameters)
        if trial is None:
            trial = self._tried(dict(parameters))
            self.trials.add(trial)
        self._show()
        return None if trial.failed else 1 / self.subject.figure(trial.seconds)

    def _tried(self, parameters: dict[str, int]) -> Trial:
        before = time.monotonic()
        seconds, failed = [], ""
        try:
            answer = self._ask("measure", parameters, self.subject.workload.problems)
        except CandidateError as error:
            failed = str(error)
        else:
            seconds = answer["seconds"]
            if answer["digests"] != self.wanted:
                seconds, failed = [], "results differ from the default's"
        return Trial(parameters, seconds, failed, time.monotonic() - before)

    def _ask(self, what: str, parameters: Parameters, problems: Sequence[Problem]) -> dict[str, Any]:
        request = {"kernel": self.subject.kernel, "dtype": self.subject.dtype.name, "do": what}
        return self.worker.ask(request | {"parameters": dict(parameters), "problems": problems}, self.limit)

    def _spent(self) -> float:
        return (time.monotonic() - self.start) / self.budget

    def _show(self) -> None:
        good = self._good()
        default = self.trials.get(self.default)
        assert default is not None
        self.watch(
            Progress(
                min(1.0, self._spent()), len(self.trials), len(self.space), len(self.trials) - len(good),
                self.subject.figure(good[0].seconds), self.subject.figure(default.seconds), self.subject.unit,
            )
        )  # fmt: skip

    def _good(self) -> list[Trial]:
        """The trials that did not fail, the fastest first."""
        good = [trial for trial in self.trials.all() if not trial.failed]
        return sorted(good, key=lambda trial: -self.subject.figure(trial.seconds))

    # --- the finalists -------------------------------------------------------------------------

    def _final(self) -> Outcome:
        """The fastest trials, each against the default; the one that gains most wins, if it gains enough."""
        trial = self.trials.get(self.default)
        assert trial is not None
        figure = self.subject.figure(trial.seconds)
        best, best_figure, best_default, best_gain = self.default, figure, figure, 1.0
        failures = [(t.parameters, t.failed) for t in self.trials.all() if t.failed]
        faster = [t for t in self._good() if t.parameters != self.default and self.subject.figure(t.seconds) > figure]
        if faster:
            try:
                self.checked = self._ask("check", self.default, self.subject.record.problems)["digests"]
            except CandidateError as error:
                return self._concluded(self.default, 0.0, 0.0, 1.0, [(self.default, str(error))])
        for finalist in faster[:_FINALISTS]:
            try:
                gain, reached, default = self._compared(finalist.parameters)
                for _ in range(_CONFIRMATIONS):
                    if gain <= max(GAIN, best_gain):
                        break
                    self.worker.end()
                    gain, reached, default = min((gain, reached, default), self._compared(finalist.parameters))
            except CandidateError as error:
                failures.append((finalist.parameters, str(error)))
                continue
            if gain > max(GAIN, best_gain):
                best, best_figure, best_default, best_gain = finalist.parameters, reached, default, gain
        return self._concluded(best, best_figure, best_default, best_gain, failures)

    def _compared(self, parameters: dict[str, int]) -> tuple[float, float, float]:
        """The gain over the default, the figure reached, and the default's; no gain where a call loses."""
        if self._ask("check", parameters, self.subject.record.problems)["digests"] != self.checked:
            raise CandidateError("results differ from the default's")
        request: dict[str, Any] = {"kernel": self.subject.kernel, "dtype": self.subject.dtype.name, "do": "compare"}
        request |= {"sides": [self.default, parameters], "rounds": _ROUNDS}
        samples = self.worker.ask(request, 3 * self.limit)["samples"]
        gains, reached, default = [], [], []
        for calls in samples:
            gains += [statistics.median(d / c for d, c in zip(*sides, strict=True)) for sides in calls]
            default.append([statistics.median(sides[0]) for sides in calls])
            reached.append([statistics.median(sides[1]) for sides in calls])
        figures = self.subject.figure(reached), self.subject.figure(default)
        # The pairs and the medians of each side must agree on it.
        gain = min(statistics.geometric_mean(gains), figures[0] / figures[1]) if min(gains) > _LOSS else 1.0
        return gain, *figures

    def _concluded(
        self, parameters: dict[str, int], figure: float, default: float, gain: float,
        failures: list[tuple[dict[str, int], str]],
    ) -> Outcome:  # fmt: skip
        s = self.subject
        return Outcome(
            s.kernel, s.record.family, s.dtype.name, parameters,
            {name: value for name, value in parameters.items() if value != self.default[name]},
            figure, default, s.unit, gain, len(self.trials), failures,
        )  # fmt: skip
