"""``python -m clnd doctor``: what is missing on this machine, and the one command that installs or repairs it.

`facts` gathers what is there and loads drivers only in a child process. `checks` holds small pure functions
of those facts, one row each in ``CHECKS``.
"""

from __future__ import annotations

import textwrap

from clnd.doctor.checks import CHECKS, Finding, faster_runtime
from clnd.doctor.facts import Facts, gather

__all__ = ["CHECKS", "Facts", "Finding", "advice", "findings", "main", "report"]


def findings(facts: Facts) -> list[Finding]:
    """The findings of all checks, in the order of ``CHECKS``."""
    found = (check(facts) for check in CHECKS)
    return [finding for finding in found if finding is not None]


def advice(facts: Facts) -> list[Finding]:
    """What would be better, though nothing is wrong."""
    tip = faster_runtime(facts)
    return [] if tip is None else [tip]


def report(facts: Facts, found: list[Finding]) -> str:
    """The findings as text."""
    device = facts.device("cpu(0)")
    if device is None:
        head = "cpu(0) does not work on this machine"
    else:
        head = f"cpu(0) works: {device['name']}, by the driver {device['driver']}"
    lines = [f"clnd doctor: {head}"]
    for number, finding in enumerate(found, 1):
        lines += ["", *_wrapped(f"{number}. ", finding.found), *_wrapped("   ", finding.matters), f"   $ {finding.command}"]
    lines += ["", f"{len(found)} to mend" if found else "nothing is missing"]
    for tip in advice(facts):
        lines += ["", *_wrapped("", tip.found + ". " + tip.matters), f"   $ {tip.command}"]
    return "\n".join(lines)


def _wrapped(begin: str, text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=begin, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False)


def main() -> int:
    """Check this machine and print the findings; 0 if cpu(0) lacks nothing, else 1."""
    facts = gather()
    found = findings(facts)
    print(report(facts, found))
    return 1 if facts.device("cpu(0)") is None or any(finding.stops_cpu for finding in found) else 0
