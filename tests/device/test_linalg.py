"""clnd.linalg and the products of the main namespace against NumPy: values, shapes, dtypes, views, errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, DTypeError, ShapeError
from tests.counting import launches

rng = np.random.default_rng(5)


def numbers(*shape: int, dtype: str = "float32") -> Any:
    x = rng.integers(-4, 5, shape)
    return (x + 1j * rng.integers(-4, 5, shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def exact(got: Any, want: Any) -> None:
    want = np.asarray(want)
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    assert np.array_equal(got.asnumpy(), want)


def close(got: Any, want: Any, dtype: Any = np.float32) -> None:
    assert got.shape == np.shape(want)
    assert got.dtype == dtype
    np.testing.assert_allclose(got.asnumpy(), want, rtol=2e-3 if dtype == np.float16 else 1e-5)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32", "float16", "complex64"])
def test_products(dtype: str) -> None:
    a, b, v, w = numbers(3, 4, dtype=dtype), numbers(2, 4, dtype=dtype), numbers(4, dtype=dtype), numbers(3, dtype=dtype)
    x, y, p, q = map(clnd.asarray, (a, b, v, w))
    exact(clnd.inner(x, y), np.inner(a, b))
    exact(clnd.inner(x, p), np.inner(a, v))
    exact(clnd.inner(x, p[0]), np.inner(a, v[0]))
    exact(clnd.vdot(x, 2 * x), np.vdot(a, 2 * a))
    exact(clnd.kron(x, y), np.kron(a, b))
    exact(clnd.kron(p, x), np.kron(v, a))
    exact(clnd.matvec(x, p), np.matvec(a, v))
    exact(clnd.vecmat(q, x), np.vecmat(w, a))
    exact(clnd.vecmat(clnd.asarray(np.stack([w, w])), x), np.vecmat(np.stack([w, w]), a))
    exact(clnd.outer(x, y), np.outer(a, b))
    exact(clnd.dot(x, p[0]), np.dot(a, v[0]))
    exact(clnd.tensordot(x, y, ((1,), (1,))), np.tensordot(a, b, ((1,), (1,))))
    exact(clnd.trace(x, 1), np.trace(a, 1))
    exact(clnd.trace(x, dtype="complex64"), np.trace(a, dtype="complex64"))


def test_products_of_transposed_views() -> None:
    """A view of a view, back in the first order."""
    a, b = numbers(4, 4), numbers(4, 4)
    x, y = clnd.asarray(a), clnd.asarray(b)
    exact(clnd.tensordot(x.T, y, axes=((0,), (0,))), np.tensordot(a.T, b, axes=((0,), (0,))))
    exact(clnd.vecdot(x.T, y, axis=0), np.vecdot(a.T, b, axis=0))
    exact(clnd.inner(x.T[::-1], y.T), np.inner(a.T[::-1], b.T))


@pytest.mark.parametrize("dtype", ["int32", "float32", "complex64"])
@pytest.mark.parametrize("lengths", [(3, 3), (2, 2), (2, 3), (3, 2)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cross(lengths: tuple[int, int], dtype: str) -> None:
    a, b = numbers(4, 1, lengths[0], dtype=dtype), numbers(5, lengths[1], dtype=dtype)
    exact(clnd.cross(clnd.asarray(a), clnd.asarray(b)), np.cross(a, b))
    c, d = np.moveaxis(a, -1, 0).copy(), b.T.copy()
    if lengths == (3, 3):
        exact(clnd.cross(clnd.asarray(c), clnd.asarray(d), 0, 0, 1), np.cross(c, d, 0, 0, 1))
        exact(clnd.cross(clnd.asarray(d), clnd.asarray(d), axis=0), np.cross(d, d, axis=0))
        exact(clnd.linalg.cross(clnd.asarray(a), clnd.asarray(b)), np.linalg.cross(a, b))
    else:
        with pytest.raises(ShapeError, match="expected length 3"):
            clnd.linalg.cross(clnd.asarray(a), clnd.asarray(b))


def test_cross_is_one_kernel() -> None:
    x, y = clnd.asarray(numbers(10, 3)), clnd.asarray(numbers(10, 3))
    assert launches(lambda: clnd.cross(x, y).sum(axis=1)) == 1
    with pytest.raises(ShapeError, match=r"\[cross\] got vectors of lengths 4 and 3"):
        clnd.cross(clnd.ones((2, 4)), y)


def test_diagonals_are_views() -> None:
    a = numbers(3, 4, 5)
    x = clnd.asarray(a)
    for offset in (-9, -2, 0, 1, 4, 9):
        exact(clnd.diagonal(x, offset), np.diagonal(a, offset))
        exact(x.diagonal(offset, 2, 0), a.diagonal(offset, 2, 0))
        exact(clnd.linalg.diagonal(x, offset=offset), np.linalg.diagonal(a, offset=offset))
        exact(clnd.linalg.trace(x, offset=offset), np.linalg.trace(a, offset=offset))
        exact(x.trace(offset, 1, 2), a.trace(offset, 1, 2))
    clnd.diagonal(x[:, ::-1])[0] = 9
    for k in range(3):
        a[k, 3 - k, 0] = 9
    assert np.array_equal(x.asnumpy(), a)
    m = clnd.zeros((3, 3))
    clnd.diagonal(m, 1)[...] = 2
    assert np.array_equal(m.asnumpy(), np.diag([2.0, 2.0], 1))
    for wrong, error in (((clnd.ones((3,)),), ShapeError), ((m, 0, 1, 1), ArgumentError), ((m, 0, 0, 2), ArgumentError), ((m, 0.5), ArgumentError)):
        with pytest.raises(error, match=r"\[diagonal\] got"):
            clnd.diagonal(*wrong)


ORDERS = (2, 1, 0, 3, 0.5, -2, math.inf, -math.inf)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ORDERS), st.sampled_from([None, 0, 1, -1, (0, 1), (2, 0)]), st.booleans(), st.sampled_from(["float32", "int16", "complex64", "float16", "bool"]))
def test_vector_norm(order: Any, axis: Any, keepdims: bool, dtype: str) -> None:
    a = (numbers(3, 4, 2, dtype=dtype) * 2 + 1).astype(dtype)
    want = np.linalg.vector_norm(a if dtype in ("float32", "complex64") else a.astype("float32"), axis=axis, keepdims=keepdims, ord=order)
    close(clnd.linalg.vector_norm(clnd.asarray(a), axis=axis, keepdims=keepdims, ord=order), want, np.float16 if dtype == "float16" else np.float32)


@pytest.mark.parametrize("order", ["fro", 1, -1, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", ["float32", "int32", "complex64"])
def test_matrix_norm(order: Any, dtype: str) -> None:
    a = numbers(2, 3, 4, dtype=dtype)
    x, b = clnd.asarray(a), a if dtype != "int32" else a.astype("float32")
    for keepdims in (False, True):
        close(clnd.linalg.matrix_norm(x, ord=order, keepdims=keepdims), np.linalg.matrix_norm(b, ord=order, keepdims=keepdims))
        close(clnd.linalg.norm(x, order, (2, 0), keepdims), np.linalg.norm(b, order, (2, 0), keepdims))


def test_norm() -> None:
    a = numbers(3, 4)
    x = clnd.asarray(a)
    for args in ((x,), (x, None, 0), (x, 1, 0), (x, 3, 1), (x[0], 1), (x, "fro"), (x, None, (0, 1))):
        host = [y.asnumpy() if isinstance(y, clnd.Array) else y for y in args]
        close(clnd.linalg.norm(*args), np.linalg.norm(*host))
    with pytest.raises(ArgumentError, match=r"\[norm\] got ord='fro' for vectors"):
        clnd.linalg.norm(x[0], "fro")
    for order in ("nuc", 2, -2):
        with pytest.raises(ArgumentError, match="takes singular values"):
            clnd.linalg.norm(x, order)
    with pytest.raises(ArgumentError, match=r"got ord=5 for matrices"):
        clnd.linalg.matrix_norm(x, ord=5)
    with pytest.raises(ShapeError, match="at least two dimensions"):
        clnd.linalg.matrix_norm(x[0])
    with pytest.raises(ShapeError, match="one axis or two"):
        clnd.linalg.norm(clnd.ones((2, 2, 2)), 1)


def test_norms_of_nothing_and_of_special_values() -> None:
    none = clnd.ones((0, 3))
    assert clnd.linalg.vector_norm(none).item() == 0
    assert clnd.linalg.vector_norm(none, ord=math.inf).item() == 0
    assert clnd.linalg.vector_norm(none, axis=1, ord=math.inf).shape == (0,)
    assert clnd.linalg.matrix_norm(none, ord=1).item() == 0
    assert math.isnan(clnd.linalg.vector_norm(clnd.asarray([1.0, math.nan])).item())
    assert clnd.linalg.vector_norm(clnd.asarray([1e30, 1e30], dtype="float32")).item() == math.inf
    assert clnd.linalg.vector_norm(clnd.asarray(-2.0)).item() == 2
    assert clnd.linalg.vector_norm(clnd.asarray([300.0, 400.0], dtype="float16")).item() == 500


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8, 11])
def test_matrix_power(n: int) -> None:
    a = rng.integers(-1, 2, (2, 3, 3)).astype("int64")
    exact(clnd.linalg.matrix_power(clnd.asarray(a), n), np.linalg.matrix_power(a, n))
    b = a.astype("complex64")
    exact(clnd.linalg.matrix_power(clnd.asarray(b), n), np.linalg.matrix_power(b, n))


def test_matrix_power_refuses() -> None:
    x = clnd.ones((3, 3))
    one = clnd.linalg.matrix_power(x, 1)
    one[0, 0] = 5
    assert x[0, 0].item() == 1
    with pytest.raises(ArgumentError, match="clnd has no inverse yet"):
        clnd.linalg.matrix_power(x, -1)
    with pytest.raises(ArgumentError, match="expected an integer"):
        clnd.linalg.matrix_power(x, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="expected square matrices"):
        clnd.linalg.matrix_power(clnd.ones((2, 3)), 2)


def test_multi_dot() -> None:
    hosts = [numbers(*s) for s in ((10, 3), (3, 8), (8, 2), (2, 5))]
    given = [clnd.asarray(x) for x in hosts]
    for k in (2, 3, 4):
        exact(clnd.linalg.multi_dot(given[:k]), np.linalg.multi_dot(hosts[:k]))
    exact(clnd.linalg.multi_dot([given[0][0], *given[1:3], given[3][:, 0]]), np.linalg.multi_dot([hosts[0][0], *hosts[1:3], hosts[3][:, 0]]))
    out = clnd.zeros((10, 2))
    assert clnd.linalg.multi_dot(given[:3], out=out) is out
    with pytest.raises(ShapeError, match="inner lengths"):
        clnd.linalg.multi_dot([given[0], given[0]])
    with pytest.raises(ShapeError, match=r"got shapes \(3,\), \(2, 5\);"):  # as they were given
        clnd.linalg.multi_dot([given[0][0], given[3]])
    with pytest.raises(ArgumentError, match="two at least"):
        clnd.linalg.multi_dot(given[:1])


def test_errors() -> None:
    x = clnd.ones((2, 3))
    for call in (clnd.inner, clnd.vdot, clnd.matvec, clnd.vecmat):
        with pytest.raises(ShapeError, match=rf"\[{call.__name__}\] got shapes"):
            call(x, clnd.ones((2, 2)))
    for name in ("inner", "vdot", "kron", "cross", "outer"):
        with pytest.raises(DTypeError, match="expected an array, a number or a sequence of numbers"):
            getattr(clnd, name)("x", "y")
    with pytest.raises(ShapeError, match=r"\[outer\]"):
        clnd.linalg.outer(x, x)
