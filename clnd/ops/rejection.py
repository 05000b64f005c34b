"""Draws by rejection as nodes: see ``kernels/rejection.py``."""

from __future__ import annotations

from typing import Any

from clnd.context import Context
from clnd.dtypes import DType, int64
from clnd.graph.node import Node, Value
from clnd.graph.primitive import Fused, Primitive
from clnd.graph.record import check_fp64, record
from clnd.kernels import launch, multinomial, rejection
from clnd.kernels.elementwise import reaches_beyond_32_bits
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.random import words
from clnd.kernels.rejection import Form, Place
from clnd.ops.sources import COPY
from clnd.ops.views import row_major, settled, view_node
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, broadcast_strides, contiguous_strides, size_of

__all__ = ["multinomial_node", "rejection_node"]


class _Rejection(Primitive):
    """The op of a draw by rejection.

    Its inputs are the parameters, if they are arrays. ``params`` are kind, dtype computed in, seed, draw number,
    the parameters that are numbers, and the place of the elements in the draw.
    """

    name = "random"
    has_fast = True
    takes_epilogue = True

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Fill a new block with the elements."""
        return (self._drawn(device, node, node.dtype, None, []),)

    def launch_with(self, device: OpenDevice, node: Node, epilogue: Epilogue, values: list[Any]) -> tuple[Value, ...] | None:
        """Draw and go on with ``epilogue``."""
        if not rejection.takes(device, epilogue):
            return None
        return (self._drawn(device, node, epilogue.gives, epilogue.key, values),)

    @staticmethod
    def _drawn(device: OpenDevice, node: Node, gives: DType, after: EpilogueKey | None, values: list[Any]) -> Value:
        kind, dtype, seed, number, scalars, place = node.params
        n, shape, fast = size_of(node.shape), node.shape, node.fast
        block = device.pool.allocate(n * gives.itemsize)
        if n:
            given = list(scalars)
            for x in node.inputs:
                assert x.value is not None
                given += [x.value.block.buffer, x.value.offset]
            form, wide = Form(kind, dtype, bool(node.inputs), after), reaches_beyond_32_bits(n)
            steps = contiguous_strides(shape) if place is None else place.steps
            plan = device.planned(
                ("rejection", form, shape, steps, wide, fast), lambda: rejection.plan(device, form, shape, steps, wide, fast)
            )
            first = 0 if place is None else place.first
            launch.run(device, plan, (block.buffer, 0, *words(seed, number), first, *given, *values))
        return Value(block)


class _Multinomial(Primitive):
    """The op of rows of multinomial counts: inputs are the trials, one or one a row, and the probabilities, one row or all.

    ``params`` are seed, draw number and the number of the first row.
    """

    name = "multinomial"
    has_fast = True

    def launch(self, device: OpenDevice, node: Node, prologue: Fused | None) -> tuple[Value, ...]:
        """Fill a new block with the counts."""
        trials, chances = node.inputs
        seed, number, first = node.params
        *rows, k = node.shape
        n, fast = size_of(tuple(rows)), node.fast
        if n * k == 0:
            return (Value(device.pool.allocate(0)),)
        key = ("multinomial", n, k, chances.dtype, size_of(trials.shape), size_of(chances.shape) // k, reaches_beyond_32_bits(n * k), fast)
        plan = device.planned(key, lambda: multinomial.plan(device, *key[1:]))
        given: list[Any] = [*words(seed, number), first]
        for x in (trials, chances):
            assert x.value is not None
            given += [x.value.block.buffer, x.value.offset]
        return (Value(launch.run(device, plan, given)[0]),)


REJECTION = _Rejection()
MULTINOMIAL = _Multinomial()


def rejection_node(
    kind: str, shape: Shape, dtype: DType, ctx: Context, seed: int, number: int, parameters: tuple[Any, ...], place: Place | None = None
) -> Node:
    """A pending draw of ``kind`` (`kernels.rejection.KINDS`), computed in ``dtype``; counts are int64.

    ``parameters`` are numbers, or nodes of ``dtype`` that broadcast to ``shape``. ``place`` is where the elements stand
    in a larger draw, of which they have the bits.

    Raises
    ------
    DTypeError
        For float64 on a device that has none.
    """
    check_fp64("random." + kind, dtype, ctx)
    form = Form(kind, dtype, operands=False)
    ctx.device.pool.check(size_of(shape) * form.gives.itemsize)
    inputs = tuple(_spread(p, shape) for p in parameters if isinstance(p, Node))
    scalars = () if inputs else parameters
    assert not inputs or len(inputs) == len(parameters)
    return record(REJECTION, inputs, shape, form.gives, ctx, (kind, dtype, seed, number, scalars, place))


def multinomial_node(trials: Node, chances: Node, rows: Shape, seed: int, number: int, first: int = 0) -> Node:
    """Pending counts of shape (\\*rows, k): how often each of k categories was met in the trials of a row.

    ``trials`` and ``chances``, of one float dtype, broadcast to ``rows`` and to rows of k. ``first`` is the number of the first row in its draw.
    """
    k = chances.shape[-1]
    ctx = chances.ctx
    assert ctx is not None
    ctx.device.pool.check(size_of(rows) * k * int64.itemsize)
    every = _spread(trials, rows if size_of(trials.shape) > 1 else trials.shape)
    all_chances = _spread(chances, (*rows, k) if size_of(chances.shape) > k else chances.shape)
    return record(MULTINOMIAL, (every, all_chances), (*rows, k), int64, ctx, (seed, number, first))


def _spread(node: Node, shape: Shape) -> Node:
    """``node`` with an element for each of ``shape``, row-major in memory."""
    if node.shape == shape and settled(node):
        return node
    walked = node
    if node.shape != shape:
        base = row_major(node)
        walked = view_node(base, 0, shape, broadcast_strides(node.shape, contiguous_strides(node.shape), shape))
    return COPY.node([walked])
