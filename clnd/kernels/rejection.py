"""Draws by rejection: gamma numbers and ratios of two, Poisson and binomial numbers, and integers between bounds that are arrays.

What each element is, to the bit, stands at the top of ``templates/random.cl.mako``; it depends on seed, draw
and the element's number in the draw alone. The functions are in ``templates/lib/rejection.cl.mako``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clnd.dtypes import DType, facts, int64
from clnd.kernels import tuning
from clnd.kernels.emit import Emit
from clnd.kernels.epilogues import Epilogue, EpilogueKey
from clnd.kernels.kernel import of_families
from clnd.kernels.launch import Arguments, Launch, Plan, Variant
from clnd.kernels.random import shared_out
from clnd.runtime.opened import OpenDevice
from clnd.shapes import Shape, collapse
from clnd.templates import CType, Source, render

__all__ = ["KINDS", "RECORDS", "Form", "Place", "plan", "takes"]

_PROBLEMS = ((0,), (1,), (2,), (3,), (7,), (8,), (9,), (31,), (65,), (1000,), (4097,))

RECORDS = of_families(
    "rejection",
    # CHUNK: most elements of a work-group.
    cpu={"CHUNK": (1 << 12, 1 << 10, 1 << 14)},
    # LOCAL: items of a work-group; WAVES: work-groups for each compute unit, before items stride.
    gpu={"LOCAL": (64, 256, 128, 32, 16, 8, 4, 2, 1), "WAVES": (16, 4, 64)},
    moved=lambda problem, itemsize: problem[0] * itemsize,
    problems=_PROBLEMS,
)

KINDS: Mapping[str, int] = {"gamma": 1, "loggamma": 1, "ratio": 2, "poisson": 1, "binomial": 2, "integer": 2}
"""How many parameters each kind takes."""

_COUNTS = frozenset({"poisson", "binomial"})


@dataclass(frozen=True)
class Place:
    """Where elements stand in their draw: element (i, j, ...) has the number ``first + i*steps[0] + j*steps[1] + ...``."""

    first: int
    steps: Shape


@dataclass(frozen=True)
class Form:
    """What a kernel's source depends on.

    Attributes
    ----------
    kind
        One of `KINDS`.
    dtype
        Of the parameters, and of what is computed: float32 or float64; int64 or uint64 for integers.
    operands
        Whether the parameters lie in memory, in the order of the elements.
    after
        The epilogue.
    """

    kind: str
    dtype: DType
    operands: bool
    after: EpilogueKey | None = None

    @property
    def gives(self) -> DType:
        """The dtype of an element, before the epilogue."""
        return int64 if self.kind in _COUNTS else self.dtype

    def lanes(self, family: str) -> int:
        """Elements made at once: on a CPU two vectors of four counters, or one where numbers have 64 bits."""
        if family == "gpu":
            return 1
        return 4 if self.dtype.itemsize == 8 else 8


def takes(device: OpenDevice, epilogue: Epilogue) -> bool:
    """Whether the kernel can go on with ``epilogue``."""
    return epilogue.suits(device, 1 if device.info.family == "gpu" else 4)


def plan(device: OpenDevice, form: Form, shape: Shape, steps: Shape, wide: bool, fast: bool = False) -> Plan:
    """The launch of ``shape`` elements, more than none, that are ``steps`` apart in their draw. ``wide``: counted in 64 bits.

    A run is given the buffer and the offset of the first element in it, `random.words`, the number of the first element,
    the parameters (each a number, or a buffer and an offset), and the epilogue's arguments.
    """
    info = device.info
    lengths, (apart,) = collapse(shape, [steps])
    if not lengths:
        lengths, apart = (1,), (0,)
    n = int(np.prod(lengths, dtype=object))
    real, lanes, count = _computed(form), form.lanes(info.family), KINDS[form.kind]
    index = "ulong" if info.family == "cpu" or wide else "uint"
    p = tuning.parameters(RECORDS[info.family], form.dtype, device)

    def text() -> Source:
        after = form.after
        return render(
            "rejection", info.fast_arithmetic if fast else info.arithmetic, family=info.family, kind=form.kind,
            element=facts(form.gives).stored, real=real, operands=form.operands, count=count, rank=len(lengths), index=index, lanes=lanes,
            e=None if after is None else Emit(after.recipe, min(lanes, 4)), patterns=() if after is None else after.patterns,
        )  # fmt: skip

    groups, local, chunk = shared_out(info, p, n, lanes if info.family == "cpu" else p["LOCAL"])
    counted = np.uint64 if index == "ulong" else np.uint32
    args = Arguments().operand(0, np.uint64).add(counted, n, chunk)
    for number in range(2, 6):
        args.hole(number, np.uint32)
    args.hole(6, np.uint64)
    for length, step in zip(lengths, apart, strict=True):
        args.add(counted, length).add(np.uint64, step % 2**64)
    number = 7
    for _ in range(count):
        if form.operands:
            args.operand(number, np.uint64)
        else:
            args.hole(number, np.uint64 if form.kind == "integer" else form.dtype.type)
        number += 2 if form.operands else 1
    if form.after is not None:
        form.after.take(args, number)
    variant = Variant(("rejection", form, len(lengths), index, fast), "rejection", args.types, text)
    return Plan((Launch.of(variant, (groups,), (local,), args, n * form.gives.itemsize),))


def _computed(form: Form) -> CType:
    """The C type of the parameters."""
    return CType("ulong") if form.kind == "integer" else facts(form.dtype).compute
