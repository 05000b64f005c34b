## IEEE-754 arithmetic with one meaning on every device: fma, division, square root, half rounding,
## masks and the conversions between types. `t` is the CType computed with.
##
## Rule for every file in lib/: no product whose result is added or subtracted, unless it is
## spelled fma_T. Then no compiler, whatever its contraction, can change a bit of these functions.

<%def name="fma(t)">
% if arithmetic.fma == "builtin":
static inline ${t} fma_${t}(${t} a, ${t} b, ${t} c) { return fma(a, b, c); }
% elif arithmetic.fma == "contract":
// The builtin is a slow call on this driver; contraction of a*b+c gives the same instruction.
static inline ${t} fma_${t}(${t} a, ${t} b, ${t} c)
{
#pragma OPENCL FP_CONTRACT ON
    return a * b + c;
}
% else:
${software_fma(t)}
% endif
</%def>

<%def name="software_fma(t)">
% if not t.is_double:
%   if t.is_vector:
static inline ${t} fma_${t}(${t} a, ${t} b, ${t} c)
{
    return (${t})(${", ".join(f"fma_float(a.s{i:x}, b.s{i:x}, c.s{i:x})" for i in range(t.width))});
}
%   else:
// Exact float fma from integers: the product is 48 bits, the sum is kept in 128 with a sticky bit.
static inline float fma_float(float a, float b, float c)
{
    const uint ia = as_uint(a), ib = as_uint(b), ic = as_uint(c);
    const int ea = (ia >> 23) & 255, eb = (ib >> 23) & 255, ec = (ic >> 23) & 255;
    // Infinities, NaN and zeros: the plain expression is exact or special in the right way.
    if (ea == 255 || eb == 255 || ec == 255 || (ia << 1) == 0 || (ib << 1) == 0)
        return a * b + c;
    const uint ma = ea ? (ia & 0x7fffff) | 0x800000 : ia & 0x7fffff;
    const uint mb = eb ? (ib & 0x7fffff) | 0x800000 : ib & 0x7fffff;
    const uint mc = ec ? (ic & 0x7fffff) | 0x800000 : ic & 0x7fffff;
    const uint sp = (ia ^ ib) >> 31, sc = ic >> 31;
    // Values are p * 2^xp and q * 2^xc with p of up to 48 bits.
    ulong p = (ulong)ma * mb, q = mc;
    int xp = (ea ? ea : 1) + (eb ? eb : 1) - 300, xc = (ec ? ec : 1) - 150;
    // Normalise both to bit 61, leaving room for a carry; then align with a sticky bit.
    const int lp = (int)clz(p) - 2;
    p <<= lp;
    xp -= lp;
    uint sign = sp;
    if (q != 0) {
        const int lq = (int)clz(q) - 2;
        q <<= lq;
        xc -= lq;
        uint so = sc;
        if (xc > xp || (xc == xp && q > p)) {
            const ulong tm = p; p = q; q = tm;
            const int te = xp; xp = xc; xc = te;
            so = sp;
            sign = sc;
        }
        const int d = xp - xc;
        if (d > 63) q = 1;
        else if (d > 0) q = (q >> d) | ((q << (64 - d)) != 0);
        if (so == sign) p += q;
        else p -= q;
        if (p == 0) return 0.0f;
    }
    // Round p * 2^xp to 24 bits (fewer for subnormals), ties to even.
    const int top = 63 - (int)clz(p);
    int drop = top - 23;
    if (xp + drop < -149) drop = -149 - xp;
    if (drop > 63) { p = p != 0; drop = 2; xp += 62; }
    if (drop > 0) {
        const ulong rest = p & (((ulong)1 << drop) - 1), half_ = (ulong)1 << (drop - 1);
        p >>= drop;
        if (rest > half_ || (rest == half_ && (p & 1))) p += 1;
        xp += drop;
    } else {
        p <<= -drop;
        xp += drop;
    }
    if (p == 0) return as_float(sign << 31);
    if (p >> 24) { p >>= 1; xp += 1; }
    const int e = (p >> 23) ? xp + 150 : 0;
    if (e >= 255) return as_float((sign << 31) | 0x7f800000u);
    return as_float((sign << 31) | ((uint)e << 23) | ((uint)p & 0x7fffff));
}
%   endif
% else:
// No device with fp64 is known whose fma is not exact.
static inline ${t} fma_${t}(${t} a, ${t} b, ${t} c) { return fma(a, b, c); }
% endif
</%def>

