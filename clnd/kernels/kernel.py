"""The record that describes a kernel to everybody: launcher, tests, benchmark and tuner read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from clnd.dtypes import DType
from clnd.records import light_dataclass
from clnd.runtime.device import DeviceInfo
from clnd.runtime.memory import Block

__all__ = ["FAR_BITS", "MAX_GROUPS", "MOST_ALIGNED", "MOVED_AS", "STREAMED_BYTES", "Kernel", "Parameters", "Strided", "aligned", "ceil_div", "common_rank", "far", "in_a_group", "load_width", "of_families", "streams"]

MAX_GROUPS = 65535
"""Most groups of a launch along one axis: some devices count them in 16 bits."""

STREAMED_BYTES = 16 << 20
"""Results from this size on would leave little else in a CPU's last cache."""

FAR_BITS = 30

MOST_ALIGNED = 16
"""Elements that the beginning of every block is a multiple of, as far as kernels ask."""

MOVED_AS = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong", 16: "ulong2"}
"""The C type that elements of so many bytes are moved as: bits are kept."""

Parameters = Mapping[str, int]
"""One value for each tunable."""
Fits = Callable[[Parameters, DType, DeviceInfo], bool]
"""Whether a device can run a kernel with parameters, for a dtype."""


def streams(nbytes: int, stored_bytes: int, *starts: int) -> bool:
    """Whether results are written past the caches: ``nbytes`` are large, and vectors are aligned wherever a part ``starts``, in bytes."""
    return nbytes >= STREAMED_BYTES and all(start % stored_bytes == 0 for start in starts)


def ceil_div(x: int, by: int) -> int:
    """``x / by``, rounded up."""
    return -(-x // by)


def common_rank(rank: int, ranks: Iterable[int]) -> int:
    """The first of the ascending ``ranks`` that is ``rank`` at least, so that few kernels serve all; beyond the last, ``rank`` itself."""
    return next((r for r in ranks if r >= rank), rank)


class Strided(NamedTuple):
    """An operand in memory: element (i, j, ...) lies ``offset + i*strides[0] + ...`` elements into the block."""

    block: Block
    offset: int
    strides: tuple[int, ...]


def far(offset: int) -> int:
    """How far operands begin in their blocks, in units of 2**FAR_BITS elements: what plans with indices depend on of it, and 0 mostly."""
    return -(-offset >> FAR_BITS)


def aligned(offsets: int) -> int:
    """How many elements, `MOST_ALIGNED` at most, all of some offsets are multiples of; ``offsets`` has their bits. Kernels for GPUs load vectors by it."""
    bits = offsets | MOST_ALIGNED
    return bits & -bits


def load_width(itemsize: int) -> int:
    """Elements that an item of a GPU loads at once: 16 bytes, and four elements at most."""
    return max(1, min(4, 16 // itemsize))


def _anywhere(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    return True


@light_dataclass(frozen=True)
class Kernel:
    """One kernel family of one template.

    Attributes
    ----------
    name
        The template's stem.
    family
        "cpu" or "gpu": which kind of device it is written for.
    tunables
        Name -> values; the first value is the default.
    fits
        (parameters, dtype, device) -> whether the device can run them.
    moved
        (problem, itemsize) -> bytes that must move at least.
    flops
        (problem) -> arithmetic operations, 0 where bandwidth is what counts.
    problems
        Sizes that break naive code; the tests run all of them.
    is_lean
        (parameters, dtype, device) -> whether they leave an item's neighbours enough registers; the default does, where some do.
    """

    name: str
    family: str
    tunables: Mapping[str, tuple[int, ...]]
    fits: Fits
    moved: Callable[[tuple[int, ...], int], int]
    flops: Callable[[tuple[int, ...]], int]
    problems: tuple[tuple[Any, ...], ...]
    is_lean: Fits = _anywhere

    def default(self, dtype: DType, device: DeviceInfo) -> dict[str, int]:
        """The first parameters, in the order of the table, that fit and are lean; where none are, that fit."""
        lean = (p for p in self.space(dtype, device) if self.is_lean(p, dtype, device))
        return next(lean, None) or next(self.space(dtype, device))

    def suits(self, dtype: DType, device: DeviceInfo) -> bool:
        """True where some parameters fit."""
        return next(self.space(dtype, device), None) is not None

    def space(self, dtype: DType, device: DeviceInfo) -> Iterator[dict[str, int]]:
        """Every combination of tunable values that fits, the defaults first."""
        for values in product(*self.tunables.values()):
            parameters = dict(zip(self.tunables, values, strict=True))
            if self.fits(parameters, dtype, device):
                yield parameters


def in_a_group(p: Parameters, dtype: DType, device: DeviceInfo) -> bool:
    """Whether the device has work-groups of LOCAL items."""
    return p["LOCAL"] <= device.max_work_group_size


def _nothing(problem: tuple[int, ...]) -> int:
    return 0


def of_families(
    name: str, *, cpu: Mapping[str, tuple[int, ...]], gpu: Mapping[str, tuple[int, ...]], cpu_fits: Fits = _anywhere, gpu_fits: Fits = in_a_group, gpu_is_lean: Fits = _anywhere,
    moved: Callable[[tuple[int, ...], int], int], flops: Callable[[tuple[int, ...]], int] = _nothing, problems: tuple[tuple[Any, ...], ...],
) -> dict[str, Kernel]:  # fmt: skip
    """The records of both families of a kernel: they do the same work, each with its own tunables, ``cpu`` and ``gpu``."""
    return {
        "cpu": Kernel(name, "cpu", cpu, cpu_fits, moved, flops, problems),
        "gpu": Kernel(name, "gpu", gpu, gpu_fits, moved, flops, problems, gpu_is_lean),
    }
