"""What the tests of client libraries share: each gives clnd's arrays to a library, and holds what comes back to what it makes of NumPy's.

A library that is not installed is skipped. SciPy and scikit-learn look at SCIPY_ARRAY_API when they are imported, so it is set here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd

if "scipy" not in sys.modules:
    os.environ.setdefault("SCIPY_ARRAY_API", "1")

Alike = Callable[..., None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings of other libraries are theirs."""
    for item in items:
        if "clients" in item.path.parts:
            item.add_marker(pytest.mark.filterwarnings("ignore"))


def _parts(x: Any) -> list[Any]:
    """The arrays and numbers of a result, and of those within it."""
    if hasattr(x, "statistic"):
        return [x.statistic, *([x.pvalue] if hasattr(x, "pvalue") else [])]
    x = getattr(x, "data", x) if type(x).__module__.startswith("xarray") else x
    return [p for y in x for p in _parts(y)] if isinstance(x, (tuple, list)) else [x]


@pytest.fixture
def alike() -> Alike:
    """Hold ``call`` of clnd's arrays to the same of NumPy's. Where it is ``native`` every array that comes back is one of clnd's."""

    def compare(call: Callable[..., Any], *hosts: Any, native: bool = True) -> None:
        want = _parts(call(*hosts))
        got = _parts(call(*(clnd.asarray(h) if isinstance(h, np.ndarray) else h for h in hosts)))
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            if native and isinstance(w, np.ndarray):
                assert isinstance(g, clnd.Array), f"computed on the host with {type(g)}"
            assert np.shape(g) == np.shape(w)
            np.testing.assert_allclose(np.asarray(g), np.asarray(w), rtol=1e-5, atol=1e-7)

    return compare


@pytest.fixture
def scipy_arrays() -> None:
    """Skip where SciPy was imported before it could be told to take arrays of other libraries."""
    pytest.importorskip("array_api_compat")
    from scipy._lib import _array_api

    if not _array_api.SCIPY_ARRAY_API:
        pytest.skip("SCIPY_ARRAY_API was not set when scipy was imported")
