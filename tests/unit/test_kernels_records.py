"""Kernels and templates come in pairs, and each kernel is described by a record of each family."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from clnd.kernels import gemm
from clnd.kernels.kernel import Kernel
from clnd.runtime.device import DeviceInfo

ROOT = Path(clnd.__file__).parent
TEMPLATES = {p.name.removesuffix(".cl.mako") for p in (ROOT / "templates").glob("*.cl.mako")}
MODULES = {p.stem for p in (ROOT / "kernels").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}

# Modules that several kernels share, and the one template that the runtime itself renders.
SHARED_MODULES = {"__init__", "emit", "epilogues", "inset", "kernel", "launch", "moves", "recipe", "tuning"}
OF_THE_RUNTIME = {"probe"}
# Of the canonical orders: part of what a result is.
CONSTANTS = {"BLOCK", "LANES", "KC"}


def records() -> list[Kernel]:
    """Every record: each module has those of both families in `RECORDS`."""
    modules = [importlib.import_module(f"clnd.kernels.{stem}") for stem in sorted(MODULES - SHARED_MODULES - {"copy"})]
    assert all(set(module.RECORDS) == {"cpu", "gpu"} for module in modules)
    return [record for module in modules for record in module.RECORDS.values()]


def device(**changes: Any) -> DeviceInfo:
    """A made-up device with little of everything."""
    values: dict[str, Any] = {}
    for field in fields(DeviceInfo):
        kind = str(field.type)
        values[field.name] = 0 if kind == "int" else False if kind == "bool" else ""
    small = {
        "compute_units": 2, "max_work_group_size": 1024, "local_mem_size": 32768, "vector_bytes": 32, "global_mem_size": 1 << 30,
        "fp64": True, "family": "gpu", "cache_size": 1 << 20,
    }  # fmt: skip
    values |= {k: v for k, v in small.items() if k in values} | changes
    return DeviceInfo(**values)


def rendered() -> dict[str, set[str]]:
    """Template -> the names that it is rendered with, and those that a method ``launch`` of the same package is given to go on to it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "kernels").rglob("*.py"):
        for call in calls(path):
            if isinstance(call.func, ast.Name) and call.func.id == "render":
                names = found.setdefault(ast.literal_eval(call.args[0]), set())
                names |= {k.arg for k in call.keywords if k.arg}
                if any(k.arg is None for k in call.keywords):
                    names |= {k.arg for other in path.parent.glob("*.py") for c in calls(other) if is_launch(c) for k in c.keywords if k.arg}
    return found


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def is_launch(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "launch"


RECORDS = records()


def test_templates_and_modules_pair() -> None:
    assert TEMPLATES - OF_THE_RUNTIME == MODULES - SHARED_MODULES


def test_every_kernel_but_the_copy_has_records() -> None:
    # copy is launched with the parameters of elementwise, whose walk it has.
    assert {r.name for r in RECORDS} == MODULES - SHARED_MODULES - {"copy"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.name}-{r.family}")
def test_record(record: Kernel) -> None:
    assert record.name in TEMPLATES
    assert record.family in ("cpu", "gpu")
    assert record.tunables
    assert all(name.isupper() and values for name, values in record.tunables.items())
    assert all(len(set(values)) == len(values) for values in record.tunables.values())
    assert record.problems
    assert all(isinstance(problem, tuple) for problem in record.problems)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.name}-{r.family}")
@pytest.mark.parametrize("vector_bytes", [16, 32, 64])
@pytest.mark.parametrize("items", [1024, 256, 32, 8, 1])
def test_something_fits_every_device(record: Kernel, items: int, vector_bytes: int) -> None:
    small = device(family=record.family, max_work_group_size=items, vector_bytes=vector_bytes)
    for dtype in dtypes.ALL:
        first = record.default(dtype, small)
        assert set(first) == set(record.tunables)
        assert all(v in record.tunables[k] for k, v in first.items())


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.name}-{r.family}")
def test_every_tunable_is_used(record: Kernel) -> None:
    # A kernel is a file, or a folder of that name, or both; of its template too.
    places = [ROOT / "kernels" / record.name, ROOT / "templates" / record.name]
    files = [file for place in places for file in (place.with_suffix(".py"), place.with_suffix(".cl.mako"), *place.glob("*.*")) if file.is_file()]
    text = "".join(file.read_text() for file in files)
    for name in record.tunables:
        assert text.count(name) > 1, f"{record.name} never uses {name}"


@pytest.mark.parametrize(("template", "names"), rendered().items())
def test_names_that_a_template_is_given(template: str, names: set[str]) -> None:
    """Its first lines tell of each; tunables are in upper case, choices in lower case."""
    lines = (ROOT / "templates" / f"{template}.cl.mako").read_text().splitlines()
    header = " ".join(itertools.takewhile(lambda line: line.startswith("##"), lines))
    assert not names - {*re.findall(r"\w+", header)}
    tunables = {name for record in RECORDS if record.name == template for name in record.tunables}
    assert {name for name in names if name != name.lower()} <= tunables | CONSTANTS


def test_every_template_is_rendered() -> None:
    assert {*rendered()} == TEMPLATES - OF_THE_RUNTIME


@pytest.mark.parametrize(("vector_bytes", "dtype", "tile"), [(16, "f4", (6, 16)), (32, "f4", (6, 16)), (32, "f8", (6, 8)), (64, "f4", (8, 32)), (64, "f8", (8, 16)), (64, "c16", (8, 8))])
def test_a_tile_of_sums_fills_the_registers(vector_bytes: int, dtype: str, tile: tuple[int, int]) -> None:
    p = gemm.RECORDS["cpu"].default(np.dtype(dtype), device(family="cpu", vector_bytes=vector_bytes, local_mem_size=256 << 10))
    assert (p["MR"], p["NR"]) == tile
