"""Every elementwise operation, one row each.

A row is the only place that knows an operation. The public function, its docstring, the C inside
fused kernels, the dtype rule and the tests all come from it. In the C, x, x1, x2 are the operands,
T the type computed in, R its real type, I and U the integers of its size; a function of
``templates/lib/`` goes by its bare name, and any other call is the driver's own function. A row
with such a call would be outside the promise of the same bits; `outside_the_promise` lists them, and a test
holds it empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from clnd.dtypes import BOOL, COMPLEX, EVERY_KIND, FLOAT, INT, REAL, UINT
from clnd.ops.comparison import Comparison
from clnd.ops.op import HALF, REAL_PART, TRUTH, Binary, Held, Op, Power, Round, Ternary, Unary
from clnd.templates import Library

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "cospi",
    "degrees",
    "digamma",
    "divide",
    "equal",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gamma",
    "gammaln",
    "gcd",
    "greater",
    "greater_equal",
    "heaviside",
    "hypot",
    "i0",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "lcm",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "outside_the_promise",
    "positive",
    "pow",
    "radians",
    "real",
    "reciprocal",
    "relu",
    "remainder",
    "rint",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sinpi",
    "softplus",
    "softsign",
    "spacing",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "where",
]  # fmt: skip

_NUMERIC = frozenset({UINT, INT, FLOAT, COMPLEX})
_ARITHMETIC = frozenset({UINT, INT, FLOAT})
_INTEGERS = frozenset({UINT, INT})
_BITS = frozenset({BOOL, UINT, INT})
_FLOATS = frozenset({FLOAT})
_FLOATING = frozenset({FLOAT, COMPLEX})


def _by_kind(integers: str, floats: str, complexes: str | None = None, bools: str | None = None) -> dict[str, str]:
    code = {UINT: integers, INT: integers, FLOAT: floats}
    if complexes is not None:
        code[COMPLEX] = complexes
    if bools is not None:
        code[BOOL] = bools
    return code


def _compare(symbol: str) -> dict[str, str]:
    return dict.fromkeys(REAL, f"x1 {symbol} x2")


# Signed arithmetic wraps: it is done in the unsigned type, as overflow of a signed one is undefined
# in C and compilers use that.
def _wrapping(symbol: str) -> str:
    return f"as_T((U)(as_U(x1) {symbol} as_U(x2)))"


_T: list[Op] = []


Row = TypeVar("Row", bound=Op)


def _row(op: Row) -> Row:
    op.__module__ = __name__  # where pickles find it
    _T.append(op)
    return op


def _by_math(function: Callable[[float], float], x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A function of the standard library on each element, in float64."""
    values: np.ndarray[Any, Any] = np.vectorize(function, otypes=[np.float64])(x.astype(np.float64))
    return values.astype(x.dtype)


def _erfinv(x: float) -> float:
    """By Newton's steps on erfc of the positive side, where 1 - |x| keeps its digits, or on erf."""
    a = math.fabs(x)
    # Winitzki's approximation ("A handy approximation for the error function and its inverse", 2008), right to two digits.
    log = math.log1p(-a * a)
    half = 2 / (math.pi * 0.147) + log / 2
    y = math.sqrt(max(0.0, math.sqrt(half * half - log / 0.147) - half))
    for _ in range(6):
        away = math.erf(y) - a if a < 0.5 else (1 - a) - math.erfc(y)
        y -= away * math.sqrt(math.pi) / 2 * math.exp(y * y)
    return math.copysign(y, x)


def _digamma(x: float) -> float:
    """For x > 0: by steps to 20 and the asymptotic series there (Abramowitz and Stegun, 6.3.18)."""
    steps = [-1 / (x + k) for k in range(max(0, 20 - math.floor(x)))]
    y = x + len(steps)
    series = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132]
    return math.fsum([*steps, math.log(y), -0.5 / y, *(-b / y ** (2 * k + 2) for k, b in enumerate(series))])


