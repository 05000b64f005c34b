"""The one node type of the graph, and what a node's value is once it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from clnd.dtypes import DType
from clnd.errors import DTypeError
from clnd.runtime.memory import Block
from clnd.shapes import Shape, contiguous_strides

if TYPE_CHECKING:
    from typing_extensions import Self

    from clnd.context import Context
    from clnd.graph.faults import Fault
    from clnd.graph.primitive import Primitive

__all__ = ["Node", "Operand", "Value", "leading", "of_both", "operand"]


class Value:
    """Where a computed node lies: element (i, j, ...) is ``offset + i*strides[0] + ...`` elements into the block.

    ``strides`` None means row-major and without gaps.
    """

    __slots__ = ("block", "offset", "strides")

    def __init__(self, block: Block, offset: int = 0, strides: Shape | None = None) -> None:
        self.block = block
        self.offset = offset
        self.strides = strides


class Node:
    """An array that is computed or still to be: immutable but for ``value``, which is written once.

    ``op`` made it from ``inputs`` with ``params``; ``ctx`` is None for scalars, which live nowhere.
    ``more`` are the values after the first of an operation that has several,
    ``faults`` what could be wrong with it, ``limits`` the least and the greatest that its integers can be, where that was noted. ``fast``: it was recorded in that math mode. ``depth`` is the longest chain of uncomputed nodes up to here.
    """

    __slots__ = ("__weakref__", "ctx", "depth", "dtype", "fast", "faults", "inputs", "limits", "more", "op", "params", "shape", "value", "where")

    def __init__(
        self,
        op: Primitive,
        inputs: tuple[Node, ...],
        shape: Shape,
        dtype: DType,
        ctx: Context | None,
        params: Any = None,
        value: Value | None = None,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = dtype
        self.ctx = ctx
        self.params = params
        self.value = value
        self.more: tuple[Value, ...] = ()
        self.faults: tuple[Fault, ...] = ()
        self.limits: tuple[int, int] | None = None
        self.fast = False
        self.depth = 0
        self.where: str | None = None

    @property
    def strides(self) -> Shape:
        """The strides of a computed node, in elements."""
        assert self.value is not None
        return contiguous_strides(self.shape) if self.value.strides is None else self.value.strides

    def __repr__(self) -> str:
        state = "computed" if self.value is not None else "pending"
        return f"<{self.op.name} {self.shape} {self.dtype.name} {self.ctx} {state}>"


class Operand:
    """What operations take and give: something that has a node. Arrays are; ``graph`` knows no more of them."""

    __slots__ = ()

    _rank: ClassVar[int] = 0
    """An operation on arrays of several classes gives one of the highest rank."""
    _stays_float32: ClassVar[bool] = False
    """Whether the default float of this class of arrays is float32, whatever `default_dtype` says."""
    _numbers_are_weak: ClassVar[bool] = False
    """Whether NumPy's scalars beside this class of arrays count as Python numbers."""

    @property
    def _node(self) -> Node:
        """The node that stands for the array's present content."""
        raise NotImplementedError

    def _like(self, node: Node) -> Self:
        """An array of the same class for ``node``."""
        raise NotImplementedError

    def _take(self, name: str, node: Node) -> Self:
        """Make ``node`` this array's content, for operation ``name`` with ``out=``; returns the array."""
        raise NotImplementedError

    def _rewrite(self, name: str, compute: Callable[[], Node]) -> Self:
        """Make what ``compute`` makes of this array's content its content, as one step; returns the array."""
        raise NotImplementedError

    def _constant(self, data: Any) -> Node:
        """A node for host data, on this array's context."""
        raise NotImplementedError


def leading(operands: Iterable[Any]) -> Any:
    """The operand whose class a result has: the first one of the highest rank; None if none is an array."""
    lead = None
    for x in operands:
        if isinstance(x, Operand) and (lead is None or x._rank > lead._rank):
            lead = x
    return lead


def of_both(name: str, function: Callable[[Node, Node], Node], x1: Any, x2: Any) -> Any:
    """What ``function`` makes of the nodes of two operands, one of which at least is an array.

    Raises
    ------
    DTypeError
        Where neither is.
    """
    lead = leading((x1, x2))
    if lead is None:
        raise DTypeError(f"[{name}] got {type(x1).__name__} and {type(x2).__name__}; expected at least one clnd array; make one with asarray()")
    a, b = (x._node if isinstance(x, Operand) else lead._constant(x) for x in (x1, x2))
    return lead._like(function(a, b))


def operand(name: str, x: Any) -> Any:
    """``x``, if it is an array: what each public function asks that takes arrays only.

    Raises
    ------
    DTypeError
        For anything else, data that could be made an array included: no function moves it to a device unasked.
    """
    if not isinstance(x, Operand):
        raise DTypeError(f"[{name}] got a {type(x).__name__}; expected a clnd array; make one with asarray()")
    return x
