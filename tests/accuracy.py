"""Error in units in the last place of the elementary functions, and inputs that are hard for them.

The references are computed in more precision than the function under test: NumPy's float64 (or
mpmath where float64 has no such function) for float32, mpmath for float64.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np

__all__ = ["FUNCTIONS", "hard_inputs", "reference", "ulps"]

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
}

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
    "erfc": (-1e3, 28), "sigmoid": (-800, 1e3), "softplus": (-800, 1e15),
}  # fmt: skip


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
    return result.astype(np.float64) if inputs[0].dtype == np.float32 else result


def ulps(got: np.ndarray, exact: np.ndarray, dtype: type | np.dtype) -> np.ndarray:
    """The error of each result in units in the last place of ``dtype`` at the exact value.

    Infinite where one is NaN and the other is not, where a finite value rounds to no infinity but
    infinity was given (or the other way round), and where zeros differ in sign.
    """
    facts = np.finfo(dtype)
    if exact.dtype != object:
        return _ulps_float64(got, exact, facts)
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
                exponent = max(mpmath.frexp(e)[1] - 1, facts.minexp) if e else facts.minexp
                errors[index] = float(abs(mpmath.mpf(g) - e) / mpmath.mpf(2) ** (exponent - facts.nmant))
    return errors


def _ulps_float64(got: np.ndarray, exact: np.ndarray, facts: np.finfo) -> np.ndarray:
    with np.errstate(all="ignore"):
        rounded = exact.astype(facts.dtype)
        wide = got.astype(np.float64)
        exponent = np.frexp(exact)[1] - 1
        exponent = np.where(exact == 0, facts.minexp, np.clip(exponent, facts.minexp, facts.maxexp - 1))
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
        inside = np.isfinite(x) & (x > low if name.startswith("log") or name == "atanh" else x >= low)
        return x[inside & (x < high if name == "atanh" else x <= high)]
