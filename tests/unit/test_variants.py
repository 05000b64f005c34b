"""What a device keeps of its kernels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clnd.runtime.variants import Variants


@given(st.lists(st.integers(0, 40)), st.sampled_from([2, 8, 20]))
def test_what_was_used_of_late_is_there(uses: list[int], most: int) -> None:
    """As many as fit into the younger generation are never forgotten, and it never keeps more than it may."""
    variants = Variants(most)
    for at, key in enumerate(uses):
        recent: list[int] = []
        for k in reversed(uses[:at]):
            if k not in recent:
                recent.append(k)
        kept = variants.get(key)
        assert kept in (None, f"kernel {key}")
        if key in recent[: most // 2]:
            assert kept is not None
        if kept is None:
            variants[key] = f"kernel {key}"
        assert len(variants) <= most


def test_clear() -> None:
    variants = Variants(2)
    variants["a"] = 1
    variants["b"] = 2
    variants.clear()
    assert len(variants) == 0
    assert variants.get("a") is None


def test_heavy_entries_push_out_more() -> None:
    kept = Variants(20)
    for k in range(4):
        kept.add(k, k, 5)
    assert len(kept) == 4
    kept.add("too heavy", 1, 11)
    assert kept.get("too heavy") is None
    for k in range(100):
        kept.add(("more", k), k, 5)
        assert len(kept) <= 4
    assert kept.get(("more", 99)) == 99
    assert len(kept._weights) <= 5
