"""Scattered writes, of which the last one for a place wins, and additions with duplicates, which follow the canonical order to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from clnd.graph.node import Node
from clnd.kernels import group, reduce, scatter, tuning
from clnd.ops.additions import ROWS, added_node, summed_by_place_node
from clnd.ops.scatter import scatter_node
from clnd.random.drawing import array_of
from clnd.runtime.counters import counters
from tests.canonical import reduce_reference

Array = np.ndarray[Any, Any]

DTYPES = ("bool", "int8", "uint16", "float16", "int32", "float32", "uint64", "complex64", "float64", "complex128")
# Places of the target, and values: few of either, ranges of owners, and what needs winners on a GPU.
SIZES = ((1, 1), (5, 1), (3, 70), (100, 1000), (1000, 100), (300, 1500), (5000, 4100))


def problem(n: int, count: int, dtype: str = "float32", *, beyond: int = 0) -> tuple[Array, Array, Array]:
    """A target, places from -beyond to below n + beyond, and values."""
    rng = np.random.default_rng(n + count)
    base, values = (np.asarray(rng.integers(0, 100, m)).astype(dtype) for m in (n, count))
    return base, rng.integers(-beyond, n + beyond, count), values


def last_wins(base: Array, places: Array, values: Array) -> Array:
    result = base.copy()
    for p, v in zip(places, np.broadcast_to(values, places.shape), strict=True):
        if 0 <= p < base.size:
            result[p] = v
    return result


def node(host: Any) -> Node:
    return clnd.asarray(host)._node


# --- the last one wins -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_elements_of_every_dtype(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    for n, count in ((50, 40), (300, 1500)):
        base, places, values = problem(n, count, dtype, beyond=3)
        np.testing.assert_array_equal(array_of(scatter_node(node(base), node(places), node(values))).asnumpy(), last_wins(base, places, values))


@pytest.mark.parametrize(("n", "count"), SIZES)
def test_sizes_and_places_outside(family: str, n: int, count: int) -> None:
    base, places, values = problem(n, count, beyond=5)
    x = clnd.asarray(base)
    places[::7] = np.iinfo(np.int64).min
    places[3::7] = np.iinfo(np.int64).max
    want = last_wins(base, places, values)
    np.testing.assert_array_equal(array_of(scatter_node(x._node, node(places), node(values))).asnumpy(), want)
    np.testing.assert_array_equal(x.asnumpy(), base)
    np.testing.assert_array_equal(array_of(scatter_node(x._node, node(places), node(values[:1]))).asnumpy(), last_wins(base, places, values[:1]))
    one_each = np.random.default_rng(0).permutation(n)[:count]
    got = array_of(scatter_node(x._node, node(one_each), node(values[: one_each.size]), distinct=True)).asnumpy()
    np.testing.assert_array_equal(got, last_wins(base, one_each, values[: one_each.size]))


def test_launch_sizes(family_device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = clnd.current_context()
    base, places, values = problem(300, 1500, beyond=9)
    monkeypatch.setattr(scatter, "_LEAST", 100)
    monkeypatch.setattr(scatter, "_FEW", 40)
    launches = {
        "cpu": [{"OWNERS": o, "CHUNK": 1 << 12} for o in (8, 32)],
        "gpu": [{"LOCAL": n, "WAVES": w} for n, w in ((1, 4), (32, 4))],
    }
    for rounds in (2**31 - 1, 400):  # values beyond 2^31 are written in rounds
        monkeypatch.setattr(scatter, "_ROUND", rounds)
        for tunables in launches[family_device.info.family]:
            device = family_device.without_kernels()
            device.info = replace(device.info, compute_units=7)
            tuning.assign(scatter.RECORDS[device.info.family], np.dtype(np.uint8), device, tunables)
            monkeypatch.setattr(ctx, "_device", device)
            got = array_of(scatter_node(node(base), node(places), node(values))).asnumpy()
            np.testing.assert_array_equal(got, last_wins(base, places, values))
            order = np.random.default_rng(1).permutation(300)
            np.testing.assert_array_equal(array_of(scatter_node(node(base), node(order), node(values[:300]), distinct=True)).asnumpy(), last_wins(base, order, values[:300]))


def test_64_bit_counting(family: str, index64: None) -> None:
    base, places, values = problem(300, 1500)
    x = clnd.asarray(base)
    x[places] = values
    np.testing.assert_array_equal(x.asnumpy(), last_wins(base, places, values))


@settings(max_examples=40)
@given(data=st.data())
def test_assignment_is_numpys(data: st.DataObject) -> None:
    """Index arrays with duplicates, into arrays and views of them."""
    n, count = data.draw(st.integers(1, 40)), data.draw(st.integers(0, 60))
    step = data.draw(st.sampled_from([1, 2, -1, -3]))
    host = np.arange(n, dtype=np.float32)
    x = clnd.asarray(host)
    view, want = x[::step], host[::step]
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    places, values = rng.integers(-len(want), len(want), count), rng.random(count).astype(np.float32)
    view[clnd.asarray(places) if data.draw(st.booleans()) else places] = clnd.asarray(values)
    want[places] = values
    np.testing.assert_array_equal(x.asnumpy(), host)


# --- in place ----------------------------------------------------------------------------------------


def block_of(x: Any) -> Any:
    return x._node.value.block.buffer


def test_a_lone_array_is_written_in_its_memory(family: str) -> None:
    base, places, values = problem(1000, 50)
    x, i, v = (clnd.asarray(h) for h in (base, places, values))
    before = block_of(x)
    x[i] = v
    np.add.at(x, i, v)
    assert block_of(x) is before
    want = last_wins(base, places, values)
    np.add.at(want, places, values)
    np.testing.assert_array_equal(x.asnumpy(), want)
    assert block_of(x) is before


@pytest.mark.parametrize("write", ["set", "add"])
def test_who_saw_the_old_content_keeps_it(family: str, write: str) -> None:
    base, places, values = problem(200, 60)
    x, i, v = (clnd.asarray(h) for h in (base, places, values))
    pending, view, shared = x * 2, x[::2], np.asarray(x)
    kept = base.copy()
    want = base.copy()
    if write == "set":
        x[i] = v
        want = last_wins(want, places, values)
    else:
        clnd.add.at(x, i, v)
        np.add.at(want, places, values)
    np.testing.assert_array_equal(pending.asnumpy(), kept * 2)
    np.testing.assert_array_equal(shared, kept)
    np.testing.assert_array_equal(x.asnumpy(), want)
    np.testing.assert_array_equal(view.asnumpy(), want[::2])


def test_values_and_places_that_depend_on_the_array_itself() -> None:
    host = np.arange(20)
    x = clnd.asarray(host)
    x[x[::-1]] = x * 2
    np.testing.assert_array_equal(x.asnumpy(), (host * 2)[::-1])
    np.add.at(x, x // 2, x)
    want = (host * 2)[::-1].copy()
    np.add.at(want, want // 2, want.copy())
    np.testing.assert_array_equal(x.asnumpy(), want)


# --- faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", ["set", "add", "put", "put_along_axis"])
def test_an_index_out_of_range_is_told_once_and_the_rest_stands(family: str, write: str) -> None:
    x, y = clnd.zeros(5), clnd.zeros(5)
    i = clnd.asarray([1, 7, 2, -9, 1])
    v = clnd.asarray([1.0, 2.0, 4.0, 8.0, 16.0])
    if write == "set":
        x[i] = v
    elif write == "add":
        np.add.at(x, i, v)
    elif write == "put":
        clnd.put(x, i, v)
    else:
        clnd.put_along_axis(x, i, v, axis=0)
    later = x + 1
    with pytest.raises(IndexingError, match="out of bounds for axis 0 with size 5, at index 1 of the index array; expected -5 to 4"):
        x.asnumpy()
    want = [0.0, 17.0 if write == "add" else 16.0, 4.0, 0.0, 0.0]
    assert x.tolist() == want
    assert later.tolist() == [k + 1 for k in want]
    x[0] = 3
    assert (x + y).tolist() == [3.0, *want[1:]]


def test_a_fault_is_told_by_what_depends_on_the_array_where_that_is_read_first() -> None:
    x = clnd.zeros((2, 3))
    x[:, clnd.asarray([0, 3])] = 1
    y = x.sum()
    with pytest.raises(IndexError, match="axis 1 with size 3"):
        float(y)
    assert float(y) == 2
    assert x.tolist() == [[1, 0, 0], [1, 0, 0]]


def test_indices_of_the_host_are_checked_at_the_call() -> None:
    x = clnd.zeros(5)
    for call in (
        lambda: x.__setitem__([1, 5], 1), lambda: np.add.at(x, [1, 5], 1), lambda: clnd.put(x, [1, 5], 1), lambda: x.put(np.array([-6]), 1),
        lambda: clnd.put_along_axis(x, np.array([5]), 1, axis=0),
    ):  # fmt: skip
        with pytest.raises(IndexingError, match=r"index (5|-6) is out of bounds for axis 0 with size 5"):
            call()
    assert x.tolist() == [0] * 5


# --- put ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_put(mode: str) -> None:
    for indices in ([0, -1, 3, 3], [[5, 2], [2, 1]], 4, [], range(12)):
        for values in (9, [1, 2], np.arange(12.0), [], np.arange(4).reshape(2, 2)):
            host = np.zeros((3, 4), np.float32)
            x, y, big = clnd.asarray(host), clnd.asarray(host), clnd.zeros((6, 8))
            index: Any = np.asarray(indices, np.int64) * (1 if mode == "raise" else 3) - (0 if mode == "raise" else 1)
            np.put(host, index, values, mode=mode)
            x.put(index, values, mode=mode)
            clnd.put(y, clnd.asarray(index), clnd.asarray(values), mode=mode)
            clnd.put(big[::2, 1::2], index, values, mode=mode)
            for got in (x, y, big[::2, 1::2]):
                np.testing.assert_array_equal(got.asnumpy(), host)
            assert float(big.sum()) == host.sum()


@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_put_along_axis(axis: Any) -> None:
    host = np.arange(24, dtype=np.float32).reshape(4, 6)
    rng = np.random.default_rng(3)
    shapes = {0: [(2, 6), (1, 1), (9, 6)], None: [(5,), (0,)]}.get(axis, [(4, 2), (4, 9), (1, 3)])
    for shape in shapes:
        index = rng.integers(0, 24 if axis is None else host.shape[axis], shape)
        for values in (7, rng.random(shape)):
            x, want, view = clnd.asarray(host), host.copy(), clnd.zeros((8, 6))
            clnd.put_along_axis(x, clnd.asarray(index), values, axis=axis)
            np.put_along_axis(want, index, values, axis=axis)
            np.testing.assert_array_equal(x.asnumpy(), want)
            view[::2] = host
            clnd.put_along_axis(view[::2], index, values, axis=axis)
            np.testing.assert_array_equal(view[::2].asnumpy(), want)
            assert not view[1::2].any()


def test_what_put_refuses() -> None:
    x = clnd.zeros((2, 3))
    with pytest.raises(ArgumentError, match=r"\[put\] got mode 'loop'; expected 'raise', 'wrap' or 'clip'"):
        clnd.put(x, [0], 1, mode="loop")
    with pytest.raises(DTypeError, match=r"\[put\] got indices of float64; expected integers"):
        clnd.put(x, [0.5], 1)
    with pytest.raises(IndexingError, match=r"\[put\] got 1 indices for an array without elements"):
        clnd.put(clnd.zeros(0), [0], 1)
    with pytest.raises(ShapeError, match=r"\[put_along_axis\] got indices of shape \(2,\) for an array of shape \(2, 3\); expected as many dimensions"):
        clnd.put_along_axis(x, [0, 1], 1, axis=1)
    with pytest.raises(ShapeError, match=r"\[setitem\] got a value of shape \(3,\)"):
        clnd.put_along_axis(x, [[0, 1], [1, 2]], [1, 2, 3], axis=1)
    with pytest.raises(ArgumentError, match="broadcast_to"):
        clnd.put(clnd.zeros((1, 3)).broadcast_to((4, 3)), [0], 1)
    with pytest.raises(DTypeError, match=r"\[put\] got a ndarray; expected a clnd array"):
        clnd.put(np.zeros(3), [0], 1)  # type: ignore[arg-type]


# --- additions with duplicates -----------------------------------------------------------------------


def added(base: Array, places: Array, values: Array) -> Array:
    """The rule: the initial value plus the canonical sum of the values for each place, in the order of their indices."""
    result = base.copy()
    for p in np.unique(places):
        if 0 <= p < base.size:
            total = reduce_reference("sum", values[places == p], (0,))
            wide = np.float32 if base.dtype == np.float16 else base.dtype
            result[p] = np.asarray(result[p].astype(wide) + total.astype(wide)).astype(base.dtype)
    return result


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "int32"])
def test_sums_follow_the_canonical_order(family: str, dtype: str, few_dtypes_for_gpus: None, has_dtype: None) -> None:
    for n, count in ((1, 1), (1, 31), (1, 33), (2, 2100), (1, 2049), (700, 900), (3, 70)):
        rng = np.random.default_rng(n + count)
        base, values = ((rng.standard_normal(m) * 100).astype(dtype) for m in (n, count))
        places = rng.integers(-1, n + 1, count) if n > 3 else rng.integers(0, n, count)
        got = array_of(added_node(node(base), node(places), node(values))).asnumpy()
        np.testing.assert_array_equal(got.view(np.uint8), added(base, places, values).view(np.uint8), err_msg=f"{n} {count}")


@pytest.mark.slow
def test_blocks_of_blocks_of_blocks(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small blocks every level is met; the reduction kernel has the same order with the same blocks."""
    monkeypatch.setattr(group, "BLOCK", 64)
    monkeypatch.setattr(reduce, "BLOCK", 64)
    monkeypatch.setattr(reduce, "_CANONICAL", reduce.Order(64, 32))
    device = clnd.current_context().device.without_kernels()
    monkeypatch.setattr(clnd.current_context(), "_device", device)
    rng = np.random.default_rng(5)
    for count in (64, 65, 64 * 33, 64 * 64, 64 * 64 + 1, 64 * 64 * 3 + 77, 64 * 64 * 5 + 64):
        values = rng.standard_normal(count).astype(np.float32)
        got = array_of(summed_by_place_node(node(np.zeros(count, np.int64)), node(values), 1)).asnumpy()
        want = clnd.sum(clnd.asarray(values)).asnumpy()
        assert got.tobytes() == want.tobytes(), count


