"""Index arrays and masks: held to NumPy's on the same keys; which kernels they share; what a device finds wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd import dtypes
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from clnd.ops.limits import limits_of
from tests.counting import counted, launches
from tests.keys import keys

NAMES = [d.name for d in dtypes.ALL]
RNG = np.random.default_rng(5)


def numbers(shape: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """Every bit at random, NaN of every kind among them."""
    dtype = np.dtype(dtype)
    if dtype == np.bool_:
        return RNG.integers(0, 2, shape).astype(bool)
    size = int(np.prod(shape))
    return RNG.integers(0, 256, size * dtype.itemsize, np.uint8).view(dtype).reshape(shape)


def bits(x: np.ndarray[Any, Any]) -> bytes:
    return np.ascontiguousarray(x).tobytes()


def on_device(key: Any, which: int) -> Any:
    """``key`` with some of its arrays on the device."""
    if isinstance(key, tuple):
        return tuple(on_device(k, which >> j) for j, k in enumerate(key))
    if isinstance(key, np.ndarray) and key.shape and which & 1:
        return clnd.asarray(key if key.dtype == np.bool_ else key.astype(np.int64))
    return key


# --- what is chosen --------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4)])
def test_keys_choose_what_numpys_do(family: str, shape: tuple[int, ...], data: Any) -> None:
    x = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)
    key = data.draw(keys(shape))
    which = data.draw(st.integers(0, 15))
    a = clnd.asarray(x)
    view = data.draw(st.sampled_from(["whole", "reversed", "transposed"]))
    if view == "reversed":
        x, a = x[::-1], a[::-1]
    elif view == "transposed" and len(set(shape)) == 1:
        x, a = x.T, a.T
    try:
        expected = x[key]
    except IndexError:
        with pytest.raises(IndexError):
            a[on_device(key, which)].asnumpy()
        return
    found = a[on_device(key, which)]
    assert found.shape == expected.shape
    assert np.array_equal(found.asnumpy(), expected)


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.usefixtures("few_dtypes_for_gpus")
def test_every_bit_stays(family: str, dtype: str) -> None:
    x = numbers((37, 30), dtype)
    a, i = clnd.asarray(x), RNG.integers(-37, 37, (41,))
    j = clnd.asarray(i)
    assert bits(a[j].asnumpy()) == bits(x[i])
    assert bits(a[:, 3][j].asnumpy()) == bits(x[:, 3][i])
    if dtype != "bool":
        assert np.array_equal((a[j] + a[0]).asnumpy(), (a + a[0])[j].asnumpy(), equal_nan=dtype[0] in "fc")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"])
def test_indices_of_every_dtype(dtype: str) -> None:
    i = np.array([3, 0, 2, 1] if dtype[0] == "u" else [3, -4, -1, 1], dtype)
    x = np.arange(4.0, dtype=np.float32)
    for key in (i, clnd.asarray(i)):
        assert clnd.asarray(x)[key].tolist() == x[i].tolist()
        assert clnd.take(clnd.asarray(x), key).tolist() == x[i].tolist()


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        ((50, 70), ("i",)),  # rows: of an array of rows that is longer than a vector
        ((50, 70), (slice(None), "i")),
        ((50, 70), ("i", slice(None, None, -1))),
        ((50, 70), ("i", slice(1, None, 2))),
        ((50, 70), ("i", "i")),
        ((50, 3), ("i",)),
        ((50, 60, 33), ("i", slice(2, 40))),
        ((50, 60, 33), (slice(3), "i", slice(1, 30))),
        ((50, 60, 33), ("i", None, slice(2, 50), 3)),
        ((50, 60, 33), (slice(2), "column", slice(None))),
        ((2000,), ("i",)),
        ((2000,), ("column",)),
    ],
)
def test_forms_of_the_kernel(family: str, form: str, shape: Any, key: Any) -> None:
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    i = RNG.integers(-33, 33, 45)
    host = tuple({"i": i, "column": i.reshape(5, 9)}.get(k, k) if isinstance(k, str) else k for k in key)
    there = tuple(clnd.asarray(k) if isinstance(k, np.ndarray) else k for k in host)
    assert np.array_equal(clnd.asarray(x)[there].asnumpy(), x[host])
    chain = clnd.asarray(x)[there] * 2 + 1
    assert np.array_equal(chain.asnumpy(), x[host] * 2 + 1)
    transposed = clnd.asarray(x.T.copy()).T
    assert np.array_equal(transposed[there].asnumpy(), x[host])


def test_64_bit_indexing(family: str, index64: None) -> None:
    x = np.arange(50 * 31, dtype=np.int16).reshape(50, 31)
    i = RNG.integers(-50, 50, 77)
    a, j = clnd.asarray(x), clnd.asarray(i)
    assert np.array_equal(a[j].asnumpy(), x[i])
    assert np.array_equal(a[j, j % 31].asnumpy(), x[i, i % 31])
    assert np.array_equal(a[:, j % 31].asnumpy(), x[:, i % 31])


def test_results_are_copies_and_snapshots() -> None:
    a = clnd.arange(6)
    b = a[[1, 2]]
    a[:] = 0
    b[0] = 9
    assert a.tolist() == [0] * 6
    assert b.tolist() == [9, 2]


def test_arrays_without_axes() -> None:
    x = np.arange(12).reshape(3, 4)
    a, k = clnd.asarray(x), clnd.asarray(2)
    row = a[k]  # a number: the result is a view, as with NumPy's scalars
    row[0] = 50
    assert a[2, 0].item() == 50
    place = clnd.argmax(a.ravel())
    assert launches(lambda: a.ravel()[place]) == 2  # the choice, and the look-up
    assert a.ravel()[place].item() == 50
    assert a[clnd.asarray([0, 1]), k].tolist() == [2, 6]
    assert a[k, clnd.asarray([0, 1])].tolist() == [50, 9]
    assert clnd.asarray(7)[...].item() == 7
    assert clnd.asarray(7)[True].tolist() == [7]
    assert clnd.asarray(7)[False].tolist() == []
    assert clnd.asarray(7)[None, clnd.asarray(True)].shape == (1, 1)
    x[np.array(1)] = 3
    a[np.array(1)] = 3
    assert a[1].tolist() == x[1].tolist()
    with pytest.raises(IndexError):
        clnd.asarray(7)[[0]]


@pytest.mark.parametrize("key", [([],), ([], [2]), (slice(None), []), ([[], []],), (np.zeros((0, 2), int), slice(None)), np.zeros(4, bool)])
def test_nothing_chosen(key: Any) -> None:
    x = np.arange(12).reshape(4, 3)
    found = clnd.asarray(x)[key]
    assert found.shape == x[key].shape
    assert found.asnumpy().size == 0


# --- take and its kin -----------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, None])
def test_take(family: str, axis: Any) -> None:
    x = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    a, n = clnd.asarray(x), 60 if axis is None else x.shape[axis]
    for shape in ((), (1,), (7,), (2, 3), (0,)):
        i = RNG.integers(-n, n, shape)
        assert np.array_equal(clnd.take(a, clnd.asarray(i), axis=axis).asnumpy(), np.take(x, i, axis))
        assert np.array_equal(a.take(i, axis).asnumpy(), x.take(i, axis))
        far = RNG.integers(-3 * n, 3 * n, shape)
        for mode in ("wrap", "clip"):
            assert np.array_equal(clnd.take(a, clnd.asarray(far), axis, mode=mode).asnumpy(), np.take(x, far, axis, mode=mode))
    assert np.array_equal(clnd.take(a.transpose(2, 0, 1), 1, axis=0).asnumpy(), x.transpose(2, 0, 1).take(1, 0))
    out = clnd.zeros((2,), dtype="float64")
    assert clnd.take(a, [1, 0], None, out) is out
    assert out.tolist() == [1.0, 0.0]


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_take_along_axis(family: str, axis: int) -> None:
    x = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    a = clnd.asarray(x)
    shapes = [list(x.shape), [1, 1, 1], [1, *x.shape[1:]]]
    for shape in shapes:
        shape[axis] = 6
        i = RNG.integers(-x.shape[axis], x.shape[axis], shape)
        assert np.array_equal(clnd.take_along_axis(a, clnd.asarray(i), axis=axis).asnumpy(), np.take_along_axis(x, i, axis))
    largest = clnd.argmax(a, axis=axis, keepdims=True)
    assert np.array_equal(clnd.take_along_axis(a, largest, axis=axis).asnumpy(), clnd.max(a, axis=axis, keepdims=True).asnumpy())
    assert clnd.take_along_axis(a, [3, 59], axis=None).tolist() == [3.0, 59.0]


def test_choose() -> None:
    i = np.array([[0, 2, 1], [2, 2, 0]])
    a = clnd.asarray(i)
    table = np.arange(9).reshape(3, 3)
    for choices in (table, list(table), [table[0], 5, 7.5]):
        there = [clnd.asarray(c) if isinstance(c, np.ndarray) else c for c in choices] if isinstance(choices, list) else clnd.asarray(choices)
        assert np.array_equal(clnd.choose(a, there).asnumpy(), np.choose(i, choices))
        for mode in ("wrap", "clip"):
            assert np.array_equal((a + 2).choose(there, mode=mode).asnumpy(), np.choose(i + 2, choices, mode=mode))
            assert np.array_equal((a - 4).choose(there, mode=mode).asnumpy(), np.choose(i - 4, choices, mode=mode))
    for choices in (clnd.asarray(table[:2]), [1, clnd.asarray(2)]):
        with pytest.raises(ArgumentError, match=r"\[choose\] got the number of a choice that is not there, at index \(0, 1\) of the index array; expected 0 to 1"):
            clnd.choose(a, choices).asnumpy()
    assert launches(lambda: clnd.choose(a % 3, [a, a + 1, a * 2])) == 1


# --- fusion ----------------------------------------------------------------------------------------


def test_what_shares_a_kernel() -> None:
    x = clnd.asarray(RNG.random((64, 48)).astype(np.float32))
    i = clnd.asarray(RNG.integers(0, 64, 48))
    clnd.evaluate(x, i)
    flat = x.ravel()
    assert launches(lambda: flat[(i * 5 + 1) % 64] * 2 + 1) == 1  # index arithmetic before, a chain after
    assert launches(lambda: x[(i + 3) % 64, (i * 7) % 48] - x[i % 64, (i + 1) % 48]) == 1  # two tables
    assert launches(lambda: flat[clnd.arange(100) * 3] + 1) == 1
    assert launches(lambda: (x * 2).ravel()[(i + 5) % 64] + 1) == 2  # the indices wait for what they choose from
    assert launches(lambda: x[i % 64] * 2) == 2  # indices of another shape than the result
    assert launches(lambda: flat[i % 64].sum()) == 2
    y = x * 2
    assert launches(lambda: y.ravel()[i % 64]) == 2  # a source that is not there is computed first
    assert launches(lambda: clnd.take_along_axis(x, clnd.argmax(x, axis=1, keepdims=True), axis=1)) <= 3


def test_lengths_and_strides_are_arguments() -> None:
    with counted() as count:
        for n in (5, 7, 9):
            for m in (5, 6):
                x = np.arange(n * m).reshape(n, m)
                i = np.arange(5)
                assert clnd.asarray(x)[clnd.asarray(i), clnd.asarray(i % m)].tolist() == x[i, i % m].tolist()
    assert count.done.builds <= 1 + 3  # those of the checks among them


# --- what a device finds wrong ---------------------------------------------------------------------


def test_an_index_out_of_range_is_told_at_every_read(family: str) -> None:
    x = clnd.asarray(np.arange(20, dtype=np.float32).reshape(4, 5))
    i = clnd.asarray([1, 4, 2])
    wrong, other = x[i], x[clnd.asarray([1, 3, 2])]
    later = wrong * 2 + 1
    for read in (wrong.asnumpy, later.asnumpy, lambda: float(later[0, 0]), wrong.wait_to_read, lambda: np.asarray(later.sum()), wrong.asnumpy):
        with pytest.raises(IndexingError, match=r"\[getitem\] got an index out of bounds for axis 0 with size 4, at index 1 of the index array; expected -4 to 3"):
            read()
    assert other.asnumpy().shape == (3, 5)
    with pytest.raises(IndexError, match=r"for axis 1 with size 5, at index \(1, 0\) of the index array"):
        x[:, clnd.asarray([[0, 1], [-6, 5]])].asnumpy()
    with pytest.raises(IndexError, match=r"\[take\] got an index out of bounds for axis 0 with size 20, at the only index; expected -20 to 19"):
        clnd.take(x, clnd.sum(x).astype("int64")).asnumpy()
    with pytest.raises(IndexError, match=r"\[take_along_axis\] got an index out of bounds for axis 1 with size 5, at index \(2, 1\)"):
        clnd.take_along_axis(x, clnd.asarray([[0, 1], [2, 3], [4, 5], [0, 0]]), axis=1).asnumpy()


def test_indices_of_the_host_are_checked_at_the_call() -> None:
    x = clnd.zeros((4, 5))
    for wrong, message in (
        (lambda: x[[0, 4]], r"\[getitem\] index 4 is out of bounds for axis 0 with size 4"),
        (lambda: x[:, np.array([[0], [-6]])], r"\[getitem\] index -6 is out of bounds for axis 1 with size 5"),
        (lambda: x.take([20]), r"\[take\] index 20 is out of bounds for axis 0 with size 20"),
        (lambda: x.take(5, axis=1), r"\[take\] index 5 is out of bounds for axis 1 with size 5"),
        (lambda: clnd.take_along_axis(x, np.full((4, 1), 9), axis=1), r"\[take_along_axis\] index 9 is out of bounds for axis 1"),
        (lambda: clnd.zeros((0, 2))[clnd.asarray([0])], r"\[getitem\] got 1 indices for axis 0 with size 0; expected none"),
        (lambda: clnd.take(clnd.zeros((0, 2)), clnd.asarray([0]), axis=0, mode="clip"), r"\[take\] got 1 indices for axis 0 with size 0"),
    ):
        with pytest.raises(IndexingError, match=message):
            wrong()


def test_indices_that_are_surely_in_range_need_no_check() -> None:
    x = clnd.asarray(RNG.random((300, 7)).astype(np.float32))
    i = clnd.asarray(RNG.integers(0, 300, 50))
    byte, wide = i.astype("uint8"), clnd.asarray(RNG.integers(0, 2**40, 50))
    clnd.evaluate(x, i, byte, wide)
    column = x[:, 0].copy()
    clnd.evaluate(column)
    there: Any = (byte, clnd.arange(300)[::-1], clnd.argmax(x, axis=1), clnd.argsort(x, axis=0)[:, 1], clnd.nonzero(column > 0.5)[0], clnd.random.randint(-300, 300, shape=(5,)), clnd.arange(90, 0, -1))
    clnd.evaluate(*there)
    for known in (*there, wide % 300, wide & 255, i % 7 + 3, clnd.clip(wide, 0, 299)):
        assert launches(lambda k=known: column[k]) == 1
    again = i + 0
    clnd.evaluate(again)
    first = launches(lambda: column[again])
    assert first > 1
    _ = column[again].asnumpy()
    assert launches(lambda: column[again]) == 1  # looked at before, and told that nothing is wrong


def test_limits_follow_arithmetic() -> None:
    i = clnd.arange(10)
    for node, limits in (
        (i, (0, 9)), (i + 5, (5, 14)), (i - 5, (-5, 4)), (i * -2, (-18, 0)), (i // 3, (0, 3)), (i % 4, (0, 3)), (i & 6, (0, 6)),
        (clnd.minimum(i, 3), (0, 3)), (clnd.maximum(i, 3), (3, 9)), (clnd.where(i > 3, i, -1), (-1, 9)), (i[::-1], (0, 9)), (i.astype("int32"), (0, 9)),
        (i.astype("int8") + 1, (1, 10)), (clnd.asarray(np.zeros(3, np.int16)), (-(2**15), 2**15 - 1)), (i * 2**62, (-(2**63), 2**63 - 1)), (i.astype("float32"), None),
    ):  # fmt: skip
        assert limits_of(node._node) == limits


# --- what is refused -------------------------------------------------------------------------------


def test_what_is_refused() -> None:
    x = clnd.zeros((4, 5))
    for wrong, error, message in (
        (lambda: x[clnd.ones((4,), dtype="bool")[:3]], IndexingError, r"\[getitem\] got a mask of shape \(3,\) for axes of shape \(4,\); axis 0 has size 4, and the mask 3 there"),
        (lambda: x[clnd.zeros((4, 6), dtype="bool")], IndexingError, r"got a mask of shape \(4, 6\) for axes of shape \(4, 5\); axis 1 has size 5, and the mask 6"),
        (lambda: x[clnd.zeros((2,))], IndexingError, r"\[getitem\] got a float32 array as an index; expected integers"),
        (lambda: x.take([0.5]), DTypeError, r"\[take\] got indices of float64; expected integers; cast with astype\(\)"),
        (lambda: x.take([0], 2), ArgumentError, r"\[take\] got axis 2; expected an axis from -2 to 1"),
        (lambda: x.take([0], mode="no"), ArgumentError, r"\[take\] got mode 'no'; expected 'raise', 'wrap' or 'clip'"),
        (lambda: clnd.take("x", [0]), DTypeError, r"\[take\] got str; expected an array"),
        (lambda: clnd.take_along_axis(x, clnd.asarray([0])), ShapeError, r"\[take_along_axis\] got indices of shape \(1,\) for an array of shape \(4, 5\)"),
        (lambda: clnd.take_along_axis(x, clnd.zeros((3, 1), dtype="int64")), ShapeError, r"\[take_along_axis\] got shapes \(4, 1\), \(3, 1\); they do not broadcast"),
        (lambda: clnd.choose(x, [1, 2]), DTypeError, r"\[choose\] got numbers of choices of float32; expected integers"),
        (lambda: clnd.choose(x.astype("int8"), []), ArgumentError, r"\[choose\] got no choices; expected at least one"),
        (lambda: clnd.choose(x.astype("int8"), [1], mode="x"), ArgumentError, r"\[choose\] got mode 'x'"),
    ):
        with pytest.raises(error, match=message):
            wrong()


# --- assignment ------------------------------------------------------------------------------------


def assigned(a: Any, key: Any) -> Any:
    a[key] = 1
    return a


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4)])
def test_assignment_sets_what_numpys_does(family: str, shape: tuple[int, ...], data: Any) -> None:
    x = np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)
    key = data.draw(keys(shape))
    a = clnd.asarray(x)
    there = on_device(key, data.draw(st.integers(0, 15)))
    try:
        region = x[key].shape
    except IndexError:
        with pytest.raises(IndexError):
            assigned(a, there).asnumpy()
        return
    kind = data.draw(st.sampled_from(["number", "whole", "row", "add"]))
    if kind == "add":  # of one place twice the last wins, as in NumPy
        x[key] += 3
        a[there] += 3
    else:
        size = {"number": (), "row": region[-1:]}.get(kind, region)
        value = RNG.integers(100, 1000, size).astype(np.float32)
        x[key] = value
        a[there] = float(value) if kind == "number" else clnd.asarray(value)
    assert np.array_equal(a.asnumpy(), x)


def test_assignment_to_views_of_every_kind(family: str) -> None:
    i, j = np.array([3, 0, 3]), np.array([1, 2, 1])
    for view in (lambda x: x[1:, ::2], lambda x: x.T, lambda x: x[::-1, ::-1], lambda x: x[2:, 3:].T):
        x = np.zeros((7, 8), np.int32)
        a = clnd.asarray(x)
        kept = a + 0
        view(x)[i, j] = [1, 2, 3]
        view(a)[clnd.asarray(i), clnd.asarray(j)] = clnd.asarray([1, 2, 3])
        view(x)[:, j] += 10
        view(a)[:, clnd.asarray(j)] += 10
        view(x)[i, ::2] -= 1
        view(a)[clnd.asarray(i), ::2] -= 1
        assert a.asnumpy().tolist() == x.tolist()
        assert not kept.asnumpy().any()


def test_the_last_value_for_a_place_wins() -> None:
    i = np.array([2, 2, 0, 2])
    x = np.zeros(3)
    a = clnd.asarray(x)
    x[i], a[clnd.asarray(i)] = [1, 2, 3, 4], [1, 2, 3, 4]
    assert a.tolist() == x.tolist() == [3, 0, 4]
    x[i] += 1
    a[clnd.asarray(i)] += 1
    assert a.tolist() == x.tolist() == [4, 0, 5]


def test_the_right_side_is_read_before_any_element_is_written() -> None:
    x = np.arange(6)
    a, i = clnd.asarray(x), clnd.asarray([1, 2, 3])
    x[[1, 2, 3]] = x[[0, 1, 2]]
    a[i] = a[i - 1]
    assert a.tolist() == x.tolist()


def test_what_an_assignment_refuses() -> None:
    a = clnd.zeros((3, 4))
    for wrong, error, message in (
        (lambda: a.__setitem__([0, 3], 1), IndexingError, r"\[getitem\] index 3 is out of bounds for axis 0 with size 3"),
        (lambda: a.__setitem__([0, 1], np.zeros(3)), ShapeError, r"\[setitem\] got a value of shape \(3,\) for a region of shape \(2, 4\); expected one that broadcasts"),
        (lambda: a.__setitem__(([0, 1], [0, 1, 2]), 1), IndexingError, "do not broadcast together"),
        (lambda: a.broadcast_to((2, 3, 4)).__setitem__([0], 1), ArgumentError, "got a view made by broadcast_to"),
        (lambda: a.__setitem__([0], "x"), DTypeError, "got a str; expected a number"),
        (lambda: a.__setitem__(np.zeros(3, bool)[:2], 1), IndexingError, r"got a mask of shape \(2,\)"),
    ):
        with pytest.raises(error, match=message):
            wrong()
    assert not a.asnumpy().any()


def test_an_assignment_out_of_range_leaves_the_rest() -> None:
    a = clnd.zeros((4,), dtype="int32")
    b = clnd.ones((4,), dtype="int32")
    a[clnd.asarray([0, 4, 2])] = 5
    with pytest.raises(IndexingError, match=r"got an index out of bounds for axis 0 with size 4, at index 1 of the index array"):
        a.asnumpy()
    assert b.tolist() == [1] * 4


def test_numpys_array_without_axes_is_an_index_that_copies() -> None:
    host = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    x = clnd.asarray(host)
    for key in (np.array(1), (np.array(0), slice(1, None)), (Ellipsis, np.array(-1, np.int8))):
        taken, want = x[key], host[key].copy()
        taken[...] = 9
        assert bits(x.asnumpy()) == bits(host)
        np.testing.assert_array_equal(x[key].asnumpy(), want)
    x[np.array(1)] = 7
    assert x.tolist()[1] == [7, 7, 7]
