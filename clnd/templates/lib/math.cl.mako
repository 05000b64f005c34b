## Elementary functions of our own for float and double, at every width. They are built from +, -, *,
## fma, correctly rounded division and square root, and integer steps, so every device gives the
## same bits. `t` is the CType computed with.
##
## No product is added or subtracted unless it is spelled fma_T, or is exact; a product may be an
## argument of fma_T. Every lane depends on its own input only: where one lane needs a rare path,
## all lanes may walk it, and each selects its own result.
##
## The polynomials are minimax fits of tools/minimax.py: running it prints the tables below.
## docs/accuracy.md has the largest errors measured.

<%!
from clnd.templates.literals import minus, number, polynomial

EXP_float = [
    "0x1.fffffcp-2", "0x1.555492p-3", "0x1.5558b4p-5", "0x1.123998p-7", "0x1.6a48cp-10",
]
EXP_double = [
    "0x1.000000000000ap-1", "0x1.5555555555508p-3", "0x1.555555555074ep-5", "0x1.1111111125408p-7",
    "0x1.6c16c184531b5p-10", "0x1.a01a01347c44fp-13", "0x1.a01999b870d26p-16", "0x1.71df135ac3fc5p-19",
    "0x1.28adb600e90a6p-22", "0x1.ad96fb10e7fp-26",
]
LOG_float = [
    "0x1.555554p-2", "-0x1.000226p-2", "0x1.99a01cp-3", "-0x1.547288p-3", "0x1.22d91ep-3", "-0x1.0d823cp-3",
    "0x1.055f64p-3", "-0x1.38cbeep-4",
]
LOG_LONG_float = [
    "0x1.555548p-2", "-0x1.000006p-2", "0x1.99a476p-3", "-0x1.555c44p-3", "0x1.233ba8p-3", "-0x1.fc28f6p-4",
    "0x1.e6bfa8p-4", "-0x1.ddffb6p-4", "0x1.14711ep-4",
]
ATANH_double = [
    "0x1.5555555555597p-1", "0x1.999999997e2f3p-2", "0x1.24924943872fdp-2", "0x1.c71c50aaca6f3p-3",
    "0x1.74668ace93f41p-3", "0x1.3999b3737665ap-3", "0x1.2f59e665bc52ep-3",
]
SIN_float = [
    "-0x1.555546p-3", "0x1.110774p-7", "-0x1.9951eap-13",
]
SIN_double = [
    "-0x1.5555555555548p-3", "0x1.111111110f731p-7", "-0x1.a01a019be962ep-13", "0x1.71de3555817a7p-19",
    "-0x1.ae5e4be024443p-26", "0x1.5d8b7854fb657p-33",
]
COS_float = [
    "0x1.55554ap-5", "-0x1.6c0c1ap-10", "0x1.99e0ecp-16",
]
COS_double = [
    "0x1.555555555554cp-5", "-0x1.6c16c16c1521p-10", "0x1.a01a019cbcd95p-16", "-0x1.27e4f81045c37p-22",
    "0x1.1ee9ef52de47ap-29", "-0x1.8fb001a214ff3p-37",
]
SINPI_float = [
    "-0x1.4abbbep+2", "0x1.465facp+1", "-0x1.2db5ccp-1",
]
SINPI_double = [
    "-0x1.4abbce625be46p+2", "0x1.466bc67758c4cp+1", "-0x1.32d2cce31bf0ap-1", "0x1.5078300344c3cp-4",
    "-0x1.e3008fa5ba8bp-8", "0x1.e3fbde4cf9268p-12",
]
COSPI_float = [
    "0x1.03c1e8p+2", "-0x1.55c9dep+0", "0x1.dac7d2p-3",
]
COSPI_double = [
    "0x1.03c1f081b5abcp+2", "-0x1.55d3c7e3ca613p+0", "0x1.e1f506850b6c8p-3", "-0x1.a6d1eda0490abp-6",
    "0x1.f9cd08d012918p-10", "-0x1.b29a3c6ef74bfp-14",
]
TANH_float = [
    "-0x1.555552p-2", "0x1.11103cp-3", "-0x1.b9f6dep-5", "0x1.64c0a4p-6", "-0x1.18de98p-7", "0x1.8f9f4ep-9",
    "-0x1.aee8f4p-11", "0x1.e86c5ep-14",
]
TANH_double = [
    "-0x1.5555555555555p-2", "0x1.1111111111092p-3", "-0x1.ba1ba1ba1359bp-5", "0x1.664f4880933ccp-6",
    "-0x1.226e3507a522cp-7", "0x1.d6d3bf7acb2dap-9", "-0x1.7da235729ceedp-10", "0x1.3549c18fbf70ep-11",
    "-0x1.f4857331a5344p-13", "0x1.908fee25febb6p-14", "-0x1.2ffe979aaef5ap-15", "0x1.801723f79dc99p-17",
    "-0x1.1e5e6a8513d38p-19",
]
EXP2_float = [
    "0x1.62e43p-1", "0x1.ebfbdcp-3", "0x1.c6af7cp-5", "0x1.3b2dep-7", "0x1.5f082ep-10", "0x1.416b62p-13",
]
EXP2_double = [
    "0x1.62e42fefa39efp-1", "0x1.ebfbdff82c59cp-3", "0x1.c6b08d704a0d5p-5", "0x1.3b2ab6fba11f3p-7",
    "0x1.5d87fe78b389cp-10", "0x1.4309130c01a12p-13", "0x1.ffcbfbf997258p-17", "0x1.62bfcddd3e447p-20",
    "0x1.b5260c1c9535bp-24", "0x1.e611a22fcf223p-28", "0x1.e810f54fbebf8p-32",
]
SINH_float = [
    "0x1.555556p-3", "0x1.1110ep-7", "0x1.a022bcp-13", "0x1.756c1ep-19",
]
SINH_double = [
    "0x1.5555555555555p-3", "0x1.111111111119bp-7", "0x1.a01a01a007361p-13", "0x1.71de3a68cf64dp-19",
    "0x1.ae644123e805cp-26", "0x1.61314c48dfb3cp-33", "0x1.a66620038b3b6p-41", "0x1.d27e5405a9bd6p-48",
]
COSH_float = [
    "0x1.55556ap-5", "0x1.6c06acp-10", "0x1.a7ce2ep-16",
]
COSH_double = [
    "0x1.5555555555555p-5", "0x1.6c16c16c16cdp-10", "0x1.a01a01a0078e1p-16", "0x1.27e4fb8596bd2p-22",
    "0x1.1eed8458af281p-29", "0x1.939e1ed999db4p-37", "0x1.ae9d8f926c496p-45",
]
TAN_float = [
    "0x1.55556p-2", "0x1.110d9ap-3", "0x1.badaep-5", "0x1.5cb26ap-6", "0x1.632128p-7", "0x1.5fd2fcp-14",
    "0x1.1f1226p-8",
]
TAN_double = [
    "0x1.555555555555ep-2", "0x1.11111111105d2p-3", "0x1.ba1ba1babf35ep-5", "0x1.664f485d242ecp-6",
    "0x1.226e3a819b427p-7", "0x1.d6d2e7a4ffa96p-9", "0x1.7db18f875b98bp-10", "0x1.34bc14ca3c7cdp-11",
    "0x1.ff2ee0cdbc2ap-13", "0x1.5e770b6230f7p-14", "0x1.19f9214773724p-14", "-0x1.ae3fa88cd333ep-16",
    "0x1.9817752a15d8p-15", "-0x1.9760cf8bb48dp-16", "0x1.48dede7329f4cp-17",
]
ATAN_float = [
    "-0x1.555552p-2", "0x1.99981cp-3", "-0x1.24762p-3", "0x1.c5117p-4", "-0x1.6953bcp-4", "0x1.150ap-4",
    "-0x1.7080bcp-5", "0x1.75304ep-6", "-0x1.e6a12ep-8", "0x1.2968e6p-10",
]
ATAN_double = [
    "-0x1.5555555555554p-2", "0x1.9999999999731p-3", "-0x1.24924924864d1p-3", "0x1.c71c71c35364ap-4",
    "-0x1.745d16e98cecp-4", "0x1.3b13ab641e291p-4", "-0x1.1110ce1a1d514p-4", "0x1.e1dd72c5edd51p-5",
    "-0x1.af0bc21842c7ep-5", "0x1.8587afcacfcdp-5", "-0x1.61e79bc22569fp-5", "0x1.40541ccf2a63cp-5",
    "-0x1.1bf464b40c178p-5", "0x1.dff494fa02f9fp-6", "-0x1.756d02826d548p-6", "0x1.012cf51a7ef8p-6",
    "-0x1.2cedd8d146fdep-7", "0x1.1e53e5ac5724ep-8", "-0x1.a4c015185addp-10", "0x1.bc7d2246e1bdbp-12",
    "-0x1.2ad2c9c318f5ap-14", "0x1.7eb00b7f1e486p-18",
]
ASIN_float = [
    "0x1.55554cp-3", "0x1.3338acp-4", "0x1.6ca754p-5", "0x1.04d2d6p-5", "0x1.d526ap-7", "0x1.34c22cp-5",
]
ASIN_double = [
    "0x1.5555555555553p-3", "0x1.33333333339e9p-4", "0x1.6db6db6d4c413p-5", "0x1.f1c71ca6e9044p-6",
    "0x1.6e8b9b183a78fp-6", "0x1.1c4f829388957p-6", "0x1.c9812da12e6a7p-7", "0x1.7ba168e599635p-7",
    "0x1.36d577fce9acdp-7", "0x1.47b3327d93daap-7", "0x1.7510889780b22p-11", "0x1.95bde1a659a01p-6",
    "-0x1.ab2c62d0817e1p-6", "0x1.134278fb939a5p-5",
]
ASINH_float = [
    "-0x1.555554p-3", "0x1.33323ap-4", "-0x1.6d7ebcp-5", "0x1.ec11ecp-6", "-0x1.487e1p-6", "0x1.2f525p-7",
]
ASINH_double = [
    "-0x1.5555555555554p-3", "0x1.3333333332fe6p-4", "-0x1.6db6db6d8916ap-5", "0x1.f1c71c5dc60e8p-6",
    "-0x1.6e8ba0531b559p-6", "0x1.1c4e8dd0e455dp-6", "-0x1.c9935eaa42154p-7", "0x1.7a4873de6b73ep-7",
    "-0x1.3e187784fc502p-7", "0x1.09d5bde4f7df3p-7", "-0x1.9d13859672b0fp-8", "0x1.fe4f747667134p-9",
    "-0x1.60723a7c9d8b7p-10",
]
ATANHX_float = [
    "0x1.555558p-2", "0x1.99979ep-3", "0x1.24d1b8p-3", "0x1.bfab94p-4", "0x1.af0f5p-4", "0x1.164ddep-6",
    "0x1.7b129ap-3",
]
ATANHX_double = [
    "0x1.5555555555556p-2", "0x1.999999999976fp-3", "0x1.24924924a5db8p-3", "0x1.c71c71bbf66f6p-4",
    "0x1.745d192819a46p-4", "0x1.3b137c58fa3fbp-4", "0x1.11150a01365e7p-4", "0x1.e175a9edfa97p-5",
    "0x1.b350b079fda5ep-5", "0x1.685b6228d2842p-5", "0x1.fe46496214c11p-5", "-0x1.e0c7bfbe72b25p-6",
    "0x1.b1c7cabd81983p-3", "-0x1.f154441158a65p-3", "0x1.087aef2bd871p-2",
]
ATANH5_float = [
    "0x1.999998p-2", "0x1.2493b6p-2", "0x1.c63daap-3", "0x1.90839p-3",
]
ATANH5_double = [
    "0x1.9999999999995p-2", "0x1.2492492493192p-2", "0x1.c71c71c557457p-3", "0x1.745d1845e317fp-3",
    "0x1.3b135d89c8677p-3", "0x1.11217b1303c82p-3", "0x1.de1460baa517fp-4", "0x1.ec11bc56f869fp-4",
]
ERF_float = [
    "0x1.06eba8p-3", "-0x1.81273ep-2", "0x1.ce2ce6p-4", "-0x1.b7f71ap-6", "0x1.53f224p-8", "-0x1.a3515ep-11",
    "0x1.4771fep-14",
]
ERF_double = [
    "0x1.06eba8214db69p-3", "-0x1.812746b037a25p-2", "0x1.ce2f21a0458ep-4", "-0x1.b82ce31355182p-6",
    "0x1.565bcd2c73355p-8", "-0x1.c02db936df278p-11", "0x1.f9a3b9d877552p-14", "-0x1.f4dcfd0690fa3p-17",
    "0x1.ba69befa74dc6p-20", "-0x1.6397115148fe9p-23", "0x1.1345e092a5492p-26", "-0x1.c5b3e5126f6b8p-30",
    "0x1.3d0c3cbaaa1c1p-33",
]
ERF_LOG_float = [
    "0x1.48050ap+1", "0x1.88ab3p+1", "0x1.bdd8c2p-1", "0x1.0b9bb6p-5", "-0x1.ea38bep-8", "0x1.8e2b52p-10",
    "-0x1.fa6c82p-10", "0x1.7d6beap-9", "-0x1.cdef2p-10", "0x1.80476p-12",
]
ERF_LOG_double = [
    "0x1.48050902770fdp+1", "0x1.88ab2d9950137p+1", "0x1.bddad46f5064p-1", "0x1.0bc5a0297ba69p-5",
    "-0x1.fea76c4dc85fap-8", "0x1.a540a74bf5e37p-10", "-0x1.02c58f1c26fb8p-12", "0x1.50f0b5b3637fp-17",
    "0x1.6b68b662a646dp-17", "-0x1.5a9d3ae8765f2p-18", "0x1.83e3a44b0ed7p-20", "-0x1.12f9259d654a5p-22",
    "0x1.1107f6c785d9p-26", "-0x1.f485f01ed1c93p-32", "0x1.0466dd40ad341p-27", "-0x1.d0341f63ec67p-28",
    "0x1.ad1fd1e2d8e3p-29", "-0x1.ede816db066d9p-31", "0x1.64ead4207253cp-33", "-0x1.29bae807614eap-36",
    "0x1.b6622a2393204p-41",
]
ERFC_float = [
    "0x1.3ba592p+0", "-0x1.1df1aep-3", "0x1.f7d202p-7", "0x1.16ead4p-4", "-0x1.9d81eep-4", "0x1.804ed6p-4",
    "-0x1.11d8eap-4", "0x1.28eea8p-5", "-0x1.fc2e9p-7", "0x1.ee1dd8p-8", "0x1.0ba8dep-10",
]
ERFC_double = [
    "0x1.3ba5916e9fd7fp+0", "-0x1.1df1ad154a28dp-3", "0x1.f7f5df66fb2d6p-7", "0x1.16ecefcfa5276p-4",
    "-0x1.9ddb23c3d830dp-4", "0x1.7fee004e156f8p-4", "-0x1.0fb06dffc8adep-4", "0x1.3079edf5efa18p-5",
    "-0x1.0962383fa170ap-6", "0x1.49c672c3a58bfp-8", "-0x1.8d4ad40c152aep-11", "-0x1.a1df62102b313p-13",
    "0x1.3be3fa996411dp-13", "-0x1.995021c50dff3p-16", "-0x1.791f76c6ef286p-17", "0x1.7ebb4f467fb12p-18",
    "0x1.58abc76524848p-22", "-0x1.b4c81faf71f6ap-21", "0x1.a7d4e698593fcp-25", "0x1.a316003e4f31p-24",
    "-0x1.9dac2a2d7847p-28", "-0x1.fbbed5dfb16e8p-28",
]
CBRT_float = [
    "0x1.2c9ad6p-1", "0x1.0d63fep-1", "-0x1.1384cep-3", "0x1.8c3916p-6", "-0x1.2e8cd6p-9", "0x1.71a1a6p-14",
]
CBRT_double = [
    "0x1.2c9ad5d0bb325p-1", "0x1.0d63ff29058ffp-1", "-0x1.1384d2e9942cep-3", "0x1.8c3924829ac61p-6",
    "-0x1.2e8ce6a41a2c4p-9", "0x1.71a1bf8830641p-14",
]


