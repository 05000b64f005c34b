## The gamma function and its relatives, and the inverse of erf: the rules of math.cl.mako hold here too.
##
## Zeros, infinities, integers below 0 and NaN give what C99 and scipy.special give. Near its zeros
## a result is exact to an absolute, not a relative error: the argument itself says no more there.
## The polynomials are minimax fits of tools/minimax.py; docs/accuracy.md has the largest errors measured.

<%!
from clnd.templates.literals import number, polynomial

RGAMMA_float = [
    "0x1.2788dp-1", "-0x1.4fcf44p-1", "-0x1.581818p-5", "0x1.5513fp-3", "-0x1.598654p-5", "-0x1.3c472ep-7",
    "0x1.d17c3cp-8", "-0x1.157fdep-10",
]
RGAMMA_double = [
    "0x1.2788cfc6fb61bp-1", "-0x1.4fcf4026afa27p-1", "-0x1.5815e8fa285dp-5", "0x1.5512320b4349fp-3",
    "-0x1.59af103bf71abp-5", "-0x1.3b4af282fce87p-7", "0x1.d919c502ab442p-8", "-0x1.317113991f7efp-10",
    "-0x1.c364cfc78c7bdp-13", "0x1.0c8ab0f53a17cp-13", "-0x1.51d663a9d94ecp-16", "-0x1.50358d761c4eap-20",
    "0x1.318350688fd66p-20", "-0x1.aeeae3a1b251bp-23",
]
LOGGAMMA_float = [
    "0x1.b0ee6p-2", "0x1.4a34ccp-2", "-0x1.13df24p-4", "0x1.51346cp-6", "-0x1.e5161ap-8", "0x1.798c66p-9",
    "-0x1.1d58a4p-10", "0x1.29d0cap-11", "-0x1.d09148p-12",
]
LOGGAMMA_double = [
    "0x1.b0ee6072093cep-2", "0x1.4a34cc4a60fa6p-2", "-0x1.13e001a55757cp-4", "0x1.51322ac7d7c1p-6",
    "-0x1.e404fc21cac91p-8", "0x1.7add6eaf3eb7ap-9", "-0x1.38ac5c03df43dp-10", "0x1.0b36aec17bd19p-11",
    "-0x1.d3fd67406673cp-13", "0x1.a128136b3a02cp-14", "-0x1.78d965c247348p-15", "0x1.57ffe8acc7f68p-16",
    "-0x1.3d450f7be08edp-17", "0x1.26be8010b3ec5p-18", "-0x1.0948035128e72p-19", "0x1.e49e09f125cbap-21",
    "-0x1.36d76534c2031p-21", "0x1.3d5d19e2c645dp-22",
]
STIRLING_float = [
    "0x1.555552p-4", "-0x1.6bf494p-9", "0x1.93fcfp-11", "-0x1.94a046p-12",
]
STIRLING_double = [
    "0x1.555555555554cp-4", "-0x1.6c16c16bdb391p-9", "0x1.a01a00bdd0b17p-11", "-0x1.38131c3659a39p-11",
    "0x1.b9381a5c23c0ep-11", "-0x1.f49116a20f929p-10", "0x1.950b42ce0455cp-8", "-0x1.95af704b72f37p-6",
    "0x1.a511ddee747ep-4", "-0x1.7d5c66e7756cep-2", "0x1.03b47f1b24aaap+0", "-0x1.c3ff353489c34p+0",
    "0x1.70ecb1cb74cfap+0",
]
DIGAMMA_float = [
    "0x1.e6f0ccp-1", "-0x1.b1cb64p-2", "0x1.eca0dap-3", "-0x1.2fedcap-3", "0x1.8534eap-4", "-0x1.fbdd8p-5",
    "0x1.4bbd98p-5", "-0x1.ac05a8p-6", "0x1.30080ap-6", "-0x1.022eb6p-6", "0x1.20adcap-7",
]
DIGAMMA_double = [
    "0x1.e6f0cbb873617p-1", "-0x1.b1cb63005ee97p-2", "0x1.eca189b8e6744p-3", "-0x1.2feeeb98a7a58p-3",
    "0x1.8512e590c959ap-4", "-0x1.fb44202a24926p-5", "0x1.4de9a9d95f04bp-5", "-0x1.b9f8b1124837bp-6",
    "0x1.25647f22bfd1p-6", "-0x1.8635670cbcb23p-7", "0x1.03beee7c04p-7", "-0x1.5a0631faaef34p-8",
    "0x1.cd66f7828d104p-9", "-0x1.33773ad12a44cp-9", "0x1.963e6da903147p-10", "-0x1.0f3d876ecc283p-10",
    "0x1.87c4e979c7b52p-11", "-0x1.022916f9e42cap-11", "0x1.7ced23206f6aep-13", "-0x1.14a1a472d50eep-13",
    "0x1.36fdbb5d7a916p-12", "-0x1.8c7c51d9ca05cp-13",
]
DIGAMMA_LARGE_float = [
    "0x1.55554p-4", "-0x1.10e7d4p-7", "0x1.fabd8ap-9", "-0x1.9e7f7p-9", "0x1.0cdb76p-9",
]
DIGAMMA_LARGE_double = [
    "0x1.5555555554ec3p-4", "-0x1.1111110b3acffp-7", "0x1.041039b09750ap-8", "-0x1.110eb54114a7dp-8",
    "0x1.f00625060fcd8p-8", "-0x1.55b893521149bp-6", "0x1.3e090656f60b7p-4", "-0x1.5a941b51ee06dp-2",
    "0x1.7bb393a3485adp+0", "-0x1.7164c2f2c977fp+2", "0x1.23bf9c9487559p+4", "-0x1.5bff0be9cf976p+5",
    "0x1.21984b6aa0e42p+6", "-0x1.29383931378cp+6", "0x1.19da7ce967ca1p+5",
]
COT_float = [
    "0x1.a51a66p+1", "0x1.151346p+1", "0x1.046854p+1", "0x1.01de08p+1", "0x1.eae892p+0", "0x1.4e124ep+1",
    "-0x1.955e82p-2", "0x1.9f9f8ep+2",
]
COT_double = [
    "0x1.a51a6625307d4p+1", "0x1.151322ac7d5cbp+1", "0x1.0470984c28064p+1", "0x1.010b36a4a3171p+1",
    "0x1.0041305abcef3p+1", "0x1.000fdc6078e32p+1", "0x1.0009abe38eeap+1", "0x1.ff5adcb431599p+0",
    "0x1.03701fe7229fbp+1", "0x1.cbe2395dfaa7p+0", "0x1.8df8412ce32c1p+1", "-0x1.228dac415e3ebp+1",
    "0x1.a585d87c44ebbp+3", "-0x1.04cbb18ace076p+4", "0x1.14785da757affp+4",
]
ERFINV_float = [
    "0x1.c5bf8ap-1", "0x1.db26a4p-3", "0x1.05bddp-3", "0x1.53fbeap-4", "0x1.6ac6e8p-4", "-0x1.921578p-6",
    "0x1.2eacdap-3", "0x1.1e359ap-6",
]
ERFINV_double = [
    "0x1.c5bf891b4ef6bp-1", "0x1.db29fb2fede81p-3", "0x1.053c2c0b22163p-3", "0x1.62847bfe257bep-4",
    "0x1.0a132635797eep-4", "0x1.a7c55367e08e8p-5", "0x1.5f242041b5253p-5", "0x1.27d5768a33e6ap-5",
    "0x1.1e869481084dep-5", "0x1.72773429c4f55p-8", "0x1.1851e00eed889p-3", "-0x1.9040f6c42ee79p-2",
    "0x1.231fe71a47fd6p+0", "-0x1.10bb70a59edd2p+1", "0x1.6a1f3e82229c7p+1", "-0x1.1fd3dfb4d3564p+1",
    "0x1.c6f9580734b57p-1",
]
ERFINV_TAIL_float = [
    "0x1.ab0e64p-1", "0x1.4af1ep-2", "-0x1.42b4a4p-3", "-0x1.c3f054p-7", "0x1.b0bf14p-6", "-0x1.458e54p-7",
    "-0x1.c59792p-9", "0x1.5ee716p-9", "-0x1.751798p-12",
]
ERFINV_TAIL_double = [
    "0x1.ab0e63b50a61cp-1", "0x1.821a2f6febcdep-2", "-0x1.1bf7b3271e464p-2", "0x1.ec0b29d1ef533p-5",
    "0x1.4954843fb3809p-5", "-0x1.b645076bbc185p-5", "0x1.83332caeb62c5p-6", "0x1.8dc5121a2e102p-9",
    "-0x1.c28e560334bf9p-7", "0x1.440d697a00b76p-7", "-0x1.13ba67ad82b8bp-9", "-0x1.b038dafa58802p-9",
    "0x1.f751758045cabp-9", "-0x1.e048c1302fbf8p-10", "-0x1.e03b69b6ebf18p-12", "0x1.58d556f5bfbc4p-10",
    "-0x1.0f4f144247e33p-10", "0x1.b11a18c4406afp-13", "0x1.af1774f6d1fc2p-12", "-0x1.40d0a63e99e5ep-11",
    "0x1.77c6221fb5e78p-13", "0x1.2abc3e37c4c9ap-12", "-0x1.0c7e316cf5e68p-12",
]
# 1 / k!^2
I0_float = [
    "0x1p+0", "0x1p+0", "0x1p-2", "0x1.c71c72p-6", "0x1.c71c72p-10", "0x1.234568p-14", "0x1.02e85cp-19",
    "0x1.522a44p-25", "0x1.522a44p-31", "0x1.0b3132p-37", "0x1.560188p-44", "0x1.69ca9cp-51", "0x1.4197a8p-58",
    "0x1.e7255ap-66", "0x1.3e22d8p-73", "0x1.69f7dap-81",
]
I0_double = [
    "0x1p+0", "0x1p+0", "0x1p-2", "0x1.c71c71c71c71cp-6", "0x1.c71c71c71c71cp-10", "0x1.23456789abcdfp-14",
    "0x1.02e85c0898b71p-19", "0x1.522a43f65486ap-25", "0x1.522a43f65486ap-31", "0x1.0b313289be0b9p-37",
    "0x1.5601885e63e5dp-44", "0x1.69ca9cf3b7f54p-51", "0x1.4197a7f5154bcp-58", "0x1.e725594ee52e9p-66",
    "0x1.3e22d70ef3b5fp-73", "0x1.69f7da8510bcdp-81", "0x1.69f7da8510bcdp-89", "0x1.40a2dc2460523p-97",
    "0x1.faaf2fa1c79e5p-106", "0x1.674f8e46c208cp-114", "0x1.cbeaf38dc529fp-123", "0x1.0afb53e9cec0bp-131",
    "0x1.1a6d4e307528fp-140",
]
# Their derivative's, as far as a correction needs it.
I0_SLOPE_float = [
    "0x1p+0", "0x1p-1", "0x1.555556p-4", "0x1.c71c72p-8", "0x1.6c16c2p-12", "0x1.845c8ap-17", "0x1.27e4fcp-22",
    "0x1.522a44p-28", "0x1.2c9758p-34", "0x1.ab81eap-41",
]
I0_SLOPE_double = [
    "0x1p+0", "0x1p-1", "0x1.5555555555555p-4", "0x1.c71c71c71c71cp-8", "0x1.6c16c16c16c17p-12",
    "0x1.845c8a0ce5129p-17", "0x1.27e4fb7789f5cp-22", "0x1.522a43f65486ap-28", "0x1.2c9758daf5cdp-34",
    "0x1.ab81ea75fcdf4p-41",
]
# sqrt(x) exp(7.953125 - x) i0(x) by 1/x
I0_LARGE_float = [
    "0x1.1bb15ep+10", "0x1.1bb16cp+7", "0x1.3f13b4p+6", "0x1.51aba4p+6", "0x1.54c15p+6", "0x1.e30b78p+9",
    "-0x1.554214p+12", "0x1.7c538ap+14",
]
I0_LARGE_double = [
    "0x1.1bb15e005c07ap+10", "0x1.1bb15e005a9dbp+7", "0x1.3f2789d1d5facp+6", "0x1.4c73b0ffe1726p+6",
    "0x1.fd44466bb7d1dp+6", "0x1.f046c529ff98ap+7", "0x1.d5c04c2806059p+10", "-0x1.ab2c69f77cce1p+16",
    "0x1.c3f39f4dfccf7p+22", "-0x1.61dce8301780fp+28", "0x1.ab20eba20d0cbp+33", "-0x1.92872f69b73f2p+38",
    "0x1.2af8508ebff56p+43", "-0x1.5fe04a4814a77p+47", "0x1.48b5c492a6c9dp+51", "-0x1.e698c07bae744p+54",
    "0x1.1bced3d3728adp+58", "-0x1.02520b2492a0bp+61", "0x1.693b764736962p+63", "-0x1.7acf606795169p+65",
    "0x1.1ed5ddaca39c7p+67", "-0x1.2678318d18f71p+68", "0x1.6bf6e8e7aa3cfp+68", "-0x1.9422f36cf854ap+67",
]

