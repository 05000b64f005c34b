"""Counting elements by slots: tables of 32-bit numbers, and their totals as int64."""

from __future__ import annotations

import numpy as np

from clnd.dtypes import INT, UINT, DType, facts, float32, float64, int64, uint64
from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import Parameters, ceil_div, in_a_group, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.records import light_dataclass
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render

__all__ = ["RECORDS", "Slots", "compared", "plan"]

_PROBLEMS = ((0, 1), (1, 1), (5, 3), (1003, 10), (4099, 70), (4099, 5000))

RECORDS = of_families(
    "histogram",
    # TABLES: tables of a work-group, used in turn; GROUPS: work-groups a compute unit.
    cpu={"TABLES": (4, 1, 2, 8), "GROUPS": (1, 2, 4)},
    # LOCAL: items a work-group, each with room for 16 counters in local memory; GROUPS: work-groups a compute unit.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "GROUPS": (8, 4, 32)},
    gpu_fits=lambda p, dtype, device: in_a_group(p, dtype, device) and 64 * p["LOCAL"] <= device.local_mem_size,
    moved=lambda problem, itemsize: problem[0] * itemsize,
    problems=_PROBLEMS,
)

# With more slots than this, several tables of a work-group would not stay in a core's cache.
_MANY_SLOTS = 1 << 15
# Fewer elements than this are not worth a second work-group.
_SMALL = 8192
# Elements of which a 32-bit counter can count all.
_MOST_OF_A_TABLE = (1 << 32) - 1


@light_dataclass(frozen=True)
class Slots:
    """How elements find their slots: by ``places``, or by edges that are ``even`` or any ``edges``; of how many, ``first`` to ``first + kept`` are results."""

    by: str
    count: int
    first: int
    kept: int


def compared(dtype: DType) -> DType:
    """What elements of ``dtype`` are compared in with edges."""
    row = facts(dtype)
    if row.kind in (INT, UINT) or row.kind == "bool":
        return uint64 if dtype is uint64 else int64
    return float32 if row.is_half else dtype


def plan(device: OpenDevice, dtype: DType, n: int, slots: Slots) -> Plan:
    """The launches that count ``n`` elements of ``dtype``, which lie without gaps.

    A run is given buffer and offset of the elements; with edges buffer and offset of these, and if they are even how many
    slots a unit has, how far the first edge is above where they begin, and how near a guess may come to a whole number, in float64
    for elements of float64, else in float32.
    """
    info = device.info
    p = tuning.parameters(RECORDS[info.family], dtype, device)
    return (_on_cpu if info.family == "cpu" else _on_gpu)(device, p, dtype, n, slots)


def _on_cpu(device: OpenDevice, p: Parameters, dtype: DType, n: int, slots: Slots) -> Plan:
    tables = p["TABLES"] if slots.count <= _MANY_SLOTS else 1
    # As many work-groups as have more to count than to add up, and as hold their counts in 32 bits.
    groups = max(1, min(p["GROUPS"] * device.info.compute_units, n // max(_SMALL, 2 * slots.count)), ceil_div(n, _MOST_OF_A_TABLE))
    chunk = ceil_div(ceil_div(n, groups), 64) * 64
    groups = max(1, ceil_div(n, chunk)) if chunk else 1
    builder = _Launcher(device, p, dtype, n, slots, tables)
    counting = builder.count("", groups, 1, chunk)
    total = builder.total(groups, tables * slots.count, min(ceil_div(slots.kept, 4096), 4 * device.info.compute_units), 1)
    return Plan((counting, total), (8 * slots.kept, 4 * groups * tables * slots.count))


def _on_gpu(device: OpenDevice, p: Parameters, dtype: DType, n: int, slots: Slots) -> Plan:
    local = p["LOCAL"]
    most = p["GROUPS"] * device.info.compute_units
    builder = _Launcher(device, p, dtype, n, slots, 1)
    in_local = slots.count <= 16 * local
    # A work-group that counts in local memory has more to count than to add up.
    worth = max(local, 2 * slots.count) if in_local else local
    counting = builder.count("local" if in_local else "global", max(1, min(most, ceil_div(n, worth))), local, 0)
    spread = max(1, min(most, ceil_div(slots.count, local)))
    return Plan((builder.clear(spread, local), counting, builder.total(1, slots.count, spread, local)), (8 * slots.kept, 4 * slots.count))


class _Launcher:
    """The launches of one plan: what they are given, the results, and the tables are numbered in that order."""

    def __init__(self, device: OpenDevice, p: Parameters, dtype: DType, n: int, slots: Slots, tables: int) -> None:
        self.device, self.p, self.dtype, self.n, self.slots, self.tables = device, p, dtype, n, slots, tables
        self.index64 = reaches_beyond_32_bits(max(n, slots.count))
        self.counts = index_types(self.index64)[0]
        self.given = {"places": 2, "edges": 4, "even": 7}[slots.by]

    def count(self, place: str, groups: int, local: int, chunk: int) -> Launch:
        """Elements are counted in the tables."""
        args = Arguments().operand(0).add(self.counts, self.n)
        if self.slots.by != "places":
            args.operand(2).add(self.counts, self.slots.count - 1)
        if self.slots.by == "even":
            of = np.float64 if compared(self.dtype) == float64 else np.float32
            args.hole(4, of).hole(5, of).hole(6, of)
        args.hole(self.given + 1).add(self.counts, self.slots.count, chunk)
        return self._launch("count", place, groups, local, args, self.n * self.dtype.itemsize)

    def clear(self, groups: int, local: int) -> Launch:
        """The table becomes 0."""
        return self._launch("clear", "", groups, local, Arguments().hole(self.given + 1).add(self.counts, self.slots.count))

    def total(self, tables: int, pitch: int, groups: int, local: int) -> Launch:
        """Tables are added up."""
        kept = self.slots.kept
        args = Arguments().hole(self.given + 1).add(self.counts, tables, pitch).hole(self.given)
        args.add(self.counts, self.slots.first, kept, ceil_div(kept, groups))
        return self._launch("total", "", groups, local, args)

    def _launch(self, phase: str, place: str, groups: int, local: int, args: Arguments, moved: int = 0) -> Launch:
        device, row, by = self.device, facts(self.dtype), self.slots.by if phase == "count" else ""
        info, tables = device.info, self.tables if phase == "count" else 1
        of = (self.dtype, by, tables, self.p.get("LOCAL", 1)) if phase == "count" else ()

        bits = facts(compared(self.dtype)).compute.bits

        def text() -> Source:
            return render(
                "histogram", info.arithmetic, family=info.family, phase=phase, slots=by, place=place, half=row.is_half,
                stored=row.stored, compared=facts(compared(self.dtype)).compute,
                width=max(4, min(16, info.vector_bytes * 8 // bits)), TABLES=tables, LOCAL=self.p.get("LOCAL", 1), index="ulong" if self.index64 else "uint",
            )  # fmt: skip

        variant = Variant(("histogram", phase, place, self.index64, of), f"histogram_{phase}", args.types, text)
        return Launch.of(variant, (groups,), (local,), args, moved)
