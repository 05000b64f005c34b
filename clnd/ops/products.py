"""Matrix products and dot products as nodes.

A product with one row or one column is a reduction in the order of sums, with fma into the lane;
every other follows the order of `kernels/gemm/`. The shapes of one matrix decide, never the batch.
"""

from __future__ import annotations

import operator
from typing import Any, SupportsIndex

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, DType, facts
from clnd.errors import ArgumentError, KindError, ShapeError
from clnd.graph.node import Node, Value, of_both
from clnd.graph.planning import aligned_of
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, common_context, record
from clnd.graph.run import run
from clnd.kernels import gemm, reduce
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.kernel import far
from clnd.kernels.launch import Plan
from clnd.kernels.recipe import Input, Recipe
from clnd.kernels.reduce import Accumulation
from clnd.ops import elementwise, sources
from clnd.ops.op import cast_node
from clnd.ops.views import VIEW, reshaped_node, transposed_node, view_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import (
    Shape,
    as_integer,
    axes_in_order,
    broadcast,
    broadcast_strides,
    contiguous_strides,
    normalize_axis,
    several,
    size_of,
)

__all__ = ["MATMUL_UFUNC", "dot_node", "matmul", "matmul_node", "matvec_node", "outer_node", "tensordot_node", "vecdot", "vecdot_node", "vecmat_node"]


class _MatMul(Primitive):
    """The op of a product of (batches of) matrices; inputs have equal dtypes and at least two axes.

    ``params`` is how many of the axes of one matrix the result has: vectors are matrices of one row or column, which it lacks.
    """

    name = "matmul"
    has_fast = True
    takes_epilogue = True
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan | None:
        """The product; operands are read as they lie, broadcast and transposed by strides."""
        (m, k), n = node.inputs[0].shape[-2:], node.inputs[1].shape[-1]
        batch = node.shape[: len(node.shape) - node.params]
        a, b = (
            x.strides if x.shape[:-2] == batch else broadcast_strides(x.shape, x.strides, batch + x.shape[-2:])
            for x in node.inputs
        )
        start = aligned_of(device, node.inputs)
        if m == 1 or n == 1:
            if epilogue is not None:
                return None
            key: Any = ("product", node.dtype, batch, m, n, k, a, b, start)
            return device.planned(key, lambda: self._dots(device, node.dtype, batch, m, n, k, a, b, start))
        away = far(max(x.value.offset for x in node.inputs if x.value is not None))
        after = None if epilogue is None else epilogue.key
        key = ("product", node.dtype, batch, m, n, k, a, b, away, start, node.fast, after)
        plan = device.planned(key, lambda: gemm.plan(device, node.dtype, batch, m, n, k, a, b, away, start, fast=node.fast, after=after) or _NOTHING)
        return None if plan is _NOTHING else plan

    @staticmethod
    def _dots(device: OpenDevice, dtype: DType, batch: Shape, m: int, n: int, k: int, a: Shape, b: Shape, start: int) -> Plan:
        # The reduced index space is (batch, rows, columns, k) with one of rows and columns missing.
        ndim = len(batch)
        walk_a = (*a[:ndim], a[ndim], 0, a[ndim + 1])
        walk_b = (*b[:ndim], 0, b[ndim + 1], b[ndim])
        shape = (*batch, m, n, k)
        recipe = Recipe((Input(dtype), Input(dtype)), (), (0, 1))
        return reduce.plan(device, _dot_accumulation(dtype), recipe, shape, (ndim + 2,), [walk_a, walk_b], [shape, shape], start)


class _Dots(_MatMul):
    """The same for a vector and (batches of) matrices, or another vector: its kernel goes on with nothing."""

    takes_epilogue = False


_NOTHING = Plan(())
"""Kept where a product cannot go on with an epilogue."""
MATMUL = _MatMul()
_DOTS = _Dots()


def _dot_accumulation(dtype: DType) -> Accumulation:
    kind = facts(dtype).kind
    acc = dtypes.float32 if facts(dtype).is_half else dtype
    start, step, combine = {
        BOOL: ("x1 & x2", "acc | (x1 & x2)", "a | b"),
        FLOAT: ("x1 * x2", "fma(x1, x2, acc)", "a + b"),
        COMPLEX: ("cdot_start(x1, x2)", "cdot_step(x1, x2, acc)", "cadd(a, b)"),
    }.get(
        kind,
        ("int_multiply(x1, x2)", "as_T((U)(as_U(acc) + as_U(int_multiply(x1, x2))))", "as_T((U)(as_U(a) + as_U(b)))"),
    )
    return Accumulation(start, step, combine, acc, dtype)


