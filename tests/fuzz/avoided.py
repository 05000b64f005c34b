"""What the fuzzers leave out, each with its reason: known faults and what clnd refuses. A fault that is mended loses its row."""

from __future__ import annotations

__all__ = ["AVOIDED"]

AVOIDED: dict[str, str] = {
    "signed pow": "negative powers of integers: 0 today, an error at the read or a rounded quotient soon",
    "integer mean": "means, variances of integers are summed in float32 today; the check is loose",
    "write to broadcast": "a view by broadcast_to must not be written",
    "complex square": "square and multiply of huge complex numbers make NaN of a part that is finite",
    "fifo in the cache": "a FIFO where a file of the cache is expected hangs the reader",
}
"""Name -> reason. A fuzzer asks `name in AVOIDED` where it would otherwise make the case."""
