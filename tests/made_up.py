"""Made-up devices: the whole library runs on them, but nothing is compiled and nothing computed. What would be compiled is kept."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from typing import Any, ClassVar
from unittest import mock

from clnd.context import Context
from clnd.runtime import launch
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.runtime.variants import Variants
from clnd.templates import Source

__all__ = ["MadeUpDevice", "info", "played"]


def info(**changes: Any) -> DeviceInfo:
    """A device with little of everything."""
    values: dict[str, Any] = {
        "driver": "made-up", "platform": "", "name": "made up", "vendor": "", "version": "", "kind": "cpu", "family": "cpu", "compute_units": 2,
        "max_work_group_size": 1024, "local_mem_size": 32768, "global_mem_size": 1 << 34, "max_alloc_size": 1 << 32, "fp64": True,
        "unified_memory": False,
    }  # fmt: skip
    return DeviceInfo(**(values | changes))


class _Kernel:
    """Takes any arguments."""

    _saved = True
    busy = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.cl = self
        # The items of its largest work-group; 0 before it is launched.
        self.items = 0

    def set_scalar_types(self, types: Any) -> None:
        pass

    def twin(self) -> Any:
        return self

    def set_args(self, *args: Any) -> None:
        pass


class _Programs:
    """In place of a device's programs: keeps (name of the kernel, source) in order, and the kernel; holds keys of sources to what they promise."""

    # What each key stands for, of all made-up devices.
    hashes: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        self.kernels: dict[tuple[str, str], _Kernel] = {}

    @staticmethod
    def may_build_together() -> bool:
        """There is nothing to compile with."""
        return False

    def kernel(self, source: Source | str, name: str) -> Any:
        text = str(source)
        if isinstance(source, Source):
            assert source.key is not None, f"the source of {name} cannot be looked up before it is rendered: fingerprint.of_values"
            assert self.hashes.setdefault(source.key, hash(text)) == hash(text), f"two sources of {name} have one key"
        return self.kernels.setdefault((name, text), _Kernel(name))


class _Block:
    host = None
    is_foreign = False

    def __init__(self, pool: _Pool, size: int) -> None:
        self.pool, self.size, self.buffer = pool, size, object()


class _Pool:
    def allocate(self, nbytes: int) -> Any:
        return _Block(self, nbytes)

    def check(self, nbytes: int) -> None:
        pass

    def capacity(self) -> int:
        return 1 << 40


class MadeUpDevice(OpenDevice):
    """A device that is not there."""

    def __init__(self, info: DeviceInfo) -> None:
        self.lock = threading.RLock()
        self.info = info
        self.programs: Any = _Programs()
        self.pool: Any = _Pool()
        self.queue: Any = None
        self.last: Any = []
        self.variants, self.plans = Variants(512), Variants(4096)
        self.parameters = {}

    def described(self) -> DeviceInfo:
        return self.info

    def write(self, *args: Any, **kwargs: Any) -> None:
        pass

    def read(self, block: Any, host: Any, offset: int = 0) -> None:
        """Zeros: what a program asks the device for (a count, a range) is none."""
        host.fill(0)

    def finish(self) -> None:
        pass

    def taken(self) -> list[tuple[str, str]]:
        """The kernels (name, source) asked for since the last call, each once. They are forgotten, so the next use asks again."""
        return [*self.launched()]

    def launched(self) -> dict[tuple[str, str], int]:
        """What `taken` gives, with the items of each kernel's largest work-group; 0 where it was not launched."""
        kernels, self.programs.kernels = self.programs.kernels, {}
        self.variants.clear()
        self.plans.clear()
        return {key: kernel.items for key, kernel in kernels.items()}


def _note(queue: Any, kernel: _Kernel, shape: tuple[int, ...], local: tuple[int, ...]) -> None:
    """A launch: only the size of its work-groups is noted."""
    kernel.items = max(kernel.items, math.prod(local))


@contextlib.contextmanager
def played(device: OpenDevice) -> Iterator[Context]:
    """A context whose device is ``device``, the default one within the block; launches do nothing."""
    ctx = Context("cpu", 0, "made-up")
    ctx._device = device
    try:
        with ctx, mock.patch.object(launch, "_enqueue", _note):
            yield ctx
    finally:
        ctx._device = None
