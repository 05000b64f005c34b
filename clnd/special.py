"""Special functions by SciPy's names. With SCIPY_ARRAY_API=1 `scipy.special` computes with these on the device; what is not here it computes on the host.

The main namespace has most of them, too.
"""

from __future__ import annotations

from clnd.ops.elementwise import cbrt, digamma, erf, erfc, erfinv, exp2, expm1, gamma, gammaln, i0, log1p
from clnd.ops.elementwise import sigmoid as expit
from clnd.ops.special import ndtr

__all__ = ["cbrt", "digamma", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gamma", "gammaln", "i0", "log1p", "ndtr", "psi"]

psi = digamma


def __dir__() -> list[str]:
    """The public names, for completion."""
    return sorted(__all__)
