"""Contexts: the names of devices, and the device each of them opens.

``cpu(0)`` and ``gpu(1)`` are names; nothing is asked of a driver until a name is used. A driver
can be named too: ``cpu(0)@intel``. Among several CPU drivers Intel's comes first, then the newest
PoCL, then others; Oclgrind, a checker and not a driver for work, is reached by name only.
"""

from __future__ import annotations

import contextlib
import operator
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, SupportsIndex

from clnd.errors import ContextError, DriverError
from clnd.requirements import pip
from clnd.runtime import drivers
from clnd.runtime.device import DeviceInfo
from clnd.runtime.opened import OpenDevice
from clnd.runtime.state import process
from clnd.settings import PretendedGpu, settings

__all__ = ["Context", "contexts", "cpu", "current_context", "gpu", "num_gpus"]

_NAME = r"\s*(cpu|gpu)(?:\((\d+)\))?(?:@([a-z0-9-]+))?\s*"
_KINDS = ("cpu", "gpu")


class Context:
    """The name of a device: ``Context("gpu", 1)``, ``Context("cpu(0)@intel")``, ``gpu(1)``.

    Contexts are equal when they name the same kind, number and driver; each name is one object.
    ``with context:`` makes it the default of this thread; blocks nest.

    Parameters
    ----------
    device_type : str or Context
        "cpu", "gpu", a whole name such as "gpu(1)", or a Context.
    device_id : int
        Which of the devices of that kind, from 0.
    driver : str, optional
        The driver's short name, such as "pocl", "intel", "nvidia".

    Raises
    ------
    ContextError
        Where the name is not one. Whether the device exists is looked at on first use.

    Examples
    --------
    >>> import clnd
    >>> clnd.Context("cpu", 0) == clnd.cpu()
    True
    >>> str(clnd.Context("gpu(1)"))
    'gpu(1)'
    """

    __slots__ = ("_device", "device_id", "device_type", "driver")
    _interned: ClassVar[dict[tuple[str, int, str], Context]] = {}

    device_type: str
    device_id: int
    driver: str
    _device: OpenDevice | None

    def __new__(cls, device_type: str | Context = "cpu", device_id: int = 0, driver: str = "") -> Context:
        if isinstance(device_type, Context):
            return device_type
        if not isinstance(device_type, str):
            raise ContextError(
                f"[Context] got {device_type!r}; expected a context or its name, such as 'cpu(0)' or 'gpu(1)'"
            )
        match = re.fullmatch(_NAME, device_type)
        if match is None:
            raise ContextError(
                f"[Context] got {device_type!r}; expected a name such as 'cpu(0)', 'gpu(1)' or 'cpu(0)@pocl'"
            )
        kind, number, named_driver = match.groups()
        device_id = int(number) if number is not None else device_id
        if isinstance(device_id, bool) or not isinstance(device_id, SupportsIndex) or operator.index(device_id) < 0:
            raise ContextError(f"[Context] got device number {device_id!r}; expected an integer from 0 on")
        key = (kind, operator.index(device_id), named_driver or driver or "")
        found = cls._interned.get(key)
        if found is None:
            found = super().__new__(cls)
            found.device_type, found.device_id, found.driver = key
            found._device = None
            # One step: another thread, or a signal handler, may have made it meanwhile.
            found = cls._interned.setdefault(key, found)
        return found

    @property
    def device(self) -> OpenDevice:
        """The opened device of this name.

        Raises
        ------
        ContextError
            Where there is no such device; the message lists those that exist and what to install.
        """
        device = self._device
        if device is None:
            device = self._device = _open(self)
        return device

    @property
    def info(self) -> DeviceInfo:
        """The facts of the device."""
        return self.device.described()

    @contextlib.contextmanager
    def played_by(self, device: OpenDevice) -> Iterator[None]:
        """Within the block ``device`` is the device of this name, in every thread: for the tuner, which has copies."""
        before = self.device
        self._device = device
        try:
            yield
        finally:
            self._device = before

    def empty_cache(self) -> None:
        """Give memory that waits to be used again back to the driver."""
        self.device.pool.release_cached()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash((self.device_type, self.device_id, self.driver))

    def __str__(self) -> str:
        return f"{self.device_type}({self.device_id})" + (f"@{self.driver}" if self.driver else "")

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return Context, (self.device_type, self.device_id, self.driver)

    def __enter__(self) -> Context:
        _stack().append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _stack().pop()


Device = Context | str | None
"""What an argument ``ctx=`` or ``device=`` may be."""


def cpu(device_id: int = 0) -> Context:
    """The CPU device number ``device_id``."""
    return Context("cpu", device_id)


def gpu(device_id: int = 0) -> Context:
    """The GPU number ``device_id``."""
    return Context("gpu", device_id)


# --- the default of a thread -----------------------------------------------------------------

_thread = threading.local()


def _stack() -> list[Context]:
    try:
        stack: list[Context] = _thread.stack
    except AttributeError:
        stack = _thread.stack = []
    return stack


def current_context() -> Context:
    """The context that arrays are made on where none is named.

    The innermost ``with context:`` of this thread; else CLND_DEVICE; else cpu(0), or the first
    GPU where no CPU driver is installed.
    """
    stack = _stack()
    return stack[-1] if stack else _default()


def as_context(context: Device) -> Context:
    """The context that an argument ``ctx=`` or ``device=`` means: a context, its name, or None for the default."""
    if context is None:
        return current_context()
    if isinstance(context, Context):
        return context
    return Context(context)


