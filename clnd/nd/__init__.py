"""MXNet's NDArray API over clnd's arrays: ``import clnd as mx`` and use ``mx.nd``.

`NDArray` is a thin subclass of `clnd.Array`; the engine, the laziness and the bits are the same.
A name of MXNet that is missing here is not there yet.
"""

from __future__ import annotations

from clnd.execution import waitall as waitall
from clnd.nd import creation as _creation
from clnd.nd import elementwise as _elementwise
from clnd.nd import linalg as linalg
from clnd.nd import neural as _neural
from clnd.nd import random as random
from clnd.nd import reductions as _reductions
from clnd.nd import shaping as _shaping
from clnd.nd import table as _table
from clnd.nd.creation import *
from clnd.nd.elementwise import *
from clnd.nd.ndarray import NDArray as NDArray
from clnd.nd.neural import *
from clnd.nd.reductions import *
from clnd.nd.shaping import *
from clnd.nd.table import *

# MXNet's other names.
linalg_gemm, linalg_gemm2, linalg_syrk = linalg.gemm, linalg.gemm2, linalg.syrk
normal = random_normal = random.normal
uniform = random_uniform = random.uniform
random_randint, random_exponential, shuffle = random.randint, random.random_exponential, random.shuffle

_CHAPTERS = (_creation, _elementwise, _neural, _reductions, _shaping, _table)
_OWN = [
    "NDArray", "linalg", "linalg_gemm", "linalg_gemm2", "linalg_syrk", "normal", "random", "random_exponential", "random_normal",
    "random_randint", "random_uniform", "shuffle", "uniform", "waitall",
]  # fmt: skip
# The sum of the chapters'. Said so that type checkers, which know no sums, take every name that is imported here.
vars()["__all__"] = sorted({*_OWN, *(name for chapter in _CHAPTERS for name in chapter.__all__)})


def __dir__() -> list[str]:
    """The public names, for completion."""
    return list(globals()["__all__"])
