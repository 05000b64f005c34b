"""What `import clnd` loads, and that the modules which it leaves for later are there for everybody."""

from __future__ import annotations

import json
import pickle
from types import ModuleType

import pytest

import clnd
from tests.child import run_child

LATER = ("lib", "linalg", "nd", "random", "special", "testing")
# Of NumPy and pyopencl, which are loaded before, and of clnd.
NOT_NEEDED = {
    "argparse", "clnd.cli", "clnd.demo", "clnd.doctor", "clnd.golden", "clnd.selftest", "clnd.tuner", "decimal", "fractions", "html", "mako.lookup", "mako.template", "matplotlib",
    "numpy.random", "numpy.testing", "pprint", "pygments", "rich", "secrets", "statistics", "subprocess", "unittest", *(f"clnd.{name}" for name in LATER),
}  # fmt: skip
BEFORE = "import sys\nimport numpy, pyopencl\nbefore = {*sys.modules}\nimport clnd\nimport json\n"


def said(code: str) -> object:
    done = run_child(code, preamble=BEFORE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_a_first_result_does_not_need_is_not_imported() -> None:
    new = said("print(json.dumps(sorted({*sys.modules} - before)))")
    assert isinstance(new, list)
    assert "clnd.arrays" in new
    assert not NOT_NEEDED & {*new}


@pytest.mark.parametrize("on", [True, False])
def test_garbage_is_collected_as_before(on: bool) -> None:
    code = f"import gc\nif not {on}: gc.disable()\nimport clnd, json\nprint(json.dumps(gc.isenabled()))"
    done = run_child(code, preamble="")
    assert (done.returncode, done.stdout.strip()) == (0, json.dumps(on)), done.stderr


@pytest.mark.parametrize("name", LATER)
def test_a_module_is_loaded_when_it_is_asked_for(name: str) -> None:
    code = f"module = clnd.{name}; print(json.dumps([module is sys.modules['clnd.{name}'], module is clnd.{name}, '{name}' in vars(clnd)]))"
    assert said(code) == [True, True, True]


def test_a_star_gives_them_all() -> None:
    code = f"names = {{}}; exec('from clnd import *', names); print(json.dumps([type(names[name]).__name__ for name in {LATER}]))"
    assert said(code) == ["module"] * len(LATER)


def test_they_are_among_the_names() -> None:
    assert {*LATER} <= {*dir(clnd)} == {*clnd.__all__}
    assert all(isinstance(getattr(clnd, name), ModuleType) for name in LATER)


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="module 'clnd' has no attribute 'nothing'"):
        clnd.nothing  # noqa: B018
    assert not hasattr(clnd, "cli_of_another")


def test_pickles_of_their_objects_load_in_a_new_process() -> None:
    content = pickle.dumps(clnd.random.Generator(3))
    code = f"import pickle; x = pickle.loads({content!r}); print(json.dumps([type(x).__module__, 'clnd.random' in sys.modules]))"
    assert said(code) == ["clnd.random.generator", True]
