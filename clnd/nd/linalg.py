"""MXNet's products of batches of matrices: ``nd.linalg.gemm``, ``gemm2`` and ``syrk``.

Leading axes are a batch and must be equal; transposed matrices are read in place. The order of every
sum is that of `clnd.matmul`; what is scaled and added is rounded operation by operation.
"""

# ruff: noqa: N803 (the arguments have MXNet's names)

from __future__ import annotations

from typing import Any

from clnd.api.manipulation import moveaxis
from clnd.errors import ShapeError
from clnd.nd.ndarray import NDArray, as_nd, new
from clnd.nd.table import into
from clnd.ops import products
from clnd.shapes import normalize_axis

__all__ = ["gemm", "gemm2", "syrk"]


def gemm(
    A: Any, B: Any, C: Any, transpose_a: bool = False, transpose_b: bool = False,
    alpha: float = 1.0, beta: float = 1.0, axis: int = -2, out: Any = None,
) -> NDArray:  # fmt: skip
    """``alpha * A @ B + beta * C`` for each matrix of a batch.

    Parameters
    ----------
    A, B, C : NDArray of shapes (..., M, K), (..., K, N) and (..., M, N)
        C is not read where ``beta`` is 0.
    transpose_a, transpose_b : bool
        The matrices of A, or B, are the transposes of what is multiplied.
    alpha, beta : float
        Factors of the product and of C.
    axis : int
        The axis of the matrices' rows; their columns are always the last axis.
    out : NDArray, optional
        Receives the result.

    Raises
    ------
    ShapeError
        Where the shapes do not match; the message shows them.

    Examples
    --------
    >>> from clnd import nd
    >>> nd.linalg.gemm(nd.ones((1, 2)), nd.ones((2, 1)), nd.ones((1, 1)), alpha=3).asscalar()
    7.0
    """
    x, y, z = as_nd("linalg.gemm", A), as_nd("linalg.gemm", B), as_nd("linalg.gemm", C)
    result = _product("linalg.gemm", x, y, transpose_a, transpose_b, alpha, axis)
    if result.shape != z.shape:
        raise ShapeError(
            f"[linalg.gemm] got shapes {x.shape} and {y.shape}, whose product has shape {result.shape}, and C of shape "
            f"{z.shape}; expected C of the product's shape"
        )
    if beta != 0:
        result = result + (z if beta == 1 else z * beta)
    return into(out, result)


def gemm2(
    A: Any, B: Any, transpose_a: bool = False, transpose_b: bool = False, alpha: float = 1.0, axis: int = -2, out: Any = None
) -> NDArray:
    """``alpha * A @ B`` for each matrix of a batch; arguments as in `gemm`.

    Examples
    --------
    >>> from clnd import nd
    >>> nd.linalg.gemm2(nd.ones((3, 1)), nd.ones((3, 1)), transpose_a=True).asscalar()
    3.0
    """
    return into(out, _product("linalg.gemm2", as_nd("linalg.gemm2", A), as_nd("linalg.gemm2", B), transpose_a, transpose_b, alpha, axis))


def syrk(A: Any, transpose: bool = False, alpha: float = 1.0, out: Any = None) -> NDArray:
    """``alpha * A @ A.T``, or ``alpha * A.T @ A`` with ``transpose``, for each matrix of a batch of shape (..., M, K).

    Examples
    --------
    >>> from clnd import nd
    >>> nd.linalg.syrk(nd.array([[3, 4]])).asscalar()
    25.0
    """
    x = as_nd("linalg.syrk", A)
    return into(out, _product("linalg.syrk", x, x, transpose, not transpose, alpha, -2))


def _product(name: str, x: Any, y: Any, transpose_a: bool, transpose_b: bool, alpha: float, axis: int) -> Any:
    """``alpha`` times the products of two batches of matrices with rows along ``axis``."""
    if x.ndim < 2 or x.ndim != y.ndim:
        raise ShapeError(f"[{name}] got shapes {x.shape} and {y.shape}; expected as many axes of each, two or more")
    rows = normalize_axis(name, axis, x.ndim)
    if rows == x.ndim - 1:
        raise ShapeError(f"[{name}] got axis={axis} for shapes {x.shape} and {y.shape}; expected another than the last, which has the columns")
    a, b = (moveaxis(operand._plain(), rows, -2) for operand in (x, y))
    a, b = a.mT if transpose_a else a, b.mT if transpose_b else b
    if a.shape[:-2] != b.shape[:-2] or a.shape[-1] != b.shape[-2]:
        flags = f" (transpose_a={transpose_a}, transpose_b={transpose_b})" if transpose_a or transpose_b else ""
        raise ShapeError(
            f"[{name}] got shapes {x.shape} and {y.shape}{flags}; expected equal batches, and as many columns of the "
            f"first ({a.shape[-1]}) as rows of the second ({b.shape[-2]})"
        )
    result = new(moveaxis(products.matmul(a, b), -2, rows)._node)
    return result if alpha == 1 else result * alpha
