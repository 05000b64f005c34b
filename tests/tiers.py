"""What each tier of the tests runs: rows of files, drivers and markers.

host    what may depend on the Python, on Intel's runtime
quick   semantics on Intel's runtime, the bits of the kernels for CPUs on PoCL, the kernels for GPUs and their races on Oclgrind
full    every kernel of both families, over all drivers and small devices; all of what the quick tier runs is in it
rest    the full tier without what the quick tier has run
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from tests.process import ROOT, Run

__all__ = ["FROM_PIP", "FULL", "QUICK", "TIERS", "chosen"]


def device_tests(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"tests/device/test_{name}.py" for name in names)


EVERY = sorted(file.stem.removeprefix("test_") for file in (ROOT / "tests" / "device").glob("test_*.py"))
# Tests of the host (processes, exits, the demonstration) run once. So do the tests of the random streams' quality: the streams
# have the same bits on every driver.
ONCE = ("demo", "robustness", "random_quality")
RESULTS = [name for name in EVERY if name not in ONCE]
# What the host does with arguments, names and messages, whatever the driver: on Intel's runtime, which compiles quickly.
HOST = ("arguments", "gpu_check", "habits", "host_data", "incoming", "nd", "numpy_functions", "protocols", "public", "readme", "replay", "standard", "two_gpus")
# Functions that are made of others: their kernels are those of the others, and golden digests hold their bits on every driver.
COMPOSED = ("default_dtype", "einsum", "examples", "grids", "interchange", "linalg", "numerical", "quantiles", "sets")
COMPUTED = [name for name in RESULTS if name not in (*HOST, *COMPOSED)]
# A device whose every access is checked finds nothing more in threads and signals of the host, and in functions of one element.
UNCHECKED = ("accuracy", "arithmetic", "cli", "compile_time", "corrected", "first_result", "memory_returns", "signals", "special", "threads", "tuner", "tutorial", "warmup")
CHECKED = [name for name in COMPUTED if name not in UNCHECKED]
# Kernels whose tests do not ask for both families themselves.
KERNELS = ("elementwise", "views")
# What depends most on a device's limits and arithmetic; enough for variants of drivers that run whole elsewhere.
DIGESTS = ("golden",)
# CPU kernels ignore device limits. GPU elementwise kernels depend only on the work-group size, and the whole drivers have run them.
SMALL = "gpu_kernels and not rows"
# rusticl compiles an elementary function for seconds. Tests that take minutes there are run by hand (CONTRIBUTING.md).
ON_RUSTICL = ("golden", "views", "reductions", "transpose", "products", "epilogues", "permutation", "random_kernels", "scan", "searching", "kept_kernels", "tutorial")
# The quick tier: results of each kernel that has both families.
FAMILIES = ("reductions", "gemm", "transpose", "epilogues", "permutation", "random_kernels", "scan", "searching")
# The quick tier leaves these files to the full one.
LEFT_OUT = (*ONCE, "accuracy", "examples", "tuner", "kept_kernels")
SEMANTICS = [name for name in EVERY if name not in (*LEFT_OUT, *DIGESTS, *FAMILIES)]

CHECKS = (
    Run("unit", ("tests/unit",)),
    Run("mypy --strict", ("mypy", "--strict"), is_pytest=False),
    Run("ruff", ("ruff", "check", *(f for f in ("clnd", "tests", "bench", "tools", "examples") if (ROOT / f).is_dir())), is_pytest=False),
)

_QUICK_ON_OCLGRIND = "gpu_kernels and not thorough and not elementary"
QUICK = (
    Run("intel, semantics", device_tests(SEMANTICS), "intel", marks="not thorough"),
    Run("pocl, digests", device_tests(DIGESTS), "pocl", marks="not gpu_kernels and not thorough"),
    # Each access is checked, and races between work-items are found.
    Run("oclgrind, kernels for GPUs", device_tests((*DIGESTS, *FAMILIES)), "oclgrind", marks=_QUICK_ON_OCLGRIND),
    *CHECKS,
)

# PoCL compiles each kernel for GPUs for seconds: digests of theirs are compared, the rest runs on Intel's runtime and on Oclgrind. So do the
# tests of elementwise rows and of functions' errors: each of them has digests.
BY_DIGESTS = ("elementwise", "accuracy", "special")
_ON_POCL = Run(
    "pocl", device_tests((*(name for name in COMPUTED if name not in (*DIGESTS, *BY_DIGESTS)), *ONCE)), "pocl", marks="not gpu_kernels and not thorough"
)
_MORE = (
    Run("intel, kernels for GPUs", device_tests(KERNELS), "intel", {"CLND_KERNEL_FAMILY": "gpu"}, marks="not thorough"),
    # From ci/pocl/install-drivers.sh. rusticl stands for Apple, Arc and mobile: no fp64, work-groups of 32.
    Run("rusticl", device_tests(ON_RUSTICL), "rusticl", marks="not elementary"),
    # An older compiler: the kernels that its users get, and reductions for GPUs, because their barriers depend on it. Most CPUs
    # have vectors of 32 bytes; the machine that runs the tests may have longer ones. Float32, whose kernels use most of the C.
    Run("pocl-debian", device_tests(DIGESTS), "pocl-debian", {"CLND_VECTOR_BYTES": "32"}, marks="not rows and not thorough and float32 and (cpu_kernels or barriers)"),
    # Small devices: work-groups of 32 and of 8, 32 KiB and 4 KiB of local memory, 1 GiB of memory. PoCL compiles each kernel for
    # GPUs for seconds, so it gets one dtype; Intel's and Oclgrind's small devices get all.
    Run("pocl-small", device_tests(DIGESTS), "pocl-small", marks=f"{SMALL} and float32"),
    Run("intel-small", device_tests(DIGESTS), "intel-small", marks=SMALL),
    Run("oclgrind-small", device_tests(DIGESTS), "oclgrind-small", marks=SMALL),
    # More threads than there are cores: shares of the work are others, the bits are not.
    Run("pocl, eight threads", device_tests(DIGESTS), "pocl", {"POCL_MAX_PTHREAD_COUNT": "8"}, marks="not gpu_kernels and not thorough"),
    # Compilers, not a driver: kernels for GPUs that are not there, from the same script.
    Run("kernels for GPUs of three makers", ("tools.offline_compile",), "compilers", is_pytest=False),
    # Ten seconds of each fuzzer, on the default driver of a user who has all; that of drivers compares those that pip brings.
    Run("fuzzers", ("tests/fuzz",), environment={"CLND_FUZZ_SECONDS": "10"}),
    # Short programs of other libraries' users, on that driver, too. `python -m tests --clients` runs more of them.
    Run("client libraries", ("tests/clients",), environment={"SCIPY_ARRAY_API": "1"}, marks="not thorough"),
)
_QUICK_FILES = (*DIGESTS, *FAMILIES)

FULL = (
    _ON_POCL,
    Run("pocl, digests", device_tests(DIGESTS), "pocl", marks="(not gpu_kernels and (float32 or not thorough)) or (float32 and not thorough)"),
    Run("intel", device_tests(RESULTS), "intel"),
    Run("oclgrind", device_tests(CHECKED), "oclgrind", marks="not thorough"),
    *_MORE,
    *CHECKS,
)
REST = (
    _ON_POCL,
    Run("pocl, more digests", device_tests(DIGESTS), "pocl", marks="(gpu_kernels and float32 and not thorough) or (thorough and float32 and not gpu_kernels)"),
    Run("intel, thorough", device_tests(SEMANTICS), "intel", marks="thorough"),
    Run("intel, families", device_tests(name for name in RESULTS if name not in SEMANTICS), "intel"),
    Run("oclgrind", device_tests(name for name in CHECKED if name not in _QUICK_FILES), "oclgrind", marks="not thorough"),
    Run("oclgrind, more of the families", device_tests(_QUICK_FILES), "oclgrind", marks=f"not thorough and not ({_QUICK_ON_OCLGRIND})"),
    *_MORE,
)

# Kernels are the same text on every Python, which the hashes of sources in the unit tests show.
ON_A_PYTHON = (*HOST, "faults", "fusion", "indexing", "interchange", "masks", "memory_returns", "overlap", "signals", "stencils", "threads", "views")
BY_PYTHON = (Run("intel, host", device_tests(ON_A_PYTHON), "intel", marks="not thorough"), Run("unit", ("tests/unit",)))

TIERS = {"host": BY_PYTHON, "quick": QUICK, "full": FULL, "rest": REST}
FROM_PIP = ("pocl", "intel", "oclgrind", "pocl-small", "intel-small", "oclgrind-small")
"""The drivers that pip brings, which are tested where CLND_TEST_DRIVERS is unset."""


def chosen(runs: Iterable[Run]) -> list[Run]:
    """The runs on the drivers that CLND_TEST_DRIVERS names.

    Raises
    ------
    SystemExit
        Where it names a driver that the tests do not know.
    """
    known = {run.driver for run in FULL if run.driver}
    wanted = os.environ.get("CLND_TEST_DRIVERS", "").replace(",", " ").split() or list(FROM_PIP)
    if wanted == ["all"]:
        wanted = sorted(known)
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise SystemExit(f"CLND_TEST_DRIVERS names {', '.join(unknown)}; expected some of {', '.join(sorted(known))}")
    return [run for run in runs if not run.driver or run.driver in wanted]
