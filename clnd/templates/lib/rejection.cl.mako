## Draws by rejection: functions that make one element in each lane from the element's number. What
## each of them computes, to the bit, stands at the top of random.cl.mako.
##
##   t           float or double, of any width; words are held in lanes of t's size
##   lower, upper  the element's number: its lower and its upper 32 bits
##   key         the seed (s0, s1) and the number of the draw (s2, s3)
##
## A loop runs until every lane has its element. A lane that has it keeps it, so none depends on
## another. No loop has more than 64 rounds, whatever the parameters are.
<%!
    from clnd.templates.literals import constant, number, polynomial, rounded
    from clnd.templates.loops import each

    ATTEMPTS = 64
    # (log(1 + y) - y + y^2 / 2 - y^3 / 3) / -y^4 for |y| < 1/8, and (atanh(v) - v) / v^3 in v^2 for |v| < 1/8: what is
    # left out is less than 2^-24 of what is there.
    LOG_REST = [(-1) ** j / (j + 4) for j in range(7)]
    ATANH_REST = [1 / (2 * j + 3) for j in range(5)]

    def horner(t, x, coefficients):
        return polynomial(t, x, [rounded(t, c) for c in coefficients])
%>

<%def name="rejection_words(t)">
// The four words of block ${"turn * 2^40 + number"} of a draw, in lanes of t's size.
<%  u = t.uint %>
__attribute__((always_inline)) static inline void rejection_words_${t}(
    const int turn, const ${u} lower, const ${u} upper, const uint4 key, ${u} *w0, ${u} *w1, ${u} *w2, ${u} *w3)
{
% if t.width == 1:
    const uint4 w = philox_block_uint4((uint4)((uint)lower, (uint)upper + (uint)(turn * 256), key.s2, key.s3), key.s0, key.s1);
    *w0 = w.s0;
    *w1 = w.s1;
    *w2 = w.s2;
    *w3 = w.s3;
% else:
<%
    parts = [""] if t.width <= 4 else [".lo", ".hi"]
    wide = f"ulong{min(t.width, 4)}"
%>
%   for k, part in enumerate(parts):
    ${wide} a${k} = ${f"lower{part}" if t.is_double else f"convert_{wide}(lower{part})"};
    ${wide} b${k} = ${f"upper{part}" if t.is_double else f"convert_{wide}(upper{part})"} + (${wide})((ulong)(turn * 256));
    ${wide} c${k} = (${wide})((ulong)key.s2), d${k} = (${wide})((ulong)key.s3);
%   endfor
%   for k, part in enumerate(parts):
    philox_lanes_${wide}(&a${k}, &b${k}, &c${k}, &d${k}, key.s0, key.s1);
%   endfor
%   for name, w in zip("abcd", ("w0", "w1", "w2", "w3")):
    *${w} = ${f"{name}0" if t.is_double else f"({u})({', '.join(f'convert_uint{min(t.width, 4)}({name}{k})' for k in range(len(parts)))})"};
%   endfor
% endif
}
</%def>

<%def name="rejection_open(t)">
// A number of (0, 1] from a word: (w + 1/2) / 2^32.
% if t.is_double:
static inline ${t} rejection_open_${t}(const ${t.uint} w) { return fma_${t}(random_word_${t}(w), (${t})(0x1p-32), (${t})(0x1p-33)); }
% else:
static inline ${t} rejection_open_${t}(const ${t.uint} w) { return random_open_${t}(w); }
% endif
</%def>

<%def name="rejection_signed(t)">
// A word as a signed number.
% if t.is_double:
static inline ${t} rejection_signed_${t}(const ${t.uint} w) { return random_word_${t}(w ^ (${t.uint})(0x80000000u)) - (${t})(0x1p31); }
% else:
static inline ${t} rejection_signed_${t}(const ${t.uint} w) { return convert_${t}(as_${t.int}(w)); }
% endif
</%def>

<%def name="rejection_centred(t)">
// A number of [-1/2, 1/2] that is never 0: (w + 1/2) / 2^32 of a signed word.
static inline ${t} rejection_centred_${t}(const ${t.uint} w)
{
    return fma_${t}(rejection_signed_${t}(w), ${number(t, "0x1p-32")}, ${number(t, "0x1p-33")});
}
</%def>

