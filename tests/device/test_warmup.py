"""Kernels that are wanted together are built together, and those of a file before they are wanted; results are as ever."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

import clnd
from clnd import random
from clnd.context import Context
from clnd.errors import ArgumentError
from clnd.graph import ahead, run
from clnd.graph.lower import prepared, structure
from clnd.runtime import recorded
from tests.child import succeeds

# Three kernels in one graph. The other process is waited for until it has started: with so few there is nothing left for it by then.
PROGRAM = """
    import json, select
    from clnd.runtime import compilers

    x = clnd.arange(24, dtype="float32").reshape(4, 6)
    clnd.evaluate(x)
    others = []
    compile_together = compilers.compile_together
    def watched(*given):
        done = compile_together(*given)
        others.extend(done)
        return done
    start = compilers._start
    def started(*given):
        start(*given)
        select.select([c.answers for c in compilers._State.compilers if not c.ready], [], [], 60)
    compilers.compile_together, compilers._start, compilers.START = watched, started, 0.0
    before = counters.copy()
    results = [(x * 3 + 1).sum(axis=0), (x @ (x.T + 2)) * 5, clnd.random.Generator(1).uniform(size=5)]
    clnd.evaluate(*results)
    used = counters - before
    said = [r.asnumpy().tobytes().hex() for r in results]
    print(json.dumps([said, used.builds, used.loads, used.launches, len(others), counters.compile_seconds]))
"""


def result(folder: Path, program: str = PROGRAM, **settings: str) -> list[Any]:
    said: list[Any] = json.loads(succeeds(program, env={"CLND_CACHE_DIR": str(folder), **settings}))
    return said


def test_kernels_of_one_graph_are_built_by_several_processes(ctx: Context, tmp_path: Path) -> None:
    alone = result(tmp_path / "alone", CLND_COMPILE_PROCESSES="1")
    together = result(tmp_path / "together", CLND_COMPILE_PROCESSES="2")
    assert together[:4] == alone[:4]
    assert alone[4] == 0
    if ctx.info.driver in ("intel", "pocl"):
        assert together[1] >= 3
        assert together[4] >= 1
    again = result(tmp_path / "together", CLND_COMPILE_PROCESSES="2")
    if not again[1]:  # a driver that gives no binaries has them built each time
        assert (again[0], again[2], again[4], again[5]) == (alone[0], alone[1], 0, 0.0)


# A product that packs an operand: two kernels of one program.
PACKED = """
    import json
    from clnd.runtime import compilers

    compilers.START = 1e9
    a, b = clnd.arange(64000, dtype="float32").reshape(1000, 64), clnd.arange(4096, dtype="float32").reshape(64, 64)
    clnd.evaluate(a, b)
    before = counters.copy()
    product = (a % 7) @ (b % 5)
    product.wait_to_read()
    used = counters - before
    print(json.dumps([product.sum().tolist(), used.launches]))
"""


def test_kernels_of_one_program_are_told_apart(ctx: Context, tmp_path: Path) -> None:
    together = result(tmp_path / "together", PACKED, CLND_COMPILE_PROCESSES="2")
    assert together == result(tmp_path / "alone", PACKED, CLND_COMPILE_PROCESSES="1")
    if ctx.info.family == "cpu":
        assert together[1] >= 3
    # Where no disk keeps programs.
    assert result(tmp_path, PACKED, CLND_COMPILE_PROCESSES="2", CLND_CACHE="0") == together


WARM = """
    import json
    built = clnd.warmup({file!r})
    before = counters.copy()
    said = (clnd.arange(6, dtype="float32") * 3 + 1).tolist()
    print(json.dumps([said, built, (counters - before).builds]))
"""


def test_a_file_of_kernels_is_built_before_they_are_wanted(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "program.kernels"
    program = WARM.format(file=str(file))
    first = result(tmp_path / "first", program)
    assert first[1] == 0
    assert first[2] > 0
    content = file.read_bytes()
    second = result(tmp_path / "second", program)
    assert second == [first[0], first[2], 0]
    # In memory, where no disk keeps them.
    assert result(tmp_path, program, CLND_CACHE="0") == second
    assert file.read_bytes() == content
    # Those that the cache has are listed as well.
    file.unlink()
    assert result(tmp_path / "first", program)[:2] == first[:2]
    assert file.read_bytes() == content


def test_files_that_are_none_are_told(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear reader")
    with pytest.raises(ArgumentError, match=r"\[warmup\] .*letter.txt is no file of kernels"):
        clnd.warmup(letter)
    assert letter.read_text() == "dear reader"
    with pytest.raises(ArgumentError, match=r"\[warmup\] .* cannot be read"):
        clnd.warmup(tmp_path)
    for wrong in (None, 3, b"file"):
        with pytest.raises(ArgumentError, match=r"\[warmup\] got a (NoneType|int|bytes); expected the path"):
            clnd.warmup(wrong)  # type: ignore[arg-type]
    assert recorded._State.path is None


def test_programs_of_a_damaged_file_are_left_out(ctx: Context, tmp_path: Path) -> None:
    """Names that are none, or of no kernel in the text."""
    file = tmp_path / "program.kernels"
    good = "__kernel void nothing(__global int *x) { x[0] = 0; }"
    programs = [("nothing", good), ("another", f"{good} // 1"), ("", f"{good} // 2"), (5, f"{good} // 3"), (None, f"{good} // 4")]
    lines: list[dict[str, Any]] = [{"format": recorded._FORMAT, "made_by": recorded.fingerprint.code()}]
    for name, text in programs:
        packed = base64.b64encode(zlib.compress(text.encode())).decode()
        lines.append({"device": recorded.kind_of(ctx.info), "name": name, "text": packed})
    file.write_text("\n".join(map(json.dumps, lines)))
    program = f"import json; print(json.dumps([[], clnd.warmup({str(file)!r})]))"
    assert result(tmp_path, program, CLND_COMPILE_PROCESSES="1") == [[], 1]


def test_what_is_planned_ahead_is_what_is_launched(ctx: Context) -> None:
    """Plans that are made before anything is computed, with their operands' layouts, are those that running finds again."""
    x = clnd.arange(24, dtype="float32").reshape(4, 6)
    clnd.evaluate(x)
    total = (x * 3).sum(axis=1)
    turned = clnd.concat([x, x + 1]).T
    results = [total, (x @ (x.T + 2)) * 5, turned[1:, ::2] - 1, clnd.sort(turned, axis=0), random.normal(size=7) * 2, clnd.flip(turned.copy())]
    roots = [r._node for r in results]
    _, order, leaves = structure(roots)
    device, tasks = ctx.device, prepared(roots, order, leaves)
    assert all(plan.launches for plan in ahead._plans(device, tasks, [*ahead.copies(order), *leaves[::-1]]))
    assert all(node.value is None for node in order)
    planned = [(task.known, task.planned, task.fitted) for task in tasks]
    nodes = order + leaves[::-1]
    for task in tasks:
        run._run_task(device, task, nodes)
    for task, before in zip(tasks, planned, strict=True):
        for now, then in zip((task.known, task.planned, task.fitted), before, strict=True):
            assert now[1] is then[1]
