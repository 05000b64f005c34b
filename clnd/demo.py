"""The demonstration: a network learns handwritten digits, and a batch of photographs is normalised.

Forward and backward passes use operations of `clnd.nd` only. Each value has the same bits on every device,
so the accuracy is the same everywhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clnd import nd, requirements
from clnd.context import Context, Device, as_context
from clnd.errors import DriverError
from clnd.execution import evaluate
from clnd.profiler import Counters, counters
from clnd.progress import progress, with_compiling
from clnd.runtime import cache, notice

__all__ = ["Digits", "Network", "load_digits", "main", "normalise", "train"]

SEED = 8
HIDDEN = 128
BATCH = 64
EPOCHS = 25
RATE = 0.3
CLASSES = 10


# --- handwritten digits ------------------------------------------------------------------------


@dataclass
class Digits:
    """Scans of 8x8 grey values from 0 to 1, one a row, and the digit in each: for training and for testing."""

    train_x: Any
    train_y: Any
    test_x: Any
    test_y: Any


def load_digits() -> Digits:
    """The scans that come with scikit-learn, in a fixed random order. The last quarter is held out for testing."""
    from sklearn.datasets import load_digits as read

    scans = read()
    order = np.random.default_rng(SEED).permutation(len(scans.target))
    x, y = (scans.data[order] / 16).astype(np.float32), scans.target[order]
    held_out = len(y) // 4
    return Digits(x[:-held_out], y[:-held_out], x[-held_out:], y[-held_out:])


class Network:
    """64 grey values, a hidden layer with relu, and ten scores.

    Parameters
    ----------
    inputs, hidden, outputs : int
        Lengths of the layers.
    ctx : Context
        The device of the weights.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, ctx: Context) -> None:
        nd.random.seed(SEED)
        self.w1 = nd.normal(0, (2 / inputs) ** 0.5, shape=(inputs, hidden), ctx=ctx)
        self.b1 = nd.zeros((1, hidden), ctx=ctx)
        self.w2 = nd.normal(0, (2 / hidden) ** 0.5, shape=(hidden, outputs), ctx=ctx)
        self.b2 = nd.zeros((1, outputs), ctx=ctx)

    def scores(self, x: Any) -> Any:
        """One score a class for each row of ``x``."""
        return nd.dot(nd.relu(nd.dot(x, self.w1) + self.b1), self.w2) + self.b2

    def learn(self, x: Any, y: Any, rate: float) -> None:
        """One step of gradient descent on the cross entropy of a batch."""
        hidden = nd.relu(nd.dot(x, self.w1) + self.b1)
        chances = nd.softmax(nd.dot(hidden, self.w2) + self.b2)
        # Backward: the gradient of softmax with cross entropy is the prediction minus the one-hot label.
        g2 = (chances - nd.one_hot(y, CLASSES)) / x.shape[0]
        g1 = nd.dot(g2, self.w2, transpose_b=True) * (hidden > 0)
        self.w2 -= rate * nd.dot(hidden, g2, transpose_a=True)
        self.b2 -= rate * g2.sum(axis=0, keepdims=True)
        self.w1 -= rate * nd.dot(x, g1, transpose_a=True)
        self.b1 -= rate * g1.sum(axis=0, keepdims=True)
        evaluate(self.w1, self.b1, self.w2, self.b2)

    def predict(self, x: Any) -> Any:
        """The digit with the highest score for each row of ``x``."""
        return self.scores(x).argmax(axis=1)


def train(digits: Digits, ctx: Context, epochs: int = EPOCHS, hidden: int = HIDDEN) -> Any:
    """Train a network and show the progress; the predictions for the held-out scans, as a NumPy array."""
    x, y = nd.array(digits.train_x, ctx=ctx), nd.array(digits.train_y, ctx=ctx)
    test_x = nd.array(digits.test_x, ctx=ctx)
    network = Network(x.shape[1], hidden, CLASSES, ctx)
    before = counters.copy()
    with progress("training") as shown:
        shown.remark = lambda: _so_far(counters - before)
        for epoch in range(epochs):
            rate = RATE * (1 - epoch / epochs)
            for start in range(0, x.shape[0] - BATCH + 1, BATCH):
                network.learn(x[start : start + BATCH], y[start : start + BATCH], rate)
            nd.waitall()
            shown.done = (epoch + 1) / epochs
        return network.predict(test_x).asnumpy().astype(int)


def _so_far(used: Counters) -> str:
    """What the progress line says of the kernels: without it the first seconds look like a standstill."""
    return f"{used.builds} kernels compiled in {used.compile_seconds:.1f} s" if used.builds else ""


# --- a picture of the result -------------------------------------------------------------------


