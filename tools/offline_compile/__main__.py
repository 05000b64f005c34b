"""The command line: ``python -m tools.offline_compile``."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tools.offline_compile import __doc__ as about
from tools.offline_compile.compilers import Figures, MissingError, find
from tools.offline_compile.run import compile_all
from tools.offline_compile.sources import of_target
from tools.offline_compile.table import FILE, Table, compared, in_need, read, renewed, written
from tools.offline_compile.targets import TARGETS

__all__ = ["main", "shown"]


_HEADS = ("reg", "spill", "scratch", "local", "occ%", "16B")


def shown(found: Mapping[str, Figures]) -> list[str]:
    """The figures, a line for each kernel, the chips side by side: a column for each field of `Figures`."""
    rows: dict[str, dict[str, Figures]] = defaultdict(dict)
    for key, figures in found.items():
        name, _, chip = key.rpartition(" @ ")
        rows[name][chip] = figures
    chips = [target.chip for target in TARGETS if any(target.chip in at for at in rows.values())]
    wide = [max(map(len, rows), default=0), *(max(len(head), 5) for head in _HEADS)]

    def line(name: str, cells: Iterable[Iterable[object]]) -> str:
        return f"{name:{wide[0]}}" + "".join(" |" + "".join(f" {value:>{w}}" for value, w in zip(cell, wide[1:], strict=True)) for cell in cells)

    above = f"{'':{wide[0]}}" + "".join(f" | {chip:{sum(wide[1:]) + len(_HEADS) - 1}}" for chip in chips)
    nothing = ("-",) * len(_HEADS)
    return [above, line("", [_HEADS] * len(chips)), *(line(name, [vars(at[c]).values() if c in at else nothing for c in chips]) for name, at in rows.items())]


def main(argv: Sequence[str] | None = None) -> int:
    """0 where no kernel is worse than the table, 1 where one is, 2 without a compiler or for wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m tools.offline_compile", description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default="", help="only lines with this in their name, which has the chip at its end")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--write", action="store_true", help="make the table anew")
    chosen.add_argument("--all", action="store_true", help="every kernel with every dtype: what does not compile fails, spills and scratch are shown")
    given = parser.parse_args(argv)
    if given.write and given.part:
        parser.error("--write makes the whole table; leave out the name")
    try:
        compilers = find()
    except MissingError as error:
        print(f"offline_compile: {error}", file=sys.stderr)
        return 2
    sources = (source for target in TARGETS for source in of_target(target, given.all) if given.part in f"{source.name} @ {target.chip}")
    found, refused = compile_all(sources, compilers)
    print(*shown({key: figures for key, figures in found.items() if not given.all or in_need(figures)}), sep="\n")
    problems = [f"{key}: does not compile: {said}" for key, said in refused.items()]
    if not given.all:
        table = read(FILE.read_text()) if FILE.exists() else Table()
        if given.write:
            table = renewed(table, found, compilers.versions)
            FILE.write_text(written(table))
        elif dict(table.compilers) != dict(compilers.versions):
            print(f"the table is of {dict(table.compilers)}, this is {dict(compilers.versions)}: figures may differ for that alone")
        problems += compared(table, found, whole=not given.part and not refused)
    print("".join(f"{problem}\n" for problem in problems), end="")
    print(f"{len(found) + len(refused)} kernels on {len(TARGETS)} chips, {len(problems)} problems")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
