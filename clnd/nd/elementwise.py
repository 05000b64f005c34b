"""Elementwise functions under MXNet's names: rows of the table, and a few made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.arrays import Array
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.nd.ndarray import as_nd
from clnd.nd.rules import DIVIDE, compare
from clnd.ops import elementwise
from clnd.ops.op import Op

__all__ = [
    "BlockGrad",
    "Cast",
    "ElementWiseSum",
    "abs",
    "add",
    "add_n",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "broadcast_add",
    "broadcast_div",
    "broadcast_equal",
    "broadcast_greater",
    "broadcast_greater_equal",
    "broadcast_hypot",
    "broadcast_lesser",
    "broadcast_lesser_equal",
    "broadcast_logical_and",
    "broadcast_logical_or",
    "broadcast_logical_xor",
    "broadcast_maximum",
    "broadcast_minimum",
    "broadcast_minus",
    "broadcast_mod",
    "broadcast_mul",
    "broadcast_not_equal",
    "broadcast_plus",
    "broadcast_power",
    "broadcast_sub",
    "cast",
    "cbrt",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "degrees",
    "digamma",
    "divide",
    "elemwise_add",
    "elemwise_div",
    "elemwise_mul",
    "elemwise_sub",
    "equal",
    "erf",
    "erfinv",
    "exp",
    "expm1",
    "fix",
    "floor",
    "gamma",
    "gammaln",
    "greater",
    "greater_equal",
    "hard_sigmoid",
    "identity",
    "lesser",
    "lesser_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "modulo",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "radians",
    "rcbrt",
    "reciprocal",
    "relu",
    "rint",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "smooth_l1",
    "softsign",
    "sqrt",
    "square",
    "stop_gradient",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
    "where",
]  # fmt: skip

_NUMBERS = (bool, int, float, np.generic)


def into(out: Any, result: Any) -> Any:
    """``result``, or ``out`` after it was assigned to it."""
    if out is None:
        return result
    out[:] = result
    return out


class _Unary:
    """A function of one array."""

    def __init__(self, name: str, op: Op) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"{op.says}\n\n``out`` is an array that receives the result."
        self._op = op

    def __call__(self, data: Any, out: Any = None, name: str | None = None) -> Any:
        return into(out, self._op.apply(as_nd(self.__name__, data)))

    def __repr__(self) -> str:
        return f"<function nd.{self.__name__}(data, out=None)>"


class _Truth(_Unary):
    """A function of one array that gives 0 and 1 in its dtype."""

    def __call__(self, data: Any, out: Any = None, name: str | None = None) -> Any:
        x = as_nd(self.__name__, data)
        return into(out, _flagged(compare(self._op, x, x)))


class _Binary:
    """A function of two arrays, or an array and a number; of two numbers it gives a number."""

    def __init__(self, name: str, op: Any, says: str, oracle: Any, same_shape: bool = False) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"{says}\n\n``out`` is an array that receives the result."
        self._op, self._oracle, self._same_shape = op, oracle, same_shape

    def __call__(self, lhs: Any, rhs: Any, out: Any = None, name: str | None = None) -> Any:
        if isinstance(lhs, _NUMBERS) and isinstance(rhs, _NUMBERS):
            value = self._oracle(lhs, rhs)
            return int(value) if isinstance(value, np.bool_) else np.asarray(value).item()
        x1, x2 = (as_nd(self.__name__, x) if isinstance(x, Array) else x for x in (lhs, rhs))
        if self._same_shape and getattr(x1, "shape", None) != getattr(x2, "shape", None):
            raise ShapeError(
                f"[{self.__name__}] got shapes {getattr(x1, 'shape', ())} and {getattr(x2, 'shape', ())}; "
                "expected equal shapes; use a broadcast_ function"
            )
        return into(out, self._apply(x1, x2))

    def _apply(self, x1: Any, x2: Any) -> Any:
        return self._op.apply(x1, x2)

    def __repr__(self) -> str:
        return f"<function nd.{self.__name__}(lhs, rhs, out=None)>"


class _Condition(_Binary):
    """A function of two operands that gives 0 and 1 in their dtype."""

    def _apply(self, x1: Any, x2: Any) -> Any:
        lead = next((x for x in (x1, x2) if isinstance(x, Array)), None)
        if lead is None:
            raise DTypeError(
                f"[{self.__name__}] got {type(x1).__name__} and {type(x2).__name__}; "
                "expected at least one NDArray; make one with nd.array()"
            )
        return _flagged(compare(self._op, lead, x1, x2))


def _flagged(result: Any) -> Any:
    """``result`` marked as a condition, which ``a[condition] = number`` takes."""
    result._is_truth = True
    return result


def _binary(name: str, op: Op, same_shape: bool = False) -> _Binary:
    return _Binary(name, op, op.says, op.oracle, same_shape)


def _division(name: str, same_shape: bool = False) -> _Binary:
    says = "The quotient of `lhs` and `rhs`; of two integers an integer, cut toward 0, and 0 for a division by 0."
    return _Binary(name, DIVIDE, says, np.divide, same_shape)


def _condition(name: str, op: Op) -> _Condition:
    return _Condition(name, op, op.says.replace("True", "1"), op.oracle)


# --- one operand -------------------------------------------------------------------------------
abs = _Unary("abs", elementwise.abs)
sign = _Unary("sign", elementwise.sign)
round = _Unary("round", elementwise.round_half_away)
rint = _Unary("rint", elementwise.round_half_down)
ceil = _Unary("ceil", elementwise.ceil)
floor = _Unary("floor", elementwise.floor)
trunc = _Unary("trunc", elementwise.trunc)
fix = _Unary("fix", elementwise.trunc)
square = _Unary("square", elementwise.square)
sqrt = _Unary("sqrt", elementwise.sqrt)
rsqrt = _Unary("rsqrt", elementwise.rsqrt)
cbrt = _Unary("cbrt", elementwise.cbrt)
rcbrt = _Unary("rcbrt", elementwise.rcbrt)
reciprocal = _Unary("reciprocal", elementwise.reciprocal)
negative = _Unary("negative", elementwise.negative)
exp = _Unary("exp", elementwise.exp)
expm1 = _Unary("expm1", elementwise.expm1)
erf = _Unary("erf", elementwise.erf)
erfinv = _Unary("erfinv", elementwise.erfinv)
gamma = _Unary("gamma", elementwise.gamma)
gammaln = _Unary("gammaln", elementwise.gammaln)
digamma = _Unary("digamma", elementwise.digamma)
log = _Unary("log", elementwise.log)
log10 = _Unary("log10", elementwise.log10)
log2 = _Unary("log2", elementwise.log2)
log1p = _Unary("log1p", elementwise.log1p)
sin = _Unary("sin", elementwise.sin)
cos = _Unary("cos", elementwise.cos)
tan = _Unary("tan", elementwise.tan)
arcsin = _Unary("arcsin", elementwise.asin)
arccos = _Unary("arccos", elementwise.acos)
arctan = _Unary("arctan", elementwise.atan)
sinh = _Unary("sinh", elementwise.sinh)
cosh = _Unary("cosh", elementwise.cosh)
tanh = _Unary("tanh", elementwise.tanh)
arcsinh = _Unary("arcsinh", elementwise.asinh)
arccosh = _Unary("arccosh", elementwise.acosh)
arctanh = _Unary("arctanh", elementwise.atanh)
degrees = _Unary("degrees", elementwise.degrees)
radians = _Unary("radians", elementwise.radians)
relu = _Unary("relu", elementwise.relu)
sigmoid = _Unary("sigmoid", elementwise.sigmoid)
softsign = _Unary("softsign", elementwise.softsign)
logical_not = _Truth("logical_not", elementwise.logical_not)

# --- two operands ------------------------------------------------------------------------------
add = _binary("add", elementwise.add)
subtract = _binary("subtract", elementwise.subtract)
multiply = _binary("multiply", elementwise.multiply)
divide = _division("divide")
true_divide = _division("true_divide")
modulo = _binary("modulo", elementwise.remainder)
power = _binary("power", elementwise.pow)
maximum = _binary("maximum", elementwise.maximum)
minimum = _binary("minimum", elementwise.minimum)
equal = _condition("equal", elementwise.equal)
not_equal = _condition("not_equal", elementwise.not_equal)
greater = _condition("greater", elementwise.greater)
greater_equal = _condition("greater_equal", elementwise.greater_equal)
lesser = _condition("lesser", elementwise.less)
lesser_equal = _condition("lesser_equal", elementwise.less_equal)
logical_and = _condition("logical_and", elementwise.logical_and)
logical_or = _condition("logical_or", elementwise.logical_or)
logical_xor = _condition("logical_xor", elementwise.logical_xor)

broadcast_add = _binary("broadcast_add", elementwise.add)
broadcast_plus = _binary("broadcast_plus", elementwise.add)
broadcast_sub = _binary("broadcast_sub", elementwise.subtract)
broadcast_minus = _binary("broadcast_minus", elementwise.subtract)
broadcast_mul = _binary("broadcast_mul", elementwise.multiply)
broadcast_div = _division("broadcast_div")
broadcast_mod = _binary("broadcast_mod", elementwise.remainder)
broadcast_power = _binary("broadcast_power", elementwise.pow)
broadcast_maximum = _binary("broadcast_maximum", elementwise.maximum)
broadcast_minimum = _binary("broadcast_minimum", elementwise.minimum)
broadcast_hypot = _binary("broadcast_hypot", elementwise.hypot)
broadcast_equal = _condition("broadcast_equal", elementwise.equal)
broadcast_not_equal = _condition("broadcast_not_equal", elementwise.not_equal)
broadcast_greater = _condition("broadcast_greater", elementwise.greater)
broadcast_greater_equal = _condition("broadcast_greater_equal", elementwise.greater_equal)
broadcast_lesser = _condition("broadcast_lesser", elementwise.less)
broadcast_lesser_equal = _condition("broadcast_lesser_equal", elementwise.less_equal)
broadcast_logical_and = _condition("broadcast_logical_and", elementwise.logical_and)
broadcast_logical_or = _condition("broadcast_logical_or", elementwise.logical_or)
broadcast_logical_xor = _condition("broadcast_logical_xor", elementwise.logical_xor)

elemwise_add = _binary("elemwise_add", elementwise.add, same_shape=True)
elemwise_sub = _binary("elemwise_sub", elementwise.subtract, same_shape=True)
elemwise_mul = _binary("elemwise_mul", elementwise.multiply, same_shape=True)
elemwise_div = _division("elemwise_div", same_shape=True)


# --- others ------------------------------------------------------------------------------------


def add_n(*args: Any, out: Any = None, name: str | None = None) -> Any:
    """The sum of arrays of one shape, from left to right.

    Raises
    ------
    ArgumentError
        Where no array is given.
    ShapeError
        Where shapes differ.
    """
    if not args:
        raise ArgumentError("[add_n] got no arrays; expected at least one")
    total = as_nd("add_n", args[0])
    for x in args[1:]:
        total = elemwise_add(total, x)
    return into(out, total.copy() if len(args) == 1 else total)


ElementWiseSum = add_n


def clip(data: Any, a_min: Any, a_max: Any, out: Any = None, name: str | None = None) -> Any:
    """The elements kept between ``a_min`` and ``a_max``; NaN stays."""
    return into(out, as_nd("clip", data).clip(a_min, a_max))


def cast(data: Any, dtype: Any, out: Any = None, name: str | None = None) -> Any:
    """``data`` as ``dtype``."""
    return into(out, as_nd("cast", data).astype(dtype))


Cast = cast


def identity(data: Any, out: Any = None, name: str | None = None) -> Any:
    """A copy of ``data``."""
    return into(out, as_nd("identity", data).copy())


stop_gradient = identity
BlockGrad = identity


def hard_sigmoid(data: Any, alpha: float = 0.2, beta: float = 0.5, out: Any = None, name: str | None = None) -> Any:
    """alpha * ``data`` + beta, kept between 0 and 1."""
    return into(out, (as_nd("hard_sigmoid", data) * alpha + beta).clip(0.0, 1.0))


def smooth_l1(data: Any, scalar: float = 1.0, out: Any = None, name: str | None = None) -> Any:
    """(scalar x)**2 / 2 where abs(x) < 1 / scalar**2, else abs(x) - 0.5 / scalar**2."""
    x = as_nd("smooth_l1", data)
    size, square = elementwise.abs.apply(x), scalar * scalar
    return into(out, where(size < 1 / square, x * x * (0.5 * square), size - 0.5 / square))


def where(condition: Any, x: Any, y: Any, out: Any = None, name: str | None = None) -> Any:
    """``x`` where ``condition`` is not 0, else ``y``.

    Parameters
    ----------
    condition : NDArray
        Of the shape of the result, or with one axis: it then chooses along the first axis.
    x, y : NDArray or number
    """
    test = as_nd("where", condition)
    operands = [as_nd("where", v) if isinstance(v, Array) else v for v in (x, y)]
    ndim = max(getattr(v, "ndim", 0) for v in operands)
    if test.ndim == 1 and ndim > 1:
        test = test.reshape((-1,) + (1,) * (ndim - 1)) if test.size else test
    return into(out, elementwise.where.apply(test, *operands))
