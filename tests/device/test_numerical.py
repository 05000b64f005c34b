"""Functions made of others against NumPy: statistics, NaN left out, differences, convolutions, polynomials, windows, choices, comparisons."""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, ClndWarning, DTypeError, IndexingError, ShapeError
from clnd.lib.stride_tricks import as_strided, sliding_window_view
from tests.beside_numpy import differ, on_device, to_host
from tests.counting import counted, launches

# NumPy's own, of slices without numbers.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

rng = np.random.default_rng(3)
M = rng.standard_normal((5, 6)).astype("float32")
WITH_NAN = M.copy()
WITH_NAN[1, 2] = np.nan
WITH_NAN[3] = np.nan
LINE = np.linspace(-2, 2, 9).astype("float32")


def run(name: str, *args: Any, rtol: float = 2e-5, **kwargs: Any) -> Any:
    """``clnd.name`` of clnd's arrays has the values, the shape and the kind of dtype of NumPy's of NumPy's arrays."""
    got = getattr(clnd, name)(*map(on_device, args), **kwargs)
    assert all(isinstance(g, (clnd.Array, bool)) for g in (got if isinstance(got, tuple) else (got,)))
    wrong = differ(to_host(got), getattr(np, name)(*args, **kwargs), rtol, rtol / 10)
    assert not wrong, f"{name}: {wrong}"
    return got


# --- statistics --------------------------------------------------------------------------------


def test_average() -> None:
    run("average", M)
    run("average", M, axis=1, keepdims=True)
    run("average", M, axis=1, weights=[1, 2, 3, 4, 5, 6])
    run("average", M, axis=0, weights=np.arange(1, 6).astype("float32"), returned=True)
    run("average", M, weights=np.abs(M), returned=True)
    run("average", M, axis=(1, 0), weights=np.abs(M.T))
    run("average", M, returned=True)
    run("average", WITH_NAN, axis=1, returned=True)
    run("average", np.array([1, np.inf], "float32"), returned=True)
    run("average", np.arange(6), weights=np.arange(6))
    assert run("average", np.arange(4, dtype="float16"), weights=np.arange(4, dtype="float16")).dtype == np.float16
    with pytest.raises(ArgumentError, match=r"got weights of shape \(6,\) for shape \(5, 6\) and no axis"):
        clnd.average(clnd.asarray(M), weights=[1, 2, 3, 4, 5, 6])
    with pytest.raises(ShapeError, match="along axis 0; expected"):
        clnd.average(clnd.asarray(M), 0, [1, 2])
    zero = clnd.average(clnd.asarray(M), 0, [1.0, -1.0, 0, 0, 0])
    with pytest.raises(ArgumentError, match="got weights that add up to 0, at index 0 of the result"):
        zero.asnumpy()


def test_cov() -> None:
    run("cov", M)
    run("cov", M, rowvar=False)
    run("cov", M, M * 2)
    run("cov", M[0])
    run("cov", M[0], M[1])
    run("cov", M, bias=True)
    run("cov", M, ddof=2)
    run("cov", np.arange(12).reshape(3, 4))
    run("cov", M + 1j * M[::-1])
    counts, weights = np.array([1, 2, 3, 1, 1, 1]), np.array([1, 2, 3, 1, 1, 0.5], "float32")
    run("cov", M, fweights=counts)
    run("cov", M, aweights=weights)
    run("cov", M, fweights=counts, aweights=weights, ddof=0)
    run("corrcoef", M)
    run("corrcoef", M[0], M[1])
    run("corrcoef", M[0])
    run("corrcoef", M + 1j * M[::-1])
    assert clnd.cov(clnd.asarray(M.astype("float16"))).dtype == np.float16
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"):
        clnd.cov(clnd.asarray(M[:, :1]))
    x = clnd.asarray(M)
    for kwargs, error, message in (
        ({"fweights": [1.5] * 6}, DTypeError, "expected integers"), ({"aweights": [1.0]}, ShapeError, "for 6 observations"), ({"ddof": 0.5}, ArgumentError, "expected an integer"),
        ({"y": clnd.ones((2, 3))}, ShapeError, "as many observations"), ({"dtype": "int32"}, DTypeError, "floating dtype"),
    ):  # fmt: skip
        with pytest.raises(error, match=message):
            clnd.cov(x, **kwargs)
    with pytest.raises(ShapeError, match="one dimension or two"):
        clnd.cov(x[None])
    negative = clnd.cov(x, aweights=[1.0, 1, 1, -1, 1, 1])
    with pytest.raises(ArgumentError, match="got negative aweights, at index 3"):
        negative.asnumpy()


