"""What is run before a release: `python -m tests --clients [suites] [pythons] [fuzz]`, all three where none is named.

suites    the tests of other projects, and programs of their users, on clnd's arrays; on Intel's runtime, or on the drivers that CLND_TEST_DRIVERS names
pythons   the quick tier on each Python of 3.10 to 3.14, in a new environment; one that this machine lacks fails
fuzz      each fuzzer for so many minutes, on seeds of the day

Each writes its section of `tests/clients.md` as its rows come; the others' stay. What comes from git is kept in `.clients`.

CLND_CLIENTS_DIR    a folder of checkouts, such as `array-api-tests` with its submodule; they are taken as they are, and nothing is fetched
"""

from __future__ import annotations

import datetime
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.__main__ import CACHES, outcomes
from tests.fuzz.__main__ import NAMES as FUZZERS
from tests.process import ROOT, RUN_ON, Outcome, Part, Run
from tests.tiers import QUICK, chosen

__all__ = ["PAGE", "STEPS", "Row", "fuzzed", "grouped", "main", "reasons", "sections", "step_page", "whole_page"]

PAGE = ROOT / "tests" / "clients.md"
CHECKOUTS = ROOT / ".clients"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
HEAD = """# Before a release

Made by `python -m tests --clients` (`tests/clients.py`), which alone changes this page. A section has what its last run saw.
"""
TITLES = {"suites": "Suites of other projects", "pythons": "The quick tier on each Python", "fuzz": "Long fuzzing"}
STEPS = tuple(TITLES)

# --- results: no process is started here ------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A line of a table. ``failures``: what failed, each with its reason. ``remark``: why there are no numbers."""

    name: str
    version: str
    passed: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    skipped: int = 0
    seconds: float = 0.0
    remark: str = ""

    @property
    def is_good(self) -> bool:
        return not self.failures and not self.remark


KINDS = (
    ("missing", re.compile(r"has no attribute|not defined in|is missing the|not found in|doesn't seem to provide|missing from signature|not a supported array type")),
    ("refused", re.compile(r"clnd\.errors\.|^\w+Error: \[\w+\] got")),
    ("ended", re.compile(r"the process (was )?ended|given up after|Timeout")),
)
"""Kinds of failures by their reasons; any other may be a wrong value."""
OTHER = "other"


def kind_of(reason: str) -> str:
    """The kind of a failure."""
    return next((kind for kind, pattern in KINDS if pattern.search(reason)), OTHER)


# A test's parameters may hold anything, and so may the reason.
_SHOWN = re.compile(r"^(?:FAILED|ERROR) (.+?\.py(?:::(?:[^\[ ]*\[.*?\]|[^\[ ]*))?)(?: - (.*))?$")


def reasons(output: str) -> dict[str, str]:
    """The reason of each failed test, from the end of pytest's output."""
    found = {}
    for line in output.rpartition("short test summary info")[2].splitlines():
        match = _SHOWN.match(line)
        if match:
            found[_plain(match[1])] = match[2] or ""
    return found


def _plain(test: str) -> str:
    """A test without the folders before its file: the summary counts them from elsewhere."""
    file, _, name = test.partition("::")
    return f"{Path(file).name}::{name}" if name else Path(file).name


def failed(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """What failed of an outcome, each with its reason."""
    told = reasons(outcome.output)
    found = []
    for failure in outcome.failures:
        test, _, crash = failure.partition(": the process ")
        name = _plain(test) if ".py" in test else test
        found.append((name, f"the process {crash}" if crash else told.get(name, "")))
    return tuple(found)


def grouped(failures: Iterable[tuple[str, str]]) -> list[tuple[str, str, int, str]]:
    """Failures of one function of one kind as one: function, kind, how many, the first reason. Those that may be wrong values come first."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for test, reason in failures:
        groups[test.partition("[")[0], kind_of(reason)].append(reason)
    order = [OTHER, *reversed([kind for kind, _ in KINDS])]
    rows = [(name, kind, len(some), some[0]) for (name, kind), some in groups.items()]
    return sorted(rows, key=lambda row: (order.index(row[1]), row[0]))


_FUZZED = re.compile(r"^(\w+): (\d+)(?: \w+)? from seed (\d+).*, (\d+) faults$", re.MULTILINE)


def fuzzed(output: str) -> tuple[int, int, int] | None:
    """Rounds, first seed and faults, from the last such line of a fuzzer."""
    found = _FUZZED.findall(output)
    return (int(found[-1][1]), int(found[-1][2]), int(found[-1][3])) if found else None


def _cell(text: str, most: int = 160) -> str:
    """Text for a table: one line, no paths of this machine."""
    for path in filter(lambda path: len(path) > 1, (str(ROOT), sys.prefix, str(Path.home()), tempfile.gettempdir())):
        text = text.replace(path, "...")
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= most else text[: most - 3] + "..."


def step_page(facts: str, rows: Sequence[Row]) -> str:
    """The body of a section: when and where, a table, and what failed."""
    lines = [facts, "", "| what | version | passed | failed | skipped | seconds |", "|---|---|---|---|---|---|"]
    for row in rows:
        numbers = [row.remark, "", ""] if row.remark else [str(row.passed), str(len(row.failures)), str(row.skipped)]
        lines.append(f"| {row.name} | {_cell(row.version)} | {' | '.join(numbers)} | {row.seconds:.0f} |")
    for row in rows:
        if not row.failures:
            continue
        lines += ["", f"{row.name}, what failed:", "", "| group | kind | tests | first reason |", "|---|---|---|---|"]
        lines += [f"| `{_cell(group)}` | {kind} | {count} | {_cell(reason)} |" for group, kind, count, reason in grouped(row.failures)]
    return "\n".join(lines)


def sections(page: str) -> dict[str, str]:
    """The bodies of a page's sections, by step."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    steps = {title: step for step, title in TITLES.items()}
    return {steps[title]: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True) if title in steps}


