"""What a device is and can do: facts asked of the driver, and arithmetic measured by a probe.

Devices are measured, not believed: the probe runs a handful of hard cases and decides how fma,
division and square root are spelled in every later kernel, so that all devices give the same bits.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pyopencl as cl

from clnd.errors import BuildError, DriverError
from clnd.records import light_dataclass
from clnd.requirements import pip
from clnd.runtime import architecture, cache, pocl
from clnd.templates import DRIVER_FUNCTIONS, Arithmetic, CType, Source, render

__all__ = ["ROUNDED", "DeviceInfo", "Probe", "describe", "keeps_subnormals", "probe", "rounds_when_asked"]

ROUNDED = "-cl-fp32-correctly-rounded-divide-sqrt"
"""The build option with which a compiler that has it rounds float32 division and square root correctly."""

# Goes into the key of kept findings: raise it with every change of the cases, or of how results are judged.
_REVISION = 3

# Until the probe has run.
DEFAULT_ARITHMETIC = Arithmetic()


@light_dataclass(frozen=True)
class DeviceInfo:
    """The facts of one device that kernels, the pool and messages depend on. Sizes are in bytes.

    ``family`` is which of the two kernel families runs here ("cpu" or "gpu"); ``kind`` is what the
    device is called in a context. They differ when a family is forced or a GPU is pretended.
    ``architecture`` is what tuned parameters are shared by; empty where it is not known.
    ``vector_bytes`` is the size of the vectors that kernels for CPUs are written with: 64 where the device has them.
    ``registers`` are those, of 4 bytes, that an item of a GPU's kernel may take with enough others there to hide latency.
    """

    driver: str
    platform: str
    name: str
    vendor: str
    version: str
    kind: str
    family: str
    compute_units: int
    max_work_group_size: int
    local_mem_size: int
    global_mem_size: int
    max_alloc_size: int
    fp64: bool
    unified_memory: bool
    architecture: str = ""
    # The CPU that the driver makes code for, where that is known (`pocl.target`).
    target: str = ""
    vector_bytes: int = 32
    registers: int = 128
    # Most operations of one fused kernel: beyond it compilers slow down and registers spill.
    most_steps: int = 96
    slow_fma: bool = False
    slow_functions: frozenset[str] = frozenset()
    # Whether its threads are slow to wake the one that waits for them, which then looks for a while before it sleeps.
    wakes_slowly: bool = False
    # Whether waiting for the queue does not wait for all that is in it: then the last event is waited for, too.
    finish_forgets: bool = False
    build_options: tuple[str, ...] = ()
    arithmetic: Arithmetic = DEFAULT_ARITHMETIC
    subnormals: bool = True
    same_bits: bool = True
    same_bits_reasons: tuple[str, ...] = ()

    @property
    def same_bits_answer(self) -> str:
        """Whether results carry the promised bits: "yes", "yes except subnormals" or "no: ..."."""
        if not self.same_bits:
            return "no: " + "; ".join(self.same_bits_reasons)
        return "yes" if self.subnormals else "yes except subnormals"

    @functools.cached_property
    def fast_arithmetic(self) -> Arithmetic:
        """How math mode "fast" computes: contracted, and by the driver's functions where these are fast."""
        return replace(self.arithmetic, contract=True, of_driver=DRIVER_FUNCTIONS - self.slow_functions)

    @property
    def identity(self) -> str:
        """Device, driver, platform versions and build options in one line: what compiled programs depend on."""
        return "|".join((self.platform, self.name, self.vendor, self.version, self.target, *self.build_options))


def describe(driver: str, device: cl.Device, kind: str) -> DeviceInfo:
    """Ask ``device`` for its facts. The arithmetic is the probe's to find, oddities are the quirks' to add."""
    extensions = device.extensions.split()
    fp64 = "cl_khr_fp64" in extensions or bool(getattr(device, "double_fp_config", 0))
    return DeviceInfo(
        driver=driver,
        platform=device.platform.name.strip(),
        name=device.name.strip(),
        vendor=device.vendor.strip(),
        version=f"{device.version.strip()} / {device.driver_version.strip()}",
        kind=kind,
        family=kind,
        compute_units=max(1, device.max_compute_units),
        max_work_group_size=device.max_work_group_size,
        local_mem_size=device.local_mem_size,
        global_mem_size=device.global_mem_size,
        max_alloc_size=device.max_mem_alloc_size,
        fp64=fp64,
        unified_memory=bool(device.type & cl.device_type.CPU),
        architecture=architecture.of_device(device),
        registers=architecture.registers(device.vendor),
        target=pocl.target(device),
        vector_bytes=64 if kind == "cpu" and device.native_vector_width_float >= 16 else 32,
    )


def rounds_when_asked(device: cl.Device) -> bool:
    """Whether the driver says that it has the option `ROUNDED`. NVIDIA's and AMD's are off by up to three units without it."""
    return bool(device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT)


