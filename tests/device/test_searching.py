"""Searching in sorted arrays, counting and histograms, against NumPy; both families, every dtype, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import binning
from clnd.context import Context
from clnd.errors import ArgumentError, ClndError, ClndWarning, DTypeError, IndexingError, ShapeError
from clnd.kernels import histogram, search, tuning
from tests.canonical import reduce_reference

Array = np.ndarray[Any, Any]

PATHS_FOR_GPUS = ("uint8", "float16", "float32")
REALS = ("bool", "int8", "uint8", "int32", "int64", "uint64", "float16", "float32", "float64")


def sample(n: Any, dtype: str, seed: int = 1) -> Array:
    values = np.random.default_rng(seed).standard_normal(n) * 40
    return (np.abs(values) if np.dtype(dtype).kind in "bu" else values).astype(dtype)


def equal(got: Any, want: Any) -> None:
    host = got.asnumpy()
    assert host.dtype == np.int64
    np.testing.assert_array_equal(host, want)


def close(got: Any, want: Any, tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(got.asnumpy(), want, rtol=tolerance, atol=1e-5)


# --- searchsorted ------------------------------------------------------------------------------------


def test_lists_hold_what_the_dtype_does_not() -> None:
    host = np.array([1, 130, 200], np.uint8)
    x = clnd.asarray(host)
    for bins in ([0, 128, 256], [256, 128, -1]):
        equal(clnd.digitize(x, bins), np.digitize(host, bins))
    equal(clnd.searchsorted(x, [300, -5, 130]), np.searchsorted(host, [300, -5, 130]))


def test_edges_are_of_the_default_dtype(ctx: Context) -> None:
    x, small = clnd.asarray([1, 2]), clnd.asarray(np.arange(9, dtype=np.uint8))
    assert clnd.histogram_bin_edges(x, 2).dtype == clnd.histogram(small)[1].dtype == np.float32
    if ctx.info.fp64:
        with clnd.default_dtype("float64"):
            assert clnd.histogram(x, [0, 1, 2])[1].dtype == clnd.histogram(small)[1].dtype == np.float64


@pytest.mark.parametrize("dtype", REALS)
def test_places(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    for n, m in ((1, 5), (2, 16), (3, 33), (17, 100), (256, 31), (1000, 500)):
        a, v = np.sort(sample(n, dtype)), sample(m, dtype, 2)
        v[1::3] = a[np.arange(len(v[1::3])) % n]
        for side in ("left", "right"):
            equal(clnd.searchsorted(clnd.asarray(a), clnd.asarray(v), side=side), np.searchsorted(a, v, side))


def test_the_order_of_keys(family: str) -> None:
    a = np.array([-np.inf, -1, -0.0, 0.0, 0.0, 2, np.inf, np.nan, np.nan], np.float32)
    v = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1, 3], np.float32)
    for side in ("left", "right"):
        equal(clnd.searchsorted(clnd.asarray(a), clnd.asarray(v), side=side), np.searchsorted(a, v, side))
        equal(clnd.searchsorted(clnd.asarray(a[:7]), clnd.asarray(v), side=side), np.searchsorted(a[:7], v, side))


def test_forms_of_searches() -> None:
    equal(clnd.asarray([1, 3, 3, 5]).searchsorted([3, 4], "right"), np.array([1, 3, 3, 5]).searchsorted([3, 4], "right"))
    a, v = np.sort(sample(60, "float32")), sample((4, 6), "float32", 2)
    x, y = clnd.asarray(a), clnd.asarray(v)
    equal(clnd.searchsorted(x, y), np.searchsorted(a, v))
    equal(clnd.searchsorted(x, y.T[::-1]), np.searchsorted(a, v.T[::-1]))
    equal(clnd.searchsorted(x[::2], v), np.searchsorted(a[::2], v))
    equal(clnd.searchsorted(x, 0.5, "right"), np.searchsorted(a, np.float32(0.5), "right"))
    assert clnd.searchsorted(x, 0.5).shape == ()
    equal(clnd.searchsorted(x, clnd.asarray([3, -3])), np.searchsorted(a, [3, -3]))
    equal(clnd.searchsorted(x[:0], y), np.zeros((4, 6)))
    equal(clnd.searchsorted(x, y[:0]), np.zeros((0, 6)))
    order = np.random.default_rng(3).permutation(60)
    mixed, sorter = a[order], np.argsort(order)
    for given in (sorter, clnd.asarray(sorter)):
        equal(clnd.searchsorted(clnd.asarray(mixed), y, sorter=given), np.searchsorted(mixed, v, sorter=sorter))
    equal(clnd.searchsorted(clnd.asarray(np.array([1, 200], np.uint8)), 300), 2)
    equal(clnd.searchsorted(clnd.asarray(np.array([1, 200], np.uint8)), -1), 0)


def test_tunables_and_64_bits_change_nothing(family: str, ctx: Context, index64: None) -> None:
    a, v, x = np.sort(sample(300, "float32")), sample(700, "float32", 2), np.abs(sample(900, "int32"))
    device = ctx.device
    searches = {"cpu": {"TOGETHER": 8, "LEAST": 1024}, "gpu": {"LOCAL": 1}}[family]
    tables = {"cpu": {"TABLES": 1, "GROUPS": 4}, "gpu": {"LOCAL": 1, "GROUPS": 4}}[family]
    for record, values, dtype in ((search.RECORDS[family], searches, np.float32), (histogram.RECORDS[family], tables, np.int32)):
        default = record.default(np.dtype(dtype), device.info)
        tuning.assign(record, np.dtype(dtype), device, default | values)
    try:
        equal(clnd.searchsorted(clnd.asarray(a), clnd.asarray(v)), np.searchsorted(a, v))
        equal(clnd.bincount(clnd.asarray(x)), np.bincount(x))
    finally:
        device.parameters.clear()


def test_digitized(family: str) -> None:
    x = sample((5, 9), "float32")
    for bins in ([-20.0, 0.0, 0.0, 15.0], [15.0, 3.0, -20.0], [1.0]):
        x[0, : len(bins)] = bins
        for right in (False, True):
            equal(clnd.digitize(clnd.asarray(x), bins, right), np.digitize(x, np.float32(bins), right))
    equal(clnd.digitize(clnd.asarray(np.array([3, 8])), clnd.asarray([2, 5, 9])), [1, 2])
    equal(clnd.digitize(clnd.asarray(np.nan), [0.0, 1.0]), 2)


def test_interpolated(family: str) -> None:
    xp = np.sort(sample(20, "float32"))
    fp = sample(20, "float32", 2)
    x = np.concatenate([sample(50, "float32", 3) * 2, xp, np.float32([np.nan, np.inf, -np.inf])])
    close(clnd.interp(clnd.asarray(x), xp, fp), np.interp(x, xp, fp), 1e-3)
    close(clnd.interp(clnd.asarray(x), clnd.asarray(xp), fp, left=-7, right=np.nan), np.interp(x, xp, fp, -7, np.nan), 1e-3)
    close(clnd.interp(clnd.asarray(x[:50]), xp[::-1], fp, period=9.5), np.interp(x[:50], xp[::-1], fp, period=9.5), 1e-2)
    assert clnd.interp(clnd.asarray([0.0, 1.0, 2.0]), [1], [5]).tolist() == [5, 5, 5]
    assert clnd.interp(2.5, clnd.asarray([1, 2, 3]), clnd.asarray([1j, 2, 3])).item() == 2.5
    jump = clnd.interp(clnd.asarray([1.0, 2.0, 3.0]), [1.0, 2.0, 2.0, 3.0], [0.0, 1.0, 5.0, np.inf])
    np.testing.assert_array_equal(jump.asnumpy(), np.interp([1, 2, 3], [1, 2, 2, 3], [0, 1, 5, np.inf]))


# --- counting ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int32", "int64", "uint64"])
def test_counted(family: str, dtype: str, few_dtypes_for_gpus: None) -> None:
    for n in (0, 1, 5, 1003):
        x = (np.random.default_rng(n).integers(0, 100, n)).astype(dtype)
        equal(clnd.bincount(clnd.asarray(x)), np.bincount(x.astype(np.int64)))
    equal(clnd.bincount(clnd.asarray(x), minlength=200), np.bincount(x.astype(np.int64), minlength=200))
    equal(clnd.bincount(clnd.asarray(x)[::-3]), np.bincount(x[::-3].astype(np.int64)))


def test_many_bins(family: str) -> None:
    x = np.random.default_rng(1).integers(0, 40_000, 3000)
    equal(clnd.bincount(clnd.asarray(x)), np.bincount(x))
    equal(clnd.bincount(clnd.asarray(x % 7)), np.bincount(x % 7))


@pytest.mark.slow
def test_counts_of_many_elements(family: str) -> None:
    """They are counted before the largest is known."""
    x = np.random.default_rng(1).integers(0, 900, 70_000)
    for minlength in (0, 950, 9000):
        equal(clnd.bincount(clnd.asarray(x), minlength=minlength), np.bincount(x, minlength=minlength))
    x[77] = 9999
    equal(clnd.bincount(clnd.asarray(x)), np.bincount(x))
    x[77] = -2
    with pytest.raises(ArgumentError, match=r"\[bincount\] got -2 among the elements; expected none below 0"):
        clnd.bincount(clnd.asarray(x))


def test_weighted_sums_are_canonical(family: str) -> None:
    x = np.random.default_rng(1).integers(0, 5, 700)
    w = sample(700, "float32")
    got = clnd.bincount(clnd.asarray(x), w, minlength=7).asnumpy()
    want = [np.float32(0) + reduce_reference("sum", w[x == k]) if (x == k).any() else np.float32(0) for k in range(7)]
    assert got.tolist() == [float(v) for v in want]
    close(clnd.bincount(clnd.asarray(x), clnd.asarray(np.arange(700))), np.bincount(x, np.arange(700)))


# --- histograms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "float16", "float32", "float64"])
def test_histograms(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    shown = "float64" if dtype == "float64" else "float32"
    for n in (0, 1, 1003):
        x = sample(n, dtype)
        # NumPy has edges of float16 for float16, and no differences of bools.
        held = x.astype({"float16": np.float32, "bool": np.uint8}.get(dtype, x.dtype))
        for given in ({}, {"bins": 7, "range": (-20, 25.5)}, {"bins": [-30, 0, 0, 1.5, 60]}, {"bins": 300}):
            counts, edges = clnd.histogram(clnd.asarray(x), **given)
            want, theirs = np.histogram(held, **given)
            equal(counts, want)
            assert edges.dtype == shown
            np.testing.assert_allclose(edges.asnumpy(), theirs, rtol=1e-5, atol=1e-4)


def test_elements_at_edges(family: str) -> None:
    """Bins hold their lower edges, the last one both; a guess by multiplication would say otherwise of some."""
    edges = np.linspace(0, 0.7, 50).astype(np.float32)
    x = np.concatenate([edges, np.nextafter(edges, np.float32(9)), np.nextafter(edges, np.float32(-9)), np.float32([np.nan, np.inf, -np.inf])])
    counts, shown = clnd.histogram(clnd.asarray(x), 49, (0, 0.7))
    assert shown.tolist() == edges.tolist()
    equal(counts, [((lower <= x) & ((x < upper) | ((k == 48) & (x == upper)))).sum() for k, (lower, upper) in enumerate(pairwise(edges))])
    equal(clnd.histogram(clnd.asarray(x), [0.0, 0.5, np.inf])[0], np.histogram(x, [0.0, 0.5, np.inf])[0])
    # Far from 0, where float32 has few numbers between the edges, and beyond the integers that it holds.
    far = np.float32(1e8) + np.arange(0, 4000, 8, dtype=np.float32)
    equal(clnd.histogram(clnd.asarray(far), 300)[0], np.histogram(far, 300)[0])
    whole = 2**52 + np.arange(500)
    equal(clnd.histogram(clnd.asarray(whole), 3, (2**52, 2**52 + 499))[0].sum(), 500)
    equal(clnd.histogram(clnd.asarray(np.array([0, 255], np.uint8)), 5, (0, 255))[0], [1, 0, 0, 0, 1])
    equal(clnd.histogram(clnd.asarray(np.array([2**63 - 1, -(2**63)])), [-(2.0**63), 0, 2.0**63])[0], [1, 1])


def test_density_and_weights(family: str) -> None:
    x, w = sample(700, "float32"), sample(700, "float32", 2)
    a = clnd.asarray(x)
    for bins in (9, [-50.0, 0.0, 10.0, 80.0]):
        close(clnd.histogram(a, bins, density=True)[0], np.histogram(x, bins, density=True)[0])
        close(clnd.histogram(a, bins, weights=w)[0], np.histogram(x, bins, weights=w)[0])
        close(clnd.histogram(a, bins, weights=clnd.asarray(np.abs(w)), density=True)[0], np.histogram(x, bins, weights=np.abs(w), density=True)[0])
    close(clnd.histogram(a.reshape(70, 10), 9)[0], np.histogram(x, 9)[0])


def test_several_coordinates() -> None:
    x = sample((900, 3), "float32")
    a, b = clnd.asarray(x[:, 0]), clnd.asarray(x[:, 1])
    cases: tuple[dict[str, Any], ...] = (
        {}, {"bins": (3, 5)}, {"bins": [[-30.0, 0.0, 10.0], 4]}, {"bins": [-20.0, 0.0, 20.0]}, {"range": [(-10, 10), None]},
        {"density": True, "bins": 4}, {"weights": x[:, 2], "bins": 4},
    )  # fmt: skip
    for given in cases:
        got, want = clnd.histogram2d(a, b, **given), np.histogram2d(x[:, 0], x[:, 1], **given)
        for mine, theirs in zip(got, want, strict=True):
            close(mine, theirs, 1e-3)
    counts, edges = clnd.histogramdd(clnd.asarray(x), bins=(3, 4, 5))
    want, theirs = np.histogramdd(x, bins=(3, 4, 5))
    equal(counts, want)
    for mine, other in zip(edges, theirs, strict=True):
        close(mine, other)
    equal(clnd.histogramdd([a, b], bins=3)[0], np.histogramdd([x[:, 0], x[:, 1]], bins=3)[0])


def test_rules_of_numpys() -> None:
    x = sample(300, "float32")
    binning._warn.cache_clear()
    with pytest.warns(ClndWarning, match=r"\[histogram\] the rule 'auto' is NumPy's, and computed on the host"):
        counts, edges = clnd.histogram(clnd.asarray(x), "auto")
    equal(counts, np.histogram(x, "auto")[0])
    np.testing.assert_allclose(edges.asnumpy(), np.histogram_bin_edges(x, "auto"), rtol=1e-6)
    assert clnd.histogram_bin_edges(clnd.asarray(x), 4, (0, 2)).tolist() == [0, 0.5, 1, 1.5, 2]


REFUSED: tuple[tuple[Any, type[ClndError], str], ...] = (
    (lambda x: clnd.searchsorted(x, 1, "middle"), ArgumentError, r"\[searchsorted\] got side='middle'; expected 'left' or 'right'"),
    (lambda x: clnd.searchsorted(x.reshape(2, 3), 1), ShapeError, r"\[searchsorted\] got a sorted array of shape \(2, 3\)"),
    (lambda x: clnd.searchsorted(x, 1j), DTypeError, r"\[searchsorted\] got complex64"),
    (lambda x: clnd.searchsorted("x", 1), DTypeError, r"\[searchsorted\] got str; expected an array"),
    (lambda x: clnd.searchsorted(x, 1, sorter=[1]), ShapeError, r"\[searchsorted\] got a sorter of shape \(1,\) for an array of shape \(6,\)"),
    (lambda x: clnd.searchsorted(x, 1, sorter=[9] * 6), IndexingError, r"out of bounds for axis 0 with size 6"),
    (lambda x: clnd.digitize(x, [1, 3, 2]), ArgumentError, r"\[digitize\] got bins that neither ascend nor descend"),
    (lambda x: clnd.digitize(x, [[1]]), ShapeError, r"\[digitize\] got bins of shape \(1, 1\)"),
    (lambda x: clnd.digitize("x", "y"), DTypeError, r"\[digitize\] got str"),
    (lambda x: clnd.interp(x, [], []), ArgumentError, r"\[interp\] got no points"),
    (lambda x: clnd.interp(x, [1, 2], [1]), ShapeError, r"\[interp\] got points of shape \(2,\) and values of shape \(1,\)"),
    (lambda x: clnd.interp(x, [1], [1], period=0), ArgumentError, r"\[interp\] got period=0"),
    (lambda x: clnd.bincount(x), DTypeError, r"\[bincount\] got float32; it takes bool and integers"),
    (lambda x: clnd.bincount(x.astype("int32") - 2), ArgumentError, r"\[bincount\] got -2 among the elements; expected none below 0"),
    (lambda x: clnd.bincount(clnd.zeros((1, 1), dtype="int32")), ShapeError, r"\[bincount\] got shape \(1, 1\)"),
    (lambda x: clnd.bincount(x.astype("int32"), minlength=-1), ArgumentError, r"\[bincount\] got minlength=-1"),
    (lambda x: clnd.bincount(x.astype("int32"), [1.0]), ShapeError, r"\[bincount\] got weights of shape \(1,\) for elements of shape \(6,\)"),
    (lambda x: clnd.histogram(x, 0), ArgumentError, r"\[histogram\] got bins=0; expected one bin at least"),
    (lambda x: clnd.histogram(x, 2.5), ArgumentError, r"\[histogram\] got bins=2.5; expected a number of bins, edges, or the name of a rule"),
    (lambda x: clnd.histogram(x, [2, 1]), ArgumentError, r"\[histogram\] got edges that do not ascend"),
    (lambda x: clnd.histogram(x, [[2, 1]]), ShapeError, r"\[histogram\] got bins of shape \(1, 2\)"),
    (lambda x: clnd.histogram(x + 1e8, 300), ArgumentError, r"\[histogram\] got bins=300 from .* between which float32 has too few numbers"),
    (lambda x: clnd.histogram(x, 3, (2, 1)), ArgumentError, r"\[histogram\] got range=\(2.0, 1.0\); expected the lower edge first"),
    (lambda x: clnd.histogram(x, 3, (0, np.inf)), ArgumentError, r"\[histogram\] got range=\(0.0, inf\); expected finite numbers"),
    (lambda x: clnd.histogram(x, 3, 5), ArgumentError, r"\[histogram\] got range=5; expected two numbers"),
    (lambda x: clnd.histogram(x / 0), ArgumentError, r"\[histogram\] got elements from nan to nan; expected finite ones, or range="),
    (lambda x: clnd.histogram(x * 1j), DTypeError, r"\[histogram\] got complex64"),
    (lambda x: clnd.histogram(x, weights=[1.0]), ShapeError, r"\[histogram\] got weights of shape \(1,\)"),
    (lambda x: clnd.histogram(x, "auto", weights=x), DTypeError, r"\[histogram\] got bins='auto' with weights"),
    (lambda x: clnd.histogram2d(x, x[:2]), ShapeError, r"\[histogram2d\] got shapes \(6,\) and \(2,\)"),
    (lambda x: clnd.histogramdd(x.reshape(3, 2), bins=(1, 2, 3)), ArgumentError, r"\[histogramdd\] got 3 bins for 2 coordinates"),
    (lambda x: clnd.histogramdd(x.reshape(3, 2), range=[None]), ArgumentError, r"\[histogramdd\] got 1 ranges for 2 coordinates"),
    (lambda x: clnd.histogramdd(x.reshape(3, 2, 1)), ShapeError, r"\[histogramdd\] got a sample of shape \(3, 2, 1\)"),
    (lambda x: clnd.histogramdd([x, x[:2]]), ShapeError, r"\[histogramdd\] got coordinates of shapes \(6,\), \(2,\)"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[m[:44] for _, _, m in REFUSED])
def test_refused(call: Any, error: type[ClndError], message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.asarray(np.arange(6, dtype=np.float32))).asnumpy()
