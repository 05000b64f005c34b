"""Two GPUs in one process, which the CPU driver plays: moves that stop neither queue, threads, default contexts, and errors where devices mix.

Each test is a program of its own, with CLND_PRETEND_GPU=driver,driver: the two have contexts, queues and memory of their own, as two cards have.
"""

from __future__ import annotations

import pytest

from clnd.context import Context
from tests.child import succeeds

# Processes with threads: nothing for a checker.
pytestmark = pytest.mark.slow

PREAMBLE = """
import operator, weakref
from tests.gate import Gate
g0, g1 = clnd.gpu(0), clnd.gpu(1)
assert clnd.num_gpus() == 2 and g0.device is not g1.device and g0.device.queue != g1.device.queue
HOST = np.arange(24, dtype=np.float32).reshape(4, 6)
x, w = clnd.asarray(HOST, device=g0), clnd.asarray(HOST, device=g1)
"""


def on_two(ctx: Context, code: str) -> str:
    """What ``code`` prints with two GPUs played by the driver of this run; PoCL takes seconds for each kernel for GPUs, so it has those for CPUs."""
    driver = ctx.info.driver
    family = {"CLND_KERNEL_FAMILY": "cpu"} if driver == "pocl" else {}
    return succeeds(PREAMBLE + code, env={"CLND_PRETEND_GPU": f"{driver},{driver}", "CLND_DEVICE": str(ctx), **family})


def test_moves_stop_no_queue(ctx: Context) -> None:
    """In both directions, and by copyto; the work on one device goes on while the other's queue is held."""
    assert on_two(ctx, """
for a, b, here, there in ((x, w, g0, g1), (w, x, g1, g0)):
    kept = clnd.zeros((4, 6), device=there)
    clnd.evaluate(kept, (a * 2)[:, ::2].copy(), b + 1, b * 1)  # their kernels are built
    clnd.waitall()

    with Gate(here.device) as gate:  # the device that has the elements is busy
        moved = (a * 2).to_device(there)
        part = (a * 2)[:, ::2].as_in_context(str(there))
        a.copyto(kept)
        a += 100  # which what is on its way does not see
        a[0, 0] = -1
        assert (b + 1).asnumpy()[3, 5] == 24  # the other one is not
        assert gate.is_closed
    for got, want in ((moved, HOST * 2), (part, (HOST * 2)[:, ::2]), (kept, HOST)):
        assert got.ctx is there and got.asnumpy().tobytes() == want.tobytes()
    a[...] = HOST

    with Gate(there.device) as gate:  # the device that they go to is busy
        moved = (a * 2).to_device(there)
        a.copyto(kept)
        clnd.evaluate(moved, kept, moved + b)
        copy = (moved + b).asnumpy(wait=False)
        assert (a + 1).asnumpy()[3, 5] == 24
        assert gate.is_closed and not copy.done()
    assert (copy.result() == HOST * 3).all() and (moved.asnumpy() == HOST * 2).all() and (kept.asnumpy() == HOST).all()

    with Gate(here.device) as gate:  # to the host's own device and back
        on_cpu = (a * 2).to_device("cpu(0)")
        assert gate.is_closed
    assert (on_cpu.asnumpy() == HOST * 2).all() and (on_cpu.to_device(there).asnumpy() == HOST * 2).all()
    cpu = on_cpu.ctx.device
    with Gate(cpu) as gate:
        moved = on_cpu.to_device(there)
        on_cpu[0, 1:3] = 7
        assert gate.is_closed
    assert (moved.asnumpy() == HOST * 2).all() and on_cpu[0].tolist() == [0, 7, 7, 6, 8, 10]

    half = (a * 2)[1:].astype("float16")
    assert half.to_device(there).asnumpy().tobytes() == half.asnumpy().tobytes()
    for little in (a[:0], a[2, 3], clnd.zeros((3, 4), device=here).broadcast_to((2, 3, 4)), a > 3):
        assert little.to_device(there).asnumpy().tobytes() == np.ascontiguousarray(little.asnumpy()).tobytes()
    ints = clnd.zeros((4, 6), dtype="int32", device=there)
    a[:2].copyto(ints[2:])
    assert (ints.asnumpy()[2:] == HOST[:2]).all() and ints.dtype == np.int32
clnd.waitall()
assert not g0.device.transfers.held and not g1.device.transfers.held
large = np.ones(1 << 17, np.float32)
kept, up = weakref.ref(large), clnd.asarray(large, device=g0)
del large
assert kept() is None  # it is there, though its event is among the last ones
print("done")
""") == "done\n"  # fmt: skip


