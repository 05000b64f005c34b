"""What shares a kernel, counted in launches; and that sharing never changes a bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes, random
from clnd.context import Context
from clnd.dtypes import facts
from clnd.graph import fuse, lower
from clnd.kernels.elementwise import MAX_ARGUMENTS
from clnd.ops import elementwise, reductions
from clnd.ops.op import Binary, Op, Ternary
from clnd.profiler import Counters
from tests.counting import counted, launches

Array = np.ndarray[Any, Any]
# Chains of tens of operations take PoCL longest; each has its kernels for CPUs on every dtype.
PATHS_FOR_GPUS = ("int8", "uint64", "float16", "float32", "complex64")


@pytest.fixture
def x(ctx: Context) -> Any:
    a = clnd.asarray(np.random.default_rng(0).random((50, 40), np.float32))
    clnd.evaluate(a)
    return a


# --- launches --------------------------------------------------------------------------------------


def test_nothing_runs_before_a_read(x: Any) -> None:
    with counted() as count:
        y = ((x + 1) * 2).sum(axis=0)
        z = y @ clnd.ones((40,))
        assert (y.shape, z.dtype) == ((40,), np.float32)
    assert count.done == Counters()
    with counted() as count:
        float(z)
    assert count.done.host_reads == 1
    assert count.done.launches >= 2


def test_a_chain_is_one_launch(x: Any) -> None:
    assert launches(lambda: clnd.sqrt(x * 2 + 1) / (x + 3) - x) == 1
    assert launches(lambda: (x + x[0]) * x[:, :1] - 1) == 1
    assert launches(lambda: clnd.where(x > 0.5, x, -x).astype("float16")) == 1
    assert launches(lambda: x.T + x.T) == 1
    assert launches(lambda: clnd.ones((7, 9)) * 3 + 1) == 1
    assert launches(lambda: clnd.arange(100) * 2) == 1


def test_a_view_launches_nothing(x: Any) -> None:
    assert launches(lambda: x[1:, ::2].T[None]) == 0
    assert launches(lambda: x.reshape(-1).reshape(40, 50)) == 0


def test_equal_subexpressions_are_computed_once(x: Any) -> None:
    with counted() as count:
        y = (x * 2 + 1) * (x * 2 + 1) + (x * 2 + 1)
        recipe, inputs = lower.lower(fuse.pending_in_order((y._node,)), [y._node])
    assert count.done.launches == 0
    assert len(recipe.steps) == 4  # x * 2, + 1, their square, the sum
    assert len(inputs) == 3
    assert launches(lambda: (x * 2 + 1) * (x * 2 + 1) + (x * 2 + 1)) == 1


def test_a_chain_and_a_sum_are_one_pass(x: Any) -> None:
    for axis in (None, 0, 1):
        alone = launches(lambda axis=axis: x.sum(axis=axis))
        assert launches(lambda axis=axis: ((x * 2 + 1) * x).sum(axis=axis)) == alone
        assert launches(lambda axis=axis: clnd.max(clnd.abs(x - 0.5), axis=axis)) == alone
    assert launches(lambda: (x * x).mean()) <= launches(lambda: x.sum()) + 1


def test_work_after_a_sum_is_one_launch(x: Any) -> None:
    assert launches(lambda: x.sum(axis=0) * 2 + 1) == launches(lambda: x.sum(axis=0)) + 1


def test_several_results_share_a_kernel(x: Any) -> None:
    assert launches(lambda: (x + 1, x * 2, x - 3)) == 1
    y = x + 1
    assert launches(lambda: (y, y * 2, y * 3)) == 1
    assert launches(lambda: (x.sum(), (x * 2).sum())) == 2 * launches(lambda: x.sum())


def test_a_node_used_twice_is_computed_once(x: Any) -> None:
    y = clnd.exp(x) * 2
    # y, its sum, the row made of both, and the product.
    assert launches(lambda: (y.sum(axis=0) + y[0]) * y) <= launches(lambda: x.sum(axis=0)) + 3
    with counted() as count:
        clnd.evaluate(y)
    assert count.done.launches == 0


def test_in_place_operators_fuse(x: Any) -> None:
    w, g = x.copy(), x * 0.5
    clnd.evaluate(w, g)

    def step() -> Any:
        nonlocal w
        w -= 0.1 * g
        w *= 0.99
        w += 1
        return w

    assert launches(step) == 1


def test_doubling_forty_times_is_forty_nodes(ctx: Context) -> None:
    y = clnd.ones((3,), dtype="float64" if ctx.info.fp64 else "float32")
    with counted() as count:
        for _ in range(40):
            y = y + y
        assert float(y[0]) == 2.0**40
    assert count.done.launches <= 4


@pytest.mark.parametrize("chain", ["sum", "wide"])
def test_walks_are_not_recursive(ctx: Context, chain: str) -> None:
    y = clnd.zeros((2,))
    others = [clnd.full((2,), float(k)) for k in range(600)]
    if chain == "sum":
        for z in others:
            y = y + z
    else:
        while len(others) > 1:
            others = [a + b for a, b in zip(others[::2], others[1::2], strict=False)] + others[len(others) // 2 * 2 :]
        y = others[0]
    assert y.asnumpy().tolist() == [600 * 599 / 2] * 2


def test_a_loop_of_any_length_uses_few_kernels(ctx: Context) -> None:
    def loop(steps: int) -> tuple[Any, int]:
        y = clnd.asarray(np.array([1.0, 2.0], np.float32))
        before = kernels(ctx)
        for _ in range(steps):
            y = y * 0.5 + 1
        clnd.evaluate(y)
        return y, kernels(ctx) - before

    y, _ = loop(1000)
    want = np.array([1.0, 2.0], np.float32)
    for _ in range(1000):
        want = want * np.float32(0.5) + np.float32(1)
    assert y.asnumpy().tolist() == want.tolist()
    # A tail of another length is another kernel; the rest are there.
    for steps in (1010, 2000, 3010):
        assert loop(steps)[1] <= 3


def kernels(ctx: Context) -> int:
    return len(ctx.device.variants)


def test_a_loop_that_is_never_read(ctx: Context) -> None:
    y = clnd.zeros((5,))
    for _ in range(5000):
        y = y + 1
    z = clnd.zeros((5,))
    for _ in range(3000):
        z += 1
        _ = z * 2  # dead at once: never computed
    assert y.asnumpy().tolist() == [5000] * 5
    assert z.asnumpy().tolist() == [3000] * 5


@pytest.mark.parametrize("count", [5, 11, 12, 13, 23, 24, 25, 60])
def test_more_operands_than_arguments(ctx: Context, count: int) -> None:
    hosts = [np.random.default_rng(k).random(33, np.float32) for k in range(count)]
    arrays = [clnd.asarray(h) for h in hosts]
    total, want = arrays[0], hosts[0]
    for a, h in zip(arrays[1:], hosts[1:], strict=True):
        total, want = total + a, want + h
    made = launches(lambda: total)
    assert (total.asnumpy() == want).all()
    assert made <= -(-count // (MAX_ARGUMENTS // 2 - 1))
    summed = ((arrays[0] * arrays[-1]) + total * 0).sum()
    for a in arrays:
        summed = summed + a.sum()
    assert np.isclose(float(summed), (hosts[0] * hosts[-1]).sum() + sum(h.sum() for h in hosts), rtol=1e-5)


@pytest.mark.parametrize("count", [12, 23, 24, 60])
def test_more_results_than_arguments(ctx: Context, count: int) -> None:
    x = clnd.asarray(np.arange(33, dtype=np.float32))
    apart = [x * k for k in range(count)]
    clnd.evaluate(*apart)
    assert all((a.asnumpy() == np.arange(33) * k).all() for k, a in enumerate(apart))
    # Each of a chain is wanted, and used by the next.
    chain = [x]
    for _ in range(min(count, 25)):
        chain.append(chain[-1] + 1)
    clnd.evaluate(*chain)
    assert all((a.asnumpy() == np.arange(33) + k).all() for k, a in enumerate(chain))


def test_a_move_of_halves_keeps_their_bits(ctx: Context) -> None:
    bits = np.arange(1 << 16, dtype=np.uint16)  # every half, NaNs with all they carry among them
    x = clnd.asarray(bits.view(np.float16), device=ctx)
    for got, want in ((x.copy(), bits), (x[::-1].copy(), bits[::-1]), (x.reshape((256, 256)).T.copy(), bits.reshape(256, 256).T)):
        assert (got.asnumpy().view(np.uint16) == want).all()


def test_what_goes_on_with_a_move_of_halves_sees_numbers(ctx: Context) -> None:
    host = np.linspace(-2, 2, 999).astype(np.float16)
    x = clnd.asarray(host, device=ctx)
    assert float(x.copy().max()) == 2
    assert (x.copy() * 2 == clnd.asarray(host * 2, device=ctx)).asnumpy().all()
    assert ((x.copy().reshape((27, 37)) @ clnd.ones((37, 5), dtype="float16", device=ctx)).asnumpy()[:, 0] < 80).all()


def widest(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Records how many buffers each fused kernel takes."""
    seen: list[int] = []
    lowered = lower.lower

    def spy(*graph: Any, **how: Any) -> Any:
        recipe, inputs = lowered(*graph, **how)
        seen.append(sum(not i.is_scalar for i in recipe.inputs) + len(recipe.outputs))
        return recipe, inputs

    monkeypatch.setattr(lower, "lower", spy)
    ctx.device.plans.clear()
    return seen


