"""The golden digests: each one reproduced on the current device, with both families of kernels.

``python -m clnd.golden --write`` adds the digests of new cases.
"""

from __future__ import annotations

import numpy as np
import pytest

from clnd import golden
from clnd.context import Context
from clnd.golden import CASES, Case

ROWS = golden.read()


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.slow] if case.slow else [], id=case.name) for case in CASES.values()]
)
def test_digest(family: str, ctx: Context, case: Case) -> None:
    row = ROWS[case.name]
    if not golden.met(case, ctx):
        pytest.skip(f"needs {', '.join(row['needs'])}")
    got = case.run()
    assert golden.row_of(case, got) == row, f"{case.what}: other bits than on every other device; it gave {got.ravel()[:5]}"


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
