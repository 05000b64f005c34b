"""Axes, shapes and powers: what NumPy takes is taken, and what it refuses is refused with clnd's errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.errors import ArgumentError, DTypeError, KindError, ShapeError

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)

# Every function with an axis, as a function of an array and that axis.
BY_AXIS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: lambda x, axis, name=name: getattr(clnd, name)(x, axis=axis) for name in (
        "sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "count_nonzero", "argmin", "argmax", "expand_dims", "flip")},
    **{f"method {name}": lambda x, axis, name=name: getattr(x, name)(axis=axis) for name in (
        "sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin", "argmax", "expand_dims")},
    "squeeze": lambda x, axis: clnd.squeeze(x[:1, :1, :1], axis=axis),
    "swapaxes": lambda x, axis: clnd.swapaxes(x, axis, 0),
    "moveaxis, from": lambda x, axis: clnd.moveaxis(x, axis, 0),
    "moveaxis, to": lambda x, axis: clnd.moveaxis(x, 0, axis),
    "vecdot": lambda x, axis: clnd.vecdot(x, x, axis=axis),
    "tensordot": lambda x, axis: clnd.tensordot(x, x, axes=((axis,), (axis,))),
}  # fmt: skip


@pytest.fixture
def x() -> Any:
    return clnd.asarray(X)


@pytest.mark.parametrize("name", BY_AXIS)
def test_axes(x: Any, name: str) -> None:
    call = BY_AXIS[name]
    for axis in (0, 1, 2, -1, -3):
        want = call(x, axis).asnumpy()
        for same in (np.int64(axis), np.int8(axis), np.array(axis)):
            assert np.array_equal(call(x, same).asnumpy(), want)
    out = 4 if "expand_dims" in name else 3
    for wrong in (out, -out - 1, 0.5, 1.0, "0", np.float32(1), 1j):
        with pytest.raises((ArgumentError, ShapeError), match=r"^\[[\w.]+\] got .*expected"):
            call(x, wrong)


@pytest.mark.parametrize("make", [clnd.sum, clnd.max, clnd.flip, clnd.squeeze, clnd.expand_dims], ids=lambda f: f.__name__)
def test_an_axis_twice_is_refused(x: Any, make: Any) -> None:
    with pytest.raises(ArgumentError, match="expected each axis once"):
        make(x, axis=(0, -3 if make is not clnd.expand_dims else -5))


def test_orders_of_axes(x: Any) -> None:
    for order in ((2, 0, 1), (-1, 0, 1), [np.int64(1), 0, 2]):
        want = np.transpose(X, [int(a) for a in order])
        for got in (clnd.permute_dims(x, order), clnd.transpose(x, order), x.transpose(order), x.transpose(*order)):
            assert np.array_equal(got.asnumpy(), want)
    assert clnd.transpose(x).shape == x.transpose(None).shape == x.transpose().shape == (4, 3, 2)
    assert clnd.permute_dims(clnd.asarray(1.0), ()).shape == ()
    for wrong in ((), (0, 1), (0, 1, 1), (0, 1, 3), (0, 1, 1.0), 1, 0.5, None):
        with pytest.raises(ArgumentError, match=r"\[(permute_dims|transpose)\] got ax"):
            clnd.permute_dims(x, wrong)
    with pytest.raises(ArgumentError, match="expected each of 3 axes once"):
        x.transpose(())


# Every function with a shape.
BY_SHAPE: dict[str, Callable[[Any], Any]] = {
    "zeros": clnd.zeros, "ones": clnd.ones, "empty": clnd.empty, "full": lambda s: clnd.full(s, 1), "uniform": lambda s: clnd.random.uniform(shape=s),
    "reshape": lambda s: clnd.reshape(clnd.asarray(X), s), "x.reshape": lambda s: clnd.asarray(X).reshape(s),
    "broadcast_to": lambda s: clnd.broadcast_to(clnd.asarray(1.0), s), "broadcast_shapes": lambda s: clnd.broadcast_shapes(s),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_SHAPE)
def test_shapes(name: str) -> None:
    call = BY_SHAPE[name]
    for shape in ((4, 6), [4, 6], (np.int64(4), np.int32(6)), np.array([4, 6]), 24, np.int64(24)):
        got = call(shape)
        assert (got if isinstance(got, tuple) else got.shape) == ((24,) if np.ndim(shape) == 0 else (4, 6))
    for wrong in ((4.0, 6), (2.7, 3.2), 4.0, "ab", None, ((4, 6),), 1j):
        if name == "uniform" and wrong is None:  # one number
            continue
        with pytest.raises(KindError, match=r"^\[[\w.]+\] got .*expected"):
            call(wrong)
    with pytest.raises(ShapeError, match=r"^\[[\w.]+\] got .*expected"):
        call((-2, 12))


def test_axes_of_tensordot(x: Any) -> None:
    for axes in (0, 1, np.int64(1), ((2,), (0,)), (2, 0), [[-1], [np.int64(0)]], ((1, 2), (0, 1))):
        a, b = (X, X.transpose(2, 1, 0)) if np.ndim(axes) < 2 or len(axes[0]) == 1 else (X, X.transpose(1, 2, 0))
        got = clnd.tensordot(clnd.asarray(a), clnd.asarray(b), axes=axes)
        np.testing.assert_allclose(got.asnumpy(), np.tensordot(a, b, axes=axes), rtol=1e-5)
    for wrong in (-1, 4, 1.0, None, "ab", ((5,), (1,)), ((0, 0), (1, 1)), ((0,),), ((0,), (0,), (0,)), ((0.5,), (0,))):
        with pytest.raises((ArgumentError, ShapeError), match=r"^\[tensordot\] got .*expected"):
            clnd.tensordot(x, x, axes=wrong)


# --- views that cannot be written ---------------------------------------------------------------


def test_views_by_broadcast_to_are_read_only() -> None:
    a = clnd.asarray([1.0, 2.0])
    view = clnd.broadcast_to(a, (3, 2))
    writes: list[Callable[[Any], Any]] = [
        lambda v: v.__setitem__((0, 0), 5), lambda v: v.__setitem__(slice(None), 5), lambda v: v[0].__setitem__(0, 5), lambda v: v.T.__setitem__((1, 2), 5),
        lambda v: v.__iadd__(1), lambda v: v[1].__iadd__(1), lambda v: clnd.add(v, 1, out=v), lambda v: v.reshape(v.shape).__setitem__(0, 1),
    ]  # fmt: skip
    for view in (clnd.broadcast_to(a, (3, 2)), clnd.broadcast_arrays(a, clnd.zeros((3, 1)))[0], clnd.broadcast_to(clnd.zeros((3, 2)), (3, 2))):
        for write in writes:
            with pytest.raises(ArgumentError, match=r"got a view made by broadcast_to.*assign to a \.copy\(\)"):
                write(view)
    assert a.asnumpy().tolist() == [1, 2]
    copy = view.copy()
    copy[0, 0] = 7
    assert copy.asnumpy()[0, 0] == 7
    assert clnd.broadcast_arrays() == ()


# --- bytes and products in place ----------------------------------------------------------------


def test_bytes_are_the_elements() -> None:
    assert bytes(clnd.asarray([3], dtype="uint8")) == b"\x03"
    assert bytes(clnd.asarray(X).T) == np.ascontiguousarray(X.T).tobytes() == clnd.asarray(X).T.tobytes()


def test_products_in_place() -> None:
    host, factor = np.eye(3, dtype=np.float32) + 1, np.arange(9, dtype=np.float32).reshape(3, 3)
    a = kept = clnd.asarray(host)
    row = a[0]
    a @= clnd.asarray(factor)
    assert a is kept
    assert np.array_equal(a.asnumpy(), host @ factor)
    assert np.array_equal(row.asnumpy(), (host @ factor)[0])
    with pytest.raises(ShapeError):
        a @= clnd.ones((3, 2))


# --- powers of integers -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint64"])
def test_powers_of_integers(dtype: str) -> None:
    host = np.array([0, 1, 2, 3, 11], dtype)
    x = clnd.asarray(host)
    for power in (0, 1, 2, 3):
        assert (x**power).dtype == np.dtype(dtype)
        assert np.array_equal((x**power).asnumpy(), host**power)
        # A float gives floats whatever its value.
        assert (x ** float(power)).dtype == np.float32
        np.testing.assert_allclose((x ** float(power)).asnumpy(), host.astype(np.float64) ** power, rtol=1e-6)
        with pytest.raises(DTypeError, match="expected a result of the same kind"):
            x **= float(power)
    x **= 2
    assert np.array_equal(x.asnumpy(), host**2)


def test_powers_of_bools_are_those_of_integers() -> None:
    x = clnd.asarray([True, False])
    for power in (2, 3):
        assert (x**power).dtype == np.int64
        assert (x**power).asnumpy().tolist() == [1, 0]


# How NumPy programs name what is not the first argument.
BY_NAME: dict[str, Callable[[Any, Any], Any]] = {
    "clip": lambda np_, x: np_.clip(x, a_min=1, a_max=4), "linspace": lambda np_, x: np_.linspace(start=0, stop=1, num=5), "percentile": lambda np_, x: np_.percentile(x, q=50),
    "quantile": lambda np_, x: np_.quantile(x, q=[0.25, 0.5], axis=0), "repeat": lambda np_, x: np_.repeat(x, repeats=2, axis=0), "tile": lambda np_, x: np_.tile(x, reps=(2, 1)),
    "take": lambda np_, x: np_.take(x, indices=[1, 0], axis=1), "take_along_axis": lambda np_, x: np_.take_along_axis(x, indices=np_.argsort(x, axis=1), axis=1),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_arguments_by_name(name: str) -> None:
    host = np.arange(6, dtype=np.float32)[::-1].reshape(2, 3)
    np.testing.assert_allclose(BY_NAME[name](clnd, clnd.asarray(host)).asnumpy(), BY_NAME[name](np, host))


def test_what_is_set_by_name() -> None:
    for np_, made in ((np, np.array), (clnd, clnd.asarray)):
        x = made([[3.0, 1.0], [0.0, 2.0]])
        np_.put_along_axis(x, made([[0], [1]]), values=made([[9.0], [8.0]]), axis=1)
        np_.put(x, ind=[1], v=[5.0])
        np_.place(x, mask=x == 0, vals=[4.0])
        np_.fill_diagonal(x, val=6.0)
        assert x.tolist() == [[6.0, 5.0], [4.0, 6.0]]
        assert np_.matmul(x, x, out=x).tolist() == [[56.0, 60.0], [48.0, 56.0]]
    with pytest.raises(ArgumentError, match=r"^\[clip\] got a bound by both of its names"):
        clnd.clip(x, 1, a_min=2)
