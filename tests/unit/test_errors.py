"""The exception tree: each class is also the builtin that callers expect."""

import inspect
import pickle

import numpy as np
import pytest

from clnd import errors

BUILTINS = {
    "ShapeError": ValueError,
    "NoAxisError": TypeError,
    "DTypeError": TypeError,
    "ArgumentError": ValueError,
    "KindError": TypeError,
    "AxisError": IndexError,
    "IndexingError": IndexError,
    "ContextError": ValueError,
    "ExchangeError": BufferError,
    "DriverError": RuntimeError,
    "BuildError": RuntimeError,
    "DeviceMemoryError": MemoryError,
    "ForkError": RuntimeError,
}


@pytest.mark.parametrize(("name", "builtin"), BUILTINS.items())
def test_is_a_clnd_error_and_a_builtin(name: str, builtin: type[Exception]) -> None:
    error = getattr(errors, name)
    assert issubclass(error, errors.ClndError)
    assert issubclass(error, builtin)


def test_the_module_lists_and_draws_every_class() -> None:
    classes = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    assert classes == set(errors.__all__) == {*BUILTINS, "ClndError", "ClndWarning"}
    assert errors.__doc__ is not None
    assert all(name in errors.__doc__ for name in classes)


def test_a_build_error_is_a_driver_error() -> None:
    assert issubclass(errors.BuildError, errors.DriverError)


@pytest.mark.parametrize("name", BUILTINS)
def test_survives_pickling(name: str) -> None:
    """Worker processes send their exceptions back this way."""
    error = pickle.loads(pickle.dumps(getattr(errors, name)("[add] got a; it takes b")))
    assert str(error) == "[add] got a; it takes b"


def test_an_axis_error_is_numpys() -> None:
    error = errors.AxisError("[sum] got axis 2")
    assert isinstance(error, np.exceptions.AxisError)
    assert str(error) == "[sum] got axis 2"
