"""The programs of examples/: each runs twice, with NumPy and with clnd, on small sizes, and gives the same."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context

FOLDER = Path(__file__).parents[2] / "examples"
FILES = sorted(FOLDER.glob("*.py"))
IMPORT = "import clnd as np\n"

# The arguments of each program's main(): small, so that every line runs and nothing takes long.
SMALL: dict[str, dict[str, int]] = {
    "attention": {"batch": 2, "length": 12, "width": 16, "heads": 2, "words": 20},
    "blur": {"height": 48, "width": 64},
    "cnn": {"n": 300, "size": 8, "rounds": 40},
    "equalise": {"height": 40, "width": 50},
    "heat": {"n": 32, "steps": 20},
    "jacobi": {"n": 60},
    "kmeans": {"n": 300, "k": 4},
    "life": {"size": 32, "generations": 40},
    "logistic_regression": {"n": 400, "features": 4},
    "mandelbrot": {"width": 60, "height": 40, "limit": 20},
    "monte_carlo": {"n": 400, "days": 20},
    "moving_average": {"n": 470},
    "nbody": {"stars": 20, "steps": 10},
    "pagerank": {"pages": 200, "links": 1500},
}


class _Draws:
    """NumPy's arrays of the numbers that clnd's generator draws: the two libraries have streams of their own."""

    def __init__(self, seed: int) -> None:
        self._rng = clnd.random.default_rng(seed)

    def __getattr__(self, name: str) -> Any:
        def draw(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("p") is not None:  # in the dtype that the program on clnd has
                kwargs["p"] = clnd.asarray(kwargs["p"], dtype=clnd.asarray(0.5).dtype)
            drawn = getattr(self._rng, name)(*args, **kwargs)
            return drawn.asnumpy()[()]

        return draw


def _numpy() -> Any:
    """NumPy with clnd's random numbers."""
    module = types.ModuleType("numpy")
    module.__dict__.update({name: getattr(np, name) for name in dir(np)})
    module.__dict__["random"] = types.SimpleNamespace(default_rng=_Draws)
    return module


def _loaded(file: Path, library: Any) -> dict[str, Any]:
    """The program's names, with ``library`` as its np."""
    names: dict[str, Any] = {"np": library, "__name__": file.stem}
    exec(compile(file.read_text(encoding="utf-8").replace(IMPORT, ""), str(file), "exec"), names)
    return names


def _printed(file: Path, library: Any) -> str:
    """What ``main()`` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        _loaded(file, library)["main"](**SMALL[file.stem])
    return out.getvalue()


def _returned(file: Path, library: Any) -> list[tuple[str, Any]]:
    """What each call of a function of the program gave, as NumPy's arrays of that moment, in order."""
    names, found = _loaded(file, library), []

    def noted(name: str, function: Any) -> Any:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            for x in result if isinstance(result, tuple) else (result,):
                if isinstance(x, (clnd.Array, np.ndarray, np.generic, float)):
                    found.append((name, np.array(x)))
            return result

        return call

    for name, x in [*names.items()]:
        if isinstance(x, types.FunctionType) and name != "main":
            names[name] = noted(name, x)
    with contextlib.redirect_stdout(io.StringIO()):
        names["main"](**SMALL[file.stem])
    return found


def test_every_program_is_here() -> None:
    assert [file.stem for file in FILES] == sorted(SMALL)
    page = (FOLDER.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(\.\./examples/(\w+)\.py\)", page)) == sorted(SMALL)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_import_is_the_only_difference(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert source.count(IMPORT) == 1
    assert "clnd" not in source.replace(IMPORT, "")
    assert source.endswith('if __name__ == "__main__":\n    main()\n')


@pytest.fixture
def doubles(ctx: Context) -> Iterator[None]:
    if not ctx.info.fp64:
        pytest.skip("NumPy computes in float64, which the device has not")
    with clnd.default_dtype("float64"):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("doubles")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_in_doubles(file: Path) -> None:
    """What the program prints is the same, letter for letter."""
    assert _printed(file, clnd) == _printed(file, _numpy())


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_in_singles(file: Path) -> None:
    """By default floats are float32: every result of every function is near NumPy's doubles."""
    got, want = _returned(file, clnd), _returned(file, _numpy())
    assert [name for name, _ in got] == [name for name, _ in want]
    for (name, x), (_, y) in zip(got, want, strict=True):
        assert x.shape == y.shape, name
        assert x.dtype.kind == y.dtype.kind, name
        np.testing.assert_allclose(x, y, rtol=1e-3, atol=1e-4, err_msg=name)
