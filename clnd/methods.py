"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from clnd.errors import DTypeError, ShapeError
from clnd.host import HostProtocols
from clnd.layout import Flat
from clnd.ops import elementwise
from clnd.ops.moves import repeated
from clnd.reducing import deliver, reduced

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Methods"]


class Methods(HostProtocols):
    """NumPy's methods of arrays, by the functions of nodes in `clnd.ops`; their arguments are NumPy's, in its order."""

    __slots__ = ()
    __hash__ = None

    # --- reading and writing by index arrays and masks ----------------------------------------

    # --- cumulative ---------------------------------------------------------------------------

    # --- sorting ------------------------------------------------------------------------------

    # --- joining and moving -------------------------------------------------------------------

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Each element ``repeats`` times in a row along ``axis``; of the flattened array where that is None."""
        result: Self = repeated(self, repeats, axis)
        return result

    def resize(self, *new_shape: Any, refcheck: bool = True) -> NoReturn:
        """Refused: an array keeps its size.

        Raises
        ------
        ShapeError
            Always.
        """
        raise ShapeError(f"[resize] got new shape {new_shape}; expected no change in place, as views share the memory; use clnd.resize(x, shape)")

    # --- statistics and linear algebra --------------------------------------------------------

    # --- bytes, files and attributes ----------------------------------------------------------

    @property
    def flat(self) -> Flat:
        """The elements in row-major order, to loop over, to read and to assign."""
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        Flat(self)[...] = value

    def fill(self, value: Any) -> None:
        """Set every element to a number."""
        self[...] = value

    def conjugate(self) -> Self:
        """The complex conjugate; NumPy's longer name of `conj`."""
        result: Self = elementwise.conj.apply(self)
        return result

    def ptp(self, axis: Any = None, out: Any = None, keepdims: bool = False) -> Self:
        """The largest element less the smallest over ``axis``."""
        most, least = (reduced(name, self, axis, keepdims) for name in ("max", "min"))
        result: Self = deliver("ptp", out, elementwise.subtract.apply(most, least))
        return result

    def byteswap(self, inplace: bool = False) -> NoReturn:
        """Refused: elements are in the byte order of the device.

        Raises
        ------
        DTypeError
            Always.
        """
        raise DTypeError("[byteswap] got an array of a device, whose byte order is fixed; expected a NumPy array; use x.asnumpy().byteswap()")
