## What an index along an axis adds to an element's place: the index made one that the axis has, times the stride. `t` is long.
## n is the length of the axis, at least 1. The product stays within memory and cannot overflow.

<%def name="place_or_clamped(t)">
// Negative indices count from the end. What is out of range then is the nearest in range: a check elsewhere tells of it.
static inline ${t} place_or_clamped_${t}(${t} x, ${t} n, ${t} stride)
{
    // The sign of x as a mask.
    return place_clipped_${t}(x + (n & (x >> (${t})(63))), n, stride);
}
</%def>

<%def name="place_clipped(t)">
// The nearest in range, for negative indices the first.
static inline ${t} place_clipped_${t}(${t} x, ${t} n, ${t} stride)
{
    const ${t} last = n - (${t})(1);
    const ${t} low = x < (${t})(0) ? (${t})(0) : x;
    return (low > last ? last : low) * stride;
}
</%def>

<%def name="place_wrapped(t)">
// Modulo the length.
static inline ${t} place_wrapped_${t}(${t} x, ${t} n, ${t} stride) { return int_remainder_${t}(x, n) * stride; }
</%def>
