"""What clnd found on this machine: devices and what they can do, versions, the cache, settings.

`show_config` prints it, or returns it as a dict; ``python -m clnd info`` is the same from a shell.
The output is plain text without a library for tables, because users run this command first when
something is missing.
"""

from __future__ import annotations

import platform as host
from importlib import metadata
from typing import Any

import numpy as np

from clnd.context import Context, contexts, current_context, why
from clnd.dtypes import ALL, facts
from clnd.errors import ArgumentError, ClndError
from clnd.runtime import cache, drivers
from clnd.settings import in_force, settings
from clnd.version import __version__

__all__ = ["as_text", "config", "device_facts", "show_config"]


def show_config(mode: str = "stdout") -> dict[str, Any] | None:
    """Show what clnd runs on: devices, versions, the cache and the settings in force.

    Parameters
    ----------
    mode : str
        "stdout" prints it; "dicts" returns it, as `numpy.show_config` does.

    Returns
    -------
    dict or None
        With "dicts" the facts, which can be written as JSON; sizes are in bytes.

    Raises
    ------
    ArgumentError
        For any other mode.

    Examples
    --------
    >>> import clnd
    >>> clnd.show_config("dicts")["clnd"] == clnd.__version__
    True
    """
    if mode not in ("stdout", "dicts"):
        raise ArgumentError(f'[show_config] got mode {mode!r}; expected "stdout" or "dicts"')
    found = config()
    if mode == "dicts":
        return found
    print(as_text(found))
    return None


def config() -> dict[str, Any]:
    """Gather the facts; this opens every device. If that fails, "error" has the reason."""
    found: dict[str, Any] = {
        "clnd": __version__,
        "python": host.python_version(),
        "numpy": np.__version__,
        "pyopencl": metadata.version("pyopencl"),
        "system": host.platform(),
        "default": "",
        "devices": [],
        "left_out": [],
        "settings": dict(in_force),
        "cache": {},
        "error": "",
    }
    try:
        found["left_out"] = list(drivers.prepare().notes)
        found["devices"] = [_device(ctx) for ctx in contexts(checkers=True)]
        found["default"] = str(current_context())
    except ClndError as error:
        found["error"] = str(error)
    found["cache"] = _cache_facts()  # after the probe has written to it
    return found


def _cache_facts() -> dict[str, Any]:
    held = cache.contents()
    return {"folder": str(held.folder), "on": settings.cache, "usable": held.usable, "entries": held.entries, "bytes": held.size}


def _device(ctx: Context) -> dict[str, Any]:
    try:
        return device_facts(ctx)
    except ClndError as error:
        return {"context": str(ctx), "error": str(error)}


def device_facts(ctx: Context) -> dict[str, Any]:
    """The facts of one device with the findings of the probe. The device is opened."""
    info = ctx.info
    arithmetic = info.arithmetic
    return {
        "context": str(ctx),
        "error": "",
        "name": info.name,
        "vendor": info.vendor,
        "platform": info.platform,
        "driver": info.driver,
        "version": info.version,
        "why": why(ctx),
        "kind": info.kind,
        "kernels": info.family,
        "vector_bytes": info.vector_bytes,
        "target": info.target,
        "compute_units": info.compute_units,
        "work_group": info.max_work_group_size,
        "local_memory": info.local_mem_size,
        "memory": info.global_mem_size,
        "largest_allocation": info.max_alloc_size,
        "dtypes": [dtype.name for dtype in ALL if info.fp64 or not facts(dtype).needs_fp64],
        "missing_dtypes": [dtype.name for dtype in ALL if not info.fp64 and facts(dtype).needs_fp64],
        "same_bits": info.same_bits_answer,
        "same_bits_reasons": list(info.same_bits_reasons),
        "subnormals": info.subnormals,
        "fma": arithmetic.fma,
        "divide": arithmetic.divide,
        "sqrt": arithmetic.sqrt,
        "guarded_products": arithmetic.guard_products,
        "build_options": list(info.build_options),
        "in_caller": ctx.device.caller is not None,
    }


# --- as text -----------------------------------------------------------------------------------


def as_text(found: dict[str, Any]) -> str:
    """The facts of `config` as text."""
    versions = ", ".join(f"{name} {found[name]}" for name in ("python", "numpy", "pyopencl"))
    lines = [f"clnd {found['clnd']} ({versions}; {found['system']})"]
    for device in found["devices"]:
        lines += ["", *_device_lines(device, found["default"])]
    if found["error"]:
        lines += ["", found["error"]]
    if found["left_out"]:
        lines += ["", "ignored drivers", *(f"  {note}" for note in found["left_out"])]
    held = found["cache"]
    if not held["on"]:
        use = "turned off by CLND_CACHE=0: every process compiles its kernels again"
    elif not held["usable"]:
        use = f"{held['folder']} cannot be used: every process compiles its kernels again"
    else:
        use = f"{held['folder']}, {held['entries']} files, {in_units(held['bytes'])}"
    set_now = ", ".join(f"{name}={value}" for name, value in found["settings"].items())
    return "\n".join([*lines, "", f"cache     {use}", f"settings  {set_now or 'no CLND_* variable is set'}"])


def _device_lines(device: dict[str, Any], default: str) -> list[str]:
    name = device["context"] + (" (the default)" if device["context"] == default else "")
    if device["error"]:
        return [name, f"  this device could not be opened: {device['error']}"]
    missing = device["missing_dtypes"]
    spelled = [f"fma: {device['fma']}", f"division: {device['divide']}", f"square root: {device['sqrt']}"]
    if device["guarded_products"]:
        spelled.append("products guarded against contraction")
    if device["build_options"]:
        spelled.append(f"built with {' '.join(device['build_options'])}")
    vectors = f", vectors of {device['vector_bytes']} bytes" if device["kernels"] == "cpu" else ""
    target = f", compiled for {device['target']}" if device["target"] else ""
    rows = (
        ("device", f"{device['name']}, {device['compute_units']} compute unit{'' if device['compute_units'] == 1 else 's'}"),
        ("driver", f"{device['driver']}: {device['platform']}, {device['version']}"),
        ("chosen", device["why"]),
        ("memory", f"{in_units(device['memory'])}, at most {in_units(device['largest_allocation'])} an array"),
        ("kernels", f"for {device['kernels'].upper()}s{vectors}{target}, work-groups up to {device['work_group']}, {in_units(device['local_memory'])} of local memory"),
        *((("small work", "runs in the thread that calls"),) if device["in_caller"] else ()),
        ("dtypes", f"all but {', '.join(missing)}, because the device lacks fp64" if missing else "all"),
        ("same bits", device["same_bits"]),
        ("subnormals", "kept" if device["subnormals"] else "flushed to zero"),
        ("arithmetic", ", ".join(spelled)),
    )  # fmt: skip
    return [name, *(f"  {title:<11} {text}" for title, text in rows)]


def in_units(count: int) -> str:
    """A number of bytes, such as "1.5 GiB"."""
    value, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
