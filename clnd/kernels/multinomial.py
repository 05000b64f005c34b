"""Multinomial counts: each row is a chain of binomial numbers, made by one item.

What each element is, to the bit, stands at the top of ``templates/random.cl.mako``.
"""

from __future__ import annotations

import numpy as np

from clnd.dtypes import DType, facts
from clnd.kernels import tuning
from clnd.kernels.kernel import of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.random import shared_out
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render

__all__ = ["RECORDS", "plan"]

_PROBLEMS = ((1, 1), (1, 2), (3, 1), (5, 3), (65, 6), (1000, 4), (2, 1000))

RECORDS = of_families(
    "multinomial",
    # CHUNK: most rows of a work-group.
    cpu={"CHUNK": (1 << 8, 1 << 4, 1 << 12)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (32, 64, 128, 256, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    moved=lambda problem, itemsize: 8 * problem[0] * problem[1],
    problems=_PROBLEMS,
)


def plan(device: OpenDevice, rows: int, k: int, dtype: DType, trials: int, shares: int, wide: bool, fast: bool = False) -> Plan:
    """The launches of ``rows`` rows of ``k`` counts, more than none, computed in ``dtype``. ``wide``: counted in 64 bits.

    ``trials`` and ``shares`` are how many numbers of trials and rows of probabilities there are: one for all, or one for each row.
    A run is given `random.words`, the number of the first row, buffer and offset of the trials and of the probabilities.
    Made are the counts, and scratch memory.
    """
    info = device.info
    t = facts(dtype).compute
    p = tuning.parameters(RECORDS[info.family], dtype, device)
    index = "ulong" if info.family == "cpu" or wide else "uint"
    counted = np.uint64 if index == "ulong" else np.uint32

    def variant(part: str, name: str, args: Arguments) -> Variant:
        def text() -> Source:
            return render("multinomial", info.fast_arithmetic if fast else info.arithmetic, family=info.family, part=part, t=t, index=index)

        return Variant((name, dtype, index, fast), name, args.types, text)

    def launch(part: str, name: str, n: int, args: Arguments, groups: tuple[int, int, int]) -> Launch:
        return Launch.of(variant(part, name, args), (groups[0],), (groups[1],), args, 8 * n * k)

    step = 1 if info.family == "cpu" else p["LOCAL"]
    first, second = shared_out(info, p, shares, step), shared_out(info, p, rows, step)
    made, scratch = 9, 10
    args = Arguments().operand(7, np.uint64).hole(scratch).add(counted, shares, first[2]).add(np.uint64, k)
    of_shares = launch("shares", "multinomial_shares", shares, args, first)
    args = Arguments().hole(made).add(counted, rows, second[2]).add(np.uint64, k)
    for number in range(4):
        args.hole(number, np.uint32)
    args.hole(4, np.uint64).operand(5, np.uint64).add(np.uint64, int(trials > 1)).hole(scratch).add(np.uint64, k if shares > 1 else 0)
    of_counts = launch("counts", "multinomial", rows, args, second)
    return Plan((of_shares, of_counts), (8 * rows * k, shares * k * dtype.itemsize))
