"""The architecture of a device: what devices that run a kernel alike have in common.

OpenCL has no query for it. NVIDIA's extension gives the compute capability, AMD's GPUs are named
by theirs, and a CPU is the host, whose operating system knows family and model.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Mapping

import pyopencl as cl

from clnd.runtime.processor import first_processor

__all__ = ["of_device", "of_host", "registers"]

_WINDOWS = r"\w+ Family (\d+) Model (\d+)(?: Stepping \d+)?, (\w+)"
_AMD_GPU = r"(gfx\w+)"


def of_device(device: cl.Device) -> str:
    """Such as "sm_90", "gfx90a" or "AuthenticAMD family 25 model 17"; empty where it is not known."""
    if device.type & cl.device_type.CPU:
        # Where Linux tells, the module is not asked: it starts a process.
        return of_host(first_processor(), platform.processor, platform.machine())
    try:
        return f"sm_{device.compute_capability_major_nv}{device.compute_capability_minor_nv}"
    except (AttributeError, cl.Error):  # not NVIDIA's
        found = re.match(_AMD_GPU, device.name)
        return found[1] if found else ""


def of_host(processor: Mapping[str, str], name: Callable[[], str], machine: str) -> str:
    """The architecture of a CPU from what Linux (``processor``) or another system (``name``) says of it."""
    if {"vendor_id", "cpu family", "model"} <= processor.keys():
        return f"{processor['vendor_id']} family {processor['cpu family']} model {processor['model']}"
    if {"CPU implementer", "CPU part"} <= processor.keys():
        return f"{machine} implementer {processor['CPU implementer']} part {processor['CPU part']}"
    found = re.match(_WINDOWS, name())
    if found:
        return f"{found[3]} family {found[1]} model {found[2]}"
    return ""


def registers(vendor: str) -> int:
    """The registers of 4 bytes that an item may take while two groups of 256 of them are resident.

    NVIDIA's multiprocessors have 65,536 since Kepler; a SIMD of AMD's has 512 for each lane of four waves (CDNA) or 1,024 of eight (RDNA). A
    thread of Intel's GPUs has 4 KiB, and is 16 items of a kernel as large as these.
    """
    return 64 if vendor.startswith("Intel") else 128
