"""Scattered writes: element places[i] of a target becomes value i, and of values for one place the last one wins.

On a CPU each work-group owns a part of the target and goes through all values in their order: no atomics, no scratch memory. On a GPU
every place remembers the highest number of its values, by an atomic maximum, which knows no order, and that one writes.
"""

from __future__ import annotations

import numpy as np

from clnd.dtypes import int64, uint8
from clnd.kernels import tuning
from clnd.kernels.elementwise import index_types, reaches_beyond_32_bits
from clnd.kernels.kernel import MOVED_AS, Strided, ceil_div, of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant, run
from clnd.kernels.random import shared_out
from clnd.runtime.opened import OpenDevice
from clnd.settings import settings
from clnd.templates import Source, render

__all__ = ["RECORDS", "launch", "plan"]

_PROBLEMS = ((0, 0), (1, 1), (5, 1), (3, 7), (100, 1000), (1000, 100), (70_000, 5000), (5000, 70_000))
"""Places of the target, and values."""


def _moved(problem: tuple[int, ...], itemsize: int) -> int:
    return problem[1] * (int64.itemsize + 2 * itemsize)


RECORDS = of_families(
    "scatter",
    # OWNERS: most work-groups that share a target; CHUNK: most values of a work-group, where no place comes twice.
    cpu={"OWNERS": (16, 8, 32), "CHUNK": (1 << 14, 1 << 12, 1 << 16)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (256, 128, 64, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    moved=_moved,
    problems=_PROBLEMS,
)

# Values that are written in one round: their numbers are ints.
_ROUND = 2**31 - 1
# So few values look at each other on a GPU, rather than mark the places of the whole target.
_FEW = 1024
# Fewer values are not worth a second owner on a CPU.
_LEAST = 4096
# Two groups' spare elements are never on one cache line.
_APART = 128


def launch(device: OpenDevice, itemsize: int, n: int, count: int, places: Strided, values: Strided, target: Strided, distinct: bool) -> None:
    """Write ``count`` elements of ``itemsize`` bytes to their places, int64 numbers, of the ``n`` of ``target``, which lie one after the other.

    ``distinct``: it is known that no place comes twice. Values with a stride of 0 are one.
    """
    if n == 0 or count == 0:
        return
    key = ("scatter", itemsize, n, count, places.strides, values.strides, distinct, settings.index64)
    found = device.planned(key, lambda: plan(device, itemsize, n, count, places.strides[0], values.strides[0], distinct))
    given = (places.block.buffer, places.offset, values.block.buffer, values.offset, target.block.buffer, target.offset)
    run(device, found, given)


def plan(device: OpenDevice, itemsize: int, n: int, count: int, step: int, value_step: int, distinct: bool) -> Plan:
    """The launches of a scattered write: a run is given buffer and offset of the places, the values and the target."""
    made = _Making(device, itemsize, n, count, (step, value_step))
    if distinct:
        return Plan((made.one("distinct", 0, count),))
    if device.info.family == "cpu":
        return Plan((made.owned(),), (made.owners * _APART,))
    if count <= _FEW:
        return Plan((made.one("few", 0, count),))
    rounds = [(first, min(_ROUND, count - first)) for first in range(0, count, _ROUND)]
    return Plan(tuple(made.one(stage, *part) for part in rounds for stage in ("clear", "mark", "write")), (4 * n,))


class _Making:
    """What the launches of one write have in common."""

    def __init__(self, device: OpenDevice, itemsize: int, n: int, count: int, steps: tuple[int, int]) -> None:
        self.device, self.itemsize, self.n, self.count, self.steps = device, itemsize, n, count, steps
        self.parameters = tuning.parameters(RECORDS[device.info.family], uint8, device)
        self.index64 = device.info.family == "cpu" or reaches_beyond_32_bits(max(n, count))
        few = 1 if count < _LEAST else min(device.info.compute_units, self.parameters.get("OWNERS", 1))
        self.owners = ceil_div(n, ceil_div(n, few))

    def one(self, stage: str, first: int, count: int) -> Launch:
        """One stage, of ``count`` values from ``first`` on."""
        args = Arguments()
        number = index_types(self.index64)[0]
        if stage != "clear":
            args.operand(0).add(np.int64, self.steps[0])
        if stage not in ("clear", "mark"):
            self._elements(args)
        if stage in ("clear", "mark", "write"):
            args.hole(6)
        if stage != "clear":
            args.add(number, first, count)
        info = self.device.info
        step = 64 if info.family == "cpu" else self.parameters["LOCAL"]
        groups, local, chunk = shared_out(info, self.parameters, self.n if stage == "clear" else count, step)
        args.add(number, self.n, chunk)
        # A mark is an int.
        moved = {"clear": 4 * self.n, "mark": count * int64.itemsize}.get(stage, _moved((self.n, count), self.itemsize))
        return self._launch(stage, args, groups, local, moved)

    def owned(self) -> Launch:
        """All values, by groups that own parts of the target."""
        number = index_types(self.index64)[0]
        args = Arguments().operand(0).add(np.int64, self.steps[0])
        self._elements(args)
        args.hole(6).add(number, _APART // self.itemsize, 0, self.count, self.n, ceil_div(self.n, self.owners))
        return self._launch("owners", args, self.owners, 1, _moved((self.n, self.count), self.itemsize))

    def _elements(self, args: Arguments) -> None:
        args.operand(2).add(np.int64, self.steps[1]).operand(4)

    def _launch(self, stage: str, args: Arguments, groups: int, local: int, moved: int) -> Launch:
        info = self.device.info
        element = "" if stage in ("clear", "mark") else MOVED_AS[self.itemsize]
        name = "scatter" if stage in ("owners", "distinct", "few") else f"scatter_{stage}"

        def text() -> Source:
            index = "ulong" if self.index64 else "uint"
            return render("scatter", info.arithmetic, name=name, stage=stage, element=element, family=info.family, index=index)

        variant = Variant(("scatter", stage, element, self.index64), name, args.types, text)
        return Launch.of(variant, (groups,), (local,), args, moved)
