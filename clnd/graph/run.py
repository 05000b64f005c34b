"""Running: what is pending becomes kernels on the queue, and nodes get their values.

A node is done only when its kernel was enqueued; an error or Ctrl-C before that leaves it pending
and it can be run again.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from collections import Counter
from collections.abc import Sequence
from typing import Any

from clnd.errors import ClndError
from clnd.graph import ahead
from clnd.graph.fuse import pending_in_order
from clnd.graph.lower import Prepared, prepared, structure
from clnd.graph.node import Node, Value
from clnd.graph.planning import elementwise_plan, fitted, operands
from clnd.graph.primitive import Fused, Primitive
from clnd.kernels import launch
from clnd.kernels.kernel import Strided
from clnd.runtime import drivers
from clnd.runtime.memory import Block, Pool
from clnd.runtime.opened import OpenDevice
from clnd.shapes import size_of

__all__ = ["DEPTH_LIMIT", "arrivals", "arriving", "held_before", "note_captured", "pending", "run", "run_pending", "run_to_read", "strided", "waiting_for"]

DEPTH_LIMIT = 32
"""A chain that is never read runs at this depth, so that a loop of any length uses few kernels."""

pending: list[weakref.ref[Node]] = []
"""The nodes recorded and perhaps not computed, of all contexts. Threads append to it without a lock."""

arriving: list[weakref.ref[Node]] = []
"""Those of them that wait for another device. Threads append to it without a lock."""

# With so many pending nodes those that are done or gone are forgotten.
_MANY = 4096
# The references to a node in `_held_by_pending`: its list, the loop's variable, getrefcount's argument.
_LOCAL_REFERENCES = 3
# So many nodes are searched for those that hold a block: a statement's are the latest.
_LATEST = 64
# Nodes of a graph whose remembered tasks take the memory of one plan.
_NODES_OF_A_PLAN = 8
# So many roots are analysed together.
_BATCH = 256

_PENDING_SHARE = 8
"""Pending work keeps at most one part in so many of the device's memory alive."""


class _Captured(threading.local):
    bytes = 0


class _Running(threading.local):
    """What this thread is running now.

    A signal handler may run nodes in the middle of a run that works with them. It computes them, but
    they keep their inputs until the run that it interrupted is over (``kept``), and so does what that
    run has read of the graph. Nodes that are run for memory are none of the outer run's: they let go at once.
    """

    roots: tuple[Node, ...] = ()
    keeps: bool = False

    def __init__(self) -> None:
        self.kept: list[Node] = []

    def finished(self, node: Node) -> None:
        """The inputs are not needed again: let their memory go."""
        if self.keeps:
            self.kept.append(node)
        else:
            node.inputs = ()
            node.depth = 0

    def let_go(self) -> None:
        """Nothing runs any more."""
        while self.kept:
            try:
                node = self.kept.pop()
            except IndexError:  # a signal handler took the last one
                return
            node.inputs = ()
            node.depth = 0


_captured = _Captured()
_running = _Running()


def note_captured(node: Node) -> None:
    """Count the memory of a computed node that new pending work keeps alive; run when it is much."""
    _captured.bytes += size_of(node.shape) * node.dtype.itemsize
    assert node.ctx is not None
    pool = node.ctx.device.pool
    share = pool.capacity() // _PENDING_SHARE
    if _captured.bytes > share:
        _captured.bytes = _held_by_pending(pool)
        # Half of it, so that much is recorded before the next look.
        if _captured.bytes > share // 2:
            _captured.bytes = 0
            _run_quietly()


def _held_by_pending(pool: Pool) -> int:
    """Bytes of ``pool`` that pending nodes keep alive and, where Python can tell, nobody else does."""
    nodes, uses = _captured_by_pending(pool)
    total = 0
    for x in nodes:
        if sys.implementation.name != "cpython" or sys.getrefcount(x) <= uses[id(x)] + _LOCAL_REFERENCES:
            total += size_of(x.shape) * x.dtype.itemsize
    return total


