"""Between which numbers the integers of a node are, as far as is known without looking: indices that are surely in range need no check.

What makes integers of a known range notes it: ``node.limits = (least, greatest)``. Arithmetic on such follows here.
"""

from __future__ import annotations

from collections.abc import Callable

from clnd.dtypes import BOOL, INT, UINT, DType, facts
from clnd.graph.node import Node
from clnd.graph.record import SCALAR
from clnd.ops import elementwise, sources
from clnd.ops.op import LIMITS, Cast
from clnd.ops.views import VIEW

__all__ = ["limits_of", "places_below"]

Limits = tuple[int, int]

# Operations between here and what is known that are looked through.
_DEPTH = 8


def limits_of(node: Node, depth: int = _DEPTH) -> Limits | None:
    """The least and the greatest number that an element of ``node`` can be; None where it is not of bools or integers."""
    if facts(node.dtype).kind not in (BOOL, INT, UINT):
        return None
    if node.limits is not None:
        return node.limits
    if node.op is SCALAR:
        return int(node.params), int(node.params)
    found = _found(node, depth) if depth and node.value is None else None
    every = _all_of(node.dtype)
    return found if found is not None and every[0] <= found[0] and found[1] <= every[1] else every


def places_below(node: Node, n: int) -> Node:
    """``node``, noted to hold places along an axis of ``n`` elements: what gives places says so of its result."""
    node.limits = (0, max(n - 1, 0))
    return node


def _all_of(dtype: DType) -> Limits:
    if facts(dtype).kind == BOOL:
        return 0, 1
    limits = LIMITS[dtype]
    return int(limits.min), int(limits.max)


def _found(node: Node, depth: int) -> Limits | None:
    inputs, op = node.inputs, node.op
    if not inputs:
        return None
    if op in (VIEW, sources.COPY, sources.ELEMENT) or isinstance(op, Cast):
        return limits_of(inputs[0], depth - 1)
    rule = _RULES.get(op)
    if rule is None:
        return None
    first, second = (limits_of(x, depth - 1) for x in inputs[-2:])
    return None if first is None or second is None else rule(first, second)


def _remainder(x: Limits, y: Limits) -> Limits | None:
    return (0, y[1] - 1) if y[0] > 0 else None


def _bits_of_both(x: Limits, y: Limits) -> Limits | None:
    return (0, y[1]) if y[0] >= 0 else None


def _product(x: Limits, y: Limits) -> Limits:
    corners = [a * b for a in x for b in y]
    return min(corners), max(corners)


def _quotient(x: Limits, y: Limits) -> Limits | None:
    corners = [a // b for a in x for b in y] if y[0] > 0 else []
    return (min(corners), max(corners)) if corners else None


_RULES: dict[object, Callable[[Limits, Limits], Limits | None]] = {
    elementwise.add: lambda x, y: (x[0] + y[0], x[1] + y[1]),
    elementwise.subtract: lambda x, y: (x[0] - y[1], x[1] - y[0]),
    elementwise.multiply: _product,
    elementwise.floor_divide: _quotient,
    elementwise.remainder: _remainder,
    elementwise.bitwise_and: _bits_of_both,
    elementwise.minimum: lambda x, y: (min(x[0], y[0]), min(x[1], y[1])),
    elementwise.maximum: lambda x, y: (max(x[0], y[0]), max(x[1], y[1])),
    elementwise.where: lambda x, y: (min(x[0], y[0]), max(x[1], y[1])),
}
