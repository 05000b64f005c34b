"""What a device keeps of its kernels: those that were used of late."""

from __future__ import annotations

from typing import Any

__all__ = ["Variants"]


class Variants:
    """A dictionary of kernels, plans and launch geometries that forgets what was not used for long.

    A kernel keeps memory in its driver (Intel's runtime: about 5 MB each), and a service that meets
    ever new shapes and formulas must not grow for ever. A kernel that is forgotten is loaded from
    the disk cache when it is next asked for, in about a millisecond.

    Entries live in two generations: what is used moves to the younger one, and when that is full
    the older one is dropped. Looking up an entry of the younger is one look into a dict, which an
    order of use by entry would not be.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        """The entry, or None."""
        value = self._young.get(key)
        if value is None:
            value = self._old.pop(key, None)
            if value is not None:
                self[key] = value
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
