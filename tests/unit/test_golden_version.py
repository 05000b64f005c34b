"""The golden digests keep to their version: one that changes or goes needs a new version, one that is added does not.

golden_digests.txt has the version, and a short hash of each row's name and digest. `pytest tests/unit/test_golden_version.py --golden`
adds the hashes of new digests, and writes all of them anew only for a new version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clnd import golden
from clnd.golden import __main__ as command
from clnd.golden import case

FILE = Path(__file__).parent / "golden_digests.txt"
Rows = Mapping[str, Mapping[str, Any]]


def hashes(rows: Rows) -> dict[str, str]:
    """The name of each row by the hash of its name and digest."""
    return {hashlib.sha256(f"{name} {row['sha256']}".encode()).hexdigest()[:16]: name for name, row in rows.items()}


def kept() -> tuple[int, set[str]]:
    head, *lines = FILE.read_text().splitlines()
    return int(head.removeprefix("version ")), set(lines)


def lost(held: Iterable[str], rows: Rows) -> int:
    """How many of the hashes that were held no row has: digests that changed or went."""
    return len(set(held) - set(hashes(rows)))


def test_digests_keep_to_their_version(request: pytest.FixtureRequest) -> None:
    version, held = kept()
    rows = golden.read()
    if version == golden.version():
        assert not lost(held, rows), f"{lost(held, rows)} digests changed or went, and version {version} stayed; if that is meant: python -m clnd.golden --change"
    if request.config.getoption("--golden"):
        FILE.write_text("\n".join([f"version {golden.version()}", *sorted(hashes(rows))]) + "\n")
        return
    again = f"run: pytest tests/unit/{Path(__file__).name} --golden"
    assert version == golden.version(), f"{FILE.name} is of version {version}, the digests are of {golden.version()}; {again}"
    new = [name for key, name in hashes(rows).items() if key not in held]
    assert not new, f"{len(new)} new digests, such as {new[0]}, are not held to yet; {again}"


def test_a_digest_that_changes_or_goes_is_seen() -> None:
    _, held = kept()
    rows = dict(golden.read())
    name = next(iter(rows))
    assert lost(held, {**rows, "a-new-one": rows[name]}) == 0
    assert lost(held, {**rows, name: {**rows[name], "sha256": "0" * 64}}) == 1
    del rows[name]
    assert lost(held, rows) == 1


def test_the_command_gives_changes_a_new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "digests.json"
    monkeypatch.setattr(case, "DIGESTS", file)
    monkeypatch.setattr(command, "DIGESTS", file)
    (a, b), sha = list(golden.CASES)[:2], "0" * 64
    one, both = {a: {"name": a, "sha256": sha}}, {a: {"name": a, "sha256": sha}, b: {"name": b, "sha256": sha}}
    command._write(one, golden.read())
    assert (golden.version(), golden.read()) == (1, one)
    command._write(both, golden.read())  # one is added
    assert (golden.version(), golden.read()) == (1, both)
    changed = {**both, b: {"name": b, "sha256": "1" * 64}}
    command._write(changed, golden.read())
    assert (golden.version(), golden.read()) == (2, changed)
    command._write(one, golden.read())  # one goes
    assert (golden.version(), golden.read()) == (3, one)
    assert file.read_text().count("\n") == len(json.loads(file.read_text())["digests"]) + 3
