"""One product as both families see it: its operands merged and addressed, a plan in the making, sums shared out over k."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clnd.dtypes import BOOL, COMPLEX, DTypeFacts
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import EpilogueKey
from clnd.kernels.kernel import Parameters, ceil_div
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.recipe import vector_width
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.templates import Source, render
from clnd.templates.products import Elements

__all__ = [
    "KC", "KIB", "PROBLEMS", "SCRATCH_BYTES", "Making", "Operands", "Problem", "Slice", "Split", "compute_bytes",
    "contiguous_axis", "flops", "merged", "moved", "tile_vector_bytes",
]  # fmt: skip

KC = 256
"""Values of k in a chunk, for every dtype, shape and device: a part of the results, not a tunable."""

KIB = 1024
# Packed operands that one launch leaves in memory; larger products are made slice by slice.
SCRATCH_BYTES = 64 << 20


def compute_bytes(f: DTypeFacts) -> int:
    """Bytes of one scalar that is computed with: a part of a complex number, a widened integer."""
    if f.kind == COMPLEX:
        return f.dtype.itemsize // 2
    return 8 if f.dtype.itemsize == 8 else 4


def tile_vector_bytes(info: DeviceInfo) -> int:
    """Size of the vectors in the tiles for CPUs: half a vector has to be one too, so never under 32."""
    return max(32, info.vector_bytes)


# --- what the records of both families share -----------------------------------------------------


def moved(problem: tuple[int, ...], itemsize: int) -> int:
    """Bytes of the operands and the result."""
    m, n, k = problem[-3:]
    return math.prod(problem[:-3]) * (m * k + k * n + m * n) * itemsize


def flops(problem: tuple[int, ...]) -> int:
    """A multiplication and an addition for each m, n and k."""
    return 2 * math.prod(problem)


# (m, n, k) or (batch, m, n, k): empty ones, one element, sizes around tiles and around chunks.
PROBLEMS = (
    (0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (3, 3, 3), (1, 33, 65), (33, 1, 3), (33, 65, 33), (65, 129, 65),
    (129, 33, 129), (3, 3, KC), (5, 7, KC + 1), (17, 33, 2 * KC + 3), (5, 16, 8 * KC + 5), (3, 33, 65, 3), (0, 3, 3, 3), (5, 1, 1, 1),
)  # fmt: skip


# --- the problem -------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Operands:
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


def merged(batch: tuple[int, ...], m: int, a: tuple[int, ...], b: tuple[int, ...]) -> Operands:
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
    return Operands(tuple(axes) or ((1, 0, 0),), m, a_row, a[-1], b[-2], b[-1])


def contiguous_axis(row: int, col: int, names: tuple[str, str]) -> str:
    return names[1] if col == 1 else names[0] if row == 1 else "any"


@light_dataclass(frozen=True)
class Problem:
    """What all plans are made from.

    ``kc`` are the values of k in a chunk, ``wide`` says whether offsets need 64 bits, ``after`` is the epilogue; both operands begin at
    multiples of ``aligned`` elements.
    """

    device: OpenDevice
    f: DTypeFacts
    o: Operands
    n: int
    k: int
    kc: int
    wide: bool
    after: EpilogueKey | None
    aligned: int = 1

    @property
    def element(self) -> int:
        """Bytes of an element as it is computed with."""
        return compute_bytes(self.f) * self.f.components

    @property
    def reads_as_stored(self) -> bool:
        """True where elements are computed with as they are stored."""
        return self.element == self.f.dtype.itemsize and self.f.kind != BOOL

    @property
    def a_fast(self) -> str:
        """The axis along which A is contiguous."""
        return contiguous_axis(self.o.a_row, self.o.a_col, ("m", "k"))

    @property
    def b_fast(self) -> str:
        """The axis along which B is contiguous."""
        return contiguous_axis(self.o.b_row, self.o.b_col, ("k", "n"))

    @property
    def a_is_direct(self) -> bool:
        """True where rows of A can be read as they lie: packing them would only cost."""
        return self.reads_as_stored and self.a_fast == "k"

    @property
    def in_place(self) -> bool:
        """Whether results are as large as products and can take their place."""
        return self.after is None or self.after.gives is self.f.dtype


# --- plans -------------------------------------------------------------------------------------

# What a run is given comes first: buffer and offset of each operand, then the values of the epilogue.
_A, _B, _AFTER = 0, 2, 4


class Making:
    """The plan of one product in the making: a program for the kernels, their launches, and the blocks that a run makes.

    ``result`` is the number of the block that the product ends in, ``product`` of the one that its sums are made in.
    """

    def __init__(self, problem: Problem, family: str, layout: Mapping[str, Any], tunables: Parameters) -> None:
        self.p = p = problem
        self.index = np.int64 if p.wide else np.int32
        self._text = lambda: _rendered(p, family, layout, tunables)
        vector_bytes = tile_vector_bytes(p.device.info)
        self._key = (
            "gemm", family, p.f.dtype, p.kc, p.a_fast, p.b_fast, len(p.o.batch), vector_bytes, p.wide, p.after,
            tuple(layout.values()), tuple(tunables.items()),
        )  # fmt: skip
        self._given = _AFTER if p.after is None else p.after.take(Arguments(), _AFTER)
        self._sizes: list[int] = []
        self._launches: list[Launch] = []
        self._moved = moved((p.o.matrices, p.o.m, p.n, p.k), p.f.dtype.itemsize)
        count = p.o.matrices * p.o.m * p.n
        self.result = self.product = self.block(count * (p.f.dtype if p.after is None else p.after.gives).itemsize)
        self._has_product = family == "cpu" and not p.in_place
        if self._has_product:
            self.product = self.block(count * p.f.dtype.itemsize)

    def block(self, nbytes: int) -> int:
        """The number of one more block."""
        self._sizes.append(nbytes)
        return self._given + len(self._sizes) - 1

    def a(self, args: Arguments) -> Arguments:
        """A, with its steps."""
        return args.operand(_A, self.index).add(self.index, self.p.o.a_row, self.p.o.a_col)

    def b(self, args: Arguments) -> Arguments:
        """B, with its steps."""
        return args.operand(_B, self.index).add(self.index, self.p.o.b_row, self.p.o.b_col)

    def batch(self, args: Arguments, first: int) -> Arguments:
        """The axes of the batch, and the number of the first matrix."""
        return args.add(self.index, *(value for axis in self.p.o.batch for value in axis), first)

    def epilogue(self, args: Arguments) -> Arguments:
        """The epilogue, if there is one, and where its results go if not in the product's place."""
        if self.p.after is not None:
            self.p.after.take(args, _AFTER)
        return args.hole(self.result) if self._has_product else args

    def launch(self, name: str, groups: tuple[int, ...], local: tuple[int, ...], args: Arguments) -> None:
        """One more launch, of kernel ``name``. Each counts for the bytes of the whole product, which say whether it is small."""
        variant = Variant((name, *self._key), name, args.types, self._text)
        self._launches.append(Launch.of(variant, groups, local, args, self._moved))

    def plan(self) -> Plan:
        """What was made."""
        return Plan(tuple(self._launches), tuple(self._sizes))


