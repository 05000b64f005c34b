"""The element types: what OpenCL needs beside ``np.dtype``, and how types promote.

A dtype of clnd *is* a ``np.dtype`` object; a row here holds its C type, its kind and what a
device must have. The promotion table is the array API standard's, completed so that no rule
depends on NumPy: an integer with a float gives that float, functions of integers that leave the
integers give the default float (`clnd.defaults`), uint64 with a signed integer is refused.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from clnd.errors import DTypeError
from clnd.records import light_dataclass
from clnd.templates.ctype import CType

__all__ = [
    "ALL",
    "BOOL",
    "COMPLEX",
    "DEFAULT_INT",
    "EVERY_KIND",
    "FLOAT",
    "INT",
    "REAL",
    "STANDARD_KINDS",
    "UINT",
    "DTypeFacts",
    "as_dtype",
    "bool_",
    "can_cast",
    "check_casting",
    "complex64",
    "complex128",
    "default_complex",
    "default_float",
    "default_was_set",
    "dtype_of",
    "facts",
    "finfo",
    "float16",
    "float32",
    "float32_default",
    "float64",
    "holds_kind",
    "iinfo",
    "int8",
    "int16",
    "int32",
    "int64",
    "isdtype",
    "kind_names",
    "promote",
    "result_dtype",
    "scalar_dtype",
    "set_default",
    "to_float",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]  # fmt: skip

DType = np.dtype[Any]

bool_: DType = np.dtype(np.bool_)
int8: DType = np.dtype(np.int8)
int16: DType = np.dtype(np.int16)
int32: DType = np.dtype(np.int32)
int64: DType = np.dtype(np.int64)
uint8: DType = np.dtype(np.uint8)
uint16: DType = np.dtype(np.uint16)
uint32: DType = np.dtype(np.uint32)
uint64: DType = np.dtype(np.uint64)
float16: DType = np.dtype(np.float16)
float32: DType = np.dtype(np.float32)
float64: DType = np.dtype(np.float64)
complex64: DType = np.dtype(np.complex64)
complex128: DType = np.dtype(np.complex128)

DEFAULT_INT = int64


class _Default(threading.local):
    """The default dtypes of this thread."""

    float: DType = float32
    complex: DType = complex64


_default = _Default()
default_was_set = False
"""Whether any thread ever set its default. A look at it is cheaper than one at what is the thread's."""


def default_float() -> DType:
    """The dtype of floats that have none, and of float functions of integers, in this thread."""
    return _default.float if default_was_set else float32


def default_complex() -> DType:
    """The dtype of complex numbers that have none, in this thread."""
    return _default.complex if default_was_set else complex64


def set_default(to: DType) -> DType:
    """Make ``to``, float32 or float64, the default float of this thread, and give the one before: what `clnd.defaults` calls."""
    global default_was_set
    before = _default.float
    _default.float, _default.complex = to, complex128 if to is float64 else complex64
    default_was_set = True
    return before


@contextlib.contextmanager
def float32_default() -> Iterator[None]:
    """Within a ``with`` block the default is float32, as MXNet's, whatever it was."""
    before = set_default(float32) if default_float() is not float32 else float32
    try:
        yield
    finally:
        if before is not float32:
            set_default(before)


BOOL, UINT, INT, FLOAT, COMPLEX = "bool", "uint", "int", "float", "complex"
"""The kinds. UINT and INT are the unsigned and signed integers."""
REAL = frozenset({BOOL, UINT, INT, FLOAT})
EVERY_KIND = REAL | {COMPLEX}
_RANKS = {BOOL: 0, UINT: 1, INT: 1, FLOAT: 2, COMPLEX: 3}


