"""Sizes, dtypes and helpers that the core cases share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import clnd
from clnd.kernels.reduce import BLOCK, LANES
from clnd.random import Generator

__all__ = ["FLOATS", "SIZES", "N", "complex_numbers", "together"]

N = 1003
FLOATS = ("float32", "float64", "float16")
SIZES = (1, 2, LANES - 1, LANES, LANES + 1, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + LANES + 5)


def together(parts: Sequence[Any]) -> Any:
    """Arrays of one shape and dtype as one array, the parts along a new first axis."""
    out = clnd.zeros((len(parts), *parts[0].shape), dtype=parts[0].dtype)
    for k, part in enumerate(parts):
        out[k] = part
    return out


def complex_numbers(g: Generator, shape: Any, dtype: str = "float32") -> Any:
    """Complex numbers with parts in [-2, 2)."""
    return g.uniform(-2, 2, shape, dtype) + g.uniform(-2, 2, shape, dtype) * 1j
