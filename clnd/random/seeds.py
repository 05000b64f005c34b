"""Seeds: what names a stream. All here is frozen: the same seed names the same stream in every version.

A seed is a number of 64 bits. Sequences of integers and the children of a stream are hashed to one with Philox4x32-10,
the function that the draws themselves are made of.
"""

from __future__ import annotations

import operator
import secrets
from collections.abc import Sequence
from typing import Any

from clnd.errors import ArgumentError

__all__ = ["child_seed", "seed_of"]

_MASK32 = (1 << 32) - 1
_MASK64 = (1 << 64) - 1


def _philox(key: int, counter: int) -> int:
    """The first 64 of the 128 bits that Philox4x32-10 makes of a counter of 128 bits and a key of 64."""
    c0, c1, c2, c3 = (counter >> 32 * k & _MASK32 for k in range(4))
    k0, k1 = key & _MASK32, key >> 32
    for _ in range(10):
        p, q = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (q >> 32) ^ c1 ^ k0, q & _MASK32, (p >> 32) ^ c3 ^ k1, p & _MASK32
        k0, k1 = (k0 + 0x9E3779B9) & _MASK32, (k1 + 0xBB67AE85) & _MASK32
    return c0 | c1 << 32


def child_seed(seed: int, number: int) -> int:
    """The seed of child ``number`` of the stream ``seed``: of block ``number`` of draw 2**64 - 1, which no program reaches."""
    return _philox(seed, _MASK64 << 64 | number & _MASK64)


def seed_of(name: str, seed: Any) -> int:
    """The 64 bits that ``seed`` stands for.

    Parameters
    ----------
    seed : int, sequence of ints, None, or an object with generate_state()
        An integer is taken modulo 2**64. Of a sequence of integers from 0 on, each is cut into words of 64 bits, the lowest
        first; these, then the count of the integers, are hashed one after the other: h becomes the first 64 bits of
        Philox4x32-10 with the key h and the counter (word, number of the word), from h = 0 on. NumPy's SeedSequence gives its
        own 64 bits. None stands for 64 bits from the operating system.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    if seed is None:
        return secrets.randbits(64)
    if hasattr(seed, "generate_state"):
        return int(seed.generate_state(1, "uint64")[0])
    try:
        return int(operator.index(seed) & _MASK64)
    except TypeError:
        pass
    parts = seed.tolist() if hasattr(seed, "tolist") else seed
    try:
        if not isinstance(parts, Sequence) or isinstance(parts, (str, bytes)):
            raise TypeError
        numbers = [operator.index(part) for part in parts]
    except TypeError:
        numbers = [-1]
    if min(numbers, default=0) < 0:
        raise ArgumentError(f"[{name}] got {seed!r}; expected an integer, or a sequence of integers from 0 on, or None")
    return _hashed(numbers)


def _hashed(numbers: list[int]) -> int:
    words: list[int] = []
    for number in numbers:
        words += [number >> shift & _MASK64 for shift in range(0, max(number.bit_length(), 1), 64)]
    found = 0
    for place, word in enumerate([*words, len(numbers)]):
        found = _philox(found, place << 64 | word)
    return found
