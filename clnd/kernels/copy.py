"""Copying between strided places: what assignment to a part of an array launches, and what moves rows in an order."""

from __future__ import annotations

from clnd.dtypes import uint8
from clnd.kernels import tuning
from clnd.kernels.elementwise import GENERAL, RANKS, RECORDS, geometry, index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import MOVED_AS, Strided, common_rank
from clnd.kernels.launch import Arguments, Launch, Plan, Variant, run
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.shapes import Shape, collapse, size_of
from clnd.templates import Source, render

__all__ = ["launch", "plan"]


def launch(device: OpenDevice, itemsize: int, shape: Shape, source: Strided, target: Strided, order: Strided | None = None) -> None:
    """Copy ``shape`` elements of ``itemsize`` bytes from ``source`` to ``target``; both have a stride for each axis.

    Where an ``order`` is given, contiguous int64 numbers of places on the source's first axis, place
    ``i`` of the target's first axis receives place ``order[i]`` of the source's.
    """
    if size_of(shape) == 0:
        return
    key = ("copy", itemsize, shape, source.strides, target.strides, order is not None, settings.index64)
    found = device.planned(key, lambda: plan(device, itemsize, shape, source.strides, target.strides, order is not None))
    given = (source.block.buffer, source.offset, target.block.buffer, target.offset)
    run(device, found, given if order is None else (*given, order.block.buffer, order.offset))


def plan(device: OpenDevice, itemsize: int, shape: Shape, source: Shape, target: Shape, ordered: bool = False) -> Plan:
    """The launch of a copy between these strides: a run is given buffer and offset of the source, the target and the order, if any."""
    n = size_of(shape)
    if ordered:
        # The first axis stands for itself; the others merge.
        inner, (from_inner, to_inner) = collapse(shape[1:], [source[1:], target[1:]])
        lengths = (shape[0], *inner)
        from_steps, to_steps = (source[0], *from_inner), (target[0], *to_inner)
    else:
        lengths, (from_steps, to_steps) = collapse(shape, [source, target])
    if not lengths:
        lengths, from_steps, to_steps = (1,), (1,), (1,)
    if len(lengths) > 1 and n < GENERAL:
        # Few kernels serve all small regions. The first axis of an ordered copy stands for itself.
        missing = common_rank(len(lengths), RANKS) - len(lengths)
        first = int(ordered)
        lengths = (*lengths[:first], *(1,) * missing, *lengths[first:])
        from_steps, to_steps = ((*s[:first], *(0,) * missing, *s[first:]) for s in (from_steps, to_steps))
    rank = len(lengths)
    index64 = reaches_beyond_32_bits(n, [(lengths, from_steps), (lengths, to_steps)])
    info = device.info

    def text() -> Source:
        return render(
            "copy", info.arithmetic,
            element=MOVED_AS[itemsize], rank=rank, ordered=ordered, family=info.family, index="ulong" if index64 else "uint",
        )  # fmt: skip

    count, stride = index_types(index64)
    args = Arguments().operand(0).operand(2)
    for d, s, t in zip(lengths, from_steps, to_steps, strict=True):
        args.add(count, d).add(stride, s, t)
    groups, local, chunk = geometry(device, n, 1, tuning.parameters(RECORDS[info.family], uint8, device))
    args.add(count, n, chunk)
    if ordered:
        args.operand(4)
    variant = Variant(("copy", itemsize, rank, index64, ordered), "copy", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, 2 * n * itemsize),))
