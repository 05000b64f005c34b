"""Known oddities of drivers, as rows: what they match, what is done about it, why, and where it is written.

A quirk is applied in one place, when the facts of a device are gathered, so that no kernel ever
asks for a vendor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.pocl import AVX512_TARGETS, VERSION
from clnd.templates import DRIVER_FUNCTIONS

__all__ = ["QUIRKS", "Quirk", "applied"]


@light_dataclass(frozen=True)
class Quirk:
    """One oddity. ``sample`` has the facts that it matches by, for its test."""

    matches: Callable[[DeviceInfo], bool]
    effect: Callable[[DeviceInfo], DeviceInfo]
    why: str
    link: str
    sample: dict[str, str | int]


QUIRKS: tuple[Quirk, ...] = (
    Quirk(
        matches=lambda d: d.driver == "pocl" and d.unified_memory,
        effect=lambda d: replace(d, slow_fma=True, slow_functions=DRIVER_FUNCTIONS),
        why="the builtin fma is a call: a matrix product reaches an eighth of its speed with it; "
        "LLVM turns a contracted a*b+c into the instruction always; exp, log, ... are calls as well",
        link="https://github.com/pocl/pocl/pull/1227",
        sample={"driver": "pocl", "name": "pthread-AMD EPYC", "unified_memory": "yes"},
    ),
    Quirk(
        matches=lambda d: d.driver == "pocl" and d.unified_memory,
        effect=lambda d: replace(d, wakes_slowly=True),
        why="who waits for it sleeps at once, and is woken by a thread of the driver when it has finished: 10 to 60 us",
        link="https://github.com/pocl/pocl/blob/v3.0/lib/CL/devices/pthread/pocl-pthread_scheduler.c",
        sample={"driver": "pocl", "name": "pthread-AMD EPYC", "unified_memory": "yes"},
    ),
    Quirk(
        matches=lambda d: d.driver == "pocl" and VERSION in d.version and d.vector_bytes > 32 and d.target not in AVX512_TARGETS,
        effect=lambda d: replace(d, vector_bytes=32),
        why="it makes code for a CPU that its LLVM believes to have no AVX-512, with functions that were compiled for it: "
        "vectors of 64 bytes end its compiler",
        link="https://github.com/pocl/pocl/blob/v3.0/lib/CL/pocl_llvm_build.cc",
        sample={"driver": "pocl", "version": "OpenCL 3.0 PoCL HSTR: pthread-x86_64-unknown-linux-gnu-znver3 / 3.0-rc2", "vector_bytes": 64},
    ),
    Quirk(
        matches=lambda d: d.driver == "intel" and d.kind == "cpu",
        effect=lambda d: replace(d, slow_functions=frozenset({"sin", "cos", "tan", "sinpi", "cospi", "tanpi", "tanh"})),
        why="math mode fast: these take half as long again as ours do, native_sin and native_cos too",
        link="https://www.intel.com/content/www/us/en/developer/tools/opencl-cpu-runtime/overview.html",
        sample={"driver": "intel", "kind": "cpu", "name": "AMD EPYC"},
    ),
    Quirk(
        matches=lambda d: d.driver == "rusticl" and "llvmpipe" in d.name,
        effect=lambda d: replace(d, max_work_group_size=min(d.max_work_group_size, 32)),
        why="the device reports 1024 items a work-group, kernels with local memory get 32",
        link="https://docs.mesa3d.org/rusticl.html",
        sample={"driver": "rusticl", "name": "llvmpipe (LLVM 15.0.6, 256 bits)"},
    ),
    Quirk(
        matches=lambda d: d.driver == "rusticl" and "llvmpipe" in d.name,
        effect=lambda d: replace(d, family="gpu", vector_bytes=16, most_steps=10),
        why="its vectors lie across work-items, as a GPU's do, so groups of one item leave seven lanes of eight empty; vectors in "
        "the source are taken apart, all calls are inlined, and compiling takes more than twice as long for twice the code",
        link="https://docs.mesa3d.org/drivers/llvmpipe.html",
        sample={"driver": "rusticl", "name": "llvmpipe (LLVM 15.0.6, 256 bits)"},
    ),
    Quirk(
        matches=lambda d: d.driver == "rusticl",
        effect=lambda d: replace(d, build_options=(*d.build_options, "-DNO_STREAMS")),
        why="the translation to SPIR-V ends the process at a prefetch, which comes with stores past the caches",
        link="https://docs.mesa3d.org/rusticl.html",
        sample={"driver": "rusticl", "name": "llvmpipe (LLVM 15.0.6, 256 bits)"},
    ),
    Quirk(
        matches=lambda d: d.driver == "rusticl",
        effect=lambda d: replace(d, finish_forgets=True),
        why="clFinish of version 22 waits for nothing that was flushed before, as every look at an event does; waiting for the last event is right",
        link="https://docs.mesa3d.org/rusticl.html",
        sample={"driver": "rusticl", "name": "llvmpipe (LLVM 15.0.6, 256 bits)"},
    ),
    Quirk(
        matches=lambda d: d.driver == "apple" and d.kind == "cpu",
        effect=lambda d: replace(d, max_work_group_size=1),
        why="kernels with barriers run only in work-groups of one item",
        link="https://github.com/diku-dk/futhark/issues/1708",
        sample={"driver": "apple", "kind": "cpu", "name": "Apple M1"},
    ),
    Quirk(
        matches=lambda d: d.driver == "amd",
        effect=lambda d: replace(d, max_work_group_size=min(d.max_work_group_size, 256)),
        why="the runtime compiles kernels for 256 items by default and fails to launch larger groups",
        link="https://github.com/ROCm/ROCm/issues/1388",
        sample={"driver": "amd", "kind": "gpu", "name": "gfx1100"},
    ),
    Quirk(
        matches=lambda d: d.driver == "oclgrind",
        effect=lambda d: replace(d, build_options=(*d.build_options, "-cl-opt-disable")),
        why="a comparison of vectors that LLVM's optimiser widens with zeros gives 255 where it holds, not 1",
        link="https://github.com/jrprice/Oclgrind/blob/master/src/core/WorkItem.cpp",
        sample={"driver": "oclgrind", "kind": "cpu", "name": "Oclgrind Simulator"},
    ),
    Quirk(
        matches=lambda d: d.driver == "oclgrind",
        effect=lambda d: replace(d, build_options=(*d.build_options, "-DNO_STREAMS")),
        why="it knows no instruction `fence`, which stores past the caches are followed by",
        link="https://github.com/jrprice/Oclgrind/blob/master/src/core/WorkItem.cpp",
        sample={"driver": "oclgrind", "kind": "cpu", "name": "Oclgrind Simulator"},
    ),
)


def applied(info: DeviceInfo) -> DeviceInfo:
    """``info`` with the effect of every quirk that matches."""
    for quirk in QUIRKS:
        if quirk.matches(info):
            info = quirk.effect(info)
    return info
