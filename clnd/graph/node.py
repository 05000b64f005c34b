"""The one node type of the graph, and what a node's value is once it was computed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from clnd.dtypes import DType
from clnd.errors import DTypeError
from clnd.runtime.memory import Block
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, contiguous_strides, size_of

if TYPE_CHECKING:
    from typing_extensions import Self

    from clnd.context import Context
    from clnd.graph.faults import Fault
    from clnd.graph.primitive import Primitive

__all__ = ["Node", "Operand", "Value", "as_operand", "leading", "led", "of_both", "operand"]


class Value:
    """Where a computed node lies: element (i, j, ...) is ``offset + i*strides[0] + ...`` elements into the block.

    ``strides`` None means row-major and without gaps.
    """

    __slots__ = ("block", "offset", "strides")

    def __init__(self, block: Block, offset: int = 0, strides: Shape | None = None) -> None:
        self.block = block
        self.offset = offset
        self.strides = strides

    def read(self, device: OpenDevice, dtype: DType, shape: Shape = (1,), start: int = 0) -> np.ndarray[Any, Any]:
        """Elements from number ``start`` on, which lie one after the other, on the host."""
        host: np.ndarray[Any, Any] = np.empty(shape, dtype)
        device.read(self.block, host, (self.offset + start) * host.itemsize)
        return host

    def shared(self, shape: Shape, strides: Shape, dtype: DType) -> np.ndarray[Any, Any]:
        """The value's own memory as a read-only NumPy array, which keeps it: where the host shares it, and once it is computed."""
        return np.asarray(_Shared(self.block, self.offset, shape, strides, dtype)) if size_of(shape) else np.empty(shape, dtype)


class _Shared:
    """What a NumPy array over a block's memory is made from, and keeps: it keeps the block alive.

    Not an array itself: NumPy lets a view refer to the owner of the memory past the arrays between.
    """

    __slots__ = ("__array_interface__", "block")

    def __init__(self, block: Block, offset: int, shape: Shape, strides: Shape, dtype: DType) -> None:
        assert block.host is not None
        self.block = block
        self.__array_interface__ = {
            "version": 3,
            "data": (block.host.__array_interface__["data"][0] + offset * dtype.itemsize, True),  # True: read-only
            "shape": shape,
            "strides": tuple(s * dtype.itemsize for s in strides),
            "typestr": dtype.str,
        }


class Node:
    """An array that is computed or still to be: immutable but for ``value``, which is written once.

    ``op`` made it from ``inputs`` with ``params``; ``ctx`` is None for scalars, which live nowhere.
    ``more`` are the values after the first of an operation that has several,
    ``faults`` what could be wrong with it, ``limits`` the least and the greatest that its integers can be, where that was noted. ``fast``: it was recorded in that math mode. ``depth`` is the longest chain of uncomputed nodes up to here.
    ``sums`` are those that means and variances of it share.
    """

    __slots__ = ("__weakref__", "ctx", "depth", "dtype", "fast", "faults", "inputs", "limits", "more", "op", "params", "shape", "sums", "value", "where")

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
        self.sums: dict[Any, weakref.ref[Node]] | None = None
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

    @staticmethod
    def _of_host(data: Any) -> Any:
        """An array on the current context of a number, a sequence or a NumPy array, as `clnd.asarray` makes it; None of anything else."""
        raise NotImplementedError


def leading(operands: Iterable[Any]) -> Any:
    """The operand whose class a result has: the first one of the highest rank; None if none is an array."""
    lead = None
    for x in operands:
        if isinstance(x, Operand) and (lead is None or x._rank > lead._rank):
            lead = x
    return lead


def of_both(name: str, function: Callable[[Node, Node], Node], x1: Any, x2: Any) -> Any:
    """What ``function`` makes of the nodes of two operands.

    Raises
    ------
    DTypeError
        Where neither is an array, nor data of numbers.
    """
    lead, (x1, x2) = led(name, (x1, x2))
    a, b = (x._node if isinstance(x, Operand) else lead._constant(x) for x in (x1, x2))
    return lead._like(function(a, b))


def led(name: str, operands: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    """The operand whose class a result has, and the operands, one of which at least is an array.

    Where the host's data stands alone, as in ``sqrt(2)``, it becomes arrays on the current context. A number beside a
    sequence stays one, and takes the sequence's dtype, as it does beside an array.

    Raises
    ------
    DTypeError
        Where there is nothing that an array is made of.
    """
    lead = leading(operands)
    if lead is not None:
        return lead, operands
    numbers = (bool, int, float, complex)
    made = [x if x is None or isinstance(x, numbers) else Operand._of_host(x) for x in operands]
    if leading(made) is None:
        made = [Operand._of_host(x) if isinstance(x, numbers) else x for x in operands]
    lead = leading(made)
    if lead is None:
        kinds = ", ".join(dict.fromkeys(type(x).__name__ for x in operands if x is not None)) or "nothing"
        raise DTypeError(f"[{name}] got {kinds}; expected an array, a number or a sequence of numbers")
    return lead, [x if y is None else y for x, y in zip(operands, made, strict=True)]


def as_operand(name: str, x: Any) -> Any:
    """``x`` as an array: the host's data becomes one on the current context.

    Raises
    ------
    DTypeError
        For what is no data of numbers.
    """
    return x if isinstance(x, Operand) else led(name, (x,))[0]


def operand(name: str, x: Any) -> Any:
    """``x``, if it is an array: for what is written to, and other arguments that no data of the host can stand for.

    Raises
    ------
    DTypeError
        For anything else, data that could be made an array included.
    """
    if not isinstance(x, Operand):
        raise DTypeError(f"[{name}] got a {type(x).__name__}; expected a clnd array; make one with asarray()")
    return x
