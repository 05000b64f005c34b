"""``python -m clnd selftest --against numpy``: which bits of NumPy's results move with the CPU and its threads, and which of clnd's.

NumPy computes all programs with and without the widest vectors of this CPU, and with one and two threads; clnd on every device, and on
a CPU with the kernels for GPUs too. Each run is a child process (`digests`), because NumPy reads its settings when it is imported, and
because a driver can crash. `moves` compares.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clnd.files import check_target
from clnd.process import run_module
from clnd.progress import progress
from clnd.selftest import moves
from clnd.selftest.devices import devices_to_test
from clnd.selftest.digests import features, key
from clnd.selftest.moves import Run
from clnd.selftest.programs import GROUPS
from clnd.version import __version__

__all__ = ["Job", "by_clnd", "by_numpy", "main", "run", "widest"]

_SECONDS = 600.0
"""Seconds after which a child is killed. Compiling takes PoCL half a minute, where nothing is kept from before."""
_AT_ONCE = 2
"""Children that run at the same time. They compile, each on one CPU."""
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_DISABLE = "NPY_DISABLE_CPU_FEATURES"
# By the widest vectors: how NumPy's names of such features begin, and OpenBLAS's kernels with and without them.
_WIDEST = (
    ("AVX-512", ("AVX512", "X86_V4"), "SKYLAKEX", "HASWELL"),
    ("AVX2", ("AVX2", "FMA3", "X86_V3"), "HASWELL", "SANDYBRIDGE"),
)


@dataclass(frozen=True)
class Job:
    """A run that is to be made: the arguments of `digests`, and what it changes in the environment."""

    letter: str
    library: str
    what: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)


def widest(found: Sequence[str]) -> tuple[str, tuple[str, ...], str, str]:
    """Of the features that NumPy found: the title and names of the widest vectors, OpenBLAS's kernels with them and without."""
    for title, begins, wide, narrow in _WIDEST:
        names = tuple(name for name in found if name.startswith(begins))
        if names:
            return title, names, wide, narrow
    return "", (), "", ""


def by_numpy(found: Sequence[str], environ: Mapping[str, str]) -> list[Job]:
    """NumPy's runs on a CPU with these features, of a process with this environment."""
    title, names, wide, narrow = widest(found)
    ways: list[tuple[str, dict[str, str]]] = [("as it is", {})]
    if names:
        disabled = " ".join([*environ.get(_DISABLE, "").split(), *names])
        ways = [
            (f"with {title}", {"OPENBLAS_CORETYPE": wide}),
            (f"without {title}", {"OPENBLAS_CORETYPE": narrow, _DISABLE: disabled}),
        ]
    jobs: list[Job] = []
    for way, changed in ways:
        for count, threads in (("1", "one thread"), ("2", "two threads")):
            # OpenBLAS then names its kernels on stderr.
            settings = {**changed, **dict.fromkeys(_THREADS, count), "OPENBLAS_VERBOSE": "2"}
            jobs.append(Job("abcd"[len(jobs)], "numpy", f"{way}, {threads}", ("numpy", ""), settings))
    return jobs


def by_clnd(devices: Sequence[Mapping[str, Any]]) -> list[Job]:
    """clnd's runs: each device, and the first CPU that uses the kernels for CPUs with those for GPUs, which compute in another way."""
    jobs: list[Job] = []

    def add(name: str, more: str = "", environ: Mapping[str, str] | None = None) -> None:
        jobs.append(Job(chr(ord("A") + len(jobs)), "clnd", name + more, ("clnd", name), environ or {}))

    for device in devices:
        add(device["context"])
    for device in devices:
        if device.get("kernels") == "cpu":
            add(device["context"], " with the kernels for GPUs", {"CLND_KERNEL_FAMILY": "gpu"})
            break
    return jobs


def run(job: Job) -> tuple[Run, str]:
    """Run a job in a child process. The second value is the digest of its operands."""
    child = run_module("clnd.selftest.digests", job.arguments, seconds=_SECONDS, environ=job.environ)
    made = child.printed_json() if child.status == 0 else None
    done = Run(job.letter, job.library, job.what)
    if made is None:
        return replace(done, error=f"its process {child.how}"), ""
    kept = set(job.environ.get(_DISABLE, "").split()) & set(made["features"])
    if kept:
        return replace(done, error=f"NumPy still uses {', '.join(sorted(kept))}"), ""
    return replace(done, what=job.what + _details(job, made, child.errors), digests=made["digests"]), made["inputs"]


def _details(job: Job, made: Mapping[str, Any], errors: str) -> str:
    """What the child said that it ran on."""
    if job.library == "clnd":
        return f": {made['device']}, {made['driver']}"
    cores = re.findall(r"^Core: (\w+)", errors, re.MULTILINE)
    disabled = job.environ.get(_DISABLE)
    return (f", OpenBLAS for {cores[-1]}" if cores else "") + (f" ({_DISABLE}={disabled!r})" if disabled else "")


def _run_all(jobs: Sequence[Job]) -> list[Run]:
    runs: list[Run] = []
    inputs: dict[str, str] = {}
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        with progress("programs") as shown:
            for done, operands in pool.map(run, jobs):
                runs.append(done)
                inputs[done.letter] = operands
                shown.done, shown.remark = len(runs) / len(jobs), f"{len(runs)} of {len(jobs)} runs"
    finally:
        pool.shutdown(cancel_futures=True)
    return moves.usable(runs, inputs)


def main(ctx: str | None, path: str | None) -> int:
    """Run all programs by NumPy, and by clnd on the device of ``ctx`` or on every device; print what moves.

    Returns
    -------
    int
        0 if no bit of clnd's results moves, else 1; 1 if a run of clnd failed.

    Raises
    ------
    ContextError
        If ``ctx`` names no device of this machine.
    DriverError
        If there is no device.
    """
    target = None if path is None else check_target("selftest", "--json", path)
    jobs = [*by_numpy(features(), os.environ), *by_clnd(devices_to_test(ctx))]
    runs = _run_all(jobs)
    rows = moves.table([(group.chapter, name, group.dtype, key(group, name)) for group in GROUPS for name in group.programs], runs)
    versions = {"numpy": np.__version__, "clnd": __version__}
    print(moves.as_text(rows, runs, versions))
    if target is not None:
        target.write_text(json.dumps(moves.as_json(rows, runs, versions), indent=1) + "\n")
    return 0 if moves.good(rows, runs) else 1
