"""NumPy's other names: classes of numbers, old names of functions, facts of arrays, printing.

Names of the host (printing options, `errstate`, `ndindex`, ...) are NumPy's own objects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy import (
    base_repr as base_repr,
)
from numpy import (
    binary_repr as binary_repr,
)
from numpy import (
    complexfloating as complexfloating,
)
from numpy import (
    dtype as dtype,
)
from numpy import (
    floating as floating,
)
from numpy import (
    format_float_positional as format_float_positional,
)
from numpy import (
    format_float_scientific as format_float_scientific,
)
from numpy import (
    generic as generic,
)
from numpy import (
    geterr as geterr,
)
from numpy import (
    inexact as inexact,
)
from numpy import (
    integer as integer,
)
from numpy import (
    isscalar as isscalar,
)
from numpy import (
    iterable as iterable,
)
from numpy import (
    ndindex as ndindex,
)
from numpy import (
    number as number,
)
from numpy import (
    printoptions as printoptions,
)
from numpy import (
    seterr as seterr,
)
from numpy import (
    signedinteger as signedinteger,
)
from numpy import (
    typename as typename,
)
from numpy import (
    unsignedinteger as unsignedinteger,
)

from clnd import dtypes, shapes
from clnd.api.creation import asarray
from clnd.api.manipulation import moveaxis
from clnd.arrays import Array
from clnd.dtypes import COMPLEX, FLOAT, DType, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.node import Operand, as_operand
from clnd.ops import elementwise, made, reductions
from clnd.reducing import deliver
from clnd.shapes import Shape, normalize_axis, size_of

__all__ = [
    "False_", "True_", "absolute", "amax", "amin", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "around", "array2string",
    "array_repr", "array_str", "asarray_chkfinite", "base_repr", "binary_repr", "bitwise_not", "bool_", "broadcast", "byte", "cdouble", "common_type",
    "complexfloating", "conjugate", "copy", "csingle", "double", "dtype", "errstate", "euler_gamma", "fabs", "floating", "format_float_positional",
    "format_float_scientific", "generic", "get_printoptions", "geterr", "half", "index_exp", "inexact", "int_", "intc", "integer", "intp", "invert",
    "iscomplex", "iscomplexobj", "isfortran", "isneginf", "isposinf", "isreal", "isrealobj", "isscalar", "issubdtype", "iterable", "left_shift", "long",
    "longlong", "may_share_memory", "min_scalar_type", "mod", "ndarray", "ndenumerate", "ndim", "ndindex", "nditer", "number", "power", "printoptions",
    "promote_types", "ptp", "ravel", "right_shift", "rollaxis", "s_", "set_printoptions", "seterr", "shape", "shares_memory", "short", "signedinteger",
    "single", "size", "true_divide", "typename", "ubyte", "uint", "uintc", "uintp", "ulong", "ulonglong", "unsignedinteger", "ushort",
]  # fmt: skip

A = TypeVar("A", bound=Operand)

ndarray = Array
"""NumPy's name of the class, for ``isinstance``; like `Array` it is not called."""

# --- classes of numbers ----------------------------------------------------------------------
# C's names, as NumPy has them on this machine.
bool_, byte, short, intc, int_, long, longlong, intp = np.bool_, np.byte, np.short, np.intc, np.int_, np.dtype("l").type, np.longlong, np.intp
ubyte, ushort, uintc, uint, ulong, ulonglong, uintp = np.ubyte, np.ushort, np.uintc, np.uint, np.dtype("L").type, np.ulonglong, np.uintp
half, single, double, csingle, cdouble = np.half, np.single, np.double, np.csingle, np.cdouble
True_, False_ = np.True_, np.False_
euler_gamma = 0.5772156649015329


def issubdtype(arg1: Any, arg2: Any) -> bool:
    """Whether a dtype is one that the other names, or of its class, such as ``clnd.floating``: NumPy's own."""
    return bool(np.issubdtype(arg1, arg2))


def promote_types(type1: Any, type2: Any) -> DType:
    """The dtype that two dtypes promote to, by clnd's rules: an integer with a float gives that float.

    Raises
    ------
    DTypeError
        For uint64 with a signed integer, which no integer dtype holds.
    """
    return dtypes.promote("promote_types", dtypes.as_dtype(type1), dtypes.as_dtype(type2))


def min_scalar_type(a: Any, /) -> DType:
    """The smallest dtype that holds a number; of an array its dtype. From float16 and complex64 on, as clnd has them."""
    return dtypes.as_dtype(a._node.dtype if isinstance(a, Operand) else np.min_scalar_type(a))


