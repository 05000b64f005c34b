"""OpenCL C as text: templates, and the library of device functions that they pull in.

``render`` gives a kernel template's `Source`, whose text is made when it is asked for. A template says which functions of
``templates/lib/`` it calls by naming them through a `Library`; only those, and what they call
themselves, become part of the program. Nothing is included by the OpenCL compiler (drivers'
caches do not track includes), and nothing of a user's reaches the text: numbers are kernel
arguments.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from clnd.records import light_dataclass
from clnd.templates import fingerprint
from clnd.templates.ctype import CType

if TYPE_CHECKING:  # loading it takes as long as all of clnd, and a process whose programs are in the cache renders nothing
    from mako.lookup import TemplateLookup

__all__ = ["DRIVER_FUNCTIONS", "Arithmetic", "CType", "Library", "Source", "assemble", "render"]

_FOLDER = pathlib.Path(__file__).parent


@functools.cache
def _lookup() -> TemplateLookup:
    """Mako's collection of compiled templates, loaded with the first one that is rendered."""
    _load_mako()
    from mako.lookup import TemplateLookup

    # strict_undefined: a missing tunable is an error when rendering, not an empty string in the source.
    lookup = TemplateLookup(directories=[str(_FOLDER)], strict_undefined=True, cache_enabled=False)
    # Re-entrant: Mako's own lock hangs a signal handler that needs a kernel while one is rendered.
    lookup._mutex = threading.RLock()
    return lookup