def test_halves_are_rounded_once(family: str) -> None:
    rng = np.random.default_rng(1)
    base, values, places = rng.standard_normal(5).astype(np.float16), rng.standard_normal(400).astype(np.float16), rng.integers(0, 5, 400)
    got = array_of(added_node(node(base), node(places), node(values))).asnumpy()
    want = [base[p].astype(np.float32) + reduce_reference("sum", values[places == p].astype(np.float32), (0,)) for p in range(5)]
    np.testing.assert_array_equal(got, np.asarray(want).astype(np.float16))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dtype", ["bool", "int16", "uint64", "float32"])
def test_every_operation(name: str, dtype: str) -> None:
    row, ufunc = getattr(clnd, name), getattr(clnd, name).oracle
    rng = np.random.default_rng(2)
    host, values, places = rng.integers(0, 9, 20).astype(dtype), rng.integers(0, 9, 50).astype(dtype), rng.integers(-20, 20, 50)
    x, y = clnd.asarray(host), clnd.asarray(host)
    taken = host.dtype.kind in {"bitwise": "bu", "logical": "b"}.get(name.split("_")[0], "biuf") or (name.startswith("bitwise") and host.dtype.kind == "i")
    if not taken or (name == "subtract" and dtype == "bool"):
        with pytest.raises(DTypeError, match=rf"\[{name}.at\] got an array of {dtype}; it takes "):
            row.at(x, places, values)
        return
    row.at(x, clnd.asarray(places), clnd.asarray(values))
    ufunc.at(y, places, values)
    with np.errstate(over="ignore"):
        ufunc.at(host, places, values)
    for got in (x, y):
        if dtype == "float32" and name == "multiply":
            np.testing.assert_allclose(got.asnumpy(), host, rtol=1e-5)
        else:
            np.testing.assert_array_equal(got.asnumpy(), host)


