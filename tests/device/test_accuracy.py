"""Samples of every elementary function against its bound."""

from __future__ import annotations

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.ops import elementwise
from tests import accuracy, error_table
from tests.error_table import BOUNDS

ROWS = error_table.read()
EACH = [(name, dtype) for dtype in ("float32", "float64") for name in accuracy.FUNCTIONS]


@pytest.mark.parametrize(("name", "kind"), EACH)
def test_samples(ctx: Context, name: str, kind: str) -> None:
    dtype = np.dtype(kind)
    if dtype == np.float64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")
    op = elementwise.TABLE[name]
    row = ROWS[name, kind]
    xs: tuple[np.ndarray, ...] = accuracy.hard_pairs(name, dtype, 60) if len(op.names) == 2 else (accuracy.hard_inputs(name, dtype, 20),)
    # The worst input that is known comes with them.
    worst = [dtype.type(float.fromhex(x)) for x in row.at]
    xs = tuple(np.append(x, w) for x, w in zip(xs, worst, strict=True))
    got = op.apply(*(clnd.asarray(x) for x in xs)).asnumpy()
    exact = accuracy.reference(name, *xs)
    errors = accuracy.ulps(got, exact, dtype, accuracy.least(name, *xs))
    if not ctx.info.subnormals:
        tiny = np.finfo(dtype).tiny
        errors[np.any([np.abs(x) < tiny for x in (*xs, exact.astype(np.float64))], axis=0)] = 0
    k = int(np.argmax(errors))
    assert errors[k] <= row.bound, [x[k] for x in xs]


@pytest.mark.parametrize("name", accuracy.COMPLEX)
@pytest.mark.parametrize("kind", ["complex64", "complex128"])
def test_complex_samples(ctx: Context, name: str, kind: str) -> None:
    if kind == "complex128" and not ctx.info.fp64:
        pytest.skip("the device has no fp64")
    row = ROWS[name, kind]
    zs = accuracy.complex_inputs(name, kind, 60, seed=99)
    worst = [complex(*map(float.fromhex, x.split())) for x in row.at]
    zs = tuple(np.append(z, np.dtype(kind).type(w)) for z, w in zip(zs, worst, strict=True))
    got = elementwise.TABLE[name].apply(*(clnd.asarray(z) for z in zs)).asnumpy()
    errors = accuracy.ulps_of_modulus(name, got, zs)
    k = int(np.argmax(errors))
    assert errors[k] <= row.bound, [z[k] for z in zs]


def test_the_table_is_finished_and_within_its_bounds() -> None:
    assert list(ROWS) == error_table.KEYS
    for (name, dtype), row in ROWS.items():
        assert row.done, row
        if dtype.startswith("complex"):
            assert row.bound == error_table.COMPLEX_BOUND
            assert 0 < row.error <= row.bound, row
            assert row.inputs >= 10_000
            continue
        assert row.bound == BOUNDS[name][dtype == "float64"]
        assert 0 < row.error <= row.bound, row
        assert row.every == (dtype == "float32" and name in error_table.EVERY)
        assert row.inputs >= (1 << 32 if row.every else 1 << 24 if dtype == "float32" else 10_000)


def test_the_page_shows_the_table() -> None:
    assert error_table.PAGE.read_text() == error_table.page(ROWS)


def test_errors_are_seen() -> None:
    """What measures tells a wrong bit, a wrong sign of zero and a wrong infinity."""
    x = np.array([1.0, 0.5], np.float32)
    exact = accuracy.reference("exp", x)
    right = exact.astype(np.float32)
    assert (accuracy.ulps(right, exact, np.float32) <= 0.5).all()
    assert (accuracy.ulps(np.nextafter(right, np.float32(9)), exact, np.float32) > 0.5).all()
    zero = np.array([-0.0], np.float32)
    assert np.isinf(accuracy.ulps(zero, np.array([0.0]), np.float32)).all()
    assert np.isinf(accuracy.ulps(np.array([np.inf], np.float32), np.array([1.0]), np.float32)).all()
    assert np.isinf(accuracy.ulps(np.array([np.nan], np.float32), np.array([1.0]), np.float32)).all()
