"""How far a command is, and the one line about compiling: on made-up terminals."""

from __future__ import annotations

import io
import sys
import threading
import time
from pathlib import Path

import pytest

from clnd.process import run_module
from clnd.profiler import Counters
from clnd.progress import progress, with_compiling
from clnd.runtime import cache, notice


class Terminal(io.StringIO):
    """Text that calls itself a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make stderr a terminal; not a fixture, because pytest puts its own stderr back after the setup."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that has compiled nothing, with a cache."""
    monkeypatch.setattr(notice, "counters", Counters())
    for name, value in {"seconds": 0.0, "kernels": 0, "silent": False}.items():
        monkeypatch.setattr(notice._State, name, value)
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)


# --- progress ----------------------------------------------------------------------------------


def wait_for(text: str, stream: io.StringIO) -> None:
    end = time.monotonic() + 30
    while text not in stream.getvalue():
        assert time.monotonic() < end, stream.getvalue()
        time.sleep(0.01)


def test_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("training", every=0.01) as shown:
        wait_for("training: 0%\n", stream)
        shown.done, shown.remark = 0.25, "3 kernels compiled"
        wait_for("training: 25%, 3 kernels compiled\n", stream)
    assert "\x1b" not in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_a_short_command_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("training"):
        pass
    assert stream.getvalue() == ""


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    pytest.importorskip("rich")
    with progress("training") as shown:
        shown.done, shown.remark = 0.5, lambda: "halfway"
        wait_for("halfway", terminal)
    assert "50%" in terminal.getvalue()


def test_a_terminal_without_rich_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setitem(sys.modules, "rich", None)
    with progress("training", every=0.01):
        wait_for("training: 0%\n", terminal)


def test_the_thread_ends_with_the_block() -> None:
    before = threading.active_count()
    with pytest.raises(KeyError), progress("training"):
        raise KeyError
    assert threading.active_count() == before


def test_a_child_is_watched(tmp_path: Path) -> None:
    (tmp_path / "slow_child.py").write_text("import time; time.sleep(1); print('done')")
    seen: list[int] = []
    sys.path.insert(0, str(tmp_path))
    try:
        outcome = run_module("slow_child", [], seconds=60, watch=lambda: seen.append(1))
    finally:
        sys.path.remove(str(tmp_path))
    assert (outcome.status, outcome.output) == (0, "done\n")
    assert seen


def test_compiling_is_told_apart() -> None:
    assert with_compiling(1.33, Counters(launches=9, loads=28), kept=True) == "1.3 s"
    used = Counters(builds=28, compile_seconds=11.68)
    assert with_compiling(13.0, used, kept=True) == "13.0 s, of which 11.7 s compiled 28 kernels, kept for next time"
    assert with_compiling(13.0, Counters(builds=1, compile_seconds=0.2), kept=False) == "13.0 s, of which 0.2 s compiled 1 kernel"


# --- the notice --------------------------------------------------------------------------------


def test_long_compiling_is_said_once(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    notice.compiled(0.6, 1)
    assert terminal.getvalue() == ""
    for _ in range(3):
        notice.compiled(0.6, 1)
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().startswith("clnd: compiling 2 kernels took 1.2 s so far; they are kept in ")
    assert (notice.counters.builds, notice.counters.compile_seconds) == (4, pytest.approx(2.4))


def test_a_cache_that_is_off_is_said(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(cache, "folder", lambda: None)
    notice.compiled(2.0, 1)
    assert "compiling 1 kernel took 2.0 s so far; they are not kept, because the cache is off" in terminal.getvalue()


def test_no_notice_without_a_terminal(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    for stream in (io.StringIO(), None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(notice._State, "silent", False)
        notice.compiled(2.0, 1)
        assert stream is None or stream is closed or stream.getvalue() == ""


def test_the_notice_can_be_turned_off(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    notice.turn_off()
    notice.compiled(2.0, 1)
    assert terminal.getvalue() == ""
