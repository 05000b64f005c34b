"""Golden cases of casts, views, creation and draws of several shapes."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import FP64, enter_together, needs_of
from clnd.random import Generator

__all__ = ["TARGETS"]

N = 259
TARGETS = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64",
)  # fmt: skip
_SPECIALS = (0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 127.5, 128.0, 255.5, 65504.0, 65519.0, 65520.0)
_INFINITIES = (float("inf"), float("-inf"), float("nan"))


def _numbers(g: Generator, dtype: str) -> Any:
    """Numbers over many magnitudes, ties and those beyond the range of narrower types."""
    if dtype == "bool":
        return g.randint(0, 2, N, "uint8") > 0
    if dtype.startswith("float"):
        x = g.uniform(-300, 300, N, dtype)
        if dtype != "float16":
            x[100:] = x[100:] * 1e7
            x[200:] = x[200:] * 1e12
        specials = clnd.asarray([*_SPECIALS, *_INFINITIES], dtype=dtype)
        x[: len(_SPECIALS) + len(_INFINITIES)] = specials
        return x
    limits = clnd.iinfo(dtype)
    return g.randint(int(limits.min), int(limits.max), N, dtype)


def _casts(source: str) -> None:
    def operands(g: Generator) -> tuple[Any, ...]:
        return (_numbers(g, source),)

    def cast(target: str) -> tuple[str, str, Any]:
        return f"cast-{source}-to-{target}", f"{source} as {target}", lambda x: x.astype(target)

    for wide in (False, True):
        targets = [t for t in TARGETS if t != source and bool(needs_of(t)) is wide]
        enter_together(f"casts-{source}" + "-to-wide" * wide, operands, map(cast, targets), needs_of(source) | (FP64 if wide else frozenset()))


for _source in ("float32", "float64", "float16", "int64", "uint64", "int32", "uint8", "bool"):
    _casts(_source)


# --- views -------------------------------------------------------------------------------------


def _cube(g: Generator) -> tuple[Any, ...]:
    return (g.uniform(-1, 1, (7, 12, 10)),)


def _assigned(x: Any) -> Any:
    y = x[:, ::2].copy()
    y[1:3] = y[::-1][2:4] * 2
    y[:, :, 3] = 7
    return y


enter_together(
    "views",
    _cube,
    [
        ("view-flip", "flip(x, axis=1) + 0", lambda x: clnd.flip(x, axis=1) + 0),
        ("view-permuted", "permute_dims(x, (2, 0, 1)) * 2", lambda x: clnd.permute_dims(x, (2, 0, 1)) * 2),
        ("view-moved", "moveaxis(x, 0, 2) - 1", lambda x: clnd.moveaxis(x, 0, 2) - 1),
        ("view-reshaped", "reshape of a transpose", lambda x: clnd.matrix_transpose(x).reshape(70, 12) + 0),
        ("view-steps", "x[::-2, 3:, ::3] * 3", lambda x: x[::-2, 3:, ::3] * 3),
        ("view-broadcast", "x[:, :1] - x[0]", lambda x: x[:, :1] - x[0]),
        ("view-assigned", "assignment to slices that overlap", _assigned),
        ("view-lower", "tril(x)", lambda x: clnd.tril(x)),
        ("view-upper", "triu(x, k=2)", lambda x: clnd.triu(x, k=2)),
        ("view-normalised", "(x - mean) / std along the last axis", lambda x: (x - x.mean(axis=2, keepdims=True)) / x.std(axis=2, keepdims=True)),
    ],
)  # fmt: skip


def _living(g: Generator) -> tuple[Any, ...]:
    return (g.uniform(-1, 1, (21, 37)), g.randint(0, 2, (40, 50), "int32"))


def _life(x: Any) -> Any:
    n = sum(clnd.roll(clnd.roll(x, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    return ((n == 3) | ((x == 1) & (n == 2))).astype(x.dtype)


enter_together(
    "joined",
    _living,
    [
        ("joined-rows", "concat of x, its rows backwards, and x * 2", lambda x, y: clnd.concat([x, x[::-1], x * 2])),
        ("joined-columns", "concat of nine parts of x.T along columns", lambda x, y: clnd.concat([x.T[:, k:] for k in range(9)], axis=1)),
        ("joined-stack", "stack of x, x + 1 and y's first rows along the last axis", lambda x, y: clnd.stack([x, x + 1, y[:21, :37].astype("float32")], axis=-1)),
        ("moved-life", "two steps of the game of life", lambda x, y: _life(_life(y))),
        ("moved-roll", "roll(x, (3, -5)) * x", lambda x, y: clnd.roll(x, (3, -5), (0, 1)) * x),
        ("moved-repeat", "repeat(x, 3, axis=1) + tile(x, (1, 3))", lambda x, y: clnd.repeat(x, 3, axis=1) + clnd.tile(x, (1, 3))),
        *[
            (f"moved-pad-{mode}", f"pad(x, ((2, 3), (45, 1)), mode={mode!r}) * 3", lambda x, y, mode=mode: clnd.pad(x, ((2, 3), (45, 1)), mode) * 3)
            for mode in ("constant", "edge", "reflect", "symmetric", "wrap")
        ],
    ],
)  # fmt: skip


def _made(dtype: str) -> None:
    results = [
        (f"linspace-{dtype}", "linspace(-1, 2, 259)", lambda g: clnd.linspace(-1, 2, N, dtype=dtype)),
        (f"arange-{dtype}", "arange(-3, 100, 0.7)", lambda g: clnd.arange(-3, 100, 0.7, dtype=dtype)),
    ]
    enter_together(f"made-{dtype}", lambda g: (g,), results, needs_of(dtype))


for _dtype in ("float32", "float64"):
    _made(_dtype)


# --- draws -------------------------------------------------------------------------------------


def _draws(dtype: str) -> None:
    """Later draws of a generator, shapes, and draws that go on in the same kernel."""
    results = [
        (f"draw-uniform-shape-{dtype}", "uniform of 5 x 7 x 3", lambda g: g.uniform(0, 1, (5, 7, 3), dtype)),
        (f"draw-normal-shape-{dtype}", "normal of 5 x 7 x 3, second draw", lambda g: g.normal(0, 1, (5, 7, 3), dtype)),
        (f"draw-exponential-{dtype}", "exponential with scale 3", lambda g: g.exponential(3, (101,), dtype)),
        (f"draw-scaled-{dtype}", "exp(normal) * uniform", lambda g: clnd.exp(g.normal(0, 0.5, (101,), dtype)) * g.uniform(1, 2, (101,), dtype)),
        (f"draw-summed-{dtype}", "sums of a normal along rows", lambda g: g.normal(0, 1, (11, 101), dtype).sum(axis=1)),
    ]  # fmt: skip
    for name, what, make in results:
        enter_together(name, lambda g: (g,), [(name, what, make)], needs_of(dtype))


for _dtype in ("float32", "float64"):
    _draws(_dtype)
