"""docs/names.md: current, and its tables of differences name what is there."""

from __future__ import annotations

from tools.names import PAGE, chapters, is_there, page
from tools.names.differences import DIFFERS, LEFT_OUT


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m tools.names --write"


def test_differences_are_of_names_that_are_listed_and_there() -> None:
    listed: dict[str, set[str]] = {}
    for c in chapters():
        listed.setdefault("NumPy" if c.namespace.startswith("NumPy") else c.namespace, set()).update(c.there, c.differs, c.missing, c.left_out)
    for namespace, names in DIFFERS.items():
        assert set(names) <= listed[namespace], namespace
        assert not [name for name in names if not is_there(namespace, name)], namespace
        assert all(names.values())


def test_what_is_left_out_is_not_there() -> None:
    assert not [name for name in LEFT_OUT if is_there("NumPy", name)]


def test_dotted_names() -> None:
    assert is_there("NumPy", "linalg.outer")
    assert is_there("NumPy", "array.T")
    assert is_there("array API standard 2025.12", "__array_namespace_info__().dtypes")
    assert is_there("MXNet 1.9.1, mx.nd", "random.uniform")
    assert not is_there("NumPy", "none.such")
    assert not is_there("NumPy", "linalg.annotations")
