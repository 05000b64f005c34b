"""Launching a fused elementwise kernel: layout of the operands, the variant, the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from clnd.dtypes import DType, facts
from clnd.kernels import tuning
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import Kernel, Strided
from clnd.kernels.recipe import Recipe, vector_width
from clnd.runtime.device import DeviceInfo
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.shapes import Shape, broadcast_strides, collapse, contiguous_strides, size_of
from clnd.templates import render

__all__ = ["ELEMENTWISE", "MAX_ARGUMENTS", "FlatPlan", "bytes_of_vectors", "geometry", "index_types", "is_small_enough", "launch", "reaches_beyond_32_bits", "scalar_types", "scalar_values"]

ELEMENTWISE = {
    "cpu": Kernel(
        name="elementwise",
        family="cpu",
        # CHUNK: most elements a work-group takes; GROUPS: work-groups a compute unit; LEAST: fewest elements.
        tunables={"CHUNK": (16384, 8192, 32768), "GROUPS": (4, 2, 8), "LEAST": (2048, 512, 8192)},
        fits=lambda p, dtype, device: p["LEAST"] <= p["CHUNK"],
        moved=lambda problem, itemsize: 3 * size_of(problem) * itemsize,
        flops=lambda problem: 0,
        problems=((0,), (1,), (7,), (8,), (9,), (1000,), (16385,), (3, 5), (33, 64, 3), (2, 1, 129)),
    ),
    "gpu": Kernel(
        name="elementwise",
        family="gpu",
        # LOCAL: items a work-group; WIDTH: elements an item takes at once; GROUPS: work-groups a compute unit.
        tunables={"LOCAL": (256, 128, 64, 32, 8, 1), "WIDTH": (4, 2), "GROUPS": (16, 32, 8)},
        fits=lambda p, dtype, device: p["LOCAL"] <= device.max_work_group_size,
        moved=lambda problem, itemsize: 3 * size_of(problem) * itemsize,
        flops=lambda problem: 0,
        problems=((0,), (1,), (7,), (8,), (9,), (1000,), (16385,), (3, 5), (33, 64, 3), (2, 1, 129)),
    ),
}

MAX_ARGUMENTS = 24
"""Most buffers one kernel takes, inputs and outputs: within 1 KiB of arguments at any rank used."""

# An axis shorter than this is walked element by element: a run would be mostly its ragged end.
_SHORT_ROW = 24
_INT32_MAX = 2**31 - 1

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


def reaches_beyond_32_bits(n: int, layouts: list[tuple[Shape, int, Shape]]) -> bool:
    """True where a count or an operand's place (shape, offset, strides) needs 64-bit indexing."""
    if settings.index64 or n > _INT32_MAX:
        return True
    return any(
        any(abs(s) > _INT32_MAX for s in strides)
        or sum(abs(s) * (d - 1) for s, d in zip(strides, shape, strict=True)) + 1 > _INT32_MAX
        for shape, _, strides in layouts
    )


def bytes_of_vectors(info: DeviceInfo, patterns: Iterable[str]) -> int:
    """How long vectors of operands that lie like this are on a CPU: those picked together one by one are faster when short."""
    return min(info.vector_bytes, 32) if {"any", "strided"} & {*patterns} else info.vector_bytes


Launcher = Callable[[list[Any], list[Block], int], None]


