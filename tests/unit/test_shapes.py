"""Shapes, strides and axes against NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from clnd import shapes
from clnd.errors import ArgumentError, ClndError, KindError, ShapeError

SHAPES = array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5)


def elements(x: np.ndarray[Any, Any]) -> tuple[int, ...]:
    """The strides of a NumPy array, counted in elements."""
    return tuple(s // x.itemsize for s in x.strides)


def test_size_of() -> None:
    assert shapes.size_of(()) == 1
    assert shapes.size_of((3, 0, 2)) == 0
    assert shapes.size_of((3, 4)) == 12


@pytest.mark.parametrize(
    ("given_", "expected"),
    [(3, (3,)), (np.int32(3), (3,)), ((2, 3), (2, 3)), ([2, np.int64(3)], (2, 3)), ((), ()), (True, (1,))],
)
def test_as_shape(given_: Any, expected: tuple[int, ...]) -> None:
    assert shapes.as_shape("zeros", given_) == expected


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("ab", r"\[zeros\] got shape 'ab'; expected an integer or a sequence of integers"),
        (2.5, r"\[zeros\] got shape 2.5; expected an integer"),
        ((2, 1.5), r"\[zeros\] got shape \(2, 1.5\); expected an integer"),
        ((2, -1), r"\[zeros\] got shape \(2, -1\); expected lengths from 0 on"),
        (None, r"\[zeros\] got shape None"),
    ],
)
def test_as_shape_refuses(wrong: Any, message: str) -> None:
    with pytest.raises(ShapeError if "lengths" in message else KindError, match=message):
        shapes.as_shape("zeros", wrong)


@given(array_shapes(min_dims=0, max_dims=5, min_side=1, max_side=5))
def test_contiguous_strides(shape: tuple[int, ...]) -> None:
    assert shapes.contiguous_strides(shape) == elements(np.zeros(shape))
    assert shapes.is_contiguous(shape, shapes.contiguous_strides(shape))


@given(SHAPES, st.data())
def test_is_contiguous(shape: tuple[int, ...], data: st.DataObject) -> None:
    x = np.zeros(shape)
    if x.ndim:
        x = x.transpose(data.draw(st.permutations(range(x.ndim))))
        x = x[tuple(slice(None, None, data.draw(st.sampled_from((1, 1, 2, -1)))) for _ in shape)]
    assert shapes.is_contiguous(x.shape, elements(x)) == x.flags.c_contiguous


@given(mutually_broadcastable_shapes(num_shapes=3, max_dims=4, min_side=0, max_side=4))
def test_broadcast(drawn: Any) -> None:
    assert shapes.broadcast("add", *drawn.input_shapes) == drawn.result_shape
    for shape in drawn.input_shapes:
        x = np.arange(shapes.size_of(shape)).reshape(shape)
        steps = shapes.broadcast_strides(shape, shapes.contiguous_strides(shape), drawn.result_shape)
        view = np.lib.stride_tricks.as_strided(x, drawn.result_shape, tuple(8 * s for s in steps))
        assert (view == np.broadcast_to(x, drawn.result_shape)).all()


@given(st.lists(SHAPES, min_size=1, max_size=3))
def test_broadcast_agrees_with_numpy(some: list[tuple[int, ...]]) -> None:
    try:
        expected = np.broadcast_shapes(*some)
    except ValueError:
        with pytest.raises(ShapeError, match=r"\[add\] got shapes .* they do not broadcast: axis -\d+ has lengths"):
            shapes.broadcast("add", *some)
    else:
        assert shapes.broadcast("add", *some) == expected


def test_broadcast_says_what_to_do() -> None:
    with pytest.raises(ShapeError, match=r"got shapes \(2, 3\), \(4,\).*axis -1 has lengths 3 and 4.*use reshape or expand_dims"):
        shapes.broadcast("add", (2, 3), (4,))


def walk(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """The place of every element in row-major order."""
    return [sum(i * s for i, s in zip(at, strides, strict=True)) for at in np.ndindex(*shape)]


@given(array_shapes(min_dims=0, max_dims=5, min_side=1, max_side=4), st.data())
def test_collapse_keeps_the_walk(shape: tuple[int, ...], data: st.DataObject) -> None:
    steps = st.tuples(*[st.sampled_from((0, 1, 2, 3, 4, 6, 12, -1, -4)) for _ in shape])
    operands = [shapes.contiguous_strides(shape), data.draw(steps), data.draw(steps)]
    lengths, kept = shapes.collapse(shape, operands)
    assert 1 not in lengths
    for before, after in zip(operands, kept, strict=True):
        assert walk(shape, before) == walk(lengths, after)


@pytest.mark.parametrize(
    ("shape", "strides", "lengths"),
    [
        ((2, 3, 4), [(12, 4, 1)], (24,)),
        ((2, 3, 4), [(12, 4, 1), (0, 4, 1)], (2, 12)),
        ((2, 1, 4), [(4, 99, 1)], (8,)),
        ((2, 3), [(0, 0)], (6,)),
        ((1, 1), [(5, 7)], ()),
        ((2, 3), [(1, 2)], (2, 3)),
        ((4, 5), [(-5, -1)], (20,)),
    ],
)
def test_collapse_merges(shape: Any, strides: Any, lengths: Any) -> None:
    assert shapes.collapse(shape, strides)[0] == lengths


def test_normalize_axis() -> None:
    assert [shapes.normalize_axis("sum", a, 3) for a in (0, 2, -1, -3, np.int8(-2))] == [0, 2, 2, 0, 1]
    assert shapes.normalize_axes("sum", None, 3) == (0, 1, 2)
    assert shapes.normalize_axes("sum", -1, 3) == (2,)
    assert shapes.normalize_axes("sum", (-1, 0), 3) == (0, 2)
    assert shapes.normalize_axes("sum", (), 3) == ()


@pytest.mark.parametrize(
    ("axis", "ndim", "message"),
    [
        (3, 3, r"\[sum\] got axis 3; expected an axis from -3 to 2"),
        (-4, 3, r"\[sum\] got axis -4; expected an axis from -3 to 2"),
        (0, 0, r"\[sum\] got axis 0; expected no axis, as the array has no dimensions"),
        (1.0, 3, r"\[sum\] got axis 1.0; expected an integer, several or None"),
        ((1.0,), 3, r"\[sum\] got axis 1.0; expected an integer"),
        ("x", 3, r"\[sum\] got axis 'x'; expected an integer"),
        ((0, -3), 3, r"\[sum\] got axis \(0, -3\); expected each axis once"),
        ((0, 5), 3, r"\[sum\] got axis 5; expected an axis"),
    ],
)
def test_normalize_axes_refuses(axis: Any, ndim: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        shapes.normalize_axes("sum", axis, ndim)
    assert isinstance(caught.value, ClndError)
