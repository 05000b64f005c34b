"""Products on GPUs: a work-group for each tile of C, or chunks of k shared out where tiles are few."""

from __future__ import annotations

from clnd.dtypes import DType, facts
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
        and 2 * p["TM"] * p["TN"] * element <= 512  # two sets of accumulators in registers
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


def _whole(p: Problem, parameters: Parameters) -> Plan:
    """A group for each tile of each matrix."""
    making = Making(p, "gpu", {"chunks": "many" if p.k > p.kc else "one", "split": False}, parameters)
    tiles = _tiles(parameters, p.o.m, p.n)
    for first in range(0, p.o.matrices, MAX_GROUPS):
        args = _operands(making, first).hole(making.product).add(making.index, 0, p.o.m, p.n, p.k)
        groups = (tiles, min(MAX_GROUPS, p.o.matrices - first))
        making.launch("gemm", groups, _local(parameters), making.epilogue(args))
    return making.plan()


def _split(p: Problem, parameters: Parameters, tiles: int) -> Plan:
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""
    making = Making(p, "gpu", {"chunks": "split", "split": True}, parameters)
    split = Split(making, "gpu")
    each = ceil_div(split.most, max(1, 2 * p.device.info.compute_units // tiles))
    of_matrix = _tiles(parameters, p.o.m, p.n)
    for s in split.slices:
        args = split.target(_operands(making, s.matrix), s.matrix).add(making.index, p.o.m, p.n, p.k, s.k0, s.k1, each)
        making.launch("gemm", (of_matrix * ceil_div(s.chunks, each), 1), _local(parameters), args)
        split.add(s)
    return making.plan()
