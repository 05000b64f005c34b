"""Lists with arrays in them, as in ``array([x.min(), x.max()])``: what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clnd.graph.node import Operand, leading
from clnd.incoming import as_host
from clnd.ops.joining import stack_node
from clnd.ops.sources import from_host

__all__ = ["holds_arrays", "leaves", "of_lists"]


def leaves(data: Any) -> Iterator[Any]:
    """What lists and tuples hold, and those in them."""
    for x in data:
        if isinstance(x, (list, tuple)):
            yield from leaves(x)
        else:
            yield x


def holds_arrays(data: Any) -> bool:
    """Whether a list or a tuple, or one in it, has an array in it."""
    return isinstance(data, (list, tuple)) and any(isinstance(x, Operand) for x in leaves(data))


def _read(data: Any) -> Any:
    return [x.asnumpy()[()] if isinstance(x, Operand) else _read(x) if isinstance(x, (list, tuple)) else x for x in data]  # type: ignore[attr-defined]


def of_lists(name: str, data: Any) -> Any:
    """An array of a list that holds arrays, on their device: stacked there. Numbers beside arrays take their dtype.

    Arrays without axes are read, because a list may hold thousands of them.
    """
    arrays = [x for x in leaves(data) if isinstance(x, Operand)]
    lead: Any = leading(arrays)
    if not any(x.shape for x in arrays):  # type: ignore[attr-defined]
        return lead._like(from_host(as_host(name, _read(data)), lead._node.ctx))
    parts = [of_lists(name, x) if holds_arrays(x) else x for x in data]
    nodes = [x._node if isinstance(x, Operand) else lead._constant(x) for x in parts]
    return lead._like(stack_node(name, nodes, 0))
