"""Comparisons, which are exact also between integers and numbers that their dtype does not hold."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from clnd.dtypes import INT, UINT, facts
from clnd.graph.node import Operand
from clnd.graph.record import scalar_node
from clnd.incoming import has_dtype
from clnd.ops.op import LIMITS, Binary

__all__ = ["Comparison"]


class Comparison(Binary):
    """A comparison. That of integers with a number is exact, whether or not their dtype holds the number."""

    by_relation: ClassVar[dict[str, Comparison]] = {}
    """The comparisons by the sign between their operands."""
    relation = ""

    @classmethod
    def enter(cls, **rows: Comparison) -> None:
        """Say which rows the comparisons are, by their names in Python's `operator`."""
        for name, row in rows.items():
            row.relation = _SIGNS[name]
            cls.by_relation[row.relation] = row

    def apply(self, *operands: Any) -> Any:
        """Make the node; a number beside integers becomes the integer that gives the same truth values."""
        x1, x2 = operands
        if isinstance(x1, Operand):
            x, value, relation = x1, x2, self.relation
        else:
            x, value, relation = x2, x1, _MIRRORED[self.relation]
        if isinstance(value, (Operand, np.ndarray, bool)) or not isinstance(x, Operand) or facts(x._node.dtype).kind not in (INT, UINT):
            return super().apply(*operands)
        limits = LIMITS[x._node.dtype]
        if isinstance(value, (int, float, np.integer, np.floating)):
            relation, bound = _against_integers(relation, value, limits)
            return x._like(self.by_relation[relation].node([x._node, scalar_node(bound, x._node.dtype)]))
        if isinstance(value, (list, tuple)) and not has_dtype(value):
            numbers = np.asarray(value)
            if numbers.dtype.kind == "f" or (numbers.dtype.kind in "iuO" and not _all_within(numbers, limits)):
                return self._against_list(x, relation, np.array(value, dtype=object), limits)
        return super().apply(*operands)

    def _against_list(self, x: Any, relation: str, values: np.ndarray[Any, Any], limits: Any) -> Any:
        """Integers beside a list of floats, or of integers that their dtype does not hold: each number is a comparison of its own."""
        bounds = np.zeros(values.shape, x._node.dtype)
        always, never = np.zeros(values.shape, np.bool_), np.zeros(values.shape, np.bool_)
        for place in np.ndindex(values.shape):
            found, bound = _against_integers(relation, values[place], limits)
            if found == relation:
                bounds[place] = bound
            else:
                (always if found == ">=" else never)[place] = True
        result = x._like(self.by_relation[relation].node([x._node, x._constant(bounds)]))
        if never.any():
            result = result & ~never
        return result | always if always.any() else result


_SIGNS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _all_within(numbers: np.ndarray[Any, Any], limits: Any) -> bool:
    return not numbers.size or bool(numbers.min() >= limits.min and numbers.max() <= limits.max)


def _against_integers(relation: str, value: Any, limits: Any) -> tuple[str, int]:
    """The comparison of integers within ``limits`` that is true of the same ones as ``relation`` to ``value``, with its bound."""
    least, most = int(limits.min), int(limits.max)
    always, never = (">=", least), ("<", least)
    number = int(value) if isinstance(value, (int, np.integer)) else float(value)
    if number != number:  # NaN
        return always if relation == "!=" else never
    if relation in ("==", "!="):
        held = least <= number <= most and number == int(number)
        return (relation, int(number)) if held else always if relation == "!=" else never
    if relation in ("<", ">="):
        # x < 2.5 is x < 3.
        if number > most or number <= least:
            return always if (number > most) == (relation == "<") else never
        return relation, math.ceil(number)
    if number >= most or number < least:
        return always if (number >= most) == (relation == "<=") else never
    return relation, math.floor(number)
