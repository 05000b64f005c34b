"""What an operation is: how a call becomes a node. The operations themselves are rows of ``elementwise.py``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, overload

import numpy as np

from clnd import dtypes
from clnd.dtypes import BOOL, COMPLEX, FLOAT, INT, UINT, DType, facts
from clnd.errors import ArgumentError, DTypeError
from clnd.graph.faults import Fault, joined
from clnd.graph.node import Node, Operand, as_operand, leading, led
from clnd.graph.primitive import Elementwise
from clnd.graph.record import SCALAR, check_fp64, common_context, record, scalar_node
from clnd.records import light_dataclass
from clnd.shapes import broadcast

__all__ = ["CASTS", "LIMITS", "Binary", "Cast", "Held", "Op", "Power", "Round", "Ternary", "Unary", "cast_node"]

A = TypeVar("A", bound=Operand)

SAME, TRUTH, REAL_PART = "same", "truth", "real part"
HALF = "half"
"""The key of a C expression for float16 alone, beside the kinds: where a float's is not it, rounded."""
# Python's numbers. NumPy's float64 and complex128 are among them by their classes.
_NUMBERS = (int, float, complex)


@light_dataclass(frozen=True)
class Held:
    """How tests hold a row to its oracle, where not as usual.

    Attributes
    ----------
    exact_when
        Kinds in which results are the oracle's to the bit, although the row has an ``ulp``.
    stays_when
        Kinds in which the result is the operand, whatever the oracle makes of it.
    any_zero_when
        Kinds in which the sign of a zero is no promise.
    cancels
        It is a sum that may cancel: results are as good as the larger operand.
    raises
        The oracle raises where the function has no value.
    specials
        Whether results at infinities, NaN and the like are the oracle's too.
    """

    exact_when: frozenset[str] = frozenset()
    stays_when: frozenset[str] = frozenset()
    any_zero_when: frozenset[str] = frozenset()
    cancels: bool = False
    raises: bool = False
    specials: bool = True


_OUT = "out : array, optional\n    The array that gets the result, which is cast to its dtype within one kind.\n"


