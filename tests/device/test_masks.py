"""Compaction and masks: NumPy's results for every dtype, shape and share of trues, in both families, however a mask is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, DTypeError, IndexingError, NoAxisError, ShapeError
from clnd.kernels import compact, tuning
from clnd.ops.compaction import compressed_node, flat_nonzero_node, nonzero_nodes
from clnd.random.drawing import array_of
from clnd.runtime.counters import counters

Array = np.ndarray[Any, Any]

# One dtype for each size of element, and each kind.
DTYPES = ("bool", "int8", "uint16", "float16", "int32", "float32", "uint64", "complex64", "float64", "complex128")
# Around vectors of the mask, parts on a CPU and tiles on a GPU.
SIZES = (1, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 9000)
SHARES = (0.0, 0.002, 0.3, 0.97, 1.0)


def numbers(shape: Any, dtype: str, seed: int = 0) -> Array:
    """Small numbers, some of which are 0 of either sign, and NaN where there is one."""
    rng = np.random.default_rng(seed)
    host = np.asarray(rng.integers(0, 4, shape)).astype(dtype)
    if host.dtype.kind in "fc" and host.size > 2:
        host.flat[0], host.flat[1] = np.nan, -0.0
    return host


def drawn(shape: Any, share: float, seed: int = 1) -> Array:
    return np.asarray(np.random.default_rng(seed).random(shape) < share)


# --- the kernels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_elements_of_every_dtype(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    host, mask = numbers(5000, dtype), drawn(5000, 0.4)
    x = clnd.asarray(host)
    np.testing.assert_array_equal(x[clnd.asarray(mask)].asnumpy(), host[mask])
    found = clnd.nonzero(x)
    assert [k.dtype for k in found] == [np.int64]
    np.testing.assert_array_equal(found[0].asnumpy(), np.nonzero(host)[0])


@pytest.mark.parametrize("share", SHARES)
def test_sizes_around_parts(family: str, share: float) -> None:
    for n in SIZES:
        host, mask = numbers(n, "float32", n), drawn(n, share, n)
        m = clnd.asarray(mask)
        np.testing.assert_array_equal(clnd.asarray(host)[m].asnumpy(), host[mask])
        np.testing.assert_array_equal(clnd.flatnonzero(m).asnumpy(), np.flatnonzero(mask))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (70, 130), (4100, 2), (2, 4100), (9, 1, 40), (5, 60, 33), (2, 3, 4, 5), (3, 0), (0, 4, 2)], ids=str)
@pytest.mark.parametrize("share", [0.0, 0.003, 0.5, 1.0])
def test_places_along_axes(family: str, shape: tuple[int, ...], share: float) -> None:
    mask = drawn(shape, share)
    found = clnd.nonzero(clnd.asarray(mask))
    for got, want in zip(found, np.nonzero(mask), strict=True):
        np.testing.assert_array_equal(got.asnumpy(), want)
    assert clnd.argwhere(clnd.asarray(mask)).shape == np.argwhere(mask).shape
    if share == 0.5:
        np.testing.assert_array_equal(clnd.argwhere(clnd.asarray(mask)).asnumpy(), np.argwhere(mask))


def test_launch_sizes(family_device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the cut: every value of every tunable, and groups that take several tiles."""
    ctx = clnd.current_context()
    host, mask = numbers((70, 100), "float32"), drawn((70, 100), 0.3)
    launches = {
        "cpu": [{"CHUNK": c} for c in (1 << 14, 1 << 16)],
        "gpu": [{"LOCAL": n, "WAVES": w} for n, w in ((1, 1), (8, 4), (64, 1))],
    }
    for least in (64, 640):
        monkeypatch.setattr(compact, "_LEAST", least)
        for tunables in launches[family_device.info.family]:
            device = family_device.without_kernels()
            device.info = replace(device.info, compute_units=3)
            tuning.assign(compact.RECORDS[device.info.family], np.dtype(np.uint8), device, tunables)
            monkeypatch.setattr(ctx, "_device", device)
            x, m = clnd.asarray(host), clnd.asarray(mask)
            np.testing.assert_array_equal(array_of(compressed_node(x._node, m._node)).asnumpy(), host[mask])
            np.testing.assert_array_equal([array_of(k).asnumpy() for k in nonzero_nodes(m._node)], np.nonzero(mask))


