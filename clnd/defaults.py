"""The default dtype of floats: which one Python's numbers and float functions of integers take."""

from __future__ import annotations

from typing import Any

from clnd import dtypes
from clnd.errors import ArgumentError

__all__ = ["default_dtype"]


class default_dtype:
    """The dtype of floats from here on, or within a ``with`` block: "float32", which is the default, or "float64".

    It is what Python's floats and lists of them become, and functions that make arrays (`zeros`, `linspace`, `random.uniform`);
    what integers become in a division, a float function or a mean. Complex numbers go along: complex64 or complex128. It is that of
    the thread, and is taken at the call. What has a dtype of its own keeps it: arrays, NumPy's arrays and scalars. ``clnd.nd`` stays
    float32, as MXNet is.

    A device without fp64 refuses float64: there the calls that would make such an array raise a DTypeError that names the device.

    Parameters
    ----------
    dtype : dtype

    Raises
    ------
    ArgumentError
        For any other dtype.

    Examples
    --------
    >>> import clnd
    >>> with clnd.default_dtype("float64"):
    ...     clnd.zeros(2).dtype, (clnd.arange(3) / 2).dtype, clnd.asarray([1.5j]).dtype
    (dtype('float64'), dtype('float64'), dtype('complex128'))
    >>> clnd.default_dtype.current()
    dtype('float32')
    """

    def __init__(self, dtype: Any) -> None:
        to = dtypes.as_dtype(dtype)
        if to not in (dtypes.float32, dtypes.float64):
            raise ArgumentError(f"[default_dtype] got {to.name}; expected float32 or float64")
        self._before = dtypes.set_default(to)

    @staticmethod
    def current() -> dtypes.DType:
        """The default dtype of this thread."""
        return dtypes.default_float()

    def __enter__(self) -> default_dtype:
        return self

    def __exit__(self, *error: object) -> None:
        dtypes.set_default(self._before)

    def __repr__(self) -> str:
        return f"default_dtype({self.current().name!r})"