class Op(Elementwise):
    """One elementwise operation: callable, documented, testable.

    Parameters
    ----------
    name
        The public name.
    code
        A C expression over the operands' names (x, or x1 and x2, or x1, x2 and x3), or one for
        each kind of dtype. T, I and U stand for the type computed in and the integers of its size;
        functions of ``templates/lib/`` go by their bare name; other calls are the driver's.
    says
        The first sentence of the docstring.
    oracle
        The NumPy function that tests hold it to.
    gives
        The result's dtype: SAME, TRUTH (bool; the code is a comparison's mask) or REAL_PART.
    floats
        True where integers and bools are taken as the default float.
    domain, ulp
        Where tests draw operands, and how far from the oracle results may be.
    held
        How tests hold it to the oracle beyond that.
    """

    keywords = (
        _OUT + "where : array of bool, optional\n    Where the result is wanted; elsewhere ``out`` stays as it is, and without ``out`` there are zeros.\n"
        "dtype : dtype, optional\n    What operands are cast to first, as ``casting`` allows.\n"
    )
    """What its docstring says of arguments beside the operands."""
    given_as: tuple[str, ...] = ()
    """What it calls the operands, where that is not as the code does."""

    def __init__(
        self,
        name: str,
        code: str | Mapping[str, str],
        kinds: frozenset[str],
        says: str,
        *,
        oracle: Callable[..., Any],
        gives: str = SAME,
        floats: bool = False,
        domain: tuple[float, float] = (-8.0, 8.0),
        ulp: int = 0,
        held: Held = Held(),  # noqa: B008 (it is frozen)
        python_name: str | None = None,
    ) -> None:
        self.name = name
        self.takes = kinds | ({BOOL, INT, UINT} if floats else frozenset())
        self._kinds = kinds
        self._code = dict.fromkeys(kinds, code) if isinstance(code, str) else dict(code)
        self.says = says
        self.oracle = oracle
        self.gives_rule = gives
        self.floats = floats
        self.domain = domain
        self.ulp = ulp
        self.held = held
        self.is_mask = gives == TRUTH
        self.__name__ = self.__qualname__ = python_name or name
        self.__doc__ = self._docstring()
        self._alike: dict[DType, DType] = {}
        self._resolved: dict[tuple[DType | None, ...], tuple[DType, DType]] = {}
        self._with_numbers: dict[tuple[Any, ...], tuple[DType, ...]] = {}

    # --- what it does to dtypes ---------------------------------------------------------------

    def computes_in(self, dtype: DType) -> DType:
        """The dtype that operands of ``dtype`` are cast to.

        Raises
        ------
        DTypeError
            Where the operation does not take it.
        """
        kind = facts(dtype).kind
        if kind in self._kinds:
            return dtype
        if self.floats and kind in (BOOL, INT, UINT):
            return dtypes.default_float()
        raise DTypeError(
            f"[{self.name}] got {dtype.name}; it takes {dtypes.kind_names(self.takes)}; cast with astype()"
        )

    def gives(self, dtype: DType) -> DType:
        """The dtype of the result of operands that were cast to ``dtype``."""
        if self.gives_rule == TRUTH:
            return dtypes.bool_
        if self.gives_rule == REAL_PART:
            return dtypes.to_real(dtype)
        return dtype

    def code_for(self, dtype: DType) -> str:
        """The C expression for operands of ``dtype``."""
        row = facts(dtype)
        return self._code[HALF if row.is_half and HALF in self._code else row.kind]

    # --- a call -------------------------------------------------------------------------------

    def apply(self, *operands: Any) -> Any:
        """Make the node. The result is of the class that stands highest among the operands' (`leading`)."""
        lead = leading(operands)
        if lead is None:
            lead, operands = led(self.name, operands)  # type: ignore[assignment]
        if dtypes.default_was_set and lead._stays_float32 and dtypes.default_float() is not dtypes.float32:
            with dtypes.float32_default():
                return self.apply(*operands)
        nodes: list[Node | None] = []
        given: list[Any] = []  # dtypes, and the classes of numbers
        for x in operands:
            if isinstance(x, Operand):
                node = x._node
            elif isinstance(x, _NUMBERS) or (isinstance(x, np.generic) and lead._numbers_are_weak):
                nodes.append(None)
                given.append(type(x))
                continue
            elif isinstance(x, np.generic):
                strong = dtypes.as_dtype(x.dtype)
                node = scalar_node(_checked(self.name, x, strong), strong)
            else:
                node = lead._constant(x)
            nodes.append(node)
            given.append(node.dtype)
        if None in nodes:
            taken = self._taken(tuple(given), operands)
            nodes = [scalar_node(_checked(self.name, x, t), t) if n is None else n for n, x, t in zip(nodes, operands, taken, strict=True)]
        return lead._like(self.node(nodes))  # type: ignore[arg-type]

    methods: ClassVar[Any] = None
    """The functions behind NumPy's ufuncs, their methods and arguments: `clnd.ufuncs` sets them, which knows index arrays and reductions."""

    def apply_into(self, out: Any, *operands: Any, where: Any = True, dtype: Any = None, casting: str = "same_kind") -> Any:
        """`apply`, with the result kept in the array ``out`` where one is given, and NumPy's arguments of ufuncs."""
        if where is not True or dtype is not None or casting != "same_kind":
            return self.methods.call(self, operands, out, where, dtype, casting)
        return self.kept(self.name, self.apply(*operands), out)

    def kept(self, name: str, result: Any, out: Any) -> Any:
        """``result`` of the function ``name``, kept in the array ``out`` where one is given."""
        if out is None:
            return result
        if not isinstance(out, Operand):
            raise DTypeError(f"[{name}] got a {type(out).__name__} as out; expected a clnd array")
        return out._take(self.name, result._node)

    def _taken(self, given: tuple[Any, ...], operands: tuple[Any, ...]) -> tuple[DType, ...]:
        """The dtypes that operands are taken as; ``given`` has those of arrays, and the classes of numbers."""
        key = (dtypes.default_float(), *given) if dtypes.default_was_set else given
        found = self._with_numbers.get(key)
        if found is None:
            found = self._with_numbers[key] = self._numbers_as([None if isinstance(x, type) else x for x in given], operands)
        return found

    def _numbers_as(self, given: list[DType | None], operands: tuple[Any, ...]) -> tuple[DType, ...]:
        """`_taken`, where numbers have no dtype."""
        base = dtypes.result_dtype(self.name, *(d for d in given if d is not None))
        dtype = base
        for d, x in zip(given, operands, strict=True):
            if d is None:
                dtype = dtypes.promote(self.name, dtype, dtypes.scalar_dtype(self.name, x, base))
        return tuple(dtype if d is None else d for d in given)

    def node(self, nodes: list[Node]) -> Node:
        """The node of this operation on ``nodes``: promote, broadcast, record."""
        count = len(nodes)
        # The commonest calls: nothing to promote; equal shapes, or a number.
        if count == 1:
            (x,) = nodes
            found = self._alike.get(x.dtype)
            if found is not None:
                return record(self, (x,), x.shape, found, x.ctx)
        elif count == 2:
            a, b = nodes
            if a.dtype is b.dtype:
                found = self._alike.get(a.dtype)
                if found is not None:
                    if a.shape == b.shape and a.ctx is b.ctx is not None:
                        return record(self, (a, b), a.shape, found, a.ctx)
                    if (a.ctx is None) is not (b.ctx is None):
                        whole = a if b.ctx is None else b
                        return record(self, (a, b), whole.shape, found, whole.ctx)
        dtype, gives = self._dtypes(tuple([n.dtype for n in nodes]))
        first = nodes[0]
        shape, ctx = first.shape, first.ctx
        inputs = tuple([n if n.dtype is t else cast_node(n, t) for n, t in zip(nodes, self._casts(dtype, count), strict=True)])
        for n in nodes:
            if n.shape != shape or n.ctx is not ctx:
                shape = broadcast(self.name, *[n.shape for n in nodes])
                ctx = common_context(self.name, nodes)
                inputs = tuple([x if x.shape else _argument(x) for x in inputs])
                break
        if facts(dtype).needs_fp64:
            check_fp64(self.name, dtype, ctx)
        elif count <= 2 and first.dtype is dtype is nodes[-1].dtype:
            self._alike[dtype] = gives
        return record(self, inputs, shape, gives, ctx)

    def _casts(self, dtype: DType, count: int) -> tuple[DType, ...]:
        return (dtype,) * count

    def _dtypes(self, given: tuple[DType, ...]) -> tuple[DType, DType]:
        # Longer than the dtypes of any operation, so that it is no key of another one's.
        key = (*given, dtypes.default_float(), None, None) if dtypes.default_was_set else given
        found = self._resolved.get(key)
        if found is None:
            dtype = self.computes_in(self._promoted(given))
            found = self._resolved[key] = (dtype, self.gives(dtype))
        return found

    def _promoted(self, given: tuple[DType, ...]) -> DType:
        return dtypes.result_dtype(self.name, *given)

    # --- how it presents itself ---------------------------------------------------------------

    def _docstring(self) -> str:
        result = {
            SAME: "The operands' promoted dtype" + (", the default float (float32) for integers and bools" if self.floats else ""),
            TRUTH: "bool",
            REAL_PART: "The operand's dtype; for complex numbers that of their parts",
        }[self.gives_rule]
        operands = ", ".join(self.given_as or self.names)
        return (
            f"{self.says}\n\nElement by element, with broadcasting; lazy.\n\n"
            f"Parameters\n----------\n{operands} : array or number\n    Takes {dtypes.kind_names(frozenset(self.takes))}.\n"
            f"{self.keywords}\nReturns\n-------\narray\n    {result}.\n\n"
            "Raises\n------\nDTypeError\n    Where the operation does not take the dtype.\n"
            "ShapeError\n    Where the shapes do not broadcast.\nContextError\n    Where the arrays are on two devices.\n"
        )

    def __repr__(self) -> str:
        return f"<operation {self.name}({', '.join(self.names)})>"

    def __reduce__(self) -> str:
        # The name of a row in the module of the table: there is one object of each operation.
        return self.name


