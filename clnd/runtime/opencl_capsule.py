"""Capsules of DLPack for OpenCL buffers, made with ctypes: the structures, and the functions that end them.

A buffer that was handed over is kept here, with its block, until the consumer calls the deleter. Deleter and destructor are Python
functions: when the interpreter ends they are taken out of what is still held, which then lives as long as the process.
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
from typing import Any

import pyopencl as cl

from clnd.runtime.memory import Block

__all__ = ["handed_over", "make"]

_NAME = b"dltensor"
_OPENCL = 4
_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}


class _Device(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int32), ("number", ctypes.c_int32))


class _DataType(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16))


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p), ("device", _Device), ("ndim", ctypes.c_int32), ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64),
    )  # fmt: skip


class _Managed(ctypes.Structure):
    _fields_ = (("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p))


_handed: dict[int, Any] = {}
"""What consumers hold: structure, block and buffer, by a number that stands in the structure."""
_capsules: set[int] = set()
"""The addresses of the capsules that are there."""
_numbers = itertools.count(1)


def handed_over() -> int:
    """How many buffers consumers hold."""
    return len(_handed)


def _deleted(managed: int) -> None:
    """What the consumer calls when it is done."""
    _handed.pop(_Managed.from_address(managed).context, None)


def _destroyed(capsule: int) -> None:
    """The end of a capsule: a consumer has renamed it, and calls the deleter; else nobody took what is in it."""
    _capsules.discard(capsule)
    if _is_valid(capsule, _NAME):
        _deleted(_pointer(capsule, _NAME))


_END = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_delete, _destroy = _END(_deleted), _END(_destroyed)

# The capsule is passed as an address: it is being destroyed, and gets no reference.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_IsValid", ctypes.pythonapi))
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
_set_destructor = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(("PyCapsule_SetDestructor", ctypes.pythonapi))
_hold = ctypes.PYFUNCTYPE(None, ctypes.py_object)(("Py_IncRef", ctypes.pythonapi))
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(("PyCapsule_New", ctypes.pythonapi))


def make(block: Block, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any, number: int) -> Any:
    """The capsule of an array in ``block``: ``offset`` and ``strides`` in elements."""
    key = next(_numbers)
    lengths, steps = (ctypes.c_int64 * len(shape))(*shape), (ctypes.c_int64 * len(shape))(*strides)
    retained: Any = cl.Buffer.from_int_ptr(block.buffer.int_ptr, retain=True)
    managed = _Managed()
    t = managed.tensor
    t.data, t.ndim, t.byte_offset = retained.int_ptr, len(shape), offset * dtype.itemsize
    t.device.kind, t.device.number = _OPENCL, number
    t.dtype.code, t.dtype.bits, t.dtype.lanes = _CODES[dtype.kind], 8 * dtype.itemsize, 1
    t.shape, t.strides = lengths, steps
    managed.context, managed.deleter = key, ctypes.cast(_delete, ctypes.c_void_p).value
    _handed[key] = (managed, block, retained, lengths, steps)
    capsule = _new(ctypes.addressof(managed), _NAME, ctypes.cast(_destroy, ctypes.c_void_p).value)
    _capsules.add(id(capsule))
    return capsule


@atexit.register
def _let_stand() -> None:
    """The interpreter ends: no function of Python may be called any more for what consumers hold."""
    for capsule in list(_capsules):
        _set_destructor(capsule, None)
    for held in list(_handed.values()):
        held[0].deleter = None
        _hold(held)
