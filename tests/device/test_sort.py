"""Sorts: every element and every place of the unique result, in both families, and the functions made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd import dtypes
from clnd.context import current_context
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.kernels import launch, sort, tuning
from clnd.runtime.opened import OpenDevice

Array = np.ndarray[Any, Any]

DTYPES = [d.name for d in dtypes.ALL if d.kind != "c"]
PATHS_FOR_GPUS = ("bool", "int16", "float16", "float32", "int64")


def places(host: Array, descending: bool = False) -> Array:
    """The places of each row of the last axis in their order: the definition in NumPy."""
    if not descending:
        return np.argsort(host, axis=-1, kind="stable")
    if host.dtype.kind == "f":
        return np.lexsort((-host, np.isnan(host)), axis=-1)
    return np.argsort(~host, axis=-1, kind="stable")


def drawn(dtype: str, shape: tuple[int, ...], seed: int = 0) -> Array:
    """Elements of the whole range, with ties, NaN of both signs, zeros of both signs, infinities and subnormal numbers."""
    rng, of = np.random.default_rng(seed), np.dtype(dtype)
    if of.kind == "b":
        return rng.random(shape) < 0.5
    if of.kind in "iu":
        host = rng.integers(np.iinfo(of).min, np.iinfo(of).max, shape, of, endpoint=True)
        host[rng.random(shape) < 0.3] //= 64
        return host
    host = np.asarray(rng.standard_normal(shape)).astype(of)
    special = [0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, np.finfo(of).smallest_subnormal, -np.finfo(of).smallest_subnormal, 1.0]
    chosen = rng.random(shape) < 0.4
    host[chosen] = rng.choice(np.array(special, of), int(chosen.sum()))
    return host


def same(got: Array, want: Array) -> None:
    """The same bits, but for NaN, which is one value."""
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if got.dtype.kind == "f":
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
        got, want = np.nan_to_num(got, nan=1), np.nan_to_num(want, nan=1)
        np.testing.assert_array_equal(np.signbit(got), np.signbit(want))
    np.testing.assert_array_equal(got, want)


def check(host: Array, axis: int = -1) -> None:
    x = clnd.asarray(host)
    turned = np.moveaxis(host, axis, -1)
    for descending in (False, True):
        order = places(turned, descending)
        same(clnd.argsort(x, axis=axis, descending=descending).asnumpy(), np.moveaxis(order, -1, axis))
        same(clnd.sort(x, axis=axis, descending=descending).asnumpy(), np.moveaxis(np.take_along_axis(turned, order, -1), -1, axis))


@pytest.fixture
def few_tiles(family: str) -> Iterator[None]:
    """Tunables that make many chunks or tiles of few elements, as long rows have them."""
    device = current_context().device
    kept = dict(device.parameters)
    for of in dtypes.ALL:
        values = {"SHARES": 2, "ALONE": 64} if family == "cpu" else {"L": 8, "K": 4}
        tuning.assign(sort.RECORDS[family], of, device, {**tuning.parameters(sort.RECORDS[family], of, device), **values})
    device.plans.clear()
    yield
    device.parameters = kept
    device.plans.clear()


# --- kernels -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("family", "few_dtypes_for_gpus", "has_dtype")
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows(dtype: str) -> None:
    check(drawn(dtype, (7, 33)))
    check(drawn(dtype, (300,)))


@pytest.mark.usefixtures("few_tiles", "few_dtypes_for_gpus", "has_dtype")
@pytest.mark.parametrize("dtype", DTYPES)
def test_long_rows(dtype: str) -> None:
    check(drawn(dtype, (1201,)))
    check(drawn(dtype, (2, 130)))


@pytest.mark.usefixtures("few_tiles")
@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257])
def test_lengths(n: int) -> None:
    check(drawn("float32", (n,)))
    check(drawn("int8", (n,)))


def patterns(n: int) -> Iterator[Array]:
    up = np.arange(n, dtype=np.int32)
    yield up - n // 2  # sorted
    yield up[::-1].copy()  # reversed
    yield np.full(n, -7, np.int32)  # equal
    yield np.where(up % 3 == 0, 5, -5).astype(np.int32)  # two values
    yield np.where(up == n // 2, 1 << 30, 3).astype(np.int32)  # one differs
    yield (up % 100 * 65536).astype(np.int32)  # one digit
    yield np.where(up % 3 == 0, 0.0, -0.0).astype(np.float32)  # zeros
    yield np.full(n, -0.0, np.float32)  # negative zeros
    yield np.full(n, np.nan, np.float32)  # NaN
    yield (np.where(up % 2 == 0, 0x7F800001, -1) + up % 7 * (up % 2 == 0)).astype(np.uint32).view(np.float32)  # payloads
    yield np.where(up % 2 == 0, np.iinfo(np.int64).min, np.iinfo(np.int64).max) + (up % 3 == 1)  # extremes
    yield np.where(up % 2 == 0, np.nan, np.inf).astype(np.float32)  # NaN beside the largest


@pytest.mark.usefixtures("few_tiles")
@pytest.mark.parametrize("n", [30, 500])
def test_patterns(n: int) -> None:
    with np.errstate(over="ignore"):
        for host in patterns(n):
            check(host)


def shared_out(n: int) -> Iterator[tuple[Array, bool | None]]:
    """Rows, and whether they are sorted by parts; None where chance decides."""
    rng, i = np.random.default_rng(2), np.arange(n)
    yield rng.integers(-(1 << 31), 1 << 31, n).astype(np.int32), True  # uniform
    yield rng.integers(-30, 30, n).astype(np.int32), True  # few values about 0
    yield rng.integers(0, 1 << 16, n).astype(np.uint32), False  # two digits
    yield rng.integers(0, 1 << 18, n).astype(np.uint32), True  # three digits
    yield np.full(n, -3, np.int32), False  # equal
    yield (i % 8 << 50) + rng.integers(0, 1 << 16, n), True  # bunches: the highest digits do not tell keys apart
    yield (2.0 ** (31 * rng.random(n) ** 8)).astype(np.int32), False  # skewed
    yield np.where(i % 997 == 5, rng.integers(-(1 << 62), 1 << 62, n), i % 100), None  # outliers
    host = rng.standard_normal(n).astype(np.float32)
    yield host, True  # normal
    host[rng.random(n) < 0.05] = np.nan
    host[rng.random(n) < 0.05] = 0.0
    host[rng.random(n) < 0.05] = -0.0
    yield host, True  # zeros and NaN
    if current_context().info.fp64:
        yield host.astype(np.float64), True  # zeros and NaN


@pytest.mark.parametrize("descending", [False, True])
def test_long_rows_by_parts(family_device: OpenDevice, descending: bool) -> None:
    if family_device.info.family == "gpu":
        pytest.skip("the family has no such way")
    device = family_device.without_kernels()
    device.info = replace(device.info, compute_units=2)
    for host, by_parts in shared_out(3000):
        of = dtypes.as_dtype(host.dtype)
        tuning.assign(sort.RECORDS["cpu"], of, device, {**{k: v[0] for k, v in sort.RECORDS["cpu"].tunables.items()}, "ALONE": 64, "SHARED": 300})
        block = device.pool.allocate(host.nbytes)
        device.write(block, host)
        made = launch.run(device, sort.plan(device, of, 1, host.size, False, descending), (block.buffer, 0))
        got, ruler = np.empty_like(host), np.empty(1, np.uint64)
        device.read(made[0], got)
        same(got, host[places(host, descending)])
        device.read(made[4], ruler)
        assert by_parts is None or bool(ruler[0]) == by_parts


@pytest.mark.parametrize("order", [False, True])
def test_nothing_is_written_behind(family_device: OpenDevice, order: bool) -> None:
    """Rows begin at an offset of the operand, and guards behind the result stay."""
    device = family_device.without_kernels()
    if device.info.family == "cpu":
        tuning.assign(sort.RECORDS["cpu"], dtypes.int32, device, {"SHARES": 1, "ALONE": 64, "NETWORK": 16, "SHARED": 100})
    host = np.random.default_rng(0).integers(-99, 99, 3 + 2 * 700).astype(np.int32)
    block = device.pool.allocate(host.nbytes)
    device.write(block, host)
    for rows, n in ((1, 50), (2, 700), (5, 33)):
        plan = sort.plan(device, dtypes.int32, rows, n, order, False)
        longer = launch.Plan(plan.launches, (plan.made[0] + 64, *plan.made[1:]))
        guards = np.full(plan.made[0] + 64, 0xA5, np.uint8)
        made = [device.pool.allocate(size) for size in longer.made]
        device.write(made[0], guards)
        for one in plan.launches:
            values = [block.buffer, 3, *(m.buffer for m in made)]
            arguments = list(one.arguments)
            for place, number in one.holes:
                arguments[place] = values[number]
            launch.enqueue(device, one.variant.built(device), one.groups, one.local, tuple(arguments))
        device.read(made[0], guards)
        assert (guards[plan.made[0] :] == 0xA5).all()
        part = host[3 : 3 + rows * n].reshape(rows, n)
        want = places(part) if order else np.sort(part, axis=1)
        assert guards[: plan.made[0]].tobytes() == want.tobytes()


@pytest.mark.thorough
@pytest.mark.parametrize(("which", "tunables"), [(f, {**{k: v[0] for k, v in r.tunables.items()}, k: v}) for f, r in sort.RECORDS.items() for k, vs in r.tunables.items() for v in vs])
def test_tunables(device: OpenDevice, which: str, tunables: dict[str, int]) -> None:
    """No value of a tunable changes a bit."""
    other = device.without_kernels()
    other.info = replace(device.info, family=which)
    record = sort.RECORDS[which]
    if not record.fits(tunables, dtypes.float32, other.info):
        pytest.skip("they do not fit")
    tuning.assign(record, dtypes.float32, other, tunables)
    host = drawn("float32", (2, 5000))
    block = other.pool.allocate(host.nbytes)
    other.write(block, host)
    got = np.empty((2, 5000), np.int64)
    other.read(launch.run(other, sort.plan(other, dtypes.float32, 2, 5000, True, False), (block.buffer, 0))[0], got)
    np.testing.assert_array_equal(got, places(host))


# --- functions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_axes(axis: int) -> None:
    check(drawn("float32", (5, 6, 7)), axis)


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple), dtype=st.sampled_from(["int32", "float32", "bool"]),
    seed=st.integers(0, 9), data=st.data(),
)  # fmt: skip
def test_shapes(shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    check(drawn(dtype, shape, seed), data.draw(st.integers(-len(shape), len(shape) - 1)))


def test_arguments_of_numpy() -> None:
    host = drawn("int32", (4, 5))
    x = clnd.asarray(host)
    for axis in (0, 1, None):
        same(clnd.sort(x, axis).asnumpy(), np.sort(host, axis))
        same(clnd.argsort(x, axis, kind="stable").asnumpy(), np.argsort(host, axis, kind="stable"))
    same(clnd.sort(x[::2, ::-1]).asnumpy(), np.sort(host[::2, ::-1]))
    same(clnd.sort(x.T + 1, 0, "quicksort").asnumpy(), np.sort(host.T + 1, 0))
    same(clnd.sort(clnd.broadcast_to(x[0], (3, 5))).asnumpy(), np.sort(np.broadcast_to(host[0], (3, 5))))
    same(clnd.sort(clnd.asarray(3.0), axis=None).asnumpy(), np.float32([3.0]))
    same(clnd.sort(clnd.zeros((0, 3))).asnumpy(), np.zeros((0, 3), np.float32))
    same(clnd.argsort(clnd.zeros((3, 0))).asnumpy(), np.zeros((3, 0), np.int64))
    same(clnd.sort(clnd.zeros(3) - clnd.asarray([2, 3, 1])).asnumpy(), np.float32([-3, -2, -1]))


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex(family: str, dtype: str, has_dtype: None) -> None:
    rng = np.random.default_rng(4)
    host = (rng.integers(-2, 3, (3, 90)) + 1j * rng.integers(-2, 3, (3, 90))).astype(dtype)
    host.real[rng.random(host.shape) < 0.2] = np.nan
    host.imag[rng.random(host.shape) < 0.2] = np.nan
    host.real[rng.random(host.shape) < 0.1] = -0.0
    x = clnd.asarray(host)
    order = np.argsort(host, axis=-1, kind="stable")
    same(clnd.argsort(x).asnumpy(), order)
    got = clnd.sort(x).asnumpy()
    assert got.tobytes() == np.take_along_axis(host, order, -1).tobytes()
    down = np.lexsort((np.where(np.isnan(host), 0, -host.imag), np.where(np.isnan(host.real), -host.imag, -host.real), 2 * np.isnan(host.real) + np.isnan(host.imag)))
    same(clnd.argsort(x, descending=True).asnumpy(), down)


def test_in_place() -> None:
    host = drawn("int32", (6, 7))
    x, want = clnd.asarray(host), host.copy()
    row, doubled = x[2], x * 2
    assert x.sort() is None  # type: ignore[func-returns-value]
    want.sort()
    same(x.asnumpy(), want)
    same(row.asnumpy(), want[2])
    same(doubled.asnumpy(), host * 2)
    for key in (np.s_[:, 1], np.s_[::2, ::-1], np.s_[3], np.s_[1:1]):
        x[key].sort(0)
        want[key].sort(0)
        same(x.asnumpy(), want)
    x.sort(axis=0, descending=True)
    same(x.asnumpy(), np.sort(want, 0)[::-1])
    same(x.argsort(axis=None).asnumpy(), np.argsort(x.asnumpy(), None, kind="stable"))
    x.partition(3, axis=1)
    same(x.asnumpy(), np.sort(x.asnumpy(), 1))
    same(x.argpartition(2, axis=0).asnumpy(), np.argsort(x.asnumpy(), 0, kind="stable"))
    with pytest.raises(ArgumentError, match="broadcast_to"):
        clnd.broadcast_to(x[0], (3, 7)).sort()


def test_lexsort() -> None:
    keys = np.random.default_rng(0).integers(0, 3, (3, 4, 50))
    for axis in (0, 1, -1):
        same(clnd.lexsort([clnd.asarray(k) for k in keys], axis).asnumpy(), np.lexsort(keys, axis))
    same(clnd.lexsort(clnd.asarray(keys)).asnumpy(), np.lexsort(keys))
    same(clnd.lexsort((clnd.asarray(keys[0]), keys[1] / 2)).asnumpy(), np.lexsort((keys[0], keys[1] / 2)))
    assert clnd.lexsort([clnd.asarray(3)]).asnumpy() == 0
    assert clnd.lexsort([clnd.zeros((0,))]).shape == (0,)


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("largest", [True, False])
def test_top_k(largest: bool) -> None:
    mode = "largest" if largest else "smallest"
    for shape, axis in (((900,), 0), ((6, 40), 1), ((40, 6), 0), ((3, 1), 1)):
        for dtype in ("float32", "int8"):
            host = drawn(dtype, shape)
            turned = np.moveaxis(host, axis, -1)
            for k in (0, 1, 2, shape[axis] // 3, shape[axis]):
                if k > shape[axis]:
                    continue
                order = places(turned, largest)[..., :k]
                values, indices = clnd.top_k(clnd.asarray(host), k, axis=axis, mode=mode)
                same(indices.asnumpy(), np.moveaxis(order, -1, axis))
                same(values.asnumpy(), np.moveaxis(np.take_along_axis(turned, order, -1), -1, axis))


@pytest.mark.usefixtures("few_tiles")
@pytest.mark.parametrize("dtype", ["float32", "int8", "int64"])
def test_top_k_of_long_rows(family: str, dtype: str) -> None:
    """Few of many: of parts first. Where a row rises to its end, each element is among the first of those before."""
    whole = drawn(dtype, (40_000,))
    rows = whole[:6600].reshape(6, 1100)
    # Tiles have 32 elements on GPUs.
    for_cpus = ((whole[:5000], 1), (whole[:5000], 90), (np.sort(whole[:5000]), 90), (rows, 3), (whole, 300))
    for host, k in for_cpus if family == "cpu" else ((whole[:1500], 1), (rows[:2, :200], 3)):
        order = places(host, True)[..., :k]
        values, indices = clnd.top_k(clnd.asarray(host), k)
        same(indices.asnumpy(), order)
        same(values.asnumpy(), np.take_along_axis(host, order, -1))


def test_partition_and_sort_complex() -> None:
    host = drawn("float32", (5, 9))
    x = clnd.asarray(host)
    same(clnd.partition(x, [2, -1]).asnumpy(), np.sort(host, kind="stable"))
    same(clnd.argpartition(x, 3, axis=None).asnumpy(), np.argsort(host, None, kind="stable"))
    same(clnd.sort_complex(clnd.asarray([3, 1, 2])).asnumpy(), np.array([1, 2, 3], np.complex64))


REFUSED: tuple[tuple[Callable[[Any], Any], type[Exception], str], ...] = (
    (lambda x: clnd.sort(clnd.asarray(3.0)), ArgumentError, r"\[sort\] got axis -1; expected no axis"),
    (lambda x: clnd.sort(x, axis=2), ArgumentError, r"\[sort\] got axis 2; expected an axis from -2 to 1"),
    (lambda x: clnd.argsort(x, axis=1.5), ArgumentError, r"\[argsort\] got axis 1.5; expected an integer"),
    (lambda x: clnd.sort(x, kind="bogo"), ArgumentError, r"\[sort\] got kind='bogo'; expected \"quicksort\""),
    (lambda x: clnd.argsort(x, order="field"), ArgumentError, r"\[argsort\] got order='field'"),
    (lambda x: clnd.sort("x"), DTypeError, r"\[sort\] got str; expected an array"),
    (lambda x: clnd.partition(x, 4), ArgumentError, r"\[partition\] got kth=4 of 4 elements; expected a place from -4 to 3"),
    (lambda x: clnd.argpartition(x, 1.5), ArgumentError, r"\[argpartition\] got kth=1.5; expected an integer or several"),
    (lambda x: clnd.partition(x, 1, kind="heap"), ArgumentError, r"\[partition\] got kind='heap'"),
    (lambda x: clnd.top_k(x, 5), ArgumentError, r"\[top_k\] got k=5 of 4 elements along axis 1; expected a number from 0 to 4"),
    (lambda x: clnd.top_k(x, -1), ArgumentError, r"\[top_k\] got k=-1"),
    (lambda x: clnd.top_k(x, "2"), ArgumentError, r"\[top_k\] got k='2'; expected an integer"),
    (lambda x: clnd.top_k(x, 1, mode="best"), ArgumentError, r"\[top_k\] got mode='best'; expected \"largest\""),
    (lambda x: clnd.lexsort(()), DTypeError, r"\[lexsort\] got nothing; expected an array"),
    (lambda x: clnd.lexsort((x, x[0])), ShapeError, r"\[lexsort\] got keys of shapes"),
)


@pytest.mark.parametrize(("call", "error", "message"), REFUSED)
def test_what_is_refused(call: Callable[[Any], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(clnd.zeros((3, 4)))
