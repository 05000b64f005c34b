"""Matrix products and random draws."""

from __future__ import annotations

from typing import Any

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def product(place: Place, n: int, dtype: str) -> Work:
    """The product of two square matrices."""
    a, b = place.numbers(n, n, dtype=dtype), place.numbers(n, n, dtype=dtype)
    x, y = place.array(a), place.array(b)
    sides: dict[str, Any] = {"clnd": lambda: wait(x @ y), "numpy": lambda: a @ b}
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(b)
        sides["torch"] = place.torch_call(lambda: u @ v)
    # OpenBLAS's threads spin for about a tenth of a second after a product.
    tolerance = {"float32": 1e-4, "float64": 1e-10}[dtype]
    return Work(f"{n}x{n} @ {n}x{n} {dtype}", sides, 3 * a.nbytes, 2 * n**3, dtype, tolerance, settle=0.2)


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


def _gemm(n: int, dtype: str, *targets: Target) -> Case:
    return Case(f"gemm-{dtype}-{n}", lambda place: product(place, place.edge(n), dtype), targets)


CASES = (
    Case("uniform", uniform),
    Case("normal", normal, (Target(speed=4),)),
    _gemm(256, "float32"),
    _gemm(512, "float32"),
    _gemm(1024, "float32", Target(speed=0.4)),
    _gemm(2048, "float32"),
    _gemm(256, "float64"),
    _gemm(512, "float64"),
    _gemm(1024, "float64", Target(speed=0.4)),
    _gemm(2048, "float64"),
)
