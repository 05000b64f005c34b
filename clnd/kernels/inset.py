"""A chain of elementwise operations on a box of an array, and what the array held around it: what stencils launch.

The template is `elementwise`, in a mode of its own. An array that other work still reads is not written; the whole goes to
new memory in one launch, the old content around the box with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from clnd.dtypes import facts
from clnd.kernels import tuning
from clnd.kernels.elementwise import (
    GENERAL_ROWS,
    RANKS,
    RECORDS,
    bytes_of_vectors,
    geometry,
    index_types,
    reaches_beyond_32_bits,
    scalar_types,
)
from clnd.kernels.emit import Emit
from clnd.kernels.kernel import common_rank
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.recipe import Recipe, vector_width
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, size_of
from clnd.templates import Source, render

__all__ = ["Box", "plan"]


class Box(NamedTuple):
    """Part of an array: from ``starts`` on as many elements along each axis as ``counts`` says."""

    starts: Shape
    counts: Shape

    def is_apart(self, other: Box) -> bool:
        """Whether no element is in both."""
        return any(a + n <= b or b + m <= a for a, n, b, m in zip(self.starts, self.counts, other.starts, other.counts, strict=True))


def _merged(shape: Shape, box: Box, steps: list[Shape]) -> tuple[Shape, Shape, Shape, list[Shape]]:
    """Lengths, starts, counts and strides with axes merged where the box and every operand walk them as one."""
    lengths: list[int] = []
    starts: list[int] = []
    counts: list[int] = []
    kept: list[list[int]] = []
    for k, n in enumerate(shape):
        at = [s[k] for s in steps]
        if n == 1:
            continue
        whole = box.starts[k] == 0 and box.counts[k] == n
        if lengths and whole and all(outer == inner * n for outer, inner in zip(kept[-1], at, strict=True)):
            lengths[-1], starts[-1], counts[-1], kept[-1] = lengths[-1] * n, starts[-1] * n, counts[-1] * n, at
        else:
            lengths.append(n)
            starts.append(box.starts[k])
            counts.append(box.counts[k])
            kept.append(at)
    missing = common_rank(len(lengths), (2, *RANKS)) - len(lengths)
    walks = [(0,) * missing + tuple(axis[k] for axis in kept) for k in range(len(steps))]
    return (1,) * missing + tuple(lengths), (0,) * missing + tuple(starts), (1,) * missing + tuple(counts), walks


def plan(device: OpenDevice, recipe: Recipe, shape: Shape, box: Box, strides: Sequence[Shape | None], operand_shapes: Sequence[Shape]) -> Plan:
    """The launch that makes an array of ``shape``: ``recipe`` within ``box``, elsewhere what a row-major array holds.

    A run is given buffer and offset of each operand in memory (strides None: a scalar), those of the array, and the scalars.
    """
    n = size_of(shape)
    buffers = [k for k, x in enumerate(strides) if x is not None]
    walked = [broadcast_strides(s, x, box.counts) for x, s in zip(strides, operand_shapes, strict=True) if x is not None]
    lengths, starts, counts, steps = _merged(shape, box, walked)
    rank = len(lengths)
    info = device.info
    on_cpu = info.family == "cpu"
    patterns = ["" if x is None else "any" for x in strides]
    if on_cpu:
        for k, s in zip(buffers, steps, strict=True):
            patterns[k] = "along" if n < GENERAL_ROWS else {1: "unit", 0: "same"}.get(s[-1], "strided")
    index64 = reaches_beyond_32_bits(n, [(lengths, s) for s in steps])
    p = tuning.parameters(RECORDS[info.family], recipe.output_dtypes[0], device)
    width = vector_width(recipe, bytes_of_vectors(info, patterns)) if on_cpu else 1

    def text() -> Source:
        return render(
            "elementwise", info.fast_arithmetic if recipe.fast else info.arithmetic, e=Emit(recipe, width),
            output_storage=[facts(d).storage for d in recipe.output_dtypes], placed=buffers, patterns=patterns, moves={}, steady=frozenset(),
            mode="inset", rank=rank, WIDTH=width, family=info.family, twice=8, table_row=0, streams=False, aligned=False,
            index="ulong" if index64 else "uint", signed_index="long" if index64 else "int",
        )  # fmt: skip

    count, stride = index_types(index64)
    args = Arguments()
    for number in range(len(buffers) + 1):
        args.operand(2 * number)
    number = 2 * len(buffers) + 2
    for x in recipe.inputs:
        if x.is_scalar:
            for of in scalar_types(x.dtype):
                args.hole(number, of)
                number += 1
    args.hole(number)
    args.add(count, *lengths, *starts, *counts)
    for s in steps:
        args.add(stride, *s)
    groups, local, chunk = geometry(device, n, width, p)
    args.add(count, n, chunk)
    variant = Variant(("inset", recipe, tuple(patterns), rank, index64, width), "elementwise", args.types, text)
    itemsize = recipe.output_dtypes[0].itemsize
    inside = sum(recipe.inputs[k].dtype.itemsize for k in buffers) * size_of(box.counts)
    moved = inside + (n - size_of(box.counts)) * itemsize + n * itemsize
    return Plan((Launch.of(variant, (groups,), (local,), args, moved),), (n * itemsize,))
