"""The public names: a row of the table has one, and what can be had is what is listed."""

from __future__ import annotations

import types

import clnd
from clnd import nd
from clnd.ops import elementwise, reductions

# Rows that only MXNet's names call, and parts of functions that are made of several.
_MXNET_ONLY = {"rcbrt", "round_half_away", "round_half_down"}
_PARTS = {"frexp_exponent", "frexp_mantissa", "modf_fraction", "scale_by_power", "set_bits"}


def test_every_row_is_a_public_function() -> None:
    assert set(elementwise.TABLE) - set(elementwise.__all__) == _MXNET_ONLY | _PARTS
    assert set(elementwise.__all__) - set(elementwise.TABLE) == {"outside_the_promise"}
    for name in elementwise.__all__:
        assert getattr(clnd, name) is getattr(elementwise, name)


def test_every_reduction_is_a_public_function() -> None:
    assert set(reductions.TABLE) == set(reductions.__all__)
    for name in reductions.__all__:
        assert getattr(clnd, name) is reductions.TABLE[name]


def test_names_are_listed_once_and_are_there() -> None:
    for module in (clnd, nd):
        assert len(set(module.__all__)) == len(module.__all__)
        for name in module.__all__:
            assert hasattr(module, name)


def test_what_can_be_had_is_listed() -> None:
    for module in (clnd, nd):
        there = {name for name, x in vars(module).items() if not name.startswith("_") and not isinstance(x, types.ModuleType)}
        assert there - {"annotations"} <= set(module.__all__)