<%def name="divide(t)">
% if arithmetic.divide == "exact" or t.is_double:
static inline ${t} divide_${t}(${t} a, ${t} b)
{
    return a / b;
}
% else:
<%  i = t.int; c = lambda text: f"({i})({text})" %>
// Correctly rounded, by a driver whose quotients are off by a few units, or wrong for subnormal numbers and
// at the ends of the range: it takes the reciprocals of numbers of [1, 2) only; integer steps do the rest.
static inline ${t} divide_${t}(${t} a, ${t} b)
{
    const ${i} ia = as_${i}(a), ib = as_${i}(b), sign = (ia ^ ib) & ${c("(int)0x80000000")};
    const ${i} na = ia & ${c("0x7fffffff")}, nb = ib & ${c("0x7fffffff")};
    ${i} ea = na >> ${c(23)}, eb = nb >> ${c(23)};
    ${i} fa = na & ${c("0x7fffff")}, fb = nb & ${c("0x7fffff")};
    if (any_lane_${t.uint}((ea == ${c(0)}) | (eb == ${c(0)}))) {
        // The leading bit of a subnormal number goes where a normal one's is.
        const ${i} ua = as_${i}(clz(fa)) - ${c(8)}, ub = as_${i}(clz(fb)) - ${c(8)};
        fa = ea == ${c(0)} ? (fa << ua) & ${c("0x7fffff")} : fa;
        fb = eb == ${c(0)} ? (fb << ub) & ${c("0x7fffff")} : fb;
        ea = ea == ${c(0)} ? ${c(1)} - ua : ea;
        eb = eb == ${c(0)} ? ${c(1)} - ub : eb;
    }
    const ${t} ma = as_${t}(fa | ${c("0x3f800000")}), mb = as_${t}(fb | ${c("0x3f800000")});
    const ${t} r = (${t})(1.0f) / mb;
    ${t} q = ma * r;
    // A Newton step makes it one of the quotient's two neighbours, whose remainder is exact.
    q = fma_${t}(fma_${t}(-mb, q, ma), r, q);
    const ${t} below = as_${t}(as_${i}(q) - ${c(1)}), above = as_${t}(as_${i}(q) + ${c(1)});
    ${t} rest = fma_${t}(-mb, q, ma);
    rest += rest;
    // Twice the remainder against one unit of the divisor. No quotient lies halfway between two numbers.
    q = fma_${t}(-mb, above - q, rest) > (${t})(0.0f) ? above : (fma_${t}(mb, q - below, rest) < (${t})(0.0f) ? below : q);
    // The exponent goes in as an integer.
    const ${i} shift = ea - eb, e = (as_${i}(q) >> ${c(23)}) + shift;
    ${i} z = as_${i}(q) + (shift << ${c(23)});
    const ${i} infinity = ${c("0x7f800000")};
    if (any_lane_${t.uint}((e < ${c(1)}) | (e > ${c(254)}) | (na == ${c(0)}) | (nb == ${c(0)}) | (na >= infinity) | (nb >= infinity))) {
        // A subnormal quotient is rounded a second time. Two bits more say on which side of q the quotient lies,
        // so that both roundings give what one would.
        rest = fma_${t}(-mb, q, ma);
        const ${i} side = (rest > (${t})(0.0f) ? ${c(1)} : ${c(0)}) - (rest < (${t})(0.0f) ? ${c(1)} : ${c(0)});
        const ${i} m = (((as_${i}(q) & ${c("0x7fffff")}) | ${c("0x800000")}) << ${c(2)}) + side;
        const ${i} drop = min(max(${c(1)} - e, ${c(1)}), ${c(26)}) + ${c(2)};
        const ${i} kept = m >> drop, left = m & ((${c(1)} << drop) - ${c(1)}), tie = ${c(1)} << (drop - ${c(1)});
        const ${i} up = ((left > tie) | ((left == tie) & ((kept & ${c(1)}) == ${c(1)}))) ? ${c(1)} : ${c(0)};
        z = e < ${c(1)} ? kept + up : z;
        z = e > ${c(254)} ? infinity : z;
        z = ((na == ${c(0)}) | (nb == infinity)) ? ${c(0)} : z;
        z = ((nb == ${c(0)}) | (na == infinity)) ? infinity : z;
        const ${t.mask} none = ((na == ${c(0)}) & (nb == ${c(0)})) | ((na == infinity) & (nb == infinity)) | (na > infinity) | (nb > infinity);
        z = none ? ${c("0x7fc00000")} : z;
    }
    return as_${t}(z | sign);
}
% endif
</%def>

