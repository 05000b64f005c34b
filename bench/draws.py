"""Random draws."""

from __future__ import annotations

from typing import Any

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def uniform(place: Place) -> Work:
    """Numbers from 0 to 1."""
    n = place.size(16_000_000)
    sides: dict[str, Any] = {
        "clnd": lambda: wait(clnd.random.uniform(shape=(n,), ctx=place.ctx)),
        "numpy": lambda: place.random.random(n, "float32"),
    }
    if place.torch is not None:
        sides["torch"] = place.torch_call(lambda: place.torch.rand(n, device=place.torch_device))
    return Work(f"uniform, {count(n)} float32", sides, moved=4 * n, tolerance=None)


def normal(place: Place) -> Work:
    """Normally distributed numbers."""
    n = place.size(16_000_000)
    sides: dict[str, Any] = {
        "clnd": lambda: wait(clnd.random.normal(shape=(n,), ctx=place.ctx)),
        "numpy": lambda: place.random.standard_normal(n, "float32"),
    }
    if place.torch is not None:
        sides["torch"] = place.torch_call(lambda: place.torch.randn(n, device=place.torch_device))
    return Work(f"normal, {count(n)} float32", sides, moved=4 * n, tolerance=None)


CASES = (
    Case("uniform", uniform),
    Case("normal", normal, (Target(speed=4),)),
)
