"""Running cases: each one's work is made, checked, timed and let go."""

from __future__ import annotations

import gc
import importlib.metadata
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from statistics import fmean, median
from typing import Any

import numpy as np

import clnd
from bench import (
    choosing,
    draws,
    elementwise,
    functions,
    gathering,
    moving,
    narrow,
    overheads,
    peaks,
    products,
    reductions,
    scanning,
    sorting,
    stencils,
)
from bench.case import Case, Measured, Work
from bench.place import Place
from bench.results import Results, Row
from bench.timing import alternate

__all__ = ["CASES", "run"]

CASES: tuple[Case, ...] = (
    *choosing.CASES, *draws.CASES, *elementwise.CASES, *functions.CASES, *gathering.CASES, *moving.CASES, *narrow.CASES, *overheads.CASES, *products.CASES, *reductions.CASES,
    *scanning.CASES, *sorting.CASES, *stencils.CASES,
)  # fmt: skip

ROUNDS = 9


def run(
    place: Place, cases: Iterable[Case], rounds: int = ROUNDS, goes_on: Callable[[Results], bool] | None = None
) -> Results:  # fmt: skip
    """Measure ``cases`` at a place; a case that raises is a row with its error.

    ``goes_on`` is called with what there is after the peaks and after each row; a false answer ends the run.
    """
    found = peaks.measure(place)
    results = Results(
        datetime.now(timezone.utc).isoformat(timespec="seconds"), _versions(place), _device(place), asdict(found)
    )
    for case in cases:
        if goes_on is not None and not goes_on(results):
            break
        print(case.name, file=sys.stderr, flush=True)
        results.rows.append(_row(case, place, found, rounds))
        gc.collect()
        place.ctx.empty_cache()
    return results


def _row(case: Case, place: Place, found: peaks.Peaks, rounds: int) -> Row:
    # The targets are those of whole sizes.
    row = Row(case.name, case.name, targets=() if place.quick else case.targets)
    try:
        work = case.work(place)
        row.what, row.moved, row.flops = work.what, work.moved, work.flops
        measured = _measured(work, rounds)
    except Exception as error:
        row.error = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:200]
        return row
    row.seconds = {name: (fmean if work.mean else median)(taken) for name, taken in measured.samples.items()}
    row.fastest = {name: min(taken) for name, taken in measured.samples.items()}
    row.floor, row.note = found.floor(work.moved, work.flops, work.dtype), measured.note
    return row


def _measured(work: Work, rounds: int) -> Measured:
    if work.measure is not None:
        return work.measure(rounds)
    _check(work)
    # What the libraries keep alive is left out of collections: one in clnd's turn would walk through all that its peers have loaded.
    gc.collect()
    gc.freeze()
    try:
        taken = alternate(work.sides, work.rounds or rounds, calls=work.calls, after=work.after, settle=work.settle)
    finally:
        gc.unfreeze()
    return Measured(taken)


def _check(work: Work) -> None:
    """A wrong result has no speed: some of clnd's elements are compared with NumPy's. Each side has run once then."""
    found = {name: side() for name, side in work.sides.items()}
    if work.tolerance is None:
        return
    got, want = np.asarray(found["clnd"]), np.asarray(work.reference() if work.reference is not None else found["numpy"])
    if got.shape != want.shape or not np.allclose(got.flat[::97], want.flat[::97], work.tolerance, work.tolerance):
        raise ValueError(f"got a result that differs from NumPy's by more than {work.tolerance:g}")


def _versions(place: Place) -> dict[str, str]:
    versions = {"clnd": clnd.__version__, "python": platform.python_version(), "numpy": np.__version__}
    for package in ("pyopencl", "numexpr", "torch", "cupy", "cupy-cuda12x", "cupy-cuda13x", "pyclblast", "tinygrad"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    blas = _blas_of_numpy()
    return versions | {"blas of numpy": blas} if blas else versions


def _blas_of_numpy() -> str:
    """Such as "openblas 0.3.31 SkylakeX": the kernels that it chose, or OPENBLAS_CORETYPE forced on it, decide its speed."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    found = next((lib for lib in threadpool_info() if lib["user_api"] == "blas" and "numpy" in lib["filepath"]), None)
    return f"{found['internal_api']} {found['version']} {found.get('architecture', '')}".strip() if found else ""


def _device(place: Place) -> dict[str, Any]:
    info = place.ctx.info
    return {
        "context": str(place.ctx), "name": info.name, "driver": info.driver, "version": info.version,
        "compute_units": info.compute_units, "family": info.family,
        "architecture": info.architecture, "vector_bytes": info.vector_bytes, "torch": place.torch_device,
    }  # fmt: skip
