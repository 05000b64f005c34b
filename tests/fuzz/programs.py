"""Random programs against NumPy, each read in three ways: after every step, at the end, and at random. The bits must be the same."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import clnd
from clnd.ops import elementwise
from tests.fuzz.steps import Env, Step, Writer
from tests.fuzz.values import data, digest, same

__all__ = ["HEAD", "Fault", "execute", "fuzz", "run_lines", "shortened", "written"]

HEAD = "import clnd\nimport numpy as np\nfrom clnd.ops import elementwise\nfrom tests.fuzz.values import data\n\nplaces = clnd.asarray\n"


class Fault(Exception):  # noqa: N818
    """What went wrong at which step: ``kind`` stays the same while a program is shortened."""

    def __init__(self, kind: str, place: int, message: str, array: str = "") -> None:
        super().__init__(message)
        self.kind, self.place, self.message, self.array = kind, place, message, array


def _fresh() -> Env:
    return {"clnd": clnd, "np": np, "data": data, "elementwise": elementwise, "places": clnd.asarray}


def written(rng: random.Random, length: int, fp64: bool, judged: bool = True) -> list[Step]:
    """A program of ``length`` steps, run and judged on the way: a step depends on the shapes and dtypes that those before it made.

    Not ``judged``, it is only recorded, and all values are zeros: for a device that computes nothing.
    """
    writer = Writer(rng, fp64)
    steps: list[Step] = []
    live, mirror = _fresh(), writer.arrays
    while len(steps) < length:
        step = writer.next()
        try:
            _one(step, len(steps), live, mirror, judged)
        except Fault as fault:
            fault.steps = [*steps, step]  # type: ignore[attr-defined]
            raise
        steps.append(step)
    return steps


def _read(x: Any) -> Any:
    return np.asarray(x.asnumpy())


def _one(step: Step, place: int, live: Env, mirror: Env, judged: bool = True) -> None:
    """Run a step on both sides, judge what it made, and compare every array."""
    if step.drops:
        del live[step.target], mirror[step.target]
        return
    judge = step.expect(mirror) if step.expect is not None and judged else None
    try:
        exec(step.code, live)
        x = live[step.target]
        got = _read(x) if judged else np.zeros(x.shape, x.dtype)
    except (clnd.ClndError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Fault(f"{type(error).__name__}", place, f"{step.code}: {type(error).__name__}: {error}", step.target) from error
    if step.view:
        scope = dict(mirror, np=np, places=np.asarray)
        exec(f"{step.target} = {step.view.removeprefix(step.target + ' = ')}", scope)
        made = scope[step.target]
        mirror[step.target] = made if isinstance(made, np.ndarray) else np.asarray(made)
        if judged and not same(got, np.asarray(mirror[step.target])):
            raise Fault("view", place, f"{step.code}: got {got!r:.200}, expected {made!r:.200}", step.target)
    else:
        wrong = judge(got) if judge is not None else ""
        if wrong:
            raise Fault("value", place, f"{step.code}: {wrong}", step.target)
        if step.changes:
            mirror[step.target][...] = got
        else:
            mirror[step.target] = got.copy()
    for name, x in mirror.items() if judged else ():
        if not same(_read(live[name]), np.asarray(x)):
            raise Fault("alias", place, f"{step.code}: changed {name}, or did not: got {_read(live[name])!r:.200}, expected {x!r:.200}", name)


def run_lines(lines: Iterable[str], reading: Callable[[int, Env], None] | None = None) -> dict[str, str]:
    """Run lines on clnd alone; the digests of all arrays at the end. ``reading`` is called after each line."""
    live = _fresh()
    for place, line in enumerate(lines):
        exec(line, live)
        if reading is not None:
            reading(place, live)
    return {name: content(x) for name, x in live.items() if isinstance(x, clnd.Array)}


def content(x: Any) -> str:
    """The digest of an array, or what a read of it is told: a fault that the device found."""
    try:
        return digest(_read(x))
    except clnd.ArgumentError as error:
        return str(error)


def execute(steps: list[Step], seed: int) -> None:
    """Run a program in every way.

    Raises
    ------
    Fault
        At the first difference.
    """
    live, mirror = _fresh(), {}  # type: ignore[var-annotated]
    history: list[dict[str, str]] = []
    kept: list[tuple[str, Any, Any]] = []
    for place, step in enumerate(steps):
        _one(step, place, live, mirror)
        history.append({name: digest(np.asarray(x)) for name, x in mirror.items()})
        if not step.drops:
            shown = live[step.target].asnumpy()
            kept.append((step.code, shown, shown.copy()))
    for code, shown, copy in kept:
        if not same(shown, copy):
            raise Fault("kept", len(steps) - 1, f"what was read after {code} changed later: {copy!r:.200} became {shown!r:.200}")
    lines = [s.code for s in steps]
    rng = random.Random(seed)

    def at_random(place: int, env: Env) -> None:
        for name in list(history[place]):
            roll = rng.random()
            if roll < 0.1:
                _check(place, name, digest(_read(env[name])), history[place][name], "read at random")
            elif roll < 0.13:
                repr(env[name])
            elif roll < 0.15:
                clnd.evaluate(env[name])
        if rng.random() < 0.05:
            clnd.waitall()

    for way, reading in (("read at the end", None), ("read at random", at_random)):
        try:
            got = run_lines(lines, reading)
        except (clnd.ClndError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise Fault(f"{way} {type(error).__name__}", len(steps) - 1, f"{way}: {type(error).__name__}: {error}") from error
        for name, want in history[-1].items():
            _check(len(steps) - 1, name, got[name], want, way)


def _check(place: int, name: str, got: str, want: str, way: str) -> None:
    if got != want:
        raise Fault(way, place, f"{way}, {name} has other bits than when read after every step: {got}, not {want}", name)


def shortened(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """The fewest of ``steps`` that still fail, as far as dropping one after the other finds them."""
    changed = True
    while changed:
        changed = False
        for k in reversed(range(len(steps))):
            gone, fewer = set(), []
            for j, step in enumerate(steps):
                if j == k or gone & {*step.uses, *([step.target] if step.changes or step.drops else [])}:
                    if not step.changes and not step.drops:
                        gone.add(step.target)
                else:
                    fewer.append(step)
            if fewer and len(fewer) < len(steps) and fails(fewer):
                steps, changed = fewer, True
                break
    return steps


def _fault_of(steps: list[Step], seed: int) -> Fault | None:
    try:
        execute(steps, seed)
    except Fault as fault:
        return fault
    return None


def told(seed: int, fault: Fault, steps: list[Step]) -> str:
    """A failure as text: the seed, what went wrong, and the shortest program as Python."""

    def fails(some: list[Step]) -> bool:
        found = _fault_of(some, seed)
        return found is not None and found.kind == fault.kind

    if fails(steps):
        steps = shortened(steps, fails)
        fault = _fault_of(steps, seed) or fault
    read = f"\nprint({fault.array})" if fault.array else ""
    return f"FAULT seed {seed} ({fault.kind}): {fault.message}\n{HEAD}" + "\n".join(s.code for s in steps) + read + "\n"


def fuzz(seconds: float, seed: int, most: int = 10) -> list[str]:
    """Run programs for so long; the failures. Program number n of a seed has the seed ``seed + n``."""
    end = time.monotonic() + seconds
    faults: list[str] = []
    number = steps_run = 0
    fp64 = clnd.current_context().info.fp64
    while (time.monotonic() < end or number == 0) and len(faults) < most:
        rng = random.Random(seed + number)
        try:
            steps = written(rng, rng.choice((3, 6, 10, 16, 25, 40)), fp64)
            steps_run += len(steps)
            execute(steps, seed + number)
        except Fault as fault:
            faults.append(told(seed + number, fault, getattr(fault, "steps", None) or steps))
            print(faults[-1], flush=True)
        number += 1
    print(f"programs: {number} from seed {seed}, {steps_run} steps, {len(faults)} faults")
    return faults
