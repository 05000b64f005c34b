"""Copying between strided places: what assignment to a part of an array launches, and what moves rows in an order."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.dtypes import uint8
from clnd.kernels import tuning
from clnd.kernels.elementwise import ELEMENTWISE, geometry, index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import Strided
from clnd.runtime.launch import enqueue
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, collapse, size_of
from clnd.templates import render

__all__ = ["launch"]

_MOVED_AS = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong", 16: "ulong2"}


def launch(device: OpenDevice, itemsize: int, shape: Shape, source: Strided, target: Strided, order: Strided | None = None) -> None:
    """Copy ``shape`` elements of ``itemsize`` bytes from ``source`` to ``target``; both have a stride for each axis.

    Where an ``order`` is given, contiguous int64 numbers of places on the source's first axis, place
    ``i`` of the target's first axis receives place ``order[i]`` of the source's.
    """
    n = size_of(shape)
    if n == 0:
        return
    if order is not None:
        # The first axis stands for itself; the others merge.
        inner, (from_inner, to_inner) = collapse(shape[1:], [source.strides[1:], target.strides[1:]])
        lengths = (shape[0], *inner)
        from_steps, to_steps = (source.strides[0], *from_inner), (target.strides[0], *to_inner)
    else:
        lengths, (from_steps, to_steps) = collapse(shape, [source.strides, target.strides])
    if not lengths:
        lengths, from_steps, to_steps = (1,), (1,), (1,)
    rank = len(lengths)
    layouts = [(lengths, source.offset, from_steps), (lengths, target.offset, to_steps)]
    index64 = reaches_beyond_32_bits(n, layouts)
    family = device.info.family
    key = ("copy", itemsize, rank, index64, order is not None)
    kernel = device.variants.get(key)
    if kernel is None:
        source_text = render(
            "copy", device.info.arithmetic,
            TYPE=_MOVED_AS[itemsize], RANK=rank, ORDERED=order is not None, FAMILY=family, IDX="ulong" if index64 else "uint",
        )  # fmt: skip
        kernel = device.programs.kernel(source_text, "copy")
        count, stride = index_types(index64)
        by_order = [] if order is None else [None, np.int64]
        kernel.set_scalar_types([None, np.int64, None, np.int64, *([count, stride, stride] * rank), count, count, *by_order])
        device.variants[key] = kernel
    args: list[Any] = [source.block.buffer, source.offset, target.block.buffer, target.offset]
    for d, s, t in zip(lengths, from_steps, to_steps, strict=True):
        args += (d, s, t)
    groups, local, chunk = geometry(device, n, 1, tuning.parameters(ELEMENTWISE[family], uint8, device))
    args += (n, chunk)
    if order is not None:
        args += (order.block.buffer, order.offset)
    enqueue(device, kernel, (groups,), (local,), tuple(args), 2 * n * itemsize)