def horner(t, x, table, first=0):
    """The polynomial of a table in x, as nested fma; its coefficients from ``first`` on."""
    return polynomial(t, x, globals()[f"{table}_{t.scalar}"][first:])


def bits(t):
    """Facts of a format, by the names that the templates below use."""
    return _DOUBLE if t.is_double else _FLOAT


class _Format:
    """Constants of one floating-point format."""

    def __init__(self, **facts):
        self.__dict__.update(facts)


_FLOAT = _Format(
    shift=23, bias=127, one="0x3f800000", sign="0x80000000u", magnitude="0x7fffffffu", inf="0x7f800000", nan="0x7fc00000",
    mantissa="0x007fffff", half_root="0x3f3504f3", least="0x00800000", finite="0x7f000000u",
    # Adding it rounds to an integer, which its low bits then hold.
    magic="0x1.8p+23", log2e="0x1.715476p+0", twice_log2e="0x1.715476p+1", two_over_pi="0x1.45f306p-1",
    ln2=("0x1.62e43p-1", "-0x1.05c61p-29"),
    half_pi=("0x1.921fb6p+0", ("0x1.777ap-25", "0x1.73dcb4p-43")),
    half_pi_full=("0x1.921fb6p+0", "0x1.777a5cp-25", "0x1.ee59dap-50"), half_pi_pair=("0x1.921fb6p+0", "-0x1.777a5cp-25"),
    pi=("0x1.921fb6p+1", "-0x1.777a5cp-24"), half_pi_squared=("0x1.3bd3ccp+2", "-0x1.37c8bcp-23"),
    exp_plain="0x1.5cp+6", exp_high="0x1.62e43p+6", exp_low="-0x1.ap+6",
    up="0x1p+23", angle_plain="400.0", angle_middle="131072.0", tanh_small="1.0", tanh_one="10.0",
    expm1_low="-32.0", expm1_high="60.0", sinh_high="0x1.65a9f8p+6", log2e_pair=("0x1.715476p+0", "0x1.4ae0cp-26"),
    log10e_pair=("0x1.bcb7b2p-2", "-0x1.5b235ep-27"), log10_2=("0x1.344p-2", "0x1.3509f8p-18"), atan_one="0x1p+40", asinh_large="4096.0", third="0x1.555556p-2", log1p_tail="-8.0",
    two_thirds=("0x1.555556p-1", "-0x1.555556p-26"), ln2_short=("0x1.62e4p-1", "0x1.7f7d1cp-20"), pow_high="89.0", erf_one="4.0", erfc_zero="10.5",
    far="0x1p+100", nearer="0x1p-30", root_up="0x1p+90", root_down="0x1p-90", small="0x1p-60", less="0x1p-70", more="0x1p+70", root_large="0x1p+60", root_small="0x1p-50",
    half_integers="0x1p+21",
)
_DOUBLE = _Format(
    shift=52, bias=1023, one="0x3ff0000000000000", sign="0x8000000000000000ul", magnitude="0x7ffffffffffffffful",
    inf="0x7ff0000000000000", nan="0x7ff8000000000000",
    mantissa="0x000fffffffffffff", half_root="0x3fe6a09e667f3bcd", least="0x0010000000000000", finite="0x7fe0000000000000ul",
    magic="0x1.8p+52", log2e="0x1.71547652b82fep+0", twice_log2e="0x1.71547652b82fep+1", two_over_pi="0x1.45f306dc9c883p-1",
    ln2=("0x1.62e42fefa39efp-1", "0x1.abc9e3b39803fp-56"),
    half_pi=("0x1.921fb54442d18p+0", ("-0x1.1a626331p-54", "-0x1.1701b839a252p-88")),
    half_pi_pair=("0x1.921fb54442d18p+0", "0x1.1a62633145c07p-54"),
    pi=("0x1.921fb54442d18p+1", "0x1.1a62633145c07p-53"), half_pi_squared=("0x1.3bd3cc9be45dep+2", "-0x1.692b71366cc04p-52"),
    exp_plain="708.0", exp_high="0x1.62e42fefa39efp+9", exp_low="-746.0",
    up="0x1p+52", angle_plain="1500000.0", tanh_small="0.625", tanh_one="20.0",
    expm1_low="-64.0", expm1_high="100.0", sinh_high="0x1.633ce8fb9f87dp+9", log2e_pair=("0x1.71547652b82fep+0", "0x1.777d0ffda0d24p-56"),
    log10e_pair=("0x1.bcb7b1526e50ep-2", "0x1.95355baaafad3p-57"), log10_2=("0x1.34413509f8p-2", "-0x1.80433b83b532ap-44"), atan_one="0x1p+100", asinh_large="67108864.0", third="0x1.5555555555555p-2", log1p_tail="-20.0",
    two_thirds=("0x1.5555555555555p-1", "0x1.5555555555555p-55"), ln2_short=("0x1.62e42fefa4p-1", "-0x1.8432a1b0e2634p-43"), pow_high="710.0", erf_one="6.0", erfc_zero="27.5",
    far="0x1p+900", nearer="0x1p-300", root_up="0x1p+600", root_down="0x1p-600", small="0x1p-500", less="0x1p-560", more="0x1p+560", root_large="0x1p+500", root_small="0x1p-450",
    half_integers="0x1p+50",
)

