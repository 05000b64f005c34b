"""Copies to the host that are not waited for, and the NumPy arrays that copies are written into."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.dtypes import DType
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.faults import Fault
from clnd.graph.node import Node
from clnd.graph.run import run
from clnd.ops import sources
from clnd.ops.crossing import in_one_piece
from clnd.ops.views import transposed_node
from clnd.runtime import drivers
from clnd.runtime.opened import OpenDevice, is_complete
from clnd.shapes import Shape, may_overlap

__all__ = ["HostCopy", "check_out"]


class HostCopy:
    """A copy of an array that is on its way to the host: what ``asnumpy(wait=False)`` returns.

    The memory that it is written into lives until it is there, also where nobody keeps this object; `clnd.waitall` waits for it, too.

    Examples
    --------
    >>> import clnd
    >>> copy = clnd.arange(3).asnumpy(wait=False)
    >>> copy.result().tolist(), copy.done()
    ([0, 1, 2], True)
    """

    __slots__ = ("_device", "_event", "_faults", "_host")

    def __init__(self, device: OpenDevice, host: np.ndarray[Any, Any], event: Any, faults: tuple[Fault, ...]) -> None:
        self._device = device
        self._host = host
        self._event = event
        self._faults = faults

    @classmethod
    def begin(cls, node: Node, out: np.ndarray[Any, Any] | None) -> HostCopy:
        """Enqueue the work that ``node`` needs, and its copy into ``out``, which `check_out` has seen, or into a new array."""
        run((node,))  # and the checks of what could be wrong with it
        faults, value, ctx = node.faults, node.value, node.ctx
        assert ctx is not None
        assert value is not None
        device = ctx.device
        host = np.empty(node.shape, node.dtype) if out is None else out
        if value.block.host is not None and device.is_idle():
            device.wait_for_host()
            np.copyto(host, value.shared(node.shape, node.strides, node.dtype))
            return cls(device, host, None, faults)
        # A user's array that is written column by column is so row by row.
        by_rows = host.flags.c_contiguous
        whole, target = in_one_piece(node if by_rows else transposed_node(node, tuple(range(host.ndim))[::-1])), host if by_rows else host.T
        return cls(device, host, _enqueued(device, whole, target), faults)

    def done(self) -> bool:
        """Whether the elements are there, or the device failed; `result` does not wait then.

        Raises
        ------
        ForkError
            In a process that was forked meanwhile: the driver's threads were not.
        """
        if self._event is not None:
            drivers.check_process()
        return is_complete(self._event)

    def result(self) -> np.ndarray[Any, Any]:
        """The NumPy array, when its elements are there.

        Raises
        ------
        ClndError
            What the device found wrong with them, as any read of the array does: an ArgumentError or an IndexingError.
        DriverError
            Where the device failed.
        """
        event = self._event
        if event is not None:
            self._device.wait_for(event)
            self._event = None
        for fault in self._faults:
            fault.look()
        return self._host

    def __repr__(self) -> str:
        state = "there" if is_complete(self._event) else "on its way"
        return f"<HostCopy of shape {self._host.shape}, {self._host.dtype.name}: {state}>"


def _enqueued(device: OpenDevice, node: Node, target: np.ndarray[Any, Any]) -> Any:
    """The event of the copy of a computed node without gaps into ``target``."""
    value = node.value
    assert value is not None
    if value.block.host is not None and np.may_share_memory(target, value.block.host):
        # The user's own memory, which the array was made on: the driver would copy bytes onto themselves.
        apart = sources.COPY.node([node])
        run((apart,))
        value = apart.value
        assert value is not None
    return device.begin_read(value.block, target, value.offset * node.dtype.itemsize)


def check_out(out: Any, shape: Shape, dtype: DType, wait: bool) -> None:
    """Raise where an array of ``shape`` and ``dtype`` cannot be written into ``out``; without ``wait`` it lies in one piece."""
    if not isinstance(out, np.ndarray):
        raise DTypeError(f"[asnumpy] got a {type(out).__name__} for out; expected a NumPy array of shape {shape} and {dtype.name}; use copyto() for an array on a device")
    if out.shape != shape:
        raise ShapeError(f"[asnumpy] got out of shape {out.shape} for an array of shape {shape}; expected equal shapes")
    if out.dtype != dtype:
        raise DTypeError(f"[asnumpy] got out of {out.dtype.name} ({out.dtype.str}) for an array of {dtype.name}; expected {dtype.str}; cast the array with astype()")
    if not out.flags.writeable:
        raise ArgumentError("[asnumpy] got a read-only array for out; expected one that can be written to; leave out away, or use out.copy()")
    if out.size and may_overlap((*out.shape, out.itemsize), (*out.strides, 1)):
        raise ArgumentError(f"[asnumpy] got out with strides {out.strides} for shape {shape}, whose elements share memory; expected an array of its own")
    if not wait and not (out.flags.c_contiguous or out.flags.f_contiguous):
        raise ArgumentError(
            f"[asnumpy] got wait=False and out with strides {out.strides}, which has gaps; expected an array in one piece; use wait=True, or copy from result()"
        )
