"""clnd: n-dimensional arrays on any OpenCL device, with the same bits on all of them.

The main namespace follows the Python array API standard; ``clnd.nd`` is MXNet's NDArray API over
the same arrays. ``cpu(0)`` and ``gpu(0)`` name devices; operations are lazy, fuse into few kernels,
and run when a value is read.
"""

from __future__ import annotations

import math as _math

from clnd import requirements as _requirements  # isort: split

_requirements.check()

from clnd import linalg, nd, profiler, random
from clnd.api.creation import *
from clnd.api.data_types import *
from clnd.api.elementwise import *
from clnd.api.manipulation import *
from clnd.arrays import Array
from clnd.context import Context, contexts, cpu, current_context, gpu, num_gpus
from clnd.dtypes import bool_ as bool
from clnd.dtypes import (
    can_cast,
    complex64,
    complex128,
    finfo,
    float16,
    float32,
    float64,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    isdtype,
    uint8,
    uint16,
    uint32,
    uint64,
)  # fmt: skip
from clnd.errors import *
from clnd.execution import *
from clnd.graph.mode import math_mode
from clnd.info import show_config
from clnd.ops.elementwise import *
from clnd.ops.products import dot, matmul, outer, tensordot, vecdot
from clnd.ops.reductions import all, any, argmax, argmin, count_nonzero, max, mean, min, prod, std, sum, var
from clnd.version import __version__

__all__ = [
    "ArgumentError", "Array", "BuildError", "ClndError", "ClndWarning", "Context", "ContextError", "DTypeError",
    "DeviceMemoryError", "DriverError", "ForkError", "IndexingError", "NoAxisError", "ShapeError", "__version__",
    "abs", "acos", "acosh", "add", "all", "any", "arange", "argmax", "argmin", "array", "asarray", "asin", "asinh", "astype",
    "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "bool", "broadcast_arrays", "broadcast_shapes", "broadcast_to",
    "can_cast", "cbrt", "ceil", "clip", "complex64", "complex128", "conj", "contexts", "copysign", "cos", "cosh",
    "cospi", "count_nonzero", "cpu", "current_context", "deg2rad", "degrees", "digamma", "divide", "divmod", "dot",
    "e", "empty", "empty_like", "equal", "erf", "erfc", "erfinv", "evaluate", "exp", "exp2", "expand_dims", "expm1",
    "eye", "finfo", "flip", "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin",
    "fmod", "frexp", "full", "full_like", "gamma", "gammaln", "gpu", "greater", "greater_equal", "heaviside",
    "hypot", "iinfo", "imag", "inf", "int8", "int16", "int32", "int64", "isdtype", "isfinite", "isinf", "isnan",
    "ldexp", "less", "less_equal", "linalg", "linspace", "log", "log1p", "log2", "log10", "logaddexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "math_mode", "matmul", "matrix_transpose", "max",
    "maximum", "mean", "min", "minimum", "modf", "moveaxis", "multiply", "nan", "nd", "negative", "newaxis",
    "nextafter", "not_equal", "num_gpus", "ones", "ones_like", "outer", "outside_the_promise", "permute_dims", "pi",
    "positive", "pow", "prod", "profiler", "rad2deg", "radians", "random", "real", "reciprocal", "relu",
    "remainder", "reshape", "result_type", "rint", "round", "rsqrt", "show_config", "sigmoid", "sign", "signbit",
    "sin", "sinh", "sinpi", "softplus", "softsign", "sqrt", "square", "squeeze", "std", "subtract", "sum",
    "swapaxes", "tan", "tanh", "tensordot", "transpose", "tril", "triu", "trunc", "uint8", "uint16", "uint32",
    "uint64", "var", "vecdot", "waitall", "where", "zeros", "zeros_like",
]  # fmt: skip

e, pi, inf, nan = _math.e, _math.pi, _math.inf, _math.nan
newaxis = None


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
