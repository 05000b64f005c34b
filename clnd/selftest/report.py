"""Pure functions that turn the lines of a worker into a result, its text and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clnd.process import Outcome
from clnd.profiler import Counters
from clnd.progress import with_compiling

__all__ = ["as_text", "collected", "verdict"]


def collected(context: str, lines: Iterable[Mapping[str, Any]], child: Outcome) -> dict[str, Any]:
    """The result of a device, from the lines of its worker and the end of its process.

    "good" is True if the worker finished and no digest differs or failed.
    """
    result: dict[str, Any] = {
        "context": context, "device": None, "version": None, "equal": [], "differs": [], "failed": [], "lacking": [], "left_out": [],
        "speed": [], "error": "", "seconds": None, "compile_seconds": 0.0, "builds": 0, "kept": False,
    }  # fmt: skip
    begun: list[str] = []
    for line in lines:
        what = line["what"]
        if what == "begin":
            begun = list(line["names"])
            continue
        if what == "device":
            result["device"] = line["facts"]
        elif what == "digests":
            result["version"] = line["version"]
        elif what in ("equal", "lacking"):
            result[what] += line["names"]
        elif what == "left out":
            result["left_out"] += line["names"]
        elif what == "differs":
            result["differs"].append({"name": line["names"][0], "got": line["got"], "first": line["first"]})
        elif what == "failed":
            result["failed"] += [{"name": name, "error": line["error"]} for name in line["names"]]
        elif what == "speed":
            result["speed"].append({key: line[key] for key in ("name", "dtype", "unit", "size", "rate")})
        elif what == "error":
            result["error"] = line["error"]
        elif what == "end":
            result.update({key: line[key] for key in ("seconds", "compile_seconds", "builds", "kept")})
    if result["seconds"] is None and not result["error"]:
        done = {*result["equal"], *(d["name"] for d in result["differs"]), *(f["name"] for f in result["failed"])}
        at = [name for name in begun if name not in done]
        result["error"] = f"the process of this device {child.how}" + (f"; it was at {', '.join(at[:3])}" if at else "")
    result["good"] = not (result["differs"] or result["failed"] or result["error"]) and bool(result["equal"])
    return result


def as_text(result: Mapping[str, Any]) -> str:
    """The result of one device as text."""
    device = result["device"]
    lines = [result["context"]]
    if device is not None:
        spelled = f"fma {device['fma']}, division {device['divide']}, square root {device['sqrt']}"
        subnormals = "kept" if device["subnormals"] else "flushed to zero"
        lines += [
            f"  device   {device['name']}, {device['driver']}: {device['version']}",
            f"  probe    same bits: {device['same_bits']}; {spelled}; subnormals {subnormals}",
        ]
    compared = len(result["equal"]) + len(result["differs"]) + len(result["failed"])
    lines.append(f"  digests  {_of_version(result)}{len(result['equal'])} of {compared} equal" + _not_compared(result))
    lines += [f"    {d['name']} differs: {d['got'][:16]}…, {', '.join(d['first'][:4])}, …" for d in result["differs"]]
    lines += [f"    {f['name']} failed: {f['error'].splitlines()[0]}" for f in result["failed"]]
    for row in result["speed"]:
        size = f"{row['size']} x {row['size']}" if row["name"] == "matmul" else f"{row['size']}"
        lines.append(f"  {'speed' if row is result['speed'][0] else '':<8} {row['name']:<11}{row['dtype']:<9}{row['rate']:>9.2f} {row['unit']:<8} of {size}")
    if result["error"]:
        lines.append(f"  error    {result['error']}")
    if result["seconds"] is not None:
        used = Counters(builds=result["builds"], compile_seconds=result["compile_seconds"])
        lines.append(f"  time     {with_compiling(result['seconds'], used, kept=result['kept'])}")
    return "\n".join(lines)


def _of_version(result: Mapping[str, Any]) -> str:
    """The version of the digests, which a process that ended early has not said."""
    return "" if result["version"] is None else f"version {result['version']}: "


def _not_compared(result: Mapping[str, Any]) -> str:
    said = []
    if result["lacking"]:
        said.append(f"{len(result['lacking'])} need a dtype or memory that the device lacks")
    if result["left_out"]:
        said.append(f"{len(result['left_out'])} skipped for time (--all compares them)")
    return "".join(f"; {each}" for each in said)


def verdict(result: Mapping[str, Any], path: str | None) -> str:
    """The verdict on a device, and what to do if it is bad."""
    compared = len(result["equal"]) + len(result["differs"]) + len(result["failed"])
    of = "" if result["version"] is None else f" of version {result['version']}"
    line = f"same bits: {len(result['equal'])} of {compared} digests{of} on {result['context']}"
    if result["good"]:
        return line
    if result["error"] and not (result["differs"] or result["failed"]):
        line += ", then the test stopped"
    file = path or "selftest.json"
    how = f"attach {file}" if path else f"attach the file that this writes: python -m clnd selftest --ctx '{result['context']}' --json {file}"
    return f"{line}\n  This is an error of clnd or of the driver. Please open an issue and {how}"
