"""Operands, casts and comparisons of the fuzzers: what clnd promises, in NumPy."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from tests.canonical import dot_reference, gemm_reference

__all__ = ["DTYPES", "cast", "data", "digest", "matmul", "moderate", "same"]

Array = np.ndarray[Any, Any]

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128")


def data(dtype: str, shape: tuple[int, ...], seed: int) -> Array:
    """Operands of a dtype: small numbers, the whole range of integers, zeros of both signs, now and then infinities and NaN."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.random(shape) < 0.5
    few = rng.random(shape)
    if kind in "iu":
        limits = np.iinfo(dtype)
        small = rng.integers(0 if kind == "u" else -9, 10, shape).astype(dtype)
        return np.where(few < 0.8, small, rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)).astype(dtype)

    def reals() -> Array:
        x = rng.uniform(-1, 1, shape) * rng.choice([1.0, 8.0, 100.0], shape)
        x = np.where(few < 0.1, np.round(x), np.where(few > 0.97, np.copysign(0.0, x), x))
        if seed % 4 == 0:
            x = np.where(few > 0.99, rng.choice([np.inf, -np.inf, np.nan], shape), x)
        return np.asarray(x)

    if kind == "c":
        z = np.empty(shape, np.complex128)
        z.real, z.imag = reals() / 8, reals() / 8
        return z.astype(dtype)
    return reals().astype(dtype)


def cast(x: Array, dtype: Any) -> Array:
    """As `astype` of clnd: floats to integers are rounded to zero and clamped, NaN is 0; integers wrap."""
    x, to = np.asarray(x), np.dtype(dtype)
    with np.errstate(all="ignore"):
        if x.dtype.kind == "f" and to.kind in "iu":
            limits, wide = np.iinfo(to), np.trunc(x.astype(np.float64))
            inside = (wide >= float(limits.min)) & (wide < float(limits.max) + (1 if to.itemsize < 8 else 0))
            found = np.where(inside, wide, 0).astype(to)
            found = np.where(~inside & (wide < 0), to.type(limits.min), found)
            return np.asarray(np.where(~inside & (wide > 0), to.type(limits.max), found)).astype(to)
        return np.asarray(x.astype(to))


def same(got: Array, want: Array) -> bool:
    """The same dtype, shape and bits, where every NaN is the same."""
    return got.dtype == want.dtype and got.shape == want.shape and digest(got) == digest(want)


def digest(x: Array) -> str:
    """A hash of dtype, shape and bits, where every NaN is the same."""
    x = np.ascontiguousarray(x).reshape(x.shape)
    if x.dtype.kind in "fc":
        x = x.copy()
        parts = np.atleast_1d(x).view(x.real.dtype)
        parts[np.isnan(parts)] = np.nan
        x = parts
    return hashlib.sha256(x.tobytes()).hexdigest()[:16] + f" {x.dtype} {x.shape}"


def moderate(*xs: Array) -> bool:
    """Whether products of these neither overflow nor underflow, so that the models of the canonical orders hold."""
    for x in xs:
        if x.dtype.kind in "fc":
            parts = np.abs(np.atleast_1d(np.ascontiguousarray(x)).view(x.real.dtype).astype(np.float64))
            least, most = (1e-3, 1e2) if x.dtype == np.float16 else (1e-6, 1e6)
            if not (np.isfinite(parts).all() and ((parts == 0) | ((parts > least) & (parts < most))).all()):
                return False
    return True


def matmul(a: Array, b: Array) -> Array:
    """a @ b of matrices, vectors and batches of one dtype, in the canonical orders."""
    left, right = a.ndim == 1, b.ndim == 1
    x, y = a[None, :] if left else a, b[:, None] if right else b
    if x.shape[-2] != 1 and y.shape[-1] != 1:
        out = gemm_reference(x, y)
    else:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        out = np.zeros((*batch, x.shape[-2], y.shape[-1]), a.dtype)
        if x.shape[-1]:
            x, y = np.broadcast_to(x, batch + x.shape[-2:]), np.broadcast_to(y, batch + y.shape[-2:])
            for place in np.ndindex(out.shape):
                column = (*place[:-2], slice(None), place[-1])
                out[place] = dot_reference(np.ascontiguousarray(x[place[:-1]]), np.ascontiguousarray(y[column]))
    return out.reshape(tuple(n for k, n in enumerate(out.shape) if not (left and k == out.ndim - 2) and not (right and k == out.ndim - 1)))