def test_kernels_keep_to_the_limit(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = widest(ctx, monkeypatch)
    xs = [clnd.asarray(np.arange(9, dtype=np.float32)) for _ in range(40)]
    chain = [xs[0]]
    for k in range(30):
        chain.append(chain[-1] + xs[k + 1])
    clnd.evaluate(*chain, *(x * 2 for x in xs), *(xs[0] * k for k in range(50)))
    assert max(seen) <= MAX_ARGUMENTS
    assert (chain[-1].asnumpy() == np.arange(9) * 31).all()


def test_many_numbers_in_a_chain(ctx: Context) -> None:
    dtype = "complex128" if ctx.info.fp64 else "complex64"
    y = clnd.ones((4,), dtype=dtype)
    for k in range(200):
        y = y + complex(k, -k)
    assert y.asnumpy().tolist() == [1 + sum(range(200)) * (1 - 1j)] * 4


def test_a_failed_read_can_be_repeated(x: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    y = x * 2 + 1

    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("clnd.kernels.launch.enqueue", broken)
        with pytest.raises(KeyboardInterrupt):
            y.asnumpy()
    assert np.array_equal(y.asnumpy(), x.asnumpy() * np.float32(2) + np.float32(1))


# --- fusion never changes a bit --------------------------------------------------------------------


@contextmanager
def without_fusion() -> Iterator[None]:
    before = fuse.settings
    fuse.settings = replace(before, fusion=False)
    try:
        yield
    finally:
        fuse.settings = before


def bits(results: list[Any]) -> list[bytes]:
    clnd.evaluate(*results)
    out = []
    for r in results:
        host = r.asnumpy()
        if host.dtype.kind in "fc":
            host = np.where(np.isnan(host), host.dtype.type(np.nan), host)
        out.append(host.tobytes())
    return out


# Numbers at which narrow types overflow, floats lose their last bits and products cancel.
def hard(dtype: Any) -> Array:
    rng = np.random.default_rng(5)
    if dtype.kind == "b":
        return rng.random(60) < 0.5
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, 60, dtype=dtype, endpoint=True)
    info = np.finfo(dtype)
    x = rng.standard_normal(60) * np.exp2(rng.integers(-30, 14, 60))
    x[:8] = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 60000.0]
    if dtype.kind == "c":
        x = x + 1j * rng.standard_normal(60)
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    if dtype.kind == "f":
        x[8:12] = [info.max, info.min, info.smallest_normal, info.smallest_subnormal]
    return x


