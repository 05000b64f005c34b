"""The command line: ``clnd`` or ``python -m clnd``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence

from clnd import demo, doctor, info, selftest
from clnd.errors import ArgumentError, ClndError, ContextError
from clnd.selftest import against
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
    if arguments.against:
        if arguments.all:
            raise ArgumentError("[selftest] got --against and --all; expected one of them; --all is for the digests, which --against does not compare")
        return against.main(arguments.ctx, arguments.json)
    return selftest.main(arguments.ctx, arguments.json, seconds=None if arguments.all else selftest.BUDGET)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clnd", description="n-dimensional arrays on any OpenCL device")
    parser.add_argument("--version", action="version", version=f"clnd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    facts = commands.add_parser("info", help="show devices, versions, cache and settings")
    facts.add_argument("--json", action="store_true", help="the same facts as JSON")
    facts.set_defaults(run=_run_info)
    mend = commands.add_parser("doctor", help="show what is missing on this machine and the command that installs it")
    mend.set_defaults(run=_run_doctor)
    test = commands.add_parser("selftest", help="check that every device gives the promised bits, and measure its speed")
    test.add_argument("--ctx", metavar="NAME", help='the device, such as "gpu(0)" (default: every device)')
    test.add_argument("--json", metavar="FILE", help="write the results to a file, which you can attach to a report")
    test.add_argument("--all", action="store_true", help="compare every digest; this takes minutes")
    test.add_argument(
        "--against", metavar="LIBRARY", choices=("numpy",),
        help="instead, run the same programs by numpy in several ways and by clnd on every device, and show which bits move",
    )
    test.set_defaults(run=_run_selftest)
    show = commands.add_parser("demo", help="train a network on handwritten digits and show what it reads")
    show.add_argument("--ctx", metavar="NAME", help='the device, such as "gpu(0)" (default: the current context)')
    show.add_argument("--out", metavar="DIR", default=".", help="the folder for the picture (default: the current one)")
    show.set_defaults(run=_run_demo)
    tuner = commands.add_parser("tune", help="find and keep the fastest kernel parameters for a device")
    tuner.add_argument("kernels", metavar="KERNEL", nargs="*", help="kernels, such as gemm (default: all)")
    tuner.add_argument("--ctx", metavar="NAME", help='the device, such as "gpu(0)" (default: the current context)')
    tuner.add_argument("--budget", metavar="TIME", help="time for each kernel, such as 30s or 5m (default: 60s)")
    tuner.add_argument("--quick", action="store_true", help="tune the first dtype of each kernel only; the default budget is then 10s")
    tuner.add_argument("--export", metavar="FILE", help="write the gains to a file, which you can send in")
    tuner.set_defaults(run=_run_tune)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status; 2 means a wrong command line."""
    parser = _parser()
    if not (sys.argv[1:] if argv is None else argv):
        parser.print_help()
        return 2
    arguments = parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        status = run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Python flushes stdout again at exit, which must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ContextError as error:
        print(f"clnd: {error}", file=sys.stderr)
        return 2
    except ClndError as error:
        print(f"clnd: {error}", file=sys.stderr)
        return 1
