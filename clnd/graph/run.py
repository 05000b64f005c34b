"""Running: what is pending becomes kernels on the queue, and nodes get their values.

A node is done only when its kernel was enqueued; an error or Ctrl-C before that leaves it pending
and it can be run again.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import weakref
from typing import Any

from clnd.errors import ClndError
from clnd.graph.fuse import Task, lower, pending_in_order, plan
from clnd.graph.node import Node, Value
from clnd.kernels import elementwise, epilogues, launch, transpose
from clnd.kernels.kernel import Strided
from clnd.runtime import drivers
from clnd.runtime.memory import Pool
from clnd.shapes import broadcast_strides, size_of

__all__ = ["DEPTH_LIMIT", "note_captured", "pending", "run", "run_pending", "strided"]

DEPTH_LIMIT = 32
"""A chain that is never read runs at this depth, so that a loop of any length uses few kernels."""

pending: list[weakref.ref[Node]] = []
"""The nodes recorded and perhaps not computed, of all contexts. Threads append to it without a lock."""

# With so many pending nodes those that are done or gone are forgotten.
_MANY = 4096
# The references to a node in `_held_by_pending`: its list, the loop's variable, getrefcount's argument.
_LOCAL_REFERENCES = 3
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
# Offsets beyond this need 64-bit indexing, which the general path sees to.
_FAR = 2**30


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
        if root.value is None and root.ctx is not None:
            break
    else:
        return
    drivers.check_process()  # before the locks, which a thread that was not forked along may hold
    if len(pending) > _MANY:
        _prune()
    assert root.ctx is not None
    device = root.ctx.device
    with device.lock:
        _run_here(device, roots)


def _run_here(device: Any, roots: tuple[Node, ...], apart: bool = False) -> None:
    """`run` with the device's lock held. Another thread may have run some of it before that.

    ``apart``: the run that this one is part of, if any, has nothing to do with these nodes.
    """
    outer, kept = _running.roots, _running.keeps
    _running.roots = (*outer, *roots)  # before the first look at them
    try:
        _running.keeps = bool(outer) and not apart
        waiting = tuple([r for r in roots if r.value is None and r.ctx is not None])
        if not waiting:
            return
        if len(waiting) == 1 and _run_lone(device, waiting[0]):
            return
        for task in plan(waiting):
            if task.outputs[0].value is None:
                _run_task(device, task)
    finally:
        _running.keeps = kept
        _running.roots = outer
        if not outer and _running.kept:
            _running.let_go()


def _run_lone(device: Any, node: Node) -> bool:
    """The commonest cases without the analysis: one elementwise operation, or one product, on computed operands."""
    if node.op.is_elementwise:
        try:
            if _run_flat(device, node):
                return True
        except ClndError as error:
            _explain(error, [node])
            raise
        if any(x.value is None and x.ctx is not None for x in node.inputs):
            return False
        _run_task(device, Task(0, [node], [node]))
        return True
    if not getattr(node.op, "swallows_nothing", False) or any(x.value is None and x.ctx is not None for x in node.inputs):
        return False
    _run_task(device, Task(0, [node], [], node.op))
    return True


def _run_flat(device: Any, node: Node) -> bool:
    """One operation on whole arrays of one shape: the kernel is looked up by the operation and dtypes alone.

    False where an operand is pending or lies otherwise.
    """
    inputs = node.inputs
    key: list[Any] = [node.op, node.dtype]
    operands = _flat_operands(inputs, node.shape, key)
    if operands is None:
        return False
    n = size_of(node.shape)
    key.append(n)
    found = tuple(key)
    plan = device.plans.get(found)
    if plan is None:
        if len({id(x) for x in inputs}) != len(inputs):
            return False
        recipe, order = lower([node], [node])
        if list(map(id, order)) != list(map(id, inputs)):
            return False
        plan = device.plans[found] = elementwise.flat_plan(device, recipe, n)
    block = device.pool.allocate(n * node.dtype.itemsize)
    operands.append(block.buffer)
    launch.run(device, plan, operands)
    node.value = Value(block)
    _running.finished(node)
    return True


def strided(node: Node) -> Strided:
    """A computed node as a kernel's operand."""
    value = node.value
    assert value is not None
    return Strided(value.block, value.offset, node.strides)