def test_extremes_of_floats_with_nan_and_zeros(family: str) -> None:
    host, places = np.array([1, -0.0, 5, np.nan], np.float32), [0, 1, 2, 2, 3, 1]
    values = np.array([np.nan, 0.0, 7, 9, 1, -0.0], np.float32)
    for name in ("maximum", "minimum"):
        x = clnd.asarray(host)
        getattr(clnd, name).at(x, places, values)
        want = host.copy()
        with np.errstate(invalid="ignore"):
            getattr(np, name).at(want, places, values)
        np.testing.assert_array_equal(x.asnumpy(), want)
        assert np.signbit(x.asnumpy()[1]) == (name == "minimum")


def test_keys_of_every_kind() -> None:
    host = np.arange(12, dtype=np.float32).reshape(3, 4)
    rows, mask = np.array([0, 2, 2]), host > 6
    keys: tuple[Any, ...] = (1, slice(0, 2), (slice(None), 1), rows, (rows, slice(1, 3)), (slice(None), np.array([0, 0, 3])), mask, (rows, rows), np.array([[0, 1], [1, 1]]), ([], []))
    for key in keys:
        x, view, want = clnd.asarray(host), clnd.zeros((6, 4)), host.copy()
        view[::2] = host
        value = np.float32(2.5)
        np.add.at(want, key, value)
        clnd.add.at(x, key, 2.5)
        np.add.at(view[::2], key, 2.5)
        np.testing.assert_array_equal(x.asnumpy(), want)
        np.testing.assert_array_equal(view[::2].asnumpy(), want)
    x = clnd.asarray(host)
    clnd.subtract.at(x, (rows, slice(None)), clnd.asarray(np.arange(4.0)))
    np.subtract.at(host, (rows, slice(None)), np.arange(4.0))
    np.testing.assert_array_equal(x.asnumpy(), host)


