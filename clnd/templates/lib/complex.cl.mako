## Complex arithmetic and elementary functions. `t` is a complex CType, a struct of two reals `re`
## and `im`; defs that say so take the real type. Real functions are those of math.cl.mako.
##
## Special values are those of C99 Annex G, branch cuts those of NumPy: on a cut the sign of a zero
## tells the side. Nothing branches for one lane: every case is computed and selected; a rare case
## is skipped where no lane has it. Only the elementwise products of cmul are added without fma.
## No function assigns to a part of its parameter: rusticl inlines calls without the copy that C makes.

<%!
from fractions import Fraction
from struct import pack, unpack


def number(t, text):
    """A constant of type t: ``text`` is a C literal without suffix, rounded to t where it is longer."""
    if "0x" in text and not t.is_double:
        text = unpack("f", pack("f", float.fromhex(text)))[0].hex()
    return f"({t})({text}{'' if t.is_double else 'f'})"


def limit(r, of_float, of_double):
    """A constant that depends on the precision."""
    return number(r, of_double if r.is_double else of_float)


def infinite(r, x):
    """The condition that x is an infinity."""
    return f"(magnitude_{r}({x}) == INFINITY)"


def finite(r, x):
    """The condition that x is neither an infinity nor NaN."""
    return f"(magnitude_{r}({x}) < INFINITY)"


def power_of_two(r, e):
    """2^e as a real, for e of an integer type and in the range of normal numbers."""
    bias, shift = (1023, 52) if r.is_double else (127, 23)
    return f"as_{r}((({r.int})({e}) + ({r.int})({bias})) << ({r.int})({shift}))"


def series(r, x, coefficients):
    """The polynomial of exact fractions in x, as nested fma."""
    *rest, last = [number(r, float(c).hex()) for c in coefficients]
    for c in reversed(rest):
        last = f"fma_{r}({last}, {x}, {c})"
    return last


LN2 = "0x1.62e42fefa39efp-1"
HALF_PI = "0x1.921fb54442d18p+0"
%>

## ---- parts that several functions share; t is real

<%def name="cdot2(t)">
// ab + cd, and in *low what that lost: the sum has about twice the digits, also where it cancels.
static inline ${t} cdot2_${t}(${t} a, ${t} b, ${t} c, ${t} d, ${t} *low)
{
    const ${t} s = fma_${t}(a, b, c * d);
    // s as u + v, about ab and cd, but for e.
    const ${t} u = fma_${t}(-c, d, s);
    const ${t} v = s - u;
    const ${t} w = v - s;
    const ${t} e = (s - (v - w)) - (u + w);
    *low = fma_${t}(a, b, -u) + (fma_${t}(c, d, -v) - e);
    return s;
}
</%def>

<%def name="clog_modulus(t)">${log_of_modulus(t, "clog_modulus", "log", 1.0, LN2)}</%def>
<%def name="clog2_modulus(t)">${log_of_modulus(t, "clog2_modulus", "log2", 1.4426950408889634, "1.0")}</%def>
<%def name="clog10_modulus(t)">${log_of_modulus(t, "clog10_modulus", "log10", 0.4342944819032518, "0x1.34413509f79ffp-2")}</%def>

<%def name="log_of_modulus(t, name, log, factor, log_of_two)">
// The logarithm of |x + iy|.
static inline ${t} ${name}_${t}(${t} x, ${t} y)
{
    const ${t} ax = magnitude_${t}(x), ay = magnitude_${t}(y);
    const ${t} most = ax < ay ? ay : ax, least = ax < ay ? ax : ay;
    const ${t} norm = fma_${t}(most, most, least * least);
    const ${t.mask} near_one = (norm > ${number(t, "0.5")}) & (norm < ${number(t, "2.0")});
    ${t} z = most;
    if (any_lane_${t}(!near_one)) {
        const ${t.mask} large = most > ${limit(t, "0x1p120", "0x1p1000")}, small = most < ${limit(t, "0x1p-80", "0x1p-900")};
        const ${t} in = large ? ${number(t, "0x1p-8")} : (small ? ${limit(t, "0x1p64", "0x1p600")} : ${number(t, "1.0")});
        const ${t} e = large ? ${number(t, "8.0")} : (small ? ${limit(t, "-64.0", "-600.0")} : ${number(t, "0.0")});
        z = fma_${t}(e, ${number(t, log_of_two)}, ${log}_${t}(hypot_${t}(ax * in, ay * in)));
    }
    if (any_lane_${t}(near_one)) {
        // |z|^2 - 1 = (most - 1)(most + 1) + least^2 with the error of every step added back.
        const ${t} m = most - ${number(t, "1.0")}, p = most + ${number(t, "1.0")};
        const ${t} lost = most - (p - ${number(t, "1.0")});
        ${t} low;
        const ${t} s = cdot2_${t}(m, p, least, least, &low);
        const ${t} l = log1p_${t}(s + fma_${t}(m, lost, low));
        z = near_one ? l * ${number(t, float(factor / 2).hex())} : z;
    }
    return z;
}
</%def>

## ---- arithmetic

<%def name="cadd(t)">
static inline ${t} cadd_${t}(${t} a, ${t} b)
{
    ${t} z;
    z.re = a.re + b.re;
    z.im = a.im + b.im;
    return z;
}
</%def>

<%def name="csub(t)">
static inline ${t} csub_${t}(${t} a, ${t} b)
{
    ${t} z;
    z.re = a.re - b.re;
    z.im = a.im - b.im;
    return z;
}
</%def>

<%def name="cmul(t)">
// Four products and no fma, whatever the device.
static inline ${t} cmul_${t}(${t} a, ${t} b)
{
    ${t} z;
    z.re = a.re * b.re - a.im * b.im;
    z.im = a.re * b.im + a.im * b.re;
    return z;
}
</%def>

