"""Epilogues: the elementwise work with which a product or a draw goes on before it stores its result.

A kernel that takes one sees its result as a matrix of rows, in which every other operand lies by a
step from row to row, and along a row either next to each other or all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clnd.dtypes import DType
from clnd.kernels.elementwise import scalar_types, scalar_values
from clnd.kernels.kernel import Strided
from clnd.kernels.launch import Arguments
from clnd.kernels.recipe import Recipe
from clnd.shapes import Shape, broadcast_strides, collapse, size_of

__all__ = ["Epilogue", "EpilogueKey", "fitting"]


@dataclass(frozen=True)
class EpilogueKey:
    """What a kernel's source depends on of an epilogue. ``patterns``: as in `Epilogue`."""

    recipe: Recipe
    patterns: tuple[str, ...]

    @property
    def gives(self) -> DType:
        """The dtype stored."""
        return self.recipe.output_dtypes[0]

    def take(self, args: Arguments, number: int) -> int:
        """State `Epilogue.arguments` as holes, numbered from ``number`` on; returns the number after them."""
        types: list[type[Any] | None] = [None, np.int64, np.int64] * len(self.patterns)
        for x in self.recipe.inputs[1:]:
            if x.is_scalar:
                types += scalar_types(x.dtype)
        for of in types:
            args.hole(number, of)
            number += 1
        return number


@dataclass(frozen=True)
class Epilogue:
    """A recipe whose input 0 is what the kernel makes, and its other operands.

    ``patterns`` has "unit" or "same" for each operand in memory: how it is walked along a row.
    ``buffers`` have their step from row to row as their only stride.
    """

    recipe: Recipe
    rows: int
    columns: int
    patterns: tuple[str, ...]
    buffers: tuple[Strided, ...]
    scalars: tuple[Any, ...]

    @property
    def key(self) -> EpilogueKey:
        """What the kernel's source depends on."""
        return EpilogueKey(self.recipe, self.patterns)

    @property
    def is_flat(self) -> bool:
        """Whether the whole result can be seen as one row."""
        return self.rows == 1 or all(
            x.strides[0] == (self.columns if p == "unit" else 0) for p, x in zip(self.patterns, self.buffers, strict=True)
        )

    def arguments(self) -> list[Any]:
        """The kernel's arguments: buffers with their offsets and steps, then scalars."""
        values: list[Any] = []
        for x in self.buffers:
            values += (x.block.buffer, x.offset, x.strides[0])
        dtypes = [x.dtype for x in self.recipe.inputs[1:] if x.is_scalar]
        for dtype, x in zip(dtypes, self.scalars, strict=True):
            values += scalar_values(dtype, x)
        return values


def fitting(recipe: Recipe, shape: Shape, operands: list[Any], operand_shapes: list[Shape]) -> Epilogue | None:
    """The epilogue ``recipe`` over ``shape``, with ``operands`` for its inputs from 1 on as in `elementwise.launch`.

    None where an operand lies otherwise than by rows.
    """
    columns = shape[-1] if shape else 1
    patterns: list[str] = []
    buffers: list[Strided] = []
    for x, of_x in zip(operands, operand_shapes, strict=True):
        if not isinstance(x, Strided):
            continue
        strides = broadcast_strides(of_x, x.strides, shape)
        _, (steps,) = collapse(shape[:-1], [strides[:-1]])
        along = strides[-1] if columns > 1 else 0
        if len(steps) > 1 or along not in (0, 1):
            return None
        patterns.append("unit" if along else "same")
        buffers.append(Strided(x.block, x.offset, steps or (0,)))
    scalars = tuple(x for x in operands if not isinstance(x, Strided))
    return Epilogue(recipe, size_of(shape[:-1]), columns, tuple(patterns), tuple(buffers), scalars)
