"""What goes wrong around arrays: forks, threads, signals, full memory, broken caches, missing drivers.

Whatever could hang or kill a process, or needs other settings, runs in a child process.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import json
import os
import pickle
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context, as_context
from clnd.graph import run as running
from clnd.profiler import counters
from clnd.runtime import memory
from clnd.runtime.opened import OpenDevice
from tests.child import run_child, succeeds

# Oclgrind is for one thread, and takes microseconds for each instruction.
pytestmark = pytest.mark.slow

HUGE = 10**12


def settings_of(**changes: str) -> dict[str, str | None]:
    """An environment for a child without the variables of clnd that this process has, but with ``changes``.

    The driver stays that of this run.
    """
    ours = {name: None for name in os.environ if name.startswith("CLND_")}
    return {**ours, "CLND_DEVICE": f"cpu(0)@{clnd.current_context().info.driver}", **changes}


@pytest.fixture
def on_pocl(ctx: Context) -> None:
    if ctx.info.driver != "pocl":
        pytest.skip("what PoCL does")


# --- forks -------------------------------------------------------------------------------------

FORK = """
    def say(error):
        print(type(error).__name__, "spawn" in str(error), flush=True)

    x = clnd.arange(1000, dtype="float32")
    pending, ready = x * 2, x + 1
    ready.wait_to_read()
    {before}
    child = os.fork()
    if not child:
        for use in (
            lambda: pending.asnumpy(), lambda: ready.asnumpy(), lambda: np.asarray(ready), lambda: ready.wait_to_read(),
            lambda: clnd.ones(3).asnumpy(), lambda: clnd.waitall(), lambda: float((ready + 1).sum()),
            lambda: clnd.contexts(), lambda: x.__setitem__(0, 1), lambda: clnd.asarray([1.0]),
        ):
            try:
                use()
                print("worked", use.__code__.co_names, flush=True)
            except Exception as error:
                say(error)
        {end}
    print("child", os.waitpid(child, 0)[1], flush=True)
    assert float(pending.sum()) == 999000
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
def test_a_forked_child_is_told_at_once(end: str) -> None:
    said = succeeds(FORK.format(before="", end=end), timeout=60).split("\n")
    assert said[:10] == ["ForkError True"] * 10
    assert said[10] == "child 0"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_child_forked_while_another_thread_works_is_told_at_once() -> None:
    before = """
    def work():
        while not done.is_set():
            (x * 3).wait_to_read()
    done = threading.Event()
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.1)
    """
    code = FORK.format(before=before, end="os._exit(0)") + "    done.set(); thread.join()\n"
    for _ in range(3):
        said = succeeds(code, timeout=60).split("\n")
        assert said[:11] == ["ForkError True"] * 10 + ["child 0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_child_forked_before_the_first_use_works() -> None:
    said = succeeds("""
        child = os.fork()
        total = float(clnd.arange(10, dtype="float32").sum())
        if not child:
            os._exit(int(total))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), total)
    """)
    assert said == "45 45.0\n"


def test_spawned_children_work(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, clnd\n"
        "def total(x):\n    return float((x * 2).sum()), x\n"
        "if __name__ == '__main__':\n"
        "    x = clnd.arange(100, dtype='float32')\n"
        "    x.wait_to_read()\n"
        "    with multiprocessing.get_context('spawn').Pool(2) as pool:\n"
        "        for answer, back in pool.map(total, [x, x + 1]):\n"
        "            print(answer, float(back.sum()), back.ctx == x.ctx)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(program)], env=environ, timeout=120, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "9900.0 4950.0 True\n10100.0 5050.0 True\n"


# --- threads -----------------------------------------------------------------------------------


def in_threads(work: Callable[[int], Any], count: int = 8) -> list[Any]:
    """The results of ``work(0)``, ``work(1)``, ..., started together."""
    start = threading.Barrier(count)

    def one(number: int) -> Any:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_threads_share_arrays(ctx: Context) -> None:
    host = np.arange(5000, dtype=np.float32).reshape(50, 100)
    shared = clnd.asarray(host)
    pending = shared * 2

    def work(k: int) -> None:
        own = clnd.asarray(host + k)
        for step in range(20):
            np.testing.assert_array_equal((own + shared * 2).asnumpy(), (host + k) + host * 2)
            np.testing.assert_array_equal((pending - shared)[::2, ::-1].asnumpy(), host[::2, ::-1])
            assert int((own[k] == host[k] + k).sum()) == 100
            assert float(shared.T[step].max()) == host[:, step].max()
            own[step] = step
            assert float(own[step].min()) == step
            own[step] = host[step] + k

    in_threads(work)


def test_threads_run_the_same_pending_node() -> None:
    for repeat in range(40):
        x = clnd.arange(3000, dtype="float32")
        x.wait_to_read()
        lone, total = x + repeat, ((x * 2 + 1) * (x - repeat)).sum()
        host = np.arange(3000, dtype=np.float32)
        for values, sums in in_threads(lambda _: (lone.asnumpy(), float(total)), 4):  # noqa: B023 - it has ended
            np.testing.assert_array_equal(values, host + repeat)
            assert sums == float(total)


def test_threads_and_waitall() -> None:
    """Nodes of one thread are run by another's waitall while more are recorded."""
    stop = threading.Event()

    def wait() -> None:
        while not stop.is_set():
            clnd.waitall()

    waiter = threading.Thread(target=wait)
    waiter.start()
    try:

        def work(k: int) -> list[Any]:
            x = clnd.full((300,), k, dtype="int32")
            return [x + n for n in range(200)]

        for k, arrays in enumerate(in_threads(work, 4)):
            assert [int(a[7]) for a in arrays] == [k + n for n in range(200)]
    finally:
        stop.set()
        waiter.join()


def test_the_pool_counts_right_with_threads(device: OpenDevice) -> None:
    gc.collect()
    before = device.pool.in_use

    def work(k: int) -> None:
        for n in range(30):
            x = clnd.ones((1000 * (k + 1) + 5000 * n,))
            (x + 1).wait_to_read()

    in_threads(work)
    clnd.waitall()
    gc.collect()
    assert device.pool.in_use == before
    device.pool.release_cached()
    assert (device.pool.cached, device.pool.reserved) == (0, before)


def test_threads_have_their_own_default() -> None:
    outer = Context("cpu(5)")
    with outer:
        assert in_threads(lambda _: clnd.current_context(), 2) == [default_context()] * 2
        assert clnd.current_context() is outer


# --- the end of the process --------------------------------------------------------------------

ENDS = {
    "kernels still running": "y = clnd.ones((2000, 2000))\nfor _ in range(20):\n    y = clnd.sin(y) @ y\nclnd.evaluate(y)",
    "pending work": "y = clnd.ones((1000, 1000)) @ clnd.ones((1000, 1000))\nz = clnd.exp(y).sum()",
    "a daemon thread that launches": """
def work():
    x = clnd.ones((100000,))
    while True:
        (x + 1).wait_to_read()
        begun.set()
begun = threading.Event()
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
begun.wait()
time.sleep(0.02)
""",
    "a daemon thread that opens the device": """
threading.Thread(target=lambda: clnd.ones(3).wait_to_read(), daemon=True).start()
time.sleep(0.05)
""",
    "an exception": "x = clnd.ones((1000000,)) + 1\nclnd.evaluate(x)\nsys.exit(0)",
    "the host's view outlives all": "x = np.asarray(clnd.ones((100000,)) + 1)\nimport builtins\nbuiltins.kept = x",
}


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in ENDS.items()])
def test_the_interpreter_ends_cleanly(code: str) -> None:
    for _ in range(3):
        succeeds(code.replace("(2000, 2000)", "(300, 300)"))


