"""Joining arrays: one operation of any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence

from clnd import dtypes
from clnd.dtypes import DType
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, common_context, record
from clnd.kernels import join
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.join import Part
from clnd.kernels.launch import Plan
from clnd.ops.op import cast_node
from clnd.ops.views import reshaped_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, contiguous_strides, normalize_axis, size_of

__all__ = ["concat_node", "stack_node"]


class _Concat(Primitive):
    """The op of arrays one after the other along the axis ``params``; inputs have equal dtypes."""

    name = "concat"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan | None:
        """Each input goes to its place along the axis; inputs are read as they lie."""
        shapes, strides = tuple([x.shape for x in node.inputs]), tuple([x.strides for x in node.inputs])
        itemsize, shape, axis = node.dtype.itemsize, node.shape, node.params
        key = ("concat", itemsize, shape, axis, shapes, strides)
        return device.planned(key, lambda: join.plan(device, itemsize, len(shapes), _parts(shape, axis, shapes, strides), size_of(shape)))


_CONCAT = _Concat()


def _parts(shape: Shape, axis: int, shapes: Sequence[Shape], strides: Sequence[Shape]) -> list[Part]:
    to = contiguous_strides(shape)
    parts, start = [], 0
    for number, (some, steps) in enumerate(zip(shapes, strides, strict=True)):
        parts.append(Part(number, some, steps, start * to[axis], to))
        start += some[axis]
    return parts


def concat_node(name: str, nodes: Sequence[Node], axis: int | None, dtype: DType | None = None) -> Node:
    """``nodes`` one after the other along ``axis``, flattened first where that is None, as ``dtype`` or the one that they promote to.

    Raises
    ------
    ArgumentError
        Where there are no nodes, or no such axis.
    ShapeError
        Where shapes differ along another axis.
    ContextError
        Where the nodes are on two devices.
    """
    if not nodes:
        raise ArgumentError(f"[{name}] got no arrays; expected at least one")
    ctx = common_context(name, list(nodes))
    to = dtypes.result_dtype(name, *(n.dtype for n in nodes)) if dtype is None else dtype
    check_fp64(name, to, ctx)
    if axis is None:
        nodes = [reshaped_node(n, (size_of(n.shape),)) for n in nodes]
        axis = 0
    first = nodes[0].shape
    if not all(n.shape for n in nodes):
        raise ShapeError(f"[{name}] got shapes {_told(nodes)}; arrays without dimensions cannot be joined along an axis; use stack() or axis=None")
    axis = normalize_axis(name, axis, len(first))
    for n in nodes:
        if len(n.shape) != len(first) or n.shape[:axis] != first[:axis] or n.shape[axis + 1 :] != first[axis + 1 :]:
            raise ShapeError(f"[{name}] got shapes {_told(nodes)} along axis {axis}; expected equal lengths along every other axis")
    shape = (*first[:axis], sum(n.shape[axis] for n in nodes), *first[axis + 1 :])
    assert ctx is not None
    ctx.device.pool.check(size_of(shape) * to.itemsize)
    return record(_CONCAT, tuple([cast_node(n, to) for n in nodes]), shape, to, ctx, axis)


def _told(nodes: Sequence[Node]) -> str:
    """The shapes of ``nodes``: all of a few, else the first that differ."""
    shapes = [n.shape for n in nodes]
    return ", ".join(map(str, shapes if len(shapes) <= 8 else [*dict.fromkeys(shapes)][:8]))


def stack_node(name: str, nodes: Sequence[Node], axis: int, dtype: DType | None = None) -> Node:
    """``nodes``, of one shape, along a new axis.

    Raises
    ------
    ArgumentError, ShapeError, ContextError
        As of `concat_node`.
    """
    if not nodes:
        raise ArgumentError(f"[{name}] got no arrays; expected at least one")
    shape = nodes[0].shape
    if any(n.shape != shape for n in nodes):
        raise ShapeError(f"[{name}] got shapes {_told(nodes)}; expected equal shapes; use concat() to join along an axis")
    axis = normalize_axis(name, axis, len(shape) + 1)
    return concat_node(name, [reshaped_node(n, (*shape[:axis], 1, *shape[axis:])) for n in nodes], axis, dtype)
