"""Math mode "fast": what it changes, what it leaves, and that the two modes never share a kernel."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.errors import ArgumentError
from clnd.profiler import counters

N = 10_000


def draws() -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(5)
    return [rng.standard_normal(N).astype(np.float32) for _ in range(3)]


def test_mode_is_a_context_manager_and_a_setting() -> None:
    assert clnd.math_mode.current() == "strict"
    with clnd.math_mode("fast"):
        assert clnd.math_mode.current() == "fast"
        with clnd.math_mode("strict"):
            assert clnd.math_mode.current() == "strict"
        assert clnd.math_mode.current() == "fast"
    clnd.math_mode("fast")
    try:
        assert clnd.math_mode.current() == "fast"
    finally:
        clnd.math_mode("strict")


def test_mode_is_the_threads_own() -> None:
    seen: list[str] = []
    with clnd.math_mode("fast"):
        thread = threading.Thread(target=lambda: seen.append(clnd.math_mode.current()))
        thread.start()
        thread.join()
    assert seen == ["strict"]


def test_unknown_mode_is_an_error_that_names_the_modes() -> None:
    with pytest.raises(ArgumentError, match=r"\[math_mode\] got 'quick'; expected one of strict, fast"):
        clnd.math_mode("quick")  # type: ignore[arg-type]


def test_mode_is_taken_when_recorded_not_when_run(ctx: Any) -> None:
    a, b, c = (clnd.asarray(x, ctx=ctx) for x in draws())
    strict = (a * b + c).asnumpy()
    with clnd.math_mode("fast"):
        lazy = a * b + c
    then = a * b + c
    with clnd.math_mode("fast"):
        assert np.array_equal(then.asnumpy(), strict)
    assert np.array_equal(lazy.asnumpy(), contracted(ctx, a, b, c))


def has_fma(ctx: Any) -> bool:
    """False where nothing is contracted, because there is no instruction for it."""
    return bool(ctx.info.arithmetic.fma != "software")


def contracted(ctx: Any, a: Any, b: Any, c: Any) -> np.ndarray[Any, Any]:
    """a*b+c rounded once: the product of two float32 is exact in float64, and so close to the sum that one rounding decides."""
    if not has_fma(ctx):
        return np.asarray((a * b + c).asnumpy())
    x, y, z = (v.asnumpy().astype(np.float64) for v in (a, b, c))
    return np.asarray((x * y + z).astype(np.float32))


def test_contraction_changes_some_bits_and_stays_close(ctx: Any) -> None:
    a, b, c = (clnd.asarray(x, ctx=ctx) for x in draws())
    strict = (a * b - c).asnumpy()
    with clnd.math_mode("fast"):
        fast = (a * b - c).asnumpy()
    assert np.array_equal(fast, contracted(ctx, a, b, -c))
    assert (strict != fast).any() == has_fma(ctx)


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "tanh", "pow", "erf", "cbrt", "atan2", "sinh"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_the_driver_stay_close(ctx: Any, name: str, dtype: str) -> None:
    if dtype == "float64" and not ctx.device.info.fp64:
        pytest.skip(f"{ctx} has no fp64")
    x = clnd.asarray(np.random.default_rng(3).uniform(0.1, 3.0, N).astype(dtype), ctx=ctx)
    operands = (x, x) if name in ("pow", "atan2") else (x,)
    strict = getattr(clnd, name)(*operands).asnumpy()
    with clnd.math_mode("fast"):
        fast = getattr(clnd, name)(*operands).asnumpy()
    tolerance = 2e-3 if dtype == "float32" else 1e-13  # OpenCL leaves native_ functions to the driver
    np.testing.assert_allclose(fast, strict, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_sums_in_free_order_are_sums(ctx: Any, axis: int | None) -> None:
    x = np.random.default_rng(1).uniform(0.5, 1.0, (400, 301)).astype(np.float32)
    with clnd.math_mode("fast"):
        got = clnd.asarray(x, ctx=ctx).sum(axis=axis).asnumpy()
    np.testing.assert_allclose(got, x.astype(np.float64).sum(axis), rtol=1e-5)


def test_exact_reductions_do_not_change(ctx: Any) -> None:
    x = clnd.asarray(draws()[0], ctx=ctx)
    strict = [f(x).item() for f in (clnd.argmax, clnd.argmin, clnd.max, clnd.count_nonzero)]
    with clnd.math_mode("fast"):
        fast = [f(x).item() for f in (clnd.argmax, clnd.argmin, clnd.max, clnd.count_nonzero)]
    assert fast == strict


def test_normal_keeps_its_words(ctx: Any) -> None:
    """The stream is the same one: a fast normal is near the strict one, number for number."""
    strict = clnd.random.Generator(7).normal(shape=(N,), ctx=ctx).asnumpy()
    with clnd.math_mode("fast"):
        fast = clnd.random.Generator(7).normal(shape=(N,), ctx=ctx).asnumpy()
    np.testing.assert_allclose(fast, strict, rtol=2e-3, atol=2e-3)


def test_modes_do_not_share_a_kernel(ctx: Any) -> None:
    """strict, fast, strict in turn on one array: three launches, whichever way they depend on each other."""
    a, b, _ = (clnd.asarray(x, ctx=ctx) for x in draws())
    want = ((a * b).asnumpy() - b.asnumpy()) * 2
    before = counters.copy()
    first = a * b
    with clnd.math_mode("fast"):
        second = first - b
    third = second * 2
    got = third.asnumpy()
    assert (counters - before).launches == 3
    assert np.array_equal(got, want)


def test_a_chain_of_one_mode_is_one_launch(ctx: Any) -> None:
    a, b, c = (clnd.asarray(x, ctx=ctx) for x in draws())
    with clnd.math_mode("fast"):
        total = clnd.exp(a * b + c).sum()
    before = counters.copy()
    total.asnumpy()
    assert (counters - before).launches == 1
