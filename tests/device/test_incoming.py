"""Data from outside keeps its values and its dtype, and there is one conversion of floats to integers."""

from __future__ import annotations

import array
import math
import operator
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, DTypeError, ShapeError

INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DOUBLES = np.array([0.1, 2.0**-60, -1.0])


class GivesArray:
    """What pandas, h5py and others are: something with ``__array__``."""

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        self.data = data

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.data if dtype is None else self.data.astype(dtype)


class GivesInterface:
    """What images of PIL are."""

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        self.data = data
        self.__array_interface__ = data.__array_interface__


@pytest.mark.parametrize("dtype", [*INTS, "bool", "float16", "float32", "float64", "complex64", "complex128"])
def test_data_with_a_dtype_keeps_it(ctx: Context, dtype: str) -> None:
    if dtype in ("float64", "complex128") and not ctx.info.fp64:
        pytest.skip("the device has no float64")
    data = np.array([[0, 1, 2], [100, 101, 102]], dtype)
    forms = [data, data.T, GivesArray(data), GivesInterface(data), [data, data], (data[0], data[1]), [list(data[0]), list(data[1])]]
    forms += [memoryview(data), [clnd.asarray(data), clnd.asarray(data)], list(clnd.asarray(data)), data[1, 2], [data[1, 2]]]
    for form in forms:
        result = clnd.asarray(form)
        assert result.dtype == np.dtype(dtype), type(form)
        assert np.array_equal(result.asnumpy(), np.array([x.asnumpy() if isinstance(x, clnd.Array) else x for x in form] if isinstance(form, list) else form))
    assert clnd.full((2,), data[1, 2]).dtype == np.dtype(dtype)


def test_buffers_keep_their_values(ctx: Context) -> None:
    if ctx.info.fp64:
        assert clnd.asarray(array.array("d", [0.1])).asnumpy().tolist() == [0.1]
        assert clnd.asarray(GivesArray(DOUBLES)).asnumpy().tolist() == DOUBLES.tolist()
    assert clnd.asarray(array.array("h", [3, -4])).dtype == np.int16
    assert clnd.asarray(bytearray(b"ab")).asnumpy().tolist() == [97, 98]
    assert clnd.full((2,), np.int64(2**53 + 1)).asnumpy().tolist() == [2**53 + 1] * 2


def test_pandas_and_images(ctx: Context) -> None:
    image = pytest.importorskip("PIL.Image").fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    assert clnd.asarray(image).dtype == np.uint8
    assert clnd.asarray([image, image]).dtype == np.uint8


def test_python_numbers_take_the_defaults() -> None:
    for data, dtype in (([1, 2], "int64"), ([1, 2.5], "float32"), ([True], "bool"), ([1j], "complex64"), ([[1], [2.0]], "float32"), (2**63, "uint64"), ([], "float32")):
        assert clnd.asarray(data).dtype == np.dtype(dtype)
    assert clnd.full((2,), 1).dtype == np.int64
    assert clnd.full((2,), 0.5).dtype == np.float32


def test_float64_gets_all_digits_of_a_list(ctx: Context) -> None:
    if ctx.info.fp64:
        assert clnd.asarray([0.1], dtype="float64").asnumpy().tolist() == [0.1]


# --- operands -----------------------------------------------------------------------------------


def test_lists_of_python_numbers_are_weak(ctx: Context) -> None:
    for dtype, data, want in (("int8", [3], "int8"), ("float16", [0.5], "float16"), ("int16", [0.5], "float32"), ("bool", [2], "int64"), ("float32", [1j], "complex64")):
        assert (clnd.ones((1,), dtype=dtype) + data).dtype == np.dtype(want)
        assert (data + clnd.ones((1,), dtype=dtype)).dtype == np.dtype(want)
    if ctx.info.fp64:
        x = clnd.asarray(np.array([0.1, 2.0]))
        assert (x == [0.1, 2.0]).asnumpy().all()
        assert (x + [0.2, 0.3]).asnumpy().tolist() == (np.array([0.1, 2.0]) + [0.2, 0.3]).tolist()
    with pytest.raises(DTypeError, match=r"got a list of integers from 1 to 300, which int8 does not hold \(-128 to 127\)"):
        clnd.ones((2,), dtype="int8") + [1, 300]