<%def name="square_root(t)">
% if arithmetic.sqrt == "exact" or t.is_double:
static inline ${t} square_root_${t}(${t} x)
{
    return sqrt(x);
}
% else:
<%  i = t.int; c = lambda text: f"({i})({text})" %>
// Correctly rounded, by a driver whose roots are off by a few units, or wrong for subnormal numbers: it takes
// the roots of numbers of [1, 4) only; integer steps do the rest.
static inline ${t} square_root_${t}(${t} x)
{
    const ${i} n = as_${i}(x);
    ${i} e = n >> ${c(23)}, f = n & ${c("0x7fffff")};
    if (any_lane_${t.uint}(e == ${c(0)})) {
        // The leading bit of a subnormal number goes where a normal one's is.
        const ${i} up = as_${i}(clz(f)) - ${c(8)};
        f = e == ${c(0)} ? (f << up) & ${c("0x7fffff")} : f;
        e = e == ${c(0)} ? ${c(1)} - up : e;
    }
    e -= ${c(127)};
    const ${t} y = as_${t}(f | ((${c(127)} + (e & ${c(1)})) << ${c(23)}));
    ${t} s = sqrt(y);
    // A Newton step makes it one of the root's two neighbours.
    s = fma_${t}(fma_${t}(-s, s, y), (${t})(0.5f) / s, s);
    // Tuckerman: s is the nearest where the root of y lies between the roots of s (s - 1 unit) and s (s + 1 unit).
    const ${t} below = as_${t}(as_${i}(s) - ${c(1)}), above = as_${t}(as_${i}(s) + ${c(1)});
    const ${t} rounded = fma_${t}(-s, below, y) <= (${t})(0.0f) ? below : (fma_${t}(-s, above, y) > (${t})(0.0f) ? above : s);
    ${i} z = as_${i}(rounded) + ((e >> ${c(1)}) << ${c(23)});
    // Zeros of either sign and infinity are their own roots; negative numbers and NaN have none.
    const ${i} infinity = ${c("0x7f800000")}, magnitude = n & ${c("0x7fffffff")};
    z = ((n < ${c(0)}) | (n > infinity)) ? ${c("0x7fc00000")} : z;
    z = ((magnitude == ${c(0)}) | (n == infinity)) ? n : z;
    return as_${t}(z);
}
% endif
</%def>

<%def name="truth(t)">
// A mask of comparing t as the stored bool 0 or 1.
% if t.is_vector:
static inline uchar${t.width} truth_${t}(${t.mask} m) { return as_uchar${t.width}(convert_char${t.width}(m)) & (uchar)1; }
% else:
static inline uchar truth_${t}(int m) { return (uchar)(m != 0); }
% endif
</%def>

<%def name="choose(t)">
// x where the stored bool c is true, else y; both are values, nothing is skipped.
% if t.is_complex:
static inline ${t} choose_${t}(${t.truth} c, ${t} x, ${t} y)
{
    ${t} z;
    z.re = choose_${t.real}(c, x.re, y.re);
    z.im = choose_${t.real}(c, x.im, y.im);
    return z;
}
% elif t.is_vector:
static inline ${t} choose_${t}(${t.truth} c, ${t} x, ${t} y) { return (convert_${t.int}(c) != (${t.int})(0)) ? x : y; }
% else:
static inline ${t} choose_${t}(uchar c, ${t} x, ${t} y) { return c ? x : y; }
% endif
</%def>

