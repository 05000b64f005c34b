## Integer arithmetic that means the same everywhere, and the conversions between real types.
##
## Signed arithmetic is computed in the unsigned type of the same width, where it wraps by
## definition, and cast back. A scalar char or short is promoted to int by every operator, so
## results are cast to the narrow unsigned type before `as_`. No division can trap: a divisor of
## zero is replaced first, and magnitudes are divided, so that MIN / -1 is no special case.
##
## For the casts (to_int and so on) `t` is the type converted FROM; the width stays.

<%!
from clnd.templates import CType


def zero(t):
    return f"({t})(0)"


def one(t):
    return f"({t})(1)"


def ones(t):
    """All bits set: the divisor where there is none, whose result is then replaced. It is not one,
    because Oclgrind reads a vector of "condition as 0 or 1", which that compiles to, as 0 or 255.
    """
    return f"({t})(~({t.one})(0))"
%>

## |x| in the unsigned type; the bits of MIN stay.
<%def name="int_magnitude(t)">
% if t.is_signed:
// The smaller of x and -x as unsigned numbers.
static inline ${t.uint} int_magnitude_${t}(${t} x)
{
    const ${t.uint} u = as_${t.uint}(x);
    return min(u, (${t.uint})(${zero(t.uint)} - u));
}
% else:
static inline ${t} int_magnitude_${t}(${t} x) { return x; }
% endif
</%def>

<%def name="int_floor_divide(t)">
// The quotient rounded down; x / 0 is 0, MIN / -1 is MIN.
static inline ${t} int_floor_divide_${t}(${t} x, ${t} y)
{
% if t.is_signed:
    const ${t.uint} a = int_magnitude_${t}(x);
    const ${t.uint} m = int_magnitude_${t}(y);
    const ${t.uint} b = y == ${zero(t)} ? ${ones(t.uint)} : m;
    const ${t.uint} q = a / b;
    const ${t.uint} r = a - (${t.uint})(q * b);
    // Signs differ: the negated quotient, and one less where something was left over.
    const ${t.uint} down = r != ${zero(t.uint)} ? (${t.uint})(~q) : (${t.uint})(${zero(t.uint)} - q);
    const ${t.uint} z = ((x < ${zero(t)}) ^ (y < ${zero(t)})) ? down : q;
    return y == ${zero(t)} ? ${zero(t)} : as_${t}(z);
% else:
    const ${t} b = y == ${zero(t)} ? ${ones(t)} : y;
    const ${t} q = x / b;
    return y == ${zero(t)} ? ${zero(t)} : q;
% endif
}
</%def>

<%def name="int_remainder(t)">
// x - y * floor(x / y), with the sign of y; by 0 it is 0.
static inline ${t} int_remainder_${t}(${t} x, ${t} y)
{
% if t.is_signed:
    const ${t.uint} a = int_magnitude_${t}(x);
    const ${t.uint} m = int_magnitude_${t}(y);
    const ${t.uint} b = y == ${zero(t)} ? ${ones(t.uint)} : m;
    const ${t.uint} r = a % b;
    const ${t.uint} up = r == ${zero(t.uint)} ? r : (${t.uint})(b - r);
    const ${t.uint} s = ((x < ${zero(t)}) ^ (y < ${zero(t)})) ? up : r;
    const ${t.uint} z = y < ${zero(t)} ? (${t.uint})(${zero(t.uint)} - s) : s;
    return y == ${zero(t)} ? ${zero(t)} : as_${t}(z);
% else:
    const ${t} b = y == ${zero(t)} ? ${ones(t)} : y;
    const ${t} r = x % b;
    return y == ${zero(t)} ? ${zero(t)} : r;
% endif
}
</%def>

