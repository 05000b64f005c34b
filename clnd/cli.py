"""The command line: ``clnd`` or ``python -m clnd``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from clnd import demo
from clnd.context import contexts, current_context
from clnd.errors import ClndError
from clnd.runtime.device import DeviceInfo
from clnd.tuner import command as tune
from clnd.version import __version__

__all__ = ["main"]


def _run_demo(arguments: argparse.Namespace) -> int:
    return demo.main(arguments.ctx, arguments.out)


def _run_info(arguments: argparse.Namespace) -> int:
    rows = [(str(c), *_facts(c.info)) for c in contexts()]
    title = f"clnd {__version__}; the default context is {current_context()}"
    _print_table(title, ("context", "device", "driver", "units", "memory", "fp64", "same bits"), rows)
    return 0


def _run_tune(arguments: argparse.Namespace) -> int:
    return tune.main(arguments.kernels, arguments.ctx, arguments.budget, arguments.quick, arguments.export)


def _facts(info: DeviceInfo) -> tuple[str, ...]:
    """A device as cells of the table."""
    if not info.same_bits:
        bits = "no: " + "; ".join(info.same_bits_reasons)
    else:
        bits = "yes" if info.subnormals else "yes, but for subnormals"
    memory = f"{info.global_mem_size / 2**30:.1f} GiB"
    return info.name, info.driver, str(info.compute_units), memory, "yes" if info.fp64 else "no", bits


def _print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table drawn by rich, or of plain columns where it is not installed."""
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(title)
        widths = [max(len(row[k]) for row in (heads, *rows)) for k in range(len(heads))]
        for row in (heads, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    table = Table(*heads, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clnd", description="n-dimensional arrays on any OpenCL device")
    parser.add_argument("--version", action="version", version=f"clnd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    info = commands.add_parser("info", help="the contexts that exist here and the facts of their devices")
    info.set_defaults(run=_run_info)
    show = commands.add_parser("demo", help="learn handwritten digits, and normalise photographs")
    show.add_argument("--ctx", metavar="NAME", help='where it runs, such as "gpu(0)"; the default context if left out')
    show.add_argument("--out", metavar="DIR", default=".", help="the folder that receives the picture (default: here)")
    show.set_defaults(run=_run_demo)
    tuner = commands.add_parser("tune", help="find the fastest parameters of the kernels on a device, and keep them")
    tuner.add_argument("kernels", metavar="KERNEL", nargs="*", help="kernels, such as gemm; all of them if left out")
    tuner.add_argument("--ctx", metavar="NAME", help='the device, such as "gpu(0)"; the default context if left out')
    tuner.add_argument("--budget", metavar="TIME", help="time for each kernel, such as 30s or 5m (default: 60s)")
    tuner.add_argument("--quick", action="store_true", help="the first dtype of each kernel only, 10s if no --budget is given")
    tuner.add_argument("--export", metavar="FILE", help="write what was gained to a file, to be sent in")
    tuner.set_defaults(run=_run_tune)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ClndError as error:
        print(f"clnd: {error}", file=sys.stderr)
        return 1