def _rendered(p: Problem, family: str, layout: Mapping[str, Any], tunables: Parameters) -> Source:
    info, after = p.device.info, p.after
    width = 1 if after is None or family == "gpu" else vector_width(after.recipe, info.vector_bytes)
    return render(
        "gemm", info.arithmetic, family=family, layout=layout, tunables=tunables, elements=Elements(p.f, tile_vector_bytes(info)),
        KC=p.kc, a_fast=p.a_fast, b_fast=p.b_fast, rank=len(p.o.batch), index="long" if p.wide else "int",
        e=None if after is None else Emit(after.recipe, width), patterns=() if after is None else after.patterns, in_place=p.in_place,
    )  # fmt: skip


@light_dataclass(frozen=True)
class Slice:
    """Values k0..k1 of k of one matrix: ``chunks`` chunks, whose sums wait in scratch memory."""

    matrix: int
    k0: int
    k1: int
    chunks: int


class Split:
    """Chunks of k shared out among groups: the scratch memory for their sums, and the launches that add them in order."""

    def __init__(self, making: Making, family: str) -> None:
        self.making, self.p = making, making.p
        p = making.p
        self.matrix = p.o.m * p.n
        self.size = self.matrix * p.f.components
        # So many chunks at once.
        self.most = max(1, min(ceil_div(p.k, KC), SCRATCH_BYTES // (self.matrix * p.element)))
        self.scratch = making.block(self.most * self.matrix * p.element)
        # Sums that wait between slices of k.
        self.sums = making.block(self.matrix * p.element) if self.most * KC < p.k else making.result
        self.slices = [
            Slice(matrix, k0, k1, ceil_div(k1 - k0, KC))
            for matrix in range(p.o.matrices)
            for k0 in range(0, p.k, self.most * KC)
            for k1 in [min(p.k, k0 + self.most * KC)]
        ]
        # Scalars that a group of one item makes: a few cache lines, so that all compute units of a CPU have some.
        self.count = max(64, ceil_div(ceil_div(self.size, 4 * p.device.info.compute_units), 64) * 64)
        self.local = 1 if family == "cpu" else min(64, p.device.info.max_work_group_size)
        self.groups = ceil_div(self.size, self.count if family == "cpu" else self.local)

    def target(self, args: Arguments, matrix: int) -> Arguments:
        """The scratch memory, which has one matrix: the offset takes back what the batch's number adds."""
        return args.hole(self.scratch).add(self.making.index, -matrix * self.matrix)

    def add(self, s: Slice) -> None:
        """Launch the addition of a slice's chunks."""
        index = self.making.index
        args = Arguments().hole(self.scratch).add(index, s.chunks, self.size, self.count)
        args.hole(self.making.result).add(index, s.matrix * self.matrix, int(s.k0 == 0), int(s.k1 == self.p.k)).hole(self.sums)
        self.making.launch("gemm_add", (self.groups,), (self.local,), args)
