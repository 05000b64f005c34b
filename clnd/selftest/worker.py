"""The child process that tests one device: ``python -m clnd.selftest.worker CONTEXT FILE [SECONDS]``.

It appends one line of JSON to the file for the device's facts, for each digest and for each speed. It writes
the names of the digests before it computes them, so that the report can name them after a crash.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from clnd import golden
from clnd.context import Context
from clnd.errors import ClndError
from clnd.info import device_facts
from clnd.profiler import counters
from clnd.runtime import cache
from clnd.selftest import speed

__all__ = ["compare", "main"]

Say = Callable[..., None]


def compare(ctx: Context, say: Say, budget: float | None, programs: Sequence[tuple[golden.Case, ...]] | None = None) -> None:
    """Run the golden cases on ``ctx``. Cases beyond the budget are reported as left out.

    ``programs`` are run in their order, slow ones too; by default all are, but the slow ones only without a budget.
    """
    rows = golden.read()
    end = None if budget is None else time.monotonic() + budget
    for cases in _in_turn(budget is None) if programs is None else programs:
        names = [case.name for case in cases]
        wanted = [case for case in cases if golden.met(case, ctx) and case.name in rows]
        lacking = [case.name for case in cases if not golden.met(case, ctx)]
        if lacking:
            say("lacking", names=lacking)
        if end is not None and ((cases[0].slow and programs is None) or time.monotonic() > end):
            say("left out", names=[case.name for case in wanted])
            continue
        if not wanted:
            continue
        say("begin", names=names)
        try:
            hosts = golden.run_program(wanted)
        except ClndError as error:
            say("failed", names=[case.name for case in wanted], error=str(error))
            continue
        for case, host in zip(wanted, hosts, strict=True):
            row = golden.row_of(case, host)
            if row == rows[case.name]:
                say("equal", names=[case.name])
            else:
                say("differs", names=[case.name], got=row["sha256"], first=[str(x) for x in host.ravel()[:8]])


def _in_turn(everything: bool) -> list[tuple[golden.Case, ...]]:
    """The programs in order. For a budget they are shuffled, so that every chapter is sampled, and large and small ones alternate."""
    programs = golden.programs(golden.CASES.values())
    if everything:
        return programs
    stride = 7  # a prime, so that neighbours, which are alike, lie far apart
    mixed = [program for start in range(stride) for program in programs[start::stride]]
    many, few = [p for p in mixed if len(p) > 3], [p for p in mixed if len(p) <= 3]
    return [p for pair in itertools.zip_longest(many, few) for p in pair if p is not None]


def main(argv: Sequence[str]) -> int:
    """Test one device."""
    name, path, *budget = argv
    with Path(path).open("a", encoding="utf-8") as file:

        def say(what: str, **facts: Any) -> None:
            file.write(json.dumps({"what": what, **facts}) + "\n")
            file.flush()

        begin = time.monotonic()
        with Context(name) as ctx:
            try:
                say("device", facts=device_facts(ctx))
                say("digests", version=golden.version())
                compare(ctx, say, float(budget[0]) if budget else None)
                for row in speed.measured(ctx):
                    say("speed", **row)
            except ClndError as error:
                say("error", error=str(error))
                return 1
        say(
            "end", seconds=round(time.monotonic() - begin, 1), compile_seconds=round(counters.compile_seconds, 1),
            builds=counters.builds, kept=cache.folder() is not None,
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
