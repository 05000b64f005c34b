"""Short programs of other libraries' users, who hand over clnd's arrays: `python -m tests --clients suites` runs them. Each is compared with the same program on NumPy's arrays."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest

import clnd

HOST = np.linspace(-2.0, 3.0, 60).reshape(20, 3)


@pytest.fixture
def x() -> Any:
    return clnd.asarray(HOST)


def test_matplotlib_lines(x: Any) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    lines = axes.plot(x[:, 0], x)
    axes.axhline(x.mean())
    axes.errorbar(x[:, 0], x[:, 1], yerr=abs(x[:, 2]))
    axes.text(x[0, 0], x[1, 0], "here")
    for k, line in enumerate(lines):
        assert np.array_equal(line.get_ydata(), HOST[:, k])
    axes.figure.savefig(io.BytesIO(), format="png")


def test_matplotlib_pictures(x: Any) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    assert np.array_equal(axes.imshow(x).get_array(), HOST)
    counts, edges, _ = axes.hist(x[:, 0], bins=5)
    wanted, places = np.histogram(HOST[:, 0], bins=5)
    assert np.array_equal(counts, wanted)
    assert np.allclose(edges, places)
    axes.contourf(x)
    axes.scatter(x[:, 0], x[:, 1], c=x[:, 2])
    axes.figure.savefig(io.BytesIO(), format="png")


def test_pandas(x: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(x, columns=list("abc"))
    assert frame.equals(pandas.DataFrame(HOST, columns=list("abc")))
    frame["d"] = x[:, 0] * 2
    assert np.array_equal(frame["d"].to_numpy(), HOST[:, 0] * 2)
    assert pandas.Series(x[:, 1]).mean() == pytest.approx(HOST[:, 1].mean())
    back = clnd.asarray(frame)
    assert back.dtype == np.float64
    assert np.array_equal(back.asnumpy()[:, :3], HOST)


def test_scikit_learn(x: Any) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    labels = (HOST[:, 0] > 0.5).astype(np.int64)
    found = linear_model.LogisticRegression().fit(x, clnd.asarray(labels))
    wanted = linear_model.LogisticRegression().fit(HOST, labels)
    assert np.array_equal(found.coef_, wanted.coef_)
    assert np.array_equal(found.predict(x), wanted.predict(HOST))


def test_scikit_learn_transforms(x: Any) -> None:
    preprocessing, decomposition = pytest.importorskip("sklearn.preprocessing"), pytest.importorskip("sklearn.decomposition")
    assert np.array_equal(preprocessing.StandardScaler().fit_transform(x), preprocessing.StandardScaler().fit_transform(HOST))
    assert np.array_equal(decomposition.PCA(1).fit_transform(x), decomposition.PCA(1).fit_transform(HOST))


def test_scipy(x: Any) -> None:
    stats, fft = pytest.importorskip("scipy.stats"), pytest.importorskip("scipy.fft")
    assert stats.pearsonr(x[:, 0], x[:, 1]).statistic == pytest.approx(stats.pearsonr(HOST[:, 0], HOST[:, 1]).statistic)
    assert np.array_equal(fft.rfft(x, axis=0), fft.rfft(HOST, axis=0))


def test_scipy_calls_back() -> None:
    """The objective computes with clnd, from and to what SciPy hands over."""
    optimize = pytest.importorskip("scipy.optimize")
    wanted = clnd.asarray(HOST[3])
    found = optimize.minimize(lambda p: float(clnd.sum((clnd.asarray(p) - wanted) ** 2)), np.zeros(3))
    assert np.allclose(found.x, HOST[3], atol=1e-4)


def test_numpy_files(x: Any, tmp_path: Any) -> None:
    np.savez(tmp_path / "a.npz", x=x)
    np.savetxt(tmp_path / "a.txt", x)
    with np.load(tmp_path / "a.npz") as file:
        assert np.array_equal(file["x"], HOST)
    assert np.array_equal(np.loadtxt(tmp_path / "a.txt"), HOST)


def test_copies_and_pickles(x: Any) -> None:
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert isinstance(twin, clnd.Array)
        assert np.array_equal(twin.asnumpy(), HOST)


def test_pillow(x: Any) -> None:
    image = pytest.importorskip("PIL.Image")
    grey = np.arange(60, dtype=np.uint8).reshape(6, 10)
    assert np.array_equal(image.fromarray(clnd.asarray(grey)), grey)
    assert np.array_equal(clnd.asarray(image.fromarray(grey)).asnumpy(), grey)