@pytest.mark.parametrize("name", ["nansum", "nanprod", "nanmin", "nanmax", "nanmean", "nanvar", "nanstd"])
def test_without_nan(name: str) -> None:
    for x in (WITH_NAN, M, np.arange(6).reshape(2, 3), WITH_NAN.astype("float16")):
        rtol = 5e-3 if x.dtype == np.float16 else 2e-5
        x = x[:3] if name == "nanprod" else x
        for axis in (None, 0, 1, (0, 1)):
            want = getattr(np, name)(x.astype("float32") if x.dtype == np.float16 else x, axis=axis)
            got = getattr(clnd, name)(clnd.asarray(x), axis=axis)
            assert got.shape == np.shape(want)
            np.testing.assert_allclose(got.asnumpy(), want, rtol=rtol, atol=rtol)
        run(name, WITH_NAN[:3], axis=1, keepdims=True)
    out = clnd.zeros((5,))
    assert getattr(clnd, name)(clnd.asarray(WITH_NAN), 1, out=out) is out


def test_without_nan_where_and_ddof() -> None:
    mask = M > 0
    x, m = clnd.asarray(WITH_NAN), clnd.asarray(mask)
    np.testing.assert_allclose(clnd.nansum(x, 1, where=m).asnumpy(), np.nansum(WITH_NAN, 1, where=mask), rtol=1e-5)
    np.testing.assert_allclose(clnd.nanmean(x, 0, where=m).asnumpy(), np.nanmean(WITH_NAN, 0, where=mask), rtol=1e-5)
    np.testing.assert_allclose(clnd.nanmin(x, 1, initial=0.5).asnumpy(), np.nanmin(WITH_NAN, 1, initial=0.5), rtol=1e-5)
    for ddof in (0, 1, 5, 6):
        np.testing.assert_allclose(clnd.nanvar(x, 1, ddof=ddof).asnumpy(), np.nanvar(WITH_NAN, 1, ddof=ddof), rtol=1e-5)
    z = np.array([1 + 1j, np.nan, 3], "complex64")
    np.testing.assert_allclose(clnd.nanmean(clnd.asarray(z)).asnumpy(), np.nanmean(z), rtol=1e-6)


def test_means_of_chosen_integers_are_exact() -> None:
    x = clnd.asarray(np.full((2, 8), 2**62 + 2**55))
    some = np.array([[True] * 7 + [False], [False] * 8])
    for mean in (clnd.mean(x, axis=1, where=some), clnd.nanmean(x, axis=1, where=clnd.asarray(some))):
        np.testing.assert_array_equal(mean.asnumpy(), np.array([2**62 + 2**55, np.nan], np.float32))
    y = clnd.arange(100000) + 7
    assert float(y.mean(where=y > 0)) == float(y.mean())


def test_places_without_nan() -> None:
    for name in ("nanargmin", "nanargmax"):
        run(name, WITH_NAN)
        run(name, WITH_NAN[:3], axis=1)
        run(name, WITH_NAN, axis=0, keepdims=True)
        run(name, np.array([3, 1, 2]))
        place = getattr(clnd, name)(clnd.asarray(WITH_NAN), axis=1)
        with pytest.raises(ArgumentError, match=rf"\[{name}\] got NaN only, at index 3 of the result"):
            place.asnumpy()


# --- differences and convolutions --------------------------------------------------------------


