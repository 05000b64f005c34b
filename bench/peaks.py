"""What a device can do at most: bytes a second of a copy, operations a second of multiply and add."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyopencl as cl

from bench.place import Place

__all__ = ["Peaks", "measure"]

_ROUNDS = 9

# Twelve independent sums fill the pipelines of two multiply-add units; a*x + y is contracted to one
# instruction where the device has it.
_SOURCE = """
#pragma OPENCL FP_CONTRACT ON
__kernel void peak(__global VECTOR *out, const REAL x, const REAL y, const int n)
{
    VECTOR a = x, b = a + y, c = b + y, d = c + y, e = d + y, f = e + y;
    VECTOR g = f + y, h = g + y, i = h + y, j = i + y, k = j + y, l = k + y;
    for (int step = 0; step < n; step++) {
        a = a * x + y; b = b * x + y; c = c * x + y; d = d * x + y; e = e * x + y; f = f * x + y;
        g = g * x + y; h = h * x + y; i = i * x + y; j = j * x + y; k = k * x + y; l = l * x + y;
    }
    out[get_global_id(0)] = a + b + c + d + e + f + g + h + i + j + k + l;
}
"""


@dataclass(frozen=True)
class Peaks:
    """Bytes a second that a copy moves (those read and those written), and dtype -> operations a second."""

    copy: float
    flops: dict[str, float] = field(default_factory=dict)

    def floor(self, moved: int, flops: int, dtype: str) -> float:
        """The least seconds for so many bytes and operations; 0 where nothing is known."""
        peak = self.flops.get(dtype, 0.0)
        return max(moved / self.copy if self.copy else 0.0, flops / peak if peak else 0.0)


def measure(place: Place) -> Peaks:
    """The peaks of a place's device: the fastest of several tries."""
    dtypes = ["float32", "float64"] if place.ctx.info.fp64 else ["float32"]
    return Peaks(_copy(place), {dtype: _flops(place, dtype) for dtype in dtypes})


def _fastest(call: Callable[[], Any]) -> float:
    call()
    best = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def _copy(place: Place) -> float:
    """By clnd's copy kernel or by the driver's copy, whichever is faster."""
    info = place.ctx.info
    # Far more than a cache holds, and on a GPU long enough for a launch and its wait to be little beside it.
    n = 256 << 20 if info.family == "gpu" and info.global_mem_size >= 16 << 30 and not info.unified_memory and not place.quick else 32 << 20
    source = place.array(np.ones(n, np.float32))
    flags, context = cl.mem_flags.READ_WRITE, place.queue.context
    first, second = (cl.Buffer(context, flags, 4 * n) for _ in range(2))
    cl.enqueue_fill_buffer(place.queue, first, np.float32(1), 0, 4 * n)

    def by_driver() -> None:
        cl.enqueue_copy(place.queue, second, first)
        place.queue.finish()

    seconds = min(_fastest(lambda: source.copy().wait_to_read()), _fastest(by_driver))
    return 8 * n / seconds


def _flops(place: Place, dtype: str) -> float:
    info, real = place.ctx.info, {"float32": "float", "float64": "double"}[dtype]
    on_cpu = info.family == "cpu"
    vector_bytes = info.vector_bytes if on_cpu else 32
    width = vector_bytes // np.dtype(dtype).itemsize
    items, local, steps = (4 * info.compute_units, 1, 400_000) if on_cpu else (2048 * info.compute_units, 128, 4000)
    options = [f"-DREAL={real}", f"-DVECTOR={real}{width}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cl.CompilerWarning)  # Intel's compiler says that it succeeded
        kernel = cl.Program(place.queue.context, _SOURCE).build(options, devices=[place.queue.device]).peak
    out = cl.Buffer(place.queue.context, cl.mem_flags.WRITE_ONLY, items * vector_bytes)
    kernel.set_args(out, np.dtype(dtype).type(0.5), np.dtype(dtype).type(0.25), np.int32(steps))

    def run() -> None:
        cl.enqueue_nd_range_kernel(place.queue, kernel, (items,), (local,))
        place.queue.finish()

    return items * steps * 12 * width * 2 / _fastest(run)