# Pairs of numbers, whose sum is the constant to twice the precision, and limits.
FACTS_float = {
    "half_log_2pi": ("0x1.d67f1cp-1", "0x1.0c97d6p-26"),
    "log_pi": ("0x1.250d04p+0", "0x1.1cf438p-25"),
    # Where digamma is 0, and that less 1.
    "root": ("0x1.762d86p+0", "0x1.ab5f2p-27"),
    "root_less": ("0x1.d8b618p-2", "0x1.ab5f2p-27"),
    "up": "0x1p+23",
    # Above the first e^x overflows; below the second it is 0, even over the sine of a float next to an integer.
    "exp_high": "89.0",
    "exp_low": "-140.0",
    "tail_shift": "1.0",
    "nan": "0x7fc00000",
}
FACTS_double = {
    "half_log_2pi": ("0x1.d67f1c864beb5p-1", "-0x1.65b5a1b7ff5dfp-55"),
    "log_pi": ("0x1.250d048e7a1bdp+0", "0x1.7abf2ad8d5088p-57"),
    "root": ("0x1.762d86356be3fp+0", "0x1.b86a722197829p-54"),
    "root_less": ("0x1.d8b618d5af8fep-2", "-0x1.1e563779a1f5bp-56"),
    "up": "0x1p+52",
    "exp_high": "710.0",
    "exp_low": "-800.0",
    "tail_shift": "1.5",
    "nan": "0x7ff8000000000000",
}


