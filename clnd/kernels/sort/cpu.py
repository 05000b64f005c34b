"""Sorts on CPUs: work-groups of one item. Long rows in chunks, a count and a move a digit; else an item sorts whole rows."""

from __future__ import annotations

import numpy as np

from clnd.kernels import tuning
from clnd.kernels.kernel import Kernel, ceil_div
from clnd.kernels.launch import Arguments, Launch, Plan
from clnd.kernels.sort.problem import Problem
from clnd.templates import render

__all__ = ["RECORD", "plan"]

RECORD = Kernel(
    name="sort",
    family="cpu",
    # SHARES: chunks of a long row for each core. ALONE: rows that are shorter are sorted by one item each.
    tunables={"SHARES": (1, 2, 4), "ALONE": (1 << 13, 1 << 12, 1 << 15)},
    fits=lambda p, dtype, device: True,
    moved=lambda problem, itemsize: 2 * itemsize * problem[0],
    flops=lambda problem: 0,
    problems=((1,), (2,), (3,), (255,), (256,), (257,), (1000,), (4097,), (8191,), (8192,), (8193,), (40_001,)),
)

# An item sorts every so many rows for each core, which share its scratch memory.
_ROWS_SHARES = 4


def plan(o: Problem) -> Plan:
    """The launches; a run is given buffer and offset of the operand, and the first block made is the result."""
    p = tuning.parameters(RECORD, o.dtype, o.device)
    cores = o.device.info.compute_units
    if o.n >= p["ALONE"] and o.rows < _ROWS_SHARES * cores and cores > 1:
        return _chunks(o, p["SHARES"] * cores)
    return _whole_rows(o, min(o.rows, _ROWS_SHARES * cores))


def _whole_rows(o: Problem, groups: int) -> Plan:
    """Each row by one item."""
    def text() -> str:
        return render("sort", o.device.info.arithmetic, family="cpu", step="rows", e=o.moved)

    args = Arguments().hole(0).hole(1, np.int64).hole(3).hole(2)
    made = [o.result_bytes, groups * o.n * o.element_bytes]
    if o.moved.form == "split":
        args.hole(4).hole(5)
        made += [4 * groups * o.n] * 2
    args.add(np.uint32, o.n).add(np.uint64, o.rows)
    return Plan((o.launch("rows", args, groups, 1, text, 2 * o.result_bytes),), tuple(made))


def _chunks(o: Problem, chunks: int) -> Plan:
    """Rows in ``chunks`` chunks each."""
    split = o.moved.form == "split"
    chunk = ceil_div(ceil_div(o.n, chunks), 64) * 64
    chunks = ceil_div(o.n, chunk)
    tasks = o.rows * chunks
    # Blocks made: the result, scratch for elements, counts, bits, and scratch for places.
    made = [o.result_bytes, o.rows * o.n * o.element_bytes, 1024 * tasks, 16 * tasks, *([4 * o.rows * o.n] * 2 if split else ())]
    sizes = (o.n, chunks, chunk)
    launches: list[Launch] = []
    for digit in range(o.moved.digits):
        args = Arguments().hole(0).hole(1, np.int64).hole(3).hole(2).hole(4).hole(5).add(np.uint32, *sizes, digit)
        launches.append(o.launch("count", args, tasks, 1, lambda: _text(o, "count"), o.result_bytes))
        args = Arguments().hole(0).hole(1, np.int64).hole(3).hole(2)
        if split:
            args.hole(6).hole(7)
        args.hole(4).hole(5).add(np.uint32, *sizes, digit)
        launches.append(o.launch("move", args, tasks, 1, lambda: _text(o, "move"), 2 * o.result_bytes))
    return Plan(tuple(launches), tuple(made))


def _text(o: Problem, step: str) -> str:
    return render("sort", o.device.info.arithmetic, family="cpu", step=step, e=o.moved)
