"""Workloads of a made-up kernel whose parameters do what drivers do to a tuner: crash, hang, fail, and err.

The worker process loads this module in place of `clnd.tuner.workloads`. Each measured candidate is
written to the file that CLND_TEST_TUNED names.
"""

from __future__ import annotations

import os
import time
from typing import Any

import clnd
from clnd.context import Context
from clnd.dtypes import DType, float32
from clnd.kernels import tuning
from clnd.kernels.kernel import Kernel
from clnd.tuner.workloads import Call, Problem, Workload

GOOD, BETTER, CRASHES, HANGS, RAISES, WRONG, WRONG_IF_ODD, EXITS = range(8)

RECORD = Kernel(
    name="faulty",
    family="cpu",
    tunables={"DOES": (GOOD, CRASHES, HANGS, RAISES, WRONG, WRONG_IF_ODD, EXITS, BETTER)},
    fits=lambda p, dtype, device: True,
    moved=lambda problem, itemsize: problem[0] * itemsize,
    flops=lambda problem: 0,
    problems=((7,),),
)


def _calls(problem: Problem, dtype: DType, ctx: Context) -> list[Call]:
    does = tuning.parameters(RECORD, dtype, ctx.device)["DOES"]
    with open(os.environ["CLND_TEST_TUNED"], "a") as file:
        file.write(f"{does}\n")

    def call() -> Any:
        if does == CRASHES:
            os.abort()
        elif does == EXITS:
            print("not an answer", flush=True)
            os._exit(3)
        elif does == RAISES:
            raise MemoryError("made up")
        elif does == HANGS:
            time.sleep(1000)
        time.sleep(0.004 if does == GOOD else 0.002 if does == BETTER else 0.001)
        wrong = does == WRONG or (does == WRONG_IF_ODD and problem[0] % 2)
        return clnd.full(problem, 2.0 if wrong else 1.0, dtype=dtype, device=ctx)

    return [call]


WORKLOADS = {"faulty": Workload({"cpu": RECORD, "gpu": RECORD}, (float32,), ((100,),), _calls)}