def test_64_bit_counting(family: str, index64: None) -> None:
    mask = drawn((60, 90), 0.3)
    np.testing.assert_array_equal([k.asnumpy() for k in clnd.nonzero(clnd.asarray(mask))], np.nonzero(mask))


def test_bytes_that_are_neither_0_nor_1_are_true_once(family: str) -> None:
    mask = np.random.default_rng(0).integers(0, 3, 5000).astype(np.uint8)
    x = clnd.arange(5000)
    m = clnd.asarray(mask.view(np.bool_))
    np.testing.assert_array_equal(array_of(compressed_node(x._node, m._node)).asnumpy(), np.flatnonzero(mask))
    np.testing.assert_array_equal(array_of(flat_nonzero_node(m._node)).asnumpy(), np.flatnonzero(mask))


@settings(max_examples=25)
@given(data=st.data())
def test_any_layout(data: st.DataObject) -> None:
    """Views with steps and turned axes, as elements and as masks."""
    shape = data.draw(st.tuples(*[st.integers(1, 12)] * 2))
    step, turned = data.draw(st.sampled_from([1, 2, -1, -3])), data.draw(st.booleans())
    host, mask = numbers(shape, "int32", 3), drawn(shape, 0.5, 4)
    x, m = clnd.asarray(host)[::step], clnd.asarray(mask)[::step]
    h, k = host[::step], mask[::step]
    if turned:
        x, m, h, k = x.T, m.T, h.T, k.T
    np.testing.assert_array_equal(x[m].asnumpy(), h[k])
    np.testing.assert_array_equal([a.asnumpy() for a in x.nonzero()], h.nonzero())


def test_a_mask_is_counted_before_its_shape_is_known_and_only_then() -> None:
    x = clnd.asarray(np.arange(100, dtype=np.float32))
    mask = x * 2 > 50
    reads = counters.host_reads
    y = x[mask] + 1
    assert y.shape == (74,)
    assert counters.host_reads == reads + 1
    z = clnd.where(mask, x, 0)
    x[mask] = 7
    assert counters.host_reads == reads + 1, "numbers go where a mask is true without the host"
    assert (y == clnd.asarray(np.arange(26, 100) + 1.0)).all()
    assert float(z.sum()) == sum(range(26, 100))
    assert (x == clnd.asarray(np.where(np.arange(100) * 2 > 50, 7.0, np.arange(100)))).all()


def test_pending_masks_and_results() -> None:
    x = clnd.asarray(np.arange(1000, dtype=np.int32).reshape(20, 50))
    y = (x + 1)[(x % 3 == 0) & (x > 10)] * 2
    h = np.arange(1000).reshape(20, 50)
    np.testing.assert_array_equal(y.asnumpy(), (h + 1)[(h % 3 == 0) & (h > 10)] * 2)


# --- functions ---------------------------------------------------------------------------------------


