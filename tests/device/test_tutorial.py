"""The tutorial's session, and the rules by which `clnd.nd` differs from NumPy."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd as mx
from clnd.errors import ArgumentError, ContextError, DTypeError, ShapeError

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"


def array(data: Any, dtype: Any = None) -> Any:
    return mx.nd.array(data, dtype=dtype)


def check(x: Any, want: Any, dtype: Any) -> None:
    """Values, shape and dtype."""
    got = x.asnumpy()
    assert got.dtype == np.dtype(dtype)
    assert got.shape == np.shape(want)
    np.testing.assert_array_equal(got, want)


# --- the session -------------------------------------------------------------------------------


@pytest.mark.slow  # it multiplies matrices of 1000 x 1000
def test_the_session_runs_line_by_line() -> None:
    """A driver of a CPU plays the GPU where there is none."""
    code = f"import doctest, sys; sys.exit(doctest.testfile({str(TUTORIAL)!r}, module_relative=False).failed)"
    environment = dict(os.environ)
    if mx.num_gpus() == 0:
        environment["CLND_PRETEND_GPU"] = mx.current_context().info.driver
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_differences_is_true() -> None:
    assert doctest.testfile(str(ROOT / "docs" / "differences.md"), module_relative=False).failed == 0


def test_the_tutorial_holds_the_whole_session() -> None:
    examples = [e.source for e in doctest.DocTestParser().get_examples(TUTORIAL.read_text())]
    for line in (
        "import clnd as mx", "a = mx.nd.array([[1, 2, 3], [4, 5, 6]])", "a.size", "a.shape", "a.dtype",
        "b = mx.nd.array([[1, 2, 3], [2, 3, 4]], dtype=np.int32)", "b = a * a", "b = a.T", "c = mx.nd.dot(a, b)",
        'c = mx.nd.uniform(low=0, high=1, shape=(1000, 1000), ctx="gpu(0)")',
        'd = mx.nd.normal(loc=1, scale=2, shape=(1000, 1000), ctx="cpu(0)")', "e = mx.nd.dot(c, d)",
    ):  # fmt: skip
        assert line + "\n" in examples


# --- as MXNet: looks, defaults, facts ----------------------------------------------------------


def test_repr_and_str() -> None:
    x = array([[1, 2]])
    assert repr(x) == str(x) == f"\n[[1. 2.]]\n<NDArray 1x2 @{x.ctx}>"
    assert repr(array([[1, 2]], "int32")).startswith("\n[[1 2]]\n<NDArray 1x2 @")
    assert repr(array(5)).startswith("\n5.0\n<NDArray  @")


def test_long_arrays_are_summarised_as_by_numpy() -> None:
    x = np.arange(5000, dtype=np.float32).reshape(50, 100)
    assert str(array(x)) == f"\n{x}\n<NDArray 50x100 @{array(x).ctx}>"


@pytest.mark.parametrize("data", [[1, 2], (1, 2), np.array([1, 2]), np.array([1.0, 2.0]), np.array([True, False]), 3])
def test_float32_is_the_default(data: Any) -> None:
    assert array(data).dtype is np.float32


def test_default_dtypes_of_functions() -> None:
    nd = mx.nd
    for x in (
        nd.zeros((2,)), nd.ones((2,)), nd.full((2,), 7), nd.empty((2,)), nd.arange(3), nd.linspace(0, 1, 3), nd.eye(2),
        nd.uniform(shape=(2,)), nd.normal(shape=(2,)),
    ):  # fmt: skip
        assert x.dtype is np.float32
        assert isinstance(x, nd.NDArray)


def test_a_clnd_array_keeps_its_dtype() -> None:
    assert array(array([1, 2], "int32")).dtype is np.int32
    assert array(mx.asarray([1, 2])).dtype is np.int64


def test_dtype_is_the_scalar_class() -> None:
    x = array([1, 2])
    assert x.dtype is np.float32
    assert x.dtype == np.dtype("float32")
    assert x.astype("int32").dtype is np.int32
    assert x.astype(x.dtype).dtype is np.float32


def test_context_names() -> None:
    x = array([1, 2])
    assert x.ctx is x.context is mx.current_context()
    name = str(x.ctx)
    for y in (
        mx.nd.array([1], ctx=name), mx.nd.zeros((1,), ctx=name), mx.nd.full((1,), 2, ctx=name),
        mx.nd.empty((1,), ctx=name), mx.nd.arange(2, ctx=name), mx.nd.eye(2, ctx=name), mx.nd.uniform(ctx=name),
        mx.nd.random.randint(0, 5, ctx=name), x.as_in_context(name), x.copyto(name),
    ):  # fmt: skip
        assert y.ctx is x.ctx


# --- as MXNet: reshape -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "codes", "want"),
    [
        ((2, 3, 4), (4, 0, 2), (4, 3, 2)),
        ((2, 3, 4), (-1,), (24,)),
        ((2, 3, 4), (2, 0, 0), (2, 3, 4)),
        ((2, 3, 4), (6, 1, -1), (6, 1, 4)),
        ((2, 3, 4), (3, -1, 8), (3, 1, 8)),
        ((2, 3, 4), (-2,), (2, 3, 4)),
        ((2, 3, 4), (2, -2), (2, 3, 4)),
        ((2, 3, 4), (-2, 1, 1), (2, 3, 4, 1, 1)),
        ((2, 3, 4), (-3, 4), (6, 4)),
        ((2, 3, 4, 5), (-3, -3), (6, 20)),
        ((2, 3, 4), (0, -3), (2, 12)),
        ((2, 3, 4), (-3, -2), (6, 4)),
        ((2, 3, 4), (-4, 1, 2, -2), (1, 2, 3, 4)),
        ((2, 3, 4), (2, -4, -1, 3, -2), (2, 1, 3, 4)),
        ((10, 5, 4), (-1, 0), (40, 5)),
    ],
)
def test_reshape_codes(shape: tuple[int, ...], codes: tuple[int, ...], want: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    check(array(x).reshape(codes), x.reshape(want), np.float32)
    assert array(x).reshape(*codes).shape == array(x).reshape(shape=codes).shape == want


def test_reshape_from_the_right() -> None:
    assert mx.nd.zeros((10, 5, 4)).reshape((-1, 0), reverse=True).shape == (50, 4)
    assert mx.nd.zeros((8, 3)).reshape((-4, 2, -1, 0), reverse=True).shape == (2, 4, 3)


@pytest.mark.parametrize("codes", [(5,), (-1, -1), (-5,), (0, 0, 0), (-4, 2), (-4, 4, 4, 3), (7, -1), (-3, -3)])
def test_reshape_refuses(codes: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"\[reshape\] got .* for shape \(2, 3\); expected"):
        mx.nd.zeros((2, 3)).reshape(codes)


# --- as MXNet: truth values and places ---------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "float16"])
def test_comparisons_give_0_and_1_in_the_input_dtype(dtype: str) -> None:
    x, y = array([1, 2, 3], dtype), array([3, 2, 1], dtype)
    check(x > 1, [0, 1, 1], dtype)
    check(x >= y, [0, 1, 1], dtype)
    check(x < y, [1, 0, 0], dtype)
    check(x <= 2, [1, 1, 0], dtype)
    check(x == y, [0, 1, 0], dtype)
    check(x != y, [1, 0, 1], dtype)
    check(2 > x, [1, 0, 0], dtype)  # noqa: SIM300 (the reflected operator is what is tested)
    check((x > 1) * x, [0, 2, 3], dtype)
    check(mx.nd.lesser(x, y), [1, 0, 0], dtype)
    check(mx.nd.logical_and(x > 1, x < 3), [0, 1, 0], dtype)
    check(mx.nd.logical_not(x - 1), [1, 0, 0], dtype)


def test_comparisons_with_numpy_arrays() -> None:
    x = array([1, 2, 3])
    check(x > np.array([0.0, 5.0, 0.0]), [1, 0, 1], np.float32)
    check(np.array([0.0, 5.0, 0.0], np.float32) > x, [0, 1, 0], np.float32)


def test_places_are_float32() -> None:
    x = array([[1, 5, 2], [7, 0, 7]], "int32")
    check(x.argmax(axis=1), [1, 0], np.float32)
    check(mx.nd.argmin(x, axis=0), [0, 1, 0], np.float32)
    check(x.argmax(), [3], np.float32)
    check(x.argmax(axis=1, dtype="int32"), [1, 0], np.int32)
    check(mx.nd.argmax(x, axis=1, keepdims=True), [[1], [0]], np.float32)


# --- as MXNet: shape (1,) ----------------------------------------------------------------------


def test_single_elements_have_shape_1() -> None:
    x, v = array([[1, 2], [3, 4]]), array([1, 2, 3])
    for y, want in (
        (x.sum(), 10), (x.mean(), 2.5), (x.max(), 4), (x.min(), 1), (x.prod(), 24), (x.norm(ord=1), 10),
        (v[0], 1), (v[-1], 3), (x[0, 1], 2), (mx.nd.dot(v, v), 14), (v @ v, 14), (mx.nd.sum(x, axis=()), 10),
    ):  # fmt: skip
        check(y, [want], np.float32)
        assert y.asscalar() == want
        assert y[0].asscalar() == want
    assert x.sum(keepdims=True).shape == (1, 1)


# --- as MXNet: views and copies ----------------------------------------------------------------


@pytest.mark.parametrize(
    "key", [0, slice(1, 3), (1, slice(0, 1)), (slice(None),), (0, 1), (slice(0, 1), slice(1, 3)), None]
)
def test_contiguous_slices_are_views(key: Any) -> None:
    x = mx.nd.zeros((3, 4))
    want = np.zeros((3, 4))
    x[key][:] = 7
    want[key] = 7
    check(x, want, np.float32)


@pytest.mark.parametrize(
    "key", [(slice(None), 1), slice(None, None, 2), (slice(None), slice(1, 3)), slice(None, None, -1)]
)
def test_other_slices_are_copies(key: Any) -> None:
    x = mx.nd.zeros((3, 4))
    part = x[key]
    part[:] = 7
    check(x, np.zeros((3, 4)), np.float32)
    check(part, np.full(part.shape, 7), np.float32)
    x[key] = 5  # assigning to a region writes, as ever
    assert (x.asnumpy()[key] == 5).all()
    assert (part.asnumpy() == 7).all()


def test_reshape_is_a_view() -> None:
    x = mx.nd.zeros((2, 3))
    x.reshape(3, 2)[0] = 7
    check(x, [[7, 7, 0], [0, 0, 0]], np.float32)
    x.reshape(-1)[1:3] += 1
    check(x, [[7, 8, 1], [0, 0, 0]], np.float32)


def test_transposed_arrays_are_copies() -> None:
    x = array([[1, 2, 3], [4, 5, 6]])
    for t in (x.T, x.transpose((1, 0)), mx.nd.transpose(x), x.swapaxes(0, 1), mx.nd.swapaxes(x, 0, 1)):
        t[0] = 0
        check(t, [[0, 0], [2, 5], [3, 6]], np.float32)
    check(x, [[1, 2, 3], [4, 5, 6]], np.float32)
    t = x.T
    x[:] = 9
    check(t, [[1, 4], [2, 5], [3, 6]], np.float32)


def test_a_view_of_a_transposed_array_writes_to_it() -> None:
    x = array([[1, 2, 3], [4, 5, 6]])
    t = x.T
    row, flat = t[1], t.reshape(-1)
    row[:] = 0
    flat[5] = 8
    check(t, [[1, 4], [0, 0], [3, 8]], np.float32)
    check(row, [0, 0], np.float32)
    check(x, [[1, 2, 3], [4, 5, 6]], np.float32)


def test_broadcast_arrays_are_copies_and_can_be_written_to() -> None:
    x = array([[1, 2]])
    wide = x.broadcast_to((2, 2))
    wide[0] = 7
    wide += 1
    check(wide, [[8, 8], [2, 3]], np.float32)
    check(x, [[1, 2]], np.float32)


def test_copies_made_by_other_functions() -> None:
    x = array([[1, 2], [3, 4]])
    for y in (x.copy(), x.flatten(), x.expand_dims(0), x.squeeze(), x.astype("float32"), mx.nd.slice_axis(x, 0, 0, 1)):
        y[:] = 0
    check(x, [[1, 2], [3, 4]], np.float32)
    check(x.astype("float32", copy=False), [[1, 2], [3, 4]], np.float32)


# --- as MXNet: rounding ------------------------------------------------------------------------


def test_rounding() -> None:
    x = array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6])
    check(mx.nd.round(x), [-3, -2, -1, 1, 2, 3, 2, -3], np.float32)
    check(mx.nd.rint(x), [-3, -2, -1, 0, 1, 2, 2, -3], np.float32)
    check(mx.nd.fix(x), [-2, -1, 0, 0, 1, 2, 2, -2], np.float32)
    check(x.round(), [-3, -2, -1, 1, 2, 3, 2, -3], np.float32)


def test_axes_by_default() -> None:
    x = array([[1, 2], [3, 4]])
    check(mx.nd.concat(x, x), [[1, 2, 1, 2], [3, 4, 3, 4]], np.float32)
    left, right = mx.nd.split(x, 2)
    check(left, [[1], [3]], np.float32)
    check(right, [[2], [4]], np.float32)


# --- better than MXNet -------------------------------------------------------------------------


def test_float32_and_int32_promote() -> None:
    check(array([1.5, 2]) + array([1, 2], "int32"), [2.5, 4], np.float32)


def test_functions_of_integers_are_float32() -> None:
    x = array([1, 4], "int32")
    check(x.mean(), [2.5], np.float32)
    check(mx.nd.sqrt(x), [1, 2], np.float32)
    assert mx.nd.exp(x).dtype is np.float32


def test_integers_divide_to_integers_and_by_0_to_0() -> None:
    x = array([7, -7, 5, -(2**31)], "int32")
    check(x / 0, [0, 0, 0, 0], np.int32)
    check(x / array([2, 2, 0, -1], "int32"), [3, -3, 0, -(2**31)], np.int32)
    check(x // 2, [3, -4, 2, -(2**30)], np.int32)
    check(mx.nd.divide(100, array([7, -7], "int32")), [14, -14], np.int32)
    check(array([7, 200], "uint8") / 3, [2, 66], np.uint8)
    x /= 2
    check(x, [3, -3, 2, -(2**30)], np.int32)
    check(array([1, -1, 0]) / 0, [np.inf, -np.inf, np.nan], np.float32)


# --- added to MXNet ----------------------------------------------------------------------------


def test_conditions_as_keys() -> None:
    x = array([[1, 5], [3, 4]])
    x[x > 3] = 0
    check(x, [[1, 0], [3, 0]], np.float32)
    x[mx.nd.logical_or(x == 1, x == 3)] = -1
    check(x, [[-1, 0], [-1, 0]], np.float32)
    x[np.array([[True, False], [False, False]])] = 2
    check(x, [[2, 0], [-1, 0]], np.float32)


def test_conditions_that_are_not_there_yet_say_what_to_do() -> None:
    x = array([1, 5, 3])
    with pytest.raises(IndexError, match=r"\[getitem\] .*nd.where"):
        _ = x[x > 2]
    x[array([0, 1, 0])] = 2  # numbers are indices
    check(x, [2, 2, 3], np.float32)
    with pytest.raises(IndexError, match=r"\[setitem\] got several values"):
        x[x > 2] = array([1, 2])
    with pytest.raises(IndexError, match=r"\[setitem\] got a condition of shape \(2,\)"):
        x[array([1, 2]) > 1] = 2


def test_operators_and_conversions_that_mxnet_lacks() -> None:
    x = array([[1, 2], [3, 4]])
    check(x @ x, [[7, 10], [15, 22]], np.float32)
    check(x // 2, [[0, 1], [1, 2]], np.float32)
    assert float(x.sum()) == 10.0
    assert int(x[0, 1]) == 2
    assert x[0, 1].item() == 2
    assert x.tolist() == [[1, 2], [3, 4]]
    assert np.asarray(x).sum() == 10
    assert f"{x.mean():.2f}" == "2.50"


def test_numpy_operands() -> None:
    x = array([1, 2])
    check(x + np.array([1.0, 2.0]), [2, 4], np.float32)
    check(np.array([1.0, 2.0]) - x, [0, 0], np.float32)
    check(x * np.float64(2), [2, 4], np.float32)
    check(mx.nd.dot(x, x.T) / np.array([5.0]), [1], np.float32)
    check(x @ np.array([[1.0], [1.0]]), [3], np.float32)
    x[:] = np.array([8, 9])
    check(x, [8, 9], np.float32)


# --- errors at the call ------------------------------------------------------------------------


def test_errors_come_at_the_call_and_name_what_was_got() -> None:
    x = mx.nd.zeros((2, 3))
    with pytest.raises(ShapeError, match=r"\[add\] got shapes \(2, 3\), \(2, 2\)"):
        _ = x + mx.nd.zeros((2, 2))
    with pytest.raises(ShapeError, match=r"\[matmul\] got shapes \(2, 3\) and \(2, 3\)"):
        mx.nd.dot(x, x)
    with pytest.raises(ShapeError, match=r"\[elemwise_add\] got shapes \(2, 3\) and \(1, 3\)"):
        mx.nd.elemwise_add(x, mx.nd.zeros((1, 3)))
    with pytest.raises(DTypeError, match="got 'float33'"):
        mx.nd.zeros((1,), dtype="float33")
    with pytest.raises(ContextError, match="got 'cpuu'"):
        mx.nd.zeros((1,), ctx="cpuu")
    with pytest.raises(ArgumentError, match=r"\[exp\] got a list"):
        mx.nd.exp([1, 2])
    with pytest.raises(AttributeError, match="no_such_name"):
        mx.nd.no_such_name  # noqa: B018
