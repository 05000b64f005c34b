## Philox4x32-10 and what turns its words into numbers: the parts that every kernel drawing random
## numbers shares. What a stream consists of is written in random.cl.mako.
##
## Philox4x32-10 is Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
## (SC11): a counter of four 32-bit words and a key of two are mixed in ten rounds into four words.
<%!
    ROUNDS = 10
    MULTIPLIERS = ("0xd2511f53u", "0xcd9e8d57u")
    WEYL = ("0x9e3779b9u", "0xbb67ae85u")
%>

<%def name="philox_lanes(t)">
// As many counters at once as t (ulong of some width) has lanes, each word in a 64-bit lane: a round
// then is two 32x32->64 multiplications, which CPUs have for vectors and mul_hi is emulated with.
// Between the rounds the upper halves of the lanes hold rubbish; the products read the lower halves,
// and the words come out clean.
<%  m0, m1 = (f"({t})({m})" for m in MULTIPLIERS) %>
__attribute__((always_inline)) static inline void philox_lanes_${t}(${t} *w0, ${t} *w1, ${t} *w2, ${t} *w3, uint k0, uint k1)
{
    const ${t} low = (${t})(0xffffffffu);
    ${t} c0 = *w0, c1 = *w1, c2 = *w2, c3 = *w3, p, q;
% for r in range(ROUNDS):
    p = (c0 & low) * ${m0};
    q = (c2 & low) * ${m1};
    c0 = (q >> (${t})(32)) ^ c1 ^ (${t})((ulong)(k0 + ${r}u * ${WEYL[0]}));
    c2 = (p >> (${t})(32)) ^ c3 ^ (${t})((ulong)(k1 + ${r}u * ${WEYL[1]}));
    c1 = q;
    c3 = p;
% endfor
    *w0 = c0 & low;
    *w1 = c1 & low;
    *w2 = c2 & low;
    *w3 = c3 & low;
}
</%def>

<%def name="philox_block(t)">
// One counter, t is uint4: the form for processors whose work-items are scalar.
__attribute__((always_inline)) static inline uint4 philox_block_${t}(uint4 c, uint k0, uint k1)
{
% for r in range(ROUNDS):
    c = (uint4)(mul_hi(${MULTIPLIERS[1]}, c.s2) ^ c.s1 ^ (k0 + ${r}u * ${WEYL[0]}), ${MULTIPLIERS[1]} * c.s2,
                mul_hi(${MULTIPLIERS[0]}, c.s0) ^ c.s3 ^ (k1 + ${r}u * ${WEYL[1]}), ${MULTIPLIERS[0]} * c.s0);
% endfor
    return c;
}
</%def>

<%def name="random_word(t)">
// The number in the lower half of a 64-bit lane as double, exactly: set below the point of 2^52.
// (Vectors of 64-bit integers have no conversion instruction on most CPUs.) t is double.
static inline ${t} random_word_${t}(${t.uint} w)
{
    return as_${t}(w | (${t.uint})(0x4330000000000000ul)) - (${t})(0x1p52);
}
</%def>

<%def name="random_unit(t)">
// A number of [0, 1): the top 24 bits of a word (float), the top 53 of two words (double). Exact.
% if t.is_double:
static inline ${t} random_unit_${t}(${t.uint} low, ${t.uint} high)
{
    const ${t} tail = random_word_${t}(low >> (${t.uint})(11)) * (${t})(0x1p-53);
    return fma_${t}(random_word_${t}(high), (${t})(0x1p-32), tail);
}
% else:
static inline ${t} random_unit_${t}(${t.uint} w)
{
    // Below 2^24 signed and unsigned agree, and the signed conversion is one instruction.
    return convert_${t}(as_${t.int}(w >> (${t.uint})(8))) * (${t})(0x1p-24f);
}
% endif
</%def>

<%def name="random_unit_half(t)">
// A number of [0, 1) as float: the top 11 bits of a word.
static inline ${t} random_unit_half_${t}(${t.uint} w)
{
    return convert_${t}(as_${t.int}(w >> (${t.uint})(21))) * (${t})(0x1p-11f);
}
</%def>

<%def name="random_open(t)">
// A number of (0, 1]: the word (two for double) rounded to t, in units of its range, plus half a unit.
% if t.is_double:
static inline ${t} random_open_${t}(${t.uint} low, ${t.uint} high)
{
    // Both words are exact and the fma rounds once: their 64-bit number, to the nearest double.
    const ${t} x = fma_${t}(random_word_${t}(high), (${t})(0x1p32), random_word_${t}(low));
    return fma_${t}(x, (${t})(0x1p-64), (${t})(0x1p-65));
}
% else:
static inline ${t} random_open_${t}(${t.uint} w)
{
    // Both halves are exact and the fma rounds once: the word, to the nearest float.
    const ${t} x = fma_${t}(convert_${t}(as_${t.int}(w >> (${t.uint})(16))), (${t})(0x1p16f),
                            convert_${t}(as_${t.int}(w & (${t.uint})(0xffff))));
    return fma_${t}(x, (${t})(0x1p-32f), (${t})(0x1p-33f));
}
% endif
</%def>

