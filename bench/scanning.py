"""Cumulative sums, searches in sorted arrays and counts, against NumPy and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def cumsum(place: Place, n: int, dtype: str) -> Work:
    """The cumulative sum of a vector."""
    n = place.size(n)
    a = place.numbers(n) if dtype == "float32" else np.random.default_rng(1).integers(-100, 100, n).astype(dtype)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.cumulative_sum(x)), "numpy": lambda: np.cumsum(a, dtype=dtype)}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: u.cumsum(0, dtype=u.dtype))
    # NumPy adds one after the other, and is far off by the end.
    whole = None if dtype != "float32" else lambda: np.cumsum(a, dtype=np.float64)
    return Work(f"cumsum, {count(n)} {dtype}", sides, moved=8 * n, tolerance=1e-3, reference=whole)


def cumsum_along(place: Place, axis: int) -> Work:
    """Cumulative sums of rows or of columns, beside a copy of the same array."""
    n = place.edge(4096)
    a = place.numbers(n, n)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.cumulative_sum(x, axis=axis)), "numpy": lambda: np.cumsum(a, axis=axis)}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: u.cumsum(axis))
    return Work(f"cumsum, axis {axis} of {n} x {n} float32", sides, moved=8 * n * n, tolerance=1e-2)


def searchsorted(place: Place) -> Work:
    """Random numbers looked up in as many that are sorted."""
    n = place.size(1_000_000)
    a, v = np.sort(place.numbers(n)), place.numbers(n)
    x, y = place.array(a), place.array(v)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.searchsorted(x, y)), "numpy": lambda: np.searchsorted(a, v)}
    if place.torch is not None:
        t, u, found = place.tensor(a), place.tensor(v), place.torch.searchsorted
        sides["torch"] = place.torch_call(lambda: found(t, u))
    return Work(f"searchsorted, {count(n)} in {count(n)} float32", sides, moved=16 * n)


def bincount(place: Place) -> Work:
    """Counts of integers below 100."""
    n = place.size(10_000_000)
    a = np.random.default_rng(1).integers(0, 100, n)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.bincount(x)), "numpy": lambda: np.bincount(a)}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(u.bincount)
    return Work(f"bincount, {count(n)} int64 below 100", sides, moved=8 * n)


def histogram(place: Place) -> Work:
    """A histogram of 100 bins over a range."""
    n = place.size(10_000_000)
    a = place.numbers(n)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(clnd.histogram(x, 100, (0.5, 1.5))[0]), "numpy": lambda: np.histogram(a, 100, (0.5, 1.5))[0]}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: u.histc(100, 0.5, 1.5))
    return Work(f"histogram, {count(n)} float32, 100 bins", sides, moved=4 * n, tolerance=1e-3)


CASES = (
    Case("cumsum-1m", lambda place: cumsum(place, 1_000_000, "float32"), (Target(speed=9), Target(speed=2.3, peer="torch"))),
    Case("cumsum-10m", lambda place: cumsum(place, 10_000_000, "float32"), (Target(speed=9), Target(speed=2.3, peer="torch"))),
    Case("cumsum-int", lambda place: cumsum(place, 10_000_000, "int32"), (Target(speed=1),)),
    Case("cumsum-columns", lambda place: cumsum_along(place, 0)),
    Case("cumsum-rows", lambda place: cumsum_along(place, 1)),
    Case("searchsorted", searchsorted, (Target(speed=7), Target(speed=2.2, peer="torch"))),
    Case("bincount", bincount, (Target(speed=5), Target(speed=2.5, peer="torch"))),
    Case("histogram", histogram, (Target(speed=15), Target(speed=3, peer="torch"))),
)
