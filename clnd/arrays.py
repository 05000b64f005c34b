"""The array: views, assignment, moving between devices. Reading it on the host is in `host`, its operators are in `operators`.

An `Array` is a window on a store. The store holds one node, the present content; the window is the
whole of it or a view (offset, shape, strides). Assignment gives the store a new node, and every
view reads the store's node of the moment, so NumPy's aliasing rules hold without pending work ever
seeing a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.context import Context, as_context, current_context
from clnd.dtypes import facts
from clnd.errors import ArgumentError, ContextError, DTypeError, ExchangeError, NoAxisError, ShapeError
from clnd.graph.node import Node, Operand, Value, of_both
from clnd.graph.record import check_fp64, record
from clnd.graph.run import run
from clnd.host import number_at
from clnd.incoming import as_host, check_held, has_dtype, host_cast
from clnd.indexing import Place, indexed, is_basic, known_shape, with_numbers
from clnd.layout import Flags, ordered, reinterpreted, reshaped
from clnd.methods import Methods
from clnd.nesting import holds_arrays, of_lists
from clnd.ops import elementwise, made, products, reductions, sources
from clnd.ops.crossing import moved_node
from clnd.ops.gather import wrong_as_places
from clnd.ops.op import cast_node
from clnd.ops.scatter import scatter_into
from clnd.ops.update import Store, box_of, covers
from clnd.ops.views import reshaped_node, settled, view_node
from clnd.picking import mask_node, picked_node, written
from clnd.reducing import deliver, reduced
from clnd.shapes import (
    Shape,
    as_shape,
    axes_in_order,
    broadcast,
    broadcast_strides,
    contiguous_strides,
    is_contiguous,
    may_overlap,
    normalize_axis,
    reshaped_strides,
    several,
    size_of,
)  # fmt: skip

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Array", "array_of", "from_foreign", "from_numpy"]

A = TypeVar("A", bound="Array")

_FEW = 4096
"""An array of so many elements is made anew in one launch even where most of them stay."""


class _ReadOnly(tuple[int, Shape, Shape]):
    """The place of a view whose elements may share memory, as those of `broadcast_to`, or that others share, and of views of it."""

    __slots__ = ()


class Array(Methods):
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
    __hash__ = None
    __array_priority__ = 1000.0

    _store: Store
    _place: Place | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("arrays are made by functions such as clnd.asarray(data) or clnd.zeros(shape), not by Array()")

    # --- what graph asks of an operand --------------------------------------------------------

    @property
    def _node(self) -> Node:
        """The node that stands for the array's present content."""
        place = self._place
        if place is None:
            return self._store.node
        return view_node(self._store.node, *place)

    def _like(self, node: Node) -> Self:
        """An array of this class that owns ``node``."""
        return _wrap(type(self), node)

    def _plain(self) -> Array:
        """The same content as an array of the main namespace; the array itself if it is one."""
        return self

    def _constant(self, data: Any) -> Node:
        """A node for host data that meets this array in an operation."""
        if isinstance(data, np.ndarray):
            return sources.from_host(data, self._store.node.ctx)  # type: ignore[arg-type]
        if isinstance(data, (np.float64, np.complex128)):  # Python's numbers by their classes, and as weak
            data = data.item()
        if isinstance(data, (list, tuple, bool, int, float, complex, np.generic)):
            return sources.from_host(_operand("array", data, self._store.node.dtype), self._store.node.ctx)  # type: ignore[arg-type]
        raise DTypeError(
            f"[array] got a {type(data).__name__} as an operand; expected a clnd array, a NumPy array or a number"
        )

    @staticmethod
    def _of_host(data: Any) -> Any:
        """An array of the host's data on the current context; None of what is none."""
        if isinstance(data, (np.float64, np.complex128)):  # Python's numbers by their classes, and as weak
            data = data.item()
        if isinstance(data, (bool, int, float, complex)):
            host = as_host("asarray", data)
            return _wrap(Array, sources.full_node((), data, host.dtype, current_context()))
        if holds_arrays(data):
            return of_lists("asarray", data)
        return from_numpy(as_host("asarray", data), current_context()) if isinstance(data, (list, tuple, range)) or hasattr(data, "__array__") else None

    # --- facts --------------------------------------------------------------------------------

    @property
    def shape(self) -> Shape:
        """The length of each axis. Set, it gives the same elements another shape, where memory allows."""
        return self._store.node.shape if self._place is None else self._place[1]

    @shape.setter
    def shape(self, shape: Any) -> None:
        view = Array.reshape(self, shape)
        if view._store is not self._store:
            raise ArgumentError(f"[shape] got {shape} for a view of shape {self.shape} whose elements do not lie so; expected one without gaps; use reshape()")
        self._place = view._place

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
    def strides(self) -> Shape:
        """Bytes from an element to the next one along each axis."""
        return tuple(s * self.itemsize for s in self._layout()[2])

    @property
    def base(self) -> Array | None:
        """The array whose elements a view shares; None for one that is no view."""
        return None if self._place is None else _shared_store(Array, self)

    @property
    def flags(self) -> Flags:
        """How the elements lie, and whether they can be written: read-only facts."""
        offset, shape, strides = self._layout()
        whole = self._place is None
        return Flags(
            is_contiguous(shape, strides), is_contiguous(shape[::-1], strides[::-1]), whole or covers(self._store.node.shape, offset, shape, strides),
            type(self._place) is not _ReadOnly,
        )  # fmt: skip

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
            raise NoAxisError("[len] got an array without dimensions; expected at least one; use .item() for its number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        # No generator: it would raise at the first step, and iter() is how others ask whether an array has elements to give.
        if not self.shape:
            raise NoAxisError("[iter] got an array without dimensions; expected at least one; use .item() for its number")
        if len(self.shape) == 1 < self.shape[0]:
            run((self._store.node,))  # elements of pending content would be a kernel each
        return map(self.__getitem__, range(self.shape[0]))

    # --- views --------------------------------------------------------------------------------

    def _layout(self) -> Place:
        """Offset, shape and strides within the store."""
        if self._place is None:
            shape = self._store.node.shape
            return 0, shape, contiguous_strides(shape)
        return self._place

    def _view(self, offset: int, shape: Shape, strides: Shape) -> Self:
        view = object.__new__(type(self))
        view._store = self._store
        place = (offset, shape, strides)
        view._place = _ReadOnly(place) if type(self._place) is _ReadOnly else place
        return view

    def _read_only_view(self, offset: int, shape: Shape, strides: Shape) -> Self:
        """A view whose elements may share memory, so that none is assigned to."""
        view = self._view(offset, shape, strides)
        view._place = _ReadOnly((offset, shape, strides))
        return view

    @property
    def T(self) -> Self:
        """The array with its axes reversed; a view."""
        return self.transpose()

    @property
    def mT(self) -> Self:
        """The array with its last two axes swapped; a view."""
        if self.ndim < 2:
            raise ShapeError(f"[mT] got shape {self.shape}; expected at least two dimensions")
        return self.transpose((*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))

    def transpose(self, *axes: Any) -> Self:
        """A view with axes in the order ``axes``; reversed where none are given."""
        offset, shape, strides = self._layout()
        if not axes or axes == (None,):
            order = tuple(range(self.ndim))[::-1]
        else:
            given = several(axes[0]) if len(axes) == 1 else axes
            if given is None:
                raise ArgumentError(f"[transpose] got axes {axes[0]!r} for shape {shape}; expected each of {self.ndim} axes once")
            order = tuple(normalize_axis("transpose", a, self.ndim) for a in given)
        if sorted(order) != list(range(self.ndim)):
            raise ArgumentError(f"[transpose] got axes {order} for shape {shape}; expected each of {self.ndim} axes once")
        return self._view(offset, tuple(shape[a] for a in order), tuple(strides[a] for a in order))

    def reshape(self, *shape: Any, order: Any = "C", copy: bool | None = None) -> Self:
        """The elements in row-major order in another shape; one length may be -1. A view where memory allows.

        ``order`` "F" takes and puts them column by column. ``copy``: True for a copy, False to refuse one.
        """
        if order != "C" or copy is not None:
            return reshaped(self, shape[0] if len(shape) == 1 else shape, order, copy)
        to = known_shape(self.shape, as_shape("reshape", shape[0] if len(shape) == 1 else shape, unknown=True))
        offset, old, strides = self._layout()
        if to == old:
            return self._view(offset, old, strides)
        steps = reshaped_strides(old, strides, to)
        if steps is None:
            return _wrap(type(self), sources.COPY.node([self._node])).reshape(to)
        return self._view(offset, to, steps)

    def broadcast_to(self, shape: Any) -> Self:
        """A read-only view of ``shape`` in which axes of length 1 are repeated."""
        to = as_shape("broadcast_to", shape)
        offset, old, strides = self._layout()
        if broadcast("broadcast_to", old, to) != to:
            raise ShapeError(f"[broadcast_to] got shape {old} to {to}; expected lengths equal or 1")
        return self._read_only_view(offset, to, broadcast_strides(old, strides, to))

    def expand_dims(self, axis: Any = 0) -> Self:
        """A view with an axis of length 1 (or several) at ``axis``."""
        ndim = self.ndim + len(several(axis) or ())
        where = axes_in_order("expand_dims", axis, ndim)
        offset, shape, strides = self._layout()
        rest = iter(zip(shape, strides, strict=True))
        pairs = [(1, 0) if k in where else next(rest) for k in range(ndim)]
        return self._view(offset, tuple(n for n, _ in pairs), tuple(s for _, s in pairs))

    def squeeze(self, axis: Any = None) -> Self:
        """A view without axes of length 1: those of ``axis``, or all."""
        offset, shape, strides = self._layout()
        if axis is None:
            where = {k for k, n in enumerate(shape) if n == 1}
        else:
            where = set(axes_in_order("squeeze", axis, self.ndim))
            if any(shape[k] != 1 for k in where):
                raise ArgumentError(f"[squeeze] got axis {axis} of shape {shape}; expected axes of length 1")
        kept = [k for k in range(self.ndim) if k not in where]
        return self._view(offset, tuple(shape[k] for k in kept), tuple(strides[k] for k in kept))

    def swapaxes(self, dim1: int, dim2: int) -> Self:
        """A view with two axes exchanged."""
        order = list(range(self.ndim))
        a, b = normalize_axis("swapaxes", dim1, self.ndim), normalize_axis("swapaxes", dim2, self.ndim)
        order[a], order[b] = order[b], order[a]
        return self.transpose(tuple(order))

    def flatten(self, order: Any = "C") -> Self:
        """A copy in one dimension; column by column with ``order`` "F"."""
        return ordered("flatten", self, order).copy().reshape(-1)

    def ravel(self, order: Any = "C") -> Self:
        """The elements in one dimension, column by column with ``order`` "F"; a view where memory allows."""
        return ordered("ravel", self, order).reshape(-1)

    def view(self, dtype: Any = None, type: Any = None) -> Self:
        """A view of the whole; with another ``dtype`` the same bytes read as that, which is a read-only snapshot.

        Bytes are not moved: what is pending is computed, and the result shares memory until the array is written to. That
        write does not reach it, as it would in NumPy.

        Raises
        ------
        DTypeError
            For what is no dtype that clnd has.
        ShapeError
            If sizes of elements differ, and the last axis has gaps or does not divide.
        """
        if type is not None:
            raise ArgumentError(f"[view] got type={type!r}; expected a dtype only")
        offset, shape, strides = self._layout()
        to = self._store.node.dtype if dtype is None else dtypes.as_dtype(dtype)
        if to is self._store.node.dtype:
            return self._view(offset, shape, strides)
        base, place = reinterpreted(self._store.node, (offset, shape, strides), to)
        view = _wrap(self.__class__, base)
        view._place = _ReadOnly(place)
        return view

    # --- indexing -----------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Self:
        """A view, for slices, None and an ellipsis; for integers alone that leave no axis the element, a copy as in NumPy.

        Arrays of integers or bools, also in lists, choose elements by NumPy's rules; the result is a copy.
        """
        if not is_basic(key):
            key = with_numbers(key, self.ndim)
            if not is_basic(key):
                return self._like(picked_node(self._store.node, self._layout(), key))
        place = indexed(self._layout(), key)
        if place[1] or key is Ellipsis or (isinstance(key, tuple) and any(k is Ellipsis for k in key)):
            return self._view(*place)
        return self._element(place[0])

    def _element(self, offset: int) -> Self:
        """The element at ``offset`` of the store as it is now, in an array of its own that does not hold the store's memory."""
        store = self._store
        node = store.node
        ctx, dtype = node.ctx, node.dtype
        assert ctx is not None
        value = node.value
        if value is not None and value.block.host is not None:
            return self._like(sources.element_node(number_at(ctx.device, value, offset, dtype), node))
        taken = record(sources.ELEMENT, (view_node(node, offset, (), ()),), (), dtype, ctx)
        if value is not None:
            run((taken,))
        else:
            store.note_element(taken)
        return self._like(taken)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set a region to a number or an array that broadcasts to it; it is cast to this dtype.

        Arrays of integers or bools, also in lists, choose elements by NumPy's rules; where they name one twice the last value stays.
        """
        if not is_basic(key):
            key = with_numbers(key, self.ndim, writes=True)
            if not is_basic(key):
                self._set_picked(key, value)
                return
        self._assign(indexed(self._layout(), key), value)

    def _set_picked(self, key: Any, value: Any) -> None:
        """Set what an advanced index names."""
        place, store = self._layout(), self._store
        self._check_writable()
        mask = mask_node(store.node, place, key)
        if mask is not None and _is_one(value):
            # No element's place need be known, so the host need not wait for the mask.
            one = self._source(value, ())
            self._rewrite("setitem", lambda: elementwise.where.node([mask, one, self._node]))
            return
        chosen, places = written(store.node, place, key)
        if places is None:  # bools without axes: all or nothing
            self._assign((chosen.offset, chosen.result, chosen.walk), value)
            return
        shape, size = chosen.result, size_of(chosen.result)
        source = self._source(value, shape)
        if not size:
            return
        if source.ctx is not None and (size_of(source.shape) != 1 or source.faults):
            passed = wrong_as_places(source, places.faults) if places.faults and source.faults else ()
            if source.shape != shape or passed:
                source = record(sources.COPY, (source,), shape, source.dtype, source.ctx)
                source.faults = tuple([f for f in source.faults if f not in passed])
            source = reshaped_node(source, (size,))
        scatter_into(store, places, source, chosen.distinct)

    def _check_writable(self) -> None:
        if type(self._place) is _ReadOnly:
            raise ArgumentError(
                "[setitem] got a view made by broadcast_to or of sliding windows, whose elements share memory, or by view(dtype); "
                "expected a writable array; assign to a .copy()"
            )

    def _assign(self, place: Place, value: Any) -> None:
        offset, shape, strides = place
        self._check_writable()
        store = self._store
        if isinstance(value, Array) and value._store is store and value._layout() == place:
            return  # the second half of ``a[i:j] += b``, whose first half wrote to the view
        source = self._source(value, shape)
        if size_of(shape) == 0:
            return
        base = store.node
        if covers(base.shape, offset, shape, strides):
            store.put(record(sources.COPY, (source,), shape, base.dtype, base.ctx))
            return
        del base  # who holds it makes the write copy it
        self._set(place, source)

    def _source(self, value: Any, shape: Shape) -> Node:
        """What is assigned to a region of ``shape``, in this dtype: a node that broadcasts to it, or a number's."""
        store = self._store
        if isinstance(value, Array):
            if value.ctx is not self.ctx and value.ctx.device is not self.ctx.device:
                raise ContextError(
                    f"[setitem] got an array on {value.ctx} for one on {self.ctx}; expected one context; "
                    f"move it with .to_device({str(self.ctx)!r}), or use value.copyto(a[...])"
                )
            source = _trimmed(value, shape)._node
        elif isinstance(value, (bool, int, float, complex, np.generic)):
            if isinstance(value, float) and store.node.dtype.kind in "iu":
                check_held("setitem", float(value), np.asarray(float(value)), store.node.dtype)
            source = sources.full_node((), value, store.node.dtype, self.ctx)
        else:
            host = _trimmed(_host_array(value), shape)
            check_held("setitem", value, host, store.node.dtype)
            if host.dtype == np.float64 and store.node.dtype == np.float32 and not self.ctx.device.info.fp64:
                # NumPy's default dtype, for a device without it: rounded here to the bits that the device would give.
                with np.errstate(over="ignore", under="ignore"):
                    host = host.astype(np.float32)
            source = sources.from_host(host, self.ctx)
        if not _broadcasts_to(source.shape, shape):
            raise ShapeError(
                f"[setitem] got a value of shape {source.shape} for a region of shape {shape}; expected one that broadcasts to it"
            )
        return sources.number_of(cast_node(source, store.node.dtype))

    # --- in place: what operators and ``out=`` do ----------------------------------------------

    def _take(self, name: str, node: Node) -> Self:
        """Make ``node`` the content, for ``out=``. Lazy for a whole array; views of the store see it."""
        self._keep(self._fitting(name, node))
        return self

    def _rewrite(self, name: str, compute: Callable[[], Node]) -> Self:
        """Make what ``compute`` makes of the content the content: again if another thread wrote meanwhile."""
        store = self._store
        while True:
            generation = store.generation
            node = self._fitting(name, compute())
            if store.replace(generation, node) if self._place is None else self._keep(node, generation):
                return self

    def _keep(self, node: Node, generation: int | None = None) -> bool:
        """Make ``node``, of this shape and dtype, the content, with a ``generation`` only if that is unchanged."""
        store, place = self._store, self._place
        self._check_writable()
        if place is None or covers(store.node.shape, *place):
            if generation is not None:
                return store.replace(generation, node)
            store.put(node)
            return True
        return size_of(place[1]) == 0 or self._set(place, node, generation)

    def _set(self, place: Place, source: Node, generation: int | None = None) -> bool:
        """Set a region of the store to ``source``, a number's node or an array's, with a ``generation`` only if the content is still of that one; says whether it did."""
        store = self._store
        if source.value is None and source.ctx is not None:
            shape = store.node.shape
            size = size_of(shape)
            found = box_of(shape, *place) if 2 * size_of(place[1]) >= size or size <= _FEW else None
            if found is not None:
                return store.set_box(*found, source, generation)
            run((source, *store.holders(source)))
        return store.write(*place, source, generation)

    def _fitting(self, name: str, node: Node) -> Node:
        """``node`` cast to this dtype; raises where it does not fit into this array."""
        shape, held = self.shape, self._store.node
        if node.dtype is held.dtype and node.ctx is held.ctx and node.shape == shape:
            return node
        if node.shape != shape:
            raise ShapeError(
                f"[{name}] got a result of shape {node.shape} to keep in an array of shape {shape}; "
                f"expected operands that broadcast to {shape}"
            )
        if not dtypes.holds_kind(held.dtype, node.dtype):
            raise DTypeError(
                f"[{name}] got {node.dtype.name} to keep in an array of {held.dtype.name}; "
                "expected a result of the same kind; write a = a op b, or cast with astype()"
            )
        if node.ctx is not self.ctx and node.ctx.device is not self.ctx.device:  # type: ignore[union-attr]
            raise ContextError(f"[{name}] got a result on {node.ctx} to keep in an array on {self.ctx}; expected one context; use copyto()")
        return cast_node(node, held.dtype)

    # --- methods of operations ----------------------------------------------------------------

    def astype(self, dtype: Any, copy: bool = True, *, casting: str = "unsafe", order: Any = "K", subok: bool = True) -> Self:
        """The array as ``dtype``; the same object where nothing changes and ``copy`` is false.

        ``casting`` is NumPy's, for a DTypeError where it forbids the cast. ``order`` and ``subok`` change nothing.
        """
        to = dtypes.as_dtype(dtype)
        if casting != "unsafe" and not np.can_cast(self._store.node.dtype, to, casting):  # type: ignore[arg-type]
            raise DTypeError(f"[astype] got {self._store.node.dtype.name} to {to.name}, which casting={casting!r} forbids; use casting='unsafe'")
        if to == self._store.node.dtype:
            return self.copy() if copy else self
        return self._like(cast_node(self._node, to))

    # Their arguments are NumPy's, in its order.

    def sum(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> Self:
        """The sum over ``axis`` (all axes where None), in the canonical order."""
        return deliver("sum", out, reduced("sum", self, axis, keepdims, dtype=dtype, initial=initial, where=where))

    def prod(
        self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None
    ) -> Self:
        """The product over ``axis``."""
        return deliver("prod", out, reduced("prod", self, axis, keepdims, dtype=dtype, initial=initial, where=where))

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> Self:
        """The mean over ``axis``; the default float for integers."""
        return deliver("mean", out, reduced("mean", self, axis, keepdims, dtype=dtype, where=where))

    def var(
        self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *,
        correction: float | None = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The variance over ``axis``, divided by n - ``ddof`` (``correction`` is the standard's name of it)."""
        less = ddof if correction is None else correction
        return deliver("var", out, reduced("var", self, axis, keepdims, dtype=dtype, where=where, correction=less))

    def std(
        self, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0.0, keepdims: bool = False, *,
        correction: float | None = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The standard deviation over ``axis``; arguments as of `var`."""
        less = ddof if correction is None else correction
        return deliver("std", out, reduced("std", self, axis, keepdims, dtype=dtype, where=where, correction=less))

    def min(self, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> Self:
        """The smallest element over ``axis``; NaN where there is one."""
        return deliver("min", out, reduced("min", self, axis, keepdims, initial=initial, where=where))

    def max(self, axis: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = None) -> Self:
        """The largest element over ``axis``; NaN where there is one."""
        return deliver("max", out, reduced("max", self, axis, keepdims, initial=initial, where=where))

    def any(self, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> Self:
        """True where any element over ``axis`` is not 0."""
        return deliver("any", out, reduced("any", self, axis, keepdims, where=where))

    def all(self, axis: Any = None, out: Any = None, keepdims: bool = False, *, where: Any = None) -> Self:
        """True where every element over ``axis`` is not 0."""
        return deliver("all", out, reduced("all", self, axis, keepdims, where=where))

    def argmin(self, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Self:
        """The index of the smallest element; of the first NaN where there is one."""
        return deliver("argmin", out, self._like(reductions.arg_node("argmin", self._node, axis, keepdims)))

    def argmax(self, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Self:
        """The index of the largest element; of the first NaN where there is one."""
        return deliver("argmax", out, self._like(reductions.arg_node("argmax", self._node, axis, keepdims)))

    def round(self, decimals: int = 0, out: Any = None) -> Self:
        """The elements rounded to ``decimals`` digits after the point, halves to even; before it where negative."""
        return deliver("round", out, made.rounded(self, decimals))

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Self:
        """The elements kept between ``min`` and ``max``, of which either may be None; NaN stays."""
        return deliver("clip", out, made.clip(self, min, max))

    def dot(self, other: Any) -> Self:
        """The product of two vectors or matrices."""
        return of_both("dot", products.dot_node, self, other)

    def conj(self) -> Self:
        """The complex conjugate."""
        return elementwise.conj.apply(self)

    @property
    def real(self) -> Self:
        """The real part."""
        return elementwise.real.apply(self)

    @property
    def imag(self) -> Self:
        """The imaginary part."""
        return elementwise.imag.apply(self)

    # --- copies and moves ---------------------------------------------------------------------

    def copy(self, order: Any = "C") -> Self:
        """A copy in memory of its own, on the same context; row-major, whatever ``order`` says."""
        return self._like(sources.COPY.node([self._node]))

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy()

    def to_device(self, device: Context | str, /, *, stream: Any = None) -> Self:
        """The array on another context; itself where it is there already.

        The elements set out at once, behind the work that makes them, and nothing waits for them here: what first needs them on the other
        device does. What the device finds wrong with them is told by who reads the result.

        Raises
        ------
        ArgumentError
            For a ``stream``, which clnd does not have.
        DTypeError
            For a dtype that the other device lacks.
        """
        if stream is not None:
            raise ArgumentError("[to_device] got a stream; expected None, as clnd has one queue a device")
        ctx = as_context(device)
        return self if ctx.device is self.ctx.device else self._like(moved_node(self._node, ctx))

    def as_in_context(self, context: Context | str) -> Self:
        """The array on another context; itself where it is there already. MXNet's name of `to_device`."""
        return self.to_device(context)

    def copyto(self, other: Any) -> Array:
        """Copy into another array (which is returned), or to a context. It is not waited for, as `to_device` is not.

        Raises
        ------
        ShapeError
            For an array of another shape.
        """
        if isinstance(other, Array):
            if other.shape != self.shape:
                raise ShapeError(f"[copyto] got shape {self.shape} to copy into {other.shape}; expected equal shapes")
            moved = self.to_device(other.ctx)
            if moved is self:
                other._assign(other._layout(), self)
            else:
                other._keep(cast_node(moved._node, other._store.node.dtype))  # it is nobody else's: no copy is made of it
            return other
        moved = self.to_device(other)
        return moved.copy() if moved is self else moved

    def __reduce__(self) -> tuple[Any, ...]:
        # A NumPy array, whose bytes travel apart in protocol 5; of a CPU context's memory without a copy.
        shared = self._on_host()
        return _unpickle, (type(self), self.asnumpy() if shared is None else shared, str(self.ctx))


def _shared_store(cls: type[A], x: Array) -> A:
    """An array of the whole store of ``x``."""
    array = object.__new__(cls)
    array._store = x._store
    array._place = None
    return array


def _wrap(cls: type[A], node: Node) -> A:
    if not settled(node):
        limits = node.limits
        node = sources.COPY.node([node])
        node.limits = limits
    array = object.__new__(cls)
    array._store = Store(node)
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


def from_numpy(data: np.ndarray[Any, Any], ctx: Context, cls: Any = Array) -> Any:
    """An array of class ``cls`` with a copy of ``data``."""
    return _wrap(cls, sources.from_host(data, ctx))


def array_of(node: Node) -> Array:
    """An array of its own for ``node``."""
    return _wrap(Array, node)


def from_foreign(host: np.ndarray[Any, Any], ctx: Context) -> Array:
    """An array on the memory of ``host``, which is never written: what the owner writes is seen, and a write of clnd copies.
    It is read-only where elements share memory.

    Raises
    ------
    ExchangeError
        For a context that does not share the host's memory, and for elements that do not lie on multiples of their size.
    """
    dtype, device = dtypes.as_dtype(host.dtype), ctx.device
    check_fp64("from_dlpack", dtype, ctx)
    if not device.pool.shares_host_memory:
        raise ExchangeError(f"[from_dlpack] got copy=False for {ctx}, which does not share the host's memory; use copy=None")
    size = dtype.itemsize
    address = int(host.__array_interface__["data"][0])
    if address % size or any(s % size for s in host.strides) or not host.dtype.isnative:
        raise ExchangeError(f"[from_dlpack] got copy=False for {host.dtype.name} that does not lie on multiples of {size} bytes, or in another byte order; use copy=None")
    if not host.size:
        return _wrap(Array, sources.from_host(host, ctx))
    reaches = [(n - 1) * s // size for n, s in zip(host.shape, host.strides, strict=True)]
    offset = -sum(r for r in reaches if r < 0)
    length = offset + sum(r for r in reaches if r > 0) + 1
    block, first = device.pool.adopt(address - offset * size, length * size, host)
    array = _wrap(Array, Node(sources.HOST, (), (length,), dtype, ctx, None, Value(block, first // size)))
    place = (offset, host.shape, tuple(s // size for s in host.strides))
    array._place = _ReadOnly(place) if may_overlap(*place[1:]) else place
    return array


def _operand(name: str, data: Any, beside: Any) -> np.ndarray[Any, Any]:
    """A list that meets an array of dtype ``beside``. Python numbers do not widen it, as they do not by themselves."""
    if has_dtype(data):
        return as_host(name, data)
    try:
        host = np.asarray(data)
    except ValueError:
        return as_host(name, data)  # says what is wrong
    if host.dtype.kind not in "biufc" or not host.size:
        return as_host(name, data)
    to = dtypes.scalar_dtype(name, host.reshape(-1)[0], beside)
    if facts(to).kind in (dtypes.INT, dtypes.UINT):
        limits = np.iinfo(to)
        least, most = int(host.min()), int(host.max())
        if least < limits.min or most > limits.max:
            raise DTypeError(
                f"[{name}] got a list of integers from {least} to {most}, which {to.name} does not hold "
                f"({limits.min} to {limits.max}); cast the array with astype() first"
            )
    return host_cast(name, host, to)


def _host_array(value: Any) -> np.ndarray[Any, Any]:
    try:
        host = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(f"[setitem] got data that forms no array: {error}; expected nested sequences of equal lengths") from None
    if host.dtype.kind not in "biufc":
        raise DTypeError(f"[setitem] got a {type(value).__name__}; expected a number, an array or nested lists of numbers")
    return host


def _is_one(value: Any) -> bool:
    """Whether ``value`` is a number, or an array of one element."""
    shape = getattr(value, "shape", None)
    return isinstance(value, (bool, int, float, complex)) if shape is None else size_of(shape) == 1 and len(shape) < 2


def _broadcasts_to(shape: Shape, to: Shape) -> bool:
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


def _trimmed(value: Any, shape: Shape) -> Any:
    """``value`` without leading axes of length 1 that a region of ``shape`` does not have, as NumPy allows."""
    extra = len(value.shape) - len(shape)
    if extra > 0 and all(n == 1 for n in value.shape[:extra]):
        shape = value.shape[extra:]
        return Array.reshape(value, shape) if isinstance(value, Array) else value.reshape(shape)
    return value


Operand._of_host = staticmethod(Array._of_host)  # type: ignore[method-assign]