def test_who_waits_for_a_move_stops_no_other_thread(ctx: Context) -> None:
    """Not on the device that it waits on, either; and moves that have come are passed on by the next one, lest they stay on the host."""
    assert on_two(ctx, """
clnd.evaluate(x * 2, w + 1)
clnd.waitall()
with Gate(g0.device) as gate:
    moved = (x * 2).to_device(g1)
    reader = threading.Thread(target=lambda: moved.asnumpy())
    reader.start()
    reader.join(0.05)
    for _ in range(20):
        assert (w + 1).asnumpy()[3, 5] == 24  # on g1, for which the reader waits
    assert gate.is_closed and reader.is_alive()
    gate.open()
    reader.join()
with Gate(g0.device) as gate:
    moves = [(x * 2).to_device(g1) for _ in range(3)]
g0.device.finish()
assert all(m._node.value is None for m in moves)
last = x.to_device(g1)
assert all(m._node.value is not None for m in moves)
assert all((m.asnumpy() == HOST * 2).all() for m in moves)
print("done")
""") == "done\n"  # fmt: skip


def test_faults_go_along(ctx: Context) -> None:
    """What one device finds wrong is told by who reads the moved array, and what is made of it, on the other."""
    assert on_two(ctx, """
a = clnd.asarray([2, 3, 4], device=g0)
bad = (a ** clnd.asarray([1, -1, 2], device=g0)).to_device(g1)
far = a[clnd.asarray([0, 7], device=g0)].to_device(g1)
fine = a[clnd.asarray([0, 1], device=g0)].to_device(g1)
said = []
for read in (bad.asnumpy, (bad + 1).asnumpy, lambda: bad.sum().item(), bad.wait_to_read, lambda: bad.to_device(g0).asnumpy(), far.asnumpy):
    for _ in range(2):
        try:
            read()
        except (clnd.errors.ArgumentError, IndexError) as error:
            said.append(str(error).partition(chr(10))[0])
assert len(said) == 12 and all("negative" in s for s in said[:10]) and "out of bounds" in said[10], said
# More than a node keeps, of both devices.
many = fine
for k in range(20):
    many = many + clnd.asarray([2, 3], device=g1) ** clnd.asarray([1, k], device=g1) + (a ** clnd.asarray([0, 1, k], device=g0)).to_device(g1)[:2]
assert many.tolist() == [2 + 20 * 2 + 20, 3 + sum(3**k for k in range(20)) + 20 * 3]
clnd.waitall()
print("done")
""") == "done\n"  # fmt: skip


def test_threads_each_on_its_own(ctx: Context) -> None:
    """The same bits on both, with moves in between, while both work; the default context is the thread's."""
    assert on_two(ctx, """
results = {}

def work(mine, other):
    with mine:
        assert clnd.current_context() is mine and clnd.ones(2).ctx is mine
        rng = clnd.random.default_rng(7)
        a = rng.uniform(size=(64, 64)).astype("float32")
        total = clnd.zeros((64, 64))
        for k in range(8):
            a = clnd.tanh(a @ a) + 0.25
            away = (a * 2).to_device(other)
            back = (away + k).to_device(mine)
            total += back
            copy = total.asnumpy(wait=False)
        results[mine] = (total.sum(axis=0).asnumpy(), copy.result(), total.asnumpy())

default = clnd.current_context()
threads = [threading.Thread(target=work, args=pair) for pair in ((g0, g1), (g1, g0))]
for t in threads:
    t.start()
for t in threads:
    t.join()
assert clnd.current_context() is default
first, second = results[g0], results[g1]
assert all(p.tobytes() == q.tobytes() for p, q in zip(first, second)) and first[1].tobytes() == first[2].tobytes()
work(default, g1)
assert results[default][2].tobytes() == first[2].tobytes()
print("done")
""") == "done\n"  # fmt: skip


