"""One operation on every driver and both families of kernels: its row, NumPy's ufunc of it, its accuracy, its digests.

    python -m tests.row logaddexp            on the drivers that pip brings
    python -m tests.row nansum --drivers pocl intel rusticl

For a row of `clnd/ops/elementwise.py` or of `clnd/ops/reductions.py`. A new row needs nothing else to be tried: its digests are compared
between the drivers, whether or not they are in the file yet. The last line is "N checks, N failed".
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import clnd
from clnd.context import current_context
from clnd.dtypes import ALL, COMPLEX, FLOAT, facts
from clnd.golden import CASES, met, read, row_of, run_program
from clnd.ops import elementwise, reductions
from tests.process import ROOT

DRIVERS = ("intel", "pocl", "oclgrind")

Check = tuple[str, Callable[[], str]]
"""What is checked, and a function that says what is wrong; nothing where it is right."""


def checks(name: str) -> Iterator[Check]:
    """The checks of an operation on the device of this process."""
    if name in elementwise.TABLE:
        yield from _elementwise(name)
    else:
        yield from _reduction(name)


def _computable() -> list[Any]:
    fp64 = current_context().info.fp64
    return [dtype for dtype in ALL if fp64 or not facts(dtype).needs_fp64]


def _elementwise(name: str) -> Iterator[Check]:
    from tests import accuracy, error_table
    from tests.device.test_elementwise import complaint, operands, taken

    op = elementwise.TABLE[name]
    for dtype in _computable():
        if facts(dtype).kind not in op.takes:
            continue

        def row(dtype: Any = dtype) -> str:
            xs = operands(dtype, 300)
            return complaint(op, op.apply(*taken(op, *map(clnd.asarray, xs))).asnumpy(), taken(op, *xs))

        yield f"{dtype.name} against {getattr(op.oracle, '__name__', 'its oracle')}", row

    def ufunc() -> str:
        xs = [clnd.asarray(x) for x in taken(op, *operands(np.dtype(np.float32), 40))]
        got = op.oracle(*xs)
        return "" if isinstance(got, clnd.Array) and (got.asnumpy() == op.apply(*xs).asnumpy()).all() else f"gave a {type(got).__name__}"

    if isinstance(op.oracle, np.ufunc) and FLOAT in op.takes:
        yield f"np.{op.oracle.__name__}(array)", ufunc
    for dtype in _computable():
        if name in accuracy.FUNCTIONS and facts(dtype).kind == FLOAT and dtype.itemsize > 2:

            def precise(dtype: Any = dtype) -> str:
                xs: Any = accuracy.hard_pairs(name, dtype, 60) if len(op.names) == 2 else (accuracy.hard_inputs(name, dtype, 20),)
                got = op.apply(*map(clnd.asarray, xs)).asnumpy()
                errors = accuracy.ulps(got, accuracy.reference(name, *xs), dtype, accuracy.least(name, *xs))
                k, most = int(np.argmax(errors)), error_table.BOUNDS[name][dtype == np.float64]
                return "" if errors[k] <= most else f"{errors[k]:.2f} units at {[x[k] for x in xs]}, bound {most}"

            yield f"{dtype.name} against mpmath", precise


def _reduction(name: str) -> Iterator[Check]:
    row = reductions.TABLE[name]
    rng = np.random.default_rng(3)
    for dtype in _computable():
        kind = facts(dtype).kind
        if kind not in row.takes:
            continue
        # Small whole numbers: every order of their sums gives the same.
        x = rng.integers(0 if kind in ("bool", "uint") else -2, 3, (5, 40, 33))
        host = (x + 1j * x[::-1] if kind == COMPLEX else x).astype(dtype)
        for axis in (None, 0, 1, -1, (0, 2)):

            def reduced(host: Any = host, axis: Any = axis) -> str:
                got = row(clnd.asarray(host), axis=axis).asnumpy()
                with np.errstate(all="ignore"):
                    wide = host.astype(np.float32) if facts(host.dtype).is_half else host
                    want = np.asarray(row.oracle(wide, axis=axis)).astype(got.dtype)
                same = (got == want) | ((got != got) & (want != want))
                return "" if got.dtype == row.gives(host.dtype) and same.all() else f"{int((~same).sum())} of {same.size} results differ"

            yield f"{dtype.name} over axis {axis}", reduced


def digests(name: str) -> dict[str, str]:
    """Case -> its digest here, for the golden cases of an operation that this device can compute."""
    ctx, found = current_context(), {}
    for case in CASES.values():
        parts = case.name.split("-")
        if name in parts[:2] and met(case, ctx) and not case.slow:
            found[case.name] = row_of(case, run_program([case])[0])["sha256"]
    return found


def here(name: str) -> int:
    """The checks in this process; one line of JSON at the end."""
    failures, count = [], 0
    for what, check in checks(name):
        count += 1
        wrong = check()
        if wrong:
            failures.append(f"{what}: {wrong}")
    print(json.dumps({"checks": count, "failures": failures, "digests": digests(name)}))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the checks on each driver, and compare what they computed."""
    parser = argparse.ArgumentParser("python -m tests.row", description="One operation on every driver and both families of kernels.")
    parser.add_argument("name", help="a row of ops/elementwise.py or ops/reductions.py")
    parser.add_argument("--drivers", nargs="+", default=DRIVERS, help=f"default: {' '.join(DRIVERS)}; see ci/pocl/run-on.sh")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.name not in elementwise.TABLE and given.name not in reductions.TABLE:
        parser.error(f"there is no row {given.name!r} in ops/elementwise.py or ops/reductions.py")
    if given.here:
        return here(given.name)
    total, failed, kept = 0, 0, read()
    first: dict[str, tuple[str, str]] = {}
    for driver in given.drivers:
        for family in ("cpu", "gpu"):
            place = f"{driver}, kernels for {family.upper()}s"
            command = ["bash", "ci/pocl/run-on.sh", driver, sys.executable, "-m", "tests.row", given.name, "--here"]
            environment = os.environ | {"CLND_KERNEL_FAMILY": family, "PYTHON": sys.executable}
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            if done.returncode == 3:
                print(f"{place}: not installed")
                break
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if done.returncode or not lines:
                found: dict[str, Any] = {"checks": 1, "failures": [(done.stderr or done.stdout).strip().splitlines()[-1]], "digests": {}}
            else:
                found = json.loads(lines[-1])
            for case, sha in found["digests"].items():
                where, known = first.setdefault(case, (place, sha))
                wrong = [f"{case} differs from {where}"] if sha != known else []
                wrong += [f"{case} differs from the file"] if case in kept and sha != kept[case]["sha256"] else []
                found["failures"] += wrong
            checked = found["checks"] + len(found["digests"])
            print(f"{place}: {checked} checks, {len(found['failures'])} failed")
            for failure in found["failures"]:
                print(f"  {failure}")
            total, failed = total + checked, failed + len(found["failures"])
    new = [case for case in first if case not in kept]
    if new:
        print(f"not in the file yet: {', '.join(new)}; write them with: python -m clnd.golden --write")
    print(f"{total} checks, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
