"""Sums of products along a line, as nodes: what convolve and correlate are made of."""

from __future__ import annotations

import functools

from clnd import dtypes
from clnd.errors import ArgumentError
from clnd.graph.node import Node
from clnd.ops import elementwise
from clnd.ops.moves import pad_node
from clnd.ops.op import cast_node
from clnd.ops.products import matmul_node
from clnd.ops.views import reshaped_node, sliced_node, strided_node

__all__ = ["correlated_node"]

_SHORT = 8
"""So many elements are added one after the other, each product and each sum rounded; sums of more are in the order of products."""


def correlated_node(name: str, a: Node, v: Node, mode: str) -> Node:
    """The sums of ``a[k + i] * v[i]`` for each place k of ``v``, which is no longer than ``a``; beyond its ends ``a`` is 0.

    Raises
    ------
    ArgumentError
        For a mode that is not "full", "same" or "valid".
    """
    dtype = dtypes.promote(name, a.dtype, v.dtype)
    a, v = cast_node(a, dtype), cast_node(v, dtype)
    m = v.shape[0]
    ends = {"valid": (0, 0), "same": (m // 2, m - m // 2 - 1), "full": (m - 1, m - 1)}.get(mode) if isinstance(mode, str) else None
    if ends is None:
        raise ArgumentError(f"[{name}] got mode {mode!r}; expected 'full', 'same' or 'valid'")
    n = a.shape[0]
    count = n + sum(ends) - m + 1
    if m > _SHORT:
        # Overlapping windows, by strides: nothing is copied but what was padded.
        a = pad_node(a, {0: ends}, "constant", 0) if sum(ends) else a
        windows = strided_node(a, (count, m), lambda strides: (0, strides * 2))
        return reshaped_node(matmul_node(windows, reshaped_node(v, (m, 1))), (count,))
    products = []
    for i in range(m):
        # Read from place i - ends[0] on: what is moved is an index, in the kernel that adds.
        widths = (ends[0] - i, count - n - ends[0] + i)
        moved = sliced_node(a, 0, i, count) if not sum(ends) else pad_node(a, {0: widths}, "constant", 0) if any(widths) else a
        products.append(elementwise.multiply.node([moved, sliced_node(v, 0, i, 1)]))
    return functools.reduce(lambda total, product: elementwise.add.node([total, product]), products)