def _function(name: str, says: str, *, oracle: object, domain: tuple[float, float], ulp: int, complexes: bool = True, code: str = "", **held: Any) -> Unary:
    """A row for a float function of one operand: integers become the default float."""
    c = code or f"{name}(x)"
    by_kind = {FLOAT: c} | ({COMPLEX: f"c{c}"} if complexes else {})
    return _row(
        Unary(name, by_kind, _FLOATING if complexes else _FLOATS, says, oracle=oracle, floats=True, domain=domain, ulp=ulp, held=Held(**held))  # type: ignore[arg-type]
    )


# --- arithmetic --------------------------------------------------------------------------------
add = _row(Binary("add", _by_kind(_wrapping("+"), "x1 + x2", "cadd(x1, x2)", "x1 | x2"), EVERY_KIND, "The sum of `x1` and `x2`.", oracle=np.add))
subtract = _row(Binary("subtract", _by_kind(_wrapping("-"), "x1 - x2", "csub(x1, x2)"), _NUMERIC, "The difference of `x1` and `x2`.", oracle=np.subtract))
multiply = _row(Binary("multiply", _by_kind("int_multiply(x1, x2)", "x1 * x2", "cmultiply(x1, x2)", "x1 & x2"), EVERY_KIND, "The product of `x1` and `x2`.", oracle=np.multiply, ulp=2, held=Held(exact_when=frozenset({COMPLEX}))))
divide = _row(Binary("divide", {FLOAT: "divide(x1, x2)", COMPLEX: "cdivide(x1, x2)"}, _FLOATING, "The quotient of `x1` and `x2`; the default float for integers.", oracle=np.divide, floats=True, ulp=4))
floor_divide = _row(Binary("floor_divide", _by_kind("int_floor_divide(x1, x2)", "float_floor_divide(x1, x2)"), _ARITHMETIC, "The quotient rounded down; an integer divided by 0 is 0.", oracle=np.floor_divide, held=Held(any_zero_when=REAL)))
remainder = _row(Binary("remainder", _by_kind("int_remainder(x1, x2)", "float_remainder(x1, x2)"), _ARITHMETIC, "The remainder of floor division, of the sign of `x2`; of an integer by 0 it is 0.", oracle=np.remainder, held=Held(any_zero_when=REAL)))
pow = _row(Power("pow", _by_kind("int_pow(x1, x2)", "pow(x1, x2)", "cpow(x1, x2)"), _NUMERIC, "`x1` to the power `x2`.", oracle=np.power, domain=(0.1, 4.0), ulp=16, held=Held(specials=False)))
negative = _row(Unary("negative", _by_kind("int_negative(x)", "-x", "cnegative(x)"), _NUMERIC, "`x` with its sign changed.", oracle=np.negative))
positive = _row(Unary("positive", "x", _NUMERIC, "`x` itself.", oracle=np.positive))
abs = _row(Unary("abs", _by_kind("int_abs(x)", "magnitude(x)", "cabs(x)", "x"), EVERY_KIND, "The absolute value of `x`.", oracle=np.abs, gives=REAL_PART, ulp=4))
square = _row(Unary("square", _by_kind("int_multiply(x, x)", "x * x", "cmultiply(x, x)"), _NUMERIC, "The square of `x`.", oracle=np.square, ulp=2, held=Held(exact_when=frozenset({COMPLEX}))))
reciprocal = _row(Unary("reciprocal", {FLOAT: "divide((T)(1), x)", COMPLEX: "creciprocal(x)"}, _FLOATING, "1 / `x`.", oracle=np.reciprocal, floats=True, ulp=4))
sign = _row(Unary("sign", _by_kind("int_sign(x)", "sign_of(x)", "csign(x)"), _NUMERIC, "-1, 0 or 1 by the sign of `x`; z / |z| of a complex number.", oracle=np.sign, ulp=4, held=Held(any_zero_when=frozenset({COMPLEX}))))
sqrt = _row(Unary("sqrt", {FLOAT: "square_root(x)", COMPLEX: "csqrt(x)"}, _FLOATING, "The square root of `x`.", oracle=np.sqrt, floats=True, domain=(0.0, 100.0), ulp=4))
rsqrt = _row(Unary("rsqrt", {FLOAT: "divide((T)(1), square_root(x))"}, _FLOATS, "1 / sqrt(`x`).", oracle=lambda x: 1 / np.sqrt(x), floats=True, domain=(0.01, 100.0), ulp=2, held=Held(specials=False)))
maximum = _row(Binary("maximum", _by_kind("maximum_of(x1, x2)", "maximum_of(x1, x2)", None, "x1 | x2"), REAL, "The larger of `x1` and `x2`; NaN where either is.", oracle=np.maximum))
minimum = _row(Binary("minimum", _by_kind("minimum_of(x1, x2)", "minimum_of(x1, x2)", None, "x1 & x2"), REAL, "The smaller of `x1` and `x2`; NaN where either is.", oracle=np.minimum))
copysign = _row(Binary("copysign", "copysign(x1, x2)", _FLOATS, "`x1` with the sign of `x2`.", oracle=np.copysign, floats=True))
nextafter = _row(Binary("nextafter", {FLOAT: "next_after(x1, x2)", HALF: "next_half(x1, x2)"}, _FLOATS, "The number after `x1` in the direction of `x2`.", oracle=np.nextafter, floats=True, held=Held(any_zero_when=REAL)))
spacing = _row(Unary("spacing", {FLOAT: "spacing(x)", HALF: "half_spacing(x)"}, _FLOATS, "How far the next number away from 0 is, with the sign of `x`; of halves how far the next one above is, as NumPy's.", oracle=np.spacing, floats=True))
hypot = _row(Binary("hypot", "hypot(x1, x2)", _FLOATS, "The length of the vector (`x1`, `x2`).", oracle=np.hypot, floats=True, ulp=4))