def horner(t, x, table, first=0):
    """The polynomial of a table in x, as nested fma; its coefficients from ``first`` on."""
    return polynomial(t, x, globals()[f"{table}_{t.scalar}"][first:])


def fact(t, name, part=None):
    """A constant of the format of t, by its name; ``part`` chooses of a pair."""
    value = globals()[f"FACTS_{t.scalar}"][name]
    return number(t, value if part is None else value[part])


def nan(t):
    """NaN as a value of t."""
    return f"as_{t}(({t.int})({globals()[f'FACTS_{t.scalar}']['nan']}))"
%>

<%def name="add_twice(t)">
// a + b and, in *low, what the sum lost, whichever is larger.
static inline ${t} add_twice_${t}(${t} a, ${t} b, ${t} *low)
{
    const ${t} sum = a + b;
    const ${t} part = sum - a;
    *low = (a - (sum - part)) + (b - part);
    return sum;
}
</%def>

<%def name="multiply_twice(t)">
// a (b + b_low) and, in *low, what the product lost. The zero keeps a compiler from fusing the
// product into a sum that uses it.
static inline ${t} multiply_twice_${t}(${t} a, ${t} b, ${t} b_low, ${t} *low)
{
    const ${t} product = fma_${t}(a, b, ${number(t, "0.0")});
    *low = fma_${t}(a, b_low, fma_${t}(a, b, -product));
    return product;
}
</%def>