<%def name="cmultiply(t)">
// cmul; where both products of a part overflow, which makes NaN of it, from factors whose products do not.
<%  r = t.real %>
static inline ${t} cmultiply_${t}(${t} a, ${t} b)
{
    ${t} z = cmul_${t}(a, b);
    if (any_lane_${r}(cisnan_${t}(z))) {
        const ${r} in = ${limit(r, "0x1p-64", "0x1p-512")}, out = ${limit(r, "0x1p64", "0x1p512")};
        ${t} x, y;
        x.re = a.re * in;
        x.im = a.im * in;
        y.re = b.re * in;
        y.im = b.im * in;
        const ${t} w = cmul_${t}(x, y);
        z.re = z.re != z.re ? w.re * out * out : z.re;
        z.im = z.im != z.im ? w.im * out * out : z.im;
    }
    return z;
}
</%def>

<%def name="cnegative(t)">
static inline ${t} cnegative_${t}(${t} x)
{
    ${t} z;
    z.re = -x.re;
    z.im = -x.im;
    return z;
}
</%def>

<%def name="cconj(t)">
static inline ${t} cconj_${t}(${t} x)
{
    ${t} z;
    z.re = x.re;
    z.im = -x.im;
    return z;
}
</%def>

<%def name="cexact_mul(t)">
// A product with each part right to about a unit in its last place (Kahan); infinities become NaN.
<%  r = t.real %>
static inline ${t} cexact_mul_${t}(${t} a, ${t} b)
{
    ${t} z;
    const ${r} p = a.im * b.im, q = a.im * b.re;
    z.re = fma_${r}(a.re, b.re, -p) - fma_${r}(a.im, b.im, -p);
    z.im = fma_${r}(a.re, b.im, q) + fma_${r}(a.im, b.re, -q);
    return z;
}
</%def>

<%def name="cexponent(t)">
// The exponent of |x|, kept to where 2^e and 2^-e are both normal. t is real.
<%  low, shift, mask, bias = (-1022, 52, 2047, 1023) if t.is_double else (-126, 23, 255, 127) %>
static inline ${t.int} cexponent_${t}(${t} x)
{
    const ${t.int} e = ((as_${t.int}(x) >> (${t.int})(${shift})) & (${t.int})(${mask})) - (${t.int})(${bias});
    return min(max(e, (${t.int})(${low})), (${t.int})(${-low}));
}
</%def>

<%def name="cdivide(t)">
<%  r = t.real %>
static inline ${t} cdivide_${t}(${t} x, ${t} y)
{
    // Both operands are scaled so that the larger part is about 1; nothing overflows on the way.
    const ${r} ax = magnitude_${r}(x.re), bx = magnitude_${r}(x.im), ay = magnitude_${r}(y.re), by = magnitude_${r}(y.im);
    const ${r.int} ex = cexponent_${r}(ax < bx ? bx : ax), ey = cexponent_${r}(ay < by ? by : ay);
    const ${r} sx = ${power_of_two(r, "-ex")}, sy = ${power_of_two(r, "-ey")};
    const ${r} a = x.re * sx, b = x.im * sx, c = y.re * sy, d = y.im * sy;
    const ${r} norm = fma_${r}(c, c, d * d);
    const ${r} bd = b * d, ad = a * d;
    // What the products lost is added where it is something, so that a negative zero stays.
    const ${r} re0 = fma_${r}(a, c, bd), re1 = fma_${r}(b, d, -bd);
    const ${r} im0 = fma_${r}(b, c, -ad), im1 = fma_${r}(a, d, -ad);
    const ${r} re = divide_${r}(re1 == ${number(r, "0.0")} ? re0 : re0 + re1, norm);
    const ${r} im = divide_${r}(im1 == ${number(r, "0.0")} ? im0 : im0 - im1, norm);
    const ${r.int} e = ex - ey;
    const ${r.int} half_ = e >> (${r.int})(1);
    const ${r} s = ${power_of_two(r, "half_")}, u = ${power_of_two(r, "e - half_")};
    ${t} z;
    z.re = re * s * u;
    z.im = im * s * u;
    const ${r.mask} by_zero = (y.re == ${number(r, "0.0")}) & (y.im == ${number(r, "0.0")});
    const ${r.mask} top = ${finite(r, "x.re")} & ${finite(r, "x.im")}, below = ${finite(r, "y.re")} & ${finite(r, "y.im")};
    const ${r.mask} special = !(top & below) | by_zero;
    if (any_lane_${r}(special)) {
        // C99 G.5.1: what the plain formula gives, and where that is NaN twice, the limit.
        ${r} p = divide_${r}(fma_${r}(a, c, bd), norm), q = divide_${r}(fma_${r}(b, c, -ad), norm);
        const ${r.mask} lost = (p != p) & (q != q);
        const ${r} zero = ${number(r, "0.0")}, one = ${number(r, "1.0")}, inf = (${r})(INFINITY);
        const ${r.mask} top_inf = (${infinite(r, "x.re")} | ${infinite(r, "x.im")}) & below & lost;
        const ${r.mask} below_inf = (${infinite(r, "y.re")} | ${infinite(r, "y.im")}) & top & lost;
        const ${r.mask} pole = by_zero & ((x.re == x.re) | (x.im == x.im)) & lost;
        const ${r} a1 = top_inf ? with_sign_${r}(${infinite(r, "x.re")} ? one : zero, a) : a;
        const ${r} b1 = top_inf ? with_sign_${r}(${infinite(r, "x.im")} ? one : zero, b) : b;
        const ${r} c1 = below_inf ? with_sign_${r}(${infinite(r, "y.re")} ? one : zero, c) : c;
        const ${r} d1 = below_inf ? with_sign_${r}(${infinite(r, "y.im")} ? one : zero, d) : d;
        const ${r} factor = top_inf ? inf : zero;
        const ${r.mask} limit = top_inf | below_inf;
        p = limit ? factor * fma_${r}(a1, c1, b1 * d1) : p;
        q = limit ? factor * fma_${r}(b1, c1, -(a1 * d1)) : q;
        p = pole ? with_sign_${r}(inf, y.re) * x.re : p;
        q = pole ? with_sign_${r}(inf, y.re) * x.im : q;
        z.re = special ? p : z.re;
        z.im = special ? q : z.im;
    }
    return z;
}
</%def>

