"""Elementary functions: against NumPy, SciPy where NumPy has none, PyTorch, and clnd's own math mode "fast"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]

# Functions of one operand that NumPy has; of those, PyTorch calls some otherwise.
_OF_NUMPY = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "arcsin", "arctan", "arcsinh", "cbrt", "sqrt",
)  # fmt: skip
_OURS = {"arcsin": "asin", "arctan": "atan", "arcsinh": "asinh"}
_OF_SCIPY = {"erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "gammaln": "gammaln", "digamma": "digamma", "expit": "sigmoid"}


def _in_fast_mode(f: Callable[..., Any], *operands: Any) -> Callable[[], Any]:
    def call() -> Any:
        with clnd.math_mode("fast"):
            result = f(*operands)
        return wait(result)

    return call


def _of_torch(place: Place, name: str) -> Any:
    special = getattr(place.torch, "special", None)
    return getattr(place.torch, name, None) or getattr(special, name, None)


def one(place: Place, peer: str, name: str) -> Work:
    """One function of one operand; ``peer`` has it as ``name``."""
    n = place.size(16_000_000)
    a = (place.numbers(n) - 0.5) * 0.98 + 0.01 if peer == "scipy" else place.numbers(n) * 0.6
    x = place.array(a)
    ours = getattr(clnd, _OURS.get(name, _OF_SCIPY.get(name, name)))
    sides: dict[str, Any] = {"clnd": lambda: wait(ours(x)), "clnd fast": _in_fast_mode(ours, x)}
    module = place.scipy_special if peer == "scipy" else place.numpy
    if module is not None:
        theirs = getattr(module, name)
        sides[peer] = lambda: theirs(a)
    torchs = _of_torch(place, name) if place.torch is not None else None
    if torchs is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: torchs(u))
    if peer not in sides:
        return Work(f"{name}, {count(n)} float32", sides, moved=8 * n, tolerance=None)
    return Work(f"{name}, {count(n)} float32", sides, moved=8 * n, reference=sides[peer])


def two(place: Place, name: str, ours: Callable[[Any, Any], Any], theirs: Callable[[Any, Any], Any]) -> Work:
    """A function of two operands."""
    n = place.size(16_000_000)
    a, b = place.numbers(n), place.numbers(n)
    x, y = place.array(a), place.array(b)
    sides: dict[str, Any] = {
        "clnd": lambda: wait(ours(x, y)), "clnd fast": _in_fast_mode(ours, x, y), "numpy": lambda: theirs(a, b),
    }  # fmt: skip
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(b)
        sides["torch"] = place.torch_call(lambda: theirs(u, v))
    return Work(f"{name}, {count(n)} float32", sides, moved=12 * n)


def four(place: Place) -> Work:
    """A chain of four functions: one kernel in clnd, four passes in NumPy."""
    n = place.size(16_000_000)
    a = place.numbers(n)
    x, np = place.array(a), place.numpy

    def ours(v: Any) -> Any:
        return clnd.tanh(clnd.log(clnd.exp(clnd.sin(v)) + 1))

    sides: dict[str, Any] = {
        "clnd": lambda: wait(ours(x)), "clnd fast": _in_fast_mode(ours, x), "numpy": lambda: np.tanh(np.log(np.exp(np.sin(a)) + 1)),
    }  # fmt: skip
    if place.torch is not None:
        u, torch = place.tensor(a), place.torch
        sides["torch"] = place.torch_call(lambda: torch.tanh(torch.log(torch.exp(torch.sin(u)) + 1)))
    return Work(f"tanh(log(exp(sin(a)) + 1)), {count(n)} float32", sides, moved=8 * n)


def modes(place: Place, what: str, ours: Callable[[Any], Any]) -> Work:
    """What the promised bits cost: clnd against itself in math mode "fast"."""
    n = place.edge(4096)
    x = place.array(place.numbers(n, n))
    sides = {"clnd": lambda: wait(ours(x)), "clnd fast": _in_fast_mode(ours, x)}
    return Work(f"{what}, {n}x{n} float32", sides, moved=4 * n * n, tolerance=None)


def _normal(x: Any) -> Any:
    return clnd.random.normal(shape=x.shape, ctx=x.ctx)


CASES = (
    *(Case(f"function-{name}", lambda place, name=name: one(place, "numpy", name)) for name in _OF_NUMPY),  # type: ignore[misc]
    *(Case(f"function-{name}", lambda place, name=name: one(place, "scipy", name)) for name in _OF_SCIPY),  # type: ignore[misc]
    Case("function-pow", lambda place: two(place, "a ** b", lambda x, y: x**y, lambda x, y: x**y)),
    Case("function-divide", lambda place: two(place, "a / b", lambda x, y: x / y, lambda x, y: x / y)),
    Case("function-chain", four, (Target(speed=1.5),)),
    Case("mode-sum", lambda place: modes(place, "sum", clnd.sum)),
    Case("mode-sum-rows", lambda place: modes(place, "sum of rows", lambda x: clnd.sum(x, axis=1))),
    Case("mode-sum-columns", lambda place: modes(place, "sum of columns", lambda x: clnd.sum(x, axis=0))),
    Case("mode-normal", lambda place: modes(place, "normal", _normal)),
)
