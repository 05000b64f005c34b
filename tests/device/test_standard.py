"""The array API standard, function by function, held to array-api-strict: values, shapes and dtypes, and what is refused.

Arrays come from hypothesis' strategies for the standard. Special values have tests of their own (test_special.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd

strict = pytest.importorskip("array_api_strict")
array_api = pytest.importorskip("hypothesis.extra.array_api")

xps = array_api.make_strategies_namespace(strict, api_version="2024.12")

# One dtype of each kind and width that promotion and kernels tell apart: each function and dtype is a kernel to compile.
KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",), "int": ("int64", "uint16"), "float": ("float32", "float64"), "complex": ("complex64",),
}  # fmt: skip
KINDS["real"] = KINDS["int"] + KINDS["float"]
KINDS["numeric"] = KINDS["real"] + KINDS["complex"]
KINDS["floating"] = KINDS["float"] + KINDS["complex"]
KINDS["bits"] = KINDS["bool"] + KINDS["int"]
KINDS["any"] = KINDS["bool"] + KINDS["numeric"]

Call = Callable[..., Any]
Draw = Callable[[st.DataObject], tuple[Any, ...]]


def _elements(dtype: str, low: float, high: float) -> Any:
    if dtype == "bool":
        return {}
    if "int" in dtype:
        return {"min_value": 0 if dtype[0] == "u" else int(low), "max_value": int(high)}
    if "complex" in dtype:
        # Not so small that NumPy's own divisions overflow.
        return st.complex_numbers(max_magnitude=high, allow_nan=False, width=64, allow_subnormal=False).map(lambda z: z if abs(z) > 1e-30 else 0j)
    return {"min_value": low, "max_value": high, "allow_nan": False, "allow_subnormal": False}


def array(data: st.DataObject, kind: str, shape: Any = None, low: float = -8, high: float = 8, dtype: str | None = None) -> Any:
    """An array of array-api-strict of a dtype of ``kind``; of up to three axes of up to five where no shape is named."""
    dtype = dtype or data.draw(st.sampled_from(KINDS[kind]))
    if shape is None:
        shape = data.draw(xps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
    return data.draw(xps.arrays(getattr(strict, dtype), shape, elements=_elements(dtype, low, high)))


def moved(x: Any) -> Any:
    """An operand of array-api-strict as clnd's."""
    if isinstance(x, strict._array_object.Array):
        return clnd.asarray(np.asarray(x))
    return type(x)(map(moved, x)) if isinstance(x, (list, tuple)) else x


def parts(x: Any) -> list[Any]:
    """The arrays and numbers of a result."""
    return [p for y in x for p in parts(y)] if isinstance(x, (tuple, list)) else [x]


def compare(got: Any, want: Any, tolerance: float) -> None:
    """Hold a result to array-api-strict's."""
    got, want = parts(got), parts(want)
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        if not isinstance(w, strict._array_object.Array):
            assert g == w
            continue
        assert isinstance(g, clnd.Array)
        host = np.asarray(w)
        assert (g.shape, g.dtype) == (w.shape, host.dtype)
        if host.dtype.kind in "fc":
            scale = tolerance if host.dtype.itemsize // (1 + (host.dtype.kind == "c")) == 4 else tolerance * 1e-7
            np.testing.assert_allclose(g.asnumpy(), host, rtol=scale, atol=scale)
        else:
            np.testing.assert_array_equal(g.asnumpy(), host)


# --- what each function is called with: name -> operands, and how they are given ----------------


def unary(kind: str, low: float = -8, high: float = 8) -> Draw:
    return lambda data: (array(data, kind, low=low, high=high),)


def binary(kind: str, low: float = -8, high: float = 8, second: str | None = None) -> Draw:
    def draw(data: st.DataObject) -> tuple[Any, ...]:
        shapes = data.draw(xps.mutually_broadcastable_shapes(2, max_dims=3, max_side=5)).input_shapes
        first = array(data, kind, shapes[0], low, high)
        other = array(data, second or kind, shapes[1], low, high, None if second else np.asarray(first).dtype.name)
        return first, other

    return draw


def with_axis(kind: str, least: int = 1, side: int = 0, low: float = -8, high: float = 8) -> Draw:
    def draw(data: st.DataObject) -> tuple[Any, ...]:
        shape = data.draw(xps.array_shapes(min_dims=least, max_dims=3, min_side=side, max_side=6))
        return array(data, kind, shape, low, high), data.draw(st.integers(-len(shape), len(shape) - 1))

    return draw


