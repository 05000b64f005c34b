"""Cumulative operations: the order bit for bit in both families, every dtype, layout and tile; functions, arguments and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, ClndError, DTypeError, ShapeError
from clnd.kernels import kernel, scan, tuning
from tests.canonical import scan_reference

Array = np.ndarray[Any, Any]

PATHS_FOR_GPUS = ("int32", "float16", "float32", "complex64")
# Around groups, groups of groups and tiles.
LENGTHS = (1, 2, 15, 16, 17, 31, 255, 256, 257, 511, 513, 4095, 4096, 4097)


def sample(shape: Any, dtype: str, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.random(shape) < 0.5
    values = rng.standard_normal(shape) * 50
    return (values + 1j * rng.standard_normal(shape)).astype(dtype) if dtype.startswith("complex") else values.astype(dtype)


def bits(x: Any) -> bytes:
    """The bytes, with one NaN."""
    host = np.array(x.asnumpy() if isinstance(x, clnd.Array) else x)
    if host.dtype.kind == "f":
        host[np.isnan(host)] = np.nan
    return host.tobytes()


def same(x: Any, want: Array) -> None:
    got = x.asnumpy()
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    assert bits(got) == bits(want), np.argwhere(got != want)[:3]


# --- the order -----------------------------------------------------------------------------------


@pytest.mark.parametrize("special", [False, True])
def test_sums_follow_the_tree(family: str, special: bool, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> None:
    """Of one line, of neighbouring lines, and of short rows; by the kernels for large arrays too, which all go in tiles."""
    if special:
        for name in ("GENERAL", "_SMALL"):
            monkeypatch.setattr(scan, name, 0)
        monkeypatch.setattr(scan, "_SHORT", 64)
        ctx.device.plans.clear()
    for n in LENGTHS:
        x = sample((n,), "float32")
        same(clnd.cumulative_sum(clnd.asarray(x)), scan_reference("sum", x))
    for shape in ((300, 20), (5, 300), (3, 70, 2)):
        x = sample(shape, "float32")
        for axis in range(len(shape)):
            same(clnd.cumulative_sum(clnd.asarray(x), axis=axis), scan_reference("sum", x, axis))
    ctx.device.plans.clear()


@pytest.mark.slow
def test_sums_of_many_tiles(family: str) -> None:
    for shape in ((70_003,), (200_000,), (20_000, 19), (3, 30_000)):
        x = sample(shape, "float32")
        for axis in range(len(shape)):
            if shape[axis] > 3:
                same(clnd.cumulative_sum(clnd.asarray(x), axis=axis), scan_reference("sum", x, axis))


def test_tunables_change_no_bit(family: str, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    device = ctx.device
    record = scan.RECORDS[family]
    x = sample((9_000,), "float32")
    want, across = scan_reference("sum", x), scan_reference("sum", x[:8100].reshape(300, 27))
    tried = {"cpu": [{"TILE": 256}, {"TILE": 65536, "PANEL": 2}], "gpu": [{"LOCAL": 1}, {"LOCAL": 16, "STAGE": 0}, {"LOCAL": 256, "STAGE": 0}]}
    monkeypatch.setattr(scan, "_SMALL", 0)
    default = record.default(np.dtype(np.float32), device.info)
    for values in tried[family]:
        parameters = default | values
        if not record.fits(parameters, np.dtype(np.float32), device.info):
            continue
        device.plans.clear()
        tuning.assign(record, np.dtype(np.float32), device, parameters)
        try:
            same(clnd.cumulative_sum(clnd.asarray(x)), want)
            same(clnd.cumulative_sum(clnd.asarray(x[:8100].reshape(300, 27)), axis=0), across)
        finally:
            device.parameters.clear()
    device.plans.clear()


def test_64_bit_counting(family: str, index64: None) -> None:
    x = sample((4_700,), "float32")
    same(clnd.cumulative_sum(clnd.asarray(x)), scan_reference("sum", x))


@pytest.mark.parametrize("dtype", ["bool", "int8", "int32", "uint16", "uint64", "float16", "float32", "float64", "complex64"])
def test_every_dtype(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    wide = {"b": np.int64, "i": np.int64, "u": np.uint64}.get(np.dtype(dtype).kind, dtype)
    for shape in ((37,), (600,), (4, 1100), (70, 80)):
        x = sample(shape, dtype)
        for axis in range(len(shape)):
            same(clnd.cumulative_sum(clnd.asarray(x), axis=axis), scan_reference("sum", x, axis, wide))


@pytest.mark.parametrize("dtype", ["int32", "float32", "complex64"])
def test_products_are_chains(family: str, dtype: str) -> None:
    for shape in ((40,), (5, 1000), (90, 70)):
        x = sample(shape, dtype)
        x = (x / 40 if dtype != "int32" else x % 7 - 3).astype(dtype)
        for axis in range(len(shape)):
            with np.errstate(all="ignore"):
                same(clnd.cumulative_prod(clnd.asarray(x), axis=axis), scan_reference("prod", x, axis, np.int64 if dtype == "int32" else dtype))
    x = np.array([3e37, 1, 100, 0.01, 0, 1], np.float32)
    same(clnd.cumulative_prod(clnd.asarray(x)), scan_reference("prod", x))


def test_results_past_the_caches(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large results are written past the caches where they are aligned: rows of whole lines, and others beside them."""
    ctx.device.plans.clear()
    monkeypatch.setattr(kernel, "STREAMED_BYTES", 0)
    try:
        for shape in ((40_000,), (40_007,), (3, 16_384), (3, 16_385)):
            for dtype in ("float32", "int32", "float16"):
                x = sample(shape, dtype)
                same(clnd.cumulative_sum(clnd.asarray(x), axis=-1), scan_reference("sum", x, -1, np.int64 if dtype == "int32" else dtype))
    finally:
        ctx.device.plans.clear()