@light_dataclass(frozen=True)
class DTypeFacts:
    """What clnd knows of one dtype.

    ``storage`` is the C scalar in memory (two of them for a complex number), ``compute`` what
    arithmetic is done in: float16 is computed in float and rounded after every operation.
    """

    dtype: DType
    kind: str
    storage: str
    compute: CType
    needs_fp64: bool = False

    @property
    def name(self) -> str:
        """The dtype's name, such as ``float32``."""
        return str(self.dtype.name)

    @property
    def is_half(self) -> bool:
        """True for float16, which is stored as 16 bits and computed as float."""
        return self.storage == "ushort" and self.kind == FLOAT

    @property
    def stored(self) -> CType:
        """The C type of an element in memory: what is computed in, but of float16 its 16 bits."""
        return CType("ushort") if self.is_half else self.compute

    @property
    def components(self) -> int:
        """Storage scalars per element: 2 for complex, else 1."""
        return 2 if self.compute.is_complex else 1


_ROWS = (
    DTypeFacts(bool_, BOOL, "uchar", CType("uchar")),
    DTypeFacts(int8, INT, "char", CType("char")),
    DTypeFacts(int16, INT, "short", CType("short")),
    DTypeFacts(int32, INT, "int", CType("int")),
    DTypeFacts(int64, INT, "long", CType("long")),
    DTypeFacts(uint8, UINT, "uchar", CType("uchar")),
    DTypeFacts(uint16, UINT, "ushort", CType("ushort")),
    DTypeFacts(uint32, UINT, "uint", CType("uint")),
    DTypeFacts(uint64, UINT, "ulong", CType("ulong")),
    DTypeFacts(float16, FLOAT, "ushort", CType("float")),
    DTypeFacts(float32, FLOAT, "float", CType("float")),
    DTypeFacts(float64, FLOAT, "double", CType("double"), needs_fp64=True),
    DTypeFacts(complex64, COMPLEX, "float", CType("float", 1, True)),
    DTypeFacts(complex128, COMPLEX, "double", CType("double", 1, True), needs_fp64=True),
)
PAIR = "pair"
PAIRS: dict[DType, DType] = {i: np.dtype([("key", i), ("place", i)]) for i in (int32, int64)}
"""What a search accumulates: integers as keys, with the places of elements. No array is of such a dtype."""

_PAIR_ROWS = tuple(DTypeFacts(pair, PAIR, c, CType(c, 1, True)) for pair, c in zip(PAIRS.values(), ("int", "long"), strict=True))
_FACTS: dict[DType, DTypeFacts] = {row.dtype: row for row in (*_ROWS, *_PAIR_ROWS)}
_BY_NAME: dict[str, DType] = {row.name: row.dtype for row in _ROWS}
ALL: tuple[DType, ...] = tuple(row.dtype for row in _ROWS)
"""Every dtype, in the order of the table."""


def facts(dtype: DType) -> DTypeFacts:
    """The row of ``dtype``."""
    return _FACTS[dtype]


@functools.lru_cache(maxsize=256)
def _as_dtype(spec: Any) -> DType:
    row = _FACTS.get(np.dtype(spec).newbyteorder("="))
    if row is None or row.kind == PAIR:
        raise TypeError
    # The table's own object: dtypes are compared by identity where it matters.
    return row.dtype


def as_dtype(spec: Any) -> DType:
    """The dtype that ``spec`` names: a dtype, a NumPy scalar class, a name, or bool/int/float/complex.

    The Python classes ``int`` and ``float`` mean the default dtypes int64 and float32 would widen
    NumPy users' expectations, so they follow NumPy: ``float`` is float64.

    Raises
    ------
    DTypeError
        Where clnd has no such dtype.
    """
    if isinstance(spec, np.dtype):
        row = _FACTS.get(spec)
        if row is not None:
            return row.dtype
    try:
        return _as_dtype(spec)
    except TypeError:
        raise DTypeError(
            f"[dtype] got {spec!r}; expected one of {', '.join(_BY_NAME)}; convert the data with NumPy first"
        ) from None


# --- promotion ---------------------------------------------------------------------------------
# Within a kind the wider wins; these lattices are all of the standard's and what completes it.
_FLOATS = (float16, float32, float64)
_COMPLEXES = (complex64, complex128)