def common_type(*arrays: Any) -> Any:
    """The class of floats that holds the numbers of all ``arrays``; of integers the default float."""
    return dtypes.result_dtype("common_type", *(dtypes.to_float(as_operand("common_type", x)._node.dtype) for x in arrays)).type


# --- NumPy's older names ---------------------------------------------------------------------
power, mod, absolute, true_divide, invert, bitwise_not = (
    elementwise.pow, elementwise.remainder, elementwise.abs, elementwise.divide, elementwise.bitwise_invert, elementwise.bitwise_invert,
)  # fmt: skip
left_shift, right_shift, conjugate, around = elementwise.bitwise_left_shift, elementwise.bitwise_right_shift, elementwise.conj, elementwise.round
arcsin, arccos, arctan, arctan2 = elementwise.asin, elementwise.acos, elementwise.atan, elementwise.atan2
arcsinh, arccosh, arctanh = elementwise.asinh, elementwise.acosh, elementwise.atanh
amin, amax = reductions.min, reductions.max


def fabs(x: A, /, *, out: Any = None) -> A:
    """The absolute value as a float: of integers the default float."""
    result: A = deliver("fabs", out, made.fabs(x))
    return result


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest over ``axis``."""
    return as_operand("ptp", a).ptp(axis, out, keepdims)


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """A view with one axis moved to stand before ``start``; `moveaxis` is the newer form."""
    a = as_operand("rollaxis", a)
    ndim = a.ndim
    at = normalize_axis("rollaxis", axis, ndim)
    to = start + ndim if start < 0 else start
    if not 0 <= to <= ndim:
        raise ArgumentError(f"[rollaxis] got start {start} for {ndim} axes; expected from {-ndim} to {ndim}")
    return moveaxis(a, at, to - (at < to))


# --- questions about elements ----------------------------------------------------------------


def isneginf(x: Any, /, out: Any = None) -> Any:
    """True where an element is negative infinity."""
    x = _real("isneginf", x)
    return elementwise.equal(x, -math.inf, out=out) if _is_float(x) else elementwise.logical_and(x, False, out=out)


def isposinf(x: Any, /, out: Any = None) -> Any:
    """True where an element is positive infinity."""
    x = _real("isposinf", x)
    return elementwise.equal(x, math.inf, out=out) if _is_float(x) else elementwise.logical_and(x, False, out=out)


def _real(name: str, x: Any) -> Any:
    x = as_operand(name, x)
    if facts(x._node.dtype).kind == COMPLEX:
        raise DTypeError(f"[{name}] got {x._node.dtype.name}; it takes bool, integers and floats; take real() or imag() first")
    return x


def _is_float(x: Any) -> bool:
    return facts(x._node.dtype).kind == FLOAT


def iscomplex(x: Any) -> Any:
    """True where an element has an imaginary part that is not 0."""
    x = as_operand("iscomplex", x)
    return elementwise.not_equal(elementwise.imag(x), 0) if iscomplexobj(x) else elementwise.logical_and(x, False)


def isreal(x: Any) -> Any:
    """True where an element has no imaginary part, or one that is 0."""
    x = as_operand("isreal", x)
    return elementwise.equal(elementwise.imag(x), 0) if iscomplexobj(x) else elementwise.logical_or(x, True)


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype of an array is complex, or a number is."""
    return facts(x._node.dtype).kind == COMPLEX if isinstance(x, Operand) else bool(np.iscomplexobj(x))


def isrealobj(x: Any) -> bool:
    """Whether the dtype of an array, or the class of a number, is not complex."""
    return not iscomplexobj(x)


# --- facts of arrays -------------------------------------------------------------------------


def shape(a: Any) -> Shape:
    """The length of each axis; of host data too."""
    found: Shape = a.shape if isinstance(a, Operand) else np.shape(a)  # type: ignore[attr-defined]
    return found


def ndim(a: Any) -> int:
    """How many axes; of host data too."""
    return len(shape(a))


def size(a: Any, axis: int | None = None) -> int:
    """How many elements, or how many along ``axis``; of host data too."""
    lengths = shape(a)
    return size_of(lengths) if axis is None else lengths[normalize_axis("size", axis, len(lengths))]


def isfortran(a: Any) -> bool:
    """Whether the elements lie column by column and not row by row, as those of ``x.T`` do."""
    return bool(as_operand("isfortran", a).flags.fnc)


def may_share_memory(a: Any, b: Any, /, max_work: Any = None) -> bool:
    """Whether the extents of two arrays in memory overlap. Of two clnd arrays nothing runs."""
    return _shared(np.may_share_memory, a, b)


