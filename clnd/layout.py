"""How an array's elements lie in memory: what NumPy's `flags`, `flat`, `order=` and `view` make of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clnd.dtypes import BOOL, DType, facts
from clnd.errors import ArgumentError, DTypeError, ShapeError
from clnd.graph.node import Node, Value
from clnd.graph.record import check_fp64
from clnd.graph.run import run
from clnd.indexing import Place, known_shape
from clnd.ops import sources
from clnd.shapes import as_shape, size_of

__all__ = ["Flags", "Flat", "ordered", "reinterpreted", "reshaped"]

_FLAGS = {"C": "c_contiguous", "F": "f_contiguous", "O": "owndata", "W": "writeable", "A": "aligned"}


class Flags:
    """Facts of an array's memory by NumPy's names, which cannot be set.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.zeros((2, 3))
    >>> x.flags.c_contiguous, x.T.flags["C_CONTIGUOUS"], x.T.flags.f_contiguous
    (True, False, True)
    """

    __slots__ = ("c_contiguous", "f_contiguous", "owndata", "writeable")

    c_contiguous: bool
    f_contiguous: bool
    owndata: bool
    writeable: bool

    def __init__(self, c_contiguous: bool, f_contiguous: bool, owndata: bool, writeable: bool) -> None:
        for name, value in zip(self.__slots__, (c_contiguous, f_contiguous, owndata, writeable), strict=True):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise ArgumentError(f"[flags] got {name} = {value!r}; flags are facts; use a .copy() for another layout, and broadcast_to for a view that cannot be written")

    aligned = behaved = True

    @property
    def contiguous(self) -> bool:
        """Row-major without gaps."""
        return self.c_contiguous

    @property
    def fnc(self) -> bool:
        """Column by column, and not row by row."""
        return self.f_contiguous and not self.c_contiguous

    @property
    def forc(self) -> bool:
        """Row by row or column by column, without gaps."""
        return self.f_contiguous or self.c_contiguous

    def __getitem__(self, key: str) -> bool:
        name = _FLAGS.get(key, key.lower() if isinstance(key, str) else "")
        found = {n: getattr(self, n) for n in (*self.__slots__, "aligned", "behaved", "contiguous", "fnc", "forc")}.get(name)
        if found is None:
            raise KeyError(key)
        return bool(found)

    def __repr__(self) -> str:
        return "\n".join(f"  {name.upper()} : {self[name]}" for name in (*self.__slots__, "aligned"))


class Flat:
    """An array's elements in row-major order, as ``x.flat`` gives them: to loop over, to read and to assign.

    Examples
    --------
    >>> import clnd
    >>> x = clnd.zeros((2, 2))
    >>> x.flat[1::2] = 7
    >>> x.tolist()
    [[0.0, 7.0], [0.0, 7.0]]
    """

    __slots__ = ("base",)

    def __init__(self, base: Any) -> None:
        self.base = base

    def __len__(self) -> int:
        return size_of(self.base.shape)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.base.reshape(-1))

    def __getitem__(self, key: Any) -> Any:
        found = self.base.reshape(-1)[key]
        # A copy, as NumPy's is.
        return found.copy() if isinstance(key, slice) or key is Ellipsis else found

    def __setitem__(self, key: Any, value: Any) -> None:
        flat = self.base.reshape(-1)
        flat[key] = value
        if flat._store is not self.base._store:
            self.base[...] = flat.reshape(self.base.shape)

    def copy(self) -> Any:
        """The elements in one dimension, in memory of their own."""
        return self.base.flatten()


def ordered(name: str, x: Any, order: Any) -> Any:
    """``x``, or with its axes reversed where ``order`` asks for columns first.

    Raises
    ------
    ArgumentError
        For what is no order.
    """
    if order in (None, "C", "K", "A"):
        return x
    if order != "F":
        raise ArgumentError(f"[{name}] got order={order!r}; expected 'C', 'F', 'A' or 'K'")
    return x.transpose()


def reshaped(x: Any, shape: Any, order: Any, copy: bool | None) -> Any:
    """``x.reshape(shape)`` by NumPy's further arguments.

    Raises
    ------
    ArgumentError
        Where ``copy=False`` cannot be kept.
    """
    to = known_shape(x.shape, as_shape("reshape", shape, unknown=True))
    first = ordered("reshape", x, order)
    result = x.reshape(to) if first is x else first.reshape(to[::-1]).transpose()
    shared = result._store is x._store
    if copy is False and not shared:
        raise ArgumentError(f"[reshape] got copy=False, and shape {x.shape} with these strides needs a copy for {to}; use copy=None")
    return result.copy() if copy and shared else result


def reinterpreted(node: Node, place: Place, to: DType) -> tuple[Node, Place]:
    """The bytes of a store's ``node`` as elements of ``to`` in one dimension, and where those of a view at ``place`` lie in it.

    Raises
    ------
    DTypeError
        For bool, whose bytes are 0 and 1, and a dtype that the device does not have.
    ShapeError
        If sizes of elements differ, and the last axis has gaps or does not divide.
    """
    if facts(to).kind == BOOL:
        raise DTypeError(f"[view] got {node.dtype.name} to be read as bool, whose bytes are 0 and 1; use astype(bool)")
    check_fp64("view", to, node.ctx)
    old, new = node.dtype.itemsize, to.itemsize
    offset, shape, strides = place
    run((node,))
    assert node.value is not None
    if node.value.offset * old % new:
        node = sources.COPY.node([node])
        run((node,))
        assert node.value is not None
    total = size_of(node.shape) * old
    if old != new:
        if not shape or (strides[-1] != 1 and shape[-1] != 1):
            raise ShapeError(f"[view] got shape {shape} of {node.dtype.name} to be read as {to.name}; expected a last axis without gaps; use a .copy()")
        bytes_of = (shape[-1] * old, offset * old, total, *(s * old for n, s in zip(shape[:-1], strides[:-1], strict=True) if n > 1))
        if any(b % new for b in bytes_of):
            raise ShapeError(f"[view] got shape {shape} of {node.dtype.name} to be read as {to.name}; expected rows that its {new} bytes divide")
        shape = (*shape[:-1], shape[-1] * old // new)
        strides = (*(s * old // new for s in strides[:-1]), 1)
        offset = offset * old // new
    value = node.value
    assert value is not None
    base = Node(sources.HOST, (), (total // new,), to, node.ctx, None, Value(value.block, value.offset * old // new))
    base.faults = node.faults
    return base, (offset, shape, strides)
