"""Elementwise functions that are made of rows of the table."""

from __future__ import annotations

from clnd.graph.made import clip

__all__ = ["clip"]