# --- rounding ----------------------------------------------------------------------------------
ceil = _row(Unary("ceil", _by_kind("x", "ceil(x)", None, "x"), REAL, "`x` rounded up.", oracle=np.ceil, held=Held(stays_when=_BITS)))
floor = _row(Unary("floor", _by_kind("x", "floor(x)", None, "x"), REAL, "`x` rounded down.", oracle=np.floor, held=Held(stays_when=_BITS)))
trunc = _row(Unary("trunc", _by_kind("x", "trunc(x)", None, "x"), REAL, "`x` rounded toward 0.", oracle=np.trunc, held=Held(stays_when=_BITS)))
round = _row(Round("round", _by_kind("x", "rint(x)", "cround(x)"), _NUMERIC, "`x` rounded to the nearest integer, halves to even; to ``decimals`` digits after the point where given.", oracle=np.round, held=Held(stays_when=_BITS)))
round_half_away = _row(Unary("round_half_away", _by_kind("x", "round_half_away(x)"), _ARITHMETIC, "`x` rounded to the nearest integer, halves away from 0.", oracle=lambda x: np.trunc(x + np.copysign(0.5, x)) if x.dtype.kind == "f" else x, held=Held(stays_when=_BITS, specials=False)))
round_half_down = _row(Unary("round_half_down", _by_kind("x", "round_half_down(x)"), _ARITHMETIC, "`x` rounded to the nearest integer, halves down.", oracle=lambda x: np.ceil(x - 0.5) if x.dtype.kind == "f" else x, held=Held(stays_when=_BITS, any_zero_when=REAL, specials=False)))

