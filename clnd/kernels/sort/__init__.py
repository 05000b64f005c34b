"""Stable sorts of rows, and of the places of their elements.

Results are unique by the order of keys ([decision 7](docs/decisions/0007-order-of-keys.md)), so that neither the family nor the ways and
sizes chosen here can change a bit. `problem` says what is sorted, `cpu` and `gpu` have a family's record each, and how it sorts.
"""

from __future__ import annotations

from clnd.dtypes import DType
from clnd.kernels.launch import Plan
from clnd.kernels.sort import cpu, gpu
from clnd.kernels.sort.problem import MOST, Problem
from clnd.runtime.opened import OpenDevice

__all__ = ["MOST", "RECORDS", "firsts", "parts_of", "plan"]

RECORDS = {"cpu": cpu.RECORD, "gpu": gpu.RECORD}


def plan(device: OpenDevice, dtype: DType, rows: int, n: int, places: bool, descending: bool) -> Plan:
    """Sort ``rows`` rows of ``n`` elements each: the first block made becomes the elements, or their ``places`` in the row as int64.

    Neither number is 0, and ``n`` is at most `MOST`. A run is given the operand's buffer, and its offset in elements; its elements lie row-major.
    """
    problem = Problem(device, dtype, rows, n, places, descending)
    return gpu.plan(problem) if device.info.family == "gpu" else cpu.plan(problem)


def parts_of(device: OpenDevice, dtype: DType, rows: int, n: int, k: int) -> int:
    """In how many parts rows are cut, so that the first ``k`` of each one are few; 0 where sorting the rows is better."""
    problem = Problem(device, dtype, rows, n, True, False)
    return gpu.parts_of(problem, k) if device.info.family == "gpu" else cpu.parts_of(problem, k)


def firsts(device: OpenDevice, dtype: DType, rows: int, n: int, k: int, parts: int, descending: bool) -> Plan:
    """The places of the first ``k`` elements of each of `parts_of` parts of each row, as int64: ``parts * k`` a row.

    They are not in order, but those of equal elements are. A run is given what `plan`'s is.
    """
    problem = Problem(device, dtype, rows, n, True, descending)
    return gpu.firsts(problem, k, parts) if device.info.family == "gpu" else cpu.firsts(problem, k, parts)
