"""Orders and choices: permutations, shuffles and samples."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from clnd.arrays import Array, array_of, from_numpy
from clnd.context import Device, as_context
from clnd.dtypes import int64
from clnd.errors import ArgumentError, ShapeError
from clnd.graph.node import Node
from clnd.incoming import as_host
from clnd.ops.draws import draw_node, ordered_node, permutation_node, permutations_node
from clnd.ops.views import reshaped_node, transposed_node, view_node
from clnd.random.drawing import delivered, expected_size
from clnd.random.stream import Stream
from clnd.random.weights import weighted_node
from clnd.shapes import Shape, normalize_axis, size_of

__all__ = ["Orders"]

_FEW = 4
"""Where fewer than one of so many places are drawn, the rest of their order is not made: an element costs more then."""


def _axis_first(node: Node, axis: int) -> Node:
    """``node`` with an axis moved to the front."""
    return transposed_node(node, (axis, *(k for k in range(len(node.shape)) if k != axis)))


def _axis_back(node: Node, axis: int, count: int = 1) -> Node:
    """``node`` with its first ``count`` axes moved to where ``axis`` was."""
    rest = range(count, len(node.shape))
    return transposed_node(node, (*rest[:axis], *range(count), *rest[axis:]))


def _taken(base: Node, order: Node, axis: int) -> Node:
    """``base`` with the places of an axis in a drawn order, which may have several axes or none."""
    if axis == 0 and len(order.shape) == 1:
        return ordered_node(base, order)
    found = ordered_node(_axis_first(base, axis), reshaped_node(order, (size_of(order.shape),)))
    whole = reshaped_node(found, (*order.shape, *found.shape[1:]))
    return _axis_back(whole, axis, len(order.shape))


class Orders(Stream):
    """Methods that draw orders and samples."""

    def permutation(self, x: Any, axis: int = 0, *, ctx: Device = None) -> Array:
        """The numbers 0 .. n-1 in a random order, as int64, or a copy of an array with an axis in a random order.

        Parameters
        ----------
        x : int or array
            How many numbers, or the array (also of NumPy, or a list), of at least one dimension.
        axis : int
            The axis of an array whose places change; what lies at a place stays together.
        ctx : Context or str, optional
            Where the numbers are made; an array stays on its own context.

        Notes
        -----
        A keyed bijection gives each number from its place alone (Black and Rogaway, "Ciphers with
        arbitrary finite domains", 2002; its rounds stand in ``templates/random.cl.mako``): no sort,
        and no memory but the result's. Any element goes to any place with the same probability, to
        within 2**-64. An order is keyed by 320 bits, so that of the n! orders of 70 and more
        elements not all occur.

        Examples
        --------
        >>> from clnd.random import Generator
        >>> sorted(Generator(1).permutation(5).tolist())
        [0, 1, 2, 3, 4]
        """
        if isinstance(x, (list, tuple, np.ndarray)) and np.ndim(x):
            x = from_numpy(as_host("random.permutation", x), as_context(ctx))
        if isinstance(x, Array) and x.shape:
            return x._like(self._shuffled("permutation", x, axis))
        try:
            n = operator.index(x)
        except TypeError:
            n = -1
        if n < 0:
            raise ArgumentError(f"[random.permutation] got {x!r}; expected a number of elements from 0 on, or an array")
        return array_of(permutation_node(n, as_context(ctx), *self._next_draw()))

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Bring an axis of an array into a random order, in place; its views see it.

        ``permutation(x)`` is the same with the result in a new array.

        Raises
        ------
        ArgumentError
            Where ``x`` is no clnd array, or a view made by broadcast_to.
        ShapeError
            Where it has no dimensions.
        """
        if not isinstance(x, Array):
            raise ArgumentError(f"[random.shuffle] got a {type(x).__name__}; expected a clnd array; make one with clnd.asarray()")
        where, order = self._order_of("shuffle", x, axis)
        x._rewrite("random.shuffle", lambda: _taken(x._node, order, where))

    def permuted(self, x: Any, axis: int | None = None, out: Any = None) -> Array:
        """A copy of an array in which each row along ``axis`` is in a random order of its own; all elements in one where it is None.

        Raises
        ------
        ArgumentError
            Where ``x`` is no clnd array.
        """
        if not isinstance(x, Array):
            raise ArgumentError(f"[random.permuted] got a {type(x).__name__}; expected a clnd array; make one with clnd.asarray()")
        node = x._node
        if axis is None or node.shape == ():
            flat, where, shape = reshaped_node(node, (size_of(node.shape),)), 0, node.shape
            order = permutation_node(size_of(shape), x.ctx, *self._next_draw())
        else:
            where = normalize_axis("random.permuted", axis, len(node.shape))
            last = transposed_node(node, (*(k for k in range(len(node.shape)) if k != where), where))
            shape, flat = last.shape, reshaped_node(last, (size_of(node.shape),))
            rows = size_of(shape[:-1])
            order = permutations_node(shape[-1], rows * shape[-1], x.ctx, *self._next_draw())
        result = reshaped_node(ordered_node(flat, order), shape)
        if axis is not None and len(shape) > 1:
            result = transposed_node(result, (*range(where), len(shape) - 1, *range(where, len(shape) - 1)))
        return delivered("permuted", result, out) if out is not None else x._like(result)

    def choice(
        self, a: Any, size: Any = None, replace: bool = True, p: Any = None, axis: int = 0, shuffle: bool = True, *, ctx: Device = None
    ) -> Array:
        """A sample of the numbers 0 .. a-1, or of what lies at the places of an array along ``axis``.

        Parameters
        ----------
        a : int, or array or sequence
        size : int or tuple of int, optional
            The shape of the sample; one element, without an axis, by default.
        replace : bool
            Whether a place can be drawn again.
        p : sequence or array of n floats, optional
            The probability of each place; their sum is 1. The result is computed in its float dtype, float32 for a list.
        axis : int
            The axis of the array.
        shuffle : bool
            NumPy's: without replacement the order is random, whatever it says.

        Raises
        ------
        ArgumentError
            Where there is nothing to choose from, or less than is wanted without replacement, and where ``p`` has an element
            that is not from 0 to 1, or another sum than 1.

        Examples
        --------
        >>> import clnd
        >>> clnd.random.default_rng(1).choice(3, 5, p=[0.0, 1.0, 0.0]).tolist()
        [1, 1, 1, 1, 1]
        """
        base = None
        if not isinstance(a, (int, np.integer)):
            base = a if isinstance(a, Array) else from_numpy(as_host("random.choice", a), as_context(ctx))
            if not base.shape:
                raise ShapeError("[random.choice] got an array without dimensions; expected at least one")
        where = 0 if base is None else normalize_axis("random.choice", axis, base.ndim)
        n = operator.index(a) if base is None else base.shape[where]
        shape = expected_size("choice", size, [])
        if n < 1 and (base is None or size_of(shape)):
            raise ArgumentError(f"[random.choice] got {n} to choose from; expected at least 1")
        if not replace and size_of(shape) > n:
            raise ArgumentError(f"[random.choice] got size {shape} of {n} without replacement; expected at most {n}")
        place = base.ctx if base is not None else as_context(ctx)
        if p is not None and n:
            order = weighted_node(self, n, p, shape, replace, place)
        else:
            order = self._sample(n, shape, replace, place)
        return array_of(order) if base is None else base._like(_taken(base._node, order, where))

    def _sample(self, n: int, shape: Shape, replace: bool, ctx: Any) -> Node:
        """Drawn places of n, of ``shape``."""
        count = size_of(shape)
        if replace:
            return draw_node("randint", shape, int64, ctx, self._next_draw, (0, max(n, 1)))
        if count < n // _FEW:
            return reshaped_node(permutations_node(n, count, ctx, *self._next_draw()), shape)
        whole = permutation_node(n, ctx, *self._next_draw())
        return reshaped_node(view_node(whole, 0, (count,), (1,)), shape)

    def _shuffled(self, name: str, x: Array, axis: int) -> Node:
        where, order = self._order_of(name, x, axis)
        return _taken(x._node, order, where)

    def _order_of(self, name: str, x: Array, axis: int) -> tuple[int, Node]:
        """An axis of ``x`` and a drawn order of it."""
        if not x.shape:
            raise ShapeError(f"[random.{name}] got an array without dimensions; expected at least one")
        where = normalize_axis(f"random.{name}", axis, x.ndim)
        return where, permutation_node(x.shape[where], x.ctx, *self._next_draw())
