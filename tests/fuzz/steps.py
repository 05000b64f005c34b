"""Random steps of programs: a line of Python for clnd, and what NumPy says of the array that it makes or changes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import clnd
from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, facts
from clnd.errors import DTypeError
from clnd.ops import elementwise
from clnd.ops.op import Binary, Op, Ternary
from tests.canonical import mean_reference, reduce_reference, var_reference
from tests.device.test_elementwise import complaint
from tests.fuzz.values import DTYPES, cast, data, matmul, moderate, same

__all__ = ["Env", "Judge", "Step", "Writer"]

Array = np.ndarray[Any, Any]
Env = dict[str, Any]
Judge = Callable[[Array], str]
"""Says what is wrong with what clnd computed; empty where nothing is."""


@dataclass(frozen=True)
class Step:
    """``code`` makes or changes ``target``. ``uses``: the other arrays that it reads.

    ``expect`` is called with NumPy's arrays before the step runs. It gives the judge of the result. ``view``: NumPy's line for a step
    that makes a view (or a copy, where NumPy makes one), so that later writes are seen through it.
    """

    code: str
    target: str
    uses: tuple[str, ...] = ()
    changes: bool = False
    expect: Callable[[Env], Judge] | None = None
    view: str = ""
    drops: bool = False


def exactly(want: Array) -> Judge:
    def judge(got: Array) -> str:
        if same(got, want):
            return ""
        if got.dtype != want.dtype or got.shape != want.shape:
            return f"got {got.dtype} {got.shape}, expected {want.dtype} {want.shape}"
        differs = ~((got == want) | ((got != got) & (want != want))) | ((got == 0) & (np.signbit(got.real) != np.signbit(want.real)))
        k = np.unravel_index(int(np.argmax(differs)), got.shape)
        return f"got {got[k]!r} at {tuple(map(int, k))}, expected {want[k]!r}; {int(differs.sum())} of {got.size} differ"

    return judge


def nearly(want: Array, size: float, part: float) -> Judge:
    """Within ``part`` of ``size``."""

    def judge(got: Array) -> str:
        if got.shape != want.shape:
            return f"got {got.shape}, expected {want.shape}"
        with np.errstate(all="ignore"):
            away = np.max(np.abs(got.astype(np.complex128) - want), initial=0)
        return "" if not away > part * size else f"got {got.tolist()!r:.80}, expected {want.tolist()!r:.80}"

    return judge


def _kind(x: Array) -> str:
    return facts(x.dtype).kind


def promoted(*some: Any) -> np.dtype[Any] | None:
    to = np.dtype(some[0])
    try:
        for d in some[1:]:
            to = dtypes.promote("fuzz", to, np.dtype(d))
    except DTypeError:
        return None
    return to


def row_judge(op: Op, xs: tuple[Array, ...], keep: Any = None) -> Judge:
    """The row's oracle and bound; of a result cast to ``keep``."""
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    to = promoted(*(x.dtype for x in xs[isinstance(op, Ternary) :]))
    assert to is not None
    flat = tuple(np.broadcast_to(cast(x, np.bool_ if isinstance(op, Ternary) and k == 0 else to), shape).ravel().copy() for k, x in enumerate(xs))
    product = op.name in ("square", "multiply") and to.kind == "c" and op.ulp

    def judge(got: Array) -> str:
        if got.shape != shape:
            return f"got shape {got.shape}, expected {shape}"
        with np.errstate(all="ignore"):
            if op.held.raises:
                # The standard library's functions raise outside of their domains, where the rows promise no value.
                inside = np.isfinite(flat[0])
                return complaint(op, got.ravel()[inside], (flat[0][inside],))
            if product:
                # Where both products of a part overflow, NumPy's loops make NaN of it or an infinity. A long double holds them.
                exact = op.oracle(*(x.astype(np.clongdouble) for x in flat))
                finite = np.all([np.isfinite(x) for x in flat], axis=0)
                if np.isnan(got.ravel()[finite]).any():
                    return "NaN of finite factors"
                inside = np.abs(exact) < np.finfo(to).max
                return complaint(op, got.ravel()[inside], tuple(x[inside] for x in flat))
            if to.kind == "c" and op.ulp:
                # Where rounding the logarithm or the angle of a huge number does not decide.
                inside = np.all([(np.abs(x) < 10) | ~np.isfinite(x) for x in flat[isinstance(op, Ternary) :]], axis=0)
                return complaint(op, got.ravel()[inside], tuple(x[inside] for x in flat))
            return complaint(op, got.ravel(), flat)

    return judge


