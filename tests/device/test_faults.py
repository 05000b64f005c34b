"""Faults that only a device can see: told at every read of what depends on them, and at no other."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError
from clnd.graph import faults
from clnd.profiler import counters

SIGNED = ("int8", "int16", "int32", "int64")
SAID = r"\[pow\] got {} to a negative power, at index {} of the powers; negative integer powers of integers are not integers"


def faulty(powers: Any = (1, 2, -3, 4, -5), dtype: str = "int32") -> Any:
    x = np.array(powers, dtype)
    return clnd.asarray(np.full(x.shape, 2, dtype)) ** clnd.asarray(x)


@pytest.mark.parametrize("dtype", SIGNED)
def test_negative_powers_in_arrays(family: str, ctx: Context, dtype: str) -> None:
    base = clnd.asarray(np.arange(1, 41).astype(dtype).reshape(4, 10))
    powers = np.zeros((4, 10), dtype)
    assert (base ** clnd.asarray(powers)).asnumpy().tolist() == [[1] * 10] * 4
    for place in ((3, 7), (2, 9), (2, 1)):  # the lowest is named, on every device
        powers[place] = -1
        with pytest.raises(ArgumentError, match=SAID.format(dtype, r"\({}, {}\)".format(*place))):
            (base ** clnd.asarray(powers)).asnumpy()
    for of_float in (base.astype("float32") ** clnd.asarray(powers), base ** clnd.asarray(powers).astype("float32")):
        assert np.isfinite(of_float.asnumpy()).all()
    assert (clnd.asarray(np.array([2, 3], np.uint8)) ** clnd.asarray(np.array([3, 2], np.uint8))).tolist() == [8, 9]


@pytest.mark.parametrize(
    "take",
    [
        lambda a: a ** np.int64(-1), lambda a: clnd.pow(a, np.int32(-1)), lambda a: np.power(a, np.int64(-1)), lambda a: a.__ipow__(np.int64(-1)),
        lambda a: a.astype("uint8") ** np.int8(-1), lambda a: a.astype("bool") ** -1,
    ],
)  # fmt: skip
def test_negative_numbers_of_numpy_are_refused_at_the_call(take: Callable[[Any], Any]) -> None:
    with pytest.raises(ArgumentError, match=r"\[pow\] got \w+ to the power -1; negative integer powers of integers are not integers"):
        take(clnd.asarray([1, 2, 3]))


def test_a_power_without_axes() -> None:
    for base in (clnd.asarray([1, 2, 3]), clnd.asarray(2)):
        assert (base ** clnd.asarray(2)).tolist() == (base * base).tolist()
        with pytest.raises(ArgumentError, match="got int64 to a negative power, at the only power"):
            (base ** clnd.asarray(-1)).asnumpy()


def test_of_nothing_nothing_is_wrong() -> None:
    assert (clnd.zeros((0,), dtype="int64") ** clnd.asarray([-1])).tolist() == []


READS: dict[str, Callable[[Any], Any]] = {
    "asnumpy": lambda x: x.asnumpy(),
    "array": lambda x: np.asarray(x),
    "wait": lambda x: x.wait_to_read(),
    "item": lambda x: x[0].item(),
    "print": repr,
    "pickle": pickle.dumps,
    "list": lambda x: x.tolist(),
    "truth": lambda x: bool(x[0]),
    "copy": lambda x: x.copy().asnumpy(),
    "view": lambda x: x[::2].asnumpy(),
    "sum": lambda x: float(x.sum()),
    "fused": lambda x: (x * 2 + 1).asnumpy(),
    "product": lambda x: (x.astype("float32").reshape(1, -1) @ clnd.ones((5, 3))).asnumpy(),
    "reshaped": lambda x: x.reshape(5, 1).asnumpy(),
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("first", ["pending", "computed"])
def test_every_read_tells(name: str, first: str) -> None:
    x = faulty()
    if first == "computed":
        clnd.evaluate(x)
    for _ in range(2):
        with pytest.raises(ArgumentError, match=SAID.format("int32", 2)):
            READS[name](x)


def test_what_was_computed_before_remembers() -> None:
    """Inputs are dropped when a value is there; what could be wrong with them is not."""
    x = faulty()
    y = x + 1
    clnd.evaluate(y)
    del x
    z = y * 3
    clnd.evaluate(z)
    del y
    with pytest.raises(ArgumentError, match=SAID.format("int32", 2)):
        z.asnumpy()


def test_assignments_carry_faults_along() -> None:
    for take in (lambda x, y: x.__setitem__(slice(1, 6), y), lambda x, y: x.__iadd__(y.sum()), lambda x, y: clnd.add(x[1:6], y, out=x[1:6])):
        x = clnd.zeros((9,), dtype="int32")
        take(x, faulty())
        with pytest.raises(ArgumentError, match="negative power"):
            x.asnumpy()
    x[:] = 0
    assert x.asnumpy().tolist() == [0] * 9


def test_an_element_of_a_faulty_value_is_one() -> None:
    x = faulty()
    with pytest.raises(ArgumentError, match="negative power"):
        x.asnumpy()
    element = x[0]
    with pytest.raises(ArgumentError, match="negative power"):
        float(element)
    with pytest.raises(ArgumentError, match="negative power"):
        (element + clnd.ones((3,), dtype="int32")).asnumpy()


def test_other_values_never_raise() -> None:
    bad, good = faulty(), faulty((1, 2, 3))
    other = clnd.arange(5)
    clnd.waitall()
    assert good.tolist() == [2, 4, 8]
    assert (other + 1).tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(ArgumentError, match="negative power"):
        bad.asnumpy()
    assert (good + 1).tolist() == [3, 5, 9]


def test_a_value_without_faults_is_looked_at_once() -> None:
    good = faulty((1, 2, 3))
    good.asnumpy()
    before = counters.copy()
    for _ in range(3):
        good.asnumpy()
    assert (counters - before).host_reads == 3
    assert not good._node.faults


def test_many_faults_are_looked_at_when_they_are_recorded() -> None:
    total = clnd.zeros((3,), dtype="int32")
    for _ in range(3 * faults.MOST):
        total = total + faulty((1, 2, 3))
        assert len(total._node.faults) <= faults.MOST
    assert total.tolist() == [96, 192, 384]
    total = total + faulty((1, -2, 3))
    for _ in range(3 * faults.MOST):
        total = total + faulty((1, 2, 3))
    with pytest.raises(ArgumentError, match=SAID.format("int32", 1)):
        total.asnumpy()


def test_the_check_runs_with_the_value_and_keeps_no_operand() -> None:
    powers = clnd.asarray(np.arange(5, dtype=np.int32))
    x = clnd.asarray(np.full(5, 2, np.int32)) ** (powers * 2)
    before = counters.copy()
    clnd.evaluate(x)
    assert (counters - before).launches == 2  # the value with the key of the check, and its search
    (fault,) = x._node.faults
    assert not fault.waits
    assert fault.check is not None
    assert fault.check.inputs == ()
