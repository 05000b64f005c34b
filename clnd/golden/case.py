"""What a golden case and its digest are.

A case makes its operands from its own seed (or from `arange`) and returns one array. Its digest is
the SHA-256 of the result's bytes, row-major and little-endian, every NaN replaced by the canonical
one; the digests are data, in ``digests.json``. What a device must have for a digest stands beside
it: "fp64" where the case computes in float64, "subnormals" where it meets numbers that a device may
flush to zero. The file has a version: a digest that is added leaves it, one that changes or goes raises it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clnd.context import Context
from clnd.execution import evaluate
from clnd.random import Generator

__all__ = [
    "CASES", "DIGESTS", "FP64", "NONE", "SUBNORMALS", "Case", "digest", "enter", "enter_together", "met",
    "needs_of", "programs", "read", "row_of", "run_program", "version",
]  # fmt: skip

DIGESTS = Path(__file__).with_name("digests.json")

FP64 = frozenset({"fp64"})
SUBNORMALS = frozenset({"subnormals"})
NONE: frozenset[str] = frozenset()
_CANONICAL_NAN = {2: 0x7E00, 4: 0x7FC00000, 8: 0x7FF8000000000000}

Make = Callable[..., Any]
Operands = Callable[[Generator], tuple[Any, ...]]


def _alone(g: Generator) -> tuple[Any, ...]:
    return (g,)


@dataclass(frozen=True)
class Case:
    """One result: ``make`` of what ``operands`` gives for a generator started from ``seed``.

    Cases with the same ``program`` have the same operands, so that they run together, in few kernels.
    A case that is alone in its program gets the generator itself.
    """

    name: str
    what: str
    seed: int
    needs: frozenset[str]
    make: Make
    slow: bool = False
    program: str = ""
    operands: Operands = _alone

    def run(self) -> np.ndarray[Any, Any]:
        """The result on the current context, on the host."""
        return run_program([self])[0]


CASES: dict[str, Case] = {}


def _seed(name: str) -> int:
    """A seed that follows from a name, so that cases can be added anywhere."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")


def _new_program(name: str) -> None:
    assert name not in CASES, name
    assert all(case.program != name for case in CASES.values()), name


def enter(name: str, what: str, needs: frozenset[str] = NONE, *, slow: bool = False) -> Callable[[Make], Make]:
    """Enter a case of its own: the decorated function makes its result from a generator."""

    def entered(make: Make) -> Make:
        _new_program(name)
        CASES[name] = Case(name, what, _seed(name), needs, make, slow, name)
        return make

    return entered


def enter_together(
    program: str, operands: Operands, results: Iterable[tuple[str, str, Make]], needs: frozenset[str] = NONE, *,
    slow: bool = False,
) -> None:  # fmt: skip
    """Enter cases that share their operands: for each a name, what it is, and the function of the operands.

    The seed follows from the program's name: a result can be added, and none can change.
    """
    _new_program(program)
    for name, what, make in results:
        assert name not in CASES, name
        CASES[name] = Case(name, what, _seed(program), needs, make, slow, program, operands)


def programs(cases: Iterable[Case]) -> list[tuple[Case, ...]]:
    """``cases`` by program, in the order of first appearance."""
    together: dict[str, list[Case]] = {}
    for case in cases:
        together.setdefault(case.program, []).append(case)
    return [tuple(group) for group in together.values()]


def run_program(cases: Sequence[Case]) -> list[np.ndarray[Any, Any]]:
    """The results of cases of one program on the current context, on the host."""
    operands = cases[0].operands(Generator(cases[0].seed))
    results = [case.make(*operands) for case in cases]
    evaluate(*results)
    return [np.asarray(result.asnumpy()) for result in results]


def needs_of(dtype: str) -> frozenset[str]:
    """What a device must have to compute in ``dtype``."""
    return FP64 if dtype in ("float64", "complex128") else NONE


def _canonical(host: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bytes that are hashed: row-major, little-endian, with one NaN."""
    flat = np.array(host, order="C").reshape(-1)
    flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
    if flat.dtype.kind in "fc":
        real = flat.view(flat.real.dtype)
        real.view(f"<u{real.itemsize}")[np.isnan(real)] = _CANONICAL_NAN[real.itemsize]
    return flat


def digest(host: np.ndarray[Any, Any]) -> str:
    """The SHA-256 of a result."""
    return hashlib.sha256(_canonical(host).tobytes()).hexdigest()


def row_of(case: Case, host: np.ndarray[Any, Any]) -> dict[str, Any]:
    """The case as it stands in the file."""
    return {
        "name": case.name, "what": case.what, "dtype": host.dtype.name, "shape": list(host.shape),
        "seed": case.seed, "needs": sorted(case.needs), "sha256": digest(host),
    }  # fmt: skip


def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {"version": 1, "digests": []}
    return found


def read() -> dict[str, dict[str, Any]]:
    """The file's rows by name."""
    return {row["name"]: row for row in _file()["digests"]}


def version() -> int:
    """The version of the file's digests, which reports name: results that differ between versions are no error of a device."""
    return int(_file()["version"])


def met(case: Case, ctx: Context) -> bool:
    """True where the device of ``ctx`` has what ``case`` needs."""
    return not ("fp64" in case.needs and not ctx.info.fp64) and not ("subnormals" in case.needs and not ctx.info.subnormals)
