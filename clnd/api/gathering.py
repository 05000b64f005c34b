"""Reading by index arrays: `take` and its kin."""

from __future__ import annotations

__all__: list[str] = []