# --- as NumPy has them: rint of integers gives floats -------------------------------------------
rint = _row(Unary("rint", {FLOAT: "rint(x)", COMPLEX: "cround(x)"}, _FLOATING, "`x` rounded to the nearest integer, halves to even; the default float for integers.", oracle=np.rint, floats=True))
fmod = _row(Binary("fmod", _by_kind("int_trunc_remainder(x1, x2)", "float_trunc_remainder(x1, x2)"), _ARITHMETIC, "The remainder of division cut toward 0, of the sign of `x1`; of an integer by 0 it is 0.", oracle=np.fmod))
fmax = _row(Binary("fmax", _by_kind("maximum_of(x1, x2)", "larger_number(x1, x2)", None, "x1 | x2"), REAL, "The larger of `x1` and `x2`; NaN where both are.", oracle=np.fmax))
fmin = _row(Binary("fmin", _by_kind("minimum_of(x1, x2)", "smaller_number(x1, x2)", None, "x1 & x2"), REAL, "The smaller of `x1` and `x2`; NaN where both are.", oracle=np.fmin))
heaviside = _row(Binary("heaviside", "step_at_zero(x1, x2)", _FLOATS, "0 where `x1` is below 0, 1 where it is above, `x2` where it is 0.", oracle=np.heaviside, floats=True))
float_power = _row(Binary("float_power", {FLOAT: "pow(x1, x2)", COMPLEX: "cpow(x1, x2)"}, _FLOATING, "`x1` to the power `x2` in floats; the default float for integers.", oracle=lambda x, y: np.power(x, y), floats=True, domain=(0.1, 4.0), ulp=16))
modf_fraction = _row(Unary("modf_fraction", "fraction_of(x)", _FLOATS, "`x` less its whole part, with its sign; 0 for infinities.", oracle=lambda x: np.modf(x)[0], floats=True))
frexp_mantissa = _row(Unary("frexp_mantissa", "frexp_mantissa(x)", _FLOATS, "m of `x` = m * 2**e with abs(m) from 0.5 to below 1.", oracle=lambda x: np.frexp(x)[0], floats=True))
frexp_exponent = _row(Unary("frexp_exponent", "frexp_exponent(x)", _FLOATS, "e of `x` = m * 2**e with abs(m) from 0.5 to below 1.", oracle=lambda x: np.where(np.isfinite(x), np.frexp(x)[1], 0).astype(x.dtype), floats=True))
scale_by_power = _row(Binary("scale_by_power", "scale_by_power(x1, x2)", _FLOATS, "`x1` * 2**`x2`, rounded once; `x2` is cut to a whole number.", oracle=lambda x, n: np.ldexp(x, np.clip(np.nan_to_num(n), -4000, 4000).astype(np.int32)), floats=True))

# --- comparisons -------------------------------------------------------------------------------
# What holds for every integer and for none; compilers warn of x == x.
_TRUE, _FALSE = "(x & (T)(0)) == (T)(0)", "(x & (T)(0)) != (T)(0)"

equal = _row(Comparison("equal", _compare("==") | {COMPLEX: "cequal(x1, x2)"}, EVERY_KIND, "True where `x1` is `x2`.", oracle=np.equal, gives=TRUTH))
not_equal = _row(Comparison("not_equal", _compare("!=") | {COMPLEX: "!cequal(x1, x2)"}, EVERY_KIND, "True where `x1` is not `x2`.", oracle=np.not_equal, gives=TRUTH))
less = _row(Comparison("less", _compare("<") | {COMPLEX: "cless(x1, x2)"}, EVERY_KIND, "True where `x1` is below `x2`.", oracle=np.less, gives=TRUTH))
less_equal = _row(Comparison("less_equal", _compare("<=") | {COMPLEX: "cless_equal(x1, x2)"}, EVERY_KIND, "True where `x1` is not above `x2`.", oracle=np.less_equal, gives=TRUTH))
greater = _row(Comparison("greater", _compare(">") | {COMPLEX: "cless(x2, x1)"}, EVERY_KIND, "True where `x1` is above `x2`.", oracle=np.greater, gives=TRUTH))
greater_equal = _row(Comparison("greater_equal", _compare(">=") | {COMPLEX: "cless_equal(x2, x1)"}, EVERY_KIND, "True where `x1` is not below `x2`.", oracle=np.greater_equal, gives=TRUTH))
Comparison.enter(eq=equal, ne=not_equal, lt=less, le=less_equal, gt=greater, ge=greater_equal)
isfinite = _row(Unary("isfinite", _by_kind(_TRUE, "magnitude(x) < INFINITY", "cisfinite(x)", _TRUE), EVERY_KIND, "True where `x` is neither infinite nor NaN.", oracle=np.isfinite, gives=TRUTH))
isinf = _row(Unary("isinf", _by_kind(_FALSE, "magnitude(x) == INFINITY", "cisinf(x)", _FALSE), EVERY_KIND, "True where `x` is infinite.", oracle=np.isinf, gives=TRUTH))
isnan = _row(Unary("isnan", _by_kind(_FALSE, "x != x", "cisnan(x)", _FALSE), EVERY_KIND, "True where `x` is NaN.", oracle=np.isnan, gives=TRUTH))
signbit = _row(Unary("signbit", _by_kind("x < (T)(0)", "as_I(x) < (I)(0)"), _ARITHMETIC, "True where the sign bit of `x` is set.", oracle=np.signbit, gives=TRUTH))


