"""How each kernel is run to be measured and checked: through the public functions, on sizes that are typical.

The kernel's record says what is tuned, what a problem's figure is and which sizes break naive code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import clnd
from clnd.context import Context
from clnd.dtypes import DType, complex64, facts, float32, float64, int32, int64, uint8
from clnd.kernels import (
    compact,
    elementwise,
    gemm,
    group,
    histogram,
    join,
    multinomial,
    permutation,
    random,
    reduce,
    rejection,
    scan,
    scatter,
    search,
    sort,
    transpose,
)
from clnd.kernels.kernel import Kernel
from clnd.runtime.device import DeviceInfo

__all__ = ["WORKLOADS", "Call", "Problem", "Workload"]

Problem = tuple[int, ...]
"""A size, as the record's `moved` and `flops` take it."""

Call = Callable[[], Any]
"""Records one use of the kernel; the work runs when the array that it returns is read."""


@dataclass(frozen=True)
class Workload:
    """How a kernel is run.

    Attributes
    ----------
    records
        Family -> the kernel's record.
    dtypes
        What is tuned separately, as the launcher asks `kernels.tuning.parameters` for it.
    problems
        Sizes that are measured; each counts the same.
    calls
        (problem, dtype, context) -> the calls that are measured, each of them doing one problem's work. The
        operands are made at once, and are the same every time.
    """

    records: Mapping[str, Kernel]
    dtypes: tuple[DType, ...]
    problems: tuple[Problem, ...]
    calls: Callable[[Problem, DType, Context], list[Call]]

    def dtypes_on(self, info: DeviceInfo) -> tuple[DType, ...]:
        """Those of ``dtypes`` that the device computes in, and that some values of the tunables fit."""
        has = (d for d in self.dtypes if d.kind == "V" or info.fp64 or not facts(d).needs_fp64)
        return tuple(d for d in has if self.records[info.family].suits(d, info))


def _operand(shape: Problem, dtype: DType, ctx: Context, seed: int) -> Any:
    return clnd.asarray(_numbers(shape, dtype, seed), device=ctx)


