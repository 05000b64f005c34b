"""NumPy's functions that make arrays of a pattern: grids, indices, triangles, diagonals, sequences, and arrays of data that the host has."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.api.creation import above_diagonal, arange, asarray, eye, full, linspace
from clnd.api.joining import concat
from clnd.arrays import Array, array_of
from clnd.context import Device, as_context
from clnd.dtypes import BOOL, INT, UINT, facts
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from clnd.graph.node import Node, Operand, as_operand, leading
from clnd.graph.record import scalar_node
from clnd.incoming import dtype_of_bytes
from clnd.ops import elementwise, sources
from clnd.ops.checks import outside
from clnd.ops.compaction import nonzero_nodes
from clnd.ops.gather import tell
from clnd.ops.joining import stack_node
from clnd.ops.moves import pad_node
from clnd.ops.op import cast_node
from clnd.ops.views import reshaped_node
from clnd.picking import MODES_OF_NUMPY
from clnd.shapes import Shape, as_shape, broadcast, contiguous_strides, is_contiguous, normalize_axis, size_of

__all__ = [
    "asanyarray", "ascontiguousarray", "asfortranarray", "c_", "diag", "diag_indices", "diag_indices_from", "diagflat", "frombuffer",
    "fromfunction", "fromiter", "fromstring", "geomspace", "identity", "indices", "ix_", "logspace", "meshgrid", "mgrid", "ogrid", "r_",
    "ravel_multi_index", "tri", "tril_indices", "tril_indices_from", "triu_indices", "triu_indices_from", "unravel_index", "vander",
]  # fmt: skip

A = TypeVar("A", bound=Array)


# --- arrays of other arrays --------------------------------------------------------------------


def asanyarray(a: Any, dtype: Any = None, order: Any = None, *, device: Device = None, copy: bool | None = None) -> Array:
    """`asarray`, by the name that keeps subclasses in NumPy; there are none."""
    return asarray(a, dtype, order, device=device, copy=copy)


def ascontiguousarray(a: Any, dtype: Any = None) -> Array:
    """`asarray` with at least one dimension, and in row-major order of memory: a copy of a view that lies otherwise."""
    x = asarray(a, dtype)
    x = x if x.ndim else x.reshape(1)
    _, shape, strides = x._layout()
    return x if is_contiguous(shape, strides) else x.copy()


def asfortranarray(a: Any, dtype: Any = None) -> Array:
    """`asarray`: arrays are row-major, and kernels read them in any order of axes."""
    return asarray(a, dtype)


# --- grids -------------------------------------------------------------------------------------


def meshgrid(*arrays: Any, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> tuple[Any, ...]:
    """The coordinates of a grid: of each of several vectors the elements along an axis of its own.

    Parameters
    ----------
    arrays : array of one dimension or none
    indexing : "xy" or "ij"
        Whether the first vector goes along the second axis, or along the first.
    sparse : bool
        Give arrays that broadcast to the grid, in place of the whole of it.
    copy : bool
        False gives views, which are read-only where elements are repeated.

    Raises
    ------
    ArgumentError
        For another ``indexing``.
    ShapeError
        For an array of two dimensions or more.

    Examples
    --------
    >>> import clnd
    >>> x, y = clnd.meshgrid(clnd.arange(3), clnd.arange(2))
    >>> (x + 10 * y).tolist()
    [[0, 1, 2], [10, 11, 12]]
    """
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"[meshgrid] got indexing {indexing!r}; expected 'xy' or 'ij'")
    lead = leading(arrays)
    vectors = [x if isinstance(x, Array) else asarray(x) if lead is None else lead._like(lead._constant(x)) for x in arrays]
    for x in vectors:
        if x.ndim > 1:
            raise ShapeError(f"[meshgrid] got an array of shape {x.shape}; expected one dimension at most")
    places = [*range(len(vectors))]
    if indexing == "xy" and len(vectors) > 1:
        places[:2] = [1, 0]
    made = [x.reshape(tuple(x.size if k == place else 1 for k in range(len(vectors)))) for x, place in zip(vectors, places, strict=True)]
    if not sparse and made:
        shape = broadcast("meshgrid", *(x.shape for x in made))
        made = [x.broadcast_to(shape) for x in made]
    return tuple(x.copy() if copy else x for x in made)


def indices(dimensions: Any, dtype: Any = int, sparse: bool = False, *, device: Device = None) -> Any:
    """The index of each element of an array of shape ``dimensions``: one array with a first axis for the axes, or a tuple that broadcasts where ``sparse``."""
    shape = as_shape("indices", dimensions)
    to, ctx = dtypes.as_dtype(dtype), as_context(device)
    nodes = [reshaped_node(cast_node(sources.index_node((n,), ctx), to), (1,) * k + (n,) + (1,) * (len(shape) - k - 1)) for k, n in enumerate(shape)]
    if sparse:
        return tuple(array_of(n) for n in nodes)
    if not nodes:
        return full((0,), 0, to, device=ctx)
    return array_of(stack_node("indices", [array_of(n).broadcast_to(shape)._node for n in nodes], 0))


def _progression(name: str, key: slice) -> Array:
    """What a slice stands for in `mgrid` and its kin: a complex step counts numbers, the last one included."""
    start = 0 if key.start is None else key.start
    if isinstance(key.step, complex):
        made: Array = linspace(start, key.stop, int(abs(key.step)))
        return made
    if key.stop is None:
        raise ArgumentError(f"[{name}] got {key}; expected a slice with an end")
    return arange(start, key.stop, 1 if key.step is None else key.step)


class _Grid:
    """What `mgrid` and `ogrid` are: indexed by slices, they give coordinates."""

    def __init__(self, name: str, sparse: bool) -> None:
        self.name = name
        self.sparse = sparse

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return _progression(self.name, key)
        if not isinstance(key, tuple) or not all(isinstance(k, slice) for k in key):
            raise IndexingError(f"[{self.name}] got {key!r}; expected slices, such as {self.name}[0:5, 0:1:3j]")
        vectors = [_progression(self.name, k) for k in key]
        to = dtypes.result_dtype(self.name, *(v._node.dtype for v in vectors))
        parts = meshgrid(*(v.astype(to, copy=False) for v in vectors), indexing="ij", sparse=self.sparse, copy=False)
        return parts if self.sparse else array_of(stack_node(self.name, [x._node for x in parts], 0))

    def __repr__(self) -> str:
        return f"<clnd.{self.name}: index it by slices>"


mgrid = _Grid("mgrid", sparse=False)
"""A whole grid of coordinates: ``mgrid[0:2, 0:1:3j]`` has the shape (2, 2, 3). A step of 3j counts three numbers, the end among them."""
ogrid = _Grid("ogrid", sparse=True)
"""The coordinates of `mgrid` as a tuple of arrays that broadcast to the grid."""


class _Joiner:
    """What `r_` and `c_` are: indexed by arrays, numbers and slices, they join them."""

    def __init__(self, name: str, columns: bool) -> None:
        self.name = name
        self.columns = columns

    def __getitem__(self, key: Any) -> Any:
        parts = []
        for x in key if isinstance(key, tuple) else (key,):
            if isinstance(x, str):
                raise ArgumentError(f"[{self.name}] got the directive {x!r}; expected arrays, numbers and slices; use concat() or stack()")
            part = _progression(self.name, x) if isinstance(x, slice) else asarray(x)
            parts.append(part.reshape((part.size, 1)) if self.columns and part.ndim < 2 else part if part.ndim else part.reshape(1))
        return concat(parts, axis=-1 if self.columns else 0)

    def __repr__(self) -> str:
        return f"<clnd.{self.name}: index it by arrays, numbers and slices>"


r_ = _Joiner("r_", columns=False)
"""Arrays, numbers and progressions one after the other: ``r_[0, x, 1:4]``. NumPy's directives in strings are refused."""
c_ = _Joiner("c_", columns=True)
"""Vectors side by side, as columns: ``c_[x, y]``. NumPy's directives in strings are refused."""


