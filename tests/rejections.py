"""clnd's draws by rejection in NumPy: what every device must reproduce bit for bit.

Written from the definition at the top of ``clnd/templates/random.cl.mako``, not from the kernels. Where a logarithm or an
exponential occurs, clnd's own function of an array stands: its bits are the same everywhere, and other tests hold it to be right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from tests.canonical import fma
from tests.streams import _cospi, philox

Array = np.ndarray[Any, Any]

_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


class Words:
    """The words of elements' own blocks in one draw."""

    def __init__(self, dtype: Any, numbers: Array, seed: int, draw: int) -> None:
        self.real = np.dtype(dtype).type
        self.numbers, self.seed, self.draw = np.asarray(numbers, np.uint64), seed, draw

    def block(self, turn: int) -> list[Array]:
        """Four words of each element."""
        block = self.numbers + np.uint64(turn << 40)
        counter = np.stack([block & _LOW, block >> _32, *(np.full_like(block, w) for w in (self.draw & 0xFFFFFFFF, self.draw >> 32))], -1)
        return list(np.moveaxis(philox(counter, (self.seed & 0xFFFFFFFF, self.seed >> 32)), -1, 0))

    def number(self, value: float, like: Array) -> Array:
        """A constant, rounded."""
        return np.full(like.shape, self.real(value))

    def fma(self, a: Any, b: Any, c: Any) -> Array:
        """fma of arrays and constants."""
        shape = np.broadcast_shapes(*(np.shape(x) for x in (a, b, c)))
        return fma(*(np.broadcast_to(np.asarray(x, self.real), shape).copy() for x in (a, b, c)))

    def open(self, w: Array) -> Array:
        return self.fma(w.astype(self.real), 2.0**-32, 2.0**-33)

    def signed(self, w: Array) -> Array:
        return w.view(np.int32).astype(self.real)

    def long(self, w: list[Array]) -> Array:
        if self.real is np.float32:
            return self.open(w[0])
        both = w[0].astype(np.uint64) | (w[1].astype(np.uint64) << _32)
        return self.fma(both.astype(np.float64), 2.0**-64, 2.0**-65)

    def horner(self, x: Array, coefficients: list[float]) -> Array:
        y = self.number(coefficients[-1], x)
        for c in coefficients[-2::-1]:
            y = self.fma(y, x, self.real(c))
        return y


def _of_clnd(function: Callable[[Any], Any]) -> Callable[[Array], Array]:
    def called(x: Array) -> Array:
        found: Array = function(clnd.asarray(np.asarray(x))).asnumpy()
        return found

    return called


log, log1p, exp = _of_clnd(clnd.log), _of_clnd(clnd.log1p), _of_clnd(clnd.exp)


def _gamma(w: Words, a: Array, which: int) -> tuple[Array, Array]:
    """The number g and the logarithm b of its factor."""
    real = w.real
    small = a < 1
    d = np.where(small, a + real(1), a) - real(1 / 3)
    c = real(1) / np.sqrt(real(9) * d)
    g, waits = np.zeros_like(d), np.ones(d.shape, bool)
    for turn in range(64):
        words = w.block(turn + 128 * which)
        x = np.sqrt(real(-2) * log(w.long(words))) * _cospi(w.signed(words[2]) * real(2.0**-31))
        y, v = c * x, w.fma(c, x, real(1))
        g = np.where(waits, d * ((v * v) * v), g)
        series = -((y * y) * (y * y)) * w.horner(y, [(-1) ** j / (j + 4) for j in range(7)])
        rest = w.fma(y, w.fma(y, w.fma(y, real(-1 / 3), real(0.5)), real(-1)), log(np.where(v > 0, v, real(1))))
        rest = np.where(np.abs(y) < real(0.125), series, rest)
        waits &= ~((v > 0) & (log(w.open(words[3])) < (real(3) * d) * rest))
        if not waits.any():
            break
    with np.errstate(divide="ignore", invalid="ignore"):
        boost = log(w.long(w.block(64 + 128 * which))) / a
    return g, np.where(small, np.where(boost > real(-(2.0**100)), boost, real(-(2.0**100))), real(0))


def gamma(w: Words, a: Array) -> Array:
    g, b = _gamma(w, a, 0)
    return g * exp(b)


def loggamma(w: Words, a: Array) -> Array:
    g, b = _gamma(w, a, 0)
    return log(g) + b


def ratio(w: Words, a: Array, b: Array) -> Array:
    (g, first), (h, second) = _gamma(w, a, 0), _gamma(w, b, 1)
    with np.errstate(over="ignore"):
        return g / h * exp(first - second)


def _deviance(w: Words, k: Array, m: Array, e: Array, h: Array) -> Array:
    real = w.real
    u = e / h
    q = u * u
    near = w.fma(e, u, (((real(2) * k) * u) * q) * w.horner(q, [1 / (2 * j + 3) for j in range(5)]))
    far = np.where(k == 0, h, w.fma(k, log(np.where(k > 0, k, real(1)) / m), -e))
    return np.where(np.abs(u) < real(0.125), near, far)


def _stirling(w: Words, k: Array) -> Array:
    real = w.real
    z = real(1) / np.where(k > 0, k, real(1))
    q = z * z
    y = w.fma(z * q, w.fma(q, real(1 / 1260), real(-1 / 360)), z * real(1 / 12))
    return np.where(k < 0.5, real(0), np.where(k < 1.5, real(0.08106146679532726), y))


def _root(w: Words, k: Array) -> Array:
    return np.where(k < 0.5, w.real(0.15915494309189535), k)


