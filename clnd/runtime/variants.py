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
    order of use by entry would not be. An entry may weigh as much as several: ``most`` is the weight of all.
    """

    __slots__ = ("_half", "_old", "_weight", "_weights", "_young")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._young: dict[Any, Any] = {}
        self._old: dict[Any, Any] = {}
        self._weight = 0  # of the younger generation
        self._weights: dict[Any, int] = {}  # of entries that weigh more than 1

    def get(self, key: Any) -> Any:
        """The entry, or None."""
        value = self._young.get(key)
        if value is None:
            value = self._old.pop(key, None)
            if value is not None:
                self[key] = value
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        weight = self._weights.get(key, 1)
        if self._weight + weight > self._half:
            self._old, self._young, self._weight = self._young, {}, 0
            if self._weights:
                self._weights = {k: w for k, w in self._weights.items() if k in self._old or k == key}
        self._weight += weight
        self._young[key] = value

    def add(self, key: Any, value: Any, weight: int) -> None:
        """An entry of some weight; one that weighs more than a generation is not kept."""
        if weight <= self._half:
            if weight > 1:
                self._weights[key] = weight
            self[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old, self._weights, self._weight = {}, {}, {}, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
