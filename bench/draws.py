"""Random numbers: each side draws by its own generator, so values are not compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]

Sides = tuple[Callable[[int], Any], Callable[[np.random.Generator, int], Any], Callable[[Any, int, str], Any]]
"""One draw of n elements by clnd, by NumPy's Generator, and by PyTorch on a device."""

_DRAWS: dict[str, Sides] = {
    "uniform": (
        lambda n: clnd.random.uniform(shape=n),
        lambda g, n: g.random(n, np.float32),
        lambda torch, n, device: torch.rand(n, device=device),
    ),
    "normal": (
        lambda n: clnd.random.normal(shape=n),
        lambda g, n: g.standard_normal(n, np.float32),
        lambda torch, n, device: torch.randn(n, device=device),
    ),
    "exponential": (
        lambda n: clnd.random.exponential(shape=n),
        lambda g, n: g.standard_exponential(n, np.float32),
        lambda torch, n, device: torch.empty(n, device=device).exponential_(),
    ),
    "bernoulli": (
        lambda n: clnd.random.bernoulli(0.3, shape=n),
        lambda g, n: g.random(n, np.float32) < 0.3,
        lambda torch, n, device: torch.empty(n, dtype=torch.bool, device=device).bernoulli_(0.3),
    ),
    "randint": (
        lambda n: clnd.random.randint(0, 1000, shape=n, dtype="int32"),
        lambda g, n: g.integers(0, 1000, n, np.int32),
        lambda torch, n, device: torch.randint(0, 1000, (n,), dtype=torch.int32, device=device),
    ),
    "permutation": (
        lambda n: clnd.random.permutation(n),
        lambda g, n: g.permutation(n),
        lambda torch, n, device: torch.randperm(n, device=device),
    ),
}
_BYTES = {"bernoulli": 1, "permutation": 8}


def draw(place: Place, name: str) -> Work:
    """``n`` elements of one distribution."""
    n = place.size(16_000_000)
    ours, numpys, torchs = _DRAWS[name]
    generator = np.random.default_rng(2026)

    def by_clnd() -> Any:
        with place.ctx:
            return wait(ours(n))

    sides: dict[str, Any] = {"clnd": by_clnd, "numpy": lambda: numpys(generator, n)}
    if place.torch is not None:
        sides["torch"] = place.torch_call(lambda: torchs(place.torch, n, place.torch_device))
    return Work(f"{name}, {count(n)}", sides, moved=_BYTES.get(name, 4) * n, tolerance=None)


_TARGETS = {
    "uniform": (Target(speed=3), Target(speed=1, peer="torch")),
    "normal": (Target(speed=6), Target(speed=1, peer="torch")),
}

CASES = tuple(Case(name, lambda place, name=name: draw(place, name), _TARGETS.get(name, ())) for name in _DRAWS)
