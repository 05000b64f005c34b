"""Data from outside: which dtype it has, and the one conversion of host data to a dtype.

NumPy arrays, NumPy scalars and whatever gives an array (images, tables, buffers) have a dtype of their own and keep
it. Python numbers, also in nested lists, have none: they take a default.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, INT, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError

__all__ = ["as_host", "check_held", "compared", "dtype_of_bytes", "has_dtype", "host_cast", "plain", "whole_number"]

_PYTHON_NUMBERS = frozenset({bool, int, float, complex})
_SEQUENCES = frozenset({list, tuple})
# The dtypes of data that has none. Floats and complex numbers take the thread's defaults.
_DEFAULTS = {"b": dtypes.bool_, "i": dtypes.DEFAULT_INT, "u": dtypes.uint64}


def has_dtype(data: Any) -> bool:
    """Whether ``data`` has a dtype of its own, or something in its nested lists has."""
    if isinstance(data, (list, tuple)):
        # The classes of the elements, found without a Python step for each.
        classes = set(map(type, data))
        if classes <= _PYTHON_NUMBERS:
            return False
        if classes <= _SEQUENCES | _PYTHON_NUMBERS:
            return any(has_dtype(x) for x in data if type(x) in _SEQUENCES)
        return any(has_dtype(x) for x in data)
    return isinstance(data, np.generic) or not isinstance(data, (bool, int, float, complex))


def plain(x: Any) -> bool:
    """Whether ``x`` is a NumPy array of numbers, and not of a subclass with rules of its own."""
    return isinstance(x, np.ndarray) and type(x).__array_ufunc__ is np.ndarray.__array_ufunc__ and x.dtype.kind in "biufc"


def as_host(name: str, data: Any) -> np.ndarray[Any, Any]:
    """``data`` as a NumPy array of a dtype that clnd has.

    Raises
    ------
    ArgumentError
        For nested sequences of different lengths.
    DTypeError
        For data that is not of numbers.
    """
    if isinstance(data, np.ndarray):
        host = data
    else:
        try:
            host = np.asarray(data)
        except ValueError as error:
            raise ArgumentError(f"[{name}] got data that forms no array: {error}; expected nested sequences of equal lengths") from None
        except OverflowError:
            host = np.empty(0, dtype=object)
    if host.dtype == object and _has_long_int(data):
        raise DTypeError(f"[{name}] got an integer of more than 64 bits; expected numbers from {-(2**63)} to {2**64 - 1}; use floats")
    if host.dtype.kind not in "biufc":
        raise DTypeError(f"[{name}] got {type(data).__name__} data of dtype {host.dtype}; expected numbers or bools")
    to = dtypes.as_dtype(host.dtype) if has_dtype(data) else _default(host.dtype.kind)
    with np.errstate(over="ignore"):
        return host.astype(to, copy=False)


def dtype_of_bytes(spec: Any) -> DType:
    """The dtype that ``spec`` names, in the order of bytes that it says: what NumPy reads memory and files by. Of text it reads native numbers.

    Raises
    ------
    DTypeError
        Where clnd has no such dtype.
    """
    dtypes.as_dtype(spec)
    named: DType = np.dtype(spec)
    return named


def compared(data: Any, dtype: DType) -> Any:
    """``data`` that is compared with an array of ``dtype``: a list of integers that it does not hold as NumPy's array, which has a dtype of its own."""
    if facts(dtype).kind not in (INT, UINT) or not isinstance(data, (list, tuple)) or has_dtype(data):
        return data
    host = as_host("compared", data)
    limits = np.iinfo(dtype)
    wide = host.dtype.kind in "iu" and host.size and (int(host.min()) < limits.min or int(host.max()) > limits.max)
    return host if wide else data


def _default(kind: str) -> DType:
    if kind == "f":
        return dtypes.default_float()
    return dtypes.default_complex() if kind == "c" else _DEFAULTS[kind]


def _has_long_int(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return any(map(_has_long_int, data))
    return isinstance(data, int) and not -(2**63) <= data < 2**64


def check_held(name: str, data: Any, host: np.ndarray[Any, Any], to: DType) -> None:
    """Raise for Python's numbers ``data`` that the integer dtype ``to`` does not hold, as NumPy does; what is behind the point is cut off.

    ``host`` is the data as NumPy's array. What has a dtype of its own is cast by the rule of `host_cast`.

    Raises
    ------
    ArgumentError
        For NaN.
    DTypeError
        For numbers that are too large or too small.
    """
    if facts(to).kind not in (INT, UINT) or host.dtype.kind not in "iuf" or not host.size or has_dtype(data):
        return
    limits = np.iinfo(to)
    if host.dtype.kind == "f":
        if np.isnan(host).any():
            raise ArgumentError(f"[{name}] got NaN for {to.name}, which holds integers alone; use a floating dtype, or put a number in its place")
        wrong = (np.trunc(host) >= float(limits.max + 1)) | (np.trunc(host) < float(limits.min))
    else:
        wrong = (host < limits.min) | (host > limits.max)
    if wrong.any():
        raise DTypeError(f"[{name}] got {host[wrong].flat[0]}, which {to.name} does not hold ({limits.min} to {limits.max}); use another dtype")


def host_cast(name: str, host: np.ndarray[Any, Any], to: DType) -> np.ndarray[Any, Any]:
    """``host`` as ``to``, as the device converts it: from floats to integers NaN is 0 and what is out of range clamps.

    Raises
    ------
    DTypeError
        For complex data and a real dtype.
    """
    kind = facts(to).kind
    if host.dtype.kind == "c" and kind not in (COMPLEX, BOOL):
        raise DTypeError(f"[{name}] got complex data for {to.name}; the imaginary parts would be lost; use a complex dtype")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if host.dtype.kind != "f" or kind not in (INT, UINT):
            return host.astype(to, copy=False)
        limits = np.iinfo(to)
        # float64 holds every float, and the limits of 64 bits but for the upper ones, which are one below a power of 2.
        whole = np.where(np.isnan(host), 0.0, np.trunc(host.astype(np.float64, copy=False)))
        above, below = whole >= float(limits.max + 1), whole < float(limits.min)
        result = np.where(above | below, 0.0, whole).astype(to)
        result[above], result[below] = limits.max, limits.min
        return result


def whole_number(value: float, to: DType) -> int:
    """A float as the integer dtype ``to`` holds it: the rule of `host_cast` for one number."""
    limits = np.iinfo(to)
    if math.isnan(value):
        return 0
    if value >= limits.max + 1:
        return int(limits.max)
    return int(limits.min) if value < limits.min else int(value)

