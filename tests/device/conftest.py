"""The devices that tests run on, and the checks that go with a driver.

CLND_TEST_DRIVER   the driver that the default context must have: a run that was meant for one
                   driver fails where it got another
OCLGRIND_LOG       where Oclgrind reports; a test during which that file grew fails
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clnd.context import Context, current_context
from clnd.dtypes import as_dtype, facts
from clnd.kernels import copy, elementwise, reduce
from clnd.runtime.opened import OpenDevice


@pytest.fixture
def device() -> OpenDevice:
    """The device of the default context; CLND_DEVICE chooses another."""
    return current_context().device


@pytest.fixture
def ctx() -> Context:
    """The default context."""
    return current_context()


_in_family: dict[tuple[OpenDevice, str], OpenDevice] = {}


def _of_family(device: OpenDevice, family: str) -> OpenDevice:
    """``device`` with one family of kernels. It is kept, and so are its built kernels."""
    key = (device, family)
    if key not in _in_family:
        other = _in_family[key] = device.without_kernels()
        other.info = replace(device.info, family=family)
    return _in_family[key]


def _affordable(device: OpenDevice, family: str) -> None:
    if family == "cpu" and device.info.driver == "rusticl":
        pytest.skip("llvmpipe compiles kernels for CPUs for minutes; clnd runs those for GPUs on it")


@pytest.fixture(params=["cpu", "gpu"])
def family_device(request: pytest.FixtureRequest, device: OpenDevice) -> OpenDevice:
    """The same device, once with each family of kernels."""
    _affordable(device, request.param)
    return _of_family(device, request.param)


@pytest.fixture(params=["cpu", "gpu"])
def family(request: pytest.FixtureRequest, ctx: Context) -> Iterator[str]:
    """The default context with each family of kernels in turn. Arrays made before cannot be used."""
    device = ctx.device
    _affordable(device, request.param)
    ctx._device = _of_family(device, request.param)
    try:
        yield request.param
    finally:
        ctx._device = device


@pytest.fixture(params=["general", "special"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, ctx: Context) -> Iterator[str]:
    """The kernels that serve all small arrays, and those that are made for a layout, which only large ones have otherwise.

    After ``family``, if a test has both: plans of this device are forgotten.
    """
    device = ctx.device
    if request.param == "special":
        for module in (copy, elementwise, reduce):
            monkeypatch.setattr(module, "GENERAL", 0)
        monkeypatch.setattr(elementwise, "GENERAL_ROWS", 0)
        device.plans.clear()
    yield request.param
    if request.param == "special":
        device.plans.clear()


@pytest.fixture
def has_dtype(request: pytest.FixtureRequest, ctx: Context) -> None:
    """For tests of a ``dtype`` each: skips those that need float64 on a device without it."""
    if facts(as_dtype(request.node.callspec.params["dtype"])).needs_fp64 and not ctx.info.fp64:
        pytest.skip("the device has no fp64")


@pytest.fixture
def index64(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Places are counted in 64 bits, as beyond 2^31 elements. Plans are forgotten before and after: they are remembered by what they are asked for."""
    monkeypatch.setattr(elementwise, "settings", replace(elementwise.settings, index64=True))
    for device in (ctx.device, *_in_family.values()):
        device.plans.clear()
    yield
    for device in (ctx.device, *_in_family.values()):
        device.plans.clear()


# One dtype for each path through the GPU kernels: every size of element, every kind.
_PATHS = ("bool", "int8", "uint16", "int32", "uint64", "float16", "float32", "float64", "complex64")


# The dtypes of the quick tier, in tests of every dtype with each family of kernels.
_QUICK = ("bool", "int64", "float16", "float32")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that names a family of kernels, so that the tiers choose by markers (tests/tiers.py)."""
    for item in items:
        given = item.callspec.params if hasattr(item, "callspec") else {}
        family = given.get("family", given.get("family_device"))
        if family in ("cpu", "gpu"):
            item.add_marker(f"{family}_kernels")
        if family in ("cpu", "gpu") and str(given.get("dtype", "float32")) not in _QUICK:
            item.add_marker("thorough")


@pytest.fixture
def few_dtypes_for_gpus(request: pytest.FixtureRequest, ctx: Context) -> None:
    """For tests of many dtypes in both families; a module may name fewer in PATHS_FOR_GPUS.

    PoCL takes seconds to compile a kernel for GPUs, others a fraction of one.
    """
    given = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    family = given.get("family", given.get("family_device"))
    paths = getattr(request.module, "PATHS_FOR_GPUS", _PATHS)
    if family == "gpu" and ctx.info.driver == "pocl" and "dtype" in given and str(given["dtype"]) not in paths:
        pytest.skip("PoCL compiles these for too long; the kernels for GPUs of this dtype run on Intel's runtime and Oclgrind")


@pytest.fixture(scope="session", autouse=True)
def _the_driver_meant() -> None:
    meant = os.environ.get("CLND_TEST_DRIVER", "")
    if meant:
        found = current_context().info.driver
        assert found == meant, f"this run is meant for the driver {meant}, and {current_context()} is on {found}"


@pytest.fixture(scope="module", autouse=True)
def _kernels_go_with_their_module() -> Iterator[None]:
    """A built kernel keeps megabytes in some drivers, and the tests build thousands."""
    yield
    device = current_context().device
    device.finish()
    for other in (device, *_in_family.values()):
        other.forget()
    gc.collect()


@pytest.fixture(autouse=True)
def _not_for_checkers(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("slow") and current_context().info.driver == "oclgrind":
        pytest.skip("too many elements or processes for a checker that takes microseconds for an instruction")


def _reported() -> str:
    log = Path(os.environ["OCLGRIND_LOG"])
    return log.read_text(errors="replace") if log.exists() else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test during which Oclgrind reported something: it says so in a file, never by an error."""
    if not os.environ.get("OCLGRIND_LOG"):
        return (yield)
    before = len(_reported())
    result = yield
    current_context().device.finish()
    fresh = _reported()[before:]
    if fresh:
        pytest.fail(f"Oclgrind reported:\n{fresh}", pytrace=False)
    return result
