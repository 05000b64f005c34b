"""Reductions of large arrays, and the normalisation of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.case import Case, Target, Work, count
from bench.place import Host, Place, wait

__all__ = ["CASES"]


def reduction(place: Place, what: str, a: Host, reduce: Callable[[Any], Any], torchs: Callable[[Any], Any]) -> Work:
    """``reduce`` of an array by its method, which clnd and NumPy have alike."""
    x = place.array(a)
    sides: dict[str, Any] = {"clnd": lambda: wait(reduce(x)), "numpy": lambda: reduce(a)}
    if place.torch is not None:
        u = place.tensor(a)
        sides["torch"] = place.torch_call(lambda: torchs(u))
    if place.cupy is not None:
        v = place.on_cupy(a)
        sides["cupy"] = place.cupy_call(lambda: reduce(v))
    shape = "x".join(map(str, a.shape)) if a.ndim > 1 else count(a.size)
    return Work(f"{what}, {shape} float32", sides, moved=a.nbytes)


def vector(place: Place, what: str, reduce: Callable[[Any], Any], torchs: Callable[[Any], Any]) -> Work:
    """A reduction of all elements."""
    return reduction(place, what, place.numbers(place.size(33_000_000)), reduce, torchs)


def axis_sum(place: Place, axis: int) -> Work:
    """The sums over one axis of a matrix."""
    n = place.edge(4096)
    return reduction(place, f"sum(axis={axis})", place.numbers(n, n), lambda a: a.sum(axis=axis), lambda u: u.sum(axis))


def normalisation(place: Place, layout: str) -> Work:
    """Eight RGB images to mean 0 and standard deviation 1 in each channel."""
    n = place.edge(1000)
    shape, axes = {"NCHW": ((8, 3, n, n), (0, 2, 3)), "NHWC": ((8, n, n, 3), (0, 1, 2))}[layout]
    a = place.numbers(*shape)
    x = place.array(a)

    def normalise(images: Any) -> Any:
        mean = images.mean(axis=axes, keepdims=True)
        deviation = images.std(axis=axes, keepdims=True)
        return (images - mean) / deviation

    sides = {"clnd": lambda: wait(normalise(x)), "numpy": lambda: normalise(a)}
    what = f"8 RGB images {n}x{n} normalised, {layout}"
    # Over the pixels of NHWC NumPy adds millions of float32 one by one.
    return Work(what, sides, moved=2 * a.nbytes, reference=lambda: normalise(a.astype("float64")))


CASES = (
    Case(
        "sum", lambda place: vector(place, "sum", lambda a: a.sum(), lambda u: u.sum()), (Target(speed=1),)
    ),
    Case("sum-axis0", lambda place: axis_sum(place, 0), (Target(speed=0.5),)),
    Case("sum-axis1", lambda place: axis_sum(place, 1), (Target(speed=0.5),)),
    Case("max", lambda place: vector(place, "max", lambda a: a.max(), lambda u: u.max())),
    Case("argmax", lambda place: vector(place, "argmax", lambda a: a.argmax(), lambda u: u.argmax())),
    Case("var", lambda place: vector(place, "var", lambda a: a.var(), lambda u: u.var(correction=0))),
    Case("normalise-nchw", lambda place: normalisation(place, "NCHW"), (Target(speed=2),)),
    Case("normalise-nhwc", lambda place: normalisation(place, "NHWC"), (Target(speed=2),)),
)
