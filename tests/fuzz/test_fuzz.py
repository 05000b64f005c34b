"""Each fuzzer for CLND_FUZZ_SECONDS seconds (5 where it is unset) from the seed CLND_FUZZ_SEED (0), on the default context."""

from __future__ import annotations

import importlib
import os
import random
from typing import Any

import pytest

import clnd
from tests.fuzz import drivers, programs
from tests.fuzz.__main__ import NAMES

SECONDS = float(os.environ.get("CLND_FUZZ_SECONDS", "5"))
SEED = int(os.environ.get("CLND_FUZZ_SEED", "0"))


@pytest.mark.timeout(300 + 4 * SECONDS)
@pytest.mark.parametrize("name", NAMES)
def test_fuzz(name: str) -> None:
    faults = importlib.import_module(f"tests.fuzz.{name}").fuzz(SECONDS, SEED)
    assert not faults, "\n\n".join(faults)


def _first_fault(most: int) -> str:
    for seed in range(most):
        rng = random.Random(seed)
        try:
            steps = programs.written(rng, 12, False)
            programs.execute(steps, seed)
        except programs.Fault as fault:
            return programs.told(seed, fault, getattr(fault, "steps", None) or steps)
    return ""


def test_a_wrong_value_is_found_and_its_program_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clnd, "flip", lambda x, axis=None: x.T)
    told = _first_fault(200)
    assert "(view)" in told
    assert "clnd.flip(" in told
    lines = told.partition(programs.HEAD)[2].splitlines()
    assert len([line for line in lines if line.startswith("v")]) <= 4, told


def test_a_lost_write_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assign = clnd.Array.__setitem__

    def lossy(self: Any, key: Any, value: Any) -> None:
        assign(self.copy() if self._place is not None else self, key, value)

    monkeypatch.setattr(clnd.Array, "__setitem__", lossy)
    assert "FAULT seed" in _first_fault(200)


def test_workers_that_differ_or_end_are_seen() -> None:
    device = f"cpu(0)@{clnd.current_context().info.driver}"
    sound, broken = drivers.Worker(device, "cpu"), drivers.Worker(device, "cpu")
    broken.environment |= {"CLND_INDEX64": "nonsense"}
    try:
        found = []
        for worker in (sound, sound, broken):
            worker.send(["v0 = clnd.asarray(data('float32', (3,), 1))", "v1 = v0 + 1"])
            found.append(worker.answer())
    finally:
        sound.end()
        broken.end()
    assert drivers.differing(found[:2]) == ""
    assert sorted(found[0]) == ["v0", "v1"]
    assert found[2] == {"error": "the process ended with status 1"}
    assert drivers.differing(found) == "error"
    assert drivers.differing([found[0], {**found[0], "v1": "other"}]) == "v1"
