"""Each quirk matches its own sample, has an effect on it, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clnd.runtime.device import DeviceInfo
from clnd.runtime.quirks import QUIRKS, Quirk, applied

PLAIN = DeviceInfo(
    driver="none", platform="Made up", name="device", vendor="nobody", version="1", kind="cpu", family="cpu", compute_units=2,
    max_work_group_size=1024, local_mem_size=32768, global_mem_size=1 << 30, max_alloc_size=1 << 28, fp64=True, unified_memory=True,
)  # fmt: skip


def sample_of(quirk: Quirk) -> DeviceInfo:
    return replace(PLAIN, **{name: value for name, value in quirk.sample.items() if name != "unified_memory"})


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda q: q.sample["driver"])
def test_a_quirk_matches_its_sample(quirk: Quirk) -> None:
    info = sample_of(quirk)
    assert quirk.matches(info)
    assert quirk.effect(info) != info
    assert len(quirk.why) > 20
    assert quirk.link.startswith("https://")


def test_a_plain_device_has_none() -> None:
    assert applied(PLAIN) == PLAIN


@pytest.mark.parametrize(
    ("version", "target", "vector_bytes"),
    [
        ("pthread-x86_64-unknown-linux-gnu-generic / 3.0-rc2", "skylake-avx512", 64),
        ("pthread-x86_64-unknown-linux-gnu-icelake-server / 3.0-rc2", "icelake-server", 64),
        ("pthread-x86_64-unknown-linux-gnu-znver3 / 3.0-rc2", "znver3", 32),
        ("pthread-x86_64-unknown-linux-gnu-znver3 / 3.0-rc2", "", 32),
        ("pthread-x86_64-pc-linux-gnu-skylake-avx512 / 3.1+debian", "", 64),
    ],
)
def test_pocl_has_long_vectors_where_its_target_has(version: str, target: str, vector_bytes: int) -> None:
    info = replace(PLAIN, driver="pocl", version=version, target=target, vector_bytes=64)
    assert applied(info).vector_bytes == vector_bytes
