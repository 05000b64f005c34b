"""Copies to contiguous memory of operands whose axes lie in another order.

A plain strided copy reads one element of each cache line where the fastest axis is not the output's;
this one moves tiles. On CPUs it also has kernels for channels that go to or come from the last axis,
and for runs that stay whole.
"""

from __future__ import annotations

import math

import numpy as np

from clnd.dtypes import DType
from clnd.kernels import tuning
from clnd.kernels.kernel import FAR_BITS, MAX_GROUPS, Parameters, ceil_div, load_width, of_families, streams
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.shapes import Shape
from clnd.templates import Source, render

__all__ = ["RECORDS", "plan", "suits"]

_ELEMENTS = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong", 16: "uint4"}
_BYTES: dict[int, DType] = {size: np.dtype(f"V{size}") for size in _ELEMENTS}
# Along shorter axes than this a tile is mostly empty, and a strided copy does as well.
_SHORTEST = 8
_LINE_BYTES = 64
# Axes of so many lines are moved in vectors as long as a line, which leave more elements over at the end.
_MANY_LINES = 4
# Channels of an image, which are moved as whole pixels, and so many pixels a group.
_CHANNELS = (2, 3, 4)
_PIXELS = 4096
# Runs that are moved as they are are no shorter than a line. A group moves up to so many of them, so many
# bytes of each; where the runs along F are fewer bytes in all, starting groups costs more than it saves.
_RUNS = 32
_GROUP_BYTES = 4096


# --- the records -------------------------------------------------------------------------------