def alike(*kinds: str, count: int = 3) -> Draw:
    def draw(data: st.DataObject) -> tuple[Any, ...]:
        kind = data.draw(st.sampled_from(kinds))
        shape = data.draw(xps.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
        return [array(data, kind, shape) for _ in range(data.draw(st.integers(1, count)))], data.draw(st.integers(-len(shape), len(shape) - 1))

    return draw


def matrices(data: st.DataObject) -> tuple[Any, ...]:
    m, n, k = (data.draw(st.integers(0, 5)) for _ in range(3))
    dtype = data.draw(st.sampled_from(KINDS["numeric"]))
    return array(data, "", (m, k), dtype=dtype), array(data, "", (k, n), dtype=dtype)


def vectors(data: st.DataObject) -> tuple[Any, ...]:
    shape = data.draw(xps.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=5))
    dtype = data.draw(st.sampled_from(KINDS["numeric"]))
    return array(data, "", shape, dtype=dtype), array(data, "", shape, dtype=dtype)


def taken(data: st.DataObject) -> tuple[Any, ...]:
    x, axis = with_axis("any", side=1)(data)
    n = x.shape[axis]
    return x, array(data, "", data.draw(st.integers(0, 6)), -n, n - 1, "int64"), axis


def taken_along(data: st.DataObject) -> tuple[Any, ...]:
    x, axis = with_axis("any", side=1)(data)
    n = x.shape[axis]
    shape = tuple(data.draw(st.integers(0, 4)) if k == axis % x.ndim else m for k, m in enumerate(x.shape))
    return x, array(data, "", shape, -n, n - 1, "int64"), axis


def sorted_and_sought(data: st.DataObject) -> tuple[Any, ...]:
    dtype = data.draw(st.sampled_from(KINDS["real"]))
    return strict.sort(array(data, "", data.draw(st.integers(0, 9)), dtype=dtype)), array(data, "", dtype=dtype)


def repeated(data: st.DataObject) -> tuple[Any, ...]:
    x, axis = with_axis("any")(data)
    return x, data.draw(st.integers(0, 3)), axis


def rolled(data: st.DataObject) -> tuple[Any, ...]:
    x, axis = with_axis("any")(data)
    return x, data.draw(st.integers(-7, 7)), axis


def at_axis(*names: str) -> Callable[[Call], Call]:
    """A call whose last operands are keywords."""
    return lambda f: lambda *given: f(*given[: -len(names)], **dict(zip(names, given[-len(names) :], strict=True)))


def plain(f: Call) -> Call:
    return f


_AXIS = at_axis("axis")
_EXACT = 0.0

