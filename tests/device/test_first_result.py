"""The first result of a process whose programs are all in the cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clnd.context import Context
from tests.child import succeeds

RESULT = """
    import json, sys
    from clnd import templates
    from clnd.profiler import counters

    rendered = []
    library = templates.Library.need_called_in
    templates.Library.need_called_in = lambda self, text: (rendered.append(text), library(self, text))[1]
    before = counters.launches
    values = [float(clnd.ones(3).sum()), float((clnd.arange(5, dtype="float32") * 2 + 1).max()), (clnd.ones((4, 4)) @ clnd.ones((4, 4))).sum().item()]
    print(json.dumps({"values": values, "rendered": len(rendered), "builds": counters.builds, "loads": counters.loads, "modules": sorted(sys.modules)}))
"""


def result(folder: Path, **settings: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(succeeds(RESULT, env={"CLND_CACHE_DIR": str(folder), **settings}))
    assert said["values"] == [3.0, 9.0, 64.0]
    return said


def test_with_a_filled_cache_nothing_is_rendered(ctx: Context, tmp_path: Path) -> None:
    first, second = result(tmp_path), result(tmp_path)
    assert first["rendered"] > 0
    assert "mako.lookup" in first["modules"]
    if ctx.info.driver in ("intel", "pocl"):
        assert first["builds"]
        assert not second["builds"]
    if not second["builds"]:  # a driver that gives no binaries has them built each time
        assert second["rendered"] == 0
        assert second["loads"] <= first["builds"] - 2  # the probe's two are not needed
        assert not {"mako.lookup", "mako.template", "pygments"} & {*second["modules"]}


def test_a_binary_that_is_missing_is_built_from_what_is_rendered_then(ctx: Context, tmp_path: Path) -> None:
    first = result(tmp_path)
    for file in tmp_path.glob("program-*"):
        file.unlink()
    second = result(tmp_path)
    assert second["rendered"] >= first["rendered"] - 2
    assert second["builds"] >= first["builds"] - 2


def test_a_digest_of_another_source_is_not_believed(ctx: Context, tmp_path: Path) -> None:
    """Its binary is not there, so the source is rendered, and its own digest takes the place."""
    result(tmp_path)
    change = """
        from pathlib import Path
        from clnd.runtime import cache
        for path in cache._folder().glob("source-*"):
            cache.store(path.name, b"0" * 64)
    """
    succeeds(change, env={"CLND_CACHE_DIR": str(tmp_path)})
    second = result(tmp_path)
    assert second["rendered"] > 0
    third = result(tmp_path)
    assert third["rendered"] == 0 or third["builds"]


@pytest.mark.parametrize("settings", [{"CLND_CACHE": "0"}, {"CLND_DUMP_SOURCE": "dumped"}], ids=lambda s: next(iter(s)))
def test_sources_are_rendered_where_they_are_wanted(ctx: Context, tmp_path: Path, settings: dict[str, str]) -> None:
    given = {name: str(tmp_path / value) if name == "CLND_DUMP_SOURCE" else value for name, value in settings.items()}
    result(tmp_path, **given)
    assert result(tmp_path, **given)["rendered"] > 0
    if "CLND_DUMP_SOURCE" in given:
        assert list((tmp_path / "dumped").glob("*.cl"))
