"""Functions that join, split, repeat and move arrays."""

from __future__ import annotations

__all__: list[str] = []
