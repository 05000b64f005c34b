"""Prepared launches: arguments stated once, holes filled, plans kept and kernels bounded apart from them. Nothing is compiled."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pyopencl as cl
import pytest

import clnd
from clnd import dtypes
from clnd.errors import DriverError
from clnd.kernels import (
    copy,
    elementwise,
    gemm,
    histogram,
    inset,
    join,
    launch,
    multinomial,
    permutation,
    random,
    rejection,
    scan,
    search,
    sort,
)
from clnd.kernels.histogram import Slots
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.recipe import LOOK_UP, Input, Recipe, Step
from clnd.ops.scans import TABLE
from clnd.runtime import launch as runtime_launch
from clnd.runtime import opened
from clnd.shapes import contiguous_strides
from tests.made_up import MadeUpDevice, info, played


def test_arguments_state_type_and_value_in_one_place() -> None:
    args = Arguments().hole(0).hole(1, np.int64).add(np.uint32, 7, 8).hole(2)
    assert args.types == [None, np.int64, np.uint32, np.uint32, None]
    assert args.values == [None, None, 7, 8, None]
    assert args.holes == [(0, 0), (1, 1), (4, 2)]


def test_variants_of_equal_keys_are_one_kernel() -> None:
    rendered: list[str] = []

    def source(text: str) -> Any:
        return lambda: rendered.append(text) or text

    device = MadeUpDevice(info())
    first, again, other = (Variant(key, "f", [None], source(key)) for key in ("a", "a", "b"))
    assert first == again
    assert first != other
    assert first.built(device) is again.built(device)
    assert first.built(device) is not other.built(device)
    assert rendered == ["a", "b"]


def test_a_run_fills_the_holes_with_what_is_given_and_made() -> None:
    device = MadeUpDevice(info())
    variant = Variant("f", "f", [None, np.int64, np.uint32, None], lambda: "")
    args = Arguments().hole(0).hole(1, np.int64).add(np.uint32, 9).hole(2)
    second = Arguments().hole(2).add(np.int64, 0).add(np.uint32, 1).hole(3)
    launches = tuple(Launch(variant, (4,), (1,), tuple(a.values), tuple(a.holes)) for a in (args, second))
    with mock.patch.object(launch, "enqueue") as enqueue:
        made = launch.run(device, Plan(launches, (64, 8)), ("buffer", 5))
    assert [block.size for block in made] == [64, 8]
    seen = [call.args[4] for call in enqueue.call_args_list]
    assert seen == [("buffer", 5, 9, made[0].buffer), (made[0].buffer, 0, 1, made[1].buffer)]


def test_a_reduction_that_was_seen_before_is_not_planned_again() -> None:
    device = MadeUpDevice(info())
    with played(device):
        x = clnd.asarray(np.ones((40, 70), np.float32))
        (x * 2).sum(axis=1).wait_to_read()
        plans, kernels = len(device.plans), len(device.variants)
        assert plans
        for factor in (3, 4.5, 6):  # a number is an argument
            (x * factor).sum(axis=1).wait_to_read()
        x[:, 10:].sum(axis=1).wait_to_read()
        more = len(device.plans)
        for k in (1, 5, 10):  # so is where an operand begins
            x[:, k : 60 + k].sum(axis=1).wait_to_read()
    assert len(device.plans) == more == plans + 2  # of the graph, and of the reduction
    assert len(device.variants) <= kernels + 2


def test_plans_are_made_without_opencl() -> None:
    """A launcher is a function of problem, layout and facts: the same for equal ones, and it builds nothing."""
    device = MadeUpDevice(info())
    f32 = dtypes.float32
    add, scale = (Step(code, ("x1", "x2"), args, f32, f32, False) for code, args in (("x1 + x2", (0, 1)), ("x1 * x2", (3, 2))))
    doubled = Recipe((Input(f32), Input(f32), Input(f32, is_scalar=True)), (add, scale), (4,))
    for make in (
        lambda: elementwise.plan(device, doubled, (40, 50), [(50, 1), (0, 1), None], [(40, 50), (40, 50), ()]),
        lambda: elementwise.plan(device, doubled, (1000,), [(1,), (1,), None], [(1000,)] * 3),
        lambda: inset.plan(device, doubled, (42, 50), inset.Box((1, 0), (40, 50)), [(50, 1), (0, 1), None], [(40, 50), (40, 50), ()]),
        lambda: copy.plan(device, 4, (70, 90), (1, 70), (90, 1)),
        lambda: copy.plan(device, 8, (5, 3), (3, 1), (3, 1), ordered=True),
        lambda: random.plan(device, "normal", dtypes.float32, 1000, wide=False),
        lambda: permutation.plan(device, 1000, wide=False),
        lambda: join.plan(device, 4, 2, [join.Part(0, (3, 5), (5, 1), 0, (9, 1)), join.Part(1, (3, 4), (1, 3), 5, (9, 1))], 27),
        lambda: permutation.plan(device, 1000, wide=False, made=10),
        lambda: rejection.plan(device, rejection.Form("gamma", f32, operands=False), (1000,), (1,), wide=False),
        lambda: rejection.plan(device, rejection.Form("binomial", f32, operands=True), (4, 3), (1000, -1), wide=True),
        lambda: rejection.plan(device, rejection.Form("integer", dtypes.int64, operands=False), (), (), wide=False),
    ):
        (first,), (again,) = make().launches, make().launches
        assert first.variant == again.variant
        assert (first.groups, first.local, first.arguments, first.holes) == (again.groups, again.local, again.arguments, again.holes)
        assert len(first.variant.types) == len(first.arguments)
        # What a run fills in is None, and nothing else is.
        assert [place for place, x in enumerate(first.arguments) if x is None] == sorted(place for place, _ in first.holes)
        assert sorted(number for _, number in first.holes) == list(range(len(first.holes)))
    assert not device.taken()


@pytest.mark.parametrize("family", ["cpu", "gpu"])
@pytest.mark.parametrize(
    ("shape", "axis", "counts"),
    # One launch; totals and the scan; on a GPU what stands before each tile between them, which may take launches of its own.
    [((40,), 0, (1, 1)), ((3_000_000,), 0, (2, 3)), ((50_000_000,), 0, (2, 5)), ((4000, 4000), 0, (1, 3)), ((4000, 4000), 1, (1, 1)), ((9_000_000, 3), 0, (2, 3)), ((300_000, 40), 0, (2, 5)), ((90_000, 8), 1, (1, 1))],
    ids=str,
)  # fmt: skip
def test_plans_of_scans(shape: Any, axis: int, counts: tuple[int, int], family: str) -> None:
    device = MadeUpDevice(info(family=family, kind=family, compute_units=4))
    row = TABLE["cumulative_sum"].accumulation(dtypes.float32, dtypes.float32)
    made = scan.plan(device, row, shape, axis, contiguous_strides(shape), False)
    assert len(made.launches) == counts[family == "gpu"]
    assert made.made[0] == 4 * np.prod(shape)
    assert {number for one in made.launches for _, number in one.holes} == set(range(2 + len(made.made)))
    for one in made.launches:
        assert len(one.variant.types) == len(one.arguments)
        assert [place for place, x in enumerate(one.arguments) if x is None] == sorted(place for place, _ in one.holes)
    assert not device.taken()


def test_plans_of_tables() -> None:
    """How a table is read follows from how it and the displacements lie; few elements of any layout share a kernel."""
    place = Step("place_or_clamped(x1, x2, x3)", ("x1", "x2", "x3"), (1, 2, 3), dtypes.int64, dtypes.int64, False)
    look_up = Step(LOOK_UP, ("x1", "x2"), (0, 4), dtypes.int64, dtypes.uint32, False)
    number = Input(dtypes.int64, is_scalar=True)
    recipe = Recipe((Input(dtypes.uint32, is_table=True), Input(dtypes.int64), number, number), (place, look_up), (5,))

    def patterns(family: str, shape: Any, table: Any, indices: Any, of: Any) -> Any:
        device = MadeUpDevice(info(family=family))
        (launch,) = elementwise.plan(device, recipe, shape, [table, indices, None, None], [shape, of, (), ()]).launches
        _, _, patterns, mode, *_ = launch.variant.key  # type: ignore[misc]
        return mode, patterns[:2]

    for n in (100, 1 << 20):  # elements of a vector: one kernel for every size
        assert patterns("cpu", (n,), (0,), (1,), (n,)) == patterns("gpu", (n,), (0,), (1,), (n,)) == ("flat", ("one", "flat"))
    rows = ((1 << 13, 128), (0, 1), (1, 0), (1 << 13, 1))
    assert patterns("cpu", *rows) == ("rows", ("row", "same"))
    assert patterns("gpu", *rows) == ("index", ("any", "any"))
    assert patterns("cpu", (10, 128), (0, 1), (1, 0), (10, 1)) == ("rows", ("along", "along"))
    assert patterns("cpu", (10, 3), (0, 1), (1, 0), (10, 1)) == ("index", ("any", "any"))
    # Each row by its own indices, and rows that lie otherwise.
    assert patterns("cpu", (1 << 13, 128), (128, 0), (128, 1), (1 << 13, 128)) == ("rows", ("along", "flat"))
    assert patterns("cpu", (1 << 13, 128), (0, -1), (1, 0), (1 << 13, 1)) == ("rows", ("along", "same"))




@pytest.mark.parametrize(("trials", "shares"), [(1, 1), (70, 1), (1, 70), (70, 70)])
def test_plans_of_multinomial_counts(trials: int, shares: int) -> None:
    """The chances of each category are made in scratch memory, and rows step through what there is one of for each."""
    device = MadeUpDevice(info())
    plan = multinomial.plan(device, 70, 6, dtypes.float32, trials, shares, wide=False)
    assert [one.variant.name for one in plan.launches] == ["multinomial_shares", "multinomial"]
    assert plan.made == (70 * 6 * 8, shares * 6 * 4)
    used = set()
    for one in plan.launches:
        assert len(one.variant.types) == len(one.arguments)
        assert [place for place, x in enumerate(one.arguments) if x is None] == sorted(place for place, _ in one.holes)
        used |= {number for _, number in one.holes}
    assert used == set(range(9 + len(plan.made)))
    assert not device.taken()


@pytest.mark.parametrize("family", ["cpu", "gpu"])
@pytest.mark.parametrize("dtype", [dtypes.uint8, dtypes.float64])
@pytest.mark.parametrize("slots", [Slots("places", 100, 0, 90), Slots("edges", 100_000, 1, 9), Slots("even", 8, 1, 6)], ids=str)
@pytest.mark.parametrize("n", [1, 100_000, 10_000_000])
def test_plans_of_counts(n: int, slots: Slots, dtype: Any, family: str) -> None:
    device = MadeUpDevice(info(family=family, kind=family, compute_units=4))
    made = histogram.plan(device, dtype, n, slots)
    given = {"places": 2, "edges": 4, "even": 7}[slots.by]
    assert [one.variant.name for one in made.launches] == (["histogram_clear"] if family == "gpu" else []) + ["histogram_count", "histogram_total"]
    assert {number for one in made.launches for _, number in one.holes} == set(range(given + 2))
    assert made.made[0] == 8 * slots.kept
    assert made.made[1] % (4 * slots.count) == 0
    assert all(len(one.variant.types) == len(one.arguments) for one in made.launches)
    # As many tables as work-groups, and no more of them than there is work for.
    assert family == "gpu" or made.launches[0].groups[0] <= max(1, n // 8192)


@pytest.mark.parametrize(
    ("shape", "dtype", "places", "names"),
    [
        ((4000, 1024), "float32", False, ["lanes"]),
        ((4000, 1024), "int64", True, ["rows"]),
        ((2, 9000), "int16", False, ["count", "move"] * 2),
        ((1, 9000), "int64", True, ["count", "move"] * 8),
        ((1, 1 << 20), "float32", False, ["sample", "part_count", "part_move", "parts", *["count", "move"] * 4]),
        ((1, 1 << 20), "int32", True, ["count", "move"] * 4),
        ((1, 1 << 20), "int16", False, ["count", "move"] * 2),
    ],
    ids=str,
)
def test_plans_of_sorts(shape: Any, dtype: str, places: bool, names: list[str]) -> None:
    """The ways of CPUs, each block that is made used; on a GPU tiles of long rows, three launches a digit."""
    for family in ("cpu", "gpu"):
        device = MadeUpDevice(info(family=family, kind=family, compute_units=4, local_mem_size=1 << 16))
        made = sort.plan(device, np.dtype(dtype), *shape, places, False)
        digits = np.dtype(dtype).itemsize
        for_gpu = ["rows"] if shape[1] <= 2048 else ["count", "scan", "move"] * digits
        assert [one.variant.name for one in made.launches] == [f"sort_{name}" for name in (names if family == "cpu" else for_gpu)]
        assert made.made[0] == np.prod(shape) * (8 if places else digits)
        assert {number for one in made.launches for _, number in one.holes} == set(range(2 + len(made.made)))
        for one in made.launches:
            assert len(one.variant.types) == len(one.arguments)
            assert [place for place, x in enumerate(one.arguments) if x is None] == sorted(place for place, _ in one.holes)
        assert not device.taken()


@pytest.mark.parametrize(
    ("rows", "n", "k", "parts"),
    [(1, 1000, 10, (0, 0)), (1, 1 << 20, 10, (4, 512)), (1, 1 << 20, 1 << 17, (0, 0)), (4096, 1 << 14, 10, (1, 8)), (1, 1 << 15, 200, (1, 16))],
)  # fmt: skip
def test_plans_of_first_elements(rows: int, n: int, k: int, parts: tuple[int, int]) -> None:
    """Rows are cut where few elements are left by that."""
    for family in ("cpu", "gpu"):
        device = MadeUpDevice(info(family=family, kind=family, compute_units=4, local_mem_size=1 << 16))
        found = sort.parts_of(device, dtypes.float32, rows, n, k)
        assert found == parts[family == "gpu"]
        if found:
            made = sort.firsts(device, dtypes.float32, rows, n, k, found, True)
            (one,) = made.launches
            assert one.variant.name == ("sort_rows" if family == "gpu" else "sort_firsts")
            assert made.made[0] == 8 * rows * found * k
            assert {number for _, number in one.holes} == set(range(2 + len(made.made)))
            assert len(one.variant.types) == len(one.arguments)


def test_plans_of_searches() -> None:
    for family in ("cpu", "gpu"):
        device = MadeUpDevice(info(family=family, kind=family))
        (one,) = search.plan(device, dtypes.float32, 1000, 7, True).launches
        assert len(one.variant.types) == len(one.arguments)
        assert sorted(number for _, number in one.holes) == list(range(5))


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64"])
@pytest.mark.parametrize(
    ("batch", "m", "n", "k", "names"),
    [
        ((), 3, 5, 7, ["gemm"]),
        ((), 1000, 1100, 1200, ["gemm_pack_b", "gemm"]),
        ((2,), 3, 5, 9000, ["gemm", "gemm_add"] * 2),
        ((70_000,), 3, 5, 7, ["gemm", "gemm"]),
    ],
    ids=str,
)
def test_plans_of_products(batch: Any, m: int, n: int, k: int, names: list[str], dtype: str) -> None:
    """Every hole is a given value or a made block, types fit, and every block that is made is used."""
    device = MadeUpDevice(info(local_mem_size=1 << 18))
    of = np.dtype(dtype)
    zeros = (0,) * len(batch)
    steps = (*zeros, k, 1), (*[k * n] * len(batch), n, 1)
    plan = gemm.plan(device, of, batch, m, n, k, *steps)
    assert plan is not None
    assert [one.variant.name for one in plan.launches] == names
    used = set()
    for one in plan.launches:
        assert len(one.variant.types) == len(one.arguments)
        assert [place for place, x in enumerate(one.arguments) if x is None] == sorted(place for place, _ in one.holes)
        used |= {number for _, number in one.holes}
    assert used == set(range(4 + len(plan.made)))
    assert plan.made[0] == int(np.prod(batch)) * m * n * of.itemsize
    assert not device.taken()


class _Event:
    """An event that is complete when it is told to be."""

    command_execution_status = 1  # running


def test_a_device_is_idle_only_when_all_that_was_launched_is_done() -> None:
    """A signal handler may launch between the driver's call and the noting of its event, which then is not the newest."""
    device = MadeUpDevice(info())
    kernel = device.programs.kernel("", "f")
    events: list[_Event] = []
    idle: list[bool] = []

    def driver(*args: Any) -> _Event:
        event = _Event()
        events.append(event)
        if len(events) == 1:  # "the handler", before the first event is noted
            idle.append(device.is_idle())
            for _ in range(3 * opened.MOST_EVENTS):
                runtime_launch.enqueue(device, kernel, (1,), (1,), ())
        return event

    assert device.is_idle()
    with mock.patch.object(runtime_launch, "_enqueue", driver):
        runtime_launch.enqueue(device, kernel, (1,), (1,), ())
    assert idle == [False]
    assert len(device.last) <= opened.MOST_EVENTS
    for event in [events[0], *events[1:-1]]:
        event.command_execution_status = 0  # complete
        assert not device.is_idle()  # the handler's last is still running
    events[-1].command_execution_status = 0
    assert device.is_idle()


