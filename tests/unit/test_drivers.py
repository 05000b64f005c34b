"""Driver discovery on made-up machines: folders of empty files, and no OpenCL at all."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clnd import requirements
from clnd.errors import DriverError, ForkError
from clnd.runtime import discovery, drivers
from clnd.runtime.discovery import Environment, Icd, Plan, plan
from clnd.runtime.state import process

SYSTEM_ICDS = "etc/OpenCL/vendors"


class Machine:
    """A Linux machine in a folder: Debian, with a virtual environment at /venv."""

    def __init__(self, root: Path) -> None:
        """Make a machine with a package folder and no driver."""
        self.root = root
        self.site = root / "venv/site-packages/pyopencl"
        self.site.mkdir(parents=True)
        self.environ: dict[str, str] = {"HOME": str(root / "home")}
        self.linked = ""
        self.write("etc/os-release", 'ID=debian\nVERSION_ID="12"\n')

    def write(self, path: str, text: str = "") -> Path:
        """Make a file below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def wheel(self, *names: str) -> None:
        """Install pyopencl's wheel, and those of some drivers."""
        (self.site / ".libs").mkdir()
        (self.site / ".libs" / "libOpenCL-1.so.1.0.0").touch()
        for name in names:
            library = {"pocl": "libpocl-2.so", "oclgrind": "liboclgrind-rt-icd-3.so"}[name]
            (self.site / ".libs" / library).touch()
            (self.site / ".libs" / f"{name}.icd").write_text(library)

    def intel(self, *, complete: bool = True) -> str:
        """Install Intel's wheel, whose own .icd file names a folder of the builder's."""
        self.write("venv/etc/OpenCL/vendors/intel-cpu.icd", "/opt/builder/lib/libintelocl.so\n")
        if complete:
            self.write("venv/lib/libimf.so")
        return str(self.write("venv/lib/libintelocl.so"))

    def env(self, **changes: Any) -> Environment:
        """What discovery is given to look at."""
        found = Environment(
            system="Linux",
            machine="x86_64",
            environ=self.environ,
            prefixes=(self.root / "venv", self.root / "usr"),
            pyopencl=self.site,
            root=self.root,
            which=lambda name: f"/usr/bin/{name}",
            ldconfig=lambda: self.linked,
            writable=lambda folder: True,
        )
        return replace(found, **changes)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def nothing(_: str) -> None:
    """A PATH without any program."""


def libraries(icds: tuple[Icd, ...] | None) -> list[str]:
    assert icds is not None
    return [icd.library for icd in icds]


# --- Linux ------------------------------------------------------------------------------------


def test_the_wheels_need_no_help(machine: Machine) -> None:
    machine.wheel("pocl", "oclgrind")
    found = plan(machine.env())
    assert (found.vendors, found.bundle, found.preload, found.notes) == (None, None, (), ())
    assert not found.pocl_cache


def test_system_drivers_need_no_help(machine: Machine) -> None:
    machine.wheel()
    machine.write(f"{SYSTEM_ICDS}/rocm.icd", "libamdocl64.so\n")
    assert plan(machine.env()).vendors is None


def test_intels_wheel_joins_the_system_drivers(machine: Machine) -> None:
    machine.wheel("pocl")
    library = machine.intel()
    machine.write(f"{SYSTEM_ICDS}/rocm.icd", "libamdocl64.so\n")
    found = plan(machine.env())
    assert libraries(found.vendors) == ["libamdocl64.so", library]
    assert found.bundle is None


