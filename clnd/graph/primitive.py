"""What an operation is to the engine: the one base of all. The operations themselves are in `clnd.ops`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clnd.dtypes import DType
from clnd.kernels.epilogues import Epilogue
from clnd.kernels.launch import Plan
from clnd.kernels.recipe import Recipe
from clnd.runtime.opened import OpenDevice

if TYPE_CHECKING:
    from clnd.graph.node import Node, Value

__all__ = ["Elementwise", "Fused", "Primitive"]


@dataclass(slots=True)
class Fused:
    """Elementwise work that a kernel takes along: what it computes, and the computed nodes and scalars that it reads."""

    recipe: Recipe
    inputs: list[Node]


class Primitive:
    """One operation.

    Attributes
    ----------
    name
        What messages call it.
    is_elementwise
        It is an `Elementwise`: steps of a recipe, which kernels share. Any other has launches of its own.
    needs_place
        Its code asks for the number of each element in the kernel's own order, which reductions and products do not have.
    moves
        The first input, which is computed before, is read elsewhere: the rule of each axis (`kernels/moves.py`), whose numbers are the next
        inputs. Else there are none.
    has_table
        The first input is a view in which elements are looked up, at a displacement from each one's place: it is computed before.
    takes_prologue
        Its kernel computes the elementwise nodes that only its first input's value needs, on the way.
    takes_epilogue
        Its kernel can go on with elementwise nodes that only its result needs.
    is_planned
        What it launches depends on how its operands lie and on the node's ``params`` alone, and is given buffer and offset of each operand:
        it has a `plan` in place of `launch` and `launch_with`.
    is_view
        Its `launch` points at another node's memory and enqueues nothing.
    results
        How many values a node has: the first is `Node.value`, the others are `Node.more`. Parts stand for each (`ops.views.part_node`).
    has_fast
        Whether math mode "fast" makes a difference.
    arrives
        Its node waits for another device: `wait` is called before this one's lock is taken, where nothing forbids that.
    """

    name: str
    is_elementwise: bool = False
    needs_place: bool = False
    moves: tuple[str, ...] = ()
    has_table: bool = False
    takes_prologue: bool = False
    takes_epilogue: bool = False
    is_planned: bool = False
    is_view: bool = False
    results: int = 1
    has_fast: bool = False
    arrives: bool = False

    def wait(self, node: Node) -> None:
        """Wait for what `launch` would have to wait for."""
        raise NotImplementedError(self.name)

    def plan(self, device: OpenDevice, node: Node, prologue: Fused | None, epilogue: Epilogue | None) -> Plan | None:
        """What computes ``node`` of operands that lie like its own: the first blocks made are its values.

        ``prologue`` is what the kernel computes on the way, in place of the first input; None where that is there. It goes on with
        ``epilogue``; None, where it cannot.
        """
        raise NotImplementedError(self.name)

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Enqueue what computes ``node``, whose inputs are computed. The device's lock is held.

        ``prologue`` is what the kernel computes on the way, in place of the first input; None where that is there.
        """
        raise NotImplementedError(self.name)

    def foreseen(self, device: OpenDevice, node: Node, epilogue: Epilogue | None) -> tuple[Plan, ...]:
        """What `launch` will run, or `launch_with` if there is an ``epilogue``, as far as it is known before the inputs are computed.

        Their kernels are built with others of the graph; what is not told here is built when it is launched.
        """
        return ()

    def launch_with(self, device: OpenDevice, node: Node, epilogue: Epilogue, values: list[Any]) -> tuple[Value, ...] | None:
        """`launch`, going on with ``epilogue``, whose arguments are ``values``; None, and nothing done, where the kernel cannot."""
        raise NotImplementedError(self.name)


class Elementwise(Primitive):
    """One operation on elements.

    Attributes
    ----------
    names
        What ``code_for`` calls the operands.
    is_move
        The result has the bits of the operand.
    is_mask
        The code gives a comparison's mask.
    fills
        The last input is what elements have that lie outside of the first.
    """

    is_elementwise = True
    has_fast = True
    names: tuple[str, ...] = ("x",)
    is_move: bool = False
    is_mask: bool = False
    fills: bool = False

    def code_for(self, dtype: DType) -> str:
        """The C expression for operands of ``dtype``."""
        raise NotImplementedError(self.name)
