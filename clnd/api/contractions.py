"""einsum: sums of products by subscripts."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd import dtypes
from clnd.api.operands import taken
from clnd.arrays import Array
from clnd.errors import ArgumentError
from clnd.graph.node import Operand
from clnd.incoming import as_host
from clnd.ops.einsum import einsum_node
from clnd.ops.op import cast_node
from clnd.ops.subscripts import Subscripts, as_text, diagonals, parsed
from clnd.reducing import deliver

__all__ = ["einsum", "einsum_path"]


def einsum(*operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, order: Any = "K", casting: str = "safe") -> Any:
    """The sum of products that subscripts say, as NumPy's einsum.

    Parameters
    ----------
    operands : str and arrays, or arrays and lists
        ``einsum("ij,jk->ik", a, b)``, or ``einsum(a, [0, 1], b, [1, 2], [0, 2])``. An ellipsis stands for axes that
        broadcast. Without "->" the result has each letter that occurs once, in alphabetical order.
    out : array, optional
        Gets the result.
    optimize : bool, str or list
        Which operands are contracted first where there are more than two. False: clnd's own rule, the pair whose result is
        smallest, of equal ones the leftmost; its bits are the same everywhere and in all versions. True, "greedy", "optimal"
        or a path: NumPy's choice, as `einsum_path` tells it.
    dtype : dtype, optional
        What operands are cast to; by default the dtype that they promote to. Sums are made in it, integers wrap.
    order : str
        Accepted: arrays are row-major.
    casting : str
        Which casts to ``dtype`` are allowed, as in ``numpy.can_cast``.

    Returns
    -------
    array
        A view, where it is a diagonal or a transposition of one operand.

    Raises
    ------
    ArgumentError
        If the subscripts are none, or not of so many operands.
    ShapeError
        If an operand has not as many axes, or a letter has two lengths.
    DTypeError
        If no operand is an array, or ``casting`` forbids the cast.

    Examples
    --------
    >>> import clnd
    >>> a = clnd.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> clnd.einsum("ii", a).item(), clnd.einsum("ij,kj->ik", a, a).tolist()
    (5.0, [[5.0, 11.0], [11.0, 25.0]])
    """
    text, given = as_text(operands)
    give, arrays = taken("einsum", *given)
    said = parsed(text, [x.shape for x in arrays])
    to = dtypes.result_dtype("einsum", *(x._node.dtype for x in arrays)) if dtype is None else dtypes.as_dtype(dtype)
    if dtype is not None:
        for x in arrays:
            dtypes.check_casting("einsum", x._node.dtype, to, casting)
    if len(arrays) == 1 and arrays[0]._node.dtype is to and set(said.output) == set(said.inputs[0]):
        return deliver("einsum", out, give(_viewed(arrays[0], said)))
    path = None if optimize is False or optimize is None or len(arrays) < 3 else _path(text, said, arrays, optimize)
    node, axes = einsum_node([cast_node(x._node, to) for x in arrays], said, path)
    result = arrays[0]._like(node).transpose(axes).reshape(tuple(said.lengths[k] for k in said.output))
    return deliver("einsum", out, give(result))


def _viewed(x: Array, said: Subscripts) -> Array:
    """One operand with its axes in another order, or diagonals of it: a view."""
    start, shape, strides = x._layout()
    return x._view(start, *diagonals(said.inputs[0], shape, strides, said.output))


def _path(text: str, said: Subscripts, arrays: list[Array], optimize: Any) -> list[tuple[int, ...]]:
    """NumPy's order of contractions, checked: each step names operands that are there, and one is left."""
    steps = [tuple(step) for step in _numpys(text, [x.shape for x in arrays], optimize)[0][1:]]
    left = len(arrays)
    for step in steps:
        if not step or len(set(step)) != len(step) or any(not 0 <= k < left for k in step):
            raise ArgumentError(f"[einsum] got optimize={optimize!r}; expected True, False, 'greedy', 'optimal' or a path as einsum_path gives it")
        left -= len(step) - 1
    return steps


def _numpys(text: str, shapes: list[Any], optimize: Any) -> tuple[list[Any], str]:
    """What NumPy's einsum_path says of operands of these shapes; it reads none of their elements."""
    try:
        path, told = np.einsum_path(text, *(np.broadcast_to(np.float32(0), shape) for shape in shapes), optimize=optimize)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ArgumentError(f"[einsum_path] got optimize={optimize!r}: {error}; expected True, False, 'greedy', 'optimal' or a path") from None
    return list(path), told


def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> tuple[list[Any], str]:
    """In which order NumPy would contract the operands of `einsum`, and what that costs in words; computed on the host, from shapes alone.

    `einsum` follows it only if ``optimize=`` asks for it.

    Raises
    ------
    ArgumentError
        If the subscripts are none, or ``optimize`` is no way to choose.
    DTypeError
        For what is no data of numbers.

    Examples
    --------
    >>> import clnd
    >>> a = clnd.ones((2, 3))
    >>> clnd.einsum_path("ij,kj,kl->il", a, a, a)[0]
    ['einsum_path', (0, 1), (0, 1)]
    """
    text, given = as_text(operands)
    if einsum_call:
        raise ArgumentError("[einsum_path] got einsum_call=True, which is of NumPy's own use; expected False")
    shapes = [x._node.shape if isinstance(x, Operand) else as_host("einsum_path", x).shape for x in given]
    parsed(text, shapes)
    return _numpys(text, shapes, optimize)
