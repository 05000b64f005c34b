"""Golden cases of products: shapes around KC and the tiles, every dtype, views and batches."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter_together, needs_of
from clnd.kernels.gemm import KC
from clnd.random import Generator

__all__ = ["SHAPES"]

SHAPES: tuple[tuple[int, int, int], ...] = (
    (1, 1, 1), (1, KC + 1, 1), (1, 40, 7), (7, 40, 1), (3, KC, 5), (17, 33, 9), (33, 2, 65), (9, 2 * KC + 1, 4),
)  # fmt: skip
"""m, k and n of (m, k) @ (k, n)."""


def _draw(g: Generator, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype.startswith("complex"):
        part = "float32" if dtype == "complex64" else "float64"
        return g.normal(0, 1, shape, part) + g.normal(0, 1, shape, part) * 1j
    if dtype.startswith("float"):
        return g.normal(0, 1, shape, dtype)
    limits = clnd.iinfo(dtype)
    return g.randint(int(limits.min), int(limits.max), shape, dtype)


def _product(m: int, k: int, n: int, dtype: str) -> None:
    def operands(g: Generator) -> tuple[Any, ...]:
        return _draw(g, (m, k), dtype), _draw(g, (k, n), dtype)

    name = f"product-{m}-{k}-{n}-{dtype}"
    enter_together(name, operands, [(name, f"({m}, {k}) @ ({k}, {n})", clnd.matmul)], needs_of(dtype))


for _dtype in ("float32", "float64", "float16", "complex64", "complex128", "int32", "int64", "uint8"):
    for _m, _k, _n in SHAPES if _dtype.startswith("float") else SHAPES[3:7]:
        _product(_m, _k, _n, _dtype)


def _views(dtype: str) -> None:
    """Operands that are views: the order of a product follows the shape, never the strides."""

    def operands(g: Generator) -> tuple[Any, ...]:
        return _draw(g, (34, 46), dtype), _draw(g, (2, 46, 20), dtype)

    results = [
        (f"product-transposed-{dtype}", "a.T @ a", lambda a, b: a.T @ a),
        (f"product-strided-{dtype}", "a[::2, ::-1] @ b[1]", lambda a, b: a[::2, ::-1] @ b[1]),
        (f"product-batched-{dtype}", "a @ b, b of two", lambda a, b: a @ b),
        (f"product-vector-{dtype}", "a @ b[0, :, 3]", lambda a, b: a @ b[0, :, 3]),
        (f"product-dot-{dtype}", "dot(a[3], b[1, :, 5])", lambda a, b: clnd.dot(a[3], b[1, :, 5])),
        (f"product-tensordot-{dtype}", "tensordot(b, a, axes=([1], [1]))", lambda a, b: clnd.tensordot(b, a, axes=([1], [1]))),
    ]
    enter_together(f"products-of-views-{dtype}", operands, results, needs_of(dtype))


for _dtype in ("float32", "float64"):
    _views(_dtype)


def _with_epilogue(g: Generator) -> tuple[Any, ...]:
    return g.normal(0, 1, (21, 40)), g.normal(0, 1, (40, 19)), g.normal(0, 1, (19,))


enter_together(
    "layers",
    _with_epilogue,
    [
        ("layer-relu", "relu(a @ b + c)", lambda a, b, c: clnd.relu(a @ b + c)),
        ("layer-tanh", "tanh(a @ b * 0.5 + c)", lambda a, b, c: clnd.tanh(a @ b * 0.5 + c)),
        ("layer-softmax", "exp(a @ b) / its sums along rows", lambda a, b, c: _softmax(a @ b)),
    ],
)


def _softmax(x: Any) -> Any:
    powers = clnd.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
