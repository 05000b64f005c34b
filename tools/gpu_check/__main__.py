"""The command line: ``python -m tools.gpu_check --ctx "gpu(0)" --out DIR --minutes 8``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from clnd.context import Context
from clnd.errors import ClndError
from tools.gpu_check import __doc__ as about
from tools.gpu_check.steps import STEPS, Ended, Job, Step, carry_out, missing_for
from tools.gpu_check.summary import bits_are_right, device_of, write

__all__ = ["main"]

_WITHOUT_DEVICE = ("info", "doctor")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.gpu_check", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )  # fmt: skip
    parser.add_argument("--ctx", metavar="CTX", default="gpu(0)", help='the device, such as "gpu(0)", which is the default')
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder of the results; it is made")
    parser.add_argument("--minutes", metavar="N", type=float, default=8.0, help="time for all steps together (default 8)")
    parser.add_argument("--steps", metavar="NAMES", default="", help=f"some of: {','.join(step.name for step in STEPS)}; info always runs")
    parser.add_argument("--quick", action="store_true", help="small arrays: does everything run?")
    return parser


def _chosen(names: str) -> list[Step]:
    wanted = [name for name in names.replace(",", " ").split() if name]
    unknown = sorted(set(wanted) - {step.name for step in STEPS})
    if unknown:
        raise ValueError(f"got --steps {', '.join(unknown)}; expected some of {', '.join(step.name for step in STEPS)}")
    return [step for step in STEPS if not wanted or step.name in (*wanted, "info")]


def _prepared(arguments: argparse.Namespace) -> tuple[Job, list[Step]]:
    """What was asked for, checked, with an empty place for the results."""
    if not 0 < arguments.minutes < 1e5:
        raise ValueError(f"got --minutes {arguments.minutes}; expected a number above zero")
    steps = _chosen(arguments.steps)
    try:
        ctx = str(Context(arguments.ctx))
    except ClndError as error:
        raise ValueError(str(error)) from error
    out = arguments.out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
        # An earlier run's results would be taken for this one's.
        for name in ("digests.jsonl", "speed.json", "tests.jsonl", "tuned.json", *(f"{step.name}.txt" for step in STEPS)):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise ValueError(f"got --out {arguments.out}; expected a folder that can be written ({error.strerror})") from error
    return Job(ctx, out, arguments.quick), steps


def _interrupt(number: int, frame: object) -> None:
    """A polite end by another program is Ctrl-C."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Do all steps; 0 where every digest that was compared is equal and no step had trouble, 1 where not, 2 without the device."""
    arguments = _parser().parse_args(argv)
    try:
        job, steps = _prepared(arguments)
    except ValueError as error:
        print(f"gpu_check: {error}", file=sys.stderr)
        return 2
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    end = time.monotonic() + 60 * arguments.minutes
    ended: list[Ended] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for k, step in enumerate(steps):
            if device_of(job) is None and step.name not in _WITHOUT_DEVICE:
                ended.append(Ended(step.name, "", 0.0, 0.0, f"there is no {job.ctx}"))
                continue
            # What the steps before left goes to those that are still to come, in proportion.
            shares = step.share + sum(s.share for s in steps[k + 1 :] if not missing_for(s))
            seconds = max(end - time.monotonic(), 0.0) * step.share / shares
            print(f"{step.name}: {step.what}, at most {seconds:.0f} s", file=sys.stderr, flush=True)
            # Info tells whether there is a device at all; drivers compile the probe for it, however little time was asked for.
            ended.append(carry_out(step, job, max(seconds, 60.0) if step.name in _WITHOUT_DEVICE else seconds))
            write(job, ended, date)
    except KeyboardInterrupt:
        print(f"gpu_check: interrupted; what there is stands in {write(job, ended, date)}", file=sys.stderr)
        return 130
    print(f"summary: {write(job, ended, date)}")
    if device_of(job) is None:
        print(f"gpu_check: there is no {job.ctx}; the summary says what is there, and doctor.txt what to do", file=sys.stderr)
        return 2
    compared = "digests" not in {step.name for step in steps} or bits_are_right(job)
    return 0 if compared and not any(e.trouble for e in ended) else 1


if __name__ == "__main__":
    sys.exit(main())
