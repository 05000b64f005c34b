"""Integer literals beside vectors: OpenCL C refuses a scalar whose type ranks above the vector's elements.

`as_int4(x) & 0x807fffff` does not compile: the literal does not fit an int, so that it is a uint. A literal that is not of type int is
therefore cast where it stands, as in `(int4)((int)0x807fffff)`, in every function that has vectors. This looks at literals only, in the
library's functions and in the text of the templates. Every pair is seen by the compilers of PoCL, Intel and Oclgrind, which refuse it in
the same words as NVIDIA's, where tests/device/test_arithmetic.py gives them the forms that those drivers do not need themselves.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import clnd
from clnd.templates import Arithmetic, CType, _function, _library_files

TEMPLATES = Path(clnd.__file__).parent / "templates"
FORMS = (
    Arithmetic(), Arithmetic(divide="corrected", sqrt="corrected"), Arithmetic(fma="software", guard_products=True),
    Arithmetic(fma="contract", vectors="unaligned"),
)  # fmt: skip
SCALARS = ("char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double")
_LITERAL = re.compile(r"(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])")
_CAST = re.compile(r"\((?:u?(?:char|short|int|long)|float|double)(?:2|4|8|16)?\)$")
_VECTOR = re.compile(r"(?:char|short|int|long|float|double)(?:2|4|8|16)\b")


_SCALAR = re.compile(r"(?:__constant |const |static )*u?(?:char|short|int|long) (\w+)")


def _is_int(digits: str, suffix: str) -> bool:
    return not suffix and int(digits, 0) < 1 << 31


def _is_cast(before: str) -> bool:
    """Whether what comes next is cast: the cast stands right before it, or before a parenthesis that is still open."""
    if _CAST.search(before):
        return True
    depth = 0
    for k in range(len(before) - 1, -1, -1):
        if before[k] in ";{}":
            break
        depth += {")": 1, "(": -1}.get(before[k], 0)
        if depth < 0:
            if _CAST.search(before[:k]):
                return True
            depth = 0
    return False


def bare(text: str) -> list[str]:
    """The statements of OpenCL C with vectors in which a literal that is not an int stands without a cast, but those that set scalars."""
    text = re.sub(r"//[^\n]*|=\s*\{[^{}]*\}", "", text)
    if not _VECTOR.search(text):
        return []
    scalars = set(_SCALAR.findall(text))
    found = []
    for statement in re.split(r"(?<=[;}])|(?<=\{)(?=\n)", text):
        line = statement.strip()
        set_here = re.match(r"(\w+) \W?=", line)
        if _SCALAR.match(line) or (set_here and set_here[1] in scalars):
            continue
        if any(not _is_int(*literal.groups()) and not _is_cast(statement[: literal.start()]) for literal in _LITERAL.finditer(statement)):
            found.append(line)
    return found


def test_what_is_seen() -> None:
    refused = ("a & 0x807fffff", "a & 1u", "(a + 1) ^ 0x8000000000000000", "as_int4(a) + 3000000000", "a + (b & 5ul)")
    taken = ("a & (int4)((int)0x807fffff)", "a & (int4)(1u)", "a & 0x7fffffff", "a * 0x1.8p+23f", "as_int4(a) + 1 // 1u", "(int4)((int)(a & 7u))", "w32 + 1.5e3f")
    for text in refused:
        assert bare(f"int4 x = {text};"), text
    for text in ("int x = a & 0x807fffff;", "int4 y; const uint x = a & 0x807fffff;", "int4 y; ulong x; x &= 1ul;"):
        assert not bare(text), text
    for text in taken:
        assert not bare(f"int4 x = {text};"), text


def test_literals_beside_vectors_are_cast() -> None:
    found: set[str] = set()
    rendered = 0
    types = [CType(scalar, width) for scalar, width in itertools.product(SCALARS, (1, 4))]
    for name, t, form in itertools.product(_library_files(), types, FORMS):
        try:
            text, _ = _function(name, t, form)
        except Exception:  # a function of other types
            continue
        rendered += 1
        found |= {f"{name}: {line}" for line in bare(text)}
    assert rendered > 1000
    assert not found, "\n".join(sorted(found))


def test_literals_of_the_templates_are_cast() -> None:
    """The templates of kernels are rendered by a launch: here their text is looked at, where every type may be a vector."""
    found = []
    for path in sorted({*TEMPLATES.rglob("*.mako")} - {TEMPLATES / name for name in _library_files().values()}):
        text = re.sub(r"<%!?\n.*?%>|^\s*##.*$|^\s*%.*$|\$\{[^}]*\}", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        found += [f"{path.name}: {line}" for line in bare("int4 " + text)]
    assert not found, "\n".join(found)
