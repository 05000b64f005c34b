"""Which launches run in the thread that calls, and when: on a made-up device, without OpenCL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from clnd.runtime import caller, pocl
from clnd.runtime import launch as runtime_launch
from clnd.runtime.caller import Caller, Timing, renamed, tag
from clnd.runtime.state import process
from tests.made_up import MadeUpDevice, info

SMALL, LARGE = 4096, 1 << 30
LIMIT = caller._LIMIT
THREADS, HERE = "the driver's threads", "here"


class _Event:
    """An event that is complete when it is told to be."""

    command_execution_status = 1  # running


class _Queue:
    """A queue of the made-up device "basic": everything is finished at once."""

    name = HERE

    def finish(self) -> None:
        pass


class _Caller(Caller):
    """The device "basic" that is not there. ``refuses`` every kernel, if it is told to."""

    def __init__(self, refuses: bool = False) -> None:
        self.queue: Any = _Queue()
        self.loaded = 0
        self.refuses = refuses

    def _loaded(self, kernel: Any) -> Any:
        self.loaded += 1
        return None if self.refuses else kernel


class _Driver:
    """Where launches went, and the events of those that went to the driver's threads."""

    def __init__(self) -> None:
        self.went: list[str] = []
        self.events: list[_Event] = []

    def __call__(self, queue: Any, *args: Any) -> _Event:
        event = _Event()
        if isinstance(queue, _Queue):
            self.went.append(HERE)
        else:
            self.went.append(THREADS)
            self.events.append(event)
        return event

    def complete(self) -> None:
        for event in self.events:
            event.command_execution_status = 0


class Small:
    """A made-up device with a caller, one kernel that is loaded for it, and one launch of it."""

    def __init__(self, refuses: bool = False) -> None:
        self.device = MadeUpDevice(info())
        self.caller = self.device.caller = _Caller(refuses)
        self.kernel = self.device.programs.kernel("", "f")
        self.kernel.here, self.kernel.small_launches = None, 0
        self.timing = Timing()
        self.driver = _Driver()

    def launch(self, nbytes: int = SMALL) -> str:
        """Where a launch goes."""
        runtime_launch.enqueue(self.device, self.kernel, (1,), (1,), (), nbytes, self.timing)
        return self.driver.went[-1]

    def warm(self) -> Small:
        """After as many launches as the kernel is not loaded for."""
        for _ in range(caller._LOADED_AFTER):
            assert self.launch() == THREADS
            self.driver.complete()
        return self


@pytest.fixture(autouse=True)
def _has_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this system's threads have."""
    monkeypatch.setattr(caller._thread, "has_stack", True)


@pytest.fixture
def small() -> Iterator[Small]:
    made = Small()
    with mock.patch.object(runtime_launch, "_enqueue", made.driver):
        yield made


# --- which -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nbytes", "is_short"), [(0, False), (1, True), (caller._MOST_BYTES, True), (caller._MOST_BYTES + 1, False)])
def test_what_moves_much_or_who_knows_how_much_is_not_tried(nbytes: int, is_short: bool) -> None:
    assert Timing().is_short(nbytes) is is_short


@pytest.mark.parametrize(
    ("seconds", "is_short"),
    [([1.0], True), ([1.0] * 2, False), ([1.0, 1e-6, 1.0, 1.0], True), ([LIMIT] * 4, True), ([2 * LIMIT] * 3, True), ([2 * LIMIT] * 4, False)],
)
def test_what_took_long_every_time_is_not_short(seconds: list[float], is_short: bool) -> None:
    timing = Timing()
    for one in seconds:
        timing.note(one)
    assert timing.is_short(SMALL) is is_short
    assert not timing.is_short(LARGE)


def test_a_kernel_is_loaded_once_it_was_launched_often(small: Small) -> None:
    small.warm()
    assert small.caller.loaded == 0
    assert [small.launch() for _ in range(10)] == [HERE] * 10
    assert small.caller.loaded == 1
    assert small.timing.is_tried


