"""The golden digests: each one reproduced on the current device, with both families of kernels.

``python -m clnd.golden --write`` adds the digests of new cases.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from clnd import golden
from clnd.context import Context
from clnd.golden import CASES, Case
from clnd.golden.elementwise import ROWS as ROWS_OF_THE_TABLE
from clnd.ops.elementwise import TABLE

ROWS = golden.read()


PROGRAMS = golden.programs(CASES.values())
# Rows of the table whose programs hold no elementary function.
PLAIN_ROWS = ("arithmetic", "rounding", "truth", "bits", "neighbours")
# The dtypes of rows and products in the quick tier.
QUICK_DTYPES = ("float32", "float64", "complex64", "-int32")
ELEMENTARY = ("gamma", "digamma", "erfinv", "trajectory", "near-zero", "special-values")


def marks_of(program: tuple[Case, ...]) -> Iterator[pytest.MarkDecorator]:
    """What tiers and drivers choose programs by."""
    name = program[0].program
    is_rows = name.startswith("rows-of-")
    if program[0].slow:
        yield pytest.mark.slow
        yield pytest.mark.thorough
    if is_rows:
        yield pytest.mark.rows
    if name.startswith(ELEMENTARY) or (is_rows and not any(plain in name for plain in PLAIN_ROWS)):
        yield pytest.mark.elementary
        if not name.endswith(("float32", "complex64")):
            yield pytest.mark.thorough
    if name.startswith("random-"):  # a distribution has a kernel of its own, of logarithms and exponentials
        yield pytest.mark.elementary
        yield pytest.mark.thorough
    if name.startswith("reductions"):
        yield pytest.mark.barriers
    # Rows and products have a program for each of many dtypes.
    if name.startswith(("rows-of-", "product-", "casts-")) and not name.endswith(QUICK_DTYPES):
        yield pytest.mark.thorough
    if "float32" in name:
        yield pytest.mark.float32


@pytest.mark.parametrize("program", [pytest.param(p, marks=[*marks_of(p)], id=p[0].program) for p in PROGRAMS])
def test_digests(family: str, ctx: Context, program: tuple[Case, ...]) -> None:
    cases = [case for case in program if golden.met(case, ctx)]
    if not cases:
        pytest.skip(f"needs {', '.join(sorted(program[0].needs))}")
    differing = {}
    for case, got in zip(cases, golden.run_program(cases), strict=True):
        if golden.row_of(case, got) != ROWS[case.name]:
            differing[f"{case.name}: {case.what}"] = got.ravel()[:5]
    assert not differing, f"other bits than on every other device: {differing}"


def test_a_case_alone_is_the_same(ctx: Context) -> None:
    """That others are computed in the same kernel changes nothing."""
    program = next(p for p in PROGRAMS if p[0].program == "rows-of-arithmetic-float32")
    for case in program[:4]:
        assert golden.row_of(case, case.run()) == ROWS[case.name]


def test_every_elementwise_row_has_a_case() -> None:
    """A new row of the table gets its digest in clnd/golden/elementwise.py."""
    covered = {name for rows in ROWS_OF_THE_TABLE for name in rows.names} | {"where"}
    assert set(TABLE) == covered


def test_every_row_has_its_case() -> None:
    """A digest whose case is gone would promise what nobody checks."""
    assert list(ROWS) == list(CASES)


def test_digests_know_one_nan() -> None:
    x = np.array([[1.0, np.nan], [-np.nan, -0.0]], dtype=np.float32)
    x.view(np.uint32)[1, 0] |= 0x1234
    y = np.array([[1.0, -np.nan], [np.nan, -0.0]], dtype=np.float32)
    assert golden.digest(x) == golden.digest(y)
    assert golden.digest(x) != golden.digest(np.abs(y))
    assert golden.digest(x[::-1]) != golden.digest(x)
    for dtype in (np.float16, np.float64):
        z = np.array([np.nan, 2.0], dtype=dtype)
        assert golden.digest(z) == golden.digest(np.array([-np.nan, 2.0], dtype=dtype))
    assert golden.digest(np.array([complex(np.nan, 1)])) == golden.digest(np.array([complex(-np.nan, 1)]))