<%def name="nearest_integer(t)">
// The integer next to a, for a from 0 to a few.
static inline ${t} nearest_integer_${t}(${t} a) { return (a + ${fact(t, "up")}) - ${fact(t, "up")}; }
</%def>

<%def name="stirling(t)">
// log gamma(a) for a >= 2.5 as high + *low, from log(a) = log_high + log_low: a (log a - 1) - log(a) / 2 + ...
static inline ${t} stirling_${t}(${t} a, ${t} log_high, ${t} log_low, ${t} *low)
{
    ${t} less_low, product_low, halves_low, sum_low;
    const ${t} less = add_twice_${t}(log_high, ${number(t, "-1.0")}, &less_low);
    const ${t} product = multiply_twice_${t}(a, less, less_low + log_low, &product_low);
    const ${t} halves = add_twice_${t}(${number(t, "-0.5")} * log_high, ${fact(t, "half_log_2pi", 0)}, &halves_low);
    const ${t} sum = add_twice_${t}(product, halves, &sum_low);
    const ${t} inverse = divide_${t}(${number(t, "1.0")}, a);
    const ${t} z = inverse * inverse;
    const ${t} p = ${horner(t, "z", "STIRLING")};
    const ${t} rest = fma_${t}(inverse, p, fma_${t}(${number(t, "-0.5")}, log_low, ${fact(t, "half_log_2pi", 1)}));
    return add_twice_${t}(sum, (sum_low + product_low) + (halves_low + rest), low);
}
</%def>

