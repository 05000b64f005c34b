"""The facts that the doctor checks, from files, environment variables and one child process.

All files are read below the root of a `discovery.Environment`, so that tests can describe a machine as a
tree of files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from clnd import requirements
from clnd.errors import DriverError
from clnd.process import Outcome, run_module
from clnd.runtime import cache, discovery
from clnd.runtime.discovery import Environment, Icd
from clnd.settings import settings

__all__ = ["VENDORS", "Facts", "RenderNode", "gather", "of_machine", "of_report"]

VENDORS: Mapping[int, str] = {0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"}
"""PCI vendors of GPUs that have OpenCL drivers."""

_DISPLAY = 0x03
"""The PCI class of display controllers: the highest byte."""

_PATIENCE = 240.0
"""Seconds for listing all devices. On the first run each driver compiles the probe."""


@dataclass(frozen=True)
class RenderNode:
    """A device file of a GPU: whether this process may open it, and the group that may."""

    path: str
    usable: bool
    group: str


@dataclass(frozen=True)
class Facts:
    """The machine as the checks see it."""

    system: str = "Linux"
    machine: str = "x86_64"
    distribution: str = "debian"
    installer: str = "apt-get install"
    pip: str = "pip"
    """The pip of the Python that clnd runs in."""
    linker: bool = True
    path: str = "/usr/bin"
    chosen: Mapping[str, str] = field(default_factory=dict)
    """The variables of the OpenCL loader that the user has set."""
    installed: tuple[Icd, ...] = ()
    """All drivers that are installed, including those that `chosen` hides."""
    shown: tuple[Icd, ...] = ()
    """The drivers that the OpenCL loader finds."""
    intel_incomplete: bool = False
    gpus: tuple[str, ...] = ()
    """Vendors of the GPUs in the machine."""
    nodes: tuple[RenderNode, ...] = ()
    cache_folder: str = ""
    cache_is: Literal["usable", "closed", "absent"] = "usable"
    """"closed": the folder exists but this user cannot write to it; "absent": it cannot be created."""
    devices: tuple[Mapping[str, Any], ...] = ()
    """The entry of `clnd.info` for each device."""
    failure: str = ""
    """How the child process that lists devices failed; empty if it did not."""

    def device(self, context: str) -> Mapping[str, Any] | None:
        """The device called ``context``; None if it is missing or could not be opened."""
        return next((d for d in self.devices if d["context"] == context and not d["error"]), None)

    def has_pocl(self) -> bool:
        """Whether PoCL is installed."""
        return any(icd.names("libpocl") for icd in self.installed)


def gather() -> Facts:
    """The facts of this machine. Drivers are loaded only in a child process."""
    facts = of_machine(Environment.current())
    held = cache.contents()
    if settings.cache and not held.usable:
        facts = replace(facts, cache_folder=str(held.folder), cache_is="closed" if held.folder.exists() else "absent")
    facts = replace(facts, pip=requirements.pip())
    return of_report(facts, run_module("clnd", ["info", "--json"], seconds=_PATIENCE))


def of_report(facts: Facts, child: Outcome) -> Facts:
    """``facts`` with the devices that a child process running ``clnd info --json`` printed."""
    said = child.printed_json()
    if said is None:
        return replace(facts, failure=f"the process that lists the devices {child.how}")
    return replace(facts, devices=tuple(said["devices"]))


def of_machine(env: Environment, may: Callable[[Path], bool] | None = None) -> Facts:
    """The facts from files and variables. ``may`` says whether this process can read and write a render node."""
    # Without a linker `plan` ignores PoCL. The doctor reports the linker separately, so pretend that there is one.
    env_with_linker = replace(env, which=lambda name: "/usr/bin/ld" if name == "ld" else env.which(name))
    free = {name: value for name, value in env.environ.items() if name not in discovery.LOADER_VARIABLES}
    installed = _shown(replace(env_with_linker, environ=free))
    return Facts(
        system=env.system,
        machine=env.machine,
        distribution=env.distribution(),
        installer=env.installer(),
        linker=bool(env.which("ld")),
        path=env.environ.get("PATH", ""),
        chosen={name: env.environ[name] for name in discovery.LOADER_VARIABLES if env.environ.get(name)},
        installed=installed,
        shown=_shown(env_with_linker),
        intel_incomplete=_intel_incomplete(env),
        gpus=_gpus(env) if env.system == "Linux" else (),
        nodes=_render_nodes(env, may or _may_use) if env.system == "Linux" else (),
    )


def _shown(env: Environment) -> tuple[Icd, ...]:
    try:
        return discovery.plan(env).shown
    except DriverError:
        return ()


def _intel_incomplete(env: Environment) -> bool:
    """True if Intel's wheel is installed without the libraries of intel-cmplr-lib-rt."""
    folder = next((p / "lib" for p in env.prefixes if (p / "lib" / "libintelocl.so").is_file()), None)
    return folder is not None and not (folder / "libimf.so").is_file()


def _number(file: Path) -> int:
    try:
        return int(file.read_text().strip(), 16)
    except (OSError, ValueError):
        return 0


def _gpus(env: Environment) -> tuple[str, ...]:
    """The vendors of all display controllers on the PCI bus, and of all graphics cards that Linux has a driver for."""
    buses = [f for f in _entries(env.path("/sys/bus/pci/devices")) if _number(f / "class") >> 16 == _DISPLAY]
    cards = [f / "device" for f in _entries(env.path("/sys/class/drm")) if re.fullmatch(r"card\d+", f.name)]
    found = dict.fromkeys(VENDORS.get(_number(folder / "vendor"), "") for folder in (*buses, *cards))
    return tuple(vendor for vendor in found if vendor)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _render_nodes(env: Environment, may: Callable[[Path], bool]) -> tuple[RenderNode, ...]:
    nodes = [file for file in _entries(env.path("/dev/dri")) if file.name.startswith("renderD")]
    return tuple(RenderNode(f"/dev/dri/{file.name}", may(file), _group_of(file)) for file in nodes)


def _may_use(file: Path) -> bool:
    return os.access(file, os.R_OK | os.W_OK)


def _group_of(file: Path) -> str:
    """The group of a file; "render", its usual name, if the group has no name on this system."""
    try:
        return file.group()
    except (KeyError, OSError, NotImplementedError):
        return "render"
