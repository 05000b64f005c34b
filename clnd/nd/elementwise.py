"""Elementwise functions of MXNet that are made of others. Those that are rows are in `clnd.nd.table`."""

from __future__ import annotations

from typing import Any

from clnd.arrays import Array
from clnd.errors import ArgumentError
from clnd.nd.ndarray import NDArray, as_nd
from clnd.nd.table import elemwise_add, into
from clnd.ops import elementwise

__all__ = ["BlockGrad", "Cast", "ElementWiseSum", "add_n", "cast", "clip", "hard_sigmoid", "identity", "smooth_l1", "stop_gradient", "where"]


def add_n(*args: Any, out: Any = None, name: str | None = None) -> NDArray:
    """The sum of arrays of one shape, from left to right.

    Raises
    ------
    ArgumentError
        Where no array is given.
    ShapeError
        Where shapes differ.
    """
    if not args:
        raise ArgumentError("[add_n] got no arrays; expected at least one")
    total = as_nd("add_n", args[0])
    for x in args[1:]:
        total = elemwise_add(total, x)
    return into(out, total.copy() if len(args) == 1 else total)


ElementWiseSum = add_n


def clip(data: Any, a_min: Any, a_max: Any, out: Any = None, name: str | None = None) -> NDArray:
    """The elements kept between ``a_min`` and ``a_max``; NaN stays."""
    return into(out, as_nd("clip", data).clip(a_min, a_max))


def cast(data: Any, dtype: Any, out: Any = None, name: str | None = None) -> NDArray:
    """``data`` as ``dtype``."""
    return into(out, as_nd("cast", data).astype(dtype))


Cast = cast


def identity(data: Any, out: Any = None, name: str | None = None) -> NDArray:
    """A copy of ``data``."""
    return into(out, as_nd("identity", data).copy())


stop_gradient = identity
BlockGrad = identity


def hard_sigmoid(data: Any, alpha: float = 0.2, beta: float = 0.5, out: Any = None, name: str | None = None) -> NDArray:
    """alpha * ``data`` + beta, kept between 0 and 1."""
    return into(out, (as_nd("hard_sigmoid", data) * alpha + beta).clip(0.0, 1.0))


def smooth_l1(data: Any, scalar: float = 1.0, out: Any = None, name: str | None = None) -> NDArray:
    """(scalar x)**2 / 2 where abs(x) < 1 / scalar**2, else abs(x) - 0.5 / scalar**2."""
    x = as_nd("smooth_l1", data)
    size, square = elementwise.abs.apply(x), scalar * scalar
    return into(out, where(size < 1 / square, x * x * (0.5 * square), size - 0.5 / square))


def where(condition: Any, x: Any, y: Any, out: Any = None, name: str | None = None) -> NDArray:
    """``x`` where ``condition`` is not 0, else ``y``.

    Parameters
    ----------
    condition : NDArray
        Of the shape of the result, or with one axis: it then chooses along the first axis.
    x, y : NDArray or number
    """
    test = as_nd("where", condition)
    operands = [as_nd("where", v) if isinstance(v, Array) else v for v in (x, y)]
    ndim = max(getattr(v, "ndim", 0) for v in operands)
    if test.ndim == 1 and ndim > 1:
        test = test.reshape((-1,) + (1,) * (ndim - 1)) if test.size else test
    return into(out, elementwise.where.apply(test, *operands))
