"""Epilogues: the elementwise work with which a product or a draw goes on before it stores its result.

A kernel that takes one sees its result as a matrix of rows, in which every other operand lies by a
step from row to row, and along a row either next to each other or all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clnd.dtypes import DType
from clnd.kernels.elementwise import scalar_types
from clnd.kernels.launch import Arguments
from clnd.kernels.recipe import Recipe, vector_width
from clnd.records import light_dataclass
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, collapse, size_of

__all__ = ["Epilogue", "EpilogueKey", "fitting"]


@light_dataclass(frozen=True)
class EpilogueKey:
    """What a kernel's source depends on of an epilogue. ``patterns`` has "unit" or "same" for each operand in memory: how it is walked along a row."""

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


@light_dataclass(frozen=True)
class Epilogue:
    """A recipe whose input 0 is what the kernel makes, over ``rows`` rows of ``columns``, and how its other operands lie.

    ``steps`` has the step of each from row to row.
    """

    key: EpilogueKey
    rows: int
    columns: int
    steps: tuple[int, ...]

    @property
    def recipe(self) -> Recipe:
        """What is computed."""
        return self.key.recipe

    @property
    def gives(self) -> DType:
        """The dtype stored."""
        return self.key.gives

    @property
    def is_flat(self) -> bool:
        """Whether the whole result can be seen as one row."""
        return self.rows == 1 or all(
            step == (self.columns if p == "unit" else 0) for p, step in zip(self.key.patterns, self.steps, strict=True)
        )

    def suits(self, device: OpenDevice, width: int) -> bool:
        """Whether a kernel that stores elements in their order, vectors of ``width``, can go on with it."""
        return self.is_flat and width <= vector_width(self.recipe, device.info.vector_bytes)

    def arguments(self, values: list[Any]) -> list[Any]:
        """The kernel's arguments, made of `elementwise.given`: buffers with their offsets and steps, then scalars."""
        arguments: list[Any] = []
        for k, step in enumerate(self.steps):
            arguments += (values[2 * k], values[2 * k + 1], step)
        return arguments + values[2 * len(self.steps) :]


def fitting(recipe: Recipe, shape: Shape, strides: Sequence[Shape | None], operand_shapes: Sequence[Shape]) -> Epilogue | None:
    """The epilogue ``recipe`` over ``shape``; its inputs from 1 on have these strides (None: a scalar) and shapes.

    None where an operand lies otherwise than by rows.
    """
    columns = shape[-1] if shape else 1
    patterns: list[str] = []
    rows: list[int] = []
    for of_x, x in zip(strides, operand_shapes, strict=True):
        if of_x is None:
            continue
        walked = broadcast_strides(x, of_x, shape)
        _, (steps,) = collapse(shape[:-1], [walked[:-1]])
        along = walked[-1] if columns > 1 else 0
        if len(steps) > 1 or along not in (0, 1):
            return None
        patterns.append("unit" if along else "same")
        rows.append(steps[0] if steps else 0)
    return Epilogue(EpilogueKey(recipe, tuple(patterns)), size_of(shape[:-1]), columns, tuple(rows))