def _argument(node: Node) -> Node:
    """``node``, or the scalar that it is filled with if it has no axes: an argument of a kernel instead of memory."""
    if node.shape or node.value is not None or node.faults or not (isinstance(node.op, Elementwise) and node.op.is_move):
        return node
    filled = node.inputs
    return filled[0] if filled and filled[0].op is SCALAR and filled[0].dtype is node.dtype else node


_LARGEST = {dtype: float(np.finfo(dtype).max) for dtype in dtypes.ALL if facts(dtype).kind == FLOAT}
LIMITS = {dtype: np.iinfo(dtype) for dtype in dtypes.ALL if facts(dtype).kind in (INT, UINT)}


def _checked(name: str, value: Any, dtype: DType) -> Any:
    """A Python number as ``dtype`` holds it; one that an integer dtype does not hold is refused."""
    f = facts(dtype)
    if f.kind in (INT, UINT):
        limits = LIMITS[dtype]
        if not limits.min <= int(value) <= limits.max:
            raise DTypeError(
                f"[{name}] got {value}, which {dtype.name} does not hold ({limits.min} to {limits.max}); "
                "cast the array with astype() first"
            )
        return int(value)
    if f.kind == BOOL:
        return bool(value)
    if f.kind == FLOAT:
        # Rounded to the dtype here, so that an int beyond 2^53 and a fused kernel agree.
        if type(value) is float and abs(value) <= _LARGEST[dtype]:
            return float(dtype.type(value))
        with np.errstate(over="ignore"):
            try:
                return float(dtype.type(value))
            except OverflowError:
                return float("inf") if value > 0 else float("-inf")
    with np.errstate(over="ignore"):
        return complex(dtype.type(value))


