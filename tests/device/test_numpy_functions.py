"""NumPy's functions and ufuncs on clnd arrays: with every argument that NumPy's have, NumPy's values on the device, or one sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, ClndError, DTypeError, ShapeError
from tests.child import succeeds

# NumPy's own, of means of nothing.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

X = np.array([[3.0, -1.5, 0.25], [-7.0, 2.0, 5.5]], np.float32)
MASK = np.array([[True, False, True], [False, True, False]])


def made(x: Any = X) -> clnd.Array:
    return clnd.asarray(x)


def check(got: Any, want: Any) -> None:
    assert isinstance(got, clnd.Array), type(got)
    want = np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-5)


REDUCTIONS = ("sum", "prod", "mean", "std", "var", "min", "max", "any", "all", "ptp")
ARGUMENTS: dict[str, dict[str, Any]] = {
    "plain": {}, "axis": {"axis": 0}, "negative": {"axis": -1}, "axes": {"axis": (0, 1)}, "kept": {"axis": 1, "keepdims": True},
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "float16"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str, dtype: str) -> None:
    x = np.abs(X).astype(dtype)
    for given in ARGUMENTS.values():
        want = getattr(np, name)(x.astype("float32") if dtype == "float16" else x, **given)
        got = getattr(np, name)(made(x), **given)
        assert isinstance(got, clnd.Array)
        np.testing.assert_allclose(got.asnumpy().astype("float64"), np.asarray(want).astype("float64"), rtol=2e-3)
        assert got.shape == np.shape(want)


@pytest.mark.parametrize("name", REDUCTIONS[:-1])
def test_methods_take_the_axis_by_position(name: str) -> None:
    check(getattr(made(), name)(1), getattr(X, name)(1))
    place = clnd.zeros((2,), dtype="bool" if name in ("any", "all") else "float32")
    assert getattr(made(), name)(1, out=place) is place
    check(place, getattr(X, name)(1))


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "std", "var", "any", "all"])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "float16", "complex64"])
def test_where(name: str, dtype: str) -> None:
    x = X.astype(dtype)
    if (name, dtype) == ("prod", "complex64"):
        with pytest.raises(ArgumentError, match=r"^\[prod\] got where= for complex"):
            made(x).prod(where=made(MASK))
        return
    if (name, dtype) in (("std", "bool"), ("var", "bool")):
        x = x.astype("uint8")
    for mask in (MASK, np.array([True, False, True]), np.array([[True], [False]])):
        for axis in (None, 0, 1):
            want = getattr(np, name)(x, axis=axis, where=mask)
            got = [getattr(np, name)(made(x), axis=axis, where=m) for m in (made(mask), mask)]
            np.testing.assert_allclose(got[0].asnumpy().astype("complex128"), np.asarray(want).astype("complex128"), rtol=3e-3)
            assert got[0].asnumpy().tobytes() == got[1].asnumpy().tobytes()


def test_what_is_left_out_changes_no_bit() -> None:
    """Zeros of either sign, infinities and NaN: as if the elements left out were not there."""
    x = np.array([-0.0, np.nan, np.inf, 1e-3, -0.0], np.float32)
    for mask, want in (([1, 0, 0, 0, 1], -0.0), ([0, 0, 0, 0, 0], 0.0), ([1, 0, 0, 1, 0], np.float32(1e-3)), ([1, 0, 1, 0, 0], np.inf)):
        got = made(x).sum(where=np.array(mask, bool)).item()
        assert got == want, mask
        assert np.signbit(got) == np.signbit(want), mask


@pytest.mark.parametrize("name", ["min", "max"])
def test_extremes_with_a_start(name: str) -> None:
    f = getattr(np, name)
    check(f(made(), axis=1, initial=1.0), f(X, axis=1, initial=1.0))
    check(f(made(), axis=0, initial=-9, where=made(MASK)), f(X, axis=0, initial=-9, where=MASK))
    check(f(clnd.zeros((0, 3)), axis=0, initial=2.0), f(np.zeros((0, 3)), axis=0, initial=2.0))
    with pytest.raises(ArgumentError, match=rf"^\[{name}\] got where= without initial=; expected"):
        f(made(), where=made(MASK))
    with pytest.raises(DTypeError, match="does not hold"):
        f(made(X.astype("int32")), initial=1.5)


def test_starts_of_sums() -> None:
    check(np.sum(made(), axis=0, initial=10), X.sum(axis=0, initial=10))
    check(np.prod(made(), initial=2, keepdims=True), X.prod(initial=2, keepdims=True))
    check(np.sum(clnd.zeros((0, 2)), axis=0, initial=3), np.zeros((0, 2)).sum(axis=0, initial=3))


def test_dtypes_of_results() -> None:
    k = np.arange(6, dtype=np.uint8)
    for name, dtype in (("sum", "int32"), ("sum", "float32"), ("prod", "uint16"), ("mean", "float32"), ("std", "float32")):
        got, want = getattr(np, name)(made(k), dtype=dtype), getattr(np, name)(k, dtype=dtype)
        assert got.dtype == want.dtype
        check(got, want)
    with pytest.raises(DTypeError, match=r"^\[mean\] got dtype=int32; expected a floating dtype"):
        np.mean(made(), dtype="int32")


def test_degrees_of_freedom() -> None:
    check(np.var(made(), axis=0, ddof=1), X.var(axis=0, ddof=1))
    check(np.std(made(), ddof=1, where=made(MASK)), X.std(ddof=1, where=MASK))
    check(made().std(correction=1), X.std(ddof=1))
    check(made().var(1, None, None, 1), X.var(1, ddof=1))


def test_round_and_clip() -> None:
    x = np.array([0.125, 0.375, -2.75, 1234.5678, 1e30, np.inf, -np.nan, -0.0], np.float32)
    for decimals in (0, 1, 2, -1, -2, 37):
        np.testing.assert_allclose(np.round(made(x), decimals).asnumpy(), np.round(x.astype("float64"), decimals), rtol=1e-6)
    assert not np.round(made(x[:4]), -40).asnumpy().any()
    for dtype in ("int8", "int64", "uint8", "uint64"):
        k = np.array([0, 4, 5, 6, 14, 15, 25, 26, 94, 95, 96, 105, 115, 124, 121], dtype)
        k = np.concatenate([k, -k]) if dtype.startswith("i") else k
        for decimals in (1, 0, -1, -2, -18, -25):
            exact = [int(round(int(v), decimals)) for v in k]
            assert np.round(made(k), decimals).asnumpy().astype(object).tolist() == np.array(exact, object).astype(dtype, casting="unsafe").tolist()
    check(np.clip(made(), -1, 3), np.clip(X, -1, 3))
    check(made().clip(0), X.clip(0))
    check(made().clip(None, 1.5), X.clip(None, 1.5))
    out = clnd.zeros((2, 3))
    assert np.clip(made(), 0, 1, out=out) is out
    check(out, X.clip(0, 1))


def test_pythons_round_and_divmod() -> None:
    assert round(clnd.asarray(2.5)) == 2
    assert isinstance(round(clnd.asarray(2.5)), int)
    check(round(clnd.asarray(2.25), 1), np.float32(2.2))
    check(round(made(), 1), np.round(X, 1))
    q, r = divmod(made(), 2.0)
    check(q, X // 2)
    check(r, X % 2)
    q, r = divmod(10, clnd.asarray([3, 4]))
    assert (q.tolist(), r.tolist()) == ([3, 2], [1, 2])
    with pytest.raises(TypeError):
        divmod(made(), "a")


# --- ufuncs ------------------------------------------------------------------------------------


def test_out() -> None:
    x, out = made(), clnd.zeros((2, 3))
    assert np.add(x, 1, out=out) is out
    check(out, X + 1)
    host = np.zeros((2, 3), np.float64)
    assert np.multiply(x, 2, out=host) is host
    np.testing.assert_allclose(host, X * 2)
    # Of NumPy's arrays into clnd's, and in place.
    np.subtract(X, X, out=out)
    check(out, X - X)
    np.negative(x, out=x)
    check(x, -X)
    with pytest.raises(DTypeError, match="same kind"):
        np.add(x, 1.5, out=np.zeros((2, 3), np.int32))
    with pytest.raises(DTypeError, match="same kind"):
        np.add(x, 1.5, out=clnd.zeros((2, 3), dtype="int32"))
    whole = clnd.zeros((2, 3), dtype="int32")
    np.add(x, 1.5, out=whole, casting="unsafe")
    check(whole, (1.5 - X).astype("int32"))
    with pytest.raises(ShapeError):
        np.add(x, 1, out=np.zeros(3, np.float32))


def test_in_place_operators_of_numpy_arrays() -> None:
    host = np.ones((2, 3), np.float64)
    same = host
    host += made()
    host *= made()
    assert host is same
    np.testing.assert_allclose(host, (1 + X) * X, rtol=1e-6)
    whole = np.ones((2, 3), np.int32)
    with pytest.raises(DTypeError, match="same kind"):
        whole += made()


def test_dtype() -> None:
    k = made(np.arange(6, dtype=np.int32))
    got = np.add(k, 1, dtype="float32")
    assert got.dtype == np.float32
    check(got, np.arange(1, 7))
    assert np.sqrt(k, dtype=np.float32).dtype == np.float32
    with pytest.raises(DTypeError, match="casting='same_kind' forbids"):
        np.add(made(), 1, dtype="int32")
    check(np.add(made(), 1, dtype="int32", casting="unsafe"), np.add(X, 1, dtype="int32", casting="unsafe"))
    with pytest.raises(DTypeError, match="gives bools"):
        np.less(k, 1, dtype="float32")


def test_where_of_ufuncs() -> None:
    check(np.add(made(), 1, where=made(MASK)), np.where(MASK, X + 1, 0))
    out, host = clnd.full((2, 3), 9.0), np.full((2, 3), 9.0)
    np.sqrt(made(), out=out, where=made() > 0)
    np.sqrt(made(), out=host, where=X > 0)
    want = np.full((2, 3), 9.0)
    np.sqrt(X, out=want, where=X > 0)
    check(out, want)
    np.testing.assert_allclose(host, want, rtol=1e-6)
    assert np.less(made(), 0, where=MASK).dtype == np.bool_


@pytest.mark.parametrize("name", ["add", "multiply", "maximum", "minimum", "logical_and", "logical_or"])
def test_reduce(name: str) -> None:
    f = getattr(np, name)
    check(f.reduce(made()), f.reduce(X))
    check(f.reduce(made(), axis=1, keepdims=True), f.reduce(X, axis=1, keepdims=True))
    check(f.reduce(made(), axis=None), f.reduce(X, axis=None))
    host = np.zeros(3, f.reduce(X).dtype)
    assert f.reduce(made(), out=host) is host
    np.testing.assert_allclose(host, f.reduce(X))
    if name in ("add", "multiply"):
        check(f.reduce(made(), initial=2, where=made(MASK)), f.reduce(X, initial=2, where=MASK))


def test_reduce_of_bools_by_bits() -> None:
    check(np.bitwise_or.reduce(made(MASK)), np.bitwise_or.reduce(MASK))
    check(np.bitwise_and.reduce(made(MASK), axis=1), np.bitwise_and.reduce(MASK, axis=1))


def test_outer() -> None:
    v = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    check(np.add.outer(made(), made(v)), np.add.outer(X, v))
    check(np.multiply.outer(v, made(v)), np.multiply.outer(v, v))
    check(np.subtract.outer(made(v), 2), np.subtract.outer(v, 2))


def test_what_is_refused_says_what_to_write() -> None:
    x = made()
    index = np.array([0, 1])
    for call, words in (
        (lambda: np.hypot.accumulate(x), r"^\[np.hypot.accumulate\] .*cumulative operations by add, .*np.hypot.accumulate\(x.asnumpy\(\), "),
        (lambda: np.add.reduceat(x, index), r"^\[np.add.reduceat\] "),
        (lambda: np.subtract.reduce(x), r"^\[np.subtract.reduce\] .*reductions by add"),
        (lambda: np.lcm.reduceat(x, index), r"^\[np.lcm.reduceat\] "),
    ):
        with pytest.raises(DTypeError, match=words):
            call()
    with pytest.raises(ArgumentError, match=r"^\[np.matmul\] got axes; expected only"):
        np.matmul(x, x, axes=[(0, 1), (0, 1), (0, 1)])


def test_no_refusal_is_computed_on_the_host_instead() -> None:
    # NumPy asks a method, and where that raises a TypeError computes on the host what it can.
    x = made()
    for call in (
        lambda: np.argmax(made(X * 1j)), lambda: np.argmin(made(X * 1j)), lambda: np.around(made(MASK)),
        lambda: np.clip(made(X.astype("uint8")), [0, 0, 0], [9, 9, 300]),
    ):  # fmt: skip
        with pytest.raises(DTypeError):
            call()
    check(np.clip(x, a_min=-1, a_max=None), np.clip(X, -1, None))
    check(np.clip(X, x * 0, [1, 1, 1]), np.clip(X, X * 0, 1))
    check(np.reshape(x, shape=(3, -1), order="F"), np.reshape(X, (3, -1), order="F"))
    check(np.transpose(x, axes=(1, 0)), X.T)
    check(np.swapaxes(x, axis1=0, axis2=-1), X.T)
    check(np.fabs(x), np.fabs(X))
    check(np.vecdot(x, X), np.sum(X * X, axis=-1))
    with pytest.raises(ArgumentError, match=r"^\[np.clip\] got arguments that clnd's function does not take: .*'dtype'"):
        np.clip(x, 0, 1, dtype="float64")


def test_data_of_the_host_on_either_side() -> None:
    v, mask = X.reshape(-1), MASK.reshape(-1)
    check(clnd.extract(made(mask), v), v[mask])
    check(np.compress(made(mask), v), v[mask])
    check(clnd.histogram2d(made(v), v, 2)[0], np.histogram2d(v, v, 2)[0])
    for got, want in zip(clnd.broadcast_arrays(X, made(X[0]), [1.0]), np.broadcast_arrays(X, X[0], [1.0]), strict=True):
        check(got, want)


def test_classes_with_rules_of_their_own_answer_themselves() -> None:
    class Other:
        def __array_ufunc__(self, *given: Any, **more: Any) -> str:
            return "theirs"

    assert np.add(made(), Other()) == "theirs"


UNARY = ("rint", "deg2rad", "rad2deg", "modf", "frexp")
BINARY = ("fmod", "fmax", "fmin", "divmod", "heaviside", "float_power")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "uint8"])
@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_numpys_other_functions(name: str, dtype: str, has_dtype: None) -> None:
    """By clnd's name and by NumPy's, with a number on either side; several results as a tuple."""
    x, y = np.abs(X).astype(dtype), np.array([2, 1, 3], dtype)
    ufunc, function = getattr(np, name), getattr(clnd, name)
    calls = [((x,), (made(x),))] if name in UNARY else [((x, y), (made(x), made(y))), ((x, 2), (made(x), 2)), ((3, y), (3, made(y)))]
    for theirs, ours in calls:
        want, got, by_ufunc = ufunc(*theirs), function(*ours), ufunc(*ours)
        assert isinstance(got, tuple) == isinstance(want, tuple)
        for w, g, u in zip(*(v if isinstance(v, tuple) else (v,) for v in (want, got, by_ufunc)), strict=True):
            assert g.dtype == u.dtype == (w.dtype if x.dtype.kind == "f" and name != "float_power" else g.dtype)
            # NumPy computes small integers in float16, clnd in float32.
            np.testing.assert_allclose(g.asnumpy(), w, rtol=2e-3 if w.dtype == np.float16 else 1e-6)
            assert np.array_equal(g.asnumpy(), u.asnumpy())


def test_results_of_several() -> None:
    m, e = clnd.zeros((2, 3)), clnd.zeros((2, 3), dtype="int32")
    results = np.frexp(made(), out=(m, e))
    assert results[0] is m
    assert results[1] is e
    np.testing.assert_array_equal(m.asnumpy(), np.frexp(X)[0])
    np.testing.assert_array_equal(e.asnumpy(), np.frexp(X)[1])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_powers_of_two_are_rounded_once(ctx: Context, dtype: str) -> None:
    """Every bit pattern with every exponent: subnormal numbers, both ends of the range."""
    if not ctx.info.subnormals or (dtype == "float64" and not ctx.info.fp64):
        pytest.skip("the device has no such numbers")
    bits = {"float16": np.uint16, "float32": np.uint32, "float64": np.uint64}[dtype]
    rng = np.random.default_rng(1)
    x = rng.integers(0, np.iinfo(bits).max, 5000, dtype=bits, endpoint=True).view(dtype)
    far = 2500 if dtype == "float64" else 320
    n = rng.integers(-far, far, x.size).astype(np.int32)
    n[:2] = np.iinfo(np.int32).min, np.iinfo(np.int32).max
    with np.errstate(all="ignore"):
        want, (m, e) = np.ldexp(x, n), np.frexp(x)
    got, (gm, ge) = np.ldexp(made(x), made(n)), np.frexp(made(x))
    for g, w in ((got, want), (gm, m)):
        np.testing.assert_array_equal(g.asnumpy(), w)
        assert np.array_equal(np.signbit(g.asnumpy())[~np.isnan(w)], np.signbit(w)[~np.isnan(w)])
    assert ge.dtype == np.int32
    assert np.array_equal(ge.asnumpy()[np.isfinite(x)], e[np.isfinite(x)])
    with pytest.raises(DTypeError, match=r"^\[ldexp\] got float32 as the exponent; expected integers"):
        np.ldexp(made(x), made(X.reshape(-1)[:1]))


# --- arrays without dimensions, membership, printing ---------------------------------------------


def test_no_dimensions() -> None:
    x = clnd.asarray(3.5)
    with pytest.raises(TypeError, match=r"^\[len\] got an array without dimensions"):
        len(x)
    with pytest.raises(TypeError, match=r"^\[iter\] got an array without dimensions"):
        iter(x)
    assert not np.iterable(x)
    assert [float(v) for v in clnd.arange(3)] == [0, 1, 2]


def test_membership() -> None:
    x = made()
    assert None not in x
    assert "a" not in x
    assert 2.0 in x
    assert 17 not in x


def test_print_options_are_obeyed() -> None:
    x = np.linspace(0, 1, 50, dtype=np.float32)
    for options in ({"precision": 2}, {"threshold": 10, "edgeitems": 2}, {"threshold": 10, "edgeitems": 1, "precision": 1}, {"threshold": 10**6}):
        with np.printoptions(**options):
            assert str(made(x)) == str(x)
            assert str(made(x.reshape(5, 10))) == str(x.reshape(5, 10))
            body = re.split(r",\s+(shape|dtype)=", repr(x).removeprefix("array("))[0]
            assert repr(made(x)).startswith(f"array({body}, dtype=float32")


# --- contexts ----------------------------------------------------------------------------------


def test_no_operation_moves_an_array(ctx: Context) -> None:
    """Assignment and nd.concat refuse two contexts as a + b does; what moves has "to", "copyto" or "context" in its name."""
    env = {"CLND_PRETEND_GPU": ctx.info.driver, "CLND_DEVICE": str(ctx)}
    assert succeeds("""
        a, b = clnd.zeros(3), clnd.ones(3, device="gpu(0)")
        nd = clnd.nd
        c, d = nd.zeros((2, 2)), nd.ones((2, 2), ctx="gpu(0)")

        def set_to(x, key, value):
            x[key] = value

        for refused in (
            lambda: a + b, lambda: set_to(a, 0, b[0]), lambda: set_to(a, slice(None), b), lambda: set_to(c, slice(None), d),
            lambda: clnd.add(b, 1, out=a), lambda: np.add(b, 1, out=a), lambda: b.sum(keepdims=True, out=a[:1]),
            lambda: nd.concat(c, d), lambda: nd.stack(c, d), lambda: nd.ones((3,), ctx="gpu(0)", out=c[0]),
        ):
            try:
                refused()
            except clnd.ContextError as error:
                assert "expected one context" in str(error), error
            else:
                raise AssertionError("moved without a word")
        assert a.tolist() == [0, 0, 0] and not c.asnumpy().any()
        assert b.copyto(a) is a and a.tolist() == [1, 1, 1]
        d.copyto(c)
        assert c.asnumpy().all() and a.to_device("gpu(0)").ctx == b.ctx
        print("done")
    """, env=env, timeout=200) == "done\n"  # fmt: skip


def test_every_error_is_clnds() -> None:
    with pytest.raises(ClndError):
        made().sum(out=3)