def test_a_launch_that_the_driver_refuses_leaves_no_mark() -> None:
    device = MadeUpDevice(info())
    kernel = device.programs.kernel("", "f")
    with mock.patch.object(runtime_launch, "_enqueue", side_effect=cl.RuntimeError("no")), pytest.raises(DriverError, match="refused"):
        runtime_launch.enqueue(device, kernel, (1,), (1,), ())
    assert device.is_idle()
    assert not device.last


def test_a_device_is_not_idle_after_ctrl_c() -> None:
    """Its exception may come when the launch is on the queue, and nobody has its event. Later events take its place."""
    device = MadeUpDevice(info())
    kernel = device.programs.kernel("", "f")
    for _ in range(2):
        with mock.patch.object(runtime_launch, "_enqueue", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            runtime_launch.enqueue(device, kernel, (1,), (1,), ())
    assert not device.is_idle()
    events = [_Event() for _ in range(opened.MOST_EVENTS)]
    with mock.patch.object(runtime_launch, "_enqueue", side_effect=events):
        for event in events:
            event.command_execution_status = 0
            assert not device.is_idle()
            runtime_launch.enqueue(device, kernel, (1,), (1,), ())
    assert device.is_idle()


@pytest.mark.parametrize(("count", "parts"), [(1, [2]), (2, [2]), (3, [4]), (8, [8]), (9, [8, 2]), (25, [8, 8, 8, 2])])
def test_arrays_that_are_joined_share_launches(count: int, parts: list[int]) -> None:
    device = MadeUpDevice(info())
    plan = join.plan(device, 4, count, [join.Part(k, (10, 5), (5, 1), 50 * k, (5, 1)) for k in range(count)], 50 * count)
    assert plan.made == (200 * count,)
    # Of each part buffer, offset, place, axes, elements and share; and the result.
    assert [len(x.arguments) for x in plan.launches] == [8 * n + 1 for n in parts]
    given = [number for x in plan.launches for _, number in x.holes]
    assert {*given} == {*range(2 * count + 1)}


def test_arrays_of_many_axes_are_joined_within_the_arguments_of_a_kernel() -> None:
    shape, strides = (2,) * 8, (3**8, *(3**k for k in range(7)))
    device = MadeUpDevice(info())
    plan = join.plan(device, 1, 8, [join.Part(k, shape, strides, 256 * k, (128, 64, 32, 16, 8, 4, 2, 1)) for k in range(8)], 2048)
    assert len(plan.launches) == 2
    nothing = join.plan(device, 1, 1, [join.Part(0, (0, 3), (3, 1), 0, (3, 1))], 0)
    assert nothing.launches == ()
    assert nothing.made == (0,)
