"""What is measured: a case is a row of a table, and makes its work when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.place import Place

__all__ = ["PEERS", "Case", "Measured", "Target", "Work", "count"]

PEERS = ("numpy", "numexpr", "scipy", "torch", "cupy", "pyopencl.array", "clblast", "tinygrad", "clnd fast")
"""Who clnd is compared with, itself without the promised bits at the end: the columns of the table, and the names of the sides."""


@dataclass(frozen=True)
class Target:
    """A figure to reach: ``speed`` times the speed of ``peer``, or at most ``seconds``."""

    speed: float = 0.0
    peer: str = "numpy"
    seconds: float = 0.0


@dataclass(frozen=True)
class Measured:
    """Seconds of one call, several of them for each side, and what else there is to say."""

    samples: dict[str, list[float]]
    note: str = ""


@dataclass
class Work:
    """A case with its arrays made.

    Attributes
    ----------
    what
        What is computed, with its size: the first cell of the row.
    sides
        "clnd" and peers -> one call of the work, which returns when its result is there.
    moved, flops
        Bytes that must move and operations that must be done at least; 0 where neither says anything.
    dtype
        Whose peak the operations are held to.
    tolerance
        How far clnd's result may be from NumPy's, relative and absolute; None where they are not comparable.
    reference
        The values clnd's are held to, where NumPy's own in float32 are too far off.
    calls
        How many calls a side makes when it is run once; 0 where it makes one, repeated as its length asks for.
    after
        Runs after each sample of clnd, untimed.
    rounds
        How many samples are taken, where the work knows better than the command line.
    mean
        The mean of the samples is shown instead of their median.
    settle
        Seconds of rest before a sample: threads of a pool go on spinning after their work, and would slow the next side.
    measure
        Takes the samples itself, given how many; for work in other processes.
    """

    what: str
    sides: dict[str, Callable[[], Any]] = field(default_factory=dict)
    moved: int = 0
    flops: int = 0
    dtype: str = "float32"
    tolerance: float | None = 1e-4
    reference: Callable[[], Any] | None = None
    calls: int = 0
    after: Callable[[], Any] | None = None
    rounds: int = 0
    mean: bool = False
    settle: float = 0.04
    measure: Callable[[int], Measured] | None = None


@dataclass(frozen=True)
class Case:
    """One row to measure: its name on the command line, what makes its work, and the targets it has."""

    name: str
    work: Callable[[Place], Work]
    targets: tuple[Target, ...] = ()


def count(n: int) -> str:
    """A number of elements in short: 1000, 100k, 16M."""
    for unit, name in ((10**6, "M"), (10**3, "k")):
        if n >= unit and n > 1000:
            return f"{n / unit:.3g}{name}"
    return str(n)