<%def name="creciprocal(t)">
// 1 / z; (0, +-0) gives a real infinity and a NaN, as 1 / 0 by division does.
<%  r = t.real %>
static inline ${t} creciprocal_${t}(${t} y)
{
    const ${r} ay = magnitude_${r}(y.re), by = magnitude_${r}(y.im);
    const ${r.int} e = cexponent_${r}(ay < by ? by : ay);
    const ${r} s = ${power_of_two(r, "-e")};
    const ${r} c = y.re * s, d = y.im * s;
    const ${r} norm = fma_${r}(c, c, d * d);
    ${t} z;
    z.re = divide_${r}(c, norm) * s;
    z.im = -divide_${r}(d, norm) * s;
    const ${r.mask} infinite = ${infinite(r, "y.re")} | ${infinite(r, "y.im")};
    const ${r.mask} pole = (y.re == ${number(r, "0.0")}) & (y.im == ${number(r, "0.0")});
    z.re = infinite ? with_sign_${r}(${number(r, "0.0")}, y.re) : z.re;
    z.im = infinite ? -with_sign_${r}(${number(r, "0.0")}, y.im) : z.im;
    z.re = pole ? with_sign_${r}((${r})(INFINITY), y.re) : z.re;
    return z;
}
</%def>

<%def name="cabs(t)">
static inline ${t.real} cabs_${t}(${t} z) { return hypot_${t.real}(z.re, z.im); }
</%def>

<%def name="carg(t)">
static inline ${t.real} carg_${t}(${t} z) { return atan2_${t.real}(z.im, z.re); }
</%def>

<%def name="csign(t)">
// z / |z|, 0 for 0, and +-1 or +-i where one part is infinite.
<%  r = t.real %>
static inline ${t} csign_${t}(${t} z)
{
    const ${r} ax = magnitude_${r}(z.re), ay = magnitude_${r}(z.im);
    const ${r} s = ${power_of_two(r, f"-cexponent_{r}(ax < ay ? ay : ax)")};
    const ${r} a = z.re * s, b = z.im * s;
    const ${r} h = hypot_${r}(a, b);
    const ${r} zero = ${number(r, "0.0")}, one = ${number(r, "1.0")};
    const ${r.mask} nought = (ax == zero) & (ay == zero), far_x = ax == INFINITY, far_y = ay == INFINITY;
    ${t} w;
    w.re = nought ? zero : divide_${r}(a, h);
    w.im = nought ? zero : divide_${r}(b, h);
    // Towards infinity along an axis; two infinities have no direction.
    w.re = far_x ? with_sign_${r}(one, z.re) : (far_y ? zero : w.re);
    w.im = far_y ? with_sign_${r}(one, z.im) : (far_x ? zero : w.im);
    w.re = (far_x & far_y) ? (${r})(NAN) : w.re;
    w.im = (far_x & far_y) ? (${r})(NAN) : w.im;
    return w;
}
</%def>

<%def name="cround(t)">
// Both parts to the nearest integer, ties to even.
static inline ${t} cround_${t}(${t} x)
{
    ${t} z;
    z.re = rint(x.re);
    z.im = rint(x.im);
    return z;
}
</%def>

## ---- masks

<%def name="cequal(t)">
static inline ${t.real.mask} cequal_${t}(${t} a, ${t} b) { return (a.re == b.re) & (a.im == b.im); }
</%def>

## The order of complex numbers is that of their real parts, and of the imaginary ones where these are equal. With a NaN all are false.
<%def name="cless(t)">
static inline ${t.real.mask} cless_${t}(${t} a, ${t} b) { return ((a.re < b.re) & (a.im == a.im) & (b.im == b.im)) | ((a.re == b.re) & (a.im < b.im)); }
</%def>

<%def name="cless_equal(t)">
static inline ${t.real.mask} cless_equal_${t}(${t} a, ${t} b) { return ((a.re < b.re) & (a.im == a.im) & (b.im == b.im)) | ((a.re == b.re) & (a.im <= b.im)); }
</%def>

<%def name="cnonzero(t)">
static inline ${t.real.mask} cnonzero_${t}(${t} z) { return (z.re != ${number(t.real, "0.0")}) | (z.im != ${number(t.real, "0.0")}); }
</%def>

<%def name="cisfinite(t)">
static inline ${t.real.mask} cisfinite_${t}(${t} z) { return ${finite(t.real, "z.re")} & ${finite(t.real, "z.im")}; }
</%def>

<%def name="cisinf(t)">
static inline ${t.real.mask} cisinf_${t}(${t} z) { return ${infinite(t.real, "z.re")} | ${infinite(t.real, "z.im")}; }
</%def>

<%def name="cisnan(t)">
static inline ${t.real.mask} cisnan_${t}(${t} z) { return (z.re != z.re) | (z.im != z.im); }
</%def>

## ---- roots, logarithms, exponentials

