"""Writes from threads, writes that fail, and elements that are copies: what an array holds is what was written to it."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import nd
from clnd.errors import ClndError, DeviceMemoryError
from clnd.kernels import copy
from clnd.ops import update
from clnd.profiler import counters

THREADS = 8


@pytest.fixture(autouse=True)
def _often() -> Iterator[None]:
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    """Run ``work(k)`` in as many threads at once; the first exception is raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(count)

    def run(k: int) -> None:
        try:
            start.wait()
            work(k)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def vector(n: int, dtype: str = "float32") -> Any:
    x = clnd.zeros((n,), dtype=dtype)
    x.wait_to_read()
    return x


# --- disjoint writes ---------------------------------------------------------------------------

EACH = 25


def by_item(x: Any, at: int, value: int) -> None:
    x[at] = value


def by_array(x: Any, at: int, value: int) -> None:
    x[at : at + 1] = clnd.full((1,), value, dtype=x.dtype)


def by_in_place_index(x: Any, at: int, value: int) -> None:
    x[at : at + 1] += value


def by_in_place_view(x: Any, at: int, value: int) -> None:
    view = x[at : at + 1]
    view += value


def by_out(x: Any, at: int, value: int) -> None:
    clnd.add(x[at : at + 1], value, out=x[at : at + 1])


@pytest.mark.parametrize("write", [by_item, by_array, by_in_place_index, by_in_place_view, by_out])
def test_threads_that_write_disjoint_parts_lose_nothing(write: Callable[[Any, int, int], None]) -> None:
    x = vector(THREADS * EACH)

    def work(k: int) -> None:
        for j in range(k, len(x), THREADS):
            write(x, j, j + 1)

    in_threads(work)
    np.testing.assert_array_equal(x.asnumpy(), np.arange(1, len(x) + 1, dtype=np.float32))


def add_nothing(x: Any) -> None:
    x += 0


def test_parts_and_the_whole_are_both_kept() -> None:
    x = vector(THREADS * EACH, "int32")

    def work(k: int) -> None:
        for j in range(EACH):
            if k % 2:
                x[k * EACH + j] += 1000  # nobody else writes this element but by the next line, which is one step
            add_nothing(x)

    in_threads(work)
    expected = np.zeros((THREADS, EACH), np.int32)
    expected[1::2] = 1000
    np.testing.assert_array_equal(x.asnumpy().reshape(THREADS, EACH), expected)


def test_in_place_operators_on_one_array_are_single_steps() -> None:
    x, parts = vector(5, "int32"), vector(6, "int32")
    one = clnd.ones((5,), dtype="int32")

    def work(k: int) -> None:
        mine, part = x, parts[1:4]
        for _ in range(EACH):
            mine += one
            part += 1

    in_threads(work)
    assert x.asnumpy().tolist() == [THREADS * EACH] * 5
    assert parts.asnumpy().tolist() == [0, *[THREADS * EACH] * 3, 0, 0]


def test_shuffles_of_parts_keep_the_elements() -> None:
    x = clnd.arange(THREADS * 16)
    x.wait_to_read()

    def work(k: int) -> None:
        for _ in range(4):
            clnd.random.shuffle(x[16 * k : 16 * k + 16])

    in_threads(work)
    rows = x.asnumpy().reshape(THREADS, 16)
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.arange(THREADS * 16).reshape(THREADS, 16))


def test_ndarrays_are_written_by_threads_too() -> None:
    x = nd.zeros((THREADS, EACH))
    x.wait_to_read()

    def work(k: int) -> None:
        for j in range(EACH):
            x[k][j] = k + 1
        x[k] += 1

    in_threads(work)
    np.testing.assert_array_equal(x.asnumpy(), np.repeat(np.arange(2, THREADS + 2, dtype=np.float32), EACH).reshape(THREADS, EACH))


def test_readers_see_whole_writes(device: Any) -> None:
    if device.info.driver == "oclgrind":
        pytest.skip("Oclgrind runs kernels in the thread that waits, and crashes where two do")
    x = vector(64, "int32")
    wrong: list[Any] = []

    def work(k: int) -> None:
        for j in range(EACH):
            if k == 0:
                x[8:24] = j
            else:
                seen = x.copy().asnumpy()[8:24]
                if len(set(seen.tolist())) != 1:
                    wrong.append(seen)

    in_threads(work, 4)
    assert not wrong