<%def name="half_to_float(t)">
// The 16 bits of an IEEE half as float, by integer steps and one exact subtraction: no fp16 needed,
// and right for half subnormals on devices that flush float subnormals. t is the float type.
<%  us = "ushort" + (str(t.width) if t.width > 1 else "") %>
static inline ${t} half_to_float_${t}(${us} h)
{
    const ${t.uint} b = convert_${t.uint}(h);
    const ${t.uint} m = (b & (${t.uint})(0x7fff)) << (${t.uint})(13);
    const ${t.uint} exponent = m & (${t.uint})(0x0f800000);
    const ${t} normal = as_${t}(m + (${t.uint})(0x38000000) + (exponent == (${t.uint})(0x0f800000) ? (${t.uint})(0x38000000) : (${t.uint})(0)));
    const ${t} tiny = as_${t}(m + (${t.uint})(0x38800000)) - as_${t}((${t.uint})(0x38800000));
    const ${t.uint} magnitude = exponent == (${t.uint})(0) ? as_${t.uint}(tiny) : as_${t.uint}(normal);
    return as_${t}(magnitude | ((b & (${t.uint})(0x8000)) << (${t.uint})(16)));
}
</%def>

<%def name="float_to_half(t)">
// The IEEE half nearest to a float, ties to even, as 16 bits, by integer steps on the float's bits:
// drivers fuse vstore_half of a computed value wrongly. NaN becomes the quiet NaN of its sign.
<%  us = "ushort" + (str(t.width) if t.width > 1 else "") %>
static inline ${us} float_to_half_${t}(${t} x)
{
    const ${t.uint} b = as_${t.uint}(x);
    const ${t.uint} a = b & (${t.uint})(0x7fffffff);
    // Normal halves: rebias, add just under half of the dropped part plus the bit kept last.
    const ${t.uint} normal = (a - (${t.uint})(0x38000000) + (${t.uint})(0xfff) + ((a >> (${t.uint})(13)) & (${t.uint})(1))) >> (${t.uint})(13);
    // Subnormal halves: shift the full significand by 126 - exponent, ties to even by hand.
    const ${t.uint} e = a >> (${t.uint})(23);
    const ${t.uint} shift = min((${t.uint})(126) - min(e, (${t.uint})(113)), (${t.uint})(31));
    const ${t.uint} m = (a & (${t.uint})(0x7fffff)) | (${t.uint})(0x800000);
    const ${t.uint} kept = m >> shift;
    const ${t.uint} rest = m & (((${t.uint})(1) << shift) - (${t.uint})(1));
    const ${t.uint} tie = (${t.uint})(1) << (shift - (${t.uint})(1));
    const ${t.uint} up = ((rest > tie) | ((rest == tie) & ((kept & (${t.uint})(1)) == (${t.uint})(1)))) ? (${t.uint})(1) : (${t.uint})(0);
    ${t.uint} h = a < (${t.uint})(0x38800000) ? kept + up : normal;
    h = a >= (${t.uint})(0x477ff000) ? (${t.uint})(0x7c00) : h;
    h = a > (${t.uint})(0x7f800000) ? (${t.uint})(0x7e00) : h;
    return convert_${us}(h | ((b >> (${t.uint})(16)) & (${t.uint})(0x8000)));
}
</%def>

<%def name="round_to_half(t)">
// A float rounded to the nearest half, kept as float: every float16 operation ends with it.
static inline ${t} round_to_half_${t}(${t} x) { return half_to_float_${t}(float_to_half_${t}(x)); }
</%def>

<%def name="cmake_float(t)">
// A complex number from its parts; t says how many lanes.
<%  w = str(t.width) if t.width > 1 else "" %>
static inline cfloat${w} cmake_float_${t}(float${w} re, float${w} im) { cfloat${w} z; z.re = re; z.im = im; return z; }
</%def>

<%def name="cmake_double(t)">
<%  w = str(t.width) if t.width > 1 else "" %>
static inline cdouble${w} cmake_double_${t}(double${w} re, double${w} im) { cdouble${w} z; z.re = re; z.im = im; return z; }
</%def>

<%def name="minimum_of(t)">
// NaN if either is, the first one's; -0 below +0; compare and select, since fmin differs between drivers.
// Integers go by min and max: a compare and select of chars in scans ends the compiler of rusticl.
static inline ${t} minimum_of_${t}(${t} x, ${t} y)
{
% if t.is_float:
    const ${t.mask} below = (x < y) | ((x == y) & (as_${t.int}(x) < 0)) | (x != x);
    return below ? x : y;
% else:
    return min(x, y);
% endif
}
</%def>

