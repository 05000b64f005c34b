"""C names and types of a recipe's values, as the templates ask for them."""

from __future__ import annotations

from clnd.dtypes import DType, facts
from clnd.kernels.recipe import Recipe, typed
from clnd.records import light_dataclass
from clnd.templates import CType

__all__ = ["Emit"]


@light_dataclass(frozen=True)
class Emit:
    """A recipe at one vector width, as text. In the templates it is ``e``."""

    recipe: Recipe
    width: int

    @property
    def inputs(self) -> range:
        """The numbers of the inputs."""
        return range(len(self.recipe.inputs))

    @property
    def buffers(self) -> list[int]:
        """The numbers of the inputs in memory, tables among them."""
        return [k for k, x in enumerate(self.recipe.inputs) if not x.is_scalar]

    @property
    def scalars(self) -> list[int]:
        """The numbers of the inputs that are kernel arguments."""
        return [k for k, x in enumerate(self.recipe.inputs) if x.is_scalar]

    @property
    def tables(self) -> list[int]:
        """The numbers of the inputs that steps look up in."""
        return [k for k, x in enumerate(self.recipe.inputs) if x.is_table]

    def is_scalar(self, k: int) -> bool:
        """Whether input ``k`` is a kernel argument."""
        return self.recipe.inputs[k].is_scalar

    def type_of(self, dtype: DType) -> CType:
        """The type that ``dtype`` is computed in."""
        return facts(dtype).compute.widened(self.width)

    def memory_type(self, dtype: DType) -> CType:
        """The type that memory holds: 16 bits for a half, else the type computed in."""
        return facts(dtype).stored.widened(self.width)

    def input_type(self, k: int) -> CType:
        """The type that input ``k`` is computed in."""
        return self.type_of(self.recipe.inputs[k].dtype)

    def input_memory(self, k: int) -> CType:
        """The type that input ``k`` has in memory."""
        return self.memory_type(self.recipe.inputs[k].dtype)

    def storage(self, k: int) -> str:
        """The C scalar that input ``k`` is an array of (two of them for a complex number)."""
        return self.recipe.inputs[k].facts.storage

    def widened(self, k: int, expression: str) -> str:
        """What memory held for input ``k`` as the value computed with."""
        dtype = self.recipe.inputs[k].dtype
        return f"half_to_float_{self.type_of(dtype)}({expression})" if facts(dtype).is_half else expression

    def narrowed(self, dtype: DType, expression: str) -> str:
        """A computed value as what memory holds."""
        return f"float_to_half_{self.type_of(dtype)}({expression})" if facts(dtype).is_half else expression

    def look_up(self, k: int, pattern: str, rank: int, lanes: str) -> str:
        """What reads table ``k`` at the displacements {}: see ``templates/elementwise.cl.mako``.

        ``lanes``: "all" are there, "some" (the first m), or "any" number. Of absent lanes no displacement is used.
        """
        t, w = self.input_memory(k), self.width
        load, some = (f"load_{t}", f"load_some_{t}") if pattern == "row" else (f"look_up_{t}", f"look_up_some_{t}")
        numbers = f"(long{w})({', '.join(map(str, range(w)))})"
        if w == 1:
            own = {"one": f"o{k}", "flat": f"o{k} + (long)i"}.get(pattern, f"p{k}[0]")
            return self.widened(k, f"load_{t}(a{k}, {own} + {{}})")
        if pattern == "row":
            place = f"p{k} + col + {{}}.s0"
        elif pattern == "along":
            place = f"p{k} + ((long)col + {numbers}) * (long)s{k}_{rank - 1} + {{}}"
        elif pattern == "any":
            place = f"(long{w})({', '.join(f'p{k}[{lane}]' for lane in range(w))}) + {{}}"
        else:
            place = (f"o{k} + {{}}" if pattern == "one" else f"o{k} + (long)i + {numbers} + {{}}")
        return self.widened(k, f"{load}(a{k}, {place})" if lanes == "all" else f"{some}(a{k}, {place}, m)")

    def parameters(self) -> list[str]:
        """The kernel's parameters for the inputs: buffers with offsets, then scalars."""
        return self.buffer_parameters() + self.scalar_parameters()

    def buffer_parameters(self) -> list[str]:
        """The kernel's parameters for the inputs in memory, each with its offset."""
        return [f"__global const {self.storage(k)} *a{k}, const long o{k}" for k in self.buffers]

    def scalar_parameters(self) -> list[str]:
        """The kernel's parameters for the scalar inputs."""
        lines = []
        for k in self.scalars:
            f = self.recipe.inputs[k].facts
            if f.components == 2:
                lines.append(f"const {f.storage} re{k}, const {f.storage} im{k}")
            else:
                lines.append(f"const {f.compute.scalar} s{k}")
        return lines

    def constants(self) -> list[str]:
        """Statements that spread the scalars over the lanes, as c0, c1, ..."""
        lines = []
        for k in self.scalars:
            t = self.input_type(k)
            if self.recipe.inputs[k].is_place:
                continue
            if t.is_complex:
                lines += [f"{t} c{k};", f"c{k}.re = ({t.real})(re{k});", f"c{k}.im = ({t.real})(im{k});"]
            else:
                lines.append(f"const {t} c{k} = ({t})(s{k});")
        return lines

    def steps(self, names: list[str]) -> tuple[list[str], list[str]]:
        """The recipe's statements over inputs of these names, and the names of its outputs."""
        lines, values = self.recipe.statements(self.width, names)
        return lines, [values[v] for v in self.recipe.outputs]

    def steps_of_rows(self, names: list[str], steady: frozenset[int]) -> tuple[list[str], list[str]]:
        """`steps` in two parts: the statements of the values in ``steady``, which are the same along a row, and those of the others."""
        lines, _ = self.steps(names)
        first = len(names)
        before = [line for k, line in zip(self.recipe.stated, lines, strict=True) if first + k in steady]
        return before, [line for k, line in zip(self.recipe.stated, lines, strict=True) if first + k not in steady]

    def typed(self, code: str, dtype: DType, width: int, **names: str) -> str:
        """`recipe.typed`, for templates."""
        return typed(code, dtype, width, **names)