@pytest.mark.parametrize("edge_order", [1, 2])
def test_gradient(edge_order: int) -> None:
    places = np.array([0, 1, 3, 4, 7, 8], "float32")
    run("gradient", M, edge_order=edge_order)
    run("gradient", M, 2.0, axis=0, edge_order=edge_order)
    run("gradient", M, 2.0, places, edge_order=edge_order)
    run("gradient", M, places, axis=1, edge_order=edge_order)
    run("gradient", M[:, :3], 0.5, axis=(1, 0), edge_order=edge_order)
    run("gradient", np.array([1, 2, 4, 7, 11]), edge_order=edge_order)
    run("gradient", M[:3, 0], edge_order=edge_order)


def test_equal_distances_leave_the_element_between_out() -> None:
    host = np.array([1.0, np.nan, 4.0, 9.0], np.float32)
    for places in ([0.0, 2.0, 4.0, 6.0], np.arange(4) * 2, np.arange(4, dtype=np.float64) * 2):
        got = clnd.gradient(clnd.asarray(host), places)
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got.asnumpy(), np.gradient(host, places))


def test_gradient_of_two_and_errors() -> None:
    run("gradient", M[0, :2])
    run("gradient", M[0, :2], np.array([1.0, 3.0], "float32"))
    x = clnd.asarray(M)
    for args, kwargs, message in (
        ((x,), {"edge_order": 3}, "expected 1 or 2"), ((x, 1.0, 2.0, 3.0), {}, "3 distances for 2 axes"), ((x[:, :2],), {"edge_order": 2}, "expected at least 3"),
        ((x, clnd.ones((4,)), 1.0), {}, "one for each element"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            clnd.gradient(*args, **kwargs)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from(["full", "same", "valid"]), st.sampled_from(["float32", "int16", "complex64"]))
def test_convolve(n: int, m: int, mode: str, dtype: str) -> None:
    a, v = rng.integers(-4, 5, n).astype(dtype), rng.integers(-4, 5, m).astype(dtype)
    if dtype == "complex64":
        a, v = a + 1j * a[::-1], v - 2j * v
    for name in ("convolve", "correlate"):
        got = getattr(clnd, name)(clnd.asarray(a), clnd.asarray(v), mode)
        want = getattr(np, name)(a, v, mode)
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        assert np.array_equal(got.asnumpy(), want)


def test_convolve_is_one_kernel_and_refuses() -> None:
    x = clnd.asarray(rng.standard_normal(1000).astype("float32"))
    kernel = clnd.asarray([1.0, 2.0, 1.0])
    clnd.waitall()
    assert launches(lambda: clnd.convolve(x, kernel, "same") / 4) == 1
    # The order is that of the shorter one's elements: its bits do not depend on strides.
    assert clnd.convolve(x[::-1][::-1], kernel).asnumpy().tobytes() == clnd.convolve(x, kernel).asnumpy().tobytes()
    for mode in ("all", 1, None):
        with pytest.raises(ArgumentError, match="expected 'full', 'same' or 'valid'"):
            clnd.convolve(x, kernel, mode)  # type: ignore[arg-type]
    for wrong in (clnd.ones((2, 2)), clnd.ones((0,))):
        with pytest.raises(ShapeError, match=r"\[correlate\] got shapes"):
            clnd.correlate(x, wrong)


def test_polynomials() -> None:
    run("polyval", np.array([1, 2, 3.0], "float32"), LINE)
    run("polyval", [1, 2, 3], LINE)
    run("polyval", [2, 1], np.arange(4))
    run("polyval", np.array([1, 2], "float32"), 3.0)
    run("polyadd", LINE, LINE[:3])
    run("polysub", LINE[:3], LINE)
    run("polymul", LINE, LINE[:3])
    run("polyder", LINE, 2)
    run("polyder", LINE[:1])
    run("polyint", LINE, 2, k=[1.0, 2.0])
    run("polyint", LINE, k=3)
    with pytest.raises(ArgumentError, match=r"\[polyder\] got m=-1"):
        clnd.polyder(clnd.asarray(LINE), -1)
    with pytest.raises(ShapeError, match=r"\[polyval\]"):
        clnd.polyval(clnd.ones((2, 2)), clnd.ones((2,)))


# --- windows and elementwise functions ---------------------------------------------------------


@pytest.mark.parametrize("name", ["bartlett", "hanning", "hamming", "blackman", "kaiser"])
def test_windows(name: str) -> None:
    more = (8.6,) if name == "kaiser" else ()
    for points in (0, 1, 2, 3, 10, 11.0):
        got, want = getattr(clnd, name)(points, *more), getattr(np, name)(points, *more)
        assert got.shape == want.shape
        np.testing.assert_allclose(got.asnumpy(), want, atol=3e-7)
    for wrong in ("a", 3.5, math.inf, None):
        with pytest.raises(ArgumentError, match=rf"\[{name}\] got .* points; expected a whole number"):
            getattr(clnd, name)(wrong, *more)


def test_windows_are_of_the_default_dtype(ctx: clnd.Context) -> None:
    assert clnd.hanning(4).dtype == np.float32
    if ctx.info.fp64:
        with clnd.default_dtype("float64"):
            assert clnd.kaiser(7, 3.0).dtype == np.float64
            np.testing.assert_allclose(clnd.kaiser(7, 3.0).asnumpy(), np.kaiser(7, 3.0), rtol=1e-14)


def test_i0() -> None:
    np.testing.assert_allclose(clnd.i0(clnd.asarray(LINE * 40)).asnumpy(), np.i0(LINE.astype("float64") * 40), rtol=1e-6)
    special = clnd.asarray([0.0, math.inf, -math.inf, math.nan, 8.0, 91.9, 100.0])
    np.testing.assert_allclose(clnd.i0(special).asnumpy(), [1, np.inf, np.inf, np.nan, 427.56411572, 3.39e38, np.inf], rtol=1e-2, equal_nan=True)


def test_elementwise_functions() -> None:
    special = np.array([np.nan, np.inf, -np.inf, 1, -0.0], "float32")
    run("sinc", LINE)
    run("sinc", np.arange(3))
    run("angle", LINE + 1j * LINE[::-1])
    run("angle", LINE, deg=True)
    run("fix", LINE)
    run("nan_to_num", special)
    run("nan_to_num", special, nan=5, posinf=1, neginf=2)
    run("nan_to_num", np.array([np.nan + 1j, np.inf * 1j, 2], "complex64"), posinf=3)
    run("nan_to_num", np.arange(3))
    x = clnd.asarray(special)
    assert clnd.nan_to_num(x, copy=False) is x
    assert np.isfinite(x.asnumpy()).all()
    run("real_if_close", np.array([1 + 1e-20j], "complex64"))
    run("real_if_close", np.array([1 + 1j], "complex64"))
    run("bitwise_count", np.array([0, 1, -1, -128, 127], "int8"))
    run("gcd", np.array([12, 0, -9, 7]), np.array([18, 5, 6, 0]))
    run("lcm", np.array([12, 0, -9, 7]), np.array([18, 5, 6, 0]))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=12), st.sampled_from([4, 5, 2 * math.pi, 7.5]), st.sampled_from([None, 3, 8]))