# How far float32 results may be from NumPy's, beside whole numbers: (operands, how it is called, tolerance).
CASES: dict[str, tuple[Draw, Callable[[Call], Call], float]] = {
    **{name: (unary("numeric"), plain, 1e-5) for name in ("abs", "negative", "positive", "sign", "square")},
    **{name: (unary("real"), plain, _EXACT) for name in ("ceil", "floor", "trunc", "round")},
    **{name: (unary("numeric"), plain, _EXACT) for name in ("isfinite", "isinf", "isnan")},
    **{name: (unary("floating"), plain, 2e-5) for name in ("cos", "cosh", "exp", "expm1", "sin", "sinh", "sqrt", "tanh", "asinh", "atan", "tan")},
    **{name: (unary("float", 0.125, 8), plain, 2e-5) for name in ("log", "log10", "log1p", "log2", "reciprocal")},
    **{name: (unary("float", -0.875, 0.875), plain, 2e-5) for name in ("acos", "asin", "atanh")},
    "acosh": (unary("float", 1, 8), plain, 2e-5),
    "signbit": (unary("float"), plain, _EXACT),
    **{name: (unary("complex"), plain, _EXACT) for name in ("conj", "imag", "real")},
    "logical_not": (unary("bool"), plain, _EXACT),
    "bitwise_invert": (unary("bits"), plain, _EXACT),
    **{name: (binary("numeric"), plain, 1e-5) for name in ("add", "multiply", "subtract", "equal", "not_equal")},
    **{name: (binary("real"), plain, _EXACT) for name in ("greater", "greater_equal", "less", "less_equal", "maximum", "minimum")},
    **{name: (binary("real", 1, 8), plain, 1e-5) for name in ("floor_divide", "remainder", "pow")},
    "divide": (binary("floating", 0.5, 8), plain, 1e-4),
    **{name: (binary("float"), plain, 2e-5) for name in ("atan2", "copysign", "hypot", "logaddexp", "nextafter")},
    **{name: (binary("bits"), plain, _EXACT) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")},
    **{name: (binary("int", 0, 6), plain, _EXACT) for name in ("bitwise_left_shift", "bitwise_right_shift")},
    **{name: (binary("bool"), plain, _EXACT) for name in ("logical_and", "logical_or", "logical_xor")},
    "clip": (lambda data: (array(data, "real"), 2 if data.draw(st.booleans()) else None, 5), plain, _EXACT),
    **{name: (with_axis("numeric", side=1), _AXIS, 1e-4) for name in ("sum", "prod")},
    **{name: (with_axis("real", side=1), _AXIS, _EXACT) for name in ("max", "min", "argmax", "argmin")},
    **{name: (with_axis("float", side=1), _AXIS, 1e-4) for name in ("mean", "std", "var")},
    **{name: (with_axis("any"), _AXIS, _EXACT) for name in ("all", "any", "count_nonzero")},
    "cumulative_sum": (with_axis("numeric"), _AXIS, 1e-4),
    "cumulative_prod": (with_axis("numeric", low=-2, high=2), _AXIS, 1e-4),
    "diff": (with_axis("numeric"), _AXIS, 1e-5),
    **{name: (with_axis("real"), _AXIS, _EXACT) for name in ("sort", "argsort")},
    **{name: (unary("real"), plain, _EXACT) for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values")},
    "isin": (binary("int"), plain, _EXACT),
    "searchsorted": (sorted_and_sought, plain, _EXACT),
    "nonzero": (lambda data: (with_axis("any")(data)[0],), plain, _EXACT),
    "where": (lambda data: (array(data, "bool", (3, 4)), *(array(data, "", (3, 4), dtype="float32") for _ in "ab")), plain, _EXACT),
    "take": (taken, _AXIS, _EXACT),
    "take_along_axis": (taken_along, _AXIS, _EXACT),
    **{name: (alike("bool", "int", "float", "complex"), _AXIS, _EXACT) for name in ("concat", "stack")},
    "unstack": (with_axis("any"), _AXIS, _EXACT),
    "flip": (with_axis("any"), _AXIS, _EXACT),
    "repeat": (repeated, _AXIS, _EXACT),
    "roll": (rolled, _AXIS, _EXACT),
    "tile": (lambda data: (array(data, "any"), tuple(data.draw(st.lists(st.integers(0, 3), max_size=3)))), plain, _EXACT),
    "expand_dims": (with_axis("any"), _AXIS, _EXACT),
    "moveaxis": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.integers(-3, 2)), data.draw(st.integers(-3, 2))), plain, _EXACT),
    "permute_dims": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.permutations((0, 1, 2)))), plain, _EXACT),
    "reshape": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.sampled_from([(24,), (4, -1), (2, 1, 12)]))), plain, _EXACT),
    "squeeze": (lambda data: (array(data, "any", (1, 3, 1)), data.draw(st.sampled_from([0, 2, (0, 2), -1]))), plain, _EXACT),
    "broadcast_to": (lambda data: (array(data, "any", (3, 1)), (2, 3, 4)), plain, _EXACT),
    "broadcast_arrays": (binary("any"), plain, _EXACT),
    "meshgrid": (lambda data: tuple(array(data, "", data.draw(st.integers(1, 4)), dtype="int64") for _ in range(3)), plain, _EXACT),
    "tril": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.integers(-4, 4))), at_axis("k"), _EXACT),
    "triu": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.integers(-4, 4))), at_axis("k"), _EXACT),
    **{name: (unary("any"), plain, _EXACT) for name in ("ones_like", "zeros_like")},
    "full_like": (lambda data: (array(data, "int"), 3), plain, _EXACT),
    "matmul": (matrices, plain, 1e-4),
    **{name: (lambda data: (array(data, "any", (2, 3, 4)),), plain, _EXACT) for name in ("matrix_transpose", "linalg.matrix_transpose")},
    **{name: (matrices, lambda f: lambda a, b: f(a, b, axes=1), 1e-4) for name in ("tensordot", "linalg.tensordot")},
    "vecdot": (vectors, plain, 1e-3),
    "linalg.cross": (lambda data: tuple(array(data, "", (2, 3), dtype="float64") for _ in "ab"), plain, 1e-4),
    "linalg.diagonal": (lambda data: (array(data, "any", (2, 3, 4)), data.draw(st.integers(-2, 3))), at_axis("offset"), _EXACT),
    "linalg.matrix_norm": (lambda data: (array(data, "float", (2, 3, 4)), data.draw(st.sampled_from(["fro", 1, -1, float("inf"), -float("inf")]))), at_axis("ord"), 1e-4),
    "linalg.matrix_power": (lambda data: (array(data, "", (2, 3, 3), -2, 2, "float64"), data.draw(st.integers(0, 4))), plain, 1e-3),
    "linalg.matmul": (matrices, plain, 1e-4),
    "linalg.outer": (lambda data: tuple(array(data, "", n, dtype="float32") for n in (3, 4)), plain, 1e-5),
    "linalg.trace": (lambda data: (array(data, "numeric", (2, 3, 4)),), plain, 1e-4),
    "linalg.vecdot": (vectors, plain, 1e-3),
    "linalg.vector_norm": (with_axis("float", side=1), _AXIS, 1e-4),
}  # fmt: skip


