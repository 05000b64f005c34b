"""Epilogues: elementwise work that draws and products go on with, in one kernel, without a changed bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.graph import fuse
from clnd.profiler import counters

ROWS, COLUMNS = 37, 219  # neither a whole number of vectors nor of counters


@contextmanager
def without_fusion() -> Iterator[None]:
    before = fuse.settings
    fuse.settings = replace(before, fusion=False)
    try:
        yield
    finally:
        fuse.settings = before


def stream() -> clnd.random.Generator:
    return clnd.random.Generator(11)


class Operands:
    """Arrays that epilogues read: a whole one, a row, a column, one element."""

    def __init__(self) -> None:
        rng = np.random.default_rng(4)
        self.whole = clnd.asarray(rng.standard_normal((ROWS, COLUMNS)).astype(np.float32))
        self.row = clnd.asarray(rng.standard_normal(COLUMNS).astype(np.float32))
        self.column = clnd.asarray(rng.standard_normal((ROWS, 1)).astype(np.float32))
        self.one = clnd.asarray(np.float32(0.75))
        self.turned = clnd.asarray(rng.standard_normal((COLUMNS, ROWS)).astype(np.float32)).T


def same(f: Callable[[Operands], Any], launches: int) -> None:
    """``f`` takes so many launches, and gives the bits that it gives without fusion."""
    operands = Operands()
    before = counters.copy()
    got = f(operands).asnumpy()
    taken = (counters - before).launches
    with without_fusion():
        want = f(operands).asnumpy()
    assert got.dtype == want.dtype
    assert np.array_equal(got.view(np.uint8), want.view(np.uint8))
    assert taken == launches


SHAPE = (ROWS, COLUMNS)
DRAWS: dict[str, tuple[Callable[[Operands], Any], int]] = {
    "dropout": (lambda o: clnd.where(stream().uniform(shape=SHAPE) < 0.3, 0.0, o.whole / 0.7), 1),
    "scaled by one element": (lambda o: stream().normal(shape=SHAPE) * o.one + 2, 1),
    "used twice": (lambda o: (lambda u: u * u + u)(stream().uniform(shape=SHAPE)), 1),
    "a mask": (lambda o: stream().uniform(shape=SHAPE) < 0.5, 1),
    "an operand as large": (lambda o: clnd.exp(stream().normal(shape=SHAPE)) - o.whole, 1),
    "to float16": (lambda o: stream().normal(shape=SHAPE).astype("float16"), 1),
    "of float16": (lambda o: stream().normal(shape=SHAPE, dtype="float16") * 2 + 1, 1),
    "of bool": (lambda o: clnd.logical_not(stream().bernoulli(0.25, shape=SHAPE)), 1),
    "of int32": (lambda o: stream().randint(-5, 6, shape=SHAPE, dtype="int32") * 3, 1),
    "exponential": (lambda o: clnd.sqrt(stream().exponential(2.0, shape=SHAPE)), 1),
    # A row or a column lies otherwise than the draw's elements: a kernel of its own.
    "and a row": (lambda o: stream().normal(shape=SHAPE) * o.row, 2),
    "and a transposed operand": (lambda o: stream().normal(shape=SHAPE) * o.turned, 2),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_go_on(family: str, name: str) -> None:
    same(*DRAWS[name])


def test_float64_draws_go_on(family: str, ctx: Context) -> None:
    if not ctx.device.info.fp64:
        pytest.skip(f"{ctx} has no fp64")
    same(lambda o: clnd.tanh(stream().normal(shape=SHAPE, dtype="float64")) * 2, 1)


def test_two_draws_are_two_launches(family: str) -> None:
    def both(o: Operands) -> Any:
        generator = stream()
        return generator.normal(shape=SHAPE) * generator.uniform(shape=SHAPE) + o.one

    same(both, 2)


def test_an_intermediate_that_is_kept_ends_the_epilogue(family: str) -> None:
    """The mask is read on its own later: it and what follows are not the draw's one result."""
    u = stream().uniform(shape=SHAPE)
    mask = u < 0.5
    y = clnd.where(mask, 1.0, u)
    before = counters.copy()
    clnd.evaluate(mask, y)
    assert (counters - before).launches == 2
    draws = stream().uniform(shape=SHAPE).asnumpy()
    assert np.array_equal(mask.asnumpy(), draws < 0.5)
    assert np.array_equal(y.asnumpy(), np.where(draws < 0.5, np.float32(1), draws))


