"""Where this machine keeps its OpenCL drivers, and what must be done so that the loader finds them.

The loader (libOpenCL) reads `*.icd` files, each of which names one driver's library. Five things go
wrong with that on ordinary machines, and are put right:

- Intel's wheel installs its library into the environment, but `.icd` files that point elsewhere;
- conda installs PoCL where conda's loader looks, and pip's pyopencl brings its own, which does not;
- containers are given NVIDIA's library without an `.icd` file;
- PoCL links each kernel with the system's `ld` and ends the process where there is none;
- PoCL offers no device where its cache folder cannot be made.

`plan` decides, as a pure function of an `Environment` (a made-up one in the tests); `drivers`
carries the plan out. A loader setting of the user (OCL_ICD_VENDORS and its like) is left alone.
"""

from __future__ import annotations

import importlib.util
import os
import platform as host
import re
import shutil
import site
import sys
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from clnd.errors import DriverError
from clnd.records import light_dataclass
from clnd.requirements import pip

__all__ = ["DEFAULTS", "LOADER_VARIABLES", "Environment", "Icd", "Plan", "nothing_found", "plan"]

DEFAULTS: Mapping[str, str] = {
    # pyopencl 2026.1 looks this up without a fallback when its cache fails, and dies of a KeyError.
    "PYOPENCL_CACHE_FAILURE_FATAL": "",
    # clnd has its own cache; pyopencl's is pickled, and making a kernel fails where the home folder
    # cannot be written.
    "PYOPENCL_NO_CACHE": "1",
    # PoCL would compile every kernel again for each new work-group size: 30 ms each time.
    "POCL_WORK_GROUP_SPECIALIZATION": "0",
}

# What a user sets to choose drivers: the first two replace the system's, the third adds to them.
LOADER_VARIABLES = ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES")

_NVIDIA = "libnvidia-opencl.so.1"
_NVIDIA_FOLDERS = (
    "/usr/local/nvidia/lib64",
    "/usr/local/nvidia/lib",
    "/usr/local/nvidia",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/x86_64-linux-gnu/nvidia/current",
    "/usr/lib/nvidia",
    "/opt/nvidia/lib64",
    "/opt/nvidia/lib",
    "/opt/nvidia",
    "/usr/lib/wsl/lib",
    "/run/opengl-driver/lib",
)
# NVIDIA's driver opens these by their bare names, so they are loaded first from its own folder, in this order: the
# back end that both compilers share is the second one. LD_LIBRARY_PATH is read when a process starts, and comes too late.
_NVIDIA_NEEDS = ("libcuda.so", "libnvidia-gpucomp.so", "libnvidia-ptxjitcompiler.so", "libnvidia-nvvm.so", "libnvidia-nvvm70.so")
# Where the dynamic linker looks without being told.
_LINKER_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")

# For each family of distributions: its install command, and what it calls its PoCL package.
_INSTALLERS = {
    "debian": ("apt-get install", "pocl-opencl-icd"),
    "ubuntu": ("apt-get install", "pocl-opencl-icd"),
    "fedora": ("dnf install", "pocl"),
    "rhel": ("dnf install", "pocl"),
    "suse": ("zypper install", "pocl"),
    "arch": ("pacman -S", "pocl"),
    "alpine": ("apk add", "pocl"),
}


# --- what the machine looks like --------------------------------------------------------------


