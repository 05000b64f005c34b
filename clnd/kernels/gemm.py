"""Products of matrices, C = A @ B, for a batch of them.

The order of every sum is fixed (see the template), so neither the family nor the sizes of tiles,
panels or slices chosen here can change a bit of the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clnd.dtypes import BOOL, COMPLEX, DType, DTypeFacts, facts
from clnd.kernels import tuning
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.kernel import Kernel, Parameters, Strided
from clnd.kernels.recipe import vector_width
from clnd.runtime import program
from clnd.runtime.device import DeviceInfo
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.templates import render

__all__ = ["GEMM_CPU", "GEMM_GPU", "KC", "launch"]

KC = 256
"""Values of k in a chunk, for every dtype, shape and device: a part of the results, not a tunable."""

# The chunk where sums may be made in any order: all of k.
_ANY_K = 1 << 30
_KIB = 1024
_LINE_BYTES = 64
# Packed operands that one launch leaves in memory; larger products are made slice by slice.
_SCRATCH_BYTES = 64 << 20
# A B of so many bytes stays in the first cache: reading it as it lies is as good as packing it.
_DIRECT_BYTES = 8 << 10
# Multiply-adds of a matrix up to which packing B once for all groups costs more than it saves, where A is packed too.
_SMALL_PRODUCT = 160**3
# Multiply-adds that are worth a work-group of their own.
_GROUP_WORK = 1 << 18
# Columns that a group of gemm_pack_b packs.
_PACK_COLUMNS = 64
# Most groups of a launch along one axis: some devices count them in 16 bits.
_MAX_GROUPS = 65535


def _ceil(x: int, by: int) -> int:
    return -(-x // by)


# --- the records -------------------------------------------------------------------------------


def _compute_bytes(f: DTypeFacts) -> int:
    """Bytes of one scalar that is computed with: a part of a complex number, a widened integer."""
    if f.kind == COMPLEX:
        return f.dtype.itemsize // 2
    return 8 if f.dtype.itemsize == 8 else 4


def _panels(p: Parameters, kib: int, kc: int, f: DTypeFacts) -> int:
    """Panels of A with ``kc`` columns that ``kib`` of local memory hold, and room for a vector behind them."""
    return (kib * _KIB - _LINE_BYTES) // (p["MR"] * kc * _compute_bytes(f) * f.components)


def _cpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    f = facts(dtype)
    scalar = _compute_bytes(f)
    vectors = p["MR"] * p["NR"] * f.components * scalar // 32
    return (
        p["NR"] % (32 // scalar) == 0
        and vectors <= 12  # of 16 vector registers; the rest hold a row of B and one value of A
        and max(p["A_KIB"], 2 * p["OWN_KIB"]) * _KIB <= device.local_mem_size
        and _panels(p, p["A_KIB"], KC, f) > 0
        and (p["OWN_KIB"] == 0 or _panels(p, p["OWN_KIB"], KC, f) > 0)
    )


def _gpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    f = facts(dtype)
    element = _compute_bytes(f) * f.components
    blocks = p["BK"] * (p["WM"] * p["TM"] + p["WN"] * p["TN"] + 2 * p["PAD"]) * element
    return (
        p["WM"] in (p["WN"], 2 * p["WN"])
        and p["WM"] * p["WN"] <= device.max_work_group_size
        and blocks <= min(device.local_mem_size, 32 * _KIB)
        and 2 * p["TM"] * p["TN"] * element <= 512  # two sets of accumulators in registers
    )


def _moved(problem: tuple[int, ...], itemsize: int) -> int:
    m, n, k = problem[-3:]
    return math.prod(problem[:-3]) * (m * k + k * n + m * n) * itemsize


def _flops(problem: tuple[int, ...]) -> int:
    return 2 * math.prod(problem)


# (m, n, k) or (batch, m, n, k): empty ones, one element, sizes around tiles and around chunks.
_PROBLEMS = (
    (0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (3, 3, 3), (1, 33, 65), (33, 1, 3), (33, 65, 33), (65, 129, 65),
    (129, 33, 129), (3, 3, KC), (5, 7, KC + 1), (17, 33, 2 * KC + 3), (5, 16, 8 * KC + 5), (3, 33, 65, 3), (0, 3, 3, 3), (5, 1, 1, 1),
)  # fmt: skip

GEMM_CPU = Kernel(
    name="gemm",
    family="cpu",
    # The launcher's own come first: the space is walked from the end, so a fitting tile is found at once.
    tunables={
        "GROUPS": (8, 4, 16),
        "OWN_ROWS": (768, 384, 1536, 0),
        "DIRECT_ROWS": (32, 0, 16, 64),
        "A_CACHE_KIB": (384, 192, 768),
        "MR": (6, 4, 3, 2),
        "NR": (16, 8, 4),
        "A_KIB": (192, 96, 48, 24, 12),
        "OWN_KIB": (64, 32, 0),
    },
    fits=_cpu_fits,
    moved=_moved,
    flops=_flops,
    problems=_PROBLEMS,
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
    moved=_moved,
    flops=_flops,
    problems=_PROBLEMS,
)


# --- the problem -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Operands:
    """A product after merging: batch axes as (size, step in A, step in B), and strides of one matrix."""

    batch: tuple[tuple[int, int, int], ...]
    m: int
    a_row: int
    a_col: int
    b_row: int
    b_col: int

    @property
    def matrices(self) -> int:
        return math.prod(size for size, _, _ in self.batch)

    @property
    def b_shared(self) -> bool:
        """True where all of the batch multiply by one B."""
        return not any(b for _, _, b in self.batch)


def _merged(batch: tuple[int, ...], m: int, a: tuple[int, ...], b: tuple[int, ...]) -> _Operands:
    """Batch axes merged with each other, and into m where B is the same for all of them."""
    # Always at least one axis, so that a single matrix and a batch share a program.
    axes: list[tuple[int, int, int]] = []
    for axis in zip(batch, a[:-2], b[:-2], strict=True):
        size, a_step, b_step = axis
        if size == 1:
            continue
        if axes and axes[-1][1:] == (size * a_step, size * b_step):
            axes[-1] = (axes[-1][0] * size, a_step, b_step)
        else:
            axes.append(axis)
    a_row = a[-2]
    while axes and axes[-1][2] == 0 and (m == 1 or axes[-1][1] == m * a_row):
        size, a_step, _ = axes.pop()
        a_row = a_step if m == 1 else a_row
        m *= size
    return _Operands(tuple(axes) or ((1, 0, 0),), m, a_row, a[-1], b[-2], b[-1])


def _reach(offset: int, extents: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """An upper bound of the distance from a block's start to any element of an operand."""
    return offset + sum((n - 1) * abs(s) for n, s in zip(extents, strides, strict=True))


