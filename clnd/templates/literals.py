"""Numbers and polynomials as OpenCL C, for the files of ``templates/lib/``."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from clnd.templates.ctype import CType

__all__ = ["constant", "minus", "number", "polynomial", "rounded"]


def number(t: CType, text: str) -> str:
    """A constant of type t: ``text`` is a C literal without suffix."""
    return f"({t})({text}{'' if t.is_double else 'f'})"


def minus(text: str) -> str:
    """The negative of a literal."""
    return text[1:] if text.startswith("-") else "-" + text


def polynomial(t: CType, x: str, coefficients: Sequence[str]) -> str:
    """The polynomial in the variable ``x``, as nested fma; the coefficient of the lowest power comes first."""
    text = number(t, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        text = f"fma_{t}({text}, {x}, {number(t, c)})"
    return text


def constant(t: CType, value: float) -> str:
    """``value`` as a constant of type t, rounded to the format here: no compiler has to read decimals."""
    return number(t, rounded(t, value))


def rounded(t: CType, value: float) -> str:
    """``value`` as a literal without suffix, rounded to the format of t."""
    held: float = value if t.is_double else struct.unpack("f", struct.pack("f", value))[0]
    return held.hex()
