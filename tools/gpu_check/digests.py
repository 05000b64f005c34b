"""The child process that compares every golden digest: ``python -m tools.gpu_check.digests CONTEXT FILE SECONDS``.

The file is that of `clnd.selftest.worker`: a line of JSON for each digest, and one for each program before it runs. Programs that the
file has are left out, so that the same command goes on after a crash.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clnd import golden
from clnd.context import Context
from clnd.errors import ClndError
from clnd.selftest.worker import compare

__all__ = ["cheapest_first", "lines_of", "main"]

# What takes a compiler long, the longest last: programs of a dozen functions, functions with many branches.
_DEAR = (
    re.compile(r"erf|special-values|near-zero|rows-of-(?:functions|angles|inverses|exponentials|lengths|logarithms)|complex"),
    re.compile(r"gamma|trajectory"),
)


def _cost(cases: Sequence[golden.Case], rows: dict[str, dict[str, Any]]) -> tuple[bool, int, int]:
    elements = sum(math.prod(rows[case.name]["shape"]) for case in cases if case.name in rows)
    dear = max((k for k, pattern in enumerate(_DEAR, 1) if pattern.search(cases[0].program)), default=0)
    return cases[0].slow, dear, elements


def cheapest_first() -> list[tuple[golden.Case, ...]]:
    """All programs: those of few elements and short kernels first, so that a run that is short of time has compared most digests."""
    rows = golden.read()
    return sorted(golden.programs(golden.CASES.values()), key=lambda cases: _cost(cases, rows))


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The lines that are whole: a process that was ended may have written a part of one."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def _begun(lines: Iterable[dict[str, Any]]) -> set[str]:
    return {name for line in lines if line["what"] in ("begin", "lacking") for name in line["names"]}


def main(argv: Sequence[str]) -> int:
    """Compare; 0 where the device could be opened."""
    name, path, seconds = argv
    begun = _begun(lines_of(Path(path)))
    programs = [cases for cases in cheapest_first() if not begun & {case.name for case in cases}]
    with Path(path).open("a", encoding="utf-8") as file:

        def say(what: str, **facts: Any) -> None:
            file.write(json.dumps({"what": what, **facts}) + "\n")
            file.flush()

        try:
            with Context(name) as ctx:
                compare(ctx, say, float(seconds), programs)
        except ClndError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
