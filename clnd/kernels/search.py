"""Searching in a sorted table: one launch."""

from __future__ import annotations

from clnd.dtypes import DType, facts
from clnd.kernels import tuning
from clnd.kernels.elementwise import geometry, index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render

__all__ = ["RECORDS", "plan"]

_PROBLEMS = ((1, 1), (1, 17), (2, 16), (3, 33), (17, 100), (1000, 1000), (1025, 31))

RECORDS = of_families(
    "search",
    # TOGETHER: searches that go in step; GROUPS: work-groups a compute unit; LEAST and CHUNK: fewest and most elements of one.
    cpu={"TOGETHER": (16, 8, 32), "GROUPS": (4, 2, 8), "LEAST": (1024,), "CHUNK": (1 << 16,)},
    # LOCAL: items a work-group; GROUPS: work-groups a compute unit.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "GROUPS": (32, 16, 64)},
    moved=lambda problem, itemsize: problem[1] * (itemsize + 8),
    problems=_PROBLEMS,
)


def plan(device: OpenDevice, dtype: DType, n: int, m: int, right: bool) -> Plan:
    """The launch of ``m`` searches in a table of ``n`` elements, both more than none, of ``dtype``.

    A run is given buffer and offset of the table and of what is sought; both lie without gaps.
    """
    info, row = device.info, facts(dtype)
    p = tuning.parameters(RECORDS[info.family], dtype, device)
    together = p.get("TOGETHER", 1)
    index64 = reaches_beyond_32_bits(max(n, m))

    def text() -> Source:
        return render(
            "search", info.arithmetic, family=info.family, stored=row.stored, half=row.is_half, right=right,
            TOGETHER=together, index="ulong" if index64 else "uint",
        )  # fmt: skip

    count, _ = index_types(index64)
    groups, local, chunk = geometry(device, m, 1, p)
    args = Arguments().operand(0).add(count, n).operand(2).add(count, m).hole(4).add(count, chunk)
    variant = Variant(("search", dtype, right, index64, together), "search", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, m * (dtype.itemsize + 8)),), (8 * m,))
