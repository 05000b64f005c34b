"""The checks of the doctor: each looks at the facts of a machine, and finds one thing or nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from clnd.doctor.facts import Facts

__all__ = ["CHECKS", "Finding"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, why it matters, and the one command that mends it."""

    found: str
    matters: str
    command: str
    stops_cpu: bool = False
    """Whether cpu(0) does not work because of it."""


def _install(facts: Facts, package: str) -> str:
    return f"sudo {facts.installer} {package}" if facts.installer else f"# install {package} with the system's package manager"


def crash(facts: Facts) -> Finding | None:
    """A driver that ends the process that asks it for devices."""
    if not facts.failure:
        return None
    return Finding(
        facts.failure,
        "A driver crashed or hung when it was asked for its devices, and every program that uses OpenCL meets the same; "
        "CLND_DEBUG=1 and the fault handler show where.",
        "CLND_DEBUG=1 python -X faulthandler -m clnd info",
        stops_cpu=True,
    )


def linker(facts: Facts) -> Finding | None:
    """PoCL without the system's linker."""
    if facts.linker or not facts.has_pocl():
        return None
    return Finding(
        f"there is no `ld` in PATH={facts.path!r}",
        "PoCL links each kernel with the system's linker and ends the process where there is none, so clnd leaves PoCL out.",
        _install(facts, "binutils"),
        stops_cpu=facts.device("cpu(0)") is None,
    )


def intel_libraries(facts: Facts) -> Finding | None:
    """Intel's wheel without what it needs."""
    if not facts.intel_incomplete:
        return None
    return Finding(
        "Intel's CPU runtime is installed without the libraries of intel-cmplr-lib-rt",
        "Its package does not ask for them, and the loader skips a driver that it cannot load without a word.",
        f"{facts.pip} install intel-cmplr-lib-rt",
        stops_cpu=facts.device("cpu(0)") is None,
    )


def hidden_drivers(facts: Facts) -> Finding | None:
    """A variable of the loader that hides drivers which are installed."""
    if not facts.chosen:
        return None
    shown = {icd.library for icd in facts.shown}
    hidden = [icd.name for icd in facts.installed if icd.library not in shown]
    if not hidden:
        return None
    names = " ".join(facts.chosen)
    return Finding(
        f"{', '.join(f'{name}={value}' for name, value in facts.chosen.items())} hides the drivers {', '.join(hidden)}",
        "The loader looks where these variables say, and nowhere else; clnd leaves that choice to you.",
        f"unset {names}",
        stops_cpu=facts.device("cpu(0)") is None,
    )


def cpu_driver(facts: Facts) -> Finding | None:
    """No CPU device, for none of the reasons that other checks find."""
    if facts.device("cpu(0)") is not None or facts.failure:
        return None
    if any(check(facts) is not None for check in (linker, intel_libraries, hidden_drivers)):
        return None
    refused = next((d for d in facts.devices if d["context"] == "cpu(0)"), None)
    if refused is not None:
        return Finding(
            f"cpu(0) cannot be opened: {refused['error']}",
            "A driver is there and gives no working device.",
            f"{facts.pip} install --force-reinstall pyopencl pocl-binary-distribution",
            stops_cpu=True,
        )
    return Finding(
        "there is no OpenCL driver for the CPU" + (": PoCL is installed and offers no device" if facts.has_pocl() else ""),
        "cpu(0) is the default context, and the one that every machine can have.",
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


# What each family of distributions calls the OpenCL driver of each vendor's GPUs.
_GPU_PACKAGES = {
    "NVIDIA": {"debian": "nvidia-opencl-icd", "ubuntu": "nvidia-driver-580", "arch": "opencl-nvidia", "fedora": "xorg-x11-drv-nvidia-cuda"},
    "AMD": {"debian": "mesa-opencl-icd", "ubuntu": "mesa-opencl-icd", "arch": "rocm-opencl-runtime", "fedora": "rocm-opencl"},
    "Intel": {"debian": "intel-opencl-icd", "ubuntu": "intel-opencl-icd", "arch": "intel-compute-runtime", "fedora": "intel-compute-runtime"},
}
_ANY_PACKAGE = {"NVIDIA": "NVIDIA's driver with its OpenCL library", "AMD": "rocm-opencl-runtime", "Intel": "intel-compute-runtime"}


def gpu_driver(facts: Facts) -> Finding | None:
    """A GPU in the machine that no driver offers."""
    offered = " ".join(f"{d['vendor']} {d['name']} {d['platform']}" for d in facts.devices if d.get("kind") == "gpu" and not d["error"]).lower()
    words = {"NVIDIA": ("nvidia",), "AMD": ("amd", "advanced micro devices", "radeon"), "Intel": ("intel",)}
    alone = next((vendor for vendor in facts.gpus if not any(word in offered for word in words[vendor])), None)
    if alone is None or render_group(facts) is not None:  # a driver sees no GPU that it may not open
        return None
    package = _GPU_PACKAGES[alone].get(facts.distribution)
    return Finding(
        f"there is a GPU of {alone} in the machine, and no OpenCL driver that offers it",
        "gpu(0) needs the vendor's OpenCL driver and nothing else. In a container, start it with the GPU passed through.",
        _install(facts, package) if package else f"# install {_ANY_PACKAGE[alone]} with the system's package manager",
    )


def render_group(facts: Facts) -> Finding | None:
    """A GPU that this user may not open."""
    closed = [node for node in facts.nodes if not node.usable]
    if not closed or any(node.usable for node in facts.nodes):
        return None
    groups = ",".join(dict.fromkeys(node.group for node in closed))
    return Finding(
        f"{', '.join(node.path for node in closed)} cannot be read and written by this user",
        "Drivers of AMD and Intel open these files, and report no GPU where they may not. Log in again after the command.",
        f'sudo usermod -a -G {groups} "$USER"',
    )


def cache_folder(facts: Facts) -> Finding | None:
    """A cache that cannot be written."""
    if facts.cache_is == "usable":
        return None
    closed = facts.cache_is == "closed"
    return Finding(
        f"the cache folder {facts.cache_folder} "
        + ("is not a folder of this user that can be written" if closed else "cannot be made"),
        "Every process compiles its kernels again: tenths of a second for each.",
        f'sudo chown -R "$(id -u)" {shlex.quote(facts.cache_folder)}' if closed else 'export CLND_CACHE_DIR="/tmp/clnd-$(id -u)"',
    )


def bits(facts: Facts) -> Finding | None:
    """A device whose arithmetic the probe cannot make right."""
    differing = next((d for d in facts.devices if not d["error"] and d["same_bits"].startswith("no")), None)
    if differing is None:
        return None
    return Finding(
        f"results on {differing['context']} ({differing['name']}, {differing['driver']}) differ from other devices': "
        + "; ".join(differing["same_bits_reasons"]),
        "The promise of the same bits does not hold there; a newer driver may mend it, and the results of the self-test help to.",
        f"python -m clnd selftest --ctx '{differing['context']}' --json selftest.json",
        stops_cpu=differing["context"] == "cpu(0)",
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
"""In the order in which one would mend things."""
