"""NumPy's habits that programs have: arguments of ufuncs, the order of complex numbers, how elements print."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.errors import ClndError, DTypeError
from tests.counting import counted

X = np.array([3.0, -1.0, 0.0, 4.0], np.float32)
Y = np.array([2.0, 0.0, 0.0, -2.0], np.float32)


def test_out_is_the_next_positional_argument() -> None:
    x, y, out = clnd.asarray(X), clnd.asarray(Y), clnd.zeros(4)
    assert clnd.multiply(x, y, out) is out
    np.testing.assert_array_equal(out.asnumpy(), X * Y)
    clnd.abs(x, x)
    np.testing.assert_array_equal(x.asnumpy(), np.abs(X))
    with pytest.raises(DTypeError, match=r"\[add\] got a int as out; expected a clnd array"):
        clnd.add(x, y, 3)  # type: ignore[arg-type]
    with pytest.raises(DTypeError, match=r"got a ndarray as out"):
        clnd.add(x, y, np.zeros(4))  # type: ignore[arg-type]


@pytest.mark.parametrize("where", [X > 0, (X > 0).tolist(), np.bool_(True), clnd])
def test_where(where: Any) -> None:
    """``divide(a, b, out=..., where=b != 0)``: elsewhere the old elements stay."""
    mask = X > 0 if where is clnd else where
    where = clnd.asarray(mask) if where is clnd else where
    with np.errstate(all="ignore"):
        want = np.divide(X, Y, out=np.full(4, 9, np.float32), where=np.asarray(mask))
    got = clnd.divide(clnd.asarray(X), clnd.asarray(Y), out=clnd.full(4, 9, dtype="float32"), where=where)
    np.testing.assert_array_equal(got.asnumpy(), want)
    got = clnd.sqrt(clnd.asarray(X), where=where)
    np.testing.assert_array_equal(got.asnumpy(), np.where(np.asarray(mask), np.sqrt(np.abs(X)) * np.where(X < 0, np.nan, 1), 0))


def test_where_of_an_array_and_of_a_list() -> None:
    x, y, out = clnd.asarray([1.0, 2.0, 0.0]), clnd.asarray([2.0, 0.0, 0.0]), clnd.full(3, 7.0)
    assert clnd.divide(x, y, out=out, where=y != 0) is out
    assert out.tolist() == [0.5, 7.0, 7.0]
    assert clnd.sqrt(x, where=[True, False, True]).tolist() == [1.0, 0.0, 0.0]
    assert clnd.add(x, y, out) is out
    assert out.tolist() == [3.0, 2.0, 0.0]
    assert clnd.add([1, 2], 2, where=[True, False]).tolist() == [3, 0]


def test_where_keeps_a_shape() -> None:
    out = clnd.zeros((2, 4))
    clnd.add(out, clnd.asarray(X), out=out, where=[[True], [False]])
    np.testing.assert_array_equal(out.asnumpy(), [X, np.zeros(4)])
    with pytest.raises(ClndError, match=r"\[add\] got a result of shape \(2, 4\)"):
        clnd.add(clnd.zeros((2, 4)), 1, out=clnd.zeros(4), where=[[True], [False]])


def test_dtype_and_casting() -> None:
    x = clnd.asarray(np.array([200, 100], np.uint8))
    np.testing.assert_array_equal(clnd.add(x, x, dtype="int32").asnumpy(), [400, 200])
    assert clnd.sqrt(x, dtype="float32").dtype == np.float32
    out = clnd.zeros(2, dtype="int32")
    clnd.multiply(clnd.asarray([1.5, 2.5]), 2, out=out, casting="unsafe")
    assert out.tolist() == [3, 5]
    with pytest.raises(DTypeError, match=r"\[multiply\] .*casting"):
        clnd.multiply(clnd.asarray([1.5, 2.5]), 2, dtype="int32")
    with pytest.raises(DTypeError, match=r"\[less\] got dtype=float32; it gives bools"):
        clnd.less(x, x, dtype="float32")
    assert clnd.sqrt(clnd.asarray([4]), dtype="float32").dtype == clnd.add(1, 2, dtype="float32").dtype == np.float32


def test_dtypes_of_sums() -> None:
    x, y = clnd.asarray(np.array([1, 2, 0], np.float32)), clnd.asarray(np.array([2, 0, 0], np.float32))
    wide = clnd.add(x, y, dtype="float64")
    assert (wide.dtype, wide.tolist()) == (np.float64, [3.0, 2.0, 0.0])
    with pytest.raises(DTypeError, match=r"^\[add\] got float32 for dtype=int8, which casting='same_kind' forbids"):
        clnd.add(x, y, dtype="int8")
    with pytest.raises(DTypeError, match=r"^\[add\] got float32 for dtype=float64, which casting='no' forbids"):
        clnd.add(x, y, dtype="float64", casting="no")


@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal"])
def test_the_order_of_complex_numbers(name: str) -> None:
    """By the real part, then by the imaginary one; NaN is in no order."""
    parts = (0.0, 1.0, -1.0, np.nan, np.inf, -0.0)
    z = np.array([complex(a, b) for a in parts for b in parts], np.complex64)
    with np.errstate(invalid="ignore"):
        want = getattr(np, name)(z[:, None], z)
    np.testing.assert_array_equal(getattr(clnd, name)(clnd.asarray(z[:, None]), clnd.asarray(z)).asnumpy(), want)


def test_numbers_print_as_numpys() -> None:
    for number in (3.0, 1.5e10, 1e-8, 1 / 3, -0.0, np.nan, np.inf, 3, True, 1 + 2j):
        host = np.asarray(number)
        host = host.astype({"f": "float32", "c": "complex64"}.get(host.dtype.kind, host.dtype))
        x = clnd.asarray(host)
        assert str(x) == str(host[()])
        assert f"{x}" == f"{host[()]}"
        if host.dtype.kind == "f":
            assert f"{x:.3f} {x:10.2e}" == f"{host[()]:.3f} {host[()]:10.2e}"
    assert str(clnd.asarray([3.0])) == "[3.]"


def test_arrays_as_shapes_and_numbers() -> None:
    two, both, x = clnd.asarray(2), clnd.asarray([2, 3]), clnd.arange(6)
    for made in (clnd.zeros(both), x.reshape(both), clnd.reshape(x, both), clnd.broadcast_to(x[:3], both), clnd.random.rand(*both), clnd.indices(both)[0]):
        assert made.shape == (2, 3)
    assert clnd.zeros((two, 3)).shape == clnd.random.default_rng(1).integers(0, 9, both).shape == (2, 3)
    assert [part.tolist() for part in clnd.split(x, both)] == [[0, 1], [2], [3, 4, 5]]
    assert [part.shape for part in clnd.split(x, two)] == [(3,), (3,)]
    assert clnd.tile(x, both).shape == (2, 18)
    assert clnd.roll(x.reshape(2, 3), both, axis=(0, 1)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert clnd.bincount(x, minlength=both[1] * 3).shape == (9,)
    assert clnd.diff(x, two).tolist() == [0, 0, 0, 0]
    assert clnd.rot90(x.reshape(2, 3), two).tolist() == [[5, 4, 3], [2, 1, 0]]
    assert clnd.histogram(x, two)[0].tolist() == [3, 3]
    assert clnd.hanning(both[1]).shape == (3,)
    assert sorted(clnd.random.default_rng(1).permutation([5, 7, 6]).tolist()) == [5, 6, 7]
    assert [math.trunc(clnd.asarray(-2.5)), math.floor(clnd.asarray(2.5)), "abc"[two]] == [-2, 2, "c"]
    with pytest.raises(TypeError, match=r"\[index\] got an array of shape \(2,\); expected an integer array of one element"):
        range(both)


def test_a_vector_is_computed_before_its_elements_are_taken() -> None:
    x = clnd.arange(20.0)
    clnd.evaluate(x)
    with counted() as count:
        pieces = [float(w) for w in x / x.sum()]
    assert count.done.launches <= 3
    np.testing.assert_allclose(pieces, np.arange(20) / 190, rtol=1e-6)
