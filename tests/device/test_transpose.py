"""Copies between layouts: bits are moved as they are, whatever the strides."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from clnd.kernels import kernel, launch, transpose, tuning
from clnd.kernels.kernel import Kernel, Strided, aligned, far
from clnd.runtime.opened import OpenDevice

Array = np.ndarray[Any, Any]
DTYPES = ("uint8", "float16", "float32", "float64", "complex128")


def draw(dtype: str, shape: tuple[int, ...]) -> Array:
    """Any bits, NaNs of every payload among them."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return np.random.default_rng(5).integers(0, 256, count, dtype=np.uint8).view(dtype).reshape(shape)


def copied(device: OpenDevice, base: Array, view: Array) -> Array:
    block = device.pool.allocate(max(1, base.nbytes))
    device.write(block, base)
    offset = view.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    strides = tuple(s // view.itemsize for s in view.strides)
    source = Strided(block, offset // view.itemsize if view.size else 0, strides)
    out = np.empty(view.shape, view.dtype)
    target = device.pool.allocate(max(1, out.nbytes))
    if not view.size:
        return out
    plan = transpose.plan(device, view.itemsize, view.shape, source.strides, far(source.offset), aligned(source.offset))
    launch.run(device, plan, (source.block.buffer, source.offset, target.buffer))
    device.read(target, out)
    return out


def of_family(device: OpenDevice, family: str) -> OpenDevice:
    other = device.without_kernels()
    other.info = replace(device.info, family=family)
    return other


def assert_copied(device: OpenDevice, base: Array, view: Array) -> None:
    assert copied(device, base, view).tobytes() == np.ascontiguousarray(view).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", transpose.RECORDS["cpu"].problems, ids=str)
def test_permuted_axes(family_device: OpenDevice, dtype: str, shape: tuple[int, ...]) -> None:
    base = draw(dtype, shape)
    for axes in permutations(range(len(shape))):
        assert_copied(family_device, base, base.transpose(axes))


@pytest.mark.parametrize("dtype", ["uint8", "float32", "complex128"])
@pytest.mark.parametrize(
    ("shape", "axes", "pattern"),
    [
        ((2, 70, 3), (0, 2, 1), "deinterleave"),
        ((4200, 4), (1, 0), "deinterleave"),
        ((3, 5, 67, 2), (0, 3, 1, 2), "deinterleave"),
        ((2, 3, 70), (0, 2, 1), "interleave"),
        ((4, 4200), (1, 0), "interleave"),
        ((3, 2, 5, 67), (0, 2, 3, 1), "interleave"),
        ((2, 3, 34, 128), (0, 2, 1, 3), "runs"),
        ((2, 33, 1100), (1, 0, 2), "runs"),
        ((2, 3, 40, 130), (2, 0, 1, 3), "runs"),
    ],
)
def test_patterns(device: OpenDevice, dtype: str, shape: tuple[int, ...], axes: tuple[int, ...], pattern: str) -> None:
    base = draw(dtype, shape)
    view = base.transpose(axes)
    strides = tuple(s // base.itemsize for s in view.strides)
    assert transpose._pattern(transpose._axes(view.shape, strides), base.itemsize, "cpu") == pattern
    cpu = of_family(device, "cpu")
    assert_copied(cpu, base, view)


@pytest.mark.parametrize("dtype", DTYPES)
def test_other_strides(family_device: OpenDevice, dtype: str) -> None:
    base = draw(dtype, (40, 9, 50))
    views = (
        base.T[::-1], base.T[..., ::-1], base.T[3:, :, ::2], base.transpose(2, 0, 1)[::3], base[:, 0].T, base[0, 0],
        base[1:2, :1, 2:3], base[:, 1:4].transpose(0, 2, 1), base[:3, 2].T, base[::-1].transpose(1, 0, 2),
        np.broadcast_to(base[:, :1, :], base.shape).T, np.broadcast_to(base[0, 0], (7, 50)).T,
        np.broadcast_to(base[0, 0, :1], (3, 4)), base[0, 0, 2:3].reshape(()),
    )  # fmt: skip
    for view in views:
        assert_copied(family_device, base, view)


def test_64_bit_indices(family_device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transpose, "settings", replace(transpose.settings, index64=True))
    base = draw("float32", (70, 3, 65))
    other = family_device.without_kernels()
    assert_copied(other, base, base.T)
    assert_copied(other, base, base.transpose(1, 0, 2))
    assert_copied(other, base, base.reshape(3, -1).T)


@pytest.mark.parametrize("limits", [(8, 4096), (32, 32 << 10), (1, 1 << 20)], ids=str)
def test_small_devices(family_device: OpenDevice, limits: tuple[int, int]) -> None:
    small = family_device.without_kernels()
    items, local = limits[0], min(limits[1], family_device.info.local_mem_size)
    small.info = replace(family_device.info, max_work_group_size=items, local_mem_size=local)
    for dtype in ("uint8", "complex128"):
        base = draw(dtype, (70, 65))
        assert_copied(small, base, base.T)


@pytest.mark.parametrize(
    ("which", "name", "value"),
    [
        (which, name, value)
        for which in ("cpu", "gpu")
        for name, values in transpose.RECORDS[which].tunables.items()
        for value in values[1:]
    ],
)
def test_tunables(device: OpenDevice, which: str, name: str, value: int) -> None:
    record: Kernel = transpose.RECORDS[which]
    tuned = of_family(device, record.family)
    fitting = (p for p in record.space(transpose._BYTES[4], tuned.info) if p[name] == value)
    chosen = next(fitting, None)
    if chosen is None:
        pytest.skip(f"{name} {value} does not fit this device")
    tuning.assign(record, transpose._BYTES[4], tuned, chosen)
    base = draw("float32", (130, 270))
    assert_copied(tuned, base, base.T)


@pytest.mark.parametrize(
    ("shape", "strides", "expected"),
    [
        ((64, 64), (1, 64), True),
        ((64, 64), (64, 1), False),  # contiguous
        ((64, 64), (128, 2), False),  # its fastest axis is the last
        ((64, 64), (1, 0), False),  # broadcast along the last axis
        ((64, 5), (1, 64), False),  # rows too short for a tile
        ((5, 64), (1, 5), False),
        ((63, 3), (1, 63), False),
        ((4, 64, 64), (4096, 1, 64), True),
        ((4, 16, 64), (16, 1, 64), True),  # two axes of the source are one
        ((64, 1, 64), (1, 7, 64), True),
        ((64, 64), (-1, 64), True),
        ((0, 64), (1, 64), False),
        ((64,), (2,), False),
        ((), (), False),
    ],
)
def test_suits(shape: tuple[int, ...], strides: tuple[int, ...], expected: bool) -> None:
    for family in ("cpu", "gpu"):
        assert transpose.suits(shape, strides, 4, family) is expected


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((64, 3), (1, 64)), ((3, 64), (1, 3)), ((16, 64, 64), (64, 1024, 1)), ((64, 64), (0, 1))],
)
def test_suits_cpus_only(shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    assert transpose.suits(shape, strides, 4, "cpu")
    assert not transpose.suits(shape, strides, 4, "gpu")
    assert not transpose.suits(shape, tuple(2 * s for s in strides), 4, "cpu")


@pytest.fixture
def stores_past_the_caches(device: OpenDevice) -> None:
    if device.info.driver == "rusticl":
        pytest.skip("rusticl has no stores past the caches, and its users get the kernels for GPUs")


@pytest.mark.usefixtures("stores_past_the_caches")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(64, 96), (9, 64, 64), (32, 5, 64), (65, 31), (72, 40), (320, 3), (4, 320), (2, 34, 64)], ids=str)
def test_written_past_the_caches(device: OpenDevice, monkeypatch: pytest.MonkeyPatch, dtype: str, shape: tuple[int, ...]) -> None:
    """What only large outputs do, on small ones, whose rows begin at whole vectors or not."""
    monkeypatch.setattr(kernel, "STREAMED_BYTES", 0)
    cpu = of_family(device, "cpu")
    chosen: list[bool] = []
    streams = transpose.streams

    def spy(*arguments: Any) -> bool:
        chosen.append(streams(*arguments))
        return chosen[-1]

    monkeypatch.setattr(transpose, "streams", spy)
    base = draw(dtype, shape)
    for axes in permutations(range(len(shape))):
        assert_copied(cpu, base, base.transpose(axes))
    assert any(chosen) == (shape != (65, 31))


@pytest.mark.usefixtures("stores_past_the_caches")
@pytest.mark.parametrize(("run", "streams"), [(128, True), (129, False), (130, False), (136, False), (144, True)])
def test_runs_past_the_caches(device: OpenDevice, monkeypatch: pytest.MonkeyPatch, run: int, streams: bool) -> None:
    """Rows cut short: those that begin within a vector are not stored past the caches, which may end the process."""
    monkeypatch.setattr(kernel, "STREAMED_BYTES", 0)
    render, chosen = transpose.render, []

    def spy(*arguments: Any, **facts: Any) -> str:
        chosen.append((facts["pattern"], facts["streams"]))
        return render(*arguments, **facts)

    monkeypatch.setattr(transpose, "render", spy)
    base = draw("float32", (40, 200))
    assert_copied(of_family(device, "cpu"), base, base[:, :run])
    assert chosen == [("runs", streams)]