# --- logic and bits ----------------------------------------------------------------------------
def _logic(symbol: str) -> dict[str, str]:
    return dict.fromkeys(REAL, f"(x1 != (T)(0)) {symbol} (x2 != (T)(0))") | {COMPLEX: f"cnonzero(x1) {symbol} cnonzero(x2)"}


logical_and = _row(Binary("logical_and", _logic("&"), EVERY_KIND, "True where `x1` and `x2` are not 0.", oracle=np.logical_and, gives=TRUTH))
logical_or = _row(Binary("logical_or", _logic("|"), EVERY_KIND, "True where `x1` or `x2` is not 0.", oracle=np.logical_or, gives=TRUTH))
logical_xor = _row(Binary("logical_xor", _logic("^"), EVERY_KIND, "True where one of `x1` and `x2` is 0.", oracle=np.logical_xor, gives=TRUTH))
logical_not = _row(Unary("logical_not", dict.fromkeys(REAL, "x == (T)(0)") | {COMPLEX: "!cnonzero(x)"}, EVERY_KIND, "True where `x` is 0.", oracle=np.logical_not, gives=TRUTH))
bitwise_and = _row(Binary("bitwise_and", "(T)(x1 & x2)", _BITS, "The bits set in both.", oracle=np.bitwise_and))
bitwise_or = _row(Binary("bitwise_or", "(T)(x1 | x2)", _BITS, "The bits set in either.", oracle=np.bitwise_or))
bitwise_xor = _row(Binary("bitwise_xor", "(T)(x1 ^ x2)", _BITS, "The bits set in one only.", oracle=np.bitwise_xor))
bitwise_invert = _row(Unary("bitwise_invert", {UINT: "(T)(~x)", INT: "(T)(~x)", BOOL: "x ^ (T)(1)"}, _BITS, "Every bit changed.", oracle=np.bitwise_not))
bitwise_left_shift = _row(Binary("bitwise_left_shift", "shift_left(x1, x2)", _INTEGERS, "`x1` shifted by `x2` bits to the left.", oracle=np.left_shift, domain=(0, 9)))
bitwise_right_shift = _row(Binary("bitwise_right_shift", "shift_right(x1, x2)", _INTEGERS, "`x1` shifted by `x2` bits to the right, keeping the sign.", oracle=np.right_shift, domain=(0, 9)))
gcd = _row(Binary("gcd", "int_gcd(x1, x2)", _INTEGERS, "The greatest common divisor of |`x1`| and |`x2`|.", oracle=np.gcd))
lcm = _row(Binary("lcm", "int_lcm(x1, x2)", _INTEGERS, "The least common multiple of |`x1`| and |`x2`|; it wraps.", oracle=np.lcm))
set_bits = _row(Unary("set_bits", "int_bits(x)", _INTEGERS, "How many bits of |`x`| are set.", oracle=lambda x: np.bitwise_count(x).astype(x.dtype)))

# --- complex numbers ---------------------------------------------------------------------------
real = _row(Unary("real", _by_kind("x", "x", "x.re", "x"), EVERY_KIND, "The real part.", oracle=np.real, gives=REAL_PART, held=Held(stays_when=frozenset({BOOL}), any_zero_when=EVERY_KIND)))
imag = _row(Unary("imag", _by_kind("(T)(0)", "(T)(0)", "x.im", "(T)(0)"), EVERY_KIND, "The imaginary part; 0 for real numbers.", oracle=np.imag, gives=REAL_PART, held=Held(any_zero_when=EVERY_KIND)))
conj = _row(Unary("conj", _by_kind("x", "x", "cconj(x)", "x"), EVERY_KIND, "The complex conjugate.", oracle=np.conj, held=Held(stays_when=frozenset({BOOL}), any_zero_when=EVERY_KIND)))