def ix_(*args: Any) -> tuple[Any, ...]:
    """Vectors that index a grid: each along an axis of its own. Vectors of bools stand for where they are true.

    Raises
    ------
    ShapeError
        For what is no vector.
    """
    found = []
    for k, x in enumerate(args):
        vector = asarray(x)
        if vector.ndim != 1:
            raise ShapeError(f"[ix_] got an array of shape {vector.shape}; expected one dimension")
        if vector.size == 0:
            vector = vector.astype("int64")
        node = vector._node
        if facts(node.dtype).kind == BOOL:
            (node,) = nonzero_nodes(node)
        found.append(vector._like(reshaped_node(node, (1,) * k + node.shape + (1,) * (len(args) - k - 1))))
    return tuple(found)


def fromfunction(function: Callable[..., Any], shape: Any, *, dtype: Any = float, device: Device = None, **kwargs: Any) -> Any:
    """What ``function`` gives for the coordinates of every element: it is called once, with an array for each axis."""
    to = dtypes.default_float() if dtype is float else dtype
    return function(*indices(shape, to, device=device), **kwargs)


# --- triangles ---------------------------------------------------------------------------------


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float, *, device: Device = None) -> Array:  # noqa: N803
    """Ones on and below diagonal ``k`` of a matrix of zeros, of ``N`` rows and ``M`` columns, or as many."""
    to = dtypes.default_float() if dtype is float else dtypes.as_dtype(dtype)
    rows, columns = as_shape("tri", (N, N if M is None else M))
    return (above_diagonal(rows, columns, as_context(device)) <= k).astype(to)