# --- the probe ---------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Probe:
    """What the probe saw, as flags; `arithmetic` turns them into spellings."""

    fma_builtin: bool
    fma_contracted: bool
    contracts_unasked: bool
    guard_works: bool
    divide: bool
    sqrt: bool
    subnormals: bool

    def applied(self, info: DeviceInfo) -> DeviceInfo:
        """``info`` with the arithmetic that these findings ask for."""
        reasons = []
        # Contraction on request permits an fma and does not oblige it: Intel's compiler splits some in
        # large kernels. So the builtin comes first, except where it is a slow call.
        contracted = self.fma_contracted and (info.slow_fma or not self.fma_builtin)
        fma = "contract" if contracted else "builtin" if self.fma_builtin else "software"
        if self.contracts_unasked and not self.guard_works:
            reasons.append("the compiler fuses a product into a sum although it was told not to")
        return replace(
            info,
            arithmetic=Arithmetic(
                fma=fma,
                divide="exact" if self.divide else "corrected",
                sqrt="exact" if self.sqrt else "corrected",
                guard_products=self.contracts_unasked,
                vectors="unaligned" if info.family == "cpu" else "vload",
            ),
            subnormals=self.subnormals,
            same_bits=not reasons,
            same_bits_reasons=tuple(reasons),
        )


def _cases() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Triples (a, b, c) whose fma differs from multiply-then-add, and hard quotients and roots."""
    rng = np.random.default_rng(20)
    a = rng.uniform(1, 2, 64).astype(np.float32)
    b = rng.uniform(1, 2, 64).astype(np.float32)
    # c = -(a*b) rounded: the fma is then the rounding error of the product, the plain sum is 0.
    c = -(a * b)
    triples = np.stack([a, b, c], axis=1)
    # Addends from far below to far above the product, of either sign: what an fma in software shifts.
    far = np.ldexp(rng.uniform(1, 2, 64) * rng.choice([-1, 1], 64), np.arange(-32, 32))
    wide = np.stack([a, b, far.astype(np.float32)], axis=1)
    # Sums that are zero, and products added to a zero: libclc's own fma gives fma(0, -1, 0) as -0.
    zeros = np.array([(x, y, z) for x in (0.0, -0.0, 1.3) for y in (1.7, -1.7) for z in (0.0, -0.0)], dtype=np.float32)
    return np.ascontiguousarray(np.concatenate([triples, wide, zeros]))


def _ends() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Triples (a, b, 0) whose quotients and roots drivers get wrong at the ends of the range: subnormal numbers, infinities, NaN."""
    bits = [0, 1, 3, 0x7FFFFF, 0x800000, 0x800001, 0x1FFFFFF, 0x3F7FFFFF, 0x3F800000, 0xBFFFFFFF, 0x40400000, 0x7E800001, 0x7F7FFFFF, 0x7F800000, 0x7FC00000]
    numbers = np.array(bits, dtype=np.uint32).view(np.float32)
    return np.stack([np.repeat(numbers, len(bits)), np.tile(numbers, len(bits)), np.zeros(len(bits) ** 2, np.float32)], axis=1)


def probe(context: cl.Context, queue: cl.CommandQueue, info: DeviceInfo, build: Callable[[Source, str], Any]) -> Probe:
    """Run the cases on the device, scalar and vector, and compare with exact arithmetic.

    ``build`` makes a kernel (`program.Kernel`) of a source and a name. The findings are kept in the
    cache directory by device, driver and what makes the probe, so that the next process runs nothing. Whether subnormals are kept
    is found here as well, but a host program can change it: `keeps_subnormals` looks again.
    """
    sources = _sources(info)
    key = _key(info, sources)
    kept = _read(cache.load(key))
    if kept is not None:
        return kept
    cases, ends = _cases(), _ends()
    try:
        kernels = [build(source, "probe") for source in sources]
    except BuildError as error:
        advice = "update the driver or choose another device with CLND_DEVICE"
        if "unknown target CPU" in str(error):  # an LLVM that is older than the CPU
            advice = f"its compiler does not know this CPU: install a newer one, or Intel's runtime, {pip()} install intel-opencl-rt intel-cmplr-lib-rt"
        raise DriverError(f"[probe] the driver {info.driver!r} could not compile the probe for {info.name}; {advice}\n{error}") from error
    flags = np.ones(6, dtype=bool)
    contracts = False
    for kernel in kernels:
        got = _run_probe(context, queue, kernel, np.concatenate([cases, ends, _SUBNORMAL]))
        subnormals = _kept_subnormal(got[-1:])
        flags_here, contracts_here = _compared(got[: len(cases)], cases)
        flags &= [*flags_here, subnormals]
        flags[3:5] &= _right_at_the_ends(got[len(cases) : -1], ends, subnormals)
        contracts |= contracts_here
    found = Probe(
        fma_builtin=bool(flags[0]),
        fma_contracted=bool(flags[1]),
        contracts_unasked=contracts,
        guard_works=bool(flags[2]),
        divide=bool(flags[3]),
        sqrt=bool(flags[4]),
        subnormals=bool(flags[5]),
    )
    cache.store(key, json.dumps(asdict(found)).encode())
    return found


