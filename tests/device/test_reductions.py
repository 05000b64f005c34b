"""Reductions against NumPy, and bit for bit against the model of the canonical order.

The bits of a sum depend on the logical shape and the axes alone: not on how the operand lies in
memory, not on whether it was computed on the way, not on the family of kernels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import clnd
from clnd import dtypes
from clnd.context import Context
from clnd.dtypes import ALL, COMPLEX, FLOAT, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.kernels.elementwise import GENERAL
from clnd.kernels.reduce import BLOCK, LANES
from clnd.ops import reductions
from clnd.profiler import counters
from tests.canonical import dot_reference, maximum, mean_reference, minimum, reduce_reference, var_reference
from tests.quick import some

Array = np.ndarray[Any, Any]
T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("few_dtypes_for_gpus")
# float16 adds up as float32, float64 takes its path; integers come in vectors of each size.
PATHS_FOR_GPUS = ("bool", "int8", "uint16", "uint64", "float32", "complex64")

FLOATING = ("float32", "float64", "float16", "complex64")
SIZES = (1, 2, 3, 5, LANES - 1, LANES, LANES + 1, 2 * LANES + 7, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + LANES + 5)
LARGE = BLOCK * LANES + 5


def needs(ctx: Context, dtype: Any) -> None:
    if facts(np.dtype(dtype)).needs_fp64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")


def sized(usual: T, checked: T) -> T:
    """``checked`` on a checker, which takes microseconds for an instruction: fewer elements, and the same paths."""
    return checked if clnd.current_context().info.driver == "oclgrind" else usual


def draw(dtype: Any, shape: Any, seed: int = 0) -> Array:
    """Numbers whose sums round in almost every step."""
    rng, to = np.random.default_rng(seed), np.dtype(dtype)
    if to.kind == "b":
        return rng.random(shape) < 0.5
    if to.kind in "iu":
        limits = np.iinfo(to)
        return rng.integers(limits.min, limits.max, shape, dtype=to, endpoint=True)
    x = rng.standard_normal(shape) * np.exp2(rng.integers(-4, 5, shape))
    if to.kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return np.asarray(x).astype(to)


def near_one(dtype: Any, shape: Any) -> Array:
    """Factors whose product neither overflows nor underflows."""
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(0, 0.01, shape))
    return np.asarray(x * np.exp(1j * rng.uniform(-1, 1, shape)) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def assert_same_bits(got: Any, want: Array) -> None:
    host = got.asnumpy()
    assert got.dtype == want.dtype
    assert host.shape == want.shape
    x, y = (np.atleast_1d(np.ascontiguousarray(v)) for v in (host, want))
    if want.dtype.kind == "c":
        x, y = x.view(want.real.dtype), y.view(want.real.dtype)
    same = (x == y) | ((x != x) & (y != y))
    if x.dtype.kind == "f":
        same &= (np.signbit(x) == np.signbit(y)) | (x != x)
    assert same.all(), (x[~same][:3], y[~same][:3], int((~same).sum()))


# --- the canonical order ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATING)
def test_sums_of_all_sizes(family: str, ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    for n in sized((*SIZES, LARGE), SIZES):
        x = draw(dtype, n, n)
        assert_same_bits(clnd.asarray(x).sum(), reduce_reference("sum", x))


@pytest.mark.parametrize("dtype", FLOATING)
def test_products_of_all_sizes(family: str, ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    for n in SIZES:
        x = near_one(dtype, n)
        assert_same_bits(clnd.asarray(x).prod(), reduce_reference("prod", x))


@pytest.mark.parametrize("dtype", FLOATING)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((300, 70), 0), ((300, 70), 1), ((300, 70), None), ((3, BLOCK + 1, 2), 1), ((3, 5, 700), (0, 2)), ((3, 5, 700), (1, 2)), ((3, 5, 700), (0, 1)),
        ((2 * BLOCK + 1, 9), 0), ((5, 2 * BLOCK + 1), 1), ((40, 3, 33), (0, 2)), ((4, 3, 5, 33), (1, 3)), ((2, LANES + 1, 17), 1), ((1, 1, 50), -1),
        ((31, 33), 0), ((70, 2), 1), ((7, 15), 1), ((15, 7), 0), ((4, 257), 0), ((6, 16, 3), (0, 1)),
    ],
)  # fmt: skip
def test_sums_over_axes(family: str, ctx: Context, form: str, dtype: str, shape: Any, axes: Any) -> None:
    needs(ctx, dtype)
    x = draw(dtype, shape)
    a = clnd.asarray(x)
    for keepdims in sized((False, True), (False,)):
        assert_same_bits(a.sum(axis=axes, keepdims=keepdims), reduce_reference("sum", x, axes, keepdims))


@given(array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=40), st.sampled_from(("float32", "float16", "complex64")), st.data())
def test_sums_over_any_axes(shape: tuple[int, ...], dtype: str, data: st.DataObject) -> None:
    while np.prod(shape) > sized(20000, 1000):
        shape = shape[:-1]
    axes = tuple(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1)))
    x = draw(dtype, shape)
    assert_same_bits(clnd.asarray(x).sum(axis=axes), reduce_reference("sum", x, axes))


def layouts(x: Array) -> dict[str, tuple[Any, Array]]:
    """The same elements in other places: for clnd, and as NumPy sees them."""
    spaced = np.zeros((2 * x.shape[0] + 1, 3 * x.shape[1]), x.dtype)
    spaced[1::2, ::3] = x
    other_way = clnd.asarray(np.ascontiguousarray(x[::-1, ::-1]))
    return {
        "contiguous": (clnd.asarray(x), x),
        "transposed": (clnd.asarray(np.ascontiguousarray(x.T)).T, x),
        "spaced": (clnd.asarray(spaced)[1::2, ::3], x),
        "reversed": (other_way[::-1, ::-1], x),
        "one row": (clnd.asarray(x)[:1].broadcast_to(x.shape), np.broadcast_to(x[:1], x.shape)),
        "one column": (clnd.asarray(x)[:, :1].broadcast_to(x.shape), np.broadcast_to(x[:, :1], x.shape)),
        "offset": (clnd.asarray(np.concatenate([x[:1], x]))[1:], x),
    }


@pytest.mark.parametrize("dtype", FLOATING)
@pytest.mark.parametrize("layout", tuple(layouts(np.zeros((1, 1), np.float32))))
def test_bits_do_not_depend_on_the_layout(family: str, ctx: Context, form: str, dtype: str, layout: str) -> None:
    needs(ctx, dtype)
    for shape in sized(((70, 300), (3, BLOCK + 70), (BLOCK + 70, 3)), ((9, 70), (70, 9))):
        a, x = layouts(draw(dtype, shape))[layout]
        for axes in (0, 1, None):
            assert_same_bits(a.sum(axis=axes), reduce_reference("sum", x, axes))


@pytest.mark.parametrize("dtype", FLOATING)
def test_a_producer_on_the_way_changes_nothing(family: str, ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    for shape in sized(((BLOCK + 77,), (5, BLOCK + 3), (300, 33)), ((BLOCK + 77,), (40, 33))):
        x, y = draw(dtype, shape, 1), draw(dtype, shape[-1:], 2)
        a, b = clnd.asarray(x), clnd.asarray(y)
        for axes in (0, -1, None):
            made = (a * 2 + b) * a
            clnd.evaluate(made)
            want = made.sum(axis=axes).asnumpy()
            assert_same_bits(((a * 2 + b) * a).sum(axis=axes), want)
            assert_same_bits(made.sum(axis=axes), reduce_reference("sum", made.asnumpy(), axes))


def test_zeros_keep_their_sign(family: str, ctx: Context) -> None:
    for n in (1, 3, LANES, LANES + 1, BLOCK + 1):
        minus = clnd.asarray(np.full((n, 3), -0.0, np.float32))
        assert np.signbit(minus.sum().asnumpy())
        assert np.signbit(minus.sum(axis=0).asnumpy()).all()
        assert np.signbit(minus.sum(axis=1).asnumpy()).all()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_means_and_variances(family: str, ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    x = draw(dtype, (41, 130))
    a = clnd.asarray(x)
    for axes in (0, 1, None):
        for keepdims in sized((False, True), (False,)):
            assert_same_bits(a.mean(axis=axes, keepdims=keepdims), mean_reference(x, axes, keepdims))
            assert_same_bits(a.var(axis=axes, keepdims=keepdims, correction=1), var_reference(x, axes, 1, keepdims))
        wide = var_reference(x.astype("float32") if dtype == "float16" else x, axes)
        assert_same_bits(a.std(axis=axes), np.sqrt(wide).astype(dtype))


def test_means_of_complex_numbers(ctx: Context) -> None:
    x = draw("complex64", (41, 130))
    a = clnd.asarray(x)
    assert np.allclose(a.mean(axis=0).asnumpy(), x.mean(axis=0), rtol=1e-5, atol=1e-6)
    assert a.var().dtype == np.float32
    assert np.allclose(a.var(axis=1).asnumpy(), x.var(axis=1), rtol=1e-5)
    assert np.allclose(a.std(axis=1).asnumpy(), x.std(axis=1), rtol=1e-5)


def test_means_of_halves_and_integers(ctx: Context) -> None:
    big = clnd.full((4000,), 60.0, dtype="float16")
    assert float(big.mean()) == 60.0
    assert np.isinf(big.sum().asnumpy())
    assert float(big.sum(dtype="float32")) == 240000.0
    assert clnd.arange(4).mean().dtype == np.float32
    assert float(clnd.arange(4).mean()) == 1.5
    assert float(clnd.arange(4).var()) == 1.25


@pytest.mark.parametrize("dtype", FLOATING)
def test_dot_products(family: str, ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    for n in SIZES:
        x, y = draw(dtype, n, 1), draw(dtype, n, 2)
        assert_same_bits(clnd.asarray(x) @ clnd.asarray(y), dot_reference(x, y))
    m, v = draw(dtype, (5, BLOCK + 9), 3), draw(dtype, BLOCK + 9, 4)
    rows = np.stack([dot_reference(row, v) for row in m])
    assert_same_bits(clnd.asarray(m) @ clnd.asarray(v), rows)
    assert_same_bits(clnd.asarray(v) @ clnd.asarray(np.ascontiguousarray(m.T)), np.stack([dot_reference(v, row) for row in m]))
    assert_same_bits(clnd.asarray(m[:1]) @ clnd.asarray(np.ascontiguousarray(v[:, None])), np.array([[dot_reference(m[0], v)]]))


@pytest.mark.parametrize("dtype", FLOATING)
def test_blocks_joined_by_their_task(ctx: Context, dtype: str) -> None:
    """Where results are many, a task joins the blocks of its row itself: one launch, and the bits of two."""
    needs(ctx, dtype)
    if ctx.info.family != "cpu":
        pytest.skip("a part of the kernels for CPUs")
    two_units = ctx.device.without_kernels()
    two_units.info = replace(two_units.info, compute_units=2)
    with ctx.played_by(two_units):
        for n, launches in sized(((BLOCK + 1, 1), (3 * BLOCK + LANES + 5, 1), (LANES * BLOCK, 1), (LANES * BLOCK + 1, 2)), ((2 * BLOCK + 5, 1),)):
            x = draw(dtype, (8, n), n)
            a = clnd.asarray(x)
            before = counters.copy()
            got = a.sum(axis=1)
            got.wait_to_read()
            assert (counters - before).launches == launches
            assert_same_bits(got, reduce_reference("sum", x, 1))
            highest = a.argmax(axis=1).asnumpy() if dtype != "complex64" else None
            assert highest is None or np.array_equal(highest, x.argmax(axis=1))


# --- every reduction on every dtype ---------------------------------------------------------------


@pytest.mark.parametrize("dtype", some(["float32", "float64", "int32", "uint64", "float16", "complex64"], "float32"))
@pytest.mark.parametrize("n", [2, 5, 9, 21, 32, 47, 129])
def test_short_rows(family: str, ctx: Context, dtype: str, n: int) -> None:
    """Rows that CPUs walk many at a time: vectors of one row and of several, whole and not, rounds of lanes that go on, and the next longer rows."""
    needs(ctx, dtype)
    host = draw(dtype, (sized(GENERAL // n + 37, 70), n), n)
    x = clnd.asarray(host)
    for y in (x, clnd.asarray(np.pad(host, ((0, 0), (2, 3))))[:, 2:-3], clnd.asarray(host[::-1].copy())[::-1], clnd.asarray(np.repeat(host, 2, 0)[1:])[::2], clnd.asarray(host.T.copy()).T):
        assert_same_bits(y.sum(axis=1), reduce_reference("sum", host, 1) if host.dtype.kind in "fc" else host.sum(1))
        if host.dtype.kind != "c":
            np.testing.assert_array_equal(y.max(axis=1).asnumpy(), host.max(1))
            np.testing.assert_array_equal(y.argmin(axis=1).asnumpy(), host.argmin(1))
    if host.dtype.kind == "f":
        assert_same_bits(x.var(axis=1), var_reference(host, axes=(1,)))
        # Operands that are the same along a row, and along all of them.
        row, column = draw(dtype, (1, n), 1), draw(dtype, (len(host), 1), 2)
        assert_same_bits((x * clnd.asarray(row) + clnd.asarray(column)).sum(axis=1), reduce_reference("sum", host * row + column, 1))


@pytest.mark.parametrize("dtype", some(["float32", "float64", "int32", "uint64", "float16", "complex64"], "float32"))
@pytest.mark.parametrize("results", [2, 3, 4, 16, 21, 33, 64])
def test_few_columns(family: str, ctx: Context, dtype: str, results: int) -> None:
    """Many rows of few results, which CPUs walk as one run: blocks that end within a round of lanes, and rows with something between them."""
    needs(ctx, dtype)
    for n in sized((BLOCK + GENERAL // results + 5, -(-GENERAL // results // BLOCK) * BLOCK + 31), (70,)):
        host = draw(dtype, (n, results), results)
        x = clnd.asarray(host)
        want = reduce_reference("sum", host, 0) if host.dtype.kind in "fc" else host.sum(0)
        for y in (x, clnd.asarray(np.pad(host, ((0, 0), (1, 1))))[:, 1:-1], clnd.asarray(np.pad(host, ((0, 0), (1, 70))))[:, 1:-70], clnd.asarray(host[::-1].copy())[::-1]):
            assert_same_bits(y.sum(axis=0), want)
        if host.dtype.kind != "c":
            np.testing.assert_array_equal(x.max(axis=0).asnumpy(), host.max(0))
            np.testing.assert_array_equal(x.argmin(axis=0).asnumpy(), host.argmin(0))
        if host.dtype.kind == "f":
            row, column = draw(dtype, (1, results), 1), draw(dtype, (n, 1), 2)
            assert_same_bits((x * clnd.asarray(row) + clnd.asarray(column)).sum(axis=0), reduce_reference("sum", host * row + column, 0))
            assert_same_bits(x.T @ clnd.asarray(column[:, 0]), np.array([dot_reference(host[:, c], column[:, 0]) for c in range(results)]))


@pytest.mark.parametrize("dtype", ALL, ids=str)
@pytest.mark.parametrize("name", tuple(reductions.TABLE))
def test_rows(family: str, ctx: Context, form: str, name: str, dtype: Any) -> None:
    needs(ctx, dtype)
    row = reductions.TABLE[name]
    shape = sized((37, 70), (17, 40))
    x = near_one(dtype, shape) if name == "prod" and dtype.kind in "fc" else draw(dtype, shape)
    a, function = clnd.asarray(x), {"sum": clnd.sum, "prod": clnd.prod, "min": clnd.min, "max": clnd.max, "any": clnd.any, "all": clnd.all}[name]
    if facts(dtype).kind not in row.takes:
        with pytest.raises(DTypeError, match=rf"\[{name}\] got {dtype.name}; it takes .*; cast with astype\(\)"):
            function(a)
        return
    cases = [(axes, keep) for axes in (None, 0, 1, (0, 1), ()) for keep in (False, True)]
    results = [function(a, axis=axes, keepdims=keep) for axes, keep in cases]
    clnd.evaluate(*results)
    for (axes, keep), got in zip(cases, results, strict=True):
        to = row.gives(dtype)
        if facts(dtype).kind in (FLOAT, COMPLEX) and axes != () and name in ("sum", "prod"):
            want = reduce_reference(name, x, axes, keep)
        elif axes == ():
            want = x.astype(to)
        else:
            values = x.astype(to) if name in ("sum", "prod") else x
            with np.errstate(over="ignore"):
                want = np.asarray(row.oracle(values, axis=axes, keepdims=keep)).astype(to)
        assert_same_bits(got, want)


@pytest.mark.parametrize(("name", "x"), [("sum", "int8"), ("sum", "float16"), ("sum", "float32"), ("prod", "uint8"), ("sum", "bool")])
@pytest.mark.parametrize("to", ["int16", "uint64", "float16", "float32", "complex64"])
def test_with_a_dtype(ctx: Context, name: str, x: str, to: str) -> None:
    # Elements are cast first, so the sum of a narrow dtype wraps or rounds as that dtype does.
    host = (np.random.default_rng(0).random((9, 11)) * 9).astype(x)
    a = clnd.asarray(host)
    got = getattr(clnd, name)(a, axis=0, dtype=to)
    values = host.astype(to)
    if np.dtype(to).kind in "fc":
        want = reduce_reference(name, values, 0)
    else:
        want = getattr(np, name)(values, axis=0, dtype=to)
    assert_same_bits(got, want)


def test_count_nonzero(ctx: Context) -> None:
    x = np.array([[0.0, -0.0, np.nan, 2], [0, 0, 0, 1]], np.float32)
    a = clnd.asarray(x)
    assert clnd.count_nonzero(a).asnumpy() == 3
    assert clnd.count_nonzero(a, axis=1).asnumpy().tolist() == [2, 1]
    assert clnd.count_nonzero(a, axis=0, keepdims=True).asnumpy().tolist() == [[0, 0, 1, 2]]
    assert clnd.count_nonzero(a).dtype == np.int64


# --- the least, the greatest and where ----------------------------------------------------------

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf], np.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_nan_zeros_and_ties(family: str, ctx: Context, form: str, dtype: str) -> None:
    needs(ctx, dtype)
    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 31, 33, 100, *sized((BLOCK + 33,), ())):
        rows = [rng.choice(SPECIAL[: 4 + k % 4], n) for k in range(8)] + [np.full(n, v) for v in SPECIAL]
        x = np.stack(rows).astype(dtype)
        for a, axis in ((clnd.asarray(x), 1), (clnd.asarray(np.ascontiguousarray(x.T)), 0)):
            for name, best in (("min", minimum), ("max", maximum)):
                want = x[:, 0]
                for column in x.T[1:]:
                    want = best(want, column)
                assert_same_bits(getattr(clnd, name)(a, axis=axis), want)
                # NumPy's rules: the first NaN wins, -0 equals +0, and the first of equal elements.
                places = {"min": np.argmin, "max": np.argmax}[name](x, axis=1).tolist()
                got = {"min": clnd.argmin, "max": clnd.argmax}[name](a, axis=axis)
                assert got.asnumpy().tolist() == places
                assert got.dtype == np.int64


# One of each size, whose vectors have as many elements.
SIZED = ("bool", "float16", "float32", "uint64")


@pytest.mark.parametrize("dtype", [d for d in ALL if facts(d).kind != COMPLEX], ids=str)
def test_arg_reductions(family: str, ctx: Context, form: str, dtype: Any) -> None:
    needs(ctx, dtype)
    shapes: tuple[tuple[int, ...], ...] = sized(((33, 50), (3, BLOCK + 40)), ((17, 20), (BLOCK + 40,)))
    if str(dtype) in SIZED:
        shapes += ((700,), (4, 5, 6), *sized(((BLOCK + 40, 3),), ()))
    for shape in shapes:
        x = draw(dtype, shape)
        a = clnd.asarray(x)
        for axis in (None, *range(len(shape))):
            for keepdims in sized((False, True), (False,)):
                low = clnd.argmin(a, axis=axis, keepdims=keepdims)
                high = clnd.argmax(a, axis=axis, keepdims=keepdims)
                assert_same_bits(low, np.asarray(np.argmin(x, axis=axis, keepdims=keepdims)))
                assert_same_bits(high, np.asarray(np.argmax(x, axis=axis, keepdims=keepdims)))


@pytest.mark.parametrize("steps", range(20, 36))
def test_arg_reductions_after_long_chains(ctx: Context, steps: int) -> None:
    # A chain that is never read runs at some depth: wherever that falls, the numbers of elements are right.
    x = draw("float32", (3, 50))
    a = clnd.asarray(x)
    for _ in range(steps):
        a = a * 0.5
    assert clnd.argmax(a, axis=1).asnumpy().tolist() == np.argmax(x, axis=1).tolist()


def test_arg_reductions_of_views(ctx: Context, form: str) -> None:
    x = draw("int32", (20, 30))
    a = clnd.asarray(x)
    assert int(clnd.argmax(a.T[::-1, ::2])) == int(np.argmax(x.T[::-1, ::2]))
    assert clnd.argmin(a[::3, ::-1], axis=0).asnumpy().tolist() == np.argmin(x[::3, ::-1], axis=0).tolist()
    assert int(clnd.argmax(a[0, 0])) == 0
    assert int(clnd.argmin(clnd.asarray(3.0))) == 0


# --- no elements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)])
def test_empty(ctx: Context, shape: Any) -> None:
    x, a = np.zeros(shape, np.float32), clnd.zeros(shape)
    for axis in (None, 0, -1):
        for name in ("sum", "prod", "any", "all"):
            want = np.asarray(getattr(np, name)(x, axis=axis))
            assert_same_bits(getattr(clnd, name)(a, axis=axis), want)
        count = np.count_nonzero(x, axis=axis)
        assert np.array_equal(clnd.count_nonzero(a, axis=axis).asnumpy(), count)
        kept = np.sum(x, axis=axis).shape
        for name in ("min", "max"):
            if x.shape[axis if axis is not None else 0] == 0 or axis is None:
                if np.prod(kept) == 0:
                    continue
                with pytest.raises(ArgumentError, match=rf"\[{name}\] got shape .* to reduce over axis .*there are no elements, and {name} of none"):
                    getattr(clnd, name)(a, axis=axis)
    with pytest.raises(ArgumentError, match=r"\[argmax\] got shape .* there are no elements, and argmax of none is undefined"):
        clnd.argmax(a)
    assert np.isnan(clnd.zeros((0,)).mean().asnumpy())
    assert np.isnan(clnd.zeros((0, 2)).var(axis=0).asnumpy()).all()


# --- errors --------------------------------------------------------------------------------------


def test_errors(ctx: Context) -> None:
    a = clnd.ones((3, 4))
    with pytest.raises(ArgumentError, match=r"\[sum\] got axis 2; expected an axis from -2 to 1"):
        a.sum(axis=2)
    with pytest.raises(ArgumentError, match=r"\[sum\] got axis \(0, 0\); expected each axis once"):
        a.sum(axis=(0, 0))
    with pytest.raises(DTypeError, match=r"\[sum\] got str; expected an array, a number or a sequence of numbers"):
        clnd.sum("x")
    with pytest.raises(DTypeError, match=r"\[argmax\] got complex64; it takes .*; take abs\(\) or real\(\) first"):
        clnd.argmax(clnd.ones((3,), dtype="complex64"))
    with pytest.raises(DTypeError, match=r"\[astype\] got complex64 to float32"):
        clnd.sum(clnd.ones((3,), dtype="complex64"), dtype=dtypes.float32)


def test_sums_and_products_as_bools(ctx: Context) -> None:
    for host in (np.array([1, 2, 0]), np.array([0.0, 0.0], np.float32), np.array([3, 1], np.uint8)):
        x = clnd.asarray(host)
        assert clnd.sum(x, dtype="bool").tolist() == np.sum(host, dtype=bool)
        assert x.prod(dtype=bool).tolist() == np.prod(host, dtype=bool)