def _load_mako() -> None:
    """Import Mako in another thread: a signal handler that interrupts an import, and needs the same module, would be given half of it."""
    thread = threading.Thread(target=importlib.import_module, args=("mako.lookup",), daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the process ends, and starts no more threads
        return
    thread.join()


@light_dataclass(frozen=True)
class Arithmetic:
    """How a device's compiler is made to compute the promised bits; found by the probe.

    ``fma``: "builtin" (the OpenCL function), "contract" (an inline function with contraction on,
    where the builtin is a slow call) or "software" (exact, from integer steps).
    ``divide``, ``sqrt``: "exact" as they are, or "corrected" by an fma step.
    ``guard_products``: spell a product ``fma(a, b, -0.0)`` with the zero passed as an argument,
    because the compiler contracts although it was told not to.
    ``vectors``: vectors in memory through "vload", or as "unaligned" objects: compilers for CPUs
    make one instruction of these, and PoCL 3.0 makes eight of a vload8.
    ``of_driver``: the functions that are the driver's own instead of ours (math mode "fast" only).
    ``contract``: whether the compiler may fuse a product into a sum (math mode "fast" only).
    """

    fma: str = "builtin"
    divide: str = "exact"
    sqrt: str = "exact"
    guard_products: bool = False
    vectors: str = "vload"
    of_driver: frozenset[str] = frozenset()
    contract: bool = False


# A function of the library: a def that takes the type and nothing else. Defs with other arguments
# are pieces that a file writes its own functions with.
_DEFINITION = r'(?m)^<%def name="([A-Za-z]\w*)\(t\)">'


@functools.cache
def _library_files() -> dict[str, str]:
    """Function name -> the file of ``templates/lib/`` that defines it.

    Names are read from the text: compiling every template would cost a new process more than its
    first kernel does.
    """
    functions: dict[str, str] = {}
    for path in sorted((_FOLDER / "lib").glob("*.cl.mako")):
        for name in re.findall(_DEFINITION, path.read_text()):
            if name in functions:
                raise AssertionError(f"{functions[name]} and lib/{path.name} both define {name!r}")
            functions[name] = f"lib/{path.name}"
    return functions


_TYPED_NAME = r"\b([A-Za-z][A-Za-z0-9_]*?)_(c?)(float|double|u?char|u?short|u?int|u?long)(2|4|8|16)?\b"


# Functions of the library that math mode "fast" replaces by the driver's, and those of them that
# have a native_ form, whose precision is the driver's to choose.
DRIVER_FUNCTIONS = frozenset(
    ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinpi", "cospi", "tanpi", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "pow", "hypot", "cbrt", "rsqrt", "erf", "erfc"]
)
_NATIVE = frozenset(["exp", "exp2", "log", "log2", "log10", "sin", "cos", "tan", "rsqrt"])
_BINARY = frozenset(["atan2", "pow", "hypot"])


def _call_of_driver(name: str, t: CType) -> str:
    """The library function ``name`` as a call of the driver's own."""
    names = ("x", "y") if name in _BINARY else ("x",)
    function = f"native_{name}" if name in _NATIVE and not t.is_double else name
    parameters = ", ".join(f"{t} {x}" for x in names)
    return f"static inline {t} {name}_{t}({parameters}) {{ return {function}({', '.join(names)}); }}"


@functools.lru_cache(maxsize=4096)
def _function(name: str, t: CType, arithmetic: Arithmetic) -> tuple[str, tuple[tuple[str, CType], ...]]:
    """The text of one library function for one type, and the library functions it calls."""
    if name in arithmetic.of_driver and t.is_float and not t.is_complex:
        return _call_of_driver(name, t), ()
    template = _lookup().get_template(_library_files()[name])
    text = str(template.get_def(name).render(t=t, arithmetic=arithmetic)).strip()
    return text, tuple(c for c in _calls(text) if c != (name, t))


def _calls(text: str) -> list[tuple[str, CType]]:
    known = _library_files()
    found: dict[tuple[str, CType], None] = {}
    for stem, cplx, scalar, width in re.findall(_TYPED_NAME, text):
        if stem in known:
            found[stem, CType(scalar, int(width or 1), bool(cplx))] = None
    return list(found)


class Library:
    """The device functions one program needs, in an order in which each is defined before use."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self.arithmetic = arithmetic
        self._texts: dict[tuple[str, CType], str] = {}

    @staticmethod
    def has(name: str) -> bool:
        """True where ``templates/lib/`` defines a function of that name."""
        return name in _library_files()

    def need_called_in(self, text: str) -> None:
        """Add every library function that ``text`` names."""
        stack: list[tuple[tuple[str, CType], bool]] = [(c, False) for c in reversed(_calls(text))]
        while stack:
            call, callees_done = stack.pop()
            if call in self._texts:
                continue
            body, callees = _function(*call, self.arithmetic)
            if callees_done:
                self._texts[call] = body
            else:
                stack.append((call, True))
                stack.extend((c, False) for c in reversed(callees) if c not in self._texts)

    def text(self) -> str:
        """All functions, callees first."""
        return "\n".join(self._texts.values())


_HEADER = "#pragma OPENCL FP_CONTRACT {}\n"
_FP64 = "#ifdef cl_khr_fp64\n#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n#endif\n"
_COMPLEX = "typedef struct {{ {real} re, im; }} {name};\n"


class Source:
    """The OpenCL C of a kernel: template ``template`` ("gemm" -> ``templates/gemm.cl.mako``) rendered with ``names``.

    It is rendered when its text is asked for. ``key`` stands for the text before that.
    """

    def __init__(self, template: str, arithmetic: Arithmetic, names: Mapping[str, object]) -> None:
        self.template = template
        self.arithmetic = arithmetic
        self.names = names

    @functools.cached_property
    def key(self) -> str | None:
        """Equal keys stand for equal texts, in other processes too; None where only the text tells."""
        return fingerprint.of_values(self.template, self.arithmetic, self.names)

    @functools.cached_property
    def text(self) -> str:
        """The source. The template sees the names, ``arithmetic`` and ``lib`` (a `Library`)."""
        lib = Library(self.arithmetic)
        template = _lookup().get_template(f"{self.template}.cl.mako")
        return assemble(lib, str(template.render(lib=lib, arithmetic=self.arithmetic, **self.names)))

    def __str__(self) -> str:
        return self.text


def render(template: str, arithmetic: Arithmetic, **names: object) -> Source:
    """The source of kernel template ``template`` ("gemm" -> ``templates/gemm.cl.mako``).

    The template sees ``names``, ``arithmetic`` and ``lib`` (a `Library`); functions that the
    rendered kernel calls by their typed name (``exp_float8``) are put in front of it.
    """
    return Source(template, arithmetic, names)


def assemble(lib: Library, kernel: str) -> str:
    """Pragmas, complex types, the library functions ``kernel`` calls, and ``kernel`` itself."""
    lib.need_called_in(kernel)
    body = lib.text() + "\n" + kernel
    header = _HEADER.format("ON" if lib.arithmetic.contract else "OFF") + (_FP64 if re.search(r"\bc?double", body) else "")
    for scalar, width in sorted(set(re.findall(r"\bc(float|double|int|long)(2|4|8|16)?\b", body))):
        header += _COMPLEX.format(real=scalar + width, name="c" + scalar + width)
    # Blank lines say nothing to a compiler and make dumped source long.
    return re.sub(r"\n\s*\n+", "\n", header + body)
