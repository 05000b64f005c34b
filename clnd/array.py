"""The array: operators, indexing, moving between devices and host, printing.

An `Array` is a window on a store. The store holds one node, the present content; the window is the
whole of it or a view (offset, shape, strides). Assignment gives the store a new node, and every
view reads the store's node of the moment, so NumPy's aliasing rules hold without pending work ever
seeing a change.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from types import EllipsisType
from typing import Any, SupportsIndex

import numpy as np

from clnd import dtypes
from clnd.context import Context, as_context
from clnd.dtypes import DType, facts
from clnd.errors import ArgumentError, ContextError, DTypeError, IndexingError, ShapeError
from clnd.graph import ops, products, reductions, sources
from clnd.graph.node import Node, Operand
from clnd.graph.op import cast_node, record
from clnd.graph.run import run
from clnd.graph.update import covers, update_node
from clnd.graph.views import settled, view_node
from clnd.shapes import (
    Shape,
    as_shape,
    broadcast,
    broadcast_strides,
    contiguous_strides,
    is_contiguous,
    normalize_axis,
    size_of,
)  # fmt: skip

__all__ = ["Array", "from_numpy"]

_Place = tuple[int, Shape, Shape]
_EDGE_ITEMS, _PRINT_THRESHOLD = 3, 1000


class _Store:
    """What arrays and their views share: the node that is the content now."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