def _captured_by_pending(pool: Pool) -> tuple[list[Node], dict[int, int]]:
    """The computed nodes of ``pool`` that pending nodes use, and how often."""
    uses: dict[int, int] = {}
    nodes: list[Node] = []
    for ref in pending[:]:
        node = ref()
        for x in node.inputs if node is not None else ():
            if x.value is not None and x.value.block.pool is pool:
                if id(x) not in uses:
                    nodes.append(x)
                uses[id(x)] = uses.get(id(x), 0) + 1
    return nodes, uses


def run_pending() -> None:
    """Run every pending node that something still refers to.

    Where one fails the others still run; the first error is raised then.
    """
    drivers.check_process()
    by_context: dict[Any, list[Node]] = {}
    for node in _take_pending():
        by_context.setdefault(node.ctx, []).append(node)
    failure: ClndError | None = None
    for some in by_context.values():
        # Only those that no other pending node uses: the rest is computed on the way or never read.
        used = {id(x) for n in some for x in n.inputs}
        roots = [n for n in some if id(n) not in used]
        try:
            for k in range(0, len(roots), _BATCH):
                failure = _run_each(roots[k : k + _BATCH]) or failure
        finally:  # after an error or Ctrl-C they wait again
            pending.extend(weakref.ref(n) for n in roots if n.value is None)
    if failure is not None:
        raise failure


def _run_each(roots: list[Node]) -> ClndError | None:
    """Run ``roots`` together; one by one where that fails. The error is returned."""
    failure = None
    for some in (roots, *([r] for r in roots)):
        try:
            run(tuple(some))
            if some is roots:
                return None
        except ClndError as error:
            failure = failure or error
    return failure


def _run_quietly() -> None:
    """Run every pending node on the way of another operation. What fails stays pending, for its reader to be told."""
    with contextlib.suppress(ClndError):
        run_pending()


def waiting_for(block: Block, source: Node) -> list[Node]:
    """The nodes recorded last that are pending, that none but ``source`` uses, and that need what ``block`` holds.

    Those that somebody else refers to, where Python can tell.
    """
    nodes = [n for n in (ref() for ref in pending[-_LATEST:]) if n is not None and n.value is None and n is not source]
    used = {id(x) for n in nodes for x in n.inputs}
    inputs = [id(x) for x in source.inputs]
    roots = []
    for n in nodes:
        held = sys.implementation.name != "cpython" or sys.getrefcount(n) > inputs.count(id(n)) + _LOCAL_REFERENCES
        if held and id(n) not in used and any(x.value is not None and x.value.block is block for m in pending_in_order((n,)) for x in m.inputs):
            roots.append(n)
    return roots


def held_before(block: Block, source: Node) -> list[Node]:
    """The pending nodes recorded last that somebody refers to, and that need what ``block`` holds other than by way of each other.

    Once they are computed, none of the work that waits for them needs the block. Only where Python can tell who refers to a node.
    """
    if sys.implementation.name != "cpython":
        return []
    nodes = [n for n in (ref() for ref in pending[-_LATEST:]) if n is not None and n.value is None and n is not source]
    uses = Counter(id(x) for m in pending_in_order((*nodes, source)) for x in m.inputs)
    held = set()
    for n in nodes:
        if sys.getrefcount(n) > uses[id(n)] + _LOCAL_REFERENCES:
            held.add(id(n))
    return [n for n in nodes if id(n) in held and _needs(n, block, held)]


def _needs(node: Node, block: Block, held: set[int]) -> bool:
    """Whether ``node`` needs what ``block`` holds, other than by way of the nodes that are ``held``."""
    stack, seen = [node], {id(node)}
    while stack:
        for x in stack.pop().inputs:
            if x.value is not None:
                if x.value.block is block:
                    return True
            elif id(x) not in held and id(x) not in seen:
                seen.add(id(x))
                stack.append(x)
    return False


def _take_pending() -> list[Node]:
    """The nodes that still wait and are referred to; the list is emptied. Other threads may append meanwhile."""
    return [n for n in (ref() for ref in _taken()) if n is not None and n.value is None]