<%def name="random_centred(t)">
// A number of [-1/2, 1/2] that is never 0: the word (two for double) as a signed number rounded to t, in units of its range,
// plus half a unit.
% if t.is_double:
static inline ${t} random_centred_${t}(${t.uint} low, ${t.uint} high)
{
    const ${t} signed_high = random_word_${t}(high ^ (${t.uint})(0x80000000u)) - (${t})(0x1p31);
    return fma_${t}(fma_${t}(signed_high, (${t})(0x1p32), random_word_${t}(low)), (${t})(0x1p-64), (${t})(0x1p-65));
}
% else:
static inline ${t} random_centred_${t}(${t.uint} w) { return fma_${t}(convert_${t}(as_${t.int}(w)), (${t})(0x1p-32f), (${t})(0x1p-33f)); }
% endif
</%def>

<%def name="random_radius(t)">
// The radius of Box-Muller, sqrt(-2 log u).
% if t.is_double:
static inline ${t} random_radius_${t}(${t.uint} low, ${t.uint} high)
{
    return square_root_${t}((${t})(-2.0) * log_${t}(random_open_${t}(low, high)));
}
% else:
static inline ${t} random_radius_${t}(${t.uint} w)
{
    return square_root_${t}((${t})(-2.0f) * log_${t}(random_open_${t}(w)));
}
% endif
</%def>

<%def name="random_turn(t)">
// The angle of Box-Muller in units of pi, of [-1, 1]: the word (two for double) as a signed number,
// rounded to t, in units of half its range.
% if t.is_double:
<%  shift = f"({t})(0x1p31)" %>
static inline ${t} random_turn_${t}(${t.uint} low, ${t.uint} high)
{
    // Flipping the top bit adds 2^31 modulo 2^32; subtracting it again reads the upper word as signed.
    const ${t} signed_high = random_word_${t}(high ^ (${t.uint})(0x80000000u)) - ${shift};
    return fma_${t}(signed_high, (${t})(0x1p32), random_word_${t}(low)) * (${t})(0x1p-63);
}
% else:
static inline ${t} random_turn_${t}(${t.uint} w) { return convert_${t}(as_${t.int}(w)) * (${t})(0x1p-31f); }
% endif
</%def>

<%def name="random_direction(t)">
// cospi(x), and sinpi(x) in *sine, for |x| <= 1, from one reduction and without a way out for large
// numbers: the bits of cospi_T and sinpi_T but for the signs of zeros, which adding loc forgets.
<%
    sign_bit = "0x8000000000000000ul" if t.is_double else "0x80000000u"
    magic = f"({t})({'0x1.8p+52' if t.is_double else '0x1.8p+23f'})"
    half = f"({t})({'-0.5' if t.is_double else '-0.5f'})"
    shift = t.bits - 2
%>
static inline ${t} random_direction_${t}(${t} x, ${t} *sine)
{
    const ${t.uint} sign = as_${t.uint}(x) & (${t.uint})(${sign_bit});
    // |x| = q/2 + r with |r| <= 1/4, exactly.
    const ${t} a = as_${t}(as_${t.uint}(x) ^ sign);
    const ${t} k = (a + a) + ${magic};
    const ${t} r = fma_${t}(k - ${magic}, ${half}, a);
    const ${t.uint} q = as_${t.uint}(k);
    const ${t} s = sinpi_of_part_${t}(r), c = cospi_of_part_${t}(r);
    const ${t.mask} odd = (q & (${t.uint})(1)) != (${t.uint})(0);
    const ${t.uint} first = (q & (${t.uint})(2)) << (${t.uint})(${shift});
    const ${t.uint} second = ((q + (${t.uint})(1)) & (${t.uint})(2)) << (${t.uint})(${shift});
    *sine = as_${t}(as_${t.uint}(odd ? c : s) ^ sign ^ first);
    return as_${t}(as_${t.uint}(odd ? s : c) ^ second);
}
</%def>

<%def name="random_below(t)">
// floor(x * range / 2^64) of x = high * 2^32 + low and a 64-bit range; t is ulong, low and high are
// words in its lanes. The four partial products are 32x32->64 bits.
static inline ${t} random_below_${t}(${t} low, ${t} high, ulong range)
{
    const ${t} mask = (${t})(0xffffffffu);
    const ${t} r0 = (${t})(range & 0xffffffffu), r1 = (${t})(range >> 32);
    const ${t} carry = high * r0 + ((low * r0) >> (${t})(32));
    const ${t} middle = low * r1 + (carry & mask);
    return high * r1 + (carry >> (${t})(32)) + (middle >> (${t})(32));
}
</%def>

<%def name="feistel_value(t)">
// The round function of permutations: a number below m from one word in each lane, keyed by the word
// `key`. t is ulong of some width; every lane holds 32 bits, and a product of two words is one
// instruction then.
<%  m0, m1 = (f"({t})({m})" for m in MULTIPLIERS) %>
__attribute__((always_inline)) static inline ${t} feistel_value_${t}(const uint key, const ${t} x, const uint m)
{
    const ${t} low = (${t})(0xffffffffu), word = (${t})(32);
    const ${t} p = (x ^ (${t})((ulong)key)) * ${m0};
    const ${t} q = (((p >> word) ^ p) & low) * ${m1};
    return ((((q >> word) ^ q) & low) * (${t})((ulong)m)) >> word;
}
</%def>

<%def name="wrapped(t)">
// x mod m for x < 2m < 2^63; t is ulong of some width.
static inline ${t} wrapped_${t}(const ${t} x, const ulong m)
{
    const ${t} d = x - (${t})(m);
    return as_${t.int}(d) < (${t.int})(0) ? x : d;
}
</%def>
