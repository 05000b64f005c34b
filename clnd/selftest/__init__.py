"""``python -m clnd selftest``: the probe's findings, the golden digests and a table of speeds, for every device.

A child process (`worker`) tests each device and writes one line for each result. If a driver crashes, the
other devices are still tested, and the results up to the crash are kept. `report` combines the lines.

``--against numpy`` is `against`: which bits of NumPy's results move, and which of clnd's.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from clnd import golden
from clnd.files import check_target
from clnd.process import run_module
from clnd.progress import Progress, progress
from clnd.selftest.devices import devices_to_test
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
    names = [device["context"] for device in devices_to_test(ctx)]
    results: list[dict[str, Any]] = []
    for name in names:
        results.append(_tested(name, seconds))
        print(as_text(results[-1]), end="\n\n", flush=True)
    if target is not None:
        target.write_text(json.dumps({"clnd": __version__, "devices": results}, indent=1) + "\n")
    for result in results:
        print(verdict(result, path))
    return 0 if all(result["good"] for result in results) else 1


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