def _found(module: Any, name: str) -> Any:
    for part in name.split("."):
        module = getattr(module, part)
    return module


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=6)
@given(data=st.data())
def test_values_shapes_and_dtypes(name: str, data: st.DataObject) -> None:
    draw, called, tolerance = CASES[name]
    operands = draw(data)
    with np.errstate(all="ignore"):
        want = called(_found(strict, name))(*operands)
    compare(called(_found(clnd, name))(*map(moved, operands)), want, tolerance)


# What array-api-strict refuses and clnd must, too.
REFUSED: dict[str, Callable[[Any, Any], Any]] = {
    "an axis that is not there": lambda xp, x: xp.sum(x, axis=2),
    "an axis twice": lambda xp, x: xp.sum(x, axis=(0, 0)),
    "shapes that do not broadcast": lambda xp, x: x + x[:, :2],
    "arrays of different shapes to stack": lambda xp, x: xp.stack([x, x[:, :2]]),
    "arrays that do not fit": lambda xp, x: xp.concat([x, x[:, :2]], axis=0),
    "a shape of another size": lambda xp, x: xp.reshape(x, (5,)),
    "two unknown lengths": lambda xp, x: xp.reshape(x, (-1, -1)),
    "an axis that is longer than 1": lambda xp, x: xp.squeeze(x, axis=0),
    "axes that are no permutation": lambda xp, x: xp.permute_dims(x, (0, 0)),
    "an index out of bounds": lambda xp, x: x[2, 0],
    "too many indices": lambda xp, x: x[0, 0, 0],
    "a mask of another length": lambda xp, x: x[xp.asarray([True, False, True])],
    "inner lengths that differ": lambda xp, x: xp.matmul(x, x),
    "bits of floats": lambda xp, x: xp.bitwise_and(x, x),
    "truth of several": lambda xp, x: bool(x),
    "a number of several": lambda xp, x: float(x),
    "the largest of none": lambda xp, x: xp.max(x[:0, :], axis=0),
    "a cumulative sum without an axis": lambda xp, x: xp.cumulative_sum(x),
    "nonzero of a number": lambda xp, x: xp.nonzero(xp.sum(x)),
    "a trace of a vector": lambda xp, x: xp.linalg.trace(x[0, :]),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str) -> None:
    host = np.arange(6, dtype=np.float32).reshape(2, 3)
    for xp, x in ((strict, strict.asarray(host)), (clnd, clnd.asarray(host))):
        with pytest.raises((ValueError, TypeError, IndexError, np.exceptions.AxisError)):
            REFUSED[what](xp, x)


# Functions that other tests hold to the standard: what they make does not depend on arrays.
_ELSEWHERE = {
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "linspace", "ones", "zeros", "astype", "can_cast", "finfo",
    "iinfo", "isdtype", "result_type", "broadcast_shapes",
}  # fmt: skip
# The issue of factorisations.
_LATER = {"cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matrix_rank", "pinv", "qr", "slogdet", "solve", "svd", "svdvals"}


def test_every_function_of_the_standard_is_here() -> None:
    functions = {name for name in strict.__all__ if inspect.isfunction(getattr(strict, name)) and not name.startswith("_") and not name.endswith("flags")}
    assert functions - set(CASES) - _ELSEWHERE == set()
    inner = {name for name in strict.linalg.__all__ if inspect.isfunction(getattr(strict.linalg, name))}
    assert {f"linalg.{name}" for name in inner - _LATER} - set(CASES) == set()


@pytest.mark.parametrize("name", ["argmax", "argsort", "concat", "cumulative_sum", "diff", "expand_dims", "flip", "repeat", "roll", "sort", "squeeze", "stack", "sum", "take", "unstack"])
def test_an_axis_that_is_not_there(name: str) -> None:
    """The standard's IndexError, NumPy's AxisError, and a ValueError as both have it."""
    x = clnd.ones((2, 3))
    first = [x, x] if name in ("concat", "stack") else x
    more = {"repeat": (2,), "roll": (1,), "take": (clnd.asarray([0]),)}.get(name, ())
    for axis in (4, -4):
        with pytest.raises(IndexError, match=rf"^\[\w+\] got axis {axis}; expected an axis from ") as caught:
            getattr(clnd, name)(first, *more, axis=axis)
        assert isinstance(caught.value, np.exceptions.AxisError)
    with pytest.raises(TypeError, match=r"^\[\w+\] got (shift 1 and )?axis 1.5"):
        getattr(clnd, name)(first, *more, axis=1.5)