def test_zeros_infinities_and_nan(family: str) -> None:
    nan, inf = np.nan, np.inf
    for values in ([-0.0], [-0.0, -0.0], [-0.0, 0.0, -0.0], [1, inf, 2, -inf, 3], [0, nan, 1], [-0.0] * 40, [1e38] * 20, [1e-45] * 40):
        x = np.array(values, np.float32)
        same(clnd.cumulative_sum(clnd.asarray(x)), scan_reference("sum", x))
        for name, kind in (("maximum", "max"), ("minimum", "min")):
            same(getattr(np, name).accumulate(clnd.asarray(x)), scan_reference(kind, x))
            same(getattr(clnd, name).accumulate(clnd.asarray(x)), scan_reference(kind, x))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint32", "int64", "float32", "float16"])
def test_running_extremes(family: str, dtype: str, few_dtypes_for_gpus: None) -> None:
    x = sample((3, 700), dtype)
    for name in ("maximum", "minimum"):
        for axis in (0, 1):
            np.testing.assert_array_equal(getattr(clnd, name).accumulate(clnd.asarray(x), axis=axis).asnumpy(), getattr(np, name).accumulate(x, axis=axis))


def test_running_truth() -> None:
    x = np.array([[0, 0, 3], [1, 0, 2]], np.int32)
    for name in ("logical_and", "logical_or"):
        np.testing.assert_array_equal(getattr(np, name).accumulate(clnd.asarray(x), axis=1).asnumpy(), getattr(np, name).accumulate(x, axis=1))


VIEWS = (np.s_[::-1], np.s_[::2], np.s_[3:9, 1], np.s_[:, ::-3], np.s_[5], np.s_[:, None, 4], np.s_[2:2], np.s_[:, 1:2])


@pytest.mark.parametrize("key", VIEWS, ids=str)
def test_views(family: str, key: Any) -> None:
    host = sample((12, 9), "float32")
    x, y = clnd.asarray(host)[key], host[key]
    for axis in range(y.ndim):
        same(clnd.cumulative_sum(x, axis=axis), scan_reference("sum", y, axis))
    same(clnd.cumsum(x), scan_reference("sum", y.reshape(-1)))
    same(clnd.cumsum(x.T), scan_reference("sum", y.T.reshape(-1)))


def test_long_views_and_the_initial_value(family: str) -> None:
    host = sample((9_000,), "float32")
    for key in (np.s_[::-1], np.s_[::2]):
        same(clnd.asarray(host)[key].cumsum(), scan_reference("sum", host[key]))
    for shape, axis in (((9_000,), 0), ((70, 80), 0), ((70, 80), 1), ((20, 3), 1), ((2, 600), 1)):
        x = sample(shape, "float32")
        got = clnd.cumulative_sum(clnd.asarray(x), axis=axis, include_initial=True)
        front = np.zeros(tuple(1 if k == axis else n for k, n in enumerate(shape)), np.float32)
        same(got, np.concatenate([front, scan_reference("sum", x, axis)], axis=axis))
    assert clnd.cumulative_prod(clnd.asarray([2j, 3]), include_initial=True).tolist() == [1, 2j, 6j]


