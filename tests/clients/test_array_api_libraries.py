"""array-api-compat and array-api-extra, by which other libraries find clnd's namespace and fill its gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from tests.quick import some

X = np.random.default_rng(0).uniform(-2, 2, (3, 4))
K = np.asarray([3, 1, 3, 0])

OF_EXTRA: dict[str, Callable[[Any, Any, Any], Any]] = {
    "apply_where": lambda xpx, x, k: xpx.apply_where(x > 0, (x,), lambda v: v**0.5, fill_value=0.0),
    "at.add": lambda xpx, x, k: xpx.at(x)[1, :].add(2.0, copy=True),
    "at.set": lambda xpx, x, k: xpx.at(x)[x > 0].set(7.0, copy=True),
    "atleast_nd": lambda xpx, x, k: xpx.atleast_nd(x, ndim=4),
    "cov": lambda xpx, x, k: xpx.cov(x),
    "isclose": lambda xpx, x, k: xpx.isclose(x, x + 1e-9),
    "one_hot": lambda xpx, x, k: xpx.one_hot(k, 4),
    "create_diagonal": lambda xpx, x, k: xpx.create_diagonal(x[0, :], offset=1),
    "kron": lambda xpx, x, k: xpx.kron(x, x),
    "nunique": lambda xpx, x, k: xpx.nunique(k),
    "pad": lambda xpx, x, k: xpx.pad(x, 1),
    "partition": lambda xpx, x, k: xpx.partition(x, 2)[:, 2],
    "setdiff1d": lambda xpx, x, k: xpx.setdiff1d(k, k[:1]),
    "sinc": lambda xpx, x, k: xpx.sinc(x),
}  # fmt: skip
QUICK = ("apply_where", "at.add", "at.set", "cov", "one_hot")


def test_compat_finds_the_namespace() -> None:
    compat = pytest.importorskip("array_api_compat")
    x = clnd.asarray(X)
    assert compat.is_array_api_obj(x)
    assert compat.array_namespace(x, x[0], 1.0) is clnd
    assert compat.device(x) == x.device
    assert compat.to_device(x, x.device) is x
    assert compat.size(x) == 12
    assert compat.is_writeable_array(x)
    assert not compat.is_lazy_array(x)
    with pytest.raises(TypeError, match="Multiple namespaces"):
        compat.array_namespace(x, X)


@pytest.mark.parametrize("name", some(OF_EXTRA, *QUICK))
def test_extra(alike: Any, name: str) -> None:
    xpx = pytest.importorskip("array_api_extra")
    if not hasattr(xpx, name.partition(".")[0]):
        pytest.skip("this version has none")
    alike(lambda x, k: OF_EXTRA[name](xpx, x, k), X, K)
