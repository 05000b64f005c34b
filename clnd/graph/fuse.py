"""Which pending nodes share a kernel. Pure functions on nodes.

Every walk is iterative and visits a node once, so that ``x = x + x`` forty times is forty nodes.

A node's *stage* says how many kernels must have run before it can: an elementwise node is of the
stage of its latest input; what comes out of a reduction, a product or a smaller array is one stage
later. Elementwise nodes of one stage and one shape that touch each other form one kernel, with as
many results as are wanted outside it. A reduction swallows the elementwise nodes that only it uses,
its prologue; a product or a draw goes on with those that only its result needs, its epilogue.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any

from clnd.graph.node import Node
from clnd.graph.primitive import Primitive
from clnd.kernels.elementwise import MAX_ARGUMENTS
from clnd.records import light_dataclass
from clnd.settings import settings

__all__ = ["Task", "fuses", "pending_in_order", "split"]

_MOST_EPILOGUE_STEPS, _MOST_EPILOGUE_BUFFERS = 24, 6
"""Most steps after a product or a draw, and most buffers that they read besides: its kernel has need of registers itself."""
_MOST_PLACES = 40
"""Most numbers that say where a kernel's inputs are read."""
_MOST_INPUTS = MAX_ARGUMENTS // 2
"""Most buffers that an elementwise kernel reads: each may need an offset and a stride for every axis."""


@light_dataclass(frozen=True)
class Task:
    """One kernel to run.

    ``outputs`` are the nodes that get a value. Of an elementwise kernel ``op`` is None and
    ``members`` are its nodes in order; of any other, ``members`` are the elementwise nodes that
    its first input was swallowed from, or, where there is a ``head``, those that go on with its
    result.
    """

    stage: int
    outputs: list[Node]
    members: list[Node] = field(default_factory=list)
    op: Primitive | None = None
    head: Node | None = None


@light_dataclass(frozen=True)
class _Graph:
    """The pending nodes of a run, inputs first, and what is known of each by its identity: its place, its users, its stage.

    ``wanted`` are those whose values somebody asked for.
    """

    order: list[Node]
    wanted: frozenset[int]
    place: dict[int, int]
    users: dict[int, list[Node]]
    stages: dict[int, int]

    @classmethod
    def of(cls, roots: Sequence[Node], order: list[Node]) -> _Graph:
        users: dict[int, list[Node]] = {id(n): [] for n in order}
        for node in order:
            for x in node.inputs:
                if id(x) in users:
                    users[id(x)].append(node)
        place = {id(n): k for k, n in enumerate(order)}
        wanted = frozenset(map(id, roots))
        stages = _stages(order, users)
        if any(n.op.has_table for n in order):
            _wait_for_tables(order, users, wanted, stages)
        return cls(order, wanted, place, users, stages)

    def __contains__(self, node: Node) -> bool:
        return id(node) in self.place

    def stage(self, node: Node) -> int:
        return self.stages[id(node)]

    def uses(self, node: Node) -> list[Node]:
        return self.users[id(node)]

    def is_wanted(self, node: Node) -> bool:
        return id(node) in self.wanted

    def results(self, nodes: Iterable[Node], inside: set[int]) -> list[Node]:
        """Those of ``nodes`` that are needed outside of ``inside``, which they are in."""
        return [n for n in nodes if self.is_wanted(n) or any(id(u) not in inside for u in self.uses(n))]

    def in_order(self, nodes: Iterable[Node]) -> list[Node]:
        return sorted(nodes, key=lambda n: self.place[id(n)])

    @property
    def most_steps(self) -> int:
        """Most steps of one kernel on the device of these nodes."""
        ctx = self.order[0].ctx
        return ctx.device.info.most_steps if ctx is not None else 0


def fuses() -> bool:
    """Whether kernels are shared at all: the setting CLND_FUSION."""
    return settings.fusion


def pending_in_order(roots: Iterable[Node]) -> list[Node]:
    """Every uncomputed node that ``roots`` need, inputs first; scalars left out."""
    order: list[Node] = []
    placed: set[int] = set()
    stack = [*roots][::-1]
    while stack:
        node = stack[-1]
        if id(node) in placed or node.value is not None or node.ctx is None:
            stack.pop()
            continue
        waiting = [x for x in node.inputs if x.value is None and x.ctx is not None and id(x) not in placed]
        if waiting:
            stack += waiting[::-1]
        else:
            placed.add(id(node))
            order.append(stack.pop())
    return order


