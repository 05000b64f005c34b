## Pieces of the reductions: the even and the odd lanes of a vector, and lanes up to a count.

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
