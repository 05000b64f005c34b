"""The operators of an array: Python's, each the operation of the table that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clnd import dtypes
from clnd.dtypes import facts
from clnd.graph.node import Node, Operand
from clnd.ops import elementwise, products

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Operators"]


class Operators(Operand):
    """Arithmetic, comparison, bitwise, matrix and in-place operators over `_node` and `_rewrite`."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Self:
        return _binary(elementwise.add, self, other)

    def __radd__(self, other: Any) -> Self:
        return _binary(elementwise.add, other, self)

    def __sub__(self, other: Any) -> Self:
        return _binary(elementwise.subtract, self, other)

    def __rsub__(self, other: Any) -> Self:
        return _binary(elementwise.subtract, other, self)

    def __mul__(self, other: Any) -> Self:
        return _binary(elementwise.multiply, self, other)

    def __rmul__(self, other: Any) -> Self:
        return _binary(elementwise.multiply, other, self)

    def __truediv__(self, other: Any) -> Self:
        return _binary(elementwise.divide, self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return _binary(elementwise.divide, other, self)

    def __floordiv__(self, other: Any) -> Self:
        return _binary(elementwise.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Self:
        return _binary(elementwise.floor_divide, other, self)

    def __mod__(self, other: Any) -> Self:
        return _binary(elementwise.remainder, self, other)

    def __rmod__(self, other: Any) -> Self:
        return _binary(elementwise.remainder, other, self)

    def __divmod__(self, other: Any) -> tuple[Self, Self]:
        return (self // other, self % other) if _is_operand(other) else NotImplemented

    def __rdivmod__(self, other: Any) -> tuple[Self, Self]:
        return (other // self, other % self) if _is_operand(other) else NotImplemented

    def __pow__(self, other: Any) -> Self:
        # As NumPy: these powers are exact operations of their own.
        if isinstance(other, (int, float)) and not isinstance(other, bool):
            kind = facts(self._node.dtype).kind
            is_float = kind in (dtypes.FLOAT, dtypes.COMPLEX)
            # A float makes floats of integers, and an integer makes integers of bools: `pow` does both.
            if other == 2 and (is_float or (isinstance(other, int) and kind != dtypes.BOOL)):
                return elementwise.square.apply(self)
            if is_float:
                special = {1: elementwise.positive, 0.5: elementwise.sqrt, -1: elementwise.reciprocal}.get(other)
                if special is not None:
                    return special.apply(self)
        return _binary(elementwise.pow, self, other)

    def __rpow__(self, other: Any) -> Self:
        return _binary(elementwise.pow, other, self)

    def __and__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_and, self, other)

    def __rand__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_and, other, self)

    def __or__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_or, self, other)

    def __ror__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_or, other, self)

    def __xor__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_xor, self, other)

    def __rxor__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_xor, other, self)

    def __lshift__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_left_shift, self, other)

    def __rlshift__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_left_shift, other, self)

    def __rshift__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_right_shift, self, other)

    def __rrshift__(self, other: Any) -> Self:
        return _binary(elementwise.bitwise_right_shift, other, self)

    def __matmul__(self, other: Any) -> Self:
        return products.matmul(self, other) if _is_operand(other) else NotImplemented

    def __rmatmul__(self, other: Any) -> Self:
        return products.matmul(other, self) if _is_operand(other) else NotImplemented

    def __neg__(self) -> Self:
        return elementwise.negative.apply(self)

    def __pos__(self) -> Self:
        return elementwise.positive.apply(self)

    def __abs__(self) -> Self:
        return elementwise.abs.apply(self)

    def __invert__(self) -> Self:
        return elementwise.bitwise_invert.apply(self)

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        return _binary(elementwise.equal, self, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return _binary(elementwise.not_equal, self, other)

    def __lt__(self, other: Any) -> Self:
        return _binary(elementwise.less, self, other)

    def __le__(self, other: Any) -> Self:
        return _binary(elementwise.less_equal, self, other)

    def __gt__(self, other: Any) -> Self:
        return _binary(elementwise.greater, self, other)

    def __ge__(self, other: Any) -> Self:
        return _binary(elementwise.greater_equal, self, other)

    def _in_place(self, op: Any, other: Any, operator: Any = None) -> Any:
        """``self op= other``: the store gets a new node, which fuses; views of the store see it."""
        if not _is_operand(other):
            return NotImplemented

        def compute() -> Node:
            node: Node = (operator(other) if operator is not None else op.apply(self, other))._node
            return node

        return self._rewrite(op.name, compute)

    def __iadd__(self, other: Any) -> Self:
        return self._in_place(elementwise.add, other)

    def __isub__(self, other: Any) -> Self:
        return self._in_place(elementwise.subtract, other)

    def __imul__(self, other: Any) -> Self:
        return self._in_place(elementwise.multiply, other)

    def __itruediv__(self, other: Any) -> Self:
        return self._in_place(elementwise.divide, other)

    def __ifloordiv__(self, other: Any) -> Self:
        return self._in_place(elementwise.floor_divide, other)

    def __imod__(self, other: Any) -> Self:
        return self._in_place(elementwise.remainder, other)

    def __ipow__(self, other: Any) -> Self:
        return self._in_place(elementwise.pow, other, self.__pow__)

    def __imatmul__(self, other: Any) -> Self:
        return self._in_place(products.MATMUL_UFUNC, other, self.__matmul__)

    def __iand__(self, other: Any) -> Self:
        return self._in_place(elementwise.bitwise_and, other)

    def __ior__(self, other: Any) -> Self:
        return self._in_place(elementwise.bitwise_or, other)

    def __ixor__(self, other: Any) -> Self:
        return self._in_place(elementwise.bitwise_xor, other)

    def __ilshift__(self, other: Any) -> Self:
        return self._in_place(elementwise.bitwise_left_shift, other)

    def __irshift__(self, other: Any) -> Self:
        return self._in_place(elementwise.bitwise_right_shift, other)


def _is_operand(x: Any) -> bool:
    return isinstance(x, (Operand, int, float, complex, np.ndarray, np.generic, list, tuple))


def _binary(op: Any, x1: Any, x2: Any) -> Any:
    if type(x1) is type(x2):
        return x1._like(op.node([x1._node, x2._node]))
    if not (_is_operand(x1) and _is_operand(x2)):
        return NotImplemented
    return op.apply(x1, x2)
