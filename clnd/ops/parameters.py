"""The parameters of random draws: what is accepted, and the numbers that kernels take for them."""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from clnd.dtypes import BOOL, FLOAT, INT, UINT, DType, facts, float16, iinfo, kind_names, uint32
from clnd.errors import ArgumentError, DTypeError

__all__ = ["checked", "rounded"]

_MASK64 = (1 << 64) - 1
_KINDS = {
    "bits": frozenset({UINT}),
    "uniform": frozenset({FLOAT}),
    "normal": frozenset({FLOAT}),
    "exponential": frozenset({FLOAT}),
    "centred": frozenset({FLOAT}),
    "bernoulli": frozenset({BOOL, INT, UINT, FLOAT}),
    "randint": frozenset({INT, UINT}),
}


@functools.lru_cache(maxsize=1024, typed=True)
def checked(kind: str, dtype: DType, *parameters: Any) -> tuple[Any, ...]:
    """The scalar arguments that the kernel of a draw takes for ``parameters``.

    Of "uniform" they are (low, high), of "normal" (loc, scale), of "exponential" (scale), of "bernoulli" (p), of "randint" (low, high),
    high exclusive, and of "bits" and "centred" ().

    Raises
    ------
    DTypeError
        Where the kind does not draw this dtype.
    ArgumentError
        Where a parameter is outside its range: low above high, an interval that is not finite,
        a negative scale, a probability outside 0 to 1, integers that the dtype does not hold.
    """
    takes = _KINDS[kind]
    if facts(dtype).kind not in takes or (kind == "bits" and dtype != uint32):
        expected = "uint32" if kind == "bits" else kind_names(takes)
        raise DTypeError(f"[{kind}] got dtype {dtype.name}; it draws {expected}; cast the result with astype()")
    if kind == "uniform":
        return _uniform(dtype, *parameters)
    if kind == "normal":
        return _normal(dtype, *parameters)
    if kind == "exponential":
        return _exponential(dtype, *parameters)
    if kind == "bernoulli":
        return _bernoulli(dtype, *parameters)
    if kind == "randint":
        return _randint(dtype, *parameters)
    return ()


def rounded(value: float, dtype: DType) -> float:
    """A parameter in the dtype; infinite where it is too large. A negative zero counts as zero."""
    with np.errstate(over="ignore"):
        return float(dtype.type(value) + dtype.type(0))


def _rounded(kind: str, dtype: DType, value: Any) -> float:
    """`rounded`, also of Python's integers that no float holds.

    Raises
    ------
    ArgumentError
        For what is no number.
    """
    try:
        return rounded(float(value), dtype)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        raise ArgumentError(f"[{kind}] got the parameter {value!r}; expected a number") from None


def _uniform(dtype: DType, low: float, high: float) -> tuple[float, float, float]:
    real = np.dtype(np.float32) if dtype == float16 else dtype
    first, end = _rounded("uniform", dtype, low), _rounded("uniform", dtype, high)
    with np.errstate(over="ignore", invalid="ignore"):
        size = real.type(end) - real.type(first)
    if not (first <= end and math.isfinite(size)):
        raise ArgumentError(
            f"[uniform] got low={low!r} and high={high!r} for {dtype.name}; expected low <= high, both and their "
            "difference finite"
        )
    last = float(np.nextafter(dtype.type(end), dtype.type(-np.inf))) if first < end else end
    return first, float(size), last


def _normal(dtype: DType, loc: float, scale: float) -> tuple[float, float]:
    centre, spread = _rounded("normal", dtype, loc), _rounded("normal", dtype, scale)
    if not (math.isfinite(centre) and math.isfinite(spread) and spread >= 0):
        raise ArgumentError(
            f"[normal] got loc={loc!r} and scale={scale!r} for {dtype.name}; expected finite numbers, scale from 0 on"
        )
    return centre, spread


def _exponential(dtype: DType, scale: float) -> tuple[float]:
    mean = _rounded("exponential", dtype, scale)
    if not 0 <= mean < math.inf:
        raise ArgumentError(f"[exponential] got scale={scale!r} for {dtype.name}; expected a finite number from 0 on")
    return (mean,)


def _bernoulli(dtype: DType, p: float) -> tuple[int, int]:
    try:
        chance = float(p)
    except (TypeError, ValueError, OverflowError):
        chance = math.nan
    if not 0 <= chance <= 1:
        raise ArgumentError(f"[bernoulli] got p={p!r}; expected a probability from 0 to 1")
    below = round(chance * 2**32)
    one = np.ones(1, dtype).view(f"u{dtype.itemsize}").item()
    # Words up to the largest below the threshold give 1; where none is below it, 1 is 0.
    return max(below - 1, 0), one if below else 0


def _randint(dtype: DType, low: int, high: int) -> tuple[int, int, int]:
    try:
        first, end = operator.index(low), operator.index(high)
    except TypeError:
        raise ArgumentError(f"[randint] got low={low!r} and high={high!r}; expected integers") from None
    limits = iinfo(dtype)
    if not (limits.min <= first < end <= limits.max + 1):
        raise ArgumentError(
            f"[randint] got low={low!r} and high={high!r} for {dtype.name}; expected low < high, "
            f"low from {limits.min} on and high up to {limits.max + 1}"
        )
    size = end - first
    # A range of 2^64 does not fit into 64 bits: then the words themselves are the result.
    return first & _MASK64, size & _MASK64, _MASK64 if size > _MASK64 else 0
