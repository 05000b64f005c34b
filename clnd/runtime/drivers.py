"""Finds the OpenCL drivers of this machine and shows them to the loader before its first query.

The loader (libOpenCL) reads `*.icd` files, each of which names one driver's library. Four things go
wrong with that on ordinary machines, and are put right here:

- Intel's wheel installs its library into the environment, but `.icd` files that point elsewhere;
- containers are given NVIDIA's library without an `.icd` file;
- PoCL links each kernel with the system's `ld` and ends the process where there is none;
- PoCL offers no device where its cache folder cannot be made.

`plan` decides, as a pure function of an `Environment` (a made-up one in the tests); `prepare`
carries the plan out. A loader setting of the user (OCL_ICD_VENDORS and its like) is left alone.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import platform as host
import re
import shutil
import site
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clnd.errors import DriverError, ForkError

if TYPE_CHECKING:  # at run time only inside `_query`, when the drivers have been prepared
    import pyopencl as cl

__all__ = [
    "BY_NAME_ONLY",
    "DEFAULTS",
    "LOADER_VARIABLES",
    "Environment",
    "Icd",
    "Plan",
    "apply",
    "check_process",
    "cpu_rank",
    "device_kind",
    "devices",
    "driver_key",
    "forked",
    "plan",
    "platforms",
    "prepare",
    "query_lock",
    "set_defaults",
]

DEFAULTS: Mapping[str, str] = {
    # pyopencl 2026.1 looks this up without a fallback when its cache fails, and dies of a KeyError.
    "PYOPENCL_CACHE_FAILURE_FATAL": "",
    # clnd has its own cache; pyopencl's is pickled, and making a kernel fails where the home folder
    # cannot be written.
    "PYOPENCL_NO_CACHE": "1",
    # PoCL would compile every kernel again for each new work-group size: 30 ms each time.
    "POCL_WORK_GROUP_SPECIALIZATION": "0",
}

BY_NAME_ONLY = frozenset({"oclgrind"})
"""Drivers that are chosen only when named: Oclgrind checks kernels and is 1000 times slower."""

# What a user sets to choose drivers: the first two replace the system's, the third adds to them.
LOADER_VARIABLES = ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES")

_NVIDIA = "libnvidia-opencl.so.1"
_NVIDIA_FOLDERS = (
    "/usr/local/nvidia/lib64",
    "/usr/local/nvidia/lib",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/x86_64-linux-gnu/nvidia/current",
    "/usr/lib/nvidia",
    "/usr/lib/wsl/lib",
    "/run/opengl-driver/lib",
)
# NVIDIA's driver opens these by their bare names, so they are loaded first from its own folder.
_NVIDIA_NEEDS = ("libcuda.so.1", "libnvidia-ptxjitcompiler.so.1", "libnvidia-nvvm.so.4")

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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
        intel = _find_intel(env, system, searched, notes)
        nvidia, preload = _find_nvidia(env, system, searched)
        listed = system + intel + nvidia

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
    conda = next((p for p in env.prefixes if (p / "conda-meta").is_dir()), None)
    if conda and _bundle_folder(env) is None:
        return conda / "etc" / "OpenCL" / "vendors"
    return env.path("/etc/OpenCL/vendors")


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
            "install it with: pip install intel-cmplr-lib-rt"
        )
        return ()
    return (Icd("intel-wheel", str(folder / "libintelocl.so")),)


def _find_nvidia(
    env: Environment, system: tuple[Icd, ...], searched: list[str]
) -> tuple[tuple[Icd, ...], tuple[Path, ...]]:
    """NVIDIA's library where no `.icd` file names it, and what must be loaded before it."""
    if any(icd.names("nvidia") and icd.present() for icd in system):
        return (), ()
    linked = _linked(env, _NVIDIA)
    searched.append(f"{_NVIDIA} (ldconfig -p, LD_LIBRARY_PATH, /usr/local/nvidia/lib64 and others)")
    if linked:
        return (Icd("nvidia-found", linked),), ()
    folders = [Path(f) for f in env.environ.get("LD_LIBRARY_PATH", "").split(":") if f]
    folders += [env.path(folder) for folder in _NVIDIA_FOLDERS]
    folder = next((f for f in folders if (f / _NVIDIA).is_file()), None)
    if folder is None:
        return (), ()
    needs = tuple(folder / name for name in _NVIDIA_NEEDS if (folder / name).is_file())
    return (Icd("nvidia-found", str(folder / _NVIDIA)),), needs


