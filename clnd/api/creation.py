"""Creation functions."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from clnd import dtypes
from clnd.arrays import Array, array_of, from_numpy
from clnd.context import Context, Device, as_context
from clnd.dtypes import DType, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import as_operand
from clnd.graph.record import scalar_node
from clnd.incoming import as_host, check_held, host_cast
from clnd.nesting import holds_arrays, of_lists
from clnd.ops import elementwise, sources
from clnd.ops.limits import limits_of
from clnd.ops.op import cast_node
from clnd.shapes import as_integer, as_shape, broadcast, normalize_axis

__all__ = [
    "arange", "array", "asarray", "empty", "empty_like", "eye", "full", "full_like", "linspace", "ones", "ones_like", "tril", "triu",
    "zeros", "zeros_like",
]  # fmt: skip

A = TypeVar("A", bound=Array)


def asarray(
    obj: Any, /, dtype: Any = None, order: Any = None, *, device: Device = None, copy: bool | None = None, ctx: Device = None
) -> Array:
    """An array from numbers, nested sequences, NumPy arrays or clnd arrays.

    Parameters
    ----------
    obj : array, NumPy array, number, or nested sequences of numbers
    dtype : dtype, optional
        By default that of the data: of an array, an image, a buffer or NumPy's scalar. Python numbers, also in lists,
        become int64, float32, complex64 or bool (`default_dtype` sets the floats). Floats of NumPy's arrays that an integer dtype does not hold are clamped, and NaN is 0.
    device, ctx : Context or str, optional
        Where the array lives; by default where ``obj`` is, or the arrays in its lists, else the current context.
    copy : bool, optional
        True for a copy, False to refuse one, None for a copy only where needed.
    order : "K", "A" or "C", optional
        Accepted; arrays are row-major.

    Raises
    ------
    DTypeError
        Where the data has no dtype that clnd has, and for Python's numbers that an integer dtype does not hold.
    ArgumentError
        For another ``order``, where ``copy=False`` cannot be kept, and for NaN among Python's numbers that are to be integers.

    Examples
    --------
    >>> import clnd
    >>> clnd.asarray([1, 2, 3]) + 0.5
    array([1.5, 2.5, 3.5], dtype=float32, device='cpu(0)')
    """
    _check_order("asarray", order)
    where = device if device is not None else ctx
    if isinstance(obj, Array):
        moved = obj if where is None else obj.to_device(where)
        to = obj.dtype if dtype is None else dtypes.as_dtype(dtype)
        if copy is False and (moved is not obj or to != obj.dtype):
            raise ArgumentError("[asarray] got copy=False for another dtype or device; expected copy=None or True")
        result = moved.astype(to, copy=False)
        return result.copy() if copy and result is obj else result
    if copy is False:
        raise ArgumentError(f"[asarray] got copy=False for a {type(obj).__name__}; data from the host is always copied; use copy=None")
    if holds_arrays(obj):
        made: Array = of_lists("asarray", obj)._plain()
        return asarray(made, dtype, device=where)
    host = _to_host(obj, dtype)
    return from_numpy(host, as_context(where))


def array(
    object: Any, dtype: Any = None, *, copy: bool | None = True, order: Any = None, subok: bool = False, ndmin: int = 0, device: Device = None,
    ctx: Device = None,
) -> Array:  # fmt: skip
    """An array from numbers, nested sequences, NumPy arrays or clnd arrays: a copy, as NumPy's function of this name.

    Parameters
    ----------
    object : array, NumPy array, number, or nested sequences of numbers
    dtype : dtype, optional
        As in `asarray`.
    copy : bool, optional
        True for a copy, None for a copy only where needed, False to refuse one.
    order : "K", "A" or "C", optional
        Accepted; arrays are row-major. So is ``subok``: there are no subclasses to keep.
    ndmin : int
        At least so many dimensions: axes of length 1 are put in front.
    device, ctx : Context or str, optional
        Where the array lives; by default where ``object`` is, else the current context.

    Raises
    ------
    ArgumentError
        For another ``order``, and if ``copy=False`` cannot be kept.
    DTypeError
        If the data has no dtype that clnd has.

    Examples
    --------
    >>> import clnd
    >>> clnd.array([1, 2], ndmin=2).shape
    (1, 2)
    """
    _check_order("array", order)
    result = asarray(object, dtype=dtype, copy=copy if isinstance(object, Array) or copy is False else None, device=device, ctx=ctx)
    missing = ndmin - result.ndim
    return result.reshape((1,) * missing + result.shape) if missing > 0 else result


def _to_host(obj: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Host data as a NumPy array of a dtype that clnd has."""
    if dtype is None:
        return as_host("asarray", obj)
    # Not by way of the default dtype: float64 gets the digits of a list's numbers.
    try:
        host = np.asarray(obj)
    except (ValueError, OverflowError):
        host = as_host("asarray", obj)
    if host.dtype.kind not in "biufc":
        host = as_host("asarray", obj)
    to = dtypes.as_dtype(dtype)
    check_held("asarray", obj, host, to)
    return host_cast("asarray", host, to)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *, device: Device = None, ctx: Device = None) -> Array:
    """An array of ``shape`` with ``fill_value`` everywhere; of the number's dtype, or the default one of a Python number."""
    if isinstance(fill_value, Array):
        fill_value = fill_value.item()
    number = as_host("full", fill_value)
    if number.shape:
        raise ShapeError(f"[full] got a fill value of shape {number.shape}; expected one number; use broadcast_to()")
    if dtype is None:
        dtype = number.dtype
    # Python's numbers whole: the default dtype would round them.
    fill_value = fill_value if isinstance(fill_value, (bool, int, float, complex)) else number[()]
    return _filled("full", shape, fill_value, dtype, order, device if device is not None else ctx)


