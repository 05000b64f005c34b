"""The pages that blocks of memory lie in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clnd.runtime.memory import _host_block

SMAPS = Path("/proc/self/smaps")
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def mapping_of(address: int) -> str:
    """What Linux says of the mapping that holds an address."""
    for found in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", SMAPS.read_text(), flags=re.MULTILINE):
        start, _, end = found.partition(" ")[0].partition("-")
        if end and int(start, 16) <= address < int(end, 16):
            return found
    raise AssertionError(f"no mapping holds {address:#x}")


@pytest.mark.skipif(not (SMAPS.exists() and HUGE_PAGES.exists()), reason="huge pages are asked for on Linux")
def test_a_large_block_may_have_huge_pages() -> None:
    block = _host_block(8 << 20)
    block[:] = 1
    mapping = mapping_of(block.ctypes.data)
    # Shared memory takes the advice and has none all the same.
    assert mapping.split()[1] == "rw-p"
    assert "hg" in re.findall(r"^VmFlags: (.*)$", mapping, re.MULTILINE)[0].split()


def test_a_block_begins_with_zeros() -> None:
    assert not _host_block(4096).any()
    assert _host_block(4096).ctypes.data % 4096 == 0