<%def name="csqrt(t)">
<%  r = t.real %>
static inline ${t} csqrt_${t}(${t} z)
{
    // Kahan: the root of (|x| + |z|) / 2 and y over twice that, from parts scaled by a square.
    const ${r} ax = magnitude_${r}(z.re), ay = magnitude_${r}(z.im);
    const ${r} most = ax < ay ? ay : ax;
    const ${r.mask} large = most > ${limit(r, "0x1p120", "0x1p1000")}, small = most < ${limit(r, "0x1p-80", "0x1p-900")};
    const ${r} in = large ? ${number(r, "0x1p-8")} : (small ? ${limit(r, "0x1p64", "0x1p600")} : ${number(r, "1.0")});
    const ${r} out = large ? ${number(r, "0x1p4")} : (small ? ${limit(r, "0x1p-32", "0x1p-300")} : ${number(r, "1.0")});
    const ${r} x = ax * in, y = ay * in;
    const ${r} root = square_root_${r}(${number(r, "0.5")} * (x + hypot_${r}(x, y)));
    const ${r} other = divide_${r}(y, root + root) * out;
    const ${r} main = root * out;
    const ${r.mask} left = z.re < ${number(r, "0.0")};
    const ${r.mask} zero = (ax == ${number(r, "0.0")}) & (ay == ${number(r, "0.0")}), infinite = ay == INFINITY;
    ${t} w;
    w.re = left ? other : main;
    w.im = with_sign_${r}(left ? main : other, z.im);
    w.re = zero ? ${number(r, "0.0")} : w.re;
    w.im = zero ? z.im : w.im;
    w.re = infinite ? ay : w.re;
    w.im = infinite ? z.im : w.im;
    return w;
}
</%def>

<%def name="clog(t)">${complex_log(t, "clog", None)}</%def>
<%def name="clog2(t)">${complex_log(t, "clog2", "0x1.71547652b82fep+0")}</%def>
<%def name="clog10(t)">${complex_log(t, "clog10", "0x1.bcb7b1526e50ep-2")}</%def>

<%def name="complex_log(t, name, factor)">
static inline ${t} ${name}_${t}(${t} z)
{
    ${t} w;
    w.re = ${name}_modulus_${t.real}(z.re, z.im);
    w.im = atan2_${t.real}(z.im, z.re)${f" * {number(t.real, factor)}" if factor else ""};
    return w;
}
</%def>

<%def name="clog1p(t)">
<%  r = t.real %>
static inline ${t} clog1p_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im;
    const ${r} u = ${number(r, "1.0")} + x;
    // |1 + z|^2 - 1 = x (2 + x) + y^2, with the error of every step added back.
    const ${r} p = ${number(r, "2.0")} + x;
    const ${r} lost = x - (p - ${number(r, "2.0")});
    ${r} low;
    const ${r} s = cdot2_${r}(x, p, y, y, &low);
    const ${r.mask} near_one = (s > ${number(r, "-0.5")}) & (s < ${number(r, "2.0")});
    ${t} w;
    w.re = x;
    w.im = atan2_${r}(y, u);
    if (any_lane_${r}(near_one))
        w.re = ${number(r, "0.5")} * log1p_${r}(s + fma_${r}(x, lost, low));
    if (any_lane_${r}(!near_one)) {
        const ${r} far = clog_modulus_${r}(u, y);
        w.re = near_one ? w.re : far;
    }
    return w;
}
</%def>

<%def name="cexp_scale(t)">
// f e^x, also where e^x alone would overflow: e^(x - 2k) times e^k twice.
<%
    r = t.real
    k = "512.0" if r.is_double else "64.0"
    power = "0x1.9476504ba852ep+738" if r.is_double else "0x1.425982p+92"
    twice = "1024.0" if r.is_double else "128.0"
%>
static inline ${t} cexp_scale_${t}(${t} f, ${r} x)
{
    ${t} z;
    const ${r.mask} large = x > ${limit(r, "88.0", "709.0")};
    const ${r} e = exp_${r}(large ? x - ${number(r, twice)} : x);
    const ${r} s = large ? ${number(r, power)} : ${number(r, "1.0")};
    z.re = f.re * s * e * s;
    z.im = f.im * s * e * s;
    return z;
}
</%def>

<%def name="cexp(t)">
<%  r = t.real %>
static inline ${t} cexp_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im;
    ${t} w;
    w.re = cos_${r}(y);
    w.im = sin_${r}(y);
    w = cexp_scale_${t}(w, x);
    const ${r.mask} lost = ${infinite(r, "x")} & !${finite(r, "y")};
    const ${r} end = x > ${number(r, "0.0")} ? x : ${number(r, "0.0")};
    w.re = lost ? end : w.re;
    w.im = (lost & (x < ${number(r, "0.0")})) ? with_sign_${r}(${number(r, "0.0")}, y) : w.im;
    w.im = y == ${number(r, "0.0")} ? y : w.im;
    return w;
}
</%def>

<%def name="cexpm1(t)">
<%  r = t.real %>
static inline ${t} cexpm1_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im;
    const ${r} h = sin_${r}(${number(r, "0.5")} * y);
    ${t} w;
    w.re = cos_${r}(y);
    w.im = sin_${r}(y);
    // e^x cos y - 1 = (e^x - 1) cos y - 2 sin^2(y/2)
    const ${r} re = fma_${r}(expm1_${r}(x), w.re, ${number(r, "-2.0")} * h * h);
    w = cexp_scale_${t}(w, x);
    w.re = x > ${limit(r, "44.0", "88.0")} ? w.re : re;
    const ${r.mask} lost = !${finite(r, "y")};
    const ${r.mask} bottom = x == -(${r})(INFINITY);
    w.re = bottom ? ${number(r, "-1.0")} : w.re;
    // +0 of a zero of either sign, as the standard has it.
    w.re = w.re == ${number(r, "0.0")} ? ${number(r, "0.0")} : w.re;
    w.im = (bottom & lost) ? with_sign_${r}(${number(r, "0.0")}, y) : w.im;
    w.re = (lost & (x == INFINITY)) ? x : w.re;
    w.im = y == ${number(r, "0.0")} ? y : w.im;
    return w;
}
</%def>

