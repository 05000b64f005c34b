"""Loops whose number of rounds has a limit that is known when a kernel is rendered."""

from __future__ import annotations

__all__ = ["each"]


def each(index: str, count: int | str, most: int, step: int = 1) -> str:
    """Open a block that runs for ``index`` = 0, ``step``, 2 ``step``, ... below ``count``, a C expression or a number.

    ``most`` is the largest ``count`` there can be. If that leaves one round at most, no loop is written but the round
    itself, and the test for it if ``count`` is an expression. This matters for correctness: an array that the loop
    indexes has one element then and becomes a register, which a loop leaves with what its last round computed, and the
    loop vectoriser of Intel's 2026 runtime takes that from the round after the last.
    """
    if most > step:
        return f"for (int {index} = 0; {index} < {count}; {index} += {step}) {{"
    return f"{'' if isinstance(count, int) else f'if ({count} > 0) '}{{ const int {index} = 0;"
