"""Reductions: over all axes they give shape (1,); ``exclude`` names the axes that stay."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.nd.ndarray import NDArray, as_nd
from clnd.nd.table import into
from clnd.ops import elementwise

__all__ = [
    "argmax", "argmin", "max", "max_axis", "mean", "min", "min_axis", "moments", "nanprod", "nansum", "norm",
    "prod", "sum", "sum_axis",
]  # fmt: skip


def sum(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The sum over ``axis``, in the canonical order.

    Parameters
    ----------
    data : NDArray
    axis : int or tuple of int, optional
        All where None or ().
    keepdims : bool
        Keep the reduced axes with length 1.
    exclude : bool
        Reduce all axes but ``axis``.
    out : NDArray, optional
        Receives the result.
    """
    return into(out, as_nd("sum", data).sum(axis, keepdims, exclude))


def prod(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The product over ``axis``; arguments as of `sum`."""
    return into(out, as_nd("prod", data).prod(axis, keepdims, exclude))


def mean(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The mean over ``axis``, float32 for integers; arguments as of `sum`."""
    return into(out, as_nd("mean", data).mean(axis, keepdims, exclude))


def max(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The largest element over ``axis``, NaN where there is one; arguments as of `sum`."""
    return into(out, as_nd("max", data).max(axis, keepdims, exclude))


def min(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The smallest element over ``axis``, NaN where there is one; arguments as of `sum`."""
    return into(out, as_nd("min", data).min(axis, keepdims, exclude))


sum_axis = sum
max_axis = max
min_axis = min


def _without_nan(name: str, data: Any, value: int) -> Any:
    x = as_nd(name, data)
    return elementwise.where.apply(elementwise.isnan.apply(x), value, x)


def nansum(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The sum over ``axis`` with NaN taken as 0; arguments as of `sum`."""
    return into(out, _without_nan("nansum", data, 0).sum(axis, keepdims, exclude))


def nanprod(data: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False, out: Any = None) -> NDArray:
    """The product over ``axis`` with NaN taken as 1; arguments as of `sum`."""
    return into(out, _without_nan("nanprod", data, 1).prod(axis, keepdims, exclude))


def norm(
    data: Any, ord: int = 2, axis: Any = None, out_dtype: Any = None, keepdims: bool = False, out: Any = None
) -> NDArray:
    """The 2-norm, or with ``ord=1`` the sum of absolute values, over ``axis``."""
    result = as_nd("norm", data).norm(ord, axis, keepdims)
    return into(out, result if out_dtype is None else result.astype(out_dtype, copy=False))


def moments(data: Any, axes: Any = None, keepdims: bool = False) -> tuple[Any, Any]:
    """The mean and the variance over ``axes``."""
    x = as_nd("moments", data)
    return x.mean(axes, keepdims), x.var(axes, keepdims=keepdims)


def argmax(data: Any, axis: Any = None, keepdims: bool = False, dtype: Any = np.float32, out: Any = None) -> NDArray:
    """The index of the largest element over ``axis``, of the flattened array where None.

    float32 as in MXNet, which holds indices up to 2**24; pass ``dtype="int64"`` for longer axes.
    """
    return into(out, as_nd("argmax", data).argmax(axis, keepdims, dtype))


def argmin(data: Any, axis: Any = None, keepdims: bool = False, dtype: Any = np.float32, out: Any = None) -> NDArray:
    """The index of the smallest element over ``axis``; arguments as of `argmax`."""
    return into(out, as_nd("argmin", data).argmin(axis, keepdims, dtype))