<%def name="int_trunc_remainder(t)">
// x - y * trunc(x / y), with the sign of x (C's %, NumPy's fmod); by 0 it is 0.
static inline ${t} int_trunc_remainder_${t}(${t} x, ${t} y)
{
% if t.is_signed:
    const ${t.uint} a = int_magnitude_${t}(x);
    const ${t.uint} m = int_magnitude_${t}(y);
    const ${t.uint} b = y == ${zero(t)} ? ${ones(t.uint)} : m;
    const ${t.uint} r = a % b;
    const ${t.uint} z = x < ${zero(t)} ? (${t.uint})(${zero(t.uint)} - r) : r;
    return y == ${zero(t)} ? ${zero(t)} : as_${t}(z);
% else:
    const ${t} b = y == ${zero(t)} ? ${ones(t)} : y;
    const ${t} r = x % b;
    return y == ${zero(t)} ? ${zero(t)} : r;
% endif
}
</%def>

<%def name="int_gcd(t)">
// The greatest common divisor of |x| and |y|, by Euclid; of 0 and 0 it is 0.
static inline ${t} int_gcd_${t}(${t} x, ${t} y)
{
    ${t.uint} a = int_magnitude_${t}(x);
    ${t.uint} b = int_magnitude_${t}(y);
    while (any_lane_${t.uint}(b != ${zero(t.uint)})) {
        const ${t.uint} d = b == ${zero(t.uint)} ? ${ones(t.uint)} : b;
        const ${t.uint} r = a % d;
        a = b == ${zero(t.uint)} ? a : b;
        b = b == ${zero(t.uint)} ? b : r;
    }
    return as_${t}(a);
}
</%def>

<%def name="int_lcm(t)">
// The least common multiple of |x| and |y|, wrapping; 0 where either is 0.
static inline ${t} int_lcm_${t}(${t} x, ${t} y)
{
    const ${t.uint} g = as_${t.uint}(int_gcd_${t}(x, y));
    const ${t.uint} d = g == ${zero(t.uint)} ? ${ones(t.uint)} : g;
    return as_${t}(int_multiply_${t.uint}(int_magnitude_${t}(x) / d, int_magnitude_${t}(y)));
}
</%def>

<%def name="int_bits(t)">
// How many bits of |x| are set.
static inline ${t} int_bits_${t}(${t} x) { return as_${t}(popcount(int_magnitude_${t}(x))); }
</%def>

<%def name="int_pow(t)">
// x to the power y, wrapping; for a negative y the quotient 1 / x^-y cut towards 0: of 1 and -1 their powers, else 0.
<%
    # A scalar uchar or ushort is multiplied as int, where 65535 * 65535 would overflow.
    wide = CType("uint") if t.bits < 32 and not t.is_vector else t.uint
%>
static inline ${t} int_pow_${t}(${t} x, ${t} y)
{
    ${wide} base = ${f"({wide})(as_{t.uint}(x))" if wide != t.uint else f"as_{t.uint}(x)"};
    ${wide} z = ${one(wide)};
% if t.is_signed:
    ${t.uint} e = y < ${zero(t)} ? ${zero(t.uint)} : as_${t.uint}(y);
% else:
    ${t.uint} e = y;
% endif
    while (any_lane_${t.uint}(e != ${zero(t.uint)})) {
        z = (e & ${one(t.uint)}) != ${zero(t.uint)} ? z * base : z;
        base *= base;
        e >>= ${one(t.uint)};
    }
    ${t} power = as_${t}((${t.uint})(z));
% if t.is_signed:
    const ${t} minus_one = (${t})(-1);
    const ${t} turned = (y & ${one(t)}) != ${zero(t)} ? minus_one : ${one(t)};
    const ${t} inverse = x == ${one(t)} ? ${one(t)} : (x == minus_one ? turned : ${zero(t)});
    power = y < ${zero(t)} ? inverse : power;
% endif
    return power;
}
</%def>

<%def name="shift_left(t)">
// x << y; 0 where y is the width or more, or negative.
static inline ${t} shift_left_${t}(${t} x, ${t} y)
{
    const ${t.uint} s = as_${t.uint}(y);
    const ${t.uint} z = (${t.uint})(as_${t.uint}(x) << (s & (${t.uint})(${t.bits - 1})));
    const ${t.uint} kept = s > (${t.uint})(${t.bits - 1}) ? ${zero(t.uint)} : z;
    return as_${t}(kept);
}
</%def>

