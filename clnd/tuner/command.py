"""``clnd tune``: what was asked for is checked, each kernel is tuned in turn, and the results are kept and shown."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from clnd import requirements
from clnd.context import Context, as_context
from clnd.errors import ArgumentError, ClndError
from clnd.files import check_target
from clnd.kernels import tuning
from clnd.runtime.device import DeviceInfo
from clnd.settings import settings
from clnd.tuner import data, report
from clnd.tuner.child import Worker
from clnd.tuner.session import PATIENCE, Outcome, Patience, Subject, tune
from clnd.tuner.trials import Trials
from clnd.tuner.workloads import Workload
from clnd.version import __version__

__all__ = ["main", "seconds"]

BUDGET = "60s"
QUICK_BUDGET = "10s"
"""For a kernel, with all its dtypes."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_WORKLOADS = "clnd.tuner.workloads"


def main(
    kernels: Sequence[str],
    ctx: str | None,
    budget: str | None,
    quick: bool,
    export: str | None,
    workloads: str = _WORKLOADS,
    patience: Patience = PATIENCE,
) -> int:
    """Tune; returns the exit status: 0, 1 where a default failed, 2 for what cannot be done, 130 for Ctrl-C.

    ``workloads`` is the module that has them, ``patience`` how long a candidate may take. What is wrong is told in one line on standard error.
    """
    try:
        if budget is None:
            budget = QUICK_BUDGET if quick else BUDGET
        allotted = seconds(budget)
        _check_possible()
        chosen = _chosen(kernels, importlib.import_module(workloads).WORKLOADS)
        target = None if export is None else check_target("tune", "--export", export)
        context = as_context(ctx)
        subjects = _subjects(chosen, context.info, quick)
    except ClndError as error:
        return _refused(error)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        outcomes = _run(subjects, context, allotted, workloads, patience)
    except KeyboardInterrupt:
        print("clnd: [tune] interrupted; the same command goes on where this one was", file=sys.stderr)
        return 130
    except ClndError as error:
        return _refused(error)
    finally:
        signal.signal(signal.SIGTERM, before)
    return _finished(outcomes, context, target)


def seconds(text: str) -> float:
    """A duration such as "90", "60s", "5m" or "1h". ArgumentError for others, and for zero."""
    found = _DURATION.fullmatch(text.strip())
    duration = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 0 < duration < 1e9:
        raise ArgumentError(f"[tune] got --budget {text!r}; expected a time above zero, such as 30s, 5m or 1h")
    return duration


# --- what was asked for ------------------------------------------------------------------------


def _check_possible() -> None:
    missing = [name for name in ("kernel_tuner", "rich") if importlib.util.find_spec(name) is None]
    if missing:
        raise ArgumentError(f"[tune] {' and '.join(missing)} is not installed; install it with: {requirements.pip()} install {requirements.target('tune')}")
    if not settings.cache:
        raise ArgumentError("[tune] got CLND_CACHE=0, which leaves no place for the results; unset it")


def _chosen(names: Sequence[str], workloads: Mapping[str, Workload]) -> dict[str, Workload]:
    if not names or "all" in names:
        return dict(workloads)
    for name in names:
        if name not in workloads:
            known = ", ".join(workloads)
            raise ArgumentError(f"[tune] got kernel {name!r}, which has no record to tune; expected some of {known}, or all")
    return {name: workloads[name] for name in names}


def _subjects(workloads: Mapping[str, Workload], info: DeviceInfo, quick: bool) -> list[Subject]:
    subjects = []
    for kernel, workload in workloads.items():
        fitting = workload.dtypes_on(info)
        subjects += [Subject(kernel, workload, d, info) for d in (fitting[:1] if quick else fitting)]
    if not subjects:
        raise ArgumentError(f"[tune] no parameters of {', '.join(workloads)} fit {info.name}; choose another --ctx")
    return subjects


# --- the run -----------------------------------------------------------------------------------


def _run(
    subjects: Sequence[Subject], context: Context, budget: float, workloads: str, patience: Patience
) -> list[Outcome]:
    """Tune every subject. The trials on disk go when all are done."""
    trials = [Trials(workloads, s.kernel, s.record.family, s.dtype.name, s.info.identity, __version__) for s in subjects]
    dtypes = {kernel: sum(s.kernel == kernel for s in subjects) for kernel in {s.kernel for s in subjects}}
    outcomes = []
    with Worker(str(context), workloads) as worker, report.bar(len(subjects)) as bar:
        for subject, known in zip(subjects, trials, strict=True):
            bar.begin(subject)
            outcome = tune(subject, worker, known, budget / dtypes[subject.kernel], bar.show, patience)
            outcomes.append(outcome)
            if outcome.figure:
                data.merge(tuning.users_folder(), [_entry(outcome, subject.info)])
    for known in trials:
        known.remove()
    return outcomes


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A polite end by another program is Ctrl-C."""
    raise KeyboardInterrupt


def _entry(outcome: Outcome, info: DeviceInfo) -> tuning.Entry:
    """What is kept: also that the default is best, so that a relative's entry does not hide it."""
    return tuning.Entry(
        kernel=outcome.kernel,
        family=outcome.family,
        dtype=outcome.dtype,
        parameters=outcome.parameters,
        driver=info.driver,
        device=info.name,
        architecture=info.architecture,
        vendor=info.vendor,
        kind=info.kind,
        version=info.version,
        clnd=__version__,
        date=datetime.date.today().isoformat(),
        figure=float(f"{outcome.figure:.4g}"),
        default=float(f"{outcome.default:.4g}"),
        unit=outcome.unit,
    )


def _finished(outcomes: Sequence[Outcome], context: Context, target: Path | None) -> int:
    info = context.info
    report.print_table(f"{info.name}, {info.driver}: gained over the default", outcomes)
    print(f"kept in {tuning.users_folder()}; programs started from now on use it")
    if target is not None:
        gained = [_entry(o, info) for o in outcomes if o.gain > 1]
        try:
            data.export(target, gained)
        except ClndError as error:
            return _refused(error)
        print(f"{len(gained)} entries with a gain written to {target}, to be sent in with a pull request")
    return int(any(not o.figure for o in outcomes))


def _refused(error: ClndError) -> int:
    print("clnd: " + "; ".join(line.strip() for line in str(error).splitlines()), file=sys.stderr)
    return 2
