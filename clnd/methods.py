"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from clnd.errors import DTypeError
from clnd.host import HostProtocols
from clnd.indexing import Place
from clnd.layout import Flat
from clnd.ops import elementwise, linear
from clnd.ops.scans import accumulated_node
from clnd.reducing import deliver, reduced
from clnd.shapes import Shape, diagonal_strides

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Methods"]


class Methods(HostProtocols):
    """NumPy's methods of arrays, by the functions of nodes in `clnd.ops`; their arguments are NumPy's, in its order."""

    __slots__ = ()
    __hash__ = None

    def _layout(self) -> Place:
        """Offset, shape and strides within the store."""
        raise NotImplementedError

    def _view(self, offset: int, shape: Shape, strides: Shape) -> Self:
        """A view of the store."""
        raise NotImplementedError

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

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """A view of a diagonal of two axes, which becomes the last axis; it can be written to."""
        start, shape, strides = self._layout()
        first, kept, steps = diagonal_strides("diagonal", shape, strides, offset, axis1, axis2)
        return self._view(start + first, kept, steps)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Self:
        """The sum along a diagonal of two axes; small integers are summed as int64, as in `sum`."""
        result: Self = deliver("trace", out, self._like(linear.trace_node(self._node, offset, axis1, axis2, dtype)))
        return result

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
