"""What does not wait for the device: reads with ``wait=False``, uploads, and what it takes that they are right all the same.

The queue is held by a gate (`tests/gate.py`), so that the order of calls is shown, and no clock.
"""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pyopencl as cl
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, ClndError, DTypeError, IndexingError, ShapeError
from clnd.reading import HostCopy
from clnd.runtime import opened
from tests.child import succeeds
from tests.gate import Gate

HOST = np.arange(24, dtype=np.float32).reshape(4, 6)
VIEWS = (
    lambda a: a, lambda a: a.T, lambda a: a[::2, ::-1], lambda a: a[1:3], lambda a: a[:0], lambda a: a[2, 3:4], lambda a: a[1] * 2 + 1,
    lambda a: a.astype("float16"), lambda a: a > 5,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _kernels_are_built() -> None:
    """A kernel's first launch may wait for it, where its program is kept."""
    x = clnd.asarray(HOST)
    for view in VIEWS:
        view(x).asnumpy(wait=False).result()
        view(x).asnumpy()
    clnd.waitall()


def test_a_read_is_not_waited_for(ctx: Context) -> None:
    x = clnd.asarray(HOST)
    outs = [np.full_like(view(HOST), 1) for view in VIEWS]
    with Gate(ctx.device) as gate:
        clnd.evaluate(x * 2 + 1)
        copies = [view(x).asnumpy(wait=False) for view in VIEWS]
        into = [view(x).asnumpy(out, wait=False) for view, out in zip(VIEWS, outs, strict=True)]
        by_columns = np.zeros((6, 4), np.float32).T
        column_copy = x.asnumpy(out=by_columns, wait=False)
        assert gate.is_closed
        waiting = [c for c in (*copies, *into, column_copy) if not c.done()]
        assert len(waiting) == 2 * (len(VIEWS) - 1) + 1, "only copies of no elements are there at once"
        assert all((out == 1).all() for out in outs)
        assert "on its way" in repr(copies[0])
        gate.open()
        for view, copy, other, out in zip(VIEWS, copies, into, outs, strict=True):
            want = np.asarray(view(HOST))
            for got in (copy.result(), other.result()):
                assert got.dtype == want.dtype
                assert got.shape == want.shape
                assert got.tobytes() == want.tobytes()
            assert other.result() is out
        assert column_copy.result() is by_columns
        assert (by_columns == HOST).all()
        assert copies[0].done()
        assert "there" in repr(copies[0])


def test_a_read_sees_what_was_there(ctx: Context) -> None:
    """Neither writes of the host nor kernels that come after it are seen."""
    def write(x: Any) -> None:
        x[1] = 5  # small: by the host, where the device is idle
        x += 1
        x[0] = x[3]

    write(clnd.asarray(HOST))
    x = clnd.asarray(HOST)
    with Gate(ctx.device) as gate:
        first = x.asnumpy(wait=False)
        write(x)
        second = x.asnumpy(wait=False)
        assert gate.is_closed
    assert (first.result() == HOST).all()
    want = HOST.copy()
    write(want)
    assert (second.result() == want).all()


def test_the_user_may_change_what_was_uploaded(ctx: Context) -> None:
    x = clnd.zeros((4, 6))
    clnd.evaluate(x)
    host, part = HOST.copy(), HOST[0].copy()
    with Gate(ctx.device) as gate:
        made, doubled = clnd.asarray(host), clnd.asarray(host) * 2
        sum_of = x + host
        x[1] = part
        x[2] = [1, 2, 3, 4, 5, 6]
        assert gate.is_closed
        host[:], part[:] = -1, -1
    assert (made.asnumpy() == HOST).all()
    assert (doubled.asnumpy() == HOST * 2).all()
    assert (sum_of.asnumpy() == HOST).all()
    assert x.asnumpy()[1:3].tolist() == [HOST[0].tolist(), [1, 2, 3, 4, 5, 6]]
    assert ctx.device.transfers.held == 0


def test_uploads_on_their_way_are_bounded(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "MOST_BYTES", 2 * HOST.nbytes)
    arrays: list[Any] = []
    over = threading.Event()

    def third() -> None:
        with ctx:
            arrays.append(clnd.asarray(HOST + 2))
        over.set()

    with Gate(ctx.device) as gate:
        arrays += [clnd.asarray(HOST), clnd.asarray(HOST + 1)]
        assert ctx.device.transfers.held == 2 * HOST.nbytes
        thread = threading.Thread(target=third)
        thread.start()
        assert not over.wait(0.05), "the third has to wait for the first"
        gate.open()
        assert over.wait(20)
        thread.join()
    assert [float(a[0, 0]) for a in arrays] == [0, 1, 2]


def test_faults_are_told_by_the_result() -> None:
    bases, powers = clnd.asarray([2, 3, 4]), clnd.asarray([1, -1, 2])
    copy = (bases**powers).asnumpy(wait=False)
    out = np.zeros(2, np.int64)
    far = bases[clnd.asarray([0, 7])].asnumpy(out, wait=False)
    for _ in range(2):
        with pytest.raises(ArgumentError, match="negative"):
            copy.result()
        with pytest.raises(IndexingError, match="out of bounds"):
            far.result()
    assert copy.done()
    with pytest.raises(IndexingError, match="out of bounds"):
        bases[clnd.asarray([0, 7])].asnumpy(out)


def test_nobody_need_keep_the_copy(ctx: Context) -> None:
    """The memory lives until the elements are there, and no longer."""
    x, out = clnd.asarray(HOST), np.zeros_like(HOST)
    with Gate(ctx.device) as gate:
        x.asnumpy(out, wait=False)
        lost = weakref.ref((x + 1).asnumpy(wait=False)._host)
        gc.collect()
        assert lost() is not None
        assert gate.is_closed
        gate.open()
        clnd.waitall()
        assert (out == HOST).all()
    gc.collect()
    assert lost() is None
    assert len(ctx.device.transfers) == 0


def test_the_host_s_memory_is_not_kept_by_copies_that_are_there(ctx: Context) -> None:
    """Though their events are among the device's last ones."""
    hosts = [np.ones(n, np.float32) for n in (10, 1 << 15, 1 << 18)]
    kept = [weakref.ref(host) for host in hosts]
    arrays = [clnd.asarray(host) for host in hosts]
    del hosts
    clnd.waitall()
    gc.collect()
    assert [host() for host in kept] == [None] * 3
    assert all(float(x[3]) == 1 for x in arrays)


def test_ctrl_c_when_work_is_on_the_queue(ctx: Context) -> None:
    """Its event is lost. What the host writes after that waits all the same: the memory may be what the lost work writes into."""
    device = ctx.device
    held = cl.UserEvent(device._context)

    def enqueue() -> None:
        cl.enqueue_marker(device.queue, wait_for=[held])
        raise KeyboardInterrupt

    try:
        device.finish()
        with device.lock, pytest.raises(KeyboardInterrupt):
            device.noted(enqueue)
        assert not device.is_idle()
    finally:
        held.set_status(cl.command_execution_status.COMPLETE)
    x = clnd.asarray(HOST)
    for _ in range(opened.MOST_EVENTS + 1):
        x += 1
        clnd.evaluate(x)
    assert (x.asnumpy() == HOST + opened.MOST_EVENTS + 1).all()
    assert device.is_idle()


def test_out_in_the_memory_of_the_array(ctx: Context) -> None:
    """Of arrays on the user's own memory: as if the elements had been copied first."""
    if not ctx.device.pool.shares_host_memory:
        pytest.skip("the device does not share the host's memory")
    for wait in (True, False):
        host = np.arange(64, dtype=np.float32)
        x = clnd.from_dlpack(host, copy=False)[:-8]
        with Gate(ctx.device) as gate:
            if wait:
                gate.open()
            copy = x.asnumpy(host[8:], wait=wait)
        assert copy.result() is not None if isinstance(copy, HostCopy) else copy.base is host
        assert host[8:].tolist() == list(range(56))


def test_out_is_checked() -> None:
    x = clnd.asarray(HOST)
    locked = np.zeros((4, 6), np.float32)
    locked.flags.writeable = False
    for wait in (True, False):
        for out, error, said in (
            ([0.0] * 24, DTypeError, r"list for out; expected a NumPy array of shape \(4, 6\) and float32"),
            (x, DTypeError, "copyto"),
            (np.zeros((6, 4), np.float32), ShapeError, r"of shape \(6, 4\) for an array of shape \(4, 6\)"),
            (np.zeros((4, 6)), DTypeError, r"of float64 .* for an array of float32"),
            (np.zeros((4, 6), ">f4" if np.little_endian else "<f4"), DTypeError, "expected .f4"),
            (locked, ArgumentError, "read-only"),
            (np.lib.stride_tricks.as_strided(np.zeros(9, np.float32), (4, 6), (4, 4)), ArgumentError, "share memory"),
        ):
            with pytest.raises(error, match=rf"^\[asnumpy\] got .*{said}"):
                x.asnumpy(out, wait=wait)
    gaps = np.zeros((4, 12), np.float32)[:, ::2]
    assert x.asnumpy(gaps) is gaps
    assert (gaps == HOST).all()
    assert x.get(out=gaps) is gaps
    with pytest.raises(ArgumentError, match=r"^\[asnumpy\] got wait=False and out with strides .*; expected an array in one piece; use wait=True"):
        x.asnumpy(gaps, wait=False)
    number = np.zeros((), np.float32)
    assert x[1, 2].asnumpy(number) is number
    assert float(number) == 8


def test_threads_read_at_once(ctx: Context) -> None:
    x = clnd.asarray(HOST)
    failed: list[ClndError] = []

    def reads(k: int) -> None:
        out = np.empty_like(HOST)
        for _ in range(20):
            copy = (x + k).asnumpy(out, wait=False)
            up = clnd.asarray(out)
            if not ((copy.result() == HOST + k).all() and up.shape == HOST.shape):
                failed.append(ClndError(f"thread {k}"))

    if ctx.info.driver == "oclgrind":
        pytest.skip("the simulator is not made for threads")
    threads = [threading.Thread(target=reads, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.slow
def test_ctrl_c_exits_and_forks(ctx: Context) -> None:
    """Ctrl-C in a wait leaves a copy that can be asked again; a child that is forked meanwhile ends; so does a process that never asked."""
    assert succeeds("""
        import signal
        from tests.gate import Gate
        x = clnd.arange(8, dtype="float32")
        x.asnumpy()
        device = x.ctx.device
        with Gate(device) as gate:
            copy = x.asnumpy(wait=False)
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            threading.Timer(0.3, gate.open).start()
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            try:
                copy.result()
            except KeyboardInterrupt:
                print("interrupted")
        assert copy.result().tolist() == list(range(8))
        gate = Gate(device)
        gate.__enter__()
        copy = x.asnumpy(wait=False)
        child = os.fork()
        if not child:
            for ask in (copy.done, copy.result):
                try:
                    ask()
                except clnd.errors.ForkError:
                    continue
                os._exit(7)
            # As at the end of the interpreter, whose order is not known: nothing may wait for the copy.
            del copy, ask
            device.last.clear()
            device.transfers._pending.clear()
            sys.exit(0)
        deadline = time.monotonic() + 15
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.01)
        if ended == (0, 0):
            os.kill(child, signal.SIGKILL)
        assert ended[1] == 0 < ended[0], ended
        gate.__exit__(None, None, None)
        assert copy.result().tolist() == list(range(8))
        big = [(clnd.ones((1000, 1000)) + k).asnumpy(wait=False) for k in range(4)]
        print("done")
    """) == "interrupted\ndone\n"  # fmt: skip