## ---- trigonometric and hyperbolic functions

<%def name="cswap(t)">
// The parts exchanged: sin, tan, asin and atan are sinh, tanh, asinh and atanh between two of these.
static inline ${t} cswap_${t}(${t} z)
{
    ${t} w;
    w.re = z.im;
    w.im = z.re;
    return w;
}
</%def>

<%def name="csinh(t)">
<%  r = t.real %>
static inline ${t} csinh_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im, ax = magnitude_${r}(x);
    const ${r} c = cos_${r}(y), s = sin_${r}(y);
    ${t} w;
    w.re = sinh_${r}(x) * c;
    w.im = cosh_${r}(x) * s;
    const ${r.mask} large = ax > ${limit(r, "88.0", "709.0")};
    if (any_lane_${r}(large)) {
        ${t} f;
        f.re = with_sign_${r}(${number(r, "0.5")}, x) * c;
        f.im = ${number(r, "0.5")} * s;
        f = cexp_scale_${t}(f, ax);
        w.re = large ? f.re : w.re;
        w.im = large ? f.im : w.im;
    }
    const ${r.mask} lost = !${finite(r, "y")} & ((x == ${number(r, "0.0")}) | (ax == INFINITY));
    w.re = lost ? x : w.re;
    w.im = y == ${number(r, "0.0")} ? y : w.im;
    return w;
}
</%def>

<%def name="ccosh(t)">
<%  r = t.real %>
static inline ${t} ccosh_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im, ax = magnitude_${r}(x);
    const ${r} c = cos_${r}(y), s = sin_${r}(y);
    ${t} w;
    w.re = cosh_${r}(x) * c;
    w.im = sinh_${r}(x) * s;
    const ${r.mask} large = ax > ${limit(r, "88.0", "709.0")};
    if (any_lane_${r}(large)) {
        ${t} f;
        f.re = ${number(r, "0.5")} * c;
        f.im = with_sign_${r}(${number(r, "0.5")}, x) * s;
        f = cexp_scale_${t}(f, ax);
        w.re = large ? f.re : w.re;
        w.im = large ? f.im : w.im;
    }
    const ${r.mask} lost = !${finite(r, "y")};
    w.re = (lost & (ax == INFINITY)) ? ax : w.re;
    const ${r} zero = with_sign_${r}(${number(r, "0.0")}, x);
    w.im = (lost & (x == ${number(r, "0.0")})) ? zero : w.im;
    w.im = y == ${number(r, "0.0")} ? with_sign_${r}(${number(r, "1.0")}, x) * y : w.im;
    return w;
}
</%def>

<%def name="ctanh(t)">
<%
    r = t.real
    limit_ = limit(r, "12.0", "22.0")
%>
static inline ${t} ctanh_${t}(${t} z)
{
    const ${r} x = z.re, y = z.im, ax = magnitude_${r}(x);
    const ${r} c = cos_${r}(y), s = sin_${r}(y);
    // (sinh x cosh x + i sin y cos y) / (sinh^2 x + cos^2 y)
    const ${r.mask} large = ax > ${limit_};
    const ${r} sh = sinh_${r}(large ? ${number(r, "1.0")} : x);
    const ${r} ch = square_root_${r}(fma_${r}(sh, sh, ${number(r, "1.0")}));
    const ${r} norm = fma_${r}(sh, sh, c * c);
    ${t} w;
    w.re = divide_${r}(sh * ch, norm);
    w.im = divide_${r}(s * c, norm);
    if (any_lane_${r}(large)) {
        const ${r} im = ${number(r, "4.0")} * s * c * exp_${r}(${number(r, "-2.0")} * ax);
        w.re = large ? with_sign_${r}(${number(r, "1.0")}, x) : w.re;
        w.im = large ? im : w.im;
    }
    const ${r.mask} lost = !${finite(r, "y")};
    w.re = (lost & (ax < INFINITY)) ? y - y : w.re;
    // Of infinite x the standard wants a zero of the sign of y; C's has that of sin 2y.
    w.im = ax == INFINITY ? with_sign_${r}(${number(r, "0.0")}, y) : w.im;
    w.re = x == ${number(r, "0.0")} ? x : w.re;
    w.im = y == ${number(r, "0.0")} ? y : w.im;
    return w;
}
</%def>

<%def name="csin(t)">
static inline ${t} csin_${t}(${t} z) { return cswap_${t}(csinh_${t}(cswap_${t}(z))); }
</%def>

<%def name="ccos(t)">
// cos z = cosh(iz)
static inline ${t} ccos_${t}(${t} z)
{
    ${t} w;
    w.re = -z.im;
    w.im = z.re;
    return ccosh_${t}(w);
}
</%def>

<%def name="ctan(t)">
static inline ${t} ctan_${t}(${t} z) { return cswap_${t}(ctanh_${t}(cswap_${t}(z))); }
</%def>

## ---- their inverses

