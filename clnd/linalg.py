"""Linear algebra of the array API standard: the products. Decompositions and solvers are not there yet."""

from clnd.api.manipulation import matrix_transpose
from clnd.api.products import matmul, outer, tensordot, vecdot

__all__ = ["matmul", "matrix_transpose", "outer", "tensordot", "vecdot"]


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
