"""Products of matrices: every path gives the bits of the canonical order."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pytest

from clnd import dtypes
from clnd.kernels import gemm, launch, tuning
from clnd.kernels.kernel import Kernel, Strided, aligned, far
from clnd.runtime.opened import OpenDevice
from tests.canonical import KC, gemm_reference
from tests.quick import some

Array = np.ndarray[Any, Any]
T = TypeVar("T")


# PoCL takes seconds for each of these kernels for GPUs: one of each way to accumulate.
PATHS_FOR_GPUS = ("bool", "uint16", "float16", "float32", "complex64")

_many_units: dict[OpenDevice, OpenDevice] = {}

# As many compute units as a GPU has: small products then use small tiles, quick to compile.
UNITS = 64


@pytest.fixture
def family_device(family_device: OpenDevice) -> OpenDevice:
    """With the compute units of a GPU in its family."""
    if family_device.info.family == "cpu":
        return family_device
    if family_device not in _many_units:
        other = _many_units[family_device] = family_device.without_kernels()
        other.info = replace(family_device.info, compute_units=UNITS)
    return _many_units[family_device]


def draw(dtype: Any, shape: tuple[int, ...], seed: int = 0) -> Array:
    """All of an integer's range, and floats whose products neither overflow nor underflow."""
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.1
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if dtype.kind == "c" else x).astype(dtype)


def put(device: OpenDevice, x: Array) -> Strided:
    """A view in device memory: its base is copied, offset and strides are the view's."""
    base = x
    while isinstance(base.base, np.ndarray):
        base = base.base
    block = device.pool.allocate(max(1, base.nbytes))
    device.write(block, np.ascontiguousarray(base))
    offset = x.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return Strided(block, offset // x.itemsize if x.size else 0, tuple(s // x.itemsize for s in x.strides))


def multiply(device: OpenDevice, a: Array, b: Array) -> Array:
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, batch + a.shape[-2:]), np.broadcast_to(b, batch + b.shape[-2:])
    (m, k), n = a.shape[-2:], b.shape[-1]
    out = np.empty((*batch, m, n), a.dtype)
    x, y = put(device, a), put(device, b)
    key = ("test_gemm", a.dtype, batch, m, n, k, x.strides, y.strides, aligned(x.offset | y.offset))
    plan = device.planned(key, lambda: gemm.plan(device, a.dtype, batch, m, n, k, x.strides, y.strides, far(max(x.offset, y.offset)), aligned(x.offset | y.offset)))
    assert plan is not None
    device.read(launch.run(device, plan, (x.block.buffer, x.offset, y.block.buffer, y.offset))[0], out)
    return out


def assert_same_bits(got: Array, want: Array) -> None:
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    # A NaN is a NaN: neither its sign nor its payload is promised.
    same = (got == want) | ((got != got) & (want != want))
    assert same.all()
    if got.dtype.kind in "fc":
        real = f"f{got.itemsize if got.dtype.kind == 'f' else got.itemsize // 2}"
        x, y = (np.ascontiguousarray(z).view(real) for z in (got, want))
        assert (np.signbit(x) == np.signbit(y))[x == x].all()


def supported(device: OpenDevice, dtype: Any) -> None:
    if dtypes.facts(np.dtype(dtype)).needs_fp64 and not device.info.fp64:
        pytest.skip("the device has no fp64")


def sized(device: OpenDevice, usual: T, checked: T) -> T:
    """``checked`` on a checker, which takes microseconds for a multiplication: less of everything, and the same paths."""
    return checked if device.info.driver == "oclgrind" else usual


def test_the_model_has_the_same_chunks() -> None:
    assert KC == gemm.KC


@pytest.mark.usefixtures("few_dtypes_for_gpus")
@pytest.mark.parametrize("dtype", dtypes.ALL, ids=str)
def test_sizes(family_device: OpenDevice, dtype: Any) -> None:
    supported(family_device, dtype)
    record = gemm.RECORDS[family_device.info.family]
    most = sized(family_device, 1 << 60, 100_000 if dtype == dtypes.float32 else 20_000)
    # Of nothing there is no product to launch: tests/device/test_products.py.
    for *batch, m, n, k in (p for p in record.problems if 0 < math.prod(p) <= most):
        a, b = draw(dtype, (*batch, m, k), 1), draw(dtype, (*batch, k, n), 2)
        assert_same_bits(multiply(family_device, a, b), gemm_reference(a, b))


def layouts(x: Array) -> dict[str, Array]:
    """Views of different memory that have the elements of x (or, broadcast, those of its first row)."""
    spaced = np.zeros((*x.shape[:-2], 2 * x.shape[-2] + 1, 3 * x.shape[-1]), x.dtype)
    spaced[..., 1::2, ::3] = x
    return {
        "contiguous": x,
        "transposed": np.swapaxes(np.swapaxes(x, -1, -2).copy(), -1, -2),
        "spaced": spaced[..., 1::2, ::3],
        "reversed": x[..., ::-1, ::-1],
        "one row": np.broadcast_to(x[..., :1, :], x.shape),
        "one column": np.broadcast_to(x[..., :1], x.shape),
    }


