"""Random draws as nodes. What a draw gives is fixed when it is recorded, not when it runs."""

from __future__ import annotations

from typing import Any

from clnd.context import Context
from clnd.dtypes import DType
from clnd.graph.fuse import Task
from clnd.graph.node import Node, Value
from clnd.graph.op import check_fp64, record
from clnd.kernels import random
from clnd.kernels.epilogues import Epilogue
from clnd.runtime.memory import Block
from clnd.shapes import Shape, size_of

__all__ = ["draw_node"]


class _Draw:
    """The op of a draw: ``params`` are its kind, seed, draw number and parameters."""

    name = "random"
    is_elementwise = False
    has_fast = True
    fast = False  # recorded in that math mode
    takes_epilogue = True

    def launch(self, device: Any, node: Node, task: Task) -> None:
        """Fill a new block with the stream's elements."""
        kind, seed, number, parameters = node.params
        n = size_of(node.shape)
        block = device.pool.allocate(n * node.dtype.itemsize)
        random.launch(device, kind, node.dtype, n, seed, number, parameters, block, fast=self.fast)
        node.value = Value(block)

    def launch_into(self, device: Any, node: Node, epilogue: Epilogue, block: Block) -> bool:
        """Draw, go on with ``epilogue`` and fill ``block``; False, and nothing done, where the kernel cannot."""
        kind, seed, number, parameters = node.params
        n = size_of(node.shape)
        return random.launch(device, kind, node.dtype, n, seed, number, parameters, block, fast=self.fast, epilogue=epilogue)


DRAW = _Draw()


def draw_node(kind: str, shape: Shape, dtype: DType, ctx: Context, seed: int, number: int, parameters: tuple[Any, ...]) -> Node:
    """A pending draw: element i is word i of stream (``seed``, ``number``), whatever the device."""
    check_fp64("random." + kind, dtype, ctx)
    ctx.device.pool.check(size_of(shape) * dtype.itemsize)
    return record(DRAW, (), shape, dtype, ctx, (kind, seed, number, parameters))