<%def name="gamma_near(t)">
// gamma(x) for |x| = a = n + u up to 2.5, by 1 / gamma(1 +- u).
static inline ${t} gamma_near_${t}(${t} x, ${t} a)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} n = nearest_integer_${t}(a);
    const ${t} u = a - n;
    const ${t.mask} below = as_${t.int}(x) < 0;
    const ${t.mask} first = n == ${number(t, "0.0")};
    const ${t.mask} third = n == ${number(t, "2.0")};
    const ${t} w = below ? -u : u;
    const ${t} p = ${horner(t, "w", "RGAMMA")};
    const ${t} inverse = fma_${t}(w, p, one);
    // a - 1 is exact where it is used.
    const ${t} last = third ? a - one : one;
    const ${t} turned = (n == one) ? u : -u;
    const ${t} poles = below ? (turned * (first ? one : a)) * last : (first ? a : one);
    return divide_${t}(below ? one : last, poles * inverse);
}
</%def>

<%def name="gamma_far(t)">
// gamma(x) for |x| = a from 2.5 on, as the exponential of its logarithm.
static inline ${t} gamma_far_${t}(${t} x, ${t} a)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t.mask} below = x < ${number(t, "0.0")};
    ${t} log_low, low;
    const ${t} log_high = log_twice_${t}(a, &log_low);
    ${t} high = stirling_${t}(a, log_high, log_low, &low);
    ${t} sine = one;
    if (any_lane_${t}(below)) {
        // gamma(-a) = -pi / (a sin(pi a) gamma(a)); pi and a go into the exponent.
        ${t} part_low, sum_low;
        const ${t} part = add_twice_${t}(${fact(t, "log_pi", 0)}, -log_high, &part_low);
        const ${t} sum = add_twice_${t}(part, -high, &sum_low);
        const ${t} rest = ((part_low - log_low) + ${fact(t, "log_pi", 1)}) + (sum_low - low);
        high = below ? sum : high;
        low = below ? rest : low;
        sine = below ? -sinpi_${t}(a) : one;
    }
    ${t} v = high < ${fact(t, "exp_high")} ? high : ${fact(t, "exp_high")};
    // Far below, what the logarithm lost is above 1, and would change the sign of the zero.
    low = v > ${fact(t, "exp_low")} ? low : ${number(t, "0.0")};
    v = v > ${fact(t, "exp_low")} ? v : ${fact(t, "exp_low")};
    ${t} part_low, n;
    const ${t} part = exp_parts_${t}(v, &part_low, &n);
    const ${t} y = part + fma_${t}(part + part_low, low, part_low);
    const ${t} scaled = scaled_${t}(divide_${t}(y, sine), n);
    return high < ${fact(t, "exp_high")} ? scaled : (${t})(INFINITY);
}
</%def>