@light_dataclass(frozen=True)
class Environment:
    """All that discovery may look at, so that tests can make up a machine in a folder."""

    system: str
    machine: str
    environ: Mapping[str, str]
    prefixes: tuple[Path, ...]
    pyopencl: Path | None
    root: Path
    which: Callable[[str], str | None]
    ldconfig: Callable[[], str]
    writable: Callable[[Path], bool]

    @classmethod
    def current(cls) -> Environment:
        """This process on this machine."""
        found = importlib.util.find_spec("pyopencl")  # finds the package without loading it
        prefixes = dict.fromkeys((sys.prefix, sys.base_prefix, site.getuserbase() or sys.prefix))
        return cls(
            system=host.system(),
            machine=host.machine(),
            environ=os.environ,
            prefixes=tuple(Path(prefix) for prefix in prefixes),
            pyopencl=Path(found.origin).parent if found and found.origin else None,
            root=Path("/"),
            # Without PATH the compiler inside PoCL finds nothing, unlike shutil.which.
            which=lambda name: shutil.which(name, path=os.environ.get("PATH", "")),
            ldconfig=_ldconfig,
            writable=_writable,
        )

    def path(self, absolute: str) -> Path:
        """A system path, below the root of this machine."""
        return self.root / absolute.lstrip("/")

    def installer(self) -> str:
        """The command that installs packages of the system here, or an empty string."""
        return _INSTALLERS.get(self.distribution(), ("", ""))[0]

    def distribution(self) -> str:
        """The family of the Linux distribution, or an empty string."""
        try:
            text = self.path("/etc/os-release").read_text(errors="replace")
        except OSError:
            return ""
        names = re.findall(r"^(?:ID|ID_LIKE)=(.*)$", text, re.MULTILINE)
        words = " ".join(names).replace('"', " ").split()
        return next((w for word in words for w in _INSTALLERS if word.startswith(w)), "")


