"""scikit-learn with array_api_dispatch: it computes with clnd. What needs a factorisation is not here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.quick import some

sklearn = pytest.importorskip("sklearn")
pytest.importorskip("sklearn", minversion="1.6")
from sklearn import linear_model, metrics, model_selection, naive_bayes, preprocessing  # noqa: E402  # skipped without it
from sklearn.metrics import cluster, pairwise  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
LABELS = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
FOUND = np.where(RNG.random(60) < 0.2, 1 - LABELS, LABELS)
SCORES = RNG.random(60)
TRUE = np.abs(X @ np.arange(5.0)) + 0.1

SCALERS = ("Binarizer", "MaxAbsScaler", "MinMaxScaler", "Normalizer", "PolynomialFeatures", "StandardScaler")
OF_LABELS = ("accuracy_score", "confusion_matrix", "f1_score", "hamming_loss", "jaccard_score", "multilabel_confusion_matrix", "precision_score", "recall_score", "zero_one_loss")
OF_SCORES = ("brier_score_loss", "log_loss", "roc_auc_score", "roc_curve")
OF_NUMBERS = (
    "d2_tweedie_score", "explained_variance_score", "max_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_gamma_deviance", "mean_pinball_loss",
    "mean_poisson_deviance", "mean_squared_error", "mean_squared_log_error", "mean_tweedie_deviance", "median_absolute_error", "r2_score", "root_mean_squared_error",
    "d2_absolute_error_score", "d2_pinball_score",
)  # fmt: skip
OF_PAIRS = (
    "additive_chi2_kernel", "chi2_kernel", "cosine_distances", "cosine_similarity", "euclidean_distances", "laplacian_kernel", "linear_kernel", "manhattan_distances",
    "paired_cosine_distances", "paired_euclidean_distances", "polynomial_kernel", "rbf_kernel", "sigmoid_kernel",
)  # fmt: skip


@pytest.fixture(autouse=True)
def dispatched(scipy_arrays: None) -> Iterator[None]:
    with sklearn.config_context(array_api_dispatch=True):
        yield


@pytest.mark.parametrize("name", some(SCALERS, "StandardScaler", "MinMaxScaler"))
def test_transforms(alike: Any, name: str) -> None:
    made = getattr(preprocessing, name)
    alike(lambda x: made().fit_transform(x), X)
    if hasattr(made, "inverse_transform"):
        alike(lambda x: (lambda fitted: fitted.inverse_transform(fitted.transform(x)))(made().fit(x)), X)


@pytest.mark.parametrize("name", some(OF_LABELS, "accuracy_score", "confusion_matrix"))
def test_scores_of_labels(alike: Any, name: str) -> None:
    alike(getattr(metrics, name), LABELS, FOUND, native=False)


@pytest.mark.parametrize("name", some(OF_SCORES, "roc_auc_score"))
def test_scores_of_probabilities(alike: Any, name: str) -> None:
    alike(getattr(metrics, name), LABELS, SCORES, native=False)


@pytest.mark.parametrize("name", some(OF_NUMBERS, "mean_squared_error", "r2_score", "d2_pinball_score"))
def test_scores_of_numbers(alike: Any, name: str) -> None:
    alike(getattr(metrics, name), TRUE, TRUE + 0.2 * SCORES, native=False)


@pytest.mark.parametrize("name", some(OF_PAIRS, "euclidean_distances", "rbf_kernel"))
def test_distances(alike: Any, name: str) -> None:
    alike(getattr(pairwise, name), np.abs(X), np.abs(X[::-1]))


@pytest.mark.thorough
def test_scores_of_clusters(alike: Any) -> None:
    alike(cluster.entropy, LABELS, native=False)
    alike(cluster.adjusted_rand_score, LABELS, FOUND, native=False)


@pytest.mark.thorough
@pytest.mark.parametrize("model", [naive_bayes.GaussianNB, linear_model.LogisticRegression])
def test_models(alike: Any, model: Any) -> None:
    alike(lambda x, y: model().fit(x, y).predict(x), X, LABELS, native=False)


def test_a_split(alike: Any) -> None:
    alike(lambda x, y: model_selection.train_test_split(x, y, random_state=0), X, LABELS)
