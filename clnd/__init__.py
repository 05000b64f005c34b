"""clnd: n-dimensional arrays on any OpenCL device, with the same bits on all of them.

The main namespace follows the Python array API standard; ``clnd.nd`` is MXNet's NDArray API over
the same arrays. ``cpu(0)`` and ``gpu(0)`` name devices; operations are lazy, fuse into few kernels,
and run when a value is read.
"""

from __future__ import annotations

import gc as _gc
import importlib as _importlib
import typing as _typing

from clnd import requirements as _requirements  # isort: split

_requirements.check()

# Modules make many objects and no garbage: looking for it while they are loaded takes a tenth of the time.
_collects = _gc.isenabled()
_gc.disable()

from clnd import context as _context
from clnd import errors as _errors
from clnd import execution as _execution
from clnd import profiler as profiler
from clnd.api import choosing as _choosing
from clnd.api import comparing as _comparing
from clnd.api import constants as _constants
from clnd.api import contractions as _contractions
from clnd.api import creation as _creation
from clnd.api import data_types as _data_types
from clnd.api import elementwise as _made_elementwise
from clnd.api import gathering as _gathering
from clnd.api import grids as _grids
from clnd.api import inspection as _inspection
from clnd.api import interchange as _interchange
from clnd.api import joining as _joining
from clnd.api import manipulation as _manipulation
from clnd.api import masks as _masks
from clnd.api import moving as _moving
from clnd.api import numerical as _numerical
from clnd.api import numpy_names as _numpy_names
from clnd.api import products as _products
from clnd.api import quantiles as _quantiles
from clnd.api import reductions as _made_reductions
from clnd.api import scans as _scans
from clnd.api import searching as _searching
from clnd.api import sets as _sets
from clnd.api import sorting as _sorting
from clnd.api import statistics as _statistics
from clnd.api import vectorizing as _vectorizing
from clnd.api.choosing import *
from clnd.api.comparing import *
from clnd.api.constants import *
from clnd.api.contractions import *
from clnd.api.creation import *
from clnd.api.data_types import *
from clnd.api.elementwise import *
from clnd.api.gathering import *
from clnd.api.grids import *
from clnd.api.inspection import *
from clnd.api.interchange import *
from clnd.api.joining import *
from clnd.api.manipulation import *
from clnd.api.masks import *
from clnd.api.moving import *
from clnd.api.numerical import *
from clnd.api.numpy_names import *
from clnd.api.products import *
from clnd.api.quantiles import *
from clnd.api.reductions import *
from clnd.api.scans import *
from clnd.api.searching import *
from clnd.api.sets import *
from clnd.api.sorting import *
from clnd.api.statistics import *
from clnd.api.vectorizing import *
from clnd.arrays import Array as Array
from clnd.context import *
from clnd.errors import *
from clnd.execution import *
from clnd.graph.mode import math_mode as math_mode
from clnd.info import show_config as show_config
from clnd.ops import elementwise as _elementwise
from clnd.ops import reductions as _reductions
from clnd.ops.elementwise import *
from clnd.ops.reductions import *
from clnd.version import __version__ as __version__

if _collects:
    _gc.enable()

if _typing.TYPE_CHECKING:  # else `__getattr__` loads them
    from clnd import lib as lib
    from clnd import linalg as linalg
    from clnd import nd as nd
    from clnd import random as random
    from clnd import special as special
    from clnd import testing as testing

_CHAPTERS = (
    _choosing, _comparing, _constants, _context, _contractions, _creation, _data_types, _elementwise, _errors, _execution, _gathering,
    _grids, _inspection, _interchange, _joining, _made_elementwise, _made_reductions, _manipulation, _masks, _moving, _numerical,
    _numpy_names, _products, _quantiles, _reductions, _scans, _searching, _sets, _sorting, _statistics, _vectorizing,
)  # fmt: skip
# Modules that are loaded when they are first asked for, because many programs begin without them.
_MODULES = ("lib", "linalg", "nd", "random", "special", "testing")
_OWN = ["Array", "__version__", "math_mode", "profiler", "show_config", *_MODULES]
# The sum of the chapters'. Said so that type checkers, which know no sums, take every name that is imported here.
vars()["__all__"] = sorted({*_OWN, *(name for chapter in _CHAPTERS for name in chapter.__all__)})


def __dir__() -> list[str]:
    """The public names, for completion."""
    return list(globals()["__all__"])


def __getattr__(name: str) -> _typing.Any:
    """A module of `_MODULES`, the first time: loading it makes it an attribute."""
    if name in _MODULES:
        return _importlib.import_module(f"clnd.{name}")
    raise AttributeError(f"module 'clnd' has no attribute {name!r}")
