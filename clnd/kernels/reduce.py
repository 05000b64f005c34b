"""Reductions in the canonical order: choosing the walk, and one launch a level of blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from clnd.dtypes import DType, facts, float32
from clnd.kernels import tuning
from clnd.kernels.elementwise import bytes_of_vectors, index_types, reaches_beyond_32_bits, scalar_types, scalar_values
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import Kernel, Strided
from clnd.kernels.recipe import REDUCED_INDEX, Input, Recipe, vector_width
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, collapse, size_of
from clnd.templates import render

__all__ = ["BLOCK", "LANES", "REDUCE", "Accumulation", "Level", "launch", "plan", "run_levels"]

BLOCK = 2048
"""Consecutive elements of a block. A constant of the canonical order: it never changes."""
LANES = 32
"""Accumulators of a block. A constant of the canonical order: it never changes."""


@dataclass(frozen=True)
class Order:
    """In which order elements are added: blocks of ``block``, in each ``lanes`` accumulators."""

    block: int
    lanes: int


_CANONICAL = Order(BLOCK, LANES)
# Math mode "fast": few blocks; across results the rows as they come, each element's turn after the last.
_FREE_ALONG, _FREE_ACROSS = Order(1 << 16, LANES), Order(1 << 12, 1)

REDUCE = {
    "cpu": Kernel(
        name="reduce",
        family="cpu",
        # PANEL: vectors of results held at once (across); GROUPS: work-groups a compute unit;
        # STREAMS: elements of a lane that are read at once (across).
        tunables={"PANEL": (128, 16, 32, 64), "GROUPS": (4, 2, 8), "STREAMS": (4, 8, 2, 1)},
        fits=lambda p, dtype, device: True,
        moved=lambda problem, itemsize: size_of(problem) * itemsize,
        flops=lambda problem: 0,
        problems=((1,), (31,), (33,), (2049,), (5, 3), (300, 70), (3, 2049, 2), (4097, 9)),
    ),
    "gpu": Kernel(
        name="reduce",
        family="gpu",
        # LOCAL: items a work-group; GROUPS: work-groups a compute unit.
        tunables={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "GROUPS": (32, 16, 64)},
        fits=lambda p, dtype, device: p["LOCAL"] <= device.max_work_group_size,
        moved=lambda problem, itemsize: size_of(problem) * itemsize,
        flops=lambda problem: 0,
        problems=((1,), (31,), (33,), (2049,), (5, 3), (300, 70), (3, 2049, 2), (4097, 9)),
    ),
}

# Fewer reduced elements than this are walked across results: a vector along them would be mostly empty.
_SHORT = 16
# Bytes of a row for which it does not matter that fetching ahead goes beyond its end.
_LONG_ROW = 1 << 17
# Fewer elements than this are not worth a second work-group.
_SMALL = 16384


@dataclass(frozen=True)
class Accumulation:
    """How values are accumulated, as C over x1 (and x2), acc, and the partial results a and b.

    ``start`` begins a lane with its first value, ``step`` takes the next, ``combine`` joins two
    partial results, ``finish`` makes the result of the last one, ``total``. ``dtype`` is
    accumulated in, ``gives`` is the result's.
    """

    start: str
    step: str
    combine: str
    dtype: DType
    gives: DType
    finish: str = "total"

    def of_partials(self) -> Accumulation:
        """The same for partial results: they are combined as they are."""
        step = re.sub(r"\ba\b", "acc", re.sub(r"\bb\b", "x1", self.combine))
        return Accumulation("x1", step, self.combine, self.dtype, self.gives, self.finish)


def launch(
    device: OpenDevice,
    accumulation: Accumulation,
    recipe: Recipe,
    shape: Shape,
    axes: tuple[int, ...],
    operands: list[Any],
    operand_shapes: list[Shape],
) -> Block:
    """Reduce ``recipe`` over ``axes`` of ``shape``; the block holds the kept axes, row-major.

    Operands are as in `elementwise.launch`. Neither the reduced nor the kept axes are empty.
    """
    levels = plan(device, accumulation, recipe, shape, axes, operands, operand_shapes)
    return run_levels(device, levels, [x.block for x in operands if isinstance(x, Strided)])


@dataclass(frozen=True)
class Level:
    """One launch of a reduction: ``args`` has None where a block goes, those of ``places`` in order, the result last."""

    kernel: Any
    groups: tuple[int, ...]
    local: tuple[int, ...]
    args: tuple[Any, ...]
    places: tuple[int, ...]
    out_bytes: int
    moved: int


def run_levels(device: OpenDevice, levels: list[Level], blocks: list[Block]) -> Block:
    """Launch what `plan` found: the first level reads ``blocks``, each other one what the one before it made."""
    for level in levels:
        out = device.pool.allocate(level.out_bytes)
        args = list(level.args)
        for place, block in zip(level.places, (*blocks, out), strict=True):
            args[place] = block.buffer
        enqueue(device, level.kernel, level.groups, level.local, tuple(args), level.moved)
        blocks = [out]
    return out


def plan(
    device: OpenDevice,
    accumulation: Accumulation,
    recipe: Recipe,
    shape: Shape,
    axes: tuple[int, ...],
    operands: list[Any],
    operand_shapes: list[Shape],
) -> list[Level]:
    """The launches of a reduction: for operands that lie like these, with the same scalars, in any blocks."""
    kept_axes = [a for a in range(len(shape)) if a not in axes]
    kept_shape = tuple(shape[a] for a in kept_axes)
    reduced_shape = tuple(shape[a] for a in axes)
    strides = [
        broadcast_strides(s, x.strides, shape)
        for x, s in zip(operands, operand_shapes, strict=True)
        if isinstance(x, Strided)
    ]
    kept, kept_steps = _at_least_1d(collapse(kept_shape, [tuple(s[a] for a in kept_axes) for s in strides]))
    reduced, reduced_steps = _at_least_1d(collapse(reduced_shape, [tuple(s[a] for a in axes) for s in strides]))
    levels: list[Level] = []
    while True:
        n = size_of(reduced)
        along = _is_along(device, size_of(kept), n, kept_steps, reduced_steps)
        order = _CANONICAL if not recipe.fast else _FREE_ALONG if along else _FREE_ACROSS
        blocks = -(-n // order.block)
        joined = along and 1 < blocks <= order.lanes and _joins(device, size_of(kept), n)
        levels.append(
            _level(device, accumulation, recipe, operands, kept, kept_steps, reduced, reduced_steps, along, order, blocks, joined)
        )
        if blocks == 1 or joined:
            return levels
        # The block results, reduced by the same rule.
        accumulation = accumulation.of_partials()
        recipe = Recipe((Input(accumulation.dtype),), (), (0,), recipe.fast)
        operands = [None]  # what this level makes, from its start
        results = size_of(kept)
        kept, kept_steps = (results,), [(blocks,)]
        reduced, reduced_steps = (blocks,), [(1,)]


def _is_along(device: OpenDevice, results: int, n: int, kept_steps: list[Shape], reduced_steps: list[Shape]) -> bool:
    """Whether vectors run along the reduced elements, rather than across the results."""
    if results == 1 and device.info.family == "cpu":
        return True
    closer = sum(abs(s[-1]) for s in reduced_steps) <= sum(abs(s[-1]) for s in kept_steps)
    if device.info.family == "cpu":
        return n >= _SHORT and closer
    local = tuning.parameters(REDUCE["gpu"], float32, device)["LOCAL"]
    return local >= LANES and n >= _SHORT and (results == 1 or closer or results * -(-n // BLOCK) < 4096)


def _joins(device: OpenDevice, results: int, n: int) -> bool:
    """Whether a task takes all blocks of its result: where results are enough for the device, or all are few."""
    return device.info.family == "cpu" and (results >= 4 * device.info.compute_units or results * n <= _SMALL)


def _panel(most: int, vectors: int, blocks: int, compute_units: int) -> int:
    """Vectors of results a task holds: a power of two (so that few kernels serve all shapes) that leaves
    every compute unit a task or two."""
    panel = min(most, 1 << (vectors - 1).bit_length())
    while panel > 8 and -(-vectors // panel) * blocks < 2 * compute_units:
        panel //= 2
    return panel


def _goes_on(itemsize: int, kept: Shape, kept_steps: Shape, reduced: Shape, reduced_steps: Shape) -> bool:
    """Whether what lies behind an element is soon read as well: rows lie one behind the other, or are long."""
    row = reduced[-1]
    in_one_piece = len(reduced) == 1 or reduced_steps[-2] == row
    return row * itemsize >= _LONG_ROW or (in_one_piece and (kept_steps[-1] == size_of(reduced) or kept == (1,)))


def _is_numbered(recipe: Recipe) -> bool:
    """Whether the map stage asks for the elements' numbers."""
    return any(step.code == REDUCED_INDEX for step in recipe.steps)


