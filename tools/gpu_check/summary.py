"""`summary.md`: a page made of the files that the steps wrote, whatever there is of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench import large
from bench.results import Results, Row
from bench.table import duration
from clnd import golden
from clnd.info import in_units
from tools.gpu_check.digests import lines_of
from tools.gpu_check.steps import STEPS, Ended, Job

__all__ = ["bits_are_right", "device_of", "summary", "write"]

_SHOWN = 12
"""So many names of a kind are shown; the files have all."""


def _info(job: Job) -> dict[str, Any]:
    file = job.out / "info.txt"
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        return {}
    return found


def device_of(job: Job) -> dict[str, Any] | None:
    """The facts of the device that is checked; None where it is not there, or was not asked."""
    for device in _info(job).get("devices", []):
        if not device["error"] and job.ctx in (device["context"], f"{device['kind']}(0)@{device['driver']}"):
            return dict(device)
    return None


def bits_are_right(job: Job) -> bool:
    """Whether digests were compared, and each one is equal."""
    counted = Counter(line["what"] for line in lines_of(job.out / "digests.jsonl") for _ in line["names"])
    return counted["equal"] > 0 and not counted["differs"] and not counted["failed"]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:_SHOWN]) + more


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)]


# --- the parts of the page ------------------------------------------------------------------------


def _head(job: Job, date: str) -> list[str]:
    info, device = _info(job), device_of(job)
    if device is None:
        there = ", ".join(d["context"] for d in info.get("devices", [])) or "none"
        why = f" {info['error']}" if info.get("error") else ""
        return [f"# {job.ctx}: not found", "", f"{date}. The devices that are there: {there}.{why}"]
    versions = ", ".join(f"{name} {info[name]}" for name in ("clnd", "python", "numpy", "pyopencl") if info.get(name))
    lines = [f"# {device['name']}", ""]
    lines += [f"{date}: {job.ctx}, driver {device['driver']}, {device['version']}. {versions}."]
    options = f" Built with {' '.join(device['build_options'])}." if device["build_options"] else ""
    lines += [
        f"{device['compute_units']} compute units, {in_units(device['memory'])}. By the probe: same bits {device['same_bits']}; fma {device['fma']}, "
        f"division {device['divide']}, square root {device['sqrt']}, subnormal numbers {'kept' if device['subnormals'] else 'flushed'}.{options}"
    ]
    return lines


def _digests(job: Job) -> list[str]:
    lines = lines_of(job.out / "digests.jsonl")
    if not lines:
        return []
    by_kind: dict[str, list[str]] = {}
    for line in lines:
        by_kind.setdefault(line["what"], []).extend(line["names"])
    ended = {name for kind in ("equal", "differs", "failed", "lacking") for name in by_kind.get(kind, [])}
    crashed = [name for name in by_kind.get("begin", []) if name not in ended]
    left = [name for name in golden.CASES if name not in ended and name not in crashed]
    said = [
        f"**{len(by_kind.get('equal', []))} of {len(golden.CASES)} digests of version {golden.version()} are equal**, {len(by_kind.get('differs', []))} differ, "
        f"{len(by_kind.get('failed', []))} failed, {len(crashed)} crashed or ran out of time, "
        f"{len(by_kind.get('lacking', []))} need what the device has not, {len(left)} were left out for time."
    ]
    said += [f"- differs: `{line['names'][0]}`, first values {', '.join(line['first'])}" for line in lines if line["what"] == "differs"]
    reasons: dict[str, list[str]] = {}
    for line in lines:
        if line["what"] == "failed":
            first = next((text for text in line["error"].splitlines() if "error" in text.lower()), line["error"].partition("\n")[0])
            reasons.setdefault(first[:200], []).extend(line["names"])
    said += [f"- failed: {_some(names)}: {reason}" for reason, names in reasons.items()]
    said += [f"- the process ended in {_some(crashed)}"] if crashed else []
    return ["## Digests", "", *said]


def _rate(row: Row) -> str:
    seconds = row.seconds["clnd"]
    if row.flops:
        return _per_second(row.flops / seconds, "FLOPS")
    return _per_second(row.moved / seconds, "B/s") if row.moved else "-"


def _per_second(x: float, unit: str) -> str:
    """Three digits: `4.30 TB/s`, `26.1 GB/s`."""
    scale, name = (1e12, "T") if x >= 0.9995e12 else (1e9, "G")
    digits = x / scale
    return f"{digits:.{0 if digits >= 99.95 else 1 if digits >= 9.995 else 2}f} {name}{unit}"


def _beside(row: Row, peer: str) -> str:
    speed = row.speed(peer)
    return "-" if speed is None else f"{duration(row.seconds[peer])}, {speed:.2f}x"


def _speed(job: Job) -> list[str]:
    file = job.out / "speed.json"
    if not file.exists():
        return []
    results = Results.load(file)
    peaks = ", ".join(f"{dtype} {_per_second(peak, 'FLOPS')}" for dtype, peak in results.peaks["flops"].items())
    rows = []
    for row in results.rows:
        if row.error:
            rows.append([row.what, row.error, "-", "-", "-", "-"])
            continue
        share = f"{100 * row.floor / row.seconds['clnd']:.0f} %" if row.floor else "-"
        rows.append([row.what, duration(row.seconds["clnd"]), _rate(row), share, _beside(row, "torch"), _beside(row, "cupy")])
    measured = {row.name for row in results.rows}
    left = [case.name for case in large.CASES if case.name not in measured]
    peers = [peer for peer in ("torch", "cupy") if any(peer in row.seconds for row in results.rows)]
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items() if name.startswith(("torch", "cupy")))
    return [
        "## Speed", "",
        f"A copy moves {_per_second(results.peaks['copy'], 'B/s')} (read and written); multiply and add at most: {peaks}. "
        "The share is of the copy's rate or of the peak. Behind a peer's time: how many times as fast clnd is. Each time is the median of one "
        "call with its wait, arrays on the device. "
        + (f"{versions}." if peers else "No peer: neither PyTorch nor CuPy is installed with a GPU that it sees."),
        "", *_table(("row", "clnd", "rate", "of the peak", "PyTorch", "CuPy"), rows),
        *(["", f"Left out for time: {', '.join(left)}."] if left else []),
    ]  # fmt: skip


def _tests(job: Job) -> list[str]:
    file = job.out / "tests.jsonl"
    if not file.exists():
        return []
    outcomes: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.endswith("]"):
            event, test = json.loads(line)
            if event in ("passed", "failed", "skipped") and outcomes.get(test) != "failed":
                outcomes[test] = event
    counted = Counter(outcomes.values())
    failed = [test for test, outcome in outcomes.items() if outcome == "failed"]
    said = f"{counted['passed']} passed, {counted['failed']} failed, {counted['skipped']} skipped."
    return ["## Device tests", "", said + (f" Failed: {_some(failed)}." if failed else "")]


def _tuned(job: Job) -> list[str]:
    file = job.out / "tune.txt"
    text = file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""
    return ["## Tuning", "", "```", *text.splitlines()[-30:], "```"] if text else []


def _doctor(job: Job) -> list[str]:
    file = job.out / "doctor.txt"
    text = file.read_text(encoding="utf-8", errors="replace").strip() if file.exists() else ""
    return ["## Doctor", "", "```", *text.splitlines()[:40], "```"] if text else []


def summary(job: Job, ended: Sequence[Ended], date: str) -> str:
    """The page, of the steps that have ended."""
    known = {e.name: e for e in ended}
    steps = []
    for step in STEPS:
        e = known.get(step.name)
        came = "not begun" if e is None else f"left out: {e.left_out}" if e.left_out else e.trouble or "done"
        steps.append([step.name, step.what, came, f"{e.seconds:.0f} of {e.share:.0f}" if e and e.seconds else "-"])
    parts = [
        _head(job, date), _digests(job), _speed(job), _tests(job), _tuned(job), _doctor(job),
        ["## Steps", "", *_table(("step", "what", "result", "seconds"), steps), "", "By `python -m tools.gpu_check`; its other files have the details."],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def write(job: Job, ended: Sequence[Ended], date: str) -> Path:
    """Write the page, whole or not at all."""
    file = job.out / "summary.md"
    new = job.out / "summary.md.new"
    new.write_text(summary(job, ended, date), encoding="utf-8")
    new.replace(file)
    return file
