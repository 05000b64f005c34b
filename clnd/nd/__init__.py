"""MXNet's NDArray API over clnd's arrays: ``import clnd as mx`` and use ``mx.nd``.

`NDArray` is a thin subclass of `clnd.Array`; the engine, the laziness and the bits are the same.
A name of MXNet that is missing here is not there yet.
"""

# ruff: noqa: I001 (imports are packed: one name a line would make this page unreadable)

from __future__ import annotations

from clnd.execution import waitall
from clnd.nd import random
from clnd.nd.creation import arange, array, empty, eye, full, linspace, ones, ones_like, zeros, zeros_like
from clnd.nd.elementwise import (
    BlockGrad, Cast, ElementWiseSum, abs, add, add_n, arccos, arccosh, arcsin, arcsinh, arctan, arctanh, broadcast_add,
    broadcast_div, broadcast_equal, broadcast_greater, broadcast_greater_equal, broadcast_hypot, broadcast_lesser,
    broadcast_lesser_equal, broadcast_logical_and, broadcast_logical_or, broadcast_logical_xor, broadcast_maximum,
    broadcast_minimum, broadcast_minus, broadcast_mod, broadcast_mul, broadcast_not_equal, broadcast_plus,
    broadcast_power, broadcast_sub, cast, cbrt, ceil, clip, cos, cosh, degrees, divide, elemwise_add, elemwise_div,
    elemwise_mul, elemwise_sub, equal, exp, expm1, fix, floor, greater, greater_equal, hard_sigmoid, identity, lesser,
    lesser_equal, log, log1p, log2, log10, logical_and, logical_not, logical_or, logical_xor, maximum, minimum, modulo,
    multiply, negative, not_equal, power, radians, rcbrt, reciprocal, relu, rint, round, rsqrt, sigmoid, sign, sin,
    sinh, smooth_l1, softsign, sqrt, square, stop_gradient, subtract, tan, tanh, true_divide, trunc, where,
)  # fmt: skip
from clnd.nd.ndarray import NDArray
from clnd.nd.neural import Activation, FullyConnected, batch_dot, dot, log_softmax, one_hot, softmax, softmin
from clnd.nd.random import normal, uniform
from clnd.nd.random import normal as random_normal
from clnd.nd.random import randint as random_randint
from clnd.nd.random import uniform as random_uniform
from clnd.nd.reductions import (
    argmax, argmin, max, max_axis, mean, min, min_axis, moments, nanprod, nansum, norm, prod, sum, sum_axis,
)  # fmt: skip
from clnd.nd.shaping import (
    Concat, Flatten, SliceChannel, SwapAxis, broadcast_axes, broadcast_axis, broadcast_like, broadcast_to, concat,
    concatenate, expand_dims, flatten, flip, moveaxis, repeat, reshape, reshape_like, reverse, slice, slice_axis, split,
    squeeze, stack, swapaxes, tile, transpose,
)  # fmt: skip

__all__ = [
    "Activation", "BlockGrad", "Cast", "Concat", "ElementWiseSum", "Flatten", "FullyConnected", "NDArray",
    "SliceChannel", "SwapAxis", "abs", "add", "add_n", "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctanh", "argmax", "argmin", "array", "batch_dot", "broadcast_add", "broadcast_axes", "broadcast_axis",
    "broadcast_div", "broadcast_equal", "broadcast_greater", "broadcast_greater_equal", "broadcast_hypot",
    "broadcast_lesser", "broadcast_lesser_equal", "broadcast_like", "broadcast_logical_and", "broadcast_logical_or",
    "broadcast_logical_xor", "broadcast_maximum", "broadcast_minimum", "broadcast_minus", "broadcast_mod",
    "broadcast_mul", "broadcast_not_equal", "broadcast_plus", "broadcast_power", "broadcast_sub", "broadcast_to",
    "cast", "cbrt", "ceil", "clip", "concat", "concatenate", "cos", "cosh", "degrees", "divide", "dot",
    "elemwise_add", "elemwise_div", "elemwise_mul", "elemwise_sub", "empty", "equal", "exp", "expand_dims", "expm1",
    "eye", "fix", "flatten", "flip", "floor", "full", "greater", "greater_equal", "hard_sigmoid", "identity",
    "lesser", "lesser_equal", "linspace", "log", "log1p", "log2", "log10", "log_softmax", "logical_and",
    "logical_not", "logical_or", "logical_xor", "max", "max_axis", "maximum", "mean", "min", "min_axis", "minimum",
    "modulo", "moments", "moveaxis", "multiply", "nanprod", "nansum", "negative", "norm", "normal", "not_equal",
    "one_hot", "ones", "ones_like", "power", "prod", "radians", "random", "random_normal", "random_randint",
    "random_uniform", "rcbrt", "reciprocal", "relu", "repeat", "reshape", "reshape_like", "reverse", "rint",
    "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "slice", "slice_axis", "smooth_l1", "softmax", "softmin",
    "softsign", "split", "sqrt", "square", "squeeze", "stack", "stop_gradient", "subtract", "sum", "sum_axis",
    "swapaxes", "tan", "tanh", "tile", "transpose", "true_divide", "trunc", "uniform", "waitall", "where", "zeros",
    "zeros_like",
]  # fmt: skip
