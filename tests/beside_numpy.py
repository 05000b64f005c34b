"""A function of clnd beside NumPy's of the same name: the same arguments, and the same values or an error of both."""

from __future__ import annotations

from typing import Any

import numpy as np

import clnd
from clnd.errors import ClndError

__all__ = ["check", "differ", "on_device", "to_host"]


def on_device(x: Any) -> Any:
    """``x`` with its NumPy arrays moved to the default context, also in lists and tuples."""
    if isinstance(x, np.ndarray):
        return clnd.asarray(x)
    if isinstance(x, (list, tuple)):
        return type(x)(map(on_device, x))
    return x


def to_host(x: Any) -> Any:
    """A result of clnd as NumPy's: arrays, also in lists and tuples."""
    return type(x)(map(to_host, x)) if isinstance(x, (list, tuple)) else x.asnumpy() if isinstance(x, clnd.Array) else x


def differ(got: Any, want: Any, tolerance: float, absolute: float | None = None) -> str:
    """What ``got`` has in place of ``want``; "" where they are the same, or close: within ``tolerance`` of the value and ``absolute``, which else is the same."""
    absolute = tolerance if absolute is None else absolute
    if isinstance(want, (list, tuple)):
        if not isinstance(got, (list, tuple)) or len(got) != len(want):
            return f"{got} in place of {want}"
        return "".join(differ(g, w, tolerance, absolute) for g, w in zip(got, want, strict=True))
    got, want = np.asarray(got), np.asarray(want)
    alike = got.dtype == want.dtype if not tolerance else got.dtype.kind == want.dtype.kind
    if got.shape != want.shape or not alike:
        return f"{got.dtype} of {got.shape} in place of {want.dtype} of {want.shape}"
    close = np.allclose(got, want, tolerance, absolute, equal_nan=True) if tolerance else np.array_equal(got, want, equal_nan=want.dtype.kind in "fc")
    return "" if close else f"{got} in place of {want}"


def check(name: str, *args: Any, tolerance: float = 0, **kwargs: Any) -> None:
    """Hold clnd's function ``name`` to NumPy's: equal values and dtypes, or, with a ``tolerance``, values that are close and dtypes of one kind."""
    want, refused = _tried(getattr(np, name), args, kwargs, (ValueError, TypeError, IndexError, ZeroDivisionError))
    got, error = _tried(getattr(clnd, name), tuple(map(on_device, args)), {k: on_device(v) for k, v in kwargs.items()}, (ClndError,))
    called = f"{name}{args} {kwargs}"
    assert (error is None) == (refused is None), f"{called}: clnd {error or got}, NumPy {refused or want}"
    if error is not None:
        assert str(error).startswith("["), error
        return
    wrong = differ(got, want, tolerance)
    assert not wrong, f"{called}: {wrong}"


def _tried(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], errors: tuple[type[Exception], ...]) -> tuple[Any, Exception | None]:
    try:
        return to_host(function(*args, **kwargs)), None
    except errors as error:
        return None, error
