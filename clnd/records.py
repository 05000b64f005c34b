"""Frozen dataclasses that are quick to make: `import clnd` defines some sixty, and compiles six functions for each with `dataclass` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["light_dataclass"]

if TYPE_CHECKING:  # to type checkers it is the same
    from dataclasses import dataclass as light_dataclass
else:
    import dataclasses
    from operator import attrgetter

    def light_dataclass(*, frozen: bool):
        """`dataclasses.dataclass` whose equality, hash and representation are functions that all such classes share in form.

        They are what ``dataclass(frozen=True)`` gives, and a class may define its own.
        """
        assert frozen

        def decorated(cls: type) -> type:
            own = {*vars(cls)}
            made = dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
            fields = dataclasses.fields(made)
            for name, function in _methods([f.name for f in fields if f.compare], [f.name for f in fields if f.repr]).items():
                if name not in own:
                    function.__name__, function.__qualname__ = name, f"{cls.__qualname__}.{name}"
                    setattr(made, name, function)
            return made

        return decorated

    def _methods(compared: list[str], shown: list[str]) -> dict[str, Any]:
        # Of two names or more this gives a tuple, faster than a generated method makes one.
        values = attrgetter(*compared) if compared else lambda self: ()

        def equal(self: Any, other: object) -> bool:
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def hashed(self: Any) -> int:
            return hash(values(self))

        def shown_as(self: Any) -> str:
            return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

        return {"__eq__": equal, "__hash__": hashed, "__repr__": shown_as}
