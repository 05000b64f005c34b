"""The child process that measures: ``python -m tools.gpu_check.speed CONTEXT FILE SECONDS [quick]``.

First the card's copy bandwidth and its peak of multiply and add, then the rows of `bench/large.py`. The file is written anew after each.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import large
from bench.place import Place
from bench.results import Results
from bench.run import run
from clnd.errors import ClndError

__all__ = ["main"]

_ROUNDS = 5


def main(argv: Sequence[str]) -> int:
    """Measure until the time is over; 2 where the device cannot be opened."""
    end = time.monotonic() + float(argv[2])
    file = Path(argv[1])

    def goes_on(results: Results) -> bool:
        results.save(file)
        return time.monotonic() < end

    try:
        place = Place(argv[0], quick="quick" in argv[3:])
    except ClndError as error:
        print(error, file=sys.stderr)
        return 2
    run(place, large.CASES, _ROUNDS, goes_on).save(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
