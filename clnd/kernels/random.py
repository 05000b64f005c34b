"""Random numbers: uniform, normal, exponential, Bernoulli, integers and raw bits, from Philox4x32-10 counters.

What each element of a draw is, to the bit, stands at the top of ``templates/random.cl.mako``; it is
the definition of clnd's streams and does not change. In short: a seed of 64 bits is the key, the
number of the draw is the upper half of the counter, and element ``i`` depends on these and on ``i``
alone, so neither the device nor the launch has a part in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.dtypes import FLOAT, DType, facts
from clnd.errors import DTypeError
from clnd.kernels import tuning
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.kernel import Parameters, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.templates import CType, Source, render

__all__ = ["RECORDS", "plan", "shared_out", "takes", "words"]

_PROBLEMS = ((0,), (1,), (2,), (3,), (5,), (31,), (33,), (63,), (64,), (65,), (1000,), (4097,), (100_003,))

RECORDS = of_families(
    "random",
    # GROUPS: vectors of counters in one turn of the loop. CHUNK: most elements of a work-group.
    cpu={"GROUPS": (1, 2), "CHUNK": (1 << 14, 1 << 12, 1 << 16)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    moved=lambda problem, itemsize: problem[0] * itemsize,
    problems=_PROBLEMS,
)

# Every compute unit of a CPU gets so many work-groups at least: some cores are slower than others.
_SHARES = 4
_MASK32 = (1 << 32) - 1


def words(seed: int, draw: int) -> tuple[int, int, int, int]:
    """Seed and number of a draw as a kernel takes them: words of 32 bits, the lower ones first."""
    return seed & _MASK32, seed >> 32 & _MASK32, draw & _MASK32, draw >> 32 & _MASK32


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


def _lanes(info: DeviceInfo, kind: str, dtype: DType) -> int:
    """Counters in a vector: words have 64 bits in a CPU's."""
    if info.family == "cpu":
        return info.vector_bytes // 8
    return 2 if _takes_two_words(kind, dtype) else 1


def _store_width(info: DeviceInfo, kind: str, dtype: DType) -> int:
    """Elements of one store: a vector of them, and never more than a CPU's vectors hold."""
    if info.family != "cpu":
        return 4
    return _lanes(info, kind, dtype) * (1 if _takes_two_words(kind, dtype) or dtype.itemsize == 8 else 2)


def takes(device: OpenDevice, kind: str, dtype: DType, epilogue: Epilogue) -> bool:
    """Whether the kernel can go on with ``epilogue``."""
    return epilogue.suits(device, _store_width(device.info, kind, dtype))


def plan(
    device: OpenDevice, kind: str, dtype: DType, n: int, wide: bool, fast: bool = False, after: EpilogueKey | None = None
) -> Plan:
    """The launch of a draw of ``n`` elements, more than none. ``wide``: counted in 64 bits; ``after``: its epilogue.

    A run is given the buffer and the offset of the first element in it, `words`, what `ops.parameters.checked` gives, and the epilogue's arguments.

    Raises
    ------
    DTypeError
        For float64 on a device that has none.
    """
    row, info = facts(dtype), device.info
    if row.needs_fp64 and not info.fp64:
        raise DTypeError(f'[{kind}] got float64; {info.name} has no float64; draw float32, as in .astype("float32")')
    p = tuning.parameters(RECORDS[info.family], dtype, device)
    real = row.compute if row.kind == FLOAT and kind != "bernoulli" else None
    two_words = _takes_two_words(kind, dtype)
    element = row.stored
    on_cpu = info.family == "cpu"
    index = "ulong" if on_cpu or wide else "uint"
    width, lanes = _store_width(info, kind, dtype), _lanes(info, kind, dtype)

    def text() -> Source:
        return render(
            "random", info.fast_arithmetic if fast else info.arithmetic, family=info.family, kind=kind,
            element=element.uint if kind == "bernoulli" else element, real=real, half=real is not None and row.is_half,
            two_words=two_words, index=index, lanes=lanes, GROUPS=p.get("GROUPS", 1), wide=width,
            e=None if after is None else Emit(after.recipe, width), patterns=() if after is None else after.patterns,
        )  # fmt: skip

    step = p["GROUPS"] * lanes * (2 if two_words else 4) if on_cpu else 4 * p["LOCAL"]
    groups, local, chunk = shared_out(info, p, n, step)
    args = Arguments().operand(0, np.uint64).add(np.uint64 if index == "ulong" else np.uint32, n, chunk)
    given = [*[np.uint32] * 4, *_parameter_types(kind, dtype, real)]
    for number, of in enumerate(given, 2):
        args.hole(number, of)
    if after is not None:
        after.take(args, 2 + len(given))
    variant = Variant(("random", kind, dtype, index, tuple(p.items()), fast, after), "random_numbers", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, n * dtype.itemsize),))


_COUNTS = {"bits": 0, "centred": 0, "uniform": 3, "normal": 2, "exponential": 1, "randint": 3}


def _parameter_types(kind: str, dtype: DType, real: CType | None) -> list[Any]:
    """The NumPy types of what `ops.parameters.checked` gives."""
    if kind == "bernoulli":
        return [np.uint32, np.dtype(f"u{dtype.itemsize}").type]
    if real is None:
        return [np.uint64] * _COUNTS[kind]
    return [np.float64 if real.is_double else np.float32] * _COUNTS[kind]
