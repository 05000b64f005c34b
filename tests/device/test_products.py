"""Products by their public names: vecdot, outer, nd.dot, nd.batch_dot, nd.linalg; values, errors, launches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd import nd
from clnd.errors import ClndError, DTypeError, ShapeError
from clnd.profiler import counters
from tests.child import succeeds

Array = np.ndarray[Any, Any]
rng = np.random.default_rng(7)


def numbers(*shape: int, dtype: str = "float32") -> Array:
    """Small whole numbers: every order of their sums gives the same."""
    x = rng.integers(-4, 5, shape)
    return (x + 1j * rng.integers(-4, 5, shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def exact(got: Any, want: Array) -> None:
    assert got.dtype == want.dtype
    assert np.array_equal(got.asnumpy(), want)


# --- the standard ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"), [((0, 3), (3, 3)), ((3, 3), (3, 0)), ((3, 0), (0, 3)), ((0, 3, 3), (3, 3)), ((2, 3, 0), (2, 0, 5)), ((0,), (0,))], ids=str
)
@pytest.mark.parametrize("dtype", ["bool", "float16", "float32", "complex64", "uint8"])
def test_products_of_nothing(a: tuple[int, ...], b: tuple[int, ...], dtype: str) -> None:
    x, y = np.ones(a, dtype), np.ones(b, dtype)
    exact(clnd.matmul(clnd.asarray(x), clnd.asarray(y)), x @ y)
    exact(clnd.matmul(clnd.asarray(x), clnd.asarray(y)) + clnd.asarray(np.ones((), dtype)), x @ y + np.ones((), dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "int32", "uint8", "complex64"])
def test_vecdot(dtype: str) -> None:
    a, b = numbers(3, 1, 40, dtype=dtype), numbers(5, 40, dtype=dtype)
    exact(clnd.vecdot(clnd.asarray(a), clnd.asarray(b)), np.vecdot(a, b))
    c, d = np.moveaxis(a, -1, 0).copy(), np.moveaxis(b, -1, 0).copy()
    exact(clnd.vecdot(clnd.asarray(c[:, :, 0]), clnd.asarray(d[:, :3]), axis=0), np.vecdot(c[:, :, 0], d[:, :3], axis=0))
    exact(clnd.vecdot(clnd.asarray(b), b[0]), np.vecdot(b, b[0]))


def test_vecdot_has_the_bits_of_a_dot_product() -> None:
    a, b = rng.standard_normal((2, 5000)).astype("float32")
    x, y = clnd.asarray(a), clnd.asarray(b)
    assert clnd.vecdot(x, y).item() == (x @ y).item() == clnd.vecdot(x[None], y[None]).asnumpy()[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from(["float32", "int64", "complex64"]))
def test_outer(m: int, n: int, dtype: str) -> None:
    a, b = numbers(m, dtype=dtype), numbers(n, dtype=dtype)
    exact(clnd.outer(clnd.asarray(a), clnd.asarray(b)), np.multiply.outer(a, b))


def test_outer_keeps_the_sign_of_zero_and_fuses() -> None:
    x, y = clnd.asarray([-0.0, 2.0]), clnd.asarray([3.0, -0.0])
    assert np.signbit(clnd.outer(x, y).asnumpy()).tolist() == [[True, False], [False, True]]
    before = counters.launches
    (clnd.outer(x, y) * 2 + 1).wait_to_read()
    assert counters.launches - before == 1


def test_linalg_has_the_standards_products() -> None:
    assert clnd.linalg.matmul is clnd.matmul
    x = clnd.asarray(numbers(2, 3))
    exact(clnd.linalg.matrix_transpose(x), x.asnumpy().T)


# --- MXNet -------------------------------------------------------------------------------------


def either(x: Array, transposed: bool) -> Any:
    """An NDArray of x, or of its matrices transposed."""
    return nd.array(x.swapaxes(-1, -2).copy() if transposed else x, dtype=x.dtype)


@pytest.mark.parametrize("a_flag", [False, True])
@pytest.mark.parametrize("b_flag", [False, True])
def test_transposed_operands(a_flag: bool, b_flag: bool) -> None:
    a, b, c = numbers(2, 5, 7), numbers(2, 7, 3), numbers(2, 5, 3)
    x, y = either(a, a_flag), either(b, b_flag)
    exact(nd.batch_dot(x, y, a_flag, b_flag), a @ b)
    exact(nd.dot(x[0], y[0], a_flag, b_flag), a[0] @ b[0])
    exact(nd.linalg.gemm2(x, y, a_flag, b_flag, alpha=2), 2 * (a @ b))
    exact(nd.linalg.gemm(x, y, nd.array(c), a_flag, b_flag, alpha=0.5, beta=3), np.float32(0.5) * (a @ b) + 3 * c)


def test_syrk() -> None:
    a = numbers(3, 4, 6)
    exact(nd.linalg.syrk(nd.array(a)), a @ a.swapaxes(1, 2))
    exact(nd.linalg_syrk(nd.array(a), transpose=True, alpha=2), 2 * (a.swapaxes(1, 2) @ a))


def test_rows_along_another_axis() -> None:
    a, b = numbers(5, 2, 7), numbers(7, 2, 3)  # rows first, then the batch
    want = np.einsum("ibk,kbj->ibj", a, b)
    exact(nd.linalg.gemm2(nd.array(a), nd.array(b), axis=0), want)
    exact(nd.linalg.gemm(nd.array(a), nd.array(b), nd.ones((5, 2, 3)), axis=-3), want + 1)


def test_gemm_leaves_c_alone_where_beta_is_zero() -> None:
    c = nd.full((2, 2), np.nan)
    exact(nd.linalg.gemm(nd.ones((2, 3)), nd.ones((3, 2)), c, beta=0), np.full((2, 2), 3, "float32"))
    out = nd.zeros((2, 2))
    assert nd.linalg.gemm2(nd.ones((2, 3)), nd.ones((3, 2)), out=out) is out
    exact(out, np.full((2, 2), 3, "float32"))


# --- wrong use ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "shapes"),
    [
        (clnd.matmul, ((2, 3), (2, 3))), (clnd.matmul, ((2, 3, 4), (3, 4, 5))), (clnd.vecdot, ((2, 3), (2, 4))),
        (clnd.vecdot, ((2, 3), (4, 3))), (clnd.linalg.outer, ((2, 2), (2,))), (nd.batch_dot, ((2, 3, 4), (3, 4, 5))),
        (nd.batch_dot, ((2, 3, 4), (2, 3, 4))), (nd.dot, ((2, 3), (2, 3))), (nd.linalg.gemm2, ((2, 3), (2, 3))),
        (nd.linalg.gemm2, ((2, 2, 3), (4, 3, 2))), (nd.linalg.gemm2, ((2, 3), (2, 2, 3))),
    ],
)  # fmt: skip
def test_the_message_names_both_shapes(call: Any, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    make = nd.ones if call in (nd.batch_dot, nd.dot, nd.linalg.gemm2) else clnd.ones
    with pytest.raises(ShapeError) as caught:
        call(make(shapes[0]), make(shapes[1]))
    assert all(str(shape) in str(caught.value) for shape in shapes)


def test_gemm_names_the_shape_of_c() -> None:
    with pytest.raises(ShapeError, match=r"C of shape \(3, 3\)"):
        nd.linalg.gemm(nd.ones((2, 3)), nd.ones((3, 2)), nd.ones((3, 3)))
    with pytest.raises(ShapeError, match="columns"):
        nd.linalg.gemm2(nd.ones((2, 2)), nd.ones((2, 2)), axis=-1)


def test_what_is_no_array_is_refused() -> None:
    for call in (clnd.vecdot, clnd.outer):
        with pytest.raises(DTypeError, match="got str; expected an array"):
            call("x", "y")


def test_operands_of_two_contexts() -> None:
    driver = clnd.current_context().info.driver
    code = """
    from clnd import nd
    x, y = (clnd.ones((2, 2), device=name) for name in (CPU, "gpu(0)"))
    u, v = (nd.ones((2, 2), ctx=name) for name in (CPU, "gpu(0)"))
    for call in (
        lambda: clnd.matmul(x, y), lambda: clnd.vecdot(x, y), lambda: clnd.outer(x[0], y[0]), lambda: nd.dot(u, v),
        lambda: nd.batch_dot(u[None], v[None]), lambda: nd.linalg.gemm2(u, v), lambda: nd.linalg.gemm(u, u, v),
    ):
        try:
            call()
        except clnd.ContextError as error:
            assert "cpu(0)" in str(error) and "gpu(0)" in str(error), error
        else:
            raise AssertionError("contexts were mixed")
    """
    # By its driver's name: Oclgrind is no cpu(0) otherwise.
    code = code.replace("CPU", repr(f"cpu(0)@{driver}"))
    succeeds(code, env={"CLND_PRETEND_GPU": driver, "CLND_DEVICE": None}, quiet=False)


def test_a_product_without_memory_fails_before_anything_runs() -> None:
    x = clnd.ones((1 << 20, 1))
    x.wait_to_read()
    before = counters.launches
    with pytest.raises(MemoryError) as caught:
        x @ x.T
    assert isinstance(caught.value, ClndError)
    assert counters.launches == before


def test_a_number_is_an_operand_without_axes() -> None:
    x = clnd.ones((2, 3))
    assert clnd.tensordot(2.0, x, axes=0).asnumpy().tolist() == [[2, 2, 2], [2, 2, 2]]
    assert clnd.tensordot(np.float64(2), x, axes=0).dtype == np.float32
    with pytest.raises(ShapeError, match=r"\[matmul\] got shapes \(\) and \(2, 3\)"):
        clnd.matmul(2.0, x)