def test_extract_and_compress() -> None:
    host = numbers((6, 7), "int32")
    x = clnd.asarray(host)
    np.testing.assert_array_equal(clnd.extract(x > 1, x).asnumpy(), np.extract(host > 1, host))
    np.testing.assert_array_equal(clnd.extract([1, 0, 2], x).asnumpy(), np.extract([1, 0, 2], host))
    for condition, axis in (([True, False, True], 0), ([0, 1, 1, 0, 0, 0, 1], 1), ([1, 0, 1], None), (host.ravel() > 2, None), ([], 1), ([False] * 9, 1)):
        np.testing.assert_array_equal(x.compress(condition, axis=axis).asnumpy(), host.compress(condition, axis=axis))
        np.testing.assert_array_equal(clnd.compress(clnd.asarray(condition, dtype="bool"), x, axis=axis).asnumpy(), np.compress(condition, host, axis=axis))
    out = clnd.zeros((2, 7), dtype="int32")
    assert clnd.compress([1, 0, 1], x, axis=0, out=out) is out
    np.testing.assert_array_equal(out.asnumpy(), host[[0, 2]])
    with pytest.raises(IndexingError, match=r"\[compress\] got a condition that is true at 6; expected less than 6, the size of axis 0"):
        x.compress([0] * 6 + [1], axis=0)
    with pytest.raises(IndexingError, match=r"\[extract\] got a condition that is true at 49"):
        clnd.extract([0] * 49 + [1], x)
    with pytest.raises(ShapeError, match=r"\[compress\] got a condition of shape \(1, 1\); expected one dimension"):
        x.compress([[1]], axis=0)


def test_without_dimensions() -> None:
    x = clnd.asarray(3.0)
    with pytest.raises(NoAxisError, match=r"\[nonzero\] got an array without dimensions"):
        clnd.nonzero(x)
    with pytest.raises(ValueError, match=r"\[nonzero\]"):
        x.nonzero()
    assert clnd.flatnonzero(x).tolist() == [0]
    assert clnd.argwhere(x).shape == np.argwhere(np.float64(3)).shape
    assert clnd.argwhere(x * 0).shape == (0, 0)
    with pytest.raises(DTypeError, match=r"\[nonzero\] got str; expected an array"):
        clnd.nonzero("x")


def test_where_of_a_condition_alone() -> None:
    host = numbers((5, 6), "float32")
    np.testing.assert_array_equal([k.asnumpy() for k in clnd.where(clnd.asarray(host))], np.where(host))
    with pytest.raises(ArgumentError, match=r"\[where\] got a condition and one of x1 and x2; expected both, or neither"):
        clnd.where(clnd.asarray(host), 1)  # type: ignore[call-overload]


def test_place_and_putmask() -> None:
    for values in ([7], [7, 8], list(range(30)), np.arange(60).reshape(6, 10), 5):
        for share in (0.0, 0.4, 1.0):
            host, mask = numbers((5, 6), "float32"), drawn((5, 6), share)
            x, y, a, b = clnd.asarray(host), clnd.asarray(host), host.copy(), host.copy()
            clnd.place(x, mask, values)
            np.place(a, mask, np.asarray(values, np.float32))
            np.testing.assert_array_equal(x.asnumpy(), a)
            clnd.putmask(y, clnd.asarray(mask), values)
            np.putmask(b, mask, np.asarray(values, np.float32))
            np.testing.assert_array_equal(y.asnumpy(), b)
    x = clnd.zeros((4, 6))
    clnd.place(x[::2, 1:4], np.array([1, 0, 1, 0, 1, 1]), clnd.asarray([1, 2, 3]))
    want = np.zeros((4, 6))
    want[::2, 1:4] = [[1, 0, 2], [0, 3, 1]]
    np.testing.assert_array_equal(x.asnumpy(), want)
    with pytest.raises(ShapeError, match=r"\[place\] got a mask of shape \(3,\) for an array of shape \(4, 6\); expected as many elements"):
        clnd.place(x, [1, 0, 1], 1)
    with pytest.raises(ArgumentError, match=r"\[place\] got no values for a mask that is true somewhere"):
        clnd.place(x, x == 0, [])
    with pytest.raises(ShapeError, match=r"\[putmask\] got a mask of shape \(3,\)"):
        clnd.putmask(x, [1, 0, 1], 1)
    small = clnd.zeros(3, "uint8")
    calls = (lambda v: clnd.put(small, [0, 1], v), lambda v: clnd.place(small, [1, 1, 0], v), lambda v: clnd.putmask(small, [1, 1, 0], v), lambda v: small.__setitem__(slice(2), v))
    for call in calls:
        for values in ([300, -1], [300]):
            with pytest.raises(DTypeError, match=r"got 300, which uint8 does not hold"):
                call(values)
    for use in (lambda i: clnd.put(small, i, 7), lambda i: clnd.take(small, i), lambda i: clnd.put_along_axis(small, i, 7, 0)):
        with pytest.raises(IndexingError, match=r"got the index 18446744073709551615; expected less than"):
            use(np.array([2**64 - 1], np.uint64))
    assert small.tolist() == [0, 0, 0]