<%def name="rejection_long_open(t)">
// A number of (0, 1] from one word (float) or from two (double).
% if t.is_double:
static inline ${t} rejection_long_open_${t}(const ${t.uint} low, const ${t.uint} high) { return random_open_${t}(low, high); }
% else:
static inline ${t} rejection_long_open_${t}(const ${t.uint} low, const ${t.uint} high) { return random_open_${t}(low); }
% endif
</%def>

<%def name="log_rest(t)">
// log(1 + y) - y + y^2 / 2 - y^3 / 3 for y > -1; v is 1 + y.
static inline ${t} log_rest_${t}(const ${t} y, const ${t} v)
{
    const ${t.mask} large = !(magnitude_${t}(y) < ${number(t, "0x1p-3")});
    const ${t} square = y * y;
    ${t} rest = -(square * square) * ${horner(t, "y", LOG_REST)};
    if (any_lane_${t}(large)) {
        const ${t} inner = fma_${t}(y, fma_${t}(y, ${constant(t, -1 / 3)}, ${number(t, "0x1p-1")}), ${number(t, "-0x1p+0")});
        rest = large ? fma_${t}(y, inner, log_${t}(v)) : rest;
    }
    return rest;
}
</%def>

<%def name="rejection_gamma(t)">
// Gamma number ``which`` (0 or 1) of shape a; *boost is the logarithm of the factor that belongs to it.
<%  u = t.uint %>
static inline ${t} rejection_gamma_${t}(const ${u} lower, const ${u} upper, const uint4 key, const int which, const ${t} a, ${t} *boost)
{
    ${u} w0, w1, w2, w3;
    const ${t.mask} small = a < ${number(t, "1.0")};
    const ${t} d = (small ? a + ${number(t, "1.0")} : a) - ${constant(t, 1 / 3)};
    const ${t} c = divide_${t}(${number(t, "1.0")}, square_root_${t}(${number(t, "9.0")} * d));
    ${t} g = ${number(t, "0.0")};
    ${t.mask} waits = (${t.mask})(-1);
    ${each("turn", ATTEMPTS, ATTEMPTS)}
        rejection_words_${t}(turn + which * 128, lower, upper, key, &w0, &w1, &w2, &w3);
        const ${t} r = square_root_${t}(${number(t, "-2.0")} * log_${t}(rejection_long_open_${t}(w0, w1)));
        ${t} sine;
        const ${t} x = r * random_direction_${t}(rejection_signed_${t}(w2) * ${number(t, "0x1p-31")}, &sine);
        const ${t} y = c * x, v = fma_${t}(c, x, ${number(t, "1.0")});
        g = waits != (${t.mask})(0) ? d * (v * v * v) : g;
        const ${t.mask} accepted = (v > ${number(t, "0.0")}) & (log_${t}(rejection_open_${t}(w3)) < ${number(t, "3.0")} * d * log_rest_${t}(y, v));
        waits = accepted ? (${t.mask})(0) : waits;
        if (!any_lane_${t}(waits))
            break;
    }
    *boost = ${number(t, "0.0")};
    if (any_lane_${t}(small)) {
        rejection_words_${t}(${ATTEMPTS} + which * 128, lower, upper, key, &w0, &w1, &w2, &w3);
        const ${t} least = ${number(t, "-0x1p+100")}, logarithm = divide_${t}(log_${t}(rejection_long_open_${t}(w0, w1)), a);
        *boost = small ? (logarithm > least ? logarithm : least) : *boost;
    }
    return g;
}
</%def>

<%def name="gamma_number(t)">
static inline ${t} gamma_number_${t}(const ${t.uint} lower, const ${t.uint} upper, const uint4 key, const ${t} a)
{
    ${t} boost;
    const ${t} g = rejection_gamma_${t}(lower, upper, key, 0, a, &boost);
    return g * exp_${t}(boost);
}
</%def>

<%def name="loggamma_number(t)">
static inline ${t} loggamma_number_${t}(const ${t.uint} lower, const ${t.uint} upper, const uint4 key, const ${t} a)
{
    ${t} boost;
    const ${t} g = rejection_gamma_${t}(lower, upper, key, 0, a, &boost);
    return log_${t}(g) + boost;
}
</%def>

<%def name="ratio_number(t)">
static inline ${t} ratio_number_${t}(const ${t.uint} lower, const ${t.uint} upper, const uint4 key, const ${t} a, const ${t} b)
{
    ${t} first, second;
    const ${t} g = rejection_gamma_${t}(lower, upper, key, 0, a, &first);
    const ${t} h = rejection_gamma_${t}(lower, upper, key, 1, b, &second);
    return divide_${t}(g, h) * exp_${t}(first - second);
}
</%def>