def _linked(env: Environment, soname: str) -> str:
    """The path that `ldconfig -p` gives for a library of this machine's word size, or nothing."""
    for line in env.ldconfig().splitlines():
        found = re.match(rf"\s*{re.escape(soname)} \(([^)]*)\) => (\S+)", line)
        # 32-bit x86 libraries are marked with no architecture at all.
        if found and (env.machine != "x86_64" or "x86-64" in found[1]):
            return found[2]
    return ""


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
            "pip install clnd[intel]"
        )
    if env.system == "Linux" and env.machine in ("x86_64", "AMD64"):
        return (
            "install a CPU driver with: pip install pocl-binary-distribution "
            "(PoCL; Intel's is faster: pip install clnd[intel])"
        )
    command, package = _INSTALLERS.get(env.distribution(), ("", ""))
    return (
        f"install a CPU driver with: {command} {package}"
        if command
        else "install a CPU driver: PoCL, from the package manager or conda-forge"
    )


def _nothing_found(found: Plan, reason: str) -> str:
    places = [f"  {place}" for place in found.searched]
    head = f"[drivers] no OpenCL driver was found ({reason}); searched:"
    return "\n  ".join([head, *places, *found.notes, found.advice])


# --- carrying it out --------------------------------------------------------------------------


query_lock = threading.RLock()
"""Held while drivers are asked for what there is, and while a device is opened."""
_plan: Plan | None = None
_staged: _Staged | None = None
_platforms: tuple[cl.Platform, ...] | None = None
_forked = False


