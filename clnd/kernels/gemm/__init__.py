"""Products of matrices, C = A @ B, for a batch of them.

The order of every sum is fixed (see the template), so neither the family nor the sizes of tiles,
panels or slices chosen here can change a bit of the result. `problem` says what a product is, `cpu` and
`gpu` have a family's record each, and how it carries one out.
"""

from __future__ import annotations

import math

import numpy as np

from clnd.dtypes import DType, facts
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.gemm.cpu import GEMM_CPU, plan_for_cpu
from clnd.kernels.gemm.gpu import GEMM_GPU, plan_for_gpu
from clnd.kernels.gemm.problem import KC, Plan, Problem, contiguous_axis, merged, reach_of, tile_vector_bytes
from clnd.kernels.kernel import Strided
from clnd.kernels.recipe import vector_width
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings

__all__ = ["GEMM_CPU", "GEMM_GPU", "KC", "launch", "plan"]

# The chunk where sums may be made in any order: all of k.
_ANY_K = 1 << 30


def launch(
    device: OpenDevice,
    dtype: DType,
    batch: tuple[int, ...],
    m: int,
    n: int,
    k: int,
    a: Strided,
    b: Strided,
    out: Block,
    out_offset: int = 0,
    *,
    fast: bool = False,
    epilogue: Epilogue | None = None,
) -> bool:
    """Multiply: ``out`` (contiguous, batch + (m, n)) becomes ``a`` (batch + (m, k)) @ ``b`` (batch + (k, n)).

    Strides are in elements, of any sign, 0 where an operand is broadcast. bool multiplies with
    "and" and adds with "or"; integers wrap; float16 is rounded once, at the end.

    With ``epilogue``, what it makes of the product is written instead; False, and nothing was done,
    where the product is made in a way that leaves no place for it. ``fast``: sums in any order.
    """
    count = math.prod(batch) * m * n
    if count == 0:
        return True
    if k == 0:
        if epilogue is None:
            device.write(out, np.zeros(count, dtype), out_offset * dtype.itemsize)
        return epilogue is None
    after = None if epilogue is None else epilogue.key
    key = ("gemm", dtype, batch, m, n, k, a.strides, b.strides, a.offset, b.offset, out_offset, fast, after)
    found: Plan | None = device.variants.get(key)
    if found is None:
        found = device.variants[key] = plan(device, dtype, batch, m, n, k, a, b, out_offset, fast=fast, after=after)
    if epilogue is None:
        found.launch(device, a.block, b.block, out)
    elif not found.takes_epilogue:
        return False
    elif found.in_place:
        found.launch(device, a.block, b.block, out, epilogue.arguments())
    else:
        product = device.pool.allocate(count * dtype.itemsize)
        found.launch(device, a.block, b.block, product, [*epilogue.arguments(), out.buffer])
    return True


def plan(
    device: OpenDevice,
    dtype: DType,
    batch: tuple[int, ...],
    m: int,
    n: int,
    k: int,
    a: Strided,
    b: Strided,
    out_offset: int = 0,
    *,
    fast: bool = False,
    after: EpilogueKey | None = None,
) -> Plan:
    """How `launch` multiplies operands that lie like these, in any blocks; none of m, n, k is 0. For callers that keep it."""
    f = facts(dtype)
    reach = max(
        reach_of(a.offset, (*batch, m, k), a.strides),
        reach_of(b.offset, (*batch, k, n), b.strides),
        out_offset + math.prod(batch) * m * n,
    )
    # Tiles that stick out are addressed before they are cut, and complex elements count twice.
    wide = settings.index64 or reach * f.components + (1 << 16) > 2**31 - 1
    o = merged(batch, m, a.strides, b.strides)
    width = 1 if after is None or device.info.family == "gpu" else vector_width(after.recipe, device.info.vector_bytes)
    names = {
        "f": f,
        "KC": _ANY_K if fast and device.info.family == "gpu" else KC,
        "a_fast": contiguous_axis(o.a_row, o.a_col, ("m", "k")),
        "b_fast": contiguous_axis(o.b_row, o.b_col, ("k", "n")),
        "rank": len(o.batch),
        "vector_bytes": tile_vector_bytes(device.info),
        "index": "long" if wide else "int",
        "e": None if after is None else Emit(after.recipe, width),
        "patterns": () if after is None else after.patterns,
        "in_place": after is None or after.recipe.output_dtypes[0] is dtype,
    }
    problem = Problem(device, f, o, n, k, a.offset, b.offset, out_offset, names, np.int64 if wide else np.int32, after)
    if device.info.family != "cpu" or not GEMM_CPU.suits(dtype, device.info):
        # A GPU, or a CPU with too little local memory for panels.
        return plan_for_gpu(problem, fast)
    return plan_for_cpu(problem)