def _taken() -> list[weakref.ref[Node]]:
    """What was pending, oldest first; the list is emptied. No lock: threads and signal handlers each get a part."""
    refs = []
    for _ in range(len(pending)):
        try:
            refs.append(pending.pop())
        except IndexError:
            break
    return refs[::-1]


def _prune() -> None:
    """Forget nodes that are done or gone; run all where too many are left."""
    left = refs = _taken()
    try:
        left = [ref for ref in refs if (n := ref()) is not None and n.value is None]
    finally:
        pending[:0] = left
    if len(left) > _MANY // 2:
        _run_quietly()


def _run_for_memory(pool: Pool) -> None:
    """Run what is pending on the device of ``pool``, which has no memory left: inputs may go.

    The device's lock is held. What is being run now is left out, with all that shares nodes with it.
    """
    busy = _all_below(_running.roots)
    for node in [n for n in (ref() for ref in pending[:]) if n is not None and n.value is None and n.ctx is not None]:
        assert node.ctx is not None
        device = node.ctx.device
        if device.pool is pool and busy.isdisjoint(id(n) for n in pending_in_order((node,))):
            with contextlib.suppress(ClndError):
                _run_here(device, (node,), apart=True)


def _all_below(roots: tuple[Node, ...]) -> set[int]:
    """The identities of ``roots`` and all their inputs, also of nodes that a signal handler computed."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            stack += node.inputs
    return seen


Pool.before_giving_up = _run_for_memory


def run(roots: tuple[Node, ...]) -> None:
    """Compute ``roots`` and what they need. All of them live on one device."""
    for root in roots:
        if (root.value is None or root.faults) and root.ctx is not None:
            break
    else:
        return
    drivers.check_process()  # before the locks, which a thread that was not forked along may hold
    if len(pending) > _MANY:
        _prune()
    assert root.ctx is not None
    device = root.ctx.device
    if arriving:
        _wait_for_arrivals(roots)
    with device.lock:
        _run_here(device, roots)


def arrivals() -> list[Node]:
    """The nodes that wait for another device. Those that are done or gone are forgotten."""
    nodes = []
    for ref in arriving[:]:
        node = ref()
        if node is not None and node.value is None:
            nodes.append(node)
        else:
            with contextlib.suppress(ValueError):  # another thread forgot it
                arriving.remove(ref)
    return nodes


def _wait_for_arrivals(roots: tuple[Node, ...]) -> None:
    """Wait for other devices that ``roots`` need something of. No lock is held, so that other threads go on with this device."""
    if arrivals():
        for node in pending_in_order(roots):
            if node.op.arrives:
                node.op.wait(node)


def run_to_read(node: Node) -> None:
    """Compute ``node`` for who reads it.

    Raises
    ------
    ArgumentError
        Where it depends on a fault that the device found; at every read.
    """
    run((node,))
    faults = node.faults
    if faults:
        for fault in faults:
            fault.look()
        node.faults = ()


def _run_here(device: OpenDevice, roots: tuple[Node, ...], apart: bool = False) -> None:
    """`run` with the device's lock held. Another thread may have run some of it before that.

    ``apart``: the run that this one is part of, if any, has nothing to do with these nodes.
    """
    outer, kept = _running.roots, _running.keeps
    _running.roots = (*outer, *roots)  # before the first look at them
    try:
        _running.keeps = bool(outer) and not apart
        waiting = [r for r in roots if r.value is None and r.ctx is not None]
        for r in roots:
            if r.faults:  # found on the way, while what they look at is there
                waiting += [f.check for f in r.faults if f.check is not None and f.waits]
        if not waiting:
            return
        key, order, leaves = structure(waiting)
        tasks = device.planned(key, lambda: _prepared(device, waiting, order, leaves), 1 + len(order) // _NODES_OF_A_PLAN)
        nodes = order + leaves[::-1]  # so that -1 - p finds leaf p
        for task in tasks:
            if nodes[task.outputs[0]].value is None:
                _run_task(device, task, nodes)
    finally:
        _running.keeps = kept
        _running.roots = outer
        if not outer and _running.kept:
            _running.let_go()


def _prepared(device: OpenDevice, roots: list[Node], order: list[Node], leaves: list[Node]) -> tuple[Prepared, ...]:
    """The tasks of a graph that is new to ``device``, whose missing kernels are built together."""
    tasks = prepared(roots, order, leaves)
    ahead.build(device, tasks, order, leaves)
    return tasks


def strided(node: Node) -> Strided:
    """A computed node as a kernel's operand."""
    value = node.value
    assert value is not None
    return Strided(value.block, value.offset, node.strides)


