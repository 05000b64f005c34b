"""Searching in sorted arrays, counting and histograms."""

from __future__ import annotations

__all__: list[str] = []
