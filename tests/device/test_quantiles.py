"""Medians and quantiles against NumPy's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.errors import ArgumentError, DTypeError
from clnd.ops.quantiles import METHODS

AXES = (None, 0, -1, (0, 2))


def close(got: Any, want: Any) -> None:
    host, want = got.asnumpy(), np.asarray(want)
    assert host.shape == want.shape
    np.testing.assert_allclose(host.astype(np.float64), want.astype(np.float64), 2e-6, 2e-5)


def drawn(dtype: str, shape: tuple[int, ...], nan: bool = False) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(len(shape))
    host = (rng.standard_normal(shape) * 50).astype(dtype)
    if nan:
        host[rng.random(shape) < 0.1] = np.nan
        host[:, 0] = np.nan
    return host


@pytest.fixture(autouse=True)
def _numpys_warnings() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize(("dtype", "nan"), [("float32", False), ("float32", True), ("int32", False)])
def test_median(dtype: str, nan: bool, axis: Any) -> None:
    for shape in ((7, 10, 3), (6, 5, 4)):
        host = drawn(dtype, shape, nan)
        x = clnd.asarray(host)
        close(clnd.median(x, axis), np.median(host, axis))
        close(clnd.nanmedian(x, axis, keepdims=True), np.nanmedian(host, axis, keepdims=True))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("dtype", "nan"), [("float32", False), ("float32", True), ("int32", False)])
def test_quantiles(dtype: str, nan: bool, method: str) -> None:
    host = drawn(dtype, (7, 10, 3), nan)
    x, exact = clnd.asarray(host), host.astype(np.float64)
    for axis, q in zip(AXES, (0.3, [0, 0.25, 0.5, 0.77, 1], [[0.1, 0.2]], 0.5), strict=True):
        close(clnd.quantile(x, q, axis, method=method), np.quantile(exact, q, axis, method=method))
        close(clnd.percentile(x, np.array(q) * 100, axis, method=method, keepdims=True), np.quantile(exact, q, axis, method=method, keepdims=True))
        if np.ndim(q) < 2:  # NumPy's has other axes first
            close(clnd.nanquantile(x, q, axis, method=method), np.nanquantile(exact, q, axis, method=method))


def test_dtypes_of_results() -> None:
    x = clnd.asarray([3, 1, 2])
    assert clnd.median(x).dtype == np.float32
    assert clnd.quantile(x, 0.5).dtype == np.float32
    assert clnd.quantile(x, 0.4, method="higher").dtype == np.int64
    assert clnd.median(x.astype("float16")).dtype == np.float16
    assert float(clnd.median(clnd.asarray([True, False]))) == 0.5
    assert complex(clnd.median(clnd.asarray([2j, 1.0, 1j]))) == 2j


def test_ends_and_nothing() -> None:
    inf = float("inf")
    assert float(clnd.quantile(clnd.asarray([inf, inf, 1.0]), 0.75)) == inf
    assert float(clnd.quantile(clnd.asarray([1.0, inf]), 0.0)) == 1
    assert np.isnan(clnd.median(clnd.zeros((0,))).asnumpy())
    assert np.isnan(clnd.nanquantile(clnd.asarray([float("nan")]), 0.5).asnumpy())
    assert clnd.quantile(clnd.zeros((2, 3)), [], axis=0).shape == (0, 3)
    assert clnd.median(clnd.zeros((2, 0)), axis=0).shape == (0,)
    out = clnd.zeros((3,))
    assert clnd.median(clnd.asarray([[1.0, 2.0, 3.0]] * 2), axis=0, out=out) is out
    assert out.asnumpy().tolist() == [1, 2, 3]
    assert float(clnd.percentile(clnd.asarray([1, 2]), clnd.asarray(50))) == 1.5


REFUSED: tuple[tuple[Callable[[Any], Any], type[Exception], str], ...] = (
    (lambda x: clnd.quantile(x, 2), ArgumentError, r"\[quantile\] got q=2; expected numbers from 0 to 1"),
    (lambda x: clnd.percentile(x, [1, -1]), ArgumentError, r"\[percentile\] got q=\[1, -1\]; expected numbers from 0 to 100"),
    (lambda x: clnd.quantile(x, "half"), ArgumentError, r"\[quantile\] got q='half'"),
    (lambda x: clnd.quantile(x, float("nan")), ArgumentError, r"\[quantile\] got q=nan"),
    (lambda x: clnd.quantile(x, 0.5, method="best"), ArgumentError, r"\[quantile\] got method='best'; expected one of inverted_cdf"),
    (lambda x: clnd.quantile(x, 0.5, weights=x), ArgumentError, r"\[quantile\] got weights"),
    (lambda x: clnd.quantile(x[:0], 0.5), ArgumentError, r"\[quantile\] got shape \(0,\) over axis None; there are no elements"),
    (lambda x: clnd.quantile(x > 0, 0.5), DTypeError, r"\[quantile\] got bool; it takes integers and floats"),
    (lambda x: clnd.median(x, axis=1), ArgumentError, r"\[median\] got axis 1"),
    (lambda x: clnd.median("x"), DTypeError, r"\[median\] got str"),
)


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_what_is_refused(call: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.zeros((4,)))
