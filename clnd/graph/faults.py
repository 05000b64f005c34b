"""Faults that only a device can see, such as a negative power of an integer: found when a value is computed, told when it is read.

A node that can fault has a *check*: a node of two results, whether there is a fault (0: there is none) and the lowest place of one. It is
computed together with the node. Values know the checks of all that they depend on; who reads a value looks at its own, so other
values never raise, in no thread. The lowest place makes the message the same on every device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clnd.errors import ArgumentError, ClndError
from clnd.graph.node import Node, Value
from clnd.shapes import Shape

__all__ = ["MOST", "Fault", "Once", "joined"]

MOST = 16
"""A value that would depend on more faults than these has them looked at when it is recorded."""


class Fault:
    """What could be wrong with a node. ``message`` has a place for ``{place}``, the index in ``shape`` of the first element in fault.

    ``error`` is the class of the exception. ``cleared`` is called once it is known that there is no fault.
    """

    __slots__ = ("__weakref__", "_found", "check", "cleared", "error", "message", "shape", "where")

    def __init__(
        self, check: Node, message: str, shape: Shape, error: type[ClndError] = ArgumentError, cleared: Callable[[], None] | None = None
    ) -> None:
        self.check: Node | None = check
        self.error = error
        self.cleared = cleared
        self.message = message
        self.shape = shape
        self.where = check.where
        self._found: int | None = None

    @property
    def waits(self) -> bool:
        """Whether the check is not computed yet."""
        check = self.check
        return check is not None and check.value is None

    def place(self) -> int:
        """The number of the first element in fault, -1 where there is none. The check is computed."""
        check = self.check
        if check is not None:
            assert check.value is not None
            found = _number(check, check.value)
            self._found = _number(check, check.more[0], np.int64) if found else -1
            self.check = None  # its memory may go
            if not found and self.cleared is not None:
                self.cleared()
        assert self._found is not None
        return self._found

    def look(self) -> None:
        """Raise where there is a fault. The check is computed."""
        place = self.place()
        if place >= 0:
            index = tuple(int(k) for k in np.unravel_index(place, self.shape))
            where = f"\n  called at {self.where}" if self.where else ""
            raise self.error(self.message.format(place=index[0] if len(index) == 1 else index) + where)


class Once(Fault):
    """The same fault of a write: the elements in fault are passed over and the others stand, so one read tells of it and later ones do not."""

    __slots__ = ("_of", "_write")

    def __init__(self, of: Fault, write: _Write) -> None:
        self._of, self._write = of, write

    @classmethod
    def of_each(cls, faults: tuple[Fault, ...]) -> tuple[Once, ...]:
        """The faults of one write, of which the first that is there is told."""
        write = _Write()
        return tuple([cls(f, write) for f in faults])

    @property
    def check(self) -> Node | None:  # type: ignore[override]
        """That of the fault itself."""
        return self._of.check

    def place(self) -> int:
        """That of the fault itself, until the write's is told."""
        return -1 if self._write.is_told else self._of.place()

    def look(self) -> None:
        """Raise where there is a fault, at the first look."""
        if not self._write.is_told:
            # After a fault that is there, not before: a look that is interrupted tells nothing.
            try:
                self._of.look()
            except ClndError:
                self._write.is_told = True
                raise


class _Write:
    """What the faults of one write know together."""

    __slots__ = ("is_told",)

    def __init__(self) -> None:
        self.is_told = False


def _number(check: Node, value: Value, dtype: Any = None) -> int:
    assert check.ctx is not None
    return int(value.read(check.ctx.device, dtype or check.dtype)[0])


def joined(first: tuple[Fault, ...], second: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults of either."""
    return first if first == second else tuple(dict.fromkeys((*first, *second)))