def test_unwrap(values: list[int], period: float, discont: float | None) -> None:
    if isinstance(period, int):
        x = np.array(values)
        assert np.array_equal(clnd.unwrap(clnd.asarray(x), discont, period=period).asnumpy(), np.unwrap(x, discont, period=period))
    else:
        y = np.array(values, "float32")
        np.testing.assert_allclose(clnd.unwrap(clnd.asarray(y), discont, period=period).asnumpy(), np.unwrap(y.astype("float64"), discont, period=period), atol=1e-3)


def test_unwrap_axes() -> None:
    run("unwrap", np.array([[0.0, 4, 8], [1, 9, 2]], "float32"), axis=0)
    with pytest.raises(DTypeError, match="take angle"):
        clnd.unwrap(clnd.asarray([1j]))


# --- comparisons -------------------------------------------------------------------------------


def test_isclose() -> None:
    near = np.array([1, 1 + 1e-6, 1.1, np.inf, np.nan, -np.inf], "float32")
    far = np.array([1, 1, 1, np.inf, np.nan, np.inf], "float32")
    for equal_nan in (False, True):
        assert np.array_equal(clnd.isclose(clnd.asarray(near), clnd.asarray(far), equal_nan=equal_nan).asnumpy(), np.isclose(near, far, equal_nan=equal_nan))
    large = np.array([1, 2, 2**40, -(2**63)])
    other = np.array([1, 3, 2**40 + 1, 2**63 - 1])
    assert np.array_equal(clnd.isclose(clnd.asarray(large), clnd.asarray(other), 0, 0).asnumpy(), np.isclose(large, other, 0, 0))
    assert np.array_equal(clnd.isclose(clnd.asarray(large), clnd.asarray(other), 0, 1).asnumpy(), [True, True, True, False])
    assert clnd.isclose(clnd.asarray([True, False]), clnd.asarray([True, True])).tolist() == [True, False]
    assert clnd.isclose(clnd.asarray([1], dtype="uint64"), clnd.asarray([1])).tolist() == [True]
    assert clnd.isclose(clnd.asarray([1, -1, 3], dtype="int32"), clnd.asarray([1, 1, 4], dtype="uint64")).tolist() == [True, False, False]
    assert clnd.allclose(clnd.asarray([5], dtype="uint64"), clnd.asarray([5], dtype="int8"))
    run("allclose", near[:2], far[:2])
    run("allclose", M, M + 1e-3, atol=1e-2)
    run("isclose", M + 1j, M + 1j + np.complex64(1e-7))
    assert clnd.allclose(clnd.asarray([1.0], dtype="float16"), 1.0) is True


