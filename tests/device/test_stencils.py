"""Assignments to a part of an array from its own parts: what stencils do, held to NumPy's rule that the right side is computed first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd
from clnd.ops.update import box_of
from tests.counting import counted, launches


def heat(u: Any) -> None:
    u[1:-1, 1:-1] += 0.125 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])


def seeded(shape: tuple[int, ...], dtype: Any = np.float32) -> np.ndarray[Any, Any]:
    # Whole numbers: sums of any order are exact, and NumPy's as clnd's.
    return np.random.default_rng(5).integers(0, 64, shape).astype(dtype)


@pytest.mark.parametrize("shape", [(3, 3), (5, 40), (33, 17), pytest.param((300, 1000), marks=pytest.mark.slow)])
def test_a_heat_step_is_numpys_and_one_launch(family: str, shape: tuple[int, int]) -> None:
    want = seeded(shape)
    got = clnd.asarray(want)
    for _ in range(3):
        heat(want)
        heat(got)
    np.testing.assert_array_equal(got.asnumpy(), want)
    with counted() as count:
        for _ in range(20):
            heat(got)
        got.wait_to_read()
    assert count.done.launches == 20


# What is assigned to which part of u: NumPy computes the right side before it writes.
STEPS = {
    "shifted down": lambda u: u.__setitem__(slice(1, None), u[:-1] * 2),
    "shifted up": lambda u: u.__setitem__(slice(None, -1), u[1:] + 1),
    "onto itself reversed": lambda u: u.__setitem__(slice(None), u[::-1]),
    "reversed part": lambda u: u.__setitem__((slice(-2, 0, -1), slice(1, -1)), u[1:-1, 1:-1] + 1),
    "transposed part": lambda u: u.T.__setitem__((slice(1, -1), slice(1, -1)), u[1:-1, 1:-1].T + 3),
    "every second": lambda u: u.__setitem__((slice(None), slice(None, None, 2)), u[:, ::2] * 3),
    "inner columns": lambda u: u.__setitem__((slice(None), slice(1, -1)), u[:, 2:] + u[:, :-2]),
    "broadcast row": lambda u: u.__setitem__((slice(1, -1), slice(1, -1)), u[0, 1:-1] + 1),
    "broadcast column": lambda u: u.__setitem__(slice(1, None), u[1:, :1] * 2),
    "column to column": lambda u: u.__setitem__((slice(None), 0), u[:, 1]),
    "row to row": lambda u: u.__setitem__(0, u[-1]),
    "most of it by a number": lambda u: u.__setitem__((slice(1, None), slice(None)), 7),
    "a new axis": lambda u: u[None].__setitem__((slice(None), slice(1, None)), u[None, :-1] + 1),
    "of sums": lambda u: u.__setitem__((slice(1, None), slice(None)), u.sum(axis=0) + u[1:]),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("shape", [(6, 6), (40, 40)])
def test_the_right_side_is_computed_first(family: str, name: str, shape: tuple[int, int]) -> None:
    want = seeded(shape)
    got = clnd.asarray(want)
    for _ in range(3):
        STEPS[name](want)
        STEPS[name](got)
    np.testing.assert_array_equal(got.asnumpy(), want)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float64", "complex64", "complex128"])
def test_every_size_of_element(family: str, dtype: str, has_dtype: None) -> None:
    want = seeded((9, 70), dtype)
    got = clnd.asarray(want)
    for u in (want, got):
        u[1:-1, 2:-3] = u[2:, 2:-3] & u[:-2, 2:-3] if dtype == "bool" else u[2:, 2:-3] + u[:-2, 2:-3]
    np.testing.assert_array_equal(got.asnumpy(), want)


@pytest.mark.parametrize("shape", [(200,), (7, 5, 9), (2, 3, 4, 5, 6)])
def test_any_number_of_axes(family: str, shape: tuple[int, ...]) -> None:
    want = seeded(shape)
    got = clnd.asarray(want)
    inner = (slice(1, None), *(slice(None, -1),) * (len(shape) - 1))
    other = (slice(None, -1), *(slice(1, None),) * (len(shape) - 1))
    for u in (want, got):
        u[inner] += u[other] * 2
    np.testing.assert_array_equal(got.asnumpy(), want)


def test_places_counted_in_64_bits(family: str, index64: None) -> None:
    want = seeded((30, 40))
    got = clnd.asarray(want)
    heat(want)
    heat(got)
    np.testing.assert_array_equal(got.asnumpy(), want)


def test_who_read_before_keeps_what_was() -> None:
    host = seeded((20, 20))
    u = clnd.asarray(host)
    pending, view, shared = u * 2, u[3:5], np.asarray(u)
    kept = shared.copy()
    heat(u)
    want = host.copy()
    heat(want)
    np.testing.assert_array_equal(pending.asnumpy(), host * 2)
    np.testing.assert_array_equal(shared, kept)
    np.testing.assert_array_equal(view.asnumpy(), want[3:5])
    np.testing.assert_array_equal(u.asnumpy(), want)


def test_out_in_a_part_of_an_operand() -> None:
    host = seeded((20, 20))
    u = clnd.asarray(host)
    np.add(u[:-2, 1:-1], u[2:, 1:-1], out=u[1:-1, 1:-1])
    want = host.copy()
    want[1:-1, 1:-1] = host[:-2, 1:-1] + host[2:, 1:-1]
    np.testing.assert_array_equal(u.asnumpy(), want)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"), [("column to column", 1), ("row to row", 1), ("inner columns", 1), ("shifted down", 1), ("every second", 2), ("broadcast row", 2)]
)
def test_launches(name: str, most: int) -> None:
    u = clnd.asarray(seeded((300, 1000)))
    u.wait_to_read()
    for _ in range(3):
        assert launches(lambda: (STEPS[name](u), u)) <= most


@pytest.mark.slow
def test_a_few_elements_of_many_are_written_where_they_lie() -> None:
    u = clnd.asarray(seeded((1000, 1000)))
    u.wait_to_read()
    with counted() as count:
        u[10:20] += 2 * u[11:21]
        u.wait_to_read()
    # The whole of it would be a third one.
    assert count.done.launches <= 2


def test_faults_are_told_by_the_array() -> None:
    u, power = clnd.asarray([2, 3, 4, 5]), clnd.asarray([1, -1, 2])
    u[1:] = u[1:] ** power
    with pytest.raises(clnd.ArgumentError, match="negative power"):
        u.asnumpy()


def test_the_whole_is_set_in_another_order_of_axes() -> None:
    # The box is the array, so that the old content, which is not computed, has the shape of what goes in.
    want = seeded((7, 2))
    for change in (lambda x: x.T * 3, lambda x: 2 * x[::-1].T):
        got = clnd.asarray(want) + 1
        expected = want + 1
        got.T[...] = change(got)
        expected.T[...] = change(expected)
        np.testing.assert_array_equal(got.asnumpy(), expected)


def test_boxes_of_regions() -> None:
    found = box_of((4, 5), 6, (2, 3), (5, 1))
    assert found is not None
    assert (found[0].starts, found[0].counts, found[1]) == ((1, 1), (2, 3), (0, 1))
    transposed = box_of((4, 5), 6, (3, 2), (1, 5))
    assert transposed is not None
    assert (transposed[0].counts, transposed[1]) == ((2, 3), (1, 0))
    column = box_of((4, 5), 2, (4,), (5,))
    assert column is not None
    assert (column[0].counts, column[1]) == ((4, 1), (0,))
    assert box_of((4, 5), 19, (4, 5), (-5, -1)) is None
    assert box_of((4, 5), 0, (4, 3), (5, 2)) is None
    assert box_of((3, 1, 5), 5, (2, 1, 5), (5, 5, 1)) is not None


@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (1, 5)])
def test_a_box_that_is_all_of_pending_content(shape: tuple[int, ...]) -> None:
    """Only what a box is set to is computed on the way; the content that it replaces is none of it."""
    key = (..., 0) if shape[1] == 1 else (0, ...)
    want = np.zeros(shape, np.float32)
    host = seeded(want[key].shape)
    for start in (lambda: clnd.zeros(shape), lambda: clnd.asarray(want) + 1, lambda: clnd.asarray(want)):
        for value in (lambda x: clnd.asarray(host), lambda x: clnd.asarray(host) * 2, lambda x: x[key] + clnd.asarray(host), lambda x: clnd.asarray(host)[::-1], lambda x: x.sum() + x[key]):
            got = start()
            theirs = got.asnumpy()
            got = start()
            got[key] = value(got)
            theirs[key] = np.asarray(value(clnd.asarray(theirs)))
            np.testing.assert_array_equal(got.asnumpy(), theirs)
