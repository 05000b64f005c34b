"""The rules of advanced indices, held to NumPy's without a device: which places a key names, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clnd.errors import IndexingError
from clnd.indexing import Selection, is_basic, lone_mask, selected
from clnd.shapes import contiguous_strides
from tests.keys import keys


def places(chosen: Selection) -> np.ndarray[Any, Any]:
    """The places that a selection names, row-major in the array."""
    result = np.full(chosen.result, chosen.offset)
    for axis, step in enumerate(chosen.walk):
        result += np.arange(chosen.result[axis]).reshape(-1, *(1,) * (len(chosen.result) - axis - 1)) * step
    for p in chosen.arrays:
        array = np.where(p.array < 0, p.array + p.length, p.array) * p.stride
        result += array.reshape(*array.shape, *(1,) * chosen.trailing)
    return result


def parsed(shape: tuple[int, ...], key: Any) -> Selection:
    return selected((0, shape, contiguous_strides(shape)), key, np.nonzero)


@given(st.data())
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (3, 0, 2)])
def test_a_key_names_numpys_places(shape: tuple[int, ...], data: Any) -> None:
    key = data.draw(keys(shape))
    array = np.arange(int(np.prod(shape))).reshape(shape)
    try:
        expected = array[key]
    except (IndexError, DeprecationWarning):  # NumPy before 2.4 warns of an index out of bounds where the result has no elements
        with pytest.raises(IndexError):
            parsed(shape, key)
        return
    found = places(parsed(shape, key))
    assert found.shape == np.shape(expected)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (([0], [0], [0]), r"\[getitem\] got 3 indices for shape \(3, 4\); expected at most 2"),
        ((..., [0], ...), r"\[getitem\] got more than one ellipsis"),
        ([0, 3], r"\[getitem\] index 3 is out of bounds for axis 0 with size 3"),
        ((slice(None), [[0], [-5]]), r"\[getitem\] index -5 is out of bounds for axis 1 with size 4"),
        (([0, 1], [0, 1, 2]), r"\[getitem\] got index arrays of shapes \(2,\), \(3,\); they do not broadcast together; expected equal lengths or 1"),
        (([0], 4), r"\[getitem\] index 4 is out of bounds for axis 1 with size 4"),
        (np.ones(4, bool), r"\[getitem\] got a mask of shape \(4,\) for axes of shape \(3,\); axis 0 has size 3, and the mask 4 there; expected equal sizes"),
        ((slice(None), [True, False]), r"\[getitem\] got a mask of shape \(2,\) for axes of shape \(4,\); axis 1 has size 4, and the mask 2 there"),
        (np.ones((3, 5), bool), r"axis 1 has size 4, and the mask 5 there"),
        ([0.0, 1.0], r"\[getitem\] got a float64 array as an index; expected integers, slices, None, an ellipsis, or arrays of integers or bools"),
        (np.array([], "float32"), r"\[getitem\] got a float32 array as an index"),
        (([0], 1.5), r"\[getitem\] got a float as an index"),
        (([0], "a"), r"\[getitem\] got a str as an index"),
        (np.array(["a"]), r"\[getitem\] got a <U1 array as an index"),
    ],
)
def test_what_is_refused(key: Any, message: str) -> None:
    with pytest.raises(IndexingError, match=message):
        parsed((3, 4), key)


def test_ragged_sequences_are_refused_as_numpy_refuses_them() -> None:
    with pytest.raises(ValueError, match=r"\[getitem\] got an index that forms no array: .*; expected nested sequences of equal lengths"):
        parsed((3, 4), [[0], [0, 1]])


def test_indices_of_an_axis_without_elements() -> None:
    assert parsed((0, 3), ([],)).result == (0, 3)
    with pytest.raises(IndexingError, match="index 0 is out of bounds for axis 0 with size 0"):
        parsed((0, 3), ([0],))


def test_places_are_distinct_where_one_mask_chooses() -> None:
    mask = np.array([True, False, True])
    assert parsed((3, 4), (mask,)).distinct
    assert parsed((3, 4), (np.ones((3, 4), bool),)).distinct
    assert not parsed((3, 4), (mask, [0, 1])).distinct
    assert not parsed((3, 4), ([0, 0],)).distinct


def test_which_keys_are_basic() -> None:
    for key in (0, np.int8(1), slice(2), None, ..., (0, None, ..., slice(None))):
        assert is_basic(key)
    for key in ([0], (0, [1]), True, np.True_, np.array([1]), np.array(1), (slice(None), (0, 1)), np.array(True), range(2), 1.5, "a"):
        assert not is_basic(key)


def test_a_mask_that_is_all_of_the_key() -> None:
    mask = np.ones((3, 4), bool)
    assert lone_mask(mask, 2) is mask
    assert lone_mask((mask,), 2) is mask
    assert lone_mask(mask, 3) is None
    assert lone_mask((mask, None), 2) is None
    assert lone_mask([True, False], 1).tolist() == [True, False]
    assert lone_mask([0, 1], 1) is None
    assert lone_mask(True, 0) is None
