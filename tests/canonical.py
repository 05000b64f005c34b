"""The canonical orders of sums, in NumPy: what every device must reproduce bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clnd.kernels.reduce import BLOCK, LANES

Array = np.ndarray[Any, Any]

KC = 256
"""Values of k in a chunk of a product. Written here a second time: it is a part of every result."""


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b rounded, and what the rounding lost, exactly (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a * b in float64 rounded, and what the rounding lost, exactly (Dekker)."""

    def split(x: Array) -> tuple[Array, Array]:
        t = x * 134217729.0  # 2^27 + 1
        high = t - (t - x)
        return high, x - high

    p = a * b
    (ah, al), (bh, bl) = split(a), split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def _sum_to_odd(a: Array, b: Array) -> Array:
    """a + b in float64 rounded to odd: rounding it once more, to fewer bits, is then harmless."""
    s, lost = _two_sum(a, b)
    bits = s.view(np.int64)
    even = (bits & 1) == 0
    # Away from zero where what was lost has the sign of the sum, else towards it.
    step = np.where((lost > 0) == (s > 0), 1, -1)
    return np.where((lost != 0) & even & np.isfinite(s), bits + step, bits).view(np.float64)


def fma(a: Array, b: Array, c: Array) -> Array:
    """a * b + c rounded once, for float32 and float64 (products must not underflow or overflow)."""
    with np.errstate(all="ignore"):
        if a.dtype == np.float32:
            wide = [np.asarray(x, np.float64) for x in (a, b, c)]
            return _sum_to_odd(np.atleast_1d(wide[0] * wide[1]), wide[2]).astype(np.float32).reshape(np.shape(a * b + c))
        # Boldo and Melquiond, "Emulation of FMA and correctly rounded sums" (2008).
        plain = a * b + c
        uh, ul = _two_product(a, b)
        th, tl = _two_sum(c, ul)
        vh, vl = _two_sum(uh, th)
        exact = vh + _sum_to_odd(np.atleast_1d(tl), vl).reshape(np.shape(plain))
        return np.where(np.isfinite(plain) & np.isfinite(ul), exact, plain)


def _chunk(a: Array, b: Array) -> Array:
    """One chunk: a is (..., m, kc), b is (..., kc, n), both in the dtype that is computed in."""
    steps = [(a[..., :, p, None], b[..., None, p, :]) for p in range(a.shape[-1])]
    zero = np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), a.dtype)
    if a.dtype.kind != "c":
        acc = zero
        for x, y in steps:
            x, y = np.broadcast_arrays(x, y)
            acc = fma(x, y, acc)
        return acc
    re, im = zero.real.copy(), zero.imag.copy()
    for x, y in steps:
        x, y = np.broadcast_arrays(x, y)
        re = fma(-x.imag, y.imag, fma(x.real, y.real, re))
        im = fma(x.imag, y.real, fma(x.real, y.imag, im))
    out = zero.copy()
    out.real, out.imag = re, im
    return out


def gemm_reference(a: Array, b: Array) -> Array:
    """a @ b in the canonical order of products, for every dtype of clnd, with broadcast batch axes."""
    k = a.shape[-1]
    if a.dtype.kind == "b":
        return np.matmul(a.astype(np.int64), b.astype(np.int64)) > 0
    if a.dtype.kind in "iu":
        with np.errstate(over="ignore"):
            return np.matmul(a, b)
    if k == 0:
        return np.matmul(a, b)
    wide = np.float32 if a.dtype == np.float16 else a.dtype
    x, y = a.astype(wide), b.astype(wide)
    total: Array | None = None
    with np.errstate(all="ignore"):
        for k0 in range(0, k, KC):
            part = _chunk(x[..., k0 : k0 + KC], y[..., k0 : k0 + KC, :])
            total = part if total is None else total + part
        assert total is not None
        return total.astype(a.dtype)


# --- sums and products over axes ---------------------------------------------------------------


