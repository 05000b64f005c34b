"""The process in which candidates run: ``python -m clnd.tuner.worker MODULE CONTEXT``.

It reads requests, one JSON object a line, from its standard input and answers each with one line;
what a driver prints goes to standard error. MODULE is where the workloads are (``clnd.tuner.workloads``,
or one of a test). It ends when its standard input does, even in the middle of a candidate that hangs.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

from clnd.context import Context
from clnd.tuner import measure
from clnd.tuner.workloads import Workload

__all__ = ["main"]


def main(module: str, context: str) -> None:
    """Answer requests until there are no more."""
    answers = _own_output()
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    workloads: Mapping[str, Workload] = importlib.import_module(module).WORKLOADS
    ctx = Context(context)
    _send(answers, {"device": ctx.info.name})
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    while True:
        request = json.loads(requests.get())
        try:
            answer = _answered(request, workloads[request["kernel"]], ctx)
        except Exception as error:  # the candidate's: the tuner writes it down and goes on
            answer = {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}
        _send(answers, answer)


def _answered(request: Mapping[str, Any], workload: Workload, ctx: Context) -> dict[str, Any]:
    record = workload.records[ctx.info.family]
    dtype = next(d for d in workload.dtypes if d.name == request["dtype"])
    if request["do"] == "compare":
        return {"samples": measure.compare(workload, record, dtype, ctx, request["sides"], request["rounds"])}
    problems = [tuple(p) for p in request["problems"]]
    answer: dict[str, Any] = {"digests": measure.digests(workload, record, dtype, ctx, request["parameters"], problems)}
    if request["do"] == "measure":
        answer["seconds"] = measure.seconds(workload, record, dtype, ctx, request["parameters"])
    return answer


def _own_output() -> IO[str]:
    """Standard output for the answers alone; whoever else writes to it writes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _read(requests: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)  # the tuner is gone; a driver that hangs is not waited for


def _send(answers: IO[str], answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
