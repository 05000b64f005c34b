"""clnd's random streams in NumPy: what every device must reproduce bit for bit.

Written from the definition at the top of ``clnd/templates/random.cl.mako``, not from the kernels.
The polynomials of log, sinpi and cospi are read from ``lib/math.cl.mako``, whose steps
``_log``, ``_sinpi`` and ``_cospi`` repeat for the arguments that occur here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import templates
from tests.canonical import fma

Array = np.ndarray[Any, Any]

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_MATH = templates._lookup().get_template("lib/math.cl.mako").module


# --- words ---------------------------------------------------------------------------------------


def philox(counter: Array, key: tuple[int, int]) -> Array:
    """Philox4x32-10 of counters (..., 4) of 32-bit words, as uint32."""
    c0, c1, c2, c3 = np.moveaxis(np.asarray(counter, np.uint64), -1, 0)
    for turn in range(10):
        k0 = np.uint64((key[0] + turn * 0x9E3779B9) & 0xFFFFFFFF)
        k1 = np.uint64((key[1] + turn * 0xBB67AE85) & 0xFFFFFFFF)
        p, q = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (q >> _32) ^ c1 ^ k0, q & _LOW, (p >> _32) ^ c3 ^ k1, p & _LOW
    return np.stack([c0, c1, c2, c3], -1).astype(np.uint32)


def words(seed: int, draw: int, count: int) -> Array:
    """The first ``count`` words of a draw."""
    block = np.arange(-(-count // 4), dtype=np.uint64)
    counter = np.empty((len(block), 4), np.uint64)
    counter[:, 0], counter[:, 1] = block & _LOW, block >> _32
    counter[:, 2], counter[:, 3] = draw & 0xFFFFFFFF, draw >> 32
    found: Array = philox(counter, (seed & 0xFFFFFFFF, seed >> 32)).reshape(-1)[:count]
    return found


def _double_words(seed: int, draw: int, count: int) -> Array:
    """Two words at a time as one number of 64 bits, the lower first."""
    w = words(seed, draw, 2 * count).astype(np.uint64)
    found: Array = w[0::2] | (w[1::2] << _32)
    return found


# --- kinds ---------------------------------------------------------------------------------------


def bits(dtype: Any, n: int, seed: int, draw: int) -> Array:
    """Raw words."""
    return words(seed, draw, n).astype(dtype)


def uniform(dtype: Any, n: int, seed: int, draw: int, low: float, high: float) -> Array:
    """Numbers of [low, high)."""
    dtype = np.dtype(dtype)
    real = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    if dtype == np.float64:
        u = (_double_words(seed, draw, n) >> np.uint64(11)).astype(real) * 2.0**-53
    else:
        count = 24 if dtype == np.float32 else 11
        u = (words(seed, draw, n) >> np.uint32(32 - count)).astype(real) * real.type(2.0**-count)
    first, end = dtype.type(low), dtype.type(high)
    last = np.nextafter(end, dtype.type(-np.inf)) if first < end else end
    size = real.type(end) - real.type(first)
    r = fma(u, np.full(n, size), np.full(n, first, real))
    return np.where(r > last, last.astype(real), r).astype(dtype)


def _open(dtype: Any, n: int, seed: int, draw: int) -> Array:
    """Numbers of (0, 1]: all bits of one word as float32, of two as float64 for float64."""
    if np.dtype(dtype) == np.float64:
        w, word_bits, real = _double_words(seed, draw, n), 64, np.dtype("float64")
    else:
        w, word_bits, real = words(seed, draw, n), 32, np.dtype("float32")
    return fma(w.astype(real), np.full(n, real.type(2.0**-word_bits)), np.full(n, real.type(2.0 ** -(word_bits + 1))))


def exponential(dtype: Any, n: int, seed: int, draw: int, scale: float) -> Array:
    """Numbers of the exponential distribution, by inversion."""
    dtype = np.dtype(dtype)
    u = _open(dtype, n, seed, draw)
    mean = u.dtype.type(dtype.type(scale) + dtype.type(0))
    return ((u.dtype.type(0) - _log(u)) * mean).astype(dtype)


def bernoulli(dtype: Any, n: int, seed: int, draw: int, p: float) -> Array:
    """1 with probability p, else 0."""
    threshold = np.rint(np.float64(p) * 2.0**32).astype(np.uint64)
    return (words(seed, draw, n).astype(np.uint64) < threshold).astype(dtype)


def _halves(x: Array, multiplier: int) -> tuple[Array, Array]:
    """The upper and the lower word of the products of words with one."""
    product = x * np.uint64(multiplier)
    return product >> _32, product & _LOW


def _round_value(key: int, x: Array, below: int) -> Array:
    h = x ^ np.uint64(key)
    for multiplier in (0xD2511F53, 0xCD9E8D57):
        high, low = _halves(h, multiplier)
        h = high ^ low
    return _halves(h, below)[0]


def permutation(n: int, seed: int, draw: int) -> Array:
    """0 .. n-1 in the order of a draw."""
    return permutation_of(n, words(seed, draw, 12))


def permutation_of(n: int, of: Array) -> Array:
    """0 .. n-1 in the order that twelve words give."""
    a = 16
    while a * a < n:
        a += 2
    b = max(16, (n + a - 1) // a)
    keys = of.astype(object).tolist()
    places = np.arange(n, dtype=np.uint64)
    left, right = places // np.uint64(b), places % np.uint64(b)
    walking = np.arange(n)
    while len(walking):
        x, y = left[walking], right[walking]
        for turn in range(10):
            if turn % 2 == 0:
                x = (x + _round_value(keys[turn], y, a)) % np.uint64(a)
            else:
                y = (y + _round_value(keys[turn], x, b)) % np.uint64(b)
        left[walking], right[walking] = x, y
        walking = walking[x * np.uint64(b) + y >= n]
    offset = (keys[10] + (keys[11] << 32)) * n >> 64
    found: Array = ((left * np.uint64(b) + right + np.uint64(offset)) % np.uint64(max(n, 1))).astype(np.int64)
    return found


def normal(dtype: Any, n: int, seed: int, draw: int, loc: float, scale: float) -> Array:
    """Numbers of the normal distribution, by Box and Muller."""
    dtype = np.dtype(dtype)
    pairs = -(-n // 2)
    real: np.dtype[Any]
    if dtype == np.float64:
        real, word_bits, w = np.dtype("float64"), 64, _double_words(seed, draw, 2 * pairs)
    else:
        real, word_bits, w = np.dtype("float32"), 32, words(seed, draw, 2 * pairs)
    a, b = w[0::2].copy(), w[1::2].copy().view(f"i{w.itemsize}")
    unit, half = real.type(2.0**-word_bits), real.type(2.0 ** -(word_bits + 1))
    u = fma(a.astype(real), np.full(pairs, unit), np.full(pairs, half))
    turn = b.astype(real) * real.type(2.0 ** -(word_bits - 1))
    radius = np.sqrt(real.type(-2) * _log(u))
    both = np.stack([radius * _cospi(turn), radius * _sinpi(turn)], 1).reshape(-1)[:n]
    # + 0: a negative zero counts as zero.
    spread, centre = (np.full(n, dtype.type(p), real) + real.type(0) for p in (scale, loc))
    return fma(both, spread, centre).astype(dtype)


def randint(dtype: Any, n: int, seed: int, draw: int, low: int, high: int) -> Array:
    """Integers of [low, high)."""
    x = _double_words(seed, draw, n).astype(object)
    return (low + ((x * (high - low)) >> 64)).astype(dtype)


# --- functions -----------------------------------------------------------------------------------


def _tables(dtype: Any) -> tuple[Any, str]:
    return (_MATH._DOUBLE, "double") if dtype == np.float64 else (_MATH._FLOAT, "float")


def _number(text: str, like: Array) -> Array:
    return np.full(like.shape, float.fromhex(text), like.dtype)


def _minus(text: str, like: Array) -> Array:
    return -_number(text, like)


def _polynomial(name: str, x: Array) -> Array:
    coefficients = [_number(c, x) for c in getattr(_MATH, f"{name}_{_tables(x.dtype)[1]}")]
    y = coefficients[-1]
    for c in coefficients[-2::-1]:
        y = fma(y, x, c)
    return y


def _log(x: Array) -> Array:
    """log of normal positive numbers."""
    facts, _ = _tables(x.dtype)
    integer = np.dtype(f"i{x.dtype.itemsize}")
    i = x.view(integer)
    e = (i - integer.type(int(facts.half_root, 16))) >> facts.shift
    f = (i - (e << facts.shift)).view(x.dtype) - x.dtype.type(1)
    n = e.astype(x.dtype)
    high = fma(n, _number(facts.ln2[0], x), f)
    if x.dtype == np.float64:
        s = f / (f + 2.0)
        p = _polynomial("ATANH", s * s)
        low = fma(-s, fma(-(s * s), p, f), n * _number(facts.ln2[1], x))
    else:
        rest = f - fma(n, _minus(facts.ln2[0], x), high)
        q = fma(f, _polynomial("LOG", f), _number("-0x1p-1", x))
        low = fma(f * f, q, fma(n, _number(facts.ln2[1], x), rest))
    y: Array = high + low
    return y


def _quarter(x: Array) -> tuple[Array, Array]:
    """|x| = q/2 + r with |r| <= 1/4, ties to the even q."""
    a = np.abs(x)
    q = np.rint(a + a)
    return q.astype(np.int64), a - q * x.dtype.type(0.5)


def _sinpi_of_part(r: Array) -> Array:
    facts, _ = _tables(r.dtype)
    z = r * r
    inner = fma(z, _polynomial("SINPI", z), _number(facts.pi[1], r))
    return fma(r, _number(facts.pi[0], r), r * inner)


def _cospi_of_part(r: Array) -> Array:
    facts, _ = _tables(r.dtype)
    z, one = r * r, _number("0x1p+0", r)
    high = fma(z, _minus(facts.half_pi_squared[0], r), one)
    rest = fma(z, _minus(facts.half_pi_squared[0], r), one - high)
    inner = fma(z, _polynomial("COSPI", z), _number(facts.half_pi_squared[1], r))
    y: Array = high + fma(z, inner, rest)
    return y


def _sinpi(x: Array) -> Array:
    q, r = _quarter(x)
    y = np.where(q % 2 == 1, _cospi_of_part(r), _sinpi_of_part(r))
    return np.where((q % 4 >= 2) != np.signbit(x), -y, y)


def _cospi(x: Array) -> Array:
    q, r = _quarter(x)
    y = np.where(q % 2 == 1, _sinpi_of_part(r), _cospi_of_part(r))
    return np.where((q + 1) % 4 >= 2, -y, y)