def _multiplied(a: Array, b: Array) -> Array:
    """a * b; of complex numbers four products, none of them fused (NumPy's own may be)."""
    if a.dtype.kind != "c":
        return a * b
    out = np.empty(np.broadcast_shapes(a.shape, b.shape), a.dtype)
    out.real = a.real * b.real - a.imag * b.imag
    out.imag = a.real * b.imag + a.imag * b.real
    return out


def minimum(a: Array, b: Array) -> Array:
    """The smaller one: NaN where either is, the first one's; -0 before +0."""
    if a.dtype.kind != "f":
        return np.minimum(a, b)
    return np.where((a < b) | ((a == b) & np.signbit(a)) | np.isnan(a), a, b)


def maximum(a: Array, b: Array) -> Array:
    """The larger one: NaN where either is, the first one's; +0 after -0."""
    if a.dtype.kind != "f":
        return np.maximum(a, b)
    return np.where((a > b) | ((a == b) & ~np.signbit(a)) | np.isnan(a), a, b)


COMBINE: dict[str, Callable[[Array, Array], Array]] = {
    "sum": lambda a, b: a + b,
    "prod": _multiplied,
    "min": minimum,
    "max": maximum,
    "any": np.logical_or,
    "all": np.logical_and,
}


def _pairs(lanes: list[Array], combine: Callable[[Array, Array], Array]) -> Array:
    """Lanes joined by adjacent pairs; one without a partner moves up as it is."""
    while len(lanes) > 1:
        joined = [combine(a, b) for a, b in zip(lanes[::2], lanes[1::2], strict=False)]
        lanes = joined + lanes[2 * len(joined) :]
    return lanes[0]


def _in_blocks(n: int, start: Callable[[slice], Array], step: Callable[[slice, Array], Array], combine: Any) -> Array:
    """One level: ``start(rows)`` begins the lanes of a block, ``step(rows, lanes)`` takes the next; a row a block."""
    results = []
    for begin in range(0, n, BLOCK):
        end = min(begin + BLOCK, n)
        acc = start(slice(begin, min(begin + LANES, end)))
        for r in range(begin + LANES, end, LANES):
            present = min(LANES, end - r)
            acc[:present] = step(slice(r, r + present), acc[:present])
        results.append(_pairs(list(acc), combine))
    return np.stack(results)


def _levels(x: Array, combine: Callable[[Array, Array], Array]) -> Array:
    """The first axis of x reduced by blocks, and by blocks of their results, until one is left."""
    with np.errstate(all="ignore"):
        while len(x) > 1:
            x = _in_blocks(len(x), lambda r, x=x: x[r].copy(), lambda r, acc, x=x: combine(acc, x[r]), combine)
        return x[0]


def reduce_reference(
    kind: str, x: Array, axes: int | tuple[int, ...] | None = None, keepdims: bool = False, dtype: Any = None
) -> Array:
    """x reduced over ``axes`` in the canonical order; ``dtype`` is the result's, by default that of x.

    float16 is accumulated in float32 and rounded once. Neither x nor the reduced axes are empty.
    """
    axes = tuple(range(x.ndim)) if axes is None else (axes,) if isinstance(axes, int) else axes
    axes = tuple(sorted(a % x.ndim for a in axes))
    to = np.dtype(x.dtype if dtype is None else dtype)
    wide = np.dtype(np.float32) if to == np.float16 else to
    values = x.astype(wide)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    # Row-major order of the reduced axes first, then one column a result.
    lengths = [x.shape[a] for a in axes]
    columns = values.transpose(axes + kept).reshape((int(np.prod(lengths, dtype=np.int64)), -1))
    shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim) if keepdims or a in kept)
    with np.errstate(all="ignore"):
        return _levels(columns, COMBINE[kind]).astype(to).reshape(shape)


def mean_reference(x: Array, axes: Any = None, keepdims: bool = False) -> Array:
    """The canonical sum divided by the count; float16 in float32 throughout, rounded once."""
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    total = reduce_reference("sum", wide, axes, keepdims)
    n = x.size // max(total.size, 1)
    if total.dtype.kind != "c":
        return (total / total.dtype.type(n)).astype(x.dtype)
    real = total.real.dtype.type
    return (total.real / real(n) + 1j * (total.imag / real(n))).astype(x.dtype)


