"""Every row of the table on every dtype against its NumPy oracle.

All rows of a dtype run in one call of ``evaluate`` over common operands, so that they share a few
kernels. Operands reach beyond the domains of most rows; results are compared where a row's oracle
is defined. What the rows promise at special values is tested below, and by the tests of the
functions themselves.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from clnd.context import Context
from clnd.dtypes import ALL, BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import ArgumentError, ContextError, DTypeError, ShapeError
from clnd.kernels import elementwise as kernel
from clnd.ops import elementwise
from clnd.ops.op import Binary, Op, Ternary
from tests import canonical
from tests.quick import some

Array = np.ndarray[Any, Any]

LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100)
REAL_DTYPES = [d for d in ALL if facts(d).kind != COMPLEX]
FLOATS = [d for d in ALL if facts(d).kind == FLOAT]
INTEGERS = [d for d in ALL if facts(d).kind in (INT, UINT)]

ids = pytest.mark.parametrize


def needs(ctx: Context, *some: Any) -> None:
    if any(facts(np.dtype(d)).needs_fp64 for d in some) and not ctx.info.fp64:
        pytest.skip("the device has no fp64")


def reals(n: int, seed: int) -> Array:
    """Numbers of several sizes: a half within [-1, 1], the rest up to 100 on either side."""
    rng = np.random.default_rng(seed)
    return np.select(
        [np.arange(n) % 6 < 3, np.arange(n) % 6 < 5], [rng.uniform(-1, 1, n), rng.uniform(-8, 8, n)], rng.uniform(-100, 100, n)
    )


def draw(dtype: Any, n: int, seed: int) -> Array:
    """``n`` operands of a dtype: of integers the whole range, small ones and the limits."""
    kind, rng = facts(dtype).kind, np.random.default_rng(seed)
    if kind == BOOL:
        return rng.random(n) < 0.5
    if kind in (INT, UINT):
        limits = np.iinfo(dtype)
        x = rng.integers(limits.min, limits.max, n, dtype=dtype, endpoint=True)
        x[::2] = rng.integers(-9 if kind == INT else 0, 10, len(x[::2]), dtype=dtype)
        edges = [limits.min, limits.max, 0, 1, limits.max - 1]
        where = rng.permutation(n)[: min(n // 3, 20)]
        x[where] = np.resize(np.array(edges, dtype), len(where))
        return x
    if kind == COMPLEX:
        return (reals(n, seed) / 16 + 1j * reals(n, seed + 100)[::-1] / 16).astype(dtype)
    return reals(n, seed).astype(dtype)


@functools.cache
def operands(dtype: Any, n: int) -> tuple[Array, ...]:
    return np.random.default_rng(9).random(n) < 0.5, draw(dtype, n, 1), draw(dtype, n, 2)


def taken(op: Op, cond: Any, x: Any, y: Any) -> tuple[Any, ...]:
    """The operands of a row, of three given ones."""
    if isinstance(op, Ternary):
        return cond, x, y
    if op is elementwise.pow and np.dtype(y.dtype).kind == "i":  # negative powers are faults: tests/device/test_faults.py
        y = y & int(np.iinfo(y.dtype).max)
    return (x, y) if isinstance(op, Binary) else (x,)


def wide(x: Array) -> Array:
    return x.astype({"f": np.float64, "c": np.complex128}.get(x.dtype.kind, x.dtype))


ORACLES: dict[str, Callable[..., Array]] = {
    "maximum": canonical.maximum,
    "minimum": canonical.minimum,
    "fmax": lambda x, y: np.where(np.isnan(x), y, np.where(np.isnan(y), x, canonical.maximum(x, y))),
    "fmin": lambda x, y: np.where(np.isnan(x), y, np.where(np.isnan(y), x, canonical.minimum(x, y))),
    "multiply": lambda x, y: canonical._multiplied(x, y),
    "square": lambda x: canonical._multiplied(x, x),
    # x / y says it for infinities, as the standard has it first; NumPy gives NaN, and -1 for -0.
    "floor_divide": lambda x, y: np.where(np.isinf(x) | np.isinf(y), x / y, x // y) if x.dtype.kind == "f" else x // y,
    "relu": lambda x: canonical.maximum(x, x.dtype.type(0)),
    "sign": lambda x: np.where(x == 0, x, x / np.abs(x)) if x.dtype.kind == "c" else np.sign(x),
}


def oracle(op: Op, xs: tuple[Array, ...]) -> Array:
    """What the row's oracle makes of operands cast to the dtype that the row computes in."""
    dtype = xs[-1].dtype
    compute = op.computes_in(dtype)
    if facts(compute).kind in op.held.stays_when:
        return xs[0]
    xs = tuple(x if x.dtype == np.bool_ and isinstance(op, Ternary) and k == 0 else x.astype(compute) for k, x in enumerate(xs))
    function = ORACLES.get(op.name, op.oracle)
    with np.errstate(all="ignore"):
        if op.ulp and facts(compute).kind in (FLOAT, COMPLEX) and op.name not in ORACLES:
            # NumPy's own float32 functions are off by some units.
            xs = tuple(wide(x) for x in xs)
        if op.held.raises:
            # Outside of its domain, where nothing is compared, the oracle would raise.
            xs = tuple(np.clip(x, *op.domain) for x in xs)
        result = np.asarray(function(*xs))
        return result.astype(op.gives(compute))


