"""Matrix products: square ones over n, odd sizes, tall and wide ones, batches, and matrices times vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.case import Case, Target, Work
from bench.place import Host, Place, wait

__all__ = ["CASES", "ODD", "POWERS"]

POWERS = (64, 128, 256, 512, 1024, 2048, 4096)
ODD = (63, 257, 1000, 1023, 1537)

# OpenBLAS's threads spin for about a tenth of a second after a product.
_SETTLE = 0.15
_MANY = 1_000_000


def product(
    place: Place, what: str, a: Host, b: Host, tolerance: float, clblast: Callable[[], Any] | None = None, fits: bool = True
) -> Work:
    """``a @ b`` by everybody. ``fits``: whether tinygrad makes a kernel of it in a bearable time."""
    x, y = place.array(a), place.array(b)
    sides: dict[str, Any] = {"clnd": lambda: wait(x @ y), "numpy": lambda: a @ b}
    if place.torch is not None:
        u, v = place.tensor(a), place.tensor(b)
        sides["torch"] = place.torch_call(lambda: u @ v)
    if place.cupy is not None:
        p, q = place.on_cupy(a), place.on_cupy(b)
        sides["cupy"] = place.cupy_call(lambda: p @ q)
    if clblast is not None:
        sides["clblast"] = clblast
    if place.tinygrad is not None and fits:
        sides["tinygrad"] = place.tinygrad_product(a, b)
    result = a.nbytes // a.shape[-1] * (b.shape[-1] if b.ndim > 1 else 1)
    flops = 2 * a.size * (b.shape[-1] if b.ndim > 1 else 1)
    return Work(f"{what} {a.dtype}", sides, a.nbytes + b.nbytes + result, flops, str(a.dtype), tolerance, settle=_SETTLE)


def _close(dtype: str, k: int) -> float:
    """How far sums of k products in two orders may be apart: k eps, and a little for the smallest."""
    return max(k, 100) * float(np.finfo(dtype).eps)


def matrices(place: Place, m: int, n: int, k: int, dtype: str) -> Work:
    """One matrix by another."""
    a, b = place.numbers(m, k, dtype=dtype), place.numbers(k, n, dtype=dtype)
    clblast = None
    if place.clblast is not None:
        x, y, z = place.cl_arrays(a, b, np.zeros((m, n), dtype))

        def clblast() -> None:
            place.clblast.gemm(place.queue, m, n, k, x, y, z, a_ld=k, b_ld=n, c_ld=n)
            place.queue.finish()

    return product(place, f"{m}x{k} @ {k}x{n}", a, b, _close(dtype, k), clblast)


def batch(place: Place, count: int, n: int, dtype: str) -> Work:
    """Many small matrices."""
    a, b = place.numbers(count, n, n, dtype=dtype), place.numbers(count, n, n, dtype=dtype)
    clblast = None
    if place.clblast is not None:
        # PyCLBlast wants two dimensions: the matrices lie below each other.
        x, y, z = place.cl_arrays(*(v.reshape(count * n, n) for v in (a, b, np.zeros_like(a))))

        def clblast() -> None:
            place.clblast.gemmStridedBatched(
                place.queue, n, n, n, count, x, y, z, n, n, n, a_stride=n * n, b_stride=n * n, c_stride=n * n
            )
            place.queue.finish()

    return product(place, f"{count}x({n}x{n} @ {n}x{n})", a, b, _close(dtype, n), clblast)


def vector(place: Place, m: int, k: int, dtype: str, columns: bool) -> Work:
    """A matrix by a vector; ``columns``: the matrix is the transpose of one that is stored row by row."""
    stored, v = place.numbers(*((k, m) if columns else (m, k)), dtype=dtype), place.numbers(k, dtype=dtype)
    clblast = None
    if place.clblast is not None:
        x, y, z = place.cl_arrays(stored, v, np.zeros(m, dtype))

        def clblast() -> None:
            rows, cols = stored.shape
            place.clblast.gemv(place.queue, rows, cols, x, y, z, a_ld=cols, a_transp=columns)
            place.queue.finish()

    a = stored.T if columns else stored
    # A host's array arrives contiguous: the transpose is taken on the device.
    work = product(place, f"{m}x{k}{' transposed' if columns else ''} @ {k}", a, v, _close(dtype, k), clblast)
    if columns:
        matrix, vector_ = place.array(stored).T, place.array(v)
        work.sides["clnd"] = lambda: wait(matrix @ vector_)
    return work


def _cases(dtype: str) -> list[Case]:
    def square(n: int) -> Case:
        def work(place: Place) -> Work:
            edge = place.edge(n)
            return matrices(place, edge, edge, edge, dtype)

        # The owner's bar: the geometric mean over n >= 256 at OpenBLAS's speed, and no case under 0.85 of it.
        return Case(f"gemm-{dtype}-{n}", work, (Target(speed=0.85), Target(speed=7, peer="clblast")) if n >= 256 else ())

    return [
        *(square(n) for n in (*POWERS, *ODD)),
        Case(f"gemm-tall-{dtype}", lambda place: matrices(place, place.size(_MANY), 32, 32, dtype), (Target(speed=0.85),)),
        Case(f"gemm-wide-{dtype}", lambda place: matrices(place, 32, 32, place.size(_MANY), dtype), (Target(speed=0.85),)),
        Case(f"gemm-batch-{dtype}", lambda place: batch(place, place.size(1024), 32, dtype), (Target(speed=0.85),)),
        Case(f"matvec-{dtype}", lambda place: vector(place, place.edge(4096), place.edge(4096), dtype, False), (Target(speed=0.85),)),
        Case(f"matvec-columns-{dtype}", lambda place: vector(place, place.edge(4096), place.edge(4096), dtype, True), (Target(speed=0.85),)),
        Case(f"matvec-small-{dtype}", lambda place: vector(place, 512, 512, dtype, False)),
    ]  # fmt: skip


CASES = (*_cases("float32"), *_cases("float64"))