def keeps_subnormals(context: cl.Context, queue: cl.CommandQueue, info: DeviceInfo, build: Callable[[Source, str], Any]) -> bool:
    """Whether kernels that run in this process keep subnormal numbers."""
    return all(_kept_subnormal(_run_probe(context, queue, build(source, "probe"), _SUBNORMAL)) for source in _sources(info))


def _sources(info: DeviceInfo) -> list[Source]:
    """The probe's kernels: for scalars, and for vectors."""
    return [render("probe", Arithmetic(), t=CType("float", width)) for width in (1, 8 if info.family == "cpu" else 4)]


def _key(info: DeviceInfo, sources: list[Source]) -> str:
    """Where findings are kept: by the device, and by the sources and this file, which decide what is found."""
    made_by = [source.key or source.text for source in sources]
    return "probe-" + hashlib.sha256("\0".join((str(_REVISION), info.identity, *made_by)).encode()).hexdigest()


def _read(kept: bytes | None) -> Probe | None:
    """The findings that were kept; None where there are none, or they are not a `Probe`'s fields."""
    try:
        values = json.loads(kept or b"null")
    except ValueError:
        return None
    names = {field.name for field in fields(Probe)}
    if not isinstance(values, dict) or values.keys() != names or any(type(v) is not bool for v in values.values()):
        return None
    return Probe(**values)


_SUBNORMAL = np.array([[1e-30, 1e-10, 0.0]], dtype=np.float32)  # the product is 2^-132.9


def _kept_subnormal(got: np.ndarray[Any, Any]) -> bool:
    from clnd.runtime import exact

    # The product as bits: this thread may flush subnormals as well.
    return int(got[0, 2]) == exact.product32(float(_SUBNORMAL[0, 0]), float(_SUBNORMAL[0, 1]))


def _run_probe(context: cl.Context, queue: cl.CommandQueue, kernel: Any, cases: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The words that the probe gives for each case."""
    flags = cl.mem_flags
    source = cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=cases)
    result = np.zeros((len(cases), 8), dtype=np.uint32)
    target = cl.Buffer(context, flags.WRITE_ONLY, result.nbytes)
    kernel.cl.set_args(source, target, np.uint32(len(cases)), np.float32(-0.0))
    cl.enqueue_nd_range_kernel(queue, kernel.cl, (1,), (1,))
    cl.enqueue_copy(queue, result, target)
    kernel.save_binary()
    return result


def _compared(got: np.ndarray[Any, Any], cases: np.ndarray[Any, Any]) -> tuple[list[bool], bool]:
    """What agrees with exact arithmetic (fma twice, the guard, quotient, root), and whether products were contracted."""
    from clnd.runtime import exact

    exact_fma = np.array([exact.fma32(float(a), float(b), float(c)) for a, b, c in cases])
    a, b, c = cases.T
    product = a * b
    plain = (product + c).view(np.uint32)
    twice = ((product + c) * (product - c)).view(np.uint32)
    quotient = np.array([exact.quotient32(float(x), float(y)) for x, y, _ in cases])
    root = np.array([exact.sqrt32(abs(float(x))) for x in a])
    wanted = ((0, exact_fma), (1, exact_fma), (7, plain), (5, quotient), (6, root))
    same = [bool((got[:, k] == words).all()) for k, words in wanted]
    contracts = any(bool((got[:, k] != words).any()) for k, words in ((2, plain), (3, twice), (4, plain)))
    return same, contracts


def _right_at_the_ends(got: np.ndarray[Any, Any], ends: np.ndarray[Any, Any], subnormals: bool) -> tuple[bool, bool]:
    """Whether all quotients are right, and all roots; of a device that flushes subnormal numbers, those that meet none."""
    from clnd.runtime import exact

    quotient = np.array([exact.quotient32(float(a), float(b)) for a, b, _ in ends], dtype=np.uint32)
    root = np.array([exact.sqrt32(abs(float(a))) for a, _, _ in ends], dtype=np.uint32)
    operands = ends[:, :2].view(np.uint32)

    def right(k: int, wanted: np.ndarray[Any, Any], given: np.ndarray[Any, Any]) -> bool:
        seen = [np.ascontiguousarray(words) & 0x7FFFFFFF for words in (*given.T, wanted)]
        judged = subnormals | ~np.any([(words > 0) & (words < 0x800000) for words in seen], axis=0)
        nan = (seen[-1] > exact.INFINITY) & ((got[:, k] & 0x7FFFFFFF) > exact.INFINITY)
        return bool(((got[:, k] == wanted) | nan | ~judged).all())

    return right(5, quotient, operands), right(6, root, operands[:, :1])
