"""The host's processor, as Linux describes it."""

from __future__ import annotations

import functools
from pathlib import Path

__all__ = ["first_processor", "flags"]

_CPUINFO = Path("/proc/cpuinfo")


@functools.cache
def first_processor() -> dict[str, str]:
    """What Linux says of the first processor; empty elsewhere."""
    try:
        text = _CPUINFO.read_text(errors="replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def flags() -> frozenset[str]:
    """What an x86 can do, in Linux's words ("avx2"); empty elsewhere."""
    return frozenset(first_processor().get("flags", "").split())
