"""Products on GPUs: a work-group for each tile of C, or chunks of k shared out where tiles are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clnd.dtypes import BOOL, COMPLEX, INT, UINT, DType, facts
from clnd.kernels import tuning
from clnd.kernels.gemm.problem import KIB, PROBLEMS, Making, Problem, Split, compute_bytes, flops, moved
from clnd.kernels.kernel import MAX_GROUPS, Kernel, Parameters, ceil_div
from clnd.kernels.launch import Arguments, Plan
from clnd.runtime.device import DeviceInfo

__all__ = ["RECORD", "plan"]


def _gpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    f = facts(dtype)
    element = compute_bytes(f) * f.components
    blocks = p["BK"] * (p["WM"] * p["TM"] + p["WN"] * p["TN"] + 2 * p["PAD"]) * element
    return (
        p["WM"] in (p["WN"], 2 * p["WN"])
        and p["WM"] * p["WN"] <= device.max_work_group_size
        and blocks <= min(device.local_mem_size, 32 * KIB)
        and p["TM"] * p["TN"] * element <= 256  # accumulators in registers
    )


def _gpu_is_lean(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    """Whether the registers are enough for two groups: reckoned, and looked at with compilers (tools/offline_compile)."""
    f = facts(dtype)
    # All in registers of 4 bytes: accumulators, and products of integers, which wait for their addition; what a step of k multiplies, with the
    # negated parts of complex numbers and what halves are converted by; what is read ahead.
    each = compute_bytes(f) * f.components // 4
    sums = p["TM"] * p["TN"] * each * (2 if f.kind in (INT, UINT, BOOL) else 1)
    multiplied = (p["TM"] + p["TN"]) * each * (4 if f.is_half else 3 if f.kind == COMPLEX else 2) // 2
    ahead = p["BK"] * (p["WM"] * p["TM"] + p["WN"] * p["TN"]) * dtype.itemsize // (4 * p["WM"] * p["WN"])
    return (
        p["TM"] <= 2 * p["TN"]
        and sums <= device.registers // 2
        and sums + multiplied + p["AHEAD"] * ahead < device.registers * 7 // 8
        and (ahead <= device.registers // 8 or p["BK"] == 8)
        and not (p["AHEAD"] and f.kind == COMPLEX)
    )


RECORD = Kernel(
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
    is_lean=_gpu_is_lean,
)


def plan(problem: Problem) -> Plan | None:
    """The plan that suits the sizes of a product; None where it leaves no place for an epilogue."""
    parameters = _gpu_parameters(problem)
    tiles = problem.o.matrices * _tiles(parameters, problem.o.m, problem.n)
    if tiles < problem.device.info.compute_units and problem.k >= 4 * problem.kc:
        return None if problem.after is not None else _split(problem, parameters, tiles)
    return _whole(problem, parameters)


def _gpu_parameters(p: Problem) -> dict[str, int]:
    """The defaults, or smaller tiles where the defaults leave compute units idle."""
    parameters = tuning.parameters(RECORD, p.f.dtype, p.device)
    for size in (4, 2):
        if p.o.matrices * _tiles(parameters, p.o.m, p.n) >= 2 * p.device.info.compute_units:
            break
        parameters |= {"TM": min(size, parameters["TM"]), "TN": min(size, parameters["TN"])}
    return parameters


def _tiles(p: Parameters, m: int, n: int) -> int:
    return ceil_div(m, p["WM"] * p["TM"]) * ceil_div(n, p["WN"] * p["TN"])


def _operands(making: Making, first: int) -> Arguments:
    return making.batch(making.b(making.a(Arguments())), first)


def _local(parameters: Parameters) -> tuple[int, int]:
    return parameters["WM"] * parameters["WN"], 1


def _layout(p: Problem, parameters: Parameters, chunks: str) -> dict[str, Any]:
    """What the source depends on beside the tunables; names as in the template."""
    o = p.o
    a_steps, b_steps = [step for _, step, _ in o.batch], [step for _, _, step in o.batch]
    a = _vector(p, parameters, "M", (p.k, o.a_row) if p.a_fast == "k" else (o.m, o.a_col) if p.a_fast == "m" else None, a_steps)
    b = _vector(p, parameters, "N", (p.n, o.b_row) if p.b_fast == "n" else (p.k, o.b_col) if p.b_fast == "k" else None, b_steps)
    # An item has so many neighbours of a row.
    most = min(16 // compute_bytes(p.f), parameters["TM"], parameters["TN"])
    waits = max(1, min(most, 16 // p.element))
    stored = waits if chunks == "split" else max(1, min(most, 16 // p.f.dtype.itemsize))
    return {
        "chunks": chunks, "split": chunks == "split", "a": a, "b": b, "waits": 1 if chunks != "many" or p.n % waits else waits,
        "c": 1 if p.after is not None or p.n % stored else stored,
    }  # fmt: skip


def _vector(p: Problem, parameters: Parameters, side: str, lies: tuple[int, int] | None, steps: Sequence[int]) -> int:
    """Neighbours of an operand that are loaded as one vector: where each is aligned, and all of them exist or none.

    ``lies``: how many there are along the axis on which they are neighbours, and the step along the other one; None where they are no neighbours.
    """
    edge = parameters[f"W{side}"] * parameters[f"T{side}"]
    # No more than an item's share of a block, whose sides are powers of two.
    width = min(16 // p.f.dtype.itemsize, edge * parameters["BK"] // (parameters["WM"] * parameters["WN"]), edge, parameters["BK"])
    if lies is None or width < 2 or width * p.f.dtype.itemsize < 4 or p.aligned % width or any(x % width for x in (*lies, *steps)):
        return 1
    return width


def _whole(p: Problem, parameters: Parameters) -> Plan:
    """A group for each tile of each matrix."""
    many = p.k > p.kc
    making = Making(p, "gpu", _layout(p, parameters, "many" if many else "one"), parameters)
    # Sums of chunks wait where the product goes, if that is of their type.
    waiting = making.result
    if many and (p.after is not None or not p.reads_as_stored):
        waiting = making.block(p.o.matrices * p.o.m * p.n * p.element)
    tiles = _tiles(parameters, p.o.m, p.n)
    for first in range(0, p.o.matrices, MAX_GROUPS):
        args = _operands(making, first).hole(making.product).add(making.index, 0, p.o.m, p.n, p.k)
        groups = (tiles, min(MAX_GROUPS, p.o.matrices - first))
        making.launch("gemm", groups, _local(parameters), making.epilogue(args.hole(waiting) if many else args))
    return making.plan()


def _split(p: Problem, parameters: Parameters, tiles: int) -> Plan:
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""
    making = Making(p, "gpu", _layout(p, parameters, "split"), parameters)
    split = Split(making, "gpu")
    each = ceil_div(split.most, max(1, 2 * p.device.info.compute_units // tiles))
    of_matrix = _tiles(parameters, p.o.m, p.n)
    for s in split.slices:
        args = split.target(_operands(making, s.matrix), s.matrix).add(making.index, p.o.m, p.n, p.k, s.k0, s.k1, each)
        making.launch("gemm", (of_matrix * ceil_div(s.chunks, each), 1), _local(parameters), args)
        split.add(s)
    return making.plan()