def whole_page(bodies: dict[str, str]) -> str:
    """The page; a step without a body was not run."""
    return HEAD + "".join(f"\n## {title}\n\n{bodies.get(step) or 'Not run.'}\n" for step, title in TITLES.items())


class Section:
    """A step's section of the page, which is written anew with each row; those of ``names`` that have not come yet are said to be not run."""

    def __init__(self, step: str, facts: str, names: Sequence[str]) -> None:
        self.step, self.facts, self.names = step, facts, names
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        self.rows.append(row)
        bodies = sections(PAGE.read_text()) if PAGE.exists() else {}
        others = [Row(name, "", remark="not run") for name in self.names[len(self.rows) :]]
        PAGE.write_text(whole_page({**bodies, self.step: step_page(self.facts, [*self.rows, *others])}))
        told = row.remark or f"{row.passed} passed, {len(row.failures)} failed, {row.skipped} skipped"
        print(f"----- {self.step}: {row.name}: {told}, {row.seconds:.0f} seconds", flush=True)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def commit_of(folder: Path) -> str:
    """A folder's commit in short, or why there is none."""
    try:
        changed = "with changes" if _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!tests/clients.md") else ""
        return f"{_git(folder, 'rev-parse', '--short=10', 'HEAD')} {changed}".strip()
    except (OSError, RuntimeError):
        return "no commit"


def facts(drivers: Iterable[str]) -> str:
    """When and on what: versions of clnd, of Python and of the drivers; "" stands for those that are found without being asked for."""
    lines = [f"{datetime.date.today().isoformat()}, clnd at {commit_of(ROOT)}"]
    for driver in drivers:
        info = [sys.executable, "-m", "clnd", "info", "--json"]
        command = ["bash", str(RUN_ON), driver, *info] if driver else info
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True, check=False)
        try:
            found = json.loads(done.stdout)
        except ValueError:
            lines.append(f"{driver or 'the drivers'}: could not be asked")
            continue
        if len(lines) == 1:
            lines.append(f"clnd {found['clnd']}, Python {found['python']}, NumPy {found['numpy']}, PyOpenCL {found['pyopencl']}")
        lines += [f"{device['driver']}: {device['platform']}, {device['version']}" for device in found["devices"]]
    return "; ".join(lines) + "."


# --- suites -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Suite:
    """Tests that others wrote, or programs of their users. ``needs``: packages of pip, whose versions the table shows."""

    name: str
    needs: tuple[str, ...]
    arguments: Callable[[Path], tuple[str, ...]]
    """Pytest's, in the folder of the checkout or of the first package."""
    source: tuple[str, str] = ("", "")
    """The address and the commit of its git repository, where it does not come by pip."""
    environment: dict[str, str] = field(default_factory=dict)


def _array_api(examples: int) -> Suite:
    def arguments(folder: Path) -> tuple[str, ...]:
        # A test that waits for ever ends its process, and the others go on in a new one.
        options = ("--disable-deadline", "--derandomize", "--continue-on-collection-errors", "--timeout=900", "--timeout-method=thread")
        return (str(folder / "array_api_tests"), f"--max-examples={examples}", *options)

    source = ("https://github.com/data-apis/array-api-tests", "55fcc60179efa2680ddd6cd926ddf17b83530e2b")
    needs = ("hypothesis", "ndindex", "pytest-json-report")
    return Suite("array-api-tests", needs, arguments, source, {"ARRAY_API_TESTS_MODULE": "clnd"})


