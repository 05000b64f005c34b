"""What differs by name, and what is left out: the only place of these facts. `tools.names` writes them into docs/names.md.

Differences that concern every function stand in docs/differences.md: results are recorded and run when read, floats are float32 by
default, integers stay on the device.
"""

from __future__ import annotations

__all__ = ["DIFFERS", "LEFT_OUT"]

_NO_EFFECT = "accepted; devices raise no floating-point flags"
_PROMOTION = "by clnd's promotion: an integer with a float gives that float, uint64 with a signed integer is refused"
_ZEROS = "its elements are zeros"
_HOST = "NumPy reads or writes the file, on the host"
_OWN_BITS = "clnd's own stream: the same numbers on every device, not NumPy's"

DIFFERS: dict[str, dict[str, str]] = {
    "array API standard 2025.12": {
        "asarray": "`copy=False` is refused for data of the host",
        "empty": _ZEROS,
        "empty_like": _ZEROS,
        "array.__dlpack__": "memory is read-only: a consumer before DLPack 1.0 gets a copy",
    },
    "NumPy": {
        "array": "`order=\"F\"` is refused",
        "array_repr": "names dtype and device",
        "broadcast": "has the shape; is not iterated",
        "broadcast_arrays": "views are read-only",
        "can_cast": _PROMOTION,
        "histogram2d": "the counts are int64",
        "histogramdd": "the counts are int64",
        "common_type": "of integers the default float",
        "copy": "always row-major",
        "dtype": "NumPy's; arrays have numbers and bools only",
        "empty": _ZEROS,
        "empty_like": _ZEROS,
        "errstate": _NO_EFFECT,
        "finfo": "the standard's attributes, and NumPy's most used",
        "from_dlpack": "a copy, unless `copy=False` asks for none",
        "floor_divide": "with infinities the standard's: `inf // 2` is `inf` and `2 // -inf` is `-0.0`, where NumPy has NaN and -1",
        "fromfile": _HOST,
        "genfromtxt": _HOST,
        "geterr": _NO_EFFECT,
        "iinfo": "the standard's attributes",
        "load": _HOST + "; `mmap_mode` is refused",
        "loadtxt": _HOST + "; float32 by default",
        "min_scalar_type": "of complex numbers complex64 at least",
        "ndarray": "the class `clnd.Array`, for isinstance; arrays are made by functions",
        "ndenumerate": "over a copy on the host",
        "nditer": "refused in words",
        "promote_types": _PROMOTION,
        "result_type": _PROMOTION,
        "save": _HOST,
        "savetxt": _HOST,
        "savez": _HOST,
        "savez_compressed": _HOST,
        "seterr": _NO_EFFECT,
        "shares_memory": "exact; `max_work` is ignored",
        "show_config": "of clnd: devices, drivers, settings",
        "array.astype": "the second positional argument is `copy`",
        "array.base": "the array of the whole memory",
        "array.byteswap": "refused in words",
        "array.copy": "always row-major",
        "array.data": "a read-only memoryview; of a GPU's array a copy",
        "array.device": "a context, such as `cpu(0)`",
        "array.flags": "facts that cannot be set",
        "array.imag": "a copy, not a view",
        "array.item": "runs what the array waits for",
        "array.real": "a copy, not a view",
        "array.to_device": "to any context",
        "array.view": "of another dtype: a read-only snapshot",
        "random.exponential": _OWN_BITS,
        "random.normal": _OWN_BITS,
        "random.permutation": _OWN_BITS,
        "random.randint": _OWN_BITS,
        "random.seed": _OWN_BITS,
        "random.shuffle": _OWN_BITS,
        "random.uniform": _OWN_BITS,
    },
    "MXNet 1.9.1, mx.nd": {
        "array": "of float32 unless `dtype=` says otherwise, as in MXNet",
        "argmax": "`dtype=` chooses integers",
        "argmin": "`dtype=` chooses integers",
        "shuffle": "the same numbers on every device",
        "random.normal": "the same numbers on every device",
        "random.uniform": "the same numbers on every device",
    },
}
"""Namespace, name, and how it differs."""

_TIMES = "datetime64 timedelta64 datetime_as_string datetime_data busday_count busday_offset busdaycalendar is_busday isnat"
_TEXT = "bytes_ str_ object_ void character flexible char record recarray rec strings fromregex"
_MATRIX = "matrix asmatrix bmat"
_POLYNOMIALS = "poly poly1d polydiv polyfit roots"
_WIDE = "longdouble clongdouble float128 complex256 float96 complex192"
_ITERATORS = "flatiter nested_iters memmap frompyfunc ufunc"
_HOST_ONLY = "get_include getbufsize setbufsize geterrcall seterrcall info show_runtime test typecodes sctypeDict ScalarType little_endian mintypecode f2py"
_LAYOUT = "require array.setflags array.setfield array.getfield array.newbyteorder array.ctypes array.dump array.dumps"

LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(_TIMES.split(), "no dates"),
    **dict.fromkeys(_TEXT.split(), "numbers and bools only"),
    **dict.fromkeys(_MATRIX.split(), "NumPy's own advice is against it"),
    **dict.fromkeys(_POLYNOMIALS.split(), "polynomials by coefficients are work of the host"),
    **dict.fromkeys(_WIDE.split(), "no such numbers on devices"),
    **dict.fromkeys(_ITERATORS.split(), "elements are on a device: there is no loop over them, and no map of a file"),
    **dict.fromkeys(_HOST_ONLY.split(), "of NumPy's own inside"),
    **dict.fromkeys(_LAYOUT.split(), "arrays are row-major, in the byte order of the device, and own their memory"),
    "packbits": "bools take a byte each",
    "unpackbits": "bools take a byte each",
}
"""Names that clnd leaves out, and why."""