def shares_memory(a: Any, b: Any, /, max_work: Any = None) -> bool:
    """Whether two arrays have an element in common. Of two clnd arrays nothing runs."""
    return _shared(np.shares_memory, a, b)


def _shared(test: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
    if isinstance(a, Array) and isinstance(b, Array):
        return a._store is b._store and bool(test(*_places(a, b)))
    # A NumPy array may be a view of the memory of a CPU context.
    hosts = [x._on_host() if isinstance(x, Array) else np.asarray(x) for x in (a, b)]
    return not any(h is None for h in hosts) and bool(test(*hosts))


def _places(*arrays: Any) -> list[Any]:
    """Views that lie as ``arrays`` do in their store, in one of a byte an element, which nobody reads or writes."""
    whole = np.empty(size_of(arrays[0]._store.node.shape), np.uint8)
    return [np.lib.stride_tricks.as_strided(whole[offset:], lengths, strides) for offset, lengths, strides in (x._layout() for x in arrays)]


class broadcast:
    """The shape that arrays broadcast to, as NumPy's object of this name has it. It is not iterated: arrays are on a device.

    Examples
    --------
    >>> import clnd
    >>> clnd.broadcast(clnd.ones((3, 1)), clnd.ones((4,))).shape
    (3, 4)
    """

    def __init__(self, *args: Any) -> None:
        self.shape: Shape = shapes.broadcast("broadcast", *(shape(x) for x in args)) if args else ()
        self.numiter = len(args)

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self.shape)

    nd = ndim

    @property
    def size(self) -> int:
        """How many elements."""
        return size_of(self.shape)

    def __iter__(self) -> NoReturn:
        raise ArgumentError("[broadcast] got a loop over its elements; they are on a device; use broadcast_arrays(), or loop over x.asnumpy()")


# --- copies ----------------------------------------------------------------------------------


def ravel(a: Any, order: str = "C") -> Any:
    """The elements in one dimension; a view where memory allows."""
    return as_operand("ravel", a).ravel(order)


def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """A copy in memory of its own, on the same context."""
    return as_operand("copy", a).copy()


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Array:
    """`asarray`, whose result is read and refused where it holds NaN or an infinity.

    Raises
    ------
    ArgumentError
        Where it does.
    """
    result = asarray(a, dtype=dtype)
    if facts(result.dtype).kind in (FLOAT, COMPLEX) and not bool(elementwise.isfinite(result).all()):
        raise ArgumentError("[asarray_chkfinite] got NaN or an infinity; expected finite numbers")
    return result


# --- indices and loops -----------------------------------------------------------------------


class _Index:
    """What stands in brackets, as an object: ``s_[1:3, None]``."""

    def __init__(self, always_tuple: bool) -> None:
        self._always_tuple = always_tuple

    def __getitem__(self, key: Any) -> Any:
        return (key,) if self._always_tuple and not isinstance(key, tuple) else key


s_, index_exp = _Index(False), _Index(True)


def ndenumerate(arr: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Pairs of index and number, over a copy of the array on the host."""
    return iter(np.ndenumerate(as_operand("ndenumerate", arr).asnumpy()))


def nditer(*args: Any, **kwargs: Any) -> NoReturn:
    """NumPy's iterator, which clnd does not have: each step would read an element from a device.

    Raises
    ------
    ArgumentError
        Always.
    """
    raise ArgumentError("[nditer] got arrays to loop over; clnd has no iterators; use operations on whole arrays, or np.nditer(x.asnumpy())")


# --- printing --------------------------------------------------------------------------------
# Arrays are printed by NumPy's options. Floating-point flags: kept by NumPy, without effect on devices, which raise and warn of nothing.
set_printoptions, get_printoptions, errstate = np.set_printoptions, np.get_printoptions, np.errstate


def array2string(a: Any, *args: Any, **kwargs: Any) -> str:
    """The elements as text; arguments are NumPy's. Of a large array only those at the edges are fetched."""
    host, options = as_operand("array2string", a)._for_print()
    return np.array2string(host, *args, **{**options, **kwargs})


def array_repr(arr: Any, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None) -> str:
    """``repr(arr)``, with NumPy's options of printing."""
    with _options(max_line_width, precision, suppress_small):
        return repr(as_operand("array_repr", arr))


def array_str(a: Any, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None) -> str:
    """``str(a)``, with NumPy's options of printing."""
    with _options(max_line_width, precision, suppress_small):
        return str(as_operand("array_str", a))


def _options(width: Any, precision: Any, suppress: Any) -> Any:
    given = {"linewidth": width, "precision": precision, "suppress": suppress}
    return np.printoptions(**{key: value for key, value in given.items() if value is not None})