def test_copyto() -> None:
    host = numbers((4, 5), "float32")
    for source, where in ((3, True), (np.arange(5), True), (np.arange(5), host > 1), (7.5, [True, False, True, False, True]), (host * 2, np.False_)):
        x, want = clnd.asarray(host), host.copy()
        clnd.copyto(x, source, where=where)
        np.copyto(want, source, where=where)
        np.testing.assert_array_equal(x.asnumpy(), want)
        view, want = clnd.asarray(host), host.copy()
        clnd.copyto(view.T[1:4], 8, where=(view > 1).T[1:4])
        np.copyto(want.T[1:4], 8, where=(host > 1).T[1:4])
        np.testing.assert_array_equal(view.asnumpy(), want)
    given = np.array([[3.0, -1.5, 0.25], [-7.0, 2.0, 5.5]], np.float32)
    x, source = clnd.zeros((2, 3)), clnd.asarray(given)
    clnd.copyto(x, [1, 2, 3])
    assert x.tolist() == [[1, 2, 3]] * 2
    clnd.copyto(x, given, where=given > 0)
    np.testing.assert_array_equal(x.asnumpy(), np.where(given > 0, given, [[1, 2, 3]] * 2))
    clnd.copyto(x, 5, where=[True, False, True])
    assert x[:, 0].tolist() == [5, 5]
    whole = clnd.zeros(3, dtype="int32")
    for floats in (1.5, source[0]):
        with pytest.raises(DTypeError, match=r"^\[copyto\] got float32 to copy into an array of int32, which casting='same_kind' forbids"):
            clnd.copyto(whole, floats)
    clnd.copyto(whole, source[0], casting="unsafe")
    assert whole.tolist() == [3, -1, 0]
    with pytest.raises(ShapeError):
        clnd.copyto(whole, [1, 2])
    with pytest.raises(DTypeError, match=r"\[copyto\] got where= of int64; expected bools"):
        clnd.copyto(clnd.zeros(3), 1, where=[1, 0, 1])


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (7, 2), (4, 4, 4), (1, 1), (0, 3)], ids=str)
@pytest.mark.parametrize("wrap", [False, True])
def test_fill_diagonal(shape: tuple[int, ...], wrap: bool) -> None:
    for value in (5, [1, 2], np.arange(9.0), []):
        x, want = clnd.zeros(shape), np.zeros(shape)
        clnd.fill_diagonal(x, value, wrap=wrap)
        if np.size(value):
            np.fill_diagonal(want, value, wrap=wrap)
        np.testing.assert_array_equal(x.asnumpy(), want)
    y = clnd.zeros((6, 8))
    clnd.fill_diagonal(y[::2, 1:4], 1)
    assert y.asnumpy()[::2, 1:4].tolist() == np.eye(3).tolist()


def test_fill_diagonal_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[fill_diagonal\] got shape \(3,\); expected at least two dimensions"):
        clnd.fill_diagonal(clnd.zeros(3), 1)
    with pytest.raises(ShapeError, match=r"expected equal lengths"):
        clnd.fill_diagonal(clnd.zeros((2, 2, 3)), 1)


