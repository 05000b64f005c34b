"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import Any

from clnd.host import HostProtocols
from clnd.ops.scans import accumulated_node
from clnd.reducing import deliver

__all__ = ["Methods"]


class Methods(HostProtocols):
    """NumPy's methods of arrays, by the functions of nodes in `clnd.ops`; their arguments are NumPy's, in its order."""

    __slots__ = ()
    __hash__ = None

    # --- reading and writing by index arrays and masks ----------------------------------------

    # --- cumulative ---------------------------------------------------------------------------

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The sum of all elements up to each: `clnd.cumsum`."""
        return deliver("cumsum", out, self._like(accumulated_node("cumsum", "cumulative_sum", self._node, axis, dtype)))

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The product of all elements up to each: `clnd.cumprod`."""
        return deliver("cumprod", out, self._like(accumulated_node("cumprod", "cumulative_prod", self._node, axis, dtype)))

    # --- sorting ------------------------------------------------------------------------------

    # --- joining and moving -------------------------------------------------------------------

    # --- statistics and linear algebra --------------------------------------------------------

    # --- bytes, files and attributes ----------------------------------------------------------
