"""What the kernels of sorting move about, as C: elements that have become keys, alone or with their places."""

from __future__ import annotations

from clnd.records import light_dataclass
from clnd.templates.ctype import CType

__all__ = ["GRAINS", "PARTS", "Moved", "network"]

GRAINS = 1 << 14
"""Of a row that is shared out, the range of keys is cut into so many grains of one size: keys below it are of the first, those above it of the last."""
PARTS = 256
"""Neighbouring grains are a part, of which there are so many at most."""


@light_dataclass(frozen=True)
class Moved:
    """How an element becomes what is moved, and what is stored at last.

    Attributes
    ----------
    kind
        "float", "signed" or "unsigned": how bits become keys (``lib/order.cl.mako``).
    key
        The unsigned type of an element's bits, and of its key.
    form
        "keys": keys alone. "pairs": ``key << 32 | place`` in one ulong, for keys of up to 32 bits. "split": keys of 64 bits, with
        their places beside them.
    """

    kind: str
    key: CType
    form: str

    @property
    def type(self) -> CType:
        """What is moved."""
        return self.key if self.form == "keys" else CType("ulong")

    @property
    def digits(self) -> int:
        """Digits of 8 bits of a key."""
        return self.key.bits // 8

    @property
    def low(self) -> int:
        """Where the lowest digit of the key begins in what is moved."""
        return 32 if self.form == "pairs" else 0

    def made(self, bits: str, place: str) -> str:
        """What is moved for the element of ``bits`` at ``place`` of its row."""
        key = f"{self.kind}_key_{self.key}({bits}, flip)"
        if self.form == "keys":
            return key
        joined = self.joined(key)
        return f"((ulong){joined} << 32 | (ulong)({place}))" if self.form == "pairs" else joined

    def joined(self, key: str, t: CType | None = None) -> str:
        """``key``, of type ``t`` where that is not the key's own, with one key for both zeros."""
        return f"joined_key_{t or self.key}({key})" if self.kind == "float" else key

    def sorted_by(self, value: str) -> str:
        """The key of what is moved; of pairs with their places below it."""
        return self.joined(value) if self.form == "keys" else value

    def stored(self, value: str, place: str) -> str:
        """What the result has for what was moved: bits of an element, or the place of one."""
        if self.form == "keys":
            return f"{self.kind}_of_key_{self.key}({value}, flip)"
        return f"(ulong)(uint){value}" if self.form == "pairs" else f"(ulong){place}"


def network(n: int) -> list[tuple[int, int]]:
    """Batcher's odd-even merge sort of ``n`` elements, a power of 2: pairs of places whose lesser element goes to the first."""
    pairs = []
    p = 1
    while p < n:
        k = p
        while k:
            for j in range(k % p, n - k, 2 * k):
                pairs += [(i + j, i + j + k) for i in range(k) if (i + j) // (2 * p) == (i + j + k) // (2 * p)]
            k //= 2
        p *= 2
    return pairs
