"""Cases of a test that the quick tier runs, and those that it leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

__all__ = ["some"]


def some(names: Iterable[str], *quick: str) -> list[Any]:
    """``names`` as parameters; those that are not among ``quick`` are marked ``thorough``."""
    return [n if n in quick else pytest.param(n, marks=pytest.mark.thorough) for n in names]