def _of_package(folder: Path, files: Sequence[str], expression: str) -> tuple[str, ...]:
    tests = folder / "tests"
    # Pytest's settings of clnd are not theirs.
    return (*(str(tests / f"{name}.py") for name in files), "-c", os.devnull, f"--rootdir={tests}", "-rfE", "--tb=no", "-p", "tests.client_arrays", "-k", expression)


OPT_EINSUM = Suite(
    "opt_einsum",
    ("opt_einsum",),
    # Those of contract_expressions are thousands, of the same contractions.
    lambda folder: _of_package(folder, ("test_contract", "test_sharing", "test_edge_cases"), "not contract_expressions"),
)
EINOPS = Suite(
    "einops",
    ("einops",),
    lambda folder: _of_package(folder, ("test_ops", "test_other", "test_packing"), "imperative or concatenations or is_float or against_numpy"),
    environment={"EINOPS_TEST_BACKENDS": "clnd"},
)
PROGRAMS = Suite(
    "programs of users",
    ("matplotlib", "pandas", "xarray", "scikit-learn", "scipy", "pillow"),
    lambda folder: (str(ROOT / "tests" / "client_programs.py"), "-c", os.devnull, f"--rootdir={ROOT / 'tests'}", "-rfE"),
)
LIBRARIES = Suite(
    "client libraries",
    ("scipy", "scikit-learn", "xarray", "einops", "opt_einsum", "array-api-compat", "array-api-extra"),
    lambda folder: (str(ROOT / "tests" / "clients"), "-rfE", "--tb=no"),
    environment={"SCIPY_ARRAY_API": "1"},
)
EXTRA = Suite(
    "array-api-extra",
    ("array-api-extra", "array-api-compat"),
    # Their folder is called `tests`, too. The plugin gives clnd the place of CuPy in their list.
    lambda folder: (
        str(folder / "tests" / "main"), "-c", str(folder / "pyproject.toml"), "-o", "addopts=", f"--rootdir={folder}", "--import-mode=importlib",
        "-rfE", "--tb=no", "-p", "tests.client_arrays", "-k", "cupy",
    ),
    ("https://github.com/data-apis/array-api-extra", "693b257ed3903045fcd5f5fc0cb8d0f07f783581"),
    {"CLND_IN_ARRAY_API_EXTRA": "1"},
)  # fmt: skip


def checkout(suite: Suite) -> Path:
    """The folder of a suite that comes by git: that of CLND_CLIENTS_DIR, or the pinned commit, which is fetched once."""
    address, commit = suite.source
    given = os.environ.get("CLND_CLIENTS_DIR")
    if given:
        folder = Path(given) / suite.name
        if not folder.is_dir():
            raise RuntimeError(f"CLND_CLIENTS_DIR has no folder {suite.name}")
        return folder
    folder = CHECKOUTS / f"{suite.name}-{commit[:10]}"
    if not folder.exists():
        new = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        _git(new, "init", "--quiet")
        _git(new, "fetch", "--quiet", "--depth=1", address, commit)
        _git(new, "checkout", "--quiet", "FETCH_HEAD")
        _git(new, "submodule", "update", "--init", "--depth=1")
        new.rename(folder)
    return folder


def _one_suite(suite: Suite, driver: str) -> Row:
    start, name = time.monotonic(), f"{suite.name}, {driver}"
    versions = []
    try:
        for package in suite.needs:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        if suite.source[0]:
            folder = checkout(suite)
            # Hypothesis and the like are only how the suite runs.
            versions = [commit_of(folder)]
        else:
            found = importlib.util.find_spec(suite.needs[0])
            folder = Path((found and found.origin) or ".").parent
    except importlib.metadata.PackageNotFoundError as error:
        return Row(name, "", remark=f"not run: no {error.name}; pip install -e '.[test,clients]'")
    except (OSError, RuntimeError) as error:
        return Row(name, "", seconds=time.monotonic() - start, remark=_cell(f"not run: {error}"))
    # COLUMNS: reasons are not cut.
    run = Run(suite.name, suite.arguments(folder), driver, {"COLUMNS": "400", **suite.environment}, limit=4 * 3600)
    [outcome] = outcomes([Part(run, run.arguments)], CACHES)
    return Row(name, ", ".join(versions), outcome.passed, failed(outcome), outcome.skipped, outcome.wall)


def suites(examples: int) -> list[Row]:
    """The suites on each driver."""
    drivers = os.environ.get("CLND_TEST_DRIVERS", "intel").replace(",", " ").split()
    each = [(suite, driver) for driver in drivers for suite in (PROGRAMS, LIBRARIES, EINOPS, OPT_EINSUM, EXTRA, _array_api(examples))]
    section = Section("suites", facts(drivers) + f" Examples of each test of array-api-tests: {examples}.", [f"{suite.name}, {driver}" for suite, driver in each])
    for suite, driver in each:
        section.add(_one_suite(suite, driver))
    return section.rows


