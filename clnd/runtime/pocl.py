"""What PoCL is helped with when it starts: a CPU for each of its threads, the name of the CPU that it makes code for, a second device.

PoCL has a thread for each CPU, which sleeps while there is no work. Each launch wakes them all, and Linux often puts two
of them on one CPU while another stays idle: a product of 512 x 512 then takes as long as on one of two CPUs. So each is tied to a CPU of
its own (`spread`), as PoCL's own setting POCL_AFFINITY does; but that one knows nothing of the CPUs that a process may not use.

The wheel holds PoCL 3.0 with LLVM 14 and a library of OpenCL's functions for each level of x86. The
library is chosen by what the CPU can do, the target by LLVM's name for it. LLVM 14 calls CPUs that came
after it "generic", which its own front end refuses (Zen 5: no kernel compiles at all), and knows no AMD
CPU with AVX-512 (Zen 4: "znver3", so that functions of the AVX-512 library cannot be inlined, and vectors
of 64 bytes end the compiler). Later PoCL names the CPU that the library was made for; so does `mend` here.

OpenCL and PoCL 3.0 have no setting for it, so the name is replaced in the driver's record of the device.
Nothing is touched unless the driver is that very build, and the record is seen to lie as expected.

The second device, "basic", is for `caller`. No context is named after it.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from clnd.runtime import processor
from clnd.runtime.state import process
from clnd.settings import settings

if TYPE_CHECKING:  # loading it would start the drivers
    import pyopencl as cl

__all__ = ["AVX512_TARGETS", "VERSION", "basic_beside", "better_target", "devices_to_ask_for", "has_basic", "mend", "start", "target"]

AVX512_TARGETS = frozenset(
    ("skylake-avx512", "cascadelake", "cooperlake", "cannonlake", "icelake-client", "icelake-server", "rocketlake", "tigerlake", "sapphirerapids")
)
"""The CPUs that LLVM 14 makes vectors of 64 bytes for."""

VERSION = "3.0-rc2"
"""What the driver of pocl-binary-distribution 3.0, the last wheel there is, calls its version."""

_PLATFORMS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)
_PLATFORM_INFO = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_void_p)
_PLATFORM_VERSION = 0x0901

# Its library, and where in a device's record the target's triple and CPU stand (`llvm_target_triplet` and `llvm_cpu`
# of struct _cl_device_id).
_LIBRARY = "libpocl-21062cec.so"
_TRIPLE, _TRIPLE_AT, _CPU_AT = b"x86_64-unknown-linux-gnu", 0x278, 0x280

# The CPUs that the libraries were made for, the best first, and what a CPU needs for each, in Linux's words.
_LEVELS = (
    ("skylake-avx512", {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx2", "fma", "bmi1", "bmi2", "movbe"}),
    ("haswell", {"avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe"}),
    ("x86-64", {"sse2"}),
)


def start(devices: Callable[[], list[cl.Device]], asked: bool = False) -> None:
    """Ask for the devices of PoCL, which starts its threads, and put right what can be. POCL_AFFINITY leaves its threads to the user.

    ``asked``: it was told to make the device "basic" as well, which is kept apart then, in ``process.basic``.
    """
    before = processor.threads()
    found = devices()
    if not os.environ.get("POCL_AFFINITY"):
        processor.spread(processor.threads() - before)
    for device in found:
        mend(device)
    if asked and any(_kind(device) == "pthread" for device in found):
        process.basic += [device for device in found if _kind(device) == "basic"]


# --- the device "basic" ------------------------------------------------------------------------


def devices_to_ask_for(libraries: Iterable[str]) -> str:
    """What POCL_DEVICES has to be for the PoCLs of these ``libraries`` to make the device "basic", too; empty where it is left alone.

    The loader may ask for devices when it is first called, and PoCL looks at the variable then.
    """
    versions = [_version(library) for library in libraries]
    wanted = settings.pocl_basic and not os.environ.get("POCL_DEVICES") and versions
    return "pthread basic" if wanted and all(has_basic(version) for version in versions) else ""


def has_basic(version: str) -> bool:
    """Whether a PoCL whose platform has this ``version`` has the devices "pthread" and "basic", and no driver for other hardware.

    These two are the CPU of PoCL 3. Later ones call them otherwise, and a build for GPUs would make no device for them when it is asked for these two.
    """
    return bool(re.search(r"\bPoCL 3\.", version)) and not re.search(r"\b(CUDA|HSA|TCE|PROXY|REMOTE|VULKAN|LEVEL0)\b", version)


def basic_beside(device: cl.Device) -> cl.Device | None:
    """The device "basic" of the PoCL whose device "pthread" is ``device``, unless it can do less; None for any other device."""
    if _kind(device) != "pthread":
        return None
    limits = ("max_mem_alloc_size", "global_mem_size", "local_mem_size", "max_work_group_size")
    for basic in process.basic:
        if basic.platform == device.platform and all(getattr(basic, limit) >= getattr(device, limit) for limit in limits):
            return basic
    return None


def _version(library: str) -> str:
    """What the only platform of a driver's library calls its version; empty where that cannot be asked. It makes no device."""
    platform, text = ctypes.c_void_p(), ctypes.create_string_buffer(256)
    try:
        look_up = ctypes.CDLL(library).clGetExtensionFunctionAddress  # as the loader does
    except (OSError, AttributeError):
        return ""
    look_up.restype = ctypes.c_void_p
    found = look_up(b"clIcdGetPlatformIDsKHR")
    if not found or _PLATFORMS(found)(1, ctypes.byref(platform), None) or not platform.value:
        return ""
    # A platform begins with a pointer to its functions, of which `clGetPlatformInfo` is the second one.
    functions = ctypes.cast(platform, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    ask = _PLATFORM_INFO(functions[1] or 0)
    return "" if ask(platform, _PLATFORM_VERSION, len(text), text, None) else text.value.decode("ascii", "replace")


def _kind(device: cl.Device) -> str:
    """What PoCL calls the kind of device, which its name begins with."""
    return str(device.name).strip().partition("-")[0]


def better_target(name: str, flags: Set[str]) -> str:
    """What to call a CPU with these ``flags`` that LLVM 14 calls ``name``; the same name where it is good."""
    best = next((cpu for cpu, needs in _LEVELS if needs <= flags), name)
    hides_avx512 = name.startswith("znver") and best == "skylake-avx512"
    return best if name == "generic" or hides_avx512 else name


def target(device: cl.Device) -> str:
    """The CPU that code for ``device`` is made for; empty where that is not known: any driver but the wheel's PoCL."""
    if sys.platform != "linux" or device.driver_version.strip() != VERSION or not _is_loaded():
        return ""
    if _text(device.int_ptr + _TRIPLE_AT) != _TRIPLE:
        return ""
    return _text(device.int_ptr + _CPU_AT).decode("ascii", "replace")


def mend(device: cl.Device) -> None:
    """Have code for ``device`` made for `better_target`, unless CLND_MEND_POCL is 0. Before its first program: the compiler keeps the name."""
    if not settings.mend_pocl:
        return
    name = target(device)
    better = better_target(name, processor.flags()) if name else name
    if better != name:
        kept = process.names_for_pocl.setdefault(better, ctypes.create_string_buffer(better.encode()))
        ctypes.c_void_p.from_address(device.int_ptr + _CPU_AT).value = ctypes.addressof(kept)


def _is_loaded() -> bool:
    """Whether the library of this process is the one whose records are known."""
    try:
        return _LIBRARY in Path("/proc/self/maps").read_text()
    except OSError:
        return False


def _text(address: int) -> bytes:
    """The C string that the pointer at ``address`` points to; empty where there is none."""
    # Through a file, which gives an error for an address that is not mapped, where a pointer ends the process.
    try:
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            pointer = int.from_bytes(os.pread(memory.fileno(), 8, address), sys.byteorder)
            return os.pread(memory.fileno(), 64, pointer).partition(b"\0")[0]
    except (OSError, OverflowError):
        return b""