def test_what_at_refuses() -> None:
    x = clnd.zeros(3, dtype="int32")
    with pytest.raises(DTypeError, match=r"\[add.at\] got values of float64 for an array of int32; expected the same kind; cast with astype\(\)"):
        np.add.at(x, [0], 1.5)
    with pytest.raises(DTypeError, match=r"\[divide.at\] is not there; expected one of add, bitwise_and"):
        clnd.divide.at(x, [0], 2)
    with pytest.raises(DTypeError, match=r"\[np.negative.at\] got a clnd array, and clnd has unbuffered updates of its own arrays, by operations of two operands"):
        np.negative.at(x, [0])
    with pytest.raises(DTypeError, match=r"\[np.add.at\] got a clnd array"):
        np.add.at(np.zeros(3), clnd.asarray([0, 1]), 1)
    with pytest.raises(DTypeError, match=r"\[add.at\] got a ndarray; expected a clnd array"):
        clnd.add.at(np.zeros(3), [0], 1)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"\[setitem\] got a value of shape \(2,\) for a region of shape \(3,\)"):
        clnd.add.at(x, [0, 1, 1], [1, 2])
    with pytest.raises(ArgumentError, match="broadcast_to"):
        clnd.add.at(clnd.zeros(1).broadcast_to((4,)), [0], 1)