<%def name="shift_right(t)">
// x >> y with the sign carried in; where y is the width or more, or negative, all bits are the sign.
static inline ${t} shift_right_${t}(${t} x, ${t} y)
{
    const ${t.uint} s = as_${t.uint}(y);
% if t.is_signed:
    const ${t.uint} n = s > (${t.uint})(${t.bits - 1}) ? (${t.uint})(${t.bits - 1}) : s;
    return (${t})(x >> as_${t}(n));
% else:
    const ${t} z = (${t})(x >> (s & (${t})(${t.bits - 1})));
    return s > (${t})(${t.bits - 1}) ? ${zero(t)} : z;
% endif
}
</%def>

<%def name="int_sign(t)">
// -1, 0 or 1.
% if t.is_signed:
static inline ${t} int_sign_${t}(${t} x) { return max(min(x, ${one(t)}), (${t})(-1)); }
% else:
static inline ${t} int_sign_${t}(${t} x) { return min(x, ${one(t)}); }
% endif
</%def>

<%def name="int_abs(t)">
// |x|; MIN stays MIN.
static inline ${t} int_abs_${t}(${t} x) { return as_${t}(int_magnitude_${t}(x)); }
</%def>

<%def name="int_negative(t)">
// -x; MIN stays MIN, unsigned values wrap.
static inline ${t} int_negative_${t}(${t} x)
{
    const ${t.uint} z = (${t.uint})(${zero(t.uint)} - as_${t.uint}(x));
    return as_${t}(z);
}
</%def>

## Conversions. Integer to integer wraps: narrowing goes through the unsigned types, widening extends the sign.
## Float to integer truncates toward zero, clamps, and makes NaN 0: what is out of range never
## reaches the conversion, because drivers differ there.

<%def name="int_to_int(t, scalar)">
<%
    r = CType(scalar, t.width)
    wide = CType(r.int.scalar if t.is_signed else r.uint.scalar, t.width)
    if r == t:
        value = "x"
    elif r.bits == t.bits:
        value = f"as_{r}(x)"
    elif r.bits < t.bits:
        value = f"as_{r}(convert_{r.uint}(as_{t.uint}(x)))"
    else:
        value = f"as_{r}(convert_{wide}(x))"
%>
static inline ${r} to_${scalar}_${t}(${t} x) { return ${value}; }
</%def>

<%def name="float_to_int(t, scalar)">
<%
    r = CType(scalar, t.width)
    # Converted at the source's component size, so that the masks fit, and narrowed after.
    w = CType(("" if r.is_signed else "u") + t.int.scalar, t.width) if r.bits < t.bits else r
    bits = r.bits - r.is_signed
    suffix = "" if t.is_double else "f"
    low, high = (f"-0x1p{bits}{suffix}" if r.is_signed else f"0.0{suffix}"), f"0x1p{bits}{suffix}"
    largest = (1 << bits) - 1
    c_max = f"({w})({largest}{'' if r.is_signed else 'u'}{'l' if r.bits > 32 else ''})"
    # The smallest long has no literal of its own in C.
    smallest = 0 if not r.is_signed else -(1 << bits)
    c_min = f"({w})({smallest + 1}{'l' if r.bits > 32 else ''} - 1)" if r.is_signed else f"({w})(0)"
    # A widened mask is compared again: rusticl loses the sign of one that is selected by as it is.
    widens = t.is_vector and w.bits != t.bits
    low_mask, high_mask = (f"(convert_{w.int}({m}) != ({w.int})(0))" if widens else m for m in ("low", "high"))
    narrow = f"as_{r}(convert_{r.uint}(as_{w.uint}(i)))" if w != r else "i"
%>
static inline ${r} to_${scalar}_${t}(${t} x)
{
    const ${t.mask} low = x < (${t})(${low}), high = x >= (${t})(${high});
    const ${t} y = (low | high | (x != x)) ? (${t})(0) : x;
    ${w} i = convert_${w}(y);
    i = ${low_mask} ? ${c_min} : i;
    i = ${high_mask} ? ${c_max} : i;
    return ${narrow};
}
</%def>

