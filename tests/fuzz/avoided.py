"""What the fuzzers leave out, each with its reason: known faults and what clnd refuses. A fault that is mended loses its row."""

from __future__ import annotations

__all__ = ["AVOIDED"]

AVOIDED: dict[str, str] = {
    "complex square": "square and multiply of huge complex numbers make NaN of a part that is finite",
}
"""Name -> reason. A fuzzer asks `name in AVOIDED` where it would otherwise make the case."""
