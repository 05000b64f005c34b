"""The canonical orders of sums, in NumPy: what every device must reproduce bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

KC = 384
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
    zero = np.zeros(np.broadcast_shapes(a.shape[:-2], b.shape[:-2]) + (a.shape[-2], b.shape[-1]), a.dtype)
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
