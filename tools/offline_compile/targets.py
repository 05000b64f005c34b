"""The GPUs that kernels are compiled for, as the library sees them: facts by their makers, none of them asked of a driver."""

from __future__ import annotations

from dataclasses import dataclass

from clnd.kernels.kernel import ceil_div
from clnd.runtime import architecture, quirks
from clnd.runtime.device import ROUNDED, DeviceInfo

__all__ = ["TARGETS", "Core", "Multiprocessor", "Target"]


@dataclass(frozen=True)
class Multiprocessor:
    """What NVIDIA's work-groups share. ptxas says what a kernel takes, not how many of them fit.

    The numbers are those of the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".
    """

    registers: int
    warps: int
    groups: int
    local: int
    reserved: int
    """Bytes of local memory that the system takes of each work-group."""

    def occupancy(self, registers: int, local: int, items: int) -> int:
        """The warps that are resident at a time, in percent of those that could be."""
        warps = ceil_div(items, 32)
        # A warp's registers are given out in units of 256, and warps go to four schedulers in equal numbers.
        resident = self.registers // (256 * ceil_div(max(registers, 1) * 32, 256)) // 4 * 4
        groups = min(self.groups, self.warps // warps, resident // warps)
        taken = local + self.reserved
        if taken:
            groups = min(groups, self.local // taken)
        return 100 * groups * warps // self.warps


@dataclass(frozen=True)
class Core:
    """What Intel's work-groups share: a core of its Xe GPUs, and the bytes of its vector registers. The compiler says how many items a thread has."""

    register: int
    threads: int
    local: int

    def registers(self, count: int, width: int) -> int:
        """Those of 4 bytes that each of a thread's ``width`` items has of ``count``."""
        return count * self.register // (4 * width)

    def occupancy(self, count: int, width: int, local: int, items: int) -> int:
        """The threads that are resident at a time, in percent of those that could be: with more than 128 registers half as many fit."""
        threads = self.threads if count <= 128 else self.threads // 2
        each = ceil_div(items, width)
        groups = threads // each
        if local:
            groups = min(groups, self.local // local)
        return 100 * groups * each // self.threads


@dataclass(frozen=True)
class Target:
    """A chip, and what the library is told about it."""

    chip: str
    info: DeviceInfo
    waves: int = 0
    """(AMD) most waves of a SIMD."""
    multiprocessor: Multiprocessor | None = None
    """(NVIDIA) what occupancy follows from."""
    core: Core | None = None
    """(Intel) the same."""


def _info(driver: str, vendor: str, chip: str, units: int, group: int, local: int, fp64: bool = True) -> DeviceInfo:
    # Arithmetic is the default: fma is an instruction of all of them, and the build option rounds division and square root.
    return quirks.applied(
        DeviceInfo(
            driver=driver, platform="", name=chip, vendor=vendor, version="", kind="gpu", family="gpu", compute_units=units, max_work_group_size=group,
            local_mem_size=local, global_mem_size=1 << 34, max_alloc_size=1 << 32, fp64=fp64, unified_memory=False, architecture=chip,
            registers=architecture.registers(vendor),            build_options=(ROUNDED,),
        )
    )  # fmt: skip


def _amd(chip: str, units: int, waves: int) -> Target:
    return Target(chip, _info("amd", "Advanced Micro Devices, Inc.", chip, units, 1024, 1 << 16), waves=waves)


def _nvidia(chip: str, units: int, local: int, reserved: int) -> Target:
    # OpenCL offers 48 KiB of local memory, whatever the multiprocessor has.
    return Target(chip, _info("nvidia", "NVIDIA Corporation", chip, units, 1024, 48 << 10), multiprocessor=Multiprocessor(1 << 16, 64, 32, local, reserved))


def _intel(chip: str, units: int, register: int, threads: int, fp64: bool) -> Target:
    return Target(chip, _info("intel-gpu", "Intel(R) Corporation", chip, units, 1024, 1 << 16, fp64), core=Core(register, threads, 128 << 10))


TARGETS = (
    _amd("gfx90a", 104, 8),
    _amd("gfx1030", 40, 16),
    _amd("gfx1100", 48, 16),
    _nvidia("sm_70", 80, 96 << 10, 0),
    _nvidia("sm_90", 132, 228 << 10, 1 << 10),
    _intel("dg2", 512, 32, 128, fp64=False),
    _intel("pvc", 1024, 64, 64, fp64=True),
)