# 2/pi in 64-bit words, after one word of zeros.
TWO_OVER_PI = [
    "0x0000000000000000", "0xa2f9836e4e441529", "0xfc2757d1f534ddc0", "0xdb6295993c439041",
    "0xfe5163abdebbc561", "0xb7246e3a424dd2e0", "0x06492eea09d1921c", "0xfe1deb1cb129a73e",
    "0xe88235f52ebb4484", "0xe99c7026b45f7e41", "0x3991d639835339f4", "0x9c845f8bbdf9283b",
    "0x1ff897ffde05980f", "0xef2f118b5a0a6d1f", "0x6d367ecf27cb09b7", "0x4f463f669e5fea2d",
    "0x7527bac7ebe5f17b", "0x3d0739f78a5292ea", "0x6bfb5fb11f8d5d08", "0x56033046fc7b6bab",
    "0xf0cfbc209af4361d",
]
%>

<%def name="any_lane(t)">
// True where any lane of a mask is set. Spelled out, as any() is a call on some drivers, and a call
// in the middle of a function spills every register.
static inline int any_lane_${t}(${t.mask} m)
{
% if not t.is_vector:
    return m;
% elif t.bits * t.width == 16:
    return as_short(m) != 0;
% elif t.bits * t.width == 32:
    return as_int(m) != 0;
% elif t.bits * t.width == 64:
    return as_long(m) != 0;
% else:
<%
    lanes = t.width
    half = "m"
%>
%   while t.bits * lanes > 128:
<%      lanes //= 2 %>
    const ${t.int.widened(lanes)} half${lanes} = ${half}.lo | ${half}.hi;
<%      half = f"half{lanes}" %>
%   endwhile
    const long2 pair = as_long2(${half});
    return (pair.x | pair.y) != 0;
% endif
}
</%def>

<%def name="magnitude(t)">
// fabs, which is a call on some drivers.
static inline ${t} magnitude_${t}(${t} x) { return as_${t}(as_${t.uint}(x) & (${t.uint})(${bits(t).magnitude})); }
</%def>

<%def name="with_sign(t)">
// copysign for x >= 0.
static inline ${t} with_sign_${t}(${t} x, ${t} s) { return as_${t}(as_${t.uint}(x) | (as_${t.uint}(s) & (${t.uint})(${bits(t).sign}))); }
</%def>

<%def name="exp(t)">
<%  b = bits(t) %>
static inline ${t} exp_${t}(${t} x)
{
    // x = n ln 2 + r; e^x = 2^n e^r.
    const ${t} k = fma_${t}(x, ${number(t, b.log2e)}, ${number(t, b.magic)});
    const ${t} n = k - ${number(t, b.magic)};
    const ${t} r = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, fma_${t}(n, ${number(t, minus(b.ln2[0]))}, x));
    const ${t} p = ${horner(t, "r", "EXP")};
    const ${t} m = fma_${t}(r, fma_${t}(r, p, ${number(t, "1.0")}), ${number(t, "1.0")});
    const ${t.uint} whole = as_${t.uint}(k);
    ${t} y = as_${t}(as_${t.uint}(m) + (whole << ${b.shift}));
    const ${t.mask} rare = !(magnitude_${t}(x) <= ${number(t, b.exp_plain)});
    if (any_lane_${t}(rare)) {
        // Near overflow and underflow the scaling takes two steps; only the second can round.
        const ${t.int} e = as_${t.int}(whole - as_${t.uint}(${number(t, b.magic)}));
        const ${t.int} h = e >> 1;
        ${t} w = m * as_${t}((h + ${b.bias}) << ${b.shift}) * as_${t}((e - h + ${b.bias}) << ${b.shift});
        w = x > ${number(t, b.exp_high)} ? (${t})(INFINITY) : w;
        w = x < ${number(t, b.exp_low)} ? ${number(t, "0.0")} : w;
        w = x != x ? x : w;
        y = rare ? w : y;
    }
    return y;
}
</%def>

<%def name="log(t)">
<%  b = bits(t) %>
static inline ${t} log_${t}(${t} x)
{
    const ${t.mask} rare = as_${t.uint}(x) - (${t.uint})(${b.least}) >= (${t.uint})(${b.finite});
    const int any_rare = any_lane_${t}(rare);
    ${t} v = x;
    ${t} shifted = ${number(t, "0.0")};
    if (any_rare) {
        // Subnormals (zero and negative numbers do not mind) become normal.
        const ${t.mask} tiny = x < as_${t}((${t.int})(${b.least}));
        v = tiny ? x * ${number(t, b.up)} : x;
        shifted = tiny ? ${number(t, f"{b.shift}.0")} : shifted;
    }
    // x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
    const ${t.int} i = as_${t.int}(v);
    const ${t.int} e = (i - (${t.int})(${b.half_root})) >> ${b.shift};
    const ${t} f = as_${t}(i - (e << ${b.shift})) - ${number(t, "1.0")};
    const ${t} n = convert_${t}(e) - shifted;
% if t.is_double:
    // log(1 + f) = f - s (f - s^2 P), s = f / (2 + f)
    const ${t} s = f / (f + ${number(t, "2.0")});
    const ${t} z = s * s;
    const ${t} p = ${horner(t, "z", "ATANH")};
    const ${t} high = fma_${t}(n, ${number(t, b.ln2[0])}, f);
    const ${t} low = fma_${t}(-s, fma_${t}(-z, p, f), n * ${number(t, b.ln2[1])});
% else:
    const ${t} p = ${horner(t, "f", "LOG")};
    const ${t} high = fma_${t}(n, ${number(t, b.ln2[0])}, f);
    // What the sum above lost.
    const ${t} rest = f - fma_${t}(n, ${number(t, minus(b.ln2[0]))}, high);
    const ${t} q = fma_${t}(f, p, ${number(t, "-0.5")});
    const ${t} low = fma_${t}(f * f, q, fma_${t}(n, ${number(t, b.ln2[1])}, rest));
% endif
    ${t} y = high + low;
    if (any_rare) {
        ${t} w = x < ${number(t, "0.0")} ? as_${t}((${t.int})(${b.nan})) : y;
        w = x == ${number(t, "0.0")} ? -(${t})(INFINITY) : w;
        w = x < (${t})(INFINITY) ? w : x;
        y = rare ? w : y;
    }
    return y;
}
</%def>

<%def name="huge_angle(t)">
<%
    b = bits(t)
    words = 2 if not t.is_double else 4
    table = TWO_OVER_PI[: 5 if not t.is_double else len(TWO_OVER_PI)]