def _gpu_fits(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    return (
        p["ROWS"] <= p["TILE"]
        and p["TILE"] * p["ROWS"] <= device.max_work_group_size
        and p["TILE"] * (p["TILE"] + p["PAD"]) * dtype.itemsize <= min(device.local_mem_size, 32 << 10)
    )


def _moved(problem: tuple[int, ...], itemsize: int) -> int:
    return 2 * math.prod(problem) * itemsize


# Shapes; the tests permute their axes.
_PROBLEMS = (
    (0, 3), (1, 1), (5, 3), (8, 8), (33, 64), (65, 129), (257, 129), (70, 300), (3, 33, 65), (33, 3, 17), (2, 9, 3, 31),
)  # fmt: skip

RECORDS = of_families(
    "transpose",
    cpu={"LINES": (8, 4, 1, 16), "FS": (256, 512, 64, 128)},
    gpu={"TILE": (32, 16, 8, 4, 2, 1), "ROWS": (8, 4, 16, 2, 1), "PAD": (1, 0)},
    gpu_fits=_gpu_fits,
    moved=_moved,
    problems=_PROBLEMS,
)


# --- the problem -------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class _Axis:
    """One axis of the copy, with its strides in the source and in the output."""

    size: int
    source: int
    out: int


def _axes(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[_Axis]:
    """The axes of more than one element, last one last, merged where the source allows it."""
    axes: list[_Axis] = []
    out = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size == 1:
            continue
        if axes and stride == axes[-1].size * axes[-1].source:
            axes[-1] = _Axis(axes[-1].size * size, axes[-1].source, axes[-1].out)
        else:
            axes.append(_Axis(size, stride, out))
        out *= size
    return axes[::-1]


def _fastest(axes: list[_Axis]) -> _Axis:
    """The axis along which the source's elements are closest, the longest of several such."""
    moving = [axis for axis in axes if axis.source != 0] or axes
    return min(moving, key=lambda axis: (abs(axis.source), -axis.size))


def suits(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int, family: str) -> bool:
    """True where this kernel copies such an operand faster than a plain strided copy."""
    return math.prod(shape) > 0 and _pattern(_axes(shape, strides), itemsize, family) is not None


def _pattern(axes: list[_Axis], itemsize: int, family: str) -> str | None:
    """Which of the template's kernels suits such axes: "tiles", "interleave", "deinterleave" or "runs"."""
    if len(axes) < 2:
        return None
    *rest, last = axes
    fastest = _fastest(axes)
    if abs(fastest.source) < abs(last.source) and min(fastest.size, last.size) >= _SHORTEST:
        return "tiles"
    if family != "cpu":
        return None
    if last.size in _CHANNELS and fastest.source == 1 and fastest.out == last.size and fastest.size >= _LINE_BYTES:
        return "interleave"
    if fastest.size in _CHANNELS and fastest.source == 1 and last.source == fastest.size and last.size >= _LINE_BYTES:
        return "deinterleave"
    run = last.size * itemsize
    if last.source == 1 and run >= _LINE_BYTES and run * _fastest(rest).size >= _GROUP_BYTES:
        return "runs"
    return None


# --- launching ---------------------------------------------------------------------------------


def _vector_bytes(info: DeviceInfo, itemsize: int, fastest: int, last: int) -> int:
    """Of the vectors that blocks are transposed in: whole lines, where the device has such and the axes are not too short."""
    is_long = fastest * itemsize >= _MANY_LINES * _LINE_BYTES and last * itemsize >= _LINE_BYTES
    return 64 if info.vector_bytes == 64 and itemsize <= 8 and is_long else 32


def _vector_of_gpu(itemsize: int, tile: int, fastest: _Axis, last: _Axis, batch: list[_Axis], aligned: int) -> int:
    """Elements of 16 bytes, four at most, where neighbours along both axes are such vectors everywhere; else 1."""
    width = load_width(itemsize)
    sizes = (tile, aligned, fastest.size, last.size, last.source, fastest.out, *(x for axis in batch for x in (axis.source, axis.out)))
    return width if fastest.source == 1 and last.out == 1 and not any(x % width for x in sizes) else 1


def plan(device: OpenDevice, itemsize: int, shape: Shape, strides: Shape, far: int = 0, aligned: int = 1) -> Plan:
    """Copy an operand of ``shape``: a run is given the source's buffer and offset, and the output's buffer, which it fills contiguously.

    Right for any strides, of any sign or 0; fast where `suits` says so. Elements of ``itemsize`` 1, 2, 4, 8 or 16 bytes are moved
    as they are. ``far`` is `kernel.far` of the source's offset, ``aligned`` `kernel.aligned`. There is at least one element.
    """
    reach = (far << FAR_BITS) + sum((n - 1) * abs(s) for n, s in zip(shape, strides, strict=True))
    wide = settings.index64 or max(reach, math.prod(shape)) > 2**31 - 1
    axes = _axes(shape, strides)
    pattern = _pattern(axes, itemsize, device.info.family) or "tiles"
    last = axes.pop() if axes else _Axis(1, 1, 1)
    fastest = _fastest(axes) if axes else _Axis(1, 1, last.size)
    batch = [axis for axis in axes if axis is not fastest]
    matrices = math.prod(axis.size for axis in batch)
    count = math.prod(shape)
    record = RECORDS[device.info.family]
    tunables = tuning.parameters(record, _BYTES[itemsize], device)
    if record.family == "gpu":
        tile_f = tile_l = tunables["TILE"]
        local = (tunables["TILE"] * tunables["ROWS"], 1)
    else:
        tile_f, tile_l = {
            "tiles": (tunables["FS"], tunables["LINES"] * _LINE_BYTES // itemsize),
            "interleave": (_PIXELS, last.size),
            "deinterleave": (fastest.size, _PIXELS),
            "runs": (_RUNS, _GROUP_BYTES // itemsize),
        }[pattern]
        local = (1, 1)
    starts = [axis.out for axis in batch]
    if pattern == "runs":
        # In the source's order, which processors read ahead of.
        batch.sort(key=lambda axis: -abs(axis.source))
    if pattern != "interleave":
        starts.append(fastest.out)
    vector_bytes = _vector_bytes(device.info, itemsize, fastest.size, last.size) if pattern == "tiles" else 32
    stored_bytes = vector_bytes if itemsize >= 4 else 32  # smaller elements are gathered to lines, stored by halves
    whole_lines = pattern != "runs" or last.size * itemsize % _LINE_BYTES == 0
    rank, unit = len(batch), fastest.source == 1
    past_caches = record.family == "cpu" and whole_lines and streams(count * itemsize, stored_bytes, *(start * itemsize for start in starts))

    vector = _vector_of_gpu(itemsize, tile_f, fastest, last, batch, aligned) if record.family == "gpu" else 1

    def text() -> Source:
        return render(
            "transpose", device.info.arithmetic, family=record.family, element=_ELEMENTS[itemsize], itemsize=itemsize,
            unit=unit, rank=rank, index="long" if wide else "int", tunables=tunables,
            vector_bytes=vector_bytes, pattern=pattern, tile_f=tile_f, tile_l=tile_l, streams=past_caches, at_once=vector,
        )  # fmt: skip

    key = ("transpose", itemsize, unit, rank, wide, tuple(tunables.items()), vector_bytes, pattern, tile_f, tile_l, past_caches, vector)
    index = np.int64 if wide else np.int32
    tiles = ceil_div(fastest.size, tile_f) * ceil_div(last.size, tile_l)
    launches = []
    for first in range(0, matrices, MAX_GROUPS):
        args = Arguments().operand(0, index).add(index, fastest.source, last.source)
        for axis in batch:
            args.add(index, axis.size, axis.source, axis.out)
        args.add(index, first).hole(2).add(index, 0, fastest.out, fastest.size, last.size)
        variant = Variant(key, "transpose", args.types, text)
        groups = (tiles, min(MAX_GROUPS, matrices - first))
        launches.append(Launch.of(variant, groups, local, args, 2 * count * itemsize))
    return Plan(tuple(launches))
