"""DLPack: arrays for other libraries, and theirs as arrays, through capsules that describe memory.

On CPU contexts a capsule is NumPy's own, of a read-only view of the array's memory: its deleter is C, and the view holds the
block, so a later write copies. A consumer that knows no read-only memory gets a copy. On GPUs it is of the OpenCL buffer, for consumers that share
the context; host memory is asked for with ``dl_device=(1, 0)``.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from clnd.context import Context
from clnd.errors import ArgumentError, DTypeError, ExchangeError, KindError
from clnd.graph.run import run_to_read
from clnd.ops import sources
from clnd.runtime import opencl_capsule
from clnd.shapes import is_contiguous

__all__ = ["device_of", "exported", "received"]

_CPU, _OPENCL = 1, 4
_HOST = (_CPU, 0)
# What the host can read without asking its owner: memory of the CPU, and memory pinned for CUDA or ROCm.
_HOST_KINDS = (_CPU, 3, 11)
_KNOWS_VERSIONS = tuple(int(n) for n in np.__version__.split(".")[:2]) >= (2, 1)


def device_of(ctx: Context) -> tuple[int, int]:
    """DLPack's name of a context's device: kind and number."""
    return _HOST if ctx.device_type == "cpu" else (_OPENCL, ctx.device_id)


def exported(x: Any, stream: Any, max_version: tuple[int, int] | None, dl_device: tuple[int, int] | None, copy: bool | None) -> Any:
    """The capsule of an array: ``__dlpack__``.

    Raises
    ------
    ExchangeError
        For a device that the memory is not on, and where ``copy=False`` cannot be kept.
    ArgumentError
        For a ``stream``, and for a device or a version that is no pair of integers.
    """
    if stream not in (None, -1):
        raise ArgumentError(f"[__dlpack__] got stream={stream!r}; expected None: what the array waits for is done before it is handed over")
    own = device_of(x.ctx)
    wanted = own if dl_device is None else _pair("dl_device", dl_device)
    if wanted not in (own, _HOST):
        raise ExchangeError(f"[__dlpack__] got dl_device={dl_device} for an array on {x.ctx}; expected {own}, (1, 0) for the host's memory, or None")
    versioned = max_version is not None and _pair("max_version", max_version) >= (1, 0)
    if wanted != _HOST:
        return _of_buffer(x, copy)
    shared = None if copy else x._on_host()
    if shared is not None and versioned and _KNOWS_VERSIONS:
        return shared.__dlpack__(max_version=max_version)
    if copy is False:
        why = f"is on {x.ctx}, whose memory the host cannot see" if shared is None else "is read-only, which DLPack says from version 1.0 on"
        raise ExchangeError(f"[__dlpack__] got copy=False for an array that {why}; use copy=None")
    host = x.asnumpy()
    # Marked as a copy, where there are marks.
    return host.__dlpack__(max_version=max_version, copy=copy) if versioned and _KNOWS_VERSIONS else host.__dlpack__()


def _pair(name: str, given: Any) -> tuple[int, int]:
    try:
        first, second = map(operator.index, given)
    except (TypeError, ValueError):
        raise KindError(f"[__dlpack__] got {name}={given!r}; expected two integers, or None") from None
    return first, second


def _of_buffer(x: Any, copy: bool | None) -> Any:
    """The capsule of an OpenCL buffer: what is pending is done, and the buffer is retained until the consumer lets go."""
    node = x._node
    run_to_read(node)
    if copy or not is_contiguous(node.shape, node.strides):
        if copy is False:
            raise ExchangeError(f"[__dlpack__] got copy=False for a view of shape {node.shape} with gaps; use copy=None")
        node = sources.COPY.node([node])
        run_to_read(node)
    x.ctx.device.finish()
    value = node.value
    return opencl_capsule.make(value.block, value.offset, node.shape, node.strides, node.dtype, x.ctx.device_id)


def received(x: Any, copy: bool | None) -> np.ndarray[Any, Any]:
    """The elements of another library's array as a NumPy array, which shares its memory where that is the host's.

    Raises
    ------
    ExchangeError
        For memory that the host cannot see, and that its owner does not copy or ``copy=False`` forbids to copy.
    DTypeError
        For what has no DLPack.
    """
    if not (hasattr(x, "__dlpack__") and hasattr(x, "__dlpack_device__")):
        raise DTypeError(f"[from_dlpack] got a {type(x).__name__}; expected an array with __dlpack__ and __dlpack_device__; use asarray()")
    kind = int(x.__dlpack_device__()[0])
    if copy is False and kind not in _HOST_KINDS:
        raise ExchangeError(f"[from_dlpack] got copy=False for a {type(x).__name__} on DLPack's device {kind}; expected memory of the host; use copy=None")
    try:
        if copy is False and _KNOWS_VERSIONS:
            return np.from_dlpack(x, copy=False)
        if kind in _HOST_KINDS or not _KNOWS_VERSIONS:
            return np.from_dlpack(x)
        return np.from_dlpack(x, device="cpu")
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise ExchangeError(f"[from_dlpack] got a {type(x).__name__} on DLPack's device {kind} that the host cannot read: {error}; move it to the CPU first") from error
