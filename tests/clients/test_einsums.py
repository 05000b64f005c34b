"""einops and opt_einsum on clnd's arrays: einops by `einops.array_api`, as its other functions know a fixed list of libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clnd

X = np.arange(24.0).reshape(2, 3, 4)
A, B, C = (np.random.default_rng(k).random(shape) for k, shape in enumerate([(3, 4), (4, 5), (5, 2)]))


@pytest.mark.parametrize(
    ("name", "given", "lengths"),
    [
        ("rearrange", ("a b c -> b (a c)",), {}), ("rearrange", ("a b (c d) -> a d b c",), {"d": 2}), ("reduce", ("a b c -> b", "mean"), {}),
        ("reduce", ("a (b d) c -> b c 1", "max"), {"d": 3}), ("repeat", ("a b c -> a r b c",), {"r": 2}),
    ],
)  # fmt: skip
def test_einops(alike: Any, name: str, given: tuple[str, ...], lengths: dict[str, int]) -> None:
    array_api = pytest.importorskip("einops.array_api")
    alike(lambda x: getattr(array_api, name)(x, *given, **lengths), X)


def test_einops_packs(alike: Any) -> None:
    array_api = pytest.importorskip("einops.array_api")
    alike(lambda x: array_api.unpack(*array_api.pack([x, x[0]], "* c"), "* c"), X)


@pytest.mark.parametrize("subscripts", ["ab,bc,cd->ad", "ab,bc,cd->", "ab,bc,cd->dab"])
def test_opt_einsum(alike: Any, subscripts: str) -> None:
    contract = pytest.importorskip("opt_einsum").contract
    alike(lambda *given: contract(subscripts, *given), A, B, C, native="->a" in subscripts)


def test_opt_einsum_expressions() -> None:
    expression = pytest.importorskip("opt_einsum").contract_expression("ab,bc->ac", clnd.asarray(A), B.shape, constants=[0])
    got = expression(clnd.asarray(B))
    assert isinstance(got, clnd.Array)
    np.testing.assert_allclose(got.asnumpy(), A @ B)
