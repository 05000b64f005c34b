"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clnd import picking
from clnd.host import HostProtocols

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Methods"]


class Methods(HostProtocols):
    """NumPy's methods of arrays, by the functions of nodes in `clnd.ops`; their arguments are NumPy's, in its order."""

    __slots__ = ()
    __hash__ = None

    # --- reading and writing by index arrays and masks ----------------------------------------

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Self:
        """The elements at ``indices`` along ``axis``, of the flattened array where that is None: see `clnd.take`."""
        result: Self = picking.taken(self, indices, axis, out, mode)
        return result

    def choose(self, choices: Any, out: Any = None, mode: Any = "raise") -> Self:
        """For each place the element there of the choice that this array numbers: see `clnd.choose`."""
        result: Self = picking.chosen(self, choices, out, mode)
        return result

    # --- cumulative ---------------------------------------------------------------------------

    # --- sorting ------------------------------------------------------------------------------

    # --- joining and moving -------------------------------------------------------------------

    # --- statistics and linear algebra --------------------------------------------------------

    # --- bytes, files and attributes ----------------------------------------------------------
