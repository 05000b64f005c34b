"""Products of matrices, C = A @ B, for a batch of them.

The order of every sum is fixed (see `templates/gemm.cl.mako`), so neither the family nor the sizes of tiles,
panels or slices chosen here can change a bit of the result. `problem` says what a product is, `cpu` and
`gpu` have a family's record each, and how it carries one out.
"""

from __future__ import annotations

import math

from clnd.dtypes import BOOL, INT, UINT, DType, facts
from clnd.kernels.epilogues import EpilogueKey
from clnd.kernels.gemm import cpu, gpu
from clnd.kernels.gemm.problem import KC, Problem, merged
from clnd.kernels.kernel import FAR_BITS
from clnd.kernels.launch import Plan
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.shapes import Shape

__all__ = ["KC", "RECORDS", "plan"]

RECORDS = {"cpu": cpu.RECORD, "gpu": gpu.RECORD}

# The chunk where sums may be made in any order: all of k.
_ANY_K = 1 << 30


def plan(
    device: OpenDevice,
    dtype: DType,
    batch: Shape,
    m: int,
    n: int,
    k: int,
    a: Shape,
    b: Shape,
    far: int = 0,
    aligned: int = 1,
    *,
    fast: bool = False,
    after: EpilogueKey | None = None,
) -> Plan | None:
    """Multiply: the first block made (contiguous, batch + (m, n)) becomes A (batch + (m, k)) @ B (batch + (k, n)).

    None of the lengths is 0. ``a`` and ``b`` are strides in elements, of any sign, 0 where an operand is broadcast; ``far``
    is `kernel.far` of their offsets, ``aligned`` `kernel.aligned`. bool multiplies with "and" and adds with "or"; integers wrap; float16 is rounded once, at
    the end. ``fast``: sums in any order. A run is given buffer and offset of each operand, and the epilogue's arguments.

    With the epilogue ``after``, what it makes of the product is written instead; None where the product is made in a way that
    leaves no place for it.
    """
    f = facts(dtype)
    reach = max(_reach((*batch, m, k), a), _reach((*batch, k, n), b), math.prod(batch) * m * n) + (far << FAR_BITS)
    # Tiles that stick out are addressed before they are cut, and complex elements count twice.
    wide = settings.index64 or reach * f.components + (1 << 16) > 2**31 - 1
    o = merged(batch, m, a, b)
    # Integers and bools have the same sums in any order.
    kc = _ANY_K if (fast or f.kind in (INT, UINT, BOOL)) and device.info.family == "gpu" else KC
    problem = Problem(device, f, o, n, k, kc, wide, after, aligned)
    if device.info.family != "cpu" or not RECORDS["cpu"].suits(dtype, device.info):
        # A GPU, or a CPU with too little local memory for panels.
        return gpu.plan(problem)
    return cpu.plan(problem)


def _reach(lengths: Shape, strides: Shape) -> int:
    """An upper bound of the distance from an operand's first element to any other."""
    return sum((n - 1) * abs(s) for n, s in zip(lengths, strides, strict=True))
