"""The programs of ``selftest --against numpy``: each is a function of a namespace, NumPy's or clnd's, and of operands.

Operands are made from hashed integers by operations that IEEE 754 rounds once: every version of NumPy on every CPU makes the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["GROUPS", "Group", "Programs", "numbers"]

Host = np.ndarray[Any, Any]
Make = Callable[..., Any]
Programs = dict[str, Make]

_N = 10_007
"""Elements of an elementwise program: a prime, so that every width of vectors leaves a rest."""
_FLOATS = ("float32", "float64")
_COMPLEX = ("complex64", "complex128")


@dataclass(frozen=True)
class Group:
    """Programs of one chapter and dtype with the same operands; clnd computes them together, in few kernels."""

    chapter: str
    dtype: str
    operands: tuple[Callable[[], Host], ...]
    programs: Programs = field(repr=False)


def numbers(seed: str, shape: tuple[int, ...], dtype: str, low: float, high: float) -> Host:
    """Numbers of [low, high): integers counted from a hash of ``seed``, mixed by splitmix64, and scaled."""
    if dtype in _COMPLEX:
        both = np.empty(shape, dtype)
        both.real, both.imag = (numbers(f"{seed} {part}", shape, both.real.dtype.name, low, high) for part in ("real", "imag"))
        return both
    first = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "little")
    n = int(np.prod(shape, dtype=np.int64))
    x = (np.arange(n, dtype=np.uint64) + np.uint64(first >> 1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    unit = (x >> np.uint64(11)).astype(np.float64) * 2.0**-53
    scaled: Host = (unit * (high - low) + low).astype(dtype).reshape(shape)
    return scaled


def _drawn(seed: str, shape: tuple[int, ...], dtype: str, low: float = -1, high: float = 1) -> Callable[[], Host]:
    return lambda: numbers(seed, shape, dtype, low, high)


# --- elementary functions ----------------------------------------------------------------------


def _function(name: str) -> Make:
    return lambda xp, *operands: getattr(xp, name)(*operands)


def _functions(dtype: str, names: str, low: float, high: float, operands: int = 1) -> Group:
    drawn = tuple(_drawn(f"{names} {k}", (_N,), dtype, low, high) for k in range(operands))
    return Group("complex functions" if dtype in _COMPLEX else "elementary functions", dtype, drawn, {name: _function(name) for name in names.split()})


def _elementary(dtype: str) -> tuple[Group, ...]:
    return (
        _functions(dtype, "exp exp2 expm1 sinh cosh tanh arcsinh cbrt", -8, 8),
        _functions(dtype, "sin cos tan arctan", -8, 8),
        _functions(dtype, "arcsin arccos arctanh", -1, 1),
        _functions(dtype, "log log2 log10 log1p", 0.01, 100),
        _functions(dtype, "arccosh", 1, 100),
        _functions(dtype, "power", 0.01, 12, operands=2),
    )


def _complex(dtype: str) -> tuple[Group, ...]:
    return (
        _functions(dtype, "exp log sqrt sin tanh abs", -3, 3),
        _functions(dtype, "multiply divide", -3, 3, operands=2),
    )


# --- reductions and products -------------------------------------------------------------------------

_REDUCTIONS: Programs = {
    "sum": lambda xp, x: xp.sum(x),
    "sum of columns": lambda xp, x: xp.sum(x, axis=0),
    "sum of rows": lambda xp, x: xp.sum(x, axis=1),
    "prod of rows": lambda xp, x: xp.prod(x, axis=1),
    "mean": lambda xp, x: xp.mean(x),
    "var": lambda xp, x: xp.var(x),
    "var of columns": lambda xp, x: xp.var(x, axis=0),
    "std of rows": lambda xp, x: xp.std(x, axis=1),
    "cumsum of rows": lambda xp, x: xp.cumsum(x, axis=1),
}


def _reductions(dtype: str) -> Group:
    return Group("reductions", dtype, (_drawn("reductions", (317, 1003), dtype),), _REDUCTIONS)


_PRODUCTS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((_N,), (_N,)),
    ((317, 1003), (1003,)),
    ((1003,), (1003, 317)),
    ((100, 100), (100, 100)),
    ((31, 2003), (2003, 47)),
    ((257, 129), (129, 65)),
    ((384, 384), (384, 384)),
    ((8, 40, 40), (8, 40, 40)),
)


def _product(a: tuple[int, ...], b: tuple[int, ...], dtype: str) -> Group:
    name = f"{'x'.join(map(str, a))} @ {'x'.join(map(str, b))}"
    return Group("products", dtype, (_drawn(f"{name} a", a, dtype), _drawn(f"{name} b", b, dtype)), {name: lambda xp, a, b: a @ b})


# --- chains ------------------------------------------------------------------------------------


def _softmax(xp: Any, x: Any, *_: Any) -> Any:
    e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


def _log_sum_exp(xp: Any, x: Any, *_: Any) -> Any:
    most = xp.max(x, axis=1, keepdims=True)
    return xp.log(xp.sum(xp.exp(x - most), axis=1, keepdims=True)) + most


def _normalised(xp: Any, x: Any, *_: Any) -> Any:
    centred = x - xp.mean(x, axis=1, keepdims=True)
    return centred / xp.sqrt(xp.mean(centred * centred, axis=1, keepdims=True) + 1e-5)


def _layer(xp: Any, x: Any, w: Any) -> Any:
    return xp.tanh(x @ w + 0.5)


def _distances(xp: Any, x: Any, *_: Any) -> Any:
    squares = xp.sum(x * x, axis=1)
    return xp.exp((x @ x.T * 2 - squares[:, None] - squares[None, :]) / 100)


_CHAINS: Programs = {
    "softmax": _softmax, "log of a sum of exp": _log_sum_exp, "normalised rows": _normalised, "tanh(x @ w + b)": _layer,
    "exp(-distances)": _distances,
}  # fmt: skip


def _chains(dtype: str) -> Group:
    return Group("chains", dtype, (_drawn("chains x", (123, 517), dtype, -4, 4), _drawn("chains w", (517, 64), dtype)), _CHAINS)


GROUPS: tuple[Group, ...] = (
    *(group for dtype in _FLOATS for group in _elementary(dtype)),
    *(group for dtype in _COMPLEX for group in _complex(dtype)),
    *(_reductions(dtype) for dtype in _FLOATS),
    *(_product(a, b, dtype) for dtype in _FLOATS for a, b in _PRODUCTS),
    *(_product(a, b, "complex64") for a, b in _PRODUCTS[3:4]),
    *(_chains(dtype) for dtype in _FLOATS),
)
