"""Products on CPUs: panels in the caches, blocks of C for the groups, and which way a product of given sizes goes."""

from __future__ import annotations

from collections.abc import Iterator

from clnd.dtypes import DType, DTypeFacts, facts
from clnd.kernels import tuning
from clnd.kernels.gemm.problem import (
    KC,
    KIB,
    PROBLEMS,
    SCRATCH_BYTES,
    Making,
    Problem,
    Split,
    compute_bytes,
    flops,
    moved,
    tile_vector_bytes,
)  # fmt: skip
from clnd.kernels.kernel import MAX_GROUPS, Kernel, Parameters, ceil_div
from clnd.kernels.launch import Arguments, Plan
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo

__all__ = ["RECORD", "plan"]

_LINE_BYTES = 64
_LONE = (1, 1, 1)
# A B of so many bytes stays in the first cache: reading it as it lies is as good as packing it.
_DIRECT_BYTES = 8 << 10
# One of so many bytes stays in the second cache, which will do where so few rows of A read it.
_NEAR_BYTES, _FEW_ROWS = 640 << 10, 512
# Multiply-adds of a matrix up to which packing B once for all groups costs more than it saves, where A is packed too.
_SMALL_PRODUCT = 160**3
# Multiply-adds that are worth a work-group of their own.
_GROUP_WORK = 1 << 18
# A last chunk of at most so many k goes along with the one before it.
_MOST_REST = 32
# Columns that a group of gemm_pack_b packs.
_PACK_COLUMNS = 64
# Vectors of sums, by the size of a vector: of 16 registers for 32 bytes and of 32 for 64 bytes, the rest hold
# a row of B and one value of A.
_ACCUMULATORS = {32: 12, 64: 28}


# --- the record --------------------------------------------------------------------------------


def _panels(p: Parameters, kib: int, kc: int, f: DTypeFacts) -> int:
    """Panels of A with ``kc`` columns that ``kib`` of local memory hold, and room for a vector behind them."""
    return (kib * KIB - _LINE_BYTES) // (p["MR"] * kc * compute_bytes(f) * f.components)


def _cpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    f = facts(dtype)
    scalar = compute_bytes(f)
    vector_bytes = tile_vector_bytes(device)
    width = vector_bytes // scalar
    vectors = p["NR"] // width * f.components  # of a row of the tile
    return (
        p["NR"] % width == 0
        and vectors <= 2
        and p["MR"] * vectors <= _ACCUMULATORS[vector_bytes]
        and max(p["A_KIB"], 2 * p["OWN_KIB"]) * KIB <= device.local_mem_size
        and _panels(p, p["A_KIB"], KC, f) > 0
        and (p["OWN_KIB"] == 0 or _panels(p, p["OWN_KIB"], KC, f) > 0)
    )


RECORD = Kernel(
    name="gemm",
    family="cpu",
    # The launcher's own come first: the space is walked from the end, so a fitting tile is found at once.
    tunables={
        "GROUPS": (8, 4, 16),
        "OWN_ROWS": (768, 384, 1536, 0),
        "DIRECT_ROWS": (32, 0, 16, 64),
        "A_CACHE_KIB": (128, 64, 256),
        "OWN_A_CACHE_KIB": (384, 192, 768),
        "B_CACHE_KIB": (256, 128, 512),
        "NR": (32, 16, 8, 4),
        "MR": (8, 12, 14, 6, 4, 3, 2),
        "A_KIB": (192, 96, 48, 24, 12),
        "OWN_KIB": (64, 32, 0),
    },
    fits=_cpu_fits,
    moved=moved,
    flops=flops,
    problems=PROBLEMS,
)


# --- which plan --------------------------------------------------------------------------------


def plan(problem: Problem) -> Plan | None:
    """The plan that suits the sizes of a product; None where it leaves no place for an epilogue."""
    parameters = tuning.parameters(RECORD, problem.f.dtype, problem.device)
    b_from = _b_from(problem, parameters)
    if b_from == "packed":
        return _packed(_Blocked(problem, parameters, b_from))
    if _is_split(problem, parameters):
        return None if problem.after is not None else _split(_Blocked(problem, parameters, b_from, True))
    return _own(_Blocked(problem, parameters, b_from))


def _b_from(p: Problem, parameters: Parameters) -> str:
    """Where tiles read B: as it lies, from panels that each group packs for itself, or that one launch packs for all."""
    o, nr = p.o, parameters["NR"]
    nbytes = p.n * p.k * p.element
    is_small = o.m <= parameters["DIRECT_ROWS"] or nbytes <= (_NEAR_BYTES if o.m <= _FEW_ROWS else _DIRECT_BYTES)
    if is_small and p.reads_as_stored and p.f.components == 1 and p.b_fast == "n" and (p.n % nr == 0 or o.b_row > 0):
        return "direct"
    columns = _columns(p, parameters["OWN_KIB"])
    few_rows = o.m <= parameters["OWN_ROWS"] if p.a_is_direct else o.m * p.n * p.k <= _SMALL_PRODUCT
    return "own" if few_rows and columns >= nr else "packed"


