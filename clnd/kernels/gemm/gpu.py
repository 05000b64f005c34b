"""Products on GPUs: a work-group for each tile of C, or chunks of k shared out where tiles are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clnd.dtypes import DType, facts
from clnd.kernels import tuning
from clnd.kernels.gemm.problem import (
    KC,
    KIB,
    PROBLEMS,
    Plan,
    Problem,
    Split,
    compute_bytes,
    flops,
    moved,
)
from clnd.kernels.kernel import MAX_GROUPS, Kernel, Parameters, ceil_div
from clnd.runtime.device import DeviceInfo
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.templates import render

__all__ = ["GEMM_GPU", "plan_for_gpu"]


def _gpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    f = facts(dtype)
    element = compute_bytes(f) * f.components
    blocks = p["BK"] * (p["WM"] * p["TM"] + p["WN"] * p["TN"] + 2 * p["PAD"]) * element
    return (
        p["WM"] in (p["WN"], 2 * p["WN"])
        and p["WM"] * p["WN"] <= device.max_work_group_size
        and blocks <= min(device.local_mem_size, 32 * KIB)
        and 2 * p["TM"] * p["TN"] * element <= 512  # two sets of accumulators in registers
    )


GEMM_GPU = Kernel(
    name="gemm",
    family="gpu",
    tunables={
        "WM": (16, 8, 4, 2, 1),
        "WN": (16, 8, 4, 2, 1),
        "TM": (8, 4, 2),
        "TN": (8, 4, 2),
        "BK": (16, 8),
        "PAD": (4, 0),
        "AHEAD": (1, 0),
    },
    fits=_gpu_fits,
    moved=moved,
    flops=flops,
    problems=PROBLEMS,
)


def plan_for_gpu(problem: Problem, fast: bool) -> Plan:
    """The plan that suits the sizes of a product; ``fast``: sums in any order, so that no chunk waits for another."""
    parameters = _gpu_parameters(problem)
    tiles = problem.o.matrices * _tiles(parameters, problem.o.m, problem.n)
    if tiles < problem.device.info.compute_units and problem.k >= 4 * KC and not fast:
        return _GpuSplitPlan(replace(problem, names={**problem.names, "e": None}, after=None), parameters, tiles)
    return _GpuPlan(problem, parameters)


def _gpu_parameters(p: Problem) -> dict[str, int]:
    """The defaults, or smaller tiles where the defaults leave compute units idle."""
    parameters = tuning.parameters(GEMM_GPU, p.f.dtype, p.device)
    for size in (4, 2):
        if p.o.matrices * _tiles(parameters, p.o.m, p.n) >= 2 * p.device.info.compute_units:
            break
        parameters |= {"TM": min(size, parameters["TM"]), "TN": min(size, parameters["TN"])}
    return parameters


def _tiles(p: Parameters, m: int, n: int) -> int:
    return ceil_div(m, p["WM"] * p["TM"]) * ceil_div(n, p["WN"] * p["TN"])


class _GpuPlan(Plan):
    """One launch: a group for each tile of each matrix."""

    def __init__(self, problem: Problem, parameters: Parameters, split: bool = False) -> None:
        self.p = p = problem
        o = p.o
        chunks = "split" if split else "many" if p.k > p.names["KC"] else "one"
        arithmetic, layout = p.device.info.arithmetic, {"chunks": chunks, "split": split}
        self.source = render("gemm", arithmetic, family="gpu", layout=layout, tunables=parameters, **p.names)
        self.kernel = p.kernel("gemm", self.source, "biii" * 2 + "B" + "ib" + "i" * (7 if split else 4), not split)
        tiles = _tiles(parameters, o.m, p.n)
        self.local = (parameters["WM"] * parameters["WN"], 1)
        self.a_arguments = (p.a_offset, o.a_row, o.a_col)
        self.b_arguments = (p.b_offset, o.b_row, o.b_col, *p.batch_arguments)
        self.sizes = (p.out_offset, o.m, p.n, p.k)
        self.launches = [
            (first, (tiles, min(MAX_GROUPS, o.matrices - first))) for first in range(0, o.matrices, MAX_GROUPS)
        ]

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        for first, groups in self.launches:
            arguments = (a.buffer, *self.a_arguments, b.buffer, *self.b_arguments, first, out.buffer, *self.sizes, *after)
            enqueue(device, self.kernel, groups, self.local, arguments)


class _GpuSplitPlan(_GpuPlan):
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""

    takes_epilogue = False

    def __init__(self, problem: Problem, parameters: Parameters, tiles: int) -> None:
        super().__init__(problem, parameters, split=True)
        self.split = Split(problem, self.source, "gpu")
        self.each = ceil_div(self.split.most, max(1, 2 * problem.device.info.compute_units // tiles))

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        split = self.split
        scratch, sums = split.scratch(device, out)
        tiles = self.launches[0][1][0]
        for matrix, k0, k1, chunks in split.slices():
            _, m, n, k = self.sizes
            arguments = (
                a.buffer, *self.a_arguments, b.buffer, *self.b_arguments, matrix, scratch.buffer, -matrix * split.matrix, m, n, k,
                k0, k1, self.each,
            )  # fmt: skip
            enqueue(device, self.kernel, (tiles * ceil_div(chunks, self.each), 1), self.local, arguments)
            split.add(device, matrix, k0, k1, chunks, scratch, sums, out)
