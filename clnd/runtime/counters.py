"""What the runtime did, counted: the figures behind ``clnd.profiler``."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Counters", "counters"]


@dataclass
class Counters:
    """Totals since the process started, or since ``reset``.

    ``launches``: kernels enqueued; ``builds``: programs compiled from source;
    ``compile_seconds``: time spent in the driver's compiler; ``loads``: programs taken from the disk
    cache; ``host_reads`` and ``host_writes``: transfers between host and
    device; ``allocations``: blocks asked of the driver (pooled blocks used again do not count).
    """

    launches: int = 0
    builds: int = 0
    loads: int = 0
    host_reads: int = 0
    host_writes: int = 0
    allocations: int = 0
    compile_seconds: float = 0.0

    def reset(self) -> None:
        """Set every total to 0."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def __sub__(self, other: Counters) -> Counters:
        """The totals reached since ``other`` was noted."""
        return Counters(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def copy(self) -> Counters:
        """The totals as they are now."""
        return Counters(*(getattr(self, f.name) for f in fields(self)))


counters = Counters()
