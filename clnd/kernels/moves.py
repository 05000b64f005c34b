"""How an elementwise kernel reads an input elsewhere than at the element's own place: along each axis by one of a few rules.

A rule gives the place in the input for a place in the result. It goes up or down by one, or stays, from neighbour to neighbour,
until a seam: along the last axis a kernel for CPUs walks from seam to seam, and in between it reads whole vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

from clnd.kernels.recipe import Input
from clnd.records import light_dataclass

__all__ = ["RULES", "Along", "Rule", "along"]


@light_dataclass(frozen=True)
class Rule:
    """The rule of one axis.

    ``numbers`` of a run are arguments of its functions (`templates/lib/moves.cl.mako`), and so is the axis' length where ``has_length``: ``stem``_place says where an element is
    read, ``stem``_left how many elements from this one on come before the next seam, and, unless every ``step`` is 1, ``stem``_step the way
    to the next. ``has_outside``: some elements lie outside of the input, and ``stem``_inside says of one whether it does not.
    """

    stem: str
    numbers: int
    step: int | None = None
    has_outside: bool = False
    has_length: bool = False


RULES = {
    # In place.
    "": Rule("", 0, step=1),
    # shift: round the end of the axis, once.
    "roll": Rule("rolled", 1, step=1, has_length=True),
    # shift, period, n, mirror: from the beginning again, or back, every period.
    "period": Rule("periodic", 4),
    # shift, n: the first and the last element for all beyond.
    "clamp": Rule("clamped", 2),
    # shift, n: there is nothing beyond.
    "within": Rule("clamped", 2, has_outside=True),
    # times: each element so many times.
    "repeat": Rule("repeated", 1, step=0),
}


@light_dataclass(frozen=True)
class Along:
    """A rule along an axis of one kernel: ``arguments`` are the C names of its numbers, places are counted in the signed type ``t``."""

    rule: Rule
    arguments: tuple[str, ...]
    t: str

    def _call(self, what: str, at: str) -> str:
        return f"{self.rule.stem}_{what}_{self.t}({', '.join([f'({self.t}){at}', *(f'({self.t}){a}' for a in self.arguments)])})"

    def place(self, at: str) -> str:
        """Where element ``at`` of the axis is read."""
        return self._call("place", at) if self.rule.stem else at

    def step(self, at: str) -> str:
        """From there to the place of the next element."""
        return self._call("step", at) if self.rule.step is None else str(self.rule.step)

    def left(self, at: str) -> str:
        """How many elements from ``at`` on come before a seam; nothing where there is none."""
        return self._call("left", at) if self.rule.stem else ""

    def inside(self, at: str) -> str:
        """Whether element ``at`` lies inside of the input; nothing where all do."""
        return self._call("inside", at) if self.rule.has_outside else ""


def along(x: Input, ndim: int, axes: Sequence[int | None], t: str) -> list[Along]:
    """The rules of input ``x`` along a kernel's axes, each of which is one of ``ndim``, the last of which are the input's, or, where it is None, is read in place."""
    in_place = Along(RULES[""], (), t)
    found = [in_place] * len(axes)
    given = iter(x.places)
    for axis, name in enumerate(x.moves, start=ndim - len(x.moves)):
        if name:
            d, rule = axes.index(axis), RULES[name]
            arguments = [f"s{next(given)}" for _ in range(rule.numbers)] + [f"d{d}"] * rule.has_length
            found[d] = Along(rule, tuple(arguments), t)
    return found
