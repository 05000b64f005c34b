"""What could be wrong with a result that only the device sees: see `clnd.graph.faults`."""

from __future__ import annotations

from collections.abc import Callable

from clnd.dtypes import INT, facts
from clnd.errors import ArgumentError, ClndError, IndexingError
from clnd.graph.faults import Fault
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.ops import elementwise, reductions
from clnd.ops.views import reshaped_node
from clnd.shapes import size_of

__all__ = ["faulty_where", "negative_power", "outside"]


def faulty_where(bad: Node, message: str, error: type[ClndError] = ArgumentError, cleared: Callable[[], None] | None = None) -> Fault:
    """The fault that an element of ``bad`` is true; ``message`` has a place for its index, as {place}. The rest is as of `Fault`."""
    bad = bad if bad.shape else reshaped_node(bad, (1,))
    return Fault(reductions.search_node("argmax", bad, tuple(range(len(bad.shape))), False), message, bad.shape, error, cleared)


def negative_power(result: Node, nodes: list[Node]) -> Fault | None:
    """The fault of a power of integers: an element of the second operand, an array, that is negative."""
    power = nodes[1]
    if power.ctx is None or not facts(power.dtype).kind == facts(result.dtype).kind == INT or not size_of(result.shape):
        return None
    place = "index {place} of the powers" if power.shape else "the only power"
    negative = elementwise.less.node([power, scalar_node(0, power.dtype)])
    return faulty_where(
        negative,
        f"[pow] got {result.dtype.name} to a negative power, at {place}; negative integer powers of integers "
        'are not integers; use .astype("float32") first',
    )


def outside(name: str, numbers: Node, n: int, of: str) -> Fault | None:
    """The fault of numbers, integers, that must be from 0 to below ``n``, as numbers of elements and indices that never count from the end."""
    if not size_of(numbers.shape):
        return None
    below = elementwise.less.node([numbers, scalar_node(0, numbers.dtype)])
    above = elementwise.greater_equal.node([numbers, scalar_node(n, numbers.dtype)])
    where = "index {place} of the array" if numbers.shape else "the only place"
    message = f"[{name}] got a number out of bounds for {of}, at {where}; expected 0 to {n - 1}"
    return faulty_where(elementwise.logical_or.node([below, above]), message, IndexingError)


elementwise.pow.check = negative_power  # type: ignore[method-assign]
