"""The gamma function and its relatives, the inverse of erf, remainders: special values, and errors against mpmath or NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import DTypeError
from tests import accuracy

INF, NAN = float("inf"), float("nan")
FUNCTIONS = ("gamma", "gammaln", "digamma", "erfinv")
DTYPES = [np.dtype(np.float32), np.dtype(np.float64)]
# What the functions are promised to, in units in the last place.
BOUNDS = {np.dtype(np.float32): 4.0, np.dtype(np.float64): 8.0}

# Function -> argument -> result, as C99 and SciPy have them (gammaln(-inf) as C99).
VALUES: dict[str, dict[float, float]] = {
    "gamma": {INF: INF, -INF: NAN, -1.0: NAN, -2.0: NAN, -3.0: NAN, -(2.0**60): NAN, 1.0: 1.0, 2.0: 1.0, 5.0: 24.0, 1e30: INF, -190.5: -0.0, -191.5: 0.0, -3000000.5: -0.0, -3000001.5: 0.0},
    "gammaln": {INF: INF, -INF: INF, -1.0: INF, -2.0: INF, -30.0: INF, -(2.0**60): INF, 1.0: 0.0, 2.0: 0.0},
    "digamma": {INF: INF, -INF: NAN, -1.0: NAN, -2.0: NAN, -30.0: NAN, -(2.0**60): NAN},
    "erfinv": {1.0: INF, -1.0: -INF, 1.5: NAN, -2.0: NAN, INF: NAN, -INF: NAN},
}
AT_ZERO = {"gamma": (INF, -INF), "gammaln": (INF, INF), "digamma": (-INF, INF), "erfinv": (0.0, -0.0)}


def needs(ctx: Context, dtype: Any) -> None:
    if dtype == np.float64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values(ctx: Context, family: str, name: str, dtype: Any) -> None:
    needs(ctx, dtype)
    x = np.array([0.0, -0.0, NAN, *VALUES[name]], dtype)
    want = np.array([*AT_ZERO[name], NAN, *VALUES[name].values()], dtype)
    got = getattr(clnd, name)(clnd.asarray(x)).asnumpy()
    ok = (np.isnan(got) & np.isnan(want)) | ((got == want) & (np.signbit(got) == np.signbit(want)))
    assert ok.all(), list(zip(x[~ok], got[~ok], want[~ok], strict=True))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors(ctx: Context, name: str, dtype: Any) -> None:
    needs(ctx, dtype)
    x = accuracy.hard_inputs(name, dtype, 100)
    if not ctx.info.subnormals:
        x = x[np.abs(x) >= np.finfo(dtype).tiny]
    got = getattr(clnd, name)(clnd.asarray(x)).asnumpy()
    errors = accuracy.ulps(got, accuracy.reference(name, x), dtype, accuracy.least(name, x))
    worst = int(np.argmax(errors))
    assert errors[worst] <= BOUNDS[dtype], (x[worst], got[worst])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_remainders_are_exact(ctx: Context, family: str, dtype: Any) -> None:
    """Quotients from below 1 to the largest there are, as the bits of operands are drawn."""
    needs(ctx, dtype)
    bits = np.dtype(f"u{dtype.itemsize}")
    rng = np.random.default_rng(11)
    x, y = rng.integers(0, np.iinfo(bits).max, (2, 10_000), bits).view(dtype)
    with np.errstate(all="ignore"):
        y[5000:] = x[5000:] * rng.uniform(1e-6, 2, 5000).astype(dtype)
        x[9000:] = y[9000:] * rng.integers(-300, 300, 1000).astype(dtype)
        ends = np.array([0.0, -0.0, 1.0, -1.0, INF, -INF, NAN, np.finfo(dtype).max, np.finfo(dtype).tiny, np.finfo(dtype).smallest_subnormal], dtype)
        x, y = np.concatenate([x, np.repeat(ends, ends.size)]), np.concatenate([y, np.tile(ends, ends.size)])
        if not ctx.info.subnormals:
            kept = [(v == 0) | ~(np.abs(v) < np.finfo(dtype).tiny) for v in (x, y)]
            x, y = x[kept[0] & kept[1]], y[kept[0] & kept[1]]
        want = np.remainder(x, y)
    got = clnd.remainder(clnd.asarray(x), clnd.asarray(y)).asnumpy()
    same = (got.view(bits) == want.view(bits)) | (np.isnan(got) & np.isnan(want))
    assert same.all(), list(zip(x[~same], y[~same], got[~same], want[~same], strict=True))[:5]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_largest_and_smallest(ctx: Context, dtype: Any) -> None:
    """Where results overflow and underflow, and arguments that a sum with 1 would lose."""
    needs(ctx, dtype)
    limits = np.finfo(dtype)
    top = dtype.type(35.040096 if dtype == np.float32 else 171.62437695630271)
    x = np.array([top, np.nextafter(top, dtype.type(1000)), limits.max, limits.tiny], dtype)
    gamma, gammaln, digamma = (f(clnd.asarray(x)).asnumpy() for f in (clnd.gamma, clnd.gammaln, clnd.digamma))
    assert gamma[0] > limits.max / 2
    assert np.isfinite(gamma[0])
    assert np.isinf(gamma[1:3]).all()
    assert gamma[3] == 1 / limits.tiny
    assert np.isinf(gammaln[2])
    assert digamma[3] == -1 / limits.tiny
    below = dtype.type(1) - limits.epsneg
    assert np.isfinite(clnd.erfinv(clnd.asarray(np.array([below], dtype))).asnumpy()).all()


def test_nothing_is_outside_the_promise() -> None:
    assert clnd.outside_the_promise() == ()


def test_mxnet_names() -> None:
    x = clnd.nd.array([0.25, 0.5])
    for name in FUNCTIONS:
        got = getattr(clnd.nd, name)(x)
        assert type(got) is clnd.nd.NDArray
        assert (got.asnumpy() == getattr(clnd, name)(clnd.asarray(x.asnumpy())).asnumpy()).all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_quotients_of_infinities_are_the_standards(ctx: Context, dtype: Any) -> None:
    """Where the standard and NumPy differ, which has NaN, NaN, -1 and -1."""
    needs(ctx, dtype)
    x = clnd.asarray(np.array([INF, -INF, 2.0, -2.0, 2.0, 0.0, -0.0, INF], dtype))
    y = clnd.asarray(np.array([2.0, 2.0, -INF, INF, INF, -INF, INF, INF], dtype))
    got, want = clnd.floor_divide(x, y).asnumpy(), np.array([INF, -INF, -0.0, -0.0, 0.0, -0.0, -0.0, NAN], dtype)
    assert np.array_equal(got, want, equal_nan=True)
    assert np.array_equal(np.signbit(got[:7]), np.signbit(want[:7]))


@pytest.mark.parametrize("dtype", [np.dtype(np.complex64), np.dtype(np.complex128)], ids=str)
def test_the_hyperbolic_tangent_at_infinity_is_the_standards(ctx: Context, dtype: Any) -> None:
    """1 + 0j above the real axis; C and NumPy have the sign of sin 2y. So its tangent, which has the parts exchanged."""
    needs(ctx, np.dtype(dtype.type(0).real.dtype))
    y = np.array([0.0, 1.0, 2.0, 4.0, 1e30, INF, NAN])
    z = np.empty(2 * y.size, dtype)
    z.real, z.imag = INF, np.concatenate([y, -y])
    got = clnd.tanh(clnd.asarray(z)).asnumpy()
    assert (got == 1).all()
    ordered = ~np.isnan(z.imag)
    assert np.array_equal(np.signbit(got.imag)[ordered], np.signbit(z.imag)[ordered])
    swapped = np.empty_like(z)
    swapped.real, swapped.imag = z.imag, z.real
    got = clnd.tan(clnd.asarray(swapped)).asnumpy()
    assert (got == 1j).all()
    assert np.array_equal(np.signbit(got.real)[ordered], np.signbit(z.imag)[ordered])


@pytest.mark.parametrize("dtype", [np.dtype(np.complex64), np.dtype(np.complex128)], ids=str)
def test_expm1_of_zeros_is_the_standards(ctx: Context, dtype: Any) -> None:
    needs(ctx, np.dtype(dtype.type(0).real.dtype))
    z = np.array([complex(re, im) for re in (0.0, -0.0) for im in (0.0, -0.0)], dtype)
    got = clnd.expm1(clnd.asarray(z)).asnumpy()
    assert (got == 0).all()
    assert not np.signbit(got.real).any()
    assert np.array_equal(np.signbit(got.imag), np.signbit(z.imag))


def test_scipys_names_and_ufuncs() -> None:
    """What `scipy.special` finds in `clnd.special`; its own ufuncs take arrays, or say what they expect."""
    special = pytest.importorskip("scipy.special._ufuncs")
    host = np.array([-9.0, -1.5, 0.25, 2.0], np.float32)
    x = clnd.asarray(host)
    np.testing.assert_allclose(clnd.special.ndtr(x).asnumpy(), special.ndtr(host), rtol=2e-5)
    assert (clnd.special.psi, clnd.special.expit) == (clnd.digamma, clnd.sigmoid)
    for name in ("erf", "expit", "psi", "gammaln"):
        got = getattr(special, name)(x)
        assert isinstance(got, clnd.Array)
        np.testing.assert_array_equal(got.asnumpy(), getattr(clnd.special, name)(x).asnumpy())
    with pytest.raises(DTypeError, match=r"^\[scipy.special.gammainc\] got a clnd array, and clnd has no such ufunc; .* scipy.special.gammainc\(x.asnumpy"):
        special.gammainc(x, x)
