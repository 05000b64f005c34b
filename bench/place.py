"""Where a benchmark runs: a context, the peers that are installed, and arrays for each of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

import clnd

__all__ = ["Host", "Place", "wait"]

Host = Any
"""A NumPy array."""

_SHRINK = 16


def _optional(module: str) -> Any:
    """A package that need not be installed, or None."""
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _cupy() -> Any:
    """CuPy where it sees a GPU, or None."""
    cupy = _optional("cupy")
    try:
        return cupy if cupy is not None and cupy.cuda.runtime.getDeviceCount() else None
    except Exception:  # it has errors of its own for a driver that is missing, or too old
        return None


def wait(array: Any) -> Any:
    """A clnd array when its values are there."""
    array.wait_to_read()
    return array


class Place:
    """A context with its peers.

    Parameters
    ----------
    ctx : Context or str, optional
        Where clnd runs; the current context by default.
    quick : bool
        Large arrays are a sixteenth as large.
    """

    def __init__(self, ctx: Any = None, quick: bool = False) -> None:
        self.ctx = clnd.current_context() if ctx is None else clnd.Context(ctx)
        self.quick = quick
        self.random = np.random.default_rng(2026)
        self.numexpr = _optional("numexpr")
        self.numpy = np
        self.scipy_special = _optional("scipy.special")
        self.torch = _optional("torch")
        self.cl_array = _optional("pyopencl.array")
        self.cl_math = _optional("pyopencl.clmath")
        self.clblast = _optional("pyclblast")
        self.tinygrad = _optional("tinygrad")
        self.queue = self.ctx.device.queue
        cuda = self.torch is not None and self.ctx.device_type == "gpu" and self.torch.cuda.is_available()
        self.torch_device = "cuda" if cuda else "cpu"
        self.cupy = _cupy() if self.ctx.device_type == "gpu" else None

    def size(self, n: int) -> int:
        """The number of elements for ``n``."""
        return n // _SHRINK if self.quick else n

    def edge(self, n: int) -> int:
        """The length of a matrix's edge for ``n``."""
        return n // 4 if self.quick else n

    def numbers(self, *shape: int, dtype: str = "float32") -> Host:
        """Random numbers from 0.5 to 1.5 on the host."""
        return self.random.random(shape, np.dtype(dtype).type) + np.dtype(dtype).type(0.5)

    def array(self, host: Host) -> Any:
        """A clnd array with its values there."""
        return wait(clnd.asarray(host, device=self.ctx))

    def tensor(self, host: Host) -> Any:
        """A PyTorch tensor."""
        return self.torch.from_numpy(host).to(self.torch_device)

    def on_cupy(self, host: Host) -> Any:
        """A CuPy array, on the GPU."""
        return self.cupy.asarray(host)

    def cupy_call(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """``call`` that returns when CuPy's result is there."""

        def waited() -> Any:
            result = call()
            self.cupy.cuda.Device().synchronize()
            return result

        return waited

    def cl_arrays(self, *hosts: Host) -> list[Any]:
        """Arrays of pyopencl on the device, for CLBlast."""
        return [self.cl_array.to_device(self.queue, host) for host in hosts]

    def tinygrad_product(self, a: Host, b: Host) -> Callable[[], Any]:
        """tinygrad's product on its first OpenCL device: compiled once, and waited for."""
        tinygrad = self.tinygrad
        x, y = (tinygrad.Tensor(host, device="CL").realize() for host in (a, b))
        product = tinygrad.TinyJit(lambda u, v: (u @ v).realize())

        def waited() -> Any:
            result = product(x, y)
            tinygrad.Device["CL"].synchronize()
            return result

        for _ in range(3):  # plain, recorded, replayed
            waited()
        return waited

    def missing(self) -> list[str]:
        """The packages of peers that are not installed: their columns are empty."""
        found = {
            "numexpr": self.numexpr, "torch": self.torch, "pyclblast": self.clblast, "tinygrad": self.tinygrad,
        }  # fmt: skip
        if self.ctx.device_type == "gpu":
            found["cupy"] = self.cupy
        return [name for name, module in found.items() if module is None]

    def torch_call(self, call: Callable[[], Any]) -> Callable[[], Any]:
        """``call`` that returns when PyTorch's result is there."""
        if self.torch_device == "cpu":
            return call

        def waited() -> Any:
            result = call()
            self.torch.cuda.synchronize()
            return result

        return waited