class Unary(Op):
    """An operation on one array."""

    def __call__(self, x: A, /, out: A | None = None, *, where: Any = True, dtype: Any = None, casting: str = "same_kind") -> A:
        if out is None is dtype and where is True and isinstance(x, Operand):
            return x._like(self.node([x._node]))
        result: A = self.apply_into(out, x, where=where, dtype=dtype, casting=casting)
        return result


class Round(Unary):
    """``round(x)``, to so many decimals."""

    keywords = "decimals : int, optional\n    Digits after the point; before it where negative.\n" + _OUT

    def __call__(self, x: A, /, decimals: int = 0, out: A | None = None) -> A:  # type: ignore[override]
        if type(decimals) is int and decimals == 0:
            return super().__call__(x, out=out)
        result: A = self.kept(self.name, self.to_decimals(x, decimals), out)
        return result

    @staticmethod
    def to_decimals(x: Any, decimals: Any) -> Any:
        """``x`` rounded to a number of decimals: `ops.made.rounded`."""
        raise NotImplementedError


class Binary(Op):
    """An operation on two arrays, or an array and a number."""

    names = ("x1", "x2")
    accumulated: Callable[[Node, Any, Any], Node] | None = None
    """A node accumulated by this operation along an axis, as a dtype: set in `ops.scans`."""

    def accumulate(self, array: A, axis: int = 0, dtype: Any = None, out: A | None = None) -> A:
        """The operation's result of all elements up to each, along an axis; NumPy's ``ufunc.accumulate``.

        Raises
        ------
        DTypeError
            If clnd does not accumulate by this operation.
        """
        array = as_operand(f"{self.name}.accumulate", array)
        if self.accumulated is None:
            raise DTypeError(f"[{self.name}.accumulate] got an operation that does not accumulate; expected add, multiply, minimum, maximum, logical_and or logical_or")
        result: A = self.kept(f"{self.name}.accumulate", array._like(self.accumulated(array._node, axis, dtype)), out)
        return result

    @overload
    def __call__(self, x1: A, x2: Any, /, out: A | None = None, *, where: Any = True, dtype: Any = None, casting: str = "same_kind") -> A: ...
    @overload
    def __call__(self, x1: Any, x2: A, /, out: A | None = None, *, where: Any = True, dtype: Any = None, casting: str = "same_kind") -> A: ...
    def __call__(self, x1: Any, x2: Any, /, out: Any = None, *, where: Any = True, dtype: Any = None, casting: str = "same_kind") -> Any:
        return self.apply_into(out, x1, x2, where=where, dtype=dtype, casting=casting)

    def at(self, a: Operand, indices: Any, b: Any, /) -> None:
        """Join ``b`` with the elements of ``a`` that ``indices`` name, in place, once for each time that they name one.

        An element becomes its initial value joined with the canonical combination (as of `sum`) of the values for it, in the order of the
        indices: the same bits on every device. Of an index out of range that only the device sees, the next read of ``a`` tells, once; the rest stands.

        Raises
        ------
        DTypeError
            For an operation that has no such form, and for values whose kind ``a`` does not hold.
        IndexingError
            For an index out of range, and one of a wrong kind.
        """
        self.methods.at(self, a, indices, b)

    def reduce(
        self, array: A, /, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> A:
        """``array`` reduced over ``axis``, as NumPy's ``ufunc.reduce``: the sum for `add`, and the like; all axes where ``axis`` is None.

        Raises
        ------
        DTypeError
            For an operation that has no reduction.
        """
        result: A = self.methods.reduce(self, array, axis, dtype, out, keepdims, initial, where)
        return result

    def outer(self, x1: Any, x2: Any, /, *, out: Any = None) -> Any:
        """The operation on each pair of an element of ``x1`` and one of ``x2``: shape ``x1.shape + x2.shape``."""
        return self.methods.outer(self, x1, x2, out)


def _negative_power(base: DType, power: Any) -> ArgumentError:
    return ArgumentError(
        f"[pow] got {base.name} to the power {power}; negative integer powers of integers are not integers; use .astype(\"float32\") first"
    )


class Power(Binary):
    """``pow(x1, x2)``: a negative integer as the power of integers is refused."""

    def _taken(self, given: tuple[Any, ...], operands: tuple[Any, ...]) -> tuple[DType, ...]:
        base, power = given[0], operands[1]
        if isinstance(given[1], type) and isinstance(power, (int, np.integer)) and power < 0 and not isinstance(base, type) and facts(base).kind in (INT, UINT):
            raise _negative_power(base, power)
        return super()._taken(given, operands)

    def node(self, nodes: list[Node]) -> Node:
        result, power = super().node(nodes), nodes[1]
        if power.ctx is None and facts(result.dtype).kind in (INT, UINT) and power.params < 0:
            raise _negative_power(nodes[0].dtype, power.params)
        fault = self.check(result, nodes)
        if fault is not None:
            result.faults = joined(result.faults, (fault,))
        return result

    @staticmethod
    def check(result: Node, nodes: list[Node]) -> Fault | None:
        """What could be wrong with ``result``, which only the device sees: `ops.checks.negative_power`."""
        raise NotImplementedError


class Ternary(Op):
    """``where(condition, x1, x2)``: the first operand is a bool."""

    names = ("x1", "x2", "x3")
    given_as = ("condition", "x1", "x2")
    keywords = _OUT

    @overload
    def __call__(self, condition: A, /) -> tuple[A, ...]: ...
    @overload
    def __call__(self, condition: A, x1: Any, x2: Any, /, *, out: A | None = None) -> A: ...
    def __call__(self, condition: Any, x1: Any = None, x2: Any = None, /, *, out: Any = None) -> Any:
        if x1 is None and x2 is None and out is None:
            return self.of_condition(condition)
        if x1 is None or x2 is None:
            raise ArgumentError(f"[{self.name}] got a condition and one of x1 and x2; expected both, or neither for the places where it is true")
        return self.apply_into(out, condition, x1, x2)

    @staticmethod
    def of_condition(condition: Any) -> tuple[Any, ...]:
        """The places where ``condition`` is true: `placing.nonzero`."""
        raise NotImplementedError

    def _promoted(self, given: tuple[DType, ...]) -> DType:
        return dtypes.promote(self.name, given[1], given[2])

    def _casts(self, dtype: DType, count: int) -> tuple[DType, ...]:
        return (dtypes.bool_, dtype, dtype)

    def _numbers_as(self, given: list[DType | None], operands: tuple[Any, ...]) -> tuple[DType, ...]:
        condition, *rest = given
        chosen = next((d for d in rest if d is not None), None) or dtypes.promote(self.name, *map(_lone_dtype, operands[1:]))
        base = chosen
        for d, x in zip(rest, operands[1:], strict=True):
            if d is None:
                chosen = dtypes.promote(self.name, chosen, dtypes.scalar_dtype(self.name, x, base))
        return (dtypes.bool_ if condition is None else condition, *[chosen if d is None else d for d in rest])


def _lone_dtype(value: Any) -> DType:
    """The default dtype of a number that meets no array."""
    if isinstance(value, (bool, np.bool_)):
        return dtypes.bool_
    if isinstance(value, (int, np.integer)):
        return dtypes.DEFAULT_INT
    return dtypes.default_complex() if isinstance(value, (complex, np.complexfloating)) else dtypes.default_float()


# --- casts -------------------------------------------------------------------------------------


class Cast(Op):
    """The conversion of every dtype to one; made by promotion and ``astype``."""

    def __init__(self, to: DType) -> None:
        self.to = to
        super().__init__(
            "astype", "x", dtypes.EVERY_KIND, f"`x` as {to.name}.",
            oracle=lambda x: np.asarray(x).astype(to), python_name="astype",
        )  # fmt: skip
        self.is_mask = facts(to).kind == BOOL

    def gives(self, dtype: DType) -> DType:
        return self.to

    def code_for(self, dtype: DType) -> str:
        source, to = facts(dtype), facts(self.to)
        if to.kind == BOOL:
            return "cnonzero(x)" if source.kind == COMPLEX else "x != (T)(0)"
        if to.kind == COMPLEX:
            part = f"to_{to.compute.scalar}"
            if source.kind == COMPLEX:
                return f"c{part}(x)"
            return f"cmake_{to.compute.scalar}({part}(x), {part}((T)(0)))"
        if source.kind == COMPLEX:
            raise DTypeError(
                f"[astype] got {dtype.name} to {self.to.name}; the imaginary part would be lost; use real() or abs() first"
            )
        if to.is_half:
            return "double_to_half_float(x)" if source.compute.is_double else "to_float(x)"
        if to.storage == source.storage and not source.is_half:
            return "x"
        return f"to_{to.compute.scalar}(x)"


CASTS: dict[DType, Cast] = {dtype: Cast(dtype) for dtype in dtypes.ALL}


def cast_node(node: Node, dtype: DType) -> Node:
    """``node`` converted to ``dtype``; a scalar is converted on the spot."""
    if node.dtype is dtype:
        return node
    if node.op is SCALAR:
        return scalar_node(_checked("astype", node.params, dtype), dtype)
    op = CASTS[dtype]
    op.code_for(node.dtype)  # raises where there is no such cast
    check_fp64("astype", dtype, node.ctx)
    return record(op, (node,), node.shape, dtype, node.ctx)
