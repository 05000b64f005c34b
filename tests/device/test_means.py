"""Means of integers: the exact quotient, rounded once to float32, on every device. Means and variances that share a sum."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.runtime.counters import counters

INTS = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
pytestmark = pytest.mark.usefixtures("few_dtypes_for_gpus")


def rounded(x: Fraction) -> float:
    """The float32 nearest to ``x``, ties to even."""
    if x == 0:
        return 0.0
    size = abs(x)
    e = size.numerator.bit_length() - size.denominator.bit_length() - 25
    while size / Fraction(2) ** e >= 1 << 24:
        e += 1
    return math.copysign(math.ldexp(round(size / Fraction(2) ** e), e), x)


def mean_of(column: Any) -> float:
    return rounded(Fraction(sum(map(int, column)), len(column)))


def values(dtype: str, shape: tuple[int, ...], least: int, most: int) -> np.ndarray[Any, Any]:
    drawn = np.random.default_rng(1).integers(least, most, shape, np.int64 if dtype == "bool" else dtype, endpoint=True)
    return drawn.astype(dtype)


@pytest.mark.parametrize("dtype", INTS)
def test_means_are_the_nearest_floats(family: str, ctx: Context, dtype: str) -> None:
    if ctx.info.driver in ("pocl", "oclgrind") and dtype not in ("int16", "uint64"):
        pytest.skip("slow to compile or to check: sums in one word and in two; every dtype runs on Intel's runtime")
    limits = (0, 1) if dtype == "bool" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    for m, k in ((1, 1), (3, 5), (33, 40), (300, 9), (2049, 3)):
        for least, most in {limits, (0, 1), (limits[1] - 1, limits[1]), (limits[0], limits[0] + 1), (max(limits[0], -3), min(limits[1], 4))}:
            x = values(dtype, (m, k), least, most)
            got = clnd.asarray(x).mean(axis=0)
            assert got.dtype == np.float32
            assert got.asnumpy().tolist() == [mean_of(column) for column in x.T], (m, k, least, most)
            assert float(clnd.asarray(x.T.copy()).mean(axis=1)[0]) == mean_of(x[:, 0])
            assert float(clnd.mean(clnd.asarray(x))) == mean_of(x.reshape(-1))


def test_ties_and_small_quotients(family: str, ctx: Context) -> None:
    """Quotients halfway between two floats, and one by a large count: every digit comes from the rest."""
    for numbers in ([2**24, 2**24 + 2, 2**24 + 1], [2**25 + 1, 2**25 + 3], [2**40 + 2**15, 2**40 + 2**15 + 2], [-(2**24) - 1] * 2, [2**53 + 1, 0], [1, 0, 0], [-1, 0, 0, 0, 0, 0, 0]):
        assert float(clnd.mean(clnd.asarray(np.array(numbers, np.int64)))) == mean_of(numbers)
    x = np.zeros(3000, np.int32)
    x[7] = 1
    assert float(clnd.mean(clnd.asarray(x))) == rounded(Fraction(1, 3000))
    assert float(clnd.arange(10**5).mean()) == 49999.5
    assert math.isnan(float(clnd.mean(clnd.zeros((0,), dtype="int32"))))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8"])
def test_variances_subtract_that_mean(ctx: Context, dtype: str) -> None:
    x = values(dtype, (50, 3), 3, 100)
    mean = np.array([mean_of(column) for column in x.T], np.float32)
    want = clnd.sum(clnd.square(clnd.asarray(x).astype("float32") - clnd.asarray(mean)), axis=0) / 50
    assert np.array_equal(clnd.var(clnd.asarray(x), axis=0).asnumpy(), want.asnumpy())
    np.testing.assert_allclose(clnd.std(clnd.asarray(x), axis=0).asnumpy(), x.astype(np.float64).std(axis=0), rtol=1e-5)


@pytest.mark.parametrize("axis", [0, (0, 2), None])
@pytest.mark.parametrize("keepdims", [True, False])
def test_a_mean_and_a_variance_share_a_sum(axis: Any, keepdims: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clnd.ops.reductions._WORTH_SHARING", 0)
    host = np.random.default_rng(1).random((6, 5, 30), np.float32)
    x = clnd.asarray(host)
    alone, of_mean = x.var(axis=axis, keepdims=keepdims).asnumpy(), x.mean(axis=axis, keepdims=keepdims).asnumpy()
    before = counters.copy()
    x.var(axis=axis, keepdims=keepdims).wait_to_read()
    launches = (counters - before).launches
    before = counters.copy()
    mean, var, std = x.mean(axis=axis, keepdims=keepdims), x.var(axis=axis, keepdims=keepdims), x.std(axis=axis, keepdims=keepdims)
    clnd.evaluate(mean, var, std)
    # One sum of squares more: the variance of the deviation is recorded apart.
    assert (counters - before).launches < 2 * launches
    assert mean.asnumpy().tobytes() == of_mean.tobytes()
    assert var.asnumpy().tobytes() == alone.tobytes()
    # What is changed afterwards has sums of its own.
    before_change = x.mean(axis=axis, keepdims=keepdims)
    x[0] = 7
    np.testing.assert_allclose(x.mean(axis=axis, keepdims=keepdims).asnumpy(), np.concatenate([np.full_like(host[:1], 7), host[1:]]).mean(axis=axis, keepdims=keepdims), rtol=1e-5)
    assert before_change.asnumpy().tobytes() == of_mean.tobytes()
