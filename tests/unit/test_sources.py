"""Kernel sources between commits: what programs would compile on made-up devices, as hashes in golden_sources.json.

A change of templates or launchers shows here which variants it changed. `pytest tests/unit/test_sources.py --golden` rewrites the
file; look at its diff, and commit it with the change. Comments and blanks do not count.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from clnd.arrays import array_of
from clnd.context import current_context
from clnd.errors import DTypeError
from clnd.kernels import compact, launch
from clnd.kernels.rejection import KINDS, Place
from clnd.ops import elementwise, reductions
from clnd.ops.rejection import multinomial_node, rejection_node
from clnd.runtime.device import DeviceInfo, probe
from clnd.templates import Arithmetic, Source
from tests.made_up import MadeUpDevice, info, played

FILE = Path(__file__).parent / "golden_sources.json"

DEVICES: dict[str, DeviceInfo] = {
    "cpu": info(arithmetic=Arithmetic(fma="contract", vectors="unaligned")),
    "cpu-64-bytes": info(vector_bytes=64, arithmetic=Arithmetic(vectors="unaligned")),
    "gpu": info(kind="gpu", family="gpu", compute_units=40),
    # Small, and its compiler needs help with everything.
    "gpu-small": info(
        kind="gpu", family="gpu", max_work_group_size=32, local_mem_size=16384, fp64=False, most_steps=24,
        arithmetic=Arithmetic(fma="software", divide="corrected", sqrt="corrected", guard_products=True),
    ),
}  # fmt: skip


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


NAMES = [d.name for d in dtypes.ALL]
DRAWN = [("uniform", "float32"), ("uniform", "float16"), ("normal", "float32"), ("normal", "float64"), ("exponential", "float32"), ("laplace", "float32"), ("laplace", "float64"), ("bernoulli", "int8"), ("bernoulli", "float64"), ("randint", "int8"), ("randint", "int64")]  # fmt: skip


def programs() -> Iterator[tuple[str, list[Callable[[], Any]]]]:
    """Name -> calls, one a dtype: those that a device or an operation refuses make no source."""
    for name, op in elementwise.TABLE.items():
        yield f"elementwise {name}", [lambda op=op, d=d: a_row(op, d) for d in NAMES]  # type: ignore[misc]
    for row in (*reductions.TABLE, "mean", "var", "argmin", "argmax", "count_nonzero"):
        yield f"reduce {row}", [lambda row=row, d=d: reduced(row, d) for d in NAMES]  # type: ignore[misc]
    for function in (layouts, products, moves, casts):
        for d in NAMES:
            yield f"{function.__name__} {d}", [lambda f=function, d=d: f(d)]  # type: ignore[misc]
    for d in ("bool", "int32", "float16", "float32", "complex64"):
        yield f"scans {d}", [lambda d=d: scans(d)]  # type: ignore[misc]
    for d in NAMES:
        yield f"index arrays {d}", [lambda d=d: index_arrays(d)]  # type: ignore[misc]
    for d in ("bool", "int32", "uint64", "float16", "float32", "float64"):
        yield f"searches {d}", [lambda d=d: searches(d)]  # type: ignore[misc]
    for function in (scattered, compacted):
        for d in ("bool", "float16", "float32", "complex64", "complex128"):
            yield f"{function.__name__} {d}", [lambda f=function, d=d: f(d)]  # type: ignore[misc]
    for d in ("int32", "float16", "float32", "complex64"):
        yield f"added {d}", [lambda d=d: added(d)]  # type: ignore[misc]
    for kind, d in DRAWN:
        yield f"random {kind} {d}", [lambda kind=kind, d=d: draws(kind, d)]  # type: ignore[misc]
    for function, names in ((joined, ("bool", "float16", "float32", "complex64", "complex128")), (moved, ("bool", "float16", "float32", "int64", "complex64"))):
        for d in names:
            yield f"{function.__name__} {d}", [lambda f=function, d=d: f(d)]  # type: ignore[misc]
    yield "permutation", [permutations]
    yield "sort", [lambda d=d: sorts(d) for d in ("bool", "int16", "float16", "float32", "int64", "complex64")]  # type: ignore[misc]
    yield "permutation of rows", [orders]
    for kind in KINDS:
        for d in ("int64", "uint64") if kind == "integer" else ("float32", "float64"):
            yield f"rejection {kind} {d}", [lambda kind=kind, d=d: rejection(kind, d)]  # type: ignore[misc]
    for d in ("float32", "float64"):
        yield f"multinomial {d}", [lambda d=d: multinomial(d)]  # type: ignore[misc]
    yield "math mode fast", [fast]
    yield "insets", [insets]


def _told(sources: list[tuple[str, str]]) -> str:
    """How many sources, and a hash of all of them."""
    total = hashlib.sha256()
    for name, source in sources:
        bare = re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.DOTALL)
        total.update(f"{name}\n{' '.join(bare.split())}\n".encode())
    return f"{len(sources)} {total.hexdigest()[:16]}"


def _found(which: str) -> dict[str, str]:
    device = MadeUpDevice(DEVICES[which])
    found: dict[str, str] = {}

    def build(source: Source | str, name: str) -> Any:
        return device.programs.kernel(source, name)

    with pytest.raises(_Enough):
        probe(None, None, device.info, _stopping(build, 2))
    found["probe"] = _told(device.taken())
    with played(device):
        for name, calls in programs():
            sources: list[tuple[str, str]] = []
            for call in calls:
                with contextlib.suppress(DTypeError):
                    call()
                sources += device.taken()
            if sources:
                found[name] = _told(sources)
    return found


class _Enough(Exception):  # noqa: N818
    pass


def _stopping(build: Callable[[Source | str, str], Any], most: int) -> Callable[[Source | str, str], Any]:
    """``build`` until it was called ``most`` times: the probe goes on with OpenCL then."""
    calls: list[str] = []

    def stopping(source: Source | str, name: str) -> Any:
        kernel = build(source, name)
        calls.append(name)
        if len(calls) == most:
            raise _Enough
        return kernel

    return stopping


def test_kernels_of_every_template_are_among_them() -> None:
    device = MadeUpDevice(DEVICES["gpu"])
    names = set()
    with played(device):
        for name, calls in programs():
            if not name.startswith("elementwise") or name == "elementwise add":
                for call in calls:
                    with contextlib.suppress(DTypeError):
                        call()
                names |= {kernel for kernel, _ in device.taken()}
    assert names == {"compact", "compact_count", "compact_starts", "copy", "elementwise", "gemm", "gemm_add", "group", "histogram_clear", "histogram_count", "histogram_total", "join", "multinomial", "multinomial_shares", "permutation", "random_numbers", "reduce", "rejection", "scan", "scatter", "scatter_clear", "scatter_mark", "scatter_write", "search", "sort_count", "sort_move", "sort_rows", "sort_scan", "transpose"}


@pytest.mark.parametrize("which", DEVICES)
def test_sources(which: str, request: pytest.FixtureRequest) -> None:
    found = _found(which)
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    if request.config.getoption("--golden"):
        FILE.write_text(json.dumps({name: found if name == which else kept.get(name, {}) for name in DEVICES}, indent=0) + "\n")
        return
    was = kept[which]
    changed = sorted(name for name in {*was, *found} if was.get(name) != found.get(name))
    assert not changed, f"the sources of {len(changed)} programs changed: {', '.join(changed)}; if that was meant: pytest {Path(__file__).name} --golden"