def split(roots: Sequence[Node], order: list[Node] | None = None) -> list[Task]:
    """The kernels that compute ``roots``, in an order in which they can run."""
    order = pending_in_order(roots) if order is None else order
    if not order:
        return []
    graph = _Graph.of(roots, order)
    swallowed = _swallowed(graph)
    epilogues = _epilogues(graph, swallowed)
    in_epilogue = {id(n) for members in epilogues.values() for n in members}
    tasks: list[Task] = []
    elementwise: dict[tuple[Any, ...], list[Node]] = {}
    for node in order:
        if id(node) in swallowed or id(node) in in_epilogue:
            continue
        stage = graph.stage(node)
        if id(node) in epilogues:
            members = epilogues[id(node)]
            tasks.append(Task(2 * stage - 1, members[-1:], members, node.op, node))
        elif node.op.is_elementwise:
            elementwise.setdefault((stage, node.shape, node.fast), []).append(node)
        else:
            members = [n for n in order if swallowed.get(id(n)) is node]
            tasks.append(Task(2 * stage - 1, [node], members, node.op))
    for (stage, *_), nodes in elementwise.items():
        for group in _connected(nodes) if settings.fusion else [[n] for n in nodes]:
            for part in _within_limits(graph, group):
                results = graph.results(part, {id(n) for n in part})
                if results:  # else a signal handler computed what needed them while the graph was walked
                    tasks.append(Task(2 * stage, results, part))
    # Parts of one group follow each other in order; sort is stable.
    tasks.sort(key=lambda t: t.stage)
    return tasks


def _stages(order: list[Node], users: dict[int, list[Node]]) -> dict[int, int]:
    stages: dict[int, int] = {}
    for node in order:
        stage = 0
        for x in node.inputs:
            if id(x) not in users:
                continue
            s = stages[id(x)]
            # A smaller or viewed operand is a kernel of its own, and one that is read elsewhere, and one of the other math mode.
            if not node.op.is_elementwise or (x.op.is_elementwise and (x.shape != node.shape or x.fast is not node.fast or _moves(node))):
                s += 1
            stage = max(stage, s)
        stages[id(node)] = max(stage, 1) if not node.op.is_elementwise else stage
    return stages


def _wait_for_tables(order: list[Node], users: dict[int, list[Node]], wanted: frozenset[int], stages: dict[int, int]) -> None:
    """Let what only computes places in a table wait until the table is there, in the kernel that looks up."""
    chain: set[int] = set()
    for node in reversed(order):
        uses = users[id(node)]
        alike = node.op.is_elementwise and uses and all(u.shape == node.shape and u.fast is node.fast for u in uses)
        if alike and id(node) not in wanted and all(id(u) in chain or u.op.has_table for u in uses):
            chain.add(id(node))
            stages[id(node)] = min(stages[id(u)] for u in uses)


def _moves(node: Node) -> bool:
    """Whether ``node`` reads its input elsewhere, so that it must be in memory."""
    return node.op.moves != ()


def _read(node: Node) -> Iterable[int]:
    """The buffers that a kernel takes for ``node``: an input that is read elsewhere is one for itself."""
    return (id(node),) if _moves(node) else (id(x) for x in node.inputs if x.ctx is not None)


def _joins_others(node: Node) -> bool:
    """Whether a kernel of another kind can compute ``node``: it is elementwise, and what it computes depends on its operands only."""
    return node.op.is_elementwise and not (node.op.needs_place or node.op.moves or node.op.has_table)


# --- prologues ---------------------------------------------------------------------------------


def _swallowed(graph: _Graph) -> dict[int, Node]:
    """Elementwise node -> the reduction that computes it on the way, for those that nothing else uses."""
    owner: dict[int, Node] = {}
    counts: dict[int, int] = {}
    for node in reversed(graph.order):
        if not _joins_others(node) or graph.is_wanted(node):
            continue
        uses = graph.uses(node)
        owners = {id(owner[id(u)]) if id(u) in owner else (id(u) if _swallows(u, node) else 0) for u in uses}
        if len(owners) != 1 or 0 in owners:
            continue
        first = uses[0]
        reduction = owner.get(id(first), first)
        if node.fast is not reduction.fast:
            continue
        if node.shape != reduction.inputs[0].shape or counts.get(id(reduction), 0) >= graph.most_steps:
            continue
        counts[id(reduction)] = counts.get(id(reduction), 0) + 1
        owner[id(node)] = reduction
    _respect_arguments(graph, owner)
    _respect_memory(graph, owner)
    return owner


