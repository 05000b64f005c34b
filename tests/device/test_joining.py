"""Arrays that are joined, split, repeated, moved and padded, beside NumPy's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd import dtypes, nd
from clnd.errors import ArgumentError, DTypeError, IndexingError, NoAxisError, ShapeError
from clnd.kernels import join, launch, tuning
from clnd.kernels.join import Part
from clnd.runtime.opened import OpenDevice
from clnd.shapes import contiguous_strides
from tests.beside_numpy import check
from tests.child import succeeds
from tests.counting import launches

Host = np.ndarray[Any, Any]

SCALAR, VECTOR = np.array(3, np.float32), np.arange(5, dtype=np.float32)
MATRIX, CUBE, NONE = VECTOR[:4] + 10 * VECTOR[:3, None], np.arange(24, dtype=np.int32).reshape(2, 3, 4), np.zeros((0, 4), np.float32)


def numbers(shape: Any, dtype: Any = np.float32, seed: int = 0) -> Host:
    return (np.random.default_rng(seed).standard_normal(shape) * 50).astype(dtype)


def equal(got: Any, want: Host) -> None:
    host = got.asnumpy()
    assert host.dtype == want.dtype
    assert host.shape == want.shape
    np.testing.assert_array_equal(host, want)


# --- joining: the kernel -----------------------------------------------------------------------

LAYOUTS = {
    "as they are": lambda x: x,
    "transposed": lambda x: x.T,
    "backwards": lambda x: x[::-1, ::-1],
    "steps": lambda x: x[::2, ::3],
    "columns": lambda x: x[:, 1:4],
}


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("axis", [0, 1, None])
def test_layouts(layout: str, axis: int | None) -> None:
    hosts = [numbers((7, 90), seed=k) for k in range(3)]
    lie = LAYOUTS[layout]
    equal(clnd.concat([lie(clnd.asarray(h)) for h in hosts], axis=axis), np.concatenate([lie(h) for h in hosts], axis=axis))


@settings(max_examples=60)
@given(data=st.data())
def test_any_shapes(data: Any) -> None:
    shape = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    lengths = data.draw(st.lists(st.integers(0, 4), min_size=1, max_size=11))
    dtype = data.draw(st.sampled_from([np.uint8, np.float16, np.float32, np.complex64]))
    hosts = []
    for k, n in enumerate(lengths):
        shape[axis] = n
        hosts.append(numbers(shape, dtype, k))
    equal(clnd.concat([clnd.asarray(h) for h in hosts], axis=axis), np.concatenate(hosts, axis=axis))


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("dtype", dtypes.ALL, ids=str)
def test_bits_are_kept(dtype: Any, has_dtype: None) -> None:
    bits = np.random.default_rng(1).integers(0, 256, (3, 40 * dtype.itemsize), np.uint8)
    host = bits % 2 == 1 if dtype == np.bool_ else bits.view(dtype)  # NaNs of any payload among them
    x = clnd.asarray(host)
    for axis in (0, 1):
        assert clnd.concat([x, x[:, ::-1] if axis == 0 else x[:, :3]], axis=axis).asnumpy().tobytes() == np.concatenate(
            [host, host[:, ::-1] if axis == 0 else host[:, :3]], axis=axis
        ).tobytes()


@pytest.mark.parametrize(("count", "taken"), [(1, 1), (2, 1), (8, 1), (9, 2), (25, 4)])
def test_eight_share_a_launch(count: int, taken: int) -> None:
    arrays = [clnd.asarray(numbers((5, 3), seed=k)) for k in range(count)]
    assert launches(lambda: clnd.concat(arrays)) == taken
    assert launches(lambda: clnd.stack(arrays, axis=1)) == taken
    assert launches(lambda: clnd.concat(arrays, axis=None)) == taken


def by_kernel(device: OpenDevice, hosts: list[Host], axis: int, **tunables: int) -> Host:
    """``hosts`` joined by the kernel alone."""
    if tunables:
        device = device.without_kernels()
        tuning.assign(join.RECORDS[device.info.family], np.dtype(f"V{hosts[0].itemsize}"), device, tunables)
    want = np.concatenate(hosts, axis)
    to = contiguous_strides(want.shape)
    parts, given, blocks, start = [], [], [], 0
    for k, host in enumerate(hosts):
        blocks.append(device.pool.allocate(host.nbytes))
        device.write(blocks[-1], np.ascontiguousarray(host))
        parts.append(Part(k, host.shape, contiguous_strides(host.shape), start * to[axis], to))
        given += [blocks[-1].buffer, 0]
        start += host.shape[axis]
    (result,) = launch.run(device, join.plan(device, want.itemsize, len(hosts), parts, want.size), given)
    device.read(result, got := np.empty_like(want))
    return got


def test_problems_of_the_record(family_device: OpenDevice) -> None:
    record = join.RECORDS[family_device.info.family]
    for shape in record.problems:
        hosts = [numbers(shape, np.int16, k) for k in range(3)]
        np.testing.assert_array_equal(by_kernel(family_device, hosts, len(shape) - 1), np.concatenate(hosts, len(shape) - 1))


def test_every_tunable(family_device: OpenDevice) -> None:
    hosts = [numbers((3, n), np.int32, n) for n in (500, 1, 0, 77)]
    want = np.concatenate(hosts, 1)
    launches = {
        "cpu": [{"CHUNK": c, "GROUPS": g} for c, g in itertools.product((64, 256), (2, 8))],
        "gpu": [{"LOCAL": n, "CHUNK": c} for n, c in ((1, 4), (8, 16), (32, 1))],
    }
    for tunables in launches[family_device.info.family]:
        np.testing.assert_array_equal(by_kernel(family_device, hosts, 1, **tunables), want)


def test_64_bit_counting(family_device: OpenDevice, index64: None) -> None:
    hosts = [numbers((2, 3, 5), np.int32, k) for k in range(2)]
    np.testing.assert_array_equal(by_kernel(family_device, hosts, 1), np.concatenate(hosts, 1))


# --- joining: the functions --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["concatenate", "concat", "stack"])
def test_joined_along_axes(name: str) -> None:
    for arrays, axis in itertools.product(([MATRIX, MATRIX * 2, MATRIX], [VECTOR, VECTOR], [CUBE, CUBE], [MATRIX, NONE], [VECTOR, MATRIX], [SCALAR, SCALAR], []), (0, 1, -1, 3)):
        check(name, arrays, axis)
    check(name, CUBE, 1)


def test_what_is_joined() -> None:
    x = clnd.asarray(MATRIX)
    check("concatenate", [SCALAR, MATRIX, CUBE.astype(np.float32)], None)
    check("concatenate", [MATRIX.astype(np.int16), MATRIX.astype(np.uint8)])
    check("concatenate", [MATRIX, MATRIX], 0, dtype=np.int32)
    check("concatenate", [MATRIX, MATRIX], 0, dtype=np.int32, casting="unsafe")
    check("concatenate", [MATRIX, MATRIX], 0, casting="often")
    check("stack", [MATRIX, MATRIX], -1, dtype=np.complex64)
    # Numbers take the dtype of the arrays, and what NumPy made keeps its own.
    assert clnd.concat([x[0], [1.5, 2]]).dtype == np.float32
    assert clnd.concat([x, MATRIX.astype(np.int8)]).dtype == np.float32
    out = clnd.zeros((6, 4))
    assert clnd.concat([x, x], out=out) is out
    equal(out, np.concatenate([MATRIX, MATRIX]))
    equal(clnd.concat([x + 1, x * 2])[1:], np.concatenate([MATRIX + 1, MATRIX * 2])[1:])


def test_what_cannot_be_joined() -> None:
    x = clnd.asarray(MATRIX)
    with pytest.raises(ShapeError, match=r"\[concat\] got shapes \(3, 4\), \(5,\) along axis 0; expected equal lengths along every other axis"):
        clnd.concat([x, clnd.asarray(VECTOR)])
    with pytest.raises(ShapeError, match=r"\[stack\] got shapes \(3, 4\), \(2, 4\); expected equal shapes"):
        clnd.stack([x, x[1:]])
    with pytest.raises(ArgumentError, match=r"\[concat\] got no arrays"):
        clnd.concat([])
    with pytest.raises(ArgumentError, match=r"\[concat\] got a int; expected a sequence of arrays"):
        clnd.concat(3)
    with pytest.raises(DTypeError, match=r"\[concat\] got str; expected an array, a number or a sequence of numbers"):
        clnd.concat(["x", "y"])
    with pytest.raises(ArgumentError, match=r"\[concat\] got axis 2; expected an axis from -2 to 1"):
        clnd.concat([x, x], axis=2)
    with pytest.raises(ArgumentError, match="got both out and dtype"):
        clnd.concat([x, x], out=x, dtype="float32")
    with pytest.raises(ArgumentError, match=r"\[stack\] got both out and dtype"):
        clnd.stack([x, x], out=clnd.zeros((2, *x.shape)), dtype="float32")
    with pytest.raises(DTypeError, match=r"\[concat\] got float32 for dtype int8 with casting='same_kind'"):
        clnd.concat([x, x], dtype="int8")


@pytest.mark.slow
def test_two_contexts_are_not_joined() -> None:
    """`gpu(0)`, where there is one; else a driver for CPUs plays it in a process of its own."""
    told = succeeds("""
        try:
            clnd.concat([clnd.ones(3, ctx="cpu(0)"), clnd.ones(3, ctx="gpu(0)")])
        except clnd.ContextError as error:
            print(error)
    """, env={"CLND_PRETEND_GPU": clnd.current_context().info.driver})  # fmt: skip
    assert "[concat] got arrays on cpu(0) and gpu(0); expected one context" in told


@pytest.mark.parametrize("name", ["vstack", "hstack", "dstack", "column_stack"])
def test_stacked(name: str) -> None:
    for arrays in ([VECTOR, VECTOR], [MATRIX, MATRIX], [CUBE, CUBE], [SCALAR, SCALAR], [VECTOR, MATRIX], [MATRIX[:, :1], MATRIX], [MATRIX, VECTOR[:4]], []):
        check(name, arrays)


def test_blocks() -> None:
    m, row = MATRIX, np.zeros((2, 5), np.float32)
    for blocks in ([[m, m], [m, m]], [m, m], [[m], [m]], [[m, m[:, :1]], [row]], [[m, m], [m]], m, [[VECTOR, VECTOR], [VECTOR, VECTOR]], [[m, [m]]], [], [[[CUBE, CUBE]], [[CUBE, CUBE]]], [[m], []]):
        check("block", blocks)
    x = clnd.asarray(m)
    assert launches(lambda: clnd.block([[x, x], [x, x]])) == 1


def test_appended() -> None:
    for axis in (0, 1, None):
        check("append", MATRIX, MATRIX, axis)
    check("append", VECTOR, MATRIX)
    check("append", MATRIX, VECTOR, 0)


# --- splitting ---------------------------------------------------------------------------------


def test_split() -> None:
    for parts in (1, 2, 3, 4, [1, 2], [1, 9], [2, 1], [-1], 0, -1):
        for name, x in itertools.product(("split", "array_split", "hsplit", "vsplit", "dsplit"), (VECTOR, MATRIX, CUBE)):
            check(name, x, parts)
        check("split", MATRIX, parts, axis=1)
        check("array_split", MATRIX, parts, 1)
    check("array_split", NONE, 3)
    check("split", SCALAR, 1)
    with pytest.raises(ShapeError, match=r"\[split\] got 2 parts of axis 0 of length 3; they are not equally long; use array_split\(\)"):
        clnd.split(clnd.asarray(MATRIX), 2)


def test_parts_are_views() -> None:
    x = clnd.zeros((4, 6))
    clnd.split(x, 2, axis=1)[1][...] = 7
    clnd.unstack(x)[0][...] = 5
    assert x.asnumpy()[0].tolist() == [5] * 6
    assert x.asnumpy()[1].tolist() == [0, 0, 0, 7, 7, 7]


def test_unstacked() -> None:
    for axis in (0, 1, -1):
        for got, want in zip(clnd.unstack(clnd.asarray(CUBE), axis=axis), np.moveaxis(CUBE, axis, 0), strict=True):
            equal(got, want)
    with pytest.raises(NoAxisError):
        clnd.unstack(clnd.asarray(SCALAR))


# --- parts left out and put in -----------------------------------------------------------------

PLACES = (0, 1, -1, 3, 5, -9, slice(None), slice(0, 3, 2), slice(None, None, -1), [0, 2], [0, 0], [2, -1], [], [9], 1.5, [1.5])


def test_deleted() -> None:
    for place, axis in itertools.product((*PLACES, [True, False, True]), (0, 1, None)):
        check("delete", MATRIX, place, axis)
    check("delete", VECTOR, np.array([True] * 5))
    equal(clnd.delete(clnd.asarray(VECTOR), clnd.asarray([0, 2])), np.delete(VECTOR, [0, 2]))
    with pytest.raises(IndexingError, match=r"\[delete\] index 9 is out of bounds for axis 0 with size 5"):
        clnd.delete(clnd.asarray(VECTOR), 9)
    with pytest.raises(IndexingError, match=r"\[delete\] got a mask of shape \(2,\) for axis 0 of length 5"):
        clnd.delete(clnd.asarray(VECTOR), [True, False])


def test_inserted() -> None:
    for place, axis in itertools.product((*PLACES, 4, 12, 13), (0, 1, None)):
        check("insert", MATRIX, place, 7, axis)
    for place, values, axis in ((1, VECTOR[:4], 0), (1, VECTOR[:3], 1), ([1], VECTOR[:3, None], 1), (1, VECTOR[:3, None], 1), ([0, 1], VECTOR[:2], 1)):
        check("insert", MATRIX, place, values, axis)
    check("insert", VECTOR, [1, 3], [9, 8])
    check("insert", VECTOR, 1, [9, 8, 7])
    check("insert", VECTOR, [1, 3], [9, 8, 7])
    check("insert", CUBE, 1, CUBE[:, 0], 1)


def test_trimmed() -> None:
    zeros = np.array([0, 0, 1, 2, 0, 3, 0], np.float32)
    for x, trim in itertools.product((zeros, zeros * 0, zeros[:0], zeros[2:6]), ("fb", "f", "b", "x")):
        check("trim_zeros", x, trim)
    equal(clnd.trim_zeros(clnd.asarray(np.pad(MATRIX + 1, 2))), MATRIX + 1)
    equal(clnd.trim_zeros(clnd.asarray(np.pad(MATRIX + 1, 1)), axis=0), np.pad(MATRIX + 1, ((0, 0), (1, 1))))


# --- moved, repeated and padded: the kernels ---------------------------------------------------

# Short rows, long ones, and axes that a kernel keeps apart.
SHAPES = ((5,), (40,), (3, 4), (5, 40), (2, 3, 30))
MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_rolled(shape: Any) -> None:
    host = numbers(shape)
    x = clnd.asarray(host)
    axes = tuple(range(len(shape)))
    for shift in itertools.product((0, 1, -3, 7), repeat=len(shape)):
        equal(clnd.roll(x, shift, axes), np.roll(host, shift, axes))
    equal(clnd.roll(x, -2, -1) * 2 + x, np.roll(host, -2, -1) * 2 + host)


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("shape", [s for s in SHAPES if len(s) < 3], ids=str)
def test_repeated(shape: Any) -> None:
    host = numbers(shape)
    x = clnd.asarray(host)
    for times, axis in itertools.product((0, 1, 2, 30), range(len(shape))):
        equal(clnd.repeat(x, times, axis=axis), np.repeat(host, times, axis))
    for times in ((2,), (3, 1), (1, 3, 2), (0, 2)):
        equal(clnd.tile(x, times), np.tile(host, times))
        equal(clnd.tile(x, times) + 1, np.tile(host, times) + 1)


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("mode", MODES)
def test_padded(mode: str) -> None:
    values = {"constant_values": 2.5} if mode == "constant" else {}
    for shape in ((5,), (3, 4), (5, 40), (2, 3, 30)):
        host = numbers(shape)
        for width in ((1, 2), (0, 3), (9, 0)):
            widths = [width if k % 2 == 0 else (2, 1) for k in range(len(shape))]
            equal(clnd.pad(clnd.asarray(host), widths, mode, **values), np.pad(host, widths, mode, **values))  # type: ignore[call-overload]


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "int64", "complex64"])
def test_dtypes_that_are_moved(dtype: str) -> None:
    host = numbers((4, 30), dtype)
    x = clnd.asarray(host)
    equal(clnd.roll(x, (1, 2), (0, 1)), np.roll(host, (1, 2), (0, 1)))
    equal(clnd.pad(x, 3, mode="reflect"), np.pad(host, 3, mode="reflect"))
    equal(clnd.pad(x, 3, constant_values=1), np.pad(host, 3, constant_values=1))
    equal(clnd.pad(x.T, 1, constant_values=1), np.pad(host.T, 1, constant_values=1))
    equal(clnd.repeat(x, 2, axis=1), np.repeat(host, 2, axis=1))


@pytest.mark.usefixtures("family")
def test_large_arrays_are_moved_by_kernels_of_their_own() -> None:
    host = numbers((520, 510))
    x = clnd.asarray(host)
    equal(clnd.roll(x, (3, -5), (0, 1)) + clnd.roll(x, 1, 0), np.roll(host, (3, -5), (0, 1)) + np.roll(host, 1, 0))
    equal(clnd.roll(x.T, 1, 1) + 1, np.roll(host.T, 1, 1) + 1)
    equal(clnd.pad(x, ((1, 2), (30, 40))), np.pad(host, ((1, 2), (30, 40))))
    equal(clnd.tile(x[:, :100], (1, 6)) - 1, np.tile(host[:, :100], (1, 6)) - 1)


def test_moves_count_in_64_bits(index64: None) -> None:
    host = numbers((5, 33), np.int32)
    x = clnd.asarray(host)
    equal(clnd.roll(x, (1, 2), (0, 1)), np.roll(host, (1, 2), (0, 1)))
    equal(clnd.pad(x, 4, "symmetric"), np.pad(host, 4, "symmetric"))
    equal(clnd.pad(x, 4, "edge"), np.pad(host, 4, "edge"))


@settings(max_examples=40)
@given(data=st.data())
def test_formulas_of_moved_arrays(data: Any) -> None:
    """Rolls of rolls, of views and of results, padded and tiled in one formula."""
    host = numbers((data.draw(st.sampled_from([3, 6])), data.draw(st.sampled_from([4, 30]))), np.int32)
    x = clnd.asarray(host)
    want, got = host, x
    for _ in range(data.draw(st.integers(1, 4))):
        shift, axis = data.draw(st.integers(-7, 7)), data.draw(st.integers(0, 1))
        kind = data.draw(st.sampled_from(["roll", "add", "flip", "tile", "pad"]))
        if kind == "roll":
            got, want = clnd.roll(got, shift, axis), np.roll(want, shift, axis)
        elif kind == "add":
            got, want = got + clnd.roll(got, shift, axis), want + np.roll(want, shift, axis)
        elif kind == "flip":
            got, want = clnd.flip(got, axis=axis), np.flip(want, axis)
        elif kind == "tile":
            got, want = clnd.tile(got, (1, 2))[:, : want.shape[1]], np.tile(want, (1, 2))[:, : want.shape[1]]
        else:
            got, want = clnd.pad(got, 1, "wrap")[1:-1, 1:-1] * 2, np.pad(want, 1, "wrap")[1:-1, 1:-1] * 2
    equal(got, want)


def life(x: Any, xp: Any) -> Any:
    n = sum(xp.roll(xp.roll(x, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    return ((n == 3) | ((x == 1) & (n == 2))).astype(x.dtype)


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("n", [20, 50])
def test_a_step_of_life_is_one_launch(n: int) -> None:
    host = (np.random.default_rng(2).random((n, n)) < 0.4).astype(np.int32)
    x = clnd.asarray(host)
    for _ in range(3):
        x, host = life(x, clnd), life(host, np)
        assert launches(lambda x=x: x) == 1
    equal(x, host)


def test_moves_fuse() -> None:
    x, y = clnd.asarray(numbers((6, 40))), clnd.asarray(numbers((8, 42), seed=1))
    assert launches(lambda: clnd.pad(x, 1) + y * 2) == 1
    assert launches(lambda: clnd.exp(clnd.roll(x, 3)[0:1])) == 2  # of a flat array: a view of what was rolled
    assert launches(lambda: clnd.tile(x[:, :1], (1, 40)) - x) == 1
    assert launches(lambda: clnd.repeat(x[:3], 2, axis=0) - x) == 1
    equal(clnd.roll(x, 3)[0:1] + clnd.roll(x, 1, 1).sum(axis=0), np.roll(x.asnumpy(), 3)[0:1] + clnd.roll(x, 1, 1).copy().sum(axis=0).asnumpy())


def test_what_was_rolled_by_nothing_is_an_array_of_its_own() -> None:
    x = clnd.asarray(MATRIX)
    y = clnd.roll(x, 4, 1)
    y[0, 0] = 77
    equal(x, MATRIX)
    x[0, 1] = 5
    assert y.asnumpy()[0].tolist() == [77, 1, 2, 3]


# --- the functions -----------------------------------------------------------------------------


def test_arguments_of_roll() -> None:
    for shift, axis in itertools.product((0, 1, -2, 7, (1, 2), (1,), (1, 2, 3)), (None, 0, 1, -1, (0, 1), (1, 0), (0, 0), 5)):
        check("roll", MATRIX, shift, axis)
    check("roll", NONE, 1)
    check("roll", SCALAR, 1)
    check("roll", SCALAR, 1, 0)
    with pytest.raises(ArgumentError, match=r"\[roll\] got shift 1.5 and axis 0; expected integers"):
        clnd.roll(clnd.asarray(VECTOR), 1.5)


def test_arguments_of_repeat() -> None:
    for times, axis in itertools.product((0, 2, -1, [1, 2, 0], [1], [1, 2, 3, 4], [[1, 2]]), (0, 1, -1, None, 5)):
        check("repeat", MATRIX, times, axis)
    check("repeat", VECTOR, [1, 0, 2, 3, 1])
    check("repeat", SCALAR, 3)
    check("repeat", NONE, 2, 1)
    equal(clnd.asarray(VECTOR).repeat(clnd.asarray([1, 0, 2, 3, 1])), np.repeat(VECTOR, [1, 0, 2, 3, 1]))
    with pytest.raises(ArgumentError, match=r"\[repeat\] got -1 repeats; expected numbers from 0 on"):
        clnd.repeat(clnd.asarray(VECTOR), -1)
    with pytest.raises(ShapeError, match=r"\[repeat\] got repeats of shape \(2,\) for axis 0 of length 5"):
        clnd.repeat(clnd.asarray(VECTOR), [1, 2])


def test_arguments_of_tile() -> None:
    for x, times in itertools.product((SCALAR, VECTOR, MATRIX, NONE), (0, 2, (2,), (2, 1), (1, 2, 3), (2, 0), ())):
        check("tile", x, times)
    with pytest.raises(ShapeError, match=r"\[tile\]"):
        clnd.tile(clnd.asarray(VECTOR), -1)


def test_resized() -> None:
    for shape in ((2, 2), (5,), (30,), (0,), (3, 4, 2), 7, (-1,)):
        check("resize", MATRIX, shape)
    check("resize", MATRIX[::2, ::-1], (2, 3))
    check("resize", NONE, (3, 2))
    with pytest.raises(ShapeError, match="expected no change in place"):
        clnd.asarray(VECTOR).resize(3)


def test_turned() -> None:
    for k in range(-2, 6):
        check("rot90", MATRIX, k)
        check("rot90", CUBE, k, (2, 0))
    check("rot90", MATRIX, 1, (0, 0))
    for name, x in itertools.product(("fliplr", "flipud"), (SCALAR, VECTOR, MATRIX, CUBE)):
        check(name, x)
    for x, axis in itertools.product((VECTOR, MATRIX), (0, 1, None)):
        check("flip", x, axis)


def test_at_least() -> None:
    for name, x in itertools.product(("atleast_1d", "atleast_2d", "atleast_3d"), (SCALAR, VECTOR, MATRIX, CUBE)):
        check(name, x)
    check("atleast_2d", SCALAR, VECTOR, MATRIX)
    assert clnd.atleast_2d([1, 2]).shape == (1, 2)


WIDTHS = (0, 2, (1,), (1, 3), ((1, 2), (0, 3)), ((2,), (1,)), ((1, 2),), -1, 1.5, [1, 2, 3])


@pytest.mark.parametrize("mode", [*MODES, "linear_ramp", "maximum", "mean", "minimum", "sometimes"])
def test_widths(mode: str) -> None:
    for width in WIDTHS:
        check("pad", MATRIX, width, mode, tolerance=1e-5)
    check("pad", CUBE * 3, ((1, 2), (2, 0), (3, 3)), mode, tolerance=1e-5)


def test_arguments_of_pad() -> None:
    ints = MATRIX.astype(np.int32)
    for values in (2.5, (1, 2), ((1, 2), (3, 4)), 7):
        check("pad", MATRIX, ((1, 2), (2, 1)), constant_values=values)
        check("pad", ints, 1, constant_values=values)
    check("pad", MATRIX, 1, "edge", constant_values=2)
    check("pad", MATRIX, 2, "linear_ramp", end_values=((5, -4), (1, 2)), tolerance=1e-5)
    check("pad", ints, 3, "linear_ramp", end_values=((5, -4), (11, 2)))
    for length in (2, ((1, 2), (2, 1))):
        check("pad", MATRIX, 2, "mean", stat_length=length, tolerance=1e-5)
        check("pad", MATRIX, 2, "maximum", stat_length=length)
    for x, width, mode in ((NONE, 1, "constant"), (NONE, 1, "edge"), (NONE, ((0, 0), (1, 1)), "edge"), (VECTOR, 9, "reflect"), (VECTOR, 13, "symmetric"), (VECTOR[:1], 3, "reflect"), (SCALAR, 1, "constant")):
        check("pad", x, width, mode)
    check("pad", CUBE[:, ::-1, ::2], ((1, 1), (2, 2), (3, 3)), "reflect")
    x = clnd.asarray(MATRIX)
    equal(clnd.pad(x, {0: 1, -1: (2, 3)}), np.pad(MATRIX, ((1, 1), (2, 3))))
    with pytest.raises(ArgumentError, match=r"\[pad\] got mode 'sometimes'; expected 'constant', 'edge'"):
        clnd.pad(x, 1, "sometimes")
    with pytest.raises(ArgumentError, match=r"\[pad\] got constant_values for mode 'edge'; expected no such argument"):
        clnd.pad(x, 1, "edge", constant_values=2)
    with pytest.raises(ArgumentError, match=r"\[pad\] got reflect_type 'odd'; expected 'even'"):
        clnd.pad(x, 1, "reflect", reflect_type="odd")


def test_mxnets_functions() -> None:
    x = nd.array(MATRIX)
    equal(nd.concat(x, x, dim=1), np.concatenate([MATRIX, MATRIX], 1))
    equal(nd.tile(x, (2, 1)), np.tile(MATRIX, (2, 1)))
    equal(nd.repeat(x, 2, axis=1), np.repeat(MATRIX, 2, 1))
    assert isinstance(nd.concat(x, x), nd.NDArray)
