"""Exchange with other libraries and with files.

Files are read and written by NumPy, on the host: arrays are copied to and from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from clnd import dlpack, dtypes
from clnd.api.creation import asarray
from clnd.arrays import Array, from_foreign, from_numpy
from clnd.context import Context, Device, as_context
from clnd.errors import ArgumentError
from clnd.graph.node import Operand
from clnd.incoming import dtype_of_bytes

__all__ = ["NpzFile", "from_dlpack", "fromfile", "genfromtxt", "load", "loadtxt", "save", "savetxt", "savez", "savez_compressed"]


def from_dlpack(x: Any, /, *, device: Device = None, copy: bool | None = None) -> Array:
    """An array of another library's elements, by DLPack.

    Parameters
    ----------
    x : array with ``__dlpack__`` and ``__dlpack_device__``
        Of any library; an array of clnd is taken as by `asarray`.
    device : Context or str, optional
        Where the array lives; by default the current context.
    copy : bool, optional
        True or None: the elements are copied to the device, once. False: a CPU context reads the other library's memory. What the
        owner writes into it is seen by what is computed from then on, so leave it alone while work waits; clnd never writes into it, as
        the first assignment copies. The owner is let go after the last kernel that reads it.

    Raises
    ------
    ExchangeError
        If ``copy=False`` cannot be kept, or the host cannot read the memory. It is a BufferError.

    Examples
    --------
    >>> import clnd, numpy
    >>> clnd.from_dlpack(numpy.arange(3)).tolist()
    [0, 1, 2]
    """
    if isinstance(x, Array):
        return asarray(x, device=device, copy=copy)
    host = dlpack.received(x, copy)
    dtypes.as_dtype(host.dtype)
    return from_foreign(host, as_context(device)) if copy is False else from_numpy(host, as_context(device))


# --- files -----------------------------------------------------------------------------------


class NpzFile(Mapping[str, Any]):
    """The arrays of an .npz file by name, each read when it is asked for. Made by `load`."""

    def __init__(self, host: Any, ctx: Context) -> None:
        self._host = host
        self._ctx = ctx
        self.files: list[str] = list(host.files)

    def __getitem__(self, key: str) -> Array:
        return asarray(self._host[key], device=self._ctx)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    def close(self) -> None:
        """Close the file."""
        self._host.close()

    def __enter__(self) -> NpzFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"NpzFile with keys: {', '.join(self.files)}"


def load(
    file: Any, mmap_mode: None = None, allow_pickle: bool = False, fix_imports: bool = True, encoding: Any = "ASCII", *, device: Device = None
) -> Any:
    """The array of an .npy file, or of an .npz file a mapping from names to arrays. NumPy reads it, on the host.

    Parameters
    ----------
    file : path or open file
    mmap_mode : None
        Memory maps are refused: an array lives on a device.
    allow_pickle, fix_imports, encoding
        NumPy's.
    device : Context or str, optional
        Where the arrays live; by default the current context.

    Raises
    ------
    ArgumentError
        For a ``mmap_mode``.
    DTypeError
        For data that is not of numbers.
    """
    if mmap_mode is not None:
        raise ArgumentError(f"[load] got mmap_mode={mmap_mode!r}; arrays live on a device; use clnd.asarray(np.load(file, mmap_mode=...)[part])")
    found = np.load(file, allow_pickle=allow_pickle, fix_imports=fix_imports, encoding=encoding)
    where = as_context(device)
    return asarray(found, device=where) if isinstance(found, np.ndarray) else NpzFile(found, where)


def save(file: Any, arr: Any, allow_pickle: bool = True) -> None:
    """Write an array to an .npy file, which NumPy reads too. The elements are copied to the host."""
    np.save(file, _host(arr), allow_pickle=allow_pickle)


def savez(file: Any, *args: Any, **kwds: Any) -> None:
    """Write arrays to an .npz file: by their keywords, others as arr_0, arr_1, ... The elements are copied to the host."""
    np.savez(file, *map(_host, args), **{key: _host(x) for key, x in kwds.items()})


def savez_compressed(file: Any, *args: Any, **kwds: Any) -> None:
    """`savez`, compressed."""
    np.savez_compressed(file, *map(_host, args), **{key: _host(x) for key, x in kwds.items()})


def savetxt(fname: Any, X: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N803 - NumPy's name
    """Write an array of one or two dimensions as text; further arguments are NumPy's. The elements are copied to the host."""
    np.savetxt(fname, _host(X), *args, **kwargs)


def loadtxt(fname: Any, dtype: Any = None, *args: Any, device: Device = None, **kwargs: Any) -> Any:
    """An array of the numbers in a text file; of the default float if no ``dtype`` is named. Further arguments are NumPy's, which reads it on the host."""
    return _of_text(np.loadtxt(fname, _or_default(dtype), *args, **kwargs), device)


def genfromtxt(fname: Any, dtype: Any = None, *args: Any, device: Device = None, **kwargs: Any) -> Any:
    """An array of the numbers in a text file in which some may be missing; as `loadtxt`."""
    return _of_text(np.genfromtxt(fname, _or_default(dtype), *args, **kwargs), device)


def fromfile(file: Any, dtype: Any = None, count: int = -1, sep: str = "", offset: int = 0, *, device: Device = None) -> Array:
    """An array of the bytes of a file, or with ``sep`` of its text; of the default float if no ``dtype`` is named. NumPy reads it, on the host."""
    to = _or_default(dtype) if dtype is None or sep else dtype_of_bytes(dtype)
    return asarray(np.fromfile(file, to, count, sep, offset), device=device)


def _or_default(dtype: Any) -> Any:
    return dtypes.default_float() if dtype is None else dtypes.as_dtype(dtype)


def _of_text(host: Any, device: Device) -> Any:
    # With ``unpack`` and several columns of their own dtypes NumPy gives a list.
    return [asarray(column, device=device) for column in host] if isinstance(host, list) else asarray(host, device=device)


def _host(x: Any) -> Any:
    return x.asnumpy() if isinstance(x, Operand) else x  # type: ignore[attr-defined]
