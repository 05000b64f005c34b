"""Puts tuning data that was sent in (``python -m clnd tune --export FILE``) into ``clnd/kernels/tuned/``.

    python tools/add_tuned.py FILE...

An entry replaces the one of the same kernel, dtype, device and driver. `tests/unit/test_tuning.py`
holds what is shipped to the records.
"""

from __future__ import annotations

import sys
from pathlib import Path

from clnd.kernels import tuning
from clnd.tuner import data


def main(files: list[str]) -> None:
    """Merge the files' entries and name the files written."""
    for name in files:
        entries = tuning.parsed(Path(name).read_text(encoding="utf-8"))
        for written in data.merge(tuning.SHIPPED, entries):
            print(written)


if __name__ == "__main__":
    main(sys.argv[1:])