def _swallows(node: Node, x: Node) -> bool:
    """Whether ``node`` computes its input ``x`` on the way: its first one, which is no other one besides."""
    return node.op.takes_prologue and settings.fusion and [k for k, other in enumerate(node.inputs) if other is x] == [0]


def _respect_arguments(graph: _Graph, owner: dict[int, Node]) -> None:
    """Free the nodes of a reduction that would take too many buffers."""
    for reduction in {id(r): r for r in owner.values()}.values():
        members = [n for n in graph.order if owner.get(id(n)) is reduction]
        inside = {id(n) for n in members}
        inputs = {id(x) for n in members for x in n.inputs if x.ctx is not None and id(x) not in inside}
        if len(inputs) > MAX_ARGUMENTS - 4:
            for n in members:
                del owner[id(n)]


def _respect_memory(graph: _Graph, owner: dict[int, Node]) -> None:
    """Free the nodes of a reduction for which operands would be made that take more memory than what the nodes give.

    No reduction computes on the way what is read elsewhere, or depends on its place. Of eight rolled boards whose sum is compared and counted,
    one elementwise kernel then makes the comparison, instead of eight boards in memory.
    """
    for reduction in {id(r): r for r in owner.values()}.values():
        members = [n for n in graph.order if owner.get(id(n)) is reduction]
        inside = {id(n) for n in members}
        made = {
            id(x): x.dtype.itemsize
            for n in members
            for x in n.inputs
            if x in graph and id(x) not in inside and x.shape == n.shape and x.op.is_elementwise
            if not _joins_others(x) and not graph.is_wanted(x) and all(id(u) in inside for u in graph.uses(x))
        }
        kept = _after_narrowest(reduction, inside)
        last = kept[-1].inputs if kept else reduction.inputs
        if sum(made.values()) > last[0].dtype.itemsize:
            for n in members:
                if not any(n is k for k in kept):
                    del owner[id(n)]


def _after_narrowest(reduction: Node, inside: set[int]) -> list[Node]:
    """The nodes, last first, between a reduction and the first of the smallest elements on the way to it: casts, above all."""
    chain = [reduction.inputs[0]]
    while id(chain[-1]) in inside:
        arrays = [x for x in chain[-1].inputs if x.ctx is not None]
        if len(arrays) != 1 or arrays[0] is not chain[-1].inputs[0]:
            break
        chain.append(arrays[0])
    # Not the operand itself that the chain begins with: that is there.
    chain = [x for x in chain if id(x) in inside]
    return chain[: min(range(len(chain)), key=lambda k: chain[k].dtype.itemsize)] if chain else []


# --- epilogues ---------------------------------------------------------------------------------


def _epilogues(graph: _Graph, swallowed: dict[int, Node]) -> dict[int, list[Node]]:
    """Head -> the elementwise nodes that its kernel goes on with. The last of them is the one result.

    They are of the head's shape, nothing else needs the head or what lies between, and what they
    read besides is there before the head runs.
    """
    found: dict[int, list[Node]] = {}
    taken = set(swallowed)
    if settings.fusion:
        for head in graph.order:
            if head.op.takes_epilogue and not graph.is_wanted(head):
                members = _Growth(graph, head, taken).members()
                if members:
                    found[id(head)] = members
                    taken |= {id(n) for n in members}
    return found