def matmul_node(a: Node, b: Node) -> Node:
    """The product of two nodes by the rules of `matmul`."""
    if not a.shape or not b.shape:
        raise ShapeError(f"[matmul] got shapes {a.shape} and {b.shape}; expected at least one dimension each; use * for scalars")
    dtype = dtypes.promote("matmul", a.dtype, b.dtype)
    ctx = common_context("matmul", [a, b])
    check_fp64("matmul", dtype, ctx)
    left, right = len(a.shape) == 1, len(b.shape) == 1
    k, k_other = a.shape[-1], b.shape[0] if right else b.shape[-2]
    if k != k_other:
        raise ShapeError(
            f"[matmul] got shapes {a.shape} and {b.shape}; the last axis of the first ({k}) and "
            f"{'the only' if right else 'the second to last'} axis of the second ({k_other}) differ; expected equal lengths"
        )
    a, b = cast_node(a, dtype), cast_node(b, dtype)
    if left:
        a = _with_shape(a, (1, k))
    if right:
        b = _with_shape(b, (k, 1))
    batch = () if len(a.shape) == len(b.shape) == 2 else _batch("matmul", a.shape, b.shape, 2)
    shape = (*batch, *a.shape[-2 : -1 - left], *b.shape[len(b.shape) - 1 + right :])
    assert ctx is not None
    if k == 0 or size_of(shape) == 0:
        return sources.full_node(shape, 0, dtype, ctx)
    ctx.device.pool.check(size_of(shape) * dtype.itemsize)
    return record(_DOTS if left or right else MATMUL, (a, b), shape, dtype, ctx, 2 - left - right)


def _with_shape(x: Node, shape: Shape) -> Node:
    """A vector's node as a matrix of one row or column."""
    if x.op is VIEW and x.value is None:
        run((x,))
    if x.value is not None:
        (step,) = x.strides
        matrix = Node(x.op, (), shape, x.dtype, x.ctx, None, Value(x.value.block, x.value.offset, (step, step)))
        matrix.faults = x.faults
        return matrix
    return view_node(x, 0, shape, contiguous_strides(shape))


def _batch(name: str, first: Shape, second: Shape, own: int) -> Shape:
    """The leading axes of two shapes, all but the last ``own``, broadcast."""
    try:
        return broadcast(name, first[:-own], second[:-own])
    except ShapeError as error:
        raise ShapeError(f"[{name}] got shapes {first} and {second}; their leading axes do not fit: {error}") from None


def dot_node(a: Node, b: Node) -> Node:
    """The sum of products over the last axis of ``a`` and the second to last of ``b``, as NumPy's dot."""
    if not a.shape or not b.shape:
        return elementwise.multiply.node([a, b])
    if len(a.shape) > 2 or len(b.shape) > 2:
        return tensordot_node(a, b, ((len(a.shape) - 1,), (max(len(b.shape) - 2, 0),)))
    return matmul_node(a, b)


def tensordot_node(a: Node, b: Node, axes: Any) -> Node:
    """The sum of products over several axes: how many of the last of ``a`` and the first of ``b``, or which of each."""
    nx, ny = len(a.shape), len(b.shape)
    if isinstance(axes, SupportsIndex):
        count = operator.index(axes)
        if not 0 <= count <= min(nx, ny):
            raise ArgumentError(f"[tensordot] got axes={count} for shapes {a.shape} and {b.shape}; expected 0 to {min(nx, ny)}")
        over_x, over_y = tuple(range(nx - count, nx)), tuple(range(count))
    else:
        given = several(axes)
        if given is None or len(given) != 2:
            raise KindError(f"[tensordot] got axes={axes!r}; expected an integer, or the axes of each array")
        over_x, over_y = (axes_in_order("tensordot", o, n) for o, n in zip(given, (nx, ny), strict=True))
    if len(over_x) != len(over_y) or any(a.shape[i] != b.shape[j] for i, j in zip(over_x, over_y, strict=False)):
        raise ShapeError(f"[tensordot] got shapes {a.shape} and {b.shape} over axes {over_x} and {over_y}; expected equal lengths along them")
    rest_x = tuple(i for i in range(nx) if i not in over_x)
    rest_y = tuple(j for j in range(ny) if j not in over_y)
    rows, columns = tuple(a.shape[i] for i in rest_x), tuple(b.shape[j] for j in rest_y)
    k = size_of(tuple(a.shape[i] for i in over_x))
    left = reshaped_node(transposed_node(a, rest_x + over_x), (size_of(rows), k))
    right = reshaped_node(transposed_node(b, over_y + rest_y), (k, size_of(columns)))
    return reshaped_node(matmul_node(left, right), rows + columns)


