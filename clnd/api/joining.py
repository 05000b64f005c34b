"""Functions that join and split arrays. The standard's and NumPy's arguments are both taken."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.api.creation import asarray
from clnd.arrays import Array
from clnd.errors import ArgumentError, DTypeError, IndexingError, KindError, NoAxisError, ShapeError
from clnd.graph.node import Node, Operand, as_operand, led
from clnd.ops.joining import block_node, concat_node, stack_node
from clnd.ops.op import cast_node
from clnd.ops.views import reshaped_node
from clnd.reducing import deliver
from clnd.shapes import Shape, normalize_axis, size_of

__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "block", "column_stack", "concat", "concatenate", "delete", "dsplit",
    "dstack", "hsplit", "hstack", "insert", "row_stack", "split", "stack", "unstack", "vsplit", "vstack",
]  # fmt: skip

A = TypeVar("A", bound=Array)

_ONE = slice(None)


# --- joining -----------------------------------------------------------------------------------


def _given(name: str, arrays: Any) -> tuple[Any, list[Node]]:
    """The array whose class a result has, and the nodes of ``arrays``: a sequence, or an array, whose first axis counts them."""
    try:
        several = [*arrays]
    except (TypeError, NoAxisError):
        raise ArgumentError(f"[{name}] got a {type(arrays).__name__}; expected a sequence of arrays") from None
    if not several:
        raise ArgumentError(f"[{name}] got no arrays; expected at least one")
    return _nodes(name, several)


def _nodes(name: str, several: Sequence[Any]) -> tuple[Any, list[Node]]:
    lead, several = led(name, several)
    return lead, [x._node if isinstance(x, Operand) else lead._constant(x) for x in several]


def _as_dtype(name: str, nodes: Sequence[Node], dtype: Any, casting: str, out: Any = None) -> Any:
    """The dtype that a caller asked for, to which ``casting`` must allow every cast; None where none is asked for, as ``out`` has one."""
    if out is not None and dtype is not None:
        raise ArgumentError(f"[{name}] got both out and dtype; expected one of them")
    if casting not in ("no", "equiv", "safe", "same_kind", "unsafe"):
        raise ArgumentError(f"[{name}] got casting {casting!r}; expected 'no', 'equiv', 'safe', 'same_kind' or 'unsafe'")
    if dtype is None:
        return None
    to = dtypes.as_dtype(dtype)
    for node in nodes:
        if not np.can_cast(node.dtype, to, casting):  # type: ignore[arg-type]
            raise DTypeError(f"[{name}] got {node.dtype.name} for dtype {to.name} with casting={casting!r}; expected a cast that this allows")
    return to


def _concat(name: str, arrays: Any, axis: Any, out: Any, dtype: Any, casting: str) -> Any:
    lead, nodes = _given(name, arrays)
    node = concat_node(name, nodes, axis, _as_dtype(name, nodes, dtype, casting, out))
    return deliver(name, out, lead._like(node), casting)


def concat(arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays one after the other along an axis; a copy, made by one kernel for each eight of them.

    Parameters
    ----------
    arrays : sequence of arrays
        Of equal lengths along every other axis; NumPy arrays and lists among them too.
    axis : int or None
        None flattens the arrays first.
    out : array, optional
        The array that gets the result.
    dtype, casting : optional
        The dtype of the result in place of the one that the arrays promote to, and which casts to it are allowed, as NumPy calls them.

    Raises
    ------
    ArgumentError
        For no arrays, an axis that is not there, and both ``out`` and ``dtype``.
    ShapeError
        If lengths differ along another axis.
    DTypeError
        If nothing given is an array, or ``casting`` does not allow a cast.
    ContextError
        If the arrays are on two devices.

    Examples
    --------
    >>> import clnd
    >>> clnd.concat([clnd.zeros((2, 2)), clnd.ones((1, 2))])
    array([[0., 0.],
           [0., 0.],
           [1., 1.]], dtype=float32, device='cpu(0)')
    """
    return _concat("concat", arrays, axis, out, dtype, casting)


