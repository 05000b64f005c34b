## Where an element is read that is moved along an axis: see kernels/moves.py. `at` is its place in the result.
##   _place   the place in the input
##   _left    elements from this one on, up to the next seam
##   _step    from this place to that of the next element, if there is no seam between them
##   _inside  whether the place is one of the input's

<%def name="rolled_place(t)">
static inline ${t} rolled_place_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    const ${t} p = at + shift;
    return p < n ? p : p - n;
}
</%def>

<%def name="rolled_left(t)">
static inline ${t} rolled_left_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    return n - rolled_place_${t}(at, shift, n);
}
</%def>

<%def name="periodic_place(t)">
static inline ${t} periodic_place_${t}(const ${t} at, const ${t} shift, const ${t} period, const ${t} n, const ${t} mirror)
{
    const ${t} p = (at + shift) % period;
    return p < n ? p : mirror - p;
}
</%def>

<%def name="periodic_left(t)">
static inline ${t} periodic_left_${t}(const ${t} at, const ${t} shift, const ${t} period, const ${t} n, const ${t} mirror)
{
    const ${t} p = (at + shift) % period;
    return (p < n ? n : period) - p;
}
</%def>

<%def name="periodic_step(t)">
static inline ${t} periodic_step_${t}(const ${t} at, const ${t} shift, const ${t} period, const ${t} n, const ${t} mirror)
{
    return (at + shift) % period < n ? 1 : -1;
}
</%def>

<%def name="clamped_place(t)">
static inline ${t} clamped_place_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    const ${t} p = at + shift;
    return p < 0 ? 0 : p < n ? p : n - 1;
}
</%def>

<%def name="clamped_left(t)">
// Beyond the last element there is no seam: more than any axis has.
static inline ${t} clamped_left_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    const ${t} p = at + shift;
    return p < 0 ? -p : p < n ? n - p : (${t})(${"0x7fffffff" if t.bits == 32 else "0x7fffffffffffffffl"}) - at;
}
</%def>

<%def name="clamped_step(t)">
static inline ${t} clamped_step_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    const ${t} p = at + shift;
    return p >= 0 && p < n ? 1 : 0;
}
</%def>

<%def name="clamped_inside(t)">
static inline int clamped_inside_${t}(const ${t} at, const ${t} shift, const ${t} n)
{
    const ${t} p = at + shift;
    return p >= 0 && p < n;
}
</%def>

<%def name="repeated_place(t)">
static inline ${t} repeated_place_${t}(const ${t} at, const ${t} times) { return at / times; }
</%def>

<%def name="repeated_left(t)">
static inline ${t} repeated_left_${t}(const ${t} at, const ${t} times) { return times - at % times; }
</%def>
