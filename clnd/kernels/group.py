"""Values joined with places of a target, any number to one: by an order in which those for one place are together.

The values for a place are combined in the canonical order of sums, numbered as they come; what they make is joined with the target.
So the result depends on the values and their places alone, not on the device or on how the work is shared out.
"""

from __future__ import annotations

import numpy as np

from clnd.dtypes import DType, complex128, facts, int64, uint8
from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import in_a_group, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.random import shared_out
from clnd.kernels.recipe import Input, Recipe
from clnd.kernels.reduce import BLOCK, LANES, Accumulation
from clnd.records import light_dataclass
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render

__all__ = ["RECORDS", "Joining", "plan"]

# Local memory of an item of a GPU: the pairs of two levels of blocks, of the largest numbers.
_PAIRS_BYTES = 2 * LANES.bit_length() * complex128.itemsize
_PROBLEMS = ((0, 0), (1, 1), (3, 33), (7, 2049), (1000, 100), (10, 5000), (5000, 10_000))
"""Places of the target, and values."""


def _moved(problem: tuple[int, ...], itemsize: int) -> int:
    return problem[1] * (2 * int64.itemsize + itemsize)


RECORDS = of_families(
    "group",
    # CHUNK: most values of a work-group.
    cpu={"CHUNK": (1 << 14, 1 << 12, 1 << 16)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (64, 256, 128, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    gpu_fits=lambda p, dtype, device: in_a_group(p, dtype, device) and p["LOCAL"] * _PAIRS_BYTES <= device.local_mem_size,
    moved=_moved,
    flops=lambda problem: problem[1],
    problems=_PROBLEMS,
)


@light_dataclass(frozen=True)
class Joining:
    """What becomes of the values for a place: how they are combined, and C over x1, the target's element, and x2, what they make."""

    accumulation: Accumulation
    join: str


def plan(device: OpenDevice, joining: Joining, dtype: DType, key: DType, n: int, count: int, step: int) -> Plan:
    """The launch for ``count`` values, ``step`` apart, of a target of ``n`` elements; both are of ``dtype``.

    A run is given buffer and offset of the keys, the order, the values and the target.
    """
    info, how = device.info, joining.accumulation
    p = tuning.parameters(RECORDS[info.family], uint8, device)
    index64 = info.family == "cpu" or reaches_beyond_32_bits(count)

    def text() -> Source:
        return render(
            "group", info.arithmetic, e=Emit(Recipe((Input(dtype),), (), (0,)), 1), key=facts(key).storage, start=how.start, step=how.step,
            combine=how.combine, finish=how.finish, join=joining.join, acc_dtype=how.dtype, acc_type=facts(how.dtype).compute, dtype=dtype,
            BLOCK=BLOCK, LANES=LANES, LOCAL=p.get("LOCAL", 1), family=info.family, index="ulong" if index64 else "uint",
        )  # fmt: skip

    groups, local, chunk = shared_out(info, p, count, 64 if info.family == "cpu" else p["LOCAL"])
    args = Arguments().operand(0).operand(2).operand(4)
    args.add(np.int64, step).operand(6).add(np.uint64, n).add(index_types(index64)[0], count, chunk)
    variant = Variant(("group", joining, dtype, key, index64, p.get("LOCAL", 1)), "group", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, _moved((n, count), dtype.itemsize)),))