def _at_least_1d(collapsed: tuple[Shape, list[Shape]]) -> tuple[Shape, list[Shape]]:
    lengths, steps = collapsed
    return (lengths, steps) if lengths else ((1,), [(0,) for _ in steps])


def _width(recipe: Recipe, accumulation: Accumulation, vector_bytes: int) -> int:
    """Elements of a vector: what the map computes with, and what is accumulated in, fits ``vector_bytes``."""
    accumulated = facts(accumulation.dtype).compute.bits // 8
    return min(vector_width(recipe, vector_bytes), max(4, vector_bytes // accumulated))


def _level(
    device: OpenDevice,
    accumulation: Accumulation,
    recipe: Recipe,
    operands: list[Any],
    kept: Shape,
    kept_steps: list[Shape],
    reduced: Shape,
    reduced_steps: list[Shape],
    along: bool,
    order: Order,
    blocks: int,
    joined: bool,
) -> Level:
    info = device.info
    parts = 1 if joined else blocks
    dtype = accumulation.gives if parts == 1 else accumulation.dtype
    results, n = size_of(kept), size_of(reduced)
    buffers = [(k, 0 if x is None else x.offset) for k, x in enumerate(operands) if x is None or isinstance(x, Strided)]
    cpu = info.family == "cpu"
    record = REDUCE[info.family]
    parameters = tuning.parameters(record, accumulation.dtype, device)
    patterns = tuple({1: "unit", 0: "same"}.get(s[-1], "strided") for s in (reduced_steps if along else kept_steps))
    width = _width(recipe, accumulation, bytes_of_vectors(info, patterns)) if cpu else 1
    if not along and len(kept) > 1 and kept[-1] % width:
        # Vectors that cross from one run of results to the next.
        width = _width(recipe, accumulation, bytes_of_vectors(info, ("any",)))
        if kept[-1] % width:
            patterns = ("any",) * len(buffers)
    elif not along and cpu:  # no longer than few results need
        width = min(width, max(4, 1 << (results - 1).bit_length()))
    panel = 1 if along or not cpu else _panel(parameters["PANEL"], -(-results // width), blocks, info.compute_units)
    teams = max(1, parameters.get("LOCAL", LANES) // LANES)
    index64 = reaches_beyond_32_bits(
        max(n, results * blocks * width * panel),
        [(kept + reduced, offset, ks + rs) for (_, offset), ks, rs in zip(buffers, kept_steps, reduced_steps, strict=True)],
    )
    ahead = tuple(
        k
        for (k, _), pattern, ks, rs in zip(buffers, patterns, kept_steps, reduced_steps, strict=True)
        if cpu and along and pattern == "unit" and _goes_on(recipe.inputs[k].dtype.itemsize, kept, ks, reduced, rs)
    )
    key = ("reduce", accumulation, recipe, order, along, patterns, ahead, len(kept), len(reduced), panel, width, dtype, parts == 1, joined, index64)
    kernel = device.variants.get(key)
    if kernel is None:
        acc = facts(accumulation.dtype).compute
        by_input: list[str] = [""] * len(operands)
        for (k, _), p in zip(buffers, patterns, strict=True):
            by_input[k] = p
        source = render(
            "reduce", info.fast_arithmetic if recipe.fast else info.arithmetic, e=Emit(recipe, width), start=accumulation.start, step=accumulation.step,
            combine=accumulation.combine, ACC=acc, ACC_DTYPE=accumulation.dtype,
            STORED=facts(dtype).compute, HALF=facts(dtype).is_half, finish=accumulation.finish if parts == 1 else "total", JOINED=joined, SHAPE="along" if along else "across", patterns=by_input,
            KEPT=len(kept), REDUCED=len(reduced), PANEL=panel, WIDTH=width,
            ANY_PLACE="any" in patterns, FAMILY=info.family, IDX="ulong" if index64 else "uint", SIDX="long" if index64 else "int",
            BLOCK=order.block, LANES=order.lanes, LEVELS=order.lanes.bit_length() - 1, TEAMS=teams,
            STREAMS=parameters["STREAMS"] if cpu and width > 1 and len(recipe.steps) <= 6 and not _is_numbered(recipe) else 1,
            AHEAD=ahead,
            values={"x1": "y0"} | ({"x2": "y1"} if len(recipe.outputs) > 1 else {}),
            NUMBERED=next((facts(s.gives).compute for s in recipe.steps if s.code == REDUCED_INDEX), None),
        )  # fmt: skip
        kernel = device.programs.kernel(source, "reduce")
        count, stride = index_types(index64)
        types: list[type[Any] | None] = []
        for _ in buffers:
            types += (None, np.int64)
        for x in recipe.inputs:
            if x.is_scalar:
                types += scalar_types(x.dtype)
        types += [None]
        types += [count] * (len(kept) - 1 + len(reduced) - 1)
        types += [stride] * (len(buffers) * (len(kept) + len(reduced)))
        types += [count] * 5
        kernel.set_scalar_types(types)
        device.variants[key] = kernel
    args: list[Any] = []
    places = [2 * k for k in range(len(buffers))]
    for _, offset in buffers:
        args += (None, offset)
    for k, value in enumerate(operands):
        if recipe.inputs[k].is_scalar:
            args += scalar_values(recipe.inputs[k].dtype, value)
    places.append(len(args))
    args += (None, *kept[1:], *reduced[1:])
    for ks, rs in zip(kept_steps, reduced_steps, strict=True):
        args += (*ks, *rs)
    if along:
        tasks = results * parts
        work = n if joined else min(n, order.block)
    else:
        tasks = -(-results // (width * panel)) * blocks
        work = min(n, order.block) * width * panel
    if cpu:
        groups = min(tasks, parameters["GROUPS"] * info.compute_units) if tasks * work > _SMALL else 1
        chunk = -(-tasks // groups)
        groups, local = -(-tasks // chunk), 1
    elif along:
        local, chunk = teams * LANES, 0
        groups = min(-(-tasks // teams), parameters["GROUPS"] * info.compute_units)
    else:
        local, chunk = min(parameters["LOCAL"], 64), 0
        groups = min(-(-tasks // local), parameters["GROUPS"] * info.compute_units)
    args += (results, n, blocks, tasks, chunk)
    moved = n * results * sum(recipe.inputs[k].dtype.itemsize for k, _ in buffers)
    out_bytes = results * parts * dtype.itemsize
    return Level(kernel, (groups,), (local,), tuple(args), tuple(places), out_bytes, moved)

