"""The devices that a self-test is to run on. A child process lists them, because a driver can crash here as well."""

from __future__ import annotations

from typing import Any

from clnd.context import Context
from clnd.errors import ContextError, DriverError
from clnd.process import run_module
from clnd.progress import progress

__all__ = ["devices_to_test"]

_SECONDS = 300.0
"""Seconds after which the child is killed."""


def devices_to_test(ctx: str | None) -> list[dict[str, Any]]:
    """The facts of the device of ``ctx``, or of every device without the checkers; "context" is the name to use.

    Raises
    ------
    ContextError
        If ``ctx`` names no device of this machine.
    DriverError
        If there is no device.
    """
    wanted = None if ctx is None else str(Context(ctx))
    with progress("looking for devices", every=_SECONDS):
        child = run_module("clnd", ["info", "--json"], seconds=_SECONDS)
    found = child.printed_json()
    if found is None:
        raise DriverError(f"[selftest] the process that lists the devices {child.how}; run: python -m clnd doctor")
    devices: list[dict[str, Any]] = found["devices"]
    if not devices:
        raise DriverError(found["error"])
    if wanted is None:
        return [device for device in devices if "@" not in device["context"]]  # not the checkers
    for device in devices:
        if wanted == device["context"] or (not device["error"] and wanted == f"{device['kind']}(0)@{device['driver']}"):
            return [{**device, "context": wanted}]
    there = ", ".join(device["context"] for device in devices)
    raise ContextError(f"[selftest] got the context {wanted}; there are: {there}; choose one of these")
