"""Reductions in the canonical order: choosing the walk, and one launch a level of blocks."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clnd.dtypes import DType, facts, float32, int64
from clnd.kernels import tuning
from clnd.kernels.elementwise import GENERAL, bytes_of_vectors, index_types, reaches_beyond_32_bits, take
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import MOST_ALIGNED, Parameters, common_rank, load_width, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.recipe import Input, Recipe, vector_width
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, collapse, size_of
from clnd.templates import Source, render

__all__ = ["BLOCK", "LANES", "RECORDS", "Accumulation", "plan"]

BLOCK = 2048
"""Consecutive elements of a block. A constant of the canonical order: it never changes."""
LANES = 32
"""Accumulators of a block. A constant of the canonical order: it never changes."""


@light_dataclass(frozen=True)
class Order:
    """In which order elements are added: blocks of ``block``, in each ``lanes`` accumulators."""

    block: int
    lanes: int


_CANONICAL = Order(BLOCK, LANES)
# Math mode "fast": few blocks; across results the rows as they come, each element's turn after the last.
_FREE_ALONG, _FREE_ACROSS = Order(1 << 16, LANES), Order(1 << 12, 1)

RECORDS = of_families(
    "reduce",
    # PANEL: vectors of results held at once (across); GROUPS: work-groups a compute unit;
    # STREAMS: elements of a lane that are read at once (across).
    cpu={"PANEL": (128, 16, 32, 64), "GROUPS": (4, 2, 8), "STREAMS": (4, 8, 2, 1)},
    # LOCAL: items a work-group; GROUPS: work-groups a compute unit.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "GROUPS": (32, 16, 64)},
    moved=lambda problem, itemsize: size_of(problem) * itemsize,
    problems=((1,), (31,), (33,), (2049,), (5, 3), (300, 70), (3, 2049, 2), (4097, 9)),
)

# Fewer reduced elements than this are walked across results by GPUs: a vector along them would be mostly empty. CPUs do so with fewer than LANES.
_SHORT = 16
# CPUs walk rows of so many elements many at a time, if there are as many as this.
_SHORT_ROWS, _MANY_ROWS = range(2, 4 * LANES + 1), 64
# A task of a CPU holds all lanes of so many results, with what lies between their rows.
_FEW_RESULTS = 64
# A map of so many steps is written out several times.
_FEW_STEPS = 6
# The lanes of so many results are few vectors: there are kernels for each distance of rows up to this.
_FEWEST_RESULTS = 8
# Bytes of a row for which it does not matter that fetching ahead goes beyond its end.
_LONG_ROW = 1 << 17
# Fewer elements than this are not worth a second work-group.
_SMALL = 16384
# A kernel serves so many kept and so many reduced axes, at most: those of length 1 that go before the others cost little.
_RANKS = (1, 2, 4)
# Vectors of results that a task holds at most, in kernels for small arrays.
_GENERAL_PANEL = 8


@light_dataclass(frozen=True)
class Accumulation:
    """How values are accumulated, as C over x1 (and x2), acc, and the partial results a and b.

    ``start`` begins a lane with its first value, ``step`` takes the next, ``combine`` joins two
    partial results, ``finish`` makes the result of the last one, ``total``. ``dtype`` is
    accumulated in, ``gives`` is the result's.

    A search (``is_search``) accumulates pairs of a key and a place, and has two results: the keys, and the places as int64.
    ``numbered``: its values are keys yet; it takes their places as ``number``.
    """

    start: str
    step: str
    combine: str
    dtype: DType
    gives: DType
    finish: str = "total"
    is_search: bool = False
    numbered: bool = False

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        # As of a recipe: it is looked up at every launch.
        return hash((self.start, self.step, self.combine, self.dtype, self.gives, self.finish, self.is_search, self.numbered))

    def of_partials(self) -> Accumulation:
        """The same for partial results: they are combined as they are."""
        step = re.sub(r"\ba\b", "acc", re.sub(r"\bb\b", "x1", self.combine))
        return replace(self, start="x1", step=step, numbered=False)


@light_dataclass(frozen=True)
class _Walk:
    """One level's work: ``recipe`` over the kept and the reduced axes, by the steps of each buffer along them.

    All begin at multiples of ``aligned`` elements.
    """

    accumulation: Accumulation
    recipe: Recipe
    kept: Shape
    kept_steps: list[Shape]
    reduced: Shape
    reduced_steps: list[Shape]
    aligned: int

    @property
    def buffers(self) -> list[int]:
        """The numbers of the inputs in memory."""
        return [k for k, x in enumerate(self.recipe.inputs) if not x.is_scalar]

    def is_general(self, info: DeviceInfo) -> bool:
        """Whether it is small, and walked by a kernel for any strides."""
        return info.family == "cpu" and size_of(self.kept) * size_of(self.reduced) < GENERAL

    def of_common_rank(self, info: DeviceInfo) -> _Walk:
        """The same with axes of length 1 before the others, to one of few numbers of axes."""
        rank = common_rank(max(len(self.kept), len(self.reduced)), _RANKS[1:] if self.is_general(info) else _RANKS)
        kept, reduced = rank - len(self.kept), rank - len(self.reduced)
        return replace(
            self,
            kept=(1,) * kept + self.kept,
            kept_steps=[(0,) * kept + s for s in self.kept_steps],
            reduced=(1,) * reduced + self.reduced,
            reduced_steps=[(0,) * reduced + s for s in self.reduced_steps],
        )


def plan(
    device: OpenDevice,
    accumulation: Accumulation,
    recipe: Recipe,
    shape: Shape,
    axes: tuple[int, ...],
    strides: Sequence[Shape | None],
    operand_shapes: Sequence[Shape],
    aligned: int = 1,
) -> Plan:
    """The launches of a reduction of operands with these strides (None: a scalar) and shapes; they begin at multiples of ``aligned`` elements.

    A run is given `elementwise.given`.
    """
    kept_axes = [a for a in range(len(shape)) if a not in axes]
    kept_shape = tuple(shape[a] for a in kept_axes)
    reduced_shape = tuple(shape[a] for a in axes)
    walks = [broadcast_strides(s, x, shape) for x, s in zip(strides, operand_shapes, strict=True) if x is not None]
    kept, kept_steps = _at_least_1d(collapse(kept_shape, [tuple(s[a] for a in kept_axes) for s in walks]))
    reduced, reduced_steps = _at_least_1d(collapse(reduced_shape, [tuple(s[a] for a in axes) for s in walks]))
    walk = _Walk(accumulation, recipe, kept, kept_steps, reduced, reduced_steps, aligned).of_common_rank(device.info)
    count = take(Arguments(), recipe)
    results = size_of(kept)
    found: list[tuple[_Level, _Walk]] = []
    while True:
        level = _shared_out(device, walk)
        found.append((level, walk))
        if level.parts == 1:
            break
        # The block results, reduced by the same rule.
        accumulation = walk.accumulation.of_partials()
        partials = Recipe((Input(accumulation.dtype),), (), (0,), recipe.fast)
        walk = _Walk(accumulation, partials, (results,), [(level.blocks,)], (level.blocks,), [(1,)], MOST_ALIGNED).of_common_rank(device.info)
    # The results come first of what a run makes, then what each level hands to the next.
    last, scratch = len(found) - 1, count + 1 + accumulation.is_search
    launches = []
    for k, (level, walk) in enumerate(found):
        launches.append(_launch(device, level, walk, None if k == 0 else scratch + k - 1, count if k == last else scratch + k))
    sizes = [results * level.parts * level.stored(w).itemsize for level, w in found]
    places = [results * int64.itemsize] if accumulation.is_search else []
    return Plan(tuple(launches), (sizes[-1], *places, *sizes[:-1]))


def _shape_of(device: OpenDevice, w: _Walk) -> str:
    """Whether vectors run along the reduced elements or across the results; or of rows that have too few elements for the one, and lie too far apart for the other."""
    results, n, general = size_of(w.kept), size_of(w.reduced), w.is_general(device.info)
    closer = sum(abs(s[-1]) for s in w.reduced_steps) <= sum(abs(s[-1]) for s in w.kept_steps)
    if device.info.family != "cpu":
        local = tuning.parameters(RECORDS["gpu"], float32, device)["LOCAL"]
        is_along = local >= LANES and n >= _SHORT and (results == 1 or closer or results * -(-n // BLOCK) < 4096)
        return "along" if is_along else "across"
    plain = not general and w.kept[-1] == results and w.reduced[-1] == n
    if plain and closer and results >= _MANY_ROWS and n in _SHORT_ROWS and any(s[-1] == 1 for s in w.reduced_steps):
        return "rows"
    if results == 1 or (n >= LANES and closer) or (general and n > BLOCK):
        return "along"
    return "flat" if plain and n > LANES and not w.recipe.fast and _is_flat(w) else "across"


def _is_flat(w: _Walk) -> bool:
    """Whether rows of few results lie one behind the other, with little between them, and what else is read is the same along or across them."""
    results, patterns = w.kept[-1], _flat_patterns(w)
    strides = {rs[-1] for pattern, rs in zip(patterns, w.reduced_steps, strict=True) if pattern == "flat"}
    if w.accumulation.is_search or len(strides) != 1 or "" in patterns or any(facts(x.dtype).components > 1 for x in w.recipe.inputs):
        return False
    (stride,) = strides
    return 1 < results <= stride <= min(2 * results, _FEW_RESULTS) and facts(w.accumulation.dtype).components == 1


def _flat_patterns(w: _Walk) -> tuple[str, ...]:
    """How each buffer is walked where rows of results are one run of memory; "" where it cannot be."""

    def pattern(kept: int, reduced: int) -> str:
        return "repeat" if kept == 0 else "" if kept != 1 else "tiled" if reduced == 0 else "flat"

    return tuple(pattern(ks[-1], rs[-1]) for ks, rs in zip(w.kept_steps, w.reduced_steps, strict=True))


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


def _at_least_1d(collapsed: tuple[Shape, list[Shape]]) -> tuple[Shape, list[Shape]]:
    lengths, steps = collapsed
    return (lengths, steps) if lengths else ((1,), [(0,) for _ in steps])


def _width(recipe: Recipe, accumulation: Accumulation, vector_bytes: int) -> int:
    """Elements of a vector: what the map computes with, and what is accumulated in, fits ``vector_bytes``."""
    accumulated = facts(accumulation.dtype).compute.bits // 8
    return min(vector_width(recipe, vector_bytes), max(4, vector_bytes // accumulated))


@light_dataclass(frozen=True)
class _Level:
    """How a walk is shared out: its shape (see the template), in which order, in how many blocks.

    ``joined``: a task takes all blocks of its result.
    """

    shape: str
    order: Order
    blocks: int
    joined: bool

    @property
    def parts(self) -> int:
        """Partial results that each result is left in."""
        return 1 if self.joined else self.blocks

    def stored(self, walk: _Walk) -> DType:
        """The dtype of what the level makes."""
        return walk.accumulation.gives if self.parts == 1 else walk.accumulation.dtype


def _shared_out(device: OpenDevice, w: _Walk) -> _Level:
    results, n = size_of(w.kept), size_of(w.reduced)
    general = w.is_general(device.info)
    shape = _shape_of(device, w)
    order = _CANONICAL if not w.recipe.fast else _FREE_ACROSS if shape == "across" else _FREE_ALONG
    blocks = -(-n // order.block)
    joined = blocks <= order.lanes and (general or (blocks > 1 and _joins(device, results, n)))
    return _Level(shape, order, blocks, shape == "along" and joined)


@light_dataclass(frozen=True)
class _Form:
    """What the source of a level's kernel depends on, beside accumulation and recipe.

    ``patterns``: how each buffer is walked along the vectors, which have ``width`` elements; ``ahead``: the buffers that are
    fetched ahead; ``lanes``: of the vectors of a row (rows); ``is_whole``: it has all LANES; ``period``: from one row of results to the next (flat);
    ``ranks``: numbers of kept and reduced axes; ``is_last``: it makes results, and no partial ones.
    """

    shape: str
    order: Order
    patterns: tuple[str, ...]
    width: int
    lanes: tuple[int, ...]
    is_whole: bool
    period: int
    panel: int
    streams: int
    teams: int
    ahead: tuple[int, ...]
    ranks: tuple[int, int]
    stored: DType
    is_last: bool
    joined: bool
    index64: bool


def _vectors(info: DeviceInfo, level: _Level, w: _Walk) -> tuple[tuple[str, ...], int]:
    """How each buffer is walked along the vectors, and how long they are."""
    walked = w.kept_steps if level.shape == "across" else w.reduced_steps
    if info.family != "cpu":
        return _vectors_of_gpu(level, w)
    if level.shape == "flat":
        return _flat_patterns(w), _width(w.recipe, w.accumulation, info.vector_bytes)
    if w.is_general(info):
        patterns: tuple[str, ...] = ("along" if level.shape == "along" else "any",) * len(walked)
        return patterns, _width(w.recipe, w.accumulation, bytes_of_vectors(info, patterns))
    patterns = tuple({1: "unit", 0: "same"}.get(s[-1], "strided") for s in walked)
    width = _width(w.recipe, w.accumulation, bytes_of_vectors(info, patterns))
    if level.shape == "along":
        return patterns, width
    if level.shape == "rows":
        shared = [p == "unit" and ks[-1] == 0 for p, ks in zip(patterns, w.kept_steps, strict=True)]
        patterns = tuple("shared" if is_shared else p for is_shared, p in zip(shared, patterns, strict=True))
        return patterns, width
    results, run = size_of(w.kept), w.kept[-1]
    if results > run and run % width:
        # Vectors that cross from one run of results to the next.
        width = _width(w.recipe, w.accumulation, bytes_of_vectors(info, ("any",)))
        return (("any",) * len(walked) if run % width else patterns), width
    return patterns, min(width, max(4, 1 << (results - 1).bit_length()))  # no longer than few results need


def _period(w: _Walk, patterns: tuple[str, ...]) -> int:
    """Elements from one row of few results to the next where there is a kernel for just so many, else 0."""
    stride = next(rs[-1] for pattern, rs in zip(patterns, w.reduced_steps, strict=True) if pattern == "flat")
    return stride if stride <= _FEWEST_RESULTS and len(w.recipe.steps) <= _FEW_STEPS else 0


def _row_lanes(w: _Walk, width: int) -> tuple[int, ...]:
    """How many elements of a row each of its vectors takes. The last one may hold several rows, whose elements are as many as a power of two."""
    whole, rest = divmod(min(size_of(w.reduced), LANES), width)
    if rest and all(facts(x.dtype).components == 1 for x in w.recipe.inputs):
        return (width,) * whole + (1 << (rest - 1).bit_length(),)
    return (width,) * (whole + (rest > 0))


def _vectors_of_gpu(level: _Level, w: _Walk) -> tuple[tuple[str, ...], int]:
    """The same on a GPU: along the reduced elements 16 bytes, where every vector is aligned and all there; else one element after the other."""
    steps = [(*ks, *rs) for ks, rs in zip(w.kept_steps, w.reduced_steps, strict=True)]
    width = min((load_width(w.recipe.inputs[k].dtype.itemsize) for k in w.buffers), default=1)
    moving = [s for s in steps if s[-1] != 0]
    whole = w.aligned % width == 0 and w.reduced[-1] % width == 0 and all(s[-1] == 1 and not any(x % width for x in s[:-1]) for s in moving)
    if level.shape != "along" or width == 1 or not moving or not whole:
        return ("strided",) * len(steps), 1
    return tuple("same" if s[-1] == 0 else "unit" for s in steps), width


def _form(info: DeviceInfo, parameters: Parameters, level: _Level, w: _Walk) -> _Form:
    cpu, results, n = info.family == "cpu", size_of(w.kept), size_of(w.reduced)
    patterns, width = _vectors(info, level, w)
    lanes = _row_lanes(w, width) if level.shape == "rows" else ()
    panel = 1
    if cpu and level.shape == "across":
        panel = _GENERAL_PANEL if w.is_general(info) else _panel(parameters["PANEL"], -(-results // width), level.blocks, info.compute_units)
    index64 = reaches_beyond_32_bits(
        max(n, results * level.blocks * width * panel),
        [(w.kept + w.reduced, ks + rs) for ks, rs in zip(w.kept_steps, w.reduced_steps, strict=True)],
    )
    ahead = tuple(
        k
        for k, pattern, ks, rs in zip(w.buffers, patterns, w.kept_steps, w.reduced_steps, strict=True)
        if cpu and level.shape in ("along", "rows") and pattern == "unit" and _goes_on(w.recipe.inputs[k].dtype.itemsize, w.kept, ks, w.reduced, rs)
    )
    streams = parameters["STREAMS"] if cpu and width > 1 and len(w.recipe.steps) <= _FEW_STEPS and not w.accumulation.numbered else 1
    return _Form(
        level.shape, level.order, patterns, width, lanes, bool(lanes) and n >= LANES, _period(w, patterns) if level.shape == "flat" else 0,
        panel, streams, _teams(parameters, width), ahead, (len(w.kept), len(w.reduced)), level.stored(w), level.parts == 1, level.joined, index64,
    )  # fmt: skip


def _source(info: DeviceInfo, form: _Form, w: _Walk) -> Source:
    accumulation, recipe = w.accumulation, w.recipe
    by_input = [""] * len(recipe.inputs)
    for k, pattern in zip(w.buffers, form.patterns, strict=True):
        by_input[k] = pattern
    return render(
        "reduce", info.fast_arithmetic if recipe.fast else info.arithmetic, e=Emit(recipe, form.width), start=accumulation.start,
        step=accumulation.step, combine=accumulation.combine, finish=accumulation.finish if form.is_last else "total",
        values={"x1": "y0"} | ({"x2": "y1"} if len(recipe.outputs) > 1 else {}),
        acc_type=facts(accumulation.dtype).compute, acc_dtype=accumulation.dtype,
        stored=facts(form.stored).compute, half=facts(form.stored).is_half, BLOCK=form.order.block, LANES=form.order.lanes,
        shape=form.shape, patterns=by_input, any_place="any" in form.patterns,
        numbered=facts(accumulation.dtype).compute.real if accumulation.numbered else None,
        places=accumulation.is_search and form.is_last, kept=form.ranks[0], reduced=form.ranks[1],
        lanes=form.lanes, is_whole=form.is_whole, longest=_SHORT_ROWS.stop - 1, widest=_FEW_RESULTS, period=form.period,
        PANEL=form.panel, STREAMS=form.streams, ahead=form.ahead, joined=form.joined, teams=form.teams, width=form.width,
        family=info.family, index="ulong" if form.index64 else "uint", signed_index="long" if form.index64 else "int",
    )  # fmt: skip


def _launch(device: OpenDevice, level: _Level, w: _Walk, source: int | None, out: int) -> Launch:
    """One level as a launch: ``source`` is the number of the block that it reads, None where it reads what is given; ``out`` of its own."""
    info, results, n = device.info, size_of(w.kept), size_of(w.reduced)
    parameters = tuning.parameters(RECORDS[info.family], w.accumulation.dtype, device)
    form = _form(info, parameters, level, w)
    if level.shape == "along":
        tasks = results * level.parts
        work = n if level.joined else min(n, level.order.block)
    elif level.shape == "flat":
        tasks, work = level.blocks, min(n, level.order.block) * results
    else:
        tasks = -(-results // (form.width * form.panel)) * level.blocks
        work = min(n, level.order.block) * form.width * form.panel
    groups, local, chunk = _geometry(info, parameters, form.teams if level.shape == "along" else 0, tasks, work)
    args = _arguments(w, source, out, form.is_last, form.index64)
    args.add(index_types(form.index64)[0], results, n, level.blocks, tasks, chunk)
    variant = Variant(("reduce", w.accumulation, w.recipe, form), "reduce", args.types, lambda: _source(info, form, w))
    moved = n * results * sum(w.recipe.inputs[k].dtype.itemsize for k in w.buffers)
    return Launch.of(variant, (groups,), (local,), args, moved)


def _arguments(w: _Walk, source: int | None, out: int, is_last: bool, index64: bool) -> Arguments:
    """Operands, the results, lengths and steps; what a level reads of another one begins at 0."""
    count, stride = index_types(index64)
    args = Arguments()
    if source is not None:
        args.hole(source).add(np.int64, 0)
    else:
        take(args, w.recipe)
    args.hole(out)
    if w.accumulation.is_search and is_last:
        args.hole(out + 1)
    args.add(count, *w.kept[1:], *w.reduced[1:])
    for ks, rs in zip(w.kept_steps, w.reduced_steps, strict=True):
        args.add(stride, *ks, *rs)
    return args


def _teams(parameters: Parameters, width: int) -> int:
    """Teams in a work-group of a GPU, of an item for each ``width`` lanes."""
    return max(1, parameters.get("LOCAL", LANES) // LANES * width)


def _geometry(info: DeviceInfo, parameters: Parameters, teams: int, tasks: int, work: int) -> tuple[int, int, int]:
    """Work-groups, items a group, and tasks a group of a CPU; ``work``: elements a task, ``teams``: of a group of a GPU, or 0."""
    most = parameters["GROUPS"] * info.compute_units
    if info.family == "cpu":
        groups = min(tasks, most) if tasks * work > _SMALL else 1
        chunk = -(-tasks // groups)
        return -(-tasks // chunk), 1, chunk
    if teams:
        return min(-(-tasks // teams), most), parameters["LOCAL"] // LANES * LANES, 0
    local = min(parameters["LOCAL"], 64)
    return min(-(-tasks // local), most), local, 0
