"""MXNet's names of elementwise operations: one line a name, which row of clnd's table it is and by which rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.arrays import Array
from clnd.errors import DTypeError, ShapeError
from clnd.nd.ndarray import NDArray, as_nd
from clnd.nd.rules import DIVIDE, compare
from clnd.ops import elementwise

_NUMBERS = (bool, int, float, np.generic)


def into(out: Any, result: Any) -> Any:
    """``result``, or ``out`` after it was assigned to it."""
    if out is None:
        return result
    out[:] = result
    return out


class _Function:
    """MXNet's function of a row. ``truth``: it gives 0 and 1 in the dtype of its operands."""

    __name__: str

    def __init__(self, row: Any, *, truth: bool = False, same_shape: bool = False) -> None:
        self._row, self._truth, self._same_shape = row, truth, same_shape
        says = row.says.replace("True", "1") if truth else row.says
        self.__doc__ = f"{says}\n\n``out`` is an array that receives the result."

    def __reduce__(self) -> str:
        return self.__name__  # there is one object of each name in this module

    def _applied(self, lead: Any, *operands: Any) -> Any:
        if not self._truth:
            return self._row.apply(*operands)
        result = compare(self._row, lead, *operands)
        result._is_truth = True  # a condition, which ``a[condition] = number`` takes
        return result


class _Unary(_Function):
    """A function of one array."""

    def __call__(self, data: Any, out: Any = None, name: str | None = None) -> NDArray:
        x = as_nd(self.__name__, data)
        return into(out, self._applied(x, x))

    def __repr__(self) -> str:
        return f"<function nd.{self.__name__}(data, out=None)>"


class _Binary(_Function):
    """A function of two arrays, or an array and a number; of two numbers it gives a number."""

    def __call__(self, lhs: Any, rhs: Any, out: Any = None, name: str | None = None) -> NDArray:
        if isinstance(lhs, _NUMBERS) and isinstance(rhs, _NUMBERS):
            value = self._row.oracle(lhs, rhs)
            number: Any = int(value) if isinstance(value, np.bool_) else np.asarray(value).item()
            return number
        x1, x2 = (as_nd(self.__name__, x) if isinstance(x, Array) else x for x in (lhs, rhs))
        if self._same_shape and getattr(x1, "shape", None) != getattr(x2, "shape", None):
            raise ShapeError(
                f"[{self.__name__}] got shapes {getattr(x1, 'shape', ())} and {getattr(x2, 'shape', ())}; "
                "expected equal shapes; use a broadcast_ function"
            )
        lead = next((x for x in (x1, x2) if isinstance(x, Array)), None)
        if lead is None:
            raise DTypeError(
                f"[{self.__name__}] got {type(x1).__name__} and {type(x2).__name__}; "
                "expected at least one NDArray; make one with nd.array()"
            )
        return into(out, self._applied(lead, x1, x2))

    def __repr__(self) -> str:
        return f"<function nd.{self.__name__}(lhs, rhs, out=None)>"


