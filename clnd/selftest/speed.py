"""A small table of speeds. Each row grows its operands until one run takes 20 ms, so that it suits any device."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import clnd
from clnd.context import Context

__all__ = ["ROWS", "Row", "measured"]

_ENOUGH = 0.02
"""The least seconds for one run; smaller operands are enlarged."""
_BUDGET = 1.5
"""Seconds for one row, compiling included. After that its operands grow no more."""


@dataclass(frozen=True)
class Row:
    """One measurement: ``prepare`` makes operands of size n, ``run`` computes with them; ``work`` counts it."""

    name: str
    unit: str
    prepare: Callable[[int], tuple[Any, ...]]
    run: Callable[..., Any]
    work: Callable[[int], float]
    sizes: tuple[int, ...]
    dtype: str = "float32"


def _vectors(count: int) -> Callable[[int], tuple[Any, ...]]:
    return lambda n: tuple(clnd.random.uniform(0.5, 1.5, (n,)) for _ in range(count))


def _squares(dtype: str) -> Callable[[int], tuple[Any, ...]]:
    return lambda n: tuple(clnd.random.uniform(-1, 1, (n, n), dtype) for _ in range(2))


_LENGTHS = tuple(1 << power for power in range(12, 26, 2))
_SIDES = (64, 128, 256, 512, 1024, 2048)


ROWS: tuple[Row, ...] = (
    Row("copy", "GB/s", _vectors(1), lambda x: x.copy(), lambda n: 8e-9 * n, _LENGTHS),
    Row("chain of 6", "GB/s", _vectors(3), lambda a, b, c: (a * b + c) * (a - b) / (c + 1.5), lambda n: 16e-9 * n, _LENGTHS),
    Row("exp", "GB/s", _vectors(1), clnd.exp, lambda n: 8e-9 * n, _LENGTHS),
    Row("sum", "GB/s", _vectors(1), lambda x: x.sum(), lambda n: 4e-9 * n, _LENGTHS),
    Row("normal", "GB/s", lambda n: (n,), lambda n: clnd.random.normal(0, 1, (n,)), lambda n: 4e-9 * n, _LENGTHS),
    Row("matmul", "GFLOP/s", _squares("float32"), lambda a, b: a @ b, lambda n: 2e-9 * n**3, _SIDES),
    Row("matmul", "GFLOP/s", _squares("float64"), lambda a, b: a @ b, lambda n: 2e-9 * n**3, _SIDES, "float64"),
)
"""GB/s counts each operand and each result once."""


def measured(ctx: Context) -> Iterator[dict[str, Any]]:
    """The rows that the device of ``ctx`` has the dtype for, with the best rate of three runs. ``ctx`` must be current."""
    for row in ROWS:
        if row.dtype == "float64" and not ctx.info.fp64:
            continue
        yield {"name": row.name, "dtype": row.dtype, "unit": row.unit, **_best(row, ctx)}


def _best(row: Row, ctx: Context) -> dict[str, Any]:
    end = time.monotonic() + _BUDGET
    most = ctx.info.max_alloc_size // 64
    size, rate = row.sizes[0], 0.0
    for n in row.sizes:
        if n * (n if row.unit == "GFLOP/s" else 1) * 8 > most and n != row.sizes[0]:
            break
        operands = row.prepare(n)
        seconds = [_seconds(row, operands, ctx) for _ in range(4)][1:]  # the first run compiles
        size, rate = n, row.work(n) / min(seconds)
        if min(seconds) > _ENOUGH or time.monotonic() > end:
            break
    return {"size": size, "rate": float(f"{rate:.4g}")}


def _seconds(row: Row, operands: tuple[Any, ...], ctx: Context) -> float:
    ready = [x for x in operands if isinstance(x, clnd.Array)]
    clnd.evaluate(*ready) if ready else None
    ctx.device.finish()
    begin = time.perf_counter()
    result = row.run(*operands)
    clnd.evaluate(result)
    ctx.device.finish()
    return time.perf_counter() - begin
