"""Set functions against NumPy's, and the standard's rules for NaN and zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, DTypeError

Array = np.ndarray[Any, Any]


def same(got: Any, want: Array) -> None:
    host = got.asnumpy()
    assert host.dtype == want.dtype
    np.testing.assert_array_equal(host, want)


def drawn(dtype: str, shape: tuple[int, ...], seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    host = rng.integers(0, 2 if dtype == "bool" else 9, shape).astype(dtype)
    if host.dtype.kind in "fc":
        host[rng.random(shape) < 0.2] = np.nan
    return host


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_unique_in_both_families(dtype: str) -> None:
    for shape in ((1,), (300,), (40, 3)):
        host = np.nan_to_num(drawn(dtype, shape))
        for got, want in zip(clnd.unique_all(clnd.asarray(host)), np.unique_all(host), strict=True):
            same(got, want)


@pytest.mark.parametrize("equal_nan", [True, False])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", "complex64"])
def test_unique(dtype: str, equal_nan: bool) -> None:
    host = drawn(dtype, (7, 11))
    x = clnd.asarray(host)
    for got, want in zip(clnd.unique(x, True, True, True, equal_nan=equal_nan), np.unique(host, True, True, True, equal_nan=equal_nan), strict=True):
        same(got, want)
    same(clnd.unique(x, equal_nan=equal_nan), np.unique(host, equal_nan=equal_nan))


@settings(max_examples=25, deadline=None)
@given(
    shape=st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple), seed=st.integers(0, 9), axis=st.none() | st.integers(-3, 2),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)  # fmt: skip
def test_unique_of_any_shape(shape: tuple[int, ...], seed: int, axis: int | None, flags: tuple[bool, bool, bool]) -> None:
    host = np.random.default_rng(seed).integers(0, 2, shape).astype(np.int32)
    if axis is not None and (not -len(shape) <= axis < len(shape) or 0 in shape):
        return  # NumPy refuses arrays without elements
    got, want = clnd.unique(clnd.asarray(host), *flags, axis), np.unique(host, *flags, axis)
    for g, w in zip(got if any(flags) else (got,), want if any(flags) else (want,), strict=True):
        same(g, w)


def test_the_standards_functions() -> None:
    host = drawn("float32", (5, 6))
    x = clnd.asarray(host)
    for name in ("unique_all", "unique_counts", "unique_inverse"):
        got, want = getattr(clnd, name)(x), getattr(np, name)(host)
        assert got._fields == want._fields
        for field, g, w in zip(got._fields, got, want, strict=True):
            if field == "inverse_indices":  # the first NaN has the first place here, and any of them there
                g, w = clnd.where(clnd.isnan(x), -1, g), np.where(np.isnan(host), -1, w)
            same(g, w)
    same(clnd.unique_values(x), np.unique(host, equal_nan=False))
    assert clnd.unique_all(clnd.asarray(3.0)).inverse_indices.shape == ()
    assert clnd.unique_all(clnd.zeros((0, 3))).inverse_indices.shape == (0, 3)
    assert clnd.unique_values(clnd.zeros((0,))).shape == (0,)
    assert clnd.unique(clnd.zeros((3, 0)), axis=0).shape == (1, 0)


def test_zeros_are_one_value() -> None:
    for first, second in ((0.0, -0.0), (-0.0, 0.0)):
        host = np.float32([2.0, first, second, 1.0])
        values, counts = clnd.unique_counts(clnd.asarray(host))
        assert np.signbit(values.asnumpy()).tolist() == [np.signbit(first), False, False]
        assert counts.asnumpy().tolist() == [2, 1, 1]


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32", "complex64"])
def test_sets_of_two(dtype: str) -> None:
    a, b = drawn(dtype, (6, 7)), drawn(dtype, (9,), 3)
    b[:4] = b[0]
    x, y = clnd.asarray(a), clnd.asarray(b)
    for invert in (False, True):
        same(clnd.isin(x, y, invert=invert), np.isin(a, b, invert=invert))
        same(clnd.in1d(x, y, invert=invert), np.isin(a, b, invert=invert).ravel())
    for name in ("intersect1d", "union1d", "setdiff1d", "setxor1d"):
        same(getattr(clnd, name)(x, y), getattr(np, name)(a, b))
    for got, want in zip(clnd.intersect1d(x, y, return_indices=True), np.intersect1d(a, b, return_indices=True), strict=True):
        same(got, want)
    same(clnd.setdiff1d(x, y, assume_unique=True), np.setdiff1d(a, b, assume_unique=True))


def test_operands_of_other_kinds() -> None:
    x = clnd.asarray([1, 2, 5])
    same(clnd.isin(x, 2), np.array([False, True, False]))
    same(clnd.isin(x, [5, 2.0]), np.array([False, True, True]))
    same(clnd.isin(x, 300.5, invert=True), np.array([True] * 3))
    same(clnd.isin(5, x), np.array(True))
    same(clnd.isin(np.int8([5, 6]), x), np.array([True, False]))
    same(clnd.isin(x.astype("int8"), 300), np.array([False] * 3))
    same(clnd.isin(x, clnd.zeros((0,))), np.array([False] * 3))
    same(clnd.isin(clnd.zeros((0, 2)), x), np.zeros((0, 2), bool))
    same(clnd.union1d(x, [7, 1]), np.array([1, 2, 5, 7]))
    assert clnd.union1d(clnd.asarray([1], dtype="int8"), clnd.asarray([2], dtype="int16")).dtype == np.int16


REFUSED: tuple[tuple[Callable[[Any], Any], type[Exception], str], ...] = (
    (lambda x: clnd.unique("x"), DTypeError, r"\[unique\] got str; expected an array, a number or a sequence"),
    (lambda x: clnd.unique(x, axis=1), ArgumentError, r"\[unique\] got axis 1; expected an axis from -1 to 0"),
    (lambda x: clnd.isin("x", "y"), DTypeError, r"\[isin\] got str; expected an array"),
    (lambda x: clnd.union1d("x", ["y"]), DTypeError, r"\[asarray\] got list data of dtype"),
    (lambda x: clnd.isin(x.astype("uint64"), x.astype("int64")), DTypeError, r"\[isin\] got uint64 and int64"),
)


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_what_is_refused(call: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.zeros((4,)))


def test_lists_hold_what_the_dtype_does_not() -> None:
    x = clnd.asarray(np.array([1, 200], np.uint8))
    assert clnd.isin(x, [300, 1, -5]).tolist() == clnd.in1d(x, [300, 1]).tolist() == [True, False]


def test_common_values_have_the_dtype_of_both() -> None:
    a, b = np.array([3, 1, 2], np.uint8), np.array([2, 300, 1], np.int32)
    same(clnd.intersect1d(clnd.asarray(a), clnd.asarray(b)), np.intersect1d(a, b))
    for got, want in zip(clnd.intersect1d(clnd.asarray(a), clnd.asarray(b), return_indices=True), np.intersect1d(a, b, return_indices=True), strict=True):
        same(got, want)
