"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from clnd import binning, picking, placing
from clnd.errors import DTypeError, ShapeError
from clnd.host import HostProtocols
from clnd.indexing import Place
from clnd.layout import Flat
from clnd.ops import elementwise, linear, sorting
from clnd.ops.moves import repeated
from clnd.ops.scans import accumulated_node
from clnd.ops.views import flat_where_none
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

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Self:
        """The elements at ``indices`` along ``axis``, of the flattened array where that is None: see `clnd.take`."""
        result: Self = picking.taken(self, indices, axis, out, mode)
        return result

    def choose(self, choices: Any, out: Any = None, mode: Any = "raise") -> Self:
        """For each place the element there of the choice that this array numbers: see `clnd.choose`."""
        result: Self = picking.chosen(self, choices, out, mode)
        return result

    def nonzero(self) -> tuple[Self, ...]:
        """Where elements are not 0, as an index array for each axis: see `clnd.nonzero`."""
        return placing.nonzero(self)

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Self:
        """The slices along ``axis`` where ``condition`` is not 0, elements where that is None: see `clnd.compress`."""
        result: Self = placing.compressed(condition, self, axis, out)
        return result

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """Set elements in row-major order: see `clnd.put`."""
        placing.put(self, indices, values, mode)

    # --- cumulative ---------------------------------------------------------------------------

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The sum of all elements up to each: `clnd.cumsum`."""
        return deliver("cumsum", out, self._like(accumulated_node("cumsum", "cumulative_sum", self._node, axis, dtype)))

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        """The product of all elements up to each: `clnd.cumprod`."""
        return deliver("cumprod", out, self._like(accumulated_node("cumprod", "cumulative_prod", self._node, axis, dtype)))

    # --- searching ----------------------------------------------------------------------------

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Self:
        """Where ``v`` would go among these elements, which are in order: see `clnd.searchsorted`."""
        result: Self = binning.searched("searchsorted", self, v, side, sorter)
        return result

    # --- sorting ------------------------------------------------------------------------------

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> None:
        """Put the elements in order along ``axis``, in place; see `clnd.sort`."""
        sorting.check_kind("sort", kind, order)
        self._rewrite("sort", lambda: sorting.sort_node(self._node, axis, bool(descending)))

    def argsort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> Self:
        """The indices that put the elements in order along ``axis``, of the flattened array where None; see `clnd.argsort`."""
        sorting.check_kind("argsort", kind, order)
        return self._like(sorting.argsort_node(*flat_where_none(self._node, axis), bool(descending)))

    def partition(self, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> None:
        """Put each of ``kth`` in its place of the order along ``axis``, in place; see `clnd.partition`."""
        sorting.check_partition("partition", self._node, kth, axis, kind, order)
        self._rewrite("partition", lambda: sorting.sort_node(self._node, axis, False))

    def argpartition(self, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Self:
        """The indices of a partition along ``axis``, of the flattened array where None; see `clnd.argpartition`."""
        node, axis = flat_where_none(self._node, axis)
        sorting.check_partition("argpartition", node, kth, axis, kind, order)
        return self._like(sorting.argsort_node(node, axis, False))

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
