"""The public names: what completion shows, what pickles, and what functions say to data that is no clnd array."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from clnd.errors import ArgumentError, ClndError, DTypeError, ShapeError
from clnd.ops import elementwise

# Functions that make arrays of data, or take none.
MAKERS = {
    "array", "arange", "asarray", "empty", "eye", "full", "linspace", "ones", "zeros", "broadcast_shapes", "can_cast", "contexts", "cpu", "current_context",
    "einsum", "einsum_path", "finfo", "gpu", "iinfo", "isdtype", "num_gpus", "outside_the_promise", "result_type", "show_config", "waitall", "evaluate", "math_mode",
    # Grids, sequences and index arrays.
    "asanyarray", "ascontiguousarray", "asfortranarray", "atleast_1d", "atleast_2d", "atleast_3d", "diag_indices", "diagflat", "frombuffer", "fromfunction",
    "fromiter", "fromstring", "geomspace", "identity", "indices", "ix_", "logspace", "meshgrid", "ravel_multi_index", "tri", "tril_indices", "triu_indices",
    "unravel_index",
    # Of the host, or asked of host data too.
    "__array_namespace_info__", "asarray_chkfinite", "base_repr", "binary_repr", "format_float_positional", "format_float_scientific", "fromfile", "from_dlpack",
    "genfromtxt", "get_printoptions", "geterr", "iscomplexobj", "isrealobj", "isscalar", "issubdtype", "iterable", "load", "loadtxt", "may_share_memory",
    "min_scalar_type", "ndim", "nditer", "printoptions", "promote_types", "save", "savetxt", "savez", "savez_compressed", "set_printoptions", "seterr", "shape",
    "shares_memory", "size", "typename", "copyto",
    "bartlett", "blackman", "hamming", "hanning", "kaiser",
}  # fmt: skip
TAKERS = sorted(
    name for name in clnd.__all__ if name not in MAKERS and callable(getattr(clnd, name)) and not inspect.isclass(getattr(clnd, name))
)  # fmt: skip
MORE = {"astype": ("float32",), "broadcast_to": ((2, 2),), "rollaxis": (0,), "full_like": (1,), "moveaxis": (0, 1), "permute_dims": ((1, 0),), "reshape": ((4,),), "swapaxes": (0, 1)}


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("data", [np.ones((2, 2), np.float32), [[1.0, 2.0], [3.0, 4.0]], 2.0], ids=["array of NumPy", "list", "number"])
def test_data_that_is_no_array_is_taken_or_refused_in_words(name: str, data: Any) -> None:
    function = getattr(clnd, name)
    required = [p for p in inspect.signature(function).parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    given = (data, *MORE[name]) if name in MORE else (data,) * max(1, len(required))
    # Python's own words stand for what is no argument of that kind, and NumPy's for too few elements.
    words = r"\[\w+\] got |.*iterable|.*converted to Python scalars|Degrees of freedom"
    told, result = "", None
    try:
        result = function(*given)
    except (ClndError, TypeError, RuntimeWarning) as error:
        told = str(error)
    assert not told or re.match(words, told)
    assert not isinstance(result, np.ndarray)  # computed by clnd, not by NumPy


def test_completion_shows_public_names_only() -> None:
    for module in (clnd, clnd.random, clnd.linalg, clnd.special, clnd.nd):
        assert dir(module) == sorted(module.__all__), module.__name__
        assert all(hasattr(module, name) for name in dir(module))


@pytest.mark.parametrize("name", sorted(elementwise.TABLE))
def test_operations_are_pickled_and_copied_as_one_object(name: str) -> None:
    op = elementwise.TABLE[name]
    assert pickle.loads(pickle.dumps(op)) is op
    assert copy.copy(op) is copy.deepcopy(op) is op


def test_array_is_numpys_function() -> None:
    host = np.arange(6, dtype=np.int16).reshape(2, 3)
    x = clnd.array(host)
    assert x.dtype == np.int16
    y = clnd.array(x)
    y[0, 0] = 9
    assert int(x[0, 0]) == 0
    assert clnd.array(x, copy=None) is x
    assert clnd.array([1, 2], "float16").dtype == np.float16
    assert clnd.array(5, ndmin=2).shape == (1, 1)
    assert clnd.array(host, ndmin=3, order="C").shape == (1, 2, 3)
    with pytest.raises(ArgumentError, match=r"\[array\] got order 'F'"):
        clnd.array(host, order="F")
    with pytest.raises(ArgumentError, match="copy=False"):
        clnd.array(host, copy=False)


def test_arange() -> None:
    for start, stop, step in ((2**63, 2**63 + 2, 1), (2**64 - 1, 2**64 - 4, -1), (0, 2**64 - 1, 2**62), (2**63 - 2, 2**63 + 3, 2)):
        got = clnd.arange(start, stop, step, dtype="uint64").asnumpy()
        assert got.tolist() == list(range(start, stop, step))
    assert clnd.arange(-(2**63), -(2**63) + 2).asnumpy().tolist() == [-(2**63), -(2**63) + 1]
    assert clnd.arange(clnd.asarray(3)).asnumpy().tolist() == [0, 1, 2]
    assert clnd.arange(clnd.asarray([3])).dtype == np.int64
    assert clnd.arange(np.float32(2.5), np.array(4)).asnumpy().tolist() == [2.5, 3.5]
    for wrong in (clnd.ones((2,)), np.ones(2), "a", None, 1j, [3]):
        with pytest.raises(ArgumentError, match=r"\[arange\] got .*; expected a real number"):
            clnd.arange(wrong)


def test_small_dtypes_need_no_memory_of_large_ones(ctx: Context) -> None:
    if ctx.info.max_alloc_size < 1 << 32:
        pytest.skip("the device allows no allocation of 2 GiB")
    x = clnd.arange(2**31 + 10, dtype="uint8")  # recorded: 2 GiB, where int64 would be 16
    assert x.shape == (2**31 + 10,)


def test_can_cast_and_triangles() -> None:
    assert clnd.can_cast("int8", "int16")
    assert not clnd.can_cast(clnd.ones((2,)), "int16")
    for wrong in ((2.0, 3.0), ("int8", "S")):
        with pytest.raises(DTypeError):
            clnd.can_cast(*wrong)
    for make in (clnd.tril, clnd.triu):
        with pytest.raises(ShapeError, match="expected at least two dimensions"):
            make(clnd.ones((3,)))


def test_arrays_of_mxnet_and_of_the_main_namespace_give_mxnets() -> None:
    a, b = clnd.ones((2, 2)), clnd.nd.ones((2, 2))
    for result in (a + b, b + a, a - b, a @ b, b @ a, clnd.maximum(a, b), clnd.where(a > 0, a, b), clnd.matmul(a, b), clnd.tensordot(a, b), a == b, a < b):
        assert type(result) is clnd.nd.NDArray
    assert type(a + a) is clnd.Array
