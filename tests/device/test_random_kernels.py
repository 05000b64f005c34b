"""Random numbers: every element of every kind equals the streams' definition, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clnd import dtypes
from clnd.errors import ArgumentError, DTypeError
from clnd.kernels import elementwise, random, tuning
from clnd.kernels.launch import run
from clnd.ops.parameters import checked
from clnd.runtime.launch import enqueue
from clnd.runtime.opened import OpenDevice
from clnd.templates import Library, assemble
from tests import streams

Array = np.ndarray[Any, Any]

SIZES = (0, 1, 2, 3, 5, 63, 64, 65, 1000, 4097)
SEED, DRAW = 0x123456789ABCDEF0, 0xFEDCBA9876543210
FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
REFERENCE: dict[str, Callable[..., Array]] = {
    "bits": streams.bits,
    "uniform": streams.uniform,
    "normal": streams.normal,
    "exponential": streams.exponential,
    "bernoulli": streams.bernoulli,
    "randint": streams.randint,
}


def draw(
    device: OpenDevice,
    kind: str,
    dtype: str,
    n: int,
    *parameters: Any,
    seed: int = SEED,
    number: int = DRAW,
    offset: int = 0,
    **tunables: int,
) -> Array:
    """One draw, with guard elements in front and behind that must stay as they are."""
    one = np.dtype(dtype)
    if one == np.float64 and not device.info.fp64:
        pytest.skip("the device has no float64")
    host = np.full((offset + n + 40) * one.itemsize, 0xA5, np.uint8)
    block = device.pool.allocate(host.nbytes)
    device.write(block, host)
    if tunables:
        device = device.without_kernels()
        tuning.assign(random.RECORDS[device.info.family], one, device, tunables)
    scalars = checked(kind, one, *parameters)
    if n:
        wide = elementwise.reaches_beyond_32_bits(n)
        plan = device.planned(("test", kind, one, n, wide), lambda: random.plan(device, kind, one, n, wide))
        run(device, plan, (block.buffer, offset, *random.words(seed, number), *scalars))
    device.read(block, host)
    first, end = offset * one.itemsize, (offset + n) * one.itemsize
    assert (host[:first] == 0xA5).all(), "wrote in front of its elements"
    assert (host[end:] == 0xA5).all(), "wrote behind its elements"
    return host[first:end].view(one)


def assert_stream(device: OpenDevice, kind: str, dtype: str, n: int, *parameters: Any, **how: int) -> None:
    got = draw(device, kind, dtype, n, *parameters, **how)
    want = REFERENCE[kind](dtype, n, how.get("seed", SEED), how.get("number", DRAW), *parameters)
    assert got.dtype == want.dtype
    wrong = np.flatnonzero(got.view(f"u{got.itemsize}") != want.view(f"u{got.itemsize}"))
    assert not len(wrong), f"{len(wrong)} of {n}; the first, {wrong[0]}: {got[wrong[0]]!r}, not {want[wrong[0]]!r}"


# --- words ---------------------------------------------------------------------------------------

# Counter, key and words: the known answers that Random123 publishes (tests/kat_vectors).
KNOWN = (
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
)


def hexadecimal(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_of_the_reference(counter: str, key: str, expected: str) -> None:
    k0, k1 = hexadecimal(key)
    assert streams.philox(np.array(hexadecimal(counter)), (k0, k1)).tolist() == hexadecimal(expected)


def test_known_answer_of_the_kernel(family_device: OpenDevice) -> None:
    got = draw(family_device, "bits", "uint32", 4, seed=0, number=0)
    assert got.tolist() == hexadecimal(KNOWN[0][2])


_PHILOX = """
__kernel void known_answer(__global uint *out, const uint c0, const uint c1, const uint c2, const uint c3, const uint k0, const uint k1)
{
    const uint4 block = philox_block_uint4((uint4)(c0, c1, c2, c3), k0, k1);
    ulong4 w0 = (ulong4)(c0), w1 = (ulong4)(c1), w2 = (ulong4)(c2), w3 = (ulong4)(c3);
    philox_lanes_ulong4(&w0, &w1, &w2, &w3, k0, k1);
    out[0] = block.s0; out[1] = block.s1; out[2] = block.s2; out[3] = block.s3;
    out[4] = w0.s0; out[5] = w1.s1; out[6] = w2.s2; out[7] = w3.s3;
}
"""


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_known_answers_of_both_forms_on_the_device(device: OpenDevice, counter: str, key: str, expected: str) -> None:
    """No draw begins at these counters: the functions are called alone."""
    kernel = device.programs.kernel(assemble(Library(device.info.arithmetic), _PHILOX), "known_answer")
    kernel.set_scalar_types([None, *[np.uint32] * 6])
    host = np.zeros(8, np.uint32)
    block = device.pool.allocate(host.nbytes)
    enqueue(device, kernel, (1,), (1,), (block.buffer, *hexadecimal(counter), *hexadecimal(key)), host.nbytes)
    device.read(block, host)
    assert host.tolist() == hexadecimal(expected) * 2


# --- every kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_bits(family_device: OpenDevice, n: int) -> None:
    assert_stream(family_device, "bits", "uint32", n)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform(family_device: OpenDevice, dtype: str, n: int) -> None:
    assert_stream(family_device, "uniform", dtype, n, -1.7, 2.9)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_normal(family_device: OpenDevice, dtype: str, n: int) -> None:
    assert_stream(family_device, "normal", dtype, n, 0.3, 1.7)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_exponential(family_device: OpenDevice, dtype: str, n: int) -> None:
    assert_stream(family_device, "exponential", dtype, n, 1.7)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ["bool", *INTEGERS, *FLOATS])
def test_bernoulli(family_device: OpenDevice, dtype: str, n: int) -> None:
    assert_stream(family_device, "bernoulli", dtype, n, 0.3)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_randint(family_device: OpenDevice, dtype: str, n: int) -> None:
    assert_stream(family_device, "randint", dtype, n, 3, 113)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_randint_of_every_value(family_device: OpenDevice, dtype: str) -> None:
    limits = np.iinfo(dtype)
    for low, high in (
        (limits.min, limits.max + 1),
        (limits.min, limits.max),
        (limits.max, limits.max + 1),
        (-7 if limits.min else 0, 9),
    ):
        assert_stream(family_device, "randint", dtype, 100, int(low), int(high))


KINDS: tuple[tuple[Any, ...], ...] = (
    ("bits", "uint32"), ("uniform", "float16", 0, 1), ("uniform", "float32", 0, 1), ("uniform", "float64", 0, 1),
    ("normal", "float16", 0, 1), ("normal", "float32", 0, 1), ("normal", "float64", 0, 1), ("randint", "int32", 0, 100),
    ("exponential", "float16", 2), ("exponential", "float32", 2), ("exponential", "float64", 2),
    ("bernoulli", "bool", 0.3), ("bernoulli", "float32", 0.3), ("bernoulli", "float64", 0.3),
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_seeds_draws_and_places(family_device: OpenDevice, kind: tuple[Any, ...]) -> None:
    name, dtype, *parameters = kind
    for seed, number in ((0, 0), (1, 1 << 32), (1 << 32, 1), ((1 << 64) - 1, (1 << 64) - 1)):
        assert_stream(family_device, name, dtype, 37, *parameters, seed=seed, number=number, offset=5)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_launch_sizes(family_device: OpenDevice, kind: tuple[Any, ...]) -> None:
    name, dtype, *parameters = kind
    launches = {
        "cpu": [{"GROUPS": g, "CHUNK": c} for g in (1, 2) for c in (64, 512)],
        "gpu": [{"LOCAL": n, "WAVES": w} for n, w in ((1, 1), (8, 1), (8, 64))],
    }
    for tunables in launches[family_device.info.family]:
        assert_stream(family_device, name, dtype, 1000, *parameters, **tunables)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def test_64_bit_counting(family_device: OpenDevice, kind: tuple[Any, ...], index64: None) -> None:
    name, dtype, *parameters = kind
    assert_stream(family_device, name, dtype, 1000, *parameters)


def test_a_shorter_draw_is_the_start_of_a_longer_one(family_device: OpenDevice) -> None:
    long = draw(family_device, "normal", "float32", 1001, 0, 1)
    assert draw(family_device, "normal", "float32", 333, 0, 1).tobytes() == long[:333].tobytes()


# --- ranges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform_never_reaches_high(family_device: OpenDevice, dtype: str) -> None:
    eps = float(np.finfo(dtype).eps)
    for low, high in ((1.0, 1.0 + eps), (1.0, 1.0 + 3 * eps), (-1.0, 0.0), (0.0, 1.0), (1000.0, 1001.0)):
        assert_stream(family_device, "uniform", dtype, 1000, low, high)
        x = draw(family_device, "uniform", dtype, 1000, low, high).astype(np.float64)
        assert x.min() >= low
        assert x.max() < high
    assert (draw(family_device, "uniform", dtype, 50, 2.5, 2.5) == 2.5).all()


@pytest.mark.parametrize("p", [0, 1, 0.5, 2.0**-33, 3 * 2.0**-33, 2.0**-32, 1 - 2.0**-33, 1 - 2.0**-32, 1e-300, -0.0, np.float32(0.1)])
def test_bernoulli_at_its_ends(family_device: OpenDevice, p: float) -> None:
    assert_stream(family_device, "bernoulli", "bool", 100, p)
    assert_stream(family_device, "bernoulli", "float16", 100, p)


def test_the_bernoulli_threshold_is_rounded_to_even() -> None:
    one = 0x3F800000
    for p, last, value in (
        (0, 0, 0), (2.0**-33, 0, 0), (2.0**-32, 0, one), (3 * 2.0**-33, 1, one), (1 - 2.0**-32, 2**32 - 2, one), (1, 2**32 - 1, one),
    ):  # fmt: skip
        assert checked("bernoulli", dtypes.float32, p) == (last, value)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("scale", [0, -0.0, 1e-3, 1, 60000])
def test_exponential_scales(family_device: OpenDevice, dtype: str, scale: float) -> None:
    with np.errstate(over="ignore"):
        assert_stream(family_device, "exponential", dtype, 333, scale)
    x = draw(family_device, "exponential", dtype, 333, scale)
    assert (x >= 0).all()
    assert not np.signbit(x).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_reference_is_exponential(dtype: str) -> None:
    """The definition itself: close to inversion computed in float64."""
    got = streams.exponential(dtype, 20_000, SEED, DRAW, 1).astype(np.float64)
    w = streams.words(SEED, DRAW, 40_000).astype(np.float64)
    u = (w[0::2] + w[1::2] * 2.0**32 + 0.5) * 2.0**-64 if dtype == "float64" else (w[:20_000] + 0.5) * 2.0**-32
    # The rounding of u shows where its logarithm is small.
    assert (np.abs(got + np.log(u)) <= 2 * np.finfo(dtype).eps * (1 - np.log(u))).all()


def test_randint_reaches_both_ends(family_device: OpenDevice) -> None:
    x = draw(family_device, "randint", "int32", 1000, -3, 4)
    assert np.unique(x).tolist() == [-3, -2, -1, 0, 1, 2, 3]


def test_moments(family_device: OpenDevice) -> None:
    x = draw(family_device, "normal", "float32", 4097, 0, 1).astype(np.float64)
    # Four standard deviations of each estimate.
    assert abs(x.mean()) < 4 / 4097**0.5
    assert abs((x**2).mean() - 1) < 4 * (2 / 4097) ** 0.5
    assert abs((x[:-1] * x[1:]).mean()) < 4 / 4097**0.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_reference_is_normal(dtype: str) -> None:
    """The definition itself: close to Box and Muller computed in float64."""
    got = streams.normal(dtype, 20_000, SEED, DRAW, 0, 1).astype(np.float64)
    w = streams.words(SEED, DRAW, 40_000).astype(np.float64)
    if dtype == "float64":
        radius, turn = (w[0::4] + w[1::4] * 2.0**32 + 0.5) * 2.0**-64, (w[2::4] + w[3::4] * 2.0**32) * 2.0**-64
    else:
        radius, turn = (w[0:20_000:2] + 0.5) * 2.0**-32, w[1:20_000:2] * 2.0**-32
    r = np.sqrt(-2 * np.log(radius))
    want = np.stack([r * np.cos(2 * np.pi * turn), r * np.sin(2 * np.pi * turn)], 1).reshape(-1)
    # Near a radius of 0 the word's rounding shows; elsewhere a few units of the last place.
    room = np.repeat(4 * np.finfo(dtype).eps * (r + 1 / r), 2)
    assert (np.abs(got - want) <= room).all()


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "dtype", "parameters"),
    [
        ("uniform", "float32", (1, 0)),
        ("uniform", "float32", (0, float("nan"))),
        ("uniform", "float32", (-3e38, 3e38)),
        ("uniform", "float16", (0, 1e5)),
        ("normal", "float32", (0, -1)),
        ("normal", "float32", (float("inf"), 1)),
        ("randint", "int8", (0, 129)),
        ("randint", "uint8", (-1, 3)),
        ("randint", "int32", (3, 3)),
        ("randint", "int32", (0, 1.5)),
        ("uniform", "float32", (0, 10**400)),
        ("normal", "float32", ("loc", 1)),
        ("exponential", "float32", (-1,)),
        ("exponential", "float32", (float("nan"),)),
        ("exponential", "float16", (1e5,)),
        ("exponential", "float64", ("scale",)),
        ("bernoulli", "bool", (-0.1,)),
        ("bernoulli", "bool", (1.0000001,)),
        ("bernoulli", "float32", (float("nan"),)),
        ("bernoulli", "float32", ("p",)),
    ],
)
def test_bad_parameters(kind: str, dtype: str, parameters: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentError, match=rf"\[{kind}\] got .*expected"):
        checked(kind, np.dtype(dtype), *parameters)


@pytest.mark.parametrize(
    ("kind", "dtype"), [("uniform", "int32"), ("normal", "complex64"), ("randint", "float32"), ("bits", "uint8"), ("exponential", "int32"), ("bernoulli", "complex64")]
)
def test_bad_dtypes(kind: str, dtype: str) -> None:
    with pytest.raises(DTypeError, match=rf"\[{kind}\] got dtype {dtype}; it draws"):
        checked(kind, np.dtype(dtype), *{"bits": (), "exponential": (1,), "bernoulli": (0.5,)}.get(kind, (0, 1)))


def test_float64_needs_fp64(family_device: OpenDevice) -> None:
    poor = family_device.without_kernels()
    poor.info = replace(family_device.info, fp64=False)
    with pytest.raises(DTypeError, match="has no float64"):
        random.plan(poor, "uniform", dtypes.float64, 4, wide=False)