def _scope(**arrays: Array) -> Env:
    """Where NumPy's side of an index is run."""
    return {"np": np, "places": np.asarray, **arrays}


class Writer:
    """Draws the next step from what there is: ``arrays`` are NumPy's, by name."""

    def __init__(self, rng: random.Random, fp64: bool) -> None:
        self.rng = rng
        usable = [d for d in DTYPES if fp64 or not facts(np.dtype(d)).needs_fp64]
        # Few dtypes and lengths a program, so that its arrays often meet.
        self.dtypes = rng.sample(usable, rng.choice((1, 2, 3)))
        lengths = rng.sample((0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40, 65), 3)
        if rng.random() < 0.7:
            lengths = [n or 6 for n in lengths]
        a, b, c = lengths
        self.shapes: list[tuple[int, ...]] = [(a, b), (a, b), (b,), (a, 1), (1, b), (), (c, a, b), (b, c), (b, a), (c, 1, b)]
        if rng.random() < 0.1:
            self.shapes.append((rng.choice((2047, 2049, 5000)),))
        self.arrays: Env = {}
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"v{self.count - 1}"

    def any_array(self) -> str:
        names = sorted(self.arrays, key=lambda n: int(n[1:]))
        return self.rng.choice(names[-4:] if self.rng.random() < 0.6 else names)

    def next(self) -> Step:
        """A step that this program can go on with."""
        makers = (
            (self.make, 3), (self.row, 10), (self.number, 4), (self.reduce, 4), (self.product, 2), (self.view, 5), (self.assign, 5),
            (self.in_place, 4), (self.cast_, 3), (self.filled, 1), (self.draw, 1), (self.drop, 1), (self.into_out, 1),
            (self.moved, 2),
        )  # fmt: skip
        while True:
            maker = self.make if len(self.arrays) < 2 else self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]
            step = maker()
            if step is not None:
                return step

    # --- what makes arrays --------------------------------------------------------------------

    def make(self) -> Step | None:
        dtype, shape, seed = self.rng.choice(self.dtypes), self.rng.choice(self.shapes), self.rng.randrange(1000)
        want = data(dtype, shape, seed)
        return Step(f"{{}} = clnd.asarray(data({dtype!r}, {shape}, {seed}))".format(name := self.new()), name, expect=lambda env: exactly(want))

    def filled(self) -> Step | None:
        dtype, shape, name = self.rng.choice(self.dtypes), self.rng.choice(self.shapes), self.new()
        what = self.rng.choice(("zeros", "ones", "full", "arange", "eye"))
        if what == "arange":
            n = self.rng.randrange(20)
            want = np.arange(n).astype(dtype)
            return None if dtype == "bool" else Step(f"{name} = clnd.arange({n}, dtype={dtype!r})", name, expect=lambda env: exactly(want))
        if what == "eye":
            n, m = (*shape, 3, 4)[:2]
            want = np.eye(n, m).astype(dtype)
            return Step(f"{name} = clnd.eye({n}, {m}, dtype={dtype!r})", name, expect=lambda env: exactly(want))
        value = {"zeros": 0, "ones": 1}.get(what, self.rng.randrange(2))
        want = np.full(shape, value).astype(dtype)
        number = f", {value}" if what == "full" else ""
        return Step(f"{name} = clnd.{what}({shape}{number}, dtype={dtype!r})", name, expect=lambda env: exactly(want))

    def draw(self) -> Step | None:
        """Random numbers: the tests of streams know their values, here they have to be the same every time."""
        floats = [d for d in self.dtypes if d.startswith("float")]
        if not floats:
            return None
        kind, name = self.rng.choice(("uniform", "normal")), self.new()
        code = f"{name} = clnd.random.Generator({self.rng.randrange(99)}).{kind}(shape={self.rng.choice(self.shapes)}, dtype={self.rng.choice(floats)!r})"
        return Step(code, name, expect=lambda env: lambda got: "" if np.isfinite(got).all() else "got a draw that is not finite")

    def row(self) -> Step | None:
        op = self.rng.choice(list(elementwise.TABLE.values()))
        names = [self.any_array() for _ in op.names]
        if not self._fits(op, [self.arrays[n] for n in names]):
            return None
        name = self.new()
        call = f"clnd.{op.name}" if op.name in clnd.__all__ else f"elementwise.TABLE[{op.name!r}].apply"
        return Step(f"{name} = {call}({', '.join(names)})", name, tuple(names), expect=lambda env: row_judge(op, tuple(env[n] for n in names)))

    def _fits(self, op: Op, xs: list[Array]) -> bool:
        to = promoted(*(x.dtype for x in xs[isinstance(op, Ternary) :]))
        try:
            shape = np.broadcast_shapes(*(x.shape for x in xs))
        except ValueError:
            return False
        if op is elementwise.pow and to is not None and to.kind == "i" and (xs[1] < 0).any():
            return False  # a fault
        return to is not None and facts(to).kind in op.takes and math.prod(shape) <= 6000

    def into_out(self) -> Step | None:
        op = self.rng.choice([op for op in elementwise.TABLE.values() if isinstance(op, Binary) and op.name in clnd.__all__])
        a, b, out = self.any_array(), self.any_array(), self.any_array()
        x, y, z = self.arrays[a], self.arrays[b], self.arrays[out]
        if not (self._fits(op, [x, y]) and self._writable(z) and np.broadcast_shapes(x.shape, y.shape) == z.shape):
            return None
        to = promoted(x.dtype, y.dtype)
        if op.gives(op.computes_in(to)) != z.dtype:
            return None
        return Step(f"clnd.{op.name}({a}, {b}, out={out})", out, (a, b), True, expect=lambda env: row_judge(op, (env[a], env[b])))

    _SYMBOLS = (("+", "add"), ("-", "subtract"), ("*", "multiply"), ("/", "divide"), ("//", "floor_divide"), ("%", "remainder"), ("&", "bitwise_and"), ("|", "bitwise_or"), ("^", "bitwise_xor"))

    def _scalar(self, x: Array) -> Any:
        if _kind(x) == BOOL:
            return self.rng.choice((True, False))
        whole = self.rng.randrange(1, 10)
        return whole if _kind(x) in (INT, UINT) or self.rng.random() < 0.3 else self.rng.choice((0.5, 1.25, 0.1, 3.0, -2.5))

    def number(self) -> Step | None:
        a = self.any_array()
        x = self.arrays[a]
        symbol, row = self.rng.choice(self._SYMBOLS)
        op, value, turned, name = elementwise.TABLE[row], self._scalar(x), self.rng.random() < 0.3, self.new()
        if _kind(x) not in op.takes and not (op.floats and _kind(x) != BOOL):
            return None
        if op.floats and facts(x.dtype).kind in (INT, UINT):
            return None

        def expect(env: Env) -> Judge:
            y = np.full((), value, env[a].dtype)
            return row_judge(op, (y, env[a]) if turned else (env[a], y))

        return Step(f"{name} = {value} {symbol} {a}" if turned else f"{name} = {a} {symbol} {value}", name, (a,), expect=expect)

    def cast_(self) -> Step | None:
        a, to, name = self.any_array(), self.rng.choice([*self.dtypes, "bool", "int32", "float32", "int64", "uint8", "float16"]), self.new()
        if _kind(self.arrays[a]) == COMPLEX and np.dtype(to).kind != "c":
            return None
        return Step(f"{name} = {a}.astype({to!r})", name, (a,), expect=lambda env: exactly(cast(env[a], to)))

    # --- reductions and products ----------------------------------------------------------------

    def reduce(self) -> Step | None:
        a, name = self.any_array(), self.new()
        x = self.arrays[a]
        what = self.rng.choice(("sum", "prod", "min", "max", "any", "all", "mean", "var", "argmin", "argmax", "count_nonzero"))
        axis: Any = self.rng.choice((None, *range(-x.ndim, x.ndim)))
        if x.ndim > 1 and not what.startswith("arg") and self.rng.random() < 0.3:
            axis = tuple(sorted(self.rng.sample(range(x.ndim), self.rng.randrange(1, x.ndim + 1))))
        keep = self.rng.random() < 0.3 and what != "count_nonzero"
        kind = _kind(x)
        if (what in ("min", "max", "argmin", "argmax") and kind == COMPLEX) or (what in ("sum", "prod", "mean", "var") and kind == BOOL):
            return None
        if x.ndim == 0 or (x.size == 0 and what not in ("sum", "any", "all", "count_nonzero")):
            return None
        code = f"{name} = clnd.{what}({a}, axis={axis}{', keepdims=True' if keep else ''})"
        return Step(code, name, (a,), expect=lambda env: self._reduced(what, env[a], axis, keep))

    @staticmethod
    def _reduced(what: str, x: Array, axis: Any, keep: bool) -> Judge:
        kind = facts(x.dtype).kind
        with np.errstate(all="ignore"):
            if what in ("any", "all"):
                return exactly(np.asarray(getattr(np, what)(x != 0, axis=axis, keepdims=keep)))
            if what == "count_nonzero":
                return exactly(np.asarray(np.count_nonzero(x, axis=axis)).astype(np.int64))
            if what.startswith("arg"):
                return exactly(np.asarray(getattr(np, what)(x, axis=axis, keepdims=keep)).astype(np.int64))
            to = x.dtype if kind in (FLOAT, COMPLEX) else np.dtype(np.uint64 if kind == UINT else np.int64)
            if x.size == 0:
                return exactly(np.asarray(np.sum(x.astype(to), axis=axis, keepdims=keep)))
            if what in ("sum", "prod", "min", "max"):
                return exactly(reduce_reference(what, x, axis, keep, x.dtype if what in ("min", "max") else to))
            if kind in (INT, UINT):
                wide = x.astype(np.float64)
                size = float(np.max(np.abs(wide)))
                want = np.asarray(getattr(np, what)(wide, axis=axis, keepdims=keep))
                if what == "var" and size * size * x.size > 1e38:  # sums in float32
                    return lambda got: ""
                return nearly(want, size if what == "mean" else size * size, 1e-2)
            if not moderate(x):
                return lambda got: ""
            if kind == COMPLEX:
                # The quotient of complex numbers is not the quotient of their parts rounded once.
                size = float(np.max(np.abs(x.astype(np.complex128))))
                want = np.asarray(getattr(np, what)(x.astype(np.complex128), axis=axis, keepdims=keep))
                return nearly(want, size if what == "mean" else size * size, 64 * float(np.finfo(x.dtype).eps))
            return exactly(mean_reference(x, axis, keep) if what == "mean" else var_reference(x, axis, 0.0, keep))

    def product(self) -> Step | None:
        for _ in range(20):
            a, b = self.any_array(), self.any_array()
            x, y = self.arrays[a], self.arrays[b]
            to = promoted(x.dtype, y.dtype)
            if x.ndim and y.ndim and to is not None and x.size * y.size < 200_000:
                try:
                    np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
                except ValueError:
                    continue
                if x.shape[-1] == (y.shape[-2] if y.ndim > 1 else y.shape[0]):
                    name = self.new()
                    return Step(f"{name} = {a} @ {b}", name, (a, b), expect=lambda env, a=a, b=b, to=to: self._multiplied(cast(env[a], to), cast(env[b], to)))  # type: ignore[misc]
        return None

    @staticmethod
    def _multiplied(x: Array, y: Array) -> Judge:
        if not moderate(x, y):
            return lambda got: ""
        want = matmul(x, y)
        # The model's fma does not know the sign of a zero.
        if want.dtype.kind not in "fc":
            return exactly(want)
        return lambda got: exactly(want + want.dtype.type(0))(got + got.dtype.type(0))

    # --- views and writes -----------------------------------------------------------------------

    def _index(self, shape: tuple[int, ...]) -> str:
        parts = []
        for n in shape[: self.rng.randrange(len(shape) + 1)] if self.rng.random() < 0.3 else shape:
            roll = self.rng.random()
            if roll < 0.25 and n:
                parts.append(str(self.rng.randrange(-n, n)))
            elif roll < 0.5:
                parts.append(":")
            else:
                start, stop = (self.rng.choice(("", self.rng.randrange(-n - 1, n + 2))) for _ in range(2))
                parts.append(f"{start}:{stop}:{self.rng.choice((1, 1, 2, 3, -1, -2))}")
        if self.rng.random() < 0.1:
            parts.insert(self.rng.randrange(len(parts) + 1), "None")
        if self.rng.random() < 0.1 or not parts:
            parts.append("...")
        return ", ".join(parts)

    def _picked(self, shape: tuple[int, ...], distinct: bool = False) -> str:
        """An index with index arrays or a mask: ``places`` makes an array of a list, on either side."""
        axis = self.rng.randrange(len(shape))
        n = shape[axis]
        before, after = [":" if self.rng.random() < 0.6 else "::-1"] * axis, self._index(shape[axis + 1 :])
        if self.rng.random() < 0.3:
            key = f"places({[self.rng.random() < 0.5 for _ in range(n)]}, dtype=bool)"
        else:
            some = self.rng.sample(range(n), self.rng.randrange(n + 1)) if distinct else [self.rng.randrange(-n, n) for _ in range(self.rng.randrange(4) if n else 0)]
            key = f"places({some}, dtype={self.rng.choice(('int', 'np.int32', 'np.int16'))})"
        if axis == 0 and self.rng.random() < 0.1:
            return key
        return ", ".join([*before, key, after])

    def moved(self) -> Step | None:
        a, name = self.any_array(), self.new()
        x: Array = self.arrays[a]
        if not x.ndim or x.size > 5000:
            return None
        axis, number = self.rng.randrange(-x.ndim, x.ndim), self.rng.randrange(-3, 4)
        alike = [n for n, y in self.arrays.items() if y.shape == x.shape and y.dtype == x.dtype]
        several = ", ".join(used := tuple(self.rng.choices(alike, k=self.rng.randrange(1, 5))))
        mode = self.rng.choice(("constant", "edge", "symmetric", "wrap") if x.size else ("constant",))
        code = self.rng.choice((
            f"clnd.roll({a}, {number}, axis={axis})", f"clnd.roll({a}, {number})", f"clnd.repeat({a}, {abs(number)}, axis={axis})",
            f"clnd.tile({a}, (2, {abs(number)}))", f"clnd.pad({a}, {abs(number)}, mode={mode!r})", f"clnd.concat([{several}], axis={axis})",
            f"clnd.stack([{several}], axis={axis})", f"clnd.concatenate([{several}, {a}[:0]])",
        ))  # fmt: skip
        return Step(f"{name} = {code}", name, (a, *used), view=code.replace("clnd.", "np."))

    def view(self) -> Step | None:
        a, name = self.any_array(), self.new()
        x: Array = self.arrays[a]
        what = self.rng.choice(("index", "index", "index", "T", "reshape", "permute", "broadcast", "flip", "squeeze", "expand"))
        mine = yours = ""
        if what == "index":
            mine = f"{a}[{self._picked(x.shape) if x.ndim and self.rng.random() < 0.25 else self._index(x.shape)}]"
        elif what == "T":
            mine = f"{a}.T"
        elif what == "reshape":
            factors = [d for d in range(1, x.size + 1) if x.size % d == 0] or [0]
            first = self.rng.choice(factors)
            to = (-1,) if self.rng.random() < 0.3 and x.size else (first, x.size // first) if first else (0, 3)
            mine = f"{a}.reshape({to})"
        elif what == "permute":
            order = tuple(self.rng.sample(range(x.ndim), x.ndim))
            mine, yours = f"clnd.permute_dims({a}, {order})", f"np.transpose({a}, {order})"
            if x.ndim == 0:
                return None
        elif what == "broadcast":
            to = tuple(self.rng.choice((2, 3)) if n == 1 else n for n in x.shape)
            to = (2, *to) if self.rng.random() < 0.3 else to
            mine, yours = f"clnd.broadcast_to({a}, {to})", f"np.broadcast_to({a}, {to})"
        elif what == "flip":
            axis = self.rng.choice((None, *range(x.ndim)))
            mine, yours = f"clnd.flip({a}, axis={axis})", f"np.flip({a}, axis={axis})"
        elif what == "squeeze":
            mine = f"{a}.squeeze()"
        else:
            axis = self.rng.randrange(x.ndim + 1)
            mine, yours = f"clnd.expand_dims({a}, axis={axis})", f"np.expand_dims({a}, {axis})"
        return Step(f"{name} = {mine}", name, (a,), view=yours or mine)

    def _writable(self, x: Array) -> bool:
        return not any(s == 0 and n > 1 for s, n in zip(x.strides, x.shape, strict=True)) and x.flags.writeable

    def assign(self) -> Step | None:
        a = self.any_array()
        x: Array = self.arrays[a]
        if not self._writable(x):
            return None
        index = self._picked(x.shape) if x.ndim and self.rng.random() < 0.3 else self._index(x.shape)
        region = eval(f"x[{index}]", _scope(x=x))
        if self.rng.random() < 0.4:
            value = str(self._scalar(x))
            used: tuple[str, ...] = (a,)
        else:
            names = [n for n in self.arrays if self._broadcasts(self.arrays[n].shape, region.shape) and (_kind(self.arrays[n]) != COMPLEX or _kind(x) == COMPLEX)]
            if not names:
                return None
            value = self.rng.choice(names)
            used = (value, a)
        return Step(f"{a}[{index}] = {value}", a, used, True, expect=lambda env: self._assigned(env, a, index, value))

    @staticmethod
    def _assigned(env: Env, a: str, index: str, value: str) -> Judge:
        want = env[a].copy()
        given = cast(env[value], want.dtype) if value in env else np.asarray(eval(value)).astype(want.dtype)
        exec(f"want[{index}] = given", _scope(want=want, given=given))
        return exactly(want)

    @staticmethod
    def _broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
        try:
            return np.broadcast_shapes(shape, to) == to
        except ValueError:
            return False

    def in_place(self) -> Step | None:
        a = self.any_array()
        x: Array = self.arrays[a]
        symbol, row = self.rng.choice(self._SYMBOLS)
        op = elementwise.TABLE[row]
        if not self._writable(x) or _kind(x) not in op.takes or (op.floats and _kind(x) in (INT, UINT, BOOL)):
            return None
        target, index = a, ""
        if self.rng.random() < 0.4 and x.ndim:
            index = f"[{self._picked(x.shape, distinct=True) if self.rng.random() < 0.3 else self._index(x.shape)}]"
        region = eval(f"x{index}", _scope(x=x))
        if self.rng.random() < 0.4:
            value = self._scalar(x)
            used: tuple[str, ...] = (a,)
            other = str(value)
        else:
            names = [n for n in self.arrays if self._broadcasts(self.arrays[n].shape, region.shape) and promoted(x.dtype, self.arrays[n].dtype) == x.dtype]
            if not names:
                return None
            other = self.rng.choice(names)
            used = (other, a)

        def expect(env: Env) -> Judge:
            old = env[a].copy()
            part = np.asarray(eval(f"old{index}", _scope(old=old)))
            y = env[other].copy() if other in env else np.full((), eval(other), old.dtype)
            inner = row_judge(op, (part, np.asarray(y)))

            def judge(got: Array) -> str:
                if got.shape != old.shape or got.dtype != old.dtype:
                    return f"got {got.dtype} {got.shape}, expected {old.dtype} {old.shape}"
                new = np.asarray(eval(f"got{index}", _scope(got=got)))
                outside, now = old.copy(), got.copy()
                if index:
                    exec(f"outside{index} = 0; now{index} = 0", _scope(outside=outside, now=now))
                    if not same(outside, now):
                        return "elements beside the region changed"
                return inner(new)

            return judge

        return Step(f"{target}{index} {symbol}= {other}", a, used, True, expect=expect)

    def drop(self) -> Step | None:
        return None if len(self.arrays) < 4 else Step(f"del {(a := self.any_array())}", a, drops=True)