def in_domain(op: Op, xs: tuple[Array, ...]) -> Array:
    """Where the row's bound holds: its domain, for rows that are not exact."""
    inside = np.ones(xs[0].shape, bool)
    low, high = op.domain
    for x in xs:
        if facts(x.dtype).kind == COMPLEX:
            inside &= (np.abs(x) > 0.05) & (np.abs(np.abs(x.real) - 1) > 0.05)
        elif facts(x.dtype).kind == FLOAT:
            inside &= (x >= low) & (x <= high)
        elif op.floats:
            inside &= (wide(x).astype(np.float64) >= low) & (x.astype(np.float64) <= high)
    return inside


def units(got: Array, want: Array, least: Array | None = None) -> Array:
    """The distance in units of the last place of the wanted value (of the modulus, where complex), or of ``least``."""
    if got.dtype.kind == "c":
        real = want.real.dtype
        size = np.maximum(np.abs(wide(want)), np.finfo(real).smallest_normal)
        return np.abs(wide(got) - wide(want)) / (size * np.finfo(real).eps)
    size = np.maximum(np.abs(wide(want)), np.finfo(want.dtype).smallest_normal)
    if least is not None:
        size = np.maximum(size, least)
    return np.abs(wide(got) - wide(want)) / np.exp2(np.floor(np.log2(size))) / np.finfo(want.dtype).eps


def same(got: Array, want: Array) -> Array:
    """Equal bits, where every NaN is the same."""
    if got.dtype.kind == "c":
        return same(got.real, want.real) & same(got.imag, want.imag)
    if got.dtype.kind == "f":
        return ((got == want) & (np.signbit(got) == np.signbit(want))) | (np.isnan(got) & np.isnan(want))
    return got == want


def bound(op: Op, dtype: Any) -> float:
    """How far a result may be from the oracle's, in units of the last place."""
    if facts(dtype).is_half:
        return 1.0  # computed in float32 and rounded once
    if facts(dtype).kind == COMPLEX:
        return max(4 * op.ulp, 8)
    return 2 * op.ulp if dtype == dtypes.float64 else op.ulp


def complaint(op: Op, got: Array, xs: tuple[Array, ...]) -> str:
    """What is wrong with a row's result; empty where nothing is."""
    want = oracle(op, xs)
    if got.dtype != want.dtype or got.dtype != op.gives(op.computes_in(xs[-1].dtype)):
        return f"{op.name}: got dtype {got.dtype}, expected {want.dtype}"
    compute = op.computes_in(xs[-1].dtype)
    kind = facts(compute).kind
    exact = not op.ulp or kind not in (FLOAT, COMPLEX) or kind in op.held.exact_when or want.dtype.kind == "b"
    if exact:
        ok = same(got, want)
        if kind in op.held.any_zero_when:
            ok |= got == want  # the sign of a zero is no promise
        shown = "equal"
    else:
        with np.errstate(all="ignore"):
            # A sum of logarithms that cancel is as good as its terms.
            away = units(got, want, np.max(np.abs(xs), axis=0) if op.held.cancels else None)
        # A zero of which the oracle's rounding left something is as near as it gets.
        ok = ~in_domain(op, xs) | (away <= bound(op, want.dtype)) | ~np.isfinite(want)
        shown = f"within {bound(op, want.dtype)} units ({np.max(np.where(ok, 0, away), initial=0):.3g})"
    if ok.all():
        return ""
    k = int(np.argmin(ok))
    return f"{op.name}({', '.join(repr(x[k]) for x in xs)}) = {got[k]!r}, expected {want[k]!r}, {shown}; {(~ok).sum()} of {ok.size}"


def rows_taking(dtype: Any) -> list[Op]:
    return [op for op in elementwise.TABLE.values() if facts(dtype).kind in op.takes]