<%def name="maximum_of(t)">
static inline ${t} maximum_of_${t}(${t} x, ${t} y)
{
% if t.is_float:
    const ${t.mask} above = (x > y) | ((x == y) & (as_${t.int}(x) >= 0)) | (x != x);
    return above ? x : y;
% else:
    return max(x, y);
% endif
}
</%def>

<%def name="larger_number(t)">
// C's fmax: a NaN counts only if both are; the zeros as in maximum_of.
static inline ${t} larger_number_${t}(${t} x, ${t} y)
{
    const ${t} z = maximum_of_${t}(x, y);
    return x != x ? y : (y != y ? x : z);
}
</%def>

<%def name="smaller_number(t)">
static inline ${t} smaller_number_${t}(${t} x, ${t} y)
{
    const ${t} z = minimum_of_${t}(x, y);
    return x != x ? y : (y != y ? x : z);
}
</%def>

<%def name="step_at_zero(t)">
// 0 below zero, 1 above, y at zero.
static inline ${t} step_at_zero_${t}(${t} x, ${t} y)
{
    const ${t} z = x > 0 ? (${t})(1) : (${t})(0);
    return x == 0 ? y : (x != x ? x : z);
}
</%def>

<%def name="fraction_of(t)">
// What trunc takes away, with the sign of x: of an infinity 0.
static inline ${t} fraction_of_${t}(${t} x)
{
    const ${t} z = magnitude_${t}(x) < INFINITY ? x - trunc(x) : (${t})(0);
    return x != x ? x : copysign(z, x);
}
</%def>

<%def name="frexp_mantissa(t)">
// m of x = m 2^e with 0.5 <= |m| < 1. Zeros, infinities and NaN stay.
<%  digits, bias, exponent = (52, 1023, "0x7ff0000000000000UL") if t.is_double else (23, 127, "0x7f800000U") %>
static inline ${t} frexp_mantissa_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t.uint} field = (${t.uint})(${exponent});
    const ${t} n = a < (${t})(${"0x1p-1022" if t.is_double else "0x1p-126f"}) ? x * (${t})(${"0x1p53" if t.is_double else "0x1p24f"}) : x;
    const ${t} m = as_${t}((as_${t.uint}(n) & ~field) | ((${t.uint})(${bias - 1}) << (${t.uint})(${digits})));
    return (a > 0) & (a < INFINITY) ? m : x;
}
</%def>

<%def name="frexp_exponent(t)">
// e of x = m 2^e with 0.5 <= |m| < 1; 0 of zeros, infinities and NaN.
<%  digits, bias, up = (52, 1023, 53) if t.is_double else (23, 127, 24) %>
static inline ${t} frexp_exponent_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} tiny = a < (${t})(${"0x1p-1022" if t.is_double else "0x1p-126f"});
    const ${t} n = tiny ? a * (${t})(${"0x1p53" if t.is_double else "0x1p24f"}) : a;
    const ${t.int} e = (as_${t.int}(n) >> (${t.int})(${digits})) - (tiny ? (${t.int})(${bias - 1 + up}) : (${t.int})(${bias - 1}));
    return (a > 0) & (a < INFINITY) ? convert_${t}(e) : (${t})(0);
}
</%def>

<%def name="scale_by_power(t)">
// x 2^n, rounded once, for whole n of any size. Large steps up lose nothing until they overflow. A step down ends so far above the
// last one that what it loses below the normal numbers is nothing in the result.
<%
    digits, bias, down, most = (52, 1023, 969, 2200) if t.is_double else (23, 127, 102, 300)
    zero = f"({t.int})(0)"
    power = lambda e: f"as_{t}(({e} + ({t.int})({bias})) << ({t.int})({digits}))"
