## Random numbers: elements 0 .. n-1 of one draw of a stream, written from out[offset] on.
##
## --- What the streams are: the definition, never to change ---------------------------------------
##
## Words. A stream is named by a 64-bit seed; a draw of it by a 64-bit number. Words are those of
## Philox4x32-10 with the key (seed low, seed high) and the counter (block low, block high, draw low,
## draw high), block = 0, 1, 2, ...: word k of a draw is word k mod 4 of block k div 4. "low" and
## "high" are the lower and upper 32 bits. Below, fma and every conversion round once, to nearest even,
## and so does each +, -, *, and sqrt; log, sinpi and cospi are those of lib/math.cl.mako.
##
## Elements. Element i of a draw, in the row-major order of its logical shape, is:
##
## bits      uint32         word i.
## uniform   float32        u = (word i >> 8) * 2^-24
##           float64        u = (X >> 11) * 2^-53, X = word 2i + 2^32 * word 2i+1
##           float16        u = (word i >> 21) * 2^-11
##                          low and high are rounded to the dtype; r = fma(u, high - low, low), and
##                          where that is above p, p; p is the number of the dtype just below high (low
##                          itself where low = high). float16: u, the difference and the fma are
##                          float32; the result is rounded to float16 once.
## normal    float32        pair j = i div 2 has the words a = word 2j, b = word 2j+1:
##                              u = fma(float(a), 2^-32, 2^-33)           of (0, 1]
##                              x = float(b as a signed number) * 2^-31   of [-1, 1]
##                              r = sqrt(-2 * log(u))
##                          element 2j is fma(r * cospi(x), scale, loc), element 2j+1 is
##                          fma(r * sinpi(x), scale, loc). loc and scale are rounded to the dtype.
##           float64        the same in double: A = word 4j + 2^32 * word 4j+1, B = word 4j+2 +
##                          2^32 * word 4j+3 (signed): u = fma(double(A), 2^-64, 2^-65),
##                          x = double(B) * 2^-63.
##           float16        the same in float32, loc and scale those of float16 values; the result is
##                          rounded to float16 once.
##                          Where n is odd, the second element of the last pair is not used.
## randint   every integer  low + floor(X * (high - low) / 2^64), X as for float64 uniform. The
##                          probability of each value is within 2^-64 of 1 / (high - low).
## exponential float32       u = fma(float(word i), 2^-32, 2^-33), of (0, 1]; the element is (0 - log(u)) * scale.
##           float64        the same in double: u = fma(double(X), 2^-64, 2^-65), X as for float64 uniform.
##           float16        the same in float32, scale that of a float16 value; the result is rounded to
##                          float16 once. Elements are never -0; the largest is 33 * log(2) * scale, for
##                          float64 65 * log(2) * scale.
## centred   float32        fma(float(word i as a signed number), 2^-32, 2^-33), of [-1/2, 1/2] and never 0: its distance from
##                          0 is that of a uniform number from the nearer end of its interval.
##           float64        the same in double, X as a signed number in place of the word: fma(double(X), 2^-64, 2^-65).
## bernoulli every real     1 (bool: true) where word i < t, else 0; t = p * 2^32 rounded to a whole
##           dtype          number, to nearest even. The probability is within 2^-33 of p.
## permutation int64        a bijection of 0 .. n-1, n the number of elements. a is the least even number
##                          from 16 on with a * a >= n, and b the least from 16 on with a * b >= n.
##                          high and low are the halves of a product of two words, M0 and M1 the
##                          multipliers of Philox, 0xd2511f53 and 0xcd9e8d57:
##                              f(k, x, m) = high(h2 * m),   h1 = x xor k,
##                              h2 = high(g * M1) xor low(g * M1),   g = high(h1 * M0) xor low(h1 * M0)
##                          Element i starts from L = i div b, R = i mod b. Ten rounds, r = 0 .. 9: where
##                          r is even L = (L + f(word r, R, a)) mod a, else R = (R + f(word r, L, b)) mod b.
##                          The ten rounds are repeated until x = L * b + R is below n. The element is
##                          (x + c) mod n with c = floor(Y * n / 2^64), Y = word 10 + 2^32 * word 11.
##                          This is the Feistel network of Black and Rogaway, "Ciphers with arbitrary
##                          finite domains" (CT-RSA 2002), with modular addition, and its cycle walking.
##                          Computed by permutation.cl.mako.
## Parameters that are -0 count as +0.
##
## Draws by rejection. Element i, below 2^40, has blocks of its own: attempt t takes the four words w0 .. w3 of block
## t * 2^40 + i. t counts from 0; the element is the first candidate that is accepted, or that of t = 63. All is computed in
## T, float32 or float64, also what is said in decimals, rounded to T; divisions round once; exp, log and log1p are those of
## lib/math. W = w0 + 2^32 * w1; T(w) rounds to T.
##     open(w)    = fma(T(w), 2^-32, 2^-33)
##     long       = open(w0) in float32, fma(double(W), 2^-64, 2^-65) in float64
##     centred(w) = fma(T(w as a signed number), 2^-32, 2^-33)
##
## gamma     T              of shape a (Marsaglia and Tsang, ACM TOMS 26, 2000). d = (a, or a + 1 where a < 1) - 1/3,
##                          c = 1 / sqrt(9 * d). An attempt: x = sqrt(-2 * log(long)) * cospi(T(w2 as a signed number) * 2^-31),
##                          y = c * x, v = fma(c, x, 1), candidate g = d * ((v * v) * v), accepted where v > 0 and
##                          log(open(w3)) < (3 * d) * R. R is log(1 + y) - y + y^2/2 - y^3/3: where |y| < 1/8 it is
##                          -((y*y)*(y*y)) * P(y), P by Horner's rule with fma of 1/4 - y/5 + y^2/6 - ... + y^6/10, else
##                          fma(y, fma(y, fma(y, -1/3, 1/2), -1), log(v)).
##                          b = 0, or where a < 1 the larger of log(long) / a and -2^100, from the words of block 64 * 2^40 + i.
##                          The element is g * exp(b).
## loggamma  T              log(g) + b.
## ratio     T              the ratio of two gamma numbers of shapes a and a': (g / g') * exp(b - b'); g' and b' are made as g and
##                          b are, from blocks (t + 128) * 2^40 + i.
## poisson   int64          of mean m. Where m < 10: as many words open(w0), open(w1), open(w2), open(w3) of the attempts in turn as can be
##                          multiplied, from 1 on, before the product is at most exp(-m); 256 words at most.
##                          Else PTRS (Hoermann, Insurance: Mathematics and Economics 12, 1993): b = fma(2.53, sqrt(m), 0.931),
##                          a = fma(0.02483, b, -0.059), r = 0.9277 - 3.6224 / (b - 2), f = 1.1239 + 1.1328 / (b - 3.4).
##                          An attempt: x = centred(w0), s = |x|, v = open(w1), u = 1/2 - s, or s - 1/2 where x < 0,
##                          k = floor(fma(2 * a / s + b, u, m + 0.43)), accepted where k >= 0 and either s >= 0.07 and v <= r, or
##                          log((v * f) / (a / (s * s) + b) * sqrt(2pi * K(k))) <= -D(k, m) - S(k).
##                          K(k) is k, and 1/(2 pi) for 0. S(k) is 0 for 0, 0.08106146679532726 for 1, else with z = 1/k, q = z * z:
##                          fma(z * q, fma(q, 1/1260, -1/360), z * 1/12). D(k, m) is k log(k/m) - k + m: with e = k - m,
##                          h = k + m, w = e / h, q = w * w, where |w| < 1/8: fma(e, w, (((2 * k) * w) * q) * Q(q)), Q by Horner's rule
##                          with fma of 1/3 + q/5 + q^2/7 + q^3/9 + q^4/11; else h for k = 0, else fma(k, log(k / m), -e).
##                          A last candidate that is not accepted is 0 where it is below.
## binomial  int64          of n trials of probability P; p = P, or 1 - P where P > 1/2, and then the element is n less what follows.
##                          Where n * p < 10: as many words, in turn as above, as steps floor(log(open(w)) / log1p(-p)) + 1 can be
##                          added, from 0 on and each in this order, before the sum exceeds n; 256 words at most.
##                          Else BTRS (Hoermann, J. Statistical Computation and Simulation 46, 1993): q = 1 - p,
##                          g = sqrt((n * p) * q), b = fma(2.53, g, 1.15), a = fma(0.01, p, fma(0.0248, b, -0.0873)),
##                          r = 0.92 - 4.2 / b, f = (2.83 + 5.1 / b) * g, M = floor(fma(n, p, p)). An attempt: x, s, v and u as
##                          above, k = floor(fma(2 * a / s + b, u, fma(n, p, 1/2))), accepted where 0 <= k <= n and either s >= 0.07
##                          and v <= r, or log((v * f) / (a / (s * s) + b) * sqrt((K(k) * K(n - k)) / (K(M) * K(n - M)))) <= B(M) - B(k).
##                          B(k) = (D(k, n * p) + D(n - k, n * q)) + (S(k) + S(n - k)), where D has e = fma(-n, p, k), for n - k its
##                          negative, and h = fma(n, p, k) and fma(n, q, n - k).
##                          A last candidate that is not accepted is kept between 0 and n.
## multinomial int64        rows of k counts, of n trials and probabilities p_0 .. p_(k-1). s is 1 less their sum but for p_(k-1), added from
##                          p_0 on, or 0 where that is below 0. From j = k-2 down to 0: s = s + p_j, and c_j is p_j / s, at most 1, and 0
##                          where s is 0. Then from j = 0 to k-2 count j of row r is the binomial number r * k + j of n trials of
##                          probability c_j, and n becomes n less it; count k-1 is what is left.
## integer   int64, uint64  randint with bounds of each element.
## permuted  int64          rows of n places: each the permutation of 0 .. n-1, as above, of which word w is word 12 * row + w of the draw.
##
## --- How they are computed ------------------------------------------------------------------------
##
##   family   cpu: work-groups of one item; each writes one chunk, as many counters at a time as a
##            vector has lanes. gpu: an item makes four elements from one counter, or from two where
##            an element takes two words; items stride over the grid.
##   kind     bits, uniform, normal, exponential, centred, bernoulli or randint
##   element  the CType stored; for bernoulli the unsigned integer of its size
##   real     the CType computed in: float or double (None for bits, bernoulli and randint)
##   half     whether float16 is computed: results are rounded to it
##   two_words  whether an element takes two words
##   index    the C type that counts elements: uint up to 2^31 elements, else ulong
##   wide     elements of one store
##   e        the epilogue that each element goes through before it is stored, at this width; None for none
##   patterns how its operands are walked
##   lanes    counters in a vector: (cpu) 4, or 8 in vectors of 64 bytes
##   GROUPS   (cpu) vectors of counters in one step of the loop: their rounds overlap
##
## An epilogue's operands lie in the elements' own order (unit), or are one for all (same).
##
## Both families hand the same words to the same functions of lib/philox, so their bits are equal.
<%! from clnd.templates.ctype import CType %>
<%
    made = lanes * (2 if two_words else 4)                     # elements made from them
    parts = range(made // wide)
    stored = element.widened(wide)
    lane = CType("ulong", lanes)                               # one word of each counter, in 64 bits
    pairs = made // 2

    def words(part):
        """The words of the elements of a part, where each takes one."""
        if family == "gpu" or wide == 2 * lanes:
            return f"words{part}"
        return f"words{part // 2}.{'hi' if part % 2 else 'lo'}"

    def in_turn(a, b, start, count):
        """Lanes of a and b in turn, from lane ``start`` on: elements of even and of odd number."""
        return ", ".join(f"{v}.s{k:x}" for k in range(start, start + count // 2) for v in (a, b))
    out = element if e is None else e.memory_type(e.recipe.output_dtypes[0]).scalar

    def own(part):
        """An element as the epilogue takes it: Bernoulli's are made as unsigned integers."""
        return f"made{part}" if kind != "bernoulli" or e.input_memory(0) == stored else f"as_{e.input_memory(0)}(made{part})"
%>
<%namespace name="epilogue" file="/lib/epilogue.cl.mako"/>
__kernel
% if family == "cpu":
__attribute__((reqd_work_group_size(1, 1, 1)))
% endif
void random_numbers(
    __global ${out} *all, const ulong offset, const ${index} n, const ${index} chunk,
    const uint k0, const uint k1, const uint d0, const uint d1\
% if kind == "uniform":
, const ${real} low, const ${real} size, const ${real} last\
% elif kind == "normal":
, const ${real} loc, const ${real} scale\
% elif kind == "exponential":
, const ${real} scale\
% elif kind == "bernoulli":
, const uint last, const ${element} one\
% elif kind == "randint":
, const ulong low, const ulong range, const ulong everything\
% endif
% if e is not None:
${epilogue.parameters(e)}\
% endif
)
{
    __global ${out} *out = all + offset;
% if e is not None:
${epilogue.constants(e)}
% endif
% if family == "cpu":
    const ${index} begin = (${index})get_group_id(0) * chunk, end = min(begin + chunk, n);
    for (${index} start = begin; start < end; start += ${GROUPS * made}) {
        const ${lane} block = (${lane})((ulong)start / ${made // lanes}) + (${lane})(${", ".join(map(str, range(lanes)))});
%   for g in range(GROUPS):
        ${lane} c0_${g} = block + (${lane})(${g * lanes}), c1_${g} = c0_${g} >> (${lane})(32);
        ${lane} c2_${g} = (${lane})((ulong)d0), c3_${g} = (${lane})((ulong)d1);
        philox_lanes_${lane}(&c0_${g}, &c1_${g}, &c2_${g}, &c3_${g}, k0, k1);
%   endfor
% else:
    const ${index} end = n;
    for (${index} start = (${index})get_global_id(0) * ${made}; start < end; start += chunk) {
        const ulong block = start / ${made // lanes};
%   for k in range(lanes):
        const uint4 counter${k} = philox_block_uint4((uint4)((uint)(block + ${k}), (uint)((block + ${k}) >> 32), d0, d1), k0, k1);
%   endfor
% endif
% for g in range(GROUPS):
        {
            const ${index} i = start + ${g * made};
            ## 1. From counters to words in the order of the elements.
%   if two_words:
            // Elements of even number are made of the first two words of a counter, odd ones of the others.
%       for k in range(4):
            const ${lane} w${k} = ${f"c{k}_{g}" if family == "cpu" else f"({lane})(counter0.s{k}, counter1.s{k})"};
%       endfor
%   elif kind == "normal":
            // Words of even number give a radius, words of odd number an angle.
%       if family == "cpu":
<% both = f"uint{2 * lanes}" %>
            const ${both} a = as_${both}(c0_${g} | (c2_${g} << (${lane})(32))), b = as_${both}(c1_${g} | (c3_${g} << (${lane})(32)));
%       else:
            const uint2 a = counter0.s02, b = counter0.s13;
%       endif
%   elif family == "cpu":
            const ${lane} e = c0_${g} | (c1_${g} << (${lane})(32)), f = c2_${g} | (c3_${g} << (${lane})(32));
%     for k in range(2):
            const uint${2 * lanes} words${k} = as_uint${2 * lanes}((${lane})(${in_turn("e", "f", k * lanes // 2, lanes)}));
%     endfor
%   else:
            const uint4 words0 = counter0;
%   endif
            ## 2. From words to numbers.
%   if kind == "randint":
            const ${lane} even = random_below_${lane}(w0, w1, range) + ((w0 | (w1 << (${lane})(32))) & (${lane})(everything)) + (${lane})(low);
            const ${lane} odd = random_below_${lane}(w2, w3, range) + ((w2 | (w3 << (${lane})(32))) & (${lane})(everything)) + (${lane})(low);
%   elif two_words and kind == "uniform":
            const double${lanes} even = random_unit_double${lanes}(w0, w1), odd = random_unit_double${lanes}(w2, w3);
%   elif two_words and kind == "centred":
            const double${lanes} even = random_centred_double${lanes}(w0, w1), odd = random_centred_double${lanes}(w2, w3);
%   elif two_words and kind == "exponential":
            const double${lanes} even = random_open_double${lanes}(w0, w1), odd = random_open_double${lanes}(w2, w3);
%   elif kind == "normal":
<%      t = real.widened(pairs) %>
            const ${t} r = random_radius_${t}(${"w0, w1" if two_words else "a"});
            const ${t} x = random_turn_${t}(${"w2, w3" if two_words else "b"});
            ${t} sine;
            const ${t} cosine = random_direction_${t}(x, &sine);
            const ${t} even = fma_${t}(r * cosine, (${t})(scale), (${t})(loc));
            const ${t} odd = fma_${t}(r * sine, (${t})(scale), (${t})(loc));
%   endif
            ## 3. From numbers to elements, made0, made1, ...: nothing is stored yet.
%   for part in parts:
<%
    t = real.widened(wide) if real else None
    both = in_turn("even", "odd", part * wide // 2, wide)
%>
%       if kind == "bits":
            const ${stored} made${part} = ${words(part)};
%       elif kind == "bernoulli":
            ## A mask is -1 or 0 in every lane; `one` is the element 1 as an integer, or 0 where nothing is drawn.
            const ${stored} made${part} = as_${stored}(convert_${stored.int}(${words(part)} <= (uint${wide})(last))) & (${stored})(one);
%       elif kind == "randint":
            const ${stored} made${part} = convert_${stored}((ulong${wide})(${both}));
%       else:
%           if kind == "normal":
            const ${t} y${part} = (${t})(${both});
%           elif kind == "centred":
            const ${t} y${part} = ${f"({t})({both})" if two_words else f"random_centred_{t}({words(part)})"};
%           elif kind == "exponential":
            const ${t} u${part} = ${f"({t})({both})" if two_words else f"random_open_{t}({words(part)})"};
            ## 0 - log(1) is +0, where -log(1) is not.
            const ${t} y${part} = ((${t})(0) - log_${t}(u${part})) * (${t})(scale);
%           else:
            const ${t} u${part} = ${f"({t})({both})" if two_words else f"random_unit{'_half' if half else ''}_{t}({words(part)})"};
            const ${t} z${part} = fma_${t}(u${part}, (${t})(size), (${t})(low));
            const ${t} y${part} = z${part} > (${t})(last) ? (${t})(last) : z${part};
%           endif
            const ${stored} made${part} = ${f"float_to_half_{t}(y{part})" if half else f"y{part}"};
%       endif
%   endfor
            ## 4. To memory.
%   for part in parts:
            {
                const ${index} j = i + ${part * wide};
%       if e is None:
                if (j + ${wide} <= end)
                    store_${stored}(made${part}, out, j);
                else if (j < end)
                    store_some_${stored}(made${part}, out, j, (int)(end - j));
%       else:
<% t = e.memory_type(e.recipe.output_dtypes[0]) %>
                if (j + ${wide} <= end) {
${epilogue.steps(e, patterns, own(part), "0", "j", None)}
                    store_${t}(result, out, j);
                } else if (j < end) {
                    const int left = (int)(end - j);
${epilogue.steps(e, patterns, own(part), "0", "j", "left")}
                    store_some_${t}(result, out, j, left);
                }
%       endif
            }
%   endfor
        }
% endfor
    }
}
