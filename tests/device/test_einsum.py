"""einsum against NumPy's, by drawn subscripts; its launches, views, order of contraction and errors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clnd
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.ops.subscripts import as_text, next_pair, parsed
from tests.counting import counted, launches

rng = np.random.default_rng(11)


def numbers(shape: tuple[int, ...], dtype: str = "float32") -> Any:
    """Small whole numbers: every order of their sums gives the same."""
    x = rng.integers(-3, 4, shape)
    return (x + 1j * rng.integers(-3, 4, shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def check(*operands: Any, **more: Any) -> Any:
    """einsum of clnd and of NumPy give the same values, shape and dtype."""
    want = np.einsum(*operands, **more)
    got = clnd.einsum(*(clnd.asarray(x) if isinstance(x, np.ndarray) else x for x in operands), **more)
    assert (got.shape, got.dtype) == (want.shape, want.dtype), operands[0]
    assert np.array_equal(got.asnumpy(), want), operands[0]
    return got


LENGTHS = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}


@st.composite
def calls(draw: Any) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts of one to four operands with letters of fixed lengths, some of them 1 in one operand, and the shapes."""
    terms = draw(st.lists(st.text("abcde", max_size=4), min_size=1, max_size=4))
    ellipsis = draw(st.booleans())
    shapes = []
    for i, term in enumerate(terms):
        ones = draw(st.sets(st.sampled_from("bcde")))
        shape = [1 if k in ones else LENGTHS[k] for k in term]
        if ellipsis and draw(st.booleans()):
            place = draw(st.integers(0, len(term)))
            terms[i] = term[:place] + "..." + term[place:]
            shape[place:place] = draw(st.sampled_from([(), (3,), (1,), (2, 3), (2, 1)]))
        shapes.append(tuple(shape))
    text = ",".join(terms)
    if draw(st.booleans()):
        letters = sorted(set(text) - set(",."))
        kept = draw(st.permutations(letters).flatmap(lambda order: st.integers(0, len(order)).map(lambda n: "".join(order[:n]))))
        text += "->" + ("..." if "..." in text else "") + kept
    return text, shapes


@settings(max_examples=60, deadline=None)
@given(calls())
def test_drawn_subscripts(call: tuple[str, list[tuple[int, ...]]]) -> None:
    text, shapes = call
    operands = [numbers(shape) for shape in shapes]
    check(text, *operands)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "float16", "float64", "complex64"])
def test_dtypes(dtype: str) -> None:
    a, b = numbers((2, 3), dtype), numbers((3, 4), dtype)
    for text in ("ij,jk->ki", "ij,jk->", "ij,jk->ijk"):
        check(text, a, b)
    check("ij->j", a)
    check("ij,jk", a, numbers((3, 4), "float64"))


def test_sizes_of_0() -> None:
    check("ij,jk->ik", numbers((2, 0)), numbers((0, 3)))
    check("ij,jk->ki", numbers((0, 2)), numbers((2, 3)))
    check("ij->j", numbers((0, 3)))
    check("ij,ij->", numbers((0, 3)), numbers((1, 3)))
    check("", numbers(()))
    check(",i", numbers(()), numbers((3,)))


def test_lists_of_integers() -> None:
    a, b = numbers((2, 3)), numbers((3, 4))
    check(a, [0, 1], b, [1, 2])
    check(a, [30, 1], b, [1, 0], [0, 30])
    check(a, [Ellipsis, 1], [1, Ellipsis])
    for wrong in ((a, [0, 52]), (a, ["i", "j"])):
        with pytest.raises(ArgumentError, match="integers"):
            clnd.einsum(clnd.asarray(wrong[0]), wrong[1])


def test_operands_from_the_host_and_out() -> None:
    a = numbers((2, 3))
    x = clnd.asarray(a)
    assert np.array_equal(clnd.einsum("ij,j->i", x, [1, 2, 3]).asnumpy(), a @ [1, 2, 3])
    assert np.array_equal(clnd.einsum("ij,ij->j", x, a).asnumpy(), (a * a).sum(0))
    out = clnd.zeros((3,), dtype="float64")
    assert clnd.einsum("ij->j", x, out=out) is out
    assert np.array_equal(out.asnumpy(), a.sum(0))
    assert clnd.einsum("ij->j", x, dtype="float64").dtype == np.float64
    with pytest.raises(DTypeError, match=r"\[einsum\] got float32 for dtype=int32, which casting='safe' forbids"):
        clnd.einsum("ij->j", x, dtype="int32")


def test_one_operand_without_a_sum_is_a_view() -> None:
    a = numbers((3, 3))
    x = clnd.asarray(a)
    clnd.einsum("ii->i", x)[...] = 7
    np.einsum("ii->i", a)[...] = 7
    clnd.einsum("ij->ji", x)[0, 2] = 9
    a.T[0, 2] = 9
    assert np.array_equal(x.asnumpy(), a)


def test_launches() -> None:
    a, b = clnd.asarray(numbers((8, 5, 7))), clnd.asarray(numbers((8, 7, 6)))
    clnd.waitall()
    for text, operands, most in (("bij,bjk->bik", (a, b), 1), ("bij,bjk->kbi", (a, b), 1), ("bij,bij->bij", (a, a), 1), ("bij->i", (a,), 1), ("bii->b", (a[:, :5, :5],), 1)):
        assert launches(lambda text=text, operands=operands: clnd.einsum(text, *operands)) <= most, text


