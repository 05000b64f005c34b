"""The math mode: whether operations keep the promised bits, or may be faster without them.

The mode is taken when an operation is recorded, not when it runs: it stands on the node, and in the
keys of plans and kernels. No kernel mixes the modes.
"""

from __future__ import annotations

import threading
from typing import Literal

from clnd.errors import ArgumentError
from clnd.settings import MATH_MODES, settings

__all__ = ["math_mode", "state"]


class _State(threading.local):
    """What this thread records in. Set by `math_mode` only."""

    fast = settings.math_mode == "fast"


state = _State()

class math_mode:
    """How operations are computed from here on, or within a ``with`` block.

    "strict", the default, gives the same bits on every device. "fast" gives them up for speed:
    the driver's own elementary functions (``native_exp`` and the like) where they are fast, products
    fused into sums, and sums in an order that suits the device. The mode is that of the thread, and an
    operation keeps the one it was recorded in. ``CLND_MATH_MODE`` sets it from outside.

    Parameters
    ----------
    mode : "strict" or "fast"

    Raises
    ------
    ArgumentError
        For any other mode.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.asarray([0.0, 1.0])
    >>> with clnd.math_mode("fast"):
    ...     y = clnd.exp(x)
    >>> clnd.math_mode.current()
    'strict'
    """

    def __init__(self, mode: Literal["strict", "fast"]) -> None:
        if mode not in MATH_MODES:
            raise ArgumentError(f"[math_mode] got {mode!r}; expected one of {', '.join(MATH_MODES)}")
        self._before = state.fast
        state.fast = mode == "fast"

    @staticmethod
    def current() -> str:
        """The mode of this thread."""
        return "fast" if state.fast else "strict"

    def __enter__(self) -> math_mode:
        return self

    def __exit__(self, *error: object) -> None:
        state.fast = self._before

    def __repr__(self) -> str:
        return f"math_mode({self.current()!r})"
