"""Programs that between them use every kernel with every dtype, for devices that are made up: nothing is computed.

`tests/unit/test_sources.py` compares what they compile between commits, `tools/offline_compile` compiles it for GPUs that are not there.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

import clnd
from clnd import dtypes
from clnd.arrays import array_of
from clnd.context import current_context
from clnd.errors import DTypeError
from clnd.kernels import compact, launch
from clnd.kernels.rejection import KINDS, Place
from clnd.ops import elementwise, reductions
from clnd.ops.rejection import multinomial_node, rejection_node

__all__ = ["Program", "called", "programs"]


def operand(shape: Any, dtype: Any) -> Any:
    return clnd.asarray(np.zeros(shape, dtype))


def a_row(op: Any, dtype: Any) -> None:
    clnd.evaluate(op.apply(*[operand((3, 40), dtype) for _ in op.names]))


def layouts(dtype: Any) -> None:
    """A fused formula on operands that lie in every way."""
    x, y = operand((6, 40), dtype), operand((40, 6), dtype)
    for other in (x, x[0], x[:, :1], y.T, x[0, 0], x[::2][:, ::3]):
        clnd.evaluate((x[:3, :14] + other) * 3 if other.shape == (3, 14) else (x + other) * 3)


def reduced(row: str, dtype: Any) -> None:
    x = operand((20, 30, 40), dtype)
    for axis in (None, 0, -1, *([] if row.startswith("arg") else [(0, 2)])):
        clnd.evaluate(getattr(clnd, row)(x, axis=axis))
        clnd.evaluate(getattr(clnd, row)(x[:3, :, :5], axis=axis))
    clnd.evaluate(getattr(clnd, row)(operand((5000, 3), dtype) + 1, axis=0))


def products(dtype: Any) -> None:
    for m, n, k in ((1, 5, 40), (40, 50, 60), (16, 16, 4000), (300, 300, 300)):
        a, b = operand((m, k), dtype), operand((k, n), dtype)
        clnd.evaluate(a @ b)
        clnd.evaluate(operand((k, m), dtype).T @ operand((n, k), dtype).T)
        clnd.evaluate((a @ b) + operand((n,), dtype))
    clnd.evaluate(operand((3, 20, 30), dtype) @ operand((3, 30, 20), dtype))


def large_products(dtype: Any) -> None:
    """Tiles for every unit of any GPU, so that none is made smaller: one chunk of k and several."""
    for k in (40, 600):
        a, b = operand((6000, k), dtype), operand((k, 6000), dtype)
        clnd.evaluate(a @ b)
    clnd.evaluate((a @ b) + operand((6000,), dtype))


def index_arrays(dtype: Any) -> None:
    """Elements and rows at places computed in the kernel, in arrays of few elements and in many."""
    i = clnd.arange(40)
    for n in (40, 9000):
        x = operand((n, 40), dtype)
        rows = clnd.arange(n)
        clnd.evaluate(x.reshape(-1)[(rows * 3 + 1) % n])
        clnd.evaluate(x[rows[::-1]] * 3, x[:, i % 7], x[:3, i, None], x[i, i] + x[0])
        clnd.evaluate(clnd.take_along_axis(x, i[None], axis=1), clnd.take(x, i, axis=0, mode="wrap"), clnd.take(x, i, axis=1, mode="clip"))


def moves(dtype: Any) -> None:
    x = operand((70, 90), dtype)
    clnd.evaluate(x.T.copy())
    clnd.evaluate(clnd.permute_dims(operand((20, 30, 40), dtype), (1, 2, 0)).copy())
    x[3:9, ::2] = operand((45,), dtype)
    y = x[::2]
    y[0] = 1
    clnd.evaluate(clnd.random.Generator(1).permutation(x))


def draws(kind: str, dtype: Any) -> None:
    draw = getattr(clnd.random.Generator(1), kind)
    given: dict[str, Any] = {"low": 0, "high": 5} if kind == "randint" else {}
    x = draw(**given, size=(100,), dtype=dtype)
    clnd.evaluate(x)
    clnd.evaluate(draw(**given, size=(100,), dtype=dtype) + x)


def casts(dtype: Any) -> None:
    x = operand((100,), dtype)
    for to in dtypes.ALL:
        if dtypes.facts(x.dtype).kind != dtypes.COMPLEX or dtypes.facts(to).kind == dtypes.COMPLEX:
            clnd.evaluate(x.astype(to))


def fast() -> None:
    x = operand((40, 40), "float32")
    with clnd.math_mode("fast"):
        for y in (clnd.exp(x) * x + x, clnd.sum(x, axis=0), x @ x, clnd.sum(x)):
            clnd.evaluate(y)


def insets() -> None:
    for shape in ((9, 40), (600, 700), (7, 8, 9)):
        for d in ("float32", "float16", "complex64", "int8"):
            x = operand(shape, d)
            x[1:, 1:-1] += x[:-1, 2:]
            x[1:] = clnd.full(shape[-1:], 2, dtype=d) * x[:-1]
            clnd.evaluate(x)


def joined(dtype: Any) -> None:
    x, y = operand((5, 40), dtype), operand((5, 3), dtype)
    clnd.evaluate(clnd.concat([x, y], axis=1))
    clnd.evaluate(clnd.concat([x[0]] * 7))
    clnd.evaluate(clnd.stack([x.T, x.T, x.T]))


def moved(dtype: Any) -> None:
    """Rolled, repeated, tiled and padded: a large array, small ones of long and of short rows, and part of a formula."""
    x, y = operand((600, 500), dtype), operand((6, 40), dtype)
    clnd.evaluate(clnd.roll(x, (1, 2), (0, 1)) + clnd.roll(x, -1, 0))
    for some in (y, y.T):
        clnd.evaluate(clnd.roll(some, 1, 0))
        clnd.evaluate(clnd.roll(some, 1, 1) + some)
        clnd.evaluate(clnd.repeat(some, 3, 1))
        clnd.evaluate(clnd.tile(some, (2, 3)))
        for mode in ("constant", "edge", "reflect"):
            clnd.evaluate(clnd.pad(some, 2, mode))


def permutations() -> None:
    clnd.evaluate(clnd.random.Generator(1).permutation(100))


def sorts(dtype: Any) -> None:
    """Short rows, rows of one item or work-group each, long ones, and one that is shared out by a sample; the first of them."""
    for shape in ((40, 50), (3, 3000), (50_000,), (300_000,)):
        x = operand(shape, dtype)
        clnd.evaluate(clnd.sort(x))
        clnd.evaluate(clnd.argsort(x))
        clnd.evaluate(*clnd.top_k(x, 3))


def scans(dtype: Any) -> None:
    for of in ((40,), (5000,), (300, 70), (70, 300), (3, 100_000), (100_000, 3)):
        x = operand(of, dtype)
        for axis in range(len(of)):
            clnd.evaluate(clnd.cumsum(x, axis=axis))
            clnd.evaluate(clnd.cumprod(x, axis=axis))
            clnd.evaluate(clnd.maximum.accumulate(x, axis=axis))


def orders() -> None:
    x, g = operand((20, 30), "float32"), clnd.random.Generator(1)
    clnd.evaluate(g.permuted(x, axis=1))
    clnd.evaluate(g.choice(1000, 10, replace=False))


def rejection(kind: str, dtype: Any) -> None:
    """Of numbers and of arrays, a part of a draw in two dimensions, and an epilogue."""
    g, ctx, of = clnd.random.Generator(1), current_context(), dtypes.as_dtype(dtype)
    count = KINDS[kind]
    for given in ([scalar(of)] * count, [operand((100,), dtype)._node] * count):
        clnd.evaluate(array_of(rejection_node(kind, (100,), of, ctx, *g._next_draw(), tuple(given))))
        clnd.evaluate(array_of(rejection_node(kind, (100,), of, ctx, *g._next_draw(), tuple(given))) + 1)
    place = Place(5, (1000, 1))
    clnd.evaluate(array_of(rejection_node(kind, (4, 3), of, ctx, *g._next_draw(), (scalar(of),) * count, place)))


def scalar(dtype: Any) -> Any:
    return 2 if dtype.kind in "iu" else 2.5


def multinomial(dtype: Any) -> None:
    trials, chances = operand((1,), dtype)._node, operand((6,), dtype)._node
    clnd.evaluate(array_of(multinomial_node(trials, chances, (5,), 1, 0)))


def scattered(dtype: Any) -> None:
    """Values at few and at many places, one for all, and at places that are known to differ."""
    for n, count in ((50, 40), (9000, 5000)):
        x, i, v = operand((n,), dtype), operand((count,), "int64"), operand((count,), dtype)
        x[i] = v
        x[i] = 1
        clnd.evaluate(x)
    tall = operand((90, 3), dtype)
    clnd.fill_diagonal(tall, 1, wrap=True)
    clnd.evaluate(tall)


def added(dtype: Any) -> None:
    """Values joined with few elements, with many, and with so many that keys are wider."""
    of = np.dtype(dtype)
    names = ("add", "multiply", *(("bitwise_or",) if of.kind == "i" else ()), *(("maximum",) if of.kind != "c" else ()))
    for n, count in ((50, 40), (9000, 5000), (70_000, 40)):
        for name in names:
            x, i, v = operand((n,), dtype), operand((count,), "int64"), operand((count,), dtype)
            getattr(clnd, name).at(x, i, v)
            getattr(clnd, name).at(x, i, 1)
            clnd.evaluate(x)


def compacted(dtype: Any) -> None:
    """The counts of masks; and what writes, which is launched here, as a made-up device counts none."""
    device = current_context().device
    for of in ((40,), (30, 400), (5, 60, 70)):
        x, n = operand(of, dtype), math.prod(of)
        clnd.evaluate(x[operand(of, "bool")], *clnd.nonzero(x))
        cut, block = compact.parts(device, n), device.pool.allocate(1)
        launch.run(device, compact.elements_plan(device, n, cut, x.dtype.itemsize, 5), (block.buffer, 0) * 3)
        launch.run(device, compact.places_plan(device, of, cut, 5), (block.buffer, 0) * 2)


def searches(dtype: Any) -> None:
    x = operand((200,), dtype)
    clnd.evaluate(clnd.searchsorted(x, x), clnd.searchsorted(x, x, side="right"))
    if x.dtype.kind in "biu":
        clnd.evaluate(clnd.bincount(x), clnd.bincount(x, minlength=100_000))
    clnd.evaluate(clnd.histogram(x, 10, (0, 1))[0], clnd.histogram(x, [0, 1, 3])[0], clnd.histogram(x, 9000, (0, 1))[0])


class Program(NamedTuple):
    """What one program calls, by dtype; by an empty name where it chooses its dtypes itself."""

    name: str
    calls: Mapping[str, Callable[[], Any]]


def called(call: Callable[[], Any]) -> None:
    """Call it; what the device or the operation refuses makes no source."""
    with contextlib.suppress(DTypeError):
        call()


NAMES = tuple(d.name for d in dtypes.ALL)
_COPIED = ("bool", "float16", "float32", "complex64", "complex128")
# Function -> the dtypes that it runs with; each is a program.
_WITH: tuple[tuple[Callable[[Any], None], tuple[str, ...]], ...] = (
    (layouts, NAMES),
    (products, NAMES),
    (large_products, ("int8", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128")),
    (moves, NAMES),
    (casts, NAMES),
    (scans, ("bool", "int32", "float16", "float32", "complex64")),
    (index_arrays, NAMES),
    (searches, ("bool", "int32", "uint64", "float16", "float32", "float64")),
    (scattered, _COPIED),
    (compacted, _COPIED),
    (added, ("int32", "float16", "float32", "complex64")),
)
_DRAWN = (("uniform", "float32"), ("uniform", "float16"), ("normal", "float32"), ("normal", "float64"), ("exponential", "float32"), ("laplace", "float32"), ("laplace", "float64"), ("bernoulli", "int8"), ("bernoulli", "float64"), ("randint", "int8"), ("randint", "int64"))  # fmt: skip


def _of(name: str, function: Callable[..., Any], *before: Any, over: Iterable[str]) -> Program:
    return Program(name, {d: functools.partial(function, *before, d) for d in over})


def programs() -> Iterator[Program]:
    """All of them."""
    for name, op in elementwise.TABLE.items():
        yield _of(f"elementwise {name}", a_row, op, over=NAMES)
    for row in (*reductions.TABLE, "mean", "var", "argmin", "argmax", "count_nonzero"):
        yield _of(f"reduce {row}", reduced, row, over=NAMES)
    for function, names in _WITH:
        for d in names:
            yield _of(f"{function.__name__.replace('_', ' ')} {d}", function, over=(d,))
    for kind, d in _DRAWN:
        yield _of(f"random {kind} {d}", draws, kind, over=(d,))
    for function, names in ((joined, _COPIED), (moved, ("bool", "float16", "float32", "int64", "complex64"))):
        for d in names:
            yield _of(f"{function.__name__} {d}", function, over=(d,))
    yield Program("permutation", {"": permutations})
    yield _of("sort", sorts, over=("bool", "int16", "float16", "float32", "int64", "complex64"))
    yield Program("permutation of rows", {"": orders})
    for kind in KINDS:
        for d in ("int64", "uint64") if kind == "integer" else ("float32", "float64"):
            yield _of(f"rejection {kind} {d}", rejection, kind, over=(d,))
    for d in ("float32", "float64"):
        yield _of(f"multinomial {d}", multinomial, over=(d,))
    yield Program("math mode fast", {"": fast})
    yield Program("insets", {"": insets})