%>
static inline ${t} scale_by_power_${t}(${t} x, ${t} n)
{
    const ${t} above = n > (${t})(${most}) ? (${t})(${most}) : n;
    const ${t} within = above < (${t})(-${most}) ? (${t})(-${most}) : above;
    const ${t.int} k = convert_${t.int}(within != within ? (${t})(0) : within);
    const ${t.int} a = k < (${t.int})(-${bias - 1}) ? (${t.int})(-${down}) : (k > (${t.int})(${bias}) ? (${t.int})(${bias}) : ${zero});
    const ${t.int} j = k - a;
    const ${t.int} b = j < (${t.int})(-${bias - 1}) ? (${t.int})(-${down}) : (j > (${t.int})(${bias}) ? (${t.int})(${bias}) : ${zero});
    return x * ${power("a")} * ${power("b")} * ${power("(j - b)")};
}
</%def>

<%def name="float_trunc_remainder(t)">
// x - y * trunc(x / y), exact, of the sign of x: C's fmod, which not every driver computes exactly. By long division: a
// multiple c = 2^e |y| of the divisor is taken away q times. q has fewer bits than t and, rounded, is at most one too large; what
// the fma leaves is a number of t, and where it is below zero one c is given back.
<%
    digits, bias = (52, 1023) if t.is_double else (23, 127)
    scale = lambda e: f"as_{t}(({e} + ({t.int})({bias})) << ({t.int})({digits}))"
    suffix = "" if t.is_double else "f"
%>
static inline ${t} float_trunc_remainder_${t}(${t} x, ${t} y)
{
    const ${t} m = magnitude_${t}(x), n = magnitude_${t}(y);
    const ${t.mask} divides = (m >= n) & (m < INFINITY) & (n != 0);
    ${t} a = divides ? m : (${t})(0);
    const ${t} b = divides ? n : (${t})(1);
    // The exponent of b, of a subnormal one too.
    const ${t.mask} tiny = b < (${t})(0x1p-${bias - 1}${suffix});
    const ${t.int} eb = (as_${t.int}(tiny ? b * (${t})(0x1p${digits + 1}${suffix}) : b) >> (${t.int})(${digits})) - (tiny ? (${t.int})(${digits + 1}) : (${t.int})(0));
    while (any_lane_${t.uint}(a >= b)) {
        const ${t.int} e = max((as_${t.int}(a) >> (${t.int})(${digits})) - eb - (${t.int})(${digits - 1}), (${t.int})(0));
        // In two steps, as 2^e may be too large.
        const ${t.int} half_e = e >> (${t.int})(1);
        const ${t} c = b * ${scale("half_e")} * ${scale("(e - half_e)")};
        const ${t} q = trunc(divide_${t}(a, c));
        const ${t} r = fma_${t}(-q, c, a);
        a = r < 0 ? r + c : r;
    }
    // A smaller number is its own remainder; of infinity, or by zero, there is none.
    return divides ? copysign(a, x) : (m < n ? x : (${t})(NAN));
}
</%def>

<%def name="float_remainder(t)">
// NumPy's: the sign of the divisor; the one sum is exact.
static inline ${t} float_remainder_${t}(${t} x, ${t} y)
{
    const ${t} r = float_trunc_remainder_${t}(x, y);
    const ${t.mask} wrap = (r != 0) & ((r < 0) != (y < 0));
    const ${t} q = wrap ? r + y : r;
    return q == 0 ? copysign(q, y) : q;
}
</%def>

<%def name="float_floor_divide(t)">
// NumPy's: (x - remainder) / y to the nearest integer; infinities and NaN as x / y gives them, as the standard has it.
static inline ${t} float_floor_divide_${t}(${t} x, ${t} y)
{
    const ${t} r = float_trunc_remainder_${t}(x, y);
    const ${t} quotient = divide_${t}(x, y);
    ${t} q = divide_${t}(x - r, y);
    q = ((r != 0) & ((r < 0) != (y < 0))) ? q - 1 : q;
    ${t} f = floor(q);
    f = q - f > (${t})(0.5f) ? f + 1 : f;
    f = q == 0 ? copysign((${t})(0), quotient) : f;
    // Zero as the divisor and infinities: the quotient says it. Of a number by infinity of the other sign that is -0, floor(x / y); NumPy's is -1.
    const ${t.mask} special = (y == 0) | (magnitude_${t}(x) == INFINITY) | (magnitude_${t}(y) == INFINITY) | (x != x) | (y != y);
    return special ? quotient : f;
}
</%def>

