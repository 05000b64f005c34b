"""Copies between the host and a device that go on beside other work: a loop of steps, each with work on the device, on the host, and a copy between them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Measured, Work, count
from bench.place import Host, Place, wait
from bench.timing import alternate

__all__ = ["CASES"]

STEPS = 10


def _beside(what: str, overlapped: Callable[[], Any], waiting: Callable[[], Any]) -> Work:
    """The loop that does not wait, with a note of how long the same loop takes that waits for each copy."""

    def measure(rounds: int) -> Measured:
        taken = alternate({"clnd": overlapped, "waiting": waiting}, rounds, calls=STEPS, settle=0.04)
        slow = median(taken.pop("waiting"))
        return Measured(taken, f"{slow * 1e3:.3g} ms where each copy is waited for, {slow / median(taken['clnd']):.2f}x")

    if not np.array_equal(overlapped(), waiting()):
        raise ValueError("got other values where copies are not waited for")
    return Work(what, measure=measure)


def reading(place: Place) -> Work:
    """Each step's result is read by the host, which works on it while the device makes the next."""
    n, edge = place.size(1 << 16), place.edge(512)
    w = wait(place.array(place.numbers(edge, edge)) / edge)
    outs = [np.empty((n // edge, edge), np.float32) for _ in range(2)]

    def step(a: Any) -> Any:
        for _ in range(4):
            a = a @ w
        return a

    def on_host(values: Host) -> Host:
        return np.log1p(values).sum(axis=0)

    start = place.array(place.numbers(n // edge, edge))

    def overlapped() -> Host:
        total, a = np.zeros(edge, np.float32), step(start)
        copy = a.asnumpy(outs[0], wait=False)
        for k in range(1, STEPS):
            a = step(a)
            following = a.asnumpy(outs[k % 2], wait=False)
            total += on_host(copy.result())
            copy = following
        return total + on_host(copy.result())

    def waiting() -> Host:
        total, a = np.zeros(edge, np.float32), start
        for k in range(STEPS):
            a = step(a)
            total += on_host(a.asnumpy(outs[k % 2]))
        return total

    return _beside(f"a step of products, read by the host as it works, {count(n)} float32", overlapped, waiting)


def uploading(place: Place) -> Work:
    """Each step takes a batch that the host makes while the device works on the one before."""
    rows, edge = 64, place.edge(512)
    w = wait(place.array(place.numbers(edge, edge)) / edge)
    raw = place.random.integers(0, 255, (rows, edge), np.uint8)

    def batch(k: int) -> Host:
        return np.sqrt((raw + np.uint8(k)).astype(np.float32) / 255)

    def loop(waits: bool) -> Host:
        total = clnd.zeros((rows, edge), device=place.ctx)
        for k in range(STEPS):
            a = clnd.asarray(batch(k), device=place.ctx)
            for _ in range(4):
                a = a @ w
            total += a
            clnd.evaluate(total)
            if waits:
                wait(total)
        return np.asarray(total.asnumpy())

    return _beside(f"a step of products on a batch that the host makes, {rows} x {edge} float32", lambda: loop(False), lambda: loop(True))


CASES = (Case("overlap-read", reading), Case("overlap-upload", uploading))
