"""The promotion table against NumPy's and the standard's, and the facts about dtypes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import clnd
from clnd import dtypes
from clnd.dtypes import ALL, BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import DTypeError

PAIRS = list(itertools.product(ALL, ALL))
INTEGERS = {INT, UINT}


def in_the_standard(a: Any, b: Any) -> bool:
    """True where the array API standard says what the two promote to: it has no float16."""
    if dtypes.float16 in (a, b):
        return False
    kinds = {facts(a).kind, facts(b).kind}
    if kinds <= INTEGERS:
        return not (dtypes.uint64 in (a, b) and INT in kinds)
    return kinds <= {FLOAT, COMPLEX} or len(kinds) == 1


@pytest.mark.parametrize(("a", "b"), [p for p in PAIRS if in_the_standard(*p)], ids=str)
def test_promotion_of_the_standard(a: Any, b: Any) -> None:
    assert dtypes.promote("add", a, b) == np.result_type(a, b)


def test_promotion_agrees_with_array_api_strict() -> None:
    strict = pytest.importorskip("array_api_strict")
    names = [d.name for d in ALL if d != dtypes.float16]
    for a, b in itertools.product(names, names):
        x, y = (getattr(strict, "bool" if n == "bool" else n) for n in (a, b))
        try:
            expected = strict.result_type(x, y)
        except TypeError:
            continue  # left open by the standard: what clnd makes of it is tested below
        assert dtypes.promote("add", np.dtype(a), np.dtype(b)).name == str(expected).rpartition(".")[2]


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=str)
def test_promotion_is_a_lattice(a: Any, b: Any) -> None:
    if dtypes.uint64 in (a, b) and INT in {facts(a).kind, facts(b).kind}:
        with pytest.raises(DTypeError, match=rf"\[add\] got {a.name} and {b.name}; no integer dtype holds both; cast one"):
            dtypes.promote("add", a, b)
        return
    both = dtypes.promote("add", a, b)
    assert both == dtypes.promote("add", b, a)
    assert dtypes.promote("add", both, a) == both
    assert dtypes.promote("add", both, b) == both
    assert dtypes.can_cast(a, both)


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=str)
def test_what_the_standard_leaves_open(a: Any, b: Any) -> None:
    ka, kb = facts(a).kind, facts(b).kind
    if ka == BOOL or (ka in INTEGERS and kb == FLOAT) or (ka in INTEGERS and kb == COMPLEX) or (a == dtypes.float16 and kb in (FLOAT, COMPLEX)):
        assert dtypes.promote("add", a, b) == b


def test_result_dtype() -> None:
    assert dtypes.result_dtype("add", dtypes.int8) == dtypes.int8
    assert dtypes.result_dtype("add", dtypes.uint8, dtypes.int8, dtypes.float16) == dtypes.float16


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_scalars_never_widen(dtype: Any) -> None:
    kind = facts(dtype).kind
    for scalar in (True, np.True_):
        assert dtypes.scalar_dtype("add", scalar, dtype) == dtype
    for scalar in (2, np.int8(2), np.uint64(2)):
        assert dtypes.scalar_dtype("add", scalar, dtype) == (dtypes.int64 if kind == BOOL else dtype)
    for scalar in (2.5, np.float16(2.5), np.float64(2.5)):
        assert dtypes.scalar_dtype("add", scalar, dtype) == (dtype if kind in (FLOAT, COMPLEX) else dtypes.float32)
    for scalar in (2j, np.complex64(2j), np.complex128(2j)):
        wide = dtypes.complex128 if dtype == dtypes.float64 else dtypes.complex64
        assert dtypes.scalar_dtype("add", scalar, dtype) == (dtype if kind == COMPLEX else wide)


def test_a_scalar_is_a_number() -> None:
    with pytest.raises(DTypeError, match=r"\[add\] got a str; expected an array or a Python number"):
        dtypes.scalar_dtype("add", "2", dtypes.int8)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_facts(dtype: Any) -> None:
    row = facts(dtype)
    assert row.dtype is dtype
    assert row.name == dtype.name
    assert row.kind == {"b": BOOL, "i": INT, "u": UINT, "f": FLOAT, "c": COMPLEX}[dtype.kind]
    assert row.components * {"char": 1, "short": 2, "int": 4, "float": 4, "long": 8, "double": 8}[row.storage.removeprefix("u")] == dtype.itemsize
    assert row.needs_fp64 == (dtype.name in ("float64", "complex128"))
    assert row.is_half == (dtype.name == "float16")


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("float32", "float32"), (np.float16, "float16"), (float, "float64"), (int, "int64"), (bool, "bool"),
        (complex, "complex128"), (np.dtype(">i4"), "int32"), (">f8", "float64"), ("bool", "bool"), (np.dtype("c8"), "complex64"),
    ],
)  # fmt: skip
def test_as_dtype(spec: Any, expected: str) -> None:
    found = dtypes.as_dtype(spec)
    assert found.name == expected
    # One object a dtype: comparing by identity is what the fast paths do.
    assert any(found is d for d in ALL)


@pytest.mark.parametrize("wrong", ["float33", "S3", np.dtype(object), "M8[s]", np.longdouble, 3, [("a", "f4")], "float32x"])
def test_as_dtype_refuses(wrong: Any) -> None:
    with pytest.raises(DTypeError, match=r"\[dtype\] got .*; expected one of bool, int8, .*; convert the data with NumPy first"):
        dtypes.as_dtype(wrong)


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_isdtype_agrees_with_numpy(dtype: Any) -> None:
    kinds = ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")
    for kind in (*kinds, ("bool", "complex floating"), dtypes.int8, ("integral", dtypes.float32)):
        assert dtypes.isdtype(dtype, kind) == np.isdtype(dtype, kind), kind


def test_isdtype_refuses() -> None:
    with pytest.raises(DTypeError, match=r"\[isdtype\] got kind 'floats'; expected a dtype or one of bool, signed"):
        dtypes.isdtype(dtypes.int8, "floats")


def test_finfo_and_iinfo() -> None:
    for dtype in ALL:
        kind = facts(dtype).kind
        if kind in INTEGERS:
            mine, theirs = dtypes.iinfo(dtype), np.iinfo(dtype)
            assert (mine.bits, mine.max, mine.min, mine.dtype) == (theirs.bits, theirs.max, theirs.min, dtype)
            with pytest.raises(DTypeError, match=r"\[finfo\] got .*; expected a floating dtype; use iinfo"):
                dtypes.finfo(dtype)
        elif kind in (FLOAT, COMPLEX):
            limits, numpys = dtypes.finfo(dtype), np.finfo(dtype)
            assert (limits.bits, limits.max, limits.min, limits.eps) == (numpys.bits, numpys.max, numpys.min, numpys.eps)
            assert limits.smallest_normal == numpys.smallest_normal
            assert limits.dtype == dtypes.to_real(dtype)
            assert type(limits.eps) is float
            with pytest.raises(DTypeError, match=r"\[iinfo\] got .*; expected an integer dtype; use finfo"):
                dtypes.iinfo(dtype)


def test_default_dtypes() -> None:
    assert (dtypes.int64, dtypes.float32, dtypes.complex64) == (dtypes.DEFAULT_INT, dtypes.default_float(), dtypes.default_complex())
    assert [dtypes.to_float(d) for d in (dtypes.bool_, dtypes.uint64, dtypes.float16, dtypes.complex128)] == [
        dtypes.float32, dtypes.float32, dtypes.float16, dtypes.complex128,
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_public_dtypes_are_numpys_scalar_classes(dtype: Any) -> None:
    public = getattr(clnd, dtype.name)
    assert public is dtype.type
    assert dtype == public
    assert isinstance(public(1), np.generic)
    assert dtypes.dtype_of(public) is dtypes.dtype_of(dtype.name) is dtypes.dtype_of(public(1)) is dtype
    assert clnd.isdtype(dtype, public)
    assert clnd.can_cast(public, dtype)
    assert clnd.result_type(public, dtype) is dtype
