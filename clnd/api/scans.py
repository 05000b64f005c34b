"""Cumulative sums, products, minima and maxima."""

from __future__ import annotations

__all__: list[str] = []
