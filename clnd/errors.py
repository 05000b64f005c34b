"""Every exception that clnd raises on purpose.

Each one is also the builtin that a NumPy user expects, so `except ValueError` keeps working::

    ClndError
    ├── ShapeError            (ValueError)    shapes that do not fit
    │   └── NoAxisError       (TypeError)     len() or iter() of an array without dimensions
    ├── DTypeError            (TypeError)     a dtype the operation or the device does not take
    ├── ArgumentError         (ValueError)    an argument or a setting outside its range
    │   ├── KindError             (TypeError)     an argument of another kind, such as a float for an axis
    │   └── AxisError             (IndexError)    an axis that an array does not have; NumPy's AxisError too
    ├── IndexingError         (IndexError)    an index out of range or of the wrong kind
    ├── ExchangeError         (BufferError)   memory that cannot be handed over to, or taken from, another library
    ├── ContextError          (ValueError)    an unknown device, or arrays on different devices
    ├── DriverError           (RuntimeError)  no usable OpenCL driver, or a driver that failed
    │   └── BuildError                        a kernel that the driver's compiler refused
    ├── DeviceMemoryError     (MemoryError)   an allocation above what the device can hold
    └── ForkError             (RuntimeError)  OpenCL used in a child forked after OpenCL had started

A message says what was got, what is expected, and what to do: "[op] got …; it takes …; …".
Wrong states inside clnd itself are `assert`s, not these. What clnd goes on without is a `ClndWarning`.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "ArgumentError",
    "AxisError",
    "BuildError",
    "ClndError",
    "ClndWarning",
    "ContextError",
    "DTypeError",
    "DeviceMemoryError",
    "DriverError",
    "ExchangeError",
    "ForkError",
    "IndexingError",
    "KindError",
    "NoAxisError",
    "ShapeError",
]


class ClndError(Exception):
    """The root of the tree: catches everything that clnd raises on purpose."""


class ShapeError(ClndError, ValueError):
    """Shapes that do not fit together."""


class NoAxisError(ShapeError, TypeError):
    """What needs an axis, asked of an array without dimensions; a TypeError too, as Python's of a number is."""


class DTypeError(ClndError, TypeError):
    """A dtype that the operation, or the device, does not take."""


class ArgumentError(ClndError, ValueError):
    """An argument or a setting whose value is outside of what is accepted."""


class KindError(ArgumentError, TypeError):
    """An argument of another kind than is accepted, such as a float for an axis; a TypeError too, as NumPy's is."""


class AxisError(ArgumentError, np.exceptions.AxisError):
    """An axis that an array does not have; an IndexError too, as the standard wants it, and NumPy's own."""


class IndexingError(ClndError, IndexError):
    """An index that is out of range or of the wrong kind."""


class ExchangeError(ClndError, BufferError):
    """Memory that cannot be handed over to another library, or taken from it, as asked."""


class ContextError(ClndError, ValueError):
    """A device that does not exist, or operands that live on different devices."""


class DriverError(ClndError, RuntimeError):
    """No usable OpenCL driver, or a driver that reported a failure."""


class BuildError(DriverError):
    """A kernel that the driver's compiler refused; the message carries its log."""


class DeviceMemoryError(ClndError, MemoryError):
    """An allocation that the device, its driver or the memory limit cannot hold."""


class ForkError(ClndError, RuntimeError):
    """OpenCL used in a process that was forked after OpenCL had been started."""


class ClndWarning(UserWarning):
    """Something that is wrong and that clnd goes on without, such as a broken file of tuning data."""
