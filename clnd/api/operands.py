"""What functions made of others take: arrays of any class, and data from the host beside one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clnd.arrays import Array
from clnd.graph.node import Operand, led

__all__ = ["Give", "taken"]

Give = Callable[[Array], Any]
"""Makes an array of the main namespace one of the class that the result has."""


def taken(name: str, *given: Any) -> tuple[Give, list[Any]]:
    """What makes the result, and the operands as arrays of the main namespace; None stays.

    Lists, numbers and NumPy arrays are taken beside an array. The result is of the class of the operand that stands highest.

    Raises
    ------
    DTypeError
        If none is an array, nor data of numbers.
    """
    lead, given = led(name, given)  # type: ignore[assignment]
    plain = lead._plain()
    arrays = [x if x is None else x._plain() if isinstance(x, Operand) else plain._like(plain._constant(x)) for x in given]  # type: ignore[attr-defined]
    return (lambda x: x if type(lead) is Array else lead._like(x._node)), arrays
