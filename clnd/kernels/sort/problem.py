"""What is sorted: rows of elements, or the places of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from clnd.dtypes import FLOAT, INT, DType, facts
from clnd.kernels.launch import Arguments, Launch, Variant
from clnd.records import light_dataclass
from clnd.runtime.opened import OpenDevice
from clnd.templates import CType, Source, render
from clnd.templates.sorting import Moved

__all__ = ["MOST", "Problem"]

MOST = 2**32 - 1
"""Elements of a row at most: places are counted in 32 bits."""


@light_dataclass(frozen=True)
class Problem:
    """``rows`` rows of ``n`` elements of ``dtype``; ``places``: not the elements but their places are the result."""

    device: OpenDevice
    dtype: DType
    rows: int
    n: int
    places: bool
    descending: bool

    @property
    def moved(self) -> Moved:
        """What kernels move about."""
        kind = {FLOAT: "float", INT: "signed"}.get(facts(self.dtype).kind, "unsigned")
        bits = 8 * self.dtype.itemsize
        form = "keys" if not self.places else "split" if bits == 64 else "pairs"
        return Moved(kind, CType({8: "uchar", 16: "ushort", 32: "uint", 64: "ulong"}[bits]), form)

    @property
    def result_bytes(self) -> int:
        """Bytes of the result."""
        return self.rows * self.n * (8 if self.places else self.dtype.itemsize)

    @property
    def element_bytes(self) -> int:
        """Bytes of what is moved for one element, its place beside it not counted."""
        return self.moved.type.bits // 8

    @property
    def flip_type(self) -> Any:
        """The NumPy type of the argument flip, which `flip` is the value of."""
        return np.dtype(f"u{self.dtype.itemsize}").type

    @property
    def flip(self) -> int:
        """What turns keys about."""
        return 2 ** (8 * self.dtype.itemsize) - 1 if self.descending else 0

    def launch(self, step: str, args: Arguments, groups: int, local: int, moved: int, **more: int) -> Launch:
        """A launch of kernel ``sort_<step>``, whose last argument is flip; ``more``: what else its source depends on, by the template's names."""
        args.add(self.flip_type, self.flip)
        info, e = self.device.info, self.moved

        def text() -> Source:
            return render("sort", info.arithmetic, family=info.family, step=step, e=e, **more)

        variant = Variant(("sort", step, e, info.family, *more.values()), f"sort_{step}", args.types, text)
        return Launch.of(variant, (groups,), (local,), args, moved)