class Array(Operand):
    """An n-dimensional array on a device.

    Made by functions (`asarray`, `zeros`, `random.uniform`, ...) and operations, not by calling
    the class. Operations are lazy: they are recorded, fused, and run when a value is read.

    Examples
    --------
    >>> import clnd
    >>> a = clnd.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype="float32")
    >>> (a * a).sum(axis=1).asnumpy()
    array([14., 77.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_place", "_store")
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 1000.0

    _store: _Store
    _place: _Place | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("arrays are made by functions such as clnd.asarray(data) or clnd.zeros(shape), not by Array()")

    # --- what graph asks of an operand --------------------------------------------------------

    @property
    def node(self) -> Node:
        """The node that stands for the array's present content."""
        place = self._place
        if place is None:
            return self._store.node
        return view_node(self._store.node, *place)

    def like(self, node: Node) -> Any:
        """An array of this class that owns ``node``."""
        return _wrap(type(self), node)

    def constant(self, data: Any) -> Node:
        """A node for host data that meets this array in an operation."""
        if isinstance(data, np.ndarray):
            return sources.from_host(data, self._store.node.ctx)  # type: ignore[arg-type]
        if isinstance(data, (list, tuple)):
            host = np.asarray(data)
            if host.dtype.kind in "biufc":
                if host.dtype.kind == "f":
                    host = host.astype(np.float32)
                return sources.from_host(host, self._store.node.ctx)  # type: ignore[arg-type]
        raise DTypeError(
            f"[array] got a {type(data).__name__} as an operand; expected a clnd array, a NumPy array or a number"
        )

    # --- facts --------------------------------------------------------------------------------

    @property
    def shape(self) -> Shape:
        """The length of each axis."""
        return self._store.node.shape if self._place is None else self._place[1]

    @property
    def dtype(self) -> Any:
        """The element type, a ``np.dtype``."""
        return self._store.node.dtype

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements."""
        return size_of(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self._store.node.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def ctx(self) -> Context:
        """The context the array is on."""
        ctx = self._store.node.ctx
        assert ctx is not None
        return ctx

    @property
    def context(self) -> Context:
        """The context the array is on; the same as ``ctx``."""
        return self.ctx

    @property
    def device(self) -> Context:
        """The context the array is on, by the array API standard's name."""
        return self.ctx

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError("[len] got an array without dimensions; expected at least one")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        for k in range(len(self)):
            yield self[k]

    # --- views --------------------------------------------------------------------------------

    def _layout(self) -> _Place:
        """Offset, shape and strides within the store."""
        if self._place is None:
            shape = self._store.node.shape
            return 0, shape, contiguous_strides(shape)
        return self._place

    def _view(self, offset: int, shape: Shape, strides: Shape) -> Any:
        view: Array = object.__new__(type(self))
        view._store = self._store
        view._place = (offset, shape, strides)
        return view

    @property
    def T(self) -> Any:
        """The array with its axes reversed; a view."""
        return self.transpose()

    @property
    def mT(self) -> Any:
        """The array with its last two axes swapped; a view."""
        if self.ndim < 2:
            raise ShapeError(f"[mT] got shape {self.shape}; expected at least two dimensions")
        return self.transpose((*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))

    def transpose(self, *axes: Any) -> Any:
        """A view with axes in the order ``axes``; reversed where none are given."""
        offset, shape, strides = self._layout()
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], SupportsIndex) else axes
        order = tuple(range(self.ndim))[::-1] if not order else tuple(normalize_axis("transpose", a, self.ndim) for a in order)
        if sorted(order) != list(range(self.ndim)):
            raise ArgumentError(f"[transpose] got axes {order} for shape {shape}; expected each of {self.ndim} axes once")
        return self._view(offset, tuple(shape[a] for a in order), tuple(strides[a] for a in order))

    def reshape(self, *shape: Any) -> Any:
        """The elements in row-major order in another shape; one length may be -1. A view where memory allows."""
        given = shape[0] if len(shape) == 1 and not isinstance(shape[0], SupportsIndex) else shape
        to = _known_shape(self.shape, tuple(operator.index(n) for n in given))
        offset, old, strides = self._layout()
        if to == old:
            return self._view(offset, old, strides)
        steps = _reshaped_strides(old, strides, to)
        if steps is None:
            return _wrap(type(self), sources.COPY.node([self.node])).reshape(to)
        return self._view(offset, to, steps)

    def broadcast_to(self, shape: Any) -> Any:
        """A read-only view of ``shape`` in which axes of length 1 are repeated."""
        to = as_shape("broadcast_to", shape)
        offset, old, strides = self._layout()
        if broadcast("broadcast_to", old, to) != to:
            raise ShapeError(f"[broadcast_to] got shape {old} to {to}; expected lengths equal or 1")
        return self._view(offset, to, broadcast_strides(old, strides, to))

    def expand_dims(self, axis: Any = 0) -> Any:
        """A view with an axis of length 1 (or several) at ``axis``."""
        axes = (axis,) if isinstance(axis, SupportsIndex) else tuple(axis)
        ndim = self.ndim + len(axes)
        where = {normalize_axis("expand_dims", a, ndim) for a in axes}
        if len(where) != len(axes):
            raise ArgumentError(f"[expand_dims] got axis {axes}; expected each axis once")
        offset, shape, strides = self._layout()
        rest = iter(zip(shape, strides, strict=True))
        pairs = [(1, 0) if k in where else next(rest) for k in range(ndim)]
        return self._view(offset, tuple(n for n, _ in pairs), tuple(s for _, s in pairs))

    def squeeze(self, axis: Any = None) -> Any:
        """A view without axes of length 1: those of ``axis``, or all."""
        offset, shape, strides = self._layout()
        if axis is None:
            where = {k for k, n in enumerate(shape) if n == 1}
        else:
            axes = (axis,) if isinstance(axis, SupportsIndex) else tuple(axis)
            where = {normalize_axis("squeeze", a, self.ndim) for a in axes}
            if any(shape[k] != 1 for k in where):
                raise ArgumentError(f"[squeeze] got axis {axis} of shape {shape}; expected axes of length 1")
        kept = [k for k in range(self.ndim) if k not in where]
        return self._view(offset, tuple(shape[k] for k in kept), tuple(strides[k] for k in kept))

    def swapaxes(self, dim1: int, dim2: int) -> Any:
        """A view with two axes exchanged."""
        order = list(range(self.ndim))
        a, b = normalize_axis("swapaxes", dim1, self.ndim), normalize_axis("swapaxes", dim2, self.ndim)
        order[a], order[b] = order[b], order[a]
        return self.transpose(tuple(order))

    def flatten(self) -> Any:
        """A copy in one dimension."""
        return self.copy().reshape(-1)

    def ravel(self) -> Any:
        """The elements in one dimension; a view where memory allows."""
        return self.reshape(-1)

    # --- indexing -----------------------------------------------------------------------------

    def _place_of(self, key: Any) -> _Place:
        """Offset, shape and strides of a basic index within the store."""
        offset, shape, strides = self._layout()
        keys = key if isinstance(key, tuple) else (key,)
        used = sum(k is not None and k is not Ellipsis for k in keys)
        if used > len(shape):
            raise IndexingError(f"[getitem] got {used} indices for shape {shape}; expected at most {len(shape)}")
        if sum(k is Ellipsis for k in keys) > 1:
            raise IndexingError("[getitem] got more than one ellipsis; expected one at most")
        if Ellipsis not in [k for k in keys if isinstance(k, EllipsisType)]:
            keys = (*keys, Ellipsis)
        lengths: list[int] = []
        steps: list[int] = []
        axis = 0
        for k in keys:
            if k is None:
                lengths.append(1)
                steps.append(0)
            elif k is Ellipsis:
                count = len(shape) - used
                lengths += shape[axis : axis + count]
                steps += strides[axis : axis + count]
                axis += count
            elif isinstance(k, slice):
                start, stop, step = _slice_indices(k, shape[axis])
                n = len(range(start, stop, step))
                if n:
                    offset += start * strides[axis]
                lengths.append(n)
                steps.append(step * strides[axis])
                axis += 1
            else:
                offset += _whole_index(k, shape[axis], axis) * strides[axis]
                axis += 1
        return offset, tuple(lengths), tuple(steps)

    def __getitem__(self, key: Any) -> Any:
        """A view, for integers, slices, None and an ellipsis."""
        return self._view(*self._place_of(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set a region to a number or an array that broadcasts to it; it is cast to this dtype."""
        self._assign(self._place_of(key), value)

    def _assign(self, place: _Place, value: Any) -> None:
        offset, shape, strides = place
        if size_of(shape) and any(s == 0 and n > 1 for n, s in zip(shape, strides, strict=True)):
            raise ArgumentError(
                "[setitem] got a view made by broadcast_to, whose elements share memory; expected a writable array; assign to a .copy()"
            )
        store = self._store
        if isinstance(value, Array):
            source = _trimmed(value.to_device(self.ctx), shape).node
        elif isinstance(value, (bool, int, float, complex, np.generic)):
            source = sources.full_node((), value, store.node.dtype, self.ctx)
        else:
            host = _trimmed(_host_array(value), shape)
            if host.dtype == np.float64 and store.node.dtype == np.float32 and not self.ctx.info.fp64:
                # NumPy's default dtype, for a device without it: rounded here to the bits that the device would give.
                with np.errstate(over="ignore", under="ignore"):
                    host = host.astype(np.float32)
            source = sources.from_host(host, self.ctx)
        if not _broadcasts_to(source.shape, shape):
            raise ShapeError(
                f"[setitem] got a value of shape {source.shape} for a region of shape {shape}; expected one that broadcasts to it"
            )
        source = cast_node(source, store.node.dtype)
        if size_of(shape) == 0:
            return
        base = store.node
        if covers(base.shape, offset, shape, strides):
            store.node = record(sources.COPY, (source,), shape, base.dtype, base.ctx)
            return
        run((base, source))
        store.node = update_node(base, offset, shape, strides, source)
        # From here on only the new node holds the old memory, which may then be written in place.
        del base, source
        run((store.node,))

    # --- operators ----------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return _binary(ops.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return _binary(ops.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return _binary(ops.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _binary(ops.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return _binary(ops.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _binary(ops.multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        return _binary(ops.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _binary(ops.divide, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _binary(ops.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _binary(ops.floor_divide, other, self)

    def __mod__(self, other: Any) -> Any:
        return _binary(ops.remainder, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _binary(ops.remainder, other, self)

    def __pow__(self, other: Any) -> Any:
        # As NumPy: these powers are exact operations of their own.
        if isinstance(other, (int, float)) and not isinstance(other, bool):
            if other == 2:
                return ops.square.apply(self)
            if facts(self._store.node.dtype).kind in (dtypes.FLOAT, dtypes.COMPLEX):
                special = {1: ops.positive, 0.5: ops.sqrt, -1: ops.reciprocal}.get(other)
                if special is not None:
                    return special.apply(self)
        return _binary(ops.pow, self, other)

    def __rpow__(self, other: Any) -> Any:
        return _binary(ops.pow, other, self)

    def __and__(self, other: Any) -> Any:
        return _binary(ops.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Any:
        return _binary(ops.bitwise_and, other, self)

    def __or__(self, other: Any) -> Any:
        return _binary(ops.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Any:
        return _binary(ops.bitwise_or, other, self)

    def __xor__(self, other: Any) -> Any:
        return _binary(ops.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Any:
        return _binary(ops.bitwise_xor, other, self)

    def __lshift__(self, other: Any) -> Any:
        return _binary(ops.bitwise_left_shift, self, other)

    def __rlshift__(self, other: Any) -> Any:
        return _binary(ops.bitwise_left_shift, other, self)

    def __rshift__(self, other: Any) -> Any:
        return _binary(ops.bitwise_right_shift, self, other)

    def __rrshift__(self, other: Any) -> Any:
        return _binary(ops.bitwise_right_shift, other, self)

    def __matmul__(self, other: Any) -> Any:
        return products.matmul(self, other) if _is_operand(other) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(other, self) if _is_operand(other) else NotImplemented

    def __neg__(self) -> Any:
        return ops.negative.apply(self)

    def __pos__(self) -> Any:
        return ops.positive.apply(self)

    def __abs__(self) -> Any:
        return ops.abs.apply(self)

    def __invert__(self) -> Any:
        return ops.bitwise_invert.apply(self)

    def __eq__(self, other: object) -> Any:
        return _binary(ops.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return _binary(ops.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return _binary(ops.less, self, other)

    def __le__(self, other: Any) -> Any:
        return _binary(ops.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return _binary(ops.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return _binary(ops.greater_equal, self, other)

    def _in_place(self, op: Any, other: Any, operator: Any = None) -> Any:
        """``self op= other``: the store gets a new node, which fuses; views of the store see it."""
        if not _is_operand(other):
            return NotImplemented
        result = (operator(other) if operator is not None else op.apply(self, other)).node
        return self.take(op.name, result)

    def take(self, name: str, node: Node) -> Any:
        """Make ``node`` the content: what in-place operators and ``out=`` do. Lazy; views of the store see it."""
        shape = self.shape
        if node.shape != shape:
            raise ShapeError(
                f"[{name}] got a result of shape {node.shape} to keep in an array of shape {shape}; "
                f"expected operands that broadcast to {shape}"
            )
        mine, theirs = facts(self._store.node.dtype), facts(node.dtype)
        ranks = {dtypes.BOOL: 0, dtypes.UINT: 1, dtypes.INT: 1, dtypes.FLOAT: 2, dtypes.COMPLEX: 3}
        if ranks[theirs.kind] > ranks[mine.kind]:
            raise DTypeError(
                f"[{name}] got {theirs.name} to keep in an array of {mine.name}; "
                "expected a result of the same kind; write a = a op b, or cast with astype()"
            )
        if node.ctx is not self.ctx and node.ctx.device is not self.ctx.device:  # type: ignore[union-attr]
            raise ContextError(f"[{name}] got a result on {node.ctx} to keep in an array on {self.ctx}; expected one context; use copyto()")
        result = cast_node(node, self._store.node.dtype)
        if self._place is None:
            self._store.node = result
        else:
            self._assign(self._place, self.like(result))
        return self

    def __iadd__(self, other: Any) -> Any:
        return self._in_place(ops.add, other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place(ops.subtract, other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place(ops.multiply, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place(ops.divide, other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._in_place(ops.floor_divide, other)

    def __imod__(self, other: Any) -> Any:
        return self._in_place(ops.remainder, other)

    def __ipow__(self, other: Any) -> Any:
        return self._in_place(ops.pow, other, self.__pow__)

    def __iand__(self, other: Any) -> Any:
        return self._in_place(ops.bitwise_and, other)

    def __ior__(self, other: Any) -> Any:
        return self._in_place(ops.bitwise_or, other)

    def __ixor__(self, other: Any) -> Any:
        return self._in_place(ops.bitwise_xor, other)

    def __ilshift__(self, other: Any) -> Any:
        return self._in_place(ops.bitwise_left_shift, other)

    def __irshift__(self, other: Any) -> Any:
        return self._in_place(ops.bitwise_right_shift, other)

    # --- methods of operations ----------------------------------------------------------------

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The array as ``dtype``; the same object where nothing changes and ``copy`` is false."""
        to = dtypes.as_dtype(dtype)
        if to == self._store.node.dtype:
            return self.copy() if copy else self
        return self.like(cast_node(self.node, to))

    def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        """The sum over ``axis`` (all axes where None), in the canonical order."""
        return reductions.sum(self, axis=axis, dtype=dtype, keepdims=keepdims)

    def prod(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
        """The product over ``axis``."""
        return reductions.prod(self, axis=axis, dtype=dtype, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over ``axis``; float32 for integers."""
        return reductions.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        """The variance over ``axis``, divided by n - ``correction``."""
        return reductions.var(self, axis=axis, correction=correction, keepdims=keepdims)

    def std(self, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
        """The standard deviation over ``axis``."""
        return reductions.std(self, axis=axis, correction=correction, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The smallest element over ``axis``; NaN where there is one."""
        return reductions.min(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The largest element over ``axis``; NaN where there is one."""
        return reductions.max(self, axis=axis, keepdims=keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Any:
        """True where any element over ``axis`` is not 0."""
        return reductions.any(self, axis=axis, keepdims=keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Any:
        """True where every element over ``axis`` is not 0."""
        return reductions.all(self, axis=axis, keepdims=keepdims)

    def argmin(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The index of the smallest element; of the first NaN where there is one."""
        return reductions.argmin(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The index of the largest element; of the first NaN where there is one."""
        return reductions.argmax(self, axis=axis, keepdims=keepdims)

    def dot(self, other: Any) -> Any:
        """The product of two vectors or matrices."""
        return products.dot(self, other)

    def conj(self) -> Any:
        """The complex conjugate."""
        return ops.conj.apply(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return ops.real.apply(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return ops.imag.apply(self)

    # --- running ------------------------------------------------------------------------------

    def wait_to_read(self) -> None:
        """Run what the array needs and wait until it is there."""
        run((self.node,))
        self.ctx.device.finish()

    # --- to the host --------------------------------------------------------------------------

    def asnumpy(self) -> np.ndarray[Any, Any]:
        """A copy as a NumPy array."""
        run((self.node,))  # first: what cannot be computed needs no host memory either
        host = np.empty(self.shape, self._store.node.dtype)
        self._read_into(host)
        return host

    def get(self) -> np.ndarray[Any, Any]:
        """A copy as a NumPy array; CuPy's name of `asnumpy`."""
        return self.asnumpy()

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """A copy as a NumPy array; xarray's name of `asnumpy`."""
        return self.asnumpy()

    def _on_host(self) -> np.ndarray[Any, Any] | None:
        """The array's own memory as a read-only NumPy array, on devices that share the host's; else None."""
        node = self.node
        run((node,))
        value = node.value
        assert value is not None
        if value.block.host is None:
            return None
        self.ctx.device.wait_for_host(value.block)
        if size_of(node.shape) == 0:
            return np.empty(node.shape, node.dtype)
        return np.asarray(_Shared(value.block, value.offset, node.shape, node.strides, node.dtype))

    def _read_into(self, host: np.ndarray[Any, Any]) -> None:
        shared = self._on_host()
        if shared is not None:
            np.copyto(host, shared)
            return
        node = self.node
        run((node,))
        if not is_contiguous(node.shape, node.strides):
            node = sources.COPY.node([node])
            run((node,))
        assert node.value is not None
        self.ctx.device.read(node.value.block, host, node.value.offset * node.dtype.itemsize)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """The values for NumPy: on CPU contexts the array's own memory, read-only, unless a copy is asked for."""
        shared = None if copy else self._on_host()
        if shared is None:
            if copy is False:
                raise ArgumentError(f"[__array__] got copy=False for an array on {self.ctx}, whose memory the host cannot see; use copy=None")
            shared = self.asnumpy()
        if dtype is not None and np.dtype(dtype) != shared.dtype:
            if copy is False:
                raise ArgumentError(f"[__array__] got copy=False and another dtype, {np.dtype(dtype).name}; use copy=None")
            return shared.astype(dtype)
        return shared

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on clnd arrays: those that clnd has run on the device."""
        op = _by_ufunc().get(ufunc)
        if op is None or method != "__call__" or kwargs:
            return NotImplemented
        return op.apply(*inputs)

    def item(self) -> Any:
        """The only element as a Python number.

        Raises
        ------
        ShapeError
            Where there is not exactly one.
        """
        if self.size != 1:
            raise ShapeError(f"[item] got shape {self.shape}; expected an array of one element; index it first")
        return self.asnumpy().item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"[bool] the truth value of an array of shape {self.shape} is ambiguous; expected one element; use .any() or .all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if facts(self._store.node.dtype).kind not in (dtypes.INT, dtypes.UINT):
            raise DTypeError(f"[index] got {self._store.node.dtype.name}; expected an integer array of one element")
        return operator.index(self.item())

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    # --- copies and moves ---------------------------------------------------------------------

    def copy(self) -> Any:
        """A copy in memory of its own, on the same context."""
        return self.like(sources.COPY.node([self.node]))

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def to_device(self, device: Context | str, /, *, stream: Any = None) -> Any:
        """The array on another context; itself where it is there already.

        Raises
        ------
        ArgumentError
            For a ``stream``, which clnd does not have.
        """
        if stream is not None:
            raise ArgumentError("[to_device] got a stream; expected None, as clnd has one queue a device")
        ctx = as_context(device)
        if ctx.device is self.ctx.device:
            return self
        shared = self._on_host()
        return self.like(sources.from_host(self.asnumpy() if shared is None else shared, ctx))

    def as_in_context(self, context: Context | str) -> Any:
        """The array on another context; itself where it is there already. MXNet's name of `to_device`."""
        return self.to_device(context)

    def copyto(self, other: Any) -> Any:
        """Copy into another array (which is returned), or to a context."""
        if isinstance(other, Array):
            if other.shape != self.shape:
                raise ShapeError(f"[copyto] got shape {self.shape} to copy into {other.shape}; expected equal shapes")
            other._assign(other._layout(), self)
            return other
        moved = self.to_device(other)
        return moved.copy() if moved is self else moved

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), self.asnumpy(), str(self.ctx))

    # --- printing -----------------------------------------------------------------------------

    def _for_print(self) -> np.ndarray[Any, Any]:
        """The elements, or those at the edges where there are many: only these are fetched."""
        if self.size <= _PRINT_THRESHOLD:
            return self.asnumpy()
        shape = tuple(min(n, 2 * _EDGE_ITEMS + 1) for n in self.shape)
        host = np.zeros(shape, self._store.node.dtype)
        for corner in np.ndindex(*(2 if n > 2 * _EDGE_ITEMS else 1 for n in self.shape)):
            source, target = [], []
            for last, n in zip(corner, self.shape, strict=True):
                whole = n <= 2 * _EDGE_ITEMS
                source.append(slice(None) if whole else (slice(n - _EDGE_ITEMS, n) if last else slice(0, _EDGE_ITEMS + 1)))
                target.append(slice(None) if whole else (slice(_EDGE_ITEMS + 1, None) if last else slice(0, _EDGE_ITEMS + 1)))
            host[tuple(target)] = self[tuple(source)].asnumpy()
        return host

    def __repr__(self) -> str:
        threshold = _PRINT_THRESHOLD if self.size <= _PRINT_THRESHOLD else 0
        body = np.array2string(
            self._for_print(), separator=", ", prefix="array(", threshold=threshold, edgeitems=_EDGE_ITEMS
        )
        if 0 in self.shape:
            body = f"[], shape={self.shape}"
        return f"array({body}, dtype={self._store.node.dtype.name}, device={str(self.ctx)!r})"

    def __str__(self) -> str:
        threshold = _PRINT_THRESHOLD if self.size <= _PRINT_THRESHOLD else 0
        return np.array2string(self._for_print(), threshold=threshold, edgeitems=_EDGE_ITEMS)

    def __format__(self, spec: str) -> str:
        if self.ndim == 0:
            return format(self.item(), spec)
        return object.__format__(self, spec) if spec else str(self)


class _Shared:
    """What a NumPy array over a block's memory is made from, and keeps: it keeps the block alive.

    Not an array itself: NumPy lets a view refer to the owner of the memory past the arrays between.
    """

    __slots__ = ("__array_interface__", "block")

    def __init__(self, block: Any, offset: int, shape: Shape, strides: Shape, dtype: DType) -> None:
        self.block = block
        self.__array_interface__ = {
            "version": 3,
            "data": (block.host.__array_interface__["data"][0] + offset * dtype.itemsize, True),  # True: read-only
            "shape": shape,
            "strides": tuple(s * dtype.itemsize for s in strides),
            "typestr": dtype.str,
        }


def _wrap(cls: type[Any], node: Node) -> Any:
    if not settled(node):
        node = sources.COPY.node([node])
    array = object.__new__(cls)
    array._store = _Store(node)
    array._place = None
    return array


def _unpickle(cls: type[Any], data: np.ndarray[Any, Any], context: str) -> Any:
    """An array from a pickle: on the context it was on, or the default one where that is not there."""
    try:
        ctx = as_context(context)
        _ = ctx.device
    except ContextError:
        ctx = as_context(None)
    return _wrap(cls, sources.from_host(data, ctx))


def from_numpy(data: np.ndarray[Any, Any], ctx: Context, cls: type[Any] = Array) -> Any:
    """An array of class ``cls`` with a copy of ``data``."""
    return _wrap(cls, sources.from_host(data, ctx))


def _is_operand(x: Any) -> bool:
    return isinstance(x, (Array, int, float, complex, np.ndarray, np.generic, list, tuple))


def _binary(op: Any, x1: Any, x2: Any) -> Any:
    if type(x1) is type(x2):
        return x1.like(op.node([x1.node, x2.node]))
    if not (_is_operand(x1) and _is_operand(x2)):
        return NotImplemented
    return op.apply(x1, x2)


def _host_array(value: Any) -> np.ndarray[Any, Any]:
    host = np.asarray(value)
    if host.dtype.kind not in "biufc":
        raise DTypeError(f"[setitem] got a {type(value).__name__}; expected a number, an array or nested lists of numbers")
    return host


def _broadcasts_to(shape: Shape, to: Shape) -> bool:
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


def _trimmed(value: Any, shape: Shape) -> Any:
    """``value`` without leading axes of length 1 that a region of ``shape`` does not have, as NumPy allows."""
    extra = len(value.shape) - len(shape)
    if extra > 0 and all(n == 1 for n in value.shape[:extra]):
        shape = value.shape[extra:]
        return Array.reshape(value, shape) if isinstance(value, Array) else value.reshape(shape)
    return value


def _slice_indices(key: slice, n: int) -> tuple[int, int, int]:
    try:
        return key.indices(n)
    except TypeError:
        raise IndexingError(f"[getitem] got {key}; expected integers or None in a slice") from None
    except ValueError:
        raise IndexingError(f"[getitem] got {key}; expected a step other than 0") from None


def _whole_index(key: Any, n: int, axis: int) -> int:
    if isinstance(key, (bool, np.bool_)) or not isinstance(key, SupportsIndex) or (isinstance(key, np.ndarray) and key.ndim):
        what = "a boolean mask" if getattr(key, "dtype", None) == np.bool_ or isinstance(key, bool) else f"a {type(key).__name__}"
        raise IndexingError(
            f"[getitem] got {what} as an index; expected integers, slices, None or an ellipsis; "
            "for masks use where(), for index arrays index the NumPy array"
        )
    index = operator.index(key)
    if not -n <= index < n:
        raise IndexingError(f"[getitem] index {index} is out of bounds for axis {axis} with size {n}")
    return index % n


def _known_shape(old: Shape, new: Shape) -> Shape:
    """``new`` with its -1 replaced, checked against the number of elements."""
    size = size_of(old)
    if new.count(-1) > 1 or any(n < -1 for n in new):
        raise ShapeError(f"[reshape] got {new}; expected lengths from 0 on and at most one -1")
    if -1 in new:
        rest = size_of(tuple(n for n in new if n != -1))
        if rest == 0 or size % rest:
            raise ShapeError(f"[reshape] got {new} for shape {old} of {size} elements; they do not divide evenly")
        new = tuple(size // rest if n == -1 else n for n in new)
    if size_of(new) != size:
        raise ShapeError(f"[reshape] got {new} for shape {old}; expected {size} elements, not {size_of(new)}")
    return new


def _reshaped_strides(shape: Shape, strides: Shape, to: Shape) -> Shape | None:
    """The strides that read the same elements as shape ``to``; None where only a copy does."""
    if is_contiguous(shape, strides):
        return contiguous_strides(to)
    kept = [(n, s) for n, s in zip(shape, strides, strict=True) if n != 1]
    result: list[int] = []
    targets = [n for n in to if n != 1]
    a = b = 0
    while a < len(kept) and b < len(targets):
        # Match the fewest old and new axes with equal products, then split the old run.
        old, new = kept[a][0], targets[b]
        a_end, b_end = a + 1, b + 1
        while old != new:
            if old < new:
                if kept[a_end - 1][1] != kept[a_end][1] * kept[a_end][0]:
                    return None
                old *= kept[a_end][0]
                a_end += 1
            else:
                new *= targets[b_end]
                b_end += 1
        step = kept[a_end - 1][1]
        steps = []
        for n in reversed(targets[b:b_end]):
            steps.append(step)
            step *= n
        result += reversed(steps)
        a, b = a_end, b_end
    found = iter(result)
    return tuple(next(found) if n != 1 else 0 for n in to)


_ufuncs: dict[Any, Any] = {}


def _by_ufunc() -> dict[Any, Any]:
    if not _ufuncs:
        _ufuncs.update({op.oracle: op for op in ops.TABLE.values() if isinstance(op.oracle, np.ufunc)})
        _ufuncs[np.matmul] = products.MATMUL_UFUNC
    return _ufuncs
