"""Arrays of a pattern, and NumPy's arguments of functions that make arrays, beside NumPy's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.errors import ArgumentError, AxisError, DTypeError, IndexingError, KindError, ShapeError
from tests.beside_numpy import check, differ, to_host

SCALAR, VECTOR, WHOLE = np.array(3, np.float32), np.arange(5, dtype=np.float32), np.arange(3, dtype=np.int32)
MATRIX = VECTOR[:4] + 10 * VECTOR[:3, None]
CLOSE = 2e-5


def close(got: Any, want: Any) -> None:
    wrong = differ(to_host(got), want, CLOSE)
    assert not wrong, wrong


# --- grids -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kwargs", [{}, {"indexing": "ij"}, {"sparse": True}, {"copy": False}, {"indexing": "yx"}], ids=str)
def test_meshgrid(kwargs: Any) -> None:
    for vectors in ((VECTOR, WHOLE), (VECTOR,), (VECTOR, WHOLE, VECTOR), (SCALAR, VECTOR), (VECTOR[:0], WHOLE)):
        check("meshgrid", *vectors, **kwargs)


def test_what_meshgrid_takes() -> None:
    assert clnd.meshgrid() == ()
    x, y = clnd.meshgrid(clnd.arange(2), [1, 2, 3])
    assert x.shape == y.shape == (3, 2)
    x[0, 0] = 5  # its own memory
    with pytest.raises(ShapeError, match=r"\[meshgrid\] got an array of shape \(3, 4\); expected one dimension"):
        clnd.meshgrid(clnd.asarray(MATRIX))
    with pytest.raises(ArgumentError, match=r"\[setitem\] got a view made by broadcast_to"):
        clnd.meshgrid(clnd.arange(2), clnd.arange(3), copy=False)[0][0, 0] = 5


@pytest.mark.parametrize("key", [np.s_[0:5], np.s_[0:1:5j], np.s_[0:3, 1:2:3j], np.s_[:5], np.s_[0:6:2, :3]], ids=str)
def test_open_and_closed_grids(key: Any) -> None:
    close(clnd.mgrid[key], np.mgrid[key])
    close(clnd.ogrid[key], np.ogrid[key])


def test_joined_by_an_index() -> None:
    x = clnd.asarray(VECTOR)
    close(clnd.c_[x, x], np.c_[VECTOR, VECTOR])
    close(clnd.r_[0, x, 1:4], np.r_[0, VECTOR, 1:4])
    with pytest.raises(ArgumentError, match=r"\[r_\] got the directive 'c'"):
        clnd.r_["c", x]
    with pytest.raises(IndexingError, match=r"\[mgrid\] got 3; expected slices"):
        clnd.mgrid[3]
    for made, name in ((clnd.ogrid, "ogrid"), (clnd.r_, "r_"), (clnd.c_, "c_")):
        with pytest.raises(ArgumentError, match=rf"\[{name}\] got slice\(1, None, None\); expected a slice with an end"):
            made[1:]


def test_indices() -> None:
    for shape in ((3, 4), (2,), (), (0, 3)):
        check("indices", shape)
        check("indices", shape, sparse=True)
        check("indices", shape, np.float32)
    check("fromfunction", lambda i, j: i * 10 + j, (3, 4), dtype=int)
    close(clnd.fromfunction(lambda i, j: i / (j + 1), (3, 4)), np.fromfunction(lambda i, j: i / (j + 1), (3, 4)))


def test_vectors_that_index_a_grid() -> None:
    check("ix_", np.array([0, 2]), np.array([1, 3, 0]))
    check("ix_", np.array([True, False, True]), np.array([1]))
    check("ix_", MATRIX)
    rows, columns = clnd.ix_(clnd.asarray([0, 2]), clnd.asarray([3, 1]))
    close(clnd.asarray(MATRIX)[rows, columns], MATRIX[np.ix_([0, 2], [3, 1])])


# --- triangles and diagonals -------------------------------------------------------------------


@pytest.mark.parametrize(("n", "m", "k"), [(3, None, 0), (3, 4, 1), (4, 2, -1), (0, 3, 0), (3, 3, 5), (3, 3, -5)])
def test_triangles(n: int, m: int | None, k: int) -> None:
    check("tri", n, m, k, dtype=int)
    check("tri", n, m, k, tolerance=CLOSE)
    check("tril_indices", n, k, m)
    check("triu_indices", n, k, m)
    check("eye", n, m, k, tolerance=CLOSE)
    check("eye", n, k=k, dtype=int)


def test_triangles_of_a_matrix() -> None:
    check("tril_indices_from", MATRIX)
    check("triu_indices_from", MATRIX, 1)
    check("tril_indices_from", VECTOR)
    check("tril", MATRIX, 1)
    check("triu", MATRIX, -1)
    check("identity", 3, np.int32)


@pytest.mark.parametrize("k", range(-4, 5))
def test_diagonals(k: int) -> None:
    for x in (VECTOR, MATRIX, MATRIX.T, VECTOR[::-2], WHOLE, VECTOR > 1):
        check("diag", x, k)
    check("diagflat", MATRIX, k)


def test_what_has_a_diagonal() -> None:
    check("diag", SCALAR)
    check("diag", np.zeros((2, 2, 2), np.float32))
    for ndim in (1, 2, 3):
        check("diag_indices", 4, ndim)
    check("diag_indices_from", MATRIX)
    check("diag_indices_from", MATRIX[:, :3])
    x = clnd.asarray(MATRIX)
    clnd.diag(x)[...] = 7  # a view
    assert [float(x[k, k]) for k in range(3)] == [7, 7, 7]


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("value", [5, np.array([1, 2, 3, 4], np.float32), np.array([1, 2], np.float32)], ids=str)
def test_filled_diagonals(value: Any, wrap: bool) -> None:
    for shape in ((3, 3), (3, 5), (7, 3), (3, 3, 3)):
        host, x = np.zeros(shape, np.float32), clnd.zeros(shape)
        np.fill_diagonal(host, value, wrap)
        clnd.fill_diagonal(x, value if isinstance(value, int) else clnd.asarray(value), wrap)
        close(x, host)


def test_diagonals_that_are_not_filled() -> None:
    for shape, message in (((3,), "at least two dimensions"), ((2, 2, 3), "equal lengths")):
        with pytest.raises(ShapeError, match=message):
            clnd.fill_diagonal(clnd.zeros(shape), 1)


# --- sequences ---------------------------------------------------------------------------------


@pytest.mark.parametrize("increasing", [False, True])
@pytest.mark.parametrize("n", [None, 0, 1, 2, 5])
def test_powers(n: int | None, increasing: bool) -> None:
    check("vander", VECTOR, n, increasing, tolerance=CLOSE)
    for x in (WHOLE.astype(np.int64), VECTOR > 1):
        check("vander", x, n, increasing)
    check("vander", MATRIX)


@pytest.mark.parametrize("given", [(0, 1), (2, 5, 7), (0, 3, 4, False), (1, 1, 0), (5, -5, 11), (0, 1, 1), (0, 1, -1), (0, 1, 2.5)], ids=str)
def test_linspace(given: Any) -> None:
    check("linspace", *given, tolerance=CLOSE)
    check("linspace", *given, retstep=True, tolerance=CLOSE)
    check("linspace", *given, dtype=int)
    check("logspace", *given, tolerance=CLOSE)
    check("logspace", *given, base=2, tolerance=CLOSE)


def test_linspace_of_numbers_has_one_axis() -> None:
    check("linspace", 0, 1, 3, axis=-1, tolerance=CLOSE)
    with pytest.raises(AxisError, match=r"\[linspace\] got axis 1; expected an axis from -1 to 0"):
        clnd.linspace(0, 1, 3, axis=1)


def test_linspace_of_integers() -> None:
    check("linspace", 0, 10, 7, dtype=int)
    check("linspace", -7, 3, 11, dtype=np.int8)
    check("linspace", 0.5, -10.25, 9, dtype=int)


def test_linspace_of_arrays() -> None:
    check("linspace", VECTOR, VECTOR + 2, 4, tolerance=CLOSE)
    check("linspace", VECTOR, 3.0, 4, axis=-1, tolerance=CLOSE)
    check("linspace", MATRIX, VECTOR[:4], 3, axis=1, retstep=True, tolerance=CLOSE)
    check("linspace", WHOLE, WHOLE + 4, 3, dtype=int)
    check("linspace", VECTOR, VECTOR, 0, tolerance=CLOSE)


@pytest.mark.parametrize("given", [(1, 1000, 4), (-1, -1000, 4), (1, 256, 9, False), (1000, 1, 4), (2, 3, 1), (1, 5, 0)], ids=str)
def test_geomspace(given: Any) -> None:
    check("geomspace", *given, tolerance=CLOSE)


def test_what_geomspace_refuses() -> None:
    for given, message in (((0, 1), "one sign, and no zeros"), ((-1, 1), "one sign"), ((1j, 2), "real numbers")):
        with pytest.raises(ArgumentError, match=message):
            clnd.geomspace(*given)


# --- numbers of elements -----------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F", "K"])
def test_numbers_to_indices(order: str) -> None:
    for numbers, shape in ((5, (3, 4)), (np.array([5, 11, 0]), (3, 4)), (np.array([[5, 11], [0, 3]]), (3, 2, 2)), (12, (3, 4)), ([1, 2], (3, 4))):
        check("unravel_index", numbers, shape, order)
    for numbers in (np.array([12]), np.array([-1]), np.array([1.5]), np.array([], int)):
        check("unravel_index", numbers, (3, 4))


def test_indices_to_numbers() -> None:
    rows, columns = np.array([1, 4]), np.array([3, -1])
    check("ravel_multi_index", (rows % 3, columns % 4), (3, 4))
    check("ravel_multi_index", (rows % 3, columns % 4), (3, 4), order="F")
    for mode in ("raise", "wrap", "clip", ("wrap", "clip"), "mostly"):
        check("ravel_multi_index", (rows, columns), (3, 4), mode=mode)
    check("ravel_multi_index", (1, 2), (3, 4))
    check("ravel_multi_index", (5, 2), (3, 4))
    check("ravel_multi_index", (rows % 3, 2), (3, 4))
    check("ravel_multi_index", (rows,), (3, 4))


def test_numbers_out_of_bounds_are_told() -> None:
    with pytest.raises(IndexingError, match=r"\[unravel_index\] got a number out of bounds for shape \(3, 4\), at index 1 of the array; expected 0 to 11"):
        clnd.unravel_index(clnd.asarray([3, 12]), (3, 4))[0].asnumpy()
    with pytest.raises(IndexingError, match=r"\[ravel_multi_index\] got a number out of bounds for axis 1 of shape \(3, 4\), at index 0"):
        clnd.ravel_multi_index((clnd.asarray([0, 1]), clnd.asarray([-1, 0])), (3, 4)).asnumpy()
    with pytest.raises(DTypeError, match=r"\[unravel_index\] got float32; expected integers"):
        clnd.unravel_index(clnd.asarray([0.5]), (3, 4))


# --- arguments of creation ---------------------------------------------------------------------


def test_numpys_arguments() -> None:
    check("zeros", (2, 3), int)
    check("ones", (2,), np.float32, "C")
    check("full", (2, 3), 7)
    check("full", (2, 3), 7, np.float32)
    check("arange", 1, 7, 2, np.float32)
    for name in ("zeros_like", "ones_like"):
        check(name, MATRIX)
        check(name, MATRIX, int)
        check(name, MATRIX, shape=(2,))
        check(name, MATRIX, None, "K", False)
    check("full_like", MATRIX, 3, int)
    check("full_like", MATRIX, 3, shape=(1, 2))
    check("asarray", MATRIX, np.int32)
    check("ascontiguousarray", MATRIX.T)
    check("ascontiguousarray", SCALAR)
    column = clnd.asarray(MATRIX).T[:, :1]
    assert clnd.ascontiguousarray(column) is column  # an axis of one element has any stride
    check("asanyarray", MATRIX, np.int32)
    check("asfortranarray", MATRIX)
    assert clnd.eye(2, M=3).shape == (2, 3)
    for name, rest in (("zeros", ()), ("ones", ()), ("empty", ()), ("full", (1,))):
        with pytest.raises(ShapeError, match=rf"\[{name}\] got shape \(-1,\)"):
            getattr(clnd, name)(-1, *rest)
    with pytest.raises(ShapeError, match=r"\[eye\] got shape \(-1, -1\)"):
        clnd.eye(-1)
    with pytest.raises(KindError, match=r"\[eye\] got shape \(2.5, 2.5\)"):
        clnd.eye(2.5)


@pytest.mark.parametrize("make", [lambda: clnd.zeros(2, order="F"), lambda: clnd.full(2, 1, order="F"), lambda: clnd.eye(2, order="F"), lambda: clnd.asarray([1], order="F"), lambda: clnd.zeros_like(clnd.ones(2), order="F")])
def test_columns_first_are_refused(make: Any) -> None:
    with pytest.raises(ArgumentError, match=r"got order 'F'; expected 'K', 'A' or 'C', as arrays are row-major"):
        make()


def test_positional_arguments_of_views() -> None:
    for name, axis in itertools.product(("expand_dims", "flip"), (0, 1, -1)):
        check(name, MATRIX, axis)
    check("squeeze", MATRIX[:, :1], 1)
    check("moveaxis", MATRIX, 0, 1)
    check("swapaxes", MATRIX, 0, 1)
    check("reshape", MATRIX, (4, 3), "C")
    check("reshape", MATRIX, -1)


def test_data_of_the_host() -> None:
    close(clnd.frombuffer(b"\1\2\3\4", np.uint8, 2, 1), np.frombuffer(b"\1\2\3\4", np.uint8, 2, 1))
    swapped = np.array([1, -2], ">i4")
    assert clnd.frombuffer(swapped.tobytes(), ">i4").tolist() == clnd.frombuffer(swapped.tobytes(), swapped.dtype).tolist() == [1, -2]
    assert clnd.fromstring("1 -2", ">i4", sep=" ").tolist() == clnd.fromiter([1, -2], ">i4").tolist() == [1, -2]
    close(clnd.fromiter((k * k for k in range(4)), int), np.arange(4) ** 2)
    close(clnd.fromstring("1 2 3", np.float32, sep=" "), np.array([1, 2, 3], np.float32))


def test_an_out_that_is_no_array_is_refused_by_roundings_too() -> None:
    for decimals in (0, 1):
        with pytest.raises(DTypeError, match=r"\[round\] got a ndarray as out; expected a clnd array"):
            clnd.round(clnd.asarray([1.25, 2.0]), decimals, out=np.zeros(2))