def chains(a: Any, r: Any, dtype: Any) -> list[Any]:
    """Expressions in which a compiler would like to contract, reassociate or keep a wider result."""
    some = [(a + r) + r, (a + r) * a, a * r + a, (a * r) * r, (a + a * r).astype("bool")]
    if facts(dtype).kind == "bool":
        return some
    some += [a * r - r * r, (a - r) * (a + r), ((a * 3 + 7) * 3 + 7) * 3 + 7, -(a * r) + a, (a + r).sum(), (a * r - a).prod()]
    if facts(dtype).kind == "complex":
        return [*some, abs(a * r), (a / r) * r, clnd.conj(a) * a]
    some += [(a // r) * r + a % r, clnd.maximum(a * r, a) - r, (a * r + a).max(), clnd.argmax(a * r)]
    if facts(dtype).kind == "float":
        some += [clnd.sqrt(clnd.abs(a)) * r + a, a / r * r - a, clnd.exp(a * 0.01) - 1, (a * r + a).astype("float16").astype("float32") + 1]
        some += [(a * r).astype("int8") + clnd.ones((60,), dtype="int8"), (a * a + r * r).mean()]
    else:
        some += [(a << 1) + (r >> 1), (a ^ r) & a, (a * r).astype("int16") * 2, (a.astype("float16") * 3 + 1) * 3]
    return some


_alone: dict[Any, list[bytes]] = {}


def alone(dtype: Any) -> list[bytes]:
    """The bits of `chains` with a kernel for each operation, compiled once: they are those of the other family too."""
    if dtype not in _alone:
        x = hard(dtype)
        with without_fusion(), counted() as count:
            _alone[dtype] = bits(chains(clnd.asarray(x), clnd.asarray(x[::-1].copy()), dtype))
        assert count.done.launches > 2 * len(_alone[dtype])
    return _alone[dtype]


@pytest.mark.usefixtures("few_dtypes_for_gpus")
@pytest.mark.parametrize("dtype", dtypes.ALL, ids=str)
def test_fusion_never_changes_a_bit(family: str, ctx: Context, dtype: Any) -> None:
    if facts(dtype).needs_fp64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")
    a = clnd.asarray(hard(dtype))
    fused = bits(chains(a, a[::-1], dtype))
    different = [k for k, (p, q) in enumerate(zip(fused, alone(dtype), strict=True)) if p != q]
    assert not different


def test_fusion_can_be_turned_off_from_outside(ctx: Context) -> None:
    program = "import clnd; from clnd.profiler import counters as c; x = clnd.ones((9,)); y = (x * 2 + 1) * x; y.asnumpy(); print(c.launches)"
    found = [
        int(subprocess.run([sys.executable, "-c", program], env={**os.environ, "CLND_FUSION": f}, capture_output=True, check=True, text=True).stdout)
        for f in ("1", "0")
    ]
    assert found[0] == 1
    assert found[1] == 4


# --- everything runs on the device -------------------------------------------------------------------


def operands(op: Op, ctx: Context) -> tuple[Any, ...]:
    kinds = {facts(d).kind: d for d in (dtypes.complex64, dtypes.bool_, dtypes.int32, dtypes.uint8, dtypes.float32)}
    a = clnd.asarray(np.ones(3, next(d for kind, d in reversed(kinds.items()) if kind in op.takes)))
    if isinstance(op, Ternary):
        return clnd.asarray(np.ones(3, bool)), a, a
    return (a, a) if isinstance(op, Binary) else (a,)


@pytest.mark.thorough
def test_each_operation_runs_a_kernel(ctx: Context) -> None:
    for op in elementwise.TABLE.values():
        args = operands(op, ctx)
        clnd.evaluate(*args)
        assert launches(lambda op=op, args=args: op.apply(*args)) == 1, op.name


def test_each_reduction_and_product_runs_a_kernel(ctx: Context) -> None:
    a = clnd.asarray(np.ones((6, 5), np.float32))
    for function in (clnd.mean, clnd.var, clnd.std, clnd.argmin, clnd.argmax, clnd.count_nonzero, *(getattr(clnd, n) for n in reductions.TABLE)):
        for axis in (None, 0):
            assert launches(lambda f=function, k=axis: f(a, axis=k)) >= 1, function.__name__
    assert launches(lambda: a @ a.T) >= 1
    assert launches(lambda: a @ a[0]) >= 1
    assert launches(lambda: clnd.tensordot(a, a, axes=((0,), (0,)))) >= 1
    for draw in (random.uniform, random.normal):
        assert launches(lambda draw=draw: draw(shape=(7,))) >= 1
    assert launches(lambda: random.randint(0, 9, shape=(7,))) >= 1


def test_assignment_runs_a_kernel_and_reads_nothing(x: Any) -> None:
    with counted() as count:
        x[3:5] = x[7:9] * 2
        x[0, 0] = 1
    assert count.done.launches >= 1  # two small writes to one array may share a kernel
    assert count.done.host_reads == 0
    assert count.done.host_writes == 0


def _set(x: Any, value: Any) -> Any:
    x[5:15] = value
    return x


def test_assignment_to_memory_that_nobody_else_holds_copies_nothing(ctx: Context) -> None:
    x, row = clnd.arange(5000), clnd.arange(10)
    clnd.evaluate(x, row)
    x[3] = 0
    assert launches(lambda: x.__setitem__(slice(5, 15), row)) == 1
    view = x[7:9]
    assert launches(lambda: view.__setitem__(slice(None), row[:2])) == 1
    # A pending reader of the old content, or a NumPy array over it: one more, which copies.
    later = x + 1
    assert launches(lambda: x.__setitem__(slice(5, 15), row + 1)) == 3  # row + 1, a copy, the write
    small = clnd.arange(2000)
    clnd.evaluate(small)
    pending = small + 1
    assert launches(lambda: clnd.evaluate(_set(small, row + 1))) == 1  # all of it anew
    assert pending.asnumpy()[5] == 6
    assert later.asnumpy()[5] == 1
    shared, seen = ctx.device.pool.allocate(64).host is not None, np.asarray(x)
    assert launches(lambda: x.__setitem__(slice(5, 15), row)) == (2 if shared else 1)
    assert seen[5] == 1


def test_a_reduction_makes_no_operands_larger_than_its_own() -> None:
    """Of rolled arrays, which no reduction computes on the way, what is summed is made instead; and it is kept, where somebody holds it."""
    host = np.random.default_rng(3).integers(0, 2, (40, 50)).astype(np.uint8)
    board = clnd.asarray(host)

    def step(x: Any, library: Any) -> Any:
        around = sum(library.roll(x, (dy, dx), axis=(0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx)
        return ((around == 3) | ((x == 1) & (around == 2))).astype(np.uint8)

    following = step(board, clnd)
    total = following.sum()
    assert launches(lambda: total) == 2
    assert launches(lambda: following) == 0
    assert int(total) == step(host, np).sum()
    np.testing.assert_array_equal(following.asnumpy(), step(host, np))
    # One operand of the same size is as good as the other: the reduction goes on with it.
    x = clnd.asarray(np.arange(2000, dtype=np.float32))
    assert launches(lambda: (clnd.roll(x, 1) * 2 + 1).sum()) == 2
