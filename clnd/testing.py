"""NumPy's assertions for arrays of clnd: their values are read to the host and compared there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.testing import assert_raises, assert_raises_regex, assert_warns

from clnd.graph.node import Operand

__all__ = [
    "assert_", "assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_almost_equal", "assert_array_almost_equal_nulp",
    "assert_array_equal", "assert_array_less", "assert_array_max_ulp", "assert_equal", "assert_no_warnings", "assert_raises", "assert_raises_regex", "assert_warns",
]  # fmt: skip

assert_ = np.testing.assert_
assert_no_warnings = np.testing.assert_no_warnings


def _host(x: Any) -> Any:
    """Arrays as NumPy's, also within lists, tuples and dicts."""
    if isinstance(x, Operand):
        return np.asarray(x)
    if isinstance(x, (list, tuple)):
        return type(x)(map(_host, x)) if type(x) in (list, tuple) else x
    return {k: _host(v) for k, v in x.items()} if isinstance(x, dict) else x


def _on_host(function: Callable[..., Any], *given: Any, **more: Any) -> Any:
    return function(*map(_host, given), **more)


def assert_allclose(
    actual: Any, desired: Any, rtol: float = 1e-07, atol: float = 0, equal_nan: bool = True, err_msg: str = "", verbose: bool = True, *, strict: bool = False
) -> None:
    """Raise an AssertionError unless ``actual`` is ``desired`` within ``atol + rtol * abs(desired)``."""
    _on_host(np.testing.assert_allclose, actual, desired, rtol=rtol, atol=atol, equal_nan=equal_nan, err_msg=err_msg, verbose=verbose, strict=strict)


def assert_array_equal(actual: Any, desired: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False) -> None:
    """Raise an AssertionError unless two arrays have equal shapes and elements; ``strict``: and equal dtypes."""
    _on_host(np.testing.assert_array_equal, actual, desired, err_msg=err_msg, verbose=verbose, strict=strict)


def assert_array_almost_equal(actual: Any, desired: Any, decimal: int = 6, err_msg: str = "", verbose: bool = True) -> None:
    """Raise an AssertionError unless elements differ by less than 1.5 * 10**-``decimal``."""
    _on_host(np.testing.assert_array_almost_equal, actual, desired, decimal=decimal, err_msg=err_msg, verbose=verbose)


def assert_almost_equal(actual: Any, desired: Any, decimal: int = 7, err_msg: str = "", verbose: bool = True) -> None:
    """Raise an AssertionError unless numbers or arrays differ by less than 1.5 * 10**-``decimal``."""
    _on_host(np.testing.assert_almost_equal, actual, desired, decimal=decimal, err_msg=err_msg, verbose=verbose)


def assert_approx_equal(actual: Any, desired: Any, significant: int = 7, err_msg: str = "", verbose: bool = True) -> None:
    """Raise an AssertionError unless two numbers agree in ``significant`` digits."""
    _on_host(np.testing.assert_approx_equal, actual, desired, significant=significant, err_msg=err_msg, verbose=verbose)


def assert_equal(actual: Any, desired: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False) -> None:
    """Raise an AssertionError unless two objects are equal: arrays, numbers, or lists, tuples and dicts of them."""
    _on_host(np.testing.assert_equal, actual, desired, err_msg=err_msg, verbose=verbose, strict=strict)


def assert_array_less(x: Any, y: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False) -> None:
    """Raise an AssertionError unless every element of ``x`` is below that of ``y``."""
    _on_host(np.testing.assert_array_less, x, y, err_msg=err_msg, verbose=verbose, strict=strict)


def assert_array_max_ulp(a: Any, b: Any, maxulp: int = 1, dtype: Any = None) -> Any:
    """Raise an AssertionError unless elements are within ``maxulp`` units in the last place; gives the distances, a NumPy array."""
    return _on_host(np.testing.assert_array_max_ulp, a, b, maxulp=maxulp, dtype=dtype)


def assert_array_almost_equal_nulp(x: Any, y: Any, nulp: int = 1) -> None:
    """Raise an AssertionError unless elements are within ``nulp`` spacings of floats."""
    _on_host(np.testing.assert_array_almost_equal_nulp, x, y, nulp=nulp)
