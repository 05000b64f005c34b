"""What a mask chooses, and arrays that are joined, against NumPy and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def masked(place: Place, share: float) -> Work:
    """The elements of a vector that a mask chooses; the mask is there."""
    n = place.size(10_000_000)
    a, m = place.numbers(n), np.random.default_rng(1).random(n) < share
    x, mask = place.array(a), place.array(m)
    sides: dict[str, Any] = {"clnd": lambda: wait(x[mask]), "numpy": lambda: a[m]}
    if place.torch is not None:
        u, k = place.tensor(a), place.tensor(m)
        sides["torch"] = place.torch_call(lambda: u[k])
    return Work(f"x[mask], {count(n)} float32, {share:.0%} chosen", sides, moved=n + int(2 * 4 * n * share))


def concat(place: Place) -> Work:
    """Eight vectors as one."""
    n = place.size(1_000_000)
    parts = [place.numbers(n) for _ in range(8)]
    xs = [place.array(a) for a in parts]
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.concat(xs)), "numpy": lambda: np.concatenate(parts)}
    if place.torch is not None:
        us, cat = [place.tensor(a) for a in parts], place.torch.cat
        sides["torch"] = place.torch_call(lambda: cat(us))
    return Work(f"concat of 8 x {count(n)} float32", sides, moved=8 * 8 * n)


CASES = (
    Case("mask-half", lambda place: masked(place, 0.5), (Target(speed=15),)),
    Case("mask-hundredth", lambda place: masked(place, 0.01), (Target(speed=2.5),)),
    Case("concat-8", concat, (Target(speed=1),)),
)
