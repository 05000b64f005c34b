"""Elementwise functions that are made of rows of the table."""

from __future__ import annotations

from typing import Any

from clnd.errors import ArgumentError
from clnd.graph import ops

__all__ = ["clip"]


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """``x`` kept between ``min`` and ``max``, of which either may be None; NaN stays.

    A result keeps the dtype of ``x``: bounds are cast to it.
    """
    dtype = x._node.dtype
    result = x
    for bound, op in ((min, ops.maximum), (max, ops.minimum)):
        if bound is not None:
            result = op.apply(result, bound.astype(dtype, copy=False) if hasattr(bound, "astype") else bound)
    if result is x:
        return x.copy()
    if result._node.dtype != dtype:
        raise ArgumentError(
            f"[clip] got bounds {min!r} and {max!r} that {dtype.name} does not hold; expected numbers of that dtype; cast the array first"
        )
    return result
