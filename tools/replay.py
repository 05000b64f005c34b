"""Launch kernels again that CLND_DUMP_SOURCE wrote, with their arguments, and compare what they make.

    CLND_DUMP_SOURCE=/tmp/dump python program.py
    python -m tools.replay /tmp/dump                              every launch
    python -m tools.replay /tmp/dump/reduce-0123456789ab-000007.npz --ctx 'cpu(0)@pocl' --options=-cl-opt-disable --as float32

The source is read from the file beside the launch, so a change of it is tried at once. Exit status 1 where a launch makes other
bytes than it made when it was kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from clnd.context import as_context
from clnd.errors import ArgumentError, ClndError
from clnd.runtime import dump

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Replay what is named, in the order in which it was launched."""
    parser = argparse.ArgumentParser("python -m tools.replay", description="Launch dumped kernels again.")
    parser.add_argument("paths", nargs="+", type=Path, help="files of launches, or folders of them")
    parser.add_argument("--ctx", help="the context, such as cpu(0)@pocl; the default one where none is named")
    parser.add_argument("--options", help="options for the compiler, instead of those of the device")
    parser.add_argument("--as", dest="dtype", help="print the buffers as numbers of this dtype")
    given = parser.parse_args(arguments)
    try:
        return _replay(given)
    except ClndError as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2


def _replay(given: argparse.Namespace) -> int:
    device = as_context(given.ctx).device
    files = [f for path in given.paths for f in (path.glob("*.npz") if path.is_dir() else [path])]
    differing = 0
    for file in sorted(files, key=lambda f: f.stem.rpartition("-")[2]):
        launch, before, changed = dump.load(file)
        options = tuple(given.options.split()) if given.options is not None else device.info.build_options
        try:
            source = file.with_name(launch.source).read_text()
        except OSError as error:
            raise ArgumentError(f"[replay] got no source of {file}: {error}; keep the .cl files beside the launches") from None
        got = dump.replay(device, source, launch, before, options)
        buffers = [place for place, (kind, _) in enumerate(launch.arguments) if kind == "buffer"]
        unknown = [place for place in buffers if place not in before]
        print(f"{file.stem}: {launch.groups} groups of {launch.local} on {device.info.name} ({device.info.driver}), {' '.join(options) or 'no options'}")
        print("  " + ", ".join(f"{place}: {value} bytes" if kind == "buffer" else f"{place}: {value!r} ({kind})" for place, (kind, value) in enumerate(launch.arguments)))
        if unknown:
            print(f"  not compared: the contents of {unknown} were not kept, and are zeros here")
        for place in buffers:
            then = changed.get(place, before.get(place))
            if given.dtype and then is not None and then.size:
                print(f"  {place} before {_shown(before[place], given.dtype)}\n  {place} then   {_shown(then, given.dtype)}\n  {place} now    {_shown(got[place], given.dtype)}")
            if then is not None and not unknown and not np.array_equal(then, got[place]):
                differs = np.flatnonzero(then != got[place])
                print(f"  DIFFERS: buffer {place}, {len(differs)} of {then.size} bytes, the first at byte {differs[0]}")
                differing += 1
    print(f"{len(files)} launches, {differing} buffers differ")
    return int(differing > 0)


def _shown(content: np.ndarray[tuple[int], np.dtype[np.uint8]], dtype: str) -> str:
    to = np.dtype(dtype)
    return np.array2string(content[: content.size // to.itemsize * to.itemsize].view(to), threshold=16, edgeitems=8)


if __name__ == "__main__":
    sys.exit(main())
