"""NumPy's protocols, names, attributes and methods on clnd arrays, and the standard's inspection of the namespace."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import array_functions
from clnd.context import Context
from clnd.errors import ArgumentError, AxisError, ClndError, DTypeError, IndexingError, ShapeError
from tests.child import succeeds

X = np.array([[3.0, -1.5, 0.25], [-7.0, 2.0, 5.5]], np.float32)


def made(x: Any = X) -> Any:
    return clnd.asarray(x)


def same(got: Any, want: Any) -> None:
    assert isinstance(got, clnd.Array), type(got)
    np.testing.assert_allclose(got.asnumpy(), want, rtol=1e-6)


# --- the standard's inspection -------------------------------------------------------------------


def test_the_namespace() -> None:
    x = made()
    for version in (None, "2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
        assert x.__array_namespace__(api_version=version) is clnd
    assert clnd.__array_api_version__ == "2025.12"
    with pytest.raises(ArgumentError, match=r"^\[__array_namespace__\] got api_version='1999.1'; expected one of 2021.12"):
        x.__array_namespace__(api_version="1999.1")


def test_inspection(ctx: Context) -> None:
    info = clnd.__array_namespace_info__()
    found = info.capabilities()
    assert found["boolean indexing"] is True
    assert found["data-dependent shapes"] is True
    assert np.asarray(clnd.zeros((1,) * found["max dimensions"])).ndim == found["max dimensions"]
    assert isinstance(info.devices(), tuple)
    with ctx:
        assert info.default_device() is ctx
    assert info.default_dtypes(device=ctx) == {"real floating": "float32", "complex floating": "complex64", "integral": "int64", "indexing": "int64"}
    names = {name for name, dtype in info.dtypes(device=ctx).items() if dtype == np.dtype(name)}
    assert ("float64" in names) is ("complex128" in names) is ctx.info.fp64
    assert names - {"float64", "complex128"} == {"bool", "float32", "complex64"} | {f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)}
    for dtype in info.dtypes(device=ctx).values():
        for kind in ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric"):
            assert (dtype in info.dtypes(device=ctx, kind=kind).values()) is clnd.isdtype(dtype, kind)
    assert set(info.dtypes(device=ctx, kind=("bool", "signed integer"))) == {"bool", "int8", "int16", "int32", "int64"}
    with pytest.raises(ArgumentError, match=r"^\[dtypes\] got kind='floats'; expected some of bool"):
        info.dtypes(kind="floats")


def test_a_device_without_fp64_lacks_its_dtypes_and_no_name(ctx: Context) -> None:
    assert succeeds("""
        found = clnd.__array_namespace_info__().dtypes(device="gpu(0)")
        assert "float32" in found and "float64" not in found and "complex128" not in found
        assert clnd.float64 == np.float64 and clnd.complex128 == np.complex128
        print("done")
    """, env={"CLND_PRETEND_GPU": f"{ctx.info.driver}:nofp64"}) == "done\n"  # fmt: skip


def test_dtypes_by_the_standard() -> None:
    assert clnd.finfo("float32").tiny == clnd.finfo(clnd.ones(1)).smallest_normal == np.finfo("f4").tiny
    assert clnd.finfo("complex64").dtype == np.float32
    for name in ("bits", "eps", "max", "min", "epsneg", "resolution", "precision", "smallest_subnormal"):
        assert getattr(clnd.finfo("float16"), name) == getattr(np.finfo("float16"), name)
    assert (clnd.iinfo("int8").max, clnd.iinfo(np.uint8).min, clnd.iinfo("int8").bits) == (127, 0, 8)
    assert clnd.result_type(clnd.ones(1), 1j, "float64") == np.complex128
    assert clnd.astype(made(), "int8", device=clnd.current_context()).dtype == np.int8


# --- __array_function__ --------------------------------------------------------------------------


def test_functions_of_one_name_are_clnds() -> None:
    table = array_functions.table()
    assert table[np.where] is clnd.where
    assert table[np.tensordot] is clnd.tensordot
    theirs = {n for n in np.__all__ if isinstance(getattr(np, n), type(np.sum))}
    assert not [n for n in theirs & set(clnd.__all__) if getattr(np, n) not in table]


@pytest.mark.parametrize(("name", "arguments"), [
    ("where", (X > 0, "x", 0)), ("where", (X > 0, "x", X)), ("dot", ("x", X.T)), ("dot", (X.T, "x")), ("clip", ("x", -1, 3)), ("reshape", ("x", (3, 2))),
    ("transpose", ("x",)), ("swapaxes", ("x", 0, 1)), ("expand_dims", ("x", 1)), ("squeeze", ("x",)), ("sum", ("x", 1)), ("mean", ("x",)), ("round", ("x", 1)),
    ("max", ("x", 0)), ("amin", ("x", -1)), ("argmax", ("x", 1)), ("ptp", ("x", 0)), ("broadcast_to", ("x", (2, 2, 3))), ("moveaxis", ("x", 0, 1)),
    ("zeros_like", ("x",)), ("full_like", ("x", 2.5)), ("tensordot", ("x", X, 2)), ("outer", ("x[0]", X[0])), ("ravel", ("x",)), ("flip", ("x", 0)),
    ("copy", ("x",)), ("rollaxis", ("x", 1)), ("count_nonzero", ("x", 0)), ("real", ("x",)), ("isposinf", ("x",)), ("around", ("x",)), ("tril", ("x",)),
])  # fmt: skip
def test_numpys_functions(name: str, arguments: tuple[Any, ...]) -> None:
    hosts = {"x": X, "x[0]": X[0]}
    function = getattr(np, name)
    want = function(*(hosts.get(a, a) if isinstance(a, str) else a for a in arguments))
    got = function(*(made(hosts[a]) if isinstance(a, str) else a for a in arguments))
    same(got, want)


def test_results_in_numpys_arrays() -> None:
    x, host = made(), np.zeros(3, np.float32)
    assert np.sum(x, axis=0, out=host) is host
    assert np.clip(x, 0, 1, out=(whole := np.zeros((2, 3)))) is whole
    assert host.tolist() == X.sum(axis=0).tolist()
    np.copyto(host, x[0])
    assert host.tolist() == X[0].tolist()
    np.copyto(x, X + 1, where=X > 0)
    same(x, np.where(X > 0, X + 1, X))
    np.testing.assert_allclose(made(), X)
    np.testing.assert_array_equal(X, made())


def test_functions_about_the_host() -> None:
    x = made()
    assert (np.shape(x), np.ndim(x), np.size(x), np.iscomplexobj(x), np.isrealobj(x)) == ((2, 3), 2, 6, False, True)
    assert np.array_str(x) == str(X)
    assert np.array2string(x) == np.array2string(X)
    assert np.result_type(x.dtype, "int8") == np.float32
    assert np.may_share_memory(x, x[0])
    assert np.shares_memory(np.asarray(x), x)


def test_like() -> None:
    x = made()
    same(np.zeros((2, 2), like=x), np.zeros((2, 2)))
    same(np.asarray([1, 2], like=x), [1, 2])
    same(np.full((2,), 1.5, like=x), [1.5, 1.5])
    same(np.arange(3, like=x), [0, 1, 2])


def test_what_clnd_lacks_is_refused_and_nothing_moves() -> None:
    x = made()
    reads = clnd.profiler.counters.host_reads
    for call, words in (
        (lambda: np.linalg.svd(x), r"^\[np.linalg.svd\] got a clnd array, and clnd has no such function; .* np.linalg.svd\(x.asnumpy\(\), ...\)"),
        (lambda: np.poly(x), r"^\[np.poly\] got a clnd array, and clnd has no such function"),
        (lambda: np.busday_offset(x, 1), r"^\[np.busday_offset\] "),
    ):
        with pytest.raises(DTypeError, match=words):
            call()
    with pytest.raises(ArgumentError, match=r"^\[np.moveaxis\] got arguments that clnd's function does not take: "):
        array_functions._called("np.moveaxis", clnd.moveaxis, (x, 0, 1, 2), {})
    assert clnd.profiler.counters.host_reads == reads


def test_others_arrays_answer_themselves() -> None:
    class Other:
        def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> str:
            return "other"

    assert np.where(made() > 0, made(), Other()) == "other"


def test_threads_share_the_table() -> None:
    array_functions.table.cache_clear()
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(np.transpose(made()).shape)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [(3, 2)] * 4


# --- NumPy's arguments of functions ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "std", "var", "min", "max", "amax", "any", "all", "argmin", "argmax"])
def test_the_axis_by_position_and_a_place_for_the_result(name: str) -> None:
    want = getattr(np, name)(X, 1)
    same(getattr(clnd, name)(made(), 1), want)
    place = clnd.zeros((2,), dtype=want.dtype)
    assert getattr(clnd, name)(made(), 1, out=place) is place
    same(place, want)
    if name not in ("argmin", "argmax"):
        start = {"initial": 9} if name in ("min", "max", "amax") else {}
        same(getattr(clnd, name)(made(), 0, where=made(X > -2), **start), getattr(np, name)(X, 0, where=X > -2, **start))


@pytest.mark.parametrize("name", ["sum", "prod", "min", "max", "any", "all", "argmin", "argmax", "ptp", "count_nonzero"])
def test_the_only_element_over_the_first_axis_and_the_last(name: str) -> None:
    x, host = clnd.asarray(2.5), np.array(2.5, np.float32)
    for axis in (0, -1):
        same(getattr(clnd, name)(x, axis=axis), getattr(np, name)(host, axis=axis))
    with pytest.raises(AxisError, match=r"expected no axis, as the array has no dimensions"):
        getattr(clnd, name)(x, axis=1)


def test_decimals_and_bounds() -> None:
    same(clnd.round(made(), 1), np.round(X, 1))
    same(clnd.around(made(), -1), np.round(X, -1))
    place = clnd.zeros((2, 3))
    assert clnd.round(made(), 0, place) is place
    assert clnd.clip(made(), -1, 1, out=place) is place
    same(place, X.clip(-1, 1))


# --- names ------------------------------------------------------------------------------------------

OLD = {
    "power": (X, 2), "mod": (X, 2), "absolute": (X,), "arctan2": (X, 2), "true_divide": (X, 2), "arctan": (X,), "arcsinh": (X,), "conjugate": (X,), "fabs": (X,),
    "invert": (np.arange(4),), "left_shift": (np.arange(4), 2), "right_shift": (np.arange(4), 1), "isneginf": (X,), "isposinf": (X,), "iscomplex": (X,),
    "isreal": (X,), "ptp": (X,), "arcsin": (X / 8,), "arccos": (X / 8,), "arctanh": (X / 8,), "arccosh": (np.abs(X) + 1,), "bitwise_not": (np.arange(4),),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_names(name: str) -> None:
    arguments = OLD[name]
    got = getattr(clnd, name)(*(made(a) if isinstance(a, np.ndarray) else a for a in arguments))
    np.testing.assert_allclose(got.asnumpy(), getattr(np, name)(*arguments), rtol=1e-5)


def test_infinities_and_imaginary_parts() -> None:
    x = np.array([np.inf, -np.inf, np.nan, 1], np.float32)
    z = np.array([1j, 1, 0], np.complex64)
    for name in ("isposinf", "isneginf"):
        assert getattr(clnd, name)(made(x)).tolist() == getattr(np, name)(x).tolist()
        assert getattr(clnd, name)(clnd.arange(2)).tolist() == [False, False]
        with pytest.raises(DTypeError, match=rf"^\[{name}\] got complex64"):
            getattr(clnd, name)(made(z))
    for name in ("isreal", "iscomplex"):
        assert getattr(clnd, name)(made(z)).tolist() == getattr(np, name)(z).tolist()
    assert clnd.iscomplexobj(made(z))
    assert clnd.isrealobj(3.0)


def test_classes_and_constants() -> None:
    assert isinstance(made(), clnd.ndarray)
    assert clnd.issubdtype(made().dtype, clnd.floating)
    assert clnd.issubdtype("int8", clnd.signedinteger)
    for name in ("bool_", "int_", "intp", "double", "single", "half", "ubyte", "longlong", "uintc", "cdouble", "long", "ulong"):
        assert clnd.zeros(1, dtype=getattr(clnd, name)).dtype == np.dtype(getattr(clnd, name))
    assert clnd.dtype("float32") == clnd.float32
    assert clnd.promote_types("int32", "float32") == np.float32
    assert clnd.min_scalar_type(300) == np.uint16
    assert clnd.min_scalar_type(made()) == np.float32
    assert clnd.common_type(made(), clnd.ones(1, dtype="float16")) is np.float32
    assert clnd.euler_gamma == np.euler_gamma
    with clnd.errstate(divide="ignore"), clnd.printoptions(precision=2):
        assert str(clnd.ones(1) / 3) == "[0.33]"
    assert clnd.geterr() == np.geterr()


def test_facts_of_arrays_and_of_host_data() -> None:
    x = made()
    assert clnd.shape(x) == clnd.shape(X) == (2, 3)
    assert clnd.shape([[1, 2]]) == (1, 2)
    assert (clnd.ndim(x), clnd.size(x), clnd.size(x, 1), clnd.size(x, -2)) == (2, 6, 3, 2)
    assert not clnd.isfortran(x)
    assert clnd.isfortran(x.T)
    assert clnd.shares_memory(x, x[1])
    assert not clnd.shares_memory(x[:, ::2], x[:, 1::2])
    assert clnd.may_share_memory(x[:, ::2], x[:, 1::2])
    assert not clnd.may_share_memory(x, x.copy())
    assert clnd.broadcast(x, clnd.ones((5, 1, 1))).shape == (5, 2, 3)
    assert (clnd.broadcast(x, 1).ndim, clnd.broadcast(x, 1).size) == (2, 6)
    with pytest.raises(ArgumentError, match=r"^\[broadcast\] got a loop"):
        iter(clnd.broadcast(x, x))
    assert clnd.broadcast().shape == ()
    with pytest.raises(ShapeError, match=r"\[broadcast\] got shapes"):
        clnd.broadcast(x, clnd.ones(2))
    assert clnd.iterable(x)
    assert clnd.s_[1:2, None] == (slice(1, 2), None)
    assert clnd.index_exp[1] == (1,)
    assert list(clnd.ndindex(2, 1)) == [(0, 0), (1, 0)]
    assert dict(clnd.ndenumerate(x)) == dict(np.ndenumerate(X))
    with pytest.raises(ArgumentError, match=r"^\[nditer\] got arrays to loop over"):
        clnd.nditer(x)
    for bad in (clnd.rollaxis, clnd.moveaxis):
        with pytest.raises(ClndError):
            bad(x, 0, 9)


def test_finite_numbers_only() -> None:
    assert clnd.asarray_chkfinite([1.0, 2.0]).shape == (2,)
    with pytest.raises(ArgumentError, match=r"^\[asarray_chkfinite\] got NaN or an infinity"):
        clnd.asarray_chkfinite([1.0, np.nan])


def test_text_of_arrays() -> None:
    x = np.linspace(0, 1, 30, dtype=np.float32)
    assert clnd.array2string(made(x), precision=2, separator=",") == np.array2string(x, precision=2, separator=",")
    assert clnd.array_str(made(x), precision=2) == np.array_str(x, precision=2)
    assert clnd.array_repr(made(x), precision=2).startswith(np.array_repr(x, precision=2).removesuffix(", dtype=float32)").removesuffix(","))


# --- attributes and methods ---------------------------------------------------------------------------


def test_layout() -> None:
    x = made()
    for got, want in ((x, X), (x.T, X.T), (x[:, ::-2], X[:, ::-2]), (x[0], X[0]), (x.broadcast_to((2, 2, 3)), np.broadcast_to(X, (2, 2, 3)))):
        assert got.strides == want.strides
        for flag in ("c_contiguous", "f_contiguous", "contiguous", "fnc", "forc", "writeable", "aligned"):
            assert getattr(got.flags, flag) == getattr(want.flags, flag), flag
        assert got.flags["C_CONTIGUOUS"] == got.flags["C"] == want.flags["C"]
    assert x.base is None
    assert x.flags.owndata
    assert not x.T.flags.owndata
    base = x[0].base
    assert base is not None
    base[0, 0] = 9
    assert float(x[0, 0]) == 9
    assert "C_CONTIGUOUS : True" in repr(x.flags)
    with pytest.raises(ArgumentError, match=r"^\[flags\] got writeable = False; flags are facts"):
        x.flags.writeable = False
    with pytest.raises(KeyError):
        x.flags["NONE"]
    assert bytes(x.data) == x.tobytes()
    assert x.data.readonly


def test_orders() -> None:
    x = made()
    for shape in ((3, 2), (6,), (-1, 2), (1, 6)):
        same(x.reshape(shape, order="F"), X.reshape(shape, order="F"))
    same(x.ravel("F"), X.ravel("F"))
    same(x.flatten("F"), X.flatten("F"))
    assert x.tobytes("F") == X.tobytes("F")
    same(clnd.ravel(x.T), X.T.ravel())
    with pytest.raises(ArgumentError, match=r"^\[ravel\] got order='Z'; expected"):
        x.ravel("Z")
    with pytest.raises(ArgumentError, match=r"^\[reshape\] got copy=False"):
        x.T.reshape(6, copy=False)
    assert not clnd.shares_memory(x.reshape(6, copy=True), x)
    x.shape = (3, 2)
    assert x.tolist() == X.reshape(3, 2).tolist()
    with pytest.raises(ArgumentError, match=r"^\[shape\] got 6 for a view"):
        x.T.shape = 6


@pytest.mark.parametrize(("dtype", "to"), [("float32", "uint32"), ("float32", "int8"), ("uint8", "float32"), ("int32", "complex64"), ("complex64", "float32")])
def test_bytes_as_another_dtype(ctx: Context, dtype: str, to: str) -> None:
    host = (np.arange(64).reshape(2, 4, 8) % 50).astype(dtype)
    x = clnd.asarray(host, device=ctx)
    for got, want in ((x, host), (x[1], host[1]), (x[:, ::2], host[:, ::2]), (x[0, 1, :], host[0, 1, :])):
        view = got.view(to)
        np.testing.assert_array_equal(view.asnumpy(), want.view(to))
        np.testing.assert_array_equal((view + view).asnumpy(), want.view(to) + want.view(to))
    assert not view.flags.writeable
    with pytest.raises(ArgumentError, match=r"or by view\(dtype\); expected a writable array"):
        view[0] = 1
    before = x.view(to).asnumpy()
    snapshot = x.view(to)
    x[0] = 0
    np.testing.assert_array_equal(snapshot.asnumpy(), before)


def test_bytes_that_do_not_fit() -> None:
    x = made()
    with pytest.raises(ShapeError, match=r"^\[view\] got shape \(2, 3\) of float32 to be read as complex64; expected rows that its 8 bytes divide"):
        x.view("complex64")
    with pytest.raises(ShapeError, match=r"expected a last axis without gaps"):
        x.T.view("int8")
    with pytest.raises(DTypeError, match=r"^\[view\] got uint8 to be read as bool"):
        clnd.zeros(2, dtype="uint8").view(bool)
    with pytest.raises(ArgumentError, match=r"^\[view\] got type="):
        x.view(type=np.matrix)
    again = x.view()
    again[0, 0] = 1
    assert float(x[0, 0]) == 1
    assert clnd.zeros((0, 4)).view("uint8").shape == (0, 16)


def test_flat() -> None:
    for take in (lambda x: x, lambda x: x.T, lambda x: x[:, ::2]):
        x, host = made(), X.copy()
        a, b = take(x), take(host)
        assert [float(v) for v in a.flat] == list(b.flat)
        assert len(a.flat) == len(b.flat)
        assert float(a.flat[2]) == b.flat[2]
        same(a.flat[1:4:2], b.flat[1:4:2])
        a.flat[1], b.flat[1] = 50, 50
        a.flat[2:], b.flat[2:] = 7, 7
        same(x, host)
        a.flat, b.flat = 3, 3
        same(x, host)
        same(a.flat.copy(), b.flat.copy())


def test_elements_and_filling() -> None:
    x = made()
    assert x.item(4) == X.item(4)
    assert x.item(-1) == X.item(-1)
    assert x.item(1, 2) == x.item((1, 2)) == X.item(1, 2)
    for index, words in (((9,), r"got index 9 for 6 elements"), ((0, 0, 0), r"got 3 indices for shape \(2, 3\)")):
        with pytest.raises(IndexingError, match=rf"^\[item\] {words}"):
            x.item(*index)
    with pytest.raises(IndexingError):
        x.item(2, 0)
    x.fill(2)
    assert x.tolist() == [[2] * 3] * 2
    same(made().ptp(), np.ptp(X))
    same(made().ptp(0, keepdims=True), np.ptp(X, 0, keepdims=True))
    assert made(X.astype("complex64") * 1j).conjugate().tolist() == (X * 1j).conj().tolist()
    with pytest.raises(DTypeError, match=r"^\[byteswap\] "):
        x.byteswap()
    with pytest.raises(DTypeError, match=r"^\[astype\] got float32 to int32, which casting='safe' forbids"):
        x.astype("int32", casting="safe")
    assert x.astype("complex64", casting="safe", order="C").dtype == np.complex64


def test_what_other_libraries_ask() -> None:
    x = made()
    assert x.__array_priority__ > 0
    assert x.__sizeof__() >= x.nbytes
    assert x.__dask_tokenize__() == made().__dask_tokenize__() == made(np.asfortranarray(X)).__dask_tokenize__()
    assert len({str(v.__dask_tokenize__()) for v in (x, x + 1, x.T, x.astype("int32"), x[:0], x[0, 0], x[0, :1], x[:1, :1])}) == 8
    assert re.fullmatch(r"<div><small>clnd.Array: shape \(2, 3\), float32, .*</small><pre>.*</pre></div>", x._repr_html_(), re.DOTALL)
    assert x._repr_inline_(80) == "3. -1.5 0.25 -7. 2. 5.5"
    assert len(x._repr_inline_(12)) <= 12
    assert x.get().tolist() == x.to_numpy().tolist() == X.tolist()
    assert f"{clnd.asarray(0.5):.3f}" == "0.500"
    assert complex(clnd.asarray(2)) == 2
    assert [1, 2, 3][clnd.asarray(1)] == 2
