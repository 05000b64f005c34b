"""``python -m clnd selftest``: the probe's findings, the golden digests and a table of speeds, for every device.

A child process (`worker`) tests each device and writes one line for each result. If a driver crashes, the
other devices are still tested, and the results up to the crash are kept. `report` combines the lines.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from clnd import golden
from clnd.context import Context
from clnd.errors import ContextError, DriverError
from clnd.files import check_target
from clnd.process import run_module
from clnd.progress import Progress, progress
from clnd.selftest.report import as_text, collected, verdict
from clnd.version import __version__

__all__ = ["BUDGET", "main"]

BUDGET = 40.0
"""Seconds for the digests of a device without ``--all``. Most of them are spent compiling."""
_SHORT, _WHOLE = 300.0, 3600.0
"""Seconds after which a child is killed. The tests themselves stop long before."""
_AFTER = 5.0
"""Seconds that the speeds take, for the progress bar."""


def main(ctx: str | None, path: str | None, *, seconds: float | None = BUDGET) -> int:
    """Test the device of ``ctx``, or every device, print the results and write them to the file ``path``.

    Comparing digests stops after ``seconds`` for each device; None compares all.

    Returns
    -------
    int
        0 if every digest that was compared is equal, else 1.

    Raises
    ------
    ContextError
        If ``ctx`` names no device of this machine.
    DriverError
        If there is no device.
    """
    target = None if path is None else check_target("selftest", "--json", path)
    names = _contexts(ctx)
    results: list[dict[str, Any]] = []
    for name in names:
        results.append(_tested(name, seconds))
        print(as_text(results[-1]), end="\n\n", flush=True)
    if target is not None:
        target.write_text(json.dumps({"clnd": __version__, "devices": results}, indent=1) + "\n")
    for result in results:
        print(verdict(result, path))
    return 0 if all(result["good"] for result in results) else 1


def _contexts(ctx: str | None) -> list[str]:
    """The names of the devices to test. A child process lists them, because a driver can crash here as well."""
    wanted = None if ctx is None else str(Context(ctx))
    with progress("looking for devices", every=_SHORT):
        child = run_module("clnd", ["info", "--json"], seconds=_SHORT)
    found = child.printed_json()
    if found is None:
        raise DriverError(f"[selftest] the process that lists the devices {child.how}; run: python -m clnd doctor")
    there = [device["context"] for device in found["devices"]]
    if not there:
        raise DriverError(found["error"])
    if wanted is None:
        return [name for name in there if "@" not in name]  # not the checkers
    with_driver = {f"{d['kind']}(0)@{d['driver']}" for d in found["devices"] if not d["error"]}
    if wanted not in there and wanted not in with_driver:
        raise ContextError(f"[selftest] got the context {wanted}; there are: {', '.join(there)}; choose one of these")
    return [wanted]


def _tested(name: str, seconds: float | None) -> dict[str, Any]:
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clnd-selftest-") as folder:
        lines = Path(folder) / "lines"
        lines.touch()
        arguments = [name, str(lines)] + ([] if seconds is None else [str(seconds)])
        with progress(name) as shown:
            child = run_module(
                "clnd.selftest.worker", arguments, seconds=_WHOLE if seconds is None else _SHORT,
                watch=lambda: _show(shown, lines.read_text(), time.monotonic() - begin, seconds),
            )  # fmt: skip
        return collected(name, [json.loads(line) for line in lines.read_text().splitlines() if line.endswith("}")], child)


def _show(shown: Progress, lines: str, spent: float, seconds: float | None) -> None:
    """Update the progress bar from the worker's ``lines``: the share of all digests, or of the time for them."""
    compared = sum(lines.count(f'{{"what": "{result}"') for result in ("equal", "differs"))
    share = compared / len(golden.CASES)
    shown.done = min(max(share, 0 if seconds is None else spent / (seconds + _AFTER)), 0.99)
    shown.remark = "measuring speeds" if '{"what": "speed"' in lines else f"{compared} digests compared"
