"""Frozen dataclasses that are quick to make: `import clnd` defines some sixty, and compiles seven functions for each with `dataclass` alone."""

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

        ``__init__`` is compiled when the first object is made. They are what ``dataclass(frozen=True)`` gives, and a class may define its own.
        """
        assert frozen

        def decorated(cls: type) -> type:
            own = {*vars(cls)}
            # Frozen by the methods below: the ones that are made for each class are compiled.
            made = dataclasses.dataclass(init=False, eq=False, repr=False)(cls)
            made.__dataclass_params__.frozen = True
            fields = dataclasses.fields(made)
            methods = _methods([f.name for f in fields if f.compare], [f.name for f in fields if f.repr])
            methods |= {"__setattr__": _set, "__delattr__": _delete, "__init__": _Init(made)}
            for name, function in methods.items():
                if name not in own:
                    if name in ("__eq__", "__hash__", "__repr__"):
                        function.__name__, function.__qualname__ = name, f"{cls.__qualname__}.{name}"
                    setattr(made, name, function)
            return made

        return decorated

    class _Init:
        """Stands for the ``__init__`` of a class until somebody asks for it."""

        def __init__(self, of: type) -> None:
            self._of = of

        def __get__(self, instance: Any, owner: type) -> Any:
            function = self._of.__init__ = _init(self._of)
            return function.__get__(instance, owner)

    def _init(of: type) -> Any:
        """What sets each field, compiled."""
        names: dict[str, Any] = {"_put": object.__setattr__, "_absent": _ABSENT}
        parameters, lines = [], []
        for field in dataclasses.fields(of):
            assert field.init, field
            assert not field.kw_only, field
            value = field.name
            if field.default is not dataclasses.MISSING:
                names[f"_default_{field.name}"] = field.default
                parameters.append(f"{field.name}=_default_{field.name}")
            elif field.default_factory is not dataclasses.MISSING:
                names[f"_make_{field.name}"] = field.default_factory
                parameters.append(f"{field.name}=_absent")
                value = f"_make_{field.name}() if {field.name} is _absent else {field.name}"
            else:
                parameters.append(field.name)
            lines.append(f" _put(self, {field.name!r}, {value})")
        if hasattr(of, "__post_init__"):
            lines.append(" self.__post_init__()")
        exec(f"def __init__({', '.join(['self', *parameters])}):\n" + "\n".join(lines or [" pass"]), names)  # the names are those of fields
        function = names["__init__"]
        function.__qualname__, function.__module__ = f"{of.__qualname__}.__init__", of.__module__
        function.__annotations__ = {field.name: field.type for field in dataclasses.fields(of)} | {"return": None}
        return function

    class _Absent:
        """The default of a parameter whose value is made anew for each object."""

        def __repr__(self) -> str:
            return "<made anew>"

    _ABSENT = _Absent()

    def _set(self: Any, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delete(self: Any, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

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
