"""Speed of square products over their size, as a picture: ``python -m bench.plot RESULTS.json``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.case import PEERS
from bench.products import ODD, POWERS
from bench.results import Results

__all__ = ["lines", "main"]

DTYPES = ("float32", "float64")
_NAMES = {"numpy": "NumPy (OpenBLAS)", "torch": "PyTorch (oneDNN)", "clblast": "CLBlast", "tinygrad": "tinygrad"}


def lines(results: Results, dtype: str) -> dict[str, list[tuple[int, float]]]:
    """Library -> (n, operations a second) for each square product that was measured."""
    rows = {row.name: row for row in results.rows}
    found: dict[str, list[tuple[int, float]]] = {}
    for n in sorted((*POWERS, *ODD)):
        row = rows.get(f"gemm-{dtype}-{n}")
        for side in ("clnd", *PEERS):
            if row is not None and side in row.seconds:
                found.setdefault(side, []).append((n, row.flops / row.seconds[side]))
    return found


def draw(results: Results, file: Path) -> None:
    """Write the picture: a panel for each dtype, a line for each library, and the device's peak."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), layout="constrained")
    measured = [dtype for dtype in DTYPES if lines(results, dtype)]
    for k, dtype in enumerate(measured):
        axes = figure.add_subplot(1, len(measured), k + 1)
        for side, points in lines(results, dtype).items():
            sizes, speeds = zip(*points, strict=True)
            style = {"linewidth": 2.5, "color": "black", "zorder": 3} if side == "clnd" else {"linewidth": 1.2}
            axes.plot(sizes, [speed / 1e9 for speed in speeds], marker="o", markersize=3, label=_NAMES.get(side, side), **style)
        peak = results.peaks["flops"].get(dtype)
        if peak:
            axes.axhline(peak / 1e9, linestyle="--", color="grey", label="peak of multiply and add")
        axes.set_xscale("log", base=2)
        axes.set_ylim(bottom=0)
        axes.set(title=f"{dtype}: n x n by n x n", xlabel="n", ylabel="GFLOPS")
    figure.suptitle(f"{results.device['name']}, {results.device['driver']}; {results.date[:10]}")
    # One for both, and below them: within, it would lie on the lines.
    handles = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=6, fontsize="small")
    figure.savefig(file, dpi=120)


def main(argv: Sequence[str] | None = None) -> int:
    """Read a file of results and write the picture beside it; 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m bench.plot", description=__doc__)
    parser.add_argument("results", type=Path, help="a file that python -m bench wrote")
    parser.add_argument("--png", type=Path, help="the picture; beside the results if left out")
    arguments = parser.parse_args(argv)
    if not arguments.results.is_file():
        parser.error(f"got {str(arguments.results)!r}, which is no file; expected results of python -m bench")
    results = Results.load(arguments.results)
    if not any(lines(results, dtype) for dtype in DTYPES):
        parser.error(f"got {str(arguments.results)!r}, which has no square products; run python -m bench gemm first")
    file = arguments.png or arguments.results.with_suffix(".png")
    try:
        draw(results, file)
    except ImportError:
        print("bench.plot: matplotlib is not installed; pip install 'clnd[bench]'", file=sys.stderr)
        return 2
    print(f"plot: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
