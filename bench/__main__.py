"""The command line: ``python -m bench [NAME...]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.case import Case
from bench.place import Place
from bench.results import Results
from bench.run import CASES, ROUNDS, run
from bench.table import show
from clnd.errors import ClndError

FOLDER = Path(__file__).parent / "results"


def chosen(names: Sequence[str]) -> list[Case]:
    """The cases of these names, or whose names begin with one of them and a hyphen; all where none is given."""
    return [case for case in CASES if not names or any(f"{case.name}-".startswith(f"{name}-") for name in names)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Timings of clnd beside those of other libraries, taken in turn.",
        epilog=f"names: {' '.join(case.name for case in CASES)}",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="rows to measure, or what they begin with; all if left out")
    parser.add_argument("--ctx", metavar="CTX", help='where clnd runs, such as "gpu(0)"; the default context if left out')
    parser.add_argument("--quick", action="store_true", help="smaller arrays and three rounds: does everything run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the file of results; bench/results/DRIVER-DATE.json")
    parser.add_argument("--repeats", type=int, metavar="N", help=f"samples a side (default {ROUNDS})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table and write the file; 1 where a row failed, 2 for wrong usage."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    for name in arguments.names:
        if not chosen([name]):
            parser.error(f"got the name {name!r}; expected one of: {' '.join(case.name for case in CASES)}")
    if arguments.repeats is not None and arguments.repeats < 1:
        parser.error(f"got --repeats {arguments.repeats}; expected 1 or more")
    try:
        place = Place(arguments.ctx, arguments.quick)
        results = run(place, chosen(arguments.names), arguments.repeats or (3 if arguments.quick else ROUNDS))
    except ClndError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    show(results)
    if place.missing():
        print(f"not installed, so their columns are empty: {', '.join(place.missing())}")
    failed = any(row.error for row in results.rows)
    file = arguments.json or FOLDER / f"{results.device['driver']}-{results.date[:10]}{'-quick' if arguments.quick else ''}.json"
    if file.exists():
        results = results.with_rows_of(Results.load(file), [case.name for case in CASES])
    results.save(file)
    print(f"results: {file}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