def test_sums_by_place(family: str) -> None:
    rng = np.random.default_rng(0)
    places, values = rng.integers(0, 40, 3000), rng.integers(0, 9, 3000)
    np.testing.assert_array_equal(array_of(summed_by_place_node(node(places), node(values), 43)).asnumpy(), np.bincount(places, values, 43))
    assert array_of(summed_by_place_node(node(places[:0]), node(values[:0]), 3)).asnumpy().tolist() == [0, 0, 0]


def test_a_write_tells_one_fault_once() -> None:
    x = clnd.zeros((10, 10))
    x[clnd.asarray([10, 1]), clnd.asarray([3, 11])] = 5
    with pytest.raises(IndexingError, match=r"out of bounds for axis 0 with size 10, at index 0"):
        x.asnumpy()
    assert float(x.sum()) == 0


def test_writes_that_nobody_reads_do_not_pile_up_checks() -> None:
    x = clnd.zeros(100)
    for k in range(40):
        x[clnd.asarray([k])] = k
    assert len(x._node.faults) <= 17
    assert float(x.sum()) == sum(range(40))



# --- other methods of ufuncs -------------------------------------------------------------------------


def test_reduce_and_outer() -> None:
    host = np.arange(12).reshape(3, 4)
    x = clnd.asarray(host)
    np.testing.assert_array_equal(clnd.add.reduce(x).asnumpy(), np.add.reduce(host))
    np.testing.assert_array_equal(clnd.multiply.reduce(x, axis=1, keepdims=True).asnumpy(), np.multiply.reduce(host, axis=1, keepdims=True))
    assert int(clnd.maximum.reduce(x, axis=None, initial=20)) == 20
    assert int(clnd.add.reduce(x, axis=None, where=x > 5)) == 51
    out = clnd.zeros(4, dtype="int64")
    assert clnd.minimum.reduce(x, out=out) is out
    np.testing.assert_array_equal(clnd.subtract.outer(x, clnd.asarray([1, 2])).asnumpy(), np.subtract.outer(host, [1, 2]))
    np.testing.assert_array_equal(clnd.add.outer(x, 3).asnumpy(), host + 3)
    np.testing.assert_array_equal(clnd.less.outer([5, 6], x).asnumpy(), np.less.outer([5, 6], host))
    with pytest.raises(DTypeError, match=r"\[divide.reduce\] got a clnd array, and clnd has reductions by add"):
        clnd.divide.reduce(x)


