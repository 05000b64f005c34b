"""Numbers, sequences and NumPy's arrays where no clnd array stands beside them: as NumPy takes them, on the current context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context, current_context
from clnd.errors import DTypeError
from tests.counting import counted


@pytest.fixture(autouse=True)
def _doubles(ctx: Context) -> Iterator[None]:
    if not ctx.info.fp64:
        yield
        return
    with clnd.default_dtype("float64"):
        yield


CALLS: tuple[Callable[[Any], Any], ...] = (
    lambda np: np.sqrt(2),
    lambda np: np.exp([0, 1, 2]),
    lambda np: np.maximum([1, 5], [2.5, 3]),
    lambda np: np.maximum(np.asarray([1, 2], dtype="int8"), 0),
    lambda np: np.power(2, 10),
    lambda np: np.where([True, False], 1, [2, 3]),
    lambda np: np.where(True, 1, 2.5),
    lambda np: np.round(2.567, 2),
    lambda np: np.clip([1, 7], 2, 5),
    lambda np: np.mean([[1, 2], [3, 4]], axis=0),
    lambda np: np.sum((1, 2, 3)),
    lambda np: np.argmax([1, 5, 2]),
    lambda np: np.sort([3, 1, 2]),
    lambda np: np.median([3, 1, 2]),
    lambda np: np.average([1, 2], weights=[1, 3]),
    lambda np: np.cumsum([1, 2, 3]),
    lambda np: np.concatenate([[1, 2], [3.5]]),
    lambda np: np.column_stack([[1, 2], [3, 4]]),
    lambda np: np.dot([1, 2], [3, 4]),
    lambda np: np.einsum("i,ij", [1, 2], [[1, 2], [3, 4]]),
    lambda np: np.linalg.norm([3, 4]),
    lambda np: np.diag([1, 2]),
    lambda np: np.pad([1, 2], 1),
    lambda np: np.take([5, 6, 7], [2, 0]),
    lambda np: np.interp(1.5, [1, 2], [3, 4]),
    lambda np: np.digitize([1, 2], [0, 1.5]),
    lambda np: np.histogram([1, 2, 3])[0],
    lambda np: np.unique([2, 1, 2]),
    lambda np: np.nonzero([0, 1, 1])[0],
    lambda np: np.lexsort(([1, 2, 1], [2, 1, 1])),
    lambda np: np.isclose(1, 1 + 1e-12),
    lambda np: np.array_equal([1, 2], [1, 2]),
    lambda np: np.polyval([1, 2], 3),
    lambda np: np.zeros_like([1, 2]),
    lambda np: np.broadcast_arrays([1], [[2], [3]])[0],
    lambda np: np.isposinf([1.0, float("inf")]),
    lambda np: np.add.reduce([1, 2]),
    lambda np: np.maximum.accumulate([1, 3, 2]),
    lambda np: np.transpose([[1, 2], [3, 4]]),
    lambda np: np.reshape(range(4), (2, 2)),
)


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_as_numpy(call: Callable[[Any], Any]) -> None:
    got, want = call(clnd), np.asarray(call(np))
    if isinstance(got, clnd.Array):
        assert got.ctx is current_context()
    host = np.asarray(got)
    assert host.shape == want.shape
    assert host.dtype.kind == want.dtype.kind
    np.testing.assert_allclose(host, want, rtol=1e-6)


def test_dtypes() -> None:
    assert clnd.sqrt(2).dtype == clnd.mean([1, 2]).dtype == clnd.result_type(1, 2.0)
    assert clnd.add(1, 2).dtype == clnd.result_type(1, True) == np.int64
    assert clnd.maximum([1, 2], np.int8(1)).dtype == np.int64
    assert clnd.add(np.int8(1), 1).dtype == np.int8
    assert clnd.exp(np.ones(2, np.float32)).dtype == np.float32
    assert (clnd.ones(2, dtype="float32") * clnd.sqrt(2)).dtype == clnd.sqrt(2).dtype
    with clnd.default_dtype("float32"):
        assert clnd.sqrt(2).dtype == clnd.sqrt(np.sqrt(2.0)).dtype == clnd.hypot(3, 4).dtype == np.float32


def test_a_number_is_an_argument_of_the_kernel() -> None:
    x = clnd.arange(1000.0)
    clnd.evaluate(x)
    with counted() as count:
        y = x * clnd.sqrt(2)
        clnd.evaluate(y)
    assert count.done.launches <= 2
    np.testing.assert_allclose(y.asnumpy(), x.asnumpy() * np.sqrt(2), rtol=1e-6)


@pytest.mark.parametrize("x", ["x", None, object(), {1: 2}, {1, 2}, lambda: 1])
def test_what_is_refused(x: Any) -> None:
    for call in (clnd.sqrt, clnd.sum, clnd.sort, clnd.zeros_like, clnd.linalg.norm):
        with pytest.raises(DTypeError, match=r"\[[\w.]+\] got \w+; expected an array, a number or a sequence of numbers"):
            call(x)
    with pytest.raises(DTypeError, match=r"\[add\] got \w+; expected an array"):
        clnd.add(x, x)


def test_what_is_written_to_is_an_array() -> None:
    for call in (lambda x: clnd.fill_diagonal(x, 0), lambda x: clnd.put(x, [0], 1), lambda x: clnd.add.at(x, [0], 1)):
        with pytest.raises(DTypeError, match="expected a clnd array"):
            call(np.ones((2, 2)))


def test_lists_of_arrays() -> None:
    """They are joined where they lie; no element is read, but those of arrays without axes."""
    x, y = clnd.arange(3.0), clnd.ones(3)
    clnd.evaluate(x, y)
    with counted() as count:
        both = clnd.array([x, y * 2])
        clnd.evaluate(both)
    assert count.done.host_reads == 0
    np.testing.assert_array_equal(both.asnumpy(), [[0, 1, 2], [2, 2, 2]])
    np.testing.assert_array_equal(clnd.asarray([[x, y], [y, x]]).asnumpy(), [[[0, 1, 2], [1, 1, 1]], [[1, 1, 1], [0, 1, 2]]])
    np.testing.assert_array_equal(clnd.asarray((x, [4, 5, 6])).asnumpy(), [[0, 1, 2], [4, 5, 6]])
    np.testing.assert_array_equal(clnd.asarray([x, y], dtype="int32").asnumpy(), np.array([[0, 1, 2], [1, 1, 1]], "int32"))
    np.testing.assert_array_equal(clnd.array([x.sum(), x.max(), 7]).asnumpy(), [3, 2, 7])
    np.testing.assert_array_equal(clnd.max([x.sum(), x.max()]).asnumpy(), 3)
    np.testing.assert_array_equal(clnd.sum([x, y], axis=0).asnumpy(), [1, 2, 3])
    with pytest.raises(ValueError, match=r"\[asarray\] got shapes"):
        clnd.array([x, clnd.ones(2)])
