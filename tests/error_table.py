"""The largest errors of the elementary functions: measured on a device, kept in ``docs/accuracy.json`` and shown in ``docs/accuracy.md``.

    python -m tests.error_table                  what is not finished yet; may be stopped and started again
    python -m tests.error_table exp log          these functions only
    python -m tests.error_table --again exp      from the start, after a change of exp
    python -m tests.error_table --render         only the table, from the data

float32 is held to clnd's own float64 function on the same device, and that to mpmath. The functions
of EVERY are checked on all 2^32 inputs, in about a minute each; the other float32 functions on 2^24
samples over all exponents and the plain ranges; float64 and complex functions on samples and the hard inputs
of `tests.accuracy`. CLND_DEVICE chooses the device: all give the same bits.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import clnd
from clnd.ops import elementwise
from tests import accuracy

__all__ = ["BOUNDS", "COMPLEX_BOUND", "DATA", "EVERY", "KEYS", "PAGE", "Row", "page", "read"]

DATA = Path(__file__).parent.parent / "docs" / "accuracy.json"
PAGE = DATA.with_suffix(".md")

EVERY = ("exp", "exp2", "expm1", "log", "log1p", "log2", "sin", "cos", "tan", "tanh", "sigmoid", "erf")
# The promise in units in the last place, float32 and float64; 1 and 2 where nothing is said.
_OTHERS: dict[str, tuple[float, float]] = dict.fromkeys(("gamma", "gammaln", "digamma", "erfc", "erfinv", "i0", "logaddexp2"), (4, 8))
# Two roundings and more: a quotient of a root, a product with a rounded constant.
_OTHERS |= dict.fromkeys(("rsqrt", "rcbrt", "softsign", "degrees", "radians"), (2, 2))
BOUNDS = {name: _OTHERS.get(name, (1, 2)) for name in accuracy.FUNCTIONS}
COMPLEX_BOUND = 4
"""Units in the last place of the modulus, in both precisions."""

_CHUNK = 1 << 22
_BLOCKS = 8  # of hard inputs and samples in float64, some thousands each


@dataclass
class Row:
    """One function in one precision: ``error`` units at ``at``, after ``checked`` of ``steps`` steps and ``inputs`` inputs."""

    function: str
    dtype: str
    every: bool
    bound: float
    steps: int
    checked: int = 0
    inputs: int = 0
    error: float = 0.0
    at: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """True where no step is left."""
        return self.checked == self.steps


KEYS = [
    *((name, dtype) for dtype in ("float32", "float64") for name in accuracy.FUNCTIONS),
    *((name, dtype) for dtype in ("complex64", "complex128") for name in accuracy.COMPLEX),
]
"""(function, dtype) of every row, in their order in the file."""


def _start(name: str, dtype: str) -> Row:
    if dtype.startswith("complex"):
        return Row(name, dtype, False, COMPLEX_BOUND, _BLOCKS)
    every = dtype == "float32" and name in EVERY
    steps = ((1 << 32) // _CHUNK if every else (1 << 24) // _CHUNK) if dtype == "float32" else _BLOCKS
    return Row(name, dtype, every, BOUNDS[name][dtype == "float64"], steps)


def read() -> dict[tuple[str, str], Row]:
    """(function, dtype) -> its row, finished or not."""
    rows = [Row(**row) for row in json.loads(DATA.read_text())] if DATA.exists() else []
    return {(row.function, row.dtype): row for row in rows}


def _write(rows: dict[tuple[str, str], Row]) -> None:
    lines = [json.dumps(asdict(rows[key])) for key in KEYS if key in rows]
    new = DATA.with_suffix(".new")
    new.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    new.replace(DATA)


# --- inputs ------------------------------------------------------------------------------------


def _samples(name: str, step: int) -> tuple[np.ndarray, ...]:
    """Half of the inputs of any bits, half in the plain ranges."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), step])
    low, high = accuracy.plain_range(name)
    operands = []
    for _ in range(len(elementwise.TABLE[name].names)):
        x = rng.integers(0, 1 << 32, _CHUNK, dtype=np.uint32).view(np.float32)
        x[::2] = rng.uniform(low, high, len(x[::2]))
        operands.append(x)
    if name == "pow":  # a negative base has a power where the exponent is whole
        operands[1][::4] = np.rint(operands[1][::4])
    return tuple(operands)


