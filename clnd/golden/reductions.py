"""Golden cases of reductions: every one of them along rows, columns, pairs of axes and the whole array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import clnd
from clnd import dtypes
from clnd.dtypes import facts
from clnd.golden.case import enter_together, needs_of
from clnd.kernels.reduce import BLOCK, LANES
from clnd.ops.reductions import TABLE
from clnd.random import Generator

__all__ = ["AXES"]

AXES: tuple[tuple[str, Any], ...] = (("all", None), ("columns", 0), ("rows", -1), ("outer", (0, 2)))
_SHAPE = (9, 37, 11)

_SUMS = (clnd.sum, clnd.prod, clnd.mean)
_SPREADS = (clnd.var, clnd.std)
_ENDS = (clnd.min, clnd.max)
_PLACES = (clnd.argmin, clnd.argmax)
_TRUTHS = (clnd.any, clnd.all, clnd.count_nonzero)


def _draw(g: Generator, shape: tuple[int, ...], dtype: str) -> Any:
    """Numbers near 1 or -1, so that products neither overflow nor vanish; small integers with zeros among them."""
    if dtype == "bool":
        return g.randint(0, 3, shape, "uint8") > 0
    if dtype.startswith("complex"):
        part = "float32" if dtype == "complex64" else "float64"
        return g.uniform(-1, 1, shape, part) + g.uniform(-1, 1, shape, part) * 1j
    if dtype.startswith("float"):
        return g.uniform(0.9, 1.1, shape, dtype) * (g.randint(0, 2, shape, "int8") * 2 - 1).astype(dtype)
    return g.randint(0 if dtype.startswith("u") else -7, 8, shape, dtype)


def _reduced(function: Callable[..., Any], axis: Any) -> Callable[[Any], Any]:
    return lambda x: function(x, axis=axis)


def _enter(dtype: str, functions: tuple[Callable[..., Any], ...], axes: tuple[tuple[str, Any], ...], program: str = "") -> None:
    def operands(g: Generator) -> tuple[Any, ...]:
        return (_draw(g, _SHAPE, dtype),)

    results = []
    for function in functions:
        for title, axis in axes:
            what = f"{function.__name__} of {' x '.join(map(str, _SHAPE))}, axis={axis}"
            results.append((f"reduce-{function.__name__}-{title}-{dtype}", what, _reduced(function, axis)))
    enter_together(program or f"reductions-{dtype}", operands, results, needs_of(dtype))


_enter("float32", (*_SUMS, *_SPREADS, *_ENDS, *_PLACES, *_TRUTHS), AXES[1:3])
_enter("float32", (clnd.sum, clnd.prod, clnd.std, clnd.max), (AXES[0], AXES[3]), "reductions-over-several-axes")
_enter("float64", (*_SUMS, *_SPREADS, *_ENDS, *_PLACES), AXES[1:3])
_enter("float16", (*_SUMS, *_SPREADS, *_ENDS), AXES[1:3])
_enter("complex64", _SUMS, AXES[1:3])
_enter("complex128", _SUMS, AXES[1:3])
_enter("int32", (clnd.sum, clnd.prod, *_ENDS, *_PLACES), AXES[1:3])
_enter("uint8", (clnd.sum, clnd.prod, *_ENDS), AXES[1:2])
_enter("int64", (clnd.sum, clnd.prod, *_ENDS), AXES[1:2])
_enter("bool", _TRUTHS, AXES[1:3])


for _name, _row in TABLE.items():
    # What is added to the table needs no case of its own.
    if _name not in ("sum", "prod", "min", "max", "any", "all"):
        for _dtype in ("float32", "float64", "float16", "complex64", "int32", "uint8", "bool"):
            if facts(dtypes.as_dtype(_dtype)).kind in _row.takes:
                _enter(_dtype, (getattr(clnd, _name),), AXES[1:3], f"reduction-{_name}-{_dtype}")


def _lengths(name: str, function: Callable[..., Any], dtype: str) -> None:
    """Reductions around the sizes at which the canonical order branches."""

    def operands(g: Generator) -> tuple[Any, ...]:
        return (_draw(g, (3, 2 * BLOCK + LANES + 5), dtype),)

    def of(size: int) -> Callable[[Any], Any]:
        return lambda x: function(x[:, :size], axis=1)

    sizes = (1, LANES - 1, LANES + 1, BLOCK - 1, BLOCK + 1, 2 * BLOCK + LANES + 5)
    results = [(f"reduce-{name}-of-{size}-{dtype}", f"{name} of rows of {size}", of(size)) for size in sizes]
    enter_together(f"{name}-lengths-{dtype}", operands, results, needs_of(dtype))


for _name, _function in (("sum", clnd.sum), ("prod", clnd.prod), ("var", clnd.var)):
    for _dtype in ("float32", "float64"):
        _lengths(_name, _function, _dtype)


_RESULTS = 33


def _few(program: str, dtype: str, functions: tuple[Callable[..., Any], ...], *, slow: bool) -> None:
    """Reductions to each number of results up to `_RESULTS`, of one element and of five: vectors across them are one, several, or a part."""

    def operands(g: Generator) -> tuple[Any, ...]:
        return (_draw(g, (5, _RESULTS), dtype),)

    def each(function: Callable[..., Any]) -> Callable[[Any], Any]:
        def results(x: Any) -> Any:
            lengths = (1, len(x))
            out = clnd.zeros((len(lengths), _RESULTS, _RESULTS), dtype=function(x, axis=0).dtype)
            for i, m in enumerate(lengths):
                for k in range(1, _RESULTS + 1):
                    out[i, k - 1, :k] = function(x[:m, :k], axis=0)
            return out

        return results

    results = [(f"{program}-{f.__name__}-{dtype}", f"{f.__name__} of (1, k) and (5, k), k = 1..{_RESULTS}, axis=0", each(f)) for f in functions]
    enter_together(f"{program}-{dtype}", operands, results, needs_of(dtype), slow=slow)


_few("few-results", "complex64", (clnd.sum, clnd.prod), slow=False)
_few("few-results", "complex128", (clnd.sum,), slow=False)
_few("few-results", "float32", (clnd.sum,), slow=False)
# Many kernels each: every reduction of every dtype.
for _name in (d.name for d in dtypes.ALL):
    _ordered = () if _name.startswith("complex") else (clnd.min, clnd.max, clnd.argmin, clnd.argmax)
    _few("few-results-of-each", _name, (clnd.sum, clnd.prod, clnd.any, clnd.all, clnd.count_nonzero, *_ordered), slow=True)
