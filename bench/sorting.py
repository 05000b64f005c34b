"""Sorts, and what is found by them, against NumPy and PyTorch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Host, Place, wait

__all__ = ["CASES"]


def _keys(n: int, dtype: str) -> Host:
    """Normal numbers, or integers of the whole range."""
    random = np.random.default_rng(1)
    if np.dtype(dtype).kind == "f":
        return random.standard_normal(n).astype(dtype)
    return random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, n, dtype)


def _work(
    place: Place, what: str, host: Host, moved: int, ours: Callable[[Any], Any], numpys: Callable[[Host], Any], torchs: Callable[[Any, Any], Any] | None
) -> Work:  # fmt: skip
    """One call of each library that is there."""
    x = place.array(host)
    sides: dict[str, Any] = {"clnd": lambda: wait(ours(x)), "numpy": lambda: numpys(host)}
    if place.torch is not None and torchs is not None:
        t = place.tensor(host)
        sides["torch"] = place.torch_call(lambda: torchs(place.torch, t))
    return Work(what, sides, moved=moved)


def elements(place: Place, n: int, dtype: str) -> Work:
    """The elements of a vector in order."""
    n = place.size(n)
    host = _keys(n, dtype)
    return _work(place, f"sort, {count(n)} {dtype}", host, 2 * host.nbytes, clnd.sort, np.sort, lambda torch, t: torch.sort(t))


def places(place: Place, n: int, dtype: str) -> Work:
    """The places of the elements of a vector in order. NumPy's are those of a sort that is not stable: no ties have to be kept."""
    n = place.size(n)
    host = _keys(n, dtype)
    work = _work(place, f"argsort, {count(n)} {dtype}", host, host.nbytes + 8 * n, clnd.argsort, np.argsort, lambda torch, t: torch.argsort(t, stable=True))
    work.reference = lambda: np.argsort(host, kind="stable")
    return work


def rows(place: Place) -> Work:
    """Each row of a matrix in order."""
    m, n = place.size(4096), 1024
    host = _keys(m * n, "float32").reshape(m, n)
    return _work(place, f"sort of rows, {m}x{n} float32", host, 2 * host.nbytes, clnd.sort, np.sort, lambda torch, t: torch.sort(t))


def largest(place: Place) -> Work:
    """The ten largest elements of a vector, in order; NumPy partitions it."""
    n, k = place.size(1_000_000), 10
    host = _keys(n, "float32")
    work = _work(place, f"top_k, {k} of {count(n)} float32", host, host.nbytes, lambda x: clnd.top_k(x, k).values, lambda a: np.partition(a, n - k), lambda torch, t: torch.topk(t, k))
    work.reference = lambda: np.sort(host)[::-1][:k]
    return work


def values(place: Place, below: int, what: str) -> Work:
    """The values among integers from 0 to ``below``."""
    n = place.size(1_000_000)
    host = np.random.default_rng(1).integers(0, below, n, "int32")
    return _work(place, f"unique, {count(n)} int32 {what}", host, host.nbytes, clnd.unique, np.unique, lambda torch, t: torch.unique(t))


_SORTS = {("int32", 10_000_000): 1.5, ("float32", 10_000_000): 1.2, ("float64", 10_000_000): 1.0, ("int32", 1_000_000): 1.2, ("float32", 1_000_000): 1.0}
_ARGSORTS = {10_000_000: 8, 1_000_000: 5}

CASES = (
    *(Case(f"sort-{dtype}-{count(n)}", functools.partial(elements, n=n, dtype=dtype), (Target(speed=speed),)) for (dtype, n), speed in _SORTS.items()),
    *(
        Case(f"argsort-{count(n)}", functools.partial(places, n=n, dtype="float32"), (Target(speed=speed), Target(speed=3, peer="torch")))
        for n, speed in _ARGSORTS.items()
    ),
    Case("sort-rows", rows, (Target(speed=1),)),
    Case("top-k", largest, (Target(speed=2),)),
    Case("unique", lambda place: values(place, 1 << 31, "at random"), (Target(speed=20), Target(speed=1.3, peer="torch"))),
    Case("unique-1000", lambda place: values(place, 1000, "below 1000"), (Target(speed=3),)),
)