<%def name="deviance(t)">
// k log(k / m) - d of d = k - m, which is given as s = k + m is; s where k is 0.
static inline ${t} deviance_${t}(const ${t} k, const ${t} m, const ${t} d, const ${t} s)
{
    const ${t} v = divide_${t}(d, s), z = v * v;
    const ${t.mask} far = !(magnitude_${t}(v) < ${number(t, "0x1p-3")});
    ${t} y = fma_${t}(d, v, ${number(t, "2.0")} * k * v * z * ${horner(t, "z", ATANH_REST)});
    if (any_lane_${t}(far)) {
        const ${t} w = k == ${number(t, "0.0")} ? s : fma_${t}(k, log_${t}(divide_${t}(k, m)), -d);
        y = far ? w : y;
    }
    return y;
}
</%def>

<%def name="stirling_rest(t)">
// log(k!) - (k log(k) - k + log(2 pi k) / 2) of a whole number; 0 for 0.
static inline ${t} stirling_rest_${t}(const ${t} k)
{
    const ${t} z = divide_${t}(${number(t, "1.0")}, k), square = z * z;
    const ${t} y = fma_${t}(z * square, fma_${t}(square, ${constant(t, 1 / 1260)}, ${constant(t, -1 / 360)}), z * ${constant(t, 1 / 12)});
    return k < ${number(t, "0.5")} ? ${number(t, "0.0")} : k < ${number(t, "1.5")} ? ${constant(t, 0.08106146679532726)} : y;
}
</%def>

<%def name="stirling_root(t)">
// k, and 1 / (2 pi) for 0: log(k!) holds half the logarithm of 2 pi times it.
static inline ${t} stirling_root_${t}(const ${t} k) { return k < ${number(t, "0.5")} ? ${constant(t, 0.15915494309189535)} : k; }
</%def>

<%def name="transformed(t)">
// Hoermann's candidate: a whole number near the centre from one word; *us is the distance of the word from its nearer end.
static inline ${t} transformed_${t}(const ${t.uint} w, const ${t} a, const ${t} b, const ${t} centre, ${t} *us)
{
    const ${t} x = rejection_centred_${t}(w), middle = ${number(t, "0.5")};
    const ${t} tail = magnitude_${t}(x);
    *us = tail;
    return floor(fma_${t}(divide_${t}(a + a, tail) + b, x < ${number(t, "0.0")} ? tail - middle : middle - tail, centre));
}
</%def>

<%def name="poisson_few(t)">
// By products of uniform numbers, for means below 10. A lane that waits counts.
<%  u = t.uint %>
static inline ${t} poisson_few_${t}(const ${u} lower, const ${u} upper, const uint4 key, const ${t} mean, const ${t.mask} wanted)
{
    ${u} w0, w1, w2, w3;
    const ${t} least = exp_${t}(-mean);
    ${t} product = ${number(t, "1.0")}, k = ${number(t, "0.0")};
    ${t.mask} waits = wanted;
    ${each("turn", ATTEMPTS, ATTEMPTS)}
        rejection_words_${t}(turn, lower, upper, key, &w0, &w1, &w2, &w3);
% for w in ("w0", "w1", "w2", "w3"):
        product = product * rejection_open_${t}(${w});
        waits = product > least ? waits : (${t.mask})(0);
        k = waits != (${t.mask})(0) ? k + ${number(t, "1.0")} : k;
% endfor
        if (!any_lane_${t}(waits))
            break;
    }
    return k;
}
</%def>

