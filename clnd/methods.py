"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from clnd.host import HostProtocols

__all__ = ["Methods"]


class Methods(HostProtocols):
    """NumPy's methods of arrays, by the functions of nodes in `clnd.ops`; their arguments are NumPy's, in its order."""

    __slots__ = ()
    __hash__ = None

    # --- reading and writing by index arrays and masks ----------------------------------------

    # --- cumulative ---------------------------------------------------------------------------

    # --- sorting ------------------------------------------------------------------------------

    # --- joining and moving -------------------------------------------------------------------

    # --- statistics and linear algebra --------------------------------------------------------

    # --- bytes, files and attributes ----------------------------------------------------------