def _candidate(w: Words, words: list[Array], a: Array, b: Array, centre: Array) -> tuple[Array, Array, Array]:
    x = w.fma(w.signed(words[0]), 2.0**-32, 2.0**-33)
    s = np.abs(x)
    u = np.where(x < 0, s - w.real(0.5), w.real(0.5) - s)
    return np.floor(w.fma((a + a) / s + b, u, centre)), s, w.open(words[1])


def poisson(w: Words, m: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.where(m < 10, _few_poisson(w, m), _many_poisson(w, np.where(m < 10, w.real(10), m))).astype(np.int64)


def _few_poisson(w: Words, m: Array) -> Array:
    least, product, k, waits = exp(-m), np.ones_like(m), np.zeros_like(m), m < 10
    for turn in range(64):
        for word in w.block(turn):
            product = product * w.open(word)
            waits = waits & (product > least)
            k = k + waits
        if not waits.any():
            break
    return k


def _many_poisson(w: Words, m: Array) -> Array:
    real = w.real
    b = w.fma(real(2.53), np.sqrt(m), real(0.931))
    a = w.fma(real(0.02483), b, real(-0.059))
    r, f = real(0.9277) - real(3.6224) / (b - real(2)), real(1.1239) + real(1.1328) / (b - real(3.4))
    found, waits = np.zeros_like(m), np.ones(m.shape, bool)
    for turn in range(64):
        k, s, v = _candidate(w, w.block(turn), a, b, m + real(0.43))
        root = np.sqrt(real(6.283185307179586) * _root(w, k))
        left = log((v * f) / (a / (s * s) + b) * root)
        right = -_deviance(w, k, m, k - m, k + m) - _stirling(w, k)
        found = np.where(waits, np.maximum(k, real(0)), found)
        waits = waits & ~((k >= 0) & (((s >= real(0.07)) & (v <= r)) | (left <= right)))
        if not waits.any():
            break
    return found


def binomial(w: Words, n: Array, p: Array) -> Array:
    real = w.real
    rare = np.where(p > real(0.5), real(1) - p, p)
    few = n * rare < 10
    with np.errstate(all="ignore"):
        many = _many_binomial(w, np.where(few, real(100), n), np.where(few, real(0.5), rare))
        k = np.where(few, _few_binomial(w, n, rare, few), many)
    return np.where(p > real(0.5), n - k, k).astype(np.int64)


def _few_binomial(w: Words, n: Array, p: Array, waits: Array) -> Array:
    rate, trials, k = log1p(-p), np.zeros_like(n), np.zeros_like(n)
    for turn in range(64):
        for word in w.block(turn):
            trials = (trials + np.floor(log(w.open(word)) / rate)) + w.real(1)
            waits = waits & (trials <= n)
            k = k + waits
        if not waits.any():
            break
    return k


def _many_binomial(w: Words, n: Array, p: Array) -> Array:
    real = w.real
    q = real(1) - p
    m, rest = n * p, n * q
    g = np.sqrt(m * q)
    b = w.fma(real(2.53), g, real(1.15))
    a = w.fma(real(0.01), p, w.fma(real(0.0248), b, real(-0.0873)))
    r, f = real(0.92) - real(4.2) / b, (real(2.83) + real(5.1) / b) * g
    mode = np.floor(w.fma(n, p, p))

    def distance(k: Array) -> Array:
        e, left = w.fma(-n, p, k), n - k
        both = _deviance(w, k, m, e, w.fma(n, p, k)) + _deviance(w, left, rest, -e, w.fma(n, q, left))
        return both + (_stirling(w, k) + _stirling(w, left))

    found, waits = np.zeros_like(n), np.ones(n.shape, bool)
    for turn in range(64):
        k, s, v = _candidate(w, w.block(turn), a, b, w.fma(n, p, real(0.5)))
        root = np.sqrt((_root(w, k) * _root(w, n - k)) / (_root(w, mode) * _root(w, n - mode)))
        left = log((v * f) / (a / (s * s) + b) * root)
        found = np.where(waits, np.minimum(np.maximum(k, real(0)), n), found)
        waits = waits & ~((k >= 0) & (k <= n) & (((s >= real(0.07)) & (v <= r)) | (left <= distance(mode) - distance(k))))
        if not waits.any():
            break
    return found


def multinomial(dtype: Any, rows: int, n: Any, chances: Array, seed: int, draw: int, first: int = 0) -> Array:
    """Counts of each category; ``n`` and ``chances`` of each row, or of all."""
    real = np.dtype(dtype).type
    p = np.broadcast_to(np.asarray(chances, real), (rows, np.shape(chances)[-1]))
    k = p.shape[1]
    total = np.zeros(rows, real)
    for j in range(k - 1):
        total = total + p[:, j]
    s = np.maximum(real(1) - total, real(0))
    shares = np.ones((rows, k), real)
    for j in range(k - 2, -1, -1):
        s = s + p[:, j]
        with np.errstate(invalid="ignore"):
            shares[:, j] = np.where(s > 0, np.minimum(p[:, j] / s, real(1)), real(0))
    left, counts = np.broadcast_to(np.asarray(n, real), rows).copy(), np.zeros((rows, k), np.int64)
    for j in range(k - 1):
        w = Words(dtype, np.arange(first, first + rows) * k + j, seed, draw)
        counts[:, j] = binomial(w, left, shares[:, j])
        left = left - counts[:, j].astype(real)
    counts[:, k - 1] = left
    return counts
