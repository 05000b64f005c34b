"""Index arrays: elements and rows at random places, against NumPy and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def _work(place: Place, what: str, a: Any, i: Any, moved: int) -> Work:
    """What ``i`` chooses along the first axis of ``a``."""
    x, j = place.array(a), place.array(i)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.take(x, j, axis=0)), "numpy": lambda: np.take(a, i, axis=0)}
    if place.torch is not None:
        u, k = place.tensor(a), place.tensor(i)
        sides["torch"] = place.torch_call(lambda: u[k])
    return Work(what, sides, moved=moved)


def elements(place: Place) -> Work:
    """Elements at random places of a vector that no cache holds."""
    n = place.size(10_000_000)
    i = np.random.default_rng(1).integers(0, n, n)
    return _work(place, f"take, {count(n)} of {count(n)} float32", place.numbers(n), i, 16 * n)


def rows(place: Place) -> Work:
    """Rows of 512 bytes, as embeddings have them."""
    n = place.size(100_000)
    i = np.random.default_rng(1).integers(0, n, n)
    return _work(place, f"take of rows, {count(n)} of {count(n)} x 128 float32", place.numbers(n, 128), i, (8 + 2 * 512) * n)


CASES = (
    Case("take", elements, (Target(speed=2),)),
    Case("take-rows", rows, (Target(speed=1),)),
)