# --- functions -----------------------------------------------------------------------------------


def test_dtypes_of_sums() -> None:
    for name, to in (("bool", "int64"), ("int8", "int64"), ("uint8", "uint64"), ("float16", "float16"), ("complex64", "complex64")):
        for function in (clnd.cumulative_sum, clnd.cumulative_prod, clnd.cumsum):
            assert function(clnd.zeros(3, dtype=name)).dtype == to
    x = clnd.asarray(np.array([200, 100], np.uint8))
    assert clnd.cumsum(x, dtype="uint8").tolist() == [200, 44]
    assert clnd.cumsum(x, dtype="float32").tolist() == [200, 300]
    assert x.cumsum(dtype=np.int16).tolist() == [200, 300]
    assert clnd.cumulative_sum(clnd.asarray([2**62, 2**62, 2**62])).tolist() == np.cumsum([2**62] * 3).tolist()


def test_empty_and_one(family: str) -> None:
    for shape, axis in (((0,), 0), ((0, 3), 0), ((3, 0), 0), ((3, 0), 1), ((1, 1), 1)):
        x = np.ones(shape, np.float32)
        for initial in (False, True):
            got = clnd.cumulative_sum(clnd.asarray(x), axis=axis, include_initial=initial)
            np.testing.assert_array_equal(got.asnumpy(), np.cumulative_sum(x, axis=axis, include_initial=initial))
    assert clnd.cumsum(clnd.asarray(3.0)).tolist() == [3.0]
    assert clnd.cumprod(clnd.asarray(3)).tolist() == [3]
    assert clnd.cumulative_prod(clnd.zeros((0,)), include_initial=True).tolist() == [1]


def test_numpys_functions_and_out() -> None:
    x = sample((4, 5), "float32")
    a, out = clnd.asarray(x), np.zeros(20, np.float32)
    assert clnd.cumsum(a, out=out) is out
    assert bits(out) == bits(scan_reference("sum", x.ravel()))
    mine = clnd.zeros((4, 5))
    assert np.add.accumulate(a, axis=1, out=mine) is mine
    same(mine, scan_reference("sum", x, 1))
    same(clnd.add.accumulate(a), scan_reference("sum", x, 0))
    same(np.multiply.accumulate(a), scan_reference("prod", x, 0))
    same(a.cumprod(1), scan_reference("prod", x, 1))
    with_nan = x.copy()
    with_nan[1, 2] = np.nan
    for name in ("nancumsum", "nancumprod"):
        np.testing.assert_allclose(getattr(clnd, name)(clnd.asarray(with_nan), axis=1).asnumpy(), getattr(np, name)(with_nan, axis=1), rtol=1e-5)
    np.testing.assert_array_equal(clnd.nancumsum(clnd.asarray([1, 2])).asnumpy(), [1, 3])


def test_pending_work_and_the_array_stay_as_they_are() -> None:
    x = clnd.arange(5, dtype="float32")
    sums = (x * 2).cumsum()
    x += 1
    assert (sums + 1).tolist() == [1, 3, 7, 13, 21]


def test_differences() -> None:
    x = sample((4, 6), "float32")
    a = clnd.asarray(x)
    for n in range(8):
        for axis in (0, -1):
            np.testing.assert_array_equal(clnd.diff(a, n=n, axis=axis).asnumpy(), np.diff(x, n=n, axis=axis))
    for prepend, append in ((np.float32(0), None), (None, x[:, :2]), (x[:, 3:], np.float32(1.5))):
        given = {k: v for k, v in (("prepend", prepend), ("append", append)) if v is not None}
        np.testing.assert_array_equal(clnd.diff(a, **given).asnumpy(), np.diff(x, **given))
    np.testing.assert_array_equal(clnd.diff(a[::-1, ::2], axis=0).asnumpy(), np.diff(x[::-1, ::2], axis=0))
    np.testing.assert_array_equal(clnd.diff(a > 0).asnumpy(), np.diff(x > 0))
    np.testing.assert_array_equal(clnd.diff(clnd.asarray(np.array([3, 1], np.uint8))).asnumpy(), [254])
    np.testing.assert_array_equal(clnd.ediff1d(a, 9, [1, 2]).asnumpy(), np.ediff1d(x, 9, [1, 2]))
    np.testing.assert_array_equal(clnd.ediff1d(a[:1, :1]).asnumpy(), np.ediff1d(x[:1, :1]))