def _flat_operands(inputs: Any, shape: Any, key: list[Any]) -> list[Any] | None:
    """The inputs as arguments of a flat kernel, where all are whole arrays of ``shape`` or scalars; else None.

    What such a kernel depends on of each is added to ``key`` on the way: this pass is most of what
    a small operation costs.
    """
    if not elementwise.is_small_enough(size_of(shape)):
        return None
    operands: list[Any] = []
    scalars: list[Any] = []
    for x in inputs:
        value = x.value
        if value is None:
            if x.ctx is not None:
                return None
            key += (x.dtype, "scalar")
            scalars += elementwise.scalar_values(x.dtype, x.params)
        elif value.strides is not None or x.shape != shape or value.offset > _FAR:
            return None
        else:
            key.append(x.dtype)
            operands += (value.block.buffer, value.offset)
    operands += scalars
    return operands


def _run_task(device: Any, task: Task) -> None:
    try:
        if task.op is None:
            _run_elementwise(device, task)
        elif task.head is not None:
            _run_with_epilogue(device, task)
        else:
            task.op.launch(device, task.outputs[0], task)
    except ClndError as error:
        _explain(error, [*task.members, *(n for n in task.outputs if n not in task.members)])
        raise
    for node in task.outputs:
        _running.finished(node)


def _explain(error: ClndError, nodes: list[Node]) -> None:
    """Add to the message which operations ran into the error, and where they were called."""
    note = f"while running {', '.join(dict.fromkeys(n.op.name for n in nodes))}"
    places = sorted({n.where for n in nodes if n.where})
    note += f", called at {', '.join(places)}" if places else "; set CLND_DEBUG=1 to see where it was called"
    error.args = (f"{error.args[0] if error.args else error}\n  {note}", *error.args[1:])


def _run_elementwise(device: Any, task: Task) -> None:
    shape = task.members[0].shape
    if size_of(shape) == 0:
        for node in task.outputs:
            node.value = Value(device.pool.allocate(1))
        return
    if task.members[0].op.is_move and len(task.members) == 1 and _run_transpose(device, task.members[0]):
        return
    recipe, inputs = (task.recipe, task.inputs) if task.recipe is not None else _lowered(task)
    blocks = [device.pool.allocate(size_of(n.shape) * n.dtype.itemsize) for n in task.outputs]
    operands = _flat_operands(inputs, shape, [])
    if operands is not None:
        n = size_of(shape)
        plan = device.planned(("flat", recipe, n), lambda: elementwise.flat_plan(device, recipe, n))
        launch.run(device, plan, (*operands, *(b.buffer for b in blocks)))
    else:
        operands = [x.params if x.ctx is None else strided(x) for x in inputs]
        elementwise.launch(device, recipe, shape, operands, [x.shape for x in inputs], blocks)
    for node, block in zip(task.outputs, blocks, strict=True):
        node.value = Value(block)


def _run_with_epilogue(device: Any, task: Task) -> None:
    """A product or a draw that goes on with elementwise nodes: one kernel, where it can read their operands; else two."""
    head, node = task.head, task.outputs[0]
    assert head is not None
    assert task.recipe is not None
    others = [x.params if x.ctx is None else strided(x) for x in task.inputs[1:]]
    epilogue = epilogues.fitting(task.recipe, node.shape, others, [x.shape for x in task.inputs[1:]])
    if epilogue is not None:
        block = task.op.launch_with(device, head, epilogue)
        if block is not None:
            node.value = Value(block)
            return
    task.op.launch(device, head, Task(0, [head], op=task.op))
    _run_elementwise(device, Task(0, task.outputs, task.members, None, task.recipe, task.inputs))


def _run_transpose(device: Any, node: Node) -> bool:
    """A copy of an operand that lies in another order of axes: through tiles, where that is faster."""
    source = node.inputs[0]
    if source.value is None or source.value.strides is None:
        return False
    operand = strided(source)
    strides = broadcast_strides(source.shape, operand.strides, node.shape)
    itemsize = node.dtype.itemsize
    if not transpose.suits(node.shape, strides, itemsize, device.info.family):
        return False
    block = device.pool.allocate(size_of(node.shape) * itemsize)
    transpose.launch(device, itemsize, node.shape, Strided(operand.block, operand.offset, strides), block)
    node.value = Value(block)
    return True


_lone_recipes: dict[Any, Any] = {}


def _lowered(task: Task) -> tuple[Any, list[Node]]:
    """`lower`, remembered for single operations."""
    if len(task.members) > 1:
        return lower(task.members, task.outputs)
    node = task.members[0]
    inputs = node.inputs
    if len({id(x) for x in inputs}) != len(inputs) or sum(x.ctx is None for x in inputs) > 1:
        return lower(task.members, task.outputs)
    key = (node.op, node.dtype, tuple((x.dtype, x.ctx is None) for x in inputs))
    recipe = _lone_recipes.get(key)
    if recipe is None:
        recipe = _lone_recipes[key] = lower(task.members, task.outputs)[0]
    return recipe, list(inputs)


