"""Indexing, views, assignment and aliasing against NumPy's; printing, copies, conversions."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, mutually_broadcastable_shapes

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError

Array = np.ndarray[Any, Any]

SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
FILLED = array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=7)


def counted(shape: tuple[int, ...], dtype: Any = np.float32) -> Array:
    return np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)


def pair(shape: tuple[int, ...], dtype: Any = np.float32) -> tuple[Array, Any]:
    """The same array for NumPy and clnd."""
    x = counted(shape, dtype)
    return x, clnd.asarray(x.copy())


def assert_equal(got: Any, want: Any) -> None:
    host = got.asnumpy()
    assert got.shape == np.shape(want)
    assert host.dtype == want.dtype
    assert np.array_equal(host, want)


# --- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "complex64"])
@pytest.mark.parametrize("shape", [(70,), (7, 40), (5, 6, 30), (2, 3, 4, 26), (2, 3, 2, 3, 25), (3, 4, 5)], ids=str)
def test_views_in_both_forms_of_kernels(form: str, shape: tuple[int, ...], dtype: str) -> None:
    """Copies, operations and assignments on steps of every kind along the last axis: 1, 0, 2, -1 and a transposed one."""
    x, a = pair(shape, dtype)
    other, b = x[..., :1], a[..., :1]
    for step in (1, 2, -1):
        assert_equal(a[..., ::step].copy(), x[..., ::step])
        assert_equal(a[..., ::step] + b, x[..., ::step] + other)
    assert_equal(a[1:].copy(), x[1:])
    assert_equal(a.T + a.T, x.T + x.T)
    x[..., ::2] = other
    a[..., ::2] = b
    assert_equal(a, x)


@given(SHAPES, st.data())
def test_index(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape)
    key = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True, max_dims=6))
    assert_equal(a[key], np.asarray(x[key]))


@given(FILLED, st.data())
def test_views_of_views(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape, np.int32)
    for _ in range(data.draw(st.integers(1, 4))):
        step = data.draw(st.sampled_from(("index", "transpose", "reshape", "flip", "newaxis")))
        if step == "index":
            key = data.draw(basic_indices(x.shape, min_dims=0, allow_newaxis=True))
            x, a = np.asarray(x[key]), a[key]
        elif step == "transpose":
            axes = data.draw(st.permutations(range(x.ndim)))
            x, a = x.transpose(axes), a.transpose(tuple(axes))
        elif step == "flip":
            x, a = np.flip(x), clnd.flip(a)
        elif step == "newaxis":
            at = data.draw(st.integers(0, x.ndim))
            x, a = np.expand_dims(x, at), clnd.expand_dims(a, axis=at)
        elif x.size:
            to = data.draw(st.sampled_from([(-1,), (1, -1), (-1, 1), x.shape[::-1]]))
            x, a = x.reshape(to), a.reshape(to)
    assert_equal(a, x)
    assert_equal(a + 1, x + np.int32(1))


@given(FILLED, st.data())
def test_reshape_is_a_view_where_numpys_is(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape)
    key = tuple(slice(None, None, data.draw(st.sampled_from((1, 2, -1)))) for _ in shape)
    axes = data.draw(st.permutations(range(len(shape))))
    x, a = x[key].transpose(axes), a[key].transpose(tuple(axes))
    to = data.draw(st.sampled_from([(-1,), (1, -1, 1), x.shape[::-1], (*x.shape, 1)]))
    y, b = x.reshape(to), a.reshape(to)
    assert_equal(b, y)
    if np.shares_memory(x, y) and x.size > 1:
        b[...] = 0
        assert not a.asnumpy().any()


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=5))
def test_broadcast_to(drawn: Any) -> None:
    x, a = pair(drawn.input_shapes[0])
    assert_equal(a.broadcast_to(drawn.result_shape), np.broadcast_to(x, drawn.result_shape))
    assert_equal(a.broadcast_to(drawn.result_shape) * 2, np.broadcast_to(x, drawn.result_shape) * np.float32(2))


def test_names_for_views(ctx: Context) -> None:
    x, a = pair((2, 3, 4))
    assert_equal(a.T, x.T)
    assert_equal(a.mT, np.swapaxes(x, -1, -2))
    assert_equal(clnd.permute_dims(a, (2, 0, 1)), x.transpose(2, 0, 1))
    assert_equal(clnd.matrix_transpose(a), np.swapaxes(x, -1, -2))
    assert_equal(clnd.moveaxis(a, 0, -1), np.moveaxis(x, 0, -1))
    assert_equal(clnd.moveaxis(a, (0, 1), (-1, 0)), np.moveaxis(x, (0, 1), (-1, 0)))
    assert_equal(a.swapaxes(0, 2), x.swapaxes(0, 2))
    assert_equal(a[:, :1].squeeze(1), x[:, :1].squeeze(1))
    assert_equal(clnd.flip(a, axis=1), np.flip(x, 1))
    assert_equal(a.ravel(), x.ravel())
    assert_equal(a.flatten(), x.flatten())
    assert [b.shape for b in clnd.broadcast_arrays(a, clnd.ones((4,)))] == [(2, 3, 4), (2, 3, 4)]


def test_views_of_pending_work(ctx: Context) -> None:
    x, a = pair((5, 6))
    b = (a * 2 + 1).T[::-1, 1:3]
    assert_equal(b + b, (2 * (x * 2 + 1)).T[::-1, 1:3])
    c = (a + 1).sum(axis=0)[::2]
    assert_equal(c * 2, (x + 1).sum(axis=0)[::2] * 2)
    d = (a.reshape(6, 5) @ a)[1:, ::-2]
    assert_equal(d, (x.reshape(6, 5) @ x)[1:, ::-2])


# --- writing ---------------------------------------------------------------------------------------


@given(FILLED, st.data())
def test_assignment(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape)
    key = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    region = np.asarray(x[key]).shape
    kind = data.draw(st.sampled_from(("number", "whole", "row", "pending", "host", "other dtype")))
    whole = counted(region) + 100
    if kind == "number":
        x[key], a[key] = -1, -1
    elif kind == "row" and region:
        x[key], a[key] = whole[..., :1], clnd.asarray(whole[..., :1])
    elif kind == "pending":
        x[key], a[key] = whole * 2 + 1, clnd.asarray(whole) * 2 + 1
    elif kind == "host":
        x[key], a[key] = whole, whole.tolist() if whole.size else whole
    elif kind == "other dtype":
        x[key], a[key] = whole.astype(np.int16), clnd.asarray(whole.astype(np.int16))
    else:
        x[key], a[key] = whole, clnd.asarray(whole)
    assert_equal(a, x)


@given(FILLED, st.data())
def test_a_write_is_seen_by_base_and_siblings(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape, np.int64)
    views = [(x, a)]
    for _ in range(3):
        y, b = data.draw(st.sampled_from(views))
        if data.draw(st.booleans()):
            key = data.draw(basic_indices(y.shape, allow_newaxis=True))
            y, b = y[key], b[key]
        else:
            y, b = y.T, b.T
        if isinstance(y, np.ndarray):
            views.append((y, b))
    for number in range(4):
        y, b = data.draw(st.sampled_from(views))
        how = data.draw(st.sampled_from(("set", "add", "part", "read")))
        if how == "set":
            y[...], b[...] = 10 * number, 10 * number
        elif how == "add":
            y += number
            b += number
        elif how == "part":
            key = data.draw(basic_indices(y.shape))
            y[key], b[key] = -number, -number
        else:
            assert_equal(b, y)
    for y, b in views:
        assert_equal(b, y)


@given(FILLED, st.data())
def test_overlapping_assignment(shape: tuple[int, ...], data: st.DataObject) -> None:
    x, a = pair(shape)
    n = shape[0]
    k = data.draw(st.integers(0, n - 1))
    how = data.draw(st.sampled_from(("up", "down", "reverse", "transpose", "in place")))
    if how == "up":
        x[k:], a[k:] = x[: n - k].copy(), a[: n - k]
    elif how == "down":
        x[: n - k], a[: n - k] = x[k:].copy(), a[k:]
    elif how == "reverse":
        x[...], a[...] = x[::-1].copy(), a[::-1]
    elif how == "in place":
        x[k:] += x[: n - k].copy()
        a[k:] += a[: n - k]
    elif x.ndim == 2 and shape[0] == shape[1]:
        x[...], a[...] = x.T.copy(), a.T
    assert_equal(a, x)


def test_what_was_read_does_not_change(ctx: Context) -> None:
    a = clnd.arange(10)
    seen, pending = np.asarray(a), a * 2
    part = np.asarray(a[2:5])
    a[3] = 100
    a += 1
    a[:] = 7
    assert seen.tolist() == list(range(10))
    assert part.tolist() == [2, 3, 4]
    assert pending.asnumpy().tolist() == [2 * k for k in range(10)]
    assert a.asnumpy().tolist() == [7] * 10


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "float32", "complex64"])
def test_what_was_read_outlives_the_array(ctx: Context, dtype: str) -> None:
    for n in (10, 3000):
        x = np.arange(n).astype(dtype)
        a = clnd.asarray(x)
        seen, part = np.asarray(a), np.asarray(a[1:][::-2])
        a[n // 2] = 1  # in place, but for what was read
        a[...] = 0
        del a
        # Memory that nobody holds is used again.
        fillers = [clnd.full((n,), 1, dtype=dtype) for _ in range(8)]
        clnd.evaluate(*fillers)
        clnd.waitall()
        assert np.array_equal(seen, x)
        assert np.array_equal(part, x[1:][::-2])


def test_pending_work_keeps_what_it_saw(ctx: Context) -> None:
    a = clnd.zeros((6,))
    before = a + 1
    view = a[1:3]
    half = view * 2
    view[...] = 5
    a[0] = 9
    after = a + 1
    assert before.asnumpy().tolist() == [1] * 6
    assert half.asnumpy().tolist() == [0, 0]
    assert after.asnumpy().tolist() == [10, 6, 6, 1, 1, 1]


def test_in_place_operators(ctx: Context) -> None:
    x, a = pair((4, 5), np.float32)
    view, alias, row = a[1:3, ::-1], a, a[0]
    y = x[1:3, ::-1]
    view += 1
    y += 1
    view *= view
    y *= y
    alias -= 2
    x -= 2
    row /= 4
    x[0] /= 4
    a[2, 1:] **= 2
    x[2, 1:] **= 2
    assert alias is a
    assert_equal(a, x)
    b = clnd.asarray(np.arange(5))
    b //= 2
    b %= 2
    b <<= 3
    b >>= 1
    b |= 1
    b &= 5
    b ^= 2
    want = (((np.arange(5) // 2 % 2) << 3 >> 1) | 1) & 5 ^ 2
    assert b.asnumpy().tolist() == want.tolist()


def test_in_place_keeps_shape_and_kind(ctx: Context) -> None:
    a = clnd.zeros((3,), dtype="int32")
    with pytest.raises(DTypeError, match=r"\[add\] got float32 to keep in an array of int32; expected a result of the same kind; write a = a op b"):
        a += 1.5
    with pytest.raises(DTypeError, match=r"\[divide\] got float32 to keep in an array of int32"):
        a /= 2
    with pytest.raises(ShapeError, match=r"\[add\] got a result of shape \(2, 3\) to keep in an array of shape \(3,\)"):
        a += clnd.ones((2, 3), dtype="int32")
    a += clnd.ones((3,), dtype="int8")
    assert a.dtype == np.int32
    h = clnd.zeros((2,), dtype="float16")
    h += clnd.ones((2,), dtype="float32")
    assert h.dtype == np.float16


def test_a_copy_is_its_own(ctx: Context) -> None:
    a = clnd.arange(6).reshape(2, 3)
    copies = [a.copy(), copy.copy(a), copy.deepcopy(a), clnd.asarray(a, copy=True), a.T.copy(), a.flatten(), a[0].copy()]
    before = [c.asnumpy() for c in copies]
    a[...] = 0
    assert all((c.asnumpy() == b).all() for c, b in zip(copies, before, strict=True))
    assert clnd.asarray(a) is a


def test_copyto(ctx: Context) -> None:
    a, b = clnd.arange(6).reshape(2, 3), clnd.zeros((4, 3))
    assert a.copyto(b[1:3]).shape == (2, 3)
    assert b.asnumpy()[1:3].tolist() == [[0, 1, 2], [3, 4, 5]]
    moved = a.copyto(ctx)
    moved[...] = 9
    assert a.asnumpy().max() == 5
    with pytest.raises(ShapeError, match=r"\[copyto\] got shape \(2, 3\) to copy into \(4, 3\); expected equal shapes"):
        a.copyto(b)


# --- no elements, no dimensions ------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_no_elements(ctx: Context, shape: Any) -> None:
    x, a = pair(shape)
    for got, want in ((a, x), (a + 1, x + 1), (a.T, x.T), (a.reshape(-1), x.reshape(-1)), (a[:0], x[:0]), (a.sum(axis=0), x.sum(axis=0))):
        assert_equal(got, np.asarray(want))
    a[...] = 5
    a += 1
    assert a.asnumpy().shape == shape
    assert a.tolist() == x.tolist()
    assert np.asarray(a).shape == shape
    assert_equal(pickle.loads(pickle.dumps(a)), x)
    assert repr(a).startswith(f"array([], shape={shape}, dtype=float32")


def test_no_dimensions(ctx: Context) -> None:
    a = clnd.asarray(3.5)
    assert (a.shape, a.ndim, a.size, a.nbytes) == ((), 0, 1, 4)
    assert_equal(a[()], np.asarray(np.float32(3.5)))
    assert_equal(a[...], np.asarray(np.float32(3.5)))
    assert_equal(a[None], np.array([3.5], np.float32))
    a[()] = 4
    a += 1
    assert float(a) == 5.0
    assert a.tolist() == 5.0
    assert_equal(a.T, np.asarray(np.float32(5)))
    assert_equal(a.reshape(1, 1), np.array([[5]], np.float32))
    with pytest.raises(IndexingError, match=r"\[getitem\] got 1 indices for shape \(\); expected at most 0"):
        a[0]
    with pytest.raises(ShapeError, match=r"\[len\] got an array without dimensions; expected at least one"):
        len(a)


# --- conversions -----------------------------------------------------------------------------------


def test_conversions(ctx: Context) -> None:
    one = clnd.asarray([[2.5]])
    assert (float(one), int(one), bool(one), complex(one), one.item()) == (2.5, 2, True, 2.5 + 0j, 2.5)
    assert [10, 11, 12][clnd.asarray(1)] == 11
    assert f"{clnd.asarray(2.5):.2f}" == "2.50"
    assert not clnd.asarray(0)
    a = clnd.arange(4)
    assert len(a) == 4
    assert [int(v) for v in a] == [0, 1, 2, 3]
    assert all(isinstance(v, clnd.Array) for v in a)
    assert 3 in a
    assert 9 not in a
    assert clnd.asarray([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ShapeError, match=r"\[bool\] the truth value of an array of shape \(4,\) is ambiguous; .* use .any\(\) or .all\(\)"):
        bool(a)
    with pytest.raises(ShapeError, match=r"\[item\] got shape \(4,\); expected an array of one element; index it first"):
        float(a)
    with pytest.raises(DTypeError, match=r"\[index\] got float32; expected an integer array of one element"):
        range(clnd.asarray(1.0))
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)
    with pytest.raises(TypeError, match=r"arrays are made by functions such as clnd.asarray"):
        clnd.Array()


def test_to_numpy(ctx: Context) -> None:
    a = clnd.arange(12).reshape(3, 4)
    host = np.asarray(a[::2, ::-1])
    assert host.tolist() == [[3, 2, 1, 0], [11, 10, 9, 8]]
    assert np.asarray(a, dtype=np.float32).dtype == np.float32
    mine = a.asnumpy()
    mine[:] = 0
    assert a.asnumpy().max() == 11
    if a._on_host() is not None:
        with pytest.raises(ValueError, match="read-only"):
            host[0, 0] = 1
    assert np.array(a, copy=True).flags.writeable


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "complex64"])
def test_pickle(ctx: Context, dtype: str) -> None:
    a = clnd.asarray(np.arange(6).reshape(2, 3)).astype(dtype)
    for array in (a, a.T, a[1:, ::-2], a[0, 0]):
        back = pickle.loads(pickle.dumps(array))
        assert type(back) is type(array)
        assert back.ctx == array.ctx
        assert_equal(back, array.asnumpy())


# --- printing --------------------------------------------------------------------------------------


def test_printing(ctx: Context) -> None:
    where = f"device={str(ctx)!r}"
    assert repr(clnd.asarray([1.0, 2.5])) == f"array([1. , 2.5], dtype=float32, {where})"
    assert repr(clnd.asarray(7)) == f"array(7, dtype=int64, {where})"
    assert str(clnd.asarray([[1, 2], [3, 4]])) == "[[1 2]\n [3 4]]"
    assert repr(clnd.asarray([[True], [False]])) == f"array([[ True],\n       [False]], dtype=bool, {where})"


@pytest.mark.parametrize("shape", [(1001,), (40, 50), (2000, 3), (3, 2000), (12, 12, 12), (1, 2000), (7, 7, 30), (6, 400)])
def test_large_arrays_print_as_numpys(ctx: Context, shape: Any) -> None:
    x, a = pair(shape, np.int64)
    with np.printoptions(threshold=1000, edgeitems=3):
        assert str(a) == str(x)
        body = np.array2string(x, separator=", ", prefix="array(")
    assert repr(a) == f"array({body}, dtype=int64, device={str(ctx)!r})"


# --- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ((0, 0, 0), r"\[getitem\] got 3 indices for shape \(3, 4\); expected at most 2"),
        (3, r"\[getitem\] index 3 is out of bounds for axis 0 with size 3"),
        ((0, -5), r"\[getitem\] index -5 is out of bounds for axis 1 with size 4"),
        ((..., ...), r"\[getitem\] got more than one ellipsis; expected one at most"),
        (1.5, r"\[getitem\] got a float as an index; expected integers, slices, None, an ellipsis, or arrays of integers or bools"),
        ("a", r"\[getitem\] got a str as an index"),
        ([0.5, 1], r"\[getitem\] got a float64 array as an index; expected integers, slices, None, an ellipsis, or arrays of integers or bools"),
        (slice(None, None, 0), r"\[getitem\] got slice\(None, None, 0\); expected a step other than 0"),
        (slice("a"), r"\[getitem\] got slice\(None, 'a', None\); expected integers or None in a slice"),
    ],
)
def test_bad_indices(ctx: Context, key: Any, message: str) -> None:
    a = clnd.zeros((3, 4))
    with pytest.raises(IndexingError, match=message):
        a[key]
    with pytest.raises(IndexingError, match=message):
        a[key] = 0


def test_bad_assignments(ctx: Context) -> None:
    a = clnd.zeros((3, 4))
    with pytest.raises(ShapeError, match=r"\[setitem\] got a value of shape \(3,\) for a region of shape \(4,\); expected one that broadcasts"):
        a[0] = clnd.zeros((3,))
    with pytest.raises(ShapeError, match=r"\[setitem\] got a value of shape \(2, 3, 4\) for a region of shape \(3, 4\)"):
        a[...] = np.zeros((2, 3, 4))
    with pytest.raises(DTypeError, match=r"\[setitem\] got a str; expected a number, an array or nested lists of numbers"):
        a[0] = "x"
    with pytest.raises(ArgumentError, match=r"\[setitem\] got a view made by broadcast_to .*whose elements share memory, .*; assign to a .copy\(\)"):
        a[0].broadcast_to((3, 4))[...] = 1
    with pytest.raises(DTypeError, match=r"got .*j.*float32 does not hold"):
        a[0] = 1j
    with pytest.raises(DTypeError, match=r"\[astype\] got complex64 to float32; the imaginary part would be lost"):
        a[0] = clnd.ones((4,), dtype="complex64")
    assert not a.asnumpy().any()
    # Leading axes of length 1 do not matter, as in NumPy.
    a[0] = np.ones((1, 1, 4))
    assert a.asnumpy()[0].tolist() == [1] * 4


def test_numpys_float64_is_rounded_where_it_is_assigned(ctx: Context) -> None:
    """NumPy's default dtype fits into a float32 array on devices without fp64 too."""
    values = np.array([0.1, 1 / 3, 1e300, -1e-300, np.nan, -np.inf])
    a = clnd.zeros((2, 6), dtype="float32")
    a[1] = values
    with np.errstate(over="ignore", under="ignore"):
        np.testing.assert_array_equal(a.asnumpy()[1], values.astype(np.float32))
    if not ctx.info.fp64:
        with pytest.raises(DTypeError, match=r"which has no fp64"):
            clnd.zeros(6, dtype="int32")[...] = values


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda a: a.reshape(5), ShapeError, r"\[reshape\] got \(5,\) for shape \(3, 4\); expected 12 elements, not 5"),
        (lambda a: a.reshape(-1, -1), ShapeError, r"\[reshape\] got \(-1, -1\); expected lengths from 0 on and at most one -1"),
        (lambda a: a.reshape(5, -1), ShapeError, r"\[reshape\] got \(5, -1\) for shape \(3, 4\) of 12 elements; they do not divide evenly"),
        (lambda a: a.transpose(0, 0), ArgumentError, r"\[transpose\] got axes \(0, 0\) for shape \(3, 4\); expected each of 2 axes once"),
        (lambda a: a.transpose(0, 2), ArgumentError, r"\[transpose\] got axis 2; expected an axis from -2 to 1"),
        (lambda a: a.squeeze(0), ArgumentError, r"\[squeeze\] got axis 0 of shape \(3, 4\); expected axes of length 1"),
        (lambda a: a.broadcast_to((3, 5)), ShapeError, r"\[broadcast_to\] got shapes \(3, 4\), \(3, 5\); they do not broadcast"),
        (lambda a: a.broadcast_to((4,)), ShapeError, r"\[broadcast_to\] got shape \(3, 4\) to \(4,\); expected lengths equal or 1"),
        (lambda a: a.expand_dims((0, 0)), ArgumentError, r"\[expand_dims\] got axis \(0, 0\); expected each axis once"),
        (lambda a: a[0].mT, ShapeError, r"\[mT\] got shape \(4,\); expected at least two dimensions"),
        (lambda a: clnd.reshape(a.T, (12,), copy=False), ArgumentError, r"\[reshape\] got copy=False, and shape \(4, 3\) with these strides needs a copy"),
    ],
)
def test_bad_views(ctx: Context, call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.zeros((3, 4)))
