"""What the kernels for GPUs promise of their code: few barriers, and loads of 16 bytes where operands allow them. Nothing is compiled."""

from __future__ import annotations

from typing import Any

import pytest

import clnd
from tests.made_up import MadeUpDevice, info, played
from tests.programs import operand


def sources(call: Any) -> list[str]:
    """What ``call`` compiles on a GPU."""
    device = MadeUpDevice(info(kind="gpu", family="gpu", compute_units=40, local_mem_size=48 << 10))
    with played(device):
        clnd.evaluate(call())
    return [text for _, text in device.taken()]


@pytest.mark.parametrize("n", [20, 30, 4000, 5001, 100_000])
@pytest.mark.parametrize("row", ["sum", "argmax", "cumulative_sum"])
def test_reductions_and_scans_have_two_barriers_a_block_at_most(row: str, n: int) -> None:
    found = sources(lambda: getattr(clnd, row)(operand((7, n), "float32"), axis=1))
    assert found
    assert all(text.count("barrier(CLK") <= 2 for text in found)


@pytest.mark.parametrize(
    ("call", "wide"),
    [
        (lambda x: x[8:] + 1, True),
        (lambda x: x[1:] + 1, False),  # begins elsewhere
        (lambda x: clnd.sum(x[4:]), True),
        (lambda x: clnd.sum(x[3:]), False),
        (lambda x: clnd.sum(x.reshape(500, 200)[:, 8:60], axis=1), True),
        (lambda x: clnd.sum(x.reshape(500, 200)[:, 8:59], axis=1), False),  # a last vector that is not all there
        (lambda x: clnd.cumulative_sum(x[4:]), True),
        (lambda x: clnd.cumulative_sum(x[5:]), False),
        (lambda x: x.reshape(500, 200).T.copy(), True),
        (lambda x: x[:99_900].reshape(300, 333).T.copy(), False),  # rows of any length
    ],
)  # fmt: skip
def test_operands_that_are_aligned_are_loaded_in_vectors(call: Any, wide: bool) -> None:
    x = None

    def run() -> Any:
        nonlocal x
        x = operand((100_000,), "float32")
        return call(x)

    # What reads the operand comes first: later levels read what is made here.
    first = sources(run)[0]
    loads = "load_aligned_float4(a" in first.replace("load_aligned_float4(__global", "") or "*(__global const uint4 *)(source" in first
    assert loads == wide