<%def name="gamma(t)">
static inline ${t} gamma_${t}(${t} x)
{
    const ${t} limit = ${number(t, "2.5")};
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} far = a > limit;
    ${t} y = gamma_near_${t}(x, far ? limit : a);
    if (any_lane_${t}(far)) {
        // Beyond 'up' every number is whole.
        const ${t} bounded = a < ${fact(t, "up")} ? a : ${fact(t, "up")};
        const ${t} large = gamma_far_${t}(x, far ? bounded : limit);
        const ${t.mask} whole = (a >= ${fact(t, "up")}) | (nearest_integer_${t}(bounded) == bounded);
        y = far ? ((x < ${number(t, "0.0")}) & whole ? ${nan(t)} : large) : y;
    }
    y = (x == ${number(t, "-1.0")}) | (x == ${number(t, "-2.0")}) ? ${nan(t)} : y;
    return x != x ? x : y;
}
</%def>

<%def name="lgamma(t)">
// log |gamma(x)|.
static inline ${t} lgamma_${t}(${t} x)
{
    const ${t} zero = ${number(t, "0.0")};
    const ${t} one = ${number(t, "1.0")};
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} below = as_${t.int}(x) < 0;
    const ${t.mask} far = a > ${number(t, "2.5")};
    // Near: log gamma(2 +- u) less the logarithm of the factors between; |x| = n + u.
    const ${t} v = far ? ${number(t, "2.5")} : a;
    const ${t} n = nearest_integer_${t}(v);
    const ${t} u = v - n;
    const ${t} w = below ? -u : u;
    const ${t} p = ${horner(t, "w", "LOGGAMMA")};
    // The factors: a (1 + u) or a or none on the right, |u| (1 - u), a and a - 1 on the left.
    const ${t.mask} first = n == zero;
    const ${t.mask} third = n == ${number(t, "2.0")};
    ${t} plus_low, pair_low, other_low, factors_low;
    const ${t} plus = add_twice_${t}(one, below ? w : (first ? v : zero), &plus_low);
    const ${t} pair = multiply_twice_${t}(below ? magnitude_${t}(u) : (third ? one : v), plus, plus_low, &pair_low);
    const ${t} other = multiply_twice_${t}(below & !first ? v : one, below & third ? v - one : one, zero, &other_low);
    const ${t} factors = multiply_twice_${t}(other, pair, pair_low, &factors_low);
    factors_low = fma_${t}(pair, other_low, factors_low);
    // One logarithm for both ways; zeros and infinities get their results at the end.
    const ${t.mask} pole = !(factors > zero);
    ${t} logged = far ? a : (pole ? one : factors);
    logged = a < (${t})(INFINITY) ? logged : one;
    ${t} log_low;
    const ${t} log_high = log_twice_${t}(logged, &log_low);
    ${t} sum_low;
    const ${t} sum = add_twice_${t}(-log_high, w * p, &sum_low);
    ${t} y = sum + ((sum_low - log_low) - divide_${t}(factors_low, logged));
    y = pole ? (${t})(INFINITY) : y;
    if (any_lane_${t}(far)) {
        ${t} low;
        ${t} high = stirling_${t}(far ? a : ${number(t, "2.5")}, log_high, log_low, &low);
        const ${t.mask} mirrored = far & below;
        if (any_lane_${t}(mirrored)) {
            // log(pi / (a |sin(pi a)|)) less that of gamma(a).
            const ${t} sine = magnitude_${t}(sinpi_${t}(a));
            const ${t.mask} whole = !(sine > zero);
            ${t} sine_low, one_low, two_low, three_low;
            const ${t} sine_high = log_twice_${t}(whole ? one : sine, &sine_low);
            const ${t} one_sum = add_twice_${t}(${fact(t, "log_pi", 0)}, -log_high, &one_low);
            const ${t} two_sum = add_twice_${t}(one_sum, -sine_high, &two_low);
            const ${t} three_sum = add_twice_${t}(two_sum, -high, &three_low);
            const ${t} rest = ((one_low - log_low) + (two_low - sine_low)) + ((three_low - low) + ${fact(t, "log_pi", 1)});
            high = mirrored ? (whole ? (${t})(INFINITY) : three_sum) : high;
            low = mirrored ? (whole ? zero : rest) : low;
        }
        // Where the sum overflows what it lost is NaN, and so is the pair.
        const ${t} large = high < (${t})(INFINITY) ? high + low : (${t})(INFINITY);
        y = far ? large : y;
    }
    y = a == (${t})(INFINITY) ? a : y;
    return x != x ? x : y;
}
</%def>