<%def name="poisson_many(t)">
// Hoermann's PTRS, for means from 10 on.
<%  u = t.uint %>
static inline ${t} poisson_many_${t}(const ${u} lower, const ${u} upper, const uint4 key, const ${t} mean, const ${t.mask} wanted)
{
    ${u} w0, w1, w2, w3;
    const ${t} zero = ${number(t, "0.0")};
    const ${t} b = fma_${t}(${constant(t, 2.53)}, square_root_${t}(mean), ${constant(t, 0.931)});
    const ${t} a = fma_${t}(${constant(t, 0.02483)}, b, ${constant(t, -0.059)});
    const ${t} inner = ${constant(t, 0.9277)} - divide_${t}(${constant(t, 3.6224)}, b - ${number(t, "2.0")});
    const ${t} factor = ${constant(t, 1.1239)} + divide_${t}(${constant(t, 1.1328)}, b - ${constant(t, 3.4)});
    ${t} found = zero;
    ${t.mask} waits = wanted;
    ${each("turn", ATTEMPTS, ATTEMPTS)}
        rejection_words_${t}(turn, lower, upper, key, &w0, &w1, &w2, &w3);
        ${t} us;
        const ${t} k = transformed_${t}(w0, a, b, mean + ${constant(t, 0.43)}, &us), v = rejection_open_${t}(w1);
        ${t.mask} accepted = (us >= ${constant(t, 0.07)}) & (v <= inner);
        if (any_lane_${t}(accepted ? (${t.mask})(0) : waits)) {
            const ${t} root = square_root_${t}(${constant(t, 6.283185307179586)} * stirling_root_${t}(k));
            const ${t} ratio = divide_${t}(v * factor, divide_${t}(a, us * us) + b) * root;
            accepted |= log_${t}(ratio) <= -deviance_${t}(k, mean, k - mean, k + mean) - stirling_rest_${t}(k);
        }
        found = waits != (${t.mask})(0) ? (k > zero ? k : zero) : found;
        waits = accepted & (k >= zero) ? (${t.mask})(0) : waits;
        if (!any_lane_${t}(waits))
            break;
    }
    return found;
}
</%def>

<%def name="poisson_number(t)">
static inline ${t} poisson_number_${t}(const ${t.uint} lower, const ${t.uint} upper, const uint4 key, const ${t} mean)
{
    const ${t.mask} few = mean < ${number(t, "10.0")}, every = (${t.mask})(-1);
    ${t} k = ${number(t, "0.0")};
    if (any_lane_${t}(few ? every : (${t.mask})(0)))
        k = poisson_few_${t}(lower, upper, key, mean, few ? every : (${t.mask})(0));
    if (any_lane_${t}(few ? (${t.mask})(0) : every)) {
        const ${t} many = poisson_many_${t}(lower, upper, key, mean, few ? (${t.mask})(0) : every);
        k = few ? k : many;
    }
    return k;
}
</%def>

<%def name="binomial_few(t)">
// By the gaps between successes, of which fewer than 10 are expected: of probability p, at most 1/2.
<%  u = t.uint %>
static inline ${t} binomial_few_${t}(const ${u} lower, const ${u} upper, const uint4 key, const ${t} n, const ${t} p, const ${t.mask} wanted)
{
    ${u} w0, w1, w2, w3;
    const ${t} rate = log1p_${t}(-p), one = ${number(t, "1.0")};
    ${t} trials = ${number(t, "0.0")}, k = ${number(t, "0.0")};
    ${t.mask} waits = wanted;
    ${each("turn", ATTEMPTS, ATTEMPTS)}
        rejection_words_${t}(turn, lower, upper, key, &w0, &w1, &w2, &w3);
% for w in ("w0", "w1", "w2", "w3"):
        trials = trials + floor(divide_${t}(log_${t}(rejection_open_${t}(${w})), rate)) + one;
        waits = trials <= n ? waits : (${t.mask})(0);
        k = waits != (${t.mask})(0) ? k + one : k;
% endfor
        if (!any_lane_${t}(waits))
            break;
    }
    return k;
}
</%def>