%>
__constant ulong two_over_pi_${t}_words[${len(table)}] = {
% for w in table:
    ${w}ul,
% endfor
};
// x >= 1 modulo pi/2, as a sum r + low in [-pi/4, pi/4], and the quadrant modulo 4: the bits of 2/pi
// that matter are multiplied by the whole significand.
static inline ${t} huge_angle_${t}(${t} x, ${t} *low, ${t.int} *quadrant)
{
    const ${t.uint} i = as_${t.uint}(x);
    if (i >= (${t.uint})(${b.inf})) {
        *low = ${number(t, "0.0")};
        *quadrant = 0;
        return x - x;
    }
    const ulong m = (i & ${b.mantissa}) | ${b.least};
    const int e = (int)(i >> ${b.shift}) - ${b.bias + b.shift};
    // The first bit whose weight times m stays below 4, counted in the table.
    const int start = e - 2 + 64;
    const int skip = start & 63;
    __constant const ulong *from = two_over_pi_${t}_words + (start >> 6);
% for j in range(words):
    const ulong w${j} = skip ? (from[${j}] << skip) + (from[${j + 1}] >> (64 - skip)) : from[${j}];
% endfor
    // The product modulo 2^${64 * words}, highest word first.
    ulong p${words - 1} = m * w${words - 1};
% if t.is_double:
    ulong carry = mul_hi(m, w3);
    ulong p2 = m * w2 + carry;
    carry = mul_hi(m, w2) + (ulong)(p2 < carry);
    ulong p1 = m * w1 + carry;
    carry = mul_hi(m, w1) + (ulong)(p1 < carry);
    ulong p0 = m * w0 + carry;
% else:
    ulong p0 = m * w0 + mul_hi(m, w1);
% endif
    // Two bits are the quadrant, the rest a fraction; above 1/2 it counts down from the next one.
    int q = (int)(p0 >> 62);
    const int down = (int)(p0 >> 61) & 1;
    q += down;
    if (down) {
% for j in reversed(range(words)):
        p${j} = ~p${j};
% endfor
    }
    p0 &= 0x3ffffffffffffffful;
    // Normalise: the fraction is p0.p1 times 2^-scale, p0 with its top bit set. (The shifted words are
    // added, not or-ed: some compilers' funnel shifts are unknown to their own back ends.)
    int scale = 62;
    if (p0 == 0) {
        p0 = p1;
% if t.is_double:
        p1 = p2;
        p2 = p3;
% else:
        p1 = 0;
% endif
        scale += 64;
    }
    const int zeros = (int)clz(p0 | 1);
    if (zeros) {
        p0 = (p0 << zeros) + (p1 >> (64 - zeros));
% if t.is_double:
        p1 = (p1 << zeros) + (p2 >> (64 - zeros));
% endif
        scale += zeros;
    }
    // The top bits as one number, those below as another, both exact.
% if t.is_double:
    const double a = (double)(long)(p0 >> 11) * 0x1p+11;
    const double c = (double)(int)(p0 & 0x7ff) + (double)(long)(p1 >> 22) * 0x1p-42;
% else:
    const float a = (float)(int)(uint)(p0 >> 40) * 0x1p+40f;
    const float c = (float)(int)((uint)(p0 >> 16) & 0xffffffu) * 0x1p+16f;
% endif
    // Times pi/2 and 2^-scale, in twice the precision.
    const ${t} h = a * ${number(t, b.half_pi_pair[0])};
    const ${t} rest = fma_${t}(a, ${number(t, b.half_pi_pair[0])}, -h);
    const ${t} l = fma_${t}(c, ${number(t, b.half_pi_pair[0])}, fma_${t}(a, ${number(t, b.half_pi_pair[1])}, rest));
    const ${t} unit = as_${t}((${t.int})(${b.bias} - scale) << ${b.shift});
    const ${t} r = h * unit;
    *quadrant = q & 3;
    *low = down ? -(l * unit) : l * unit;
    return down ? -r : r;
}
</%def>

<%def name="reduce_angle(t)">
<%  b = bits(t) %>
// x >= 0 modulo pi/2: the result plus *low, in [-pi/4, pi/4]; the low two bits of *quadrant count the pi/2.
static inline ${t} reduce_angle_${t}(${t} x, ${t} *low, ${t.int} *quadrant)
{
    const ${t} k = fma_${t}(x, ${number(t, b.two_over_pi)}, ${number(t, b.magic)});
    const ${t} n = k - ${number(t, b.magic)};
    // n times the second part is exact, and so are both differences.
    const ${t} first = fma_${t}(n, ${number(t, minus(b.half_pi[0]))}, x);
    ${t} r = fma_${t}(n, ${number(t, b.half_pi[1][0])}, first);
    ${t} l = fma_${t}(n, ${number(t, b.half_pi[1][1])}, fma_${t}(n, ${number(t, b.half_pi[1][0])}, first - r));
    ${t.int} q = as_${t.int}(k);
    const ${t.mask} rare = !(x <= ${number(t, b.angle_plain)});
    if (any_lane_${t}(rare)) {
% if not t.is_double:
        // Up to ${b.angle_middle}: the sum of first and a two-part product, without loss.
        const ${t} product = fma_${t}(n, ${number(t, b.half_pi_full[1])}, ${number(t, "0.0")});
        const ${t} product_low = fma_${t}(n, ${number(t, b.half_pi_full[1])}, -product);
        const ${t} sum = first + product;
        const ${t} part = sum - first;
        const ${t} lost = (first - (sum - part)) + (product - part);
        r = rare ? sum : r;
        l = rare ? fma_${t}(n, ${number(t, b.half_pi_full[2])}, lost + product_low) : l;
        const ${t.mask} huge = !(x <= ${number(t, b.angle_middle)});
% else:
        const ${t.mask} huge = rare;
% endif
        if (any_lane_${t}(huge)) {
            ${t.one} lane_low;
            ${t.one.int} lane_quadrant;
% if t.is_vector:
%   for j in range(t.width):
            if (huge.s${"%x" % j}) {
                r.s${"%x" % j} = huge_angle_${t.one}(x.s${"%x" % j}, &lane_low, &lane_quadrant);
                l.s${"%x" % j} = lane_low;
                q.s${"%x" % j} = lane_quadrant;
            }
%   endfor
% else:
            if (huge) {
                r = huge_angle_${t}(x, &lane_low, &lane_quadrant);
                l = lane_low;
                q = lane_quadrant;
            }
% endif
        }
    }
    *low = l;
    *quadrant = q;
    return r;
}
</%def>

<%def name="sine_of_part(t)">
// sin(r + low) for |r| <= pi/4.
static inline ${t} sine_of_part_${t}(${t} r, ${t} low)
{
    const ${t} z = r * r;
    const ${t} p = ${horner(t, "z", "SIN")};
    return r + fma_${t}(r * z, p, low);
}
</%def>

<%def name="cosine_of_part(t)">
// cos(r + low) for |r| <= pi/4: 1 - r^2/2 without loss, then the rest.
static inline ${t} cosine_of_part_${t}(${t} r, ${t} low)
{
    const ${t} z = r * r;
    const ${t} p = ${horner(t, "z", "COS")};
    const ${t} high = fma_${t}(z, ${number(t, "-0.5")}, ${number(t, "1.0")});
    const ${t} rest = fma_${t}(z, ${number(t, "-0.5")}, ${number(t, "1.0")} - high);
    return high + fma_${t}(z * z, p, fma_${t}(-r, low, rest));
}
</%def>

<%def name="sin(t)">
<%  b = bits(t) %>
static inline ${t} sin_${t}(${t} x)
{
    ${t} low;
    ${t.int} q;
    const ${t} r = reduce_angle_${t}(magnitude_${t}(x), &low, &q);
    const ${t} y = ((q & 1) != 0) ? cosine_of_part_${t}(r, low) : sine_of_part_${t}(r, low);
    const ${t.uint} sign = (as_${t.uint}(x) & (${t.uint})(${b.sign})) ^ ((as_${t.uint}(q) & 2) << ${t.bits - 2});
    return as_${t}(as_${t.uint}(y) ^ sign);
}
</%def>

<%def name="cos(t)">
<%  b = bits(t) %>
static inline ${t} cos_${t}(${t} x)
{
    ${t} low;
    ${t.int} q;
    const ${t} r = reduce_angle_${t}(magnitude_${t}(x), &low, &q);
    const ${t} y = ((q & 1) != 0) ? sine_of_part_${t}(r, low) : cosine_of_part_${t}(r, low);
    const ${t.uint} sign = ((as_${t.uint}(q) + 1) & 2) << ${t.bits - 2};
    return as_${t}(as_${t.uint}(y) ^ sign);
}
</%def>

<%def name="reduce_turn(t)">
<%  b = bits(t) %>
// |x| = q/2 + r with |r| <= 1/4, exactly; the low two bits of *quadrant count the halves.
static inline ${t} reduce_turn_${t}(${t} x, ${t.int} *quadrant)
{
    ${t} a = magnitude_${t}(x);
    const ${t.mask} rare = !(a < ${number(t, b.half_integers)});
    if (any_lane_${t}(rare)) {
        // Large numbers lose their multiple of 2 first.
        const ${t} half_a = a * ${number(t, "0.5")};
        const ${t} whole = half_a < ${number(t, b.up)} ? (half_a + ${number(t, b.up)}) - ${number(t, b.up)} : half_a;
        const ${t} rest = half_a - whole;
        a = rare ? rest + rest : a;
    }
    const ${t} k = (a + a) + ${number(t, b.magic)};
    *quadrant = as_${t.int}(k);
    return fma_${t}(k - ${number(t, b.magic)}, ${number(t, "-0.5")}, a);
}
</%def>

<%def name="sinpi_of_part(t)">
<%  b = bits(t) %>
// sin(pi r) for |r| <= 1/4.
static inline ${t} sinpi_of_part_${t}(${t} r)
{
    const ${t} z = r * r;
    const ${t} p = ${horner(t, "z", "SINPI")};
    return fma_${t}(r, ${number(t, b.pi[0])}, r * fma_${t}(z, p, ${number(t, b.pi[1])}));
}
</%def>

<%def name="cospi_of_part(t)">
<%  b = bits(t) %>
// cos(pi r) for |r| <= 1/4.
static inline ${t} cospi_of_part_${t}(${t} r)
{
    const ${t} z = r * r;
    const ${t} p = ${horner(t, "z", "COSPI")};
    const ${t} high = fma_${t}(z, ${number(t, minus(b.half_pi_squared[0]))}, ${number(t, "1.0")});
    const ${t} rest = fma_${t}(z, ${number(t, minus(b.half_pi_squared[0]))}, ${number(t, "1.0")} - high);
    return high + fma_${t}(z, fma_${t}(z, p, ${number(t, b.half_pi_squared[1])}), rest);
}
</%def>

<%def name="sinpi(t)">
<%  b = bits(t) %>
static inline ${t} sinpi_${t}(${t} x)
{
    ${t.int} q;
    const ${t} r = reduce_turn_${t}(x, &q);
    const ${t} y = ((q & 1) != 0) ? cospi_of_part_${t}(r) : sinpi_of_part_${t}(r);
    // A zero has the sign of x.
    const ${t.uint} turned = r == ${number(t, "0.0")} & ((q & 1) == 0) ? (${t.uint})(0) : (as_${t.uint}(q) & 2) << ${t.bits - 2};
    return as_${t}(as_${t.uint}(y) ^ ((as_${t.uint}(x) & (${t.uint})(${b.sign})) ^ turned));
}
</%def>

