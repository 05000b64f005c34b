"""NumPy's module of this name: views by strides."""

from clnd.lib import stride_tricks as stride_tricks

__all__ = ["stride_tricks"]
