"""Which sources are compiled: those of the programs of `tests/programs.py`, as the library writes them for a target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from clnd.kernels import tuning
from tests.made_up import MadeUpDevice, played
from tests.programs import Program, called, programs
from tools.offline_compile.targets import Target

__all__ = ["Source", "is_main", "of_target"]


@dataclass(frozen=True)
class Source:
    """One kernel of one source on one target; ``items`` are those of its work-groups."""

    name: str
    kernel: str
    text: str
    target: Target
    items: int


# What is compiled in every run, beside float32 of everything: other dtypes where their kernels are other code, not the same code with another
# type. Complex numbers have functions and products of their own, float16 is rounded by integers, 64-bit numbers take two registers each.
_MORE = {
    "elementwise": ("complex64",),
    "large products": ("complex64", "complex128", "float16", "float64", "int32", "int64"),
    "casts": ("float16",),
    "random normal": ("float64",),
    "random laplace": ("float64",),
    "random randint": ("int64",),
    "reduce sum": ("complex64",),
    "rejection": ("int64",),
    "sort": ("complex64",),
}
# Of many rows that differ by an operator or a polynomial only, these; --all compiles the others, too.
_ROWS = {
    "reduce": ("sum", "argmax"),
    "rejection": ("gamma", "poisson", "binomial", "integer"),
    "elementwise": ("divide", "floor_divide", "sqrt", "exp", "log1p", "pow", "sin", "atanh", "atan2", "gamma", "digamma", "erfinv", "nextafter"),
}  # fmt: skip
# libclc has the driver's exp as an intrinsic that clang cannot make code of for NVIDIA; NVIDIA's own compiler never sees libclc.
_NOT_FOR_NVIDIA = ("math mode fast",)
# ocloc 22.43 aborts while it compiles its table of quantiles.
_NOT_FOR_INTEL = ("random normal float32",)
# The programs whose variants differ by more than the layout of operands. Others compile the longest source of each kernel, which is that of the
# most general layout.
_EVERY_VARIANT = ("large products", "reduce", "scans")


def is_main(program: str, dtype: str) -> bool:
    """Whether ``dtype`` of a program is compiled in every run."""
    group, _, row = program.partition(" ")
    if group in _ROWS and row.split()[0] not in _ROWS[group]:
        return False
    return dtype in ("", "float32") or any(program.startswith(of) and dtype in more for of, more in _MORE.items())


def of_target(target: Target, every: bool, shipped: Path = tuning.SHIPPED) -> Iterator[Source]:
    """The sources for ``target``, each once: the main ones, or ``every`` one; with default parameters, then what the tuned ones of ``shipped`` change."""
    seen: set[tuple[str, str]] = set()
    # Those that the user has measured are not part of clnd.
    folders = ["", *(["tuned "] if any(shipped.glob("*.json")) else [])]
    for kind in folders:
        with mock.patch.object(tuning, "_files", lambda kernel, kind=kind: [shipped / f"{kernel}.json"] if kind else []):
            yield from _of_programs(target, every, kind, seen)


def _of_programs(target: Target, every: bool, kind: str, seen: set[tuple[str, str]]) -> Iterator[Source]:
    device = MadeUpDevice(target.info)
    for program in programs():
        if program.name in (_NOT_FOR_NVIDIA if target.multiprocessor else _NOT_FOR_INTEL if target.core else ()):
            continue
        for dtype, call in program.calls.items():
            if not (every or is_main(program.name, dtype)):
                continue
            # Only while it runs: what is yielded is compiled in between.
            with played(device):
                called(call)
            kernels: dict[str, list[tuple[str, int]]] = defaultdict(list)
            for (kernel, text), items in device.launched().items():
                kernels[kernel].append((text, items))
            for kernel, found in kernels.items():
                if not every and not program.name.startswith(_EVERY_VARIANT):
                    found = [max(found, key=lambda one: len(one[0]))]
                found = [one for one in found if (kernel, one[0]) not in seen]
                seen.update((kernel, text) for text, _ in found)
                yield from _numbered(kind, program, dtype, kernel, found, target)


def _numbered(kind: str, program: Program, dtype: str, kernel: str, found: list[tuple[str, int]], target: Target) -> Iterator[Source]:
    """Sources with names: the program, its dtype, and the kernel with a number where it has several variants."""
    words = program.name if not dtype or dtype in program.name.split() else f"{program.name} {dtype}"
    for number, (text, items) in enumerate(found, 1):
        yield Source(f"{kind}{words}: {kernel}{f' {number}' if len(found) > 1 else ''}", kernel, text, target, items)
