"""The functions and methods of `clnd.nd` against NumPy."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import clnd as mx
from clnd import nd
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.profiler import counters

X = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 3, 4)
UNIT = np.linspace(-0.9, 0.9, 7, dtype=np.float32)
POSITIVE = np.linspace(0.1, 9, 7, dtype=np.float32)


def close(x: Any, want: Any, rtol: float = 1e-5) -> None:
    assert isinstance(x, nd.NDArray)
    got = x.asnumpy()
    assert got.shape == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-6)


def exact(x: Any, want: Any) -> None:
    assert isinstance(x, nd.NDArray)
    np.testing.assert_array_equal(x.asnumpy(), want)
    assert x.shape == np.shape(want)


# --- the names ---------------------------------------------------------------------------------


def test_every_name_is_there_and_documented() -> None:
    for name in nd.__all__:
        value = vars(nd)[name]
        assert name in ("linalg", "random") or callable(value), name
        assert value.__doc__, name


def test_every_public_method_is_documented() -> None:
    for name, value in inspect.getmembers(nd.NDArray):
        if not name.startswith("_"):
            assert inspect.getdoc(value), name


# --- elementwise functions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "oracle", "x"),
    [
        ("abs", np.abs, UNIT), ("sign", np.sign, UNIT), ("ceil", np.ceil, X), ("floor", np.floor, X),
        ("trunc", np.trunc, X), ("square", np.square, X), ("negative", np.negative, X), ("sqrt", np.sqrt, POSITIVE),
        ("cbrt", np.cbrt, X), ("rsqrt", lambda v: 1 / np.sqrt(v), POSITIVE),
        ("rcbrt", lambda v: 1 / np.cbrt(v), POSITIVE), ("reciprocal", lambda v: 1 / v, POSITIVE), ("exp", np.exp, X),
        ("expm1", np.expm1, X), ("log", np.log, POSITIVE), ("log10", np.log10, POSITIVE), ("log2", np.log2, POSITIVE),
        ("log1p", np.log1p, POSITIVE), ("sin", np.sin, X), ("cos", np.cos, X), ("tan", np.tan, UNIT),
        ("arcsin", np.arcsin, UNIT), ("arccos", np.arccos, UNIT), ("arctan", np.arctan, X), ("sinh", np.sinh, X),
        ("cosh", np.cosh, X), ("tanh", np.tanh, X), ("arcsinh", np.arcsinh, X), ("arccosh", np.arccosh, POSITIVE + 1),
        ("arctanh", np.arctanh, UNIT), ("degrees", np.degrees, X), ("radians", np.radians, X),
        ("relu", lambda v: np.maximum(v, 0), X), ("sigmoid", lambda v: 1 / (1 + np.exp(-v)), X),
        ("softsign", lambda v: v / (1 + np.abs(v)), X), ("identity", np.copy, X),
        ("hard_sigmoid", lambda v: np.clip(0.2 * v + 0.5, 0, 1), X),
        ("smooth_l1", lambda v: np.where(np.abs(v) < 1, v * v / 2, np.abs(v) - 0.5), X),
    ],
)  # fmt: skip
def test_functions_of_one_array(name: str, oracle: Any, x: Any) -> None:
    close(vars(nd)[name](nd.array(x)), oracle(x))
    method = inspect.getattr_static(nd.NDArray, name, None)
    if method is not None:
        close(method(nd.array(x)), oracle(x))


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply), ("divide", np.divide),
        ("true_divide", np.divide), ("modulo", np.mod), ("power", np.power), ("maximum", np.maximum),
        ("minimum", np.minimum), ("equal", np.equal), ("not_equal", np.not_equal), ("greater", np.greater),
        ("greater_equal", np.greater_equal), ("lesser", np.less), ("lesser_equal", np.less_equal),
        ("logical_and", np.logical_and), ("logical_or", np.logical_or), ("logical_xor", np.logical_xor),
    ],
)  # fmt: skip
def test_functions_of_two_arrays(name: str, oracle: Any) -> None:
    x, y = np.array([[1, 2, 3]], np.float32), np.array([[3], [2]], np.float32)
    function = vars(nd)[name]
    close(function(nd.array(x), nd.array(y)), oracle(x, y).astype(np.float32))
    close(function(nd.array(x), 2), oracle(x, 2).astype(np.float32))
    close(function(2, nd.array(x)), oracle(2, x).astype(np.float32))
    assert function(2, 3) == oracle(2, 3)
    assert isinstance(function(2, 3), (int, float))


def test_older_names() -> None:
    x, y = nd.array([[1, 2]]), nd.array([[3], [4]])
    close(nd.broadcast_add(x, y), [[4, 5], [5, 6]])
    close(nd.broadcast_minus(x, y), [[-2, -1], [-3, -2]])
    close(nd.broadcast_div(x, y), [[1 / 3, 2 / 3], [1 / 4, 1 / 2]])
    close(nd.broadcast_hypot(x, y), np.hypot([[1, 2]], [[3], [4]]))
    close(nd.broadcast_lesser(x, y), [[1, 1], [1, 1]])
    close(nd.elemwise_mul(x, x), [[1, 4]])
    close(nd.add_n(x, x, x), [[3, 6]])


def test_out_receives_the_result() -> None:
    x, out = nd.array([1, 4]), nd.zeros((2,))
    assert nd.sqrt(x, out=out) is out
    close(out, [1, 2])
    assert nd.add(x, x, out=out) is out
    close(out, [2, 8])
    nd.sum(nd.ones((3, 2)), axis=0, out=out)
    close(out, [3, 3])
    nd.random.uniform(2, 2, out=out)
    close(out, [2, 2])


def test_clip_keeps_the_dtype() -> None:
    x = nd.array([-5, 0, 5], dtype="int32")
    exact(x.clip(-1, 2.5), [-1, 0, 2])
    assert nd.clip(x, 0, 1).dtype is np.int32
    exact(nd.array([np.nan, 9]).clip(0, 1), [np.nan, 1])


def test_where() -> None:
    x, y = nd.array([[1, 2], [3, 4]]), nd.array([[5, 6], [7, 8]])
    exact(nd.where(x > 2, x, y), [[5, 6], [3, 4]])
    exact(nd.where(nd.array([0, 1]), x, y), [[5, 6], [3, 4]])
    exact(nd.where(x > 2, x, 0.0), [[0, 0], [3, 4]])


# --- making arrays -----------------------------------------------------------------------------


def test_creation() -> None:
    exact(nd.arange(3), [0, 1, 2])
    exact(nd.arange(1, 7, 2), [1, 3, 5])
    exact(nd.arange(2, repeat=3), [0, 0, 0, 1, 1, 1])
    exact(nd.arange(3, dtype="int32"), [0, 1, 2])
    exact(nd.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
    exact(nd.linspace(0, 1, 4, endpoint=False), [0, 0.25, 0.5, 0.75])
    exact(nd.eye(2, 3, 1), [[0, 1, 0], [0, 0, 1]])
    exact(nd.full((2,), 7, dtype="uint8"), [7, 7])
    exact(nd.zeros_like(nd.array([1, 2], dtype="int32")), [0, 0])
    exact(nd.ones_like(nd.array([[1, 2]])), [[1, 1]])
    exact(nd.array([nd.array([1, 2]), nd.array([3, 4])]), [[1, 2], [3, 4]])


def test_array_copies() -> None:
    x = nd.array([1, 2])
    y = nd.array(x)
    y[:] = 0
    exact(x, [1, 2])
    host = np.array([1, 2], np.float32)
    z = nd.array(host)
    host[:] = 0
    exact(z, [1, 2])


# --- reductions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod"])
@pytest.mark.parametrize("axis", [0, -1, (0, 2), None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions(name: str, axis: Any, keepdims: bool) -> None:
    want = vars(np)[name](X, axis=axis, keepdims=keepdims)
    want = want.reshape(1) if want.ndim == 0 else want
    close(vars(nd)[name](nd.array(X), axis=axis, keepdims=keepdims), want)
    close(inspect.getattr_static(nd.NDArray, name)(nd.array(X), axis=axis, keepdims=keepdims), want)


def test_exclude() -> None:
    x = nd.array(X)
    close(nd.sum(x, axis=1, exclude=True), X.sum(axis=(0, 2)))
    close(x.max(axis=(0, 1), exclude=True, keepdims=True), X.max(axis=2, keepdims=True))
    close(x.T.sum(axis=(0, 1, 2), exclude=True)[0, 1], X.T[0, 1])


def test_other_reductions() -> None:
    x = nd.array(X)
    close(nd.norm(x), [np.linalg.norm(X)])
    close(x.norm(axis=1), np.linalg.norm(X, axis=1))
    close(nd.norm(x, ord=1, axis=2, keepdims=True), np.abs(X).sum(axis=2, keepdims=True))
    with pytest.raises(ArgumentError, match=r"\[norm\] got ord=3; expected 1 or 2"):
        x.norm(ord=3)
    holes = nd.array([[1, np.nan], [3, 4]])
    exact(nd.nansum(holes, axis=1), [1, 7])
    exact(nd.nanprod(holes), [12])
    mean, variance = nd.moments(x, axes=(0, 1))
    close(mean, X.mean(axis=(0, 1)))
    close(variance, X.var(axis=(0, 1)))
    close(x.std(), [X.std()])
    assert bool((x > -9).all())


# --- shapes ------------------------------------------------------------------------------------


def test_shapes() -> None:
    x = nd.array(X)
    exact(nd.reshape(x, (0, -1)), X.reshape(2, 12))
    exact(nd.flatten(x), X.reshape(2, 12))
    exact(nd.expand_dims(x, 1), X[:, None])
    exact(nd.squeeze(nd.expand_dims(x, 1)), X)
    exact(nd.transpose(x), X.T)
    exact(nd.transpose(x, axes=(1, 0, 2)), X.transpose(1, 0, 2))
    exact(x.transpose(2, 0, 1), X.transpose(2, 0, 1))
    exact(nd.swapaxes(x, 0, 2), X.swapaxes(0, 2))
    exact(nd.moveaxis(x, 0, 2), np.moveaxis(X, 0, 2))
    exact(nd.flip(x, axis=1), X[:, ::-1])
    exact(nd.reverse(x, axis=(0, 2)), X[::-1, :, ::-1])
    exact(nd.broadcast_to(nd.array([[1], [2]]), (2, 3)), [[1, 1, 1], [2, 2, 2]])
    exact(nd.array([[1], [2]]).broadcast_to((0, 2)), [[1, 1], [2, 2]])
    exact(nd.broadcast_axis(nd.array([[1], [2]]), axis=1, size=2), [[1, 1], [2, 2]])
    exact(nd.broadcast_like(nd.array([1]), nd.zeros((2, 2))), [[1, 1], [1, 1]])
    exact(nd.slice(x, (0, 1), (1, 3)), X[0:1, 1:3])
    exact(nd.slice(x, (None, 2), (None, None), (None, -1)), X[:, 2::-1])
    exact(nd.slice_axis(x, axis=-1, begin=1, end=None), X[..., 1:])
    exact(x.reshape_like(nd.zeros((6, 4))), X.reshape(6, 4))


def test_concat_stack_and_split() -> None:
    x, y = nd.array(X), nd.array(X + 10)
    for axis in (0, 1, 2, -1):
        exact(nd.concat(x, y, x, dim=axis), np.concatenate([X, X + 10, X], axis))
        exact(nd.stack(x, y, axis=axis), np.stack([X, X + 10], axis))
    exact(nd.concatenate([x, y]), np.concatenate([X, X + 10]))
    assert nd.concat(x, nd.array(X, dtype="int32"), dim=0).dtype is np.float32
    for part, want in zip(nd.split(x, 4, axis=2, squeeze_axis=True), np.moveaxis(X, 2, 0), strict=True):
        exact(part, want)
    with pytest.raises(ShapeError, match=r"\[concat\] got shapes \(2, 3, 4\), \(1, 1\)"):
        nd.concat(x, nd.ones((1, 1)))
    with pytest.raises(ShapeError, match=r"\[split\] got axis 1 of length 3 for 2 parts"):
        nd.split(x, 2)


def test_tile_and_repeat() -> None:
    x, small = nd.array(X), np.array([[1, 2], [3, 4]])
    for reps in (2, (2, 1, 3), (2, 1, 1, 2), (0, 1, 1)):
        exact(nd.tile(x, reps), np.tile(X, reps))
    exact(nd.repeat(nd.array(small), 2), np.repeat(small, 2))
    exact(nd.repeat(nd.array(small), 3, axis=1), np.repeat(small, 3, axis=1))
    exact(nd.repeat(nd.array(small), 3, axis=-2), np.repeat(small, 3, axis=0))


def test_assembling_copies_nothing_through_the_host() -> None:
    x = nd.array(X)
    before = counters.copy()
    results = [nd.concat(x, x), nd.stack(x, x), nd.tile(x, 2), nd.repeat(x, 2), nd.one_hot(nd.arange(3), 4)]
    for y in (*results, *nd.split(x, 3)):
        y.wait_to_read()
    assert (counters - before).host_reads == (counters - before).host_writes == 0


# --- products and networks ---------------------------------------------------------------------


def test_dot() -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    x, y = nd.array(a), nd.array(b)
    close(nd.dot(x, y), a @ b)
    close(nd.dot(x.T, y, transpose_a=True), a @ b)
    close(nd.dot(x, y.T, transpose_b=True), a @ b)
    close(nd.dot(x, nd.array([1, 2, 3])), a @ [1, 2, 3])
    close(nd.dot(nd.array([1, 2]), x), np.array([1, 2]) @ a)
    c = np.arange(24.0).reshape(2, 3, 4)
    d = np.arange(40.0).reshape(4, 2, 5)
    close(nd.dot(nd.array(c), nd.array(d)), np.tensordot(c, d, 1))
    close(nd.array(c).dot(nd.array(c), transpose_a=True), np.tensordot(c, c, ((0,), (0,))))
    assert nd.dot(nd.zeros((0, 3)), y).shape == (0, 4)


def test_batch_dot() -> None:
    a, b = np.arange(12.0).reshape(2, 2, 3), np.arange(24.0).reshape(2, 3, 4)
    x, y = nd.array(a), nd.array(b)
    close(nd.batch_dot(x, y), a @ b)
    close(nd.batch_dot(x.swapaxes(1, 2), y.swapaxes(1, 2), transpose_a=True, transpose_b=True), a @ b)
    with pytest.raises(ShapeError, match=r"\[batch_dot\]"):
        nd.batch_dot(x, y[0])


def test_softmax() -> None:
    e = np.exp(X - X.max(axis=1, keepdims=True))
    close(nd.softmax(nd.array(X), axis=1), e / e.sum(axis=1, keepdims=True))
    e = np.exp(X)
    close(nd.log_softmax(nd.array(X)), np.log(e / e.sum(axis=-1, keepdims=True)))
    e = np.exp(-X / 2)
    close(nd.softmin(nd.array(X), temperature=2), e / e.sum(axis=-1, keepdims=True))
    exact(nd.softmax(nd.array([[1e30, 0]])), [[1, 0]])


def test_one_hot() -> None:
    exact(nd.one_hot(nd.array([1, 0, 5, -1]), 3), [[0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
    y = nd.one_hot(nd.array([[1], [0]], dtype="int32"), 2, on_value=8, off_value=1, dtype="int32")
    exact(y, [[[1, 8]], [[8, 1]]])
    assert y.dtype is np.int32


def test_layers() -> None:
    w, b = np.arange(8.0).reshape(2, 4), np.array([1.0, -1.0])
    x = nd.array(X)
    flat = nd.FullyConnected(x, nd.ones((5, 12)), no_bias=True, num_hidden=5)
    close(flat, np.repeat(X.reshape(2, 12).sum(axis=1, keepdims=True), 5, axis=1))
    close(nd.FullyConnected(x, nd.array(w), nd.array(b), num_hidden=2, flatten=False), X @ w.T + b, 1e-4)
    with pytest.raises(ShapeError, match=r"\[FullyConnected\] got weights of shape \(2, 4\) for num_hidden=3"):
        nd.FullyConnected(x, nd.array(w), num_hidden=3)
    close(nd.Activation(x, "softrelu"), np.log1p(np.exp(X)))
    close(nd.Activation(x, act_type="tanh"), np.tanh(X))
    with pytest.raises(ArgumentError, match=r"\[Activation\] got act_type='swish'"):
        nd.Activation(x, "swish")


# --- random draws ------------------------------------------------------------------------------


def test_draws_repeat_with_the_seed() -> None:
    def draws() -> list[Any]:
        return [
            nd.uniform(2, 3, shape=(5,)).asnumpy(), nd.random.normal(1, 2, shape=(2, 2)).asnumpy(),
            nd.random.randint(0, 10, shape=(7,)).asnumpy(), nd.random.randn(2, 3).asnumpy(),
        ]  # fmt: skip

    mx.random.seed(3)
    first = draws()
    nd.random.seed(3)
    for x, y in zip(first, draws(), strict=True):
        np.testing.assert_array_equal(x, y)
    u, n, k, r = first
    assert ((u >= 2) & (u < 3)).all()
    assert ((k >= 0) & (k < 10)).all()
    assert k.dtype == np.int32
    assert n.shape == (2, 2)
    assert r.shape == (2, 3)
    assert nd.uniform().shape == (1,)


def test_array_parameters_are_refused() -> None:
    with pytest.raises(DTypeError, match=r"\[random.normal\] got an array as a parameter"):
        nd.normal(loc=nd.zeros((2,)))


# --- the array itself --------------------------------------------------------------------------


def test_in_place_operators() -> None:
    x = nd.array([1, 2, 3])
    y = x
    x += 1
    x *= nd.array([2])
    x -= np.array([0.0, 1.0, 2.0])
    x /= 2
    assert x is y
    close(y, [2, 2.5, 3])
    part = x[1:]
    part += 1
    close(x, [2, 3.5, 4])


def test_copyto_and_moves() -> None:
    x, y = nd.array([[1, 2]]), nd.zeros((1, 2))
    assert x.copyto(y) is y
    exact(y, [[1, 2]])
    wide = nd.zeros((1, 2)).T.T
    x.copyto(wide)
    exact(wide, [[1, 2]])
    assert x.as_in_context(x.ctx) is x
    z = x.copyto(x.ctx)
    z[:] = 0
    exact(x, [[1, 2]])


def test_iteration_length_and_truth() -> None:
    x = nd.array([[1, 2], [3, 4]])
    assert len(x) == 2
    assert [row.tolist() for row in x] == [[1, 2], [3, 4]]
    assert bool(nd.array([1]))
    assert not nd.zeros((0,))
    assert 3 in x
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)
    assert len({x, x}) == 1


def test_pickle_and_copy() -> None:
    x = nd.array([[1, 2]], dtype="int32")
    for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        exact(y, [[1, 2]])
        assert y.dtype is np.int32


def test_arrays_of_the_main_namespace() -> None:
    exact(nd.transpose(mx.asarray(X).T), X)
    x = mx.asarray([1.0, 4.0])
    exact(nd.sqrt(x), [1, 2])
    exact(nd.array([1, 1]) + x, [2, 5])
    exact(nd.concat(x, x, dim=0), [1, 4, 1, 4])


def test_a_chain_is_one_kernel() -> None:
    x = nd.ones((1000,))
    x.wait_to_read()
    (nd.relu(x * 2 - 1) > 0.5).wait_to_read()
    before = counters.copy()
    (nd.relu(x * 2 - 1) > 0.5).wait_to_read()
    assert (counters - before).launches == 1


def test_functions_are_pickled_by_name() -> None:
    for function in (nd.add, nd.exp, nd.broadcast_lesser, nd.logical_not, mx.sum, mx.exp):
        assert pickle.loads(pickle.dumps(function)) is function
        assert copy.copy(function) is function


def test_index_arrays() -> None:
    x = nd.array(X)
    i = np.array([1, 0, 1])
    exact(x[nd.array(i)], X[i])  # of floats, as MXNet's are
    exact(x[nd.array(i, dtype="int64"), nd.array([0, 2, 1])], X[i, [0, 2, 1]])
    exact(x[:, [0, -1]], X[:, [0, -1]])
    exact(nd.take(x, nd.array([0, 7, -3])), X[[0, len(X) - 1, 0]])
    exact(x.take(nd.array([[1], [0]]), axis=1, mode="wrap"), X[:, [[1], [0]]])
    with pytest.raises(IndexError, match=r"to choose by a condition use nd\.where"):
        x[x > 0]
    y, want = x.copy(), X.copy()
    y[[0, 1], nd.array([1, 2])] = want[[0, 1], [1, 2]] = 50
    exact(y, want)
