"""Prepared launches: what a launcher finds out once, and the one function that runs it.

A launcher is a function of a problem, the layout of its operands and the facts of a device. It gives a `Plan`, which runs with
any blocks. `OpenDevice.planned` keeps plans, so that what was seen before costs no planning. A plan does not hold its kernels:
those are bounded more tightly, because a built kernel takes megabytes in some drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clnd.runtime.caller import Timing
from clnd.runtime.launch import enqueue
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.runtime.program import Kernel
from clnd.templates import Source

__all__ = ["Arguments", "Launch", "Plan", "Variant", "run"]

Type = type[Any] | None
"""The NumPy type of a kernel's argument; None for a buffer."""


class Variant:
    """A kernel that need not be built yet: equal keys stand for equal sources and argument types.

    ``source`` says what the OpenCL C is. It is called when no built kernel is kept, and rendered if no process has built it yet.
    """

    __slots__ = ("_hash", "key", "name", "source", "types")

    def __init__(self, key: Hashable, name: str, types: Sequence[Type], source: Callable[[], Source]) -> None:
        self.key = key
        self.name = name
        self.types = tuple(types)
        self.source = source
        # Built kernels are looked up at every launch; a key is a tuple of tuples.
        self._hash = hash(key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Variant) and self.key == other.key)

    def built(self, device: OpenDevice) -> Kernel:
        """The kernel on ``device``, built where it is not kept.

        Raises
        ------
        BuildError
            Where the driver does not compile it.
        """
        kernel: Kernel | None = device.variants.get(self)
        if kernel is None:
            kernel = device.programs.kernel(self.source(), self.name)
            self.keep(device, kernel)
        return kernel

    def keep(self, device: OpenDevice, kernel: Kernel) -> None:
        """Have ``kernel`` be what `built` gives on ``device``."""
        kernel.set_scalar_types(list(self.types))
        device.variants[self] = kernel


class Arguments:
    """A kernel's arguments in its order: type and value of each stated in one place.

    What differs from run to run is a hole: the number of a value that `run` is given or of a block that it makes.
    """

    __slots__ = ("holes", "types", "values")

    def __init__(self) -> None:
        self.types: list[Type] = []
        self.values: list[Any] = []
        self.holes: list[tuple[int, int]] = []

    def add(self, of: Type, *values: Any) -> Arguments:
        """Numbers of one type."""
        self.types += [of] * len(values)
        self.values += values
        return self

    def hole(self, number: int, of: Type = None) -> Arguments:
        """Value ``number`` of those that a run is given, or made block ``number`` less their count; a buffer where no type is named."""
        self.holes.append((len(self.values), number))
        return self.add(of, None)

    def operand(self, number: int, of: Type = np.int64) -> Arguments:
        """Buffer ``number``, and the number behind it, where the operand begins in it."""
        return self.hole(number).hole(number + 1, of)


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch: ``groups`` work-groups of ``local`` items an axis.

    ``arguments`` has None at each hole (place, number). ``moved`` are the bytes that the kernel must move;
    ``timing`` is what small ones have taken.
    """

    variant: Variant
    groups: tuple[int, ...]
    local: tuple[int, ...]
    arguments: tuple[Any, ...]
    holes: tuple[tuple[int, int], ...]
    moved: int = 0
    timing: Timing = field(default_factory=Timing, compare=False, repr=False)

    @classmethod
    def of(cls, variant: Variant, groups: tuple[int, ...], local: tuple[int, ...], args: Arguments, moved: int = 0) -> Launch:
        """A launch with the arguments that ``args`` states."""
        return cls(variant, groups, local, tuple(args.values), tuple(args.holes), moved)


@dataclass(frozen=True, slots=True)
class Plan:
    """Launches in their order. ``made``: the bytes of each block that a run allocates, results before scratch memory."""

    launches: tuple[Launch, ...]
    made: tuple[int, ...] = ()


def run(device: OpenDevice, plan: Plan, given: Sequence[Any]) -> list[Block]:
    """Launch ``plan`` with the buffers and numbers ``given``. Returns the blocks made."""
    blocks = [device.pool.allocate(nbytes) for nbytes in plan.made]
    values = [*given, *(block.buffer for block in blocks)]
    for launch in plan.launches:
        arguments = [*launch.arguments]
        for place, number in launch.holes:
            arguments[place] = values[number]
        enqueue(device, launch.variant.built(device), launch.groups, launch.local, tuple(arguments), launch.moved, launch.timing)
    return blocks
