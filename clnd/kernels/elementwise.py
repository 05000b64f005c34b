"""Launching a fused elementwise kernel: layout of the operands, the variant, the arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from clnd.dtypes import COMPLEX, DType, facts
from clnd.kernels import tuning
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import Parameters, Strided, common_rank, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant, run
from clnd.kernels.moves import RULES, along
from clnd.kernels.recipe import INDEX, LOOK_UP, Recipe, vector_width
from clnd.runtime.device import DeviceInfo
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.shapes import Shape, broadcast_strides, collapse_around, contiguous_strides, size_of
from clnd.templates import Source, render

__all__ = ["GENERAL", "MAX_ARGUMENTS", "RANKS", "RECORDS", "bytes_of_vectors", "geometry", "given", "index_types", "launch", "plan", "reaches_beyond_32_bits", "scalar_types", "scalar_values", "take"]

RECORDS = of_families(
    "elementwise",
    # CHUNK: most elements a work-group takes; GROUPS: work-groups a compute unit; LEAST: fewest elements.
    cpu={"CHUNK": (16384, 8192, 32768), "GROUPS": (4, 2, 8), "LEAST": (2048, 512, 8192)},
    # LOCAL: items a work-group; WIDTH: elements an item takes at once; GROUPS: work-groups a compute unit.
    gpu={"LOCAL": (256, 128, 64, 32, 8, 1), "WIDTH": (4, 2), "GROUPS": (16, 32, 8)},
    cpu_fits=lambda p, dtype, device: p["LEAST"] <= p["CHUNK"],
    # One load of 16 bytes: a longer vector takes registers of others. Of complex numbers in vectors of two Intel's compiler (22.43) aborts.
    gpu_is_lean=lambda p, dtype, device: p["WIDTH"] * dtype.itemsize <= 16 or facts(dtype).kind == COMPLEX,
    moved=lambda problem, itemsize: 3 * size_of(problem) * itemsize,
    problems=((0,), (1,), (7,), (8,), (9,), (1000,), (16385,), (3, 5), (33, 64, 3), (2, 1, 129)),
)

MAX_ARGUMENTS = 24
"""Most buffers one kernel takes, inputs and outputs: within 1 KiB of arguments at any rank used."""

# An axis shorter than this is walked element by element: a run would be mostly its ragged end.
_SHORT_ROW = 24
# Results of so many bytes would leave little else in a CPU's last cache, and are written past it.
_LARGE_BYTES = 32 << 20
# A table whose rows have no more elements is walked as one run, if its operands allow it.
_TABLE_ROW = 64
_INT32_MAX = 2**31 - 1
# From so many elements on a kernel is made for the layout of its operands: where they have long rows on a CPU, and else. Fewer
# share kernels of these numbers of axes. Measured: the general kernel of rows is as fast up to there, that of elements half as fast.
GENERAL_ROWS, GENERAL = 1 << 18, 1 << 15
RANKS = (4, 8)

Operand = Strided | Any
"""What an input is given as: memory, or the value of a scalar."""


def scalar_values(dtype: DType, value: Any) -> tuple[Any, ...]:
    """A scalar input as kernel arguments: a half goes as float, a complex number as two."""
    f = facts(dtype)
    if f.components == 2:
        z = complex(value)
        return z.real, z.imag
    if f.kind == "float":
        return (float(dtype.type(value)),)
    return (int(value),)


def scalar_types(dtype: DType) -> list[type[Any]]:
    """The NumPy types of a scalar input's kernel arguments."""
    f = facts(dtype)
    real = {"float": np.float32, "double": np.float64}.get(f.compute.scalar)
    if f.components == 2:
        assert real is not None
        return [real, real]
    if f.kind == "bool":
        return [np.uint8]
    return [real or dtype.type]


def index_types(index64: bool) -> tuple[type[Any], type[Any]]:
    """The types of counts and of strides."""
    return (np.uint64, np.int64) if index64 else (np.uint32, np.int32)


def reaches_beyond_32_bits(n: int, layouts: Sequence[tuple[Shape, Shape]] = ()) -> bool:
    """True where a count or an operand's places (shape, strides) need 64-bit indexing."""
    if settings.index64 or n > _INT32_MAX:
        return True
    return any(
        any(abs(s) > _INT32_MAX for s in strides)
        or sum(abs(s) * (d - 1) for s, d in zip(strides, shape, strict=True)) + 1 > _INT32_MAX
        for shape, strides in layouts
    )


def bytes_of_vectors(info: DeviceInfo, patterns: Iterable[str]) -> int:
    """How long vectors of operands that lie like this are on a CPU: those picked together one by one are faster when short."""
    return min(info.vector_bytes, 32) if {"any", "along", "moved", "strided"} & {*patterns} else info.vector_bytes


