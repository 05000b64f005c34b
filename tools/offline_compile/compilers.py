"""The compilers: where they are, how they are called, and what they say a kernel takes."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.offline_compile.targets import Target

__all__ = ["CLANG", "Compilers", "Figures", "MissingError", "RefusedError", "find", "of_amd", "of_nvidia"]

CLANG = "19"
"""The version of clang and libclc: what a kernel takes depends on it."""
PTXAS = "nvidia-cuda-nvcc-cu12==12.9.86"
"""The wheel of ptxas. CUDA 13 has forgotten sm_70."""
HOW = "as root: PYTHON=.venv/bin/python ci/pocl/install-drivers.sh"

_CLC = Path("/usr/local/lib/libclc-19/usr/lib/clc")
"""Where install-drivers.sh unpacks libclc: installed, it would take the place of the one that rusticl needs."""
_LIMIT = 300
"""Seconds of one compiler."""


class MissingError(Exception):
    """A compiler is not installed."""


class RefusedError(Exception):
    """A compiler does not take a source; its first messages."""


@dataclass(frozen=True)
class Figures:
    """What one kernel takes on one chip.

    Attributes
    ----------
    registers
        Of each item: vector registers (AMD, those for matrices included), or registers (NVIDIA).
    spills
        AMD: registers that had no place, vector and scalar. NVIDIA: bytes of an item that are written and read for such.
    scratch
        Bytes of an item's own memory, which lies in the device's: what is spilled, and arrays whose indices are not known to the compiler.
    local
        Bytes of local memory of a work-group.
    occupancy
        How many of the warps or waves that could wait for memory together do, in percent: registers and local memory limit it.
    """

    registers: int
    spills: int
    scratch: int
    local: int
    occupancy: int


_AMD = {"SGPRs Spill": "sgpr", "VGPRs Spill": "vgpr", "VGPRs": "registers", "ScratchSize [bytes/lane]": "scratch", "Occupancy [waves/SIMD]": "waves", "LDS Size [bytes/block]": "local"}  # fmt: skip
_REMARK = re.compile(r"remark: +(Function Name|[\w /\[\]]+): (\S+) \[-Rpass-analysis=kernel-resource-usage\]")


def of_amd(said: str, kernel: str, waves: int) -> Figures:
    """The figures of ``kernel`` in clang's remarks; ``waves`` is the most of a SIMD.

    Raises
    ------
    ValueError
        Where they do not say all of it.
    """
    found: dict[str, int] = {}
    function, matrix = "", 0
    for name, value in _REMARK.findall(said):
        if name == "Function Name":
            function = value
        elif function == kernel and name in _AMD:
            found[_AMD[name]] = int(value)
        elif function == kernel and name == "AGPRs":  # only chips that have registers for matrices
            matrix = int(value)
    if len(found) != len(_AMD):
        raise ValueError(f"clang's remarks on {kernel!r} lack {', '.join(sorted(set(_AMD.values()) - found.keys()))}")
    return Figures(found["registers"] + matrix, found["vgpr"] + found["sgpr"], found["scratch"], found["local"], 100 * found["waves"] // waves)


_ENTRY = re.compile(r"Compiling entry function '(\w+)'")
_STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_USED = re.compile(r"Used (\d+) registers")
_CUMULATIVE = re.compile(r"(\d+) bytes cumulative stack size")
_SHARED = re.compile(r"(\d+) bytes smem")


def of_nvidia(said: str, kernel: str, target: Target, items: int) -> Figures:
    """The figures of ``kernel`` in what ``ptxas -v`` prints, in work-groups of ``items``.

    Raises
    ------
    ValueError
        Where it does not say all of it.
    """
    _, *parts = _ENTRY.split(said)
    text = dict(zip(parts[::2], parts[1::2], strict=True)).get(kernel, "")
    stack, used = _STACK.search(text), _USED.search(text)
    if stack is None or used is None or target.multiprocessor is None:
        raise ValueError(f"ptxas does not say what {kernel!r} takes")
    shared, cumulative = _SHARED.search(text), _CUMULATIVE.search(text)
    registers, local = int(used[1]), int(shared[1]) if shared else 0
    # Functions that are called have frames of their own, which the cumulative size has in it.
    scratch = max(int(stack[1]), int(cumulative[1]) if cumulative else 0)
    return Figures(registers, int(stack[2]) + int(stack[3]), scratch, local, target.multiprocessor.occupancy(registers, local, items))


@dataclass(frozen=True)
class Compilers:
    """Those of this machine; ``versions`` by name."""

    clang: str
    ptxas: str
    versions: Mapping[str, str]

    def compiled(self, source: str, kernel: str, target: Target, items: int) -> Figures:
        """What ``kernel`` of ``source`` takes on ``target``, launched in work-groups of ``items``.

        Raises
        ------
        RefusedError
            Where a compiler does not take it.
        """
        with tempfile.TemporaryDirectory(prefix="clnd-offline-") as folder:
            file = Path(folder) / f"{kernel}.cl"
            file.write_text(source)
            said = [_said(command) for command in self.commands(file, target)]
            return of_amd(said[-1], kernel, target.waves) if target.waves else of_nvidia(said[-1], kernel, target, items)

    def commands(self, file: Path, target: Target) -> list[list[str]]:
        """What compiles the source ``file``, in this order; the last one says what its kernels take."""
        if target.waves:
            front = self._front(file, target, "amdgcn-mesa-mesa3d", _CLC / f"{target.chip}-amdgcn-mesa-mesa3d.bc")
            return [[*front, f"-mcpu={target.chip}", "-nogpulib", "-Rpass-analysis=kernel-resource-usage", "-fno-caret-diagnostics", "-o", "/dev/null"]]
        ptx = str(file.with_suffix(".ptx"))
        front = self._front(file, target, "nvptx64-unknown-nvidiacl", _CLC / "nvptx64--nvidiacl.bc")
        return [[*front, f"-march={target.chip}", "-o", ptx], [self.ptxas, "-v", f"-arch={target.chip}", "-o", "/dev/null", ptx]]

    def _front(self, file: Path, target: Target, triple: str, library: Path) -> list[str]:
        linked = ["-Xclang", "-mlink-builtin-bitcode", "-Xclang", str(library), "-Wno-linker-warnings"]
        return [self.clang, "-x", "cl", "-cl-std=CL1.2", "-O3", *target.info.build_options, "-target", triple, *linked, "-S", str(file)]


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if "error" in line or "fatal" in line]
        raise RefusedError("; ".join(lines[:3]) or f"{command[0]} ended with status {done.returncode}")
    return done.stderr + done.stdout


def _version(command: str) -> str:
    said = subprocess.run([command, "--version"], capture_output=True, text=True, timeout=_LIMIT, check=True).stdout
    found = re.search(r"(?:clang version |V)(\d+\.\d+\.\d+)", said)
    return found[1] if found else "unknown"


def _ptxas() -> str | None:
    """That of the wheel: another may be of a CUDA that has forgotten a chip."""
    try:
        found = importlib.util.find_spec("nvidia.cuda_nvcc")
    except ModuleNotFoundError:
        return None
    folders = found.submodule_search_locations if found else None
    return next((str(file) for folder in folders or () if (file := Path(folder) / "bin" / "ptxas").exists()), None)


def find() -> Compilers:
    """The compilers, in the versions that the table was made with.

    Raises
    ------
    MissingError
        Where one is not installed; the message says how to install it.
    """
    clang = shutil.which(f"clang-{CLANG}")
    ptxas = _ptxas()
    wanted = {f"clang-{CLANG}": clang, f"libclc-{CLANG} in {_CLC}": _CLC.is_dir(), f"ptxas of {PTXAS}": ptxas}
    if clang is None or ptxas is None or not all(wanted.values()):
        raise MissingError(f"not installed: {', '.join(name for name, there in wanted.items() if not there)}; {HOW}")
    return Compilers(clang, ptxas, {"clang": _version(clang), "ptxas": _version(ptxas)})
