"""Kernels are few: a new shape, axis or size means no new program. Counted on made-up devices, where nothing is compiled."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from tests.made_up import MadeUpDevice, info, played

DEVICES = {"cpu": info(), "cpu-64-bytes": info(vector_bytes=64), "gpu": info(kind="gpu", family="gpu", compute_units=40)}


def shape(rng: random.Random, ranks: tuple[int, int], most: int = 20) -> tuple[int, ...]:
    return tuple(rng.randint(1, 9) if rng.random() < 0.7 else rng.randint(10, most) for _ in range(rng.randint(*ranks)))


def operand(of: tuple[int, ...], dtype: Any = np.float32) -> Any:
    return clnd.asarray(np.broadcast_to(np.ones((), dtype), of))


def a_sum(rng: random.Random) -> None:
    of = shape(rng, (1, 4))
    axes = tuple(sorted(rng.sample(range(len(of)), rng.randint(1, len(of)))))
    clnd.evaluate(operand(of).sum(axis=axes))


def a_broadcast(rng: random.Random) -> None:
    of = shape(rng, (1, 4))
    other = tuple(n if rng.random() < 0.6 else 1 for n in of)[rng.randint(0, len(of) - 1) :]
    clnd.evaluate(operand(of) + operand(other))


def programs(device: MadeUpDevice, use: Callable[[random.Random], None], times: int, seed: int = 1) -> int:
    rng = random.Random(seed)
    with played(device):
        for _ in range(times):
            use(rng)
    return len(device.taken())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize(("use", "most"), [(a_sum, 8), (a_broadcast, 4)], ids=["sums", "broadcasts"])
def test_a_hundred_of_random_shapes(name: str, use: Callable[[random.Random], None], most: int, seed: int) -> None:
    assert 0 < programs(MadeUpDevice(DEVICES[name]), use, 100, seed) <= most


@pytest.mark.parametrize("name", DEVICES)
def test_the_use_of_the_standards_own_suite(name: str) -> None:
    """A thousand small shapes of 0 to 5 axes, of every dtype: an operation, one with broadcasting, a sum, a copy of a view each."""
    device = MadeUpDevice(DEVICES[name])
    rng = random.Random(7)
    found: dict[str, int] = {}
    uses: dict[str, Callable[[Any, Any], Any]] = {
        "sum": lambda x, y: x.sum(axis=rng.choice((None, *range(x.ndim)))),
        "max": lambda x, y: x.max(axis=rng.choice((None, *range(x.ndim)))),
        "broadcast": lambda x, y: clnd.not_equal(x, y),
        "copy": lambda x, y: x[(slice(None, None, rng.choice((1, 2, -1))),) * x.ndim].copy(),
        "assignment": lambda x, y: x.__setitem__((slice(None, None, 2),) * x.ndim, 1) or x,
        "transpose": lambda x, y: clnd.permute_dims(x, tuple(rng.sample(range(x.ndim), x.ndim))).copy(),
    }
    with played(device):
        for use in uses:
            total = set()
            for k in range(1000 // len(uses)):
                dtype = dtypes.ALL[k % len(dtypes.ALL)]
                of = shape(rng, (0, 5), 12)
                if use == "max" and dtype.kind == "c":
                    continue
                other = tuple(n if rng.random() < 0.6 else 1 for n in of)
                clnd.evaluate(uses[use](operand(of, dtype), operand(other, dtype)))
                total |= set(device.taken())
            found[use] = len(total)
    # Each dtype has its own programs.
    assert all(n <= 4 * len(dtypes.ALL) for n in found.values()), found
