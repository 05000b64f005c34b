"""What the runtime did, counted.

``counters`` has the totals of this process: kernels launched, programs built and loaded, transfers
and allocations. Take a copy before a piece of code and subtract it after.

Examples
--------
>>> import clnd
>>> from clnd.profiler import counters
>>> x = clnd.ones((1000,))
>>> before = counters.copy()
>>> y = (x * 2 + 1).sum()
>>> float(y)
3000.0
>>> (counters - before).launches
1
"""

from clnd.runtime.counters import Counters, counters

__all__ = ["Counters", "counters"]
