"""What the launcher of products decides, on made-up devices."""

from __future__ import annotations

import pytest

from clnd import dtypes
from clnd.kernels import gemm
from clnd.kernels.kernel import aligned
from tests.made_up import MadeUpDevice, info


@pytest.mark.parametrize(
    ("start", "row", "k", "a", "b"),
    [
        (0, 512, 512, True, True),
        (4, 512, 512, True, True),
        (1, 512, 512, False, False),  # operands that begin elsewhere
        (0, 513, 512, False, True),  # rows that do
        (0, 512, 510, False, True),  # a last vector that is not all there
    ],
)
def test_vectors_are_loaded_where_operands_are_aligned(start: int, row: int, k: int, a: bool, b: bool) -> None:
    device = MadeUpDevice(info(kind="gpu", family="gpu"))
    plan = gemm.plan(device, dtypes.float32, (), 512, 512, k, (row, 1), (512, 1), 0, aligned(start))
    assert plan is not None
    plan.launches[0].variant.built(device)
    ((_, text),) = device.taken()
    assert ("float4 *)((a)" in text, "float4 *)((b)" in text) == (a, b)


@pytest.mark.parametrize(("offsets", "least"), [((0,), 16), ((16, 32), 16), ((16, 4), 4), ((6,), 2), ((7, 8), 1)])
def test_alignment_of_offsets(offsets: tuple[int, ...], least: int) -> None:
    bits = 0
    for offset in offsets:
        bits |= offset
    assert aligned(bits) == least


@pytest.mark.parametrize("dtype", dtypes.ALL, ids=str)
@pytest.mark.parametrize("registers", [64, 128])
def test_the_default_tile_leaves_registers_to_a_second_group(dtype: dtypes.DType, registers: int) -> None:
    device = info(kind="gpu", family="gpu", registers=registers)
    p = gemm.RECORDS["gpu"].default(dtype, device)
    facts = dtypes.facts(dtype)
    part = max(4, dtype.itemsize // facts.components)
    assert p["TM"] * p["TN"] * part * facts.components <= 2 * registers
    # 64 multiply-adds of real numbers a step of k, where a real number is of 4 bytes and 128 registers are there.
    if registers == 128 and facts.kind == dtypes.FLOAT:
        assert p["TM"] * p["TN"] * part >= 256
