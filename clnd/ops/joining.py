"""Joining arrays: one operation of any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

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

__all__ = ["block_node", "concat_node", "stack_node"]


class _Join(Primitive):
    """The op of arrays of equal dtypes that together cover a result.

    ``params``: the places in it of their first elements, and whether each is flat there: its elements follow each other.
    """

    name = "concat"
    is_planned = True

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan | None:
        """Each input goes to its region; inputs are read as they lie."""
        shapes, strides = tuple([x.shape for x in node.inputs]), tuple([x.strides for x in node.inputs])
        itemsize, size, (starts, flat) = node.dtype.itemsize, size_of(node.shape), node.params
        key = ("join", itemsize, node.shape, starts, flat, shapes, strides)

        def made() -> Plan:
            whole = contiguous_strides(node.shape)
            to = [contiguous_strides(shape) if flat else whole for shape in shapes]
            parts = [Part(k, *of) for k, of in enumerate(zip(shapes, strides, starts, to, strict=True))]
            return join.plan(device, itemsize, len(shapes), parts, size)

        return device.planned(key, made)


_JOIN = _Join()


def _joined(name: str, nodes: Sequence[Node], starts: Sequence[int], shape: Shape, dtype: DType | None = None, flat: bool = False) -> Node:
    ctx = common_context(name, list(nodes))
    to = dtypes.result_dtype(name, *(n.dtype for n in nodes)) if dtype is None else dtype
    check_fp64(name, to, ctx)
    assert ctx is not None
    ctx.device.pool.check(size_of(shape) * to.itemsize)
    return record(_JOIN, tuple([cast_node(n, to) for n in nodes]), shape, to, ctx, (tuple(starts), flat))


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
    if axis is None:
        lengths = [size_of(n.shape) for n in nodes]
        return _joined(name, nodes, [0, *accumulate(lengths[:-1])], (sum(lengths),), dtype, flat=True)
    first = nodes[0].shape
    if not all(n.shape for n in nodes):
        raise ShapeError(f"[{name}] got shapes {_told(nodes)}; arrays without dimensions cannot be joined along an axis; use stack() or axis=None")
    axis = normalize_axis(name, axis, len(first))
    for n in nodes:
        if len(n.shape) != len(first) or n.shape[:axis] != first[:axis] or n.shape[axis + 1 :] != first[axis + 1 :]:
            raise ShapeError(f"[{name}] got shapes {_told(nodes)} along axis {axis}; expected equal lengths along every other axis")
    shape = (*first[:axis], sum(n.shape[axis] for n in nodes), *first[axis + 1 :])
    step, ends = contiguous_strides(shape)[axis], accumulate(n.shape[axis] for n in nodes)
    return _joined(name, nodes, [(end - n.shape[axis]) * step for n, end in zip(nodes, ends, strict=True)], shape, dtype)


def block_node(name: str, nodes: Sequence[Node], corners: Sequence[Shape], shape: Shape) -> Node:
    """``nodes``, each with its first element at one of ``corners``, as one array of ``shape``, which they cover."""
    to = contiguous_strides(shape)
    return _joined(name, nodes, [sum(c * s for c, s in zip(corner, to, strict=True)) for corner in corners], shape)


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
