"""Exchange with other libraries and with files."""

from __future__ import annotations

__all__: list[str] = []
