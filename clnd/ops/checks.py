"""What could be wrong with a result that only the device sees: see `clnd.graph.faults`."""

from __future__ import annotations

from clnd.dtypes import INT, facts
from clnd.graph.faults import Fault
from clnd.graph.node import Node
from clnd.graph.record import scalar_node
from clnd.ops import elementwise, reductions
from clnd.ops.views import reshaped_node
from clnd.shapes import size_of

__all__ = ["negative_power"]


def negative_power(result: Node, nodes: list[Node]) -> Fault | None:
    """The fault of a power of integers: an element of the second operand, an array, that is negative."""
    power = nodes[1]
    if power.ctx is None or not facts(power.dtype).kind == facts(result.dtype).kind == INT or not size_of(result.shape):
        return None
    place = "index {place} of the powers" if power.shape else "the only power"
    power = power if power.shape else reshaped_node(power, (1,))
    negative = elementwise.less.node([power, scalar_node(0, power.dtype)])
    check = reductions.search_node("argmax", negative, tuple(range(len(power.shape))), False)
    message = (
        f"[pow] got {result.dtype.name} to a negative power, at {place}; negative integer powers of integers "
        'are not integers; use .astype("float32") first'
    )
    return Fault(check, message, power.shape)


elementwise.pow.check = negative_power  # type: ignore[method-assign]
