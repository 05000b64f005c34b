"""The checks of the doctor. Each takes the facts of a machine and returns one finding or None."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from clnd.doctor.facts import Facts

__all__ = ["CHECKS", "Finding", "faster_runtime"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, why it matters, and the one command that repairs it."""

    found: str
    matters: str
    command: str
    stops_cpu: bool = False
    """True if cpu(0) cannot work because of this."""


def _install(facts: Facts, package: str) -> str:
    return f"sudo {facts.installer} {package}" if facts.installer else f"# install {package} with the system's package manager"


def crash(facts: Facts) -> Finding | None:
    """A driver crashes while it lists its devices."""
    if not facts.failure:
        return None
    return Finding(
        facts.failure,
        "A driver crashed or hung while it listed its devices. Every program that uses OpenCL will crash in the same way. "
        "The command shows the function that failed.",
        "CLND_DEBUG=1 python -X faulthandler -m clnd info",
        stops_cpu=True,
    )


def linker(facts: Facts) -> Finding | None:
    """PoCL is installed, and the system's linker is missing."""
    if facts.linker or not facts.has_pocl():
        return None
    return Finding(
        f"the linker `ld` is not in PATH={facts.path!r}",
        "PoCL links each kernel with the system's linker, and aborts the process if it finds none. clnd therefore ignores PoCL.",
        _install(facts, "binutils"),
        stops_cpu=facts.device("cpu(0)") is None,
    )


def intel_libraries(facts: Facts) -> Finding | None:
    """Intel's wheel is installed without the libraries that it needs."""
    if not facts.intel_incomplete:
        return None
    return Finding(
        "Intel's CPU runtime is installed without the libraries of intel-cmplr-lib-rt",
        "Its package does not list them as a dependency. The OpenCL loader skips a driver that it cannot load, and reports nothing.",
        f"{facts.pip} install intel-cmplr-lib-rt",
        stops_cpu=facts.device("cpu(0)") is None,
    )


def hidden_drivers(facts: Facts) -> Finding | None:
    """A variable of the OpenCL loader hides installed drivers."""
    if not facts.chosen:
        return None
    shown = {icd.library for icd in facts.shown}
    hidden = [icd.name for icd in facts.installed if icd.library not in shown]
    if not hidden:
        return None
    names = " ".join(facts.chosen)
    return Finding(
        f"{', '.join(f'{name}={value}' for name, value in facts.chosen.items())} hides the drivers {', '.join(hidden)}",
        "The OpenCL loader searches only the folders that these variables name. clnd does not change them.",
        f"unset {names}",
        stops_cpu=facts.device("cpu(0)") is None,
    )


def cpu_driver(facts: Facts) -> Finding | None:
    """There is no CPU device, and no other check has found the reason."""
    if facts.device("cpu(0)") is not None or facts.failure:
        return None
    if any(check(facts) is not None for check in (linker, intel_libraries, hidden_drivers)):
        return None
    refused = next((d for d in facts.devices if d["context"] == "cpu(0)"), None)
    if refused is not None:
        return Finding(
            f"cpu(0) cannot be opened: {refused['error']}",
            "A driver is installed, but none of its CPU devices works.",
            f"{facts.pip} install --force-reinstall pyopencl pocl-binary-distribution",
            stops_cpu=True,
        )
    return Finding(
        "there is no OpenCL driver for the CPU" + (": PoCL is installed but reports no device" if facts.has_pocl() else ""),
        "cpu(0) is the default device, and every machine can have it.",
        _cpu_command(facts),
        stops_cpu=True,
    )


def _cpu_command(facts: Facts) -> str:
    if facts.system == "Darwin":
        return "conda install -c conda-forge pyopencl pocl"
    if facts.system == "Windows":
        return f"{facts.pip} install intel-opencl-rt intel-cmplr-lib-rt"
    if facts.machine in ("x86_64", "AMD64"):
        if facts.has_pocl():
            return f"{facts.pip} install --force-reinstall pocl-binary-distribution"
        return f"{facts.pip} install pocl-binary-distribution"
    return _install(facts, "pocl-opencl-icd" if facts.installer.startswith("apt") else "pocl")


