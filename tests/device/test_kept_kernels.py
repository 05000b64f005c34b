"""Kernels come and go: a long-lived process keeps only those it used of late."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.profiler import counters
from clnd.runtime.variants import Variants


def test_kernels_that_are_forgotten_come_back(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """With place for four of each generation, twelve formulas give what they give, also while others are in flight."""
    device = ctx.device
    monkeypatch.setattr(device, "variants", Variants(4))
    x = clnd.asarray(np.linspace(1, 2, 1000, dtype=np.float32))
    formulas = [lambda y, k=k: y * y if k == 0 else formulas[k - 1](y) + y for k in range(12)]  # type: ignore[misc]
    host = x.asnumpy().copy()
    before = counters.copy()
    for _ in range(3):
        for formula in formulas:
            assert np.array_equal(formula(x).asnumpy(), formula(host))
    assert (counters - before).builds + (counters - before).loads > len(formulas)
    assert len(device.variants) <= 4
    gc.collect()
    assert len(device.programs) <= 4 + 1
