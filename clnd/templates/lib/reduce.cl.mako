## Pieces of the reductions: the even and the odd lanes of a vector and of two, and chosen lanes.

<%def name="even_lanes(t)">
<% h = t.widened(t.width // 2) %>
static inline ${h} even_lanes_${t}(${t} v)
{
% if t.is_complex:
    ${h} z;
    z.re = v.re.even;
    z.im = v.im.even;
    return z;
% else:
    return v.even;
% endif
}
</%def>

<%def name="odd_lanes(t)">
<% h = t.widened(t.width // 2) %>
static inline ${h} odd_lanes_${t}(${t} v)
{
% if t.is_complex:
    ${h} z;
    z.re = v.re.odd;
    z.im = v.im.odd;
    return z;
% else:
    return v.odd;
% endif
}
</%def>

<%def name="even_lanes_of_both(t)">
// The even lanes of x, then those of y.
static inline ${t} even_lanes_of_both_${t}(${t} x, ${t} y)
{
% if t.is_complex:
    ${t} z;
    z.re = (${t.real})(x.re.even, y.re.even);
    z.im = (${t.real})(x.im.even, y.im.even);
    return z;
% else:
    return (${t})(x.even, y.even);
% endif
}
</%def>

<%def name="odd_lanes_of_both(t)">
static inline ${t} odd_lanes_of_both_${t}(${t} x, ${t} y)
{
% if t.is_complex:
    ${t} z;
    z.re = (${t.real})(x.re.odd, y.re.odd);
    z.im = (${t.real})(x.im.odd, y.im.odd);
    return z;
% else:
    return (${t})(x.odd, y.odd);
% endif
}
</%def>

<%def name="chosen_lanes(t)">
// The lanes of x where the mask is true, else those of y.
static inline ${t} chosen_lanes_${t}(${(t.real if t.is_complex else t).int} mask, ${t} x, ${t} y)
{
% if t.is_complex:
    ${t} z;
    z.re = mask ? x.re : y.re;
    z.im = mask ? x.im : y.im;
    return z;
% else:
    return mask ? x : y;
% endif
}
</%def>

<%def name="first_lanes(t)">
// The first m lanes of x, the others of y.
static inline ${t} first_lanes_${t}(int m, ${t} x, ${t} y)
{
% if t.is_complex:
    ${t} z;
    z.re = first_lanes_${t.real}(m, x.re, y.re);
    z.im = first_lanes_${t.real}(m, x.im, y.im);
    return z;
% else:
    const ${t.int} lane = (${t.int})(${", ".join(str(k) for k in range(t.width))});
    return lane < (${t.int})((${t.int.scalar})m) ? x : y;
% endif
}
</%def>

<%def name="cdot_start(t)">
// The first term of a complex dot product, and the next: the order of the fused steps is fixed.
static inline ${t} cdot_start_${t}(${t} x, ${t} y)
{
    ${t} z;
    z.re = fma_${t.real}(-x.im, y.im, x.re * y.re);
    z.im = fma_${t.real}(x.im, y.re, x.re * y.im);
    return z;
}
</%def>

<%def name="cdot_step(t)">
static inline ${t} cdot_step_${t}(${t} x, ${t} y, ${t} acc)
{
    ${t} z;
    z.re = fma_${t.real}(-x.im, y.im, fma_${t.real}(x.re, y.re, acc.re));
    z.im = fma_${t.real}(x.im, y.re, fma_${t.real}(x.re, y.im, acc.im));
    return z;
}
</%def>

<%def name="order_key(t)">
// A float's place in the order of all floats as an integer: -0 before +0. t is the integer type.
// Every NaN has the largest key, which no number has. NaN is told by its bits: with x != x, PoCL 3.0 makes lanes from anywhere a hundred times slower.
<% f = t.float; largest, inf = ("0x7fffffffffffffffL", "0x7ff0000000000000L") if t.bits == 64 else ("0x7fffffff", "0x7f800000") %>
static inline ${t} order_key_${t}(${f} x)
{
    const ${t} b = as_${t}(x);
    const ${t} key = b ^ ((b >> (${t})(${t.bits - 1})) & (${t})(${largest}));
    return (b & (${t})(${largest})) > (${t})(${inf}) ? (${t})(${largest}) : key;
}
</%def>

<%def name="order_key_low(t)">
// The same with NaN before everything, for the search of the least.
<% f = t.float; largest, inf = ("0x7fffffffffffffffL", "0x7ff0000000000000L") if t.bits == 64 else ("0x7fffffff", "0x7f800000") %>
static inline ${t} order_key_low_${t}(${f} x)
{
    const ${t} b = as_${t}(x);
    const ${t} key = b ^ ((b >> (${t})(${t.bits - 1})) & (${t})(${largest}));
    return (b & (${t})(${largest})) > (${t})(${inf}) ? (${t})(-${largest} - 1) : key;
}
</%def>

<%def name="key_value(t)">
// The float of a key; the largest and the least key are NaN.
<% f = t.float; largest = "0x7fffffffffffffffL" if t.bits == 64 else "0x7fffffff" %>
static inline ${f} key_value_${t}(${t} key)
{
    const ${t} b = key ^ ((key >> (${t})(${t.bits - 1})) & (${t})(${largest}));
    const ${f} nan = as_${f}((${t})(${"0x7ff8000000000000L" if t.bits == 64 else "0x7fc00000"}));
    return (key == (${t})(${largest})) | (key == (${t})(-${largest} - 1)) ? nan : as_${f}(b);
}
</%def>

<%def name="search_key(t)">
// The key by which the largest float is searched for: -0 equals +0, NaN is larger than all.
static inline ${t.int} search_key_${t}(${t} x) { return order_key_${t.int}(x == (${t})(0) ? (${t})(0) : x); }
</%def>

<%def name="search_key_low(t)">
// The same for the least float, which has the largest key but NaN.
static inline ${t.int} search_key_low_${t}(${t} x) { return ~order_key_low_${t.int}(x == (${t})(0) ? (${t})(0) : x); }
</%def>

<%def name="best_start(t)">
// A search for the largest key and, of equal ones, the first place: t is a pair of integers, key and place.
static inline ${t} best_start_${t}(${t.real} key, ${t.real} place)
{
    ${t} z;
    z.re = key;
    z.im = place;
    return z;
}
</%def>

<%def name="best_step(t)">
// It goes on with a key of a later place.
static inline ${t} best_step_${t}(${t.real} key, ${t.real} place, ${t} best)
{
    ${t} z;
    z.re = key > best.re ? key : best.re;
    z.im = key > best.re ? place : best.im;
    return z;
}
</%def>

<%def name="best_of(t)">
static inline ${t} best_of_${t}(${t} x, ${t} y)
{
    ${t} z;
    z.re = (y.re > x.re) | ((y.re == x.re) & (y.im < x.im)) ? y.re : x.re;
    z.im = (y.re > x.re) | ((y.re == x.re) & (y.im < x.im)) ? y.im : x.im;
    return z;
}
</%def>