<%def name="binomial_many(t)">
// Hoermann's BTRS, for 10 expected successes and more, of probability p, at most 1/2.
<%  u = t.uint %>
static inline ${t} binomial_many_${t}(const ${u} lower, const ${u} upper, const uint4 key, const ${t} n, const ${t} p, const ${t.mask} wanted)
{
    ${u} w0, w1, w2, w3;
    const ${t} zero = ${number(t, "0.0")}, q = ${number(t, "1.0")} - p, m = n * p, rest = n * q;
    const ${t} deviation = square_root_${t}(m * q);
    const ${t} b = fma_${t}(${constant(t, 2.53)}, deviation, ${constant(t, 1.15)});
    const ${t} a = fma_${t}(${constant(t, 0.01)}, p, fma_${t}(${constant(t, 0.0248)}, b, ${constant(t, -0.0873)}));
    const ${t} inner = ${constant(t, 0.92)} - divide_${t}(${constant(t, 4.2)}, b);
    const ${t} factor = (${constant(t, 2.83)} + divide_${t}(${constant(t, 5.1)}, b)) * deviation;
    const ${t} mode = floor(fma_${t}(n, p, p)), centre = fma_${t}(n, p, ${number(t, "0.5")});
    const ${t} highest = binomial_rest_${t}(mode, n, p, q, m, rest);
    const ${t} roots = stirling_root_${t}(mode) * stirling_root_${t}(n - mode);
    ${t} found = zero;
    ${t.mask} waits = wanted;
    ${each("turn", ATTEMPTS, ATTEMPTS)}
        rejection_words_${t}(turn, lower, upper, key, &w0, &w1, &w2, &w3);
        ${t} us;
        const ${t} k = transformed_${t}(w0, a, b, centre, &us), v = rejection_open_${t}(w1);
        ${t.mask} accepted = (us >= ${constant(t, 0.07)}) & (v <= inner);
        if (any_lane_${t}(accepted ? (${t.mask})(0) : waits)) {
            const ${t} root = square_root_${t}(divide_${t}(stirling_root_${t}(k) * stirling_root_${t}(n - k), roots));
            const ${t} ratio = divide_${t}(v * factor, divide_${t}(a, us * us) + b) * root;
            accepted |= log_${t}(ratio) <= highest - binomial_rest_${t}(k, n, p, q, m, rest);
        }
        const ${t} held = k > zero ? k : zero;
        found = waits != (${t.mask})(0) ? (held < n ? held : n) : found;
        waits = accepted & (k >= zero) & (k <= n) ? (${t.mask})(0) : waits;
        if (!any_lane_${t}(waits))
            break;
    }
    return found;
}
</%def>

<%def name="binomial_rest(t)">
// What the logarithm of the probability of k has beside its roots and what all k share, with the other sign. m is n p, rest n q.
static inline ${t} binomial_rest_${t}(const ${t} k, const ${t} n, const ${t} p, const ${t} q, const ${t} m, const ${t} rest)
{
    const ${t} l = n - k, d = fma_${t}(-n, p, k);
    const ${t} both = deviance_${t}(k, m, d, fma_${t}(n, p, k)) + deviance_${t}(l, rest, -d, fma_${t}(n, q, l));
    return both + (stirling_rest_${t}(k) + stirling_rest_${t}(l));
}
</%def>

<%def name="binomial_number(t)">
static inline ${t} binomial_number_${t}(const ${t.uint} lower, const ${t.uint} upper, const uint4 key, const ${t} n, const ${t} p)
{
    const ${t.mask} flipped = p > ${number(t, "0.5")}, every = (${t.mask})(-1), none = (${t.mask})(0);
    const ${t} rarer = flipped ? ${number(t, "1.0")} - p : p;
    const ${t.mask} few = n * rarer < ${number(t, "10.0")};
    ${t} k = ${number(t, "0.0")};
    if (any_lane_${t}(few ? every : none))
        k = binomial_few_${t}(lower, upper, key, n, rarer, few ? every : none);
    if (any_lane_${t}(few ? none : every)) {
        const ${t} many = binomial_many_${t}(lower, upper, key, n, rarer, few ? none : every);
        k = few ? k : many;
    }
    return flipped ? n - k : k;
}
</%def>

<%def name="integer_number(t)">
// Integers below range (0: of 2^64) above low, one of each in every lane; t is ulong, and so is the element's number.
static inline ${t} integer_number_${t}(const ${t} number, const uint4 key, const ${t} low, const ${t} range)
{
    const ${t} block = number >> (${t})(1), word = (${t})(0xffffffffu), bits = (${t})(32);
% if t.width == 1:
    const uint4 w = philox_block_uint4((uint4)((uint)block, (uint)(block >> 32), key.s2, key.s3), key.s0, key.s1);
    const ulong l = number & 1 ? w.s2 : w.s0, h = number & 1 ? w.s3 : w.s1;
% else:
    ${t} w0 = block, w1 = block >> bits, w2 = (${t})((ulong)key.s2), w3 = (${t})((ulong)key.s3);
    philox_lanes_${t}(&w0, &w1, &w2, &w3, key.s0, key.s1);
    const ${t.mask} odd = (number & (${t})(1)) != (${t})(0);
    const ${t} l = odd ? w2 : w0, h = odd ? w3 : w1;
% endif
    const ${t} r0 = range & word, r1 = range >> bits;
    const ${t} carry = h * r0 + ((l * r0) >> bits);
    const ${t} middle = l * r1 + (carry & word);
    const ${t} below = h * r1 + (carry >> bits) + (middle >> bits);
    return low + (range == (${t})(0) ? (l | (h << bits)) : below);
}
</%def>
