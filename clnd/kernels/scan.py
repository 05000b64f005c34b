"""Cumulative operations along an axis: choosing the walk, and the launches.

On a CPU two launches are enough for any length: totals of tiles, and the scan, where each work-group walks the totals before its
own first tile. On a GPU what stands before each tile is a scan of the totals by the same kernel.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clnd.dtypes import BOOL, DType, facts
from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import ceil_div, common_rank, in_a_group, load_width, of_families, streams
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.recipe import typed
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, collapse, contiguous_strides, size_of
from clnd.templates import CType, Source, render

__all__ = ["RADIX", "RECORDS", "Accumulation", "plan"]

RADIX = 16
"""Elements of a group, on every level. A constant of the canonical order: it never changes."""

_PROBLEMS = ((1,), (15,), (16,), (17,), (255,), (256,), (257,), (4095,), (4097,), (5, 300), (300, 5), (3, 700, 2), (2, 70, 90))

RECORDS = of_families(
    "scan",
    # TILE: elements of a line of which one total is made, at least; PANEL: vectors of lines side by side; GROUPS: work-groups a compute unit.
    cpu={"TILE": (4096, 256, 65536), "PANEL": (4, 2, 8), "GROUPS": (4, 2, 8)},
    # LOCAL: items a work-group; STAGE: whether elements go through local memory; GROUPS: work-groups a compute unit.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "STAGE": (0, 1), "GROUPS": (32, 16, 64)},
    gpu_fits=lambda p, dtype, device: in_a_group(p, dtype, device)
    and (19 if p["STAGE"] else 2) * p["LOCAL"] * _accumulated_bytes(dtype) <= device.local_mem_size,
    moved=lambda problem, itemsize: 2 * size_of(problem) * itemsize,
    problems=_PROBLEMS,
)

# Fewer elements than this are walked by one kernel for any strides, on a CPU.
GENERAL = 4096
# Fewer than this are not worth a second launch.
_SMALL = 1 << 16
# Lines side by side that a kernel for any strides walks.
_GENERAL_PANEL = 8
# Shorter lines are not worth transposing.
_SHORT = 512
# Most tiles of a line on a CPU, where each work-group walks the totals before its own.
_MOST_TILES = 4096
# Fewer lines than this are walked along, whatever their strides, on a GPU.
_FEW_LINES = 32
# Elements of a tile of a line that an item of a GPU walks alone.
_ITEMS_TILE = 256
_RANKS = (1, 2, 4)
_LINE_BYTES = 64


def _accumulated_bytes(dtype: DType) -> int:
    row = facts(dtype)
    return row.components * row.compute.bits // 8


@light_dataclass(frozen=True)
class Accumulation:
    """What is accumulated, as C.

    ``join`` joins two values a and b; ``neutral`` changes none, ``initial`` is the first result where it is asked for: one for each
    component. ``source``, ``dtype`` and ``gives`` are what is read, accumulated in, and written; ``cast`` makes the second of the
    first, over x. ``tree``: values may be joined in the order of the tree; else one after the other.
    """

    join: str
    neutral: tuple[str, ...]
    initial: tuple[str, ...]
    source: DType
    cast: str
    dtype: DType
    gives: DType
    tree: bool = True

    def joined(self, a: str, b: str, width: int) -> str:
        """The two values joined."""
        return typed(self.join, self.dtype, width, a=a, b=b)

    def read(self, code: str, width: int) -> str:
        """What memory held as what is accumulated in."""
        if facts(self.source).is_half:
            return f"half_to_float_{CType('float', width)}({code})"
        return typed(self.cast, self.source, width, x=code)

    def of_totals(self) -> Accumulation:
        """The same of values that are accumulated in part."""
        return replace(self, source=self.dtype, cast="x", gives=self.dtype)


@light_dataclass(frozen=True)
class _Lines:
    """The lines scanned: how the other axes lie, by steps in the operand and in the results; ``n`` elements a line.

    ``run``: lines that lie side by side in both, the innermost of the axes then, or 1.
    """

    kept: Shape
    read_steps: Shape
    write_steps: Shape
    step: int
    out_step: int
    n: int
    run: int = 1

    @property
    def count(self) -> int:
        """How many lines."""
        return size_of(self.kept) * self.run

    def in_runs(self) -> _Lines:
        """The same with the innermost axis as runs."""
        return replace(self, kept=self.kept[:-1], read_steps=self.read_steps[:-1], write_steps=self.write_steps[:-1], run=self.kept[-1])

    def of_common_rank(self, ranks: Shape = _RANKS) -> _Lines:
        """The same with axes of length 1 before the others, to one of few numbers of axes."""
        missing = common_rank(len(self.kept), ranks) - len(self.kept)
        return replace(self, kept=(1,) * missing + self.kept, read_steps=(0,) * missing + self.read_steps, write_steps=(0,) * missing + self.write_steps)


@light_dataclass(frozen=True)
class _Form:
    """What the source of a kernel depends on, beside the accumulation; names as in the template."""

    walk: str
    phase: str
    exclusive: bool
    unit: bool
    width: int
    panel: int
    team: int
    local: int
    stage: int
    kept: int
    index64: bool
    streams: bool
    load: int
    put: int


def plan(device: OpenDevice, accumulation: Accumulation, shape: Shape, axis: int, strides: Shape, lead: bool, aligned: int = 1) -> Plan:
    """The launches of a scan of an operand of ``shape`` along ``axis``; ``lead``: with the initial value in front of each line.

    The operand begins at a multiple of ``aligned`` elements. A run is given the buffer and the offset of the operand, which has some elements.
    """
    n = shape[axis]
    out_shape = tuple(d + (k == axis and lead) for k, d in enumerate(shape))
    lines = _lines(shape, axis, strides, contiguous_strides(out_shape))
    builder = _Builder(device, [size_of(out_shape) * accumulation.gives.itemsize], aligned)
    builder.scan(accumulation, lines, 0, 2, lead, exclusive=False)
    assert n
    return Plan(tuple(builder.launches), tuple(builder.made))


def _lines(shape: Shape, axis: int, strides: Shape, out_strides: Shape) -> _Lines:
    others = [k for k in range(len(shape)) if k != axis]
    kept, (read, write) = collapse(tuple(shape[k] for k in others), [tuple(s[k] for k in others) for s in (strides, out_strides)])
    return _Lines(kept, read, write, strides[axis], out_strides[axis], shape[axis])


class _Builder:
    """Launches as they are found, and the bytes of the blocks that they make: the results first, then totals."""

    def __init__(self, device: OpenDevice, made: list[int], aligned: int) -> None:
        self.device = device
        self.aligned = aligned
        self.info: DeviceInfo = device.info
        self.launches: list[Launch] = []
        self.made = made

    def scratch(self, elements: int, dtype: DType) -> int:
        """The number of a new block."""
        self.made.append(elements * _accumulated_bytes(dtype))
        return 1 + len(self.made)

    def scan(self, a: Accumulation, lines: _Lines, source: int, out: int, lead: bool, *, exclusive: bool) -> None:
        """A scan of block ``source`` (0: the operand) into block ``out``."""
        shared = _on_cpu(self.device, a, lines) if self.info.family == "cpu" else _on_gpu(self.device, a, lines)
        if shared.tiles == 1:
            self._launch(a, shared, "whole", shared.tiles, source, out, None, lead, exclusive)
            return
        carry = self.scratch(shared.lines.count * shared.tiles, a.dtype)
        self._launch(a, shared, "totals", shared.totals, source, None, carry, lead, exclusive)
        if self.info.family != "cpu":
            totals, carry = carry, self.scratch(shared.lines.count * shared.tiles, a.dtype)
            # As they lie: a line's side by side, or those of neighbouring lines.
            many, tiles = shared.lines.count, shared.tiles
            of, axis = ((many, tiles), 1) if shared.walk == "tiles" else ((tiles, many), 0)
            steps = contiguous_strides(of)
            self.scan(a.of_totals(), _lines(of, axis, steps, steps), totals, carry, False, exclusive=True)
        self._launch(a, shared, "scan", shared.tiles, source, out, carry, lead, exclusive)

    def _launch(
        self, a: Accumulation, shared: _Shared, phase: str, tiles: int, source: int, out: int | None, carry: int | None, lead: bool, exclusive: bool,
    ) -> None:  # fmt: skip
        lines = shared.lines.of_common_rank()
        steps = [(lines.kept + (lines.run, lines.n), (*s, 1, by)) for s, by in ((lines.read_steps, lines.step), (lines.write_steps, lines.out_step))]
        index64 = reaches_beyond_32_bits(lines.count * (lines.n + 1), steps)
        form = _Form(
            shared.walk, phase, exclusive, shared.unit, shared.width, shared.panel, shared.team, shared.local, shared.stage, len(lines.kept), index64,
            out is not None and self._streams(a, shared, lead),
            *self._vectors(a, shared, source, out, lead),
        )
        count, stride = index_types(index64)
        args = Arguments().hole(source)
        if source:
            args.add(np.int64, 0)
        else:
            args.hole(1, np.int64)
        for block in (out, carry):
            if block is not None:
                args.hole(block)
        args.add(count, *lines.kept[1:])
        for s, t in zip(lines.read_steps, lines.write_steps, strict=True):
            args.add(stride, s, t)
        args.add(stride, lines.step, lines.out_step).add(count, lines.count, lines.run, shared.strips_a_run, lines.n, shared.tile)
        args.add(np.int32, shared.depth)
        tasks = shared.strips * tiles
        groups, local, chunk = shared.geometry(self.info, tasks)
        args.add(count, tiles, shared.tiles, tasks, chunk).add(np.int32, lead)
        info = self.info
        variant = Variant(("scan", a, form), "scan", args.types, lambda: _source(info, form, a))
        itemsizes = a.source.itemsize + (a.gives.itemsize if out is not None else 0)
        self.launches.append(Launch.of(variant, (groups,), (local,), args, lines.count * lines.n * itemsizes))

    def _vectors(self, a: Accumulation, shared: _Shared, source: int, out: int | None, lead: bool) -> tuple[int, int]:
        """Neighbours in the vectors that an item of a GPU reads and writes of its group: 16 bytes where each is aligned, or 1; 0 of what are none."""
        if self.info.family == "cpu" or shared.walk != "tiles" or shared.stage:
            return 0, 0
        lines = shared.lines

        def width(w: int, step: int, steps: Shape, start: int) -> int:
            if step != 1:
                return 0
            return w if start % w == 0 and not any(s % w for s in steps) else 1

        # Comparisons of vectors, which make bools, are not those of scalars.
        most = 1 if facts(a.source).kind == BOOL else load_width(a.source.itemsize)
        read = width(most, lines.step, lines.read_steps, 0 if source else self.aligned)
        return read, 0 if out is None else width(load_width(a.gives.itemsize), lines.out_step, lines.write_steps, int(lead))

    def _streams(self, a: Accumulation, shared: _Shared, lead: bool) -> bool:
        """Whether results are larger than caches, and written in whole vectors that are aligned: past the caches then, instead of being read first."""
        row, lines = facts(a.gives), shared.lines
        starts = () if lines.count == 1 else lines.write_steps
        whole = a.gives is a.dtype and row.components == 1 and shared.walk == "tiles" and not lead
        itemsize = row.dtype.itemsize
        return self.info.family == "cpu" and whole and streams(lines.count * lines.n * itemsize, _LINE_BYTES, *(s * itemsize for s in starts))


@light_dataclass(frozen=True)
class _Shared:
    """How the work is shared out; names as in the template. ``totals``: the tiles of a line whose totals are needed."""

    lines: _Lines
    walk: str
    width: int = 1
    panel: int = 1
    tile: int = 1
    tiles: int = 1
    totals: int = 0
    groups: int = 1
    local: int = 1
    team: int = 1
    stage: int = 0

    @property
    def unit(self) -> bool:
        """Whether vectors of lines lie side by side."""
        return self.walk == "lines" and self.width > 1

    @property
    def strips_a_run(self) -> int:
        """Panels of lines in a run."""
        return ceil_div(self.lines.run, self.width * self.panel) if self.unit else 1

    @property
    def strips(self) -> int:
        """Panels of lines, or lines."""
        if self.unit:
            return size_of(self.lines.kept) * self.strips_a_run
        return ceil_div(self.lines.count, self.panel)

    @property
    def depth(self) -> int:
        """``tile`` is so high a power of the radix."""
        return (self.tile.bit_length() - 1) // 4

    def geometry(self, info: DeviceInfo, tasks: int) -> tuple[int, int, int]:
        """Work-groups, items a group, and tasks a group of a CPU."""
        if info.family == "cpu":
            small = self.lines.count * self.lines.n <= _SMALL
            chunk = ceil_div(tasks, 1 if small else min(tasks, self.groups))
            return ceil_div(tasks, chunk), 1, chunk
        a_group = self.local // self.team if self.walk == "tiles" else self.local
        return min(ceil_div(tasks, a_group), self.groups), self.local, 0


def _on_cpu(device: OpenDevice, a: Accumulation, lines: _Lines) -> _Shared:
    """Along lines in memory's order by transposing, across neighbouring lines by vectors, else line by line."""
    info = device.info
    p = tuning.parameters(RECORDS["cpu"], a.dtype, device)
    width = max(4, min(16, info.vector_bytes // (facts(a.dtype).compute.bits // 8)))
    elements = lines.count * lines.n
    groups = p["GROUPS"] * info.compute_units
    side_by_side = bool(lines.kept) and (lines.read_steps[-1], lines.write_steps[-1]) == (1, 1) and lines.kept[-1] >= width
    if elements < GENERAL:
        return _Shared(lines.of_common_rank(_RANKS[-1:]), "lines", 1, _GENERAL_PANEL, tile=lines.n)
    if a.tree and lines.step == lines.out_step == 1 and lines.n >= _SHORT:
        shared = _Shared(lines, "tiles", width)
    elif side_by_side:
        shared = _Shared(lines.in_runs(), "lines", width, p["PANEL"])
    else:
        shared = _Shared(lines, "lines", 1, _GENERAL_PANEL)
    shared = replace(shared, tile=lines.n, groups=groups)
    if not a.tree or elements <= _SMALL or shared.strips >= 2 * info.compute_units:
        return shared
    tile = p["TILE"]
    while ceil_div(lines.n, tile) > _MOST_TILES:
        tile *= RADIX
    if shared.walk == "lines" and lines.n <= 4 * tile:
        tile = RADIX**2
    if lines.n <= tile:
        return shared
    tiles = ceil_div(lines.n, tile)
    totals = tiles - 1
    if shared.strips == 1:
        chunk = ceil_div(tiles, min(tiles, groups))
        totals = (ceil_div(tiles, chunk) - 1) * chunk
    if totals == 0:
        return shared
    return replace(shared, tile=tile, tiles=tiles, totals=totals)


def _on_gpu(device: OpenDevice, a: Accumulation, lines: _Lines) -> _Shared:
    """A team a tile where a line lies closer than its neighbour, or lines are few; else an item a line."""
    info = device.info
    p = tuning.parameters(RECORDS["gpu"], a.dtype, device)
    groups = p["GROUPS"] * info.compute_units
    closer = not lines.kept or abs(lines.step) <= abs(lines.read_steps[-1]) or lines.count < _FEW_LINES
    if a.tree and closer:
        team = max(t for t in (1, RADIX, RADIX**2) if t <= p["LOCAL"] and (t == 1 or lines.n > t))
        tile = RADIX * team
        tiles = ceil_div(lines.n, tile)
        return _Shared(lines, "tiles", tile=tile, tiles=tiles, totals=tiles, groups=groups, local=p["LOCAL"], team=team, stage=p["STAGE"])
    shared = _Shared(lines, "lines", tile=lines.n, groups=groups, local=min(p["LOCAL"], 64))
    if not a.tree or lines.n <= 4 * _ITEMS_TILE or lines.count >= 1024 * info.compute_units:
        return shared
    tiles = ceil_div(lines.n, _ITEMS_TILE)
    return replace(shared, tile=_ITEMS_TILE, tiles=tiles, totals=tiles)


def _source(info: DeviceInfo, form: _Form, a: Accumulation) -> Source:
    source, gives = facts(a.source), facts(a.gives)
    return render(
        "scan", info.arithmetic, family=info.family, walk=form.walk, phase=form.phase, exclusive=form.exclusive, tree=a.tree,
        unit=form.unit, source=source.stored, stored=gives.compute, half=gives.is_half,
        acc=facts(a.dtype).compute, read=a.read, join=a.joined, neutral=a.neutral, initial=a.initial, kept=form.kept,
        levels=16 if form.index64 else 8, width=form.width, PANEL=form.panel, team=form.team, LOCAL=form.local, STAGE=form.stage, streams=form.streams, load=form.load, put=form.put,
        index="ulong" if form.index64 else "uint", signed_index="long" if form.index64 else "int",
    )  # fmt: skip
