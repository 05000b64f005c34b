"""The table of results: drawn by rich, or plain text where it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench.case import PEERS
from bench.results import Results, Row

__all__ = ["HEADS", "cells", "show"]

_NAMES = {"numpy": "NumPy"}
_NONE = "-"

HEADS = ("what", "clnd", "rate", *(_NAMES.get(peer, peer) for peer in PEERS), "floor", "of floor", "target")

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for scale, unit in _UNITS:
        if seconds >= 0.9995 * scale:
            return f"{_digits(seconds / scale)} {unit}"
    return f"{seconds / 1e-9:.2g} ns"


def _digits(x: float) -> str:
    """Three digits where the number is below 1000."""
    return f"{x:.0f}" if x >= 99.95 else f"{x:.1f}" if x >= 9.995 else f"{x:.2f}"


def _rate(row: Row) -> str:
    if row.note or "clnd" not in row.seconds:
        return row.note or _NONE
    if row.flops:
        return f"{_digits(row.flops / row.seconds['clnd'] / 1e9)} GFLOPS"
    return f"{_digits(row.moved / row.seconds['clnd'] / 1e9)} GB/s" if row.moved else _NONE


def _beside(row: Row, peer: str) -> str:
    speed = row.speed(peer)
    return _NONE if speed is None else f"{duration(row.seconds[peer])} {_digits(speed)}x"


def _targets(row: Row) -> str:
    said = []
    for target in row.targets:
        goal = f"<= {duration(target.seconds)}" if target.seconds else f"{target.speed:g}x {_NAMES.get(target.peer, target.peer)}"
        said.append(f"{goal} {({True: 'met', False: 'MISSED', None: 'not known'})[row.met(target)]}")
    return ", ".join(said) or _NONE


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row, in the order of `HEADS`. An error takes the place of the figures."""
    if row.error:
        return (f"{row.what}: {row.error}", *[_NONE] * (len(HEADS) - 2), _targets(row))
    ours = row.seconds["clnd"]
    floor = (duration(row.floor), f"{100 * row.floor / ours:.0f} %") if row.floor else (_NONE, _NONE)
    return (row.what, duration(ours), _rate(row), *(_beside(row, peer) for peer in PEERS), *floor, _targets(row))


def title(results: Results) -> str:
    """The device, the versions and the peaks in two lines."""
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    flops = ", ".join(f"{dtype} {peak / 1e9:.0f} GFLOPS" for dtype, peak in results.peaks["flops"].items())
    device = results.device
    return (
        f"{device['context']}: {device['name']} ({device['driver']}, {device['version']}); "
        f"copy {results.peaks['copy'] / 1e9:.1f} GB/s, {flops}\n{versions}; {results.date}"
    )


def show(results: Results) -> None:
    """Print the table."""
    rows = [cells(row) for row in results.rows]
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(title(results))
        print(plain(HEADS, rows))
        return
    table = Table(title=title(results), title_justify="left")
    # A peer that has nothing to say takes no room.
    filled = [k for k, head in enumerate(HEADS) if k < 3 or head == "target" or any(row[k] != _NONE for row in rows)]
    for k in filled:
        table.add_column(HEADS[k], justify="left" if k in (0, len(HEADS) - 1) else "right")
    for row in rows:
        table.add_row(*(row[k].replace("[", r"\[") for k in filled))
    # A file or a pipe has no width: nothing is folded there.
    Console(width=None if sys.stdout.isatty() else 220).print(table)


def plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text."""
    lines = (heads, *rows)
    widths = [max(len(line[k]) for line in lines) for k in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