LAYOUTS = tuple(layouts(np.zeros((1, 1))))


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(family_device: OpenDevice, dtype: str, layout: str) -> None:
    m, k, n = sized(family_device, (33, 67, 45), (17, 35, 21))
    a, b = draw(dtype, (m, k), 1), draw(dtype, (k, n), 2)
    for x, y in ((layouts(a)[layout], b), (a, layouts(b)[layout])):
        assert_same_bits(multiply(family_device, x, y), gemm_reference(x, y))


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("family_device", ["gpu"], indirect=True)
def test_vectors_of_aligned_operands(dtype: str, family_device: OpenDevice) -> None:
    """Kernels for GPUs load 16 bytes at once where rows allow it, and where the operand begins allows it; the sums of chunks wait in memory."""
    supported(family_device, np.dtype(dtype))
    m, n, k = 32, 48, KC + 16
    whole = draw(dtype, (2, k + 32, k + 32), 1)
    for start in (0, 1, 16):
        a, b = whole[0, start : start + m, start : start + k], whole[1, start : start + k, start : start + n]
        for x, y in ((a, b), (a.copy(), b.T.copy().T), (whole[0, start : start + k, start : start + m].T, b)):
            assert_same_bits(multiply(family_device, x, y), gemm_reference(x, y))


@pytest.mark.parametrize(
    ("a_shape", "b_shape"),
    [
        ((5, 3, 7), (7, 9)),  # B the same for all: the batch joins m
        ((3, 7), (5, 7, 9)),
        ((2, 1, 3, 7), (5, 7, 9)),
        ((2, 5, 3, 7), (2, 1, 7, 9)),
        ((5, 1, 7), (7, 9)),
        ((4, 3, 7), (1, 7, 1)),
    ],
)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_batches(family_device: OpenDevice, dtype: str, a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> None:
    a, b = draw(dtype, a_shape, 1), draw(dtype, b_shape, 2)
    assert_same_bits(multiply(family_device, a, b), gemm_reference(a, b))


@pytest.mark.parametrize("dtype", some(["float16", "float32", "float64", "complex64", "uint64"], "float32"))
@pytest.mark.parametrize(("m", "n"), [(4, 4), (21, 21), *(pytest.param(*sizes, marks=pytest.mark.thorough) for sizes in ((1, 33), (9, 20), (33, 5)))])
def test_narrow_products(family_device: OpenDevice, dtype: str, m: int, n: int) -> None:
    """Many rows of few columns, as A transposed and as B: by rows that are longer, backwards, and in a batch."""
    supported(family_device, np.dtype(dtype))
    k = sized(family_device, 9 * KC + 5, KC // 2)
    long = draw(dtype, (2, k, 40), 1)
    for a, b in (
        (draw(dtype, (k, m), 2).T, draw(dtype, (k, n), 3)),
        (long[0, :, :m].T, long[1, :, 40 - n :]),
        (long[0, ::-1, :m].T, long[1, ::-1, :n]),
        (np.swapaxes(long[..., :m], 1, 2), long[..., 40 - n :]),
    ):
        assert_same_bits(multiply(family_device, a, b), gemm_reference(a, b))


def test_merging_keeps_a_transposed_batch_apart(family_device: OpenDevice) -> None:
    a, b = draw("float32", (3, 5, 7), 1).transpose(1, 0, 2), draw("float32", (7, 9), 2)
    assert_same_bits(multiply(family_device, a, b), gemm_reference(a, b))


def test_special_values(family_device: OpenDevice) -> None:
    a, b = draw("float32", (8, 20), 1), draw("float32", (20, 17), 2)
    a[1] = -0.0
    a[2, 3], a[3, 4], b[5, 6] = np.inf, np.nan, -np.inf
    b[:, 8] = 0
    want = gemm_reference(a, b)
    assert np.isnan(want).any()
    assert np.isinf(want).any()
    assert_same_bits(multiply(family_device, a, b), want)


def fresh(device: OpenDevice) -> OpenDevice:
    """The device without plans made before, for tests that change how they are made."""
    return device.without_kernels()


def test_64_bit_indices(family_device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemm, "settings", replace(gemm.settings, index64=True))
    a, b = draw("float32", (2, 33, 65), 1), draw("float32", (2, 65, 45), 2)
    assert_same_bits(multiply(fresh(family_device), a, b), gemm_reference(a, b))


def only_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """B is always packed by a launch of its own."""
    monkeypatch.setattr(gemm.cpu, "_SMALL_PRODUCT", 0)
    monkeypatch.setattr(gemm.cpu, "_DIRECT_BYTES", 0)
    monkeypatch.setattr(gemm.cpu, "_NEAR_BYTES", 0)
    tunables = {**gemm.RECORDS["cpu"].tunables, "OWN_ROWS": (0,), "DIRECT_ROWS": (0,), "B_CACHE_KIB": (32,)}
    monkeypatch.setattr(gemm.cpu, "RECORD", replace(gemm.cpu.RECORD, tunables=tunables))


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "uint8", "bool"])
@pytest.mark.parametrize("scratch_kib", [32, 1 << 20])
def test_slices(device: OpenDevice, monkeypatch: pytest.MonkeyPatch, dtype: str, scratch_kib: int) -> None:
    """Packed panels of little memory: columns, chunks and matrices are done one after the other."""
    cpu = fresh(device)
    cpu.info = replace(device.info, family="cpu")
    only_packed(monkeypatch)
    for module in (gemm.problem, gemm.cpu):
        monkeypatch.setattr(module, "SCRATCH_BYTES", scratch_kib << 10)
    large = sized(device, ((3, 31, 800), (3, 800, 270)), ((2, 3, 2 * KC + 16), (2, 2 * KC + 16, 17)))
    for a_shape, b_shape in (large, ((2, 3, 5, 33), (3, 33, 21)), ((9, 700), (2, 700, 21))):
        a, b = draw(dtype, a_shape, 1), draw(dtype, b_shape, 2)
        assert_same_bits(multiply(cpu, a, b), gemm_reference(a, b))


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "uint8", "bool"])
@pytest.mark.parametrize("scratch_kib", [8, 1 << 20])
def test_split_k(family_device: OpenDevice, monkeypatch: pytest.MonkeyPatch, dtype: str, scratch_kib: int) -> None:
    """Few tiles and many chunks: the chunks are shared out, and their sums added in ascending order."""
    few, on_cpu = fresh(family_device), family_device.info.family == "cpu"
    if not on_cpu and scratch_kib > 8 and sized(family_device, False, True):
        pytest.skip("a checker takes half a minute; how much memory there is concerns the host, as with other drivers")
    if on_cpu:
        few.info = replace(family_device.info, compute_units=1)
    for module in (gemm.problem, gemm.cpu):
        monkeypatch.setattr(module, "SCRATCH_BYTES", scratch_kib << 10)
    usual = (((5, 6 * KC + 3), (6 * KC + 3, 16)), ((2, 3, 5 * KC), (5 * KC, 21)), ((2, 7, 4 * KC), (2, 4 * KC, 3)))
    checked = (((2, 4 * KC + 3), (4 * KC + 3, 5)), *[((2, 2, 4 * KC), (2, 4 * KC, 3))] * on_cpu)
    for a_shape, b_shape in sized(family_device, usual, checked):
        a, b = draw(dtype, a_shape, 1), draw(dtype, b_shape, 2)
        assert_same_bits(multiply(few, a, b), gemm_reference(a, b))
        if sized(family_device, True, on_cpu):
            transposed = np.swapaxes(np.swapaxes(a, -1, -2).copy(), -1, -2)
            assert_same_bits(multiply(few, transposed, b), gemm_reference(a, b))