def _contiguous_axis(row: int, col: int, names: tuple[str, str]) -> str:
    return names[1] if col == 1 else names[0] if row == 1 else "any"


# --- launching ---------------------------------------------------------------------------------


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
    plan: _Plan | None = device.variants.get(key)
    if plan is None:
        plan = device.variants[key] = _plan(device, dtype, batch, m, n, k, a, b, out_offset, fast, after)
    if epilogue is None:
        plan.launch(device, a.block, b.block, out)
    elif not plan.takes_epilogue:
        return False
    elif plan.in_place:
        plan.launch(device, a.block, b.block, out, epilogue.arguments())
    else:
        product = device.pool.allocate(count * dtype.itemsize)
        plan.launch(device, a.block, b.block, product, [*epilogue.arguments(), out.buffer])
    return True


class _Plan:
    """How one product is launched: kernels, geometry and arguments, ready for any blocks.

    ``in_place``: an epilogue's results go to ``out``, rather than to a buffer that is the last of ``after``.
    """

    takes_epilogue = True
    in_place = True

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        """Enqueue the product; ``after`` are the arguments of its epilogue."""
        raise NotImplementedError


def _plan(
    device: OpenDevice,
    dtype: DType,
    batch: tuple[int, ...],
    m: int,
    n: int,
    k: int,
    a: Strided,
    b: Strided,
    out_offset: int,
    fast: bool,
    after: EpilogueKey | None,
) -> _Plan:
    f = facts(dtype)
    reach = max(
        _reach(a.offset, (*batch, m, k), a.strides),
        _reach(b.offset, (*batch, k, n), b.strides),
        out_offset + math.prod(batch) * m * n,
    )
    # Tiles that stick out are addressed before they are cut, and complex elements count twice.
    wide = settings.index64 or reach * f.components + (1 << 16) > 2**31 - 1
    o = _merged(batch, m, a.strides, b.strides)
    width = 1 if after is None or device.info.family == "gpu" else vector_width(after.recipe, device.info.vector_bytes)
    names = {
        "f": f,
        "KC": _ANY_K if fast and device.info.family == "gpu" else KC,
        "a_fast": _contiguous_axis(o.a_row, o.a_col, ("m", "k")),
        "b_fast": _contiguous_axis(o.b_row, o.b_col, ("k", "n")),
        "rank": len(o.batch),
        "index": "long" if wide else "int",
        "e": None if after is None else Emit(after.recipe, width),
        "patterns": () if after is None else after.patterns,
        "in_place": after is None or after.recipe.output_dtypes[0] is dtype,
    }
    problem = _Problem(device, f, o, n, k, a.offset, b.offset, out_offset, names, np.int64 if wide else np.int32, after)
    if device.info.family != "cpu" or not GEMM_CPU.suits(dtype, device.info):
        # A GPU, or a CPU with too little local memory for panels.
        parameters = _gpu_parameters(problem)
        tiles = o.matrices * _tiles(parameters, o.m, n)
        if tiles < device.info.compute_units and k >= 4 * KC and not fast:
            return _GpuSplitPlan(replace(problem, names={**names, "e": None}, after=None), parameters, tiles)
        return _GpuPlan(problem, parameters)
    parameters = tuning.parameters(GEMM_CPU, dtype, device)
    b_from = _b_from(problem, parameters)
    if b_from == "packed":
        return _PackedPlan(problem, parameters)
    if _is_split(problem, parameters):
        return _SplitPlan(problem, parameters, b_from)
    return _OwnPlan(problem, parameters, b_from)


