"""The doctor on made-up machines: trees of files, facts written by hand, and no OpenCL at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clnd import doctor
from clnd.doctor import checks
from clnd.doctor.facts import Facts, RenderNode, of_machine, of_report
from clnd.process import Outcome
from clnd.runtime.discovery import Environment, Icd

POCL = Icd("pocl", "/venv/pyopencl/.libs/libpocl-2.so")
INTEL = Icd("intel-wheel", "/venv/lib/libintelocl.so")


def device(context: str = "cpu(0)", **changes: Any) -> dict[str, Any]:
    """A device as `clnd.info` describes it."""
    kind = context.partition("(")[0]
    facts = {
        "context": context, "error": "", "name": "EPYC", "vendor": "The pocl project", "platform": "PoCL", "driver": "pocl",
        "kind": kind, "same_bits": "yes", "same_bits_reasons": [], "in_caller": False,
    }  # fmt: skip
    return {**facts, **changes}


HEALTHY = Facts(installed=(POCL,), shown=(POCL,), devices=(device(),))
BARE = Facts()


def found(facts: Facts) -> list[str]:
    """The commands of what was found."""
    return [finding.command for finding in doctor.findings(facts)]


# --- the checks --------------------------------------------------------------------------------


def test_a_healthy_machine() -> None:
    assert doctor.findings(HEALTHY) == []
    text = doctor.report(HEALTHY, [])
    assert text.startswith("clnd doctor: cpu(0) works: EPYC, by the driver pocl\n")
    assert "\nnothing is missing\n" in text
    assert text.endswith("$ pip install intel-opencl-rt intel-cmplr-lib-rt")
    assert "\nSmall arrays would be faster" in text
    assert "\nKernels would be compiled faster" in doctor.report(replace(HEALTHY, devices=(device(in_caller=True),)), [])
    for other in (replace(HEALTHY, devices=(device(driver="intel"),)), replace(HEALTHY, machine="aarch64"), replace(HEALTHY, installed=(POCL, INTEL)), replace(HEALTHY, system="Darwin")):
        assert doctor.report(other, []).endswith("\nnothing is missing")


def test_no_driver_at_all() -> None:
    [finding] = doctor.findings(BARE)
    assert finding.found == "there is no OpenCL driver for the CPU"
    assert finding.command == "pip install pocl-binary-distribution"
    assert finding.stops_cpu


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"system": "Windows", "machine": "AMD64"}, "pip install intel-opencl-rt intel-cmplr-lib-rt"),
        ({"system": "Darwin", "machine": "arm64"}, "conda install -c conda-forge pyopencl pocl"),
        ({"machine": "aarch64"}, "sudo apt-get install pocl-opencl-icd"),
        ({"machine": "aarch64", "installer": "dnf install"}, "sudo dnf install pocl"),
        ({"installed": (POCL,), "shown": (POCL,)}, "pip install --force-reinstall pocl-binary-distribution"),
    ],
)
def test_the_cpu_driver_of_a_system(changes: dict[str, Any], command: str) -> None:
    assert found(replace(BARE, **changes)) == [command]


def test_no_linker() -> None:
    facts = replace(HEALTHY, linker=False, path="/opt/bin", devices=())
    [finding] = doctor.findings(facts)
    assert "`ld` is not in PATH='/opt/bin'" in finding.found
    assert finding.command == "sudo apt-get install binutils"
    assert finding.stops_cpu
    assert found(replace(facts, installer="")) == ["# install binutils with the system's package manager"]


def test_no_linker_matters_less_beside_another_driver() -> None:
    [finding] = doctor.findings(replace(HEALTHY, linker=False, devices=(device(driver="intel"),)))
    assert not finding.stops_cpu
    assert found(replace(HEALTHY, linker=False, installed=(INTEL,), shown=(INTEL,))) == []


def test_intels_runtime_without_its_libraries() -> None:
    [finding] = doctor.findings(replace(BARE, intel_incomplete=True))
    assert finding.command == "pip install intel-cmplr-lib-rt"
    assert finding.stops_cpu


def test_a_variable_that_hides_drivers() -> None:
    facts = replace(HEALTHY, chosen={"OCL_ICD_VENDORS": "/nowhere"}, shown=(), devices=())
    [finding] = doctor.findings(facts)
    assert finding.found == "OCL_ICD_VENDORS=/nowhere hides the drivers pocl"
    assert finding.command == "unset OCL_ICD_VENDORS"
    assert found(replace(facts, shown=(POCL,), devices=(device(),))) == []


def test_a_device_that_cannot_be_opened() -> None:
    [finding] = doctor.findings(replace(HEALTHY, devices=(device(error="[open] no context"),)))
    assert finding.found == "cpu(0) cannot be opened: [open] no context"
    assert finding.stops_cpu


@pytest.mark.parametrize(
    ("vendor", "distribution", "installer", "command"),
    [
        ("NVIDIA", "debian", "apt-get install", "sudo apt-get install nvidia-opencl-icd"),
        ("AMD", "arch", "pacman -S", "sudo pacman -S rocm-opencl-runtime"),
        ("Intel", "ubuntu", "apt-get install", "sudo apt-get install intel-opencl-icd"),
        ("Intel", "", "", "# install intel-compute-runtime with the system's package manager"),
    ],
)
def test_a_gpu_without_a_driver(vendor: str, distribution: str, installer: str, command: str) -> None:
    facts = replace(HEALTHY, gpus=(vendor,), distribution=distribution, installer=installer)
    [finding] = doctor.findings(facts)
    assert finding.found == f"the machine has a GPU by {vendor}, and no OpenCL driver reports it"
    assert finding.command == command
    assert not finding.stops_cpu


def test_a_gpu_with_its_driver() -> None:
    nvidia = device("gpu(0)", vendor="NVIDIA Corporation", name="H100", platform="NVIDIA CUDA")
    assert found(replace(HEALTHY, gpus=("NVIDIA",), devices=(device(), nvidia))) == []
    assert len(found(replace(HEALTHY, gpus=("NVIDIA", "AMD"), devices=(device(), nvidia)))) == 1


def test_intels_cpu_driver_is_none_for_its_gpu() -> None:
    assert len(found(replace(HEALTHY, gpus=("Intel",), devices=(device(driver="intel", platform="Intel(R) OpenCL"),)))) == 1


def test_a_render_node_of_another_group() -> None:
    node = RenderNode("/dev/dri/renderD128", False, "render")
    facts = replace(HEALTHY, gpus=("AMD",), nodes=(node,))
    [finding] = doctor.findings(facts)
    assert finding.found == "/dev/dri/renderD128 cannot be read and written by this user"
    assert finding.command == 'sudo usermod -a -G render "$USER"'
    assert found(replace(facts, gpus=(), nodes=(replace(node, usable=True), node))) == []


@pytest.mark.parametrize(
    ("state", "command"), [("closed", 'sudo chown -R "$(id -u)" \'/a b\''), ("absent", 'export CLND_CACHE_DIR="/tmp/clnd-$(id -u)"')]
)
def test_a_cache_that_cannot_be_written(state: Any, command: str) -> None:
    [finding] = doctor.findings(replace(HEALTHY, cache_folder="/a b", cache_is=state))
    assert finding.command == command
    assert "/a b" in finding.found
    assert not finding.stops_cpu


def test_a_device_with_other_bits() -> None:
    reasons = ["the compiler fuses a product into a sum although it was told not to"]
    odd = device("gpu(0)", same_bits="no: " + reasons[0], same_bits_reasons=reasons)
    [finding] = doctor.findings(replace(HEALTHY, devices=(device(), odd)))
    assert reasons[0] in finding.found
    assert finding.command == "python -m clnd selftest --ctx 'gpu(0)' --json selftest.json"
    assert found(replace(HEALTHY, devices=(device(same_bits="yes except subnormals"),))) == []


def test_every_finding_is_one_command() -> None:
    """A line to paste: no prose, no second line."""
    everything = Facts(
        linker=False, installed=(POCL, INTEL), chosen={"OCL_ICD_VENDORS": "/x"}, intel_incomplete=True, gpus=("AMD",),
        cache_folder="/x", cache_is="closed", failure="a process was ended by SIGABRT",
    )  # fmt: skip
    results = doctor.findings(everything)
    assert len(results) >= 5
    for finding in results:
        assert "\n" not in finding.command
        assert finding.found
        assert finding.matters.endswith(".")
    text = doctor.report(everything, results)
    assert text.startswith("clnd doctor: cpu(0) does not work")
    assert text.endswith(f"{len(results)} to mend")


def test_every_check_has_a_test_above() -> None:
    """Each finds something on one of the machines of this module."""
    assert {check.__name__ for check in doctor.CHECKS} == {
        "crash", "linker", "intel_libraries", "hidden_drivers", "cpu_driver", "render_group", "gpu_driver", "cache_folder", "bits",
    }  # fmt: skip
    assert all(check.__doc__ for check in doctor.CHECKS)


# --- the child ---------------------------------------------------------------------------------


def test_a_child_that_crashed() -> None:
    facts = of_report(HEALTHY, Outcome(-6, "", "one\nld: not found\n"))
    finding = checks.crash(facts)
    assert finding is not None
    assert finding.found == "the process that lists the devices was ended by SIGABRT; its last words: ld: not found"
    assert finding.stops_cpu


def test_a_child_that_hung() -> None:
    assert "did not return" in of_report(HEALTHY, Outcome(None, "", "")).failure
    assert "status 3" in of_report(HEALTHY, Outcome(3, "{broken", "")).failure


def test_a_child_whose_driver_prints() -> None:
    facts = of_report(BARE, Outcome(0, "a driver's words\n" + json.dumps({"devices": [device()]}), ""))
    assert not facts.failure
    assert facts.device("cpu(0)") is not None


# --- files -------------------------------------------------------------------------------------


class Machine:
    """A Linux machine in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("etc/os-release", "ID=fedora\n")

    def write(self, path: str, text: str = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def facts(self, *, linker: bool = True, may: bool = True, **environ: str) -> Facts:
        env = Environment(
            system="Linux", machine="x86_64", environ={"HOME": str(self.root), **environ}, prefixes=(self.root / "venv",),
            pyopencl=self.root / "pyopencl", root=self.root, which=lambda name: "/bin/ld" if linker else None, ldconfig=lambda: "",
            writable=lambda folder: True,
        )  # fmt: skip
        return of_machine(env, lambda file: may)

    def pocl(self) -> None:
        self.write("pyopencl/.libs/libOpenCL-1.so")
        self.write("pyopencl/.libs/libpocl-2.so")
        self.write("pyopencl/.libs/pocl.icd", "libpocl-2.so")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_gpus_on_the_bus(machine: Machine) -> None:
    for slot, kind, vendor in (("0", "0x030000", "0x1a03"), ("1", "0x030200", "0x10de"), ("2", "0x020000", "0x8086"), ("3", "0x038000", "0x1002")):
        machine.write(f"sys/bus/pci/devices/{slot}/class", kind + "\n")
        machine.write(f"sys/bus/pci/devices/{slot}/vendor", vendor + "\n")
    assert machine.facts().gpus == ("NVIDIA", "AMD")  # a network card is no GPU, and a BMC has no OpenCL


def test_cards_of_the_kernel(machine: Machine) -> None:
    machine.write("sys/class/drm/card0/device/vendor", "0x8086\n")
    machine.write("sys/class/drm/card0-HDMI-A-1/device/vendor", "0x1002\n")
    machine.write("sys/class/drm/version", "drm")
    assert machine.facts().gpus == ("Intel",)


def test_files_that_are_no_numbers(machine: Machine) -> None:
    machine.write("sys/bus/pci/devices/0/class", "?")
    machine.write("sys/class/drm/card1/device/vendor", "")
    assert machine.facts().gpus == ()


def test_render_nodes(machine: Machine) -> None:
    machine.write("dev/dri/renderD128")
    machine.write("dev/dri/card0")
    [node] = machine.facts(may=False).nodes
    assert (node.path, node.usable) == ("/dev/dri/renderD128", False)
    assert node.group
    assert machine.facts(may=True).nodes[0].usable


def test_pocl_is_found_without_a_linker(machine: Machine) -> None:
    machine.pocl()
    facts = machine.facts(linker=False)
    assert facts.has_pocl()
    assert not facts.linker
    assert facts.installer == "dnf install"
    assert found(facts) == ["sudo dnf install binutils"]


def test_drivers_that_a_variable_hides(machine: Machine) -> None:
    machine.pocl()
    facts = machine.facts(OCL_ICD_VENDORS=str(machine.write("other.so")))
    assert [icd.name for icd in facts.installed] == ["pocl"]
    assert "pocl" not in [icd.name for icd in facts.shown]
    assert found(facts) == ["unset OCL_ICD_VENDORS"]


def test_a_folder_of_icd_files_hides_none_of_the_wheels(machine: Machine) -> None:
    machine.pocl()
    (machine.root / "vendors").mkdir()
    facts = machine.facts(OCL_ICD_VENDORS=str(machine.root / "vendors"))
    assert [icd.name for icd in facts.shown] == ["pocl"]


def test_intels_wheel_alone(machine: Machine) -> None:
    machine.write("venv/lib/libintelocl.so")
    assert machine.facts().intel_incomplete
    machine.write("venv/lib/libimf.so")
    assert not machine.facts().intel_incomplete
