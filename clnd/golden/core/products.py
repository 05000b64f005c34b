"""Products of matrices and vectors, around KC, the constant of their canonical order."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import FP64, enter, needs_of
from clnd.golden.core.parts import FLOATS, SIZES, complex_numbers, together
from clnd.kernels.gemm import KC
from clnd.random import Generator

__all__: list[str] = []


def _products(dtype: str) -> None:
    @enter(f"matmul-{dtype}", f"(5, KC + 3) @ (KC + 3, 9), KC = {KC}", needs_of(dtype))
    def make(g: Generator) -> Any:
        k = KC + 3
        if dtype.startswith("complex"):
            part = "float32" if dtype == "complex64" else "float64"
            return complex_numbers(g, (5, k), part) @ complex_numbers(g, (k, 9), part)
        return g.normal(0, 1, (5, k), dtype) @ g.normal(0, 1, (k, 9), dtype)


@enter("dot-float32", f"products of vectors of {', '.join(map(str, SIZES))} elements")
def _(g: Generator) -> Any:
    a, b = g.normal(0, 1, SIZES[-1]), g.normal(0, 1, SIZES[-1])
    return together([clnd.dot(a[:n], b[:n]) for n in SIZES])


@enter("matrix-vector-float32", "(33, 300) @ (300,)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (33, 300)) @ g.normal(0, 1, 300)


@enter("vector-matrix-float64", "(300,) @ (300, 33)", FP64)
def _(g: Generator) -> Any:
    return g.normal(0, 1, 300, "float64") @ g.normal(0, 1, (300, 33), "float64")


for _dtype in (*FLOATS, "complex64"):
    _products(_dtype)


@enter("matmul-square-float32", "(33, 33) @ (33, 33)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (33, 33)) @ g.normal(0, 1, (33, 33))


@enter("matmul-transposed-float32", "a.T @ b.T")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (40, 17)).T @ g.normal(0, 1, (21, 40)).T


@enter("matmul-batch-float32", "(3, 1, 7, 20) @ (2, 20, 6)")
def _(g: Generator) -> Any:
    return g.normal(0, 1, (3, 1, 7, 20)) @ g.normal(0, 1, (2, 20, 6))


@enter("matmul-int32", "(9, 33) @ (33, 9), which overflow and wrap")
def _(g: Generator) -> Any:
    return g.randint(-(2**31), 2**31, (9, 33), "int32") @ g.randint(-(2**31), 2**31, (33, 9), "int32")


@enter("matmul-large-float32", f"(130, 3 KC + 5) @ (3 KC + 5, 97), KC = {KC}", slow=True)
def _(g: Generator) -> Any:
    return g.normal(0, 1, (130, 3 * KC + 5)) @ g.normal(0, 1, (3 * KC + 5, 97))