def test_an_installed_intel_runtime_wins_over_the_wheel(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.intel()
    installed = machine.write("opt/intel/libintelocl.so")
    machine.write(f"{SYSTEM_ICDS}/intel64.icd", str(installed))
    assert plan(machine.env()).vendors is None


def test_a_system_icd_of_a_missing_intel_runtime_does_not_count(machine: Machine) -> None:
    machine.wheel("pocl")
    library = machine.intel()
    machine.write(f"{SYSTEM_ICDS}/intel64.icd", "/opt/gone/libintelocl.so")
    assert libraries(plan(machine.env()).vendors)[-1] == library


def test_intels_wheel_without_its_libraries_is_left_out(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.intel(complete=False)
    found = plan(machine.env())
    assert found.vendors is None
    assert found.notes == (
        "Intel's driver was left out: libimf.so is not beside it; "
        f"install it with: {requirements.pip()} install intel-cmplr-lib-rt",
    )


def test_nvidia_without_an_icd_is_found_by_the_linker(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.linked = (
        "\tlibnvidia-opencl.so.1 (libc6) => /usr/lib/i386-linux-gnu/libnvidia-opencl.so.1\n"
        "\tlibnvidia-opencl.so.1 (libc6,x86-64) => /usr/lib/x86/libnvidia-opencl.so.1\n"
    )
    found = plan(machine.env())
    assert libraries(found.vendors) == ["/usr/lib/x86/libnvidia-opencl.so.1"]
    assert found.preload == ()


def test_nvidia_in_a_mounted_folder_brings_what_it_needs(machine: Machine) -> None:
    machine.wheel("pocl")
    folder = "usr/local/nvidia/lib64"
    library = machine.write(f"{folder}/libnvidia-opencl.so.1")
    cuda = machine.write(f"{folder}/libcuda.so.1")
    compiler = machine.write(f"{folder}/libnvidia-nvvm.so.4")
    found = plan(machine.env())
    assert libraries(found.vendors) == [str(library)]
    assert found.preload == (cuda, compiler)


@pytest.mark.parametrize("folder", ["usr/local/nvidia", "usr/lib64", "usr/lib/x86_64-linux-gnu", "opt/nvidia", "opt/nvidia/lib64"])
def test_nvidia_is_found_where_images_mount_it(machine: Machine, folder: str) -> None:
    """A mount may lack the links of sonames: files are then named by the driver's version."""
    machine.wheel("pocl")
    library = machine.write(f"{folder}/libnvidia-opencl.so.580.159")
    machine.write(f"{folder}/libnvidia-opencl.so", "a linker script")
    shared = machine.write(f"{folder}/libnvidia-gpucomp.so.580.159")
    assembler = machine.write(f"{folder}/libnvidia-ptxjitcompiler.so.580.159")
    machine.write(f"{folder}/libnvidia-nvvm.so.580.159")
    compiler = machine.write(f"{folder}/libnvidia-nvvm.so.4")
    found = plan(machine.env())
    assert libraries(found.vendors) == [str(library)]
    assert found.preload == (shared, assembler, compiler)


def test_nvidias_soname_comes_before_its_version(machine: Machine) -> None:
    machine.write("opt/nvidia/libnvidia-opencl.so.580.159")
    library = machine.write("opt/nvidia/libnvidia-opencl.so.1")
    assert libraries(plan(machine.env()).vendors) == [str(library)]


def test_nvidias_search_path_comes_first(machine: Machine) -> None:
    machine.write("usr/lib64/libnvidia-opencl.so.1")
    library = machine.write("mounted/libnvidia-opencl.so.1")
    machine.environ["LD_LIBRARY_PATH"] = f"{machine.root}/none:{library.parent}"
    assert libraries(plan(machine.env()).vendors) == [str(library)]


def test_what_the_linker_does_not_know_beside_nvidias_library_is_loaded_first(machine: Machine) -> None:
    folder = "usr/local/nvidia/lib64"
    library = machine.write(f"{folder}/libnvidia-opencl.so.1")
    machine.write(f"{folder}/libcuda.so.1")
    compiler = machine.write(f"{folder}/libnvidia-nvvm.so.4")
    machine.linked = (
        f"\tlibnvidia-opencl.so.1 (libc6,x86-64) => {library}\n\tlibcuda.so.1 (libc6,x86-64) => {library.parent}/libcuda.so.1\n"
    )
    found = plan(machine.env())
    assert libraries(found.vendors) == [str(library)]
    assert found.preload == (compiler,)


def test_nvidia_with_an_icd_is_not_added_twice(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.write(f"{SYSTEM_ICDS}/nvidia.icd", "libnvidia-opencl.so.1")
    library = machine.write("usr/local/nvidia/lib64/libnvidia-opencl.so.1")
    machine.linked = f"\tlibnvidia-opencl.so.1 (libc6,x86-64) => {library}\n"
    assert plan(machine.env()).vendors is None
    machine.linked = ""
    machine.environ["LD_LIBRARY_PATH"] = str(library.parent)
    assert plan(machine.env()).vendors is None


def test_an_icd_that_leads_nowhere_is_replaced(machine: Machine) -> None:
    """The image brings the `.icd` file, and the host mounts the library where no linker looks."""
    machine.wheel("pocl")
    machine.write(f"{SYSTEM_ICDS}/nvidia.icd", "libnvidia-opencl.so.1")
    library = machine.write("usr/local/nvidia/lib64/libnvidia-opencl.so.1")
    assert libraries(plan(machine.env()).vendors) == [str(library)]


@pytest.mark.parametrize("name", ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES"])
def test_the_users_choice_is_left_alone(machine: Machine, name: str) -> None:
    machine.wheel("pocl")
    machine.intel()
    machine.environ[name] = str(machine.root / "chosen.so")
    found = plan(machine.env())
    assert (found.vendors, found.bundle) == (None, None)
    assert found.searched[0] == f"{name}={machine.root}/chosen.so"
    assert found.advice.startswith(f"{name} limits the search: unset it, or install")


def test_conda_has_its_own_folder(machine: Machine) -> None:
    (machine.root / "venv/conda-meta").mkdir()
    machine.write(f"venv/{SYSTEM_ICDS}/pocl.icd", str(machine.write("venv/lib/libpocl.so")))
    found = plan(machine.env())
    assert str(machine.root / "venv" / SYSTEM_ICDS / "*.icd") in found.searched
    assert str(machine.root / SYSTEM_ICDS / "*.icd") not in found.searched


@pytest.mark.parametrize("named", ["whole", "bare"])
def test_condas_pocl_joins_the_wheels(machine: Machine, named: str) -> None:
    """The loader of pip's pyopencl looks into its own folder and the system's only."""
    machine.wheel("pocl")
    (machine.root / "venv/conda-meta").mkdir()
    library = machine.write("venv/lib/libpocl.so.2.14.0")
    machine.write(f"venv/{SYSTEM_ICDS}/pocl.icd", str(library) if named == "whole" else library.name)
    machine.write(f"{SYSTEM_ICDS}/mesa.icd", "libMesaOpenCL.so.1\n")
    found = plan(machine.env())
    assert libraries(found.vendors) == ["libMesaOpenCL.so.1", str(library)]
    assert found.bundle is None
    assert [icd.library for icd in found.shown if icd.names("libpocl")] == [str(library), str(machine.site / ".libs/libpocl-2.so")]
    assert str(machine.root / "venv" / SYSTEM_ICDS / "*.icd") in found.searched


def test_what_conda_names_and_is_not_there_or_listed_already_does_not_join(machine: Machine) -> None:
    machine.wheel("pocl")
    (machine.root / "venv/conda-meta").mkdir()
    library = str(machine.write("usr/lib/libpocl.so.2"))
    machine.write(f"{SYSTEM_ICDS}/pocl.icd", library)
    machine.write(f"venv/{SYSTEM_ICDS}/ocl-icd-system.icd", library)
    machine.write(f"venv/{SYSTEM_ICDS}/gone.icd", "/gone/libpocl.so.2")
    assert plan(machine.env()).vendors is None


# --- PoCL without a linker ----------------------------------------------------------------------


def test_without_ld_pocl_alone_is_refused(machine: Machine) -> None:
    machine.wheel("pocl", "oclgrind")
    machine.environ["PATH"] = "/empty"
    with pytest.raises(DriverError) as caught:
        plan(machine.env(which=nothing))
    assert str(caught.value) == (
        "[drivers] PoCL cannot be used: it links each kernel with the system's `ld` and ends the "
        "process where there is none; no `ld` is in PATH='/empty'; "
        "install it with: apt-get install binutils"
    )


@pytest.mark.parametrize(
    ("release", "command"),
    [
        ("ID=ubuntu\nID_LIKE=debian", "apt-get install binutils"),
        ("ID=linuxmint\nID_LIKE=ubuntu", "apt-get install binutils"),
        ("ID=fedora", "dnf install binutils"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "dnf install binutils"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper install binutils"),
        ("ID=arch", "pacman -S binutils"),
        ("ID=alpine", "apk add binutils"),
        ("ID=own", "the package manager (the package is binutils)"),
    ],
)
def test_the_command_is_the_distributions(machine: Machine, release: str, command: str) -> None:
    machine.wheel("pocl")
    machine.write("etc/os-release", release + "\n")
    with pytest.raises(DriverError) as caught:
        plan(machine.env(which=nothing))
    assert str(caught.value).endswith(f"install it with: {command}")


def test_without_ld_intel_takes_over(machine: Machine) -> None:
    machine.wheel("pocl", "oclgrind")
    library = machine.intel()
    found = plan(machine.env(which=nothing))
    assert libraries(found.vendors) == [library]
    assert libraries(found.bundle) == [str(machine.site / ".libs/liboclgrind-rt-icd-3.so")]
    assert found.without_pocl
    assert len(found.notes) == 1
    assert found.notes[0].startswith("PoCL cannot be used")


def test_without_ld_a_system_pocl_is_left_out_too(machine: Machine) -> None:
    machine.wheel()
    machine.write(f"{SYSTEM_ICDS}/pocl.icd", "libpocl.so.2\n")
    library = machine.intel()
    assert libraries(plan(machine.env(which=nothing)).vendors) == [library]


def test_without_ld_a_chosen_pocl_is_refused(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.environ["OCL_ICD_VENDORS"] = str(machine.site / ".libs/libpocl-2.so")
    with pytest.raises(DriverError, match="apt-get install binutils"):
        plan(machine.env(which=nothing))


def test_without_ld_a_chosen_other_driver_is_fine(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.environ["OCL_ICD_VENDORS"] = machine.intel()
    found = plan(machine.env(which=nothing))
    assert (found.vendors, found.bundle, found.notes) == (None, None, ())


def test_without_ld_and_pocl_nothing_happens(machine: Machine) -> None:
    machine.wheel("oclgrind")
    assert plan(machine.env(which=nothing)).notes == ()


# --- PoCL's cache -----------------------------------------------------------------------------


def test_pocl_is_given_a_cache_where_its_own_cannot_be_made(machine: Machine) -> None:
    machine.wheel("pocl")
    assert plan(machine.env(writable=lambda folder: False)).pocl_cache


def test_pocl_is_given_a_cache_where_there_is_no_home(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.environ.clear()
    assert plan(machine.env()).pocl_cache


def test_the_users_cache_for_pocl_is_left_alone(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.environ["POCL_CACHE_DIR"] = "/fast"
    assert not plan(machine.env(writable=lambda folder: False)).pocl_cache


def test_no_cache_is_made_without_pocl(machine: Machine) -> None:
    machine.wheel("oclgrind")

    def refuse(folder: Path) -> bool:
        raise AssertionError(folder)

    assert not plan(machine.env(writable=refuse)).pocl_cache


# --- macOS and Windows ------------------------------------------------------------------------


def test_macos_has_its_framework(machine: Machine) -> None:
    found = plan(machine.env(system="Darwin", machine="arm64", which=nothing))
    assert (found.vendors, found.bundle) == (None, None)
    assert found.searched == ("/System/Library/Frameworks/OpenCL.framework",)
    assert "conda install -c conda-forge pyopencl pocl" in found.advice


def test_windows_finds_intels_wheel(machine: Machine) -> None:
    library = machine.write("venv/Library/bin/intelocl64.dll")
    found = plan(machine.env(system="Windows", machine="AMD64", which=nothing))
    assert found.variables["OCL_ICD_FILENAMES"] == str(library)
    assert found.vendors is None


def test_windows_without_a_wheel(machine: Machine) -> None:
    found = plan(machine.env(system="Windows", machine="AMD64", which=nothing))
    assert "OCL_ICD_FILENAMES" not in found.variables
    assert found.searched[0].startswith("the registry")
    assert "the driver of the GPU's vendor" in found.advice
    assert "pip install intel-opencl-rt intel-cmplr-lib-rt" in found.advice


# --- messages ---------------------------------------------------------------------------------


def test_nothing_found_says_where_and_what_to_do(machine: Machine) -> None:
    machine.wheel()
    found = plan(machine.env())
    text = discovery.nothing_found(found, "PLATFORM_NOT_FOUND_KHR")
    assert text.startswith(
        "[drivers] no OpenCL driver was found (PLATFORM_NOT_FOUND_KHR); searched:"
    )
    assert str(machine.site / ".libs/*.icd") in text
    assert str(machine.root / SYSTEM_ICDS / "*.icd") in text
    assert str(machine.root / "venv/lib/libintelocl.so") in text
    assert "libnvidia-opencl.so.1" in text
    assert "pip install pocl-binary-distribution" in text
    assert "pip install intel-opencl-rt intel-cmplr-lib-rt" in text


def test_other_processors_are_sent_to_the_distribution(machine: Machine) -> None:
    found = plan(machine.env(machine="aarch64"))
    assert found.advice == "install a CPU driver with: apt-get install pocl-opencl-icd"


# --- carrying it out --------------------------------------------------------------------------


def test_defaults_do_not_override(machine: Machine) -> None:
    machine.wheel("pocl")
    machine.environ["POCL_WORK_GROUP_SPECIALIZATION"] = "1"
    variables = plan(machine.env()).variables
    assert set(variables) == set(discovery.DEFAULTS) - {"POCL_WORK_GROUP_SPECIALIZATION"}


def test_a_staged_plan_is_taken_back(machine: Machine) -> None:
    machine.wheel("pocl", "oclgrind")
    library = machine.intel()
    before = dict(machine.environ)
    found = replace(plan(machine.env(which=nothing)), variables={})
    staged = drivers.apply(found, machine.environ)
    folder = Path(machine.environ["OCL_ICD_VENDORS"])
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert [file.read_text() for file in folder.glob("*.icd")] == [library + "\n"]
    assert len(list((Path(staged.home) / ".libs").glob("*.icd"))) == 1
    staged.clear()
    assert machine.environ == before
    assert not folder.parent.exists()


def test_a_plan_without_drivers_to_show_makes_no_folder() -> None:
    environ: dict[str, str] = {}
    staged = drivers.apply(Plan(searched=(), variables={"A": "1"}), environ)
    assert (environ, staged.folder) == ({"A": "1"}, None)


def test_pocls_folder_is_private() -> None:
    environ: dict[str, str] = {}
    drivers.apply(Plan(searched=(), pocl_cache=True), environ)
    assert Path(environ["POCL_CACHE_DIR"]).stat().st_mode & 0o777 == 0o700


def test_a_library_that_cannot_be_loaded_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "libcuda.so.1"
    broken.write_text("not a library")
    drivers.apply(Plan(searched=(), preload=(broken,)), {})


# --- names and order --------------------------------------------------------------------------


def platform(name: str, version: str = "OpenCL 3.0") -> Any:
    return SimpleNamespace(name=name, version=version)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Portable Computing Language", "pocl"),
        ("Intel(R) OpenCL", "intel"),
        ("Intel(R) OpenCL Graphics", "intel"),
        ("Intel(R) FPGA Emulation Platform for OpenCL(TM)", "intel-fpga"),
        ("rusticl", "rusticl"),
        ("Oclgrind", "oclgrind"),
        ("NVIDIA CUDA", "nvidia"),
        ("AMD Accelerated Parallel Processing", "amd"),
        ("Apple", "apple"),
        ("QUALCOMM Snapdragon(TM)", "qualcomm-snapdragon-tm"),
    ],
)
def test_driver_key(name: str, key: str) -> None:
    assert drivers.driver_key(platform(name)) == key


def test_cpu_rank() -> None:
    best_first = [
        platform("Intel(R) OpenCL"),
        platform("Portable Computing Language", "OpenCL 3.0 PoCL 7.1  Linux"),
        platform("Portable Computing Language", "OpenCL 3.0 PoCL 3.1+debian  Linux"),
        platform("Portable Computing Language", "OpenCL 3.0 PoCL 3.0-rc2  Linux"),
        platform("rusticl"),
        platform("Oclgrind"),
    ]
    shuffled = best_first[::-1]
    assert sorted(shuffled, key=drivers.cpu_rank) == best_first
    assert drivers.driver_key(best_first[-1]) in drivers.BY_NAME_ONLY


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("Intel(R) OpenCL", "OpenCL 3.1", "Intel's runtime"),
        ("Portable Computing Language", "OpenCL 3.0 PoCL 7.1  Linux", "PoCL 7.1"),
        ("Portable Computing Language", "OpenCL 3.0 PoCL 3.0-rc2  Linux", "PoCL 3.0 (the wheel's)"),
        ("Portable Computing Language", "OpenCL 1.2 pocl", "PoCL"),
        ("rusticl", "OpenCL 3.0", "rusticl"),
    ],
)
def test_what_a_driver_is_called(name: str, version: str, said: str) -> None:
    assert drivers.title(platform(name, version)) == said


def test_why_a_cpu_has_its_number() -> None:
    intel, seven, wheel = (platform("Intel(R) OpenCL"), *(platform("Portable Computing Language", f"OpenCL 3.0 PoCL {v}") for v in ("7.1", "3.0-rc2")))
    order = "; Intel's runtime comes first, then the newest PoCL, then others"
    assert drivers.why_cpu([wheel], 0) == "PoCL 3.0 (the wheel's) is the only driver of CPUs"
    assert drivers.why_cpu([seven, wheel], 0) == f"PoCL 7.1, before PoCL 3.0 (the wheel's){order}"
    assert drivers.why_cpu([intel, seven, wheel], 0) == f"Intel's runtime, before PoCL 7.1 and PoCL 3.0 (the wheel's){order}"
    assert drivers.why_cpu([intel, seven, wheel], 1) == f"PoCL 7.1, after Intel's runtime, before PoCL 3.0 (the wheel's){order}"
    assert drivers.why_cpu([intel, seven, wheel], 2) == f"PoCL 3.0 (the wheel's), after Intel's runtime and PoCL 7.1{order}"


# --- forks ------------------------------------------------------------------------------------


def test_a_forked_child_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers.check_process()
    monkeypatch.setattr(process, "forked", True)
    with pytest.raises(ForkError, match="multiprocessing start method 'spawn'"):
        drivers.check_process()
    with pytest.raises(ForkError):
        drivers.platforms()
    assert drivers.forked()


FORK = """
import os
from clnd.runtime import drivers
from clnd.runtime.state import process
for started in (False, True):
    if started:
        process.platforms = ()
    child = os.fork()
    if not child:
        os._exit(drivers.forked())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == started
assert not drivers.forked()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_only_a_fork_after_the_start_is_marked() -> None:
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)