def tril_indices(n: int, k: int = 0, m: int | None = None, *, device: Device = None) -> tuple[Array, ...]:
    """The rows and the columns of the elements on and below diagonal ``k`` of a matrix of ``n`` rows and ``m`` columns, or as many."""
    rows, columns = as_shape("tril_indices", (n, n if m is None else m))
    return tuple(array_of(x) for x in nonzero_nodes((above_diagonal(rows, columns, as_context(device)) <= k)._node))


def triu_indices(n: int, k: int = 0, m: int | None = None, *, device: Device = None) -> tuple[Array, ...]:
    """The rows and the columns of the elements on and above diagonal ``k`` of a matrix of ``n`` rows and ``m`` columns, or as many."""
    rows, columns = as_shape("triu_indices", (n, n if m is None else m))
    return tuple(array_of(x) for x in nonzero_nodes((above_diagonal(rows, columns, as_context(device)) >= k)._node))


def _matrix(name: str, arr: Any) -> Shape:
    shape: Shape = as_operand(name, arr).shape
    if len(shape) != 2:
        raise ShapeError(f"[{name}] got shape {shape}; expected two dimensions")
    return shape


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Array, ...]:
    """`tril_indices` of a matrix of the shape of ``arr``, on its context."""
    n, m = _matrix("tril_indices_from", arr)
    return tril_indices(n, k, m, device=_where(arr))


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Array, ...]:
    """`triu_indices` of a matrix of the shape of ``arr``, on its context."""
    n, m = _matrix("triu_indices_from", arr)
    return triu_indices(n, k, m, device=_where(arr))


def _where(arr: Any) -> Device:
    """The context of an array; None, the current one, for data of the host."""
    return arr.ctx if isinstance(arr, Operand) else None  # type: ignore[attr-defined]


# --- diagonals ---------------------------------------------------------------------------------


def identity(n: int, dtype: Any = None, *, device: Device = None) -> Array:
    """Ones on the diagonal of a square matrix of zeros."""
    return eye(n, dtype=dtype, device=device)