def concatenate(arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`concat` by NumPy's older name."""
    return _concat("concatenate", arrays, axis, out, dtype, casting)


def stack(arrays: Any, /, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays of one shape along a new axis; other arguments as of `concat`.

    Examples
    --------
    >>> import clnd
    >>> clnd.stack([clnd.asarray([1, 2]), clnd.asarray([3, 4])], axis=-1).asnumpy().tolist()
    [[1, 3], [2, 4]]
    """
    lead, nodes = _given("stack", arrays)
    return deliver("stack", out, lead._like(stack_node("stack", nodes, axis, _as_dtype("stack", nodes, dtype, casting, out))), casting)


def _at_least(node: Node, ndim: int) -> Node:
    """``node`` with axes of length 1, NumPy's way: in front, and of three axes the last one behind."""
    shape = node.shape
    if len(shape) >= ndim:
        return node
    if ndim == 3:
        shape = (1, 1, 1) if not shape else (1, shape[0], 1) if len(shape) == 1 else (*shape, 1)
    return reshaped_node(node, (1,) * (ndim - len(shape)) + shape)


def _assembled(name: str, arrays: Any, ndim: int, axis: int | None, dtype: Any, casting: str) -> Any:
    lead, nodes = _given(name, arrays)
    to = _as_dtype(name, nodes, dtype, casting)
    nodes = [_at_least(n, ndim) for n in nodes]
    if axis is None:  # of `hstack`
        axis = 0 if len(nodes[0].shape) == 1 else 1
    return lead._like(concat_node(name, nodes, axis, to))


def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays one below the other: along the first axis, vectors as rows. ``dtype`` and ``casting`` as of `concat`."""
    return _assembled("vstack", tup, 2, 0, dtype, casting)


def row_stack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """`vstack` by its older name."""
    return _assembled("row_stack", tup, 2, 0, dtype, casting)


def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays side by side: along the second axis, vectors along their only one. ``dtype`` and ``casting`` as of `concat`."""
    return _assembled("hstack", tup, 1, None, dtype, casting)


def dstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    """Arrays one behind the other: along the third axis. ``dtype`` and ``casting`` as of `concat`."""
    return _assembled("dstack", tup, 3, 2, dtype, casting)


def column_stack(tup: Any) -> Any:
    """Vectors as the columns of a matrix, and matrices beside them."""
    lead, nodes = _given("column_stack", tup)
    columns = [reshaped_node(n, (size_of(n.shape), 1)) if len(n.shape) < 2 else n for n in nodes]
    return lead._like(concat_node("column_stack", columns, 1))


def block(arrays: Any) -> Any:
    """An array from nested lists of blocks: the innermost lists are joined along the last axis, those around them along the axis before.

    Raises
    ------
    ArgumentError
        For empty lists, and lists nested unevenly.
    ShapeError
        If blocks do not fit together.

    Examples
    --------
    >>> import clnd
    >>> one, two = clnd.ones((2, 2)), clnd.zeros((2, 1))
    >>> clnd.block([[one, two], [clnd.zeros((1, 3))]]).shape
    (3, 3)
    """
    leaves: list[tuple[tuple[int, ...], Any]] = [*_leaves(arrays, ())]
    depth = len(leaves[0][0])
    if any(len(path) != depth for path, _ in leaves):
        raise ArgumentError("[block] got lists nested unevenly; expected every block at the same depth")
    lead, nodes = _nodes("block", [x for _, x in leaves])
    ndim = max(depth, *(len(n.shape) for n in nodes))
    nodes = [reshaped_node(n, (1,) * (ndim - len(n.shape)) + n.shape) for n in nodes]
    if depth == 0:
        return lead._like(nodes[0]).copy()
    corners, shape = _corners([path for path, _ in leaves], [n.shape for n in nodes], depth)
    return lead._like(block_node("block", nodes, corners, shape))


def _leaves(arrays: Any, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
    if isinstance(arrays, tuple):
        raise ArgumentError("[block] got a tuple; expected lists of blocks")
    if not isinstance(arrays, list):
        yield path, arrays
        return
    if not arrays:
        raise ArgumentError("[block] got an empty list; expected blocks in every list")
    for k, x in enumerate(arrays):
        yield from _leaves(x, (*path, k))


def _corners(paths: Sequence[tuple[int, ...]], shapes: Sequence[Shape], depth: int) -> tuple[list[Shape], Shape]:
    """Where each block's first element goes, and the shape of all: lists are joined from the innermost out."""
    corners = [[0] * len(shapes[0]) for _ in paths]
    # Of each list, by its path: its blocks' numbers, and its shape.
    parts: dict[tuple[int, ...], tuple[list[int], Shape]] = {path: ([k], shape) for k, (path, shape) in enumerate(zip(paths, shapes, strict=True))}
    for level in range(depth - 1, -1, -1):
        axis = len(shapes[0]) - depth + level
        joined: dict[tuple[int, ...], tuple[list[int], Shape]] = {}
        for path, (blocks, shape) in parts.items():
            before, so_far = joined.get(path[:level], ([], (*shape[:axis], 0, *shape[axis + 1 :])))
            if so_far[:axis] != shape[:axis] or so_far[axis + 1 :] != shape[axis + 1 :]:
                raise ShapeError(f"[block] got parts of shapes {so_far} and {shape} along axis {axis}; expected equal lengths along every other axis")
            for k in blocks:
                corners[k][axis] += so_far[axis]
            joined[path[:level]] = (before + blocks, (*shape[:axis], so_far[axis] + shape[axis], *shape[axis + 1 :]))
        parts = joined
    return [tuple(c) for c in corners], parts[()][1]


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` behind it along ``axis``; both flattened where that is None. A copy."""
    return _concat("append", (arr, values), axis, None, None, "same_kind")


# --- splitting: views --------------------------------------------------------------------------


def unstack(x: A, /, axis: int = 0) -> tuple[A, ...]:
    """The parts of ``x`` along ``axis``, without that axis; views."""
    x = as_operand("unstack", x)
    if not x.ndim:
        raise NoAxisError("[unstack] got an array without dimensions; expected at least one")
    at = (_ONE,) * normalize_axis("unstack", axis, x.ndim)
    return tuple(x[at + (slice(k, k + 1),)].squeeze(len(at)) for k in range(x.shape[len(at)]))


def array_split(ary: A, indices_or_sections: Any, axis: int = 0) -> list[A]:
    """Parts of ``ary`` along ``axis``, as a list of views.

    Parameters
    ----------
    indices_or_sections : int or sequence of int
        How many parts, the first of which are longer by one where the axis does not divide evenly; or where parts end, as in slices.

    Raises
    ------
    ArgumentError
        If there are no parts, or no such axis.
    """
    return _split("array_split", ary, indices_or_sections, axis, even=False)


def split(ary: A, indices_or_sections: Any, axis: int = 0) -> list[A]:
    """`array_split` into parts that are equally long, where a number of them is given.

    Raises
    ------
    ShapeError
        If the axis does not divide evenly.

    Examples
    --------
    >>> import clnd
    >>> [part.tolist() for part in clnd.split(clnd.arange(6), [1, 4])]
    [[0], [1, 2, 3], [4, 5]]
    """
    return _split("split", ary, indices_or_sections, axis, even=True)


def _split(name: str, ary: Any, parts: Any, axis: int, even: bool) -> list[Any]:
    ary = as_operand(name, ary)
    if not ary.ndim:
        raise NoAxisError(f"[{name}] got an array without dimensions; expected at least one")
    axis = normalize_axis(name, axis, ary.ndim)
    n = ary.shape[axis]
    if isinstance(parts, Array):
        parts = parts.tolist()
    try:
        sections = operator.index(parts)
    except TypeError:
        try:
            places = [operator.index(k) for k in (parts.tolist() if isinstance(parts, Array) else parts)]
        except TypeError:
            raise KindError(f"[{name}] got {parts!r}; expected how many parts, or the places where they begin") from None
        bounds = [0, *places, n]
    else:
        if sections < 1:
            raise ArgumentError(f"[{name}] got {sections} parts; expected at least one")
        if even and n % sections:
            raise ShapeError(f"[{name}] got {sections} parts of axis {axis} of length {n}; they are not equally long; use array_split()")
        step, more = divmod(n, sections)
        bounds = [k * step + min(k, more) for k in range(sections + 1)]
    at = (_ONE,) * axis
    return [ary[at + (slice(a, b),)] for a, b in pairwise(bounds)]


def vsplit(ary: A, indices_or_sections: Any) -> list[A]:
    """`split` along the first axis of an array of two dimensions or more."""
    return _split_of("vsplit", ary, indices_or_sections, 2, 0)


def hsplit(ary: A, indices_or_sections: Any) -> list[A]:
    """`split` along the second axis; of a vector along its only one."""
    ary = as_operand("hsplit", ary)
    return _split_of("hsplit", ary, indices_or_sections, 1, min(1, ary.ndim - 1))


def dsplit(ary: A, indices_or_sections: Any) -> list[A]:
    """`split` along the third axis of an array of three dimensions or more."""
    return _split_of("dsplit", ary, indices_or_sections, 3, 2)


def _split_of(name: str, ary: Any, parts: Any, least: int, axis: int) -> list[Any]:
    ary = as_operand(name, ary)
    if ary.ndim < least:
        raise ShapeError(f"[{name}] got shape {ary.shape}; expected at least {least} dimension{'s' * (least > 1)}")
    return _split(name, ary, parts, axis, even=True)


# --- parts left out and put in -----------------------------------------------------------------


def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """``arr`` without some of its parts along ``axis``; a copy.

    Parameters
    ----------
    obj : int, slice, sequence of int or of bool
        The parts that are left out. An array on a device is read by the host.
    axis : int or None
        None flattens the array first.

    Raises
    ------
    IndexingError
        If a part is not there, or a mask has another length than the axis.
    """
    x, axis = _axis_of("delete", arr, axis)
    n = x.shape[axis]
    keep = np.ones(n, np.bool_)
    keep[_places("delete", obj, n, axis)] = False
    return _runs(x, axis, keep)


def _axis_of(name: str, arr: Any, axis: int | None) -> tuple[Any, int]:
    arr = as_operand(name, arr)
    if axis is None:
        return arr.ravel(), 0
    return arr, normalize_axis(name, axis, arr.ndim)


def _places(name: str, obj: Any, n: int, axis: int, end: int = 0) -> Any:
    """What ``obj`` names along an axis of ``n`` (and ``end`` more), as a slice or NumPy's index array, counted from the front."""
    if isinstance(obj, slice):
        return np.arange(n)[obj]
    host = np.asarray(obj.asnumpy() if isinstance(obj, Array) else obj)
    if host.dtype == np.bool_:
        if host.shape != (n,):
            raise IndexingError(f"[{name}] got a mask of shape {host.shape} for axis {axis} of length {n}; expected one bool for each")
        return np.flatnonzero(host)
    if host.size == 0:
        return np.zeros(host.shape, np.int64)
    if host.dtype.kind not in "iu":
        raise IndexingError(f"[{name}] got {host.dtype} as an index; expected integers, bools or a slice")
    outside = host[(host < -n) | (host >= n + end)]
    if outside.size:
        raise IndexingError(f"[{name}] index {outside.flat[0]} is out of bounds for axis {axis} with size {n}")
    return np.where(host < 0, host + n, host)


def _runs(x: Any, axis: int, keep: Any) -> Any:
    """The parts of ``x`` along ``axis`` where ``keep`` is true."""
    edges = np.flatnonzero(np.diff(keep.astype(np.int8), prepend=np.int8(0), append=np.int8(0)))
    at = (_ONE,) * axis
    parts = [x[at + (slice(int(a), int(b)),)]._node for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return x._like(concat_node("delete", parts or [x[at + (slice(0, 0),)]._node], axis))


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """``arr`` with ``values`` put in before some of its parts along ``axis``; a copy.

    Parameters
    ----------
    obj : int, slice, sequence of int or of bool
        The parts, of ``arr`` as it is, before which values go; the length of the axis stands for its end. An array on a device is read by the host.
    values : array or number
        Cast to the dtype of ``arr``. For several parts their axis ``axis`` has the values of each, or one for all.
    axis : int or None
        None flattens the array first.

    Raises
    ------
    IndexingError
        If a part is not there.
    ShapeError
        If the values do not broadcast to what is put in.
    """
    x, axis = _axis_of("insert", arr, axis)
    lone = not isinstance(obj, slice) and np.ndim(obj) == 0
    places = np.atleast_1d(_places("insert", obj, x.shape[axis], axis, end=1))
    if places.ndim != 1:
        raise IndexingError(f"[insert] got indices of shape {places.shape}; expected one dimension")
    given = values if isinstance(values, Operand) else x._like(x._constant(values))
    given = x._like(cast_node(given._node, x._node.dtype))
    if lone and places.size == 1 and given.ndim:
        # NumPy's rule for a number: the values lie across the axis, as in ``x[..., k, ...] = values``.
        given = given.reshape((1,) * (x.ndim - given.ndim) + given.shape)
        order = [*range(1, axis + 1), 0, *range(axis + 1, x.ndim)]
        given = given.transpose(order)
        count = given.shape[axis]
        to = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        return x._like(_inserted(x, axis, [(int(places[0]), given.broadcast_to(to)._node)]))
    order = np.argsort(places, kind="stable").tolist()
    to = (*x.shape[:axis], len(order), *x.shape[axis + 1 :])
    wide = given.broadcast_to(to)
    at = (_ONE,) * axis
    return x._like(_inserted(x, axis, [(int(places[k]), wide[at + (slice(k, k + 1),)]._node) for k in order]))


def _inserted(x: Any, axis: int, parts: Sequence[tuple[int, Node]]) -> Node:
    """``x`` with each of ``parts`` before a place on ``axis``; places ascend."""
    at, nodes, done = (_ONE,) * axis, [], 0
    for place, node in parts:
        if place > done:
            nodes.append(x[at + (slice(done, place),)]._node)
            done = place
        nodes.append(node)
    if done < x.shape[axis] or not nodes:
        nodes.append(x[at + (slice(done, None),)]._node)
    return concat_node("insert", nodes, axis)


# --- dimensions --------------------------------------------------------------------------------


def _each_at_least(ndim: int, arrays: Sequence[Any]) -> Any:
    made = [x if isinstance(x, Array) else asarray(x) for x in arrays]
    result = tuple(x if x.ndim >= ndim else x.reshape(_at_least(x._node, ndim).shape) for x in made)
    return result[0] if len(result) == 1 else result


def atleast_1d(*arys: Any) -> Any:
    """Each array with at least one dimension, as a view; a tuple of several. Numbers and lists become arrays."""
    return _each_at_least(1, arys)


def atleast_2d(*arys: Any) -> Any:
    """Each array with at least two dimensions, as a view: vectors become rows. See `atleast_1d`."""
    return _each_at_least(2, arys)


def atleast_3d(*arys: Any) -> Any:
    """Each array with at least three dimensions, as a view: matrices get a last axis, vectors one on each side. See `atleast_1d`."""
    return _each_at_least(3, arys)
