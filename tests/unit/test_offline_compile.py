"""What `tools/offline_compile` reads of compilers and makes of it. No compiler is run."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from clnd import dtypes
from clnd.kernels import gemm, tuning
from tests.process import ROOT
from tools.offline_compile import __main__ as command
from tools.offline_compile import compilers, run, sources
from tools.offline_compile.compilers import (
    Compilers,
    Figures,
    MissingError,
    RefusedError,
    of_amd,
    of_amd_code,
    of_intel,
    of_nvidia,
    of_nvidia_code,
)
from tools.offline_compile.sources import Source, of_target
from tools.offline_compile.table import FILE, Line, Table, compared, in_need, read, renewed, written
from tools.offline_compile.targets import TARGETS, Core, Multiprocessor

CHIPS = {target.chip: target for target in TARGETS}
NONE = Figures(32, 0, 0, 0, 100, 0)

# As clang 19 prints it for gfx90a: a function that is called, then the kernel.
CLANG = "".join(
    f"source.cl:12:1: remark: {line} [-Rpass-analysis=kernel-resource-usage]\n"
    for line in (
        "Function Name: helper", "    SGPRs: 9", "    VGPRs: 200", "    AGPRs: 0", "    ScratchSize [bytes/lane]: 500", "    Dynamic Stack: True",
        "    Occupancy [waves/SIMD]: 1", "    SGPRs Spill: 7", "    VGPRs Spill: 7", "    LDS Size [bytes/block]: 7",
        "Function Name: scan", "    SGPRs: 75", "    VGPRs: 80", "    AGPRs: 4", "    ScratchSize [bytes/lane]: 36", "    Dynamic Stack: False",
        "    Occupancy [waves/SIMD]: 3", "    SGPRs Spill: 2", "    VGPRs Spill: 18", "    LDS Size [bytes/block]: 18432",
    )
)  # fmt: skip
# As ptxas 12.9 prints it: a kernel that has nothing of anything, then one that has of everything.
PTXAS = """\
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'gemm_add' for 'sm_90'
ptxas info    : Function properties for gemm_add
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 32 registers, used 0 barriers
ptxas info    : Compile time = 4.120 ms
ptxas info    : Compiling entry function 'gemm' for 'sm_90'
ptxas info    : Function properties for gemm
    64 bytes stack frame, 20 bytes spill stores, 24 bytes spill loads
ptxas info    : Used 167 registers, used 1 barriers, 96 bytes cumulative stack size, 16896 bytes smem, 416 bytes cmem[0]
ptxas info    : Compile time = 50.443 ms
"""


# The section .ze_info of what ocloc makes of two kernels, less what nobody asks for, and what it prints.
ZE_INFO = """\
---
version:         '1.20'
kernels:
  - name:            gemm_add
    execution_env:
      grf_count:       128
      simd_size:       32
  - name:            gemm
    execution_env:
      barrier_count:   1
      grf_count:       128
      simd_size:       16
      slm_size:        16896
    payload_arguments:
      - arg_type:        arg_byvalue
        offset:          32
        size:            8
    per_thread_memory_buffers:
      - type:            scratch
        usage:           single_space
        size:            8192
kernels_misc_info:
  - name:            gemm
    args_info:
      - index:           0