# --- Pythons ----------------------------------------------------------------------------------


def python_of(version: str) -> str:
    """A Python of a version that can make environments: of the path or pyenv's; empty where there is none."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for python in (f"python{version}", *map(str, sorted(folder.glob(f"{version}.*/bin/python")))):
        try:
            if not subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode:
                return python
        except OSError:
            continue
    return ""


def _one_python(version: str) -> Row:
    start, python = time.monotonic(), python_of(version)
    if not python:
        return Row(f"Python {version}", "", remark="missing on this machine")
    with tempfile.TemporaryDirectory(prefix=f"clnd-python{version}-") as folder:
        inside = str(Path(folder) / "bin" / "python")
        for command in ([python, "-m", "venv", folder], [inside, "-m", "pip", "install", "--quiet", "-e", f"{ROOT}[test]"]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no reason"])[-1]
                return Row(f"Python {version}", "", seconds=time.monotonic() - start, remark=_cell(f"not run: could not be installed: {last}"))
        show = "import sys, importlib.metadata as m; print('%d.%d.%d' % sys.version_info[:3] + ', NumPy ' + m.version('numpy'))"
        versions = subprocess.run([inside, "-c", show], capture_output=True, text=True, check=False).stdout.strip()
        runs = [replace(run, python=inside) for run in chosen(QUICK)]
        parts = sorted((part for run in runs for part in run.parts()), key=lambda part: part.rank)
        done_parts = outcomes(parts, CACHES)
    failures = tuple((f"{o.part.run.name}: {test}", reason) for o in done_parts for test, reason in failed(o))
    passed, skipped = sum(o.passed for o in done_parts), sum(o.skipped for o in done_parts)
    return Row(f"Python {version}", versions, passed, failures, skipped, time.monotonic() - start)


def pythons() -> list[Row]:
    """The quick tier on each Python."""
    section = Section("pythons", facts([""]) + f" CLND_TEST_DRIVERS: {os.environ.get('CLND_TEST_DRIVERS') or 'unset'}.", [f"Python {version}" for version in PYTHONS])
    for version in PYTHONS:
        section.add(_one_python(version))
    return section.rows


# --- fuzzing ----------------------------------------------------------------------------------


def _fuzz_row(outcome: Outcome) -> Row:
    found = fuzzed(outcome.output)
    faults = tuple(line for line in outcome.output.splitlines() if line.startswith("FAULT"))
    if not found:
        return Row(outcome.part.run.name, "", failures=(("it gave no result", " ".join(outcome.failures)),), seconds=outcome.wall)
    rounds, seed, count = found
    failures = tuple((f"fault {number + 1}", faults[number] if number < len(faults) else "see the output") for number in range(count))
    return Row(outcome.part.run.name, f"from seed {seed}", rounds - count, failures or tuple((f, "") for f in outcome.failures), 0, outcome.wall)


def fuzz(minutes: float) -> list[Row]:
    """One fuzzer after another, on seeds that other days do not have."""
    section = Section("fuzz", facts([""]) + f" Minutes of each: {minutes:g}. Passed are programs or rounds.", FUZZERS)
    seed = int(time.strftime("%y%m%d")) * 1_000_000
    seconds = minutes * 60
    for name in FUZZERS:
        run = Run(name, ("tests.fuzz", name, f"--seconds={seconds:g}", f"--seed={seed}"), is_pytest=False, limit=2 * seconds + 1800)
        for outcome in outcomes(run.parts(), CACHES):
            section.add(_fuzz_row(outcome))
    return section.rows


def main(steps: Iterable[str], minutes: float, examples: int) -> int:
    """Do some steps; what one of them raises does not keep the others from running."""
    start, rows = time.monotonic(), []
    for step in steps:
        try:
            rows += {"suites": lambda: suites(examples), "pythons": pythons, "fuzz": lambda: fuzz(minutes)}[step]()
        except Exception as error:
            rows.append(Row(step, "", remark=f"not done: {type(error).__name__}: {error}"))
    for row in rows:
        if row.remark:
            print(f"{row.name}: {row.remark}")
    # A row without numbers, such as a Python that is missing, counts as one failure.
    count = sum(len(row.failures) or bool(row.remark) for row in rows)
    print(f"{PAGE.relative_to(ROOT)} is written; {time.monotonic() - start:.0f} seconds")
    print(f"{sum(row.passed for row in rows)} passed, {count} failed", flush=True)
    return int(not all(row.is_good for row in rows))