def _promote(a: DType, b: DType) -> DType | None:
    fa, fb = _FACTS[a], _FACTS[b]
    if a == b or fb.kind == BOOL:
        return a
    if fa.kind == BOOL:
        return b
    kinds = {fa.kind, fb.kind}
    if kinds <= {UINT, INT}:
        if fa.kind == fb.kind:
            return a if a.itemsize >= b.itemsize else b
        signed, unsigned = (a, b) if fa.kind == INT else (b, a)
        if unsigned.itemsize < signed.itemsize:
            return signed
        return {1: int16, 2: int32, 4: int64}.get(unsigned.itemsize)
    if COMPLEX in kinds:
        real = {complex64: float32, complex128: float64}
        widest = max((real.get(d, d) for d in (a, b) if _FACTS[d].kind in (FLOAT, COMPLEX)), key=lambda d: d.itemsize)
        return complex128 if widest == float64 else complex64
    floats = [d for d in (a, b) if _FACTS[d].kind == FLOAT]
    return max(floats, key=lambda d: d.itemsize)


_PROMOTED: dict[tuple[DType, DType], DType | None] = {(a, b): _promote(a, b) for a in ALL for b in ALL}


def dtype_of(x: Any) -> DType:
    """The dtype that ``x`` is or names, or that of an array or a number of NumPy's."""
    return as_dtype(x if isinstance(x, type) else getattr(x, "dtype", x))


def promote(name: str, a: DType, b: DType) -> DType:
    """The dtype that ``a`` and ``b`` promote to in operation ``name``.

    Raises
    ------
    DTypeError
        For uint64 with a signed integer, which no integer type holds.
    """
    if a is b:
        return a
    dtype = _PROMOTED[a, b]
    if dtype is None:
        raise DTypeError(
            f"[{name}] got {a.name} and {b.name}; no integer dtype holds both; "
            f"cast one of them, as in .astype('int64') or .astype('float64')"
        )
    return dtype


def scalar_dtype(name: str, scalar: bool | int | float | complex, dtype: DType) -> DType:
    """The dtype of ``array(dtype) op scalar``: a Python scalar never widens, but may change the kind."""
    kind = _FACTS[dtype].kind
    if isinstance(scalar, (bool, np.bool_)):
        return dtype
    if isinstance(scalar, (int, np.integer)):
        return DEFAULT_INT if kind == BOOL else dtype
    if isinstance(scalar, (float, np.floating)):
        return dtype if kind in (FLOAT, COMPLEX) else default_float()
    if isinstance(scalar, (complex, np.complexfloating)):
        if kind == COMPLEX:
            return dtype
        if kind == FLOAT:
            return complex128 if dtype == float64 else complex64
        return default_complex()
    raise DTypeError(f"[{name}] got a {type(scalar).__name__}; expected an array or a Python number")


def to_float(dtype: DType) -> DType:
    """The dtype of a float function of ``dtype``: itself for floats and complex, the default float for the rest."""
    return dtype if _FACTS[dtype].kind in (FLOAT, COMPLEX) else default_float()


def to_real(dtype: DType) -> DType:
    """The dtype of the real part: float32 of complex64, float64 of complex128, others themselves."""
    return {complex64: float32, complex128: float64}.get(dtype, dtype)