def vecdot_node(a: Node, b: Node, axis: Any) -> Node:
    """The sum of products along one axis; complex ``a`` is conjugated."""
    axis = as_integer("vecdot", "axis", axis)
    if not a.shape or not b.shape or (axis >= 0 and len(a.shape) != len(b.shape)):
        raise ShapeError(
            f"[vecdot] got shapes {a.shape} and {b.shape} with axis={axis}; expected at least one dimension each, "
            "and a negative axis where they have different numbers of them"
        )
    along = [normalize_axis("vecdot", axis, len(x.shape)) for x in (a, b)]
    if a.shape[along[0]] != b.shape[along[1]]:
        raise ShapeError(f"[vecdot] got shapes {a.shape} and {b.shape}; expected equal lengths along axis {axis}")
    x, y = (
        transposed_node(node, (*(k for k in range(len(node.shape)) if k != at), at))
        for node, at in zip((a, b), along, strict=True)
    )
    if facts(a.dtype).kind == COMPLEX:
        x = elementwise.conj.node([x])
    batch = _batch("vecdot", x.shape, y.shape, 1)
    length = x.shape[-1]
    rows, columns = reshaped_node(x, (*x.shape[:-1], 1, length)), reshaped_node(y, (*y.shape[:-1], length, 1))
    return reshaped_node(matmul_node(rows, columns), batch)


def matvec_node(a: Node, b: Node) -> Node:
    """The product of matrices and vectors, over leading axes that broadcast."""
    if len(a.shape) < 2 or not b.shape or a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"[matvec] got shapes {a.shape} and {b.shape}; expected (..., M, K) and (..., K)")
    batch = _batch("matvec", a.shape, (*b.shape, 1), 2)
    return reshaped_node(matmul_node(a, reshaped_node(b, (*b.shape, 1))), (*batch, a.shape[-2]))


def vecmat_node(a: Node, b: Node) -> Node:
    """The product of vectors, conjugated where complex, and matrices, over leading axes that broadcast."""
    if not a.shape or len(b.shape) < 2 or a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"[vecmat] got shapes {a.shape} and {b.shape}; expected (..., K) and (..., K, N)")
    batch = _batch("vecmat", (*a.shape[:-1], 1, a.shape[-1]), b.shape, 2)
    rows = elementwise.conj.node([a]) if facts(a.dtype).kind == COMPLEX else a
    return reshaped_node(matmul_node(reshaped_node(rows, (*a.shape[:-1], 1, a.shape[-1])), b), (*batch, b.shape[-1]))


def outer_node(a: Node, b: Node) -> Node:
    """Every element of one vector times every element of another: an elementwise operation."""
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise ShapeError(f"[outer] got shapes {a.shape} and {b.shape}; expected one dimension each; flatten them with reshape(-1)")
    return elementwise.multiply.node([reshaped_node(a, (*a.shape, 1)), b])


def matmul(x1: Any, x2: Any) -> Any:
    """The product of two operands by the rules of `matmul_node`."""
    return of_both("matmul", matmul_node, x1, x2)


def matvec(x1: Any, x2: Any) -> Any:
    """The product of two operands by the rules of `matvec_node`."""
    return of_both("matvec", matvec_node, x1, x2)


def vecdot(x1: Any, x2: Any) -> Any:
    """The product of two operands along their last axes by the rules of `vecdot_node`."""
    return of_both("vecdot", lambda a, b: vecdot_node(a, b, -1), x1, x2)


def vecmat(x1: Any, x2: Any) -> Any:
    """The product of two operands by the rules of `vecmat_node`."""
    return of_both("vecmat", vecmat_node, x1, x2)


class _MatMulUfunc:
    """What NumPy's matmul ufunc becomes on clnd arrays."""

    name = "matmul"
    apply = staticmethod(matmul)


MATMUL_UFUNC = _MatMulUfunc()