def test_equal() -> None:
    run("array_equal", M, M)
    run("array_equal", M, M[:2])
    run("array_equal", WITH_NAN, WITH_NAN)
    run("array_equal", WITH_NAN, WITH_NAN, equal_nan=True)
    run("array_equiv", M, M[None])
    run("array_equiv", M, M[:2])
    run("array_equiv", np.ones((2, 3)), 1)
    for name in ("isclose", "allclose", "array_equal", "array_equiv"):
        with pytest.raises(DTypeError, match="expected an array, a number or a sequence of numbers"):
            getattr(clnd, name)("x", None)


def test_testing() -> None:
    x = clnd.asarray(M)
    clnd.testing.assert_allclose(x, M)
    clnd.testing.assert_array_equal(x, M)
    clnd.testing.assert_equal({"a": [x, 1]}, {"a": [M, 1]})
    clnd.testing.assert_array_almost_equal(x, x + 1e-8)
    clnd.testing.assert_array_less(x, x + 1)
    with clnd.testing.assert_raises(ShapeError):
        clnd.ones(2) + clnd.ones(3)
    for call in (clnd.testing.assert_allclose, clnd.testing.assert_array_equal, clnd.testing.assert_almost_equal, clnd.testing.assert_equal):
        with pytest.raises(AssertionError):
            call(x, x + 1)


# --- choices and functions of functions --------------------------------------------------------


def test_select() -> None:
    x = clnd.asarray(LINE)
    for choices, default in (([LINE, LINE * 10], 0.5), ([1, 2.5], 0), ([LINE.astype("float16"), 3], LINE[0].item()), ([1, 2], np.arange(9))):
        given_ = [clnd.asarray(c) if isinstance(c, np.ndarray) else c for c in choices]
        got = clnd.select([x < 0, x > 1], given_, clnd.asarray(default) if isinstance(default, np.ndarray) else default)
        np.testing.assert_allclose(got.asnumpy(), np.select([LINE < 0, LINE > 1], choices, default))
    assert clnd.select([x < 0], [clnd.asarray(LINE, dtype="float16")], 1.5).dtype == np.float16
    assert launches(lambda: clnd.select([x < 0, x > 1], [x, x * 10], -1.0)) == 1
    for args, error in ((([x < 0], [1, 2]), ArgumentError), (([], []), ArgumentError), (([x], [1]), DTypeError)):
        with pytest.raises(error, match=r"\[select\] got"):
            clnd.select(*args)


