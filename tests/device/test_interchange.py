"""Other libraries' memory and files: DLPack both ways, pickles, .npy and .npz, text."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from clnd.context import Context
from clnd.errors import ArgumentError, DTypeError, ExchangeError, KindError
from tests.child import succeeds

DTYPES = [d.name for d in dtypes.ALL]


def some(dtype: str) -> np.ndarray[Any, Any]:
    return (np.arange(24).reshape(2, 3, 4) % 7 - (3 if dtype[0] not in "ub" else 0)).astype(dtype)


# --- DLPack: out -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_takes_every_dtype(ctx: Context, dtype: str, has_dtype: None) -> None:
    host = some(dtype)
    x = clnd.asarray(host)
    for view, want in ((x, host), (x.T, host.T), (x[:, ::-2], host[:, ::-2]), (x[0, 0, 0], host[0, 0, 0]), (x[:, 5:], host[:, 5:])):
        got = np.from_dlpack(view)
        assert got.dtype == host.dtype
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(clnd.from_dlpack(host.T).asnumpy(), host.T)


def test_memory_is_shared_and_a_later_write_copies(ctx: Context) -> None:
    x = clnd.arange(5)
    pending = x * 2
    a = np.from_dlpack(x)
    assert not a.flags.writeable
    assert np.shares_memory(a, np.asarray(x)) or not ctx.device.pool.shares_host_memory
    x[0] = 7
    x += 1
    assert a.tolist() == [0, 1, 2, 3, 4]
    assert x.tolist() == [8, 2, 3, 4, 5]
    assert pending.tolist() == [0, 2, 4, 6, 8]
    del x
    gc.collect()
    others = [clnd.full(5, k) + 1 for k in range(10)]  # blocks that are used again
    clnd.evaluate(*others)
    assert a.tolist() == [0, 1, 2, 3, 4]


def test_who_knows_no_read_only_memory_gets_a_copy() -> None:
    x = clnd.arange(4)

    class Old:
        """A consumer of DLPack before 1.0, which writes."""

        __dlpack_device__ = staticmethod(x.__dlpack_device__)

        @staticmethod
        def __dlpack__(**ignored: Any) -> Any:
            return x.__dlpack__()

    a = np.from_dlpack(Old())
    assert not np.shares_memory(a, np.asarray(x))
    assert a.tolist() == [0, 1, 2, 3]
    assert "dltensor_versioned" not in repr(x.__dlpack__(max_version=(0, 8)))
    assert np.from_dlpack(x, copy=True).flags.writeable
    for given in ({}, {"stream": None}, {"max_version": (1, 0)}, {"dl_device": (1, 0)}, {"copy": None}, {"copy": True}, {"max_version": (1, 3), "copy": True, "dl_device": None}):
        assert type(x.__dlpack__(**given)).__name__ == "PyCapsule"


def test_what_cannot_be_handed_over_is_a_buffer_error() -> None:
    x = clnd.arange(4)
    with pytest.raises(BufferError, match=r"^\[__dlpack__\] got copy=False for an array that is read-only, "):
        x.__dlpack__(copy=False)
    with pytest.raises(ExchangeError, match=r"^\[__dlpack__\] got dl_device=\(2, 0\) for an array on "):
        x.__dlpack__(dl_device=(2, 0))
    with pytest.raises(ArgumentError, match=r"^\[__dlpack__\] got stream=1; expected None"):
        x.__dlpack__(stream=1)
    for wrong in ("cpu", 1, (1,), (1, 0, 0), (1.0, 0)):
        with pytest.raises(KindError, match=r"^\[__dlpack__\] got dl_device=.*; expected two integers, or None"):
            x.__dlpack__(dl_device=wrong)
        with pytest.raises(KindError, match=r"^\[__dlpack__\] got max_version=.*; expected two integers, or None"):
            x.__dlpack__(max_version=wrong)
    with pytest.raises(ArgumentError, match="negative integer powers"):
        np.from_dlpack(clnd.asarray([2]) ** clnd.asarray([-1]))  # what only the device sees
    assert x.__dlpack_device__() == (1, 0)


def test_a_consumer_may_outlive_everything(ctx: Context) -> None:
    """Export, delete, and exit while the consumer lives; capsules that nobody took."""
    assert succeeds("""
        import gc
        x = clnd.arange(1000) * 2
        held = np.from_dlpack(x)
        capsules = [x.__dlpack__(), x.__dlpack__(max_version=(1, 0)), (x + 1).__dlpack__(max_version=(1, 0))]
        del x
        gc.collect()
        clnd.Context(os.environ["CLND_DEVICE"]).empty_cache()
        y = clnd.zeros(1000, dtype="int64") + 5
        y.wait_to_read()
        assert held[999] == 1998
        capsules.pop()
        sys.kept = (held, capsules)  # past the end of clnd
        print("done")
    """, env={"CLND_DEVICE": str(ctx)}) == "done\n"  # fmt: skip


def test_a_gpu_hands_over_its_buffer_or_host_memory(ctx: Context) -> None:
    env = {"CLND_PRETEND_GPU": ctx.info.driver, "CLND_DEVICE": "gpu(0)", "OTHER": str(ctx)}
    assert succeeds("""
        import ctypes
        from clnd.runtime import opencl_capsule
        x = clnd.arange(6).reshape(2, 3)
        assert x.__dlpack_device__() == (4, 0)
        assert np.from_dlpack(x, device="cpu").tolist() == [[0, 1, 2], [3, 4, 5]]
        capsule = x[1].__dlpack__(max_version=(1, 0))
        assert opencl_capsule.handed_over() == 1
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        t = opencl_capsule._Managed.from_address(pointer(capsule, b"dltensor")).tensor
        assert (t.device.kind, t.ndim, t.shape[0], t.strides[0], t.byte_offset) == (4, 1, 3, 1, 24)
        assert (t.dtype.code, t.dtype.bits, t.dtype.lanes) == (0, 64, 1)
        x[1, 0] = 9  # copies: the consumer keeps what it got
        del capsule
        assert opencl_capsule.handed_over() == 0
        gaps = x.T.__dlpack__()  # a copy without gaps is not needed by DLPack, but by what reads buffers
        try:
            x.T.__dlpack__(copy=False)
        except BufferError as error:
            assert "with gaps" in str(error)
        else:
            raise AssertionError
        assert clnd.from_dlpack(x) is x and x.to_device(os.environ["OTHER"]).tolist() == [[0, 1, 2], [9, 4, 5]]
        sys.kept = gaps
        print("done")
    """, env=env, timeout=200) == "done\n"  # fmt: skip


def test_torch_writes_into_a_copy() -> None:
    torch = pytest.importorskip("torch")
    x = clnd.arange(5, dtype="float32")
    pending = x + 1
    y = torch.from_dlpack(x).clone()
    y += 10
    assert pending.tolist() == [1, 2, 3, 4, 5]
    assert clnd.from_dlpack(y).tolist() == [10, 11, 12, 13, 14]


# --- DLPack: in --------------------------------------------------------------------------------


def test_what_comes_in_is_a_copy(ctx: Context) -> None:
    host = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = clnd.from_dlpack(host[:, ::-1], device=ctx)
    host[:] = 0
    assert x.tolist() == [[2, 1, 0], [5, 4, 3]]
    assert x.ctx is ctx
    assert clnd.from_dlpack(x) is x
    assert clnd.from_dlpack(x, copy=True) is not x
    strict = pytest.importorskip("array_api_strict")
    assert clnd.from_dlpack(strict.asarray([1, 2])).tolist() == [1, 2]
    assert strict.from_dlpack(x).shape == (2, 3)
    with pytest.raises(DTypeError, match=r"^\[from_dlpack\] got a list; expected an array with __dlpack__"):
        clnd.from_dlpack([1, 2])


def test_memory_of_others_is_read_where_it_is(ctx: Context) -> None:
    host = np.arange(24, dtype=np.float32).reshape(4, 6)
    if not ctx.device.pool.shares_host_memory:
        with pytest.raises(ExchangeError, match=r"^\[from_dlpack\] got copy=False for .*, which does not share the host's memory"):
            clnd.from_dlpack(host, copy=False, device=ctx)
        return
    views = (lambda a: a, lambda a: a.T, lambda a: a[1:, ::-2], lambda a: a[::-1, 3], lambda a: a[2, 2:3].reshape(()), lambda a: np.broadcast_to(a[0], (3, 6)), lambda a: a[:, 6:])
    for take in views:
        x = clnd.from_dlpack(take(host), copy=False, device=ctx)
        np.testing.assert_array_equal(x.asnumpy(), take(host))
        np.testing.assert_array_equal((x * 2 + 1).asnumpy(), take(host) * 2 + 1)
        np.testing.assert_array_equal(x.sum().asnumpy(), take(host).sum())
    x = clnd.from_dlpack(host, copy=False, device=ctx)
    before = clnd.profiler.counters.host_writes
    host[0, 0] = 100
    assert float(x[0, 0]) == 100
    assert float((x + 0).asnumpy()[0, 0]) == 100
    assert clnd.profiler.counters.host_writes == before
    # What clnd writes stays clnd's.
    y = x.reshape(-1)
    x[1] = -1
    x += 1
    y[0] = 7
    assert host[1].tolist() == [6, 7, 8, 9, 10, 11]
    assert (host[0, 0], float(x[0, 0])) == (100, 7)
    shared = clnd.from_dlpack(np.lib.stride_tricks.sliding_window_view(host[0], 3), copy=False, device=ctx)
    assert not shared.flags.writeable
    with pytest.raises(ArgumentError, match=r"^\[setitem\] got a view .*whose elements share memory"):
        shared[0] = 1
    odd = np.zeros(9, np.uint8)[1:].view(np.float32)
    with pytest.raises(BufferError, match=r"^\[from_dlpack\] got (copy=False for float32 that does not lie|a ndarray)"):
        clnd.from_dlpack(odd, copy=False, device=ctx)


def test_who_reads_the_memory_by_its_interface_keeps_it(ctx: Context) -> None:
    host = np.arange(24, dtype=np.float32).reshape(4, 6)
    x = clnd.asarray(host)
    if not ctx.device.pool.shares_host_memory:
        with pytest.raises(AttributeError, match=r"^\[__array_interface__\] got an array on .*, whose memory the host cannot see"):
            x.__array_interface__  # noqa: B018
        return
    for take in (lambda a: a, lambda a: a.T, lambda a: a[::-1, ::-2], lambda a: a[1:, 2:], lambda a: a[2, 3:4].reshape(())):
        y = take(x)
        got, address = np.asarray(y), y._on_host().ctypes.data
        np.testing.assert_array_equal(got, take(host))
        assert (got.ctypes.data, got.flags.writeable) == (address, False)
    assert np.asarray(x[:, 6:]).shape == (4, 0)
    kept = np.asarray(x[::-1])
    x += 1
    del x, y, got
    gc.collect()
    clnd.evaluate(*(clnd.zeros((4, 6)) + k for k in range(4)))
    np.testing.assert_array_equal(kept, host[::-1])


def test_images_of_pillow() -> None:
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for host in (rng.integers(0, 256, (6, 10), np.uint8), rng.integers(0, 256, (6, 10, 3), np.uint8), rng.random((4, 5), np.float32)):
        for take in (lambda a: a, lambda a: a[::-1], lambda a: a.swapaxes(0, 1)):
            np.testing.assert_array_equal(np.asarray(image.fromarray(take(clnd.asarray(host)))), take(host))
            np.testing.assert_array_equal(clnd.asarray(image.fromarray(host)).asnumpy(), host)


def test_the_owner_is_let_go_after_the_last_kernel(ctx: Context) -> None:
    if not ctx.device.pool.shares_host_memory:
        pytest.skip("its memory is not the host's")
    ctx.device.finish()

    class Owner(np.ndarray):
        pass

    ends: list[int] = []
    for n in range(3):
        host = np.full(1 << (12 if ctx.info.driver == "oclgrind" else 20), float(n), np.float32).view(Owner)
        weakref.finalize(host, ends.append, n)
        x = clnd.from_dlpack(host, copy=False, device=ctx)
        result = clnd.exp(x) + x
        del x, host
        clnd.evaluate(result)  # enqueued, perhaps not done
        assert float(result[5]) == pytest.approx(np.exp(n) + n, rel=1e-6)
    del result
    ctx.device.finish()
    gc.collect()
    assert sorted(ends) == [0, 1, 2]
    assert ctx.device.pool.parting == 0
    kept = clnd.from_dlpack(np.arange(5.0, dtype=np.float32), copy=False, device=ctx)
    gc.collect()
    assert kept.tolist() == [0, 1, 2, 3, 4]


def test_memory_that_the_host_cannot_read_is_refused_in_words() -> None:
    class Far:
        def __dlpack_device__(self) -> tuple[int, int]:
            return 2, 0

        def __dlpack__(self, **given: Any) -> Any:
            raise BufferError("it stays on the GPU")

    with pytest.raises(ExchangeError, match=r"^\[from_dlpack\] got a Far on DLPack's device 2 that the host cannot read: "):
        clnd.from_dlpack(Far())


# --- pickles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(ctx: Context, protocol: int) -> None:
    x = clnd.arange(6, dtype="int32").reshape(2, 3)
    for view in (x, x.T, x[0, 0], x[:, 1:1], x.astype("complex64")):
        again = pickle.loads(pickle.dumps(view, protocol))
        assert (again.ctx, again.dtype, again.shape) == (ctx, view.dtype, view.shape)
        assert again.tolist() == view.tolist()
    assert type(pickle.loads(pickle.dumps(clnd.nd.ones((2,)), protocol))) is clnd.nd.NDArray


def test_bytes_of_pickles_travel_apart() -> None:
    x = clnd.ones((100, 100))
    buffers: list[Any] = []
    head = pickle.dumps(x, protocol=5, buffer_callback=buffers.append)
    assert len(head) < 1000
    assert sum(b.raw().nbytes for b in buffers) == x.nbytes
    assert (pickle.loads(head, buffers=buffers) == x).all()


def test_copies() -> None:
    x = clnd.arange(3)
    for y in (copy.copy(x), copy.deepcopy(x), copy.deepcopy({"x": x})["x"]):
        y[0] = 5
        assert x.tolist() == [0, 1, 2]


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_npy(ctx: Context, dtype: str, tmp_path: Path, has_dtype: None) -> None:
    host = some(dtype)
    x = clnd.asarray(host)
    clnd.save(tmp_path / "a.npy", x.T)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), host.T)
    again = clnd.load(tmp_path / "a.npy", device=ctx)
    assert again.dtype == x.dtype
    assert again.tolist() == host.T.tolist()
    file = io.BytesIO()
    np.save(file, x)
    file.seek(0)
    assert clnd.load(file).tolist() == host.tolist()


def test_npz(tmp_path: Path) -> None:
    x = clnd.arange(3)
    for write in (clnd.savez, clnd.savez_compressed, np.savez):
        write(tmp_path / "a.npz", x, scale=2.5, mask=x > 0)
        with clnd.load(tmp_path / "a.npz") as file:
            assert sorted(file) == sorted(file.files) == ["arr_0", "mask", "scale"]
            assert len(file) == 3
            assert file["arr_0"].tolist() == [0, 1, 2]
            assert file["mask"].dtype == np.bool_
            assert float(file["scale"]) == 2.5
            assert "mask" in file
            assert repr(file).startswith("NpzFile with keys: ")
    with pytest.raises(ArgumentError, match=r"^\[load\] got mmap_mode='r'; arrays live on a device"):
        clnd.load(tmp_path / "a.npz", mmap_mode="r")
    np.save(tmp_path / "text.npy", np.array(["a"]))
    with pytest.raises(DTypeError):
        clnd.load(tmp_path / "text.npy")


def test_text(ctx: Context, tmp_path: Path) -> None:
    x = clnd.asarray([[1.5, 2.0], [-3.0, 0.25]])
    for write in (clnd.savetxt, np.savetxt):
        write(tmp_path / "a.txt", x, fmt="%.4f", delimiter=",", header="a,b")
        for read in (clnd.loadtxt, clnd.genfromtxt):
            again = read(tmp_path / "a.txt", delimiter=",")
            assert again.dtype == np.float32
            assert again.tolist() == x.tolist()
    if ctx.info.fp64:
        with clnd.default_dtype("float64"):
            assert clnd.loadtxt(tmp_path / "a.txt", delimiter=",").dtype == np.float64
    a, b = clnd.loadtxt(tmp_path / "a.txt", delimiter=",", unpack=True)
    assert (a.tolist(), b.tolist()) == ([1.5, -3.0], [2.0, 0.25])
    assert clnd.loadtxt(io.StringIO("1 2\n3 4"), dtype=int).dtype == np.int64
    x.tofile(tmp_path / "a.bin")
    assert clnd.fromfile(tmp_path / "a.bin").tolist() == [1.5, 2.0, -3.0, 0.25]
    assert clnd.fromfile(tmp_path / "a.bin", "float32", 2, offset=4).tolist() == [2.0, -3.0]
    np.array([1.5, -3.0], ">f4").tofile(tmp_path / "swapped.bin")
    assert clnd.fromfile(tmp_path / "swapped.bin", ">f4").tolist() == [1.5, -3.0]
    x.tofile(tmp_path / "b.txt", sep=" ")
    assert clnd.fromfile(tmp_path / "b.txt", ">f4", sep=" ").tolist() == [1.5, 2.0, -3.0, 0.25]
    assert clnd.fromfile(tmp_path / "b.txt", sep=" ").tolist() == [1.5, 2.0, -3.0, 0.25]
