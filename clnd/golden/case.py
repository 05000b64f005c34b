"""What a golden case and its digest are.

A case makes its operands from its own seed (or from `arange`) and returns one array. Its digest is
the SHA-256 of the result's bytes, row-major and little-endian, every NaN replaced by the canonical
one; the digests are data, in ``digests.json``. What a device must have for a digest stands beside
it: "fp64" where the case computes in float64, "subnormals" where it meets numbers that a device may
flush to zero.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clnd.context import Context
from clnd.random import Generator

__all__ = ["CASES", "DIGESTS", "FP64", "NONE", "SUBNORMALS", "Case", "digest", "enter", "met", "needs_of", "read", "row_of"]

DIGESTS = Path(__file__).with_name("digests.json")

FP64 = frozenset({"fp64"})
SUBNORMALS = frozenset({"subnormals"})
NONE: frozenset[str] = frozenset()
_CANONICAL_NAN = {2: 0x7E00, 4: 0x7FC00000, 8: 0x7FF8000000000000}

Make = Callable[[Generator], Any]


@dataclass(frozen=True)
class Case:
    """One program: ``make`` gets a generator started from ``seed``."""

    name: str
    what: str
    seed: int
    needs: frozenset[str]
    make: Make
    slow: bool = False

    def run(self) -> np.ndarray[Any, Any]:
        """The result on the current context, on the host."""
        host: np.ndarray[Any, Any] = np.asarray(self.make(Generator(self.seed)).asnumpy())
        return host


CASES: dict[str, Case] = {}


def enter(name: str, what: str, needs: frozenset[str] = NONE, *, slow: bool = False) -> Callable[[Make], Make]:
    """Enter a case. Its seed follows from its name, so that cases can be added anywhere."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")

    def entered(make: Make) -> Make:
        assert name not in CASES
        CASES[name] = Case(name, what, seed, needs, make, slow)
        return make

    return entered


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


def read() -> dict[str, dict[str, Any]]:
    """The file's rows by name."""
    rows = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else []
    return {row["name"]: row for row in rows}


def met(case: Case, ctx: Context) -> bool:
    """True where the device of ``ctx`` has what ``case`` needs."""
    return not ("fp64" in case.needs and not ctx.info.fp64) and not ("subnormals" in case.needs and not ctx.info.subnormals)