def test_piecewise() -> None:
    x = clnd.asarray(LINE)
    for functions in ([lambda t: -t, 1], [lambda t: -t, 1, lambda t: t * t], [0.5, lambda t: t, 7]):
        got, want = clnd.piecewise(x, [x < 0, x > 1], functions), np.piecewise(LINE, [LINE < 0, LINE > 1], functions)
        np.testing.assert_allclose(got.asnumpy(), want)
    assert np.array_equal(clnd.piecewise(x, x > 0, [lambda t, k: t * k, 0], 3).asnumpy(), np.piecewise(LINE, LINE > 0, [lambda t, k: t * k, 0], 3))
    whole = np.arange(4)
    assert np.array_equal(clnd.piecewise(clnd.asarray(whole), [clnd.asarray(whole) > 1], [2.7, -1]).asnumpy(), np.piecewise(whole, [whole > 1], [2.7, -1]))
    with pytest.raises(ArgumentError, match="1 conditions and 3 functions"):
        clnd.piecewise(x, [x > 0], [1, 2, 3])


def test_along_axes() -> None:
    x = clnd.asarray(M)
    for axis in (0, 1, -1):
        for function in (lambda v: v[:2] * 2, lambda v: v.sum(), lambda v: v.reshape((-1, 1)) * v[:2]):
            got, want = clnd.apply_along_axis(function, axis, x), np.apply_along_axis(function, axis, M)
            assert got.shape == want.shape
            np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5, atol=1e-6)
    assert clnd.apply_along_axis(lambda v, k, add: v[0] * k + add, 1, x, 2, add=1).shape == (5,)
    np.testing.assert_allclose(clnd.apply_over_axes(lambda a, k: a.sum(k), x, [0, 1]).asnumpy(), np.apply_over_axes(np.sum, M, [0, 1]), rtol=1e-4)
    assert clnd.apply_over_axes(lambda a, k: a.sum(k), clnd.ones((2, 3)), np.int64(1)).tolist() == [[3.0], [3.0]]
    with pytest.raises(ShapeError, match="has no vectors"):
        clnd.apply_along_axis(lambda v: v, 0, clnd.ones((2, 0)))
    with pytest.raises(ShapeError, match="as many, or one fewer"):
        clnd.apply_over_axes(lambda a, k: a.sum(), clnd.ones((2, 3, 4)), 0)


def test_vectorize_on_the_device() -> None:
    x = clnd.asarray(LINE)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ClndWarning)
        f = clnd.vectorize(lambda a, b: clnd.where(a > 0, a * b + clnd.exp(a), b))
        assert f.__name__ == "<lambda>"
        clnd.waitall()
        with counted() as count:
            got = f(x, 2.0)
            got.wait_to_read()
        assert count.done.launches == 1
        np.testing.assert_allclose(got.asnumpy(), np.where(LINE > 0, LINE * 2 + np.exp(LINE), 2), rtol=1e-6)
        both = clnd.vectorize(lambda a: (a + 1, -a), otypes=["float64" if x.ctx.info.fp64 else "float32", "int32"])(x)
        assert [np.asarray(y).dtype.kind for y in both] == ["f", "i"]
        assert clnd.vectorize(lambda a: 3)(x).tolist() == [3] * 9
        assert clnd.vectorize(lambda a, b: a + b)(x[:, None], b=x).shape == (9, 9)
        assert clnd.vectorize(lambda a, k: a * k["s"], excluded={1})(x, {"s": 2}).tolist() == (LINE * 2).tolist()


