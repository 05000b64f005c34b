"""What a fused kernel computes: inputs, steps and outputs, and how a step becomes OpenCL C.

A recipe is plain data made by ``graph/fuse.py``. The elementwise kernel and the map stage of the
reductions render the same recipe, so a scalar function is written once.
"""

from __future__ import annotations

import functools
import re

from clnd.dtypes import DType, DTypeFacts, facts
from clnd.records import light_dataclass
from clnd.templates import CType, Library

__all__ = ["INDEX", "LOOK_UP", "Input", "Recipe", "Step", "typed", "vector_width"]

INDEX = "index()"
"""The code of the step that gives an element's position in row-major order, as int64."""

LOOK_UP = "look_up()"
"""The code of the step that reads a table: its operands are the table and how many elements from the element's own place in it, an int64."""

# The code of the floats' rows of add, subtract and multiply; integers have others.
_SUMS, _PRODUCT = ("x1 + x2", "x1 - x2"), "x1 * x2"


@light_dataclass(frozen=True)
class Input:
    """An operand of a kernel: a buffer of ``dtype``, or a scalar passed as an argument.

    ``moves``: a buffer that is read elsewhere than at the element's own place, by a rule for each axis (`kernels/moves.py`);
    ``places`` are the scalar inputs with the rules' numbers, in order, and ``fill``, if it is not negative, that of elements which
    lie outside. ``is_place``: a scalar that is such a number and no operand.
    A buffer that is a table (``is_table``) is read by the steps that look up in it, and nowhere else.
    """

    dtype: DType
    is_scalar: bool = False
    moves: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    fill: int = -1
    is_place: bool = False
    is_table: bool = False

    @property
    def facts(self) -> DTypeFacts:
        """The dtype's row."""
        return facts(self.dtype)


@light_dataclass(frozen=True)
class Step:
    """One operation: a C expression over earlier values.

    ``args`` numbers the values used: the inputs first, then the steps. In ``code`` the operands
    have the names in ``names``; T, I and U stand for the type computed in and the signed and
    unsigned integers of its size; a function of ``templates/lib/`` goes by its bare name.
    ``is_mask``: the code gives a comparison's mask, to be turned into a bool.
    """

    code: str
    names: tuple[str, ...]
    args: tuple[int, ...]
    operand: DType
    gives: DType
    is_mask: bool

    def expression(self, values: list[str], width: int) -> str:
        """The step as C at a vector width, over the C names in ``values``."""
        if self.code == INDEX:
            t = CType("long", width)
            lanes = ", ".join(str(k) for k in range(width))
            return f"(({t})((long)i) + ({t})({lanes}))" if width > 1 else "((long)i)"
        if self.code == LOOK_UP:
            table, displacement = (values[a] for a in self.args)
            return table.format(displacement)
        t = facts(self.operand).compute.widened(width)
        code = _spelled(self.code, t)
        if self.names:
            # The look-behind keeps a member such as .x1 and a longer name from being an operand.
            operand = re.compile(rf"(?<![.\w])({'|'.join(self.names)})\b")
            by_name = dict(zip(self.names, (values[a] for a in self.args), strict=True))
            code = operand.sub(lambda m: by_name[m.group(1)], code)
        if self.is_mask:
            code = f"truth_{t.real}({code})"
        if facts(self.gives).is_half:
            code = f"round_to_half_{CType('float', width)}({code})"
        return code


def typed(code: str, dtype: DType, width: int, **names: str) -> str:
    """C code over operands, at the type of ``dtype``, with the operands' names replaced."""
    step = Step(code, tuple(names), tuple(range(len(names))), dtype, dtype, False)
    return step.expression(list(names.values()), width)


@functools.lru_cache(maxsize=4096)
def _spelled(code: str, t: CType) -> str:
    """``code`` with its type tokens and library functions spelled for type ``t``."""
    code = re.sub(r"\b([a-z]\w*)\(", lambda m: f"{m[1]}_{t}(" if Library.has(m[1]) else m[0], code)
    spelled = {"T": str(t), "R": str(t.real), "I": str(t.real.int), "U": str(t.real.uint)}
    return re.sub(r"\b(as_|convert_)?([TRIU])\b", lambda m: (m[1] or "") + spelled[m[2]], code)


@light_dataclass(frozen=True)
class Recipe:
    """Inputs, steps and which values are results (numbered as in `Step`); ``fast``: recorded in that math mode."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    fast: bool = False

    def __hash__(self) -> int:
        return self._hash

    @functools.cached_property
    def _hash(self) -> int:
        # Recipes are looked up at every launch; hashing all their parts each time would cost more.
        return hash((self.inputs, self.steps, self.outputs, self.fast))

    def dtype_of(self, value: int) -> DType:
        """The dtype of an input or a step."""
        return self.inputs[value].dtype if value < len(self.inputs) else self.steps[value - len(self.inputs)].gives

    @property
    def output_dtypes(self) -> tuple[DType, ...]:
        """The dtypes of the results."""
        return tuple(self.dtype_of(v) for v in self.outputs)

    def statements(self, width: int, inputs: list[str]) -> tuple[list[str], list[str]]:
        """C statements that compute every step, given the C names of the inputs; and all values' names.

        In place of a table's name stands what reads it, with ``{}`` for the displacement.
        """
        values = list(inputs)
        lines = []
        inlined = self._products_to_contract() if self.fast else frozenset()
        for k, step in enumerate(self.steps):
            if k in inlined:
                values.append(f"({step.expression(values, width)})")
                continue
            t = facts(step.gives).compute.widened(width)
            lines.append(f"const {t} v{k} = {step.expression(values, width)};")
            values.append(f"v{k}")
        return lines, values

    @property
    def stated(self) -> list[int]:
        """The steps that `statements` have, a statement each."""
        inlined = self._products_to_contract() if self.fast else frozenset()
        return [k for k in range(len(self.steps)) if k not in inlined]

    def _products_to_contract(self) -> frozenset[int]:
        """Steps that are products of floats for one sum only: within its expression, compilers fuse them into it."""
        used = [a for step in self.steps for a in step.args] + list(self.outputs)
        first = len(self.inputs)
        return frozenset(
            a - first
            for step in self.steps
            if step.code in _SUMS
            for a in set(step.args)
            if a >= first and used.count(a) == 1 and self.steps[a - first].code == _PRODUCT and not facts(step.gives).is_half
        )


def vector_width(recipe: Recipe, vector_bytes: int) -> int:
    """Elements a vector holds so that the widest value fills ``vector_bytes``; between 4 and 16.

    One width serves the whole kernel. ``vector_bytes`` is the device's: compilers crash on longer vectors.
    """
    count = len(recipe.inputs) + len(recipe.steps)
    widest = max(facts(recipe.dtype_of(v)).compute.bits // 8 for v in range(count) if v >= len(recipe.inputs) or not recipe.inputs[v].is_place)
    for step in recipe.steps:
        widest = max(widest, facts(step.operand).compute.bits // 8)
    return max(4, min(16, vector_bytes // widest))
