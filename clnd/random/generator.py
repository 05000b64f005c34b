"""Generators: streams with the methods that draw from them, by NumPy's names."""

from __future__ import annotations

from typing import Any

from clnd.arrays import Array
from clnd.context import Device
from clnd.random.continuous import Continuous
from clnd.random.discrete import Discrete
from clnd.random.orders import Orders
from clnd.random.stream import BitGenerator

__all__ = ["Generator", "RandomState", "default_rng"]


class Generator(Continuous, Discrete, Orders):
    """A stream of draws from one seed: NumPy's Generator, with the same bits on every device.

    Parameters
    ----------
    seed : int, sequence of ints or None
        An integer is taken modulo 2**64; None stands for 64 bits from the operating system.

    Examples
    --------
    >>> from clnd.random import Generator
    >>> a, b = Generator(7), Generator(7)
    >>> bool((a.uniform(size=5) == b.uniform(size=5)).all())
    True
    """


class RandomState(Generator):
    """A generator that has the names of NumPy's older interface, too."""

    def rand(self, *shape: int, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers evenly spread over [0, 1); the lengths of the shape are the arguments."""
        return self.random(shape, dtype, ctx=ctx)

    def randn(self, *shape: int, dtype: Any = None, ctx: Device = None) -> Array:
        """Normally distributed numbers of mean 0 and standard deviation 1; the lengths of the shape are the arguments."""
        return self.standard_normal(shape, dtype, ctx=ctx)

    def random_sample(self, size: Any = None, *, dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers evenly spread over [0, 1)."""
        return self.random(size, dtype, ctx=ctx)

    def get_state(self, legacy: bool = False) -> dict[str, Any]:
        """The seed, the number of the next draw, and how many children were made. ``legacy`` is NumPy's and changes nothing."""
        return self._state()

    def set_state(self, state: Any) -> None:
        """Go back to a place that `get_state` told."""
        self._set_state(state)


def default_rng(seed: Any = None) -> Generator:
    """A generator of the stream ``seed``, by NumPy's name.

    Parameters
    ----------
    seed : int, sequence of ints, Generator or None
        Without a seed, or with None, the operating system chooses the stream. A generator is returned as it is.

    Examples
    --------
    >>> import clnd
    >>> rng = clnd.random.default_rng(42)
    >>> rng.integers(1, 7, size=5).shape
    (5,)
    """
    if isinstance(seed, Generator):
        return seed
    if isinstance(seed, BitGenerator) and isinstance(seed._stream, Generator):
        return seed._stream
    return Generator(seed)