def _b_from(p: _Problem, parameters: Parameters) -> str:
    """Where tiles read B: as it lies, from panels that each group packs for itself, or that one launch packs for all."""
    o, nr = p.o, parameters["NR"]
    is_small = o.m <= parameters["DIRECT_ROWS"] or p.n * p.k * p.element <= _DIRECT_BYTES
    if is_small and p.reads_as_stored and p.f.components == 1 and p.names["b_fast"] == "n" and p.n % nr == 0:
        return "direct"
    columns = parameters["OWN_KIB"] * _KIB // (min(p.k, KC) * p.element)
    few_rows = o.m <= parameters["OWN_ROWS"] if p.a_is_direct else o.m * p.n * p.k <= _SMALL_PRODUCT
    return "own" if few_rows and columns >= nr else "packed"


def _is_split(p: _Problem, parameters: Parameters) -> bool:
    """Whether there are too few tiles for the device, and enough chunks of k to share out."""
    tiles = _ceil(p.o.m, 4 * parameters["MR"]) * _ceil(p.n, 2 * parameters["NR"]) * p.o.matrices
    units = p.device.info.compute_units
    return tiles < 2 * units and p.k >= 4 * units * KC


@dataclass(frozen=True)
class _Problem:
    """What all plans are made from. ``names`` go to the template, ``index`` is the type of offsets."""

    device: OpenDevice
    f: DTypeFacts
    o: _Operands
    n: int
    k: int
    a_offset: int
    b_offset: int
    out_offset: int
    names: dict[str, Any]
    index: type
    after: EpilogueKey | None

    @property
    def element(self) -> int:
        """Bytes of an element as it is computed with."""
        return _compute_bytes(self.f) * self.f.components

    @property
    def reads_as_stored(self) -> bool:
        """True where elements are computed with as they are stored."""
        return self.element == self.f.dtype.itemsize and self.f.kind != BOOL

    @property
    def a_is_direct(self) -> bool:
        """True where rows of A can be read as they lie: packing them would only cost."""
        return self.reads_as_stored and self.names["a_fast"] == "k"

    @property
    def batch_arguments(self) -> tuple[int, ...]:
        return tuple(value for axis in self.o.batch for value in axis)

    def kernel(self, name: str, source: str, signature: str, has_epilogue: bool = False) -> program.Kernel:
        """Kernel ``name``; ``signature`` has a letter an argument: b a buffer, i an index, B the batch."""
        signature = signature.replace("B", "iii" * len(self.o.batch))
        kernel = self.device.programs.kernel(source, name)
        types: list[type[Any] | None] = [None if letter == "b" else self.index for letter in signature]
        if has_epilogue and self.after is not None:
            types += self.after.argument_types()
            if self.device.info.family == "cpu" and not self.names["in_place"]:
                types.append(None)
        kernel.set_scalar_types(types)
        return kernel