...
"""
OCLOC = """\
warning: kernel gemm  compiled SIMD32 allocated 128 regs and spilled around 42
warning: kernel gemm  compiled SIMD16 allocated 128 regs and spilled around 7
Build succeeded.
"""


def test_what_clang_says_of_a_kernel() -> None:
    assert of_amd(CLANG, "scan", 8) == Figures(registers=84, spills=20, scratch=36, local=18432, occupancy=37, wide_loads=0)


def test_chips_without_registers_for_matrices() -> None:
    assert of_amd("".join(line for line in CLANG.splitlines(True) if "AGPRs" not in line), "scan", 8).registers == 80


@pytest.mark.parametrize("said", ["", CLANG.replace("VGPRs Spill", "VGPRs Lost"), CLANG.replace("Name: scan", "Name: other")])
def test_remarks_that_do_not_say_all_are_told_of(said: str) -> None:
    with pytest.raises(ValueError, match="'scan' lack"):
        of_amd(said, "scan", 8)


def test_what_ptxas_says_of_a_kernel() -> None:
    # 168 registers of 32 items, in units of 256: 12 warps, hence one group of 8 of the 64.
    assert of_nvidia(PTXAS, "gemm", CHIPS["sm_90"], 256) == Figures(registers=167, spills=44, scratch=96, local=16896, occupancy=12, wide_loads=0)
    assert of_nvidia(PTXAS, "gemm_add", CHIPS["sm_90"], 256) == Figures(registers=32, spills=0, scratch=0, local=0, occupancy=100, wide_loads=0)


@pytest.mark.parametrize("said", ["", PTXAS.replace("spill loads", "loads"), PTXAS.replace("Used", "Has")])
def test_output_of_ptxas_that_does_not_say_all_is_told_of(said: str) -> None:
    with pytest.raises(ValueError, match="'gemm'"):
        of_nvidia(said, "gemm", CHIPS["sm_90"], 256)


def test_what_ocloc_says_of_a_kernel() -> None:
    core = CHIPS["pvc"].core
    assert core is not None
    # 128 registers of 64 bytes are 128 numbers for each of 16 items; 16 of 64 threads are a group, of which local memory has four.
    assert of_intel(OCLOC, ZE_INFO, "gemm", core, 256) == Figures(registers=128, spills=7, scratch=512, local=16896, occupancy=100, wide_loads=0)
    assert of_intel(OCLOC, ZE_INFO, "gemm_add", core, 64) == Figures(registers=64, spills=0, scratch=0, local=0, occupancy=100, wide_loads=0)


@pytest.mark.parametrize("facts", ["", ZE_INFO.replace("simd_size", "width"), ZE_INFO.replace("gemm\n", "other\n")])
def test_facts_of_ocloc_that_are_not_all_are_told_of(facts: str) -> None:
    core = CHIPS["dg2"].core
    assert core is not None
    with pytest.raises(ValueError, match="'gemm'"):
        of_intel(OCLOC, facts, "gemm", core, 256)


@pytest.mark.parametrize(("count", "width", "local", "items", "percent"), [(128, 16, 0, 256, 100), (256, 16, 0, 256, 50), (128, 16, 48 << 10, 256, 25), (128, 8, 0, 384, 75)])
def test_occupancy_of_a_core(count: int, width: int, local: int, items: int, percent: int) -> None:
    assert Core(32, 128, 128 << 10).occupancy(count, width, local, items) == percent


def test_a_section_of_a_binary_is_found_by_name() -> None:
    names, text = b"\0.shstrtab\0.ze_info\0", b"kernels:\n"
    at = 64 + 3 * 64
    heads = bytes(64) + struct.pack("<IIQQQQ24x", 1, 3, 0, 0, at, len(names)) + struct.pack("<IIQQQQ24x", 11, 0, 0, 0, at + len(names), len(text))
    binary = b"\x7fELF" + bytes(36) + struct.pack("<Q10xHHH", 64, 64, 3, 1) + heads + names + text
    assert compilers.section(binary, b".ze_info") == "kernels:\n"
    assert compilers.section(binary, b".text") == compilers.section(b"no", b".ze_info") == ""


def test_loads_of_16_bytes_are_counted_in_the_kernel_alone() -> None:
    amd = "\nother:\n global_load_dwordx4 v[0:3]\n.Lfunc_end0:\nscan:\n global_load_dwordx4 v[0:3]\n global_load_b128 v[0:3]\n global_load_dwordx2 v[0:1]\n.Lfunc_end1:\n"
    assert of_amd_code(amd, "scan") == 2
    ptx = ".entry other(\n)\n{\n ld.global.v4.f32 {%f1};\n}\n.entry scan(\n)\n{\n ld.global.nc.v4.u32 {%r1};\n ld.global.v2.f64 {%fd1};\n ld.global.v2.f32 {%f2};\n ld.shared.v4.f32 {%f1};\n}\n"
    assert of_nvidia_code(ptx, "scan") == 2


@pytest.mark.parametrize(
    ("registers", "local", "items", "percent"),
    [
        (32, 0, 256, 100), (33, 0, 256, 75), (64, 0, 256, 50), (65, 0, 256, 37), (255, 0, 256, 12),
        (16, 0, 32, 50),  # at most 32 groups
        (16, 48 << 10, 256, 25),  # two groups' local memory
    ],
)  # fmt: skip
def test_occupancy(registers: int, local: int, items: int, percent: int) -> None:
    assert Multiprocessor(1 << 16, 64, 32, 96 << 10, 0).occupancy(registers, local, items) == percent


def test_memory_that_the_system_takes_limits_groups() -> None:
    assert Multiprocessor(1 << 16, 64, 32, 96 << 10, 1 << 10).occupancy(16, 48 << 10, 256) == 12


# --- the table ---------------------------------------------------------------------------------


def table(**lines: Line) -> Table:
    return Table({"clang": "1", "ptxas": "2"}, lines)


def test_a_table_is_read_as_written() -> None:
    one = table(a=Line(NONE), b=Line(replace(NONE, spills=3), "because"))
    text = written(one)
    assert read(text) == one
    assert [line[:3] for line in text.splitlines() if "registers" in line] == ['"a"', '"b"']


@pytest.mark.parametrize("text", ["[]", '{"lines": {}}', '{"compilers": {}, "lines": {"a": {"registers": 1}}}', "no"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)


@pytest.mark.parametrize(
    ("was", "now", "problem"),
    [
        (Line(NONE), NONE, ""),
        # Registers and occupancy are shown; they do not fail.
        (Line(NONE), replace(NONE, registers=255, occupancy=12), ""),
        (Line(NONE), replace(NONE, spills=1), "a: spills 1, in the table 0"),
        (Line(NONE), replace(NONE, scratch=8), "a: scratch 8, in the table 0"),
        (Line(replace(NONE, spills=4), "because"), replace(NONE, spills=4), ""),
        (Line(replace(NONE, spills=4), "because"), replace(NONE, spills=5), "a: spills 5, in the table 4"),
        (Line(replace(NONE, spills=4), "because"), NONE, ""),
        (Line(replace(NONE, scratch=4)), replace(NONE, scratch=4), "a: spills 0 and scratch 4 without a reason; add one to its line of table.json"),
    ],
)
def test_what_is_worse_than_the_table(was: Line, now: Figures, problem: str) -> None:
    assert compared(table(a=was), {"a": now}, whole=True) == ([problem] if problem else [])


def test_kernels_that_come_and_go_ask_for_a_new_table() -> None:
    (new,) = compared(table(), {"a": NONE}, whole=True)
    assert new.startswith("a: not in the table")
    (gone,) = compared(table(a=Line(NONE)), {}, whole=True)
    assert gone.startswith("a: in the table, and no kernel now")
    assert not compared(table(a=Line(NONE)), {}, whole=False)


def test_a_new_table_keeps_the_reasons_that_are_needed() -> None:
    old = table(a=Line(replace(NONE, spills=4), "because"), b=Line(replace(NONE, spills=4), "once"), c=Line(NONE))
    new = renewed(old, {"a": replace(NONE, spills=5), "b": NONE, "d": replace(NONE, scratch=1)}, {"clang": "3"})
    assert new == Table({"clang": "3"}, {"a": Line(replace(NONE, spills=5), "because"), "b": Line(NONE), "d": Line(replace(NONE, scratch=1))})


def test_the_committed_table_has_the_kernels_of_now_and_a_reason_for_each_spill() -> None:
    kept = read(FILE.read_text())
    assert written(kept) == FILE.read_text()
    assert not [key for key, line in kept.lines.items() if in_need(line.figures) and not line.reason]
    assert [*kept.lines] == [f"{source.name} @ {target.chip}" for target in TARGETS for source in of_target(target, every=False)]


# --- sources -----------------------------------------------------------------------------------


def test_every_kernel_is_compiled_for_every_chip() -> None:
    lines = read(FILE.read_text()).lines
    for target in TARGETS:
        kernels = {key.partition(": ")[2].split()[0] for key in lines if key.endswith(f"@ {target.chip}")}
        assert kernels == {"compact", "compact_count", "compact_starts", "copy", "elementwise", "gemm", "gemm_add", "group", "histogram_clear", "histogram_count", "histogram_total", "join", "multinomial", "multinomial_shares", "permutation", "random_numbers", "reduce", "rejection", "scan", "scatter", "scatter_clear", "scatter_mark", "scatter_write", "search", "sort_count", "sort_move", "sort_rows", "sort_scan", "transpose"}


def test_sources_have_names_of_their_own_and_are_launched() -> None:
    found = [*of_target(CHIPS["gfx90a"], every=False)]
    assert len({source.name for source in found}) == len({(source.kernel, source.text) for source in found}) == len(found)
    assert all(1 <= source.items <= 256 for source in found)
    assert all(f"void {source.kernel}(" in source.text for source in found)


def test_products_spill_nothing_and_leave_registers_to_a_second_group() -> None:
    """With the default parameters, in the tiles of large products: their sums and what is read ahead, in registers."""
    tiles = {key: line.figures for key, line in read(FILE.read_text()).lines.items() if key.startswith("large products") and ": gemm " in key}
    assert len(tiles) >= 10 * len(TARGETS)
    assert not [key for key, figures in tiles.items() if figures.scratch or figures.spills]
    # Two groups of 256 items: 128 registers of a chip of NVIDIA's, 256 of gfx90a's.
    crowded = {key for key, figures in tiles.items() if figures.registers > (256 if key.endswith("@ gfx90a") else 128)}
    assert not crowded


def test_loads_are_wide_where_operands_are_aligned() -> None:
    lines = read(FILE.read_text()).lines
    for chip in ("gfx90a", "gfx1100", "sm_90"):
        wide = {key.partition(": ")[2].split()[0] for key, line in lines.items() if key.endswith(f"@ {chip}") and line.figures.wide_loads}
        assert {"elementwise", "gemm", "reduce", "scan", "transpose"} <= wide


def test_every_dtype_is_more_than_the_main_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [program for program in sources.programs() if program.name in ("reduce sum", "reduce prod", "joined bool")]
    monkeypatch.setattr(sources, "programs", lambda: few)
    main, every = ({source.text for source in of_target(CHIPS["sm_70"], every=each)} for each in (False, True))
    assert main < every


def test_tuned_parameters_are_compiled_beside_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = CHIPS["sm_90"]
    default = gemm.RECORDS["gpu"].default(dtypes.as_dtype("float32"), target.info)
    entry = tuning.Entry(
        "gemm", "gpu", "float32", {**default, "TM": 4}, "nvidia", "NVIDIA H100", "sm_90", target.info.vendor, "gpu", "1", "0.1.0", "2026-11-28", 2.0, 1.0, "GFLOP/s"
    )  # fmt: skip
    (tmp_path / "gemm.json").write_text(json.dumps({"entries": [asdict(entry)]}))
    monkeypatch.setattr(sources, "programs", lambda: [program for program in _ALL if program.name == "large products float32"])
    found = [*of_target(target, False, tmp_path)]
    names = [source.name for source in found]
    assert [name for name in names if name.startswith("tuned ")] == [f"tuned {name}" for name in names if not name.startswith("tuned ")]
    # Another chip of another maker takes the defaults only.
    assert not [source for source in of_target(CHIPS["gfx90a"], False, tmp_path) if source.name.startswith("tuned ")]


_ALL = [*sources.programs()]


# --- the run -----------------------------------------------------------------------------------

NOWHERE = Compilers("nowhere/clang", "nowhere/ptxas", "nowhere/ocloc", {"clang": "1", "ptxas": "2"})


def source_of(**changes: Any) -> Source:
    return replace(Source("made up: k", "k", "__kernel void k() {}", CHIPS["sm_70"], 64), **changes)


def test_results_are_kept_by_all_that_they_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "settings", replace(run.settings, cache_folder=tmp_path))
    calls = []

    def compiled(self: Compilers, source: str, *of: Any) -> Figures:
        calls.append(source)
        if "bad" in source:
            raise RefusedError("error: bad")
        return NONE

    monkeypatch.setattr(Compilers, "compiled", compiled)
    some = [source_of(), source_of(name="bad: k", text="bad")]
    for _ in range(2):
        assert run.compile_all(some, NOWHERE) == ({"made up: k @ sm_70": NONE}, {"bad: k @ sm_70": "error: bad"})
    assert sorted(calls) == ["__kernel void k() {}", "bad", "bad"]
    others = [source_of(text="other"), source_of(items=32), source_of(target=CHIPS["sm_90"]), source_of(kernel="other")]
    keys = {run.key_of(one, NOWHERE) for one in (source_of(), *others)} | {run.key_of(source_of(), replace(NOWHERE, versions={"clang": "2"}))}
    assert len(keys) == 6
    assert run.key_of(source_of(name="other"), NOWHERE) in keys


def test_a_compiler_that_fails_is_quoted(tmp_path: Path) -> None:
    script = tmp_path / "clang"
    script.write_text("#!/bin/sh\necho 'k.cl:3:1: error: no such thing' >&2\nexit 1\n")
    script.chmod(0o755)
    with pytest.raises(RefusedError, match="no such thing"):
        replace(NOWHERE, clang=str(script)).compiled("__kernel void k() {}", "k", CHIPS["gfx1100"], 64)


def test_compilers_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compilers.shutil, "which", lambda name: None)
    with pytest.raises(MissingError, match=r"clang-19.*install-drivers\.sh"):
        compilers.find()
    assert command.main([]) == 2
    assert "not installed: clang-19" in capsys.readouterr().err


def test_the_figures_of_a_kernel_stand_side_by_side() -> None:
    chips, heads, line = command.shown({"a: k @ sm_90": replace(NONE, spills=7, wide_loads=2), "a: k @ gfx90a": NONE})
    assert [cell.strip() for cell in chips.split("|")] == ["", "gfx90a", "sm_90"]
    assert [cell.split() for cell in heads.split("|")][1:] == [["reg", "spill", "scratch", "local", "occ%", "16B"]] * 2
    assert [cell.split() for cell in line.split("|")] == [["a:", "k"], ["32", "0", "0", "0", "100", "0"], ["32", "7", "0", "0", "100", "2"]]
    (*_, other) = command.shown({"a: k @ sm_90": NONE, "b: k @ gfx90a": NONE})
    assert [cell.split() for cell in other.split("|")][2] == ["-"] * 6


def test_the_installed_version_of_ptxas_is_that_of_the_table() -> None:
    assert compilers.PTXAS in (ROOT / "ci" / "pocl" / "install-drivers.sh").read_text()
    assert read(FILE.read_text()).compilers["ptxas"] == compilers.PTXAS.partition("==")[2]


def test_wrong_arguments_are_told_of() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.offline_compile", "--write", "gemm"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--write makes the whole table" in done.stderr
