"""Products and the functions of neural networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.api import creation
from clnd.errors import ArgumentError, ShapeError
from clnd.nd.ndarray import NDArray, as_nd, new
from clnd.nd.table import into
from clnd.ops import elementwise, products

__all__ = ["Activation", "FullyConnected", "batch_dot", "dot", "log_softmax", "one_hot", "softmax", "softmin"]


def dot(lhs: Any, rhs: Any, transpose_a: bool = False, transpose_b: bool = False, out: Any = None) -> NDArray:
    """The product over the last axis of ``lhs`` and the first of ``rhs``; of shape (1,) for two vectors.

    Parameters
    ----------
    lhs, rhs : NDArray
    transpose_a, transpose_b : bool
        Multiply by the transposed matrix; it is read in place.
    out : NDArray, optional
        Receives the result.
    """
    return into(out, as_nd("dot", lhs).dot(as_nd("dot", rhs), transpose_a, transpose_b))


def batch_dot(lhs: Any, rhs: Any, transpose_a: bool = False, transpose_b: bool = False, out: Any = None) -> NDArray:
    """The products of two batches of matrices, of shapes (B, M, K) and (B, K, N)."""
    x, y = as_nd("batch_dot", lhs), as_nd("batch_dot", rhs)
    if x.ndim < 3 or x.ndim != y.ndim or x.shape[:-2] != y.shape[:-2]:
        raise ShapeError(f"[batch_dot] got shapes {x.shape} and {y.shape}; expected as many matrices in each batch")
    return into(out, products.matmul(x.mT if transpose_a else x, y.mT if transpose_b else y))


def FullyConnected(
    data: Any, weight: Any, bias: Any = None, num_hidden: int | None = None, no_bias: bool = False, flatten: bool = True
) -> NDArray:
    """``data`` times the transposed ``weight``, plus ``bias``.

    Parameters
    ----------
    data : NDArray of shape (N, ...)
        Axes after the first are one, unless ``flatten`` is false: then the last one is multiplied.
    weight : NDArray of shape (num_hidden, inputs)
    bias : NDArray of shape (num_hidden,), optional
    """
    x, w = as_nd("FullyConnected", data), as_nd("FullyConnected", weight)
    if num_hidden is not None and w.shape[0] != num_hidden:
        raise ShapeError(
            f"[FullyConnected] got weights of shape {w.shape} for num_hidden={num_hidden}; "
            f"expected ({num_hidden}, inputs)"
        )
    if flatten and x.ndim > 2:
        x = x.reshape(0, -1)
    result = dot(x, w, transpose_b=True)
    return result if bias is None or no_bias else result + bias


_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": elementwise.relu.apply,
    "sigmoid": elementwise.sigmoid.apply,
    "tanh": elementwise.tanh.apply,
    "softrelu": elementwise.softplus.apply,
    "softsign": elementwise.softsign.apply,
}


def Activation(data: Any, act_type: str, out: Any = None) -> NDArray:
    """An activation function, element by element: relu, sigmoid, tanh, softrelu or softsign."""
    function = _ACTIVATIONS.get(act_type)
    if function is None:
        raise ArgumentError(f"[Activation] got act_type={act_type!r}; expected one of {', '.join(_ACTIVATIONS)}")
    return into(out, function(as_nd("Activation", data)))


def _exponents(name: str, data: Any, axis: int, temperature: float | None) -> Any:
    """The elements less the largest along ``axis``."""
    x = as_nd(name, data)
    if temperature is not None:
        x = x / temperature
    return x - x.max(axis=axis, keepdims=True)


def softmax(data: Any, axis: int = -1, temperature: float | None = None, out: Any = None) -> NDArray:
    """exp of the elements (divided by ``temperature``) over its sum along ``axis``."""
    e = _exponents("softmax", data, axis, temperature).exp()
    return into(out, e / e.sum(axis=axis, keepdims=True))


def softmin(data: Any, axis: int = -1, temperature: float | None = None, out: Any = None) -> NDArray:
    """`softmax` of the negated elements."""
    return softmax(-as_nd("softmin", data), axis, temperature, out)


def log_softmax(data: Any, axis: int = -1, temperature: float | None = None, out: Any = None) -> NDArray:
    """The logarithm of `softmax`, without the loss of small values."""
    shifted = _exponents("log_softmax", data, axis, temperature)
    return into(out, shifted - shifted.exp().sum(axis=axis, keepdims=True).log())


def one_hot(indices: Any, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: Any = np.float32) -> NDArray:
    """A new last axis of length ``depth`` with ``on_value`` at the place of the index and ``off_value`` elsewhere.

    Indices outside of 0 to ``depth`` - 1 give ``off_value`` only.
    """
    to = dtypes.as_dtype(dtype)
    places = as_nd("one_hot", indices).astype("int64", copy=False).expand_dims(-1)
    numbers = new(creation.arange(depth, ctx=places.ctx)._node)
    chosen = elementwise.where.apply(elementwise.equal.apply(places, numbers), on_value, off_value)
    return chosen.astype(to, copy=False)
