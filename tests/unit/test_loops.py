"""No loop is written over what there is one of: a compiler may leave it with what a round after the last would compute."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import clnd
from clnd.dtypes import ALL, facts
from clnd.kernels import reduce
from clnd.kernels.recipe import Input, Recipe
from clnd.kernels.reduce import LANES
from clnd.ops import reductions
from clnd.runtime.opened import OpenDevice
from clnd.shapes import contiguous_strides
from clnd.templates import Arithmetic
from clnd.templates.loops import each
from tests.unit.test_kernels_records import device as made_up_info

TEMPLATES = Path(clnd.__file__).parent / "templates"
# From 0 to a number that is known when the kernel is rendered, or over vectors.
OF_A_KNOWN_LENGTH = re.compile(r"for \(\w+ (\w+) = 0; *\1 < (?:\$\{|vectors|whole|present)[^;]*;")
# The same in a kernel: rounds of `step` to a number.
NUMBERED = re.compile(r"for \(\w+ (\w+) = 0; \1 < (\d+); \1 (?:\+\+|\+= (\d+))\)?")


def test_each() -> None:
    assert each("v", "vectors", 4) == "for (int v = 0; v < vectors; v += 1) {"
    assert each("r", 32, 32, 8) == "for (int r = 0; r < 32; r += 8) {"
    assert each("v", "whole", 1) == "if (whole > 0) { const int v = 0;"
    assert each("r", "span", 8, 8) == "if (span > 0) { const int r = 0;"
    assert each("r", 8, 8, 8) == "{ const int r = 0;"


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.mako")), ids=lambda path: path.name)
def test_templates_open_such_loops_with_each(path: Path) -> None:
    assert not [line.strip() for line in path.read_text().splitlines() if OF_A_KNOWN_LENGTH.search(line)]


def sources_of(info: Any, dtype: Any, name: str, shapes: Any, axis: int, fast: bool = False) -> list[str]:
    """The kernels that reduce contiguous operands of ``shapes`` on a device with these facts."""
    device = object.__new__(OpenDevice)
    device.info, device.parameters = info, {}
    row = reductions.TABLE[name]
    recipe = Recipe((Input(dtype),), (), (0,), fast)
    accumulation = row.accumulation(dtype, row.gives(dtype))
    variants = set()
    for general in (0, reduce.GENERAL):  # kernels made for a layout, as large arrays have them, and those of small ones
        with mock.patch.object(reduce, "GENERAL", general):
            plans = [reduce.plan(device, accumulation, recipe, shape, (axis,), [contiguous_strides(shape)], [shape]) for shape in shapes]
        variants |= {launch.variant for plan in plans for launch in plan.launches}
    return [str(variant.source()) for variant in variants]


@pytest.mark.parametrize("vector_bytes", [32, 64])
@pytest.mark.parametrize("family", ["cpu", "gpu"])
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_reductions_loop_over_several_vectors_only(dtype: Any, family: str, vector_bytes: int) -> None:
    info = replace(made_up_info(), family=family, vector_bytes=vector_bytes, kind=family, arithmetic=Arithmetic(), slow_functions=frozenset())
    single = several = 0
    for name, row in reductions.TABLE.items():
        if facts(dtype).kind not in row.takes or facts(row.gives(dtype)).kind not in row._combine:
            continue
        for fast in (False, True):
            sources = sources_of(info, dtype, name, [(LANES + 1, k) for k in range(1, 34)], 0, fast)
            sources += sources_of(info, dtype, name, [(k, 5) for k in (1, 33)], 1, fast)
            for source in sources:
                for _, count, step in NUMBERED.findall(source):
                    assert int(count) > int(step or 1), source
                if re.search(r"\bcur\[1\]", source):
                    single += 1
                    assert not re.search(r"for \([^;]*; *v < (vectors|whole);", source), source
                    assert not re.search(r"for \([^;]*; *l < present;", source) or not fast, source
                elif "cur[" in source:
                    several += 1
    assert single
    assert several or family == "gpu"
