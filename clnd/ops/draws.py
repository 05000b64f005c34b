"""Random draws as nodes, and arrays in a drawn order. What a draw gives is fixed when it is recorded, not when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clnd.context import Context
from clnd.dtypes import DType, int64
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, record
from clnd.graph.run import strided
from clnd.kernels import copy, launch, permutation, random
from clnd.kernels.elementwise import reaches_beyond_32_bits
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.kernel import Strided
from clnd.kernels.launch import Plan
from clnd.ops.parameters import checked
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, contiguous_strides, size_of

__all__ = ["draw_node", "ordered_node", "permutation_node", "permutations_node"]


class _Draw(Primitive):
    """The op of a draw: ``params`` are its kind, seed, draw number and the numbers that its kernel takes."""

    name = "random"
    has_fast = True
    takes_epilogue = True

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Fill a new block with the stream's elements."""
        return (self._drawn(device, node, node.dtype, None, []),)

    def launch_with(self, device: OpenDevice, node: Node, epilogue: Epilogue, values: list[Any]) -> tuple[Value, ...] | None:
        """Draw and go on with ``epilogue``."""
        if not random.takes(device, node.params[0], node.dtype, epilogue):
            return None
        return (self._drawn(device, node, epilogue.gives, epilogue.key, values),)

    def foreseen(self, device: OpenDevice, node: Node, epilogue: Epilogue | None) -> tuple[Plan, ...]:
        """The one launch."""
        if not size_of(node.shape) or (epilogue is not None and not random.takes(device, node.params[0], node.dtype, epilogue)):
            return ()
        return (self._plan(device, node, None if epilogue is None else epilogue.key),)

    @staticmethod
    def _plan(device: OpenDevice, node: Node, after: EpilogueKey | None) -> Plan:
        kind, dtype, fast, n = node.params[0], node.dtype, node.fast, size_of(node.shape)
        wide = reaches_beyond_32_bits(n)
        key = ("random", kind, dtype, n, wide, fast, after)
        return device.planned(key, lambda: random.plan(device, kind, dtype, n, wide, fast, after))

    @classmethod
    def _drawn(cls, device: OpenDevice, node: Node, gives: DType, after: EpilogueKey | None, values: list[Any]) -> Value:
        _, seed, number, scalars = node.params
        n = size_of(node.shape)
        block = device.pool.allocate(n * gives.itemsize)
        if n:
            launch.run(device, cls._plan(device, node, after), (block.buffer, 0, *random.words(seed, number), *scalars, *values))
        return Value(block)


class _Permutation(Primitive):
    """The op of a permutation of 0 .. n-1, or the start of one, or of rows of them: ``params`` are seed, draw number and n, if it is not all."""

    name = "permutation"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Fill a new block with the numbers in their drawn order."""
        seed, number, n = node.params
        made = size_of(node.shape)
        block = device.pool.allocate(made * node.dtype.itemsize)
        permutation.launch(device, made if n is None else n, seed, number, block, None if n is None else made)
        return (Value(block),)


class _Ordered(Primitive):
    """The op of an array with the places of its first axis in another order: inputs are the array and the order."""

    name = "ordered"

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Gather what lies at each place into a new block."""
        base, order = node.inputs
        block = device.pool.allocate(size_of(node.shape) * node.dtype.itemsize)
        target = Strided(block, 0, contiguous_strides(node.shape))
        copy.launch(device, node.dtype.itemsize, node.shape, strided(base), target, strided(order))
        return (Value(block),)


DRAW = _Draw()
PERMUTATION = _Permutation()
ORDERED = _Ordered()


def draw_node(kind: str, shape: Shape, dtype: DType, ctx: Context, next_draw: Callable[[], tuple[int, int]], parameters: tuple[Any, ...]) -> Node:
    """A pending draw: element i is word i of the stream of a seed and a draw number, whatever the device.

    ``next_draw`` gives both. It is asked once the parameters are checked: what is refused takes no number.

    Raises
    ------
    ArgumentError, DTypeError
        As `parameters.checked`, and for float64 on a device that has none.
    """
    scalars = checked(kind, dtype, *parameters)
    seed, number = next_draw()
    check_fp64("random." + kind, dtype, ctx)
    ctx.device.pool.check(size_of(shape) * dtype.itemsize)
    node = record(DRAW, (), shape, dtype, ctx, (kind, seed, number, scalars))
    if kind == "randint":
        low, high = parameters
        node.limits = (int(low), int(high) - 1)
    return node


def permutation_node(n: int, ctx: Context, seed: int, number: int) -> Node:
    """A pending permutation of 0 .. n-1 as int64, that of stream (``seed``, ``number``)."""
    ctx.device.pool.check(8 * n)
    return record(PERMUTATION, (), (n,), int64, ctx, (seed, number, None))


def permutations_node(n: int, made: int, ctx: Context, seed: int, number: int) -> Node:
    """So many pending elements of rows of n places, each in an order of its own: places are numbered over all rows.

    The first row is `permutation_node`'s: fewer than n elements are its start.
    """
    ctx.device.pool.check(8 * made)
    return record(PERMUTATION, (), (made,), int64, ctx, (seed, number, n))


def ordered_node(base: Node, order: Node) -> Node:
    """``base`` with place ``order[i]`` of its first axis at place i; ``order`` holds int64 numbers of places, as many as are wanted."""
    return record(ORDERED, (base, order), (*order.shape, *base.shape[1:]), base.dtype, base.ctx)