@pytest.mark.thorough
@pytest.mark.parametrize("limits", [(8, 4096), (32, 32 << 10), (1, 1 << 20)], ids=str)
def test_small_devices(family_device: OpenDevice, limits: tuple[int, int]) -> None:
    items, local = limits[0], min(limits[1], family_device.info.local_mem_size)
    small = fresh(family_device)
    small.info = replace(family_device.info, max_work_group_size=items, local_mem_size=local, compute_units=UNITS)
    for dtype in ("float32", "complex64"):
        for n in (45, 48):
            a, b = draw(dtype, (33, 65), 1), draw(dtype, (65, n), 2)
            assert_same_bits(multiply(small, a, b), gemm_reference(a, b))
            assert_same_bits(multiply(small, a.T.copy().T, b), gemm_reference(a, b))


def one_apart(record: Kernel) -> list[tuple[str, int]]:
    return [(name, value) for name, values in record.tunables.items() for value in values[1:]]


@pytest.mark.parametrize(
    ("which", "name", "value"),
    [(which, *pair) for which in ("cpu", "gpu") for pair in one_apart(gemm.RECORDS[which])],
)
def test_tunables(device: OpenDevice, monkeypatch: pytest.MonkeyPatch, which: str, name: str, value: int) -> None:
    record: Kernel = gemm.RECORDS[which]
    tuned = fresh(device)
    # Few items with large tiles take longest to compile; tiles vary by themselves.
    units = UNITS if name in ("WM", "WN") else device.info.compute_units
    tuned.info = replace(device.info, family=record.family, compute_units=units)
    changed = next((p for p in record.space(dtypes.float32, tuned.info) if p[name] == value), None)
    if changed is None:
        pytest.skip("does not fit")
    tuning.assign(record, dtypes.float32, tuned, changed)
    monkeypatch.setattr(gemm.cpu, "_SMALL_PRODUCT", 0)
    m, k, *widths = sized(device, (67, 400, 45, 48), (19, KC + 20, 17, 24))
    for n in widths:
        a, b = draw("float32", (m, k), 1), draw("float32", (k, n), 2)
        assert_same_bits(multiply(tuned, a, b), gemm_reference(a, b))