<%def name="casin_parts(t)">
// For asin and acos (Hull, Fairgrieve and Tang, ACM TOMS 23, 1997): re is the root of a^2 - x^2, over
// which x is the tangent of the real part; im is the size of the imaginary part.
<%  r = t.real %>
static inline ${t} casin_parts_${t}(${t} z)
{
    const ${r} one = ${number(r, "1.0")}, half_ = ${number(r, "0.5")};
    const ${r} x = magnitude_${r}(z.re), y = magnitude_${r}(z.im);
    const ${r.mask} large = (x > ${limit(r, "0x1p14", "0x1p30")}) | (y > ${limit(r, "0x1p14", "0x1p30")});
    // The distances from -1 and 1; a is half their sum. y^2 may only vanish beside something larger.
    const ${r} xp = x + one, xm = magnitude_${r}(x - one), yy = y * y;
    const ${r} right = square_root_${r}(fma_${r}(xp, xp, yy));
    const ${r} far = square_root_${r}(fma_${r}(xm, xm, yy));
    const ${r} left = xm == ${number(r, "0.0")} ? y : far;
    const ${r} a = half_ * (right + left);
    const ${r} p = divide_${r}(y, right + xp);
    const ${r} near_ = left + xm;
    const ${r} q = near_ == ${number(r, "0.0")} ? near_ : divide_${r}(y, near_);
    // a - x and a - 1 are, for x <= 1 and x > 1 in turn, half of these two (the second times y).
    const ${r} d = fma_${r}(y, p, near_), g = p + q;
    const ${r.mask} inside = x <= one;
    const ${r} ax = a + x, a1 = a + one;
    const ${r} u = square_root_${r}(half_ * d * (inside ? ax : a1));
    const ${r} v = square_root_${r}(y) * square_root_${r}(half_ * g * (inside ? a1 : ax));
    const ${r} above = inside ? half_ * y * g : half_ * d;
    ${t} w;
    w.re = inside ? u : v;
    w.im = log1p_${r}(above + (inside ? v : u));
    if (any_lane_${r}(large)) {
        const ${r} l = clog_modulus_${r}(x, y) + ${number(r, LN2)};
        w.re = large ? y : w.re;
        w.im = large ? l : w.im;
    }
    return w;
}
</%def>

<%def name="casin(t)">
<%  r = t.real %>
static inline ${t} casin_${t}(${t} z)
{
    const ${t} parts = casin_parts_${t}(z);
    ${t} w;
    w.re = atan2_${r}(z.re, parts.re);
    w.re = z.re == ${number(r, "0.0")} ? z.re : w.re;
    w.im = with_sign_${r}(parts.im, z.im);
    return w;
}
</%def>

<%def name="cacos(t)">
<%  r = t.real %>
static inline ${t} cacos_${t}(${t} z)
{
    const ${t} parts = casin_parts_${t}(z);
    ${t} w;
    w.re = atan2_${r}(parts.re, z.re);
    w.re = z.re == ${number(r, "0.0")} ? ${number(r, HALF_PI)} : w.re;
    w.im = -with_sign_${r}(parts.im, z.im);
    return w;
}
</%def>

<%def name="casinh(t)">
static inline ${t} casinh_${t}(${t} z) { return cswap_${t}(casin_${t}(cswap_${t}(z))); }
</%def>

<%def name="cacosh(t)">
static inline ${t} cacosh_${t}(${t} z)
{
    const ${t} a = cacos_${t}(z);
    ${t} w;
    w.re = magnitude_${t.real}(a.im);
    w.im = with_sign_${t.real}(a.re, z.im);
    return w;
}
</%def>

<%def name="catanh(t)">
<%  r = t.real %>
static inline ${t} catanh_${t}(${t} z)
{
    const ${r} one = ${number(r, "1.0")}, half_ = ${number(r, "0.5")};
    const ${r} x = magnitude_${r}(z.re), y = magnitude_${r}(z.im);
    const ${r} xm = one - x, yy = y * y;
    // log(1 + 4x / ((1-x)^2 + y^2)) / 4 and the angle of (1+z) / (1-z), halved.
    const ${r} q = divide_${r}(${number(r, "4.0")} * x, fma_${r}(xm, xm, yy));
    ${t} w;
    w.re = ${number(r, "0.25")} * log1p_${r}(q);
    const ${r.mask} large = (x > ${limit(r, "0x1p14", "0x1p30")}) | (y > ${limit(r, "0x1p14", "0x1p30")});
    const ${r.mask} pole = (x == one) & (y < ${limit(r, "0x1p-60", "0x1p-500")});
    ${r} above = y + y, beside = fma_${r}(xm, one + x, -yy);
    if (any_lane_${r}(large | pole)) {
        const ${t} inverse = creciprocal_${t}(z);
        const ${r} h = hypot_${r}(x, y);
        const ${r} side = divide_${r}(y, h);
        above = large ? side + side : above;
        beside = large ? -h : beside;
        w.re = large ? magnitude_${r}(inverse.re) : w.re;
        const ${r} steep = half_ * (${number(r, LN2)} - log_${r}(y));
        w.re = pole ? steep : w.re;
    }
    w.re = with_sign_${r}(w.re, z.re);
    w.im = half_ * atan2_${r}(above, beside);
    const ${r.mask} infinite = (x == INFINITY) | (y == INFINITY);
    w.im = (infinite & (y == y)) ? ${number(r, HALF_PI)} : w.im;
    w.im = with_sign_${r}(w.im, z.im);
    w.re = infinite ? with_sign_${r}(${number(r, "0.0")}, z.re) : w.re;
    w.re = z.re == ${number(r, "0.0")} ? z.re : w.re;
    return w;
}
</%def>

<%def name="catan(t)">
static inline ${t} catan_${t}(${t} z) { return cswap_${t}(catanh_${t}(cswap_${t}(z))); }
</%def>

## ---- power

