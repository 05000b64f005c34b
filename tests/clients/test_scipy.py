"""scipy.special and scipy.stats on clnd's arrays, with SCIPY_ARRAY_API=1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clnd.profiler import counters
from tests.quick import some

special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")
pytestmark = pytest.mark.usefixtures("scipy_arrays")

X = np.random.default_rng(0).uniform(0.1, 0.9, 40)
Y = X**2 + 0.01 * np.random.default_rng(1).normal(size=40)
M = X.reshape(4, 10)
Z = np.where(X > 0.8, np.nan, X)

# Computed by `clnd.special` or by SciPy's own arithmetic on arrays, and by way of the host.
ON_THE_DEVICE = ("cbrt", "digamma", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gamma", "gammaln", "log1p", "ndtr", "psi")
BY_THE_HOST = ("betaln", "entr", "gammainc", "gammaincc", "i1", "kl_div", "log_ndtr", "logit", "ndtri", "rel_entr", "xlogy", "chdtr", "stdtr", "zeta", "poch")

OF_STATS: dict[str, Callable[..., Any]] = {
    "describe": lambda x: stats.describe(x), "gmean": lambda x: stats.gmean(x), "pearsonr": lambda x: stats.pearsonr(x, x**2), "rankdata": lambda x: stats.rankdata(x),
    "skew": lambda x: stats.skew(x), "ttest_ind": lambda x: stats.ttest_ind(x, x[::-1] * 0.9), "zscore": lambda x: stats.zscore(x),
}  # fmt: skip
MORE_OF_STATS = (
    "bartlett", "boxcox_llf", "chisquare", "circmean", "circstd", "circvar", "combine_pvalues", "differential_entropy", "entropy", "f_oneway", "false_discovery_control",
    "fligner", "friedmanchisquare", "gstd", "gzscore", "hmean", "iqr", "jarque_bera", "kruskal", "kurtosis", "kurtosistest", "levene", "lmoment", "mannwhitneyu",
    "median_abs_deviation", "mode", "moment", "mood", "normaltest", "pmean", "power_divergence", "quantile", "sem", "sigmaclip", "skewtest", "spearmanr", "tmax",
    "tmean", "tmin", "trim_mean", "tsem", "tstd", "ttest_1samp", "ttest_rel", "tvar", "variation", "wilcoxon", "yeojohnson_llf", "zmap",
)  # fmt: skip
_TWO = {"bartlett", "f_oneway", "fligner", "kruskal", "levene", "mannwhitneyu", "mood", "spearmanr", "ttest_rel", "zmap"}
_AFTER = {"moment": 2, "pmean": 2, "quantile": 0.3, "trim_mean": 0.1, "ttest_1samp": 0.4}


@pytest.mark.parametrize("name", some(ON_THE_DEVICE, "erf", "expit", "gammaln", "ndtr"))
def test_special_functions(alike: Any, name: str) -> None:
    before = counters.copy()
    alike(getattr(special, name), X)
    assert (counters - before).launches  # here, not on the host


@pytest.mark.parametrize("name", some(BY_THE_HOST, "log_ndtr", "gammainc"))
def test_special_functions_by_way_of_the_host(alike: Any, name: str) -> None:
    call = getattr(special, name)
    count = 2 if name in ("betaln", "gammainc", "gammaincc", "kl_div", "rel_entr", "xlogy", "chdtr", "stdtr", "zeta", "poch") else 1
    alike(call, *(X + (name == "zeta"),) * count)


def test_logsumexp_and_softmax(alike: Any) -> None:
    alike(lambda x: special.logsumexp(x, axis=1), M)
    alike(lambda x: special.softmax(x, axis=0), M)


@pytest.mark.parametrize("name", OF_STATS)
def test_statistics(alike: Any, name: str) -> None:
    alike(OF_STATS[name], X)


@pytest.mark.thorough
@pytest.mark.parametrize("name", MORE_OF_STATS)
def test_more_statistics(alike: Any, name: str) -> None:
    if not hasattr(stats, name):
        pytest.skip("this SciPy has none")
    call = getattr(stats, name)
    if name in ("boxcox_llf", "yeojohnson_llf"):
        alike(lambda x: call(1.0, x), X)
    elif name == "friedmanchisquare":
        alike(call, X, Y, X * Y)
    elif name == "wilcoxon":
        alike(call, X - 0.5)
    elif name == "mode":
        alike(call, np.round(X, 1))
    else:
        alike(call, X, *([Y] if name in _TWO else []), *([_AFTER[name]] if name in _AFTER else []))


@pytest.mark.thorough
@pytest.mark.parametrize("policy", ["propagate", "omit"])
def test_nan_policies(alike: Any, policy: str) -> None:
    alike(lambda x: stats.skew(x, nan_policy=policy), Z)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["gmean", "kurtosis", "sem", "skew", "variation", "zscore"])
def test_along_an_axis(alike: Any, name: str) -> None:
    alike(lambda x: getattr(stats, name)(x, axis=1), M)