def set_defaults() -> None:
    """Set the variables of `DEFAULTS` that the user did not set."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


class _Staged:
    """`.icd` files in a private folder, shown to the loader for the time of its first query.

    They are taken away again afterwards, so that child processes make their own plan and do not
    inherit a folder that is gone.
    """

    def __init__(self, found: Plan, environ: MutableMapping[str, str]) -> None:
        self.environ = environ
        self.before: dict[str, str | None] = {}
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self.home = ""
        if found.vendors is None and found.bundle is None:
            return
        self.folder = tempfile.TemporaryDirectory(prefix="clnd-icd-")  # made with mode 0700
        root = Path(self.folder.name)
        if found.vendors is not None:
            self.set("OCL_ICD_VENDORS", _write_icds(root / "vendors", found.vendors))
        if found.bundle is not None:
            _write_icds(root / ".libs", found.bundle)
            self.home = self.folder.name

    def set(self, name: str, value: str) -> None:
        """Set a variable until `clear`."""
        self.before.setdefault(name, self.environ.get(name))
        self.environ[name] = value

    def clear(self) -> None:
        """Put the environment back and remove the folder."""
        for name, value in self.before.items():
            if value is None:
                self.environ.pop(name, None)
            else:
                self.environ[name] = value
        self.before.clear()
        if self.folder is not None:
            self.folder.cleanup()


def _write_icds(folder: Path, icds: tuple[Icd, ...]) -> str:
    folder.mkdir()
    for number, icd in enumerate(icds):
        (folder / f"{number:02d}-{icd.name}.icd").write_text(icd.library + "\n")
    return str(folder)


def apply(found: Plan, environ: MutableMapping[str, str]) -> _Staged:
    """Carry out a plan: set variables, write `.icd` files, load what a driver needs."""
    environ.update(found.variables)
    if found.pocl_cache:
        environ["POCL_CACHE_DIR"] = _process_folder("clnd-pocl-")
    for library in found.preload:
        try:
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        except OSError:  # the driver may do without it; if not, it reports no platform
            continue
    return _Staged(found, environ)


def _process_folder(prefix: str) -> str:
    """A private folder that lives as long as this process."""
    folder, owner = tempfile.mkdtemp(prefix=prefix), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not at the exit of a forked child
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def prepare() -> Plan:
    """Make the drivers of this machine visible, once a process; `platforms` calls it."""
    global _plan, _staged
    with query_lock:
        if _plan is None:
            found = plan(Environment.current())
            _staged = apply(found, os.environ)
            _plan = found
        return _plan


def platforms() -> list[cl.Platform]:
    """Every OpenCL platform, in the loader's order, which is not stable: choose by `driver_key`.

    The same objects every time; they are kept alive here, as some drivers need.
    """
    global _platforms
    check_process()
    with query_lock:
        if _platforms is None:
            _platforms = _query(prepare())
        return list(_platforms)


def _query(found: Plan) -> tuple[cl.Platform, ...]:
    try:
        import pyopencl as cl
    except ImportError as error:
        raise DriverError(
            f"[drivers] pyopencl cannot be loaded ({error}); "
            "install it with: pip install --force-reinstall pyopencl"
        ) from error
    if _staged is not None and _staged.home:
        _staged.set("PYOPENCL_HOME", _staged.home)  # pyopencl set its own when it was imported
    try:
        answer = tuple(cl.get_platforms())
        if found.without_pocl:  # still there when a query was made before clnd was imported
            answer = tuple(each for each in answer if driver_key(each) != "pocl")
    except cl.Error as error:
        raise DriverError(_nothing_found(found, str(error))) from error
    finally:
        if _staged is not None:
            _staged.clear()
    if not answer:
        raise DriverError(_nothing_found(found, "the loader reports no platform"))
    return answer


# --- devices, names and order -----------------------------------------------------------------

# The first row whose pattern is in the platform's name decides.
_KEYS = (
    ("portable computing language", "pocl"),
    ("intel(r) fpga", "intel-fpga"),
    ("intel", "intel"),
    ("rusticl", "rusticl"),
    ("oclgrind", "oclgrind"),
    ("nvidia", "nvidia"),
    ("amd accelerated", "amd"),
    ("apple", "apple"),
)


def devices(platform: cl.Platform) -> list[cl.Device]:
    """The CPUs and GPUs of a platform; other accelerators run no arrays. A driver may have none."""
    import pyopencl as cl

    try:
        found = platform.get_devices()
    except cl.Error:  # how some drivers say that there is no such hardware
        return []
    wanted = cl.device_type.CPU | cl.device_type.GPU
    return [device for device in found if device.type & wanted]


def device_kind(device: cl.Device) -> Literal["cpu", "gpu"]:
    """What a device counts as; one that claims to be everything, as Oclgrind's, is a CPU."""
    import pyopencl as cl

    return "cpu" if device.type & cl.device_type.CPU else "gpu"


def driver_key(platform: cl.Platform) -> str:
    """The short and stable name of a driver: `pocl`, `intel`, `nvidia`, …"""
    name = platform.name.strip().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    return next((key for pattern, key in _KEYS if pattern in name), slug)


def cpu_rank(platform: cl.Platform) -> tuple[int, ...]:
    """Sorts platforms for cpu(0), best first: Intel, the newest PoCL, others, Oclgrind."""
    key = driver_key(platform)
    if key == "pocl":
        found = re.search(r"pocl (\d+)\.(\d+)", platform.version.lower())
        return (1, -int(found[1]), -int(found[2])) if found else (1,)
    if key in BY_NAME_ONLY:
        return (3,)
    return (0,) if key == "intel" else (2,)


# --- forks ------------------------------------------------------------------------------------


def forked() -> bool:
    """Whether this process was forked after OpenCL had started."""
    return _forked


def check_process() -> None:
    """Refuse to go on in a child that was forked after OpenCL had started.

    PoCL and rusticl hang there: their threads were not copied. Cheap, for each launch.
    """
    if _forked:
        raise ForkError(
            "[drivers] this process was forked after OpenCL had started, and drivers hang in such "
            "a child; use multiprocessing start method 'spawn': "
            'multiprocessing.set_start_method("spawn")'
        )


def _after_fork_in_child() -> None:
    global _forked, query_lock
    query_lock = threading.RLock()  # another thread may have held it
    _forked = _platforms is not None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork_in_child)