def _filled(name: str, shape: Any, value: Any, dtype: Any, order: Any, where: Device) -> Array:
    """An array of ``value``, which is converted to ``dtype`` and no further; of the default float where no dtype is named."""
    _check_order(name, order)
    to = dtypes.default_float() if dtype is None else dtypes.as_dtype(dtype)
    return array_of(sources.full_node(as_shape(name, shape), value, to, as_context(where)))


def zeros(shape: Any, dtype: Any = None, order: Any = "C", *, device: Device = None, ctx: Device = None) -> Array:
    """An array of zeros; of the default float where no dtype is named."""
    return _filled("zeros", shape, 0, dtype, order, device if device is not None else ctx)


def ones(shape: Any, dtype: Any = None, order: Any = "C", *, device: Device = None, ctx: Device = None) -> Array:
    """An array of ones; of the default float where no dtype is named."""
    return _filled("ones", shape, 1, dtype, order, device if device is not None else ctx)


def empty(shape: Any, dtype: Any = None, order: Any = "C", *, device: Device = None, ctx: Device = None) -> Array:
    """An array to be filled. Its elements are zeros, so that no program depends on what memory held."""
    return _filled("empty", shape, 0, dtype, order, device if device is not None else ctx)


def _check_order(name: str, order: Any) -> None:
    """Refuse an order of elements in memory other than row-major, which is also what "K" and "A" of a row-major array ask for."""
    if order not in (None, "K", "A", "C"):
        raise ArgumentError(f"[{name}] got order {order!r}; expected 'K', 'A' or 'C', as arrays are row-major")


def _like(name: str, x: Any, value: Any, dtype: Any, order: Any, shape: Any, device: Device) -> Any:
    x = as_operand(name, x)
    _check_order(name, order)
    to = x._node.dtype if dtype is None else dtypes.as_dtype(dtype)
    lengths = x.shape if shape is None else as_shape(name, shape)
    return x._like(sources.full_node(lengths, value, to, x.ctx if device is None else as_context(device)))


def full_like(
    x: A, /, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, *, device: Device = None
) -> A:
    """An array with the shape, dtype and context of ``x``, where no others are given, and ``fill_value`` everywhere.

    ``order`` and ``subok`` are NumPy's: arrays are row-major and of the class of ``x`` in any case.
    """
    return _like("full_like", x, fill_value, dtype, order, shape, device)


def zeros_like(x: A, /, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, *, device: Device = None) -> A:
    """Zeros with the shape, dtype and context of ``x``."""
    return _like("zeros_like", x, 0, dtype, order, shape, device)


def ones_like(x: A, /, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, *, device: Device = None) -> A:
    """Ones with the shape, dtype and context of ``x``."""
    return _like("ones_like", x, 1, dtype, order, shape, device)


def empty_like(x: A, /, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None, *, device: Device = None) -> A:
    """An array with the shape, dtype and context of ``x``, to be filled; zeros."""
    return _like("empty_like", x, 0, dtype, order, shape, device)