def result_dtype(name: str, *dtypes: DType) -> DType:
    """The dtype that all of ``dtypes`` promote to."""
    return functools.reduce(lambda a, b: promote(name, a, b), dtypes)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether the promotion of ``from_``, a dtype or an array, and of the dtype ``to`` is ``to``.

    Raises
    ------
    DTypeError
        For what is no dtype that clnd has.
    """
    target = as_dtype(to)
    return _promote(dtype_of(from_), target) == target


def check_casting(name: str, dtype: DType, to: DType, casting: str) -> None:
    """Refuse an operand of ``dtype`` for an operation in the dtype ``to``, which a caller asked for.

    Raises
    ------
    DTypeError
        Where ``casting``, as in ``numpy.can_cast``, forbids the cast.
    """
    if not np.can_cast(dtype, to, casting):  # type: ignore[arg-type]
        raise DTypeError(f"[{name}] got {dtype.name} for dtype={to.name}, which casting={casting!r} forbids; use astype()")


STANDARD_KINDS: dict[str, frozenset[str]] = {
    "bool": frozenset({BOOL}),
    "signed integer": frozenset({INT}),
    "unsigned integer": frozenset({UINT}),
    "integral": frozenset({INT, UINT}),
    "real floating": frozenset({FLOAT}),
    "complex floating": frozenset({COMPLEX}),
    "numeric": frozenset({INT, UINT, FLOAT, COMPLEX}),
}
"""The standard's kinds of dtypes, and what each is of clnd's."""


def isdtype(dtype: DType, kind: Any) -> bool:
    """True where ``dtype`` is of ``kind``: a dtype, a kind's name of the standard, or a tuple of these."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str) and kind in STANDARD_KINDS:
        return _FACTS[as_dtype(dtype)].kind in STANDARD_KINDS[kind]
    if isinstance(kind, str) and kind not in _BY_NAME:
        raise DTypeError(f"[isdtype] got kind {kind!r}; expected a dtype or one of {', '.join(STANDARD_KINDS)}")
    return as_dtype(dtype) == as_dtype(kind)


def holds_kind(held: DType, given: DType) -> bool:
    """Whether an array of ``held`` takes results of ``given`` in place: those of its own kind, of integers all, and of the kinds before."""
    return _RANKS[_FACTS[given].kind] <= _RANKS[_FACTS[held].kind]


def kind_names(kinds: frozenset[str]) -> str:
    """A set of kinds in words, for error messages."""
    words = {BOOL: "bool", UINT: "unsigned integers", INT: "signed integers", FLOAT: "floats", COMPLEX: "complex numbers"}
    return ", ".join(words[k] for k in words if k in kinds)


@light_dataclass(frozen=True)
class finfo_object:
    """The limits of a floating dtype, as the standard names them."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType

    @property
    def tiny(self) -> float:
        """NumPy's older name of ``smallest_normal``."""
        return self.smallest_normal

    @property
    def epsneg(self) -> float:
        """The distance from 1 to the next number below it."""
        return self.eps / 2

    @property
    def resolution(self) -> float:
        """10 to the power of minus ``precision``."""
        return float(np.finfo(self.dtype).resolution)

    @property
    def precision(self) -> int:
        """How many decimal digits are right."""
        return int(np.finfo(self.dtype).precision)

    @property
    def smallest_subnormal(self) -> float:
        """The smallest number above 0; devices that flush subnormal numbers have none below ``smallest_normal``."""
        return float(np.finfo(self.dtype).smallest_subnormal)


@light_dataclass(frozen=True)
class iinfo_object:
    """The limits of an integer dtype, as the standard names them."""

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(type: Any, /) -> finfo_object:
    """The limits of a floating dtype (of its parts, where complex), of an array's or by name."""
    dtype = dtype_of(type)
    if _FACTS[dtype].kind not in (FLOAT, COMPLEX):
        raise DTypeError(f"[finfo] got {dtype.name}; expected a floating dtype; use iinfo for integers")
    i = np.finfo(dtype)
    return finfo_object(int(i.bits), float(i.eps), float(i.max), float(i.min), float(i.smallest_normal), to_real(dtype))


def iinfo(type: Any, /) -> iinfo_object:
    """The limits of an integer dtype, of an array's or by name."""
    dtype = dtype_of(type)
    if _FACTS[dtype].kind not in (INT, UINT):
        raise DTypeError(f"[iinfo] got {dtype.name}; expected an integer dtype; use finfo for floats")
    i = np.iinfo(dtype)
    return iinfo_object(int(i.bits), int(i.max), int(i.min), dtype)
