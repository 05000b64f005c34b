"""NumPy's other names."""

from __future__ import annotations

__all__: list[str] = []