def test_a_draw_that_is_read_itself_has_no_epilogue(family: str) -> None:
    u = stream().uniform(shape=SHAPE)
    y = u + 1
    clnd.evaluate(u, y)
    assert np.array_equal(y.asnumpy(), u.asnumpy() + 1)


def test_a_draw_read_after_its_epilogue_ran_is_drawn_again(family: str) -> None:
    u = stream().normal(shape=SHAPE)
    y = (u * 2).asnumpy()
    assert np.array_equal(u.asnumpy() * 2, y)


def test_math_modes_are_not_mixed(family: str) -> None:
    """A strict draw that a fast operation follows stays a kernel of its own."""
    strict = stream().normal(shape=SHAPE).asnumpy()
    u = stream().normal(shape=SHAPE)
    with clnd.math_mode("fast"):
        y = u * 2
    before = counters.copy()
    got = y.asnumpy()
    assert (counters - before).launches == 2
    assert np.array_equal(got, strict * 2)


def test_pending_side_work_comes_along_or_runs_before(family: str) -> None:
    """An operand that is pending itself: taken into the kernel where nothing else needs it."""
    same(lambda o: stream().uniform(shape=SHAPE) + (o.whole * 2 - 1), 1)

    def shared(o: Operands) -> Any:
        side = o.whole * 2
        return (stream().uniform(shape=SHAPE) + side).sum() + side.max()

    operands = Operands()
    got = shared(operands).asnumpy()
    with without_fusion():
        assert np.array_equal(got, shared(operands).asnumpy())


# --- products --------------------------------------------------------------------------------------


