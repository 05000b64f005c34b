"""An array seen from the host: its values as NumPy arrays and Python numbers, NumPy's protocols, printing."""

from __future__ import annotations

import hashlib
import math
import operator
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

import numpy as np

from clnd import dlpack, dtypes
from clnd.array_functions import dispatched
from clnd.context import Context
from clnd.dtypes import DType, facts
from clnd.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from clnd.graph.node import Value
from clnd.graph.run import run, run_to_read
from clnd.operators import Operators
from clnd.ops import made, sources
from clnd.ops.crossing import in_one_piece
from clnd.reading import HostCopy, check_out
from clnd.shapes import Shape, size_of
from clnd.ufuncs import answer

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ARRAY_API_VERSIONS", "HostProtocols", "number_at"]

ARRAY_API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
"""The versions of the array API standard that the namespace answers to; the last one is what it follows."""


class HostProtocols(Operators):
    """What reads an array: everything here runs the work that the array waits for."""

    __slots__ = ()
    __hash__ = None

    _ufunc_rules: ClassVar[dict[Any, Any]] = {}
    """Operations of this class of arrays for NumPy's ufuncs that differ from the table's."""

    @property
    def shape(self) -> Shape:
        """The length of each axis."""
        raise NotImplementedError

    @property
    def dtype(self) -> Any:
        """The element type, a ``np.dtype``."""
        raise NotImplementedError

    @property
    def ctx(self) -> Context:
        """The context the array is on."""
        raise NotImplementedError

    def __getitem__(self, key: Any) -> Self:
        """A view."""
        raise NotImplementedError

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set a region."""
        raise NotImplementedError

    # --- running ------------------------------------------------------------------------------

    def wait_to_read(self) -> None:
        """Run what the array needs and wait until it is there."""
        run_to_read(self._node)
        self.ctx.device.finish()

    # --- to the host --------------------------------------------------------------------------

    @overload
    def asnumpy(self, out: np.ndarray[Any, Any] | None = None, *, wait: Literal[True] = True) -> np.ndarray[Any, Any]: ...
    @overload
    def asnumpy(self, out: np.ndarray[Any, Any] | None = None, *, wait: bool) -> Any: ...
    def asnumpy(self, out: np.ndarray[Any, Any] | None = None, *, wait: bool = True) -> Any:
        """A copy as a NumPy array.

        Parameters
        ----------
        out : numpy.ndarray, optional
            Where the elements are written, of this shape and dtype; it is returned. By default a new array.
        wait : bool
            False returns at once, when the work and the copy are enqueued: a `HostCopy`, whose ``result()`` waits and gives the NumPy array.
            Until then ``out``, which lies in one piece, has no promised content, and is not to be written to.

        Raises
        ------
        DTypeError, ShapeError, ArgumentError
            Where ``out`` is no NumPy array of this dtype and shape, is read-only, has elements that share memory, or is not in one
            piece and ``wait`` is False; and for an index or an exponent that the device found wrong, without ``wait`` from ``result()``.

        Examples
        --------
        >>> import clnd
        >>> import numpy as np
        >>> x, y = clnd.arange(4), clnd.ones(1000)
        >>> host = np.empty(4, x.dtype)
        >>> copy = (x * 10).asnumpy(out=host, wait=False)
        >>> total = float(y.sum())  # meanwhile
        >>> copy.result() is host, host.tolist()
        (True, [0, 10, 20, 30])
        """
        if out is not None:
            check_out(out, self.shape, self.dtype, wait)
        if not wait:
            return HostCopy.begin(self._node, out)
        number = self._number()
        if number is not None:
            if out is None:
                return np.asarray(number)
            out[...] = number
            return out
        run_to_read(self._node)  # first: what cannot be computed needs no host memory either
        host = np.empty(self.shape, self.dtype) if out is None else out
        self._read_into(host)
        return host

    def _number(self) -> np.generic | None:
        """The value of an element that was taken of an array, where the host can see it without a launch."""
        node = self._node
        if node.op is not sources.ELEMENT or node.value is not None:
            return None
        taken = node.inputs
        if not taken:
            return None
        if node.faults:
            run_to_read(node)
            return None
        (x,) = taken
        if x.ctx is None:
            number: np.generic = x.params
            return number
        run((x,))
        assert x.value is not None
        if x.value.block.host is None:
            return None
        return number_at(self.ctx.device, x.value, 0, x.dtype)

    def get(self, *, out: np.ndarray[Any, Any] | None = None) -> np.ndarray[Any, Any]:
        """A copy as a NumPy array, ``out`` where it is given; CuPy's name of `asnumpy`."""
        return self.asnumpy(out)

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """A copy as a NumPy array; xarray's name of `asnumpy`."""
        return self.asnumpy()

    def _on_host(self) -> np.ndarray[Any, Any] | None:
        """The array's own memory as a read-only NumPy array, on devices that share the host's; else None."""
        node = self._node
        run_to_read(node)
        value = node.value
        assert value is not None
        if value.block.host is None:
            return None
        self.ctx.device.wait_for_host()
        return value.shared(node.shape, node.strides, node.dtype)

    def _read_into(self, host: np.ndarray[Any, Any]) -> None:
        shared = self._on_host()
        if shared is not None:
            np.copyto(host, shared)
            return
        node = in_one_piece(self._node)
        assert node.value is not None
        target = host if host.flags.c_contiguous else np.empty_like(host, order="C")
        self.ctx.device.read(node.value.block, target, node.value.offset * node.dtype.itemsize)
        if target is not host:
            host[...] = target

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """The values for NumPy: on CPU contexts the array's own memory, read-only, unless a copy is asked for."""
        shared = None if copy else self._on_host()
        if shared is None:
            if copy is False:
                raise ArgumentError(f"[__array__] got copy=False for an array on {self.ctx}, whose memory the host cannot see; use copy=None")
            shared = self.asnumpy()
        if dtype is not None and np.dtype(dtype) != shared.dtype:
            if copy is False:
                raise ArgumentError(f"[__array__] got copy=False and another dtype, {np.dtype(dtype).name}; use copy=None")
            return shared.astype(dtype)
        return shared

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """The array's own memory, read-only, as Pillow asks for it: on CPU contexts alone.

        Whoever uses it holds the buffer ``data``, which keeps the memory, whatever is done to the array.
        """
        host = self._on_host()
        if host is None:
            raise AttributeError(f"[__array_interface__] got an array on {self.ctx}, whose memory the host cannot see; use asnumpy()")
        value = self._node.value
        assert value is not None
        whole = Value(value.block).shared((value.block.size,), (1,), dtypes.uint8)
        offset = value.offset * host.itemsize
        return {"version": 3, "data": whole.data, "offset": offset, "shape": host.shape, "strides": host.strides, "typestr": host.dtype.str}

    def __array_namespace__(self, /, *, api_version: str | None = None) -> ModuleType:
        """The module of the functions on this array, by the array API standard: ``clnd``, always the same object.

        Raises
        ------
        ArgumentError
            For a version of the standard that is unknown.
        """
        if api_version is not None and api_version not in ARRAY_API_VERSIONS:
            raise ArgumentError(f"[__array_namespace__] got api_version={api_version!r}; expected one of {', '.join(ARRAY_API_VERSIONS)}, or None")
        return sys.modules["clnd"]  # not imported: this module is below it

    def __dlpack__(
        self, *, stream: Any = None, max_version: tuple[int, int] | None = None, dl_device: tuple[int, int] | None = None, copy: bool | None = None
    ) -> Any:
        """A capsule of the array's memory for another library, read-only; what the array waits for is done.

        Parameters
        ----------
        stream : None
            clnd has one queue a device.
        max_version : tuple of int, optional
            The newest DLPack that the consumer knows. One before 1.0 knows no read-only memory and gets a copy.
        dl_device : tuple of int, optional
            (1, 0) for memory of the host, from any device; by default the array's own.
        copy : bool, optional
            True for a copy, False to refuse one, None for one only where needed.

        Raises
        ------
        ExchangeError
            For another device, and where ``copy=False`` cannot be kept. It is a BufferError.
        """
        return dlpack.exported(self, stream, max_version, dl_device, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """DLPack's name of the device: (1, 0) for CPU contexts, (4, n), of OpenCL, for ``gpu(n)``."""
        return dlpack.device_of(self.ctx)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on clnd arrays: they run on the device, or a DTypeError says what to write."""
        return answer(self._ufunc_rules, ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """NumPy's other functions on clnd arrays: clnd's of the same name, or a DTypeError says what to write."""
        return dispatched(self, function, types, args, kwargs)

    def item(self, *args: Any) -> Any:
        """The only element as a Python number, or that at an index: of the flattened array, or one for each axis.

        Raises
        ------
        ShapeError
            Where there is not exactly one, and no index.
        IndexingError
            For an index that is out of range.
        """
        if args and args != (None,):
            return self._item_at(args[0] if len(args) == 1 and isinstance(args[0], tuple) else args)
        if size_of(self.shape) != 1:
            raise ShapeError(f"[item] got shape {self.shape}; expected an array of one element; index it first")
        number = self._number()
        if number is None:
            node = self._node
            run_to_read(node)
            assert node.value is not None
            if node.value.block.host is None:
                return self.asnumpy().item()
            number = number_at(self.ctx.device, node.value, 0, node.dtype)
        return number.item()

    def _item_at(self, index: tuple[Any, ...]) -> Any:
        shape = self.shape
        if len(index) == 1 and len(shape) != 1:
            size, k = size_of(shape), operator.index(index[0])
            if not -size <= k < size:
                raise IndexingError(f"[item] got index {k} for {size} elements; expected from {-size} to {size - 1}")
            index = tuple(int(i) for i in np.unravel_index(k % size, shape))
        if len(index) != len(shape):
            raise IndexingError(f"[item] got {len(index)} indices for shape {shape}; expected one, or {len(shape)}")
        return self[tuple(operator.index(i) for i in index)].item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.asnumpy().tolist()

    def tobytes(self, order: Literal["C", "F", "A", "K"] | None = "C") -> bytes:
        """The elements' bytes, in row-major order (column by column for "F") and the host's byte order."""
        return self.asnumpy().tobytes(order)

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:
        """Write the elements to a file, as bytes or, with ``sep``, as text: NumPy's method on a copy on the host."""
        self.asnumpy().tofile(fid, sep, format)

    @property
    def data(self) -> memoryview:
        """The elements as a read-only buffer: on CPU contexts the array's own memory, else a copy."""
        shared = self._on_host()
        return (self.asnumpy() if shared is None else shared).data.toreadonly()

    def __bytes__(self) -> bytes:
        return self.tobytes()

    def __bool__(self) -> bool:
        if size_of(self.shape) != 1:
            raise ShapeError(
                f"[bool] the truth value of an array of shape {self.shape} is ambiguous; expected one element; use .any() or .all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        dtype = self._node.dtype
        if facts(dtype).kind not in (dtypes.INT, dtypes.UINT):
            raise DTypeError(f"[index] got {dtype.name}; expected an integer array of one element")
        if size_of(self.shape) != 1:  # a TypeError: who asks takes it for a sequence
            raise DTypeError(f"[index] got an array of shape {self.shape}; expected an integer array of one element")
        return operator.index(self.item())

    def __trunc__(self) -> int:
        return math.trunc(self.item())

    def __round__(self, ndigits: int | None = None) -> Any:
        """Python's ``round``: of an array without dimensions and with no ``ndigits`` an int, else an array."""
        if ndigits is None and not self.shape:
            return round(self.item())
        return made.rounded(self, ndigits or 0)

    def __contains__(self, value: Any) -> bool:
        same: Any = self == value
        # What an array cannot be compared with, such as None and text, is in none.
        return bool(same if isinstance(same, bool) else same.any())

    # --- printing -----------------------------------------------------------------------------

    def _for_print(self) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """The elements, or those at the edges where there are many, and what `np.array2string` is told. Only these are fetched."""
        options = np.get_printoptions()
        edge = max(int(options["edgeitems"]), 0)
        if size_of(self.shape) <= options["threshold"]:
            return self.asnumpy(), {}
        # One element more than is shown, so that dots stand for it.
        host = np.zeros(tuple(min(n, 2 * edge + 1) for n in self.shape), self._node.dtype)
        for corner in np.ndindex(*(2 if n > 2 * edge else 1 for n in self.shape)):
            source, target = [], []
            for last, n in zip(corner, self.shape, strict=True):
                whole = n <= 2 * edge
                source.append(slice(None) if whole else (slice(n - edge, n) if last else slice(0, edge + 1)))
                target.append(slice(None) if whole else (slice(edge + 1, None) if last else slice(0, edge + 1)))
            host[tuple(target)] = self[tuple(source)].asnumpy()
        return host, {"threshold": 0}

    def __repr__(self) -> str:
        host, options = self._for_print()
        body = np.array2string(host, separator=", ", prefix="array(", **options)
        if 0 in self.shape:
            body = f"[], shape={self.shape}"
        return f"array({body}, dtype={self._node.dtype.name}, device={str(self.ctx)!r})"

    def __str__(self) -> str:
        host, options = self._for_print()
        return np.array2string(host, **options) if host.shape else str(host[()])

    def _repr_html_(self) -> str:
        """What notebooks show: shape, dtype and device, and the elements as they are printed."""
        from html import escape

        facts_of = f"shape {self.shape}, {self._node.dtype.name}, {self.ctx}"
        return f"<div><small>clnd.{type(self).__name__}: {escape(facts_of)}</small><pre>{escape(str(self))}</pre></div>"

    def _repr_inline_(self, max_width: int) -> str:
        """The elements on one line of at most so many characters: what xarray shows."""
        line = " ".join(str(self).replace("[", " ").replace("]", " ").split())
        return line if len(line) <= max_width else line[: max(max_width - 4, 0)].rstrip() + " ..."

    # --- what other libraries ask -------------------------------------------------------------

    def __sizeof__(self) -> int:
        """Bytes of the object and of all its elements, wherever they are."""
        return object.__sizeof__(self) + size_of(self.shape) * self._node.dtype.itemsize

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        """What Dask names a computation by: equal arrays on one context have equal tokens."""
        host = self.asnumpy()
        return type(self).__name__, str(self.ctx), host.dtype.str, host.shape, hashlib.sha256(host.reshape(-1).data).hexdigest()

    def __format__(self, spec: str) -> str:
        if not self.shape:
            return format(self.asnumpy()[()], spec)
        return object.__format__(self, spec) if spec else str(self)


def number_at(device: Any, value: Value, offset: int, dtype: DType) -> np.generic:
    """The element at ``offset`` of a value in memory that the host shares, once it is computed."""
    block = value.block
    assert block.host is not None
    device.wait_for_host()
    number: np.generic = np.frombuffer(block.host, dtype, 1, (value.offset + offset) * dtype.itemsize)[0]
    return number
