"""Functions of linear algebra as nodes, made of products, sums and elementwise operations: no factorisation is needed for these."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import COMPLEX, DType, facts
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.ops import elementwise, reductions, sources
from clnd.ops.op import cast_node
from clnd.ops.products import matmul_node, tensordot_node, vecdot_node
from clnd.ops.views import flat_node, reshaped_node, strided_node, transposed_node
from clnd.shapes import Shape, as_integer, diagonal_strides, normalize_axes, normalize_axis, size_of

__all__ = [
    "cross_node", "diagonal_node", "inner_node", "kron_node", "matrix_norm_node", "matrix_power_node", "trace_node", "vdot_node",
    "vector_norm_node",
]  # fmt: skip


# --- diagonals ---------------------------------------------------------------------------------


def diagonal_node(name: str, x: Node, offset: Any, axis1: Any, axis2: Any) -> Node:
    """A view of a diagonal of two axes, which becomes the last axis."""
    _, shape, _ = diagonal_strides(name, x.shape, (0,) * len(x.shape), offset, axis1, axis2)

    def place(strides: Shape) -> tuple[int, Shape]:
        first, _, steps = diagonal_strides(name, x.shape, strides, offset, axis1, axis2)
        return first, steps

    return strided_node(x, shape, place)


def trace_node(x: Node, offset: Any, axis1: Any, axis2: Any, dtype: Any) -> Node:
    """The sum along a diagonal, in the canonical order and the dtype of `sum`, or in ``dtype``."""
    return reductions.sum.node_as(diagonal_node("trace", x, offset, axis1, axis2), -1, False, dtype)


# --- products ----------------------------------------------------------------------------------


def inner_node(a: Node, b: Node) -> Node:
    """The sum of products over the last axes; the product where one has no axis."""
    if not a.shape or not b.shape:
        return elementwise.multiply.node([a, b])
    if a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"[inner] got shapes {a.shape} and {b.shape}; expected equal lengths of their last axes")
    return tensordot_node(a, b, ((len(a.shape) - 1,), (len(b.shape) - 1,)))


def vdot_node(a: Node, b: Node) -> Node:
    """The sum of products of all elements, in row-major order; complex ``a`` is conjugated."""
    if size_of(a.shape) != size_of(b.shape):
        raise ShapeError(f"[vdot] got shapes {a.shape} and {b.shape}; expected as many elements in each")
    return vecdot_node(flat_node(a), flat_node(b), -1)


def kron_node(a: Node, b: Node) -> Node:
    """The Kronecker product: each element of ``a`` times all of ``b``; missing axes come first."""
    ndim = max(len(a.shape), len(b.shape))
    of_a, of_b = ((1,) * (ndim - len(x.shape)) + x.shape for x in (a, b))
    left = reshaped_node(a, tuple(n for k in range(ndim) for n in (of_a[k], 1)))
    right = reshaped_node(b, tuple(n for k in range(ndim) for n in (1, of_b[k])))
    return reshaped_node(elementwise.multiply.node([left, right]), tuple(n * m for n, m in zip(of_a, of_b, strict=True)))


def cross_node(a: Node, b: Node, axis_a: Any, axis_b: Any, axis_c: Any) -> Node:
    """The cross product of vectors of length 3, or 2 (whose third part is 0), along one axis of each; of two of length 2 only the third part."""
    if not a.shape or not b.shape:
        raise ShapeError(f"[cross] got shapes {a.shape} and {b.shape}; expected at least one dimension each")
    a, b = (_last(x, normalize_axis("cross", axis, len(x.shape))) for x, axis in ((a, axis_a), (b, axis_b)))
    if a.shape[-1] not in (2, 3) or b.shape[-1] not in (2, 3):
        raise ShapeError(f"[cross] got vectors of lengths {a.shape[-1]} and {b.shape[-1]}; expected 3, or 2")
    alone = a.shape[-1] == b.shape[-1] == 2
    x, y = ([_part(v, k, 0 if alone else 3) for k in range(v.shape[-1])] for v in (a, b))
    third = _difference(_product(x[0], y[1]), _product(x[1], y[0]))
    if alone:
        return third
    if len(x) == len(y):
        first, second = _difference(_product(x[1], y[2]), _product(x[2], y[1])), _difference(_product(x[2], y[0]), _product(x[0], y[2]))
    elif len(x) == 3:
        first, second = elementwise.negative.node([_product(x[2], y[1])]), _product(x[2], y[0])
    else:
        first, second = _product(x[1], y[2]), elementwise.negative.node([_product(x[0], y[2])])
    # Each element chooses its part: one kernel, which fuses with what follows.
    at_first, at_second = (sources.from_host(np.arange(3) == k, third.ctx) for k in (0, 1))  # type: ignore[arg-type]
    result = elementwise.where.node([at_first, first, elementwise.where.node([at_second, second, third])])
    order = list(range(len(result.shape) - 1))
    order.insert(normalize_axis("cross", axis_c, len(result.shape)), len(result.shape) - 1)
    return transposed_node(result, tuple(order))


def _last(x: Node, axis: int) -> Node:
    return transposed_node(x, (*(k for k in range(len(x.shape)) if k != axis), axis))


def _part(x: Node, k: int, times: int) -> Node:
    """A view of element ``k`` along the last axis; of each ``times`` along that axis, if it is to stay."""
    lengths, steps = ((times,), (0,)) if times else ((), ())
    return strided_node(x, (*x.shape[:-1], *lengths), lambda strides: (k * strides[-1], (*strides[:-1], *steps)))


def _product(a: Node, b: Node) -> Node:
    return elementwise.multiply.node([a, b])


def _difference(a: Node, b: Node) -> Node:
    return elementwise.subtract.node([a, b])


def matrix_power_node(x: Node, n: Any) -> Node:
    """The power of square matrices, by squares: x, x x, (x x) x; of higher ones the product of the squares that n has bits for, the lowest first."""
    power = as_integer("matrix_power", "the power", n)
    if len(x.shape) < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"[matrix_power] got shape {x.shape}; expected square matrices, of shape (..., M, M)")
    if power < 0:
        raise ArgumentError(f"[matrix_power] got the power {power}; expected one from 0 on, as clnd has no inverse yet; invert the matrix with NumPy first")
    if power == 0:
        return _identities(x)
    if power <= 3:
        result = x
        for _ in range(power - 1):
            result = matmul_node(result, x)
        return sources.COPY.node([x]) if power == 1 else result
    square, found = x, None
    while True:
        if power & 1:
            found = square if found is None else matmul_node(found, square)
        power >>= 1
        if not power:
            assert found is not None
            return found
        square = matmul_node(square, square)


def _identities(x: Node) -> Node:
    """The identity matrix in the shape and dtype of ``x``."""
    assert x.ctx is not None
    n = x.shape[-1]
    rows, columns = (reshaped_node(sources.index_node((n,), x.ctx), shape) for shape in ((n, 1), (n,)))
    zeros = sources.full_node(x.shape, 0, x.dtype, x.ctx)
    one = cast_node(scalar_node(1, dtypes.int64), x.dtype)
    return elementwise.where.node([elementwise.equal.node([rows, columns]), one, zeros])


# --- norms -------------------------------------------------------------------------------------


def _magnitudes(x: Node) -> tuple[Node, DType]:
    """The absolute values in the dtype that sums are made in, and the dtype of the norm."""
    gives = dtypes.to_real(dtypes.to_float(x.dtype))
    wide = dtypes.float32 if facts(gives).is_half else gives
    return elementwise.abs.node([x if facts(x.dtype).kind == COMPLEX else cast_node(x, wide)]), gives


def _root_of_squares(x: Node, axes: Any, keepdims: bool) -> Node:
    """The square root of the canonical sum of squares."""
    gives = dtypes.to_real(dtypes.to_float(x.dtype))
    squares = reductions.squares_node(x if facts(x.dtype).kind == COMPLEX else cast_node(x, dtypes.float32 if facts(gives).is_half else gives))
    return cast_node(elementwise.sqrt.node([reductions.sum.node(squares, axes, keepdims)]), gives)


def vector_norm_node(name: str, x: Node, axis: Any, keepdims: bool, order: Any) -> Node:
    """The norm of the elements over ``axis``: ``order`` is a number, inf or -inf; 0 counts what is not 0."""
    axes = normalize_axes(name, axis, len(x.shape))
    if order is None or order == 2:
        return _root_of_squares(x, axes, keepdims)
    if isinstance(order, str) or (not isinstance(order, (int, float)) and not hasattr(order, "__float__")):
        raise ArgumentError(f"[{name}] got ord={order!r} for vectors; expected a number, inf or -inf")
    p = float(order)
    sizes, gives = _magnitudes(x)
    if p == math.inf:
        # The largest of none is 0, as in NumPy.
        none = size_of(tuple(x.shape[k] for k in axes)) == 0
        result = (reductions.sum if none else reductions.max).node(sizes, axes, keepdims)
    elif p == -math.inf:
        result = reductions.min.node(sizes, axes, keepdims)
    elif p == 0:
        result = cast_node(reductions.sum.node(cast_node(x, dtypes.bool_), axes, keepdims), sizes.dtype)
    elif p == 1:
        result = reductions.sum.node(sizes, axes, keepdims)
    else:
        powers = elementwise.pow.node([sizes, scalar_node(p, sizes.dtype)])
        result = elementwise.pow.node([reductions.sum.node(powers, axes, keepdims), scalar_node(1 / p, sizes.dtype)])
    return cast_node(result, gives)


def matrix_norm_node(name: str, x: Node, axes: tuple[int, int], keepdims: bool, order: Any) -> Node:
    """The norm of matrices along two axes, their rows and columns: "fro", 1, -1, inf or -inf."""
    if order == "fro":
        return _root_of_squares(x, axes, keepdims)
    if order in ("nuc", 2, -2):
        raise ArgumentError(f"[{name}] got ord={order!r}, which takes singular values, and clnd has none yet; use 'fro', 1, -1, inf or -inf, or compute it with NumPy")
    if order not in (1, -1, math.inf, -math.inf):
        raise ArgumentError(f"[{name}] got ord={order!r} for matrices; expected 'fro', 1, -1, inf or -inf")
    sizes, gives = _magnitudes(x)
    over, rest = axes if abs(order) == 1 else axes[::-1]
    totals = reductions.sum.node(sizes, over, True)
    if order > 0 and x.shape[rest] == 0:
        result = reductions.sum.node(totals, axes, keepdims)
    else:
        result = (reductions.max if order > 0 else reductions.min).node(totals, axes, keepdims)
    return cast_node(result, gives)
