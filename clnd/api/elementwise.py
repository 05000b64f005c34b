"""Elementwise functions that are made of rows of the table."""

from __future__ import annotations

from clnd.ops.made import bitwise_count, clip, deg2rad, divmod, frexp, ldexp, modf, rad2deg

__all__ = ["bitwise_count", "clip", "deg2rad", "divmod", "frexp", "ldexp", "modf", "rad2deg"]
