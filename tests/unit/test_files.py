"""Files of the cache and of tuning, and targets of the command line, that are pipes, folders or another's. No OpenCL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clnd.errors import ArgumentError, ClndWarning
from clnd.files import check_target, read_bytes, read_text
from clnd.kernels import tuning
from clnd.runtime import cache
from clnd.tuner import data

pytestmark = [pytest.mark.timeout(20), pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")]


@pytest.fixture(params=["pipe", "folder"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that is no file."""
    path = tmp_path / "odd.json"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    return path


def test_only_plain_files_are_read(odd: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a plain file"):
        read_bytes(odd)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "none")
    (tmp_path / "text").write_text("\u00e9", encoding="utf-8")
    assert read_text(tmp_path / "text") == "\u00e9"


def test_the_cache_passes_over_what_is_no_file(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache._State, "folder", odd.parent)
    monkeypatch.setattr(cache._State, "looked", True)
    assert cache.load(odd.name) is None
    is_pipe = not odd.is_dir()
    cache.store(odd.name, b"content")
    assert cache.load(odd.name) == (b"content" if is_pipe else None)
    assert sorted(file.name for file in odd.parent.iterdir()) == [odd.name]


def test_tuning_passes_over_what_is_no_file_and_says_so(odd: Path) -> None:
    with pytest.warns(ClndWarning, match="is ignored: .*not a plain file.*remove it, or measure again"):
        assert tuning._read(odd) == ()
    assert data._present(odd) == ()


def test_targets_are_checked_before_the_work(odd: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"\[selftest\] got --json .*, which is a (pipe|folder); expected a file; choose another one"):
        check_target("selftest", "--json", str(odd))
    with pytest.raises(ArgumentError, match="expected a file in a folder that exists and can be written"):
        check_target("selftest", "--json", str(tmp_path / "none" / "file"))
    assert check_target("selftest", "--json", str(tmp_path / "file")) == tmp_path / "file"
    assert not (tmp_path / "file").exists()
    assert check_target("selftest", "--json", os.devnull) == Path(os.devnull)