def test_the_order_is_that_of_the_smallest_result() -> None:
    lengths = {"i": 2, "j": 30, "k": 3, "l": 40}
    assert next_pair([("i", "j"), ("j", "k"), ("k", "l")], ("i", "l"), lengths) == (0, 1)
    assert next_pair([("i", "j"), ("j", "k"), ("k", "i")], (), dict.fromkeys("ijk", 2)) == (0, 1)
    assert next_pair([("l",), ("j",), ("i",)], ("l", "i", "j"), lengths) == (1, 2)
    x, y, z = (clnd.asarray(rng.standard_normal(s).astype("float32")) for s in ((20, 30), (30, 10), (10, 40)))
    got = clnd.einsum("ij,jk,kl->il", x, y, z)
    assert got.asnumpy().tobytes() == ((x @ y) @ z).asnumpy().tobytes()
    path = ["einsum_path", (1, 2), (0, 1)]
    assert clnd.einsum("ij,jk,kl->il", x, y, z, optimize=path).asnumpy().tobytes() == (x @ (y @ z)).asnumpy().tobytes()
    for optimize in (True, "greedy", "optimal"):
        np.testing.assert_allclose(clnd.einsum("ij,jk,kl->il", x, y, z, optimize=optimize).asnumpy(), got.asnumpy(), rtol=1e-4, atol=1e-4)


def test_the_bits_are_those_of_products_and_sums() -> None:
    """Strides, and axes that are merged, change no bit."""
    x, y = (clnd.asarray(rng.standard_normal((6, 5, 40)).astype("float32")) for _ in range(2))
    assert clnd.einsum("bij,bkj->bik", x, y).asnumpy().tobytes() == (x @ y.mT).asnumpy().tobytes()
    assert clnd.einsum("ibj,kbj->bik", x.transpose(1, 0, 2), y.transpose(1, 0, 2)).asnumpy().tobytes() == (x @ y.mT).asnumpy().tobytes()
    assert clnd.einsum("ijk->", x).asnumpy().tobytes() == x.sum().asnumpy().tobytes()
    assert clnd.einsum("abc,abc->", x, y).asnumpy().tobytes() == clnd.vdot(x, y).asnumpy().tobytes()


def test_path() -> None:
    a, b, c = (clnd.asarray(numbers(s)) for s in ((2, 3), (3, 4), (4, 5)))
    path, told = clnd.einsum_path("ij,jk,kl->il", a, b, c)
    want = np.einsum_path("ij,jk,kl->il", *(x.asnumpy() for x in (a, b, c)))
    assert (path, told) == want
    assert clnd.einsum_path(a, [0, 1], b, [1, 2], optimize="optimal")[0] == ["einsum_path", (0, 1)]
    with pytest.raises(ArgumentError, match=r"\[einsum_path\] got optimize='no'"):
        clnd.einsum_path("ij,jk,kl->il", a, b, c, optimize="no")
    hosts: list[Any] = [np.ones((2, 3)), [[1, 2]] * 3]
    with counted() as count:
        assert clnd.einsum_path("ij,jk", *hosts) == np.einsum_path("ij,jk", *hosts)
    assert count.done.host_writes == 0
    for text, operands in (("", ["ab"]), (",ij", ["ab", a])):
        with pytest.raises(DTypeError, match=r"\[einsum_path\] got str"):
            clnd.einsum_path(text, *operands)


@pytest.mark.parametrize(
    ("text", "shapes", "error", "message"),
    [
        ("i", [(2, 3)], ShapeError, r"got shape (2, 3) for the subscripts 'i' of 'i'; expected 1 axes, or an ellipsis"),
        ("ij,jk", [(2, 3)], ArgumentError, "of 2 operands and 1 operands"),
        ("ij->ik", [(2, 3)], ArgumentError, "'k' in the result, which no operand has"),
        ("ij->ii", [(2, 3)], ArgumentError, "'i' twice in the result"),
        ("i.j", [(2, 3)], ArgumentError, "with '.'"),
        ("i1", [(2, 3)], ArgumentError, "with '1'"),
        ("ij->i->j", [(2, 3)], ArgumentError, "with '-'"),
        ("ii", [(2, 3)], ShapeError, "the axes of 'i' have lengths 2 and 3"),
        ("ij,jk", [(2, 3), (2, 3)], ShapeError, "'j' has lengths 3 and 2"),
        ("...i->i", [(2, 3)], ArgumentError, "no '...' for the axes"),
        ("i......", [(2, 3)], ArgumentError, "with '.'"),
    ],
)
def test_errors(text: str, shapes: list[tuple[int, ...]], error: type[Exception], message: str) -> None:
    with pytest.raises(ValueError):
        np.einsum(text, *(np.ones(s) for s in shapes))
    with pytest.raises(error, match=re.escape(message)):
        clnd.einsum(text, *(clnd.ones(s) for s in shapes))


def test_errors_of_arguments() -> None:
    x = clnd.ones((2, 2))
    with pytest.raises(ArgumentError, match="got no arguments"):
        clnd.einsum()
    assert clnd.einsum("ij->", np.ones((2, 2))).tolist() == 4.0
    with pytest.raises(ArgumentError, match="or a path"):
        clnd.einsum("ij,jk,kl", x, x, x, optimize=["einsum_path", (0, 5)])
    assert as_text(("i j, jk -> ik", 1, 2))[0] == "ij,jk->ik"
    assert parsed("...j,j", [(2, 3), (3,)]).output == ("...1",)
