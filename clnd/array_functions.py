"""NumPy's functions on clnd arrays, the protocol ``__array_function__``: which function of clnd each is.

The table is found by name: a function of NumPy is clnd's of the same name, so it grows with the namespace. What differs is
listed here. A function that clnd lacks is refused with one sentence: none moves an array to the host unasked, but those that are
about the host.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from clnd.errors import ArgumentError, ClndError, DTypeError
from clnd.graph.node import Operand, leading
from clnd.incoming import plain
from clnd.nesting import leaves
from clnd.reducing import deliver

__all__ = ["CREATION", "HOST", "METHODS", "dispatched", "table"]

_Dispatcher: Any = type(np.sum)
# NumPy's modules of functions, and clnd's that answers.
_MODULES = {
    "numpy": "clnd", "numpy.linalg": "clnd.linalg", "numpy.fft": "clnd.fft", "numpy.lib.stride_tricks": "clnd.lib.stride_tricks",
}  # fmt: skip

METHODS = frozenset({
    "all", "amax", "amin", "any", "argmax", "argmin", "around", "clip", "max", "mean", "min", "prod", "ptp", "reshape", "round",
    "squeeze", "std", "sum", "swapaxes", "transpose", "var",
})  # fmt: skip
"""Functions that NumPy makes of the method of the same name, with its own arguments."""

_BY_METHOD: dict[str, dict[str, str]] = {
    "argmax": {}, "argmin": {}, "around": {}, "clip": {"a_min": "min", "a_max": "max"}, "reshape": {"newshape": "shape"}, "round": {},
    "swapaxes": {"axis1": "dim1", "axis2": "dim2"}, "transpose": {},
}  # fmt: skip
"""Of `METHODS` those of which NumPy computes on the host what the method refuses by a TypeError: the method is called here. Names of arguments that it calls otherwise."""

HOST = frozenset({
    "array2string", "array_repr", "array_str", "common_type", "datetime_as_string", "iscomplexobj", "isrealobj", "min_scalar_type", "ndim",
    "save", "savetxt", "savez", "savez_compressed", "shape", "size",
})  # fmt: skip
"""Functions that are about the host or about facts of an array: NumPy's own."""

CREATION = frozenset({
    "arange", "array", "asanyarray", "asarray", "ascontiguousarray", "empty", "eye", "full", "identity", "ones", "tri", "zeros",
})  # fmt: skip
"""Functions that make arrays like another one, which NumPy's ``like=`` names."""

# Functions whose NumPy arrays are indices or counts, which the host checks at the call, or are written to: they stay as they are.
_AS_GIVEN = frozenset({
    "array_split", "choose", "compress", "copyto", "delete", "insert", "may_share_memory", "put", "put_along_axis", "ravel_multi_index", "repeat", "shares_memory", "split", "take",
    "take_along_axis", "tile", "unravel_index",
})  # fmt: skip
_ORDERS = (None, "C", "K", "A")


def dispatched(x: Any, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``function`` of NumPy gives, one of whose arguments is the array ``x``.

    Raises
    ------
    DTypeError
        Where clnd has no such function; the message says what to write.
    ArgumentError
        For arguments that clnd's function does not take.
    """
    if not all(issubclass(t, Operand) or (issubclass(t, np.ndarray) and t.__array_function__ is np.ndarray.__array_function__) for t in types):
        return NotImplemented
    found = table().get(function)
    name = _name(function)
    if found is None:
        raise DTypeError(f"[{name}] got a clnd array, and clnd has no such function; use functions of clnd, or compute on the host with {name}(x.asnumpy(), ...)")
    lead = leading(leaves((*args, *kwargs.values())))
    out = kwargs.get("out")
    if lead is None:  # ``like=`` alone
        lead = x
        if function.__name__ in CREATION:
            kwargs = {"device": lead.ctx, **kwargs}
    if isinstance(out, np.ndarray):
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    else:
        out = None
    if function.__name__ not in _AS_GIVEN:
        args, kwargs = _moved(lead, args), {key: _moved(lead, value) for key, value in kwargs.items()}
    if function.__name__ in _BY_METHOD:
        found, args, kwargs = _method(lead, function.__name__, args, kwargs)
    result = _called(name, found, args, kwargs)
    return deliver(name, out, result)


def _method(lead: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """The method that a function of `_BY_METHOD` is, and its arguments."""
    first, *rest = args or (kwargs["a"],)
    x = first if isinstance(first, Operand) else lead._like(lead._constant(first))
    named = {_BY_METHOD[name].get(key, key): value for key, value in kwargs.items() if key != "a"}
    if "axes" in named or (name == "reshape" and "shape" in named):  # these the method takes by their place alone
        rest.append(named.pop("axes" if "axes" in named else "shape"))
    return getattr(x, "round" if name == "around" else name), tuple(rest), named


def _name(function: Any) -> str:
    module = str(getattr(function, "__module__", None) or "numpy")
    return f"{module.replace('numpy', 'np', 1)}.{function.__name__}"


@functools.cache
def table() -> dict[Any, Callable[..., Any]]:
    """clnd's function, or NumPy's own, for each of NumPy's that clnd arrays can be given to."""
    found: dict[Any, Callable[..., Any]] = {}
    for numpys, ours in _MODULES.items():
        theirs, mine = sys.modules.get(numpys), sys.modules.get(ours)
        for name, function in _functions(theirs, numpys):
            if numpys == "numpy" and name in METHODS | HOST:
                found[function] = function._implementation
            elif mine is not None and name in mine.__all__:
                found.setdefault(function, vars(mine)[name])
    return found


def _functions(module: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The functions of a module of NumPy that ask their arguments for ``__array_function__``."""
    for key in getattr(module, "__all__", None) or dir(module):
        function = getattr(module, key, None)
        if isinstance(function, _Dispatcher) or (name == "numpy" and key in CREATION):
            yield key, function


def _moved(lead: Any, value: Any) -> Any:
    """NumPy's arrays of numbers as arrays on the context of ``lead``, also in lists that hold clnd arrays."""
    if plain(value):
        return lead._like(lead._constant(value))
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple) and any(isinstance(x, Operand) or plain(x) for x in value):
        return type(value)(_moved(lead, x) for x in value)
    return value


def _called(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs.get("subok") is not None or kwargs.get("order", "") in _ORDERS:
        kwargs = _without_layout(function, kwargs)
    try:
        return function(*args, **kwargs)
    except ClndError:
        raise
    except TypeError as error:
        try:
            inspect.signature(function).bind(*args, **kwargs)
        except TypeError as misfit:
            raise ArgumentError(f"[{name}] got arguments that clnd's function does not take: {misfit}; it is {_signature(function)}") from None
        except ValueError:
            pass  # a function without a signature
        raise error


def _without_layout(function: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without ``subok`` and ``order``, which say nothing here, where the function does not know them."""
    try:
        known = inspect.signature(function).parameters
    except ValueError:
        return kwargs
    return {key: value for key, value in kwargs.items() if key in known or key not in ("subok", "order")}


def _signature(function: Callable[..., Any]) -> str:
    return f"{getattr(function, '__name__', 'a function')}{inspect.signature(function)}"
