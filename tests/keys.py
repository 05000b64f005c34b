"""Advanced indices for tests: keys of NumPy's kinds for arrays of a shape, some of them wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

# Index arrays of these shapes broadcast together, mostly.
_SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (3, 1), (1, 2), (0,), (3, 2))
_DTYPES = ("int64", "int32", "uint8", "int16", "uint64")


@st.composite
def index_arrays(draw: Any, n: int, wrong: bool = False) -> Any:
    """Integers along an axis of ``n`` elements: an array of some dtype, or a list; one out of range where it is ``wrong``."""
    dtype = np.dtype(draw(st.sampled_from(_DTYPES)))
    shape = draw(st.sampled_from(_SHAPES)) if n else (0,)
    low = 0 if dtype.kind == "u" else -n
    size = int(np.prod(shape))
    array = np.array(draw(st.lists(st.integers(low, max(n - 1, low)), min_size=size, max_size=size)), dtype).reshape(shape)
    if wrong and size:
        array.reshape(-1)[-1] = n + 3
    return array.tolist() if dtype == np.int64 and shape and draw(st.booleans()) else array


@st.composite
def keys(draw: Any, shape: tuple[int, ...]) -> Any:
    """An index of an array of ``shape``, by index arrays and masks among basic entries. Some are refused by NumPy."""
    entries: list[Any] = []
    axis = 0
    ellipsis = False
    wrong = draw(st.integers(0, 11)) == 0
    while axis < len(shape) and draw(st.integers(0, 7)):
        n = shape[axis]
        kind = draw(st.sampled_from(["array", "array", "array", "integer", "slice", "slice", "none", "mask", "ellipsis", "truth"]))
        if kind == "array":
            entries.append(draw(index_arrays(n, wrong)))
            axis += 1
        elif kind == "integer" and n:
            entries.append(draw(st.integers(-n, n - 1)))
            axis += 1
        elif kind == "slice":
            entries.append(draw(st.slices(n)))
            axis += 1
        elif kind == "none":
            entries.append(None)
        elif kind == "mask":
            rank = draw(st.integers(1, len(shape) - axis))
            covered = list(shape[axis : axis + rank])
            covered[-1] += wrong
            size = int(np.prod(covered))
            entries.append(np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool).reshape(covered))
            axis += rank
        elif kind == "ellipsis" and not ellipsis:
            ellipsis = True
            entries.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
        elif kind == "truth" and draw(st.booleans()):
            entries.append(draw(st.sampled_from([True, False, np.True_])))
    return entries[0] if len(entries) == 1 and draw(st.booleans()) else tuple(entries)
