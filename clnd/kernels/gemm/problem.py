"""One product as both families see it: its operands merged and addressed, what a plan for it is, sums shared out over k."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clnd.dtypes import BOOL, COMPLEX, DTypeFacts
from clnd.kernels.epilogues import EpilogueKey
from clnd.kernels.kernel import ceil_div
from clnd.runtime import program
from clnd.runtime.device import DeviceInfo
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice

__all__ = [
    "KC", "KIB", "PROBLEMS", "SCRATCH_BYTES", "Operands", "Plan", "Problem", "Split", "compute_bytes",
    "contiguous_axis", "flops", "merged", "moved", "reach_of", "tile_vector_bytes",
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


@dataclass(frozen=True)
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


def reach_of(offset: int, extents: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """An upper bound of the distance from a block's start to any element of an operand."""
    return offset + sum((n - 1) * abs(s) for n, s in zip(extents, strides, strict=True))


def contiguous_axis(row: int, col: int, names: tuple[str, str]) -> str:
    return names[1] if col == 1 else names[0] if row == 1 else "any"


@dataclass(frozen=True)
class Problem:
    """What all plans are made from. ``names`` go to the template, ``index`` is the type of offsets."""

    device: OpenDevice
    f: DTypeFacts
    o: Operands
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
        return compute_bytes(self.f) * self.f.components

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


# --- plans -------------------------------------------------------------------------------------


class Plan:
    """How one product is launched: kernels, geometry and arguments, ready for any blocks.

    ``in_place``: an epilogue's results go to ``out``, rather than to a buffer that is the last of ``after``.
    """

    takes_epilogue = True
    in_place = True

    def launch(self, device: OpenDevice, a: Block, b: Block, out: Block, after: Sequence[Any] = ()) -> None:
        """Enqueue the product; ``after`` are the arguments of its epilogue."""
        raise NotImplementedError


class Split:
    """Chunks of k shared out among groups: how many sums of chunks wait in scratch memory, and the launch that adds them."""

    def __init__(self, problem: Problem, source: str, family: str) -> None:
        self.p = p = problem
        self.kernel = p.kernel("gemm_add", source, "biiibiiib")
        self.matrix = p.o.m * p.n
        self.size = self.matrix * p.f.components
        self.most = max(1, min(ceil_div(p.k, KC), SCRATCH_BYTES // (self.matrix * p.element)))
        # Scalars that a group of one item makes: a few cache lines, so that all compute units of a CPU have some.
        self.count = max(64, ceil_div(ceil_div(self.size, 4 * p.device.info.compute_units), 64) * 64)
        self.local = 1 if family == "cpu" else min(64, p.device.info.max_work_group_size)
        self.groups = ceil_div(self.size, self.count if family == "cpu" else self.local)

    def scratch(self, device: OpenDevice, out: Block) -> tuple[Block, Block]:
        """Memory for the sums of chunks, and for sums that wait between slices of k."""
        most = device.pool.allocate(self.most * self.matrix * self.p.element)
        return most, device.pool.allocate(self.matrix * self.p.element) if self.most * KC < self.p.k else out

    def slices(self) -> Iterator[tuple[int, int, int, int]]:
        """(matrix, first k, end of k, chunks) for each pair of launches."""
        for matrix in range(self.p.o.matrices):
            for k0 in range(0, self.p.k, self.most * KC):
                k1 = min(self.p.k, k0 + self.most * KC)
                yield matrix, k0, k1, ceil_div(k1 - k0, KC)

    def add(self, device: OpenDevice, matrix: int, k0: int, k1: int, chunks: int, scratch: Block, sums: Block, out: Block) -> None:
        """Launch the addition of a slice's chunks."""
        arguments = (
            scratch.buffer, chunks, self.size, self.count, out.buffer, self.p.out_offset + matrix * self.matrix,
            int(k0 == 0), int(k1 == self.p.k), sums.buffer,
        )  # fmt: skip
        enqueue(device, self.kernel, (self.groups,), (self.local,), arguments)
