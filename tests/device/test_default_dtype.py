"""`default_dtype`: the dtype of floats that have none, in this thread, taken at the call."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import nd
from clnd.context import Context
from clnd.errors import ArgumentError, DTypeError
from tests.child import succeeds

F32, F64 = np.dtype("float32"), np.dtype("float64")


@pytest.fixture(autouse=True)
def fp64(ctx: Context) -> None:
    if not ctx.info.fp64:
        pytest.skip("no fp64")


def kinds(x: Any) -> str:
    return str(np.dtype(x.dtype).name)


def made() -> dict[str, Any]:
    """A result of every kind of call that takes the default."""
    k, b = clnd.asarray([1, 2, 3], dtype="int32"), clnd.asarray([True, False])
    return {
        "zeros": clnd.zeros(2), "ones": clnd.ones(2), "empty": clnd.empty(2), "eye": clnd.eye(2), "full": clnd.full(2, 1.5),
        "list": clnd.asarray([0.1, 2]), "number": clnd.asarray(0.1), "arange": clnd.arange(0.0, 1.0, 0.25), "linspace": clnd.linspace(0, 1, 5),
        "array": clnd.array([0.1]), "divide": k / k, "by number": k / 2, "plus float": k + 0.1, "bool and float": b * 0.5, "list operand": k + [0.5, 1, 2],
        "sqrt": clnd.sqrt(k), "ufunc": np.sin(k), "atan2": clnd.atan2(k, 1), "mean": k.mean(), "var": k.var(), "std": clnd.std(b), "float_power": clnd.float_power(k, 2),
        "modf": clnd.modf(k)[0], "where": clnd.where(b, 0.5, 1), "masked mean": k.mean(where=np.array([True, True, False])), "weak": k * np.float64(0.5),
        "uniform": clnd.random.uniform(shape=(3,)), "normal": clnd.random.normal(shape=(3,)), "exponential": clnd.random.exponential(shape=(3,)),
    }  # fmt: skip


def test_everything_that_takes_the_default() -> None:
    assert {name: kinds(x) for name, x in made().items()} == dict.fromkeys(made(), "float32")
    with clnd.default_dtype("float64"):
        wide = made()
        assert {name: kinds(x) for name, x in wide.items()} == dict.fromkeys(wide, "float64")
    assert {name: kinds(x) for name, x in made().items()} == dict.fromkeys(made(), "float32")
    # It was taken at the call.
    assert wide["divide"].tolist() == [1.0, 1.0, 1.0]
    assert wide["list"].tolist() == [0.1, 2.0]
    assert wide["sqrt"].tolist() == np.sqrt([1, 2, 3]).tolist()
    assert wide["var"].item() == np.var([1, 2, 3])


def test_complex_numbers_go_along() -> None:
    k = clnd.asarray([1, 2])
    with clnd.default_dtype(np.float64):
        assert kinds(clnd.asarray([1j])) == kinds(k + 1j) == kinds(clnd.full(2, 2j)) == kinds(clnd.linspace(0, 1j, 3)) == "complex128"
        assert kinds(clnd.ones(2, dtype="float32") + 1j) == "complex64"
    assert kinds(clnd.asarray([1j])) == kinds(k + 1j) == "complex64"


def test_what_has_a_dtype_keeps_it() -> None:
    x = clnd.ones(3, dtype="float32")
    with clnd.default_dtype("float64"):
        assert kinds(x + 1.5) == kinds(clnd.sqrt(x)) == kinds(x.mean()) == kinds(clnd.asarray(np.zeros(2, "float32"))) == "float32"
        assert kinds(clnd.zeros_like(x)) == kinds(clnd.zeros(2, dtype="float32")) == kinds(x / clnd.asarray([1, 2, 3])) == "float32"
        assert kinds(clnd.asarray([1, 2])) == kinds(clnd.arange(3)) == "int64"
        assert kinds(clnd.ones(2, dtype="float16") * 0.5) == "float16"


def test_mxnets_arrays_stay_float32() -> None:
    with clnd.default_dtype("float64"):
        k = nd.array([1, 2, 3], dtype="int32")
        for x in (nd.array([1.5]), nd.zeros((2,)), nd.sqrt(k), k + 0.5, k.mean(), nd.random.uniform(shape=(2,)), nd.softmax(nd.array([1, 2])), k * [0.5, 1, 2]):
            assert kinds(x) == "float32"
        assert kinds(clnd.zeros(1)) == "float64"


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64", "bool"])
def test_means_of_integers(dtype: str) -> None:
    """NumPy's values where the sum has 53 bits; signs that cancel lose nothing."""
    rng = np.random.default_rng(5)
    x = (rng.integers(0, 2, (50, 7)) if dtype == "bool" else rng.integers(*((-100, 100) if dtype[0] == "i" else (0, 200)), (50, 7))).astype(dtype)
    with clnd.default_dtype("float64"):
        for axis in (None, 0, 1):
            got = clnd.asarray(x).mean(axis)
            np.testing.assert_array_equal(got.asnumpy(), np.asarray(x.mean(axis)))
            np.testing.assert_allclose(clnd.asarray(x).var(axis).asnumpy(), x.var(axis), rtol=1e-14)
        if dtype == "int64":
            assert clnd.full(1000, -1).mean().item() == -1.0
            large = [2**62, 2**62, 2**62, 2**62 + 4096]
            assert clnd.asarray(large).mean().item() == sum(large) / 4


def test_setting_it_and_nesting() -> None:
    assert clnd.default_dtype.current() is F32
    with clnd.default_dtype("float64"):
        with clnd.default_dtype("float32"):
            assert kinds(clnd.zeros(1)) == "float32"
        assert clnd.default_dtype.current() is F64
        seen: list[Any] = []
        thread = threading.Thread(target=lambda: seen.append(clnd.default_dtype.current()))
        thread.start()
        thread.join()
        assert seen == [F32]
    with pytest.raises(RuntimeError), clnd.default_dtype("float64"):
        raise RuntimeError
    assert clnd.default_dtype.current() is F32
    clnd.default_dtype("float64")
    try:
        assert kinds(clnd.zeros(1)) == "float64"
        assert clnd.__array_namespace_info__().default_dtypes()["real floating"] == F64
    finally:
        clnd.default_dtype("float32")
    with pytest.raises(ArgumentError, match=r"^\[default_dtype\] got float16; expected float32 or float64"):
        clnd.default_dtype("float16")
    with pytest.raises(DTypeError):
        clnd.default_dtype("text")
    assert repr(clnd.default_dtype("float32")) == "default_dtype('float32')"


def test_without_fp64_the_call_names_the_device(ctx: Context) -> None:
    env = {"CLND_PRETEND_GPU": f"{ctx.info.driver}:nofp64", "CLND_DEVICE": str(ctx)}
    assert succeeds("""
        k = clnd.arange(3, device="gpu(0)")
        clnd.default_dtype("float64")
        for call in (lambda: k / 2, lambda: clnd.sqrt(k), lambda: k.mean(), lambda: clnd.zeros(2, device="gpu(0)"), lambda: k + 0.5,
                     lambda: clnd.asarray([0.5], device="gpu(0)"), lambda: clnd.linspace(0, 1, 3, device="gpu(0)"),
                     lambda: clnd.random.uniform(shape=(2,), ctx="gpu(0)")):
            try:
                call()
            except clnd.DTypeError as error:
                assert "gpu(0)" in str(error) and "float64" in str(error), error
            else:
                raise AssertionError("no error")
        assert (k + 1).tolist() == [1, 2, 3]
        print("done")
    """, env=env, timeout=200) == "done\n"  # fmt: skip