<%def name="sign_of(t)">
static inline ${t} sign_of_${t}(${t} x)
{
    // +0 for a zero of either sign, as NumPy; NaN stays.
    return x > 0 ? (${t})(1) : (x < 0 ? (${t})(-1) : (x == 0 ? (${t})(0) : x));
}
</%def>

<%def name="next_after(t)">
// The float after x in the direction of y, by a step of its bits.
static inline ${t} next_after_${t}(${t} x, ${t} y)
{
    const ${t.int} b = as_${t.int}(x);
    const ${t.int} magnitude = b & (${t.int})(${"0x7fffffffffffffffL" if t.bits == 64 else "0x7fffffff"});
    const ${t.mask} away = (y > x) == (x > 0);
    const ${t} stepped = as_${t}(away ? b + 1 : b - 1);
    const ${t} tiny = copysign(as_${t}((${t.int})(1)), y);
    const ${t} r = magnitude == 0 ? tiny : stepped;
    return (x != x) | (y != y) ? x + y : (x == y ? y : r);
}
</%def>

<%def name="round_half_away(t)">
static inline ${t} round_half_away_${t}(${t} x)
{
    const ${t} whole = trunc(x);
    return magnitude_${t}(x - whole) >= (${t})(0.5f) ? whole + copysign((${t})(1), x) : copysign(whole, x);
}
</%def>

<%def name="round_half_down(t)">
// To nearest, halves toward minus infinity: MXNet's rint.
static inline ${t} round_half_down_${t}(${t} x)
{
    const ${t} low = floor(x);
    return x - low > (${t})(0.5f) ? low + 1 : low;
}
</%def>

<%def name="next_half(t)">
// The half after x in the direction of y, for halves kept as floats: a step of the 16 bits.
<%  us = "ushort" + (str(t.width) if t.width > 1 else "") %>
static inline ${t} next_half_${t}(${t} x, ${t} y)
{
    const ${t.int} b = convert_${t.int}(float_to_half_${t}(x));
    const ${t.mask} away = (y > x) == (x > 0);
    const ${t.int} stepped = away ? b + 1 : b - 1;
    const ${t} r = half_to_float_${t}(convert_${us}(stepped));
    const ${t} tiny = copysign((${t})(0x1p-24f), y);
    return (x != x) | (y != y) ? x + y : (x == y ? y : (x == 0 ? tiny : r));
}
</%def>

<%def name="spacing(t)">
// How far the next float away from 0 is, with the sign of x.
static inline ${t} spacing_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t} gap = next_after_${t}(a, (${t})(INFINITY)) - a;
    return x < 0 ? -gap : gap;
}
</%def>

<%def name="half_spacing(t)">
// How far the next half above x is: NumPy's rule for halves, which is not that for floats.
static inline ${t} half_spacing_${t}(${t} x)
{
    const ${t} gap = next_half_${t}(x, (${t})(INFINITY)) - x;
    return magnitude_${t}(x) == (${t})(INFINITY) ? x - x : gap;
}
</%def>

<%def name="int_multiply(t)">
// Wraps. A scalar uchar or ushort would be multiplied as int, where 65535 * 65535 overflows.
<%  wide = f"(uint)" if t.bits < 32 and not t.is_vector else "" %>
static inline ${t} int_multiply_${t}(${t} x, ${t} y) { return as_${t}((${t.uint})(${wide}as_${t.uint}(x) * ${wide}as_${t.uint}(y))); }
</%def>

<%def name="cto_float(t)">
// A complex number of either precision with float parts, each rounded once.
<%  w = str(t.width) if t.width > 1 else "" %>
static inline cfloat${w} cto_float_${t}(${t} x)
{
    cfloat${w} z;
    z.re = to_float_${t.real}(x.re);
    z.im = to_float_${t.real}(x.im);
    return z;
}
</%def>

<%def name="cto_double(t)">
<%  w = str(t.width) if t.width > 1 else "" %>
static inline cdouble${w} cto_double_${t}(${t} x)
{
    cdouble${w} z;
    z.re = to_double_${t.real}(x.re);
    z.im = to_double_${t.real}(x.im);
    return z;
}
</%def>
