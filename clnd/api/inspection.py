"""Inspection of the namespace, as the array API standard has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.context import Context, Device, as_context, contexts, current_context
from clnd.dtypes import DType, facts
from clnd.errors import ArgumentError
from clnd.host import ARRAY_API_VERSIONS

__all__ = ["__array_api_version__", "__array_namespace_info__"]

__array_api_version__ = ARRAY_API_VERSIONS[-1]
"""The version of the standard that the namespace follows."""

# The dtypes of the standard: clnd's without float16.
_STANDARD = tuple(dtype for dtype in dtypes.ALL if dtype != dtypes.float16)
_MOST_AXES = 64 if int(np.__version__.partition(".")[0]) >= 2 else 32


class _Info:
    """What the namespace can do: capabilities, devices and dtypes."""

    def capabilities(self) -> dict[str, Any]:
        """Whether masks and shapes that depend on data work, and how many axes an array that NumPy reads may have."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": _MOST_AXES}

    def default_device(self) -> Context:
        """The context that arrays are made on where none is named."""
        return current_context()

    def default_dtypes(self, *, device: Device = None) -> dict[str, DType]:
        """The dtypes that functions give where none is named: the same on every device."""
        as_context(device)
        return {
            "real floating": dtypes.default_float(), "complex floating": dtypes.default_complex(),
            "integral": dtypes.DEFAULT_INT, "indexing": dtypes.DEFAULT_INT,
        }  # fmt: skip

    def dtypes(self, *, device: Device = None, kind: str | tuple[str, ...] | None = None) -> dict[str, DType]:
        """The dtypes of the standard that ``device`` has, of a ``kind`` as of `isdtype`, by their names.

        Raises
        ------
        ArgumentError
            For a kind that the standard does not have.
        """
        fp64 = as_context(device).info.fp64
        found = [dtype for dtype in _STANDARD if fp64 or not facts(dtype).needs_fp64]
        if kind is not None:
            wanted = _kinds(kind)
            found = [dtype for dtype in found if facts(dtype).kind in wanted]
        return {str(dtype.name): dtype for dtype in found}

    def devices(self) -> tuple[Context, ...]:
        """Every context that exists here, CPUs first."""
        return contexts()


def _kinds(kind: Any) -> set[str]:
    names = kind if isinstance(kind, tuple) else (kind,)
    unknown = [k for k in names if k not in dtypes.STANDARD_KINDS]
    if unknown:
        raise ArgumentError(f"[dtypes] got kind={unknown[0]!r}; expected some of {', '.join(dtypes.STANDARD_KINDS)}, or a tuple of these")
    return {k for name in names for k in dtypes.STANDARD_KINDS[name]}


def __array_namespace_info__() -> _Info:  # noqa: N807 - the standard's name
    """What the namespace can do, by the standard's functions of inspection.

    Returns
    -------
    object
        With the methods ``capabilities()``, ``default_device()``, ``default_dtypes(device=)``, ``devices()`` and
        ``dtypes(device=, kind=)``.

    Examples
    --------
    >>> import clnd
    >>> clnd.__array_namespace_info__().dtypes(kind="complex floating").keys() <= {"complex64", "complex128"}
    True
    """
    return _Info()
