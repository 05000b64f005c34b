"""vectorize: a Python function of numbers on arrays.

The function is called once, with arrays that only take what treats each element by itself; anything else, a branch on a value
above all, ends the attempt. Then NumPy's vectorize calls it for each element on the host, and a warning says so once.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np

from clnd import dtypes
from clnd.api.operands import Give, taken
from clnd.arrays import Array, from_numpy
from clnd.errors import ClndError, ClndWarning, DTypeError
from clnd.graph.node import Node, Operand
from clnd.ops import elementwise
from clnd.ops.op import Cast
from clnd.ops.sources import COPY
from clnd.shapes import Shape, broadcast

__all__ = ["vectorize"]


class _NotElementwiseError(ClndError):
    """What a function did to an array that is not done to each element by itself."""


class _Element(Array):
    """An array that stands for each of its elements: it takes elementwise operations only, and tells no value."""

    __slots__ = ()
    __hash__ = None

    _rank = 9

    def _like(self, node: Node) -> _Element:
        _check(node)
        return super()._like(node)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise _NotElementwiseError("[vectorize] got a function that looks at values")

    _view = _refuse
    _on_host = _refuse
    _number = _refuse
    asnumpy = _refuse
    item = _refuse
    wait_to_read = _refuse
    __bool__ = _refuse
    __iter__ = _refuse
    __len__ = _refuse

    shape = property(lambda self: ())


def _check(node: Node) -> None:
    """Raise where ``node`` depends on anything but elements of the same place."""
    stack, seen = [node], {id(node)}
    while stack:
        x = stack.pop()
        if x.value is not None or x.ctx is None:
            continue
        if elementwise.TABLE.get(x.op.name) is not x.op and x.op is not COPY and not isinstance(x.op, Cast):
            raise _NotElementwiseError(f"[vectorize] got a function that calls {x.op.name}")
        for y in x.inputs:
            if id(y) not in seen:
                seen.add(id(y))
                stack.append(y)


class vectorize:
    """A function of numbers as a function of arrays, which broadcast.

    Where the function does nothing but arithmetic and clnd's elementwise functions, one call of it records what it does, and that
    runs on the device as one kernel. A function that looks at a value (``if x > 0``, ``math.sin(x)``, ``x.sum()``) is called
    for each element **on the host**, as NumPy's vectorize does, and a ClndWarning says so at the first such call.

    Parameters
    ----------
    pyfunc : function
        Without it the rest makes a decorator.
    otypes : str or sequence of dtype, optional
        The dtypes of the results.
    doc : str, optional
        The docstring; that of ``pyfunc`` by default.
    excluded : set of int and str, optional
        Arguments that are passed on as they are, by number or name.
    cache : bool
        Accepted.
    signature : str, optional
        The function takes and gives arrays, such as ``"(n),(n)->()"``: it runs on the host.

    Examples
    --------
    >>> import clnd
    >>> area = clnd.vectorize(lambda a, b: a * b / 2)
    >>> area(clnd.asarray([1.0, 2.0]), 3.0).tolist()
    [1.5, 3.0]
    """

    def __init__(
        self, pyfunc: Callable[..., Any] | None = None, otypes: Any = None, doc: str | None = None, excluded: Iterable[int | str] | None = None,
        cache: bool = False, signature: str | None = None,
    ) -> None:  # fmt: skip
        self.pyfunc = pyfunc
        self.otypes = otypes
        self.excluded = frozenset(excluded or ())
        self.cache = cache
        self.signature = signature
        self.__doc__ = doc if doc is not None or pyfunc is None else pyfunc.__doc__
        self._given_doc = doc
        self.__name__ = getattr(pyfunc, "__name__", "vectorize")
        self._said = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results, as arrays in the shape that the arguments broadcast to."""
        if self.pyfunc is None:
            return vectorize(args[0], self.otypes, self._given_doc, self.excluded, self.cache, self.signature)
        places: list[int | str] = [k for k in range(len(args)) if k not in self.excluded] + [k for k in kwargs if k not in self.excluded]
        give, arrays = taken("vectorize", *(args[k] if isinstance(k, int) else kwargs[k] for k in places))
        call = functools.partial(_called, self.pyfunc, args, kwargs, places)
        if self.signature is None:
            for x in arrays:
                x.wait_to_read()
            try:
                return self._traced(call, give, arrays)
            except Exception:  # whatever the function raises, it raises it on the host too
                pass
        return self._on_host(call, give, arrays)

    def _dtypes(self) -> list[Any] | None:
        return None if self.otypes is None else [dtypes.as_dtype(np.dtype(t)) for t in self.otypes]

    def _traced(self, call: Callable[[list[Any]], Any], give: Give, arrays: list[Array]) -> Any:
        shape = broadcast("vectorize", *(x.shape for x in arrays))
        elements = [Array._like(_bare(), x.broadcast_to(shape)._node if x.shape != shape else x._node) for x in arrays]
        result = call(elements)
        to = self._dtypes()
        several = result if isinstance(result, tuple) else (result,)
        made = tuple(give(_plain(arrays[0], r, shape, None if to is None else to[k])) for k, r in enumerate(several))
        return made if isinstance(result, tuple) else made[0]

    def _on_host(self, call: Callable[[list[Any]], Any], give: Give, arrays: list[Array]) -> Any:
        if not self._said:
            self._said = True
            warnings.warn(
                f"[vectorize] {self.__name__} looks at values, so it is called for each element on the host; write it with clnd.where and elementwise functions",
                ClndWarning, stacklevel=3,
            )  # fmt: skip

        def one(*xs: Any) -> Any:
            try:
                return call(list(xs))
            except DTypeError:
                # It calls clnd's functions, which take arrays: here of no axes.
                result = call([from_numpy(np.asarray(x), arrays[0].ctx) for x in xs])
                return tuple(map(_value, result)) if isinstance(result, tuple) else _value(result)

        function = np.vectorize(one, otypes=self.otypes, signature=self.signature)
        result = function(*(x.asnumpy() for x in arrays))
        wide = self.otypes is not None or any(x.dtype in (dtypes.float64, dtypes.complex128) for x in arrays)
        several = result if isinstance(result, tuple) else (result,)
        made = tuple(give(from_numpy(r if wide else _narrowed(r), arrays[0].ctx)) for r in map(np.asarray, several))
        return made if isinstance(result, tuple) else made[0]


