"""Methods of arrays that stand for functions: each is one line. Views, assignment and moves are in `arrays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clnd import picking, placing
from clnd.graph.node import Node
from clnd.host import HostProtocols
from clnd.ops import sorting
from clnd.ops.views import reshaped_node
from clnd.shapes import size_of

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

    # --- sorting ------------------------------------------------------------------------------

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> None:
        """Put the elements in order along ``axis``, in place; see `clnd.sort`."""
        sorting.check_kind("sort", kind, order)
        self._rewrite("sort", lambda: sorting.sort_node(self._node, axis, bool(descending)))

    def argsort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, descending: bool = False, stable: bool | None = True) -> Self:
        """The indices that put the elements in order along ``axis``, of the flattened array where None; see `clnd.argsort`."""
        sorting.check_kind("argsort", kind, order)
        return self._like(sorting.argsort_node(*self._flat_where_none(axis), bool(descending)))

    def partition(self, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> None:
        """Put each of ``kth`` in its place of the order along ``axis``, in place; see `clnd.partition`."""
        sorting.check_partition("partition", self._node, kth, axis, kind, order)
        self._rewrite("partition", lambda: sorting.sort_node(self._node, axis, False))

    def argpartition(self, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None) -> Self:
        """The indices of a partition along ``axis``, of the flattened array where None; see `clnd.argpartition`."""
        node, axis = self._flat_where_none(axis)
        sorting.check_partition("argpartition", node, kth, axis, kind, order)
        return self._like(sorting.argsort_node(node, axis, False))

    def _flat_where_none(self, axis: Any) -> tuple[Node, Any]:
        node = self._node
        return (node, axis) if axis is not None else (reshaped_node(node, (size_of(node.shape),)), 0)

    # --- joining and moving -------------------------------------------------------------------

    # --- statistics and linear algebra --------------------------------------------------------

    # --- bytes, files and attributes ----------------------------------------------------------