def factor(shape: tuple[int, ...], dtype: str, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return clnd.asarray(rng.random(shape) < 0.1)
    if dtype.startswith(("int", "uint")):
        return clnd.asarray(rng.integers(0, 100, shape).astype(dtype))
    x = rng.standard_normal(shape)
    return clnd.asarray((x + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else x).astype(dtype))


def matrices(batch: tuple[int, ...], m: int, k: int, n: int, dtype: str = "float32") -> tuple[Any, Any]:
    return factor((*batch, m, k), dtype, 1), factor((k, n), dtype, 2)


def relu(x: Any) -> Any:
    return clnd.maximum(x, 0)


# Tiles with ragged edges and several chunks; whole vectors of a B that is read as it lies; long rows; a batch.
SIZES = [((), 33, 45, 29), ((), 64, 96, 48), ((), 13, 600, 71), ((3,), 9, 30, 17)]
# PoCL takes seconds for a product's kernel of the family for GPUs: it has one path, and gets fewer cases.
SORTS = ["float16", "float64", "complex64", "int8", "int32", "int64", "uint16", "bool"]
FEW_SIZES, FEW_SORTS = SIZES[2:], ["float16", "complex64", "int32"]


# Half a minute on a checker.
LONG = (((), 13, 600, 71), 300)


def of_families(cpu: list[Any], gpu: list[Any]) -> list[Any]:
    return [
        pytest.param(family, x, marks=pytest.mark.thorough if x in LONG else ())
        for family, some in (("cpu", cpu), ("gpu", gpu)) for x in some
    ]  # fmt: skip


@pytest.mark.parametrize(("family", "size"), of_families(SIZES, FEW_SIZES), indirect=["family"])
def test_products_go_on(family: str, size: tuple[tuple[int, ...], int, int, int]) -> None:
    batch, m, k, n = size
    bias = clnd.asarray(np.linspace(-3, 3, n, dtype=np.float32))
    column = clnd.asarray(np.linspace(1, 2, m, dtype=np.float32)[:, None])
    other = factor((*batch, m, n), "float32", 5)

    def layer(o: Operands) -> Any:
        x, w = matrices(batch, m, k, n)
        return relu((x @ w + bias) * (column if not batch else 2.0) - other)

    same(layer, launches_of_the_product(batch, m, k, n))


def launches_of_the_product(batch: tuple[int, ...], m: int, k: int, n: int, dtype: str = "float32") -> int:
    """How many launches the product alone takes: two where a device packs B for all groups first."""
    x, w = matrices(batch, m, k, n, dtype)
    before = counters.copy()
    (x @ w).wait_to_read()
    return (counters - before).launches


@pytest.mark.parametrize(("family", "dtype"), of_families(SORTS, FEW_SORTS), indirect=["family"])
def test_products_of_every_sort_go_on(family: str, ctx: Context, dtype: str) -> None:
    if dtype == "float64" and not ctx.device.info.fp64:
        pytest.skip(f"{ctx} has no fp64")

    def f(o: Operands) -> Any:
        x, w = matrices((), 19, 40, 27, dtype)
        product = x @ w
        return clnd.logical_not(product) if dtype == "bool" else product * product + product

    same(f, launches_of_the_product((), 19, 40, 27, dtype))


@pytest.mark.parametrize(("family", "k"), of_families([40, 300], [300]), indirect=["family"])
def test_results_of_another_dtype(family: str, k: int) -> None:
    """A result that is smaller or larger than the product's elements has memory of its own."""

    def positive(o: Operands) -> Any:
        x, w = matrices((), 19, k, 27)
        return x @ w > 0

    def wide(o: Operands) -> Any:
        x, w = matrices((), 19, k, 27, "float16")
        return (x @ w).astype("float32") * 0.1

    same(positive, launches_of_the_product((), 19, k, 27))
    same(wide, launches_of_the_product((), 19, k, 27, "float16"))


@pytest.mark.parametrize("family", ["cpu"], indirect=True)
def test_packed_products_go_on(family: str) -> None:
    """Large enough for panels that one launch packs for all."""

    def f(o: Operands) -> Any:
        x, w = matrices((), 260, 300, 270)
        return clnd.tanh(x @ w.T.copy().T + 1)

    before = counters.copy()
    x, w = matrices((), 260, 300, 270)
    (x @ w.T.copy().T).wait_to_read()
    same(f, (counters - before).launches)


def test_vectors_have_no_epilogue(family: str) -> None:
    """A product with one row or column is a reduction: what follows is a launch of its own."""

    def f(o: Operands) -> Any:
        x, w = matrices((), 33, 45, 1)
        return relu(x @ w)

    same(f, 2)


@pytest.mark.parametrize("family", ["cpu"], indirect=True)
def test_a_turned_operand_is_a_launch_of_its_own(family: str) -> None:
    other = factor((29, 33), "float32", 5)

    def f(o: Operands) -> Any:
        x, w = matrices((), 33, 45, 29)
        return x @ w + other.T

    same(f, launches_of_the_product((), 33, 45, 29) + 1)


@pytest.mark.parametrize("family", ["cpu"], indirect=True)
def test_a_network_with_its_gradients(family: str, ctx: Context) -> None:
    """Forward and backward: activations that are used again later stay, bits are those of single operations."""
    x, w = matrices((), 32, 48, 40)
    v = factor((40, 8), "float32", 3)
    target = factor((32, 8), "float32", 4)

    def step(o: Operands) -> Any:
        hidden = x @ w + 0.1
        active = relu(hidden)
        error = active @ v - target
        back = (error @ v.T) * (hidden > 0)
        return clnd.sum(x.T @ back * 0.01) + clnd.sum(active.T @ error)

    got = step(Operands()).asnumpy()
    with without_fusion():
        assert np.array_equal(got, step(Operands()).asnumpy())