def arange(start: Any, /, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Device = None, ctx: Device = None) -> Array:
    """start, start + step, ... below ``stop`` (from 0 where only one number is given).

    int64 where all numbers are integers, else the default float. Element i is start + i * step, the product
    and the sum each rounded once.
    """
    if stop is None:
        start, stop = 0, start
    start, stop, step = (_number("arange", n) for n in (start, stop, step))
    if step == 0:
        raise ArgumentError("[arange] got step 0; expected another number")
    whole = all(isinstance(n, (int, np.integer)) for n in (start, stop, step))
    to = (dtypes.int64 if whole else dtypes.default_float()) if dtype is None else dtypes.as_dtype(dtype)
    n = max(0, -(-(stop - start) // step)) if whole else max(0, int(np.ceil((stop - start) / step)))
    where = as_context(device if device is not None else ctx)
    where.device.pool.check(int(n) * to.itemsize)
    return array_of(_progression((int(n),), start, step, to, where))


def _number(name: str, x: Any) -> Any:
    """A Python number, also of an array of one element.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    number = x.item() if isinstance(x, (Array, np.ndarray, np.generic)) and x.size == 1 else x
    if isinstance(number, (int, float)):
        return number
    raise ArgumentError(f"[{name}] got {x!r}; expected a real number")


def _progression(shape: Any, start: Any, step: Any, to: DType, ctx: Context) -> Any:
    index = sources.index_node(shape, ctx)
    whole = facts(to).kind in (dtypes.INT, dtypes.UINT, dtypes.BOOL)
    # Integers are computed modulo 2^64: unsigned numbers too large for int64 are not named in it.
    inner = dtypes.uint64 if to == dtypes.uint64 else dtypes.int64 if whole else dtypes.float32 if facts(to).is_half else to
    node = cast_node(index, inner)
    if step != 1:
        node = elementwise.multiply.node([node, scalar_node(_wrapped(step, inner), inner)])
    if start != 0:
        node = elementwise.add.node([node, scalar_node(_wrapped(start, inner), inner)])
    node = cast_node(node, to)
    node.limits = limits_of(node)  # also when it is computed: indices that are in range need no check
    return node


def _wrapped(number: Any, dtype: DType) -> Any:
    """``number`` as ``dtype`` holds it; integers modulo its range."""
    if facts(dtype).kind not in (dtypes.INT, dtypes.UINT):
        return dtype.type(number).item()
    low = int(number) % 2**64
    return low - 2**64 if facts(dtype).kind == dtypes.INT and low >= 2**63 else low


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0, *,
    device: Device = None, ctx: Device = None,
) -> Any:  # fmt: skip
    """``num`` evenly spaced numbers from ``start`` to ``stop``, which is included where ``endpoint`` says so.

    Parameters
    ----------
    start, stop : number or array
        Of arrays every element has numbers of its own, along a new axis.
    num : int
    endpoint : bool
    retstep : bool
        Whether the step is returned too.
    dtype : dtype, optional
        The default float, or complex numbers, where none is named. To integers numbers are rounded down, of integers exactly.
    axis : int
        Where the new axis goes.
    device, ctx : Context or str, optional

    Raises
    ------
    ArgumentError
        If ``num`` is negative or no integer.
    DTypeError
        For complex numbers with a real ``dtype``.

    Examples
    --------
    >>> import clnd
    >>> clnd.linspace(0, 1, 3, retstep=True)
    (array([0. , 0.5, 1. ], dtype=float32, device='cpu(0)'), 0.5)
    """
    num = _count("linspace", num)
    where = device if device is not None else ctx
    if any(isinstance(x, (Array, list, tuple, np.ndarray)) for x in (start, stop)):
        return _linspace_of_arrays(start, stop, num, endpoint, retstep, dtype, axis, where)
    normalize_axis("linspace", axis, 1)
    default = dtypes.default_complex if isinstance(start, complex) or isinstance(stop, complex) else dtypes.default_float
    to = default() if dtype is None else dtypes.as_dtype(dtype)
    if default is dtypes.default_complex and facts(to).kind != dtypes.COMPLEX:
        raise DTypeError(f"[linspace] got {start!r} and {stop!r} with dtype {to.name}; expected a complex dtype for complex numbers")
    gaps = num - 1 if endpoint else num
    step = (stop - start) / gaps if gaps > 0 else 0.0
    if facts(to).kind in (dtypes.FLOAT, dtypes.COMPLEX):
        node = _progression((num,), start, step, to, as_context(where))
        if endpoint and num > 1:
            # The last one is stop itself, not start plus rounded steps.
            node = elementwise.where.node([_last(num, as_context(where)), scalar_node(to.type(stop).item(), to), node])
    else:
        node = _whole_progression(num, gaps, start, stop, endpoint, to, as_context(where))
    return (array_of(node), step if gaps > 0 else float("nan")) if retstep else array_of(node)


def _count(name: str, num: Any) -> int:
    count = as_integer(name, "num", num)
    if count < 0:
        raise ArgumentError(f"[{name}] got num {count}; expected a count from 0 on")
    return count


def _last(num: int, ctx: Context) -> Any:
    """Where the last of ``num`` elements is, as bools."""
    return elementwise.equal.node([sources.index_node((num,), ctx), scalar_node(num - 1, dtypes.int64)])


def _whole_progression(num: int, gaps: int, start: Any, stop: Any, endpoint: bool, to: DType, ctx: Context) -> Any:
    """`linspace` of an integer dtype: each number rounded down."""
    if isinstance(start, int) and isinstance(stop, int):
        way = elementwise.multiply.node([sources.index_node((num,), ctx), scalar_node(stop - start, dtypes.int64)])
        way = elementwise.floor_divide.node([way, scalar_node(max(gaps, 1), dtypes.int64)])
        return cast_node(elementwise.add.node([way, scalar_node(start, dtypes.int64)]), to)
    inner = dtypes.float64 if ctx.device.info.fp64 else dtypes.float32
    node = _progression((num,), start, (stop - start) / gaps if gaps > 0 else 0.0, inner, ctx)
    if endpoint and num > 1:
        node = elementwise.where.node([_last(num, ctx), scalar_node(float(stop), inner), node])
    return cast_node(elementwise.floor.node([node]), to)


def _linspace_of_arrays(start: Any, stop: Any, num: int, endpoint: bool, retstep: bool, dtype: Any, axis: int, where: Device) -> Any:
    lead = start if isinstance(start, Array) else stop
    ctx = lead.ctx if where is None and isinstance(lead, Array) else as_context(where)
    ends = [x.to_device(ctx) if isinstance(x, Array) else asarray(x, device=ctx) for x in (start, stop)]
    inner = dtypes.to_float(dtypes.result_dtype("linspace", *(x._node.dtype for x in ends)))
    to = inner if dtype is None else dtypes.as_dtype(dtype)
    is_whole = facts(to).kind not in (dtypes.FLOAT, dtypes.COMPLEX)
    inner = inner if is_whole else dtypes.promote("linspace", inner, to)
    shape = broadcast("linspace", *(x.shape for x in ends))
    first, last = (x.astype(inner, copy=False).broadcast_to(shape) for x in ends)
    gaps = num - 1 if endpoint else num
    step = (last - first) / max(gaps, 1)
    index = array_of(sources.index_node((num,), ctx)).reshape((num,) + (1,) * len(shape))
    result = index.astype(dtypes.to_real(inner)) * step + first
    if endpoint and num > 1:
        result = elementwise.where(index == num - 1, last, result)
    result = (elementwise.floor(result) if is_whole else result).astype(to, copy=False)
    order = [*range(1, result.ndim)]
    order.insert(normalize_axis("linspace", axis, result.ndim), 0)
    result = result.transpose(tuple(order))
    return (result, step if gaps > 0 else step * float("nan")) if retstep else result


def eye(
    n_rows: int, n_cols: int | None = None, /, k: int = 0, dtype: Any = None, order: Any = "C", *, M: int | None = None, device: Device = None,  # noqa: N803
    ctx: Device = None,
) -> Array:  # fmt: skip
    """Ones on diagonal ``k`` of a matrix of zeros, square where no number of columns is given. ``M`` is NumPy's name of that."""
    _check_order("eye", order)
    n_cols = M if n_cols is None else n_cols
    rows, columns = as_shape("eye", (n_rows, n_rows if n_cols is None else n_cols))
    where = as_context(device if device is not None else ctx)
    to = dtypes.default_float() if dtype is None else dtypes.as_dtype(dtype)
    return (above_diagonal(rows, columns, where) == k).astype(to)


def above_diagonal(rows: int, columns: int, ctx: Context) -> Array:
    """How far each place of a matrix is above its diagonal."""
    return arange(columns, device=ctx) - arange(rows, device=ctx).reshape((rows, 1))


def _triangle(name: str, x: Any, keep: Any) -> Any:
    x = as_operand(name, x)
    if x.ndim < 2:
        raise ShapeError(f"[{name}] got shape {x.shape}; expected at least two dimensions")
    return elementwise.where(keep(above_diagonal(x.shape[-2], x.shape[-1], x.ctx)), x, x._node.dtype.type(0).item())


def tril(x: A, /, k: int = 0) -> A:
    """The elements on and below diagonal ``k``; zeros above."""
    return _triangle("tril", x, lambda above: above <= k)


def triu(x: A, /, k: int = 0) -> A:
    """The elements on and above diagonal ``k``; zeros below."""
    return _triangle("triu", x, lambda above: above >= k)
