"""Samples of several sides, taken in turn."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["alternate"]

SAMPLE = 0.1
"""A sample lasts at least about so long, in seconds: shorter calls are made several times.

The cores that rested before it run slowly for about half a millisecond, whoever calls."""

PATIENCE = 2.0
"""A side that was timed for so long, in seconds, sits out the rounds after the third."""


def alternate(
    sides: Mapping[str, Callable[[], Any]],
    rounds: int,
    *,
    calls: int = 0,
    after: Callable[[], Any] | None = None,
    settle: float = 0.0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of one call of each side, ``rounds`` of them; the sides take turns, each first in every other round.

    Parameters
    ----------
    sides : mapping
        Name -> one call, or ``calls`` calls, that returns when its result is there.
    rounds : int
        Samples a side; slow sides get fewer, but at least three.
    calls : int
        How many calls running a side makes; 0: one, run as often as a sample needs.
    after : callable, optional
        Runs after each sample, untimed.
    settle : float
        Seconds of rest before each sample.
    """
    rest = after if after is not None else lambda: None
    repeats = {name: 1 if calls else _repeats(run, clock) for name, run in sides.items()}
    samples: dict[str, list[float]] = {name: [] for name in sides}
    spent = dict.fromkeys(sides, 0.0)
    for k in range(rounds):
        for name in list(sides) if k % 2 == 0 else reversed(list(sides)):
            if k >= 3 and spent[name] > PATIENCE:
                continue
            rest()
            time.sleep(settle)
            elapsed = _elapsed(sides[name], repeats[name], clock)
            rest()
            spent[name] += elapsed
            samples[name].append(elapsed / (repeats[name] * (calls or 1)))
    return samples


def _repeats(run: Callable[[], Any], clock: Callable[[], float]) -> int:
    """How many calls make a sample. Two calls go before, which compile and fill pools."""
    run()
    run()
    once = _elapsed(run, 1, clock)
    return max(1, math.ceil(SAMPLE / max(once, 1e-7)))


def _elapsed(run: Callable[[], Any], calls: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(calls):
        run()
    return clock() - start
