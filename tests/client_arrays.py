"""A plugin of pytest: the tests of opt_einsum, einops and array-api-extra compute with clnd's arrays.

Each makes its operands in one place, which this plugin replaces before the tests are imported. A library that is not installed is left alone.
"""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np

import clnd

with contextlib.suppress(ImportError):
    from opt_einsum import testing

    def _views(string: str, dimension_dict: Any = None, array_function: Any = None, made: Any = testing.build_views) -> Any:
        return made(string, dimension_dict, array_function or (lambda *shape: clnd.asarray(np.random.rand(*shape))))

    testing.build_views = _views

with contextlib.suppress(ImportError):
    from einops import _backends

    class ClndBackend(_backends.AbstractBackend):  # type: ignore[misc]
        """What einops asks of a library, in the words of its NumPy backend. Its tests run the backends of a fixed list, so this one takes CuPy's place."""

        framework_name = "clnd"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return isinstance(tensor, clnd.Array)

        def from_numpy(self, x: Any) -> Any:
            return clnd.asarray(x)

        def to_numpy(self, x: Any) -> Any:
            return clnd.asarray(x).asnumpy()

        def arange(self, start: int, stop: int) -> Any:
            return clnd.arange(start, stop)

        def stack_on_zeroth_dimension(self, tensors: list[Any]) -> Any:
            return clnd.stack(tensors)  # type: ignore[attr-defined]

        def tile(self, x: Any, repeats: Any) -> Any:
            return clnd.tile(x, repeats)  # type: ignore[attr-defined]

        def is_float_type(self, x: Any) -> bool:
            return bool(clnd.isdtype(x.dtype, "real floating"))

        def add_axis(self, x: Any, new_position: int) -> Any:
            return clnd.expand_dims(x, axis=new_position)

        def concat(self, tensors: Any, axis: int) -> Any:
            return clnd.concat(tensors, axis=axis)  # type: ignore[attr-defined]

        def einsum(self, pattern: str, *x: Any) -> Any:
            return clnd.einsum(pattern, *x)  # type: ignore[attr-defined]

    _backends.CupyBackend = ClndBackend

with contextlib.suppress(ImportError):
    from array_api_extra._lib._backends import Backend

    if os.environ.get("CLND_IN_ARRAY_API_EXTRA"):
        # Its tests know a fixed list of libraries, too, and take float64 for the default float.
        Backend.CUPY._value_ = "clnd"
        clnd.default_dtype("float64")