def draw(digits: Digits, predicted: Any, title: str, file: Path) -> None:
    """Draw held-out scans with their predicted digits, the wrong ones first, and the confusion matrix."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows, columns = 8, 12
    wrong = np.flatnonzero(predicted != digits.test_y)
    right = np.flatnonzero(predicted == digits.test_y)
    shown = np.concatenate([wrong, right])[: rows * columns]
    figure = plt.figure(figsize=(14, 7.6))
    figure.text(
        0.285, 0.96, f"Held-out scans and the digit read; the {len(wrong)} wrong ones in red", size=12, ha="center"
    )
    sheet = figure.add_gridspec(rows, columns, left=0.01, right=0.56, bottom=0.02, top=0.92, hspace=0.3, wspace=0.1)
    cells: Any = sheet.subplots()
    for axes, k in zip(cells.flat, shown, strict=False):
        bad = predicted[k] != digits.test_y[k]
        axes.imshow(digits.test_x[k].reshape(8, 8), cmap="gray_r")
        axes.set(xticks=[], yticks=[])
        label = f"{predicted[k]}, not {digits.test_y[k]}" if bad else str(predicted[k])
        axes.set_title(label, fontsize=9, color="#c00000" if bad else "black", pad=2)
        for spine in axes.spines.values():
            spine.set(color="#c00000" if bad else "#cccccc", linewidth=2 if bad else 0.8)
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (digits.test_y, predicted), 1)
    axes = figure.add_axes((0.6, 0.1, 0.39, 0.82))
    axes.imshow(np.sqrt(counts), cmap="Blues")
    axes.set(xlabel="digit read", ylabel="true digit", xticks=range(CLASSES), yticks=range(CLASSES), title=title)
    for (row, column), n in np.ndenumerate(counts):
        if n:
            colour = "white" if n > counts.max() / 3 else "#c00000" if row != column else "black"
            axes.text(column, row, str(n), ha="center", va="center", color=colour)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=100)
    plt.close(figure)


# --- photographs -------------------------------------------------------------------------------


def normalise(images: Any) -> Any:
    """Images (N, 3, height, width) with mean 0 and standard deviation 1 in each colour channel."""
    mean = images.mean(axis=(0, 2, 3), keepdims=True)
    deviation = images.std(axis=(0, 2, 3), keepdims=True)
    return (images - mean) / deviation


def compare_normalise(ctx: Context, size: int, repeats: int = 3) -> str:
    """Normalise eight RGB images of ``size`` x ``size`` with clnd and with NumPy; one line with both times."""
    images = nd.uniform(0, 255, shape=(8, 3, size, size), ctx=ctx)
    host = images.asnumpy()
    normalise(images).wait_to_read()  # compiles

    def on_device() -> Any:
        result = normalise(images)
        result.wait_to_read()
        return result

    ours, result = _fastest(on_device, repeats)
    numpys, want = _fastest(lambda: normalise(host), repeats)
    if not np.allclose(result.asnumpy(), want, atol=1e-3):
        raise DriverError(f"[demo] got normalised images on {ctx} that differ from NumPy's; please run: python -m clnd selftest")
    return f"8 RGB images of {size}x{size} normalised: clnd on {ctx} {ours * 1e3:.0f} ms, NumPy {numpys * 1e3:.0f} ms"


def _fastest(function: Any, repeats: int) -> tuple[float, Any]:
    """The shortest time of a call in seconds, and the last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    return best, result


# --- the command -------------------------------------------------------------------------------


def missing_extras() -> str | None:
    """One line that names what is not installed and the command that installs it; None if nothing is missing."""
    missing = []
    try:
        import sklearn  # noqa: F401
    except ImportError:
        missing.append("scikit-learn")
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        missing.append("matplotlib")
    if not missing:
        return None
    return f"the demo needs {' and '.join(missing)}; run: {requirements.pip()} install {requirements.target('demo')}"


def main(ctx: Device = None, out: str | Path = ".", *, epochs: int = EPOCHS, size: int = 1000) -> int:
    """Run the demonstration; returns the process's exit status.

    Parameters
    ----------
    ctx : Context or str, optional
        The device; the current context by default.
    out : path
        The folder that receives ``clnd-demo.png``.
    epochs, size : int
        The number of passes over the training scans, and the height and width of the photographs.
    """
    missing = missing_extras()
    if missing is not None:
        print(missing)
        return 1
    where = as_context(ctx)
    print(f"clnd demo on {where}: {where.info.name}")
    notice.turn_off()
    digits = load_digits()
    before, start = counters.copy(), time.perf_counter()
    predicted = train(digits, where, epochs)
    took = with_compiling(time.perf_counter() - start, counters - before, kept=cache.folder() is not None)
    accuracy = f"{100 * float(np.mean(predicted == digits.test_y)):.1f} %"
    print(f"{len(digits.train_y)} scans learned in {took}; {len(digits.test_y)} held out")
    file = Path(out) / "clnd-demo.png"
    draw(digits, predicted, f"Confusion matrix: accuracy {accuracy} on {where}", file)
    print(f"picture: {file}")
    print(compare_normalise(where, size))
    used = counters - before
    print(f"{used.builds + used.loads} kernel programs, launched {used.launches} times")
    print(f"accuracy {accuracy}")
    return 0
