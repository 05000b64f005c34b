"""The tests, in tiers: files on drivers in processes of their own, then the types and the style.

    python -m tests             the quick tier: minutes
    python -m tests --full      every kernel of both families, over all drivers
    python -m tests --rest      the full tier without what the quick tier has run
    python -m tests --host      what may depend on the Python, on Intel's runtime
    python -m tests --cold      with nothing compiled before
    python -m tests --clients   before a release: other projects' suites, five Pythons, long fuzzing (tests/clients.py)

CLND_TEST_DRIVERS   names the drivers to test, such as "pocl intel", or "all"; those that pip brings
                    where it is unset. One that is not installed fails its run. "compilers" are those
                    of tools/offline_compile.

Compiled programs are kept in `.tests-cache` between runs, under keys of their source, driver and version.

A driver that ends the process fails the test that was running; the rest of its files run in a new
process. The table at the end shows the processor time of each run, which unlike wall time does
not depend on what else the machine does. The last line is "N passed, N failed", and the exit status
is 0 only where nothing failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.process import ROOT, Outcome, Part, Run, carry_out, end_all
from tests.tiers import TIERS, chosen

CACHES = ROOT / ".tests-cache"
"""Compiled programs, a folder a driver."""
MOST_KEPT = 4 << 30
"""Bytes of compiled programs that are kept; beyond them the oldest go."""


def trim(folder: Path, most: int = MOST_KEPT) -> None:
    """Remove the oldest files of ``folder`` until it holds at most ``most`` bytes."""
    files = sorted((f for f in folder.rglob("*") if f.is_file()), key=lambda f: f.stat().st_mtime, reverse=True)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > most:
            file.unlink(missing_ok=True)


def outcomes(parts: Iterable[Part], caches: Path) -> list[Outcome]:
    """Do all parts, as many at a time as there are cores, the longest first; their output is printed as they end."""
    done: list[Outcome] = []
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        try:
            for future in as_completed([pool.submit(carry_out, part, caches) for part in parts]):
                outcome = future.result()
                done.append(outcome)
                print(f"===== {outcome.part.name} ({outcome.wall:.0f} s) =====\n{outcome.output}", flush=True)
        except BaseException:  # Ctrl-C, or the SIGTERM of a machine that has waited enough
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    return done


def show(runs: Iterable[Run], done: list[Outcome]) -> int:
    """Print the table, and every failure by name; their number."""
    rows = [(run.name, [o for o in done if o.part.run is run]) for run in runs]
    width = max(len(name) for name, _ in rows)
    print(f"{'run':{width}}  passed  failed  skipped  CPU seconds  seconds")
    for name, some in [*rows, ("in all", done)]:
        passed, skipped = sum(o.passed for o in some), sum(o.skipped for o in some)
        failed, cpu, wall = sum(len(o.failures) for o in some), sum(o.cpu for o in some), sum(o.wall for o in some)
        print(f"{name:{width}}  {passed:6}  {failed:6}  {skipped:7}  {cpu:11.0f}  {wall:7.0f}")
    failures = [f"{o.part.name}: {failure}" for o in done for failure in o.failures]
    # A file may have no test of a run's markers; a run whose files have none checks nothing.
    failures += [f"{name}: nothing passed" for name, some in rows if not any(o.passed or o.failures for o in some)]
    for failure in failures:
        print(f"failed on {failure}")
    return len(failures)


def main(arguments: list[str] | None = None) -> int:
    """Do every run of a tier and say how it went."""
    parser = argparse.ArgumentParser("python -m tests", description="The tests of clnd; the quick tier where none is named.")
    parser.add_argument("--full", dest="tier", action="store_const", const="full", default="quick", help="every kernel of both families, over all drivers")
    parser.add_argument("--rest", dest="tier", action="store_const", const="rest", help="the full tier without what the quick tier has run")
    parser.add_argument("--host", dest="tier", action="store_const", const="host", help="what may depend on the Python, on Intel's runtime")
    parser.add_argument("--cold", action="store_true", help="forget the programs that earlier runs compiled")
    steps = ("suites", "pythons", "fuzz")
    parser.add_argument("--clients", nargs="*", choices=steps, metavar="STEP", help=f"what is run before a release: {', '.join(steps)}; all where none is named")
    parser.add_argument("--minutes", type=float, default=30.0, help="of each fuzzer of --clients (default: 30)")
    parser.add_argument("--examples", type=int, default=20, help="of each test of the array API suite of --clients (default: 20)")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    if given.cold:
        shutil.rmtree(CACHES, ignore_errors=True)
    if given.clients is not None:
        from tests import clients  # which imports this module

        return clients.main(given.clients or steps, given.minutes, given.examples)
    runs = chosen(TIERS[given.tier])
    parts = sorted((part for run in runs for part in run.parts()), key=lambda part: part.rank)
    done = outcomes(parts, CACHES)
    if CACHES.exists():
        trim(CACHES)
    failed = show(runs, done)
    print(f"{time.monotonic() - start:.0f} seconds on {os.cpu_count()} cores")
    print(f"{sum(o.passed for o in done)} passed, {failed} failed", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
