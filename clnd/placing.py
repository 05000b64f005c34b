"""Masks and scattered writes of an array: what functions, methods and ufuncs share."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.errors import ArgumentError, DTypeError, IndexingError, NoAxisError, ShapeError
from clnd.graph.node import Node, Operand, as_operand, operand
from clnd.graph.record import common_context, record, scalar_node
from clnd.graph.run import run
from clnd.incoming import check_held
from clnd.indexing import check_range, is_basic
from clnd.ops import additions, elementwise, sources
from clnd.ops.compaction import compressed_node, flat_nonzero_node, nonzero_nodes
from clnd.ops.gather import Along, displacement_node, places_node, range_fault, taken_node, tell
from clnd.ops.joining import stack_node
from clnd.ops.op import Op, cast_node
from clnd.ops.scatter import scatter_into
from clnd.ops.views import flat_node, flat_where_none, reshaped_node
from clnd.picking import MODES_OF_NUMPY, among, beside, check_indices, whole_numbers, written
from clnd.reducing import deliver
from clnd.shapes import Shape, broadcast, collapse, normalize_axis, size_of

__all__ = ["add_at", "argwhere", "compressed", "copied_to", "extracted", "filled_diagonal", "flat_nonzero", "masked_put", "nonzero", "placed", "put", "put_along"]


# --- where elements are not 0 --------------------------------------------------------------------


def nonzero(x: Any) -> tuple[Any, ...]:
    """Where ``x`` is not 0: see `clnd.nonzero`."""
    x = as_operand("nonzero", x)
    node = x._node
    if not node.shape:
        raise NoAxisError("[nonzero] got an array without dimensions; expected at least one; use .reshape(1), or flatnonzero()")
    return tuple(map(x._like, nonzero_nodes(node)))


def flat_nonzero(x: Any) -> Any:
    """The places where ``x`` is not 0: see `clnd.flatnonzero`."""
    given = as_operand("flatnonzero", x)
    return given._like(flat_nonzero_node(given._node))


def argwhere(x: Any) -> Any:
    """The index of each element that is not 0: see `clnd.argwhere`."""
    x = as_operand("argwhere", x)
    node = x._node
    if not node.shape:
        return x._like(sources.full_node((flat_nonzero_node(node).shape[0], 0), 0, dtypes.int64, x.ctx))
    return x._like(stack_node("argwhere", nonzero_nodes(node), 1))


# --- reading by conditions -------------------------------------------------------------------------


def extracted(condition: Any, x: Any) -> Any:
    """The elements of ``x`` in one dimension where ``condition`` is not 0: see `clnd.extract`."""
    x = among("extract", x, condition)
    node = x._node
    mask = beside("extract", condition if isinstance(condition, Operand) else np.asarray(condition), node)
    n = size_of(node.shape)
    flat, mask = reshaped_node(node, (n,)), flat_node(mask)
    if mask.shape == flat.shape:
        return x._like(compressed_node(flat, mask))
    return x._like(_taken("extract", flat, flat_nonzero_node(mask), 0, size_of(mask.shape)))


def compressed(condition: Any, x: Any, axis: Any = None, out: Any = None) -> Any:
    """The slices of ``x`` along ``axis`` where ``condition`` is not 0: see `clnd.compress`."""
    x = among("compress", x, condition)
    node = x._node
    mask = beside("compress", condition if isinstance(condition, Operand) else np.asarray(condition), node)
    if len(mask.shape) != 1:
        raise ShapeError(f"[compress] got a condition of shape {mask.shape}; expected one dimension")
    node, axis = flat_where_none(node, axis)
    axis = normalize_axis("compress", axis, len(node.shape))
    if mask.shape == node.shape:
        result = compressed_node(node, mask)
    else:
        result = _taken("compress", node, flat_nonzero_node(mask), axis, mask.shape[0])
    return deliver("compress", out, x._like(result))


def _taken(name: str, node: Node, places: Node, axis: int, most: int) -> Node:
    """What lies at ``places`` along an axis, all below ``most``."""
    n = node.shape[axis]
    if most > n and places.shape[0]:
        last = int(_number_at_end(places))
        if last >= n:
            raise IndexingError(f"[{name}] got a condition that is true at {last}; expected less than {n}, the size of axis {axis}")
    places.limits = (0, max(n - 1, 0))
    return taken_node(node, places, axis, "raise")


def _number_at_end(places: Node) -> Any:
    """The last element of a node, read by the host, which has waited for its shape anyway."""
    run((places,))
    assert places.value is not None
    assert places.ctx is not None
    return places.value.read(places.ctx.device, places.dtype, start=places.shape[0] - 1)[0]


# --- writing ---------------------------------------------------------------------------------------


def put(x: Any, indices: Any, values: Any, mode: Any = "raise") -> None:
    """Set elements of ``x`` in row-major order: see `clnd.put`."""
    node = operand("put", x)._node
    if mode not in MODES_OF_NUMPY:
        raise ArgumentError(f"[put] got mode {mode!r}; expected 'raise', 'wrap' or 'clip'")
    given = whole_numbers("put", indices)
    index = beside("put", given, node)
    count = size_of(index.shape)
    if count and not size_of(node.shape):
        raise IndexingError(f"[put] got {count} indices for an array without elements; expected none")
    source = _cycled("put", x, values, count)
    if source is not None and count:
        _put("put", x, given, reshaped_node(index, (count,)), source, mode)


def _put(name: str, x: Any, given: Any, index: Node, source: Node, mode: str) -> None:
    """Set elements of ``x`` in row-major order to as many values, or one. ``given`` are the indices, ``index`` is their node."""
    n = size_of(x.shape)
    if mode == "raise" and not isinstance(given, Operand):
        check_range(name, given, n, 0)
    places = displacement_node([Along(index, n, 1)], index.shape, "pass over" if mode == "raise" else mode)
    if mode == "raise" and isinstance(given, Operand):
        tell(places, range_fault(name, index, 0, n))
    set_places(x, places, source)


def put_along(x: Any, indices: Any, values: Any, axis: Any) -> None:
    """Set elements of ``x`` that ``indices`` name along ``axis``: see `clnd.put_along_axis`."""
    name = "put_along_axis"
    x = operand(name, x)
    node = x._node
    given = whole_numbers(name, indices)
    index = beside(name, given, node)
    if axis is None:
        if len(index.shape) != 1:
            raise ShapeError(f"[{name}] got indices of shape {index.shape} with axis=None; expected one dimension")
        source = _whole(x, values, index.shape)
        if size_of(index.shape):
            _put(name, x, given, index, source, "raise")
        return
    if len(index.shape) != len(node.shape):
        raise ShapeError(f"[{name}] got indices of shape {index.shape} for an array of shape {node.shape}; expected as many dimensions")
    axis = normalize_axis(name, axis, len(node.shape))
    n = node.shape[axis]
    check_indices(name, given, n, axis)
    offset, shape, strides = x._layout()
    x._check_writable()
    to = broadcast(name, (*shape[:axis], 1, *shape[axis + 1 :]), index.shape)
    if any(to[k] != shape[k] for k in range(len(shape)) if k != axis):
        raise ShapeError(f"[{name}] got indices of shape {index.shape} for an array of shape {shape}; expected equal lengths or 1 but along axis {axis}")
    source = _whole(x, values, to)
    if not size_of(to):
        return
    walk = tuple(0 if k == axis else s for k, s in enumerate(strides))
    places = places_node([Along(index, n, strides[axis])], to, offset, walk)
    if isinstance(given, Operand):
        tell(places, range_fault(name, index, axis, n))
    scatter_into(x._store, flat_node(places), source)


def placed(x: Any, mask: Any, values: Any) -> None:
    """Set elements of ``x`` where ``mask`` is not 0 to the next of ``values``: see `clnd.place`."""
    node = operand("place", x)._node
    chosen = beside("place", mask if isinstance(mask, Operand) else np.asarray(mask), node)
    if size_of(chosen.shape) != size_of(node.shape):
        raise ShapeError(f"[place] got a mask of shape {chosen.shape} for an array of shape {node.shape}; expected as many elements")
    places = flat_nonzero_node(chosen)
    count = places.shape[0]
    source = _cycled("place", x, values, count)
    if not count:
        return
    if source is None:
        raise ArgumentError("[place] got no values for a mask that is true somewhere; expected at least one")
    set_places(x, places, source, distinct=True)


def masked_put(x: Any, mask: Any, values: Any) -> None:
    """Set elements of ``x`` where ``mask`` is not 0 to the value of the same number: see `clnd.putmask`."""
    node = operand("putmask", x)._node
    chosen = beside("putmask", mask if isinstance(mask, Operand) else np.asarray(mask), node)
    if size_of(chosen.shape) != size_of(node.shape):
        raise ShapeError(f"[putmask] got a mask of shape {chosen.shape} for an array of shape {node.shape}; expected as many elements")
    source = _cycled("putmask", x, values, size_of(node.shape))
    if source is None or not size_of(node.shape):
        return
    source, condition = _in_shape(source, node.shape), reshaped_node(chosen, node.shape)
    x._rewrite("putmask", lambda: elementwise.where.node([cast_node(condition, dtypes.bool_), source, x._node]))


def copied_to(x: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Copy ``source`` into ``x`` where ``where`` is true: see `clnd.copyto`."""
    if isinstance(x, np.ndarray):
        host, condition = (given.asnumpy() if isinstance(given, Operand) else given for given in (source, where))  # type: ignore[attr-defined]
        np.copyto(x, host, casting, condition)  # type: ignore[arg-type]
        return
    node = operand("copyto", x)._node
    if isinstance(source, (bool, int, float, complex)) and not isinstance(source, np.generic):
        given = dtypes.scalar_dtype("copyto", source, node.dtype)
    else:
        source = source if isinstance(source, Operand) else np.asarray(source)
        given = source._node.dtype if isinstance(source, Operand) else source.dtype
    if not np.can_cast(given, node.dtype, casting):  # type: ignore[arg-type]
        raise DTypeError(
            f"[copyto] got {given.name} to copy into an array of {node.dtype.name}, which casting={casting!r} forbids; "
            "pass casting='unsafe', or cast with astype()"
        )
    if where is True:
        x[...] = source
        return
    mask = beside("copyto", where if isinstance(where, Operand) else np.asarray(where), node)
    if mask.dtype is not dtypes.bool_:
        raise DTypeError(f"[copyto] got where= of {mask.dtype.name}; expected bools, such as x > 0")
    if broadcast("copyto", mask.shape, node.shape) != node.shape:
        raise ShapeError(f"[copyto] got where= of shape {mask.shape} for an array of shape {node.shape}; expected a shape that broadcasts to it")
    value = x._source(source, node.shape)
    x._rewrite("copyto", lambda: elementwise.where.node([mask, value, x._node]))


