"""Sorts on CPUs: work-groups of one item. Long rows in chunks, a count and a move a digit; else an item sorts whole rows."""

from __future__ import annotations

import numpy as np

from clnd.kernels import tuning
from clnd.kernels.kernel import Kernel, ceil_div
from clnd.kernels.launch import Arguments, Launch, Plan
from clnd.kernels.sort.problem import Problem
from clnd.templates.sorting import GRAINS, PARTS

__all__ = ["RECORD", "firsts", "parts_of", "plan"]

RECORD = Kernel(
    name="sort",
    family="cpu",
    # SHARES: chunks of a long row for each core. ALONE: rows that are shorter are sorted by one item each. NETWORK: up to so many
    # elements, rows are sorted side by side in vectors. SHARED: from so many elements on, a row is shared out by its highest bits first;
    # for places that gains little.
    tunables={
        "SHARES": (1, 2, 4), "ALONE": (1 << 13, 1 << 12, 1 << 15), "NETWORK": (1 << 12, 1 << 10, 1 << 13), "SHARED": (1 << 18, 1 << 16, 1 << 20),
    },
    fits=lambda p, dtype, device: True,
    moved=lambda problem, itemsize: 2 * itemsize * problem[0],
    flops=lambda problem: 0,
    problems=((1,), (2,), (3,), (255,), (256,), (257,), (1000,), (4097,), (8191,), (8192,), (8193,), (40_001,)),
)

# An item sorts every so many rows for each core, which share its scratch memory.
_ROWS_SHARES = 4
# Of a row's first k elements: a part has so many elements at least, so many times fewer must be left, and so many more have room beside them.
_LEAST_PART, _LEAST_GAIN, _ROOM = 1 << 14, 4, 256
# Fewer rows than these leave most lanes of a vector to none.
_LEAST_LANES = 4


def plan(o: Problem) -> Plan:
    """The launches; a run is given buffer and offset of the operand, and the first block made is the result."""
    p = tuning.parameters(RECORD, o.dtype, o.device)
    cores = o.device.info.compute_units
    if 1 < o.n <= p["NETWORK"] and o.rows >= _LEAST_LANES and o.moved.form != "split":
        return _lanes(o)
    if o.n >= p["ALONE"] and o.rows < _ROWS_SHARES * cores and cores > 1:
        shared = o.rows == 1 and o.n >= p["SHARED"] and o.moved.form == "keys" and o.dtype.itemsize >= 4
        return _chunks(o, p["SHARES"] * cores, shared)
    return _whole_rows(o, min(o.rows, _ROWS_SHARES * cores))


def parts_of(o: Problem, k: int) -> int:
    """Parts of a row for `firsts`; 0 where sorting the row is better."""
    cores = o.device.info.compute_units
    parts = 1 if o.rows >= _ROWS_SHARES * cores or o.n < _LEAST_PART * cores else cores
    return parts if o.n >= max(_LEAST_GAIN * parts * k, 4 * _ROOM) else 0