def _value(x: Any) -> Any:
    """What a function gave for one element, on the host."""
    return x.asnumpy()[()] if isinstance(x, Array) else x


def _bare() -> Any:
    return object.__new__(_Element)


def _called(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], places: list[int | str], given: list[Any]) -> Any:
    """``function`` with ``given`` in the place of the arguments named by ``places``."""
    positional, named = list(args), dict(kwargs)
    for k, x in zip(places, given, strict=True):
        if isinstance(k, int):
            positional[k] = x
        else:
            named[k] = x
    return function(*positional, **named)


def _plain(beside: Array, x: Any, shape: Shape, dtype: Any) -> Array:
    """What a function gave as an array of ``shape``."""
    if isinstance(x, Operand) and not isinstance(x, Array):
        raise DTypeError(f"[vectorize] got a {type(x).__name__} of a function; expected an array or a number")
    result = beside._like(x._node if isinstance(x, Operand) else beside._constant(x))
    result = result if result.shape == shape else result.broadcast_to(shape).copy()
    return result if dtype is None else result.astype(dtype, copy=False)


def _narrowed(host: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Python's floats, which NumPy takes as doubles, in the default dtype."""
    to = {"f": dtypes.default_float(), "c": dtypes.default_complex()}.get(host.dtype.kind) if host.dtype.itemsize >= 8 else None
    return host if to is None else host.astype(to)
