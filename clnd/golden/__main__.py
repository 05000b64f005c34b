"""Compare the golden digests, and add those of new cases.

    python -m clnd.golden             compare on the current context; CLND_DEVICE chooses another
    python -m clnd.golden --write     add the digests of new cases, which alone are run; with names, of these
    python -m clnd.golden --change    replace digests that differ, under a new version: every result that
                                      a user has kept then loses its promise, so it is not done
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from clnd.context import current_context
from clnd.golden import CASES, DIGESTS, met, programs, read, row_of, run_program, version

__all__ = ["main"]


def _write(rows: dict[str, dict[str, Any]], old: dict[str, dict[str, Any]]) -> None:
    """Write the file. Digests that were added keep its version; one that changed or went gives it the next."""
    kept = {name: rows[name] for name in CASES if name in rows}
    number = version() + any(kept.get(name, {}).get("sha256") != row["sha256"] for name, row in old.items())
    # A row a line, in the order of the cases: a diff then shows what changed.
    lines = ",\n".join(json.dumps(row) for row in kept.values())
    DIGESTS.write_text(f'{{"version": {number}, "digests": [\n{lines}\n]\n}}\n')


def main(argv: Sequence[str] | None = None) -> int:
    """Compare with the file, and bring it up to date where asked to; 1 where a digest differs."""
    parser = argparse.ArgumentParser(prog="python -m clnd.golden", description="compare the golden digests")
    parser.add_argument("--write", action="store_true", help="add the digests of new cases")
    parser.add_argument("--change", action="store_true", help="replace digests that differ, and drop those without a case; the file gets a new version")
    parser.add_argument("--quick", action="store_true", help="leave the slow cases out")
    parser.add_argument("names", nargs="*", help="cases; all where none is named")
    arguments = parser.parse_args(argv)
    ctx, old = current_context(), read()
    rows = {} if arguments.change and not arguments.names else dict(old)
    print(f"{ctx}: {ctx.info.name}, {ctx.info.driver}, kernels for {ctx.info.family}; digests of version {version()}")
    equal, differing = 0, 0
    names = arguments.names or [name for name in CASES if name not in old or not arguments.write or arguments.change]
    if not names:
        print("every case has a digest")
        return 0
    wanted = [CASES[name] for name in names]
    rows.update({case.name: old[case.name] for case in wanted if case.name in old})
    runnable = [case for case in wanted if met(case, ctx) and not (case.slow and arguments.quick)]
    for cases in programs(runnable):
        for case, host in zip(cases, run_program(cases), strict=True):
            row = row_of(case, host)
            if row == old.get(case.name):
                equal += 1
            elif case.name in old:
                differing += 1
                print(f"{case.name} differs: {row}")
            if case.name not in old or arguments.change:
                rows[case.name] = row
    print(f"{equal} digests equal, {differing} differ, {sum(n not in old for n in CASES)} cases without one")
    if arguments.write or arguments.change:
        _write(rows, old)
    return 1 if differing and not arguments.change else 0


if __name__ == "__main__":
    sys.exit(main())
