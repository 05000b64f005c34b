"""Reductions to few results, each number of them: where vectors run across the results there are one, some, or a part of one.

The elements are small whole numbers, so that every order of a sum is exact and NumPy's result is the one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.dtypes import ALL, COMPLEX, facts

# The quick tier's.
USUAL = {"complex64", "complex128", "float32", "int32", "uint8"}
FEW_DTYPES, FEW_NAMES = ("uint8", "float32", "complex64"), ("sum", "prod", "argmax", "any")
NAMES = ("sum", "prod", "min", "max", "argmin", "argmax", "any", "all", "count_nonzero")


def drawn(dtype: Any, shape: tuple[int, ...], seed: int) -> Any:
    rng, f = np.random.default_rng(seed), facts(dtype)
    low = 0 if f.kind in ("bool", "uint") else -1
    x = rng.integers(low, 2, shape)
    return (x + 1j * rng.integers(low, 2, shape) if f.kind == COMPLEX else x).astype(dtype)


def expected(name: str, x: Any) -> Any:
    if name in ("sum", "prod") and x.dtype == np.float16:
        return getattr(np, name)(x.astype(np.float32), axis=0).astype(np.float16)
    return np.asarray(getattr(np, name)(x, axis=0))


@pytest.mark.parametrize("dtype", [pytest.param(d, marks=[] if d.name in USUAL else [pytest.mark.thorough], id=d.name) for d in ALL])
@pytest.mark.parametrize("name", NAMES)
def test_each_number_of_results(family: str, ctx: Context, form: str, name: str, dtype: Any) -> None:
    f = facts(dtype)
    if f.needs_fp64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")
    if f.kind == COMPLEX and name in ("min", "max", "argmin", "argmax"):
        pytest.skip("complex numbers have no order")
    if ctx.info.driver in ("pocl", "oclgrind") and (name not in FEW_NAMES or dtype.name not in FEW_DTYPES):
        pytest.skip("slow to compile or to check: a reduction and a dtype of each path; all run on Intel's runtime")
    if ctx.info.driver == "pocl" and family == "gpu" and dtype.name != "float32":
        pytest.skip("PoCL compiles these for too long; they run on Intel's runtime and Oclgrind")
    if form == "general" and (family == "gpu" or dtype.name not in FEW_DTYPES):
        pytest.skip("few kernels, the same for each number: a dtype of each path")
    lengths = (1, 5) if ctx.info.driver == "oclgrind" else (1, 2, 3, 5, 33)
    xs = [drawn(dtype, (m, k), 100 * m + k) for m in lengths for k in range(1, 34)]
    results = [getattr(clnd, name)(clnd.asarray(x), axis=0) for x in xs]
    clnd.evaluate(*results)
    wrong = [x.shape for x, got in zip(xs, results, strict=True) if not np.array_equal(got.asnumpy(), expected(name, x))]
    assert not wrong


@pytest.mark.parametrize("dtype", ["complex64", "complex128", "float32", "int64"])
def test_fast_sums_and_means(ctx: Context, form: str, dtype: str) -> None:
    """Few results in math mode "fast", whose order has one lane, and means of complex numbers."""
    if facts(np.dtype(dtype)).needs_fp64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")
    xs = [drawn(np.dtype(dtype), (m, k), k) for m in (1, 3, 33) for k in (1, 2, 4, 5, 8, 16, 17)]
    with clnd.math_mode("fast"):
        sums = [clnd.sum(clnd.asarray(x), axis=0) for x in xs]
    means = [clnd.mean(clnd.asarray(x), axis=0) for x in xs]
    for x, total, mean in zip(xs, sums, means, strict=True):
        assert np.array_equal(total.asnumpy(), x.sum(axis=0)), x.shape
        assert np.allclose(mean.asnumpy(), x.mean(axis=0), rtol=1e-6), x.shape


def test_sums_beside_other_memory(ctx: Context, form: str) -> None:
    """A view's results: what lies behind a vector of them belongs to the array, and must not be added."""
    whole = drawn(np.dtype(np.complex64), (5, 40), 1)
    a = clnd.asarray(whole)
    for k in (1, 3, 4, 7, 8, 16):
        assert np.array_equal(a[:, :k].sum(axis=0).asnumpy(), whole[:, :k].sum(axis=0))
        assert np.array_equal(a[1:4, k:k + 8].prod(axis=0).asnumpy(), whole[1:4, k:k + 8].prod(axis=0))