# The name of each vendor's OpenCL package for GPUs, by family of distributions.
_GPU_PACKAGES = {
    "NVIDIA": {"debian": "nvidia-opencl-icd", "ubuntu": "nvidia-driver-580", "arch": "opencl-nvidia", "fedora": "xorg-x11-drv-nvidia-cuda"},
    "AMD": {"debian": "mesa-opencl-icd", "ubuntu": "mesa-opencl-icd", "arch": "rocm-opencl-runtime", "fedora": "rocm-opencl"},
    "Intel": {"debian": "intel-opencl-icd", "ubuntu": "intel-opencl-icd", "arch": "intel-compute-runtime", "fedora": "intel-compute-runtime"},
}
_ANY_PACKAGE = {"NVIDIA": "NVIDIA's driver with its OpenCL library", "AMD": "rocm-opencl-runtime", "Intel": "intel-compute-runtime"}


def gpu_driver(facts: Facts) -> Finding | None:
    """No driver reports the GPU that is in the machine."""
    offered = " ".join(f"{d['vendor']} {d['name']} {d['platform']}" for d in facts.devices if d.get("kind") == "gpu" and not d["error"]).lower()
    words = {"NVIDIA": ("nvidia",), "AMD": ("amd", "advanced micro devices", "radeon"), "Intel": ("intel",)}
    alone = next((vendor for vendor in facts.gpus if not any(word in offered for word in words[vendor])), None)
    if alone is None or render_group(facts) is not None:  # without permission a driver reports no GPU either
        return None
    package = _GPU_PACKAGES[alone].get(facts.distribution)
    return Finding(
        f"the machine has a GPU by {alone}, and no OpenCL driver reports it",
        "gpu(0) needs only the vendor's OpenCL driver. A container must also be started with access to the GPU.",
        _install(facts, package) if package else f"# install {_ANY_PACKAGE[alone]} with the system's package manager",
    )


def render_group(facts: Facts) -> Finding | None:
    """This user lacks permission to open the GPU."""
    closed = [node for node in facts.nodes if not node.usable]
    if not closed or any(node.usable for node in facts.nodes):
        return None
    groups = ",".join(dict.fromkeys(node.group for node in closed))
    return Finding(
        f"{', '.join(node.path for node in closed)} cannot be read and written by this user",
        "The drivers of AMD and Intel open these files, and report no GPU without permission. Log in again after the command.",
        f'sudo usermod -a -G {groups} "$USER"',
    )


def cache_folder(facts: Facts) -> Finding | None:
    """The cache folder cannot be written."""
    if facts.cache_is == "usable":
        return None
    closed = facts.cache_is == "closed"
    return Finding(
        f"the cache folder {facts.cache_folder} "
        + ("is not owned and writable by this user" if closed else "cannot be created"),
        "Without a cache every process compiles its kernels again, which takes 0.1 seconds or more for each.",
        f'sudo chown -R "$(id -u)" {shlex.quote(facts.cache_folder)}' if closed else 'export CLND_CACHE_DIR="/tmp/clnd-$(id -u)"',
    )


def bits(facts: Facts) -> Finding | None:
    """A device computes other bits than the rest."""
    differing = next((d for d in facts.devices if not d["error"] and d["same_bits"].startswith("no")), None)
    if differing is None:
        return None
    return Finding(
        f"results on {differing['context']} ({differing['name']}, {differing['driver']}) differ from other devices': "
        + "; ".join(differing["same_bits_reasons"]),
        "The promise of the same bits does not hold on this device. A newer driver may help. Please report the results of the self-test.",
        f"python -m clnd selftest --ctx '{differing['context']}' --json selftest.json",
        stops_cpu=differing["context"] == "cpu(0)",
    )


def faster_runtime(facts: Facts) -> Finding | None:
    """The CPU is PoCL's, and Intel's runtime could be installed."""
    device = facts.device("cpu(0)")
    if device is None or device["driver"] != "pocl" or facts.machine not in ("x86_64", "AMD64") or facts.system == "Darwin":
        return None
    if any(icd.names("intelocl") for icd in facts.installed):
        return None
    command = f"{facts.pip} install intel-opencl-rt intel-cmplr-lib-rt"
    if device["in_caller"]:
        return Finding("Kernels would be compiled faster by Intel's runtime", "It runs on CPUs of AMD, too, and compiles in a third of the time.", command)
    return Finding(
        "Small arrays would be faster with Intel's runtime",
        "It runs on CPUs of AMD, too, and answers an operation on a thousand elements in less than half of the time: PoCL wakes its threads for each.",
        command,
    )


CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    crash,
    linker,
    intel_libraries,
    hidden_drivers,
    cpu_driver,
    render_group,
    gpu_driver,
    cache_folder,
    bits,
)
"""Ordered: repair the first finding first."""
