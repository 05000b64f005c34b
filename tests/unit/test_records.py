"""`light_dataclass` makes what `dataclasses.dataclass(frozen=True)` makes."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from typing import Any

import pytest

from clnd.records import light_dataclass


@light_dataclass(frozen=True)
class Light:
    """Fields of every kind."""

    a: int
    b: str = "b"
    c: list[int] = dataclasses.field(default_factory=list, compare=False)
    d: Any = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True)
class Plain:
    """The same."""

    a: int
    b: str = "b"
    c: list[int] = dataclasses.field(default_factory=list, compare=False)
    d: Any = dataclasses.field(default=None, repr=False)


@light_dataclass(frozen=True)
class Nothing:
    """No fields."""


@light_dataclass(frozen=True)
class One:
    """A field, and a hash of its own."""

    a: int

    def __hash__(self) -> int:
        return 5


GIVEN: tuple[dict[str, Any], ...] = ({"a": 1}, {"a": 1, "c": [2]}, {"a": 1, "b": "x"}, {"a": 1, "d": (3,)}, {"a": 2})


def test_equality_hash_and_representation_are_those_of_a_dataclass() -> None:
    light, plain = [Light(**g) for g in GIVEN], [Plain(**g) for g in GIVEN]
    assert [[x == y for y in light] for x in light] == [[x == y for y in plain] for x in plain]
    assert [hash(x) for x in light] == [hash(x) for x in plain]
    assert [repr(x).replace("Light", "Plain") for x in light] == [repr(x) for x in plain]
    assert light[0] != plain[0]
    assert light[0] != Nothing()
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert (repr(Nothing()), hash(One(1)), One(1) == One(1), One(1) == One(2)) == ("Nothing()", 5, True, False)


def test_it_is_a_frozen_dataclass() -> None:
    x = Light(1, "x", [2], 3)
    assert dataclasses.replace(x, a=4) == Light(4, "x", d=3)
    assert dataclasses.asdict(x) == {"a": 1, "b": "x", "c": [2], "d": 3}
    assert pickle.loads(pickle.dumps(x)) == x
    with pytest.raises(dataclasses.FrozenInstanceError):
        x.a = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del x.a


@light_dataclass(frozen=True)
class Later:
    """Nobody has made one yet."""

    a: int
    b: str = "b"
    c: list[int] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.c.append(self.a)


def test_a_class_says_what_it_takes_before_one_was_made() -> None:
    assert "__init__" in vars(Later)
    parameters = inspect.signature(Later).parameters
    assert [*parameters] == ["a", "b", "c"]
    assert (parameters["a"].annotation, parameters["b"].default, str(parameters["c"].default)) == ("int", "b", "<made anew>")
    assert Later(1).c == [1]
    assert Later(2).c == [2]
    assert Later(3, c=[0]) == Later(3, "b", [0, 3][:1])
    with pytest.raises(TypeError, match=r"Later.__init__\(\) missing 1 required positional argument: 'a'"):
        Later()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Later(1, z=2)  # type: ignore[call-arg]


def test_a_class_that_derives_from_one_is_made_by_its_own() -> None:
    class Derived(Later):
        pass

    assert (type(Derived(1)), Derived(1).c, type(Later(1))) == (Derived, [1], Later)


def test_what_cannot_be_hashed_says_so() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Light(1, d=[]))