def given(recipe: Recipe, operands: Iterable[Operand]) -> list[Any]:
    """What a run is given for a recipe's inputs: buffer and offset of each that lies in memory, then the scalars."""
    values: list[Any] = []
    scalars: list[Any] = []
    for x, i in zip(operands, recipe.inputs, strict=True):
        if i.is_scalar:
            scalars += scalar_values(i.dtype, x)
        else:
            values += (x.block.buffer, x.offset)
    return values + scalars


def take(args: Arguments, recipe: Recipe) -> int:
    """State a recipe's inputs as holes for `given`; returns how many values that are."""
    number = 0
    for x in recipe.inputs:
        if not x.is_scalar:
            args.operand(number)
            number += 2
    for x in recipe.inputs:
        if x.is_scalar:
            for of in scalar_types(x.dtype):
                args.hole(number, of)
                number += 1
    return number


def launch(
    device: OpenDevice,
    recipe: Recipe,
    shape: Shape,
    operands: list[Operand],
    operand_shapes: list[Shape],
    outputs: list[Block],
) -> None:
    """Compute ``recipe`` over ``shape`` into contiguous ``outputs``.

    ``operands`` has a `Strided` for each buffer input, with its own shape in ``operand_shapes``,
    and the value for each scalar input. ``shape`` has at least one element.
    """
    strides = tuple([None if i.is_scalar else x.strides for x, i in zip(operands, recipe.inputs, strict=True)])
    shapes = tuple(operand_shapes)
    key = ("elementwise", recipe, shape, strides, shapes, settings.index64)
    found = device.planned(key, lambda: plan(device, recipe, shape, strides, shapes))
    run(device, found, [*given(recipe, operands), *(b.buffer for b in outputs)])


def plan(
    device: OpenDevice, recipe: Recipe, shape: Shape, strides: Sequence[Shape | None], operand_shapes: Sequence[Shape], aligned: int = 1
) -> Plan:
    """The launch of ``recipe`` over ``shape`` on operands with these strides (None: a scalar) and shapes; they begin at multiples of ``aligned`` elements.

    A run is given `given` and the outputs' buffers.
    """
    n = size_of(shape)
    buffers = [k for k, x in enumerate(strides) if x is not None]
    moved = [k for k, x in enumerate(recipe.inputs) if x.moves]
    # Rules may be more than axes: of others in front.
    ndim = max([len(recipe.inputs[k].moves) for k in moved], default=len(shape))
    shape = (1,) * (ndim - len(shape)) + tuple(shape)
    walked = [
        (0,) * (ndim - len(s)) + tuple(s) if k in moved else broadcast_strides(operand_shapes[k], s, shape)
        for k, s in enumerate(strides) if s is not None
    ]  # fmt: skip
    apart = sorted({axis + ndim - len(x.moves) for x in recipe.inputs for axis, rule in enumerate(x.moves) if rule})
    lengths, walks, axes = collapse_around(shape, [contiguous_strides(shape), *walked], apart)
    steps = walks[1:]
    flat = contiguous_strides(lengths)
    patterns: list[str] = [""] * len(strides)
    mode = "flat"
    rows = lengths != () and lengths[-1] >= _SHORT_ROW and device.info.family == "cpu" and not any(recipe.inputs[k].moves[-1] == "repeat" for k in moved)
    tables = {k for k, x in enumerate(recipe.inputs) if x.is_table}
    if moved:
        mode = "rows" if rows else "index"
    for k, s in zip(buffers, steps, strict=True):
        if k in moved:
            patterns[k] = "moved"
        elif not any(s) and (n > 1 or k in tables):
            patterns[k] = "one"
        elif s == flat:
            patterns[k] = "flat"
        elif rows:
            mode = "rows"
            patterns[k] = "along" if k in tables else {1: "unit", 0: "same"}.get(s[-1], "strided")
        else:
            mode = "index"
            patterns[k] = "any"
    of_table = None if moved or tables or n < GENERAL else _patterns_of_table(device.info, recipe, lengths, dict(zip(buffers, steps, strict=True)))
    if of_table is not None:
        mode, patterns = "table", of_table
    repeats = any(patterns[k] == "one" for k in buffers if k not in tables)
    if mode != "table" and (repeats or mode != "flat") and n < (GENERAL_ROWS if rows else GENERAL):
        # Few kernels serve all small arrays: they walk every operand.
        mode = "rows" if rows else "index"
        patterns = ["" if x is None else "moved" if k in moved else "along" if rows else "any" for k, x in enumerate(strides)]
    elif mode == "rows":
        for k in moved:
            if steps[buffers.index(k)][-1] == 1 and RULES[recipe.inputs[k].moves[-1]].step == 1:
                patterns[k] = "seams"
        for k in _read_by_rows(recipe, patterns):
            if steps[buffers.index(k)][-1] == 1:
                patterns[k] = "row"
    if (moved and rows and n < GENERAL_ROWS) or "along" in patterns or (mode == "index" and (n < GENERAL or device.info.family == "cpu")):
        # Axes of length 1 before the others cost nothing where they are counted up.
        missing = common_rank(len(lengths), RANKS) - len(lengths)
        lengths, steps, axes = (1,) * missing + lengths, [(0,) * missing + s for s in steps], [*[None] * missing, *axes]
    index64 = reaches_beyond_32_bits(n, [(lengths, s) for s in steps]) or any(reaches_beyond_32_bits(2 * max((*shape, *operand_shapes[k]))) for k in moved)
    if mode == "flat":
        lengths = ()
    placed = [k for k in buffers if patterns[k] not in ("flat", "one")]
    info = device.info
    parameters = tuning.parameters(RECORDS[info.family], recipe.output_dtypes[0], device)
    if info.family == "cpu":
        width = vector_width(recipe, bytes_of_vectors(info, patterns))
    else:
        width = 1 if mode == "index" else parameters["WIDTH"]

    in_vectors = info.family == "gpu" and width > 1 and aligned % width == 0
    streams = info.family == "cpu" and mode in ("flat", "table") and min(n * d.itemsize for d in recipe.output_dtypes) >= _LARGE_BYTES

    def text() -> Source:
        return render(
            "elementwise", info.fast_arithmetic if recipe.fast else info.arithmetic, e=Emit(recipe, width),
            output_storage=[facts(d).storage for d in recipe.output_dtypes], placed=placed, patterns=patterns,
            steady=_steady(recipe, patterns) if "row" in patterns else frozenset(),
            mode=mode, rank=len(lengths), WIDTH=width, family=info.family, twice=8, table_row=_TABLE_ROW, streams=streams, aligned=in_vectors,
            moves={k: along(recipe.inputs[k], ndim, axes, "long" if index64 else "int") for k in moved},
            index="ulong" if index64 else "uint", signed_index="long" if index64 else "int",
        )  # fmt: skip

    count, stride = index_types(index64)
    args = Arguments()
    number = take(args, recipe)
    for k in range(len(recipe.outputs)):
        args.hole(number + k)
    args.add(count, *lengths)
    for k, s in zip(buffers, steps, strict=True):
        if k in placed:
            args.add(stride, *s)
    groups, local, chunk = geometry(device, n, width, parameters)
    args.add(count, n, chunk)
    variant = Variant(("elementwise", recipe, tuple(patterns), mode, len(lengths), index64, width, streams, in_vectors, tuple(axes) if moved else ()), "elementwise", args.types, text)
    itemsizes = sum(recipe.inputs[k].dtype.itemsize for k in buffers) + sum(d.itemsize for d in recipe.output_dtypes)
    return Plan((Launch.of(variant, (groups,), (local,), args, n * itemsizes),))


