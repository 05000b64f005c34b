"""Recording: how a call becomes a node, and what is checked then."""

from __future__ import annotations

import sys
import weakref
from typing import Any

from clnd.dtypes import COMPLEX, DType, facts
from clnd.errors import ContextError, DTypeError
from clnd.graph import mode
from clnd.graph.faults import MOST, Fault, joined
from clnd.graph.node import Node
from clnd.graph.primitive import Primitive
from clnd.graph.run import DEPTH_LIMIT, note_captured, pending, run
from clnd.settings import settings

__all__ = ["SCALAR", "check_fp64", "common_context", "few", "record", "scalar_node"]

class _Scalar(Primitive):
    """The op of a node that holds a Python number: a kernel argument, never memory."""

    name = "scalar"


SCALAR = _Scalar()
_DEBUG = settings.debug >= 1
_ref = weakref.ref
# Smaller blocks are not looked at when the memory that pending work holds is counted.
_WORTH_COUNTING = 1 << 16


def scalar_node(value: Any, dtype: DType) -> Node:
    """A node for one number of ``dtype``."""
    return Node(SCALAR, (), (), dtype, None, value)


def record(op: Primitive, inputs: tuple[Node, ...], shape: tuple[int, ...], dtype: DType, ctx: Any, params: Any = None) -> Node:
    """Make a node and enter it among the pending ones. Long chains are run on the way.

    Raises
    ------
    ContextError
        For inputs on another device than ``ctx``, whatever the operation looked at before.
    """
    node = Node(op, inputs, shape, dtype, ctx, params)
    if mode.state.fast:
        node.fast = op.has_fast
    depth = 1
    for x in inputs:
        if x.ctx is not ctx and x.ctx is not None and ctx is not None:
            common_context(op.name, [Node(op, (), (), dtype, ctx), x])
        if x.faults:
            node.faults = few(joined(node.faults, x.faults))
        value = x.value
        if value is None:
            if x.depth >= depth:
                depth = x.depth + 1
        elif value.block.size > _WORTH_COUNTING:
            note_captured(x)
    node.depth = depth
    if _DEBUG:
        node.where = _users_line()
    pending.append(_ref(node))
    if depth >= DEPTH_LIMIT or len(pending) > 8192:
        run((node,))
    return node


def few(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """``faults``, or the first that is there where they are many."""
    if len(faults) <= MOST:
        return faults
    # Not those of arrays that came from another device, which are computed.
    run(tuple(f.check for f in faults if f.check is not None and f.waits))
    return tuple([f for f in faults if f.place() >= 0][:1])


def _users_line() -> str:
    """File and line outside clnd that the current call came from."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("clnd"):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def common_context(name: str, nodes: list[Node]) -> Any:
    """The context that all of ``nodes`` are on (scalars are on none).

    Raises
    ------
    ContextError
        Where there are two; the message names both.
    """
    ctx = None
    for node in nodes:
        other = node.ctx
        if other is None or other is ctx:
            continue
        if ctx is None:
            ctx = other
        elif ctx.device is not other.device:
            raise ContextError(
                f"[{name}] got arrays on {ctx} and {other}; expected one context; "
                f"move one with .to_device({str(ctx)!r}) or .as_in_context(...)"
            )
    return ctx


def check_fp64(name: str, dtype: DType, ctx: Any) -> None:
    """Raise a DTypeError where ``dtype`` needs fp64 and the device of ``ctx`` has none."""
    if facts(dtype).needs_fp64 and ctx is not None and not ctx.device.info.fp64:
        narrow = "complex64" if facts(dtype).kind == COMPLEX else "float32"
        raise DTypeError(
            f"[{name}] got {dtype.name} on {ctx} ({ctx.device.info.name}), which has no fp64; "
            f'use .astype("{narrow}") or another context'
        )


