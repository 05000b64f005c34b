"""The OpenCL C types that kernels compute with: scalars, vectors and complex pairs of them."""

from __future__ import annotations

from functools import cached_property

from clnd.records import light_dataclass

__all__ = ["CType"]

_BITS = {
    "char": 8, "uchar": 8, "short": 16, "ushort": 16, "int": 32, "uint": 32,
    "long": 64, "ulong": 64, "float": 32, "double": 64,
}  # fmt: skip
_SIGNED = {8: "char", 16: "short", 32: "int", 64: "long"}
_FLOATS = {32: "float", 64: "double"}


@light_dataclass(frozen=True)
class CType:
    """A scalar, vector or complex type of OpenCL C; ``str()`` is its name in the source.

    A complex type is a struct of two reals called ``re`` and ``im``: ``cfloat8`` holds eight
    complex numbers as two ``float8``, so complex arithmetic vectorises like real arithmetic.
    """

    scalar: str
    width: int = 1
    is_complex: bool = False

    @cached_property
    def name(self) -> str:
        """The type's name in OpenCL C, such as ``float8`` or ``cdouble4``."""
        return ("c" if self.is_complex else "") + self.scalar + self._suffix

    @property
    def _suffix(self) -> str:
        return str(self.width) if self.width > 1 else ""

    def __str__(self) -> str:
        return self.name

    @property
    def bits(self) -> int:
        """Bits of one scalar component."""
        return _BITS[self.scalar]

    @property
    def is_float(self) -> bool:
        """True for float and double, complex or not."""
        return self.scalar in ("float", "double")

    @property
    def is_double(self) -> bool:
        """True where the device needs fp64."""
        return self.scalar == "double"

    @property
    def is_signed(self) -> bool:
        """True for the signed integers."""
        return self.scalar in ("char", "short", "int", "long")

    @property
    def is_vector(self) -> bool:
        """True for a width above 1; scalars and vectors differ in what a comparison gives."""
        return self.width > 1

    @cached_property
    def real(self) -> CType:
        """The type of a complex type's parts (the type itself where it is real)."""
        return CType(self.scalar, self.width)

    @cached_property
    def complex(self) -> CType:
        """The complex type with parts of this type."""
        return CType(self.scalar, self.width, True)

    @cached_property
    def int(self) -> CType:
        """The signed integers of the same component size: what ``as_`` reinterprets to."""
        return CType(_SIGNED[self.bits], self.width)

    @cached_property
    def uint(self) -> CType:
        """The unsigned integers of the same component size."""
        return CType("u" + _SIGNED[self.bits], self.width)

    @cached_property
    def float(self) -> CType:
        """The floats of the same component size; there are none of 8 or 16 bits."""
        return CType(_FLOATS[self.bits], self.width)

    @cached_property
    def truth(self) -> CType:
        """What a bool for each component is stored as."""
        return CType("uchar", self.width)

    @cached_property
    def mask(self) -> CType:
        """What comparing two values of this type gives: 0/-1 in a vector, int 0/1 in a scalar."""
        return self.int if self.is_vector else CType("int")

    @cached_property
    def one(self) -> CType:
        """The scalar type of one component (complex stays complex)."""
        return CType(self.scalar, 1, self.is_complex)

    def widened(self, width: int) -> CType:  # type: ignore[valid-type]
        """The same type at another vector width."""
        return CType(self.scalar, width, self.is_complex)