@light_dataclass(frozen=True)
class _Growth:
    """An epilogue that grows from its ``head``. ``taken``: the nodes of other kernels."""

    graph: _Graph
    head: Node
    taken: set[int]

    def suits(self, node: Node) -> bool:
        """Whether the head's kernel can compute ``node``."""
        head = self.head
        return _joins_others(node) and node.shape == head.shape and node.fast is head.fast and id(node) not in self.taken

    def is_there(self, x: Node) -> bool:
        """Whether ``x`` is computed before the head runs."""
        graph = self.graph
        if x not in graph:
            return True
        at, stage = graph.stage(x), graph.stage(self.head)
        return at < stage or (at == stage and not x.op.is_elementwise and graph.place[id(x)] < graph.place[id(self.head)])

    def with_operands(self, node: Node, inside: set[int]) -> tuple[list[Node], list[Node]]:
        """``node`` with those of its operands that come along because nothing else needs them, and what these read besides."""
        graph = self.graph
        fresh: list[Node] = [node]
        others: list[Node] = []
        for some in fresh:
            for x in some.inputs:
                if id(x) in inside or x in fresh:
                    continue
                alone = x in graph and not graph.is_wanted(x) and all(u in fresh for u in graph.uses(x))
                (fresh if alone and self.suits(x) else others).append(x)
        return fresh, others

    def members(self) -> list[Node]:
        """The most nodes after the head that leave one result, in order; none where there are none."""
        graph = self.graph
        inside = {id(self.head)}
        members: list[Node] = []
        best: list[Node] = []
        buffers: set[int] = set()
        waiting = [graph.place[id(u)] for u in graph.uses(self.head)]
        heapq.heapify(waiting)
        while waiting and len(members) < min(_MOST_EPILOGUE_STEPS, graph.most_steps):
            node = graph.order[heapq.heappop(waiting)]
            if id(node) in inside or not self.suits(node):
                continue
            fresh, others = self.with_operands(node, inside)
            read = buffers | {id(x) for x in others if x.ctx is not None}
            if not all(map(self.is_there, others)) or len(read) > _MOST_EPILOGUE_BUFFERS:
                continue
            inside |= {id(n) for n in fresh}
            members += fresh
            buffers = read
            for u in graph.uses(node):
                heapq.heappush(waiting, graph.place[id(u)])
            if graph.results((self.head, *members), inside) == [node]:
                best = graph.in_order(members)
        return best


# --- elementwise kernels -----------------------------------------------------------------------


def _connected(nodes: list[Node]) -> list[list[Node]]:
    """Nodes that use each other or a common input, in groups; the order is kept."""
    parent = list(range(len(nodes)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    touched: dict[int, int] = {}
    for k, node in enumerate(nodes):
        for x in (node, *node.inputs):
            if x.ctx is None:
                continue
            other = touched.setdefault(id(x), k)
            parent[root(k)] = root(other)
    groups: dict[int, list[Node]] = {}
    for k, node in enumerate(nodes):
        groups.setdefault(root(k), []).append(node)
    return list(groups.values())


def _within_limits(graph: _Graph, group: list[Node]) -> list[list[Node]]:
    """``group`` cut, in order, where a kernel would have too many buffers, numbers or steps."""
    parts: list[list[Node]] = [[]]
    inputs: set[int] = set()
    scalars: set[Any] = set()
    left: dict[int, int] = {}  # of the part's nodes: uses outside it, for now; one more where it is wanted
    results = places = 0
    for node in group:
        more = inputs | {x for x in _read(node) if x not in left}
        numbers = scalars | _numbers(node)
        used = [id(x) for x in node.inputs if id(x) in left]
        # Results that only this node still waited for are none any more.
        now = results + 1 - sum(left[x] == used.count(x) for x in set(used))
        count = places + _places(node)
        full = len(more) > _MOST_INPUTS or len(more) + now > MAX_ARGUMENTS or len(numbers) > MAX_ARGUMENTS or count > _MOST_PLACES
        if left and (full or len(left) >= graph.most_steps):
            parts.append([])
            left, used, now, count = {}, [], 1, _places(node)
            more = {*_read(node)}
            numbers = _numbers(node)
        inputs, scalars, results, places = more, numbers, now, count
        for x in used:
            left[x] -= 1
        left[id(node)] = len(graph.uses(node)) + graph.is_wanted(node)
        parts[-1].append(node)
    return parts


def _numbers(node: Node) -> set[Any]:
    """The scalars among a node's inputs, equal ones as one: repr tells -0.0 from 0.0, and NaN equals itself."""
    return set() if _moves(node) else {(x.dtype, repr(x.params)) for x in node.inputs if x.ctx is None}


def _places(node: Node) -> int:
    """How many numbers say where a node reads."""
    return len(node.inputs) - 1 if _moves(node) else 0
