"""clnd: n-dimensional arrays on any OpenCL device, with the same bits on all of them.

The main namespace follows the Python array API standard; ``clnd.nd`` is MXNet's NDArray API over
the same arrays. ``cpu(0)`` and ``gpu(0)`` name devices; operations are lazy, fuse into few kernels,
and run when a value is read.
"""

from __future__ import annotations

import math as _math
from typing import Any

from clnd import nd, profiler, random
from clnd.api.creation import (
    arange, asarray, empty, empty_like, eye, full, full_like, linspace, ones, ones_like, tril, triu, zeros, zeros_like,
)  # fmt: skip
from clnd.api.elementwise import (
    abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_invert, bitwise_left_shift,
    bitwise_or, bitwise_right_shift, bitwise_xor, cbrt, ceil, clip, conj, copysign, cos, cosh, cospi, degrees, divide,
    equal, exp, exp2, expm1, floor, floor_divide, greater, greater_equal, hypot, imag, isfinite, isinf, isnan, less,
    less_equal, log, log1p, log2, log10, logaddexp, logical_and, logical_not, logical_or, logical_xor, maximum,
    minimum, multiply, negative, nextafter, not_equal, outside_the_promise, positive, pow, radians, real, reciprocal,
    relu, remainder, round, rsqrt, sigmoid, sign, signbit, sin, sinh, sinpi, softplus, softsign, sqrt, square,
    subtract, tan, tanh, trunc, where,
)  # fmt: skip
from clnd.api.manipulation import (
    broadcast_arrays, broadcast_shapes, broadcast_to, expand_dims, flip, matrix_transpose, moveaxis, permute_dims,
    reshape, squeeze, swapaxes, transpose,
)  # fmt: skip
from clnd.array import Array
from clnd.context import Context, contexts, cpu, current_context, gpu, num_gpus
from clnd.dtypes import (
    can_cast, complex64, complex128, finfo, float16, float32, float64, iinfo, int8, int16, int32, int64, isdtype,
    uint8, uint16, uint32, uint64,
)  # fmt: skip
from clnd.dtypes import bool_ as bool
from clnd.errors import (
    ArgumentError, BuildError, ClndError, ContextError, DeviceMemoryError, DriverError, DTypeError, ForkError,
    IndexingError, ShapeError,
)  # fmt: skip
from clnd.execution import evaluate, waitall
from clnd.graph.products import dot, matmul, tensordot
from clnd.graph.reductions import all, any, argmax, argmin, count_nonzero, max, mean, min, prod, std, sum, var
from clnd.version import __version__

__all__ = [
    "ArgumentError", "Array", "BuildError", "ClndError", "Context", "ContextError", "DTypeError",
    "DeviceMemoryError", "DriverError", "ForkError", "IndexingError", "ShapeError", "__version__", "abs", "acos",
    "acosh", "add", "all", "any", "arange", "argmax", "argmin", "asarray", "asin", "asinh", "astype", "atan", "atan2",
    "atanh", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "bool", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "can_cast", "cbrt", "ceil", "clip",
    "complex128", "complex64", "conj", "contexts", "copysign", "cos", "cosh", "cospi", "count_nonzero", "cpu",
    "current_context", "degrees", "divide", "dot", "e", "empty", "empty_like", "equal", "evaluate", "exp", "exp2",
    "expand_dims", "expm1", "eye", "finfo", "flip", "float16", "float32", "float64", "floor", "floor_divide", "full",
    "full_like", "gpu", "greater", "greater_equal", "hypot", "iinfo", "imag", "inf", "int16", "int32", "int64", "int8",
    "isdtype", "isfinite", "isinf", "isnan", "less", "less_equal", "linspace", "log", "log10", "log1p", "log2",
    "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "matmul", "matrix_transpose", "max",
    "maximum", "mean", "min", "minimum", "moveaxis", "multiply", "nan", "nd", "negative", "newaxis", "nextafter",
    "not_equal", "num_gpus", "ones", "ones_like", "outside_the_promise", "permute_dims", "pi", "positive", "pow",
    "prod", "profiler", "radians", "random", "real", "reciprocal", "relu", "remainder", "reshape", "result_type",
    "round", "rsqrt", "sigmoid", "sign", "signbit", "sin", "sinh", "sinpi", "softplus", "softsign", "sqrt", "square",
    "squeeze", "std", "subtract", "sum", "swapaxes", "tan", "tanh", "tensordot", "transpose", "tril", "triu", "trunc",
    "uint16", "uint32", "uint64", "uint8", "var", "waitall", "where", "zeros", "zeros_like",
]  # fmt: skip

e, pi, inf, nan = _math.e, _math.pi, _math.inf, _math.nan
newaxis = None


def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:  # type: ignore[valid-type]
    """``x`` as ``dtype``; itself where nothing changes and ``copy`` is false."""
    return x.astype(dtype, copy=copy)


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype that arrays, dtypes and Python numbers promote to."""
    from clnd import dtypes

    weak = [x for x in arrays_and_dtypes if isinstance(x, (int, float, complex))]
    strong = [dtypes.as_dtype(getattr(x, "dtype", x)) for x in arrays_and_dtypes if not isinstance(x, (int, float, complex))]
    if not strong:
        raise DTypeError("[result_type] got only Python numbers; expected at least one array or dtype")
    base = found = dtypes.result_dtype("result_type", *strong)
    for scalar in weak:
        found = dtypes.promote("result_type", found, dtypes.scalar_dtype("result_type", scalar, base))
    return found