def filled_diagonal(x: Any, value: Any, wrap: bool = False) -> None:
    """Set the diagonal of ``x``: see `clnd.fill_diagonal`."""
    operand("fill_diagonal", x)
    offset, shape, strides = x._layout()
    if len(shape) < 2:
        raise ShapeError(f"[fill_diagonal] got shape {shape}; expected at least two dimensions")
    if len(shape) > 2 and len(set(shape)) != 1:
        raise ShapeError(f"[fill_diagonal] got shape {shape}; expected equal lengths, as of more than two dimensions")
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        places = np.arange(0, size_of(shape), shape[1] + 1, dtype=np.int64)
        source = _cycled("fill_diagonal", x, value, places.size)
        if source is not None:
            set_places(x, sources.from_host(places, x.ctx), source, distinct=True)
        return
    count = min(shape)
    source = _cycled("fill_diagonal", x, value, count)
    if source is not None and count:
        x._view(offset, (count,), (sum(strides),))[...] = x._like(source) if source.ctx is not None else source.params


def set_places(x: Any, places: Node, values: Node, distinct: bool = False) -> None:
    """Set elements of an array, whose numbers in its row-major order are given, to values, as many or one. Negative numbers are passed over."""
    offset, shape, strides = x._layout()
    x._check_writable()
    if x._place is not None:
        places = _in_store(places, offset, shape, strides)
    scatter_into(x._store, places, values, distinct)