def var_reference(x: Array, axes: Any = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The canonical sum of squared distances from the canonical mean, divided by the count less ``correction``."""
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    centred = wide - mean_reference(wide, axes, True)
    squares = centred.real**2 + centred.imag**2 if x.dtype.kind == "c" else centred * centred
    total = reduce_reference("sum", squares, axes, keepdims)
    n = x.size // max(total.size, 1)
    result = total / total.dtype.type(n - correction)
    return result.astype(result.dtype if x.dtype.kind == "c" else x.dtype)


def dot_reference(a: Array, b: Array) -> Array:
    """The product of two vectors: the order of sums, where a lane starts with a product and goes on by fma."""
    to = a.dtype
    if to.kind in "biu":
        with np.errstate(over="ignore"):
            return np.asarray(np.dot(a, b))
    wide = np.float32 if to == np.float16 else to
    x, y = a.astype(wide), b.astype(wide)

    def start(r: slice) -> Array:
        if to.kind != "c":
            return x[r] * y[r]
        out = np.empty(x[r].shape, wide)
        out.real = fma(-x.imag[r], y.imag[r], x.real[r] * y.real[r])
        out.imag = fma(x.imag[r], y.real[r], x.real[r] * y.imag[r])
        return out

    def step(r: slice, acc: Array) -> Array:
        if to.kind != "c":
            return fma(x[r], y[r], acc)
        out = np.empty(x[r].shape, wide)
        out.real = fma(-x.imag[r], y.imag[r], fma(x.real[r], y.real[r], acc.real))
        out.imag = fma(x.imag[r], y.real[r], fma(x.real[r], y.imag[r], acc.imag))
        return out

    with np.errstate(all="ignore"):
        return _levels(_in_blocks(len(x), start, step, COMBINE["sum"]), COMBINE["sum"]).astype(to)


# --- cumulative operations -----------------------------------------------------------------------

RADIX = 16
"""Elements of a group, on every level. Written here a second time: it is a part of every result."""


def _running(x: Array, combine: Callable[[Array, Array], Array]) -> Array:
    """The running results inside groups of 16 along the first axis, in order."""
    s = x.copy()
    for j in range(1, RADIX):
        own = s[j::RADIX]
        own[:] = combine(s[j - 1 :: RADIX][: len(own)], own)
    return s


def _standing_before(totals: Array, combine: Callable[[Array, Array], Array]) -> Array:
    """What stands before each group but the first, whose place means nothing: E(parent) and the running total of its elder siblings."""
    s = _running(totals, combine)
    before = np.empty_like(s)
    before[1:] = s[:-1]
    parents = np.empty((-(-len(s) // RADIX), *s.shape[1:]), s.dtype)
    if len(parents) > 1:
        parents[:-1] = s[RADIX - 1 :: RADIX][: len(parents) - 1]
        parents = _standing_before(parents, combine)
        for g in range(RADIX, len(s)):
            before[g] = parents[g // RADIX] if g % RADIX == 0 else combine(parents[g // RADIX], s[g - 1])
    return before


def scan_reference(kind: str, x: Array, axis: int = 0, dtype: Any = None) -> Array:
    """x accumulated along ``axis``: sums by the tree of radix 16, all else in order. float16 is carried in float32, each result rounded."""
    to = np.dtype(x.dtype if dtype is None else dtype)
    values = np.moveaxis(x.astype(np.float32 if to == np.float16 else to), axis, 0)
    combine = COMBINE[kind]
    with np.errstate(all="ignore"):
        if kind == "sum" and len(values):
            s = _running(values, combine)
            groups = -(-len(s) // RADIX)
            totals = np.empty((groups, *s.shape[1:]), s.dtype)
            totals[: groups - 1] = s[RADIX - 1 :: RADIX][: groups - 1]
            before = _standing_before(totals, combine)
            for i in range(RADIX, len(s)):
                s[i] = combine(before[i // RADIX], s[i])
        else:
            s = values.copy()
            for i in range(1, len(s)):
                s[i] = combine(s[i - 1], s[i])
        return np.moveaxis(s.astype(to), 0, axis)