<%def name="cospi(t)">
<%  b = bits(t) %>
static inline ${t} cospi_${t}(${t} x)
{
    ${t.int} q;
    const ${t} r = reduce_turn_${t}(x, &q);
    const ${t.mask} odd = (q & 1) != 0;
    const ${t} y = odd ? sinpi_of_part_${t}(r) : cospi_of_part_${t}(r);
    // A zero is positive.
    const ${t.uint} sign = (odd & (r == ${number(t, "0.0")})) ? as_${t.uint}(y) & (${t.uint})(${b.sign}) : ((as_${t.uint}(q) + 1) & 2) << ${t.bits - 2};
    return as_${t}(as_${t.uint}(y) ^ sign);
}
</%def>

<%def name="exp_of_twice(t)">
<%  b = bits(t) %>
// e^(2a) for a that is far from overflow.
static inline ${t} exp_of_twice_${t}(${t} a)
{
    const ${t} k = fma_${t}(a, ${number(t, b.twice_log2e)}, ${number(t, b.magic)});
    const ${t} n = k - ${number(t, b.magic)};
    const ${t} x = a + a;
    const ${t} r = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, fma_${t}(n, ${number(t, minus(b.ln2[0]))}, x));
    const ${t} p = ${horner(t, "r", "EXP")};
    const ${t} m = fma_${t}(r, fma_${t}(r, p, ${number(t, "1.0")}), ${number(t, "1.0")});
    return as_${t}(as_${t.uint}(m) + (as_${t.uint}(k) << ${b.shift}));
}
</%def>

<%def name="tanh(t)">
<%  b = bits(t) %>
static inline ${t} tanh_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t} z = a * a;
    const ${t} p = ${horner(t, "z", "TANH")};
    const ${t} small = fma_${t}(a * z, p, a);
    const ${t} bounded = a > ${number(t, b.tanh_one)} ? ${number(t, b.tanh_one)} : a;
    const ${t} large = ${number(t, "1.0")} - divide_${t}(${number(t, "2.0")}, exp_of_twice_${t}(bounded) + ${number(t, "1.0")});
    return with_sign_${t}(a >= ${number(t, b.tanh_small)} ? large : small, x);
}
</%def>

<%def name="exp2(t)">
<%  b = bits(t) %>
static inline ${t} exp2_${t}(${t} x)
{
    const ${t} k = x + ${number(t, b.magic)};
    const ${t} r = x - (k - ${number(t, b.magic)});
    const ${t} p = ${horner(t, "r", "EXP2")};
    const ${t} m = fma_${t}(r, p, ${number(t, "1.0")});
    const ${t.uint} whole = as_${t.uint}(k);
    ${t} y = as_${t}(as_${t.uint}(m) + (whole << ${b.shift}));
    const ${t.mask} rare = !(magnitude_${t}(x) <= ${number(t, f"{b.bias - 2}.0")});
    if (any_lane_${t}(rare)) {
        const ${t.int} e = as_${t.int}(whole - as_${t.uint}(${number(t, b.magic)}));
        const ${t.int} h = e >> 1;
        ${t} w = m * as_${t}((h + ${b.bias}) << ${b.shift}) * as_${t}((e - h + ${b.bias}) << ${b.shift});
        w = x >= ${number(t, f"{b.bias + 1}.0")} ? (${t})(INFINITY) : w;
        w = x < ${number(t, f"-{b.bias + b.shift + 2}.0")} ? ${number(t, "0.0")} : w;
        w = x != x ? x : w;
        y = rare ? w : y;
    }
    return y;
}
</%def>

<%def name="power_of_two(t)">
<%  b = bits(t) %>
// 2^n for integers n that keep it normal.
static inline ${t} power_of_two_${t}(${t} n)
{
    return as_${t}((as_${t.uint}(n + ${number(t, b.magic)}) << ${b.shift}) + (${t.uint})(${b.one}));
}
</%def>

<%def name="exp_parts(t)">
<%  b = bits(t) %>
// e^x = 2^n (high + *low), to about the square of the precision relative to r^2 / 2; x is bounded.
static inline ${t} exp_parts_${t}(${t} x, ${t} *low, ${t} *power)
{
    const ${t} n = fma_${t}(x, ${number(t, b.log2e)}, ${number(t, b.magic)}) - ${number(t, b.magic)};
    const ${t} first = fma_${t}(n, ${number(t, minus(b.ln2[0]))}, x);
    const ${t} r = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, first);
    const ${t} lost = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, first - r);
    const ${t} high = r + ${number(t, "1.0")};
    const ${t} p = ${horner(t, "r", "EXP")};
    *low = fma_${t}(r * r, p, (r - (high - ${number(t, "1.0")})) + fma_${t}(lost, r, lost));
    *power = n;
    return high;
}
</%def>

<%def name="expm1(t)">
<%  b = bits(t) %>
static inline ${t} expm1_${t}(${t} x)
{
    ${t} v = x < ${number(t, b.expm1_low)} ? ${number(t, b.expm1_low)} : x;
    v = v > ${number(t, b.expm1_high)} ? ${number(t, b.expm1_high)} : v;
    const ${t} n = fma_${t}(v, ${number(t, b.log2e)}, ${number(t, b.magic)}) - ${number(t, b.magic)};
    const ${t} first = fma_${t}(n, ${number(t, minus(b.ln2[0]))}, v);
    const ${t} r = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, first);
    const ${t} lost = fma_${t}(n, ${number(t, minus(b.ln2[1]))}, first - r);
    const ${t} p = ${horner(t, "r", "EXP")};
    // (2^n - 1) + 2^n r without loss (both products by 2^n are exact), then the rest.
    const ${t} s = power_of_two_${t}(n);
    const ${t} a = s - ${number(t, "1.0")};
    const ${t} c = s * r;
    const ${t} sum = a + c;
    const ${t} part = sum - a;
    const ${t} rest = ((a - (sum - part)) + (c - part)) + ((s - a) - ${number(t, "1.0")});
    ${t} y = sum + fma_${t}(s, fma_${t}(r * r, p, fma_${t}(lost, r, lost)), rest);
    const ${t.mask} rare = !(x <= ${number(t, b.expm1_high)});
    if (any_lane_${t}(rare))
        y = rare ? exp_${t}(x) : y;
    return x == ${number(t, "0.0")} ? x : y;
}
</%def>

<%def name="split_log(t)">
<%  b = bits(t) %>
// x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), for finite x > 0; returns f.
static inline ${t} split_log_${t}(${t} x, ${t} *power)
{
    const ${t.mask} tiny = x < as_${t}((${t.int})(${b.least}));
    const ${t.int} i = as_${t.int}(tiny ? x * ${number(t, b.up)} : x);
    const ${t.int} e = (i - (${t.int})(${b.half_root})) >> ${b.shift};
    *power = convert_${t}(e) - (tiny ? ${number(t, f"{b.shift}.0")} : ${number(t, "0.0")});
    return as_${t}(i - (e << ${b.shift})) - ${number(t, "1.0")};
}
</%def>

<%def name="log_tail(t)">
// log(1 + f) - f + c.
static inline ${t} log_tail_${t}(${t} f, ${t} c)
{
% if t.is_double:
    const ${t} s = f / (f + ${number(t, "2.0")});
    const ${t} z = s * s;
    const ${t} p = ${horner(t, "z", "ATANH")};
    return fma_${t}(-s, fma_${t}(-z, p, f), c);
% else:
    const ${t} p = ${horner(t, "f", "LOG_LONG")};
    const ${t} q = fma_${t}(f, p, ${number(t, "-0.5")});
    const ${t} z = f * f;
    return fma_${t}(z, q, fma_${t}(fma_${t}(f, f, -z), q, c));
% endif
}
</%def>

<%def name="log_parts(t)">
<%  b = bits(t) %>
// log(2^more x) + c as high + *low, for finite x > 0 and small c.
static inline ${t} log_parts_${t}(${t} x, ${t} more, ${t} c, ${t} *low)
{
    ${t} n;
    const ${t} f = split_log_${t}(x, &n);
    n += more;
    const ${t} high = fma_${t}(n, ${number(t, b.ln2[0])}, f);
    const ${t} rest = f - fma_${t}(n, ${number(t, minus(b.ln2[0]))}, high);
    *low = log_tail_${t}(f, fma_${t}(n, ${number(t, b.ln2[1])}, rest + c));
    return high;
}
</%def>

<%def name="log_special(t)">
<%  b = bits(t) %>
// y, or what a logarithm is where its argument is not a finite positive number.
static inline ${t} log_special_${t}(${t} x, ${t} y)
{
    ${t} w = x < ${number(t, "0.0")} ? as_${t}((${t.int})(${b.nan})) : y;
    w = x == ${number(t, "0.0")} ? -(${t})(INFINITY) : w;
    return x < (${t})(INFINITY) ? w : x;
}
</%def>

<%def name="log1p(t)">
static inline ${t} log1p_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} sum = x + one;
    const ${t} part = sum - one;
    const ${t} rest = (one - (sum - part)) + (x - part);
    ${t} low;
    const ${t} high = log_parts_${t}(sum, ${number(t, "0.0")}, divide_${t}(rest, sum), &low);
    const ${t} y = log_special_${t}(sum, high + low);
    return x == ${number(t, "0.0")} ? x : y;
}
</%def>

<%def name="log2(t)">
<%  b = bits(t) %>
static inline ${t} log2_${t}(${t} x)
{
    ${t} n;
    const ${t} f = split_log_${t}(x, &n);
    const ${t} product = fma_${t}(f, ${number(t, b.log2e_pair[0])}, ${number(t, "0.0")});
    const ${t} high = n + product;
    const ${t} rest = (product - (high - n)) + fma_${t}(f, ${number(t, b.log2e_pair[0])}, -product);
    const ${t} low = fma_${t}(log_tail_${t}(f, ${number(t, "0.0")}), ${number(t, b.log2e_pair[0])}, fma_${t}(f, ${number(t, b.log2e_pair[1])}, rest));
    return log_special_${t}(x, high + low);
}
</%def>

