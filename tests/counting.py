"""What the engine counts while a test does something: launches, builds, transfers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import clnd
from clnd.profiler import Counters, counters

__all__ = ["Count", "counted", "launches"]


class Count:
    """What happened within a block; filled at its end."""

    done = Counters()


@contextmanager
def counted() -> Iterator[Count]:
    """Count within a ``with`` block."""
    count, before = Count(), counters.copy()
    yield count
    count.done = counters - before


def launches(make: Callable[[], Any]) -> int:
    """Kernels launched to compute what ``make`` gives, an array, None or a tuple of them; the host must read nothing meanwhile."""
    with counted() as count:
        result = make()
        clnd.evaluate(*(r for r in (result if isinstance(result, tuple) else (result,)) if r is not None))
    assert count.done.host_reads == 0
    return count.done.launches
