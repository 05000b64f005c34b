"""Times over the number of PoCL's threads, and what more cores would give: ``python -m bench.threads``.

Each number of threads is a process of its own, which says how long some work takes. From one and from two threads follows how much of it
is shared out, by Amdahl's law; more threads than the machine has cores show whether shares are even. What a machine with more
cores would take is reckoned from that, its bandwidth, and the time in which a launch wakes its threads.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bench.timing import alternate

__all__ = ["main", "reckoned"]

COUNTS = (1, 2, 4, 8)
# Launches of each work, and the bytes that it moves where these and not arithmetic take the time.
WORK = {
    "one launch": (1, 0), "chain, 16M": (1, 4 * 4 * (1 << 24)), "sum, 33M": (2, 4 * (1 << 25)),
    "product, 2048": (2, 0), "sort, 10M": (12, 0),
}  # fmt: skip
ROUNDS = 7


def reckoned(one: float, two: float, cores: int, launches: float, least: float = 0.0) -> float:
    """Seconds on so many cores of work that takes ``one`` and ``two`` seconds by one and by two threads.

    What two threads do not halve is taken to stay as it is, the seconds of its ``launches`` at the least. Work whose bytes move in ``least`` seconds
    at best waits for memory, which two cores share: its arithmetic is taken to be shared out.
    """
    if least:
        return launches + max(one / cores, least)
    alone = max(2 * two - one, launches)
    return alone + max(one - alone, 0.0) / cores


def measured() -> dict[str, float]:
    """Seconds of each work in this process."""
    import numpy as np

    import clnd

    random = np.random.default_rng(0)

    def array(*shape: int) -> Any:
        return clnd.asarray(random.random(shape, dtype=np.float32))

    a, b, c = (array(1 << 24) for _ in range(3))
    wide, matrix, keys, few = array(1 << 25), array(2048, 2048), array(10_000_000), array(64)
    work: dict[str, Callable[[], Any]] = {
        "one launch": lambda: few + few,
        "chain, 16M": lambda: clnd.sqrt(a * a + b * b) * c,
        "sum, 33M": lambda: clnd.sum(wide),
        "product, 2048": lambda: matrix @ matrix,
        "sort, 10M": lambda: clnd.sort(keys),
    }
    return {
        name: min(alternate({name: lambda run=run: run().wait_to_read()}, ROUNDS)[name])  # type: ignore[misc]
        for name, run in work.items()
    }


def of_threads(count: int) -> dict[str, float]:
    """The same in a process in which PoCL has ``count`` threads, and runs everything on them."""
    environment = {**os.environ, "POCL_MAX_PTHREAD_COUNT": str(count), "CLND_POCL_BASIC": "0"}
    done = subprocess.run([sys.executable, "-m", "bench.threads", "--here"], env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def table(found: dict[int, dict[str, float]], cores: int, bandwidth: float) -> list[str]:
    """Lines of a table in Markdown: milliseconds, and what is reckoned."""
    lines = [
        f"| work, float32 | {' | '.join(f'{count} thread{chr(115) * (count > 1)}' for count in found)} | {cores} cores, reckoned |",
        "|---" * (len(found) + 2) + "|",
    ]
    for name, (launches, moved) in WORK.items():
        times = [f"{1e3 * each[name]:.3g} ms" for each in found.values()]
        then = reckoned(found[1][name], found[2][name], cores, launches * found[2]["one launch"], moved / bandwidth)
        lines.append(f"| {name} | {' | '.join(times)} | {1e3 * then:.2g} ms |")
    return lines


def main(argv: Sequence[str] | None = None) -> int:
    """Measure by each number of threads and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.threads", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cores", type=int, default=64, help="cores of the machine that is reckoned (64)")
    parser.add_argument("--bandwidth", type=float, default=300, metavar="GB/s", help="bytes that it moves a second, in 1e9 (300)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.here:
        print(json.dumps(measured()))
        return 0
    found = {count: of_threads(count) for count in COUNTS}
    print("\n".join(table(found, arguments.cores, arguments.bandwidth * 1e9)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
