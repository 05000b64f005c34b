"""From a call to a draw: parameters that are numbers, host data or arrays, their ranges, and the shape and dtype of the result."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from clnd import dtypes
from clnd.arrays import Array, array_of
from clnd.context import Context, Device, as_context
from clnd.dtypes import BOOL, FLOAT, INT, UINT, DType, facts
from clnd.errors import ArgumentError, ContextError, DTypeError, ShapeError
from clnd.graph.faults import Fault, joined
from clnd.graph.node import Node
from clnd.graph.record import common_context, scalar_node
from clnd.incoming import as_host, host_cast
from clnd.ops import elementwise, reductions
from clnd.ops.distributions import TABLE, Distribution, Range, Source
from clnd.ops.op import cast_node
from clnd.ops.parameters import rounded
from clnd.ops.sources import from_host
from clnd.ops.views import reshaped_node
from clnd.random.stream import Stream
from clnd.shapes import Shape, as_shape, broadcast

__all__ = ["Given", "computed_in", "delivered", "draw", "expected_size", "fault_of", "given", "one_size", "place_of", "range_faults", "whole"]

_EXACT = 2.0**22
"""Counts up to here are exact in float32, with room for what lies above the mean."""


class Given:
    """One parameter: a number, host data, or a node."""

    __slots__ = ("host", "name", "node", "range", "value")

    def __init__(self, op: str, name: str, value: Any, within: Range) -> None:
        self.name, self.range, self.value = name, within, value
        self.host: np.ndarray[Any, Any] | None = None
        self.node: Node | None = None
        if isinstance(value, Array):
            self.node = value._node
        elif isinstance(value, (bool, int, float, np.generic)):
            self.value = value.item() if isinstance(value, np.generic) else value
        else:
            self.host = as_host(f"random.{op}", value)
        self._check_kind(op)

    @property
    def shape(self) -> Shape:
        """Of the parameter; () for a number."""
        return self.node.shape if self.node is not None else () if self.host is None else self.host.shape

    @property
    def dtype(self) -> DType | None:
        """Of an array; None for a number."""
        return self.node.dtype if self.node is not None else None if self.host is None else dtypes.as_dtype(self.host.dtype)

    def _check_kind(self, op: str) -> None:
        dtype = self.dtype
        if dtype is None:
            if isinstance(self.value, complex):
                raise DTypeError(f"[random.{op}] got {self.name}={self.value!r}; expected a real number")
            return
        kind = facts(dtype).kind
        if kind not in ((INT, UINT, BOOL) if self.range.whole else (INT, UINT, BOOL, FLOAT)):
            kinds = "integers" if self.range.whole else "real numbers"
            raise DTypeError(f"[random.{op}] got {self.name} of dtype {dtype.name}; expected {kinds}; cast with astype()")

    def check(self, op: str, dtype: DType) -> None:
        """Refuse what the host can see.

        Raises
        ------
        ArgumentError
            Where the parameter is outside its range, with the first place of an array.
        """
        expected = f"expected {self.range}"
        if self.host is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                bad = ~self.range.holds(self.host.astype(np.float64))
            if bad.any():
                place = tuple(int(k) for k in np.unravel_index(int(bad.argmax()), bad.shape))
                where = f" at index {place[0] if len(place) == 1 else place}" if place else ""
                raise ArgumentError(f"[random.{op}] got {self.name}={self.host[place]}{where}; {expected}")
        elif self.node is None:
            try:
                held = bool(self.range.holds(self.value)) and bool(self.range.holds(rounded(float(self.value), dtype)))
            except OverflowError:
                held = False
            if not held or (self.range.whole and self.value != int(self.value)):
                raise ArgumentError(f"[random.{op}] got {self.name}={self.value!r} for {dtype.name}; {expected}")

    def as_node(self, op: str, dtype: DType, ctx: Context) -> Node:
        """The parameter as a node of ``dtype``."""
        if self.node is not None:
            return cast_node(self.node, dtype)
        if self.host is not None:
            return from_host(host_cast(f"random.{op}", self.host, dtype), ctx)
        return scalar_node(rounded(float(self.value), dtype), dtype)


def given(op: str, parameters: Distribution, values: tuple[Any, ...]) -> list[Given]:
    """The parameters of a distribution."""
    return [Given(op, name, value, within) for (name, within), value in zip(parameters.parameters.items(), values, strict=True)]


def computed_in(parameters: list[Given], dtype: Any, counts: bool) -> DType:
    """The float dtype that a distribution is computed in: that of the result, or of arrays, or the default."""
    if dtype is not None and not counts:
        return dtypes.float64 if dtypes.as_dtype(dtype) == dtypes.float64 else dtypes.float32
    floats = [p.dtype for p in parameters if p.dtype is not None and facts(p.dtype).kind == FLOAT]
    if floats:
        return dtypes.float64 if dtypes.float64 in floats else dtypes.float32
    if counts and any(p.dtype is None and abs(p.value) > _EXACT for p in parameters):
        return dtypes.float64
    return dtypes.default_float()


def place_of(op: str, parameters: list[Given], ctx: Device) -> Context:
    """The context of the draw: ``ctx``, or that of the parameters, or the current one.

    Raises
    ------
    ContextError
        Where a parameter is on another device.
    """
    nodes = [p.node for p in parameters if p.node is not None]
    where = common_context(f"random.{op}", nodes)
    if ctx is None:
        return as_context(where)
    found = as_context(ctx)
    if where is not None and where.device is not found.device:
        raise ContextError(f"[random.{op}] got parameters on {where} for a draw on {found}; expected one context; move them with .to_device({str(found)!r})")
    return found


def expected_size(op: str, size: Any, shapes: list[Shape]) -> Shape:
    """The shape of the result: that of the parameters, or ``size``, to which they must broadcast.

    Raises
    ------
    ShapeError
        Where they do not.
    """
    together = broadcast(f"random.{op}", *shapes) if shapes else ()
    if size is None:
        return together
    shape = as_shape(f"random.{op}", size)
    if broadcast(f"random.{op}", together, shape) != shape:
        raise ShapeError(f"[random.{op}] got size {shape} for parameters of shape {together}; expected one that they broadcast to")
    return shape


def one_size(op: str, size: Any, shape: Any) -> Any:
    """``size``, also by its other name."""
    if shape is not None and size is not None:
        raise ArgumentError(f"[random.{op}] got size={size!r} and shape={shape!r}; expected one of them")
    return size if shape is None else shape


def delivered(op: str, node: Node, out: Any) -> Array:
    """The result, in ``out`` where one is given.

    Raises
    ------
    DTypeError
        Where ``out`` is no array, or of another dtype.
    """
    if out is None:
        return array_of(node)
    if not isinstance(out, Array):
        raise DTypeError(f"[random.{op}] got a {type(out).__name__} as out; expected a clnd array")
    if out.dtype != node.dtype:
        raise DTypeError(f"[random.{op}] got out of dtype {out.dtype.name} for {node.dtype.name}; expected the same; pass dtype={out.dtype.name!r}")
    return out._take(f"random.{op}", node)


def fault_of(op: str, bad: Node, message: str) -> Fault | None:
    """The fault of elements of ``bad`` that are true. ``message`` has a place for {at}."""
    if 0 in bad.shape:
        return None
    at = " at index {place}" if bad.shape else ""
    looked = bad if bad.shape else reshaped_node(bad, (1,))
    check = reductions.search_node("argmax", looked, tuple(range(len(looked.shape))), False)
    return Fault(check, f"[random.{op}] got {message.format(at=at)}", looked.shape)


def _outside(p: Given, node: Node) -> Node:
    """Where the elements of a parameter are not in its range; NaN is not."""
    least, most = max(p.range.least, -float(np.finfo(node.dtype).max)), min(p.range.most, float(np.finfo(node.dtype).max))
    above = (elementwise.greater if p.range.above else elementwise.greater_equal).node([node, scalar_node(least, node.dtype)])
    below = elementwise.less_equal.node([node, scalar_node(most, node.dtype)])
    return elementwise.logical_not.node([elementwise.logical_and.node([above, below])])


def range_faults(op: str, parameters: list[Given], nodes: list[Node]) -> list[Fault | None]:
    """The faults of parameters on a device that are out of their ranges."""
    pairs = [(p, node) for p, node in zip(parameters, nodes, strict=True) if p.node is not None]
    return [fault_of(op, _outside(p, node), f"{p.name} out of range{{at}}; expected {p.range}") for p, node in pairs]


def _faults(op: str, found: Distribution, parameters: list[Given], nodes: list[Node]) -> tuple[Fault, ...]:
    """What is checked on the device; what the host can see is refused at once."""
    faults = range_faults(op, parameters, nodes)
    by_name = {p.name: (p, node) for p, node in zip(parameters, nodes, strict=True)}
    for first, relation, second in found.ordered:
        (p, a), (q, b) = by_name[first], by_name[second]
        told = f"expected {first} {relation} {second}"
        if p.node is None and q.node is None:
            low, high = (x.value if x.host is None else x.host for x in (p, q))
            if not np.all(np.asarray(low <= high if relation == "<=" else low < high)):
                raise ArgumentError(f"[random.{op}] got {first}={p.value!r} and {second}={q.value!r}; {told}")
        else:
            held = (elementwise.less_equal if relation == "<=" else elementwise.less).node([a, b])
            faults.append(fault_of(op, elementwise.logical_not.node([held]), f"{first} and {second} out of order{{at}}; {told}"))
    return tuple(f for f in faults if f is not None)


def draw(
    stream: Stream, op: str, values: tuple[Any, ...], size: Any, dtype: Any = None, ctx: Device = None, out: Any = None, name: str | None = None
) -> Array:
    """An array of distribution ``name`` (``op`` where it is not given) from the next draws of ``stream``.

    Raises
    ------
    ArgumentError, ShapeError, DTypeError, ContextError
        Where a parameter, the size, the dtype or the context does not fit.
    """
    found = TABLE[name or op]
    parameters = given(op, found, values)
    gives = _result_dtype(op, found, dtype)
    real = computed_in(parameters, gives, found.counts)
    for p in parameters:
        p.check(op, real)
    if out is not None and size is None and isinstance(out, Array):
        size = out.shape
    shape = expected_size(op, size, [p.shape for p in parameters])
    where = place_of(op, parameters, out.ctx if ctx is None and isinstance(out, Array) else ctx)
    nodes = [p.as_node(op, real, where) for p in parameters]
    faults = _faults(op, found, parameters, nodes)
    node = found.make(Source(shape, real, where, stream._next_draw), *nodes)
    node = cast_node(node, gives or (dtypes.int64 if found.counts else real))
    if faults:
        node.faults = joined(node.faults, faults)
    return delivered(op, node, out)


def _result_dtype(op: str, found: Distribution, dtype: Any) -> DType | None:
    if dtype is None:
        return None
    gives = dtypes.as_dtype(dtype)
    kinds = (INT, UINT, FLOAT) if found.counts else (FLOAT,)
    if facts(gives).kind not in kinds:
        raise DTypeError(f"[random.{op}] got dtype {gives.name}; it draws {dtypes.kind_names(frozenset(kinds))}; cast the result with astype()")
    return gives


def whole(op: str, name: str, value: Any) -> int:
    """A whole number, also where it is a float.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    try:
        return operator.index(value)
    except TypeError:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        raise ArgumentError(f"[random.{op}] got {name}={value!r}; expected an integer") from None