# --- exponentials and logarithms ---------------------------------------------------------------
exp = _function("exp", "e to the power `x`.", oracle=np.exp, domain=(-8, 8), ulp=4)
exp2 = _function("exp2", "2 to the power `x`.", oracle=np.exp2, domain=(-8, 8), ulp=4, complexes=False)
expm1 = _function("expm1", "exp(`x`) - 1, exact near 0.", oracle=np.expm1, domain=(-4, 4), ulp=4)
log = _function("log", "The natural logarithm.", oracle=np.log, domain=(0.01, 100), ulp=4)
log1p = _function("log1p", "The logarithm of 1 + `x`, exact near 0.", oracle=np.log1p, domain=(-0.9, 8), ulp=4)
log2 = _function("log2", "The logarithm to base 2.", oracle=np.log2, domain=(0.01, 100), ulp=4)
log10 = _function("log10", "The logarithm to base 10.", oracle=np.log10, domain=(0.01, 100), ulp=4)
logaddexp = _row(Binary("logaddexp", "logaddexp(x1, x2)", _FLOATS, "log(exp(`x1`) + exp(`x2`)) without overflow.", oracle=np.logaddexp, floats=True, ulp=8, held=Held(cancels=True)))
logaddexp2 = _row(Binary("logaddexp2", "logaddexp2(x1, x2)", _FLOATS, "log2(2**`x1` + 2**`x2`) without overflow.", oracle=np.logaddexp2, floats=True, ulp=8, held=Held(cancels=True)))

# --- trigonometry ------------------------------------------------------------------------------
sin = _function("sin", "The sine of `x` in radians.", oracle=np.sin, domain=(-8, 8), ulp=4)
cos = _function("cos", "The cosine of `x` in radians.", oracle=np.cos, domain=(-8, 8), ulp=4)
tan = _function("tan", "The tangent of `x` in radians.", oracle=np.tan, domain=(-1.5, 1.5), ulp=6)
asin = _function("asin", "The inverse sine, in radians.", oracle=np.arcsin, domain=(-1, 1), ulp=6)
acos = _function("acos", "The inverse cosine, in radians.", oracle=np.arccos, domain=(-1, 1), ulp=6)
atan = _function("atan", "The inverse tangent, in radians.", oracle=np.arctan, domain=(-8, 8), ulp=6)
sinh = _function("sinh", "The hyperbolic sine.", oracle=np.sinh, domain=(-4, 4), ulp=6)
cosh = _function("cosh", "The hyperbolic cosine.", oracle=np.cosh, domain=(-4, 4), ulp=6)
tanh = _function("tanh", "The hyperbolic tangent.", oracle=np.tanh, domain=(-4, 4), ulp=6)
asinh = _function("asinh", "The inverse hyperbolic sine.", oracle=np.arcsinh, domain=(-8, 8), ulp=6)
acosh = _function("acosh", "The inverse hyperbolic cosine.", oracle=np.arccosh, domain=(1, 8), ulp=6)
atanh = _function("atanh", "The inverse hyperbolic tangent.", oracle=np.arctanh, domain=(-0.9, 0.9), ulp=6)
sinpi = _function("sinpi", "sin(pi `x`).", oracle=lambda x: np.sin(np.pi * x.astype(np.float64)).astype(x.dtype), domain=(0.1, 0.9), ulp=4, complexes=False, specials=False)
cospi = _function("cospi", "cos(pi `x`).", oracle=lambda x: np.cos(np.pi * x.astype(np.float64)).astype(x.dtype), domain=(-0.4, 0.4), ulp=4, complexes=False, specials=False)
erf = _function("erf", "The error function.", oracle=lambda x: _by_math(math.erf, x), domain=(-3, 3), ulp=4, complexes=False, raises=True, specials=False)
erfc = _function("erfc", "1 - erf(`x`), exact where that is small.", oracle=lambda x: _by_math(math.erfc, x), domain=(-3, 3), ulp=8, complexes=False, raises=True, specials=False)
erfinv = _function("erfinv", "The number whose erf is `x`.", oracle=lambda x: _by_math(_erfinv, x), domain=(-0.999, 0.999), ulp=4, complexes=False, raises=True, specials=False)
gamma = _function("gamma", "The gamma function.", oracle=lambda x: _by_math(math.gamma, x), domain=(0.5, 8), ulp=4, complexes=False, raises=True, specials=False)
gammaln = _function("gammaln", "The logarithm of |gamma(`x`)|.", oracle=lambda x: _by_math(math.lgamma, x), domain=(3, 30), ulp=4, complexes=False, code="lgamma(x)", raises=True, specials=False)
digamma = _function("digamma", "The derivative of gammaln.", oracle=lambda x: _by_math(_digamma, x), domain=(2, 30), ulp=4, complexes=False, raises=True, specials=False)
i0 = _function("i0", "The modified Bessel function of the first kind, of order 0.", oracle=lambda x: np.i0(x.astype(np.float64)).astype(x.dtype), domain=(-20, 20), ulp=8, complexes=False, code="bessel_i0(x)", specials=False)
atan2 = _row(Binary("atan2", "atan2(x1, x2)", _FLOATS, "The angle of the point (`x2`, `x1`), in radians.", oracle=np.arctan2, floats=True, ulp=6))
degrees = _function("degrees", "Radians as degrees.", oracle=np.degrees, domain=(-8, 8), ulp=2, complexes=False, code="x * (T)(57.29577951308232)", specials=False)
radians = _function("radians", "Degrees as radians.", oracle=np.radians, domain=(-360, 360), ulp=2, complexes=False, code="x * (T)(0.017453292519943295)", specials=False)

