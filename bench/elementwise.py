"""Elementwise work: a fused chain, functions, broadcasting, a transposed copy."""

from __future__ import annotations

from typing import Any

import numpy as np

import clnd
from bench.case import Case, Target, Work, count
from bench.place import Place, wait

__all__ = ["CASES"]


def chain(place: Place, n: int) -> Work:
    """``sqrt(a*a + b*b) * c``: one kernel in clnd, five passes in NumPy."""
    a, b, c = (place.numbers(n) for _ in range(3))
    x, y, z = (place.array(host) for host in (a, b, c))
    sqrt: Any = clnd.sqrt
    sides: dict[str, Any] = {
        "clnd": lambda: wait(sqrt(x * x + y * y) * z),
        "numpy": lambda: np.sqrt(a * a + b * b) * c,
    }
    if place.numexpr is not None:
        names = {"a": a, "b": b, "c": c}
        sides["numexpr"] = lambda: place.numexpr.evaluate("sqrt(a*a + b*b) * c", local_dict=names)
    if place.torch is not None:
        u, v, w = (place.tensor(host) for host in (a, b, c))
        sides["torch"] = place.torch_call(lambda: place.torch.sqrt(u * u + v * v) * w)
    if place.cupy is not None:
        f, g, h = (place.on_cupy(host) for host in (a, b, c))
        sides["cupy"] = place.cupy_call(lambda: place.cupy.sqrt(f * f + g * g) * h)
    if place.cl_array is not None:
        p, q, r = (place.cl_array.to_device(place.queue, host) for host in (a, b, c))

        def by_pyopencl() -> Any:
            result = place.cl_math.sqrt(p * p + q * q) * r
            place.queue.finish()
            return result

        sides["pyopencl.array"] = by_pyopencl
    return Work(f"sqrt(a*a + b*b) * c, {count(n)} float32", sides, moved=16 * n)


def function(place: Place, name: str) -> Work:
    """One elementary function, named alike in clnd, NumPy and PyTorch."""
    n = place.size(16_000_000)
    a = place.numbers(n)
    x, ours, numpys = place.array(a), getattr(clnd, name), getattr(np, name)
    sides: dict[str, Any] = {"clnd": lambda: wait(ours(x)), "numpy": lambda: numpys(a)}
    if place.torch is not None:
        u, torchs = place.tensor(a), getattr(place.torch, name)
        sides["torch"] = place.torch_call(lambda: torchs(u))
    if place.cupy is not None:
        v, cupys = place.on_cupy(a), getattr(place.cupy, name)
        sides["cupy"] = place.cupy_call(lambda: cupys(v))
    return Work(f"{name}, {count(n)} float32", sides, moved=8 * n)


def permuted(place: Place, what: str, dtype: str, shape: tuple[int, ...], axes: tuple[int, ...]) -> Work:
    """A copy with the axes in another order."""
    a = place.numbers(*shape)
    a = (a * 100).astype(dtype)
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(x.transpose(axes).copy()), "numpy": lambda: a.transpose(axes).copy()}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: u.permute(axes).contiguous())
    if place.cupy is not None:
        v = place.on_cupy(a)
        sides["cupy"] = place.cupy_call(lambda: v.transpose(axes).copy())
    return Work(f"{what}, {'x'.join(map(str, shape))} {dtype}", sides, moved=2 * a.nbytes)


def broadcast(place: Place) -> Work:
    """A row added to each row of a matrix."""
    n = place.edge(4096)
    a, row = place.numbers(n, n), place.numbers(n)
    x, y = place.array(a), place.array(row)
    sides: dict[str, Any] = {"clnd": lambda: wait(x + y), "numpy": lambda: a + row}
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(row)
        sides["torch"] = place.torch_call(lambda: u + v)
    if place.cupy is not None:
        p, q = place.on_cupy(a), place.on_cupy(row)
        sides["cupy"] = place.cupy_call(lambda: p + q)
    return Work(f"matrix + row, {n}x{n} float32", sides, moved=8 * n * n)


CASES = (
    Case("chain-small", lambda place: chain(place, 1000)),
    Case("chain-medium", lambda place: chain(place, 100_000)),
    Case(
        "chain-large",
        lambda place: chain(place, place.size(16_000_000)),
        (Target(speed=4), Target(speed=50, peer="pyopencl.array")),
    ),
    Case("exp", lambda place: function(place, "exp")),
    Case("log", lambda place: function(place, "log")),
    Case("sin", lambda place: function(place, "sin")),
    Case("tanh", lambda place: function(place, "tanh")),
    Case("transpose", lambda place: permuted(place, "transposed copy", "float32", (place.edge(4096),) * 2, (1, 0))),
    Case("transpose-odd", lambda place: permuted(place, "transposed copy", "float32", (place.edge(4099), place.edge(4001)), (1, 0))),
    Case("transpose-bytes", lambda place: permuted(place, "transposed copy", "uint8", (place.edge(8192),) * 2, (1, 0))),
    Case("transpose-batch", lambda place: permuted(place, "transposed copies", "float32", (64, place.edge(512), 512), (0, 2, 1))),
    Case("permute-reversed", lambda place: permuted(place, "axes reversed", "float32", (32, place.edge(64), 64, 128), (3, 2, 1, 0))),
    Case("permute-images", lambda place: permuted(place, "images to planes", "uint8", (8, place.edge(1000), 1000, 3), (0, 3, 1, 2))),
    Case("permute-planes", lambda place: permuted(place, "planes to images", "uint8", (8, 3, place.edge(1000), 1000), (0, 2, 3, 1))),
    Case("permute-heads", lambda place: permuted(place, "heads apart", "float32", (32, place.edge(512), 16, 64), (0, 2, 1, 3))),
    Case("broadcast", broadcast),
)