def _in_store(places: Node, offset: int, shape: Shape, strides: Shape) -> Node:
    """Numbers of elements of a view as numbers of those of its store."""
    lengths, (steps,) = collapse(shape, [strides])
    total, inner = scalar_node(offset, dtypes.int64), 1
    for n, step in zip(lengths[::-1], steps[::-1], strict=True):
        up = elementwise.floor_divide.node([places, scalar_node(inner, dtypes.int64)])
        at = elementwise.remainder.node([up, scalar_node(n, dtypes.int64)])
        along = elementwise.multiply.node([at, scalar_node(step, dtypes.int64)])
        total, inner = elementwise.add.node([along, total]), inner * n
    none = scalar_node(-1, dtypes.int64)
    return elementwise.where.node([elementwise.less.node([places, scalar_node(0, dtypes.int64)]), none, total])


# --- joining, with duplicates ----------------------------------------------------------------------


def add_at(op: Op, x: Any, key: Any, value: Any) -> None:
    """Join ``value`` with the elements of ``x`` that ``key`` names, once for each time it names them: ``ufunc.at``."""
    name = op.name
    if name not in additions.ROWS:
        raise DTypeError(f"[{name}.at] is not there; expected one of {', '.join(sorted(additions.ROWS))}; write x[i] = {name}(x[i], y)")
    held = operand(f"{name}.at", x)._node.dtype
    given = value._node.dtype if isinstance(value, Operand) else np.asarray(value).dtype
    if given.kind in "biufc":
        additions.check_kind(name, held, given)
    additions.joining_of(name, held)  # raises where there is no such operation
    place, store = x._layout(), x._store
    x._check_writable()
    if is_basic(key):
        _join_region(op, x[key], value)
        return
    chosen, places = written(store.node, place, key)
    if places is None:
        _join_region(op, x._view(chosen.offset, chosen.result, chosen.walk), value)
        return
    source = _whole(x, value, chosen.result)
    if size_of(chosen.result):
        additions.added_into(store, places, source, name)


