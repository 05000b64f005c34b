"""clnd: n-dimensional arrays on any OpenCL device, with the same bits on all of them.

The main namespace follows the Python array API standard; ``clnd.nd`` is MXNet's NDArray API over
the same arrays. ``cpu(0)`` and ``gpu(0)`` name devices; operations are lazy, fuse into few kernels,
and run when a value is read.
"""

from __future__ import annotations

from clnd import requirements as _requirements  # isort: split

_requirements.check()

from clnd import context as _context
from clnd import errors as _errors
from clnd import execution as _execution
from clnd import linalg as linalg
from clnd import nd as nd
from clnd import profiler as profiler
from clnd import random as random
from clnd.api import constants as _constants
from clnd.api import creation as _creation
from clnd.api import data_types as _data_types
from clnd.api import elementwise as _made_elementwise
from clnd.api import manipulation as _manipulation
from clnd.api import products as _products
from clnd.api import reductions as _made_reductions
from clnd.api.constants import *
from clnd.api.creation import *
from clnd.api.data_types import *
from clnd.api.elementwise import *
from clnd.api.manipulation import *
from clnd.api.products import *
from clnd.api.reductions import *
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

_CHAPTERS = (
    _constants, _context, _creation, _data_types, _elementwise, _errors, _execution, _made_elementwise, _made_reductions, _manipulation, _products,
    _reductions,
)  # fmt: skip
_OWN = ["Array", "__version__", "linalg", "math_mode", "nd", "profiler", "random", "show_config"]
# The sum of the chapters'. Said so that type checkers, which know no sums, take every name that is imported here.
vars()["__all__"] = sorted({*_OWN, *(name for chapter in _CHAPTERS for name in chapter.__all__)})


def __dir__() -> list[str]:
    """The public names, for completion."""
    return list(globals()["__all__"])
