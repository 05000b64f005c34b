"""MXNet's NDArray API over clnd's arrays: ``import clnd as mx`` and use ``mx.nd``.

`NDArray` is a thin subclass of `clnd.Array`; the engine, the laziness and the bits are the same.
A name of MXNet that is missing here is not there yet.
"""

from __future__ import annotations

from clnd.execution import waitall
from clnd.nd import linalg, random
from clnd.nd.creation import *
from clnd.nd.elementwise import *
from clnd.nd.linalg import gemm as linalg_gemm
from clnd.nd.linalg import gemm2 as linalg_gemm2
from clnd.nd.linalg import syrk as linalg_syrk
from clnd.nd.ndarray import NDArray
from clnd.nd.neural import *
from clnd.nd.random import normal, random_exponential, shuffle, uniform
from clnd.nd.random import normal as random_normal
from clnd.nd.random import randint as random_randint
from clnd.nd.random import uniform as random_uniform
from clnd.nd.reductions import *
from clnd.nd.shaping import *

__all__ = [
    "Activation", "BlockGrad", "Cast", "Concat", "ElementWiseSum", "Flatten", "FullyConnected", "NDArray",
    "SliceChannel", "SwapAxis", "abs", "add", "add_n", "arange", "arccos", "arccosh", "arcsin", "arcsinh",
    "arctan", "arctanh", "argmax", "argmin", "array", "batch_dot", "broadcast_add", "broadcast_axes",
    "broadcast_axis", "broadcast_div", "broadcast_equal", "broadcast_greater", "broadcast_greater_equal",
    "broadcast_hypot", "broadcast_lesser", "broadcast_lesser_equal", "broadcast_like", "broadcast_logical_and",
    "broadcast_logical_or", "broadcast_logical_xor", "broadcast_maximum", "broadcast_minimum", "broadcast_minus",
    "broadcast_mod", "broadcast_mul", "broadcast_not_equal", "broadcast_plus", "broadcast_power", "broadcast_sub",
    "broadcast_to", "cast", "cbrt", "ceil", "clip", "concat", "concatenate", "cos", "cosh", "degrees", "digamma",
    "divide", "dot", "elemwise_add", "elemwise_div", "elemwise_mul", "elemwise_sub", "empty", "equal", "erf",
    "erfinv", "exp", "expand_dims", "expm1", "eye", "fix", "flatten", "flip", "floor", "full", "gamma", "gammaln",
    "greater", "greater_equal", "hard_sigmoid", "identity", "lesser", "lesser_equal", "linalg", "linalg_gemm",
    "linalg_gemm2", "linalg_syrk", "linspace", "log", "log1p", "log2", "log10", "log_softmax", "logical_and",
    "logical_not", "logical_or", "logical_xor", "max", "max_axis", "maximum", "mean", "min", "min_axis", "minimum",
    "modulo", "moments", "moveaxis", "multiply", "nanprod", "nansum", "negative", "norm", "normal", "not_equal",
    "one_hot", "ones", "ones_like", "power", "prod", "radians", "random", "random_exponential", "random_normal",
    "random_randint", "random_uniform", "rcbrt", "reciprocal", "relu", "repeat", "reshape", "reshape_like",
    "reverse", "rint", "round", "rsqrt", "shuffle", "sigmoid", "sign", "sin", "sinh", "slice", "slice_axis",
    "smooth_l1", "softmax", "softmin", "softsign", "split", "sqrt", "square", "squeeze", "stack", "stop_gradient",
    "subtract", "sum", "sum_axis", "swapaxes", "tan", "tanh", "tile", "transpose", "true_divide", "trunc",
    "uniform", "waitall", "where", "zeros", "zeros_like",
]  # fmt: skip


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