<%def name="log10(t)">
<%  b = bits(t) %>
static inline ${t} log10_${t}(${t} x)
{
    ${t} n;
    const ${t} f = split_log_${t}(x, &n);
    // The first part of log10(2) is short: its product with n is exact.
    const ${t} whole = n * ${number(t, b.log10_2[0])};
    const ${t} product = fma_${t}(f, ${number(t, b.log10e_pair[0])}, ${number(t, "0.0")});
    const ${t} high = whole + product;
    const ${t} rest = (product - (high - whole)) + fma_${t}(f, ${number(t, b.log10e_pair[0])}, -product);
    const ${t} low = fma_${t}(log_tail_${t}(f, ${number(t, "0.0")}), ${number(t, b.log10e_pair[0])}, fma_${t}(f, ${number(t, b.log10e_pair[1])}, fma_${t}(n, ${number(t, b.log10_2[1])}, rest)));
    return log_special_${t}(x, high + low);
}
</%def>

<%def name="half_exponentials(t)">
<%  b = bits(t) %>
// (e^a + sign e^-a) / 4 for a >= 0 up to overflow; times two it may overflow as it should.
static inline ${t} half_exponentials_${t}(${t} a, ${t} sign)
{
    ${t} low;
    ${t} n;
    const ${t} bounded = a > ${number(t, b.sinh_high)} ? ${number(t, b.sinh_high)} : a;
    const ${t} high = exp_parts_${t}(bounded, &low, &n);
    const ${t} other = divide_${t}(sign, high + low);
    const ${t} s = power_of_two_${t}(n - ${number(t, "2.0")});
    const ${t} least = n > ${number(t, "100.0")} ? ${number(t, "100.0")} : n;
    const ${t} down = power_of_two_${t}(${number(t, "-2.0")} - least);
    const ${t} y = fma_${t}(s, high, fma_${t}(s, low, down * other));
    return a > ${number(t, b.sinh_high)} ? (${t})(INFINITY) : y;
}
</%def>

<%def name="sinh(t)">
static inline ${t} sinh_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t} z = a * a;
    const ${t} p = ${horner(t, "z", "SINH")};
    const ${t} large = half_exponentials_${t}(a, ${number(t, "-1.0")});
    return with_sign_${t}(a >= ${number(t, "1.0")} ? large + large : fma_${t}(a * z, p, a), x);
}
</%def>

<%def name="cosh(t)">
static inline ${t} cosh_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t} z = a * a;
    const ${t} p = ${horner(t, "z", "COSH")};
    const ${t} large = half_exponentials_${t}(a, ${number(t, "1.0")});
    return a >= ${number(t, "0.875")} ? large + large : fma_${t}(z, fma_${t}(z, p, ${number(t, "0.5")}), ${number(t, "1.0")});
}
</%def>

<%def name="sigmoid(t)">
<%  b = bits(t) %>
// 1 / (1 + e^-x).
static inline ${t} sigmoid_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    ${t} v = -magnitude_${t}(x);
    v = v < ${number(t, b.exp_low)} ? ${number(t, b.exp_low)} : v;
    ${t} low;
    ${t} n;
    const ${t} high = exp_parts_${t}(v, &low, &n);
    // The denominator 1 + 2^n (high + low) and its quotient, each with what it lost.
    const ${t} least = n < ${number(t, "-100.0")} ? ${number(t, "-100.0")} : n;
    const ${t} s = power_of_two_${t}(least);
    const ${t} e = fma_${t}(s, high, s * low);
    const ${t} e_low = fma_${t}(s, low, fma_${t}(s, high, -e));
    const ${t} sum = e + one;
    const ${t} rest = (e - (sum - one)) + e_low;
    const ${t} inverse = divide_${t}(one, sum);
    const ${t.mask} up = x >= ${number(t, "0.0")};
    const ${t} top = up ? one : high;
    const ${t} top_low = up ? ${number(t, "0.0")} : low;
    const ${t} guess = top * inverse;
    const ${t} wrong = fma_${t}(-guess, rest, fma_${t}(-guess, sum, top) + top_low);
    const ${t} y = fma_${t}(wrong, inverse, guess);
    // The scaling of the left side, in two steps; only the second can round.
    const ${t.int} k = convert_${t.int}(n);
    const ${t.int} h = k >> 1;
    const ${t} left = y * as_${t}((h + ${b.bias}) << ${b.shift}) * as_${t}((k - h + ${b.bias}) << ${b.shift});
    const ${t} w = up ? y : (x < ${number(t, b.exp_low)} ? ${number(t, "0.0")} : left);
    return x != x ? x : w;
}
</%def>

<%def name="plus_log1p_exp(t)">
<%  b = bits(t) %>
// base + log(1 + e^(v + v_low)) for v <= 0.
static inline ${t} plus_log1p_exp_${t}(${t} base, ${t} v, ${t} v_low)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} bounded = v < ${number(t, b.expm1_low)} ? ${number(t, b.expm1_low)} : v;
    ${t} low;
    ${t} n;
    const ${t} high = exp_parts_${t}(bounded, &low, &n);
    low = fma_${t}(high + low, v_low, low);
    const ${t} s = power_of_two_${t}(n);
    const ${t} e = fma_${t}(s, high, s * low);
    const ${t} e_low = fma_${t}(s, low, fma_${t}(s, high, -e));
    const ${t} sum = e + one;
    const ${t} rest = (e - (sum - one)) + e_low;
    ${t} log_low;
    ${t} log_high = log_parts_${t}(sum, ${number(t, "0.0")}, divide_${t}(rest, sum), &log_low);
    // Small e: e - e^2/2 + e^3/3.
    const ${t.mask} tail = v < ${number(t, b.log1p_tail)};
    log_low = tail ? fma_${t}(e * e, fma_${t}(e, ${number(t, b.third)}, ${number(t, "-0.5")}), e_low) : log_low;
    log_high = tail ? e : log_high;
    const ${t} total = base + log_high;
    const ${t} part = total - base;
    const ${t} lost = (base - (total - part)) + (log_high - part);
    ${t} y = total + (lost + log_low);
    const ${t.mask} rare = !(v >= ${number(t, b.expm1_low)});
    if (any_lane_${t}(rare))
        y = rare ? base + exp_${t}(v) : y;
    return y;
}
</%def>

<%def name="softplus(t)">
// log(1 + e^x).
static inline ${t} softplus_${t}(${t} x)
{
    const ${t} zero = ${number(t, "0.0")};
    return plus_log1p_exp_${t}(x > zero ? x : zero, -magnitude_${t}(x), zero);
}
</%def>

<%def name="logaddexp(t)">
// log(e^x + e^y).
static inline ${t} logaddexp_${t}(${t} x, ${t} y)
{
    const ${t} most = x > y ? x : y;
    const ${t} least = x > y ? y : x;
    const ${t} v = least - most;
    const ${t} part = v - least;
    const ${t} lost = (least - (v - part)) - (most + part);
    ${t} w = plus_log1p_exp_${t}(most, v, lost);
    w = magnitude_${t}(most) == (${t})(INFINITY) ? most : w;
    return (x != x) | (y != y) ? x + y : w;
}
</%def>

<%def name="logaddexp2(t)">
// log2(2^x + 2^y).
static inline ${t} logaddexp2_${t}(${t} x, ${t} y)
{
    const ${t} most = x > y ? x : y;
    const ${t} least = x > y ? y : x;
    const ${t} rest = log1p_${t}(exp2_${t}(least - most));
    ${t} w = fma_${t}(rest, ${number(t, "0x1.71547652b82fep+0" if t.is_double else "0x1.715476p+0")}, most);
    w = x == y ? x + 1 : w;
    w = magnitude_${t}(most) == (${t})(INFINITY) ? most : w;
    return (x != x) | (y != y) ? x + y : w;
}
</%def>

<%def name="tan(t)">
<%  b = bits(t) %>
static inline ${t} tan_${t}(${t} x)
{
    ${t} low;
    ${t.int} q;
    const ${t} r = reduce_angle_${t}(magnitude_${t}(x), &low, &q);
    const ${t} z = r * r;
    const ${t} p = ${horner(t, "z", "TAN")};
    const ${t} cube = r * z;
    const ${t} cube_low = fma_${t}(r, fma_${t}(r, r, -z), fma_${t}(r, z, -cube));
    const ${t} guess = fma_${t}(cube, p, r);
    const ${t} tail = fma_${t}(cube, p, fma_${t}(cube_low, p, fma_${t}(low * guess, guess, low)));
    const ${t} high = r + tail;
    const ${t} rest = tail - (high - r);
    // -1 / (high + rest)
    const ${t} inverse = divide_${t}(${number(t, "-1.0")}, high);
    const ${t} wrong = fma_${t}(inverse, rest, fma_${t}(inverse, high, ${number(t, "1.0")}));
    const ${t} y = ((q & 1) != 0) ? fma_${t}(inverse, wrong, inverse) : high;
    return as_${t}(as_${t.uint}(y) ^ (as_${t.uint}(x) & (${t.uint})(${b.sign})));
}
</%def>

<%def name="atan_of_ratio(t)">
// atan(a / b) for 0 <= a <= b as high + *low; b is far from overflow and underflow.
static inline ${t} atan_of_ratio_${t}(${t} a, ${t} b, ${t} *low)
{
    const ${t} u = divide_${t}(a, b);
    const ${t} lost = divide_${t}(fma_${t}(-u, b, a), b);
    const ${t} z = u * u;
    const ${t} p = ${horner(t, "z", "ATAN")};
    *low = fma_${t}(u * z, p, lost * fma_${t}(z, ${number(t, "-0.5")}, ${number(t, "1.0")}));
    return u;
}
</%def>