<%def name="clong_log(t)">
// The logarithm of a finite z != 0 as high, and what is missing there as the result: together about
// ten bits better than one number. They are needed because cpow multiplies it by up to a thousand.
<%
    r = t.real
    ln2 = ("0x1.62e42fefa4p-1", "-0x1.8432a1b0e2634p-43") if r.is_double else ("0x1.62e4p-1", "0x1.7f7d1cp-20")
    terms = 14 if r.is_double else 7
    third = ("0x1.5555555555555p-1", "0x1.5555555555555p-55") if r.is_double else ("0x1.555556p-1", "-0x1.555556p-26")
    atans = {
        "0.25": ("0x1.f5b75f92c80ddp-3", "0x1.8ab6e3cf7afbdp-57") if r.is_double else ("0x1.f5b76p-3", "-0x1.b4dfc8p-29"),
        "0.5": ("0x1.dac670561bb4fp-2", "0x1.a2b7f222f65e2p-56") if r.is_double else ("0x1.dac67p-2", "0x1.586edp-28"),
        "0.75": ("0x1.4978fa3269ee1p-1", "0x1.2419a87f2a458p-56") if r.is_double else ("0x1.4978fap-1", "0x1.934f7p-28"),
        "1.0": ("0x1.921fb54442d18p-1", "0x1.1a62633145c07p-55") if r.is_double else ("0x1.921fb6p-1", "-0x1.777a5cp-26"),
    }
    pi = ("0x1.921fb54442d18p+1", "0x1.1a62633145c07p-53") if r.is_double else ("0x1.921fb6p+1", "-0x1.777a5cp-24")
    def pick(k):
        text = number(r, "0.0")
        for point, pair in atans.items():
            text = f"(point == {number(r, point)} ? {number(r, pair[k])} : {text})"
        return text
%>
static inline ${t} clong_log_${t}(${t} z, ${t} *high)
{
    const ${r} one = ${number(r, "1.0")}, zero = ${number(r, "0.0")};
    const ${r} px = magnitude_${r}(z.re), py = magnitude_${r}(z.im);
    const ${r.mask} steep = px < py;
    // Subnormals first become normal, then the larger part x is brought to [1, 2).
    const ${r.mask} small = (steep ? py : px) < ${limit(r, "0x1p-100", "0x1p-900")};
    const ${r} up = small ? ${limit(r, "0x1p60", "0x1p120")} : one;
    const ${r} ax = px * up, ay = py * up;
    const ${r.int} e = cexponent_${r}(steep ? ay : ax);
    const ${r} down = ${power_of_two(r, "-e")};
    const ${r} x = (steep ? ay : ax) * down, y = (steep ? ax : ay) * down;

    // x^2 + y^2 as s + s1, brought to within a factor of sqrt(2) of 1 by 2^-k.
    const ${r} sum = fma_${r}(x, x, y * y);
    const ${r} xx = fma_${r}(-y, y, sum);
    const ${r} rest = fma_${r}(x, x, -xx) + fma_${r}(y, y, -(sum - xx));
    const ${r} root = ${number(r, "0x1.6a09e6p+0")};
    const ${r.mask} k1 = sum > root, k2 = sum > root + root, k3 = sum > ${number(r, "4.0")} * root;
    const ${r} k = k3 ? ${number(r, "3.0")} : (k2 ? ${number(r, "2.0")} : (k1 ? one : zero));
    const ${r} fit = k3 ? ${number(r, "0.125")} : (k2 ? ${number(r, "0.25")} : (k1 ? ${number(r, "0.5")} : one));
    const ${r} s = sum * fit, s1 = rest * fit;
    // f + f1 = (s + s1 - 1) / (s + s1 + 1); the logarithm is 2f + 2f^3/3 + 2f^5/5 ...
    const ${r} n0 = s - one;
    const ${r} n = n0 + s1;
    const ${r} n1 = s1 - (n - n0);
    const ${r} m = s + one;
    const ${r} m1 = (s < one ? s - (m - one) : one - (m - s)) + s1;
    const ${r} f = divide_${r}(n, m);
    const ${r} f1 = divide_${r}(fma_${r}(-f, m, n) + fma_${r}(-f, m1, n1), m);
    const ${r} ff = f * f;
    const ${r} cube = ff * f;
    const ${r} cube1 = fma_${r}(f, fma_${r}(f, f, -ff), fma_${r}(ff, f, -cube));
    const ${r} tail = cube * ff * ${series(r, "ff", [Fraction(2, 2 * i + 1) for i in range(2, terms)])};
    const ${r} third1 = fma_${r}(cube, ${number(r, third[1])}, fma_${r}(cube1, ${number(r, third[0])}, tail));
    // Added up with the whole powers of two, largest first.
    const ${r} whole = fma_${r}(${number(r, "2.0")}, convert_${r}(e), k) - (small ? ${limit(r, "120.0", "240.0")} : zero);
    const ${r} f2 = f + f;
    const ${r} b0 = fma_${r}(whole, ${number(r, ln2[0])}, f2);
    const ${r} b1 = f2 - fma_${r}(-whole, ${number(r, ln2[0])}, b0);
    const ${r} c = fma_${r}(cube, ${number(r, third[0])}, b0);
    const ${r} c1 = fma_${r}(cube, ${number(r, third[0])}, -(c - b0));
    const ${r} after = (b1 + c1) + (third1 + fma_${r}(whole, ${number(r, ln2[1])}, f1 + f1));
    const ${r} log = c + after;
    const ${r} log1 = after - (log - c);

    // The angle below 45 degrees: atan(point) + atan(g + g1), g = (y - point x) / (x + point y), whose
    // top is exact.
    const ${r} point = ${number(r, "0.25")} * rint(${number(r, "4.0")} * divide_${r}(y, x));
    const ${r} top = fma_${r}(-point, x, y);
    const ${r} below = fma_${r}(point, y, x);
    const ${r} below1 = fma_${r}(point, y, -(below - x));
    const ${r} g = divide_${r}(top, below);
    const ${r} g1 = divide_${r}(fma_${r}(-g, below1, fma_${r}(-g, below, top)), below);
    const ${r} gg = g * g;
    const ${r} bend = fma_${r}(g * gg, ${series(r, "gg", [Fraction((-1) ** i, 2 * i + 1) for i in range(1, terms)])}, g1);
    const ${r} base = ${pick(0)};
    const ${r} turn = base + g;
    const ${r} turn1 = (g - (turn - base)) + (${pick(1)} + bend);
    // From the octant to the half plane: pi/2 -+ angle, or pi - angle.
    const ${r.mask} left = z.re < zero;
    const ${r} from = steep ? ${number(r, "0.5")} : (left ? one : zero);
    const ${r} sign = (steep ^ left) ? -one : one;
    const ${r} start = from * ${number(r, pi[0])};
    const ${r} angle0 = fma_${r}(sign, turn, start);
    const ${r} angle1 = fma_${r}(sign, turn, -(angle0 - start)) + fma_${r}(sign, turn1, from * ${number(r, pi[1])});
    const ${r} angle = angle0 + angle1;
    const ${r} half_plane = with_sign_${r}(one, z.im);
    high->re = ${number(r, "0.5")} * log;
    high->im = half_plane * angle;
    ${t} low;
    low.re = ${number(r, "0.5")} * log1;
    low.im = half_plane * (angle1 - (angle - angle0));
    return low;
}
</%def>

