"""Data type functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.defaults import default_dtype as default_dtype
from clnd.dtypes import can_cast as can_cast
from clnd.dtypes import finfo as finfo
from clnd.dtypes import iinfo as iinfo
from clnd.dtypes import isdtype as isdtype
from clnd.errors import DTypeError
from clnd.graph.node import as_operand
from clnd.incoming import as_host

__all__ = [
    "astype", "bool", "can_cast", "complex64", "complex128", "default_dtype", "finfo", "float16", "float32", "float64", "iinfo", "int8", "int16", "int32",
    "int64", "isdtype", "result_type", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip

# NumPy's scalar classes, as in NumPy: ``clnd.float32(2)`` is a number, and an array's dtype, an ``np.dtype``, equals them.
bool = np.bool_
int8, int16, int32, int64 = np.int8, np.int16, np.int32, np.int64
uint8, uint16, uint32, uint64 = np.uint8, np.uint16, np.uint32, np.uint64
float16, float32, float64 = np.float16, np.float32, np.float64
complex64, complex128 = np.complex64, np.complex128


def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Any:
    """``x`` as ``dtype``, on ``device`` if one is named; itself where nothing changes and ``copy`` is false."""
    x = as_operand("astype", x)
    result = x.astype(dtype, copy=copy)
    return result if device is None else result.to_device(device)


def result_type(*arrays_and_dtypes: Any) -> dtypes.DType:
    """The dtype that arrays, dtypes and Python numbers promote to.

    Raises
    ------
    DTypeError
        Where nothing is given, or no dtype holds all.
    """
    weak = [x for x in arrays_and_dtypes if isinstance(x, (int, float, complex))]
    strong = [
        dtypes.dtype_of(x) for x in arrays_and_dtypes if not isinstance(x, (int, float, complex))
    ]
    if not strong:
        if not weak:
            raise DTypeError("[result_type] got nothing; expected at least one array, dtype or number")
        return as_host("result_type", weak).dtype
    base = found = dtypes.result_dtype("result_type", *strong)
    for scalar in weak:
        found = dtypes.promote("result_type", found, dtypes.scalar_dtype("result_type", scalar, base))
    return found