<%def name="from_angle(t)">
// A known angle (base + base_low) minus (high + low), for base >= high.
static inline ${t} from_angle_${t}(${t} base, ${t} base_low, ${t} high, ${t} low)
{
    const ${t} sum = base - high;
    return sum + (((base - sum) - high) + (base_low - low));
}
</%def>

<%def name="atan(t)">
<%  b = bits(t) %>
static inline ${t} atan_${t}(${t} x)
{
    ${t} a = magnitude_${t}(x);
    a = a > ${number(t, b.atan_one)} ? ${number(t, b.atan_one)} : a;
    const ${t} one = ${number(t, "1.0")};
    const ${t.mask} steep = a > one;
    ${t} low;
    const ${t} high = atan_of_ratio_${t}(steep ? one : a, steep ? a : one, &low);
    const ${t} y = steep ? from_angle_${t}(${number(t, b.half_pi_pair[0])}, ${number(t, b.half_pi_pair[1])}, high, low) : high + low;
    return with_sign_${t}(y, x);
}
</%def>

<%def name="atan2(t)">
<%  b = bits(t) %>
static inline ${t} atan2_${t}(${t} y, ${t} x)
{
    const ${t} ay = magnitude_${t}(y);
    const ${t} ax = magnitude_${t}(x);
    const ${t.mask} steep = ay > ax;
    ${t} least = steep ? ax : ay;
    ${t} most = steep ? ay : ax;
    // Both far from the ends of the range; equal infinities and zeros have the ratios of the standard.
    const ${t} one = ${number(t, "1.0")};
    const ${t.mask} infinite = most == (${t})(INFINITY);
    least = infinite ? (least == most ? one : ${number(t, "0.0")}) : least;
    most = infinite | (most == ${number(t, "0.0")}) ? one : most;
    const ${t} scale = most > ${number(t, b.far)} ? ${number(t, b.nearer)} : (most < ${number(t, b.small)} ? ${number(t, b.more)} : one);
    ${t} low;
    const ${t} high = atan_of_ratio_${t}(least * scale, most * scale, &low);
    const ${t.mask} left = as_${t.int}(x) < 0;
    // steep: pi/2 -+ the angle; flat: the angle, or pi minus it.
    const ${t} turn = steep ? ${number(t, b.half_pi_pair[0])} : ${number(t, b.pi[0])};
    const ${t} turn_low = steep ? ${number(t, b.half_pi_pair[1])} : ${number(t, b.pi[1])};
    const ${t.mask} plus = steep & left;
    const ${t} turned = from_angle_${t}(turn, turn_low, plus ? -high : high, plus ? -low : low);
    ${t} w = (steep | left) ? turned : high + low;
    w = with_sign_${t}(w, y);
    return (x != x) | (y != y) ? x + y : w;
}
</%def>

<%def name="asin_parts(t)">
// For a <= 1/2: asin(a) as high + *low. Above: asin(sqrt((1 - a) / 2)).
static inline ${t} asin_parts_${t}(${t} a, ${t} *low)
{
    const ${t.mask} near = a > ${number(t, "0.5")};
    // 1 - a is exact there.
    const ${t} half_rest = ${number(t, "0.5")} * (${number(t, "1.0")} - a);
    const ${t} root = square_root_${t}(half_rest);
    const ${t} doubled = root + root;
    const ${t} lost = doubled > ${number(t, "0.0")} ? divide_${t}(fma_${t}(-root, root, half_rest), doubled) : doubled;
    const ${t} s = near ? root : a;
    const ${t} z = s * s;
    const ${t} p = ${horner(t, "z", "ASIN")};
    *low = fma_${t}(s * z, p, near ? lost : ${number(t, "0.0")});
    return s;
}
</%def>

<%def name="asin(t)">
<%  b = bits(t) %>
static inline ${t} asin_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    ${t} low;
    const ${t} high = asin_parts_${t}(a, &low);
    const ${t} y = a > ${number(t, "0.5")} ? from_angle_${t}(${number(t, b.half_pi_pair[0])}, ${number(t, b.half_pi_pair[1])}, high + high, low + low) : high + low;
    return with_sign_${t}(y, x);
}
</%def>

<%def name="acos(t)">
<%  b = bits(t) %>
static inline ${t} acos_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    ${t} low;
    const ${t} high = asin_parts_${t}(a, &low);
    const ${t.mask} near = a > ${number(t, "0.5")};
    const ${t.mask} minus = x < ${number(t, "0.0")};
    const ${t} base = near ? ${number(t, b.pi[0])} : ${number(t, b.half_pi_pair[0])};
    const ${t} base_low = near ? ${number(t, b.pi[1])} : ${number(t, b.half_pi_pair[1])};
    const ${t} h = near ? high + high : high;
    const ${t} l = near ? low + low : low;
    const ${t.mask} plus = minus & !near;
    const ${t} y = from_angle_${t}(base, base_low, plus ? -h : h, plus ? -l : l);
    return near & (x > ${number(t, "0.0")}) ? h + l : y;
}
</%def>

<%def name="log_of_sum(t)">
<%  b = bits(t) %>
// log(a + root + root_low) for a >= 1/2 and the root of about a^2.
static inline ${t} log_of_sum_${t}(${t} a, ${t} root, ${t} root_low)
{
    const ${t.mask} large = a > ${number(t, b.asinh_large)};
    const ${t} sum = a + root;
    const ${t} part = sum - a;
    const ${t} rest = ((a - (sum - part)) + (root - part)) + root_low;
    const ${t} c = large ? ${number(t, "0.0")} : divide_${t}(rest, sum);
    ${t} low;
    const ${t} high = log_parts_${t}(large ? a : sum, large ? ${number(t, "1.0")} : ${number(t, "0.0")}, c, &low);
    return high + low;
}
</%def>

<%def name="asinh(t)">
<%  b = bits(t) %>
static inline ${t} asinh_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} a = magnitude_${t}(x);
    const ${t} v = a > ${number(t, b.asinh_large)} ? ${number(t, b.asinh_large)} : a;
    const ${t} square = fma_${t}(v, v, one);
    const ${t} lost = fma_${t}(v, v, one - square);
    const ${t} root = square_root_${t}(square);
    const ${t} root_low = divide_${t}(fma_${t}(-root, root, square) + lost, root + root);
    const ${t} large = log_of_sum_${t}(a, root, root_low);
    const ${t} z = v * v;
    const ${t} p = ${horner(t, "z", "ASINH")};
    ${t} y = a < ${number(t, "0.5")} ? fma_${t}(v * z, p, v) : large;
    y = a < (${t})(INFINITY) ? y : a;
    return with_sign_${t}(y, x);
}
</%def>

<%def name="acosh(t)">
<%  b = bits(t) %>
static inline ${t} acosh_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} v = x > ${number(t, b.asinh_large)} ? ${number(t, b.asinh_large)} : x;
    // (x - 1) (x + 1), and what it lost.
    const ${t} less = v - one;
    const ${t} more = v + one;
    const ${t} more_low = one - (more - v);
    const ${t} square = less * more;
    const ${t} lost = fma_${t}(less, more_low, fma_${t}(less, more, -square));
    const ${t} root = square_root_${t}(square);
    const ${t} root_low = root > ${number(t, "0.0")} ? divide_${t}(fma_${t}(-root, root, square) + lost, root + root) : root;
    ${t} y = log_of_sum_${t}(x, root, root_low);
    y = x < (${t})(INFINITY) ? y : x;
    return x < one ? as_${t}((${t.int})(${b.nan})) : y;
}
</%def>

<%def name="atanh(t)">
<%  b = bits(t) %>
static inline ${t} atanh_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} a = magnitude_${t}(x);
    // log((1 + a) / (1 - a)) / 2; for a >= 1/2 the difference is exact.
    const ${t} v = a < one ? a : ${number(t, "0.5")};
    const ${t} top = v + one;
    const ${t} top_low = v - (top - one);
    const ${t} bottom = one - v;
    const ${t} ratio = divide_${t}(top, bottom);
    const ${t} lost = divide_${t}(fma_${t}(-ratio, bottom, top) + top_low, bottom);
    ${t} low;
    const ${t} high = log_parts_${t}(ratio, ${number(t, "0.0")}, divide_${t}(lost, ratio), &low);
    const ${t} large = ${number(t, "0.5")} * (high + low);
    const ${t} z = v * v;
    const ${t} p = ${horner(t, "z", "ATANHX")};
    ${t} y = v < ${number(t, "0.5")} ? fma_${t}(v * z, p, v) : large;
    y = a == one ? (${t})(INFINITY) : y;
    y = a <= one ? y : as_${t}((${t.int})(${b.nan}));
    return with_sign_${t}(y, x);
}
</%def>

<%def name="cbrt(t)">
<%  b = bits(t) %>
static inline ${t} cbrt_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    // a = 2^(3 k) m with m in [1, 8).
    const ${t.mask} tiny = a < as_${t}((${t.int})(${b.least}));
    const ${t.int} i = as_${t.int}(tiny ? a * ${number(t, b.up)} : a);
    const ${t} e = convert_${t}((i >> ${b.shift}) - ${b.bias}) - (tiny ? ${number(t, f"{b.shift}.0")} : ${number(t, "0.0")});
    // e / 3 rounded down: a third of a unit is far from a rounding error.
    const ${t} k = fma_${t}(e - ${number(t, "1.0")}, ${number(t, b.third)}, ${number(t, b.magic)}) - ${number(t, b.magic)};
    const ${t} f = as_${t}((i & (${t.int})(${b.mantissa})) | (${t.int})(${b.one}));
    const ${t} m = f * power_of_two_${t}(fma_${t}(k, ${number(t, "-3.0")}, e));
    // A polynomial for the root of 1 to 8, then Newton's steps, the last with the exact residual.
    ${t} y = ${horner(t, "m", "CBRT")};
