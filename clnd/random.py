"""Random draws: the same bits on every device.

One process-wide generator gives each call the next draw number, whatever the context; `seed`
starts it again. `Generator` objects are independent streams, for threads and for tests. The seed
of a new process is 0: a program without a seed is as reproducible as one with it.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

from clnd import dtypes
from clnd.arrays import Array
from clnd.context import Context, as_context
from clnd.dtypes import facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Node
from clnd.ops.draws import draw_node, ordered_node, permutation_node
from clnd.ops.parameters import checked
from clnd.shapes import as_shape

__all__ = ["Generator", "bernoulli", "default_generator", "exponential", "normal", "permutation", "randint", "seed", "shuffle", "uniform"]

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
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start again from ``seed``."""
        try:
            key = operator.index(seed) % 2**64
        except TypeError:
            raise ArgumentError(f"[seed] got {seed!r}; expected an integer") from None
        # One tuple, and a counter whose step cannot be divided: no lock that a signal handler could wait for.
        self._draws = (key, itertools.count())

    def _next_draw(self) -> tuple[int, int]:
        """The seed, and a draw number that nobody else gets."""
        key, numbers = self._draws
        return key, next(numbers)

    def _draw(self, kind: str, shape: Any, dtype: Any, ctx: Device, parameters: tuple[Any, ...]) -> Array:
        if any(isinstance(p, Array) for p in parameters):
            raise DTypeError(
                f"[random.{kind}] got an array as a parameter; expected numbers; scale and shift the draws instead"
            )
        to = dtypes.as_dtype(dtype)
        lengths = as_shape("random." + kind, shape)
        where = as_context(ctx)
        checked(kind, to, *parameters)  # before a draw number is taken
        return _array(draw_node(kind, lengths, to, where, *self._next_draw(), parameters))

    def uniform(self, low: float = 0.0, high: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Array:
        """Numbers evenly spread over [``low``, ``high``); of the default float where no dtype is named."""
        return self._draw("uniform", shape, dtypes.default_float() if dtype is None else dtype, ctx, (low, high))

    def normal(self, loc: float = 0.0, scale: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Array:
        """Normally distributed numbers of mean ``loc`` and standard deviation ``scale``; of the default float where no dtype is named."""
        return self._draw("normal", shape, dtypes.default_float() if dtype is None else dtype, ctx, (loc, scale))

    def exponential(self, scale: float = 1.0, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Array:
        """Exponentially distributed numbers of mean ``scale``, from 0 on; of the default float where no dtype is named.

        By inversion, ``-scale * log(u)``, with clnd's own logarithm.

        Raises
        ------
        ArgumentError
            Where ``scale`` is negative or not finite.
        """
        return self._draw("exponential", shape, dtypes.default_float() if dtype is None else dtype, ctx, (scale,))

    def bernoulli(self, p: float = 0.5, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Array:
        """True with probability ``p``, else False; bool by default, 1 and 0 in other real dtypes.

        The probability is ``p`` rounded to a multiple of 2**-32.

        Raises
        ------
        ArgumentError
            Where ``p`` is not from 0 to 1.
        """
        return self._draw("bernoulli", shape, dtypes.bool_ if dtype is None else dtype, ctx, (p,))

    def permutation(self, x: Any, ctx: Device = None) -> Array:
        """The numbers 0 .. n-1 in a random order, as int64, or a copy of an array with its first axis in a random order.

        Parameters
        ----------
        x : int or Array
            How many numbers, or the array, of at least one dimension.
        ctx : Context or str, optional
            Where the numbers are made; an array stays on its own context.

        Notes
        -----
        A keyed bijection gives each number from its place alone (Black and Rogaway, "Ciphers with
        arbitrary finite domains", 2002; its rounds stand in ``templates/random.cl.mako``): no sort,
        and no memory but the result's. Any element goes to any place with the same probability, to
        within 2**-64. An order is keyed by 320 bits, so that of the n! orders of 70 and more
        elements not all occur.

        Examples
        --------
        >>> from clnd.random import Generator
        >>> sorted(Generator(1).permutation(5).tolist())
        [0, 1, 2, 3, 4]
        """
        if isinstance(x, Array):
            return x._like(ordered_node(x._node, self._order_of("permutation", x)))
        try:
            n = operator.index(x)
        except TypeError:
            n = -1
        if n < 0:
            raise ArgumentError(f"[random.permutation] got {x!r}; expected a number of elements from 0 on, or a clnd array")
        return _array(permutation_node(n, as_context(ctx), *self._next_draw()))

    def shuffle(self, x: Any) -> None:
        """Bring the first axis of an array into a random order, in place; its views see it.

        ``permutation(x)`` is the same with the result in a new array.

        Raises
        ------
        ArgumentError
            Where ``x`` is no clnd array, or a view made by broadcast_to.
        ShapeError
            Where it has no dimensions.
        """
        if not isinstance(x, Array):
            raise ArgumentError(f"[random.shuffle] got a {type(x).__name__}; expected a clnd array; make one with clnd.asarray()")
        order = self._order_of("shuffle", x)
        x._rewrite("random.shuffle", lambda: ordered_node(x._node, order))

    def _order_of(self, name: str, x: Array) -> Node:
        """The node of a drawn order of the first axis of ``x``."""
        if not x.shape:
            raise ShapeError(f"[random.{name}] got an array without dimensions; expected at least one")
        return permutation_node(x.shape[0], x.ctx, *self._next_draw())

    def randint(self, low: int, high: int | None = None, shape: Any = (1,), dtype: Any = None, ctx: Device = None) -> Array:
        """Integers from ``low`` to below ``high`` (from 0 to below ``low`` where ``high`` is None); int64 by default.

        The chance of each differs from the others' by less than 2**-32.
        """
        if high is None:
            low, high = 0, low
        to = dtypes.as_dtype(dtypes.int64 if dtype is None else dtype)
        if facts(to).kind not in (dtypes.INT, dtypes.UINT):
            raise DTypeError(f"[random.randint] got {to.name}; expected an integer dtype")
        return self._draw("randint", shape, to, ctx, (low, high))


def _array(node: Any) -> Array:
    return Array._like(object.__new__(Array), node)


default_generator = Generator(0)
"""The generator behind the functions of this module."""


def seed(seed: int, ctx: Any = "all") -> None:
    """Start the process-wide generator again from ``seed``.

    ``ctx`` is MXNet's and changes nothing: a seed gives the same numbers on every context.
    """
    default_generator.seed(seed)


# The same calls on the process-wide generator.
uniform, normal, exponential = default_generator.uniform, default_generator.normal, default_generator.exponential
bernoulli, randint = default_generator.bernoulli, default_generator.randint
permutation, shuffle = default_generator.permutation, default_generator.shuffle


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
