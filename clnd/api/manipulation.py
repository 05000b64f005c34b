"""Manipulation functions: views where memory allows."""

from __future__ import annotations

from typing import Any, TypeVar

from clnd.arrays import Array
from clnd.errors import ArgumentError
from clnd.graph.node import as_operand
from clnd.picking import among
from clnd.shapes import Shape, as_shape, axes_in_order, broadcast, normalize_axes

__all__ = ["broadcast_arrays", "broadcast_shapes", "broadcast_to", "expand_dims", "flip", "matrix_transpose", "moveaxis", "permute_dims", "reshape", "squeeze", "swapaxes", "transpose"]  # fmt: skip

A = TypeVar("A", bound=Array)


def reshape(x: A, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> A:
    """The elements of ``x`` in row-major order in another shape; one length may be -1.

    ``copy``: True for a copy, False to refuse one, None for a view where memory allows. ``order``: see `Array.reshape`.
    """
    x = as_operand("reshape", x)
    if order != "C":
        return x.reshape(shape, order=order, copy=copy)
    result = x.reshape(as_shape_with_unknown(shape))
    shared = result._store is x._store
    if copy is False and not shared:
        raise ArgumentError(f"[reshape] got copy=False, and shape {x.shape} with these strides needs a copy for {shape}; use copy=None")
    return result.copy() if copy and shared else result


def as_shape_with_unknown(shape: Any) -> Shape:
    """A shape in which -1 may stand for a length."""
    return as_shape("reshape", shape, unknown=True)


def permute_dims(x: A, /, axes: Any) -> A:
    """A view with the axes in another order."""
    x = as_operand("permute_dims", x)
    order = axes_in_order("permute_dims", axes, x.ndim)
    if len(order) != x.ndim:
        raise ArgumentError(f"[permute_dims] got axes {order} for shape {x.shape}; expected each of {x.ndim} axes once")
    return x.transpose(order)


def transpose(x: A, /, axes: Any = None) -> A:
    """A view with the axes reversed, or in the order ``axes``."""
    x = as_operand("transpose", x)
    return x.T if axes is None else x.transpose(axes)


def matrix_transpose(x: A, /) -> A:
    """A view with the last two axes swapped."""
    x = as_operand("matrix_transpose", x)
    return x.mT


def swapaxes(x: A, axis1: int, axis2: int) -> A:
    """A view with two axes exchanged."""
    x = as_operand("swapaxes", x)
    return x.swapaxes(axis1, axis2)


def moveaxis(x: A, source: Any, destination: Any) -> A:
    """A view with some axes at other places; the rest keep their order."""
    x = as_operand("moveaxis", x)
    moved, targets = (axes_in_order("moveaxis", axes, x.ndim) for axes in (source, destination))
    if len(moved) != len(targets):
        raise ArgumentError(f"[moveaxis] got {len(moved)} source and {len(targets)} destination axes; expected as many of each")
    order = [a for a in range(x.ndim) if a not in moved]
    for target, axis in sorted(zip(targets, moved, strict=True)):
        order.insert(target, axis)
    return x.transpose(tuple(order))


def expand_dims(x: A, /, axis: Any = 0) -> A:
    """A view with an axis of length 1, or several."""
    x = as_operand("expand_dims", x)
    return x.expand_dims(axis)


def squeeze(x: A, /, axis: Any = None) -> A:
    """A view without axes of length 1."""
    x = as_operand("squeeze", x)
    return x.squeeze(axis)


def broadcast_to(x: A, /, shape: Any) -> A:
    """A read-only view of ``shape`` in which axes of length 1 are repeated."""
    x = as_operand("broadcast_to", x)
    return x.broadcast_to(shape)


def broadcast_shapes(*shapes: Any) -> Shape:
    """The shape that ``shapes`` broadcast to."""
    return broadcast("broadcast_shapes", *(as_shape("broadcast_shapes", s) for s in shapes)) if shapes else ()


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Views of one shape; read-only, as those of `broadcast_to`."""
    if not arrays:
        return ()
    several = [among("broadcast_arrays", x, *arrays) for x in arrays]
    shape = broadcast("broadcast_arrays", *(x.shape for x in several))
    return tuple(x.broadcast_to(shape) for x in several)


def flip(x: A, /, axis: Any = None) -> A:
    """A view with the elements in reverse order along ``axis``, along all where None."""
    x = as_operand("flip", x)
    axes = normalize_axes("flip", axis, x.ndim)
    return x[tuple(slice(None, None, -1) if k in axes else slice(None) for k in range(x.ndim))]