# --- writes that fail --------------------------------------------------------------------------


class RefusedError(DeviceMemoryError):
    pass


@pytest.mark.parametrize("held", [False, True], ids=["alone", "held"])
@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.__setitem__(slice(3, 9), 5),
        lambda x: x.__setitem__(slice(3, 9), clnd.arange(6, dtype="float32") * 2),
        lambda x: x[3:9].__iadd__(1),
        lambda x: clnd.add(x[3:9], 1, out=x[3:9]),
        lambda x: x.__setitem__(slice(None, None, 2), np.arange(6, dtype=np.float32)),
    ],
    ids=["number", "array", "in place", "out", "host"],
)
def test_a_write_that_fails_leaves_the_old_content(write: Callable[[Any], Any], held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    x = clnd.arange(12, dtype="float32") + 0
    x.wait_to_read()
    pending = x * 2 if held else None
    device = x.ctx.device

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RefusedError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(update, "_LAZY", 0)
        patched.setattr(device.pool, "allocate", refuse)
        patched.setattr(device, "is_idle", lambda: False)  # the host would need no memory
        patched.setattr(copy, "launch", refuse)
        with pytest.raises(ClndError):
            write(x)
    np.testing.assert_array_equal(x.asnumpy(), np.arange(12))
    if pending is not None:
        np.testing.assert_array_equal(pending.asnumpy(), np.arange(12) * 2)
    write(x)
    assert not np.array_equal(x.asnumpy(), np.arange(12))


def test_a_lazy_write_that_fails_is_told_to_readers_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    x = clnd.arange(12, dtype="float32") + 0
    x.wait_to_read()

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RefusedError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(x.ctx.device.pool, "allocate", refuse)
        x[3:9] = x[:6] * 2
        for _ in range(2):
            with pytest.raises(ClndError):
                x.asnumpy()
    assert x.tolist() == [0, 1, 2, 0, 2, 4, 6, 8, 10, 9, 10, 11]


def test_a_write_in_place_moves_no_more_than_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    x = vector(1000)
    moved = bytes_moved(x, monkeypatch)
    x[3:9] = 5
    x[10] = 1
    x[20:30] += 2
    assert sum(moved) < 1000


def bytes_moved(x: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The list of bytes that later copies of this test write, each."""
    moved: list[int] = []
    launch = copy.launch

    def counted(device: Any, itemsize: int, shape: Any, *rest: Any) -> None:
        moved.append(itemsize * int(np.prod(shape)))
        launch(device, itemsize, shape, *rest)

    monkeypatch.setattr(copy, "launch", counted)
    return moved


# --- elements are copies -----------------------------------------------------------------------

DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "complex64"]


@pytest.mark.parametrize("computed", [True, False], ids=["computed", "pending"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_element_is_a_copy(dtype: str, computed: bool) -> None:
    host = np.array([0, 1, 1, 0, 1]).astype(dtype)
    x = clnd.asarray(host) if computed else clnd.asarray(host).copy()
    kept = x[2]
    assert (kept.shape, kept.dtype, kept.ctx) == ((), host.dtype, x.ctx)
    x[2] = 0
    assert kept.item() == host[2]
    assert type(kept.item()) is type(host[2].item())
    assert kept.asnumpy().dtype == host.dtype
    x[0], x[1] = x[1], x[0]
    assert x.tolist() == host[[1, 0, 3, 3, 4]].tolist()


def test_the_bits_of_an_element_are_kept() -> None:
    bits = np.array([0x7FC12345, 0x80000000, 0x00000001, 0xFFC00001], np.uint32)
    x = clnd.asarray(bits.view(np.float32))
    kept = [x[k] for k in range(4)]
    for k in range(4):
        x[3 - k] = kept[k]
    np.testing.assert_array_equal(x.asnumpy().view(np.uint32), bits[::-1])


@pytest.mark.parametrize("key", [(1, 2), (-1, np.int64(0)), (np.array(1), 1)])
def test_integers_alone_leave_an_element(key: Any) -> None:
    host = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = clnd.asarray(host)
    for kept in (x[key], x.T[key[::-1]] if key[0] != -1 else x.T[0, -1], x[key[0]][key[1]]):
        x[:] = -1
        assert kept.item() == host[key]
        x[:] = host


def test_slices_ellipses_and_nd_are_views() -> None:
    x = clnd.arange(5, dtype="float32") + 0
    row, part, point = x[...], x[1:2], x[2, ...]
    x[2], x[1] = 70, 80
    assert (row[2].item(), part.item(), point.item()) == (70, 80, 70)
    point[...] = 3
    assert x[2].item() == 3
    y = nd.array([1, 2, 3])
    view = y[1]
    y[1] = 5
    assert (view.shape, view.asscalar()) == ((1,), 5)


def test_an_element_without_axes_is_a_copy_too() -> None:
    x = clnd.asarray(3.0) + 0
    kept, seen = x[()], x[...]
    x[()] = 4
    assert (kept.item(), seen.item(), x.item()) == (3, 4, 4)


def test_elements_are_operands_like_others() -> None:
    x = clnd.asarray(np.arange(1, 6, dtype=np.float32))
    y = clnd.asarray(np.arange(5, dtype=np.float32))
    two, three = x[1], x[2]
    np.testing.assert_array_equal((two * y + three).asnumpy(), 2 * np.arange(5) + 3)
    assert ((two + three).item(), (two + 1).item(), (-three).item(), (three**2).item()) == (5, 3, -3, 9)
    assert (two < three).item() is True
    integer = clnd.asarray([2**53 + 1, 3])[0]
    assert integer.astype("float32").item() == (integer + clnd.zeros((1,), dtype="float32")).asnumpy()[0] == np.float32(2**53 + 1)
    assert clnd.sum(two).item() == 2
    assert np.asarray(two).tolist() == 2
    two += 10
    assert (two.item(), x[1].item()) == (12, 2)
    clnd.waitall()
    assert f"{three:.1f}" == "3.0"


def test_an_operation_with_an_element_is_one_launch() -> None:
    y = clnd.asarray(np.arange(5, dtype=np.float32))
    if y._node.value.block.host is None:
        pytest.skip("the host does not see this memory")
    before = counters.copy()
    (y[2] * y).wait_to_read()
    assert (counters - before).launches == 1


def test_a_kept_element_keeps_neither_memory_nor_writes_from_being_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = clnd.current_context().device.pool
    for computed in (True, False):
        x = clnd.ones((1 << 16,)) * 3
        if computed:
            x.wait_to_read()
        kept = [x[k] for k in range(3)]
        moved = bytes_moved(x, monkeypatch)
        x[1] = 5
        x[0:2] = 6
        assert sum(moved) <= 64
        before = pool.in_use
        del x
        assert before - pool.in_use == 1 << 18
        assert [k.item() for k in kept] == [3, 3, 3]


def test_pythons_shuffle(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    shared = device.pool.allocate(64).host is not None and device.info.driver != "oclgrind"
    n = 10_000 if shared else 200
    x = clnd.arange(n) + 0
    x.wait_to_read()
    moved = bytes_moved(x, monkeypatch)
    random.Random(5).shuffle(x)
    assert sum(moved) <= 8 * 2 * n
    expected = np.arange(n)
    random.Random(5).shuffle(expected)
    np.testing.assert_array_equal(x.asnumpy(), expected)


def test_faults_are_told_to_those_who_read_them() -> None:
    two = clnd.asarray([2, 2, 2])
    bad, good = two ** clnd.asarray([1, -1, 2]), two ** clnd.asarray([1, 2, 3])
    found: list[Any] = []

    def read(k: int) -> None:
        for _ in range(20):
            if k:
                found.append((good + 1).tolist())
            else:
                with pytest.raises(ClndError, match="negative power"):
                    bad.asnumpy()

    in_threads(read, 5)
    assert found == [[3, 5, 9]] * 80
