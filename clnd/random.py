"""Random draws: the same bits on every device.

One process-wide generator gives each call the next draw number, whatever the context; `seed`
starts it again. `Generator` objects are independent streams, for threads and for tests. The seed
of a new process is 0: a program without a seed is as reproducible as one with it.
"""

from __future__ import annotations

import operator
import threading
from typing import Any

from clnd import dtypes
from clnd.array import Array
from clnd.context import Context, as_context
from clnd.dtypes import facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.draws import draw_node
from clnd.kernels import random as kernel
from clnd.shapes import as_shape

__all__ = ["Generator", "default_generator", "normal", "randint", "seed", "uniform"]

Device = Context | str | None


class Generator:
    """A stream of draws from one 64-bit seed.

    Parameters
    ----------
    seed : int
        Any integer; taken modulo 2**64.

    Examples
    --------
    >>> from clnd.random import Generator
    >>> a, b = Generator(7), Generator(7)
    >>> bool((a.uniform(shape=(5,)) == b.uniform(shape=(5,))).all())
    True
    """

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start again from ``seed``."""
        try:
            key = operator.index(seed) % 2**64
        except TypeError:
            raise ArgumentError(f"[seed] got {seed!r}; expected an integer") from None
        with self._lock:
            self._key, self._next = key, 0

    def _draw(self, kind: str, shape: Any, dtype: Any, ctx: Device, parameters: tuple[Any, ...]) -> Any:
        to = dtypes.as_dtype(dtype)
        lengths = as_shape("random." + kind, shape)
        where = as_context(ctx)
        kernel.check(kind, to, *parameters)
        with self._lock:
            key, number = self._key, self._next
            self._next += 1
        return Array.like(object.__new__(Array), draw_node(kind, lengths, to, where, key, number, parameters))

    def uniform(self, low: float = 0.0, high: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
        """Numbers evenly spread over [``low``, ``high``); float32 by default."""
        return self._draw("uniform", shape, dtypes.float32 if dtype is None else dtype, ctx, (low, high))

    def normal(self, loc: float = 0.0, scale: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
        """Normally distributed numbers of mean ``loc`` and standard deviation ``scale``; float32 by default."""
        if scale < 0:
            raise ArgumentError(f"[random.normal] got scale {scale}; expected a standard deviation from 0 on")
        return self._draw("normal", shape, dtypes.float32 if dtype is None else dtype, ctx, (loc, scale))

    def randint(self, low: int, high: int | None = None, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
        """Integers from ``low`` to below ``high`` (from 0 to below ``low`` where ``high`` is None); int64 by default.

        The chance of each differs from the others' by less than 2**-32.
        """
        if high is None:
            low, high = 0, low
        to = dtypes.as_dtype(dtypes.int64 if dtype is None else dtype)
        if facts(to).kind not in (dtypes.INT, dtypes.UINT):
            raise DTypeError(f"[random.randint] got {to.name}; expected an integer dtype")
        return self._draw("randint", shape, to, ctx, (low, high))


default_generator = Generator(0)
"""The generator behind the functions of this module."""


def seed(seed: int, ctx: Any = "all") -> None:
    """Start the process-wide generator again from ``seed``.

    ``ctx`` is MXNet's and changes nothing: a seed gives the same numbers on every context.
    """
    default_generator.seed(seed)


def uniform(low: float = 0.0, high: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
    """Numbers evenly spread over [``low``, ``high``), from the process-wide generator."""
    return default_generator.uniform(low, high, shape, dtype, ctx)


def normal(loc: float = 0.0, scale: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
    """Normally distributed numbers, from the process-wide generator."""
    return default_generator.normal(loc, scale, shape, dtype, ctx)


def randint(low: int, high: int | None = None, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Any:
    """Integers from ``low`` to below ``high``, from the process-wide generator."""
    return default_generator.randint(low, high, shape, dtype, ctx)
