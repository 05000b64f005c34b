"""Every function that ARCHITECTURE.md names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(clnd/[\w/]+\.py): ([\w.]+)`", (ROOT / "ARCHITECTURE.md").read_text())


def defined(tree: ast.Module) -> set[str]:
    """Functions, classes, methods (as Class.method) and the values of a module."""
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            names |= {x.id for x in (node.targets if isinstance(node, ast.Assign) else [node.target]) if isinstance(x, ast.Name)}
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return names


def test_the_page_names_the_way() -> None:
    assert len(NAMED) >= 8


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_it_is_there(file: str, name: str) -> None:
    assert name in defined(ast.parse((ROOT / file).read_text())), f"ARCHITECTURE.md names {name}, which {file} has not"


def test_paths_on_the_page_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for path in re.findall(r"`((?:clnd|templates|graph|runtime|kernels|docs|tests|nd|api)/[\w/.]*)`", page):
        places = (ROOT / path, ROOT / "clnd" / path)
        assert any(p.exists() for p in places), f"ARCHITECTURE.md names {path}"
