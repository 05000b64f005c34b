"""Error in units in the last place of the elementary functions, and inputs that are hard for them.

The references are computed in more precision than the function under test: NumPy's float64 (or
mpmath where float64 has no such function) for float32, mpmath for float64.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np

from clnd.ops import elementwise

__all__ = ["COMPLEX", "FUNCTIONS", "complex_inputs", "hard_inputs", "hard_pairs", "least", "plain_range", "reference", "ulps", "ulps_of_modulus"]

_WORK_BITS = 200

FUNCTIONS: dict[str, Callable[..., object]] = {
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "log2": lambda x: mpmath.log(x) / mpmath.ln(2),
    "log10": lambda x: mpmath.log(x) / mpmath.ln(10),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "sinpi": mpmath.sinpi,
    "cospi": mpmath.cospi,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "hypot": mpmath.hypot,
    "pow": mpmath.power,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "logaddexp": lambda x, y: max(x, y) + mpmath.log1p(mpmath.exp(-abs(x - y))),
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "rcbrt": lambda x: mpmath.sign(x) / mpmath.cbrt(abs(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "degrees": mpmath.degrees,
    "radians": mpmath.radians,
    "erfinv": lambda x: _erfinv(x),
    "gamma": mpmath.gamma,
    "gammaln": lambda x: mpmath.re(mpmath.loggamma(x)),
    "digamma": mpmath.digamma,
    "i0": lambda x: mpmath.besseli(0, x),
    "logaddexp2": lambda x, y: max(x, y) + mpmath.log1p(mpmath.power(2, -abs(x - y))) / mpmath.log(2),
}

COMPLEX: dict[str, Callable[..., object]] = {
    "reciprocal": lambda z: 1 / z,
    "divide": lambda z, w: z / w,
    "sqrt": mpmath.sqrt,
    "pow": mpmath.power,
    **{name: FUNCTIONS[name] for name in ("exp", "expm1", "log", "log1p", "log2", "log10")},
    **{name: FUNCTIONS[name] for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: FUNCTIONS[name] for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
}
"""Functions of complex numbers, of one operand or two."""

# Near their zeros these are promised to an absolute error, as if the result were of this size: 4 units of
# 1/4 are 2^-23 in float32. A sum of logarithms that cancels is as good as its terms, see `least`.
_NEAR_ZEROS = {"gammaln": 0.25, "digamma": 0.25}


def _erfinv(x: mpmath.mpf) -> mpmath.mpf:
    """mpmath's own takes erf alone, which says nothing of 1 - x: by Newton's steps on log erfc(y) = log(1 - x)."""
    a = abs(x)
    if a < 0.5:
        return mpmath.erfinv(x)
    w = -mpmath.log(1 - a)
    y = mpmath.sqrt(w)
    for _ in range(100):
        e = mpmath.erfc(y)
        step = (mpmath.log(e) + w) * e * mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(y * y)
        y += step
        if abs(step) < mpmath.ldexp(y, -_WORK_BITS // 2):
            break
    return mpmath.sign(x) * y


# Float64 of these is within a unit of float64, which is nothing to a float32 result.
_NUMPY: dict[str, Callable[..., np.ndarray]] = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "log2": np.log2,
    "log10": np.log10, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "cbrt": np.cbrt, "hypot": np.hypot,
}  # fmt: skip

# Inside these the function is finite, so that mpmath need not be asked about the rest.
_DOMAIN: dict[str, tuple[float, float]] = {
    "exp": (-800, 710), "exp2": (-1100, 1024), "expm1": (-800, 710), "log": (0, np.inf), "log1p": (-1, np.inf),
    "log2": (0, np.inf), "log10": (0, np.inf), "asin": (-1, 1), "acos": (-1, 1), "sinh": (-711, 711),
    "cosh": (-711, 711), "tanh": (-1e3, 1e3), "acosh": (1, np.inf), "atanh": (-1, 1), "erf": (-1e3, 1e3),
    "erfc": (-1e3, 28), "erfinv": (-1, 1), "gamma": (-200, 172), "gammaln": (-1e15, 1e300),
    "digamma": (-1e15, np.inf), "rsqrt": (0, np.inf), "sigmoid": (-800, 1e3), "softplus": (-800, 1e15),
    "i0": (-713, 713),
}  # fmt: skip
# Where the function is infinite at the ends of its domain, they are left out.
_OPEN = {"atanh", "erfinv"}
_OPEN_BELOW = _OPEN | {"log", "log1p", "log2", "log10", "rsqrt"}
# These have poles at 0 and the integers below.
_POLES = {"gamma", "gammaln", "digamma"}


def least(name: str, *inputs: np.ndarray) -> np.ndarray | float:
    """The size below which no result of function ``name`` is promised to have relative precision."""
    if elementwise.TABLE[name].held.cancels:
        with np.errstate(all="ignore"):
            sizes: np.ndarray = np.maximum(*(np.abs(x.astype(np.float64)) for x in inputs))
        return sizes
    return _NEAR_ZEROS.get(name, 0.0)


def plain_range(name: str) -> tuple[float, float]:
    """Where the function is finite and neither overflows nor is the same everywhere."""
    low, high = _DOMAIN.get(name, (-np.inf, np.inf))
    return max(low, -100.0), min(high, 100.0)


def reference(name: str, *inputs: np.ndarray) -> np.ndarray:
    """The values of function ``name``: float64 for float32 inputs, an object array of mpf for float64.

    float64 inputs must be finite and inside the domain, as those of `hard_inputs` are.
    """
    if inputs[0].dtype == np.float32 and name in _NUMPY:
        with np.errstate(all="ignore"):
            return _NUMPY[name](*(x.astype(np.float64) for x in inputs))
    result = np.empty(inputs[0].shape, object)
    with mpmath.workprec(_WORK_BITS):
        for index in np.ndindex(result.shape):
            result[index] = FUNCTIONS[name](*(mpmath.mpf(float(x[index])) for x in inputs))
    if inputs[0].dtype != np.float32:
        return result
    wide = result.astype(np.float64)
    # mpmath knows one zero: those of functions of one argument have its sign (cospi's are positive), others that of what underflowed.
    signs = inputs[0] if len(inputs) == 1 and name != "cospi" else 1.0
    below = (result < 0) | ((result == 0) & (np.copysign(1.0, signs) < 0))
    return np.where(wide == 0, np.where(below, -0.0, 0.0), wide)


def ulps(got: np.ndarray, exact: np.ndarray, dtype: type | np.dtype, least: np.ndarray | float = 0.0) -> np.ndarray:
    """The error of each result in units in the last place of ``dtype`` at the exact value, or at ``least`` where that is more.

    Infinite where one is NaN and the other is not, where a finite value rounds to no infinity but
    infinity was given (or the other way round), and where zeros differ in sign.
    """
    facts = np.finfo(dtype)
    sizes = np.broadcast_to(np.asarray(least, np.float64), got.shape)
    if exact.dtype != object:
        return _ulps_float64(got, exact, facts, sizes)
    errors = np.zeros(got.shape)
    with mpmath.workprec(_WORK_BITS):
        limit = mpmath.mpf(float(facts.max)) * (1 + mpmath.mpf(2) ** -(facts.nmant + 2))
        for index in np.ndindex(got.shape):
            g, e = float(got[index]), mpmath.mpf(exact[index])
            if mpmath.isnan(e) or g != g:
                errors[index] = 0 if mpmath.isnan(e) and g != g else np.inf
            elif abs(e) >= limit or np.isinf(g):
                errors[index] = 0 if np.isinf(g) and abs(e) >= limit and (g > 0) == (e > 0) else np.inf
            else:
                size = max(abs(e), mpmath.mpf(float(sizes[index])))
                exponent = max(mpmath.frexp(size)[1] - 1, facts.minexp) if size else facts.minexp
                errors[index] = float(mpmath.ldexp(abs(mpmath.mpf(g) - e), int(facts.nmant - exponent)))
    return errors


def _ulps_float64(got: np.ndarray, exact: np.ndarray, facts: np.finfo, least: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        rounded = exact.astype(facts.dtype)
        wide = got.astype(np.float64)
        size = np.maximum(np.abs(exact), least)
        exponent = np.frexp(size)[1] - 1
        exponent = np.where(size == 0, facts.minexp, np.clip(exponent, facts.minexp, facts.maxexp - 1))
        errors = np.abs(wide - exact) / np.ldexp(1.0, exponent - facts.nmant)
    plain = np.isfinite(rounded) & np.isfinite(wide)
    same = (np.isnan(rounded) & np.isnan(wide)) | (rounded == got)
    errors = np.where(plain, errors, np.where(same, 0.0, np.inf))
    signs = (wide == 0) & (exact == 0) & (np.signbit(wide) != np.signbit(exact))
    return np.where(signs, np.inf, errors)


def hard_inputs(name: str, dtype: type | np.dtype, count: int, seed: int = 0) -> np.ndarray:
    """About ``count`` finite inputs in the domain of a function of one argument.

    All exponents, the plain range, neighbours of multiples of pi/2 and of the ends of the domain,
    subnormals, and numbers where results overflow and underflow.
    """
    dtype = np.dtype(dtype)
    facts = np.finfo(dtype)
    low, high = _DOMAIN.get(name, (-np.inf, np.inf))
    random = np.random.default_rng(seed)
    bits = random.integers(0, 1 << 32, (2, count), dtype=np.uint64)
    words = (bits[0] << np.uint64(32)) | bits[1]
    every = words.view(np.float64) if dtype == np.float64 else bits[0].astype(np.uint32).view(np.float32)
    plain = random.uniform(max(low, -100), min(high, 100), count)
    unit = random.uniform(-1.5, 1.5, count)
    turns = np.pi / 2 * np.concatenate([np.arange(1, 200), np.exp2(random.uniform(8, 100, 200))])
    # The float64 and the float32 that come nearest to a multiple of pi/2.
    worst = [6381956970095103.0 * 2.0**797, 16367173.0 * 2.0**72]
    tiny = float(facts.smallest_subnormal)
    ends = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, tiny, -tiny, float(facts.tiny), -float(facts.tiny), 2.0**-30]
    ends += [88.72284, -87.33655, -103.97208, 709.78271289, -708.3964, -745.1332, float(facts.max), -float(facts.max)]
    ends += [0.70710678, 1.41421356, 0.75, 1.25, 2.0**22 + 0.5, 2.0**23 + 1]
    with np.errstate(all="ignore"):
        parts = [np.asarray(v).astype(dtype) for v in (every, plain, unit, turns, worst, ends)]
        x = np.concatenate(parts)
        limits = np.array([v for v in (low, high) if np.isfinite(v)], dtype)
        x = np.concatenate([x, -x, np.nextafter(x, dtype.type(np.inf)), limits, np.nextafter(limits, dtype.type(0))])
        if name in _POLES:
            near = np.concatenate([np.arange(-190.0, 1), [-1e6, -123456.0]]).astype(dtype)
            x = np.concatenate([x, np.nextafter(near, dtype.type(1)), np.nextafter(near, dtype.type(-1e9)), near + dtype.type(0.5)])
            x = x[(x > 0) | (x != np.rint(x))]
        if name == "rcbrt":
            x = x[x != 0]
        inside = np.isfinite(x) & (x > low if name in _OPEN_BELOW else x >= low)
        return x[inside & (x < high if name in _OPEN else x <= high)]


def hard_pairs(name: str, dtype: type | np.dtype, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Operands of a function of two arguments: plain ones, and some that are far apart, or that cancel."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(-20, 20, (2, count))
    third = count // 3
    if name == "pow":
        x = np.exp2(random.uniform(-10, 10, count))
        y = random.uniform(-1, 1, count) * np.finfo(dtype).maxexp / np.maximum(np.abs(np.log2(x)), 1)
        # Near 1 to large powers.
        x[:third] = 1 + random.uniform(-1, 1, third) * np.exp2(-random.uniform(2, 20, third))
        y[:third] = random.uniform(-80, 80, third) / np.log(x[:third])
        # Negative bases, to powers that are whole.
        x[-third:] *= -1
        y[-third:] = np.rint(y[-third:])
    elif elementwise.TABLE[name].held.cancels:
        y[:third] = x[:third] + random.uniform(-1e-3, 1e-3, third)
        # log(e^x + e^y) = 0
        x[-third:] = -np.exp2(-random.uniform(0, 30, third))
        y[-third:] = np.log(-np.expm1(x[-third:]))
    else:
        largest = np.finfo(dtype).maxexp - 2
        x[:third] *= np.exp2(random.uniform(-largest, largest - 5, third))
        y[:third] = x[:third] * np.exp2(random.uniform(-40, 4, third))
    return x.astype(dtype), y.astype(dtype)


def complex_inputs(name: str, dtype: type | np.dtype, count: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Operands of a function of `COMPLEX`, about ``count``, whose results neither overflow nor underflow.

    The plane around zero, parts of very different size, neighbours of the axes (no point of a branch cut, whose side mpmath
    does not know), of 1, -1, i and -i and of the unit circle, where logarithms and inverses cancel.
    """
    random = np.random.default_rng([seed, count])

    def tiny(n: int) -> np.ndarray:
        return random.choice([-1.0, 1.0], n) * np.exp2(-random.uniform(1, 40, n))

    def operand() -> np.ndarray:
        n = count // 6
        plain, more = (random.uniform(-3, 3, n) + 1j * random.uniform(-3, 3, n) for _ in range(2))
        turn = np.exp(1j * random.uniform(-np.pi, np.pi, n))
        corner = random.choice([1, -1, 1j, -1j], n)
        wide = np.exp2(random.uniform(-30, 6, n)) * random.choice([-1, 1], n) + 1j * np.exp2(random.uniform(-30, 6, n)) * random.choice([-1, 1], n)
        parts = (plain, wide, more.real + 1j * tiny(n), tiny(n) + 1j * more.imag, turn * (1 + tiny(n)), corner + tiny(n) + 1j * tiny(n))
        z: np.ndarray = np.concatenate(parts).astype(dtype)
        return z[(z.real != 0) & (z.imag != 0)]

    if name not in ("pow", "divide"):
        return (operand(),)
    z, w = operand(), operand()
    size = min(z.size, w.size)
    random.shuffle(w)
    if name == "pow":
        w = w / np.maximum(1, abs(w)).astype(w.real.dtype) * 3
    return z[:size], w[:size].astype(dtype)


def ulps_of_modulus(name: str, got: np.ndarray, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
    """The distance of each complex result from the exact one, in units in the last place of the exact one's modulus.

    0 where the exact result is beyond the numbers of full precision, or a fraction of them: there are none to compare.
    """
    facts = np.finfo(got.real.dtype)
    errors = np.zeros(got.shape)
    with mpmath.workprec(_WORK_BITS):
        least, most = mpmath.mpf(float(facts.tiny)) * 2**30, mpmath.mpf(float(facts.max)) / 4
        for k in range(got.size):
            exact = mpmath.mpmathify(COMPLEX[name](*(mpmath.mpc(complex(x[k])) for x in inputs)))
            size = abs(exact)
            if least < size < most:
                near = np.isfinite(got[k])
                distance = abs(mpmath.mpc(complex(got[k])) - exact) if near else mpmath.inf
                errors[k] = float(mpmath.ldexp(distance, int(facts.nmant - mpmath.frexp(size)[1] + 1))) if near else np.inf
    return errors