def test_writes_do_not_read() -> None:
    x, i = clnd.zeros(50), clnd.asarray([3, 4, 3])
    reads = counters.host_reads
    x[i] = clnd.asarray([1.0, 2.0, 3.0])
    np.add.at(x, i, 1.0)
    clnd.putmask(x, x > 2, [5, 6])
    assert counters.host_reads == reads
    assert x.tolist()[2:5] == [0, 6, 5]


def test_an_update_by_indices_out_of_range_tells_once() -> None:
    # What was looked up in their place is passed over, so the content is right.
    for update, want in (
        (lambda x, i: x[i] + 1, [0, 2, 2, 4, 4, 5]), (lambda x, i: 2 * x[i].astype("int32"), [0, 2, 2, 6, 4, 5]),
    ):  # fmt: skip
        x, i = clnd.asarray(np.arange(6, dtype=np.float32)), clnd.asarray([1, 9, 3, 1])
        x[i] = update(x, i)
        with pytest.raises(IndexingError, match=r"axis 0 with size 6, at index 1"):
            x.asnumpy()
        assert x.tolist() == want
    y, j = clnd.zeros((2, 2)), clnd.asarray([0, 2])
    y[j, j] += 1
    with pytest.raises(IndexingError, match=r"axis 0 with size 2, at index 1"):
        y.asnumpy()
    assert y.tolist() == [[1, 0], [0, 0]]


def test_other_elements_than_those_passed_over_stay_in_fault() -> None:
    for values in (lambda x, i: x[i].sum(), lambda x, i: x[i[::-1]], lambda x, i: x[i][::-1]):
        x, i = clnd.zeros(6), clnd.asarray([1, 9, 3, 1])
        x[i] = values(x, i)
        for _ in range(2):
            with pytest.raises(IndexingError, match=r"axis 0 with size 6"):
                x.asnumpy()