@functools.lru_cache(maxsize=6)
def _numbers(shape: Problem, dtype: DType, seed: int) -> np.ndarray[Any, Any]:
    """Normally distributed numbers: sums of them show a changed order. Hundreds of candidates get the same ones."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def _elementwise(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    a, b = _operand(problem, dtype, ctx, 1), _operand(problem, dtype, ctx, 2)
    return [lambda: clnd.sqrt(a * a + b * b)]


def _gemm(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    *batch, m, n, k = problem
    a, b = _operand((*batch, m, k), dtype, ctx, 1), _operand((*batch, k, n), dtype, ctx, 2)
    return [lambda: clnd.matmul(a, b)]


def _reduce(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    x = _operand(problem, dtype, ctx, 1)
    return [lambda axis=axis: x.sum(axis=axis) for axis in (None, *range(len(problem)))]  # type: ignore[misc]


# Not float64, which some devices lack.
_SAME_SIZE = {4: float32, 8: complex64}


def _transpose(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    x = _operand(problem, _SAME_SIZE[dtype.itemsize], ctx, 1)
    return [lambda: clnd.permute_dims(x, tuple(reversed(range(len(problem))))).copy()]


def _random(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    def draw(kind: str) -> Any:
        stream = clnd.random.Generator(1)
        return (stream.normal if kind == "normal" else stream.uniform)(shape=problem, dtype=dtype, ctx=ctx)

    return [lambda: draw("normal"), lambda: draw("uniform")]


def _join(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    parts = [_operand(problem, _SAME_SIZE[dtype.itemsize], ctx, seed) for seed in range(1, 5)]
    return [lambda: clnd.concat(parts), lambda: clnd.concat(parts, axis=1)]


def _permutation(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    return [lambda: clnd.random.Generator(1).permutation(problem[0], ctx=ctx)]


def _scan(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    x = _operand(problem, dtype, ctx, 1)
    return [lambda axis=axis: clnd.cumulative_sum(x, axis=axis) for axis in range(len(problem))]  # type: ignore[misc]


def _sort(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    x = _operand(problem, dtype, ctx, 1)
    return [lambda: clnd.sort(x), lambda: clnd.argsort(x), lambda: clnd.top_k(x, 10).values]


def _rejection(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    def stream() -> Any:
        return clnd.random.Generator(1)

    mean = _operand((1,), dtype, ctx, 1) * 0 + 30  # an array of the dtype: means have no dtype= of their own
    return [lambda: stream().standard_gamma(2.5, problem, dtype, ctx=ctx), lambda: stream().poisson(mean, problem)]


def _multinomial(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    rows, k = problem
    chances = clnd.ones(k, dtype=dtype, device=ctx) / k
    return [lambda: clnd.random.Generator(1).multinomial(100, chances, rows)]


def _search(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    n, m = problem
    table = clnd.sort(_operand((n,), dtype, ctx, 1))
    sought = _operand((m,), dtype, ctx, 2)
    return [lambda: clnd.searchsorted(table, sought)]


def _histogram(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    n, bins = problem
    if dtype == int32:
        x = clnd.abs(_operand((n,), float32, ctx, 1) * (bins / 8)).astype(int32)
        return [lambda: clnd.bincount(x, minlength=bins)]
    x = _operand((n,), dtype, ctx, 1)
    return [lambda: clnd.histogram(x, bins, (-4, 4))[0]]


def _places(target: int, count: int, ctx: Context) -> Any:
    """``count`` places of ``target``, some more than once."""
    places = np.random.default_rng(3).integers(0, max(target, 1), count) if target else np.zeros(0, np.int64)
    return clnd.asarray(places, device=ctx)


def _compact(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    x = _operand(problem, float32, ctx, 1)
    mask = (x > 0).copy()
    clnd.evaluate(mask)
    return [lambda: x[mask], lambda: clnd.nonzero(mask)[-1]]


def _scatter(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    n, m = problem
    x = _operand((n,), float32, ctx, 1)
    places = _places(n, m, ctx)
    values = _operand(places.shape, float32, ctx, 2)

    def put() -> Any:
        x[places] = values
        return x

    return [put]


def _group(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    n, m = problem
    places = _places(n, m, ctx)
    values = _operand(places.shape, float32, ctx, 2)

    def add() -> Any:
        x = clnd.zeros(n, dtype=float32, device=ctx)
        clnd.add.at(x, places, values)
        return x

    return [add]


WORKLOADS: dict[str, Workload] = {
    # In the caches, and beyond them.
    "elementwise": Workload(elementwise.RECORDS, (float32, float64), ((1 << 16,), (1 << 22,)), _elementwise),
    # Tuned for all dtypes together.
    "compact": Workload(compact.RECORDS, (uint8,), ((1 << 16,), (1 << 22,)), _compact),
    "scatter": Workload(scatter.RECORDS, (uint8,), ((1 << 16, 1 << 16), (1 << 20, 1 << 20)), _scatter),
    "group": Workload(group.RECORDS, (uint8,), ((1 << 12, 1 << 16), (1 << 16, 1 << 20)), _group),
    "gemm": Workload(
        gemm.RECORDS,
        (float32, float64),
        # Few rows, small, and large.
        ((32, 1024, 1024), (128, 128, 128), (512, 512, 512), (1024, 1024, 1024)),
        _gemm,
    ),
    # The launcher tells dtypes apart by their size only.
    "join": Workload(join.RECORDS, (np.dtype("V4"), np.dtype("V8")), ((128, 128), (1024, 1024)), _join),
    "histogram": Workload(histogram.RECORDS, (int32, float32), ((1 << 20, 100), (1 << 20, 2000)), _histogram),
    "permutation": Workload(permutation.RECORDS, (int64,), ((1 << 16,), (1 << 20,)), _permutation),
    "random": Workload(random.RECORDS, (float32, float64), ((1 << 16,), (1 << 22,)), _random),
    "reduce": Workload(reduce.RECORDS, (float32, float64), ((256, 256), (2048, 2048)), _reduce),
    "scan": Workload(scan.RECORDS, (float32, float64), ((1 << 20,), (1024, 1024)), _scan),
    "search": Workload(search.RECORDS, (float32, float64), ((1000, 1 << 18), (1 << 20, 1 << 18)), _search),
    "sort": Workload(sort.RECORDS, (float32, float64), ((1 << 16,), (1 << 20,)), _sort),
    "multinomial": Workload(multinomial.RECORDS, (float32, float64), ((1 << 12, 6), (16, 1000)), _multinomial),
    "rejection": Workload(rejection.RECORDS, (float32, float64), ((1 << 14,), (1 << 20,)), _rejection),
    # The launcher tells dtypes apart by their size only.
    "transpose": Workload(
        transpose.RECORDS, (np.dtype("V4"), np.dtype("V8")), ((256, 256), (2048, 2048)), _transpose
    ),
}
