"""A stream of draws: its seed, the number of the next draw, and how both are kept."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clnd.errors import ArgumentError
from clnd.random.seeds import child_seed, seed_of

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BitGenerator", "Stream"]

_NAME = "Philox4x32-10"


class Stream:
    """What generators are made of: a seed, and counters of the draws taken and of the children made.

    A draw is a function of the seed, its number and the place of the element. Nothing else is state.
    """

    def __init__(self, seed: Any = 0) -> None:
        self.seed(seed)

    def seed(self, seed: Any = None) -> None:
        """Start again from ``seed``: an integer, a sequence of integers, or None for one from the operating system."""
        self._begin(seed_of("seed", seed), 0, 0)

    def _begin(self, seed: int, draw: int, spawned: int) -> None:
        # One tuple, and counters whose step cannot be divided: no lock that a signal handler could wait for.
        self._draws = (seed, itertools.count(draw), itertools.count(spawned))

    def _next_draw(self) -> tuple[int, int]:
        """The seed, and a draw number that nobody else gets."""
        key, numbers, _ = self._draws
        return key, next(numbers)

    def _state(self) -> dict[str, Any]:
        seed, draws, spawned = self._draws
        return {"bit_generator": _NAME, "seed": seed, "draw": _next_of(draws), "spawned": _next_of(spawned)}

    def _set_state(self, state: Any) -> None:
        try:
            if not isinstance(state, Mapping) or state["bit_generator"] != _NAME:
                raise KeyError("bit_generator")
            self._begin(int(state["seed"]) % 2**64, int(state["draw"]), int(state["spawned"]))
        except (KeyError, TypeError, ValueError):
            raise ArgumentError(f"[random] got the state {state!r}; expected one of {_NAME}, as bit_generator.state gives it") from None

    def spawn(self, n_children: int) -> list[Self]:
        """New generators whose streams are independent of this one and of each other.

        The children of a stream are numbered; child k of a seed is the same stream always.
        """
        seed, _, spawned = self._draws
        children = []
        for _ in range(n_children):
            child = object.__new__(type(self))
            child._begin(child_seed(seed, next(spawned)), 0, 0)
            children.append(child)
        return children

    @property
    def bit_generator(self) -> BitGenerator:
        """The state behind the draws, by NumPy's name."""
        return BitGenerator(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self._state())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_NAME})"


class BitGenerator:
    """The state behind a generator's draws.

    Attributes
    ----------
    state : dict
        The seed, the number of the next draw, and how many children were made. Setting it goes back to that place.
    """

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    @property
    def state(self) -> dict[str, Any]:
        """The seed, the number of the next draw, and how many children were made."""
        return self._stream._state()

    @state.setter
    def state(self, state: Any) -> None:
        self._stream._set_state(state)

    def __repr__(self) -> str:
        return f"<{_NAME} {self._stream._state()}>"


def _restored(of: type[Stream], state: Any) -> Stream:
    stream = object.__new__(of)
    stream._set_state(state)
    return stream


def _next_of(counter: itertools.count[int]) -> int:
    """What a counter gives next, without taking it: only its text says so."""
    return int(repr(counter)[len("count(") : -1])