<%def name="digamma(t)">
<%  leading, rest = horner(t, "z", "COT", 1), horner(t, "z", "COT").rsplit(", ", 1)[1][:-1] %>
static inline ${t} digamma_${t}(${t} x)
{
    const ${t} zero = ${number(t, "0.0")};
    const ${t} one = ${number(t, "1.0")};
    const ${t} half_one = ${number(t, "0.5")};
    const ${t} magnitude = magnitude_${t}(x);
    const ${t} a = magnitude < (${t})(INFINITY) ? magnitude : one;
    const ${t.mask} below = as_${t.int}(x) < 0;
    const ${t.mask} small = a < one;
    const ${t.mask} large = a >= ${number(t, "2.0")};
    // Up to 2: digamma of a, or of 1 + a, as (distance from the root) P.
    const ${t} offset = a - (small ? half_one : ${number(t, "1.5")});
    const ${t} v = large ? zero : offset;
    const ${t} p = ${horner(t, "v", "DIGAMMA")};
    const ${t} d = (a - (small ? ${fact(t, "root_less", 0)} : ${fact(t, "root", 0)})) - (small ? ${fact(t, "root_less", 1)} : ${fact(t, "root", 1)});
    // Above: log(a) - 1/(2a) - P(1/a^2) / a^2.
    const ${t} inverse = divide_${t}(one, a);
    const ${t} z_large = large ? inverse * inverse : zero;
    const ${t} p_large = ${horner(t, "z_large", "DIGAMMA_LARGE")};
    ${t} log_low;
    const ${t} log_high = log_parts_${t}(large ? a : one, zero, zero, &log_low);
    const ${t} high = large ? log_high : d * p;
    const ${t} low = large ? fma_${t}(-z_large, p_large, log_low) : zero;
    // What 1/a comes in with: -1/2 and 1/2 far from 0 on the right and left, -1 and 1 where a step was taken.
    const ${t} right = large ? ${number(t, "-0.5")} : (small ? ${number(t, "-1.0")} : zero);
    const ${t} left = large ? half_one : (small ? zero : one);
    const ${t} step = divide_${t}(below ? left : right, a);
    ${t} sum_low;
    const ${t} sum = add_twice_${t}(high, step, &sum_low);
    const ${t} sum_rest = sum_low + low;
    ${t} y = sum + sum_rest;
    if (any_lane_${t}(below)) {
        // pi cot(pi a) = 1/u - u P(u^2), u = a - the nearest integer.
        const ${t.mask} whole = a >= ${fact(t, "up")};
        const ${t} bounded = whole ? zero : a;
        const ${t} u = bounded - nearest_integer_${t}(bounded);
        const ${t} divisor = u == zero ? one : u;
        const ${t} pole = divide_${t}(one, divisor);
        const ${t} pole_low = fma_${t}(-pole, divisor, one) * pole;
        const ${t} z = u * u;
        const ${t} q = ${leading};
        ${t} first_low, term_low, second_low;
        const ${t} first = add_twice_${t}(sum, pole, &first_low);
        const ${t} term = multiply_twice_${t}(-u, ${rest}, zero, &term_low);
        const ${t} second = add_twice_${t}(first, term, &second_low);
        const ${t} lost = fma_${t}(-(u * z), q, ((first_low + pole_low) + (second_low + term_low)) + sum_rest);
        y = below ? (u == zero ? ${nan(t)} : second + lost) : y;
    }
    // Next to 0 it is -1/x, which may overflow.
    y = a < ${number(t, "0x1p-60")} ? divide_${t}(${number(t, "-1.0")}, x) : y;
    y = magnitude < (${t})(INFINITY) ? y : (x > zero ? x : ${nan(t)});
    return x != x ? x : y;
}
</%def>

