"""The page of names: NumPy, the array API standard and MXNet against clnd, as docs/names.md has it.

``python -m tools.names --write`` writes the page, without ``--write`` it says whether the page is current. The lists of names are in
``names.json``; whether a name is there is asked of the library; how it differs is in `tools.names.differences`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clnd
from clnd import nd
from tools.names.differences import DIFFERS, LEFT_OUT

__all__ = ["PAGE", "Chapter", "chapters", "page"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "names.md"
_LISTS = Path(__file__).with_name("names.json")
_HEAD = """# Names: NumPy, the array API standard and MXNet

Which names of others clnd has. `python -m tools.names --write` writes this page; a test holds it to the library. What concerns all
functions is in [differences.md](differences.md).

"""


@dataclass(frozen=True)
class Chapter:
    """Some names of a namespace, sorted by what clnd has of them."""

    namespace: str
    title: str
    there: tuple[str, ...]
    differs: dict[str, str]
    missing: tuple[str, ...]
    left_out: dict[str, str]


def chapters() -> list[Chapter]:
    """Every chapter of every namespace."""
    lists: dict[str, dict[str, list[str]]] = json.loads(_LISTS.read_text())
    return [_chapter(namespace, title, names) for namespace, some in lists.items() for title, names in some.items()]


def _chapter(namespace: str, title: str, names: list[str]) -> Chapter:
    known = DIFFERS[_key(namespace)]
    found = [name for name in names if is_there(namespace, name)]
    absent = [name for name in names if name not in found]
    reasons = LEFT_OUT if namespace.startswith("NumPy") else {}
    return Chapter(
        namespace, title, tuple(n for n in found if n not in known), {n: known[n] for n in found if n in known},
        tuple(n for n in absent if n not in reasons), {n: reasons[n] for n in absent if n in reasons},
    )  # fmt: skip


def _key(namespace: str) -> str:
    """The namespace in the table of differences: NumPy's without its version."""
    return "NumPy" if namespace.startswith("NumPy") else namespace


def is_there(namespace: str, name: str) -> bool:
    """Whether clnd has a public ``name``, with dots for modules and classes."""
    first, _, rest = name.rpartition(".")
    if first == "__array_namespace_info__()":
        return hasattr(clnd.__array_namespace_info__(), rest)
    classes: dict[str, Any] = {"array": clnd.Array, "NDArray": nd.NDArray, "Generator": clnd.random.Generator}
    if first in classes:
        return hasattr(classes[first], rest)
    module: Any = nd if "MXNet" in namespace else clnd
    for part in first.split(".") if first else ():
        module = getattr(module, part, None)
        if module is None:
            return False
    return rest in getattr(module, "__all__", ())


def page() -> str:
    """The text of the page."""
    found = chapters()
    lines = [_HEAD + "| namespace | names | there | differ | missing | left out |", "|---|---|---|---|---|---|"]
    for namespace in dict.fromkeys(c.namespace for c in found):
        mine = [c for c in found if c.namespace == namespace]
        counts = [sum(map(len, part)) for part in zip(*((c.there, c.differs, c.missing, c.left_out) for c in mine), strict=True)]
        lines.append(f"| {namespace} | {sum(counts)} | {' | '.join(map(str, counts))} |")
    lines += ["", "Missing names are the work list. What is left out stays out, for the reason that is named."]
    for namespace in dict.fromkeys(c.namespace for c in found):
        lines += ["", f"## {namespace}"]
        for chapter in (c for c in found if c.namespace == namespace):
            lines += _section(chapter)
    return "\n".join(lines) + "\n"


def _section(chapter: Chapter) -> list[str]:
    lines = ["", f"### {chapter.title}"]
    for word, names in (("There", chapter.there), ("Missing", chapter.missing)):
        if names:
            lines += ["", f"{word}: {_quoted(names)}"]
    by_reason: dict[str, list[str]] = {}
    for name, reason in chapter.left_out.items():
        by_reason.setdefault(reason, []).append(name)
    lines += [f"\nLeft out ({reason}): {_quoted(names)}" for reason, names in by_reason.items()]
    if chapter.differs:
        lines += ["", "| differs | how |", "|---|---|", *(f"| `{name}` | {how} |" for name, how in chapter.differs.items())]
    return lines


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
