"""Sorting, and what is found by it."""

from __future__ import annotations

__all__: list[str] = []