<%def name="csmall_pow(t)">
// z^n for a whole n of -8 to 8 by multiplication: powers of small whole numbers are exact.
<%  r = t.real %>
static inline ${t} csmall_pow_${t}(${t} z, ${r} n)
{
    const ${r.int} zero = (${r.int})(0);
    const ${r.int} k = convert_${r.int}(magnitude_${r}(n));
    ${t} w, p = z;
    w.re = ${number(r, "1.0")};
    w.im = ${number(r, "0.0")};
% for bit in (1, 2, 4, 8):
    {
%   if bit > 1:
        p = cexact_mul_${t}(p, p);
        const ${t} product = cexact_mul_${t}(w, p);
        const ${r.mask} first = (k & (${r.int})(${bit - 1})) == zero, odd = (k & (${r.int})(${bit})) != zero;
        w.re = odd ? (first ? p.re : product.re) : w.re;
        w.im = odd ? (first ? p.im : product.im) : w.im;
%   else:
        const ${r.mask} odd = (k & (${r.int})(1)) != zero;
        w.re = odd ? p.re : w.re;
        w.im = odd ? p.im : w.im;
%   endif
    }
% endfor
    const ${t} inverse = creciprocal_${t}(w);
    w.re = n < ${number(r, "0.0")} ? inverse.re : w.re;
    w.im = n < ${number(r, "0.0")} ? inverse.im : w.im;
    return w;
}
</%def>

<%def name="cpow(t)">
// z^w = e^(w log z); z^0 is 1, 0^w is 0 where re w > 0 and else NaN, as NumPy has it.
<%  r = t.real %>
static inline ${t} cpow_${t}(${t} z, ${t} w)
{
    const ${r} zero = ${number(r, "0.0")}, one = ${number(r, "1.0")};
    const ${r} x = w.re, y = w.im;
    const ${r.mask} nought = (z.re == zero) & (z.im == zero);
    const ${r.mask} plain = ${finite(r, "z.re")} & ${finite(r, "z.im")} & !nought;
    ${t} high;
    ${t} low = clong_log_${t}(z, &high);
    if (any_lane_${r}(!plain)) {
        const ${r} modulus = clog_modulus_${r}(z.re, z.im), angle = atan2_${r}(z.im, z.re);
        high.re = plain ? high.re : modulus;
        high.im = plain ? high.im : angle;
        low.re = plain ? low.re : zero;
        low.im = plain ? low.im : zero;
    }
    // w log z, each part as a sum of two; an infinite logarithm times nothing is nothing.
    const ${r} lx = x == zero ? zero : high.re, ly = y == zero ? zero : high.re;
    ${t} e;
    ${r} re1, im1;
    e.re = cdot2_${r}(x, lx, -y, high.im, &re1);
    e.im = cdot2_${r}(x, high.im, y, ly, &im1);
    re1 += fma_${r}(x, low.re, -y * low.im);
    im1 += fma_${r}(x, low.im, y * low.re);
    ${t} p = cexp_${t}(e);
    // times 1 + (re1 + i im1), which are small unless the angle is too large to mean anything
    const ${r.mask} better = (magnitude_${r}(re1) < ${number(r, "0.01")}) & (magnitude_${r}(im1) < ${number(r, "0.01")}) & ${finite(r, "p.re")} & ${finite(r, "p.im")};
    const ${r} re = fma_${r}(p.re, re1, fma_${r}(-p.im, im1, p.re));
    const ${r} im = fma_${r}(p.im, re1, fma_${r}(p.re, im1, p.im));
    p.re = better ? re : p.re;
    p.im = better ? im : p.im;
    const ${r.mask} whole = (y == zero) & (rint(x) == x) & (magnitude_${r}(x) <= ${number(r, "8.0")});
    if (any_lane_${r}(whole)) {
        const ${t} q = csmall_pow_${t}(z, whole ? x : zero);
        // Where the way overflowed or vanished, the result above need not.
        const ${r.mask} take = whole & ((${finite(r, "q.re")} & ${finite(r, "q.im")} & ((magnitude_${r}(q.re) + magnitude_${r}(q.im)) > ${limit(r, "0x1p-100", "0x1p-900")})) | (x == one) | (x == zero));
        p.re = take ? q.re : p.re;
        p.im = take ? q.im : p.im;
    }
    if (any_lane_${r}(nought)) {
        const ${r} limit = x > zero ? zero : (${r})(NAN);
        const ${r.mask} take = nought & !((x == zero) & (y == zero));
        p.re = take ? limit : p.re;
        p.im = take ? limit : p.im;
    }
    return p;
}
</%def>