def test_masked_assignment() -> None:
    host, mask = numbers((6, 7), "float32"), drawn((6, 7), 0.5)
    count = int(mask.sum())
    for value in (3, 2.5, np.float32(4), np.arange(count), np.arange(1.0), [9]):
        x, want = clnd.asarray(host), host.copy()
        x[clnd.asarray(mask)] = value
        want[mask] = value
        np.testing.assert_array_equal(x.asnumpy(), want)
        x[mask] = clnd.asarray(value) if not isinstance(value, int) else value
        np.testing.assert_array_equal(x.asnumpy(), want)
    x = clnd.asarray(host)
    with pytest.raises(ShapeError, match=r"\[setitem\] got a value of shape \(3,\) for a region of shape"):
        x[mask] = [1, 2, 3]
    view = x[::2, ::-1]
    view[clnd.asarray(mask)[::2, ::-1]] = -1
    want = host.copy()
    want[::2, ::-1][mask[::2, ::-1]] = -1
    np.testing.assert_array_equal(x.asnumpy(), want)


@pytest.mark.parametrize(("shape", "mask"), [((0, 1), (0, 0)), ((3,), (0,)), ((3, 2), (3, 0)), ((3, 2), (0, 2)), ((3, 2), (0,)), ((2, 3, 4), (2, 0)), ((3, 2), (0, 5)), ((0,), (3,))])
def test_axes_of_a_mask_may_be_empty(shape: tuple[int, ...], mask: tuple[int, ...]) -> None:
    """They are beside axes of any length, and choose nothing."""
    host, chosen = numbers(shape, "float32"), np.zeros(mask, bool)
    for key in (chosen, clnd.asarray(chosen), (..., clnd.asarray(chosen)), (None, clnd.asarray(chosen))):
        x = clnd.asarray(host)
        theirs = tuple(k if k is None or k is ... else chosen for k in key) if isinstance(key, tuple) else chosen
        try:
            want = host[theirs]
        except IndexError:
            with pytest.raises(IndexError, match=r"^\[getitem\] got a mask of shape "):
                x[key]
            with pytest.raises(IndexError, match=r"^\[getitem\] got a mask of shape "):
                x[key] = 1.0
            continue
        got = x[key]
        assert (got.shape, got.dtype) == (want.shape, want.dtype)
        x[key] = 1.0
        x[key] = got
        np.testing.assert_array_equal(x.asnumpy(), host)


def test_a_mask_is_counted_once() -> None:
    x, y = clnd.asarray(np.arange(2000.0, dtype=np.float32)), clnd.ones(2000)
    mask = x > 100
    first = x[mask]
    clnd.evaluate(first, y)
    before = counters.copy()
    second, places = y[mask], clnd.nonzero(mask)[0]
    assert (counters - before).host_reads == 0
    assert second.shape == places.shape == first.shape
    y[mask] = first
    assert (counters - before).host_reads == 0
    np.testing.assert_array_equal(y.asnumpy(), np.where(np.arange(2000) > 100, np.arange(2000), 1))
    mask[:1000] = False
    assert y[mask].shape == (1000,)


def test_a_pending_mask_does_not_keep_what_it_was_made_of() -> None:
    """It is computed before the write, so that the write need not copy the array; so is the value where it stands."""
    z = clnd.asarray(np.linspace(0, 3, 90_000, dtype=np.float32))
    inside, times = z < 2, clnd.zeros(90_000, dtype="int64")
    for step in range(3):
        z[inside] = z[inside] * 1.5
        left = inside & (z > 2)
        times[left] = step
        inside[left] = False
        clnd.evaluate(inside)
        block = id(z._node.value.block)
        z[inside] = z[inside] + 0.0
        assert id(z._node.value.block) == block
    host = np.linspace(0, 3, 90_000, dtype=np.float32)
    alive, when = host < 2, np.zeros(90_000, np.int64)
    for step in range(3):
        host[alive] = host[alive] * np.float32(1.5)
        gone = alive & (host > 2)
        when[gone] = step
        alive[gone] = False
    np.testing.assert_array_equal(z.asnumpy(), host)
    np.testing.assert_array_equal(times.asnumpy(), when)
