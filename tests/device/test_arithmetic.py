"""Every golden digest with division and square root corrected: what devices get whose own are not correctly rounded.

The drivers that tests run on have exact ones, so that without this file no compiler would see these forms, and no digest would be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from clnd import golden
from clnd.context import Context
from clnd.golden import CASES, Case

ROWS = golden.read()
PROGRAMS = golden.programs(CASES.values())
# What divides and takes roots most. The others are for the full tier, on Intel's runtime alone: PoCL compiles kernels for GPUs for seconds each.
FEW = ("subnormals-float32", "divide-float32", "divide-zeros-float32", "sqrt-float32", "normalise-float32", "rows-of-arithmetic-float32")


@pytest.fixture
def corrected(ctx: Context) -> Iterator[None]:
    """The default context with the kernels for GPUs and the corrected forms. Arrays made before cannot be used."""
    device = ctx.device
    other = device.without_kernels()
    other.info = replace(device.info, family="gpu", arithmetic=replace(device.info.arithmetic, divide="corrected", sqrt="corrected", vectors="vload"))
    ctx._device = other
    try:
        yield
    finally:
        ctx._device = device


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] * case.slow + [pytest.mark.thorough] * (case.program not in FEW)


@pytest.mark.parametrize(
    "program", [pytest.param(p, marks=_marks(p[0]), id=p[0].program) for p in PROGRAMS]
)
def test_digests_of_the_corrected_forms(corrected: None, ctx: Context, program: tuple[Case, ...]) -> None:
    if ctx.info.driver in ("pocl", "oclgrind") and program[0].program not in FEW:
        pytest.skip("slow to compile or to check; Intel's runtime runs this program")
    cases = [case for case in program if golden.met(case, ctx)]
    if not cases:
        pytest.skip(f"needs {', '.join(sorted(program[0].needs))}")
    results = golden.run_program(cases)
    differing = {case.name: got.ravel()[:5] for case, got in zip(cases, results, strict=True) if golden.row_of(case, got) != ROWS[case.name]}
    assert not differing, f"other bits than with exact division and square root: {differing}"
