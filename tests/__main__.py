"""All tests: each file on each driver in a process of its own, then the types and the style.

    python -m tests

CLND_TEST_DRIVERS   names the drivers to test, such as "pocl intel", or "all"; those that pip brings
                    where it is unset. One that is not installed fails its run.

A driver that ends the process fails the test that was running; the rest of the file runs in a new
process. The table at the end has the processor time of each run, which unlike its wall time does
not depend on what else the machine does. The last line is "N passed, N failed", and the exit status
is 0 only where nothing failed.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.process import ROOT, Outcome, Run, carry_out, end_all


def device_tests(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"tests/device/test_{name}.py" for name in names)


EVERY = sorted(file.stem.removeprefix("test_") for file in (ROOT / "tests" / "device").glob("test_*.py"))
# What is the host's (processes, exits, the demonstration) is tested once, and so is the quality of the random streams, whose
# bits are the same everywhere; the rest concerns results, on every driver.
ONCE = ("demo", "robustness", "random_quality")
RESULTS = [name for name in EVERY if name not in ONCE]
# Kernels whose tests do not ask for both families themselves.
KERNELS = ("elementwise", "views")
# What depends on a device's limits and arithmetic most, for drivers beside those that run whole.
DIGESTS = ("golden",)
# Kernels for CPUs know no limits of a device; elementwise ones for GPUs, which the whole drivers have run, only one.
SMALL = {"PYTEST_ADDOPTS": '-k "gpu and not rows"'}
# PoCL compiles kernels for GPUs, which are not what it runs, for seconds each: one dtype, as Intel's and Oclgrind's small devices do all.
POCL_SMALL = {"PYTEST_ADDOPTS": '-k "gpu and not rows and float32"'}
# An older compiler: the kernels that its users get, and reductions for GPUs, whose barriers it must get right. With the vectors
# of most CPUs, where the machine that tests has longer ones.
OLDER = {"PYTEST_ADDOPTS": '-k "not rows and (cpu or reductions)"', "CLND_VECTOR_BYTES": "32"}
# rusticl compiles an elementary function for seconds. What it takes minutes for was run by hand (CONTRIBUTING.md).
ON_RUSTICL = ("golden", "views", "reductions", "transpose", "products", "epilogues", "permutation", "random_kernels", "kept_kernels", "tutorial")
SLOW_ON_RUSTICL = ("gamma", "digamma", "erfinv", "trajectory", "near-zero", "special-values", "past_the_caches")
QUICK_ROWS = ("arithmetic", "rounding", "truth", "bits", "neighbours")
FEW_FUNCTIONS = {"PYTEST_ADDOPTS": f'-k "not ({" or ".join(SLOW_ON_RUSTICL)}) and (not rows or {" or ".join(QUICK_ROWS)})"'}
# These begin first, so that no core is left waiting for the other at the end.
LONGEST = ("reductions", "fusion", "robustness", "gemm", "golden", "elementwise", "views")

RUNS = (
    Run("pocl", device_tests(EVERY), "pocl"),
    Run("intel", device_tests(RESULTS), "intel"),
    Run("pocl, kernels for GPUs", device_tests(KERNELS), "pocl", {"CLND_KERNEL_FAMILY": "gpu"}),
    # Each access is checked, and races between work-items are found.
    Run("oclgrind", device_tests(RESULTS), "oclgrind", {"CLND_DEVICE": "cpu(0)@oclgrind"}),
    # From ci/pocl/install-drivers.sh. rusticl stands for Apple, Arc and mobile: no fp64, work-groups of 32.
    Run("rusticl", device_tests(ON_RUSTICL), "rusticl", FEW_FUNCTIONS),
    Run("pocl-debian", device_tests(DIGESTS), "pocl-debian", OLDER),
    # Small devices: work-groups of 32 and of 8, 32 KiB and 4 KiB of local memory, 1 GiB of memory.
    Run("pocl-small", device_tests(DIGESTS), "pocl-small", POCL_SMALL),
    Run("intel-small", device_tests(DIGESTS), "intel-small", SMALL),
    Run("oclgrind-small", device_tests(DIGESTS), "oclgrind-small", SMALL),
    Run("unit", ("tests/unit",)),
    Run("mypy --strict", ("mypy", "--strict"), is_pytest=False),
    Run("ruff", ("ruff", "check", *(f for f in ("clnd", "tests", "bench", "tools") if (ROOT / f).is_dir())), is_pytest=False),
)
FROM_PIP = ("pocl", "intel", "oclgrind", "pocl-small", "intel-small", "oclgrind-small")


def chosen() -> list[Run]:
    """The runs on the drivers that are asked for."""
    known = {run.driver for run in RUNS if run.driver}
    wanted = os.environ.get("CLND_TEST_DRIVERS", "").replace(",", " ").split() or list(FROM_PIP)
    if wanted == ["all"]:
        wanted = sorted(known)
    unknown = sorted(set(wanted) - known)
    if unknown:
        sys.exit(f"CLND_TEST_DRIVERS names {', '.join(unknown)}; expected some of {', '.join(sorted(known))}")
    return [run for run in RUNS if not run.driver or run.driver in wanted]


def outcomes(runs: Iterable[Run]) -> list[Outcome]:
    """Do the parts of all runs, as many at a time as there are cores, the longest first; their output is printed as they end."""
    place = {file: k for k, file in enumerate(device_tests(LONGEST))}
    parts = sorted((p for run in runs for p in run.parts()), key=lambda p: place.get(p.arguments[0], len(place)))
    done: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="clnd-tests-caches-") as caches, ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        try:
            for future in as_completed([pool.submit(carry_out, part, Path(caches)) for part in parts]):
                outcome = future.result()
                done.append(outcome)
                print(f"===== {outcome.part.name} ({outcome.wall:.0f} s) =====\n{outcome.output}", flush=True)
        except BaseException:  # Ctrl-C, or the SIGTERM of a machine that has waited enough
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    return done


def show(runs: Iterable[Run], done: list[Outcome]) -> None:
    """Print the table, and every failure by name."""
    rows = [(run.name, [o for o in done if o.part.run is run]) for run in runs]
    width = max(len(name) for name, _ in rows)
    print(f"{'run':{width}}  passed  failed  skipped  CPU seconds  seconds")
    for name, some in [*rows, ("in all", done)]:
        passed, skipped = sum(o.passed for o in some), sum(o.skipped for o in some)
        failed, cpu, wall = sum(len(o.failures) for o in some), sum(o.cpu for o in some), sum(o.wall for o in some)
        print(f"{name:{width}}  {passed:6}  {failed:6}  {skipped:7}  {cpu:11.0f}  {wall:7.0f}")
    for o in done:
        for failure in o.failures:
            print(f"failed on {o.part.name}: {failure}")


def main() -> int:
    """Do every run and say how it went."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic()
    runs = chosen()
    done = outcomes(runs)
    show(runs, done)
    failed = sum(len(o.failures) for o in done)
    print(f"{time.monotonic() - start:.0f} seconds on {os.cpu_count()} cores")
    print(f"{sum(o.passed for o in done)} passed, {failed} failed", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
