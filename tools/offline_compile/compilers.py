"""The compilers: where they are, how they are called, and what they say a kernel takes."""

from __future__ import annotations

import importlib.util
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tools.offline_compile.targets import Core, Target

__all__ = ["CLANG", "Compilers", "Figures", "MissingError", "RefusedError", "find", "of_amd", "of_amd_code", "of_intel", "of_nvidia", "of_nvidia_code", "section"]

CLANG = "19"
"""The version of clang and libclc: what a kernel takes depends on it."""
PTXAS = "nvidia-cuda-nvcc-cu12==12.9.86"
"""The wheel of ptxas. CUDA 13 has forgotten sm_70."""
HOW = "as root: PYTHON=.venv/bin/python ci/pocl/install-drivers.sh"

_CLC = Path("/usr/local/lib/libclc-19/usr/lib/clc")
"""Where install-drivers.sh unpacks libclc: installed, it would take the place of the one that rusticl needs."""
_OCLOC = Path("/usr/local/lib/ocloc")
"""Where it unpacks Intel's compiler: installed, it would be one more driver."""
_OCLOC_LIBRARIES = (_OCLOC / "usr/lib/x86_64-linux-gnu", _OCLOC / "usr/lib/llvm-14/lib")
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
        Of each item: vector registers (AMD, those for matrices included), registers (NVIDIA), or what it is given of its thread's (Intel).
    spills
        Registers that had no place: AMD: vector and scalar. Intel: of a thread. NVIDIA: bytes of an item that are written and read for such.
    scratch
        Bytes of an item's own memory, which lies in the device's: what is spilled, and arrays whose indices are not known to the compiler.
    local
        Bytes of local memory of a work-group.
    occupancy
        How many of the warps, waves or threads that could wait for memory together do, in percent: registers, local memory and the size of
        work-groups limit it.
    wide_loads
        Instructions that load 16 bytes of global memory an item. Intel's compiler does not show its code: 0.
    """

    registers: int
    spills: int
    scratch: int
    local: int
    occupancy: int
    wide_loads: int


_AMD = {"SGPRs Spill": "sgpr", "VGPRs Spill": "vgpr", "VGPRs": "registers", "ScratchSize [bytes/lane]": "scratch", "Occupancy [waves/SIMD]": "waves", "LDS Size [bytes/block]": "local"}  # fmt: skip
_REMARK = re.compile(r"remark: +(Function Name|[\w /\[\]]+): (\S+) \[-Rpass-analysis=kernel-resource-usage\]")


def of_amd(said: str, kernel: str, waves: int) -> Figures:
    """The figures of ``kernel`` in clang's remarks, which do not count loads; ``waves`` is the most of a SIMD.

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
    return Figures(found["registers"] + matrix, found["vgpr"] + found["sgpr"], found["scratch"], found["local"], 100 * found["waves"] // waves, 0)


# Of one buffer, whose address is in scalar registers, by vectors of addresses, or of any memory.
_AMD_WIDE = re.compile(r"\b(?:global|flat|buffer)_load_(?:dwordx4|b128)\b")
_NVIDIA_WIDE = re.compile(r"\bld\.(?:volatile\.)?global(?:\.nc)?\.v(?:4\.[bfsu]32|2\.[bfsu]64)\b")


def of_amd_code(text: str, kernel: str) -> int:
    """The loads of 16 bytes in the assembly of ``kernel``."""
    return len(_AMD_WIDE.findall(text.partition(f"\n{kernel}:")[2].partition(".Lfunc_end")[0]))


def of_nvidia_code(text: str, kernel: str) -> int:
    """The same in PTX."""
    return len(_NVIDIA_WIDE.findall(text.partition(f".entry {kernel}(")[2].partition("\n}")[0]))


_FACT = re.compile(r"^ +(grf_count|simd_size|slm_size): +(\d+)$", re.MULTILINE)
_SCRATCH = re.compile(r"^ +- type: +scratch\n(?: +\w+: +\w+\n)*? +size: +(\d+)$", re.MULTILINE)
_SPILLED = re.compile(r"kernel (\w+) +compiled .* spilled around (\d+)")


def of_intel(said: str, facts: str, kernel: str, core: Core, items: int) -> Figures:
    """The figures of ``kernel`` in what ocloc prints, and in the section .ze_info of what it makes.

    Raises
    ------
    ValueError
        Where these do not say all of it.
    """
    text = facts.partition(f"\n  - name: {' ' * 11}{kernel}\n")[2].partition("\n  - name: ")[0].partition("kernels_misc_info")[0]
    found = {name: int(value) for name, value in _FACT.findall(text)}
    if not {"grf_count", "simd_size"} <= found.keys():
        raise ValueError(f"ocloc does not say what {kernel!r} takes")
    count, width, local = found["grf_count"], found["simd_size"], found.get("slm_size", 0)
    # Of several attempts the last one counts.
    spills = [int(number) for name, number in _SPILLED.findall(said) if name == kernel][-1:]
    # A thread's memory is that of all of its items.
    scratch = sum(int(size) for size in _SCRATCH.findall(text)) // width
    return Figures(core.registers(count, width), sum(spills) if scratch else 0, scratch, local, core.occupancy(count, width, local, items), 0)


_ENTRY = re.compile(r"Compiling entry function '(\w+)'")
_STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_USED = re.compile(r"Used (\d+) registers")
_CUMULATIVE = re.compile(r"(\d+) bytes cumulative stack size")
_SHARED = re.compile(r"(\d+) bytes smem")


def of_nvidia(said: str, kernel: str, target: Target, items: int) -> Figures:
    """The figures of ``kernel`` in what ``ptxas -v`` prints, which does not count loads, in work-groups of ``items``.

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
    return Figures(registers, int(stack[2]) + int(stack[3]), scratch, local, target.multiprocessor.occupancy(registers, local, items), 0)


@dataclass(frozen=True)
class Compilers:
    """Those of this machine; ``versions`` by name."""

    clang: str
    ptxas: str
    ocloc: str
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
            said = [_said(command) for command in self.commands(file, target)][-1]
            if target.core is not None:
                (binary,) = file.parent.glob("*.bin")
                return of_intel(said, section(binary.read_bytes(), b".ze_info"), kernel, target.core, items)
            if target.waves:
                wide = of_amd_code(file.with_suffix(".s").read_text(), kernel)
                return replace(of_amd(said, kernel, target.waves), wide_loads=wide)
            wide = of_nvidia_code(file.with_suffix(".ptx").read_text(), kernel)
            return replace(of_nvidia(said, kernel, target, items), wide_loads=wide)

    def commands(self, file: Path, target: Target) -> list[list[str]]:
        """What compiles the source ``file``, in this order; the last one says what its kernels take."""
        if target.core is not None:
            libraries = ":".join(map(str, _OCLOC_LIBRARIES))
            options = ["-options", " ".join(("-cl-std=CL1.2", *target.info.build_options)), "-internal_options", "-cl-intel-allow-zebin"]
            called = ["env", f"LD_LIBRARY_PATH={libraries}", self.ocloc, "compile", "-file", str(file), "-out_dir", str(file.parent)]
            return [[*called, "-device", target.chip, *options]]
        if target.waves:
            front = self._front(file, target, "amdgcn-mesa-mesa3d", _CLC / f"{target.chip}-amdgcn-mesa-mesa3d.bc")
            return [[*front, f"-mcpu={target.chip}", "-nogpulib", "-Rpass-analysis=kernel-resource-usage", "-fno-caret-diagnostics", "-o", str(file.with_suffix(".s"))]]
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


def section(binary: bytes, name: bytes) -> str:
    """The text of a section of an ELF file of 64 bits; empty where it has none of this name."""
    if len(binary) < 64 or binary[:4] != b"\x7fELF":
        return ""
    start, size, count, names = struct.unpack_from("<Q10xHHH", binary, 0x28)
    heads = [struct.unpack_from("<IIQQQQ", binary, start + size * k) for k in range(count)]
    for at, _, _, _, offset, length in heads:
        of = heads[names][4] + at
        if binary[of : binary.index(b"\0", of)] == name:
            return binary[offset : offset + length].decode()
    return ""


def _ocloc_version() -> str:
    """That of the packages: it does not say its own on a terminal."""
    file = _OCLOC / "version"
    return file.read_text().strip() if file.exists() else "unknown"


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
    ocloc = _OCLOC / "usr/bin/ocloc"
    wanted = {f"clang-{CLANG}": clang, f"libclc-{CLANG} in {_CLC}": _CLC.is_dir(), f"ptxas of {PTXAS}": ptxas, f"ocloc in {_OCLOC}": ocloc.exists()}
    if clang is None or ptxas is None or not all(wanted.values()):
        raise MissingError(f"not installed: {', '.join(name for name, there in wanted.items() if not there)}; {HOW}")
    return Compilers(clang, ptxas, str(ocloc), {"clang": _version(clang), "ptxas": _version(ptxas), "ocloc": _ocloc_version()})
