"""Scattered writes as nodes: an array with elements at some places set, of values for one place to the last one."""

from __future__ import annotations

from clnd.graph.faults import Once, joined
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import few, record
from clnd.graph.run import run, strided
from clnd.kernels import scatter
from clnd.kernels.kernel import Strided
from clnd.ops.op import cast_node
from clnd.ops.sources import COPY
from clnd.ops.update import Change, Store, memory_of
from clnd.ops.views import row_major
from clnd.runtime.opened import OpenDevice
from clnd.shapes import size_of

__all__ = ["as_values", "passes_over", "scatter_into", "scatter_node"]


class _Scattered(Change):
    """``distinct``: it is known that no place comes twice."""

    __slots__ = ("distinct",)

    def __init__(self, distinct: bool) -> None:
        super().__init__()
        self.distinct = distinct


class _Scatter(Primitive):
    """The op of a scattered write: inputs are the content, places in its row-major order, and values."""

    name = "setitem"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Write the values, in the old memory if only this node holds it."""
        base, places, values = node.inputs
        block, start = memory_of(device, node)
        (count,) = places.shape
        operand = strided(values)
        each = Strided(operand.block, operand.offset, operand.strides if values.shape == (count,) else (0,))
        scatter.launch(
            device, node.dtype.itemsize, size_of(base.shape), count, strided(places), each, Strided(block, start, (1,)), node.params.distinct
        )
        return (Value(block, start),)


_SCATTER = _Scatter()


def scatter_node(base: Node, places: Node, values: Node, distinct: bool = False) -> Node:
    """``base`` with element ``places[i]`` of its row-major order set to ``values[i]``, which are cast to its dtype.

    ``places`` are int64 along one axis. ``values`` are as many, or one for all: a number, or a node of one element. Of several values for a place
    the last one wins; ``distinct`` says that no place comes twice, which is faster. A place outside of ``base`` is passed over:
    who cannot rule it out adds a fault.
    """
    return _scattered(row_major(base), places, as_values(base, values), distinct)


def scatter_into(store: Store, places: Node, values: Node, distinct: bool = False) -> None:
    """Make `scatter_node` of a store's content its content, in the old memory where nobody else holds that.

    Places count in the row-major order of the whole store; who writes to a view of it sees to that.
    """
    values = as_values(store.node, values)
    run((places, values))
    run(store.holders(values))
    store.change(lambda base: _scattered(base, places, values, distinct))


def _scattered(base: Node, places: Node, values: Node, distinct: bool) -> Node:
    return passes_over(record(_SCATTER, (base, places, values), base.shape, base.dtype, base.ctx, _Scattered(distinct)), base, places, values)


def passes_over(node: Node, base: Node, places: Node, values: Node) -> Node:
    """``node``, a write of ``values`` to ``places`` that passes over those in fault: their faults are told once, those of the rest stay."""
    if places.faults:
        node.faults = few(joined(joined(base.faults, values.faults), Once.of_each(places.faults)))
    return node


def as_values(base: Node, values: Node) -> Node:
    """``values`` in the dtype of ``base``, in memory."""
    values = cast_node(values, base.dtype)
    return values if values.ctx is not None else record(COPY, (values,), (), base.dtype, base.ctx)
