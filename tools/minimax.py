"""Minimax polynomials of ``math.cl.mako`` and ``special.cl.mako`` in ``clnd/templates/lib``: run it to print every table.

    python tools/minimax.py            # all fits
    python tools/minimax.py SIN EXP    # those whose name contains a word

Each fit is a polynomial P(z) with |(F(z) - P(z)) * W(z)| as small as possible at its largest on an
interval (Remez exchange on a fine grid, in mpmath). The weight W turns the error of P into the
relative error of the function. Coefficients are then rounded to the format one after the other,
the lowest power first, and the higher powers are fitted again around each rounded one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from mpmath import mp, mpf

mp.prec = 240
Function = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Fit:
    """P(z) of ``degree`` for F(z) on [low, high]; ``bits`` is the format of the coefficients."""

    name: str
    function: Function
    weight: Function
    low: mpf
    high: mpf
    degree: int
    bits: int


def round_to(value: mpf, bits: int) -> mpf:
    """``value`` rounded to ``bits`` significant bits, ties to even."""
    if value == 0:
        return mpf(0)
    exponent = int(mp.floor(mp.log(abs(value), 2))) - bits + 1
    return mpf(mp.nint(mp.ldexp(value, -exponent))) * mpf(2) ** exponent


def chebyshev_grid(low: mpf, high: mpf, count: int) -> list[mpf]:
    """``count`` Chebyshev nodes of [low, high], ascending; never the ends themselves."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def remez(zs: list[mpf], target: list[mpf], weight: list[mpf], degree: int) -> tuple[list[mpf], mpf]:
    """The polynomial with the smallest largest |weight * (target - P)| on the grid, and that error."""
    n = degree + 1
    basis = [[w * z**p for p in range(n)] for z, w in zip(zs, weight, strict=True)]
    goal = [w * t for t, w in zip(target, weight, strict=True)]
    last = len(zs) - 1
    reference = [round(last * i / n) for i in range(n + 1)]
    coefficients, worst = [mpf(0)] * n, mpf(0)
    for _ in range(40):
        matrix = mp.matrix(n + 1, n + 1)
        right = mp.matrix(n + 1, 1)
        for row, i in enumerate(reference):
            for column in range(n):
                matrix[row, column] = basis[i][column]
            matrix[row, n] = (-1) ** row
            right[row] = goal[i]
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(n)]
        error = [g - mp.fdot(b, coefficients) for g, b in zip(goal, basis, strict=True)]
        # One extremum per run of equal sign, then n + 1 of them that still alternate: the smallest
        # leaves, alone from an end, else with a neighbour.
        extrema: list[int] = []
        for i, e in enumerate(error):
            if extrema and (error[extrema[-1]] > 0) == (e > 0):
                if abs(e) > abs(error[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        while len(extrema) > n + 1:
            sizes = [abs(error[i]) for i in extrema]
            smallest = sizes.index(min(sizes))
            if smallest in (0, len(extrema) - 1):
                extrema.pop(smallest)
            elif len(extrema) == n + 2:
                extrema.pop(0 if sizes[0] < sizes[-1] else -1)
            else:
                other = smallest - 1 if sizes[smallest - 1] < sizes[smallest + 1] else smallest
                del extrema[other : other + 2]
        worst = max(abs(e) for e in error)
        if len(extrema) < n + 1 or worst <= abs(solution[n]) * mpf("1.0005"):
            break
        reference = extrema
    return coefficients, worst


def solve(fit: Fit) -> tuple[list[mpf], mpf]:
    """Coefficients of a fit, lowest power first, in its format, and the largest weighted error."""
    zs = chebyshev_grid(mpf(fit.low), mpf(fit.high), 24 * (fit.degree + 2))
    target = [fit.function(z) for z in zs]
    weight = [fit.weight(z) for z in zs]
    rounded: list[mpf] = []
    rest = target
    for power in range(fit.degree + 1):
        coefficients, _ = remez(zs, rest, weight, fit.degree - power)
        c = round_to(coefficients[0], fit.bits)
        rounded.append(c)
        # What is left is z times the next problem, so its weight grows by |z|.
        rest = [(t - c) / z for t, z in zip(rest, zs, strict=True)]
        weight = [w * abs(z) for w, z in zip(weight, zs, strict=True)]
    return rounded, max(abs(t * w) for t, w in zip(rest, weight, strict=True))


def hexadecimal(value: mpf, bits: int) -> str:
    """A number of at most ``bits`` bits as a C hexadecimal literal."""
    text = float(value).hex()
    mantissa, exponent = text.split("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{exponent}" + ("f" if bits == 24 else "")


QUARTER = mp.pi / 4 * mpf("1.001")
HALF_LN2 = mp.log(2) / 2 * mpf("1.001")
SQRT2 = mp.sqrt(2)
HALF = mpf("0.5")


def _by_format(name: str, function: Function, weight: Function, low: mpf, high: mpf, *degrees: int) -> list[Fit]:
    """The float32 fit and the float64 fit of one function."""
    return [
        Fit(f"{name}_{kind}", function, weight, low, high, degree, bits)
        for kind, bits, degree in zip(("float", "double"), (24, 53), degrees, strict=True)
        if degree >= 0
    ]


def _sin_rest(z: mpf) -> mpf:
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / (r * z)


def _sinpi_rest(z: mpf) -> mpf:
    r = mp.sqrt(z)
    return (mp.sin(mp.pi * r) / r - mp.pi) / z


def _tanh_rest(z: mpf) -> mpf:
    x = mp.sqrt(z)
    return (mp.tanh(x) - x) / (x * z)


def _atanh_rest(z: mpf) -> mpf:
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def _erfc_rest(t: mpf) -> mpf:
    x = 4 * (1 + t) / (1 - t)
    return mp.erfc(x) * mp.exp(x * x) * (1 + 2 * x)


def _odd_rest(function: Function) -> Function:
    """P of f(x) = x + x^3 P(x^2), as a function of z = x^2."""
    return lambda z: (function(mp.sqrt(z)) - mp.sqrt(z)) / z**1.5


def _odd_weight(function: Function) -> Function:
    """What turns the error of that P into the relative error of f."""
    return lambda z: z**1.5 / function(mp.sqrt(z))


def _stirling_rest(z: mpf) -> mpf:
    """x R(x), with R what Stirling's (x - 1/2) log x - x + log(2 pi)/2 lacks of log gamma, for z = 1/x^2."""
    with mp.workprec(2 * mp.prec):
        x = 1 / mp.sqrt(z)
        return (mp.loggamma(x) - (x - mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2) * x


def _digamma_rest(z: mpf) -> mpf:
    """x^2 times what is missing in log x - 1/(2 x), for z = 1/x^2."""
    with mp.workprec(2 * mp.prec):
        x = 1 / mp.sqrt(z)
        return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) * x * x


DIGAMMA_ROOT = mp.findroot(mp.digamma, mpf("1.4616"))


def _digamma_over_root(v: mpf) -> mpf:
    return mp.digamma(v + mpf("1.5")) / (v + mpf("1.5") - DIGAMMA_ROOT)


def _cot_rest(z: mpf) -> mpf:
    u = mp.sqrt(z)
    return (1 / u - mp.pi * mp.cot(mp.pi * u)) / u


def _erfinv_of_log(s: mpf) -> mpf:
    """y / s with erfc(y) = exp(-s^2), by Newton's steps on log erfc."""
    w = s * s
    y = s if w > 1 else w * mp.sqrt(mp.pi) / 2
    for _ in range(100):
        e = mp.erfc(y)
        step = (mp.log(e) + w) * e * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
        y += step
        if abs(step) < mpf(2) ** (20 - mp.prec):
            break
    return y / s


def _erfinv_tail(shift: mpf) -> Function:
    """That for s of t = (s - 2) / (s + shift)."""
    return lambda t: _erfinv_of_log((2 + shift * t) / (1 - t))


def _tail_fit(name: str, shift: str, top: str, degree: int, bits: int) -> Fit:
    c, low, high = mpf(shift), mp.sqrt(mp.log(mpf(8) / 3)), mp.sqrt(mpf(top))
    function = _erfinv_tail(c)
    return Fit(name, function, lambda t: 1 / function(t), (low - 2) / (low + c), (high - 2) / (high + c), degree, bits)


def _i0_rest(u: mpf) -> mpf:
    """sqrt(x) exp(7.953125 - x) I0(x) for u = 1/x: the first coefficient is a float, but for 2^-33 of it."""
    with mp.workprec(2 * mp.prec):
        return mp.besseli(0, 1 / u) * mp.exp(mpf("7.953125") - 1 / u) / mp.sqrt(u)


FITS: list[Fit] = [
    # exp(r) = 1 + r + r^2 P(r)
    *_by_format("EXP", lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.exp(r), -HALF_LN2, HALF_LN2, 4, 9),
    # log(1 + f) = f - f^2/2 + f^3 P(f)
    *_by_format("LOG", lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, lambda f: f**3 / mp.log1p(f),
                1 / SQRT2 - 1, SQRT2 - 1, 7, -1),
    *_by_format("LOG_LONG", lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, lambda f: f**3 / mp.log1p(f),
                1 / SQRT2 - 1, SQRT2 - 1, 8, -1),
    # log((1 + s) / (1 - s)) = 2 s + s^3 P(s^2)
    *_by_format("ATANH", _atanh_rest, lambda z: z / 2, mpf(0), (SQRT2 - 1) ** 4 * mpf("1.01"), -1, 6),
    # sin(r) = r + r^3 P(r^2), cos(r) = 1 - r^2/2 + r^4 P(r^2)
    *_by_format("SIN", _sin_rest, lambda z: z**1.5 / mp.sin(mp.sqrt(z)), mpf(0), QUARTER**2, 2, 5),
    *_by_format("COS", lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2, mpf(0), QUARTER**2, 2, 5),
    # sin(pi r) = r (pi + r^2 P(r^2)), cos(pi r) = 1 - (pi^2/2) r^2 + r^4 P(r^2)
    *_by_format("SINPI", _sinpi_rest, lambda z: z**1.5 / mp.sin(mp.pi * mp.sqrt(z)), mpf(0), mpf(1) / 16, 2, 5),
    *_by_format("COSPI", lambda z: (mp.cos(mp.pi * mp.sqrt(z)) - 1 + mp.pi**2 / 2 * z) / z**2, lambda z: z**2,
                mpf(0), mpf(1) / 16, 2, 5),
    # tanh(x) = x + x^3 P(x^2)
    *_by_format("TANH", _tanh_rest, lambda z: z**1.5 / mp.tanh(mp.sqrt(z)), mpf(0), mpf(1), 7, -1),
    *_by_format("TANH", _tanh_rest, lambda z: z**1.5 / mp.tanh(mp.sqrt(z)), mpf(0), mpf("0.3907"), -1, 12),
]

FITS += [
    # 2^r = 1 + r P(r)
    *_by_format("EXP2", lambda r: mp.expm1(r * mp.log(2)) / r, lambda r: abs(r) / mp.power(2, r),
                mpf("-0.5"), mpf("0.5"), 5, 10),
    # sinh(x) = x + x^3 P(x^2) up to 1, cosh(x) = 1 + x^2/2 + x^4 P(x^2) up to 7/8
    *_by_format("SINH", _odd_rest(mp.sinh), _odd_weight(mp.sinh), mpf(0), mpf(1), 3, 7),
    *_by_format("COSH", lambda z: (mp.cosh(mp.sqrt(z)) - 1 - z / 2) / z**2, lambda z: z**2 / mp.cosh(mp.sqrt(z)),
                mpf(0), mpf("0.77"), 2, 6),
    # f(x) = x + x^3 P(x^2)
    *_by_format("TAN", _odd_rest(mp.tan), _odd_weight(mp.tan), mpf(0), QUARTER**2, 6, 14),
    *_by_format("ATAN", _odd_rest(mp.atan), _odd_weight(mp.atan), mpf(0), mpf(1), 9, 21),
    *_by_format("ASIN", _odd_rest(mp.asin), _odd_weight(mp.asin), mpf(0), mpf("0.25"), 5, 13),
    *_by_format("ASINH", _odd_rest(mp.asinh), _odd_weight(mp.asinh), mpf(0), mpf("0.25"), 5, 12),
    *_by_format("ATANHX", _odd_rest(mp.atanh), _odd_weight(mp.atanh), mpf(0), mpf("0.25"), 6, 14),
    # log((1 + s) / (1 - s)) = 2 s + s^3 (2/3 + s^2 P(s^2))
    *_by_format("ATANH5", lambda z: (_atanh_rest(z) - mpf(2) / 3) / z, lambda z: z**2 / 2, mpf(0),
                (SQRT2 - 1) ** 4 * mpf("1.01"), 3, 7),
    # erf(x) = x + x P(x^2) up to 1, 1 - exp(-P(x - 1.25)) up to where it is 1
    *_by_format("ERF", lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)),
                mpf(0), mpf(1), 6, 12),
    *_by_format("ERF_LOG", lambda u: -mp.log(mp.erfc(u + mpf("1.25"))), lambda u: mp.erfc(u + mpf("1.25")),
                mpf("-0.25"), mpf("2.75"), 9, -1),
    *_by_format("ERF_LOG", lambda u: -mp.log(mp.erfc(u + mpf("1.25"))), lambda u: mp.erfc(u + mpf("1.25")),
                mpf("-0.25"), mpf("4.75"), -1, 20),
    # erfc(x) = exp(-x^2) P(t) / (1 + 2 x), t = (x - 4) / (x + 4)
    *_by_format("ERFC", _erfc_rest, lambda t: 1 / _erfc_rest(t), mpf(-7) / 9, mpf(13) / 29, 10, -1),
    *_by_format("ERFC", _erfc_rest, lambda t: 1 / _erfc_rest(t), mpf(-7) / 9, mpf(47) / 63, -1, 21),
    # The cube root of 1 to 8, a first guess
    *_by_format("CBRT", mp.cbrt, lambda m: 1 / mp.cbrt(m), mpf(1), mpf(8), 5, 5),
]

# The functions of special.cl.mako.
FITS += [
    # 1 / gamma(1 + u) = 1 + u P(u), log gamma(2 + u) = u P(u)
    *_by_format("RGAMMA", lambda u: (mp.rgamma(1 + u) - 1) / u, lambda u: abs(u) * mp.gamma(1 + u), -HALF, HALF, 7, 13),
    *_by_format("LOGGAMMA", lambda u: mp.loggamma(2 + u) / u, lambda u: abs(u / mp.loggamma(2 + u)), -HALF, HALF, 8, 17),
    # log gamma(x) = Stirling's (x - 1/2) log x - x + log(2 pi)/2 + P(1/x^2) / x from 2.5 on
    *_by_format("STIRLING", _stirling_rest, mp.sqrt, mpf(2) ** -100, mpf("0.16"), 3, 12),
    # digamma(x) = (x - root) P(x - 1.5) from 1 to 2, log x - 1/(2 x) - P(1/x^2) / x^2 from 2 on
    *_by_format("DIGAMMA", _digamma_over_root, lambda v: 1 / _digamma_over_root(v), -HALF, HALF, 10, 21),
    *_by_format("DIGAMMA_LARGE", _digamma_rest, lambda z: z, mpf(2) ** -100, mpf("0.25"), 4, 14),
    # pi cot(pi u) = 1/u - u P(u^2)
    *_by_format("COT", _cot_rest, mp.sqrt, mpf(2) ** -100, mpf("0.25"), 7, 14),
    # erfinv(x) = x P(x^2) up to 5/8; s P((s - 2) / (s + c)), s = sqrt(-log(1 - x)), above
    *_by_format("ERFINV", lambda z: mp.erfinv(mp.sqrt(z)) / mp.sqrt(z), lambda z: mp.sqrt(z) / mp.erfinv(mp.sqrt(z)),
                mpf(2) ** -100, mpf("0.390625"), 7, 16),
    # i0(x) = exp(x - 7.953125) / sqrt(x) P(1/x) from 8 on; below it is its Taylor series, of 1 / k!^2 (x/2)^2k
    *_by_format("I0_LARGE", _i0_rest, lambda u: 1 / _i0_rest(u), mpf(2) ** -60, mpf("0.125"), 7, 23),
    _tail_fit("ERFINV_TAIL_float", "1", "16.64", 8, 24),
    _tail_fit("ERFINV_TAIL_double", "1.5", "36.74", 22, 53),
]


def main(words: list[str]) -> None:
    """Print the tables whose name contains one of ``words``, or all of them."""
    for fit in FITS:
        if words and not any(word in fit.name for word in words):
            continue
        coefficients, worst = solve(fit)
        print(f"# {fit.name}: degree {fit.degree}, error {mp.nstr(worst, 3)} = 2^{mp.nstr(mp.log(worst, 2), 4)}")
        print(f"{fit.name} = [")
        for c in coefficients:
            print(f'    "{hexadecimal(c, fit.bits)}",')
        print("]", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
