## The order of keys: elements as unsigned integers whose order is that of sorting (docs/decisions/0007-order-of-keys.md).
## t is the unsigned type of an element's bits, and of its key. flip is 0, or all ones for the descending order.

<%def name="float_key(t)">
// NaN has the largest key in either order. The zeros are neighbours: joined_key makes them one.
<% sign = 1 << t.bits - 1; inf = {16: 0x7c00, 32: 0x7f800000, 64: 0x7ff0000000000000}.get(t.bits, 0) %>
static inline ${t} float_key_${t}(const ${t} b, const ${t} flip)
{
    const ${t} key = (${t})(b ^ (as_${t}((${t.int})(as_${t.int}(b) >> (${t.int})(${t.bits - 1}))) | (${t})(${sign}u${"l" if t.bits == 64 else ""})) ^ flip);
    return (${t})(b & (${t})(${sign - 1}u${"l" if t.bits == 64 else ""})) > (${t})(${inf}u${"l" if t.bits == 64 else ""}) ? (${t})(~(${t})(0)) : key;
}
</%def>

<%def name="float_of_key(t)">
// The bits of a float from its key; those of a NaN from the largest.
<% sign = 1 << t.bits - 1; suffix = "ul" if t.bits == 64 else "u" %>
static inline ${t} float_of_key_${t}(const ${t} key, const ${t} flip)
{
    const ${t} k = (${t})(key ^ flip);
    return (${t})(k ^ (as_${t}((${t.int})(as_${t.int}((${t})(~k)) >> (${t.int})(${t.bits - 1}))) | (${t})(${sign}${suffix})));
}
</%def>

<%def name="joined_key(t)">
// The key of -0 becomes that of +0, in the descending order that of +0 the one of -0.
<% suffix = "ul" if t.bits == 64 else "u" %>
static inline ${t} joined_key_${t}(const ${t} key)
{
    return (${t})(key + (key == (${t})(${(1 << t.bits - 1) - 1}${suffix}) ? (${t})(1) : (${t})(0)));
}
</%def>

<%def name="signed_key(t)">
<% suffix = "ul" if t.bits == 64 else "u" %>
static inline ${t} signed_key_${t}(const ${t} b, const ${t} flip) { return (${t})(b ^ (${t})(${1 << t.bits - 1}${suffix}) ^ flip); }
</%def>

<%def name="signed_of_key(t)">
static inline ${t} signed_of_key_${t}(const ${t} key, const ${t} flip) { return signed_key_${t}(key, flip); }
</%def>

<%def name="unsigned_key(t)">
static inline ${t} unsigned_key_${t}(const ${t} b, const ${t} flip) { return (${t})(b ^ flip); }
</%def>

<%def name="unsigned_of_key(t)">
static inline ${t} unsigned_of_key_${t}(const ${t} key, const ${t} flip) { return (${t})(key ^ flip); }
</%def>
