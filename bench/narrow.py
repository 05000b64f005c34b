"""Many rows of few columns: what statistics, least squares, k-means and attention do to a table of samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work
from bench.place import Place, wait

__all__ = ["CASES"]

# OpenBLAS's threads spin for about a tenth of a second after a product.
_SETTLE = 0.15
_SIZES = ((1_000_000, 4), (200_000, 21), (20_000, 21), (1_000_000, 32))


def product(place: Place, what: str, rows: int, columns: int, of: Callable[[Any, Any, Any], Any], results: int) -> Work:
    """A product of a table X by itself, by weights w of its columns, or by values y of its rows."""
    m = place.size(rows)
    hosts = place.numbers(m, columns), place.numbers(columns), place.numbers(m)
    arrays = [place.array(a) for a in hosts]
    sides: dict[str, Any] = {"clnd": lambda: wait(of(*arrays)), "numpy": lambda: of(*hosts)}
    if place.torch is not None:
        tensors = [place.tensor(a) for a in hosts]
        sides["torch"] = place.torch_call(lambda: of(*tensors))
    x = hosts[0]
    return Work(f"{what}, X {m}x{columns}", sides, x.nbytes, 2 * x.size * results, "float32", m * float(np.finfo("float32").eps), settle=_SETTLE)


def of_rows(place: Place, name: str) -> Work:
    """A reduction of each of many short rows."""
    a = place.numbers(place.size(100_000), 21)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(getattr(x, name)(axis=1)), "numpy": lambda: getattr(a, name)(axis=1)}
    if place.torch is not None and name != "var":
        u = place.tensor(a)
        torchs = {"sum": u.sum, "max": u.amax, "argmax": u.argmax}[name]
        sides["torch"] = place.torch_call(lambda: torchs(1))
    return Work(f"{name}(axis=1), {len(a)}x21", sides, moved=a.nbytes)


def softmax(place: Place) -> Work:
    """The softmax of each of many short rows, written out."""
    a = place.numbers(place.size(100_000), 21)
    x = place.array(a)

    def of(namespace: Any, x: Any) -> Any:
        powers = namespace.exp(x - namespace.max(x, axis=1, keepdims=True))
        return powers / namespace.sum(powers, axis=1, keepdims=True)

    sides: dict[str, Any] = {"clnd": lambda: wait(of(clnd, x)), "numpy": lambda: of(np, a)}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: place.torch.softmax(u, 1))
    return Work(f"softmax, {len(a)}x21", sides, moved=2 * a.nbytes)


def _of_a_table(rows: int, columns: int) -> tuple[Case, ...]:
    size = f"{rows // 1000}k-{columns}"
    return (
        Case(f"gram-{size}", lambda place: product(place, "X.T @ X", rows, columns, lambda x, w, y: x.T @ x, columns), (Target(speed=1),)),
        Case(f"table-weights-{size}", lambda place: product(place, "X @ w", rows, columns, lambda x, w, y: x @ w, 1), (Target(speed=1),)),
        Case(f"table-values-{size}", lambda place: product(place, "X.T @ y", rows, columns, lambda x, w, y: x.T @ y, 1), (Target(speed=1),)),
    )


CASES = (
    *(case for size in _SIZES for case in _of_a_table(*size)),
    *(Case(f"short-rows-{name}", lambda place, name=name: of_rows(place, name), (Target(speed=3),)) for name in ("sum", "max", "argmax", "var")),
    Case("short-rows-softmax", softmax, (Target(speed=3),)),
)
