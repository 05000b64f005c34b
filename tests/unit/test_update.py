"""The exchange of a store's node: one step also for signal handlers."""

from __future__ import annotations

import dis

from clnd.graph.node import Node
from clnd.ops.update import Store


def test_no_signal_handler_can_come_between_comparison_and_exchange() -> None:
    """CPython looks for signals where it calls, jumps or enters a function: the exchange follows the comparison without any."""
    code = list(dis.get_instructions(Store.replace))
    start = next(k for k, i in enumerate(code) if i.opname.startswith("COMPARE_OP"))
    end = next(k for k, i in enumerate(code) if i.opname == "STORE_ATTR" and i.argval == "generation")
    assert ("STORE_ATTR", "node") in [(i.opname, i.argval) for i in code[start:end]]
    harmless = ("LOAD_", "STORE_", "COMPARE_OP", "POP_JUMP_", "NOP", "CACHE", "COPY", "TO_BOOL", "NOT_TAKEN", "PUSH_NULL", "EXTENDED_ARG")
    for i in code[start : end + 1]:
        assert i.opname.startswith(harmless), i
        if i.opname.startswith("POP_JUMP_"):  # not taken on the way to the exchange
            assert isinstance(i.argval, int), i
            assert i.argval > code[end].offset, i


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
