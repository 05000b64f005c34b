"""The command line: ``clnd`` or ``python -m clnd``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence

from clnd import demo, doctor, info, selftest
from clnd.errors import ClndError, ContextError
from clnd.tuner import command as tune
from clnd.version import __version__

__all__ = ["main"]


def _run_demo(arguments: argparse.Namespace) -> int:
    return demo.main(arguments.ctx, arguments.out)


def _run_info(arguments: argparse.Namespace) -> int:
    found = info.config()
    print(json.dumps(found, indent=1) if arguments.json else info.as_text(found))
    return 0 if found["devices"] else 1


def _run_tune(arguments: argparse.Namespace) -> int:
    return tune.main(arguments.kernels, arguments.ctx, arguments.budget, arguments.quick, arguments.export)


def _run_doctor(arguments: argparse.Namespace) -> int:
    return doctor.main()


def _run_selftest(arguments: argparse.Namespace) -> int:
    return selftest.main(arguments.ctx, arguments.json, seconds=None if arguments.all else selftest.BUDGET)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clnd", description="n-dimensional arrays on any OpenCL device")
    parser.add_argument("--version", action="version", version=f"clnd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    facts = commands.add_parser("info", help="the devices, versions, cache and settings found here")
    facts.add_argument("--json", action="store_true", help="the same facts as JSON")
    facts.set_defaults(run=_run_info)
    mend = commands.add_parser("doctor", help="what is missing on this machine, and the command that mends it")
    mend.set_defaults(run=_run_doctor)
    test = commands.add_parser("selftest", help="whether every device gives the promised bits, and how fast it is")
    test.add_argument("--ctx", metavar="NAME", help='the device, such as "gpu(0)"; all of them if left out')
    test.add_argument("--json", metavar="FILE", help="write the results to a file, to be sent in")
    test.add_argument("--all", action="store_true", help="compare every digest, which takes minutes")
    test.set_defaults(run=_run_selftest)
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
    """Run one command; returns the process's exit status: 2 where the command line was wrong."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        status = run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read, such as `head`, has read enough; what is left must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ContextError as error:
        print(f"clnd: {error}", file=sys.stderr)
        return 2
    except ClndError as error:
        print(f"clnd: {error}", file=sys.stderr)
        return 1
