"""Functions of numerical analysis and statistics made of others."""

from __future__ import annotations

__all__: list[str] = []
