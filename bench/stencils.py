"""Steps of stencils, in place, as NumPy's users write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work
from bench.place import Place, wait

__all__ = ["CASES"]

STEPS = 10


def _heated(u: Any) -> Callable[[], Any]:
    def run() -> Any:
        for _ in range(STEPS):
            u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
        return u

    return run


def heat(place: Place, n: int) -> Work:
    """Ten steps of the heat equation on n x n float32."""
    a = place.numbers(n * n).reshape(n, n)
    u, v = place.array(a), a.copy()
    step = _heated(u)
    # The sides go on from where they stand, so that their results are not compared; tests/device/test_stencils.py compares them.
    return Work(
        f"heat, {n} x {n} float32, {STEPS} steps",
        {"clnd": lambda: wait(step()), "numpy": _heated(v)},
        moved=STEPS * 8 * n * n, tolerance=None,
    )  # fmt: skip


def life(place: Place, n: int) -> Work:
    """One generation of Conway's Life on n x n int32 by rolls, without an end."""
    a = (np.random.default_rng(1).random((n, n)) < 0.3).astype(np.int32)
    x = place.array(a)

    def step(u: Any, roll: Any) -> Any:
        near = sum(roll(u, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
        return ((near == 3) | ((u == 1) & (near == 2))).astype(u.dtype)

    return Work(
        f"life, {n} x {n} int32, 1 step",
        {"clnd": lambda: wait(step(x, clnd.roll)), "numpy": lambda: step(a, np.roll)},
        moved=8 * n * n,
    )  # fmt: skip


CASES = tuple(
    Case(f"{name}-{n}", lambda place, n=n, work=work: work(place, n), (Target(speed=least),))  # type: ignore[misc]
    for name, work in (("heat", heat), ("life", life))
    for n, least in ((256, 0.8), (1024, 3.0), (2048, 3.0))
)
