"""What SciPy calls special functions, as far as the table has them."""

from __future__ import annotations

import math
from typing import Any

from clnd.ops import elementwise

__all__ = ["OF_SCIPY", "ndtr"]


def ndtr(x: Any, /) -> Any:
    """The probability that a standard normal variable is below ``x``."""
    return elementwise.multiply.apply(elementwise.erfc.apply(elementwise.multiply.apply(x, -math.sqrt(0.5))), 0.5)


OF_SCIPY: dict[str, Any] = {
    **{name: elementwise.TABLE[name] for name in ("cbrt", "erf", "erfc", "erfinv", "exp2", "expm1", "gamma", "gammaln", "i0", "log1p")},
    "digamma": elementwise.digamma, "psi": elementwise.digamma, "expit": elementwise.sigmoid,
}  # fmt: skip
"""SciPy's ufuncs by their names."""