def test_numpys_scalars_are_strong_but_for_those_that_are_pythons(ctx: Context) -> None:
    x, i = clnd.ones((2,), dtype="float16"), clnd.ones((2,), dtype="int8")
    assert (x * np.float32(2)).dtype == np.float32
    assert (i * np.int32(2)).dtype == np.int32
    assert (np.int32(2) * i).dtype == np.int32
    assert (i + np.int8(2)).dtype == np.int8
    assert (clnd.ones((2,), dtype="float32") * np.float64(2)).dtype == np.float32
    assert (clnd.ones((2,), dtype="complex64") * np.complex128(2)).dtype == np.complex64
    assert (i + [np.int32(2), np.int32(3)]).dtype == np.int32
    assert (clnd.nd.ones((2,), dtype="float16") * np.float32(2)).dtype == np.float16  # MXNet's: a number is a number


# --- floats to integers -------------------------------------------------------------------------

FLOATS = [0.0, -0.0, 0.9, -0.9, 300.7, -300.7, 65535.9, 2.0**31, -(2.0**31), 2.0**32, 2.0**63, -(2.0**63), 2.0**64, 1e30, -1e30, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", INTS)
def test_every_way_in_converts_alike(dtype: str) -> None:
    host = np.array(FLOATS, np.float32)
    want = clnd.asarray(host).astype(dtype).asnumpy().tolist()
    limits = np.iinfo(dtype)
    assert want == [0 if x != x else limits.max if x > limits.max else limits.min if x < limits.min else int(x) for x in host.tolist()]
    numbers = host.tolist()
    held = [x == x and limits.min <= (math.trunc(x) if math.isfinite(x) else x) <= limits.max for x in numbers]
    some = [x for x, fits in zip(numbers, held, strict=True) if fits]
    ways = {
        "asarray of an array": (clnd.asarray(host, dtype=dtype), want),
        "asarray of float64": (clnd.asarray(host.astype(np.float64), dtype=dtype), want),
        "asarray of a list": (clnd.asarray(some, dtype=dtype), [math.trunc(x) for x in some]),
        "nd.array": (clnd.nd.array(some, dtype=dtype), [math.trunc(x) for x in some]),
    }
    for way, (result, numbers_wanted) in ways.items():
        assert result.asnumpy().tolist() == numbers_wanted, way
    assigned = clnd.zeros((len(numbers),), dtype=dtype)
    assigned[:] = host
    assert assigned.asnumpy().tolist() == want
    for k, x in enumerate(numbers):
        assert want[k] == int(clnd.full((1,), x, dtype=dtype)[0])
        if held[k]:
            assigned[0] = x
            assert int(assigned[0]) == want[k]
        else:
            with pytest.raises((ArgumentError, DTypeError), match=r"^\[setitem\] got "):
                assigned[0] = x


# --- comparisons of integers with numbers -------------------------------------------------------

SIGNS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("dtype", INTS)
def test_comparisons_with_numbers_are_exact(dtype: str) -> None:
    limits = np.iinfo(dtype)
    values = sorted({limits.min, limits.min + 1, 0, 1, 2, 100, limits.max - 1, limits.max, *(v for v in (-1, 2**24, 2**24 + 1, 2**53, 2**53 + 1) if limits.min <= v <= limits.max)})
    x = clnd.asarray(np.array(values, dtype))
    numbers: list[Any] = [*values, limits.min - 1, limits.max + 1, -1, 256, 2**70, -(2**70), 0.5, 1.5, -0.5, 99.9, 16777216.0, float(2**53), float(2**63), float(2**64)]
    numbers += [float("inf"), -float("inf"), float("nan"), np.float32(1.5), np.float64(16777216), np.int64(-1), np.uint64(2**64 - 1), np.float16(100)]
    for number in numbers:
        plain = number.item() if isinstance(number, np.generic) else number
        for sign in SIGNS:
            assert sign(x, number).asnumpy().tolist() == [sign(v, plain) for v in values], (sign, number)
            assert sign(plain, x).asnumpy().tolist() == [sign(plain, v) for v in values], (sign, number)
    assert 2**70 not in x
    assert clnd.less(2.5, x).asnumpy().tolist() == [v > 2.5 for v in values]


@pytest.mark.parametrize("dtype", INTS)
def test_comparisons_with_lists_of_numbers_are_exact(dtype: str) -> None:
    limits = np.iinfo(dtype)
    values = [limits.min, limits.max, 0, 1, 2, 100, limits.max - 1, limits.max // 2]
    x = clnd.asarray(np.array(values, dtype))
    lists: list[Any] = [
        values, [300], [-1], [1.5], [float("nan")], [2**63 + 5], [1 << 70], [True, 2.0, 1, 300, 0, 0, 1e3, -5],
        [float("inf"), -float("inf"), 1.0, 2.5, -0.5, 1e30, -1e30, 100.0], [float(v) for v in values],
    ]  # fmt: skip
    for numbers in lists:
        wide = numbers * (len(values) // len(numbers))
        for sign in SIGNS:
            assert sign(x, numbers).asnumpy().tolist() == [sign(v, n) for v, n in zip(values, wide, strict=True)], (sign, numbers)
            assert sign(tuple(numbers), x).asnumpy().tolist() == [sign(n, v) for v, n in zip(values, wide, strict=True)], (sign, numbers)
    assert (x < [[1.5], [-2.5]]).asnumpy().tolist() == [[v < 1.5 for v in values], [v < -2.5 for v in values]]
    assert (x[:1] == []).shape == (0,)


# --- what is refused ----------------------------------------------------------------------------


def test_bad_data() -> None:
    for make, error, says in (
        (lambda: clnd.asarray(1 << 70), DTypeError, "an integer of more than 64 bits"),
        (lambda: clnd.asarray([1, 1 << 70]), DTypeError, "an integer of more than 64 bits"),
        (lambda: clnd.asarray([[1], [2, 3]]), ArgumentError, "nested sequences of equal lengths"),
        (lambda: clnd.asarray("a"), DTypeError, "expected numbers or bools"),
        (lambda: clnd.asarray([None]), DTypeError, "expected numbers or bools"),
        (lambda: clnd.full((2,), "a"), DTypeError, r"\[full\] got str data .*; expected numbers or bools"),
        (lambda: clnd.full((2,), [1, 2]), ShapeError, r"\[full\] got a fill value of shape \(2,\)"),
        (lambda: clnd.asarray([1j], dtype="float32"), DTypeError, "imaginary parts would be lost"),
    ):
        with pytest.raises(error, match=says):
            make()


@pytest.mark.parametrize(("data", "error", "message"), [
    ([1.0, float("nan")], ArgumentError, r"got NaN for int8, which holds integers alone; use a floating dtype"),
    ([[1], [300]], DTypeError, r"got 300, which int8 does not hold \(-128 to 127\)"),
    ((float("-inf"), 0.5), DTypeError, r"got -inf, which int8 does not hold"),
    ([-129.5], DTypeError, r"got -129.5, which int8 does not hold"),
    ([[1], [1, 2]], ArgumentError, r"got data that forms no array: .*; expected nested sequences of equal lengths"),
])  # fmt: skip
def test_pythons_numbers_are_integers_where_they_fit(data: Any, error: type[Exception], message: str) -> None:
    x = clnd.zeros((2, 1), dtype="int8")
    with pytest.raises(error, match=r"^\[asarray\] " + message):
        clnd.array(data, dtype="int8")
    with pytest.raises(error, match=r"^\[setitem\] " + message):
        x[...] = data
    with pytest.raises(ArgumentError, match=r"^\[setitem\] got NaN for int8"):
        x[x == 0] = float("nan")
    assert x.tolist() == [[0], [0]]
    assert clnd.array([-128.9, 127.9, True], dtype="int8").tolist() == [-128, 127, 1]
    # What has a dtype is cast by the one rule of casts.
    assert clnd.array(np.array([np.nan, 300.0]), dtype="int8").tolist() == [0, 127]
