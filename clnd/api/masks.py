"""Masks and scattered writes: `nonzero`, `put` and their kin."""

from __future__ import annotations

__all__: list[str] = []
