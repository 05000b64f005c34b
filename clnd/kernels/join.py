"""Joining: several arrays copied to regions of one result, by as few launches as their arguments allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import MAX_GROUPS, MOVED_AS, ceil_div, common_rank, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.records import light_dataclass
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, collapse, size_of
from clnd.templates import CType, Source, render

__all__ = ["RECORDS", "Part", "plan"]

_PROBLEMS = ((0,), (1,), (63,), (64,), (65,), (1000,), (16385,), (3, 5), (7, 64, 3))

RECORDS = of_families(
    "join",
    # CHUNK: most elements that a work-group takes, of all parts together. GROUPS: work-groups a compute unit, before CHUNK limits them.
    cpu={"CHUNK": (16384, 4096, 65536), "GROUPS": (4, 2, 8)},
    # LOCAL: items of a work-group. CHUNK: elements that an item takes, of all parts together.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "CHUNK": (8, 4, 16)},
    moved=lambda problem, itemsize: 2 * size_of(problem) * itemsize,
    problems=_PROBLEMS,
)

# Axes of a kernel, and parts that it takes: few kernels serve all.
_RANKS = (1, 2, 4, 8)
_PARTS = (2, 4, 8)
# Devices promise 1 KiB of arguments.
_MOST_ARGUMENT_BYTES = 960
# A group's share of a part is whole cache lines.
_LINE = 64


class Part(NamedTuple):
    """Input ``number``, of ``shape`` and ``strides``, and the region of the result that it goes to: ``offset`` and strides ``to``."""

    number: int
    shape: Shape
    strides: Shape
    offset: int
    to: Shape


@light_dataclass(frozen=True)
class _Walk:
    """A part after collapsing."""

    number: int
    n: int
    offset: int
    lengths: Shape
    source: Shape
    target: Shape

    @classmethod
    def of(cls, part: Part) -> _Walk:
        lengths, (source, target) = collapse(part.shape, [part.strides, part.to])
        if not lengths:
            lengths, source, target = (1,), (1,), (1,)
        return cls(part.number, size_of(part.shape), part.offset, lengths, source, target)

    def padded(self, rank: int) -> _Walk:
        """With axes of length 1 in front, ``rank`` in all."""
        more = rank - len(self.lengths)
        return _Walk(self.number, self.n, self.offset, (1,) * more + self.lengths, (0,) * more + self.source, (0,) * more + self.target)


def plan(device: OpenDevice, itemsize: int, inputs: int, parts: Sequence[Part], size: int) -> Plan:
    """The launches that copy ``parts`` into a result of ``size`` elements, which they cover: a run is given buffer and offset of each of ``inputs``."""
    walks = [_Walk.of(part) for part in parts if size_of(part.shape)]
    beyond = reaches_beyond_32_bits(size) or any(reaches_beyond_32_bits(w.n, [(w.lengths, w.source), (w.lengths, w.target)]) for w in walks)
    launches = []
    while walks:
        some, rank, count = _together(walks, beyond)
        launches.append(_launch(device, itemsize, inputs, some, rank, count, beyond))
        walks = walks[len(some) :]
    return Plan(tuple(launches), (size * itemsize,))


def _together(walks: Sequence[_Walk], index64: bool) -> tuple[list[_Walk], int, int]:
    """The first parts that one kernel takes, its axes, and how many parts it is made for."""
    count = next((c for c in _PARTS if c >= len(walks)), _PARTS[-1])
    while True:
        some = list(walks[:count])
        rank = common_rank(max(len(w.lengths) for w in some), _RANKS)
        number = 8 if index64 else 4
        if count == 1 or count * (24 + number * (3 * rank + 2)) <= _MOST_ARGUMENT_BYTES:
            return some, rank, count
        count //= 2


def _launch(device: OpenDevice, itemsize: int, inputs: int, walks: Sequence[_Walk], rank: int, count: int, index64: bool) -> Launch:
    info = device.info
    p = tuning.parameters(RECORDS[info.family], np.dtype(f"V{itemsize}"), device)
    n = sum(w.n for w in walks)
    groups, local = _geometry(info.family, info.compute_units, n, p)

    element = MOVED_AS[itemsize]
    # The compilers' own vectors of a loop are not always there: Intel's makes none of this one.
    wide = CType(element, 1 if itemsize == 16 else min(16, info.vector_bytes // itemsize))

    def text() -> Source:
        return render(
            "join", info.arithmetic, wide=wide,
            element=element, parts=count, rank=rank, family=info.family, index="ulong" if index64 else "uint", LOCAL=local,
        )  # fmt: skip

    kind, stride = index_types(index64)
    args = Arguments()
    nothing = _Walk(walks[0].number, 0, 0, (1,), (1,), (1,))
    for k in range(count):
        w = (walks[k] if k < len(walks) else nothing).padded(rank)
        args.operand(2 * w.number).add(np.int64, w.offset)
        for d, s, t in zip(w.lengths, w.source, w.target, strict=True):
            args.add(kind, d).add(stride, s, t)
        args.add(kind, w.n, ceil_div(ceil_div(w.n, groups), _LINE) * _LINE)
    args.hole(2 * inputs)
    variant = Variant(("join", itemsize, count, rank, index64, local, wide.width), "join", args.types, text)
    return Launch.of(variant, (groups,), (local,), args, 2 * n * itemsize)


def _geometry(family: str, units: int, n: int, p: Mapping[str, int]) -> tuple[int, int]:
    """Work-groups, and items of each."""
    if family == "cpu":
        least = min(p["CHUNK"], max(2048, ceil_div(n, p["GROUPS"] * units)))
        return min(ceil_div(n, least), MAX_GROUPS), 1
    local = p["LOCAL"]
    return min(ceil_div(n, local * p["CHUNK"]), MAX_GROUPS), local
