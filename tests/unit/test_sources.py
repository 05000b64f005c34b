"""Kernel sources between commits: what programs would compile on made-up devices, as hashes in golden_sources.json.

A change of templates or launchers shows here which variants it changed. `pytest tests/unit/test_sources.py --golden` rewrites the
file; look at its diff, and commit it with the change. Comments and blanks do not count.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clnd.runtime.device import DeviceInfo, probe
from clnd.templates import Arithmetic, Source
from tests.made_up import MadeUpDevice, info, played
from tests.programs import called, programs

FILE = Path(__file__).parent / "golden_sources.json"

DEVICES: dict[str, DeviceInfo] = {
    "cpu": info(arithmetic=Arithmetic(fma="contract", vectors="unaligned")),
    "cpu-64-bytes": info(vector_bytes=64, arithmetic=Arithmetic(vectors="unaligned")),
    "gpu": info(kind="gpu", family="gpu", compute_units=40),
    # Small, and its compiler needs help with everything.
    "gpu-small": info(
        kind="gpu", family="gpu", max_work_group_size=32, local_mem_size=16384, fp64=False, most_steps=24,
        arithmetic=Arithmetic(fma="software", divide="corrected", sqrt="corrected", guard_products=True),
    ),
}  # fmt: skip


def _told(sources: list[tuple[str, str]]) -> str:
    """How many sources, and a hash of all of them."""
    total = hashlib.sha256()
    for name, source in sources:
        bare = re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.DOTALL)
        total.update(f"{name}\n{' '.join(bare.split())}\n".encode())
    return f"{len(sources)} {total.hexdigest()[:16]}"


def _found(which: str) -> dict[str, str]:
    device = MadeUpDevice(DEVICES[which])
    found: dict[str, str] = {}

    def build(source: Source | str, name: str) -> Any:
        return device.programs.kernel(source, name)

    with pytest.raises(_Enough):
        probe(None, None, device.info, _stopping(build, 2))
    found["probe"] = _told(device.taken())
    with played(device):
        for name, calls in programs():
            sources: list[tuple[str, str]] = []
            for call in calls.values():
                called(call)
                sources += device.taken()
            if sources:
                found[name] = _told(sources)
    return found


class _Enough(Exception):  # noqa: N818
    pass


def _stopping(build: Callable[[Source | str, str], Any], most: int) -> Callable[[Source | str, str], Any]:
    """``build`` until it was called ``most`` times: the probe goes on with OpenCL then."""
    calls: list[str] = []

    def stopping(source: Source | str, name: str) -> Any:
        kernel = build(source, name)
        calls.append(name)
        if len(calls) == most:
            raise _Enough
        return kernel

    return stopping


def test_kernels_of_every_template_are_among_them() -> None:
    device = MadeUpDevice(DEVICES["gpu"])
    names = set()
    with played(device):
        for name, calls in programs():
            if not name.startswith("elementwise") or name == "elementwise add":
                for call in calls.values():
                    called(call)
                names |= {kernel for kernel, _ in device.taken()}
    assert names == {"compact", "compact_count", "compact_starts", "copy", "elementwise", "gemm", "gemm_add", "group", "histogram_clear", "histogram_count", "histogram_total", "join", "multinomial", "multinomial_shares", "permutation", "random_numbers", "reduce", "rejection", "scan", "scatter", "scatter_clear", "scatter_mark", "scatter_write", "search", "sort_count", "sort_move", "sort_rows", "sort_scan", "transpose"}


@pytest.mark.parametrize("which", DEVICES)
def test_sources(which: str, request: pytest.FixtureRequest) -> None:
    found = _found(which)
    kept = json.loads(FILE.read_text()) if FILE.exists() else {}
    if request.config.getoption("--golden"):
        FILE.write_text(json.dumps({name: found if name == which else kept.get(name, {}) for name in DEVICES}, indent=0) + "\n")
        return
    was = kept[which]
    changed = sorted(name for name in {*was, *found} if was.get(name) != found.get(name))
    assert not changed, f"the sources of {len(changed)} programs changed: {', '.join(changed)}; if that was meant: pytest {Path(__file__).name} --golden"
