"""Division and square root where the driver's are not correctly rounded: right for every number, whatever the driver's are off by.

Drivers for GPUs have division and square root that are off by up to three units (OpenCL allows 2.5 and 3), or wrong where an
operand or a result is subnormal. The drivers for CPUs that these tests run on have exact ones, so a test puts stand-ins in the place of the
operators: off by so many units, and flushing subnormal numbers to zero.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

from clnd.runtime import device as device_module
from clnd.runtime import opened
from clnd.runtime.device import ROUNDED
from clnd.runtime.opened import OpenDevice
from clnd.templates import Arithmetic, CType, Library, assemble

Host = np.ndarray[Any, Any]
CORRECTED = Arithmetic(divide="corrected", sqrt="corrected")
# What stands in for the driver's operators. Its own division flushes subnormal numbers, too, as some do.
STAND_INS = """
static inline T flushed(T x) {{ return as_T((as_I(x) & (I)(0x7f800000)) == (I)(0) ? as_I(x) & (I)((int)0x80000000) : as_I(x)); }}
static inline T driver_divide(T a, T b) {{ return flushed(as_T(as_I(flushed(a) / flushed(b)) + (I)({units}))); }}
static inline T driver_sqrt(T x) {{ return flushed(as_T(as_I(sqrt(flushed(x))) + (I)({units}))); }}
"""
KERNEL = {
    "divide": "out[i] = divide_T(a[i], b[i]);",
    "square_root": "out[i] = square_root_T(a[i]);",
}


def _source(function: str, t: CType, units: int) -> str:
    """A kernel of one function with the stand-ins in it."""
    kernel = f"""