% for step in range(2 if t.is_double else 1):
    y = y + divide_${t}(fma_${t}(-y, y * y, m), ${number(t, "3.0")} * (y * y));
% endfor
    const ${t} square = y * y;
    const ${t} square_low = fma_${t}(y, y, -square);
    const ${t} wrong = fma_${t}(-y, square_low, fma_${t}(-y, square, m));
    y = y + divide_${t}(wrong, ${number(t, "3.0")} * square);
    y = y * power_of_two_${t}(k);
    y = (a == ${number(t, "0.0")}) | !(a < (${t})(INFINITY)) ? a : y;
    return with_sign_${t}(y, x);
}
</%def>

<%def name="hypot(t)">
<%  b = bits(t) %>
static inline ${t} hypot_${t}(${t} x, ${t} y)
{
    const ${t} ax = magnitude_${t}(x);
    const ${t} ay = magnitude_${t}(y);
    const ${t} most = ax > ay ? ax : ay;
    const ${t} least = ax > ay ? ay : ax;
    const ${t.mask} large = most > ${number(t, b.root_large)};
    const ${t.mask} small = most < ${number(t, b.root_small)};
    const ${t} scale = large ? ${number(t, b.less)} : (small ? ${number(t, b.root_up)} : ${number(t, "1.0")});
    const ${t} back = large ? ${number(t, b.more)} : (small ? ${number(t, b.root_down)} : ${number(t, "1.0")});
    const ${t} p = most * scale;
    const ${t} q = least * scale;
    const ${t} root = square_root_${t}(fma_${t}(p, p, q * q));
    // What is missing: p^2 + q^2 - root^2.
    const ${t} square = root * root;
    const ${t} square_low = fma_${t}(root, root, -square);
    const ${t} wrong = fma_${t}(q, q, fma_${t}(p, p, -square)) - square_low;
    ${t} w = (root + divide_${t}(wrong, root + root)) * back;
    w = (most == ${number(t, "0.0")}) ? most : w;
    w = (x != x) | (y != y) ? x + y : w;
    return (ax == (${t})(INFINITY)) | (ay == (${t})(INFINITY)) ? (${t})(INFINITY) : w;
}
</%def>

<%def name="scaled(t)">
<%  b = bits(t) %>
// 2^n y for y near 1, in two steps of which only the second can round.
static inline ${t} scaled_${t}(${t} y, ${t} n)
{
    const ${t.int} k = convert_${t.int}(n);
    const ${t.int} h = k >> 1;
    return y * as_${t}((h + ${b.bias}) << ${b.shift}) * as_${t}((k - h + ${b.bias}) << ${b.shift});
}
</%def>

<%def name="log_twice(t)">
<%  b = bits(t) %>
// log(x) for finite x > 0 as high + *low, to a third more than twice the precision of one number.
static inline ${t} log_twice_${t}(${t} x, ${t} *low)
{
    ${t} n;
    const ${t} f = split_log_${t}(x, &n);
    // s = f / (2 + f) in two numbers.
    const ${t} d = f + ${number(t, "2.0")};
    const ${t} d_low = f - (d - ${number(t, "2.0")});
    const ${t} s = divide_${t}(f, d);
    const ${t} s_low = divide_${t}(fma_${t}(-s, d_low, fma_${t}(-s, d, f)), d);
    const ${t} z = s * s;
    const ${t} z_low = fma_${t}(s + s, s_low, fma_${t}(s, s, -z));
    const ${t} cube = s * z;
    const ${t} cube_low = fma_${t}(s_low, z, fma_${t}(s, z_low, fma_${t}(s, z, -cube)));
    // s^3 (2/3 + z P), the factor in two numbers.
    const ${t} p = ${horner(t, "z", "ATANH5")};
    const ${t} factor = fma_${t}(z, p, ${number(t, b.two_thirds[0])});
    const ${t} factor_low = fma_${t}(z, p, ${number(t, b.two_thirds[0])} - factor) + ${number(t, b.two_thirds[1])};
    const ${t} w = fma_${t}(cube, factor, ${number(t, "0.0")});
    const ${t} w_low = fma_${t}(cube_low, factor, fma_${t}(cube, factor_low, fma_${t}(cube, factor, -w)));
    // n ln 2 + 2 s + w, the first product exact.
    const ${t} a = n * ${number(t, b.ln2_short[0])};
    const ${t} twice = s + s;
    const ${t} one = a + twice;
    const ${t} part = one - a;
    const ${t} one_lost = (a - (one - part)) + (twice - part);
    const ${t} two = one + w;
    const ${t} rest = fma_${t}(n, ${number(t, b.ln2_short[1])}, ((one_lost + (w - (two - one))) + (s_low + s_low)) + w_low);
    const ${t} high = two + rest;
    *low = rest - (high - two);
    return high;
}
</%def>

<%def name="pow(t)">
<%  b = bits(t) %>
static inline ${t} pow_${t}(${t} x, ${t} y)
{
    const ${t} zero = ${number(t, "0.0")};
    const ${t} one = ${number(t, "1.0")};
    const ${t} a = magnitude_${t}(x);
    const ${t.mask} usual = (a > zero) & (a < (${t})(INFINITY));
    ${t} log_low;
    const ${t} log_high = log_twice_${t}(usual ? a : one, &log_low);
    // y log|x| in two numbers, and its exponential.
    const ${t} product = y * log_high;
    ${t} v = product > ${number(t, b.pow_high)} ? ${number(t, b.pow_high)} : product;
    v = v < ${number(t, b.exp_low)} ? ${number(t, b.exp_low)} : v;
    const ${t} v_low = fma_${t}(y, log_low, fma_${t}(y, log_high, -product));
    ${t} low;
    ${t} n;
    const ${t} high = exp_parts_${t}(v, &low, &n);
    ${t} w = scaled_${t}(high + fma_${t}(high + low, v_low, low), n);
    w = product >= ${number(t, b.pow_high)} ? (${t})(INFINITY) : w;
    w = product <= ${number(t, b.exp_low)} ? zero : w;
    const ${t} ay = magnitude_${t}(y);
    const ${t.mask} rare = !(usual & (x > zero) & (ay < (${t})(INFINITY)));
    if (any_lane_${t}(rare)) {
        // Of 0 and infinity; of 1 and -1 to infinite powers.
        const ${t.mask} grows = (y > zero) == (a > one);
        w = usual ? w : (grows ? (${t})(INFINITY) : zero);
        w = a == one ? one : w;
        // Negative x: whole and odd y.
        const ${t} half_y = ay * ${number(t, "0.5")};
        const ${t.mask} whole = (ay >= ${number(t, b.up)}) | ((ay + ${number(t, b.up)}) - ${number(t, b.up)} == ay);
        const ${t.mask} odd = whole & (half_y < ${number(t, b.up)}) & ((half_y + ${number(t, b.up)}) - ${number(t, b.up)} != half_y);
        const ${t.mask} minus = as_${t.int}(x) < 0;
        w = (minus & odd) ? -w : w;
        w = (x < zero) & usual & !whole ? as_${t}((${t.int})(${b.nan})) : w;
        w = (x != x) | (y != y) ? x + y : w;
        w = (y == zero) | (x == one) ? one : w;
    }
    return w;
}
</%def>

<%def name="erf(t)">
<%  b = bits(t) %>
static inline ${t} erf_${t}(${t} x)
{
    const ${t} a = magnitude_${t}(x);
    const ${t} z = a * a;
    const ${t} p = ${horner(t, "z", "ERF")};
    // 1 - e^-g(a), where the exponential is at most 0.16.
    const ${t} v = a > ${number(t, b.erf_one)} ? ${number(t, b.erf_one)} : a;
    const ${t} u = v - ${number(t, "1.25")};
    const ${t} p_log = ${horner(t, "u", "ERF_LOG", 1)};
<%  middle = horner(t, "u", "ERF_LOG", 0).rsplit(", ", 1)[1][:-1] %>
    const ${t} g = fma_${t}(u, p_log, ${middle});
    const ${t} g_low = fma_${t}(u, p_log, ${middle} - g);
    const ${t} e = exp_${t}(-g);
    const ${t} large = ${number(t, "1.0")} - fma_${t}(-e, g_low, e);
    return with_sign_${t}(a >= ${number(t, "1.0")} ? large : fma_${t}(a, p, a), x);
}
</%def>

<%def name="erfc(t)">
<%  b = bits(t) %>
static inline ${t} erfc_${t}(${t} x)
{
    const ${t} one = ${number(t, "1.0")};
    const ${t} m = magnitude_${t}(x);
    const ${t} a = m > ${number(t, b.erfc_zero)} ? ${number(t, b.erfc_zero)} : m;
    // Small: 1 - erf.
    const ${t} z = a * a;
    const ${t} p = ${horner(t, "z", "ERF")};
    const ${t} sum = one - x;
    const ${t} small = sum + fma_${t}(-x, p, (one - sum) - x);
    // e^(-a^2) F(t) / (1 + 2 a), t = (a - 4) / (a + 4).
    const ${t} ratio = divide_${t}(a - ${number(t, "4.0")}, a + ${number(t, "4.0")});
    const ${t} f = ${horner(t, "ratio", "ERFC")};
    const ${t} z_low = fma_${t}(a, a, -z);
    ${t} low;
    ${t} n;
    const ${t} high = exp_parts_${t}(-z, &low, &n);
    const ${t} e = high + fma_${t}(-(high + low), z_low, low);
    const ${t} y = scaled_${t}(divide_${t}(e * f, fma_${t}(a, ${number(t, "2.0")}, one)), n);
    const ${t} w = x < ${number(t, "0.0")} ? ${number(t, "2.0")} - y : y;
    return m >= ${number(t, "0.5")} ? w : small;
}
</%def>