def launch(
    device: OpenDevice,
    recipe: Recipe,
    shape: Shape,
    operands: list[Any],
    operand_shapes: list[Shape],
    outputs: list[Block],
) -> None:
    """Compute ``recipe`` over ``shape`` into contiguous ``outputs``.

    ``operands`` has a `Strided` for each buffer input, with its own shape in ``operand_shapes``,
    and the value for each scalar input. ``shape`` has at least one element.
    """
    n = size_of(shape)
    buffers = [(k, x, s) for k, (x, s) in enumerate(zip(operands, operand_shapes, strict=True)) if isinstance(x, Strided)]
    strides = [broadcast_strides(s, x.strides, shape) for _, x, s in buffers]
    lengths, walks = collapse(shape, [contiguous_strides(shape), *strides])
    steps = walks[1:]
    rank = len(lengths)
    flat = contiguous_strides(lengths)
    patterns: list[str] = [""] * len(operands)
    mode = "flat"
    cpu = device.info.family == "cpu"
    rows = rank > 0 and lengths[-1] >= _SHORT_ROW and cpu
    for (k, _, _), s in zip(buffers, steps, strict=True):
        if s == flat:
            patterns[k] = "flat"
        elif not any(s):
            patterns[k] = "one"
        elif rows:
            mode = "rows"
            patterns[k] = {1: "unit", 0: "same"}.get(s[-1], "strided")
        else:
            mode = "index"
            patterns[k] = "any"
    if mode == "flat":
        rank = 0
    index64 = reaches_beyond_32_bits(n, [(lengths, x.offset, s) for (_, x, _), s in zip(buffers, steps, strict=True)])
    key = (recipe, tuple(patterns), mode, rank, index64)
    built = device.variants.get(key)
    if built is None:
        built = device.variants[key] = _build(device, recipe, tuple(patterns), mode, rank, index64)
    kernel, width, parameters = built
    args: list[Any] = []
    for _, x, _ in buffers:
        args += (x.block.buffer, x.offset)
    for k, x in enumerate(operands):
        if recipe.inputs[k].is_scalar:
            args += scalar_values(recipe.inputs[k].dtype, x)
    args += [b.buffer for b in outputs]
    if rank:
        args += lengths
        for (k, _, _), s in zip(buffers, steps, strict=True):
            if patterns[k] not in ("flat", "one"):
                args += s
    groups, local, chunk = geometry(device, n, width, parameters)
    args += (n, chunk)
    itemsizes = sum(facts(d).dtype.itemsize for d in recipe.output_dtypes)
    enqueue(device, kernel, (groups,), (local,), tuple(args), n * (itemsizes + sum(recipe.inputs[k].dtype.itemsize for k, _, _ in buffers)))


def is_small_enough(n: int) -> bool:
    """True where ``n`` elements suit the flat plan: some, and counted in 32 bits."""
    return 0 < n <= _INT32_MAX // 2 and not settings.index64


class FlatPlan:
    """A recipe's kernel for whole arrays of one shape, and the geometry of its last launch.

    Work on small arrays comes in loops over one size: what a launch costs then is the driver's.
    """

    __slots__ = ("_built", "_device", "_last")

    def __init__(self, device: OpenDevice, recipe: Recipe) -> None:
        patterns = tuple("" if x.is_scalar else "flat" for x in recipe.inputs)
        self._device = device
        self._built = _build(device, recipe, patterns, "flat", 0, False)
        # One tuple, so that a launch of a signal handler in between changes all of it or nothing.
        self._last: tuple[int, tuple[int], tuple[int], tuple[int, int]] = (-1, (0,), (0,), (0, 0))

    def launch(self, n: int, args: tuple[Any, ...]) -> None:
        """Launch over ``n`` elements: ``args`` are the inputs' buffers and offsets, the scalars, the outputs.

        The device's lock is held.
        """
        kernel, width, parameters = self._built
        last = self._last
        if n != last[0]:
            groups, local, chunk = geometry(self._device, n, width, parameters)
            last = self._last = (n, (groups,), (local,), (n, chunk))
        _, at, of, counts = last
        enqueue(self._device, kernel, at, of, args + counts)


def geometry(device: OpenDevice, n: int, width: int, p: dict[str, int]) -> tuple[int, int, int]:
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


def _build(
    device: OpenDevice, recipe: Recipe, patterns: tuple[str, ...], mode: str, rank: int, index64: bool
) -> tuple[Any, int, dict[str, int]]:
    info = device.info
    record = ELEMENTWISE[info.family]
    parameters = tuning.parameters(record, recipe.output_dtypes[0], device)
    if info.family == "cpu":
        width = vector_width(recipe, bytes_of_vectors(info, patterns))
    else:
        width = 1 if mode == "index" else parameters["WIDTH"]
    source = render(
        "elementwise",
        info.fast_arithmetic if recipe.fast else info.arithmetic,
        e=Emit(recipe, width),
        output_storage=[facts(d).storage for d in recipe.output_dtypes],
        placed=[k for k, p in enumerate(patterns) if p not in ("", "flat", "one")],
        patterns=patterns,
        MODE=mode,
        RANK=rank,
        WIDTH=width,
        FAMILY=info.family,
        TWICE=8,
        IDX="ulong" if index64 else "uint",
        SIDX="long" if index64 else "int",
    )
    kernel = device.programs.kernel(source, "elementwise")
    count, stride = index_types(index64)
    types: list[type[Any] | None] = []
    for x in recipe.inputs:
        if not x.is_scalar:
            types += (None, np.int64)
    for x in recipe.inputs:
        if x.is_scalar:
            types += scalar_types(x.dtype)
    types += [None] * len(recipe.outputs)
    if rank:
        types += [count] * rank
        types += [stride] * (rank * sum(p not in ("", "flat", "one") for p in patterns))
    types += (count, count)
    kernel.set_scalar_types(types)
    return kernel, width, parameters
