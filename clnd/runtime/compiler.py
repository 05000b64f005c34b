"""The process that compiles for another one: ``python -m clnd.runtime.compiler DEVICE``.

DEVICE is what the device's `DeviceInfo.identity` is without options. The process says whether there is one, reads programs from its
standard input, one JSON object a line, puts their binaries into the disk cache, and answers each with a line. It ends with its
standard input, or after some idle seconds.
"""

from __future__ import annotations

import base64
import json
import os
import select
import sys
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import pyopencl as cl

from clnd.runtime import cache, drivers
from clnd.runtime.device import describe

__all__ = ["main"]

IDLE = 5.0
"""Seconds without a program after which the process ends."""


def main(wanted: str) -> None:
    """Compile until there is nothing to do."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whoever else writes writes to standard error
    device = _device(wanted)
    _say(answers, {"device": device is not None})
    if device is None:
        return
    context = cl.Context([device])
    warnings.simplefilter("ignore", cl.CompilerWarning)
    for line in _lines():
        request = json.loads(line)
        _say(answers, {"key": request["key"], "done": _compiled(context, request)})


def _device(wanted: str) -> cl.Device | None:
    for platform in drivers.platforms():
        for device in drivers.devices(platform):
            if describe(drivers.driver_key(platform), device, drivers.device_kind(device)).identity == wanted:
                return device
    return None


def _compiled(context: cl.Context, request: dict[str, Any]) -> bool:
    """Whether the program is in the cache now. Its errors are for the process that wants it, which compiles it again."""
    text = zlib.decompress(base64.b64decode(request["text"])).decode()
    try:
        program = cl.Program(context, text).build(options=request["options"])
        # Here PoCL generates the machine code.
        binaries: Any = program.get_info(cl.program_info.BINARIES)
    except cl.Error:
        return False
    if not binaries[0]:
        return False
    cache.store(request["key"], binaries[0])
    return cache.has(request["key"])


def _lines() -> Iterator[bytes]:
    """The lines of standard input, until it ends or is silent for long."""
    rest = b""
    while select.select([0], [], [], IDLE)[0]:
        said = os.read(0, 65536)
        if not said:
            return
        *lines, rest = (rest + said).split(b"\n")
        yield from lines


def _say(answers: int, answer: dict[str, Any]) -> None:
    os.write(answers, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
