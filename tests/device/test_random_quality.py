"""The short form of the quality tests. The bits are the same everywhere, so these pass or fail everywhere."""

from __future__ import annotations

import pytest

from tests import quality


@pytest.mark.slow
@pytest.mark.parametrize("name", quality.CHECKS)
def test_short_form(name: str) -> None:
    outcomes = list(quality.CHECKS[name](quality.SHORT))
    assert outcomes
    assert not [o for o in outcomes if not o.p >= quality.REFUSED]


@pytest.mark.slow
def test_a_bad_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deviation a hundredth too large, and draws that repeat."""
    normal = quality.Generator.normal

    def wide(self: quality.Generator, **how: object) -> object:
        self._begin(self._draws[0], 0, 0)
        return normal(self, 0, 1.01, **how)

    monkeypatch.setattr(quality.Generator, "normal", wide)
    refused = {o.name.split(",")[0] for o in (*quality.normals(quality.SHORT), *quality.correlations(quality.SHORT)) if o.p < quality.REFUSED}
    assert "moment 2 of normals" in refused
    assert "correlation" in refused