def test_trapezoids() -> None:
    y, x = sample((3, 7), "float32"), np.sort(sample((7,), "float32", 2))
    a = clnd.asarray(y)
    np.testing.assert_allclose(clnd.trapezoid(a).asnumpy(), np.trapezoid(y), rtol=1e-5)
    np.testing.assert_allclose(clnd.trapezoid(a, dx=0.5, axis=0).asnumpy(), np.trapezoid(y, dx=0.5, axis=0), rtol=1e-5)
    for places in (x, clnd.asarray(x)):
        np.testing.assert_allclose(clnd.trapezoid(a, places).asnumpy(), np.trapezoid(y, x), rtol=1e-5)
    np.testing.assert_allclose(clnd.trapezoid(a, clnd.asarray(y * 2), axis=0).asnumpy(), np.trapezoid(y, y * 2, axis=0), rtol=1e-5)
    assert clnd.trapezoid(clnd.asarray([5.0])).item() == 0


REFUSED: tuple[tuple[Any, type[ClndError], str], ...] = (
    (lambda x: clnd.cumulative_sum(x), ArgumentError, r"\[cumulative_sum\] got axis=None for shape \(2, 3\); expected an axis; or use cumsum"),
    (lambda x: clnd.cumulative_prod(x[0, 0]), ArgumentError, r"\[cumulative_prod\] got an array without dimensions; expected at least one; use cumprod"),
    (lambda x: clnd.cumsum(x, axis=2), ArgumentError, r"\[cumsum\] got axis 2"),
    (lambda x: clnd.cumsum("x"), DTypeError, r"\[cumsum\] got str; expected an array"),
    (lambda x: clnd.cumsum(x, dtype="object"), DTypeError, r"\[dtype\] got 'object'"),
    (lambda x: clnd.cumsum(x, out=clnd.zeros(5)), ShapeError, r"\[cumsum\] got a result of shape \(6,\)"),
    (lambda x: np.subtract.accumulate(x), DTypeError, r"\[np.subtract.accumulate\] got a clnd array, and clnd has cumulative operations by add"),
    (lambda x: clnd.subtract.accumulate(x), DTypeError, r"\[subtract.accumulate\] got an operation that does not accumulate; expected add"),
    (lambda x: clnd.add.accumulate(x[0, 0]), ArgumentError, r"\[add.accumulate\] got an array without dimensions"),
    (lambda x: clnd.add.accumulate(x, axis=None), ArgumentError, r"\[add.accumulate\] got axis=None for shape \(2, 3\); expected one axis"),
    (lambda x: clnd.maximum.accumulate(x.astype("complex64")), DTypeError, r"\[maximum.accumulate\] got complex64"),
    (lambda x: clnd.diff(x, n=-1), ArgumentError, r"\[diff\] got n=-1; expected a number of times from 0 on"),
    (lambda x: clnd.diff(x[0, 0]), ArgumentError, r"\[diff\] got an array without dimensions"),
    (lambda x: clnd.diff(x, prepend=clnd.zeros((3, 1))), ShapeError, r"\[diff\] got shapes \(3, 1\), \(2, 3\) along axis 1"),
    (lambda x: clnd.ediff1d(x > 1), ArgumentError, r"\[ediff1d\] got bools"),
    (lambda x: clnd.ediff1d(x.astype("int32"), to_end=clnd.asarray(1.5)), ArgumentError, r"\[ediff1d\] got float32 beside int32"),
    (lambda x: clnd.trapezoid(x, [1.0, 2.0]), ShapeError, r"\[trapezoid\] got x of shape \(2,\) for y of shape \(2, 3\); expected 3 places along axis 1"),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED, ids=[m[:40] for _, _, m in REFUSED])
def test_refused(call: Any, error: type[ClndError], message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.asarray(np.arange(6, dtype=np.float32).reshape(2, 3)))
