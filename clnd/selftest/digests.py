"""The child process that computes each program's digest: ``python -m clnd.selftest.digests clnd CONTEXT [CHAPTER...]``.

With ``numpy`` the context is "". Without chapters it computes all. It prints one object of JSON. What it is run with, such as the number of NumPy's threads, is its environment.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import clnd
from clnd import golden
from clnd.context import Context
from clnd.dtypes import facts
from clnd.errors import ClndError
from clnd.selftest.programs import GROUPS, Group

__all__ = ["by_clnd", "by_numpy", "features", "inputs", "key", "main"]


def key(group: Group, name: str) -> str:
    """A program's name among all."""
    return f"{name}, {group.dtype}"


def features() -> list[str]:
    """The CPU's features that this process's NumPy chooses kernels by."""
    found: Any = np.show_config(mode="dicts")
    return list(found.get("SIMD Extensions", {}).get("found", []))


def inputs(groups: Iterable[Group]) -> str:
    """A digest of all operands, which must be the same in every process."""
    hashed = hashlib.sha256()
    for group in groups:
        for operand in group.operands:
            hashed.update(golden.digest(operand()).encode())
    return hashed.hexdigest()


def by_numpy(groups: Iterable[Group]) -> dict[str, str]:
    """The digests of NumPy's results."""
    found = {}
    for group in groups:
        operands = [operand() for operand in group.operands]
        for name, make in group.programs.items():
            found[key(group, name)] = golden.digest(np.asarray(make(np, *operands)))
    return found


def by_clnd(groups: Iterable[Group], ctx: Context) -> dict[str, str]:
    """The digests of clnd's results on ``ctx``, without those of dtypes that the device lacks."""
    found = {}
    with ctx:
        for group in groups:
            if facts(np.dtype(group.dtype)).needs_fp64 and not ctx.info.fp64:
                continue
            operands = [clnd.asarray(operand()) for operand in group.operands]
            results = {key(group, name): make(clnd, *operands) for name, make in group.programs.items()}
            clnd.evaluate(*results.values())
            found.update({name: golden.digest(np.asarray(result.asnumpy())) for name, result in results.items()})
    return found


def main(argv: Sequence[str]) -> int:
    """Compute and print."""
    try:
        library, context, *chapters = argv
        groups = [group for group in GROUPS if not chapters or group.chapter in chapters]
        about: dict[str, Any] = {"features": features(), "inputs": inputs(groups)}
        if library == "numpy":
            about["digests"] = by_numpy(groups)
        else:
            ctx = Context(context)
            about |= {"device": ctx.info.name, "driver": ctx.info.driver, "digests": by_clnd(groups, ctx)}
    except ClndError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(about))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
