"""README's figures are those that were measured, and its links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Of each row the newest.
RUNS = [json.loads((ROOT / "bench" / "results" / f"pocl-{date}.json").read_text()) for date in ("2026-11-25", "2026-11-28", "2026-11-28-skylakex")]
MEASURED = {row["what"]: row["seconds"] for run in RUNS for row in run["rows"]}
ROWS = re.findall(r"^\| ([^|`]+) \| ([\d.]+) \| ([\d.]*) *\|$", README, re.MULTILINE)


def shown(ratio: float) -> str:
    """Two digits."""
    return f"{ratio:.1f}" if ratio >= 1 and ratio < 9.95 else f"{ratio:.2g}"


@pytest.mark.parametrize(("what", "numpy", "torch"), ROWS, ids=lambda text: text or "none")
def test_speeds_are_as_measured(what: str, numpy: str, torch: str) -> None:
    seconds = MEASURED[what]
    assert numpy == shown(seconds["numpy"] / seconds["clnd"])
    assert torch == (shown(seconds["torch"] / seconds["clnd"]) if "torch" in seconds else "")


def test_there_are_nine_speeds() -> None:
    assert len(ROWS) == 9


def test_overheads_are_as_measured() -> None:
    us = {what: round(seconds["clnd"] * 1e6) for what, seconds in MEASURED.items()}
    text = " ".join(README.split())
    recorded, enqueued, waited = (us[f"a + b, 1000 float32: {what}"] for what in ("recorded only", "enqueued, mean of 10000", "enqueued and waited for"))
    assert f"recorded in {recorded} us, enqueued in {enqueued} us and waited for in {waited} us" in text
    small = MEASURED["sqrt(a*a + b*b) * c, 1000 float32"]
    assert f"takes {small['clnd'] * 1e6:.0f} us, and NumPy takes {small['numpy'] * 1e6:.0f}." in text


def test_bits_move_as_they_did() -> None:
    """Of NumPy's runs a and b are with AVX-512, c and d without; b and d have a second thread."""
    run = json.loads((ROOT / "bench" / "results" / "against-numpy-2.5.5.json").read_text())
    assert [r["what"].split(" thread")[0] for r in run["runs"][:4]] == ["with AVX-512, one", "with AVX-512, two", "without AVX-512, one", "without AVX-512, two"]
    assert f"{len(run['programs'])} programs" in README
    counted: dict[str, list[int]] = {}
    for row in run["programs"]:
        differs = {(x, y): not any(x in same and y in same for same in row["numpy"]) for x, y in ("ac", "ab", "cd")}
        moved = (True, differs["a", "c"], differs["a", "b"] or differs["c", "d"], len(row["clnd"]) > 1)
        counted[row["chapter"]] = [count + more for count, more in zip(counted.get(row["chapter"], [0] * 4), moved, strict=True)]
    shown = re.findall(r"^\| ([a-z ]+)(?:, such as softmax)? \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    assert {chapter: [int(count) for count in counts] for chapter, *counts in shown} == counted


def test_links_lead_to_files() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith(("http", "#"))]
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_two_commands_stand_on_lines_of_their_own() -> None:
    lines = README.splitlines()
    assert "python3 -m venv .venv-demo && .venv-demo/bin/pip install '.[demo]' && .venv-demo/bin/python -m clnd demo" in lines
    assert "python3 -m venv .venv-test && .venv-test/bin/pip install -e '.[test]' && .venv-test/bin/python -m tests" in lines
