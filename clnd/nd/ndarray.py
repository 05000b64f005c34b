"""MXNet's NDArray: the same arrays and the same engine, with MXNet's rules on top.

What is a copy in MXNet (a transposed array, a slice with gaps) is one here in effect only: it reads
the old memory until one of the two is written to.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar

import numpy as np

from clnd import dtypes
from clnd.arrays import Array
from clnd.dtypes import facts
from clnd.errors import ArgumentError, IndexingError
from clnd.graph.node import Node
from clnd.indexing import indexed, is_basic
from clnd.nd.rules import DIVIDE, at_least_1d, coded_shape, compare, mx_reduced
from clnd.ops import elementwise, made, products, reductions, sources
from clnd.ops.op import Op, cast_node
from clnd.picking import picked_node
from clnd.reducing import deliver
from clnd.shapes import Shape, contiguous_strides, is_contiguous, normalize_axes

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["NDArray", "as_nd", "new"]

N = TypeVar("N", bound="NDArray")
_OPERANDS = (Array, int, float, complex, np.ndarray, np.generic, list, tuple)


def _method(op: Op) -> Callable[[N], N]:
    """A method that applies an operation of the table."""

    def method(self: N) -> N:
        return op.apply(self)

    method.__name__ = op.name
    method.__doc__ = op.says
    return method


class NDArray(Array):
    """An array with the behaviour of MXNet's NDArray.

    Made by functions of ``clnd.nd`` (`array`, `zeros`, `uniform`, ...). What differs from
    `clnd.Array`: ``dtype`` is a NumPy scalar class; comparisons give 0 and 1 in the dtype compared;
    full reductions and single elements have shape (1,); integers divide to integers; `reshape`
    takes MXNet's codes; slices with gaps, ``.T`` and `broadcast_to` are copies in effect.

    Examples
    --------
    >>> import clnd as mx
    >>> a = mx.nd.array([[1, 2, 3], [4, 5, 6]])
    >>> a.sum(axis=1).asnumpy()
    array([ 6., 15.], dtype=float32)
    """

    __slots__ = ("_is_truth",)
    __hash__ = object.__hash__  # type: ignore[assignment]

    _is_truth: bool

    # --- facts --------------------------------------------------------------------------------

    @property
    def dtype(self) -> Any:
        """The element type as a NumPy scalar class, such as ``numpy.float32``."""
        return self._store.node.dtype.type

    @property
    def stype(self) -> str:
        """The storage type; always "default", as clnd has dense arrays only."""
        return "default"

    _rank = 1
    _numbers_are_weak = True
    _stays_float32 = True

    def _constant(self, data: Any) -> Node:
        """A node for host data: NumPy's float64 counts as float32 beside any array but a float64 one."""
        if isinstance(data, np.ndarray) and data.dtype == np.float64 and not facts(self._store.node.dtype).needs_fp64:
            data = data.astype(np.float32)
        return super()._constant(data)

    def _plain(self) -> Array:
        """The same content as an array of the main namespace."""
        return _shared(Array, self)

    # --- views and copies ---------------------------------------------------------------------

    def _view(self, offset: int, shape: Shape, strides: Shape) -> Self:
        """A copy in effect: it has a store of its own, which shares the node until one side is written to."""
        view = super()._view(offset, shape, strides)
        view._store = type(self._store)(self._store.node)
        return view

    def _settle(self) -> None:
        """Make a copy in effect one in memory, before it is written to or viewed itself."""
        if self._place is not None and not is_contiguous(self._place[1], self._place[2]):
            self._store, self._place = self.copy()._store, None

    def _in_shape(self, shape: Shape) -> Self:
        self._settle()
        return super()._view(self._layout()[0], shape, contiguous_strides(shape))

    def reshape(self, *shape: Any, **kwargs: Any) -> Self:
        """A view in another shape; lengths may be MXNet's codes.

        Parameters
        ----------
        shape : int or tuple of int
            Lengths, or codes: 0 keeps a length, -1 is found from the rest, -2 keeps all that
            remain, -3 multiplies the next two, -4 splits one into the two lengths that follow.
        reverse : bool
            Match codes and lengths from the right.
        """
        given = kwargs.pop("shape", shape[0] if len(shape) == 1 and not isinstance(shape[0], SupportsIndex) else shape)
        reverse = bool(kwargs.pop("reverse", False))
        if kwargs:
            raise ArgumentError(f"[reshape] got {', '.join(kwargs)}; expected the arguments shape and reverse")
        codes = (operator.index(given),) if isinstance(given, SupportsIndex) else tuple(map(operator.index, given))
        return self._in_shape(coded_shape(self.shape, codes, reverse))

    def reshape_like(self, other: Array) -> Self:
        """A view in the shape of ``other``."""
        return self._in_shape(coded_shape(self.shape, other.shape))

    def flatten(self) -> Self:  # type: ignore[override]
        """A copy with two axes: the first one, and all others in one."""
        return self.copy()._in_shape(coded_shape(self.shape, (0, -1)) if self.size else (self.shape[0], 0))

    def transpose(self, *axes: Any, **kwargs: Any) -> Self:
        """A copy with the axes in the order ``axes``; reversed where none are given."""
        order = kwargs.pop("axes", None)
        if kwargs:
            raise ArgumentError(f"[transpose] got {', '.join(kwargs)}; expected the argument axes")
        given = axes if order is None else (tuple(order),)
        # No axes are all axes reversed here.
        return super().transpose(*(() if given == ((),) else given))

    def broadcast_to(self, shape: Any) -> Self:
        """A copy in which axes of length 1 are repeated to ``shape``; a length of 0 keeps an axis as it is."""
        to = (shape,) if isinstance(shape, SupportsIndex) else tuple(shape)
        if len(to) == self.ndim:
            to = tuple(n or m for n, m in zip(to, self.shape, strict=True))
        return super().broadcast_to(to)

    def broadcast_like(self, other: Array) -> Self:
        """A copy in which axes of length 1 are repeated to the shape of ``other``."""
        return super().broadcast_to(other.shape)

    def flip(self, axis: Any) -> Self:
        """A copy with the elements in reverse order along ``axis``."""
        axes = normalize_axes("flip", axis, self.ndim)
        return self[tuple(slice(None, None, -1 if k in axes else 1) for k in range(self.ndim))]

    def copyto(self, other: Any) -> Array:
        """Copy into another array (which is returned), or to a context."""
        if isinstance(other, NDArray):
            other._settle()
        return super().copyto(other)

    # --- indexing -----------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Self:
        """A view where the region is contiguous, else a copy; with index arrays, also of floats, a copy of what NumPy's rules choose."""
        for k in key if isinstance(key, tuple) else (key,):
            if _is_condition(k):
                raise IndexingError(
                    "[getitem] got a condition as an index; expected integers, slices, None, an ellipsis or arrays of integers; "
                    "to choose by a condition use nd.where(condition, x, y), or assign with a[condition] = number"
                )
        self._settle()
        plain = _plain_key(key)
        if not is_basic(plain):
            return self._like(at_least_1d(picked_node(self._store.node, self._layout(), plain)))
        offset, shape, strides = indexed(self._layout(), plain)
        if not shape:
            shape, strides = (1,), (1,)
        if is_contiguous(shape, strides):
            return super()._view(offset, shape, strides)
        return self._view(offset, shape, strides)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set a region, or what index arrays choose, or with a condition as the key the elements where it holds, to a number or an array."""
        self._settle()
        if _is_condition(key):
            self._set_where(key, value)
        else:
            super().__setitem__(_plain_key(key), value._plain() if isinstance(value, NDArray) else value)

    def _set_where(self, condition: Any, value: Any) -> None:
        if condition.shape != self.shape:
            raise IndexingError(
                f"[setitem] got a condition of shape {condition.shape} for an array of shape {self.shape}; "
                "expected equal shapes"
            )
        if np.size(value) != 1 if not isinstance(value, Array) else value.size != 1:
            raise IndexingError(
                "[setitem] got several values for the elements where a condition holds; expected one number; "
                "use nd.where(condition, x, y)"
            )
        number = value.item() if isinstance(value, Array) else np.asarray(value).item()
        source = self._like(sources.full_node((), number, self._store.node.dtype, self.ctx))
        self._assign(self._layout(), elementwise.where.apply(condition, source, self))

    def take(self, indices: Any, axis: int = 0, mode: str = "clip") -> Self:  # type: ignore[override]
        """The elements at ``indices``, which may be floats, along ``axis``; out of range means the nearest."""
        return super().take(_whole_numbers(indices), axis, mode=mode)

    # --- operators ----------------------------------------------------------------------------

    def _compare(self, op: Op, other: Any) -> Self:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        result = compare(op, self, self, other)
        result._is_truth = True
        return result

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        return self._compare(elementwise.equal, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return self._compare(elementwise.not_equal, other)

    def __lt__(self, other: Any) -> Self:
        return self._compare(elementwise.less, other)

    def __le__(self, other: Any) -> Self:
        return self._compare(elementwise.less_equal, other)

    def __gt__(self, other: Any) -> Self:
        return self._compare(elementwise.greater, other)

    def __ge__(self, other: Any) -> Self:
        return self._compare(elementwise.greater_equal, other)

    def __truediv__(self, other: Any) -> Self:
        return DIVIDE.apply(self, other) if isinstance(other, _OPERANDS) else NotImplemented

    def __rtruediv__(self, other: Any) -> Self:
        return DIVIDE.apply(other, self) if isinstance(other, _OPERANDS) else NotImplemented

    def __itruediv__(self, other: Any) -> Self:
        return self._in_place(DIVIDE, other)

    def __matmul__(self, other: Any) -> Self:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return self._like(at_least_1d(products.matmul(self, other)._node))

    def __rmatmul__(self, other: Any) -> Self:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return self._like(at_least_1d(products.matmul(other, self)._node))

    def _take(self, name: str, node: Node) -> Self:
        self._settle()
        return super()._take(name, node)

    def _in_place(self, op: Any, other: Any, operator: Any = None) -> Self:
        self._settle()
        return super()._in_place(op, other, operator)

    # --- elementwise functions as methods -----------------------------------------------------

    abs = _method(elementwise.abs)
    sign = _method(elementwise.sign)
    rint = _method(elementwise.round_half_down)
    fix = _method(elementwise.trunc)
    trunc = _method(elementwise.trunc)
    ceil = _method(elementwise.ceil)
    floor = _method(elementwise.floor)
    square = _method(elementwise.square)
    sqrt = _method(elementwise.sqrt)
    rsqrt = _method(elementwise.rsqrt)
    cbrt = _method(elementwise.cbrt)
    rcbrt = _method(elementwise.rcbrt)
    reciprocal = _method(elementwise.reciprocal)
    exp = _method(elementwise.exp)
    expm1 = _method(elementwise.expm1)
    log = _method(elementwise.log)
    log10 = _method(elementwise.log10)
    log2 = _method(elementwise.log2)
    log1p = _method(elementwise.log1p)
    sin = _method(elementwise.sin)
    cos = _method(elementwise.cos)
    tan = _method(elementwise.tan)
    arcsin = _method(elementwise.asin)
    arccos = _method(elementwise.acos)
    arctan = _method(elementwise.atan)
    sinh = _method(elementwise.sinh)
    cosh = _method(elementwise.cosh)
    tanh = _method(elementwise.tanh)
    arcsinh = _method(elementwise.asinh)
    arccosh = _method(elementwise.acosh)
    arctanh = _method(elementwise.atanh)
    degrees = _method(elementwise.degrees)
    radians = _method(elementwise.radians)
    relu = _method(elementwise.relu)
    sigmoid = _method(elementwise.sigmoid)

    def round(self, decimals: int = 0, out: Any = None) -> Self:
        """The elements rounded to integers, halves away from 0. With ``decimals``, which is NumPy's, halves go to even digits."""
        return deliver("round", out, made.rounded(self, decimals) if decimals else elementwise.round_half_away.apply(self))

    def clip(self, a_min: Any, a_max: Any, out: Any = None) -> Self:  # type: ignore[override]
        """The elements kept between ``a_min`` and ``a_max``, in this dtype; NaN stays."""
        kept = self
        for bound, op in ((a_min, elementwise.maximum), (a_max, elementwise.minimum)):
            if bound is not None:
                kept = op.apply(kept, bound)
        return deliver("clip", out, self._like(cast_node(kept._node, self._store.node.dtype)))

    def zeros_like(self) -> Self:
        """Zeros in the shape and dtype of this array, on its context."""
        return self._like(sources.full_node(self.shape, 0, self._store.node.dtype, self.ctx))

    def ones_like(self) -> Self:
        """Ones in the shape and dtype of this array, on its context."""
        return self._like(sources.full_node(self.shape, 1, self._store.node.dtype, self.ctx))

    # --- reductions ---------------------------------------------------------------------------

    # Arguments behind the star are NumPy's, whose functions call these methods.

    def sum(  # type: ignore[override]
        self, axis: Any = None, keepdims: bool = False, exclude: bool = False, *,
        dtype: Any = None, out: Any = None, initial: Any = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The sum over ``axis``, or with ``exclude`` over all other axes; of shape (1,) over all."""
        return mx_reduced("sum", self, axis, keepdims, exclude, out, dtype=dtype, initial=initial, where=where)

    def prod(  # type: ignore[override]
        self, axis: Any = None, keepdims: bool = False, exclude: bool = False, *,
        dtype: Any = None, out: Any = None, initial: Any = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The product over ``axis``."""
        return mx_reduced("prod", self, axis, keepdims, exclude, out, dtype=dtype, initial=initial, where=where)

    def mean(  # type: ignore[override]
        self, axis: Any = None, keepdims: bool = False, exclude: bool = False, *, dtype: Any = None, out: Any = None, where: Any = None
    ) -> Self:
        """The mean over ``axis``; float32 for integers."""
        return mx_reduced("mean", self, axis, keepdims, exclude, out, dtype=dtype, where=where)

    def max(  # type: ignore[override]
        self, axis: Any = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, initial: Any = None, where: Any = None
    ) -> Self:
        """The largest element over ``axis``; NaN where there is one."""
        return mx_reduced("max", self, axis, keepdims, exclude, out, initial=initial, where=where)

    def min(  # type: ignore[override]
        self, axis: Any = None, keepdims: bool = False, exclude: bool = False, *, out: Any = None, initial: Any = None, where: Any = None
    ) -> Self:
        """The smallest element over ``axis``; NaN where there is one."""
        return mx_reduced("min", self, axis, keepdims, exclude, out, initial=initial, where=where)

    def norm(self, ord: int = 2, axis: Any = None, keepdims: bool = False) -> Self:
        """The 2-norm (or with ``ord=1`` the sum of absolute values) over ``axis``.

        Raises
        ------
        ArgumentError
            For another ``ord``.
        """
        if ord == 1:
            return self.abs().sum(axis, keepdims)
        if ord != 2:
            raise ArgumentError(f"[norm] got ord={ord!r}; expected 1 or 2")
        return self.square().sum(axis, keepdims).sqrt()

    def var(  # type: ignore[override]
        self, axis: Any = None, correction: float = 0.0, keepdims: bool = False, *,
        dtype: Any = None, out: Any = None, ddof: float | None = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The variance over ``axis``, divided by n - ``correction`` (``ddof`` is NumPy's name of it)."""
        less = correction if ddof is None else ddof
        return mx_reduced("var", self, axis, keepdims, False, out, dtype=dtype, where=where, correction=less)

    def std(  # type: ignore[override]
        self, axis: Any = None, correction: float = 0.0, keepdims: bool = False, *,
        dtype: Any = None, out: Any = None, ddof: float | None = None, where: Any = None,
    ) -> Self:  # fmt: skip
        """The standard deviation over ``axis``; arguments as of `var`."""
        less = correction if ddof is None else ddof
        return mx_reduced("std", self, axis, keepdims, False, out, dtype=dtype, where=where, correction=less)

    def any(self, axis: Any = None, keepdims: bool = False, *, out: Any = None, where: Any = None) -> Self:  # type: ignore[override]
        """True where any element over ``axis`` is not 0; a bool array."""
        return mx_reduced("any", self, axis, keepdims, False, out, where=where)

    def all(self, axis: Any = None, keepdims: bool = False, *, out: Any = None, where: Any = None) -> Self:  # type: ignore[override]
        """True where every element over ``axis`` is not 0; a bool array."""
        return mx_reduced("all", self, axis, keepdims, False, out, where=where)

    def argmax(self, axis: Any = None, keepdims: bool = False, dtype: Any = np.float32, *, out: Any = None) -> Self:  # type: ignore[override]
        """The index of the largest element as float32, or as ``dtype``; of the first NaN where there is one."""
        places = reductions.arg_node("argmax", self._node, axis, keepdims)
        return deliver("argmax", out, self._like(at_least_1d(cast_node(places, dtypes.as_dtype(dtype)))))

    def argmin(self, axis: Any = None, keepdims: bool = False, dtype: Any = np.float32, *, out: Any = None) -> Self:  # type: ignore[override]
        """The index of the smallest element as float32, or as ``dtype``; of the first NaN where there is one."""
        places = reductions.arg_node("argmin", self._node, axis, keepdims)
        return deliver("argmin", out, self._like(at_least_1d(cast_node(places, dtypes.as_dtype(dtype)))))

    def dot(self, other: Any, transpose_a: bool = False, transpose_b: bool = False) -> Self:
        """The product over the last axis of this array and the first of ``other``; (1,) for two vectors.

        With ``transpose_a`` it is the first axis of this array, with ``transpose_b`` the last of the other.
        """
        x = self._plain()
        y = (other if isinstance(other, NDArray) else self._like(self._constant(other)))._plain()
        if transpose_a and x.ndim == 2:
            x = x.T
        if transpose_b and y.ndim == 2:
            y = y.T
        if x.ndim <= 2 and y.ndim <= 2:
            return self._like(at_least_1d(products.matmul_node(x._node, y._node)))
        over_x = 0 if transpose_a and x.ndim != 2 else x.ndim - 1
        over_y = y.ndim - 1 if transpose_b and y.ndim != 2 else 0
        return self._like(at_least_1d(products.tensordot_node(x._node, y._node, ((over_x,), (over_y,)))))

    # --- reading ------------------------------------------------------------------------------

    def asscalar(self) -> Any:
        """The only element as a Python number."""
        return self.item()

    def __bool__(self) -> bool:
        return self.size != 0 and super().__bool__()

    def as_nd_ndarray(self) -> Self:
        """The array itself."""
        return self

    def detach(self) -> Self:
        """The array itself: clnd records no gradients."""
        return self

    def __str__(self) -> str:
        body = super().__str__() if self.shape else str(self.asnumpy())
        return f"\n{body}\n<{type(self).__name__} {'x'.join(map(str, self.shape))} @{self.ctx}>"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec and self.size == 1 else super().__format__(spec)


def _is_condition(key: Any) -> bool:
    """True for an array made by a comparison or a logical function, and one of bools."""
    return bool(getattr(key, "_is_truth", getattr(key, "dtype", None) == np.bool_)) and getattr(key, "ndim", 0) > 0


def _plain_key(key: Any) -> Any:
    """``key`` with the integer of an array of one integer, and integers for floats, which are MXNet's indices too."""
    if isinstance(key, tuple):
        return tuple(map(_plain_key, key))
    if not isinstance(key, Array):
        return key
    if key.size == 1 and facts(key._node.dtype).kind in (dtypes.INT, dtypes.UINT):
        return operator.index(key)
    return _whole_numbers(key)


def _whole_numbers(indices: Any) -> Any:
    """``indices`` as integers where they are floats."""
    return indices.astype(np.int64) if isinstance(indices, Array) and facts(indices._node.dtype).kind == dtypes.FLOAT else indices


class _Compared:
    """A comparison as NumPy's ufunc calls it: 0 and 1 in the dtype compared."""

    def __init__(self, op: Op) -> None:
        self.apply = lambda *operands: compare(op, next(x for x in operands if isinstance(x, NDArray)), *operands)


NDArray._ufunc_rules = {op.oracle: _Compared(op) for op in (elementwise.equal, elementwise.not_equal, elementwise.less, elementwise.less_equal, elementwise.greater, elementwise.greater_equal)}
NDArray._ufunc_rules[np.divide] = DIVIDE


def as_nd(name: str, x: Any) -> NDArray:
    """``x`` as an NDArray, for functions that take arrays of either namespace.

    Raises
    ------
    ArgumentError
        For anything but an array.
    """
    if isinstance(x, NDArray):
        return x
    if isinstance(x, Array):
        return _shared(NDArray, x)
    raise ArgumentError(f"[{name}] got a {type(x).__name__}; expected an NDArray; make one with nd.array()")


def _shared(cls: type[Array], x: Array) -> Any:
    """An array of class ``cls`` on the store of ``x``."""
    array = object.__new__(cls)
    array._store, array._place = x._store, x._place
    return array


def new(node: Node) -> NDArray:
    """An NDArray that owns ``node``."""
    return NDArray._like(object.__new__(NDArray), node)
