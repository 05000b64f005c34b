"""The subscripts of einsum: what they say, checked against shapes, and the order in which operands are contracted. Pure functions."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from clnd.errors import ArgumentError, ShapeError
from clnd.records import light_dataclass
from clnd.shapes import Shape, size_of

__all__ = ["Label", "Subscripts", "as_text", "diagonals", "next_pair", "parsed"]

Label = str
"""A letter, or "...k" for the axis k from the end among those that an ellipsis stands for. Letters sort as their characters do."""


@light_dataclass(frozen=True)
class Subscripts:
    """The labels of each operand's axes and of the result's; the length of each label; 1 where all operands have that."""

    inputs: tuple[tuple[Label, ...], ...]
    output: tuple[Label, ...]
    lengths: dict[Label, int]


def as_text(given: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The subscripts as text and the operands, of ``einsum("ij,jk", a, b)`` or of ``einsum(a, [0, 1], b, [1, 2])``.

    Raises
    ------
    ArgumentError
        If the arguments are neither.
    """
    if not given:
        raise ArgumentError("[einsum] got no arguments; expected subscripts such as 'ij,jk->ik', and the operands")
    if isinstance(given[0], str):
        return given[0].replace(" ", ""), tuple(given[1:])
    operands, lists = tuple(given[0::2]), given[1::2]
    output = None
    if len(operands) > len(lists):
        operands, output = operands[:-1], operands[-1]
    text = ",".join(map(_letters, lists))
    return text if output is None else f"{text}->{_letters(output)}", operands


def _letters(sublist: Any) -> str:
    """A list of integers and an Ellipsis as letters: 0 to 25 are A to Z, 26 to 51 a to z, so that they sort as the integers do."""
    try:
        return "".join("..." if k is Ellipsis else _letter(operator.index(k)) for k in sublist)
    except TypeError:
        raise ArgumentError(f"[einsum] got {sublist!r} as the subscripts of an operand; expected a list of integers, or a text first") from None


def _letter(k: int) -> str:
    if not 0 <= k < 52:
        raise ArgumentError(f"[einsum] got the subscript {k}; expected integers from 0 to 51")
    return chr(ord("A") + k) if k < 26 else chr(ord("a") + k - 26)


def parsed(text: str, shapes: Sequence[Shape]) -> Subscripts:
    """What ``text`` says of operands of these shapes.

    Raises
    ------
    ArgumentError
        If the text is no subscripts, or not of so many operands.
    ShapeError
        If an operand has not as many axes, or a label has two lengths.
    """
    terms, arrow, result = text.partition("->")
    parts = terms.split(",")
    if len(parts) != len(shapes):
        raise ArgumentError(f"[einsum] got subscripts {text!r} of {len(parts)} operands and {len(shapes)} operands; expected as many of each")
    inputs = tuple(_labels(text, part, len(shape)) for part, shape in zip(parts, shapes, strict=True))
    for part, labels, shape in zip(parts, inputs, shapes, strict=True):
        if len(labels) != len(shape):
            raise ShapeError(f"[einsum] got shape {shape} for the subscripts {part!r} of {text!r}; expected {len(labels)} axes{'' if '.' in part else ', or an ellipsis'}")
    rest = max((sum(len(k) > 1 for k in labels) for labels in inputs), default=0)
    spread = tuple(f"...{k}" for k in range(rest, 0, -1))
    if arrow:
        output = _labels(text, result, len(result.replace("...", "")) + (rest if "." in result else 0))
        if rest and "." not in result:
            raise ArgumentError(f"[einsum] got subscripts {text!r}, whose result has no '...' for the axes that it stands for in an operand; expected one")
    else:
        letters = [k for labels in inputs for k in labels if len(k) == 1]
        output = spread + tuple(sorted(k for k in set(letters) if letters.count(k) == 1))
    for k in output:
        if output.count(k) > 1:
            raise ArgumentError(f"[einsum] got subscripts {text!r} with {k!r} twice in the result; expected it once")
        if not any(k in labels for labels in inputs):
            raise ArgumentError(f"[einsum] got subscripts {text!r} with {k!r} in the result, which no operand has; expected labels of operands")
    return Subscripts(inputs, output, _lengths(text, inputs, shapes))


def _labels(text: str, part: str, ndim: int) -> tuple[Label, ...]:
    """The labels of one operand, or of the result, which has ``ndim`` axes."""
    before, dots, after = part.partition("...")
    wrong = next((c for c in before + after if not (c.isascii() and c.isalpha())), None)
    if wrong is not None:
        raise ArgumentError(f"[einsum] got subscripts {text!r} with {wrong!r}; expected letters, ',', '->' and '...' once an operand")
    count = ndim - len(before) - len(after)
    return (*before, *(f"...{k}" for k in range(count if dots else 0, 0, -1)), *after)


def _lengths(text: str, inputs: Sequence[tuple[Label, ...]], shapes: Sequence[Shape]) -> dict[Label, int]:
    lengths: dict[Label, int] = {}
    for labels, shape in zip(inputs, shapes, strict=True):
        own: dict[Label, int] = {}
        for k, n in zip(labels, shape, strict=True):
            if own.setdefault(k, n) != n:
                raise ShapeError(f"[einsum] got shape {shape} for the subscripts {text!r}; the axes of {k!r} have lengths {own[k]} and {n}; expected equal ones")
            if lengths.setdefault(k, n) != n and 1 not in (lengths[k], n):
                raise ShapeError(
                    f"[einsum] got shapes {', '.join(map(str, shapes))} for the subscripts {text!r}; {k!r} has lengths {lengths[k]} and {n}; "
                    "expected equal ones, or 1"
                )
            if lengths[k] == 1:
                lengths[k] = n
    return lengths


def diagonals(labels: tuple[Label, ...], shape: Shape, strides: Shape, order: tuple[Label, ...]) -> tuple[Shape, Shape]:
    """Shape and strides of the view that has each label of ``order`` once: axes of one label are walked together."""
    lengths = dict(zip(labels, shape, strict=True))
    steps = dict.fromkeys(labels, 0)
    for k, s in zip(labels, strides, strict=True):
        steps[k] += s
    return tuple(lengths[k] for k in order), tuple(steps[k] for k in order)


def next_pair(inputs: Sequence[tuple[Label, ...]], output: tuple[Label, ...], lengths: dict[Label, int]) -> tuple[int, int]:
    """Which two of several operands are contracted next: those with the smallest result, of equal ones the first pair from the left."""
    best = (-1, 0, 1)
    for i in range(len(inputs)):
        for j in range(i + 1, len(inputs)):
            kept = set(output).union(*(labels for k, labels in enumerate(inputs) if k not in (i, j)))
            size = size_of(tuple(lengths[k] for k in kept & {*inputs[i], *inputs[j]}))
            if best[0] < 0 or size < best[0]:
                best = (size, i, j)
    return best[1:]