# --- one operand -------------------------------------------------------------------------------
abs = _Unary(elementwise.abs)
sign = _Unary(elementwise.sign)
round = _Unary(elementwise.round_half_away)
rint = _Unary(elementwise.round_half_down)
ceil = _Unary(elementwise.ceil)
floor = _Unary(elementwise.floor)
trunc = _Unary(elementwise.trunc)
fix = _Unary(elementwise.trunc)
square = _Unary(elementwise.square)
sqrt = _Unary(elementwise.sqrt)
rsqrt = _Unary(elementwise.rsqrt)
cbrt = _Unary(elementwise.cbrt)
rcbrt = _Unary(elementwise.rcbrt)
reciprocal = _Unary(elementwise.reciprocal)
negative = _Unary(elementwise.negative)
exp = _Unary(elementwise.exp)
expm1 = _Unary(elementwise.expm1)
erf = _Unary(elementwise.erf)
erfinv = _Unary(elementwise.erfinv)
gamma = _Unary(elementwise.gamma)
gammaln = _Unary(elementwise.gammaln)
digamma = _Unary(elementwise.digamma)
log = _Unary(elementwise.log)
log10 = _Unary(elementwise.log10)
log2 = _Unary(elementwise.log2)
log1p = _Unary(elementwise.log1p)
sin = _Unary(elementwise.sin)
cos = _Unary(elementwise.cos)
tan = _Unary(elementwise.tan)
arcsin = _Unary(elementwise.asin)
arccos = _Unary(elementwise.acos)
arctan = _Unary(elementwise.atan)
sinh = _Unary(elementwise.sinh)
cosh = _Unary(elementwise.cosh)
tanh = _Unary(elementwise.tanh)
arcsinh = _Unary(elementwise.asinh)
arccosh = _Unary(elementwise.acosh)
arctanh = _Unary(elementwise.atanh)
degrees = _Unary(elementwise.degrees)
radians = _Unary(elementwise.radians)
relu = _Unary(elementwise.relu)
sigmoid = _Unary(elementwise.sigmoid)
softsign = _Unary(elementwise.softsign)
logical_not = _Unary(elementwise.logical_not, truth=True)

# --- two operands ------------------------------------------------------------------------------
add = _Binary(elementwise.add)
subtract = _Binary(elementwise.subtract)
multiply = _Binary(elementwise.multiply)
divide = _Binary(DIVIDE)
true_divide = _Binary(DIVIDE)
modulo = _Binary(elementwise.remainder)
power = _Binary(elementwise.pow)
maximum = _Binary(elementwise.maximum)
minimum = _Binary(elementwise.minimum)
equal = _Binary(elementwise.equal, truth=True)
not_equal = _Binary(elementwise.not_equal, truth=True)
greater = _Binary(elementwise.greater, truth=True)
greater_equal = _Binary(elementwise.greater_equal, truth=True)
lesser = _Binary(elementwise.less, truth=True)
lesser_equal = _Binary(elementwise.less_equal, truth=True)
logical_and = _Binary(elementwise.logical_and, truth=True)
logical_or = _Binary(elementwise.logical_or, truth=True)
logical_xor = _Binary(elementwise.logical_xor, truth=True)

broadcast_add = _Binary(elementwise.add)
broadcast_plus = _Binary(elementwise.add)
broadcast_sub = _Binary(elementwise.subtract)
broadcast_minus = _Binary(elementwise.subtract)
broadcast_mul = _Binary(elementwise.multiply)
broadcast_div = _Binary(DIVIDE)
broadcast_mod = _Binary(elementwise.remainder)
broadcast_power = _Binary(elementwise.pow)
broadcast_maximum = _Binary(elementwise.maximum)
broadcast_minimum = _Binary(elementwise.minimum)
broadcast_hypot = _Binary(elementwise.hypot)
broadcast_equal = _Binary(elementwise.equal, truth=True)
broadcast_not_equal = _Binary(elementwise.not_equal, truth=True)
broadcast_greater = _Binary(elementwise.greater, truth=True)
broadcast_greater_equal = _Binary(elementwise.greater_equal, truth=True)
broadcast_lesser = _Binary(elementwise.less, truth=True)
broadcast_lesser_equal = _Binary(elementwise.less_equal, truth=True)
broadcast_logical_and = _Binary(elementwise.logical_and, truth=True)
broadcast_logical_or = _Binary(elementwise.logical_or, truth=True)
broadcast_logical_xor = _Binary(elementwise.logical_xor, truth=True)

elemwise_add = _Binary(elementwise.add, same_shape=True)
elemwise_sub = _Binary(elementwise.subtract, same_shape=True)
elemwise_mul = _Binary(elementwise.multiply, same_shape=True)
elemwise_div = _Binary(DIVIDE, same_shape=True)

# Each is called what its line says.
for _name, _function in [*vars().items()]:
    if isinstance(_function, _Function):
        _function.__name__ = _function.__qualname__ = _name  # type: ignore[attr-defined]
vars()["__all__"] = [name for name, x in vars().items() if isinstance(x, _Function) and not name.startswith("_")]