def computed(dtype: Any, xs: tuple[Array, ...]) -> dict[str, Array]:
    """Every row that takes the dtype, run together."""
    arrays = [clnd.asarray(x) for x in xs]
    results = {op.name: op.apply(*taken(op, *arrays)) for op in rows_taking(dtype)}
    clnd.evaluate(*results.values())
    return {name: r.asnumpy() for name, r in results.items()}


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_rows(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    xs = operands(dtype, 300)
    results = computed(dtype, xs)
    wrong = [complaint(op, results[op.name], taken(op, *xs)) for op in rows_taking(dtype)]
    assert not [w for w in wrong if w]
    # An element's result depends on itself only: tails of vectors give the bits of whole ones.
    for n in LENGTHS:
        shorter = computed(dtype, tuple(x[-n:] for x in xs))
        assert not [name for name, r in shorter.items() if not same(r, results[name][-n:]).all()], n


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_rows_refuse(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    x, cond = clnd.asarray(np.ones(3, dtype)), clnd.asarray(np.ones(3, bool))
    for op in elementwise.TABLE.values():
        if facts(dtype).kind not in op.takes:
            with pytest.raises(DTypeError, match=rf"^\[{op.name}\] got {dtype.name}; it takes [a-z, ]+; cast with astype\(\)"):
                op.apply(*taken(op, cond, x, x))


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, np.inf, -np.inf, np.nan]


def specials(dtype: Any) -> Array:
    info = np.finfo(dtype)
    limits = [info.max, info.min, info.smallest_normal, -info.smallest_normal, info.smallest_subnormal, -info.smallest_subnormal]
    limits += [float(info.smallest_normal) / 2, 1 + float(info.eps), 1 - float(info.epsneg), 1 / float(info.eps), 0.5 / float(info.eps) + 0.5]
    return np.array([*SPECIAL, *limits], dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_rows_at_special_values(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    s = specials(dtype)
    x, y = (np.ascontiguousarray(g.ravel()) for g in np.meshgrid(s, s))
    cond = np.arange(x.size) % 2 == 0
    results = computed(dtype, (cond, x, y))
    wrong = []
    for op in rows_taking(dtype):
        xs = taken(op, cond, x, y)
        if not op.held.specials:
            continue
        got, want = results[op.name], oracle(op, xs)
        ok = same(got, want)
        if op.ulp:
            with np.errstate(all="ignore"):
                ok |= (units(got, want) <= max(bound(op, want.dtype), 2)) | (got == want)
        if facts(dtype).kind in op.held.any_zero_when:
            ok |= got == want
        if not ctx.info.subnormals:
            tiny = np.finfo(dtype).smallest_normal
            ok |= np.any([(x != 0) & (np.abs(x) < tiny) for x in xs], axis=0) | (np.abs(wide(want)) < tiny)
        if not ok.all():
            k = int(np.argmin(ok))
            wrong.append(f"{op.name}({', '.join(repr(v[k]) for v in xs)}) = {got[k]!r}, expected {want[k]!r}; {(~ok).sum()}")
    assert not wrong


def test_halves_round_once_an_operation(ctx: Context) -> None:
    x = clnd.asarray(np.array([2048.0, 65504.0, 6e-8], np.float16))
    one = clnd.asarray(np.array([1.0, 16.0, 0.0], np.float16))
    h = np.float16
    with np.errstate(over="ignore"):
        want = np.array([(h(2048) + h(1)) + h(1), (h(65504) + h(16)) - h(16), (h(6e-8) * h(0.5)) * h(2)], h)
    got = clnd.where(clnd.asarray([True, False, False]), (x + one) + one, (x + one) - one)
    got = clnd.where(clnd.asarray([False, False, True]), (x * 0.5) * 2, got).asnumpy()
    assert same(got, want).all()


# --- integers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integers_at_their_limits(ctx: Context, dtype: Any) -> None:
    limits = np.iinfo(dtype)
    signed = facts(dtype).kind == INT
    bits = limits.bits
    edge = [limits.min, limits.max, limits.max - 1, 0, 1, 2, 3, 7, bits - 1, bits, bits + 1, min(2 * bits, limits.max)]
    edge += [-1, -2, -3, -7, limits.min + 1] if signed else []
    s = np.array(edge, dtype)
    x, y = (np.ascontiguousarray(g.ravel()) for g in np.meshgrid(s, s))
    a, b = clnd.asarray(x), clnd.asarray(y)
    some = ("add", "subtract", "multiply", "floor_divide", "remainder", "bitwise_left_shift", "bitwise_right_shift", "maximum", "minimum", "pow")
    results = {name: elementwise.TABLE[name].apply(*taken(elementwise.TABLE[name], None, a, b)) for name in some}
    results |= {name: elementwise.TABLE[name].apply(a) for name in ("negative", "abs", "square", "sign", "bitwise_invert")}
    clnd.evaluate(*results.values())
    for name, r in results.items():
        op = elementwise.TABLE[name]
        want = oracle(op, taken(op, None, x, y))
        assert (r.asnumpy() == want).all(), name


def test_what_c_leaves_undefined(ctx: Context) -> None:
    x = clnd.asarray(np.array([2**31 - 1, -(2**31), 5, -5], np.int32))
    zero = clnd.asarray(np.zeros(4, np.int32))
    assert (x + 1 > x).asnumpy().tolist() == [False, True, True, True]
    assert ((x * 2) // 2 == x).asnumpy().tolist() == [False, False, True, True]
    assert (x // zero).asnumpy().tolist() == [0, 0, 0, 0]
    assert (x % zero).asnumpy().tolist() == [0, 0, 0, 0]
    assert (x // -1).asnumpy().tolist() == [-(2**31 - 1), -(2**31), -5, 5]
    assert (x % -1).asnumpy().tolist() == [0, 0, 0, 0]
    assert (x << 32).asnumpy().tolist() == [0, 0, 0, 0]
    assert (x >> 40).asnumpy().tolist() == [0, -1, 0, -1]


# --- casts ---------------------------------------------------------------------------------------


def cast_by_rule(x: Array, to: Any) -> Array:
    """NumPy's cast, with a rule where C leaves it open: NaN is 0, what is out of range clamps."""
    if x.dtype.kind == "f" and to.kind in "iu":
        limits = np.iinfo(to)
        clean = np.where(np.isnan(x), 0, np.trunc(wide(x)))
        # float(max) of 64 bits is one above it, so the comparison is made before the cast.
        inside = (clean > float(limits.min)) & (clean < float(limits.max))
        whole = np.where(inside, clean, 0).astype(to)
        return np.where(inside, whole, np.where(clean <= float(limits.min), np.array(limits.min, to), np.array(limits.max, to)))
    with np.errstate(all="ignore"):
        return x.astype(to)


def cast_values(dtype: Any) -> Array:
    x = draw(dtype, 60, 5)
    if facts(dtype).kind == FLOAT:
        edges = [float(v) for b in (8, 16, 32, 64) for v in (2**b, 2**b - 1, 2 ** (b - 1), 2 ** (b - 1) - 1, -(2 ** (b - 1)), -(2 ** (b - 1)) - 1)]
        halves = [2049.0, 2051.0, 65519.0, 65520.0, 1e-8, 2.0**-25, 2.0**-25 * 1.0000001, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1e300, 1e-300]
        with np.errstate(over="ignore"):
            x = np.concatenate([x, specials(dtype), np.array(edges, dtype), -np.array(halves, dtype), np.array(halves, dtype)])
    if facts(dtype).kind == COMPLEX:
        x = np.concatenate([x, np.array([complex(a, b) for a in (0.0, -0.0, np.nan, np.inf, 1e30) for b in (0.0, -0.0, np.nan, -np.inf)], dtype)])
    return x


@pytest.mark.parametrize("source", ALL, ids=str)
def test_casts(ctx: Context, source: Any) -> None:
    needs(ctx, source)
    x = cast_values(source)
    a = clnd.asarray(x)
    targets = [d for d in ALL if ctx.info.fp64 or not facts(d).needs_fp64]
    if facts(source).kind == COMPLEX:
        for to in targets:
            if facts(to).kind not in (COMPLEX, BOOL):
                with pytest.raises(DTypeError, match=rf"\[astype\] got {source.name} to {to.name}; the imaginary part would be lost"):
                    a.astype(to)
        targets = [d for d in targets if facts(d).kind in (COMPLEX, BOOL)]
    results = {to: a.astype(to) for to in targets}
    clnd.evaluate(*results.values())
    for to, result in results.items():
        got, want = result.asnumpy(), cast_by_rule(x, to)
        assert got.dtype == to
        ok = same(got, want)
        if not ctx.info.subnormals and to.kind == "f":
            ok |= np.abs(wide(x)) < np.finfo(to).smallest_normal
        assert ok.all(), (to, x[~ok][:5], got[~ok][:5], want[~ok][:5])


def test_a_double_becomes_a_half_in_one_rounding(ctx: Context) -> None:
    needs(ctx, np.float64)
    x = np.array([1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-11 - 2.0**-40, 2.0**-25 + 2.0**-60, 65519.999999999], np.float64)
    assert same(clnd.asarray(x).astype("float16").asnumpy(), x.astype(np.float16)).all()


def test_astype_copies_unless_told_not_to(ctx: Context) -> None:
    a = clnd.asarray([1, 2, 3])
    assert a.astype("int64", copy=False) is a
    b = a.astype("int64")
    b[0] = 9
    assert a.tolist() == [1, 2, 3]


# --- promotion and numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("left", ALL, ids=str)
def test_mixed_dtypes(ctx: Context, left: Any) -> None:
    needs(ctx, left)
    x = draw(left, 21, 1)
    a, sums = clnd.asarray(x), {}
    for right in ALL:
        if facts(right).needs_fp64 and not ctx.info.fp64:
            continue
        y = draw(right, 21, 2)
        try:
            to = dtypes.promote("add", left, right)
        except DTypeError:
            with pytest.raises(DTypeError, match=rf"\[add\] got {left.name} and {right.name}; no integer dtype holds both"):
                a + clnd.asarray(y)
            continue
        sums[right] = a + clnd.asarray(y), cast_by_rule(x, to), cast_by_rule(y, to)
    clnd.evaluate(*(s for s, _, _ in sums.values()))
    for right, (result, p, q) in sums.items():
        with np.errstate(all="ignore"):
            want = p + q
        assert result.dtype == want.dtype
        assert same(result.asnumpy(), want).all(), right


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_pythons_numbers_do_not_widen_and_numpys_do(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    kind = facts(dtype).kind
    x = draw(dtype, 19, 3)
    a = clnd.asarray(x)
    numbers: list[Any] = [True, 3, 2.5, np.int16(3), np.float64(2.5), np.float32(2.5)]
    numbers += [1 + 2j] if ctx.info.fp64 or kind != FLOAT else []
    results = []
    for number in numbers:
        # np.float64 is a Python float by its class.
        strong = isinstance(number, np.generic) and not isinstance(number, float)
        if strong and dtypes._promote(dtype, number.dtype) is None:
            with pytest.raises(DTypeError, match=rf"\[add\] got {dtype.name} and {number.dtype.name}"):
                a + number
            continue
        to = dtypes.promote("add", dtype, number.dtype if strong else dtypes.scalar_dtype("add", number, dtype))
        if facts(to).needs_fp64 and not ctx.info.fp64:
            continue
        results.append((a + number, number + a, number, to))
    clnd.evaluate(*(r for r, _, _, _ in results), *(r for _, r, _, _ in results))
    for right, left, number, to in results:
        with np.errstate(all="ignore"):
            want = cast_by_rule(x, to) + np.array(number).astype(to)
        assert right.dtype == left.dtype == to
        assert same(right.asnumpy(), want).all(), number
        assert same(left.asnumpy(), want).all(), number


def test_numbers_that_a_dtype_does_not_hold(ctx: Context) -> None:
    a = clnd.asarray(np.zeros(3, np.uint8))
    for number in (256, -1):
        with pytest.raises(DTypeError, match=rf"\[add\] got {number}, which uint8 does not hold \(0 to 255\); cast the array"):
            a + number
    h = clnd.asarray(np.ones(2, np.float16))
    assert np.isinf((h + 1e30).asnumpy()).all()
    assert (clnd.asarray(np.ones(2, np.float32)) + 10**400).asnumpy().tolist() == [np.inf, np.inf]
    assert (clnd.asarray(np.ones(2, np.float32)) - 10**400).asnumpy().tolist() == [-np.inf, -np.inf]


def test_numbers_are_rounded_to_the_dtype_first(ctx: Context) -> None:
    h = clnd.asarray(np.array([1.0, 3.0], np.float16))
    assert same((h * 0.1).asnumpy(), h.asnumpy() * np.float16(0.1)).all()
    f = clnd.asarray(np.array([1.0, 3.0], np.float32))
    assert same((f * 0.1).asnumpy(), f.asnumpy() * np.float32(0.1)).all()
    assert same((f + (2**24 + 1)).asnumpy(), f.asnumpy() + np.float32(2**24 + 1)).all()


def test_special_numbers(ctx: Context) -> None:
    x = clnd.asarray(np.array([1.0, -1.0], np.float32))
    assert np.isnan((x + float("nan")).asnumpy()).all()
    assert (x * float("inf")).asnumpy().tolist() == [np.inf, -np.inf]
    zero = clnd.asarray(np.array([0.0, -0.0], np.float32))
    # Both zeros in one kernel: they must not be taken for the same number.
    both = (zero * 0.0 - 0.0, zero * -0.0 - 0.0)
    clnd.evaluate(*both)
    assert np.signbit(both[0].asnumpy()).tolist() == [False, True]
    assert np.signbit(both[1].asnumpy()).tolist() == [True, False]


# --- where, clip, powers -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_where(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    cond, x, y = operands(dtype, 37)
    c, a, b = (clnd.asarray(v) for v in (cond, x, y))
    results = [clnd.where(c, a, b), clnd.where(c, a, 1), clnd.where(c, 0, b), clnd.where(a, a, b), clnd.where(c, a[:1], b)]
    one, zero = (np.asarray(v, results[1].dtype) for v in (1, 0))
    wants = [
        np.where(cond, x, y), np.where(cond, x.astype(one.dtype), one), np.where(cond, zero, y.astype(one.dtype)),
        np.where(x != 0, x, y), np.where(cond, x[:1], y),
    ]  # fmt: skip
    clnd.evaluate(*results)
    for got, want in zip(results, wants, strict=True):
        assert got.dtype == want.dtype
        assert same(got.asnumpy(), want).all()


def test_where_of_numbers(ctx: Context) -> None:
    c = clnd.asarray([True, False, True])
    assert clnd.where(c, 1, 0).asnumpy().tolist() == [1, 0, 1]
    assert clnd.where(c, 1, 0).dtype == np.int64
    assert clnd.where(c, 1.5, 0).dtype == np.float32
    assert clnd.where(c, True, False).dtype == np.bool_
    assert clnd.where(True, c, c).asnumpy().tolist() == [True, False, True]
    # Both values are computed; the one that is not chosen leaves no trace.
    x = clnd.asarray(np.array([0.0, 4.0], np.float32))
    assert clnd.where(x > 0, 1 / x, x).asnumpy().tolist() == [0.0, 0.25]


@pytest.mark.parametrize("dtype", [d for d in REAL_DTYPES if d != dtypes.bool_], ids=str)
def test_clip(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    x = draw(dtype, 41, 4)
    a = clnd.asarray(x)
    results = [clnd.clip(a, 1, 5), clnd.clip(a, None, 5), clnd.clip(a, 1, None), clnd.clip(a), clnd.clip(a, a[::-1], None)]
    wants = [np.clip(x, 1, 5), np.minimum(x, 5), np.maximum(x, 1), x, np.maximum(x, x[::-1])]
    clnd.evaluate(*results)
    for got, want in zip(results, wants, strict=True):
        assert got.dtype == dtype
        assert same(got.asnumpy(), want.astype(dtype)).all()


def test_clip_keeps_nan_and_the_dtype(ctx: Context) -> None:
    x = clnd.asarray(np.array([np.nan, 2.0, -2.0], np.float32))
    assert same(clnd.clip(x, -1, 1).asnumpy(), np.array([np.nan, 1, -1], np.float32)).all()
    with pytest.raises(ArgumentError, match=r"\[clip\] got bounds 0.5 and 2 that int64 does not hold; .* cast the array first"):
        clnd.clip(clnd.asarray([1, 2, 3]), 0.5, 2)


def test_clip_by_arrays_of_other_dtypes() -> None:
    x = clnd.asarray(np.array([1, 200, 50], np.uint8))
    low, high = np.array([0, -5, 60]), np.array([300, 100, 300])
    for bounds in ((low, high), (clnd.asarray(low), clnd.asarray(high))):
        assert clnd.clip(x, *bounds).tolist() == [1, 100, 60]  # not what is left of 300 and -5 in eight bits
    assert clnd.clip(x, np.int64(2), np.uint8(60)).tolist() == [2, 60, 50]
    with pytest.raises(ArgumentError, match=r"\[clip\] got bounds of float32 for uint8, which does not hold them; cast the array or the bounds"):
        clnd.clip(x, clnd.asarray([0.5, 1, 2]), None)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_powers_that_are_operations(ctx: Context, dtype: Any) -> None:
    needs(ctx, dtype)
    x = np.abs(draw(dtype, 50, 7)) + dtype.type(0.25)
    a = clnd.asarray(x)
    results = [a**2, a**2.0, a**0.5, a**-1, a**1]
    clnd.evaluate(*results)
    for got, want in zip(results, [x * x, x * x, np.sqrt(x), dtype.type(1) / x, x], strict=True):
        assert same(got.asnumpy(), want).all()
    b = clnd.asarray(x)
    b **= 2
    assert same(b.asnumpy(), x * x).all()


def test_integer_powers(ctx: Context) -> None:
    x = np.array([0, 1, -1, 2, -3, 7], np.int32)
    a = clnd.asarray(x)
    for p in (0, 1, 2, 3, 5):
        assert (a**p).asnumpy().tolist() == (x**p).tolist()
    assert (2 ** clnd.asarray(np.array([0, 1, 5, 30], np.int32))).asnumpy().tolist() == [1, 2, 32, 2**30]
    for p in (-1, -2):
        with pytest.raises(ArgumentError, match=rf"\[pow\] got int32 to the power {p}; negative integer powers of integers are not integers"):
            a**p
    with pytest.raises(ArgumentError, match=r"\[pow\] got int32 to the power -2"):
        a **= -2
    with pytest.raises(ArgumentError, match=r"\[pow\] got int32 to the power -2"):
        clnd.pow(a, -2)
    assert same((a.astype("float32") ** -2).asnumpy()[3:5], np.array([0.25, 1 / 9], np.float32)).all()


# --- complex numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_parts(ctx: Context, dtype: str) -> None:
    needs(ctx, dtype)
    z = draw(np.dtype(dtype), 35, 1)
    a = clnd.asarray(z)
    results = [a.real, a.imag, a.conj(), a + a.real, a * 1j, a == a, abs(a)]
    clnd.evaluate(*results)
    real = z.real.dtype
    assert [r.dtype for r in results] == [real, real, z.dtype, z.dtype, z.dtype, np.bool_, real]
    assert same(results[0].asnumpy(), z.real).all()
    assert same(results[1].asnumpy(), z.imag).all()
    assert same(results[2].asnumpy(), z.conj()).all()
    assert same(results[3].asnumpy(), z + z.real).all()
    assert same(results[4].asnumpy(), canonical._multiplied(z, np.full_like(z, 1j))).all()
    assert results[5].asnumpy().all()
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        assert np.array_equal(compare(a, a[::-1]).asnumpy(), compare(z, z[::-1]))


# --- operators, broadcasting, errors --------------------------------------------------------------

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]
BIT_OPERATORS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_products_that_overflow_are_nan_only_where_the_true_part_is(ctx: Context, dtype: str) -> None:
    if dtype == "complex128" and not ctx.info.fp64:
        pytest.skip("no fp64")
    most = float(np.finfo(dtype).max)
    parts = [most, -most, most / 2, most**0.5, -(most**0.5) * 1.5, 1.0, -0.0, np.inf, np.nan]
    numbers = np.array([complex(a, b) for a in parts for b in parts], dtype)
    x, y = np.repeat(numbers, len(numbers)), np.tile(numbers, len(numbers))
    with np.errstate(all="ignore"):  # a long double holds every product
        wide = x.astype(np.clongdouble) * y.astype(np.clongdouble)
        expected = wide.astype(dtype)
    a, b = clnd.asarray(x), clnd.asarray(y)
    for got in (a * b, clnd.multiply(b, a)):
        for part, true in ((got.real, expected.real), (got.imag, expected.imag)):
            np.testing.assert_array_equal(np.isnan(part.asnumpy()), np.isnan(true))
    squares = clnd.square(clnd.asarray(numbers)).asnumpy()
    np.testing.assert_array_equal(squares, (clnd.asarray(numbers) * clnd.asarray(numbers)).asnumpy())
    assert squares[0].real == 0
    assert squares[0].imag == np.inf



def test_operators(ctx: Context) -> None:
    x, y = np.array([7, -7, 9, 2], np.int32), np.array([2, 3, 1, 5], np.int32)
    a, b = clnd.asarray(x), clnd.asarray(y)
    cases = [(f, p, q) for f in (*OPERATORS, *BIT_OPERATORS, *COMPARISONS) for p, q in ((a, b), (a, 2), (9, b))]
    results = [(f, f(p, q), f(*(v.asnumpy() if isinstance(v, clnd.Array) else v for v in (p, q)))) for f, p, q in cases]
    clnd.evaluate(*(r for _, r, _ in results))
    for f, got, want in results:
        assert np.allclose(got.asnumpy(), want, rtol=1e-6), f
    for unary in (operator.neg, operator.pos, operator.abs, operator.invert):
        assert (unary(a).asnumpy() == unary(x)).all()


def test_operands_of_the_host(ctx: Context) -> None:
    a = clnd.asarray(np.arange(3, dtype=np.float32))
    host = np.array([1, 2, 3], np.float32)
    assert type(host + a) is clnd.Array
    assert (host + a).asnumpy().tolist() == [1, 3, 5]
    assert (a - host).asnumpy().tolist() == [-1, -1, -1]
    assert (a + [1, 2, 3]).asnumpy().tolist() == [1, 3, 5]
    assert ([1.0, 2.0, 3.0] + a).asnumpy().tolist() == [1, 3, 5]
    assert type(np.float32(2) * a) is clnd.Array
    assert type(np.sin(a)) is clnd.Array
    with pytest.raises(TypeError):
        a + "1"
    with pytest.raises(TypeError):
        a + None
    assert (a == None) is False  # noqa: E711 - as NumPy's scalars: no element to compare with


@pytest.mark.parametrize(
    ("p", "q"), [((3, 1), (1, 4)), ((4,), (3, 4)), ((), (3, 4)), ((2, 1, 5), (3, 1)), ((1,), (7,)), ((5, 40), (40,)), ((3, 1, 33), (4, 1)), ((2, 3, 4, 5, 6), (3, 1, 5, 1)), ((0,), (1,)), ((3, 0), (1, 1))]
)
def test_broadcasting(ctx: Context, form: str, p: Any, q: Any) -> None:
    x, y = np.random.default_rng(0).random(p, np.float32), np.random.default_rng(1).random(q, np.float32)
    got = clnd.asarray(x) * clnd.asarray(y) + clnd.asarray(y)
    assert got.shape == (x * y + y).shape
    assert same(got.asnumpy(), x * y + y).all()


@pytest.mark.parametrize("dtype", some(["float32", "float16", "float64", "int8", "uint64"], "float32", "int8"))
@pytest.mark.parametrize("columns", [2, 3, 4, 9, 16, 17, 21, 63, 64, 65])
def test_tables_of_short_rows(ctx: Context, form: str, dtype: str, columns: int) -> None:
    """A row and a column beside a table: rows shorter and longer than a vector, and results that end within one."""
    needs(ctx, dtype)
    rows, of = 37, np.dtype(dtype)
    host, row, column = (draw(of, n, seed) for seed, n in enumerate((rows * columns, columns, 2 * rows)))
    host = host.reshape(rows, columns)
    x, r, c = clnd.asarray(host), clnd.asarray(row), clnd.asarray(column)
    with np.errstate(all="ignore"):
        for got, want in (
            (x + r, host + row),
            (x - c[:rows, None], host - column[:rows, None]),
            (c[::2, None] + r * x, column[::2, None] + row * host),
            (r + c[:rows, None], row + column[:rows, None]),
            (x[:, :2] + c[1::2, None], host[:, :2] + column[1::2, None]),
        ):
            assert same(got.asnumpy(), want).all()
        # A chain that is written once, and one that ends in its own operand.
        for _ in range(5):
            x, host = x + r, host + row
            x, host = c[:rows, None] - x, column[:rows, None] - host
        x += r
        assert same(x.asnumpy(), host + row).all()


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "float32", "complex64"])
def test_results_past_the_caches(ctx: Context, monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    """Large results are written past the caches: two of one kernel, ends that are no whole vector, and tables."""
    needs(ctx, dtype)
    ctx.device.plans.clear()
    monkeypatch.setattr(kernel, "_LARGE_BYTES", 0)
    monkeypatch.setattr(kernel, "GENERAL", 0)
    try:
        for n in (*LENGTHS, 20_000, 40_011):
            host, other = draw(np.dtype(dtype), n, 1), draw(np.dtype(dtype), n, 2)
            x, y = clnd.asarray(host), clnd.asarray(other)
            with np.errstate(all="ignore"):
                made = (x + y, x == y)
                clnd.evaluate(*made)
                assert same(made[0].asnumpy(), host + other).all()
                assert (made[1].asnumpy() == (host == other)).all()
                table = host[: n // 7 * 7].reshape(-1, 7)
                assert same((clnd.asarray(table) + x[:7]).asnumpy(), table + host[:7]).all() if len(table) else True
    finally:
        ctx.device.plans.clear()


def test_errors_of_operations(ctx: Context) -> None:
    a = clnd.ones((2, 3))
    with pytest.raises(ShapeError, match=r"\[add\] got shapes \(2, 3\), \(4,\); they do not broadcast: axis -1 has lengths 3 and 4"):
        a + clnd.ones((4,))
    with pytest.raises(DTypeError, match=r"\[sin\] got str; expected an array, a number or a sequence of numbers"):
        clnd.sin("x")
    with pytest.raises(DTypeError, match=r"\[array\] got a str as an operand; expected a clnd array, a NumPy array or a number"):
        clnd.add(a, "x")
    with pytest.raises(ContextError, match=r"there is no gpu\(99\); there are: .*choose one of these, or install"):
        a.to_device("gpu(99)")
