"""Shapes, parts and assemblies of arrays. Only `reshape` gives a view; the rest are copies in effect."""

from __future__ import annotations

import builtins
from typing import Any

from clnd.errors import ArgumentError, ShapeError
from clnd.nd.ndarray import NDArray, as_nd
from clnd.ops.joining import concat_node
from clnd.ops.moves import repeated, tile_node
from clnd.shapes import as_shape, normalize_axis

__all__ = [
    "Concat", "Flatten", "SliceChannel", "SwapAxis", "broadcast_axes", "broadcast_axis", "broadcast_like",
    "broadcast_to", "concat", "concatenate", "expand_dims", "flatten", "flip", "moveaxis", "repeat", "reshape",
    "reshape_like", "reverse", "slice", "slice_axis", "split", "squeeze", "stack", "swapaxes", "take", "tile", "transpose",
]  # fmt: skip


def reshape(data: Any, shape: Any, reverse: bool = False) -> NDArray:
    """A view in another shape; lengths may be the codes of `NDArray.reshape`."""
    return as_nd("reshape", data).reshape(shape, reverse=reverse)


def reshape_like(lhs: Any, rhs: Any) -> NDArray:
    """A view of ``lhs`` in the shape of ``rhs``."""
    return as_nd("reshape_like", lhs).reshape_like(rhs)


def flatten(data: Any) -> NDArray:
    """A copy with two axes: the first one, and all others in one."""
    return as_nd("flatten", data).flatten()


Flatten = flatten


def expand_dims(data: Any, axis: int) -> NDArray:
    """A copy with an axis of length 1 at ``axis``."""
    return as_nd("expand_dims", data).expand_dims(axis)


def squeeze(data: Any, axis: Any = None) -> NDArray:
    """A copy without axes of length 1: those of ``axis``, or all."""
    return as_nd("squeeze", data).squeeze(axis)


def transpose(data: Any, axes: Any = ()) -> NDArray:
    """A copy with the axes in the order ``axes``; reversed where none are given."""
    return as_nd("transpose", data).transpose(tuple(axes))


def swapaxes(data: Any, dim1: int = 0, dim2: int = 0) -> NDArray:
    """A copy with two axes exchanged."""
    return as_nd("swapaxes", data).swapaxes(dim1, dim2)


SwapAxis = swapaxes


def moveaxis(tensor: Any, source: int, destination: int) -> NDArray:
    """A copy with one axis at another place; the rest keep their order."""
    x = as_nd("moveaxis", tensor)
    order = [k for k in range(x.ndim) if k != normalize_axis("moveaxis", source, x.ndim)]
    order.insert(normalize_axis("moveaxis", destination, x.ndim), normalize_axis("moveaxis", source, x.ndim))
    return x.transpose(tuple(order))


def flip(data: Any, axis: Any) -> NDArray:
    """A copy with the elements in reverse order along ``axis``."""
    return as_nd("flip", data).flip(axis)


reverse = flip


def broadcast_to(data: Any, shape: Any) -> NDArray:
    """A copy in which axes of length 1 are repeated to ``shape``; a length of 0 keeps an axis as it is."""
    return as_nd("broadcast_to", data).broadcast_to(shape)


def broadcast_like(lhs: Any, rhs: Any) -> NDArray:
    """A copy of ``lhs`` in which axes of length 1 are repeated to the shape of ``rhs``."""
    return as_nd("broadcast_like", lhs).broadcast_like(rhs)


def broadcast_axis(data: Any, axis: Any, size: Any) -> NDArray:
    """A copy in which the axes ``axis``, of length 1, are repeated to the lengths ``size``."""
    x = as_nd("broadcast_axis", data)
    axes, lengths = ((axis,), (size,)) if isinstance(axis, int) else (tuple(axis), tuple(size))
    to = list(x.shape)
    for k, n in zip((normalize_axis("broadcast_axis", a, x.ndim) for a in axes), lengths, strict=True):
        to[k] = n
    return x.broadcast_to(tuple(to))


broadcast_axes = broadcast_axis


def slice(data: Any, begin: Any, end: Any, step: Any = ()) -> NDArray:
    """A copy of the elements from ``begin`` to ``end`` with ``step`` along the first axes; None leaves a bound out."""
    steps = tuple(step) or (None,) * len(begin)
    key = tuple(builtins.slice(b, e, s) for b, e, s in zip(begin, end, steps, strict=True))
    return as_nd("slice", data)[key].copy()


def slice_axis(data: Any, axis: int, begin: int, end: int | None) -> NDArray:
    """A copy of the elements from ``begin`` to ``end`` along one axis."""
    x = as_nd("slice_axis", data)
    axis = normalize_axis("slice_axis", axis, x.ndim)
    return x[(builtins.slice(None),) * axis + (builtins.slice(begin, end),)].copy()


def concat(*data: Any, dim: int = 1) -> NDArray:
    """Arrays one after the other along axis ``dim``; a copy.

    Raises
    ------
    ShapeError
        Where the shapes differ elsewhere.
    """
    parts = [as_nd("concat", x) for x in data]
    if not parts:
        raise ArgumentError("[concat] got no arrays; expected at least one")
    return parts[0]._like(concat_node("concat", [x._node for x in parts], dim))


Concat = concat


def concatenate(arrays: Any, axis: int = 0) -> NDArray:
    """Arrays one after the other along ``axis``; a copy."""
    return concat(*arrays, dim=axis)


def stack(*data: Any, axis: int = 0) -> NDArray:
    """Arrays of one shape along a new axis; a copy."""
    parts = [as_nd("stack", x) for x in data]
    if len({x.shape for x in parts}) > 1:
        raise ShapeError(f"[stack] got shapes {', '.join(str(x.shape) for x in parts)}; expected equal shapes")
    return concat(*(x.expand_dims(axis) for x in parts), dim=axis)


def split(data: Any, num_outputs: int, axis: int = 1, squeeze_axis: bool = False) -> Any:
    """``num_outputs`` equal parts along ``axis``, as a list (the part itself where it is one).

    Raises
    ------
    ShapeError
        Where the axis does not divide evenly.
    """
    x = as_nd("split", data)
    axis = normalize_axis("split", axis, x.ndim)
    n = x.shape[axis]
    if num_outputs < 1 or n % num_outputs or (squeeze_axis and n != num_outputs):
        raise ShapeError(
            f"[split] got axis {axis} of length {n} for {num_outputs} parts; "
            "expected equal parts, of length 1 with squeeze_axis"
        )
    step = n // num_outputs
    parts = [slice_axis(x, axis, k * step, (k + 1) * step) for k in range(num_outputs)]
    if squeeze_axis:
        parts = [p.squeeze(axis) for p in parts]
    return parts[0] if num_outputs == 1 else parts


SliceChannel = split


def take(a: Any, indices: Any, axis: int = 0, mode: str = "clip") -> NDArray:
    """The elements of ``a`` at ``indices``, which may be floats, along ``axis``; a copy. ``mode``: "clip", "wrap" or "raise"."""
    return as_nd("take", a).take(indices, axis, mode)


def tile(data: Any, reps: Any) -> NDArray:
    """``data`` repeated as a whole, ``reps`` times along each axis; a copy."""
    x = as_nd("tile", data)
    return x._like(tile_node(x._node, as_shape("tile", reps)))


def repeat(data: Any, repeats: int, axis: int | None = None) -> NDArray:
    """Each element ``repeats`` times in a row along ``axis``, of the flattened array where None; a copy."""
    x = as_nd("repeat", data)
    result: NDArray = repeated(x, repeats, axis)
    return result
