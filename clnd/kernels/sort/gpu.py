"""Sorts on GPUs: short rows in local memory, long ones by count, scan and move for each digit. Nothing waits for another work-group."""

from __future__ import annotations

import numpy as np

from clnd.dtypes import DType
from clnd.kernels import tuning
from clnd.kernels.kernel import MAX_GROUPS, Kernel, Parameters, ceil_div
from clnd.kernels.launch import Arguments, Launch, Plan
from clnd.kernels.sort.problem import Problem
from clnd.runtime.device import DeviceInfo

__all__ = ["RECORD", "firsts", "parts_of", "plan"]


def _fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    # Elements with their places, 16 counters of 2 bytes an item, sums, and two tables of values.
    element = 12 if dtype.itemsize == 8 else 8
    local = element * p["L"] * p["K"] + 36 * p["L"] + 2048
    return p["L"] <= device.max_work_group_size and local <= device.local_mem_size


RECORD = Kernel(
    name="sort",
    family="gpu",
    # L: items of a work-group. K: elements of an item in a tile.
    tunables={"L": (256, 128, 64, 32, 16, 8, 4, 2, 1), "K": (8, 4, 16, 2, 1)},
    fits=_fits,
    moved=lambda problem, itemsize: 2 * itemsize * problem[0],
    flops=lambda problem: 0,
    problems=((1,), (2,), (3,), (255,), (256,), (257,), (1000,), (2047,), (2048,), (2049,), (4097,), (10_001,)),
)

_SMALL_GROUP = 32
# Of parts so many times fewer elements must be left.
_LEAST_GAIN = 4


def plan(o: Problem) -> Plan:
    """The launches; a run is given buffer and offset of the operand, and the first block made is the result."""
    p = tuning.parameters(RECORD, o.dtype, o.device)
    items, own = p["L"], p["K"]
    if o.n <= items * own:
        return _whole_rows(o, min(items, _SMALL_GROUP) if o.n <= _SMALL_GROUP * own else items, own, 1, o.n)
    return _tiles(o, items, own)


def parts_of(o: Problem, k: int) -> int:
    """Parts of a row for `firsts`; 0 where sorting the row is better."""
    p = tuning.parameters(RECORD, o.dtype, o.device)
    parts = ceil_div(o.n, p["L"] * p["K"])
    return parts if parts > 1 and _LEAST_GAIN * parts * k <= o.n else 0


def firsts(o: Problem, k: int, parts: int) -> Plan:
    """The first ``k`` places of each of the parts of rows; a run is given what `plan`'s is."""
    p = tuning.parameters(RECORD, o.dtype, o.device)
    return _whole_rows(o, p["L"], p["K"], parts, k)


def _whole_rows(o: Problem, items: int, own: int, parts: int, k: int) -> Plan:
    """Each part of a row by a work-group; its first ``k``."""
    tasks = o.rows * parts
    made = tasks * k * o.result_bytes // (o.rows * o.n)
    args = Arguments().operand(0).hole(2).add(np.uint32, o.n, parts, k).add(np.uint64, tasks).add(np.uint32, 2 * o.moved.digits)
    launch = o.launch("rows", args, min(tasks, MAX_GROUPS), items, o.result_bytes + made, L=items, K=own)
    return Plan((launch,), (made,))


def _tiles(o: Problem, items: int, own: int) -> Plan:
    """Rows in tiles, three launches a digit."""
    split, digits = o.moved.form == "split", o.moved.digits
    tiles = ceil_div(o.n, items * own)
    tasks, lists = o.rows * tiles, o.rows * 256
    made = [o.result_bytes, o.rows * o.n * o.element_bytes, 4 * lists * tiles, 4 * lists, *([4 * o.rows * o.n] * 2 if split else ())]
    launches: list[Launch] = []

    def add(step: str, args: Arguments, groups: int) -> None:
        launches.append(o.launch(step, args, min(groups, MAX_GROUPS), items, o.result_bytes, L=items, K=own))

    for digit in range(digits):
        # The last digit's move ends in the result, block 2; scratch memory is block 3.
        left = digits - digit
        source, target = (3, 2) if left % 2 else (2, 3)
        places = ((6, 7) if left % 2 else (7, 6)) if split else ()
        args = Arguments().operand(0).hole(source).hole(4).add(np.uint32, o.n, tiles).add(np.uint64, tasks).add(np.uint32, digit)
        add("count", args, tasks)
        add("scan", Arguments().hole(4).hole(5).add(np.uint32, tiles).add(np.uint64, lists), lists)
        args = Arguments().operand(0).hole(source).hole(target)
        for number in places:
            args.hole(number)
        args.hole(4).hole(5).add(np.uint32, o.n, tiles).add(np.uint64, tasks).add(np.uint32, digit, int(left == 1))
        add("move", args, tasks)
    return Plan(tuple(launches), tuple(made))
