"""Which of the host's memory is held for copies, and who is told of one that failed: with made-up events."""

from __future__ import annotations

import pytest

from clnd.errors import DriverError
from clnd.runtime.transfers import Transfers


class _Event:
    command_execution_status = 3  # queued
    waited = False

    def wait(self) -> None:
        self.waited = True


def test_memory_is_held_until_a_copy_is_there_in_order() -> None:
    transfers, events = Transfers(), [_Event() for _ in range(3)]
    for event, held in zip(events, (100, 0, 20), strict=True):
        transfers.add(event, held)
    assert (len(transfers), transfers.held, transfers.oldest) == (3, 120, events[0])
    events[1].command_execution_status = 0
    transfers.let_go()  # the first is still on its way
    assert (len(transfers), transfers.held) == (3, 120)
    events[0].command_execution_status = 0
    transfers.let_go()
    assert (len(transfers), transfers.held, transfers.oldest) == (1, 20, events[2])
    assert [event.waited for event in events] == [True, True, False]


def test_a_copy_that_failed_is_told_once() -> None:
    transfers, events = Transfers(), [_Event(), _Event()]
    for event in events:
        transfers.add(event, 8)
    events[0].command_execution_status, events[1].command_execution_status = -4, 0
    with pytest.raises(DriverError, match=r"^\[copy\] the driver failed at a copy .* \(status -4\)"):
        transfers.let_go()
    transfers.let_go()
    assert (len(transfers), transfers.held, transfers.oldest) == (0, 0, None)


def test_a_signal_handler_may_let_go_meanwhile() -> None:
    """The one that was looked at is let go once, and none that is still on its way."""
    transfers = Transfers()

    class Interrupted(_Event):
        @property
        def command_execution_status(self) -> int:  # type: ignore[override]
            if self.looks == 0:
                self.looks = 1
                transfers.let_go()
            return 0

        looks = 0

    later = _Event()
    transfers.add(Interrupted(), 100)
    transfers.add(later, 20)
    transfers.let_go()
    assert (len(transfers), transfers.held, transfers.oldest) == (1, 20, later)


def test_bytes_are_none_when_nothing_is_on_its_way() -> None:
    """Ctrl-C may come when a copy is noted, and its bytes are not."""
    transfers, event = Transfers(), _Event()
    transfers.add(event, 100)
    transfers.held = -20
    event.command_execution_status = 0
    transfers.let_go()
    assert transfers.held == 0


def test_all_are_there_when_the_newest_is() -> None:
    """rusticl says so of the newest first."""
    transfers, events = Transfers(), [_Event(), _Event(), _Event()]
    for event in events:
        transfers.add(event, 8)
    events[2].command_execution_status = 0
    transfers.let_go()
    assert (len(transfers), transfers.held) == (0, 0)
    assert all(event.waited for event in events)
