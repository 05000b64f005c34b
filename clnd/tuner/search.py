"""Which candidates are tried, in which order: Kernel Tuner's strategies over a record's parameters.

Kernel Tuner (https://github.com/KernelTuner/kernel_tuner; van Werkhoven, "Kernel Tuner: A
search-optimizing GPU code auto-tuner", 2019) compiles and runs kernels itself, in this process and
with arguments and a launch that it is given. clnd's launchers choose these by themselves, and a driver
that aborts must not end the tuner, so of Kernel Tuner only the search is used: its strategies take any
object that evaluates configurations.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Sequence
from typing import Any

from clnd.kernels.kernel import Parameters

__all__ = ["search"]

SMALL = 32
"""A space of so few candidates is tried whole, in its own order."""

_STALE = 5000
"""So many known candidates in a row, and the strategy has nothing new to ask."""


def search(
    space: Sequence[Parameters], default: Parameters, cost: Callable[[Parameters], float | None], spent: Callable[[], bool]
) -> None:
    """Ask for the ``cost`` of candidates of ``space`` until all are known or ``spent()``.

    A greedy iterated local search starts from ``default``: most good parameters are near others. It
    asks for the same candidates in the same order when the costs are the same. ``cost`` gives None for a
    candidate that failed, and may be asked for one candidate several times.
    """
    # Optional, and slow to import: only who tunes needs it.
    from kernel_tuner import util
    from kernel_tuner.interface import Options
    from kernel_tuner.searchspace import Searchspace
    from kernel_tuner.strategies import brute_force, greedy_ils

    names = list(default)
    values = {name: list(dict.fromkeys(p[name] for p in space)) for name in names}
    configurations = {",".join(str(p[name]) for name in names): {name: p[name] for name in names} for p in space}
    # Given as a cache, the space is what the record says fits, with no second statement of its rules.
    searchspace = Searchspace(None, None, None, from_cache={"tune_params": values, "cache": configurations})
    whole = len(space) <= SMALL
    budget = _Budget(len(space), spent, util.StopCriterionReached)
    options = {} if whole else {"x0": [default[name] for name in names], "max_fevals": len(space)}
    tuning_options = Options(
        objective=["seconds"], objective_higher_is_better=[False], strategy_options=Options(options),
        max_fevals=len(space), budget=budget, verbose=False,
    )  # fmt: skip
    random.seed(0)
    with contextlib.suppress(util.StopCriterionReached):
        (brute_force if whole else greedy_ils).tune(searchspace, _Runner(names, cost, budget, util), tuning_options)


class _Budget:
    """What a strategy asks whether it may go on: Kernel Tuner's `TuningBudget`, with the tuner's clock."""

    def __init__(self, size: int, spent: Callable[[], bool], stop: type[Exception]) -> None:
        self.known: set[tuple[int, ...]] = set()
        self.stale = 0
        self._size, self._spent, self._stop = size, spent, stop

    def is_done(self) -> bool:
        return len(self.known) >= self._size or self.stale >= _STALE or self._spent()

    def raise_exception_if_done(self) -> None:
        if self.is_done():
            raise self._stop("everything was tried, or the time is over")

    def get_fraction_consumed(self) -> float:
        return min(1.0, len(self.known) / self._size)


class _Runner:
    """Evaluates configurations for a strategy: what Kernel Tuner calls a runner."""

    def __init__(
        self, names: Sequence[str], cost: Callable[[Parameters], float | None], budget: _Budget, util: Any
    ) -> None:
        self._names, self._cost, self._budget, self._util = names, cost, budget, util

    def add_strategy_time(self, seconds: float) -> None:
        """The strategy's own time is in the budget already."""

    def run(self, configurations: Sequence[Sequence[int]], _options: Any) -> list[dict[str, Any] | None]:
        """A result for each configuration; None once the budget is spent."""
        return [None if self._budget.is_done() else self._evaluated(tuple(c)) for c in configurations]

    def _evaluated(self, values: tuple[int, ...]) -> dict[str, Any]:
        result: dict[str, Any] = dict(zip(self._names, values, strict=True))
        self._budget.stale = self._budget.stale + 1 if values in self._budget.known else 0
        self._budget.known.add(values)
        seconds = self._cost({name: int(value) for name, value in result.items()})
        failed = {"__error__": self._util.RuntimeFailedConfig()}
        return result | (failed if seconds is None else {"seconds": seconds})
