"""Random draws: the same bits on every device, from the generator that `clnd.random` uses.

Shapes default to (1,) and dtypes to float32, as in MXNet.
"""

from __future__ import annotations

from typing import Any

from clnd import random as _random
from clnd.arrays import Array
from clnd.context import Device
from clnd.errors import ArgumentError, DTypeError
from clnd.nd.ndarray import NDArray, as_nd, new
from clnd.nd.table import into
from clnd.shapes import as_shape

__all__ = ["bernoulli", "exponential", "normal", "randint", "randn", "random_exponential", "seed", "shuffle", "uniform"]


def _drawn(name: str, draw: Any, parameters: tuple[Any, ...], shape: Any, dtype: Any, ctx: Device, out: Any) -> Any:
    if any(isinstance(p, Array) for p in parameters):
        raise DTypeError(f"[random.{name}] got an array as a parameter; expected numbers; scale and shift the draws instead")
    if out is not None:
        ctx, shape = out.ctx, out.shape if shape is None else shape
    lengths = as_shape(f"random.{name}", (1,) if shape is None else shape)
    drawn = draw(*parameters, shape=lengths, dtype="float32" if dtype is None else dtype, ctx=ctx)
    return into(out, new(drawn._node))


def uniform(
    low: float = 0, high: float = 1, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None
) -> NDArray:
    """Numbers evenly spread over [``low``, ``high``)."""
    return _drawn("uniform", _random.uniform, (low, high), shape, dtype, ctx, out)


def normal(
    loc: float = 0, scale: float = 1, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None
) -> NDArray:
    """Normally distributed numbers of mean ``loc`` and standard deviation ``scale``."""
    return _drawn("normal", _random.normal, (loc, scale), shape, dtype, ctx, out)


def randn(*shape: int, loc: float = 0, scale: float = 1, dtype: Any = None, ctx: Device = None, out: Any = None) -> NDArray:
    """Normally distributed numbers; the lengths of the shape are the arguments."""
    return normal(loc, scale, shape or None, dtype, ctx, out)


def randint(low: int, high: int, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None) -> NDArray:
    """Integers from ``low`` to below ``high``; int32 by default."""
    return _drawn("randint", _random.randint, (low, high), shape, "int32" if dtype is None else dtype, ctx, out)


def exponential(scale: float = 1, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None) -> NDArray:
    """Exponentially distributed numbers of mean ``scale``."""
    return _drawn("exponential", _random.exponential, (scale,), shape, dtype, ctx, out)


def random_exponential(lam: float = 1, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None) -> NDArray:
    """Exponentially distributed numbers of rate ``lam``, which is above 0: of mean 1 / ``lam``."""
    if not isinstance(lam, Array) and not lam > 0:
        raise ArgumentError(f"[random_exponential] got lam={lam!r}; expected a rate above 0")
    return exponential(1 / lam, shape, dtype, ctx, out)


def bernoulli(prob: float = 0.5, shape: Any = None, dtype: Any = None, ctx: Device = None, out: Any = None) -> NDArray:
    """1 with probability ``prob``, else 0. The parameter has the name of MXNet's ``npx.random.bernoulli``."""
    return _drawn("bernoulli", _random.bernoulli, (prob,), shape, dtype, ctx, out)


def shuffle(data: Any, out: Any = None) -> NDArray:
    """A copy of ``data`` with its first axis in a random order; ``clnd.random.shuffle`` works in place."""
    return into(out, _random.permutation(as_nd("random.shuffle", data)))


def seed(seed_state: int, ctx: Any = "all") -> None:
    """Start the process-wide generator again from ``seed_state``.

    It is one for all devices, which draw the same numbers; ``ctx`` has no effect.
    """
    _random.seed(seed_state)
