"""Running pending work on request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from clnd.context import Context, Device, as_context, opened_contexts
from clnd.errors import ArgumentError
from clnd.graph.node import Node, Operand
from clnd.graph.run import run, run_pending
from clnd.runtime import recorded

__all__ = ["evaluate", "waitall", "warmup"]


def evaluate(*arrays: Any) -> None:
    """Run what ``arrays`` need, together: what they share is computed once, and results of one shape share a kernel.

    Returns when the work is enqueued, not when it is done.
    """
    if len(arrays) == 1:
        run((arrays[0]._node,))
        return
    by_context: dict[Context, list[Node]] = {}
    for x in arrays:
        if isinstance(x, Operand):
            node = x._node
            assert node.ctx is not None
            by_context.setdefault(node.ctx, []).append(node)
    for nodes in by_context.values():
        run(tuple(nodes))


def waitall() -> None:
    """Run everything pending and wait until every device has finished, its copies to the host too."""
    run_pending()
    for ctx in opened_contexts():
        ctx.device.finish()


def warmup(file: str | os.PathLike[str], device: Device = None) -> int:
    """Compile the kernels that earlier runs of a program used, together and on all cores, before they are wanted.

    The file lists them. The first run, which finds no file, makes it: from this call on each kernel that the process uses and the file lacks is
    added. So a program calls it once, at its start, and the file goes where the program goes: to another machine, or into an
    image whose cache is empty. Kernels that are in the cache are not compiled again.

    Parameters
    ----------
    file : path
        Where the kernels are listed. One that cannot be written is read only. What another version of clnd listed counts as nothing, and is
        replaced. Several kinds of devices share a file; kernels of other kinds are passed over.
    device : Context or str, optional
        Where they will run; the current context by default.

    Returns
    -------
    int
        How many were compiled.

    Raises
    ------
    ArgumentError
        Where ``file`` is no path, is a file of something else, or cannot be read.
    ContextError
        Where there is no such device.

    Examples
    --------
    >>> import clnd, pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "program.kernels")
    >>> clnd.warmup(file)  # the first run: nothing is known yet
    0
    >>> float(clnd.arange(4).sum())
    6.0
    """
    if not isinstance(file, (str, os.PathLike)) or not isinstance(os.fspath(file), str):
        raise ArgumentError(f"[warmup] got a {type(file).__name__}; expected the path of a file, such as 'program.kernels'")
    path = Path(file).absolute()
    held = recorded.read(path)
    programs = as_context(device).device.programs
    kind = recorded.kind_of(programs.info)
    recorded.record_to(path, held)
    return programs.warm([(each.name, each.text) for each in held if each.kind == kind])