def firsts(o: Problem, k: int, parts: int) -> Plan:
    """The first ``k`` places of each of the parts of rows; a run is given what `plan`'s is."""
    lanes = min(16, o.device.info.vector_bytes // o.dtype.itemsize)
    tasks = o.rows * parts
    groups = min(tasks, _ROWS_SHARES * o.device.info.compute_units)
    room = k + max(k, _ROOM) + 4 * lanes

    args = Arguments().operand(0).hole(2).hole(3).hole(4).add(np.uint32, o.n, parts, k, room).add(np.uint64, tasks)
    launch = o.launch("firsts", args, groups, 1, o.rows * o.n * o.dtype.itemsize, lanes=lanes)
    return Plan((launch,), (8 * tasks * k, groups * room * o.dtype.itemsize, 4 * groups * room))


def _lanes(o: Problem) -> Plan:
    """Rows side by side, one in each lane."""
    size = 8 if o.moved.form == "pairs" or o.dtype.itemsize == 8 else 4
    lanes = o.device.info.vector_bytes // size
    groups = min(ceil_div(o.rows, lanes), _ROWS_SHARES * o.device.info.compute_units)
    most = max(lanes, 1 << (o.n - 1).bit_length())

    args = Arguments().operand(0).hole(2).hole(3).add(np.uint32, o.n, most).add(np.uint64, o.rows)
    launch = o.launch("lanes", args, groups, 1, 2 * o.result_bytes, lanes=lanes)
    return Plan((launch,), (o.result_bytes, groups * most * lanes * size))


def _whole_rows(o: Problem, groups: int) -> Plan:
    """Each row by one item."""
    args = Arguments().operand(0).hole(3).hole(2)
    made = [o.result_bytes, groups * o.n * o.element_bytes]
    if o.moved.form == "split":
        args.hole(4).hole(5)
        made += [4 * groups * o.n] * 2
    args.add(np.uint32, o.n).add(np.uint64, o.rows)
    return Plan((o.launch("rows", args, groups, 1, 2 * o.result_bytes),), tuple(made))


def _chunks(o: Problem, chunks: int, shared: bool) -> Plan:
    """Rows in ``chunks`` chunks each; ``shared``: the one row is shared out in parts first, if a sample says that it is worth it."""
    split = o.moved.form == "split"
    chunk = ceil_div(ceil_div(o.n, chunks), 64) * 64
    chunks = ceil_div(o.n, chunk)
    tasks = o.rows * chunks
    # Blocks made: the result, scratch for elements, counts, bits, and scratch for places.
    made = [o.result_bytes, o.rows * o.n * o.element_bytes, 1024 * tasks, 16 * tasks, *([4 * o.rows * o.n] * 2 if split else ())]
    sizes = (o.n, chunks, chunk)
    launches: list[Launch] = []

    if shared:
        launches, more = _shared_out(o, chunks, chunk)
        made += more
    for digit in range(o.moved.digits):
        for step in ("count", "move"):
            args = Arguments().operand(0).hole(3).hole(2)
            if split and step == "move":
                args.hole(6).hole(7)
            args.hole(4).hole(5)
            if shared:
                args.hole(_RULER)
            args.add(np.uint32, *sizes, digit)
            launches.append(o.launch(step, args, tasks, 1, 2 * o.result_bytes, shared=shared))
    return Plan(tuple(launches), tuple(made))


# The blocks of a row that is shared out, behind those of its sort by digits: the ruler, its table, counts of grains, starts, scratch.
_RULER, _TABLE, _COUNTS, _STARTS, _SCRATCH = range(6, 11)
# A part has about so many elements, and is expected to have so many of a sample.
_OF_PART, _SAMPLED = 1 << 13, 16


def _shared_out(o: Problem, chunks: int, chunk: int) -> tuple[list[Launch], list[int]]:
    """The launches that sort one row of keys by parts, and the blocks they need. They do nothing where one part would have too much of the row."""
    lanes = o.device.info.vector_bytes // o.dtype.itemsize
    parts = min(PARTS, 1 << max(4, (o.n // _OF_PART).bit_length() - 1))
    samples = min(_SAMPLED * parts, o.n)

    def add(step: str, args: Arguments, groups: int, moved: int) -> Launch:
        return o.launch(step, args, groups, 1, moved, lanes=lanes)

    def row() -> Arguments:
        return Arguments().operand(0).hole(_RULER).hole(_TABLE)

    # One core may sort as much as half of its share of the row in one part.
    most = max(samples // (2 * o.device.info.compute_units), 4 * _SAMPLED)
    launches = [
        add("sample", row().hole(_COUNTS).add(np.uint32, o.n, samples, parts, most), 1, 0),
        add("part_count", row().hole(4).add(np.uint32, o.n, chunk), chunks, o.result_bytes),
        add("part_move", row().hole(4).hole(_STARTS).hole(3).add(np.uint32, o.n, chunks, chunk), chunks, 2 * o.result_bytes),
        add("parts", Arguments().hole(3).hole(_SCRATCH).hole(2).hole(_RULER).hole(_STARTS), parts, 2 * o.result_bytes),
    ]
    return launches, [8 * (3 + 2 * PARTS), GRAINS, 4 * GRAINS, 4 * (PARTS + 1), o.n * o.element_bytes]