def _inputs(row: Row, step: int) -> tuple[np.ndarray, ...]:
    if row.every:
        return (np.arange(step * _CHUNK, (step + 1) * _CHUNK, dtype=np.uint32).view(np.float32),)
    if row.dtype == "float32":
        return _samples(row.function, step)
    if row.dtype.startswith("complex"):
        return accuracy.complex_inputs(row.function, row.dtype, 2048, seed=step)
    if len(elementwise.TABLE[row.function].names) == 2:
        return accuracy.hard_pairs(row.function, np.float64, 2048, seed=step)
    return (accuracy.hard_inputs(row.function, np.float64, 256, seed=step),)


# --- errors ------------------------------------------------------------------------------------


def _device_errors(name: str, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
    """What `accuracy.ulps` says of the float32 function, with the float64 function for exact; computed on the device."""
    xs = [clnd.asarray(x) for x in inputs]
    wide = [x.astype("float64") for x in xs]
    function = elementwise.TABLE[name].apply
    got, exact = function(*xs), function(*wide)
    rounded = exact.astype("float32")
    size = clnd.abs(exact)
    if elementwise.TABLE[name].held.cancels:
        terms = clnd.maximum(clnd.abs(wide[0]), clnd.abs(wide[1]))
        size = clnd.where(terms < np.inf, clnd.maximum(size, terms), size)
    elif least := accuracy.least(name, *inputs):
        size = clnd.maximum(size, least)
    # The float32 next below the size, and its distance from the one above.
    near = size.astype("float32")
    below = clnd.where(near.astype("float64") > size, clnd.nextafter(near, clnd.zeros_like(near)), near)
    unit = clnd.nextafter(below, clnd.full_like(below, np.inf)).astype("float64") - below.astype("float64")
    error = clnd.abs(got.astype("float64") - exact) / unit
    same = (got == rounded) | (clnd.isnan(got) & clnd.isnan(rounded))
    error = clnd.where(clnd.isfinite(got) & clnd.isfinite(rounded), error, clnd.where(same, 0.0, np.inf))
    signs = (got == 0) & (exact == 0) & (clnd.signbit(got) != clnd.signbit(exact))
    host: np.ndarray = clnd.where(signs, np.inf, error).asnumpy()
    return host


def _errors(row: Row, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
    if row.dtype == "float32":
        return _device_errors(row.function, inputs)
    got = elementwise.TABLE[row.function].apply(*(clnd.asarray(x) for x in inputs)).asnumpy()
    if row.dtype.startswith("complex"):
        return accuracy.ulps_of_modulus(row.function, got, inputs)
    return accuracy.ulps(got, accuracy.reference(row.function, *inputs), np.float64, accuracy.least(row.function, *inputs))


def _as_text(x: Any) -> str:
    """An input with all its bits: of a complex number both parts."""
    return " ".join(float(part).hex() for part in ((x.real, x.imag) if np.iscomplexobj(x) else (x,)))


def _take(row: Row, seconds: float) -> Iterator[Row]:
    """Do the steps that are left; yield the row every ``seconds`` and at the end."""
    written = time.monotonic()
    while not row.done:
        inputs = _inputs(row, row.checked)
        errors = _errors(row, inputs)
        worst = int(np.argmax(errors))
        if errors[worst] > row.error:
            row.error, row.at = float(errors[worst]), [_as_text(x[worst]) for x in inputs]
        row.checked += 1
        row.inputs += errors.size
        if row.done or time.monotonic() > written + seconds:
            written = time.monotonic()
            yield row


# --- the page ----------------------------------------------------------------------------------

_HEAD = """# Largest errors

In units in the last place of the exact result; all devices give the same bits, so they share one table.
`python -m tests.error_table` measures it again, `tests/device/test_accuracy.py` checks samples of each row
against its bound, and [accuracy.json](accuracy.json) has the rows and the worst inputs exactly.

float32 is held to clnd's own float64 function, that to mpmath. "Every" is all 2^32 float32 inputs, infinities, NaN and
zeros of both signs among them: a special value that is not that of float64 would be an infinite error. The other counts are
samples: an error between them may be larger. `gammaln` and `digamma` are measured as
if no result were below 1/4, which is an absolute error near their zeros; `logaddexp` in units of the largest of
the result and its operands. float16 is float32 rounded once.

| function | float32: error | bound | inputs | worst at | float64: error | bound | inputs |
|---|---|---|---|---|---|---|---|
"""

_COMPLEX_HEAD = """
## Complex functions

Held to mpmath, in units in the last place of the modulus of the exact result: a part that is much smaller than the other may have fewer
right digits. Samples around zero, the axes, 1, -1, i, -i and the unit circle, and of parts of very different size.

| function | complex64: error | bound | inputs | worst at | complex128: error | bound | inputs |
|---|---|---|---|---|---|---|---|
"""


def _shown(x: str) -> str:
    """An input for the reader: a number, or the two parts of a complex one."""
    parts = [float.fromhex(part) for part in x.split()]
    return f"{parts[0]:.9g}" if len(parts) == 1 else f"{parts[0]:+.9g} {parts[1]:+.9g}i"


def page(rows: dict[tuple[str, str], Row]) -> str:
    """The text of ``docs/accuracy.md``."""
    real = _lines(rows, accuracy.FUNCTIONS, ("float32", "float64"))
    return _HEAD + real + _COMPLEX_HEAD + _lines(rows, accuracy.COMPLEX, ("complex64", "complex128"))


def _lines(rows: dict[tuple[str, str], Row], names: Iterable[str], dtypes: tuple[str, str]) -> str:
    lines = []
    for name in sorted(names):
        cells = [f"`{name}`"]
        for dtype in dtypes:
            row = rows.get((name, dtype))
            if row is None or not row.done:
                cells += ["not measured", ""] + [""] * (2 if dtype == dtypes[0] else 1)
                continue
            worst = [", ".join(map(_shown, row.at))] if dtype == dtypes[0] else []
            cells += [f"{row.error:.3f}", f"{row.bound:g}", "every" if row.every else f"{row.inputs}", *worst]
        lines.append("| " + " | ".join(cells) + " |\n")
    return "".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for and not finished; 1 where an error is above its bound."""
    parser = argparse.ArgumentParser(prog="python -m tests.error_table", description="measure the largest errors")
    parser.add_argument("--again", action="store_true", help="from the start")
    parser.add_argument("--render", action="store_true", help="only write the page")
    known = dict.fromkeys((*accuracy.FUNCTIONS, *accuracy.COMPLEX))
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help=f"all where none is named: {', '.join(known)}")
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.functions) - set(known):
        parser.error(f"got {', '.join(sorted(unknown))}; expected names of the list in --help")
    rows = read()
    names = () if arguments.render else arguments.functions or known
    # The slow rows, on every input, come last.
    for name, dtype in sorted((key for key in KEYS if key[0] in names), key=lambda key: key[1] == "float32" and key[0] in EVERY):
        if arguments.again or (name, dtype) not in rows:
            rows[name, dtype] = _start(name, dtype)
        for row in _take(rows[name, dtype], seconds=10):
            _write(rows)
            if row.done:
                print(f"{name} {dtype}: {row.error:.3f} at {', '.join(row.at)} ({row.inputs} inputs, bound {row.bound:g})", flush=True)
    PAGE.write_text(page(rows))
    above: list[Any] = [key for key, row in rows.items() if row.error > row.bound]
    for name, dtype in above:
        print(f"above its bound: {name} {dtype}")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