def _a_from(p: Problem, parameters: Parameters) -> str:
    """Where tiles read A: as its rows or its columns lie, or from panels that each group packs. Columns are read again for each panel of B."""
    if p.a_is_direct:
        return "direct"
    return "strided" if p.reads_as_stored and p.a_fast == "m" and p.n <= parameters["NR"] else "packed"


def _columns(p: Problem, kib: int) -> int:
    """Columns of a chunk of B that ``kib`` hold."""
    return kib * KIB // (min(p.k, KC) * p.element)


def _is_split(p: Problem, parameters: Parameters) -> bool:
    """Whether there are too few tiles for the device, and enough chunks of k to share out."""
    tiles = ceil_div(p.o.m, 4 * parameters["MR"]) * ceil_div(p.n, 2 * parameters["NR"]) * p.o.matrices
    units = p.device.info.compute_units
    return tiles < 2 * units and p.k >= 4 * units * KC


# --- the plans ---------------------------------------------------------------------------------


class _Blocked:
    """What the plans share: where operands are read from, and how C is cut into blocks for the groups."""

    def __init__(self, problem: Problem, parameters: Parameters, b_from: str, split: bool = False) -> None:
        self.p = p = problem
        self.parameters = parameters
        self.b_from = b_from
        # float16 has sums of chunks beside C, which must not be rounded.
        self.half = p.f.is_half and not split
        width = tile_vector_bytes(p.device.info) // compute_bytes(p.f)
        a_from = _a_from(p, parameters)
        layout = {
            "a": a_from,
            "b": b_from,
            "narrow": 0 < p.n % parameters["NR"] <= width < parameters["NR"],
            "joins": p.a_is_direct and b_from == "packed" and p.k > KC and 0 < p.k % KC <= _MOST_REST,
            "split": split,
            "ragged": b_from == "direct" and p.n % parameters["NR"] > 0,
        }
        self.making = Making(p, "cpu", layout, parameters)
        # Rows of C for which a chunk of A fits into the cache, or the local memory it is packed into.
        if a_from != "packed":
            kib = parameters["A_CACHE_KIB" if b_from == "packed" else "OWN_A_CACHE_KIB"]
        else:
            kib = parameters["OWN_KIB" if b_from == "own" else "A_KIB"]
        self.most_rows = max(1, _panels(parameters, kib, min(p.k, KC), p.f)) * parameters["MR"]

    def blocks(self, matrices: int, n: int, most_columns: int, columns_first: bool) -> tuple[int, int]:
        """Into how many blocks rows and columns are cut: blocks within the limits, and enough groups for the device.

        ``columns_first`` where a second block of rows would pack its part of B again, else rows come first.
        """
        m, k, mr, nr = self.p.o.m, self.p.k, self.parameters["MR"], self.parameters["NR"]
        units = self.p.device.info.compute_units
        down, across = ceil_div(m, self.most_rows), ceil_div(n, most_columns)
        work = max(1, m * n * k // _GROUP_WORK)  # groups of a matrix that have enough to do
        wanted = min(work, ceil_div(self.parameters["GROUPS"] * units, matrices))
        if down * across < wanted:
            if columns_first:
                across = max(across, min(ceil_div(wanted, down), ceil_div(n, nr)))
                down = max(down, min(ceil_div(wanted, across), ceil_div(m, 4 * mr)))
            else:
                down = max(down, min(ceil_div(wanted, across), ceil_div(m, 8 * mr)))
                across = max(across, min(ceil_div(wanted, down), ceil_div(n, 4 * nr)))
        if matrices * across == 1:
            # As many groups for one compute unit as for another.
            down = ceil_div(down, min(units, work)) * min(units, work)
        return min(down, ceil_div(m, mr)), min(across, ceil_div(n, nr))

    def own_blocks(self) -> tuple[int, int]:
        """`blocks` where each group reads B as it lies, or packs what it needs of it."""
        p, nr = self.p, self.parameters["NR"]
        most = p.n if self.b_from == "direct" else _columns(p, self.parameters["OWN_KIB"]) // nr * nr
        return self.blocks(p.o.matrices, p.n, most, self.b_from == "own" and p.a_is_direct)

    def sums(self, count: int) -> int:
        """The number of the block for ``count`` sums of float16 that wait between chunks."""
        return self.making.block(4 * count) if self.p.k > KC else self.making.product


def _own(blocked: _Blocked) -> Plan:
    """One launch, in which each group reads B as it lies, or packs what it needs of it."""
    p, making = blocked.p, blocked.making
    grid = blocked.own_blocks()
    step = min(MAX_GROUPS, p.o.matrices)
    if blocked.half:
        if p.k > KC:
            step = max(1, min(step, SCRATCH_BYTES // (p.o.m * p.n * 4)))
        sums = blocked.sums(step * p.o.m * p.n)
    for first in range(0, p.o.matrices, step):
        args = making.batch(making.b(making.a(Arguments())), first).hole(making.product)
        args.add(making.index, 0, p.n, p.o.m, 0, p.n, 0, p.k, p.k, *grid)
        if blocked.half:
            args.hole(sums)
        making.launch("gemm", (*grid, min(step, p.o.matrices - first)), _LONE, making.epilogue(args))
    return making.plan()


def _split(blocked: _Blocked) -> Plan:
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""
    p, making = blocked.p, blocked.making
    split = Split(making, "cpu")
    down, across = blocked.own_blocks()
    parts = ceil_div(split.most, ceil_div(blocked.parameters["GROUPS"] * p.device.info.compute_units, down * across))
    for s in split.slices:
        args = split.target(making.batch(making.b(making.a(Arguments())), s.matrix), s.matrix)
        args.add(making.index, p.n, p.o.m, 0, p.n, s.k0, s.k1, p.k, down, across, parts)
        making.launch("gemm", (down * ceil_div(s.chunks, parts), across, 1), _LONE, args)
        split.add(s)
    return making.plan()


def _packed(blocked: _Blocked) -> Plan:
    """Large matrices: B is packed by one launch and multiplied by the next, slice by slice."""
    p, making, o = blocked.p, blocked.making, blocked.p.o
    slices = list(_slices(blocked))
    packed = making.block(max(s.packed_matrices * s.step for s in slices) * p.element)
    if blocked.half:
        sums = blocked.sums(max(s.count * o.m * s.n for s in slices))
    for s in slices:
        args = making.batch(making.b(Arguments()), s.first)
        args.add(making.index, s.n0, s.n, s.k0, s.k1, _PACK_COLUMNS).hole(packed)
        making.launch("gemm_pack_b", (ceil_div(s.n, _PACK_COLUMNS), ceil_div(s.k1 - s.k0, KC), s.packed_matrices), _LONE, args)
        args = making.a(Arguments()).hole(packed).add(making.index, 0 if o.b_shared else s.step)
        making.batch(args, s.first).hole(making.product)
        args.add(making.index, 0, p.n, o.m, s.n0, s.n, s.k0, s.k1, p.k, s.down, s.across)
        if blocked.half:
            args.hole(sums)
        making.launch("gemm", (s.down, s.across, s.count), _LONE, making.epilogue(args))
    return making.plan()


@light_dataclass(frozen=True)
class _Slice:
    """Matrices first..first+count, columns n0..n0+n, chunks of k0..k1, in down x across blocks; ``step`` elements a packed matrix."""

    first: int
    count: int
    packed_matrices: int
    n0: int
    n: int
    k0: int
    k1: int
    down: int
    across: int
    step: int


def _slices(blocked: _Blocked) -> Iterator[_Slice]:
    """Pieces of the work whose packed B (and sums, for float16) stay within the scratch memory."""
    p, nr = blocked.p, blocked.parameters["NR"]
    whole = ceil_div(p.n, nr) * nr
    ns, ks, count = p.n, p.k, p.o.matrices
    if whole * p.k * p.element > SCRATCH_BYTES:
        count = 1
        ns = min(p.n, max(256, SCRATCH_BYTES // (p.k * p.element) // nr * nr))
        ks = max(KC, SCRATCH_BYTES // (ceil_div(ns, nr) * nr * p.element) // KC * KC)
    elif not p.o.b_shared:
        count = max(1, min(count, SCRATCH_BYTES // (whole * p.k * p.element)))
    if blocked.half and p.k > KC and p.o.m * ns * count > SCRATCH_BYTES:
        count = max(1, SCRATCH_BYTES // (p.o.m * ns))
        ns = min(ns, max(256, SCRATCH_BYTES // p.o.m // nr * nr))
    count = min(count, MAX_GROUPS)
    most_columns = max(nr, _columns(p, blocked.parameters["B_CACHE_KIB"]))
    for first in range(0, p.o.matrices, count):
        matrices = min(count, p.o.matrices - first)
        for n0 in range(0, p.n, ns):
            n = min(ns, p.n - n0)
            down, across = blocked.blocks(matrices, n, most_columns, False)
            for k0 in range(0, p.k, ks):
                k1 = min(k0 + ks, p.k)
                yield _Slice(
                    first, matrices, 1 if p.o.b_shared else matrices, n0, n, k0, k1, down, across, (k1 - k0) * ceil_div(n, nr) * nr
                )