def _gpu_parameters(p: _Problem) -> dict[str, int]:
    """The defaults, or smaller tiles where the defaults leave compute units idle."""
    parameters = tuning.parameters(GEMM_GPU, p.f.dtype, p.device)
    for size in (4, 2):
        if p.o.matrices * _tiles(parameters, p.o.m, p.n) >= 2 * p.device.info.compute_units:
            break
        parameters |= {"TM": min(size, parameters["TM"]), "TN": min(size, parameters["TN"])}
    return parameters


class _GpuPlan(_Plan):
    """One launch: a group for each tile of each matrix."""

    def __init__(self, problem: _Problem, parameters: Parameters, split: bool = False) -> None:
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
            (first, (tiles, min(_MAX_GROUPS, o.matrices - first))) for first in range(0, o.matrices, _MAX_GROUPS)
        ]

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        for first, groups in self.launches:
            arguments = (a.buffer, *self.a_arguments, b.buffer, *self.b_arguments, first, out.buffer, *self.sizes, *after)
            enqueue(device, self.kernel, groups, self.local, arguments)


class _Split:
    """Chunks of k shared out among groups: how many sums of chunks wait in scratch memory, and the launch that adds them."""

    def __init__(self, problem: _Problem, source: str, family: str) -> None:
        self.p = p = problem
        self.kernel = p.kernel("gemm_add", source, "biiibiiib")
        self.matrix = p.o.m * p.n
        self.size = self.matrix * p.f.components
        self.most = max(1, min(_ceil(p.k, KC), _SCRATCH_BYTES // (self.matrix * p.element)))
        # Scalars that a group of one item makes: a few cache lines, so that all compute units of a CPU have some.
        self.count = max(64, _ceil(_ceil(self.size, 4 * p.device.info.compute_units), 64) * 64)
        self.local = 1 if family == "cpu" else min(64, p.device.info.max_work_group_size)
        self.groups = _ceil(self.size, self.count if family == "cpu" else self.local)

    def scratch(self, device: OpenDevice, out: Block) -> tuple[Block, Block]:
        """Memory for the sums of chunks, and for sums that wait between slices of k."""
        most = device.pool.allocate(self.most * self.matrix * self.p.element)
        return most, device.pool.allocate(self.matrix * self.p.element) if self.most * KC < self.p.k else out

    def slices(self) -> Iterator[tuple[int, int, int, int]]:
        """(matrix, first k, end of k, chunks) for each pair of launches."""
        for matrix in range(self.p.o.matrices):
            for k0 in range(0, self.p.k, self.most * KC):
                k1 = min(self.p.k, k0 + self.most * KC)
                yield matrix, k0, k1, _ceil(k1 - k0, KC)

    def add(self, device: OpenDevice, matrix: int, k0: int, k1: int, chunks: int, scratch: Block, sums: Block, out: Block) -> None:
        """Launch the addition of a slice's chunks."""
        arguments = (
            scratch.buffer, chunks, self.size, self.count, out.buffer, self.p.out_offset + matrix * self.matrix,
            int(k0 == 0), int(k1 == self.p.k), sums.buffer,
        )  # fmt: skip
        enqueue(device, self.kernel, (self.groups,), (self.local,), arguments)


class _GpuSplitPlan(_GpuPlan):
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""

    takes_epilogue = False

    def __init__(self, problem: _Problem, parameters: Parameters, tiles: int) -> None:
        super().__init__(problem, parameters, split=True)
        self.split = _Split(problem, self.source, "gpu")
        self.each = _ceil(self.split.most, max(1, 2 * problem.device.info.compute_units // tiles))

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
            enqueue(device, self.kernel, (tiles * _ceil(chunks, self.each), 1), self.local, arguments)
            split.add(device, matrix, k0, k1, chunks, scratch, sums, out)


def _tiles(p: Parameters, m: int, n: int) -> int:
    return _ceil(m, p["WM"] * p["TM"]) * _ceil(n, p["WN"] * p["TN"])


class _CpuPlan(_Plan):
    """What the CPU plans share: blocks of C, and the sums of chunks that float16 needs beside C."""

    def __init__(self, problem: _Problem, parameters: Parameters, b_from: str, split: bool = False) -> None:
        self.p = p = problem
        self.parameters = parameters
        self.half = "b" if p.f.is_half and not split else ""
        self.in_place = p.names["in_place"]
        self.a_direct = p.a_is_direct
        layout = {"a": "direct" if self.a_direct else "packed", "b": b_from, "split": split}
        self.source = render(
            "gemm", p.device.info.arithmetic, family="cpu", layout=layout, tunables=parameters, **p.names
        )  # fmt: skip
        # Rows of C for which a chunk of A fits into the cache, or the local memory it is packed into.
        kib = parameters["A_CACHE_KIB" if self.a_direct else "OWN_KIB" if b_from == "own" else "A_KIB"]
        self.most_rows = max(1, _panels(parameters, kib, min(p.k, KC), p.f)) * parameters["MR"]

    def blocks(self, matrices: int, n: int, most_columns: int, columns_first: bool) -> tuple[int, int]:
        """Into how many blocks rows and columns are cut: blocks within the limits, and enough groups for the device.

        ``columns_first`` where a second block of rows would pack its part of B again, else rows come first.
        """
        m, k, mr, nr = self.p.o.m, self.p.k, self.parameters["MR"], self.parameters["NR"]
        units = self.p.device.info.compute_units
        down, across = _ceil(m, self.most_rows), _ceil(n, most_columns)
        work = max(1, m * n * k // _GROUP_WORK)  # groups of a matrix that have enough to do
        wanted = min(work, _ceil(self.parameters["GROUPS"] * units, matrices))
        if down * across < wanted:
            if columns_first:
                across = max(across, min(_ceil(wanted, down), _ceil(n, nr)))
                down = max(down, min(_ceil(wanted, across), _ceil(m, 4 * mr)))
            else:
                down = max(down, min(_ceil(wanted, across), _ceil(m, 8 * mr)))
                across = max(across, min(_ceil(wanted, down), _ceil(n, 4 * nr)))
        if matrices * across == 1:
            # As many groups for one compute unit as for another.
            down = _ceil(down, min(units, work)) * min(units, work)
        return min(down, _ceil(m, mr)), min(across, _ceil(n, nr))


class _OwnPlan(_CpuPlan):
    """One launch, in which each group reads B as it lies, or packs what it needs of it."""

    def __init__(self, problem: _Problem, parameters: Parameters, b_from: str, split: bool = False) -> None:
        super().__init__(problem, parameters, b_from, split)
        p, o = problem, problem.o
        self.kernel = p.kernel("gemm", self.source, "biii" * 2 + "B" + "ib" + "i" * (11 if split else 10) + self.half, not split)
        nr = parameters["NR"]
        most = p.n if b_from == "direct" else parameters["OWN_KIB"] * _KIB // (min(p.k, KC) * p.element) // nr * nr
        self.grid = self.blocks(o.matrices, p.n, most, b_from == "own" and self.a_direct)
        self.a_arguments = (p.a_offset, o.a_row, o.a_col)
        self.b_arguments = (p.b_offset, o.b_row, o.b_col, *p.batch_arguments)
        self.sizes = (p.out_offset, p.n, o.m, 0, p.n, 0, p.k, p.k, *self.grid)
        self.step = _MAX_GROUPS
        if self.half and p.k > KC:
            self.step = max(1, min(_MAX_GROUPS, _SCRATCH_BYTES // (o.m * p.n * 4)))

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        p = self.p
        matrices = p.o.matrices
        sums: tuple[Block, ...] = ()
        if self.half:
            step = min(self.step, matrices)
            sums = (device.pool.allocate(step * p.o.m * p.n * 4) if p.k > KC else out,)
        for first in range(0, matrices, self.step):
            groups = (*self.grid, min(self.step, matrices - first))
            arguments = (
                a.buffer, *self.a_arguments, b.buffer, *self.b_arguments, first, out.buffer, *self.sizes,
                *(block.buffer for block in sums), *after,
            )  # fmt: skip
            enqueue(device, self.kernel, groups, (1, 1, 1), arguments)


class _SplitPlan(_OwnPlan):
    """Few tiles and many chunks of k: chunks are shared out, and a second launch adds their sums in order."""

    takes_epilogue = False

    def __init__(self, problem: _Problem, parameters: Parameters, b_from: str) -> None:
        super().__init__(problem, parameters, b_from, split=True)
        self.split = _Split(problem, self.source, "cpu")
        groups = _ceil(parameters["GROUPS"] * problem.device.info.compute_units, self.grid[0] * self.grid[1])
        self.parts = _ceil(self.split.most, groups)

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        p, split = self.p, self.split
        scratch, sums = split.scratch(device, out)
        down, across = self.grid
        for matrix, k0, k1, chunks in split.slices():
            arguments = (
                # The scratch memory has one matrix: the offset takes back what the batch's number adds.
                a.buffer, *self.a_arguments, b.buffer, *self.b_arguments, matrix, scratch.buffer, -matrix * split.matrix,
                p.n, p.o.m, 0, p.n, k0, k1, p.k, down, across, self.parts,
            )  # fmt: skip
            enqueue(device, self.kernel, (down * _ceil(chunks, self.parts), across, 1), (1, 1, 1), arguments)
            split.add(device, matrix, k0, k1, chunks, scratch, sums, out)


class _PackedPlan(_CpuPlan):
    """Large matrices: B is packed by one launch and multiplied by the next, slice by slice."""

    def __init__(self, problem: _Problem, parameters: Parameters) -> None:
        super().__init__(problem, parameters, "packed")
        p = problem
        self.pack = p.kernel("gemm_pack_b", self.source, "biii" + "B" + "i" * 6 + "b")
        self.kernel = p.kernel("gemm", self.source, "biii" + "bi" + "B" + "ib" + "i" * 10 + self.half, True)
        self.slices = list(self._slices())
        self.packed_bytes = max(s.packed_matrices * s.step for s in self.slices) * _compute_bytes(p.f) * p.f.components
        self.sums_bytes = max(s.count * p.o.m * s.n for s in self.slices) * 4 if self.half and p.k > KC else 0

    def _slices(self) -> Iterator[_Slice]:
        """Pieces of the work whose packed B (and sums, for float16) stay within the scratch memory."""
        p, nr = self.p, self.parameters["NR"]
        whole = _ceil(p.n, nr) * nr
        ns, ks, count = p.n, p.k, p.o.matrices
        if whole * p.k * p.element > _SCRATCH_BYTES:
            count = 1
            ns = min(p.n, max(256, _SCRATCH_BYTES // (p.k * p.element) // nr * nr))
            ks = max(KC, _SCRATCH_BYTES // (_ceil(ns, nr) * nr * p.element) // KC * KC)
        elif not p.o.b_shared:
            count = max(1, min(count, _SCRATCH_BYTES // (whole * p.k * p.element)))
        if self.half and p.k > KC and p.o.m * ns * count > _SCRATCH_BYTES:
            count = max(1, _SCRATCH_BYTES // (p.o.m * ns))
            ns = min(ns, max(256, _SCRATCH_BYTES // p.o.m // nr * nr))
        count = min(count, _MAX_GROUPS)
        for first in range(0, p.o.matrices, count):
            matrices = min(count, p.o.matrices - first)
            for n0 in range(0, p.n, ns):
                n = min(ns, p.n - n0)
                down, across = self.blocks(matrices, n, n, False)
                for k0 in range(0, p.k, ks):
                    k1 = min(k0 + ks, p.k)
                    yield _Slice(
                        first, matrices, 1 if p.o.b_shared else matrices, n0, n, k0, k1, down, across,
                        (k1 - k0) * _ceil(n, nr) * nr,
                    )  # fmt: skip

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        p, o = self.p, self.p.o
        packed = device.pool.allocate(self.packed_bytes)
        sums: tuple[Any, ...] = ()
        if self.half:
            sums = ((device.pool.allocate(self.sums_bytes) if self.sums_bytes else out),)
        for s in self.slices:
            batch = p.batch_arguments
            enqueue(
                device, self.pack, (_ceil(s.n, _PACK_COLUMNS), _ceil(s.k1 - s.k0, KC), s.packed_matrices), (1, 1, 1),
                (b.buffer, p.b_offset, o.b_row, o.b_col, *batch, s.first, s.n0, s.n, s.k0, s.k1, _PACK_COLUMNS,
                 packed.buffer),
            )  # fmt: skip
            enqueue(
                device, self.kernel, (s.down, s.across, s.count), (1, 1, 1),
                (a.buffer, p.a_offset, o.a_row, o.a_col, packed.buffer, 0 if o.b_shared else s.step, *batch, s.first,
                 out.buffer, p.out_offset, p.n, o.m, s.n0, s.n, s.k0, s.k1, p.k, s.down, s.across,
                 *(block.buffer for block in sums), *after),
            )  # fmt: skip


@dataclass(frozen=True)
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
