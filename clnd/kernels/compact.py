"""Compaction: the elements where a mask is true, or their places, in row-major order.

The mask is cut into parts. `count_plan` counts each and sums the counts up; the host reads how many there are in all, and then knows
the shape of what `elements_plan` and `places_plan` write. Results are the same however the mask is cut.
"""

from __future__ import annotations

from clnd.dtypes import uint8
from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import MOVED_AS, ceil_div, in_a_group, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Type, Variant
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, size_of
from clnd.templates import Source, render

__all__ = ["RECORDS", "count_plan", "elements_plan", "parts", "places_plan"]

_PROBLEMS = ((0,), (1,), (15,), (16,), (17,), (255,), (4095,), (4096,), (4097,), (100_003,), (3, 5), (70, 33, 9))

RECORDS = of_families(
    "compact",
    # CHUNK: most elements of a work-group.
    cpu={"CHUNK": (1 << 16, 1 << 14, 1 << 18)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before they stride.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    gpu_fits=lambda p, dtype, device: in_a_group(p, dtype, device) and 40 * p["LOCAL"] <= device.local_mem_size,
    moved=lambda problem, itemsize: size_of(problem) * (2 + itemsize),
    problems=_PROBLEMS,
)

# Elements of a tile for each item.
_PER = 16
# Fewer elements than these are not worth a work-group of their own on a CPU.
_LEAST = 4096
# Work-groups for each compute unit of a CPU, where elements are few.
_SHARES = 4


def parts(device: OpenDevice, n: int) -> tuple[int, int]:
    """How many parts a mask of ``n`` elements is cut into, and how long each is."""
    info = device.info
    p = tuning.parameters(RECORDS[info.family], uint8, device)
    if info.family == "gpu":
        return ceil_div(n, p["LOCAL"] * _PER), p["LOCAL"] * _PER
    chunk = max(_LEAST, min(p["CHUNK"], ceil_div(n, _SHARES * info.compute_units)))
    chunk = ceil_div(chunk, 64) * 64  # no two groups share a cache line
    return ceil_div(n, chunk), chunk


def count_plan(device: OpenDevice, n: int, cut: tuple[int, int]) -> Plan:
    """What counts a mask of ``n`` bytes, cut as `parts` says. A run is given its buffer and offset, and makes the running counts (uint64), the last of which is all."""
    info = device.info
    count, index64 = _counted_in(info, n)
    args = Arguments().operand(0).hole(2).add(count, n, _last(info, cut))
    first = _launch(device, "count", "", args, cut, index64, n)
    args = Arguments().hole(2).add(count, cut[0])
    second = _launch(device, "starts", "", args, (1, 0), index64, 16 * cut[0])
    return Plan((first, second), (8 * (cut[0] + 1),))


def elements_plan(device: OpenDevice, n: int, cut: tuple[int, int], itemsize: int, total: int) -> Plan:
    """What writes the ``total`` elements of ``itemsize`` bytes where a mask is true: a run is given the elements, the mask and the counts, buffer and offset of each."""
    info = device.info
    count, index64 = _counted_in(info, n)
    args = Arguments().operand(0).operand(2).operand(4).hole(6).add(count, n, _last(info, cut))
    one = _launch(device, "write", MOVED_AS[itemsize], args, cut, index64, n * (1 + itemsize) + total * itemsize)
    return Plan((one,), (total * itemsize,))


def places_plan(device: OpenDevice, shape: Shape, cut: tuple[int, int], total: int) -> Plan:
    """What writes the places of the ``total`` trues of a mask of ``shape``, int64 along each axis: a run is given the mask and the counts."""
    info, n, rank = device.info, size_of(shape), len(shape)
    count, index64 = _counted_in(info, n)
    args = Arguments().operand(0).operand(2)
    for d in range(rank):
        args.hole(4 + d)
    args.add(count, *shape[1:]).add(count, n, _last(info, cut))
    one = _launch(device, "write", rank, args, cut, index64, n + 8 * rank * total)
    return Plan((one,), (8 * total,) * rank)


def _counted_in(info: DeviceInfo, n: int) -> tuple[Type, bool]:
    """The type that elements are counted in."""
    index64 = info.family == "cpu" or reaches_beyond_32_bits(n)
    return index_types(index64)[0], index64


def _last(info: DeviceInfo, cut: tuple[int, int]) -> int:
    """The last argument of what goes through a mask: on a CPU how long each part is, on a GPU how many there are."""
    return cut[1] if info.family == "cpu" else cut[0]


def _launch(device: OpenDevice, stage: str, what: str | int, args: Arguments, cut: tuple[int, int], index64: bool, moved: int) -> Launch:
    """One stage. ``what``: the C type of elements, or the rank of places."""
    info = device.info
    p = tuning.parameters(RECORDS[info.family], uint8, device)
    local = 1 if info.family == "cpu" else p["LOCAL"]
    name = "compact" if stage == "write" else f"compact_{stage}"

    def text() -> Source:
        return render(
            "compact", info.arithmetic, name=name, stage=stage, what="places" if isinstance(what, int) else "elements", element=what,
            rank=what if isinstance(what, int) else 0, family=info.family, index="ulong" if index64 else "uint", LOCAL=local, per=_PER,
        )  # fmt: skip

    groups = cut[0] if info.family == "cpu" else min(cut[0], p["WAVES"] * info.compute_units)
    variant = Variant(("compact", stage, what, index64, local), name, args.types, text)
    return Launch.of(variant, (groups,), (local,), args, moved)