def _run_task(device: OpenDevice, task: Prepared, nodes: list[Node]) -> None:
    try:
        values: Sequence[Value]
        if task.op is None:
            values = _run_elementwise(device, task, nodes)
        elif task.head is not None:
            values = _run_with_epilogue(device, task, nodes)
        else:
            prologue = None if task.recipe is None else Fused(task.recipe, [nodes[p] for p in task.inputs])
            values = _run_operation(device, task, nodes, task.op, nodes[task.outputs[0]], prologue)
    except ClndError as error:
        _explain(error, [nodes[p] for p in dict.fromkeys((*task.members, *task.outputs))])
        raise
    if task.op is not None and task.op.results > 1:
        nodes[task.outputs[0]].more = tuple(values[1:])
        values = values[:1]
    for p, value in zip(task.outputs, values, strict=True):
        nodes[p].value = value
        _running.finished(nodes[p])


def _explain(error: ClndError, nodes: list[Node]) -> None:
    """Add to the message which operations ran into the error, and where they were called."""
    note = f"while running {', '.join(dict.fromkeys(n.op.name for n in nodes))}"
    places = sorted({n.where for n in nodes if n.where})
    note += f", called at {', '.join(places)}" if places else "; set CLND_DEBUG=1 to see where it was called"
    error.args = (f"{error.args[0] if error.args else error}\n  {note}", *error.args[1:])


def _run_elementwise(device: OpenDevice, task: Prepared, nodes: list[Node]) -> list[Value]:
    pool = device.pool
    if task.count == 0:
        return [Value(pool.allocate(1)) for _ in task.outputs]
    blocks = [pool.allocate(size) for size in task.sizes]
    layout, values = operands(device, task.inputs, nodes)
    values += [block.buffer for block in blocks]
    known, plan = task.known
    if known != layout:
        plan = elementwise_plan(device, task, [nodes[p] for p in task.inputs])
        task.known = (layout, plan)
    launch.run(device, plan, values)
    return [Value(block) for block in blocks]


def _run_operation(
    device: OpenDevice, task: Prepared, nodes: list[Node], op: Primitive, node: Node, prologue: Fused | None
) -> Sequence[Value]:
    """Compute ``node``, what ``task`` is for or its head, by its own operation ``op``."""
    if not op.is_planned:
        return op.launch(device, node, prologue)
    layout, values = operands(device, task.operands, nodes)
    layout.append(node.params)
    known, plan = task.planned
    if known != layout:
        plan = op.plan(device, node, prologue, None)
        task.planned = (layout, plan)
    return [Value(block) for block in launch.run(device, plan, values)[: op.results]]


def _run_with_epilogue(device: OpenDevice, task: Prepared, nodes: list[Node]) -> Sequence[Value]:
    """A product or a draw that goes on with elementwise nodes: one kernel, where it can read their operands; else two."""
    op, head = task.op, nodes[task.head or 0]
    assert op is not None
    layout, more = operands(device, task.inputs[1:], nodes)
    values: list[Any] = []
    if op.is_planned:
        before, values = operands(device, task.operands, nodes)
        layout += (*before, head.params)
    known, found = task.fitted
    if known != layout:
        found = fitted(device, task, nodes, op, head)
        task.fitted = (layout, found)
    epilogue, plan = found
    if plan is not None:
        return (Value(launch.run(device, plan, values + epilogue.arguments(more))[0]),)
    if epilogue is not None and not op.is_planned:
        made = op.launch_with(device, head, epilogue, epilogue.arguments(more))
        if made is not None:
            return made
    (head.value,) = _run_operation(device, task, nodes, op, head, None)
    return _run_elementwise(device, task, nodes)
