"""The main rows for a GPU: arrays that fill it, made on the device, beside PyTorch and CuPy there. NumPy takes no turn.

`tools/gpu_check` measures them; they are too large for a CPU.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import clnd
from bench.case import Case, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]

_LOOKED_AT = 1 << 16
"""So many elements of a result are compared with NumPy's."""


def _elements(place: Place) -> int:
    """As many float32 as make arrays of 512 MiB, or of a sixty-fourth of the memory where that is less."""
    return place.size(min(1 << 27, place.ctx.info.global_mem_size // 256))


def _edge(place: Place, n: int) -> int:
    """The edge of a matrix: ``n`` or, where one takes more than a sixty-fourth of the memory, a part of it."""
    while 8 * n * n > place.ctx.info.global_mem_size // 64:
        n //= 2
    return max(place.edge(n), 64)


def _ours(place: Place, shape: tuple[int, ...], dtype: str = "float32") -> Any:
    with place.ctx:
        return wait(clnd.random.uniform(0.5, 1.5, shape=shape, dtype=dtype))


def _torchs(place: Place, shape: tuple[int, ...], dtype: str = "float32") -> Any:
    torch = place.torch
    return torch.rand(shape, dtype=getattr(torch, dtype), device=place.torch_device) + 0.5


def _cupys(place: Place, shape: tuple[int, ...], dtype: str = "float32") -> Any:
    return (place.cupy.random.random(shape) + 0.5).astype(dtype)


def _sides(
    place: Place, shapes: list[tuple[int, ...]], ours: Callable[..., Any], torchs: Callable[..., Any], cupys: Callable[..., Any], dtype: str = "float32"
) -> tuple[dict[str, Any], list[Any]]:
    """One call of each library that is there, and clnd's operands. PyTorch takes part on a GPU only."""
    operands = [_ours(place, shape, dtype) for shape in shapes]
    sides: dict[str, Any] = {"clnd": lambda: wait(ours(*operands))}
    if place.torch is not None and place.torch_device == "cuda":
        tensors = [_torchs(place, shape, dtype) for shape in shapes]
        sides["torch"] = place.torch_call(lambda: torchs(place.torch, *tensors))
    if place.cupy is not None:
        arrays = [_cupys(place, shape, dtype) for shape in shapes]
        sides["cupy"] = place.cupy_call(lambda: cupys(place.cupy, *arrays))
    return sides, operands


def _same(got: Any, want: Any, tolerance: float) -> None:
    """A wrong result has no speed."""
    if not np.allclose(got, want, tolerance, tolerance):
        raise ValueError(f"got a result that differs from NumPy's by more than {tolerance:g}")


def elementwise(place: Place, what: str, of: Callable[..., Any], operands: int) -> Work:
    """``of(library, *arrays)``, which clnd, NumPy, PyTorch and CuPy have alike."""
    n = _elements(place)
    sides, arrays = _sides(place, [(n,)] * operands, functools.partial(of, clnd), of, of)
    some = [a[:_LOOKED_AT].asnumpy() for a in arrays]
    _same(sides["clnd"]()[:_LOOKED_AT].asnumpy(), of(np, *some), 1e-5)
    return Work(f"{what}, {count(n)} float32", sides, moved=4 * (operands + 1) * n, tolerance=None)


def total(place: Place, what: str, axis: int | None) -> Work:
    """The sum of all elements, or over an axis of a matrix."""
    n = _elements(place)
    shape = (n,) if axis is None else (n // (columns := 1 << (n.bit_length() // 2)), columns)

    def of(library: Any, a: Any) -> Any:
        return a.sum() if axis is None else a.sum(axis)

    sides, _ = _sides(place, [shape], functools.partial(of, clnd), of, of)
    got = sides["clnd"]().asnumpy()
    # As the mean, since elements are of [0.5, 1.5): a sum that left a part out would be far from it.
    _same(got / (n / got.size), 1, 0.02 if axis is None else 0.2)
    return Work(f"{what}, {'x'.join(map(str, shape)) if axis is not None else count(n)} float32", sides, moved=4 * n, tolerance=None)


def draw(place: Place, name: str) -> Work:
    """Random numbers, each library by its own generator."""
    n = _elements(place)
    normal = name == "normal"

    def by_clnd() -> Any:
        with place.ctx:
            return clnd.random.normal(shape=n) if normal else clnd.random.uniform(shape=n)

    def by_torch(torch: Any) -> Any:
        return torch.randn(n, device=place.torch_device) if normal else torch.rand(n, device=place.torch_device)

    def by_cupy(cupy: Any) -> Any:
        return cupy.random.standard_normal(n, dtype="float32") if normal else cupy.random.random(n, dtype="float32")

    sides, _ = _sides(place, [], by_clnd, by_torch, by_cupy)
    return Work(f"{name}, {count(n)} float32", sides, moved=4 * n, tolerance=None)


def transposed(place: Place) -> Work:
    """A transposed copy of a square matrix."""
    n = _edge(place, 8192)
    sides, [a] = _sides(
        place, [(n, n)], lambda a: a.T.copy(), lambda torch, a: a.T.contiguous(), lambda cupy, a: a.T.copy()
    )  # fmt: skip
    _same(sides["clnd"]()[:8].asnumpy(), a[:, :8].asnumpy().T, 0)
    return Work(f"transposed copy, {n}x{n} float32", sides, moved=8 * n * n, tolerance=None)


def product(place: Place, n: int, dtype: str) -> Work:
    """One square matrix by another."""
    n = _edge(place, n)
    sides, [a, b] = _sides(place, [(n, n)] * 2, lambda a, b: a @ b, lambda torch, a, b: a @ b, lambda cupy, a, b: a @ b, dtype)
    _same(sides["clnd"]()[:4].asnumpy(), a[:4].asnumpy() @ b.asnumpy(), n * float(np.finfo(dtype).eps))
    moved = 3 * n * n * np.dtype(dtype).itemsize
    return Work(f"{n}x{n} @ {n}x{n} {dtype}", sides, moved, 2 * n**3, dtype, tolerance=None)


def small(place: Place) -> Work:
    """A small operation with its wait: what a launch costs."""
    sides, _ = _sides(place, [(1000,)] * 2, lambda a, b: a + b, lambda torch, a, b: a + b, lambda cupy, a, b: a + b)
    return Work("a + b and its wait, 1000 float32", sides, tolerance=None)


def _products() -> list[Case]:
    cases = [Case(f"product-float32-{n}", lambda place, n=n: product(place, n, "float32")) for n in (1024, 4096, 8192)]
    return [*cases, Case("product-float64-2048", lambda place: product(place, 2048, "float64"))]


CASES = (
    Case("small", small),
    Case("add", lambda place: elementwise(place, "a + b", lambda library, a, b: a + b, 2)),
    Case("sum", lambda place: total(place, "sum", None)),
    Case("normal", lambda place: draw(place, "normal")),
    *_products(),
    Case("exp", lambda place: elementwise(place, "exp", lambda library, a: library.exp(a), 1)),
    Case("chain", lambda place: elementwise(place, "sqrt(a*a + b*b) * c", lambda library, a, b, c: library.sqrt(a * a + b * b) * c, 3)),
    Case("sum-axis0", lambda place: total(place, "sum(axis=0)", 0)),
    Case("sum-axis1", lambda place: total(place, "sum(axis=1)", 1)),
    Case("uniform", lambda place: draw(place, "uniform")),
    Case("transpose", transposed),
)
"""In the order of their worth: a run that is short of time leaves out the last ones."""
