"""Permutations and shuffles: the drawn order, bit for bit, and what is done with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd import nd
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.kernels import permutation, tuning
from clnd.random import Generator
from clnd.runtime.opened import OpenDevice
from tests import streams

Array = np.ndarray[Any, Any]

SEED, DRAW = 0x123456789ABCDEF0, 0xFEDCBA9876543210
# Around the least edges (16), products of edges, and where rows of the network end.
SIZES = (0, 1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 288, 289, 290, 324, 325, 1000, 4097)


def drawn(device: OpenDevice, n: int, seed: int = SEED, number: int = DRAW, **tunables: int) -> Array:
    """One permutation, with guard elements behind that must stay as they are."""
    host = np.full(n + 8, -7, np.int64)
    block = device.pool.allocate(host.nbytes)
    device.write(block, host)
    if tunables:
        device = device.without_kernels()
        tuning.assign(permutation.RECORDS[device.info.family], np.dtype(np.int64), device, tunables)
    permutation.launch(device, n, seed, number, block)
    device.read(block, host)
    assert (host[n:] == -7).all(), "wrote behind its elements"
    return host[:n]


# --- the order -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_every_element(family_device: OpenDevice, n: int) -> None:
    got = drawn(family_device, n)
    assert got.tolist() == streams.permutation(n, SEED, DRAW).tolist()
    assert sorted(got.tolist()) == list(range(n))


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 700), seed=st.integers(0, 2**64 - 1), number=st.integers(0, 2**64 - 1))
def test_it_is_a_bijection(n: int, seed: int, number: int) -> None:
    """The definition, which the kernels follow to the bit."""
    assert sorted(streams.permutation(n, seed, number).tolist()) == list(range(n))


def test_launch_sizes(family_device: OpenDevice) -> None:
    launches = {
        "cpu": [{"GROUPS": g, "CHUNK": c} for g in (1, 2, 4) for c in (64, 512)],
        "gpu": [{"LOCAL": n, "WAVES": w} for n, w in ((1, 1), (8, 1), (8, 64))],
    }
    want = streams.permutation(1001, SEED, DRAW).tolist()
    for tunables in launches[family_device.info.family]:
        assert drawn(family_device, 1001, **tunables).tolist() == want


def test_64_bit_counting(family_device: OpenDevice, index64: None) -> None:
    assert drawn(family_device, 1001).tolist() == streams.permutation(1001, SEED, DRAW).tolist()


def test_the_edges_hold_every_place_and_few_more() -> None:
    for n in (*range(600), 10**6, 2**31, 2**32 + 1, 2**50 + 1, 2**62):
        a, b = permutation.grid(n)
        assert a % 2 == 0
        assert min(a, b) >= 16
        assert max(a, b) < 2**32
        assert n <= a * b
        assert a == 16 or (a - 2) ** 2 < n
        assert b == 16 or a * (b - 1) < n


# --- functions ---------------------------------------------------------------------------------------


def test_the_function_takes_the_next_draw(family: str) -> None:
    g = Generator(3)
    first, second = g.permutation(100), g.permutation(100)
    assert first.dtype == np.int64
    assert first.asnumpy().tolist() == streams.permutation(100, 3, 0).tolist()
    assert second.asnumpy().tolist() == streams.permutation(100, 3, 1).tolist()
    clnd.random.seed(3)
    assert (clnd.random.permutation(np.int64(100)) == first).all()
    assert clnd.random.permutation(0).shape == (0,)


CASES: tuple[tuple[tuple[int, ...], str], ...] = (
    ((7,), "float32"), ((1,), "int8"), ((0,), "float32"), ((5, 0), "float32"), ((100, 3), "uint8"), ((33, 2, 5), "int16"),
    ((2, 1000), "float16"), ((50, 1), "int64"), ((40, 3), "complex64"), ((9, 4), "bool"), ((1, 6), "uint32"),
)  # fmt: skip


@pytest.mark.parametrize(("shape", "dtype"), CASES)
def test_rows_move_whole(family: str, shape: tuple[int, ...], dtype: str) -> None:
    host = (np.arange(int(np.prod(shape))).reshape(shape) % 251).astype(dtype)
    order = streams.permutation(shape[0], 5, 0)
    x = clnd.asarray(host)
    np.testing.assert_array_equal(Generator(5).permutation(x).asnumpy(), host[order])
    np.testing.assert_array_equal(x.asnumpy(), host)
    assert Generator(5).shuffle(x) is None
    np.testing.assert_array_equal(x.asnumpy(), host[order])


VIEWS = (np.s_[::2], np.s_[::-1], np.s_[3:9, 1], np.s_[:, 1:3], np.s_[5], np.s_[:, ::-2], np.s_[2:3], np.s_[4:4], np.s_[1::3, None, ::2])


@pytest.mark.parametrize("key", VIEWS, ids=str)
def test_a_view_is_shuffled_in_its_base(family: str, key: Any) -> None:
    host = np.arange(60, dtype=np.float32).reshape(12, 5)
    x = clnd.asarray(host)
    Generator(5).shuffle(x[key])
    want = host.copy()
    want[key] = want[key][streams.permutation(len(want[key]), 5, 0)]
    np.testing.assert_array_equal(x.asnumpy(), want)
    np.testing.assert_array_equal(Generator(5).permutation(clnd.asarray(host).T).asnumpy(), host.T[streams.permutation(5, 5, 0)])


def test_views_see_a_shuffle_and_pending_work_does_not() -> None:
    host = np.arange(40, dtype=np.float32).reshape(10, 4)
    order = streams.permutation(10, 5, 0)
    x = clnd.asarray(host)
    row, column, before, alias = x[3], x[:, 1], x * 2, x
    Generator(5).shuffle(x)
    np.testing.assert_array_equal(row.asnumpy(), host[order][3])
    np.testing.assert_array_equal(column.asnumpy(), host[order][:, 1])
    np.testing.assert_array_equal(before.asnumpy(), host * 2)
    assert alias is x
    column[:] = 0
    assert (x[:, 1] == 0).all()


def test_pending_arrays_are_shuffled() -> None:
    x = clnd.arange(20) * 3
    Generator(1).shuffle(x)
    y = Generator(2).permutation(x + 1) * 2
    want = (np.arange(20) * 3)[streams.permutation(20, 1, 0)]
    assert y.asnumpy().tolist() == ((want + 1)[streams.permutation(20, 2, 0)] * 2).tolist()


# --- MXNet's names, and what is refused ------------------------------------------------------------


def test_nd() -> None:
    x = nd.array([[1, 2], [3, 4], [5, 6]])
    nd.random.seed(9)
    y = nd.random.shuffle(x)
    order = streams.permutation(3, 9, 0)
    assert isinstance(y, nd.NDArray)
    np.testing.assert_array_equal(y.asnumpy(), np.array([[1, 2], [3, 4], [5, 6]])[order])
    np.testing.assert_array_equal(x.asnumpy(), [[1, 2], [3, 4], [5, 6]])
    nd.random.seed(9)
    nd.shuffle(x, out=x)
    np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())
    nd.random.seed(9)
    by_scale = nd.random.exponential(0.5, shape=(5,)).asnumpy()
    nd.random.seed(9)
    np.testing.assert_array_equal(nd.random_exponential(2, shape=(5,)).asnumpy(), by_scale)
    np.testing.assert_array_equal(by_scale, streams.exponential("float32", 5, 9, 0, 0.5))
    coins = nd.random.bernoulli(0.5, shape=(3, 4))
    assert coins.dtype is np.float32
    np.testing.assert_array_equal(coins.asnumpy().ravel(), streams.bernoulli("float32", 12, 9, 1, 0.5))


def test_draws_of_every_shape() -> None:
    g = Generator(4)
    assert g.bernoulli(shape=()).dtype == np.bool_
    assert g.bernoulli(1, shape=()).item() is True
    assert g.exponential(2, shape=()).shape == ()
    assert g.exponential(shape=(0, 3)).asnumpy().shape == (0, 3)
    assert g.bernoulli(0.2, shape=(2, 0), dtype="float16").asnumpy().shape == (2, 0)
    assert g.exponential(dtype="float16").dtype == np.float16


@pytest.mark.parametrize("bad", [-1, 1.5, "3", None])
def test_only_counts_and_arrays_are_permuted(bad: Any) -> None:
    with pytest.raises(ArgumentError, match=r"\[random.permutation\] got .*expected a number of elements from 0 on, or an array"):
        clnd.random.permutation(bad)


def test_bad_arguments() -> None:
    with pytest.raises(ArgumentError, match=r"\[random.shuffle\] got a ndarray; expected a clnd array"):
        clnd.random.shuffle(np.arange(3))
    with pytest.raises(ShapeError, match=r"\[random.shuffle\] got an array without dimensions"):
        clnd.random.shuffle(clnd.asarray(3.0))
    with pytest.raises(ArgumentError, match=r"\[random.permutation\] got array\(3., .*expected a number of elements from 0 on"):
        clnd.random.permutation(clnd.asarray(3.0))
    with pytest.raises(ArgumentError, match="broadcast_to"):
        clnd.random.shuffle(clnd.zeros((1, 3)).broadcast_to((4, 3)))
    with pytest.raises(ArgumentError, match=r"\[exponential\] got scale=-1"):
        clnd.random.exponential(-1)
    with pytest.raises(ArgumentError, match=r"\[bernoulli\] got p=1.5; expected a probability from 0 to 1"):
        clnd.random.bernoulli(1.5)
    with pytest.raises(DTypeError, match=r"\[random.bernoulli\] got an array as a parameter"):
        clnd.random.bernoulli(clnd.zeros(3))
    with pytest.raises(DTypeError, match=r"\[exponential\] got dtype int32"):
        clnd.random.exponential(dtype="int32")
    with pytest.raises(ArgumentError, match=r"\[random_exponential\] got lam=0; expected a rate above 0"):
        nd.random_exponential(0)
    with pytest.raises(clnd.errors.ClndError, match=r"\[allocate\] got 80,000"):
        clnd.random.permutation(10**13)


def test_lists_are_permuted_as_arrays_are() -> None:
    x = [[1.5, 2.0], [3.0, 4.0], [5.0, 6.0]]
    for data in (x, np.array(x, np.float32)):
        got = clnd.random.default_rng(3).permutation(data)
        assert got.tolist() == clnd.random.default_rng(3).permutation(clnd.asarray(x)).tolist()