def _patterns_of_table(info: DeviceInfo, recipe: Recipe, lengths: Shape, steps: dict[int, Shape]) -> list[str] | None:
    """How buffers are walked where the result is a table of short rows that a CPU walks as one run; None where it is not."""
    if info.family != "cpu" or len(lengths) != 2 or lengths[1] > _TABLE_ROW:
        return None
    patterns = [""] * len(recipe.inputs)
    for k, s in steps.items():
        if facts(recipe.inputs[k].dtype).components > 1:
            return None
        found = {(lengths[1], 1): "flat", (0, 1): "tiled", (0, 0): "one"}.get((s[0], s[1]), "repeat" if s[1] == 0 else "")
        if not found or (found == "repeat" and lengths[1] < vector_width(recipe, info.vector_bytes)):
            return None
        patterns[k] = found
    return patterns if {"tiled", "repeat"} & {*patterns} else None


def _steady(recipe: Recipe, patterns: Sequence[str]) -> frozenset[int]:
    """The inputs and steps that are the same along a row where operands lie so."""
    same = [not x.is_table and (x.is_scalar or p in ("one", "same")) for x, p in zip(recipe.inputs, patterns, strict=True)]
    for step in recipe.steps:
        same.append(step.code not in (INDEX, LOOK_UP) and all(same[a] for a in step.args))
    return frozenset(k for k, s in enumerate(same) if s)


def _read_by_rows(recipe: Recipe, patterns: Sequence[str]) -> set[int]:
    """The tables that are read at displacements alone that are the same along a row."""
    steady = _steady(recipe, patterns)
    elsewhere = {step.args[0] for step in recipe.steps if step.code == LOOK_UP and step.args[1] not in steady}
    return {k for k, x in enumerate(recipe.inputs) if x.is_table} - elsewhere


def geometry(device: OpenDevice, n: int, width: int, p: Parameters) -> tuple[int, int, int]:
    """Work-groups, items a group, and the chunk a group takes."""
    if device.info.family == "cpu":
        chunk = -(-n // (p["GROUPS"] * device.info.compute_units))
        chunk = max(p["LEAST"], min(p["CHUNK"], chunk))
        # Whole vectors, and no two groups on one cache line.
        chunk = -(-chunk // 64) * 64
        return -(-n // chunk), 1, chunk
    local = p["LOCAL"]
    groups = -(-n // (local * width))
    return min(groups, p["GROUPS"] * device.info.compute_units), local, 0
