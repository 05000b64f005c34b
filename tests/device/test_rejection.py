"""Draws by rejection: every element equals the definition, bit for bit, wherever it stands and whatever its neighbours are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd
from clnd.arrays import array_of
from clnd.context import Context, current_context
from clnd.dtypes import as_dtype
from clnd.kernels import tuning
from clnd.kernels.rejection import RECORDS, Place
from clnd.ops.rejection import multinomial_node, rejection_node
from clnd.random import Generator
from tests import rejections, streams
from tests.rejections import Words

Array = np.ndarray[Any, Any]

SEED, DRAW = 0x123456789ABCDEF0, 0xFEDCBA9876543210
# Parameters on either side of each branch; the same vector holds several of them.
OPERANDS: dict[str, tuple[tuple[float, ...], ...]] = {
    "gamma": ((0.0, 0.01, 0.7, 1.0, 1.5, 30.0, 1e6),),
    "loggamma": ((0.001, 0.7, 1.0, 2.5, 1e5),),
    "ratio": ((0.01, 0.7, 1.0, 30.0, 2.5), (0.02, 3.0, 0.5)),
    "poisson": ((0.0, 0.1, 3.0, 9.99, 10.0, 37.5, 1000.0, 3e5),),
    "binomial": ((0.0, 1.0, 7.0, 40.0, 1000.0, 1e6), (0.0, 0.1, 0.5, 0.77, 1.0)),
}
KINDS = tuple(OPERANDS)


def operands(kind: str, dtype: str, n: int) -> list[Array]:
    return [np.resize(np.array(values, dtype), n) for values in OPERANDS[kind]]


def drawn(kind: str, dtype: str, shape: Any, parameters: Any, place: Place | None = None) -> Array:
    given = tuple(p if np.ndim(p) == 0 else clnd.asarray(p)._node for p in parameters)
    node = rejection_node(kind, shape, as_dtype(dtype), current_context(), SEED, DRAW, given, place)
    found: Array = array_of(node).asnumpy()
    return found


def wanted(kind: str, dtype: str, numbers: Array, parameters: list[Array]) -> Array:
    found: Array = getattr(rejections, kind)(Words(dtype, numbers, SEED, DRAW), *parameters)
    return found


def same(got: Array, want: Array) -> None:
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got.reshape(-1).view(f"u{got.itemsize}"), want.reshape(-1).view(f"u{want.itemsize}"))


# --- every kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_of_arrays(family: str, kind: str, dtype: str, has_dtype: None) -> None:
    for n in (1, 7, 8, 9, 333):
        given = operands(kind, dtype, n)
        same(drawn(kind, dtype, (n,), given), wanted(kind, dtype, np.arange(n), given))


@pytest.mark.parametrize("kind", KINDS)
def test_of_numbers(family: str, kind: str) -> None:
    for value in range(3):
        numbers = [float(values[(2 * value + 1) % len(values)]) for values in OPERANDS[kind]]
        given = [np.full(100, x, np.float32) for x in numbers]
        same(drawn(kind, "float32", (100,), [float(np.float32(x)) for x in numbers]), wanted(kind, "float32", np.arange(100), given))


def test_a_part_of_a_draw(family: str) -> None:
    """Every third row of a draw of (20, 50), columns 7 to 11 backwards; and a single element far away."""
    whole = drawn("poisson", "float32", (20, 50), [3.5])
    part = drawn("poisson", "float32", (6, 5), [3.5], Place(11, (150, -1)))
    same(part, np.ascontiguousarray(whole[:18:3, 11:6:-1]))
    far = np.array([2**40 - 1])
    same(drawn("poisson", "float32", (1,), [20.5], Place(2**40 - 1, (1,))), wanted("poisson", "float32", far, [np.full(1, 20.5, np.float32)]))
    deep = drawn("poisson", "float32", (2, 3, 2, 5), [3.5], Place(0, (500, 100, 20, 2)))
    same(deep, np.ascontiguousarray(whole.reshape(2, 5, 5, 20)[:, :3, :2, ::2][:, :, :, :5]))


def test_an_element_knows_no_neighbour(family: str) -> None:
    """What one lane needs many attempts for is made beside what needs one."""
    mixed = operands("binomial", "float32", 64)
    together = drawn("binomial", "float32", (64,), mixed)
    for k in range(0, 64, 5):
        alone = drawn("binomial", "float32", (1,), [float(p[k]) for p in mixed], Place(k, (1,)))
        assert alone[0] == together[k]


def test_integers_between_arrays(family: str) -> None:
    """The element that `randint` gives where the bounds are numbers."""
    for dtype, low, high in (("int64", -7, 10**12), ("uint64", 3, 2**64 - 5), ("int64", 0, 1)):
        n, to = 100, np.dtype(dtype)
        lows, ranges = np.full(n, low, to), np.full(n, high - low, to)
        same(drawn("integer", dtype, (n,), [lows, ranges]), streams.randint(to, n, SEED, DRAW, low, high))


def test_sizes_and_epilogues(family: str) -> None:
    for (n,) in RECORDS[family].problems:
        given = [np.full(n, 2.5, np.float32)]
        x = array_of(rejection_node("gamma", (n,), as_dtype("float32"), current_context(), SEED, DRAW, (2.5,)))
        want = wanted("gamma", "float32", np.arange(n), given)
        y = (x * 2 + clnd.arange(n, dtype="float32")).asnumpy()
        np.testing.assert_array_equal(y, want * np.float32(2) + np.arange(n, dtype=np.float32))


def test_launch_sizes(family: str, ctx: Context) -> None:
    launches: dict[str, list[dict[str, int]]] = {"cpu": [{"CHUNK": 64}, {"CHUNK": 1024}], "gpu": [{"LOCAL": 1, "WAVES": 1}, {"LOCAL": 8, "WAVES": 64}]}
    want = wanted("poisson", "float32", np.arange(1001), [np.full(1001, 12.5, np.float32)])
    device = ctx.device
    try:
        for tunables in launches[family]:
            ctx._device = device.without_kernels()
            tuning.assign(RECORDS[family], as_dtype("float32"), ctx.device, tunables)
            same(drawn("poisson", "float32", (1001,), [12.5]), want)
    finally:
        ctx._device = device


def test_64_bit_counting(family: str, index64: None) -> None:
    same(drawn("poisson", "float32", (77,), [12.5]), wanted("poisson", "float32", np.arange(77), [np.full(77, 12.5, np.float32)]))


# --- multinomial ---------------------------------------------------------------------------------


MULTINOMIAL: tuple[tuple[int, Any, Any], ...] = (
    (5, 20, [0.1, 0.2, 0.3, 0.4]), (1, 1000, [0.5, 0.5]), (3, 7, [1.0]), (4, 50, [0, 1, 0]), (2, 10**6, [0.001, 0.9, 0.099]), (3, 9, [0, 0, 0, 0]),
)  # fmt: skip


@pytest.mark.parametrize(("rows", "n", "chances"), MULTINOMIAL, ids=str)
def test_multinomial(family: str, rows: int, n: int, chances: list[float]) -> None:
    got = Generator(SEED)
    got._begin(SEED, DRAW, 0)
    counts = got.multinomial(n, chances, rows)
    assert counts.dtype == np.int64
    assert counts.asnumpy().tolist() == rejections.multinomial("float32", rows, n, np.array(chances), SEED, DRAW).tolist()
    assert (counts.sum(axis=-1) == n).all()


def test_multinomial_of_each_row(family: str) -> None:
    chances = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05], [0, 0, 1]], np.float32)
    trials = np.array([3, 400, 5], np.float32)
    node = multinomial_node(clnd.asarray(trials)._node, clnd.asarray(chances)._node, (3,), SEED, DRAW, first=6)
    assert array_of(node).asnumpy().tolist() == rejections.multinomial("float32", 3, trials, chances, SEED, DRAW, first=6).tolist()


# --- orders of rows --------------------------------------------------------------------------------


def test_permuted(family: str) -> None:
    x = np.arange(60).reshape(3, 20)
    words = streams.words(9, 0, 36)
    rows = Generator(9).permuted(clnd.asarray(x), axis=1).asnumpy()
    assert sorted(rows[1].tolist()) == x[1].tolist()
    assert rows[0].tolist() == streams.permutation(20, 9, 0).tolist()
    assert rows[2].tolist() == (40 + streams.permutation_of(20, words[24:])).tolist()
    columns = Generator(9).permuted(clnd.asarray(x.T), axis=0).asnumpy()
    np.testing.assert_array_equal(columns, rows.T)
    assert Generator(9).permuted(clnd.asarray(x)).asnumpy().ravel().tolist() == streams.permutation(60, 9, 0).tolist()
    out = clnd.zeros((3, 20), dtype="int64")
    assert Generator(9).permuted(clnd.asarray(x), axis=1, out=out) is out
    np.testing.assert_array_equal(out.asnumpy(), rows)
    cube = clnd.arange(24).reshape(2, 3, 4)
    found = Generator(1).permuted(cube, axis=1).asnumpy()
    np.testing.assert_array_equal(np.sort(found, axis=1), cube.asnumpy())


def test_the_start_of_an_order(family: str) -> None:
    want = streams.permutation(1000, 4, 0)
    for count in (1, 7, 600, 1000):
        assert Generator(4).choice(1000, count, replace=False).asnumpy().tolist() == want[:count].tolist()


# --- samples with weights ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("replace", [True, False])
def test_choices_have_their_probabilities(replace: bool) -> None:
    p = np.array([0.1, 0, 0.2, 0.3, 0.4, 0])
    for given in (p.tolist(), p.astype(np.float32), clnd.asarray(p.astype(np.float32))):
        g = Generator(5)
        firsts = g.choice(6, 20_000, p=given) if replace else clnd.stack([g.choice(6, 3, replace=False, p=given) for _ in range(400)])
        drawn = firsts.asnumpy()
        if not replace:
            assert all(len(set(row)) == 3 for row in drawn.tolist())
            drawn = drawn[:, 0]
        counts = np.bincount(drawn, minlength=6)
        assert counts[1] == counts[5] == 0
        # Five standard deviations.
        assert (np.abs(counts - p * drawn.size) <= 5 * np.sqrt(p * (1 - p) * drawn.size)).all()


@pytest.mark.slow
def test_running_sums_of_weights_do_not_fall() -> None:
    """A chance of 0 never occurs, however sums are rounded."""
    p = np.random.default_rng(0).random(5000).astype(np.float32)
    p[np.random.default_rng(1).random(5000) < 0.9] = 0
    p /= p.sum(dtype=np.float64)
    assert (p[Generator(2).choice(5000, 200_000, p=p).asnumpy()] > 0).all()


@pytest.mark.parametrize(
    ("p", "told"),
    [
        ([0.5, 0.6, 0], "got p with a sum of 1.1; expected 1|got p whose sum is not 1"),
        ([0.5, -0.5, 1], "got p=-0.5 at index 1; expected finite numbers from 0 up to 1|got p out of range at index 1"),
        ([1.0], r"got p of shape \(1,\) for 3 to choose from; expected \(3,\)"),
        ([1, 0, 0], "with 1 elements above 0 for a sample of 2 without replacement|with fewer elements above 0 than the sample of 2"),
    ],
)
def test_weights_that_are_refused(p: list[float], told: str) -> None:
    for given in (p, clnd.asarray(p, dtype="float32")):
        with pytest.raises((clnd.ArgumentError, clnd.ShapeError), match=told):
            Generator(1).choice(3, 2, replace=len(p) != 3 or p[0] != 1, p=given).asnumpy()
    with pytest.raises(clnd.ArgumentError, match=r"got size \(4,\) of 3 without replacement"):
        Generator(1).choice(3, 4, replace=False, p=[0.5, 0.25, 0.25])