_default_context: list[Context] = []


def _default() -> Context:
    if not _default_context:
        if settings.device:
            _default_context.append(Context(settings.device))
        else:
            slots = _slots()
            kinds = {slot.kind for slot in slots}
            _default_context.append(Context("gpu" if "cpu" not in kinds and "gpu" in kinds else "cpu", 0))
    return _default_context[0]


# --- which devices exist ---------------------------------------------------------------------


@dataclass
class _Slot:
    """A device that a driver offers, before it is opened. ``named_only``: found by its driver's name only."""

    kind: str
    driver: str
    platform: Any
    device: Any
    name: str
    fp64: bool = True
    named_only: bool = False
    opened: OpenDevice | None = None


_found: list[_Slot] = []


def _slots() -> list[_Slot]:
    """Every device of every driver, in the order in which contexts count them."""
    drivers.check_process()
    with process.query_lock:
        if not _found:
            slots = _find()
            if not _found:  # a signal handler may have looked meanwhile
                _found.extend(slots)
        return _found


def _find() -> list[_Slot]:
    platforms = drivers.platforms()
    cpus: list[tuple[Any, _Slot]] = []
    gpus: list[_Slot] = []
    for platform in platforms:
        driver = drivers.driver_key(platform)
        for device in drivers.devices(platform):
            name = device.name.strip()
            kind = drivers.device_kind(device)
            slot = _Slot(kind, driver, platform, device, name, named_only=driver == "oclgrind")
            if driver == "oclgrind":
                slot.kind = "cpu"
            if slot.kind == "cpu":
                cpus.append((drivers.cpu_rank(platform), slot))
            else:
                gpus.append(slot)
    cpus.sort(key=lambda ranked: ranked[0])
    found = [slot for _, slot in cpus]
    return found + [_played(gpu, found + gpus) for gpu in settings.pretend_gpus] + gpus


def _played(gpu: PretendedGpu, found: list[_Slot]) -> _Slot:
    """A GPU that the first device of a driver plays. One device may play several: each has a context, a queue and memory of its own."""
    for slot in found:
        if slot.driver == gpu.driver:
            return _Slot("gpu", slot.driver, slot.platform, slot.device, slot.name, fp64=gpu.fp64)
    raise ContextError(
        f"[Context] CLND_PRETEND_GPU is {gpu.driver!r}, and no driver of that name is installed; "
        f"there are: {', '.join(sorted({slot.driver for slot in found}))}"
    )


def _matching(context: Context) -> list[_Slot]:
    slots = [s for s in _slots() if s.kind == context.device_type]
    if context.driver:
        return [s for s in slots if s.driver == context.driver]
    return [s for s in slots if not s.named_only]


def _open(context: Context) -> OpenDevice:
    drivers.check_process()
    with process.query_lock:
        slots = _matching(context)
        if context.device_id >= len(slots):
            raise ContextError(_missing(context))
        slot = slots[context.device_id]
        if slot.opened is None:
            device = OpenDevice(slot.platform, slot.device, slot.kind, settings.kernel_family, slot.fp64)
            if slot.opened is None:  # a signal handler may have opened it meanwhile, and made arrays on it
                slot.opened = device
        return slot.opened


def why(context: Context) -> str:
    """Why the device of this name, which exists, is the one that the name stands for."""
    slots = _matching(context)
    slot = slots[context.device_id]
    if slot.named_only:
        return "a checker, used where its driver is named"
    if slot.kind == "cpu":
        return drivers.why_cpu([each.platform for each in slots], context.device_id)
    if drivers.device_kind(slot.device) == "cpu":
        return "a CPU that plays a GPU, because CLND_PRETEND_GPU says so"
    return f"{drivers.title(slot.platform)}, in the order of the loader" if len(slots) > 1 else f"{drivers.title(slot.platform)} is the only driver of GPUs"


def _missing(context: Context) -> str:
    there = [f"{name} ({slot.name}, {slot.driver})" for name, slot in _named_slots()]
    advice = {
        "gpu": "install your GPU vendor's OpenCL driver",
        "cpu": f"install a CPU driver with: {pip()} install pocl-binary-distribution",
    }[context.device_type]
    message = (
        f"[Context] there is no {context}; there are: {', '.join(there) or 'no devices'}; "
        f"choose one of these, or {advice}"
    )
    # Drivers that are installed and had to be left out, and what each one lacks.
    return "\n  ".join([message, *drivers.prepare().notes])


def _named_slots() -> list[tuple[str, _Slot]]:
    counts: dict[str, int] = {}
    named = []
    for slot in _slots():
        if slot.named_only:
            named.append((f"{slot.kind}(0)@{slot.driver}", slot))
            continue
        number = counts.get(slot.kind, 0)
        counts[slot.kind] = number + 1
        named.append((f"{slot.kind}({number})", slot))
    return named


def contexts(*, checkers: bool = False) -> tuple[Context, ...]:
    """Every context that exists here, CPUs first. Checkers, reached by name only, are left out unless asked for."""
    return tuple(Context(name) for name, slot in _named_slots() if checkers or not slot.named_only)


def num_gpus() -> int:
    """How many GPUs have a working OpenCL driver; 0 where there is no driver at all."""
    try:
        return sum(slot.kind == "gpu" for slot in _slots())
    except DriverError:
        return 0


def opened_contexts() -> tuple[Context, ...]:
    """The contexts whose devices are in use."""
    return tuple(c for c in list(Context._interned.values()) if c._device is not None)
