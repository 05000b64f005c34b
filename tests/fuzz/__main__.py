"""The fuzzers: `python -m tests.fuzz [programs|drivers|threads|faults] --seconds N --seed S`. Exit status 1 where one finds a fault.

Each is reproducible by its seed. A failure is printed as the shortest Python program that was found to show it.
"""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = ("programs", "drivers", "threads", "faults")


def main(arguments: list[str] | None = None) -> int:
    """Run one fuzzer, or all, each for so many seconds."""
    parser = argparse.ArgumentParser("python -m tests.fuzz", description="Random programs, threads and faults.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="which one; all where none is named")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0, help="the first seed; further programs take those after it")
    given = parser.parse_args(arguments)
    faults: list[str] = []
    for name in (given.name,) if given.name else NAMES:
        faults += importlib.import_module(f"tests.fuzz.{name}").fuzz(given.seconds, given.seed)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