def _join_region(op: Op, view: Any, value: Any) -> None:
    """Join ``value`` with a region, whose elements are named once."""
    source = view._source(value, view.shape)
    view._rewrite(f"{op.name}.at", lambda: cast_node(op.node([view._node, source]), view._node.dtype))


# --- values ----------------------------------------------------------------------------------------


def _whole(x: Any, values: Any, shape: Shape) -> Node:
    """``values`` for elements of ``shape``, in the dtype of ``x``: along one axis, or one for all."""
    source: Node = x._source(values, shape)
    if source.ctx is None or size_of(source.shape) == 1:
        return source
    if source.shape != shape:
        source = record(sources.COPY, (source,), shape, source.dtype, source.ctx)
    return reshaped_node(source, (size_of(shape),))


def _cycled(name: str, x: Any, values: Any, count: int) -> Node | None:
    """``count`` values in the dtype of ``x``, in one dimension: ``values`` again and again, or the first of them; one for all. None where there are none."""
    given: Any = values if isinstance(values, Operand) else np.asarray(values)
    if isinstance(given, Operand):
        common_context(name, [x._node, given._node])
        n = size_of(given._node.shape)
    else:
        check_held(name, values, given, x._node.dtype)
        n = given.size
    if n == 0:
        return None
    if n == 1:
        one: Node = x._source(values if isinstance(values, (bool, int, float, complex)) else given.reshape(()), ())
        return one
    flat: Node = x._source(given.reshape(-1), (n,))
    if n == count:
        return flat
    places = sources.index_node((count,), x.ctx)
    return taken_node(flat, places, 0, "wrap")


def _in_shape(node: Node, shape: Shape) -> Node:
    """A node of as many elements in ``shape``; one element stays."""
    return node if node.ctx is None or not node.shape or size_of(node.shape) == 1 else reshaped_node(node, shape)

