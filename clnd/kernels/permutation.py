"""Random permutations of 0 .. n-1: every element is computed from its index alone, nothing is sorted or swapped.

The definition, to the bit, stands at the top of ``templates/random.cl.mako``. An element costs ten
rounds of three multiplications, a little more where the walk takes a second step; memory is written
once. Any element goes to any place with a probability of 1/n, to within 2^-64; how two or more of
them fall is as good as the ten rounds are (docs/random.md has the measurements). The keys of the rounds
have 320 bits, so that of the n! permutations of 70 elements and more not all can occur.
"""

from __future__ import annotations

import math

import numpy as np

from clnd.kernels import tuning
from clnd.kernels.elementwise import reaches_beyond_32_bits
from clnd.kernels.kernel import of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant, run
from clnd.kernels.random import shared_out, words
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render

__all__ = ["RECORDS", "grid", "launch", "plan"]

_PROBLEMS = ((0,), (1,), (2,), (3,), (16,), (255,), (256,), (257,), (288,), (289,), (1000,), (4097,), (100_003,))

RECORDS = of_families(
    "permutation",
    # GROUPS: vectors in one step of the loop. CHUNK: most elements of a work-group.
    cpu={"GROUPS": (4, 2, 1), "CHUNK": (1 << 14, 1 << 12, 1 << 16)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    moved=lambda problem, itemsize: 8 * problem[0],
    problems=_PROBLEMS,
)

_LEAST_EDGE = 16


def grid(n: int) -> tuple[int, int]:
    """The edges a and b of the network's places: about the root of ``n``, a even, a * b >= n."""
    root = math.isqrt(max(n - 1, 0)) + 1
    a = max(_LEAST_EDGE, root + root % 2)
    return a, max(_LEAST_EDGE, -(-n // a))


def launch(device: OpenDevice, n: int, seed: int, draw: int, out: Block, made: int | None = None) -> None:
    """Write the permutation of 0 .. n-1 of draw number ``draw`` of the stream ``seed`` into ``out``, as int64.

    ``made``: so many elements of rows of n, each of which has an order of its own and is numbered after the one before. The
    first row is the permutation.
    """
    count = n if made is None else made
    if count == 0:
        return
    wide = reaches_beyond_32_bits(max(n, count))
    found = device.planned(("permutation", n, wide, made), lambda: plan(device, n, wide, made))
    run(device, found, (out.buffer, *words(seed, draw)))


def plan(device: OpenDevice, n: int, wide: bool, made: int | None = None) -> Plan:
    """The launch of `launch`: a run is given the buffer and `random.words`. ``wide``: counted in 64 bits."""
    info = device.info
    rows, count = made is not None, n if made is None else made
    p = tuning.parameters(RECORDS[info.family], np.dtype(np.int64), device)
    on_cpu = info.family == "cpu"
    index = "ulong" if on_cpu or wide else "uint"
    lanes = info.vector_bytes // 8 if on_cpu and not rows else 1

    def text() -> Source:
        return render("permutation", info.arithmetic, family=info.family, index=index, rows=rows, lanes=lanes, GROUPS=p.get("GROUPS", 1))

    step = p["LOCAL"] if not on_cpu else 1 if rows else lanes * p["GROUPS"]
    groups, local, chunk = shared_out(info, p, count, step)
    counted = np.uint64 if index == "ulong" else np.uint32
    args = Arguments().hole(0).add(counted, n)
    if rows:
        args.add(counted, count)
    args.add(counted, chunk).add(np.uint32, *grid(n))
    for number in range(1, 5):
        args.hole(number, np.uint32)
    variant = Variant(("permutation", index, rows, tuple(p.items())), "permutation", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, 8 * count),))
