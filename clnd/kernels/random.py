"""Random numbers: uniform, normal, exponential, Bernoulli, integers and raw bits, from Philox4x32-10 counters.

What each element of a draw is, to the bit, stands at the top of ``templates/random.cl.mako``; it is
the definition of clnd's streams and does not change. In short: a seed of 64 bits is the key, the
number of the draw is the upper half of the counter, and element ``i`` depends on these and on ``i``
alone, so neither the device nor the launch has a part in it.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from clnd.dtypes import BOOL, FLOAT, INT, UINT, DType, facts, float16, iinfo, kind_names, uint32
from clnd.errors import ArgumentError, DTypeError
from clnd.kernels import tuning
from clnd.kernels.elementwise import reaches_beyond_32_bits
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.kernel import Kernel, Parameters
from clnd.kernels.launch import Arguments, Launch, Plan, Variant, run
from clnd.kernels.recipe import vector_width
from clnd.runtime.device import DeviceInfo
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.templates import CType, render

__all__ = ["KERNELS", "RANDOM_CPU", "RANDOM_GPU", "check", "launch", "plan", "shared_out", "words"]

_PROBLEMS = ((0,), (1,), (2,), (3,), (5,), (31,), (33,), (63,), (64,), (65,), (1000,), (4097,), (100_003,))

RANDOM_CPU = Kernel(
    name="random",
    family="cpu",
    # GROUPS: vectors of four counters in one turn of the loop. CHUNK: most elements of a work-group.
    tunables={"GROUPS": (1, 2), "CHUNK": (1 << 14, 1 << 12, 1 << 16)},
    fits=lambda p, dtype, device: True,
    moved=lambda problem, itemsize: problem[0] * itemsize,
    flops=lambda problem: 0,
    problems=_PROBLEMS,
)

RANDOM_GPU = Kernel(
    name="random",
    family="gpu",
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    tunables={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    fits=lambda p, dtype, device: p["LOCAL"] <= device.max_work_group_size,
    moved=lambda problem, itemsize: problem[0] * itemsize,
    flops=lambda problem: 0,
    problems=_PROBLEMS,
)

KERNELS = (RANDOM_CPU, RANDOM_GPU)
_RECORDS = {record.family: record for record in KERNELS}

# Every compute unit of a CPU gets so many work-groups at least: some cores are slower than others.
_SHARES = 4
_MASK32, _MASK64 = (1 << 32) - 1, (1 << 64) - 1
_KINDS = {
    "bits": frozenset({UINT}),
    "uniform": frozenset({FLOAT}),
    "normal": frozenset({FLOAT}),
    "exponential": frozenset({FLOAT}),
    "bernoulli": frozenset({BOOL, INT, UINT, FLOAT}),
    "randint": frozenset({INT, UINT}),
}


def launch(
    device: OpenDevice,
    kind: str,
    dtype: DType,
    n: int,
    seed: int,
    draw: int,
    parameters: tuple[Any, ...],
    out: Block,
    *,
    fast: bool = False,
    epilogue: Epilogue | None = None,
    values: Sequence[Any] = (),
) -> bool:
    """Write elements 0 .. n-1 of draw number ``draw`` of the stream ``seed`` into ``out``.

    Parameters
    ----------
    device : OpenDevice
        Where ``out`` lies.
    kind : str
        "uniform" with parameters (low, high), "normal" (loc, scale), "exponential" (scale),
        "bernoulli" (p), "randint" (low, high), high exclusive, or "bits" ().
    dtype : dtype
        A float for uniform, normal and exponential, anything but complex for bernoulli, an integer
        for randint, uint32 for bits.
    n : int
        How many elements.
    seed, draw : int
        Both are taken modulo 2^64.
    parameters : tuple
        What ``check`` accepts.
    out : Block
        Receives the elements.
    fast : bool
        Whether the last bits may differ: math mode "fast".
    epilogue : Epilogue, optional
        What is done with each element before it is stored.
    values : sequence
        The epilogue's arguments.

    Returns
    -------
    bool
        False, and nothing was done, where the kernel cannot take that epilogue.

    Raises
    ------
    ArgumentError, DTypeError
        As ``check``.
    """
    scalars = check(kind, dtype, *parameters)
    if n == 0:
        return True
    if epilogue is not None and not _takes(device, kind, dtype, epilogue):
        return False
    wide = reaches_beyond_32_bits(n)
    after = None if epilogue is None else epilogue.key
    key = ("random", kind, dtype, n, wide, fast, after)
    found = device.planned(key, lambda: plan(device, kind, dtype, n, wide, fast, after))
    run(device, found, (out.buffer, 0, *words(seed, draw), *scalars, *values))
    return True


def words(seed: int, draw: int) -> tuple[int, int, int, int]:
    """Seed and number of a draw as a kernel takes them: words of 32 bits, the lower ones first."""
    return seed & _MASK32, seed >> 32 & _MASK32, draw & _MASK32, draw >> 32 & _MASK32


# --- parameters ----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024, typed=True)
def check(kind: str, dtype: DType, *parameters: Any) -> tuple[Any, ...]:
    """The scalar arguments that a kernel takes for ``parameters``.

    Raises
    ------
    DTypeError
        Where the kind does not draw this dtype.
    ArgumentError
        Where a parameter is outside its range: low above high, an interval that is not finite,
        a negative scale, a probability outside 0 to 1, integers that the dtype does not hold.
    """
    takes = _KINDS[kind]
    if facts(dtype).kind not in takes or (kind == "bits" and dtype != uint32):
        expected = "uint32" if kind == "bits" else kind_names(takes)
        raise DTypeError(f"[{kind}] got dtype {dtype.name}; it draws {expected}; cast the result with astype()")
    if kind == "uniform":
        return _uniform(dtype, *parameters)
    if kind == "normal":
        return _normal(dtype, *parameters)
    if kind == "exponential":
        return _exponential(dtype, *parameters)
    if kind == "bernoulli":
        return _bernoulli(dtype, *parameters)
    if kind == "randint":
        return _randint(dtype, *parameters)
    return ()


def _rounded(kind: str, dtype: DType, value: float) -> Any:
    """A parameter in the dtype; infinite where it is too large. A negative zero counts as zero."""
    try:
        return dtype.type(float(value)) + dtype.type(0)
    except OverflowError:
        return dtype.type(math.inf)
    except (TypeError, ValueError):
        raise ArgumentError(f"[{kind}] got the parameter {value!r}; expected a number") from None


def _uniform(dtype: DType, low: float, high: float) -> tuple[float, float, float]:
    real = np.dtype(np.float32) if dtype == float16 else dtype
    with np.errstate(over="ignore", invalid="ignore"):
        first, end = _rounded("uniform", dtype, low), _rounded("uniform", dtype, high)
        size = real.type(end) - real.type(first)
    if not (first <= end and math.isfinite(size)):
        raise ArgumentError(
            f"[uniform] got low={low!r} and high={high!r} for {dtype.name}; expected low <= high, both and their "
            "difference finite"
        )
    last = np.nextafter(end, dtype.type(-np.inf)) if first < end else end
    return float(first), float(size), float(last)


def _normal(dtype: DType, loc: float, scale: float) -> tuple[float, float]:
    with np.errstate(over="ignore"):
        centre, spread = _rounded("normal", dtype, loc), _rounded("normal", dtype, scale)
    if not (math.isfinite(centre) and math.isfinite(spread) and spread >= 0):
        raise ArgumentError(
            f"[normal] got loc={loc!r} and scale={scale!r} for {dtype.name}; expected finite numbers, scale from 0 on"
        )
    return float(centre), float(spread)


def _exponential(dtype: DType, scale: float) -> tuple[float]:
    with np.errstate(over="ignore"):
        mean = _rounded("exponential", dtype, scale)
    if not 0 <= mean < math.inf:
        raise ArgumentError(f"[exponential] got scale={scale!r} for {dtype.name}; expected a finite number from 0 on")
    return (float(mean),)


def _bernoulli(dtype: DType, p: float) -> tuple[int, int]:
    try:
        chance = float(p)
    except (TypeError, ValueError, OverflowError):
        chance = math.nan
    if not 0 <= chance <= 1:
        raise ArgumentError(f"[bernoulli] got p={p!r}; expected a probability from 0 to 1")
    below = round(chance * 2**32)
    one = np.ones(1, dtype).view(f"u{dtype.itemsize}").item()
    # Words up to the largest below the threshold give 1; where none is below it, 1 is 0.
    return max(below - 1, 0), one if below else 0


def _randint(dtype: DType, low: int, high: int) -> tuple[int, int, int]:
    try:
        first, end = operator.index(low), operator.index(high)
    except TypeError:
        raise ArgumentError(f"[randint] got low={low!r} and high={high!r}; expected integers") from None
    limits = iinfo(dtype)
    if not (limits.min <= first < end <= limits.max + 1):
        raise ArgumentError(
            f"[randint] got low={low!r} and high={high!r} for {dtype.name}; expected low < high, "
            f"low from {limits.min} on and high up to {limits.max + 1}"
        )
    size = end - first
    # A range of 2^64 does not fit into 64 bits: then the words themselves are the result.
    return first & _MASK64, size & _MASK64, _MASK64 if size > _MASK64 else 0


# --- kernels -------------------------------------------------------------------------------------


def shared_out(info: DeviceInfo, p: Parameters, n: int, step: int) -> tuple[int, int, int]:
    """Work-groups, items a group, and the kernel's argument chunk; ``step``: elements that a group makes in one turn of its loop.

    On a CPU chunk is the elements of one work-group, on a GPU those of one turn of all of them.
    """
    turns = -(-n // step)
    if info.family == "cpu":
        chunk = min(p["CHUNK"], -(-turns // (_SHARES * info.compute_units)) * step)
        return -(-n // chunk), 1, chunk
    groups = min(p["WAVES"] * info.compute_units, turns)
    return groups, p["LOCAL"], groups * step


def _takes_two_words(kind: str, dtype: DType) -> bool:
    return kind == "randint" or (kind != "bernoulli" and dtype.itemsize == 8)


def _store_width(family: str, kind: str, dtype: DType) -> int:
    """Elements of one store: no vector is above 32 bytes, which PoCL 3 cannot compile."""
    return 8 if family == "cpu" and not _takes_two_words(kind, dtype) and dtype.itemsize < 8 else 4


def _takes(device: OpenDevice, kind: str, dtype: DType, epilogue: Epilogue) -> bool:
    """Whether the kernel can go on with ``epilogue``: operands in its own order, and vectors that are as short."""
    width = _store_width(device.info.family, kind, dtype)
    return epilogue.is_flat and width <= vector_width(epilogue.recipe, device.info.vector_bytes)


def plan(
    device: OpenDevice, kind: str, dtype: DType, n: int, wide: bool, fast: bool = False, after: EpilogueKey | None = None
) -> Plan:
    """The launch of a draw of ``n`` elements, more than none. ``wide``: counted in 64 bits; ``after``: its epilogue.

    A run is given the buffer and the offset of the first element in it, `words`, what `check` gives, and the epilogue's arguments.

    Raises
    ------
    DTypeError
        For float64 on a device that has none.
    """
    row, info = facts(dtype), device.info
    if row.needs_fp64 and not info.fp64:
        raise DTypeError(f'[{kind}] got float64; {info.name} has no float64; draw float32, as in .astype("float32")')
    p = tuning.parameters(_RECORDS[info.family], dtype, device)
    real = row.compute if row.kind == FLOAT and kind != "bernoulli" else None
    two_words = _takes_two_words(kind, dtype)
    element = CType(row.storage)
    on_cpu = info.family == "cpu"
    index = "ulong" if on_cpu or wide else "uint"
    width = _store_width(info.family, kind, dtype)

    def text() -> str:
        return render(
            "random", info.fast_arithmetic if fast else info.arithmetic, family=info.family, kind=kind,
            element=element.uint if kind == "bernoulli" else element, real=real, half=real is not None and row.is_half,
            two_words=two_words, index=index, GROUPS=p.get("GROUPS", 1), wide=width,
            e=None if after is None else Emit(after.recipe, width), patterns=() if after is None else after.patterns,
        )  # fmt: skip

    step = p["GROUPS"] * (8 if two_words else 16) if on_cpu else 4 * p["LOCAL"]
    groups, local, chunk = shared_out(info, p, n, step)
    args = Arguments().hole(0).hole(1, np.uint64).add(np.uint64 if index == "ulong" else np.uint32, n, chunk)
    given = [*[np.uint32] * 4, *_parameter_types(kind, dtype, real)]
    for number, of in enumerate(given, 2):
        args.hole(number, of)
    if after is not None:
        after.take(args, 2 + len(given))
    variant = Variant(("random", kind, dtype, index, tuple(p.items()), fast, after), "random_numbers", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, n * dtype.itemsize),))


_COUNTS = {"bits": 0, "uniform": 3, "normal": 2, "exponential": 1, "randint": 3}


def _parameter_types(kind: str, dtype: DType, real: CType | None) -> list[Any]:
    """The NumPy types of what `check` gives."""
    if kind == "bernoulli":
        return [np.uint32, np.dtype(f"u{dtype.itemsize}").type]
    if real is None:
        return [np.uint64] * _COUNTS[kind]
    return [np.float64 if real.is_double else np.float32] * _COUNTS[kind]
