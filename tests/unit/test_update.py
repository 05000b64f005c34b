"""The exchange of a store's node: one step also for signal handlers."""

from __future__ import annotations

import dis

from clnd.graph.node import Node
from clnd.graph.update import Store


def test_no_signal_handler_can_come_between_comparison_and_exchange() -> None:
    """CPython looks for signals where it calls, jumps back or enters a function: none of that may stand there."""
    names = [(i.opname, i.argval) for i in dis.get_instructions(Store.replace)]
    start = next(k for k, (op, _) in enumerate(names) if op.startswith("COMPARE_OP"))
    end = next(k for k, (op, what) in enumerate(names) if op == "STORE_ATTR" and what == "generation")
    assert ("STORE_ATTR", "node") in names[start:end]
    harmless = ("LOAD_", "STORE_", "COMPARE_OP", "POP_JUMP_", "NOP", "CACHE", "COPY", "TO_BOOL", "NOT_TAKEN", "PUSH_NULL")
    # What leaves the block where the generation is another one may stand between, and ends in a return.
    for op, _ in straight(names[start : end + 1]):
        assert op.startswith(harmless), op
        assert "BACKWARD" not in op, op


def straight(names: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """The instructions without those from a conditional jump to the next return: the way out."""
    kept: list[tuple[str, object]] = []
    leaving = False
    for op, what in names:
        if op.startswith("POP_JUMP_"):
            leaving = True
        elif leaving and op.startswith("RETURN"):
            leaving = False
            continue
        if not leaving or op.startswith("POP_JUMP_"):
            kept.append((op, what))
    return kept


def test_a_store_takes_a_node_for_its_own_generation_only() -> None:
    nodes = [Node(None, (), (), None, None) for _ in range(4)]  # type: ignore[arg-type]
    store = Store(nodes[0])
    before = store.generation
    assert store.replace(before, nodes[1])
    assert not store.replace(before, nodes[2])
    assert store.node is nodes[1]
    store.put(nodes[3])
    assert store.node is nodes[3]
    assert not store.replace(before + 1, nodes[2])