def diag(v: A, k: int = 0) -> A:
    """A matrix with the vector ``v`` on diagonal ``k``; of a matrix that diagonal, as a view.

    Raises
    ------
    ShapeError
        For other numbers of dimensions.
    """
    x = as_operand("diag", v)
    k = operator.index(k)
    if x.ndim == 2:
        result: A = x.diagonal(k)
        return result
    if x.ndim != 1:
        raise ShapeError(f"[diag] got shape {x.shape}; expected one or two dimensions")
    n = x.size + abs(k)
    # Element i of the vector is in row i above the diagonal, and in column i below.
    line = pad_node(x._node, {0: (0, abs(k))}, "constant", 0) if k else x._node
    line = reshaped_node(line, (n, 1) if k >= 0 else (1, n))
    on = elementwise.equal.node([above_diagonal(n, n, x.ctx)._node, scalar_node(k, dtypes.int64)])
    return x._like(elementwise.where.node([on, line, scalar_node(0, x._node.dtype)]))


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with the elements of ``v`` on diagonal ``k``."""
    return diag(asarray(v).ravel(), k)


def diag_indices(n: int, ndim: int = 2, *, device: Device = None) -> tuple[Array, ...]:
    """The indices of the diagonal of an array with ``ndim`` axes of length ``n``."""
    return (arange(n, device=device),) * ndim


def diag_indices_from(arr: Any) -> tuple[Array, ...]:
    """`diag_indices` of the array ``arr``, whose axes are of one length."""
    arr = as_operand("diag_indices_from", arr)
    shape = arr.shape
    if len(shape) < 2 or len(set(shape)) > 1:
        raise ShapeError(f"[diag_indices_from] got shape {shape}; expected two dimensions or more, of equal lengths")
    return diag_indices(shape[0], len(shape), device=arr.ctx)


# --- sequences ---------------------------------------------------------------------------------


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # noqa: N803
    """The powers of each element of a vector in a row of ``N``, or as many as there are elements; from the highest on, or else ``increasing``."""
    vector = as_operand("vander", x)
    if vector.ndim != 1:
        raise ShapeError(f"[vander] got shape {vector.shape}; expected one dimension")
    (count,) = as_shape("vander", vector.size if N is None else N)
    node = vector._node
    to = dtypes.promote("vander", node.dtype, dtypes.DEFAULT_INT) if facts(node.dtype).kind in (BOOL, INT, UINT) else node.dtype
    node = cast_node(node, to)
    if not count:
        return vector._like(sources.full_node((vector.size, 0), 0, to, vector.ctx))
    powers = [sources.full_node((vector.size,), 1, to, vector.ctx), *([node] if count > 1 else [])]
    while len(powers) < count:
        powers.append(elementwise.multiply.node([powers[-1], node]))
    return vector._like(stack_node("vander", powers if increasing else powers[::-1], 1))


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0, *, device: Device = None
) -> Any:
    """``base`` to the power of each number of `linspace`."""
    powers = linspace(start, stop, num, endpoint, axis=axis, device=device)
    if isinstance(base, Operand) and base.ndim:  # type: ignore[attr-defined]
        raise ShapeError("[logspace] got an array as base; expected a number")
    result = elementwise.pow(float(base) if isinstance(base, (int, Operand)) else base, powers)  # type: ignore[arg-type]
    return result if dtype is None else result.astype(dtype, copy=False)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0, *, device: Device = None) -> Any:
    """``num`` numbers from ``start`` to ``stop``, each the same multiple of the one before; real numbers of one sign.

    Raises
    ------
    ArgumentError
        For zeros, complex numbers and arrays, and numbers of two signs.
    """
    if any(not isinstance(x, (int, float)) for x in (start, stop)):
        raise ArgumentError(f"[geomspace] got {start!r} and {stop!r}; expected real numbers")
    if start * stop <= 0:
        raise ArgumentError(f"[geomspace] got {start!r} and {stop!r}; expected numbers of one sign, and no zeros")
    normalize_axis("geomspace", axis, 1)
    sign = -1.0 if start < 0 else 1.0
    result = elementwise.pow(10.0, linspace(np.log10(abs(start)).item(), np.log10(abs(stop)).item(), num, endpoint, device=device)) * sign
    place = arange(num, device=device)
    if num > 0:
        result = elementwise.where(place == 0, float(start), result)
    if num > 1 and endpoint:
        result = elementwise.where(place == num - 1, float(stop), result)
    return result if dtype is None else result.astype(dtype, copy=False)


# --- numbers of elements -----------------------------------------------------------------------


def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Any, ...]:
    """The index of each element whose number in an array of ``shape`` is given; a tuple with a part for each axis.

    Numbers give numbers, arrays of the host arrays. They are checked here; those of an array on a device by who reads the result.

    Raises
    ------
    ArgumentError
        For another ``order`` than "C" and "F".
    IndexingError
        If a number is not that of an element.
    """
    lengths = as_shape("unravel_index", shape)
    steps = _steps("unravel_index", lengths, order)
    if not isinstance(indices, Array):
        try:
            host = np.unravel_index(indices, lengths, order)  # type: ignore[call-overload]
        except (TypeError, ValueError) as error:
            raise IndexingError(f"[unravel_index] got {indices!r} for shape {lengths}: {error}") from None
        return tuple(x if np.ndim(x) == 0 else asarray(x) for x in host)
    node = _of_integers("unravel_index", indices._node)
    fault = outside("unravel_index", node, size_of(lengths), f"shape {lengths}")
    parts = []
    for n, step in zip(lengths, steps, strict=True):
        part = elementwise.floor_divide.node([node, scalar_node(max(step, 1), dtypes.int64)])
        part = elementwise.remainder.node([part, scalar_node(max(n, 1), dtypes.int64)])
        tell(part, fault)
        parts.append(indices._like(part))
    return tuple(parts)


def _of_integers(name: str, node: Node) -> Node:
    if facts(node.dtype).kind not in (INT, UINT):
        raise DTypeError(f"[{name}] got {node.dtype.name}; expected integers; cast with astype()")
    return cast_node(node, dtypes.int64)


def _steps(name: str, shape: Shape, order: str) -> Shape:
    """How many elements an element is before the next along each axis."""
    if order not in ("C", "F"):
        raise ArgumentError(f"[{name}] got order {order!r}; expected 'C' or 'F'")
    return contiguous_strides(shape) if order == "C" else contiguous_strides(shape[::-1])[::-1]


def ravel_multi_index(multi_index: Sequence[Any], dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """The number of the element at each index; ``multi_index`` has a part for each axis.

    Parameters
    ----------
    mode : "raise", "wrap" or "clip", or one for each axis
        What becomes of an index outside of its axis. It is told, of arrays on a device by who reads the result.

    Raises
    ------
    ArgumentError
        For another mode or order, and not as many parts as axes.
    IndexingError
        If an index is outside of its axis.
    """
    lengths = as_shape("ravel_multi_index", dims)
    steps = _steps("ravel_multi_index", lengths, order)
    parts = [*multi_index]
    if len(parts) != len(lengths):
        raise ArgumentError(f"[ravel_multi_index] got {len(parts)} parts for {len(lengths)} axes; expected one for each")
    modes = [mode] * len(lengths) if isinstance(mode, str) else [*mode]
    if any(m not in MODES_OF_NUMPY for m in modes) or len(modes) != len(lengths):
        raise ArgumentError(f"[ravel_multi_index] got mode {mode!r}; expected 'raise', 'wrap' or 'clip', or one for each axis")
    lead = leading(parts)
    if lead is None:
        try:
            host = np.ravel_multi_index(tuple(parts), lengths, modes, order)  # type: ignore[call-overload]
        except ValueError as error:
            raise IndexingError(f"[ravel_multi_index] got an index outside of shape {lengths}: {error}") from None
        return host if np.ndim(host) == 0 else asarray(host)
    total: Node | None = None
    for axis, (x, n, step, how) in enumerate(zip(parts, lengths, steps, modes, strict=True)):
        node = _of_integers("ravel_multi_index", x._node if isinstance(x, Operand) else asarray(x, device=lead.ctx)._node)
        fault = None
        if how == "wrap":
            node = elementwise.remainder.node([node, scalar_node(max(n, 1), dtypes.int64)])
        elif how == "clip":
            node = elementwise.maximum.node([node, scalar_node(0, dtypes.int64)])
            node = elementwise.minimum.node([node, scalar_node(max(n - 1, 0), dtypes.int64)])
        else:
            fault = outside("ravel_multi_index", node, n, f"axis {axis} of shape {lengths}")
        part = elementwise.multiply.node([node, scalar_node(step, dtypes.int64)])
        tell(part, fault)
        total = part if total is None else elementwise.add.node([total, part])
    return lead._like(total)


# --- data of the host --------------------------------------------------------------------------


def frombuffer(buffer: Any, dtype: Any = float, count: int = -1, offset: int = 0, *, device: Device = None) -> Array:
    """An array of the bytes of ``buffer``, which is copied; arguments as NumPy's. The default dtype is float64, as bytes have no other."""
    return asarray(np.frombuffer(buffer, dtype_of_bytes(dtype), count, offset), device=device)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, device: Device = None) -> Array:
    """A vector of what ``iter`` gives; the host collects it."""
    return asarray(np.fromiter(iter, dtypes.as_dtype(dtype), count), device=device)


def fromstring(string: str, dtype: Any = float, count: int = -1, *, sep: str, device: Device = None) -> Array:
    """A vector of the numbers in a text, ``sep`` between them; the host reads it."""
    return asarray(np.fromstring(string, dtypes.as_dtype(dtype), count, sep=sep), device=device)
