"""Running pending work on request."""

from __future__ import annotations

from typing import Any

from clnd.context import Context, opened_contexts
from clnd.graph.node import Node, Operand
from clnd.graph.run import run, run_pending

__all__ = ["evaluate", "waitall"]


def evaluate(*arrays: Any) -> None:
    """Run what ``arrays`` need, together: what they share is computed once, and results of one shape share a kernel.

    Returns when the work is enqueued, not when it is done.
    """
    if len(arrays) == 1:
        run((arrays[0]._node,))
        return
    by_context: dict[Context, list[Node]] = {}
    for x in arrays:
        if isinstance(x, Operand):
            node = x._node
            assert node.ctx is not None
            by_context.setdefault(node.ctx, []).append(node)
    for nodes in by_context.values():
        run(tuple(nodes))


def waitall() -> None:
    """Run everything pending and wait until every device has finished, its copies to the host too."""
    run_pending()
    for ctx in opened_contexts():
        ctx.device.finish()