def test_a_kernel_that_the_driver_refuses_is_asked_for_once() -> None:
    made = Small(refuses=True)
    with mock.patch.object(runtime_launch, "_enqueue", made.driver):
        made.warm()
        for _ in range(10):
            assert made.launch() == THREADS
            made.driver.complete()
    assert made.caller.loaded == 1


def test_a_launch_that_takes_long_here_goes_back_to_the_threads(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.warm()
    clock = iter(range(1000))
    monkeypatch.setattr(runtime_launch.time, "perf_counter", lambda: float(next(clock)))  # each run takes a second
    went = []
    for _ in range(10):
        went.append(small.launch())
        small.driver.complete()
    assert went == [HERE] * 2 + [THREADS] * 8


def test_without_a_timing_or_a_caller_the_threads_run_it(small: Small) -> None:
    small.warm()
    runtime_launch.enqueue(small.device, small.kernel, (1,), (1,), (), SMALL)
    assert small.driver.went[-1] == THREADS
    small.driver.complete()
    small.device.caller = None
    assert small.launch() == THREADS


def test_a_thread_with_a_small_stack_runs_nothing(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.warm()
    assert small.launch() == HERE
    monkeypatch.setattr(caller._thread, "has_stack", False)
    assert small.launch() == THREADS


def test_a_kernel_whose_binary_is_not_there_yet(small: Small) -> None:
    small.warm()
    small.kernel._saved = False
    small.kernel.save_binary = lambda: None
    assert small.launch() == THREADS


# --- when --------------------------------------------------------------------------------------


def test_only_while_nothing_else_is_running(small: Small) -> None:
    small.warm()
    assert small.launch() == HERE
    assert small.launch(LARGE) == THREADS
    assert [small.launch(), small.launch()] == [THREADS, THREADS]  # it may need what the large one writes
    small.driver.events[-3].command_execution_status = 0
    assert small.launch() == THREADS  # the last one is still running
    small.driver.complete()
    assert small.launch() == HERE


def test_a_launch_that_has_failed_is_not_taken_for_finished(small: Small) -> None:
    small.warm()
    small.launch(LARGE)
    small.driver.events[-1].command_execution_status = -5
    assert small.launch() == THREADS


def _between(small: Small, place: str, handler: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Call ``handler`` once, as a signal would, in the middle of a small launch: while its arguments are set, or the clock is read."""
    target, name = {"arguments": (small.kernel, "set_args"), "clock": (runtime_launch.time, "perf_counter")}[place]
    plain = getattr(target, name)
    calls: list[int] = []

    def interrupted(*args: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            handler()
        return plain(*args)

    monkeypatch.setattr(target, name, interrupted)


@pytest.mark.parametrize("place", ["arguments", "clock"])
def test_a_signal_handler_launches_before_a_small_launch(place: str, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its large launch may read what the small one writes, and is still running: so the small one follows it in order."""
    small.warm()
    _between(small, place, lambda: small.launch(LARGE), monkeypatch)
    before = len(small.driver.went)
    assert small.launch() == THREADS
    assert small.driver.went[before:] == [THREADS, THREADS]
    assert not small.kernel.busy


@pytest.mark.parametrize("place", ["arguments", "clock"])
def test_a_signal_handler_launches_the_same_kernel(place: str, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arguments of the one that it interrupts must stay: it takes another kernel object."""
    small.warm()
    twins: list[int] = []
    monkeypatch.setattr(small.kernel, "twin", lambda: twins.append(1) or small.kernel, raising=False)
    _between(small, place, small.launch, monkeypatch)
    small.launch()
    assert len(twins) == 1


def test_an_error_leaves_nothing_busy(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    small.warm()
    monkeypatch.setattr(small.caller.queue, "finish", mock.Mock(side_effect=KeyboardInterrupt), raising=False)
    with pytest.raises(KeyboardInterrupt):
        small.launch()
    assert not small.kernel.busy
    assert small.device.is_idle()


# --- PoCL's binaries and devices -----------------------------------------------------------------

PTHREAD = "OpenCL 3.0 PoCL HSTR: pthread-x86_64-pc-linux-gnu-skylake-avx512"


def test_what_names_a_device_in_a_binary() -> None:
    assert tag(PTHREAD) == b"\x0c{0]\xe9[\xee\x02"  # of a binary that PoCL 3.1 gave
    assert tag(PTHREAD.replace("pthread", "basic")) == b"\x1aS\xca\x02\xaaC\x8cM"


def test_a_binary_is_renamed_only_if_it_is_what_was_expected() -> None:
    old, new = b"12345678", b"abcdefgh"
    assert renamed(b"poclbin\0" + old + b"code", old, new) == b"poclbin\0" + new + b"code"
    assert renamed(b"poclbin\0" + new + b"code", old, new) is None
    assert renamed(b"\x7fELF....." + old + b"code", old, new) is None


WHEEL = "OpenCL 3.0 PoCL 3.0-rc2  Linux, Release, RELOC, LLVM 14.0.6, SLEEF, DISTRO, POCL_DEBUG"


@pytest.mark.parametrize(
    ("version", "has"),
    [(WHEEL, True), (WHEEL.replace("3.0-rc2", "3.1+debian"), True), (WHEEL.replace("3.0-rc2", "7.0"), False), (WHEEL + ", CUDA", False), ("", False)],
)
def test_which_pocl_is_asked_for_its_second_device(version: str, has: bool) -> None:
    assert pocl.has_basic(version) is has


@pytest.mark.parametrize(
    ("versions", "already", "wanted", "asked"),
    [
        ([WHEEL], "", True, "pthread basic"),
        ([WHEEL, WHEEL], "", True, "pthread basic"),
        ([WHEEL, WHEEL.replace("3.0-rc2", "6.0")], "", True, ""),  # the variable is for both
        ([], "", True, ""),
        ([WHEEL], "pthread", True, ""),  # what the user set stays
        ([WHEEL], "", False, ""),
    ],
)
def test_when_pocl_is_asked(versions: list[str], already: str, wanted: bool, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POCL_DEVICES", already)
    monkeypatch.setattr(pocl, "settings", replace(pocl.settings, pocl_basic=wanted))
    monkeypatch.setattr(pocl, "_version", lambda library: library)
    assert pocl.devices_to_ask_for(iter(versions)) == asked
    assert os.environ["POCL_DEVICES"] == already


@pytest.mark.parametrize("library", ["/nowhere/libpocl.so", "libm.so.6"])
def test_a_library_that_is_no_driver_has_no_version(library: str) -> None:
    assert pocl._version(library) == ""


class _Device:
    """A device of a made-up PoCL."""

    driver_version = "none"

    def __init__(self, name: str, platform: str = "one", **limits: int) -> None:
        self.name, self.platform = name, platform
        for limit in ("max_mem_alloc_size", "global_mem_size", "local_mem_size", "max_work_group_size"):
            setattr(self, limit, limits.get(limit, 1024))


def test_the_second_device_is_found_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "basic", [])
    basic, other = _Device("basic-AMD EPYC"), _Device("basic-AMD EPYC", "two", max_mem_alloc_size=512)
    found: list[Any] = [basic, _Device("pthread-AMD EPYC")]
    pocl.start(lambda: found, asked=True)
    pocl.start(lambda: [other, _Device("pthread-AMD EPYC", "two")], asked=True)  # type: ignore[list-item]
    assert process.basic == [basic, other]
    assert pocl.basic_beside(found[1]) is basic
    assert pocl.basic_beside(_Device("pthread-AMD EPYC", "two")) is None  # type: ignore[arg-type]  # it can do less
    assert pocl.basic_beside(_Device("AMD EPYC")) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("names", "asked"), [(("basic-AMD",), True), (("basic-AMD", "pthread-AMD"), False)])
def test_a_device_that_the_user_asked_for_is_the_users(names: tuple[str, ...], asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "basic", [])
    pocl.start(lambda: [_Device(name) for name in names], asked=asked)  # type: ignore[misc]
    assert process.basic == []
