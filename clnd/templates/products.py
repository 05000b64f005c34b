"""How the elements of a product are spelled in OpenCL C, for the files of ``templates/gemm/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clnd.dtypes import DTypeFacts

__all__ = ["Elements"]


class Elements:
    """Elements of a product of dtype ``f``, in vectors of ``vector_bytes``.

    ``computed`` is the C type that sums are made in, of ``nbytes``, ``stored`` the one in memory, ``width`` the scalars in a vector.
    ``parts`` are the suffixes of a number's parts: real and imaginary, or just one.
    Where a method takes a width, 1 stands for scalars.
    """

    def __init__(self, f: DTypeFacts, vector_bytes: int) -> None:
        self.parts = ("re", "im") if f.kind == "complex" else ("",)
        self.is_int = f.kind in ("int", "uint")
        self.is_bool = f.kind == "bool"
        self.is_half = f.is_half
        wide = self.is_int and f.dtype.itemsize == 8
        # Integers wrap, so they are unsigned throughout.
        self.computed = "ulong" if wide else "uint" if self.is_int or self.is_bool else f.compute.scalar
        self.stored = "u" + f.storage.removeprefix("u") if self.is_int else f.storage
        self.nbytes = 8 if self.computed in ("double", "ulong") else 4
        self.width = vector_bytes // self.nbytes

    # Vectors are read and written through pointers: in a kernel of this size some compilers leave
    # vload8 as a call, inside the innermost loop. The types v_T need no more alignment than a scalar.
    def load(self, at: int | str, p: str, t: str | None = None, space: str = "__global") -> str:
        """Vector number ``at`` of the memory that ``p`` points to; ``t`` is its scalar, by default the stored one."""
        return f"((const {space} v_{t or self.stored} *)({p}))[{at}]"

    def store(self, x: str, at: int | str, p: str, t: str | None = None, space: str = "__global") -> str:
        """A statement that stores vector ``x`` as vector number ``at``."""
        return f"(({space} v_{t or self.stored} *)({p}))[{at}] = {x};"

    def widen(self, x: str, width: int) -> str:
        """Stored ``x`` as the type computed in."""
        t = f"{self.computed}{width if width > 1 else ''}"
        if self.is_half:
            return f"half_to_float_{t}({x})"
        if self.is_bool:
            return f"(convert_{t}({x} != (uchar)0) & ({t})1)" if width > 1 else f"(uint)({x} != 0)"
        return f"convert_{t}({x})" if self.is_int and self.stored != self.computed else x

    def narrow(self, x: str, width: int) -> str:
        """The inverse of `widen`."""
        suffix = str(width) if width > 1 else ""
        if self.is_half:
            return f"float_to_half_{self.computed}{suffix}({x})"
        return f"convert_{self.stored}{suffix}({x})" if self.stored != self.computed else x

    def madd(self, t: str, x: str, y: str, acc: str) -> str:
        """``acc`` and the product of ``x`` and ``y``, of type ``t``."""
        if self.is_bool:
            return f"{acc} | ({x} & {y})"
        return f"{acc} + {x} * {y}" if self.is_int else f"fma_{t}({x}, {y}, {acc})"

    def cmadd(self, t: str, ar: str, ai: str, br: str, bi: str, re: str, im: str) -> str:
        """The four steps of a complex multiply-add, in their order."""
        return (
            f"{re} = fma_{t}({ar}, {br}, {re}); {im} = fma_{t}({ar}, {bi}, {im}); "
            f"{re} = fma_{t}(-{ai}, {bi}, {re}); {im} = fma_{t}({ai}, {br}, {im});"
        )

    def plus(self, x: str, y: str) -> str:
        """The sum of two sums."""
        return f"{x} | {y}" if self.is_bool else f"{x} + {y}"