<%def name="erfinv(t)">
static inline ${t} erfinv_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} near = a < ${number(t, "0.625")};
    const ${t} z = near ? x * x : ${number(t, "0.0")};
    const ${t} p = ${horner(t, "z", "ERFINV")};
    ${t} y = x * p;
    if (any_lane_${t}(!near)) {
        // By s = sqrt(-log(1 - a)), whose argument is exact, and t = (s - 2) / (s + c).
        const ${t.mask} inside = (a < one) & !near;
        const ${t} s = square_root_${t}(-log_${t}(inside ? one - a : ${number(t, "0.25")}));
        const ${t} ratio = divide_${t}(s - ${number(t, "2.0")}, s + ${fact(t, "tail_shift")});
        const ${t} p_tail = ${horner(t, "ratio", "ERFINV_TAIL")};
        ${t} w = with_sign_${t}(s * p_tail, x);
        w = a == one ? with_sign_${t}((${t})(INFINITY), x) : w;
        w = a > one ? ${nan(t)} : w;
        y = near ? y : w;
    }
    return x != x ? x : y;
}
</%def>

<%def name="bessel_i0(t)">
// The modified Bessel function of order 0: its series in (x/2)^2 up to 8, exp(x - 7.953125) / sqrt(x) P(1/x) beyond.
static inline ${t} bessel_i0_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} near = a <= ${number(t, "8.0")};
    const ${t} half_a = near ? a * ${number(t, "0.5")} : ${number(t, "0.0")};
    const ${t} z = half_a * half_a;
    const ${t} z_low = fma_${t}(half_a, half_a, -z);
    ${t} y = fma_${t}(z_low, ${horner(t, "z", "I0_SLOPE")}, ${horner(t, "z", "I0")});
    if (any_lane_${t}(!near)) {
        // exp(7.953125) is in the polynomial: the exponential overflows no sooner than the result.
        const ${t.mask} far = (a < (${t})(INFINITY)) & !near;
        const ${t} b = far ? a : ${number(t, "8.0")};
        const ${t} u = divide_${t}(${number(t, "1.0")}, b);
        const ${t} p = ${horner(t, "u", "I0_LARGE")};
        const ${t} w = exp_${t}(b - ${number(t, "7.953125")}) * divide_${t}(p, square_root_${t}(b));
        y = near ? y : (far ? w : a);
    }
    return x != x ? x : y;
}
</%def>
