"""Making arrays: float32 and on the current context unless said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.api import creation
from clnd.arrays import Array
from clnd.context import Device
from clnd.errors import ArgumentError
from clnd.nd.ndarray import NDArray, as_nd, new

__all__ = ["arange", "array", "empty", "eye", "full", "linspace", "ones", "ones_like", "zeros", "zeros_like"]


def array(source_array: Any, ctx: Device = None, dtype: Any = None) -> NDArray:
    """An array with a copy of the data, float32 also where NumPy's data is of another dtype.

    Parameters
    ----------
    source_array : array, NumPy array, number, or nested sequences of numbers
    ctx : Context or str, optional
        Where the array lives; by default where ``source_array`` is, else the current context.
    dtype : dtype, optional
        By default that of ``source_array`` where it is a clnd array, else float32.

    Examples
    --------
    >>> import clnd as mx
    >>> mx.nd.array([1, 2, 3]).dtype
    <class 'numpy.float32'>
    """
    if isinstance(source_array, Array):
        moved = source_array if ctx is None else source_array.to_device(ctx)
        return as_nd("array", moved).astype(moved._node.dtype if dtype is None else dtype)
    return new(creation.asarray(source_array, dtype=_or_float32(dtype), ctx=ctx)._node)


def _or_float32(dtype: Any) -> Any:
    return np.float32 if dtype is None else dtype


def full(shape: Any, val: Any, ctx: Device = None, dtype: Any = None, out: Any = None) -> NDArray:
    """An array of ``shape`` with ``val`` everywhere."""
    result = new(creation.full(shape, val, dtype=_or_float32(dtype), ctx=ctx)._node)
    if out is None:
        return result
    out[:] = result
    return out


def zeros(shape: Any, ctx: Device = None, dtype: Any = None, out: Any = None) -> NDArray:
    """An array of zeros."""
    return full(shape, 0, ctx, dtype, out)


def ones(shape: Any, ctx: Device = None, dtype: Any = None, out: Any = None) -> NDArray:
    """An array of ones."""
    return full(shape, 1, ctx, dtype, out)


def empty(shape: Any, ctx: Device = None, dtype: Any = None) -> NDArray:
    """An array to be filled. Its elements are zeros, so that no program depends on what memory held."""
    return full(shape, 0, ctx, dtype)


def zeros_like(data: Any) -> NDArray:
    """Zeros in the shape and dtype of ``data``, on its context."""
    return as_nd("zeros_like", data).zeros_like()


def ones_like(data: Any) -> NDArray:
    """Ones in the shape and dtype of ``data``, on its context."""
    return as_nd("ones_like", data).ones_like()


def arange(
    start: Any,
    stop: Any = None,
    step: Any = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: Device = None,
    dtype: Any = None,
) -> NDArray:
    """start, start + step, ... below ``stop`` (from 0 where only one number is given), each ``repeat`` times.

    ``infer_range`` is for symbols in MXNet and has no effect here.
    """
    if repeat < 1:
        raise ArgumentError(f"[arange] got repeat={repeat}; expected a count from 1 on")
    numbers = new(creation.arange(start, stop, step, dtype=_or_float32(dtype), ctx=ctx)._node)
    if repeat == 1:
        return numbers
    return numbers.reshape(-1, 1).broadcast_to((numbers.size, repeat)).reshape(-1)


def linspace(start: Any, stop: Any, num: int, endpoint: bool = True, ctx: Device = None, dtype: Any = None) -> NDArray:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, which is included where ``endpoint`` says so."""
    to = dtypes.as_dtype(_or_float32(dtype))
    wide = to if to.kind == "f" else np.float32
    return new(creation.linspace(start, stop, num, dtype=wide, endpoint=endpoint, ctx=ctx)._node).astype(to, copy=False)


def eye(N: int, M: int = 0, k: int = 0, ctx: Device = None, dtype: Any = None) -> NDArray:  # noqa: N803
    """Ones on diagonal ``k`` of a matrix of zeros of N rows and M columns (N where M is 0)."""
    return new(creation.eye(N, M or N, k=k, dtype=_or_float32(dtype), ctx=ctx)._node)
