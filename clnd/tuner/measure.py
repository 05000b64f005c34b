"""What a worker does with a candidate: time its calls, and take the digests of its results."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from clnd.context import Context
from clnd.dtypes import DType
from clnd.kernels import tuning
from clnd.kernels.kernel import Kernel, Parameters
from clnd.runtime.opened import OpenDevice
from clnd.tuner.workloads import Call, Problem, Workload

__all__ = ["compare", "digests", "seconds"]

SAMPLE = 0.005
"""A sample lasts at least about so long, in seconds: shorter calls are made several times."""

SAMPLES = 7
PATIENCE = 0.3
"""No further samples of a call are taken after so many seconds."""


@contextmanager
def _candidate(record: Kernel, dtype: DType, ctx: Context, parameters: Parameters) -> Iterator[OpenDevice]:
    """The device of ``ctx`` with these parameters, and with no kernel built otherwise."""
    device = ctx.device.without_kernels()
    tuning.assign(record, dtype, device, parameters)
    with ctx.played_by(device):
        yield device


def digests(
    workload: Workload, record: Kernel, dtype: DType, ctx: Context, parameters: Parameters, problems: Sequence[Problem]
) -> list[str]:
    """The SHA-256 of each call's result; all NaNs count as one value."""
    with _candidate(record, dtype, ctx, parameters):
        return [_digest(call) for problem in problems for call in workload.calls(problem, dtype, ctx)]


def _digest(call: Call) -> str:
    values = np.array(call().asnumpy())
    if values.dtype.kind == "f":
        values[np.isnan(values)] = np.nan
    return hashlib.sha256(f"{values.shape} {values.dtype}".encode() + values.tobytes()).hexdigest()


def seconds(workload: Workload, record: Kernel, dtype: DType, ctx: Context, parameters: Parameters) -> list[list[float]]:
    """For each problem the seconds of each of its calls: the least of several, since what disturbs only ever adds."""
    with _candidate(record, dtype, ctx, parameters):
        return [[_least(call) for call in workload.calls(problem, dtype, ctx)] for problem in workload.problems]


def _least(call: Call) -> float:
    repeats = _repeats(call)
    start = time.perf_counter()
    least = math.inf
    for _ in range(SAMPLES):
        least = min(least, _sample(call, repeats))
        if time.perf_counter() - start > PATIENCE:
            break
    return least


def compare(
    workload: Workload, record: Kernel, dtype: DType, ctx: Context, sides: Sequence[Parameters], rounds: int
) -> list[list[list[list[float]]]]:
    """For each problem, for each of its calls, for each side: the samples of ``rounds`` rounds.

    The sides take turns, and each goes first in every other round, so that what changes with time
    (the clock of the device, other work) meets all of them.
    """
    found = []
    for problem in workload.problems:
        devices, calls = [], []
        for parameters in sides:
            with _candidate(record, dtype, ctx, parameters) as device:
                devices.append(device)
                calls.append(workload.calls(problem, dtype, ctx))
        found.append([_alternate(ctx, devices, of_call, rounds) for of_call in zip(*calls, strict=True)])
    return found


def _alternate(ctx: Context, devices: Sequence[OpenDevice], calls: Sequence[Call], rounds: int) -> list[list[float]]:
    repeats = []
    for device, call in zip(devices, calls, strict=True):
        with ctx.played_by(device):
            repeats.append(_repeats(call))
    samples: list[list[float]] = [[] for _ in devices]
    for number in range(rounds):
        order = range(len(devices))
        for k in order if number % 2 == 0 else reversed(order):
            with ctx.played_by(devices[k]):
                samples[k].append(_sample(calls[k], max(repeats)))
    return samples


def _repeats(call: Call) -> int:
    """How many calls make a sample. The first one is not timed: it compiles."""
    _sample(call, 1)
    return max(1, math.ceil(SAMPLE / max(_sample(call, 1), 1e-6)))


def _sample(call: Call, repeats: int) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        call().wait_to_read()
    return (time.perf_counter() - start) / repeats
