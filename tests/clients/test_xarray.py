"""xarray keeps clnd's arrays, and computes with them. Its own limits: no vectorized index, and interp on the host."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import clnd
from tests.quick import some

xarray = pytest.importorskip("xarray")

X = np.arange(12.0).reshape(3, 4)
N = np.where(X == 5, np.nan, X)


def named(x: Any) -> Any:
    return xarray.DataArray(x, dims=("a", "b"), coords={"a": [10, 20, 30], "b": [0.0, 1.0, 2.0, 3.0]})


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda d: d * 2 + d, "mean": lambda d: d.mean("a"), "std": lambda d: d.std("b", ddof=1), "isel": lambda d: d.isel(a=[0, 2]), "sel": lambda d: d.sel(a=20),
    "where": lambda d: d.where(d > 3, 0.0), "fillna": lambda d: d.where(d > 3).fillna(0), "concat": lambda d: xarray.concat([d, d], "a"), "rolling": lambda d: d.rolling(b=2).mean(),
    "groupby": lambda d: d.groupby(xarray.DataArray([0, 0, 1], dims="a", name="g")).mean(), "dot": lambda d: xarray.dot(d, d, dim="a"), "ufunc": lambda d: np.sqrt(d),
}  # fmt: skip
MORE: dict[str, Callable[[Any], Any]] = {
    "T": lambda d: d.T, "sum": lambda d: d.sum(), "var": lambda d: d.var("a"), "max": lambda d: d.max("b"), "median": lambda d: d.median("a"), "prod": lambda d: d.prod("a"),
    "cumsum": lambda d: d.cumsum("a"), "cumprod": lambda d: d.cumprod("a"), "count": lambda d: d.count("a"), "all": lambda d: (d > -1).all(), "any": lambda d: (d > 3).any("a"),
    "argmax": lambda d: d.argmax("a"), "argmin": lambda d: d.argmin("b"), "idxmax": lambda d: d.idxmax("a"), "clip": lambda d: d.clip(2, 5), "roll": lambda d: d.roll(a=1),
    "shift": lambda d: d.shift(a=1), "diff": lambda d: d.diff("b"), "pad": lambda d: d.pad(a=1), "pad edge": lambda d: d.pad(a=1, mode="edge"), "windows": lambda d: d.rolling(b=2).construct("w"),
    "coarsen": lambda d: d.coarsen(b=2).mean(), "stack": lambda d: d.stack(z=("a", "b")), "unstack": lambda d: d.stack(z=("a", "b")).unstack(), "expand": lambda d: d.expand_dims("n"),
    "quantile": lambda d: d.quantile(0.3, "a"), "differentiate": lambda d: d.differentiate("a"), "integrate": lambda d: d.integrate("a"), "astype": lambda d: d.astype("float32"),
    "isnull": lambda d: d.isnull(), "round": lambda d: d.round(1), "sortby": lambda d: d.sortby("a", ascending=False), "reindex": lambda d: d.reindex(a=[10, 25, 30]),
    "corr": lambda d: xarray.corr(d, d * 2, "a"), "cov": lambda d: xarray.cov(d, d * 2, "a"), "cross": lambda d: xarray.cross(d[:, :3], d[:, :3], dim="b"), "isin": lambda d: d.isin([1, 2]),
    "weighted": lambda d: d.weighted(xarray.DataArray([1.0, 2, 3], dims="a")).mean("a"), "combine_first": lambda d: d.combine_first(d), "dropna": lambda d: d.dropna("a"),
}  # fmt: skip


@pytest.mark.parametrize("name", some(PROGRAMS | MORE, *PROGRAMS))
def test_programs(alike: Any, name: str) -> None:
    alike(lambda x: (PROGRAMS | MORE)[name](named(x)), X)


@pytest.mark.thorough
@pytest.mark.parametrize("name", PROGRAMS | MORE)
def test_programs_with_nan(alike: Any, name: str) -> None:
    alike(lambda x: (PROGRAMS | MORE)[name](named(x)), N)


def test_elements_are_set_where_they_lie() -> None:
    d = named(clnd.asarray(X))
    d[0, 0] = 9.0
    d.loc[{"a": 20}] = 7.0
    assert isinstance(d.data, clnd.Array)
    assert d.to_numpy()[:2].tolist() == [[9.0, 1.0, 2.0, 3.0], [7.0] * 4]


def test_shown_and_pickled() -> None:
    d = named(clnd.asarray(X))
    for shown in (repr(d), d._repr_html_()):
        assert re.search(r"4\., +5\., +6\., +7\.", shown), shown
    assert pickle.loads(pickle.dumps(d)).equals(d)
