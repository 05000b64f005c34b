"""The standard's constants."""

import math

__all__ = ["e", "inf", "nan", "newaxis", "pi"]

e, pi, inf, nan = math.e, math.pi, math.inf, math.nan
newaxis = None
"""An axis of length 1, in an index."""
