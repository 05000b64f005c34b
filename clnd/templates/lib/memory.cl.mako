## Loads and stores of vectors of elements. `p` points at the storage scalars, `i` counts elements.
## A complex element is two scalars (re, im) in memory and one lane of a cfloat8 in registers.
## The `_some` forms touch only the first m lanes; absent lanes read element i again.

<%def name="load(t)">
% if t.is_complex and t.is_vector:
static inline ${t} load_${t}(__global const ${t.scalar} *p, const long i)
{
    const ${t.real} a = load_${t.real}(p, 2 * i), b = load_${t.real}(p, 2 * i + ${t.width});
    ${t} z;
    z.re = (${t.real})(a.even, b.even);
    z.im = (${t.real})(a.odd, b.odd);
    return z;
}
% elif t.is_complex:
static inline ${t} load_${t}(__global const ${t.scalar} *p, const long i)
{
    ${t} z;
    z.re = p[2 * i];
    z.im = p[2 * i + 1];
    return z;
}
% elif t.is_vector and arithmetic.vectors == "unaligned":
static inline ${t} load_${t}(__global const ${t.scalar} *p, const long i)
{
    typedef ${t} __attribute__((aligned(${t.bits // 8}))) unaligned;
    return *(__global const unaligned *)(p + i);
}
% elif t.is_vector:
static inline ${t} load_${t}(__global const ${t.scalar} *p, const long i) { return vload${t.width}(0, p + i); }
% else:
static inline ${t} load_${t}(__global const ${t.scalar} *p, const long i) { return p[i]; }
% endif
</%def>

<%def name="load_aligned(t)">
// A vector that is aligned to its own size, which is one load.
static inline ${t} load_aligned_${t}(__global const ${t.scalar} *p, const long i)
{
% if t.is_complex:
    const ${t.scalar}${2 * t.width} v = *(__global const ${t.scalar}${2 * t.width} *)(p + 2 * i);
    ${t} z;
    z.re = v.even;
    z.im = v.odd;
    return z;
% else:
    return *(__global const ${t} *)(p + i);
% endif
}
</%def>

<%def name="load_some(t)">
static inline ${t} load_some_${t}(__global const ${t.scalar} *p, const long i, const int m)
{
    long o[${t.width}];
% for k in range(t.width):
    o[${k}] = i + (${k} < m ? ${k} : 0);
% endfor
    return pick_${t}(p, o);
}
</%def>

<%def name="gather(t)">
// Lanes a fixed stride apart; absent lanes read the first again.
static inline ${t} gather_${t}(__global const ${t.scalar} *p, const long i, const long stride, const int m)
{
    long o[${t.width}];
% for k in range(t.width):
    o[${k}] = ${f"i + ({k} < m ? {k} * stride : 0)" if k else "i"};
% endfor
    return pick_${t}(p, o);
}
</%def>

<%def name="pick(t)">
// Lanes from anywhere.
static inline ${t} pick_${t}(__global const ${t.scalar} *p, const long *o)
{
% if t.is_complex:
    ${t} z;
    z.re = (${t.real})(${", ".join(f"p[2 * o[{k}]]" for k in range(t.width))});
    z.im = (${t.real})(${", ".join(f"p[2 * o[{k}] + 1]" for k in range(t.width))});
    return z;
% else:
    return (${t})(${", ".join(f"p[o[{k}]]" for k in range(t.width))});
% endif
}
</%def>

<%def name="look_up(t)">
// Lanes from anywhere, by a vector of places.
static inline ${t} look_up_${t}(__global const ${t.scalar} *p, const ${"long%d" % t.width} o)
{
% if t.is_complex:
    ${t} z;
    z.re = (${t.real})(${", ".join(f"p[2 * o.s{k:x}]" for k in range(t.width))});
    z.im = (${t.real})(${", ".join(f"p[2 * o.s{k:x} + 1]" for k in range(t.width))});
    return z;
% else:
    return (${t})(${", ".join(f"p[o.s{k:x}]" for k in range(t.width))});
% endif
}
</%def>

<%def name="look_up_some(t)">
// The same; absent lanes, whose places mean nothing, read the first again.
static inline ${t} look_up_some_${t}(__global const ${t.scalar} *p, const ${"long%d" % t.width} o, const int m)
{
    long q[${t.width}];
% for k in range(t.width):
    q[${k}] = ${f"{k} < m ? o.s{k:x} : o.s0" if k else "o.s0"};
% endfor
    return pick_${t}(p, q);
}
</%def>

<%def name="spread(t)">
// One element in every lane.
static inline ${t} spread_${t}(__global const ${t.scalar} *p, const long i)
{
% if t.is_complex:
    ${t} z;
    z.re = (${t.real})(p[2 * i]);
    z.im = (${t.real})(p[2 * i + 1]);
    return z;
% else:
    return (${t})(p[i]);
% endif
}
</%def>

<%def name="store(t)">
% if t.is_complex and t.is_vector:
<%
    half = t.width // 2
    low = ", ".join(f"v.re.s{k:x}, v.im.s{k:x}" for k in range(half))
    high = ", ".join(f"v.re.s{k:x}, v.im.s{k:x}" for k in range(half, t.width))
%>
static inline void store_${t}(const ${t} v, __global ${t.scalar} *p, const long i)
{
    store_${t.real}((${t.real})(${low}), p, 2 * i);
    store_${t.real}((${t.real})(${high}), p, 2 * i + ${t.width});
}
% elif t.is_complex:
static inline void store_${t}(const ${t} v, __global ${t.scalar} *p, const long i)
{
    p[2 * i] = v.re;
    p[2 * i + 1] = v.im;
}
% elif t.is_vector and arithmetic.vectors == "unaligned":
static inline void store_${t}(const ${t} v, __global ${t.scalar} *p, const long i)
{
    typedef ${t} __attribute__((aligned(${t.bits // 8}))) unaligned;
    *(__global unaligned *)(p + i) = v;
}
% elif t.is_vector:
static inline void store_${t}(const ${t} v, __global ${t.scalar} *p, const long i) { vstore${t.width}(v, 0, p + i); }
% else:
static inline void store_${t}(const ${t} v, __global ${t.scalar} *p, const long i) { p[i] = v; }
% endif
</%def>

<%def name="store_aligned(t)">
static inline void store_aligned_${t}(const ${t} v, __global ${t.scalar} *p, const long i)
{
% if t.is_complex:
    ${t.scalar}${2 * t.width} w;
    w.even = v.re;
    w.odd = v.im;
    *(__global ${t.scalar}${2 * t.width} *)(p + 2 * i) = w;
% else:
    *(__global ${t} *)(p + i) = v;
% endif
}
</%def>

<%def name="store_some(t)">
static inline void store_some_${t}(const ${t} v, __global ${t.scalar} *p, const long i, const int m)
{
% for k in range(t.width):
<% lane = f".s{k:x}" if t.is_vector else "" %>
%   if t.is_complex:
    if (${k} < m) { p[2 * (i + ${k})] = v.re${lane}; p[2 * (i + ${k}) + 1] = v.im${lane}; }
%   else:
    if (${k} < m) p[i + ${k}] = v${lane};
%   endif
% endfor
}
</%def>
