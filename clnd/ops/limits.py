"""Between which numbers the integers of a node are, as far as is known without looking: indices that are surely in range need no check.

What makes integers of a known range notes it: ``node.limits = (least, greatest)``. Arithmetic on such follows here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clnd.dtypes import BOOL, INT, UINT, DType, facts
from clnd.graph.node import Node
from clnd.graph.record import SCALAR
from clnd.ops import elementwise, sources
from clnd.ops.op import Cast
from clnd.ops.views import VIEW

__all__ = ["limits_of"]

Limits = tuple[int, int]

# Operations between here and what is known that are looked through.
_DEPTH = 8


def limits_of(node: Node, depth: int = _DEPTH) -> Limits | None:
    """The least and the greatest number that an element of ``node`` can be; None where nothing is known, or it is not of integers."""
    kind = facts(node.dtype).kind
    if kind not in (BOOL, INT, UINT):
        return None
    if node.limits is not None:
        return node.limits
    if node.op is SCALAR:
        return int(node.params), int(node.params)
    found = _found(node, depth) if depth and node.value is None else None
    if found is not None and _holds(node.dtype, found):
        return found
    # What has few bits is in range of much.
    return _all_of(node.dtype) if node.dtype.itemsize < 8 else None


def _all_of(dtype: DType) -> Limits:
    if facts(dtype).kind == BOOL:
        return 0, 1
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _holds(dtype: DType, limits: Limits) -> bool:
    least, most = _all_of(dtype)
    return least <= limits[0] and limits[1] <= most


def _found(node: Node, depth: int) -> Limits | None:
    inputs, op = node.inputs, node.op
    if not inputs:
        return None
    if op is VIEW or op is sources.COPY or op is sources.ELEMENT or (isinstance(op, Cast) and facts(inputs[0].dtype).kind in (BOOL, INT, UINT)):
        return limits_of(inputs[0], depth - 1)
    rule = _RULES.get(op)
    if rule is None:
        return None
    known = [limits_of(x, depth - 1) for x in inputs[-2:]]
    second = known[-1]
    if op is elementwise.remainder or op is elementwise.bitwise_and:  # what is known of the second is enough
        known[0] = known[0] or (0, 0)
    return None if second is None or known[0] is None else rule(known[0], second)


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