__kernel void k(__global const T *a, __global const T *b, __global T *out, const uint n)
{{
    for (uint i = 0; i < n; i++) {KERNEL[function]}
}}
"""
    source = assemble(Library(CORRECTED), kernel.replace("_T(", f"_{t}("))
    division = re.compile(rf"\({t}\)\(([\d.]+f)\) / (\w+)")
    assert len(division.findall(source)) == 1, "another use of the driver's division"
    source = division.sub(rf"driver_divide(({t})(\1), \2)", source)
    if function == "square_root":
        assert source.count(" sqrt(") == 1, "another use of the driver's square root"
        source = source.replace(" sqrt(", " driver_sqrt(")
    assert " / " not in re.sub(r"//.*", "", source), "a division that is not the driver's"
    # Behind the pragma, before the functions.
    head, _, rest = source.partition("\n")
    source = head + STAND_INS.format(units=units) + rest
    return re.sub(r"\bI\b", str(t.int), re.sub(r"\bT\b", str(t), source.replace("as_T", f"as_{t}").replace("as_I", f"as_{t.int}")))


def _run(device: OpenDevice, function: str, t: CType, units: int, a: Host, b: Host) -> Host:
    kernel = device.programs.kernel(_source(function, t, units), "k").cl
    n = -(-len(a) // t.width)
    padded = [np.resize(x, n * t.width) for x in (a, b)]
    flags = cl.mem_flags
    context = device.queue.context
    sources = [cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=x) for x in padded]
    out = np.empty_like(padded[0])
    target = cl.Buffer(context, flags.WRITE_ONLY, out.nbytes)
    kernel.set_args(*sources, target, np.uint32(n))
    cl.enqueue_nd_range_kernel(device.queue, kernel, (1,), (1,))
    cl.enqueue_copy(device.queue, out, target)
    return out[: len(a)]


def _check(got: Host, wanted: Host, *operands: Host) -> None:
    same = (got.view(np.uint32) == wanted.view(np.uint32)) | (np.isnan(got) & np.isnan(wanted))
    bad = np.flatnonzero(~same)
    shown = [(*(float(x[i]).hex() for x in operands), float(got[i]).hex(), float(wanted[i]).hex()) for i in bad[:5]]
    assert not len(bad), f"{len(bad)} of {len(got)} differ: operands, got, expected: {shown}"


def _divide(a: Host, b: Host) -> Host:
    with np.errstate(all="ignore"):
        return a / b


def _special() -> Host:
    """The ends of every range, of both signs, and what lies beside them."""
    least = np.array([0, 1, 2, 3, 0x7FFFFE, 0x7FFFFF, 0x800000, 0x800001, 0xFFFFFF, 0x1000000], np.uint32)
    middle = np.array([0x3EFFFFFF, 0x3F000000, 0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3FFFFFFF, 0x40000000, 0x40400000], np.uint32)
    most = np.array([0x7E7FFFFF, 0x7E800000, 0x7F000000, 0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000], np.uint32)
    bits = np.concatenate([least, middle, most])
    powers = np.arange(1, 255, 9, dtype=np.uint32) << 23
    bits = np.concatenate([bits, powers, powers | 0x7FFFFF, np.uint32(1) << np.arange(23, dtype=np.uint32)])
    return np.concatenate([bits, bits | 0x80000000]).astype(np.uint32).view(np.float32)


def _pairs(x: Host) -> tuple[Host, Host]:
    return np.repeat(x, len(x)), np.tile(x, len(x))


def _ends(count: int) -> tuple[Host, Host]:
    """Pairs whose quotients lie around the smallest and the largest numbers, of every number of significant bits."""
    rng = np.random.default_rng(7)
    b = np.ldexp(rng.uniform(1, 2, count), rng.integers(-120, 120, count)).astype(np.float32)
    target = np.where(np.arange(count) % 4 == 0, rng.integers(125, 130, count), rng.integers(-152, -124, count))
    q = rng.integers(1 << 23, 1 << 24, count) >> rng.integers(0, 24, count)  # quotients of few bits lie at ties
    with np.errstate(all="ignore"):
        a = (np.ldexp(q.astype(np.float64), target - 23) * b).astype(np.float32)
    a = np.nextafter(a, rng.choice([-np.inf, 0.0, np.inf], count).astype(np.float32), dtype=np.float32)
    return a * rng.choice([-1, 1], count).astype(np.float32), b


def _near_ties(count: int) -> tuple[Host, Host]:
    """Pairs whose quotients come as near to the middle of two numbers as quotients of 24 bits can: 2^24 a = m b + 1 or -1, m odd."""
    rng = np.random.default_rng(8)
    found_a, found_b = [], []
    for b in (rng.integers(1 << 22, 1 << 23, count) * 2 + 1).tolist():
        for side in (1, -1):
            m = side * pow(-b, -1, 1 << 25) % (1 << 25)  # m b + side is a multiple of 2^25
            a = (m * b + side) >> 24
            if m >> 24 and 1 << 23 <= a < 1 << 24:
                found_a.append(a)
                found_b.append(b)
    return np.array(found_a, np.float32), np.array(found_b, np.float32)


UNITS = (-3, -1, 0, 2, 3)


@pytest.mark.parametrize("width", [1, 4, 8])
@pytest.mark.parametrize("units", UNITS)
def test_division_of_special_numbers(device: OpenDevice, units: int, width: int) -> None:
    a, b = _pairs(_special())
    if device.info.driver == "oclgrind":
        a, b = a[::17], b[::17]
    _check(_run(device, "divide", CType("float", width), units, a, b), _divide(a, b), a, b)


@pytest.mark.parametrize("width", [1, 4, 8])
@pytest.mark.parametrize("units", UNITS)
def test_roots_of_special_numbers(device: OpenDevice, units: int, width: int) -> None:
    x = _special()
    with np.errstate(all="ignore"):
        wanted = np.sqrt(x)
    _check(_run(device, "square_root", CType("float", width), units, x, x), wanted, x)


@pytest.mark.slow
@pytest.mark.parametrize("units", range(-3, 4))
def test_division(device: OpenDevice, units: int) -> None:
    rng = np.random.default_rng(units + 9)
    mantissas = np.arange(0x3F800000, 0x40000000, dtype=np.uint32).view(np.float32)
    one, all_ones = np.float32(1), np.uint32(0x3FFFFFFF).view(np.float32)
    words = rng.integers(0, 1 << 32, (2, 1 << 21), dtype=np.uint32).view(np.float32)
    ties_a, ties_b = _near_ties(20_000)
    assert len(ties_a) > 1000
    for a, b in (
        (words[0], words[1]), _ends(1 << 21), (ties_a, ties_b),
        (np.full_like(mantissas, one), mantissas),  # every reciprocal
        (mantissas, np.full_like(mantissas, all_ones)),  # the divisor whose reciprocal Markstein's theorem leaves out
    ):  # fmt: skip
        _check(_run(device, "divide", CType("float", 8), units, a, b), _divide(a, b), a, b)


@pytest.mark.slow
@pytest.mark.parametrize("units", range(-3, 4))
def test_every_root(device: OpenDevice, units: int) -> None:
    """Numbers of [1, 4) stand for all normal ones; every subnormal one is normalised by its own shift."""
    for first, last in ((0x3F800000, 0x40800000), (0, 0x800000)):
        x = np.arange(first, last, dtype=np.uint32).view(np.float32)
        _check(_run(device, "square_root", CType("float", 8), units, x, x), np.sqrt(x), x)


# --- the probe, and the option that makes a compiler round ---------------------------------------


def _opened(device: OpenDevice) -> OpenDevice:
    return OpenDevice(device._platform, device._device, device.info.kind, "")


def _stand_in(monkeypatch: pytest.MonkeyPatch, found: dict[str, bool], with_option: dict[str, bool]) -> list[tuple[str, ...]]:
    """A device whose probe finds ``found``, and ``with_option`` where it is built with the option; returns the options of each probe."""
    asked: list[tuple[str, ...]] = []

    def probe(*arguments: Any) -> device_module.Probe:
        info = arguments[2]
        asked.append(info.build_options)
        changed = with_option if ROUNDED in info.build_options else found
        return replace(device_module.probe(*arguments), **changed)

    monkeypatch.setattr(opened, "probe", probe)
    monkeypatch.setattr(opened, "rounds_when_asked", lambda device: True)
    return asked


def test_the_driver_rounds_when_asked(device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _stand_in(monkeypatch, {"divide": False, "sqrt": False}, {})
    other = _opened(device)
    assert len(asked) == 2
    assert ROUNDED in other.info.build_options
    assert (other.info.arithmetic.divide, other.info.arithmetic.sqrt) == ("exact", "exact")
    assert other.programs.info.build_options == other.info.build_options


@pytest.mark.parametrize("helps", [False, True])
def test_the_option_is_left_out_where_it_does_not_help(device: OpenDevice, monkeypatch: pytest.MonkeyPatch, helps: bool) -> None:
    _stand_in(monkeypatch, {"divide": helps, "sqrt": helps}, {"divide": False})
    other = _opened(device)
    assert ROUNDED not in other.info.build_options
    assert ROUNDED not in other.programs.info.build_options
    spelled = "exact" if helps else "corrected"
    assert (other.info.arithmetic.divide, other.info.arithmetic.sqrt) == (spelled, spelled)


def test_an_option_that_does_not_compile_is_left_out(device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(monkeypatch, {"sqrt": False}, {})
    monkeypatch.setattr(opened, "ROUNDED", "-no-such-option-of-any-compiler")
    monkeypatch.setattr("clnd.runtime.cache.load", lambda key: None)
    other = _opened(device)
    assert other.info.build_options == device.info.build_options
    assert other.info.arithmetic.sqrt == "corrected"


@pytest.mark.parametrize("subnormals", [False, True])
def test_the_probe_sees_what_drivers_do_at_the_ends(subnormals: bool) -> None:
    ends = device_module._ends()
    a, b = np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1])
    with np.errstate(all="ignore"):
        quotients, roots = a / b, np.sqrt(np.abs(a))

    def judged(quotients: Host, roots: Host) -> tuple[bool, bool]:
        got = np.zeros((len(ends), 8), np.uint32)
        got[:, 5], got[:, 6] = quotients.view(np.uint32), roots.view(np.uint32)
        return device_module._right_at_the_ends(got, ends, subnormals)

    def flushed(x: Host) -> Host:
        return np.where(np.abs(x) < np.float32(2**-126), np.copysign(np.float32(0), x), x)

    assert judged(quotients, roots) == (True, True)
    # A device that flushes, and one that says it does not: only the second one's division is corrected.
    with np.errstate(all="ignore"):
        assert judged(flushed(flushed(a) / flushed(b)), np.sqrt(flushed(np.abs(a)))) == (not subnormals, not subnormals)
    large = np.abs(b) > np.float32(2**126)
    # NVIDIA's division of a number by one above 2^126 is zero in the approximate form.
    assert judged(np.where(large, np.float32(0), quotients), roots) == (False, True)
    off = (roots.view(np.uint32) + ((roots > 0) & (roots < 1)).astype(np.uint32)).view(np.float32)
    assert judged(quotients, off) == (True, False)