# --- functions of neural networks and statistics -------------------------------------------------
cbrt = _function("cbrt", "The cube root.", oracle=np.cbrt, domain=(-8, 8), ulp=4, complexes=False)
rcbrt = _function("rcbrt", "1 / cbrt(`x`).", oracle=lambda x: 1 / np.cbrt(x), domain=(0.1, 8), ulp=4, complexes=False, code="divide((T)(1), cbrt(x))", specials=False)
relu = _row(Unary("relu", _by_kind("maximum_of(x, (T)(0))", "maximum_of(x, (T)(0))"), _ARITHMETIC, "max(`x`, 0).", oracle=lambda x: np.maximum(x, x.dtype.type(0))))
sigmoid = _function("sigmoid", "1 / (1 + exp(-`x`)).", oracle=lambda x: (1 / (1 + np.exp(-x.astype(np.float64)))).astype(x.dtype), domain=(-8, 8), ulp=4, complexes=False, specials=False)
softplus = _function("softplus", "log(1 + exp(`x`)) without overflow.", oracle=lambda x: np.logaddexp(0, x.astype(np.float64)).astype(x.dtype), domain=(-8, 8), ulp=4, complexes=False, specials=False)
softsign = _function("softsign", "`x` / (1 + |`x`|).", oracle=lambda x: x / (1 + np.abs(x)), domain=(-8, 8), ulp=4, complexes=False, code="divide(x, (T)(1) + magnitude(x))", specials=False)

# --- choice ------------------------------------------------------------------------------------
where = _row(Ternary("where", "choose(x1, x2, x3)", EVERY_KIND, "`x1` where the condition is true, else `x2`; of the condition alone the places where it is, as of `nonzero`.", oracle=np.where))

TABLE: dict[str, Op] = {op.name: op for op in _T}
"""Name -> operation, in the order above."""

# What OpenCL requires to be exact, or to be a plain move of bits.
_EXACT = r"(as_|convert_)?[TRIU]|fabs|floor|ceil|trunc|rint|copysign|min|max"


def outside_the_promise() -> tuple[str, ...]:
    """The operations, as "name" or "name (complex)", that still call a driver's own function.

    Their results may differ between devices in the last places.
    """
    outside = []
    for op in _T:
        for kind in sorted(op._kinds & {FLOAT, COMPLEX}):
            called = re.findall(r"\b([A-Za-z_]\w*)\(", op._code[kind])
            if any(not Library.has(name) and not re.fullmatch(_EXACT, name) for name in called):
                outside.append(op.name + (" (complex)" if kind == COMPLEX else ""))
    return tuple(outside)