def test_ctrl_c_leaves_arrays_usable() -> None:
    said = succeeds("""
        import signal
        x = clnd.arange(20000, dtype="float32")
        host = np.arange(20000, dtype=np.float32)
        x.wait_to_read()
        interrupts = 0
        for k in range(60):
            timer = threading.Timer(0.002 + 0.0004 * k, os.kill, (os.getpid(), signal.SIGINT))
            y = x
            try:
                timer.start()
                while True:
                    y = x + 1
                    z = (y * 2)[::3]
                    total = (z - y[::3]).max()
                    y.wait_to_read()
                    total.wait_to_read()
            except KeyboardInterrupt:
                interrupts += 1
            timer.join()
            assert (y.asnumpy() == host + (0 if y is x else 1)).all()
            if y is not x:
                z = (y * 2)[::3]
            assert float(total) == 19999.0, float(total)  # 19998 is the last third: 19998 + 1
            assert (z.asnumpy() == (host + 1)[::3] * 2).all()
        print(interrupts)
    """, quiet=False)
    assert said == "60\n"


def test_an_interrupted_run_can_be_run_again(device: OpenDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interrupt comes at each place in turn where a run asks for memory or launches."""
    x = clnd.arange(1000, dtype="float32")
    x.wait_to_read()
    allocate = device.pool.allocate
    for place in range(4):
        y = clnd.sin(x)
        results = [((y + 1).sum(), 1), ((y * 0 + 2).sum(), 2), (y * 0 + 3, 3)]
        calls = iter(range(100))

        def interrupted(nbytes: int, calls: Iterator[int] = calls, place: int = place) -> Any:
            if next(calls) == place:
                raise KeyboardInterrupt
            return allocate(nbytes)

        with monkeypatch.context() as patched:
            patched.setattr(device.pool, "allocate", interrupted)
            try:
                clnd.evaluate(*(r for r, _ in results))
            except KeyboardInterrupt:
                pass
            else:
                assert place >= 3
        assert float(results[1][0]) == 2000
        assert (results[2][0].asnumpy() == 3).all()
        np.testing.assert_array_equal(results[0][0].asnumpy(), (clnd.sin(x) + 1).sum().asnumpy())


# --- drivers and folders -----------------------------------------------------------------------

SMALL = 'print(float((clnd.arange(1000, dtype="float32") * 2).sum()))'


def test_no_linker_is_an_error_and_no_abort(on_pocl: None) -> None:
    library = next((Path(importlib.util.find_spec("pyopencl").origin).parent / ".libs").glob("libpocl-*.so"), None)  # type: ignore[union-attr, arg-type]
    if library is None:
        pytest.skip("PoCL is not pyopencl's")
    alone = {"OCL_ICD_VENDORS": str(library)}
    for path in ("", "/nonexistent"):
        done = run_child(SMALL, env=settings_of(PATH=path) | alone)
        assert done.returncode == 1
        assert "clnd.errors.DriverError: [drivers]" in done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert "no `ld` is in PATH" in last
        assert "binutils" in last
    said = succeeds("print(clnd.num_gpus())", env=settings_of(PATH="") | alone)
    assert said == "0\n"


def test_no_driver_at_all_counts_no_gpus(tmp_path: Path) -> None:
    env = settings_of(OCL_ICD_VENDORS=str(tmp_path / "none.so"))
    assert succeeds("print(clnd.num_gpus())", env=env) == "0\n"
    done = run_child("clnd.ones(3)", env=env)
    assert done.stderr.strip().splitlines()[-1].strip().startswith(("install", "OCL_ICD_VENDORS limits the search"))
    assert "no OpenCL driver was found" in done.stderr


@pytest.mark.parametrize("case", ["read-only HOME", "no HOME", "XDG_CACHE_HOME is a file", "no such HOME"])
def test_homes_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    env = settings_of() | {"XDG_CACHE_HOME": None, "POCL_CACHE_DIR": None}
    home = tmp_path / "home"
    if case == "read-only HOME":
        home.mkdir(mode=0o500)
        env["HOME"] = "/proc" if os.getuid() == 0 else str(home)  # root may write everywhere else
    elif case == "no HOME":
        env["HOME"] = None
    elif case == "no such HOME":
        env["HOME"] = "/proc/nowhere/home"
    else:
        home.touch()
        env["XDG_CACHE_HOME"] = str(home)
    assert succeeds(SMALL, env=env) == "999000.0\n"


# --- the cache ---------------------------------------------------------------------------------

CACHED = SMALL + "; clnd.waitall(); print(counters.builds, counters.loads)"


def test_the_second_process_loads_binaries(tmp_path: Path) -> None:
    env = settings_of(CLND_CACHE_DIR=str(tmp_path / "cache"))
    first = succeeds(CACHED, env=env).split()
    assert first[0] == "999000.0"
    assert int(first[1]) > 0
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert not list((tmp_path / "cache").glob("tmp*"))
    second = succeeds(CACHED, env=env).split()
    assert second[:2] == ["999000.0", "0"]
    assert int(second[2]) > 0
    without = succeeds(CACHED, env={**env, "CLND_CACHE": "0"}).split()
    assert without[0] == "999000.0"
    assert int(without[1]) > 0
    assert without[2] == "0"


def spoil_bytes(files: list[Path]) -> None:
    for file in files:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content)


def truncate(files: list[Path]) -> None:
    for k, file in enumerate(files):
        file.write_bytes(file.read_bytes()[: (0, 5, 40, 100)[k % 4]])


def replace_by_others(files: list[Path]) -> None:
    """Every file becomes a valid file of another program."""
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents[1:] + contents[:1], strict=True):
        file.write_bytes(content)


def replace_by_text(files: list[Path]) -> None:
    for file in files:
        file.write_text("something else\n")


@pytest.mark.parametrize("spoil", [spoil_bytes, truncate, replace_by_others, replace_by_text])
def test_spoilt_cache_files_are_made_anew(spoil: Callable[[list[Path]], None], tmp_path: Path) -> None:
    env = settings_of(CLND_CACHE_DIR=str(tmp_path))
    code = 'x = clnd.arange(1000, dtype="float32"); x.wait_to_read(); print(float((x * 2).sum()), float((x + 1).max()))'
    code += "; print(counters.loads)"
    right = "999000.0 1000.0"
    assert succeeds(code, env=env).splitlines()[0] == right
    files = sorted(tmp_path.iterdir())
    assert len(files) >= 3
    spoil(files)
    assert succeeds(code, env=env, quiet=False).splitlines() == [right, "0"]
    again = succeeds(code, env=env).splitlines()
    assert again[0] == right
    assert int(again[1]) > 0


def test_probe_findings_of_another_version_are_made_anew(tmp_path: Path) -> None:
    env = settings_of(CLND_CACHE_DIR=str(tmp_path))
    change = """
        from clnd.runtime import cache, device
        kept = next(p.name for p in cache._folder().iterdir() if p.name.startswith("probe-"))
        cache.store(kept, {content!r})
    """
    facts = "print(clnd.current_context().info.arithmetic, clnd.current_context().info.subnormals)"
    right = succeeds(facts, env=env)
    good = {"fma_builtin": False, "divide": False}
    for content in (json.dumps(good), json.dumps({"a": 1}), "[true]", "null", "{", '{"sqrt": "no"}', "\xff"):
        succeeds(change.format(content=content.encode("latin-1")), env=env)
        assert succeeds(facts, env=env) == right


def test_a_cache_folder_open_to_all_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    assert succeeds(SMALL, env=settings_of(CLND_CACHE_DIR=str(folder))) == "999000.0\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_cache_files_of_another_user_are_not_loaded(tmp_path: Path) -> None:
    env = settings_of(CLND_CACHE_DIR=str(tmp_path))
    succeeds(CACHED, env=env)
    for file in tmp_path.iterdir():
        os.chown(file, 65534, 65534)
    said = succeeds(CACHED, env=env, quiet=False).split()
    assert said[0] == "999000.0"
    assert said[2] == "0"


# --- memory ------------------------------------------------------------------------------------

TOO_LARGE = {
    "zeros": lambda: clnd.zeros((HUGE,)),
    "full": lambda: clnd.full((10**6, 10**6), 2.0),
    "uniform": lambda: clnd.random.uniform(shape=(HUGE,)),
    "normal": lambda: clnd.random.normal(shape=(10**6, 10**6)),
    "arange": lambda: clnd.arange(HUGE),
    "eye": lambda: clnd.eye(10**6).wait_to_read(),
    "matmul": lambda: clnd.ones((10**6, 1)) @ clnd.ones((1, 10**6)),
    "broadcast": lambda: (clnd.ones((10**6, 1)) + clnd.ones((1, 10**6))).wait_to_read(),
    "copy": lambda: clnd.ones((1,)).broadcast_to((HUGE,)).copy().wait_to_read(),
    "asarray": lambda: clnd.asarray(np.broadcast_to(np.float32(1), (HUGE,))),
    "sum": lambda: (clnd.ones((10**6, 1, 2)) + clnd.ones((1, 10**6, 1))).sum(axis=2).wait_to_read(),
}


@pytest.mark.parametrize("make", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_no_device_holds_is_refused(make: Callable[[], Any], ctx: Context) -> None:
    reserved = ctx.device.pool.reserved
    with pytest.raises(clnd.DeviceMemoryError, match=r"[48],000,000,000,000 bytes \(3\.6 TiB|7\.3 TiB\)") as caught:
        make()
    assert isinstance(caught.value, MemoryError)
    message = str(caught.value)
    assert ctx.info.name in message
    assert "GiB" in message
    assert ctx.device.pool.reserved - reserved < 1 << 26  # the operands only
    del caught
    assert float((clnd.ones((100,)) + 1).sum()) == 200


def test_a_pending_node_that_cannot_run_harms_no_other(ctx: Context) -> None:
    too_large = clnd.ones((10**6, 1)) + clnd.ones((1, 10**6))
    fine = clnd.ones((10,)) + 1
    with pytest.raises(clnd.DeviceMemoryError, match="while running add"):
        clnd.waitall()
    assert not any(ref() is fine._node for ref in running.pending if ref() is not None and ref().value is None)
    assert float(fine.sum()) == 20
    kept = [clnd.full((3,), k) + 1 for k in range(9000)]  # more than are left pending: nothing is raised
    assert float(kept[4567][0]) == 4568
    with pytest.raises(clnd.DeviceMemoryError):
        too_large.wait_to_read()


def test_the_limit_is_kept_and_memory_comes_back() -> None:
    said = succeeds("""
        pool = clnd.current_context().device.pool
        kept = []
        try:
            for _ in range(20):
                x = clnd.ones((2 << 20,))  # 8 MiB
                x.wait_to_read()
                kept.append(x)
        except clnd.DeviceMemoryError as error:
            message = str(error)
        print(len(kept), pool.reserved >> 20)
        assert isinstance(clnd.DeviceMemoryError("x"), MemoryError)
        assert "8.0 MiB" in message and "64.0 MiB to use, 56.0 MiB of it in arrays" in message and "CLND_MEMORY_LIMIT" in message, message
        assert clnd.current_context().info.name in message and "while running" in message, message
        del kept[:3], x
        for x in kept:
            assert float(x.sum()) == 2 << 20
        del x
        y = clnd.ones((6 << 20,)) + 1  # 24 MiB: blocks of 8 that wait are given back
        print(float(y[-1]), pool.reserved >> 20 <= 64)
        del y, kept
        z = clnd.ones((12 << 20,))  # 48 MiB
        z.wait_to_read()
        print(float(z[-1]), pool.reserved >> 20 <= 64)
        try:
            clnd.ones((20 << 20,))
        except clnd.DeviceMemoryError as error:
            print("raise CLND_MEMORY_LIMIT" in str(error))
    """, env=settings_of(CLND_MEMORY_LIMIT="64M"))
    assert said.splitlines() == ["7 56", "2.0 True", "1.0 True", "True"]


def test_pending_work_runs_before_memory_is_refused() -> None:
    said = succeeds("""
        from clnd.graph import run
        run._PENDING_SHARE = 1e-9  # never run for what pending work holds: only when memory is out
        sums = []
        for k in range(20):
            x = clnd.full((2 << 20,), float(k))  # 8 MiB
            x.wait_to_read()
            sums.append(x.max())
            del x
        print([float(s) for s in sums] == list(range(20)))
        # What the failing operation itself needs is left to it.
        a, b = clnd.full((2 << 20,), 1.0), clnd.full((2 << 20,), 2.0)
        clnd.evaluate(a, b)
        parts = [a + b, a * b, a - b, (a + 1).T, a / b, a + 3, a + 4]
        try:
            clnd.evaluate(*parts)
        except clnd.DeviceMemoryError:
            print("refused")
        del parts[2:]
        print([float(p[5]) for p in parts])
    """, env=settings_of(CLND_MEMORY_LIMIT="64M"))
    assert said.splitlines() == ["True", "refused", "[3.0, 2.0]"]


def test_pending_work_holds_no_more_than_its_share() -> None:
    said = succeeds("""
        pool = clnd.current_context().device.pool
        sums = []
        most = 0
        for k in range(200):
            x = clnd.full((1 << 18,), float(k))  # 1 MiB
            x.wait_to_read()
            sums.append(x.max())
            del x
            most = max(most, pool.in_use)
        print(most >> 20 <= 11, [float(s) for s in sums] == list(range(200)))
    """, env=settings_of(CLND_MEMORY_LIMIT="64M"))
    assert said == "True True\n"


def test_a_chain_that_is_never_read_is_run_on_the_way() -> None:
    def launches(length: int) -> int:
        x = clnd.ones((100,), dtype="float32")
        before = counters.copy()
        for _ in range(length):
            x = x + 1
        assert x._node.depth <= running.DEPTH_LIMIT
        count = (counters - before).launches
        assert float(x[0]) == length + 1
        return count

    gc.collect()
    clnd.waitall()
    assert 1 <= launches(100) <= 8
    before = counters.copy()
    # A kernel takes so many numbers, which cuts each piece in two.
    assert launches(1000) <= 2 * (1000 // (running.DEPTH_LIMIT - 2))
    assert (counters - before).builds <= 2


def test_doubling_is_no_exponential_work() -> None:
    x = clnd.ones((10,), dtype="int64")
    for _ in range(60):
        x = x + x
    assert int(x[0]) == 2**60


def test_free_memory_is_what_can_still_be_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = memory._free_memory()
    assert 1 << 20 < real < 1 << 50
    for name, text in (("memory.max", "1000"), ("memory.current", "900"), ("memory.stat", "anon 3\ninactive_file 600\n")):
        (tmp_path / name).write_text(text)
    redirected = type("Redirected", (), {"Path": staticmethod(lambda folder: tmp_path / ("" if folder == "/sys/fs/cgroup" else "none"))})
    monkeypatch.setattr(memory, "pathlib", redirected)
    assert memory._free_memory() == 700


# --- large indices -----------------------------------------------------------------------------


def test_64_bit_indexing_gives_the_same() -> None:
    code = """
        import hashlib
        def show(name, x):
            print(name, hashlib.sha256(x.asnumpy().tobytes()).hexdigest())
        clnd.random.seed(3)
        a, b = clnd.random.normal(shape=(37, 53)), clnd.random.uniform(1, 2, shape=(37, 53))
        show("random", clnd.random.randint(0, 1000, shape=(1001,)))
        show("elementwise", clnd.exp(a) / b - a * 2)
        show("strided", a[::2, ::-3] + b[::-2, 1::3])
        show("broadcast", a[:, :1] + b[:1])
        show("sum", (a * b).sum())
        show("rows", a.sum(axis=0)); show("columns", a.max(axis=1)); show("argmin", a.argmin(axis=1))
        show("long", clnd.random.uniform(shape=(30001,)).sum())
        show("product", a @ b.T); show("vector", a @ b[3]); show("transpose", a.T.copy())
        show("half", (a.astype("float16") + 1).T.copy()); show("three", clnd.arange(2310).reshape(7, 11, 30).transpose(2, 0, 1).copy())
        a[1::2, 3] = 7
        show("assigned", a)
        show("where", clnd.where(a > b, a, 0.5)); show("index", clnd.arange(5000) * 3)
    """
    for family in ("cpu", "gpu"):
        plain = succeeds(code, env=settings_of(CLND_KERNEL_FAMILY=family), timeout=200)
        assert plain.count("\n") == 17
        assert succeeds(code, env=settings_of(CLND_KERNEL_FAMILY=family, CLND_INDEX64="1"), timeout=200) == plain


@pytest.mark.big
def test_more_than_2_to_the_31_elements(device: OpenDevice) -> None:
    n = 2**31 + 70_001
    if memory._free_memory() < 12 << 30 or memory.size_class(n) > min(device.info.max_alloc_size, device.pool.capacity()):
        pytest.skip("not enough memory for two such arrays")
    said = succeeds(f"""
        n = {n}
        x = clnd.zeros((n,), dtype="int8")
        x[-3:] = np.array([5, -7, 9], np.int8)
        x[2**31 - 2] = 3
        print(int(x.sum()), int(x.max()), int(x.min()), x[-5:].tolist(), int(x[2**31 - 2]))
        print(int(x.argmax()), int((x[2**31 - 4 :] != 0).sum()), x[2**31 - 4 :: 70_003].tolist())
        y = x[1:] + 1
        print(int(y[-1]), int(y.sum()) - (n - 1))
    """, env=settings_of(), timeout=280)
    assert said.splitlines() == [
        "10 9 -7 [0, 0, 5, -7, 9] 3", f"{n - 1} 4 [0, -7]", "10 10",
    ]  # fmt: skip


# --- contexts ----------------------------------------------------------------------------------


def default_context() -> Context:
    return as_context(os.environ.get("CLND_DEVICE") or "cpu(0)")


def test_names_of_contexts() -> None:
    assert str(clnd.cpu()) == repr(clnd.cpu()) == "cpu(0)"
    assert clnd.cpu(0) == clnd.Context("cpu") == clnd.Context("cpu(0)") == clnd.Context("cpu", 0) == clnd.Context(clnd.cpu())
    assert clnd.gpu(2) == clnd.Context("gpu(2)") == clnd.Context("gpu", 2) != clnd.gpu(1)
    assert clnd.Context("cpu(0)@pocl") == clnd.Context("cpu", 0, "pocl") != clnd.cpu()
    assert clnd.cpu() != clnd.gpu()
    assert clnd.cpu() != "cpu(0)"
    assert len({clnd.cpu(), clnd.Context("cpu(0)"), clnd.gpu(), clnd.cpu(1)}) == 3
    assert (clnd.gpu(3).device_type, clnd.gpu(3).device_id) == ("gpu", 3)
    assert clnd.gpu(np.int64(3)) is clnd.gpu(3)


@pytest.mark.parametrize("context", [Context("cpu"), Context("gpu(7)"), Context("cpu(1)@intel")])
def test_contexts_are_pickled_and_copied_by_name(context: Context) -> None:
    for again in (pickle.loads(pickle.dumps(context)), copy.copy(context), copy.deepcopy(context)):
        assert again is context
    assert hash(context) == hash(Context(str(context)))


BAD_NAMES: list[Any] = ["tpu", "cpu(", "cpu(-1)", "cpu 0", "", "gpu(0)@", "cpu(0)@Po Cl", "GPU(0)", 3, None, 1.5, b"cpu"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_bad_names(name: Any) -> None:
    with pytest.raises(clnd.ContextError, match=r"got .*expected .*'cpu\(0\)'"):
        Context(name)


@pytest.mark.parametrize("number", [-1, True, 1.5, "1", None])
def test_bad_numbers(number: Any) -> None:
    with pytest.raises(clnd.ContextError, match=r"got device number .*expected an integer from 0 on"):
        clnd.gpu(number)


@pytest.mark.parametrize("name", ["gpu(77)", "cpu(77)", "cpu(0)@nobodys", "gpu(0)@nobodys"])
def test_devices_that_do_not_exist(name: str, ctx: Context) -> None:
    context = Context(name)  # a name is no promise
    for use in (lambda: context.info, lambda: clnd.ones(3, device=name), lambda: clnd.ones(3, device=ctx).to_device(name)):
        with pytest.raises(clnd.ContextError) as caught:
            use()
        message = str(caught.value)
        assert f"there is no {name}" in message
        assert ctx.info.name in message
        assert ctx.info.driver in message
        assert "install" in message


def test_an_error_names_the_drivers_that_were_left_out() -> None:
    done = run_child(
        "from clnd.runtime import drivers; from clnd.runtime.state import process; from dataclasses import replace\n"
        "process.plan = replace(drivers.prepare(), notes=('X was left out: install it with: pip install x',))\n"
        "clnd.gpu(7).device",
        env=settings_of(),
    )
    assert done.returncode == 1
    assert "there is no gpu(7)" in done.stderr
    assert "pip install x" in done.stderr


def test_with_blocks_nest() -> None:
    default = clnd.current_context()
    with clnd.cpu(1) as one:
        assert clnd.current_context() is one is clnd.cpu(1)
        with clnd.gpu(2):
            assert clnd.current_context() is clnd.gpu(2)
            with pytest.raises(clnd.ContextError, match=r"there is no gpu\(2\)"), clnd.gpu(2):
                clnd.ones(3)
            assert clnd.current_context() is clnd.gpu(2)
        assert clnd.current_context() is one
    assert clnd.current_context() is default


def test_where_arrays_are_made(ctx: Context) -> None:
    driver = ctx.info.driver
    by_driver = Context(f"cpu(0)@{driver}")
    with by_driver:
        assert clnd.ones(3).ctx is by_driver
        assert clnd.asarray([1]).device is by_driver
    assert clnd.ones(3, device=f"cpu(0)@{driver}").context is by_driver
    assert clnd.ones(3).ctx is ctx
    # Two names of one device: no move, and no error.
    assert float((clnd.ones(3, device=by_driver) + clnd.ones(3)).sum()) == 6


def test_the_contexts_that_exist(ctx: Context) -> None:
    there = clnd.contexts()
    assert clnd.num_gpus() == sum(c.device_type == "gpu" for c in there)
    assert len(set(there)) == len(there)
    for context in there:
        assert float((clnd.ones((10,), device=context) + 1).sum()) == 20
    assert any(c.info == ctx.info for c in there)


@pytest.mark.parametrize("form", ["cpu", "cpu(0)", "{driver}", ""])
def test_the_default_from_outside(form: str, ctx: Context) -> None:
    name = form.replace("{driver}", f"cpu(0)@{ctx.info.driver}")
    said = succeeds("print(clnd.current_context(), clnd.ones(3).ctx.info.kind)", env=settings_of(CLND_DEVICE=name))
    assert said.split() == [f"cpu(0)@{ctx.info.driver}" if "@" in name else "cpu(0)", "cpu"]


def test_a_wrong_default_from_outside() -> None:
    done = run_child("", env=settings_of(CLND_DEVICE="toaster"))
    assert done.returncode == 1
    assert "ArgumentError: [settings] got CLND_DEVICE='toaster'; expected something like gpu(0)" in done.stderr
    done = run_child("clnd.ones(3)", env=settings_of(CLND_DEVICE="gpu(7)"))
    assert "ContextError: [Context] there is no gpu(7); there are: cpu(0)" in done.stderr


# --- a pretended GPU ---------------------------------------------------------------------------

PRETEND = """
    cpu, gpu = clnd.cpu(), clnd.gpu()
    assert clnd.num_gpus() == 1 and clnd.contexts()[-1] is gpu and cpu in clnd.contexts(), clnd.contexts()
    assert gpu.info.kind == gpu.info.family == "gpu" and cpu.info.kind == "cpu", (gpu.info, cpu.info)
    assert clnd.current_context() is cpu  # a CPU is the default as long as there is one
    host = np.arange(600, dtype=np.float32).reshape(20, 30)
    x = clnd.asarray(host)
    y = x.to_device(gpu)
    assert y.ctx is gpu and x.ctx is cpu and y.as_in_context("cpu(0)").ctx is cpu
    assert y.to_device(gpu) is y
    for view in (lambda a: a, lambda a: a[::2, ::-1], lambda a: a.T, lambda a: a[3], lambda a: a * 2, lambda a: a[:0]):
        assert (view(x).to_device("gpu(0)").asnumpy() == view(host)).all()
        assert (view(y).to_device("cpu(0)").asnumpy() == view(host)).all()
    before = counters.copy()
    clnd.evaluate(x.to_device(gpu))
    assert (counters - before).host_writes == 1  # its memory is its own
    y[2] = 5
    assert float(x[2, 0]) == 60 and float(y[2, 0]) == 5
    x[4] = y[2].to_device(cpu); y[5] = (x[4] + 1).to_device(gpu)
    assert (float(x[4, 1]), float(y[5, 1])) == (5, 6)
    clnd.ones((20, 30)).copyto(y)
    assert float(y.sum()) == 600 and y.ctx is gpu
    a = clnd.ones((3, 3), device=gpu)
    for mixed in (
        lambda: x + y, lambda: x @ y.T, lambda: clnd.where(x > 0, y, y), lambda: clnd.maximum(y, x), lambda: clnd.matmul(x, y.T),
    ):
        try:
            mixed()
        except clnd.ContextError as error:
            assert "cpu(0)" in str(error) and "gpu(0)" in str(error) and "to_device" in str(error), error
        else:
            raise AssertionError("contexts were mixed")
    with gpu:
        assert clnd.current_context() is gpu and clnd.zeros(3).ctx is gpu and clnd.random.uniform(shape=(5,)).ctx is gpu
        with cpu:
            assert clnd.zeros(3).ctx is cpu
        clnd.random.seed(1)
        u = clnd.random.uniform(shape=(1000,))
    clnd.random.seed(1)
    assert (clnd.random.uniform(shape=(1000,)).asnumpy() == u.asnumpy()).all()
    assert (x + 1).ctx is cpu and (y + 1).sum().ctx is gpu
    for f in (clnd.exp, clnd.sin, lambda a: a.sum(axis=0), lambda a: a @ a.T, lambda a: (a / 7).mean(), lambda a: a.T.copy()):
        assert (f(clnd.asarray(host)).asnumpy() == f(clnd.asarray(host, device=gpu)).asnumpy()).all()
    import pickle
    again = pickle.loads(pickle.dumps(y))
    assert again.ctx is gpu and (again.asnumpy() == y.asnumpy()).all()
    try:
        np.asarray(y, copy=False) if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else y.__array__(copy=False)
    except ValueError as error:
        assert "gpu(0)" in str(error)
    else:
        raise AssertionError("memory of the GPU seen by the host")
    print("done")
"""


@pytest.mark.parametrize("variant", ["{driver}", "{driver}:nofp64"])
def test_a_pretended_gpu(variant: str, ctx: Context) -> None:
    env = settings_of(CLND_PRETEND_GPU=variant.replace("{driver}", ctx.info.driver), CLND_DEVICE="")
    assert succeeds(PRETEND, env=env, timeout=200) == "done\n"


def test_a_pretended_gpu_as_the_default(ctx: Context) -> None:
    env = settings_of(CLND_PRETEND_GPU=ctx.info.driver, CLND_DEVICE="gpu(0)")
    said = succeeds("x = clnd.ones(3); print(clnd.current_context(), x.ctx, float((x + 1).sum()))", env=env)
    assert said == "gpu(0) gpu(0) 6.0\n"


def test_a_pretended_gpu_of_no_driver() -> None:
    done = run_child("clnd.num_gpus()", env=settings_of(CLND_PRETEND_GPU="nobodys", CLND_DEVICE=""))
    assert done.returncode == 1
    assert "ContextError: [Context] CLND_PRETEND_GPU is 'nobodys'" in done.stderr
    assert "there are:" in done.stderr


def test_without_fp64(ctx: Context) -> None:
    said = succeeds("""
        gpu = clnd.gpu()
        assert not gpu.info.fp64 and clnd.cpu().info.fp64
        assert clnd.float64 == np.float64
        for make in (
            lambda: clnd.ones(3, dtype="float64", device=gpu), lambda: clnd.asarray(np.ones(3), device=gpu),
            lambda: clnd.ones(3, device=gpu).astype("float64"), lambda: clnd.arange(3, dtype=clnd.float64, device=gpu),
            lambda: clnd.ones(3, dtype="float64").to_device(gpu), lambda: clnd.ones(3, device=gpu).sum(dtype="float64"),
            lambda: clnd.random.uniform(shape=(3,), dtype="float64", ctx=gpu),
        ):
            try:
                make()
            except clnd.DTypeError as error:
                assert '.astype("float32")' in str(error) and "gpu(0)" in str(error) and gpu.info.name in str(error), error
            else:
                raise AssertionError("float64 where there is none")
        try:
            clnd.ones(3, dtype="complex128", device=gpu)
        except clnd.DTypeError as error:
            assert '.astype("complex64")' in str(error)
        with gpu:
            x = clnd.arange(100, dtype="float32").reshape(10, 10)
            clnd.random.seed(0)
            made = [
                x * 2.5 + 1, x / 3, x ** 2, clnd.exp(-x), clnd.sin(x), x.sum(axis=0), x.mean(), x.std(), x.argmax(), x @ x.T,
                x[3], x.T.copy(), clnd.random.normal(shape=(100,)), clnd.random.uniform(shape=(9,)), clnd.random.randint(0, 9, shape=(9,)),
                (x > 3).sum(), x.astype("int64") * 3, x.astype("float16") + 1, x.astype("complex64") * 2j, clnd.eye(3), clnd.linspace(0, 1, 7),
                clnd.arange(5) + 1, clnd.where(x > 3, x, 0.5), x.prod(), clnd.tanh(x) % 2, 1 / (x + 1), clnd.asarray([1.5, 2]),
            ]
        with clnd.cpu():
            x = clnd.arange(100, dtype="float32").reshape(10, 10)
            clnd.random.seed(0)
            same = [
                x * 2.5 + 1, x / 3, x ** 2, clnd.exp(-x), clnd.sin(x), x.sum(axis=0), x.mean(), x.std(), x.argmax(), x @ x.T,
                x[3], x.T.copy(), clnd.random.normal(shape=(100,)), clnd.random.uniform(shape=(9,)), clnd.random.randint(0, 9, shape=(9,)),
                (x > 3).sum(), x.astype("int64") * 3, x.astype("float16") + 1, x.astype("complex64") * 2j, clnd.eye(3), clnd.linspace(0, 1, 7),
                clnd.arange(5) + 1, clnd.where(x > 3, x, 0.5), x.prod(), clnd.tanh(x) % 2, 1 / (x + 1), clnd.asarray([1.5, 2]),
            ]
        for k, (a, b) in enumerate(zip(made, same, strict=True)):
            assert a.ctx is gpu and a.dtype == b.dtype and a.asnumpy().tobytes() == b.asnumpy().tobytes(), k
        print(len(made))
    """, env=settings_of(CLND_PRETEND_GPU=f"{ctx.info.driver}:nofp64", CLND_DEVICE=""), timeout=200)
    assert said == "27\n"