def test_mixed_devices_are_refused(ctx: Context) -> None:
    """By every kind of operation, at the call, in one line that says what to do; nothing is changed."""
    assert on_two(ctx, """
nd = clnd.nd

def made(c):
    class These:
        v, m, s = clnd.arange(6, dtype="float32", device=c), clnd.ones((3, 4), device=c), clnd.ones((2, 2), device=c)
        i, b, z = clnd.asarray([2, 0, 1], device=c), clnd.asarray([True, False, True], device=c), clnd.asarray(2, device=c)
        nv, nm = nd.array([1, 2, 3], ctx=c), nd.ones((3, 3), ctx=c)
    return These

a, b = made(g0), made(g1)
put = operator.setitem
refused = {
    "binary": lambda: a.v + b.v, "scalar array": lambda: a.v * b.z, "comparison": lambda: a.v == b.v, "in place": lambda: operator.iadd(a.v, b.v),
    "NumPy's ufunc": lambda: np.maximum(a.v, b.v), "clip": lambda: a.v.clip(0, b.v), "where": lambda: clnd.where(b.b, a.i, a.i), "where 2": lambda: clnd.where(a.b, 1.0, b.i),
    "matmul": lambda: a.m @ b.m.T, "imatmul": lambda: operator.imatmul(a.s, b.s), "dot": lambda: clnd.dot(a.v, b.v), "outer": lambda: clnd.outer(a.v, b.v),
    "einsum": lambda: clnd.einsum("ij,kj->ik", a.m, b.m), "einsum of three": lambda: clnd.einsum("ij,jk,kl->il", a.s, a.s, b.s),
    "concatenate": lambda: clnd.concatenate([a.v, b.v]), "stack": lambda: clnd.stack([a.v, b.v]), "append": lambda: clnd.append(a.v, b.v), "lists": lambda: clnd.asarray([a.v, b.v]),
    "indices": lambda: a.v[b.i], "mask": lambda: a.m[b.b], "two indices": lambda: a.m[a.i, b.i], "index": lambda: a.v[b.z], "take": lambda: clnd.take(a.v, b.i),
    "take_along_axis": lambda: clnd.take_along_axis(a.i, b.i, 0), "repeated": lambda: clnd.choose(a.i, [b.i, b.i, b.i]), "compress": lambda: clnd.compress(b.b, a.i),
    "set": lambda: put(a.v, slice(None), b.v), "set part": lambda: put(a.v, slice(2), b.v[:2]), "set one": lambda: put(a.v, 0, b.z), "set at": lambda: put(a.v, b.i, 1),
    "set mask": lambda: put(a.m, b.b, 1), "set picked": lambda: put(a.v, a.i, b.v[:3]), "set where": lambda: put(a.v, a.v > 3, b.v[:2]), "put": lambda: clnd.put(a.v, b.i, 1),
    "putmask": lambda: clnd.putmask(a.v, b.v > 1, a.v), "add.at": lambda: np.add.at(a.v, b.i, 1), "copyto's where": lambda: clnd.copyto(a.v, 1, where=b.v > 1),
    "out": lambda: clnd.add(b.v, 1, out=a.v), "out of a sum": lambda: b.m.sum(axis=0, out=a.v[:4]), "out of a product": lambda: clnd.matmul(b.s, b.s, out=a.s),
    "sum where": lambda: a.v.sum(where=b.v > 1), "initial": lambda: a.v.sum(initial=b.z), "average": lambda: clnd.average(a.v, weights=b.v), "lexsort": lambda: clnd.lexsort((a.v, b.v)),
    "searchsorted": lambda: clnd.searchsorted(a.v, b.v), "isin": lambda: clnd.isin(a.v, b.v), "interp": lambda: clnd.interp(a.v, a.v, b.v), "convolve": lambda: clnd.convolve(a.v, b.v),
    "bincount": lambda: clnd.bincount(a.i, weights=b.v[:3]), "histogram": lambda: clnd.histogram(a.v, weights=b.v), "histogram2d": lambda: clnd.histogram2d(a.v, a.v, weights=b.v),
    "random": lambda: clnd.random.normal(a.v, b.v), "random elsewhere": lambda: clnd.random.normal(b.v, 1.0, shape=(6,), ctx=g0), "choice": lambda: clnd.random.choice(a.v, 3, p=b.v / 15),
    "nd": lambda: a.nv + b.nv, "nd.dot": lambda: nd.dot(a.nm, b.nm), "nd.concat": lambda: nd.concat(a.nm, b.nm), "nd.broadcast_add": lambda: nd.broadcast_add(a.nm, b.nv),
    "nd.FullyConnected": lambda: nd.FullyConnected(a.nm, a.nm, b.nv, num_hidden=3), "nd.linalg": lambda: nd.linalg.gemm(a.nm, a.nm, b.nm), "nd.out": lambda: nd.ones((3,), ctx=g1, out=a.nv),
    "nd.take": lambda: nd.take(a.nv, b.nv), "nd.where": lambda: nd.where(a.nv, a.nv, b.nv), "nd.set": lambda: put(a.nm, 0, b.nv),
}
for name, call in refused.items():
    try:
        call()
    except clnd.ContextError as error:
        text = str(error)
        assert "gpu(0)" in text and "gpu(1)" in text and "expected one context" in text and chr(10) not in text, (name, text)
        assert "to_device(" in text or "copyto" in text, (name, text)
    else:
        raise AssertionError(f"{name}: devices were mixed")
for these in (a, b):
    assert these.v.tolist() == [0, 1, 2, 3, 4, 5] and these.m.asnumpy().all() and (these.nv.asnumpy() == [1, 2, 3]).all() and these.i.tolist() == [2, 0, 1]
# What is caught whatever an operation looked at itself.
from clnd.graph.record import record
from clnd.ops.sources import COPY
try:
    record(COPY, (a.v._node,), (6,), a.v.dtype, g1)
except clnd.ContextError as error:
    assert "[copy] got arrays on gpu(1) and gpu(0)" in str(error)
else:
    raise AssertionError("recorded")
# What moves says so; evaluate and waitall take arrays of any device.
b.v.copyto(a.v)
clnd.evaluate(a.v + 1, b.v + 1)
clnd.waitall()
assert clnd.asarray(b.v, device=g0).ctx is g0 and clnd.asarray([a.v.to_device(g1), b.v]).ctx is g1
print(len(refused))
""").strip() == "64"  # fmt: skip