def _ldconfig() -> str:
    """The libraries that the dynamic linker knows, or an empty string."""
    import subprocess

    try:
        done = subprocess.run(
            [shutil.which("ldconfig", path="/sbin:/usr/sbin:/usr/bin") or "ldconfig", "-p"],
            capture_output=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


def _writable(folder: Path) -> bool:
    """Whether files can be made there; the folder is made, as PoCL would."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@light_dataclass(frozen=True)
class Icd:
    """One driver as the loader sees it: a name, and a path or a bare name of its library."""

    name: str
    library: str

    def names(self, part: str) -> bool:
        """Whether the library's file name contains `part`."""
        return part in Path(self.library).name.lower()

    def usable(self) -> bool:
        """Whether arrays may live on it by default, as far as files can tell."""
        return not (self.names("libpocl") or self.names("oclgrind")) and self.present()

    def present(self) -> bool:
        """Whether the library exists; the dynamic linker searches for a bare name."""
        return "/" not in self.library or Path(self.library).exists()


def _read_icds(folder: Path, libraries: Path | None = None) -> tuple[Icd, ...]:
    """The drivers that a folder of `.icd` files names; bare names may lie in `libraries`."""
    found = []
    for file in sorted(folder.glob("*.icd")):
        try:
            name = file.read_text(errors="replace").strip().partition("\n")[0].strip()
        except OSError:
            continue
        if libraries is not None and (libraries / name).is_file():
            name = str(libraries / name)
        if name:
            found.append(Icd(file.stem, name))
    return tuple(found)


# --- the plan ---------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Plan:
    """What has to happen before the first query. A None means that the loader needs no help."""

    searched: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    vendors: tuple[Icd, ...] | None = None
    """The drivers that take the place of the system's `.icd` files."""
    bundle: tuple[Icd, ...] | None = None
    """The drivers that take the place of those in pyopencl's own folder."""
    preload: tuple[Path, ...] = ()
    pocl_cache: bool = False
    """Whether PoCL has to be given a cache folder of this process."""
    without_pocl: bool = False
    """Whether PoCL would end the process, and is to be kept out of sight."""
    notes: tuple[str, ...] = ()
    """Drivers that were left out, why, and the command that brings each one back."""
    advice: str = ""
    """What to install on this machine where no driver is found."""
    shown: tuple[Icd, ...] = ()
    """The drivers that the loader gets to see, on Linux."""


def plan(env: Environment) -> Plan:
    """Decide which drivers the loader should see; changes nothing."""
    if env.system == "Linux":
        return _plan_linux(env)
    variables = _defaults(env)
    if env.system == "Darwin":
        framework = "/System/Library/Frameworks/OpenCL.framework"
        return Plan((framework,), variables, advice=_advice(env))
    searched = [r"the registry: HKEY_LOCAL_MACHINE\SOFTWARE\Khronos\OpenCL\Vendors"]
    for folder in (p / "Library" / kind for p in env.prefixes for kind in ("bin", "lib")):
        searched.append(str(folder))
        library = folder / "intelocl64.dll"  # the wheel does not write the registry
        if library.is_file() and not _chosen(env):
            variables["OCL_ICD_FILENAMES"] = str(library)
            break
    return Plan(tuple(searched), variables, advice=_advice(env))


def _plan_linux(env: Environment) -> Plan:
    bundle_folder = _bundle_folder(env)
    bundled = _read_icds(bundle_folder, bundle_folder) if bundle_folder else ()
    vendors_folder = _vendors_folder(env)
    searched = [str(bundle_folder / "*.icd")] if bundle_folder else []
    notes: list[str] = []
    preload: tuple[Path, ...] = ()
    chosen = _chosen(env)
    if chosen:
        searched = [f"{chosen}={env.environ[chosen]}", *searched]
        system = listed = _user_icds(env, chosen)
        if chosen != "OCL_ICD_FILENAMES" and not Path(env.environ[chosen]).is_dir():
            bundled = ()  # the loader takes a file as the only driver wanted
    else:
        searched.append(str(vendors_folder / "*.icd"))
        system = _read_icds(vendors_folder)
        conda = _find_conda(env, system, searched)
        intel = _find_intel(env, system + conda, searched, notes)
        nvidia, preload = _find_nvidia(env, system, searched)
        # A file of the image that names a library which is mounted elsewhere says nothing any more.
        listed = (_without_nvidia(system) if nvidia else system) + conda + intel + nvidia

    kept = bundled
    no_linker = not env.which("ld") and any(icd.names("libpocl") for icd in listed + bundled)
    if no_linker:
        listed, kept = _without_pocl(listed), _without_pocl(bundled)
        if not any(icd.usable() for icd in listed + kept) or (chosen and listed != system):
            raise DriverError(f"[drivers] {_no_linker(env)}")
        notes.append(_no_linker(env))

    return Plan(
        searched=tuple(searched),
        variables=_defaults(env),
        pocl_cache=any(icd.names("libpocl") for icd in listed + kept) and _lacks_cache(env),
        vendors=listed if listed != system else None,
        bundle=kept if kept != bundled else None,
        preload=preload,
        without_pocl=no_linker,
        notes=tuple(notes),
        shown=listed + kept,
        advice=(f"{chosen} limits the search: unset it, or " if chosen else "") + _advice(env),
    )


def _chosen(env: Environment) -> str:
    """The variable by which the user chose drivers, or an empty string."""
    return next((name for name in LOADER_VARIABLES if env.environ.get(name)), "")


def _user_icds(env: Environment, variable: str) -> tuple[Icd, ...]:
    value = env.environ[variable]
    if variable == "OCL_ICD_FILENAMES":
        named = tuple(Icd(Path(name).stem, name) for name in value.split(":") if name)
        return _read_icds(_vendors_folder(env)) + named
    path = Path(value)
    if path.is_dir():
        return _read_icds(path)
    if path.suffix == ".icd":
        return tuple(icd for icd in _read_icds(path.parent) if icd.name == path.stem)
    return (Icd(path.stem, value),)


def _bundle_folder(env: Environment) -> Path | None:
    """Where pyopencl's wheel keeps its loader, and the PoCL and Oclgrind wheels their drivers."""
    folder = env.pyopencl / ".libs" if env.pyopencl else None
    return folder if folder and any(folder.glob("libOpenCL*")) else None


def _vendors_folder(env: Environment) -> Path:
    """Where the loader looks by itself: conda's own loader looks inside its environment."""
    conda = _conda_folder(env)
    return conda if conda and _bundle_folder(env) is None else env.path("/etc/OpenCL/vendors")


def _conda_folder(env: Environment) -> Path | None:
    """Where the drivers of the conda environment that this is are named."""
    prefix = next((p for p in env.prefixes if (p / "conda-meta").is_dir()), None)
    return prefix / "etc" / "OpenCL" / "vendors" if prefix else None


def _find_conda(env: Environment, system: tuple[Icd, ...], searched: list[str]) -> tuple[Icd, ...]:
    """The drivers of a conda environment that the loader of pip's pyopencl does not see, such as a PoCL that is newer than the wheel's."""
    folder = _conda_folder(env)
    if folder is None or folder == _vendors_folder(env):
        return ()
    searched.append(str(folder / "*.icd"))
    # Conda's own loader searches the environment's libraries; this one does not.
    found = _read_icds(folder, folder.parents[2] / "lib")
    there = {icd.library for icd in system}
    # Conda can also link the system's files into its folder, and Intel's wheel names a folder of its builder's.
    return tuple(icd for icd in found if "/" in icd.library and icd.present() and icd.library not in there)


def _find_intel(
    env: Environment, system: tuple[Icd, ...], searched: list[str], notes: list[str]
) -> tuple[Icd, ...]:
    """The library of Intel's wheel, unless an installed runtime of Intel's is already listed."""
    searched.extend(str(prefix / "lib" / "libintelocl.so") for prefix in env.prefixes)
    if any(icd.names("libintelocl.so") and icd.present() for icd in system):
        return ()
    folders = [prefix / "lib" for prefix in env.prefixes]
    folder = next((f for f in folders if (f / "libintelocl.so").is_file()), None)
    if folder is None:
        return ()
    if not (folder / "libimf.so").is_file():
        # The wheel does not declare what it needs, and the loader skips it without a word.
        notes.append(
            "Intel's driver was left out: libimf.so is not beside it; "
            f"install it with: {pip()} install intel-cmplr-lib-rt"
        )
        return ()
    return (Icd("intel-wheel", str(folder / "libintelocl.so")),)


def _find_nvidia(
    env: Environment, system: tuple[Icd, ...], searched: list[str]
) -> tuple[tuple[Icd, ...], tuple[Path, ...]]:
    """NVIDIA's library where no `.icd` file leads to it, and what must be loaded before it."""
    if any(icd.names("nvidia") and _leads_somewhere(env, icd) for icd in system):
        return (), ()
    searched.append(f"{_NVIDIA} (ldconfig -p, LD_LIBRARY_PATH, {', '.join(_NVIDIA_FOLDERS)})")
    linked = _linked(env, _NVIDIA)
    if linked:
        folder = Path(linked).parent
        needs = (_newest(folder, name) for name in _NVIDIA_NEEDS if not _linked(env, name, r"[.\d]*"))
        return (Icd("nvidia-found", linked),), tuple(path for path in needs if path)
    folders = [Path(f) for f in env.environ.get("LD_LIBRARY_PATH", "").split(":") if f]
    folders += [env.path(folder) for folder in _NVIDIA_FOLDERS]
    for folder in folders:
        library = _newest(folder, _NVIDIA.removesuffix(".1"))
        if library:
            found = (_newest(folder, name) for name in _NVIDIA_NEEDS)
            return (Icd("nvidia-found", str(library)),), tuple(path for path in found if path)
    return (), ()


def _newest(folder: Path, name: str) -> Path | None:
    """The library ``name`` of a folder: by its soname (`.so.1`), or the file that a mount without links has (`.so.580.159`)."""
    soname = re.compile(rf"{re.escape(name)}\.\d+")
    try:
        files = [file for file in folder.glob(f"{name}.*") if file.is_file()]
    except OSError:
        return None
    return min(files, key=lambda file: (not soname.fullmatch(file.name), file.name), default=None)


def _leads_somewhere(env: Environment, icd: Icd) -> bool:
    """Whether the library that a driver's file names is there, a bare name where the dynamic linker finds it."""
    if "/" in icd.library:
        return icd.present()
    folders = [Path(f) for f in env.environ.get("LD_LIBRARY_PATH", "").split(":") if f]
    folders += [env.path(folder) for folder in _LINKER_FOLDERS]
    return bool(_linked(env, icd.library)) or any((folder / icd.library).is_file() for folder in folders)


def _linked(env: Environment, soname: str, version: str = "") -> str:
    """The path that `ldconfig -p` gives for a library of this machine's word size, or nothing; ``version`` is a pattern."""
    for line in env.ldconfig().splitlines():
        found = re.match(rf"\s*{re.escape(soname)}{version} \(([^)]*)\) => (\S+)", line)
        # 32-bit x86 libraries are marked with no architecture at all.
        if found and (env.machine != "x86_64" or "x86-64" in found[1]):
            return found[2]
    return ""


def _without_nvidia(icds: tuple[Icd, ...]) -> tuple[Icd, ...]:
    return tuple(icd for icd in icds if not icd.names("nvidia"))


def _without_pocl(icds: tuple[Icd, ...]) -> tuple[Icd, ...]:
    return tuple(icd for icd in icds if not icd.names("libpocl"))


def _defaults(env: Environment) -> dict[str, str]:
    return {name: value for name, value in DEFAULTS.items() if name not in env.environ}


def _lacks_cache(env: Environment) -> bool:
    """Whether the cache folder that PoCL would choose is of no use: it then offers no device."""
    if "POCL_CACHE_DIR" in env.environ:
        return False
    home = env.environ.get("HOME", "")
    cache = env.environ.get("XDG_CACHE_HOME", "") or (f"{home}/.cache" if home else "")
    # Without either, PoCL shares /tmp/pocl among all users: the first one locks out the others.
    return not (cache and env.writable(Path(cache, "pocl", "kcache")))


# --- what to tell the user --------------------------------------------------------------------


def _no_linker(env: Environment) -> str:
    command = _INSTALLERS.get(env.distribution(), ("", ""))[0]
    path = env.environ.get("PATH", "")
    return (
        "PoCL cannot be used: it links each kernel with the system's `ld` and ends the process "
        f"where there is none; no `ld` is in PATH={path!r}; install it with: "
        + (f"{command} binutils" if command else "the package manager (the package is binutils)")
    )


def _advice(env: Environment) -> str:
    if env.system == "Darwin":
        return (
            "OpenCL is a part of macOS, and virtual machines often have no device for it; "
            "install a CPU driver with: conda install -c conda-forge pyopencl pocl"
        )
    if env.system == "Windows":
        return (
            "install the driver of the GPU's vendor, or Intel's CPU runtime for any CPU with: "
            f"{pip()} install intel-opencl-rt intel-cmplr-lib-rt"
        )
    if env.system == "Linux" and env.machine in ("x86_64", "AMD64"):
        return (
            f"install a CPU driver with: {pip()} install pocl-binary-distribution "
            f"(PoCL; Intel's is faster: {pip()} install intel-opencl-rt intel-cmplr-lib-rt)"
        )
    command, package = _INSTALLERS.get(env.distribution(), ("", ""))
    return (
        f"install a CPU driver with: {command} {package}"
        if command
        else "install a CPU driver: PoCL, from the package manager or conda-forge"
    )


def nothing_found(found: Plan, reason: str) -> str:
    places = [f"  {place}" for place in found.searched]
    head = f"[drivers] no OpenCL driver was found ({reason}); searched:"
    return "\n  ".join([head, *places, *found.notes, found.advice])
