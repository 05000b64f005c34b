"""Who may import whom: the layers of clnd, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import clnd

ROOT = Path(clnd.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# From the lowest up. A module belongs to the layer of the longest of these names that begins its
# own; it may import its own layer and those below.
LAYERS = (
    ("clnd.errors", "clnd.defaults", "clnd.dtypes", "clnd.files", "clnd.incoming", "clnd.records", "clnd.shapes", "clnd.settings", "clnd.version", "clnd.requirements", "clnd.templates"),
    ("clnd.runtime",),
    ("clnd.context",),
    ("clnd.kernels",),
    ("clnd.graph",),
    ("clnd.ops",),
    ("clnd.array_functions", "clnd.arrays", "clnd.binning", "clnd.dlpack", "clnd.host", "clnd.indexing", "clnd.layout", "clnd.methods", "clnd.nesting", "clnd.operators", "clnd.padding", "clnd.picking", "clnd.placing", "clnd.reading", "clnd.reducing", "clnd.ufuncs"),
    # The namespaces: whatever is not named elsewhere.
    ("clnd",),
    ("clnd.tuner", "clnd.cli", "clnd.demo", "clnd.__main__", "clnd.selftest", "clnd.golden", "clnd.doctor", "clnd.process", "clnd.progress"),
)
RANK = {prefix: rank for rank, names in enumerate(LAYERS) for prefix in names}

# Packages that need not be installed: imported where they are used.
OPTIONAL = {"rich", "matplotlib", "sklearn", "numexpr", "ml_dtypes", "torch", "array_api_strict", "kernel_tuner"}
# Loading pyopencl's library starts the drivers: what could make one abort is looked for first. What the first result of most
# processes does without is loaded when it is needed: Mako, where programs are not in the cache; other processes, where something is missing or much is compiled; notebooks;
# fractions, where a device is probed.
LATE = {
    "clnd.runtime.drivers": {"pyopencl"}, "clnd.templates": {"mako"}, "clnd.templates.fingerprint": {"mako"}, "clnd.requirements": {"subprocess"},
    "clnd.runtime.discovery": {"subprocess"}, "clnd.host": {"html"}, "clnd.runtime.compilers": {"subprocess"},
    "clnd.runtime.device": {"clnd"},
}  # fmt: skip


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(module: str) -> int:
    while module not in RANK:
        module = module.rpartition(".")[0]
    return RANK[module]


def imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Every import of a file with the module it names; ``from clnd import dtypes`` names clnd.dtypes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} is relative; write the whole name"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield node, whole if is_module(whole) else node.module


def is_module(name: str) -> bool:
    path = ROOT.parent / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def type_checking_only(path: Path) -> set[int]:
    """The lines under ``if TYPE_CHECKING``, which never run."""
    lines: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            lines |= {inner.lineno for child in node.body for inner in ast.walk(child) if isinstance(inner, ast.stmt)}
    return lines


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_no_upward_import(path: Path) -> None:
    mine, skipped = layer(module_name(path)), type_checking_only(path)
    for node, name in imports(path):
        if name.partition(".")[0] == "clnd" and node.lineno not in skipped:
            assert layer(name) <= mine, f"{path.name}:{node.lineno} imports {name}, which is above it"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_only_the_runtime_knows_pyopencl(path: Path) -> None:
    if not module_name(path).startswith("clnd.runtime"):
        assert not [n for _, n in imports(path) if n.partition(".")[0] == "pyopencl"]


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_stand_at_the_top(path: Path) -> None:
    functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))]
    inside = {stmt.lineno for f in functions for stmt in ast.walk(f) if isinstance(stmt, (ast.Import, ast.ImportFrom))}
    late = [(node.lineno, name) for node, name in imports(path) if node.lineno in inside]
    allowed = OPTIONAL | LATE.get(module_name(path), set())
    assert not [(line, name) for line, name in late if name.partition(".")[0] not in allowed]


def test_the_layers_are_there() -> None:
    """A name in the table that no longer exists would let its successor pass unseen."""
    for names in LAYERS:
        assert all(is_module(name) for name in names)
