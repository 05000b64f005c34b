"""What ARCHITECTURE.md and CONTRIBUTING.md name is there: functions by parsing the files, paths by looking. No OpenCL."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md")

_NAMED = re.compile(r"\b([\w/]+\.py): ([A-Za-z_][\w.]*\w)")
_PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+)?|[\w-]+\.py)`")


def named(page: str) -> list[tuple[str, str]]:
    """The pairs (file, name) that a page names as ``file.py: name``."""
    return list(dict.fromkeys(_NAMED.findall((ROOT / page).read_text())))


def defined(path: Path) -> set[str]:
    """Functions, classes, methods and names assigned at the top of a file; methods as ``Class.method``."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
            if isinstance(node, ast.ClassDef):
                names |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return names


def place(path: str) -> Path:
    """A path of a page: from the repository's root, or within ``clnd/``."""
    return ROOT / path if (ROOT / path).exists() else ROOT / "clnd" / path


@pytest.mark.parametrize(("page", "file", "name"), [(page, *pair) for page in PAGES for pair in named(page)])
def test_named_function_exists(page: str, file: str, name: str) -> None:
    assert place(file).exists(), f"{page} names {file}, which is not there"
    assert name in defined(place(file)), f"{page} names {name} in {file}, which does not define it"


@pytest.mark.parametrize("page", PAGES)
def test_named_paths_exist(page: str) -> None:
    # X stands for a name that a reader chooses.
    paths = [p for p in _PATH.findall((ROOT / page).read_text()) if not re.search(r"(^|/)X\b", p)]
    assert paths
    assert [p for p in paths if not place(p).exists()] == []


def test_the_way_is_told() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    steps = re.findall(r"^ +(\d+)  [\w/]+\.py: ", text, re.MULTILINE)
    assert [int(n) for n in steps] == list(range(1, len(steps) + 1))
    assert len(steps) >= 8
    assert len(text.splitlines()) < 100, "one page"


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
        assert [t for t in targets if not (ROOT / t).exists()] == []