<%def name="to_char(t)">${cast_int(t, "char")}</%def>
<%def name="to_uchar(t)">${cast_int(t, "uchar")}</%def>
<%def name="to_short(t)">${cast_int(t, "short")}</%def>
<%def name="to_ushort(t)">${cast_int(t, "ushort")}</%def>
<%def name="to_int(t)">${cast_int(t, "int")}</%def>
<%def name="to_uint(t)">${cast_int(t, "uint")}</%def>
<%def name="to_long(t)">${cast_int(t, "long")}</%def>
<%def name="to_ulong(t)">${cast_int(t, "ulong")}</%def>
<%def name="to_float(t)">${cast_float(t, "float")}</%def>
<%def name="to_double(t)">${cast_float(t, "double")}</%def>

<%def name="cast_int(t, scalar)">
% if t.is_float:
${float_to_int(t, scalar)}
% else:
${int_to_int(t, scalar)}
% endif
</%def>

<%def name="cast_float(t, scalar)">
<%  r = CType(scalar, t.width) %>
// Rounded once, to nearest even.
static inline ${r} to_${scalar}_${t}(${t} x) { return ${"x" if r == t else f"convert_{r}{'_rte' if r.bits <= t.bits else ''}(x)"}; }
</%def>

<%def name="exact_quotient(t)">
// (high 2^32 + low) / n as a float, rounded once, by integers alone; low >= 0 and 0 < n < 2^31. t is long or its vectors.
<%
    u, f = t.uint, CType("float", t.width)
    c = lambda number: f"({u})({number}UL)"
    low_half, half = c("0xffffffff"), c(32)
%>
static inline ${f} exact_quotient_${t}(${t} high, ${t} low, ${t} n)
{
    const ${t} top = high + (low >> (${t})(32));
    const ${u} rest = as_${u}(low) & ${low_half};
    // The magnitude, in words of 32 bits below the first.
    const ${u} carry = rest == ${c(0)} ? ${c(0)} : ${c(1)};
    const ${u} a = top < (${t})(0) ? ${c(0)} - as_${u}(top) - carry : as_${u}(top);
    const ${u} b = top < (${t})(0) ? (${c(0)} - rest) & ${low_half} : rest;
    const ${u} d = as_${u}(n);
    // Long division: 64 bits before the point and 64 behind it.
    const ${u} q = a / d, w = ((a - q * d) << ${half}) | b;
    const ${u} p = w / d, x = (w - p * d) << ${half};
    const ${u} g = x / d, y = (x - g * d) << ${half};
    const ${u} h = y / d, z = y - h * d;
    const ${u} whole = (q << ${half}) + p;
    // The leading 27 bits or more of the quotient, the last of them set if anything follows, round as the quotient would.
    const ${u} large = whole | ((x | y) == ${c(0)} ? ${c(0)} : ${c(1)});
    const ${u} middle = (whole << ${half}) | g | (y == ${c(0)} ? ${c(0)} : ${c(1)});
    const ${u} small = (g << ${half}) | h | (z == ${c(0)} ? ${c(0)} : ${c(1)});
    const ${u} none = ${c(0)}, bound = ${c("0x4000000")};
    const ${f} rounded = to_float_${u}(whole < bound ? none : large)
        + to_float_${u}(whole < bound ? (whole == none ? none : middle) : none) * 0x1p-32f
        + to_float_${u}(whole == none ? small : none) * 0x1p-64f;
    return rounded * to_float_${t}(top < (${t})(0) ? (${t})(-1) : (${t})(1));
}
</%def>

<%def name="double_to_half_float(t)">
// The IEEE half nearest to a double, as a float, rounded once: first to a float with the last bit
// set where anything was lost (round to odd), which the rounding to half then sees.
<%
    f = CType("float", t.width)
    to_mask = f"convert_{f.int}" if t.is_vector else ""
%>
static inline ${f} double_to_half_float_${t}(${t} x)
{
    const ${f} nearest = convert_${f}_rte(x);
    const ${t} back = convert_${t}(nearest);
    const ${f.mask} over = ${to_mask}(fabs(back) > fabs(x));
    const ${f.mask} lost = ${to_mask}(back != x);
    const ${f.uint} b = as_${f.uint}(nearest);
    const ${f.uint} down = over ? b - ${one(f.uint)} : b;
    return round_to_half_${f}(as_${f}(lost ? down | ${one(f.uint)} : down));
}
</%def>