def test_vectorize_on_the_host() -> None:
    x = clnd.asarray(LINE)

    def absolute(a: Any) -> Any:
        """Without its sign."""
        return a if a > 0 else -a

    f = clnd.vectorize(absolute)
    assert f.__doc__ == "Without its sign."
    with pytest.warns(ClndWarning, match=r"\[vectorize\] absolute looks at values, so it is called for each element on the host"):
        assert f(x).tolist() == np.abs(LINE).tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ClndWarning)
        assert f(x).dtype == np.float32

    @clnd.vectorize
    def root(a: Any) -> Any:
        return clnd.sqrt(a) if a > 0 else 0.0

    @clnd.vectorize(otypes=[float])
    def less_its_sum(a: Any) -> Any:
        return a - clnd.sum(a)

    with pytest.warns(ClndWarning):
        np.testing.assert_allclose(root(x).asnumpy(), np.sqrt(np.maximum(LINE, 0)), rtol=1e-6)
    if x.ctx.info.fp64:
        with pytest.warns(ClndWarning):
            assert less_its_sum(x).tolist() == [0.0] * 9
    with pytest.warns(ClndWarning):
        assert clnd.vectorize(lambda v: v.sum(), signature="(n)->()")(clnd.asarray(M)).shape == (5,)
    with pytest.raises(ZeroDivisionError), pytest.warns(ClndWarning):
        clnd.vectorize(lambda a: 1 // 0)(x)


# --- views by strides --------------------------------------------------------------------------


def test_sliding_windows() -> None:
    x = clnd.asarray(M)
    for shape, axis in ((3, 1), ((2, 3), None), ((2, 2), (1, 1)), ((2, 3), (1, 0)), (1, 0)):
        got, want = sliding_window_view(x, shape, axis), np.lib.stride_tricks.sliding_window_view(M, shape, axis)
        assert got.shape == want.shape
        assert np.array_equal(got.asnumpy(), want)
    assert np.array_equal(sliding_window_view(x[::-1, ::2], (2, 2)).asnumpy(), np.lib.stride_tricks.sliding_window_view(M[::-1, ::2], (2, 2)))
    assert np.array_equal(sliding_window_view(x, 3, 1).reshape(-1).asnumpy(), np.lib.stride_tricks.sliding_window_view(M, 3, 1).reshape(-1))
    assert launches(lambda: sliding_window_view(x, 3, 1).mean(-1)) <= 2
    with pytest.raises(ShapeError, match="no longer than the array"):
        sliding_window_view(x, 7, 1)
    with pytest.raises(ShapeError, match="one length for each"):
        sliding_window_view(x, 3)
    with pytest.raises(ArgumentError, match="got writeable=True"):
        sliding_window_view(x, 3, 1, writeable=True)
    with pytest.raises(ArgumentError, match="or of sliding windows"):
        sliding_window_view(x, 3, 1)[0, 0] = 1


def test_as_strided() -> None:
    a = np.arange(12, dtype="int32")
    x = clnd.asarray(a)
    for shape, strides in (((3, 4), (16, 4)), ((4, 3), (4, 16)), ((5, 4), (8, 4)), ((2,), (-4,)), ((3, 2), (0, 4)), ((0, 9), (4, 4))):
        start = 3 if strides[0] < 0 else 0
        got, want = as_strided(x[start:], shape, strides), np.lib.stride_tricks.as_strided(a[start:], shape, strides)
        assert np.array_equal(got.asnumpy(), want)
    as_strided(x, (3, 4), (16, 4))[1] = 0
    assert x.asnumpy()[4:8].tolist() == [0] * 4
    with pytest.raises(ArgumentError, match="expected a writable array"):
        as_strided(x, (5, 4), (8, 4))[0] = 1
    for args, error, message in (
        (((13,), (4,)), IndexingError, "reach from element 0 to 12 of 12"), (((2,), (-4,)), IndexingError, "from element -1"), (((2,), (3,)), ArgumentError, "multiples"),
        (((2, 2), (4,)), ShapeError, "one for each axis"),
    ):  # fmt: skip
        with pytest.raises(error, match=re.escape(message)):
            as_strided(x, *args)
